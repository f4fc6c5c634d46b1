import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DashboardBase, type DashboardOptions } from './base-dashboard';
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
   * Other alarms that matter while traffic moves.
   *
   * @default - the migration's own
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

/**
 * A dashboard of a migration: alarms, shares wanted and realised, the step, evidence for the newcomer and against it, requests still needed for a verdict, promotions and rollbacks, latency and
 * errors of the variants, and the events with what they say. Between runs a migration tells no metrics: open the dashboard at the time of a run.
 */
export class MigrationDashboard extends DashboardBase {
  /** The metrics that are shown, for widgets of your own. */
  public readonly metrics: MigrationMetrics;

  constructor(scope: Construct, id: string, props: MigrationDashboardProps) {
    super(scope, id, { defaultInterval: Duration.hours(12), ...props });
    const { migration, alarms } = props;
    throwProblems(this, checkObject('migration', migration, 'watchdogAlarm', 'a TrafficMigration'));
    throwProblems(this, props.metrics === undefined || props.metrics.migration === migration ? [] : [
      { prop: 'metrics', got: 'metrics of another migration', allowed: `MigrationMetrics of ${migration.node.path}`, fix: 'give metrics of this migration, or leave them out' },
    ]);
    this.metrics = props.metrics ?? new MigrationMetrics(migration);
    const endpoint = props.endpointMetrics ?? new EndpointMetrics(migration._props.from.endpoint);
    const rows = [
      [heading(this.introduction(migration))],
      MigrationWidgets.alarms(migration, alarms),
      MigrationWidgets.progress(this.metrics),
      MigrationWidgets.evidence(this.metrics),
      EndpointWidgets.latency(endpoint),
      EndpointWidgets.errors(endpoint),
      MigrationWidgets.verdicts(this.metrics),
      MigrationWidgets.events(migration),
    ];
    for (const widgets of rows) this.addWidgets(...widgets);
  }

  private introduction({ migrationName, stateMachine, _props: { from, to } }: TrafficMigration): string {
    return [
      `# Migration ${migrationName}`,
      `From **${from.variantName}** (${from.instanceType.name}) to **${to.variantName}** (${to.instanceType.name}), endpoint ${from.endpoint.endpointName}. Metrics are there while a run is under way.`,
      '',
      `[Runs](${consoleUrl(this, 'states', `#/statemachines/view/${stateMachine.stateMachineArn}`)}) · [What to do when it needs attention](${runbookUrl('needs-attention')}) · [Commands](${runbookUrl('commands')}) · [After a fallback](${runbookUrl('fallback')})`,
    ].join('\n');
  }
}
