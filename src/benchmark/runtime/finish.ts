import { previousRecord, readableRecord, readRecord, writeRecord } from './records.client';
import { readResult } from './results.client';
import { publish, tell } from './tell.client';
import { baselineKey, EVENTS, METRICS, runFolder } from '../contract';
import { compare, regressions } from '../core/compare';
import { measurements, resultKeys, type Ended, type RunState } from '../core/plan';
import { failedRecord, recordOf, type PhaseResults, type RecordFacts } from '../core/record';
import type { BaselineRecord, BenchmarkConfig, Comparison, ModelVersion, Phase, SliceResult } from '../core/types';

/** A measurement that is over. */
export interface Finished {
  readonly run: RunState;
  readonly version: ModelVersion;
  readonly otherRequestsPerMinute?: number;
  readonly ended: Ended;
  /** ISO 8601. */
  readonly now: string;
}

/** Where a run keeps the record of one of its measurements, and the one that it was compared with. */
export function recordKey(config: BenchmarkConfig, run: string, index: number, what: 'record' | 'before' = 'record'): string {
  const { round, target, batchSize } = measurements(config)[index];
  return `${runFolder(config.results.prefix, run)}${config.targets[target].variant}/round-${round}-batch-${batchSize}/${what}.json`;
}

/**
 * Writes the record of a measurement that is over, and tells of it. The record decides: who comes again finds it, and tells the same once more, so that events and metrics come at least
 * once.
 */
export async function finish(config: BenchmarkConfig, finished: Finished): Promise<void> {
  const { run: { run, measurement }, version } = finished;
  const { bucket } = config.results;
  const [key, beforeKey] = [recordKey(config, run, measurement), recordKey(config, run, measurement, 'before')];
  let record = await readRecord(bucket, key);
  let before: BaselineRecord | undefined;
  if (record === undefined) {
    record = await made(config, finished);
    before = await versionBefore(config, record);
    // Before the record, which says that both are there.
    if (before !== undefined) await writeRecord(bucket, beforeKey, before);
    await writeRecord(bucket, key, record);
  } else {
    before = await readRecord(bucket, beforeKey);
  }
  // What has no version has no baseline.
  if (record.round === 1 && version.instances > 0) await keep(config, record);
  await tellOf(config, record, before, `s3://${bucket}/${key}`);
}

async function made(config: BenchmarkConfig, { run, version, otherRequestsPerMinute, ended: { outcome, reason }, now }: Finished): Promise<BaselineRecord> {
  const measurement = measurements(config)[run.measurement];
  const facts: RecordFacts = { config, run: run.run, measurement, version, otherRequestsPerMinute, now };
  const results = await phaseResults(config, run, outcome === 'measured');
  return outcome === 'measured' ? recordOf(facts, results) : failedRecord(facts, reason!, results);
}

async function versionBefore(config: BenchmarkConfig, { round, outcome, variant, version }: BaselineRecord): Promise<BaselineRecord | undefined> {
  if (round !== 1 || outcome === 'failed') return undefined;
  const { bucket, prefix } = config.results;
  return previousRecord(bucket, prefix, config.endpoint, variant, version, round);
}

/** The newest record of a version. One that failed takes the place of none: what was measured stays known. */
async function keep(config: BenchmarkConfig, record: BaselineRecord): Promise<void> {
  const { bucket, prefix } = config.results;
  const key = baselineKey(prefix, config.endpoint, record.variant, record.version, record.round);
  if (record.outcome === 'failed' && (await readableRecord(bucket, key))?.outcome === 'measured') return;
  await writeRecord(bucket, key, record);
}

async function tellOf(config: BenchmarkConfig, record: BaselineRecord, before: BaselineRecord | undefined, address: string): Promise<void> {
  const { benchmark, endpoint, eventBus } = config;
  const { run, variant, round, version, reason, throughput, latency, cost } = record;
  const comparison = before === undefined ? undefined : compare(record, before);
  if (round === 1) publish(benchmark, variant, metricsOf(record, comparison));
  await tell(eventBus, record.outcome === 'measured' ? EVENTS.measured : EVENTS.failed, {
    benchmark, run, endpoint, variant, round, batchSize: record.settings.batchSize, version, reason, throughput, latency, cost, record: address,
  });
  const worse = comparison === undefined ? [] : regressions(comparison, config.limits);
  if (worse.length > 0) await tell(eventBus, EVENTS.regressed, { benchmark, run, endpoint, variant, version, before: before!.version, regressions: worse.map(({ text }) => text), comparison, record: address });
}

function metricsOf(record: BaselineRecord, comparison: Comparison | undefined): Record<string, number | undefined> {
  if (record.outcome === 'failed') return { [METRICS.failed]: 1 };
  return {
    [METRICS.failed]: 0,
    [METRICS.throughput]: record.throughput?.inputsPerSecondPerInstance,
    [METRICS.cost]: record.cost?.usdPerThousandRequests,
    [METRICS.p50]: record.latency?.p50Ms,
    [METRICS.p95]: record.latency?.p95Ms,
    [METRICS.p99]: record.latency?.p99Ms,
    [METRICS.firstRequest]: record.firstRequestMs,
    [METRICS.errorRate]: record.errors.rate,
    [METRICS.throughputRatio]: comparison?.throughputRatio,
    [METRICS.costRatio]: comparison?.costRatio,
    [METRICS.latencyRatio]: comparison?.p99Ratio,
    [METRICS.errorRateIncrease]: comparison?.errorRateIncrease,
  };
}

/** What the workers of a measurement left; of one that failed, as far as it went. Slice after slice: all at once are thousands. */
async function phaseResults(config: BenchmarkConfig, { run, measurement }: RunState, whole: boolean): Promise<PhaseResults> {
  const { bucket } = config.results;
  const read = async (key: string): Promise<SliceResult | undefined> => {
    const result = readResult({ bucket, key });
    return whole ? result : result.catch(() => undefined);
  };
  const found: Partial<Record<Phase, SliceResult[][]>> = {};
  for (const [phase, slices] of Object.entries(resultKeys(config, run, measurement)) as [Phase, string[][]][]) {
    found[phase] = [];
    for (const workers of slices) found[phase].push((await Promise.all(workers.map(read))).filter((one) => one !== undefined));
  }
  return found;
}
