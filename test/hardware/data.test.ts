import { readFileSync, statSync } from 'fs';
import { join } from 'path';
import { gzipSync } from 'zlib';
import { renderPrices, renderRows } from '../../scripts/hardware-files';
import { expectedRatio, judgePrices, type Prices } from '../../scripts/hardware-prices';
import accelerators from '../../src/hardware/data/accelerators.json';
import amis from '../../src/hardware/data/inference-amis.json';
import instances from '../../src/hardware/data/instances.json';
import sdks from '../../src/hardware/data/neuron-sdks.json';
import bundled from '../../src/hardware/data/prices.json';

const prices = bundled as unknown as Prices;
const DATA = join(__dirname, '../../src/hardware/data');
const text = (name: string) => readFileSync(join(DATA, name), 'utf8');
const known = new Map(instances.instances.map(({ name, uses }) => [name, uses]));

describe('sources', () => {
  const keysOf = (source: unknown) => Object.values(typeof source === 'string' ? { source } : source as Record<string, string>).flatMap((keys) => keys.split(' '));
  test.each<[string, Record<string, unknown>, string[]]>([
    ['accelerators', accelerators.sources, accelerators.accelerators.flatMap((row) => keysOf(row.source))],
    ['instances', instances.sources, [...instances.instances.flatMap((row) => keysOf(row.source)), 'sdk-enums']],
    ['inference-amis', amis.sources, amis.amis.flatMap((row) => keysOf(row.source))],
    ['neuron-sdks', sdks.sources, sdks.sdks.flatMap((row) => keysOf(row.source))],
    ['prices', prices.sources, Object.values(prices.provenance).flatMap((entry) => Object.values(entry)).map((origin) => origin.replace(/~$/, '').split('@')[0])],
  ])('%s: every key is explained and every explanation is used', (_, sources, used) => {
    expect(new Set(used)).toEqual(new Set(Object.keys(sources)));
    for (const source of Object.values(sources)) {
      expect(source).toMatchObject({ what: expect.stringMatching(/\S{3}/) });
      // an undated source says so in its text
      const { date, what, note } = source as { date?: string; what: string; note?: string };
      expect(date ?? `${what} ${note}`).toMatch(/^\d{4}(-\d{2}){0,2}$|undated|not re-read/);
    }
  });

  test('every row of the catalogue has a date', () => {
    for (const row of [...instances.instances, ...amis.amis]) expect(row.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(accelerators.accelerators.filter((row) => row.asOf === undefined).map((row) => row.key)).toEqual(['nvidia-t4']);
  });
});

describe('files', () => {
  test.each(['accelerators.json', 'instances.json', 'inference-amis.json', 'neuron-sdks.json'])('%s has one line per row, as the scripts write it', (name) => {
    expect(renderRows(JSON.parse(text(name)))).toBe(text(name));
  });

  test('prices.json has one line per region and type, as the scripts write it', () => {
    expect(renderPrices(bundled)).toBe(text('prices.json'));
    expect(text('prices.json').split('\n').length).toBeGreaterThan(847);
  });

  test('stay small', () => {
    expect(statSync(join(DATA, 'prices.json')).size).toBeLessThan(100_000);
    const packed = ['accelerators', 'instances', 'inference-amis', 'neuron-sdks', 'prices'].map((name) => gzipSync(text(`${name}.json`)).length);
    expect(packed.reduce((a, b) => a + b)).toBeLessThan(40_000);
  });
});

describe('prices', () => {
  const rows = Object.entries(prices.prices).flatMap(([region, types]) => Object.entries(types).map(([type, row]) => ({ region, type, row })));

  test('847 rows of 31 regions, every type of the catalogue among them', () => {
    expect(rows).toHaveLength(847);
    expect(Object.keys(prices.prices)).toHaveLength(31);
    expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(known.keys()));
  });

  test('every row has a price, every price is above 0 and has its origin, and no origin is without a price', () => {
    for (const { region, type, row } of rows) {
      const origin = prices.provenance[String(row[5])];
      const columns = ['ec2', 'hosting', 'training', 'transform', 'capacityBlock'];
      const priced = columns.filter((_, i) => row[i] !== null);
      expect([region, type, priced]).toEqual([region, type, Object.keys(origin)]);
      expect(priced).not.toEqual([]);
      for (const price of row.slice(0, 5)) expect(price === null || Number(price) > 0.1).toBe(true);
    }
  });

  test('a price is for a use that the type has', () => {
    for (const { type, row } of rows) {
      if (row[1] !== null) expect(known.get(type)).toContain('hosting');
      if (row[2] !== null) expect(known.get(type)).toContain('training');
      if (row[3] !== null) expect(known.get(type)).toContain('transform');
    }
  });

  test('hosting over EC2 is 1.13 to 1.42, and the ratio of the family within 1 %', () => {
    const pairs = rows.filter(({ row }) => row[0] !== null && row[1] !== null);
    expect(pairs.length).toBeGreaterThan(700);
    for (const { region, type, row } of pairs) {
      const ratio = Number(row[1]) / Number(row[0]);
      expect(ratio).toBeGreaterThan(1.13);
      expect(ratio).toBeLessThan(1.42);
      expect([region, type, Math.abs(ratio / expectedRatio(region, type) - 1) < 0.01]).toEqual([region, type, true]);
    }
  });

  test('training over hosting is 1 within 1 %', () => {
    for (const { row } of rows) {
      if (row[1] !== null && row[2] !== null) expect(Math.abs(Number(row[2]) / Number(row[1]) - 1)).toBeLessThan(0.01);
    }
  });

  test('no stale price that public tables still show', () => {
    const usEast1 = prices.prices['us-east-1'];
    for (const [type, stale] of [['ml.p4d.24xlarge', [37.688, 32.77]], ['ml.p5.48xlarge', [113.068, 98.32]], ['ml.trn1.32xlarge', [28.497]]] as const) {
      for (const price of stale) expect(usEast1[type].slice(0, 5)).not.toContain(price);
    }
  });

  test('the checks of a refresh have nothing to say about the file as it is', () => {
    expect(judgePrices(prices, prices, known)).toEqual({ errors: [], questions: [] });
  });
});
