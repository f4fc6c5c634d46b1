/** Values of a metric in a minute and in longer periods, as CloudWatch's statistics see them. */
import type { Samples } from '../../test/support/standin/cloudwatch/statistics';

/** What was published in a minute. */
export interface Point {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  quantile(share: number): number;
}

/** One value that all samples of the minute have. */
export function same(value: number, count = 1): Point {
  return { count, sum: value * count, minimum: value, maximum: value, quantile: () => value };
}

/** So many samples of 1 among samples of 0. */
export function ones(count: number, of: number): Point {
  return { count: of, sum: count, minimum: count < of ? 0 : 1, maximum: count > 0 ? 1 : 0, quantile: (share) => Number(share * of > of - count) };
}

/** Quantiles of the standard normal distribution, good to 0.005 between 0.001 and 0.999 (Tukey's lambda). */
const normal = (share: number) => (share ** 0.135 - (1 - share) ** 0.135) / 0.1975;

/** Times of requests: log-normal. */
export function times(median: number, sigma: number, count: number): Point {
  const quantile = (share: number) => median * Math.exp(sigma * normal(Math.min(Math.max(share, 0.5 / count), 1 - 0.5 / count)));
  return { count, sum: count * median * Math.exp(sigma * sigma / 2), minimum: quantile(0), maximum: quantile(1), quantile };
}

/** A period of several minutes. Its percentiles are the mean of theirs: near enough for a picture. */
export function merged(points: readonly Point[]): Samples | undefined {
  const count = points.reduce((sum, point) => sum + point.count, 0);
  if (count === 0) return undefined;
  const quantile = (share: number) => points.reduce((sum, point) => sum + point.count * point.quantile(share), 0) / count;
  return {
    count,
    sum: points.reduce((sum, point) => sum + point.sum, 0),
    minimum: Math.min(...points.map(({ minimum }) => minimum)),
    maximum: Math.max(...points.map(({ maximum }) => maximum)),
    quantile,
    atMost(limit) {
      let [below, above] = [0, 1];
      for (let step = 0; step < 20; step++) {
        const middle = (below + above) / 2;
        if (quantile(middle) <= limit) below = middle; else above = middle;
      }
      return count * below;
    },
  };
}
