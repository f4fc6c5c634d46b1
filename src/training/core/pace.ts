import type { TrainingState } from './types';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Looks at a job are as far apart as fits its age: `[younger than, wait]`, in seconds. */
const BY_AGE: readonly (readonly [number, number])[] = [[30 * MINUTE, 30], [2 * HOUR, MINUTE], [24 * HOUR, 5 * MINUTE], [Infinity, 20 * MINUTE]];

/**
 * An execution has 25,000 events (Step Functions quotas) and a look takes 9. A month of looks every 20 minutes takes 2,160 of them: who has been through more, on
 * several kinds of hardware, is looked at less often, so that a year fits.
 */
const BY_TICKS: readonly (readonly [number, number])[] = [[2300, 0], [2500, 2 * HOUR], [Infinity, 24 * HOUR]];

/** Seconds until the next look at the job that is under way. */
export function untilNextLook({ since, ticks }: Pick<TrainingState, 'since' | 'ticks'>, now: number): number {
  const first = (steps: readonly (readonly [number, number])[], value: number) => steps.find(([below]) => value < below)![1];
  return Math.max(first(BY_AGE, now - since), first(BY_TICKS, ticks));
}
