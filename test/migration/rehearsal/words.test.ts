import { config } from './support';
import { count, duration, longTime, milliseconds, percent, planText, proofText } from '../../../src/migration/core/rehearsal/words';

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

test('the plan', () => expect(planText(config())).toBe('5, 10, 25, 50, 80 and 100 %, 10 min each, 30 min at 80 %'));
