import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CfnParameter, Duration, Lazy, Stack, Token, type StackProps } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as fc from 'fast-check';
import { drawn, expressionOf, inOneChart, leaves, thrownBy, type Data } from './metrics-support';
import { AcceleratorInstance, InferenceEndpoint, ServedModel, type EndpointVariantProps } from '../../src';
import { NeuronUtilization } from '../../src/monitoring/neuron-utilization';
import { VariantMetrics, type VariantMetricsOptions } from '../../src/monitoring/variant-metrics';
import { neuronModel, newStack, oneVariant, twoVariants } from '../endpoint/support';
import { Fixture, GPU } from '../support/standin/fixture';

/** Metrics of `gpu`, one ml.g5.xlarge. */
const gpu = (options?: VariantMetricsOptions) => new VariantMetrics(oneVariant().variant, options);
const inf2 = (options?: VariantMetricsOptions) => new VariantMetrics(twoVariants().inf2, options);

/** A variant of an endpoint made elsewhere. */
function imported(options?: VariantMetricsOptions, stack = newStack()) {
  return new VariantMetrics(InferenceEndpoint.fromEndpointName(stack, 'Endpoint', 'web').variant('gpu'), options);
}

describe('single metrics', () => {
  test.each<[string, (metrics: VariantMetrics) => cloudwatch.IMetric | undefined, string, string, string]>([
    ['metricRequests', (one) => one.metricRequests(), 'AWS/SageMaker', 'Invocations', 'Sum'],
    ['metricRequestsPerInstance', (one) => one.metricRequestsPerInstance(), 'AWS/SageMaker', 'InvocationsPerInstance', 'Sum'],
    ['metricConcurrentRequests', (one) => one.metricConcurrentRequests(), 'AWS/SageMaker', 'ConcurrentRequestsPerModel', 'Maximum'],
    ['metricMemoryUtilization', (one) => one.metricMemoryUtilization(), '/aws/sagemaker/Endpoints', 'MemoryUtilization', 'Average'],
    ['metricDiskUtilization', (one) => one.metricDiskUtilization(), '/aws/sagemaker/Endpoints', 'DiskUtilization', 'Average'],
  ])('%s', (_name, metricOf, namespace, name, statistic) => {
    const { endpoint } = oneVariant();
    const metrics = new VariantMetrics(endpoint.variants[0], { period: Duration.minutes(5) });
    expect(leaves(metricOf(metrics)!)).toEqual([{ namespace, name, statistic, seconds: 300, dimensions: { EndpointName: endpoint.endpointName, VariantName: 'gpu' } }]);
  });
});

describe('formulas', () => {
  test.each<[string, (metrics: VariantMetrics) => cloudwatch.IMetric | undefined, string, [string, string][]]>([
    ['metricRequestsPerSecond', (one) => one.metricRequestsPerSecond(), 'requests / PERIOD(requests)', [['Invocations', 'Sum']]],
    ['metricLatency', (one) => one.metricLatency(99), 'latency_p99 / 1000', [['ModelLatency', 'p99']]],
    ['metricLatency, a part of a percent', (one) => one.metricLatency(99.9), 'latency_p99_9 / 1000', [['ModelLatency', 'p99.9']]],
    ['metricOverheadLatency', (one) => one.metricOverheadLatency(50), 'overhead_p50 / 1000', [['OverheadLatency', 'p50']]],
    ['metricFirstChunkLatency', (one) => one.metricFirstChunkLatency(95), 'first_chunk_p95 / 1000', [['FirstChunkLatency', 'p95']]],
    ['metricErrorRate', (one) => one.metricErrorRate(), '100 * errors', [['Invocation5XXErrors', 'Average']]],
    ['metricClientErrorRate', (one) => one.metricClientErrorRate(), '100 * refused', [['Invocation4XXErrors', 'Average']]],
    ['metricModelErrorRate', (one) => one.metricModelErrorRate(), '100 * model_errors', [['InvocationModelErrors', 'Average']]],
    ['metricMidStreamErrorRate', (one) => one.metricMidStreamErrorRate(), '100 * mid_stream', [['MidStreamErrors', 'Average']]],
    ['metricInstances', (one) => one.metricInstances(), 'requests / per_instance', [['Invocations', 'Sum'], ['InvocationsPerInstance', 'Sum']]],
    ['metricGpuUtilization', (one) => one.metricGpuUtilization(), 'gpu / 1', [['GPUUtilization', 'Average']]],
    ['metricGpuMemoryUtilization', (one) => one.metricGpuMemoryUtilization(), 'gpu_memory / 1', [['GPUMemoryUtilization', 'Average']]],
    ['metricCpuUtilization', (one) => one.metricCpuUtilization(), 'cpu / 4', [['CPUUtilization', 'Average']]],
    ['metricCostPerHour', (one) => one.metricCostPerHour(), '1.408 * IF(FILL(requests, 0) > 0, requests / per_instance, IF(cpu >= 0, 1))', [['Invocations', 'Sum'], ['InvocationsPerInstance', 'Sum'], ['CPUUtilization', 'Average']]],
    ['metricCostPerThousandRequests', (one) => one.metricCostPerThousandRequests(), '1000 * 1.408 * PERIOD(per_instance) / 3600 / per_instance', [['InvocationsPerInstance', 'Sum']]],
  ])('%s', (_name, metricOf, expression, operands) => {
    const metric = metricOf(gpu())! as cloudwatch.MathExpression;
    expect(expressionOf(metric)).toBe(expression);
    expect(leaves(metric).map(({ name, statistic }) => [name, statistic])).toEqual(operands);
    expect(leaves(metric).map(({ seconds }) => seconds)).toEqual(operands.map(() => 60));
    expect([metric.period.toSeconds(), metric.warnings]).toEqual([60, undefined]);
    expect(leaves(metricOf(gpu({ period: Duration.minutes(5) }))!).map(({ seconds }) => seconds)).toEqual(operands.map(() => 300));
  });

  test('of several variants, percentiles and periods stand in one chart', () => {
    const { stack, gpu: one, inf2: other } = twoVariants();
    const all = [new VariantMetrics(one), new VariantMetrics(other), new VariantMetrics(one, { period: Duration.minutes(5) })]
      .flatMap((metrics) => [metrics.metricLatency(50), metrics.metricLatency(99), metrics.metricInstances(), metrics.metricRequestsPerSecond(), metrics.metricErrorRate(), metrics.metricCostPerThousandRequests()!]);
    const rows = inOneChart(stack, all);
    const ids = rows.map((row) => row.at(-1).id).filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    expect(rows.filter(([first]) => first.expression !== undefined)).toHaveLength(18);
  });

  test('have the same ids after another synth: a body does not change by itself', () => {
    expect((gpu().metricInstances() as cloudwatch.MathExpression).expression).toBe((gpu().metricInstances() as cloudwatch.MathExpression).expression);
  });
});

