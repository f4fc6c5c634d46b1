import { CfnParameter, Lazy, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as fc from 'fast-check';
import { ENV, G5, INF2, newStack, oneVariant, twoVariants } from './support';
import {
  AcceleratorInstance, AcceleratorKind, EndpointEstimate, InferenceEndpoint, InstanceUse, PriceBook, ServedModel, type EndpointVariantProps, type InferenceEndpointProps,
} from '../../src';

const existing = ServedModel.existing({ modelName: 'made-elsewhere' }, { kind: AcceleratorKind.GPU });
const custom = (usdPerHour: number, estimated = false) => PriceBook.custom([
  { region: 'us-east-1', instance: AcceleratorInstance.G5_XLARGE, use: InstanceUse.HOSTING, usdPerHour, asOf: '2026-01-31', estimated },
]);

describe('worked numbers: one ml.g5.xlarge and one ml.inf2.xlarge in us-east-1', () => {
  const estimate = () => EndpointEstimate.of(twoVariants({ inf2: { weight: 0, scaling: { maxInstances: 4, invocationsPerInstance: 60 } } }).endpoint);

  test('the GPU variant: 1.408 USD per hour, 730 hours', () => {
    expect(estimate().variants[0]).toEqual({
      variantName: 'gpu',
      instanceType: 'ml.g5.xlarge',
      accelerators: '1 x A10G',
      image: 'huggingface-pytorch-inference:2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04',
      weight: 1,
      instances: 1,
      minInstances: 1,
      maxInstances: 1,
      cost: { usdPerHour: 1.408, usdPerMonth: 1.408 * 730, maxUsdPerMonth: 1.408 * 730, priceDate: '2026-05-20', estimated: false },
    });
  });

  test('the Neuron variant: 0.99 USD per hour, though it gets no traffic, four times as much at most', () => {
    expect(estimate().variants[1]).toMatchObject({
      instanceType: 'ml.inf2.xlarge', weight: 0, instances: 1, minInstances: 1, maxInstances: 4, cost: { usdPerHour: 0.99, usdPerMonth: 0.99 * 730, estimated: false },
    });
    expect(estimate().variants[1].cost!.maxUsdPerMonth).toBeCloseTo(2890.8, 6);
  });

  test('together', () => {
    expect(estimate().usdPerHour).toBeCloseTo(2.398, 10);
    expect(estimate().usdPerMonth).toBeCloseTo(1750.54, 10);
    expect(estimate().region).toBe('us-east-1');
  });

  test('the table', () => {
    expect(estimate().toTable()).toBe([
      'variant  instance        accelerator      weight   instances  USD/hour  USD/month  image',
      '-------  --------------  ---------------  ------  ----------  --------  ---------  --------------------------------------------------------------------------------------------------',
      'gpu      ml.g5.xlarge    1 x A10G              1           1      1.41    1027.84  huggingface-pytorch-inference:2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04',
      'inf2     ml.inf2.xlarge  1 x Inferentia2       0  1 (1 to 4)      0.99     722.70  huggingface-pytorch-inference-neuronx:2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04',
      '-------  --------------  ---------------  ------  ----------  --------  ---------  --------------------------------------------------------------------------------------------------',
      'total                                                             2.40    1750.54',
      '',
      'us-east-1, SageMaker hosting on demand, prices of 2026-05-20; a month is 730 hours; instances at creation, without storage and transfer.',
    ].join('\n'));
  });
});

describe('what counts', () => {
  test('every instance', () => {
    expect(EndpointEstimate.of(oneVariant({ initialInstanceCount: 3 }).endpoint).usdPerHour).toBeCloseTo(3 * 1.408, 10);
  });

  test('the shadow variant, last', () => {
    const { endpoint } = oneVariant();
    endpoint.addShadowVariant('shadow', INF2);
    const estimate = EndpointEstimate.of(endpoint);
    expect(estimate.variants.map(({ variantName }) => variantName)).toEqual(['gpu', 'shadow']);
    expect(estimate.usdPerHour).toBeCloseTo(2.398, 10);
  });

  test('another region by name, for a stack without one', () => {
    const { endpoint } = oneVariant({}, {}, newStack({}));
    expect(EndpointEstimate.of(endpoint, { region: 'eu-west-1' })).toMatchObject({
      region: 'eu-west-1', usdPerHour: PriceBook.bundled().price('eu-west-1', AcceleratorInstance.G5_XLARGE, InstanceUse.HOSTING)!.usdPerHour,
    });
  });

  test('a model without an image is called by its source', () => {
    expect(EndpointEstimate.of(oneVariant({ model: existing }).endpoint).variants[0].image).toBe('SageMaker model made-elsewhere');
  });

  test('an endpoint without variants costs nothing', () => {
    expect(EndpointEstimate.of(new InferenceEndpoint(newStack(), 'Endpoint')).usdPerHour).toBe(0);
  });
});

describe('a price that is missing', () => {
  const estimate = () => {
    const { endpoint } = oneVariant();
    endpoint.addVariant('reserved', { model: ServedModel.existing({ modelName: 'big' }, { kind: AcceleratorKind.NEURON }), instanceType: AcceleratorInstance.TRN2_48XLARGE });
    return EndpointEstimate.of(endpoint);
  };

  test('is left out, and so is every sum it belongs to', () => {
    expect(estimate().variants[1]).toEqual({
      variantName: 'reserved', instanceType: 'ml.trn2.48xlarge', accelerators: '16 x Trainium2', image: 'SageMaker model big', weight: 1, instances: 1, minInstances: 1, maxInstances: 1,
    });
    expect(estimate().variants[0].cost!.usdPerHour).toBe(1.408);
    expect(estimate().usdPerHour).toBeUndefined();
    expect(estimate().usdPerMonth).toBeUndefined();
  });

  test('is printed as n/a, explained below', () => {
    const lines = estimate().toTable().split('\n');
    expect(lines[3]).toMatch(/^reserved +ml\.trn2\.48xlarge +16 x Trainium2 +1 +1 +n\/a +n\/a +SageMaker model big$/);
    expect(lines[5]).toMatch(/^total +n\/a +n\/a$/);
    expect(lines[8]).toBe('n/a: no public on-demand price in this region, or a number of instances that is known at deploy time only.');
  });

  test('everywhere has no date', () => {
    const { endpoint } = oneVariant({ model: ServedModel.existing({ modelName: 'big' }, { kind: AcceleratorKind.NEURON }), instanceType: AcceleratorInstance.TRN2_48XLARGE });
    expect(EndpointEstimate.of(endpoint).toTable().split('\n').slice(-2)).toEqual([
      'us-east-1, no on-demand price; a month is 730 hours; instances at creation, without storage and transfer.',
      'n/a: no public on-demand price in this region, or a number of instances that is known at deploy time only.',
    ]);
  });
});

describe('a region the price book does not know', () => {
  const message = (got: string, regions: string) => new Error(`EndpointEstimate.of: \`region\`: got ${got}; allowed: a region the price book knows: ${regions}; fix: give one of these, or a price book of your own with \`PriceBook.custom\``);
  const bundled = PriceBook.bundled().regions().join(', ');

  test.each(['mars-north-1', '', 'US-EAST-1'])('%p is refused, not estimated as free', (region) => {
    expect(() => EndpointEstimate.of(oneVariant().endpoint, { region })).toThrow(message(JSON.stringify(region), bundled));
  });

  test('the region of the stack is no exception', () => {
    const { endpoint } = oneVariant({ model: existing }, {}, newStack({ env: { ...ENV, region: 'me-west-1' } }));
    expect(() => EndpointEstimate.of(endpoint)).toThrow(message('"me-west-1"', bundled));
  });

  test('it is the given book that has to know it', () => {
    const { endpoint } = oneVariant();
    expect(() => EndpointEstimate.of(endpoint, { priceBook: custom(1), region: 'eu-west-1' })).toThrow(message('"eu-west-1"', 'us-east-1'));
    const elsewhere = PriceBook.custom([{ region: 'mars-north-1', instance: AcceleratorInstance.G5_XLARGE, use: InstanceUse.HOSTING, usdPerHour: 9 }]);
    expect(EndpointEstimate.of(endpoint, { priceBook: elsewhere, region: 'mars-north-1' }).usdPerHour).toBe(9);
  });
});

describe('the number of instances', () => {
  const cell = (props: Partial<EndpointVariantProps>, endpointProps: InferenceEndpointProps = {}, stack = newStack()) => {
    const estimate = EndpointEstimate.of(oneVariant(props, endpointProps, stack).endpoint);
    const { instances, minInstances, maxInstances } = estimate.variants[0];
    return [instances, minInstances, maxInstances, /1 x A10G +1 +(\S+(?: \(\S+ to \S+\))?) /.exec(estimate.toTable())?.[1]];
  };

  test.each<[Partial<EndpointVariantProps>, unknown[]]>([
    [{}, [1, 1, 1, '1']],
    [{ initialInstanceCount: 3 }, [3, 3, 3, '3']],
    [{ scaling: { maxInstances: 6 } }, [1, 1, 6, '1 (1 to 6)']],
    [{ scaling: { minInstances: 2, maxInstances: 6 } }, [2, 2, 6, '2 (2 to 6)']],
    [{ initialInstanceCount: 3, scaling: { minInstances: 2, maxInstances: 3 } }, [3, 2, 3, '3 (2 to 3)']],
    [{ scaling: { minInstances: 2, maxInstances: 2 } }, [2, 2, 2, '2']],
  ])('%j', (props, expected) => {
    expect(cell(props)).toEqual(expected);
  });

  test('an asynchronous endpoint is made with one and may lose it', () => {
    const stack = newStack();
    const asyncInference = { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'async-bucket') };
    expect(cell({ scaling: { minInstances: 0, maxInstances: 6, backlogPerInstance: 5 } }, { asyncInference }, stack)).toEqual([1, 0, 6, '1 (0 to 6)']);
  });
});

