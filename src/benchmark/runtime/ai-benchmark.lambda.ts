import { createJob, createWorkload, describeJob, stopJob, variantsOf } from './ai-benchmark.client';
import { readSummary } from './archive.client';
import { earlierRun } from './executions.client';
import { liveVersion, NoLiveVersion } from './live-version.client';
import { writeText } from './results.client';
import { isRunning } from './run-status.client';
import { emit, tell } from './tell.client';
import { textOf } from './text.client';
import { runbookUrl } from '../../private/problems';
import { AI_ENDED, AI_METRICS, aiJobsFolder, aiRunFolder } from '../ai-contract';
import { METRICS } from '../contract';
import { aiJobName, workloadName } from '../core/ai-names';
import { aiRecordOf, aiReportOf, failedAiRecord } from '../core/ai-record';
import type { AiBenchmarkConfig, AiBenchmarkRecord, AiReport } from '../core/ai-types';
import { measurementOf, UnreadableResults } from '../core/aiperf';
import type { ModelVersion } from '../core/types';

/** Between two looks, in seconds. */
const WAIT = 60;
/** How often an endpoint that changes, a quota that is in use or a job that is not listed yet is looked at again. */
const LOOKS = 40;
/** Clocks differ. */
const SKEW_MS = 60_000;

/** What is known between two looks. */
export interface AiState {
  readonly target: number;
  /** How often this target was looked at in vain. */
  readonly looks: number;
  /** What served when the job was asked for, and when that was. */
  readonly asked?: { readonly version: ModelVersion; readonly at: string };
  /** Its time was over, and it was told to stop. */
  readonly stopped?: boolean;
}

export interface AiEvent {
  readonly config: AiBenchmarkConfig;
  /** Name of the execution, its ARN, its beginning, and its state machine. */
  readonly run: string;
  readonly execution: string;
  readonly began: string;
  readonly machine: string;
  readonly state: AiState | null;
  /** ISO 8601. */
  readonly now: string;
}

/** What EventBridge tells of an execution that did not end well. */
export interface EndedEvent {
  readonly detail: { readonly executionArn: string };
}

export interface AiAnswer {
  readonly state: AiState | null;
  /** Seconds until the next look. */
  readonly wait: number;
  readonly done: boolean;
  readonly measured: boolean;
  readonly reason: string;
  readonly output: { readonly outcome: string; readonly report?: string };
}

/** One look at a run: asks for a job, looks at it, or reads what it left. Of a run that ended early it stops what is left. */
export async function handler(event: AiEvent | EndedEvent): Promise<AiAnswer | void> {
  return 'detail' in event ? stopLeft(event.detail.executionArn) : look(event);
}

/** A job would measure nobody knows what; the message says why, for a person. */
class NotMeasurable extends Error {
  readonly name = 'NotMeasurable';
}

/** What the same request would meet again and again. */
const REFUSALS = ['ValidationException', 'AccessDenied', 'AccessDeniedException', 'ResourceNotFound', 'UnknownOperationException'];

async function look(event: AiEvent): Promise<AiAnswer> {
  const { execution, machine } = event;
  let { state } = event;
  if (state === null) {
    const other = await earlierRun(machine, execution);
    if (other !== undefined) return { state: null, wait: WAIT, done: true, measured: false, reason: `another run goes on: ${other}. Two at once would measure each other`, output: { outcome: 'failed' } };
    state = { target: 0, looks: 0 };
  }
  try {
    const record = state.asked === undefined ? await ask(event, state) : await watch(event, state);
    if ('schema' in record) return await next(event, state.target, record);
    return again(record);
  } catch (error) {
    // Somebody deploys, the instances that jobs run on are all taken: it passes.
    const { name, message } = error as Error;
    const passes = error instanceof NoLiveVersion || name === 'ResourceLimitExceeded';
    if (passes && state.looks < LOOKS) return again({ ...state, looks: state.looks + 1 });
    const own = [NoLiveVersion, NotMeasurable, UnreadableResults].some((one) => error instanceof one);
    if (!own && !passes && !REFUSALS.includes(name)) throw error;
    return next(event, state.target, failedAiRecord(factsOf(event, state), own ? message : `${name}: ${message}`));
  }
}

