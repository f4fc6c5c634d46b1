import { World, type WorldOptions } from './world';
import { modelError } from '../../support/fake-endpoint';

jest.setTimeout(120_000);
let world: World;
const start = async (options?: WorldOptions): Promise<World> => (world = await World.start(options));
afterEach(() => world.stop());

test('both variants are measured alike, one after the other, and compared', async () => {
  await start({ variants: { gpu: { latency: () => 400 }, inf2: { latency: () => 100 } } });
  const run = await world.run('first');
  expect([run.status, run.result.output]).toEqual(['SUCCEEDED', {
    outcome: 'measured',
    reason: '',
    benchmark: world.benchmark.benchmarkName,
    run: 'first',
    report: 's3://results/benchmark/runs/first/report.html',
    records: ['s3://results/benchmark/runs/first/gpu/round-1-batch-1/record.json', 's3://results/benchmark/runs/first/inf2/round-1-batch-1/record.json'],
  }]);
  const [gpu, inf2] = ['gpu', 'inf2'].map((variant) => world.record(run, variant));
  expect([gpu.version, inf2.version]).toMatchObject([{ modelName: 'gpu-1', instanceType: 'ml.g5.xlarge', instances: 1 }, { modelName: 'inf2-1', instanceType: 'ml.inf2.xlarge', instances: 1 }]);
  expect(gpu.settings).toEqual(inf2.settings);
  // Of 400 and of 100 ms: not faster, and nearly as fast. How exact it is, on a machine of its own, is what `worker.accuracy.ts` says.
  for (const [{ latency, throughput }, ms] of [[gpu, 400], [inf2, 100]] as const) {
    expect([latency!.p50Ms > 0.99 * ms, latency!.p50Ms < 2 * ms]).toEqual([true, true]);
    expect(throughput!.requestsPerSecond).toBeLessThanOrEqual(8000 / ms);
  }
  expect(inf2.throughput!.requestsPerSecond).toBeGreaterThan(1.5 * gpu.throughput!.requestsPerSecond);
  expect(world.fake.most).toEqual({ gpu: 8, inf2: 8 });
  // One after the other: they would take each other's network.
  const [last] = world.fake.served.filter(({ variant }) => variant === 'gpu').slice(-1);
  expect(last.ended).toBeGreaterThan(0);
  expect(world.metrics.map(({ Variant, FailedMeasurements, ThroughputRatio }) => [Variant, FailedMeasurements, ThroughputRatio])).toEqual([['gpu', 0, undefined], ['inf2', 0, undefined]]);
  expect(world.told('Variant Measured')).toHaveLength(2);
  expect(world.told('Benchmark Ended')).toMatchObject([{ outcome: 'measured', run: 'first', endpoint: 'web' }]);
  expect(world.bucket.objects.get('benchmark/runs/first/report.html')!.body).toMatch(/^<!doctype html>/i);
});

