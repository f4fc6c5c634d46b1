import { Distribution } from './distribution';
import { Random } from './random';

/** p99 of a log-normal distribution is the median times e to the power of this times sigma. */
const Z99 = 2.3263;

test.each([250, 100_000])('%d log-normal values: quantiles and counts are those of the distribution', (count) => {
  const values = new Distribution();
  values.addLogNormal(new Random(1), count, 50_000, 0.3);
  const tolerance = count < 1000 ? 0.15 : 0.02;
  expect(values.count).toBe(count);
  expect(Math.abs(values.quantile(0.5) / 50_000 - 1)).toBeLessThan(tolerance);
  expect(Math.abs(values.quantile(0.99) / (50_000 * Math.exp(0.3 * Z99)) - 1)).toBeLessThan(tolerance);
  expect(Math.abs(values.atMost(50_000) / count - 0.5)).toBeLessThan(tolerance);
  expect(Math.abs(values.sum / count / (50_000 * Math.exp(0.045)) - 1)).toBeLessThan(tolerance);
});

test('one value: itself within a bin', () => {
  const values = new Distribution();
  values.add(1234, 3);
  for (const found of [values.quantile(0), values.quantile(0.5), values.quantile(1), values.minimum, values.maximum, values.sum / 3]) {
    expect(Math.abs(found / 1234 - 1)).toBeLessThan(0.01);
  }
  expect([values.atMost(1200), values.atMost(1260), values.atMost(0)]).toEqual([0, 3, 0]);
});

test('a part of it is rounded down bin by bin', () => {
  const [whole, part] = [new Distribution(), new Distribution()];
  whole.add(10, 5);
  whole.add(1000, 1);
  part.addAll(whole, 0.5);
  expect([part.count, part.atMost(500)]).toEqual([2, 2]);
});
