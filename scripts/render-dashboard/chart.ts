/** Charts as SVG, drawn as the console draws them. */
import type { Axis, Horizontal, Properties, Vertical } from './body';
import { escaped } from './markdown';
import { scaleOf, timesOf, widthOf, written, type Scale } from './scale';
import type { Line } from './series';
import type { Window } from './time';

const FONT = 11;

interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const fixed = (number: number) => String(Math.round(number * 100) / 100);
const text = (x: number, y: number, content: string, rest = '') => `<text x="${fixed(x)}" y="${fixed(y)}" ${rest}>${escaped(content)}</text>`;
const svg = (width: number, height: number, content: string, rest = '') => `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img"${rest}>${content}</svg>`;

/** Stretches without a hole; a point by itself is a dot. */
export function stretches(points: Line['points'], length: number): Line['points'][] {
  const found: (readonly [number, number])[][] = [];
  points.forEach((point, index) => {
    if (index > 0 && point[0] - points[index - 1][0] <= length) found.at(-1)!.push(point); else found.push([point]);
  });
  return found;
}

/** Each line upon those before it; what has no data at a time counts as nothing then. */
export function stacked(lines: readonly Line[]): (Line & { readonly base: readonly number[] })[] {
  const heights = new Map<string, number>();
  return lines.map((line) => {
    const base = line.points.map(([time]) => heights.get(`${line.axis} ${time}`) ?? 0);
    const points = line.points.map(([time, value], index) => [time, value + base[index]] as const);
    for (const [time, value] of points) heights.set(`${line.axis} ${time}`, value);
    return { ...line, points, base };
  });
}

const flat = <T>(items: readonly (T | readonly T[])[] = []): T[] => items.flatMap((item) => item as T | T[]);

function axisOf(lines: readonly Line[], axis: Axis | undefined, marks: readonly Horizontal[], steps: number): Scale {
  return scaleOf([...lines.flatMap(({ points }) => points.map(([, value]) => value)), ...marks.filter(({ value }) => axis?.max === undefined || value <= axis.max).map(({ value }) => value)], axis, steps);
}

/** Lines or areas over time, with the axes, their labels and the marks. */
export function timeChart(given: readonly Line[], properties: Properties, window: Window, width: number, height: number): string {
  const lines = properties.stacked ? stacked(given) : given;
  const marks = flat(properties.annotations?.horizontal).filter(({ visible }) => visible !== false);
  const steps = Math.max(2, Math.min(5, Math.floor((height - 44) / 34)));
  const sides = (['left', 'right'] as const).filter((side) => side === 'left' || lines.some(({ axis }) => axis === side));
  const scales = new Map(sides.map((side) => [side, axisOf(lines.filter(({ axis }) => axis === side), properties.yAxis?.[side], marks.filter(({ yAxis = 'left' }) => yAxis === side), steps)]));
  const room = (side: 'left' | 'right') => {
    const scale = scales.get(side);
    return scale ? 8 + Math.max(...scale.ticks.map((tick) => widthOf(written(tick, scale.step), FONT))) : 16;
  };
  const area: Area = { left: room('left'), right: width - Math.max(room('right'), 18), top: 22, bottom: height - 20 };
  const x = (time: number) => area.left + (time - window.start) / (window.end - window.start) * (area.right - area.left);
  const y = (side: 'left' | 'right') => {
    const { minimum, maximum } = scales.get(side)!;
    return (value: number) => area.bottom - (Math.min(Math.max(value, minimum), maximum) - minimum) / (maximum - minimum) * (area.bottom - area.top);
  };
  const parts: string[] = [];
  for (const [side, scale] of scales) {
    for (const tick of scale.ticks) {
      const at = y(side)(tick);
      if (side === 'left') parts.push(`<line class="grid" x1="${fixed(area.left)}" x2="${fixed(area.right)}" y1="${fixed(at)}" y2="${fixed(at)}"/>`);
      parts.push(text(side === 'left' ? area.left - 5 : area.right + 5, at + 4, written(tick, scale.step), side === 'left' ? 'text-anchor="end"' : ''));
    }
    const label = properties.yAxis?.[side]?.label;
    if (label !== undefined) parts.push(text(side === 'left' ? 0 : width, 11, label, `class="axis-label" data-side="${side}"${side === 'right' ? ' text-anchor="end"' : ''}`));
  }
  let last = -Infinity;
  for (const [time, label] of timesOf(window, Math.max(2, Math.floor((area.right - area.left) / 62)))) {
    const half = widthOf(label, FONT) / 2;
    const at = Math.min(x(time), width - half);
    parts.push(`<line class="tick" x1="${fixed(x(time))}" x2="${fixed(x(time))}" y1="${fixed(area.bottom)}" y2="${fixed(area.bottom + 4)}"/>`);
    if (at - half < last + 4) continue;
    parts.push(text(at, area.bottom + 15, label, 'text-anchor="middle"'));
    last = at + half;
  }
  parts.push(`<line class="base" x1="${fixed(area.left)}" x2="${fixed(area.right)}" y1="${fixed(area.bottom)}" y2="${fixed(area.bottom)}"/>`);
  lines.forEach((line) => parts.push(drawn(line, x, y(line.axis))));
  parts.push(...marks.map((mark) => horizontal(mark, area, y(mark.yAxis === 'right' ? 'right' : 'left'))));
  parts.push(...flat(properties.annotations?.vertical).filter(({ visible }) => visible !== false).map((mark) => vertical(mark, area, x)));
  return svg(width, height, parts.join(''), ` data-axes="${sides.join(' ')}"`);
}

