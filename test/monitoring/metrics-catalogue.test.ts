import { dirname, join } from 'node:path';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { leaves, type Leaf } from './metrics-support';
import { InferenceEndpoint } from '../../src';
import * as benchmark from '../../src/benchmark/contract';
import { publish as publishOfBenchmark } from '../../src/benchmark/runtime/tell.client';
import * as compilation from '../../src/compilation/contract';
import * as migration from '../../src/migration/contract';
import { CompilationMetrics } from '../../src/monitoring/compilation-metrics';
import catalogue from '../../src/monitoring/data/metrics.json';
import { EndpointMetrics } from '../../src/monitoring/endpoint-metrics';
import { isKnown, METRIC_CATALOGUE, metricRow } from '../../src/monitoring/metric-catalogue';
import { MigrationMetrics } from '../../src/monitoring/migration-metrics';
import { TrainingMetrics } from '../../src/monitoring/training-metrics';
import { VariantMetrics } from '../../src/monitoring/variant-metrics';
import * as training from '../../src/training/contract';
import { publish as publishOfTraining } from '../../src/training/runtime/tell.client';
import { compiled } from '../compilation/support';
import { newStack, twoVariants } from '../endpoint/support';
import { migrate } from '../migration/construct-support';
import { P4D, trained, TRN1 } from '../training/support';

/** Every method of a facade that makes a metric, called as its users do. */
function metricsOf(facade: object): [string, cloudwatch.IMetric | undefined][] {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(facade)).filter((name) => name.startsWith('metric'));
  // Latencies ask for a percentile, an endpoint's metrics of one variant for the variant.
  const argument = (name: string) => /Latency$/.test(name) ? 99 : facade instanceof EndpointMetrics && /Share$|PerSecond$/.test(name) ? facade.variants[0].variant : undefined;
  return methods.map((name) => [`${facade.constructor.name}.${name}`, (facade as any)[name](argument(name))]);
}

function facades(): object[] {
  const { endpoint, gpu, inf2 } = twoVariants();
  const elsewhere = InferenceEndpoint.fromEndpointName(newStack(), 'Endpoint', 'web').variant('gpu');
  return [
    new VariantMetrics(gpu),
    new VariantMetrics(inf2),
    new VariantMetrics(elsewhere),
    new EndpointMetrics(endpoint),
    new MigrationMetrics(migrate().migration),
    new TrainingMetrics(trained({ rungs: [TRN1, P4D] }).training),
    new CompilationMetrics(compiled().compilation),
  ];
}

const known = ({ namespace, name, dimensions, statistic }: Leaf) => isKnown(namespace, name, Object.keys(dimensions), statistic);

describe('every metric of every facade', () => {
  const all = facades().flatMap(metricsOf);

  test('is there to be looked at', () => {
    expect(new Set(all.map(([name]) => name.split('.')[0]))).toEqual(new Set(['VariantMetrics', 'EndpointMetrics', 'MigrationMetrics', 'TrainingMetrics', 'CompilationMetrics']));
    expect(all.filter(([, metric]) => metric === undefined).map(([name]) => name)).toEqual([
      // Of the GPU variant, then of that on Neuron; the one made elsewhere has no price.
      'VariantMetrics.metricNeuronUtilization', 'VariantMetrics.metricGpuUtilization', 'VariantMetrics.metricGpuMemoryUtilization', 'VariantMetrics.metricNeuronUtilization',
      'VariantMetrics.metricNeuronUtilization', 'VariantMetrics.metricCostPerHour', 'VariantMetrics.metricCostPerThousandRequests',
    ]);
  });

  test.each(all.filter(([, metric]) => metric !== undefined))('%s reads what exists', (_name, metric) => {
    const read = leaves(metric!);
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter((one) => !known(one))).toEqual([]);
  });
});

