import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { InstanceUse, PriceBook, PurchaseOption, type AcceleratorInstance, type Price } from '../hardware';
import { cheapestRung, trainingCost } from './core/training-cost';
import { publishedTime, type Interval } from './core/training-time';
import { checkNumber, checkObject, printed } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** One kind of hardware of a ladder, as far as an estimate asks. */
export interface TrainingRungFacts {
  /** Name of the rung, for people. */
  readonly name: string;

  /** The instance type. */
  readonly instanceType: AcceleratorInstance;

  /** Number of instances. */
  readonly instanceCount: number;
}

/** A training on a ladder of hardware: what a `TrainingEstimate` is made of. */
export interface ITrainingLadder extends IConstruct {
  /** The rungs, in the order in which they are tried. */
  readonly rungs: TrainingRungFacts[];
}

/** Whose price an hour has. */
export enum TrainingPriceBasis {
  /** What SageMaker bills for a training job, on demand. */
  SAGEMAKER = 'sagemaker',

  /** What EC2 bills for the same hardware, on demand: not what a training job costs. For comparison with published figures, most of which are EC2's. */
  EC2 = 'ec2',
}

/** Hours from the least to the most. */
export interface TrainingHours {
  /** The fewest hours. */
  readonly lowHours: number;

  /** The most hours to expect; not a limit. */
  readonly highHours: number;
}

/** How much a training computes, for a dense language model of which all weights are trained. */
export interface TrainingSize {
  /** Parameters of the model, in billions; above 0, at most 100,000. */
  readonly parametersBillion: number;

  /** Tokens that it is trained on, all epochs together, in billions; above 0, at most 1,000,000. */
  readonly tokensBillion: number;
}

/** Options of `TrainingEstimate.of`; one of `hours`, `hoursBetween` and `size` is needed. */
export interface TrainingEstimateOptions {
  /**
   * Hours of the training, when you know them; taken for every rung. Above 0, at most 1,000,000.
   * @default - `hoursBetween`, or computed from `size`
   */
  readonly hours?: number;

  /**
   * Fewest and most hours of the training; taken for every rung.
   * @default - `hours`, or computed from `size`
   */
  readonly hoursBetween?: TrainingHours;

  /**
   * Model and data, from which the hours of each rung are computed.
   * @default - `hours` or `hoursBetween`
   */
  readonly size?: TrainingSize;

  /**
   * Minutes that are billed besides training: image and data, start of the processes, compiling for Neuron. From 0 to 40,320, the 28 days of the longest job.
   * @default 0
   */
  readonly startupMinutes?: number;

  /**
   * Share of the price that managed spot saves on every rung, at least 0 and below 1, as you measured it. None is ever assumed.
   * @default 0
   */
  readonly spotSaving?: number;

  /**
   * The region whose prices count.
   * @default - the stack's region, when it is known at synth
   */
  readonly region?: string;

  /**
   * The prices.
   * @default PriceBook.bundled()
   */
  readonly priceBook?: PriceBook;

  /**
   * Whose price counts, SageMaker's or EC2's.
   * @default TrainingPriceBasis.SAGEMAKER
   */
  readonly priceBasis?: TrainingPriceBasis;
}

/** Cost of one run in USD, from the least to the most. */
export interface TrainingCost {
  /** Cost of the fewest hours in USD. */
  readonly lowUsd: number;

  /** Cost of the most hours in USD; not a limit. */
  readonly highUsd: number;
}

/** What a training takes on one rung. */
export interface TrainingRungEstimate {
  /** Name of the rung. */
  readonly name: string;

  /** Instance type, e.g. `ml.trn1.32xlarge`. */
  readonly instanceType: string;

  /** Instances that work together. */
  readonly instances: number;

  /** What the hours rest on: number, kind, spread, source and dates of the published cases; `no basis: ...` when there are no hours. */
  readonly basis: string;

  /**
   * Billed hours of one run, start-up included.
   * @default - too little is published on the accelerator, or the number of instances is known at deploy time only
   */
  readonly hours?: TrainingHours;

  /**
   * Price of an instance hour, on demand, with its date, its source, and whether it was computed.
   * @default - the price book has none in this region
   */
  readonly price?: Price;

  /**
   * Cost of one run on all instances.
   * @default - hours, price or the number of instances is not known
   */
  readonly cost?: TrainingCost;
}

/**
 * What one run of a training costs on each rung of its ladder, before it is deployed: each rung as if it were the one that trains from start to end.
 *
 * Hours are yours, or an interval: 6 FLOPs for each parameter and token, at the share of the BF16 peak that published trainings reached on the accelerator
 * (a tenth of them is below the interval, a tenth above). Fewer than ten published cases are no basis: then there is no number. Not modelled: LoRA and
 * whatever else trains only a part of the weights (the factor in place of 6 is not known), mixtures of experts, FP8, work repeated after interruptions.
 * Give `hours` for these. A rung counts with its own instance type: neither alternatives nor further groups of instances are in it. Instances only: storage and transfer come on top. Nothing of it reaches a template.
 */