describe('labels', () => {
  test.each<[(metrics: VariantMetrics) => cloudwatch.IMetric | undefined, string]>([
    [(one) => one.metricRequests(), 'requests'],
    [(one) => one.metricRequestsPerSecond(), 'requests per second'],
    [(one) => one.metricLatency(99), 'latency p99'],
    [(one) => one.metricFirstChunkLatency(99), 'first chunk p99'],
    [(one) => one.metricErrorRate(), 'failed'],
    [(one) => one.metricCostPerHour(), 'USD per hour, at least'],
    [(one) => one.metricGpuUtilization(), 'GPU'],
  ])('%#', (metricOf, label) => {
    const own = (options?: VariantMetricsOptions) => (metricOf(gpu(options)) as cloudwatch.Metric).label;
    expect([own(), own({ label: 'v2' })]).toEqual([`gpu ${label}`, `v2 ${label}`]);
  });
});

describe('values', () => {
  /** 1,200 requests in a minute on two instances, then a minute without any, then one at half the load. */
  const data: Data = {
    gpu: {
      Invocations: [[0, 1200], [2, 600]],
      InvocationsPerInstance: [[0, 600], [2, 300]],
      ModelLatency: [[0, 250_000], [2, 125_500]],
      Invocation5XXErrors: [[0, 0], [2, 0.025]],
      CPUUtilization: [[0, 100], [1, 4], [2, 200]],
      GPUUtilization: [[0, 80], [1, 0], [2, 40]],
    },
  };
  const priced = (options: VariantMetricsOptions = {}) => gpu({ usdPerHour: 1.515, ...options });

  test('of 1,000 requests: 2 instances at 1.515 USD per hour, 1,200 requests in a minute', () => {
    // By hand: 2 * 1.515 / 60 = 0.0505 USD in the minute, by 1.2 thousand requests.
    const [[, first], [, half]] = drawn(priced().metricCostPerThousandRequests(), data);
    expect(first).toBeCloseTo(0.0505 / 1.2, 12);
    expect(first).toBeCloseTo(0.0420833333, 10);
    expect(half).toBeCloseTo(2 * first, 12);
  });

  test('of 1,000 requests over five minutes', () => {
    // 2 * 1.515 / 12 = 0.2525 USD in the five minutes, by 6 thousand requests: the same price at the same load.
    const five: Data = { gpu: { Invocations: [[0, 6000]], InvocationsPerInstance: [[0, 3000]] } };
    expect(drawn(priced({ period: Duration.minutes(5) }).metricCostPerThousandRequests(), five)[0][1]).toBeCloseTo(0.2525 / 6, 12);
  });

  test('of the instances per hour: in the minute without requests there is a host, and one instance at least', () => {
    expect(drawn(priced().metricCostPerHour(), data)).toEqual([[0, 3.03], [1, 1.515], [2, 3.03]]);
  });

  test.each<[string, Partial<EndpointVariantProps>, number]>([
    ['as many as there are at creation', { initialInstanceCount: 3 }, 3],
    ['the least number of the scaling, however many there were at creation', { initialInstanceCount: 5, scaling: { minInstances: 2, maxInstances: 8 } }, 2],
    ['one where the scaling says no least number', { scaling: { maxInstances: 8 } }, 1],
    ['the least number of any schedule', { scaling: { minInstances: 4, maxInstances: 8, schedules: [{ schedule: Schedule.cron({ hour: '22' }), minCapacity: 2 }] } }, 2],
    ['the largest number of a schedule, if it is less', { scaling: { minInstances: 4, maxInstances: 8, schedules: [{ schedule: Schedule.cron({ hour: '22' }), maxCapacity: 3 }] } }, 3],
    ['one where it is known at deploy time only', { scaling: { minInstances: Token.asNumber({ resolve: () => 3 }), maxInstances: 8 } }, 1],
    ['one where the number at creation is known at deploy time only', { initialInstanceCount: Token.asNumber({ resolve: () => 3 }) }, 1],
  ])('without requests it costs %s', (_name, props, instances) => {
    const idle: Data = { gpu: { CPUUtilization: [[0, 0], [2, 3]] } };
    expect(drawn(new VariantMetrics(oneVariant(props).variant, { usdPerHour: 10 }).metricCostPerHour(), idle)).toEqual([[0, 10 * instances], [2, 10 * instances]]);
  });

  test('without requests a variant made elsewhere costs one instance', () => {
    expect(drawn(imported({ usdPerHour: 10 }).metricCostPerHour(), { gpu: { CPUUtilization: [[1, 2]] } })).toEqual([[1, 10]]);
  });

  test('instances that answered count, also where the host tells nothing', () => {
    const one = new VariantMetrics(oneVariant({ initialInstanceCount: 4 }).variant, { usdPerHour: 10 });
    expect(drawn(one.metricCostPerHour(), { gpu: { Invocations: [[0, 900]], InvocationsPerInstance: [[0, 450]] } })).toEqual([[0, 20]]);
  });
  test('of instances, where requests are', () => expect(drawn(priced().metricInstances(), data)).toEqual([[0, 2], [2, 2]]));
  test('of instances in the middle of scaling', () => expect(drawn(priced().metricInstances(), { gpu: { Invocations: [[0, 900]], InvocationsPerInstance: [[0, 600]] } })).toEqual([[0, 1.5]]));
  test('in milliseconds', () => expect(drawn(priced().metricLatency(99), data)).toEqual([[0, 250], [2, 125.5]]));
  test('in percent: nothing failed is 0, no request is nothing', () => expect(drawn(priced().metricErrorRate(), data)).toEqual([[0, 0], [2, 2.5]]));
  test('per second', () => expect(drawn(priced().metricRequestsPerSecond(), data)).toEqual([[0, 20], [2, 10]]));
  test('of one of four vCPUs', () => expect(drawn(priced().metricCpuUtilization(), data)).toEqual([[0, 25], [1, 1], [2, 50]]));
  test('of one of four GPUs', () => {
    const four = new VariantMetrics(oneVariant({ instanceType: AcceleratorInstance.G5_12XLARGE }).variant);
    expect(drawn(four.metricGpuUtilization(), { gpu: { GPUUtilization: [[0, 320]] } })).toEqual([[0, 80]]);
    expect(expressionOf(four.metricGpuUtilization())).toBe('gpu / 4');
  });

  test.each<[string, (metrics: VariantMetrics) => cloudwatch.IMetric | undefined]>([
    ['metricRequests', (one) => one.metricRequests()],
    ['metricRequestsPerSecond', (one) => one.metricRequestsPerSecond()],
    ['metricLatency', (one) => one.metricLatency(99)],
    ['metricErrorRate', (one) => one.metricErrorRate()],
    ['metricClientErrorRate', (one) => one.metricClientErrorRate()],
    ['metricModelErrorRate', (one) => one.metricModelErrorRate()],
    ['metricInstances', (one) => one.metricInstances()],
    ['metricRequestsPerInstance', (one) => one.metricRequestsPerInstance()],
    ['metricGpuUtilization', (one) => one.metricGpuUtilization()],
    ['metricCostPerHour', (one) => one.metricCostPerHour()],
    ['metricCostPerThousandRequests', (one) => one.metricCostPerThousandRequests()],
  ])('%s has none without data, and none for another variant\'s', (_name, metricOf) => {
    expect(drawn(metricOf(priced()), {})).toEqual([]);
    expect(drawn(metricOf(priced()), { inf2: data.gpu })).toEqual([]);
  });

  test('have none where requests are told as 0', () => {
    const zero: Data = { gpu: { Invocations: [[0, 0]], InvocationsPerInstance: [[0, 0]] } };
    expect([drawn(priced().metricInstances(), zero), drawn(priced().metricCostPerHour(), zero), drawn(priced().metricCostPerThousandRequests(), zero)]).toEqual([[], [], []]);
  });

  test('a price of 0 is a price', () => {
    expect(drawn(priced({ usdPerHour: 0 }).metricCostPerHour(), data)).toEqual([[0, 0], [1, 0], [2, 0]]);
  });

  test('cost of any load: instances, price and requests, whatever the period', () => {
    const one = oneVariant().variant;
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 0, max: 200_000 }), fc.constantFrom(60, 300, 3600), (instances, requests, mills, seconds) => {
      const usdPerHour = mills / 1000;
      const metrics = new VariantMetrics(one, { usdPerHour, period: Duration.seconds(seconds) });
      const load: Data = { gpu: { Invocations: [[0, requests]], InvocationsPerInstance: [[0, requests / instances]] } };
      const spent = instances * usdPerHour * seconds / 3600;
      expect(drawn(metrics.metricCostPerThousandRequests(), load)[0][1]).toBeCloseTo(1000 * spent / requests, 6);
      expect(drawn(metrics.metricCostPerHour(), load)[0][1]).toBeCloseTo(instances * usdPerHour, 6);
    }), { numRuns: 50 });
  });
});