describe('the catalogue', () => {
  const rows = Object.entries(METRIC_CATALOGUE).flatMap(([namespace, metrics]) => metrics.map((row) => ({ namespace, ...row })));
  const STATISTICS = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount', 'Percentiles'];
  // CloudWatch API reference, MetricDatum, Unit.
  const UNITS = ['None', 'Count', 'Count/Second', 'Percent', 'Seconds', 'Milliseconds', 'Microseconds'];

  test('has every namespace that is read', () => expect(Object.keys(METRIC_CATALOGUE)).toEqual([
    'AWS/SageMaker', '/aws/sagemaker/Endpoints', '/aws/sagemaker/TrainingJobs',
    'CdkAccelerators/TrafficMigration', 'CdkAccelerators/NeuronCompilation', 'CdkAccelerators/Training', 'CdkAccelerators/Benchmark',
  ]));

  test('has rows with source, date, unit and statistics', () => {
    expect(rows.filter(({ source }) => !Object.hasOwn(catalogue._meta.sources, source))).toEqual([]);
    expect(rows.filter(({ date }) => !/^\d{4}-\d{2}(-\d{2})?$/.test(date))).toEqual([]);
    expect(rows.filter(({ unit }) => !UNITS.includes(unit))).toEqual([]);
    expect(rows.filter(({ statistics }) => statistics.length === 0 || statistics.some((one) => !STATISTICS.includes(one)))).toEqual([]);
    expect(rows.filter(({ dimensions }) => dimensions.length === 0 || dimensions.some((names) => names.length === 0 || new Set(names).size !== names.length))).toEqual([]);
  });

  test('has each name once in a namespace', () => {
    const names = rows.map(({ namespace, name }) => `${namespace} ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each<[string, { namespace: string; dimension: string; variant?: string }]>([
    ['migration', migration.METRICS], ['compilation', compilation.METRICS], ['training', training.METRICS], ['benchmark', benchmark.METRICS],
  ])('has what the room %s publishes, and nothing else', (_room, metrics) => {
    const { namespace, dimension, variant, ...names } = metrics;
    const own = METRIC_CATALOGUE[namespace];
    expect(own.map(({ name }) => name).sort()).toEqual(Object.values(names).sort());
    const dimensions = variant === undefined ? [dimension] : [dimension, variant];
    expect(own.filter((row) => JSON.stringify(row.dimensions) !== JSON.stringify([dimensions]))).toEqual([]);
  });

  test.each<[string, string, (values: Record<string, number>) => void]>([
    ['training', training.METRICS.namespace, (values) => publishOfTraining('one', values)],
    ['benchmark', benchmark.METRICS.namespace, (values) => publishOfBenchmark('one', 'gpu', values)],
  ])('has the units that the room %s publishes', (_room, namespace, publish) => {
    const log = jest.spyOn(console, 'log').mockImplementation();
    try {
      publish(Object.fromEntries(METRIC_CATALOGUE[namespace].map(({ name }) => [name, 1])));
      const { CloudWatchMetrics: [{ Namespace, Metrics }] } = JSON.parse(log.mock.calls[0][0])._aws;
      expect([Namespace, Metrics]).toEqual([namespace, METRIC_CATALOGUE[namespace].map(({ name, unit }) => ({ Name: name, Unit: unit }))]);
    } finally {
      log.mockRestore();
    }
  });

  test('has no metric of Neuron devices in a namespace of SageMaker: there is none', () => {
    expect(rows.filter(({ namespace, name }) => /sagemaker/i.test(namespace) && /neuron|accelerator/i.test(name))).toEqual([]);
  });

  test('says microseconds of what the facades divide by 1,000', () => {
    expect(['ModelLatency', 'OverheadLatency', 'FirstChunkLatency'].map((name) => metricRow('AWS/SageMaker', name)!.unit)).toEqual(['Microseconds', 'Microseconds', 'Microseconds']);
    expect(metricRow('AWS/SageMaker', 'FirstChunkLatency')!.source).toBe('secondary');
  });

  test('knows what the CDK knows of endpoints', () => {
    // A list that AWS generates for the CDK, and nobody here wrote; it is not exported.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { SageMakerMetrics } = require(join(dirname(require.resolve('aws-cdk-lib/aws-sagemaker')), 'lib', 'sagemaker-canned-metrics.generated.js'));
    const methods = Object.getOwnPropertyNames(SageMakerMetrics).filter((name) => name.endsWith('Sum'));
    const metrics = methods.map((name) => SageMakerMetrics[name]({ EndpointName: 'web', VariantName: 'gpu' }));
    expect(metrics).toHaveLength(6);
    expect(metrics.filter(({ namespace, metricName, dimensionsMap, statistic }) => !isKnown(namespace, metricName, Object.keys(dimensionsMap), statistic))).toEqual([]);
  });
});

describe('isKnown', () => {
  const variant = ['EndpointName', 'VariantName'];

  test.each<[string, boolean, Parameters<typeof isKnown>]>([
    ['a sum', true, ['AWS/SageMaker', 'Invocations', variant, 'Sum']],
    ['dimensions in another order', true, ['AWS/SageMaker', 'Invocations', ['VariantName', 'EndpointName'], 'Sum']],
    ['another set of dimensions', true, ['AWS/SageMaker', 'Invocations', [...variant, 'InstanceId'], 'Sum']],
    ['a set whose row is not in alphabetical order', true, ['AWS/SageMaker', 'Invocations', ['AvailabilityZone', 'EndpointName', 'InstanceType', 'Region', 'VariantName'], 'Sum']],
    ['a dimension too few', false, ['AWS/SageMaker', 'Invocations', ['EndpointName'], 'Sum']],
    ['a dimension too many', false, ['AWS/SageMaker', 'Invocations', [...variant, 'Other'], 'Sum']],
    ['no dimensions', false, ['AWS/SageMaker', 'Invocations', [], 'Sum']],
    ['a statistic that it does not have', false, ['AWS/SageMaker', 'Invocations', variant, 'Average']],
    ['a percentile of a latency', true, ['AWS/SageMaker', 'ModelLatency', variant, 'p99.9']],
    ['a percentile above all', false, ['AWS/SageMaker', 'ModelLatency', variant, 'p100.1']],
    ['a percentile of a count', false, ['AWS/SageMaker', 'Invocations', variant, 'p99']],
    ['the word for percentiles', true, ['AWS/SageMaker', 'ModelLatency', variant, 'Percentiles']],
    ['a statistic in small letters', false, ['AWS/SageMaker', 'Invocations', variant, 'sum']],
    ['another namespace', false, ['AWS/Sagemaker', 'Invocations', variant, 'Sum']],
    ['a name of JavaScript', false, ['constructor', 'name', [], 'Sum']],
    ['a name that nobody publishes', false, ['/aws/sagemaker/Endpoints', 'NeuronCoreUtilization', variant, 'Average']],
    ['a metric of the host', true, ['/aws/sagemaker/Endpoints', 'GPUUtilization', variant, 'Average']],
    ['a metric of a job', true, ['/aws/sagemaker/TrainingJobs', 'GPUUtilization', ['Host'], 'Average']],
    ['one of ours', true, ['CdkAccelerators/Benchmark', 'LatencyP99', ['Benchmark', 'Variant'], 'Maximum']],
    ['one of ours by half', false, ['CdkAccelerators/Benchmark', 'LatencyP99', ['Benchmark'], 'Maximum']],
  ])('%s: %p', (_what, expected, args) => expect(isKnown(...args)).toBe(expected));
});
