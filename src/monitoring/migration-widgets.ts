import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { sharesOfMigration } from './endpoint-widgets';
import type { MigrationMetrics } from './migration-metrics';
import { BAD, chart, colorOf, row } from './widget-style';
import type { TrafficMigration } from '../migration';
import { throwProblems } from '../private/problems';

/**
 * Rows of widgets about a migration. All but alarms and events are empty between runs: a migration tells its metrics while a run is under way.
 * Take them alone into a dashboard of your own: `dashboard.addWidgets(...MigrationWidgets.evidence(metrics))`.
 */
export class MigrationWidgets {
  /**
   * Share of the requests that the newcomer should have and has, in percent, and the step of the plan.
   *
   * @param metrics of the migration
   */
  public static progress(metrics: MigrationMetrics): cloudwatch.IWidget[] {
    return row(
      sharesOfMigration(metrics),
      chart({ title: 'Step of the plan', unit: 'from 0', axis: 'Step', lines: [{ label: 'Step', metric: metrics.metricStep() }] }),
    );
  }

  /**
   * What speaks for the newcomer and against it, on the way from 0 to the 100 of a verdict; requests that are still needed for one, and those that were judged.
   *
   * @param metrics of the migration
   */
  public static evidence(metrics: MigrationMetrics): cloudwatch.IWidget[] {
    return row(
      chart({
        title: 'Evidence',
        unit: '%',
        axis: 'Percent of a verdict',
        max: 100,
        lines: [
          { label: 'For the newcomer', metric: metrics.metricEvidenceFor(), color: colorOf(2) },
          { label: 'Against it', metric: metrics.metricEvidenceAgainst(), color: BAD },
        ],
        limits: [{ value: 100, label: 'Verdict' }],
      }),
      chart({ title: 'Requests needed for a verdict', unit: 'count', axis: 'Requests to the newcomer', lines: [{ label: 'Still needed', metric: metrics.metricRequestsNeeded() }] }),
      chart({
        title: 'Judged',
        unit: 'count',
        axis: 'Requests to the newcomer',
        lines: [{ label: 'Requests', metric: metrics.metricJudgedRequests(), color: colorOf(1) }],
        right: { axis: 'Errors of the newcomer', lines: [{ label: 'Errors', metric: metrics.metricJudgedErrors(), color: BAD }] },
      }),
    );
  }

  /**
   * Promotions and rollbacks, and when somebody had to look.
   *
   * @param metrics of the migration
   */
  public static verdicts(metrics: MigrationMetrics): cloudwatch.IWidget[] {
    return row(
      chart({
        title: 'Verdicts',
        unit: 'count',
        axis: 'Verdicts',
        lines: [
          { label: 'Promotions', metric: metrics.metricPromotions(), color: colorOf(2) },
          { label: 'Rollbacks', metric: metrics.metricRollbacks(), color: BAD },
        ],
      }),
      chart({ title: 'Somebody has to look', unit: '1 is yes', axis: 'Needs attention', max: 1, lines: [{ label: 'Needs attention', metric: metrics.metricNeedsAttention(), color: BAD }] }),
    );
  }

  /**
   * Whether somebody has to look, and whether the watchdog has gone off; with other alarms, if they are given.
   *
   * @param migration the migration
   * @param more other alarms, at most 98
   */
  public static alarms(migration: TrafficMigration, more: cloudwatch.IAlarm[] = []): cloudwatch.IWidget[] {
    return alarmStatus(migration.node.path, 'Alarms of the migration', [migration.needsAttentionAlarm, migration.watchdogAlarm, ...more]);
  }

  /**
   * The newest events of runs, with what they say: steps, verdicts, rollbacks, pauses. Read from the log of the controller; each look at the dashboard is a query of
   * CloudWatch Logs, which costs by the size of the log.
   *
   * @param migration the migration
   */
  public static events(migration: TrafficMigration): cloudwatch.IWidget[] {
    // The controller writes a line of JSON for each event (`runtime/tell.ts`); CloudWatch Logs finds the fields of the first JSON of a line of a function by itself.
    const log = migration.node.findChild('ControllerLogs') as logs.LogGroup;
    return row((width) => new cloudwatch.LogQueryWidget({
      title: 'Events, the newest 50',
      width,
      height: 8,
      region: Stack.of(migration).region,
      logGroupNames: [log.logGroupName],
      queryLines: ['fields @timestamp, event, message, share, step, phase', 'filter ispresent(event) and ispresent(migration)', 'sort @timestamp desc', 'limit 50'],
    }));
  }
}

/** Alarms as a row of states. One widget takes 100. */
export function alarmStatus(where: string, title: string, alarms: readonly cloudwatch.IAlarm[]): cloudwatch.IWidget[] {
  throwProblems(where, alarms.length <= 100 ? [] : [{ prop: 'alarms', got: `${alarms.length} alarms in a widget`, allowed: 'at most 100', fix: 'leave some out, or show them on another dashboard' }]);
  // Three names stand side by side.
  return row((width) => new cloudwatch.AlarmStatusWidget({ title, width, height: 1 + Math.ceil(alarms.length / 3), alarms: [...alarms], sortBy: cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP }));
}
