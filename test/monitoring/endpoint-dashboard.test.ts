import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { bodyProblems, styleProblems, usedMetrics } from './dashboard-body';
import { bodyOf, labelsOf, textOf, titlesOf, widgetOf } from './dashboard-support';
import { GpuFallback, InferenceEndpoint } from '../../src';
import { EndpointDashboard, type EndpointDashboardProps } from '../../src/monitoring/endpoint-dashboard';
import { EndpointMetrics } from '../../src/monitoring/endpoint-metrics';
import { EndpointWidgets } from '../../src/monitoring/endpoint-widgets';
import { isKnown } from '../../src/monitoring/metric-catalogue';
import { NeuronUtilization } from '../../src/monitoring/neuron-utilization';
import { VariantMetrics } from '../../src/monitoring/variant-metrics';
import { newStack as newEndpointStack, twoVariants, oneVariant, G5, INF2 } from '../endpoint/support';
import { benchmarkOf, migrate, variants } from '../migration/construct-support';

type Props = Partial<EndpointDashboardProps>;

/** A dashboard of `gpu` on ml.g5.xlarge and `inf2` on ml.inf2.xlarge. */
function dashboard(props: Props = {}, all = twoVariants({}, { endpointName: 'search' })) {
  const made = new EndpointDashboard(all.stack, 'Dashboard', { endpoint: all.endpoint, ...props });
  return { ...all, dashboard: made, body: () => bodyOf(all.stack) };
}

const thrownBy = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
};

describe('a dashboard of GPU and Neuron', () => {
  const { body: make } = dashboard();
  const body = make();

  test('is what CloudWatch takes, and what a person can read', () => {
    expect(bodyProblems(body)).toEqual([]);
    expect(styleProblems(body)).toEqual([]);
  });

  test('asks only for metrics that exist', () => {
    const used = usedMetrics(body);
    expect(used.length).toBeGreaterThan(40);
    expect(used.filter(({ namespace, name, dimensions, statistic }) => !isKnown(namespace, name, [...dimensions], statistic))).toEqual([]);
  });

  test('shows everything, in the order in which it is asked', () => {
    expect(titlesOf(body)).toEqual([
      '# Endpoint search',
      'gpu, last requests (1 min)', 'inf2, last requests (1 min)',
      'Traffic realised, % (1 min)',
      'Requests, count (1 min)', 'Concurrent requests, count (1 min)', 'Requests per instance, count (1 min)',
      'Latency p50, ms (1 min)', 'Latency p95, ms (1 min)', 'Latency p99, ms (1 min)', 'Overhead p99, ms (1 min)',
      '5xx, % (1 min)', 'Container errors, % (1 min)', '4xx, % (1 min)',
      'Instances that answered, count (1 min)', 'Cost of the instances, USD per hour (1 min)', 'Cost of requests, USD per 1,000 (1 min)',
      'GPU utilisation, % (1 min)', 'GPU memory, % (1 min)', '### NeuronCore utilisation', 'CPU utilisation, % (1 min)', 'Memory of the hosts, % (1 min)', 'Disks of the hosts, % (1 min)',
      '**First request**: CloudWatch does not tell how long it takes. Measure it with an `EndpointBenchmark` and give `benchmark`, or say that answers are `streaming`.',
    ]);
  });

  test.each(['Traffic realised', 'Requests, count', 'Latency p50', 'Latency p95', 'Latency p99', 'Overhead', '5xx', 'Container errors', '4xx', 'Concurrent requests', 'Requests per instance', 'Instances that answered', 'Cost of the instances', 'Cost of requests', 'CPU utilisation', 'Memory of the hosts', 'Disks'])('%s has a line for each variant', (title) => {
    expect(labelsOf(body, title)).toEqual(['gpu', 'inf2']);
  });

  test('a variant has the same colour in every chart', () => {
    const colors = body.widgets.flatMap(({ properties }) => (properties.metrics ?? []) as any[][]).map((entry) => entry.at(-1)).filter(({ label, color, visible }) => label === 'inf2' && color !== undefined && visible !== false);
    expect(colors.length).toBeGreaterThan(10);
    expect(new Set(colors.map(({ color }) => color))).toEqual(new Set(['#ff7f0e']));
  });

  test('GPU utilisation is drawn of the GPU alone, and a text says why there is none of Neuron', () => {
    expect(labelsOf(body, 'GPU utilisation')).toEqual(['gpu']);
    expect(widgetOf(body, '### NeuronCore').properties.markdown).toBe('### NeuronCore utilisation\nSageMaker publishes nothing about those of inf2. Give the model `neuronMetricsNamespace`, or the metrics `neuronUtilization`. Until then concurrent requests and the CPU tell how busy it is.');
  });

  test('percents end at 100', () => {
    for (const title of ['Traffic realised', 'GPU utilisation', 'CPU utilisation', 'Memory of the hosts']) expect(widgetOf(body, title).properties.yAxis.left).toMatchObject({ min: 0, max: 100 });
  });

  test('says which variant is what, and where to look', () => {
    expect(widgetOf(body, '# Endpoint search').properties.markdown).toBe([
      '# Endpoint search',
      '[Endpoint in the console](https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/endpoints/search) · [Logs](https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FEndpoints$252Fsearch) · [Runbook](https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#runbook)',
      '',
      '| Variant | Instance | Accelerators of one | Instances in the template | Traffic in the template |',
      '|---|---|---|---|---|',
      '| gpu | ml.g5.xlarge | 1 × A10G | 1 | 50 % |',
      '| inf2 | ml.inf2.xlarge | 1 × Inferentia2 | 1 | 50 % |',
    ].join('\n'));
  });

  test('opens at 3 hours, and keeps its periods', () => {
    expect(body.start).toBe('-PT3H');
    expect(dashboard({ defaultInterval: undefined }).body().start).toBe('-PT3H');
    expect(body.periodOverride).toBe('inherit');
  });
});

