import type { ModelVersion } from './types';

/** An endpoint that is measured. */
export interface AiTargetConfig {
  readonly endpoint: string;
  /** USD of an instance-hour, where the user gave it. */
  readonly usdPerHour?: number;
  /** What people call what it serves: recorded, and shown. */
  readonly label?: string;
}

/** Everything that a run needs; it is in the definition of the state machine. */
export interface AiBenchmarkConfig {
  readonly benchmark: string;
  /** The first one is what the others are compared with. */
  readonly targets: readonly AiTargetConfig[];
  /** The workload specification, JSON or YAML. */
  readonly spec: string;
  /** What names of jobs and of workload configurations begin with: the rights of the function end there. */
  readonly jobPrefix: string;
  readonly workloadPrefix: string;
  readonly jobRole: string;
  /** How long a job may take. */
  readonly timeoutMinutes: number;
  /** Share of the requests of a job that may fail; more, and the measurement failed. */
  readonly maximumErrorRate: number;
  readonly results: { readonly bucket: string; readonly prefix: string };
  readonly eventBus?: string;
}

/** Percentiles and mean of what AIPerf measured of each request, in milliseconds; a member that it did not give is absent. */
export interface AiLatency {
  readonly p50Ms?: number;
  readonly p90Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  readonly meanMs?: number;
}

/** What AIPerf's summary of a job says. */
export interface AiMeasurement {
  readonly aiperfVersion?: string;
  /** All that were sent. */
  readonly requests: number;
  readonly errors: { readonly count: number; readonly rate: number };
  /** Tokens of a request, on average. */
  readonly tokens?: { readonly inputMean?: number; readonly outputMean?: number };
  /** Of all instances together. */
  readonly throughput: { readonly outputTokensPerSecond: number; readonly requestsPerSecond?: number };
  readonly timeToFirstToken?: AiLatency;
  readonly interTokenLatency?: AiLatency;
  readonly requestLatency?: AiLatency;
}

/** What one job found out, or why it found nothing: the AI benchmark record, `assets/benchmark/ai-benchmark-record-1.json`. */
export interface AiBenchmarkRecord extends Partial<Omit<AiMeasurement, 'throughput'>> {
  readonly schema: 'cdk-accelerators/ai-benchmark-record/1';
  readonly benchmark: string;
  readonly run: string;
  readonly endpoint: string;
  readonly label?: string;
  /** What served; absent when the endpoint never came to serve. */
  readonly version?: ModelVersion;
  /** Records of another workload are not compared. */
  readonly workload: { readonly name: string; readonly spec: string };
  /** Name of the AI benchmark job. */
  readonly job: string;
  /** ISO 8601. */
  readonly measuredOn: string;
  readonly outcome: 'measured' | 'failed';
  /** Why it failed. */
  readonly reason?: string;
  readonly throughput?: AiMeasurement['throughput'] & { readonly outputTokensPerSecondPerInstance: number };
  /** Absent without a price. */
  readonly cost?: { readonly usdPerInstanceHour: number; readonly usdPerThousandOutputTokens: number };
}

/** A record beside that of the first endpoint. Ratios are of this one to the first. */
export interface AiComparison {
  readonly endpoint: string;
  readonly label?: string;
  /** The first endpoint. */
  readonly reference: string;
  /** Why there are no ratios. */
  readonly refused?: string;
  /** Output tokens per second of an instance. */
  readonly throughputRatio?: number;
  /** Of 1,000 output tokens. */
  readonly costRatio?: number;
  readonly timeToFirstTokenP50Ratio?: number;
  readonly timeToFirstTokenP99Ratio?: number;
  readonly interTokenLatencyP50Ratio?: number;
  readonly interTokenLatencyP99Ratio?: number;
  readonly requestLatencyP50Ratio?: number;
  readonly requestLatencyP99Ratio?: number;
}

/** What came of a run. */
export interface AiReport {
  readonly schema: 'cdk-accelerators/ai-benchmark-report/1';
  readonly benchmark: string;
  readonly run: string;
  readonly endedOn: string;
  readonly outcome: 'measured' | 'partlyMeasured' | 'failed';
  readonly measurements: readonly AiBenchmarkRecord[];
  /** Of each endpoint but the first. */
  readonly comparisons: readonly AiComparison[];
}
