import { Duration, Token } from 'aws-cdk-lib';
import type { CompilationModelOptions, CompilationTaskOptions } from './compilation-spec';
import { checkPrefix } from '../model/core/s3-uri';
import { checkPlacement } from '../model/placement-checks';
import { checkNumber, checkObject, checkPattern } from '../private/checks';
import type { Problem } from '../private/problems';

/** 9 days (SageMaker API, ProcessingMaxRuntimeInSeconds); training jobs may run longer, and nobody compiles for that long. */
const MAX_RUNTIME = 777_600;

/** CloudFormation's longest wait (AWS::CloudFormation::WaitCondition, Timeout). */
export const MAX_WAIT = Duration.hours(12);
const MIN_WAIT = Duration.minutes(15);

/** A folder: goes into the resources of policies and into addresses, so nothing that stands for more than itself. */
const PREFIX = /^[\w.-]+(\/[\w.-]+)*\/?$/;

/** What is wrong with what is not part of the spec. */
export function checkTaskProps({ job, maxRuntime, artifacts, network, role }: CompilationTaskOptions): Problem[] {
  const problems: Problem[] = [];
  if (job !== undefined) problems.push(...checkObject('job', job, 'capacityRetries', 'a compile job', 'use CompilationJob.onCpu or CompilationJob.onTrainium'));
  if (role !== undefined) problems.push(...checkObject('role', role, 'roleArn', 'a role of IAM', 'pass a Role, or Role.fromRoleArn'));
  problems.push(...checkDuration('maxRuntime', maxRuntime, { min: 60, max: MAX_RUNTIME, unit: 'seconds' }));
  if (artifacts?.bucket !== undefined) problems.push(...checkObject('artifacts.bucket', artifacts.bucket, 'bucketName', 'a bucket of S3', 'pass a Bucket, or Bucket.fromBucketName'));
  if (artifacts?.encryptionKey !== undefined) problems.push(...checkObject('artifacts.encryptionKey', artifacts.encryptionKey, 'keyArn', 'a key of KMS', 'pass a Key, or Key.fromKeyArn'));
  const own = artifacts?.bucket?.encryptionKey;
  if (own !== undefined && artifacts?.encryptionKey !== undefined && own.keyArn !== artifacts.encryptionKey.keyArn) {
    problems.push({ prop: 'artifacts.encryptionKey', got: 'another key than that of the bucket', allowed: 'the key that the bucket encrypts with: what is written without naming a key gets that one', fix: 'leave it out' });
  }
  const prefix = artifacts?.prefix;
  if (prefix !== undefined) {
    if (Token.isUnresolved(prefix)) problems.push({ prop: 'artifacts.prefix', got: 'a token (a value known only at deploy time)', allowed: 'a folder known at synth', fix: 'give a plain text such as "neuron"' });
    else if (typeof prefix !== 'string' || !PREFIX.test(prefix) || prefix.length > 512) problems.push({ prop: 'artifacts.prefix', got: JSON.stringify(prefix), allowed: 'a folder of letters, digits, `.`, `_`, `-` and `/`, not with a slash at its beginning, at most 512 characters', fix: 'give e.g. "neuron"' });
  }
  return [...problems, ...checkPlacement('network.', network ?? {}, true)];
}

/** A reference path to one value: of the input of the states, or of the context object (`$$.Execution.Input.model`). */
const MODEL_PATH = /^\${1,2}(\.[A-Za-z_]\w*|\[\d+\])*$/;

/** What is wrong with where the models of executions lie, and with where an execution says which one. */
export function checkModels(models: CompilationModelOptions, modelPath: string): Problem[] {
  const problems = checkObject('models', models, 'bucket', 'a bucket and a prefix', "give e.g. { bucket, prefix: 'trained/' }");
  if (problems.length === 0) {
    const { bucket, prefix, decryptionKey } = models;
    problems.push(...checkObject('models.bucket', bucket, 'bucketName', 'a bucket of S3', 'pass a Bucket, or Bucket.fromBucketName'));
    if (Token.isUnresolved(prefix)) problems.push({ prop: 'models.prefix', got: 'a token (a value known only at deploy time)', allowed: 'a folder known at synth', fix: 'give a plain text such as "trained/"' });
    else if (typeof prefix !== 'string') problems.push({ prop: 'models.prefix', got: JSON.stringify(prefix) ?? 'nothing', allowed: 'a folder in the bucket', fix: 'give a plain text such as "trained/"' });
    else problems.push(...checkPrefix('models.prefix', prefix));
    if (decryptionKey !== undefined) problems.push(...checkObject('models.decryptionKey', decryptionKey, 'keyArn', 'a key of KMS', 'pass a Key, or Key.fromKeyArn'));
  }
  const fix = 'give the path as plain text, e.g. "$.model"';
  if (Token.isUnresolved(modelPath)) return [...problems, { prop: 'modelPath', got: 'a token', allowed: 'a path of Step Functions to the model, e.g. $.model', fix }];
  return [...problems, ...checkPattern('modelPath', modelPath, MODEL_PATH, 'a path of Step Functions to the model, e.g. $.model or $.training[0].model', fix)];
}

/** What is wrong with how long a deploy waits, and with how much of it a job may take. */
export function checkTimes(timeout: Duration, maxRuntime: Duration | undefined): Problem[] {
  const problems = checkDuration('timeout', timeout, { min: MIN_WAIT.toMinutes(), max: MAX_WAIT.toMinutes(), unit: 'minutes' });
  // What is wrong with maxRuntime alone is said with the other props.
  if (problems.length > 0 || maxRuntime === undefined || checkDuration('maxRuntime', maxRuntime, { unit: 'seconds' }).length > 0) return problems;
  if (maxRuntime.toSeconds({ integral: false }) <= timeout.toSeconds()) return [];
  return [{ prop: 'maxRuntime', got: `${maxRuntime.toMinutes({ integral: false })} minutes`, allowed: `at most the ${timeout.toMinutes()} minutes that the deploy waits`, fix: 'lower maxRuntime, or raise timeout' }];
}

/** A duration in whole units; it goes into the template, and what depends on it is decided at synth. */
function checkDuration(prop: string, value: Duration | undefined, range: { readonly min?: number; readonly max?: number; readonly unit: 'seconds' | 'minutes' }): Problem[] {
  if (value === undefined) return [];
  const notOne = checkObject(prop, value, 'toSeconds', 'a duration', 'give e.g. Duration.hours(2)');
  if (notOne.length > 0) return notOne;
  if (value.isUnresolved()) return [{ prop, got: 'a token (a value known only at deploy time)', allowed: 'a duration known at synth', fix: 'give a plain duration such as Duration.hours(2)' }];
  const amount = range.unit === 'seconds' ? value.toSeconds({ integral: false }) : value.toMinutes({ integral: false });
  return checkNumber(prop, amount, { ...range, integer: true });
}
