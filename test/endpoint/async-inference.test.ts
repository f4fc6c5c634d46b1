import { CfnParameter } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { config, newStack, oneVariant, statements, twoVariants } from './support';
import { type AsyncInferenceOptions } from '../../src';

const PUT = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:PutObject'];
const READ = 's3:GetObject';

function asynchronous(options: (stack: ReturnType<typeof newStack>) => Partial<AsyncInferenceOptions> = () => ({})) {
  const stack = newStack();
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'async-bucket');
  const all = twoVariants({}, { asyncInference: { bucket, ...options(stack) } }, stack);
  return { ...all, rendered: () => config(stack).AsyncInferenceConfig };
}
const arn = (bucket: string, path = '') => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::${bucket}${path}`]] });

test('answers and failures go to prefixes of the bucket', () => {
  expect(asynchronous().rendered()).toEqual({ OutputConfig: { S3OutputPath: 's3://async-bucket/async-output', S3FailurePath: 's3://async-bucket/async-failure' } });
});

test('everything as it was said', () => {
  const all = asynchronous((stack) => ({
    outputPrefix: 'out',
    failurePrefix: 'failed',
    maxConcurrentInvocationsPerInstance: 4,
    encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/k'),
    successTopic: sns.Topic.fromTopicArn(stack, 'Success', 'arn:aws:sns:us-east-1:111122223333:success'),
    errorTopic: sns.Topic.fromTopicArn(stack, 'Error', 'arn:aws:sns:us-east-1:111122223333:error'),
  }));
  expect(all.rendered()).toEqual({
    ClientConfig: { MaxConcurrentInvocationsPerInstance: 4 },
    OutputConfig: {
      S3OutputPath: 's3://async-bucket/out',
      S3FailurePath: 's3://async-bucket/failed',
      KmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/k',
      NotificationConfig: { SuccessTopic: 'arn:aws:sns:us-east-1:111122223333:success', ErrorTopic: 'arn:aws:sns:us-east-1:111122223333:error' },
    },
  });
});

test.each(['successTopic', 'errorTopic'] as const)('%s alone is enough', (name) => {
  const all = asynchronous((stack) => ({ [name]: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111122223333:told') }));
  expect(all.rendered().OutputConfig.NotificationConfig)
    .toEqual({ [name === 'successTopic' ? 'SuccessTopic' : 'ErrorTopic']: 'arn:aws:sns:us-east-1:111122223333:told' });
});

test.each([1, 1000])('%d concurrent requests', (maxConcurrentInvocationsPerInstance) => {
  expect(asynchronous(() => ({ maxConcurrentInvocationsPerInstance })).rendered().ClientConfig)
    .toEqual({ MaxConcurrentInvocationsPerInstance: maxConcurrentInvocationsPerInstance });
});

test('numbers and prefixes may be known at deploy time only', () => {
  const all = asynchronous((stack) => ({
    maxConcurrentInvocationsPerInstance: new CfnParameter(stack, 'Concurrency', { type: 'Number' }).valueAsNumber,
    outputPrefix: new CfnParameter(stack, 'Prefix').valueAsString,
  }));
  expect(all.rendered()).toMatchObject({
    ClientConfig: { MaxConcurrentInvocationsPerInstance: { Ref: 'Concurrency' } },
    OutputConfig: { S3OutputPath: { 'Fn::Join': ['', ['s3://async-bucket/', { Ref: 'Prefix' }]] } },
  });
});

test('variants know which kind of endpoint they belong to', () => {
  const { gpu, inf2 } = asynchronous();
  expect([gpu.asynchronous, inf2.asynchronous, oneVariant().variant.asynchronous]).toEqual([true, true, false]);
});

test('a real-time endpoint has no such configuration', () => {
  expect(config(oneVariant().stack)).not.toHaveProperty('AsyncInferenceConfig');
});

describe('the role of every variant', () => {
  test('reads requests, writes answers and failures, and nothing beside', () => {
    const { stack } = asynchronous();
    for (const name of ['gpu', 'inf2']) {
      const onBucket = statements(stack, `EndpointVariant${name}`).filter((statement) => JSON.stringify(statement).includes('async-bucket'));
      expect(onBucket).toEqual([
        { Effect: 'Allow', Action: READ, Resource: arn('async-bucket', '/async-input/*') },
        { Effect: 'Allow', Action: PUT, Resource: arn('async-bucket', '/async-output/*') },
        { Effect: 'Allow', Action: PUT, Resource: arn('async-bucket', '/async-failure/*') },
      ]);
    }
  });

  test('reads from the other bucket when there is one, and not from the first', () => {
    const { stack } = asynchronous((scope) => ({ inputBucket: s3.Bucket.fromBucketName(scope, 'In', 'input-bucket'), inputPrefix: 'requests' }));
    const reads = statements(stack, 'EndpointVariantgpu').filter((statement) => JSON.stringify(statement).includes('s3:Get'));
    expect(reads).toEqual([{ Effect: 'Allow', Action: READ, Resource: arn('input-bucket', '/requests/*') }]);
  });

  test('publishes to both topics and encrypts with the key', () => {
    const { stack } = asynchronous((scope) => ({
      successTopic: new sns.Topic(scope, 'Success'),
      errorTopic: new sns.Topic(scope, 'Error'),
      encryptionKey: new kms.Key(scope, 'Key'),
    }));
    const actions = statements(stack, 'EndpointVariantinf2').map(({ Action }) => Action);
    expect(actions.filter((action) => action === 'sns:Publish')).toHaveLength(2);
    expect(actions.filter((action) => JSON.stringify(action).includes('kms:'))).toEqual([['kms:Decrypt', 'kms:GenerateDataKey']]);
  });
});
