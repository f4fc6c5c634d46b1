import * as fc from 'fast-check';
import { LATENCY, SETTINGS } from './support';
import { judge, newJudge, type JudgeMode, type JudgeSettings, type JudgeState, type Period, type VariantCounts } from '../../../../src/migration/core/judge/judge';
import { UNREACHABLE } from '../../../../src/migration/core/judge/types';

/** Any count CloudWatch might give, and some it might not: fractional, tiny, ten million and far more. */
const count = fc.oneof(
  { weight: 4, arbitrary: fc.nat(1000) }, { weight: 2, arbitrary: fc.double({ min: 0, max: 1e4, noNaN: true }) }, { weight: 1, arbitrary: fc.constantFrom(0, 1e-9, 1e7, 1e12, Number.MAX_VALUE) },
);
const variant: fc.Arbitrary<VariantCounts> = fc.record({
  requests: count,
  errors: count,
  latency: fc.option(fc.record({ samples: count, slow95: count, slow99: count }), { nil: undefined }),
});
const periods: fc.Arbitrary<Period[]> = fc.array(fc.record({
  start: fc.nat(20).map((minute) => minute * 60),
  seconds: fc.constantFrom(10, 30, 60, 300),
  control: variant,
  newcomer: variant,
  latencySettled: fc.boolean(),
  certifies: fc.boolean(),
}), { maxLength: 30 });
const settings: fc.Arbitrary<JudgeSettings> = fc.record({
  falseRollback: fc.double({ min: 1e-6, max: 0.499, noNaN: true }),
  falsePromotion: fc.double({ min: 1e-6, max: 0.499, noNaN: true }),
  errorRatio: fc.double({ min: 0, max: 100, noNaN: true }),
  errorAllowance: fc.double({ min: 0, max: 1, noNaN: true }),
  latencyAllowance95: fc.constantFrom(0, 0.05, 1),
  latencyAllowance99: fc.constantFrom(0, 0.01, 1),
  horizonPeriods: fc.constantFrom(0, 1, 1440, 1e6),
  judgeLatency: fc.boolean(),
  baselineErrorRate: fc.double({ min: 0, max: 1, noNaN: true }),
});
const mode = fc.constantFrom<JudgeMode>('compare', 'guard');

const run = (all: readonly Period[], how: JudgeSettings, from: JudgeState = newJudge(), as: JudgeMode = 'compare') =>
  all.reduce<ReturnType<typeof judge>[]>((results, period) => [...results, judge(results.at(-1)?.state ?? from, period, how, as)], []);

/** Every number in it, wherever it stands. */
const numbers = (value: unknown): number[] =>
  typeof value === 'number' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbers) : [];

test('any counts give a valid verdict and a state that JSON can say', () => {
  fc.assert(fc.property(periods, settings, mode, (all, how, as) => {
    for (const { state, verdict } of run(all, how, newJudge(), as)) {
      expect([...numbers(state), ...numbers(verdict)].filter((value) => !Number.isFinite(value))).toEqual([]);
      expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      expect(JSON.stringify(state).length).toBeLessThan(2000);
      expect(['hold', 'rollback', ...as === 'compare' ? ['promote'] : []]).toContain(verdict.kind);
      expect(verdict.reason).not.toMatch(/NaN|Infinity|undefined|\n/);
      expect(verdict.evidence.map(({ metric }) => metric)).toEqual(how.judgeLatency ? ['errors', 'latencyP95', 'latencyP99'] : ['errors']);
      for (const { worse, fine, requestsNeeded } of verdict.evidence) {
        expect(Math.min(worse, fine, requestsNeeded)).toBeGreaterThanOrEqual(0);
        expect(Math.max(worse, fine)).toBeLessThanOrEqual(1);
        expect(requestsNeeded).toBeLessThanOrEqual(UNREACHABLE);
        expect(requestsNeeded === 0).toBe(fine >= 1);
      }
    }
  }), { numRuns: 80, seed: 1 });
});