describe('against the stand-in of SageMaker', () => {
  test('instances, failed requests and latency are the true ones', async () => {
    const fixture = await Fixture.start();
    try {
      await fixture.endpoint([{ ...GPU, InitialInstanceCount: 3 }]);
      const start = fixture.standIn.clock.now();
      fixture.standIn.setTraffic('web', { requestsPerMinute: 1000, variants: { gpu: { errorRate: 0.1 } } });
      fixture.standIn.advance(120);
      const metrics = imported();
      const stack = Stack.of(metrics.variant);
      const ask = async (metric: cloudwatch.IMetric) => {
        const { expression, usingMetrics } = metric.toMetricConfig().mathExpression!;
        const { MetricDataResults } = await fixture.client(CloudWatchClient).send(new GetMetricDataCommand({
          StartTime: new Date(start),
          EndTime: new Date(start + 60_000),
          MetricDataQueries: [{ Id: 'result', Expression: expression }, ...Object.entries(usingMetrics).map(([Id, one]) => {
            const { namespace, metricName, dimensions, statistic, period } = one.toMetricConfig().metricStat!;
            return { Id, ReturnData: false, MetricStat: { Metric: { Namespace: namespace, MetricName: metricName, Dimensions: dimensions!.map(({ name, value }) => ({ Name: name, Value: stack.resolve(value) })) }, Stat: statistic, Period: period.toSeconds() } };
          })],
        }));
        return MetricDataResults!.find(({ Id }) => Id === 'result')!.Values![0];
      };
      const truth = fixture.standIn.traffic.bucket('web', 'gpu', start)!;
      expect(await ask(metrics.metricInstances())).toBeCloseTo(3, 9);
      expect(await ask(metrics.metricErrorRate())).toBeCloseTo(100 * truth.serverErrors / truth.requests, 9);
      const p50 = await ask(metrics.metricLatency(50));
      expect(p50).toBeGreaterThan(1);
      expect(p50).toBeLessThan(10_000);
    } finally {
      await fixture.stop();
    }
  });
});

