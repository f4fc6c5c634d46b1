import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Aws, Lazy } from 'aws-cdk-lib';
import { Accelerator, AcceleratorInstance, InstanceUse, PriceBook, ProcessingInstance, type IPricedInstance, type PriceEntry } from '../../src/hardware';

const { HOSTING, TRAINING, TRANSFORM, PROCESSING } = InstanceUse;
const G5 = AcceleratorInstance.G5_XLARGE;
const INF2 = AcceleratorInstance.INF2_XLARGE;
const M5 = ProcessingInstance.M5_XLARGE;
const book = PriceBook.bundled();

describe('the bundled book', () => {
  test('is read once', () => {
    expect(PriceBook.bundled()).toBe(book);
  });

  test('has 37 regions, 6 of them for types without accelerators only', () => {
    expect(book.regions()).toHaveLength(37);
    expect(book.regions().filter((region) => book.instanceNames(region).every((name) => !AcceleratorInstance.isKnown(name))))
      .toEqual(['ap-east-2', 'ap-south-2', 'ap-southeast-6', 'ap-southeast-7', 'ca-west-1', 'mx-central-1']);
    expect(book.regions()).toEqual([...book.regions()].sort());
    expect(book.regions()).toEqual(expect.arrayContaining(['us-east-1', 'eu-west-1', 'us-gov-west-1', 'us-east-1-dfw-2a']));
  });

  test('a price has its unit, its date and its source', () => {
    expect(book.price('us-east-1', INF2, HOSTING)).toEqual({
      usdPerHour: 0.99,
      unit: 'USD per instance hour, SageMaker hosting, Linux, on demand, before tax',
      asOf: '2026-05-20',
      estimated: false,
      source: expect.stringContaining('AmazonSageMaker, component=Hosting'),
    });
  });

  test('a computed price says so', () => {
    expect(book.price('us-east-1', AcceleratorInstance.G7_2XLARGE, HOSTING)).toMatchObject({ usdPerHour: 3.15, estimated: true });
    expect(book.price('eu-west-1', G5, TRAINING)).toMatchObject({ estimated: true, asOf: '2026-05-20' });
  });

  test('an undated price has no date', () => {
    const price = book.price('us-west-2', G5, TRANSFORM);
    expect(price).toMatchObject({ estimated: false, asOf: undefined, source: expect.stringContaining('BatchTransform') });
  });

  test('EC2 and Capacity Blocks are asked for by name', () => {
    expect(book.ec2Price('us-east-1', INF2)).toMatchObject({ usdPerHour: 0.7582, asOf: '2026-07-20', unit: 'USD per instance hour, EC2, Linux, on demand, before tax' });
    expect(book.capacityBlockPrice('us-east-2', AcceleratorInstance.TRN2_48XLARGE)).toMatchObject({
      usdPerHour: 35.7608, unit: 'USD per instance hour, EC2 Capacity Block, reservation fee only, before tax',
    });
  });

  test('what is missing is undefined, never 0', () => {
    expect(book.price('us-east-1', INF2, TRAINING)).toBeUndefined(); // inf2 does not train
    expect(book.price('us-east-1', G5, PROCESSING)).toBeUndefined(); // no source
    expect(book.price('us-east-1', M5, HOSTING)).toBeUndefined(); // the room asks for processing only
    expect(book.ec2Price('us-east-1', M5)).toBeUndefined();
    expect(book.price('us-east-1', ProcessingInstance.M6I_XLARGE, PROCESSING)).toBeUndefined(); // in newer regions only
    expect(book.price('us-east-1-dfw-2a', M5, PROCESSING)).toBeUndefined();
    expect(book.price('us-east-2', AcceleratorInstance.TRN2_48XLARGE, HOSTING)).toBeUndefined(); // Capacity Blocks only
    expect(book.price('cn-north-1', G5, HOSTING)).toBeUndefined(); // no source for China
    expect(book.price('', G5, HOSTING)).toBeUndefined();
    expect(book.price('constructor', G5, HOSTING)).toBeUndefined();
    expect(book.price(Aws.REGION, G5, HOSTING)).toBeUndefined();
    expect(book.ec2Price('us-east-1', AcceleratorInstance.TRN2_48XLARGE)).toBeUndefined();
    expect(book.capacityBlockPrice('us-east-1', G5)).toBeUndefined();
    const unknown = AcceleratorInstance.custom('ml.g9.xlarge', { accelerator: Accelerator.L4, acceleratorCount: 1, vcpu: 4, hostMemoryGiB: 16, localNvmeGB: 0, uses: [HOSTING] });
    expect(book.price('us-east-1', unknown, HOSTING)).toBeUndefined();
  });

  test('instance names of a region', () => {
    expect(book.instanceNames('us-east-1')).toEqual(expect.arrayContaining(['ml.g5.xlarge', 'ml.inf2.xlarge', 'ml.m5.xlarge']));
    expect(book.instanceNames('us-east-1')).toEqual([...book.instanceNames('us-east-1')].sort());
    expect(book.instanceNames('us-east-1-dfw-2a')).toEqual(['ml.p6e-gb200.36xlarge']);
    expect(book.instanceNames('mars-north-1')).toEqual([]);
  });
});

