import type {
  Channel, CreateTrainingJobCommandInput, DeleteTrainingJobCommandInput, DescribeTrainingJobCommandInput, ResourceConfig,
  StopTrainingJobCommandInput, StoppingCondition, UpdateTrainingJobCommandInput,
} from '@aws-sdk/client-sagemaker';
import { nothingUnder } from './job-life';
import {
  checkAddress, checkUnique, createJob, deleteJob, described, findJob, fleetsOf, jobArn, listJobs, moment, selectedOf, stopJob, taggingOf,
} from './job-operations';
import type { ListInput } from './lists';
import { localStorageRule } from './local-storage';
import { poolKey, poolStatus, updatePool } from './warm-pools';
import { invalid } from '../errors';
import { below, ObjectStore, parseS3Uri } from '../objects';
import { timestamp, type CallContext, type Operation } from '../service';
import type { JobPlan, JobRecord } from '../state';

/** "Default 1 day, at most 28 days" (API reference, StoppingCondition). */
const USUAL_RUNTIME = 86_400;
const MOST_RUNTIME = 28 * 86_400;
/** MaxPendingTimeInSeconds "takes effect only for jobs that request accelerated computing instance types" (botocore 1.44.5). */
const ACCELERATED = /^ml\.(p|g|trn)\d/;
/** What is billed of the time of a spot job, when its program does not say: about the discount that the developer guide tells of ("up to 90%"). */
const SPOT_SHARE = 0.3;

