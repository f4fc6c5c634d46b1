import { Bench, LATENCY, period, SETTINGS } from './support';
import { judge, newJudge, UNREACHABLE } from '../../../../src/migration/core/judge/judge';

describe('a rollback', () => {
  it('of a model that fails half of its requests from the first one takes one period', () => {
    const bench = new Bench();
    expect(bench.until([950, 1], [50, 25], 50)).toBe(1);
    expect(bench.verdict).toEqual({
      kind: 'rollback',
      metric: 'errors',
      reason: 'errors: newcomer 25 of 50 (50 %) in 1 period, control 1 of 950 (0.11 %), 480 times the control\'s; allowed: 2 times the control\'s or 0.2 %',
      evidence: [{ metric: 'errors', control: { bad: 1, total: 950 }, newcomer: { bad: 25, total: 50 }, worse: 1, fine: 0, requestsNeeded: UNREACHABLE }],
      requestsNeeded: UNREACHABLE,
    });
  });

  test.each([[5, 3], [10, 3], [16, 3], [17, 1]])('with %p errors of 50 takes %p periods', (errors, periods) => {
    expect(new Bench().until([950, 1], [50, errors], 50)).toBe(periods);
  });

  it('needs fifteen errors to call a model broken at once', () => {
    expect(new Bench().until([100, 0], [14, 14], 50)).toBe(2);
    expect(new Bench().until([100, 0], [15, 15], 50)).toBe(1);
  });

  it('of a model that served well before takes more than one bad period, however bad', () => {
    const bench = new Bench().many(60, [950, 1], [50, 0]);
    expect(bench.until([950, 1], [50, 50], 50)).toBe(3);
  });

  it('says since when, not since the beginning', () => {
    const bench = new Bench().many(60, [500, 0.5], [500, 0.5]);
    bench.until([500, 0.5], [500, 15], 50);
    expect(bench.verdict.reason).toBe('errors: newcomer 45 of 1,500 (3 %) in 3 periods, control 1.5 of 1,500 (0.1 %), 30 times the control\'s; allowed: 2 times the control\'s or 0.2 %');
    expect(bench.verdict.evidence[0].newcomer).toEqual({ bad: 75, total: 31500 });
  });

  it('for latency takes four periods, and names the percentile', () => {
    const bench = new Bench(LATENCY);
    expect(bench.until([500, 0.5, 25, 5], [500, 0.5, 100, 5], 50)).toBe(4);
    expect(bench.verdict).toMatchObject({
      metric: 'latencyP95',
      reason: 'latency p95: newcomer 400 of 2,000 (20 %) in 4 periods, control 100 of 2,000 (5 %), 4 times the control\'s; allowed: the control\'s share or 5 %',
    });
    const tail = new Bench(LATENCY);
    tail.until([500, 0.5, 25, 5], [500, 0.5, 20, 20], 50);
    expect(tail.verdict).toMatchObject({ kind: 'rollback', metric: 'latencyP99' });
  });

  it('needs both: worse than the control and worse than the allowance', () => {
    // Twice the control's rate and far above the allowance; above twice, and below the allowance.
    expect(new Bench().until([500, 40], [500, 80], 300)).toBe(Infinity);
    expect(new Bench().until([500, 0], [500, 0.9], 300, { certifies: false })).toBe(Infinity);
    expect(new Bench().until([500, 5], [500, 60], 300)).toBe(3);
  });
});

