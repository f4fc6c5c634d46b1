import { App, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { withOwnIds } from '../../src/monitoring/widget-ids';
import { alarmStatus, BAD, bars, chart, colorOf, heading, inAll, numbers, pairs, periodText, row, text, WANTED } from '../../src/monitoring/widget-style';

const stack = new Stack(new App(), 'Stack');
const metric = (metricName: string, props: Partial<cloudwatch.MetricProps> = {}) => new cloudwatch.Metric({ namespace: 'N', metricName, statistic: 'Sum', period: Duration.minutes(1), ...props });
const share = (part: string, whole: string) => new cloudwatch.MathExpression({ expression: '100 * part / whole', usingMetrics: { part: metric(part), whole: metric(whole) }, period: Duration.minutes(1), label: part });
const render = (widget: cloudwatch.IWidget): any => stack.resolve(widget.toJson())[0];
const metricsOf = (metrics: cloudwatch.IMetric[]): any[] => render(new cloudwatch.GraphWidget({ left: metrics })).properties.metrics;

describe('ids of a chart', () => {
  test('formulas with the same ids for different metrics are drawn together', () => {
    expect(() => metricsOf([share('A', 'B'), share('C', 'D')])).toThrow('share the same id');
    expect(metricsOf(withOwnIds([share('A', 'B'), share('C', 'D')]))).toEqual([
      [{ expression: '100 * m1 / m2', label: 'A', period: 60 }],
      ['N', 'A', { stat: 'Sum', period: 60, visible: false, id: 'm1' }],
      ['N', 'B', { stat: 'Sum', period: 60, visible: false, id: 'm2' }],
      [{ expression: '100 * m3 / m4', label: 'C', period: 60 }],
      ['N', 'C', { stat: 'Sum', period: 60, visible: false, id: 'm3' }],
      ['N', 'D', { stat: 'Sum', period: 60, visible: false, id: 'm4' }],
    ]);
  });

  test('what two formulas share is asked for once', () => {
    expect(metricsOf(withOwnIds([share('A', 'B'), share('C', 'B')])).filter(([first]) => first === 'N')).toHaveLength(3);
  });

  test('metrics that differ in statistic, dimension or period are not shared', () => {
    const of = (props: Partial<cloudwatch.MetricProps>) => new cloudwatch.MathExpression({ expression: 'x', usingMetrics: { x: metric('A', props) } });
    const drawn = metricsOf(withOwnIds([of({}), of({ statistic: 'Average' }), of({ dimensionsMap: { D: 'd' } })]));
    expect(drawn.filter(([first]) => typeof first === 'object').map(([{ expression }]) => expression)).toEqual(['m1', 'm2', 'm3']);
  });

  test('formulas in formulas get their own ids too', () => {
    const operands = () => [share('A', 'B'), share('C', 'D')];
    const sumOf = ([x, y]: cloudwatch.IMetric[]) => new cloudwatch.MathExpression({ expression: 'SUM([x, y])', usingMetrics: { x, y } });
    expect(() => sumOf(operands())).toThrow("The ID 'part' used for two metrics");
    const sum = sumOf(withOwnIds(operands()));
    const expressions = metricsOf(withOwnIds([sum])).filter(([first]) => typeof first === 'object').map(([{ expression, id }]) => `${id}: ${expression}`);
    expect(expressions).toEqual(['undefined: SUM([m1, m2])', 'm1: 100 * m3 / m4', 'm2: 100 * m5 / m6']);
  });

  test('names in quotes stay', () => {
    const search = new cloudwatch.MathExpression({ expression: "SUM(SEARCH('{N,part} MetricName=\"part\"', 'Sum', 60)) / part", usingMetrics: { part: metric('A') } });
    expect(metricsOf(withOwnIds([search]))[0][0].expression).toBe("SUM(SEARCH('{N,part} MetricName=\"part\"', 'Sum', 60)) / m1");
  });

  test('label, colour, account and region stay', () => {
    const given = new cloudwatch.MathExpression({ expression: 'x', usingMetrics: { x: metric('A') }, label: 'L', color: '#123456', period: Duration.minutes(10), searchAccount: '111122223333', searchRegion: 'eu-west-1' });
    expect(withOwnIds([given])[0]).toMatchObject({ label: 'L', color: '#123456', searchAccount: '111122223333', searchRegion: 'eu-west-1' });
    expect((withOwnIds([given])[0] as cloudwatch.MathExpression).period.toSeconds()).toBe(600);
  });

  test('a metric that is no formula is the same one', () => {
    const one = metric('A');
    expect(withOwnIds([one])[0]).toBe(one);
  });
});

describe('a chart', () => {
  const requests = { title: 'Requests', unit: 'count', axis: 'Requests', lines: [{ label: 'gpu', color: colorOf(0), metric: metric('A') }] };

  test('says what, in which unit, how often, and labels its axis', () => {
    expect(render(chart(requests)(8))).toEqual({
      type: 'metric',
      width: 8,
      height: 6,
      properties: {
        view: 'timeSeries',
        title: 'Requests, count (1 min)',
        region: { Ref: 'AWS::Region' },
        metrics: [['N', 'A', { label: 'gpu', color: '#1f77b4', stat: 'Sum', period: 60 }]],
        yAxis: { left: { label: 'Requests', showUnits: false, min: 0 } },
      },
    });
  });

  test('a right axis has a label too', () => {
    const { properties } = render(chart({ ...requests, right: { axis: 'Errors', lines: [{ label: 'Errors', metric: metric('B'), color: BAD }] } })(8));
    expect(properties.yAxis.right).toEqual({ label: 'Errors', showUnits: false, min: 0 });
    expect(properties.metrics[1]).toEqual(['N', 'B', { label: 'Errors', color: '#d62728', stat: 'Sum', period: 60, yAxis: 'right' }]);
  });

  test('limits are red lines', () => {
    expect(render(chart({ ...requests, max: 100, limits: [{ value: 0, label: 'none' }] })(8)).properties).toMatchObject({
      annotations: { horizontal: [{ value: 0, label: 'none', color: '#d62728', yAxis: 'left' }] }, yAxis: { left: { max: 100 } },
    });
  });

  test('a limit beyond which nothing is bad has another colour', () => {
    expect(render(chart({ ...requests, limits: [{ value: 900, label: 'target', color: WANTED }] })(8)).properties.annotations.horizontal[0].color).toBe('#7f7f7f');
  });

  test('lines without a metric are left out', () => {
    expect(render(chart({ ...requests, lines: [...requests.lines, { label: 'none' }] })(8)).properties.metrics).toHaveLength(1);
  });

  test('without any line a text says so, as high as the charts beside it', () => {
    expect(render(chart({ ...requests, lines: [{ label: 'none' }], nothing: 'Give one.' })(8))).toMatchObject({ type: 'text', width: 8, height: 6, properties: { markdown: '### Requests\nGive one.' } });
    expect(render(chart({ ...requests, lines: [] })(8)).properties.markdown).toBe('### Requests\nNo metric tells it.');
  });

  test('the period is that of a formula, and that of a metric of somebody else', () => {
    expect(render(chart({ ...requests, lines: [{ label: 'x', metric: share('A', 'B') }] })(8)).properties.title).toBe('Requests, count (1 min)');
    const foreign: cloudwatch.IMetric = { toMetricConfig: () => metric('A', { period: Duration.hours(1) }).toMetricConfig() };
    expect(render(chart({ ...requests, lines: [{ label: 'x', metric: foreign }] })(8)).properties.title).toBe('Requests, count (1 h)');
  });
});

test('numbers show the last value and what it was', () => {
  expect(render(numbers('gpu', [{ label: 'p99, ms', metric: metric('A') }, { label: 'none' }])(12))).toMatchObject({
    width: 12, height: 4, properties: { view: 'singleValue', title: 'gpu, last value (1 min)', sparkline: true, metrics: [['N', 'A', { label: 'p99, ms' }]] },
  });
});

test('numbers have colours of their own, and none of them is red by chance', () => {
  const lines = ['a', 'b', 'c', 'd', 'e'].map((label) => ({ label, metric: metric(label), ...label === 'b' && { color: BAD } }));
  const { title, metrics } = render(numbers('gpu', lines, 'last requests')(12)).properties;
  expect(title).toBe('gpu, last requests (1 min)');
  expect(metrics.map((entry: any[]) => entry[2].color)).toEqual([colorOf(0), BAD, colorOf(2), colorOf(3), colorOf(4)]);
});

test('bars count what there was in the time that is shown', () => {
  expect(render(bars({ title: 'Runs', unit: 'count', axis: 'Runs', lines: [{ label: 'Failed', metric: metric('A', { period: Duration.days(1) }), color: BAD }, { label: 'none' }] })(8))).toEqual({
    type: 'metric',
    width: 8,
    height: 6,
    properties: {
      view: 'bar',
      title: 'Runs in the time shown, count (1 day)',
      region: { Ref: 'AWS::Region' },
      metrics: [[{ expression: 'RUNNING_SUM(m1)', label: 'Failed', color: '#d62728', period: 86400 }], ['N', 'A', { stat: 'Sum', period: 86400, visible: false, id: 'm1' }]],
      yAxis: { left: { label: 'Runs', showUnits: false, min: 0 } },
    },
  });
});

test('a sum over the time shown has the period of what it adds up', () => {
  expect(metricsOf([inAll(metric('A', { period: Duration.minutes(5) }))])[0]).toEqual([{ expression: 'RUNNING_SUM(each)', label: 'RUNNING_SUM(each)' }]);
});

test('numbers of variants stand two in a line', () => {
  expect([1, 2, 3].map((count) => pairs(...Array.from({ length: count }, () => text('x', 2))).map(({ width }) => width))).toEqual([[24], [12, 12], [12, 12, 12]]);
});

test.each([[1, 2], [3, 2], [4, 3], [100, 35]])('%d alarms are %d high', (count, height) => {
  const alarms = Array.from({ length: count }, (_, i) => cloudwatch.Alarm.fromAlarmArn(stack, `Alarm${count}of${i}`, `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${i}`));
  expect(alarmStatus('Here', 'Alarms', alarms)).toMatchObject([{ width: 24, height }]);
  expect(render(alarmStatus('Here', 'Alarms', alarms)[0]).properties.alarms).toHaveLength(count);
});

test.each([[1, [24]], [2, [12, 12]], [3, [8, 8, 8]], [4, [6, 6, 6, 6]], [5, [6, 6, 6, 6, 6]], [0, []]])('%d widgets of a row are equally wide', (count, widths) => {
  expect(row(...Array.from({ length: count }, () => text('x', 2))).map(({ width }) => width)).toEqual(widths);
});

describe('a heading is as high as its text', () => {
  const heightOf = (...lines: string[]) => heading(lines.join('\n')).height;

  test.each<[string, number, string[]]>([
    ['a title', 2, ['# t']],
    ['a title and a line', 2, ['# t', 'x']],
    ['lines that are one paragraph', 2, ['# t', 'x', 'x', 'x', 'x']],
    ['two paragraphs', 3, ['# t', 'x', '', 'x']],
    ['a table', 4, ['# t', 'x', '', '| a |', '|---|', '| 1 |', '| 2 |']],
    ['a long table', 6, ['# t', 'x', '', '| a |', '|---|', ...Array.from({ length: 6 }, () => '| 1 |')]],
    ['a line that is as long as a narrow screen', 2, ['# t', 'x'.repeat(150)]],
    ['one that is longer', 3, ['# t', 'x'.repeat(151)]],
    ['a link, whose address is not seen', 2, ['# t', `[x](https://${'x'.repeat(200)})`]],
    ['names that are not known yet', 3, ['# t', Array.from({ length: 4 }, (_, i) => '${Token[TOKEN.' + i + ']}').join(' ')]],
  ])('%s: %d', (_what, height, lines) => expect(heightOf(...lines)).toBe(height));

  test('over the whole width', () => expect(heading('x').width).toBe(24));
});

test.each([
  [Duration.seconds(30), '30 s'], [Duration.minutes(1), '1 min'], [Duration.minutes(5), '5 min'], [Duration.minutes(90), '90 min'],
  [Duration.hours(1), '1 h'], [Duration.hours(36), '36 h'], [Duration.days(1), '1 day'], [Duration.days(7), '7 days'],
])('%s is %s', (period, words) => {
  expect(periodText(period)).toBe(words);
});

test('variants have colours of their own, and red is none of them', () => {
  const colors = [0, 1, 2, 3, 4, 5, 6].map(colorOf);
  expect(new Set(colors).size).toBe(7);
  expect(colors).not.toContain(BAD);
  expect(colorOf(7)).toBe(colorOf(0));
});