test('a variant that fails is a record with its reason; the other one is measured', async () => {
  await start({ variants: { gpu: { latency: () => 20 }, inf2: { latency: () => 5, errorShare: 1, failure: modelError(500, 'NEFF was compiled for trn1') } } });
  const run = await world.run();
  expect([run.status, (run.result.output as any).outcome]).toEqual(['SUCCEEDED', 'partlyMeasured']);
  const record = world.record(run, 'inf2');
  expect([record.outcome, record.reason]).toEqual(['failed', expect.stringMatching(/^no request was answered in the phase "warm-up": \d+ x ModelError 500 \(.*NEFF was compiled for trn1/)]);
  expect(world.record(run, 'gpu').outcome).toBe('measured');
  expect(world.metrics.map(({ Variant, FailedMeasurements }) => [Variant, FailedMeasurements])).toEqual([['gpu', 0], ['inf2', 1]]);
  expect((await world.gate()).pass).toBe(false);
});

test('nothing that can be measured fails the run, with all reasons', async () => {
  const failure = modelError(500, 'out of memory');
  await start({ variants: { gpu: { latency: () => 5, errorShare: 1, failure }, inf2: { latency: () => 5, errorShare: 1, failure } } });
  const run = await world.run();
  expect([run.status, run.result.error]).toEqual(['FAILED', 'Benchmark.Failed']);
  expect(run.result.cause).toMatch(/^gpu at batch 1: no request was answered .*; inf2 at batch 1: no request was answered /);
});

test('a version that is slower is told of beside the one before', async () => {
  const latency = { inf2: 50 };
  await start({ variants: { gpu: { latency: () => 50 }, inf2: { latency: () => latency.inf2 } } });
  await world.run('before');
  expect(await world.gate()).toMatchObject({ pass: true });
  // Far more than a busy machine adds.
  latency.inf2 = 1200;
  world.serve({ gpu: 'gpu-1', inf2: 'inf2-2' });
  expect(await world.gate()).toMatchObject({ pass: false, reason: expect.stringContaining('inf2-2') });
  await world.run('after');
  const ratios = world.metrics.map(({ Variant, ThroughputRatio, LatencyRatio, CostRatio }) => [Variant, ThroughputRatio, LatencyRatio, CostRatio]);
  expect(ratios.slice(0, 3)).toEqual([['gpu', undefined, undefined, undefined], ['inf2', undefined, undefined, undefined], ['gpu', undefined, undefined, undefined]]);
  const [variant, throughput, latencyRatio, cost] = ratios[3];
  expect(variant).toBe('inf2');
  expect(throughput).toBeLessThan(0.5);
  expect([latencyRatio, cost].every((ratio) => ratio > 1.25)).toBe(true);
  expect(throughput * cost).toBeCloseTo(1, 6);
  expect(world.told('Version Regressed')).toMatchObject([{ variant: 'inf2', version: { modelName: 'inf2-2' }, regressions: [expect.stringMatching(/^throughput of an instance is 0\.\d+ times/), expect.stringMatching(/^cost/), expect.stringMatching(/^p99/)] }]);
  expect(await world.gate()).toMatchObject({ pass: true });
});

test('the second round finds the best batch of each', async () => {
  // A batch costs the same time as one input, up to 4 of them.
  await start({
    variants: { gpu: { latency: () => 200 }, inf2: { latency: () => 200 } },
    benchmark: ({ gpu, inf2 }) => ({ targets: [{ variant: gpu, usdPerHour: 1.4 }, { variant: inf2, usdPerHour: 1, batchSizes: [1, 2, 4] }] }),
  });
  const run = await world.run();
  expect((run.result.output as any).records.map((uri: string) => uri.split('/').slice(-3, -1).join(' '))).toEqual(['gpu round-1-batch-1', 'inf2 round-1-batch-1', 'inf2 round-2-batch-2', 'inf2 round-2-batch-4']);
  const best = world.object('benchmark/baselines/web/inf2/inf2-1/ml.inf2.xlarge/round-2.json');
  expect([best.round, best.settings.batchSize]).toEqual([2, 4]);
  expect(world.record(run, 'inf2', 2, 4).throughput!.inputsPerSecond).toBeGreaterThan(2 * world.record(run, 'inf2').throughput!.inputsPerSecond);
  // The one before is compared in the first round alone.
  expect(world.metrics).toHaveLength(2);
});

test('instances that come while it measures make the measurement worthless', async () => {
  let asked = 0;
  await start({
    variants: {
      gpu: { latency: () => { if (++asked === 60) world.scale('gpu', 2); return 20; } },
      inf2: { latency: () => 20 },
    },
  });
  const run = await world.run();
  expect(world.record(run, 'gpu')).toMatchObject({ outcome: 'failed', reason: 'variant gpu went from 1 to 2 instances while it was measured: set scaling.minInstances and maxInstances to one number, or suspend its scaling, for the time of a benchmark' });
  expect(world.record(run, 'inf2')).toMatchObject({ outcome: 'measured', version: { instances: 1 } });
});

test('a second run gives way to the first', async () => {
  await start({ seconds: 1 });
  const [first, second] = [world.machine.start({}, 'a'), world.machine.start({}, 'b')];
  await world.scheduler.runUntilIdle();
  expect([first.status, second.status, second.result.error, second.result.cause]).toEqual(['SUCCEEDED', 'FAILED', 'Benchmark.Failed', `${first.arn} goes on: two runs at once would measure each other`]);
});
