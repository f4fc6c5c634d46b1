import type * as efs from 'aws-cdk-lib/aws-efs';
import type * as fsx from 'aws-cdk-lib/aws-fsx';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { checkBucket, checkFileSystem, checkNames, checkPlace, checkS3Options } from './training-input-checks';
import { fileSystemInput, s3Input, type BoundTrainingInput, type TrainingInputParts } from './training-input-parts';
import { checkObject } from '../private/checks';
import { throwProblems } from '../private/problems';

/** How the data of a channel reaches the instances. */
export enum TrainingInputMode {
  /** Downloaded to the disk of each instance before the script starts. */
  FILE = 'File',

  /** Files that are fetched when the script reads them. */
  FAST_FILE = 'FastFile',

  /** A named pipe for each epoch, for scripts that were written for it. */
  PIPE = 'Pipe',
}

/** Which objects of a channel each instance of a job gets. */
export enum TrainingDataDistribution {
  /** Every instance gets all of them. */
  FULLY_REPLICATED = 'FullyReplicated',

  /** Every instance gets a part of them, so that each object is on one instance. */
  SHARDED_BY_S3_KEY = 'ShardedByS3Key',
}

/** Options of every channel with objects of Amazon S3. */
export interface S3TrainingInputOptions {
  /**
   * MIME type that is told to the container, e.g. `application/x-parquet`. At most 256 characters.
   *
   * @default - none
   */
  readonly contentType?: string;

  /**
   * Which objects each instance gets.
   *
   * @default TrainingDataDistribution.FULLY_REPLICATED
   */
  readonly distribution?: TrainingDataDistribution;

  /**
   * Seed, a whole number, by which SageMaker shuffles the objects (of an augmented manifest: its lines).
   *
   * @default - their order is kept
   */
  readonly shuffleSeed?: number;

  /**
   * Key that the objects are encrypted with: the role of the job may decrypt with it.
   *
   * @default - the key of the bucket, where the bucket has one
   */
  readonly decryptionKey?: kms.IKey;

  /**
   * Instance groups of a heterogeneous job that get the channel. 1 to 5 names.
   *
   * @default - all of them
   */
  readonly instanceGroups?: string[];
}

/** Options of a channel in pipe mode. SageMaker knows both only there. */
export interface PipeTrainingInputOptions extends S3TrainingInputOptions {
  /**
   * The objects are compressed with gzip, and are decompressed on their way.
   *
   * @default false
   */
  readonly gzip?: boolean;

  /**
   * Wrap each object in a record of RecordIO, for scripts that read it.
   *
   * @default false
   */
  readonly recordIo?: boolean;
}

/** Options of `TrainingInput.manifest`. */
export interface ManifestTrainingInputOptions extends PipeTrainingInputOptions {
  /** What the keys of all listed objects begin with; an empty text for any. The role of the job may read below it, and SageMaker does not say it before the manifest is read. */
  readonly dataPrefix: string;

  /**
   * Bucket of the listed objects.
   *
   * @default - the bucket of the manifest
   */
  readonly dataBucket?: s3.IBucket;

  /**
   * How the listed objects reach the instances.
   *
   * @default TrainingInputMode.FILE
   */
  readonly mode?: TrainingInputMode;
}

/** Options of `TrainingInput.augmentedManifest`. */
export interface AugmentedManifestTrainingInputOptions extends PipeTrainingInputOptions {
  /** Attributes of each line that the script gets, in this order, e.g. `['source-ref', 'label']`. 1 to 16 names of at most 256 characters. */
  readonly attributeNames: string[];

  /**
   * What the keys of all objects begin with that the lines refer to; an empty text for any.
   *
   * @default - the lines hold the data themselves, and the role of the job may read nothing else
   */
  readonly dataPrefix?: string;

  /**
   * Bucket of the objects that the lines refer to.
   *
   * @default - the bucket of the manifest
   */
  readonly dataBucket?: s3.IBucket;
}

/** Options of a channel that is a directory of a file system. */
export interface FileSystemTrainingInputOptions {
  /**
   * Whether the script may only read.
   *
   * @default true
   */
  readonly readOnly?: boolean;

  /**
   * MIME type that is told to the container. At most 256 characters.
   *
   * @default - none
   */
  readonly contentType?: string;
}

/**
 * The data of one channel of a training job. The script finds it in
 * `/opt/ml/input/data/<channel>`, and that path in `SM_CHANNEL_<CHANNEL>`.
 */
