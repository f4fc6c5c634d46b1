import { DAY, HOUR, keptSince, MINUTE, NOW, periodFor, stampOf, windowOf } from '../../../scripts/render-dashboard/time';

test.each<[object, number, number]>([
  [{}, NOW - 3 * HOUR, NOW],
  [{ start: '-PT6H' }, NOW - 6 * HOUR, NOW],
  [{ start: '-P7D' }, NOW - 7 * DAY, NOW],
  [{ start: '-P1W' }, NOW - 7 * DAY, NOW],
  [{ start: '-P1M' }, NOW - 30 * DAY, NOW],
  [{ start: '-P1DT30M', end: '-PT5M' }, NOW - DAY - 30 * MINUTE, NOW - 5 * MINUTE],
  [{ start: '2026-11-01T00:00:00Z', end: '2026-11-02T00:00:00.000Z' }, Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 2)],
  [{ start: '-PT6H', periodOverride: 'auto' }, NOW - 6 * HOUR, NOW],
])('the range of %j', (body, start, end) => expect(windowOf(body)).toEqual({ start, end }));

test('what is no time', () => expect(() => windowOf({ start: 'yesterday' })).toThrow('No time: yesterday'));

test.each<[number, number, number]>([
  [60, HOUR, 60], [60, DAY, 60], [60, DAY + MINUTE, 300], [300, DAY, 300], [60, 7 * DAY, 900], [300, 7 * DAY, 900], [86_400, HOUR, 86_400], [60, 10_000 * DAY, 86_400],
])('a period of %i s in a range of %i ms is %i s', (asked, length, expected) => expect(periodFor(asked, { start: NOW - length, end: NOW })).toBe(expected));

test('a dashboard that obeys its periods', () => {
  const window = windowOf({ start: '-P30D', periodOverride: 'inherit' });
  expect(window).toEqual({ start: NOW - 30 * DAY, end: NOW, inherit: true });
  expect([periodFor(60, window), periodFor(300, window)]).toEqual([60, 300]);
});

test.each([[1, 3 * HOUR], [59, 3 * HOUR], [60, 15 * DAY], [299, 15 * DAY], [300, 63 * DAY], [3599, 63 * DAY], [3600, 455 * DAY], [86_400, 455 * DAY]])('points of %i s are kept for %i ms', (period, kept) =>
  expect(NOW - keptSince(period)).toBe(kept));

test('how a time is written', () => expect(stampOf(NOW)).toBe('2026-11-23 12:00:00'));
