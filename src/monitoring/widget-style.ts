import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { withOwnIds } from './widget-ids';
import { throwProblems } from '../private/problems';

/** Columns of a dashboard. */
const GRID = 24;
/** More in a row are too narrow for their axes. */
const MOST_IN_A_ROW = 4;
export const CHART_HEIGHT = 6;
const NUMBERS_HEIGHT = 4;

/** Of variants, in their order, the same in every chart: vendors are told apart at a glance. Red is kept for what is bad, grey (the last one) for what was wanted. */
const COLORS = [cloudwatch.Color.BLUE, cloudwatch.Color.ORANGE, cloudwatch.Color.GREEN, cloudwatch.Color.PURPLE, cloudwatch.Color.BROWN, cloudwatch.Color.PINK, cloudwatch.Color.GREY];

export const colorOf = (index: number): string => COLORS[index % COLORS.length];
export const BAD = cloudwatch.Color.RED;
export const WANTED = cloudwatch.Color.GREY;

/** A metric as it is drawn. */
export interface Line {
  /** Left out where there is none, e.g. a cost without a price. */
  readonly metric?: cloudwatch.IMetric;
  readonly label: string;
  readonly color?: string;
}

/** A level that the lines of a chart are compared with. */
export interface Limit {
  readonly value: number;
  readonly label: string;
  /** Red when it is not said: something is bad beyond it. */
  readonly color?: string;
}

export interface ChartOptions {
  /** What is shown, without unit. */
  readonly title: string;
  /** As it stands in the title: `ms`, `%`, `USD`. */
  readonly unit: string;
  /** The unit spelled out, at the axis. */
  readonly axis: string;
  readonly lines: readonly Line[];
  /** Lines on an axis of their own, at the right. */
  readonly right?: { readonly axis: string; readonly lines: readonly Line[] };
  readonly stacked?: boolean;
  /** Largest value of the left axis, of percents. */
  readonly max?: number;
  readonly limits?: readonly Limit[];
  /** Instead of the time range of the dashboard, for what happens seldom: `-P30D`. */
  readonly start?: string;
  /** What stands there when there is no line. A chart without lines would say nothing. */
  readonly nothing?: string;
}

/** Where nobody knows how many processors there are, 100 is one of several. */
export function percentOf(normalised: boolean, processor = ''): Pick<ChartOptions, 'unit' | 'axis' | 'max'> {
  return { unit: '%', axis: normalised ? 'Percent' : `Percent, 100 for each ${processor}`, max: normalised ? 100 : undefined };
}

/** A widget that is told its width by the row it stands in. */
export type Part = (width: number) => cloudwatch.IWidget;

/** Lines over time, with axes that say what they show. */
export function chart(options: ChartOptions): Part {
  const { title, unit, axis, stacked, max, limits = [], start, nothing } = options;
  const left = present(options.lines);
  const right = present(options.right?.lines ?? []);
  if (left.length + right.length === 0) return text(`### ${title}\n${nothing ?? 'No metric tells it.'}`, CHART_HEIGHT);
  const all = withOwnIds([...left, ...right]);
  return (width) => new cloudwatch.GraphWidget({
    title: `${title}, ${unit} (${periodOf(all)})`,
    width,
    height: CHART_HEIGHT,
    left: all.slice(0, left.length),
    right: all.slice(left.length),
    leftYAxis: { label: axis, showUnits: false, min: 0, max },
    rightYAxis: right.length === 0 ? undefined : { label: options.right!.axis, showUnits: false, min: 0 },
    leftAnnotations: limits.map(({ color = BAD, ...limit }) => ({ ...limit, color })),
    stacked,
    start,
  });
}

/** The newest values side by side, each with what it was over the time range. */
export function numbers(title: string, lines: readonly Line[], which = 'last value'): Part {
  // Without a colour of its own the fourth would be red.
  const metrics = withOwnIds(present(lines.map((line, i) => ({ ...line, color: line.color ?? colorOf(i) }))));
  return (width) => new cloudwatch.SingleValueWidget({ title: `${title}, ${which} (${periodOf(metrics)})`, width, height: NUMBERS_HEIGHT, metrics, sparkline: true });
}

