/** Numbers of axes: where they stand and how they are written. */
import { clockOf, DAY, dateOf, HOUR, MINUTE, type Window } from './time';

const SUFFIXES: readonly (readonly [number, string])[] = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

/** As the console writes numbers: 1.25k; digits as many as the step to the next one needs. */
export function written(value: number, step = Math.abs(value) / 100): string {
  const [unit, suffix] = SUFFIXES.find(([limit]) => Math.abs(value) >= limit) ?? [1, ''];
  const digits = step === 0 ? 0 : Math.min(6, Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9)));
  return `${(value / unit).toFixed(digits).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '').replace(/^-0$/, '0')}${suffix}`;
}

export interface Scale {
  readonly minimum: number;
  readonly maximum: number;
  readonly ticks: readonly number[];
  readonly step: number;
}

/** A scale around the values, with about as many steps as are asked for, at 1, 2 or 5 times a power of ten. */
export function scaleOf(values: readonly number[], { min, max }: { readonly min?: number; readonly max?: number } = {}, steps = 4): Scale {
  let low = min ?? (values.length === 0 ? Math.min(0, max ?? 0) : Math.min(...values));
  let high = max ?? (values.length === 0 ? Math.max(0, min ?? 0) : Math.max(...values));
  if (high <= low) {
    if (max === undefined) high = low + (low === 0 ? 1 : Math.abs(low) / 2);
    else low = high - (high === 0 ? 1 : Math.abs(high) / 2);
  }
  const rough = (high - low) / steps;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const minimum = min ?? Math.floor(low / step + 1e-9) * step;
  const maximum = max ?? Math.ceil(high / step - 1e-9) * step;
  const ticks: number[] = [];
  // Plus 0: a tick is never -0.
  for (let index = Math.ceil(minimum / step - 1e-9) + 0; index * step <= maximum + step * 1e-9; index++) ticks.push(index * step);
  return { minimum, maximum, ticks, step };
}

const TIME_STEPS = [MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY];

/** Times on the axis, at most so many, and how they are written. */
export function timesOf({ start, end }: Window, most: number): (readonly [time: number, text: string])[] {
  const step = TIME_STEPS.find((each) => (end - start) / each <= most) ?? TIME_STEPS.at(-1)!;
  const found: (readonly [number, string])[] = [];
  for (let time = Math.ceil(start / step) * step; time <= end; time += step) {
    found.push([time, step >= DAY || (end - start > DAY && time % DAY === 0) ? dateOf(time) : clockOf(time)]);
  }
  return found;
}

/** About how wide a text is in Arial or what stands in for it, never less. */
export function widthOf(text: string, size: number): number {
  return size * [...text].reduce((sum, letter) => sum + (/[iljtfrI.,:;'|!()[\] ]/.test(letter) ? 0.36 : /[mwMW%@]/.test(letter) ? 0.92 : /[A-Z]/.test(letter) ? 0.72 : 0.585), 0);
}
