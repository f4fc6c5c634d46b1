import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { EndpointMetrics } from './endpoint-metrics';
import { lines } from './endpoint-widgets';
import { withOwnIds } from './widget-ids';
import { chart, colorOf, heading, numbers, row, type Part } from './widget-style';
import { throwProblems } from '../private/problems';

/** Rows of widgets about many endpoints. Take them alone into a dashboard of your own: `dashboard.addWidgets(...FleetWidgets.endpoint('search', metrics))`. */
export class FleetWidgets {
  /**
   * One endpoint in one row below its name: requests, failed requests in percent, p99 in milliseconds, cost of 1,000 requests; a line for each variant.
   *
   * @param name what stands above the row, such as the name of the endpoint
   * @param metrics of the endpoint
   */
  public static endpoint(name: string, metrics: EndpointMetrics): cloudwatch.IWidget[] {
    return [heading(`## ${name}`), ...row(
      chart({ title: 'Requests', unit: 'count', axis: 'Requests', stacked: true, lines: lines(metrics, (one) => one.metricRequests()) }),
      chart({ title: 'Failed', unit: '%', axis: 'Percent of requests', lines: lines(metrics, (one) => one.metricErrorRate()) }),
      chart({ title: 'Latency p99', unit: 'ms', axis: 'Milliseconds', lines: lines(metrics, (one) => one.metricLatency(99)) }),
      chart({ title: 'Cost', unit: 'USD per 1,000', axis: 'USD per 1,000 requests', nothing: 'No price is known: give `usdPerHour`.', lines: lines(metrics, (one) => one.metricCostPerThousandRequests()) }),
    )];
  }

  /**
   * All endpoints together: requests, instances, and what the instances cost.
   *
   * @param endpoints metrics of each endpoint, at least one
   */
  public static totals(endpoints: EndpointMetrics[]): cloudwatch.IWidget[] {
    throwProblems('FleetWidgets.totals', endpoints.length > 0 ? [] : [{ prop: 'endpoints', got: 'none', allowed: 'metrics of at least one endpoint', fix: 'give EndpointMetrics of the endpoints' }]);
    const requests = sum('Requests', endpoints.map((one) => one.metricRequests()));
    const instances = sum('Instances in service', endpoints.map((one) => one.metricInstances()));
    const priced = endpoints.flatMap((one) => one.variants.flatMap((variant) => variant.metricCostPerHour() ?? []));
    const cost = priced.length === 0 ? [] : [sum('USD per hour', priced)];
    const parts: Part[] = [
      numbers('All endpoints', [{ label: 'Requests', metric: requests }, { label: 'Instances', metric: instances }, ...cost.map((metric) => ({ label: 'USD per hour', metric }))]),
    ];
    const charts = [
      chart({ title: 'All requests', unit: 'count', axis: 'Requests', lines: [{ label: 'All endpoints', metric: requests }] }),
      chart({ title: 'All instances in service', unit: 'count', axis: 'Instances', lines: [{ label: 'All endpoints', metric: instances, color: colorOf(1) }] }),
      chart({ title: 'Cost of all instances', unit: 'USD per hour', axis: 'USD per hour', nothing: 'No price is known.', lines: cost.map((metric) => ({ label: 'Endpoints with a price', metric, color: colorOf(2) })) }),
    ];
    return [...row(...parts), ...row(...charts)];
  }
}

/** An expression has at most 2,048 characters (botocore, MetricDataQuery). */
const MOST_TERMS = 50;

/**
 * An endpoint without requests tells nothing, and must not take the others with it: it counts as 0. Where none tells anything there is no total.
 */
function sum(label: string, metrics: readonly cloudwatch.IMetric[]): cloudwatch.IMetric {
  if (metrics.length > MOST_TERMS) {
    const parts = Array.from({ length: Math.ceil(metrics.length / MOST_TERMS) }, (_, i) => sum(label, metrics.slice(i * MOST_TERMS, (i + 1) * MOST_TERMS)));
    return sum(label, parts);
  }
  const own = withOwnIds(metrics);
  const names = own.map((_, i) => `s${i}`);
  const { period } = own[0] as cloudwatch.MathExpression;
  const all = new cloudwatch.MathExpression({ label, period, expression: names.map((name) => `FILL(${name}, 0)`).join(' + '), usingMetrics: Object.fromEntries(own.map((one, i) => [names[i], one])) });
  return new cloudwatch.MathExpression({ label, period, expression: 'IF(total > 0, total)', usingMetrics: { total: all } });
}
