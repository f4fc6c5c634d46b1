import { Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct, type IConstruct } from 'constructs';
import type { IInferenceEndpoint } from './endpoint-base';

/**
 * One production variant of an endpoint, made here or elsewhere: its name and its metrics.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
 */
export interface IEndpointVariant extends IConstruct {
  /** Name of the variant, unique in its endpoint. What callers pass as `TargetVariant`. */
  readonly variantName: string;

  /** The endpoint the variant belongs to. */
  readonly endpoint: IInferenceEndpoint;

  /** Name of the endpoint as the metrics carry it. */
  readonly endpointName: string;

  /**
   * A metric of this variant in `AWS/SageMaker`, for names this interface does not list.
   *
   * @param metricName name in CloudWatch
   * @param props statistic, period and so on; by default Sum over one minute
   */
  metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Requests sent to this variant. Statistic: Sum. Unit: requests.
   *
   * @param props statistic, period and so on
   */
  metricInvocations(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Requests divided by instances. Statistic: Sum. Unit: requests per instance.
   *
   * @param props statistic, period and so on
   */
  metricInvocationsPerInstance(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Requests answered with a 4xx status. Statistic: Sum (Average gives the share of requests).
   *
   * @param props statistic, period and so on
   */
  metricInvocation4XXErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Requests answered with a 5xx status. Statistic: Sum (Average gives the share of requests).
   *
   * @param props statistic, period and so on
   */
  metricInvocation5XXErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Requests the container did not answer with 2xx, time-outs included. Statistic: Sum (Average gives the share of requests).
   *
   * @param props statistic, period and so on
   */
  metricInvocationModelErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Time the container took. Statistic: p99. Unit: **microseconds**.
   *
   * @param props statistic, period and so on
   */
  metricModelLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Time SageMaker added to the container's. Statistic: p99. Unit: **microseconds**.
   *
   * @param props statistic, period and so on
   */
  metricOverheadLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Requests under way at the same time in one model. Statistic: Maximum.
   *
   * @param props statistic, period and so on
   */
  metricConcurrentRequestsPerModel(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Time to the first chunk of a streamed answer. Statistic: p99. Unit: microseconds.
   *
   * @param props statistic, period and so on
   */
  metricFirstChunkLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Streamed answers that broke after the first chunk. Statistic: Sum.
   *
   * @param props statistic, period and so on
   */
  metricMidStreamErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Use of the host's CPUs: up to 100 % for each vCPU. Statistic: Average. Namespace `/aws/sagemaker/Endpoints`.
   *
   * @param props statistic, period and so on
   */
  metricCpuUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Use of the host's memory in percent. Statistic: Average. Namespace `/aws/sagemaker/Endpoints`.
   *
   * @param props statistic, period and so on
   */
  metricMemoryUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Use of the host's disk in percent. Statistic: Average. Namespace `/aws/sagemaker/Endpoints`.
   *
   * @param props statistic, period and so on
   */
  metricDiskUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Use of the GPUs: up to 100 % for each GPU. Statistic: Average. Namespace `/aws/sagemaker/Endpoints`.
   * SageMaker publishes nothing of the kind for Neuron devices.
   *
   * @param props statistic, period and so on
   */
  metricGpuUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Use of the GPUs' memory: up to 100 % for each GPU. Statistic: Average. Namespace `/aws/sagemaker/Endpoints`.
   * SageMaker publishes nothing of the kind for Neuron devices.
   *
   * @param props statistic, period and so on
   */
  metricGpuMemoryUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}

/**
 * The metrics of a variant; what `EndpointVariant` and imported variants share.
 *
 * @internal
 */
export abstract class EndpointVariantBase extends Construct implements IEndpointVariant {
  /** Name of the variant, unique in its endpoint. What callers pass as `TargetVariant`. */
  public abstract readonly variantName: string;

  /** The endpoint the variant belongs to. */
  public abstract readonly endpoint: IInferenceEndpoint;

  /** Name of the endpoint as the metrics carry it. */
  public abstract readonly endpointName: string;

  /** A metric of this variant in `AWS/SageMaker`, for names this interface does not list. */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.of('AWS/SageMaker', metricName, { statistic: 'Sum' }, props);
  }

  /** Requests sent to this variant. Statistic: Sum. Unit: requests. */
  public metricInvocations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Invocations', props);
  }

  /** Requests divided by instances. Statistic: Sum. Unit: requests per instance. */
  public metricInvocationsPerInstance(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('InvocationsPerInstance', props);
  }

  /** Requests answered with a 4xx status. Statistic: Sum (Average gives the share of requests). */
  public metricInvocation4XXErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Invocation4XXErrors', props);
  }

