import * as fc from 'fast-check';
import { Random } from '../../../src/migration/core/rehearsal/random';

const draw = (n: number, pick: (random: Random) => number, seed = 1) => {
  const random = new Random(seed);
  return Array.from({ length: n }, () => pick(random));
};
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: number[]) => {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
};

test('the same seed gives the same numbers, another seed others', () => {
  expect(draw(5, (random) => random.next(), 7)).toEqual(draw(5, (random) => random.next(), 7));
  expect(draw(5, (random) => random.next(), 7)).not.toEqual(draw(5, (random) => random.next(), 8));
});

test('the stream is fixed: a rehearsal of last year can be repeated', () => {
  expect(draw(3, (random) => random.next(), 1).map((value) => value.toFixed(6))).toMatchInlineSnapshot(`
[
  "0.522314",
  "0.906283",
  "0.878916",
]
`);
});

test('neighbouring seeds are unrelated', () => {
  const firsts = Array.from({ length: 2000 }, (_, seed) => new Random(seed).next());
  expect(mean(firsts)).toBeCloseTo(0.5, 1);
  expect(variance(firsts)).toBeCloseTo(1 / 12, 2);
  const products = firsts.slice(1).map((value, i) => (value - 0.5) * (firsts[i] - 0.5));
  expect(Math.abs(mean(products))).toBeLessThan(0.006);
});

test('normal: mean 0, variance 1', () => {
  const values = draw(20_000, (random) => random.normal());
  expect(Math.abs(mean(values))).toBeLessThan(0.03);
  expect(Math.abs(variance(values) - 1)).toBeLessThan(0.04);
});

test.each([[0.3], [5], [29], [30], [1000]])('poisson(%d): mean and variance are the same', (lambda) => {
  const values = draw(8000, (random) => random.poisson(lambda));
  expect(Math.abs(mean(values) / lambda - 1)).toBeLessThan(0.06);
  expect(Math.abs(variance(values) / lambda - 1)).toBeLessThan(0.12);
});

test.each([[10, 0.5], [40, 0.02], [100, 0.97], [1000, 0.3], [1_000_000, 0.00001], [50, 0.6]])('binomial(%d, %d): mean and variance are right', (n, p) => {
  const values = draw(8000, (random) => random.binomial(n, p));
  expect(Math.abs(mean(values) / (n * p) - 1)).toBeLessThan(0.04);
  expect(Math.abs(variance(values) / (n * p * (1 - p)) - 1)).toBeLessThan(0.12);
});

test('a small binomial is exact: 3 tries at 1/2', () => {
  const values = draw(40_000, (random) => random.binomial(3, 0.5));
  expect([0, 1, 2, 3].map((hits) => Math.round(80 * values.filter((value) => value === hits).length / values.length) / 10)).toEqual([1, 3, 3, 1]);
});

test('nothing comes of nothing, everything of certainty', () => {
  const random = new Random(3);
  expect([random.poisson(0), random.poisson(-1), random.poisson(NaN), random.binomial(0, 0.5), random.binomial(-3, 0.5), random.binomial(9, 0), random.binomial(9, NaN), random.binomial(9, 1), random.binomial(9, 1.5)]).toEqual([0, 0, 0, 0, 0, 0, 0, 9, 9]);
});

test('property: a whole number between 0 and n', () => {
  fc.assert(fc.property(fc.integer(), fc.integer({ min: 0, max: 10_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (seed, n, p) => {
    const hits = new Random(seed).binomial(n, p);
    return Number.isInteger(hits) && hits >= 0 && hits <= n;
  }));
});
