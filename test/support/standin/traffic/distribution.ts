import type { Random } from './random';

// Under jest every look at a global is slow.
const { PI, abs, ceil, exp, floor, log, min, round, sqrt } = Math;

/** Bins are 1 % wide: fine enough for any threshold, and a minute of 100,000 requests is a hundred numbers. */
const STEP = 0.01;

/** A distribution of positive values as counts in logarithmic bins; inside a bin values lie evenly. */
export class Distribution {
  count = 0;
  private readonly bins = new Map<number, number>();

  add(value: number, count = 1): void {
    this.addBin(floor(log(value) / STEP), count);
  }

  addAll(other: Distribution, share = 1): void {
    for (const [bin, count] of other.bins) this.addBin(bin, share === 1 ? count : floor(count * share));
  }

  /** So many values of a log-normal distribution: one by one while they are few, else bin by bin. */
  addLogNormal(random: Random, count: number, median: number, sigma: number): void {
    if (count <= 300 || sigma === 0) {
      for (let i = 0; i < count; i++) this.add(median * exp(sigma * random.normal()));
      return;
    }
    const centre = log(median);
    const first = floor((centre - 5 * sigma) / STEP);
    const last = ceil((centre + 5 * sigma) / STEP);
    let left = count;
    let below = 0;
    for (let bin = first; bin < last && left > 0; bin++) {
      const upTo = normalBelow(((bin + 1) * STEP - centre) / sigma);
      const here = random.binomial(left, min(1, (upTo - below) / (1 - below)));
      if (here > 0) this.addBin(bin, here);
      left -= here;
      below = upTo;
    }
    if (left > 0) this.addBin(last, left);
  }

  /** How many are at most `limit`. */
  atMost(limit: number): number {
    if (limit <= 0) return 0;
    const where = log(limit) / STEP;
    const bin = floor(where);
    let sum = 0;
    for (const [other, count] of this.bins) sum += other < bin ? count : other === bin ? count * (where - bin) : 0;
    return round(sum);
  }

  /** The value that the share `p` (0 to 1) is at most. */
  quantile(p: number): number {
    let left = p * this.count;
    for (const [bin, count] of this.sorted()) {
      if (left <= count) return exp((bin + left / count) * STEP);
      left -= count;
    }
    return this.maximum;
  }

  get sum(): number {
    let sum = 0;
    for (const [bin, count] of this.bins) sum += count * exp((bin + 0.5) * STEP);
    return sum;
  }

  get minimum(): number {
    return exp((this.sorted()[0][0] + 0.5) * STEP);
  }

  get maximum(): number {
    return exp((this.sorted().at(-1)![0] + 0.5) * STEP);
  }

  private sorted(): [number, number][] {
    return [...this.bins].sort(([a], [b]) => a - b);
  }

  private addBin(bin: number, count: number): void {
    if (count === 0) return;
    this.bins.set(bin, (this.bins.get(bin) ?? 0) + count);
    this.count += count;
  }
}

/** The standard normal distribution function; Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8. */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * abs(z));
  const tail = exp(-z * z / 2) / sqrt(2 * PI)
    * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}
