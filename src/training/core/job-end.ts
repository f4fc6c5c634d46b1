import { withoutNoise } from '../../compilation/core/failure-text';
import { LOG_GROUP } from '../contract';
import { outcomeOf, type EndedJob, type JobOutcome } from './outcome';
import { clip } from './text';
import type { RungConfig } from './types';

/** The part of DescribeTrainingJob that a run uses. */
export interface DescribedJob extends EndedJob {
  readonly TrainingStartTime?: Date;
  readonly TrainingEndTime?: Date;
  readonly CreationTime?: Date;
  readonly TrainingTimeInSeconds?: number;
  readonly BillableTimeInSeconds?: number;
  readonly ModelArtifacts?: { readonly S3ModelArtifacts?: string };
  readonly Environment?: Readonly<Record<string, string>>;
  readonly ResourceConfig?: { readonly InstanceType?: string; readonly InstanceCount?: number; readonly SelectedInstanceType?: string; readonly SelectedInstanceCount?: number };
  readonly FinalMetricDataList?: readonly { readonly MetricName?: string; readonly Value?: number }[];
}

/** Lines of a log in a reason: a traceback with what comes before it. */
const MOST_LINES = 12;

/** What became of a job, in words and numbers. */
export interface JobEnd {
  readonly outcome: JobOutcome;
  readonly reason: string;
  /** Seconds between the request and the start, and of the run itself; none when it never started. */
  readonly waited?: number;
  readonly ran?: number;
  /** Seconds of an instance that are billed: all instances together. */
  readonly billable: number;
  /** USD, where the price of the instances is known. */
  readonly cost?: number;
}

/** Reads the description of a job that has ended; `lines` are the last ones of its log. */
export function jobEnd(name: string, job: DescribedJob, rung: RungConfig, lines: readonly string[]): JobEnd {
  const outcome = outcomeOf(job);
  const config = job.ResourceConfig ?? {};
  const instances = config.SelectedInstanceCount ?? config.InstanceCount ?? rung.instanceCount;
  const type = config.SelectedInstanceType ?? config.InstanceType;
  const billable = (job.BillableTimeInSeconds ?? 0) * instances;
  const seconds = (from?: Date, to?: Date) => from === undefined || from === null || to === undefined || to === null ? undefined : Math.max(0, (to.getTime() - from.getTime()) / 1000);
  const ran = job.TrainingTimeInSeconds ?? seconds(job.TrainingStartTime, job.TrainingEndTime);
  return {
    outcome,
    reason: reasonOf(name, outcome, job, lines),
    waited: seconds(job.CreationTime, job.TrainingStartTime),
    ran,
    billable,
    // An alternative type, and a group of another type, have prices of their own, which nobody told.
    cost: rung.hourlyPrice === undefined || type !== rung.instanceType ? undefined : billable * rung.hourlyPrice / 3600,
  };
}

function reasonOf(name: string, outcome: JobOutcome, job: DescribedJob, lines: readonly string[]): string {
  const said = job.FailureReason?.trim() ?? '';
  // All of them: of a script of anybody's, any line may be the one that says why.
  const log = withoutNoise(lines).slice(-MOST_LINES);
  const where = `(log group ${LOG_GROUP}, streams ${name}/)`;
  switch (outcome) {
    case 'completed': return `job ${name} is complete`;
    case 'capacity': return `job ${name} got no instances: ${said || 'it was stopped before it started'}`;
    case 'spotInterrupted': return `job ${name} had no spot instances until its wait was over`;
    case 'timedOut': return `job ${name} ran as long as it may (MaxRuntimeInSeconds)`;
    case 'stopped': return `job ${name} was stopped by somebody: not by its run, and not for its time`;
    case 'internalError': return `job ${name} failed by an error of the service: ${said}`;
    case 'userError': return clip([`job ${name} failed: ${said || 'no reason given'} ${where}`, ...log].join('\n'));
  }
}
