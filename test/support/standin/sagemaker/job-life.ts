import type { SecondaryStatus } from '@aws-sdk/client-sagemaker';
import { availableFleets } from './job-capacity';
import { EMPTY_ARCHIVE, type Interruption, type JobResult, type JobRun } from './job-program';
import { JobRole } from './job-role';
import { keepPool, takePool } from './warm-pools';
import { andThen, guarded, inOrder, type Eventually } from '../eventually';
import { below, parseS3Uri } from '../objects';
import type { CallContext } from '../service';
import type { JobOutput, JobRecord, RegionState } from '../state';

/** Seen in rse-grand-challenge issue 2631 and sagemaker-pytorch-training-toolkit issue 171. */
export const NO_CAPACITY = 'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.';

const LOG_GROUPS = { processing: '/aws/sagemaker/ProcessingJobs', training: '/aws/sagemaker/TrainingJobs' };
const MOST_CHARACTERS = 1024;
/** A job that takes over the instances of another needs this share of the usual time to start: ours. */
const WARM_START = 0.1;
/** Seconds of spot instances that an interruption makes free (developer guide, model-managed-spot-training, 2026). */
const FREE_WHEN_INTERRUPTED = 3600;

/** Texts of the statuses as the API's documentation has them (SecondaryStatusTransition, botocore 1.44.5). */
const MESSAGES: Partial<Record<SecondaryStatus, string>> = {
  Starting: 'Starting the training job.',
  Pending: 'Insufficient capacity error from EC2 while launching instances, retrying!',
  Downloading: 'Downloading input data',
  Training: 'Training in progress.',
  Uploading: 'Uploading generated training model',
  Interrupted: 'Training job interrupted',
};

/** The words for a key without objects: of the refusal of CreateTrainingJob, as seen in public reports. */
export function nothingUnder(context: CallContext, uri: string, roleArn: string): string {
  const { bucket } = parseS3Uri(uri);
  return `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the selected region `
    + `(${context.region}), that objects exist under that S3 prefix, and that the role "${roleArn}" has "s3:ListBucket" permissions on bucket "${bucket}".`;
}

/** The course of one job: every step takes its time, and waits for what it reads and writes. */
export class JobLife {
  private readonly role: JobRole;
  private result?: JobResult;
  private stream = '';
  private interruptions = 0;
  /** Seconds of the container: of the work that need not be done again, and in all. */
  private done = 0;
  private ran = 0;
  /** Drops the next step. */
  private cancel: () => void;
  /** Drops the end of the time that a spot job has. */
  private cancelWait: () => void;

  constructor(private readonly context: CallContext, private readonly job: JobRecord) {
    this.role = new JobRole(context, job);
    this.cancel = () => undefined;
    this.cancelWait = () => undefined;
  }

  start(): void {
    const { context, job: { plan } } = this;
    this.enter('Starting');
    if (plan.spot) this.cancelWait = context.clock.after(plan.spot.maxWait * 1000, () => this.halt('MaxWaitTimeExceeded'));
    const { jobStarting } = context.control.durations;
    const warm = takePool(context, this.job);
    if (!warm) return this.later(jobStarting, () => this.provision());
    this.job.held = warm;
    this.later(jobStarting * WARM_START, () => this.download(warm));
  }

  /** As StopProcessingJob and StopTrainingJob do: the container gets time to end, then the job is Stopped. */
  stop(): void {
    if (this.job.status === 'InProgress') this.halt('Stopped');
  }

  abandon(): void {
    this.cancel();
    this.cancelWait();
    // What is under way outside of the clock finds it over.
    this.job.status = 'Stopped';
  }

  private provision(): void {
    const { job } = this;
    const told = /^(CapacityError|InsufficientCapacity)/.test(job.fault?.reason ?? '') ? job.fault!.reason : undefined;
    const look = (): JobRecord['held'] => (told === undefined ? availableFleets(this.context, job) : undefined);
    const fleets = look();
    if (fleets) return this.download(fleets);
    const { maxPending, spot } = job.plan;
    const { jobPending, jobMaxPending } = this.context.control.durations;
    // It waits as long as it may, and its status stays (developer guide, "Managed Spot Training lifecycle").
    if (spot && told === undefined) return this.later(jobPending, () => this.provision());
    this.enter('Pending');
    this.later(Math.min(maxPending ?? jobPending, jobMaxPending), () => {
      const late = look();
      if (late) return this.download(late);
      // A job that was given a time to wait is stopped when that is over (AWS Batch user guide, on both ways to lack capacity), or
      // fails with InsufficientCapacityError (SageMaker developer guide, train-get-capacity): the second for a fault that says so.
      const fails = maxPending === undefined || told?.startsWith('InsufficientCapacity');
      return fails ? this.fail(told ?? NO_CAPACITY) : this.end('Stopped', 'Stopped');
    });
  }

