import type { Tick } from './tick';
import type { Phase } from './types';

/** Something is being written: look again soon. */
const SOON = 10;
/** Instances come up in minutes. */
const CAPACITY = 20;
const LONGEST = 60;
/** A period is asked for this long after it should be there. */
const SLACK = 2;

/** Phases that only wait for the endpoint. */
const QUICK: readonly Phase[] = ['rollback', 'verify', 'shift', 'warmUp'];

/** Seconds until the next tick: soon while something changes, else when the next period can be read. */
export function waitFor(t: Tick): number {
  const { state, now, config: { plan } } = t;
  if (state.phase === 'ended') return 0;
  if (QUICK.includes(state.phase) && state.paused === undefined && state.holding !== 'window') return SOON;
  if (t.actions.some(({ kind }) => kind !== 'callGate') || t.outcome !== undefined) return SOON;
  if (state.phase === 'preflight' && state.baseline === undefined && t.inService && state.holding === undefined) return SOON;
  if (state.phase === 'capacity' || state.phase === 'release') return CAPACITY;
  const ready = plan.publicationDelaySeconds + SLACK;
  const next = Math.floor((now - ready) / plan.periodSeconds + 1) * plan.periodSeconds + ready;
  return Math.min(LONGEST, Math.max(SOON, Math.ceil(next - now)));
}
