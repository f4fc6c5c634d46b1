import type { Properties } from '../../../scripts/render-dashboard/body';
import { linesOf, metricsOf, rowsOf } from '../../../scripts/render-dashboard/series';
import { HOUR, MINUTE, NOW } from '../../../scripts/render-dashboard/time';
import type { Metric, World } from '../../../scripts/render-dashboard/world';

const WINDOW = { start: NOW - 3 * MINUTE, end: NOW };
const at = (index: number) => WINDOW.start + index * MINUTE;

/** Values of each minute by the name of the metric; nothing where there is no point. */
const DATA: Readonly<Record<string, readonly (number | undefined)[]>> = { a: [10, 20, 40], b: [2, undefined, 0], none: [] };
const asked: [Metric, string, number][] = [];
const world = {
  series(metric: Metric, stat: string, period: number) {
    asked.push([metric, stat, period]);
    return new Map((DATA[metric.name] ?? []).flatMap((value, index) => value === undefined ? [] : [[at(index), value] as const]));
  },
  search: (query: string): Metric[] => query.includes('nothing') ? [] : ['a', 'b'].map((name) => ({ namespace: 'N', name, dimensions: { Host: `host-${name}` } })),
} as unknown as World;

beforeEach(() => { asked.length = 0; });

const lines = (metrics: Properties['metrics'], rest: Properties = {}) => linesOf({ period: 60, stat: 'Sum', ...rest, metrics }, world, WINDOW);
const HIDDEN = [['N', 'a', { id: 'a', visible: false }], ['N', 'b', { id: 'b', visible: false }], ['N', 'none', { id: 'none', visible: false }]];
const of = (expression: string) => {
  const [{ points }] = lines([...HIDDEN, [{ expression, id: 'e' }]]);
  return [0, 1, 2].map((index) => points.find(([time]) => time === at(index))?.[1]);
};

test.each<[string, (number | undefined)[]]>([
  ['a / b', [5, undefined, undefined]],
  ['a / 1000', [0.01, 0.02, 0.04]],
  ['100 * b / a', [20, undefined, 0]],
  ['FILL(b, 0) + a', [12, 20, 40]],
  ['FILL(b, REPEAT)', [2, 2, 0]],
  ['IF(a > 15, a)', [undefined, 20, 40]],
  ['SUM([a, FILL(b, 0)])', [12, 20, 40]],
  ['SUM(METRICS())', [undefined, undefined, undefined]],
  ['MAX(METRICS("a"))', [10, 20, 40]],
  ['a / SUM(a)', [10 / 70, 20 / 70, 40 / 70]],
  ['a * 0 + AVG(b)', [1, 1, 1]],
  ['a / PERIOD(a)', [10 / 60, 20 / 60, 40 / 60]],
  ['RATE(a) * 60', [undefined, 10, 20]],
  ['DIFF(a)', [undefined, 10, 20]],
  ['RUNNING_SUM(a)', [10, 30, 70]],
  ['RATE(a * 6)', [undefined, 1, 2]],
  ['TIME_SERIES(3)', [3, 3, 3]],
  ["SUM(SEARCH('{N,Host} all', 'Sum', 60))", [12, 20, 40]],
  ["AVG(SEARCH('{N,Host} (all), more', 'Sum', 60)) * 2", [12, 40, 40]],
])('%s', (expression, expected) => expect(of(expression)).toEqual(expected.map((value) => value === undefined ? undefined : expect.closeTo(value, 9))));

test('an expression that refers to one that refers to metrics', () => {
  expect(lines([...HIDDEN, [{ expression: 'a / 2', id: 'half', visible: false }], [{ expression: 'half * 3', id: 'e', label: 'x' }]])).toEqual([
    { label: 'x', color: '#1f77b4', axis: 'left', length: 60_000, points: [[at(0), 15], [at(1), 30], [at(2), 60]] },
  ]);
});

