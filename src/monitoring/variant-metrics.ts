import { Token, Tokenization, type Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { common, endpointPeriod, formula, percentileStatistic, plain, searchPlace, type MetricsOptions, type Operands, type Term } from './metric-options';
import { NeuronUtilization } from './neuron-utilization';
import type { EndpointVariant, IEndpointVariant, VariantScaling } from '../endpoint';
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
   * @default - that of a variant made in this app, unknown of others. With `fallbackInstances` instances may be of any of the types: what these differ in is not known
   */
  readonly instanceType?: AcceleratorInstance;

  /**
   * USD that an instance costs per hour, e.g. with your discounts. It stands in the body of a dashboard.
   *
   * @default - the bundled on-demand price of the instance type, when type and region are known at synth; none when `fallbackInstances` have other prices
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
  /** Every type that an instance may be of. */
  private readonly instanceTypes: readonly AcceleratorInstance[];

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
    this.period = endpointPeriod(variant, variant.endpoint, options.period);
    const made = variant as Partial<EndpointVariant>;
    this.instanceType = instanceType ?? made.instanceType;
    this.instanceTypes = [this.instanceType ?? [], instanceType === undefined ? made.fallbackInstanceTypes ?? [] : []].flat();
  }

  /**
   * USD that an instance costs per hour: as it was given, or the bundled on-demand price for hosting; undefined where neither is known, or `fallbackInstances` have other prices than the first type.
   */
  public get usdPerHour(): number | undefined {
    if (this.options.usdPerHour !== undefined) return this.options.usdPerHour;
    const { region } = this.variant.endpoint.env;
    if (Token.isUnresolved(region)) return undefined;
    const book = PriceBook.bundled();
    return common(this.instanceTypes.map((type) => book.price(region, type, InstanceUse.HOSTING)?.usdPerHour));
  }

  /** Requests in a period. Statistic: Sum. No data without requests. */
  public metricRequests(): cloudwatch.Metric {
    return this.requests(this.period, `${this.label} requests`);
  }

  /** Requests per second, on average over a period. */
  public metricRequestsPerSecond(): cloudwatch.MathExpression {
    const id = this.id('requests');
    return this.formula('requests per second', `${id} / PERIOD(${id})`, { [id]: this.requests() });
  }

  /**
   * Time that the container took, in milliseconds (`ModelLatency` is in microseconds).
   *
   * @param percentile 0 to 100, e.g. 99: the time that so many percent of the requests did not exceed
   */
  public metricLatency(percentile: number): cloudwatch.MathExpression {
    return this.milliseconds('latency', percentile, (props) => this.variant.metricModelLatency(props));
  }

  /**
   * Time that SageMaker added to the container's, in milliseconds (`OverheadLatency` is in microseconds).
   *
   * @param percentile 0 to 100, e.g. 99: the time that so many percent of the requests did not exceed
   */
  public metricOverheadLatency(percentile: number): cloudwatch.MathExpression {
    return this.milliseconds('overhead', percentile, (props) => this.variant.metricOverheadLatency(props));
  }

  /**
   * Time to the first chunk of streamed answers, in milliseconds; no data of answers that are not streamed. That `FirstChunkLatency` is in microseconds was read in one place only.
   *
   * @param percentile 0 to 100, e.g. 99: the time that so many percent of the requests did not exceed
   */
  public metricFirstChunkLatency(percentile: number): cloudwatch.MathExpression {
    return this.milliseconds('first_chunk', percentile, (props) => this.variant.metricFirstChunkLatency(props));
  }

  /**
   * Requests answered with a 5xx status in percent of all: what a migration judges by. No data without requests: SageMaker sends a 0 for each request that went well.
   */
  public metricErrorRate(): cloudwatch.MathExpression {
    return this.percent('errors', 'failed', (props) => this.variant.metricInvocation5XXErrors(props));
  }

  /**
   * Requests answered with a 4xx status in percent of all: what callers did wrong, throttled requests, and failures that the container answers with 4xx. No data without requests.
   */
  public metricClientErrorRate(): cloudwatch.MathExpression {
    return this.percent('refused', 'refused', (props) => this.variant.metricInvocation4XXErrors(props));
  }

  /**
   * Requests that the container did not answer with 2xx in percent of all: its 4xx and 5xx answers, which the other rates count too, and broken connections and time-outs. No data without requests.
   */
  public metricModelErrorRate(): cloudwatch.MathExpression {
    return this.percent('model_errors', 'not answered by the container', (props) => this.variant.metricInvocationModelErrors(props));
  }

  /**
   * Streamed answers that broke after their first chunk, in percent of all requests. No data without requests, and of answers that are not streamed.
   */
  public metricMidStreamErrorRate(): cloudwatch.MathExpression {
    return this.percent('mid_stream', 'broken streams', (props) => this.variant.metricMidStreamErrors(props));
  }

  /**
   * Instances that answered requests: `Invocations` by `InvocationsPerInstance`. Each request counts the same, so it is too low in a period in which instances were added, and those that start are not in it.
   * No data without requests.
   */
  public metricInstances(): cloudwatch.MathExpression {
    const { expression, usingMetrics } = this._instances();
    return this.formula('instances', expression, usingMetrics);
  }

  /** Requests in a period by instances. Statistic: Sum. No data without requests. */
  public metricRequestsPerInstance(): cloudwatch.Metric {
    return this.requestsPerInstance(this.period, `${this.label} requests per instance`);
  }

  /** The most requests that were under way at the same time in one model. Statistic: Maximum. */
  public metricConcurrentRequests(): cloudwatch.Metric {
    return this.variant.metricConcurrentRequestsPerModel({ statistic: cloudwatch.Stats.MAXIMUM, period: this.period, label: `${this.label} requests under way` });
  }

  /**
   * Use of the GPUs, on average of all, 0 to 100 percent. Where their number is not known, or `fallbackInstances` have another one, it is the sum of the GPUs, up to 100 for each; undefined on Neuron, of which
   * SageMaker publishes nothing.
   */
  public metricGpuUtilization(): cloudwatch.IMetric | undefined {
    if (this.instanceType?.isNeuron === true) return undefined;
    return this.ofOne('gpu', 'GPU', this.processors('gpu'), (props) => this.variant.metricGpuUtilization(props));
  }

  /**
   * Use of the memory of the GPUs, on average of all, in percent as that of the GPUs; undefined on Neuron, of which SageMaker publishes nothing.
   */
  public metricGpuMemoryUtilization(): cloudwatch.IMetric | undefined {
    if (this.instanceType?.isNeuron === true) return undefined;
    return this.ofOne('gpu_memory', 'GPU memory', this.processors('gpu'), (props) => this.variant.metricGpuMemoryUtilization(props));
  }

  /**
   * Use of the CPUs, on average of all, 0 to 100 percent. Where the number of vCPUs is not known, or `fallbackInstances` have another one, it is the sum of the vCPUs, up to 100 for each.
   */
  public metricCpuUtilization(): cloudwatch.IMetric {
    return this.ofOne('cpu', 'CPU', this.processors('cpu'), (props) => this.variant.metricCpuUtilization(props));
  }

  /** Use of the memory of the hosts, in percent. Statistic: Average. */
  public metricMemoryUtilization(): cloudwatch.Metric {
    return this.variant.metricMemoryUtilization({ statistic: cloudwatch.Stats.AVERAGE, period: this.period, label: `${this.label} memory` });
  }

  /** Use of the disks of the hosts, in percent. Statistic: Average. */
  public metricDiskUtilization(): cloudwatch.Metric {
    return this.variant.metricDiskUtilization({ statistic: cloudwatch.Stats.AVERAGE, period: this.period, label: `${this.label} disks` });
  }

  /**
   * Use of the NeuronCores, in percent, as the container publishes it; undefined where it does not (`neuronUtilization`): SageMaker has no such metric.
   */
  public metricNeuronUtilization(): cloudwatch.IMetric | undefined {
    const namespace = (this.variant as Partial<EndpointVariant>).model?._neuronMetricsNamespace;
    const route = this.options.neuronUtilization ?? (namespace === undefined ? undefined : NeuronUtilization.fromNamespace(namespace));
    return route?._metric({ period: this.period, label: `${this.label} NeuronCores`, ...searchPlace(this.variant.endpoint.env) });
  }

  /**
   * USD per hour that the instances cost at least, by `usdPerHour`; undefined without a price. Without requests their number is not known, and they cost the same: while the hosts publish their CPU it is the least
   * number that the template says (`scaling.minInstances`, or `initialInstanceCount`), of a variant made elsewhere 1. Instances that start, and the second fleet of an update, are billed and not in it. No data
   * without hosts.
   */
  public metricCostPerHour(): cloudwatch.MathExpression | undefined {
    const hourly = this._hourly();
    return hourly && this.formula('USD per hour, at least', hourly.expression, hourly.usingMetrics);
  }

  /** USD that 1,000 requests cost, failed ones counted: the cost of the instances in a period by the requests in it; undefined without a price. No data without requests. */
  public metricCostPerThousandRequests(): cloudwatch.MathExpression | undefined {
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
  public _requests(period = this.period): Term {
    const id = this.id('requests', period);
    return { expression: id, usingMetrics: { [id]: this.requests(period) } };
  }

  /**
   * The requests that failed in formulas.
   *
   * @internal
   */
  public _errors(period = this.period): Term {
    const id = this.id('failed', period);
    return { expression: id, usingMetrics: { [id]: this.variant.metricInvocation5XXErrors({ statistic: cloudwatch.Stats.SUM, period }) } };
  }

  /**
   * The latency in formulas, in microseconds.
   *
   * @internal
   */
  public _latency(percentile: number, period = this.period): Term {
    const statistic = percentileStatistic(this.variant, percentile);
    const id = this.id(`latency_${statistic.replace('.', '_')}`, period);
    return { expression: id, usingMetrics: { [id]: this.variant.metricModelLatency({ statistic, period }) } };
  }

  /**
   * The number of instances that are paid for in formulas, at least. Hosts tell of themselves while they are there, with or without requests.
   *
   * @internal
   */
  public _billedInstances(period = this.period): Term {
    const { expression, usingMetrics } = this._instances(period);
    const host = this.id('cpu', period);
    return {
      expression: `IF(FILL(${this._requests(period).expression}, 0) > 0, ${expression}, IF(${host} >= 0, ${leastInstances(this.variant)}))`,
      usingMetrics: { ...usingMetrics, [host]: this.variant.metricCpuUtilization({ statistic: cloudwatch.Stats.AVERAGE, period }) },
    };
  }

  /**
   * What the instances cost per hour in formulas, at least; undefined without a price.
   *
   * @internal
   */
  public _hourly(period = this.period): Term | undefined {
    const price = this._price();
    const { expression, usingMetrics } = this._billedInstances(period);
    return price === undefined ? undefined : { expression: `${price} * ${expression}`, usingMetrics };
  }

  /**
   * Whether the utilisation is that of one processor, 0 to 100.
   *
   * @internal
   */
  public _isNormalised(processor: 'gpu' | 'cpu'): boolean {
    return this.processors(processor) !== undefined;
  }

  /**
   * The number of instances that answered in formulas.
   *
   * @internal
   */
  public _instances(period = this.period): Term {
    const [requests, perInstance] = [this.id('requests', period), this.id('per_instance', period)];
    return { expression: `${requests} / ${perInstance}`, usingMetrics: { [requests]: this.requests(period), [perInstance]: this.requestsPerInstance(period) } };
  }

  private requests(period = this.period, label?: string): cloudwatch.Metric {
    return this.variant.metricInvocations({ statistic: cloudwatch.Stats.SUM, period, label });
  }

  private requestsPerInstance(period = this.period, label?: string): cloudwatch.Metric {
    return this.variant.metricInvocationsPerInstance({ statistic: cloudwatch.Stats.SUM, period, label });
  }

  /** Of one instance, where all that may run have as many. */
  private processors(processor: 'gpu' | 'cpu'): number | undefined {
    return common(this.instanceTypes.map(({ acceleratorCount, vcpu }) => processor === 'gpu' ? acceleratorCount : vcpu));
  }

  private milliseconds(what: string, percentile: number, metricOf: (props: cloudwatch.MetricOptions) => cloudwatch.Metric): cloudwatch.MathExpression {
    const statistic = percentileStatistic(this.variant, percentile);
    const id = this.id(`${what}_${statistic.replace('.', '_')}`);
    return this.formula(`${what.replace('_', ' ')} ${statistic}`, `${id} / 1000`, { [id]: metricOf({ statistic, period: this.period }) });
  }

  /** Of a metric that is 1 for a request and 0 for another, the average is the share. */
  private percent(what: string, label: string, metricOf: (props: cloudwatch.MetricOptions) => cloudwatch.Metric): cloudwatch.MathExpression {
    const id = this.id(what);
    return this.formula(label, `100 * ${id}`, { [id]: metricOf({ statistic: cloudwatch.Stats.AVERAGE, period: this.period }) });
  }

  private ofOne(what: string, label: string, count: number | undefined, metricOf: (props: cloudwatch.MetricOptions) => cloudwatch.Metric): cloudwatch.IMetric {
    const props = { statistic: cloudwatch.Stats.AVERAGE, period: this.period };
    if (count === undefined) return metricOf({ ...props, label: `${this.label} ${label}` });
    const id = this.id(what);
    return this.formula(label, `${id} / ${count}`, { [id]: metricOf(props) });
  }

  private formula(label: string, expression: string, usingMetrics: Operands): cloudwatch.MathExpression {
    return formula(this.period, `${this.label} ${label}`, expression, usingMetrics);
  }

  /** One chart has one metric for an id: it names what it stands for, so that formulas of several variants and periods stand beside each other. */
  private id(what: string, period = this.period): string {
    return `${what}_${this.variant.node.addr.slice(-10)}_${period.toSeconds()}`;
  }
}

/** As the template says; a real-time variant that has hosts has one at least. */
function leastInstances(variant: IEndpointVariant): number {
  const { scaling, initialInstanceCount = 1 } = variant as Partial<EndpointVariant>;
  const counts = scaling === undefined ? [initialInstanceCount] : boundsOf(scaling);
  return counts.some((count) => Token.isUnresolved(count)) ? 1 : Math.max(1, Math.min(...counts));
}

/** A schedule may lower the least number, or the largest one below it. */
function boundsOf({ minInstances = 1, schedules = [] }: VariantScaling): number[] {
  return [minInstances, ...schedules.flatMap(({ minCapacity, maxCapacity }) => [minCapacity ?? minInstances, maxCapacity ?? minInstances])];
}
