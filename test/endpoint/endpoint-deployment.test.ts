import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { ENDPOINT, ENV, G5, endpointProps, newStack, oneVariant, only, twoVariants } from './support';
import { AcceleratorInstance, AcceleratorKind, DeploymentStrategy, FleetPortion, InferenceEndpoint, ServedModel, type InferenceEndpointProps } from '../../src';

const errors = (variant: { metricInvocation5XXErrors(): cloudwatch.Metric }, scope: Stack, id = 'Alarm', alarmName?: string) =>
  variant.metricInvocation5XXErrors().createAlarm(scope, id, { alarmName, threshold: 1, evaluationPeriods: 1 });
const ALL_AT_ONCE = {
  TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 600 },
  TerminationWaitInSeconds: 0,
  MaximumExecutionTimeoutInSeconds: 7800,
};

describe('the strategy', () => {
  const deployed = (deployment: DeploymentStrategy) => endpointProps(twoVariants({}, { deployment }).stack).DeploymentConfig;

  test('is left to SageMaker when nothing was said', () => {
    expect(endpointProps(twoVariants().stack)).not.toHaveProperty('DeploymentConfig');
  });

  test('all at once', () => {
    expect(deployed(DeploymentStrategy.allAtOnce())).toEqual({ BlueGreenUpdatePolicy: ALL_AT_ONCE });
  });

  test('canary', () => {
    expect(deployed(DeploymentStrategy.canary()).BlueGreenUpdatePolicy.TrafficRoutingConfiguration)
      .toEqual({ Type: 'CANARY', CanarySize: { Type: 'CAPACITY_PERCENT', Value: 10 }, WaitIntervalInSeconds: 600 });
  });

  test('linear', () => {
    expect(deployed(DeploymentStrategy.linear()).BlueGreenUpdatePolicy.TrafficRoutingConfiguration)
      .toEqual({ Type: 'LINEAR', LinearStepSize: { Type: 'CAPACITY_PERCENT', Value: 25 }, WaitIntervalInSeconds: 600 });
  });

  test('rolling, on an endpoint with one variant', () => {
    const { stack } = oneVariant({}, { deployment: DeploymentStrategy.rolling({ maximumBatchSize: FleetPortion.percent(50) }) });
    expect(endpointProps(stack).DeploymentConfig).toEqual({
      RollingUpdatePolicy: { MaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 50 }, WaitIntervalInSeconds: 600, MaximumExecutionTimeoutInSeconds: 8400 },
    });
  });

  test('one instance of two is a canary', () => {
    const deployment = DeploymentStrategy.canary({ canarySize: FleetPortion.instances(1) });
    const { stack } = oneVariant({ initialInstanceCount: 2 }, { deployment });
    expect(endpointProps(stack).DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.CanarySize).toEqual({ Type: 'INSTANCE_COUNT', Value: 1 });
  });

  test('a count that is known at deploy time only is not judged', () => {
    const stack = newStack();
    const initialInstanceCount = new CfnParameter(stack, 'Count', { type: 'Number' }).valueAsNumber;
    oneVariant({ initialInstanceCount }, { deployment: DeploymentStrategy.canary({ canarySize: FleetPortion.instances(1) }) }, stack);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

describe('rollback alarms', () => {
  test('of any kind are named; without a strategy the update is all at once', () => {
    const { stack, endpoint } = twoVariants();
    endpoint.addRollbackAlarm(cloudwatch.Alarm.fromAlarmName(stack, 'Elsewhere', 'made-elsewhere'));
    expect(endpointProps(stack).DeploymentConfig).toEqual({
      BlueGreenUpdatePolicy: ALL_AT_ONCE,
      AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'made-elsewhere' }] },
    });
  });

  test('ten are fine', () => {
    const { stack, endpoint } = twoVariants();
    for (let i = 0; i < 10; i++) endpoint.addRollbackAlarm(cloudwatch.Alarm.fromAlarmName(stack, `A${i}`, `a${i}`));
    expect(endpointProps(stack).DeploymentConfig.AutoRollbackConfiguration.Alarms).toHaveLength(10);
  });

  test('added twice count once', () => {
    const { stack, endpoint } = twoVariants();
    const alarm = cloudwatch.Alarm.fromAlarmName(stack, 'First', 'a0');
    endpoint.addRollbackAlarm(alarm);
    for (let i = 1; i < 10; i++) endpoint.addRollbackAlarm(cloudwatch.Alarm.fromAlarmName(stack, `A${i}`, `a${i}`));
    endpoint.addRollbackAlarm(alarm);
    expect(endpointProps(stack).DeploymentConfig.AutoRollbackConfiguration.Alarms.map((one: any) => one.AlarmName)).toEqual(Array.from({ length: 10 }, (_, i) => `a${i}`));
  });

  test('on another endpoint\'s metrics need no fixed name', () => {
    const { stack, endpoint } = twoVariants();
    const other = new InferenceEndpoint(stack, 'Other').addVariant('gpu', G5);
    endpoint.addRollbackAlarm(errors(other, stack));
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('on the metrics of the same endpoint in another stack need no fixed name', () => {
    const { stack, endpoint } = twoVariants();
    const other = oneVariant({}, {}, new Stack(stack.node.root as App, 'Other', { env: ENV }));
    endpoint.addRollbackAlarm(errors(other.variant, other.stack, 'Alarm', 'other-errors'));
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('on own metrics, with a fixed name: the endpoint waits for the alarm, not the alarm for the endpoint', () => {
    const { stack, endpoint, gpu } = twoVariants({}, { endpointName: 'embeddings', deployment: DeploymentStrategy.canary() });
    endpoint.addRollbackAlarm(errors(gpu, stack));
    const template = Template.fromStack(stack);
    const [alarmId, alarm, resource] = only(template, 'AWS::CloudWatch::Alarm');
    expect(alarm.Dimensions).toEqual([{ Name: 'EndpointName', Value: 'embeddings' }, { Name: 'VariantName', Value: 'gpu' }]);
    expect(resource).not.toHaveProperty('DependsOn');
    expect(JSON.stringify(alarm)).not.toContain('EndpointEEF1FD8F');
    expect(only(template, ENDPOINT)[1].DeploymentConfig.AutoRollbackConfiguration).toEqual({ Alarms: [{ AlarmName: { Ref: alarmId } }] });
  });

  test.each<[string, (all: ReturnType<typeof twoVariants>) => cloudwatch.IAlarm]>([
    ['a metric', ({ gpu, stack }) => errors(gpu, stack)],
    ['a metric of the second variant', ({ inf2, stack }) => errors(inf2, stack)],
    ['a formula', ({ gpu, stack }) => new cloudwatch.MathExpression({ expression: 'e / r', usingMetrics: { e: gpu.metricInvocation5XXErrors(), r: gpu.metricInvocations() } })
      .createAlarm(stack, 'Rate', { threshold: 0.1, evaluationPeriods: 1 })],
    ['an alarm with a name of its own', ({ gpu, stack }) => errors(gpu, stack, 'Alarm', 'fixed-alarm')],
  ])('on own metrics, without a fixed name, are refused: %s', (_, alarm) => {
    const all = twoVariants();
    all.endpoint.addRollbackAlarm(alarm(all));
    expect(() => Template.fromStack(all.stack)).toThrow('got an alarm on this endpoint\'s own metrics while `endpointName` is left out');
  });

  test('a composite alarm over own metrics, without a fixed name, is refused', () => {
    const { stack, endpoint, gpu } = twoVariants();
    const alarmRule = cloudwatch.AlarmRule.fromAlarm(errors(gpu, stack), cloudwatch.AlarmState.ALARM);
    endpoint.addRollbackAlarm(new cloudwatch.CompositeAlarm(stack, 'Composite', { alarmRule }));
    expect(() => Template.fromStack(stack)).toThrow('`addRollbackAlarm`');
  });

  test('on own metrics, with a name from a parameter, make no circle', () => {
    const stack = newStack();
    const { endpoint, gpu } = twoVariants({}, { endpointName: new CfnParameter(stack, 'Name').valueAsString }, stack);
    endpoint.addRollbackAlarm(errors(gpu, stack));
    expect(only(Template.fromStack(stack), 'AWS::CloudWatch::Alarm')[1].Dimensions[0]).toEqual({ Name: 'EndpointName', Value: { Ref: 'Name' } });
  });
});

describe('Inferentia1, which SageMaker excludes from guarded deployments', () => {
  const old = { model: ServedModel.existing({ modelName: 'old' }, { kind: AcceleratorKind.NEURON }), instanceType: AcceleratorInstance.INF1_XLARGE };
  const MESSAGE = 'got a deployment strategy with \'gpu\' on Inferentia1 (ml.inf1.xlarge)';

  test('is fine without one', () => {
    expect(() => Template.fromStack(oneVariant(old).stack)).not.toThrow();
  });

  test.each<[string, InferenceEndpointProps]>([
    ['all at once', { deployment: DeploymentStrategy.allAtOnce() }],
    ['rolling', { deployment: DeploymentStrategy.rolling() }],
  ])('is refused with %s', (_, props) => {
    expect(() => Template.fromStack(oneVariant(old, props).stack)).toThrow(MESSAGE);
  });

  test('is refused with a rollback alarm', () => {
    const { endpoint, stack } = oneVariant(old);
    endpoint.addRollbackAlarm(cloudwatch.Alarm.fromAlarmName(stack, 'A', 'a'));
    expect(() => Template.fromStack(stack)).toThrow(MESSAGE);
  });
});
