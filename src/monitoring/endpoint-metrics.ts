import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { endpointPeriod, formula, type MetricsOptions, type Operands, type Term } from './metric-options';
import { VariantMetrics } from './variant-metrics';
import type { IEndpointVariant, IInferenceEndpoint, InferenceEndpoint } from '../endpoint';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** What the metrics of an endpoint are told. */
export interface EndpointMetricsOptions extends MetricsOptions {
  /**
   * Name of the endpoint in legends and headings, where several are shown.
   *
   * @default - the name of the endpoint, which CloudFormation makes unless it is given
   */
  readonly label?: string;

  /**
   * Metrics of its production variants, where prices, names or the route to NeuronCore utilisation are not those by default, or the endpoint was made elsewhere.
   *
   * @default - every production variant of an endpoint made in this app, also those that are added later
   */
  readonly variants?: VariantMetrics[];
}

/**
 * The metrics of an endpoint over its production variants. A shadow variant is none of them: it gets copies. Take `VariantMetrics` of it.
 */
export class EndpointMetrics {
  /** The endpoint. */
  public readonly endpoint: IInferenceEndpoint;
  /** Time that a data point stands for. */
  public readonly period: Duration;

  private readonly given?: VariantMetrics[];
  private readonly givenLabel?: string;

  /**
   * @param endpoint a real-time endpoint, made here or elsewhere
   * @param options period and variants; of an endpoint made elsewhere the variants have to be given. The period is that of the variants, if they are given
   * @throws of an asynchronous endpoint: SageMaker publishes no `Invocations` of it
   */
  constructor(endpoint: IInferenceEndpoint, options: EndpointMetricsOptions = {}) {
    throwProblems('EndpointMetrics', checkObject('endpoint', endpoint, 'variant', 'an endpoint', 'give an InferenceEndpoint'));
    throwProblems(endpoint, variantsProblems(endpoint, options.variants));
    this.endpoint = endpoint;
    this.period = endpointPeriod(endpoint, endpoint, options.period ?? options.variants?.[0].period);
    this.given = options.variants;
    this.givenLabel = options.label;
  }

  /** Name of the endpoint in legends and headings. */
  public get label(): string {
    // A variant knows it as its metrics carry it: a name that is known at synth stands there as it is.
    return this.givenLabel ?? this.variants[0]?.variant.endpointName ?? this.endpoint.endpointName;
  }

  /** The metrics of each variant: as they were given, or of all production variants in the order in which they were added. */
  public get variants(): VariantMetrics[] {
    return this.given === undefined ? (this.endpoint as InferenceEndpoint).variants.map((variant) => new VariantMetrics(variant, { period: this.period })) : [...this.given];
  }

  /**
   * The requests of a variant in percent of those of all. A variant without requests beside others with requests has 0; no data when there are no requests at all.
   *
   * @param variant one of the variants
   */
  public metricTrafficShare(variant: IEndpointVariant): cloudwatch.MathExpression {
    const one = this.oneOf(variant);
    const { expression, usingMetrics } = this.total();
    return formula(this.period, `${one.label} share`, `IF(${expression} > 0, 100 * FILL(${one._requests(this.period).expression}, 0) / ${expression})`, usingMetrics);
  }

  /**
   * Requests per second to a variant. A variant without requests beside others with requests has 0; no data when there are no requests at all.
   *
   * @param variant one of the variants
   */
  public metricRequestsPerSecond(variant: IEndpointVariant): cloudwatch.MathExpression {
    const one = this.oneOf(variant);
    const { expression, usingMetrics } = this.total();
    const requests = one._requests(this.period).expression;
    return formula(this.period, `${one.label} requests per second`, `IF(${expression} > 0, FILL(${requests}, 0) / PERIOD(${requests}))`, usingMetrics);
  }

  /** Requests to all variants in a period. No data without requests. */
  public metricRequests(): cloudwatch.MathExpression {
    const { expression, usingMetrics } = this.total();
    return formula(this.period, 'requests', `IF(${expression} > 0, ${expression})`, usingMetrics);
  }

  /** Requests to all variants answered with a 5xx status, in percent of all. No data without requests. */
  public metricErrorRate(): cloudwatch.MathExpression {
    const pairs = this.someVariants().map((one) => ({ errors: one._errors(this.period), requests: one._requests(this.period) }));
    const failed = sum(pairs.map(({ errors }) => errors));
    // Requests whose errors are not known must not count as good ones. A division by 0 is no data.
    const all = sum(pairs.map(({ errors, requests }) => ({ expression: `IF(${errors.expression} >= 0, ${requests.expression})`, usingMetrics: requests.usingMetrics })));
    return formula(this.period, 'failed', `100 * ${failed.expression} / ${all.expression}`, { ...failed.usingMetrics, ...all.usingMetrics });
  }

  /**
   * Time that the containers of the slowest variant took, in milliseconds: percentiles of several variants cannot be joined. No data without requests.
   *
   * @param percentile 0 to 100, e.g. 99: the time that so many percent of the requests to a variant did not exceed
   */
  public metricLatency(percentile: number): cloudwatch.MathExpression {
    const terms = this.someVariants().map((one) => one._latency(percentile, this.period));
    const slowest = `MAX([${terms.map(({ expression }) => `FILL(${expression}, 0)`).join(', ')}])`;
    return formula(this.period, `latency p${percentile} of the slowest variant`, `IF(${slowest} > 0, ${slowest} / 1000)`, merged(terms));
  }

