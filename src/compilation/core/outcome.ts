import { clipFront, MAX_REASON, saidBy } from './failure-text';
import { LOG_GROUPS, type JobKind, type RecordEvent } from '../contract';

/** What a job says of itself, in one form for both kinds. */
export interface JobFacts {
  readonly status?: string;
  readonly failureReason?: string;
  /** What the compile script wrote for the reader of the failure. */
  readonly message?: string;
  /** Run time of the job in seconds, without the wait for its host. */
  readonly seconds?: number;
  readonly maxRuntimeExceeded: boolean;
}

/** Reads the answer of DescribeProcessingJob or DescribeTrainingJob. */
export function factsOf(kind: JobKind, described: Record<string, unknown>): JobFacts {
  const text = (name: string): string | undefined => {
    const value = described[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const [status, started, ended] = kind === 'processing'
    ? ['ProcessingJobStatus', 'ProcessingStartTime', 'ProcessingEndTime']
    : ['TrainingJobStatus', 'TrainingStartTime', 'TrainingEndTime'];
  const seconds = (Date.parse(text(ended) ?? '') - Date.parse(text(started) ?? '')) / 1000;
  const given = text('FailureReason');
  return {
    status: text(status),
    failureReason: given,
    // A training job has the text of its failure file in FailureReason, behind the class of the error.
    message: kind === 'processing' ? text('ExitMessage') : undefined,
    seconds: Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined,
    maxRuntimeExceeded: text('SecondaryStatus') === 'MaxRuntimeExceeded' || /max(imum)?\s*runtime/i.test(given ?? ''),
  };
}

export interface Failure {
  readonly kind: JobKind;
  readonly name?: string;
  readonly job: JobFacts;
  readonly lines: readonly string[];
  readonly state: RecordEvent['state'];
}

/** Why a compilation failed: what happened, the last lines, where to read on. */
export function failureReason({ kind, name, job, lines, state }: Failure): string {
  const where = name === undefined ? '' : ` (${kind} job ${name})`;
  const thrown = state.error ?? (job.status === undefined ? state.job?.error : undefined);
  if (thrown !== undefined) return clipFront(`${thrown.Error ?? 'error'}: ${thrown.Cause === undefined ? 'no cause given' : saidBy(thrown.Cause)}${where}`);
  if (state.reason !== undefined) return `${state.reason}${where}`;
  if (job.status === 'Stopped') {
    return job.maxRuntimeExceeded
      ? `the compile job ran longer than it may, raise maxRuntime of the job${where}`
      : `the compile job was stopped${where}`;
  }
  const told = [job.message, ...lines].filter((one) => one !== undefined).join('\n');
  const head = `the compile job failed${where}: ${clipFront(job.failureReason ?? 'no reason given', MAX_REASON / 2)}`;
  const tail = name === undefined ? '' : `\n(log group ${LOG_GROUPS[kind]}, streams ${name}/)`;
  // Both ends are kept: what happened to which job, and the last that was said.
  return told === '' ? `${head}${tail}` : `${head}\n${clipFront(told, MAX_REASON - head.length - tail.length - 1)}${tail}`;
}
