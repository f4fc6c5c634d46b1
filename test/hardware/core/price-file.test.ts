import * as fc from 'fast-check';
import { parsePriceFile, pointProblems } from '../../../src/hardware/core/price-file';

const parse = (content: unknown) => parsePriceFile(JSON.stringify(content));
const first = (content: unknown) => {
  const { table, problems } = parse(content);
  expect(table).toBeUndefined();
  const { prop, got, allowed } = problems[0];
  return [prop, got, allowed];
};
const COMPACT = {
  sources: { list: { what: 'the list' } },
  provenance: { p1: { hosting: 'list@2026-01-01' } },
  prices: { 'us-east-1': { 'ml.g5.xlarge': [null, 1.4, null, null, null, 'p1'] } },
};

test('the plain form without date and source', () => {
  const { table, problems } = parse({ prices: { 'us-east-1': { 'ml.g5.xlarge': { hosting: 1.4 } } } });
  expect(problems).toEqual([]);
  expect(table?.point('us-east-1', 'ml.g5.xlarge', 'hosting')).toEqual({ usdPerHour: 1.4, source: 'price file', asOf: undefined, estimated: false });
});

test('the compact form', () => {
  const { table, problems } = parse(COMPACT);
  expect(problems).toEqual([]);
  expect(table?.point('us-east-1', 'ml.g5.xlarge', 'hosting')).toEqual({ usdPerHour: 1.4, source: 'the list', asOf: '2026-01-01', estimated: false });
});

describe('columns', () => {
  const PROCESSING = { ...COMPACT, columns: ['processing'], provenance: { p1: { processing: 'list@2026-01-01~' } }, prices: { 'us-east-1': { 'ml.m5.large': [0.115, 'p1'] } } };
  const ALLOWED = 'a list of some of ec2, hosting, training, transform, capacityBlock, processing, hyperpod, each once';

  test('a compact file that names them', () => {
    const { table, problems } = parse(PROCESSING);
    expect(problems).toEqual([]);
    expect(table?.point('us-east-1', 'ml.m5.large', 'processing')).toEqual({ usdPerHour: 0.115, source: 'the list', asOf: '2026-01-01', estimated: true });
    expect(table?.point('us-east-1', 'ml.m5.large', 'hosting')).toBeUndefined();
  });

  test.each<[string, unknown, string]>([
    ['a text', 'processing', '"\\"processing\\""'],
    ['an object', {}, '"{}"'],
    ['none', [], '"[]"'],
    ['one twice', ['processing', 'processing'], '"[\\"processing\\",\\"processing\\"]"'],
    ['a kind that is none', ['processing', 'notebook'], '"[\\"processing\\",\\"notebook\\"]"'],
    ['a number', ['processing', 1], '"[\\"processing\\",1]"'],
  ])('refuses %s', (_, columns, got) => {
    expect(parse({ ...PROCESSING, columns }).problems).toEqual([
      { prop: 'columns', got, allowed: ALLOWED, fix: 'name what the cells of a row are, or leave it out for ec2, hosting, training, transform, capacityBlock' },
    ]);
  });

  test('a row has a cell for each, and provenance', () => {
    for (const row of [[0.115], [0.115, null, 'p1'], []]) {
      expect(first({ ...PROCESSING, prices: { 'us-east-1': { 'ml.m5.large': row } } })).toEqual(['prices.us-east-1.ml.m5.large', JSON.stringify(JSON.stringify(row)), '[processing, provenance]']);
    }
    expect(first({ ...PROCESSING, provenance: { p1: { hosting: 'list' } } }))
      .toEqual(['prices.us-east-1.ml.m5.large.processing', 'a price without provenance ("p1")', 'a provenance that names its source']);
    expect(first({ ...PROCESSING, prices: { 'us-east-1': { 'ml.m5.large': [0, 'p1'] } } }))
      .toEqual(['prices.us-east-1.ml.m5.large.processing', '0', 'a number above 0 (USD per instance hour)']);
  });
});

test('an empty list of prices is a table', () => {
  expect(parse({ prices: {} }).table?.regions()).toEqual([]);
});

