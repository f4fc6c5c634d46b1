import { coordinate, escaped, linear, path, thinned, timeScale } from './svg';

/** A chart over time; x is in seconds since the start. */
export interface ChartSpec {
  readonly id: string;
  readonly title: string;
  /** One sentence that says what is to be seen, for those who cannot see it. */
  readonly description: string;
  readonly maxSeconds: number;
  readonly yLabel: string;
  readonly yMin?: number;
  readonly yMax: number;
  readonly yFormat: (value: number) => string;
  readonly lines: readonly ChartLine[];
  readonly rules?: readonly { readonly y: number; readonly style: string; readonly name: string; readonly legend: string }[];
  /** Numbered as in the table of events. */
  readonly marks?: readonly { readonly seconds: number; readonly text: string; readonly style: string }[];
  /** Coloured bar below the plot, such as the verdicts. */
  readonly strip?: { readonly label: string; readonly parts: readonly { readonly from: number; readonly to: number; readonly style: string }[]; readonly legend: readonly { readonly style: string; readonly name: string }[] };
}

export interface ChartLine {
  readonly name: string;
  readonly style: string;
  readonly points: readonly (readonly [number, number | undefined])[];
  readonly step?: boolean;
  readonly area?: boolean;
}

interface Box {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly xTicks: number;
  readonly font: number;
}

/** Drawn for each kind of screen instead of made smaller: letters that shrink with the picture cannot be read. */
const BOXES: Readonly<Record<string, Box>> = {
  wide: { width: 1000, height: 250, left: 62, right: 14, xTicks: 12, font: 13 },
  middle: { width: 640, height: 240, left: 58, right: 12, xTicks: 8, font: 14 },
  narrow: { width: 340, height: 210, left: 46, right: 8, xTicks: 5, font: 11 },
};

/** The chart as a figure with heading and legend, in all sizes; the style sheet shows one of them. */
export function chart(spec: ChartSpec): string {
  return [
    `<figure class="chart" id="${escaped(spec.id)}">`,
    `<figcaption><h3>${escaped(spec.title)} <small>${escaped(spec.yLabel)}</small></h3><ul class="legend">${legend(spec)}</ul></figcaption>`,
    ...Object.entries(BOXES).map(([size, box]) => `<div class="${size}">${drawing(spec, box, size)}</div>`),
    '</figure>',
  ].join('\n');
}

function legend(spec: ChartSpec): string {
  const key = (style: string, name: string) => `<li><svg class="key" viewBox="0 0 22 10" width="22" height="10" aria-hidden="true"><path class="line ${escaped(style)}" d="M1 5H21"/></svg>${escaped(name)}</li>`;
  const patch = (style: string, name: string) => `<li><i class="k-${escaped(style)}"></i>${escaped(name)}</li>`;
  return [
    ...spec.lines.map(({ style, name }) => key(style, name)),
    ...(spec.rules ?? []).map(({ style, legend: name }) => key(style, name)),
    ...(spec.strip?.legend ?? []).map(({ style, name }) => patch(style, name)),
  ].join('');
}

