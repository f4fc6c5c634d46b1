import {
  CreateModelPackageCommand, CreateTrainingJobCommand, DescribeTrainingJobCommand, ListTrainingJobsCommand, SageMakerClient, StopTrainingJobCommand,
  type CreateTrainingJobCommandInput, type ModelApprovalStatus,
} from '@aws-sdk/client-sagemaker';
import type { DescribedJob } from '../core/job-end';
import type { RegistrationConfig, TrainedModel } from '../core/types';

const client = new SageMakerClient({});
const PATIENCE_MS = 20_000;
const patience = () => ({ abortSignal: AbortSignal.timeout(PATIENCE_MS) });

/**
 * The SDK of the Lambda runtime is months old, and leaves out members of a request that it does not know. Requests of this protocol are their input as JSON, so that
 * is what is sent.
 */
client.middlewareStack.add((next) => async (args) => {
  (args.request as { body?: string }).body = JSON.stringify(args.input);
  return next(args);
}, { step: 'build', priority: 'high', name: 'inputAsItIs' });

/** Asks for a job; throws what the service says. */
export async function createJob(request: object): Promise<void> {
  await client.send(new CreateTrainingJobCommand(request as CreateTrainingJobCommandInput), patience());
}

export async function describeJob(name: string): Promise<DescribedJob> {
  return client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }), patience());
}

/** Stops a job; one that has ended meanwhile stays as it is. Whether there was something to stop. */
export async function stopJob(name: string): Promise<boolean> {
  try {
    await client.send(new StopTrainingJobCommand({ TrainingJobName: name }), patience());
    return true;
  } catch (error) {
    if (['ValidationException', 'ResourceNotFound'].includes((error as Error).name)) return false;
    throw error;
  }
}

/** Names of the jobs in progress whose names begin so. */
export async function runningJobs(prefix: string): Promise<string[]> {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListTrainingJobsCommand({ NameContains: prefix, StatusEquals: 'InProgress', NextToken: token }), patience());
    found.push(...(page.TrainingJobSummaries ?? []).map(({ TrainingJobName: name }) => name!).filter((name) => name.startsWith(prefix)));
    token = page.NextToken;
  } while (token !== undefined);
  return found;
}

/** Registers a model as the next version of a group; the token makes it one version, however often it is asked for. */
export async function registerModel(to: RegistrationConfig, model: TrainedModel, token: string, about: Record<string, string>): Promise<string> {
  const { ModelPackageArn: arn } = await client.send(new CreateModelPackageCommand({
    ModelPackageGroupName: to.group,
    ModelApprovalStatus: to.approval as ModelApprovalStatus,
    InferenceSpecification: {
      Containers: [{
        Image: to.image,
        ...model.uri.endsWith('/') ? { ModelDataSource: { S3DataSource: { S3Uri: model.uri, S3DataType: 'S3Prefix', CompressionType: 'None' } } } : { ModelDataUrl: model.uri },
        ...Object.keys(to.environment ?? {}).length === 0 ? {} : { Environment: { ...to.environment } },
      }],
      SupportedContentTypes: [...to.contentTypes],
      SupportedResponseMIMETypes: [...to.responseTypes],
    },
    CustomerMetadataProperties: about,
    ClientToken: token,
  }), patience());
  return arn!;
}