export class TrainingInput {
  /**
   * Objects of Amazon S3, downloaded before the script starts (file mode).
   *
   * @param bucket a bucket in the region of the training
   * @param prefix what their keys begin with: end it with a slash for a folder; an empty text for the whole bucket
   * @throws for a prefix with a slash in front or with wildcards, an address of more than 1,024 characters, and options that SageMaker refuses
   */
  public static s3(bucket: s3.IBucket, prefix: string, options: S3TrainingInputOptions = {}): TrainingInput {
    return new TrainingInput(ofPrefix('s3', bucket, prefix, TrainingInputMode.FILE, options));
  }

  /**
   * Objects of Amazon S3 as files that are fetched when they are read (fast file mode): starts at once, and is best read in sequence.
   *
   * @param bucket a bucket in the region of the training
   * @param prefix what their keys begin with: end it with a slash for a folder; an empty text for the whole bucket
   * @throws as `s3`
   */
  public static fastFile(bucket: s3.IBucket, prefix: string, options: S3TrainingInputOptions = {}): TrainingInput {
    return new TrainingInput(ofPrefix('fastFile', bucket, prefix, TrainingInputMode.FAST_FILE, options));
  }

  /**
   * Objects of Amazon S3 through a named pipe for each epoch (pipe mode), for scripts that were written for it.
   *
   * @param bucket a bucket in the region of the training
   * @param prefix what their keys begin with: end it with a slash for a folder; an empty text for the whole bucket
   * @throws as `s3`
   */
  public static pipe(bucket: s3.IBucket, prefix: string, options: PipeTrainingInputOptions = {}): TrainingInput {
    return new TrainingInput(ofPrefix('pipe', bucket, prefix, TrainingInputMode.PIPE, options));
  }

  /**
   * The objects that a manifest lists: `[{"prefix": "s3://bucket/prefix/"}, "a", "b"]`.
   *
   * @param bucket the bucket of the manifest, in the region of the training
   * @param key the key of the manifest
   * @throws as `s3`, and for gzip or RecordIO in another mode than `PIPE`
   */
  public static manifest(bucket: s3.IBucket, key: string, options: ManifestTrainingInputOptions): TrainingInput {
    const where = 'TrainingInput.manifest';
    throwProblems(where, checkObject('options', options, 'dataPrefix', 'where the listed objects are', "give e.g. { dataPrefix: 'images/' }"));
    const { mode = TrainingInputMode.FILE, dataPrefix, dataBucket } = options;
    const streams = mode === TrainingInputMode.PIPE;
    throwProblems(where, [
      ...(['gzip', 'recordIo'] as const).filter((prop) => options[prop] === true && !streams)
        .map((prop) => ({ prop, got: `true in mode ${mode}`, allowed: 'true in mode Pipe alone', fix: `leave ${prop} out, or set mode to TrainingInputMode.PIPE` })),
      ...checkPlace('key', bucket, key, true),
      ...dataBucket === undefined ? [] : checkBucket('dataBucket', dataBucket),
      ...checkPlace('dataPrefix', dataBucket ?? bucket, dataPrefix, false),
      ...checkS3Options(options),
    ]);
    const places = [{ bucket, key, object: true }, { bucket: dataBucket ?? bucket, key: dataPrefix, object: false }];
    return new TrainingInput(s3Input({ dataType: 'ManifestFile', mode, places, options }));
  }

  /**
   * What the JSON lines of an augmented manifest hold or refer to, such as one of SageMaker Ground Truth. Always in pipe mode: SageMaker knows no other for it.
   *
   * @param bucket the bucket of the manifest, in the region of the training
   * @param key the key of the manifest
   * @throws as `s3`, and for none or more than 16 attributes
   */
  public static augmentedManifest(bucket: s3.IBucket, key: string, options: AugmentedManifestTrainingInputOptions): TrainingInput {
    const where = 'TrainingInput.augmentedManifest';
    throwProblems(where, checkObject('options', options, 'attributeNames', 'which attributes of the lines the script gets', "give e.g. { attributeNames: ['source-ref', 'label'] }"));
    const { attributeNames, dataPrefix, dataBucket } = options;
    throwProblems(where, [
      ...checkPlace('key', bucket, key, true),
      ...dataBucket === undefined ? [] : checkBucket('dataBucket', dataBucket),
      ...dataBucket !== undefined && dataPrefix === undefined
        ? [{ prop: 'dataPrefix', got: 'nothing beside a dataBucket', allowed: 'what the keys of the objects begin with', fix: "give it; '' lets the job read the whole bucket" }] : [],
      ...dataPrefix === undefined ? [] : checkPlace('dataPrefix', dataBucket ?? bucket, dataPrefix, false),
      ...checkNames('attributeNames', attributeNames, 16, 256),
      ...checkS3Options(options),
    ]);
    const places = [{ bucket, key, object: true }, ...dataPrefix === undefined ? [] : [{ bucket: dataBucket ?? bucket, key: dataPrefix, object: false }]];
    return new TrainingInput(s3Input({ dataType: 'AugmentedManifestFile', mode: TrainingInputMode.PIPE, places, options, attributeNames }));
  }

