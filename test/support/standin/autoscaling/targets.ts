import type {
  DeregisterScalableTargetRequest, DescribeScalableTargetsRequest, RegisterScalableTargetRequest,
} from '@aws-sdk/client-application-auto-scaling';
import { describeTarget, resolve, targetConditionKeys, targetKey, type TargetName } from './dimensions';
import { invalid, ServiceError } from '../errors';
import { page } from '../paging';
import { timestamp, type CallContext, type Operation } from '../service';
import type { ScalableTargetRecord } from '../state';

/** The target, or the service's error when it is not registered. `verb` is what the message says. */
export function registered(context: CallContext, name: TargetName, verb: 'registered' | 'found'): ScalableTargetRecord {
  const target = context.state.targets.get(targetKey(name));
  if (!target) throw new ServiceError('ObjectNotFoundException', `No scalable target ${verb} for ${describeTarget(name)}`);
  return target;
}

function serviceRole(context: CallContext): string {
  return `arn:aws:iam::${context.account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/`
    + 'AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint';
}

function checkLimits(context: CallContext, input: RegisterScalableTargetRequest, before: RegisterScalableTargetRequest | undefined): void {
  const least = input.MinCapacity ?? before?.MinCapacity;
  const most = input.MaxCapacity ?? before?.MaxCapacity;
  if (least === undefined || most === undefined) throw invalid('Both MinCapacity and MaxCapacity must be provided to register a new scalable target.');
  if (least < 0) throw invalid(`Minimum capacity must be 0 or more, got ${least}`);
  if (least > most) throw invalid(`Maximum capacity ${most} must be greater than or equal to minimum capacity ${least}`);
  const { endpoint, fleet } = resolve(context, input);
  if (/^ml\.t\d/.test(fleet.config.InstanceType ?? '')) {
    throw invalid(`Automatic scaling is not supported for the burstable instance type ${fleet.config.InstanceType} of variant ${fleet.name}`);
  }
  const config = context.state.endpointConfigs.get(endpoint.configName.toLowerCase())?.input;
  const scalesToZero = config?.AsyncInferenceConfig !== undefined || fleet.config.ModelName === undefined;
  if (least === 0 && !scalesToZero && input.ScalableDimension === 'sagemaker:variant:DesiredInstanceCount') {
    throw invalid(`Minimum capacity of variant ${fleet.name} must be 1 or more: only asynchronous endpoints scale to zero instances`);
  }
}

function register(context: CallContext, input: RegisterScalableTargetRequest): object {
  const key = targetKey(input);
  const before = context.state.targets.get(key);
  if (before && Object.keys(input.Tags ?? {}).length > 0) {
    throw invalid('The scalable target that you tried to tag already exists. To update tags on an existing scalable target, use the TagResource API.');
  }
  checkLimits(context, input, before?.input);
  // The suffix is an opaque id on AWS too; the count of targets so far makes it repeatable here.
  const arn = before?.arn
    ?? `arn:aws:application-autoscaling:${context.region}:${context.account}:scalable-target/${(0x5a000000 + context.clock.now() % 0xffffff).toString(16)}${context.state.targets.size}`;
  context.state.targets.set(key, {
    arn,
    created: before?.created ?? context.clock.now(),
    input: { ...before?.input, ...input, RoleARN: serviceRole(context), Tags: undefined },
  });
  if (!before) context.state.tags.set(arn, new Map(Object.entries(input.Tags ?? {})));
  return { ScalableTargetARN: arn };
}

function deregister(context: CallContext, input: DeregisterScalableTargetRequest): object {
  const target = registered(context, input, 'found');
  const key = targetKey(input);
  context.state.targets.delete(key);
  context.state.tags.delete(target.arn);
  // Policies and schedules go with their target.
  for (const records of [context.state.policies, context.state.scheduledActions]) {
    for (const [name, record] of records) if (targetKey(record.input) === key) records.delete(name);
  }
  return {};
}

const OFF = { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false };

function describe(context: CallContext, input: DescribeScalableTargetsRequest): object {
  const found = [...context.state.targets.values()].filter((target) =>
    target.input.ServiceNamespace === input.ServiceNamespace
    && (input.ResourceIds === undefined || input.ResourceIds.includes(target.input.ResourceId!))
    && (input.ScalableDimension === undefined || target.input.ScalableDimension === input.ScalableDimension));
  const { items, next } = page(found, input, 50);
  return {
    ScalableTargets: items.map(({ arn, created, input: { Tags: _tags, ...rest } }) => ({
      ...rest, SuspendedState: { ...OFF, ...rest.SuspendedState }, ScalableTargetARN: arn, CreationTime: timestamp(created),
    })),
    NextToken: next,
  };
}

/** IAM checks these actions against the target's ARN, which a caller only knows once there is one. */
export function targetArns(context: CallContext, input: TargetName): string[] {
  const known = context.state.targets.get(targetKey(input))?.arn;
  return [known ?? `arn:aws:application-autoscaling:${context.region}:${context.account}:scalable-target/*`];
}

export const TARGET_OPERATIONS: Record<string, Operation> = {
  RegisterScalableTarget: {
    run: register,
    resources: targetArns,
    conditionKeys: targetConditionKeys,
    passedRoles: (input: RegisterScalableTargetRequest) => (input.RoleARN ? [input.RoleARN] : []),
  },
  DeregisterScalableTarget: { run: deregister, resources: targetArns, conditionKeys: targetConditionKeys },
  DescribeScalableTargets: { run: describe, resources: () => ['*'] },
};
