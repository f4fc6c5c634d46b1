import type { WindowConfig } from './controller/types';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const QUARTER = 15 * 60;
/** How far ahead the next opening is looked for. */
const LOOK_AHEAD = 35 * 86400;

/** Making a formatter costs far more than using it. */
const formatters = new Map<string, Intl.DateTimeFormat>();

interface LocalTime {
  readonly day: number;
  readonly minute: number;
  /** `YYYY-MM-DD`. */
  readonly date: string;
}

/** What clocks on the wall say: so 9:00 is 9:00 on both sides of a change to summer time. */
function localTime(timeZone: string, now: number): LocalTime {
  const formatter = formatters.get(timeZone) ?? new Intl.DateTimeFormat('en-US', {
    timeZone, hourCycle: 'h23', weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  });
  formatters.set(timeZone, formatter);
  const parts = Object.fromEntries(formatter.formatToParts(now * 1000).map(({ type, value }) => [type, value]));
  return {
    day: DAYS.indexOf(parts.weekday),
    minute: Number(parts.hour) * 60 + Number(parts.minute),
    date: `${parts.year}-${parts.month}-${parts.day}`,
  };
}

/** Whether advancing is allowed at a moment. A window that ends before it begins goes over midnight and belongs to the day it begins on. */
export function windowOpen(window: WindowConfig | undefined, now: number): boolean {
  if (window === undefined) return true;
  const { day, minute, date } = localTime(window.timeZone, now);
  if (window.freezes.some((freeze) => freeze.from <= date && date <= freeze.to)) return false;
  const { fromMinute, toMinute, days } = window;
  if (fromMinute < toMinute) return days.includes(day) && fromMinute <= minute && minute < toMinute;
  return (days.includes(day) && minute >= fromMinute) || (days.includes((day + 6) % 7) && minute < toMinute);
}

/** First quarter of an hour in which the window is open; undefined when there is none in the next weeks. */
export function opensAt(window: WindowConfig, now: number): number | undefined {
  for (let time = Math.ceil(now / QUARTER) * QUARTER; time <= now + LOOK_AHEAD; time += QUARTER) {
    if (windowOpen(window, time)) return time;
  }
  return undefined;
}
