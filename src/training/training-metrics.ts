import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS } from './contract';

/**
 * The metrics of a training. They are published when a run ends.
 *
 * @internal
 */
export abstract class TrainingMetricsBase extends Construct {
  /** Name of the training in metrics and events. */
  public abstract readonly trainingName: string;

  /** A metric of this training, for names that this class does not list. */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({ namespace: METRICS.namespace, metricName, dimensionsMap: { [METRICS.dimension]: this.trainingName }, ...props }).attachTo(this);
  }

  /** Runs that made a model. Sum over 5 minutes by default. */
  public metricCompletedRuns(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sum(METRICS.completed, props);
  }

  /** Runs that made none. Sum over 5 minutes by default. */
  public metricFailedRuns(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sum(METRICS.failed, props);
  }

  /** Runs that were not begun, for another went on or they had been made. Sum over 5 minutes by default. */
  public metricSkippedRuns(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sum(METRICS.skipped, props);
  }

  /** Run time of the job that made the model, in seconds. Average over 5 minutes by default. */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.duration, props);
  }

  /** How long that job waited for instances, in seconds. Average over 5 minutes by default. */
  public metricWaitingTime(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.waiting, props);
  }

  /** Seconds of instances that all jobs of a run are billed for, tries that failed included. Sum over 5 minutes by default. */
  public metricBillableSeconds(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sum(METRICS.billable, props);
  }

  /** The same in USD, of rungs that have a `usdPerHour`. Sum over 5 minutes by default. */
  public metricCost(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sum(METRICS.cost, props);
  }

  /** Tokens per second at the end of a run, of trainings with a metric definition of the name `tokens_per_second`. Average over 5 minutes by default. */
  public metricTokensPerSecond(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.tokensPerSecond, props);
  }

  /** The rung that made the model, counted from 0: above 0 is a fallback. Maximum over 5 minutes by default. */
  public metricRungUsed(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.rung, { statistic: cloudwatch.Stats.MAXIMUM, ...props });
  }

  /** Jobs of a run. Maximum over 5 minutes by default. */
  public metricAttempts(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.attempts, { statistic: cloudwatch.Stats.MAXIMUM, ...props });
  }

  private sum(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(metricName, { statistic: cloudwatch.Stats.SUM, ...props });
  }

  private average(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(metricName, { statistic: cloudwatch.Stats.AVERAGE, ...props });
  }
}
