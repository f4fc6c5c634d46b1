import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { sharesOfMigration } from './endpoint-widgets';
import type { MigrationMetrics } from './migration-metrics';
import { alarmStatus, BAD, chart, colorOf, inAll, numbers, row, WANTED, type Limit } from './widget-style';
import type { TrafficMigration } from '../migration';

/**
 * Rows of widgets about a migration. All but alarms, events and what was counted are empty between runs: a migration tells its metrics while a run is under way.
 * Take them alone into a dashboard of your own with `periodOverride: PeriodOverride.INHERIT`, for titles name the period: `dashboard.addWidgets(...MigrationWidgets.evidence(metrics))`.
 */
export class MigrationWidgets {
  /**
   * Where the run of now is, or where the last one in the time shown was: share wanted and realised, step, evidence, requests that are still needed.
   *
   * @param metrics of the migration
   */
  public static summary(metrics: MigrationMetrics): cloudwatch.IWidget[] {
    const { steps } = metrics.migration._config.plan;
    return row(numbers('The run', [
      { label: 'Wanted share, %', metric: metrics.metricWantedShare() },
      { label: 'Realised share, %', metric: metrics.metricRealisedShare() },
      { label: `Step, ${steps.length} is 100 %`, metric: metrics.metricStep() },
      { label: 'For the newcomer, %', metric: metrics.metricEvidenceFor(), color: colorOf(2) },
      { label: 'Against it, %', metric: metrics.metricEvidenceAgainst(), color: BAD },
      { label: 'Requests needed', metric: metrics.metricRequestsNeeded() },
    ], 'newest value'));
  }

  /**
   * Share of the requests that the newcomer should have and has, in percent, and the step of the plan.
   *
   * @param metrics of the migration
   */
  public static progress(metrics: MigrationMetrics): cloudwatch.IWidget[] {
    return row(
      sharesOfMigration(metrics),
      chart({ title: 'Step of the plan', unit: 'from 0', axis: 'Step', limits: stepsOf(metrics), lines: [{ label: 'Step', metric: metrics.metricStep() }] }),
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
   * Promotions and rollbacks in the time shown, and whether somebody has to look.
   *
   * @param metrics of the migration
   */
  public static verdicts(metrics: MigrationMetrics): cloudwatch.IWidget[] {
    return row(numbers('Verdicts', [
      { label: 'Promotions in the time shown', metric: inAll(metrics.metricPromotions()), color: colorOf(2) },
      { label: 'Rollbacks in the time shown', metric: inAll(metrics.metricRollbacks()), color: BAD },
      { label: 'Needs attention, 1 is yes', metric: metrics.metricNeedsAttention() },
    ], 'newest value'));
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
    return row((width) => new cloudwatch.LogQueryWidget({
      title: 'Events, the newest 50',
      width,
      height: 8,
      region: Stack.of(migration).region,
      logGroupNames: [migration._controllerLogs.logGroupName],
      queryLines: ['fields @timestamp, event, message, share, step, phase', 'filter ispresent(event) and ispresent(migration)', 'sort @timestamp desc', 'limit 50'],
    }));
  }
}

/** More lines than this lie on each other. */
const MOST_STEPS = 8;

/** The share of each step, where it can be read. */
function stepsOf({ migration }: MigrationMetrics): Limit[] {
  const { steps } = migration._config.plan;
  return steps.length >= MOST_STEPS ? [] : [...steps, 100].map((share, step) => ({ value: step, label: `${share} %`, color: WANTED }));
}
