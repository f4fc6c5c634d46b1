import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/** Names in an expression; what is in quotes is a search or a label, and is left as it is. */
const NAMES = /'[^']*'|"[^"]*"|[A-Za-z_]\w*/g;

/**
 * The same metrics, with short ids of their own. An id stands for one metric in a chart or a sum, and a formula of somebody else's, such as one that tells the use of NeuronCores, may have an id that another one has
 * for something else. And short ones keep long sums below the 2,048 characters of an expression.
 */
export function withOwnIds(metrics: readonly cloudwatch.IMetric[]): cloudwatch.IMetric[] {
  const ids = new Map<string, string>();
  const idOf = (metric: cloudwatch.IMetric): string => {
    const key = keyOf(metric);
    const id = ids.get(key) ?? `m${ids.size + 1}`;
    ids.set(key, id);
    return id;
  };
  const renamed = (metric: cloudwatch.IMetric): cloudwatch.IMetric => {
    if (!isExpression(metric) || Object.keys(metric.usingMetrics).length === 0) return metric;
    const names = new Map(Object.entries(metric.usingMetrics).map(([name, operand]) => [name, idOf(operand)]));
    return new cloudwatch.MathExpression({
      expression: metric.expression.replace(NAMES, (name) => names.get(name) ?? name),
      usingMetrics: Object.fromEntries(Object.entries(metric.usingMetrics).map(([name, operand]) => [names.get(name)!, renamed(operand)])),
      label: metric.label,
      color: metric.color,
      period: metric.period,
      searchAccount: metric.searchAccount,
      searchRegion: metric.searchRegion,
    });
  };
  return metrics.map(renamed);
}

/** By its members: there may be two copies of aws-cdk-lib. */
function isExpression(metric: cloudwatch.IMetric): metric is cloudwatch.MathExpression {
  return 'usingMetrics' in metric && 'expression' in metric;
}

/** What tells a metric from another; how it is drawn does not. */
function keyOf(metric: cloudwatch.IMetric): string {
  if (isExpression(metric)) {
    const { expression, usingMetrics, period, searchAccount, searchRegion } = metric;
    return JSON.stringify([expression, Object.entries(usingMetrics).map(([id, one]) => [id, keyOf(one)]), period.toSeconds(), searchAccount, searchRegion]);
  }
  const { metricStat, searchExpression } = metric.toMetricConfig();
  return JSON.stringify([metricStat && { ...metricStat, period: metricStat.period.toSeconds() }, searchExpression]);
}
