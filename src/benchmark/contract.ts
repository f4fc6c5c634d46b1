/**
 * What the constructs, the state machines and the handlers agree on. Imports nothing: both sides of a Lambda use it.
 */

/** Namespace, dimensions and names of the metrics of a benchmark. They are published when a variant has been measured. */
export const METRICS = {
  namespace: 'CdkAccelerators/Benchmark',
  dimension: 'Benchmark',
  variant: 'Variant',
  /** Inputs per second of one instance at full concurrency. */
  throughput: 'ThroughputPerInstance',
  /** USD. */
  cost: 'CostPerThousandRequests',
  p50: 'LatencyP50',
  p95: 'LatencyP95',
  p99: 'LatencyP99',
  firstRequest: 'FirstRequestLatency',
  /** Share of failed requests, 0 to 1. */
  errorRate: 'ErrorRate',
  failed: 'FailedMeasurements',
  /** Of this version to the one before. */
  throughputRatio: 'ThroughputRatio',
  costRatio: 'CostRatio',
  latencyRatio: 'LatencyRatio',
  errorRateIncrease: 'ErrorRateIncrease',
  /** Of a parity check: how far apart, and whether it passed. */
  parityScore: 'ParityScore',
  parityFailed: 'ParityFailed',
} as const;

/** Source of the events of a benchmark. */
export const EVENT_SOURCE = 'cdk-accelerators.benchmark';

/** Detail types of the events of a benchmark. */
export const EVENTS = {
  measured: 'Variant Measured',
  failed: 'Measurement Failed',
  regressed: 'Version Regressed',
  ended: 'Benchmark Ended',
  parity: 'Parity Checked',
} as const;

/** What the gate of a migration is told (see `MigrationGate.lambdaFunction`), as far as it matters here. */
export interface GateEvent {
  readonly endpoint: string;
  readonly from: string;
  readonly to: string;
}

/** What it answers. */
export interface GateAnswer {
  readonly pass: boolean;
  readonly reason?: string;
}

/** Key of the record of a version: the newest measurement of a round. */
export function baselineKey(prefix: string, endpoint: string, variant: string, version: { readonly modelName: string; readonly instanceType: string }, round: 1 | 2): string {
  return `${prefix}baselines/${endpoint}/${variant}/${version.modelName}/${version.instanceType}/round-${round}.json`;
}

/** Key of the record of a parity check between two versions. */
export function parityKey(prefix: string, endpoint: string, from: { readonly variant: string; readonly modelName: string }, to: { readonly variant: string; readonly modelName: string }): string {
  return `${prefix}parity/${endpoint}/${from.variant}/${from.modelName}/${to.variant}/${to.modelName}.json`;
}

/** Folder of everything of one run. */
export function runFolder(prefix: string, run: string): string {
  return `${prefix}runs/${run}/`;
}