describe('the price', () => {
  test('is the bundled one of region and type', () => expect([gpu().usdPerHour, inf2().usdPerHour]).toEqual([1.408, 0.99]));
  test('is the given one', () => expect([gpu({ usdPerHour: 0.5 }).usdPerHour, gpu({ usdPerHour: 0 }).usdPerHour]).toEqual([0.5, 0]));
  test('is not known of a variant whose fallback instances have another one, unless it is said', () => {
    const { variant } = oneVariant({ fallbackInstances: [{ instanceType: AcceleratorInstance.G5_12XLARGE }] });
    const costs = (options?: VariantMetricsOptions) => {
      const metrics = new VariantMetrics(variant, options);
      return [metrics.usdPerHour, expressionOf(metrics.metricCostPerHour() ?? new cloudwatch.MathExpression({ expression: 'none' }))];
    };
    expect([costs(), costs({ usdPerHour: 3 }), costs({ instanceType: AcceleratorInstance.G5_XLARGE })])
      .toEqual([[undefined, 'none'], [3, '3 * IF(FILL(requests, 0) > 0, requests / per_instance, IF(cpu >= 0, 1))'], [1.408, '1.408 * IF(FILL(requests, 0) > 0, requests / per_instance, IF(cpu >= 0, 1))']]);
  });

  test('of an endpoint made elsewhere needs the type', () => {
    expect([imported().usdPerHour, imported({ instanceType: AcceleratorInstance.G5_XLARGE }).usdPerHour]).toEqual([undefined, 1.408]);
  });

  test('is not known without a region, or in one that has none', () => {
    const priceIn = (props: StackProps) => imported({ instanceType: AcceleratorInstance.G5_XLARGE }, newStack(props)).usdPerHour;
    expect([{}, { env: { region: 'mars-north-1' } }, { env: { region: 'us-east-1' } }].map(priceIn)).toEqual([undefined, undefined, 1.408]);
    expect(new VariantMetrics(oneVariant({}, {}, newStack({})).variant).usdPerHour).toBeUndefined();
  });

  test('is that of the region of the endpoint, not of the stack', () => {
    const stack = newStack();
    const endpoint = InferenceEndpoint.fromEndpointArn(stack, 'There', 'arn:aws:sagemaker:eu-west-1:111122223333:endpoint/web');
    const there = new VariantMetrics(endpoint.variant('gpu'), { instanceType: AcceleratorInstance.G5_XLARGE });
    const here = imported({ instanceType: AcceleratorInstance.G5_XLARGE }, newStack({ env: { region: 'eu-west-1' } }));
    expect(there.usdPerHour).toBe(here.usdPerHour);
    expect(there.usdPerHour).not.toBe(1.408);
  });

  test('that is missing leaves costs out, and nothing else', () => {
    const metrics = imported();
    expect([metrics.metricCostPerHour(), metrics.metricCostPerThousandRequests()]).toEqual([undefined, undefined]);
    expect(expressionOf(metrics.metricInstances())).toBe('requests / per_instance');
  });

  test('may be a parameter', () => {
    const { stack, variant } = oneVariant();
    const parameter = new CfnParameter(stack, 'Price', { type: 'Number' });
    const metric = new VariantMetrics(variant, { usdPerHour: parameter.valueAsNumber }).metricCostPerHour() as cloudwatch.MathExpression;
    expect(metric.warnings).toBeUndefined();
    expect(stack.resolve(metric.expression)['Fn::Join'][1]).toEqual([{ Ref: 'Price' }, expect.stringMatching(/^ \* IF\(FILL\(requests_\w+, 0\) > 0, requests_\w+ \/ per_instance_\w+, IF\(cpu_\w+ >= 0, 1\)\)$/)]);
  });

  test('is written without an exponent', () => {
    expect(expressionOf(gpu({ usdPerHour: 1e-7 }).metricCostPerHour())).toBe('0.0000001 * IF(FILL(requests, 0) > 0, requests / per_instance, IF(cpu >= 0, 1))');
  });
});

