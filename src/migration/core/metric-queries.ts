import type { Baseline, MigrationConfig, MigrationState } from './controller/types';
import type { LatencyCounts, Period, VariantCounts } from './judge/types';

/**
 * Which numbers CloudWatch is asked for, and what its answers mean. A period is judged once, so the question that matters here is when a
 * period is all there:
 *
 * - It has to be closed for the publication delay.
 * - SageMaker sends an `Invocations` and an `Invocation5XXErrors` value for every request, the latter 1 or 0 ("For each 5xx response, 1 is
 *   sent; otherwise, 0 is sent", SageMaker developer guide, `monitoring-cloudwatch`, read 2026-11). A variant without both points in a minute
 *   had no request in it, or CloudWatch is late; the answer does not say which. For a variant that has traffic such a minute is waited for
 *   until `LATE_SECONDS` after its end; then it counts as a minute without requests. Periods are given in order, so what follows waits too.
 * - What comes later still is not looked at any more: its period was given.
 *
 * So a late point is lost only after five minutes, nothing is judged twice, and an endpoint without traffic gives empty periods (on which
 * the judge holds) five minutes behind. The price falls on low traffic alone: a newcomer with a request now and then is judged up to five
 * minutes behind.
 */
export const LATE_SECONDS = 300;

/** Further back than this nothing is caught up with: it bounds one request, at 12 metrics, to the 100,800 points of an answer. */
const MOST_BACK_SECONDS = 86400;

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

/** One `MetricStat` of `GetMetricData`, in the namespace of endpoints. */
export interface MetricQuery {
  readonly id: string;
  readonly metric: 'Invocations' | 'Invocation5XXErrors' | 'Invocation4XXErrors' | 'ModelLatency';
  readonly variant: string;
  readonly stat: string;
  /** Seconds. */
  readonly period: number;
}

/** Start (inside) and end (outside), seconds since 1970. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Answers by id: start of a period, value. In any order. */
export type Series = Readonly<Record<string, readonly (readonly [number, number])[]>>;

const SIDES = ['from', 'to'] as const;
type Side = (typeof SIDES)[number];

/** Namespace of the metrics of requests, dimensioned by endpoint and variant. */
export const NAMESPACE = 'AWS/SageMaker';

/**
 * What is asked for the periods after `after`, with some minutes before them, which tell whether a variant has had traffic; undefined while
 * no such period is closed for long enough.
 */
export function periodWindow(config: MigrationConfig, after: number, now: number): Window | undefined {
  const { periodSeconds: step, publicationDelaySeconds: delay } = config.plan;
  const end = Math.floor((now - delay) / step) * step;
  const first = firstPeriod(config, after, now);
  return first < end ? { start: first - Math.ceil(LATE_SECONDS / step) * step, end } : undefined;
}

/** Twelve metrics: six of each variant. Without thresholds latency is not judged, and not asked for. */
export function periodQueries(config: MigrationConfig, thresholds: MigrationState['thresholds']): MetricQuery[] {
  const period = config.plan.periodSeconds;
  return SIDES.flatMap((side): MetricQuery[] => {
    const variant = config[side].name;
    const limits = thresholds === undefined ? undefined
      : side === 'from' ? [thresholds.from95, thresholds.from99] : [thresholds.to95, thresholds.to99];
    return [
      { id: `${side}_requests`, metric: 'Invocations', variant, stat: 'Sum', period },
      { id: `${side}_errors`, metric: 'Invocation5XXErrors', variant, stat: 'Sum', period },
      { id: `${side}_refused`, metric: 'Invocation4XXErrors', variant, stat: 'Sum', period },
      ...limits === undefined ? [] : [
        { id: `${side}_samples`, metric: 'ModelLatency' as const, variant, stat: 'SampleCount', period },
        { id: `${side}_slow95`, metric: 'ModelLatency' as const, variant, stat: slowerThan(limits[0]), period },
        { id: `${side}_slow99`, metric: 'ModelLatency' as const, variant, stat: slowerThan(limits[1]), period },
      ],
    ];
  });
}

