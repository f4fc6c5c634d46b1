import { tally } from './likelihood';
import { newMetric, observe, progress, requestsNeeded, rulesOf, type Rule } from './metric';
import type { JudgeMode, JudgeSettings, JudgeState, MetricEvidence, Period, Verdict } from './types';
import { reasonOf } from './words';

export type { JudgeMode, JudgeSettings, JudgeState, LatencyCounts, MetricEvidence, Period, VariantCounts, Verdict } from './types';
export { UNREACHABLE } from './types';
export { autoAllowance } from './allowance';

/** A judge that has seen nothing. */
export function newJudge(): JudgeState {
  return { last: null, errors: newMetric(), latencyP95: newMetric(), latencyP99: newMetric() };
}

/**
 * Takes in one closed period and says what the evidence so far allows.
 *
 * Every metric is bad requests out of all requests. The newcomer is acceptable in a period when its bad rate is at most the ratio times the
 * live control's, or at most the allowance. Bounds, for requests that are routed and fail independently of each other within a period:
 *
 * - a newcomer that is acceptable in every period is rolled back with a chance of at most `falseRollback` within `horizonPeriods` judged
 *   periods, whatever the traffic does and whenever one looks (Ville's inequality for evidence since the beginning, Shiryaev-Roberts for
 *   late changes, half each; errors 1/2, p95 1/4, p99 1/4 of alpha);
 * - a newcomer that is beyond both limits of a metric in every certifying period is certified with a chance of at most `falsePromotion`;
 * - no data is no evidence: such a period changes nothing.
 *
 * What the bounds do not cover (errors in clumps, one bad minute, an instance replaced, cold starts, noise that lasts) is met by caps: no
 * minute counts for more than a third (errors) or a quarter (latency) of a rollback. Only a newcomer whose requests fail by a third since its first
 * one is rolled back after one period.
 *
 * A period that starts no later than the last judged one changes nothing, so a repeated call is harmless.
 */
export function judge(state: JudgeState, period: Period, settings: JudgeSettings, mode: JudgeMode = 'compare'): { state: JudgeState; verdict: Verdict } {
  const rules = rulesOf(settings, mode);
  const judged = state.last !== null && period.start <= state.last;
  if (judged || !Number.isFinite(period.start)) return { state, verdict: verdictBy(rules, state, mode) };
  const { control, newcomer, seconds, certifies, latencySettled } = period;
  let next: JudgeState = { ...state, last: period.start };
  for (const rule of rules) {
    if (rule.metric === 'errors') {
      next = { ...next, errors: observe(state.errors, tally(control.errors, control.requests), tally(newcomer.errors, newcomer.requests), seconds, certifies, mode, rule) };
    } else if (latencySettled && newcomer.latency !== undefined) {
      const slow = rule.metric === 'latencyP95' ? 'slow95' : 'slow99';
      const [old, young] = [control.latency, newcomer.latency].map((latency) => tally(latency?.[slow], latency?.samples));
      next = { ...next, [rule.metric]: observe(state[rule.metric], old, young, seconds, certifies, mode, rule) };
    }
  }
  return { state: next, verdict: verdictBy(rules, next, mode) };
}

/** What the evidence in a state says, without a new period. */
export function verdictOf(state: JudgeState, settings: JudgeSettings, mode: JudgeMode = 'compare'): Verdict {
  return verdictBy(rulesOf(settings, mode), state, mode);
}

function verdictBy(rules: readonly Rule[], state: JudgeState, mode: JudgeMode): Verdict {
  const evidence = rules.map((rule): MetricEvidence => {
    const { control, newcomer } = state[rule.metric];
    const { worse, fine } = progress(state[rule.metric], rule);
    return {
      metric: rule.metric,
      control: { bad: control[0], total: control[1] },
      newcomer: { bad: newcomer[0], total: newcomer[1] },
      worse,
      fine,
      requestsNeeded: fine >= 1 ? 0 : requestsNeeded(state[rule.metric], rule),
    };
  });
  const worst = evidence.find((one) => one.worse >= 1);
  const slowest = evidence.reduce((most, one) => one.requestsNeeded > most.requestsNeeded ? one : most);
  const proven = mode === 'compare' && evidence.every((one) => one.fine >= 1);
  const kind = worst !== undefined ? 'rollback' : proven ? 'promote' : 'hold';
  const metric = worst?.metric ?? (kind === 'hold' ? slowest.metric : undefined);
  return {
    kind,
    ...(metric === undefined ? {} : { metric }),
    reason: reasonOf(kind, rules.find((rule) => rule.metric === metric), state, evidence, mode),
    evidence,
    requestsNeeded: slowest.requestsNeeded,
  };
}
