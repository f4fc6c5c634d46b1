import type {
  Channel, CreateTrainingJobCommandInput, DeleteTrainingJobCommandInput, DescribeTrainingJobCommandInput, ResourceConfig,
  StopTrainingJobCommandInput, StoppingCondition,
} from '@aws-sdk/client-sagemaker';
import { nothingUnder } from './job-life';
import {
  checkAddress, checkUnique, createJob, deleteJob, described, findJob, fleetsOf, jobArn, listJobs, moment, stopJob, taggingOf,
} from './job-operations';
import type { ListInput } from './lists';
import { localStorageRule } from './local-storage';
import { invalid } from '../errors';
import { below, ObjectStore, parseS3Uri } from '../objects';
import { timestamp, type CallContext, type Operation } from '../service';
import type { JobPlan } from '../state';

/** "Default 1 day, at most 28 days" (API reference, StoppingCondition). */
const USUAL_RUNTIME = 86_400;
const MOST_RUNTIME = 28 * 86_400;

function channelAddress(channel: Channel): string | undefined {
  const where = `channel ${channel.ChannelName}`;
  const { S3DataSource: s3, FileSystemDataSource: files, DatasetSource: dataset } = channel.DataSource!;
  if ([s3, files, dataset].filter((source) => source !== undefined).length !== 1) throw invalid(`Specify exactly one data source in ${where}.`);
  return s3 && checkAddress(s3.S3Uri!, `S3Uri of ${where}`);
}

/**
 * CreateTrainingJob looks whether there is something to read, with the rights of the role (public reports have the text). Objects
 * that are kept elsewhere cannot be asked at once: then the job fails when it reads them.
 */
function refuseEmpty(context: CallContext, addresses: string[], roleArn: string): void {
  if (!(context.objects instanceof ObjectStore)) return;
  for (const uri of addresses) {
    const { bucket, key } = parseS3Uri(uri);
    if (context.objects.list(bucket, key).length === 0) throw invalid(nothingUnder(context, uri, roleArn));
  }
}

function fleets(config: ResourceConfig): JobPlan['fleets'] {
  if (config.InstanceGroups) throw invalid('InstanceGroups are not known to the stand-in.');
  const found = fleetsOf(config, 'ResourceConfig');
  // Instances with NVMe disks have the size of these, whatever is given.
  const without = found.find(({ type }) => localStorageRule(type) === undefined);
  if (without && (config.VolumeSizeInGB ?? 0) < 1) throw invalid(`VolumeSizeInGB of ResourceConfig must be at least 1 for ${without.type}.`);
  return found;
}

function checkStopping(input: CreateTrainingJobCommandInput, condition: StoppingCondition): void {
  if ((condition.MaxRuntimeInSeconds ?? 0) > MOST_RUNTIME) {
    throw invalid(`MaxRuntimeInSeconds must be at most ${MOST_RUNTIME}, got ${condition.MaxRuntimeInSeconds}.`);
  }
  if (condition.MaxWaitTimeInSeconds !== undefined && input.EnableManagedSpotTraining !== true) {
    throw invalid('Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true');
  }
}

function archiveOf(input: CreateTrainingJobCommandInput): string {
  const { bucket, key } = parseS3Uri(checkAddress(input.OutputDataConfig!.S3OutputPath!, 'S3OutputPath'));
  return `s3://${bucket}/${below(key, `${input.TrainingJobName}/output/model.tar.gz`)}`;
}

function planOf(context: CallContext, input: CreateTrainingJobCommandInput): JobPlan {
  if (input.ServerlessJobConfig) throw invalid('ServerlessJobConfig is not known to the stand-in.');
  const { AlgorithmSpecification: algorithm, ResourceConfig: resources, StoppingCondition: stopping, CheckpointConfig: checkpoints } = input;
  if (!algorithm) throw invalid('AlgorithmSpecification is required.');
  if (!resources) throw invalid('ResourceConfig is required.');
  if (!stopping) throw invalid('StoppingCondition is required.');
  if ((algorithm.TrainingImage === undefined) === (algorithm.AlgorithmName === undefined)) {
    throw invalid('Specify either TrainingImage or AlgorithmName in AlgorithmSpecification.');
  }
  checkStopping(input, stopping);
  const channels = input.InputDataConfig ?? [];
  checkUnique(channels.map((channel) => channel.ChannelName), 'channel name');
  const inputs = channels.map(channelAddress).filter((uri) => uri !== undefined);
  const plan: JobPlan = {
    image: algorithm.TrainingImage,
    roleArn: input.RoleArn!,
    fleets: fleets(resources),
    inputs,
    outputs: checkpoints ? [{ name: 'checkpoints', uri: checkAddress(checkpoints.S3Uri!, 'S3Uri of CheckpointConfig'), sync: 'checkpoint' }] : [],
    archive: archiveOf(input),
    outputKey: input.OutputDataConfig!.KmsKeyId,
    volumeKey: resources.VolumeKmsKeyId,
    vpc: input.VpcConfig,
    maxRuntime: stopping.MaxRuntimeInSeconds ?? USUAL_RUNTIME,
    maxPending: stopping.MaxPendingTimeInSeconds,
    environment: input.Environment ?? {},
    arguments: algorithm.ContainerArguments ?? [],
    logMetrics: (algorithm.MetricDefinitions ?? []).length > 0,
  };
  refuseEmpty(context, inputs, plan.roleArn);
  return plan;
}

