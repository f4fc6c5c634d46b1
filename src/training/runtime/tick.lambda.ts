import { createHash } from 'node:crypto';
import { lastLines } from '../../compilation/runtime/record.client';
import { errorOf, EVENTS, LOG_GROUP, METRICS, OWNER, THROUGHPUT } from '../contract';
import { earlierExecution, execution, failed, type Execution } from './executions.client';
import { copy, isThere, put } from './objects.client';
import { createJob, describeJob, registerModel, stopJob } from './sagemaker.client';
import { publish, tell } from './tell.client';
import { runbookUrl } from '../../private/problems';
import { jobEnd, type DescribedJob, type JobEnd } from '../core/job-end';
import { jobName, ownerOf, runPrefix, type RunIdentity } from '../core/job-name';
import { adopted, begin, compiled, current, end, ended, made, newRun, nextPurpose, refused, revived, withoutName } from '../core/ladder';
import { isRunning, refusalOf } from '../core/outcome';
import { untilNextLook } from '../core/pace';
import { markerOf, purposeOf, requestOf, requestProblem } from '../core/request';
import { parseRunInput } from '../core/run-input';
import type { Attempt, RunInput, TrainedModel, TrainingConfig, TrainingState } from '../core/types';

/** What the state machine tells at each tick. */
export interface TickEvent {
  readonly config: TrainingConfig;
  /** `$$.Execution.Id` and `$$.StateMachine.Id`. */
  readonly arn: string;
  readonly machine: string;
  readonly input: unknown;
  /** What the tick before answered; null at first. */
  readonly state: TrainingState | null;
  /** Time of the state, ISO 8601. */
  readonly now: string;
}

/** A run that ended badly: its execution is to fail, unless a person has redriven it. */
export interface FailEvent {
  readonly ending: true;
  readonly arn: string;
  readonly state: TrainingState;
  readonly now: string;
}

export interface TickResult {
  readonly state: TrainingState;
  /** Seconds until the next tick. */
  readonly wait: number;
  readonly done: boolean;
  readonly outcome: string;
  readonly output: RunOutput;
}

/** What a run leaves for whoever comes after it. */
export interface RunOutput {
  readonly outcome: string;
  readonly reason: string;
  readonly job?: string;
  readonly rung?: string;
  readonly model: TrainedModel | Record<string, never>;
}

/** The number in a job's name has three digits. */
const MOST_JOBS = 1000;
/** CustomerMetadataProperties of a model package take these alone (SageMaker API, CustomerMetadataValue). */
const METADATA = /[^\p{L}\p{N} _.:/=+\-@]/gu;
/** Between a name in the state and the request for it, and between one job and the next. */
const AT_ONCE = 1;
/** Rights of roles that were made a moment ago take so long to be everywhere. */
const NEW_ROLE_SECONDS = 120;
const NEW_ROLE_WAIT = 15;

/** What the SDK throws. */
type ServiceError = Error & { readonly $metadata?: { readonly httpStatusCode?: number } };

/** A run with what is needed to act for it. */
interface Run {
  readonly config: TrainingConfig;
  readonly identity: RunIdentity;
  readonly input: RunInput;
  readonly now: number;
}

/**
 * One tick of a training: asks for a job, looks at it, decides what comes next. Everything but the calls is in `core/`. A tick may be made again: the name of a job
 * is in the state before it is asked for, and names are given once.
 */
