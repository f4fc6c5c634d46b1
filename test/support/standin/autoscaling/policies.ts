import type {
  DeleteScalingPolicyRequest, DescribeScalingPoliciesRequest, PutScalingPolicyRequest, StepScalingPolicyConfiguration,
  TargetTrackingScalingPolicyConfiguration,
} from '@aws-sdk/client-application-auto-scaling';
import { describeTarget, DIMENSIONS, targetConditionKeys, targetKey, type TargetName } from './dimensions';
import { registered, targetArns } from './targets';
import { invalid, ServiceError } from '../errors';
import { page } from '../paging';
import { timestamp, type CallContext, type Operation } from '../service';

const policyKey = (input: TargetName & { PolicyName?: string }): string => `${targetKey(input)}|${input.PolicyName}`;

function metricOf(tracking: TargetTrackingScalingPolicyConfiguration): string {
  return JSON.stringify(tracking.PredefinedMetricSpecification ?? tracking.CustomizedMetricSpecification);
}

function checkTracking(context: CallContext, input: PutScalingPolicyRequest): void {
  const tracking = input.TargetTrackingScalingPolicyConfiguration;
  if (!tracking) throw invalid('TargetTrackingScalingPolicyConfiguration is required for policy type TargetTrackingScaling');
  if (input.StepScalingPolicyConfiguration) throw invalid('StepScalingPolicyConfiguration cannot be specified for policy type TargetTrackingScaling');
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized } = tracking;
  if ((predefined === undefined) === (customized === undefined)) {
    throw invalid('Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified');
  }
  if (!(tracking.TargetValue! > 0)) throw invalid(`TargetValue must be greater than 0, got ${tracking.TargetValue}`);
  const fitting = DIMENSIONS[input.ScalableDimension!];
  if (predefined && !fitting.includes(predefined.PredefinedMetricType!)) {
    throw invalid(`Scalable dimension ${input.ScalableDimension} only supports the following predefined metric types: ${fitting.join(', ')}`);
  }
  if (customized && customized.Metrics === undefined && (!customized.MetricName || !customized.Namespace || !customized.Statistic)) {
    throw invalid('CustomizedMetricSpecification requires MetricName, Namespace and Statistic, or Metrics');
  }
  for (const [key, other] of context.state.policies) {
    const rival = other.input.TargetTrackingScalingPolicyConfiguration;
    if (rival && key !== policyKey(input) && targetKey(other.input) === targetKey(input) && metricOf(rival) === metricOf(tracking)) {
      throw invalid('Only one TargetTrackingScaling policy for a given metric specification is allowed.');
    }
  }
}

function checkSteps(step: StepScalingPolicyConfiguration | undefined): void {
  if (!step) throw invalid('StepScalingPolicyConfiguration is required for policy type StepScaling');
  if (!step.AdjustmentType) throw invalid('AdjustmentType is required for policy type StepScaling');
  const adjustments = step.StepAdjustments ?? [];
  if (adjustments.length === 0) throw invalid('At least one StepAdjustment must be specified for policy type StepScaling');
  const bounds = adjustments.map((adjustment) => ({
    lower: adjustment.MetricIntervalLowerBound ?? -Infinity, upper: adjustment.MetricIntervalUpperBound ?? Infinity,
  })).sort((a, b) => a.lower - b.lower);
  for (const [index, { lower, upper }] of bounds.entries()) {
    if (!(lower < upper)) throw invalid('The lower bound of a StepAdjustment must be below its upper bound');
    if (adjustments.length > 1 && lower === -Infinity && upper === Infinity) throw invalid('StepAdjustment intervals cannot overlap');
    if (index > 0 && bounds[index - 1].upper > lower) throw invalid('StepAdjustment intervals cannot overlap');
    if (index > 0 && bounds[index - 1].upper < lower) throw invalid('There is a gap between the StepAdjustment intervals');
  }
}

function put(context: CallContext, input: PutScalingPolicyRequest): object {
  const target = registered(context, input, 'registered');
  const type = input.PolicyType ?? 'StepScaling';
  const before = context.state.policies.get(policyKey(input));
  if (before && (before.input.PolicyType ?? 'StepScaling') !== type) throw invalid(`The type of the policy ${input.PolicyName} cannot be changed`);
  if (type === 'TargetTrackingScaling') {
    checkTracking(context, input);
  } else if (type === 'StepScaling') {
    if (input.TargetTrackingScalingPolicyConfiguration) throw invalid('TargetTrackingScalingPolicyConfiguration cannot be specified for policy type StepScaling');
    checkSteps(input.StepScalingPolicyConfiguration);
  } else {
    throw invalid(`Policy type ${type} is not supported for service namespace sagemaker`);
  }
  const id = target.arn.split('/').pop()!;
  const arn = before?.arn
    ?? `arn:aws:autoscaling:${context.region}:${context.account}:scalingPolicy:${id}:resource/sagemaker/${input.ResourceId}:policyName/${input.PolicyName}`;
  const alarms = type === 'TargetTrackingScaling'
    ? ['AlarmHigh', 'AlarmLow'].map((kind) => `TargetTracking-${input.ResourceId}-${kind}-${id}-${input.PolicyName}`)
    : [];
  const created = before?.created ?? context.clock.now();
  context.state.policies.set(policyKey(input), { arn, created, alarms, input: { ...input, PolicyType: type } });
  return { PolicyARN: arn, Alarms: renderAlarms(context, alarms) };
}

function renderAlarms(context: CallContext, names: string[]): object[] {
  return names.map((name) => ({ AlarmName: name, AlarmARN: `arn:aws:cloudwatch:${context.region}:${context.account}:alarm:${name}` }));
}

function remove(context: CallContext, input: DeleteScalingPolicyRequest): object {
  if (!context.state.policies.delete(policyKey(input))) {
    throw new ServiceError('ObjectNotFoundException', `No scaling policy found for ${describeTarget(input)}, policy name: ${input.PolicyName}`);
  }
  return {};
}

function describe(context: CallContext, input: DescribeScalingPoliciesRequest): object {
  const found = [...context.state.policies.values()].filter((policy) =>
    policy.input.ServiceNamespace === input.ServiceNamespace
    && (input.PolicyNames === undefined || input.PolicyNames.includes(policy.input.PolicyName!))
    && (input.ResourceId === undefined || policy.input.ResourceId === input.ResourceId)
    && (input.ScalableDimension === undefined || policy.input.ScalableDimension === input.ScalableDimension));
  const { items, next } = page(found, input, 10);
  return {
    ScalingPolicies: items.map((policy) => ({
      ...policy.input, PolicyARN: policy.arn, Alarms: renderAlarms(context, policy.alarms), CreationTime: timestamp(policy.created),
    })),
    NextToken: next,
  };
}

export const POLICY_OPERATIONS: Record<string, Operation> = {
  PutScalingPolicy: { run: put, resources: targetArns, conditionKeys: targetConditionKeys },
  DeleteScalingPolicy: { run: remove, resources: targetArns, conditionKeys: targetConditionKeys },
  DescribeScalingPolicies: { run: describe, resources: () => ['*'] },
};