describe('regions that sell a type', () => {
  test('as the price list of 2026-05-20 has it', () => {
    expect(book.regionsWith(INF2, HOSTING)).toEqual([
      'ap-northeast-1', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2', 'eu-central-1', 'eu-north-1', 'eu-south-2', 'eu-west-1', 'eu-west-2', 'eu-west-3',
      'sa-east-1', 'us-east-1', 'us-east-2', 'us-west-2',
    ]);
    expect(book.regionsWith(AcceleratorInstance.TRN1_32XLARGE, HOSTING)).toEqual(['us-east-1', 'us-west-2']);
    expect(book.regionsWith(AcceleratorInstance.TRN1N_32XLARGE, HOSTING)).toEqual(['us-east-1', 'us-east-2']);
  });

  test('a computed hosting price is no sale', () => {
    expect(book.price('us-east-1', AcceleratorInstance.G7_2XLARGE, HOSTING)?.estimated).toBe(true);
    expect(book.regionsWith(AcceleratorInstance.G7_2XLARGE, HOSTING)).toEqual([]);
    expect(book.regionsWith(AcceleratorInstance.G7_2XLARGE, TRAINING)).toEqual([]);
  });

  test('training counts where hosting was read, for its price is derived from that', () => {
    expect(book.regionsWith(G5, TRAINING)).toEqual(book.regionsWith(G5, HOSTING));
    expect(book.regionsWith(AcceleratorInstance.P3DN_24XLARGE, TRAINING)).toEqual(['us-east-1']);
  });

  test.each<[string, AcceleratorInstance, InstanceUse, boolean | undefined]>([
    ['us-east-1', INF2, HOSTING, true],
    ['af-south-1', INF2, HOSTING, false],
    ['us-east-2', AcceleratorInstance.TRN1_32XLARGE, HOSTING, false],
    ['cn-north-1', INF2, HOSTING, undefined], // nothing known of the region
    ['us-west-2', AcceleratorInstance.G7_2XLARGE, HOSTING, undefined], // newer than the list
    ['us-east-2', AcceleratorInstance.TRN2_48XLARGE, HOSTING, undefined], // never sold by the hour
    ['us-east-1', INF2, TRAINING, undefined],
    ['ca-west-1', INF2, HOSTING, undefined], // computed prices only: nobody has read its list
    ['us-east-1-dfw-2a', INF2, HOSTING, undefined],
    [Aws.REGION, INF2, HOSTING, undefined],
  ])('isListed %s %s %s', (region, instance, use, expected) => {
    expect(book.isListed(region, instance, use)).toBe(expected);
  });
});

