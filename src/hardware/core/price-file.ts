import { quoted } from './names';
import { COLUMNS, entryTable, fileTable, parseProvenance, PRICE_KINDS, type PriceEntryRow, type PriceFile, type PriceKind, type PriceTable } from './price-table';
import type { Problem } from '../../private/problems';

/** What a price file was found to be: a table, or why it is none. */
export interface ParsedPrices {
  readonly table?: PriceTable;
  readonly problems: readonly Problem[];
}

// A file with a wrong column has one problem per row; the first ones show what is wrong.
const SHOWN = 10;

const REGION = /^[a-z]{2,4}(-[a-z0-9]+)+$/;
const TYPE = /^ml\.[a-z0-9-]+\.[a-z0-9-]+$/;
const DATE = /^\d{4}-\d{2}(-\d{2})?$/;

/**
 * Reads a price file in one of two forms: the compact one of `data/prices.json` and
 * `data/processing-prices.json` (recognised by its `provenance`), or the plain one that people write:
 *
 *     { "asOf": "2026-10-01", "source": "our agreement", "prices": { "us-east-1": { "ml.g5.xlarge": { "hosting": 1.2 } } } }
 */
export function parsePriceFile(text: string): ParsedPrices {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    return refused([{ prop: 'path', got: `a file that is not JSON (${(error as Error).message})`, allowed: 'a JSON file', fix: 'correct its syntax' }]);
  }
  if (!isObject(file) || !isObject(file.prices)) {
    return refused([{ prop: 'prices', got: 'no object `prices`', allowed: 'region -> instance type -> prices', fix: 'see the README of `hardware` for the two forms of a price file' }]);
  }
  return 'provenance' in file ? compact(file) : plain(file);
}

/** Problems of one price; shared by files and prices given in code. */
export function pointProblems(where: string, usdPerHour: unknown, asOf: unknown): Problem[] {
  const problems: Problem[] = [];
  if (typeof usdPerHour !== 'number' || !Number.isFinite(usdPerHour) || usdPerHour <= 0) {
    problems.push({
      prop: where,
      got: typeof usdPerHour === 'string' ? quoted(usdPerHour) : String(usdPerHour),
      allowed: 'a number above 0 (USD per instance hour)',
      fix: typeof usdPerHour === 'string' ? 'write it as a number, without quotes, currency and unit' : 'leave out a price that you do not know; nothing is free',
    });
  }
  if (asOf !== undefined && !isDate(asOf)) {
    problems.push({ prop: `${where.replace(/\.usdPerHour$/, '')}.asOf`, got: quoted(String(asOf)), allowed: 'a date `YYYY-MM-DD` or a month `YYYY-MM`', fix: 'give the date of the price list' });
  }
  return problems;
}

