import * as fc from 'fast-check';
import { coordinate, escaped, linear, path, thinned, timeScale } from '../../../src/migration/core/rehearsal-page/svg';

describe('escaping', () => {
  test('markup, quotes and characters that XML forbids', () => {
    expect(escaped('<a href="x">\'&amp;\u0000\u001b\ufffe</a>')).toBe('&#60;a href=&#34;x&#34;&#62;&#39;&#38;amp;\ufffd\ufffd\ufffd&#60;/a&#62;');
    expect(escaped('Ünïcode, 20 %\n\t')).toBe('Ünïcode, 20 %\n\t');
  });

  test('property: nothing of it is markup, and none of it is lost', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const safe = escaped(text);
      expect(safe).not.toMatch(/[<>"']|&(?!#\d+;)/);
      // eslint-disable-next-line no-control-regex
      expect(safe.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))).toBe(text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd'));
    }));
  });
});

describe('scales', () => {
  test('round ticks', () => {
    expect(linear(0, 100, 200, 0, 4).ticks).toEqual([0, 50, 100]);
    expect(linear(0, 0.23, 200, 0, 4).ticks).toEqual([0, 0.1, 0.2]);
    expect(linear(0, 1150, 0, 100, 4).ticks).toEqual([0, 500, 1000]);
    expect(linear(0, 100, 200, 0, 4).of(25)).toBe(150);
  });

  test('no span is no reason to divide by zero', () => {
    expect(linear(5, 5, 0, 100, 4).of(5)).toBe(0);
    expect(timeScale(0, 0, 100, 5).of(60)).toBe(100);
  });

  test.each<[string, number, string, string[]]>([
    ['74 minutes', 4440, 'minutes', ['0', '10', '20', '30', '40', '50', '60', '70']],
    ['25 hours', 90_000, 'hours', ['0', '4', '8', '12', '16', '20', '24']],
    ['10 days', 864_000, 'days', ['0', '2', '4', '6', '8', '10']],
    ['a minute', 30, 'minutes', ['0', '1']],
  ])('%s', (_name, seconds, unit, labels) => {
    const scale = timeScale(seconds, 0, 1000, 8);
    expect([scale.unit, scale.ticks.map(scale.label)]).toEqual([unit, labels]);
  });

  test('property: ticks lie inside the limits and increase', () => {
    fc.assert(fc.property(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 12 }), (min, span, wanted) => {
      const { ticks } = linear(min, min + span, 0, 100, wanted);
      expect(ticks.length).toBeLessThanOrEqual(wanted + 2);
      ticks.forEach((tick, i) => expect(tick >= min - span * 1e-6 - 1e-6 && tick <= min + span * (1 + 1e-6) + 1e-6 && (i === 0 || tick > ticks[i - 1])).toBe(true));
    }));
  });
});

describe('paths', () => {
  test('a line, a gap, a point alone', () => {
    expect(path([[0, 1], [1, 2.04], [2, undefined], [3, 4]])).toBe('M0 1h0L1 2M3 4h0');
  });

  test('steps keep a value until the next one', () => {
    expect(path([[0, 1], [10, 1], [20, 5]], true)).toBe('M0 1h0L10 1H20V5');
  });

  test('a value that is no number is an error here, not a chart that is not drawn', () => {
    expect(() => path([[0, NaN]])).toThrow('a coordinate has to be a number, got NaN');
    expect(() => coordinate(Infinity)).toThrow('a coordinate has to be a number, got Infinity');
  });

  test('fewer points keep the peaks', () => {
    const points = Array.from({ length: 1000 }, (_, i) => [i, i === 777 ? 99 : i === 222 ? -99 : 0] as const);
    const few = thinned(points, 50);
    expect(few.length).toBeLessThanOrEqual(100);
    expect(few).toContainEqual([777, 99]);
    expect(few).toContainEqual([222, -99]);
    expect(thinned(points.slice(0, 100), 50)).toEqual(points.slice(0, 100));
  });

  test('property: in order, and no gap is closed where there was nothing', () => {
    fc.assert(fc.property(fc.array(fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }), { maxLength: 400 }), fc.integer({ min: 1, max: 40 }), (values, buckets) => {
      const points = values.map((value, i) => [i, value] as const);
      const few = thinned(points, buckets);
      expect(few.every(([x], i) => i === 0 || x > few[i - 1][0])).toBe(true);
      if (points.every(([, y]) => y === undefined)) expect(few.every(([, y]) => y === undefined)).toBe(true);
      expect(path(few)).not.toContain('NaN');
    }));
  });
});