  /**
   * Instances of all variants, at least: those that answered, and of a variant without requests the least number that the template says (see `VariantMetrics.metricCostPerHour`). No data where no variant has any.
   */
  public metricInstances(): cloudwatch.MathExpression {
    return this.someOf('instances, at least', this.someVariants().map((one) => one._billedInstances(this.period)));
  }

  /** USD per hour that the instances of all variants cost at least, those of variants without requests included; undefined when a variant has no price. No data where no variant has instances. */
  public metricCostPerHour(): cloudwatch.MathExpression | undefined {
    const terms = this.hourly();
    return terms && this.someOf('USD per hour, at least', terms);
  }

  /**
   * USD that 1,000 requests to the endpoint cost at least, over all variants: those without requests cost too, such as a newcomer before its first; undefined when a variant has no price. No data without requests.
   */
  public metricCostPerThousandRequests(): cloudwatch.MathExpression | undefined {
    const terms = this.hourly();
    if (terms === undefined) return undefined;
    const cost = sum(terms);
    const all = this.total();
    const seconds = `PERIOD(${Object.keys(all.usingMetrics)[0]})`;
    // A division by 0 is no data.
    return formula(this.period, 'USD per 1,000 requests, at least', `1000 * ${cost.expression} * ${seconds} / 3600 / ${all.expression}`, { ...cost.usingMetrics, ...all.usingMetrics });
  }

  private hourly(): Term[] | undefined {
    const terms = this.someVariants().map((one) => one._hourly(this.period));
    return terms.some((term) => term === undefined) ? undefined : terms as Term[];
  }

  /** A variant without requests has no data, which is a 0 here: the others have some. */
  private total(): Term {
    return sum(this.someVariants().map((one) => one._requests(this.period)));
  }

  /** Where no variant tells anything there is no sum. It stands twice, and twice the terms of ten variants are more than an expression holds. */
  private someOf(label: string, terms: readonly Term[]): cloudwatch.MathExpression {
    const { expression, usingMetrics } = sum(terms);
    const id = `sum_${this.endpoint.node.addr.slice(-16)}_${label.replace(/\W+/g, '_')}_${this.period.toSeconds()}`;
    return formula(this.period, label, `IF(${id} > 0, ${id})`, { [id]: formula(this.period, label, expression, usingMetrics) });
  }

  private oneOf(variant: IEndpointVariant): VariantMetrics {
    const all = this.someVariants();
    const one = all.find((other) => other.variant === variant);
    if (one === undefined) {
      throwProblems(this.endpoint, [{ prop: 'variant', got: String(variant?.variantName), allowed: `one of ${all.map((other) => other.variant.variantName).join(', ')} of this endpoint`, fix: 'give one of these variants' }]);
    }
    return one!;
  }

  private someVariants(): VariantMetrics[] {
    const { variants } = this;
    throwProblems(this.endpoint, variants.length > 0 ? [] : [{ prop: 'endpoint', got: 'an endpoint without variants', allowed: 'an endpoint that has variants', fix: 'add the variants first' }]);
    return variants;
  }
}

/** What tells nothing is a 0 beside others. */
function sum(terms: readonly Term[]): Term {
  return { expression: `(${terms.map(({ expression }) => `FILL(${expression}, 0)`).join(' + ')})`, usingMetrics: merged(terms) };
}

const merged = (terms: readonly Term[]): Operands => Object.assign({}, ...terms.map(({ usingMetrics }) => usingMetrics));

function variantsProblems(endpoint: IInferenceEndpoint, variants: VariantMetrics[] | undefined): Problem[] {
  const made = endpoint as Partial<InferenceEndpoint>;
  if (Array.isArray(made.variants) && made.variants.some(({ asynchronous }) => asynchronous)) {
    return [{ prop: 'endpoint', got: 'an asynchronous endpoint', allowed: 'real-time endpoints: SageMaker publishes neither Invocations nor InvocationsPerInstance of asynchronous ones', fix: 'take the metrics of its variants, e.g. `metricModelLatency`' }];
  }
  if (variants === undefined) {
    // One made elsewhere has something else by that name.
    return Array.isArray(made.variants) ? [] : [{ prop: 'variants', got: 'nothing, of an endpoint made elsewhere', allowed: 'metrics of its variants', fix: 'give e.g. [new VariantMetrics(endpoint.variant(\'gpu\'), { usdPerHour: 1.5 })]' }];
  }
  if (!Array.isArray(variants) || variants.length === 0) {
    return [{ prop: 'variants', got: Array.isArray(variants) ? 'none' : 'no list', allowed: 'a list of the metrics of at least one variant', fix: 'give VariantMetrics of its variants, or leave it out' }];
  }
  const shapes = variants.flatMap((one, i) => checkObject(`variants[${i}]`, one, 'metricRequests', 'a VariantMetrics'));
  if (shapes.length > 0) return shapes;
  return variants.flatMap(({ variant }, i): Problem[] => {
    const problem = (got: string, allowed: string, fix: string) => [{ prop: `variants[${i}]`, got: `${variant.variantName} ${got}`, allowed, fix }];
    if (variant.endpoint !== endpoint) return problem(`of ${variant.endpoint.node.path}`, `variants of ${endpoint.node.path}`, 'give variants of this endpoint');
    if (variant === made.shadowVariant) return problem('as a shadow variant', 'production variants: a shadow gets copies of requests', 'leave it out, and take its VariantMetrics alone');
    return variants.findIndex((other) => other.variant === variant) === i ? [] : problem('a second time', 'each variant once', 'leave it out');
  });
}
