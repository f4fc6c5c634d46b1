import type { LatencyShape } from './latency';

/**
 * The world of a rehearsal, as plain data. Times of faults are seconds since the newcomer first had traffic; shares and rates are 0 to 1.
 */
export interface Scenario {
  readonly traffic: TrafficModel;
  readonly from: VariantModel;
  readonly to: VariantModel;
  readonly faults: readonly Fault[];
  /** Instances by the template; unknown when left out. */
  readonly instances?: { readonly from?: number; readonly to?: number };
  /** When the migration is started, in seconds since 1970. */
  readonly start: number;
  /** Somebody approves this long after a gate asks. */
  readonly approvalSeconds: number;
  /** Where the rehearsal stops watching. */
  readonly maxSeconds: number;
}

export type TrafficModel =
  | { readonly kind: 'constant'; readonly requestsPerMinute: number }
  /** A sine over the day: `mean * (1 + swing)` at the busiest hour (UTC), `mean * (1 - swing)` twelve hours later. */
  | { readonly kind: 'daily'; readonly mean: number; readonly swing: number; readonly peakHour: number }
  /** What was measured; from the end it goes on at the beginning. */
  | { readonly kind: 'history'; readonly history: History };

/** What one variant measured, in equal periods. */
export interface History {
  /** Start of the first period, in seconds since 1970. */
  readonly start: number;
  readonly periodSeconds: number;
  readonly rows: readonly HistoryRow[];
}

export interface HistoryRow {
  readonly requests: number;
  readonly errors: number;
  /** Microseconds; none in a period without requests. */
  readonly p50?: number;
  readonly p95?: number;
}

export interface VariantModel {
  /** Left out: as in the history. */
  readonly errorRate?: number;
  /** Left out: as in the history. */
  readonly latency?: LatencyShape;
  /** On top of either. */
  readonly latencyFactor: number;
  /** Errors come in clumps of this many; 1 means one by one. */
  readonly clump: number;
}

export type Fault = { readonly from?: number; readonly until?: number } & (
  /** Requests to the newcomer that fail on top of the others. */
  | { readonly kind: 'errors'; readonly rate: number }
  /** All requests to the newcomer take this many times as long. */
  | { readonly kind: 'latency'; readonly factor: number }
  /** The newcomer gets slower by this fraction every minute. */
  | { readonly kind: 'leak'; readonly perMinute: number }
  /** After each start of instances some requests are slow for a while. */
  | { readonly kind: 'coldStart'; readonly share: number; readonly factor: number; readonly seconds: number }
  /** Requests that fail on both variants. */
  | { readonly kind: 'outage'; readonly rate: number }
  /** What one instance of the newcomer can answer; more fails. */
  | { readonly kind: 'capacity'; readonly requestsPerMinute: number }
  | { readonly kind: 'noTraffic' }
);

/**
 * What the simulated SageMaker takes for its changes. Assumptions, not promises: AWS publishes no such times; one minute for weights and
 * minutes for an instance are what users report.
 */
export const LAGS = { weightsSeconds: 60, capacitySeconds: 360, scaleInSeconds: 900 } as const;

/** From here on more load makes an instance slower, up to `slowdown` times at its limit. */
export const LOAD = { from: 0.8, slowdown: 3 } as const;

/** How the median of a minute wanders: AR(1) of the logarithm, with this memory and standard deviation. */
export const WANDER = { memory: 0.9, sigma: 0.02 } as const;
