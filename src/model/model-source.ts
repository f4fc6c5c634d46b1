import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { CompiledArtifact } from './compiled-artifact';
import type { ModelProfile } from './model-profile';
import type { IModelSource, IServableModel, ModelSourceBindOptions, ModelSourceConfig } from './model-source-config';
import { existingModel, modelPackage } from './sources/existing';
import { huggingFace } from './sources/hub';
import { localDirectory } from './sources/local-directory';
import { s3Archive, s3Prefix, s3Uri } from './sources/s3';
import type { SourceParts } from './sources/source-parts';

/** Options of a model from the Hugging Face Hub. */
export interface HuggingFaceSourceOptions {
  /**
   * The commit hash of the model. Strongly advised: with a branch or a tag, two instances of one endpoint can serve
   * different weights, because each downloads what the name stands for when it starts.
   *
   * @default - the newest commit of the default branch, with a warning
   */
  readonly revision?: string;

  /**
   * Secret with the access token, for gated models and against rate limits.
   *
   * The template holds a reference only. CloudFormation resolves it when the model is created, so the role of the endpoint needs no access to
   * the secret (a compile job reads it itself, and its role may), and a rotated token is picked up when the model is next replaced. **The resolved token is then readable by
   * whoever may call `sagemaker:DescribeModel`.** Where that is too much, copy the model to S3 and use `s3Archive` or `s3Prefix`.
   *
   * @default - no token; public models only
   */
  readonly tokenSecret?: secretsmanager.ISecret;

  /**
   * Field of the secret that holds the token, when the secret is a JSON object.
   *
   * @default - the whole secret is the token
   */
  readonly tokenField?: string;

  /**
   * What is known about the model's size and shape.
   *
   * @default - nothing; the fit of model and instance is not checked
   */
  readonly profile?: ModelProfile;
}

/** Options of model data in S3. */
export interface ModelDataOptions {
  /**
   * Key the objects are encrypted with, when the bucket object does not know it (an imported bucket, an address).
   *
   * @default - the key of the bucket, if it has one
   */
  readonly decryptionKey?: kms.IKey;

  /**
   * What is known about the model's size and shape.
   *
   * @default - nothing; the fit of model and instance is not checked
   */
  readonly profile?: ModelProfile;
}

/** Options of a model in S3. */
export interface S3SourceOptions extends ModelDataOptions {
  /**
   * What names these bytes: the object's version id or ETag, a digest, the number of a release. Needed to compile the model, and
   * without effect elsewhere: **a changed model under the same address and revision is not compiled again.**
   * Bucket and key have to be known at synth for it: the name of a bucket of the same app is not, `Bucket.fromBucketName` is.
   *
   * @default - unknown; the model can be served, but not compiled
   */
  readonly revision?: string;
}

/** Options of a model in a directory of this machine. */
export interface LocalDirectorySourceOptions extends ModelDataOptions {
  /**
   * Names of files and directories to leave out, at any depth, besides `.git`, `.DS_Store`, `.cache`, `__pycache__` and `.ipynb_checkpoints`.
   *
   * @default - only those
   */
  readonly exclude?: string[];
}

/** Options of a model package. */
export interface ModelPackageSourceOptions extends ModelDataOptions {
  /**
   * `s3://` address of the package's artefact, which the role then may read. The role's right to pull the
   * package's image comes from the `image` of the `ServedModel`.
   *
   * @default - the role gets no right to read S3; right for packages of AWS Marketplace
   */
  readonly artifactUri?: string;
}

/** Options of a SageMaker model that exists already. */
export interface ExistingModelSourceOptions {
  /**
   * What is known about the model's size and shape.
   *
   * @default - nothing; the fit of model and instance is not checked
   */
  readonly profile?: ModelProfile;
}

/** Where the model to serve comes from. */
export abstract class ModelSource implements IModelSource {
  /**
   * A model of the Hugging Face Hub, downloaded by each container when it starts.
   *
   * Needs a way to the internet, so it does not go with network isolation.
   *
   * @param id e.g. `BAAI/bge-base-en-v1.5`
   */
  public static huggingFace(id: string, options: HuggingFaceSourceOptions = {}): ModelSource {
    return new BoundSource(huggingFace(id, options));
  }

