import { rollBack } from './rollback';
import { percentText } from './text';
import type { Tick } from './tick';
import { newJudge } from '../judge/judge';
import { above, sameShare, stepAt } from '../shares';

/** Weights are restored so often in one step; somebody who changes them again means it. */
const MOST_RESTORES = 3;

/** Compares the endpoint with what it should be. What somebody else changed is never fought over in silence. */
export function watchForDrift(t: Tick): void {
  const { state, config } = t;
  if (t.ending || state.phase === 'preflight' || config.policies.dryRun) return;
  noticeCounts(t);
  if (state.paused !== undefined && state.paused.by !== 'update') return;
  const updated = t.seen.endpoint.configName !== state.expected?.configName;
  if (!t.inService || t.seen.endpoint.pendingDeployment) {
    // Until the end of an update the endpoint has the name of the old configuration; that a new one is on its way is said beside it.
    if ((updated || (!t.inService && t.seen.endpoint.pendingDeployment)) && state.paused === undefined) pauseForUpdate(t, updated);
    return;
  }
  if (missingVariant(t)) return;
  noticeOthers(t);
  if (updated) revalidate(t);
  else if (state.paused !== undefined) updateCameToNothing(t);
  // While weights change, a difference is what the change is about.
  if (state.phase !== 'shift' && !sameShare(t.realShare, state.share)) weightsChanged(t);
}

/** Instances that come or go change the latency for a while, whoever asked for them. */
function noticeCounts(t: Tick): void {
  const { state, now } = t;
  if (state.expected === undefined) return;
  const [fromCount, toCount] = [t.from?.currentCount ?? 0, t.to?.currentCount ?? 0];
  if (fromCount === state.expected.fromCount && toCount === state.expected.toCount) return;
  const floor = state.floor ?? 1;
  if (fromCount < floor && fromCount < state.expected.fromCount && state.share > 0) {
    t.event('DriftDetected', `${t.config.from.name} went from ${state.expected.fromCount} to ${fromCount} instances and has to keep ${floor} for the way back; nothing advances before they are there`,
      { what: 'instances', expected: floor, got: fromCount }, true);
  }
  t.set({ changedAt: now, expected: { ...state.expected, fromCount, toCount } });
}

function pauseForUpdate(t: Tick, updated: boolean): void {
  const { configName, status } = t.seen.endpoint;
  const to = updated ? configName : 'another configuration';
  t.event('DriftDetected', `the endpoint is ${status} to another configuration${updated ? ` (${configName})` : ''}`, { what: 'configuration', expected: t.state.expected?.configName, ...updated ? { got: configName } : {} });
  t.pause('update', `the endpoint is being updated to ${to}; it goes on when that is done and everything is as expected`);
}

/** The update failed: the containers are the old ones, and so is what is known of them. */
function updateCameToNothing(t: Tick): void {
  t.set({ paused: undefined, phaseSince: t.now, changedAt: t.now });
  t.event('Resumed', `the update came to nothing: the endpoint has configuration ${t.seen.endpoint.configName} as before`, { by: 'update' });
}

function missingVariant(t: Tick): boolean {
  const missing = [t.config.from, t.config.to].filter(({ name }) => !t.seen.endpoint.variants.some((variant) => variant.name === name)).map(({ name }) => name);
  if (missing.length === 0) return false;
  t.event('DriftDetected', `the endpoint has no variant ${missing.join(', ')} any more`, { what: 'variants', missing }, true);
  t.pause('drift', `the endpoint has no variant ${missing.join(', ')} any more`);
  return true;
}

/** A third variant takes from both alike: what is judged stays right, and shares are of the two. Said, for it may be a mistake. */
function noticeOthers(t: Tick): void {
  const { from, to } = t.config;
  const others = t.seen.endpoint.variants.filter(({ name, desiredWeight }) => name !== from.name && name !== to.name && desiredWeight > 0).map(({ name }) => name);
  if (others.length === 0 || !t.first(`others:${others.join()}`)) return;
  t.event('DriftDetected', `${others.join(', ')} ${others.length === 1 ? 'has' : 'have'} a weight too; shares are of the traffic of ${from.name} and ${to.name} alone`, { what: 'variants', others });
}