test('the address of the dashboard is an output', () => {
  const { stack } = dashboard({ dashboardName: 'search-live' });
  const [output] = Object.values(Template.fromStack(stack).findOutputs('*', { Description: 'Dashboard in the console' }));
  expect(textOf(output.Value)).toMatch(/^https:\/\/us-east-1\.console\.aws\.amazon\.com\/cloudwatch\/home\?region=us-east-1#dashboards\/dashboard\/Dashboard\w{8}$/);
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'search-live' });
});

test('a migration adds the share that it wants, its alarms and its events', () => {
  const all = migrate();
  const { body: make } = dashboard({ migration: all.migration }, all);
  const body = make();
  expect(bodyProblems(body)).toEqual([]);
  expect(styleProblems(body)).toEqual([]);
  expect(labelsOf(body, 'Share of the newcomer')).toEqual(['inf2 realised', 'inf2 wanted']);
  expect(widgetOf(body, 'Alarms').properties.alarms).toHaveLength(2);
  expect(titlesOf(body).at(-1)).toBe('Events, the newest 50');
});

test('alarms are shown without a migration too', () => {
  const all = twoVariants();
  const alarm = new cloudwatch.Alarm(all.stack, 'Alarm', { metric: all.gpu.metricInvocations(), threshold: 1, evaluationPeriods: 1 });
  expect(widgetOf(dashboard({ alarms: [alarm] }, all).body(), 'Alarms').properties.alarms).toHaveLength(1);
});

test('alarms that decide over traffic and versions are shown without being listed, each once', () => {
  const all = migrate(undefined, variants({ endpoint: { endpointName: 'search' } }));
  const { stack, endpoint, gpu, inf2, migration } = all;
  const rollback = new cloudwatch.Alarm(stack, 'RollbackAlarm', { metric: gpu.metricInvocation5XXErrors(), threshold: 1, evaluationPeriods: 1 });
  endpoint.addRollbackAlarm(rollback);
  const fallback = new GpuFallback(stack, 'Fallback', { watched: inf2, fallback: gpu, latency: { p99: Duration.seconds(2) } });
  const benchmark = benchmarkOf(all);
  const other = new cloudwatch.Alarm(stack, 'OtherAlarm', { metric: gpu.metricInvocations(), threshold: 1, evaluationPeriods: 1 });
  const body = dashboard({ migration, fallback, benchmark, alarms: [other, rollback, benchmark.alarms(gpu).cost!] }, all).body();
  const ids = widgetOf(body, 'Alarms').properties.alarms.map((arn: string) => arn.replace(/^.*:alarm:(\w+?)[0-9A-F]{8}$/, '$1'));
  expect(ids).toEqual([
    'RollbackAlarm', 'MigrationNeedsAttention', 'MigrationWatchdogAlarm', 'FallbackWatchdogAlarm', 'FallbackWatchdogLatencyAlarm', 'BenchmarkRunsFailedAlarm',
    ...['gpu', 'inf2'].flatMap((name) => ['Failed', 'Throughput', 'Latency', 'Error', 'Cost'].map((what) => `BenchmarkAlarms${name}${what}Alarm`)), 'OtherAlarm',
  ]);
  expect(bodyProblems(body)).toEqual([]);
});

