import * as fc from 'fast-check';
import { editDistance, nearestNames, orList, quoted, unknownName } from '../../../src/hardware/core/names';

describe('editDistance', () => {
  test.each([['', '', 0], ['a', '', 1], ['', 'abc', 3], ['kitten', 'sitting', 3], ['ml.g5.xlarge', 'ml.g6.xlarge', 1], ['abc', 'abc', 0]])('%j to %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test('is a metric', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }), { numRuns: 60 });
  });
});

describe('nearestNames', () => {
  test('ignores case and blanks, keeps the order of ties', () => {
    expect(nearestNames('  ALPHA ', ['beta', 'alpha', 'alphb', 'alphc'])).toEqual(['alpha', 'alphb', 'alphc']);
  });

  test('gives at most what there is', () => {
    expect(nearestNames('x', [])).toEqual([]);
    expect(nearestNames('x', ['y'], 5)).toEqual(['y']);
  });

  test('is quick on a huge name', () => {
    const started = Date.now();
    nearestNames('x'.repeat(1_000_000), Array.from({ length: 70 }, (_, i) => `ml.g${i}.xlarge`));
    expect(Date.now() - started).toBeLessThan(500);
  });
});

test('orList reads as a sentence', () => {
  expect([orList([]), orList(['a']), orList(['a', 'b']), orList(['a', 'b', 'c'])]).toEqual(['', 'a', 'a or b', 'a, b or c']);
});

test('quoted cuts what would flood the terminal', () => {
  expect(quoted('a"b')).toBe('"a\\"b"');
  expect(quoted('x'.repeat(80))).toHaveLength(82);
  expect(quoted('x'.repeat(81))).toBe(`"${'x'.repeat(77)}..."`);
});

test('unknownName says a token is a token', () => {
  const lookup = { prop: 'name', got: 'bta', isToken: false, known: ['alpha', 'beta'], allowed: 'a letter', otherwise: 'otherwise learn Greek' };
  expect(unknownName(lookup)).toEqual({ prop: 'name', got: '"bta"', allowed: 'a letter', fix: "did you mean 'beta' or 'alpha'? otherwise learn Greek" });
  expect(unknownName({ ...lookup, isToken: true })).toEqual({
    prop: 'name', got: 'a token (a value known only at deploy time)', allowed: 'a letter', fix: "give a literal such as 'alpha'",
  });
});
