import { Duration, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DashboardBase, retentionProblems, type DashboardOptions } from './base-dashboard';
import { alarmsOf, BenchmarkWidgets } from './benchmark-widgets';
import { EndpointMetrics } from './endpoint-metrics';
import { EndpointWidgets, type EndpointWidgetOptions } from './endpoint-widgets';
import { MigrationMetrics } from './migration-metrics';
import { MigrationWidgets } from './migration-widgets';
import { VariantMetrics } from './variant-metrics';
import { alarmStatus, heading } from './widget-style';
import type { EndpointVariant, InferenceEndpoint } from '../endpoint';
import type { GpuFallback, TrafficMigration } from '../migration';
import { checkObject } from '../private/checks';
import { consoleUrl } from '../private/console-url';
import { runbookUrl, throwProblems, type Problem } from '../private/problems';

/** What an endpoint's dashboard shows. */
export interface EndpointDashboardProps extends DashboardOptions, EndpointWidgetOptions {
  /** The endpoint. Its variants have to be added before. */
  readonly endpoint: InferenceEndpoint;

  /**
   * Its metrics, where prices, periods or the route to NeuronCore utilisation are not those by default.
   *
   * @default - all production variants, a minute, prices of the price book
   */
  readonly metrics?: EndpointMetrics;

  /**
   * The migration between two of its variants: the share that it wants, its alarms and events.
   *
   * @default - no migration is shown
   */
  readonly migration?: TrafficMigration;

  /**
   * What takes its traffic back to GPUs: its alarms.
   *
   * @default - none is shown
   */
  readonly fallback?: GpuFallback;

  /**
   * Other alarms about the endpoint.
   *
   * @default - the rollback alarms that the endpoint has now, and those of `migration`, `fallback` and `benchmark`
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

/**
 * A dashboard of an endpoint with all of its variants, GPU and Neuron side by side: alarms, traffic wanted and realised, latency, errors, instances, cost per 1,000 requests,
 * utilisation, what its versions are worth, first requests, and the shadow variant.
 *
 * Prices are in its body, as they are known at synth; what fallback instances cost is not.
 */
export class EndpointDashboard extends DashboardBase {
  /** The metrics that are shown, for widgets of your own. */
  public readonly metrics: EndpointMetrics;

