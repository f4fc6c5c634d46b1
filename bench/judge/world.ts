import { Random, upper } from './random';

/** How one variant does in one minute. */
export interface Health {
  /** Error rate, a fraction. */
  readonly errors: number;
  /** Median latency as a multiple of the GPU's. */
  readonly slowdown: number;
  /** Share of requests that take `tailFactor` times as long. */
  readonly tailShare?: number;
  readonly tailFactor?: number;
}

/** What a variant is asked about its health: minutes since the migration began, since the last change of weight, and its requests in this minute. */
export interface Moment {
  readonly minute: number;
  readonly sinceChange: number;
  readonly requests: number;
}

export interface Migration {
  readonly name: string;
  readonly kind: 'good' | 'edge' | 'bad' | 'silent';
  readonly requestsPerMinute: (minute: number) => number;
  readonly control: (moment: Moment) => Health;
  readonly newcomer: (moment: Moment) => Health;
  /** Minutes until it counts as undecided. Default a day. */
  readonly limit?: number;
  /** Errors come in groups of this size. */
  readonly clump?: number;
  /** Standard deviation of the log of the minutes' latency level, and how much of it stays for the next minute. Default 0.03, 0.7. */
  readonly noise?: number;
  readonly memory?: number;
}

/** One variant's minute as the rules see it. `p95`, `p99` and `mean` are what CloudWatch would show; NaN without requests. */
export interface Minute {
  readonly requests: number;
  readonly errors: number;
  readonly slow95: number;
  readonly slow99: number;
  readonly p95: number;
  readonly p99: number;
  /** Errors, or slower than the limit at p95: what a user suffers. */
  readonly bad: number;
}

/** Sigma of the log-normal latency; the GPU's median is 1. */
const SIGMA = 0.4;
const [Z95, Z99] = [1.6448536, 2.3263479];
export const GPU_P95 = Math.exp(SIGMA * Z95);
export const GPU_P99 = Math.exp(SIGMA * Z99);
/** Latency the newcomer may have above the GPU's. */
export const MARGIN = 0.25;
export const GPU_ERRORS = 0.001;

/** Share of requests above a threshold. */
function above(threshold: number, level: number, health: Health): number {
  const share = (factor: number) => upper(Math.log(threshold / (level * health.slowdown * factor)) / SIGMA);
  const tail = health.tailShare ?? 0;
  return (1 - tail) * share(1) + (tail > 0 ? tail * share(health.tailFactor ?? 1) : 0);
}

/** The level that a share of the requests exceeds, by bisection when there is a tail. */
function quantile(share: number, z: number, level: number, health: Health): number {
  const base = level * health.slowdown * Math.exp(SIGMA * z);
  if ((health.tailShare ?? 0) <= 0) return base;
  let [low, high] = [base / 20, base * 40];
  for (let i = 0; i < 30; i++) {
    const middle = Math.sqrt(low * high);
    if (above(middle, level, health) > share) low = middle; else high = middle;
  }
  return low;
}

/** A sampled percentile: the true one, off by what so many samples are off. */
function sampled(random: Random, share: number, z: number, n: number, level: number, health: Health): number {
  if (n <= 0) return NaN;
  // Spread of an order statistic, in units of z: sqrt(p(1 - p)/n)/density. With few samples the highest stands for the percentile.
  const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
  const spread = Math.min(1, Math.sqrt(share * (1 - share) / n) / density);
  const low = n * share < 1 ? Math.min(0, 1.2 * Math.log(n * share)) / z : 0;
  return quantile(share, z, level, health) * Math.exp(SIGMA * (low + spread * random.normal()));
}

export class VariantWorld {
  private level = 0;

  constructor(private readonly random: Random, private readonly migration: Migration, private readonly health: (moment: Moment) => Health, private readonly isNewcomer: boolean) {}

  minute(requests: number, moment: Moment): Minute {
    const { random, migration } = this;
    const [noise, memory] = [migration.noise ?? 0.03, migration.memory ?? 0.7];
    this.level = memory * this.level + noise * Math.sqrt(1 - memory * memory) * random.normal();
    const health = this.health({ ...moment, requests });
    const level = Math.exp(this.level);
    const clump = migration.clump ?? 1;
    const errors = Math.min(requests, clump > 1 ? clump * random.poisson(requests * health.errors / clump) : random.binomial(requests, health.errors));
    const margin = this.isNewcomer ? 1 + MARGIN : 1;
    const share95 = above(margin * GPU_P95, level, health);
    const slow95 = random.binomial(requests, share95);
    const slow99 = random.binomial(slow95, Math.min(1, above(margin * GPU_P99, level, health) / Math.max(1e-12, share95)));
    return {
      requests,
      errors,
      slow95,
      slow99,
      p95: sampled(random, 0.05, Z95, requests, level, health),
      p99: sampled(random, 0.01, Z99, requests, level, health),
      bad: Math.min(requests, errors + (this.isNewcomer ? slow95 : 0)),
    };
  }
}