test('NeuronCore utilisation is drawn where a route is given', () => {
  const all = twoVariants();
  const metrics = new EndpointMetrics(all.endpoint, { variants: [new VariantMetrics(all.gpu), new VariantMetrics(all.inf2, { neuronUtilization: NeuronUtilization.fromMetric(new cloudwatch.Metric({ namespace: 'Mine', metricName: 'NeuronCoreUtilization', period: Duration.minutes(1) })) })] });
  const body = dashboard({ metrics }, all).body();
  expect(labelsOf(body, 'NeuronCore utilisation')).toEqual(['inf2']);
  expect(titlesOf(body)).not.toContain('### NeuronCore utilisation');
});

test('without prices the charts of cost say what to give', () => {
  const stack = newEndpointStack({});
  const body = dashboard({}, twoVariants({}, {}, stack)).body();
  expect(widgetOf(body, '### Cost of requests').properties.markdown).toBe('### Cost of requests\nNo price is known: give the variants `usdPerHour`, or the stack a region that the price book knows.');
  expect(labelsOf(body, 'gpu, last requests')).toEqual(['Share, %', 'Requests/s', 'p99, ms', '5xx, %']);
  expect(bodyProblems(body)).toEqual([]);
});

test('the period of the metrics is the one in the titles', () => {
  const all = twoVariants();
  const metrics = new EndpointMetrics(all.endpoint, { variants: [new VariantMetrics(all.gpu, { period: Duration.minutes(5) })], period: Duration.minutes(5) });
  expect(titlesOf(dashboard({ metrics }, all).body())).toContain('Latency p99, ms (5 min)');
});

test('six variants stand in two lines', () => {
  const all = twoVariants();
  for (const name of ['c', 'd', 'e', 'f']) all.endpoint.addVariant(name, name < 'e' ? G5 : INF2);
  const body = dashboard({}, all).body();
  expect(bodyProblems(body)).toEqual([]);
  expect(styleProblems(body)).toEqual([]);
  expect(body.widgets.filter(({ properties }) => properties.view === 'singleValue').map(({ x, y }) => [x, y! > body.widgets[1].y!])).toEqual([[0, false], [12, false], [0, true], [12, true], [0, true], [12, true]]);
});

test('rows stand alone in a dashboard of somebody else', () => {
  const { stack, endpoint } = oneVariant();
  const own = new cloudwatch.Dashboard(stack, 'Own');
  own.addWidgets(...EndpointWidgets.latency(new EndpointMetrics(endpoint)));
  expect(titlesOf(bodyOf(stack))).toEqual(['Latency p50, ms (1 min)', 'Latency p95, ms (1 min)', 'Latency p99, ms (1 min)', 'Overhead p99, ms (1 min)']);
});

test('more widgets can be added below', () => {
  const { dashboard: made, body } = dashboard();
  made.addWidgets(new cloudwatch.TextWidget({ markdown: 'mine', width: 24 }));
  expect(titlesOf(body()).at(-1)).toBe('mine');
});