describe('utilisation', () => {
  test('of GPUs there is none on Neuron', () => expect([inf2().metricGpuUtilization(), inf2().metricGpuMemoryUtilization()]).toEqual([undefined, undefined]));
  test('of CPUs there is one on Neuron', () => expect(expressionOf(inf2().metricCpuUtilization())).toBe('cpu / 4'));

  test('of a type that is not known is as SageMaker publishes it', () => {
    expect([imported().metricGpuUtilization()!, imported().metricCpuUtilization()].map((one) => (one as cloudwatch.Metric).metricName)).toEqual(['GPUUtilization', 'CPUUtilization']);
  });

  test.each<[string, AcceleratorInstance, boolean[], string, string]>([
    ['more GPUs and more vCPUs', AcceleratorInstance.G5_12XLARGE, [false, false], 'GPUUtilization', 'CPUUtilization'],
    ['as many GPUs and more vCPUs', AcceleratorInstance.G5_2XLARGE, [true, false], 'gpu / 1', 'CPUUtilization'],
  ])('of a variant whose fallback instances have %s', (_name, instanceType, normalised, gpus, cpus) => {
    const metrics = new VariantMetrics(oneVariant({ fallbackInstances: [{ instanceType }] }).variant);
    const what = (metric: cloudwatch.IMetric | undefined) => (metric as cloudwatch.Metric).metricName ?? expressionOf(metric);
    expect([what(metrics.metricGpuUtilization()), what(metrics.metricCpuUtilization())]).toEqual([gpus, cpus]);
    expect([metrics._isNormalised('gpu'), metrics._isNormalised('cpu')]).toEqual(normalised);
    expect(metrics.instanceType).toBe(AcceleratorInstance.G5_XLARGE);
  });

  test('is that of one processor where the type is known', () => {
    expect([gpu(), imported(), imported({ instanceType: AcceleratorInstance.G5_12XLARGE })].map((one) => [one._isNormalised('gpu'), one._isNormalised('cpu')])).toEqual([[true, true], [false, false], [true, true]]);
  });

  test('of a type that is given', () => {
    const given = (instanceType: AcceleratorInstance) => imported({ instanceType });
    expect(expressionOf(given(AcceleratorInstance.G5_12XLARGE).metricGpuUtilization())).toBe('gpu / 4');
    expect(expressionOf(given(AcceleratorInstance.G5_12XLARGE).metricCpuUtilization())).toBe('cpu / 48');
    expect(given(AcceleratorInstance.INF2_XLARGE).metricGpuUtilization()).toBeUndefined();
  });

  test('of NeuronCores there is none of SageMaker\'s own', () => expect([gpu().metricNeuronUtilization(), inf2().metricNeuronUtilization(), imported().metricNeuronUtilization()]).toEqual([undefined, undefined, undefined]));

  test('of NeuronCores is found in the namespace of the model', () => {
    const model = ServedModel.onNeuron(neuronModel().source, { neuronMetricsNamespace: 'Bge/Neuron' });
    const { inf2: variant } = twoVariants({ inf2: { model } });
    const metric = new VariantMetrics(variant, { period: Duration.minutes(5) }).metricNeuronUtilization() as cloudwatch.SearchExpression;
    expect([metric.expression, metric.label, metric.period.toSeconds(), metric.searchRegion]).toEqual(['AVG(SEARCH(\'Namespace="Bge/Neuron" utilization (neuroncore OR core)\', \'Average\', 300))', 'inf2 NeuronCores', 300, 'us-east-1']);
    expect(thrownBy(() => new cloudwatch.Alarm(newStack(), 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 }))).toMatch(/ not supported in CloudWatch Alarms/);
  });

  test('of NeuronCores by a route that is given, before that of the model', () => {
    const own = new cloudwatch.Metric({ namespace: 'Mine', metricName: 'Cores' });
    const model = ServedModel.onNeuron(neuronModel().source, { neuronMetricsNamespace: 'Bge/Neuron' });
    const metric = new VariantMetrics(twoVariants({ inf2: { model } }).inf2, { neuronUtilization: NeuronUtilization.fromMetric(own) }).metricNeuronUtilization() as cloudwatch.Metric;
    expect([metric.namespace, metric.metricName]).toEqual(['Mine', 'Cores']);
    expect((inf2({ neuronUtilization: NeuronUtilization.fromNamespace('Mine', { searchTerm: 'MetricName="neuroncore_utilization"' }) }).metricNeuronUtilization() as cloudwatch.SearchExpression).expression)
      .toBe('AVG(SEARCH(\'Namespace="Mine" MetricName="neuroncore_utilization"\', \'Average\', 60))');
  });

  test('of NeuronCores by a ratio is in percent', () => {
    expect((inf2({ neuronUtilization: NeuronUtilization.fromNamespace('Mine', { searchTerm: 'neuroncore_utilization_ratio', ratio: true }) }).metricNeuronUtilization() as cloudwatch.SearchExpression).expression)
      .toBe('100 * AVG(SEARCH(\'Namespace="Mine" neuroncore_utilization_ratio\', \'Average\', 60))');
  });

  test('of NeuronCores by a metric has the period and the name of those beside it', () => {
    const own = new cloudwatch.Metric({ namespace: 'Mine', metricName: 'Cores', period: Duration.hours(1), label: 'mine' });
    const expression = new cloudwatch.MathExpression({ expression: '100 * ratio', usingMetrics: { ratio: own } });
    const other: cloudwatch.IMetric = { toMetricConfig: () => own.toMetricConfig() };
    const [metric, math, theirs] = [own, expression, other].map((one) => inf2({ period: Duration.minutes(5), neuronUtilization: NeuronUtilization.fromMetric(one) }).metricNeuronUtilization());
    expect([metric, math].map((one: any) => [one.period.toSeconds(), one.label])).toEqual([[300, 'inf2 NeuronCores'], [300, 'inf2 NeuronCores']]);
    expect(theirs).toBe(other);
  });

  test('of NeuronCores is searched where the endpoint is', () => {
    const endpoint = InferenceEndpoint.fromEndpointArn(newStack(), 'There', 'arn:aws:sagemaker:eu-west-1:444455556666:endpoint/web');
    const metric = new VariantMetrics(endpoint.variant('inf2'), { neuronUtilization: NeuronUtilization.fromNamespace('Mine') }).metricNeuronUtilization() as cloudwatch.SearchExpression;
    expect([metric.searchAccount, metric.searchRegion]).toEqual(['444455556666', 'eu-west-1']);
  });

  test('of NeuronCores in a stack without a region', () => {
    const metric = imported({ neuronUtilization: NeuronUtilization.fromNamespace('Mine') }, newStack({})).metricNeuronUtilization() as cloudwatch.SearchExpression;
    expect([metric.searchAccount, metric.searchRegion]).toEqual([undefined, undefined]);
  });
});

