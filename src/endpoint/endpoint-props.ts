import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { AsyncInferenceOptions } from './async-inference';
import type { DataCaptureOptions } from './data-capture';
import type { DeploymentStrategy } from './deployment-strategy';

/** Where the containers of an endpoint run. */
export interface EndpointNetworkOptions {
  /**
   * The VPC whose network interfaces the containers get.
   *
   * @default - SageMaker's own network
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets in the VPC.
   *
   * @default - the VPC's private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the containers.
   *
   * @default - a new one that allows outbound traffic only
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Cuts the containers off from every network, S3 and the Hugging Face Hub
   * included. SageMaker still delivers the model artefact and the requests.
   *
   * @default false
   */
  readonly networkIsolation?: boolean;
}

/** Metrics beyond SageMaker's free ones. */
export interface EndpointMetricsOptions {
  /**
   * Utilisation and invocation metrics per instance.
   *
   * @default false
   */
  readonly enhancedMetrics?: boolean;

  /**
   * OpenTelemetry metrics of GPU and server, billed by the GB. SageMaker's own default
   * became `true` in June 2026; this library always says it, so that no bill comes unasked.
   *
   * @default false
   */
  readonly detailedObservability?: boolean;

  /**
   * Seconds between two values of a utilisation metric: 10, 30, 60, 120, 180, 240 or 300.
   *
   * @default 60
   */
  readonly publishFrequencySeconds?: number;
}

/** What an update of the endpoint takes from the template again instead of keeping the live value. */
export enum VariantProperty {
  /** The number of instances. */
  DESIRED_INSTANCE_COUNT = 'DesiredInstanceCount',
  /** The weight. */
  DESIRED_WEIGHT = 'DesiredWeight',
}

/** Props of `InferenceEndpoint`. */
export interface InferenceEndpointProps extends EndpointNetworkOptions {
  /**
   * Name of the endpoint. A fixed name makes roles narrower (their log group is known) and lets
   * rollback alarms watch this endpoint's own metrics.
   *
   * @default - CloudFormation makes one
   */
  readonly endpointName?: string;

  /**
   * Key for the instances' EBS volumes. Refused with instance types that have local
   * storage (all of ml.g*, ml.p4 and later, ml.trn*), which the hardware encrypts.
   *
   * @default - SageMaker's own key
   */
  readonly volumeEncryptionKey?: kms.IKey;

  /**
   * Makes the endpoint asynchronous.
   *
   * @default - a real-time endpoint
   */
  readonly asyncInference?: AsyncInferenceOptions;

  /**
   * Copies requests and responses to S3.
   *
   * @default - nothing is captured
   */
  readonly dataCapture?: DataCaptureOptions;

  /**
   * How fleets are replaced when the configuration changes.
   *
   * @default - all at once, SageMaker's own default
   */
  readonly deployment?: DeploymentStrategy;

  /**
   * What an update takes from the template again. Whatever is not named keeps its live
   * value, so a deploy in the middle of a traffic shift changes nothing.
   *
   * @default - nothing: updates keep weights and instance counts
   */
  readonly resetOnUpdate?: VariantProperty[];

  /**
   * Metrics beyond the free ones.
   *
   * @default - none
   */
  readonly metrics?: EndpointMetricsOptions;

  /**
   * Instance types taken although the bundled price list of 2026-05-20 has no hosting row for
   * them in this region. Name them when you know that the region offers them today.
   *
   * @default - none
   */
  readonly offeredInRegion?: string[];
}
