import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { EndpointMetrics } from './endpoint-metrics';
import { lines } from './endpoint-widgets';
import { formula, type Term } from './metric-options';
import { chart, colorOf, heading, numbers, row } from './widget-style';
import { consoleUrl } from '../private/console-url';
import { throwProblems } from '../private/problems';

/** Rows of widgets about many endpoints. Take them alone into a dashboard of your own: `dashboard.addWidgets(...FleetWidgets.endpoint('search', metrics))`. */
export class FleetWidgets {
  /**
   * One endpoint in one row below its name, with links to it and its logs: requests and the instances that answered them, failed requests in percent, p99 in milliseconds, a line for each
   * variant; and the cost of 1,000 requests over all variants: that of a newcomer with a small share, which is dear, would leave the others flat.
   *
   * @param name what stands above the row, such as the name of the endpoint
   * @param metrics of the endpoint
   */
  public static endpoint(name: string, metrics: EndpointMetrics): cloudwatch.IWidget[] {
    const instances = metrics.variants.map((one, i) => ({ label: `${one.label}, instances`, color: colorOf(metrics.variants.length + i), metric: one.metricInstances() }));
    return [heading(`## ${name}\n${linksTo(metrics)}`), ...row(
      chart({ title: 'Requests', unit: 'count', axis: 'Requests', lines: lines(metrics, (one) => one.metricRequests()), right: { axis: 'Instances that answered', lines: instances } }),
      chart({ title: 'Failed', unit: '%', axis: 'Percent of requests', lines: lines(metrics, (one) => one.metricErrorRate()) }),
      chart({ title: 'Latency p99', unit: 'ms', axis: 'Milliseconds', lines: lines(metrics, (one) => one.metricLatency(99)) }),
      chart({
        title: 'Cost',
        unit: 'USD per 1,000',
        axis: 'USD per 1,000 requests, at least',
        nothing: 'Not every variant has a price that is known: give `usdPerHour`.',
        lines: [{ label: 'All variants', metric: metrics.metricCostPerThousandRequests() }],
      }),
    )];
  }

  /**
   * All endpoints side by side, a line for each: requests answered with a 5xx status in percent, and p99 of the slowest variant in milliseconds. The bad one is found here, its variants are in its row.
   *
   * @param endpoints metrics of each endpoint, at least one
   */
  public static comparison(endpoints: EndpointMetrics[]): cloudwatch.IWidget[] {
    demandSome('comparison', endpoints);
    const each = (metricOf: (metrics: EndpointMetrics) => cloudwatch.IMetric) => endpoints.map((one, i) => ({ label: one.label, color: colorOf(i), metric: metricOf(one) }));
    return row(
      chart({ title: 'Failed, all endpoints', unit: '%', axis: 'Percent of requests', lines: each((one) => one.metricErrorRate()) }),
      chart({ title: 'Latency p99 of the slowest variant, all endpoints', unit: 'ms', axis: 'Milliseconds', lines: each((one) => one.metricLatency(99)) }),
    );
  }

  /**
   * All endpoints together: requests, instances, and what the instances cost, at least. A variant without requests has instances that cost, and CloudWatch does not tell how many: see
   * `VariantMetrics.metricCostPerHour`. Where a variant has no price, the cost says how many have one.
   *
   * @param endpoints metrics of each endpoint, at least one
   */
  public static totals(endpoints: EndpointMetrics[]): cloudwatch.IWidget[] {
    demandSome('totals', endpoints);
    const variants = endpoints.flatMap((one) => one.variants);
    const hourly = variants.flatMap((one) => one._hourly() ?? []);
    const priced = hourly.length === variants.length ? '' : ` (${hourly.length} of ${variants.length} variants have a price)`;
    const total = (label: string, terms: readonly Term[]) => ({ label, metric: sum(label, endpoints[0], terms) });
    const requests = total('Requests', variants.map((one) => one._requests()));
    const instances = total('Instances, at least', variants.map((one) => one._billedInstances()));
    const cost = hourly.length === 0 ? [] : [total(`USD per hour, at least${priced}`, hourly)];
    return [
      ...row(numbers('All endpoints', [requests, instances, ...cost])),
      ...row(
        chart({ title: 'All requests', unit: 'count', axis: 'Requests', lines: [requests] }),
        chart({ title: 'All instances', unit: 'count, at least', axis: 'Instances', lines: [{ ...instances, color: colorOf(1) }] }),
        chart({ title: 'Cost of all instances', unit: 'USD per hour', axis: 'USD per hour, at least', nothing: 'No price is known.', lines: cost.map((one) => ({ ...one, color: colorOf(2) })) }),
      ),
    ];
  }
}

/** To the endpoint and its logs, in the region where it is. */
function linksTo({ endpoint, variants: [{ variant: { endpointName } }] }: EndpointMetrics): string {
  const link = (text: string, service: string, fragment: string) => `[${text}](${consoleUrl(endpoint, service, fragment, endpoint.env.region)})`;
  return `${link('Endpoint in the console', 'sagemaker', `#/endpoints/${endpointName}`)} · ${link('Logs', 'cloudwatch', `#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FEndpoints$252F${endpointName}`)}`;
}

function demandSome(group: string, endpoints: EndpointMetrics[]): void {
  throwProblems(`FleetWidgets.${group}`, endpoints.length > 0 ? [] : [{ prop: 'endpoints', got: 'none', allowed: 'metrics of at least one endpoint', fix: 'give EndpointMetrics of the endpoints' }]);
}

/** An expression has at most 2,048 characters (botocore, MetricDataQuery); a term of a cost is 70 long when it is drawn. */
const MOST_TERMS = 25;

/** A variant that tells nothing must not take the others with it: it counts as 0. Where none tells anything there is no total. */
function sum(label: string, { period }: EndpointMetrics, terms: readonly Term[]): cloudwatch.MathExpression {
  const parts = Array.from({ length: Math.ceil(terms.length / MOST_TERMS) }, (_, i) => {
    const some = terms.slice(i * MOST_TERMS, (i + 1) * MOST_TERMS);
    return formula(period, label, some.map(({ expression }) => `FILL(${expression}, 0)`).join(' + '), Object.assign({}, ...some.map(({ usingMetrics }) => usingMetrics)));
  });
  const total = parts.length === 1 ? parts[0] : formula(period, label, parts.map((_, i) => `part${i}`).join(' + '), Object.fromEntries(parts.map((part, i) => [`part${i}`, part])));
  return formula(period, label, 'IF(total > 0, total)', { total });
}
