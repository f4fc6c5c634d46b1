import * as fc from 'fast-check';
import { perMinute, secondsUntilAfter, windowAt } from '../../../src/benchmark/core/other-traffic';

const at = (time: string) => Date.parse(`2026-11-23T${time}Z`);

test('five whole minutes are looked at, the newest two minutes old', () => {
  expect(windowAt(at('12:10:00'))).toEqual({ from: at('12:03:00'), to: at('12:08:00') });
  expect(windowAt(at('12:10:59.999'))).toEqual({ from: at('12:03:00'), to: at('12:08:00') });
  expect(perMinute(60)).toBe(12);
});

test('what was sent before a moment is out of sight 7 to 8 minutes later, and not earlier', () => {
  expect(secondsUntilAfter(at('12:00:00'), at('12:00:00'))).toBe(420);
  expect(secondsUntilAfter(at('12:00:01'), at('12:00:01'))).toBe(479);
  expect(secondsUntilAfter(at('12:00:01'), at('12:08:00'))).toBe(0);
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e6 }), (moment, later) => {
    const now = moment + later;
    const wait = secondsUntilAfter(moment, now);
    expect(wait).toBeLessThanOrEqual(480);
    expect(windowAt(now + wait * 1000).from).toBeGreaterThanOrEqual(moment);
    if (wait > 1) expect(windowAt(now + (wait - 1) * 1000).from).toBeLessThan(moment);
  }));
});
