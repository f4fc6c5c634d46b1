import { Bucket } from './bucket';
import { baselineKey } from '../../../src/benchmark/contract';
import type { BaselineRecord, ModelVersion } from '../../../src/benchmark/core/types';
import { failed, INF2_VERSION, measured } from '../records';

const saved = { ...process.env };
let bucket: Bucket;
let client: typeof import('../../../src/benchmark/runtime/records.client');

beforeEach(async () => {
  bucket = await Bucket.start();
  jest.resetModules();
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '123456789012', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1', AWS_ENDPOINT_URL_S3: bucket.url });
  client = jest.requireActual('../../../src/benchmark/runtime/records.client');
});
afterEach(async () => {
  process.env = { ...saved };
  jest.restoreAllMocks();
  await bucket.stop();
});

const KEY = 'benchmark/baselines/web/inf2/inf2-model/ml.inf2.xlarge/round-1.json';
const RECORD = measured('inf2', INF2_VERSION);

describe('a record', () => {
  test('is read as it was written, and people can read it too', async () => {
    await client.writeRecord('results', KEY, RECORD);
    expect(await client.readRecord('results', KEY)).toEqual(RECORD);
    expect(bucket.requests).toEqual([`PUT /results/${KEY}`, `GET /results/${KEY}`]);
    expect(bucket.objects.get(KEY)!.body).toBe(JSON.stringify(RECORD, undefined, 2));
    expect(bucket.received[0].headers['content-type']).toBe('application/json');
  });

  test.each([true, false])('that is not there is none, whether the bucket may be listed (%s) or not', async (listed) => {
    bucket.listed = listed;
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await client.readRecord('results', KEY)).toBeUndefined();
  });

  test.each<[string, number, string, string]>([
    ['no right to read', 403, 'AccessDenied', 'User: arn:aws:sts::1:assumed-role/gate/x is not authorized to perform: s3:GetObject on resource: "x"'],
    ['no right to its key', 403, 'AccessDenied', 'User: arn:aws:sts::1:assumed-role/gate/x is not authorized to perform: kms:Decrypt on this resource'],
    ['no bucket', 404, 'NoSuchBucket', 'The specified bucket does not exist'],
    ['a fault', 500, 'InternalError', 'We encountered an internal error'],
  ])('%s is no missing record', async (_, status, code, message) => {
    bucket.refusal = { status, code, message };
    await expect(client.readRecord('results', KEY)).rejects.toThrow(message);
  });

  test.each<[string, string, string]>([
    ['another schema', '{"schema":"cdk-accelerators/baseline-record/2"}', 'has the schema "cdk-accelerators/baseline-record/2"; this version of cdk-accelerators reads "cdk-accelerators/baseline-record/1": run the benchmark again'],
    ['no schema', '{}', 'has the schema null; this version of cdk-accelerators reads "cdk-accelerators/baseline-record/1": run the benchmark again'],
    ['nothing', 'null', 'has the schema null; this version of cdk-accelerators reads "cdk-accelerators/baseline-record/1": run the benchmark again'],
    ['no JSON', 'oops', 'is no JSON: '],
    ['half of it', '{"schema":', 'is no JSON: '],
    ['an empty object', '', 'is no JSON: '],
  ])('%s is refused', async (_, body, message) => {
    bucket.put(KEY, body);
    await expect(client.readRecord('results', KEY)).rejects.toThrow(`s3://results/${KEY} ${message}`);
  });
});

