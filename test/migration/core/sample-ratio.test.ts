import { costPerThousand } from '../../../src/migration/core/cost';
import { sampleRatioMismatch } from '../../../src/migration/core/sample-ratio';

const counts = (from: number, to: number) => ({ from, to, fromErrors: 0, toErrors: 0, seconds: 600 });

describe('the sample ratio', () => {
  it('is quiet while chance explains it', () => {
    expect(sampleRatioMismatch(counts(9500, 500), 5)).toBeUndefined();
    expect(sampleRatioMismatch(counts(9400, 600), 5)).toBeUndefined(); // 4.6 standard deviations
    expect(sampleRatioMismatch(counts(19, 1), 50)).toBeUndefined(); // 20 requests
  });

  it('says what share was realised', () => {
    expect(sampleRatioMismatch(counts(9000, 1000), 5)).toBe(10);
    expect(sampleRatioMismatch(counts(9900, 100), 5)).toBe(1);
    expect(sampleRatioMismatch(counts(9000, 0), 50)).toBe(0);
  });

  it('is quiet about a certain difference that harms nobody', () => {
    expect(sampleRatioMismatch(counts(490000, 510000), 50)).toBeUndefined();
  });

  it('has nothing to compare at 0, at 100 and without requests', () => {
    expect([sampleRatioMismatch(counts(10, 1e6), 0), sampleRatioMismatch(counts(1e6, 10), 100), sampleRatioMismatch(counts(0, 0), 50), sampleRatioMismatch(undefined, 50)])
      .toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('cost of 1,000 requests', () => {
  it('is the price of the instances by what they answer in the hour', () => {
    expect(costPerThousand(1.2, 2, 1000)).toBeCloseTo(0.04, 12);
    expect(costPerThousand(0, 2, 1000)).toBe(0);
    expect(costPerThousand(1.2, 2, 0)).toBeUndefined();
  });
});