function factsOf({ config, run, execution, now }: AiEvent, { target, asked }: AiState) {
  return { config, run, target, version: asked?.version, workload: workloadName(config.workloadPrefix, config.spec), job: aiJobName(config.jobPrefix, execution, target), now };
}

/** Asks for the job of a target. */
async function ask(event: AiEvent, state: AiState): Promise<AiState> {
  const { config, run, now } = event;
  const { endpoint } = config.targets[state.target];
  const { job, workload } = factsOf(event, state);
  const version = await onlyVersion(endpoint);
  await createWorkload(workload, config.spec);
  await createJob({ name: job, endpoint, workload, output: `s3://${config.results.bucket}/${outputFolder(config, run, state.target)}`, roleArn: config.jobRole });
  return { ...state, looks: 0, asked: { version, at: now } };
}

/** Looks at the job of a target; what it measured, when it has ended. */
async function watch(event: AiEvent, state: AiState): Promise<AiState | AiBenchmarkRecord> {
  const { config, run, now, began } = event;
  const facts = factsOf(event, state);
  const failed = (reason: string): AiBenchmarkRecord => failedAiRecord(facts, reason);
  const { version, at } = state.asked!;
  const job = await describeJob(facts.job);
  if (job === undefined) return state.looks < LOOKS ? { ...state, looks: state.looks + 1 } : failed(`the job ${facts.job} is not there: somebody deleted it`);
  // Names of executions come back after 90 days; jobs stay.
  if (job.CreationTime * 1000 < Date.parse(began) - SKEW_MS) return failed(`the job ${facts.job} is of an earlier run with this name: start a run with another name`);
  switch (job.AIBenchmarkJobStatus) {
    case 'Completed': {
      const after = await onlyVersion(config.targets[state.target].endpoint);
      if (after.modelName !== version.modelName || after.instanceType !== version.instanceType) return failed('the endpoint got another version while it was measured: start the run again');
      if (after.instances !== version.instances) return failed(`the endpoint went from ${version.instances} to ${after.instances} instances while it was measured: keep its number fixed for a run`);
      const { text, where } = await readSummary(config.results.bucket, outputFolder(config, run, state.target));
      return aiRecordOf(facts, measurementOf(text, where));
    }
    case 'Failed': return failed(`the job failed: ${job.FailureReason ?? 'it gave no reason'}`);
    case 'Stopped': return failed(state.stopped === true ? `the job took longer than ${config.timeoutMinutes} minutes and was stopped` : 'somebody stopped the job');
    case 'Stopping': return state;
    default:
      if (Date.parse(now) - Date.parse(at) < config.timeoutMinutes * 60_000) return state;
      await stopJob(facts.job);
      return { ...state, stopped: true };
  }
}

/** What serves an endpoint. A job sends to the endpoint, not to a variant: of several, nobody could tell what was measured. */
async function onlyVersion(endpoint: string): Promise<ModelVersion> {
  const variants = await variantsOf(endpoint);
  if (variants.length === 0) throw new NoLiveVersion(`endpoint ${endpoint} does not serve`);
  if (variants.length > 1) throw new NotMeasurable(`endpoint ${endpoint} has the variants ${variants.join(', ')}, and a job cannot choose one: give it an endpoint of its own`);
  return liveVersion(endpoint, variants[0]);
}

/** Keeps a record, and goes on with the next target; after the last one the run is over. */
async function next(event: AiEvent, target: number, record: AiBenchmarkRecord): Promise<AiAnswer> {
  const { config, run } = event;
  await writeText({ bucket: config.results.bucket, key: recordKey(config, run, target) }, JSON.stringify(record, undefined, 2), 'application/json');
  publish(record);
  return target + 1 < config.targets.length ? { ...again({ target: target + 1, looks: 0 }), wait: 1 } : over(event);
}

