/**
 * What a benchmark is made of, as plain data: construct, state machine, functions and reports share it. Times are milliseconds unless a name says otherwise.
 */

/** What a run does to a variant, in this order. */
export type Phase = 'first' | 'warmUp' | 'saturate' | 'pace';

/** How the lines of the dataset become the body of a request. */
export interface PayloadConfig {
  /** Text of the body: `{inputs}` stands for the JSON list of a batch, `{input}` for one line as it is (batches of 1 only). */
  readonly template: string;
  readonly contentType: string;
  readonly accept?: string;
}

/** An object in S3 with one input on each line. */
export interface DatasetConfig {
  readonly bucket: string;
  readonly key: string;
  /** Of what was read, in a record: the object may have been changed since. */
  readonly etag?: string;
}

/** How fast requests come while latency is measured. */
export interface PaceConfig {
  /** A part of the throughput that the variant itself showed, above 0 to 1. */
  readonly share?: number;
  /** Or a rate for every variant. */
  readonly requestsPerSecond?: number;
}

/** What has to be the same for two measurements to be compared. */
export interface LoadSettings {
  /** Inputs in one request. */
  readonly batchSize: number;
  /** Requests under way at the same time, at most. */
  readonly concurrency: number;
  readonly warmUpSeconds: number;
  /** Of each of the two measured phases. */
  readonly durationSeconds: number;
  readonly pace: PaceConfig;
  readonly dataset: DatasetConfig;
  readonly payload: PayloadConfig;
  /** What the user says of the inputs, e.g. tokens in and out: compared, not checked. */
  readonly lengths?: Readonly<Record<string, number>>;
}

/** A variant that is measured. */
export interface TargetConfig {
  readonly variant: string;
  /** USD of an instance-hour, where the user gave it. */
  readonly usdPerHour?: number;
  /** What the user says of the model: they are recorded, and shown. */
  readonly precision?: string;
  readonly label?: string;
  /** Sizes that the second round tries; empty: no second round. */
  readonly batchSizes: readonly number[];
}

/** How much worse than the version before a version may be; reached is too much. */
export interface Limits {
  /** Share by which the throughput of an instance falls. */
  readonly throughputDrop: number;
  /** Share by which the cost of a request rises. */
  readonly costRise: number;
  /** Share by which the p99 rises. */
  readonly latencyRise: number;
  /** Share of all requests that fail in addition. */
  readonly errorRateIncrease: number;
}

/** Everything that a run needs; it is in the definition of the state machine. */
export interface BenchmarkConfig {
  readonly benchmark: string;
  readonly endpoint: string;
  readonly settings: LoadSettings;
  /** The first one is what the others are compared with. */
  readonly targets: readonly TargetConfig[];
  /** A second round takes the batch of the highest throughput whose p99 is at most this. */
  readonly latencyLimitMs?: number;
  /** How much worse than the version before a version may be. */
  readonly limits: Limits;
  /** Share of the requests of a measurement that may fail; more, and it failed. */
  readonly maximumErrorRate: number;
  /** Whether others may send to a variant while it is measured. */
  readonly allowOtherTraffic: boolean;
  /** Where records and reports go. */
  readonly results: { readonly bucket: string; readonly prefix: string };
  readonly eventBus?: string;
}

/** What serves a variant at a moment: another model, or another instance type, is another version. */
export interface ModelVersion {
  /** Name of the SageMaker model. CloudFormation gives a new one to whatever differs. */
  readonly modelName: string;
  readonly instanceType: string;
  /** The image with its digest, as SageMaker resolved it. */
  readonly image?: string;
  /** The host's image, which brings the driver, where the endpoint's configuration names one. */
  readonly inferenceAmiVersion?: string;
  readonly instances: number;
}

/** One variant at one batch size. */
export interface Measurement {
  readonly round: 1 | 2;
  readonly target: number;
  readonly batchSize: number;
}

/**
 * Counts of durations in buckets that grow by a constant factor, so that any percentile is right to within half a percent, whatever the distribution; sums of
 * several are exact. Keys are the numbers of buckets.
 */
export interface HistogramData {
  readonly counts: Readonly<Record<string, number>>;
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
}

/** What all workers of a slice are told. */
export interface SliceWork {
  readonly phase: Phase;
  readonly endpoint: string;
  readonly variant: string;
  readonly dataset: DatasetConfig;
  readonly payload: PayloadConfig;
  readonly batchSize: number;
  readonly seconds: number;
  /** Which slice of the phase, and of how many workers: they take different lines. */
  readonly slice: number;
  readonly workers: number;
}

