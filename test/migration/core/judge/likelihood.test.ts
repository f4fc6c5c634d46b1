import { againstControl, againstRate, inverseSoftplus, logMean, rate, softplus, tally } from '../../../../src/migration/core/judge/likelihood';

/** Chances of 0..n bad requests of n. */
function binomial(n: number, p: number): number[] {
  const chances = [(1 - p) ** n];
  for (let k = 1; k <= n; k++) chances.push(chances[k - 1] * (n - k + 1) / k * p / (1 - p));
  return chances;
}

const meanAgainstRate = (n: number, p: number, limit: number, odds: number) =>
  binomial(n, p).reduce((sum, chance, bad) => sum + chance * Math.exp(againstRate({ bad, total: n }, limit, odds)), 0);

function meanAgainstControl(n0: number, p0: number, n1: number, p1: number, ratio: number, times: number): number {
  const [control, newcomer] = [binomial(n0, p0), binomial(n1, p1)];
  return control.reduce((sum, a, x0) => sum + newcomer.reduce((inner, b, x1) =>
    inner + a * b * Math.exp(againstControl({ bad: x0, total: n0 }, { bad: x1, total: n1 }, ratio, times)), 0), 0);
}

describe('against a rate', () => {
  test.each([[50, 0.002, 1.6], [50, 0.002, 30], [200, 0.05, 8], [20, 0.9, 3]])('a score of %p requests at the limit %p and odds of %p has mean 1', (n, limit, odds) => {
    expect(meanAgainstRate(n, limit, limit, odds)).toBeCloseTo(1, 10);
    expect(meanAgainstRate(n, limit, limit, 1 / odds)).toBeCloseTo(1, 10);
  });

  it('has a smaller mean on the side it does not bet on, and a larger one on its own', () => {
    expect(meanAgainstRate(100, 0.02, 0.05, 3)).toBeLessThan(0.1);
    expect(meanAgainstRate(100, 0.1, 0.05, 3)).toBeGreaterThan(100);
    expect(meanAgainstRate(100, 0.1, 0.05, 0.5)).toBeLessThan(0.1);
    expect(meanAgainstRate(100, 0.02, 0.05, 0.5)).toBeGreaterThan(2);
  });

  it('is a likelihood ratio', () => {
    // 3 of 10 at 0.2 against odds twice as large: 0.5/1.5 = 1/3.
    expect(againstRate({ bad: 3, total: 10 }, 0.2, 2)).toBeCloseTo(3 * Math.log(1 / 3 / 0.2) + 7 * Math.log(2 / 3 / 0.8), 12);
  });
});

describe('against the control', () => {
  test.each([
    [40, 0.01, 20, 0.02, 2, 3], [10, 0.1, 50, 0.2, 2, 8], [30, 0.4, 30, 0.8, 2, 30], [5, 0.5, 60, 0.5, 1, 1.3], [60, 0.001, 3, 0.001, 1, 8],
  ])('with %p requests at %p and %p at %p, a bet on more than %p times (x %p) has a mean of at most 1', (n0, p0, n1, p1, ratio, times) => {
    expect(meanAgainstControl(n0, p0, n1, p1, ratio, times)).toBeLessThanOrEqual(1 + 1e-12);
  });

  it('is nearly fair when bad requests are rare, and pays when the newcomer is beyond the ratio', () => {
    expect(meanAgainstControl(40, 0.001, 40, 0.002, 2, 3)).toBeGreaterThan(0.999);
    expect(meanAgainstControl(40, 0.01, 40, 0.2, 2, 3)).toBeGreaterThan(5);
    expect(meanAgainstControl(40, 0.01, 40, 0.005, 2, 3)).toBeLessThan(1);
  });

  it('is the share of the newcomer among the bad requests', () => {
    // 4 of 5 bad ones; expected 2/3 at twice the rate with as many requests, bet on 6/7.
    expect(againstControl({ bad: 1, total: 100 }, { bad: 4, total: 100 }, 2, 3)).toBeCloseTo(4 * Math.log(6 / 7 / (2 / 3)) + Math.log(1 / 7 / (1 / 3)), 12);
  });

  it('says nothing when a side has no requests', () => {
    expect(againstControl({ bad: 0, total: 0 }, { bad: 5, total: 10 }, 2, 3)).toBe(0);
    expect(againstControl({ bad: 5, total: 10 }, { bad: 0, total: 0 }, 2, 3)).toBe(0);
    expect(againstControl({ bad: 0, total: 0 }, { bad: 0, total: 0 }, 2, 3)).toBe(0);
  });
});

describe('counts', () => {
  test.each([
    [1, 10, { bad: 1, total: 10 }], [0, 0, { bad: 0, total: 0 }], [7, 3, { bad: 7, total: 7 }], [0.5, 2.25, { bad: 0.5, total: 2.25 }], [undefined, 5, { bad: 0, total: 5 }],
    [-1, 5, { bad: 0, total: 5 }], [NaN, 5, { bad: 0, total: 5 }], [1, Infinity, { bad: 1, total: 1 }], [undefined, undefined, { bad: 0, total: 0 }], [1e300, 1e300, { bad: 1e15, total: 1e15 }],
  ])('%p bad of %p are %p', (bad, total, expected) => expect(tally(bad, total)).toEqual(expected));

  test.each([[0.01, 0.01], [0, 1e-7], [1, 0.95], [-3, 1e-7], [NaN, 1e-7], [Infinity, 1e-7]])('a rate of %p is bet on as %p', (value, expected) => expect(rate(value)).toBe(expected));
});

describe('logarithms', () => {
  it('are added up without overflow', () => {
    expect(logMean([Math.log(2), Math.log(4)], [0.5, 0.5])).toBeCloseTo(Math.log(3), 12);
    expect(logMean([1e6, 1e6], [0.5, 0.5])).toBe(1e6);
    expect(logMean([-1e6, -1e6], [0.25, 0.25])).toBeCloseTo(-1e6 - Math.LN2, 6);
    expect(logMean([1000, -1e6], [0.5, 0.5])).toBeCloseTo(1000 - Math.LN2, 9);
  });

  test.each([-30, -1, 0, 0.5, 3, 29, 31, 700, 1e6])('log(1 + e^%p) and back', (x) => {
    expect(softplus(x)).toBeCloseTo(x > 30 ? x : Math.log(1 + Math.exp(x)), 10);
    expect(inverseSoftplus(softplus(x))).toBeCloseTo(x, 3);
  });

  it('of nothing is a number', () => expect(inverseSoftplus(0)).toBe(-1e6));
});
