import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { checkedPeriod, type MetricsOptions } from './metric-options';
import type { NeuronCompilation } from '../compilation';
import { checkObject } from '../private/checks';
import { throwProblems } from '../private/problems';

/**
 * The metrics of a compilation, ready to be drawn. They are published when a compilation ends.
 */
export class CompilationMetrics {
  /** The compilation. */
  public readonly compilation: NeuronCompilation;
  /** Time that a data point stands for. */
  public readonly period: Duration;

  /**
   * @param compilation the compilation
   * @param options the period
   */
  constructor(compilation: NeuronCompilation, options: MetricsOptions = {}) {
    throwProblems('CompilationMetrics', checkObject('compilation', compilation, 'metricCacheHits', 'a NeuronCompilation'));
    this.compilation = compilation;
    this.period = checkedPeriod(compilation, options.period);
  }

  /**
   * Run time of the compile jobs that made an artefact, in seconds. Statistic: Average.
   *
   * @param props color, label, statistic and the like
   */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.compilation.metricDuration(this.as('run time, seconds', props));
  }

  /**
   * Compilations that made an artefact. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricCompiled(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.compilation.metricCompiled(this.as('compiled', props));
  }

  /**
   * Compilations that found their artefact and started no job. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricCacheHits(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.compilation.metricCacheHits(this.as('found compiled', props));
  }

  /**
   * Compilations that failed. Statistic: Sum.
   *
   * @param props color, label, statistic and the like
   */
  public metricFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.compilation.metricFailures(this.as('failed', props));
  }

  private as(label: string, props?: cloudwatch.MetricOptions): cloudwatch.MetricOptions {
    return { label, period: this.period, ...props };
  }
}