describe('mistakes', () => {
  test('an endpoint without variants', () => {
    const stack = newEndpointStack();
    const endpoint = new InferenceEndpoint(stack, 'Endpoint');
    expect(thrownBy(() => new EndpointDashboard(stack, 'D', { endpoint }))).toBe('Stack/D: `endpoint`: got Stack/Endpoint without variants; allowed: an endpoint that has variants; fix: add the variants first');
  });

  test('an endpoint that was made elsewhere, and something else for a migration', () => {
    const { stack } = twoVariants();
    const endpoint = InferenceEndpoint.fromEndpointName(stack, 'Other', 'other') as InferenceEndpoint;
    expect(thrownBy(() => new EndpointDashboard(stack, 'D', { endpoint, migration: 'm' as any }))).toBe([
      'Stack/D: 2 problems',
      '  - `endpoint`: got another object; allowed: an InferenceEndpoint made in this app; fix: give the endpoint itself; for one made elsewhere take EndpointWidgets into a dashboard of your own',
      '  - `migration`: got "m"; allowed: a TrafficMigration; fix: give a TrafficMigration',
    ].join('\n'));
  });

  test('a migration of another endpoint', () => {
    const { migration, stack } = migrate();
    const endpoint = new InferenceEndpoint(stack, 'Other');
    endpoint.addVariant('a', G5);
    expect(thrownBy(() => new EndpointDashboard(stack, 'D', { endpoint, migration }))).toBe('Stack/D: `migration`: got a migration of Stack/Endpoint; allowed: a migration of Stack/Other; fix: give a migration of this endpoint, or leave it out');
  });

  test('a benchmark and a fallback of another endpoint', () => {
    const all = variants();
    const benchmark = benchmarkOf(all);
    const fallback = new GpuFallback(all.stack, 'Fallback', { watched: all.inf2, fallback: all.gpu });
    const endpoint = new InferenceEndpoint(all.stack, 'Other');
    endpoint.addVariant('a', G5);
    expect(thrownBy(() => new EndpointDashboard(all.stack, 'D', { endpoint, benchmark, fallback }))).toBe([
      'Stack/D: 2 problems',
      '  - `benchmark`: got a benchmark of Stack/Endpoint; allowed: a benchmark of Stack/Other; fix: give a benchmark of this endpoint, or leave it out',
      '  - `fallback`: got a fallback of Stack/Endpoint; allowed: a fallback of Stack/Other; fix: give a fallback of this endpoint, or leave it out',
    ].join('\n'));
  });

  test('something else for a benchmark, a fallback and a limit', () => {
    expect(thrownBy(() => dashboard({ benchmark: 'nightly' as any, fallback: {} as any, p99Limit: 150 as any }))).toBe([
      'Stack/Dashboard: 3 problems',
      '  - `benchmark`: got "nightly"; allowed: an EndpointBenchmark; fix: give an EndpointBenchmark',
      '  - `fallback`: got another object; allowed: a GpuFallback; fix: give a GpuFallback',
      '  - `p99Limit`: got 150; allowed: a duration; fix: give a duration',
    ].join('\n'));
  });

  test.each<[Duration, Duration, string, string]>([
    [Duration.seconds(30), Duration.hours(4), '4 hours of metrics with a period of 30 s', '3 hours'],
    [Duration.minutes(1), Duration.days(16), '16 days of metrics with a period of 1 min', '15 days'],
    [Duration.minutes(5), Duration.days(64), '64 days of metrics with a period of 5 min', '63 days'],
    [Duration.hours(1), Duration.days(456), '456 days of metrics with a period of 1 h', '455 days'],
  ])('points of %s that are older than CloudWatch keeps them', (period, defaultInterval, got, allowed) => {
    const all = twoVariants({}, { metricPublishing: { enhancedMetrics: true, frequency: Duration.seconds(30) } });
    const metrics = new EndpointMetrics(all.endpoint, { period });
    expect(thrownBy(() => dashboard({ metrics, defaultInterval }, all))).toBe(`Stack/Dashboard: \`defaultInterval\`: got ${got}; allowed: at most ${allowed}, as long as CloudWatch keeps such points; fix: show a shorter time, or give the metrics a longer period`);
  });

  test('metrics of another endpoint', () => {
    const all = twoVariants();
    const other = new InferenceEndpoint(all.stack, 'Other');
    other.addVariant('a', G5);
    expect(thrownBy(() => dashboard({ metrics: new EndpointMetrics(other) }, all))).toBe('Stack/Dashboard: `metrics`: got metrics of Stack/Other; allowed: EndpointMetrics of Stack/Endpoint; fix: give metrics of this endpoint, or leave them out');
  });

  test.each([['a b'], [''], ['x'.repeat(256)]])('the name %j', (dashboardName) => {
    expect(thrownBy(() => dashboard({ dashboardName }))).toBe(`Stack/Dashboard: \`dashboardName\`: got ${JSON.stringify(dashboardName)}; allowed: letters, digits, hyphens and underscores, 1 to 255 characters; fix: give letters, digits, hyphens and underscores, 1 to 255 characters`);
  });

  test.each([[Duration.seconds(0), '0 seconds'], [Duration.seconds(59), '59 seconds']])('an interval of %s', (defaultInterval, got) => {
    expect(thrownBy(() => dashboard({ defaultInterval }))).toBe(`Stack/Dashboard: \`defaultInterval\`: got ${got}; allowed: at least a minute; fix: give the time range that is of interest, e.g. Duration.hours(3)`);
  });

  test('an interval that is a number', () => {
    expect(thrownBy(() => dashboard({ defaultInterval: 3 as any }))).toBe('Stack/Dashboard: `defaultInterval`: got 3; allowed: a duration; fix: give a duration');
  });

  test('an interval of a minute is the least', () => {
    expect(dashboard({ defaultInterval: Duration.minutes(1) }).body().start).toBe('-PT1M');
  });

  test('101 alarms', () => {
    const all = twoVariants();
    const alarms = Array.from({ length: 101 }, (_, i) => cloudwatch.Alarm.fromAlarmArn(all.stack, `Alarm${i}`, `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${i}`));
    expect(thrownBy(() => dashboard({ alarms }, all))).toBe('Stack/Dashboard: `alarms`: got 101 alarms in a widget; allowed: at most 100; fix: leave some out, or show them on another dashboard');
  });
});

