import type {
  CreateProcessingJobCommandInput, DeleteProcessingJobCommandInput, DescribeProcessingJobCommandInput, ProcessingInput, ProcessingOutput,
  StopProcessingJobCommandInput,
} from '@aws-sdk/client-sagemaker';
import {
  checkAddress, checkUnique, createJob, deleteJob, described, findJob, fleetsOf, jobArn, listJobs, moment, selectedOf, stopJob, taggingOf,
} from './job-operations';
import type { ListInput } from './lists';
import { invalid } from '../errors';
import { timestamp, type CallContext, type Operation } from '../service';
import type { JobOutput, JobPlan, JobRecord } from '../state';

/** "The default is 1 day" (developer guide, processing job stopping condition). */
const USUAL_RUNTIME = 86_400;
const FOLDER = '/opt/ml/processing/';

function inputAddress(input: ProcessingInput): string | undefined {
  const where = `processing input ${input.InputName}`;
  if ((input.S3Input === undefined) === (input.DatasetDefinition === undefined)) {
    throw invalid(`Specify either S3Input or DatasetDefinition in ${where}.`);
  }
  if (!input.S3Input) return undefined;
  const { S3Uri, LocalPath, S3CompressionType, S3InputMode } = input.S3Input;
  // "LocalPath is an absolute path to the input data and must begin with /opt/ml/processing/ ... required when AppManaged is False".
  if (input.AppManaged !== true && LocalPath?.startsWith(FOLDER) !== true) throw invalid(`LocalPath of ${where} must begin with ${FOLDER}, got ${LocalPath ?? 'none'}.`);
  if (S3CompressionType === 'Gzip' && S3InputMode !== 'Pipe') throw invalid(`S3CompressionType Gzip of ${where} needs S3InputMode Pipe.`);
  return checkAddress(S3Uri!, `S3Uri of ${where}`);
}

function outputOf(output: ProcessingOutput): JobOutput[] {
  const where = `processing output ${output.OutputName}`;
  if (!output.S3Output) {
    if (!output.FeatureStoreOutput) throw invalid(`Specify either S3Output or FeatureStoreOutput in ${where}.`);
    return [];
  }
  const { S3Uri, LocalPath, S3UploadMode } = output.S3Output;
  if (output.AppManaged !== true && LocalPath?.startsWith('/') !== true) throw invalid(`LocalPath of ${where} must be absolute, got ${LocalPath ?? 'none'}.`);
  return [{ name: output.OutputName!, uri: checkAddress(S3Uri!, `S3Uri of ${where}`), sync: S3UploadMode === 'Continuous' ? 'continuous' : 'end' }];
}

function planOf(input: CreateProcessingJobCommandInput): JobPlan {
  const { AppSpecification: app, ProcessingInputs: inputs = [], ProcessingOutputConfig: output } = input;
  const cluster = input.ProcessingResources!.ClusterConfig!;
  checkUnique(inputs.map((each) => each.InputName), 'processing input name');
  checkUnique((output?.Outputs ?? []).map((each) => each.OutputName), 'processing output name');
  return {
    image: app!.ImageUri,
    roleArn: input.RoleArn!,
    fleets: fleetsOf(cluster, 'ClusterConfig', 1),
    inputs: inputs.map(inputAddress).filter((uri) => uri !== undefined),
    outputs: (output?.Outputs ?? []).flatMap(outputOf),
    outputKey: output?.KmsKeyId,
    volumeKey: cluster.VolumeKmsKeyId,
    vpc: input.NetworkConfig?.VpcConfig,
    maxRuntime: input.StoppingCondition?.MaxRuntimeInSeconds ?? USUAL_RUNTIME,
    environment: input.Environment ?? {},
    arguments: app!.ContainerArguments ?? [],
    logMetrics: false,
  };
}

/** What a description and a list say of a job alike. */
function stateOf(job: JobRecord): object {
  return {
    ProcessingJobArn: job.arn,
    ProcessingJobStatus: job.status,
    ExitMessage: job.exitMessage,
    FailureReason: job.failureReason,
    CreationTime: timestamp(job.created),
    LastModifiedTime: timestamp(job.modified),
    ProcessingEndTime: moment(job.ended),
  };
}

function describe(context: CallContext, name: string): object {
  const job = findJob(context, 'processing', name);
  const request = described(job, 'DescribeProcessingJobResponse') as Partial<CreateProcessingJobCommandInput>;
  const cluster = request.ProcessingResources!.ClusterConfig!;
  const selected = cluster.InstancePreferences && selectedOf(job);
  return {
    ...request,
    ProcessingResources: { ClusterConfig: { ...cluster, ...selected } },
    StoppingCondition: { MaxRuntimeInSeconds: job.plan.maxRuntime },
    ...stateOf(job),
    ProcessingStartTime: moment(job.started),
  };
}

const arnOf = (context: CallContext, input: { ProcessingJobName?: string }): string[] => [jobArn(context, 'processing', input.ProcessingJobName!)];

export const PROCESSING_OPERATIONS: Record<string, Operation> = {
  CreateProcessingJob: {
    run: (context, input: CreateProcessingJobCommandInput) => ({
      ProcessingJobArn: createJob(context, {
        kind: 'processing', operation: 'CreateProcessingJob', name: input.ProcessingJobName!, input, plan: () => planOf(input),
      }),
    }),
    resources: arnOf,
    passedRoles: (input: CreateProcessingJobCommandInput) => [input.RoleArn!],
    alsoChecked: (context, input: CreateProcessingJobCommandInput) => taggingOf(context, 'processing', input.ProcessingJobName!, input.Tags),
  },
  DescribeProcessingJob: { run: (context, input: DescribeProcessingJobCommandInput) => describe(context, input.ProcessingJobName!), resources: arnOf },
  StopProcessingJob: { run: (context, input: StopProcessingJobCommandInput) => stopJob(context, 'processing', input.ProcessingJobName!), resources: arnOf },
  DeleteProcessingJob: { run: (context, input: DeleteProcessingJobCommandInput) => deleteJob(context, 'processing', input.ProcessingJobName!), resources: arnOf },
  ListProcessingJobs: {
    run(context, input: ListInput) {
      const { items, next } = listJobs(context, 'processing', input);
      return {
        ProcessingJobSummaries: items.map((job) => ({
          ProcessingJobName: job.name,
          ...stateOf(job),
        })),
        NextToken: next,
      };
    },
    resources: () => ['*'],
  },
};
