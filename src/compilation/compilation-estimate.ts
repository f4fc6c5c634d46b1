import { Stack, Token } from 'aws-cdk-lib';
import { parametersOf } from './compile-host';
import { compileTimeInterval } from './core/compile-times';
import type { NeuronCompilation } from './neuron-compilation';
import { InstanceUse, PriceBook } from '../hardware';
import { checkObject } from '../private/checks';
import { throwProblems } from '../private/problems';

/** Options of `CompilationEstimate.of`. */
export interface CompilationEstimateOptions {
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

/**
 * What a compilation takes, before it is deployed: time as an interval of published figures, cost from dated prices. One run of the job, without
 * storage and transfer; what is compiled already takes seconds and costs next to nothing. Nothing of it reaches a template.
 */
export class CompilationEstimate {
  /** Estimates a compilation. */
  public static of(compilation: NeuronCompilation, options: CompilationEstimateOptions = {}): CompilationEstimate {
    throwProblems('CompilationEstimate.of', [
      ...checkObject('compilation', compilation, '_task', 'a `NeuronCompilation` of this app'),
      ...options.priceBook === undefined ? [] : checkObject('priceBook', options.priceBook, 'price', 'a `PriceBook`, e.g. PriceBook.fromFile(...)'),
    ]);
    const region = options.region ?? Stack.of(compilation).region;
    if (Token.isUnresolved(region)) {
      throwProblems('CompilationEstimate.of', [{ prop: 'region', got: 'a stack without a region', allowed: 'a region that is known at synth', fix: 'give `region`, or give the stack an `env` with a region' }]);
    }
    const { full } = compilation._task._resolved;
    const time = compileTimeInterval(full.kind, parametersOf(full.source.profile));
    const { processing, training } = compilation._task._host;
    const price = (options.priceBook ?? PriceBook.bundled()).price(region, (processing ?? training)!, processing === undefined ? InstanceUse.TRAINING : InstanceUse.PROCESSING);
    const cost = (minutes: number | undefined) => minutes === undefined || price === undefined ? undefined : price.usdPerHour * minutes / 60;
    return new CompilationEstimate(
      compilation.key, compilation.jobKind, compilation.instanceType, region, time?.basis ?? `no basis: nothing is published for models of kind ${full.kind}`,
      time?.lowMinutes, time?.highMinutes, price?.usdPerHour, cost(time?.lowMinutes), cost(time?.highMinutes), price?.asOf, price?.estimated ?? false,
    );
  }

  private constructor(
    /** The content key. */
    public readonly key: string,
    /** What the job is in SageMaker: a processing or a training job. */
    public readonly jobKind: InstanceUse,
    /** The host that compiles, e.g. `ml.m5.2xlarge`. */
    public readonly instanceType: string,
    /** The region whose prices count. */
    public readonly region: string,
    /** What the time rests on, or why there is none. */
    public readonly basis: string,
    /** Shortest time to expect in minutes, when there is a basis. */
    public readonly lowMinutes?: number,
    /** Longest time to expect in minutes, when there is a basis; not a limit. */
    public readonly highMinutes?: number,
    /** Price of the host in USD per hour, when there is a public one in this region. */
    public readonly usdPerHour?: number,
    /** Cost of the shortest time in USD. */
    public readonly lowUsd?: number,
    /** Cost of the longest time in USD. */
    public readonly highUsd?: number,
    /** Date of the price, when it has one. */
    public readonly priceDate?: string,
    /** Whether the price was computed instead of read from a price list. */
    public readonly estimated: boolean = false,
  ) {}

  /** The estimate as a table of plain text, for a terminal. */
  public toTable(): string {
    const none = 'n/a';
    const range = (low: number | undefined, high: number | undefined, print: (value: number) => string) => low === undefined || high === undefined ? none : `${print(low)} to ${print(high)}`;
    const computed = this.estimated ? '~' : '';
    const header = ['compile job', 'instance', 'USD/hour', 'minutes', 'USD', 'key'];
    const row = [
      this.jobKind,
      this.instanceType,
      this.usdPerHour === undefined ? none : `${computed}${this.usdPerHour.toFixed(3)}`,
      range(this.lowMinutes, this.highMinutes, String),
      this.highUsd === undefined ? none : `${computed}${range(this.lowUsd, this.highUsd, (usd) => usd.toFixed(2))}`,
      this.key,
    ];
    const widths = header.map((title, i) => Math.max(title.length, row[i].length));
    const line = (cells: string[]) => cells.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd();
    const price = this.usdPerHour === undefined ? 'no public price of this host here' : `on demand${this.priceDate === undefined ? '' : `, prices of ${this.priceDate}`}`;
    return [
      line(header), line(widths.map((width) => '-'.repeat(width))), line(row), '',
      `${this.region}, ${price}; one run of the job, nothing when the artefact is there. Time from ${this.basis}.`,
      ...this.estimated ? ['~ computed from the hosting price of the type, not read from a price list.'] : [],
    ].join('\n');
  }
}