export class TrainingEstimate {
  /**
   * Estimates a training.
   *
   * @param job the training, or any construct with `rungs`
   * @param options hours or size, prices, region
   * @throws if a number is not in its range or a token, if not one of `hours`, `hoursBetween` and `size` is given, if the region is not known; all problems are reported together
   */
  public static of(job: ITrainingLadder, options: TrainingEstimateOptions): TrainingEstimate {
    throwProblems('TrainingEstimate.of', [
      ...checkObject('job', job, 'rungs', 'a training of this app, a construct with `rungs`'),
      ...typeof options === 'object' && options !== null ? [] : [{ prop: 'options', got: printed(options), allowed: '`TrainingEstimateOptions`', fix: 'give `hours` or `size`' }],
    ]);
    throwProblems('TrainingEstimate.of', [...rungProblems(job.rungs), ...timeProblems(options), ...priceProblems(job, options)]);
    const region = options.region ?? Stack.of(job).region;
    const book = options.priceBook ?? PriceBook.bundled();
    if (!book.regions().includes(region)) {
      throwProblems('TrainingEstimate.of', [{ prop: 'region', got: printed(region), allowed: `a region the price book knows: ${book.regions().join(', ')}`, fix: 'give one of these, or a price book of your own with `PriceBook.custom`' }]);
    }
    return new TrainingEstimate(region, options.priceBasis ?? TrainingPriceBasis.SAGEMAKER, options, job.rungs.map((rung) => estimateRung(rung, options, region, book)), job.rungs.map(({ instanceType }) => instanceType));
  }

  /** The rung that costs less at its dearest than every other at its cheapest; nothing when that is not decided. Computed prices count as right within 1 %. */
  public readonly cheapest?: string;

  /** In words: the cheapest rung, or why it is not decided. */
  public readonly verdict: string;

  private constructor(
    /** The region whose prices count. */
    public readonly region: string,
    /** Whose price counts. */
    public readonly priceBasis: TrainingPriceBasis,
    private readonly options: TrainingEstimateOptions,
    /** One row per rung, in the order of the ladder. */
    public readonly rungs: TrainingRungEstimate[],
    private readonly types: AcceleratorInstance[],
  ) {
    const figures = options.size === undefined ? 'the hours given for every rung' : 'the published figures';
    const { cheapest, text } = cheapestRung(rungs.map(({ name, cost, price }) => ({
      name, usd: cost && { low: cost.lowUsd, high: cost.highUsd }, computed: price?.estimated === true,
    })), figures);
    this.cheapest = cheapest;
    this.verdict = text;
  }

  /** The estimate as a table of plain text, for a terminal. */
  public toTable(): string {
    const header = ['rung', 'instance', 'instances', 'USD/hour', 'hours', 'USD'];
    const rows = this.rungs.map(({ name, instanceType, instances, hours, price, cost }) => {
      const computed = price?.estimated === true ? '~' : '';
      return [
        name,
        instanceType,
        Token.isUnresolved(instances) ? 'at deploy' : String(instances),
        price === undefined ? NONE : `${computed}${hourly(price.usdPerHour)}`,
        hours === undefined ? NONE : range(hours.lowHours, hours.highHours, shortHours),
        cost === undefined ? NONE : `${computed}${range(cost.lowUsd, cost.highUsd, money)}`,
      ];
    });
    const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
    const line = (cells: string[]) => cells.map((cell, i) => i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join('  ').trimEnd();
    return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line), '', ...this.footnotes()].join('\n');
  }

  private footnotes(): string[] {
    const { startupMinutes = 0, spotSaving = 0 } = this.options;
    const bases = [...new Set(this.rungs.map(({ basis }) => basis))];
    const noPrice = this.rungs.map(({ name, price }, i) => ({ name, price, purchase: this.types[i].purchase })).filter(({ price }) => price === undefined);
    return [
      ...this.rungs.length > 1 ? [`Cheapest: ${this.verdict}.`] : [],
      `${this.region}, ${this.priceText()}; one run on one rung, without storage and transfer.`,
      ...bases.map((basis) => `Hours of ${this.rungs.filter((rung) => rung.basis === basis).map(({ name }) => name).join(', ')}: ${basis}.`),
      ...startupMinutes > 0 ? [`${startupMinutes} minutes of start-up are in the hours, as given.`] : [],
      ...spotSaving > 0 ? [`Spot saves ${Number((100 * spotSaving).toPrecision(6))} % of the price, as given; work repeated after interruptions is not counted.`] : [],
      ...this.rungs.some(({ price }) => price?.estimated) ? ['~ computed by a rule, not read from a price list; taken as right within 1 %.'] : [],
      ...noPrice.map(({ name, purchase }) => `${name}: no on-demand price here${purchase === PurchaseOption.ON_DEMAND ? '' : ', sold through training plans or Capacity Blocks'}.`),
    ];
  }

  private priceText(): string {
    const whose = this.priceBasis === TrainingPriceBasis.EC2 ? 'EC2 on demand (not what SageMaker bills)' : 'SageMaker training on demand';
    const prices = this.rungs.flatMap(({ price }) => price ?? []);
    if (prices.length === 0) return `${whose}, no prices`;
    const dates = [...new Set(prices.flatMap(({ asOf }) => asOf ?? []))].sort();
    const undated = prices.some(({ asOf }) => asOf === undefined);
    const dated = dates.length === 0 ? ' without a date' : ` of ${dates.join(' and ')}${undated ? ', some without a date' : ''}`;
    return `${whose}, prices${dated}${this.options.priceBook === undefined ? '' : ' from the given price book'}`;
  }
}

