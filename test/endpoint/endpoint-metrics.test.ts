import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { InferenceEndpoint, type IEndpointVariant } from '../../src';
import documented from './fixtures/metrics.json';
import { newStack, oneVariant, only, twoVariants } from './support';

interface Row { readonly unit: string; readonly statistics: readonly string[] }
type Method = Exclude<Extract<keyof IEndpointVariant, `metric${string}`>, 'metric'>;

const INVOCATION = 'AWS/SageMaker';
const INSTANCE = '/aws/sagemaker/Endpoints';
/** Method, metric, namespace, statistic and the unit the metric is bound to. */
const METRICS: [Method, string, string, string, string | undefined][] = [
  ['metricInvocations', 'Invocations', INVOCATION, 'Sum', undefined],
  ['metricInvocationsPerInstance', 'InvocationsPerInstance', INVOCATION, 'Sum', undefined],
  ['metricInvocation4XXErrors', 'Invocation4XXErrors', INVOCATION, 'Sum', undefined],
  ['metricInvocation5XXErrors', 'Invocation5XXErrors', INVOCATION, 'Sum', undefined],
  ['metricInvocationModelErrors', 'InvocationModelErrors', INVOCATION, 'Sum', undefined],
  ['metricModelLatency', 'ModelLatency', INVOCATION, 'p99', 'Microseconds'],
  ['metricOverheadLatency', 'OverheadLatency', INVOCATION, 'p99', 'Microseconds'],
  ['metricConcurrentRequestsPerModel', 'ConcurrentRequestsPerModel', INVOCATION, 'Maximum', undefined],
  ['metricFirstChunkLatency', 'FirstChunkLatency', INVOCATION, 'p99', undefined],
  ['metricMidStreamErrors', 'MidStreamErrors', INVOCATION, 'Sum', undefined],
  ['metricCpuUtilization', 'CPUUtilization', INSTANCE, 'Average', 'Percent'],
  ['metricMemoryUtilization', 'MemoryUtilization', INSTANCE, 'Average', 'Percent'],
  ['metricDiskUtilization', 'DiskUtilization', INSTANCE, 'Average', 'Percent'],
  ['metricGpuUtilization', 'GPUUtilization', INSTANCE, 'Average', 'Percent'],
  ['metricGpuMemoryUtilization', 'GPUMemoryUtilization', INSTANCE, 'Average', 'Percent'],
];
/** How the guide spells the statistics CloudWatch knows. */
const spelled = (statistic: string) => statistic.startsWith('p') ? 'Percentiles' : statistic.replace(/imum$/, '');
const rows: { [namespace: string]: { [metric: string]: Row } } = documented.namespaces;

const makers: [string, () => IEndpointVariant][] = [
  ['of a variant', () => twoVariants({}, { endpointName: 'embeddings' }).gpu],
  ['of an imported variant', () => InferenceEndpoint.fromEndpointName(newStack(), 'Imported', 'embeddings').variant('gpu')],
];

describe.each(makers)('metrics %s', (_, make) => {
  test.each(METRICS)('%s', (method, metricName, namespace, statistic, unit) => {
    expect(make()[method]()).toMatchObject({
      metricName, namespace, statistic, unit, period: Duration.minutes(1), dimensions: { EndpointName: 'embeddings', VariantName: 'gpu' },
    });
  });

  test.each(METRICS)('%s: name, statistic and unit as SageMaker documents them', (method, metricName, namespace) => {
    const metric = make()[method]();
    const row = rows[namespace][metricName];
    expect(row).toBeDefined();
    expect(row.statistics).toContain(spelled(metric.statistic));
    if (metric.unit !== undefined) expect(metric.unit).toBe(row.unit);
  });

  test.each(METRICS)('%s: options win', (method) => {
    const metric = make()[method]({ statistic: 'Minimum', period: Duration.minutes(5), label: 'mine', color: '#ff0000' });
    expect(metric).toMatchObject({ statistic: 'Minimum', period: Duration.minutes(5), label: 'mine', color: '#ff0000' });
  });

  test('any other metric by its name', () => {
    expect(make().metric('ModelSetupTime', { statistic: 'Average' }))
      .toMatchObject({ metricName: 'ModelSetupTime', namespace: INVOCATION, statistic: 'Average', dimensions: { EndpointName: 'embeddings', VariantName: 'gpu' } });
    expect(make().metric('ModelSetupTime').statistic).toBe('Sum');
  });
});

test('no method is left out of this table', () => {
  const { gpu } = twoVariants();
  const methods = new Set<string>();
  for (let proto = Object.getPrototypeOf(gpu); proto !== null; proto = Object.getPrototypeOf(proto)) {
    Object.getOwnPropertyNames(proto).filter((name) => /^metric./.test(name)).forEach((name) => methods.add(name));
  }
  expect([...methods].sort()).toEqual(METRICS.map(([method]) => method).sort());
});

test('without a fixed name they follow the endpoint\'s attribute', () => {
  const { stack, gpu } = twoVariants();
  gpu.metricModelLatency().createAlarm(stack, 'Alarm', { threshold: 250_000, evaluationPeriods: 3 });
  expect(only(Template.fromStack(stack), 'AWS::CloudWatch::Alarm')[1]).toMatchObject({
    MetricName: 'ModelLatency',
    Namespace: 'AWS/SageMaker',
    ExtendedStatistic: 'p99',
    Unit: 'Microseconds',
    Threshold: 250_000,
    Period: 60,
    Dimensions: [{ Name: 'EndpointName', Value: { 'Fn::GetAtt': ['EndpointEEF1FD8F', 'EndpointName'] } }, { Name: 'VariantName', Value: 'gpu' }],
  });
});

test('metrics of two variants differ in the variant only', () => {
  const { gpu, inf2 } = twoVariants({}, { endpointName: 'embeddings' });
  expect(gpu.metricInvocations().dimensions).toEqual({ EndpointName: 'embeddings', VariantName: 'gpu' });
  expect(inf2.metricInvocations().dimensions).toEqual({ EndpointName: 'embeddings', VariantName: 'inf2' });
});

describe('GPU metrics', () => {
  test.each(['metricGpuUtilization', 'metricGpuMemoryUtilization'] as const)('%s: on GPUs yes, on Neuron no, for there are none', (method) => {
    const { gpu, inf2 } = twoVariants();
    expect(gpu[method]().namespace).toBe(INSTANCE);
    expect(() => inf2[method]()).toThrow(`\`${method}\`: got a variant on ml.inf2.xlarge (Inferentia2)`);
  });

  test('other metrics of Neuron variants work', () => {
    const { inf2 } = twoVariants();
    expect(inf2.metricCpuUtilization().metricName).toBe('CPUUtilization');
    expect(inf2.metricConcurrentRequestsPerModel().metricName).toBe('ConcurrentRequestsPerModel');
  });
});

test('they fit a dashboard', () => {
  const { stack, variant } = oneVariant();
  new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [[new cloudwatch.GraphWidget({ left: [variant.metricInvocations(), variant.metricModelLatency()] })]] });
  Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Dashboard', 1);
});
