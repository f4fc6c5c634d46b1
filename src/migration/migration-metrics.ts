import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS } from './contract';

/**
 * The metrics of a migration. They are published at each tick while a run is under way, and not at all between runs.
 *
 * @internal
 */
export abstract class MigrationMetricsBase extends Construct {
  /** Name in events, metrics, commands and alarms. */
  public abstract readonly migrationName: string;

  /** A metric of this migration, for names that this class does not list. */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRICS.namespace,
      metricName,
      dimensionsMap: { [METRICS.dimension]: this.migrationName },
      ...props,
    }).attachTo(this);
  }

  /** Share of the requests that should go to the newcomer, in percent. Maximum over 5 minutes by default. */
  public metricWantedShare(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.wantedShare, props);
  }

  /** Share of the requests that did go to the newcomer, in percent. Average over 5 minutes by default. */
  public metricRealisedShare(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.realisedShare, { statistic: cloudwatch.Stats.AVERAGE, ...props });
  }

  /** How far the evidence is on its way to a rollback, 0 to 100. Maximum over 5 minutes by default. */
  public metricEvidenceAgainst(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.evidenceAgainst, props);
  }

  /** How far the evidence is on its way to a promotion, 0 to 100. Maximum over 5 minutes by default. */
  public metricEvidenceFor(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.evidenceFor, props);
  }

  /** Requests to the newcomer that are still needed for a verdict. Minimum over 5 minutes by default. */
  public metricRequestsNeeded(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.requestsNeeded, { statistic: cloudwatch.Stats.MINIMUM, ...props });
  }

  /** Requests to the newcomer that were judged. Sum over 5 minutes by default. */
  public metricJudgedRequests(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sum(METRICS.judgedRequests, props);
  }

  /** Errors of the newcomer that were judged. Sum over 5 minutes by default. */
  public metricJudgedErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sum(METRICS.judgedErrors, props);
  }

  /** The step, counted from 0; as many as the plan has stand for 100 %. Maximum over 5 minutes by default. */
  public metricStep(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.step, props);
  }

  /** 1 while somebody has to look: paused, inconclusive, blocked, or a gate waits. Maximum over 5 minutes by default. */
  public metricNeedsAttention(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.needsAttention, props);
  }

  /** Rollbacks. Sum over 5 minutes by default. */
  public metricRollbacks(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sum(METRICS.rollbacks, props);
  }

  /** Promotions. Sum over 5 minutes by default. */
  public metricPromotions(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sum(METRICS.promotions, props);
  }

  private sum(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(metricName, { statistic: cloudwatch.Stats.SUM, ...props });
  }

  private largest(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(metricName, { statistic: cloudwatch.Stats.MAXIMUM, ...props });
  }
}