/** What one of them is told in addition. */
export interface WorkerShare {
  readonly worker: number;
  /** Its share: requests of its own under way at the same time, at most. */
  readonly concurrency: number;
  /** Its share, in the phase `pace`: requests are due at this rate, whatever became of those before. */
  readonly requestsPerSecond?: number;
  /** Where its result goes. */
  readonly result: DatasetConfig;
}

/** What one worker is told to do: the state machine joins the two, for what all have in common would not fit into its data 40 times. */
export interface WorkerEvent extends SliceWork, WorkerShare {
  /** When the slice begins, in milliseconds since 1970: the same moment for all of its workers. One that comes later says so in its result. */
  readonly startAt: number;
}

/** What one worker saw in one slice. */
export interface SliceResult {
  readonly phase: Phase;
  /** When its first request was due, in milliseconds since 1970. */
  readonly startedAt: number;
  /** ETag of the dataset that was read. */
  readonly dataset?: string;
  /** The time that `answered` and `inputs` count: what the slice had, and in the phase `first` what its request took. */
  readonly elapsedMs: number;
  /** All that were sent; each of them is in `serviceTime` or in `errors`. */
  readonly requests: number;
  /**
   * Requests that were answered in that time, and the inputs in them: sums for throughput, with fractions. In closed phases of each request the part counts that lies
   * after the slice has settled and before its end, as many as the whole time would have at that rate; in `first` and `pace` all that were answered, also later.
   */
  readonly answered: number;
  readonly inputs: number;
  /** By name of the error, e.g. `ModelError 500`. */
  readonly errors: Readonly<Record<string, number>>;
  /** The first message of each kind of error. */
  readonly messages: Readonly<Record<string, string>>;
  /** Of answered requests, from the moment they were due: what a caller feels. In closed phases a request is due when it is sent. */
  readonly latency: HistogramData;
  /** Of answered requests, from the moment they were sent. */
  readonly serviceTime: HistogramData;
  /** The most that was under way at the same time. */
  readonly mostUnderWay: number;
  /** Requests that were due and never sent, for the slice ended while all places were taken; each is in `latency` with the time it had waited. */
  readonly notSent: number;
}

/** Percentiles of a histogram. */
export interface LatencySummary {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

/** What was measured of one version of one variant: the baseline record, `assets/benchmark/baseline-record-1.json`. */
export interface BaselineRecord {
  readonly schema: 'cdk-accelerators/baseline-record/1';
  readonly benchmark: string;
  readonly run: string;
  readonly endpoint: string;
  readonly variant: string;
  readonly round: 1 | 2;
  readonly version: ModelVersion & { readonly precision?: string; readonly label?: string };
  readonly settings: LoadSettings;
  /** ISO 8601. */
  readonly measuredOn: string;
  readonly outcome: 'measured' | 'failed';
  /** Why it failed. */
  readonly reason?: string;
  readonly requests: number;
  readonly errors: { readonly count: number; readonly rate: number; readonly byKind: Readonly<Record<string, number>> };
  /** At full concurrency; absent when nothing was answered. */
  readonly throughput?: { readonly requestsPerSecond: number; readonly inputsPerSecond: number; readonly inputsPerSecondPerInstance: number };
  /** At the pace; absent when nothing was answered. */
  readonly latency?: LatencySummary;
  readonly serviceTime?: LatencySummary;
  /** At which requests were due, and how many were sent in fact. */
  readonly paceRequestsPerSecond?: number;
  readonly sentRequestsPerSecond?: number;
  /** Requests that were due and never sent, for all places were taken until the end of a slice. */
  readonly notSent?: number;
  /** Of the first request of the measurement; or why it was not answered. It is not among `errors`. */
  readonly firstRequestMs?: number;
  readonly firstRequestError?: string;
  /** What others sent to the variant in the minutes before; absent when it was nothing. */
  readonly otherRequestsPerMinute?: number;
  /** Absent without a price or without throughput. */
  readonly cost?: { readonly usdPerInstanceHour: number; readonly usdPerThousandRequests: number; readonly usdPerThousandInputs: number };
}

/** A record beside the one of another variant or of the version before. Ratios are of this one to the other. */
export interface Comparison {
  /** Why there is none: the settings differ, or one of them failed. */
  readonly refused?: string;
  readonly throughputRatio?: number;
  readonly costRatio?: number;
  readonly p50Ratio?: number;
  readonly p95Ratio?: number;
  readonly p99Ratio?: number;
  /** Difference of the shares of failed requests. */
  readonly errorRateIncrease?: number;
}
