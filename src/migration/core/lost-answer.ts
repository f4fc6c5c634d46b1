import type { MigrationState } from './controller/types';

/**
 * The state that a tick goes on with. What the state machine has is older than what the lock has when the answer of a tick was lost after the tick had acted. The
 * decisions are made again, and come out the same or better; but what the endpoint was like before the run can be seen only once, so what is to be given back is taken from both.
 */
export function withoutLoss(state: MigrationState, fenced: MigrationState | undefined): MigrationState {
  if (fenced === undefined || fenced.run !== state.run || fenced.epoch !== state.epoch) return state;
  // The newer one knows what somebody set meanwhile.
  const pinned = { ...state.pinned, ...fenced.pinned };
  const union = (what: 'raised' | 'pinnedSeen') => [...new Set([...state[what] ?? [], ...fenced[what] ?? []])];
  const [raised, pinnedSeen] = [union('raised'), union('pinnedSeen')];
  return {
    ...state,
    ...Object.keys(pinned).length > 0 ? { pinned } : {},
    ...raised.length > 0 ? { raised } : {},
    ...pinnedSeen.length > 0 ? { pinnedSeen } : {},
    ...fenced.killSwitch === true ? { killSwitch: true } : {},
  };
}

/** What a run ended as, when the answer of its last tick was lost: it has given the lock back, and nothing is left to do. */
export function endedAlready(state: MigrationState, fenced: MigrationState | undefined): MigrationState | undefined {
  return fenced?.run === state.run && fenced.epoch === state.epoch && fenced.phase === 'ended' && fenced.outcome !== undefined ? fenced : undefined;
}
