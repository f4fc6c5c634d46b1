import { raise } from './instances';
import { durationText, plural, rateText } from './text';
import type { Tick } from './tick';
import { KILL_SWITCH_OFF } from '../../contract';
import { instancesFor } from '../capacity';

/** Traffic is not kept at a bad newcomer for longer than this while instances to take it back come up. */
const CAPACITY_FIRST = 600;
/** So much more than it serves now, `from` takes without more instances: a fraction. Waiting for them would cost more requests. */
const LITTLE = 0.2;
/** An endpoint that does not take the weights for so long is blocked; one that took them has longer to apply them. */
const BLOCKED = 30;
const SLOW = 180;
/** Other writers may not have noticed yet: the weights have to stay right for so long. */
const STEADY = 300;

/** Sends everything back. Allowed in every phase before; a second reason changes nothing. */
export function rollBack(t: Tick, why: string, detail: Readonly<Record<string, unknown>> = {}): void {
  const { state, config } = t;
  if (t.ending) return;
  if (state.phase === 'preflight') return refuse(t, [why]);
  if (config.policies.dryRun) return endDryRun(t, `it would roll back: ${why}`);
  const share = Math.max(state.share, t.realShare);
  // Unproven with a safe share of 0: who recovers a crash in the middle of this finishes it.
  t.go('rollback', {
    share: 0, safeShare: 0, unproven: true, reason: why, paused: undefined, gate: undefined, blockedSince: undefined, steadySince: undefined, ending: 'rolledBack', capacityTried: undefined,
  });
  t.event('RollbackStarted', `rolling back: ${why}`, { ...detail, fromShare: share, counts: state.stepCounts }, true);
}

/** Nothing was changed yet, so there is nothing to take back. */
export function refuse(t: Tick, reasons: readonly string[]): void {
  t.event('MigrationRefused', `not started: ${reasons.join('; ')}`, { reasons }, true);
  t.set({ reason: reasons.join('; ') });
  t.end('refused', 'the migration was refused; nothing was changed');
}

export function endDryRun(t: Tick, what: string): void {
  const { state, config } = t;
  const counts = state.stepCounts;
  t.event('DryRunReport', `dry run: ${what}`, { verdict: state.verdict, counts, baseline: state.baseline, errorAllowance: state.errorAllowance, plan: config.plan }, true);
  t.end('dryRun', 'the dry run ended; nothing was changed');
}

/** Phase `rollback`: weights, and instances before them only where they are missing. */
export function rollBackPhase(t: Tick): void {
  const { state, config, now } = t;
  if (t.from === undefined && t.to !== undefined) return blocked(t, `${config.from.name} is not on the endpoint any more`, 0);
  if (isBack(t)) return backAtFrom(t);
  if (!canCarry(t) && !addsLittle(t) && now - state.phaseSince < CAPACITY_FIRST) {
    const missing = raise(t, config.from, state.floor ?? 1);
    if (missing !== undefined) return t.hold({ key: 'capacityFirst', message: `${missing}; the weights follow within ${durationText(CAPACITY_FIRST)}, with or without them` });
  }
  const refused = state.results?.write !== undefined && state.results.write.status !== 'done';
  if (t.desiredShare > 0) t.act({ kind: 'setWeights', share: 0 });
  if (t.desiredShare > 0 && !t.inService) return blocked(t, `the endpoint is ${t.seen.endpoint.status} and takes no change`, BLOCKED);
  if (refused) return blocked(t, state.results?.write?.message ?? 'the endpoint is in another update', BLOCKED);
  blocked(t, 'the endpoint has the new weights and does not apply them', SLOW);
}

/** Phase `verify`: nobody is believed before it was true for minutes. */
export function verifyPhase(t: Tick): void {
  const { state, now } = t;
  if (!isBack(t)) {
    t.go('rollback', { steadySince: undefined });
    return;
  }
  // The instances that the weights did not wait for.
  if (!canCarry(t)) raise(t, t.config.from, state.floor ?? 1);
  if (now - (state.steadySince ?? now) < STEADY) return;
  if (state.killSwitch === true) t.act({ kind: 'setKillSwitch', value: KILL_SWITCH_OFF });
  rolledBack(t);
}

function isBack(t: Tick): boolean {
  return t.realShare === 0 && t.desiredShare === 0 && t.from !== undefined;
}

function backAtFrom(t: Tick): void {
  // Where the newcomer never had traffic nobody can set it back either.
  if (t.state.lastPeriod === undefined) return rolledBack(t);
  t.go('verify', { steadySince: t.now, blockedSince: undefined });
}

function rolledBack(t: Tick): void {
  const { state, config } = t;
  const errors = state.verdict?.evidence.find(({ metric }) => metric === 'errors');
  const seen = state.lastPeriod === undefined ? `${config.to.name} had no traffic` : errors === undefined ? 'nothing was judged'
    : `since the start ${rateText(errors.newcomer.bad, errors.newcomer.total)} of ${plural(errors.newcomer.total, 'request')} to ${config.to.name} failed, `
      + `and ${rateText(errors.control.bad, errors.control.total)} of ${plural(errors.control.total, 'request')} to ${config.from.name}`;
  t.go('release', { ending: 'rolledBack', killSwitch: false, blockedSince: undefined });
  t.event('RolledBack', `${config.from.name} has all of the traffic: ${state.reason ?? 'rolled back'} (${seen})`, { reason: state.reason, counts: state.stepCounts, verdict: state.verdict }, true);
}

/** Whether `from` can take everything: it has its floor, or at least what carries the requests of the last minutes. */
function canCarry(t: Tick): boolean {
  const { state, config } = t;
  const floor = state.floor ?? 1;
  const count = t.from?.currentCount ?? 0;
  if (count >= floor) return true;
  const recent = state.recent;
  if (config.from.requestsPerInstance === undefined || recent === undefined || recent.seconds <= 0) return false;
  return count >= instancesFor(config.from, (recent.from + recent.to) / recent.seconds * 60, 100);
}

/** Whether `from` serves nearly everything already, with what it has. */
function addsLittle(t: Tick): boolean {
  const share = Math.max(t.realShare, t.desiredShare);
  return (t.from?.currentCount ?? 0) > 0 && share <= LITTLE * (100 - t.realShare);
}

/** The weights cannot be had: people are told once, and clients that read the switch follow it at once. */
function blocked(t: Tick, why: string, after: number): void {
  const { state, config, now } = t;
  t.set({ blockedSince: state.blockedSince ?? now });
  if (now - state.blockedSince! < after) return;
  if (t.first('blocked')) {
    t.event('RollbackBlocked', `the rollback is blocked: ${why}; it is tried every few seconds until it succeeds`, { why, status: t.seen.endpoint.status }, true);
  }
  if (state.killSwitch !== true && t.from !== undefined) {
    t.act({ kind: 'setKillSwitch', value: config.from.name });
    t.set({ killSwitch: true });
  }
}
