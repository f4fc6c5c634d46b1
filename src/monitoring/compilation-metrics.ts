import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
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

  /** Run time of the compile jobs that made an artefact, in seconds. Statistic: Average. */
  public metricDuration(): cloudwatch.IMetric {
    return this.compilation.metricDuration(this.as('run time, seconds'));
  }

  /** Compilations that made an artefact. Statistic: Sum. */
  public metricCompiled(): cloudwatch.IMetric {
    return this.compilation.metricCompiled(this.as('compiled'));
  }

  /** Compilations that found their artefact and started no job. Statistic: Sum. */
  public metricCacheHits(): cloudwatch.IMetric {
    return this.compilation.metricCacheHits(this.as('found compiled'));
  }

  /** Compilations that failed. Statistic: Sum. */
  public metricFailures(): cloudwatch.IMetric {
    return this.compilation.metricFailures(this.as('failed'));
  }

  private as(label: string): cloudwatch.MetricOptions {
    return { label, period: this.period };
  }
}
