/**
 * Reads SageMaker prices out of AWS's two public forms; pure.
 *
 * - the bulk offer file, `offers/v1.0/aws/AmazonSageMaker/current/<region>/index.json`
 * - the answer of `aws pricing get-products --service-code AmazonSageMaker`
 *
 * Numbers in both are strings. `operation` is the same for every use, so the
 * `component` attribute tells hosting from training.
 */

interface Product {
  readonly sku?: string;
  readonly productFamily?: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

interface Term {
  readonly priceDimensions: Readonly<Record<string, { readonly unit: string; readonly pricePerUnit: { readonly USD?: string } }>>;
}

export interface OfferFile {
  readonly publicationDate: string;
  readonly products: Readonly<Record<string, Product>>;
  readonly terms: { readonly OnDemand: Readonly<Record<string, Readonly<Record<string, Term>>>> };
}

export interface OfferPrice {
  readonly region: string;
  readonly type: string;
  readonly kind: 'hosting' | 'training' | 'transform' | 'processing';
  readonly usdPerHour: number;
}

const KINDS: Readonly<Record<string, OfferPrice['kind']>> = { Hosting: 'hosting', Training: 'training', BatchTransform: 'transform', Processing: 'processing' };

/** Prices of one region's bulk offer file. */
export function offerPrices(offer: OfferFile): OfferPrice[] {
  return highest(Object.entries(offer.products).flatMap(([sku, product]) => productPrices(product, Object.values(offer.terms.OnDemand[sku] ?? {}))));
}

/** Prices of `PriceList` of GetProducts: every element is a JSON text of its own. */
export function getProductsPrices(priceList: readonly string[]): OfferPrice[] {
  return highest(priceList.flatMap((text) => {
    const { product, terms } = JSON.parse(text);
    return productPrices(product, Object.values(terms?.OnDemand ?? {}));
  }));
}

function productPrices(product: Product, terms: readonly Term[]): OfferPrice[] {
  const { attributes } = product;
  const kind = KINDS[attributes.component ?? ''];
  const type = instanceName(attributes);
  const region = attributes.regionCode;
  const dropped = product.productFamily !== 'ML Instance'
    || (attributes.locationType ?? 'AWS Region') !== 'AWS Region'
    || /Free|Processing_Geo/.test(attributes.platoinstancetype ?? '');
  if (dropped || kind === undefined || type === undefined || region === undefined) return [];
  return terms
    .flatMap((term) => Object.values(term.priceDimensions))
    .filter(({ unit }) => unit === 'Hrs')
    .map(({ pricePerUnit }) => ({ region, type, kind, usdPerHour: Number(pricePerUnit.USD) }))
    .filter(({ usdPerHour }) => Number.isFinite(usdPerHour) && usdPerHour > 0);
}

/** `instanceName` is clean; `instanceType` carries the component as a suffix: `ml.g5.xlarge-Hosting`. */
function instanceName(attributes: Product['attributes']): string | undefined {
  return /^ml\.[a-z0-9-]+?\.[a-z0-9]+/.exec(attributes.instanceName ?? attributes.instanceType ?? '')?.[0];
}

/** Several SKUs can match, some of them free tiers that were dropped above: the highest price is the list price. */
function highest(prices: readonly OfferPrice[]): OfferPrice[] {
  const best = new Map<string, OfferPrice>();
  for (const price of prices) {
    const place = `${price.region} ${price.type} ${price.kind}`;
    if ((best.get(place)?.usdPerHour ?? 0) < price.usdPerHour) best.set(place, price);
  }
  return [...best.values()];
}
