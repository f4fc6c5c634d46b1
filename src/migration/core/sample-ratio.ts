import type { Counts } from './controller/types';

/** Standard deviations by which chance is no explanation: about one in a billion. */
const Z = 6;
/** A smaller difference, relative to the smaller share, harms no comparison however certain it is. */
const LEAST = 0.1;

/**
 * Whether requests reached the variants as the weights say. They do not when a load test names a variant or sessions are sticky; then the
 * two variants may not serve the same kind of requests.
 *
 * @param share wanted, percent
 * @returns the share that was realised, in percent, when it differs
 */
export function sampleRatioMismatch(counts: Counts | undefined, share: number): number | undefined {
  if (counts === undefined || share <= 0 || share >= 100) return undefined;
  const total = counts.from + counts.to;
  const wanted = share / 100;
  if (total * Math.min(wanted, 1 - wanted) < 10) return undefined;
  const realised = counts.to / total;
  const deviation = Math.abs(realised - wanted) / Math.sqrt(wanted * (1 - wanted) / total);
  return deviation > Z && Math.abs(realised - wanted) > LEAST * Math.min(wanted, 1 - wanted) ? realised * 100 : undefined;
}
