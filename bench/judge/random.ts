const M1 = 4_294_967_087;
const M2 = 4_294_944_443;

/** Seeded random numbers: the same seed gives the same migration on every machine. */
export class Random {
  private spare?: number;
  private first: number[];
  private second: number[];

  constructor(seed: number) {
    this.first = [1, 2, 3].map((i) => (seed * 7919 + i * 104_729) % M1);
    this.second = [1, 2, 3].map((i) => (seed * 6101 + i * 130_363) % M2);
    for (let i = 0; i < 16; i++) this.uniform();
  }

  /** L'Ecuyer's MRG32k3a (Operations Research 47, 1999): exact in double precision. In (0, 1). */
  uniform(): number {
    const [x, y] = [this.first, this.second];
    const p = ((1_403_580 * x[1] - 810_728 * x[0]) % M1 + M1) % M1;
    const q = ((527_612 * y[2] - 1_370_589 * y[0]) % M2 + M2) % M2;
    this.first = [x[1], x[2], p];
    this.second = [y[1], y[2], q];
    return ((p - q + M1) % M1 + 0.5) / (M1 + 1);
  }

  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let count = -1;
    for (let left = Math.exp(mean); left > 1 || count < 0; left *= this.uniform()) count++;
    return count;
  }

  binomial(n: number, p: number): number {
    if (n <= 0 || p <= 0) return 0;
    if (p >= 1) return n;
    if (p > 0.5) return n - this.binomial(n, 1 - p);
    const mean = n * p;
    if (mean > 60) return Math.min(n, Math.max(0, Math.round(mean + Math.sqrt(mean * (1 - p)) * this.normal())));
    // Inversion along the probabilities.
    let [k, chance, u] = [0, Math.exp(n * Math.log1p(-p)), this.uniform()];
    while (u > chance && k < n) {
      u -= chance;
      k++;
      chance *= (n - k + 1) / k * p / (1 - p);
    }
    return k;
  }
}

/** P(Z > z) of the standard normal (Abramowitz and Stegun 26.2.17, error below 7.5e-8). */
export function upper(z: number): number {
  if (z < 0) return 1 - upper(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const poly = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * poly;
}
