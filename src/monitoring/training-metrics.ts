import { Stack, type Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { checkedPeriod, common, searchPlace, type MetricsOptions } from './metric-options';
import { checkObject, printed } from '../private/checks';
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

  /**
   * Runs that made a model. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricCompletedRuns(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.training.metricCompletedRuns(this.as('completed runs', props));
  }

  /**
   * Runs that made none. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricFailedRuns(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.training.metricFailedRuns(this.as('failed runs', props));
  }

  /**
   * Runs that were not begun, for another went on or they had been made. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricSkippedRuns(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.training.metricSkippedRuns(this.as('skipped runs', props));
  }

  /**
   * Run time of the job that made the model, in seconds. Statistic: Average.
   *
   * @param props color, label, statistic and the like
   */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.training.metricDuration(this.as('run time, seconds', props));
  }

  /**
   * How long that job waited for instances, in seconds. Statistic: Average.
   *
   * @param props color, label, statistic and the like
   */
  public metricWaitingTime(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.training.metricWaitingTime(this.as('waiting time, seconds', props));
  }

  /**
   * Seconds of instances that all jobs of a run are billed for, tries that failed included. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricBillableSeconds(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.training.metricBillableSeconds(this.as('billed seconds', props));
  }

  /**
   * The same in USD, of rungs that have a `usdPerHour`. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricCost(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.training.metricCost(this.as('cost, USD', props));
  }

  /**
   * Tokens per second at the end of a run, of trainings with a metric definition of the name `tokens_per_second`. Statistic: Average.
   *
   * @param props color, label, statistic and the like
   */
  public metricTokensPerSecond(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.training.metricTokensPerSecond(this.as('tokens per second', props));
  }

  /**
   * The rung that made the model, counted from 0: above 0 is a fallback. Statistic: Maximum.
   *
   * @param props color, label, statistic and the like
   */
  public metricRungUsed(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.training.metricRungUsed(this.as('rung', props));
  }

  /**
   * Jobs of a run. Statistic: Maximum.
   *
   * @param props color, label, statistic and the like
   */
  public metricAttempts(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.training.metricAttempts(this.as('jobs', props));
  }

  /**
   * Use of the GPUs of an instance in percent, over all instances at that time: 0 to 100, or the sum of its GPUs, up to 100 for each, when the rungs differ in their number. Undefined when no rung has GPUs:
   * SageMaker publishes nothing of Neuron devices.
   *
   * A search, which no alarm can watch, for every run has other names: it finds at most 500 instances, of the last two weeks, and those of each training whose `jobNamePrefix` begins like this one.
   *
   * @param over how instances are joined: `Stats.AVERAGE`, which is the default, `Stats.MINIMUM` (does one hang?) or `Stats.MAXIMUM`
   */
  public metricGpuUtilization(over: string = cloudwatch.Stats.AVERAGE): cloudwatch.IMetric | undefined {
    return this.training.rungs.some(({ instanceType }) => instanceType.isGpu) ? this.ofHosts('GPUUtilization', 'GPUs of an instance', over, this.processors('gpu')) : undefined;
  }

  /**
   * Use of the CPUs of an instance in percent, over all instances at that time: 0 to 100, or the sum of its vCPUs, up to 100 for each, when the rungs differ in their number. A search as `metricGpuUtilization`.
   *
   * @param over how instances are joined: `Stats.AVERAGE`, which is the default, `Stats.MINIMUM` or `Stats.MAXIMUM`
   */
  public metricCpuUtilization(over: string = cloudwatch.Stats.AVERAGE): cloudwatch.IMetric {
    return this.ofHosts('CPUUtilization', 'CPUs of an instance', over, this.processors('cpu'));
  }

  /**
   * Use of the memory of an instance in percent, over all instances at that time. A search as `metricGpuUtilization`.
   *
   * @param over how instances are joined: `Stats.AVERAGE`, which is the default, `Stats.MINIMUM` or `Stats.MAXIMUM`
   */
  public metricMemoryUtilization(over: string = cloudwatch.Stats.AVERAGE): cloudwatch.IMetric {
    return this.ofHosts('MemoryUtilization', 'memory of an instance', over);
  }

  /**
   * Whether the utilisation is that of one processor, 0 to 100.
   *
   * @internal
   */
  public _isNormalised(processor: 'gpu' | 'cpu'): boolean {
    return this.processors(processor) !== undefined;
  }

  /** Of one instance, where all rungs that tell of them have as many. */
  private processors(processor: 'gpu' | 'cpu'): number | undefined {
    const types = this.training.rungs.map(({ instanceType }) => instanceType);
    return common(processor === 'gpu' ? types.filter(({ isGpu }) => isGpu).map(({ acceleratorCount }) => acceleratorCount) : types.map(({ vcpu }) => vcpu));
  }

  /**
   * An instance is `<job>/algo-<n>`, and what is not in double quotes may be a part of a value (CloudWatch user guide, search expression syntax). A line for each instance would be hundreds after a
   * few weeks, each with a name that nobody knows.
   */
  private ofHosts(metricName: string, label: string, over: string, processors?: number): cloudwatch.IMetric {
    const join = Object.hasOwn(JOINS, over) ? JOINS[over] : undefined;
    throwProblems(this.training, join !== undefined ? [] : [{ prop: 'over', got: printed(over), allowed: `one of ${Object.keys(JOINS).join(', ')}`, fix: 'give e.g. Stats.AVERAGE of aws-cdk-lib/aws-cloudwatch' }]);
    const search = `SEARCH('{"/aws/sagemaker/TrainingJobs",Host} MetricName="${metricName}" Host=${this.training.jobNamePrefix}', 'Average', ${this.period.toSeconds()})`;
    return new cloudwatch.SearchExpression({
      expression: `${join}(${search})${processors === undefined ? '' : ` / ${processors}`}`,
      period: this.period,
      label,
      ...searchPlace(Stack.of(this.training)),
    });
  }

  private as(label: string, props?: cloudwatch.MetricOptions): cloudwatch.MetricOptions {
    return { label, period: this.period, ...props };
  }
}

/** What joins the series that a search finds. */
const JOINS: Readonly<Record<string, string>> = { [cloudwatch.Stats.AVERAGE]: 'AVG', [cloudwatch.Stats.MINIMUM]: 'MIN', [cloudwatch.Stats.MAXIMUM]: 'MAX' };
