/** How a training job ended. What a run does about it is decided in `ladder.ts`. */
export type JobOutcome =
  | 'completed'
  /** No instances of this type: another type, or later. */
  | 'capacity'
  /** Spot instances were not there, or taken away, until the time was over. */
  | 'spotInterrupted'
  /** It ran as long as it may. */
  | 'timedOut'
  /** Somebody stopped it. */
  | 'stopped'
  /** The script, its data or the request. */
  | 'userError'
  /** The service. */
  | 'internalError';

/** The part of DescribeTrainingJob that tells how a job ended. */
export interface EndedJob {
  readonly TrainingJobStatus?: string;
  readonly SecondaryStatus?: string;
  readonly FailureReason?: string;
  readonly TrainingStartTime?: unknown;
  readonly EnableManagedSpotTraining?: boolean;
}

const CAPACITY = /^CapacityError|InsufficientCapacity|Unable to provision requested ML compute capacity/i;
/** What a script says of itself may have any words in it. */
const SCRIPT = /^(AlgorithmError|ClientError)/;

/** Whether a status is one that a job leaves again. */
export function isRunning(status: string | undefined): boolean {
  return status === 'InProgress' || status === 'Stopping';
}

/**
 * By status, secondary status and start time together: `Stopped` is no success, and a job that was never given instances ends as `Stopped` too
 * (AWS Batch user guide on SageMaker jobs without capacity, apache/airflow#42423; looked up 2026-11-23).
 */
export function outcomeOf(job: EndedJob): JobOutcome {
  const { TrainingJobStatus: status, SecondaryStatus: secondary, FailureReason: reason = '' } = job;
  if (status === 'Completed') return 'completed';
  if (status === 'Stopped') {
    if (secondary === 'MaxWaitTimeExceeded') return 'spotInterrupted';
    if (secondary === 'MaxRuntimeExceeded') return 'timedOut';
    return job.TrainingStartTime === undefined || job.TrainingStartTime === null ? 'capacity' : 'stopped';
  }
  // Somebody deletes it while we look.
  if (status === 'Deleting') return 'stopped';
  if (!SCRIPT.test(reason) && CAPACITY.test(reason)) return 'capacity';
  if (/^InternalServerError/i.test(reason)) return 'internalError';
  return 'userError';
}

/** The part of an error of CreateTrainingJob that tells why there is no job. */
export interface RefusedJob {
  readonly name: string;
  readonly message: string;
  /** HTTP status; none when there was no answer. */
  readonly status?: number;
}

/** What a refused request means; `retry`: nothing is wrong with it. `exists`: there is a job of this name. */
export type Refusal = 'quota' | 'unavailable' | 'exists' | 'retry' | 'userError';

/**
 * By the errors that CreateTrainingJob gives (API reference, and messages in public issues). Only an answer that says what is wrong with the request is taken for that: who got no
 * answer does not know whether there is a job.
 */
export function refusalOf({ name, message, status }: RefusedJob): Refusal {
  if (name === 'ResourceInUse' || /already exists|name already/i.test(message)) return 'exists';
  if (name === 'ResourceLimitExceeded') return 'quota';
  if (/is not (available|supported) in this region/i.test(message)) return 'unavailable';
  if (status === undefined || status < 400 || status === 408 || status === 429 || status >= 500) return 'retry';
  if (/^(Throttling|TooManyRequests|RequestTimeout|ExpiredToken|RequestExpired|ServiceUnavailable|InternalFailure|InternalServer)/.test(name) || /Rate exceeded/i.test(message)) return 'retry';
  return 'userError';
}
