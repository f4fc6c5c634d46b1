/**
 * What the construct of SageMaker's AI benchmark jobs, its state machine and its function agree on. Imports nothing: both sides of a Lambda use it.
 */

/** Metrics of a measured endpoint; latencies, errors and failed measurements have the names of `METRICS`. Namespace and the dimension of the benchmark are those of `METRICS`, too. */
export const AI_METRICS = {
  /** Dimension: the job measures an endpoint, and knows no variants. */
  endpoint: 'Endpoint',
  firstTokenP50: 'TimeToFirstTokenP50',
  firstTokenP99: 'TimeToFirstTokenP99',
  interTokenP50: 'InterTokenLatencyP50',
  interTokenP99: 'InterTokenLatencyP99',
  /** Of one instance, in a second. */
  outputTokens: 'OutputTokensPerInstance',
  /** USD. */
  cost: 'CostPerThousandOutputTokens',
} as const;

/** Detail type of the event of a run that is over. */
export const AI_ENDED = 'AI Benchmark Ended';

/** Everything of these benchmarks, below the prefix of the results. */
export function aiFolder(prefix: string): string {
  return `${prefix}ai/`;
}

/** What the jobs write: the only folder that their role opens. */
export function aiJobsFolder(prefix: string): string {
  return `${aiFolder(prefix)}jobs/`;
}

/** Records and report of a run. */
export function aiRunFolder(prefix: string, run: string): string {
  return `${aiFolder(prefix)}runs/${run}/`;
}
