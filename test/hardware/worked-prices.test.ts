import { AcceleratorInstance, InstanceUse, PriceBook } from '../../src/hardware';

/**
 * Figures from the literature on moving from GPU to Inferentia2, worked again from the
 * bundled prices. Most published ones are EC2 rates; SageMaker bills 15 to 40 % more.
 */
const { HOSTING, TRAINING } = InstanceUse;
const book = PriceBook.bundled();
const hosting = (instance: AcceleratorInstance, region = 'us-east-1') => book.price(region, instance, HOSTING)!.usdPerHour;
const training = (instance: AcceleratorInstance) => book.price('us-east-1', instance, TRAINING)!.usdPerHour;
const ec2 = (instance: AcceleratorInstance) => book.ec2Price('us-east-1', instance)!.usdPerHour;
const { G5_XLARGE: G5, G6_XLARGE: G6, INF2_XLARGE: INF2, P4D_24XLARGE: P4D, TRN1_32XLARGE: TRN1 } = AcceleratorInstance;
const HOURS = PriceBook.HOURS_PER_MONTH;

test('EC2 rates and SageMaker rates in us-east-1', () => {
  expect([INF2, G5, P4D, TRN1].map(ec2)).toEqual([0.7582, 1.006, 21.957642, 21.5]);
  expect([INF2, G5, P4D, TRN1].map((instance) => hosting(instance))).toEqual([0.99, 1.408, 25.2512883, 24.73]);
});

test('6 x g5.xlarge against 3 x inf2.xlarge for a month', () => {
  expect(6 * 1.006 * HOURS).toBeCloseTo(4406.28, 2);
  expect(6 * hosting(G5) * HOURS).toBeCloseTo(6167.04, 2);
  expect(3 * hosting(INF2) * HOURS).toBeCloseTo(2168.10, 2);
  expect((6 * hosting(G5) - 3 * hosting(INF2)) * HOURS).toBeCloseTo(3998.94, 2);
  expect(1 - (3 * hosting(INF2)) / (6 * hosting(G5))).toBeCloseTo(0.648, 3);
  expect(6 * ec2(G5) * HOURS - 3 * ec2(INF2) * HOURS).toBeCloseTo(2745.82, 2);
});

test('inf2.xlarge breaks even at 70.3 % of the throughput of g5.xlarge, 75.4 % at EC2 rates', () => {
  expect(hosting(INF2) / hosting(G5)).toBeCloseTo(0.703, 3);
  expect(ec2(INF2) / ec2(G5)).toBeCloseTo(0.754, 3);
});

test.each([
  ['us-east-1', 0.70, 0.88], ['eu-west-1', 0.69, 0.87], ['eu-central-1', 0.74, 0.93], ['ap-northeast-1', 0.64, 0.80], ['eu-west-2', 0.83, 1.04],
])('inf2.xlarge over g5.xlarge and g6.xlarge in %s: the region decides', (region, overG5, overG6) => {
  expect(hosting(INF2, region) / hosting(G5, region)).toBeCloseTo(overG5, 2);
  expect(hosting(INF2, region) / hosting(G6, region)).toBeCloseTo(overG6, 2);
});

test('100 hours of training', () => {
  expect(100 * training(P4D)).toBeCloseTo(2525.13, 2);
  expect(100 * training(TRN1)).toBeCloseTo(2473, 2);
  expect(100 * ec2(P4D)).toBeCloseTo(2195.76, 2);
});

test('trn1.32xlarge has more dense BF16 than p4d.24xlarge, not less', () => {
  const dense = (instance: AcceleratorInstance) => instance.acceleratorCount * instance.accelerator.bf16Tflops!;
  expect([dense(P4D), dense(TRN1)]).toEqual([2496, 3040]);
  expect(training(P4D) / dense(P4D) * 1000).toBeCloseTo(10.12, 2);
  expect(training(TRN1) / dense(TRN1) * 1000).toBeCloseTo(8.13, 2);
});

test('Inferentia2 has about half of the memory bandwidth of an A100', () => {
  expect(INF2.accelerator.memoryBandwidthGBps / P4D.accelerator.memoryBandwidthGBps).toBeCloseTo(0.53, 2);
});

test('sizes are not GPU counts: 16xlarge is cheaper than 12xlarge', () => {
  for (const [small, large] of [[AcceleratorInstance.G5_12XLARGE, AcceleratorInstance.G5_16XLARGE], [AcceleratorInstance.G6_12XLARGE, AcceleratorInstance.G6_16XLARGE],
    [AcceleratorInstance.G6E_12XLARGE, AcceleratorInstance.G6E_16XLARGE]]) {
    expect([small.acceleratorCount, large.acceleratorCount]).toEqual([4, 1]);
    expect(hosting(large)).toBeLessThan(hosting(small));
  }
});
