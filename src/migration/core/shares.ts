/** Shares are percent. The API keeps weights as 32-bit floats, so two shares are the same when they differ by less than a thousandth. */
export function sameShare(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-3 * Math.max(a, b) + 1e-9;
}

/** Whether a share is larger, and not only by rounding. */
export function above(a: number, b: number): boolean {
  return a > b && !sameShare(a, b);
}

/** Index of the largest step that is not above the share; -1 when all are. */
export function stepAt(steps: readonly number[], share: number): number {
  return steps.reduce((found, step, index) => above(step, share) ? found : index, -1);
}

/** Index of the first step above the share; as many as there are steps means 100 %. */
export function stepAbove(steps: readonly number[], share: number): number {
  const index = steps.findIndex((step) => above(step, share));
  return index < 0 ? steps.length : index;
}
