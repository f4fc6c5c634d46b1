import { BODY, DASHBOARD, widget } from './fixture';
import type { Alarm, Body, Properties, Widget } from '../../../scripts/render-dashboard/body';
import { tableOf } from '../../../scripts/render-dashboard/logs';
import { rendered } from '../../../scripts/render-dashboard/markdown';
import { pageOf } from '../../../scripts/render-dashboard/page';
import { browser } from '../../../scripts/render-dashboard/picture';
import { DAY, NOW } from '../../../scripts/render-dashboard/time';

const html = (widgets: readonly Widget[], rest: Partial<Body> = {}, alarms: readonly Alarm[] = []) => pageOf({ name: 'x', body: { widgets, ...rest }, alarms }).html;
const metric = (properties: Properties, width = 12, height = 6) => html([widget('metric', 0, 0, width, height, properties)], { start: '-P1D' });
const SHARE = ['CdkAccelerators/TrafficMigration', 'WantedShare', 'Migration', 'm'];

test('every kind of widget is drawn, and nothing is without data', () => {
  const { html: page, width, height } = pageOf(DASHBOARD);
  expect([width, height]).toEqual([1440, 56 + 25 * 50 + 10]);
  expect(page.match(/<section class="widget"/g)).toHaveLength(BODY.widgets.length);
  expect([...page.matchAll(/data-empty="([^"]*)"/g)].map(([, empty]) => empty).filter((empty) => empty !== '[]')).toEqual([]);
  expect(page).not.toMatch(/NaN|undefined|Infinity|<script|https?:\/\/(?!example)/);
  expect(page).not.toMatch(/ (href|src)="(?!data:)/);
});

test('the same at every run', () => expect(pageOf(DASHBOARD)).toEqual(pageOf(DASHBOARD)));

test('the grid has 24 columns in any width', () => {
  const boxes = (width: number) => [...pageOf(DASHBOARD, width).html.matchAll(/style="left:(\d+)px;top:(\d+)px;width:(\d+)px;height:(\d+)px"/g)].map(([, ...numbers]) => numbers.map(Number));
  expect(boxes(1440)[0]).toEqual([10, 10, 1420, 90]);
  expect(boxes(1440)[1]).toEqual([10, 110, 705, 290]);
  expect(boxes(1440)[2]).toEqual([725, 110, 705, 290]);
  expect(boxes(1000)[0]).toEqual([10, 10, 980, 90]);
});

test('a widget with a time range of its own has the data of it', () => {
  const runs = (rest: Properties) => html([widget('metric', 0, 0, 24, 6, { period: 86_400, stat: 'Sum', metrics: [['CdkAccelerators/Training', 'CompletedRuns', 'Training', 'x']], ...rest })]);
  expect(runs({ start: '-P7D' })).toMatch(/d="M[^"L]+(L[^"L]+){6,7}"/);
  expect(runs({})).not.toContain('class="line"');
});

test('a dashboard that says so keeps its periods, in widgets with a range of their own too', () => {
  const points = (periodOverride: string | undefined, rest: Properties = {}) => {
    const page = html([widget('metric', 0, 0, 24, 6, { period: 60, metrics: [SHARE], ...rest })], { start: '-P2D', periodOverride });
    return Math.round([...page.matchAll(/class="line" d="([^"]*)"/g)].reduce((sum, [, path]) => sum + path.split('L').length, 0) / 100);
  };
  expect([points('inherit'), points('auto'), points(undefined)]).toEqual([26, 5, 5]);
  expect([points('inherit', { start: '-P4D' }), points('auto', { start: '-P4D' })]).toEqual([52, 10]);
});

test('lines without data are named', () => {
  expect(metric({ title: 't', metrics: [[...SHARE, { label: 'there' }], ['CdkAccelerators/TrafficMigration', 'Wanted', 'Migration', 'm', { label: 'gone "x"' }]] }))
    .toContain('data-empty="[&quot;gone \\&quot;x\\&quot;&quot;]"');
});

test('single values, short or in full', () => {
  const requests = [['CdkAccelerators/TrafficMigration', 'RequestsNeeded', 'Migration', 'm', { stat: 'Maximum', label: 'needed' }], ['CdkAccelerators/TrafficMigration', 'Nothing', 'Migration', 'm', { label: 'none' }]];
  expect(metric({ view: 'singleValue', period: 86_400, metrics: requests })).toMatch(/<b>4\.2k<\/b><span>needed<\/span>.*<b>--<\/b><span>none<\/span>/);
  expect(metric({ view: 'singleValue', period: 86_400, metrics: requests, singleValueFullPrecision: true })).toMatch(/<b>4\d{3}<\/b>/);
});

test.each(['bottom', 'right', undefined])('a legend: %s', (position) => expect(metric({ metrics: [[...SHARE, { label: 'wanted' }]], legend: { position } })).toContain('<span>wanted</span>'));
test('no legend', () => expect(metric({ metrics: [[...SHARE, { label: 'wanted' }]], legend: { position: 'hidden' } })).not.toContain('wanted'));

test('an alarm of the template with its threshold', () => {
  const alarms: Alarm[] = [{ name: 'slow', threshold: 40, metrics: [SHARE] }];
  const shown = (arn: string) => html([widget('metric', 0, 0, 6, 6, { title: 'slow', annotations: { alarms: [arn] } })], { start: '-P1D' }, alarms);
  expect(shown('arn:aws:cloudwatch:us-east-1:123456789012:alarm:slow')).toContain('>threshold</text>');
  expect(() => shown('arn:aws:cloudwatch:us-east-1:123456789012:alarm:other')).toThrow('The widget "slow" shows an alarm that is not in the template: arn:aws:cloudwatch:us-east-1:123456789012:alarm:other');
});

test('states of alarms, and only those that are asked for', () => {
  const alarms = ['watchdog', 'training-failed', 'benchmark-failed', 'idle'].map((name) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`);
  const states = (properties: Properties) => [...html([widget('alarm', 0, 0, 6, 6, properties)]).matchAll(/class="alarm (\w+)">([^<]+)/g)].map(([, state, name]) => [name, state]);
  expect(states({ alarms })).toEqual([['watchdog', 'OK'], ['training-failed', 'ALARM'], ['benchmark-failed', 'OK'], ['idle', 'INSUFFICIENT_DATA']]);
  expect(states({ alarms, states: ['ALARM'] })).toEqual([['training-failed', 'ALARM']]);
});

test.each<[string, Widget, string]>([
  ['a view', widget('metric', 0, 0, 6, 6, { view: 'heatmap', metrics: [SHARE] }), 'No picture for the view heatmap'],
  ['a type', widget('explorer', 0, 0, 6, 6, {}), 'No picture for widgets of the type explorer'],
])('%s that there is no picture of', (_what, each, message) => expect(() => html([each])).toThrow(message));

test('a widget without place and size has CloudWatch\'s', () => expect(html([{ type: 'text', properties: { markdown: 'x' } }])).toContain('style="left:10px;top:10px;width:348px;height:290px"'));
test('no widgets are an empty page', () => expect(pageOf({ name: 'x', body: { widgets: [] }, alarms: [] }).height).toBe(66));
test('the name is escaped', () => expect(pageOf({ name: '<x>', body: { widgets: [] }, alarms: [] }).html).toContain('<h1>&lt;x&gt;</h1>'));

test.each<[string, string]>([
  ['# A\n\ntext', '<h1>A</h1><p>text</p>'],
  ['### A #', '<h3>A</h3>'],
  ['**b** and *i* and _i_, snake_case_name', '<p><strong>b</strong> and <em>i</em> and <em>i</em>, snake_case_name</p>'],
  ['`a < **b**`', '<p><code>a &lt; **b**</code></p>'],
  ['[x](https://a.b/c?d=1&e=2)', '<p><a data-href="https://a.b/c?d=1&amp;e=2">x</a></p>'],
  ['[button:primary:Go](https://a.b)', '<p><a class="button primary" data-href="https://a.b">Go</a></p>'],
  ['- a\n- b\n\n1. c', '<ul><li>a</li><li>b</li></ul><ol><li>c</li></ol>'],
  ['a | b\n--|--\n1 | 2', '<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>'],
  ['|a|b|\n|:-|-:|\n|1|x\\|y|', '<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>x|y</td></tr></table>'],
  ['```\nx < y\n```', '<pre>x &lt; y</pre>'],
  ['---', '<hr>'],
  ['two\nlines', '<p>two lines</p>'],
  ['\\*no\\*', '<p>*no*</p>'],
  ['<script>', '<p>&lt;script&gt;</p>'],
  ['', ''],
])('markdown %j', (markdown, expected) => expect(rendered(markdown)).toBe(expected));

describe('rows of logs', () => {
  const of = (query: string, most = 20) => tableOf(query, { start: NOW - DAY, end: NOW }, most, { from: 'gpu', to: 'inf2' });

  test.each<[string, string[]]>([
    ["SOURCE '/aws/lambda/x' | fields @timestamp, event | sort @timestamp desc | limit 3", ['@timestamp', 'event']],
    ['fields @timestamp, event | display phase, share', ['phase', 'share']],
    ['fields a | stats count(x, y) as events by phase', ['events by phase'].flatMap(() => ['events', 'phase'])],
    ['fields concat(a, b) as both, `detail.name`', ['both', 'detail.name']],
    ['filter x = 1', ['@timestamp', '@message']],
  ])('columns of %s', (query, columns) => expect(of(query).columns).toEqual(columns));

  test('newest first, as many as asked for and fit', () => {
    const { rows } = of('fields @timestamp, event, share | limit 3');
    expect(rows).toHaveLength(3);
    expect(rows[0].slice(1)).toEqual(['StepStarted', '50']);
    expect(rows.map(([time]) => time)).toEqual([...rows.map(([time]) => time)].sort().reverse());
    expect(of('fields event', 2).rows).toHaveLength(2);
  });

  test('they name the variants that the metrics are of', () => {
    const messages = of('fields message').rows.flat();
    expect(messages.at(-1)).toBe('started: gpu to inf2 in steps of 1, 5, 25, 50 and 100 %');
    expect(messages[0]).toBe('shifting inf2 from 25 % to 50 %');
  });

  test('a column that nobody knows is empty', () => expect(new Set(of('fields colour').rows.flat())).toEqual(new Set([''])));
});

test('without a browser on the path there is none', () => {
  expect(browser('')).toBeUndefined();
  expect(browser('/nowhere')).toBeUndefined();
});
