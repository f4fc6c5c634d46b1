/** Minutes that are looked at: fewer would miss callers that come now and then. */
const MINUTES = 5;
/** CloudWatch knows of a minute a minute or two after its end. */
const LATE_MS = 120_000;
const MINUTE_MS = 60_000;

/** A time, in milliseconds since 1970: from the first moment on, before the second. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The newest whole minutes of which CloudWatch knows everything. */
export function windowAt(now: number): Window {
  const to = Math.floor((now - LATE_MS) / MINUTE_MS) * MINUTE_MS;
  return { from: to - MINUTES * MINUTE_MS, to };
}

/** Seconds until the window lies after a moment, so that nothing is in it that was sent before; 0 when it does. At most 8 minutes from that moment on. */
export function secondsUntilAfter(moment: number, now: number): number {
  const from = Math.ceil(moment / MINUTE_MS) * MINUTE_MS;
  return Math.max(0, Math.ceil((from + MINUTES * MINUTE_MS + LATE_MS - now) / 1000));
}

/** Requests per minute. */
export function perMinute(requests: number): number {
  return requests / MINUTES;
}
