/** Text for HTML and SVG, in elements and in quoted attributes. */
export function escaped(text: string): string {
  // Characters that XML forbids would make the page unreadable as a whole.
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** One bar, or what is said where there is none. */
export interface Bar {
  /** In front of the first bar of a group. */
  readonly group: string;
  /** In front of this bar, when a group has several. */
  readonly label?: string;
  readonly value?: number;
  /** The value for people, or why there is none. */
  readonly text: string;
  /** Class of the style sheet. */
  readonly tone: 'reference' | 'other';
  /** Of the best ones, a mark. */
  readonly marked?: boolean;
}

/** Bars on a common line, from 0 on. */
export interface ChartSpec {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
  /** Where the line ends at the earliest: small values next to nothing look small. */
  readonly reach?: number;
  /** A value that should not be exceeded. */
  readonly limit?: { readonly value: number; readonly text: string };
}

/** Units of a drawing from left to right; how wide it is on the screen, the page decides. */
const WIDTH = 1000;

/**
 * A bar chart. Only the bars are drawings, which may be stretched; the words around them are text, which is as large on a phone as on a screen.
 */
export function barChart({ id, title, unit, bars, reach = 0, limit }: ChartSpec): string {
  const largest = Math.max(reach, ...bars.map(({ value }) => value ?? 0), 1.02 * (limit?.value ?? 0));
  const rows = bars.map((bar, i) => {
    const label = bar.label === undefined ? '' : `<span class="sub">${escaped(bar.label)}</span>`;
    const opens = i === 0 || bars[i - 1].group !== bar.group;
    return `<div class="row${opens && i > 0 ? ' opens' : ''}"><dt>${opens ? `<b>${escaped(bar.group)}</b>` : `<b class="again">${escaped(bar.group)}</b>`}${label}</dt>`
      + `<dd>${drawing(bar, largest, limit?.value)}<span class="value${bar.marked === true ? ' best' : ''}">${escaped(bar.text)}</span></dd></div>`;
  });
  const note = limit === undefined ? '' : `<p class="note"><svg class="key" viewBox="0 0 4 12" aria-hidden="true"><path class="limit" d="M2 0V12"/></svg>${escaped(limit.text)}</p>`;
  return `<figure class="chart${bars.some(({ text, value }) => value !== undefined && text.length > 14) ? ' wordy' : ''}" id="${escaped(id)}"><figcaption><h3>${escaped(title)} <small>${escaped(unit)}</small></h3></figcaption><dl class="bars">\n${rows.join('\n')}\n</dl>${note}</figure>`;
}

function drawing({ value, tone, group, label, text }: Bar, largest: number, limit: number | undefined): string {
  if (value === undefined || !Number.isFinite(value) || value < 0) return '';
  const x = (of: number) => largest > 0 ? Math.round(of / largest * WIDTH) : 0;
  // What is not 0 can be seen.
  const width = value > 0 ? Math.max(2, x(value)) : 0;
  const name = escaped([group, label, text].filter((part) => part !== undefined).join(', '));
  return `<svg viewBox="0 0 ${WIDTH} 16" preserveAspectRatio="none" role="img" aria-label="${name}"><path class="track" d="M0 0H${WIDTH}V16H0Z"/><path class="bar ${tone}" d="M0 0H${width}V16H0Z"/>`
    + `${limit === undefined ? '' : `<path class="limit" d="M${x(limit)} 0V16"/>`}</svg>`;
}
