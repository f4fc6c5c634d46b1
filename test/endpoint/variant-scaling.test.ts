import { CfnParameter, Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { POLICY, TARGET, newStack, oneVariant, only, twoVariants, variants } from './support';
import { type VariantScaling } from '../../src';

const NAME = { 'Fn::GetAtt': ['EndpointEEF1FD8F', 'EndpointName'] };
const resourceId = (variant: string) => ({ 'Fn::Join': ['', ['endpoint/', NAME, `/variant/${variant}`]] });

function scaled(scaling: VariantScaling, asynchronous = false) {
  const stack = newStack();
  const props = asynchronous ? { asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'async-bucket') } } : {};
  return { ...oneVariant({ scaling }, props, stack), template: () => Template.fromStack(stack) };
}
/** Properties of the only policy of a kind. */
const policy = (template: Template, key: string) => {
  const found = Object.values(template.findResources(POLICY)).map(({ Properties }) => Properties[key]).filter((part) => part !== undefined);
  expect(found).toHaveLength(1);
  return found[0];
};

describe('the target', () => {
  test('in full: it refers to the endpoint, so it comes after it', () => {
    expect(only(scaled({ minInstances: 2, maxInstances: 5 }).template(), TARGET)[1]).toEqual({
      ServiceNamespace: 'sagemaker',
      ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      ResourceId: resourceId('gpu'),
      MinCapacity: 2,
      MaxCapacity: 5,
      RoleARN: {
        'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint']],
      },
    });
  });

  test('a fixed name changes nothing of that', () => {
    const { stack } = twoVariants({ gpu: { scaling: { maxInstances: 2 } } }, { endpointName: 'embeddings' });
    expect(only(Template.fromStack(stack), TARGET)[1].ResourceId).toEqual(resourceId('gpu'));
  });

  test('two variants scale each on its own', () => {
    const { stack, gpu, inf2 } = twoVariants({
      gpu: { scaling: { maxInstances: 3, invocationsPerInstance: 60 } },
      inf2: { scaling: { minInstances: 2, maxInstances: 8, concurrentRequestsPerInstance: 4 } },
    });
    const template = Template.fromStack(stack);
    const targets = Object.values(template.findResources(TARGET)).map(({ Properties: { ResourceId, MinCapacity, MaxCapacity } }) => ({ ResourceId, MinCapacity, MaxCapacity }));
    expect(targets).toEqual([
      { ResourceId: resourceId('gpu'), MinCapacity: 1, MaxCapacity: 3 },
      { ResourceId: resourceId('inf2'), MinCapacity: 2, MaxCapacity: 8 },
    ]);
    template.resourceCountIs(POLICY, 2);
    expect(gpu.scalableTarget).not.toBe(inf2.scalableTarget);
  });

  test('only variants that scale have one', () => {
    const { stack, gpu, inf2 } = twoVariants({ inf2: { scaling: { maxInstances: 2 } } });
    expect(only(Template.fromStack(stack), TARGET)[1].ResourceId).toEqual(resourceId('inf2'));
    expect(gpu.scalableTarget).toBeUndefined();
    expect(inf2.scalableTarget).toBeDefined();
  });

  test('takes policies of your own', () => {
    const { variant, template } = scaled({ maxInstances: 2 });
    variant.scalableTarget!.scaleToTrackMetric('Own', { customMetric: variant.metricCpuUtilization(), targetValue: 70 });
    expect(policy(template(), 'TargetTrackingScalingPolicyConfiguration')).toMatchObject({ TargetValue: 70, CustomizedMetricSpecification: { MetricName: 'CPUUtilization' } });
  });

  test('the variant starts with the least number', () => {
    expect(variants(scaled({ minInstances: 3, maxInstances: 5 }).stack)[0].InitialInstanceCount).toBe(3);
    expect(variants(scaled({ maxInstances: 5 }).stack)[0].InitialInstanceCount).toBe(1);
  });

  test('limits may be known at deploy time only', () => {
    const stack = newStack();
    const [minInstances, maxInstances] = ['Min', 'Max'].map((id) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber);
    oneVariant({ scaling: { minInstances, maxInstances } }, {}, stack);
    expect(only(Template.fromStack(stack), TARGET)[1]).toMatchObject({ MinCapacity: { Ref: 'Min' }, MaxCapacity: { Ref: 'Max' } });
    expect(variants(stack)[0].InitialInstanceCount).toEqual({ Ref: 'Min' });
  });
});

