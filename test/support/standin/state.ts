import type { PutScalingPolicyRequest, PutScheduledActionRequest, RegisterScalableTargetRequest } from '@aws-sdk/client-application-auto-scaling';
import type {
  CreateEndpointConfigInput, CreateModelInput, CreateModelPackageGroupInput, CreateModelPackageInput, CreateProcessingJobCommandInput,
  CreateTrainingJobCommandInput, DataCaptureConfig, DeploymentConfig, EndpointStatus, ProcessingJobStatus, ProductionVariant, SecondaryStatus, TrainingJobStatus, VariantStatus, VpcConfig,
  WarmPoolResourceStatus,
} from '@aws-sdk/client-sagemaker';
import type { Fault } from './control';
import type { TableRecord } from './dynamodb';
import type { JobKind } from './sagemaker/job-program';

export interface ModelRecord {
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  readonly input: CreateModelInput;
}

export interface EndpointConfigRecord {
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  readonly input: CreateEndpointConfigInput;
}

/** A fleet of one variant: what it was configured with and what it is now. */
export interface Fleet {
  readonly name: string;
  readonly config: ProductionVariant;
  currentWeight: number;
  desiredWeight: number;
  currentCount: number;
  desiredCount: number;
  /** With instance pools: how many instances each pool gave. */
  pools?: Record<string, number>;
}

/** A change of an endpoint that is under way. */
export interface Deployment {
  readonly configName: string;
  readonly fleets: Fleet[];
  readonly shadows: Fleet[];
  readonly started: number;
  readonly guardrail?: DeploymentConfig;
  readonly capture?: DataCaptureConfig;
  /** When set, the change ends badly, with this text. */
  readonly failure?: string;
  stage: VariantStatus;
  stageStarted: number;
  /** Stops the next step of the change. */
  cancel: () => void;
}

export interface EndpointRecord {
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  modified: number;
  status: EndpointStatus;
  configName: string;
  fleets: Fleet[];
  shadows: Fleet[];
  capture?: DataCaptureConfig;
  failureReason?: string;
  lastGuardrail?: DeploymentConfig;
  pending?: Deployment;
}

export interface ScalableTargetRecord {
  readonly arn: string;
  readonly created: number;
  input: RegisterScalableTargetRequest;
}

export interface ScalingPolicyRecord {
  readonly arn: string;
  readonly created: number;
  readonly alarms: string[];
  input: PutScalingPolicyRequest;
}

export interface ScheduledActionRecord {
  readonly arn: string;
  readonly created: number;
  input: PutScheduledActionRequest;
}

/** So many instances of a type. */
export interface JobFleet {
  readonly type: string;
  readonly count: number;
}

/** What a job needs and does, whichever API it came by. */
export interface JobPlan {
  readonly image?: string;
  readonly roleArn: string;
  /** Types to try in this order, with how many instances of each. */
  readonly fleets: JobFleet[];
  /** The fleets are groups of one cluster: all of them or none. */
  readonly together?: boolean;
  /** Runs on spot instances, and has so many seconds from its creation. */
  readonly spot?: { readonly maxWait: number };
  /** Seconds that its instances are kept for the next job. */
  readonly keepAlive?: number;
  /** What a job has to have in common with it to take them over. */
  readonly poolKey?: string;
  /** S3 addresses to read before the container starts. */
  readonly inputs: string[];
  readonly outputs: JobOutput[];
  /** Training: where the archive of /opt/ml/model goes. */
  readonly archive?: string;
  readonly outputKey?: string;
  readonly volumeKey?: string;
  readonly vpc?: VpcConfig;
  readonly maxRuntime: number;
  readonly maxPending?: number;
  readonly environment: Record<string, string>;
  readonly arguments: string[];
  /** Its metrics are read from its log. */
  readonly logMetrics: boolean;
  /** Names of the metrics that are read there. */
  readonly metrics?: string[];
}

