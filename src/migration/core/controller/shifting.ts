import { mayRaise } from './blockers';
import { ensureInstances } from './instances';
import { lastClosed } from './preflight';
import { rollBack } from './rollback';
import { durationText, percentText, plural } from './text';
import type { Tick } from './tick';
import { above, sameShare } from '../shares';

/** Rounds of warm-up requests that may fail. */
const WARM_UP_ROUNDS = 3;

/** Phase `capacity`: instances before weight. */
export function capacityPhase(t: Tick): void {
  const { state, config, now } = t;
  const missing = ensureInstances(t, Math.max(t.target, state.share));
  if (missing === undefined && t.inService) return t.go('warmUp', { warmUpRounds: 0, capacityTried: undefined });
  const hold = missing ?? { key: 'busy', message: `the endpoint is ${t.seen.endpoint.status}` };
  if (now - state.phaseSince >= config.policies.changeTimeoutSeconds) {
    return rollBack(t, `${hold.message}, after ${durationText(now - state.phaseSince)}; the step to ${percentText(t.target)} is given up`, { cause: 'capacity' });
  }
  t.hold(hold);
}

/** Phase `warmUp`: requests that name the newcomer, before anybody else's. */
export function warmUpPhase(t: Tick): void {
  const { state, config } = t;
  const requests = config.warmUp.requests;
  if (requests === undefined || requests.count <= 0 || config.policies.dryRun) return t.go('shift');
  const result = state.results?.warmUp;
  if (result !== undefined && result.sent > 0 && result.failed === 0) return t.go('shift');
  if (result !== undefined) {
    const rounds = (state.warmUpRounds ?? 0) + 1;
    t.set({ warmUpRounds: rounds });
    const failed = `${result.failed} of ${plural(result.sent, 'warm-up request')} to ${config.to.name} failed${result.message === undefined ? '' : ` (${result.message})`}`;
    if (rounds >= WARM_UP_ROUNDS) return rollBack(t, `${failed}, in the ${WARM_UP_ROUNDS}rd round in a row`, { cause: 'warmUp' });
    t.hold({ key: 'warmUp', message: `${failed}; they are sent again` });
  }
  t.act({ kind: 'warmUp', variant: config.to.name, ...requests });
}

/** Phase `shift`: the decision is stored before the write, and the write goes on until it is seen. */
export function shiftPhase(t: Tick): void {
  const { state, config, now } = t;
  if (!sameShare(state.share, t.target)) {
    const hold = above(t.target, state.share) ? mayRaise(t) : undefined;
    if (hold !== undefined) {
      // Waiting here is no failure of the change that was not begun.
      t.set({ phaseSince: now });
      if (hold.key === 'proof') return backToProof(t);
      return t.hold(hold);
    }
    decide(t);
  }
  if (!sameShare(t.realShare, state.share) || !t.inService) {
    if (now - state.phaseSince >= config.policies.changeTimeoutSeconds) {
      return rollBack(t, `the weights for ${percentText(state.share)} were not taken within ${durationText(config.policies.changeTimeoutSeconds)}${said(t)}`, { cause: 'shift' });
    }
    if (!sameShare(t.desiredShare, state.share)) t.act({ kind: 'setWeights', share: state.share });
    return;
  }
  arrived(t);
}

function decide(t: Tick): void {
  const { state } = t;
  const share = t.target;
  t.event('StepStarted', `shifting ${t.config.to.name} from ${percentText(state.share)} to ${percentText(share)}${share === 100 && state.unprovenPromotion !== undefined ? `, unproven, by the will of ${state.unprovenPromotion.who}` : ''}`,
    { fromShare: state.share, toShare: share });
  t.set({
    share,
    safeShare: Math.min(state.safeShare, share),
    unproven: true,
    phaseSince: t.now,
    changedAt: t.now,
    stepSince: undefined,
    judgedInStep: 0,
    stepCounts: undefined,
    skip: undefined,
    holding: undefined,
    restores: 0,
    said: state.said?.filter((key) => !key.startsWith('inconclusive')),
    lastPeriod: state.lastPeriod ?? lastClosed(t),
  });
}

function arrived(t: Tick): void {
  const { config, now, state } = t;
  const patch = { stepSince: now, changedAt: now, blockedSince: undefined, judgedInStep: 0, stepCounts: undefined };
  if (!t.atFull) return t.go('judge', { ...patch, unproven: true, safeShare: Math.min(state.safeShare, state.share) });
  t.go('window', { ...patch, windowSince: now });
  t.event('Promoted', `${config.to.name} has all of the traffic${state.unprovenPromotion === undefined ? '' : `, unproven, by the will of ${state.unprovenPromotion.who}`}; `
    + `${config.from.name} keeps ${plural(state.floor ?? 1, 'instance')} for ${durationText(config.fallback.windowSeconds)}`, { unproven: state.unprovenPromotion !== undefined, verdict: state.verdict }, true);
}

/** The certificate was lost while a gate or a window was waited for: back to the last step until it is there again. */
function backToProof(t: Tick): void {
  t.go('judge', { step: t.state.step - 1, stepSince: t.state.stepSince ?? t.now });
}

function said(t: Tick): string {
  const message = t.state.results?.write?.message;
  return message === undefined ? '' : ` (${message})`;
}