  /**
   * A `model.tar.gz` in S3. SageMaker unpacks it to `/opt/ml/model`; it must hold no symbolic links.
   *
   * @param key key of the archive; ends in `.tar.gz`
   */
  public static s3Archive(bucket: s3.IBucket, key: string, options: S3SourceOptions = {}): ModelSource {
    return new BoundSource(s3Archive(bucket, key, options));
  }

  /**
   * Files in S3 that are not in an archive, put to `/opt/ml/model` as they are. Faster to start than an archive for large models.
   *
   * @param prefix the folder; a slash at its end is added when it is missing
   */
  public static s3Prefix(bucket: s3.IBucket, prefix: string, options: S3SourceOptions = {}): ModelSource {
    return new BoundSource(s3Prefix(bucket, prefix, options));
  }

  /**
   * An archive or a folder in S3, by its address.
   *
   * @param uri `s3://<bucket>/<key>.tar.gz` for an archive, `s3://<bucket>/<prefix>/` for a folder
   */
  public static s3Uri(uri: string, options: S3SourceOptions = {}): ModelSource {
    return new BoundSource(s3Uri(uri, options));
  }

  /**
   * A directory of this machine, uploaded as a `model.tar.gz` when the stack is deployed.
   *
   * The archive has the same bytes on every machine: sorted entries, no times, no owners, one mode, no compression (weights
   * hardly compress, and compressed bytes depend on the version of the compressor). At most 5 GiB; upload larger models to S3
   * once and use `s3Prefix`. Symbolic links are refused, and so are a directory without a single file, names that are not UTF-8,
   * and files that change their size or type before they are packed. Names are spelled in Unicode form NFC. Empty directories below it are
   * left out: the archive holds files only, so a model that looks for such a directory needs a file in it.
   *
   * @param path absolute, or relative to the working directory
   */
  public static localDirectory(path: string, options: LocalDirectorySourceOptions = {}): ModelSource {
    return new BoundSource(localDirectory(path, options));
  }

  /**
   * A version of a model package, which brings its image, artefact and environment. Settings and the like belong into the package.
   *
   * @param arn `arn:aws:sagemaker:<region>:<account>:model-package/<group>/<version>`
   */
  public static modelPackage(arn: string, options: ModelPackageSourceOptions = {}): ModelSource {
    return new BoundSource(modelPackage(arn, options));
  }

  /**
   * A SageMaker model that exists already; nothing is created for it.
   *
   * @param model any object with a `modelName`, e.g. a `Model` of `@aws-cdk/aws-sagemaker-alpha`
   */
  public static existingModel(model: IServableModel, options: ExistingModelSourceOptions = {}): ModelSource {
    return new BoundSource(existingModel(model, options.profile));
  }

  /** The source in a few words. */
  public abstract readonly description: string;

  /** What is known about the model's size and shape, if anything. */
  public abstract readonly profile?: ModelProfile;

  /** Whether the source brings its own image. */
  public abstract readonly bringsImage?: boolean;

  /** How the model was compiled: nothing is known of it for these sources, only for a `NeuronCompilation`. */
  public readonly compiled?: CompiledArtifact = undefined;

  /** Says where the model is, for one variant. */
  public abstract bind(scope: Construct, options: ModelSourceBindOptions): ModelSourceConfig;
}

/** One public face for all kinds of sources; what differs is in `sources/`. */
class BoundSource extends ModelSource {
  public readonly description: string;
  public readonly profile?: ModelProfile;
  public readonly bringsImage?: boolean;

  constructor(private readonly parts: SourceParts) {
    super();
    this.description = parts.description;
    this.profile = parts.profile;
    this.bringsImage = parts.bringsImage ?? false;
  }

  public bind(scope: Construct, options: ModelSourceBindOptions): ModelSourceConfig {
    return this.parts.bind(scope, options);
  }
}