  /**
   * A directory of an Amazon EFS file system. The job has to be in its VPC, in subnets with mount targets, and is let in.
   *
   * @param directoryPath the full path of an existing directory, e.g. `/datasets/c4`. At most 4,096 characters
   * @throws for a path that does not begin with a slash or is too long, and for what is no file system
   */
  public static efs(fileSystem: efs.IFileSystem, directoryPath: string, options: FileSystemTrainingInputOptions = {}): TrainingInput {
    const where = 'TrainingInput.efs';
    throwProblems(where, checkObject('fileSystem', fileSystem, 'fileSystemArn', 'a file system of Amazon EFS', 'pass a FileSystem of aws-efs, or FileSystem.fromFileSystemAttributes'));
    const actions = ['elasticfilesystem:ClientMount', ...options.readOnly ?? true ? [] : ['elasticfilesystem:ClientWrite']];
    const statements = [new iam.PolicyStatement({ actions, resources: [fileSystem.fileSystemArn] })];
    throwProblems(where, checkFileSystem(fileSystem.fileSystemId, directoryPath, options));
    return new TrainingInput(fileSystemInput({ type: 'EFS', id: fileSystem.fileSystemId, directoryPath, options, connections: fileSystem.connections, statements }));
  }

  /**
   * A directory of an Amazon FSx for Lustre file system. The job has to be in its VPC and Availability Zone, and is let in. Lustre knows no IAM: who reaches it may mount it.
   *
   * @param fileSystem a `LustreFileSystem`, or `LustreFileSystem.fromLustreFileSystemAttributes`
   * @param directoryPath the full path, which begins with the mount name of the file system: `/${fileSystem.mountName}/datasets`. At most 4,096 characters
   * @throws for a path that does not begin with a slash or is too long, and for what is no file system
   */
  public static fsxLustre(fileSystem: fsx.IFileSystem, directoryPath: string, options: FileSystemTrainingInputOptions = {}): TrainingInput {
    const where = 'TrainingInput.fsxLustre';
    const lustre = 'a file system of Amazon FSx for Lustre';
    throwProblems(where, checkObject('fileSystem', fileSystem, 'fileSystemId', lustre, 'pass a LustreFileSystem, or LustreFileSystem.fromLustreFileSystemAttributes'));
    throwProblems(where, 'mountTargetsAvailable' in fileSystem ? [{ prop: 'fileSystem', got: 'a file system of Amazon EFS', allowed: lustre, fix: 'use TrainingInput.efs' }] : []);
    throwProblems(where, checkFileSystem(fileSystem.fileSystemId, directoryPath, options));
    return new TrainingInput(fileSystemInput({ type: 'FSxLustre', id: fileSystem.fileSystemId, directoryPath, options, connections: fileSystem.connections, statements: [] }));
  }

  /** Whether the job has to be in a VPC: where the data is in a file system. */
  public readonly needsVpc: boolean;

  private constructor(private readonly parts: TrainingInputParts) {
    this.needsVpc = parts.needsVpc;
  }

  /** The address in Amazon S3, or the file system and its directory. */
  public toString(): string {
    return this.parts.description;
  }

  /**
   * The channel, and what the role and the network of its job need.
   *
   * @internal
   */
  public _bind(scope: Construct): BoundTrainingInput {
    return this.parts.bind(scope);
  }
}

function ofPrefix(factory: string, bucket: s3.IBucket, prefix: string, mode: TrainingInputMode, options: PipeTrainingInputOptions): TrainingInputParts {
  throwProblems(`TrainingInput.${factory}`, [...checkPlace('prefix', bucket, prefix, false), ...checkS3Options(options)]);
  return s3Input({ dataType: 'S3Prefix', mode, places: [{ bucket, key: prefix, object: false }], options });
}
