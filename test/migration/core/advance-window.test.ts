import * as fc from 'fast-check';
import { opensAt, windowOpen } from '../../../src/migration/core/advance-window';
import type { WindowConfig } from '../../../src/migration/core/controller';

const BERLIN: WindowConfig = { days: [1, 2, 3, 4, 5], fromMinute: 540, toMinute: 1020, timeZone: 'Europe/Berlin', freezes: [] };
const at = (iso: string) => Date.parse(iso) / 1000;

describe('the advance window', () => {
  it.each([
    ['2026-11-23T07:59:59Z', false], // a Monday, 8:59 in winter
    ['2026-11-23T08:00:00Z', true],
    ['2026-11-23T15:59:59Z', true],
    ['2026-11-23T16:00:00Z', false],
    ['2026-11-22T12:00:00Z', false], // Sunday
    ['2026-07-20T07:00:00Z', true], // 9:00 in summer
    ['2026-07-20T15:00:00Z', false], // 17:00 in summer
  ])('at %s is open: %s', (time, open) => {
    expect(windowOpen(BERLIN, at(time))).toBe(open);
  });

  it('is always open where there is none', () => {
    expect(windowOpen(undefined, 0)).toBe(true);
  });

  it('keeps the hour on the wall over the change to summer time', () => {
    const sunday = { ...BERLIN, days: [0] };
    // 2026-03-29: at 2:00 clocks go to 3:00.
    expect([windowOpen(sunday, at('2026-03-29T06:59:00Z')), windowOpen(sunday, at('2026-03-29T07:00:00Z'))]).toEqual([false, true]);
    // 2026-10-25: at 3:00 clocks go back to 2:00.
    expect([windowOpen(sunday, at('2026-10-25T07:59:00Z')), windowOpen(sunday, at('2026-10-25T08:00:00Z'))]).toEqual([false, true]);
  });

  it('knows hours that exist twice: both are inside', () => {
    const night = { ...BERLIN, days: [0], fromMinute: 120, toMinute: 180 };
    expect(['2026-10-24T23:59:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z'].map((time) => windowOpen(night, at(time)))).toEqual([false, true, true, false]);
  });

  it('over midnight belongs to the day on which it begins', () => {
    const friday = { ...BERLIN, days: [5], fromMinute: 1320, toMinute: 360 };
    expect(windowOpen(friday, at('2026-11-27T21:30:00Z'))).toBe(true);
    expect(windowOpen(friday, at('2026-11-28T04:59:00Z'))).toBe(true);
    expect(windowOpen(friday, at('2026-11-28T05:00:00Z'))).toBe(false);
    expect(windowOpen(friday, at('2026-11-27T04:00:00Z'))).toBe(false);
  });

  it('is closed on frozen days of the zone, both ends inside', () => {
    const frozen = { ...BERLIN, days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 1440, freezes: [{ from: '2026-12-24', to: '2026-12-26' }] };
    expect(['2026-12-23T22:59:00Z', '2026-12-23T23:00:00Z', '2026-12-26T22:59:00Z', '2026-12-26T23:00:00Z'].map((time) => windowOpen(frozen, at(time)))).toEqual([true, false, false, true]);
  });

  it('says when it opens', () => {
    expect(opensAt(BERLIN, at('2026-11-27T17:00:00Z'))).toBe(at('2026-11-30T08:00:00Z'));
    expect(opensAt({ ...BERLIN, freezes: [{ from: '2026-11-30', to: '2026-12-01' }] }, at('2026-11-27T17:00:00Z'))).toBe(at('2026-12-02T08:00:00Z'));
    expect(opensAt({ ...BERLIN, days: [] }, at('2026-11-27T17:00:00Z'))).toBeUndefined();
  });

  it('opens at a time that is open, and not before', () => {
    fc.assert(fc.property(
      fc.integer({ min: 0, max: 700 * 86400 }), fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }), fc.integer({ min: 0, max: 90 }), fc.integer({ min: 1, max: 6 }),
      fc.constantFrom('UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'),
      (offset, days, from, length, timeZone) => {
        const window = { days, fromMinute: from * 15, toMinute: Math.min(1440, from * 15 + length * 15), timeZone, freezes: [] };
        const now = at('2026-01-01T00:00:00Z') + offset;
        const opens = opensAt(window, now)!;
        expect(windowOpen(window, opens)).toBe(true);
        for (let time = Math.ceil(now / 900) * 900; time < opens; time += 900) expect(windowOpen(window, time)).toBe(false);
      },
    ), { numRuns: 30 });
  });
});
