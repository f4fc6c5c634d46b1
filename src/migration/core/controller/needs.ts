import type { MigrationConfig, MigrationState, Needs } from './types';

/** Windows that the baseline is looked for in, in seconds: an hour, then longer while there are too few requests. */
export const BASELINE_WINDOWS = [3600, 6 * 3600, 86400, 7 * 86400] as const;

/** Whether periods are judged: the newcomer has been given traffic, and nobody has decided on a rollback. */
export function judging(state: MigrationState): boolean {
  return state.lastPeriod !== undefined && !['preflight', 'rollback', 'verify', 'release', 'ended'].includes(state.phase);
}

/** What the next decision needs to know. */
export function needs(config: MigrationConfig, state: MigrationState, _now: number): Needs {
  const preflight = state.phase === 'preflight';
  return {
    ...preflight && state.baseline === undefined ? { baseline: { seconds: state.baselineSeconds ?? BASELINE_WINDOWS[0] } } : {},
    ...judging(state) ? { periodsAfter: state.lastPeriod } : {},
    scaling: state.phase !== 'ended' && (config.from.scaled || config.to.scaled),
    killSwitch: preflight,
    alarms: ['rollback', 'verify', 'release', 'ended'].includes(state.phase) ? [] : config.alarms.map(({ name }) => name),
  };
}
