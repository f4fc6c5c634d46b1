import {
  DeleteScalingPolicyCommand, DeleteScheduledActionCommand, DeregisterScalableTargetCommand, DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand, DescribeScheduledActionsCommand, ListTagsForResourceCommand, PutScalingPolicyCommand,
  PutScheduledActionCommand, RegisterScalableTargetCommand, TagResourceCommand, UntagResourceCommand,
  type PutScalingPolicyCommandInput, type PutScheduledActionCommandInput, type RegisterScalableTargetCommandInput,
} from '@aws-sdk/client-application-auto-scaling';
import { DeleteEndpointCommand, UpdateEndpointCommand } from '@aws-sdk/client-sagemaker';
import { ACCOUNT_ARN, Fixture, GPU, INF2, refusal, ROLE } from '../fixture';

const TARGET = {
  ServiceNamespace: 'sagemaker' as const, ResourceId: 'endpoint/web/variant/gpu', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' as const,
};
const NAMED = 'service namespace: sagemaker, resource ID: endpoint/web/variant/gpu, scalable dimension: sagemaker:variant:DesiredInstanceCount';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.start();
  await fixture.endpoint();
});
afterEach(async () => fixture.stop());

const register = async (input: Partial<RegisterScalableTargetCommandInput> = {}): Promise<string> =>
  (await fixture.autoscaling.send(new RegisterScalableTargetCommand({ ...TARGET, MinCapacity: 1, MaxCapacity: 4, ...input }))).ScalableTargetARN!;
const targets = async (input: object = {}): Promise<object[]> =>
  (await fixture.autoscaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker', ...input }))).ScalableTargets!;

describe('scalable targets', () => {
  test('are registered, shown, changed and deregistered', async () => {
    const arn = await register({ SuspendedState: { DynamicScalingInSuspended: true } });
    expect(arn).toMatch(/^arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target\/[0-9a-f]+$/);
    expect(await register({ MinCapacity: undefined, MaxCapacity: 6 })).toBe(arn);
    expect(await targets()).toEqual([expect.objectContaining({
      ...TARGET,
      MinCapacity: 1,
      MaxCapacity: 6,
      ScalableTargetARN: arn,
      SuspendedState: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false },
      RoleARN: 'arn:aws:iam::123456789012:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint',
    })]);
    await register({ ResourceId: 'endpoint/web/variant/inf2' });
    expect(await targets({ ResourceIds: ['endpoint/web/variant/inf2'] })).toHaveLength(1);
    expect(await targets({ ScalableDimension: 'sagemaker:variant:DesiredProvisionedConcurrency' })).toEqual([]);
    await fixture.autoscaling.send(new DeregisterScalableTargetCommand(TARGET));
    expect(await targets()).toHaveLength(1);
    expect(await refusal(fixture.autoscaling.send(new DeregisterScalableTargetCommand(TARGET)))).toBe(`ObjectNotFoundException: No scalable target found for ${NAMED}`);
  });

  test.each<[string, Partial<RegisterScalableTargetCommandInput>, string]>([
    ['an endpoint that is not there', { ResourceId: 'endpoint/no/variant/gpu' }, 'No such endpoint: no'],
    ['an endpoint in another case', { ResourceId: 'endpoint/WEB/variant/gpu' }, 'No such endpoint: WEB'],
    ['a variant that is not there', { ResourceId: 'endpoint/web/variant/tpu' }, 'No such variant: tpu in endpoint web'],
    ['another resource', { ResourceId: 'table/web' }, 'Unsupported resource ID for service namespace sagemaker: table/web'],
    ['another service', { ServiceNamespace: 'dynamodb' }, 'Unsupported service namespace in the stand-in: dynamodb'],
    ['another dimension', { ScalableDimension: 'dynamodb:table:ReadCapacityUnits' }, 'Unsupported service namespace, resource type or scalable dimension: dynamodb:table:ReadCapacityUnits'],
    ['no minimum', { MinCapacity: undefined }, 'Both MinCapacity and MaxCapacity must be provided to register a new scalable target.'],
    ['no maximum', { MaxCapacity: undefined }, 'Both MinCapacity and MaxCapacity must be provided to register a new scalable target.'],
    ['a minimum above the maximum', { MinCapacity: 5 }, 'Maximum capacity 4 must be greater than or equal to minimum capacity 5'],
    ['a minimum below 0', { MinCapacity: -1 }, 'Minimum capacity must be 0 or more, got -1'],
    ['scale to zero', { MinCapacity: 0 }, 'Minimum capacity of variant gpu must be 1 or more: only asynchronous endpoints scale to zero instances'],
  ])('are refused for %s', async (_what, input, message) => {
    expect(await refusal(register(input))).toBe(`ValidationException: ${message}`);
    expect(await targets()).toEqual([]);
  });

  test('scale to zero on asynchronous endpoints, and not at all on burstable types', async () => {
    await fixture.config('async', [GPU], { AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://b/o' } } });
    await fixture.config('burstable', [{ ...GPU, InstanceType: 'ml.t2.medium' }]);
    for (const config of ['async', 'burstable']) {
      await fixture.sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'web', EndpointConfigName: config }));
      fixture.standIn.advance(420);
      if (config === 'async') await register({ MinCapacity: 0 });
      await fixture.autoscaling.send(new DeregisterScalableTargetCommand(TARGET)).catch(() => undefined);
    }
    expect(await refusal(register())).toBe('ValidationException: Automatic scaling is not supported for the burstable instance type ml.t2.medium of variant gpu');
  });

  test('carry tags, which a second registration may not give', async () => {
    const arn = await register({ Tags: { team: 'a' } });
    expect(await refusal(register({ Tags: { team: 'b' } }))).toBe(
      'ValidationException: The scalable target that you tried to tag already exists. To update tags on an existing scalable target, use the TagResource API.');
    await fixture.autoscaling.send(new TagResourceCommand({ ResourceARN: arn, Tags: { cost: '1' } }));
    await fixture.autoscaling.send(new UntagResourceCommand({ ResourceARN: arn, TagKeys: ['team'] }));
    expect((await fixture.autoscaling.send(new ListTagsForResourceCommand({ ResourceARN: arn }))).Tags).toEqual({ cost: '1' });
    expect(await refusal(fixture.autoscaling.send(new TagResourceCommand({ ResourceARN: arn, Tags: { 'aws:x': '' } })))).toContain('the prefix aws: is reserved');
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, '']));
    expect(await refusal(fixture.autoscaling.send(new TagResourceCommand({ ResourceARN: arn, Tags: many })))).toBe('TooManyTagsException: The request exceeds the limit of 50 tags per resource.');
    expect(await refusal(fixture.autoscaling.send(new ListTagsForResourceCommand({ ResourceARN: `${arn}0` })))).toBe(`ResourceNotFoundException: The specified resource doesn't exist: ${arn}0`);
  });
});