describe('the period', () => {
  const every = (frequency: Duration | undefined, enhancedMetrics: boolean | undefined, options?: VariantMetricsOptions) =>
    new VariantMetrics(oneVariant({}, { metricPublishing: { frequency, enhancedMetrics } }).variant, options);
  const SECONDS = Duration.seconds(10);

  test('is a minute by default', () => expect([gpu(), gpu({ period: Duration.hours(1) }), imported(), imported({ period: SECONDS })].map(({ period }) => period.toSeconds())).toEqual([60, 3600, 60, 10]));

  test.each<[string, Duration | undefined, boolean | undefined, number]>([
    ['five minutes of an endpoint that publishes in five', Duration.minutes(5), true, 300],
    // Requests come each minute then, and the use of the hosts every five.
    ['five minutes where the frequency is of the hosts only', Duration.minutes(5), undefined, 300],
    ['a minute of an endpoint that publishes more often', SECONDS, true, 60],
    ['a minute where only the hosts publish more often', SECONDS, false, 60],
    ['a minute of an endpoint that is not told', undefined, true, 60],
    ['a minute where it is known at deploy time only', Duration.seconds(Lazy.number({ produce: () => 300 })), true, 60],
  ])('is %s', (_name, frequency, enhanced, seconds) => expect(every(frequency, enhanced).period.toSeconds()).toBe(seconds));

  test.each<[string, Duration | undefined, boolean | undefined, Duration, string]>([
    ['a minute where points come every five', Duration.minutes(5), true, Duration.minutes(1), '60 seconds; allowed: a multiple of the 300 seconds'],
    ['three minutes where points come every two', Duration.minutes(2), true, Duration.minutes(3), '180 seconds; allowed: a multiple of the 120 seconds'],
    ['ten seconds where only the hosts tell so often', SECONDS, false, SECONDS, '10 seconds; allowed: a multiple of the 60 seconds'],
    ['ten seconds of an endpoint that is not told', undefined, undefined, SECONDS, '10 seconds; allowed: a multiple of the 60 seconds'],
  ])('cannot be %s', (_name, frequency, enhanced, period, what) => expect(thrownBy(() => every(frequency, enhanced, { period })))
    .toBe(`Stack/Endpoint/Variant-gpu: \`period\`: got ${what} between two data points of the endpoint; fix: leave it out, give a multiple, or change \`metricPublishing.frequency\` of the endpoint`));

  test('may be a multiple', () => expect([every(SECONDS, true, { period: SECONDS }), every(Duration.minutes(5), true, { period: Duration.hours(1) })].map(({ period }) => period.toSeconds())).toEqual([10, 3600]));

  test('of five minutes gives the cost and the rate of five minutes', () => {
    // 6,000 requests in five minutes are 20 a second; one instance at 1.2 USD is 0.1 USD in them, by 6 thousand.
    const five: Data = { gpu: { Invocations: [[0, 6000]], InvocationsPerInstance: [[0, 6000]] } };
    const metrics = every(Duration.minutes(5), true, { usdPerHour: 1.2 });
    expect(drawn(metrics.metricRequestsPerSecond(), five)).toEqual([[0, 20]]);
    expect(drawn(metrics.metricCostPerThousandRequests(), five)[0][1]).toBeCloseTo(0.1 / 6, 12);
  });
});

