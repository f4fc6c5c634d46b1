import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnParameter, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import * as fc from 'fast-check';
import { AcceleratorInstance, InstanceUse, PriceBook } from '../../src';
import { TrainingEstimate, TrainingPriceBasis, type ITrainingLadder, type TrainingEstimateOptions, type TrainingRungFacts } from '../../src/training/training-estimate';

class Ladder extends Construct implements ITrainingLadder {
  constructor(scope: Construct, readonly rungs: TrainingRungFacts[]) {
    super(scope, 'Training');
  }
}

const TRN1: TrainingRungFacts = { name: 'trn1', instanceType: AcceleratorInstance.TRN1_32XLARGE, instanceCount: 1 };
const P4D: TrainingRungFacts = { name: 'p4d', instanceType: AcceleratorInstance.P4D_24XLARGE, instanceCount: 1 };
const TRN2: TrainingRungFacts = { name: 'trn2', instanceType: AcceleratorInstance.TRN2_48XLARGE, instanceCount: 2 };
const SIZE = { parametersBillion: 7, tokensBillion: 10 };
const newStack = (region: string | undefined = 'us-east-1') => new Stack(new App(), 'Stack', { env: region === '' ? undefined : { region } });
const ladder = (rungs: TrainingRungFacts[] = [TRN1, P4D], scope: Construct = newStack()) => new Ladder(scope, rungs);
const TRAINIUM_CASES = '40 published cases on Trainium (BF16 language models of 6.7 to 175 billion parameters on 16 to 512 accelerators): 16.9 to 32.2 % of 190 TFLOPS, '
  + 'a tenth of the cases below, a tenth above; aws-neuron/aws-neuron-sdk, 2022-11-23 to 2025-06-23';
const A100_CASES = '25 published cases on A100 40GB SXM4 (BF16 language models of 1.32 to 64.9 billion parameters on 8 to 128 accelerators): 35.8 to 50.2 % of 312 TFLOPS, '
  + 'a tenth of the cases below, a tenth above; mosaicml/llm-foundry, 2024-04-22';

