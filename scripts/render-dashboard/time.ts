/** Time ranges of dashboards. All times are milliseconds since the epoch. */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The same at every run: a picture changes only when the dashboard does. */
export const NOW = Date.UTC(2026, 10, 23, 12);

export interface Window {
  readonly start: number;
  readonly end: number;
  /** Periods stay as they are asked for, however long the range is. */
  readonly inherit?: boolean;
}

const DURATION = /^-?P(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS = [30 * DAY, 7 * DAY, DAY, HOUR, MINUTE, 1000];

function momentOf(text: string): number {
  const parts = DURATION.exec(text);
  if (parts) return NOW - UNITS.reduce((sum, unit, index) => sum + unit * Number(parts[index + 1] ?? 0), 0);
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new Error(`No time: ${text}`);
  return time;
}

/** What a dashboard shows when it is opened: three hours when it says nothing else, as the console does. */
export function windowOf({ start, end, periodOverride }: { readonly start?: string; readonly end?: string; readonly periodOverride?: string }): Window {
  return { start: momentOf(start ?? '-PT3H'), end: end === undefined ? NOW : momentOf(end), ...periodOverride === 'inherit' && { inherit: true } };
}

/** Periods that metrics have, in seconds. */
const PERIODS = [60, 300, 900, 3600, 21_600, 86_400];
/** GetMetricData's documentation of MaxDatapoints and the console: about so many points to a line. */
const MOST_POINTS = 1440;

/** The period that is drawn: longer than asked where the range is too long for it and the dashboard does not say `inherit`. */
export function periodFor(asked: number, { start, end, inherit }: Window): number {
  if (inherit) return asked;
  const fits = (period: number) => (end - start) / (period * 1000) <= MOST_POINTS;
  return fits(asked) ? asked : PERIODS.find((period) => period > asked && fits(period)) ?? PERIODS.at(-1)!;
}

/**
 * Since when CloudWatch has points of this period, in seconds; what is older is kept for longer periods only.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
 */
export function keptSince(period: number): number {
  return NOW - (period < 60 ? 3 * HOUR : period < 300 ? 15 * DAY : period < 3600 ? 63 * DAY : 455 * DAY);
}

const two = (number: number) => String(number).padStart(2, '0');
export const clockOf = (time: number) => `${two(new Date(time).getUTCHours())}:${two(new Date(time).getUTCMinutes())}`;
export const dateOf = (time: number) => `${two(new Date(time).getUTCMonth() + 1)}/${two(new Date(time).getUTCDate())}`;
export const stampOf = (time: number) => new Date(time).toISOString().slice(0, 19).replace('T', ' ');
