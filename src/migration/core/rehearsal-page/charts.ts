import { chart, type ChartSpec } from './chart';
import type { RehearsalReport } from '../rehearsal/report';
import type { TimelineEvent, TimelineVerdict } from '../rehearsal/run';
import { duration, milliseconds, percent } from '../rehearsal/words';

/** Events that every run has and that the weights show already. */
const PLAIN = new Set(['StepStarted', 'StepPassed', 'MigrationEnded', 'CostReport', 'GatePassed']);
/** After these nothing more is to be seen. */
const QUIET = new Set(['FallbackWindowEnded', 'MigrationEnded', 'CostReport', 'GateWaiting', 'GatePassed']);

/** An event with the number it has in charts and table. */
export interface NumberedEvent extends TimelineEvent {
  readonly number?: number;
  readonly tone: string;
}

export function numbered(events: readonly TimelineEvent[]): NumberedEvent[] {
  let number = 0;
  return events.map((event) => ({ ...event, tone: toneOf(event.name), number: PLAIN.has(event.name) ? undefined : ++number }));
}

function toneOf(name: string): string {
  if (['Promoted', 'FallbackWindowEnded', 'Resumed'].includes(name)) return 'good';
  return ['RollbackStarted', 'RollbackBlocked', 'RolledBack', 'MigrationRefused', 'Inconclusive', 'DriftDetected', 'Paused'].includes(name) ? 'bad' : 'plain';
}

/** Where the charts end: some time after the last event that changes something, instead of a day of fallback window in which nothing happens. */
export function shownSeconds(report: RehearsalReport): number {
  const { events, points } = report.shown.timeline;
  const all = points[points.length - 1]?.seconds ?? 60;
  const last = events.filter(({ name }) => !QUIET.has(name)).reduce((latest, { seconds }) => Math.max(latest, seconds), 0);
  return Math.max(60, Math.min(all, last + Math.max(600, 0.15 * last)));
}

