import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { thrownBy } from './support';
import { alarmed } from './support-metrics';
import type { EndpointVariant } from '../../src';
import type { BenchmarkMetrics } from '../../src/benchmark/benchmark-metrics';
import { METRICS } from '../../src/benchmark/contract';

type Method = (variant: EndpointVariant, props?: cloudwatch.MetricOptions) => cloudwatch.Metric;
const METHODS: [keyof BenchmarkMetrics & `metric${string}`, string, string][] = [
  ['metricThroughputPerInstance', 'ThroughputPerInstance', 'Average'],
  ['metricCostPerThousandRequests', 'CostPerThousandRequests', 'Average'],
  ['metricLatencyP50', 'LatencyP50', 'Average'],
  ['metricLatencyP95', 'LatencyP95', 'Average'],
  ['metricLatencyP99', 'LatencyP99', 'Average'],
  ['metricFirstRequestLatency', 'FirstRequestLatency', 'Average'],
  ['metricErrorRate', 'ErrorRate', 'Average'],
  ['metricFailedMeasurements', 'FailedMeasurements', 'Sum'],
  ['metricThroughputRatio', 'ThroughputRatio', 'Minimum'],
  ['metricCostRatio', 'CostRatio', 'Maximum'],
  ['metricLatencyRatio', 'LatencyRatio', 'Maximum'],
  ['metricErrorRateIncrease', 'ErrorRateIncrease', 'Maximum'],
];

test.each(METHODS)('%s', (method, metricName, statistic) => {
  const { metrics, gpu, inf2 } = alarmed();
  const metric = (metrics[method] as Method).call(metrics, inf2);
  expect({ namespace: metric.namespace, name: metric.metricName, statistic: metric.statistic, dimensions: metric.dimensions, period: metric.period.toMinutes() }).toEqual({
    namespace: 'CdkAccelerators/Benchmark', name: metricName, statistic, dimensions: { Benchmark: 'mine', Variant: 'inf2' }, period: 5,
  });
  const other = (metrics[method] as Method).call(metrics, gpu, { statistic: 'p90', period: Duration.hours(1), label: 'x' });
  expect([other.dimensions, other.statistic, other.period.toHours(), other.label]).toEqual([{ Benchmark: 'mine', Variant: 'gpu' }, 'p90', 1, 'x']);
});

test('every metric that a benchmark publishes has a method, apart from those of a parity check', () => {
  const { namespace: _namespace, dimension: _dimension, variant: _variant, parityScore: _score, parityFailed: _failed, ...published } = METRICS;
  expect(METHODS.map(([, name]) => name).sort()).toEqual(Object.values(published).sort());
});

test('of any name', () => {
  const { metrics, gpu } = alarmed();
  const metric = metrics.metric('Mine', gpu, { statistic: 'Sum' });
  expect([metric.metricName, metric.statistic, metric.dimensions]).toEqual(['Mine', 'Sum', { Benchmark: 'mine', Variant: 'gpu' }]);
});

test('in another stack they are those of this one', () => {
  const { metrics, gpu } = alarmed();
  const metric = metrics.metricThroughputRatio(gpu);
  expect([metric.region, metric.account]).toEqual(['us-east-1', '111122223333']);
});

test('of a variant that is not measured: refused, for it would be empty for ever', () => {
  const { metrics } = alarmed();
  expect(thrownBy(() => metrics.metricErrorRate(alarmed().inf2))).toBe("Stack/Benchmark: `variant`: got 'inf2' of Stack/Endpoint; allowed: 'gpu', 'inf2'; fix: name one of them");
  expect(thrownBy(() => metrics.metricErrorRate('inf2' as never))).toBe("Stack/Benchmark: `variant`: got \"inf2\"; allowed: 'gpu', 'inf2'; fix: name one of them");
});