/**
 * Requests that took longer than so many microseconds. `TC` counts the values in a range given in absolute numbers, lower end outside, and
 * an end left out is open ("TC(0.005:0.030)", "PR(:300)": CloudWatch user guide, statistics definitions, read 2026-11).
 */
export function slowerThan(microseconds: number): string {
  return `TC(${Math.round(microseconds)}:)`;
}

/** Periods to judge, and what is reported beside them. */
export interface PeriodsRead {
  readonly periods: readonly Period[];
  /** Answers with a 4XX status in these periods: mostly the clients' doing, and not judged. */
  readonly refused: { readonly from: number; readonly to: number };
}

/** What the periods are read for. */
export interface PeriodContext {
  readonly config: MigrationConfig;
  readonly state: Pick<MigrationState, 'changedAt' | 'share'>;
  /** Start of the last period that was given. */
  readonly after: number;
  readonly now: number;
  /** Whether the variants have weight now. */
  readonly exposed: { readonly from: boolean; readonly to: boolean };
}

/** The periods that are all there, in order, each complete; see the rule above. */
export function periodsOf(context: PeriodContext, series: Series): PeriodsRead {
  const { config, state, after, now, exposed } = context;
  const { periodSeconds: step, publicationDelaySeconds: delay } = config.plan;
  const points = Object.fromEntries(Object.entries(series).map(([id, values]) => [id, new Map(values)]));
  const at = (side: Side, what: string, start: number) => points[`${side}_${what}`]?.get(start);
  const firstSeen = Object.fromEntries(SIDES.map((side) => [side, Math.min(Infinity, ...(series[`${side}_requests`] ?? []).map(([start]) => start))]));

  const missing = (side: Side, start: number): boolean => {
    const [requests, errors] = [at(side, 'requests', start), at(side, 'errors', start)];
    if (requests !== undefined && errors !== undefined) return false;
    if (requests !== undefined || errors !== undefined) return true;
    // Before the weights changed, who had no traffic yet has nothing to be waited for.
    return exposed[side] && (start >= (state.changedAt ?? -Infinity) || firstSeen[side] < start);
  };
  const counts = (side: Side, start: number): VariantCounts => {
    const latency = latencyOf(at(side, 'samples', start), at(side, 'slow95', start), at(side, 'slow99', start));
    const known = { requests: at(side, 'requests', start) ?? 0, errors: at(side, 'errors', start) ?? 0 };
    return latency === undefined ? known : { ...known, latency };
  };

  const periods: Period[] = [];
  const refused = { from: 0, to: 0 };
  for (let start = firstPeriod(config, after, now); start + step + delay <= now; start += step) {
    const overdue = start + step + Math.max(LATE_SECONDS, delay) <= now;
    const silent = SIDES.every((side) => at(side, 'requests', start) === undefined);
    if (!overdue && (silent || SIDES.some((side) => missing(side, start)))) break;
    for (const side of SIDES) refused[side] += at(side, 'refused', start) ?? 0;
    periods.push({
      start,
      seconds: step,
      control: counts('from', start),
      newcomer: counts('to', start),
      latencySettled: start >= (state.changedAt ?? -Infinity) + config.warmUp.seconds,
      certifies: state.share >= 50,
    });
  }
  return { periods, refused };
}

/**
 * A range with nothing in it may come back as 0 or as no point; with samples in the period both mean that none was slow. That CloudWatch
 * has these statistics of the endpoint at all is shown by the percentiles of the baseline.
 */
function latencyOf(samples: number | undefined, slow95: number | undefined, slow99: number | undefined): LatencyCounts | undefined {
  if (samples === undefined || samples <= 0) return undefined;
  return { samples, slow95: Math.min(samples, slow95 ?? 0), slow99: Math.min(samples, slow99 ?? 0) };
}

/** The last so many seconds that CloudWatch has published. */
export function baselineWindow(config: MigrationConfig, seconds: number, now: number): Window {
  const period = countPeriod(seconds);
  const end = Math.floor((now - config.plan.publicationDelaySeconds) / period) * period;
  return { start: end - Math.ceil(seconds / period) * period, end };
}

