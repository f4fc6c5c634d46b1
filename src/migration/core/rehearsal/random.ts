/* eslint-disable no-bitwise -- generators of random numbers are made of such operations */
/**
 * Draws that repeat: the same seed gives the same rehearsal on every machine. Nothing here asks the computer for chance.
 */
export class Random {
  private state: number;
  private spare: number | undefined;

  constructor(seed: number) {
    // Neighbouring seeds give unrelated streams only after their bits were mixed (the finaliser of MurmurHash3).
    let mixed = (seed | 0) ^ 0x9e3779b9;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    this.state = (mixed ^ (mixed >>> 16)) | 0;
  }

  /** Even in [0, 1), 32 bits: mulberry32 (Tommy Ettinger, public domain). */
  public next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  }

  /** Standard normal, by the polar method of Marsaglia. */
  public normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    for (;;) {
      const [u, v] = [2 * this.next() - 1, 2 * this.next() - 1];
      const square = u * u + v * v;
      if (square > 0 && square < 1) {
        const factor = Math.sqrt(-2 * Math.log(square) / square);
        this.spare = v * factor;
        return u * factor;
      }
    }
  }

  /** Number of arrivals: exact below 30, else the normal approximation, whose error no chart shows. */
  public poisson(mean: number): number {
    if (!(mean > 0)) return 0;
    if (mean >= 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let product = this.next();
    let count = 0;
    while (product > limit) {
      product *= this.next();
      count++;
    }
    return count;
  }

  /** Successes in `n` tries: exact (by inversion) where fewer than 30 are expected on one of the sides, else the normal approximation. */
  public binomial(n: number, p: number): number {
    const tries = Math.max(0, Math.floor(n));
    if (tries === 0 || !(p > 0)) return 0;
    if (p >= 1) return tries;
    if (p > 0.5) return tries - this.binomial(tries, 1 - p);
    if (tries * p >= 30) return Math.min(tries, Math.max(0, Math.round(tries * p + Math.sqrt(tries * p * (1 - p)) * this.normal())));
    const odds = p / (1 - p);
    let probability = Math.exp(tries * Math.log1p(-p));
    let left = this.next();
    let count = 0;
    while (left > probability && count < tries) {
      left -= probability;
      count++;
      probability *= odds * (tries - count + 1) / count;
    }
    return count;
  }
}