export async function handler(event: TickEvent | FailEvent): Promise<TickResult> {
  if ('ending' in event) return fail(event);
  const { arn, machine } = event;
  // Empty objects may be left out on the way.
  const config: TrainingConfig = { ...event.config, inputs: event.config.inputs ?? {} };
  const now = Math.floor(Date.parse(event.now) / 1000);

  const parsed = parseRunInput(config, event.input);
  const input = 'input' in parsed ? parsed.input : {};
  const run: Run = { config, identity: { arn, machine, runId: input.runId }, input, now };
  const before = event.state ?? newRun(now);
  const state = { ...before, ticks: before.ticks + 1 };
  // A run that has not asked for anything yet, or that was redriven.
  if (state.attempts.length === state.countFrom) {
    const refusal = 'problems' in parsed ? end(state, 'userError', parsed.problems.join('; ')) : await givesWay(run, state);
    if (refusal !== undefined) return answer(run, await told(run, refusal));
  }
  if (event.state === null) {
    if (config.code !== undefined && !await isThere(config.code.to.bucket, config.code.to.key)) await copy(config.code.from, config.code.to);
    await tell(config.eventBus, { type: EVENTS.started, detail: { training: config.training, execution: arn, rungs: config.rungs.map(({ name }) => name) } });
  }
  const after = await step(run, state);
  // A redrive that brought a tick here says nothing about what comes of the end that it found.
  const looked = after.outcome === undefined || after.outcome === 'completed' ? after : { ...after, redrives: (await execution(arn)).redrives };
  return answer(run, looked);
}

async function step(run: Run, state: TrainingState): Promise<TrainingState> {
  const attempt = current(state);
  if (state.notBefore !== undefined && state.notBefore > run.now) return state;
  if (attempt === undefined) return next(run, state);
  return attempt.made === true ? look(run, state, attempt) : ask(run, state, attempt);
}

/** Whether another run is going on. */
async function givesWay({ config, identity }: Run, state: TrainingState): Promise<TrainingState | undefined> {
  if (config.overlap) return undefined;
  const other = await earlierExecution(identity.machine, identity.arn);
  return other === undefined ? undefined : end(state, 'skipped', `${other} is still training: this run was not begun`);
}

/** Gives the next job its name; the request comes with the next tick. */
async function next(run: Run, state: TrainingState): Promise<TrainingState> {
  const { config, identity, now } = run;
  if (nextPurpose(config, state) === 'compile') {
    const precompile = config.rungs[state.rung].precompile!;
    if (await isThere(precompile.bucket, markerOf(precompile, run.input))) return compiled(state);
  }
  if (state.made >= MOST_JOBS) return told(run, end(state, 'userError', `a run makes at most ${MOST_JOBS} jobs: start a new one`));
  return begin(config, state, jobName(config.prefix, identity, state.made), now);
}

async function ask(run: Run, state: TrainingState, attempt: Attempt): Promise<TrainingState> {
  const { config, identity, now } = run;
  const request = requestOf(config, attempt, { owner: ownerOf(identity), run: runPrefix(config.prefix, identity), input: run.input });
  const problem = requestProblem(request);
  if (problem !== undefined) return told(run, refused(config, state, 'userError', problem, now));
  try {
    await createJob(request);
  } catch (error) {
    return notMade(run, state, attempt, error as ServiceError);
  }
  const { redrives } = await unlessOrphaned(run, attempt);
  // A redrive from before the job says nothing about who stops it.
  return { ...made(state), redrives };
}

async function notMade(run: Run, state: TrainingState, attempt: Attempt, error: ServiceError): Promise<TrainingState> {
  const { config, now } = run;
  const refusal = refusalOf({ name: error.name, message: error.message, status: error.$metadata?.httpStatusCode });
  // Step Functions tries the tick again.
  if (refusal === 'retry') throw error;
  if (refusal === 'exists') return taken(run, state, attempt);
  if (isNewRole(error) && now - state.since < NEW_ROLE_SECONDS) return { ...state, notBefore: now + NEW_ROLE_WAIT };
  const reason = `${error.name}: ${error.message}`;
  // A wait for a quota is told of once.
  if (state.quotaSince === undefined) await tell(config.eventBus, { type: EVENTS.jobEnded, detail: about(run, state, attempt, { outcome: refusal, reason }) });
  return told(run, refused(config, state, refusal, reason, now));
}

