import type { PutScalingPolicyRequest, PutScheduledActionRequest, RegisterScalableTargetRequest } from '@aws-sdk/client-application-auto-scaling';
import type {
  CreateEndpointConfigInput, CreateModelInput, DataCaptureConfig, DeploymentConfig, EndpointStatus, ProductionVariant, VariantStatus,
} from '@aws-sdk/client-sagemaker';

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

/**
 * Something that AWS accepts in silence and that is a mistake all the same, such as deleting a configuration that a live endpoint
 * uses. Tests assert that there is none.
 */
export interface Hazard {
  readonly kind: string;
  readonly text: string;
}

/** Everything that one account has in one region. Names are looked up in lower case: SageMaker's names ignore case. */
export class RegionState {
  readonly models = new Map<string, ModelRecord>();
  readonly endpointConfigs = new Map<string, EndpointConfigRecord>();
  readonly endpoints = new Map<string, EndpointRecord>();
  readonly targets = new Map<string, ScalableTargetRecord>();
  readonly policies = new Map<string, ScalingPolicyRecord>();
  readonly scheduledActions = new Map<string, ScheduledActionRecord>();
  /** Tags of every service's resources, by ARN. */
  readonly tags = new Map<string, Map<string, string>>();
}
