import offer from './fixtures/offer-us-east-1.json';
import { renderPrices } from '../../scripts/hardware-files';
import { offerPrices, type OfferFile, type OfferPrice } from '../../scripts/hardware-offer';
import { expectedRatio, judgePrices, mergePrices, sizeQuestions, type Prices } from '../../scripts/hardware-prices';
import { fileTable, type PriceFile } from '../../src/hardware/core/price-table';
import instances from '../../src/hardware/data/instances.json';
import bundled from '../../src/hardware/data/prices.json';
import processingInstances from '../../src/hardware/data/processing-instances.json';
import bundledProcessing from '../../src/hardware/data/processing-prices.json';

const before = bundled as unknown as Prices;
const known = new Map(instances.instances.map(({ name, uses }) => [name, uses]));
const refresh = { regions: ['us-east-1'], sourceKey: 'list', source: { what: 'the list' }, asOf: '2026-11-01' };
const table = (prices: Prices) => fileTable(prices as unknown as PriceFile);
const merge = (fresh: readonly OfferPrice[], regions = refresh.regions) => mergePrices(before, { ...refresh, regions, fresh }, known);
const price = (type: string, kind: OfferPrice['kind'], usdPerHour: number, region = 'us-east-1'): OfferPrice => ({ region, type, kind, usdPerHour });

describe('mergePrices', () => {
  const after = merge(offerPrices(offer as unknown as OfferFile));

  test('a read price has the new source and date', () => {
    expect(table(after).point('us-east-1', 'ml.g5.xlarge', 'hosting')).toEqual({ usdPerHour: 1.408, source: 'the list', asOf: '2026-11-01', estimated: false });
    expect(table(after).point('us-east-1', 'ml.g5.xlarge', 'transform')).toEqual({ usdPerHour: 1.408, source: 'the list', asOf: '2026-11-01', estimated: false });
  });

  test('a read price takes the place of a computed one, and training follows it', () => {
    expect(table(before).point('us-east-1', 'ml.g7.2xlarge', 'hosting')).toMatchObject({ usdPerHour: 3.15, estimated: true });
    expect(table(after).point('us-east-1', 'ml.g7.2xlarge', 'hosting')).toMatchObject({ usdPerHour: 3.16, estimated: false });
    expect(table(after).point('us-east-1', 'ml.g7.2xlarge', 'training')).toMatchObject({ usdPerHour: 3.16, estimated: true, asOf: '2026-11-01' });
  });

  test('a computed hosting price stays until a read one comes', () => {
    expect(table(after).point('us-east-1', 'ml.g7.4xlarge', 'hosting')).toEqual(table(before).point('us-east-1', 'ml.g7.4xlarge', 'hosting'));
    expect(table(after).point('us-east-1', 'ml.g7.4xlarge', 'training')).toMatchObject({ usdPerHour: 3.8026, estimated: true });
  });

  test('what the list no longer has is dropped, with the training price that was derived from it', () => {
    expect(table(after).point('us-east-1', 'ml.g6.xlarge', 'hosting')).toBeUndefined();
    expect(table(after).point('us-east-1', 'ml.g6.xlarge', 'training')).toBeUndefined();
  });

  test('EC2 and Capacity Block prices stay', () => {
    for (const [type, kind] of [['ml.g5.xlarge', 'ec2'], ['ml.g6.xlarge', 'ec2'], ['ml.p5.48xlarge', 'capacityBlock']] as const) {
      expect(table(after).point('us-east-1', type, kind)).toEqual(table(before).point('us-east-1', type, kind));
    }
  });

  test('regions that were not read stay', () => {
    for (const type of table(before).types('eu-west-1')) {
      for (const kind of ['ec2', 'hosting', 'training'] as const) {
        expect(table(after).point('eu-west-1', type, kind)).toEqual(table(before).point('eu-west-1', type, kind));
      }
    }
  });

  test('types outside the catalogue do not enter, and inf2 gets no training price', () => {
    expect(table(after).types('us-east-1')).not.toContain('ml.m5.large');
    expect(table(after).point('us-east-1', 'ml.inf2.xlarge', 'training')).toBeUndefined();
  });

  test('a new region enters', () => {
    const fresh = merge([price('ml.g5.xlarge', 'hosting', 2, 'mx-central-1')], ['mx-central-1']);
    expect(table(fresh).regions()).toContain('mx-central-1');
    expect(table(fresh).point('mx-central-1', 'ml.g5.xlarge', 'training')).toMatchObject({ usdPerHour: 2, estimated: true });
  });

  test('only sources that are used stay, and every origin is one', () => {
    const used = new Set(Object.values(after.provenance).flatMap((origin) => Object.values(origin)).map((origin) => origin.replace(/~$/, '').split('@')[0]));
    expect(new Set(Object.keys(after.sources))).toEqual(used);
    expect(after.sources.list).toEqual({ what: 'the list', date: '2026-11-01' });
    expect(after.sources['ocp-modeler']).toBeUndefined();
  });

  test('reading nothing changes nothing, to the byte', () => {
    const same = mergePrices(before, { ...refresh, regions: [], fresh: [] }, known);
    expect(renderPrices(same)).toBe(renderPrices(before));
  });

  test('an origin keeps its short name, a new one gets the next', () => {
    expect(after.provenance).toMatchObject({ p1: before.provenance.p1, p2: before.provenance.p2 });
    const last = Object.keys(before.provenance).length;
    expect(Object.keys(after.provenance)).toContain(`p${last + 1}`);
    expect(after.prices['eu-west-1']).toEqual(before.prices['eu-west-1']);
  });
});

