import { Duration, type Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { bodyProblems, styleProblems, usedMetrics } from './dashboard-body';
import { bodyOf, labelsOf, titlesOf, widgetOf } from './dashboard-support';
import { InferenceEndpoint } from '../../src';
import { EndpointMetrics, type EndpointMetricsOptions } from '../../src/monitoring/endpoint-metrics';
import { FleetDashboard } from '../../src/monitoring/fleet-dashboard';
import { FleetWidgets } from '../../src/monitoring/fleet-widgets';
import { isKnown } from '../../src/monitoring/metric-catalogue';
import { VariantMetrics } from '../../src/monitoring/variant-metrics';
import { G5, INF2, newStack } from '../endpoint/support';
import { evaluate, type Value } from '../support/standin/cloudwatch/math';

/** So many endpoints with `gpu` and, if wanted, `inf2`. */
function endpoints(count: number, stack: Stack, neuron = true): InferenceEndpoint[] {
  return Array.from({ length: count }, (_, i) => {
    const endpoint = new InferenceEndpoint(stack, `Endpoint${i}`, { endpointName: `search-${i}` });
    endpoint.addVariant('gpu', G5);
    if (neuron) endpoint.addVariant('inf2', INF2);
    return endpoint;
  });
}

/** Their metrics, by the five minutes. */
const metricsOf = (count: number, stack: Stack, neuron = true, options: EndpointMetricsOptions = { period: Duration.minutes(5) }) => endpoints(count, stack, neuron).map((one) => new EndpointMetrics(one, options));

const thrownBy = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
};

/** What stands below the name of an endpoint. */
const rowOf = ({ widgets }: ReturnType<typeof bodyOf>, i: number) => {
  const at = widgets.findIndex(({ properties }) => properties.markdown?.startsWith(`## search-${i}`));
  return widgets.slice(at + 1, at + 5);
};

describe('a dashboard of three endpoints', () => {
  const stack = newStack();
  new FleetDashboard(stack, 'Fleet', { endpoints: metricsOf(3, stack) });
  const body = bodyOf(stack);

  test('is what CloudWatch takes, and what a person can read', () => {
    expect(bodyProblems(body)).toEqual([]);
    expect(styleProblems(body)).toEqual([]);
  });

  test('asks only for metrics that exist', () => {
    expect(usedMetrics(body).filter(({ namespace, name, dimensions, statistic }) => !isKnown(namespace, name, [...dimensions], statistic))).toEqual([]);
  });

  test('shows totals and all side by side, then one row for each endpoint', () => {
    expect(titlesOf(body)).toEqual([
      '# 3 endpoints',
      'All endpoints, last value (5 min)',
      'All requests, count (5 min)', 'All instances, count, at least (5 min)', 'Cost of all instances, USD per hour (5 min)',
      'Failed, all endpoints, % (5 min)', 'Latency p99 of the slowest variant, all endpoints, ms (5 min)',
      ...[0, 1, 2].flatMap((i) => [`## search-${i}`, 'Requests, count (5 min)', 'Failed, % (5 min)', 'Latency p99, ms (5 min)', 'Cost, USD per 1,000 (5 min)']),
    ]);
    const rows = [0, 1, 2].map((i) => rowOf(body, i));
    expect(rows.map((row) => row.map(({ x }) => x))).toEqual([[0, 6, 12, 18], [0, 6, 12, 18], [0, 6, 12, 18]]);
    expect(rows.map((row) => new Set(row.map(({ y }) => y)).size)).toEqual([1, 1, 1]);
  });

  test('a row has a line for each variant', () => {
    const widgets = { ...body, widgets: rowOf(body, 1) };
    for (const what of ['Failed', 'Latency p99']) expect(labelsOf(widgets, what)).toEqual(['gpu', 'inf2']);
    expect(labelsOf(widgets, 'Cost')).toEqual(['All variants']);
    expect(labelsOf(widgets, 'Requests')).toEqual(['gpu', 'inf2', 'gpu, instances', 'inf2, instances']);
    expect(widgetOf(widgets, 'Requests').properties.yAxis.right).toEqual({ label: 'Instances that answered', showUnits: false, min: 0 });
  });

  test('the bad one is found without a look at all rows', () => {
    for (const what of ['Failed, all', 'Latency p99 of the slowest']) expect(labelsOf(body, what)).toEqual(['search-0', 'search-1', 'search-2']);
  });

  test('a row begins with links to the endpoint and its logs', () => {
    const console = 'https://us-east-1.console.aws.amazon.com';
    expect(widgetOf(body, '## search-1').properties.markdown).toBe('## search-1\n'
      + `[Endpoint in the console](${console}/sagemaker/home?region=us-east-1#/endpoints/search-1) · `
      + `[Logs](${console}/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FEndpoints$252Fsearch-1)`);
  });

  test('totals are drawn, their parts are not', () => {
    expect(labelsOf(body, 'All requests')).toEqual(['Requests']);
    expect(labelsOf(body, 'All endpoints')).toEqual(['Requests', 'Instances, at least', 'USD per hour, at least']);
    expect(usedMetrics(body).filter(({ widget }) => widget.includes('All requests'))).toHaveLength(6);
  });
});

