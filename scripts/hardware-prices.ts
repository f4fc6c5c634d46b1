/** Merges fresh prices into a price file and judges the result; pure. */
import type { OfferPrice } from './hardware-offer';

type Cell = number | string | null;
export interface Prices {
  /** What the cells of a row are; `COLUMNS` when left out. */
  readonly columns?: readonly string[];
  readonly sources: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly provenance: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly prices: Readonly<Record<string, Readonly<Record<string, readonly Cell[]>>>>;
  readonly [key: string]: unknown;
}

const COLUMNS = ['ec2', 'hosting', 'training', 'transform', 'capacityBlock'];

/** What the price list of SageMaker tells; the other columns are refreshed by hand. */
const READ = ['hosting', 'training', 'transform', 'processing'];

/** Uses whose price is the hosting price where the list has none of their own. */
const LIKE_HOSTING = ['training', 'processing'];

interface Entry { price: number; from: string }
type Entries = Record<string, Entry | undefined>;

function decode(file: Prices, row: readonly Cell[]): Entries {
  const columns = file.columns ?? COLUMNS;
  const origin = file.provenance[String(row[columns.length])] ?? {};
  return Object.fromEntries(columns.flatMap((column, i) => typeof row[i] === 'number' ? [[column, { price: row[i], from: origin[column] }]] : []));
}

export interface Refresh {
  readonly fresh: readonly OfferPrice[];
  /** Regions that were read: there, what the list no longer has is dropped. */
  readonly regions: readonly string[];
  readonly sourceKey: string;
  readonly source: Readonly<Record<string, unknown>>;
  /** `YYYY-MM-DD`. */
  readonly asOf: string;
}

/**
 * The file with the SageMaker prices of the regions that were read, as far as it has columns for them.
 * EC2 and Capacity Block prices stay. A training or processing price that the list lacks is the hosting
 * price, marked as computed; a computed hosting price stays until a read one takes its place.
 */
export function mergePrices(file: Prices, refresh: Refresh, known: ReadonlyMap<string, readonly string[]>): Prices {
  const columns = file.columns ?? COLUMNS;
  const from = `${refresh.sourceKey}@${refresh.asOf}`;
  const found = new Map(refresh.fresh.map((price) => [`${price.region} ${price.type} ${price.kind}`, price.usdPerHour]));
  const regions = [...new Set([...Object.keys(file.prices), ...refresh.regions])].sort();
  // an origin keeps its short name, or every row of the file would change with every refresh
  const names = new Map(Object.entries(file.provenance).map(([name, origin]) => [JSON.stringify(origin), name]));
  let last = Math.max(0, ...[...names.values()].map((name) => Number(name.slice(1))));
  const used = new Set<string>();
  const tables = regions.map((region) => {
    const old = file.prices[region] ?? {};
    const isRead = refresh.regions.includes(region);
    const rows = [...known].flatMap(([type, uses]) => {
      const entries = decode(file, old[type] ?? []);
      if (isRead) {
        for (const kind of READ) {
          const price = found.get(`${region} ${type} ${kind}`);
          if (price !== undefined) entries[kind] = { price, from };
          else if (entries[kind]?.from.endsWith('~') !== true || LIKE_HOSTING.includes(kind)) entries[kind] = undefined;
        }
        const { hosting } = entries;
        for (const kind of LIKE_HOSTING.filter((one) => uses.includes(one))) {
          if (hosting) entries[kind] ??= { price: hosting.price, from: `derived@${hosting.from.replace(/~$/, '').split('@')[1]}~` };
        }
      }
      // a kind without a column is left behind here
      if (columns.every((column) => entries[column] === undefined)) return [];
      const origin = JSON.stringify(Object.fromEntries(columns.flatMap((column) => entries[column] ? [[column, entries[column].from]] : [])));
      if (!names.has(origin)) names.set(origin, `p${++last}`);
      used.add(origin);
      return [{ type, origin, cells: columns.map((column) => entries[column]?.price ?? null) }];
    });
    return { region, rows };
  });
  const provenance = [...names].filter(([origin]) => used.has(origin)).map(([origin, name]) => [name, JSON.parse(origin) as Record<string, string>] as const);
  const keys = new Set(provenance.flatMap(([, origin]) => Object.values(origin)).map((text) => text.replace(/~$/, '').split('@')[0]));
  const sources = { ...file.sources, [refresh.sourceKey]: { ...refresh.source, date: refresh.asOf } };
  return {
    ...file,
    sources: Object.fromEntries(Object.entries(sources).filter(([key]) => keys.has(key))),
    provenance: Object.fromEntries(provenance),
    prices: Object.fromEntries(tables.filter(({ rows }) => rows.length > 0).map(({ region, rows }) =>
      [region, Object.fromEntries(rows.map(({ type, cells, origin }) => [type, [...cells, names.get(origin)!]]))])),
  };
}

