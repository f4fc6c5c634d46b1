import { merge, summary } from './histogram';
import { errorsText, paceOf, perSecond, sum } from './plan';
import { grouped, percent } from './report-words';
import type { BaselineRecord, BenchmarkConfig, Measurement, ModelVersion, Phase, SliceResult } from './types';

/** What the workers of a measurement saw: for each phase its slices, for each slice its workers. */
export type PhaseResults = Readonly<Partial<Record<Phase, readonly (readonly SliceResult[])[]>>>;

/** What a record says whatever came of the measurement. */
export interface RecordFacts {
  readonly config: BenchmarkConfig;
  readonly run: string;
  readonly measurement: Measurement;
  readonly version: ModelVersion;
  /** Of others, before it began. */
  readonly otherRequestsPerMinute?: number;
  /** ISO 8601. */
  readonly now: string;
}

/** The record of a measurement all of whose phases are over. One in which too much failed has failed itself, and keeps its numbers. */
export function recordOf(facts: RecordFacts, results: PhaseResults): BaselineRecord {
  const { config, measurement, version } = facts;
  const [first, saturate, pace] = [results.first ?? [], results.saturate ?? [], results.pace ?? []];
  const seconds = secondsOf(saturate);
  const requestsPerSecond = perSecond(sum(saturate.flat().map(({ answered }) => answered)), seconds * 1000);
  const inputsPerSecond = perSecond(sum(saturate.flat().map(({ inputs }) => inputs)), seconds * 1000);
  const latency = summary(merge(pace.flat().map((worker) => worker.latency)));
  const serviceTime = summary(merge(pace.flat().map((worker) => worker.serviceTime)));
  const firstRequest = summary(merge(first.flat().map((worker) => worker.latency)));
  const firstError = errorsText(first.flat());
  const { usdPerHour } = config.targets[measurement.target];
  // Who answers has an instance, whatever the description of the endpoint said at that moment.
  const instances = Math.max(1, version.instances);
  const reason = worthless(config, results);
  return {
    ...common(facts, results),
    ...reason === undefined ? { outcome: 'measured' } : { outcome: 'failed', reason },
    ...counted([...saturate.flat(), ...pace.flat()]),
    ...requestsPerSecond > 0 ? {
      throughput: { requestsPerSecond, inputsPerSecond, inputsPerSecondPerInstance: inputsPerSecond / instances },
      paceRequestsPerSecond: paceOf(config.settings, requestsPerSecond),
    } : {},
    ...pace.length === 0 ? {} : { sentRequestsPerSecond: perSecond(sum(pace.flat().map(({ requests }) => requests)), secondsOf(pace) * 1000), notSent: sum(pace.flat().map(({ notSent }) => notSent)) },
    ...latency === undefined ? {} : { latency },
    ...serviceTime === undefined ? {} : { serviceTime },
    ...firstRequest === undefined ? {} : { firstRequestMs: firstRequest.maxMs },
    ...firstError === '' ? {} : { firstRequestError: firstError },
    ...usdPerHour !== undefined && requestsPerSecond > 0 ? {
      cost: {
        usdPerInstanceHour: usdPerHour,
        usdPerThousandRequests: usdPerThousand(usdPerHour, instances, requestsPerSecond),
        usdPerThousandInputs: usdPerThousand(usdPerHour, instances, inputsPerSecond),
      },
    } : {},
  };
}

/** Workers side by side take the time of the longest. */
function secondsOf(slices: readonly (readonly SliceResult[])[]): number {
  return sum(slices.map((workers) => Math.max(0, ...workers.map(({ elapsedMs }) => elapsedMs)))) / 1000;
}

/** Why the numbers of a measurement that came to its end count for nothing. */
function worthless({ maximumErrorRate, settings: { dataset } }: BenchmarkConfig, results: PhaseResults): string | undefined {
  const load = [...results.saturate ?? [], ...results.pace ?? []].flat();
  const { requests, errors } = counted(load);
  // Answers are fast where many are refused.
  if (errors.rate > maximumErrorRate) return `${percent(errors.rate)} of ${grouped(requests)} requests failed, more than ${percent(maximumErrorRate)}: ${errorsText(load)}`;
  return etagsOf(results).length > 1 ? `s3://${dataset.bucket}/${dataset.key} was changed while it was measured: run it again` : undefined;
}

function etagsOf(results: PhaseResults): string[] {
  return [...new Set(Object.values(results).flat(2).flatMap(({ dataset }) => dataset === undefined ? [] : [dataset.replaceAll('"', '')]))];
}

/** The record of a measurement that came to nothing; what was seen of its requests stays. */
export function failedRecord(facts: RecordFacts, reason: string, results: PhaseResults = {}): BaselineRecord {
  return { ...common(facts, results), outcome: 'failed', reason, ...counted(Object.values(results).flat(2)) };
}

function common({ config, run, measurement, version, otherRequestsPerMinute = 0, now }: RecordFacts, results: PhaseResults) {
  const { variant, precision, label } = config.targets[measurement.target];
  const [etag, ...changed] = etagsOf(results);
  const { dataset } = config.settings;
  return {
    schema: 'cdk-accelerators/baseline-record/1',
    benchmark: config.benchmark,
    run,
    endpoint: config.endpoint,
    variant,
    round: measurement.round,
    version: { ...version, ...precision === undefined ? {} : { precision }, ...label === undefined ? {} : { label } },
    settings: { ...config.settings, batchSize: measurement.batchSize, dataset: etag === undefined || changed.length > 0 ? dataset : { ...dataset, etag } },
    measuredOn: now,
    ...otherRequestsPerMinute > 0 ? { otherRequestsPerMinute } : {},
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
