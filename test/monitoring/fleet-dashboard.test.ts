import { Duration, type Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { bodyProblems, styleProblems, usedMetrics } from './dashboard-body';
import { bodyOf, labelsOf, titlesOf, widgetOf } from './dashboard-support';
import { InferenceEndpoint } from '../../src';
import { EndpointMetrics } from '../../src/monitoring/endpoint-metrics';
import { FleetDashboard } from '../../src/monitoring/fleet-dashboard';
import { FleetWidgets } from '../../src/monitoring/fleet-widgets';
import { isKnown } from '../../src/monitoring/metric-catalogue';
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
  new FleetDashboard(stack, 'Fleet', { endpoints: endpoints(3, stack) });
  const body = bodyOf(stack);

  test('is what CloudWatch takes, and what a person can read', () => {
    expect(bodyProblems(body)).toEqual([]);
    expect(styleProblems(body)).toEqual([]);
  });

  test('asks only for metrics that exist', () => {
    expect(usedMetrics(body).filter(({ namespace, name, dimensions, statistic }) => !isKnown(namespace, name, [...dimensions], statistic))).toEqual([]);
  });

  test('shows totals, then one row for each endpoint', () => {
    expect(titlesOf(body)).toEqual([
      '# 3 endpoints',
      'All endpoints, last value (5 min)',
      'All requests, count (5 min)', 'All instances in service, count (5 min)', 'Cost of all instances, USD per hour (5 min)',
      ...[0, 1, 2].flatMap((i) => [`## search-${i}`, 'Requests, count (5 min)', 'Failed, % (5 min)', 'Latency p99, ms (5 min)', 'Cost, USD per 1,000 (5 min)']),
    ]);
    const rows = [0, 1, 2].map((i) => rowOf(body, i));
    expect(rows.map((row) => row.map(({ x }) => x))).toEqual([[0, 6, 12, 18], [0, 6, 12, 18], [0, 6, 12, 18]]);
    expect(rows.map((row) => new Set(row.map(({ y }) => y)).size)).toEqual([1, 1, 1]);
  });

  test('a row has a line for each variant', () => {
    for (const what of ['Requests', 'Failed', 'Latency p99', 'Cost']) expect(labelsOf({ ...body, widgets: rowOf(body, 1) }, what)).toEqual(['gpu', 'inf2']);
  });

  test('totals are drawn, their parts are not', () => {
    expect(labelsOf(body, 'All requests')).toEqual(['All endpoints']);
    expect(usedMetrics(body).filter(({ widget }) => widget.includes('All requests'))).toHaveLength(6);
  });
});

test('a single endpoint, with a period of its own', () => {
  const stack = newStack();
  new FleetDashboard(stack, 'Fleet', { endpoints: endpoints(1, stack), period: Duration.hours(1), defaultInterval: Duration.days(7) });
  const body = bodyOf(stack);
  expect(titlesOf(body).slice(0, 2)).toEqual(['# 1 endpoint', 'All endpoints, last value (1 h)']);
  expect(body.start).toBe('-P7D');
});

test('without prices there is no cost, and no line of it among the numbers', () => {
  const stack = newStack({});
  new FleetDashboard(stack, 'Fleet', { endpoints: endpoints(1, stack) });
  const body = bodyOf(stack);
  expect(labelsOf(body, 'All endpoints')).toEqual(['Requests', 'Instances']);
  expect(titlesOf(body).filter((title) => title.startsWith('###'))).toEqual(['### Cost of all instances', '### Cost']);
});