describe('the worked numbers: 100 hours of a 7B training, EC2 prices of October 2025', () => {
  const directory = mkdtempSync(join(tmpdir(), 'prices-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const book = () => {
    const path = join(directory, 'prices.json');
    const prices = { 'us-east-1': { 'ml.p4d.24xlarge': { ec2: 21.96 }, 'ml.trn1.32xlarge': { ec2: 21.5 } } };
    writeFileSync(path, JSON.stringify({ asOf: '2025-10', source: 'an article of October 2025', prices }));
    return PriceBook.fromFile(path);
  };
  const estimate = (options: Partial<TrainingEstimateOptions> = {}) => TrainingEstimate.of(ladder(), { hours: 100, priceBook: book(), priceBasis: TrainingPriceBasis.EC2, ...options });

  test('2,196.00 USD on p4d, 2,150.00 USD on trn1, 2.1 % less', () => {
    const [trn1, p4d] = estimate().rungs;
    expect(p4d).toEqual({
      name: 'p4d',
      instanceType: 'ml.p4d.24xlarge',
      instances: 1,
      basis: 'as given for every rung',
      hours: { lowHours: 100, highHours: 100 },
      price: { usdPerHour: 21.96, unit: 'USD per instance hour, EC2, Linux, on demand, before tax', asOf: '2025-10', estimated: false, source: 'an article of October 2025' },
      cost: { lowUsd: 2196, highUsd: 2196 },
    });
    expect(trn1.cost).toEqual({ lowUsd: 2150, highUsd: 2150 });
    expect(estimate()).toMatchObject({ region: 'us-east-1', priceBasis: 'ec2', cheapest: 'trn1', verdict: 'trn1, at least 2.1 % below p4d, by the hours given for every rung' });
  });

  test('the table says region, date and whose price', () => {
    expect(estimate().toTable()).toBe([
      'rung  instance          instances  USD/hour  hours      USD',
      '----  ----------------  ---------  --------  -----  -------',
      'trn1  ml.trn1.32xlarge          1     21.50    100  2150.00',
      'p4d   ml.p4d.24xlarge           1     21.96    100  2196.00',
      '',
      'Cheapest: trn1, at least 2.1 % below p4d, by the hours given for every rung.',
      'us-east-1, EC2 on demand (not what SageMaker bills), prices of 2025-10 from the given price book; one run on one rung, without storage and transfer.',
      'Hours of trn1, p4d: as given for every rung.',
    ].join('\n'));
  });

  test('by the published figures, the two are not told apart', () => {
    const sized = estimate({ hours: undefined, size: SIZE });
    expect(sized.cheapest).toBeUndefined();
    expect(sized.verdict).toBe('not decided by the published figures: the costs of trn1, p4d overlap');
  });

  test('SageMaker prices are not in that book, and EC2 prices do not stand in for them', () => {
    const [row] = estimate({ priceBasis: TrainingPriceBasis.SAGEMAKER }).rungs;
    expect([row.price, row.cost]).toEqual([undefined, undefined]);
    expect(estimate({ priceBasis: undefined }).toTable()).toContain('us-east-1, SageMaker training on demand, no prices; one run');
  });
});

describe('bundled prices', () => {
  test('SageMaker bills 2,473.00 and 2,525.13 USD for the same 100 hours', () => {
    const estimate = TrainingEstimate.of(ladder(), { hours: 100 });
    expect(estimate.priceBasis).toBe(TrainingPriceBasis.SAGEMAKER);
    expect(estimate.rungs.map(({ cost }) => cost!.highUsd.toFixed(2))).toEqual(['2473.00', '2525.13']);
    expect(estimate.rungs[0].price).toEqual(PriceBook.bundled().price('us-east-1', AcceleratorInstance.TRN1_32XLARGE, InstanceUse.TRAINING));
  });

  test('EC2 prices are asked for by name', () => {
    expect(TrainingEstimate.of(ladder(), { hours: 100, priceBasis: TrainingPriceBasis.EC2 }).rungs.map(({ price }) => price!.usdPerHour)).toEqual([21.5, PriceBook.bundled().ec2Price('us-east-1', AcceleratorInstance.P4D_24XLARGE)!.usdPerHour]);
  });

  test('the table of a size, with a rung that nothing is published on', () => {
    expect(TrainingEstimate.of(ladder([TRN1, P4D, TRN2]), { size: SIZE, startupMinutes: 30, spotSaving: 0.6 }).toTable()).toBe([
      'rung  instance          instances  USD/hour           hours                 USD',
      '----  ----------------  ---------  --------  --------------  ------------------',
      'trn1  ml.trn1.32xlarge          1     24.73  119.7 to 226.9  1184.21 to 2244.63',
      'p4d   ml.p4d.24xlarge           1   25.2513  93.68 to 131.1   946.19 to 1324.61',
      'trn2  ml.trn2.48xlarge          2       n/a             n/a                 n/a',
      '',
      'Cheapest: not decided by the published figures: no cost of trn2.',
      'us-east-1, SageMaker training on demand, prices of 2026-04-21; one run on one rung, without storage and transfer.',
      `Hours of trn1: ${TRAINIUM_CASES}.`,
      `Hours of p4d: ${A100_CASES}.`,
      'Hours of trn2: no basis: 0 published cases on Trainium2, 10 are the least.',
      '30 minutes of start-up are in the hours, as given.',
      'Spot saves 60 % of the price, as given; work repeated after interruptions is not counted.',
      'trn2: no on-demand price here, sold through training plans or Capacity Blocks.',
    ].join('\n'));
  });

  test('the table of two rungs: near parity is said, not decided', () => {
    expect(TrainingEstimate.of(ladder([TRN1, P4D]), { size: SIZE }).toTable()).toBe([
      'rung  instance          instances  USD/hour           hours                 USD',
      '----  ----------------  ---------  --------  --------------  ------------------',
      'trn1  ml.trn1.32xlarge          1     24.73  119.2 to 226.4  2948.15 to 5599.22',
      'p4d   ml.p4d.24xlarge           1   25.2513  93.18 to 130.6  2352.85 to 3298.90',
      '',
      'Cheapest: not decided by the published figures: the costs of trn1, p4d overlap.',
      'us-east-1, SageMaker training on demand, prices of 2026-04-21; one run on one rung, without storage and transfer.',
      `Hours of trn1: ${TRAINIUM_CASES}.`,
      `Hours of p4d: ${A100_CASES}.`,
    ].join('\n'));
  });

  test('computed prices have a mark', () => {
    const rung = { name: 'p5en', instanceType: AcceleratorInstance.of('ml.p5en.48xlarge'), instanceCount: 1 };
    expect(TrainingEstimate.of(ladder([rung]), { hoursBetween: { lowHours: 10, highHours: 20.25 } }).toTable()).toBe([
      'rung  instance          instances  USD/hour        hours                 USD',
      '----  ----------------  ---------  --------  -----------  ------------------',
      'p5en  ml.p5en.48xlarge          1   ~72.795  10 to 20.25  ~727.95 to 1474.10',
      '',
      'us-east-1, SageMaker training on demand, prices of 2026-05-20; one run on one rung, without storage and transfer.',
      'Hours of p5en: as given for every rung.',
      '~ computed by a rule, not read from a price list; taken as right within 1 %.',
    ].join('\n'));
  });

  test('another region by name, for a stack without one', () => {
    const estimate = TrainingEstimate.of(ladder([P4D], newStack('')), { hours: 1, region: 'us-west-2' });
    expect(estimate.region).toBe('us-west-2');
    expect(estimate.rungs[0].price).toEqual(PriceBook.bundled().price('us-west-2', AcceleratorInstance.P4D_24XLARGE, InstanceUse.TRAINING));
  });

  test('nothing of it reaches the template', () => {
    const stack = newStack();
    TrainingEstimate.of(ladder([TRN1], stack), { hours: 1 }).toTable();
    expect(Template.fromStack(stack).toJSON()).toEqual(Template.fromStack(newStack()).toJSON());
  });
});

describe('hours', () => {
  test.each([
    ['Trainium1', TRN1, 16 * 190e12, [0.1695, 0.322]],
    ['A100 40 GB', P4D, 8 * 312e12, [0.358, 0.502]],
    ['A100 80 GB', { ...P4D, instanceType: AcceleratorInstance.of('ml.p4de.24xlarge') }, 8 * 312e12, [0.342, 0.577]],
    ['H100 80 GB', { ...P4D, instanceType: AcceleratorInstance.of('ml.p5.48xlarge') }, 8 * 989e12, [0.281, 0.409]],
  ])('on %s, from the published share of the peak', (_, rung, peak, [low, high]) => {
    const { lowHours, highHours } = TrainingEstimate.of(ladder([rung]), { size: SIZE }).rungs[0].hours!;
    const atPeak = 6 * 7e9 * 10e9 / peak / 3600;
    expect(atPeak / highHours).toBeCloseTo(low, 3);
    expect(atPeak / lowHours).toBeCloseTo(high, 3);
  });

  test('start-up is billed, on every instance, and spot saves on all of it', () => {
    const [row] = TrainingEstimate.of(ladder([{ ...TRN1, instanceCount: 4 }]), { hours: 2, startupMinutes: 30, spotSaving: 0.5 }).rungs;
    expect(row.hours).toEqual({ lowHours: 2.5, highHours: 2.5 });
    expect(row.cost!.lowUsd).toBeCloseTo(2.5 * 4 * 24.73 * 0.5, 9);
  });

  test('zero minutes and zero saving are what is taken without them', () => {
    expect(TrainingEstimate.of(ladder(), { hours: 2, startupMinutes: 0, spotSaving: 0 }).toTable()).toBe(TrainingEstimate.of(ladder(), { hours: 2 }).toTable());
  });

  test('a number of instances that is known at deploy time gives neither hours of a size nor a cost', () => {
    const stack = newStack();
    const instanceCount = new CfnParameter(stack, 'Count', { type: 'Number' }).valueAsNumber;
    const sized = TrainingEstimate.of(new Ladder(stack, [{ ...TRN1, instanceCount }]), { size: SIZE });
    expect(sized.rungs[0]).toMatchObject({ basis: 'no basis: the number of instances is known at deploy time only', hours: undefined, cost: undefined });
    expect(sized.toTable().split('\n')[2]).toBe('trn1  ml.trn1.32xlarge  at deploy     24.73    n/a  n/a');
    expect(TrainingEstimate.of(laterLadder(stack, instanceCount), { hours: 3 }).rungs[0]).toMatchObject({ hours: { lowHours: 3, highHours: 3 }, cost: undefined });
  });

  test('cost is hours x instances x price x what spot leaves; low is at most high; without a basis there is no number', () => {
    const types = AcceleratorInstance.all().filter((type) => type.supports(InstanceUse.TRAINING));
    const positive = (max: number) => fc.double({ min: 0.001, max, noNaN: true });
    const stack = newStack();
    let made = 0;
    fc.assert(fc.property(fc.constantFrom(...types), fc.integer({ min: 1, max: 64 }), positive(1e5), positive(1e6), fc.double({ min: 0, max: 0.99, noNaN: true }), fc.integer({ min: 0, max: 40320 }), (instanceType, instanceCount, parametersBillion, tokensBillion, spotSaving, startupMinutes) => {
      const job = new Ladder(new Construct(stack, `Case${made++}`), [{ name: 'only', instanceType, instanceCount }]);
      const { rungs: [row] } = TrainingEstimate.of(job, { size: { parametersBillion, tokensBillion }, spotSaving, startupMinutes });
      expect(row.hours === undefined).toBe(row.basis.startsWith('no basis: '));
      expect(row.cost === undefined).toBe(row.hours === undefined || row.price === undefined);
      if (row.hours === undefined || row.cost === undefined) return;
      expect(row.hours.lowHours).toBeLessThanOrEqual(row.hours.highHours);
      expect(row.cost.lowUsd).toBeLessThanOrEqual(row.cost.highUsd);
      expect(row.cost.highUsd / (row.hours.highHours * instanceCount * row.price!.usdPerHour * (1 - spotSaving))).toBeCloseTo(1, 9);
    }), { numRuns: 200 });
  });
});

function laterLadder(stack: Stack, instanceCount: number): Ladder {
  return new Ladder(new Construct(stack, 'Other'), [{ ...TRN1, instanceCount }]);
}

test('large and small hours are printed plainly', () => {
  const printed = (hours: number) => TrainingEstimate.of(ladder([TRN1]), { hours }).toTable().split('\n')[2].split(/ +/)[4];
  expect([1e6, 1234.56, 999.96, 100, 1 / 3].map(printed)).toEqual(['1000000', '1235', '1000', '100', '0.3333']);
});

describe('prices without a date, of two dates', () => {
  const entry = (instance: AcceleratorInstance, asOf?: string) => ({ region: 'us-east-1', instance, use: InstanceUse.TRAINING, usdPerHour: 0.0004, asOf });
  const footnote = (...dates: (string | undefined)[]) => TrainingEstimate.of(ladder(), {
    hours: 1, priceBook: PriceBook.custom([entry(TRN1.instanceType, dates[0]), entry(P4D.instanceType, dates[1])]),
  }).toTable().split('\n')[6];

  test.each([
    ['prices without a date from the given price book', [undefined, undefined]],
    ['prices of 2026-01 and 2026-02 from the given price book', ['2026-02', '2026-01']],
    ['prices of 2026-01, some without a date from the given price book', ['2026-01', undefined]],
  ])('%s', (text, dates) => expect(footnote(...dates)).toBe(`us-east-1, SageMaker training on demand, ${text}; one run on one rung, without storage and transfer.`));

  test('less than a cent is not nothing', () => {
    const priceBook = PriceBook.custom([entry(TRN1.instanceType)]);
    expect(TrainingEstimate.of(ladder([TRN1]), { hours: 0.25, priceBook }).toTable().split('\n')[2]).toBe('trn1  ml.trn1.32xlarge          1    0.0004   0.25  <0.01');
  });
});

describe('refused', () => {
  const token = Token.asNumber(Lazy.number({ produce: () => 1 }));
  const of = (options: unknown, job: unknown = ladder()) => () => TrainingEstimate.of(job as ITrainingLadder, options as TrainingEstimateOptions);
  const AT_SYNTH = 'got a token (a value known only at deploy time); allowed: a value known at synth: the estimate is made then; fix: give a plain value';
  const message = (text: string) => `TrainingEstimate.of: ${text}`;

  test.each([[0, '0'], [-1, '-1'], [NaN, 'NaN'], [Infinity, 'Infinity'], [1e6 + 1, '1000001'], ['100', '"100"'], [null, 'null']])('hours: %p', (hours, got) => {
    expect(of({ hours })).toThrow(new Error(message(`\`hours\`: got ${got}; allowed: a number above 0, at most 1000000; fix: give hours, e.g. 100`)));
  });

  test('hours that are a token', () => expect(of({ hours: token })).toThrow(new Error(message(`\`hours\`: ${AT_SYNTH}`))));

  test.each([
    [{}, '`hours`: got none of `hours`, `hoursBetween`, `size`; allowed: one of `hours`, `hoursBetween`, `size`; fix: give `hours` when you know them, else `size`'],
    [{ hours: 1, size: SIZE }, '`hours`: got `hours` and `size`; allowed: one of `hours`, `hoursBetween`, `size`; fix: leave out all but one'],
    [undefined, '`options`: got undefined; allowed: `TrainingEstimateOptions`; fix: give `hours` or `size`'],
    [7, '`options`: got 7; allowed: `TrainingEstimateOptions`; fix: give `hours` or `size`'],
    [{ hoursBetween: 3 }, '`hoursBetween`: got 3; allowed: the fewest and the most hours; fix: give `lowHours` and `highHours`'],
    [{ hoursBetween: { lowHours: 2, highHours: 1 } }, '`hoursBetween.highHours`: got 1; allowed: at least `lowHours`, 2; fix: exchange the two'],
    [{ hoursBetween: { lowHours: 2 } }, '`hoursBetween.highHours`: got undefined; allowed: a number above 0, at most 1000000; fix: give hours, e.g. 100'],
    [{ hoursBetween: { lowHours: 0, highHours: 1 } }, '`hoursBetween.lowHours`: got 0; allowed: a number above 0, at most 1000000; fix: give hours, e.g. 100'],
    [{ size: '7B' }, '`size`: got "7B"; allowed: the size of model and data; fix: give `parametersBillion` and `tokensBillion`'],
    [{ size: { parametersBillion: 7e9, tokensBillion: 1 } }, '`size.parametersBillion`: got 7000000000; allowed: a number above 0, at most 100000; fix: give billions: 7 for a model of 7B'],
    [{ size: { parametersBillion: 7, tokensBillion: 0 } }, '`size.tokensBillion`: got 0; allowed: a number above 0, at most 1000000; fix: give billions: 0.5 for 500 million tokens'],
    [{ size: { parametersBillion: 7 } }, '`size.tokensBillion`: got undefined; allowed: a number above 0, at most 1000000; fix: give billions: 0.5 for 500 million tokens'],
    [{ size: { parametersBillion: token, tokensBillion: 1 } }, `\`size.parametersBillion\`: ${AT_SYNTH}`],
    [{ hours: 1, startupMinutes: -1 }, '`startupMinutes`: got -1; allowed: a number from 0 to 40320 minutes; fix: give a number from 0 to 40320 minutes'],
    [{ hours: 1, startupMinutes: NaN }, '`startupMinutes`: got NaN; allowed: a number from 0 to 40320 minutes; fix: give a number from 0 to 40320 minutes'],
    [{ hours: 1, startupMinutes: token }, `\`startupMinutes\`: ${AT_SYNTH}`],
    [{ hours: 1, spotSaving: -0.1 }, '`spotSaving`: got -0.1; allowed: a number of at least 0 and below 1; fix: give a share: 0.6 when spot costs 40 % of on demand'],
    [{ hours: 1, spotSaving: 1 }, '`spotSaving`: got 1; allowed: a number of at least 0 and below 1; fix: give a share: 0.6 when spot costs 40 % of on demand'],
    [{ hours: 1, spotSaving: 70 }, '`spotSaving`: got 70; allowed: a number of at least 0 and below 1; fix: give a share: 0.7 for 70 %'],
    [{ hours: 1, spotSaving: Infinity }, '`spotSaving`: got Infinity; allowed: a number of at least 0 and below 1; fix: give a share: 0.6 when spot costs 40 % of on demand'],
    [{ hours: 1, spotSaving: token }, `\`spotSaving\`: ${AT_SYNTH}`],
    [{ hours: 1, priceBasis: 'on-demand' }, '`priceBasis`: got "on-demand"; allowed: TrainingPriceBasis.SAGEMAKER, TrainingPriceBasis.EC2; fix: use one of them'],
    [{ hours: 1, priceBook: {} }, '`priceBook`: got another object; allowed: a `PriceBook`, e.g. PriceBook.fromFile(...); fix: give a `PriceBook`, e.g. PriceBook.fromFile(...)'],
    [{ hours: 1, region: Token.asString({ Ref: 'AWS::Region' }) }, `\`region\`: ${AT_SYNTH}`],
  ])('%#: %j', (options, text) => expect(of(options)).toThrow(new Error(message(text))));

  test('a region that the price book does not know', () => {
    const priceBook = PriceBook.custom([{ region: 'eu-west-1', instance: TRN1.instanceType, use: InstanceUse.TRAINING, usdPerHour: 1 }]);
    expect(of({ hours: 1, priceBook })).toThrow(new Error(message('`region`: got "us-east-1"; allowed: a region the price book knows: eu-west-1; fix: give one of these, or a price book of your own with `PriceBook.custom`')));
  });

  test('a stack without a region', () => {
    expect(of({ hours: 1 }, ladder([TRN1], newStack('')))).toThrow(new Error(message('`region`: got a stack without a region; allowed: a region that is known at synth; fix: give `region`, or give the stack an `env` with a region')));
  });

  test.each([
    ['no ladder', {}, '`job`: got another object; allowed: a training of this app, a construct with `rungs`; fix: give a training of this app, a construct with `rungs`'],
    ['nothing', null, '`job`: got null; allowed: a training of this app, a construct with `rungs`; fix: give a training of this app, a construct with `rungs`'],
    ['no construct', { rungs: [TRN1] }, '`job`: got another object; allowed: a construct in a stack, or an object with `rungs` and the option `region`; fix: give a construct in a stack, or an object with `rungs` and the option `region`'],
    ['no rung', ladder([]), '`job.rungs`: got none; allowed: at least one rung; fix: give the ladder a rung with an instance type'],
    ['no list', ladder('trn1' as never), '`job.rungs`: got "trn1"; allowed: at least one rung; fix: give the ladder a rung with an instance type'],
    ['an empty rung', ladder([{} as never]), '`job.rungs[0]`: got another object; allowed: a rung with `name`, `instanceType` and `instanceCount`; fix: give a rung with `name`, `instanceType` and `instanceCount`'],
    ['a name in place of a type', ladder([{ ...TRN1, instanceType: 'ml.trn1.32xlarge' as never }]), '`job.rungs[0].instanceType`: got "ml.trn1.32xlarge"; allowed: an instance type with accelerators, e.g. AcceleratorInstance.TRN1_32XLARGE; fix: give an instance type with accelerators, e.g. AcceleratorInstance.TRN1_32XLARGE'],
    ['a rung without a name', ladder([{ ...TRN1, name: undefined as never }]), '`job.rungs[0].name`: got undefined; allowed: text; fix: give the rung a name'],
    ['no instance', ladder([{ ...TRN1, instanceCount: 0 }]), '`job.rungs[0].instanceCount`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['half an instance', ladder([TRN1, { ...TRN1, instanceCount: 0.5 }]), '`job.rungs[1].instanceCount`: got 0.5; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['no count', ladder([{ ...TRN1, instanceCount: undefined as never }]), '`job.rungs[0].instanceCount`: got undefined; allowed: a whole number of at least 1; fix: give the number of instances'],
  ])('%s', (_, job, text) => expect(of({ hours: 1 }, job)).toThrow(new Error(message(text))));

  test('all at once', () => {
    expect(of({ size: { parametersBillion: 0, tokensBillion: -1 }, spotSaving: 2 }, ladder([{ ...TRN1, instanceCount: NaN }]))).toThrow(new Error([
      'TrainingEstimate.of: 4 problems',
      '  - `job.rungs[0].instanceCount`: got NaN; allowed: a whole number of at least 1; fix: give a whole number of at least 1',
      '  - `size.parametersBillion`: got 0; allowed: a number above 0, at most 100000; fix: give billions: 7 for a model of 7B',
      '  - `size.tokensBillion`: got -1; allowed: a number above 0, at most 1000000; fix: give billions: 0.5 for 500 million tokens',
      '  - `spotSaving`: got 2; allowed: a number of at least 0 and below 1; fix: give a share: 0.02 for 2 %',
    ].join('\n')));
  });
});
