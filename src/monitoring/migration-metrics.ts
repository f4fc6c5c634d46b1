import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
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

  /**
   * Share of the requests that should go to the newcomer, in percent. Statistic: Maximum.
   *
   * @param props color, label, statistic and the like
   */
  public metricWantedShare(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricWantedShare(this.as('wanted share', props));
  }

  /**
   * Share of the requests that did go to the newcomer, in percent. Statistic: Average. No data without requests.
   *
   * @param props color, label, statistic and the like
   */
  public metricRealisedShare(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricRealisedShare(this.as('realised share', props));
  }

  /**
   * How far the evidence is on its way to a rollback, 0 to 100. Statistic: Maximum.
   *
   * @param props color, label, statistic and the like
   */
  public metricEvidenceAgainst(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricEvidenceAgainst(this.as('evidence against the newcomer', props));
  }

  /**
   * How far the evidence is on its way to a promotion, 0 to 100. Statistic: Maximum.
   *
   * @param props color, label, statistic and the like
   */
  public metricEvidenceFor(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricEvidenceFor(this.as('evidence for the newcomer', props));
  }

  /**
   * Requests to the newcomer that are still needed for a verdict. Statistic: Minimum. No data while no number is enough.
   *
   * @param props color, label, statistic and the like
   */
  public metricRequestsNeeded(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricRequestsNeeded(this.as('requests needed', props));
  }

  /**
   * Requests to the newcomer that were judged. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricJudgedRequests(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricJudgedRequests(this.as('requests judged', props));
  }

  /**
   * Errors of the newcomer that were judged. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricJudgedErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricJudgedErrors(this.as('errors judged', props));
  }

  /**
   * The step, counted from 0; as many as the plan has stand for 100 %. Statistic: Maximum.
   *
   * @param props color, label, statistic and the like
   */
  public metricStep(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricStep(this.as('step', props));
  }

  /**
   * 1 while somebody has to look: paused, inconclusive, blocked, or a gate waits; else 0. Statistic: Maximum.
   *
   * @param props color, label, statistic and the like
   */
  public metricNeedsAttention(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricNeedsAttention(this.as('needs attention', props));
  }

  /**
   * Rollbacks. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricRollbacks(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricRollbacks(this.as('rollbacks', props));
  }

  /**
   * Promotions. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricPromotions(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.migration.metricPromotions(this.as('promotions', props));
  }

  private as(label: string, props?: cloudwatch.MetricOptions): cloudwatch.MetricOptions {
    return { label, period: this.period, ...props };
  }
}
