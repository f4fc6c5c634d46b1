/** Columns of a row in `data/prices.json`, in order; the last cell is the provenance. A file with other columns names them. */
export const COLUMNS = ['ec2', 'hosting', 'training', 'transform', 'capacityBlock'] as const;

/** Every kind of price a book can hold. AWS lists `hyperpod` too, but no source of the bundled files does. */
export const PRICE_KINDS = [...COLUMNS, 'processing', 'hyperpod'] as const;
export type PriceKind = typeof PRICE_KINDS[number];

/** One price with where and when it is from. */
export interface PricePoint {
  readonly usdPerHour: number;
  readonly source: string;
  readonly asOf?: string;
  /** Computed by a rule, not read from a price list. */
  readonly estimated: boolean;
}

/** A price list, whatever its storage. Missing is undefined, never 0. */
export interface PriceTable {
  regions(): string[];
  types(region: string): string[];
  point(region: string, type: string, kind: PriceKind): PricePoint | undefined;
}

/** A cell per column, `[ec2, hosting, training, transform, capacityBlock]` where the file names none, and the provenance; null for "no price". */
export type PriceRow = readonly (number | string | null)[];

/** The shape of `data/prices.json` and `data/processing-prices.json`. */
export interface PriceFile {
  /** What the cells of a row are, in order; `COLUMNS` when left out. */
  readonly columns?: readonly PriceKind[];
  readonly sources: Readonly<Record<string, { readonly what: string }>>;
  readonly provenance: Readonly<Record<string, Readonly<Partial<Record<string, string>>>>>;
  readonly prices: Readonly<Record<string, Readonly<Record<string, PriceRow>>>>;
}

/** Splits `flexera-sm@2026-05-20~` into source key, date and the mark of a computed value. */
export function parseProvenance(text: string): { key: string; asOf?: string; estimated: boolean } {
  const estimated = text.endsWith('~');
  const [key, asOf] = (estimated ? text.slice(0, -1) : text).split('@');
  return { key, asOf, estimated };
}

/** A table over the compact file; rows are decoded when they are asked for. */
export function fileTable(file: PriceFile): PriceTable {
  const columns: readonly string[] = file.columns ?? COLUMNS;
  return {
    regions: () => Object.keys(file.prices),
    types: (region) => Object.keys(own(file.prices, region) ?? {}),
    point(region, type, kind) {
      const row = own(own(file.prices, region) ?? {}, type);
      const column = columns.indexOf(kind);
      const usdPerHour = column < 0 ? undefined : row?.[column];
      if (row === undefined || typeof usdPerHour !== 'number') return undefined;
      const text = own(file.provenance, String(row[columns.length]))?.[kind];
      if (text === undefined) return undefined;
      const { key, asOf, estimated } = parseProvenance(text);
      return { usdPerHour, source: own(file.sources, key)?.what ?? key, asOf, estimated };
    },
  };
}

/** A price with its place in a book. */
export interface PriceEntryRow extends PricePoint {
  readonly region: string;
  readonly type: string;
  readonly kind: PriceKind;
}

/** A table over single prices; a later entry replaces an earlier one of the same place. */
export function entryTable(entries: readonly PriceEntryRow[]): PriceTable {
  const byRegion = new Map<string, Map<string, Map<PriceKind, PricePoint>>>();
  for (const { region, type, kind, ...point } of entries) {
    const types = byRegion.get(region) ?? new Map<string, Map<PriceKind, PricePoint>>();
    const kinds = types.get(type) ?? new Map<PriceKind, PricePoint>();
    byRegion.set(region, types.set(type, kinds.set(kind, point)));
  }
  return {
    regions: () => [...byRegion.keys()],
    types: (region) => [...byRegion.get(region)?.keys() ?? []],
    point: (region, type, kind) => byRegion.get(region)?.get(type)?.get(kind),
  };
}

/** The prices of `top` where it has one, those of `base` elsewhere. */
export function overlaid(base: PriceTable, top: PriceTable): PriceTable {
  return {
    regions: () => [...new Set([...base.regions(), ...top.regions()])],
    types: (region) => [...new Set([...base.types(region), ...top.types(region)])],
    point: (region, type, kind) => top.point(region, type, kind) ?? base.point(region, type, kind),
  };
}

/**
 * Whether the list shows that a region sells a type for a use.
 *
 * A read price shows it. A computed one does not, except for training: its price is
 * derived from the hosting price of the same region, so there a read hosting price counts.
 * It does not count for processing: the API takes types for processing that it has no hosting price of.
 */
export function sells(table: PriceTable, region: string, type: string, kind: PriceKind): boolean {
  const point = table.point(region, type, kind);
  if (point === undefined) return false;
  if (!point.estimated) return true;
  return kind === 'training' && table.point(region, type, 'hosting')?.estimated === false;
}

/** Whether the list of a region was read at all: of a region with computed prices only, nobody knows what it sells. */
export function isRead(table: PriceTable, region: string): boolean {
  return table.types(region).some((type) => PRICE_KINDS.some((kind) => table.point(region, type, kind)?.estimated === false));
}

/** Regions whose list shows the type for the use, in alphabetical order. */
export function regionsSelling(table: PriceTable, type: string, kind: PriceKind): string[] {
  return table.regions().filter((region) => sells(table, region, type, kind)).sort();
}

/** A property of a plain object, never one inherited from `Object.prototype` (`constructor`, `toString`). */
function own<T>(object: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined;
}
