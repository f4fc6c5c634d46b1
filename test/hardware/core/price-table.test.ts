import { entryTable, fileTable, overlaid, parseProvenance, regionsSelling, sells, type PriceEntryRow, type PriceFile } from '../../../src/hardware/core/price-table';

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
