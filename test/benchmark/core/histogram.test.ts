import * as fc from 'fast-check';
import { Histogram, merge, percentile, summary } from '../../../src/benchmark/core/histogram';
import type { HistogramData } from '../../../src/benchmark/core/types';

const of = (samples: readonly number[]): HistogramData => {
  const histogram = new Histogram();
  for (const sample of samples) histogram.record(sample);
  return histogram.data();
};

/** Nearest rank, from the samples themselves. */
function exactly(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(percent * sorted.length / 100)) - 1];
}

/** From a nanosecond to more than a day, each size as likely as the others. */
const durations = fc.oneof(fc.constant(0), fc.double({ min: -13.8, max: 18.4, noNaN: true }).map((power) => Math.exp(power)));

describe('a histogram', () => {
  it('knows any percentile to within half a percent', () => {
    fc.assert(fc.property(fc.array(durations, { minLength: 1, maxLength: 300 }), fc.double({ min: 0, max: 100, noNaN: true }), (samples, percent) => {
      const truth = exactly(samples, percent);
      expect(Math.abs(percentile(of(samples), percent) - truth)).toBeLessThanOrEqual(0.005 * truth);
    }), { numRuns: 500 });
  });

  it('is as good at the edges of its buckets', () => {
    for (let bucket = 1; bucket <= 3300; bucket++) {
      const edge = 1e-6 * 1.01 ** bucket;
      for (const sample of [edge * (1 - 1e-12), edge * (1 + 1e-12)]) {
        // The largest is kept as it is: another one stands behind it.
        expect(Math.abs(percentile(of([sample, sample * 3]), 50) - sample)).toBeLessThanOrEqual(0.005 * sample);
      }
    }
  });

  it('gives the same for several as for all of them together', () => {
    fc.assert(fc.property(fc.array(fc.array(durations, { maxLength: 40 }), { maxLength: 6 }), (parts) => {
      const [merged, whole] = [merge(parts.map(of)), of(parts.flat())];
      expect(merged.counts).toEqual(whole.counts);
      expect([merged.count, merged.maxMs]).toEqual([whole.count, whole.maxMs]);
      expect(merged.sumMs).toBeCloseTo(whole.sumMs, 0);
    }));
  });

  it('survives JSON', () => {
    const data = of([0, 0.2, 17, 3_600_000]);
    expect(percentile(JSON.parse(JSON.stringify(data)), 50)).toBe(percentile(data, 50));
    expect(Object.keys(data.counts)).toHaveLength(4);
  });

  it.each([[[1, 2, 3, 4], 50, 2], [[1, 2, 3, 4], 51, 3], [[1, 2, 3, 4], 100, 4], [[1, 2, 3, 4], 0, 1], [[7], 1, 7]])('takes of %j the nearest rank of p%s: about %s', (samples, percent, truth) => {
    const found = percentile(of(samples), percent);
    expect(found).toBeGreaterThanOrEqual(truth * 0.995);
    expect(found).toBeLessThanOrEqual(truth * 1.005);
  });

  it('takes the rank that is meant: 7 of 100 samples are 7, not 8', () => {
    const samples = Array.from({ length: 100 }, (_, i) => i < 7 ? 1 : 1000);
    expect(percentile(of(samples), 7)).toBeLessThan(1.01);
    expect(percentile(of(samples), 8)).toBeGreaterThan(990);
  });

  it('knows the largest exactly, and gives no percentile beyond it', () => {
    expect(percentile(of([12.3456789]), 99)).toBe(12.3456789);
    expect(percentile(of([5, 5, 5.0001]), 50)).toBeLessThanOrEqual(5.0001);
  });

  it('counts 0 as 0, and what a clock that was set back makes as 0 too', () => {
    expect(percentile(of([0, 0, 9]), 50)).toBe(0);
    expect(of([-3])).toEqual({ counts: { 0: 1 }, count: 1, sumMs: 0, maxMs: 0 });
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s', (sample) => {
    expect(() => new Histogram().record(sample)).toThrow(new RangeError(`a duration has to be a number of milliseconds, got ${sample}`));
  });

  it('holds what is longer than anything', () => {
    expect(percentile(of([1e300, 1e300]), 50)).toBeGreaterThan(1e15);
  });

  it('has no percentile of nothing, and none beyond 100', () => {
    expect(() => percentile(of([]), 50)).toThrow(new RangeError('there is no percentile of no samples'));
    expect(() => percentile(of([1]), 101)).toThrow(new RangeError('a percentile is from 0 to 100, got 101'));
    expect(() => percentile(of([1]), NaN)).toThrow(new RangeError('a percentile is from 0 to 100, got NaN'));
    expect(merge([])).toEqual({ counts: {}, count: 0, sumMs: 0, maxMs: 0 });
  });

  it('sums up', () => {
    expect(summary(of([]))).toBeUndefined();
    expect(summary(of([10, 10, 10, 10]))).toEqual({ p50Ms: 9.965, p95Ms: 10, p99Ms: 10, meanMs: 10, maxMs: 10 });
    const found = summary(of(Array.from({ length: 1000 }, (_, i) => i + 1)))!;
    expect(found.meanMs).toBe(500.5);
    expect(found.maxMs).toBe(1000);
    expect(Math.abs(found.p50Ms - 500)).toBeLessThanOrEqual(2.5);
    expect(Math.abs(found.p95Ms - 950)).toBeLessThanOrEqual(4.75);
    expect(Math.abs(found.p99Ms - 990)).toBeLessThanOrEqual(4.95);
  });

  it('takes a million samples in seconds, into a few kilobytes', () => {
    const histogram = new Histogram();
    const begun = performance.now();
    for (let i = 0; i < 1e6; i++) histogram.record(20 + i % 5000 / 10);
    // Tens of milliseconds on a machine with nothing else to do.
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(histogram.data().count).toBe(1e6);
    expect(JSON.stringify(histogram.data()).length).toBeLessThan(8000);
  });
});
