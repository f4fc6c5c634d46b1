/**
 * Refreshes the SageMaker prices of `src/hardware/data/prices.json` and `processing-prices.json`. For maintainers: `cdk synth`
 * never calls AWS for a price.
 *
 *   npx tsx scripts/refresh-prices.ts                                # bulk offer files of every region in the lists, no credentials
 *   npx tsx scripts/refresh-prices.ts --region eu-west-1             # one region (repeatable)
 *   npx tsx scripts/refresh-prices.ts --products products.json       # the answer of
 *       aws pricing get-products --service-code AmazonSageMaker --filters Type=TERM_MATCH,Field=regionCode,Value=eu-west-1
 *   ... --accept-changes                                             # after reading the questions it printed
 *
 * The checks run before a file is touched, and each file is replaced in one step.
 */
import { readFileSync } from 'fs';
import { join } from 'path';
import { parseArgs } from 'util';
import { DATA, renderPrices, replaceFile } from './hardware-files';
import { getProductsPrices, offerPrices, type OfferFile, type OfferPrice } from './hardware-offer';
import { judgePrices, mergePrices, sizeQuestions, type Prices } from './hardware-prices';

const OFFERS = 'https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonSageMaker/current';

/** The only function that uses the network. */
async function fetchOffer(region: string): Promise<OfferFile> {
  const url = `${OFFERS}/${region}/index.json`;
  const response = await fetch(url).catch((error: Error) => {
    throw new Error(`${url}: ${(error.cause as Error | undefined)?.message ?? error.message}`);
  });
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return await response.json() as OfferFile;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'region': { type: 'string', multiple: true }, 'products': { type: 'string' }, 'accept-changes': { type: 'boolean', default: false } },
  });
  const rowsOf = (name: string): { name: string; uses?: string[]; vcpu: number }[] => JSON.parse(readFileSync(join(DATA, name), 'utf8')).instances;
  // a type without accelerators is only ever used for processing here, so its rows do not list uses
  const lists = [['prices.json', 'instances.json'], ['processing-prices.json', 'processing-instances.json']].map(([name, catalogue]) => ({
    path: join(DATA, name),
    before: JSON.parse(readFileSync(join(DATA, name), 'utf8')) as Prices,
    known: new Map(rowsOf(catalogue).map((row) => [row.name, row.uses ?? ['processing']])),
  }));

  let fresh: OfferPrice[] = [];
  let asOf = '9999-12-31';
  let regions = values.region ?? [];
  if (values.products !== undefined) {
    fresh = getProductsPrices(JSON.parse(readFileSync(values.products, 'utf8')).PriceList);
    regions = [...new Set(fresh.map(({ region }) => region))];
    asOf = new Date().toISOString().slice(0, 10);
  } else {
    // Local Zones (three hyphens and more) have no offer file of their own
    if (regions.length === 0) regions = [...new Set(lists.flatMap(({ before }) => Object.keys(before.prices)))].filter((region) => /^[a-z]+(-[a-z]+)+-\d$/.test(region));
    for (const region of regions) {
      const offer = await fetchOffer(region);
      fresh.push(...offerPrices(offer));
      const published = offer.publicationDate.slice(0, 10);
      if (published < asOf) asOf = published;
    }
  }
  if (fresh.length === 0) throw new Error('no price was read; the files stay as they are');

  const refresh = {
    fresh,
    regions,
    asOf,
    sourceKey: `sagemaker-list-${asOf}`,
    source: { what: 'AWS Price List of AmazonSageMaker, on demand, components Hosting, Training, BatchTransform, Processing' },
  };
  const refreshed = lists.map((list) => ({ ...list, after: mergePrices(list.before, refresh, list.known) }));
  const findings = refreshed.map(({ before, after, known }) => judgePrices(before, after, known));
  const errors = findings.flatMap((one) => one.errors);
  const vcpus = new Map(rowsOf('processing-instances.json').map(({ name, vcpu }) => [name, vcpu]));
  const questions = [...findings.flatMap((one) => one.questions), ...refreshed.flatMap(({ after }) => sizeQuestions(after, 'processing', vcpus))];
  errors.forEach((line) => console.error(`error: ${line}`));
  questions.forEach((line) => console.error(`question: ${line}`));
  if (errors.length > 0) throw new Error(`${errors.length} errors; the files stay as they are`);
  if (questions.length > 0 && !values['accept-changes']) throw new Error(`${questions.length} questions; read them, then run again with --accept-changes`);
  for (const { path, after } of refreshed) replaceFile(path, renderPrices(after));
  console.log(`${fresh.length} prices of ${regions.length} regions, published ${asOf}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
