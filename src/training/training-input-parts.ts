import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { JobChannel } from './core/types';
import type { FileSystemTrainingInputOptions, PipeTrainingInputOptions } from './training-input';
import { s3Arn } from '../model/sources/s3';

/** A channel, and what the role and the network of its job need. */
export interface BoundTrainingInput {
  /** Member of InputDataConfig, without the name. */
  readonly channel: Omit<JobChannel, 'ChannelName'>;
  readonly statements: iam.PolicyStatement[];
  readonly decryptionKeys: kms.IKey[];
  /** Address of the folder or prefix; undefined for manifests, whose data is elsewhere, and file systems. */
  readonly address?: string;
  /** The job has to be in a VPC that reaches the file system. */
  readonly needsVpc: boolean;
  /** Of the file system: lets the security group of the job in, by its default port. */
  readonly connections?: ec2.Connections;
}

/** Names of the API: CreateTrainingJob, InputDataConfig; botocore 1.43.67 (2026-08-07). */
type S3DataType = 'S3Prefix' | 'ManifestFile' | 'AugmentedManifestFile';

/** What a kind of input is made of; `TrainingInput` turns it into a public object. */
export interface TrainingInputParts {
  readonly description: string;
  readonly needsVpc: boolean;
  readonly bind: (scope: Construct) => BoundTrainingInput;
}

/** A part of a bucket that a job reads: an object, or all that begin so. */
export interface Place {
  readonly bucket: s3.IBucket;
  readonly key: string;
  readonly object: boolean;
}

export interface S3InputParts {
  readonly dataType: S3DataType;
  readonly mode: string;
  /** What the address names comes first. */
  readonly places: readonly Place[];
  readonly options: PipeTrainingInputOptions;
  readonly attributeNames?: string[];
}

export interface FileSystemInputParts {
  readonly type: 'EFS' | 'FSxLustre';
  readonly id: string;
  readonly directoryPath: string;
  readonly options: FileSystemTrainingInputOptions;
  readonly connections: ec2.Connections;
  readonly statements: iam.PolicyStatement[];
}

export function s3Input({ dataType, mode, places, options, attributeNames }: S3InputParts): TrainingInputParts {
  const { contentType, distribution = 'FullyReplicated', shuffleSeed, instanceGroups, gzip, recordIo } = options;
  const address = `s3://${places[0].bucket.bucketName}/${places[0].key}`;
  const keys = [...places.map(({ bucket }) => bucket.encryptionKey), options.decryptionKey];
  const bind = (scope: Construct): BoundTrainingInput => {
    for (const { bucket } of places) warnOfRegion(scope, bucket);
    return {
      channel: {
        DataSource: {
          S3DataSource: {
            S3DataType: dataType,
            S3Uri: address,
            S3DataDistributionType: distribution,
            ...attributeNames === undefined ? {} : { AttributeNames: attributeNames },
            ...instanceGroups === undefined ? {} : { InstanceGroupNames: instanceGroups },
          },
        },
        InputMode: mode,
        ...contentType === undefined ? {} : { ContentType: contentType },
        ...gzip === true ? { CompressionType: 'Gzip' } : {},
        ...recordIo === true ? { RecordWrapperType: 'RecordIO' } : {},
        ...shuffleSeed === undefined ? {} : { ShuffleConfig: { Seed: shuffleSeed } },
      },
      statements: places.flatMap((place) => readStatements(scope, place)),
      decryptionKeys: [...new Set(keys.filter((key): key is kms.IKey => key !== undefined))],
      address: dataType === 'S3Prefix' ? address : undefined,
      needsVpc: false,
    };
  };
  return { description: address, needsVpc: false, bind };
}

function readStatements(scope: Construct, { bucket: { bucketName }, key, object }: Place): iam.PolicyStatement[] {
  const everything = key === '';
  return [
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [s3Arn(scope, bucketName, object ? key : `${key}*`)] }),
    // SageMaker lists a prefix to find its objects, and an object to see that it is there; the condition keeps the rest of the bucket unseen.
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [s3Arn(scope, bucketName)],
      conditions: everything ? undefined : { StringLike: { 's3:prefix': object ? [key] : [key, `${key}*`] } },
    }),
  ];
}

/** CreateTrainingJob, S3DataSource: the bucket is in the region of the job. A warning only: an imported bucket has the region of the stack it was imported in. */
function warnOfRegion(scope: Construct, { env, bucketName }: s3.IBucket): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(env.region) || Token.isUnresolved(region) || env.region === region) return;
  const name = Token.isUnresolved(bucketName) ? 'the bucket of the training data' : `the bucket ${bucketName} of the training data`;
  Annotations.of(scope).addWarningV2('cdk-accelerators:trainingDataInOtherRegion', `${name} is in ${env.region} as far as is known here, and SageMaker reads from the region of the training, ${region}: replicate the data there`);
}

export function fileSystemInput({ type, id, directoryPath, options, connections, statements }: FileSystemInputParts): TrainingInputParts {
  const { readOnly = true, contentType } = options;
  const bound: BoundTrainingInput = {
    channel: {
      // No InputMode: with a file system there is none but the one of the job, File.
      DataSource: { FileSystemDataSource: { FileSystemId: id, FileSystemAccessMode: readOnly ? 'ro' : 'rw', FileSystemType: type, DirectoryPath: directoryPath } },
      ...contentType === undefined ? {} : { ContentType: contentType },
    },
    statements,
    decryptionKeys: [],
    needsVpc: true,
    connections,
  };
  return { description: `${type} ${id}:${directoryPath}`, needsVpc: true, bind: () => bound };
}