describe('SageMaker and its scalable targets', () => {
  const update = async (config: string): Promise<unknown> => fixture.sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'web', EndpointConfigName: config }));

  test('a registered variant can neither leave nor change its type', async () => {
    await fixture.config('without', [INF2]);
    await fixture.config('bigger', [{ ...GPU, InstanceType: 'ml.g5.2xlarge' }, INF2]);
    await fixture.config('more', [{ ...GPU, InitialInstanceCount: 2 }, INF2, { ...GPU, VariantName: 'gpu-2' }]);
    await register();
    const text = (what: string): string => `ValidationException: Cannot ${what} production variant "gpu" of endpoint "${ACCOUNT_ARN}:endpoint/web": `
      + 'it is registered as a scalable target. Deregister it from Application Auto Scaling first.';
    expect(await refusal(update('without'))).toBe(text('remove'));
    expect(await refusal(update('bigger'))).toBe(text('change the instance type of'));
    await update('more');
    fixture.standIn.advance(420);
    await fixture.autoscaling.send(new DeregisterScalableTargetCommand(TARGET));
    await update('bigger');
    expect(await fixture.status()).toBe('Updating');
  });

  test('a deleted endpoint takes its targets, policies and schedules along', async () => {
    await register();
    await fixture.autoscaling.send(new PutScalingPolicyCommand(TRACKING));
    await fixture.autoscaling.send(new PutScheduledActionCommand(MORNING));
    await fixture.sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'web' }));
    expect(await targets()).toEqual([]);
    const { policies, scheduledActions } = fixture.standIn.state({ account: '123456789012', region: 'us-east-1', accessKey: '' });
    expect([policies.size, scheduledActions.size]).toEqual([0, 0]);
  });

  test('scales a variant within its limits, and makes the endpoint busy', async () => {
    expect(() => fixture.standIn.scale('web', 'gpu', 2)).toThrow('variant gpu of endpoint web is not a scalable target');
    await register({ MinCapacity: 2, MaxCapacity: 3 });
    expect(fixture.standIn.scale('web', 'gpu', 9)).toBe(3);
    expect(await fixture.status()).toBe('Updating');
    expect(() => fixture.standIn.scale('web', 'gpu', 1)).toThrow('Cannot update in-progress endpoint');
    fixture.standIn.advance(60);
    expect(fixture.standIn.scale('web', 'gpu', 1)).toBe(2);
    fixture.standIn.advance(60);
    expect(await fixture.live()).toEqual([['gpu', 1, 2], ['inf2', 0, 1]]);
  });

  test('an inference component variant may scale to zero', async () => {
    await fixture.config('components', [{ VariantName: 'gpu', InstanceType: 'ml.g5.xlarge', InitialInstanceCount: 1 }], { ExecutionRoleArn: ROLE });
    await update('components');
    fixture.standIn.advance(420);
    expect(await register({ MinCapacity: 0 })).toContain('scalable-target/');
  });
});

