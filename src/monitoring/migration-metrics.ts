import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { checkedPeriod, type MetricsOptions } from './metric-options';
import type { TrafficMigration } from '../migration';
import { checkObject } from '../private/checks';
import { throwProblems } from '../private/problems';

/**
 * The metrics of a migration, ready to be drawn. They are published each minute while a run is under way, and not at all between runs.
 */
export class MigrationMetrics {
  /** The migration. */
  public readonly migration: TrafficMigration;
  /** Time that a data point stands for. */
  public readonly period: Duration;

  /**
   * @param migration the migration
   * @param options the period
   */
  constructor(migration: TrafficMigration, options: MetricsOptions = {}) {
    throwProblems('MigrationMetrics', checkObject('migration', migration, 'metricWantedShare', 'a TrafficMigration'));
    this.migration = migration;
    this.period = checkedPeriod(migration, options.period);
  }

  /** Share of the requests that should go to the newcomer, in percent. Statistic: Maximum. */
  public metricWantedShare(): cloudwatch.IMetric {
    return this.migration.metricWantedShare(this.as('wanted share'));
  }

  /** Share of the requests that did go to the newcomer, in percent. Statistic: Average. No data without requests. */
  public metricRealisedShare(): cloudwatch.IMetric {
    return this.migration.metricRealisedShare(this.as('realised share'));
  }

  /** How far the evidence is on its way to a rollback, 0 to 100. Statistic: Maximum. */
  public metricEvidenceAgainst(): cloudwatch.IMetric {
    return this.migration.metricEvidenceAgainst(this.as('evidence against the newcomer'));
  }

  /** How far the evidence is on its way to a promotion, 0 to 100. Statistic: Maximum. */
  public metricEvidenceFor(): cloudwatch.IMetric {
    return this.migration.metricEvidenceFor(this.as('evidence for the newcomer'));
  }

  /** Requests to the newcomer that are still needed for a verdict. Statistic: Minimum. No data while no number is enough. */
  public metricRequestsNeeded(): cloudwatch.IMetric {
    return this.migration.metricRequestsNeeded(this.as('requests needed'));
  }

  /** Requests to the newcomer that were judged. Statistic: Sum. */
  public metricJudgedRequests(): cloudwatch.IMetric {
    return this.migration.metricJudgedRequests(this.as('requests judged'));
  }

  /** Errors of the newcomer that were judged. Statistic: Sum. */
  public metricJudgedErrors(): cloudwatch.IMetric {
    return this.migration.metricJudgedErrors(this.as('errors judged'));
  }

  /** The step, counted from 0; as many as the plan has stand for 100 %. Statistic: Maximum. */
  public metricStep(): cloudwatch.IMetric {
    return this.migration.metricStep(this.as('step'));
  }

  /** 1 while somebody has to look: paused, inconclusive, blocked, or a gate waits; else 0. Statistic: Maximum. */
  public metricNeedsAttention(): cloudwatch.IMetric {
    return this.migration.metricNeedsAttention(this.as('needs attention'));
  }

  /** Rollbacks. Statistic: Sum. */
  public metricRollbacks(): cloudwatch.IMetric {
    return this.migration.metricRollbacks(this.as('rollbacks'));
  }

  /** Promotions. Statistic: Sum. */
  public metricPromotions(): cloudwatch.IMetric {
    return this.migration.metricPromotions(this.as('promotions'));
  }

  private as(label: string): cloudwatch.MetricOptions {
    return { label, period: this.period };
  }
}