describe('what must not roll back', () => {
  it('is a bad minute, on one period or across two', () => {
    for (const minutes of [1, 2]) {
      const bench = new Bench().many(20, [500, 0.5], [500, 0.5]);
      for (let i = 0; i < minutes; i++) expect(bench.see([500, 0.5], [500, 100 / minutes]).kind).toBe('hold');
      expect(bench.until([500, 0.5], [500, 0.5], 100, { certifies: false })).toBe(Infinity);
    }
  });

  it('is a cold start of four minutes, two of them in the warm-up, at every step', () => {
    const bench = new Bench(LATENCY);
    for (let step = 0; step < 5; step++) {
      for (let minute = 0; minute < 10; minute++) {
        const cold = minute < 4;
        expect(bench.see([500, 0.5, 25, 5], [500, 0.5, cold ? 60 : 13, cold ? 52 : 2], { latencySettled: minute >= 2, certifies: false }).kind).toBe('hold');
      }
    }
  });

  it('is an outage of both after hours in which only the newcomer had errors', () => {
    const bench = new Bench().many(240, [500, 0], [500, 0.75], { certifies: false });
    for (let i = 0; i < 30; i++) expect(bench.see([500, 40], [500, 40], { certifies: false }).kind).toBe('hold');
    expect(bench.verdict.evidence[0].worse).toBe(0);
    expect(bench.until([500, 0], [500, 0.75], 100, { certifies: false })).toBe(Infinity);
  });

  test.each([[200, 0.01, 1.6], [200, 0.02, 2], [500, 0.02, 1.6], [500, 0.2, 2]])('is an outage with %p requests and %p errors, the newcomer %p times as many, after such hours', (n, rate, times) => {
    const bench = new Bench().many(240, [n, 0], [n, 0.0019 * n], { certifies: false });
    for (let i = 0; i < 60; i++) {
      expect(bench.see([n, rate * n], [n, rate * n * times], { certifies: false }).kind).toBe('hold');
      expect(bench.verdict.evidence[0].worse).toBeLessThan(0.9);
    }
  });

  it('is a few slightly worse minutes of very many requests, which chance does not explain and noise does', () => {
    const bench = new Bench(LATENCY).many(8, [50_000, 50, 2500, 500], [50_000, 50, 3000, 550], { certifies: false });
    expect(bench.verdict.kind).toBe('hold');
    expect(new Bench().until([500_000, 500], [500_000, 1400], 8, { certifies: false })).toBe(Infinity);
    // Worse for long is worse.
    expect(new Bench(LATENCY).until([50_000, 50, 2500, 500], [50_000, 50, 4500, 550], 60, { certifies: false })).toBe(16);
  });

  it('is a control that cannot be compared with', () => {
    expect(new Bench().until([0, 0], [500, 100], 100)).toBe(Infinity);
  });

  it('is slowness during the warm-up', () => {
    expect(new Bench(LATENCY).until([500, 0.5, 25, 5], [500, 0.5, 400, 400], 100, { latencySettled: false })).toBe(Infinity);
  });
});