test.each<[string, unknown, string[]]>([
  ['null', null, ['prices', 'no object `prices`', 'region -> instance type -> prices']],
  ['a list', [], ['prices', 'no object `prices`', 'region -> instance type -> prices']],
  ['prices that are a list', { prices: [] }, ['prices', 'no object `prices`', 'region -> instance type -> prices']],
  ['a region that is none', { prices: { Ireland: {} } }, ['prices.Ireland', '"Ireland"', 'a region such as `us-east-1` with an object of instance types']],
  ['a region without types', { prices: { 'us-east-1': 3 } }, ['prices.us-east-1', '"us-east-1"', 'a region such as `us-east-1` with an object of instance types']],
  ['a bare number', { prices: { 'us-east-1': { 'ml.g5.xlarge': 1.4 } } }, ['prices.us-east-1.ml.g5.xlarge', '"1.4"', 'an object such as {"hosting": 1.2}']],
  ['null as price', { prices: { 'us-east-1': { 'ml.g5.xlarge': { hosting: null } } } }, ['prices.us-east-1.ml.g5.xlarge.hosting', 'null', 'a number above 0 (USD per instance hour)']],
  ['a free instance', { prices: { 'us-east-1': { 'ml.g5.xlarge': { hosting: 0 } } } }, ['prices.us-east-1.ml.g5.xlarge.hosting', '0', 'a number above 0 (USD per instance hour)']],
  ['a wrong date', { asOf: 2026, prices: {} }, ['file.asOf', '"2026"', 'a date `YYYY-MM-DD` or a month `YYYY-MM`']],
  ['a month that is none', { asOf: '2026-13', prices: {} }, ['file.asOf', '"2026-13"', 'a date `YYYY-MM-DD` or a month `YYYY-MM`']],
  ['a day that is none', { asOf: '2026-02-29', prices: {} }, ['file.asOf', '"2026-02-29"', 'a date `YYYY-MM-DD` or a month `YYYY-MM`']],
  ['a source that is no text', { source: { of: 'truth' }, prices: {} }, ['file.source', 'a value of type object', 'text']],
  ['a blank source', { source: ' ', prices: {} }, ['file.source', '" "', 'text']],
  ['a wrong date in the compact form', { ...COMPACT, provenance: { p1: { hosting: 'list@2026-01-32' } } }, ['provenance.p1.hosting.asOf', '"2026-01-32"', 'a date `YYYY-MM-DD` or a month `YYYY-MM`']],
  ['a source of the compact form that is no text', { ...COMPACT, sources: { list: { what: 7 } } }, ['sources.list.what', 'a value of type number', 'text']],
  ['a compact file without sources', { ...COMPACT, sources: undefined }, ['provenance', 'no objects `provenance` and `sources`', 'the form that scripts/refresh-prices.ts writes']],
  ['a short row', { ...COMPACT, prices: { 'us-east-1': { 'ml.g5.xlarge': [1.4, 'p1'] } } },
    ['prices.us-east-1.ml.g5.xlarge', '"[1.4,\\"p1\\"]"', '[ec2, hosting, training, transform, capacityBlock, provenance]']],
  ['a price without provenance', { ...COMPACT, prices: { 'us-east-1': { 'ml.g5.xlarge': [1, null, null, null, null, 'p1'] } } },
    ['prices.us-east-1.ml.g5.xlarge.ec2', 'a price without provenance ("p1")', 'a provenance that names its source']],
  ['a zero in the compact form', { ...COMPACT, prices: { 'us-east-1': { 'ml.g5.xlarge': [null, 0, null, null, null, 'p1'] } } },
    ['prices.us-east-1.ml.g5.xlarge.hosting', '0', 'a number above 0 (USD per instance hour)']],
])('refuses %s', (_, content, expected) => {
  expect(first(content)).toEqual(expected);
});

test('refuses what is not JSON', () => {
  const { table, problems } = parsePriceFile('{');
  expect(table).toBeUndefined();
  expect(problems[0].got).toMatch(/^a file that is not JSON \(.+\)$/);
});

test('shows the first ten problems and counts the rest', () => {
  const types = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`ml.g${i}.xlarge`, { hosting: 0 }]));
  const { problems } = parse({ prices: { 'us-east-1': types } });
  expect(problems).toHaveLength(11);
  expect(problems[10].got).toBe('15 more problems');
});

test('any JSON gives a table or problems, never a crash', () => {
  fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
    const { table, problems } = parsePriceFile(text);
    return (table === undefined) === (problems.length > 0);
  }), { numRuns: 100 });
});

test('any JSON under prices gives a table or problems, never a crash', () => {
  fc.assert(fc.property(fc.jsonValue(), fc.boolean(), (value, isCompact) => {
    const { table, problems } = parse({ ...isCompact ? COMPACT : {}, prices: { 'us-east-1': { 'ml.g5.xlarge': value } } });
    return (table === undefined) === (problems.length > 0);
  }), { numRuns: 100 });
});

test('any JSON as columns gives a table or problems, never a crash', () => {
  fc.assert(fc.property(fc.jsonValue(), (columns) => {
    const { table, problems } = parse({ ...COMPACT, columns });
    return (table === undefined) === (problems.length > 0);
  }), { numRuns: 100 });
});

test.each([[1, undefined], [0.0001, '2026-10'], [1e6, '2026-10-31'], [1, '2024-02-29']])('a price of %s of %s is fine', (usdPerHour, asOf) => {
  expect(pointProblems('x', usdPerHour, asOf)).toEqual([]);
});