describe('the file of types without accelerators', () => {
  const processing = bundledProcessing as unknown as Prices;
  const types = new Map(processingInstances.instances.map(({ name }) => [name, ['processing']]));
  const mergeProcessing = (fresh: readonly OfferPrice[], regions = refresh.regions) => mergePrices(processing, { ...refresh, regions, fresh }, types);
  const point = (prices: Prices, type: string, region = 'us-east-1') => table(prices).point(region, type, 'processing');

  test('reading nothing changes nothing, to the byte', () => {
    expect(renderPrices(mergePrices(processing, { ...refresh, regions: [], fresh: [] }, types))).toBe(renderPrices(processing));
  });

  test('a read processing price is one, and no estimate', () => {
    const after = mergeProcessing([price('ml.m5.large', 'processing', 0.12)]);
    expect(point(after, 'ml.m5.large')).toEqual({ usdPerHour: 0.12, source: 'the list', asOf: '2026-11-01', estimated: false });
  });

  test('without one, the read hosting price is taken and marked as computed; no hosting price enters this file', () => {
    const after = mergeProcessing([price('ml.m5.large', 'hosting', 0.13)]);
    expect(point(after, 'ml.m5.large')).toMatchObject({ usdPerHour: 0.13, asOf: '2026-11-01', estimated: true });
    expect(table(after).point('us-east-1', 'ml.m5.large', 'hosting')).toBeUndefined();
    expect(after.prices['us-east-1']['ml.m5.large']).toHaveLength(2);
  });

  test.each([[['processing', 'hosting']], [['hosting', 'processing']]])('read in the order %s, processing wins', (kinds) => {
    const after = mergeProcessing(kinds.map((kind) => price('ml.m5.large', kind as OfferPrice['kind'], kind === 'hosting' ? 0.13 : 0.12)));
    expect(point(after, 'ml.m5.large')).toMatchObject({ usdPerHour: 0.12, estimated: false });
  });

  test('what a region no longer lists is dropped; regions that were not read stay', () => {
    const after = mergeProcessing([price('ml.m5.large', 'hosting', 0.13)]);
    expect(point(after, 'ml.m5.xlarge')).toBeUndefined();
    expect(table(after).types('us-east-1')).toEqual(['ml.m5.large']);
    expect(after.prices['eu-west-1']).toEqual(processing.prices['eu-west-1']);
    expect(judgePrices(processing, after, types).questions).toContain('us-east-1 ml.m5.xlarge: lost processing');
  });

  test('types with accelerators and other kinds do not enter, and the columns stay', () => {
    const after = mergeProcessing([price('ml.g5.xlarge', 'processing', 1), price('ml.m5.large', 'training', 1), price('ml.m5.large', 'processing', 0.12)]);
    expect(table(after).types('us-east-1')).toEqual(['ml.m5.large']);
    expect(after.columns).toEqual(['processing']);
    expect(point(after, 'ml.m5.large')?.usdPerHour).toBe(0.12);
  });

  test('and a processing price of an accelerated type has no column in the other file', () => {
    expect(table(merge([price('ml.g5.xlarge', 'processing', 1.4)])).point('us-east-1', 'ml.g5.xlarge', 'processing')).toBeUndefined();
    expect(merge([price('ml.g5.xlarge', 'hosting', 1.4)]).columns).toBeUndefined();
  });

  test('its source stays while a price is from it', () => {
    expect(Object.keys(mergeProcessing([price('ml.m5.large', 'processing', 0.12)]).sources)).toEqual(['derived', 'list']);
    expect(mergeProcessing([price('ml.m5.large', 'processing', 0.12)]).provenance).toEqual({ p1: { processing: 'derived@2026-05-20~' }, p2: { processing: 'list@2026-11-01' } });
  });

  test('a change of more than 10 % is asked about', () => {
    const { errors, questions } = judgePrices(processing, mergeProcessing([price('ml.m5.xlarge', 'processing', 0.46)]), types);
    expect(errors).toEqual([]);
    expect(questions).toContain('us-east-1 ml.m5.xlarge processing: 0.23 -> 0.46 (100.0 %)');
  });
});

