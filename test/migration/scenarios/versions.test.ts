import { Duration } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { COMPILED_AGAIN, ENDPOINT, holds, live, serve, settled } from './version-support';
import { migrationStack, World, type StackOptions } from './world';
import { BenchmarkDataset, EndpointBenchmark } from '../../../src/benchmark';
import { baselineKey } from '../../../src/benchmark/contract';
import type { BaselineRecord } from '../../../src/benchmark/core/types';
import { MigrationGate, ShiftPlan } from '../../../src/migration';
import { failed, measured } from '../../benchmark/records';

/** What is in the bucket of the benchmark; the rest of its gate is the real one. */
const records = new Map<string, BaselineRecord>();
jest.mock('../../../src/benchmark/runtime/records.client', () => ({ readRecord: async (_: string, key: string) => records.get(key) }));

jest.setTimeout(600_000);
let world: World;
beforeEach(() => records.clear());
afterEach(async () => world?.stop());

/** A migration with the gate of a benchmark of both variants. */
const STACK: StackOptions = {
  migration: ({ stack, gpu, inf2 }) => ({
    fallbackWindow: Duration.minutes(10),
    plan: ShiftPlan.steps([10, 25], { dwell: Duration.minutes(5), bake: Duration.minutes(10) }),
    gates: [MigrationGate.measuredVersion(new EndpointBenchmark(stack, 'Benchmark', {
      benchmarkName: 'embeddings',
      targets: [{ variant: gpu, usdPerHour: 1.4 }, { variant: inf2, usdPerHour: 1 }],
      dataset: BenchmarkDataset.fromBucket(s3.Bucket.fromBucketName(stack, 'Data', 'data'), 'questions.jsonl'),
      load: { concurrency: 16 },
      results: { bucket: s3.Bucket.fromBucketName(stack, 'Records', 'results') },
    }))],
  }),
};

async function start(): Promise<void> {
  world = await World.start(STACK);
  serve(world, 'BenchmarkGate', jest.requireActual('../../../src/benchmark/runtime/version-gate.lambda').handler);
}

const keep = (record: BaselineRecord) => void records.set(baselineKey('benchmark/', ENDPOINT, record.variant, record.version, 1), record);
const measure = (...variants: string[]) => variants.forEach((variant) => keep(measured(variant, live(world, variant))));

test('what nobody measured gets no traffic, and people are told how to measure it; measured, it is promoted', async () => {
  await start();
  const run = world.run();
  await world.minutes(120);
  expect(holds(world).find((message) => message.includes('measured-step'))).toMatch(new RegExp(
    `^gate measured-step is closed: inf2 \\(${live(world, 'inf2').modelName} on ml\\.inf2\\.xlarge\\) has not been measured; gpu \\(.*\\) has not been measured\\. `
    + 'Run benchmark embeddings: aws stepfunctions start-execution --region us-east-1 --state-machine-arn arn:aws:states:.* - the gate opens by itself when it has ended\\. See ',
  ));
  measure('inf2');
  await world.minutes(30);
  // There is no ratio without the other one.
  expect([run.status, world.writes]).toEqual(['RUNNING', []]);
  measure('gpu');
  await world.ended(run);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  expect(world.shares).toEqual([10, 25, 100]);
  expect(world.events('GatePassed').map(({ detail }) => detail.gate)).toEqual(['measured-step', 'measured-step', 'measured-full']);
});

test('a measurement that failed, or of another version, is none', async () => {
  await start();
  measure('gpu');
  keep(failed('inf2', live(world, 'inf2'), 'NEFF was compiled for trn1'));
  const run = world.run();
  await world.minutes(30);
  expect(holds(world).some((message) => message.includes('NEFF was compiled for trn1'))).toBe(true);
  records.delete(baselineKey('benchmark/', ENDPOINT, 'inf2', live(world, 'inf2'), 1));
  keep(measured('inf2', { ...live(world, 'inf2'), modelName: 'the-one-before' }));
  await world.minutes(30);
  expect([run.status, world.writes]).toEqual(['RUNNING', []]);
  measure('inf2');
  await world.ended(run);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
});

test('the will of a person does not take its place', async () => {
  await start();
  const run = world.run();
  await world.until(() => holds(world).some((message) => message.includes('gate measured-step is closed')), 30);
  world.command('promote', { by: 'grace' });
  await world.until(() => holds(world).some((message) => message.includes('gate measured-full is closed')), 5);
  await world.minutes(30);
  expect([run.status, world.writes.filter(({ weights }) => weights !== undefined)]).toEqual(['RUNNING', []]);
});

test.each([10, 25])('a deploy of another version at %d % stops there until it was measured', async (share) => {
  await start();
  measure('gpu', 'inf2');
  const run = world.run();
  await world.until(() => world.share === share, 120);
  const old = live(world, 'inf2').modelName;
  world.deploy(migrationStack({ ...STACK, ...COMPILED_AGAIN }));
  await settled(world);
  const version = live(world, 'inf2').modelName;
  expect(version).not.toBe(old);
  expect([run.status, world.share]).toEqual(['RUNNING', share]);
  expect(holds(world).at(-1)).toMatch(new RegExp(`^gate measured-step is closed: inf2 \\(${version} on .* has not been measured\\. .*; inf2 has ${share} % of the traffic: "abort" the migration first, or its callers wait and are measured too\\.`));
  measure('inf2');
  await world.ended(run);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  expect(world.shares.at(-1)).toBe(100);
});