describe('types without accelerators', () => {
  test('a processing price is computed from hosting and says so', () => {
    expect(book.price('us-east-1', M5, PROCESSING)).toEqual({
      usdPerHour: 0.23,
      unit: 'USD per instance hour, SageMaker processing, Linux, on demand, before tax',
      asOf: '2026-05-20',
      estimated: true,
      source: expect.stringMatching(/^hosting price of the type, which SageMaker charges for processing too: AWS Price List API/),
    });
  });

  test('every processing price of the book is computed, and above 0', () => {
    for (const region of book.regions()) {
      for (const instance of ProcessingInstance.all()) {
        const price = book.price(region, instance, PROCESSING);
        expect(price === undefined || (price.estimated && price.usdPerHour > 0.05)).toBe(true);
      }
    }
  });

  test('each type has a price somewhere, and every larger region one for m5, r5 and c5', () => {
    const families = (region: string) => [...new Set(ProcessingInstance.all().filter((instance) => book.price(region, instance, PROCESSING)).map(({ family }) => family))];
    for (const region of ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-northeast-1', 'ap-southeast-1', 'ap-south-1']) {
      expect([region, families(region).slice(0, 3)]).toEqual([region, ['m5', 'r5', 'c5']]);
    }
    expect(families('us-east-1')).toEqual(['m5', 'r5', 'c5', 'c6i', 'm7i', 'r7i', 'c7i']);
    expect(families('eu-central-1')).toEqual(['m5', 'r5', 'c5']);
    const somewhere = (instance: IPricedInstance) => book.regions().some((region) => book.price(region, instance, PROCESSING) !== undefined);
    expect(ProcessingInstance.all().filter((instance) => !somewhere(instance))).toEqual([]);
  });

  test('nothing is said of where they are sold: the price list for processing was not read', () => {
    expect(book.regionsWith(M5, PROCESSING)).toEqual([]);
    expect(book.isListed('us-east-1', M5, PROCESSING)).toBeUndefined();
    expect(book.isListed('cn-north-1', M5, PROCESSING)).toBeUndefined();
  });

  test('a price of your own wins, is no estimate, and proves a sale', () => {
    const both = book.overlaidWith(PriceBook.custom([{ region: 'us-east-1', instance: M5, use: PROCESSING, usdPerHour: 0.2 }]));
    expect(both.price('us-east-1', M5, PROCESSING)).toMatchObject({ usdPerHour: 0.2, estimated: false, source: 'custom' });
    expect(both.price('us-east-2', M5, PROCESSING)).toEqual(book.price('us-east-2', M5, PROCESSING));
    expect(both.price('us-east-1', INF2, HOSTING)).toEqual(book.price('us-east-1', INF2, HOSTING));
    expect(both.regionsWith(M5, PROCESSING)).toEqual(['us-east-1']);
    expect(both.isListed('us-east-1', M5, PROCESSING)).toBe(true);
    expect(both.isListed('us-east-2', M5, PROCESSING)).toBe(false);
    expect(book.price('us-east-1', M5, PROCESSING)?.usdPerHour).toBe(0.23);
  });

  test('a type of your own, and whatever has a name', () => {
    const own = ProcessingInstance.custom('ml.m8i.4xlarge', { memoryGiB: 64, vCpus: 16 });
    const custom = PriceBook.custom([
      { region: 'us-east-1', instance: own, use: PROCESSING, usdPerHour: 1 },
      { region: 'us-east-1', instance: { name: 'ml.x9.large' }, use: PROCESSING, usdPerHour: 2 },
    ]);
    expect(custom.price('us-east-1', own, PROCESSING)?.usdPerHour).toBe(1);
    expect(custom.price('us-east-1', { name: 'ml.x9.large' }, PROCESSING)?.usdPerHour).toBe(2);
    expect(custom.instanceNames('us-east-1')).toEqual(['ml.m8i.4xlarge', 'ml.x9.large']);
  });

  test('the same place twice, by two kinds of objects', () => {
    expect(() => PriceBook.custom([
      { region: 'us-east-1', instance: M5, use: PROCESSING, usdPerHour: 1 },
      { region: 'us-east-1', instance: { name: 'ml.m5.xlarge' }, use: PROCESSING, usdPerHour: 2 },
    ])).toThrow(new Error('PriceBook.custom: `prices[1]`: got a second price for processing of ml.m5.xlarge in us-east-1; '
      + 'allowed: one price per region, type and use; fix: remove one of the two'));
  });
});

