import type { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { evaluate, type Value } from '../support/standin/cloudwatch/math';

/** One metric that CloudWatch is asked for, as it is told. */
export interface Leaf {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly seconds: number;
}

/** The metrics below a metric, however deep; of a search those that it names. */
export function leaves(metric: cloudwatch.IMetric): Leaf[] {
  const { metricStat, mathExpression, searchExpression } = metric.toMetricConfig();
  if (metricStat !== undefined) {
    const { namespace, metricName, statistic, period, dimensions = [] } = metricStat;
    return [{ namespace, name: metricName, statistic, seconds: period.toSeconds(), dimensions: Object.fromEntries(dimensions.map(({ name, value }) => [name, value])) }];
  }
  if (mathExpression !== undefined) return Object.values(mathExpression.usingMetrics).flatMap(leaves);
  const { expression } = searchExpression!;
  const [, namespace, dimension, name, host, statistic, seconds] = /^AVG\(SEARCH\('\{"([^",]+)",(\w+)\} MetricName="(\w+)" Host=(\S+)', '(\w+)', (\d+)\)\)(?: \/ \d+)?$/.exec(expression) ?? [];
  return namespace === undefined ? [] : [{ namespace, name, statistic, seconds: Number(seconds), dimensions: { [dimension]: host } }];
}

/** The expression of a metric, without the ids that tell variants apart. */
export function expressionOf(metric: cloudwatch.IMetric | undefined): string {
  return (metric as cloudwatch.MathExpression).expression.replace(/_[0-9a-f]{10}_\d+\b/g, '');
}

/** Values by minute for a metric: name of the variant, then that of the metric. */
export type Data = Readonly<Record<string, Readonly<Record<string, readonly (readonly [minute: number, value: number])[]>>>>;

/** What CloudWatch shows for a metric, by minute, when it has this data and nothing else. */
export function drawn(metric: cloudwatch.IMetric | undefined, data: Data, minutes = [0, 1, 2]): (readonly [number, number])[] {
  const valueOf = (one: cloudwatch.IMetric): Value => {
    const { metricStat, mathExpression } = one.toMetricConfig();
    if (metricStat !== undefined) {
      const variant = metricStat.dimensions!.find(({ name }) => name === 'VariantName')!.value;
      return new Map(data[variant]?.[metricStat.metricName] ?? []);
    }
    const { expression, usingMetrics } = mathExpression!;
    const periods = expression.replace(/PERIOD\((\w+)\)/g, (_all, id: string) => String(leaves(usingMetrics[id])[0].seconds));
    return evaluate(periods, { periods: minutes, value: (id) => valueOf(usingMetrics[id]) });
  };
  return [...valueOf(metric!) as Map<number, number>];
}

/** A body of a dashboard with these metrics in one chart: CDK refuses an id that stands for two of them. */
export function inOneChart(stack: Stack, metrics: readonly cloudwatch.IMetric[]): any[][] {
  return stack.resolve(new cloudwatch.GraphWidget({ left: [...metrics] }).toJson())[0].properties.metrics;
}

/** The message of what an action throws. */
export function thrownBy(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing thrown';
}