describe('many endpoints', () => {
  test('60 with two variants are what CloudWatch takes', () => {
    const stack = newStack();
    new FleetDashboard(stack, 'Fleet', { endpoints: endpoints(60, stack) });
    const body = bodyOf(stack);
    expect(bodyProblems(body)).toEqual([]);
    expect(styleProblems(body)).toEqual([]);
    expect(body.widgets).toHaveLength(5 + 60 * 5);
  });

  test('too many are refused, and the message says what to do', () => {
    const stack = newStack();
    expect(thrownBy(() => new FleetDashboard(stack, 'Fleet', { endpoints: endpoints(150, stack) }))).toMatch(/^Stack\/Fleet: `widgets`: got \d+ .+; allowed: at most \d+.*; fix: divide it between several dashboards$/);
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
  const invocations = (values: Record<string, number | undefined>) => ([, name, , endpoint, , variant]: string[]) => {
    const requests = values[`${endpoint}/${variant}`];
    return name === 'Invocations' ? requests : requests === undefined ? undefined : requests / 2;
  };

  test('requests of all variants of all endpoints', () => {
    expect(total(widgetOf(body, 'All requests'), invocations({ 'search-0/gpu': 10, 'search-0/inf2': 5, 'search-1/gpu': 1, 'search-1/inf2': 2, 'search-2/gpu': 100, 'search-2/inf2': 200 }))).toBe(318);
  });

  test('an endpoint without requests does not take the others with it', () => {
    expect(total(widgetOf(body, 'All requests'), invocations({ 'search-1/inf2': 2 }))).toBe(2);
    expect(total(widgetOf(body, 'All instances'), invocations({ 'search-1/inf2': 2 }))).toBe(2);
  });

  test('without any requests there is no total, and no false zero', () => {
    for (const title of ['All requests', 'All instances', 'Cost of all']) expect(total(widgetOf(body, title), invocations({}))).toBeUndefined();
  });

  test('cost of two instances of each variant that has requests', () => {
    const { usdPerHour } = new EndpointMetrics(all[0]).variants[0];
    expect(usdPerHour).toBeGreaterThan(0);
    expect(total(widgetOf(body, 'Cost of all'), invocations({ 'search-0/gpu': 10, 'search-2/gpu': 100 }))).toBeCloseTo(4 * usdPerHour!, 9);
  });

  test('long sums are sums of sums, each short enough for an expression', () => {
    const many = newStack();
    const one = endpoints(3, many, false).map((endpoint) => new EndpointMetrics(endpoint));
    new cloudwatch.Dashboard(many, 'Own').addWidgets(...FleetWidgets.totals(Array.from({ length: 70 }, () => one).flat()));
    const wide = bodyOf(many);
    expect(bodyProblems(wide)).toEqual([]);
    expect(total(widgetOf(wide, 'All requests'), ([, , , endpoint]) => Number(endpoint.replace('search-', '')) + 1)).toBe(70 * 6);
    expect(total(widgetOf(wide, 'All requests'), ([, , , endpoint]) => endpoint === 'search-2' ? 7 : undefined)).toBe(70 * 7);
  });

  test('of no endpoint', () => {
    expect(thrownBy(() => FleetWidgets.totals([]))).toBe('FleetWidgets.totals: `endpoints`: got none; allowed: metrics of at least one endpoint; fix: give EndpointMetrics of the endpoints');
  });
});

describe('mistakes', () => {
  test('no endpoints, or no list', () => {
    expect(thrownBy(() => new FleetDashboard(newStack(), 'F', { endpoints: [] }))).toBe('Stack/F: `endpoints`: got none; allowed: a list of at least one InferenceEndpoint; fix: give the endpoints to show');
    expect(thrownBy(() => new FleetDashboard(newStack(), 'F', { endpoints: 'all' as any }))).toBe('Stack/F: `endpoints`: got no list; allowed: a list of at least one InferenceEndpoint; fix: give the endpoints to show');
  });

  test('several are reported together', () => {
    const stack = newStack();
    const [one] = endpoints(1, stack);
    const empty = new InferenceEndpoint(stack, 'Empty');
    expect(thrownBy(() => new FleetDashboard(stack, 'F', { endpoints: [one, one, empty, 'x' as any] }))).toBe([
      'Stack/F: 3 problems',
      '  - `endpoints[1]`: got Stack/Endpoint0 a second time; allowed: each endpoint once; fix: leave it out',
      '  - `endpoints[2]`: got Stack/Empty without variants; allowed: an endpoint that has variants; fix: add the variants first',
      '  - `endpoints[3]`: got "x"; allowed: an InferenceEndpoint made in this app; fix: give an InferenceEndpoint made in this app',
    ].join('\n'));
  });
});
