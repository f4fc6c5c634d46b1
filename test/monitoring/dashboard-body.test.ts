import { bodyProblems, styleProblems, usedMetrics, type Body, type Widget } from './dashboard-body';

/** A body without mistakes; tests plant one each. */
const metricWidget = (properties: Record<string, unknown> = {}, place: Partial<Widget> = {}): Widget => ({
  type: 'metric',
  x: 0,
  y: 0,
  width: 12,
  height: 6,
  ...place,
  properties: {
    view: 'timeSeries',
    title: 'Requests, count (1 min)',
    region: 'us-east-1',
    metrics: [
      ['AWS/SageMaker', 'Invocations', 'EndpointName', 'e', 'VariantName', 'v', { id: 'm1', stat: 'Sum', period: 60, label: 'All', color: '#1f77b4' }],
      ['.', '.', '.', '.', '.', 'w', { id: 'm2', stat: 'Sum', visible: false }],
      [{ expression: 'IF(m2 > 0, 100 * m1 / m2)', id: 'e1', label: 'Share', yAxis: 'right', period: 60 }],
    ],
    yAxis: { left: { label: 'Requests', min: 0, showUnits: false }, right: { label: 'Percent', min: 0, max: 100, showUnits: false } },
    annotations: { horizontal: [{ value: 100, label: 'Verdict', color: '#d62728', fill: 'above', yAxis: 'left' }], vertical: [{ value: '2026-08-28T15:25:26Z', label: 'Deploy' }] },
    ...properties,
  },
});
const textWidget = (properties: Record<string, unknown> = {}): Widget => ({ type: 'text', x: 0, y: 6, width: 24, height: 2, properties: { markdown: '# Title', ...properties } });
const logWidget = (properties: Record<string, unknown> = {}): Widget => ({ type: 'log', x: 0, y: 8, width: 24, height: 6, properties: { region: 'us-east-1', title: 'Events', view: 'table', query: "SOURCE 'a' | SOURCE 'b' | fields @message\n| limit 5", ...properties } });
const ARN = 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:x';
const alarmWidget = (properties: Record<string, unknown> = {}): Widget => ({ type: 'alarm', x: 12, y: 0, width: 12, height: 6, properties: { title: 'Alarms', alarms: [ARN], sortBy: 'timestamp', states: ['ALARM'], ...properties } });
const body = (widgets: readonly Widget[] = [metricWidget(), alarmWidget(), textWidget(), logWidget()], more: Record<string, unknown> = {}): Body => ({ widgets, ...more });
const metrics = (...entries: unknown[]) => body([metricWidget({ metrics: entries })]);
const ONE = 'widget 0 (metric, "Requests, count (1 min)"): ';

test('a body of all four types is right', () => {
  expect(bodyProblems(body(undefined, { start: '-PT3H', periodOverride: 'inherit' }))).toEqual([]);
  expect(styleProblems(body())).toEqual([]);
  expect(bodyProblems(body([]))).toEqual([]);
  expect(bodyProblems(body([{ type: 'metric', properties: { region: 'us-east-1', annotations: { alarms: [ARN] } } }]))).toEqual([]);
});

