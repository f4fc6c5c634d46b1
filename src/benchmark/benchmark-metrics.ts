import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS } from './contract';

/**
 * The metrics of a benchmark, for each variant. They are published when the variant has been measured, and not at all between runs.
 *
 * @internal
 */
export abstract class BenchmarkMetrics extends Construct {
  /** Name of the benchmark in metrics, events and records. */
  public abstract readonly benchmarkName: string;

  /** A metric of a variant, for names that this class does not list. */
  public metric(metricName: string, variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRICS.namespace,
      metricName,
      dimensionsMap: { [METRICS.dimension]: this.benchmarkName, [METRICS.variant]: variant },
      ...props,
    }).attachTo(this);
  }

  /** Inputs per second of one instance at full concurrency. Average over 5 minutes by default. */
  public metricThroughputPerInstance(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.throughput, variant, props);
  }

  /** What 1,000 requests cost, in USD; of variants with a `usdPerHour`. Average over 5 minutes by default. */
  public metricCostPerThousandRequests(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.cost, variant, props);
  }

  /** Latency at the pace that half of the requests do not exceed, in milliseconds, as a caller feels it. Average over 5 minutes by default. */
  public metricLatencyP50(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.p50, variant, props);
  }

  /** Latency at the pace that 95 % of the requests do not exceed, in milliseconds. Average over 5 minutes by default. */
  public metricLatencyP95(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.p95, variant, props);
  }

  /** Latency at the pace that 99 % of the requests do not exceed, in milliseconds. Average over 5 minutes by default. */
  public metricLatencyP99(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.p99, variant, props);
  }

  /** Latency of the first request of a run, in milliseconds. Average over 5 minutes by default. */
  public metricFirstRequestLatency(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.firstRequest, variant, props);
  }

  /** Share of the requests that failed, 0 to 1. Average over 5 minutes by default. */
  public metricErrorRate(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.errorRate, variant, props);
  }

  /** Measurements that came to nothing. Sum over 5 minutes by default. */
  public metricFailedMeasurements(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.failed, variant, { statistic: cloudwatch.Stats.SUM, ...props });
  }

  /** Throughput of an instance, of this version to the version before: below 1 is worse. Minimum over 5 minutes by default. */
  public metricThroughputRatio(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.throughputRatio, variant, { statistic: cloudwatch.Stats.MINIMUM, ...props });
  }

  /** Cost of a request, of this version to the version before: above 1 is worse. Maximum over 5 minutes by default. */
  public metricCostRatio(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.costRatio, variant, props);
  }

  /** p99 at the pace, of this version to the version before: above 1 is worse. Maximum over 5 minutes by default. */
  public metricLatencyRatio(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.latencyRatio, variant, props);
  }

  /** Share of failed requests, 0 to 1, of this version less that of the version before. Maximum over 5 minutes by default. */
  public metricErrorRateIncrease(variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.errorRateIncrease, variant, props);
  }

  private average(metricName: string, variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(metricName, variant, { statistic: cloudwatch.Stats.AVERAGE, ...props });
  }

  private largest(metricName: string, variant: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(metricName, variant, { statistic: cloudwatch.Stats.MAXIMUM, ...props });
  }
}