/** A folder of a container that SageMaker copies to S3. */
export interface JobOutput {
  readonly name: string;
  readonly uri: string;
  /** `end`: once, after a run that went well. `continuous`: while it runs. `checkpoint`: the same, and S3 is copied back before. */
  readonly sync: 'end' | 'continuous' | 'checkpoint';
}

/** One secondary status of a training job. */
export interface JobTransition {
  readonly status: SecondaryStatus;
  readonly started: number;
  ended?: number;
  readonly message: string;
}

export interface JobRecord {
  readonly kind: JobKind;
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  readonly input: CreateProcessingJobCommandInput | CreateTrainingJobCommandInput;
  readonly plan: JobPlan;
  /** What a test wants to go wrong with it. */
  readonly fault?: Fault;
  readonly transitions: JobTransition[];
  modified: number;
  status: TrainingJobStatus & ProcessingJobStatus;
  /** The instances that it has, and had when it ended. */
  held?: readonly JobFleet[];
  /** When it had instances; not counted: what an interruption took in its first hour. */
  readonly intervals: { readonly from: number; to?: number; counted: boolean }[];
  /** Of a spot job: this share of its time is billed. */
  billableShare?: number;
  metrics?: { readonly name: string; readonly value: number; readonly time: number }[];
  /** Its instances after its end. */
  pool?: { readonly status: WarmPoolResourceStatus; readonly since: number; readonly retained?: number; readonly reusedBy?: string; cancel(): void };
  started?: number;
  ended?: number;
  failureReason?: string;
  exitMessage?: string;
  /** Its course: `stop` as an API call stops it, `abandon` without a trace. */
  life?: { stop(): void; abandon(): void };
}

/** A group of the model registry. */
export interface ModelPackageGroupRecord {
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  readonly input: CreateModelPackageGroupInput;
  /** How many it ever had: the number of the latest. */
  versions: number;
}

/** A model package: a version of a group, or one by itself. */
export interface ModelPackageRecord {
  /** The group's of a version. */
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  readonly group?: string;
  readonly version?: number;
  input: CreateModelPackageInput;
  modified: number;
  approvalDescription?: string;
}

/**
 * Something that AWS accepts in silence and that is a mistake all the same, such as deleting a configuration that a live endpoint
 * uses. Tests assert that there is none.
 */
export interface Hazard {
  readonly kind: string;
  readonly text: string;
}

export interface ParameterRecord {
  readonly Name: string;
  readonly Type: string;
  readonly Value: string;
  readonly Version: number;
  readonly DataType: string;
  readonly modified: number;
}

/** A message that was published to an SNS topic. */
export interface Notification {
  readonly id: string;
  readonly topic: string;
  readonly subject?: string;
  readonly message: string;
  readonly time: number;
}

/** Everything that one account has in one region. Names are looked up in lower case: SageMaker's names ignore case. */
export class RegionState {
  readonly models = new Map<string, ModelRecord>();
  readonly endpointConfigs = new Map<string, EndpointConfigRecord>();
  readonly endpoints = new Map<string, EndpointRecord>();
  readonly processingJobs = new Map<string, JobRecord>();
  readonly trainingJobs = new Map<string, JobRecord>();
  /** Of the model registry, by ARN. */
  readonly modelPackageGroups = new Map<string, ModelPackageGroupRecord>();
  readonly modelPackages = new Map<string, ModelPackageRecord>();
  readonly targets = new Map<string, ScalableTargetRecord>();
  readonly policies = new Map<string, ScalingPolicyRecord>();
  readonly scheduledActions = new Map<string, ScheduledActionRecord>();
  /** Of Parameter Store, by ARN. */
  readonly parameters = new Map<string, ParameterRecord>();
  /** Of DynamoDB, by name. */
  readonly tables = new Map<string, TableRecord>();
  readonly notifications: Notification[] = [];
  /** Tags of every service's resources, by ARN. */
  readonly tags = new Map<string, Map<string, string>>();
}
