import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { AsyncInferenceOptions } from './async-inference';
import type { DataCaptureOptions } from './data-capture';
import type { DeploymentStrategy } from './deployment-strategy';
import type { AcceleratorInstance } from '../hardware';

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

/** What SageMaker publishes beyond its free metrics. */
export interface MetricPublishingOptions {
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
   * Time between two values of a metric: 10, 30, 60, 120, 180, 240 or 300 seconds. Without `enhancedMetrics` it counts
   * for the utilisation metrics only.
   *
   * @default Duration.seconds(60)
   */
  readonly frequency?: Duration;
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
   * Key for the instances' EBS volumes. Local storage (all of ml.g*, ml.p4 and later, ml.trn*) is encrypted by the
   * hardware and not by this key; a warning says so.
   *
   * @default - SageMaker's own key
   * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
   */
  readonly volumeEncryptionKey?: kms.IKey;

  /**
   * Makes the endpoint asynchronous.
   *
   * @default - a real-time endpoint
   */
  readonly asyncInference?: AsyncInferenceOptions;

  /**
   * Copies requests and responses to S3. Adding or changing it is an update, and whether an update that retains the
   * variants' properties takes it over is among the things to verify on an account.
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
  readonly metricPublishing?: MetricPublishingOptions;

  /**
   * Instance types taken although the bundled price list has no hosting row for them in this region. A price
   * list ages: name them when you know that the region offers them today.
   *
   * @default - none
   */
  readonly offeredInRegion?: AcceleratorInstance[];
}
