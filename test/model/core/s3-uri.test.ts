import * as fc from 'fast-check';
import { checkArchiveKey, checkBucketName, checkPrefix, checkUrlLength, checkWildcards, folderOf, parseS3Uri } from '../../../src/model/core/s3-uri';
import { problemText } from '../../../src/private/problems';

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

describe('characters that widen the policy of the role', () => {
  const message = (prop: string, key: string) => `\`${prop}\`: got ${JSON.stringify(key)}; allowed: a key without \`*\`, \`?\` and \`\${\`: in the policy of the role they would open other objects; fix: store the model under another key`;

  test.each(['*', 'a*b', 'a?', '${aws:username}', 'a/${*}', '${Token[TOKEN.1]}/*'])('%p in a key and in a prefix', (text) => {
    expect(checkArchiveKey('key', `${text}/m.tar.gz`).map(problemText)).toEqual([message('key', `${text}/m.tar.gz`)]);
    expect(checkPrefix('prefix', text).map(problemText)).toEqual([message('prefix', text)]);
    expect(checkWildcards('key', text)).toHaveLength(1);
  });

  test.each(['a$b', 'a{b}', '${Token[AWS.Region.4]}/a', 'a${Token[TOKEN.12]}b'])('not %p', (text) => {
    expect(checkArchiveKey('key', `${text}/m.tar.gz`)).toEqual([]);
    expect(checkPrefix('prefix', text)).toEqual([]);
  });
});

test('an address has at most 1024 characters', () => {
  expect(checkUrlLength('uri', 'x'.repeat(1024))).toEqual([]);
  expect(checkUrlLength('uri', 'x'.repeat(1025)).map(problemText)).toEqual([
    '`uri`: got an address of 1025 characters; allowed: at most 1024 characters, with s3:// and the bucket; fix: store the model under a shorter key',
  ]);
});