const TRACKING: PutScalingPolicyCommandInput = {
  ...TARGET,
  PolicyName: 'track',
  PolicyType: 'TargetTrackingScaling',
  TargetTrackingScalingPolicyConfiguration: { TargetValue: 900, PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' } },
};
const STEPS: PutScalingPolicyCommandInput = {
  ...TARGET,
  PolicyName: 'step',
  PolicyType: 'StepScaling',
  StepScalingPolicyConfiguration: {
    AdjustmentType: 'ChangeInCapacity',
    StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: -1 }, { MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
  },
};

describe('scaling policies', () => {
  const put = async (input: Partial<PutScalingPolicyCommandInput> = {}): Promise<unknown> => fixture.autoscaling.send(new PutScalingPolicyCommand({ ...TRACKING, ...input }));
  const tracking = (config: object): Partial<PutScalingPolicyCommandInput> => ({ TargetTrackingScalingPolicyConfiguration: { TargetValue: 1, ...config } });
  const steps = (StepAdjustments: object[]): Partial<PutScalingPolicyCommandInput> => ({
    ...STEPS, StepScalingPolicyConfiguration: { AdjustmentType: 'ChangeInCapacity', StepAdjustments: StepAdjustments.map((step) => ({ ScalingAdjustment: 1, ...step })) },
  });

  test('need a target', async () => {
    expect(await refusal(put())).toBe(`ObjectNotFoundException: No scalable target registered for ${NAMED}`);
  });

  test('are put, replaced under their name, shown and deleted', async () => {
    await register();
    const first = await fixture.autoscaling.send(new PutScalingPolicyCommand(TRACKING));
    expect(first.PolicyARN).toMatch(/^arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:.*:resource\/sagemaker\/endpoint\/web\/variant\/gpu:policyName\/track$/);
    expect(first.Alarms!.map((alarm) => alarm.AlarmName!.replace(/-[0-9a-f]+-track$/, ''))).toEqual([
      'TargetTracking-endpoint/web/variant/gpu-AlarmHigh', 'TargetTracking-endpoint/web/variant/gpu-AlarmLow',
    ]);
    const again = await fixture.autoscaling.send(new PutScalingPolicyCommand({
      ...TRACKING,
      ...tracking({
        TargetValue: 5, PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantConcurrentRequestsPerModelHighResolution' },
      }),
    }));
    expect(again.PolicyARN).toBe(first.PolicyARN);
    expect((await fixture.autoscaling.send(new PutScalingPolicyCommand(STEPS))).Alarms).toEqual([]);
    const described = await fixture.autoscaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'sagemaker', PolicyNames: ['track'] }));
    expect(described.ScalingPolicies).toMatchObject([{ PolicyName: 'track', PolicyType: 'TargetTrackingScaling', TargetTrackingScalingPolicyConfiguration: { TargetValue: 5 } }]);
    await fixture.autoscaling.send(new DeleteScalingPolicyCommand({ ...TARGET, PolicyName: 'track' }));
    expect(await refusal(fixture.autoscaling.send(new DeleteScalingPolicyCommand({ ...TARGET, PolicyName: 'track' })))).toBe(
      `ObjectNotFoundException: No scaling policy found for ${NAMED}, policy name: track`);
    await fixture.autoscaling.send(new DeregisterScalableTargetCommand(TARGET));
    expect((await fixture.autoscaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'sagemaker' }))).ScalingPolicies).toEqual([]);
  });

  const metric = { PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' } };
  test.each<[string, Partial<PutScalingPolicyCommandInput>, string]>([
    ['tracking without a configuration', { TargetTrackingScalingPolicyConfiguration: undefined }, 'TargetTrackingScalingPolicyConfiguration is required for policy type TargetTrackingScaling'],
    ['tracking with steps', { StepScalingPolicyConfiguration: STEPS.StepScalingPolicyConfiguration }, 'StepScalingPolicyConfiguration cannot be specified for policy type TargetTrackingScaling'],
    ['steps with tracking', { ...STEPS, TargetTrackingScalingPolicyConfiguration: TRACKING.TargetTrackingScalingPolicyConfiguration },
      'TargetTrackingScalingPolicyConfiguration cannot be specified for policy type StepScaling'],
    ['no metric', tracking({}), 'Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified'],
    ['two metrics', tracking({ ...metric, CustomizedMetricSpecification: { MetricName: 'm', Namespace: 'n', Statistic: 'Average' } }),
      'Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified'],
    ['half a metric', tracking({ CustomizedMetricSpecification: { MetricName: 'm', Namespace: 'n' } }), 'CustomizedMetricSpecification requires MetricName, Namespace and Statistic, or Metrics'],
    ['a target of 0', tracking({ ...metric, TargetValue: 0 }), 'TargetValue must be greater than 0, got 0'],
    ["another service's metric", tracking({ PredefinedMetricSpecification: { PredefinedMetricType: 'DynamoDBReadCapacityUtilization' } }),
      'Scalable dimension sagemaker:variant:DesiredInstanceCount only supports the following predefined metric types: SageMakerVariantInvocationsPerInstance, SageMakerVariantConcurrentRequestsPerModelHighResolution'],
    ['predictive scaling', { PolicyType: 'PredictiveScaling', TargetTrackingScalingPolicyConfiguration: undefined }, 'Policy type PredictiveScaling is not supported for service namespace sagemaker'],
    ['steps without a configuration', { ...STEPS, TargetTrackingScalingPolicyConfiguration: undefined, StepScalingPolicyConfiguration: undefined }, 'StepScalingPolicyConfiguration is required for policy type StepScaling'],
    ['steps without a kind', { ...STEPS, TargetTrackingScalingPolicyConfiguration: undefined, StepScalingPolicyConfiguration: { StepAdjustments: [{ ScalingAdjustment: 1 }] } }, 'AdjustmentType is required for policy type StepScaling'],
    ['no step', { ...steps([]), TargetTrackingScalingPolicyConfiguration: undefined }, 'At least one StepAdjustment must be specified for policy type StepScaling'],
    ['an empty step', { ...steps([{ MetricIntervalLowerBound: 1, MetricIntervalUpperBound: 1 }]), TargetTrackingScalingPolicyConfiguration: undefined }, 'The lower bound of a StepAdjustment must be below its upper bound'],
    ['steps that overlap', { ...steps([{ MetricIntervalUpperBound: 5 }, { MetricIntervalLowerBound: 0 }]), TargetTrackingScalingPolicyConfiguration: undefined }, 'StepAdjustment intervals cannot overlap'],
    ['steps with a gap', { ...steps([{ MetricIntervalUpperBound: 0 }, { MetricIntervalLowerBound: 5 }]), TargetTrackingScalingPolicyConfiguration: undefined }, 'There is a gap between the StepAdjustment intervals'],
    ['a step without bounds among others', { ...steps([{}, { MetricIntervalLowerBound: 0 }]), TargetTrackingScalingPolicyConfiguration: undefined }, 'StepAdjustment intervals cannot overlap'],
  ])('are refused for %s', async (_what, input, message) => {
    await register();
    expect(await refusal(put(input))).toBe(`ValidationException: ${message}`);
  });

  test('track a metric once', async () => {
    await register();
    await put();
    expect(await refusal(put({ PolicyName: 'again' }))).toBe('ValidationException: Only one TargetTrackingScaling policy for a given metric specification is allowed.');
    await register({ ResourceId: 'endpoint/web/variant/inf2' });
    await put({ PolicyName: 'again', ResourceId: 'endpoint/web/variant/inf2' });
    expect(await refusal(put({ ...STEPS, PolicyName: 'track', TargetTrackingScalingPolicyConfiguration: undefined }))).toBe('ValidationException: The type of the policy track cannot be changed');
  });
});