describe('policies', () => {
  test('requests per instance', () => {
    expect(policy(scaled({ maxInstances: 2, invocationsPerInstance: 90 }).template(), 'TargetTrackingScalingPolicyConfiguration')).toEqual({
      PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
      TargetValue: 90,
    });
  });

  test('concurrency', () => {
    expect(policy(scaled({ maxInstances: 2, concurrentRequestsPerInstance: 2.5 }).template(), 'TargetTrackingScalingPolicyConfiguration')).toEqual({
      PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantConcurrentRequestsPerModelHighResolution' },
      TargetValue: 2.5,
    });
  });

  test('backlog, on an asynchronous endpoint: a metric of the endpoint, not of the variant', () => {
    expect(policy(scaled({ maxInstances: 2, backlogPerInstance: 5 }, true).template(), 'TargetTrackingScalingPolicyConfiguration')).toEqual({
      CustomizedMetricSpecification: {
        Namespace: 'AWS/SageMaker',
        MetricName: 'ApproximateBacklogSizePerInstance',
        Dimensions: [{ Name: 'EndpointName', Value: NAME }],
        Statistic: 'Average',
      },
      TargetValue: 5,
    });
  });

  test('several beside each other', () => {
    scaled({ maxInstances: 2, invocationsPerInstance: 90, concurrentRequestsPerInstance: 3 }).template().resourceCountIs(POLICY, 2);
  });

  test('waits of every target tracking policy; 0 stays 0', () => {
    const scaling = { maxInstances: 2, invocationsPerInstance: 90, concurrentRequestsPerInstance: 3, scaleInCooldown: Duration.minutes(10), scaleOutCooldown: Duration.seconds(0) };
    for (const { Properties } of Object.values(scaled(scaling).template().findResources(POLICY))) {
      expect(Properties.TargetTrackingScalingPolicyConfiguration).toMatchObject({ ScaleInCooldown: 600, ScaleOutCooldown: 0 });
    }
  });

  test('steps on a metric of your choice', () => {
    const metric = new cloudwatch.Metric({ namespace: 'Queue', metricName: 'Depth' });
    const { template } = scaled({ maxInstances: 4, steps: [{ metric, scalingSteps: [{ upper: 1, change: -1 }, { lower: 10, change: 1 }, { lower: 100, change: 3 }] }] });
    const configurations = Object.values(template().findResources(POLICY)).map(({ Properties }) => Properties.StepScalingPolicyConfiguration);
    expect(configurations.map(({ StepAdjustments }) => StepAdjustments)).toEqual(expect.arrayContaining([
      [{ MetricIntervalUpperBound: 0, ScalingAdjustment: -1 }],
      [{ MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 90, ScalingAdjustment: 1 }, { MetricIntervalLowerBound: 90, ScalingAdjustment: 3 }],
    ]));
    template().resourceCountIs('AWS::CloudWatch::Alarm', 2);
  });

  test('schedules', () => {
    const schedules = [
      { schedule: appscaling.Schedule.cron({ hour: '8', minute: '0' }), minCapacity: 3 },
      { schedule: appscaling.Schedule.cron({ hour: '20', minute: '0' }), minCapacity: 1, maxCapacity: 2 },
    ];
    expect(only(scaled({ maxInstances: 4, schedules }).template(), TARGET)[1].ScheduledActions).toEqual([
      { ScheduledActionName: 'Schedule0', Schedule: 'cron(0 8 * * ? *)', ScalableTargetAction: { MinCapacity: 3 } },
      { ScheduledActionName: 'Schedule1', Schedule: 'cron(0 20 * * ? *)', ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 2 } },
    ]);
  });
});

