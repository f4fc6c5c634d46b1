import { LATENCY, SETTINGS } from './support';
import { newMetric, observe, progress, requestsToCertify, rulesOf } from '../../../../src/migration/core/judge/metric';
import { UNREACHABLE } from '../../../../src/migration/core/judge/types';

const [ERRORS, P95, P99] = rulesOf(LATENCY, 'compare');

describe('the rules', () => {
  it('divide alpha: half for errors, a quarter for each percentile, and of these half for late changes', () => {
    expect(ERRORS.thresholds.worse).toBeCloseTo(Math.log(1 / (0.05 / 2 / 2)), 12);
    expect(ERRORS.thresholds.late).toBeCloseTo(Math.log(200 / (0.05 / 2 / 2)), 12);
    for (const rule of [P95, P99]) {
      expect(rule.thresholds.worse).toBeCloseTo(Math.log(1 / (0.05 / 4 / 2)), 12);
      expect(rule.thresholds.late).toBeCloseTo(Math.log(200 / (0.05 / 4 / 2)), 12);
    }
  });

  it('divide beta: nine tenths for evidence since the beginning, one for evidence anew', () => {
    for (const rule of [ERRORS, P95, P99]) {
      expect(Math.exp(-rule.thresholds.fine) + 200 * Math.exp(-rule.thresholds.again)).toBeCloseTo(0.05, 12);
      expect(Math.exp(-rule.thresholds.fine)).toBeCloseTo(0.045, 12);
    }
  });

  it('stake the whole, and one stake more than there are bets on a rate', () => {
    for (const rule of [ERRORS, P95, P99]) {
      expect(rule.stakes.reduce((sum, stake) => sum + stake, 0)).toBeCloseTo(1, 12);
      expect(rule.stakes).toHaveLength(rule.fine.length + 1);
    }
  });

  it('hold latency to the control\'s own share, errors to the ratio', () => {
    expect([ERRORS, P95, P99].map(({ metric, limit, ratio }) => [metric, limit, ratio])).toEqual([['errors', 0.002, 2], ['latencyP95', 0.05, 1], ['latencyP99', 0.01, 1]]);
  });

  it('expect of a good newcomer what the control had, within reason', () => {
    const guess = (baselineErrorRate: number) => rulesOf({ ...SETTINGS, baselineErrorRate }, 'compare')[0].fine[0];
    expect([0, 0.001, 0.0015, 0.1].map(guess)).toEqual([0.05, 0.5, 0.75, 0.85]);
  });

  it('hold a guarded newcomer to the frozen baseline, when that is more than the allowance', () => {
    const limit = (baselineErrorRate: number) => rulesOf({ ...SETTINGS, baselineErrorRate }, 'guard')[0].limit;
    expect([0, 0.001, 0.02].map(limit)).toEqual([0.002, 0.002, 0.04]);
  });
});

describe('a period', () => {
  it('without requests of the newcomer counts the control and moves no evidence', () => {
    const state = observe(newMetric(), { bad: 30, total: 100 }, { bad: 0, total: 0 }, 60, true, 'compare', ERRORS);
    expect(state).toEqual({ ...newMetric(), control: [30, 100], shared: 4 });
  });

  it('of clumped errors counts at most a third of the way', () => {
    const cap = (threshold: number) => (threshold + Math.log(4)) / 3;
    const state = observe({ ...newMetric(), newcomer: [0, 1e6] }, { bad: 0, total: 500 }, { bad: 400, total: 500 }, 60, false, 'compare', ERRORS);
    expect(Math.max(...state.worse)).toBeCloseTo(cap(ERRORS.thresholds.worse), 3);
    expect(Math.max(...state.late)).toBeCloseTo(Math.log(1 + Math.exp(cap(ERRORS.thresholds.late))), 3);
    expect(progress(state, ERRORS).worse).toBeLessThan(0.34);
  });

  it('never brings more evidence than decides and a little: the next may take it back', () => {
    let state = newMetric();
    for (let i = 0; i < 50; i++) state = observe(state, { bad: 0, total: 500 }, { bad: 250, total: 500 }, 60, true, 'compare', ERRORS);
    expect(Math.max(...state.worse)).toBeLessThanOrEqual(ERRORS.thresholds.worse + 2 + Math.log(4) + 1e-4);
    expect(Math.max(...state.late)).toBeLessThanOrEqual(ERRORS.thresholds.late + 2.01 + Math.log(4));
    let good = newMetric();
    for (let i = 0; i < 500; i++) good = observe(good, { bad: 1, total: 200 }, { bad: 0, total: 800 }, 60, true, 'compare', ERRORS);
    good.fine.forEach((fine, i) => expect(fine).toBeLessThanOrEqual(ERRORS.thresholds.fine + 2 - Math.log(ERRORS.stakes[i]) + 1e-4));
  });
});

describe('the way to a certificate', () => {
  it('is as long as the best bet needs', () => {
    // 0.1 % against 0.2 %: a bet on half the odds, stake 0.6.
    const gain = 0.001 * Math.log(0.5) - Math.log1p(-0.5 * 0.002);
    expect(requestsToCertify(0.001, ERRORS)).toBe(Math.ceil((ERRORS.thresholds.fine - Math.log(0.6)) / gain));
    expect(requestsToCertify(0.002, ERRORS)).toBe(UNREACHABLE);
    expect(requestsToCertify(0.001, ERRORS, [1, 0, 0, 0])).toBe(Math.ceil((ERRORS.thresholds.fine - Math.log(0.6) - 1) / gain));
  });

  it('shows one only when it is reached', () => {
    const near = { ...newMetric(), fine: Array(4).fill(ERRORS.thresholds.fine - 1e-4) };
    expect(progress(near, ERRORS)).toEqual({ worse: 0, fine: 0.999 });
    expect(progress({ ...near, fine: Array(4).fill(ERRORS.thresholds.fine + 1e-4) }, ERRORS)).toEqual({ worse: 0, fine: 1 });
    expect(progress(newMetric(), ERRORS)).toEqual({ worse: 0, fine: 0 });
  });
});
