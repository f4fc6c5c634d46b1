import { Bucket } from './bucket';

const saved = { ...process.env };
let bucket: Bucket;
let client: typeof import('../../../src/benchmark/runtime/text.client');
let said: jest.SpyInstance;

beforeEach(async () => {
  bucket = await Bucket.start();
  said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  jest.resetModules();
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '123456789012', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1', AWS_ENDPOINT_URL_S3: bucket.url });
  client = jest.requireActual('../../../src/benchmark/runtime/text.client');
});
afterEach(async () => {
  process.env = { ...saved };
  jest.restoreAllMocks();
  await bucket.stop();
});

test('what is there', async () => {
  bucket.put('a/b.json', '{"c":1}');
  expect(await client.textOf('results', 'a/b.json')).toBe('{"c":1}');
});

test('what is not there, for one who may list', async () => {
  expect([await client.textOf('results', 'a/b.json'), said.mock.calls]).toEqual([undefined, []]);
});

test('what is not there, for one who may not: said in the log, for it may be a denial', async () => {
  bucket.listed = false;
  expect(await client.textOf('results', 'a/b.json')).toBeUndefined();
  expect(said.mock.calls).toEqual([['s3://results/a/b.json is taken for not there: User: arn:aws:sts::123456789012:assumed-role/gate/x is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::results"']]);
});

test.each<[string, number, string, string]>([
  ['no right to read', 403, 'AccessDenied', 'User: arn:aws:sts::1:assumed-role/gate/x is not authorized to perform: s3:GetObject on resource: "x"'],
  ['no right to its key', 403, 'AccessDenied', 'User: arn:aws:sts::1:assumed-role/gate/x is not authorized to perform: kms:Decrypt on this resource'],
  ['no bucket', 404, 'NoSuchBucket', 'The specified bucket does not exist'],
])('%s is no missing object', async (_, status, code, message) => {
  bucket.refusal = { status, code, message };
  await expect(client.textOf('results', 'a/b.json')).rejects.toThrow(message);
});