function channelAddress(channel: Channel, { VpcConfig: vpc, ResourceConfig: resources }: CreateTrainingJobCommandInput): string | undefined {
  const where = `channel ${channel.ChannelName}`;
  const { S3DataSource: s3, FileSystemDataSource: files, DatasetSource: dataset } = channel.DataSource!;
  if ([s3, files, dataset].filter((source) => source !== undefined).length !== 1) throw invalid(`Specify exactly one data source in ${where}.`);
  // "You must specify the ID of the VPC that the file system is in" (developer guide, on Amazon EFS and FSx as input).
  if (files && vpc === undefined) throw invalid(`FileSystemDataSource of ${where} needs VpcConfig.`);
  const groups = (resources?.InstanceGroups ?? []).map((group) => group.InstanceGroupName);
  const unknown = s3?.InstanceGroupNames?.find((name) => !groups.includes(name));
  if (unknown !== undefined) throw invalid(`InstanceGroupNames of ${where} has ${unknown}, which is no group of ResourceConfig.`);
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

/** What excludes what is documented (API reference of ResourceConfig and InstancePreference), the texts are ours. */
function checkPreferences(config: ResourceConfig, spot: boolean): void {
  const { InstancePreferences: preferences, InstancePlacementConfig: placement, TrainingPlanArn: plan } = config;
  if (!preferences) return;
  if (spot) throw invalid('InstancePreferences of ResourceConfig cannot be used with EnableManagedSpotTraining.');
  if (placement) throw invalid('InstancePreferences of ResourceConfig cannot be used with InstancePlacementConfig.');
  if (plan !== undefined && preferences.some((one) => one.TrainingPlanArns)) throw invalid('Specify TrainingPlanArn in ResourceConfig or TrainingPlanArns in its InstancePreferences, not both.');
}

function groupsOf(config: ResourceConfig): JobPlan['fleets'] {
  const { InstanceGroups: groups = [], InstanceType, InstanceCount, InstancePreferences } = config;
  if (InstanceType !== undefined || InstanceCount !== undefined || InstancePreferences) {
    throw invalid('InstanceGroups of ResourceConfig cannot be used with InstanceType, InstanceCount or InstancePreferences.');
  }
  if (groups.length === 0) throw invalid('InstanceGroups of ResourceConfig must have at least 1 group.');
  checkUnique(groups.map((group) => group.InstanceGroupName), 'instance group name');
  // Group by group as a cluster of its own.
  return groups.flatMap((group) => fleetsOf({ ...group, VolumeKmsKeyId: config.VolumeKmsKeyId }, `instance group ${group.InstanceGroupName}`));
}

function fleets(config: ResourceConfig, spot: boolean): JobPlan['fleets'] {
  checkPreferences(config, spot);
  const found = config.InstanceGroups ? groupsOf(config) : fleetsOf(config, 'ResourceConfig');
  // "Cannot be used with spot instances", "cannot be used with heterogeneous cluster training" (developer guide, train-warm-pools).
  const excluded = spot ? 'EnableManagedSpotTraining' : config.InstanceGroups && 'InstanceGroups';
  if (excluded !== undefined && (config.KeepAlivePeriodInSeconds ?? 0) > 0) throw invalid(`KeepAlivePeriodInSeconds of ResourceConfig cannot be used with ${excluded}.`);
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
  if (input.EnableManagedSpotTraining === true && (condition.MaxWaitTimeInSeconds ?? 0) < (condition.MaxRuntimeInSeconds ?? USUAL_RUNTIME)) {
    throw invalid('Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds when EnableManagedSpotTraining is set to true');
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
  const inputs = channels.map((channel) => channelAddress(channel, input)).filter((uri) => uri !== undefined);
  const spot = input.EnableManagedSpotTraining === true;
  const wanted = fleets(resources, spot);
  const keepAlive = resources.KeepAlivePeriodInSeconds ?? 0;
  const plan: JobPlan = {
    image: algorithm.TrainingImage,
    roleArn: input.RoleArn!,
    fleets: wanted,
    ...resources.InstanceGroups && { together: true },
    ...spot && { spot: { maxWait: stopping.MaxWaitTimeInSeconds! } },
    ...keepAlive > 0 && { keepAlive },
    // Clusters of one type; which of several a pool would have is not known.
    ...!spot && resources.InstanceType !== undefined && { poolKey: poolKey(input) },
    inputs,
    outputs: checkpoints ? [{ name: 'checkpoints', uri: checkAddress(checkpoints.S3Uri!, 'S3Uri of CheckpointConfig'), sync: 'checkpoint' }] : [],
    archive: archiveOf(input),
    outputKey: input.OutputDataConfig!.KmsKeyId,
    volumeKey: resources.VolumeKmsKeyId,
    vpc: input.VpcConfig,
    maxRuntime: stopping.MaxRuntimeInSeconds ?? USUAL_RUNTIME,
    ...wanted.some(({ type }) => ACCELERATED.test(type)) && { maxPending: stopping.MaxPendingTimeInSeconds },
    environment: input.Environment ?? {},
    arguments: algorithm.ContainerArguments ?? [],
    logMetrics: (algorithm.MetricDefinitions ?? []).length > 0,
    metrics: (algorithm.MetricDefinitions ?? []).map(({ Name }) => Name!),
  };
  refuseEmpty(context, inputs, plan.roleArn);
  return plan;
}

/**
 * How long it had instances, and what of that is billed. Neither is 0 in the shape: nothing for a job that never got instances, or lost
 * all its time to interruptions.
 */
function times(job: JobRecord): { TrainingTimeInSeconds?: number; BillableTimeInSeconds?: number } {
  const counted = job.intervals.filter((interval) => interval.counted);
  if (job.ended === undefined || counted.length === 0) return {};
  const seconds = counted.reduce((sum, { from, to }) => sum + (to! - from), 0) / 1000;
  const whole = (value: number): number => Math.max(1, Math.round(value));
  return { TrainingTimeInSeconds: whole(seconds), BillableTimeInSeconds: whole(job.plan.spot ? seconds * (job.billableShare ?? SPOT_SHARE) : seconds) };
}

function describe(context: CallContext, name: string): object {
  const job = findJob(context, 'training', name);
  const request = described(job, 'DescribeTrainingJobResponse') as Partial<CreateTrainingJobCommandInput>;
  const selected = request.ResourceConfig!.InstancePreferences && selectedOf(job);
  // A job that never got its instances has no training time at all.
  const ended = job.started === undefined ? undefined : job.ended;
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
    ...times(job),
    WarmPoolStatus: poolStatus(job),
    FinalMetricDataList: (job.metrics ?? []).length === 0 ? undefined : job.metrics!.map((metric) => ({ MetricName: metric.name, Value: metric.value, Timestamp: timestamp(metric.time) })),
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
  UpdateTrainingJob: { run: (context, input: UpdateTrainingJobCommandInput) => updatePool(context, findJob(context, 'training', input.TrainingJobName!), input), resources: arnOf },
  DeleteTrainingJob: { run: (context, input: DeleteTrainingJobCommandInput) => deleteJob(context, 'training', input.TrainingJobName!), resources: arnOf },
  ListTrainingJobs: {
    run(context, { StatusEquals: status, WarmPoolStatusEquals: pool, ...input }: ListInput & { WarmPoolStatusEquals?: string }) {
      // With MaxResults the service takes the page first and filters it then (API reference), which may leave it empty.
      const pageFirst = status !== undefined && input.MaxResults !== undefined;
      const { items, next } = listJobs(context, 'training', pageFirst ? input : { ...input, StatusEquals: status });
      return {
        TrainingJobSummaries: items.filter((job) => (status === undefined || job.status === status) && (pool === undefined || poolStatus(job)?.Status === pool)).map((job) => ({
          TrainingJobName: job.name,
          TrainingJobArn: job.arn,
          TrainingJobStatus: job.status,
          SecondaryStatus: job.transitions.at(-1)!.status,
          CreationTime: timestamp(job.created),
          LastModifiedTime: timestamp(job.modified),
          TrainingEndTime: job.started === undefined ? undefined : moment(job.ended),
          WarmPoolStatus: poolStatus(job),
        })),
        NextToken: next,
      };
    },
    resources: () => ['*'],
  },
};
