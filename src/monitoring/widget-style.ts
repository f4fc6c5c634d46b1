import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { withOwnIds } from './widget-ids';

/** Columns of a dashboard. */
const GRID = 24;
/** More in a row are too narrow for their axes. */
const MOST_IN_A_ROW = 4;
export const CHART_HEIGHT = 6;
const NUMBERS_HEIGHT = 4;

/** Of variants, in their order, the same in every chart: vendors are told apart at a glance. Red is kept for what is bad. */
const COLORS = [cloudwatch.Color.BLUE, cloudwatch.Color.ORANGE, cloudwatch.Color.GREEN, cloudwatch.Color.PURPLE, cloudwatch.Color.BROWN, cloudwatch.Color.PINK, cloudwatch.Color.GREY];

export const colorOf = (index: number): string => COLORS[index % COLORS.length];
export const BAD = cloudwatch.Color.RED;

/** A metric as it is drawn. */
export interface Line {
  /** Left out where there is none, e.g. a cost without a price. */
  readonly metric?: cloudwatch.IMetric;
  readonly label: string;
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
  readonly limits?: readonly { readonly value: number; readonly label: string }[];
  /** Instead of the time range of the dashboard, for what happens seldom: `-P30D`. */
  readonly start?: string;
  /** What stands there when there is no line. A chart without lines would say nothing. */
  readonly nothing?: string;
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
    leftAnnotations: limits.map((limit) => ({ ...limit, color: BAD })),
    stacked,
    start,
  });
}

/** The newest values side by side, each with what it was over the time range. */
export function numbers(title: string, lines: readonly Line[]): Part {
  const metrics = withOwnIds(present(lines));
  return (width) => new cloudwatch.SingleValueWidget({ title: `${title}, last value (${periodOf(metrics)})`, width, height: NUMBERS_HEIGHT, metrics, sparkline: true });
}

export function text(markdown: string, height: number): Part {
  return (width) => new cloudwatch.TextWidget({ markdown, width, height });
}

/** Text over the whole width, as high as it has lines. */
export function heading(markdown: string): cloudwatch.IWidget {
  // In units of the grid, of about 48 pixels: rows of a table have a padding, and empty lines and the rule below the head of a table are none.
  const heights = markdown.split('\n').map((line) => line === '' || line.startsWith('|---') ? 0 : line.startsWith('|') ? 0.65 : 0.5);
  return text(markdown, Math.ceil(heights.reduce((sum, height) => sum + height, 0.8)))(GRID);
}

/** Widgets over the whole width, of the same width; the next line begins after four. */
export function row(...parts: readonly Part[]): cloudwatch.IWidget[] {
  const width = GRID / Math.min(parts.length, MOST_IN_A_ROW);
  return parts.map((part) => part(width));
}

/** A minute is `1 min`, a day `1 day`. */
export function periodText(period: Duration): string {
  const seconds = period.toSeconds();
  const [size, name] = ([[86400, 'day'], [3600, 'h'], [60, 'min']] as const).find(([one]) => seconds % one === 0) ?? [1, 's'];
  const count = seconds / size;
  return `${count} ${name}${name === 'day' && count > 1 ? 's' : ''}`;
}

function periodOf([first]: readonly cloudwatch.IMetric[]): string {
  const period = 'period' in first ? (first as cloudwatch.MathExpression).period : first.toMetricConfig().metricStat?.period;
  return period === undefined ? 'as it comes' : periodText(period);
}

function present(lines: readonly Line[]): cloudwatch.IMetric[] {
  return lines.flatMap(({ metric, label, color }) => metric === undefined ? [] : [drawn(metric, { label, color })]);
}

/** All metrics of aws-cdk-lib can be drawn in another way; one of somebody else's is drawn as it is. */
function drawn(metric: cloudwatch.IMetric, options: { label: string; color?: string }): cloudwatch.IMetric {
  return 'with' in metric ? (metric as cloudwatch.Metric).with(options) : metric;
}