test.each<[string, string]>([
  ['e + 1', 'An expression refers to e, which is its own operand'],
  ['missing * 2', 'An expression refers to missing, which is not in this widget'],
  ['SUM(a)', 'The expression SUM(a) is a number, and has to be a time series'],
  ['ANOMALY_DETECTION_BAND(a)', "Error in expression 'ANOMALY_DETECTION_BAND(a)': unexpected ("],
  ['RATE(a', "Error in expression 'RATE(a': a bracket is not closed"],
])('%s is refused', (expression, message) => expect(() => of(expression)).toThrow(message));

test('every series that a SEARCH finds is a line, and so is nothing', () => {
  const search = (query: string, label?: string) => lines([[{ expression: `SEARCH('{N,Host} ${query}', 'Average', 60)`, id: 's', ...label !== undefined && { label } }]]).map((line) => [line.label, line.points.length, line.color]);
  expect(search('all', '${PROP(\'Dim.Host\')}')).toEqual([['host-a', 3, '#1f77b4'], ['host-b', 2, '#ff7f0e']]);
  expect(search('all', 'use')).toEqual([['use host-a a', 3, '#1f77b4'], ['use host-b b', 2, '#ff7f0e']]);
  expect(search('all')).toEqual([['host-a a', 3, '#1f77b4'], ['host-b b', 2, '#ff7f0e']]);
  expect(search('nothing', 'x')).toEqual([['x', 0, '#1f77b4']]);
  expect(lines([[{ expression: "SEARCH('{N,Host} all', 'Average', 60) / 10", id: 's' }]]).map(({ points }) => points[0][1])).toEqual([1, 0.2]);
});

test('labels with values, colours, axes, periods and statistics', () => {
  const found = lines([
    ['N', 'a', { label: 'last ${LAST} of ${AVG} (${PROP(\'Stat\')})', color: '#123456', yAxis: 'right', stat: 'p99', period: 300 }], ['N', 'none', { label: 'max ${MAX}' }], ['N', 'b', 'D', 'x'],
    ['.', '.', '.', 'y'],
  ]);
  expect(found.map(({ label, color, axis, length }) => [label, color, axis, length])).toEqual([
    ['last 40 of 23.33 (p99)', '#123456', 'right', 300_000], ['max --', '#ff7f0e', 'left', 60_000], ['x b', '#2ca02c', 'left', 60_000], ['y b', '#d62728', 'left', 60_000],
  ]);
  expect(asked.map(([{ name, dimensions }, stat, period]) => [name, dimensions, stat, period])).toEqual([
    ['a', {}, 'p99', 300], ['none', {}, 'Sum', 60], ['b', { D: 'x' }, 'Sum', 60], ['b', { D: 'y' }, 'Sum', 60],
  ]);
});

test('a widget that says neither period nor statistic has CloudWatch\'s', () => {
  linesOf({ metrics: [['N', 'a']] }, world, { start: NOW - HOUR, end: NOW });
  expect(asked).toEqual([[{ namespace: 'N', name: 'a', dimensions: {} }, 'Average', 300]]);
});

test('abbreviated rows', () => {
  expect(rowsOf([['N', 'm', 'A', '1', 'B', '2'], ['.', 'n', '.', '.', '.', '3'], ['...', '4', { stat: 'Sum' }], ['...', 'C', '5']]).map(({ metric }) => metric)).toEqual([
    { namespace: 'N', name: 'm', dimensions: { A: '1', B: '2' } },
    { namespace: 'N', name: 'n', dimensions: { A: '1', B: '3' } },
    { namespace: 'N', name: 'n', dimensions: { A: '1', B: '4' } },
    { namespace: 'N', name: 'n', dimensions: { A: '1', C: '5' } },
  ]);
});

test('the metrics of a dashboard are those of its rows, not its expressions', () => {
  expect(metricsOf([{ properties: { metrics: [['N', 'm'], [{ expression: '1', id: 'e' }]] } }, { properties: { markdown: 'x' } }])).toEqual([{ namespace: 'N', name: 'm', dimensions: {} }]);
});
