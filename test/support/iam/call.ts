import type { LoggedCall, RoleCall } from '../standin/control';

/** One AWS call as IAM judges it: who, what, on which ARNs (all of them have to be allowed), under which condition keys. */
export interface RecordedCall {
  /** Logical id of the role that made it. */
  readonly principal: string;
  /** As IAM spells it, which is not always the operation's name: `s3:ListBucket`. */
  readonly action: string;
  readonly resource: readonly string[];
  readonly context: Context;
}

/** Condition keys. A list is a multivalued key. */
export type Context = Readonly<Record<string, string | string[]>>;

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Service principals that take a role over. */
const PASSED_TO: Readonly<Record<string, string>> = { sagemaker: 'sagemaker.amazonaws.com' };

/**
 * Condition keys of SageMaker that come from the request, and where they lie in the inputs of CreateProcessingJob and
 * CreateTrainingJob. Names: service authorization reference of Amazon SageMaker, as of 2026-11.
 */
const SAGEMAKER_KEYS: Readonly<Record<string, readonly string[]>> = {
  'sagemaker:InstanceTypes': [
    'ProcessingResources.ClusterConfig.InstanceType', 'ProcessingResources.ClusterConfig.InstancePreferences.InstanceType',
    'ResourceConfig.InstanceType', 'ResourceConfig.InstanceGroups.InstanceType',
  ],
  'sagemaker:InterContainerTrafficEncryption': ['NetworkConfig.EnableInterContainerTrafficEncryption', 'EnableInterContainerTrafficEncryption'],
  'sagemaker:MaxRuntimeInSeconds': ['StoppingCondition.MaxRuntimeInSeconds'],
  'sagemaker:NetworkIsolation': ['NetworkConfig.EnableNetworkIsolation', 'EnableNetworkIsolation'],
  'sagemaker:OutputKmsKeyArn': ['ProcessingOutputConfig.KmsKeyId', 'OutputDataConfig.KmsKeyId'],
  'sagemaker:VolumeKmsKeyArn': ['ProcessingResources.ClusterConfig.VolumeKmsKeyId', 'ResourceConfig.VolumeKmsKeyId'],
  'sagemaker:VpcSecurityGroupIds': ['NetworkConfig.VpcConfig.SecurityGroupIds', 'VpcConfig.SecurityGroupIds'],
  'sagemaker:VpcSubnets': ['NetworkConfig.VpcConfig.Subnets', 'VpcConfig.Subnets'],
};
/** The keys above that hold several values. */
const LISTS = new Set(['sagemaker:InstanceTypes', 'sagemaker:VpcSecurityGroupIds', 'sagemaker:VpcSubnets']);

/** The value at a path; of a list the values in all its items. */
function at(input: unknown, path: string): unknown {
  return path.split('.').reduce<any>((value, member) => Array.isArray(value) ? value.map((item) => item[member]) : value?.[member], input);
}

function requestKeys(input: unknown): Record<string, string | string[]> {
  const keys: Record<string, string | string[]> = {};
  for (const [key, paths] of Object.entries(SAGEMAKER_KEYS)) {
    const found = paths.map((path) => at(input, path)).find((value) => value !== undefined);
    if (found === undefined) continue;
    keys[key] = Array.isArray(found) ? found.map(String) : LISTS.has(key) ? [String(found)] : String(found);
  }
  return keys;
}

/** Lists in most services, a map in Application Auto Scaling. */
function tagsOf(input: unknown): readonly Tag[] {
  const tags = (at(input, 'Tags') ?? []) as readonly Tag[] | Readonly<Record<string, string>>;
  return Array.isArray(tags) ? tags : Object.entries(tags).map(([Key, Value]) => ({ Key, Value: Value as string }));
}

function tagKeys(tags: readonly Tag[]): Record<string, string | string[]> {
  if (tags.length === 0) return {};
  return { 'aws:TagKeys': tags.map(({ Key }) => Key), ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])) };
}

/**
 * What IAM checks for calls in the stand-in's request log: the action, `iam:PassRole` for every role that is handed over, and what
 * else the log names, such as `sagemaker:AddTags` for a creation with tags. Calls that were refused count: AWS asks IAM first. Calls
 * whose request was malformed have no resources, and do not count.
 */
export function callsOf(principal: string, logged: readonly LoggedCall[]): RecordedCall[] {
  return logged.filter(({ resources }) => resources.length > 0).flatMap((call) => {
    const tags = tagsOf(call.input);
    const keys = { ...(call.service === 'sagemaker' ? requestKeys(call.input) : {}), ...tagKeys(tags) };
    const calls = (call.conditionKeys ?? [{}]).map((own): RecordedCall => ({ principal, action: call.action, resource: [...call.resources], context: { ...keys, ...own } }));
    for (const role of call.passedRoles) {
      const passedTo = PASSED_TO[call.service];
      if (!passedTo) throw new Error(`${call.action} passes a role and it is not known to which service: add ${call.service} to PASSED_TO`);
      calls.push({ principal, action: 'iam:PassRole', resource: [role], context: { 'iam:PassedToService': passedTo } });
    }
    const besides = (call.alsoChecked ?? []).map(({ action, resources }): RecordedCall => ({ principal, action, resource: [...resources], context: tagKeys(tags) }));
    return [...calls, ...besides];
  });
}

/** What services did with the rights of roles that were passed to them, in the stand-in's log. `roles`: logical id by ARN. */
export function roleCallsOf(logged: readonly RoleCall[], roles: Readonly<Record<string, string>>): RecordedCall[] {
  return logged.map(({ roleArn, action, resource, context = {} }) => {
    if (!Object.hasOwn(roles, roleArn)) throw new Error(`roles: got a call of ${roleArn}, there are ${Object.keys(roles).join(', ') || 'none'}`);
    return { principal: roles[roleArn], action, resource: [resource], context };
  });
}