/**
 * Another configuration means other containers. What was proven was proven of the old ones: evidence and certificate begin anew, and so do
 * the gates that follow, the fallback window, and what a person wanted unproven. The share stays, for it was kept on purpose.
 */
export function revalidate(t: Tick): void {
  const { state, seen: { endpoint: { configName } }, now } = t;
  const share = state.phase === 'shift' ? t.realShare : state.share;
  const promoted = t.atFull && sameShare(share, 100);
  const byPerson = state.unprovenPromotion?.by === 'person';
  // Who wanted 100 % unproven has all of the steps before it again.
  const step = byPerson && !promoted ? Math.max(0, stepAt(t.config.plan.steps, share)) : state.step;
  if (state.paused === undefined) {
    t.event('DriftDetected', `the endpoint has another configuration (${configName})`, { what: 'configuration', expected: state.expected?.configName, got: configName });
  }
  const exposed = t.exposed;
  t.set({
    step,
    skip: undefined,
    unprovenPromotion: byPerson ? undefined : state.unprovenPromotion,
    paused: undefined,
    judge: newJudge(),
    verdict: undefined,
    judgeFailures: 0,
    changedAt: now,
    expected: { configName, fromCount: t.from?.currentCount ?? 0, toCount: t.to?.currentCount ?? 0 },
    passedGates: state.passedGates.filter((key) => Number(key.slice(key.lastIndexOf('@') + 1)) < step),
  });
  const anew = exposed ? `${t.config.to.name} is judged from the beginning, for its containers are new` : 'nothing had been judged yet';
  const more = promoted ? '; the fallback window begins anew' : byPerson ? '; "promote" was for the old ones and has to be given again' : '';
  t.event('Resumed', `the update to ${configName} is done; ${anew}${more}`, { by: 'update' });
  // Gates that were passed were passed for the old containers.
  if (!exposed) return t.go('gate', { gate: state.phase === 'gate' ? state.gate : undefined });
  t.set({ unproven: true, safeShare: 0, judgedInStep: 0, stepCounts: undefined });
  if (!promoted) restart(t, share);
  else if (state.phase === 'shift') t.set({ share, stepSince: now });
  else t.go('window', { windowSince: now, stepSince: now, gate: undefined });
}

/** Goes on at the nearest step that is not above a share: gates, instances, warm-up, weights, dwell. */
export function restart(t: Tick, share: number): void {
  t.go('gate', {
    step: Math.max(0, stepAt(t.config.plan.steps, share)), share, gate: undefined, skip: undefined, stepSince: undefined, judgedInStep: 0, stepCounts: undefined, capacityTried: undefined,
  });
}

function weightsChanged(t: Tick): void {
  const { state, config, now } = t;
  const real = t.realShare;
  const what = `somebody set ${config.to.name} to ${percentText(real)} of the traffic; expected was ${percentText(state.share)}`;
  const policy = config.policies.onDrift;
  if (policy !== 'restore' || (state.restores ?? 0) === 0) {
    t.event('DriftDetected', what, { what: 'weights', expected: state.share, got: real, policy }, true);
  }
  if (policy === 'abort') return rollBack(t, what, { cause: 'drift' });
  if (policy === 'restore' && (state.restores ?? 0) < MOST_RESTORES) {
    t.set({ restores: (state.restores ?? 0) + 1, changedAt: now });
    t.act({ kind: 'setWeights', share: state.share });
    return t.hold({ key: 'drift', message: `${what}; it is set back` });
  }
  // Less than the first step is somebody taking the newcomer out: nobody goes up again without being told to.
  if (policy === 'adopt' && !above(config.plan.steps[0], real)) return adopt(t);
  t.pause('drift', what, { commands: ['resume', 'abort'] });
}

/** Takes the weights for what they are. */
export function adopt(t: Tick): void {
  const { state, now } = t;
  const real = t.realShare;
  const safeShare = Math.min(state.safeShare, real);
  t.set({ changedAt: now, safeShare, unproven: above(real, safeShare), restores: 0 });
  restart(t, real);
}
