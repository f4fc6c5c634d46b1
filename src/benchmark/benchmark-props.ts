import type { Duration } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { BenchmarkDataset } from './benchmark-dataset';
import type { BenchmarkPayload } from './benchmark-payload';
import type { RegressionLimits } from './regression-alarms';
import type { EndpointVariant } from '../endpoint';

/** A variant that is measured. */
export interface BenchmarkTarget {
  /** The variant. It gets requests by its name (`TargetVariant`), whatever its weight. */
  readonly variant: EndpointVariant;

  /**
   * USD of an instance-hour. A price of yours stands in the template; the library's list is never rendered there: `PriceBook.bundled()` knows it.
   *
   * @default - records and metrics say nothing of cost
   */
  readonly usdPerHour?: number;

  /**
   * Precision of the model, e.g. `bf16`: recorded, and shown in the report.
   *
   * @default - not recorded
   */
  readonly precision?: string;

  /**
   * What people call this version, e.g. the ARN of its model package: recorded, and shown in the report.
   *
   * @default - the name of the SageMaker model alone
   */
  readonly label?: string;

  /**
   * Sizes of batches that a second round tries on this variant, at most 10. The first round takes the same batch for all, so that alike is compared with alike; the second looks for
   * the best one of each.
   *
   * @default - no second round
   */
  readonly batchSizes?: number[];
}

/** The load, the same for all variants. */
export interface BenchmarkLoad {
  /**
   * Requests under way at the same time, at most; 1 to 2,560. A function sends up to 64 of them: a concurrency of 2,560 takes 40 functions at the same time, out of the limit of the account, which is 10 in a new one.
   */
  readonly concurrency: number;

  /**
   * Inputs in one request, 1 to 1,024.
   *
   * @default 1
   */
  readonly batchSize?: number;

  /**
   * How long each of the two measured phases takes: one at full concurrency, for the throughput, and one at the pace, for the latency. 10 seconds to 6 hours. A run takes (`warmUp` + 2 x `duration`) for each
   * measurement, and some minutes: each target is one, and so is each of its `batchSizes`.
   *
   * @default Duration.minutes(5)
   */
  readonly duration?: Duration;

  /**
   * How long a variant gets requests before it is measured. 0 seconds to 1 hour.
   *
   * @default Duration.minutes(1)
   */
  readonly warmUp?: Duration;

  /**
   * How fast requests come while latency is measured, as a part of the throughput that the variant itself showed just before: above 0, at most 1. Requests come when they are due, whether
   * earlier ones were answered or not, and latency counts from that moment: a server that stalls cannot hide it.
   *
   * @default 0.7, without requestsPerSecond
   */
  readonly pace?: number;

  /**
   * The same as a rate, alike for all variants.
   *
   * @default - pace
   */
  readonly requestsPerSecond?: number;

  /**
   * How lines become requests.
   *
   * @default BenchmarkPayload.json()
   */
  readonly payload?: BenchmarkPayload;

  /**
   * Share of the requests of a measurement that may fail, 0 to 1. More, and the measurement failed: it opens no gate, and no version is compared with it.
   *
   * @default 0.05
   */
  readonly maximumErrorRate?: number;

  /**
   * What is known of the inputs, e.g. `{ inputTokens: 128, outputTokens: 64 }`. It is recorded, and measurements with other lengths are not compared.
   *
   * @default - nothing
   */
  readonly lengths?: Record<string, number>;
}

/** Where records and reports are kept. */
export interface BenchmarkResults {
  /**
   * Their bucket.
   *
   * @default - one of its own, which stays when the stack is deleted; what each function saw (`slices/`) is deleted there after 30 days
   */
  readonly bucket?: s3.IBucket;

  /**
   * Their folder. Benchmarks with one folder share their baselines, and the newest measurement of a version takes the place of the one before: give benchmarks with another load another folder.
   *
   * @default 'benchmark/'
   */
  readonly prefix?: string;

  /**
   * Key of a bucket of its own.
   *
   * @default - keys of S3
   */
  readonly encryptionKey?: kms.IKey;
}

/** Props of `EndpointBenchmark`. */
export interface EndpointBenchmarkProps {
  /** The variants of one endpoint, 1 to 10. The first one, the GPU as a rule, is what the others are compared with. */
  readonly targets: BenchmarkTarget[];

  /** The inputs. */
  readonly dataset: BenchmarkDataset;

  /** The load. */
  readonly load: BenchmarkLoad;

  /**
   * Largest p99 that the best batch of the second round may have.
   *
   * @default - the highest throughput is the best
   */
  readonly latencyLimit?: Duration;

  /**
   * Whether a variant may be measured while others send to it. What is measured then is what they left over: the throughput of a variant that serves depends on the hour of the day. Needed for a variant that has traffic: measure
   * it at an hour with little of it.
   *
   * @default false - the measurement of a variant that gets other requests fails, and says how many; a variant with a weight above 0 is warned of
   */
  readonly allowOtherTraffic?: boolean;

  /**
   * Age at which a record does not open the gate of versions any more; 1 day to 3650 days.
   *
   * @default - at any age
   */
  readonly maxAge?: Duration;

  /**
   * Where records and reports are kept.
   *
   * @default - a bucket of its own
   */
  readonly results?: BenchmarkResults;

  /**
   * How much worse than the version before a version may be until an alarm goes off.
   *
   * @default - throughput of an instance a fifth less, cost and p99 a quarter more, 1 % of the requests more that fail
   */
  readonly regressionLimits?: RegressionLimits;

  /**
   * Name in metrics, events and records: letters, digits, hyphens and underscores, at most 60 characters.
   *
   * @default - made of the construct's path
   */
  readonly benchmarkName?: string;

  /**
   * Bus of the events.
   *
   * @default - the default bus
   */
  readonly eventBus?: events.IEventBus;
}
