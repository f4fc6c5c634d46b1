import type { Decided } from './behaviour';
import { Distribution } from './distribution';
import type { Random } from './random';

interface Work extends Decided {
  readonly clump: number;
  readonly instances: number;
}

/** Draws by a sampler at most; more requests share them. */
const MOST_SAMPLES = 1000;

/** What a variant did in a stretch of time. */
export class Bucket {
  requests = 0;
  serverErrors = 0;
  clientErrors = 0;
  /** Each request counts 1 / instances: the metric InvocationsPerInstance. */
  perInstance = 0;
  /** Microseconds, of the requests that the model has seen. */
  readonly latency = new Distribution();

  serve(random: Random, count: number, work: Work): void {
    const refused = random.binomial(count, work.refused);
    const clientErrors = random.binomial(count - refused, work.clientErrorRate);
    const seen = count - refused - clientErrors;
    const failed = Math.min(seen, random.binomial(Math.ceil(seen / work.clump), work.errorRate) * work.clump);
    this.requests += count;
    this.serverErrors += refused + failed;
    this.clientErrors += clientErrors;
    this.perInstance += count / Math.max(1, work.instances);
    this.takeTime(random, seen, work.latency);
  }

  addAll(other: Bucket, share = 1): void {
    const part = (count: number) => share === 1 ? count : Math.floor(count * share);
    this.requests += part(other.requests);
    this.serverErrors += part(other.serverErrors);
    this.clientErrors += part(other.clientErrors);
    this.perInstance += other.perInstance * share;
    this.latency.addAll(other.latency, share);
  }

  private takeTime(random: Random, count: number, latency: Decided['latency']): void {
    if (typeof latency === 'function') {
      const samples = Math.min(count, MOST_SAMPLES);
      for (let i = 0; i < samples; i++) this.latency.add(latency(random) * 1000, Math.floor(((i + 1) * count) / samples) - Math.floor((i * count) / samples));
      return;
    }
    const { median, sigma = 0.3, slow } = latency;
    const slowOnes = random.binomial(count, slow?.share ?? 0);
    this.latency.addLogNormal(random, count - slowOnes, median * 1000, sigma);
    this.latency.addLogNormal(random, slowOnes, median * 1000 * (slow?.factor ?? 1), sigma);
  }
}