/** Hosting over EC2, by family and size; read off 660 pairs, most within 0.4 %. */
export function expectedRatio(region: string, type: string): number {
  const [, family, size] = type.split('.');
  const xlarge = size === 'xlarge';
  if (family === 'g4dn' && region === 'us-west-1') return 1.167;
  if (family === 'g6e' && xlarge && region === 'eu-central-1') return 1.345;
  if (family === 'inf2' && ['ap-northeast-1', 'ap-south-1', 'ap-southeast-1', 'eu-central-1', 'eu-west-1'].includes(region)) return 1.15;
  if (family.startsWith('g')) return xlarge ? 1.4 : 1.25;
  if (family.startsWith('inf')) return xlarge ? 1.3 : 1.2;
  if (type === 'ml.p3.2xlarge') return 1.25;
  return type === 'ml.p3.8xlarge' ? 1.2 : 1.15;
}

export interface Findings {
  /** Must not be written. */
  readonly errors: readonly string[];
  /** May be right, but a person has to say so (`--accept-changes`). */
  readonly questions: readonly string[];
}

/** The checks that run before the file is replaced. */
export function judgePrices(before: Prices, after: Prices, known: ReadonlyMap<string, readonly string[]>): Findings {
  const errors: string[] = [];
  const questions: string[] = [];
  const priced = new Set<string>();
  for (const [region, types] of Object.entries(after.prices)) {
    for (const [type, row] of Object.entries(types)) {
      const where = `${region} ${type}`;
      priced.add(type);
      if (!known.has(type)) errors.push(`${where}: not in the catalogue`);
      const entries = decode(after, row);
      const old = decode(before, before.prices[region]?.[type] ?? []);
      for (const [column, entry] of Object.entries(entries)) {
        if (entry === undefined) continue;
        if (!(entry.price > 0)) errors.push(`${where} ${column}: price ${entry.price}`);
        if (entry.from === undefined) errors.push(`${where} ${column}: no source`);
        const change = entry.price / (old[column]?.price ?? entry.price) - 1;
        if (Math.abs(change) > 0.1) questions.push(`${where} ${column}: ${old[column]?.price} -> ${entry.price} (${(change * 100).toFixed(1)} %)`);
      }
      const { ec2, hosting, training } = entries;
      if (ec2 && hosting) {
        const ratio = hosting.price / ec2.price;
        const expected = expectedRatio(region, type);
        if (ratio < 1.13 || ratio > 1.42) errors.push(`${where}: hosting / EC2 is ${ratio.toFixed(3)}, outside 1.13 to 1.42`);
        else if (Math.abs(ratio / expected - 1) > 0.01) questions.push(`${where}: hosting / EC2 is ${ratio.toFixed(3)}, the family's is ${expected}`);
      }
      if (hosting && training && Math.abs(training.price / hosting.price - 1) > 0.01) questions.push(`${where}: training ${training.price}, hosting ${hosting.price}`);
    }
  }
  for (const [region, types] of Object.entries(before.prices)) {
    for (const [type, row] of Object.entries(types)) {
      const entries = decode(after, after.prices[region]?.[type] ?? []);
      const lost = Object.keys(decode(before, row)).filter((column) => entries[column] === undefined);
      if (lost.length > 0) questions.push(`${region} ${type}: lost ${lost.join(', ')}`);
    }
  }
  for (const [type, uses] of known) {
    if (uses.length > 0 && !priced.has(type)) questions.push(`${type}: no price in any region`);
  }
  return { errors, questions };
}

/** What a size may differ from its family's price per vCPU: the list rounds some regions to cents. */
const ROUNDING = { usd: 0.01, share: 0.01 };

/** Types whose price per vCPU is not that of their family's largest size: types without accelerators are priced by the vCPU. */
export function sizeQuestions(prices: Prices, column: string, vcpus: ReadonlyMap<string, number>): string[] {
  return Object.entries(prices.prices).flatMap(([region, types]) => {
    const priced = Object.entries(types).flatMap(([type, row]) => {
      const [price, vcpu] = [decode(prices, row)[column]?.price, vcpus.get(type)];
      return price === undefined || vcpu === undefined ? [] : [{ type, family: type.split('.')[1], price, vcpu }];
    });
    return priced.flatMap(({ type, family, price, vcpu }) => {
      const largest = priced.filter((one) => one.family === family).reduce((a, b) => b.vcpu > a.vcpu ? b : a);
      const expected = largest.price / largest.vcpu * vcpu;
      const off = Math.abs(price - expected);
      return off <= ROUNDING.usd || off <= expected * ROUNDING.share ? []
        : [`${region} ${type} ${column}: ${price}, by the price of ${largest.type} it would be ${expected.toFixed(4)}`];
    });
  });
}
