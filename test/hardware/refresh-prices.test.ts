import offer from './fixtures/offer-us-east-1.json';
import { renderPrices } from '../../scripts/hardware-files';
import { offerPrices, type OfferFile, type OfferPrice } from '../../scripts/hardware-offer';
import { expectedRatio, judgePrices, mergePrices, type Prices } from '../../scripts/hardware-prices';
import { fileTable, type PriceFile } from '../../src/hardware/core/price-table';
import instances from '../../src/hardware/data/instances.json';
import bundled from '../../src/hardware/data/prices.json';

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
