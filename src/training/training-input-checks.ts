import { Token } from 'aws-cdk-lib';
import { checkUrlLength, checkWildcards } from '../model/core/s3-uri';
import { checkNumber, checkObject, checkPattern } from '../private/checks';
import type { Problem } from '../private/problems';

/** What SageMaker says no to, of a channel. Limits: CreateTrainingJob, InputDataConfig; botocore 1.43.67 (2026-08-07). */
const MOST_CHANNELS = 20;
const MOST_INSTANCE_GROUPS = 5;

/** The channel that the script comes in. */
const SCRIPT_CHANNEL = 'code';

export function checkBucket(prop: string, bucket: { readonly bucketName: string }): Problem[] {
  return checkObject(prop, bucket, 'bucketName', 'a bucket', 'pass a Bucket, or Bucket.fromBucketName');
}

/** A key or a prefix in a bucket, and the address that both make. */
export function checkPlace(prop: string, bucket: { readonly bucketName: string }, key: string, object: boolean): Problem[] {
  const bucketProblems = prop === 'dataPrefix' ? [] : checkBucket('bucket', bucket);
  const form = object
    ? checkPattern(prop, key, /^[^/](.*[^/])?$/s, 'the key of an object, without a slash in front or at the end')
    : checkPattern(prop, key, /^(?!s3:\/\/)([^/].*)?$/s, 'a prefix below the bucket, without a slash in front');
  if (bucketProblems.length > 0 || form.length > 0) return [...bucketProblems, ...form];
  const address = `s3://${bucket?.bucketName}/${key}`;
  return [
    ...checkWildcards(prop, key, 'the data'),
    ...Token.isUnresolved(address) ? [] : checkUrlLength(prop, address, 'the data'),
  ];
}

export function checkS3Options({ contentType, shuffleSeed, instanceGroups }: { readonly contentType?: string; readonly shuffleSeed?: number; readonly instanceGroups?: string[] }): Problem[] {
  return [
    ...checkContentType(contentType),
    ...checkNumber('shuffleSeed', shuffleSeed, { integer: true, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
    ...instanceGroups === undefined ? [] : checkNames('instanceGroups', instanceGroups, MOST_INSTANCE_GROUPS, 64),
  ];
}

export function checkFileSystem(id: string, directoryPath: string, { contentType }: { readonly contentType?: string }): Problem[] {
  return [
    ...checkPattern('fileSystem', id, /^fs-[0-9a-f]{8,18}$/, 'an id of the form fs-0123456789abcdef0, 11 to 21 characters'),
    ...checkPattern('directoryPath', directoryPath, /^\/.{0,4095}$/, 'the full path of a directory: a slash in front, at most 4096 characters'),
    ...checkContentType(contentType),
  ];
}

function checkContentType(contentType: string | undefined): Problem[] {
  return checkPattern('contentType', contentType, /^.{1,256}$/, 'a MIME type of 1 to 256 characters');
}

/** A list of names: how many, how long each. */
export function checkNames(prop: string, names: string[], most: number, longest: number): Problem[] {
  if (Token.isUnresolved(names)) return [];
  const allowed = `1 to ${most} different names`;
  if (!Array.isArray(names) || names.length === 0 || names.length > most || new Set(names).size < names.length) {
    return [{ prop, got: JSON.stringify(names), allowed, fix: `give ${allowed}` }];
  }
  return names.flatMap((name, i) => checkPattern(`${prop}[${i}]`, name, new RegExp(`^.{1,${longest}}$`), `a name of 1 to ${longest} characters`));
}

/**
 * The channels of a job by their names: the prop `inputs`.
 *
 * @param script whether the job has the channel of the script beside them, which counts
 */
export function checkChannels(inputs: Readonly<Record<string, unknown>> | undefined, script: boolean): Problem[] {
  if (inputs === undefined) return [];
  const names = Object.keys(inputs);
  const most = script ? MOST_CHANNELS - 1 : MOST_CHANNELS;
  const count = names.length <= most ? [] : [{
    prop: 'inputs',
    got: `${names.length} channels`,
    allowed: `at most ${most} channels${script ? ', as the script comes in one more' : ''}`,
    fix: 'put several data sets below one prefix',
  }];
  return [...count, ...names.flatMap((name) => [
    ...checkPattern('inputs', name, /^[A-Za-z0-9.\-_]{1,64}$/, 'names of channels with 1 to 64 letters, digits, `.`, `-` and `_`', 'rename the channel'),
    ...name === SCRIPT_CHANNEL ? [{ prop: `inputs.${name}`, got: 'a channel of data', allowed: 'another name: `code` is kept for the script', fix: 'rename the channel' }] : [],
    ...checkObject(`inputs.${name}`, inputs[name], '_bind', 'a TrainingInput', 'use a static of TrainingInput such as TrainingInput.s3'),
  ])];
}
