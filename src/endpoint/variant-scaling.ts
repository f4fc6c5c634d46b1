import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { scalingShapeProblems } from './shape-checks';
import { checkNumber } from '../private/checks';
import type { Problem } from '../private/problems';

/**
 * How the number of instances of one variant follows its load. Every variant
 * scales on its own; several policies may be combined, the largest wish wins.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
 */
export interface VariantScaling {
  /**
   * Least number of instances. 0 on asynchronous endpoints only.
   *
   * @default 1
   */
  readonly minInstances?: number;

  /** Largest number of instances, at least `minInstances`. */
  readonly maxInstances: number;

  /**
   * Requests per minute that one instance should get (target tracking on
   * `SageMakerVariantInvocationsPerInstance`). Real-time endpoints only.
   *
   * @default - not scaled on requests
   */
  readonly invocationsPerInstance?: number;

  /**
   * Requests under way at the same time that one model should hold (target tracking on
   * `SageMakerVariantConcurrentRequestsPerModelHighResolution`, published every 10
   * seconds). Reacts within a minute and suits language models. Real-time endpoints only.
   *
   * @default - not scaled on concurrency
   */
  readonly concurrentRequestsPerInstance?: number;

  /**
   * Queued requests per instance (target tracking on `ApproximateBacklogSizePerInstance`).
   * Asynchronous endpoints only. With `minInstances: 0` a step policy on
   * `HasBacklogWithoutCapacity` starts the first instance.
   *
   * @default - not scaled on the queue
   */
  readonly backlogPerInstance?: number;

  /**
   * Wait after a scale-in before the next one.
   *
   * @default Duration.minutes(5)
   */
  readonly scaleInCooldown?: Duration;

  /**
   * Wait after a scale-out before the next one. Starting an accelerator instance
   * takes minutes: a short wait orders instances twice.
   *
   * @default Duration.minutes(5)
   */
  readonly scaleOutCooldown?: Duration;

  /**
   * Changes of the least and largest number at set times.
   *
   * @default - no schedule
   */
  readonly schedules?: appscaling.ScalingSchedule[];

  /**
   * Step policies on metrics of your choice.
   *
   * @default - no step policy
   */
  readonly steps?: appscaling.BasicStepScalingPolicyProps[];
}

/** A number when it is known at synth. */
const known = (value: number | undefined) => Token.isUnresolved(value) ? undefined : value;

/** What the scaling of one variant may not be. `prop` is where the user wrote it. */
export function scalingProblems(scaling: VariantScaling | undefined, asynchronous: boolean): Problem[] {
  if (scaling === undefined) return [];
  const shape = scalingShapeProblems(scaling);
  if (shape.length > 0) return shape;
  const floor = asynchronous ? 0 : 1;
  const min = known(scaling.minInstances ?? 1);
  const max = known(scaling.maxInstances);
  const problems = [
    ...checkNumber('scaling.minInstances', scaling.minInstances, { min: floor, integer: true },
      asynchronous ? undefined : 'give a whole number of at least 1; only asynchronous endpoints (`asyncInference`) scale to zero'),
    ...checkNumber('scaling.maxInstances', scaling.maxInstances, { min: 1, integer: true }),
    ...(['invocationsPerInstance', 'concurrentRequestsPerInstance', 'backlogPerInstance'] as const)
      .flatMap((name) => positive(`scaling.${name}`, scaling[name])),
    ...listProblems(scaling),
  ];
  if (problems.length === 0 && min !== undefined && max !== undefined && max < min) {
    problems.push({ prop: 'scaling.maxInstances', got: `${max} with minInstances ${min}`, allowed: `at least minInstances (${min})`, fix: `raise \`maxInstances\` to at least ${min}, or lower \`minInstances\`` });
  }
  const wrongKind = asynchronous ? ['invocationsPerInstance', 'concurrentRequestsPerInstance'] as const : ['backlogPerInstance'] as const;
  for (const name of wrongKind) {
    if (scaling[name] === undefined) continue;
    problems.push({
      prop: `scaling.${name}`,
      got: `${scaling[name]} on ${asynchronous ? 'an asynchronous' : 'a real-time'} endpoint`,
      allowed: asynchronous ? '`backlogPerInstance`, `steps`, `schedules`' : '`invocationsPerInstance`, `concurrentRequestsPerInstance`, `steps`, `schedules`',
      fix: asynchronous
        ? 'use `backlogPerInstance`: requests of an asynchronous endpoint wait in its queue'
        : 'use `invocationsPerInstance` or `concurrentRequestsPerInstance`, or give the endpoint `asyncInference`',
    });
  }
  scaling.schedules?.forEach((schedule, i) => {
    const at = `scaling.schedules[${i}]`;
    problems.push(
      ...checkNumber(`${at}.minCapacity`, schedule.minCapacity, { min: floor, integer: true }),
      ...checkNumber(`${at}.maxCapacity`, schedule.maxCapacity, { min: floor, integer: true }),
    );
    if (schedule.minCapacity === undefined && schedule.maxCapacity === undefined) {
      problems.push({ prop: at, got: 'neither minCapacity nor maxCapacity', allowed: 'at least one of them', fix: 'say what the schedule changes' });
    }
  });
  return problems;
}

