import { readFileSync } from 'fs';
import { Token } from 'aws-cdk-lib';
import type * as bundledPrices from './bundled-prices';
import { quoted } from './core/names';
import { parsePriceFile, pointProblems, sourceProblems } from './core/price-file';
import { entryTable, isRead, overlaid, regionsSelling, sells, type PriceKind, type PriceTable } from './core/price-table';
import { instanceNameProblems } from './facts-checks';
import { InstanceUse } from './instance-use';
import type { IPricedInstance } from './priced-instance';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** A price with its unit, its date and its source. */
export interface Price {
  /** USD per instance and hour, Linux, before tax; without storage, data transfer and discounts. */
  readonly usdPerHour: number;

  /** What the figure is per, to be printed beside it. */
  readonly unit: string;

  /**
   * Date of the price list, `YYYY-MM-DD` (or `YYYY-MM`).
   * @default - the source has no date
   */
  readonly asOf?: string;

  /** True if the price was computed by a rule, not read from a price list. */
  readonly estimated: boolean;

  /** Where the price is from, in words. */
  readonly source: string;
}

/** A price that you know yourself. */
export interface PriceEntry {
  /** Region, e.g. `eu-west-1`. */
  readonly region: string;

  /** The instance type: an AcceleratorInstance, a ProcessingInstance or another with its name. */
  readonly instance: IPricedInstance;

  /** What the price is for. */
  readonly use: InstanceUse;

  /** USD per instance and hour; above 0. */
  readonly usdPerHour: number;

  /**
   * Date of the price, `YYYY-MM-DD` or `YYYY-MM`.
   * @default - not dated
   */
  readonly asOf?: string;

  /**
   * Where the price is from, in words.
   * @default 'custom'
   */
  readonly source?: string;

  /**
   * Whether the price is an estimate.
   * @default false
   */
  readonly estimated?: boolean;
}

/**
 * Hourly prices by region, instance type and use, each with date and source.
 *
 * A book is for reading, comparing and printing. No price is ever written into a
 * template: a newer book changes no stack.
 */
export class PriceBook {
  /** Hours of a month for monthly figures: 8,760 / 12, as the AWS calculators count. */
  public static readonly HOURS_PER_MONTH = 730;

  /**
   * The price list of this package: SageMaker hosting prices of 2026-05 and later for types with
   * accelerators in 31 regions, and processing prices of types without in 36 regions. What was
   * computed instead of read says `estimated`; all of the processing prices are, from the hosting prices.
   *
   * The files are read on the first call and kept.
   */
  public static bundled(): PriceBook {
    // A `require` and not an `import`: prices are a third of this package's data, and most apps never ask for one.
    // The type import above keeps the module, and with it the JSON files, in the build.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { BUNDLED } = require('./bundled-prices') as typeof bundledPrices;
    this.kept ??= new PriceBook(BUNDLED);
    return this.kept;
  }

