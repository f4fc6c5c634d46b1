import { Lazy, Tokenization } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { encodeHyperParameters } from './core/hyper-parameters';
import type { JobChannel, JobRequest } from './core/types';
import { CODE_CHANNEL, type BoundTrainingCode } from './launcher/bound-code';
import type { ResolvedRung } from './resolved-rung';
import type { TrainingTaskProps } from './training-job-props';
import type { TrainingNetwork } from './training-network';

/** What a request is made of besides the props; values may be tokens. */
export interface RequestParts {
  readonly rung: ResolvedRung;
  readonly code: BoundTrainingCode;
  /** Address of the script's archive, when it has one. */
  readonly codeUri?: string;
  readonly channels: readonly JobChannel[];
  readonly roleArn: string;
  readonly outputUri: string;
  readonly outputKeyArn?: string;
  readonly checkpointUri?: string;
  readonly cacheUri?: string;
  readonly network?: TrainingNetwork;
  readonly tags: () => { readonly Key: string; readonly Value: string }[];
}

const DAY = 24 * 3600;
const HOUR = 3600;

/** The request of CreateTrainingJob for a rung, without its name. Members and limits: SageMaker API, CreateTrainingJob. */
export function trainingRequest(scope: Construct, props: TrainingTaskProps, parts: RequestParts): JobRequest {
  const { rung, code, channels, network } = parts;
  const { given } = rung;
  const neuron = rung.instance.isNeuron;
  const maxRuntime = props.maxRuntime?.toSeconds() ?? DAY;
  const cache: Record<string, string> = neuron && parts.cacheUri !== undefined ? { NEURON_COMPILE_CACHE_URL: parts.cacheUri } : {};
  const hyperParameters = encodeHyperParameters({ ...rung.hyperParameters, ...code.hyperParameters });
  const inputs = [...channels, ...parts.codeUri === undefined ? [] : [s3Channel(CODE_CHANNEL, parts.codeUri)]];
  const request: JobRequest = {
    RoleArn: parts.roleArn,
    AlgorithmSpecification: {
      TrainingImage: given.image._uri(scope),
      TrainingInputMode: 'File',
      ...code.containerEntrypoint === undefined ? {} : { ContainerEntrypoint: code.containerEntrypoint },
      ...code.containerArguments === undefined ? {} : { ContainerArguments: code.containerArguments },
      ...props.metricDefinitions === undefined || props.metricDefinitions.length === 0 ? {} : { MetricDefinitions: props.metricDefinitions.map(({ name, regex }) => ({ Name: name, Regex: regex })) },
    },
    ...Object.keys(hyperParameters).length === 0 ? {} : { HyperParameters: hyperParameters },
    Environment: { ...cache, ...rung.environment, ...code.environment },
    ...inputs.length === 0 ? {} : { InputDataConfig: inputs },
    OutputDataConfig: {
      S3OutputPath: parts.outputUri,
      ...parts.outputKeyArn === undefined ? {} : { KmsKeyId: parts.outputKeyArn },
      CompressionType: props.output?.compressed === false ? 'NONE' : 'GZIP',
    },
    ResourceConfig: resources(props, rung),
    StoppingCondition: {
      MaxRuntimeInSeconds: maxRuntime,
      ...props.maxPending === undefined ? {} : { MaxPendingTimeInSeconds: props.maxPending.toSeconds() },
      ...props.spot === true ? { MaxWaitTimeInSeconds: props.maxWait?.toSeconds() ?? maxRuntime + HOUR } : {},
    },
    ...props.spot === true ? { EnableManagedSpotTraining: true } : {},
    ...parts.checkpointUri === undefined ? {} : { CheckpointConfig: { S3Uri: parts.checkpointUri, LocalPath: props.checkpoints?.localPath ?? '/opt/ml/checkpoints' } },
    ...network === undefined ? {} : { VpcConfig: { SecurityGroupIds: network.securityGroups.map((group) => group.securityGroupId), Subnets: network.subnets.map((subnet) => subnet.subnetId) } },
    ...props.networkIsolation === true ? { EnableNetworkIsolation: true } : {},
    ...props.encryptInterContainerTraffic === true ? { EnableInterContainerTrafficEncryption: true } : {},
    ...props.retryAttempts === undefined ? {} : { RetryStrategy: { MaximumRetryAttempts: props.retryAttempts } },
    // The profiler does not know Trainium (SageMaker Python SDK, debugger documentation).
    ...neuron ? { ProfilerConfig: { DisableProfiler: true } }
      : given.profilerInterval === undefined ? {} : { ProfilerConfig: { S3OutputPath: `${parts.outputUri}profiler/`, ProfilingIntervalInMilliseconds: given.profilerInterval.toMilliseconds() } },
    ...props.diagnostics?.remoteDebug === true ? { RemoteDebugConfig: { EnableRemoteDebug: true } } : {},
    ...props.diagnostics?.infrastructureCheck === undefined ? {} : { InfraCheckConfig: { EnableInfraCheck: props.diagnostics.infrastructureCheck } },
    Tags: Lazy.any({ produce: parts.tags }),
  };
  return over(request, props.requestOverrides ?? {}) as JobRequest;
}

/** One object over another, member by member; lists and plain values are replaced. */
function over(below: unknown, above: unknown): unknown {
  if (!isObject(below) || !isObject(above)) return above;
  return { ...below, ...Object.fromEntries(Object.entries(above).map(([name, value]) => [name, Object.hasOwn(below, name) ? over(below[name], value) : value])) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Tokenization.isResolvable(value);
}

export function s3Channel(name: string, uri: string): JobChannel {
  return { ChannelName: name, DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' } } };
}

/** The instances: one kind, one of several kinds, or groups. */
function resources(props: TrainingTaskProps, { given, instance, instanceCount }: ResolvedRung): Record<string, unknown> {
  const { alternatives = [], instanceGroups = [] } = given;
  const counted = alternatives.some((one) => one.instanceCount !== undefined);
  const instances = instanceGroups.length > 0
    ? {
      InstanceGroups: [{ InstanceGroupName: 'main', InstanceType: instance.name, InstanceCount: instanceCount },
        ...instanceGroups.map((group) => ({ InstanceGroupName: group.name, InstanceType: group.instanceType.name, InstanceCount: group.instanceCount }))],
    }
    : alternatives.length > 0
      // One count for all, or one of each.
      ? {
        InstancePreferences: [{ instanceType: instance, instanceCount }, ...alternatives].map((one) => ({ InstanceType: one.instanceType.name, ...counted ? { InstanceCount: one.instanceCount } : {} })),
        ...counted ? {} : { InstanceCount: instanceCount },
      }
      : { InstanceType: instance.name, InstanceCount: instanceCount };
  return {
    ...instances,
    ...given.volumeSize === undefined ? {} : { VolumeSizeInGB: given.volumeSize.toGibibytes() },
    ...given.volumeEncryptionKey === undefined ? {} : { VolumeKmsKeyId: given.volumeEncryptionKey.keyArn },
    ...props.warmPool === undefined ? {} : { KeepAlivePeriodInSeconds: props.warmPool.toSeconds() },
    ...given.trainingPlanArn === undefined ? {} : { TrainingPlanArn: given.trainingPlanArn },
  };
}