const NONE = 'n/a';
const range = (low: number, high: number, print: (value: number) => string) => [...new Set([print(low), print(high)])].join(' to ');
const money = (usd: number) => usd > 0 && usd < 0.005 ? '<0.01' : usd.toFixed(2);
/** At least cents, and what a price list has beyond. */
const hourly = (usd: number) => usd.toFixed(4).replace(/0{1,2}$/, '');
const shortHours = (hours: number) => String(hours >= 1000 ? Math.round(hours) : Number(hours.toPrecision(4)));

function estimateRung({ name, instanceType, instanceCount }: TrainingRungFacts, options: TrainingEstimateOptions, region: string, book: PriceBook): TrainingRungEstimate {
  const { hours, hoursBetween, size, startupMinutes = 0, spotSaving = 0 } = options;
  // A count known at deploy time only gives no cost: a token is a number too, and a very wrong one.
  const instances = Token.isUnresolved(instanceCount) ? undefined : instanceCount;
  const given: Interval | undefined = hours !== undefined ? { low: hours, high: hours } : hoursBetween && { low: hoursBetween.lowHours, high: hoursBetween.highHours };
  const time = given !== undefined
    ? { hours: given, basis: 'as given for every rung' }
    : publishedTime(size!, instanceType.accelerator, instances === undefined ? undefined : instances * instanceType.acceleratorCount);
  const billed = time.hours && { low: time.hours.low + startupMinutes / 60, high: time.hours.high + startupMinutes / 60 };
  const price = options.priceBasis === TrainingPriceBasis.EC2 ? book.ec2Price(region, instanceType) : book.price(region, instanceType, InstanceUse.TRAINING);
  const usd = billed === undefined || price === undefined || instances === undefined ? undefined : trainingCost({ hours: billed, instances, usdPerHour: price.usdPerHour, spotSaving });
  return {
    name,
    instanceType: instanceType.name,
    instances: instanceCount,
    basis: time.basis,
    hours: billed && { lowHours: billed.low, highHours: billed.high },
    price,
    cost: usd && { lowUsd: usd.low, highUsd: usd.high },
  };
}

function rungProblems(rungs: unknown): Problem[] {
  if (!Array.isArray(rungs) || rungs.length === 0) {
    return [{ prop: 'job.rungs', got: Array.isArray(rungs) ? 'none' : printed(rungs), allowed: 'at least one rung', fix: 'give the ladder a rung with an instance type' }];
  }
  return rungs.flatMap((rung: TrainingRungFacts, index) => {
    const prop = `job.rungs[${index}]`;
    const notOne = checkObject(prop, rung, 'instanceType', 'a rung with `name`, `instanceType` and `instanceCount`');
    if (notOne.length > 0) return notOne;
    return [
      ...typeof rung.name === 'string' ? [] : [{ prop: `${prop}.name`, got: printed(rung.name), allowed: 'text', fix: 'give the rung a name' }],
      ...checkObject(`${prop}.instanceType`, rung.instanceType, 'accelerator', 'an instance type with accelerators, e.g. AcceleratorInstance.TRN1_32XLARGE'),
      ...rung.instanceCount === undefined
        ? [{ prop: `${prop}.instanceCount`, got: 'undefined', allowed: 'a whole number of at least 1', fix: 'give the number of instances' }]
        : checkNumber(`${prop}.instanceCount`, rung.instanceCount, { min: 1, integer: true }),
    ];
  });
}