/** There is a job of this name: of this tick, made before; of another execution with the same run id, which made it or failed at it. */
async function taken(run: Run, state: TrainingState, attempt: Attempt): Promise<TrainingState> {
  const { config, identity, now } = run;
  const job = await describeJob(attempt.job);
  const owner = job.Environment?.[OWNER];
  if (owner === ownerOf(identity)) {
    await unlessOrphaned(run, attempt);
    return made(state);
  }
  const other = owner?.split('#')[0];
  if (other !== undefined && await failed(other)) {
    // Somebody repeats a run that trained a model and failed afterwards: what is trained is not trained again.
    if (attempt.purpose === 'train' && purposeOf(job) === 'train' && job.TrainingJobStatus === 'Completed') return adopted(config, state, job.ResourceConfig?.InstanceType);
    // One that came to nothing goes on from its checkpoints, with names that are not taken.
    return withoutName(state);
  }
  const message = `run ${identity.runId} was made before: job ${attempt.job} is of ${other ?? 'somebody else'}; to train again, leave runId out of the input or give another`;
  return told(run, end(refused(config, state, 'userError', message, now), 'skipped', message));
}

/** A job that was made for an execution that has ended meanwhile is found by nobody: who stops what is left over may have looked before it was there. */
async function unlessOrphaned(run: Run, attempt: Attempt): Promise<Execution> {
  const found = await execution(run.identity.arn);
  if (!found.running) await stopJob(attempt.job);
  return found;
}

async function look(run: Run, state: TrainingState, attempt: Attempt): Promise<TrainingState> {
  const { config, now } = run;
  const job = await describedOrDeleted(attempt.job);
  if (isRunning(job.TrainingJobStatus)) return state;
  const rung = config.rungs[attempt.rung];
  const lines = job.FailureReason === undefined ? [] : await logOf(attempt.job);
  const found = jobEnd(attempt.job, job, rung, lines);
  // The one who redrove the execution of a run that was called off wants it to go on: its job was stopped, perhaps before it had instances.
  const { redrives } = found.outcome === 'stopped' || (found.outcome === 'capacity' && job.TrainingJobStatus === 'Stopped') ? await execution(run.identity.arn) : state;
  const calledOff = redrives > state.redrives;
  const what: JobEnd = calledOff ? { ...found, outcome: 'stopped' } : found;
  if (what.outcome === 'completed' && attempt.purpose === 'compile') await put(rung.precompile!.bucket, markerOf(rung.precompile!, run.input), { job: attempt.job });
  const model = what.outcome === 'completed' && attempt.purpose === 'train' ? await registered(run, attempt, job) : undefined;
  const after = ended(config, counted(state, what), what.outcome, what.reason, now);
  await tell(config.eventBus, { type: EVENTS.jobEnded, detail: about(run, state, attempt, { ...what }) });
  if (calledOff) return revived(after, redrives, now);
  return told(run, model === undefined ? after : { ...after, model }, { job, what });
}

/** Somebody may delete a job that was stopped; nothing more is known of it then. */
async function describedOrDeleted(job: string): Promise<DescribedJob> {
  try {
    return await describeJob(job);
  } catch (error) {
    if (/not found/i.test((error as Error).message)) return { TrainingJobStatus: 'Deleting' };
    throw error;
  }
}

async function registered({ config, identity }: Run, attempt: Attempt, job: DescribedJob): Promise<TrainedModel> {
  const model: TrainedModel = { uri: job.ModelArtifacts?.S3ModelArtifacts ?? '', revision: attempt.job, modelPackageArn: null };
  if (config.registration === undefined) return model;
  const token = createHash('sha256').update(attempt.job).digest('hex').slice(0, 36);
  const { name } = config.rungs[attempt.rung];
  const modelPackageArn = await registerModel(config.registration, model, token, { training: config.training, job: attempt.job, rung: name, execution: identity.arn.replace(METADATA, '_').slice(-256) });
  return { ...model, modelPackageArn };
}

