import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DashboardBase, type DashboardOptions } from './base-dashboard';
import { EndpointMetrics } from './endpoint-metrics';
import { FleetWidgets } from './fleet-widgets';
import { heading, periodText } from './widget-style';
import type { InferenceEndpoint } from '../endpoint';
import { checkObject } from '../private/checks';
import { consoleUrl } from '../private/console-url';
import { throwProblems, type Problem } from '../private/problems';

/** What a dashboard of many endpoints shows. */
export interface FleetDashboardProps extends DashboardOptions {
  /** The endpoints, one row each. Their variants have to be added before. */
  readonly endpoints: InferenceEndpoint[];

  /**
   * Time that a data point stands for, a minute at least.
   *
   * @default Duration.minutes(5)
   */
  readonly period?: Duration;
}

/**
 * A dashboard of many endpoints: totals, and a row for each endpoint with requests, failed requests, p99 and cost of 1,000 requests. CloudWatch takes 500 widgets and 2,500 metrics in a
 * dashboard: with two variants an endpoint that is about 60 endpoints.
 */
export class FleetDashboard extends DashboardBase {
  constructor(scope: Construct, id: string, props: FleetDashboardProps) {
    super(scope, id, { defaultInterval: Duration.days(1), ...props });
    const { endpoints, period = Duration.minutes(5) } = props;
    throwProblems(this, Array.isArray(endpoints) && endpoints.length > 0 ? endpoints.flatMap(endpointProblems)
      : [{ prop: 'endpoints', got: Array.isArray(endpoints) ? 'none' : 'no list', allowed: 'a list of at least one InferenceEndpoint', fix: 'give the endpoints to show' }]);
    const all = endpoints.map((endpoint) => ({ name: endpoint.variants[0].endpointName, metrics: new EndpointMetrics(endpoint, { period }) }));
    this.addWidgets(heading([
      `# ${endpoints.length} ${endpoints.length === 1 ? 'endpoint' : 'endpoints'}`,
      `Each point stands for ${periodText(period)}. Instances and costs are known where there are requests. [Endpoints in the console](${consoleUrl(this, 'sagemaker', '#/endpoints')})`,
    ].join('\n')));
    this.addWidgets(...FleetWidgets.totals(all.map(({ metrics }) => metrics)));
    for (const { name, metrics } of all) this.addWidgets(...FleetWidgets.endpoint(name, metrics));
  }
}

function endpointProblems(endpoint: InferenceEndpoint, i: number, all: readonly InferenceEndpoint[]): Problem[] {
  const prop = `endpoints[${i}]`;
  const problems = checkObject(prop, endpoint, 'addVariant', 'an InferenceEndpoint made in this app');
  if (problems.length > 0) return problems;
  return [
    ...endpoint.variants.length > 0 ? [] : [{ prop, got: `${endpoint.node.path} without variants`, allowed: 'an endpoint that has variants', fix: 'add the variants first' }],
    ...all.indexOf(endpoint) === i ? [] : [{ prop, got: `${endpoint.node.path} a second time`, allowed: 'each endpoint once', fix: 'leave it out' }],
  ];
}
