import { readFileSync, statSync } from 'fs';
import { join } from 'path';
import { gzipSync } from 'zlib';
import { renderPrices, renderRows } from '../../scripts/hardware-files';
import { expectedRatio, judgePrices, sizeQuestions, type Prices } from '../../scripts/hardware-prices';
import accelerators from '../../src/hardware/data/accelerators.json';
import amis from '../../src/hardware/data/inference-amis.json';
import instances from '../../src/hardware/data/instances.json';
import sdks from '../../src/hardware/data/neuron-sdks.json';
import bundled from '../../src/hardware/data/prices.json';
import processingInstances from '../../src/hardware/data/processing-instances.json';
import bundledProcessing from '../../src/hardware/data/processing-prices.json';

const prices = bundled as unknown as Prices;
const processing = bundledProcessing as unknown as Prices;
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
    ['processing-instances', processingInstances.sources, [...processingInstances.instances.flatMap((row) => keysOf(row.source)), 'sdk-enums']],
    ['processing-prices', processing.sources, Object.values(processing.provenance).flatMap((entry) => Object.values(entry)).map((origin) => origin.replace(/~$/, '').split('@')[0])],
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
    for (const row of [...instances.instances, ...processingInstances.instances, ...amis.amis]) expect(row.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(accelerators.accelerators.filter((row) => row.asOf === undefined).map((row) => row.key)).toEqual(['nvidia-t4']);
  });
});

describe('files', () => {
  test.each(['accelerators.json', 'instances.json', 'inference-amis.json', 'neuron-sdks.json', 'processing-instances.json'])('%s has one line per row, as the scripts write it', (name) => {
    expect(renderRows(JSON.parse(text(name)))).toBe(text(name));
  });

  test('prices.json has one line per region and type, as the scripts write it', () => {
    expect(renderPrices(bundled)).toBe(text('prices.json'));
    expect(text('prices.json').split('\n').length).toBeGreaterThan(847);
    expect(renderPrices(bundledProcessing)).toBe(text('processing-prices.json'));
    expect(text('processing-prices.json').split('\n').length).toBeGreaterThan(1083);
  });

  test('stay small', () => {
    expect(statSync(join(DATA, 'prices.json')).size).toBeLessThan(100_000);
    const packed = ['accelerators', 'instances', 'inference-amis', 'neuron-sdks', 'prices'].map((name) => gzipSync(text(`${name}.json`)).length);
    expect(packed.reduce((a, b) => a + b)).toBeLessThan(40_000);
    const ofProcessing = ['processing-instances', 'processing-prices'].map((name) => gzipSync(text(`${name}.json`)).length);
    expect(ofProcessing.reduce((a, b) => a + b)).toBeLessThan(12_000);
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

describe('processing prices', () => {
  const rows = Object.entries(processing.prices).flatMap(([region, types]) => Object.entries(types).map(([type, row]) => ({ region, type, row })));
  const catalogue = new Map(processingInstances.instances.map(({ name, vcpu }) => [name, vcpu]));
  const price = (region: string, type: string) => processing.prices[region][type][0] as number;

  test('1083 rows of 36 regions, every type of the catalogue among them, none of them accelerated', () => {
    expect(rows).toHaveLength(1083);
    expect(Object.keys(processing.prices)).toHaveLength(36);
    expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(catalogue.keys()));
    expect([...catalogue.keys()].filter((type) => known.has(type))).toEqual([]);
  });

  test('every row is one price and its origin, and every price is computed from hosting', () => {
    expect(processing.columns).toEqual(['processing']);
    expect(processing.provenance).toEqual({ p1: { processing: 'derived@2026-05-20~' } });
    expect(rows.filter(({ row }) => row.length !== 2 || row[1] !== 'p1' || !(Number(row[0]) > 0.05 && Number(row[0]) < 40))).toEqual([]);
  });

  test('the checks of a refresh have nothing to say about the file as it is', () => {
    expect(judgePrices(processing, processing, new Map([...catalogue.keys()].map((type) => [type, ['processing']])))).toEqual({ errors: [], questions: [] });
    expect(sizeQuestions(processing, 'processing', catalogue)).toEqual([]);
  });

  test('within a region, c is the cheapest per vCPU and r the dearest', () => {
    for (const region of Object.keys(processing.prices)) {
      const per = (family: string) => rows.filter((row) => row.region === region && row.type.startsWith(`ml.${family}.`)).map(({ type, row }) => Number(row[0]) / catalogue.get(type)!);
      for (const generation of ['5', '6i', '7i']) {
        const [c, m, r] = ['c', 'm', 'r'].map((letter) => per(letter + generation));
        const slack = 1.03; // cents of small sizes
        if (c.length > 0 && m.length > 0) expect([region, generation, Math.max(...c) < Math.max(...m) * slack]).toEqual([region, generation, true]);
        if (m.length > 0 && r.length > 0) expect([region, generation, Math.max(...m) < Math.max(...r) * slack]).toEqual([region, generation, true]);
      }
    }
  });

  test.each([
    // github JHUAPL-DTC-TA2/wiki docs/sagemaker_instances.md
    ['us-east-1', 'ml.m5.large', 0.115], ['us-east-1', 'ml.m5.2xlarge', 0.461], ['us-east-1', 'ml.c5.xlarge', 0.204],
    ['us-east-1', 'ml.c5.2xlarge', 0.408], ['us-east-1', 'ml.c5.9xlarge', 1.836],
    // public tables of SageMaker prices
    ['us-east-1', 'ml.m5.xlarge', 0.23], ['us-east-1', 'ml.m5.4xlarge', 0.922], ['us-east-1', 'ml.m5.12xlarge', 2.765], ['us-east-1', 'ml.m5.24xlarge', 5.53],
    ['us-east-1', 'ml.c5.4xlarge', 0.816], ['us-east-1', 'ml.c5.18xlarge', 3.672], ['us-east-2', 'ml.r5.2xlarge', 0.605], ['us-east-2', 'ml.r5.4xlarge', 1.21],
    // a bill of 2023-12, github aws-samples/sagemaker-ssh-helper Sample_Costs.md: 0.257 for processing, hosting, training and transform alike
    ['eu-west-1', 'ml.m5.xlarge', 0.257], ['eu-west-1', 'ml.m5.large', 0.128],
  ])('%s %s agrees with a second public source: %s', (region, type, second) => {
    // three digits in the second source, cut or rounded
    expect(Math.abs(price(region, type) - second)).toBeLessThan(0.001);
  });
});