describe('the weight of a shadow variant is a number', () => {
  test.each([[4, 50, 2], [1, undefined, 1], [0.5, 10, 0.05]])('production %d, %p %% of the requests: %d', (weight, samplingPercentage, expected) => {
    const { endpoint } = oneVariant({ weight });
    endpoint.addShadowVariant('shadow', { ...INF2, samplingPercentage });
    const estimate = EndpointEstimate.of(endpoint);
    expect(estimate.variants.map((variant) => variant.weight)).toEqual([weight, expected]);
    expect(estimate.toTable().split('\n')[3]).toMatch(new RegExp(`^shadow +ml\\.inf2\\.xlarge +1 x Inferentia2 +${expected} `));
  });

  test('also when the shadow was added first', () => {
    const endpoint = new InferenceEndpoint(newStack(), 'Endpoint');
    endpoint.addShadowVariant('shadow', { ...INF2, samplingPercentage: 50 });
    endpoint.addVariant('gpu', { ...G5, weight: 3 });
    expect(EndpointEstimate.of(endpoint).variants.map((variant) => variant.weight)).toEqual([3, 1.5]);
  });

  test('a lazy weight is read, one from a parameter stays what it is', () => {
    expect(EndpointEstimate.of(oneVariant({ weight: Lazy.number({ produce: () => 5 }) }).endpoint).variants[0].weight).toBe(5);
    const stack = newStack();
    const weight = new CfnParameter(stack, 'Weight', { type: 'Number' }).valueAsNumber;
    expect(EndpointEstimate.of(oneVariant({ weight }, {}, stack).endpoint).variants[0].weight).toBe(weight);
  });
});

