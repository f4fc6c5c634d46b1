/** The lines of a widget: its metrics with their data, its expressions evaluated on them. */
import type { Properties } from './body';
import { periodFor, type Window } from './time';
import type { Metric, World } from './world';
import { evaluate, type Value } from '../../test/support/standin/cloudwatch/math';
import { statisticOf } from '../../test/support/standin/cloudwatch/statistics';

export interface Line {
  readonly label: string;
  readonly color: string;
  readonly axis: 'left' | 'right';
  /** Milliseconds of a period. */
  readonly length: number;
  readonly points: readonly (readonly [time: number, value: number])[];
}

export interface Options {
  readonly id?: string;
  readonly expression?: string;
  readonly label?: string;
  readonly color?: string;
  readonly period?: number;
  readonly stat?: string;
  readonly visible?: boolean;
  readonly yAxis?: 'left' | 'right';
}

interface Row {
  readonly metric?: Metric;
  readonly options: Options;
}

/** What an expression gives, one for each metric that a SEARCH finds. */
interface Found {
  readonly metric?: Metric;
  readonly stat?: string;
  readonly value: Value;
}

const PALETTE = ['#1f77b4', '#ff7f0e', '#2ca02c', '#d62728', '#9467bd', '#8c564b', '#e377c2', '#7f7f7f', '#bcbd22', '#17becf'];

/** The rows with their abbreviations written out: `.` is the value above, `...` is all of them before what follows. */
export function rowsOf(metrics: readonly (readonly unknown[])[]): Row[] {
  let above: string[] = [];
  return metrics.map((row) => {
    const last = row.at(-1);
    const options = (typeof last === 'object' && last !== null ? last : {}) as Options;
    const texts = row.filter((each): each is string => typeof each === 'string');
    if (options.expression !== undefined || texts.length === 0) return { options };
    const written = texts[0] === '...' ? [...above.slice(0, above.length - (texts.length - 1)), ...texts.slice(1)] : texts;
    above = written.map((text, index) => text === '.' ? above[index] : text);
    const [namespace, name, ...pairs] = above;
    return { metric: { namespace, name, dimensions: Object.fromEntries(pairs.flatMap((text, index) => index % 2 === 0 ? [[text, pairs[index + 1]]] : [])) }, options };
  });
}

/** All metrics that a dashboard names. */
export function metricsOf(widgets: readonly { readonly properties: Properties }[]): Metric[] {
  return widgets.flatMap(({ properties }) => rowsOf(properties.metrics ?? []).flatMap(({ metric }) => metric ? [metric] : []));
}

/** The end of the bracket that opens at `open`. */
function closing(text: string, open: number): number {
  let [depth, quote] = [0, ''];
  for (let at = open; at < text.length; at++) {
    const letter = text[at];
    if (quote !== '') { if (letter === quote) quote = ''; continue; }
    if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '(' || letter === '[') depth += 1;
    else if ((letter === ')' || letter === ']') && --depth === 0) return at;
  }
  throw new Error(`Error in expression '${text}': a bracket is not closed`);
}

/** The parts between the commas that are in no brackets and no quotes. */
function split(text: string): string[] {
  const parts = [''];
  let [depth, quote] = [0, ''];
  for (const letter of text) {
    if (quote === '' && (letter === '"' || letter === "'")) quote = letter;
    else if (letter === quote) quote = '';
    else if (quote === '' && (letter === '(' || letter === '[')) depth += 1;
    else if (quote === '' && (letter === ')' || letter === ']')) depth -= 1;
    if (letter === ',' && depth === 0 && quote === '') parts.push(''); else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim());
}