function drawn(line: Line & { readonly base?: readonly number[] }, x: (time: number) => number, y: (value: number) => number): string {
  let index = 0;
  return stretches(line.points, line.length).map((stretch) => {
    const first = index;
    index += stretch.length;
    const dots = stretch.map(([time, value]) => `${fixed(x(time))} ${fixed(y(value))}`);
    if (stretch.length === 1) return `<circle class="dot" cx="${dots[0].split(' ')[0]}" cy="${dots[0].split(' ')[1]}" r="3" fill="${line.color}"/>`;
    const path = `<path class="line" d="M${dots.join('L')}" stroke="${line.color}"/>`;
    if (!line.base) return path;
    const below = stretch.map(([time], at) => `${fixed(x(time))} ${fixed(y(line.base![first + at]))}`).reverse();
    return `<path class="area" d="M${dots.join('L')}L${below.join('L')}Z" fill="${line.color}"/>${path}`;
  }).join('');
}

function horizontal({ value, label, color = '#d62728', fill }: Horizontal, area: Area, y: (value: number) => number): string {
  const at = y(value);
  const shade = fill === 'above' ? [area.top, at] : fill === 'below' ? [at, area.bottom] : undefined;
  const parts = [`<path class="mark" d="M${fixed(area.left)} ${fixed(at)}H${fixed(area.right)}" stroke="${color}"/>`];
  if (shade) parts.unshift(`<rect class="shade" x="${fixed(area.left)}" width="${fixed(area.right - area.left)}" y="${fixed(shade[0])}" height="${fixed(Math.max(0, shade[1] - shade[0]))}" fill="${color}"/>`);
  // Above its line, unless that is the top of the chart.
  if (label !== undefined) parts.push(text(area.right - 4, at - area.top < 16 ? at + 13 : at - 4, label, `text-anchor="end" class="mark-label" fill="${color}"`));
  return parts.join('');
}

function vertical({ value, label, color = '#7f7f7f' }: Vertical, area: Area, x: (time: number) => number): string {
  const at = x(Date.parse(value));
  if (at < area.left || at > area.right) return '';
  const before = label !== undefined && at + widthOf(label, FONT) + 8 > area.right;
  return `<path class="mark" d="M${fixed(at)} ${fixed(area.top)}V${fixed(area.bottom)}" stroke="${color}"/>`
    + (label === undefined ? '' : text(before ? at - 4 : at + 4, area.top + 24, label, `class="mark-label" fill="${color}"${before ? ' text-anchor="end"' : ''}`));
}

/** The value of a line that stands by itself: the newest, or of the whole range. */
export const newest = ({ points }: Line) => points.at(-1)?.[1];