/** Report and event. */
async function over({ config, run, now }: AiEvent): Promise<AiAnswer> {
  const { benchmark, eventBus, results: { bucket, prefix }, targets } = config;
  const records: AiBenchmarkRecord[] = [];
  for (const target of targets.keys()) records.push(JSON.parse((await textOf(bucket, recordKey(config, run, target)))!) as AiBenchmarkRecord);
  const report: AiReport = aiReportOf(config, run, now, records);
  const key = `${aiRunFolder(prefix, run)}report.json`;
  await writeText({ bucket, key }, JSON.stringify(report, undefined, 2), 'application/json');
  const output = { outcome: report.outcome, report: `s3://${bucket}/${key}` };
  const measured = report.outcome === 'measured';
  await tell(eventBus, AI_ENDED, {
    benchmark,
    run,
    ...output,
    measurements: records.map(({ endpoint, label, outcome, reason, throughput, cost }) => ({ endpoint, label, outcome, reason, throughput, cost })),
    comparisons: report.comparisons,
    ...measured ? {} : { runbook: runbookUrl('ai-benchmark-run-failed') },
  });
  const reasons = records.flatMap(({ outcome, endpoint, reason }) => outcome === 'measured' ? [] : [`${endpoint}: ${reason}`]);
  return { state: null, wait: WAIT, done: true, measured, reason: measured ? '' : `${reasons.join('; ')}. Report: ${output.report}. See ${runbookUrl('ai-benchmark-run-failed')}`, output };
}

function publish({ benchmark, endpoint, outcome, timeToFirstToken, interTokenLatency, requestLatency, throughput, cost, errors }: AiBenchmarkRecord): void {
  const failed = outcome === 'failed';
  emit({ [METRICS.dimension]: benchmark, [AI_METRICS.endpoint]: endpoint }, {
    [METRICS.failed]: failed ? 1 : 0,
    [METRICS.errorRate]: errors?.rate,
    [AI_METRICS.firstTokenP50]: timeToFirstToken?.p50Ms,
    [AI_METRICS.firstTokenP99]: timeToFirstToken?.p99Ms,
    [AI_METRICS.interTokenP50]: interTokenLatency?.p50Ms,
    [AI_METRICS.interTokenP99]: interTokenLatency?.p99Ms,
    [METRICS.p50]: requestLatency?.p50Ms,
    [METRICS.p99]: requestLatency?.p99Ms,
    [AI_METRICS.outputTokens]: throughput?.outputTokensPerSecondPerInstance,
    [AI_METRICS.cost]: cost?.usdPerThousandOutputTokens,
  });
}

/** Stops the job that a run left: it was stopped itself, its time was over, or it could not go on. */
async function stopLeft(execution: string): Promise<void> {
  const { JOB_PREFIX: prefix = '', TARGETS: targets = '0' } = process.env;
  // Events come late, and twice: whoever redrove the execution meanwhile wants its job to go on.
  if (await isRunning(execution)) return;
  for (let target = 0; target < Number(targets); target++) {
    const name = aiJobName(prefix, execution, target);
    if ((await describeJob(name))?.AIBenchmarkJobStatus !== 'InProgress') continue;
    await stopJob(name);
    console.log(JSON.stringify({ stopped: name, execution }));
  }
}

function again(state: AiState): AiAnswer {
  return { state, wait: WAIT, done: false, measured: false, reason: '', output: { outcome: 'running' } };
}

const outputFolder = ({ results: { prefix } }: AiBenchmarkConfig, run: string, target: number): string => `${aiJobsFolder(prefix)}${run}/${target}/`;
const recordKey = ({ results: { prefix } }: AiBenchmarkConfig, run: string, target: number): string => `${aiRunFolder(prefix, run)}${target}.json`;