const unquoted = (text: string) => text.replace(/^(['"])(.*)\1$/s, '$2');

const AGGREGATES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: (values) => values.reduce((a, b) => a + b, 0),
  AVG: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};

/** Functions that look at several points of one series, which the stand-in's metric math does not know. */
const ALONG: Readonly<Record<string, (points: readonly (readonly [number, number])[]) => [number, number][]>> = {
  RATE: (points) => points.slice(1).map(([time, value], index) => [time, (value - points[index][1]) / ((time - points[index][0]) / 1000)]),
  DIFF: (points) => points.slice(1).map(([time, value], index) => [time, value - points[index][1]]),
  RUNNING_SUM: (points) => { let sum = 0; return points.map(([time, value]) => [time, sum += value]); },
};

/** Evaluates the metrics and expressions of one widget. */
class Calculation {
  private readonly known = new Map<string, Value>();
  private readonly made = new Map<string, Value>();
  private readonly users: string[] = [];
  private readonly periods: number[] = [];

  constructor(
    private readonly rows: readonly Row[], private readonly properties: Properties, private readonly world: World, private readonly window: Window,
  ) {
    const length = this.length();
    for (let from = Math.ceil(window.start / length) * length; from < window.end; from += length) this.periods.push(from);
  }

  found({ metric, options }: Row): Found[] {
    return metric ? [{ metric, stat: this.stat(options), value: this.world.series(metric, this.stat(options), this.period(options)) }] : this.expression(options.expression ?? '');
  }

  period({ period }: Options): number {
    return periodFor(period ?? this.properties.period ?? 300, this.window);
  }

  /** Milliseconds; that of the metrics with the longest period (GetMetricData evaluates an expression on one grid). */
  length(): number {
    const metrics = this.rows.filter(({ metric }) => metric);
    return 1000 * Math.max(...(metrics.length > 0 ? metrics : this.rows).map(({ options }) => this.period(options)), 60);
  }

  private stat({ stat }: Options): string {
    return stat ?? this.properties.stat ?? 'Average';
  }

  private value(id: string): Value {
    const made = this.made.get(id) ?? this.known.get(id);
    if (made !== undefined) return made;
    const row = this.rows.find(({ options }) => options.id === id);
    if (!row || this.users.includes(id)) throw new Error(`An expression refers to ${id}, which is ${row ? 'its own operand' : 'not in this widget'}`);
    this.users.push(id);
    const [first, ...others] = this.found(row);
    this.users.pop();
    if (others.length > 0) throw new Error(`${id} is a list of series, which cannot be an operand here`);
    const value = first?.value ?? new Map();
    this.known.set(id, value);
    return value;
  }

  private named(value: Value): string {
    const id = `made_${this.made.size}`;
    this.made.set(id, value);
    return id;
  }

  private expression(text: string): Found[] {
    const search = /\bSEARCH\s*\(/.exec(text);
    if (search) {
      const end = closing(text, search.index + search[0].length - 1);
      const [query, stat = 'Average', period] = split(text.slice(search.index + search[0].length, end)).map(unquoted);
      statisticOf(stat);
      const found = this.world.search(query).map((metric) => ({ metric, stat, id: this.named(this.world.series(metric, stat, this.period({ period: period === undefined ? undefined : Number(period) }))) }));
      return this.listed(text.slice(0, search.index), found, text.slice(end + 1), true);
    }
    const metrics = /\bMETRICS\s*\(([^)]*)\)/.exec(text);
    if (metrics) {
      const part = unquoted(metrics[1].trim());
      const found = this.rows.filter(({ metric, options }) => metric && options.id !== undefined && (options.id.includes(part) || (options.label ?? '').includes(part)))
        .map(({ metric, options }) => ({ metric, stat: this.stat(options), id: options.id! }));
      return this.listed(text.slice(0, metrics.index), found, text.slice(metrics.index + metrics[0].length));
    }
    return [{ value: this.plain(text) }];
  }

  /** A list is one operand of a function that takes lists, and otherwise the whole is worked out for each of its items. */
  private listed(before: string, items: readonly { readonly metric?: Metric; readonly stat?: string; readonly id: string }[], after: string, searched = false): Found[] {
    const aggregate = /\b(SUM|AVG|MIN|MAX)\s*\(\s*$/.exec(before);
    if (aggregate) {
      if (items.length === 0) return [];
      if (!searched) return this.expression(`${before}[${items.map(({ id }) => id).join(', ')}]${after}`);
      // Of the series that have a point at that time: those of jobs are never there at the same time.
      const series = items.map(({ id }) => this.value(id)).filter((value) => typeof value !== 'number');
      const times = [...new Set(series.flatMap((value) => [...value.keys()]))].sort((a, b) => a - b);
      const all = new Map(times.map((time) => [time, AGGREGATES[aggregate[1]](series.flatMap((value) => value.get(time) ?? []))]));
      return this.expression(`${before.slice(0, aggregate.index)}${this.named(all)}${after.replace(/^\s*\)/, '')}`);
    }
    return items.flatMap(({ metric, stat, id }) => this.expression(`${before}${id}${after}`).map(({ value }) => ({ metric, stat, value })));
  }

  private plain(text: string): Value {
    const call = /\b(PERIOD|RATE|DIFF|RUNNING_SUM|SUM|AVG|MIN|MAX|FILL|TIME_SERIES)\s*\(/g;
    for (let match = call.exec(text); match; match = call.exec(text)) {
      const end = closing(text, match.index + match[0].length - 1);
      const operands = split(text.slice(match.index + match[0].length, end));
      const replaced = this.call(match[1], operands);
      if (replaced !== undefined) return this.plain(`${text.slice(0, match.index)}${replaced}${text.slice(end + 1)}`);
    }
    return evaluate(text, { periods: this.periods, value: (id) => this.value(id) });
  }

  /** What the stand-in does not know of metric math; nothing: it does. */
  private call(name: string, operands: readonly string[]): string | undefined {
    if (name === 'PERIOD') return String(this.period(this.rows.find(({ options }) => options.id === operands[0])?.options ?? {}));
    if (name === 'TIME_SERIES') {
      const number = this.plain(operands[0]);
      return typeof number === 'number' ? this.named(new Map(this.periods.map((time) => [time, number]))) : undefined;
    }
    if (name === 'FILL') {
      if (operands[1] !== 'REPEAT') return undefined;
      const series = this.plain(operands[0]);
      let last: number | undefined;
      const filled = this.periods.map((time) => [time, last = typeof series === 'number' ? series : series.get(time) ?? last] as const);
      return this.named(new Map(filled.filter((point): point is readonly [number, number] => point[1] !== undefined)));
    }
    if (operands.length !== 1 || operands[0].startsWith('[')) return undefined;
    const value = this.plain(operands[0]);
    if (typeof value === 'number') return undefined;
    if (Object.hasOwn(ALONG, name)) return this.named(new Map(ALONG[name]([...value].sort(([a], [b]) => a - b))));
    // Of one series these make one number.
    return value.size === 0 ? this.named(new Map()) : this.named(AGGREGATES[name]([...value.values()]));
  }
}

/** The parts of a label that stand for values (CloudWatch user guide, "Using dynamic labels"). */
function labelled(text: string, { metric, stat }: Found, values: readonly number[], period: number, plain: string): string {
  const numbers: Readonly<Record<string, () => number>> = { ...AGGREGATES, LAST: (() => values.at(-1)!), FIRST: () => values[0] } as any;
  return text.replace(/\$\{PROP\('([^']+)'\)\}/g, (_all, name: string) => {
    if (name.startsWith('Dim.')) return metric?.dimensions[name.slice(4)] ?? '';
    return ({ MetricName: metric?.name, Namespace: metric?.namespace, Stat: stat, Period: String(period) } as Record<string, string | undefined>)[name] ?? '';
  }).replace(/\$\{LABEL\}/g, plain).replace(/\$\{([A-Z]+)\}/g, (all, name: string) => {
    if (!Object.hasOwn(numbers, name)) return all;
    return values.length === 0 ? '--' : String(Number((AGGREGATES[name]?.(values) ?? numbers[name]()).toPrecision(4)));
  });
}

/** Every line that a widget shows, also those without data. */
export function linesOf(properties: Properties, world: World, window: Window): Line[] {
  const rows = rowsOf(properties.metrics ?? []);
  const calculation = new Calculation(rows, properties, world, window);
  const shown = rows.filter(({ options }) => options.visible !== false).flatMap((row) => {
    const found = calculation.found(row);
    const many = found.length > 1;
    // A SEARCH that finds nothing is a line without data.
    return (found.length > 0 ? found : [{ value: new Map() } as Found]).map((each) => ({ row, found: each, many }));
  });
  const names = shown.map(({ found }) => found.metric?.name ?? '');
  return shown.map(({ row: { metric, options }, found, many }, index): Line => {
    if (typeof found.value === 'number') throw new Error(`The expression ${options.expression} is a number, and has to be a time series`);
    const points = [...found.value].sort(([a], [b]) => a - b);
    const values = points.map(([, value]) => value);
    const own = found.metric && (names.filter((name) => name === found.metric!.name).length > 1 || many ? `${Object.values(found.metric.dimensions).join(' ')} ${found.metric.name}`.trim() : found.metric.name);
    const period = calculation.period(options);
    const label = labelled(options.label ?? own ?? options.expression ?? '', found, values, period, own ?? '');
    return {
      label: many && options.label !== undefined && !options.label.includes('${') ? `${label} ${own}`.trim() : label,
      color: !many && options.color ? options.color : PALETTE[index % PALETTE.length],
      axis: options.yAxis ?? 'left',
      length: metric ? period * 1000 : calculation.length(),
      points,
    };
  });
}
