import { DEFAULT_LIMITS } from '../../../src/benchmark/core/compare';
import { Histogram } from '../../../src/benchmark/core/histogram';
import type { BaselineRecord, BenchmarkConfig, LoadSettings, ModelVersion, Phase, SliceResult, TargetConfig } from '../../../src/benchmark/core/types';

export const NOW = '2026-11-23T20:39:00.000Z';

export const settingsOf = (over: Partial<LoadSettings> = {}): LoadSettings => ({
  batchSize: 16,
  concurrency: 100,
  warmUpSeconds: 60,
  durationSeconds: 300,
  pace: { share: 0.7 },
  dataset: { bucket: 'data', key: 'lines.jsonl' },
  payload: { template: '{"inputs": {inputs}}', contentType: 'application/json' },
  ...over,
});

export const target = (variant: string, over: Partial<TargetConfig> = {}): TargetConfig => ({ variant, batchSizes: [], ...over });

export const configOf = (over: Partial<BenchmarkConfig> = {}): BenchmarkConfig => ({
  benchmark: 'bench',
  endpoint: 'endpoint',
  settings: settingsOf(),
  targets: [target('gpu'), target('neuron')],
  limits: DEFAULT_LIMITS,
  maximumErrorRate: 0.05,
  allowOtherTraffic: false,
  results: { bucket: 'results', prefix: 'benchmark/' },
  ...over,
});

export const versionOf = (over: Partial<ModelVersion> = {}): ModelVersion => ({ modelName: 'model-1', instanceType: 'ml.inf2.xlarge', instances: 2, ...over });

export function histogramOf(...samples: number[]) {
  const histogram = new Histogram();
  samples.forEach((sample) => histogram.record(sample));
  return histogram.data();
}

/** A slice in which every request was answered after 10 ms. */
export function sliceOf(phase: Phase, answered: number, over: Partial<SliceResult> = {}): SliceResult {
  const tens = histogramOf(...Array<number>(answered).fill(10));
  return { phase, startedAt: 0, elapsedMs: 1000, requests: answered, answered, inputs: 16 * answered, errors: {}, messages: {}, latency: tens, serviceTime: tens, mostUnderWay: 1, notSent: 0, ...over };
}

/** A slice in which every request failed. */
export function failedSlice(phase: Phase, errors: Record<string, number>, messages: Record<string, string> = {}): SliceResult {
  return sliceOf(phase, 0, { requests: Object.values(errors).reduce((a, b) => a + b, 0), inputs: 0, errors, messages });
}

type RecordOver = Omit<Partial<BaselineRecord>, 'settings' | 'version'> & { readonly settings?: Partial<LoadSettings>; readonly version?: Partial<BaselineRecord['version']>; readonly p99?: number; readonly inputs?: number; readonly usd?: number };

/** The record of a variant that was measured. */
export function record(variant: string, { settings, version, p99 = 50, inputs = 100, usd = 0.01, ...over }: RecordOver = {}): BaselineRecord {
  const latency = { p50Ms: p99 / 2, p95Ms: p99 * 0.8, p99Ms: p99, meanMs: p99 / 2, maxMs: p99 * 2 };
  return {
    schema: 'cdk-accelerators/baseline-record/1',
    benchmark: 'bench',
    run: 'run',
    endpoint: 'endpoint',
    variant,
    round: 1,
    version: versionOf(version),
    settings: settingsOf(settings),
    measuredOn: NOW,
    outcome: 'measured',
    requests: 1000,
    errors: { count: 0, rate: 0, byKind: {} },
    throughput: { requestsPerSecond: inputs / 8, inputsPerSecond: inputs * 2, inputsPerSecondPerInstance: inputs },
    latency,
    serviceTime: latency,
    paceRequestsPerSecond: inputs / 8 * 0.7,
    firstRequestMs: 400,
    cost: { usdPerInstanceHour: 1, usdPerThousandRequests: usd * 16, usdPerThousandInputs: usd },
    ...over,
  };
}

/** The record of a variant that could not be measured. */
export function failedRecordOf(variant: string, reason: string, over: RecordOver = {}): BaselineRecord {
  const { throughput: _t, latency: _l, serviceTime: _s, paceRequestsPerSecond: _p, firstRequestMs: _f, cost: _c, ...rest } = record(variant, over);
  return { ...rest, outcome: 'failed', reason };
}
