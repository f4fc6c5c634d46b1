import { alarm, busy, closed, mayLeave, mayRelease } from './blockers';
import { reportCost } from './gates';
import { ensureInstances } from './instances';
import { dryRunStep } from './preflight';
import { rollBack } from './rollback';
import { dwellOf } from './settings';
import { durationText, percentText } from './text';
import type { Hold, Tick } from './tick';

/** Kinds of reasons that only more requests can take away. */
const UNPROVEN: readonly string[] = ['requests', 'silent', 'late', 'suspicious', 'shared', 'proof', 'judge'];

/** Phase `judge`: the step is left when everything that speaks for it is there. */
export function judgePhase(t: Tick): void {
  const { state, config, now } = t;
  if (config.policies.dryRun) return dryRunStep(t);
  if (state.unprovenPromotion?.by === 'person') return goToFull(t);
  const since = state.stepSince ?? state.phaseSince;
  const missing = ensureInstances(t, state.share);
  if (missing?.page === true) t.hold(missing);
  if (now - since < dwellOf(config, state.step) && state.skip !== true) return;
  const hold = missing ?? busy(t) ?? alarm(t) ?? mayLeave(t) ?? closed(t);
  if (hold === undefined) return leave(t);
  if (UNPROVEN.includes(hold.key) && now - since >= config.plan.maxStepSeconds) {
    return inconclusive(t, hold, `the step of ${percentText(state.share)} had no verdict within ${durationText(config.plan.maxStepSeconds)}`);
  }
  t.hold(hold, { requestsNeeded: state.verdict?.requestsNeeded });
}

/** By a person's will: the gates before 100 % and its instances, and no more steps. */
export function goToFull(t: Tick): void {
  t.go('gate', { step: t.config.plan.steps.length, gate: undefined, skip: undefined });
}

/** The whole way takes too long, wherever it waits. */
export function checkDuration(t: Tick): void {
  const { state, config, now } = t;
  if (!['gate', 'capacity', 'warmUp', 'shift', 'judge'].includes(state.phase) || state.share >= 100 || config.policies.dryRun) return;
  if (now - state.started < config.plan.maxSeconds) return;
  inconclusive(t, { key: 'duration', message: state.verdict?.reason ?? 'nothing was judged' }, `100 % was not reached within ${durationText(config.plan.maxSeconds)}`);
}

/** No verdict in time is no reason for either. What happens then was chosen before. */
function inconclusive(t: Tick, hold: Hold, what: string): void {
  const { state, config } = t;
  const policy = config.policies.onInconclusive;
  if (t.first(`inconclusive@${hold.key === 'duration' ? 'all' : state.step}`)) {
    t.event('Inconclusive', `inconclusive: ${what} (${hold.message})`, { policy, verdict: state.verdict, requestsNeeded: state.verdict?.requestsNeeded, commands: ['skip', 'promote', 'abort'] }, true);
  }
  if (policy === 'rollback') return rollBack(t, `${what}, and it was to be rolled back then`, { cause: 'inconclusive' });
  if (policy === 'promote') {
    // Steps are still walked, and what speaks against the newcomer still holds it.
    if (state.phase === 'judge') t.set({ skip: true });
    if (state.unprovenPromotion === undefined && ['proof', 'duration'].includes(hold.key)) t.set({ unprovenPromotion: { by: 'policy', who: 'the policy onInconclusive' } });
  }
  if (hold.key !== 'duration') t.hold(hold, { requestsNeeded: state.verdict?.requestsNeeded });
}

function leave(t: Tick): void {
  const { state, config } = t;
  const { verdict, stepCounts: counts } = state;
  // Without a verdict nothing is known to speak for or against it.
  const unproven = verdict !== undefined && verdict.kind !== 'promote';
  t.event('StepPassed', `${config.to.name} passed ${percentText(state.share)}${unproven ? ', for nothing speaks against it' : ''}: ${verdict?.reason ?? 'nothing was judged, by the will of a person'}`, { verdict, counts });
  t.set({ safeShare: state.share, unproven: false, step: state.step + 1, skip: undefined });
  t.go('gate');
  // Each step is an execution of its own, so that no history grows too long.
  t.outcome = 'continue';
}

/** Phase `window`: everything is at the newcomer; the way back stays warm. */
export function windowPhase(t: Tick): void {
  const { state, config, now } = t;
  const since = state.windowSince ?? state.phaseSince;
  const missing = ensureInstances(t, 100);
  if (missing !== undefined) t.hold(missing);
  const { dwellSeconds, minRequestsPerStep } = config.plan;
  const judged = now - (state.stepSince ?? since) >= dwellSeconds && state.judgedInStep >= Math.max(1, minRequestsPerStep);
  if (state.unproven && judged) t.set({ unproven: false, safeShare: state.share });
  if (now - since < config.fallback.windowSeconds && state.skip !== true) return;
  const hold = mayRelease(t);
  if (hold !== undefined) return t.hold(hold, ['requests', 'silent'].includes(hold.key) ? { commands: ['skip', 'abort'] } : {});
  t.event('FallbackWindowEnded', `${config.to.name} has had all of the traffic for ${durationText(now - since)}; ${config.from.name} is released now`, { counts: state.stepCounts }, true);
  reportCost(t);
  t.go('gate');
}
