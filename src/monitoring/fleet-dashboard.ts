import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DashboardBase, retentionProblems, type DashboardOptions } from './base-dashboard';
import type { EndpointMetrics } from './endpoint-metrics';
import { FleetWidgets } from './fleet-widgets';
import { alarmStatus, heading, periodText } from './widget-style';
import { checkObject } from '../private/checks';
import { consoleUrl } from '../private/console-url';
import { runbookUrl, throwProblems, type Problem } from '../private/problems';

/** What a dashboard of many endpoints shows. */
export interface FleetDashboardProps extends DashboardOptions {
  /**
   * Metrics of the endpoints, one row each, with prices, names and routes to NeuronCores as they are told; also of endpoints made elsewhere. Variants have to be added before. All have the same period, a minute at
   * least; five are enough for a fleet. At most 98 endpoints, and 125 variants together.
   */
  readonly endpoints: EndpointMetrics[];

  /**
   * Alarms of the endpoints, their migrations and benchmarks, at most 100: the first row.
   *
   * @default - no alarms are shown
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

/**
 * What fits: CloudWatch takes 500 widgets and 2,500 metrics in a dashboard, those that formulas use included. A row is 5 widgets, and 8 are above them; a variant is asked for 20 metrics.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
 */
const MOST = { endpoints: 98, variants: 125 };

/**
 * A dashboard of many endpoints: alarms, totals, all endpoints side by side, and a row for each endpoint with requests, instances, failed requests, p99 and cost of 1,000 requests.
 */
export class FleetDashboard extends DashboardBase {
  constructor(scope: Construct, id: string, props: FleetDashboardProps) {
    const { endpoints, alarms = [] } = props;
    super(scope, id, { ...props, defaultInterval: props.defaultInterval ?? Duration.days(1) });
    throwProblems(this, [
      ...Array.isArray(endpoints) && endpoints.length > 0 ? endpoints.flatMap(endpointProblems)
        : [{ prop: 'endpoints', got: Array.isArray(endpoints) ? 'none' : 'no list', allowed: 'a list of the metrics of at least one endpoint', fix: 'give e.g. [new EndpointMetrics(endpoint)]' }],
      ...alarms.flatMap((alarm, i) => checkObject(`alarms[${i}]`, alarm, 'alarmArn', 'an alarm')),
    ]);
    throwProblems(this, [...periodProblems(endpoints), ...sizeProblems(endpoints), ...retentionProblems(props.defaultInterval, endpoints[0].period)]);
    this.addWidgets(heading([
      `# ${endpoints.length} ${endpoints.length === 1 ? 'endpoint' : 'endpoints'}`,
      `Each point stands for ${periodText(endpoints[0].period)}. [Endpoints in the console](${consoleUrl(this, 'sagemaker', '#/endpoints')}) · [Runbook](${runbookUrl('runbook')})`,
    ].join('\n')));
    const rows = [
      ...alarms.length === 0 ? [] : [alarmStatus(this.node.path, 'Alarms', alarms)],
      FleetWidgets.totals(endpoints),
      FleetWidgets.comparison(endpoints),
      ...endpoints.map((one) => FleetWidgets.endpoint(one.label, one)),
    ];
    for (const widgets of rows) this.addWidgets(...widgets);
  }
}

function endpointProblems(metrics: EndpointMetrics, i: number, all: readonly EndpointMetrics[]): Problem[] {
  const prop = `endpoints[${i}]`;
  const problems = checkObject(prop, metrics, 'metricTrafficShare', 'EndpointMetrics', 'give new EndpointMetrics(endpoint)');
  if (problems.length > 0) return problems;
  const { path } = metrics.endpoint.node;
  return [
    ...metrics.variants.length > 0 ? [] : [{ prop, got: `${path} without variants`, allowed: 'an endpoint that has variants', fix: 'add the variants first' }],
    ...all.findIndex((other) => other?.endpoint === metrics.endpoint) === i ? [] : [{ prop, got: `${path} a second time`, allowed: 'each endpoint once', fix: 'leave it out' }],
  ];
}

/** Sums and titles are about one period. */
function periodProblems(all: readonly EndpointMetrics[]): Problem[] {
  const first = all[0].period;
  if (first.toSeconds() < 60) return [{ prop: 'endpoints[0]', got: `a period of ${periodText(first)}`, allowed: 'a minute at least: shorter ones are kept for 3 hours', fix: 'give its EndpointMetrics a longer period' }];
  return all.flatMap((metrics, i) => {
    const other = [metrics, ...metrics.variants].find(({ period }) => period.toSeconds() !== first.toSeconds());
    return other === undefined ? [] : [{ prop: `endpoints[${i}]`, got: `a period of ${periodText(other.period)}`, allowed: `${periodText(first)} as endpoints[0]`, fix: 'give all EndpointMetrics and VariantMetrics the same period' }];
  });
}

function sizeProblems(all: readonly EndpointMetrics[]): Problem[] {
  const variants = all.reduce((count, one) => count + one.variants.length, 0);
  if (all.length <= MOST.endpoints && variants <= MOST.variants) return [];
  return [{ prop: 'endpoints', got: `${all.length} with ${variants} variants`, allowed: `at most ${MOST.endpoints}, with ${MOST.variants} variants together`, fix: 'divide them between several dashboards' }];
}