test('a single endpoint, with a period of its own', () => {
  const stack = newStack();
  new FleetDashboard(stack, 'Fleet', { endpoints: metricsOf(1, stack, true, { period: Duration.hours(1) }), defaultInterval: Duration.days(7) });
  const body = bodyOf(stack);
  expect(titlesOf(body).slice(0, 2)).toEqual(['# 1 endpoint', 'All endpoints, last value (1 h)']);
  expect(body.start).toBe('-P7D');
});

test('an interval that is left out by `undefined` is a day', () => {
  const stack = newStack();
  new FleetDashboard(stack, 'Fleet', { endpoints: metricsOf(1, stack), defaultInterval: undefined });
  expect(bodyOf(stack).start).toBe('-P1D');
});

test('alarms are the first row', () => {
  const stack = newStack();
  const all = endpoints(2, stack);
  const alarms = all.map((one, i) => one.variants[0].metricInvocation5XXErrors().createAlarm(stack, `Alarm${i}`, { threshold: 1, evaluationPeriods: 1 }));
  new FleetDashboard(stack, 'Fleet', { endpoints: all.map((one) => new EndpointMetrics(one)), alarms });
  const body = bodyOf(stack);
  expect(bodyProblems(body)).toEqual([]);
  expect(titlesOf(body).slice(0, 3)).toEqual(['# 2 endpoints', 'Alarms', 'All endpoints, last value (1 min)']);
  expect(body.widgets[1].properties.alarms).toHaveLength(2);
});

test('an endpoint made elsewhere, by its name for people, with prices that are given', () => {
  const stack = newStack();
  const there = InferenceEndpoint.fromEndpointArn(stack, 'There', 'arn:aws:sagemaker:eu-west-1:111122223333:endpoint/ranking');
  const ranking = new EndpointMetrics(there, { label: 'Ranking', variants: [new VariantMetrics(there.variant('gpu'), { usdPerHour: 2 })] });
  new FleetDashboard(stack, 'Fleet', { endpoints: [new EndpointMetrics(endpoints(1, stack)[0]), ranking] });
  const body = bodyOf(stack);
  expect(bodyProblems(body)).toEqual([]);
  expect(labelsOf(body, 'Failed, all')).toEqual(['search-0', 'Ranking']);
  expect(widgetOf(body, '## Ranking').properties.markdown).toContain('(https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/endpoints/ranking)');
  expect(JSON.stringify(widgetOf(body, 'Cost of all').properties.metrics)).toContain('FILL(2 * IF(');
});

test('without prices there is no cost, and no line of it among the numbers', () => {
  const stack = newStack({});
  new FleetDashboard(stack, 'Fleet', { endpoints: metricsOf(1, stack) });
  const body = bodyOf(stack);
  expect(labelsOf(body, 'All endpoints')).toEqual(['Requests', 'Instances, at least']);
  expect(titlesOf(body).filter((title) => title.startsWith('###'))).toEqual(['### Cost of all instances', '### Cost']);
});

test('a cost without those that have no price says so', () => {
  const stack = newStack({});
  const all = endpoints(2, stack);
  new FleetDashboard(stack, 'Fleet', { endpoints: all.map((one) => new EndpointMetrics(one, { variants: one.variants.map((variant, i) => new VariantMetrics(variant, i === 0 ? { usdPerHour: 1 } : {})) })) });
  const body = bodyOf(stack);
  const label = 'USD per hour, at least (2 of 4 variants have a price)';
  expect([labelsOf(body, 'All endpoints').at(-1), labelsOf(body, 'Cost of all')]).toEqual([label, [label]]);
});

