import { Random } from './random';

/** Mean and variance of many draws. */
function moments(draw: (random: Random) => number, draws = 20_000): { mean: number; variance: number } {
  const random = new Random(7);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < draws; i++) {
    const value = draw(random);
    sum += value;
    squares += value * value;
  }
  const mean = sum / draws;
  return { mean, variance: squares / draws - mean * mean };
}

test('the same seed, the same chance', () => {
  const draw = (seed: number) => { const random = new Random(seed); return [random.next(), random.next(), random.normal()]; };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(1)[0]).toBeCloseTo(0.6270739405881613, 12);
});

test.each<[number, number]>([[5, 0.3], [1000, 0.001], [1000, 0.5], [1000, 0.9], [100_000, 0.02], [3, 1e-17]])('binomial of %d and %d', (n, p) => {
  const { mean, variance } = moments((random) => random.binomial(n, p));
  expect(Math.abs(mean - n * p)).toBeLessThan(5 * Math.sqrt((n * p * (1 - p)) / 20_000) + 1e-9);
  expect(Math.abs(variance - n * p * (1 - p))).toBeLessThan(0.06 * n * p * (1 - p) + 1e-9);
});

test.each<[number, number, number]>([[10, 0, 0], [10, 1, 10], [0, 0.5, 0], [10, -1, 0], [10, 2, 10]])('binomial of %d and %d is always %d', (n, p, expected) => {
  expect(new Random(1).binomial(n, p)).toBe(expected);
});

test.each([0.2, 12, 99, 101, 5000])('poisson of %d', (mean) => {
  const found = moments((random) => random.poisson(mean));
  expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(mean / 20_000));
  expect(Math.abs(found.variance - mean)).toBeLessThan(0.06 * mean);
});

test('a poisson of nothing is 0', () => {
  expect([new Random(1).poisson(0), new Random(1).poisson(-1)]).toEqual([0, 0]);
});
