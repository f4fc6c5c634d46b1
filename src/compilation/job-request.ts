import { member, memberBelow, type CompileValue } from './compile-values';
import { OWNER, type JobKind } from './contract';
import { PATHS } from './job-arguments';

/** A place in S3 that is copied into the container. */
export interface JobInput {
  readonly name: 'code' | 'source' | 'operators' | 'script';
  readonly s3Uri: CompileValue;
}

/** A compile job as plain data; values may be tokens. */
export interface JobRequest {
  readonly kind: JobKind;
  readonly image: string;
  readonly roleArn: string;
  readonly arguments: CompileValue<readonly string[]>;
  readonly inputs: readonly JobInput[];
  readonly artifactUri: CompileValue;
  readonly instanceType: string;
  readonly volumeGiB: number;
  readonly maxRuntimeSeconds: number;
  readonly encryptionKeyArn?: string;
  /** False where the disks of the host are its own, which have a key of their own and take no other. */
  readonly encryptVolume: boolean;
  readonly network?: { readonly subnets: string[]; readonly securityGroupIds: string[] };
  readonly networkIsolation: boolean;
  /** Members of requests: with `Value`, or with `Value.$`. */
  readonly tags: readonly object[];
}

/**
 * The request of CreateProcessingJob or CreateTrainingJob, with the paths into an execution's data that the state machine fills in. Names and
 * limits: SageMaker API, CreateProcessingJob and CreateTrainingJob.
 */
export function jobRequest(job: JobRequest): object {
  return job.kind === 'processing' ? processingRequest(job) : trainingRequest(job);
}

/** The asset has a name of its own in the bucket; the job finds it by where it is. A zip with a `__main__.py` is a program. */
function entryPoint(job: JobRequest): string[] {
  return ['sh', '-c', `exec python3 ${PATHS[job.kind].code}/*.zip "$@"`, 'neuron-compile'];
}

function processingRequest(job: JobRequest): object {
  const place = PATHS.processing;
  return {
    'ProcessingJobName.$': '$.job.name',
    'RoleArn': job.roleArn,
    'AppSpecification': { ImageUri: job.image, ContainerEntrypoint: entryPoint(job), ...member('ContainerArguments', job.arguments) },
    'ProcessingResources': {
      ClusterConfig: {
        InstanceCount: 1,
        InstanceType: job.instanceType,
        VolumeSizeInGB: job.volumeGiB,
        ...job.encryptVolume && { VolumeKmsKeyId: job.encryptionKeyArn },
      },
    },
    'ProcessingInputs': job.inputs.map(({ name, s3Uri }) => ({
      InputName: name,
      S3Input: { ...member('S3Uri', s3Uri), LocalPath: place[name], S3DataType: 'S3Prefix', S3InputMode: 'File', S3DataDistributionType: 'FullyReplicated' },
    })),
    'ProcessingOutputConfig': {
      Outputs: [{ OutputName: 'artifact', S3Output: { ...member('S3Uri', job.artifactUri), LocalPath: place.output, S3UploadMode: 'EndOfJob' } }],
      ...job.encryptionKeyArn !== undefined && { KmsKeyId: job.encryptionKeyArn },
    },
    'StoppingCondition': { MaxRuntimeInSeconds: job.maxRuntimeSeconds },
    ...(job.network !== undefined || job.networkIsolation) && {
      NetworkConfig: {
        EnableNetworkIsolation: job.networkIsolation,
        ...job.network !== undefined && { VpcConfig: { SecurityGroupIds: job.network.securityGroupIds, Subnets: job.network.subnets } },
      },
    },
    'Environment': { [`${OWNER}.$`]: '$.owner' },
    'Tags': job.tags,
  };
}

function trainingRequest(job: JobRequest): object {
  return {
    'TrainingJobName.$': '$.job.name',
    'RoleArn': job.roleArn,
    'AlgorithmSpecification': { TrainingImage: job.image, TrainingInputMode: 'File', ContainerEntrypoint: entryPoint(job), ...member('ContainerArguments', job.arguments) },
    'InputDataConfig': job.inputs.map(({ name, s3Uri }) => ({
      ChannelName: name,
      DataSource: { S3DataSource: { ...member('S3Uri', s3Uri), S3DataType: 'S3Prefix', S3DataDistributionType: 'FullyReplicated' } },
    })),
    // Nothing is written there: it is demanded, and has the job's name in it, so that no address known beforehand can lead to it.
    'OutputDataConfig': { ...memberBelow('S3OutputPath', job.artifactUri, 'job/'), ...job.encryptionKeyArn !== undefined && { KmsKeyId: job.encryptionKeyArn } },
    'CheckpointConfig': { ...member('S3Uri', job.artifactUri), LocalPath: PATHS.training.output },
    'ResourceConfig': { InstanceType: job.instanceType, InstanceCount: 1, VolumeSizeInGB: job.volumeGiB },
    'StoppingCondition': { MaxRuntimeInSeconds: job.maxRuntimeSeconds },
    ...job.network !== undefined && { VpcConfig: { SecurityGroupIds: job.network.securityGroupIds, Subnets: job.network.subnets } },
    ...job.networkIsolation && { EnableNetworkIsolation: true },
    // The profiler does not know Trainium (SageMaker Python SDK, debugger documentation).
    'ProfilerConfig': { DisableProfiler: true },
    'Environment': { [`${OWNER}.$`]: '$.owner' },
    'Tags': job.tags,
  };
}
