import { Token, Tokenization, type Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { checkedPeriod, formula, percentileStatistic, plain, searchRegion, type MetricsOptions, type Operands } from './metric-options';
import { NeuronUtilization } from './neuron-utilization';
import type { EndpointVariant, IEndpointVariant } from '../endpoint';
import { InstanceUse, PriceBook, type AcceleratorInstance } from '../hardware';
import { checkNumber, checkObject } from '../private/checks';
import { throwProblems } from '../private/problems';

/** What the metrics of a variant are told. */
export interface VariantMetricsOptions extends MetricsOptions {
  /**
   * Name of the variant in legends.
   *
   * @default - the name of the variant
   */
  readonly label?: string;

  /**
   * The kind of instance: prices and utilisation of a single processor depend on it.
   *
   * @default - that of a variant made in this app (with `fallbackInstances` the first one), unknown of others
   */
  readonly instanceType?: AcceleratorInstance;

  /**
   * USD that an instance costs per hour, e.g. with your discounts. It stands in the body of a dashboard.
   *
   * @default - the bundled on-demand price of the instance type, when type and region are known at synth
   */
  readonly usdPerHour?: number;

  /**
   * Where the utilisation of NeuronCores comes from.
   *
   * @default - the namespace that the model says (`neuronMetricsNamespace`), or nothing
   */
  readonly neuronUtilization?: NeuronUtilization;
}

/**
 * The metrics of a variant of a real-time endpoint in the units that people read: milliseconds, percent, USD. In a period without requests most have no data, and none says 0.
 *
 * The number of instances is that of `Invocations` and `InvocationsPerInstance` in the same period: nothing else tells it, so it and all costs are known while requests come.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
 */
export class VariantMetrics {
  /** The variant. */
  public readonly variant: IEndpointVariant;
  /** Name of the variant in legends. */
  public readonly label: string;
  /** Time that a data point stands for. */
  public readonly period: Duration;
  /** The kind of instance, where it is known; the first one of a variant with `fallbackInstances`. */
  public readonly instanceType?: AcceleratorInstance;

  private readonly options: VariantMetricsOptions;

  /**
   * @param variant a variant of a real-time endpoint, made here or elsewhere
   * @param options prices, period and the like
   * @throws of an asynchronous endpoint: SageMaker publishes no `Invocations` of it
   */
  constructor(variant: IEndpointVariant, options: VariantMetricsOptions = {}) {
    throwProblems('VariantMetrics', checkObject('variant', variant, 'variantName', 'a variant of an endpoint', 'give what `endpoint.variant(name)` or `endpoint.addVariant` returns'));
    // SageMaker developer guide, async-inference-monitor: an exhaustive list, without Invocations and InvocationsPerInstance.
    throwProblems(variant, (variant as Partial<EndpointVariant>).asynchronous !== true ? [] : [{
      prop: 'variant',
      got: 'a variant of an asynchronous endpoint',
      allowed: 'variants of real-time endpoints: SageMaker publishes neither Invocations nor InvocationsPerInstance of asynchronous ones',
      fix: 'take the metrics of the variant itself, e.g. `metricModelLatency`',
    }]);
    const { usdPerHour, instanceType, neuronUtilization } = options;
    throwProblems(variant, [
      ...checkNumber('usdPerHour', usdPerHour, { min: 0, max: 100000, unit: 'USD' }),
      ...instanceType === undefined ? [] : checkObject('instanceType', instanceType, 'vcpu', 'an AcceleratorInstance'),
      ...neuronUtilization === undefined ? [] : checkObject('neuronUtilization', neuronUtilization, '_metric', 'a NeuronUtilization', 'give NeuronUtilization.fromMetric(...) or .fromNamespace(...)'),
    ]);
    this.variant = variant;
    this.options = options;
    this.label = options.label ?? variant.variantName;
    this.period = checkedPeriod(variant, options.period);
    this.instanceType = instanceType ?? (variant as Partial<EndpointVariant>).instanceType;
  }

  /**
   * USD that an instance costs per hour: as it was given, or the bundled on-demand price for hosting; undefined where neither is known. With `fallbackInstances` it is the price of the first type.
   */
  public get usdPerHour(): number | undefined {
    if (this.options.usdPerHour !== undefined) return this.options.usdPerHour;
    const { region } = this.variant.endpoint.env;
    if (this.instanceType === undefined || Token.isUnresolved(region)) return undefined;
    return PriceBook.bundled().price(region, this.instanceType, InstanceUse.HOSTING)?.usdPerHour;
  }

  /** Requests in a period. Statistic: Sum. No data without requests. */
  public metricRequests(): cloudwatch.IMetric {
    return this.requests(this.period, `${this.label} requests`);
  }

  /** Requests per second, on average over a period. */
  public metricRequestsPerSecond(): cloudwatch.IMetric {
    const id = this.id('requests');
    return this.formula('requests per second', `${id} / PERIOD(${id})`, { [id]: this.requests() });
  }

  /**
   * Time that the container took, in milliseconds (`ModelLatency` is in microseconds).
   *
   * @param percentile 0 to 100, e.g. 99: the time that so many percent of the requests did not exceed
   */
  public metricLatency(percentile: number): cloudwatch.IMetric {
    return this.milliseconds('latency', percentile, (props) => this.variant.metricModelLatency(props));
  }

  /**
   * Time that SageMaker added to the container's, in milliseconds (`OverheadLatency` is in microseconds).
   *
   * @param percentile 0 to 100, e.g. 99: the time that so many percent of the requests did not exceed
   */
  public metricOverheadLatency(percentile: number): cloudwatch.IMetric {
    return this.milliseconds('overhead', percentile, (props) => this.variant.metricOverheadLatency(props));
  }

  /**
   * Time to the first chunk of streamed answers, in milliseconds; no data of answers that are not streamed. That `FirstChunkLatency` is in microseconds was read in one place only.
   *
   * @param percentile 0 to 100, e.g. 99: the time that so many percent of the requests did not exceed
   */
  public metricFirstChunkLatency(percentile: number): cloudwatch.IMetric {
    return this.milliseconds('first_chunk', percentile, (props) => this.variant.metricFirstChunkLatency(props));
  }

  /**
   * Requests answered with a 5xx status in percent of all: what a migration judges by. No data without requests: SageMaker sends a 0 for each request that went well.
   */
  public metricErrorRate(): cloudwatch.IMetric {
    return this.percent('errors', 'failed', (props) => this.variant.metricInvocation5XXErrors(props));
  }

  /** Requests answered with a 4xx status in percent of all: mostly the callers' doing. No data without requests. */
  public metricClientErrorRate(): cloudwatch.IMetric {
    return this.percent('refused', 'refused', (props) => this.variant.metricInvocation4XXErrors(props));
  }

  /**
   * Requests that the container did not answer with 2xx in percent of all: its 4xx and 5xx answers, which the other rates count too, and broken connections and time-outs. No data without requests.
   */
  public metricModelErrorRate(): cloudwatch.IMetric {
    return this.percent('model_errors', 'not answered by the container', (props) => this.variant.metricInvocationModelErrors(props));
  }

  /** Instances that serve requests, on average over a period: `Invocations` by `InvocationsPerInstance`. No data without requests. */
  public metricInstances(): cloudwatch.IMetric {
    const { expression, usingMetrics } = this._instances();
    return this.formula('instances', expression, usingMetrics);
  }

  /** Requests in a period by instances. Statistic: Sum. No data without requests. */
  public metricRequestsPerInstance(): cloudwatch.IMetric {
    return this.requestsPerInstance(this.period, `${this.label} requests per instance`);
  }

  /** The most requests that were under way at the same time in one model. Statistic: Maximum. */
  public metricConcurrentRequests(): cloudwatch.IMetric {
    return this.variant.metricConcurrentRequestsPerModel({ statistic: cloudwatch.Stats.MAXIMUM, period: this.period, label: `${this.label} requests under way` });
  }

  /**
   * Use of the GPUs, on average of all, 0 to 100 percent. Of an instance type that is not known it is the sum of the GPUs, up to 100 for each; undefined on Neuron, of which SageMaker publishes nothing.
   */
  public metricGpuUtilization(): cloudwatch.IMetric | undefined {
    if (this.instanceType?.isNeuron === true) return undefined;
    return this.ofOne('gpu', 'GPU', this.instanceType?.acceleratorCount, (props) => this.variant.metricGpuUtilization(props));
  }

  /**
   * Use of the CPUs, on average of all, 0 to 100 percent. Of an instance type that is not known it is the sum of the vCPUs, up to 100 for each.
   */
  public metricCpuUtilization(): cloudwatch.IMetric {
    return this.ofOne('cpu', 'CPU', this.instanceType?.vcpu, (props) => this.variant.metricCpuUtilization(props));
  }

  /** Use of the memory of the hosts, in percent. Statistic: Average. */
  public metricMemoryUtilization(): cloudwatch.IMetric {
    return this.variant.metricMemoryUtilization({ statistic: cloudwatch.Stats.AVERAGE, period: this.period, label: `${this.label} memory` });
  }

  /**
   * Use of the NeuronCores, in percent, as the container publishes it; undefined where it does not (`neuronUtilization`): SageMaker has no such metric.
   */
  public metricNeuronUtilization(): cloudwatch.IMetric | undefined {
    const namespace = (this.variant as Partial<EndpointVariant>).model?._neuronMetricsNamespace;
    const route = this.options.neuronUtilization ?? (namespace === undefined ? undefined : NeuronUtilization.fromNamespace(namespace));
    return route?._metric({ period: this.period, label: `${this.label} NeuronCores`, region: searchRegion(this.variant) });
  }

  /** USD per hour that the instances cost, by `usdPerHour`; undefined without a price. No data without requests, though they cost the same: their number is not known then. */
  public metricCostPerHour(): cloudwatch.IMetric | undefined {
    const price = this._price();
    if (price === undefined) return undefined;
    const { expression, usingMetrics } = this._instances();
    return this.formula('USD per hour', `${price} * ${expression}`, usingMetrics);
  }

  /** USD that 1,000 requests cost, failed ones counted: the cost of the instances in a period by the requests in it; undefined without a price. No data without requests. */
  public metricCostPerThousandRequests(): cloudwatch.IMetric | undefined {
    const price = this._price();
    if (price === undefined) return undefined;
    // Price * instances / requests: the requests stand above and below, and what is left is those of one instance.
    const id = this.id('per_instance');
    return this.formula('USD per 1,000 requests', `1000 * ${price} * PERIOD(${id}) / 3600 / ${id}`, { [id]: this.requestsPerInstance() });
  }

  /**
   * The price as formulas take it.
   *
   * @internal
   */
  public _price(): string | undefined {
    const { usdPerHour } = this;
    if (usdPerHour === undefined) return undefined;
    return Token.isUnresolved(usdPerHour) ? Tokenization.stringifyNumber(usdPerHour) : plain(usdPerHour);
  }

  /**
   * The requests in formulas about several variants: ids are those of no other variant.
   *
   * @internal
   */
  public _requests(period: Duration): { readonly expression: string; readonly usingMetrics: Operands } {
    const id = this.id('requests', period);
    return { expression: id, usingMetrics: { [id]: this.requests(period) } };
  }

  /**
   * The number of instances in formulas.
   *
   * @internal
   */
  public _instances(period = this.period): { readonly expression: string; readonly usingMetrics: Operands } {
    const [requests, perInstance] = [this.id('requests', period), this.id('per_instance', period)];
    return { expression: `${requests} / ${perInstance}`, usingMetrics: { [requests]: this.requests(period), [perInstance]: this.requestsPerInstance(period) } };
  }

  private requests(period = this.period, label?: string): cloudwatch.Metric {
    return this.variant.metricInvocations({ statistic: cloudwatch.Stats.SUM, period, label });
  }

  private requestsPerInstance(period = this.period, label?: string): cloudwatch.Metric {
    return this.variant.metricInvocationsPerInstance({ statistic: cloudwatch.Stats.SUM, period, label });
  }

  private milliseconds(what: string, percentile: number, metricOf: (props: cloudwatch.MetricOptions) => cloudwatch.Metric): cloudwatch.IMetric {
    const statistic = percentileStatistic(this.variant, percentile);
    const id = this.id(`${what}_${statistic.replace('.', '_')}`);
    return this.formula(`${what.replace('_', ' ')} ${statistic}`, `${id} / 1000`, { [id]: metricOf({ statistic, period: this.period }) });
  }

  /** Of a metric that is 1 for a request and 0 for another, the average is the share. */
  private percent(what: string, label: string, metricOf: (props: cloudwatch.MetricOptions) => cloudwatch.Metric): cloudwatch.IMetric {
    const id = this.id(what);
    return this.formula(label, `100 * ${id}`, { [id]: metricOf({ statistic: cloudwatch.Stats.AVERAGE, period: this.period }) });
  }

  private ofOne(what: string, label: string, count: number | undefined, metricOf: (props: cloudwatch.MetricOptions) => cloudwatch.Metric): cloudwatch.IMetric {
    const props = { statistic: cloudwatch.Stats.AVERAGE, period: this.period };
    if (count === undefined) return metricOf({ ...props, label: `${this.label} ${label}` });
    const id = this.id(what);
    return this.formula(label, `${id} / ${count}`, { [id]: metricOf(props) });
  }

  private formula(label: string, expression: string, usingMetrics: Operands): cloudwatch.IMetric {
    return formula(this.period, `${this.label} ${label}`, expression, usingMetrics);
  }

  /** One chart has one metric for an id: it names what it stands for, so that formulas of several variants and periods stand beside each other. */
  private id(what: string, period = this.period): string {
    return `${what}_${this.variant.node.addr.slice(-8)}_${period.toSeconds()}`;
  }
}
