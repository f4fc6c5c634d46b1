import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DashboardBase, type DashboardOptions } from './base-dashboard';
import { EndpointMetrics } from './endpoint-metrics';
import { EndpointWidgets, type FirstRequestOptions } from './endpoint-widgets';
import { MigrationMetrics } from './migration-metrics';
import { alarmStatus, MigrationWidgets } from './migration-widgets';
import { heading } from './widget-style';
import type { EndpointVariant, InferenceEndpoint } from '../endpoint';
import type { TrafficMigration } from '../migration';
import { checkObject } from '../private/checks';
import { consoleUrl } from '../private/console-url';
import { runbookUrl, throwProblems } from '../private/problems';

/** What an endpoint's dashboard shows. */
export interface EndpointDashboardProps extends DashboardOptions {
  /** The endpoint. Its variants have to be added before. */
  readonly endpoint: InferenceEndpoint;

  /**
   * Its metrics, where prices, periods or the route to NeuronCore utilisation are not those by default.
   *
   * @default - all production variants, a minute, prices of the price book
   */
  readonly metrics?: EndpointMetrics;

  /**
   * The migration between two of its variants: the share that it wants, and its alarms.
   *
   * @default - no migration is shown
   */
  readonly migration?: TrafficMigration;

  /**
   * Where the latency of first requests comes from.
   *
   * @default - none is shown
   */
  readonly firstRequest?: FirstRequestOptions;

  /**
   * Other alarms about the endpoint, such as those of a benchmark.
   *
   * @default - the alarms of the migration alone
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

/**
 * A dashboard of an endpoint with all of its variants, GPU and Neuron side by side: traffic wanted and realised, latency, errors, instances, cost per 1,000 requests,
 * utilisation, first requests.
 *
 * Prices are in its body, as they are known at synth; what fallback instances cost is not.
 */
export class EndpointDashboard extends DashboardBase {
  /** The metrics that are shown, for widgets of your own. */
  public readonly metrics: EndpointMetrics;

  constructor(scope: Construct, id: string, props: EndpointDashboardProps) {
    super(scope, id, { defaultInterval: Duration.hours(3), ...props });
    const { endpoint, migration, firstRequest, alarms = [] } = props;
    throwProblems(this, [
      ...checkObject('endpoint', endpoint, 'addVariant', 'an InferenceEndpoint made in this app', 'give the endpoint itself; for one made elsewhere take EndpointWidgets into a dashboard of your own'),
      ...migration === undefined ? [] : checkObject('migration', migration, 'watchdogAlarm', 'a TrafficMigration'),
    ]);
    throwProblems(this, [
      ...endpoint.variants.length > 0 ? [] : [{ prop: 'endpoint', got: `${endpoint.node.path} without variants`, allowed: 'an endpoint that has variants', fix: 'add the variants first' }],
      ...props.metrics === undefined || props.metrics.endpoint === endpoint ? [] : [
        { prop: 'metrics', got: `metrics of ${props.metrics.endpoint?.node?.path}`, allowed: `EndpointMetrics of ${endpoint.node.path}`, fix: 'give metrics of this endpoint, or leave them out' },
      ],
      ...migration === undefined || migration._props.from.endpoint === endpoint ? [] : [
        { prop: 'migration', got: `a migration of ${migration._props.from.endpoint.node.path}`, allowed: `a migration of ${endpoint.node.path}`, fix: 'give a migration of this endpoint, or leave it out' },
      ],
    ]);
    this.metrics = props.metrics ?? new EndpointMetrics(endpoint);
    const { metrics } = this;
    const shown = [...migration === undefined ? [] : [migration.needsAttentionAlarm, migration.watchdogAlarm], ...alarms];
    const rows = [
      [heading(this.introduction())],
      EndpointWidgets.summary(metrics),
      ...shown.length === 0 ? [] : [alarmStatus(this.node.path, 'Alarms', shown)],
      EndpointWidgets.traffic(metrics, migration && new MigrationMetrics(migration)),
      EndpointWidgets.requests(metrics),
      EndpointWidgets.latency(metrics),
      EndpointWidgets.errors(metrics),
      EndpointWidgets.cost(metrics),
      EndpointWidgets.utilization(metrics),
      EndpointWidgets.firstRequest(metrics, firstRequest),
      ...migration === undefined ? [] : [MigrationWidgets.events(migration)],
    ];
    for (const widgets of rows) this.addWidgets(...widgets);
  }

  private introduction(): string {
    // As its metrics carry it: a name that is known at synth stands there as it is.
    const name = this.metrics.variants[0].variant.endpointName;
    const log = `#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FEndpoints$252F${name}`;
    return [
      `# Endpoint ${name}`,
      `[Endpoint in the console](${consoleUrl(this, 'sagemaker', `#/endpoints/${name}`)}) · [Logs](${consoleUrl(this, 'cloudwatch', log)}) · [Runbook](${runbookUrl('runbook')})`,
      '',
      '| Variant | Instance | Accelerators of one |',
      '|---|---|---|',
      ...this.metrics.variants.map(({ label, instanceType, variant }) => instanceType === undefined
        ? `| ${label} | not known here | not known here |`
        : `| ${label} | ${[instanceType, ...(variant as Partial<EndpointVariant>).fallbackInstanceTypes ?? []].map((one) => one.name).join(', else ')} | ${instanceType.acceleratorCount} × ${instanceType.accelerator.name} |`),
    ].join('\n');
  }
}