  /**
   * A price list from a JSON file, in the form of this package's own
   * (`scripts/refresh-prices.ts` writes it) or in the plain one, see the README of `hardware`.
   *
   * @param path of the file, relative to the working directory
   * @throws if the file cannot be read or has a price that is not a number above 0
   */
  public static fromFile(path: string): PriceBook {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throwProblems('PriceBook.fromFile', [{ prop: 'path', got: `${quoted(path)} (${code})`, allowed: 'a readable JSON file', fix: 'check the path; it is relative to the working directory' }]);
      throw error;
    }
    const { table, problems } = parsePriceFile(text);
    throwProblems(`PriceBook.fromFile('${path}')`, problems);
    return new PriceBook(table!);
  }

  /**
   * A price list of prices that you give, e.g. those of a private agreement. Lay it over
   * another book with `overlaidWith` to keep the public prices for everything else.
   *
   * @throws if a price is not a number above 0 or is given twice; all problems are reported together
   */
  public static custom(prices: PriceEntry[]): PriceBook {
    if (!Array.isArray(prices)) throwProblems('PriceBook.custom', [{ prop: 'prices', got: `a value of type ${typeof prices}`, allowed: 'a list of prices', fix: 'put the price into a list' }]);
    const problems: Problem[] = [];
    const seen = new Set<string>();
    prices.forEach((entry, index) => {
      const shape = entryProblems(`prices[${index}]`, entry);
      problems.push(...shape);
      // Nothing else can be asked of an entry without its parts.
      if (shape.length > 0) return;
      const { region, instance, use, usdPerHour, asOf, source } = entry;
      const place = `${use} of ${instance.name} in ${region}`;
      if (Token.isUnresolved(region)) {
        problems.push({ prop: `prices[${index}].region`, got: 'a token (a value known only at deploy time)', allowed: 'a literal region', fix: "give a literal such as 'us-east-1'" });
      } else if (seen.has(place)) {
        problems.push({ prop: `prices[${index}]`, got: `a second price for ${place}`, allowed: 'one price per region, type and use', fix: 'remove one of the two' });
      }
      seen.add(place);
      problems.push(...pointProblems(`prices[${index}].usdPerHour`, usdPerHour, asOf), ...sourceProblems(`prices[${index}].source`, source));
    });
    throwProblems('PriceBook.custom', problems);
    return new PriceBook(entryTable(prices.map(({ region, instance, use, usdPerHour, asOf, source, estimated }) => ({
      region, type: instance.name, kind: use as PriceKind, usdPerHour, asOf, source: source ?? 'custom', estimated: estimated ?? false,
    }))));
  }

  private static kept?: PriceBook;

  private constructor(private readonly table: PriceTable) {}

  /**
   * Price of one instance hour on SageMaker, on demand.
   *
   * @param region such as `eu-west-1`; a token has no price
   * @param instance the instance type
   * @param use what it is for; the bundled book has hosting, training and, in us-west-2, transform for types with
   * accelerators, and processing for those without
   * @returns undefined where no source has a price, also for a region that is a token; never 0
   */
  public price(region: string, instance: IPricedInstance, use: InstanceUse): Price | undefined {
    return this.find(region, instance, use as PriceKind, `USD per instance hour, SageMaker ${use}, Linux, on demand, before tax`);
  }

  /**
   * Price of one hour of the same type on EC2, on demand: not what SageMaker bills.
   *
   * @param region such as `eu-west-1`
   * @param instance the instance type, under its SageMaker name
   * @returns undefined where no source has a price; never 0
   */
  public ec2Price(region: string, instance: IPricedInstance): Price | undefined {
    return this.find(region, instance, 'ec2', 'USD per instance hour, EC2, Linux, on demand, before tax');
  }

  /**
   * Effective hourly rate of an EC2 Capacity Block: the reservation fee only.
   *
   * @param region such as `eu-west-1`
   * @param instance the instance type, under its SageMaker name
   * @returns undefined where no source has a price; never 0
   */
  public capacityBlockPrice(region: string, instance: IPricedInstance): Price | undefined {
    return this.find(region, instance, 'capacityBlock', 'USD per instance hour, EC2 Capacity Block, reservation fee only, before tax');
  }

  /** Regions with any price, in alphabetical order; the bundled list includes one Local Zone (`us-east-1-dfw-2a`). */
  public regions(): string[] {
    return this.table.regions().sort();
  }

  /** Names of the instance types with any price in the region, e.g. `ml.g5.xlarge`, in alphabetical order. */
  public instanceNames(region: string): string[] {
    return this.table.types(region).sort();
  }

  /**
   * Regions whose price list shows the type for this use, in alphabetical order.
   *
   * This is membership in a dated price list (`Price.asOf`), not a query of AWS: a
   * region may have gained or lost the type since. A check built on it must be
   * possible to override.
   */
  public regionsWith(instance: IPricedInstance, use: InstanceUse): string[] {
    return regionsSelling(this.table, instance.name, use as PriceKind);
  }

  /**
   * Whether the region's price list shows the type for this use.
   *
   * @returns undefined where the book cannot tell: it has read nothing on the region, or
   * shows the type for this use in no region at all
   */
  public isListed(region: string, instance: IPricedInstance, use: InstanceUse): boolean | undefined {
    if (sells(this.table, region, instance.name, use as PriceKind)) return true;
    return !isRead(this.table, region) || this.regionsWith(instance, use).length === 0 ? undefined : false;
  }

  /** A book with the prices of `top` where it has one and those of this book elsewhere; neither of the two changes. */
  public overlaidWith(top: PriceBook): PriceBook {
    return new PriceBook(overlaid(this.table, top.table));
  }

  private find(region: string, instance: IPricedInstance, kind: PriceKind, unit: string): Price | undefined {
    const point = this.table.point(region, instance.name, kind);
    return point && { ...point, unit };
  }
}

/** The parts that say where a price belongs; their types hold nobody back in JavaScript. */
function entryProblems(where: string, entry: PriceEntry): Problem[] {
  const notEntry = checkObject(where, entry, 'usdPerHour', 'a price with its region, instance, use and `usdPerHour`', 'give what PriceEntry asks for');
  if (notEntry.length > 0) return notEntry;
  const problems = checkObject(`${where}.instance`, entry.instance, 'name', 'an instance type', "use a static of AcceleratorInstance, or AcceleratorInstance.of('ml.g5.xlarge')");
  if (problems.length === 0) problems.push(...instanceNameProblems(entry.instance.name).map((problem) => ({ ...problem, prop: `${where}.instance.name` })));
  if (typeof entry.region !== 'string' || entry.region === '') {
    problems.push({ prop: `${where}.region`, got: quoted(String(entry.region)), allowed: 'a literal region', fix: "give a literal such as 'us-east-1'" });
  }
  const uses = Object.values(InstanceUse);
  if (!uses.includes(entry.use)) {
    problems.push({ prop: `${where}.use`, got: quoted(String(entry.use)), allowed: uses.join(', '), fix: 'use a member of InstanceUse, such as InstanceUse.HOSTING' });
  }
  return problems;
}