test('numbers that are none are nothing seen', () => {
  const none = fc.constantFrom(NaN, -1, -Infinity, Infinity);
  fc.assert(fc.property(none, none, (a, b) => {
    const odd: VariantCounts = { requests: a, errors: b, latency: { samples: a, slow95: b, slow99: a } };
    const { state, verdict } = judge(newJudge(), { start: 60, seconds: 60, control: odd, newcomer: odd, latencySettled: true, certifies: true }, LATENCY);
    expect(state).toEqual({ ...newJudge(), last: 60 });
    expect(verdict.kind).toBe('hold');
  }), { numRuns: 16 });
});

test('judged twice is judged once, and what is out of order is not judged', () => {
  fc.assert(fc.property(periods, (all) => {
    const rising = all.filter((period, i) => all.slice(0, i).every(({ start }) => start < period.start));
    const once = run(rising, LATENCY).at(-1);
    expect(run(all, LATENCY).at(-1)).toEqual(once);
    expect(run(all.flatMap((period) => [period, period]), LATENCY).at(-1)).toEqual(once);
  }), { numRuns: 40, seed: 2 });
});

test('a state that went through JSON goes on alike', () => {
  fc.assert(fc.property(periods, periods, (first, second) => {
    const { state } = run(first, LATENCY).at(-1) ?? { state: newJudge() };
    const later = second.map((period) => ({ ...period, start: period.start + 10_000 }));
    expect(run(later, LATENCY, JSON.parse(JSON.stringify(state)))).toEqual(run(later, LATENCY, state));
  }), { numRuns: 40, seed: 3 });
});

test('without requests to the newcomer there is never a verdict', () => {
  fc.assert(fc.property(periods, settings, mode, (all, how, as) => {
    const silent = all.map((period): Period => ({ ...period, newcomer: { requests: 0, errors: 0, latency: { samples: 0, slow95: 0, slow99: 0 } } }));
    for (const { verdict } of run(silent, how, newJudge(), as)) expect(verdict.kind).toBe('hold');
  }), { numRuns: 40, seed: 4 });
});

test('one error more never speaks less for a rollback, nor more for a promotion', () => {
  const small = fc.array(fc.tuple(fc.nat(300), fc.nat(3), fc.nat(300), fc.nat(10)), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(small, fc.nat(11), (all, at) => {
    const evidence = (extra: number) => run(all.map(([n0, x0, n1, x1], i): Period => ({
      start: 60 * i, seconds: 60, control: { requests: n0 + 10, errors: x0 }, newcomer: { requests: n1 + 20, errors: x1 + (i === at % all.length ? extra : 0) }, latencySettled: true, certifies: true,
    })), SETTINGS).at(-1)!.verdict.evidence[0];
    const [fewer, more] = [evidence(0), evidence(1)];
    // Under the cap of a period the bets keep their proportions, which moves a little with the counts.
    expect(more.worse).toBeGreaterThanOrEqual(fewer.worse - 0.02);
    expect(more.fine).toBeLessThanOrEqual(fewer.fine);
  }), { numRuns: 150, seed: 5 });
});

test('a larger allowance never rolls back sooner', () => {
  fc.assert(fc.property(fc.nat({ max: 60 }), fc.nat({ max: 20 }), (bad, tenths) => {
    const first = (errorAllowance: number) => run(Array.from({ length: 20 }, (_, i): Period => ({
      start: 60 * i, seconds: 60, control: { requests: 500, errors: 1 }, newcomer: { requests: 500, errors: bad }, latencySettled: true, certifies: false,
    })), { ...SETTINGS, errorAllowance }).findIndex(({ verdict }) => verdict.kind === 'rollback');
    const [strict, lax] = [first(0.002), first(0.002 + tenths / 1000)];
    expect(lax === -1 || (strict !== -1 && strict <= lax)).toBe(true);
  }), { numRuns: 60, seed: 6 });
});
