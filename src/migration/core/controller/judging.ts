import { judging } from './needs';
import { rollBack } from './rollback';
import { certifies, judgeSettings } from './settings';
import { countText, percentText } from './text';
import type { Tick } from './tick';
import type { Counts } from './types';
import { judge } from '../judge/judge';
import type { Period } from '../judge/types';
import { sampleRatioMismatch } from '../sample-ratio';
import { sameShare } from '../shares';

/** So many periods in a row that the judge fails at are no accident. */
const MOST_FAILURES = 5;

/** Gives the judge every new period, once, whatever the controller waits for: a gate, a person or instances. */
export function judgePeriods(t: Tick): void {
  if (!judging(t.state)) return;
  for (const period of t.seen.periods) {
    if (t.state.lastPeriod !== undefined && period.start <= t.state.lastPeriod) continue;
    t.set({ lastPeriod: period.start });
    count(t, period);
    judgeOne(t, period);
  }
  if (t.state.judgeFailures >= MOST_FAILURES) {
    rollBack(t, `the judge failed at ${t.state.judgeFailures} periods in a row, so nothing is known about ${t.config.to.name}`, { cause: 'judgeFailed' });
  } else if (t.state.verdict?.kind === 'rollback') {
    rollBack(t, t.state.verdict.reason, { cause: 'judge', verdict: t.state.verdict });
  }
  warnOfMismatch(t);
}

/** A period at which the judge fails leaves its state as it was, and is not tried again: the same numbers would fail again. */
function judgeOne(t: Tick, period: Period): void {
  const { state, config } = t;
  try {
    const seen: Period = {
      ...period,
      latencySettled: state.changedAt === undefined || period.start >= state.changedAt + config.warmUp.seconds,
      // While weights change, requests of the period may be of either share.
      certifies: certifies(config, Math.min(t.realShare, inStep(t, period) ? state.share : Math.min(state.share, state.safeShare))),
    };
    const result = judge(state.judge, seen, judgeSettings(config, state), state.share >= 100 && sameShare(t.realShare, 100) ? 'guard' : 'compare');
    t.set({ judge: result.state, verdict: result.verdict, judgeFailures: 0 });
  } catch (error) {
    t.set({ judgeFailures: state.judgeFailures + 1 });
    t.hold({ key: 'judge', message: `the judge failed at a period (${(error as Error).message}); nothing advances, and after ${MOST_FAILURES} in a row it is rolled back`, page: true });
  }
}

function count(t: Tick, period: Period): void {
  const { state } = t;
  const { control, newcomer, seconds, start } = period;
  const seen: Counts = { from: number(control.requests), to: number(newcomer.requests), fromErrors: number(control.errors), toErrors: number(newcomer.errors), seconds };
  t.set({ recent: add(scale(state.recent, 0.5), seen) });
  if (seen.to > 0) t.set({ lastRequests: start });
  if (inStep(t, period)) t.set({ stepCounts: add(state.stepCounts, seen), judgedInStep: state.judgedInStep + seen.to });
}

/** The whole period lies in the step. */
function inStep({ state }: Tick, period: Period): boolean {
  return state.stepSince !== undefined && period.start >= state.stepSince;
}

function warnOfMismatch(t: Tick): void {
  const { state, config } = t;
  if (t.ending || state.paused !== undefined || state.stepCounts === undefined) return;
  const realised = sampleRatioMismatch(state.stepCounts, state.share);
  if (realised === undefined || !t.first(`ratio@${state.share}`)) return;
  t.event('PlanWarning', `${config.to.name} gets ${percentText(realised)} of the requests and not ${percentText(state.share)} as the weights say `
    + `(${countText(state.stepCounts.to)} against ${countText(state.stepCounts.from)}): requests that name a variant, or sticky sessions; `
    + 'the two may not serve the same kind of requests', { realisedShare: realised, counts: state.stepCounts });
}

const number = (value: number) => Number.isFinite(value) && value > 0 ? value : 0;

function add(a: Counts | undefined, b: Counts): Counts {
  if (a === undefined) return b;
  return { from: a.from + b.from, to: a.to + b.to, fromErrors: a.fromErrors + b.fromErrors, toErrors: a.toErrors + b.toErrors, seconds: a.seconds + b.seconds };
}

function scale(counts: Counts | undefined, by: number): Counts | undefined {
  if (counts === undefined) return undefined;
  const { from, to, fromErrors, toErrors, seconds } = counts;
  return { from: from * by, to: to * by, fromErrors: fromErrors * by, toErrors: toErrors * by, seconds: seconds * by };
}
