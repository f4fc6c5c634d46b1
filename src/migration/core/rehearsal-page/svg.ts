/** Text for HTML and SVG, in elements and in quoted attributes. */
export function escaped(text: string): string {
  // Characters that XML forbids would make the page unreadable as a whole.
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A coordinate: one decimal is a tenth of a pixel. Never `NaN`, which would make a browser drop a whole path. */
export function coordinate(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`a coordinate has to be a number, got ${value}`);
  return String(Math.round(value * 10) / 10);
}

/** Maps numbers to pixels. */
export interface Scale {
  readonly of: (value: number) => number;
  readonly ticks: readonly number[];
}

/** A linear scale with round ticks inside the limits, about as many as wanted. */
export function linear(min: number, max: number, from: number, to: number, wanted: number, bases: readonly number[] = [1, 2, 5, 10]): Scale {
  const span = max > min ? max - min : 1;
  const raw = span / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = (bases.find((base) => base * power >= raw - 1e-12) ?? 10) * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= min + span + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)));
  return { of: (value) => from + (value - min) / span * (to - from), ticks };
}

/** Seconds on an axis: ticks at minutes, hours or days that people count in. */
export function timeScale(maxSeconds: number, from: number, to: number, wanted: number): Scale & { readonly unit: string; readonly label: (seconds: number) => string } {
  const span = Math.max(60, maxSeconds);
  const [unit, seconds] = span <= 3 * 3600 ? ['minutes', 60] as const : span <= 4 * 86400 ? ['hours', 3600] as const : ['days', 86400] as const;
  const bases = unit === 'minutes' ? [1, 2, 5, 10, 15, 20, 30, 60] : unit === 'hours' ? [0.5, 1, 2, 3, 4, 6, 12, 24] : [0.5, 1, 2, 5, 7, 10, 20];
  const step = (bases.find((base) => base * seconds >= span / wanted) ?? bases[bases.length - 1]) * seconds;
  const ticks: number[] = [];
  for (let tick = 0; tick <= span + 1e-9; tick += step) ticks.push(tick);
  return { of: (value) => from + value / span * (to - from), ticks, unit, label: (value) => String(Number((value / seconds).toFixed(1))) };
}

/** A path through the points; a missing value breaks it. `step` keeps a value until the next one. */
export function path(points: readonly (readonly [number, number | undefined])[], step = false): string {
  let text = '';
  let last: string | undefined;
  let lastPoint = '';
  for (const [x, y] of points) {
    if (y === undefined) {
      last = undefined;
      continue;
    }
    const point = `${coordinate(x)} ${coordinate(y)}`;
    if (last === undefined) text += `M${point}`;
    else if (point !== lastPoint) text += step && last !== coordinate(y) ? `H${coordinate(x)}V${coordinate(y)}` : `L${point}`;
    // A point alone is drawn as a dot by the round end of a line of no length.
    if (last === undefined) text += 'h0';
    last = coordinate(y);
    lastPoint = point;
  }
  return text;
}

/** Fewer points for a narrow chart: the smallest and the largest of each pixel stay, so that no peak is lost. */
export function thinned<T extends readonly [number, number | undefined]>(points: readonly T[], buckets: number): T[] {
  if (points.length <= 2 * buckets) return [...points];
  const kept: T[] = [];
  const size = points.length / buckets;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const slice = points.slice(Math.floor(bucket * size), Math.floor((bucket + 1) * size));
    const known = slice.filter(([, y]) => y !== undefined);
    if (known.length === 0) {
      kept.push(slice[0]);
      continue;
    }
    const low = known.reduce((a, b) => b[1]! < a[1]! ? b : a);
    const high = known.reduce((a, b) => b[1]! > a[1]! ? b : a);
    kept.push(...low === high ? [low] : low[0] < high[0] ? [low, high] : [high, low]);
  }
  return kept;
}