const MORNING: PutScheduledActionCommandInput = {
  ...TARGET, ScheduledActionName: 'morning', Schedule: 'cron(0 6 ? * MON-FRI *)', Timezone: 'Europe/Berlin', ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 4 },
};

describe('scheduled actions', () => {
  const put = async (input: Partial<PutScheduledActionCommandInput> = {}): Promise<unknown> => fixture.autoscaling.send(new PutScheduledActionCommand({ ...MORNING, ...input }));
  const actions = async (): Promise<unknown> => (await fixture.autoscaling.send(new DescribeScheduledActionsCommand({ ServiceNamespace: 'sagemaker' }))).ScheduledActions;

  test('need a target', async () => {
    expect(await refusal(put())).toBe(`ObjectNotFoundException: No scalable target registered for ${NAMED}`);
  });

  test('are put, changed in part, shown and deleted', async () => {
    await register();
    await put({ StartTime: new Date(Date.UTC(2026, 1, 1)) });
    await fixture.autoscaling.send(new PutScheduledActionCommand({ ...TARGET, ScheduledActionName: 'morning', Schedule: 'rate(2 hours)' }));
    expect(await actions()).toMatchObject([{ ScheduledActionName: 'morning', Schedule: 'rate(2 hours)', ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 4 }, StartTime: new Date(Date.UTC(2026, 1, 1)) }]);
    await fixture.autoscaling.send(new DeleteScheduledActionCommand({ ...TARGET, ScheduledActionName: 'morning' }));
    expect(await actions()).toEqual([]);
    expect(await refusal(fixture.autoscaling.send(new DeleteScheduledActionCommand({ ...TARGET, ScheduledActionName: 'morning' })))).toBe(
      `ObjectNotFoundException: No scheduled action found for ${NAMED}, scheduled action name: morning`);
  });

  test.each(['at(2026-02-01T06:00:00)', 'rate(1 minute)', 'rate(10 minutes)', 'rate(2 days)', 'cron(0/5 8-17 ? * MON-FRI *)', 'cron(0 0 L * ? *)'])('take %s', async (Schedule) => {
    await register();
    await put({ Schedule });
    expect(await actions()).toMatchObject([{ Schedule }]);
  });

  test.each(['', 'at(tomorrow)', 'rate(1 minutes)', 'rate(0 hours)', 'rate(2 hour)', 'cron(0 6 ? * MON-FRI)', 'cron(0 6 * * * *)', 'cron(0 6 ? * ? *)', '0 6 * * *'])('refuse %p', async (Schedule) => {
    await register();
    expect(await refusal(put({ Schedule }))).toMatch(/^ValidationException: (Schedule expression '.*' is invalid|1 validation error detected)/);
  });

  test.each<[string, Partial<PutScheduledActionCommandInput>, string]>([
    ['no schedule', { Schedule: undefined }, 'Schedule must be specified for a new scheduled action'],
    ['no action', { ScalableTargetAction: undefined }, 'ScalableTargetAction must be specified for a new scheduled action'],
    ['an empty action', { ScalableTargetAction: {} }, 'ScalableTargetAction must specify MinCapacity, MaxCapacity or both'],
    ['limits upside down', { ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 2 } }, 'Maximum capacity 2 must be greater than or equal to minimum capacity 3'],
    ['an end before the start', { StartTime: new Date(2000), EndTime: new Date(1000) }, 'EndTime must be after StartTime'],
  ])('are refused for %s', async (_what, input, message) => {
    await register();
    expect(await refusal(put(input))).toBe(`ValidationException: ${message}`);
  });
});
