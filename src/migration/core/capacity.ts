import type { Baseline, FallbackConfig, ScalingState, VariantConfig } from './controller/types';

/** Instances that carry a share (percent) of so many requests a minute. One where nothing says what an instance carries. */
export function instancesFor(variant: VariantConfig, requestsPerMinute: number, share: number): number {
  if (variant.requestsPerInstance === undefined) return 1;
  // The subtraction keeps 3.0000000001 instances from becoming 4.
  return Math.max(1, Math.ceil(requestsPerMinute * share / 100 / variant.requestsPerInstance - 1e-9));
}

/** Instances of `from` that stay until the fallback window ends. `full` carries the largest minute of the baseline, and is at least what runs now. */
export function floorOf(fallback: FallbackConfig, from: VariantConfig, baseline: Baseline, running: number): number {
  if (fallback.floor !== 'full') return fallback.floor;
  return Math.max(running, instancesFor(from, baseline.peakRequestsPerMinute, 100));
}

/**
 * Scaling during a migration: target tracking sees the requests per instance move with the weights, so it must not scale in. Scaling out
 * stays as it was: a newcomer that runs out of instances would be condemned for it.
 */
export function pinnedScaling(original: ScalingState, min: number): ScalingState {
  const least = Math.max(original.min, min);
  return { min: least, max: Math.max(original.max, least), scaleInSuspended: true, scaleOutSuspended: original.scaleOutSuspended };
}

/**
 * What the original is when somebody else has changed a scaling that a run has pinned; undefined when it is as the run found it or made it.
 * `pins`: least numbers that this run sets. Left out where a run before it did: that may have been any, and the watchdog ends suspensions. A
 * deploy, which sets both numbers, shows in the largest.
 */
export function changedScaling(original: ScalingState, now: ScalingState, pins?: readonly number[]): ScalingState | undefined {
  const pinned = pins === undefined ? now.min > original.min && (now.scaleInSuspended || now.max === original.max) : pins.some((min) => Math.max(original.min, min) === now.min);
  const sameMin = pinned || now.min === original.min;
  const sameMax = now.max === original.max || (pinned && now.max === Math.max(original.max, now.min));
  const numbers = { min: sameMin ? original.min : now.min, max: sameMax ? original.max : now.max };
  const suspended = { scaleInSuspended: original.scaleInSuspended && now.scaleInSuspended, scaleOutSuspended: now.scaleOutSuspended };
  if (sameMin && sameMax && (pins === undefined || now.scaleOutSuspended === original.scaleOutSuspended)) return undefined;
  return pins === undefined ? { ...original, ...numbers } : { ...numbers, ...suspended };
}

export function sameScaling(a: ScalingState, b: ScalingState): boolean {
  return a.min === b.min && a.max === b.max && a.scaleInSuspended === b.scaleInSuspended && a.scaleOutSuspended === b.scaleOutSuspended;
}
