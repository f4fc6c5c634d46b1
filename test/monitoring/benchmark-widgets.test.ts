import { bodyProblems, styleProblems, usedMetrics } from './dashboard-body';
import { bodyOf, bodyOfRows, labelsOf, titlesOf, widgetOf } from './dashboard-support';
import { thrownBy } from './metrics-support';
import { BenchmarkWidgets } from '../../src/monitoring/benchmark-widgets';
import { EndpointDashboard } from '../../src/monitoring/endpoint-dashboard';
import { isKnown } from '../../src/monitoring/metric-catalogue';
import { benchmarked } from '../benchmark/support';
import { benchmarkOf, variants } from '../migration/construct-support';

describe('a benchmark on the dashboard of its endpoint', () => {
  const all = variants();
  const benchmark = benchmarkOf(all);
  new EndpointDashboard(all.stack, 'Dashboard', { endpoint: all.endpoint, benchmark, streaming: true });
  const body = bodyOf(all.stack);

  test('is what CloudWatch takes, and asks only for metrics that exist', () => {
    expect(bodyProblems(body)).toEqual([]);
    expect(styleProblems(body)).toEqual([]);
    expect(usedMetrics(body).filter(({ namespace, name, dimensions, statistic }) => !isKnown(namespace, name, [...dimensions], statistic))).toEqual([]);
  });

  test('shows what versions are worth, and first requests beside the first chunks of streams', () => {
    expect(titlesOf(body).slice(-12)).toEqual([
      `## Benchmark ${benchmark.benchmarkName}, the last 30 days`,
      'Throughput, inputs/s (1 day)', 'Cost, USD per 1,000 (1 day)', 'p99, ms (1 day)', 'Failed, % (1 day)',
      'Throughput, ratio (1 day)', 'Cost, ratio (1 day)', 'p99, ratio (1 day)', 'More failed, % (1 day)',
      'First request in 30 days, ms (1 day)', 'First chunk p50, ms (1 min)', 'First chunk p99, ms (1 min)',
    ]);
    expect(titlesOf(body)).toContain('Broken streams, % (1 min)');
  });

  test('first requests are those of the benchmark, in the colours of the variants', () => {
    const { start, metrics } = widgetOf(body, 'First request').properties;
    expect(start).toBe('-P30D');
    expect(metrics[1].slice(0, 6)).toEqual(['CdkAccelerators/Benchmark', 'FirstRequestLatency', 'Benchmark', benchmark.benchmarkName, 'Variant', 'inf2']);
    // The average is the default of a dashboard.
    expect(metrics[1].at(-1)).toEqual({ color: '#ff7f0e', label: 'inf2', period: 86400 });
  });

  test.each([['Throughput, ratio', 0.8], ['Cost, ratio', 1.25], ['p99, ratio', 1.25], ['More failed', 1]])('%s has the limit of the alarm, %d', (title, value) => {
    const { annotations, start, metrics } = widgetOf(body, title).properties;
    expect(annotations.horizontal).toEqual([{ value, label: 'Alarm', color: '#d62728', yAxis: 'left' }]);
    expect(start).toBe('-P30D');
    expect(metrics.map((entry: any[]) => entry.at(-1).label).filter((label: string) => label !== undefined)).toEqual(['gpu', 'inf2']);
  });

  test('says that its requests are requests, and where its runs are', () => {
    const { markdown } = widgetOf(body, '## Benchmark').properties;
    expect(markdown).toContain('its requests count in all metrics of the endpoint');
    expect(markdown).toMatch(/\[Runs\]\(https:\/\/us-east-1\.console\.aws\.amazon\.com\/states\/home\?region=us-east-1#\/statemachines\/view\/Benchmark\w+\)/);
    expect(markdown).toContain('/docs/runbook.md#benchmark-run-failed)');
  });

  test('limits of its own are those that are drawn', () => {
    const made = benchmarked({ regressionLimits: { throughputDrop: 0.9, latencyRise: 0.1 } });
    const own = bodyOfRows(made.stack, BenchmarkWidgets.versions(made.benchmark, made.inf2));
    expect(widgetOf(own, 'Throughput, ratio').properties.annotations.horizontal[0].value).toBe(0.1);
    expect(widgetOf(own, 'p99, ratio').properties.annotations.horizontal[0].value).toBe(1.1);
    expect(labelsOf(own, 'p99, ratio')).toEqual(['inf2']);
    expect(bodyProblems(own)).toEqual([]);
  });

  test('a target without a price has no cost', () => {
    const made = benchmarked(({ gpu, inf2 }) => ({ targets: [{ variant: gpu }, { variant: inf2, usdPerHour: 1 }] }));
    expect(labelsOf(bodyOfRows(made.stack, BenchmarkWidgets.versions(made.benchmark)), 'Cost, USD')).toEqual(['inf2']);
    const free = benchmarked(({ gpu }) => ({ targets: [{ variant: gpu }] }));
    expect(titlesOf(bodyOfRows(free.stack, BenchmarkWidgets.versions(free.benchmark))).filter((title) => title === '### Cost')).toHaveLength(2);
  });

  test('rows stand alone', () => {
    const made = benchmarked();
    expect(titlesOf(bodyOfRows(made.stack, [...BenchmarkWidgets.firstRequest(made.benchmark, made.gpu), ...BenchmarkWidgets.alarms(made.benchmark)]))).toEqual(['First request in 30 days, ms (1 day)', 'Alarms of the benchmark']);
  });

  test('a variant that it does not measure', () => {
    const made = benchmarked(({ gpu }) => ({ targets: [{ variant: gpu }] }));
    expect(thrownBy(() => BenchmarkWidgets.versions(made.benchmark, made.inf2))).toMatch(/^Stack\/Benchmark: `variant`: got 'inf2' of Stack\/Endpoint; allowed: 'gpu'; fix: name one of them$/);
  });
});
