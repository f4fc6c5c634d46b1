import { ENV, INF2, newStack, oneVariant, variants } from './support';
import { AcceleratorInstance, InstanceUse, PriceBook } from '../../src';
import { regionProblems } from '../../src/endpoint/region-check';

const inRegion = (region: string) => newStack({ env: { ...ENV, region } });
const TRN1 = AcceleratorInstance.TRN1_2XLARGE;

test('a type in a region that sells it', () => {
  expect(regionProblems(inRegion('us-east-1'), 'instanceType', TRN1, [])).toEqual([]);
});

test('a type in a region that does not', () => {
  expect(regionProblems(inRegion('eu-west-1'), 'instanceType', TRN1, [])).toEqual([{
    prop: 'instanceType',
    got: 'ml.trn1.2xlarge in eu-west-1',
    allowed: 'ml.trn1.2xlarge in us-east-1, us-west-2 (price list of 2026-05-20)',
    fix: 'deploy to one of these regions, use another type, or name it in the endpoint\'s `offeredInRegion` when you know that eu-west-1 offers it',
  }]);
});

test('the user knows better, for the types named only', () => {
  expect(regionProblems(inRegion('eu-west-1'), 'instanceType', TRN1, [AcceleratorInstance.TRN1_2XLARGE])).toEqual([]);
  expect(regionProblems(inRegion('eu-west-1'), 'instanceType', TRN1, [AcceleratorInstance.of('ml.trn1.32xlarge')])).toHaveLength(1);
});

test('a type is known by its name: another object for it is the same', () => {
  expect(regionProblems(inRegion('eu-west-1'), 'instanceType', TRN1, [AcceleratorInstance.of('ml.trn1.2xlarge')])).toEqual([]);
  expect(regionProblems(inRegion('eu-west-1'), 'instanceType', TRN1, [AcceleratorInstance.G5_XLARGE, AcceleratorInstance.TRN1_2XLARGE])).toEqual([]);
});

test('a name in place of a type is refused with the type it stands for', () => {
  expect(() => oneVariant({}, { offeredInRegion: [AcceleratorInstance.G5_XLARGE, 'ml.trn1.2xlarge' as never] }))
    .toThrow(new Error('Stack/Endpoint: `offeredInRegion[1]`: got "ml.trn1.2xlarge"; allowed: an `AcceleratorInstance`, e.g. AcceleratorInstance.G5_XLARGE; fix: give AcceleratorInstance.of("ml.trn1.2xlarge")'));
});

test('the override reaches variants and their fallbacks', () => {
  const props = { ...INF2, fallbackInstances: [{ instanceType: TRN1 }] };
  expect(() => oneVariant(props, {}, inRegion('eu-west-1'))).toThrow('`fallbackInstances[0].instanceType`: got ml.trn1.2xlarge in eu-west-1');
  const { stack } = oneVariant(props, { offeredInRegion: [AcceleratorInstance.TRN1_2XLARGE] }, inRegion('eu-west-1'));
  expect(variants(stack)[0].InstancePools.map((pool: any) => pool.InstanceType)).toEqual(['ml.inf2.xlarge', 'ml.trn1.2xlarge']);
});

test('nothing is said of a stack without a region, of a region without a price list and of a type sold by reservation', () => {
  expect(regionProblems(newStack({}), 'instanceType', TRN1, [])).toEqual([]);
  expect(regionProblems(inRegion('mars-north-1'), 'instanceType', TRN1, [])).toEqual([]);
  expect(regionProblems(inRegion('eu-west-1'), 'instanceType', AcceleratorInstance.TRN2_48XLARGE, [])).toEqual([]);
});

test('every listed region and type agrees with the price list', () => {
  const book = PriceBook.bundled();
  for (const instance of [AcceleratorInstance.G5_XLARGE, AcceleratorInstance.INF2_XLARGE, AcceleratorInstance.G6E_XLARGE]) {
    for (const region of book.regions()) {
      expect(regionProblems(inRegion(region), 'instanceType', instance, []).length === 0).toBe(book.isListed(region, instance, InstanceUse.HOSTING) !== false);
    }
  }
});