describe('many endpoints', () => {
  const refusal = (got: string) => `Stack/More: \`endpoints\`: got ${got} variants; allowed: at most 98, with 125 variants together; fix: divide them between several dashboards`;

  test('125 variants are what CloudWatch takes, and one more is not', () => {
    const stack = newStack();
    const all = endpoints(63, stack, false);
    for (const one of all.slice(1)) one.addVariant('inf2', INF2);
    const metrics = (some: InferenceEndpoint[]) => some.map((one) => new EndpointMetrics(one, { period: Duration.minutes(5) }));
    new FleetDashboard(stack, 'Fleet', { endpoints: metrics(all) });
    const body = bodyOf(stack);
    expect(bodyProblems(body)).toEqual([]);
    expect(styleProblems(body)).toEqual([]);
    expect(body.widgets).toHaveLength(7 + 63 * 5);
    // Each variant is asked for 20 metrics: the next one would be above the 2,500 of a dashboard.
    expect(usedMetrics(body)).toHaveLength(2500);
    all[0].addVariant('inf2', INF2);
    expect(thrownBy(() => new FleetDashboard(stack, 'More', { endpoints: metrics(all) }))).toBe(refusal('63 with 126'));
  });

  test('98 with one variant are what CloudWatch takes, and 99 are not', () => {
    const stack = newStack();
    const all = metricsOf(99, stack, false);
    const alarm = all[0].metricErrorRate().createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 });
    new FleetDashboard(stack, 'Fleet', { endpoints: all.slice(0, 98), alarms: [alarm] });
    const body = bodyOf(stack);
    expect(bodyProblems(body)).toEqual([]);
    // 5 more would be above the 500 of a dashboard.
    expect(body.widgets).toHaveLength(498);
    expect(thrownBy(() => new FleetDashboard(stack, 'More', { endpoints: all }))).toBe(refusal('99 with 99'));
  });
});

describe('totals', () => {
  /** What the expression that is drawn comes to, from values of the metrics that it asks for. */
  function total(widget: { properties: Record<string, any> }, valueOf: (metric: string[]) => number | undefined): number | undefined {
    const entries = widget.properties.metrics as any[][];
    const of = (entry: any[]): Value => {
      const options = entry.at(-1);
      if (options.expression !== undefined) return evaluate(options.expression, { periods: [0], value: (id) => of(entries.find((other) => other.at(-1).id === id)!) });
      const value = valueOf(entry.slice(0, -1));
      return new Map(value === undefined ? [] : [[0, value]]);
    };
    return (of(entries[0]) as ReadonlyMap<number, number>).get(0);
  }

  const stack = newStack();
  const all = endpoints(3, stack);
  const own = new cloudwatch.Dashboard(stack, 'Own');
  own.addWidgets(...FleetWidgets.totals(all.map((endpoint) => new EndpointMetrics(endpoint))));
  const body = bodyOf(stack);
  /** Two instances answer; hosts are there where it is said. */
  const invocations = (values: Record<string, number | undefined>, hosts: readonly string[] = []) => ([, name, , endpoint, , variant]: string[]) => {
    const which = `${endpoint}/${variant}`;
    const requests = values[which];
    if (name === 'CPUUtilization') return requests !== undefined || hosts.includes(which) ? 7 : undefined;
    return name === 'Invocations' ? requests : requests === undefined ? undefined : requests / 2;
  };

  test('requests of all variants of all endpoints', () => {
    expect(total(widgetOf(body, 'All requests'), invocations({ 'search-0/gpu': 10, 'search-0/inf2': 5, 'search-1/gpu': 1, 'search-1/inf2': 2, 'search-2/gpu': 100, 'search-2/inf2': 200 }))).toBe(318);
  });

  test('an endpoint without requests does not take the others with it', () => {
    expect(total(widgetOf(body, 'All requests'), invocations({ 'search-1/inf2': 2 }))).toBe(2);
    expect(total(widgetOf(body, 'All instances'), invocations({ 'search-1/inf2': 2 }))).toBe(2);
  });

  test('instances that nobody asks cost too: one at least', () => {
    const some = invocations({ 'search-0/gpu': 10 }, ['search-0/inf2', 'search-2/gpu']);
    const [one, other] = new EndpointMetrics(all[0]).variants.map(({ usdPerHour }) => usdPerHour!);
    expect(total(widgetOf(body, 'All instances'), some)).toBe(2 + 1 + 1);
    expect(total(widgetOf(body, 'Cost of all'), some)).toBeCloseTo(3 * one + other, 9);
    expect(total(widgetOf(body, 'All requests'), some)).toBe(10);
  });

  test('without any requests and hosts there is no total, and no false zero', () => {
    for (const title of ['All requests', 'All instances', 'Cost of all']) expect(total(widgetOf(body, title), invocations({}))).toBeUndefined();
  });

  test('cost of two instances of each variant that has requests', () => {
    const { usdPerHour } = new EndpointMetrics(all[0]).variants[0];
    expect(usdPerHour).toBeGreaterThan(0);
    expect(total(widgetOf(body, 'Cost of all'), invocations({ 'search-0/gpu': 10, 'search-2/gpu': 100 }))).toBeCloseTo(4 * usdPerHour!, 9);
  });

  test('long sums are sums of sums, each short enough for an expression', () => {
    const many = newStack();
    new cloudwatch.Dashboard(many, 'Own').addWidgets(...FleetWidgets.totals(metricsOf(70, many)));
    const wide = bodyOf(many);
    expect(bodyProblems(wide)).toEqual([]);
    const numbered = ([, , , endpoint]: string[]) => Number(endpoint.replace('search-', '')) + 1;
    expect(total(widgetOf(wide, 'All requests'), numbered)).toBe(2 * 70 * 71 / 2);
    expect(total(widgetOf(wide, 'All requests'), (metric) => numbered(metric) === 70 ? 7 : undefined)).toBe(14);
    expect(total(widgetOf(wide, 'All instances'), numbered)).toBe(140);
  });

  test.each([['totals', () => FleetWidgets.totals([])], ['comparison', () => FleetWidgets.comparison([])]])('%s of no endpoint', (group, work) => {
    expect(thrownBy(work)).toBe(`FleetWidgets.${group}: \`endpoints\`: got none; allowed: metrics of at least one endpoint; fix: give EndpointMetrics of the endpoints`);
  });
});