describe('an estimated price', () => {
  test('is marked in its row and in the sum, and explained', () => {
    const { endpoint } = oneVariant({ model: existing, instanceType: AcceleratorInstance.of('ml.g7.2xlarge') });
    endpoint.addVariant('listed', G5);
    const estimate = EndpointEstimate.of(endpoint);
    expect(estimate.variants.map(({ cost }) => cost!.estimated)).toEqual([true, false]);
    const lines = estimate.toTable().split('\n');
    expect(lines[2]).toMatch(/ ~3\.15 +~2299\.50 /);
    expect(lines[3]).toMatch(/ 1\.41 +1027\.84 /);
    expect(lines[5]).toMatch(/^total +~4\.56 +~3327\.34$/);
    expect(lines[7]).toContain('prices of 2026-05-20 and 2026-07-20');
    expect(lines[8]).toBe('~ computed from the EC2 price, not read from a price list.');
  });
});

describe('a price book of your own', () => {
  test('takes the place of the bundled one', () => {
    const estimate = EndpointEstimate.of(twoVariants().endpoint, { priceBook: custom(1) });
    expect(estimate.variants.map(({ cost }) => cost)).toEqual([
      { usdPerHour: 1, usdPerMonth: 730, maxUsdPerMonth: 730, priceDate: '2026-01-31', estimated: false },
      undefined,
    ]);
  });

  test('laid over the bundled one fills in the rest', () => {
    const estimate = EndpointEstimate.of(twoVariants().endpoint, { priceBook: PriceBook.bundled().overlaidWith(custom(1)) });
    expect(estimate.usdPerHour).toBeCloseTo(1.99, 10);
    expect(estimate.toTable()).toContain('\nus-east-1, prices of the given price book of 2026-01-31 and 2026-05-20; a month is 730 hours;');
  });

  test('is named below the table, and not called SageMaker\'s', () => {
    const table = EndpointEstimate.of(oneVariant().endpoint, { priceBook: custom(1) }).toTable();
    expect(table.split('\n').slice(-1)).toEqual(['us-east-1, prices of the given price book of 2026-01-31; a month is 730 hours; instances at creation, without storage and transfer.']);
  });

  test('may have no dates', () => {
    const priceBook = PriceBook.custom([{ region: 'us-east-1', instance: AcceleratorInstance.G5_XLARGE, use: InstanceUse.HOSTING, usdPerHour: 1 }]);
    expect(EndpointEstimate.of(oneVariant().endpoint, { priceBook }).toTable()).toContain('\nus-east-1, prices of the given price book; a month is 730 hours;');
  });
});