test.each<[name: string, planted: Body, found: string]>([
  ['no widgets', {} as Body, 'body: no widgets array'],
  ['an unknown key of the body', body([], { widget: 1 }), 'body: unknown widget'],
  ['too many widgets', body(Array.from({ length: 501 }, () => ({ type: 'text', properties: { markdown: 'x' } }))), 'body: 501 widgets'],
  ['a start in days like one in hours', body([], { start: '-PT3D' }), 'body: start -PT3D'],
  ['an end alone', body([], { end: '2026-01-01T00:00:00Z' }), 'body: end 2026-01-01T00:00:00Z'],
  ['a period override', body([], { periodOverride: 'always' }), 'body: periodOverride "always"'],
  ['a type', body([{ type: 'graph', properties: {} }]), 'widget 0 (graph): type "graph"'],
  ['no properties', body([{ type: 'text' } as unknown as Widget]), 'widget 0 (text): no properties'],
  ['an unknown key of a widget', body([{ ...metricWidget(), w: 3 } as Widget]), `${ONE}widget: unknown w`],
  ['a column outside', body([metricWidget({}, { x: 24, width: 1 })]), `${ONE}x 24`],
  ['half a column', body([metricWidget({}, { x: 1.5 })]), `${ONE}x 1.5`],
  ['a line before the first', body([metricWidget({}, { y: -1 })]), `${ONE}y -1`],
  ['x alone', body([metricWidget({}, { y: undefined })]), `${ONE}x and y need each other`],
  ['no width', body([metricWidget({}, { width: 0 })]), `${ONE}width 0`],
  ['a widget over the edge', body([metricWidget({}, { x: 20, width: 6 })]), `${ONE}ends at column 26`],
  ['no height', body([metricWidget({}, { height: 0 })]), `${ONE}height 0`],
  ['overlapping widgets', body([metricWidget(), textWidget(), { ...textWidget(), x: 3, y: 7 }]), 'widget 2 (text): overlaps widget 1'],
  ['no markdown', body([textWidget({ markdown: ' ' })]), 'widget 0 (text): no markdown'],
  ['a background', body([textWidget({ background: 'red' })]), 'widget 0 (text): background "red"'],
  ['a title of a text', body([textWidget({ title: 'x' })]), 'widget 0 (text, "x"): text: unknown title'],
  ['no region of a log', body([logWidget({ region: undefined })]), 'widget 0 (log, "Events"): no region'],
  ['a query without a log group', body([logWidget({ query: 'fields @message' })]), 'widget 0 (log, "Events"): query "fields @message"'],
  ['no query', body([logWidget({ query: undefined })]), 'widget 0 (log, "Events"): no query'],
  ['a view of a log', body([logWidget({ view: 'list' })]), 'widget 0 (log, "Events"): view "list"'],
  ['no alarms', body([alarmWidget({ alarms: [] })]), 'widget 0 (alarm, "Alarms"): alarms: 0'],
  ['101 alarms', body([alarmWidget({ alarms: Array.from({ length: 101 }, () => ARN) })]), 'widget 0 (alarm, "Alarms"): alarms: 101'],
  ['the name of an alarm', body([alarmWidget({ alarms: ['x'] })]), 'widget 0 (alarm, "Alarms"): alarm x'],
  ['an order of alarms', body([alarmWidget({ sortBy: 'name' })]), 'widget 0 (alarm, "Alarms"): sortBy "name"'],
  ['a state', body([alarmWidget({ states: ['BAD'] })]), 'widget 0 (alarm, "Alarms"): states "BAD"'],
  ['a property of a metric widget', body([metricWidget({ heading: 'x' })]), `${ONE}metric: unknown heading`],
  ['no region', body([metricWidget({ region: undefined })]), `${ONE}no region`],
  ['a view', body([metricWidget({ view: 'line' })]), `${ONE}view "line"`],
  ['a gauge without an end', body([metricWidget({ view: 'gauge' })]), `${ONE}a gauge needs min and max`],
  ['a legend', body([metricWidget({ legend: { position: 'top' } })]), `${ONE}legend.position "top"`],
  ['a period', body([metricWidget({ period: 90 })]), `${ONE}period 90`],
  ['a statistic', body([metricWidget({ stat: 'Median' })]), `${ONE}stat "Median"`],
  ['neither metrics nor alarm', body([metricWidget({ metrics: undefined })]), `${ONE}neither metrics nor an alarm`],
  ['metrics that are no list', body([metricWidget({ metrics: {} })]), `${ONE}metrics is no array`],
  ['a side of the axes', body([metricWidget({ yAxis: { top: {} } })]), `${ONE}yAxis: unknown top`],
  ['a property of an axis', body([metricWidget({ yAxis: { left: { unit: 'ms' } } })]), `${ONE}yAxis.left: unknown unit`],
  ['a text as minimum', body([metricWidget({ yAxis: { left: { min: '0' } } })]), `${ONE}yAxis.left.min "0"`],
  ['an axis upside down', body([metricWidget({ yAxis: { left: { min: 5, max: 5 } } })]), `${ONE}yAxis.left from 5 to 5`],
  ['an alarm with metrics', body([metricWidget({ annotations: { alarms: [ARN] } })]), `${ONE}an alarm stands alone`],
  ['an annotation without a value', body([metricWidget({ annotations: { horizontal: [{ label: 'x' }] } })]), `${ONE}horizontal value undefined`],
  ['a time that is none', body([metricWidget({ annotations: { vertical: [{ value: 'noon' }] } })]), `${ONE}vertical value "noon"`],
  ['501 metrics', metrics(...Array.from({ length: 501 }, (_, i) => ['N', `M${i}`])), `${ONE}501 metrics`],
  ['an id twice', metrics(['N', 'A', { id: 'm1' }], ['N', 'B', { id: 'm1' }]), `${ONE}id m1 twice`],
  ['an id in capitals', metrics(['N', 'A', { id: 'M1' }]), `${ONE}metric 0: id M1`],
  ['a metric that is no list', metrics('N'), `${ONE}metric 0 is no array`],
  ['a namespace alone', metrics(['N']), `${ONE}metric 0: no namespace or no name`],
  ['a dimension without a value', metrics(['N', 'M', 'D']), `${ONE}metric 0: a dimension without a value`],
  ['an empty value', metrics(['N', 'M', 'D', '']), `${ONE}metric 0: part 3 is empty`],
  ['a dot at the first', metrics(['.', 'M']), `${ONE}metric 0: part 0 repeats nothing`],
  ['a dot that reaches too far', metrics(['N', 'M'], ['.', '.', '.', 'x']), `${ONE}metric 1: part 2 repeats nothing`],
  ['options in the middle', metrics(['N', { stat: 'Sum' }, 'M']), `${ONE}metric 0: parts that are no text`],
  ['an option', metrics(['N', 'M', { statistic: 'Sum' }]), `${ONE}metric 0: options: unknown statistic`],
  ['a statistic of a metric', metrics(['N', 'M', { stat: 'p101' }]), `${ONE}metric 0: stat "p101"`],
  ['a period of 0', metrics(['N', 'M', { period: 0 }]), `${ONE}metric 0: period 0`],
  ['a color', metrics(['N', 'M', { color: 'red' }]), `${ONE}metric 0: color "red"`],
  ['an axis of a metric', metrics(['N', 'M', { yAxis: 'top' }]), `${ONE}metric 0: yAxis "top"`],
  ['an expression with a namespace', metrics(['N', 'M', { expression: '1 + 1' }]), `${ONE}metric 0: an expression with a namespace`],
  ['an expression about nothing', metrics(['N', 'M', { id: 'm1' }], [{ expression: 'm1 / m2' }]), `${ONE}metric 1: expression refers to m2`],
  ['a function that does not exist', metrics(['N', 'M', { id: 'm1' }], [{ expression: 'MEDIAN(m1)' }]), `${ONE}metric 1: expression refers to MEDIAN`],
  ['an expression about itself', metrics(['N', 'M', { id: 'm1' }], [{ expression: 'm1 + e1', id: 'e1' }]), `${ONE}metric 1: expression refers to itself, e1`],
  ['an open parenthesis', metrics(['N', 'M', { id: 'm1' }], [{ expression: '(m1 + 1' }]), `${ONE}metric 1: parentheses`],
  ['an empty expression', metrics([{ expression: '' }]), `${ONE}metric 0: expression is empty`],
  ['a long expression', metrics([{ expression: '1'.repeat(2049) }]), `${ONE}metric 0: expression of 2049 characters`],
])('finds %s', (_, planted, found) => {
  expect(bodyProblems(planted)).toContain(found);
});

