import type { History, HistoryRow, TrafficModel } from './scenario';

const DAY = 86400;

/** Requests a minute at this time, to both variants together. */
export function requestsPerMinuteAt(traffic: TrafficModel, time: number): number {
  switch (traffic.kind) {
    case 'constant': return traffic.requestsPerMinute;
    case 'daily': return traffic.mean * (1 + traffic.swing * Math.cos(2 * Math.PI * (time / DAY - traffic.peakHour / 24)));
    case 'history': return rowAt(traffic.history, time).requests * 60 / traffic.history.periodSeconds;
  }
}

/** The row of the history at this time; the history repeats in both directions. */
export function rowAt(history: History, time: number): HistoryRow {
  const index = Math.floor((time - history.start) / history.periodSeconds) % history.rows.length;
  return history.rows[index < 0 ? index + history.rows.length : index];
}