describe('sizeQuestions', () => {
  const vcpus = new Map([['ml.m5.large', 2], ['ml.m5.xlarge', 4], ['ml.m5.24xlarge', 96], ['ml.c5.xlarge', 4]]);
  const file = (types: Record<string, number>): Prices => ({
    columns: ['processing'], sources: {}, provenance: { p1: { processing: 'list@2026-01-01' } }, prices: { x: Object.fromEntries(Object.entries(types).map(([type, usd]) => [type, [usd, 'p1']])) },
  });
  const ask = (types: Record<string, number>) => sizeQuestions(file(types), 'processing', vcpus);

  test('has none where prices go with vCPUs, or are cents of that', () => {
    expect(ask({ 'ml.m5.large': 0.115, 'ml.m5.xlarge': 0.23, 'ml.m5.24xlarge': 5.53 })).toEqual([]);
    expect(ask({ 'ml.m5.large': 0.125, 'ml.m5.xlarge': 0.24, 'ml.m5.24xlarge': 5.53 })).toEqual([]);
    expect(ask({ 'ml.m5.large': 0.115, 'ml.c5.xlarge': 9 })).toEqual([]); // of another family
  });

  test('asks about the price of another type in a row', () => {
    // us-gov-east-1 of the source: m5d's price on m5
    expect(ask({ 'ml.m5.xlarge': 0.342, 'ml.m5.24xlarge': 5.53 })).toEqual(['x ml.m5.xlarge processing: 0.342, by the price of ml.m5.24xlarge it would be 0.2304']);
    expect(ask({ 'ml.m5.xlarge': 0.23, 'ml.m5.large': 0.1 })).toEqual(['x ml.m5.large processing: 0.1, by the price of ml.m5.xlarge it would be 0.1150']);
  });

  test('asks nothing of other columns and of types without vCPUs', () => {
    expect(sizeQuestions(file({ 'ml.m5.xlarge': 9, 'ml.m5.large': 0.1 }), 'hosting', vcpus)).toEqual([]);
    expect(sizeQuestions(file({ 'ml.m5.xlarge': 9, 'ml.m5.large': 0.1 }), 'processing', new Map())).toEqual([]);
  });
});