function timeProblems({ hours, hoursBetween, size, startupMinutes, spotSaving }: TrainingEstimateOptions): Problem[] {
  const given = Object.entries({ hours, hoursBetween, size }).filter(([, value]) => value !== undefined).map(([name]) => `\`${name}\``);
  const problems: Problem[] = given.length === 1 ? [] : [{
    prop: 'hours', got: given.length === 0 ? 'none of `hours`, `hoursBetween`, `size`' : given.join(' and '), allowed: 'one of `hours`, `hoursBetween`, `size`', fix: given.length === 0 ? 'give `hours` when you know them, else `size`' : 'leave out all but one',
  }];
  if (hours !== undefined) problems.push(...checkAbove('hours', hours, 1e6, 'give hours, e.g. 100'));
  if (hoursBetween !== undefined) problems.push(...intervalProblems(hoursBetween));
  if (size !== undefined) problems.push(...sizeProblems(size));
  if (startupMinutes !== undefined) problems.push(...plain('startupMinutes', startupMinutes) ?? checkNumber('startupMinutes', startupMinutes, { min: 0, max: 40320, unit: 'minutes' }));
  if (spotSaving !== undefined && (Token.isUnresolved(spotSaving) || !(finite(spotSaving) && spotSaving >= 0 && spotSaving < 1))) {
    const fix = finite(spotSaving) && spotSaving > 1 && spotSaving < 100 ? `give a share: ${Number((spotSaving / 100).toPrecision(6))} for ${spotSaving} %` : 'give a share: 0.6 when spot costs 40 % of on demand';
    problems.push(...plain('spotSaving', spotSaving) ?? [{ prop: 'spotSaving', got: printed(spotSaving), allowed: 'a number of at least 0 and below 1', fix }]);
  }
  return problems;
}

function intervalProblems(between: TrainingHours): Problem[] {
  const notOne = checkObject('hoursBetween', between, 'lowHours', 'the fewest and the most hours', 'give `lowHours` and `highHours`');
  if (notOne.length > 0) return notOne;
  const { lowHours, highHours } = between;
  const problems = [...checkAbove('hoursBetween.lowHours', lowHours, 1e6, 'give hours, e.g. 100'), ...checkAbove('hoursBetween.highHours', highHours, 1e6, 'give hours, e.g. 100')];
  return problems.length > 0 || lowHours <= highHours ? problems : [{ prop: 'hoursBetween.highHours', got: printed(highHours), allowed: `at least \`lowHours\`, ${lowHours}`, fix: 'exchange the two' }];
}

function sizeProblems(size: TrainingSize): Problem[] {
  const notOne = checkObject('size', size, 'parametersBillion', 'the size of model and data', 'give `parametersBillion` and `tokensBillion`');
  if (notOne.length > 0) return notOne;
  return [
    ...checkAbove('size.parametersBillion', size.parametersBillion, 1e5, 'give billions: 7 for a model of 7B'),
    ...checkAbove('size.tokensBillion', size.tokensBillion, 1e6, 'give billions: 0.5 for 500 million tokens'),
  ];
}

function priceProblems(job: ITrainingLadder, { region, priceBook, priceBasis }: TrainingEstimateOptions): Problem[] {
  const problems = priceBook === undefined ? [] : checkObject('priceBook', priceBook, 'price', 'a `PriceBook`, e.g. PriceBook.fromFile(...)');
  if (priceBasis !== undefined && !Object.values(TrainingPriceBasis).includes(priceBasis)) {
    problems.push({ prop: 'priceBasis', got: printed(priceBasis), allowed: 'TrainingPriceBasis.SAGEMAKER, TrainingPriceBasis.EC2', fix: 'use one of them' });
  }
  if (region !== undefined) return [...problems, ...plain('region', region) ?? []];
  const notConstruct = checkObject('job', job, 'node', 'a construct in a stack, or an object with `rungs` and the option `region`');
  if (notConstruct.length > 0) return [...problems, ...notConstruct];
  if (Token.isUnresolved(Stack.of(job).region)) {
    problems.push({ prop: 'region', got: 'a stack without a region', allowed: 'a region that is known at synth', fix: 'give `region`, or give the stack an `env` with a region' });
  }
  return problems;
}

/** A number above 0 that is known at synth. */
function checkAbove(prop: string, value: number, most: number, fix: string): Problem[] {
  if (typeof value === 'number' && value > 0 && value <= most && !Token.isUnresolved(value)) return [];
  return plain(prop, value) ?? [{ prop, got: printed(value), allowed: `a number above 0, at most ${most}`, fix }];
}

/** The problem that a token is, for what has to be known when the estimate is made. */
function plain(prop: string, value: unknown): Problem[] | undefined {
  return Token.isUnresolved(value) ? [{ prop, got: 'a token (a value known only at deploy time)', allowed: 'a value known at synth: the estimate is made then', fix: 'give a plain value' }] : undefined;
}

const finite = (value: unknown): value is number => Number.isFinite(value);
