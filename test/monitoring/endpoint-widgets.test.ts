import { CfnParameter, Duration } from 'aws-cdk-lib';
import { bodyProblems, styleProblems, type Body } from './dashboard-body';
import { bodyOf, bodyOfRows, labelsOf, widgetOf } from './dashboard-support';
import { InferenceEndpoint } from '../../src';
import { EndpointDashboard, type EndpointDashboardProps } from '../../src/monitoring/endpoint-dashboard';
import { EndpointMetrics } from '../../src/monitoring/endpoint-metrics';
import { EndpointWidgets } from '../../src/monitoring/endpoint-widgets';
import { VariantMetrics } from '../../src/monitoring/variant-metrics';
import { INF2, newStack, oneVariant, twoVariants } from '../endpoint/support';
import { variants } from '../migration/construct-support';

/** The dashboard of an endpoint. */
function drawn(props: Partial<EndpointDashboardProps> = {}, { stack, endpoint }: Pick<ReturnType<typeof oneVariant>, 'stack' | 'endpoint'> = twoVariants({}, { endpointName: 'search' })): Body {
  new EndpointDashboard(stack, 'Dashboard', { endpoint, ...props });
  return bodyOf(stack);
}

describe('numbers of variants', () => {
  const body = drawn();
  const expressions = (title: string) => (widgetOf(body, title).properties.metrics as any[][]).map(([first]) => first.expression).filter((one) => one !== undefined);

  test('share and requests per second come first, and are 0 while others have all requests', () => {
    expect(labelsOf(body, 'inf2, last')).toEqual(['Share, %', 'Requests/s', 'p99, ms', '5xx, %', 'USD per 1,000']);
    expect(expressions('inf2, last').some((one) => /^m\d+ \* m\d+ \/ 6000$/.test(one))).toBe(true);
  });

  test('a variant with few of the requests has no cost of requests beside others', () => {
    expect(expressions('Cost of requests').filter((one) => /^IF\(m\d+ >= 10, m\d+\)$/.test(one))).toHaveLength(2);
    expect(widgetOf(body, 'Cost of requests').properties.yAxis.left.label).toBe('USD per 1,000 requests, from 10 % of the traffic on');
  });

  test('the only variant has all of its costs', () => {
    const alone = drawn({}, oneVariant());
    expect(widgetOf(alone, 'Cost of requests').properties.yAxis.left.label).toBe('USD per 1,000 requests');
    expect(JSON.stringify(widgetOf(alone, 'Cost of requests').properties.metrics)).not.toContain('IF(m');
  });

  test('metrics of a variant with another period keep their costs: a share is of the period of the endpoint', () => {
    const all = twoVariants();
    const metrics = new EndpointMetrics(all.endpoint, { variants: [new VariantMetrics(all.gpu, { period: Duration.minutes(5) }), new VariantMetrics(all.inf2)] });
    expect(JSON.stringify(widgetOf(drawn({ metrics }, all), 'Cost of requests').properties.metrics).match(/>= 10/g)).toHaveLength(1);
  });
});

describe('what the template says', () => {
  const marks = (body: Body, title: string) => widgetOf(body, title).properties.annotations?.horizontal?.map(({ value, label, color }: any) => [value, label, color]);

  test('instances end at the largest number, requests per instance have the target of scaling', () => {
    const all = variants();
    const body = drawn({}, all);
    expect(marks(body, 'Instances that answered')).toEqual([[8, 'gpu: maximum', '#d62728'], [6, 'inf2: maximum', '#d62728']]);
    expect(marks(body, 'Requests per instance')).toEqual([[900, 'gpu: target', '#7f7f7f'], [1800, 'inf2: target', '#7f7f7f']]);
    expect(widgetOf(body, '# Endpoint').properties.markdown).toContain('| gpu | ml.g5.xlarge | 1 × A10G | 2 to 8 | 100 % |\n| inf2 | ml.inf2.xlarge | 1 × Inferentia2 | 1 to 6 | 0 % |');
  });

  test('a target is of the period', () => {
    const all = variants();
    const metrics = new EndpointMetrics(all.endpoint, { period: Duration.minutes(5) });
    expect(marks(drawn({ metrics }, all), 'Requests per instance').map(([value]: any) => value)).toEqual([4500, 9000]);
  });

  test('the same number for all is one line, and parameters are none', () => {
    const scaling = { minInstances: 3, maxInstances: 3 };
    const body = drawn({}, twoVariants({ gpu: { scaling }, inf2: { scaling } }));
    expect(marks(body, 'Instances that answered')).toEqual([[3, 'each: maximum', '#d62728']]);
    expect(marks(body, 'Requests per instance')).toBeUndefined();
    expect(widgetOf(body, '# Endpoint').properties.markdown).toContain('| 1 × A10G | 3 | 50 % |');
    const stack = newStack();
    const parameter = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
    const unknown = drawn({}, twoVariants({ gpu: { weight: parameter, scaling: { maxInstances: parameter } } }, {}, stack));
    expect(marks(unknown, 'Instances that answered')).toBeUndefined();
    expect(widgetOf(unknown, '# Endpoint').properties.markdown).toContain('| gpu | ml.g5.xlarge | 1 × A10G | 1 to ? | ? |\n| inf2 | ml.inf2.xlarge | 1 × Inferentia2 | 1 | ? |');
  });

  test('the p99 that was promised stands in the chart of p99 alone', () => {
    const body = drawn({ p99Limit: Duration.millis(150) });
    expect(marks(body, 'Latency p99')).toEqual([[150, 'Promised', '#d62728']]);
    expect(marks(body, 'Latency p95')).toBeUndefined();
  });
});

test('a shadow variant stands beside the production variant, and is billed', () => {
  const all = oneVariant();
  all.endpoint.addShadowVariant('new', { ...INF2 });
  const body = drawn({}, all);
  expect(bodyProblems(body)).toEqual([]);
  expect(styleProblems(body)).toEqual([]);
  for (const title of ['Shadow p99', 'Shadow 5xx', 'Shadow hosts', 'Shadow cost']) expect(labelsOf(body, title)).toEqual(['gpu', 'new (shadow)']);
  expect(widgetOf(body, '# Endpoint').properties.markdown).toContain('\n| new | ml.inf2.xlarge | 1 × Inferentia2 | 1 | copies, no answers |');
  expect(labelsOf(body, 'Traffic realised')).toEqual(['gpu']);
});

test('processors of which nobody knows how many there are end at no 100', () => {
  const { stack } = twoVariants();
  const elsewhere = InferenceEndpoint.fromEndpointName(stack, 'Other', 'other');
  const body = bodyOfRows(stack, EndpointWidgets.utilization(new EndpointMetrics(elsewhere, { variants: [new VariantMetrics(elsewhere.variant('gpu'))] })));
  expect(widgetOf(body, 'GPU utilisation').properties.yAxis.left).toEqual({ label: 'Percent, 100 for each GPU', min: 0, showUnits: false });
  expect(widgetOf(body, 'CPU utilisation').properties.yAxis.left.label).toBe('Percent, 100 for each vCPU');
  expect(widgetOf(body, 'Memory of the hosts').properties.yAxis.left).toMatchObject({ label: 'Percent', max: 100 });
});
