import { Duration, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { drawn, expressionOf, inOneChart, leaves, thrownBy, type Data } from './metrics-support';
import { InferenceEndpoint, type InferenceEndpointProps } from '../../src';
import { EndpointMetrics, type EndpointMetricsOptions } from '../../src/monitoring/endpoint-metrics';
import { VariantMetrics } from '../../src/monitoring/variant-metrics';
import { G5, INF2, newStack, oneVariant, twoVariants } from '../endpoint/support';

/** Both with data, one without, the other without, neither; the newcomer takes more and more. */
const data: Data = {
  gpu: { Invocations: [[0, 900], [1, 600]], InvocationsPerInstance: [[0, 450], [1, 300]] },
  inf2: { Invocations: [[0, 300], [2, 500]], InvocationsPerInstance: [[0, 300], [2, 500]] },
};
const MINUTES = [0, 1, 2, 3];

/** gpu at 1.5 USD per hour, inf2 at 1. */
function priced(options: EndpointMetricsOptions = {}) {
  const all = twoVariants();
  const variants = [new VariantMetrics(all.gpu, { usdPerHour: 1.5 }), new VariantMetrics(all.inf2, { usdPerHour: 1 })];
  return { ...all, metrics: new EndpointMetrics(all.endpoint, { variants, ...options }) };
}

describe('variants', () => {
  test('are all production variants, also those that are added later', () => {
    const { endpoint } = oneVariant();
    const metrics = new EndpointMetrics(endpoint, { period: Duration.minutes(5) });
    endpoint.addVariant('inf2', INF2);
    expect(metrics.variants.map(({ label, period, usdPerHour }) => [label, period.toSeconds(), usdPerHour])).toEqual([['gpu', 300, 1.408], ['inf2', 300, 0.99]]);
    expect(metrics.variants.map(({ variant }) => variant)).toEqual(endpoint.variants);
  });

  test('are not the shadow', () => {
    const { endpoint } = oneVariant();
    endpoint.addShadowVariant('shadow', INF2);
    expect(new EndpointMetrics(endpoint).variants.map(({ label }) => label)).toEqual(['gpu']);
  });

  test('are those that are given', () => {
    const { endpoint, gpu } = twoVariants();
    const one = new VariantMetrics(gpu, { label: 'v1' });
    const metrics = new EndpointMetrics(endpoint, { variants: [one] });
    metrics.variants.pop();
    expect(metrics.variants).toEqual([one]);
  });

  test('of an endpoint made elsewhere', () => {
    const endpoint = InferenceEndpoint.fromEndpointName(newStack(), 'Endpoint', 'web');
    const metrics = new EndpointMetrics(endpoint, { variants: [new VariantMetrics(endpoint.variant('a')), new VariantMetrics(endpoint.variant('b'))] });
    expect(drawn(metrics.metricTrafficShare(endpoint.variant('b')), { a: { Invocations: [[0, 30]] }, b: { Invocations: [[0, 10]] } })).toEqual([[0, 25]]);
    expect(metrics.metricCostPerThousandRequests()).toBeUndefined();
  });
});

describe('formulas', () => {
  test.each<[string, (metrics: EndpointMetrics) => cloudwatch.IMetric | undefined, string]>([
    ['metricTrafficShare', (one) => one.metricTrafficShare(one.variants[1].variant), 'IF((FILL(requests, 0) + FILL(requests, 0)) > 0, 100 * FILL(requests, 0) / (FILL(requests, 0) + FILL(requests, 0)))'],
    ['metricRequests', (one) => one.metricRequests(), 'IF((FILL(requests, 0) + FILL(requests, 0)) > 0, (FILL(requests, 0) + FILL(requests, 0)))'],
    ['metricRequestsPerSecond', (one) => one.metricRequestsPerSecond(one.variants[1].variant), 'IF((FILL(requests, 0) + FILL(requests, 0)) > 0, FILL(requests, 0) / PERIOD(requests))'],
    ['metricErrorRate', (one) => one.metricErrorRate(), '100 * (FILL(failed, 0) + FILL(failed, 0)) / (FILL(IF(failed >= 0, requests), 0) + FILL(IF(failed >= 0, requests), 0))'],
    ['metricLatency', (one) => one.metricLatency(99), 'IF(MAX([FILL(latency_p99, 0), FILL(latency_p99, 0)]) > 0, MAX([FILL(latency_p99, 0), FILL(latency_p99, 0)]) / 1000)'],
    ['metricInstances', (one) => one.metricInstances(), 'IF(SUM > 0, SUM): (FILL(IF(FILL(requests, 0) > 0, requests / per_instance, IF(cpu >= 0, 1)), 0) + FILL(IF(FILL(requests, 0) > 0, requests / per_instance, IF(cpu >= 0, 1)), 0))'],
    ['metricCostPerHour', (one) => one.metricCostPerHour(), 'IF(SUM > 0, SUM): (FILL(1.5 * IF(FILL(requests, 0) > 0, requests / per_instance, IF(cpu >= 0, 1)), 0) + FILL(1 * IF(FILL(requests, 0) > 0, requests / per_instance, IF(cpu >= 0, 1)), 0))'],
    ['metricCostPerThousandRequests', (one) => one.metricCostPerThousandRequests(),
      '1000 * (FILL(1.5 * IF(FILL(requests, 0) > 0, requests / per_instance, IF(cpu >= 0, 1)), 0) + FILL(1 * IF(FILL(requests, 0) > 0, requests / per_instance, IF(cpu >= 0, 1)), 0)) * PERIOD(requests) / 3600 / (FILL(requests, 0) + FILL(requests, 0))'],
  ])('%s', (_name, metricOf, expression) => {
    const metric = metricOf(priced().metrics) as cloudwatch.MathExpression;
    // Of a sum of its own: what is done with it, and the sum.
    const [inner] = Object.values(metric.usingMetrics).filter((one) => 'expression' in one);
    expect(inner === undefined ? expressionOf(metric) : `${metric.expression.replace(/sum_\w+/g, 'SUM')}: ${expressionOf(inner)}`).toBe(expression);
    expect([metric.warnings, metric.period.toSeconds(), new Set(leaves(metric).map(({ seconds }) => seconds))]).toEqual([undefined, 60, new Set([60])]);
    const hourly = metricOf(priced({ period: Duration.hours(1) }).metrics) as cloudwatch.MathExpression;
    // The variants have a period of their own, which is not that of the sums.
    expect([hourly.warnings, hourly.period.toSeconds(), new Set(leaves(hourly).map(({ seconds }) => seconds))]).toEqual([undefined, 3600, new Set([3600])]);
  });

  test('stand in one chart with those of the variants', () => {
    const { stack, metrics, gpu, inf2 } = priced();
    const all = [metrics.metricTrafficShare(gpu), metrics.metricTrafficShare(inf2), metrics.metricRequestsPerSecond(gpu), metrics.metricRequests(), metrics.metricErrorRate(), metrics.metricLatency(50), metrics.metricLatency(99),
      metrics.metricInstances(), metrics.metricCostPerHour()!, metrics.metricCostPerThousandRequests()!, ...metrics.variants.map((one) => one.metricInstances())];
    const ids = inOneChart(stack, all).map((row) => row.at(-1).id).filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('of as many variants as an endpoint can have are short enough for CloudWatch', () => {
    const endpoint = new InferenceEndpoint(newStack(), 'Endpoint');
    // 10 production variants (SageMaker API reference, CreateEndpointConfig); 2,048 characters (CloudWatch API reference, MetricDataQuery, Expression).
    for (let i = 0; i < 10; i += 1) endpoint.addVariant(`variant-${i}`, i % 2 === 0 ? G5 : INF2);
    const metrics = new EndpointMetrics(endpoint, { period: Duration.days(1) });
    const all = [
      metrics.metricTrafficShare(endpoint.variants[9]), metrics.metricRequestsPerSecond(endpoint.variants[9]), metrics.metricRequests(), metrics.metricErrorRate(), metrics.metricLatency(99.99),
      metrics.metricInstances(), metrics.metricCostPerHour()!, metrics.metricCostPerThousandRequests()!,
    ];
    const expressions = all.flatMap((one) => [one, ...Object.values(one.usingMetrics)]).flatMap((one) => (one as cloudwatch.MathExpression).expression ?? []);
    expect(expressions).toHaveLength(10);
    expect(expressions.filter(({ length }) => length > 2048)).toEqual([]);
  });

  test('have labels', () => {
    const { metrics, inf2 } = priced();
    expect([metrics.metricTrafficShare(inf2), metrics.metricRequestsPerSecond(inf2), metrics.metricRequests(), metrics.metricErrorRate(), metrics.metricLatency(99), metrics.metricInstances(), metrics.metricCostPerHour(), metrics.metricCostPerThousandRequests()].map((one) => one!.label))
      .toEqual(['inf2 share', 'inf2 requests per second', 'requests', 'failed', 'latency p99 of the slowest variant', 'instances, at least', 'USD per hour, at least', 'USD per 1,000 requests, at least']);
  });
});

describe('the name', () => {
  const called = (props: InferenceEndpointProps, options?: EndpointMetricsOptions) => new EndpointMetrics(oneVariant({}, props).endpoint, options).label;

  test('is that of the endpoint, or another', () => expect([called({ endpointName: 'search' }), called({ endpointName: 'search' }, { label: 'Search' }), called({}, { label: 'Search' })]).toEqual(['search', 'Search', 'Search']));
  test('is a token where CloudFormation makes it', () => expect(Token.isUnresolved(called({}))).toBe(true));
  test('of an endpoint without variants', () => expect(Token.isUnresolved(new EndpointMetrics(new InferenceEndpoint(newStack(), 'Endpoint')).label)).toBe(true));
});

describe('the period', () => {
  const seconds = (props: InferenceEndpointProps, options?: EndpointMetricsOptions) => new EndpointMetrics(oneVariant({}, props).endpoint, options).period.toSeconds();
  const FIVE: InferenceEndpointProps = { metricPublishing: { enhancedMetrics: true, frequency: Duration.minutes(5) } };

  test('is a minute, or that in which the endpoint publishes', () => expect([seconds({}), seconds(FIVE), seconds(FIVE, { period: Duration.minutes(10) })]).toEqual([60, 300, 600]));
  test('is that of the variants that are given', () => {
    const { endpoint, gpu } = twoVariants();
    const variants = [new VariantMetrics(gpu, { period: Duration.minutes(15) })];
    expect([new EndpointMetrics(endpoint, { variants }), new EndpointMetrics(endpoint, { variants, period: Duration.hours(1) })].map(({ period }) => period.toSeconds())).toEqual([900, 3600]);
  });
  test('cannot be one in which the endpoint publishes nothing', () => {
    expect(thrownBy(() => seconds(FIVE, { period: Duration.minutes(1) })))
      .toBe('Stack/Endpoint: `period`: got 60 seconds; allowed: a multiple of the 300 seconds between two data points of the endpoint; fix: leave it out, give a multiple, or change `metricPublishing.frequency` of the endpoint');
  });
});

describe('values', () => {
  test('shares: without requests beside others with some it is 0, without any it is nothing', () => {
    const { metrics, gpu, inf2 } = priced();
    expect(drawn(metrics.metricTrafficShare(gpu), data, MINUTES)).toEqual([[0, 75], [1, 100], [2, 0]]);
    expect(drawn(metrics.metricTrafficShare(inf2), data, MINUTES)).toEqual([[0, 25], [1, 0], [2, 100]]);
  });

  test('shares of a variant that never had a request', () => {
    const { metrics, gpu, inf2 } = priced();
    expect([drawn(metrics.metricTrafficShare(gpu), { gpu: data.gpu }, [0]), drawn(metrics.metricTrafficShare(inf2), { gpu: data.gpu }, [0])]).toEqual([[[0, 100]], [[0, 0]]]);
  });

  test('requests of all', () => expect(drawn(priced().metrics.metricRequests(), data, MINUTES)).toEqual([[0, 1200], [1, 600], [2, 500]]));
  test('requests per second of a variant: 0 beside others, nothing without any', () => {
    const { metrics, inf2 } = priced();
    expect(drawn(metrics.metricRequestsPerSecond(inf2), data, MINUTES)).toEqual([[0, 5], [1, 0], [2, 500 / 60]]);
  });

  test('instances of all that answered', () => expect(drawn(priced().metrics.metricInstances(), data, MINUTES)).toEqual([[0, 3], [1, 2], [2, 1]]));

  /** As `data`, with hosts: gpu all the time, inf2 from the minute 1 on. */
  const hosts: Data = { gpu: { ...data.gpu, CPUUtilization: [[0, 50], [1, 40], [2, 1], [3, 1]] }, inf2: { ...data.inf2, CPUUtilization: [[1, 2], [2, 60], [3, 2]] } };

  test('instances and cost of a variant without requests are those that it has at least', () => {
    const { metrics } = priced();
    expect(drawn(metrics.metricInstances(), hosts, MINUTES)).toEqual([[0, 3], [1, 3], [2, 2], [3, 2]]);
    expect(drawn(metrics.metricCostPerHour(), hosts, MINUTES)).toEqual([[0, 4], [1, 4], [2, 2.5], [3, 2.5]]);
  });

  test('cost of 1,000 requests has the newcomer that waits for its first', () => {
    const cost = drawn(priced().metrics.metricCostPerThousandRequests(), hosts, MINUTES);
    // In minute 1 two instances at 1.5 answered 600 requests, and one at 1 stood by; in minute 3 nobody asked.
    expect(cost.map(([minute]) => minute)).toEqual([0, 1, 2]);
    expect(cost[1][1]).toBeCloseTo(4 / 60 / 0.6, 12);
  });

  test('an endpoint without requests is paid for as the template says', () => {
    const { endpoint, gpu, inf2 } = twoVariants({ gpu: { initialInstanceCount: 4 }, inf2: { scaling: { minInstances: 2, maxInstances: 6 } } });
    const metrics = new EndpointMetrics(endpoint, { variants: [new VariantMetrics(gpu, { usdPerHour: 1.5 }), new VariantMetrics(inf2, { usdPerHour: 1 })] });
    const idle: Data = { gpu: { CPUUtilization: [[0, 1]] }, inf2: { CPUUtilization: [[0, 1]] } };
    expect([drawn(metrics.metricInstances(), idle), drawn(metrics.metricCostPerHour(), idle), drawn(metrics.metricCostPerThousandRequests(), idle)]).toEqual([[[0, 6]], [[0, 8]], []]);
  });

  test('failed requests in percent of all, whichever variant got them', () => {
    const failed: Data = { gpu: { ...data.gpu, Invocation5XXErrors: [[0, 0], [1, 6]] }, inf2: { ...data.inf2, Invocation5XXErrors: [[0, 12], [2, 50]] } };
    expect(drawn(priced().metrics.metricErrorRate(), failed, MINUTES)).toEqual([[0, 1], [1, 1], [2, 10]]);
    // 12 of the 300 of one variant; whether those of the other failed is not known.
    expect(drawn(priced().metrics.metricErrorRate(), { ...failed, gpu: data.gpu }, [0, 1])).toEqual([[0, 4]]);
    expect(drawn(priced().metrics.metricErrorRate(), data, MINUTES)).toEqual([]);
  });

  test('the slowest variant, in milliseconds', () => {
    const slow: Data = { gpu: { ModelLatency: [[0, 250_000], [1, 80_000]] }, inf2: { ModelLatency: [[0, 90_000], [2, 100_000]] } };
    expect(drawn(priced().metrics.metricLatency(99), slow, MINUTES)).toEqual([[0, 250], [1, 80], [2, 100]]);
  });

  test('cost of 1,000 requests over all', () => {
    const cost = drawn(priced().metrics.metricCostPerThousandRequests(), data, MINUTES);
    expect(cost.map(([minute]) => minute)).toEqual([0, 1, 2]);
    // Two instances at 1.5 and one at 1: 4 USD per hour, 0.0666 in the minute, by 1.2 thousand requests.
    expect(cost[0][1]).toBeCloseTo(4 / 60 / 1.2, 12);
    expect(cost[1][1]).toBeCloseTo(3 / 60 / 0.6, 12);
    expect(cost[2][1]).toBeCloseTo(1 / 60 / 0.5, 12);
  });

  test('cost of one variant is that of the variant', () => {
    const { endpoint } = oneVariant();
    const metrics = new EndpointMetrics(endpoint);
    const [[, all]] = drawn(metrics.metricCostPerThousandRequests(), { gpu: data.gpu }, [0]);
    expect(all).toBeCloseTo(drawn(metrics.variants[0].metricCostPerThousandRequests(), { gpu: data.gpu }, [0])[0][1], 12);
  });

  test.each<[string, (metrics: EndpointMetrics) => cloudwatch.IMetric | undefined]>([
    ['metricTrafficShare', (one) => one.metricTrafficShare(one.variants[0].variant)],
    ['metricRequests', (one) => one.metricRequests()],
    ['metricRequestsPerSecond', (one) => one.metricRequestsPerSecond(one.variants[0].variant)],
    ['metricErrorRate', (one) => one.metricErrorRate()],
    ['metricLatency', (one) => one.metricLatency(99)],
    ['metricInstances', (one) => one.metricInstances()],
    ['metricCostPerHour', (one) => one.metricCostPerHour()],
    ['metricCostPerThousandRequests', (one) => one.metricCostPerThousandRequests()],
  ])('%s has none without data, and none where requests are told as 0', (_name, metricOf) => {
    expect(drawn(metricOf(priced().metrics), {}, MINUTES)).toEqual([]);
    const zero = { Invocations: [[0, 0]], InvocationsPerInstance: [[0, 0]] } as const;
    expect(drawn(metricOf(priced().metrics), { gpu: zero, inf2: zero }, MINUTES)).toEqual([]);
  });

  test('of shares add up to 100, whatever the order', () => {
    const { metrics } = priced();
    const shares = metrics.variants.map(({ variant }) => drawn(metrics.metricTrafficShare(variant), data, MINUTES));
    expect(MINUTES.slice(0, 3).map((minute) => shares.reduce((sum, one) => sum + one[minute][1], 0))).toEqual([100, 100, 100]);
  });
});

test('a cost needs every price', () => {
  const { endpoint, gpu, inf2 } = twoVariants({}, {}, newStack({}));
  const metrics = new EndpointMetrics(endpoint, { variants: [new VariantMetrics(gpu, { usdPerHour: 1 }), new VariantMetrics(inf2)] });
  expect([metrics.metricCostPerThousandRequests(), metrics.metricCostPerHour()]).toEqual([undefined, undefined]);
  expect(new EndpointMetrics(endpoint, { variants: [new VariantMetrics(gpu, { usdPerHour: 0 }), new VariantMetrics(inf2, { usdPerHour: 1 })] }).metricCostPerThousandRequests()).toBeDefined();
});

describe('bad inputs', () => {
  const refused = (options: EndpointMetricsOptions, endpoint = twoVariants().endpoint) => thrownBy(() => new EndpointMetrics(endpoint, options));

  test.each([['nothing', undefined, 'undefined'], ['a name', 'web', '"web"']])('%s as endpoint', (_name, endpoint, got) => {
    expect(thrownBy(() => new EndpointMetrics(endpoint as any))).toBe(`EndpointMetrics: \`endpoint\`: got ${got}; allowed: an endpoint; fix: give an InferenceEndpoint`);
  });

  test('an endpoint made elsewhere without variants', () => {
    expect(thrownBy(() => new EndpointMetrics(InferenceEndpoint.fromEndpointName(newStack(), 'There', 'web'))))
      .toBe('Stack/There: `variants`: got nothing, of an endpoint made elsewhere; allowed: metrics of its variants; fix: give e.g. [new VariantMetrics(endpoint.variant(\'gpu\'), { usdPerHour: 1.5 })]');
  });

  test.each<[string, any, string]>([
    ['no variants', [], 'got none'],
    ['one that is no list', 'gpu', 'got no list'],
  ])('%s', (_name, variants, got) => {
    expect(refused({ variants })).toBe(`Stack/Endpoint: \`variants\`: ${got}; allowed: a list of the metrics of at least one variant; fix: give VariantMetrics of its variants, or leave it out`);
  });

  test('variants instead of their metrics', () => {
    const { endpoint, gpu } = twoVariants();
    expect(refused({ variants: [gpu as any, 'inf2' as any] }, endpoint)).toBe([
      'Stack/Endpoint: 2 problems',
      '  - `variants[0]`: got another object; allowed: a VariantMetrics; fix: give a VariantMetrics',
      '  - `variants[1]`: got "inf2"; allowed: a VariantMetrics; fix: give a VariantMetrics',
    ].join('\n'));
  });

  test('a variant of another endpoint, and one twice', () => {
    const { stack, endpoint, gpu } = twoVariants();
    const other = new InferenceEndpoint(stack, 'Other').addVariant('gpu', G5);
    expect(refused({ variants: [new VariantMetrics(gpu), new VariantMetrics(other), new VariantMetrics(gpu)] }, endpoint)).toBe([
      'Stack/Endpoint: 2 problems',
      '  - `variants[1]`: got gpu of Stack/Other; allowed: variants of Stack/Endpoint; fix: give variants of this endpoint',
      '  - `variants[2]`: got gpu a second time; allowed: each variant once; fix: leave it out',
    ].join('\n'));
  });

  test('a shadow variant', () => {
    const { endpoint } = oneVariant();
    const shadow = endpoint.addShadowVariant('shadow', INF2);
    expect(refused({ variants: [new VariantMetrics(shadow)] }, endpoint))
      .toBe('Stack/Endpoint: `variants[0]`: got shadow as a shadow variant; allowed: production variants: a shadow gets copies of requests; fix: leave it out, and take its VariantMetrics alone');
  });

  test('an asynchronous endpoint', () => {
    const stack = newStack();
    const { endpoint } = oneVariant({}, { asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Out', 'out') } }, stack);
    expect(refused({}, endpoint)).toBe('Stack/Endpoint: `endpoint`: got an asynchronous endpoint; allowed: real-time endpoints: SageMaker publishes neither Invocations nor InvocationsPerInstance of asynchronous ones; '
      + 'fix: take the metrics of its variants, e.g. `metricModelLatency`');
  });

  test('an endpoint that has no variants yet', () => {
    const metrics = new EndpointMetrics(new InferenceEndpoint(newStack(), 'Endpoint'));
    const message = 'Stack/Endpoint: `endpoint`: got an endpoint without variants; allowed: an endpoint that has variants; fix: add the variants first';
    expect([() => metrics.metricRequests(), () => metrics.metricErrorRate(), () => metrics.metricLatency(99), () => metrics.metricInstances(), () => metrics.metricCostPerThousandRequests()].map(thrownBy)).toEqual([message, message, message, message, message]);
    expect(metrics.variants).toEqual([]);
  });

  test('the share of a variant of another endpoint', () => {
    const { metrics } = priced();
    expect(thrownBy(() => metrics.metricTrafficShare(oneVariant().variant))).toBe('Stack/Endpoint: `variant`: got gpu; allowed: one of gpu, inf2 of this endpoint; fix: give one of these variants');
    expect(thrownBy(() => metrics.metricTrafficShare(undefined as any))).toBe('Stack/Endpoint: `variant`: got undefined; allowed: one of gpu, inf2 of this endpoint; fix: give one of these variants');
  });

  test('a period between', () => {
    expect(refused({ period: Duration.seconds(45) })).toBe('Stack/Endpoint: `period`: got 45 seconds; allowed: 1, 5, 10, 20 or 30 seconds, or whole minutes, at most a day; fix: give e.g. Duration.minutes(1)');
  });
});
