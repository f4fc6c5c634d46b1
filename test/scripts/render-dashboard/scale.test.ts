import * as fc from 'fast-check';
import { scaleOf, timesOf, widthOf, written } from '../../../scripts/render-dashboard/scale';
import { DAY, HOUR, NOW } from '../../../scripts/render-dashboard/time';

test.each<[number, number | undefined, string]>([
  [0, undefined, '0'], [0, 10, '0'], [7, 1, '7'], [1250, 50, '1.25k'], [1000, 500, '1k'], [1.5e6, 5e5, '1.5M'], [2e9, 1e9, '2G'], [0.004, 0.002, '0.004'], [0.0015, undefined, '0.0015'], [-2000, 1000, '-2k'], [-0.0001, 1, '0'], [99.62, undefined, '99.6'],
])('%d with steps of %p is %s', (value, step, expected) => expect(written(value, step)).toBe(expected));

test.each<[number[], object, number[]]>([
  [[3, 97], { min: 0 }, [0, 50, 100]],
  [[3, 97], { min: 0, max: 100 }, [0, 50, 100]],
  [[0, 0], {}, [0, 0.5, 1]],
  [[5, 5], {}, [4, 6, 8]],
  [[], {}, [0, 0.5, 1]],
  [[], { max: 100 }, [0, 50, 100]],
  [[], { min: 100 }, [100, 150]],
  [[5], { min: 10 }, [10, 15]],
  [[-10, 10], {}, [-10, 0, 10]],
])('ticks of %j with %j', (values, limits, expected) => expect(scaleOf(values, limits, 2).ticks).toEqual(expected));

test('a scale holds its values, its ticks rise, and there are neither too few nor too many of them', () => {
  fc.assert(fc.property(fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 20 }), fc.integer({ min: 2, max: 6 }), (values, steps) => {
    const { minimum, maximum, ticks, step } = scaleOf(values, {}, steps);
    fc.pre(step > 1e-6);
    expect(minimum).toBeLessThanOrEqual(Math.min(...values) + step * 1e-6);
    expect(maximum).toBeGreaterThanOrEqual(Math.max(...values) - step * 1e-6);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    expect(ticks.length).toBeLessThanOrEqual(steps + 3);
    expect([...ticks].sort((a, b) => a - b)).toEqual(ticks);
  }));
});

test('times on the axis', () => {
  expect(timesOf({ start: NOW - 3 * HOUR, end: NOW }, 7).map(([, text]) => text)).toEqual(['09:00', '09:30', '10:00', '10:30', '11:00', '11:30', '12:00']);
  expect(timesOf({ start: NOW - 2 * DAY, end: NOW }, 4).map(([, text]) => text)).toEqual(['12:00', '11/22', '12:00', '11/23', '12:00']);
  expect(timesOf({ start: NOW - 7 * DAY, end: NOW }, 7).map(([, text]) => text)).toEqual(['11/17', '11/18', '11/19', '11/20', '11/21', '11/22', '11/23']);
});

test('wider letters are wider', () => {
  expect(widthOf('', 10)).toBe(0);
  expect(widthOf('WW', 10)).toBeGreaterThan(widthOf('aa', 10));
  expect(widthOf('aa', 10)).toBeGreaterThan(widthOf('ii', 10));
  expect(widthOf('aa', 20)).toBeCloseTo(2 * widthOf('aa', 10));
});