function describe(context: CallContext, name: string): object {
  const job = findJob(context, 'training', name);
  const request = described(job, 'DescribeTrainingJobResponse') as Partial<CreateTrainingJobCommandInput>;
  const selected = request.ResourceConfig!.InstancePreferences && job.fleet
    && { SelectedInstanceType: job.fleet.type, SelectedInstanceCount: job.fleet.count };
  // A job that never got its instances has no training time at all.
  const ended = job.started === undefined ? undefined : job.ended;
  // The shape has no 0.
  const seconds = ended === undefined ? undefined : Math.max(1, Math.round((ended - job.started!) / 1000));
  return {
    ...request,
    ResourceConfig: { ...request.ResourceConfig, ...selected },
    StoppingCondition: { ...request.StoppingCondition, MaxRuntimeInSeconds: job.plan.maxRuntime },
    TrainingJobArn: job.arn,
    TrainingJobStatus: job.status,
    SecondaryStatus: job.transitions.at(-1)!.status,
    SecondaryStatusTransitions: job.transitions.map((transition) => ({
      Status: transition.status, StartTime: timestamp(transition.started), EndTime: moment(transition.ended), StatusMessage: transition.message,
    })),
    ModelArtifacts: { S3ModelArtifacts: job.plan.archive },
    FailureReason: job.failureReason,
    CreationTime: timestamp(job.created),
    LastModifiedTime: timestamp(job.modified),
    TrainingStartTime: moment(job.started),
    TrainingEndTime: moment(ended),
    TrainingTimeInSeconds: seconds,
    BillableTimeInSeconds: seconds,
  };
}

const arnOf = (context: CallContext, input: { TrainingJobName?: string }): string[] => [jobArn(context, 'training', input.TrainingJobName!)];

export const TRAINING_OPERATIONS: Record<string, Operation> = {
  CreateTrainingJob: {
    run: (context, input: CreateTrainingJobCommandInput) => ({
      TrainingJobArn: createJob(context, {
        kind: 'training', operation: 'CreateTrainingJob', name: input.TrainingJobName!, input, plan: () => planOf(context, input),
      }),
    }),
    resources: arnOf,
    passedRoles: (input: CreateTrainingJobCommandInput) => [input.RoleArn!],
    alsoChecked: (context, input: CreateTrainingJobCommandInput) => taggingOf(context, 'training', input.TrainingJobName!, input.Tags),
  },
  DescribeTrainingJob: { run: (context, input: DescribeTrainingJobCommandInput) => describe(context, input.TrainingJobName!), resources: arnOf },
  StopTrainingJob: { run: (context, input: StopTrainingJobCommandInput) => stopJob(context, 'training', input.TrainingJobName!), resources: arnOf },
  DeleteTrainingJob: { run: (context, input: DeleteTrainingJobCommandInput) => deleteJob(context, 'training', input.TrainingJobName!), resources: arnOf },
  ListTrainingJobs: {
    run(context, { StatusEquals: status, ...input }: ListInput) {
      // With MaxResults the service takes the page first and filters it then (API reference), which may leave it empty.
      const pageFirst = status !== undefined && input.MaxResults !== undefined;
      const { items, next } = listJobs(context, 'training', pageFirst ? input : { ...input, StatusEquals: status });
      return {
        TrainingJobSummaries: items.filter((job) => status === undefined || job.status === status).map((job) => ({
          TrainingJobName: job.name,
          TrainingJobArn: job.arn,
          TrainingJobStatus: job.status,
          SecondaryStatus: job.transitions.at(-1)!.status,
          CreationTime: timestamp(job.created),
          LastModifiedTime: timestamp(job.modified),
          TrainingEndTime: job.started === undefined ? undefined : moment(job.ended),
        })),
        NextToken: next,
      };
    },
    resources: () => ['*'],
  },
};
