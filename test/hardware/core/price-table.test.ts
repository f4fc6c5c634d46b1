import { entryTable, fileTable, isRead, overlaid, parseProvenance, regionsSelling, sells, type PriceEntryRow, type PriceFile } from '../../../src/hardware/core/price-table';

const FILE: PriceFile = {
  sources: { list: { what: 'the list' } },
  provenance: {
    p1: { ec2: 'list@2026-01-01', hosting: 'list@2026-02-02', training: 'derived@2026-02-02~' },
    p2: { ec2: 'list', hosting: 'derived@2026-01-01~', training: 'derived@2026-01-01~' },
  },
  prices: {
    b: { 'ml.x.large': [1, 1.25, 1.25, null, null, 'p1'] },
    a: { 'ml.x.large': [1, 1.25, 1.25, null, null, 'p2'], 'ml.y.large': [2, 3, null, null, null, 'p9'] },
  },
};

test.each([
  ['list@2026-01-01', { key: 'list', asOf: '2026-01-01', estimated: false }],
  ['derived@2026-01-01~', { key: 'derived', asOf: '2026-01-01', estimated: true }],
  ['list', { key: 'list', asOf: undefined, estimated: false }],
  ['list~', { key: 'list', asOf: undefined, estimated: true }],
])('parseProvenance(%j)', (text, expected) => {
  expect(parseProvenance(text)).toEqual(expected);
});

describe('fileTable', () => {
  const table = fileTable(FILE);

  test('decodes a row', () => {
    expect(table.point('b', 'ml.x.large', 'ec2')).toEqual({ usdPerHour: 1, source: 'the list', asOf: '2026-01-01', estimated: false });
    expect(table.point('b', 'ml.x.large', 'training')).toEqual({ usdPerHour: 1.25, source: 'derived', asOf: '2026-02-02', estimated: true });
    expect(table.point('a', 'ml.x.large', 'ec2')?.asOf).toBeUndefined();
  });

  test('has no price for null, for a kind without column, for strangers, and without provenance', () => {
    expect(table.point('b', 'ml.x.large', 'transform')).toBeUndefined();
    expect(table.point('b', 'ml.x.large', 'processing')).toBeUndefined();
    expect(table.point('b', 'ml.z.large', 'ec2')).toBeUndefined();
    expect(table.point('c', 'ml.x.large', 'ec2')).toBeUndefined();
    expect(table.point('toString', 'length', 'ec2')).toBeUndefined();
    expect(table.point('a', 'ml.y.large', 'hosting')).toBeUndefined();
  });
});

describe('a file that names its columns', () => {
  const table = fileTable({
    columns: ['processing', 'ec2'],
    sources: FILE.sources,
    provenance: { p1: { processing: 'derived@2026-02-02~', ec2: 'list@2026-01-01' } },
    prices: { b: { 'ml.x.large': [2, 1, 'p1'], 'ml.y.large': [null, 3, 'p1'], 'ml.z.large': [4, null, 'p9'] } },
  });

  test('is read by them', () => {
    expect(table.point('b', 'ml.x.large', 'processing')).toEqual({ usdPerHour: 2, source: 'derived', asOf: '2026-02-02', estimated: true });
    expect(table.point('b', 'ml.x.large', 'ec2')).toEqual({ usdPerHour: 1, source: 'the list', asOf: '2026-01-01', estimated: false });
    expect(table.point('b', 'ml.y.large', 'processing')).toBeUndefined();
    expect(table.point('b', 'ml.z.large', 'processing')).toBeUndefined(); // no provenance
  });

  test('has no other kinds', () => {
    for (const kind of ['hosting', 'training', 'transform', 'capacityBlock', 'hyperpod'] as const) expect(table.point('b', 'ml.x.large', kind)).toBeUndefined();
  });

  test('a computed processing price does not prove a sale, whatever hosting says', () => {
    expect(sells(table, 'b', 'ml.x.large', 'processing')).toBe(false);
    const hosted = overlaid(table, entryTable([{ region: 'b', type: 'ml.x.large', kind: 'hosting', usdPerHour: 2, source: 's', estimated: false }]));
    expect(sells(hosted, 'b', 'ml.x.large', 'processing')).toBe(false);
    expect(regionsSelling(hosted, 'ml.x.large', 'processing')).toEqual([]);
    const read = overlaid(table, entryTable([{ region: 'b', type: 'ml.x.large', kind: 'processing', usdPerHour: 2, source: 's', estimated: false }]));
    expect(regionsSelling(read, 'ml.x.large', 'processing')).toEqual(['b']);
  });
});

test('a region was read if one of its prices was', () => {
  const table = fileTable({ ...FILE, columns: ['processing'], provenance: { p1: { processing: 'derived@2026-02-02~' } }, prices: { a: { 'ml.x.large': [1, 'p1'] } } });
  expect(isRead(table, 'a')).toBe(false);
  expect(isRead(table, 'b')).toBe(false);
  expect(isRead(fileTable(FILE), 'a')).toBe(true); // EC2 was read, hosting was computed
  expect(isRead(fileTable(FILE), 'c')).toBe(false);
  expect(isRead(overlaid(table, fileTable(FILE)), 'a')).toBe(true);
});

describe('who sells what', () => {
  const table = fileTable(FILE);

  test('a computed price does not prove a sale; training follows hosting', () => {
    expect(['a', 'b'].map((region) => sells(table, region, 'ml.x.large', 'hosting'))).toEqual([false, true]);
    expect(['a', 'b'].map((region) => sells(table, region, 'ml.x.large', 'training'))).toEqual([false, true]);
    expect(sells(table, 'b', 'ml.x.large', 'transform')).toBe(false);
  });

  test('regions are sorted', () => {
    expect(regionsSelling(table, 'ml.x.large', 'ec2')).toEqual(['a', 'b']);
    expect(regionsSelling(table, 'ml.z.large', 'ec2')).toEqual([]);
  });
});

describe('entryTable and overlaid', () => {
  const entry = (region: string, usdPerHour: number): PriceEntryRow => ({ region, type: 'ml.x.large', kind: 'hosting', usdPerHour, source: 's', estimated: false });

  test('a later entry replaces an earlier one', () => {
    expect(entryTable([entry('a', 1), entry('a', 2)]).point('a', 'ml.x.large', 'hosting')?.usdPerHour).toBe(2);
  });

  test('holds several kinds and types of a region', () => {
    const table = entryTable([entry('a', 1), { ...entry('a', 2), kind: 'ec2' }, { ...entry('a', 3), type: 'ml.y.large' }]);
    expect(table.types('a')).toEqual(['ml.x.large', 'ml.y.large']);
    expect(table.point('a', 'ml.x.large', 'ec2')?.usdPerHour).toBe(2);
    expect(table.types('b')).toEqual([]);
  });

  test('the top wins place by place, not region by region', () => {
    const table = overlaid(fileTable(FILE), entryTable([entry('b', 9), entry('c', 8)]));
    expect(table.point('b', 'ml.x.large', 'hosting')?.usdPerHour).toBe(9);
    expect(table.point('b', 'ml.x.large', 'ec2')?.usdPerHour).toBe(1);
    expect(table.regions().sort()).toEqual(['a', 'b', 'c']);
    expect(table.types('a')).toEqual(['ml.x.large', 'ml.y.large']);
  });
});
