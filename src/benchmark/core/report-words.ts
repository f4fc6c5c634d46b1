import type { LoadSettings } from './types';

/** Three digits that count, and commas: `1,230`, `45.6`, `0.00123`. */
export function number(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (Math.abs(rounded) >= 1000) return grouped(Math.round(value));
  // Very small numbers without an exponent.
  return rounded !== 0 && Math.abs(rounded) < 1e-6 ? rounded.toFixed(Math.min(100, 2 - Math.floor(Math.log10(Math.abs(rounded))))).replace(/0+$/, '') : String(rounded);
}

/** 1234567.8 as `1,234,567.8`. */
export function grouped(value: number): string {
  const [whole, ...rest] = String(value).split('.');
  return [whole.replace(/\B(?=(\d{3})+$)/g, ','), ...rest].join('.');
}

/** 12.34 ms as `12.3 ms`, 1234 ms as `1.23 s`. */
export function milliseconds(ms: number): string {
  return ms < 1000 ? `${number(ms)} ms` : `${number(ms / 1000)} s`;
}

/** 0.0123 as `1.23 %`. One failure is not none, and one answer is not none either. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0001) return '< 0.01 %';
  if (share < 1 && share > 0.9999) return '> 99.99 %';
  return `${Number((share * 100).toFixed(2))} %`;
}

/** 1.234 as `1.23 times`. */
export function times(ratio: number): string {
  return `${number(ratio)} times`;
}

/** 1 as `1 request`, 1200 as `1,200 requests`. */
export function counted(value: number, noun: string): string {
  return `${grouped(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** 330 as `5 min 30 s`. */
export function seconds(value: number): string {
  const [hours, minutes, rest] = [Math.floor(value / 3600), Math.floor(value / 60) % 60, Number((value % 60).toFixed(3))];
  return [hours > 0 ? `${hours} h` : '', minutes > 0 ? `${minutes} min` : '', rest > 0 ? `${rest} s` : ''].filter((part) => part !== '').join(' ') || '0 s';
}

/** 2026-11-23T20:39:00.123Z as `2026-11-23, 20:39 UTC`; what is no time, as it is. */
export function moment(iso: string): string {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? iso : `${new Date(time).toISOString().slice(0, 16).replace('T', ', ')} UTC`;
}

/** How requests come while latency is measured. */
export function paceText({ pace: { share, requestsPerSecond } }: LoadSettings): string {
  return requestsPerSecond === undefined ? `${percent(share ?? 1)} of the throughput of each variant` : `${counted(requestsPerSecond, 'request')} per second`;
}