/** A bar for each line, with its number. */
export function barChart(lines: readonly Line[], properties: Properties, width: number, height: number): string {
  const shown = lines.flatMap((line) => newest(line) === undefined ? [] : [{ ...line, value: newest(line)! }]);
  const { left } = properties.yAxis ?? {};
  const scale = scaleOf([0, ...shown.map(({ value }) => value)], left, 4);
  const area: Area = { left: 8 + Math.max(...scale.ticks.map((tick) => widthOf(written(tick, scale.step), FONT))), right: width - 8, top: 34, bottom: height - 8 };
  const y = (value: number) => area.bottom - (Math.min(Math.max(value, scale.minimum), scale.maximum) - scale.minimum) / (scale.maximum - scale.minimum) * (area.bottom - area.top);
  const slot = (area.right - area.left) / Math.max(1, shown.length);
  const bar = Math.min(60, slot * 0.6);
  return svg(width, height, [
    ...scale.ticks.map((tick) => `<line class="grid" x1="${fixed(area.left)}" x2="${fixed(area.right)}" y1="${fixed(y(tick))}" y2="${fixed(y(tick))}"/>${text(area.left - 5, y(tick) + 4, written(tick, scale.step), 'text-anchor="end"')}`),
    ...left?.label === undefined ? [] : [text(0, 11, left.label, 'class="axis-label" data-side="left"')],
    ...shown.map(({ value, color }, index) => {
      const middle = area.left + slot * (index + 0.5);
      return `<rect class="bar" x="${fixed(middle - bar / 2)}" width="${fixed(bar)}" y="${fixed(y(value))}" height="${fixed(Math.max(1, area.bottom - y(value)))}" fill="${color}"/>${text(middle, y(value) - 5, written(value), 'text-anchor="middle"')}`;
    }),
  ].join(''));
}

/** A slice for each line. */
export function pieChart(lines: readonly Line[], width: number, height: number): string {
  const shown = lines.map((line) => ({ ...line, value: Math.max(0, newest(line) ?? 0) }));
  const total = shown.reduce((sum, { value }) => sum + value, 0);
  const [radius, cx, cy] = [Math.min(width, height) / 2 - 4, width / 2, height / 2];
  let from = 0;
  return svg(width, height, shown.filter(({ value }) => value > 0).map(({ value, color }) => {
    // A whole circle has no arc from a point to itself.
    const share = Math.min(value / total, 0.99999);
    const at = (turn: number) => `${fixed(cx + radius * Math.sin(2 * Math.PI * turn))} ${fixed(cy - radius * Math.cos(2 * Math.PI * turn))}`;
    const middle = from + share / 2;
    const path = `<path class="bar" d="M${fixed(cx)} ${fixed(cy)}L${at(from)}A${fixed(radius)} ${fixed(radius)} 0 ${share > 0.5 ? 1 : 0} 1 ${at(from + share)}Z" fill="${color}"/>`;
    from += share;
    return path + (share < 0.08 ? '' : text(cx + radius * 0.62 * Math.sin(2 * Math.PI * middle), cy - radius * 0.62 * Math.cos(2 * Math.PI * middle) + 4, `${(100 * share).toFixed(1)}%`, 'text-anchor="middle" class="slice"'));
  }).join(''));
}

/** A half circle from the least to the most that the axis says. */
export function gauge(line: Line, properties: Properties, width: number, height: number): string {
  const { min = 0, max = 100 } = properties.yAxis?.left ?? {};
  const value = newest(line);
  const radius = Math.min(width / 2 - 34, height - 46);
  const [cx, cy] = [width / 2, height - 24];
  const at = (share: number, r: number) => `${fixed(cx - r * Math.cos(Math.PI * share))} ${fixed(cy - r * Math.sin(Math.PI * share))}`;
  const arc = (share: number, rest: string) => `<path d="M${at(0, radius)}A${fixed(radius)} ${fixed(radius)} 0 0 1 ${at(share, radius)}" ${rest}/>`;
  const share = value === undefined ? 0 : Math.min(1, Math.max(0, (value - min) / (max - min)));
  const marks = flat(properties.annotations?.horizontal).filter(({ visible }) => visible !== false)
    .map((mark) => `<path class="mark" d="M${at((mark.value - min) / (max - min), radius - 12)}L${at((mark.value - min) / (max - min), radius + 12)}" stroke="${mark.color ?? '#d62728'}"/>`);
  return svg(width, height, [
    arc(1, 'class="gauge-rest"'),
    ...share > 0 ? [arc(share, `class="gauge line" stroke="${line.color}"`)] : [],
    ...marks,
    text(cx - radius, cy + 16, written(min), 'text-anchor="middle"'), text(cx + radius, cy + 16, written(max), 'text-anchor="middle"'),
    text(cx, cy - 4, value === undefined ? '--' : written(value), 'text-anchor="middle" class="gauge-value"'),
  ].join(''));
}

/** A small line below a number. */
export function sparkline({ points, color }: Line, window: Window, width: number, height: number): string {
  if (points.length < 2) return '';
  const { minimum, maximum } = scaleOf(points.map(([, value]) => value));
  return svg(width, height, `<path class="line" stroke="${color}" d="M${points.map(([time, value]) => `${fixed((time - window.start) / (window.end - window.start) * width)} ${fixed(height - 1 - (value - minimum) / (maximum - minimum) * (height - 2))}`).join('L')}"/>`, ' class="spark"');
}
