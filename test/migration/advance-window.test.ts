import { AdvanceWindow, Weekday } from '../../src/migration';

const BERLIN = { opens: '09:00', closes: '17:00', timeZone: 'Europe/Berlin' };
const rendered = (window: AdvanceWindow) => window._render();

describe('a window on', () => {
  test.each<[string, AdvanceWindow, number[]]>([
    ['weekdays', AdvanceWindow.weekdays(BERLIN), [1, 2, 3, 4, 5]],
    ['all days', AdvanceWindow.daily(BERLIN), [0, 1, 2, 3, 4, 5, 6]],
    ['some days, sorted and each once', AdvanceWindow.days([Weekday.SATURDAY, Weekday.SUNDAY, Weekday.SATURDAY], BERLIN), [0, 6]],
    ['one day', AdvanceWindow.days([Weekday.WEDNESDAY], BERLIN), [3]],
  ])('%s', (_, window, days) => {
    expect(rendered(window)).toEqual({ days, fromMinute: 540, toMinute: 1020, timeZone: 'Europe/Berlin', freezes: [] });
  });

  test('any time', () => {
    expect(rendered(AdvanceWindow.always())).toEqual({ days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 1440, timeZone: 'UTC', freezes: [] });
  });
});

test.each([
  ['from midnight', { closes: '06:30' }, 0, 390],
  ['to midnight', { opens: '22:15' }, 1335, 1440],
  ['all day', {}, 0, 1440],
  ['all day, said', { opens: '00:00', closes: '24:00' }, 0, 1440],
  ['one minute', { opens: '23:58', closes: '23:59' }, 1438, 1439],
])('hours %s', (_, hours, from, to) => {
  expect(rendered(AdvanceWindow.daily({ ...hours, timeZone: 'UTC' }))).toMatchObject({ fromMinute: from, toMinute: to });
});

test.each(['UTC', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'Australia/Lord_Howe'])('zone %s', (timeZone) => {
  expect(rendered(AdvanceWindow.daily({ timeZone })).timeZone).toBe(timeZone);
});

test('freezes add up, and the window they were added to stays as it was', () => {
  const open = AdvanceWindow.weekdays(BERLIN);
  const frozen = open.freeze('2027-12-20', '2028-01-06').freeze('2028-02-29', '2028-02-29');
  expect(rendered(frozen).freezes).toEqual([{ from: '2027-12-20', to: '2028-01-06' }, { from: '2028-02-29', to: '2028-02-29' }]);
  expect(rendered(frozen)).toMatchObject({ days: [1, 2, 3, 4, 5], fromMinute: 540 });
  expect(rendered(open).freezes).toEqual([]);
});

test('a freeze of a leap year is the longest one', () => {
  expect(rendered(AdvanceWindow.always().freeze('2028-01-01', '2028-12-31')).freezes).toHaveLength(1);
  expect(() => AdvanceWindow.always().freeze('2028-01-01', '2029-01-01')).toThrow('367 days: a window that never opens');
});