describe('a promotion', () => {
  it('needs evidence for the errors', () => {
    const bench = new Bench();
    expect(bench.until([200, 0.2], [800, 0.8], 100)).toBe(15);
    expect(bench.verdict).toEqual({
      kind: 'promote',
      reason: 'proven within the limits: errors newcomer 12 of 12,000 (0.1 %), control 3 of 3,000 (0.1 %)',
      evidence: [{ metric: 'errors', control: { bad: 3, total: 3000 }, newcomer: { bad: 12, total: 12000 }, worse: 0, fine: 1, requestsNeeded: 0 }],
      requestsNeeded: 0,
    });
  });

  it('needs it for both percentiles too', () => {
    const bench = new Bench(LATENCY);
    expect(bench.until([200, 0.2, 10, 2], [800, 0.8, 22, 4], 100)).toBe(15);
    expect(bench.verdict.reason).toBe('proven within the limits: errors newcomer 12 of 12,000 (0.1 %), control 3 of 3,000 (0.1 %); latency p95 newcomer 330 of 12,000 (2.8 %), '
      + 'control 150 of 3,000 (5 %); latency p99 newcomer 60 of 12,000 (0.5 %), control 30 of 3,000 (1 %)');
    expect(new Bench(LATENCY).until([200, 0.2, 10, 2], [800, 0.8, 22, 8], 200)).toBe(Infinity);
  });

  it('is not made without latency, when latency is to be judged', () => {
    const bench = new Bench(LATENCY);
    expect(bench.until([200, 0.2], [800, 0.8], 200)).toBe(Infinity);
    expect(bench.verdict.metric).toBe('latencyP99');
    expect(bench.verdict.reason).toMatch(/^latency p99: no latency of the newcomer judged yet; allowed: the control's share or 1 %; about \d+ more requests of the newcomer needed$/);
  });

  it('is not made from periods that do not certify, nor from an absence of failures', () => {
    expect(new Bench().until([500, 0.5], [500, 0], 200, { certifies: false })).toBe(Infinity);
    expect(new Bench().until([500, 0.5], [0, 0], 200)).toBe(Infinity);
  });

  it('takes three minutes at the least, whatever the traffic', () => {
    expect(new Bench().until([5e6, 5e3], [5e6, 0], 50)).toBe(3);
    expect(new Bench().until([5e6, 5e3], [5e6, 5e3], 50)).toBeGreaterThanOrEqual(3);
    expect(new Bench().until([5e5, 5e2], [5e5, 0], 500, { seconds: 6 })).toBe(30);
  });

  it('is not made from an outage that both share, which neither takes evidence away', () => {
    const bench = new Bench().many(5, [200, 0.2], [800, 0.8]);
    const before = bench.verdict.evidence[0].fine;
    bench.many(10, [200, 16], [800, 64]);
    expect(bench.verdict.kind).toBe('hold');
    expect(bench.verdict.evidence[0].fine).toBeGreaterThanOrEqual(before);
    expect(bench.verdict.evidence[0].fine).toBeLessThan(before + 0.05);
    // Some minutes pass before the control is trusted again.
    expect(bench.until([200, 0.2], [800, 0.8], 100)).toBe(17);
  });

  it('is made by comparison when the control has more errors than is allowed', () => {
    expect(new Bench().until([500, 6], [500, 6], 200)).toBeLessThan(120);
    expect(new Bench().until([500, 6], [500, 12], 200)).toBe(Infinity);
  });

  it('is taken back when errors begin, however much good evidence there was', () => {
    const bench = new Bench().many(1000, [200, 0.2], [800, 0]);
    expect(bench.verdict.kind).toBe('promote');
    expect(bench.see([200, 0.2], [800, 24]).kind).toBe('hold');
    expect(bench.until([200, 0.2], [800, 24], 100)).toBe(4);
    expect(bench.verdict.kind).toBe('rollback');
  });

  it('can be earned anew after a bad time, with more evidence', () => {
    const bench = new Bench().many(2, [200, 0.2], [800, 80]);
    expect(bench.verdict.kind).toBe('hold');
    const again = bench.until([200, 0.2], [800, 0], 200);
    expect(again).toBeGreaterThanOrEqual(15);
    expect(again).toBeLessThan(60);
  });

  it('is not earned between bad minutes that come back', () => {
    const bench = new Bench();
    for (let i = 0; i < 400; i++) expect(bench.see([200, 0.2], [800, i % 10 === 4 ? 80 : 0.8]).kind).not.toBe('promote');
  });
});

describe('holding', () => {
  it('says that nothing was seen', () => {
    const bench = new Bench();
    bench.see([0, 0], [0, 0]);
    expect(bench.verdict).toEqual({
      kind: 'hold',
      metric: 'errors',
      reason: 'errors: no requests of the newcomer judged yet; allowed: 2 times the control\'s or 0.2 %; about 11,752 more requests of the newcomer needed',
      evidence: [{ metric: 'errors', control: { bad: 0, total: 0 }, newcomer: { bad: 0, total: 0 }, worse: 0, fine: 0, requestsNeeded: 11752 }],
      requestsNeeded: 11752,
    });
  });

  it('says how many requests are needed at the rate seen', () => {
    const bench = new Bench().many(5, [500, 0.5], [500, 0.5]);
    expect(bench.verdict.reason).toBe('errors: newcomer 2.5 of 2,500 (0.1 %), control 2.5 of 2,500 (0.1 %); allowed: 2 times the control\'s or 0.2 %; about 9,252 more requests of the newcomer needed');
    expect(bench.verdict.requestsNeeded).toBe(9252);
    bench.many(5, [500, 0.5], [500, 0.5]);
    expect(bench.verdict.requestsNeeded).toBe(6751);
  });

  it('says so when no number of requests is enough', () => {
    const bench = new Bench().many(5, [500, 0.5], [500, 1.5]);
    expect(bench.verdict).toMatchObject({ kind: 'hold', requestsNeeded: UNREACHABLE });
    expect(bench.verdict.reason).toBe('errors: newcomer 7.5 of 2,500 (0.3 %), control 2.5 of 2,500 (0.1 %); allowed: 2 times the control\'s or 0.2 %; no number of requests at this rate proves it');
  });
});

describe('guarding after the promotion', () => {
  it('rolls back by the allowance and the frozen baseline, without a control', () => {
    const bench = new Bench();
    expect(bench.until([0, 0], [1000, 20], 50, {}, 'guard')).toBe(3);
    expect(bench.verdict.reason).toBe('errors: newcomer 60 of 3,000 (2 %) in 3 periods; allowed: 0.2 %');
    expect(new Bench({ ...SETTINGS, baselineErrorRate: 0.03 }).until([0, 0], [1000, 50], 100, {}, 'guard')).toBe(Infinity);
    expect(new Bench({ ...SETTINGS, baselineErrorRate: 0.03 }).until([0, 0], [1000, 150], 100, {}, 'guard')).toBe(3);
  });

  it('never promotes', () => {
    const bench = new Bench().many(30, [200, 0.2], [800, 0.8]);
    expect(bench.verdict.kind).toBe('promote');
    expect(bench.see([0, 0], [1000, 1], {}, 'guard').kind).toBe('hold');
    expect(bench.verdict.reason).toBe('errors: newcomer 25 of 25,000 (0.1 %), control 6 of 6,000 (0.1 %); allowed: 0.2 %; nothing speaks for a rollback');
  });

  it('goes on with what it knows', () => {
    expect(new Bench().many(200, [200, 0.2], [800, 0.8]).until([0, 0], [1000, 30], 50, {}, 'guard')).toBe(3);
  });
});

describe('periods', () => {
  it('are judged once', () => {
    const bench = new Bench().many(3, [500, 0.5], [500, 3]);
    for (const index of [2, 1, 0, -1]) {
      const again = judge(bench.state, period(index, [500, 0], [500, 500]), SETTINGS);
      expect(again.state).toBe(bench.state);
      expect(again.verdict).toEqual(bench.verdict);
    }
    expect(judge(bench.state, { ...period(9, [1, 1], [1, 1]), start: NaN }, SETTINGS).state).toBe(bench.state);
  });

  it('of ten seconds count for less than minutes, and together for as much', () => {
    const bench = new Bench().many(60, [160, 0], [160, 0], { seconds: 10 });
    expect(bench.until([160, 0], [160, 16], 100, { seconds: 10 })).toBeGreaterThan(12);
  });

  it('without a length that makes sense count as minutes', () => {
    const normal = new Bench().many(5, [500, 0.5], [500, 3]);
    for (const seconds of [0, NaN, -60, Infinity]) expect(new Bench().many(5, [500, 0.5], [500, 3], { seconds }).state).toEqual(normal.state);
  });
});

describe('the state', () => {
  it('is small JSON, also at its largest', () => {
    const bench = new Bench(LATENCY).many(500, [123456.7, 123.4, 6172.8, 1234.5], [123456.7, 1234.5, 12345.6, 4321.9]);
    expect(JSON.stringify(bench.state).length).toBeLessThan(1500);
    expect(JSON.parse(JSON.stringify(bench.state))).toEqual(bench.state);
    expect(JSON.stringify(newJudge()).length).toBeLessThan(700);
  });

  it('is not changed by a period but replaced', () => {
    const state = Object.freeze(newJudge());
    const before = JSON.stringify(state);
    judge(state, period(0, [500, 5, 5, 5], [500, 50, 50, 50]), LATENCY);
    expect(JSON.stringify(state)).toBe(before);
  });

  it('keeps what it knows of latency when latency is not judged', () => {
    const bench = new Bench(LATENCY).many(3, [500, 0, 25, 5], [500, 0, 60, 10]);
    const { state, verdict } = judge(bench.state, period(3, [500, 0, 25, 5], [500, 0, 60, 10]), SETTINGS);
    expect(state.latencyP95).toEqual(bench.state.latencyP95);
    expect(verdict.evidence.map(({ metric }) => metric)).toEqual(['errors']);
  });
});
