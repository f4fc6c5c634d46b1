import { Bucket } from './bucket';
import { baselineKey } from '../../../src/benchmark/contract';
import type { BaselineRecord, ModelVersion } from '../../../src/benchmark/core/types';
import { Fixture, IMAGE } from '../../support/standin/fixture';
import { measured } from '../records';

const saved = { ...process.env };
const GPU: ModelVersion = { modelName: 'gpu-model', instanceType: 'ml.g5.xlarge', image: IMAGE, instances: 1 };
const INF2: ModelVersion = { modelName: 'inf2-model', instanceType: 'ml.inf2.xlarge', image: IMAGE, instances: 1 };
const QUESTION = { endpoint: 'web', from: 'gpu', to: 'inf2' };

let fixture: Fixture;
let bucket: Bucket;
let handler: typeof import('../../../src/benchmark/runtime/version-gate.lambda').handler;

beforeEach(async () => {
  fixture = await Fixture.start();
  bucket = await Bucket.start();
  await fixture.endpoint();
  jest.resetModules();
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: '123456789012',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_MAX_ATTEMPTS: '1',
    AWS_ENDPOINT_URL_SAGEMAKER: fixture.server.url,
    AWS_ENDPOINT_URL_S3: bucket.url,
    BENCHMARK: 'embeddings',
    BENCHMARK_BUCKET: 'results',
    BENCHMARK_PREFIX: 'benchmark/',
    BENCHMARK_START: 'start it',
  });
  ({ handler } = jest.requireActual('../../../src/benchmark/runtime/version-gate.lambda'));
});
afterEach(async () => {
  process.env = { ...saved };
  await bucket.stop();
  await fixture.stop();
});

function record(variant: string, version: ModelVersion, rest: Partial<BaselineRecord> = {}, round: 1 | 2 = 1): void {
  bucket.put(baselineKey('benchmark/', 'web', variant, version, round), measured(variant, version, { ...rest, round }));
}

test('opens when both versions that are live were measured', async () => {
  record('gpu', GPU);
  record('inf2', INF2);
  expect(await handler(QUESTION)).toEqual({
    pass: true,
    reason: 'inf2 (inf2-model on ml.inf2.xlarge) has 1 times the throughput of an instance, 1 times the cost and 1 times the p99 of gpu (gpu-model on ml.g5.xlarge), measured on 2026-11-20',
  });
  expect(fixture.standIn.control.calls.map(({ operation }) => operation).filter((one) => one.startsWith('DescribeEndpoint'))).toEqual(['DescribeEndpoint', 'DescribeEndpointConfig']);
  expect(bucket.requests.sort()).toEqual(['GET /results/benchmark/baselines/web/gpu/gpu-model/ml.g5.xlarge/round-1.json', 'GET /results/benchmark/baselines/web/inf2/inf2-model/ml.inf2.xlarge/round-1.json']);
});

test('stays closed for a version that is not the one that was measured, and says how to measure it', async () => {
  record('gpu', GPU);
  record('inf2', { ...INF2, modelName: 'inf2-model-before' });
  record('inf2', { ...INF2, instanceType: 'ml.inf2.8xlarge' });
  expect(await handler(QUESTION)).toEqual({
    pass: false,
    reason: 'inf2 (inf2-model on ml.inf2.xlarge) has not been measured. Run benchmark embeddings: start it - the gate opens by itself when it has ended. See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#unmeasured-version',
  });
});

test('is told by the migration that the version has traffic', async () => {
  record('gpu', GPU);
  expect((await handler({ ...QUESTION, share: 25 })).reason).toMatch(/ has ended; inf2 has 25 % of the traffic: "abort" the migration first, /);
  expect((await handler({ ...QUESTION, share: 0 })).reason).not.toContain('abort');
});

test('a second round is no first one', async () => {
  record('gpu', GPU);
  record('inf2', INF2, {}, 2);
  expect(await handler(QUESTION)).toMatchObject({ pass: false, reason: expect.stringMatching(/^inf2 \(inf2-model on ml\.inf2\.xlarge\) has not been measured\. /) });
});

test('the way back is judged as well: the newcomer is `to`', async () => {
  record('inf2', INF2);
  expect((await handler({ endpoint: 'web', from: 'inf2', to: 'gpu' })).reason).toMatch(/^gpu \(gpu-model on ml\.g5\.xlarge\) has not been measured\. /);
});

test('an age may be asked for', async () => {
  record('gpu', GPU, { measuredOn: new Date().toISOString() });
  record('inf2', INF2, { measuredOn: new Date(Date.now() - 8 * 86_400_000).toISOString() });
  expect((await handler(QUESTION)).pass).toBe(true);
  process.env.BENCHMARK_MAX_AGE_DAYS = '7';
  expect(await handler(QUESTION)).toMatchObject({ pass: false, reason: expect.stringContaining('more than 7 days ago. Run') });
});

test('an endpoint that changes keeps it closed, without an error', async () => {
  fixture.standIn.advance(60);
  expect(await handler({ ...QUESTION, endpoint: 'other' })).toEqual({ pass: false, reason: 'endpoint other is not there' });
  expect(await handler({ ...QUESTION, to: 'trn1' })).toEqual({ pass: false, reason: 'endpoint web has no variant trn1; it has gpu, inf2' });
  expect(bucket.requests).toEqual([]);
});

test('a bucket that refuses is an error: nobody knows what was measured', async () => {
  bucket.refusal = { status: 500, code: 'InternalError', message: 'We encountered an internal error' };
  await expect(handler(QUESTION)).rejects.toThrow('We encountered an internal error');
});
