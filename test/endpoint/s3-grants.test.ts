import { CfnParameter, type Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { newStack, statements } from './support';
import { grantReadBelow, grantWriteBelow } from '../../src/endpoint/s3-grants';

const WRITE = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:PutObject'];
const ENCRYPT = ['kms:Decrypt', 'kms:GenerateDataKey'];
const BUCKET_KEY = 'arn:aws:kms:us-east-1:111122223333:key/bucket';
const OWN_KEY = 'arn:aws:kms:us-east-1:111122223333:key/own';
const allow = (Action: string | string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
/** The objects below a prefix, as CloudFormation joins them: text beside text is one part. */
const below = (prefix: string | object) => {
  const parts = typeof prefix === 'string' ? [`:s3:::the-bucket/${prefix}/*`] : [':s3:::the-bucket/', prefix, '/*'];
  return { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ...parts]] };
};

/** What a caller's role may do after a grant. */
function granted(make: (parts: { stack: Stack; bucket: s3.IBucket; encrypted: s3.IBucket; key: kms.IKey; role: iam.IRole }) => iam.Grant[]) {
  const stack = newStack();
  const bucketArn = `arn:${stack.partition}:s3:::the-bucket`;
  const grants = make({
    stack,
    bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'the-bucket'),
    encrypted: s3.Bucket.fromBucketAttributes(stack, 'Encrypted', { bucketArn, encryptionKey: kms.Key.fromKeyArn(stack, 'BucketKey', BUCKET_KEY) }),
    key: kms.Key.fromKeyArn(stack, 'OwnKey', OWN_KEY),
    role: new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountRootPrincipal() }),
  });
  return { grants, statements: statements(stack, 'Caller') };
}

describe('reading', () => {
  test('gets objects below the prefix: no listing, no versions, nothing of the bucket', () => {
    expect(granted(({ bucket, role }) => grantReadBelow(bucket, 'in', role)).statements).toEqual([allow('s3:GetObject', below('in'))]);
  });

  test('decrypts with the key of the bucket, and does no more with it', () => {
    expect(granted(({ encrypted, role }) => grantReadBelow(encrypted, 'in', role)).statements).toEqual([allow('s3:GetObject', below('in')), allow('kms:Decrypt', BUCKET_KEY)]);
  });
});

describe('writing', () => {
  test('puts objects below the prefix, in parts too: no tags, no retention, nothing of the bucket', () => {
    expect(granted(({ bucket, role }) => grantWriteBelow(bucket, 'out', role)).statements).toEqual([allow(WRITE, below('out'))]);
  });

  test('uses the key of the bucket', () => {
    expect(granted(({ encrypted, role }) => grantWriteBelow(encrypted, 'out', role)).statements).toEqual([allow(WRITE, below('out')), allow(ENCRYPT, BUCKET_KEY)]);
  });

  test.each(['bucket', 'encrypted'] as const)('uses the key it was given, and no other (%s)', (name) => {
    expect(granted((parts) => grantWriteBelow(parts[name], 'out', parts.role, parts.key)).statements).toEqual([allow(WRITE, below('out')), allow(ENCRYPT, OWN_KEY)]);
  });
});

test('every grant is handed back, so that the endpoint can wait for it', () => {
  const { grants } = granted(({ encrypted, role }) => [...grantReadBelow(encrypted, 'in', role), ...grantWriteBelow(encrypted, 'out', role)]);
  expect(grants.map(({ success }) => success)).toEqual([true, true, true, true]);
});

test('a prefix that is known at deploy time only', () => {
  const { statements: [read] } = granted(({ stack, bucket, role }) => grantReadBelow(bucket, new CfnParameter(stack, 'Prefix').valueAsString, role));
  expect(read).toEqual(allow('s3:GetObject', below({ Ref: 'Prefix' })));
});

test('a key of this stack lets the role in through IAM alone: its policy does not change', () => {
  const stack = newStack();
  const key = new kms.Key(stack, 'Key');
  const before = JSON.stringify(stack.resolve((key.node.defaultChild as kms.CfnKey).keyPolicy));
  grantWriteBelow(s3.Bucket.fromBucketName(stack, 'Bucket', 'the-bucket'), 'out', new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountRootPrincipal() }), key);
  expect(statements(stack, 'Caller')).toContainEqual(allow(ENCRYPT, stack.resolve(key.keyArn)));
  expect(JSON.stringify(stack.resolve((key.node.defaultChild as kms.CfnKey).keyPolicy))).toBe(before);
});
