import { earlierRun } from './executions.client';
import { finish } from './finish';
import { invocations } from './invocations.client';
import { liveVersion, NoLiveVersion, NotSteady, steadyVersion } from './live-version.client';
import { readResult } from './results.client';
import { runReport } from './run-report';
import { perMinute, secondsUntilAfter, windowAt } from '../core/other-traffic';
import { following, isFailure, isOver, measurements, next, sliceOf, start, targetOf, WAITS, WORKER_SECONDS, type Ended, type RunState, type WorkerFailure } from '../core/plan';
import type { BenchmarkConfig, ModelVersion, SliceWork, WorkerEvent, WorkerShare } from '../core/types';

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
  /** What served the variant when its measurement began; absent as long as it has not begun. */
  readonly version?: ModelVersion;
  /** What others send to the variant, once it is known. */
  readonly otherRequestsPerMinute?: number;
  /** How often it was waited for the variant. */
  readonly waits: number;
  /** Since when nothing was sent by this run, ISO 8601. */
  readonly quietSince: string;
  /** Why the measurement failed, while requests of its workers may still be under way. */
  readonly broken?: string;
}

export interface DirectorResult {
  readonly state: DirectorState | null;
  /** Seconds until the director is asked again, with nothing to do; 0: `work` is to be done. */
  readonly wait: number;
  /** What the workers are told, and each of them in addition. */
  readonly common: (SliceWork & Pick<WorkerEvent, 'startAt'>) | null;
  readonly work: readonly WorkerShare[];
  readonly done: boolean;
  readonly outcome: 'running' | 'measured' | 'partlyMeasured' | 'failed';
  readonly reason: string;
  readonly output: object;
}

/** Nothing is known of a variant that has no version: it is in the record all the same. */
const NO_VERSION: ModelVersion = { modelName: 'unknown', instanceType: 'unknown', instances: 0 };

/** Until functions of a slice are there and have read the dataset: they begin together. */
const LEAD_MS = 5000;

const ANSWER = { state: null, wait: 0, common: null, work: [], done: false, outcome: 'running', reason: '', output: {} } as const;

/**
 * Says what comes next in a run: which requests workers send, for how long it is waited, or that it is over. It may be asked twice: a measurement whose record is written stays as it was
 * decided. The plan is `core/plan.ts`.
 */
export async function handler({ config, run, state, last, now }: DirectorEvent): Promise<DirectorResult> {
  // Asked each time, for one that is redriven comes back in its middle.
  const other = await earlierRun(run.machine, run.arn);
  if (other !== undefined) return over({ outcome: 'failed', reason: `${other} goes on: two runs at once would measure each other`, output: {} });
  if (state === null) return begin(config, { run: start(run.name), waits: 0, quietSince: run.startedAt }, now);
  const { version } = state;
  return version === undefined ? begin(config, state, now) : judge(config, { ...state, version }, last, now);
}

/** Begins a measurement when its variant is steady and nobody else sends to it. What cannot begin is a failed measurement, and the one after it is next. */
async function begin(config: BenchmarkConfig, state: DirectorState, now: string): Promise<DirectorResult> {
  if (isOver(config, state.run)) return over(await runReport(config, state.run.run, now));
  const { variant } = targetOf(config, state.run);
  const failed = async (reason: string, version: ModelVersion, otherRequestsPerMinute?: number) => end(config, { ...state, version, otherRequestsPerMinute }, { outcome: 'failed', reason }, now);
  let version: ModelVersion;
  try {
    version = await steadyVersion(config.endpoint, variant);
  } catch (error) {
    if (!(error instanceof NoLiveVersion)) throw error;
    if (!(error instanceof NotSteady)) return failed(error.message, NO_VERSION);
    if (state.waits < WAITS.length) return { ...ANSWER, wait: WAITS[state.waits], state: { ...state, waits: state.waits + 1 } };
    return failed(`${error.message}, after half an hour`, NO_VERSION);
  }
  let others = state.otherRequestsPerMinute;
  if (others === undefined) {
    const at = Date.parse(now);
    others = perMinute(await invocations(config.endpoint, variant, windowAt(at)));
    // They may be our own, of the measurement or the run before.
    const wait = others === 0 ? 0 : secondsUntilAfter(Date.parse(state.quietSince), at);
    if (wait > 0) return { ...ANSWER, wait, state };
  }
  if (others > 0 && !config.allowOtherTraffic) return failed(`variant ${variant} gets ${Number(others.toPrecision(3))} requests a minute from others: measure it before it has traffic, or on an endpoint of its own; or set allowOtherTraffic, and what is measured is what they leave over`, version, others);
  return working(config, { ...state, version, otherRequestsPerMinute: others });
}

/** The work of the slice at which the run stands. */
function working(config: BenchmarkConfig, state: DirectorState): DirectorResult {
  const { common, shares } = sliceOf(config, state.run);
  return { ...ANSWER, state, work: shares, common: { ...common, startAt: Date.now() + (shares.length > 1 ? LEAD_MS : 0) } };
}

type Measuring = DirectorState & { readonly version: ModelVersion };

/** What comes after a slice. */
async function judge(config: BenchmarkConfig, state: Measuring, last: DirectorEvent['last'], now: string): Promise<DirectorResult> {
  if (state.broken !== undefined) return end(config, state, { outcome: 'failed', reason: state.broken }, now);
  const results = await Promise.all(sliceOf(config, state.run).shares.map(async ({ result }, i) => {
    const answer = last[i] ?? { error: 'NoAnswer', cause: 'the worker was not asked' };
    return isFailure(answer) ? answer : readResult(result);
  }));
  const after = next(config, state.run, results);
  // Requests beside those of a worker that lives on would be more than the load.
  if (results.some(isFailure)) return { ...ANSWER, wait: WORKER_SECONDS, state: { ...state, broken: after.ended!.reason } };
  const changed = await changes(config.endpoint, targetOf(config, state.run).variant, state.version);
  if (changed !== undefined) return end(config, state, { outcome: 'failed', reason: changed }, now);
  return after.ended === undefined ? working(config, { ...state, run: after.state }) : end(config, state, after.ended, now);
}

/** Ends a measurement. The one after it begins with an answer of its own, so that what goes wrong there does not end this one again. */
async function end(config: BenchmarkConfig, { run, version, otherRequestsPerMinute }: Measuring, ended: Ended, now: string): Promise<DirectorResult> {
  await finish(config, { run, version, otherRequestsPerMinute, ended, now });
  const all = measurements(config);
  const after = following(run);
  // The minutes before are full of our own requests: what was known of others a moment ago has to do.
  const known = all[after.measurement]?.target === all[run.measurement].target ? { otherRequestsPerMinute } : {};
  return { ...ANSWER, wait: 1, state: { run: after, waits: 0, quietSince: now, ...known } };
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

/** A cause has a limit, and so has what an execution passes on (32,768 characters, Step Functions API, Cause). */
function over({ outcome, reason, output }: Pick<DirectorResult, 'outcome' | 'reason' | 'output'>): DirectorResult {
  const short = reason.slice(0, 8000);
  return { ...ANSWER, done: true, outcome, reason: short, output: { reason: short, ...output } };
}
