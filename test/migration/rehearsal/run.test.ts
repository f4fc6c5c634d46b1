import { config, scenario, START, WORDS } from './support';
import { rehearse } from '../../../src/migration/core/rehearsal/report';
import { rehearseSeed } from '../../../src/migration/core/rehearsal/run';
import type { Fault, Scenario } from '../../../src/migration/core/rehearsal/scenario';

const all = (faults: Fault[], seeds = 8, overrides: Partial<Scenario> = {}) => rehearse(config(), scenario({ faults, maxSeconds: 86400, ...overrides }), WORDS, seeds);
const outcomes = (report: ReturnType<typeof all>) => Object.fromEntries(report.outcomes.map(({ outcome, seeds }) => [outcome, seeds]));

test('the same seed is the same run, another one is another', () => {
  const run = (seed: number) => rehearseSeed(config(), scenario(), seed, true);
  expect(run(3)).toEqual(run(3));
  expect(run(4).timeline!.points).not.toEqual(run(3).timeline!.points);
});

test('writing everything down changes nothing', () => {
  expect(rehearseSeed(config(), scenario(), 5, true).result).toEqual(rehearseSeed(config(), scenario(), 5).result);
});

describe('outcomes', () => {
  test('a good newcomer is promoted, after the dwells and the bake', () => {
    const report = all([]);
    expect(outcomes(report)).toEqual({ promoted: 8 });
    expect(report.decidedSeconds.median).toBeGreaterThan(70 * 60);
    expect(report.decidedSeconds.median).toBeLessThan(120 * 60);
    expect(report.rollbackSeconds).toBeUndefined();
    expect(report.shown.timeline.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['MigrationStarted', 'StepStarted', 'StepPassed', 'Promoted', 'FallbackWindowEnded']));
    expect(report.shown.timeline.shares.map(({ share }) => share)).toEqual([0, 5, 10, 25, 50, 80, 100]);
  });

  test('50 % errors: rolled back within three minutes of the first request, at most 125 bad requests', () => {
    const report = all([{ kind: 'errors', rate: 0.5 }], 30);
    expect(outcomes(report)).toEqual({ rolledBack: 30 });
    expect(report.rollbackSeconds!.p90).toBeLessThanOrEqual(180);
    expect(report.extraBad.p90).toBeLessThanOrEqual(125);
    expect(report.extraBad.median).toBeGreaterThan(20);
    expect(report.outcomes[0].reason).toMatch(/^errors: newcomer/);
  });

  test('nobody calls: refused after it has waited for a baseline, and nothing was moved', () => {
    const report = all([{ kind: 'noTraffic' }], 2);
    expect(outcomes(report)).toEqual({ refused: 2 });
    expect(report.plan).toBeUndefined();
    expect(report.shown.timeline.shares.map(({ share }) => share)).toEqual([0]);
  });

  test('traffic that ends on the way: held to the end, neither back nor on', () => {
    const report = all([{ kind: 'noTraffic', from: 1200 }], 2);
    expect(outcomes(report)).toEqual({ running: 2 });
    expect(report.decidedSeconds.median).toBe(86400);
    expect(report.outcomes[0].reason).not.toBe('');
    const shares = report.shown.timeline.shares.map(({ share }) => share);
    expect(shares[shares.length - 1]).toBeGreaterThan(0);
    expect(shares).not.toContain(100);
  });

  test('an outage of both is waited for', () => expect(outcomes(all([{ kind: 'outage', rate: 0.08, from: 1200, until: 1800 }]))).toEqual({ promoted: 8 }));

  test('a cold start is no reason to roll back', () => expect(outcomes(all([{ kind: 'coldStart', share: 0.1, factor: 10, seconds: 240 }]))).toEqual({ promoted: 8 }));

  test('a leak is', () => expect(outcomes(all([{ kind: 'leak', perMinute: 0.01 }]))).toEqual({ rolledBack: 8 }));

  test('instances that answer less than thought are', () => expect(outcomes(all([{ kind: 'capacity', requestsPerMinute: 400 }]))).toEqual({ rolledBack: 8 }));

  test('half as slow again is', () => expect(outcomes(all([{ kind: 'latency', factor: 1.4 }]))).toEqual({ rolledBack: 8 }));

  test('a gate that somebody opens after an hour takes an hour', () => {
    const gates = [{ id: 'ask', point: 'start', kind: 'approval', timeoutSeconds: 86400, onTimeout: 'hold' }] as const;
    const report = rehearse(config({ gates }), scenario({ approvalSeconds: 3600 }), WORDS, 2);
    expect(outcomes(report)).toEqual({ promoted: 2 });
    expect(report.shown.timeline.shares[1].seconds).toBeGreaterThanOrEqual(3600);
    expect(report.shown.timeline.shares[1].seconds).toBeLessThan(3800);
  });

  test('a dry run moves nothing', () => {
    const report = rehearse(config({ policies: { dryRun: true } }), scenario(), WORDS, 2);
    expect(outcomes(report)).toEqual({ dryRun: 2 });
    expect(report.shown.timeline.points.every(({ realised }) => realised === 0)).toBe(true);
  });
});

test('what is slower does not hide what fails', () => {
  // Twice as fast as it has to be, and 3 % errors: the errors count in full.
  const report = rehearse(config(), scenario({ to: { ...scenario().to, latencyFactor: 0.5, errorRate: 0.03 } }), WORDS, 4);
  const { result } = report.shown;
  expect(result.newcomerRequests).toBeGreaterThan(100);
  // Of 3 % the other variant has 0.1 % as well.
  expect(result.extraBad).toBe(Math.round(result.newcomerRequests * 0.029));
});

test('the seed that is shown is the first one that ended as most did; progress counts the seeds', () => {
  const done: number[] = [];
  const report = rehearse(config(), scenario({ faults: [{ kind: 'errors', rate: 0.02 }] }), WORDS, 5, (seed) => done.push(seed));
  expect(done).toEqual([1, 2, 3, 4, 5]);
  expect(report.shown.result.outcome).toBe(report.outcomes[0].outcome);
  expect(report.shown.result.seed).toBe(1);
});

test('the timeline: a point a minute, verdicts in order, at most one a period', () => {
  const { timeline } = rehearseSeed(config(), scenario(), 1, true);
  expect(timeline!.points.slice(0, 3).map(({ seconds }) => seconds)).toEqual([60, 120, 180]);
  const times = timeline!.verdicts.map(({ seconds }) => seconds);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.length).toBeLessThanOrEqual(timeline!.points.length);
  expect(timeline!.verdicts.every(({ against, inFavour }) => against >= 0 && against <= 1 && inFavour >= 0 && inFavour <= 1)).toBe(true);
});

test('measured traffic: the errors of the history are the baseline', () => {
  const rows = Array.from({ length: 180 }, (_, i) => ({ requests: 1000, errors: i % 2 === 0 ? 20 : 4, p50: 40_000, p95: 80_000 }));
  const { timeline, result } = rehearseSeed(config(), scenario({ traffic: { kind: 'history', history: { start: START, periodSeconds: 60, rows } }, from: { latencyFactor: 1, clump: 1 }, to: { latencyFactor: 1.1, clump: 1 } }), 1, true);
  expect(result.outcome).toBe('promoted');
  const { errors, requests, p95 } = timeline!.state.baseline!;
  expect(errors / requests).toBeCloseTo(0.012, 2);
  expect(p95! / 80_000).toBeCloseTo(1, 1);
});
