import { s3 } from './s3';
import { ObjectStore } from '../../standin/objects';
import type { Result } from '../execution';
import { TestStateMachine } from '../machine';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1';

async function run(operation: string, Parameters: object, objects = new ObjectStore(), keys = {}): Promise<Result & { calls: unknown[][] }> {
  const States = { Only: { Type: 'Task', Resource: `arn:aws:states:::aws-sdk:s3:${operation}`, Parameters, End: true } };
  const machine = new TestStateMachine({ definition: { StartAt: 'Only', States }, integrations: { s3: s3(objects, { keys }) }, role: 'MachineRole' });
  const result = await machine.run();
  return { ...result, calls: machine.calls.map(({ action, resource, context }) => [action, ...resource, context]) };
}

function store(...keys: string[]): ObjectStore {
  const objects = new ObjectStore();
  for (const key of keys) objects.put('b', key, `body of ${key}`);
  return objects;
}

describe('listObjectsV2', () => {
  test('what is there, sorted, of the prefix only', async () => {
    const { output, calls } = await run('listObjectsV2', { Bucket: 'b', Prefix: 'k/', MaxKeys: 5 }, store('k/b', 'k/a', 'other'));
    expect(output).toEqual({
      Contents: [
        { Key: 'k/a', Size: 11, ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/), StorageClass: 'STANDARD' },
        { Key: 'k/b', Size: 11, ETag: expect.any(String), StorageClass: 'STANDARD' },
      ],
      IsTruncated: false,
      KeyCount: 2,
      MaxKeys: 5,
      Name: 'b',
      Prefix: 'k/',
    });
    expect(calls).toEqual([['s3:ListBucket', 'arn:aws:s3:::b', { 's3:prefix': 'k/', 's3:max-keys': '5' }]]);
  });

  test('nothing: a count of 0 and no Contents', async () => {
    expect((await run('listObjectsV2', { Bucket: 'b', Prefix: 'k/' })).output).toEqual({ IsTruncated: false, KeyCount: 0, MaxKeys: 1000, Name: 'b', Prefix: 'k/' });
  });

  test('no more than asked for, and without prefix no condition key', async () => {
    const { output, calls } = await run('listObjectsV2', { Bucket: 'b', MaxKeys: 1 }, store('a', 'b'));
    expect(output).toMatchObject({ KeyCount: 1, IsTruncated: true });
    expect(calls).toEqual([['s3:ListBucket', 'arn:aws:s3:::b', { 's3:max-keys': '1' }]]);
  });
});

describe('putObject', () => {
  test.each<[unknown, string]>([
    [{ key: 'k', n: 1 }, '{"key":"k","n":1}'],
    ['a text', '"a text"'],
    [0, '0'],
    [undefined, ''],
  ])('%j is written as JSON', async (Body, expected) => {
    const objects = new ObjectStore();
    await run('putObject', { Bucket: 'b', Key: 'k', ...(Body === undefined ? {} : { Body }) }, objects);
    expect(objects.get('b', 'k')?.toString()).toBe(expected);
  });

  test("the ETag is AWS's", async () => {
    expect((await run('putObject', { Bucket: 'b', Key: 'k', Body: 'text data' })).output).toEqual({ ETag: '"2b5df3712557f503a9977a8ea893b2c9"', ServerSideEncryption: 'AES256' });
  });

  test('asks for the object, and for the key of the bucket', async () => {
    const { calls } = await run('putObject', { Bucket: 'b', Key: 'k/x' }, undefined, { b: KEY });
    expect(calls).toEqual([
      ['s3:PutObject', 'arn:aws:s3:::b/k/x', {}],
      ['kms:GenerateDataKey', KEY, { 'kms:ViaService': 's3.us-east-1.amazonaws.com', 'kms:CallerAccount': '123456789012' }],
    ]);
  });
});

describe('getObject and headObject', () => {
  const META = {
    AcceptRanges: 'bytes',
    ContentLength: 9,
    ContentType: 'binary/octet-stream',
    ETag: '"332eec544317a6d340b8e77da7fe54ad"',
    LastModified: '2026-01-01T00:00:00.000Z',
    Metadata: {},
    ServerSideEncryption: 'AES256',
  };

  test('what is there', async () => {
    const objects = new ObjectStore();
    objects.put('b', 'k', 'text data');
    const got = await run('getObject', { Bucket: 'b', Key: 'k' }, objects, { b: KEY });
    expect([got.output, got.calls.map(([action]) => action)]).toEqual([{ ...META, Body: 'text data' }, ['s3:GetObject', 'kms:Decrypt']]);
    const head = await run('headObject', { Bucket: 'b', Key: 'k' }, objects, { b: KEY });
    expect([head.output, head.calls]).toEqual([META, [['s3:GetObject', 'arn:aws:s3:::b/k', {}]]]);
  });

  test.each(['getObject', 'headObject'])('%s of nothing fails, and was asked for', async (operation) => {
    const { status, error, calls } = await run(operation, { Bucket: 'b', Key: 'k' });
    expect([status, error, calls]).toEqual(['FAILED', 'S3.NoSuchKeyException', [['s3:GetObject', 'arn:aws:s3:::b/k', {}]]]);
  });
});

test.each<[string, object, string]>([
  ['deleteObject', { Bucket: 'b' }, 's3: got deleteObject, there are listObjectsV2, headObject, getObject, putObject'],
  ['listObjectsV2', { Bucket: 'b', Delimiter: '/' }, 's3: Delimiter and ContinuationToken are not there'],
])('a mistake of the test: %s %j', async (operation, parameters, message) => {
  await expect(run(operation, parameters)).rejects.toThrow(message);
});