  /** Requests answered with a 5xx status. Statistic: Sum (Average gives the share of requests). */
  public metricInvocation5XXErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Invocation5XXErrors', props);
  }

  /** Requests the container did not answer with 2xx, time-outs included. Statistic: Sum (Average gives the share of requests). */
  public metricInvocationModelErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('InvocationModelErrors', props);
  }

  /** Time the container took. Statistic: p99. Unit: **microseconds**. */
  public metricModelLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.latency('ModelLatency', props);
  }

  /** Time SageMaker added to the container's. Statistic: p99. Unit: **microseconds**. */
  public metricOverheadLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.latency('OverheadLatency', props);
  }

  /** Requests under way at the same time in one model. Statistic: Maximum. */
  public metricConcurrentRequestsPerModel(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ConcurrentRequestsPerModel', { statistic: 'Maximum', ...props });
  }

  /** Time to the first chunk of a streamed answer. Statistic: p99. Unit: microseconds. */
  public metricFirstChunkLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    // The unit of this one was read in one place only, so no alarm is made to depend on it.
    return this.metric('FirstChunkLatency', { statistic: 'p99', ...props });
  }

  /** Streamed answers that broke after the first chunk. Statistic: Sum. */
  public metricMidStreamErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('MidStreamErrors', props);
  }

  /** Use of the host's CPUs: up to 100 % for each vCPU. Statistic: Average. Namespace `/aws/sagemaker/Endpoints`. */
  public metricCpuUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.utilization('CPUUtilization', props);
  }

  /** Use of the host's memory in percent. Statistic: Average. Namespace `/aws/sagemaker/Endpoints`. */
  public metricMemoryUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.utilization('MemoryUtilization', props);
  }

  /** Use of the host's disk in percent. Statistic: Average. Namespace `/aws/sagemaker/Endpoints`. */
  public metricDiskUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.utilization('DiskUtilization', props);
  }

  /**
   * Use of the GPUs: up to 100 % for each GPU. Statistic: Average. Namespace `/aws/sagemaker/Endpoints`.
   * SageMaker publishes nothing of the kind for Neuron devices: on a variant known to run on them this fails.
   */
  public metricGpuUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.utilization('GPUUtilization', props);
  }

  /**
   * Use of the GPUs' memory: up to 100 % for each GPU. Statistic: Average. Namespace `/aws/sagemaker/Endpoints`.
   * SageMaker publishes nothing of the kind for Neuron devices: on a variant known to run on them this fails.
   */
  public metricGpuMemoryUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.utilization('GPUMemoryUtilization', props);
  }

  /**
   * Region and account, when they are not the stack's.
   *
   * @internal
   */
  public _place(): cloudwatch.MetricOptions {
    return {};
  }

  private latency(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(metricName, { statistic: 'p99', unit: cloudwatch.Unit.MICROSECONDS, ...props });
  }

  private utilization(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.of('/aws/sagemaker/Endpoints', metricName, { statistic: 'Average', unit: cloudwatch.Unit.PERCENT }, props);
  }

  private of(namespace: string, metricName: string, defaults: cloudwatch.MetricOptions, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace,
      metricName,
      dimensionsMap: { EndpointName: this.endpointName, VariantName: this.variantName },
      period: Duration.minutes(1),
      ...this._place(),
      ...defaults,
      ...props,
    }).attachTo(this);
  }
}

/**
 * A variant of an endpoint that was made elsewhere.
 *
 * @internal
 */
export class ImportedVariant extends EndpointVariantBase {
  public readonly endpointName: string;

  constructor(scope: Construct, public readonly endpoint: IInferenceEndpoint, public readonly variantName: string) {
    super(scope, `Variant-${variantName}`);
    this.endpointName = endpoint.endpointName;
  }

  /**
   * The metrics are where the endpoint is, not where the stack is.
   *
   * @internal
   */
  public override _place(): cloudwatch.MetricOptions {
    const { account, region } = this.endpoint.env;
    return { account: Token.isUnresolved(account) ? undefined : account, region: Token.isUnresolved(region) ? undefined : region };
  }
}
