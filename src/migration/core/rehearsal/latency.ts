/** Latencies of one variant in one period: log-normal, and some of the requests slower by a factor. */
export interface LatencyShape {
  /** Median in microseconds, the unit of CloudWatch. */
  readonly median: number;
  /** Standard deviation of the logarithm; 0 means that all requests take the same time. */
  readonly sigma: number;
  /** Share of requests, 0 to 1, that take `slowFactor` times as long. */
  readonly slowShare: number;
  readonly slowFactor: number;
}

/** The 95 % point of the standard normal distribution. */
export const Z95 = 1.6448536269514722;

/** The shape with this median and 95 % point. */
export function logNormal(p50: number, p95: number): LatencyShape {
  return { median: p50, sigma: Math.log(p95 / p50) / Z95, slowShare: 0, slowFactor: 1 };
}

/** Share of requests that take longer than this many microseconds. */
export function shareAbove(shape: LatencyShape, threshold: number): number {
  const slow = shape.slowShare === 0 ? 0 : shape.slowShare * tail(shape.median * shape.slowFactor, shape.sigma, threshold);
  return slow + (1 - shape.slowShare) * tail(shape.median, shape.sigma, threshold);
}

/** The time that only this share of all requests exceeds, over equally weighted shapes; by bisection of the logarithm. */
export function exceededBy(shapes: readonly LatencyShape[], share: number): number {
  const edges = shapes.flatMap((shape) => [shape.median, shape.median * shape.slowFactor].map((median) => [median * Math.exp(-6 * shape.sigma), median * Math.exp(6 * shape.sigma)]));
  let [low, high] = [Math.log(Math.min(...edges.map((edge) => edge[0]))), Math.log(Math.max(...edges.map((edge) => edge[1])))];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    const above = shapes.reduce((sum, shape) => sum + shareAbove(shape, Math.exp(middle)), 0) / shapes.length;
    if (above > share) low = middle;
    else high = middle;
  }
  return Math.exp(high);
}

function tail(median: number, sigma: number, threshold: number): number {
  if (!(threshold > 0)) return 1;
  if (sigma === 0) return median > threshold ? 1 : 0;
  return normalTail(Math.log(threshold / median) / sigma);
}

/** Upper tail of the standard normal: Abramowitz and Stegun 7.1.26 for erfc, absolute error below 1.5e-7. */
function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const half = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x) / 2;
  return z >= 0 ? half : 1 - half;
}
