import * as fc from 'fast-check';
import { exceededBy, logNormal, shareAbove } from '../../../src/migration/core/rehearsal/latency';

test('half are above the median, 5 % above p95', () => {
  const shape = logNormal(50_000, 100_000);
  expect(shareAbove(shape, 50_000)).toBeCloseTo(0.5, 6);
  expect(shareAbove(shape, 100_000)).toBeCloseTo(0.05, 6);
  expect(shareAbove(shape, 0)).toBe(1);
});

test('a latency that is the same for all has a sharp edge', () => {
  const shape = logNormal(50_000, 50_000);
  expect([49_999, 50_000, 50_001].map((threshold) => shareAbove(shape, threshold))).toEqual([1, 0, 0]);
});

test('some slow requests: a tenth, ten times slower, is nearly all that is above', () => {
  const shape = { ...logNormal(50_000, 100_000), slowShare: 0.1, slowFactor: 10 };
  expect(shareAbove(shape, 250_000)).toBeCloseTo(0.9 * shareAbove(logNormal(50_000, 100_000), 250_000) + 0.1 * shareAbove(logNormal(500_000, 1_000_000), 250_000), 12);
});

test('the percentile of one shape, of two, and of one with slow requests', () => {
  const shape = logNormal(50_000, 100_000);
  expect(exceededBy([shape], 0.05)).toBeCloseTo(100_000, 0);
  const mixed = exceededBy([shape, logNormal(100_000, 200_000)], 0.05);
  expect((shareAbove(shape, mixed) + shareAbove(logNormal(100_000, 200_000), mixed)) / 2).toBeCloseTo(0.05, 6);
});

test('property: what a share exceeds is exceeded by that share', () => {
  fc.assert(fc.property(fc.double({ min: 1000, max: 1e6, noNaN: true }), fc.double({ min: 1.05, max: 5, noNaN: true }), fc.double({ min: 0.002, max: 0.9, noNaN: true }), (p50, ratio, share) => {
    const shape = logNormal(p50, p50 * ratio);
    expect(shareAbove(shape, exceededBy([shape], share))).toBeCloseTo(share, 4);
  }), { numRuns: 50 });
});