/** What was counted in the time that is shown, a bar for each line. Of what happens now and then lines from point to point say nothing. */
export function bars({ title, unit, axis, lines }: Pick<ChartOptions, 'title' | 'unit' | 'axis' | 'lines'>): Part {
  const metrics = withOwnIds(present(lines.map((line) => ({ ...line, metric: line.metric && inAll(line.metric) }))));
  return (width) => new cloudwatch.GraphWidget({
    title: `${title} in the time shown, ${unit} (${periodOf(metrics)})`,
    width,
    height: CHART_HEIGHT,
    view: cloudwatch.GraphWidgetView.BAR,
    left: metrics,
    leftYAxis: { label: axis, showUnits: false, min: 0 },
  });
}

/** The sum over the time that is shown: its newest value is that of all. */
export function inAll(metric: cloudwatch.IMetric): cloudwatch.IMetric {
  return new cloudwatch.MathExpression({ expression: 'RUNNING_SUM(each)', usingMetrics: { each: metric }, period: lengthOf(metric) });
}

export function text(markdown: string, height: number): Part {
  return (width) => new cloudwatch.TextWidget({ markdown, width, height });
}

/** Text over the whole width, as high as it has to be. */
export function heading(markdown: string): cloudwatch.IWidget {
  // A heading and a row of a table stand by themselves; other lines that follow each other are one paragraph.
  const blocks = markdown.replace(/^[#|].*$/gm, '\n$&\n').split(/\n{2,}/).map((block) => block.trim()).filter((block) => block !== '');
  return text(markdown, Math.ceil(blocks.reduce((sum, block) => sum + heightOf(block), FRAME) / UNIT))(GRID);
}

/** Pixels of a unit of the grid, and of what is around a text. */
const UNIT = 50;
const FRAME = 28;
/** Characters in a line on a narrow screen. */
const LINE = 150;

/** Pixels of a heading, a row of a table, or a paragraph. */
function heightOf(block: string): number {
  if (block.startsWith('#')) return 32;
  if (block.startsWith('|')) return block.startsWith('|---') ? 6 : 23;
  // Addresses of links are not seen, and what a token stands for may be long.
  const seen = block.replace(/\]\([^)]*\)/g, '').replace(/\$\{Token\[[^\]]*\]\}/g, 'x'.repeat(40));
  return 6 + 18 * Math.ceil(seen.length / LINE);
}

/** Widgets over the whole width, of the same width; the next line begins after four. */
export function row(...parts: readonly Part[]): cloudwatch.IWidget[] {
  const width = GRID / Math.min(parts.length, MOST_IN_A_ROW);
  return parts.map((part) => part(width));
}

/** Two side by side: numbers are too many for less. */
export function pairs(...parts: readonly Part[]): cloudwatch.IWidget[] {
  return parts.map((part) => part(parts.length === 1 ? GRID : GRID / 2));
}

/** Alarms as a row of states. One widget takes 100. */
export function alarmStatus(where: string, title: string, alarms: readonly cloudwatch.IAlarm[]): cloudwatch.IWidget[] {
  throwProblems(where, alarms.length <= 100 ? [] : [{ prop: 'alarms', got: `${alarms.length} alarms in a widget`, allowed: 'at most 100', fix: 'leave some out, or show them on another dashboard' }]);
  // Three names stand side by side.
  return row((width) => new cloudwatch.AlarmStatusWidget({ title, width, height: 1 + Math.ceil(alarms.length / 3), alarms: [...alarms], sortBy: cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP }));
}

/** A minute is `1 min`, a day `1 day`. */
export function periodText(period: Duration): string {
  const seconds = period.toSeconds();
  const [size, name] = ([[86400, 'day'], [3600, 'h'], [60, 'min']] as const).find(([one]) => seconds % one === 0) ?? [1, 's'];
  const count = seconds / size;
  return `${count} ${name}${name === 'day' && count > 1 ? 's' : ''}`;
}

function periodOf([first]: readonly cloudwatch.IMetric[]): string {
  const period = first && lengthOf(first);
  return period === undefined ? 'as it comes' : periodText(period);
}

function lengthOf(metric: cloudwatch.IMetric): Duration | undefined {
  return 'period' in metric ? (metric as cloudwatch.MathExpression).period : metric.toMetricConfig().metricStat?.period;
}

function present(lines: readonly Line[]): cloudwatch.IMetric[] {
  return lines.flatMap(({ metric, label, color }) => metric === undefined ? [] : [drawn(metric, { label, color })]);
}

/** All metrics of aws-cdk-lib can be drawn in another way; one of somebody else's is drawn as it is. */
function drawn(metric: cloudwatch.IMetric, options: { label: string; color?: string }): cloudwatch.IMetric {
  return 'with' in metric ? (metric as cloudwatch.Metric).with(options) : metric;
}
