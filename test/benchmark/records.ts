import type { BaselineRecord, ModelVersion } from '../../src/benchmark/core/types';

export const GPU_VERSION: ModelVersion = { modelName: 'gpu-model', instanceType: 'ml.g5.xlarge', image: 'gpu@sha256:1', instances: 1 };
export const INF2_VERSION: ModelVersion = { modelName: 'inf2-model', instanceType: 'ml.inf2.xlarge', image: 'neuron@sha256:1', instances: 1 };

/** A record of a variant that was measured. */
export function measured(variant: string, version: ModelVersion, rest: Partial<BaselineRecord> = {}): BaselineRecord {
  return {
    schema: 'cdk-accelerators/baseline-record/1',
    benchmark: 'embeddings',
    run: 'run-1',
    endpoint: 'web',
    variant,
    round: 1,
    version,
    settings: {
      batchSize: 1,
      concurrency: 16,
      warmUpSeconds: 60,
      durationSeconds: 300,
      pace: { share: 0.7 },
      dataset: { bucket: 'data', key: 'questions.jsonl' },
      payload: { template: '{"inputs":{inputs}}', contentType: 'application/json' },
    },
    measuredOn: '2026-11-20T08:00:00.000Z',
    outcome: 'measured',
    requests: 1000,
    errors: { count: 0, rate: 0, byKind: {} },
    throughput: { requestsPerSecond: 100, inputsPerSecond: 100, inputsPerSecondPerInstance: 100 },
    latency: { p50Ms: 20, p95Ms: 40, p99Ms: 50, meanMs: 22, maxMs: 80 },
    cost: { usdPerInstanceHour: 1, usdPerThousandRequests: 0.01, usdPerThousandInputs: 0.01 },
    ...rest,
  };
}

/** What could not be measured. */
export function failed(variant: string, version: ModelVersion, reason?: string): BaselineRecord {
  const { throughput: _throughput, latency: _latency, cost: _cost, ...rest } = measured(variant, version);
  return { ...rest, outcome: 'failed', ...reason === undefined ? {} : { reason }, requests: 0 };
}
