import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { ModelRegistration } from './model-registration';
import type { TrainingCode } from './training-code';
import type { TrainingInput } from './training-input';
import type { TrainingRung } from './training-rung';

/** A number in the log of a job that becomes a metric of CloudWatch. */
export interface TrainingMetricDefinition {
  /** Name of the metric, 1 to 255 characters. */
  readonly name: string;

  /** Regular expression with one group, the number: `loss=([0-9.]+)`; 1 to 500 characters. */
  readonly regex: string;
}

/** A place in S3. */
export interface TrainingLocation {
  /**
   * The bucket.
   *
   * @default - the bucket of the output
   */
  readonly bucket?: s3.IBucket;

  /**
   * Folder in the bucket, without a slash at its beginning.
   *
   * @default - `checkpoints` for checkpoints, `neuron-cache` for compiled graphs
   */
  readonly prefix?: string;
}

/** Where the model goes. */
export interface TrainingOutput {
  /**
   * The bucket.
   *
   * @default - a bucket of its own, encrypted, which stays when the stack is deleted; checkpoints and compiled graphs expire there after 90 days, models never. A bucket of yours gets no such rules
   */
  readonly bucket?: s3.IBucket;

  /**
   * Folder in the bucket; each job has a folder of its own below it.
   *
   * @default 'models'
   */
  readonly prefix?: string;

  /**
   * Key that SageMaker encrypts the model with.
   *
   * @default - the key of the bucket
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Whether the model is one `model.tar.gz` or a folder of files, as large models are better.
   *
   * @default true
   */
  readonly compressed?: boolean;
}

/** Checkpoints: what the script writes to a folder is in S3 while it runs, and back in the folder when it starts again. */
export interface TrainingCheckpoints extends TrainingLocation {
  /**
   * The folder in the container. All instances share one place in S3: a script has to name its files by rank.
   *
   * @default '/opt/ml/checkpoints'
   */
  readonly localPath?: string;
}

/** What runs. */
export interface TrainingScriptOptions {
  /** The script, from a folder here or in the image. */
  readonly code: TrainingCode;

  /**
   * Arguments of the script: texts, numbers, booleans, lists, objects, encoded as JSON, as the toolkits parse them (a container of your own gets them encoded: `"abc"` with its quotes). No secrets: they can be read in the job's description. At most 100 names of
   * 256 characters, values of 2,500.
   *
   * @default - none
   */
  readonly hyperParameters?: { [name: string]: any };

  /**
   * Variables of the container: at most 100, values of at most 512 characters. No secrets.
   *
   * @default - those of the hardware
   */
  readonly environment?: { [name: string]: string };

  /**
   * Numbers in the log that become metrics; at most 40. One called `tokens_per_second` is told as the metric `TokensPerSecond` of the training.
   *
   * @default - none
   */
  readonly metricDefinitions?: TrainingMetricDefinition[];
}

/** What goes in and out. */
export interface TrainingDataOptions {
  /**
   * Channels by name: each is a folder `/opt/ml/input/data/<name>` in the container; at most 20, the script's included.
   *
   * @default - none
   */
  readonly inputs?: { [channel: string]: TrainingInput };

  /**
   * Where the model goes.
   *
   * @default - a bucket of its own
   */
  readonly output?: TrainingOutput;

  /**
   * Checkpoints: each run and each rung has a folder of its own, which tries on the same rung go on from.
   *
   * @default - none: a try begins anew
   */
  readonly checkpoints?: TrainingCheckpoints;

  /**
   * Where PyTorch/XLA on Trainium keeps compiled graphs (`NEURON_COMPILE_CACHE_URL`), for all jobs of this training.
   *
   * @default - in the bucket of the output; none with network isolation
   */
  readonly compileCache?: TrainingLocation;
}

/** How long, and what for a price. */
export interface TrainingTimeOptions {
  /**
   * Longest run of a job, 1 second to 28 days; all tries after errors of the service count.
   *
   * @default Duration.days(1)
   */
  readonly maxRuntime?: Duration;

  /**
   * How long a job may wait for instances, 2 hours to 28 days; for p, g and trn types.
   *
   * @default - SageMaker's own
   */
  readonly maxPending?: Duration;

  /**
   * Managed spot training. Give checkpoints too: spot instances are taken away. One that waits in vain is tried on demand, on the same rung, unless `policies` say otherwise.
   *
   * @default false
   */
  readonly spot?: boolean;

  /**
   * How long a spot job may wait and run together.
   *
   * @default - maxRuntime and an hour
   */
  readonly maxWait?: Duration;

  /**
   * How long the instances are kept for the next job of the same shape, and billed.
   *
   * @default - not at all
   */
  readonly warmPool?: Duration;

  /**
   * How often SageMaker itself tries again after an internal error, 1 to 30.
   *
   * @default - not at all; the run tries once more, see `policies`
   */
  readonly retryAttempts?: number;
}

