import * as fc from 'fast-check';
import { Accelerator } from '../../../src';
import { publishedTime, trainingHours, utilizationOf } from '../../../src/training/core/training-time';
import data from '../../../src/training/data/benchmarks.json';

const rounded = (accelerator: string) => {
  const range = utilizationOf(data.cases, accelerator);
  return range && { cases: range.cases, low: Number((100 * range.low).toFixed(1)), median: Number((100 * range.median).toFixed(1)), high: Number((100 * range.high).toFixed(1)) };
};

describe('published utilization', () => {
  test.each([
    ['trainium1', { cases: 40, low: 16.9, median: 24.9, high: 32.2 }],
    ['a100-40gb', { cases: 25, low: 35.8, median: 47.1, high: 50.2 }],
    ['a100-80gb', { cases: 14, low: 34.2, median: 47.1, high: 57.7 }],
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

describe('time by what is published', () => {
  const size = { parametersBillion: 7, tokensBillion: 10 };

  test('of 7B parameters and ten billion tokens on 16 Trainium: an interval, with what it rests on', () => {
    const { hours, basis } = publishedTime(size, Accelerator.TRAINIUM1, 16);
    const range = utilizationOf(data.cases, 'trainium1')!;
    // 4.2e20 FLOPs at 3.04 PFLOP/s are 38.38 hours at the peak.
    expect(hours!.low).toBeCloseTo(38.377 / range.high, 1);
    expect(hours!.high).toBeCloseTo(38.377 / range.low, 1);
    expect(basis).toBe('40 published cases on Trainium (BF16 language models of 6.7 to 175 billion parameters on 16 to 512 accelerators): '
      + '16.9 to 32.2 % of 190 TFLOPS, a tenth of the cases below, a tenth above; aws-neuron/aws-neuron-sdk, 2022-11-23 to 2025-06-23');
  });

  test('two sources are both named, one date once', () => {
    expect(publishedTime(size, Accelerator.H100, 8).basis).toContain('; mosaicml/llm-foundry and pytorch/torchtitan, 2024-04-22 to 2024-12-26');
    expect(publishedTime(size, Accelerator.A100_40GB, 8).basis).toMatch(/; mosaicml\/llm-foundry, 2024-04-22$/);
  });

  test('what is smaller or larger than every case says so', () => {
    expect(publishedTime({ ...size, parametersBillion: 1 }, Accelerator.TRAINIUM1, 1024).basis).toMatch(/; 1 billion parameters are fewer than in any of them; 1024 accelerators are more than in any of them$/);
    expect(publishedTime({ ...size, parametersBillion: 176 }, Accelerator.TRAINIUM1, 15).basis).toMatch(/; 176 billion parameters are more than in any of them; 15 accelerators are fewer than in any of them$/);
  });

  test.each([
    ['Trainium2: no case', Accelerator.TRAINIUM2, 16, 'no basis: 0 published cases on Trainium2, 10 are the least'],
    ['H200: no case', Accelerator.H200, 8, 'no basis: 0 published cases on H200 141GB SXM5, 10 are the least'],
    ['L4: a peak, no case', Accelerator.L4, 1, 'no basis: 0 published cases on L4, 10 are the least'],
    ['T4: no BF16', Accelerator.T4, 1, 'no basis: no figure for the BF16 peak of T4'],
    ['instances at deploy time', Accelerator.TRAINIUM1, undefined, 'no basis: the number of instances is known at deploy time only'],
  ])('%s: no number', (_, device, accelerators, basis) => expect(publishedTime(size, device, accelerators)).toEqual({ basis }));

  test('the peak of each accelerator is that of the catalogue', () => {
    const peaks: Record<string, number> = data.peakBf16Flops;
    const pairs: [Accelerator, string][] = [
      [Accelerator.TRAINIUM1, 'trainium1'], [Accelerator.TRAINIUM2, 'trainium2'], [Accelerator.A100_40GB, 'a100-40gb'],
      [Accelerator.A100_80GB, 'a100-80gb'], [Accelerator.H100, 'h100-80gb'], [Accelerator.H200, 'h200'],
    ];
    for (const [accelerator, name] of pairs) expect(accelerator.bf16Tflops! * 1e12).toBe(peaks[name]);
  });

  test('there are hours exactly where the basis is one, from the fewer to the more, for every accelerator of the catalogue', () => {
    fc.assert(fc.property(fc.constantFrom(...Accelerator.all()), fc.double({ min: 0.01, max: 1e5, noNaN: true }), fc.double({ min: 0.001, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 4096 }), (device, parametersBillion, tokensBillion, accelerators) => {
      const { hours, basis } = publishedTime({ parametersBillion, tokensBillion }, device, accelerators);
      expect(hours === undefined).toBe(basis.startsWith('no basis: '));
      if (hours === undefined) return;
      expect(hours.low).toBeGreaterThan(0);
      expect(hours.low).toBeLessThan(hours.high);
      expect(Number.isFinite(hours.high)).toBe(true);
    }), { numRuns: 300 });
  });

  test('quantiles are in order and between the least and the largest case', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0.01, max: 0.9, noNaN: true }), { minLength: 10, maxLength: 60 }), (values) => {
      const { low, median, high } = utilizationOf(values.map((utilization) => ({ parametersBillion: 7, accelerator: 'x', utilization })), 'x')!;
      const epsilon = 1e-12;
      expect(low).toBeGreaterThanOrEqual(Math.min(...values) - epsilon);
      expect(median).toBeGreaterThanOrEqual(low - epsilon);
      expect(high).toBeGreaterThanOrEqual(median - epsilon);
      expect(high).toBeLessThanOrEqual(Math.max(...values) + epsilon);
    }));
  });
});