  private download(fleets: JobRecord['held']): void {
    const { job, role, context } = this;
    job.held = fleets;
    job.started ??= context.clock.now();
    job.intervals.push({ from: context.clock.now(), counted: true });
    this.enter('Downloading');
    role.joinNetwork();
    role.attachVolume();
    role.pullImage();
    const checkpoints = job.plan.outputs.filter((output) => output.sync === 'checkpoint').map((output) => output.uri);
    this.effect(() => inOrder([...job.plan.inputs, ...checkpoints], (uri) => this.read(uri)), (found) => {
      const missing = job.plan.inputs.find((_uri, index) => found[index] === 0);
      if (missing !== undefined) return this.fail(`ClientError: Data download failed:${nothingUnder(context, missing, job.plan.roleArn)}`);
      this.later(context.control.durations.jobDownloading, () => this.run());
    });
  }

  /** Reads all objects under an address, and tells how many there are. */
  private read(uri: string): Eventually<number> {
    const { bucket, key: prefix } = parseS3Uri(uri);
    this.role.list(uri);
    return andThen(this.context.objects.list(bucket, prefix, this.context), (keys) => {
      for (const key of keys) this.role.object('s3:GetObject', bucket, key);
      return keys.length;
    });
  }

  private run(): void {
    const { job, context } = this;
    this.enter('Training');
    this.effect(() => {
      const run = jobRun(job);
      this.role.readSecrets(run);
      const told: JobResult | undefined = job.fault && { exitCode: 1, ...job.fault.job };
      // One that starts again is the same program.
      const result = this.result ?? { ...context.program(run), ...told };
      this.result = result;
      job.billableShare = result.billableShare;
      this.stream = `${job.name}/algo-1-${context.clock.now()}`;
      this.role.openLog(LOG_GROUPS[job.kind], this.stream);
      return andThen(this.print((result.log ?? []).slice(0, 1)), () => result);
    }, (result) => this.work(result));
  }

  /** Until the container ends, its time is over, or its instances are taken away. */
  private work(result: JobResult): void {
    const { job: { plan }, context } = this;
    const left = (result.seconds ?? context.control.durations.job) - this.done;
    const allowed = Math.max(0, plan.maxRuntime - this.ran);
    const interruption = plan.spot ? result.interruptions?.[this.interruptions] : undefined;
    if (interruption && interruption.after < Math.min(left, allowed)) {
      return this.later(interruption.after, () => this.interrupt(interruption, result));
    }
    const cut = allowed < left;
    this.later(cut ? allowed : left, () => (cut ? this.halt('MaxRuntimeExceeded') : this.exit(result)));
  }

  /**
   * Interrupted, Starting, Downloading, Training: developer guide, "Managed Spot Training lifecycle". What arrived in the checkpoint
   * folder is read again.
   */
  private interrupt(interruption: Interruption, result: JobResult): void {
    const { job, context } = this;
    this.interruptions += 1;
    this.ran += interruption.after;
    const checkpoints = job.plan.outputs.filter((output) => output.sync === 'checkpoint');
    if (checkpoints.length > 0) this.done += interruption.after;
    this.leaveInstances();
    const interval = job.intervals.at(-1)!;
    interval.counted = interval.to! - interval.from >= FREE_WHEN_INTERRUPTED * 1000;
    job.held = undefined;
    this.enter('Interrupted');
    const files = interruption.files ?? (result.upload === 'partial' ? Object.fromEntries(Object.entries(result.files ?? {}).slice(0, -1)) : {});
    this.effect(() => this.upload(checkpoints, { files }, false), () => this.later(interruption.for, () => {
      this.enter('Starting');
      this.later(context.control.durations.jobStarting, () => this.provision());
    }));
  }

  private exit(result: JobResult): void {
    const { job } = this;
    // The time to wait is for capacity and for running: what is uploaded now arrives.
    this.cancelWait();
    const failed = (result.exitCode ?? 0) !== 0 || job.fault?.reason !== undefined;
    job.exitMessage = result.message?.slice(0, MOST_CHARACTERS);
    const time = this.context.clock.now();
    job.metrics = Object.entries(result.metrics ?? {}).filter(([name]) => job.plan.metrics?.includes(name)).map(([name, value]) => ({ name, value, time }));
    // Whether SageMaker uploads an output at the end of a run that failed is not documented: here it does not.
    const outputs = job.plan.outputs.filter((output) => output.sync !== 'end' || !failed);
    const uploads = outputs.length > 0 || job.plan.archive !== undefined;
    const finish = (): void => (failed ? this.fail(job.fault?.reason ?? failureReason(job, result)) : this.end('Completed', 'Completed'));
    this.effect(() => this.print((result.log ?? []).slice(1)), () => {
      if (!uploads) return finish();
      this.enter('Uploading');
      this.later(this.context.control.durations.jobUploading, () => this.effect(() => this.upload(outputs, result), finish));
    });
  }

  private halt(last: 'Stopped' | 'MaxRuntimeExceeded' | 'MaxWaitTimeExceeded'): void {
    const { job, result } = this;
    this.cancel();
    this.cancelWait();
    job.status = 'Stopping';
    this.enter('Stopping');
    this.later(this.context.control.durations.jobStopping, () => {
      // Of a run that was cut off there is only what arrived while it ran.
      const outputs = result?.upload === 'partial' ? job.plan.outputs.filter((output) => output.sync !== 'end') : [];
      this.effect(() => (result ? this.upload(outputs, result) : undefined), () => this.end('Stopped', last));
    });
  }

