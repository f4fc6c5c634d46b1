import { Duration } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { idOf } from './deployed';
import { ENDPOINT, World } from './world';
import { BenchmarkDataset, EndpointBenchmark } from '../../../src/benchmark';
import { baselineKey } from '../../../src/benchmark/contract';
import type { BaselineRecord } from '../../../src/benchmark/core/types';
import { GatePoint, MigrationGate, ShiftPlan } from '../../../src/migration';
import { failed, measured } from '../../benchmark/records';
import { SAGEMAKER } from '../../support/standin/sagemaker';

/** What is in the bucket of the benchmark; the rest of its gate is the real one. */
const records = new Map<string, BaselineRecord>();
jest.mock('../../../src/benchmark/runtime/records.client', () => ({ readRecord: async (_: string, key: string) => records.get(key) }));

jest.setTimeout(600_000);
let world: World;
beforeEach(() => records.clear());
afterEach(async () => world?.stop());

/** A migration whose app has a benchmark of both variants: nobody says anything of gates. */
async function start(gates?: (benchmark: EndpointBenchmark) => MigrationGate[]): Promise<void> {
  world = await World.start({
    migration: ({ stack, gpu, inf2 }) => {
      const benchmark = new EndpointBenchmark(stack, 'Benchmark', {
        benchmarkName: 'embeddings',
        targets: [{ variant: gpu, usdPerHour: 1.4 }, { variant: inf2, usdPerHour: 1 }],
        dataset: BenchmarkDataset.fromBucket(s3.Bucket.fromBucketName(stack, 'Data', 'data'), 'questions.jsonl'),
        load: { concurrency: 16 },
        results: { bucket: s3.Bucket.fromBucketName(stack, 'Records', 'results') },
      });
      return { fallbackWindow: Duration.minutes(10), plan: ShiftPlan.canary(25), gates: gates?.(benchmark) ?? [MigrationGate.measuredVersion(benchmark)] };
    },
  });
  const gate = idOf(world.deployed, 'AWS::Lambda::Function', 'BenchmarkGate');
  Object.assign(process.env, { BENCHMARK: 'embeddings', BENCHMARK_BUCKET: 'results', BENCHMARK_PREFIX: 'benchmark/', BENCHMARK_START: 'aws stepfunctions start-execution ...' });
  world.standIn.functions.set(gate, jest.requireActual('../../../src/benchmark/runtime/version-gate.lambda').handler);
}

/** What serves a variant now. */
function live(variant: string): { modelName: string; instanceType: string; instances: number } {
  const { EndpointConfigName } = world.standIn.call(SAGEMAKER, 'DescribeEndpoint', { EndpointName: ENDPOINT }) as any;
  const { ProductionVariants } = world.standIn.call(SAGEMAKER, 'DescribeEndpointConfig', { EndpointConfigName }) as any;
  const { ModelName: modelName, InstanceType: instanceType } = ProductionVariants.find(({ VariantName }: any) => VariantName === variant);
  return { modelName, instanceType, instances: 1 };
}

function keep(record: BaselineRecord): void {
  records.set(baselineKey('benchmark/', ENDPOINT, record.variant, record.version, 1), record);
}

const holds = () => world.events('Holding').map(({ detail }) => detail.message as string);

test('what nobody measured stays at its last step, and is told how to start; measured, it is promoted', async () => {
  await start();
  const run = world.run();
  await world.until(() => holds().some((message) => message.includes('gate measured-full is closed')), 90);
  expect(holds().find((message) => message.includes('measured-full'))).toMatch(new RegExp(`inf2 .*${live('inf2').modelName}.* has not been measured.*Run benchmark embeddings: aws stepfunctions start-execution`));
  await world.minutes(120);
  expect([run.status, world.share]).toEqual(['RUNNING', 25]);
  keep(measured('inf2', live('inf2')));
  await world.minutes(5);
  // There is no ratio without the other one.
  expect([run.status, world.share]).toEqual(['RUNNING', 25]);
  keep(measured('gpu', live('gpu')));
  await world.ended(run);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  expect(world.shares).toEqual([25, 100]);
});

test('a measurement that failed, or of another version, is none', async () => {
  await start((benchmark) => [MigrationGate.measuredVersion(benchmark, { at: GatePoint.START })]);
  keep(measured('gpu', live('gpu')));
  keep(failed('inf2', live('inf2'), 'NEFF was compiled for trn1'));
  const run = world.run();
  await world.minutes(30);
  expect(holds().some((message) => message.includes('NEFF was compiled for trn1'))).toBe(true);
  records.delete(baselineKey('benchmark/', ENDPOINT, 'inf2', live('inf2'), 1));
  keep(measured('inf2', { ...live('inf2'), modelName: 'the-one-before' }));
  await world.minutes(30);
  expect([run.status, world.writes]).toEqual(['RUNNING', []]);
  keep(measured('inf2', live('inf2')));
  await world.ended(run);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
});
