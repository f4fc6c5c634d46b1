import { barChart, gauge, newest, pieChart, sparkline, stacked, stretches, timeChart } from '../../../scripts/render-dashboard/chart';
import type { Line } from '../../../scripts/render-dashboard/series';
import { HOUR, MINUTE, NOW } from '../../../scripts/render-dashboard/time';

const WINDOW = { start: NOW - HOUR, end: NOW };
const line = (values: readonly (number | undefined)[], rest: Partial<Line> = {}): Line => ({
  label: 'x', color: '#1f77b4', axis: 'left', length: 10 * MINUTE, points: values.flatMap((value, index) => value === undefined ? [] : [[WINDOW.start + index * 10 * MINUTE, value] as const]), ...rest,
});
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
const paths = (svg: string, kind = 'line') => [...svg.matchAll(new RegExp(`<path class="${kind}"[^>]* ?d="([^"]+)"`, 'g'))].map(([, d]) => d);

test('stretches end at a hole', () => {
  const { points } = line([1, 2, undefined, 3, undefined, 4, 5]);
  expect(stretches(points, 10 * MINUTE).map((stretch) => stretch.map(([, value]) => value))).toEqual([[1, 2], [3], [4, 5]]);
  expect(stretches([], 1)).toEqual([]);
});

test('a line is drawn in its scale, a hole is left open, a single point is a dot', () => {
  const svg = timeChart([line([0, 100, undefined, 50])], { yAxis: { left: { min: 0, max: 100, label: 'percent' } } }, WINDOW, 400, 142);
  expect(paths(svg)).toEqual([expect.stringMatching(/^M[\d.]+ 122L[\d.]+ 22$/)]);
  expect(svg).toContain('<circle class="dot"');
  expect(svg).toMatch(/cy="72"/);
  expect(svg).toContain('data-axes="left"');
  expect(svg).toContain('class="axis-label" data-side="left">percent</text>');
  expect(svg).not.toMatch(/NaN|undefined/);
});

test('what is beyond an axis stays at its end', () => expect(paths(timeChart([line([-50, 500])], { yAxis: { left: { min: 0, max: 100 } } }, WINDOW, 400, 142))[0]).toMatch(/^M[\d.]+ 122L[\d.]+ 22$/));

test('areas stand on each other, per axis', () => {
  const [first, second, third, right] = stacked([line([1, 2]), line([10, undefined, 30]), line([100, 100, 100]), line([5, 5], { axis: 'right' })]);
  expect(first.points.map(([, value]) => value)).toEqual([1, 2]);
  expect(second.points.map(([, value]) => value)).toEqual([11, 30]);
  expect(third.points.map(([, value]) => value)).toEqual([111, 102, 130]);
  expect(third.base).toEqual([11, 2, 30]);
  expect(right.base).toEqual([0, 0]);
  expect(paths(timeChart([line([1, 2]), line([1, 2])], { stacked: true }, WINDOW, 400, 142), 'area')).toHaveLength(2);
});

test('a right axis has its own scale and label', () => {
  const svg = timeChart([line([0, 10]), line([0, 5000], { axis: 'right' })], { yAxis: { right: { label: 'requests' } } }, WINDOW, 400, 142);
  expect(svg).toContain('data-axes="left right"');
  expect(texts(svg)).toEqual(expect.arrayContaining(['10', '5k', 'requests']));
});

test('marks widen the scale, and hidden ones are not drawn', () => {
  const annotations = { horizontal: [{ value: 900, label: 'limit' }, { value: 5000, label: 'hidden', visible: false }], vertical: [{ value: new Date(NOW - HOUR / 2).toISOString(), label: 'then' }, { value: '2020-01-01T00:00:00Z', label: 'long ago' }] };
  const svg = timeChart([line([0, 10])], { annotations }, WINDOW, 400, 142);
  expect(texts(svg)).toEqual(expect.arrayContaining(['limit', 'then', '1k']));
  expect(texts(svg)).not.toEqual(expect.arrayContaining(['hidden']));
  expect(texts(svg)).not.toEqual(expect.arrayContaining(['long ago']));
});

test('a band of two marks, one filled', () => {
  const svg = timeChart([line([0, 10])], { annotations: { horizontal: [[{ value: 5, label: 'from' }, { value: 8, label: 'to' }], { value: 9, fill: 'above' }] } }, WINDOW, 400, 142);
  expect(paths(svg, 'mark')).toHaveLength(3);
  expect(svg).toContain('class="shade"');
});

test('without any line there is a chart all the same', () => expect(timeChart([], {}, WINDOW, 400, 142)).not.toMatch(/NaN|Infinity/));

test('texts are escaped', () => expect(timeChart([line([1, 2])], { yAxis: { left: { label: '<b>&"' } } }, WINDOW, 400, 142)).toContain('&lt;b&gt;&amp;&quot;'));

test('bars, with their numbers', () => {
  const svg = barChart([line([1, 2]), line([4]), line([])], { yAxis: { left: { label: 'USD' } } }, 300, 200);
  expect(svg.match(/class="bar"/g)).toHaveLength(2);
  expect(texts(svg)).toEqual(expect.arrayContaining(['USD', '2', '4']));
  expect(barChart([], {}, 300, 200)).not.toMatch(/NaN|Infinity/);
});

test('slices, with their shares', () => {
  const svg = pieChart([line([75]), line([25]), line([0]), line([])], 200, 200);
  expect(texts(svg)).toEqual(['75.0%', '25.0%']);
  expect(svg).toMatch(/A96 96 0 1 1/);
  expect(pieChart([line([1])], 200, 200)).not.toMatch(/NaN/);
  expect(pieChart([], 200, 200)).not.toMatch(/NaN/);
});

test('a gauge goes as far as its value', () => {
  const svg = (value: number) => gauge(line([value]), { yAxis: { left: { min: 0, max: 200 } } }, 300, 200);
  expect(texts(svg(100))).toEqual(['0', '200', '100']);
  expect(svg(100)).toMatch(/A116 116 0 0 1 150 60" class="gauge line"/);
  expect(svg(0)).not.toContain('class="gauge line"');
  expect(texts(svg(900)).at(-1)).toBe('900');
  expect(texts(gauge(line([]), {}, 300, 200))).toEqual(['0', '100', '--']);
});

test('a sparkline, of two points or more', () => {
  expect(sparkline(line([1]), WINDOW, 100, 20)).toBe('');
  expect(paths(sparkline(line([0, 10]), WINDOW, 120, 22), 'line').concat(sparkline(line([0, 10]), WINDOW, 120, 22))[0]).toContain('M0 21L20 1');
});

test('the newest value', () => {
  expect(newest(line([1, 2, 3]))).toBe(3);
  expect(newest(line([0]))).toBe(0);
  expect(newest(line([]))).toBeUndefined();
});
