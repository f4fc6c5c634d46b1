/** Numbers and times as people read them in a message. */

export function countText(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** 0.00123 as `0.12 %`. */
export function rateText(bad: number, total: number): string {
  return total > 0 ? percentText(100 * bad / total) : 'no requests';
}

/** Percent with at most two digits that matter below 10. */
export function percentText(percent: number): string {
  return `${Number(percent.toPrecision(percent >= 10 ? 3 : 2))} %`;
}

export function durationText(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (minutes < 120) return `${minutes} min`;
  return seconds < 172800 ? `${Number((seconds / 3600).toFixed(1))} h` : `${Number((seconds / 86400).toFixed(1))} d`;
}

/** `2026-11-23T09:30Z`. */
export function timeText(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16)}Z`;
}

export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}