  constructor(scope: Construct, id: string, props: EndpointDashboardProps) {
    super(scope, id, { ...props, defaultInterval: props.defaultInterval ?? Duration.hours(3) });
    throwProblems(this, shapeProblems(props));
    throwProblems(this, otherEndpointProblems(props));
    const { endpoint, migration, benchmark } = props;
    this.metrics = props.metrics ?? new EndpointMetrics(endpoint);
    const { metrics } = this;
    throwProblems(this, retentionProblems(props.defaultInterval, metrics.period));
    const alarms = shownAlarms(props);
    const { shadowVariant: shadow } = endpoint;
    const rows = [
      [heading(introduction(endpoint, metrics))],
      ...alarms.length === 0 ? [] : [alarmStatus(this.node.path, 'Alarms', alarms)],
      EndpointWidgets.summary(metrics),
      EndpointWidgets.traffic(metrics, migration && new MigrationMetrics(migration)),
      EndpointWidgets.requests(metrics),
      EndpointWidgets.latency(metrics, props),
      EndpointWidgets.errors(metrics, props),
      EndpointWidgets.cost(metrics),
      EndpointWidgets.utilization(metrics),
      ...shadow === undefined ? [] : [EndpointWidgets.shadow(metrics, new VariantMetrics(shadow, { period: metrics.period }))],
      ...benchmark === undefined ? [] : [BenchmarkWidgets.versions(benchmark)],
      EndpointWidgets.firstRequest(metrics, props),
      ...migration === undefined ? [] : [MigrationWidgets.events(migration)],
    ];
    for (const widgets of rows) this.addWidgets(...widgets);
  }
}

function shapeProblems({ endpoint, migration, benchmark, fallback, p99Limit }: EndpointDashboardProps): Problem[] {
  return [
    ...checkObject('endpoint', endpoint, 'addVariant', 'an InferenceEndpoint made in this app', 'give the endpoint itself; for one made elsewhere take EndpointWidgets into a dashboard of your own'),
    ...migration === undefined ? [] : checkObject('migration', migration, 'watchdogAlarm', 'a TrafficMigration'),
    ...benchmark === undefined ? [] : checkObject('benchmark', benchmark, 'runsFailedAlarm', 'an EndpointBenchmark'),
    ...fallback === undefined ? [] : checkObject('fallback', fallback, 'killSwitchParameter', 'a GpuFallback'),
    ...p99Limit === undefined ? [] : checkObject('p99Limit', p99Limit, 'toMilliseconds', 'a duration'),
  ];
}

/** What is about another endpoint would be drawn beside this one without a word. */
function otherEndpointProblems({ endpoint, metrics, migration, benchmark, fallback }: EndpointDashboardProps): Problem[] {
  const { path } = endpoint.node;
  const about = (prop: string, of: unknown, got: string, allowed: string): Problem[] => of === endpoint ? []
    : [{ prop, got: `${got} of ${(of as Partial<InferenceEndpoint> | undefined)?.node?.path}`, allowed: `${allowed} of ${path}`, fix: `give ${got} of this endpoint, or leave ${prop === 'metrics' ? 'them' : 'it'} out` }];
  return [
    ...endpoint.variants.length > 0 ? [] : [{ prop: 'endpoint', got: `${path} without variants`, allowed: 'an endpoint that has variants', fix: 'add the variants first' }],
    ...metrics === undefined ? [] : about('metrics', metrics.endpoint, 'metrics', 'EndpointMetrics'),
    ...migration === undefined ? [] : about('migration', migration._props.from.endpoint, 'a migration', 'a migration'),
    ...benchmark === undefined ? [] : about('benchmark', benchmark.variants[0].endpoint, 'a benchmark', 'a benchmark'),
    ...fallback === undefined ? [] : about('fallback', fallback._endpoint, 'a fallback', 'a fallback'),
  ];
}

/** What decides about the traffic comes first. One that is given, too, is shown once. */
function shownAlarms({ endpoint, migration, benchmark, fallback, alarms = [] }: EndpointDashboardProps): cloudwatch.IAlarm[] {
  return [...new Set([
    ...endpoint._rollbackAlarms,
    ...migration === undefined ? [] : [migration.needsAttentionAlarm, migration.watchdogAlarm],
    ...fallback === undefined ? [] : [fallback.alarm, ...fallback.latencyAlarm === undefined ? [] : [fallback.latencyAlarm]],
    ...benchmark === undefined ? [] : alarmsOf(benchmark),
    ...alarms,
  ])];
}

function introduction(endpoint: InferenceEndpoint, metrics: EndpointMetrics): string {
  // As its metrics carry it: a name that is known at synth stands there as it is.
  const name = metrics.variants[0].variant.endpointName;
  const log = `#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FEndpoints$252F${name}`;
  const shadow = endpoint.shadowVariant;
  return [
    `# Endpoint ${name}`,
    `[Endpoint in the console](${consoleUrl(endpoint, 'sagemaker', `#/endpoints/${name}`)}) · [Logs](${consoleUrl(endpoint, 'cloudwatch', log)}) · [Runbook](${runbookUrl('runbook')})`,
    '',
    '| Variant | Instance | Accelerators of one | Instances in the template | Traffic in the template |',
    '|---|---|---|---|---|',
    ...metrics.variants.map(({ label, variant }) => tableRow(label, variant as EndpointVariant, shareInTemplate(endpoint, variant as EndpointVariant))),
    ...shadow === undefined ? [] : [tableRow(shadow.variantName, shadow, 'copies, no answers')],
  ].join('\n');
}

function tableRow(label: string, { instanceType, fallbackInstanceTypes, scaling, initialInstanceCount }: EndpointVariant, traffic: string): string {
  const known = (value: number): string => Token.isUnresolved(value) ? '?' : String(value);
  const { minInstances = 1, maxInstances = minInstances } = scaling ?? {};
  const instances = scaling === undefined ? known(initialInstanceCount) : minInstances === maxInstances ? known(minInstances) : `${known(minInstances)} to ${known(maxInstances)}`;
  return `| ${label} | ${[instanceType, ...fallbackInstanceTypes].map(({ name }) => name).join(', else ')} | ${instanceType.acceleratorCount} × ${instanceType.accelerator.name} | ${instances} | ${traffic} |`;
}

/** Without a migration nothing else tells what is wanted; a deploy leaves live weights alone. */
function shareInTemplate({ variants }: InferenceEndpoint, { weight }: EndpointVariant): string {
  const weights = variants.map((one) => one.weight);
  if (weights.some((one) => Token.isUnresolved(one))) return '?';
  const all = weights.reduce((sum, one) => sum + one, 0);
  return all === 0 ? '0 %' : `${Number((100 * weight / all).toPrecision(3))} %`;
}
