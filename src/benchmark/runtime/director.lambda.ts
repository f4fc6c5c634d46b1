import { baselineKey, EVENTS, METRICS, runFolder } from '../contract';
import { earlierRun } from './executions.client';
import { liveVersion, NoLiveVersion } from './live-version.client';
import { previousRecord, readRecord, writeRecord } from './records.client';
import { readResult, writeText } from './results.client';
import { publish, tell } from './tell.client';
import { bestBatch } from '../core/best-batch';
import { compare, regressions } from '../core/compare';
import { ended, measurements, next, resultKeys, start, workOf, type Next, type RunState, type WorkerFailure } from '../core/plan';
import { failedRecord, recordOf, type PhaseResults, type RecordFacts } from '../core/record';
import { reportData, reportHtml } from '../core/report';
import type { BaselineRecord, BenchmarkConfig, Comparison, ModelVersion, Phase, SliceResult, WorkerEvent } from '../core/types';

/** What the state machine tells each time. */
export interface DirectorEvent {
  readonly config: BenchmarkConfig;
  readonly run: { readonly arn: string; readonly name: string; readonly machine: string; readonly startedAt: string };
  /** What was answered before; null at first. */
  readonly state: DirectorState | null;
  /** What the workers answered that were asked for. */
  readonly last: readonly (WorkerFailure | { readonly worker: unknown })[];
  /** Time of the state, ISO 8601. */
  readonly now: string;
}

export interface DirectorState {
  readonly run: RunState;
  /** What served the variant when its measurement began. */
  readonly version: ModelVersion;
}

export interface DirectorResult {
  readonly state: DirectorState | null;
  readonly work: readonly WorkerEvent[];
  readonly done: boolean;
  readonly outcome: 'running' | 'measured' | 'partlyMeasured' | 'failed';
  readonly reason: string;
  readonly output: object;
}

/** Nothing is known of a variant that has no version: it is in the record all the same. */
const NO_VERSION: ModelVersion = { modelName: 'unknown', instanceType: 'unknown', instances: 0 };

/**
 * Says what comes next in a run: which requests workers send, or that it is over. Everything that it knows is in its event and in S3, so it may be asked twice; the plan is `core/plan.ts`.
 */
export async function handler({ config, run, state, last, now }: DirectorEvent): Promise<DirectorResult> {
  if (state === null) {
    const other = await earlierRun(run.machine, run.arn);
    if (other !== undefined) return over('failed', `${other} goes on: two runs at once would measure each other`, {});
    return begin(config, run.name, { work: [], state: start(run.name) }, now);
  }
  const results = await Promise.all(workOf(config, state.run).map(async ({ result }, i) => {
    const answer = last[i] ?? { error: 'NoAnswer', cause: 'the worker was not asked' };
    return 'error' in answer ? answer : readResult(result);
  }));
  const following = next(config, state.run, results);
  if (following.ended === undefined) return { ...RUNNING, state: { ...state, run: following.state! }, work: following.work };
  await finish(config, state, following, now);
  return begin(config, run.name, following, now);
}

const RUNNING = { done: false, outcome: 'running', reason: '', output: {} } as const;

/** Begins the next measurement with the version that serves its variant; one without is a failed measurement, and the one after it is begun. */
async function begin(config: BenchmarkConfig, run: string, following: Next, now: string): Promise<DirectorResult> {
  let { state } = following;
  while (state !== undefined) {
    try {
      const version = await liveVersion(config.endpoint, config.targets[measurements(config)[state.measurement].target].variant);
      return { ...RUNNING, state: { run: state, version }, work: workOf(config, state) };
    } catch (error) {
      if (!(error instanceof NoLiveVersion)) throw error;
      const failed = ended(config, state, 'failed', error.message);
      await finish(config, { run: state, version: NO_VERSION }, failed, now);
      state = failed.state;
    }
  }
  return report(config, run, now);
}

/** Writes the record of a measurement that is over, and tells of it. */
async function finish(config: BenchmarkConfig, state: DirectorState, following: Next, now: string): Promise<void> {
  const { measurement, outcome, reason } = following.ended!;
  const { variant } = config.targets[measurement.target];
  const changed = outcome === 'failed' ? reason! : await changes(config.endpoint, variant, state.version);
  const facts: RecordFacts = { config, run: state.run.run, measurement, version: state.version, now };
  const results = await phaseResults(config, state.run, outcome === 'measured');
  const record = changed === undefined ? recordOf(facts, results) : failedRecord(facts, changed, results);
  const { bucket } = config.results;
  await writeRecord(bucket, recordKey(config, state.run.run, state.run.measurement), record);
  if (measurement.round === 1 && state.version !== NO_VERSION) await keep(config, record);
  const comparison = measurement.round === 1 ? await againstBefore(config, record) : undefined;
  if (measurement.round === 1) publish(config.benchmark, variant, metricsOf(record, comparison));
  await tell(config.eventBus, record.outcome === 'measured' ? EVENTS.measured : EVENTS.failed, {
    benchmark: config.benchmark,
    run: state.run.run,
    endpoint: config.endpoint,
    variant,
    round: record.round,
    batchSize: record.settings.batchSize,
    version: record.version,
    reason: record.reason,
    throughput: record.throughput,
    latency: record.latency,
    cost: record.cost,
    record: `s3://${bucket}/${recordKey(config, state.run.run, state.run.measurement)}`,
  });
  const worse = comparison === undefined ? [] : regressions(comparison, config.limits);
  if (worse.length > 0) await tell(config.eventBus, EVENTS.regressed, { benchmark: config.benchmark, endpoint: config.endpoint, variant, version: record.version, regressions: worse.map(({ text }) => text) });
}