describe('custom and overlaid', () => {
  const mine: PriceEntry = { region: 'us-east-1', instance: INF2, use: HOSTING, usdPerHour: 0.8, asOf: '2026-10', source: 'our agreement' };

  test('a custom book has what was given and no more', () => {
    const custom = PriceBook.custom([mine, { region: 'eu-west-1', instance: G5, use: PROCESSING, usdPerHour: 1 }]);
    expect(custom.price('us-east-1', INF2, HOSTING)).toMatchObject({ usdPerHour: 0.8, asOf: '2026-10', source: 'our agreement', estimated: false });
    expect(custom.price('eu-west-1', G5, PROCESSING)).toEqual({
      usdPerHour: 1, asOf: undefined, source: 'custom', estimated: false, unit: 'USD per instance hour, SageMaker processing, Linux, on demand, before tax',
    });
    expect(custom.price('us-east-1', G5, HOSTING)).toBeUndefined();
    expect(custom.regions()).toEqual(['eu-west-1', 'us-east-1']);
  });

  test('an empty book is a book', () => {
    expect(PriceBook.custom([]).regions()).toEqual([]);
    expect(PriceBook.custom([]).isListed('us-east-1', G5, HOSTING)).toBeUndefined();
  });

  test('the top book wins, the bottom one fills in, and both stay as they were', () => {
    const top = PriceBook.custom([mine, { ...mine, region: 'mars-north-1' }]);
    const both = book.overlaidWith(top);
    expect(both.price('us-east-1', INF2, HOSTING)?.usdPerHour).toBe(0.8);
    expect(both.price('us-east-1', G5, HOSTING)?.usdPerHour).toBe(1.408);
    expect(both.ec2Price('us-east-1', INF2)?.usdPerHour).toBe(0.7582);
    expect(both.regions()).toHaveLength(38);
    expect(both.regionsWith(INF2, HOSTING)).toContain('mars-north-1');
    expect(both.instanceNames('us-east-1')).toEqual(book.instanceNames('us-east-1'));
    expect(book.price('us-east-1', INF2, HOSTING)?.usdPerHour).toBe(0.99);
    expect(top.price('us-east-1', G5, HOSTING)).toBeUndefined();
  });

  test.each<[string, PriceEntry[], string]>([
    ['a price of 0', [{ ...mine, usdPerHour: 0 }],
      'PriceBook.custom: `prices[0].usdPerHour`: got 0; allowed: a number above 0 (USD per instance hour); fix: leave out a price that you do not know; nothing is free'],
    ['a price that is no number', [mine, { ...mine, instance: G5, usdPerHour: NaN }],
      'PriceBook.custom: `prices[1].usdPerHour`: got NaN; allowed: a number above 0 (USD per instance hour); fix: leave out a price that you do not know; nothing is free'],
    ['a price as text', [{ ...mine, usdPerHour: '1.2' as unknown as number }],
      'PriceBook.custom: `prices[0].usdPerHour`: got "1.2"; allowed: a number above 0 (USD per instance hour); fix: write it as a number, without quotes, currency and unit'],
    ['a use that is none', [{ ...mine, use: 'serving' as InstanceUse }],
      `PriceBook.custom: \`prices[0].use\`: got "serving"; allowed: ${Object.values(InstanceUse).join(', ')}; fix: use a member of InstanceUse, such as InstanceUse.HOSTING`],
    ['an instance as text', [{ ...mine, instance: 'ml.g5.xlarge' as unknown as AcceleratorInstance }],
      "PriceBook.custom: `prices[0].instance`: got \"ml.g5.xlarge\"; allowed: an instance type; fix: use a static of AcceleratorInstance, or AcceleratorInstance.of('ml.g5.xlarge')"],
    ['an instance with a name that is none', [{ ...mine, instance: { name: 'm5.xlarge' } }],
      "PriceBook.custom: `prices[0].instance.name`: got \"m5.xlarge\"; allowed: a SageMaker instance type: `ml.`, family, dot, size; fix: write it like 'ml.g5.xlarge'"],
    ['an instance whose name is a token', [{ ...mine, instance: { name: Lazy.string({ produce: () => 'ml.m5.xlarge' }) } }],
      "PriceBook.custom: `prices[0].instance.name`: got a token (a value known only at deploy time); allowed: a SageMaker instance type: `ml.`, family, dot, size; fix: give a literal such as 'ml.g5.xlarge'"],
    ['an instance whose name is a number', [{ ...mine, instance: { name: 5 as unknown as string } }],
      "PriceBook.custom: `prices[0].instance.name`: got 5; allowed: a SageMaker instance type: `ml.`, family, dot, size; fix: write it like 'ml.g5.xlarge'"],
    ['no region', [{ ...mine, region: undefined as unknown as string }],
      "PriceBook.custom: `prices[0].region`: got \"undefined\"; allowed: a literal region; fix: give a literal such as 'us-east-1'"],
    ['no entry', [undefined as unknown as PriceEntry],
      'PriceBook.custom: `prices[0]`: got undefined; allowed: a price with its region, instance, use and `usdPerHour`; fix: give what PriceEntry asks for'],
    ['no list', mine as unknown as PriceEntry[],
      'PriceBook.custom: `prices`: got a value of type object; allowed: a list of prices; fix: put the price into a list'],
    ['a day that is none', [{ ...mine, asOf: '2026-02-30' }],
      'PriceBook.custom: `prices[0].asOf`: got "2026-02-30"; allowed: a date `YYYY-MM-DD` or a month `YYYY-MM`; fix: give the date of the price list'],
    ['a source that is no text', [{ ...mine, source: 7 as unknown as string }],
      'PriceBook.custom: `prices[0].source`: got a value of type number; allowed: text; fix: say in words where the price is from, or leave it out'],
    ['the same place twice', [mine, { ...mine, usdPerHour: 2 }],
      'PriceBook.custom: `prices[1]`: got a second price for hosting of ml.inf2.xlarge in us-east-1; allowed: one price per region, type and use; fix: remove one of the two'],
    ['a token as region', [{ ...mine, region: Lazy.string({ produce: () => 'us-east-1' }) }],
      "PriceBook.custom: `prices[0].region`: got a token (a value known only at deploy time); allowed: a literal region; fix: give a literal such as 'us-east-1'"],
    ['a date in words', [{ ...mine, asOf: 'last May' }],
      'PriceBook.custom: `prices[0].asOf`: got "last May"; allowed: a date `YYYY-MM-DD` or a month `YYYY-MM`; fix: give the date of the price list'],
  ])('fails for %s', (_, prices, message) => {
    expect(() => PriceBook.custom(prices)).toThrow(new Error(message));
  });

  test('fails with all problems of one call', () => {
    expect(() => PriceBook.custom([{ ...mine, usdPerHour: -1 }, { ...mine, usdPerHour: Infinity }])).toThrow(/^PriceBook\.custom: 3 problems\n/);
  });
});