test('counts the metrics of all widgets, and expressions not', () => {
  const many = (count: number) => metricWidget({ metrics: [...Array.from({ length: count }, (_, i) => ['N', `M${i}`]), [{ expression: '1' }]] }, { x: undefined, y: undefined });
  expect(bodyProblems(body([...Array.from({ length: 5 }, () => many(499)), many(5)]))).toEqual([]);
  expect(bodyProblems(body([...Array.from({ length: 5 }, () => many(499)), many(6)]))).toEqual(['body: 2501 metrics']);
});

test('names in quotes are no references', () => {
  expect(bodyProblems(metrics([{ expression: "SEARCH('{AWS/EC2,InstanceId} MetricName=\"CPUUtilization\"', 'Average', 300)", id: 'e1' }]))).toEqual([]);
});

test('widgets that touch do not overlap', () => {
  expect(bodyProblems(body([metricWidget(), metricWidget({}, { x: 12 }), metricWidget({}, { y: 6 })]))).toEqual([]);
});

test.each<[name: string, planted: Body, found: string]>([
  ['no title', body([metricWidget({ title: undefined })]), 'widget 0 (metric): no title'],
  ['no period', body([metricWidget({ title: 'Requests, count' })]), 'widget 0 (metric, "Requests, count"): no period in the title'],
  ['no unit', body([metricWidget({ title: 'Requests (1 min)' })]), 'widget 0 (metric, "Requests (1 min)"): no unit in the title'],
  ['a low chart', body([metricWidget({}, { height: 3 })]), `${ONE}height 3 is too low to read`],
  ['a chart without lines', metrics(['N', 'M', { visible: false }]), `${ONE}draws nothing`],
  ['a line without a label', metrics(['N', 'M']), `${ONE}a line without a label`],
  ['an axis without a label', body([metricWidget({ yAxis: { left: { min: 0, showUnits: false } } })]), `${ONE}left axis without label, unit or minimum`],
  ['a right axis without a label', body([metricWidget({ yAxis: { left: { label: 'x', min: 0, showUnits: false } } })]), `${ONE}right axis without label, unit or minimum`],
  ['five side by side', body(Array.from({ length: 5 }, (_, i) => ({ ...textWidget(), x: i * 4, width: 4 }))), 'line 6: 5 widgets side by side'],
])('style: finds %s', (_, planted, found) => {
  expect(styleProblems(planted)).toContain(found);
});

test('metrics are read with their dimensions and statistics, dots filled in', () => {
  expect(usedMetrics(body([metricWidget({
    stat: 'Maximum',
    metrics: [
      ['AWS/SageMaker', 'Invocations', 'EndpointName', 'e', 'VariantName', 'v', { stat: 'Sum' }],
      ['.', 'Invocation4XXErrors', '.', '.', '.', 'w'],
      [{ expression: "SEARCH('{/aws/sagemaker/TrainingJobs,Host} MetricName=\"GPUUtilization\" Host=\"bge\"', 'Average', 60)" }],
    ],
  })])).map(({ widget, ...metric }) => metric)).toEqual([
    { namespace: 'AWS/SageMaker', name: 'Invocations', dimensions: ['EndpointName', 'VariantName'], statistic: 'Sum' },
    { namespace: 'AWS/SageMaker', name: 'Invocation4XXErrors', dimensions: ['EndpointName', 'VariantName'], statistic: 'Maximum' },
    { namespace: '/aws/sagemaker/TrainingJobs', name: 'GPUUtilization', dimensions: ['Host'], statistic: 'Average' },
  ]);
});