/** A day or a month that the calendar has. */
function isDate(value: unknown): boolean {
  if (typeof value !== 'string' || !DATE.test(value)) return false;
  const day = value.length === 7 ? `${value}-01` : value;
  const time = Date.parse(`${day}T00:00:00Z`);
  // The 30th of February is read as a day in March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** Where a price is from, in words. */
export function sourceProblems(prop: string, source: unknown): Problem[] {
  if (source === undefined || (typeof source === 'string' && source.trim() !== '')) return [];
  return [{ prop, got: typeof source === 'string' ? quoted(source) : `a value of type ${typeof source}`, allowed: 'text', fix: 'say in words where the price is from, or leave it out' }];
}

function plain(file: Record<string, unknown>): ParsedPrices {
  const { source = 'price file', asOf } = file;
  const problems: Problem[] = [];
  const entries: PriceEntryRow[] = [];
  problems.push(...pointProblems('file', 1, asOf), ...sourceProblems('file.source', source));
  for (const [region, type, row] of rows(file.prices as object, problems)) {
    if (!isObject(row)) {
      problems.push({ prop: `prices.${region}.${type}`, got: quoted(JSON.stringify(row)), allowed: 'an object such as {"hosting": 1.2}', fix: 'name each price by its use' });
      continue;
    }
    for (const [kind, usdPerHour] of Object.entries(row)) {
      const where = `prices.${region}.${type}.${kind}`;
      if (!(PRICE_KINDS as readonly string[]).includes(kind)) {
        problems.push({ prop: where, got: `the key ${quoted(kind)}`, allowed: PRICE_KINDS.join(', '), fix: 'use one of these keys' });
      }
      problems.push(...pointProblems(where, usdPerHour, undefined));
      // wrong values are in `problems` by now, and then no table is made of the entries
      const point = { usdPerHour: usdPerHour as number, source: String(source), asOf: asOf as string | undefined, estimated: false };
      entries.push({ region, type, kind: kind as PriceKind, ...point });
    }
  }
  return problems.length > 0 ? refused(problems) : { table: entryTable(entries), problems };
}

function compact(file: Record<string, unknown>): ParsedPrices {
  const { provenance } = file;
  const problems: Problem[] = [];
  if (!isObject(provenance) || !isObject(file.sources)) {
    problems.push({ prop: 'provenance', got: 'no objects `provenance` and `sources`', allowed: 'the form that scripts/refresh-prices.ts writes', fix: 'write the file again with the script, or use the plain form' });
    return refused(problems);
  }
  problems.push(...originProblems(provenance, file.sources));
  const columns = file.columns ?? COLUMNS;
  if (!isColumns(columns)) {
    problems.push({ prop: 'columns', got: quoted(JSON.stringify(file.columns)), allowed: `a list of some of ${PRICE_KINDS.join(', ')}, each once`, fix: `name what the cells of a row are, or leave it out for ${COLUMNS.join(', ')}` });
    return refused(problems);
  }
  for (const [region, type, row] of rows(file.prices as object, problems)) {
    const where = `prices.${region}.${type}`;
    if (!Array.isArray(row) || row.length !== columns.length + 1) {
      problems.push({ prop: where, got: quoted(JSON.stringify(row)), allowed: `[${columns.join(', ')}, provenance]`, fix: 'write the file again with scripts/refresh-prices.ts' });
      continue;
    }
    const origin = provenance[String(row[columns.length])];
    columns.forEach((column, index) => {
      if (row[index] === null) return;
      problems.push(...pointProblems(`${where}.${column}`, row[index], undefined));
      if (!isObject(origin) || typeof origin[column] !== 'string') {
        problems.push({ prop: `${where}.${column}`, got: `a price without provenance (${quoted(String(row[columns.length]))})`, allowed: 'a provenance that names its source', fix: 'write the file again with scripts/refresh-prices.ts' });
      }
    });
  }
  return problems.length > 0 ? refused(problems) : { table: fileTable(file as unknown as PriceFile), problems };
}

/** Some kinds of prices, none twice. */
function isColumns(value: unknown): value is readonly PriceKind[] {
  return Array.isArray(value) && value.length > 0 && new Set(value).size === value.length && value.every((kind) => (PRICE_KINDS as readonly unknown[]).includes(kind));
}

/** Dates and sources of the compact form, each said once however many prices refer to it. */
function originProblems(provenance: Record<string, unknown>, sources: Record<string, unknown>): Problem[] {
  const dates = Object.entries(provenance).flatMap(([name, origin]) => !isObject(origin) ? [] : Object.entries(origin).flatMap(([column, text]) => {
    return typeof text !== 'string' ? [] : pointProblems(`provenance.${name}.${column}`, 1, parseProvenance(text).asOf);
  }));
  return [...dates, ...Object.entries(sources).flatMap(([key, source]) => sourceProblems(`sources.${key}.what`, isObject(source) ? source.what : source))];
}

/** Every row with its place; wrong names of regions and types are reported once. */
function rows(prices: object, problems: Problem[]): [region: string, type: string, row: unknown][] {
  const found: [string, string, unknown][] = [];
  for (const [region, types] of Object.entries(prices)) {
    if (!REGION.test(region) || !isObject(types)) {
      problems.push({ prop: `prices.${region}`, got: quoted(region), allowed: 'a region such as `us-east-1` with an object of instance types', fix: 'put instance types under regions' });
      continue;
    }
    for (const [type, row] of Object.entries(types)) {
      if (TYPE.test(type)) found.push([region, type, row]);
      else problems.push({ prop: `prices.${region}`, got: quoted(type), allowed: 'SageMaker instance types, which start with `ml.`', fix: `write 'ml.${type}' if the price is SageMaker's and not EC2's` });
    }
  }
  return found;
}

function refused(problems: readonly Problem[]): ParsedPrices {
  if (problems.length <= SHOWN) return { problems };
  const rest = problems.length - SHOWN;
  return { problems: [...problems.slice(0, SHOWN), { prop: 'prices', got: `${rest} more problems`, allowed: 'none', fix: 'correct the first ones and run again' }] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