describe('what CloudWatch takes', () => {
  const many = (count: number, from = 0) => Array.from({ length: count }, (_, i) => new cloudwatch.Metric({ namespace: 'N', metricName: `M${from + i}` }));
  const empty = () => dashboard({}, oneVariant() as unknown as ReturnType<typeof twoVariants>).dashboard;

  test('500 metrics and expressions in a widget, and no more', () => {
    const made = empty();
    expect(() => made.addWidgets(new cloudwatch.GraphWidget({ left: many(500) }))).not.toThrow();
    expect(thrownBy(() => made.addWidgets(new cloudwatch.GraphWidget({ left: many(501) })))).toBe('Stack/Dashboard: `widgets`: got 501 metrics and expressions in a widget; allowed: at most 500; fix: divide it between several dashboards');
  });

  test('metrics of formulas count, formulas not', () => {
    const made = empty();
    const used = usedMetrics(bodyOf(made.dashboard.stack)).length;
    const left = 2500 - used;
    for (let rest = left; rest > 1; rest -= 400) made.addWidgets(new cloudwatch.GraphWidget({ left: many(Math.min(400, rest - 1)) }));
    const half = new cloudwatch.MathExpression({ expression: 'a / 2', usingMetrics: { a: many(1)[0] } });
    expect(() => made.addWidgets(new cloudwatch.GraphWidget({ left: [half] }))).not.toThrow();
    expect(thrownBy(() => made.addWidgets(new cloudwatch.GraphWidget({ left: [half] })))).toBe('Stack/Dashboard: `widgets`: got 2501 metrics; allowed: at most 2500 in a dashboard, those that formulas use included; fix: divide it between several dashboards');
  });

  test('500 widgets, those of columns counted', () => {
    const made = empty();
    const first = bodyOf(made.dashboard.stack).widgets.length;
    const texts = (count: number) => Array.from({ length: count }, () => new cloudwatch.TextWidget({ markdown: 'x' }));
    made.addWidgets(new cloudwatch.Column(...texts(500 - first)));
    expect(thrownBy(() => made.addWidgets(...texts(1)))).toBe('Stack/Dashboard: `widgets`: got 501 widgets; allowed: at most 500 in a dashboard; fix: divide it between several dashboards');
  });
});
