import type { SecretValue } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, IDependable } from 'constructs';
import type { CompiledArtifact } from './compiled-artifact';
import type { AcceleratorInstance } from '../hardware';
import type { ModelProfile } from './model-profile';

/** What a source is told when it is bound. */
export interface ModelSourceBindOptions {
  /**
   * The instance type the model is to be served on.
   *
   * @default - none: the source is bound to something that serves nothing, such as a compilation
   */
  readonly instance?: AcceleratorInstance;
}

/** A model of the Hugging Face Hub, which the container downloads at start. */
export interface HubModel {
  /** Id on the Hub, e.g. `BAAI/bge-base-en-v1.5`. */
  readonly id: string;

  /**
   * Commit hash, tag or branch.
   *
   * @default - the newest commit of the default branch, at every start of every instance
   */
  readonly revision?: string;

  /**
   * Access token, resolved by CloudFormation at deploy time.
   *
   * @default - no token; public models only
   */
  readonly token?: SecretValue;

  /**
   * The secret the token is in, for those who read it while they run, such as a compile job.
   *
   * @default - no token; public models only
   */
  readonly tokenSecret?: secretsmanager.ISecret;

  /**
   * Field of the secret that holds the token.
   *
   * @default - the whole secret is the token
   */
  readonly tokenField?: string;
}

/**
 * Where a model is and what its role needs to read it. Exactly one of `hub`,
 * `archiveUrl`, `prefixUrl`, `modelPackageArn` and `modelName` says where.
 */
export interface ModelSourceConfig {
  /**
   * A model of the Hugging Face Hub.
   *
   * @default - the model is elsewhere
   */
  readonly hub?: HubModel;

  /**
   * `s3://` address of a `model.tar.gz`.
   *
   * @default - the model is elsewhere
   */
  readonly archiveUrl?: string;

  /**
   * `s3://` address of uncompressed files, ending in `/`.
   *
   * @default - the model is elsewhere
   */
  readonly prefixUrl?: string;

  /**
   * ARN of a model package, which brings its own image.
   *
   * @default - the model is elsewhere
   */
  readonly modelPackageArn?: string;

  /**
   * Name of a SageMaker model that exists already; nothing is created for it.
   *
   * @default - a model is created
   */
  readonly modelName?: string;

  /**
   * Variables the container needs for this source, in the spelling of its image. The user's settings win over them.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * What the model's role may do to read the artefact, and nothing more.
   *
   * @default - none
   */
  readonly policyStatements?: iam.PolicyStatement[];

  /**
   * Keys the artefact is encrypted with.
   *
   * @default - none
   */
  readonly decryptionKeys?: kms.IKey[];

  /**
   * What names the bytes of the model: it changes when they change, and only then. A compilation keys its artefact by it.
   *
   * @default - unknown; the model cannot be compiled
   */
  readonly contentId?: string;

  /**
   * What has to be there before the model is created, e.g. the job that makes the artefact. Without effect together
   * with `modelName`, for which no model is created.
   *
   * @default - nothing but what the role needs
   */
  readonly dependables?: IDependable[];
}

/**
 * Where a model comes from. `ModelSource` has the usual ones; anything else that
 * can say where its model is, e.g. a compilation, can be one too.
 *
 * What a source says beyond these members goes into `ModelSourceConfig`, where everything is optional: a source that
 * was written today stays one.
 *
 * @subclassable
 */
export interface IModelSource {
  /** The source in a few words, for messages and diagrams. */
  readonly description: string;

  /**
   * What is known about the model's size and shape.
   *
   * @default - nothing; the fit of model and instance is not checked
   */
  readonly profile?: ModelProfile;

  /**
   * Whether the source brings its own image, as a model package and an existing model do.
   *
   * @default false
   */
  readonly bringsImage?: boolean;

  /**
   * How the model was compiled, where it was compiled by this library: image, shapes and cores to serve it with follow from it.
   *
   * @default - nothing is known of a compilation
   */
  readonly compiled?: CompiledArtifact;

  /**
   * Says where the model is, for one user of it: a variant, or a compilation.
   *
   * @param scope a scope that belongs to the user; constructs made for the source go there
   */
  bind(scope: Construct, options: ModelSourceBindOptions): ModelSourceConfig;
}

/**
 * A SageMaker model that exists already. Any object with a model name will do:
 * the `Model` of `@aws-cdk/aws-sagemaker-alpha`, a `CfnModel` in a three-line
 * wrapper, or a name typed in.
 *
 * @subclassable
 */
export interface IServableModel {
  /** The model's name. */
  readonly modelName: string;
}