/** What the lists and waits of a scaling may not be. */
function listProblems(scaling: VariantScaling): Problem[] {
  return [
    ...(['scaleInCooldown', 'scaleOutCooldown'] as const).flatMap((name) =>
      checkNumber(`scaling.${name}`, scaling[name]?.toSeconds({ integral: false }), { min: 0, integer: true, unit: 'seconds' })),
    ...(scaling.schedules ?? []).flatMap((schedule, i) => {
      const [least, most] = [known(schedule.minCapacity), known(schedule.maxCapacity)];
      if (least === undefined || most === undefined || most >= least) return [];
      return [{ prop: `scaling.schedules[${i}].maxCapacity`, got: `${most} with minCapacity ${least}`, allowed: `at least minCapacity (${least})`, fix: 'raise `maxCapacity`, or lower `minCapacity`' }];
    }),
    ...(scaling.steps ?? []).flatMap((step, i) => {
      const count = step.scalingSteps?.length ?? 0;
      if (count >= 2) return [];
      return [{ prop: `scaling.steps[${i}].scalingSteps`, got: `${count} steps`, allowed: 'at least 2', fix: 'say what happens below and above the range that needs no change' }];
    }),
  ];
}

function positive(prop: string, value: number | undefined): Problem[] {
  if (value === undefined || Token.isUnresolved(value) || (Number.isFinite(value) && value > 0)) return [];
  return [{ prop, got: String(value), allowed: 'a number greater than 0', fix: 'give the load one instance should carry' }];
}

export interface ScalableVariant {
  readonly scaling: VariantScaling;
  readonly variantName: string;
  /** The endpoint's name as an attribute of its resource, so that scaling is set up after the endpoint exists. */
  readonly endpointName: string;
  readonly asynchronous: boolean;
}

/** Registers the variant with Application Auto Scaling and adds its policies. */
export function scaleVariant(scope: Construct, variant: ScalableVariant): appscaling.ScalableTarget {
  const { scaling, endpointName, variantName } = variant;
  const stack = Stack.of(scope);
  const target = new appscaling.ScalableTarget(scope, 'Scaling', {
    serviceNamespace: appscaling.ServiceNamespace.SAGEMAKER,
    scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
    resourceId: `endpoint/${endpointName}/variant/${variantName}`,
    minCapacity: scaling.minInstances ?? 1,
    maxCapacity: scaling.maxInstances,
    // The service-linked role: Application Auto Scaling makes it by itself and ignores any other role for SageMaker.
    role: iam.Role.fromRoleArn(scope, 'ScalingRole', stack.formatArn({
      service: 'iam',
      region: '',
      resource: 'role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com',
      resourceName: 'AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint',
    })),
  });
  const cooldowns = { scaleInCooldown: scaling.scaleInCooldown, scaleOutCooldown: scaling.scaleOutCooldown };
  if (scaling.invocationsPerInstance !== undefined) {
    target.scaleToTrackMetric('Invocations', {
      ...cooldowns,
      predefinedMetric: appscaling.PredefinedMetric.SAGEMAKER_VARIANT_INVOCATIONS_PER_INSTANCE,
      targetValue: scaling.invocationsPerInstance,
    });
  }
  if (scaling.concurrentRequestsPerInstance !== undefined) {
    target.scaleToTrackMetric('Concurrency', {
      ...cooldowns,
      predefinedMetric: appscaling.PredefinedMetric.SAGEMAKER_VARIANT_CONCURRENT_REQUESTS_PER_MODEL_HIGH_RESOLUTION,
      targetValue: scaling.concurrentRequestsPerInstance,
    });
  }
  if (scaling.backlogPerInstance !== undefined) {
    target.scaleToTrackMetric('Backlog', {
      ...cooldowns,
      customMetric: backlogMetric('ApproximateBacklogSizePerInstance', endpointName, 'Average'),
      targetValue: scaling.backlogPerInstance,
    });
  }
  const toZero = scaling.minInstances === 0 || (scaling.schedules ?? []).some((schedule) => schedule.minCapacity === 0);
  if (variant.asynchronous && toZero) scaleFromZero(scope, target, endpointName);
  scaling.steps?.forEach((step, i) => target.scaleOnMetric(`Step${i}`, step));
  scaling.schedules?.forEach((schedule, i) => target.scaleOnSchedule(`Schedule${i}`, schedule));
  return target;
}

/**
 * The backlog per instance has no data while there is no instance, so target
 * tracking never starts the first one: AWS prescribes a step policy for it.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
 */
function scaleFromZero(scope: Construct, target: appscaling.ScalableTarget, endpointName: string): void {
  const action = new appscaling.StepScalingAction(scope, 'FromZero', {
    scalingTarget: target,
    adjustmentType: appscaling.AdjustmentType.CHANGE_IN_CAPACITY,
  });
  action.addAdjustment({ adjustment: 1, lowerBound: 0 });
  new cloudwatch.Alarm(scope, 'FromZeroAlarm', {
    alarmDescription: 'Requests wait in the queue and no instance runs: starts the first one',
    metric: backlogMetric('HasBacklogWithoutCapacity', endpointName, 'Average'),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  }).addAlarmAction({ bind: () => ({ alarmActionArn: action.scalingPolicyArn }) });
}

function backlogMetric(metricName: string, endpointName: string, statistic: string): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace: 'AWS/SageMaker', metricName, dimensionsMap: { EndpointName: endpointName }, statistic, period: Duration.minutes(1) });
}