function drawing(spec: ChartSpec, box: Box, size: string): string {
  const levels = markLevels(spec, box);
  const top = 10 + 21 * (levels.length === 0 ? 0 : Math.max(...levels) + 1);
  const bottom = box.height - (spec.strip === undefined ? 42 : 62);
  const x = timeScale(spec.maxSeconds, box.left, box.width - box.right, box.xTicks);
  const y = linear(spec.yMin ?? 0, spec.yMax, bottom, top, 4);
  const at = (value: number) => Math.min(bottom, Math.max(top, y.of(value)));
  const parts: string[] = [];
  for (const tick of y.ticks) {
    parts.push(`<path class="grid" d="M${box.left} ${coordinate(y.of(tick))}H${box.width - box.right}"/>`, text(box.left - 6, y.of(tick) + box.font / 3, spec.yFormat(tick), 'end'));
  }
  for (const tick of x.ticks) parts.push(`<path class="tick" d="M${coordinate(x.of(tick))} ${bottom}v4"/>`, text(x.of(tick), bottom + 4 + box.font, x.label(tick), 'middle'));
  parts.push(`<path class="axis" d="M${box.left} ${bottom}H${box.width - box.right}"/>`);
  (spec.marks ?? []).forEach(({ seconds, style }) => parts.push(`<path class="mark ${escaped(style)}" d="M${coordinate(x.of(seconds))} ${top - 4}V${bottom}"/>`));
  for (const rule of spec.rules ?? []) parts.push(`<path class="line ${escaped(rule.style)}" d="M${box.left} ${coordinate(at(rule.y))}H${box.width - box.right}"><title>${escaped(rule.name)}</title></path>`);
  let drawn = false;
  for (const line of spec.lines) {
    const points = thinned(line.points.filter(([seconds]) => seconds <= spec.maxSeconds), box.width).map(([seconds, value]) => [x.of(seconds), value === undefined ? undefined : at(value)] as const);
    const d = path(points, line.step);
    drawn ||= d !== '';
    if (line.area && d !== '') parts.push(`<path class="area ${escaped(line.style)}" d="${d}L${coordinate(points[points.length - 1][0])} ${bottom}L${coordinate(points[0][0])} ${bottom}Z"/>`);
    parts.push(`<path class="line ${escaped(line.style)}" d="${d}"><title>${escaped(line.name)}</title></path>`);
  }
  if (!drawn) parts.push(text((box.left + box.width - box.right) / 2, (top + bottom) / 2, 'nothing was measured', 'middle', 'empty'));
  (spec.marks ?? []).forEach((mark, index) => {
    const [cx, cy] = [x.of(mark.seconds), 11 + 21 * levels[index]];
    parts.push(`<circle class="flag ${escaped(mark.style)}" cx="${coordinate(cx)}" cy="${coordinate(cy)}" r="10"/>`, text(cx, cy + box.font / 3, mark.text, 'middle', 'flagtext'));
  });
  if (spec.strip !== undefined) {
    const stripY = bottom + 26;
    parts.push(text(box.left - 6, stripY + 9, spec.strip.label, 'end'), `<path class="track" d="M${box.left} ${stripY}H${box.width - box.right}v11H${box.left}Z"/>`);
    for (const { from, to, style } of spec.strip.parts) {
      if (from >= spec.maxSeconds) continue;
      const [left, right] = [x.of(from), x.of(Math.min(to, spec.maxSeconds))];
      parts.push(`<path class="part ${escaped(style)}" d="M${coordinate(left)} ${stripY}H${coordinate(Math.max(left + 1, right))}v11H${coordinate(left)}Z"/>`);
    }
  }
  const end = box.width - box.right;
  parts.push(text(end, box.height - 4, `${x.unit} since the start`, 'end'));
  const id = escaped(`${spec.id}-${size}`);
  return `<svg viewBox="0 0 ${box.width} ${box.height}" role="img" aria-labelledby="${id}-t ${id}-d" font-size="${box.font}"><title id="${id}-t">${escaped(spec.title)}</title><desc id="${id}-d">${escaped(spec.description)}</desc>${parts.join('')}</svg>`;
}

/** Flags that would cover each other stand one above the other, at most three high. */
function markLevels(spec: ChartSpec, box: Box): number[] {
  const x = timeScale(spec.maxSeconds, box.left, box.width - box.right, box.xTicks);
  const last = [-Infinity, -Infinity, -Infinity];
  return (spec.marks ?? []).map(({ seconds }) => {
    const at = x.of(seconds);
    const free = last.findIndex((other) => at - other >= 21);
    const level = free < 0 ? last.indexOf(Math.min(...last)) : free;
    last[level] = at;
    return level;
  });
}

function text(x: number, y: number, content: string, anchor: string, style = 'label'): string {
  return `<text class="${style}" x="${coordinate(x)}" y="${coordinate(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}
