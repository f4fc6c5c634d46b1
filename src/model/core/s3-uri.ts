import type { Problem } from '../../private/problems';

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** Splits `s3://bucket/key`; undefined when it is not of that form. The bucket or parts of the key may be deploy-time tokens. */
export function parseS3Uri(uri: string): S3Location | undefined {
  const match = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri);
  return match === null ? undefined : { bucket: match[1], key: match[2] };
}

/** S3 object keys: up to 1,024 bytes (S3 user guide, object keys). */
const MAX_KEY_BYTES = 1024;

/** Bucket names: 3 to 63 lower case letters, digits, dots and hyphens (S3 user guide, bucket naming rules). */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function checkBucketName(prop: string, bucket: string): Problem[] {
  if (BUCKET.test(bucket)) return [];
  return [{ prop, got: JSON.stringify(bucket), allowed: 'a bucket name of 3 to 63 lower case letters, digits, dots and hyphens', fix: 'correct the name of the bucket' }];
}

/** How aws-cdk-lib spells a value that is only known at deploy time inside a text. */
const TOKEN = /\$\{Token\[[^\]]*\]\}/g;

/**
 * A key goes into the resource of an IAM policy, where these characters stand for more than themselves.
 *
 * @param stored what lies there
 */
export function checkWildcards(prop: string, key: string, stored = 'the model'): Problem[] {
  if (!/[*?]|\$\{/.test(key.replace(TOKEN, ''))) return [];
  return [{ prop, got: JSON.stringify(key), allowed: 'a key without `*`, `?` and `${`: in the policy of the role they would open other objects', fix: `store ${stored} under another key` }];
}

/** CreateModel: `ModelDataUrl` and `S3DataSource.S3Uri`; CreateTrainingJob: `S3DataSource.S3Uri` (SageMaker API). */
const MAX_URL = 1024;

/** The length of the whole address; the caller leaves out addresses that are only known at deploy time. */
export function checkUrlLength(prop: string, url: string, stored = 'the model'): Problem[] {
  if (url.length <= MAX_URL) return [];
  return [{ prop, got: `an address of ${url.length} characters`, allowed: `at most ${MAX_URL} characters, with s3:// and the bucket`, fix: `store ${stored} under a shorter key` }];
}

export function checkArchiveKey(prop: string, key: string): Problem[] {
  if (key.endsWith('.tar.gz') && key !== '.tar.gz' && !key.startsWith('/') && Buffer.byteLength(key) <= MAX_KEY_BYTES) return checkWildcards(prop, key);
  return [{ prop, got: JSON.stringify(key), allowed: 'the key of an object whose name ends in .tar.gz, without a leading slash', fix: 'give the key of the model.tar.gz, or use ModelSource.s3Prefix for files that are not in an archive' }];
}

export function checkPrefix(prop: string, prefix: string): Problem[] {
  if (prefix.replace(/\/+$/, '') !== '' && !prefix.startsWith('/') && Buffer.byteLength(prefix) <= MAX_KEY_BYTES && !prefix.endsWith('.tar.gz')) return checkWildcards(prop, prefix);
  const archive = prefix.endsWith('.tar.gz');
  return [{ prop, got: JSON.stringify(prefix), allowed: 'a prefix below the bucket, without a leading slash', fix: archive ? 'use ModelSource.s3Archive for an archive' : 'put the files of the model under a prefix of their own' }];
}

/** SageMaker takes an S3 prefix as a folder only when it ends in one slash. */
export function folderOf(prefix: string): string {
  return `${prefix.replace(/\/+$/, '')}/`;
}
