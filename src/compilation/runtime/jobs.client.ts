import {
  DescribeProcessingJobCommand, DescribeTrainingJobCommand, ListProcessingJobsCommand, ListTrainingJobsCommand, SageMakerClient, StopProcessingJobCommand, StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { OWNER, type JobKind } from '../contract';

/** A job as far as it matters to whoever wants to stop it. */
export interface JobState {
  readonly status: string;
  /** The execution that made it. */
  readonly owner?: string;
}

const sagemaker = new SageMakerClient({});

/** The job of that name; undefined when there is none. */
export async function describeJob(kind: JobKind, name: string): Promise<JobState | undefined> {
  try {
    if (kind === 'processing') {
      const job = await sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));
      return { status: job.ProcessingJobStatus!, owner: job.Environment?.[OWNER] };
    }
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    return { status: job.TrainingJobStatus!, owner: job.Environment?.[OWNER] };
  } catch (error) {
    if (isMissing(error as Error)) return undefined;
    throw error;
  }
}

/** Stops a job; one that has ended meanwhile stays as it is. */
export async function stopJob(kind: JobKind, name: string): Promise<void> {
  try {
    await (kind === 'processing' ? sagemaker.send(new StopProcessingJobCommand({ ProcessingJobName: name })) : sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name })));
  } catch (error) {
    if ((error as Error).name !== 'ValidationException' && !isMissing(error as Error)) throw error;
  }
}

/** Names of the jobs in progress whose names begin so, and that were made before some moment. */
export async function runningJobs(kind: JobKind, beginning: string, before: Date | undefined): Promise<string[]> {
  const found: (string | undefined)[] = [];
  let token: string | undefined;
  do {
    // Without MaxResults: beside a status, ListTrainingJobs takes a page first and filters it then.
    const asked = { NameContains: beginning, StatusEquals: 'InProgress', CreationTimeBefore: before, NextToken: token } as const;
    if (kind === 'processing') {
      const { ProcessingJobSummaries: jobs = [], NextToken: next } = await sagemaker.send(new ListProcessingJobsCommand(asked));
      found.push(...jobs.map((job) => job.ProcessingJobName));
      token = next;
    } else {
      const { TrainingJobSummaries: jobs = [], NextToken: next } = await sagemaker.send(new ListTrainingJobsCommand(asked));
      found.push(...jobs.map((job) => job.TrainingJobName));
      token = next;
    }
  } while (token !== undefined);
  // The service looks for it anywhere in a name.
  return found.filter((name) => name?.startsWith(beginning) === true) as string[];
}

/** Both kinds say in words what they do not find; ResourceNotFound is what their models list. */
function isMissing(error: Error): boolean {
  return error.name === 'ResourceNotFound' || (error.name === 'ValidationException' && /could not find|not found/i.test(error.message));
}