async function logOf(job: string): Promise<string[]> {
  try {
    return await lastLines(LOG_GROUP, job);
  } catch (error) {
    // A reason without the log is better than none.
    return [`(the log could not be read: ${(error as Error).name})`];
  }
}

function counted(state: TrainingState, { billable, cost }: JobEnd): TrainingState {
  const unpriced = state.unpriced === true || (cost === undefined && billable > 0);
  return { ...state, billable: state.billable + billable, unpriced, cost: unpriced ? undefined : (state.cost ?? 0) + (cost ?? 0) };
}

function about({ config, identity }: Run, state: TrainingState, attempt: Attempt, what: object): Record<string, unknown> {
  const { name, instanceType } = config.rungs[attempt.rung];
  return { training: config.training, execution: identity.arn, job: attempt.job, rung: name, instanceType, purpose: attempt.purpose, attempt: state.attempts.length, ...what };
}

/** Metrics and event of a run that has come to its end; any other goes on as it is. */
async function told(run: Run, state: TrainingState, last?: { readonly job: DescribedJob; readonly what: JobEnd }): Promise<TrainingState> {
  const { config, identity, now } = run;
  if (state.outcome === undefined) return state;
  const completed = state.outcome === 'completed';
  const skipped = state.outcome === 'skipped';
  publish(config.training, {
    [METRICS.completed]: completed ? 1 : 0,
    [METRICS.failed]: completed || skipped ? 0 : 1,
    [METRICS.skipped]: skipped ? 1 : 0,
    ...skipped ? {} : { [METRICS.billable]: state.billable, [METRICS.cost]: state.cost, [METRICS.attempts]: state.attempts.length },
    ...completed && last !== undefined ? {
      [METRICS.duration]: last.what.ran,
      [METRICS.waiting]: last.what.waited,
      [METRICS.rung]: state.rung,
      [METRICS.tokensPerSecond]: last.job.FinalMetricDataList?.find(({ MetricName: name }) => name === THROUGHPUT)?.Value,
    } : {},
  });
  await tell(config.eventBus, {
    type: EVENTS.ended,
    detail: {
      training: config.training, execution: identity.arn, seconds: now - state.startedAt, billable: state.billable, cost: state.cost, ...outputOf(config, state), ...completed ? {} : { runbook: runbookUrl('training-failed') },
    },
  });
  return state;
}

function outputOf(config: TrainingConfig, state: TrainingState): RunOutput {
  const last = state.attempts[state.attempts.length - 1];
  return {
    outcome: state.outcome ?? 'running',
    reason: state.reason ?? '',
    ...last === undefined ? {} : { job: last.job, rung: config.rungs[last.rung].name },
    // A path into nothing ends an execution, so there is always an object.
    model: state.model ?? {},
  };
}

function answer({ config, now }: Run, state: TrainingState): TickResult {
  const job = current(state);
  const wait = state.notBefore !== undefined && state.notBefore > now ? state.notBefore - now
    : job?.made === true ? untilNextLook(state, now) : AT_ONCE;
  return { state, wait, done: state.outcome !== undefined, outcome: state.outcome ?? 'running', output: outputOf(config, state) };
}

/**
 * Fails the execution by throwing: a Fail state that is redriven fails again, a task is made again, and then this finds out that somebody wants the run to go on.
 */
async function fail({ arn, state, now }: FailEvent): Promise<TickResult> {
  const { redrives } = await execution(arn);
  if (redrives > state.redrives) {
    return { state: revived(state, redrives, Math.floor(Date.parse(now) / 1000)), wait: AT_ONCE, done: false, outcome: 'running', output: { outcome: 'running', reason: '', model: {} } };
  }
  const error = new Error(`${state.reason} See ${runbookUrl('training-failed')}`);
  error.name = errorOf(state.outcome!);
  throw error;
}

/** What roles that were just made are refused with. */
function isNewRole({ name, message }: Error): boolean {
  return name.startsWith('AccessDenied') || /could not assume role|unable to assume role|is not authorized to perform/i.test(message);
}
