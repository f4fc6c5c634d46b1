import { Stack, Token } from 'aws-cdk-lib';
import type { EndpointVariant } from './endpoint-variant';
import type { InferenceEndpoint } from './inference-endpoint';
import { InstanceUse, PriceBook, type AcceleratorInstance, type Price } from '../hardware';
import { checkObject } from '../private/checks';
import { throwProblems } from '../private/problems';

/** Options of `EndpointEstimate.of`. */
export interface EndpointEstimateOptions {
  /**
   * The prices.
   *
   * @default PriceBook.bundled()
   */
  readonly priceBook?: PriceBook;

  /**
   * The region whose prices count.
   *
   * @default - the stack's region, when it is known at synth
   */
  readonly region?: string;
}

/** The cost of a variant while it runs. */
export interface VariantCost {
  /** USD per hour with the instances at creation. */
  readonly usdPerHour: number;

  /** USD per month of 730 hours with the instances at creation. */
  readonly usdPerMonth: number;

  /**
   * USD per month of 730 hours with the largest number of instances.
   * @default - the number is known at deploy time only
   */
  readonly maxUsdPerMonth?: number;

  /**
   * Date of the price, e.g. `2026-05-20`.
   * @default - a price of your own without a date
   */
  readonly priceDate?: string;

  /** Whether the price was computed instead of read from a price list. */
  readonly estimated: boolean;
}

/** One variant and what it costs. */
export interface VariantEstimate {
  /** Name of the variant. */
  readonly variantName: string;

  /** Instance type, e.g. `ml.inf2.xlarge`. */
  readonly instanceType: string;

  /** Accelerators of one instance, e.g. `1 x Inferentia2`. */
  readonly accelerators: string;

  /** The container image without its registry, or what stands for it. */
  readonly image: string;

  /** Weight at creation. */
  readonly weight: number;

  /** Instances at creation. */
  readonly instances: number;

  /** Least number of instances; equals `instances` without scaling. */
  readonly minInstances: number;

  /** Largest number of instances; equals `instances` without scaling. */
  readonly maxInstances: number;

  /**
   * What it costs.
   * @default - there is no public price for it in this region, or the number of instances is known at deploy time only
   */
  readonly cost?: VariantCost;
}

/**
 * What an endpoint costs per hour and month, from dated prices, before it is
 * deployed. Instances only: storage, data transfer and captured data come on top.
 * Nothing of it reaches a template.
 */
export class EndpointEstimate {
  /**
   * Estimates an endpoint.
   *
   * @param endpoint the endpoint with its variants
   * @param options prices and region
   */
  public static of(endpoint: InferenceEndpoint, options: EndpointEstimateOptions = {}): EndpointEstimate {
    throwProblems('EndpointEstimate.of', [
      ...checkObject('endpoint', endpoint, 'variants', 'an `InferenceEndpoint` of this app'),
      ...(options.priceBook === undefined ? [] : checkObject('priceBook', options.priceBook, 'price', 'a `PriceBook`, e.g. PriceBook.fromFile(...)')),
    ]);
    const region = options.region ?? Stack.of(endpoint).region;
    if (Token.isUnresolved(region)) {
      throwProblems('EndpointEstimate.of', [{ prop: 'region', got: 'a stack without a region', allowed: 'a region that is known at synth', fix: 'give `region`, or give the stack an `env` with a region' }]);
    }
    const book = options.priceBook ?? PriceBook.bundled();
    if (!book.regions().includes(region)) {
      throwProblems('EndpointEstimate.of', [{ prop: 'region', got: JSON.stringify(region), allowed: `a region the price book knows: ${book.regions().join(', ')}`, fix: 'give one of these, or a price book of your own with `PriceBook.custom`' }]);
    }
    const shadow = endpoint.shadowVariant;
    const variants = [...endpoint.variants, ...(shadow === undefined ? [] : [shadow])];
    const source = options.priceBook === undefined ? 'SageMaker hosting on demand, prices' : 'prices of the given price book';
    return new EndpointEstimate(region, source, variants.map((variant) => estimateVariant(variant, book.price(region, variant.instanceType, InstanceUse.HOSTING))));
  }

  private constructor(
    /** The region whose prices count. */
    public readonly region: string,
    private readonly source: string,
    /** One row per variant, shadow variant last. */
    public readonly variants: VariantEstimate[],
  ) {}

