import getProducts from './fixtures/get-products-eu-west-1.json';
import offer from './fixtures/offer-us-east-1.json';
import { getProductsPrices, offerPrices, type OfferFile } from '../../scripts/hardware-offer';

const file = offer as unknown as OfferFile;

test('reads hosting, training, transform and processing of the bulk offer file, and nothing else', () => {
  const region = 'us-east-1';
  expect(offerPrices(file)).toEqual([
    { region, type: 'ml.g5.xlarge', kind: 'hosting', usdPerHour: 1.408 }, // not the free tier, not the storage row
    { region, type: 'ml.g5.xlarge', kind: 'training', usdPerHour: 1.408 },
    { region, type: 'ml.g5.xlarge', kind: 'transform', usdPerHour: 1.408 },
    { region, type: 'ml.g5.xlarge', kind: 'processing', usdPerHour: 1.408 },
    { region, type: 'ml.inf2.xlarge', kind: 'hosting', usdPerHour: 0.99 }, // not its zero-priced twin
    { region, type: 'ml.p6-b200.48xlarge', kind: 'hosting', usdPerHour: 131.02272 }, // no instanceName: taken from instanceType
    { region, type: 'ml.m5.large', kind: 'training', usdPerHour: 0.115 }, // the merge drops what is not in the catalogue
    { region, type: 'ml.g7.2xlarge', kind: 'hosting', usdPerHour: 3.16 },
  ]);
});

test('leaves out Local Zones, other units and products without a term', () => {
  const names = offerPrices(file).map(({ type }) => type);
  expect(names).not.toContain('ml.p5en.48xlarge');
  expect(names).not.toContain('ml.g6.xlarge');
});

test('reads the answer of GetProducts, whose elements are JSON texts', () => {
  expect(getProductsPrices(getProducts.PriceList)).toEqual([
    { region: 'eu-west-1', type: 'ml.inf2.xlarge', kind: 'hosting', usdPerHour: 0.91 },
    { region: 'eu-west-1', type: 'ml.g5.xlarge', kind: 'training', usdPerHour: 1.58 },
  ]);
});

test('takes the highest of several prices, in any order', () => {
  const { SKU5, SKU6 } = offer.products;
  const terms = offer.terms.OnDemand;
  const both = (first: object, second: object) => offerPrices({ ...file, products: { ...first, ...second } as OfferFile['products'] });
  const expected = [{ region: 'us-east-1', type: 'ml.inf2.xlarge', kind: 'hosting', usdPerHour: 0.99 }];
  expect(both({ SKU5 }, { SKU6 })).toEqual(expected);
  expect(both({ SKU6 }, { SKU5 })).toEqual(expected);
  expect(Object.keys(terms)).toContain('SKU6');
});

describe('components', () => {
  const { SKU5 } = offer.products;
  const as = (component: string, platoinstancetype?: string) => offerPrices({
    ...file, products: { SKU5: { ...SKU5, attributes: { ...SKU5.attributes, component, platoinstancetype } } } as unknown as OfferFile['products'],
  }).map(({ type, kind }) => [type, kind]);

  test.each([['Hosting', 'hosting'], ['Training', 'training'], ['BatchTransform', 'transform'], ['Processing', 'processing']])('%s is %s', (component, kind) => {
    expect(as(component)).toEqual([['ml.inf2.xlarge', kind]]);
  });

  test.each(['Notebook', 'Studio-Notebook', 'AsyncInf', ''])('%j is none of ours', (component) => {
    expect(as(component)).toEqual([]);
  });

  test('processing of the geospatial service is another price', () => {
    expect(as('Processing', 'ml.inf2.xlarge-Processing_Geo')).toEqual([]);
    expect(as('Processing', 'ml.inf2.xlarge-Processing')).toEqual([['ml.inf2.xlarge', 'processing']]);
  });
});

test('an empty file has no prices', () => {
  expect(offerPrices({ publicationDate: '', products: {}, terms: { OnDemand: {} } })).toEqual([]);
  expect(getProductsPrices([])).toEqual([]);
});