describe('judgePrices', () => {
  const judge = (fresh: OfferPrice[]) => judgePrices(before, merge([...current(), ...fresh]), known);
  /** The list as it is, so that a test changes one price only; what comes later in the list wins. */
  const current = (): OfferPrice[] => table(before).types('us-east-1').flatMap((type) => (['hosting', 'training', 'transform'] as const).flatMap((kind) => {
    const point = table(before).point('us-east-1', type, kind);
    return point && !point.estimated ? [price(type, kind, point.usdPerHour)] : [];
  }));

  test('has nothing to say when nothing changed', () => {
    expect(judge([])).toEqual({ errors: [], questions: [] });
  });

  test('asks about a change of more than 10 %', () => {
    const { errors, questions } = judge([price('ml.p4d.24xlarge', 'training', 37.688)]);
    expect(errors).toEqual([]);
    expect(questions).toEqual([
      'us-east-1 ml.p4d.24xlarge training: 25.2512883 -> 37.688 (49.3 %)',
      'us-east-1 ml.p4d.24xlarge: training 37.688, hosting 25.2512883',
    ]);
  });

  test('refuses an EC2 price in the place of a SageMaker price', () => {
    expect(judge([price('ml.inf2.xlarge', 'hosting', 0.7582)]).errors).toEqual(['us-east-1 ml.inf2.xlarge: hosting / EC2 is 1.000, outside 1.13 to 1.42']);
  });

  test('asks about a ratio that is not the family\'s', () => {
    expect(judge([price('ml.inf2.xlarge', 'hosting', 0.91)]).questions).toEqual(['us-east-1 ml.inf2.xlarge: hosting / EC2 is 1.200, the family\'s is 1.3']);
  });

  test('refuses a price of 0, a price without origin and a stranger', () => {
    const broken = (row: (number | string | null)[], type = 'ml.g5.xlarge'): Prices => ({ ...before, prices: { ...before.prices, 'mx-central-1': { [type]: row } } });
    expect(judgePrices(before, broken([null, 0, null, null, null, 'p2']), known).errors).toEqual(['mx-central-1 ml.g5.xlarge hosting: price 0']);
    expect(judgePrices(before, broken([null, 1, null, null, null, 'p999']), known).errors).toEqual(['mx-central-1 ml.g5.xlarge hosting: no source']);
    expect(judgePrices(before, broken([1, null, null, null, null, 'p2'], 'ml.m5.large'), known).errors).toEqual(['mx-central-1 ml.m5.large: not in the catalogue']);
  });

  test('asks about what was lost', () => {
    const { questions } = judgePrices(before, merge([]), known);
    expect(questions).toContain('us-east-1 ml.g5.xlarge: lost hosting, training');
    expect(questions).toContain('us-east-1 ml.inf2.xlarge: lost hosting');
  });

  test('asks about a type that no region prices', () => {
    expect(judgePrices(before, before, new Map([...known, ['ml.g9.xlarge', ['hosting']]])).questions).toEqual(['ml.g9.xlarge: no price in any region']);
  });
});

test.each([
  ['us-east-1', 'ml.g5.xlarge', 1.4], ['us-east-1', 'ml.g5.2xlarge', 1.25], ['us-west-1', 'ml.g4dn.xlarge', 1.167], ['us-west-1', 'ml.g5.xlarge', 1.4],
  ['eu-central-1', 'ml.g6e.xlarge', 1.345], ['eu-central-1', 'ml.g6e.2xlarge', 1.25], ['us-east-1', 'ml.inf2.xlarge', 1.3], ['us-east-1', 'ml.inf1.6xlarge', 1.2],
  ['eu-west-1', 'ml.inf2.xlarge', 1.15], ['eu-west-1', 'ml.inf1.xlarge', 1.3], ['us-east-1', 'ml.p3.2xlarge', 1.25], ['us-east-1', 'ml.p3.8xlarge', 1.2],
  ['us-east-1', 'ml.p3.16xlarge', 1.15], ['us-east-1', 'ml.p5.4xlarge', 1.15], ['us-east-1', 'ml.trn1.2xlarge', 1.15],
])('the ratio of %s %s is %s', (region, type, ratio) => {
  expect(expectedRatio(region, type)).toBe(ratio);
});
