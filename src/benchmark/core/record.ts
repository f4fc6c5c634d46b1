import { merge, summary } from './histogram';
import { paceOf, perSecond, sum } from './plan';
import type { BaselineRecord, BenchmarkConfig, Measurement, ModelVersion, Phase, SliceResult } from './types';

/** What the workers of a measurement saw: for each phase its slices, for each slice its workers. */
export type PhaseResults = Readonly<Partial<Record<Phase, readonly (readonly SliceResult[])[]>>>;

/** What a record says whatever came of the measurement. */
export interface RecordFacts {
  readonly config: BenchmarkConfig;
  readonly run: string;
  readonly measurement: Measurement;
  readonly version: ModelVersion;
  /** ISO 8601. */
  readonly now: string;
}

/** The record of a measurement all of whose phases are over. */
export function recordOf(facts: RecordFacts, results: PhaseResults): BaselineRecord {
  const { config, measurement, version } = facts;
  const [saturate, pace] = [results.saturate ?? [], results.pace ?? []];
  const elapsedMs = sum(saturate.map((workers) => Math.max(0, ...workers.map((worker) => worker.elapsedMs))));
  const requestsPerSecond = perSecond(sum(saturate.flat().map(({ answered }) => answered)), elapsedMs);
  const inputsPerSecond = perSecond(sum(saturate.flat().map(({ inputs }) => inputs)), elapsedMs);
  const latency = summary(merge(pace.flat().map((worker) => worker.latency)));
  const serviceTime = summary(merge(pace.flat().map((worker) => worker.serviceTime)));
  const first = summary(merge((results.first ?? []).flat().map((worker) => worker.latency)));
  const { usdPerHour } = config.targets[measurement.target];
  // Who answers has an instance, whatever the description of the endpoint said at that moment.
  const instances = Math.max(1, version.instances);
  return {
    ...common(facts),
    outcome: 'measured',
    ...counted([...saturate.flat(), ...pace.flat()]),
    ...requestsPerSecond > 0 ? {
      throughput: { requestsPerSecond, inputsPerSecond, inputsPerSecondPerInstance: inputsPerSecond / instances },
      paceRequestsPerSecond: paceOf(config.settings, requestsPerSecond),
    } : {},
    ...latency === undefined ? {} : { latency },
    ...serviceTime === undefined ? {} : { serviceTime },
    ...first === undefined ? {} : { firstRequestMs: first.maxMs },
    ...usdPerHour !== undefined && requestsPerSecond > 0 ? {
      cost: {
        usdPerInstanceHour: usdPerHour,
        usdPerThousandRequests: usdPerThousand(usdPerHour, instances, requestsPerSecond),
        usdPerThousandInputs: usdPerThousand(usdPerHour, instances, inputsPerSecond),
      },
    } : {},
  };
}

/** The record of a measurement that came to nothing; what was seen of its requests stays. */
export function failedRecord(facts: RecordFacts, reason: string, results: PhaseResults = {}): BaselineRecord {
  return { ...common(facts), outcome: 'failed', reason, ...counted(Object.values(results).flat(2)) };
}

function common({ config, run, measurement, version, now }: RecordFacts) {
  const { variant, precision, label } = config.targets[measurement.target];
  return {
    schema: 'cdk-accelerators/baseline-record/1',
    benchmark: config.benchmark,
    run,
    endpoint: config.endpoint,
    variant,
    round: measurement.round,
    version: { ...version, ...precision === undefined ? {} : { precision }, ...label === undefined ? {} : { label } },
    settings: { ...config.settings, batchSize: measurement.batchSize },
    measuredOn: now,
  } as const;
}

function counted(results: readonly SliceResult[]): Pick<BaselineRecord, 'requests' | 'errors'> {
  const byKind: Record<string, number> = {};
  for (const { errors } of results) for (const [kind, count] of Object.entries(errors)) byKind[kind] = (byKind[kind] ?? 0) + count;
  const requests = sum(results.map((result) => result.requests));
  const count = sum(Object.values(byKind));
  return { requests, errors: { count, rate: requests > 0 ? count / requests : 0, byKind } };
}

/** Instances are paid by the hour, busy or not. */
function usdPerThousand(usdPerHour: number, instances: number, perSecondOfAll: number): number {
  return usdPerHour * instances / 3600 / perSecondOfAll * 1000;
}
