import { trainingHours, utilizationOf } from '../../../src/training/core/training-time';
import data from '../../../src/training/data/benchmarks.json';

const rounded = (accelerator: string) => {
  const range = utilizationOf(data.cases, accelerator);
  return range && { cases: range.cases, low: Number((100 * range.low).toFixed(1)), median: Number((100 * range.median).toFixed(1)), high: Number((100 * range.high).toFixed(1)) };
};

describe('published utilization', () => {
  test.each([
    ['trainium1', { cases: 40, low: 17, median: 24.9, high: 31.8 }],
    ['a100-40gb', { cases: 25, low: 36.8, median: 47.1, high: 49.8 }],
    ['a100-80gb', { cases: 14, low: 37.1, median: 47.1, high: 55 }],
    ['h100-80gb', { cases: 40, low: 28.1, median: 36.7, high: 40.9 }],
  ])('of %s, in percent', (accelerator, expected) => expect(rounded(accelerator)).toEqual(expected));

  test.each(['trainium2', 'trainium3', 'h200', 'nothing'])('of %s there is too little', (accelerator) => expect(utilizationOf(data.cases, accelerator)).toBeUndefined());

  test('is what the figures of each case give', () => {
    const peaks: Record<string, number> = data.peakBf16Flops;
    for (const { parametersBillion, tokensPerSecond, accelerators, accelerator, utilization } of data.cases) {
      expect(6 * parametersBillion * 1e9 * tokensPerSecond / (accelerators * peaks[accelerator])).toBeCloseTo(utilization, 2);
    }
  });

  test('each case has a source and a date', () => {
    expect(data.cases.filter(({ source, asOf }) => !/[:/]/.test(source) || !/^\d{4}-\d\d-\d\d$/.test(asOf))).toEqual([]);
  });

  test('nine cases are no basis, ten are, and of one value all three are that', () => {
    const cases = (count: number) => Array.from({ length: count }, () => ({ parametersBillion: 7, accelerator: 'x', utilization: 0.3 }));
    expect(utilizationOf(cases(9), 'x')).toBeUndefined();
    expect(utilizationOf(cases(10), 'x')).toEqual({ low: 0.3, median: 0.3, high: 0.3, cases: 10 });
  });
});

describe('hours', () => {
  const size = { parametersBillion: 6.738, tokensBillion: 1, accelerators: 16, peakFlops: 190e12 };

  test('of 7B parameters and a billion tokens on trn1.32xlarge', () => {
    // 6 x 6.738e9 x 1e9 FLOPs at 24.9 % of 3.04 PFLOP/s.
    expect(trainingHours(size, 0.249)).toBeCloseTo(14.836, 2);
  });

  test('halve with twice the instances, and double with twice the tokens', () => {
    const hours = trainingHours(size, 0.249);
    expect(trainingHours({ ...size, accelerators: 32 }, 0.249)).toBeCloseTo(hours / 2, 9);
    expect(trainingHours({ ...size, tokensBillion: 2 }, 0.249)).toBeCloseTo(2 * hours, 9);
  });
});
