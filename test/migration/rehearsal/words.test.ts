import { config } from './support';
import type { MigrationState } from '../../../src/migration/core/controller/types';
import { allowanceText, count, duration, gateTexts, longTime, milliseconds, percent, planText, proofText, waitingText } from '../../../src/migration/core/rehearsal/words';

test('durations: seconds near the beginning, then minutes, hours, days', () => {
  expect([0, 29.6, 59, 60, 112, 180, 299, 300, 5400, 86_400, 90_061].map(duration)).toEqual(['0 s', '30 s', '59 s', '1 min', '1 min 52 s', '3 min', '4 min 59 s', '5 min', '1 h 30 min', '1 d', '1 d 1 h 1 min']);
});

test('a reckoning may never end', () => expect([90, Infinity, NaN, 1e15].map(longTime)).toEqual(['1 h 30 min', 'longer than any migration', 'longer than any migration', 'longer than any migration']));

test('percentages are exact at both ends', () => {
  expect([0, 0.0005, 0.123, 0.9995, 1, 0.5, 0.025].map(percent)).toEqual(['0 %', '< 0.1 %', '12.3 %', '> 99.9 %', '100 %', '50 %', '2.5 %']);
});

test('counts with thousands', () => expect([0, 999, 1000, 1_234_567.4].map(count)).toEqual(['0', '999', '1,000', '1,234,567']));

test('a proof may be out of reach', () => expect([12_350, 1e15].map(proofText)).toEqual(['needs 12,350 requests at the newcomer', 'is out of reach of any number of requests']));

test('microseconds', () => expect([50_000, 123_456, 999].map(milliseconds)).toEqual(['50 ms', '123 ms', '0.999 ms']));

describe('accepted errors', () => {
  const text = (state: Partial<MigrationState>, errorAllowance?: number) => allowanceText(config({ limits: { ...config().limits, errorRatio: 2, errorAllowance } }), state as MigrationState);
  const baseline = (errors: number) => ({ from: 0, to: 3600, requests: 100_000, errors, requestsPerMinute: 2, peakRequestsPerMinute: 5 });

  test('raised for thin traffic, and said so', () => {
    expect(text({ errorAllowance: 0.01, baseline: baseline(105) }))
      .toBe('1 % of the requests to inferentia2, or 2 times the errors of gpu (raised from 0.21 %, which this traffic cannot prove in the time of the plan; limits.errorAllowance sets it)');
  });

  test.each<[string, Partial<MigrationState>, number | undefined]>([
    ['as the errors want it', { errorAllowance: 2 * 500 / 100_000, baseline: baseline(500) }, undefined],
    ['as somebody wants it', { errorAllowance: 0.01, baseline: baseline(105) }, 0.01],
    ['without a baseline', { errorAllowance: 0.01 }, undefined],
  ])('%s', (_, state, errorAllowance) => expect(text(state, errorAllowance)).toBe('1 % of the requests to inferentia2, or 2 times the errors of gpu'));

  test('nothing measured, nothing accepted', () => expect(text({})).toBeUndefined());
});

test('what is waited for', () => {
  const gate = (point: 'start' | 'release') => ({ id: 'approval', kind: 'approval', point, timeoutSeconds: 60, onTimeout: 'hold' } as const);
  const advanceWindow = { days: [1], fromMinute: 0, toMinute: 60, timeZone: 'UTC', freezes: [] };
  expect([{}, { gates: [gate('release')] }, { gates: [gate('release'), gate('start')] }, { advanceWindow }, { advanceWindow, gates: [gate('start')] }].map((more) => waitingText(config(more))))
    .toEqual(['', '', ' before waiting for gates', ' before waiting for windows', ' before waiting for windows and gates']);
});

test('gates: the first alarm is the watchdog\'s own', () => {
  const costs = { id: 'cost-full', kind: 'cost', point: 'full', timeoutSeconds: 60, onTimeout: 'hold', fromHourlyPrice: 2, toHourlyPrice: 1, minimumSaving: 0 } as const;
  const alarms = ['watchdog', 'orders', 'payments'].map((name) => ({ name, rollBack: false }));
  expect(gateTexts(config({ gates: [costs], alarms }), 60)).toEqual(['cost-full before 100 %: 1,000 requests have to cost less at the prices given, 2 (gpu) and 1 (inferentia2) for an instance-hour', 'orders, payments: never in ALARM']);
  expect(gateTexts(config({ alarms: alarms.slice(0, 1) }), 60)).toEqual([]);
});

test('the plan', () => expect(planText(config())).toBe('5, 10, 25, 50, 80 and 100 %, 10 min each, 30 min at 80 %'));