describe('numbers that are known at deploy time only', () => {
  const parameter = (stack: ReturnType<typeof newStack>, id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;

  test('a count gives no cost, not a wrong one', () => {
    const stack = newStack();
    const estimate = EndpointEstimate.of(oneVariant({ initialInstanceCount: parameter(stack, 'Count'), weight: parameter(stack, 'Weight') }, {}, stack).endpoint);
    expect(estimate.usdPerHour).toBeUndefined();
    expect(estimate.variants[0].variantName).toBe('gpu');
    expect(estimate.variants[0].cost).toBeUndefined();
    expect(estimate.toTable().split('\n')[2]).toMatch(/ at deploy +at deploy +n\/a +n\/a /);
  });

  test('a largest number is left out', () => {
    const stack = newStack();
    const estimate = EndpointEstimate.of(oneVariant({ scaling: { maxInstances: parameter(stack, 'Max') } }, {}, stack).endpoint);
    expect(estimate.variants[0]).toMatchObject({ instances: 1, cost: { usdPerHour: 1.408, maxUsdPerMonth: undefined } });
    expect(Token.isUnresolved(estimate.variants[0].maxInstances)).toBe(true);
    expect(estimate.toTable()).toContain('1 (1 to at deploy)');
  });
});

test('no price is in a template', () => {
  const { stack, endpoint } = twoVariants({ inf2: { scaling: { maxInstances: 4, invocationsPerInstance: 60 } } });
  EndpointEstimate.of(endpoint).toTable();
  const template = JSON.stringify(Template.fromStack(stack).toJSON());
  expect(template).not.toMatch(/USD|price|1\.408|0\.99\b/i);
});

test('columns are aligned, whatever is in them', () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9](-?[a-zA-Z0-9]){0,30}$/);
  const row = fc.record({
    weight: fc.double({ min: 0.001, max: 1000, noNaN: true }),
    count: fc.integer({ min: 1, max: 500 }),
    more: fc.integer({ min: 0, max: 500 }),
    type: fc.constantFrom(AcceleratorInstance.G5_XLARGE, AcceleratorInstance.of('ml.g6e.48xlarge'), AcceleratorInstance.of('ml.p5e.48xlarge'), AcceleratorInstance.of('ml.g7.2xlarge')),
  });
  fc.assert(fc.property(fc.uniqueArray(fc.tuple(name, row), { minLength: 1, maxLength: 4, selector: ([key]) => key }), (rows) => {
    const endpoint = new InferenceEndpoint(newStack(), 'Endpoint');
    for (const [key, { weight, count, more, type }] of rows) {
      endpoint.addVariant(key, { model: existing, instanceType: type, weight, initialInstanceCount: count, scaling: { maxInstances: count + more } });
    }
    const lines = EndpointEstimate.of(endpoint).toTable().split('\n');
    const rule = lines[1];
    expect(lines[rows.length + 2]).toBe(rule);
    // Between two columns of the rule there are two blanks, and so there are in every row.
    const gaps = [...rule.matchAll(/ {2}/g)].map(({ index }) => index);
    expect(gaps).toHaveLength(7);
    for (const line of [lines[0], ...lines.slice(2, rows.length + 2), lines[rows.length + 3]]) {
      for (const gap of gaps) expect(line.padEnd(rule.length).slice(gap, gap + 2)).toBe('  ');
    }
  }), { numRuns: 25 });
});
