import type { TrainingState } from './types';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps of `[below, wait]`, in seconds or looks. */
type Steps = readonly (readonly [number, number])[];

/** Looks at a job are as far apart as fits its age. */
const BY_AGE: Steps = [[30 * MINUTE, 30], [2 * HOUR, MINUTE], [DAY, 10 * MINUTE], [Infinity, 20 * MINUTE]];

/**
 * An execution has 25,000 events (Step Functions quotas) and a look takes 9. A month of one job takes 2,226 of them: who has been through more, on several kinds of
 * hardware, is looked at less often, so that a year fits.
 */
const BY_LOOKS: Steps = [[2300, 0], [2400, 2 * HOUR], [Infinity, 4 * DAY]];

/** A quota that is not free after hours is not asked for every few minutes. */
const BY_WAIT: Steps = [[6 * HOUR, 5 * MINUTE], [2 * DAY, 30 * MINUTE], [Infinity, 2 * HOUR]];

/** Seconds until the next look at the job that is under way. */
export function untilNextLook({ since, ticks }: Pick<TrainingState, 'since' | 'ticks'>, now: number): number {
  return Math.max(at(BY_AGE, now - since), at(BY_LOOKS, ticks));
}

/** Seconds until a quota is asked for again, which has been waited for so long. */
export function untilNextQuota(waited: number, ticks: number): number {
  return Math.max(at(BY_WAIT, waited), at(BY_LOOKS, ticks));
}

function at(steps: Steps, value: number): number {
  return steps.find(([below]) => value < below)![1];
}