describe('from zero', () => {
  const zero = () => scaled({ minInstances: 0, maxInstances: 2, backlogPerInstance: 5 }, true);

  test('the endpoint is made with one instance, and may lose it', () => {
    const { stack, template } = zero();
    expect(variants(stack)[0].InitialInstanceCount).toBe(1);
    expect(only(template(), TARGET)[1].MinCapacity).toBe(0);
  });

  test('a step policy starts the first instance when requests wait', () => {
    const template = zero().template();
    expect(policy(template, 'StepScalingPolicyConfiguration')).toEqual({
      AdjustmentType: 'ChangeInCapacity',
      StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
    });
    expect(only(template, 'AWS::CloudWatch::Alarm')[1]).toEqual({
      AlarmDescription: 'Requests wait in the queue and no instance runs: starts the first one',
      AlarmActions: [{ Ref: 'EndpointVariantgpuFromZero4F937420' }],
      Namespace: 'AWS/SageMaker',
      MetricName: 'HasBacklogWithoutCapacity',
      Dimensions: [{ Name: 'EndpointName', Value: NAME }],
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  test('with one instance at least there is no such policy', () => {
    const template = scaled({ minInstances: 1, maxInstances: 2, backlogPerInstance: 5 }, true).template();
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
    template.resourceCountIs(POLICY, 1);
  });

  test('a schedule may go to zero on an asynchronous endpoint', () => {
    const schedules = [{ schedule: appscaling.Schedule.cron({ hour: '20', minute: '0' }), minCapacity: 0, maxCapacity: 0 }];
    expect(only(scaled({ minInstances: 0, maxInstances: 2, backlogPerInstance: 5, schedules }, true).template(), TARGET)[1].ScheduledActions[0].ScalableTargetAction)
      .toEqual({ MinCapacity: 0, MaxCapacity: 0 });
  });

  const evening = (minCapacity?: number) => [{ schedule: appscaling.Schedule.cron({ hour: '20', minute: '0' }), minCapacity, maxCapacity: 2 }];

  test('a schedule that goes to zero alone brings the policy that starts the first instance again', () => {
    const template = scaled({ minInstances: 1, maxInstances: 2, backlogPerInstance: 5, schedules: [...evening(1), ...evening(0)] }, true).template();
    expect(only(template, TARGET)[1].MinCapacity).toBe(1);
    expect(policy(template, 'StepScalingPolicyConfiguration')).toEqual({
      AdjustmentType: 'ChangeInCapacity',
      StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
    });
    expect(only(template, 'AWS::CloudWatch::Alarm')[1]).toMatchObject({ MetricName: 'HasBacklogWithoutCapacity', AlarmActions: [{ Ref: 'EndpointVariantgpuFromZero4F937420' }] });
  });

  test('and does so once when the least number is zero too', () => {
    const template = scaled({ minInstances: 0, maxInstances: 2, backlogPerInstance: 5, schedules: [...evening(0), ...evening(0)] }, true).template();
    template.resourceCountIs('AWS::CloudWatch::Alarm', 1);
    template.resourceCountIs(POLICY, 2);
  });

  test.each([1, undefined])('a schedule with %p at least brings no such policy', (minCapacity) => {
    scaled({ maxInstances: 2, backlogPerInstance: 5, schedules: evening(minCapacity) }, true).template().resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });
});

// One problem: none that names `initialInstanceCount`, which the user never gave.
test.each<[string, VariantScaling, string]>([
  ['a least number of one and a half', { minInstances: 1.5, maxInstances: 2 }, '`scaling.minInstances`: got 1.5; allowed: a whole number of at least 1; fix: give a whole number of at least 1; only asynchronous endpoints (`asyncInference`) scale to zero'],
  ['a least number that is none', { minInstances: NaN, maxInstances: 2 }, '`scaling.minInstances`: got NaN; allowed: a whole number of at least 1; fix: give a whole number of at least 1; only asynchronous endpoints (`asyncInference`) scale to zero'],
  ['a largest number of 0', { maxInstances: 0 }, '`scaling.maxInstances`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
  ['a largest number below the least', { minInstances: 5, maxInstances: 2 }, '`scaling.maxInstances`: got 2 with minInstances 5; allowed: at least minInstances (5); fix: raise `maxInstances` to at least 5, or lower `minInstances`'],
])('%s is one problem', (_, scaling, message) => {
  expect(() => scaled(scaling)).toThrow(new Error(`Stack/Endpoint/Variant-gpu: ${message}`));
});

test('a schedule with its least number above its largest is refused', () => {
  const schedules = [{ schedule: appscaling.Schedule.cron({ hour: '8' }), minCapacity: 5, maxCapacity: 2 }];
  expect(() => scaled({ maxInstances: 5, schedules })).toThrow('`scaling.schedules[0].maxCapacity`');
});

test('a step policy with one step is refused by name, not by the library below', () => {
  const metric = new cloudwatch.Metric({ namespace: 'Queue', metricName: 'Depth' });
  expect(() => scaled({ maxInstances: 4, steps: [{ metric, scalingSteps: [{ lower: 10, change: 1 }] }] })).toThrow('`scaling.steps[0].scalingSteps`');
});

test.each(['scaleInCooldown', 'scaleOutCooldown'])('%s: a part of a second is refused by name', (name) => {
  expect(() => scaled({ maxInstances: 2, invocationsPerInstance: 9, [name]: Duration.millis(1500) })).toThrow(`\`scaling.${name}\``);
});
