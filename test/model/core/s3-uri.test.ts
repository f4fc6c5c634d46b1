import * as fc from 'fast-check';
import { checkArchiveKey, checkBucketName, checkPrefix, folderOf, parseS3Uri } from '../../../src/model/core/s3-uri';

describe('parseS3Uri', () => {
  test.each([
    ['s3://bucket/key', { bucket: 'bucket', key: 'key' }],
    ['s3://bucket/', { bucket: 'bucket', key: '' }],
    ['s3://bucket/a/b/c.tar.gz', { bucket: 'bucket', key: 'a/b/c.tar.gz' }],
    ['s3://${Token[TOKEN.12]}/a', { bucket: '${Token[TOKEN.12]}', key: 'a' }],
  ])('%s', (uri, expected) => {
    expect(parseS3Uri(uri)).toEqual(expected);
  });

  test.each(['', 's3://', 's3://bucket', 'https://bucket/key', 's3:///key', 'S3://bucket/key', 'bucket/key'])('not %p', (uri) => {
    expect(parseS3Uri(uri)).toBeUndefined();
  });

  test('gives back the two parts it was made of', () => {
    const bucket = fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/);
    fc.assert(fc.property(bucket, fc.string(), (name, key) => {
      expect(parseS3Uri(`s3://${name}/${key}`)).toEqual({ bucket: name, key });
    }), { numRuns: 60 });
  });
});

test.each(['ab', 'Bucket', 'a_b', '-abc', 'abc-', 'x'.repeat(64), ''])('%p is no bucket name', (name) => {
  expect(checkBucketName('uri', name)).toHaveLength(1);
});

test.each(['abc', 'my-bucket.1', 'x'.repeat(63)])('%p is a bucket name', (name) => {
  expect(checkBucketName('uri', name)).toEqual([]);
});

test.each(['model.zip', '.tar.gz', '/model.tar.gz', '', 'models/', `${'x'.repeat(1020)}.tar.gz`])('%p is no archive', (key) => {
  expect(checkArchiveKey('key', key)).toHaveLength(1);
});

test.each(['', '/', '///', '/models', 'model.tar.gz', 'x'.repeat(1025)])('%p is no prefix', (prefix) => {
  expect(checkPrefix('prefix', prefix)).toHaveLength(1);
});

test.each([['models', 'models/'], ['models/', 'models/'], ['a/b//', 'a/b/']])('the folder of %p is %p', (prefix, folder) => {
  expect(checkPrefix('prefix', prefix)).toEqual([]);
  expect(folderOf(prefix)).toBe(folder);
});