describe('bad inputs', () => {
  const range = 'a number from 0 to 100000 USD';
  const periods = '1, 5, 10, 20 or 30 seconds, or whole minutes, at most a day';

  test.each<[string, VariantMetricsOptions, string]>([
    ['a negative price', { usdPerHour: -1 }, `\`usdPerHour\`: got -1; allowed: ${range}; fix: give ${range}`],
    ['a price that is none', { usdPerHour: NaN }, `\`usdPerHour\`: got NaN; allowed: ${range}; fix: give ${range}`],
    ['a price beyond all', { usdPerHour: 1e300 }, `\`usdPerHour\`: got 1e+300; allowed: ${range}; fix: give ${range}`],
    ['a price in words', { usdPerHour: 'much' as any }, `\`usdPerHour\`: got "much"; allowed: ${range}; fix: give ${range}`],
    ['a period of nothing', { period: Duration.seconds(0) }, `\`period\`: got 0 seconds; allowed: ${periods}; fix: give e.g. Duration.minutes(1)`],
    ['a period between', { period: Duration.seconds(90) }, `\`period\`: got 90 seconds; allowed: ${periods}; fix: give e.g. Duration.minutes(1)`],
    ['a period of two days', { period: Duration.days(2) }, `\`period\`: got 172800 seconds; allowed: ${periods}; fix: give e.g. Duration.minutes(1)`],
    ['a period of a part of a second', { period: Duration.millis(500) }, `\`period\`: got 0.5 seconds; allowed: ${periods}; fix: give e.g. Duration.minutes(1)`],
    ['a period that is not known', { period: Duration.seconds(Lazy.number({ produce: () => 60 })) }, `\`period\`: got a duration that is known at deploy time only; allowed: ${periods}; fix: give e.g. Duration.minutes(1)`],
    ['a number as period', { period: 60 as any }, '`period`: got 60; allowed: a duration; fix: give e.g. Duration.minutes(1)'],
    ['the name of a type', { instanceType: 'ml.g5.xlarge' as any }, '`instanceType`: got "ml.g5.xlarge"; allowed: an AcceleratorInstance; fix: give an AcceleratorInstance'],
    ['a namespace as route', { neuronUtilization: 'Mine' as any }, '`neuronUtilization`: got "Mine"; allowed: a NeuronUtilization; fix: give NeuronUtilization.fromMetric(...) or .fromNamespace(...)'],
  ])('%s', (_name, options, message) => expect(thrownBy(() => gpu(options))).toBe(`Stack/Endpoint/Variant-gpu: ${message}`));

  test('several are told together', () => {
    expect(thrownBy(() => gpu({ usdPerHour: -1, instanceType: 1 as any }))).toBe([
      'Stack/Endpoint/Variant-gpu: 2 problems',
      `  - \`usdPerHour\`: got -1; allowed: ${range}; fix: give ${range}`,
      '  - `instanceType`: got 1; allowed: an AcceleratorInstance; fix: give an AcceleratorInstance',
    ].join('\n'));
  });

  test.each([['nothing', undefined, 'undefined'], ['a name', 'gpu', '"gpu"']])('%s as variant', (_name, variant, got) => {
    expect(thrownBy(() => new VariantMetrics(variant as any))).toBe(`VariantMetrics: \`variant\`: got ${got}; allowed: a variant of an endpoint; fix: give what \`endpoint.variant(name)\` or \`endpoint.addVariant\` returns`);
  });

  test('a variant of an asynchronous endpoint', () => {
    const stack = newStack();
    const { variant } = oneVariant({}, { asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Out', 'out') } }, stack);
    expect(thrownBy(() => new VariantMetrics(variant))).toBe('Stack/Endpoint/Variant-gpu: `variant`: got a variant of an asynchronous endpoint; allowed: variants of real-time endpoints: SageMaker publishes neither Invocations nor '
      + 'InvocationsPerInstance of asynchronous ones; fix: take the metrics of the variant itself, e.g. `metricModelLatency`');
  });

  test.each<[string, any, string]>([
    ['below 0', -1, 'got -1; allowed: a number from 0 to 100; fix: give e.g. 99'],
    ['above 100', 100.1, 'got 100.1; allowed: a number from 0 to 100; fix: give e.g. 99'],
    ['no number', NaN, 'got NaN; allowed: a number from 0 to 100; fix: give e.g. 99'],
    ['left out', undefined, 'got NaN; allowed: a number from 0 to 100; fix: give e.g. 99'],
    ['spelled out', 'p99', 'got "p99"; allowed: a number from 0 to 100; fix: give e.g. 99'],
    ['a token', Token.asNumber({ resolve: () => 99 }), 'got a number that is known at deploy time only; allowed: a number that is known at synth; fix: give e.g. 99'],
  ])('a percentile %s', (_name, percentile, message) => expect(thrownBy(() => gpu().metricLatency(percentile))).toBe(`Stack/Endpoint/Variant-gpu: \`percentile\`: ${message}`));

  test.each([[0, 'p0'], [100, 'p100'], [0.0000001, 'p0.0000001']])('a percentile of %d is one', (percentile, statistic) => expect(leaves(gpu().metricLatency(percentile))[0].statistic).toBe(statistic));

  test.each<[string, () => unknown, string]>([
    ['an AWS namespace', () => NeuronUtilization.fromNamespace('AWS/SageMaker'), '`namespace`: got "AWS/SageMaker"; allowed: a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/; fix: give a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/'],
    ['a namespace that ends the search', () => NeuronUtilization.fromNamespace('a" b'), '`namespace`: got "a\\" b"; allowed: a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/; fix: give a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/'],
    ['no namespace', () => NeuronUtilization.fromNamespace(undefined as any), '`namespace`: got ""; allowed: a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/; fix: give a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/'],
    ['a term that ends the search', () => NeuronUtilization.fromNamespace('Mine', { searchTerm: "a'" }), '`searchTerm`: got "a\'"; allowed: a term of a CloudWatch search, 1 to 512 characters without single quotes; fix: give a term of a CloudWatch search, 1 to 512 characters without single quotes'],
    ['a term instead of options', () => NeuronUtilization.fromNamespace('Mine', 'utilization' as any), '`options`: got "utilization"; allowed: options; fix: give e.g. { searchTerm: \'MetricName="cores"\' }'],
  ])('%s', (_name, action, message) => expect(thrownBy(action)).toBe(`NeuronUtilization.fromNamespace: ${message}`));

  test('a name as metric', () => expect(thrownBy(() => NeuronUtilization.fromMetric('cores' as any))).toBe('NeuronUtilization.fromMetric: `metric`: got "cores"; allowed: a metric; fix: pass a Metric, or a MathExpression'));
});