describe('the version before', () => {
  /** A record of a version of inf2, `day` in November; the object is written then, or on another day. */
  function version(modelName: string, day: number, { round = 1, instanceType = 'ml.inf2.xlarge', written = day, record = measured }: { round?: 1 | 2; instanceType?: string; written?: number; record?: typeof measured } = {}): void {
    const date = (one: number) => `2026-11-${String(one).padStart(2, '0')}T00:00:00.000Z`;
    const own = { ...INF2_VERSION, modelName, instanceType };
    bucket.put(baselineKey('benchmark/', 'web', 'inf2', own, round), { ...record('inf2', own), round, measuredOn: date(day) } satisfies BaselineRecord, date(written));
  }
  const previous = async (modelName = 'v9', round: 1 | 2 = 1) => (await client.previousRecord('results', 'benchmark/', 'web', 'inf2', { ...INF2_VERSION, modelName }, round))?.version;
  const fails: typeof measured = (variant, of) => failed(variant, of, 'no');

  test('is none of a first version', async () => {
    expect(await previous()).toBeUndefined();
    version('v9', 1);
    expect(await previous()).toBeUndefined();
  });

  test.each<[string, Partial<ModelVersion>, Partial<ModelVersion>, boolean]>([
    ['another host image', { inferenceAmiVersion: 'host-1' }, { inferenceAmiVersion: 'host-2' }, true],
    ['a host image where none was named', {}, { inferenceAmiVersion: 'host-2' }, true],
    ['another image under the same tag', { image: 'a@sha256:1' }, { image: 'a@sha256:2' }, true],
    ['the same images', { inferenceAmiVersion: 'host-1', image: 'a@sha256:1' }, { inferenceAmiVersion: 'host-1', image: 'a@sha256:1' }, false],
    ['an image that is not known', { image: 'a@sha256:1' }, { image: undefined }, false],
  ])('of the same model on %s', async (_, then, now, another) => {
    const of = (over: Partial<ModelVersion>): ModelVersion => ({ ...INF2_VERSION, ...over });
    bucket.put(KEY, measured('inf2', of(then)));
    const found = await client.previousRecord('results', 'benchmark/', 'web', 'inf2', of(now), 1);
    expect(found?.version).toEqual(another ? of(then) : undefined);
  });

  test('is the one that was measured last, on whichever page it is', async () => {
    for (const [name, day] of [['v1', 1], ['v2', 5], ['v3', 3], ['v4', 2], ['v9', 9]] as const) version(name, day);
    expect((await previous())?.modelName).toBe('v2');
    expect(bucket.requests.filter((request) => request === 'GET /results/')).toHaveLength(3);
    expect((await previous('v2'))?.modelName).toBe('v9');
  });

  test('counts by the day of the measurement, not by that of a copy', async () => {
    version('v1', 1, { written: 20 });
    version('v2', 5);
    expect((await previous())?.modelName).toBe('v2');
  });

  test.each([['of another schema', '{"schema":"cdk-accelerators/baseline-record/2"}'], ['cut in half', '{"schema":']])('is not one %s, which is told of and stops nothing', async (_, body) => {
    const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    version('v1', 1);
    const key = baselineKey('benchmark/', 'web', 'inf2', { ...INF2_VERSION, modelName: 'v2' }, 1);
    bucket.put(key, body, '2026-11-05T00:00:00.000Z');
    expect((await previous())?.modelName).toBe('v1');
    expect(said.mock.calls).toEqual([[expect.stringContaining(`s3://results/${key} `)]]);
    said.mockRestore();
  });

  test('is of the same round', async () => {
    version('v1', 1);
    version('v2', 5, { round: 2 });
    expect((await previous())?.modelName).toBe('v1');
    expect((await previous('v9', 2))?.modelName).toBe('v2');
  });

  test('on other instances it is another version', async () => {
    version('v9', 1, { instanceType: 'ml.inf2.8xlarge' });
    version('v9', 2);
    expect(await previous()).toMatchObject({ modelName: 'v9', instanceType: 'ml.inf2.8xlarge' });
  });

  test('was measured: failures are passed over, however many', async () => {
    version('v0', 1);
    for (let i = 0; i < 25; i++) version(`bad-${i}`, 2 + i, { record: fails });
    expect((await previous())?.modelName).toBe('v0');
  });

  test('of another variant whose name begins alike does not count', async () => {
    const own = { ...INF2_VERSION, modelName: 'v1' };
    bucket.put(baselineKey('benchmark/', 'web', 'inf2-large', own, 1), measured('inf2-large', own));
    bucket.put(baselineKey('benchmark/', 'web-2', 'inf2', own, 1), measured('inf2', own));
    expect(await previous()).toBeUndefined();
  });

  test('is not looked for in vain: the newest ten are enough', async () => {
    for (let i = 10; i < 28; i++) version(`v-${i}`, i);
    expect((await previous())?.modelName).toBe('v-27');
    expect(bucket.requests.filter((request) => request !== 'GET /results/')).toHaveLength(10);
  });
});