/** The charts of the run that is shown. */
export function runCharts(report: RehearsalReport): string {
  const maxSeconds = shownSeconds(report);
  const { config, shown: { timeline: { events, points, shares, verdicts, state } } } = report;
  const marks = numbered(events).filter(({ number, seconds }) => number !== undefined && seconds <= maxSeconds).map(({ seconds, number, tone }) => ({ seconds, text: String(number), style: tone }));
  const visible = points.filter(({ seconds }) => seconds <= maxSeconds);
  const series = (pick: (point: (typeof points)[number]) => number | undefined) => visible.map((point) => [point.seconds, pick(point)] as const);
  const [from, to] = [config.from.name, config.to.name];
  const most = (values: readonly (number | undefined)[], least: number) => values.reduce<number>((top, value) => Math.max(top, value ?? 0), least);

  const allowance = state.errorAllowance;
  const errorTop = Math.min(1, 1.15 * most(visible.flatMap(({ fromErrors, toErrors }) => [fromErrors, toErrors]), allowance ?? 0.001));
  const { thresholds } = state;
  const latencyTop = 1.15 * most([...visible.flatMap(({ fromP95, toP95 }) => [fromP95, toP95]), thresholds?.to95], 1000);
  const specs: ChartSpec[] = [
    {
      id: 'weights',
      title: 'Traffic of the newcomer, and verdicts',
      description: `Share of the requests at ${to} over ${duration(maxSeconds)}, planned and as it came, with the verdict of each minute below.`,
      maxSeconds,
      yLabel: '% of requests',
      yMax: 100,
      yFormat: String,
      lines: [
        { name: 'planned share', style: 'to', points: stairs(shares, maxSeconds), step: true, area: true },
        { name: 'share as it came', style: 'thin', points: series(({ realised }) => realised) },
      ],
      marks,
      strip: {
        label: 'verdict',
        parts: verdictParts(verdicts),
        legend: [{ style: 'hold', name: 'verdict: hold' }, { style: 'promote', name: 'proven' }, { style: 'rollback', name: 'roll back' }],
      },
    },
    {
      id: 'errors',
      title: 'Requests that failed',
      description: `Share of failed requests at ${from} and at ${to} in each minute${allowance === undefined ? '' : `; up to ${percent(allowance)} is always accepted`}.`,
      maxSeconds,
      yLabel: '% of requests',
      yMax: errorTop * 100,
      yFormat: (value) => String(Number(value.toPrecision(3))),
      lines: [
        { name: from, style: 'from', points: series(({ fromErrors }) => scaled(fromErrors, 100)) },
        { name: to, style: 'to', points: series(({ toErrors }) => scaled(toErrors, 100)) },
      ],
      rules: allowance === undefined ? [] : [{ y: allowance * 100, style: 'limit', name: 'always accepted', legend: `always accepted: ${percent(allowance)}` }],
    },
    {
      id: 'latency',
      title: 'Latency that 95 of 100 requests keep',
      description: `95 % latency of ${from} and of ${to} in each minute${thresholds === undefined ? '' : `; the newcomer is accepted up to ${milliseconds(thresholds.to95)}`}.`,
      maxSeconds,
      yLabel: 'milliseconds',
      yMax: latencyTop / 1000,
      yFormat: (value) => String(Number(value.toPrecision(3))),
      lines: [
        { name: from, style: 'from', points: series(({ fromP95 }) => scaled(fromP95, 0.001)) },
        { name: to, style: 'to', points: series(({ toP95 }) => scaled(toP95, 0.001)) },
      ],
      rules: thresholds === undefined ? [] : [
        { y: thresholds.to95 / 1000, style: 'limit', name: 'limit of the newcomer', legend: `limit of the newcomer: ${milliseconds(thresholds.to95)}` },
        { y: thresholds.from95 / 1000, style: 'limit-from', name: 'baseline', legend: `baseline: ${milliseconds(thresholds.from95)}` },
      ],
    },
    {
      id: 'evidence',
      title: 'Evidence that the judge has gathered',
      description: 'How far the evidence is on its way to a rollback and to a promotion; at 100 the judge decides.',
      maxSeconds,
      yLabel: '% of the way to a decision',
      yMax: 100,
      yFormat: String,
      lines: [
        { name: 'against the newcomer', style: 'bad', points: evidence(verdicts, maxSeconds, ({ against }) => against) },
        { name: 'for it', style: 'good', points: evidence(verdicts, maxSeconds, ({ inFavour }) => inFavour) },
      ],
    },
    {
      id: 'traffic',
      title: 'Traffic of both variants',
      description: 'Requests a minute to both variants together.',
      maxSeconds,
      yLabel: 'requests a minute',
      yMax: 1.15 * most(visible.map(({ requestsPerMinute }) => requestsPerMinute), 1),
      yFormat: (value) => value >= 10_000 ? `${value / 1000}k` : String(value),
      lines: [{ name: 'both variants', style: 'thin', points: series(({ requestsPerMinute }) => requestsPerMinute) }],
    },
  ];
  return specs.map(chart).join('\n');
}

/** From its beginning to the end of the chart. */
function stairs(shares: RehearsalReport['shown']['timeline']['shares'], maxSeconds: number): [number, number][] {
  const shown = shares.filter(({ seconds }) => seconds <= maxSeconds).map(({ seconds, share }): [number, number] => [seconds, share]);
  return [...shown, [maxSeconds, shown[shown.length - 1]?.[1] ?? 0]];
}

const scaled = (value: number | undefined, factor: number) => value === undefined ? undefined : value * factor;

function evidence(verdicts: readonly TimelineVerdict[], maxSeconds: number, pick: (verdict: TimelineVerdict) => number): [number, number][] {
  const shown = verdicts.filter(({ seconds }) => seconds <= maxSeconds).map((verdict): [number, number] => [verdict.seconds, 100 * Math.min(1, Math.max(0, pick(verdict)))]);
  // Nothing was judged: the evidence was 0 all the time, and a chart says so.
  return shown.length === 0 ? [[0, 0], [maxSeconds, 0]] : [[0, 0], ...shown];
}

/** Neighbouring verdicts of one kind are one part; a verdict holds for the minute before it, or from the one before it on. */
function verdictParts(verdicts: readonly TimelineVerdict[]): { from: number; to: number; style: string }[] {
  const parts: { from: number; to: number; style: string }[] = [];
  for (const { seconds, kind } of verdicts) {
    const last = parts[parts.length - 1];
    const from = Math.max(last?.to ?? 0, seconds - 60);
    if (last?.style === kind && seconds - last.to <= 120) last.to = seconds;
    else parts.push({ from: last !== undefined && seconds - last.to <= 120 ? last.to : from, to: seconds, style: kind });
  }
  return parts;
}