describe('fromFile', () => {
  const directory = mkdtempSync(join(tmpdir(), 'prices-'));
  const file = (content: unknown) => {
    const path = join(directory, 'prices.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  afterAll(() => rmSync(directory, { recursive: true }));

  test('reads the plain form', () => {
    const read = PriceBook.fromFile(file({ asOf: '2026-10-01', source: 'our agreement', prices: { 'us-east-1': { 'ml.g5.xlarge': { hosting: 1.2, ec2: 0.9 } } } }));
    expect(read.price('us-east-1', G5, HOSTING)).toMatchObject({ usdPerHour: 1.2, asOf: '2026-10-01', source: 'our agreement', estimated: false });
    expect(read.ec2Price('us-east-1', G5)?.usdPerHour).toBe(0.9);
    expect(read.price('us-east-1', G5, TRAINING)).toBeUndefined();
  });

  test('reads the form of the package', () => {
    const read = PriceBook.fromFile(join(__dirname, '../../src/hardware/data/prices.json'));
    expect(read.regions()).toHaveLength(31);
    expect(read.price('eu-west-2', INF2, HOSTING)).toEqual(book.price('eu-west-2', INF2, HOSTING));
  });

  test('reads the file of the package for types without accelerators, with columns of its own', () => {
    const read = PriceBook.fromFile(join(__dirname, '../../src/hardware/data/processing-prices.json'));
    expect(read.regions()).toHaveLength(36);
    expect(read.price('eu-west-2', M5, PROCESSING)).toEqual(book.price('eu-west-2', M5, PROCESSING));
    expect(read.price('eu-west-2', INF2, HOSTING)).toBeUndefined();
  });

  test('reads processing prices of the plain form', () => {
    const read = PriceBook.fromFile(file({ prices: { 'us-east-1': { 'ml.m5.xlarge': { processing: 0.2 } } } }));
    expect(read.price('us-east-1', M5, PROCESSING)).toMatchObject({ usdPerHour: 0.2, estimated: false });
    expect(book.overlaidWith(read).price('us-east-1', M5, PROCESSING)?.usdPerHour).toBe(0.2);
  });

  test('fails for a file that is not there', () => {
    expect(() => PriceBook.fromFile('/nowhere/prices.json')).toThrow(new Error(
      'PriceBook.fromFile: `path`: got "/nowhere/prices.json" (ENOENT); allowed: a readable JSON file; fix: check the path; it is relative to the working directory',
    ));
  });

  test('fails for a directory', () => {
    expect(() => PriceBook.fromFile(directory)).toThrow(/ \(EISDIR\); allowed: a readable JSON file;/);
  });

  test('fails with the path and every problem', () => {
    const path = file({ prices: { 'us-east-1': { 'g5.xlarge': { hosting: 1 }, 'ml.g5.xlarge': { hosting: '1.2', hostng: 1 } } } });
    expect(() => PriceBook.fromFile(path)).toThrow(new Error(`PriceBook.fromFile('${path}'): 3 problems\n`
      + "  - `prices.us-east-1`: got \"g5.xlarge\"; allowed: SageMaker instance types, which start with `ml.`; fix: write 'ml.g5.xlarge' if the price is SageMaker's and not EC2's\n"
      + '  - `prices.us-east-1.ml.g5.xlarge.hosting`: got "1.2"; allowed: a number above 0 (USD per instance hour); fix: write it as a number, without quotes, currency and unit\n'
      + '  - `prices.us-east-1.ml.g5.xlarge.hostng`: got the key "hostng"; allowed: ec2, hosting, training, transform, capacityBlock, processing, hyperpod; fix: use one of these keys'));
  });
});

test('a month has 730 hours, as in the AWS calculators', () => {
  expect(PriceBook.HOURS_PER_MONTH).toBe(8760 / 12);
});

test('prices are not loaded before someone asks', () => {
  const loaded: string[] = [];
  const mock = (name: string) => jest.doMock(`../../src/hardware/data/${name}`, () => {
    loaded.push(name);
    return jest.requireActual(`../../src/hardware/data/${name}`);
  });
  const FILES = ['prices.json', 'processing-prices.json'];
  jest.isolateModules(() => {
    FILES.forEach(mock);
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const fresh = require('../../src/hardware') as typeof import('../../src/hardware');
    expect(fresh.AcceleratorInstance.all()).toHaveLength(70);
    expect(fresh.ProcessingInstance.all()).toHaveLength(72);
    expect(loaded).toEqual([]);
    expect(fresh.PriceBook.bundled().regions()).toHaveLength(37);
    expect(loaded).toEqual(FILES);
  });
  FILES.forEach((name) => jest.dontMock(`../../src/hardware/data/${name}`));
});