describe('mistakes', () => {
  test('no endpoints, or no list', () => {
    expect(thrownBy(() => new FleetDashboard(newStack(), 'F', { endpoints: [] }))).toBe('Stack/F: `endpoints`: got none; allowed: a list of the metrics of at least one endpoint; fix: give e.g. [new EndpointMetrics(endpoint)]');
    expect(thrownBy(() => new FleetDashboard(newStack(), 'F', { endpoints: 'all' as any }))).toBe('Stack/F: `endpoints`: got no list; allowed: a list of the metrics of at least one endpoint; fix: give e.g. [new EndpointMetrics(endpoint)]');
  });

  test('several are reported together', () => {
    const stack = newStack();
    const [endpoint] = endpoints(1, stack);
    const one = new EndpointMetrics(endpoint);
    const empty = new EndpointMetrics(new InferenceEndpoint(stack, 'Empty'));
    expect(thrownBy(() => new FleetDashboard(stack, 'F', { endpoints: [one, new EndpointMetrics(endpoint), empty, endpoint as any, 'x'], alarms: ['alarm' as any] }))).toBe([
      'Stack/F: 5 problems',
      '  - `endpoints[1]`: got Stack/Endpoint0 a second time; allowed: each endpoint once; fix: leave it out',
      '  - `endpoints[2]`: got Stack/Empty without variants; allowed: an endpoint that has variants; fix: add the variants first',
      '  - `endpoints[3]`: got another object; allowed: EndpointMetrics; fix: give new EndpointMetrics(endpoint)',
      '  - `endpoints[4]`: got "x"; allowed: EndpointMetrics; fix: give new EndpointMetrics(endpoint)',
      '  - `alarms[0]`: got "alarm"; allowed: an alarm; fix: give an alarm',
    ].join('\n'));
  });

  test('periods that differ', () => {
    const stack = newStack();
    const [one, other, third] = endpoints(3, stack);
    const hourly = new EndpointMetrics(other, { period: Duration.hours(1) });
    const mixed = new EndpointMetrics(third, { period: Duration.minutes(1), variants: [new VariantMetrics(third.variants[0], { period: Duration.minutes(5) })] });
    expect(thrownBy(() => new FleetDashboard(stack, 'F', { endpoints: [new EndpointMetrics(one), hourly, mixed] }))).toBe([
      'Stack/F: 2 problems',
      '  - `endpoints[1]`: got a period of 1 h; allowed: 1 min as endpoints[0]; fix: give all EndpointMetrics and VariantMetrics the same period',
      '  - `endpoints[2]`: got a period of 5 min; allowed: 1 min as endpoints[0]; fix: give all EndpointMetrics and VariantMetrics the same period',
    ].join('\n'));
  });

  test('a period below a minute', () => {
    const stack = newStack();
    const endpoint = new InferenceEndpoint(stack, 'Endpoint', { metricPublishing: { enhancedMetrics: true, frequency: Duration.seconds(10) } });
    endpoint.addVariant('gpu', G5);
    expect(thrownBy(() => new FleetDashboard(stack, 'F', { endpoints: [new EndpointMetrics(endpoint, { period: Duration.seconds(30) })], defaultInterval: Duration.hours(1) })))
      .toBe('Stack/F: `endpoints[0]`: got a period of 30 s; allowed: a minute at least: shorter ones are kept for 3 hours; fix: give its EndpointMetrics a longer period');
  });
});