  /** USD per hour of all variants with the instances at creation, or nothing when a price is missing. */
  public get usdPerHour(): number | undefined {
    return this.variants.reduce<number | undefined>((sum, variant) => sum === undefined || variant.cost === undefined ? undefined : sum + variant.cost.usdPerHour, 0);
  }

  /** USD per month of 730 hours of all variants with the instances at creation, or nothing when a price is missing. */
  public get usdPerMonth(): number | undefined {
    return this.usdPerHour === undefined ? undefined : this.usdPerHour * PriceBook.HOURS_PER_MONTH;
  }

  /** The estimate as a table of plain text, for a terminal. */
  public toTable(): string {
    const header = ['variant', 'instance', 'accelerator', 'weight', 'instances', 'USD/hour', 'USD/month', 'image'];
    const rows = this.variants.map((variant) => [
      variant.variantName,
      variant.instanceType,
      variant.accelerators,
      number(variant.weight),
      variant.minInstances === variant.maxInstances ? number(variant.instances) : `${number(variant.instances)} (${number(variant.minInstances)} to ${number(variant.maxInstances)})`,
      money(variant.cost?.usdPerHour, variant.cost?.estimated),
      money(variant.cost?.usdPerMonth, variant.cost?.estimated),
      variant.image,
    ]);
    rows.push(['total', '', '', '', '', money(this.usdPerHour, this.hasEstimates), money(this.usdPerMonth, this.hasEstimates), '']);
    const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
    const line = (cells: string[]) => cells.map((cell, i) => i < 3 || i === 7 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join('  ').trimEnd();
    const rule = widths.map((width) => '-'.repeat(width)).join('  ');
    return [line(header), rule, ...rows.slice(0, -1).map(line), rule, line(rows[rows.length - 1]), '', this.footnote()].join('\n');
  }

  private get hasEstimates(): boolean {
    return this.variants.some((variant) => variant.cost?.estimated === true);
  }

  private footnote(): string {
    const dates = [...new Set(this.variants.flatMap((variant) => variant.cost?.priceDate ?? []))].sort();
    const prices = this.variants.every((variant) => variant.cost === undefined) ? 'no on-demand price' : [this.source, ...dates.length === 0 ? [] : [`of ${dates.join(' and ')}`]].join(' ');
    return [
      `${this.region}, ${prices}; a month is ${PriceBook.HOURS_PER_MONTH} hours; instances at creation, without storage and transfer.`,
      ...(this.hasEstimates ? ['~ computed from the EC2 price, not read from a price list.'] : []),
      ...(this.variants.some((variant) => variant.cost === undefined) ? ['n/a: no public on-demand price in this region, or a number of instances that is known at deploy time only.'] : []),
    ].join('\n');
  }
}

const number = (value: number) => Token.isUnresolved(value) ? 'at deploy' : String(value);
const money = (usd: number | undefined, estimated?: boolean) => usd === undefined ? 'n/a' : `${estimated === true ? '~' : ''}${usd.toFixed(2)}`;

function estimateVariant(variant: EndpointVariant, price: Price | undefined): VariantEstimate {
  const { scaling, initialInstanceCount: instances, instanceType } = variant;
  const minInstances = scaling === undefined ? instances : scaling.minInstances ?? 1;
  const maxInstances = scaling?.maxInstances ?? instances;
  return {
    variantName: variant.variantName,
    instanceType: instanceType.name,
    accelerators: accelerators(instanceType),
    image: variant.model.image?.toString() ?? variant.model.source.description,
    weight: knownWeight(variant),
    instances,
    minInstances,
    maxInstances,
    // A count known at deploy time only gives no cost: a token is a number too, and a very wrong one.
    cost: price === undefined || Token.isUnresolved(instances) ? undefined : {
      usdPerHour: price.usdPerHour * instances,
      usdPerMonth: price.usdPerHour * instances * PriceBook.HOURS_PER_MONTH,
      maxUsdPerMonth: Token.isUnresolved(maxInstances) ? undefined : price.usdPerHour * maxInstances * PriceBook.HOURS_PER_MONTH,
      priceDate: price.asOf,
      estimated: price.estimated,
    },
  };
}

/** The weight of a shadow variant waits for the production variant's; by now it is there. */
function knownWeight(variant: EndpointVariant): number {
  const weight: unknown = Stack.of(variant).resolve(variant.weight);
  return typeof weight === 'number' ? weight : variant.weight;
}

function accelerators(instance: AcceleratorInstance): string {
  return `${instance.acceleratorCount} x ${instance.accelerator.name}`;
}
