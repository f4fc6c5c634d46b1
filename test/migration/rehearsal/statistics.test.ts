import * as fc from 'fast-check';
import type { SeedResult } from '../../../src/migration/core/rehearsal/run';
import { outcomeShares, spread, wilson } from '../../../src/migration/core/rehearsal/statistics';

const result = (outcome: SeedResult['outcome'], decidedSeconds: number, extraBad = 0): SeedResult => ({
  seed: 1, outcome, reason: `because of ${decidedSeconds}`, decidedSeconds, newcomerRequests: 10, newcomerErrors: extraBad, extraBad,
});

test('shares, medians and 90 % points of a small case by hand', () => {
  const shares = outcomeShares([result('rolledBack', 60, 100), result('promoted', 300), result('promoted', 100), result('promoted', 200, 7)]);
  expect(shares.map(({ outcome, seeds, share }) => [outcome, seeds, share])).toEqual([['promoted', 3, 0.75], ['rolledBack', 1, 0.25]]);
  expect(shares[0]).toMatchObject({ decidedSeconds: { median: 200, p90: 300 }, extraBad: { median: 0, p90: 7 }, reason: 'because of 300' });
  expect(shares[1]).toMatchObject({ decidedSeconds: { median: 60, p90: 60 }, extraBad: { median: 100, p90: 100 } });
});

test('outcomes of the same frequency have one order', () => {
  expect(outcomeShares([result('rolledBack', 1), result('promoted', 1)]).map(({ outcome }) => outcome)).toEqual(['promoted', 'rolledBack']);
});

test('nearest rank: values that did occur', () => {
  expect(spread([5, 1, 4, 2, 3])).toEqual({ median: 3, p90: 5 });
  expect(spread([1, 2, 3, 4])).toEqual({ median: 2, p90: 4 });
  expect(spread(Array.from({ length: 100 }, (_, i) => i + 1))).toEqual({ median: 50, p90: 90 });
  expect(spread([])).toEqual({ median: 0, p90: 0 });
  // As numbers, not as text.
  expect(spread([10, 9, 8])).toEqual({ median: 9, p90: 10 });
});

test('Wilson: known values, and something to say at both ends', () => {
  expect(wilson(5, 10).low).toBeCloseTo(0.2366, 4);
  expect(wilson(5, 10).high).toBeCloseTo(0.7634, 4);
  expect(wilson(200, 200)).toEqual({ low: expect.closeTo(0.9812, 4), high: 1 });
  expect(wilson(0, 200)).toEqual({ low: 0, high: expect.closeTo(0.0188, 4) });
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
});

test('property: the share lies in its interval, all shares make 1', () => {
  const outcomes = fc.array(fc.constantFrom<SeedResult['outcome']>('promoted', 'rolledBack', 'refused', 'running'), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(outcomes, (list) => {
    const shares = outcomeShares(list.map((outcome, i) => result(outcome, i)));
    expect(shares.reduce((sum, { seeds }) => sum + seeds, 0)).toBe(list.length);
    for (const { low, share, high } of shares) expect(low <= share && share <= high).toBe(true);
  }));
});
