import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { throwProblems, type Problem } from '../../private/problems';
import { checkArchiveKey, checkBucketName, checkPrefix, folderOf, parseS3Uri } from '../core/s3-uri';
import type { ModelProfile } from '../model-profile';
import type { SourceParts } from './source-parts';

/** A bucket by name: an `IBucket`, or the first part of an address. */
export interface BucketName {
  readonly bucketName: string;
  readonly encryptionKey?: kms.IKey;
}

export interface S3Options {
  readonly decryptionKey?: kms.IKey;
  readonly profile?: ModelProfile;
}

export function s3Archive(bucket: BucketName, key: string, options: S3Options): SourceParts {
  if (!Token.isUnresolved(key)) throwProblems('ModelSource.s3Archive', checkArchiveKey('key', key));
  return archive(bucket, key, options);
}

export function s3Prefix(bucket: BucketName, prefix: string, options: S3Options): SourceParts {
  if (!Token.isUnresolved(prefix)) throwProblems('ModelSource.s3Prefix', checkPrefix('prefix', prefix));
  return files(bucket, Token.isUnresolved(prefix) ? prefix : folderOf(prefix), options);
}

/** The address as it stands in a console or a script: an archive ends in .tar.gz, a folder in a slash. */
export function s3Uri(uri: string, options: S3Options): SourceParts {
  const where = 'ModelSource.s3Uri';
  const location = parseS3Uri(uri);
  if (location === undefined) {
    const unknown = Token.isUnresolved(uri);
    throwProblems(where, [{
      prop: 'uri',
      got: unknown ? 'an address that is only known at deploy time' : JSON.stringify(uri),
      allowed: 's3://<bucket>/<key>.tar.gz, or s3://<bucket>/<prefix>/',
      fix: unknown ? 'use ModelSource.s3Archive or s3Prefix with a bucket and a key, so that the role can be limited to them' : 'give the full address',
    }]);
  }
  const { bucket, key } = location!;
  const problems: Problem[] = Token.isUnresolved(bucket) ? [] : checkBucketName('uri', bucket);
  const isArchive = key.endsWith('.tar.gz');
  if (!isArchive && key !== '' && !key.endsWith('/')) {
    problems.push({ prop: 'uri', got: JSON.stringify(uri), allowed: 'an address that ends in .tar.gz (an archive) or in / (a folder)', fix: 'add the slash if it is a folder of files' });
  } else {
    problems.push(...isArchive ? checkArchiveKey('uri', key) : checkPrefix('uri', key));
  }
  throwProblems(where, problems);
  return isArchive ? archive({ bucketName: bucket }, key, options) : files({ bucketName: bucket }, folderOf(key), options);
}

function archive(bucket: BucketName, key: string, options: S3Options): SourceParts {
  const url = `s3://${bucket.bucketName}/${key}`;
  return {
    description: url,
    profile: options.profile,
    bind: (scope) => ({
      archiveUrl: url,
      policyStatements: [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [s3Arn(scope, bucket.bucketName, key)] })],
      decryptionKeys: keysOf(bucket, options),
    }),
  };
}

function files(bucket: BucketName, prefix: string, options: S3Options): SourceParts {
  const url = `s3://${bucket.bucketName}/${prefix}`;
  return {
    description: url,
    profile: options.profile,
    bind: (scope) => ({
      prefixUrl: url,
      policyStatements: [
        new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [s3Arn(scope, bucket.bucketName, `${prefix}*`)] }),
        // SageMaker lists the folder to find its files; the condition keeps the rest of the bucket unseen.
        new iam.PolicyStatement({
          actions: ['s3:ListBucket'],
          resources: [s3Arn(scope, bucket.bucketName)],
          conditions: { StringLike: { 's3:prefix': [prefix, `${prefix}*`] } },
        }),
      ],
      decryptionKeys: keysOf(bucket, options),
    }),
  };
}

/** ARN of a bucket or of objects in it. */
export function s3Arn(scope: Construct, bucket: string, key?: string): string {
  return Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: bucket, resourceName: key });
}

function keysOf(bucket: BucketName, options: S3Options): kms.IKey[] {
  return [bucket.encryptionKey, options.decryptionKey].filter((key): key is kms.IKey => key !== undefined);
}
