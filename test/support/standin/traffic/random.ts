// Under jest every look at a global is slow.
const { exp, floor, imul, log, log1p, max, min, round, sqrt } = Math;

/** Chance that can be repeated: mulberry32, a generator of 32 bits of state. */
export class Random {
  private spare: number | undefined;

  constructor(private state: number) {}

  /* eslint-disable no-bitwise -- the generator is defined on bits */
  /** From 0 up to 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  /* eslint-enable no-bitwise */

  /** Standard normal, by the polar method, which yields two at a time. */
  normal(): number {
    if (this.spare !== undefined) {
      const kept = this.spare;
      this.spare = undefined;
      return kept;
    }
    for (;;) {
      const u = 2 * this.next() - 1;
      const v = 2 * this.next() - 1;
      const square = u * u + v * v;
      if (square === 0 || square >= 1) continue;
      const factor = sqrt((-2 * log(square)) / square);
      this.spare = v * factor;
      return u * factor;
    }
  }

  /** Exact for small means, a rounded normal above: nobody tells them apart from 100 on. */
  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean > 100) return max(0, round(mean + sqrt(mean) * this.normal()));
    const limit = exp(-mean);
    let count = -1;
    for (let product = 1; product > limit; count++) product *= this.next();
    return count;
  }

  /** How many of `n` succeed with probability `p` each. Exact while few are expected on either side. */
  binomial(n: number, p: number): number {
    if (n <= 0 || p <= 0) return 0;
    if (p >= 1) return n;
    if (p > 0.5) return n - this.binomial(n, 1 - p);
    if (n * p > 30) return min(n, max(0, round(n * p + sqrt(n * p * (1 - p)) * this.normal())));
    // Jumps from one success to the next: the gaps are geometric.
    const step = log1p(-p);
    let successes = 0;
    for (let at = this.gap(step); at < n; at += 1 + this.gap(step)) successes++;
    return successes;
  }

  private gap(step: number): number {
    return floor(log(1 - this.next()) / step);
  }
}
