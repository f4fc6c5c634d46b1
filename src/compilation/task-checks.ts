import { Token } from 'aws-cdk-lib';
import type { NeuronCompilationTaskProps } from './neuron-compilation-task';
import { checkNumber, checkObject } from '../private/checks';
import type { Problem } from '../private/problems';

/** 9 days (SageMaker API, ProcessingMaxRuntimeInSeconds); training jobs may run longer, and nobody compiles for that long. */
const MAX_RUNTIME = 777_600;

/** A folder: goes into the resources of policies and into addresses, so nothing that stands for more than itself. */
const PREFIX = /^[\w.-]+(\/[\w.-]+)*\/?$/;

/** What is wrong with what is not part of the spec. */
export function checkTaskProps({ job, maxRuntime, artifacts, network, role }: NeuronCompilationTaskProps): Problem[] {
  const problems: Problem[] = [];
  if (job !== undefined) problems.push(...checkObject('job', job, 'capacityRetries', 'a compile job', 'use CompilationJob.onCpu or CompilationJob.onTrainium'));
  if (role !== undefined) problems.push(...checkObject('role', role, 'roleArn', 'a role of IAM', 'pass a Role, or Role.fromRoleArn'));
  if (maxRuntime !== undefined) {
    const notOne = checkObject('maxRuntime', maxRuntime, 'toSeconds', 'a duration', 'give e.g. Duration.hours(2)');
    if (notOne.length > 0) problems.push(...notOne);
    else if (maxRuntime.isUnresolved()) problems.push({ prop: 'maxRuntime', got: 'a token (a value known only at deploy time)', allowed: 'a duration known at synth', fix: 'give a plain duration such as Duration.hours(2)' });
    else problems.push(...checkNumber('maxRuntime', maxRuntime.toSeconds({ integral: false }), { min: 60, max: MAX_RUNTIME, integer: true, unit: 'seconds' }));
  }
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
  return [...problems, ...checkNetwork(network ?? {})];
}

function checkNetwork({ vpc, vpcSubnets, securityGroups }: NonNullable<NeuronCompilationTaskProps['network']>): Problem[] {
  if (vpc === undefined) {
    return Object.entries({ vpcSubnets, securityGroups }).flatMap(([name, value]) => value === undefined ? [] : [{
      prop: `network.${name}`, got: 'a value', allowed: 'nothing without `vpc`', fix: `pass vpc, or remove ${name}`,
    }]);
  }
  const problems: Problem[] = checkObject('network.vpc', vpc, 'vpcId', 'a VPC', 'pass a Vpc, or Vpc.fromLookup');
  if (problems.length > 0) return problems;
  const groups = securityGroups?.length;
  if (groups !== undefined && (groups < 1 || groups > 5)) {
    problems.push({ prop: 'network.securityGroups', got: `${groups} security groups`, allowed: '1 to 5', fix: groups === 0 ? 'leave it out to get one' : 'merge their rules' });
  }
  const subnets = vpc.selectSubnets(vpcSubnets).subnets.length;
  if (subnets < 1 || subnets > 16) problems.push({ prop: 'network.vpcSubnets', got: `${subnets} subnets`, allowed: '1 to 16', fix: 'select other subnets' });
  return problems;
}
