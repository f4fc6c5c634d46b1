import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { checkedPeriod, formula, type MetricsOptions, type Operands } from './metric-options';
import { VariantMetrics } from './variant-metrics';
import type { IEndpointVariant, IInferenceEndpoint, InferenceEndpoint } from '../endpoint';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** What the metrics of an endpoint are told. */
export interface EndpointMetricsOptions extends MetricsOptions {
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

  /**
   * @param endpoint a real-time endpoint, made here or elsewhere
   * @param options period and variants; of an endpoint made elsewhere the variants have to be given
   */
  constructor(endpoint: IInferenceEndpoint, options: EndpointMetricsOptions = {}) {
    throwProblems('EndpointMetrics', checkObject('endpoint', endpoint, 'variant', 'an endpoint', 'give an InferenceEndpoint'));
    throwProblems(endpoint, variantsProblems(endpoint, options.variants));
    this.endpoint = endpoint;
    this.period = checkedPeriod(endpoint, options.period);
    this.given = options.variants;
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
  public metricTrafficShare(variant: IEndpointVariant): cloudwatch.IMetric {
    const all = this.someVariants();
    const one = all.find((other) => other.variant === variant);
    if (one === undefined) {
      throwProblems(this.endpoint, [{ prop: 'variant', got: String(variant?.variantName), allowed: `one of ${all.map((other) => other.variant.variantName).join(', ')} of this endpoint`, fix: 'give one of these variants' }]);
    }
    const { expression, usingMetrics } = this.total(all);
    return formula(this.period, `${one!.label} share`, `IF(${expression} > 0, 100 * FILL(${one!._requests(this.period).expression}, 0) / ${expression})`, usingMetrics);
  }

  /** Requests to all variants in a period. No data without requests. */
  public metricRequests(): cloudwatch.IMetric {
    const { expression, usingMetrics } = this.total(this.someVariants());
    return formula(this.period, 'requests', `IF(${expression} > 0, ${expression})`, usingMetrics);
  }

  /** Instances of all variants that serve requests. Those of a variant without requests in the period are not counted: CloudWatch does not tell their number. No data without requests. */
  public metricInstances(): cloudwatch.IMetric {
    const terms = this.someVariants().map((one) => one._instances(this.period));
    const sum = `(${terms.map(({ expression }) => `FILL(${expression}, 0)`).join(' + ')})`;
    return formula(this.period, 'instances', `IF(${sum} > 0, ${sum})`, merged(terms));
  }

  /**
   * USD that 1,000 requests to the endpoint cost, over all variants; undefined when a variant has no price. Instances of a variant without requests in the period are not in it: CloudWatch does not tell their
   * number. No data without requests.
   */
  public metricCostPerThousandRequests(): cloudwatch.IMetric | undefined {
    const all = this.someVariants();
    const prices = all.map((one) => one._price());
    if (prices.some((price) => price === undefined)) return undefined;
    const terms = all.map((one) => one._instances(this.period));
    const { expression: total } = this.total(all);
    const hourly = terms.map(({ expression }, i) => `${prices[i]} * FILL(${expression}, 0)`).join(' + ');
    const seconds = `PERIOD(${all[0]._requests(this.period).expression})`;
    return formula(this.period, 'USD per 1,000 requests', `IF(${total} > 0, 1000 * (${hourly}) * ${seconds} / 3600 / ${total})`, merged(terms));
  }

  /** A variant without requests has no data, which is a 0 here: the others have some. */
  private total(variants: readonly VariantMetrics[]): Term {
    const terms = variants.map((one) => one._requests(this.period));
    return { expression: `(${terms.map(({ expression }) => `FILL(${expression}, 0)`).join(' + ')})`, usingMetrics: merged(terms) };
  }

  private someVariants(): VariantMetrics[] {
    const { variants } = this;
    throwProblems(this.endpoint, variants.length > 0 ? [] : [{ prop: 'endpoint', got: 'an endpoint without variants', allowed: 'an endpoint that has variants', fix: 'add the variants first' }]);
    return variants;
  }
}

interface Term {
  readonly expression: string;
  readonly usingMetrics: Operands;
}

const merged = (terms: readonly Term[]): Operands => Object.assign({}, ...terms.map(({ usingMetrics }) => usingMetrics));

function variantsProblems(endpoint: IInferenceEndpoint, variants: VariantMetrics[] | undefined): Problem[] {
  const made = endpoint as Partial<InferenceEndpoint>;
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
