import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DashboardBase, retentionProblems, type DashboardOptions } from './base-dashboard';
import { EndpointMetrics } from './endpoint-metrics';
import { EndpointWidgets } from './endpoint-widgets';
import { MigrationMetrics } from './migration-metrics';
import { MigrationWidgets } from './migration-widgets';
import { heading } from './widget-style';
import type { TrafficMigration } from '../migration';
import { checkObject } from '../private/checks';
import { consoleUrl } from '../private/console-url';
import { runbookUrl, throwProblems } from '../private/problems';

/** What a migration's dashboard shows. */
export interface MigrationDashboardProps extends DashboardOptions {
  /** The migration. */
  readonly migration: TrafficMigration;

  /**
   * Its metrics, with a period of your own.
   *
   * @default - a minute
   */
  readonly metrics?: MigrationMetrics;

  /**
   * Metrics of the endpoint, whose variants are shown beside the evidence.
   *
   * @default - all production variants, a minute
   */
  readonly endpointMetrics?: EndpointMetrics;

  /**
   * Other alarms that matter while traffic moves, beside the migration's own.
   *
   * @default - none
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

/**
 * A dashboard of a migration: alarms, where the run is, events with what they say; then shares wanted and realised, the step, evidence for the newcomer and against it, requests still needed for a verdict; and latency, errors,
 * instances, cost and use of the variants. Between runs a migration tells no metrics: open the dashboard at the time of a run.
 */
export class MigrationDashboard extends DashboardBase {
  /** The metrics that are shown, for widgets of your own. */
  public readonly metrics: MigrationMetrics;

  constructor(scope: Construct, id: string, props: MigrationDashboardProps) {
    super(scope, id, { ...props, defaultInterval: props.defaultInterval ?? intervalOf(props.migration) });
    const { migration, metrics, endpointMetrics, alarms } = props;
    throwProblems(this, checkObject('migration', migration, 'watchdogAlarm', 'a TrafficMigration'));
    const { endpoint } = migration._props.from;
    throwProblems(this, [
      ...metrics === undefined || metrics.migration === migration ? [] : [
        { prop: 'metrics', got: 'metrics of another migration', allowed: `MigrationMetrics of ${migration.node.path}`, fix: 'give metrics of this migration, or leave them out' },
      ],
      ...endpointMetrics === undefined || endpointMetrics.endpoint === endpoint ? [] : [
        { prop: 'endpointMetrics', got: `metrics of ${endpointMetrics.endpoint?.node?.path}`, allowed: `EndpointMetrics of ${endpoint.node.path}`, fix: 'give metrics of the endpoint of the migration, or leave them out' },
      ],
    ]);
    this.metrics = metrics ?? new MigrationMetrics(migration);
    const variants = endpointMetrics ?? new EndpointMetrics(endpoint);
    throwProblems(this, [this.metrics, variants].flatMap(({ period }) => retentionProblems(props.defaultInterval, period)).slice(0, 1));
    const rows = [
      [heading(introduction(migration))],
      MigrationWidgets.alarms(migration, alarms),
      MigrationWidgets.summary(this.metrics),
      MigrationWidgets.verdicts(this.metrics),
      MigrationWidgets.events(migration),
      MigrationWidgets.progress(this.metrics),
      MigrationWidgets.evidence(this.metrics),
      EndpointWidgets.latency(variants),
      EndpointWidgets.errors(variants),
      EndpointWidgets.cost(variants),
      EndpointWidgets.utilization(variants),
    ];
    for (const widgets of rows) this.addWidgets(...widgets);
  }
}

function introduction(migration: TrafficMigration): string {
  const { migrationName, stateMachine, _props: { from, to } } = migration;
  return [
    `# Migration ${migrationName}`,
    `From **${from.variantName}** (${from.instanceType.name}) to **${to.variantName}** (${to.instanceType.name}), endpoint ${from.endpointName}. Metrics are there while a run is under way.`,
    '',
    `[Runs](${consoleUrl(migration, 'states', `#/statemachines/view/${stateMachine.stateMachineArn}`)}) · [What to do when it needs attention](${runbookUrl('needs-attention')}) · [Commands](${runbookUrl('commands')}) · [After a fallback](${runbookUrl('fallback')})`,
  ].join('\n');
}

/** Twice the time of the plan, for steps wait for requests; what is no migration is refused later. */
function intervalOf(migration: TrafficMigration | undefined): Duration {
  const { steps, dwellSeconds, bakeSeconds } = migration?._config?.plan ?? { steps: [], dwellSeconds: 0, bakeSeconds: 0 };
  const days = 2 * (Math.max(0, steps.length - 1) * dwellSeconds + bakeSeconds) / 86_400;
  return days <= 0.5 ? Duration.hours(12) : Duration.days(Math.min(Math.ceil(days), 14));
}