/** Where the container runs. */
export interface TrainingNetworkOptions {
  /**
   * The VPC of the job. It needs a way to S3, ECR and CloudWatch Logs.
   *
   * @default - SageMaker's own network
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets: of at least 3 Availability Zones, for capacity. Each instance with EFA takes 5 addresses.
   *
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups, 1 to 5. Several instances with EFA need one that allows all traffic to and from itself.
   *
   * @default - a group of its own, with such rules where they are needed
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether the container has no network: no S3 from the script, no packages from the internet.
   *
   * @default false
   */
  readonly networkIsolation?: boolean;

  /**
   * Whether traffic between instances is encrypted; slower. Whether that covers EFA is not documented.
   *
   * @default false
   */
  readonly encryptInterContainerTraffic?: boolean;
}

/** What a used-up quota means. */
export enum QuotaPolicy {
  /** The next rung. */
  NEXT = 'next',
  /** A wait: something else of yours uses it. A quota of 0 is not waited for. */
  WAIT = 'wait',
}

/** When a job is tried again, and when the next rung is. */
export interface TrainingPolicies {
  /**
   * What a used-up quota means.
   *
   * @default QuotaPolicy.NEXT
   */
  readonly onQuota?: QuotaPolicy;

  /**
   * Longest wait for a quota, 5 minutes to 28 days; asked for every 5 minutes at first, every 2 hours after two days.
   *
   * @default Duration.hours(6)
   */
  readonly maxQuotaWait?: Duration;

  /**
   * Tries of a rung that has no instances, 1 to 20, before the next one.
   *
   * @default 1
   */
  readonly capacityAttempts?: number;

  /**
   * Wait between such tries, up to 24 hours.
   *
   * @default Duration.minutes(10)
   */
  readonly capacityWait?: Duration;

  /**
   * Whether spot that waited in vain is tried on demand before the next rung.
   *
   * @default true
   */
  readonly spotToOnDemand?: boolean;

  /**
   * Tries of a rung after errors of the service, 1 to 10.
   *
   * @default 2
   */
  readonly internalErrorAttempts?: number;

  /**
   * Tries, from the last checkpoint, of a job that ran as long as it may, 1 to 20.
   *
   * @default 1
   */
  readonly timeoutAttempts?: number;
}

/** Help to find out why a job fails, or whether its hosts are well. */
export interface TrainingDiagnostics {
  /**
   * A shell into the container by AWS Systems Manager.
   *
   * @default false
   */
  readonly remoteDebug?: boolean;

  /**
   * A check of GPUs and network before the job.
   *
   * @default - what SageMaker does by itself
   */
  readonly infrastructureCheck?: boolean;
}

/** What every training has, in a state machine of its own or of yours. */
export interface TrainingTaskProps extends TrainingScriptOptions, TrainingDataOptions, TrainingTimeOptions, TrainingNetworkOptions {
  /** Kinds of hardware, in the order in which they are tried; 1 to 10. */
  readonly rungs: TrainingRung[];

  /**
   * When a job is tried again, and when the next rung is.
   *
   * @default - see TrainingPolicies
   */
  readonly policies?: TrainingPolicies;

  /**
   * Where a model is registered once it is trained.
   *
   * @default - it is not
   */
  readonly registration?: ModelRegistration;

  /**
   * Name of the training in metrics and events; one of its own in account and region.
   *
   * @default - made of the place in the app
   */
  readonly trainingName?: string;

  /**
   * Beginning of the names of the jobs: letters, digits and hyphens, at most 48.
   *
   * @default - made of the place in the app, in lower case
   */
  readonly jobNamePrefix?: string;

  /**
   * A role of your own for the jobs. It gets the same narrow rights added, unless it refuses (`role.withoutPolicyUpdates()`).
   *
   * @default - a new role that may read code and inputs, pull the images, write output, checkpoints, logs and metrics
   */
  readonly role?: iam.IRole;

  /**
   * Bus that gets the events of a training, of source `cdk-accelerators.training`.
   *
   * @default - the default bus of account and region
   */
  readonly eventBus?: events.IEventBus;

  /**
   * Help to find out why a job fails.
   *
   * @default - none
   */
  readonly diagnostics?: TrainingDiagnostics;

  /**
   * Members of CreateTrainingJob that this library does not know, or wants otherwise, as they are spelled in the API: put over the request of every rung, member by member; a list is replaced as a whole. Name, role, output, checkpoints and
   * tags have props.
   *
   * @default - none
   */
  readonly requestOverrides?: { [member: string]: any };
}

/** A training in a state machine of its own. */
export interface TrainingJobProps extends TrainingTaskProps {
  /**
   * Whether a run begins while another one goes on. Where it may not, it ends as `Training.Skipped`, which counts as no failure.
   *
   * @default false
   */
  readonly allowOverlap?: boolean;
}
