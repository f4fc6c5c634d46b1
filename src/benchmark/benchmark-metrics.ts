import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS } from './contract';
import type { EndpointVariant } from '../endpoint';
import { printed } from '../private/checks';
import { throwProblems } from '../private/problems';

/**
 * The metrics of a benchmark, for each variant. They are published when the variant has been measured, and not at all between runs.
 *
 * @internal
 */
export abstract class BenchmarkMetrics extends Construct {
  /** Name of the benchmark in metrics, events and records. */
  public abstract readonly benchmarkName: string;

  /** What is measured. */
  public abstract readonly variants: EndpointVariant[];

  /**
   * A metric of a variant, for names that this class does not list.
   *
   * @throws for a variant that is none of `variants`
   */
  public metric(metricName: string, variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    this._own(variant);
    return new cloudwatch.Metric({
      namespace: METRICS.namespace,
      metricName,
      dimensionsMap: { [METRICS.dimension]: this.benchmarkName, [METRICS.variant]: variant.variantName },
      ...props,
    }).attachTo(this);
  }

  /** Inputs per second of one instance at full concurrency. Average over 5 minutes by default. */
  public metricThroughputPerInstance(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.throughput, variant, props);
  }

  /** What 1,000 requests cost, in USD; of variants with a `usdPerHour`. Average over 5 minutes by default. */
  public metricCostPerThousandRequests(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.cost, variant, props);
  }

  /** Latency at the pace that half of the requests do not exceed, in milliseconds, as a caller feels it. Average over 5 minutes by default. */
  public metricLatencyP50(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.p50, variant, props);
  }

  /** Latency at the pace that 95 % of the requests do not exceed, in milliseconds. Average over 5 minutes by default. */
  public metricLatencyP95(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.p95, variant, props);
  }

  /** Latency at the pace that 99 % of the requests do not exceed, in milliseconds. Average over 5 minutes by default. */
  public metricLatencyP99(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.p99, variant, props);
  }

  /** Latency of the first request of a measurement, in milliseconds: a cold start only where nothing was sent to the variant before. Average over 5 minutes by default. */
  public metricFirstRequestLatency(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.firstRequest, variant, props);
  }

  /** Share of the requests that failed, 0 to 1. Average over 5 minutes by default. */
  public metricErrorRate(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.average(METRICS.errorRate, variant, props);
  }

  /** Measurements that came to nothing. Sum over 5 minutes by default. */
  public metricFailedMeasurements(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.failed, variant, { statistic: cloudwatch.Stats.SUM, ...props });
  }

  /** Throughput of an instance, of this version to the version before: below 1 is worse. Minimum over 5 minutes by default. */
  public metricThroughputRatio(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.throughputRatio, variant, { statistic: cloudwatch.Stats.MINIMUM, ...props });
  }

  /** Cost of a request, of this version to the version before: above 1 is worse. Maximum over 5 minutes by default. */
  public metricCostRatio(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.costRatio, variant, props);
  }

  /** p99 at the pace, of this version to the version before: above 1 is worse. Maximum over 5 minutes by default. */
  public metricLatencyRatio(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.latencyRatio, variant, props);
  }

  /** Share of failed requests, 0 to 1, of this version less that of the version before. Maximum over 5 minutes by default. */
  public metricErrorRateIncrease(variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.largest(METRICS.errorRateIncrease, variant, props);
  }

  /**
   * Refuses a variant that is not measured here: its metrics would be empty for ever.
   *
   * @internal
   */
  protected _own(variant: EndpointVariant): void {
    if (this.variants.includes(variant)) return;
    const got = typeof variant === 'object' && variant !== null ? `'${variant.variantName}' of ${variant.endpoint?.node.path}` : printed(variant);
    throwProblems(this, [{ prop: 'variant', got, allowed: this.variants.map(({ variantName }) => `'${variantName}'`).join(', '), fix: 'name one of them' }]);
  }

  private average(metricName: string, variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(metricName, variant, { statistic: cloudwatch.Stats.AVERAGE, ...props });
  }

  private largest(metricName: string, variant: EndpointVariant, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(metricName, variant, { statistic: cloudwatch.Stats.MAXIMUM, ...props });
  }
}