/** What became of the variant while it was measured: a measurement is of one version on one number of instances. */
async function changes(endpoint: string, variant: string, before: ModelVersion): Promise<string | undefined> {
  try {
    const after = await liveVersion(endpoint, variant);
    if (after.modelName !== before.modelName || after.instanceType !== before.instanceType) return `variant ${variant} went from ${before.modelName} on ${before.instanceType} to ${after.modelName} on ${after.instanceType} while it was measured: run it again when no deploy is under way`;
    if (after.instances !== before.instances) return `variant ${variant} went from ${before.instances} to ${after.instances} instances while it was measured: set scaling.minInstances and maxInstances to one number, or suspend its scaling, for the time of a benchmark`;
    return undefined;
  } catch (error) {
    if (error instanceof NoLiveVersion) return error.message;
    throw error;
  }
}

/** The newest record of a version. One that failed takes the place of none: what was measured stays known. */
async function keep(config: BenchmarkConfig, record: BaselineRecord): Promise<void> {
  const { bucket, prefix } = config.results;
  const key = baselineKey(prefix, config.endpoint, record.variant, record.version, record.round);
  if (record.outcome === 'failed' && (await readRecord(bucket, key))?.outcome === 'measured') return;
  await writeRecord(bucket, key, record);
}

async function againstBefore(config: BenchmarkConfig, record: BaselineRecord): Promise<Comparison | undefined> {
  if (record.outcome === 'failed') return undefined;
  const { bucket, prefix } = config.results;
  const before = await previousRecord(bucket, prefix, config.endpoint, record.variant, record.version, record.round);
  return before === undefined ? undefined : compare(record, before);
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

/** The end of a run: the best batches, the report, the outcome. */
async function report(config: BenchmarkConfig, run: string, now: string): Promise<DirectorResult> {
  const { bucket, prefix } = config.results;
  const all = measurements(config);
  const found = await Promise.all(all.map(async (_, i) => readRecord(bucket, recordKey(config, run, i))));
  const records = found.filter((record) => record !== undefined);
  for (const [target, { variant, batchSizes }] of config.targets.entries()) {
    if (batchSizes.length === 0) continue;
    const { best } = bestBatch(found.flatMap((record, i) => record !== undefined && all[i].target === target ? [record] : []), config.latencyLimitMs);
    if (best !== undefined) await writeRecord(bucket, baselineKey(prefix, config.endpoint, variant, best.version, 2), { ...best, round: 2 });
  }
  const before = await Promise.all(records.filter(({ round, outcome }) => round === 1 && outcome === 'measured').map(async (record) => previousRecord(bucket, prefix, config.endpoint, record.variant, record.version, 1)));
  const data = reportData(config, run, records, before.filter((record) => record !== undefined), now);
  const folder = runFolder(prefix, run);
  await writeText({ bucket, key: `${folder}report.json` }, JSON.stringify(data, undefined, 2), 'application/json');
  await writeText({ bucket, key: `${folder}report.html` }, reportHtml(data), 'text/html; charset=utf-8');
  const failed = records.filter(({ outcome }) => outcome === 'failed');
  const outcome = failed.length === 0 ? 'measured' : failed.length === records.length ? 'failed' : 'partlyMeasured';
  const output = { outcome, benchmark: config.benchmark, run, report: `s3://${bucket}/${folder}report.html`, records: all.map((_, i) => `s3://${bucket}/${recordKey(config, run, i)}`) };
  await tell(config.eventBus, EVENTS.ended, { ...output, endpoint: config.endpoint });
  return over(outcome, failed.map(({ variant, settings, reason }) => `${variant} at batch ${settings.batchSize}: ${reason}`).join('; '), output);
}

function over(outcome: 'measured' | 'partlyMeasured' | 'failed', reason: string, output: object): DirectorResult {
  // A cause has a limit, and so has what an execution passes on (32,768 characters, Step Functions API, Cause).
  return { state: null, work: [], done: true, outcome, reason: reason.slice(0, 8000), output: { reason: reason.slice(0, 8000), ...output } };
}

function recordKey(config: BenchmarkConfig, run: string, index: number): string {
  const { round, target, batchSize } = measurements(config)[index];
  return `${runFolder(config.results.prefix, run)}${config.targets[target].variant}/round-${round}-batch-${batchSize}/record.json`;
}

/** What the workers of a measurement left; of one that failed, as far as it went. */
async function phaseResults(config: BenchmarkConfig, { run, measurement }: RunState, whole: boolean): Promise<PhaseResults> {
  const { bucket } = config.results;
  const read = async (key: string): Promise<SliceResult | undefined> => {
    const result = readResult({ bucket, key });
    return whole ? result : result.catch(() => undefined);
  };
  const found = await Promise.all(Object.entries(resultKeys(config, run, measurement)).map(async ([phase, slices]) => [
    phase,
    await Promise.all(slices.map(async (workers) => (await Promise.all(workers.map(read))).filter((one) => one !== undefined))),
  ] as const));
  return Object.fromEntries(found) as Partial<Record<Phase, SliceResult[][]>>;
}