/** Counts of both variants, for the mean and the peak. */
export function baselineQueries(config: MigrationConfig, seconds: number): MetricQuery[] {
  const period = countPeriod(seconds);
  return [
    { id: 'from_requests', metric: 'Invocations', variant: config.from.name, stat: 'Sum', period },
    { id: 'from_errors', metric: 'Invocation5XXErrors', variant: config.from.name, stat: 'Sum', period },
    { id: 'to_requests', metric: 'Invocations', variant: config.to.name, stat: 'Sum', period },
  ];
}

/** Points of a minute are kept for 15 days, of five minutes for 63 (CloudWatch API reference, GetMetricData, read 2026-11). */
function countPeriod(seconds: number): number {
  return seconds <= 15 * DAY - HOUR ? MINUTE : seconds <= 63 * DAY - HOUR ? 5 * MINUTE : HOUR;
}

/**
 * Percentiles of the hours of a short window, of the quarters of a day, of the days of a week: long windows are taken where requests are
 * few, and a percentile of few is the largest of them. Not of the whole window at once: whether CloudWatch begins a period at the start that
 * is asked for or at a multiple of its length is not documented, and a window that is cut there would be judged by a rest of it. The window
 * begins at a full period for the same reason.
 */
export function percentileQueries(config: MigrationConfig, window: Window): { readonly queries: MetricQuery[]; readonly window: Window } {
  const variant = config.from.name;
  const seconds = window.end - window.start;
  const period = seconds <= 6 * HOUR ? HOUR : seconds <= DAY ? 6 * HOUR : DAY;
  return {
    queries: [['samples', 'SampleCount'], ['p95', 'p95'], ['p99', 'p99']].map(([id, stat]) => ({ id, metric: 'ModelLatency', variant, stat, period })),
    window: { start: Math.floor(window.start / period) * period, end: window.end },
  };
}

/** What the counts of a window say, and of the percentiles of its periods the middle one. */
export function baselineOf(window: Window, counts: Series, percentiles: Series): Baseline {
  const minutes = (window.end - window.start) / MINUTE;
  const period = countPeriod(window.end - window.start);
  const inside = (id: string) => (counts[id] ?? []).filter(([start]) => start >= window.start && start < window.end);
  const perPeriod = new Map<number, number>();
  for (const [start, value] of [...inside('from_requests'), ...inside('to_requests')]) perPeriod.set(start, (perPeriod.get(start) ?? 0) + value);
  const known = {
    from: window.start,
    to: window.end,
    requests: sum(inside('from_requests')),
    errors: sum(inside('from_errors')),
    requestsPerMinute: sum([...perPeriod]) / minutes,
    peakRequestsPerMinute: [...perPeriod.values()].reduce((most, value) => Math.max(most, value), 0) * MINUTE / period,
  };
  const [p95, p99] = [middle(percentiles.p95, percentiles.samples), middle(percentiles.p99, percentiles.samples)];
  return p95 === undefined || p99 === undefined ? known : { ...known, p95, p99 };
}

/** The value that half of the requests are at or below, when each period stands for its requests; a period of unknown size counts as one. */
function middle(values: Series[string] = [], samples: Series[string] = []): number | undefined {
  const sizes = new Map(samples);
  const sorted = [...values].map(([start, value]) => ({ value, size: sizes.get(start) ?? 1 })).sort((a, b) => a.value - b.value);
  const half = sorted.reduce((total, { size }) => total + size, 0) / 2;
  let reached = 0;
  return sorted.find(({ size }) => (reached += size) >= half)?.value;
}

/** Start of the first period after `after`, as far back as is caught up with. */
function firstPeriod({ plan: { periodSeconds: step } }: MigrationConfig, after: number, now: number): number {
  return Math.max((Math.floor(after / step) + 1) * step, Math.ceil((now - MOST_BACK_SECONDS) / step) * step);
}

function sum(points: readonly (readonly [number, number])[]): number {
  return points.reduce((total, [, value]) => total + value, 0);
}
