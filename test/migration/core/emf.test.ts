import type { GateConfig, MigrationEvent, MigrationState } from '../../../src/migration/core/controller/types';
import { emfOf, needsAttention } from '../../../src/migration/core/emf';
import { UNREACHABLE, type MetricEvidence, type Period, type Verdict } from '../../../src/migration/core/judge/types';
import { config, NOON, state } from '../runtime/config';

const CONFIG = config();

function period(control: number, newcomer: number, errors: number): Period {
  return { start: NOON, seconds: 60, control: { requests: control, errors: 1 }, newcomer: { requests: newcomer, errors }, latencySettled: true, certifies: false };
}

function verdict(evidence: readonly (readonly [worse: number, fine: number])[], requestsNeeded: number): Verdict {
  const tally = { bad: 0, total: 0 };
  return {
    kind: 'hold',
    reason: 'r',
    requestsNeeded,
    evidence: evidence.map(([worse, fine]): MetricEvidence => ({ metric: 'errors', control: tally, newcomer: tally, worse, fine, requestsNeeded })),
  };
}

const event = (name: MigrationEvent['name']): MigrationEvent => ({ name, message: 'm', page: false, detail: {} });
const metricsOf = (line: any) => line._aws.CloudWatchMetrics[0].Metrics.map(({ Name, Unit }: any) => [Name, Unit, line[Name]]);

test('a tick that judged', () => {
  const line: any = emfOf({
    config: CONFIG, state: state({ verdict: verdict([[0.25, 0.5], [0.75, 0.125]], 480) }), now: NOON, periods: [period(850, 100, 3), period(0, 50, 1)], events: [event('StepPassed')],
  });
  expect(line._aws).toEqual({ Timestamp: NOON * 1000, CloudWatchMetrics: [{ Namespace: 'CdkAccelerators/TrafficMigration', Dimensions: [['Migration']], Metrics: expect.anything() }] });
  expect(metricsOf(line)).toEqual([
    ['WantedShare', 'Percent', 10], ['RealisedShare', 'Percent', 15], ['EvidenceAgainst', 'Percent', 75], ['EvidenceFor', 'Percent', 12.5], ['RequestsNeeded', 'Count', 480],
    ['JudgedRequests', 'Count', 150], ['JudgedErrors', 'Count', 4], ['Step', 'None', 1], ['NeedsAttention', 'Count', 0], ['Rollbacks', 'Count', 0], ['Promotions', 'Count', 0],
  ]);
  const { Migration, endpoint, run, phase } = line;
  expect({ Migration, endpoint, run, phase }).toEqual({ Migration: 'to-inf2', endpoint: 'web', run: 'run-1', phase: 'judge' });
});

test('what is not known is left out: nothing judged, no verdict', () => {
  const line: any = emfOf({ config: CONFIG, state: state(), now: NOON, periods: [], events: [] });
  expect(metricsOf(line).map(([name]: string[]) => name)).toEqual(['WantedShare', 'Step', 'NeedsAttention', 'Rollbacks', 'Promotions']);
  expect(JSON.parse(JSON.stringify(line))).toEqual(line);
});

test('a period without a request has counts, and no share', () => {
  const line: any = emfOf({ config: CONFIG, state: state(), now: NOON, periods: [period(0, 0, 0)], events: [] });
  expect([line.JudgedRequests, line.JudgedErrors, line.RealisedShare]).toEqual([0, 0, undefined]);
});

test('what no number of requests certifies is no number', () => {
  const needed = (value: number) => (emfOf({ config: CONFIG, state: state({ verdict: verdict([[1, 0]], value) }), now: NOON, periods: [], events: [] }) as any).RequestsNeeded;
  expect([0, 12.5, UNREACHABLE - 1, UNREACHABLE, NaN].map(needed)).toEqual([0, 12.5, UNREACHABLE - 1, undefined, undefined]);
});

test('rollbacks and promotions are counted once, when they are decided', () => {
  const of = (...names: MigrationEvent['name'][]) => {
    const line: any = emfOf({ config: CONFIG, state: state(), now: NOON, periods: [], events: names.map(event) });
    return [line.Rollbacks, line.Promotions];
  };
  expect(of('RollbackStarted')).toEqual([1, 0]);
  expect(of('RolledBack')).toEqual([0, 0]);
  expect(of('Promoted', 'Holding')).toEqual([0, 1]);
});

describe('somebody has to look', () => {
  const gate = (kind: 'approval' | 'cost'): GateConfig => ({ id: 'g', point: 'step', timeoutSeconds: 60, onTimeout: 'hold', ...kind === 'approval' ? { kind } : { kind, fromHourlyPrice: 1, toHourlyPrice: 1, minimumSaving: 0.1 } });
  const at = (overrides: Partial<MigrationState>, kind: 'approval' | 'cost' = 'approval') => needsAttention(config({ gates: [gate(kind)] }), state(overrides), NOON);

  test.each<[string, Partial<MigrationState>]>([
    ['paused', { paused: { by: 'drift', why: 'w', since: NOON } }],
    ['blocked', { phase: 'rollback', blockedSince: NOON }],
    ['without a judge', { judgeFailures: 1 }],
    ['at a gate that a person opens', { phase: 'gate', gate: { id: 'g', since: NOON, token: 't' } }],
    ['too long in a step', { stepSince: NOON - 14401 }],
    ['too long on the way', { started: NOON - 172801 }],
    ...['requests', 'silent', 'suspicious', 'judge'].map((holding): [string, Partial<MigrationState>] => [`beyond the fallback window, for ${holding}`, { phase: 'window', share: 100, windowSince: NOON - 86400, holding }]),
  ])('%s', (_, overrides) => {
    expect(at(overrides)).toBe(true);
    expect(at({ ...overrides, phase: 'ended' })).toBe(false);
  });

  test.each<[string, Partial<MigrationState>]>([
    ['judging', {}],
    ['exactly as long in a step as it may', { stepSince: NOON - 14400 }],
    ['long after the promotion', { phase: 'window', share: 100, started: NOON - 500_000, stepSince: NOON - 400_000 }],
    ['in the fallback window without requests', { phase: 'window', share: 100, windowSince: NOON - 86399, holding: 'silent' }],
    ['beyond it in somebody else\'s update', { phase: 'window', share: 100, windowSince: NOON - 90000, holding: 'busy' }],
    ['at a gate after the promotion that nobody opens', { phase: 'gate', share: 100, started: NOON - 500_000 }],
    ['at a gate that is gone from the config', { phase: 'gate', gate: { id: 'other', since: NOON, token: 't' } }],
    ['rolling back after a long time', { phase: 'rollback', share: 0, started: NOON - 172801 }],
  ])('not %s', (_, overrides) => expect(at(overrides)).toBe(false));

  test('not at a gate that opens by itself', () => expect(at({ phase: 'gate', gate: { id: 'g', since: NOON, token: 't' } }, 'cost')).toBe(false));
});
