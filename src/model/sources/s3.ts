import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { throwProblems, type Problem } from '../../private/problems';
import { checkArchiveKey, checkBucketName, checkPrefix, checkUrlLength, checkWildcards, folderOf, parseS3Uri } from '../core/s3-uri';
import type { ModelProfile } from '../model-profile';
import type { SourceParts } from './source-parts';

/** A bucket by name: an `IBucket`, or the first part of an address. */
export interface BucketName {
  readonly bucketName: string;
  readonly encryptionKey?: kms.IKey;
  readonly env?: { readonly region: string };
}

export interface S3Options {
  readonly decryptionKey?: kms.IKey;
  readonly revision?: string;
  readonly profile?: ModelProfile;
}

export function s3Archive(bucket: BucketName, key: string, options: S3Options): SourceParts {
  const problems = Token.isUnresolved(key) ? checkWildcards('key', key) : checkArchiveKey('key', key);
  throwProblems('ModelSource.s3Archive', [...problems, ...checkUrl('key', bucket, key)]);
  return archive(bucket, key, options);
}

export function s3Prefix(bucket: BucketName, prefix: string, options: S3Options): SourceParts {
  const unknown = Token.isUnresolved(prefix);
  const folder = unknown ? prefix : folderOf(prefix);
  throwProblems('ModelSource.s3Prefix', [...unknown ? checkWildcards('prefix', prefix) : checkPrefix('prefix', prefix), ...checkUrl('prefix', bucket, folder)]);
  return files(bucket, folder, options);
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
    problems.push(...isArchive ? checkArchiveKey('uri', key) : checkPrefix('uri', key), ...checkUrl('uri', { bucketName: bucket }, isArchive ? key : folderOf(key)));
  }
  throwProblems(where, problems);
  return isArchive ? archive({ bucketName: bucket }, key, options) : files({ bucketName: bucket }, folderOf(key), options);
}

function checkUrl(prop: string, { bucketName }: BucketName, key: string): Problem[] {
  const url = `s3://${bucketName}/${key}`;
  return Token.isUnresolved(url) ? [] : checkUrlLength(prop, url);
}

function archive(bucket: BucketName, key: string, options: S3Options): SourceParts {
  const url = `s3://${bucket.bucketName}/${key}`;
  return {
    description: url,
    profile: options.profile,
    bind: (scope) => {
      warnOfRegion(scope, bucket, url);
      return {
        archiveUrl: url,
        policyStatements: [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [s3Arn(scope, bucket.bucketName, key)] })],
        decryptionKeys: keysOf(bucket, options),
        contentId: contentIdOf(url, options),
      };
    },
  };
}

function files(bucket: BucketName, prefix: string, options: S3Options): SourceParts {
  const url = `s3://${bucket.bucketName}/${prefix}`;
  return {
    description: url,
    profile: options.profile,
    bind: (scope) => {
      warnOfRegion(scope, bucket, url);
      return {
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
        contentId: contentIdOf(url, options),
      };
    },
  };
}

/**
 * SageMaker reads artefacts in the model's own region (SageMaker API, ContainerDefinition). A warning only: an imported
 * bucket is given the region of the stack it was imported in, which may not be where it is.
 */
function warnOfRegion(scope: Construct, { env }: BucketName, url: string): void {
  const { region } = Stack.of(scope);
  if (env === undefined || Token.isUnresolved(env.region) || Token.isUnresolved(region) || env.region === region) return;
  const name = Token.isUnresolved(url) ? 'the bucket of the model' : `the bucket of ${url}`;
  Annotations.of(scope).addWarningV2('cdk-accelerators:modelDataInOtherRegion', `${name} is in ${env.region} as far as is known here, and SageMaker reads models from the region of the endpoint, ${region}: copy the model there`);
}

/** ARN of a bucket or of objects in it. */
export function s3Arn(scope: Construct, bucket: string, key?: string): string {
  return Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: bucket, resourceName: key });
}

/** The address belongs to it: two models under one number of a release are two models. */
function contentIdOf(url: string, { revision }: S3Options): string | undefined {
  return revision === undefined ? undefined : `${url}@${revision}`;
}

function keysOf(bucket: BucketName, options: S3Options): kms.IKey[] {
  return [bucket.encryptionKey, options.decryptionKey].filter((key): key is kms.IKey => key !== undefined);
}
