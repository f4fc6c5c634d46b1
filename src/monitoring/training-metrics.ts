import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { checkedPeriod, searchRegion, type MetricsOptions } from './metric-options';
import { checkObject } from '../private/checks';
import { throwProblems } from '../private/problems';
import type { TrainingJob } from '../training';

/**
 * The metrics of a training, ready to be drawn. Those of runs are published when a run ends, those of instances while its jobs run.
 */
export class TrainingMetrics {
  /** The training. */
  public readonly training: TrainingJob;
  /** Time that a data point stands for. */
  public readonly period: Duration;

  /**
   * @param training the training
   * @param options the period
   */
  constructor(training: TrainingJob, options: MetricsOptions = {}) {
    throwProblems('TrainingMetrics', checkObject('training', training, 'jobNamePrefix', 'a TrainingJob'));
    this.training = training;
    this.period = checkedPeriod(training, options.period);
  }

  /** Runs that made a model. Statistic: Sum. */
  public metricCompletedRuns(): cloudwatch.IMetric {
    return this.training.metricCompletedRuns(this.as('completed runs'));
  }

  /** Runs that made none. Statistic: Sum. */
  public metricFailedRuns(): cloudwatch.IMetric {
    return this.training.metricFailedRuns(this.as('failed runs'));
  }

  /** Runs that were not begun, for another went on or they had been made. Statistic: Sum. */
  public metricSkippedRuns(): cloudwatch.IMetric {
    return this.training.metricSkippedRuns(this.as('skipped runs'));
  }

  /** Run time of the job that made the model, in seconds. Statistic: Average. */
  public metricDuration(): cloudwatch.IMetric {
    return this.training.metricDuration(this.as('run time, seconds'));
  }

  /** How long that job waited for instances, in seconds. Statistic: Average. */
  public metricWaitingTime(): cloudwatch.IMetric {
    return this.training.metricWaitingTime(this.as('waiting time, seconds'));
  }

  /** Seconds of instances that all jobs of a run are billed for, tries that failed included. Statistic: Sum. */
  public metricBillableSeconds(): cloudwatch.IMetric {
    return this.training.metricBillableSeconds(this.as('billed seconds'));
  }

  /** The same in USD, of rungs that have a `usdPerHour`. Statistic: Sum. */
  public metricCost(): cloudwatch.IMetric {
    return this.training.metricCost(this.as('cost, USD'));
  }

  /** Tokens per second at the end of a run, of trainings with a metric definition of the name `tokens_per_second`. Statistic: Average. */
  public metricTokensPerSecond(): cloudwatch.IMetric {
    return this.training.metricTokensPerSecond(this.as('tokens per second'));
  }

  /** The rung that made the model, counted from 0: above 0 is a fallback. Statistic: Maximum. */
  public metricRungUsed(): cloudwatch.IMetric {
    return this.training.metricRungUsed(this.as('rung'));
  }

  /** Jobs of a run. Statistic: Maximum. */
  public metricAttempts(): cloudwatch.IMetric {
    return this.training.metricAttempts(this.as('jobs'));
  }

  /**
   * Use of the GPUs of an instance, on average over those of all jobs at that time: the sum of its GPUs, up to 100 percent for each. Statistic: Average. Undefined when no rung has GPUs: SageMaker publishes
   * nothing of Neuron devices. It is a search, which no alarm can watch, for every run has other names.
   */
  public metricGpuUtilization(): cloudwatch.IMetric | undefined {
    return this.training.rungs.some(({ instanceType }) => instanceType.isGpu) ? this.ofHosts('GPUUtilization', 'GPUs of an instance') : undefined;
  }

  /**
   * Use of the CPUs of an instance, on average over those of all jobs at that time: the sum of its vCPUs, up to 100 percent for each. Statistic: Average. It is a search, which no alarm can watch.
   */
  public metricCpuUtilization(): cloudwatch.IMetric {
    return this.ofHosts('CPUUtilization', 'CPUs of an instance');
  }

  /**
   * Use of the memory of an instance, on average over those of all jobs at that time, in percent. Statistic: Average. It is a search, which no alarm can watch.
   */
  public metricMemoryUtilization(): cloudwatch.IMetric {
    return this.ofHosts('MemoryUtilization', 'memory of an instance');
  }

  /**
   * An instance is `<job>/algo-<n>`, and what is not in double quotes may be a part of a value (CloudWatch user guide, search expression syntax). A line for each instance would be hundreds after a
   * few weeks, each with a name that nobody knows.
   */
  private ofHosts(metricName: string, label: string): cloudwatch.IMetric {
    return new cloudwatch.SearchExpression({
      expression: `AVG(SEARCH('{/aws/sagemaker/TrainingJobs,Host} MetricName="${metricName}" Host=${this.training.jobNamePrefix}', 'Average', ${this.period.toSeconds()}))`,
      period: this.period,
      label,
      searchRegion: searchRegion(this.training),
    });
  }

  private as(label: string): cloudwatch.MetricOptions {
    return { label, period: this.period };
  }
}