  private upload(outputs: readonly JobOutput[], result: JobResult, ends = true): Eventually<void> {
    const { job, role, context: { objects } } = this;
    const all = Object.entries(result.files ?? {});
    const files = result.upload === 'partial' ? all.slice(0, -1) : all;
    const puts = files.flatMap(([path, body]) => {
      const [name, rest] = path.split(/:(.*)/s);
      const named = job.plan.outputs.find((output) => rest !== undefined && output.name === name);
      const output = named ?? job.plan.outputs[0];
      return output !== undefined && outputs.includes(output) ? [{ uri: output.uri, path: named ? rest : path, body }] : [];
    });
    if (ends && job.plan.archive !== undefined) puts.push({ uri: job.plan.archive, path: '', body: EMPTY_ARCHIVE });
    const removals = outputs.filter((output) => output.sync === 'checkpoint').flatMap(({ uri }) => (result.deletes ?? []).map((path) => ({ uri, path })));
    return andThen(
      inOrder(puts, ({ uri, path, body }) => {
        const { bucket, key: folder } = parseS3Uri(uri);
        const key = path === '' ? folder : below(folder, path);
        role.object('s3:PutObject', bucket, key);
        return objects.put(bucket, key, body, this.context);
      }),
      () => andThen(inOrder(removals, ({ uri, path }) => {
        const { bucket, key: folder } = parseS3Uri(uri);
        role.object('s3:DeleteObject', bucket, below(folder, path));
        return objects.delete(bucket, below(folder, path), this.context);
      }), () => undefined),
    );
  }

  private print(lines: string[]): Eventually<void> {
    return this.context.logs.append(LOG_GROUPS[this.job.kind], this.stream, lines, this.context.clock.now(), this.context);
  }

  private fail(reason: string): void {
    this.job.failureReason = reason.slice(0, MOST_CHARACTERS);
    this.end('Failed', 'Failed');
  }

  private end(status: JobRecord['status'], last: SecondaryStatus): void {
    const { job } = this;
    job.status = status;
    job.ended = this.context.clock.now();
    this.cancelWait();
    this.enter(last);
    const ran = this.leaveInstances();
    // "Keeps after success, stop, client or algorithm error" (developer guide, train-warm-pools).
    if (ran && job.plan.keepAlive !== undefined && !job.failureReason?.startsWith('InternalServerError')) keepPool(this.context, job);
  }

  /** Whether it had any. */
  private leaveInstances(): boolean {
    const interval = this.job.intervals.at(-1);
    if (!interval || interval.to !== undefined) return false;
    interval.to = this.context.clock.now();
    this.role.leaveNetwork();
    return true;
  }

  private enter(status: SecondaryStatus): void {
    const now = this.context.clock.now();
    const { job } = this;
    const before = job.transitions.at(-1);
    if (before) before.ended = now;
    job.transitions.push({ status, started: now, ...job.ended !== undefined && { ended: now }, message: MESSAGES[status] ?? job.failureReason ?? '' });
    job.modified = now;
  }

  private later(seconds: number, action: () => void): void {
    this.cancel = this.context.clock.after(seconds * 1000, action);
  }

  /**
   * Work on the stores, and the step that waits for it. The step is left out when the job was stopped meanwhile, and the job fails
   * when a store does.
   */
  private effect<T>(work: () => Eventually<T>, next: (value: T) => void): void {
    const before = this.job.status;
    const alive = (): boolean => this.job.status === before;
    void guarded(() => andThen(work(), (value) => {
      if (alive()) next(value);
    }), (error) => {
      if (alive()) this.fail(`InternalServerError: ${error.message}`);
    });
  }
}

function jobRun(job: JobRecord): JobRun {
  const { kind, name, plan } = job;
  const request = structuredClone(job.input) as unknown as Record<string, unknown>;
  return { kind, name, request, environment: plan.environment, arguments: [...plan.arguments], attempt: Number(/-(\d+)$/.exec(name)?.[1] ?? 1) };
}

/**
 * `AlgorithmError: , exit code: 1` is what public reports of both kinds show. The text of a training job's failure file stands
 * before the code; a processing job's message goes to ExitMessage instead, with the words that the integration tests of
 * aws/sagemaker-spark-container expect here.
 */
function failureReason(job: JobRecord, { message, exitCode = 0 }: JobResult): string {
  if (message !== undefined && job.kind === 'processing') return 'AlgorithmError: See job logs for more information';
  // The code has to stay within the characters of a reason.
  const tail = `, exit code: ${exitCode}`;
  return `AlgorithmError: ${message ?? ''}`.slice(0, MOST_CHARACTERS - tail.length) + tail;
}

/** Ends the jobs of a world that is emptied. */
export function abandonJobs(state: RegionState): void {
  for (const job of [...state.processingJobs.values(), ...state.trainingJobs.values()]) {
    job.life?.abandon();
    job.pool?.cancel();
  }
}
