import { DescribeProcessingJobCommand, DescribeTrainingJobCommand, SageMakerClient, StopProcessingJobCommand, StopTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { OWNER, type JobKind } from '../contract';

/** A job as far as it matters to whoever wants to stop it. */
export interface JobState {
  readonly status: string;
  /** The execution that made it. */
  readonly owner?: string;
}

const sagemaker = new SageMakerClient({});
const sfn = new SFNClient({});

export async function startExecution(stateMachineArn: string, name: string, input: object): Promise<string> {
  try {
    // The same name with the same input is the same execution while it runs: an event that comes twice starts one.
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    return executionArn!;
  } catch (error) {
    if ((error as Error).name !== 'ExecutionAlreadyExists') throw error;
    // The event came again after the end; the name is made of the handle, so it is the same one.
    return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }
}

/** Ends an execution; one that has ended or is gone already stays as it is. */
export async function stopExecution(executionArn: string): Promise<void> {
  try {
    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Deleted', cause: 'the stack or the compilation was deleted' }));
  } catch (error) {
    if (!['ExecutionDoesNotExist', 'ValidationException'].includes((error as Error).name)) throw error;
  }
}

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

/** Both kinds say in words what they do not find; ResourceNotFound is what their models list. */
function isMissing(error: Error): boolean {
  return error.name === 'ResourceNotFound' || (error.name === 'ValidationException' && /could not find|not found/i.test(error.message));
}
