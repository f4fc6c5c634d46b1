import { CfnParameter } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { G5, config, newStack, oneVariant, statements, twoVariants } from './support';
import { CaptureMode, type DataCaptureOptions } from '../../src';

const PUT = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:PutObject'];
const ENCRYPT = ['kms:Decrypt', 'kms:GenerateDataKey'];

function captured(options: Partial<DataCaptureOptions> = {}) {
  const stack = newStack();
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'capture-bucket');
  return { ...twoVariants({}, { dataCapture: { bucket, ...options } }, stack), rendered: () => config(stack).DataCaptureConfig };
}

test('all requests and answers by default, below a prefix', () => {
  expect(captured().rendered()).toEqual({
    EnableCapture: true,
    InitialSamplingPercentage: 100,
    DestinationS3Uri: 's3://capture-bucket/data-capture',
    CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
    CaptureContentTypeHeader: { JsonContentTypes: ['application/json'], CsvContentTypes: ['text/csv'] },
  });
});

test('everything as it was said', () => {
  const all = captured({ prefix: 'a/b', samplingPercentage: 10, modes: [CaptureMode.OUTPUT], jsonContentTypes: ['application/jsonlines'], csvContentTypes: ['text/tsv'] });
  expect(all.rendered()).toEqual({
    EnableCapture: true,
    InitialSamplingPercentage: 10,
    DestinationS3Uri: 's3://capture-bucket/a/b',
    CaptureOptions: [{ CaptureMode: 'Output' }],
    CaptureContentTypeHeader: { JsonContentTypes: ['application/jsonlines'], CsvContentTypes: ['text/tsv'] },
  });
});

test('0 % stays 0 %', () => {
  expect(captured({ samplingPercentage: 0 }).rendered().InitialSamplingPercentage).toBe(0);
});

test('a mode said twice is written once', () => {
  expect(captured({ modes: [CaptureMode.INPUT, CaptureMode.INPUT] }).rendered().CaptureOptions).toEqual([{ CaptureMode: 'Input' }]);
});

test('a prefix of one letter is fine', () => {
  expect(captured({ prefix: 'p' }).rendered().DestinationS3Uri).toBe('s3://capture-bucket/p');
});

test('percentage and prefix may be known at deploy time only', () => {
  const stack = newStack();
  const percentage = new CfnParameter(stack, 'Percentage', { type: 'Number' }).valueAsNumber;
  const prefix = new CfnParameter(stack, 'Prefix').valueAsString;
  oneVariant({}, { dataCapture: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'capture-bucket'), prefix, samplingPercentage: percentage } }, stack);
  expect(config(stack).DataCaptureConfig).toMatchObject({
    InitialSamplingPercentage: { Ref: 'Percentage' },
    DestinationS3Uri: { 'Fn::Join': ['', ['s3://capture-bucket/', { Ref: 'Prefix' }]] },
  });
});

describe('the roles', () => {
  const own = (arn: object, stack: any) => ({ Effect: 'Allow', Action: PUT, Resource: { 'Fn::Join': ['', [stack.resolve(arn), '/data-capture/*']] } });

  test('of every variant may write below the prefix, the shadow\'s too', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Bucket');
    const { endpoint } = oneVariant({}, { dataCapture: { bucket } }, stack);
    endpoint.addShadowVariant('shadow', G5);
    for (const name of ['gpu', 'shadow']) {
      expect(statements(stack, `EndpointVariant${name}`)).toContainEqual(own(bucket.bucketArn as any, stack));
    }
  });

  test('use the key they were given, else the bucket\'s', () => {
    const stack = newStack();
    const [bucketKey, key] = ['BucketKey', 'CaptureKey'].map((id) => new kms.Key(stack, id));
    const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: bucketKey });
    oneVariant({}, { dataCapture: { bucket, encryptionKey: key } }, stack);
    expect(config(stack).DataCaptureConfig.KmsKeyId).toEqual(stack.resolve(key.keyArn));
    const all = statements(stack, 'EndpointVariantgpu');
    expect(all).toContainEqual({ Effect: 'Allow', Action: ENCRYPT, Resource: stack.resolve(key.keyArn) });
    // An object has one key: with one of its own, the bucket's is not used.
    expect(JSON.stringify(all)).not.toContain(stack.resolve(bucketKey.keyArn)['Fn::GetAtt'][0]);
  });

  test('use the bucket\'s key when they were given none', () => {
    const stack = newStack();
    const bucketKey = new kms.Key(stack, 'BucketKey');
    oneVariant({}, { dataCapture: { bucket: new s3.Bucket(stack, 'Bucket', { encryptionKey: bucketKey }) } }, stack);
    expect(statements(stack, 'EndpointVariantgpu')).toContainEqual({ Effect: 'Allow', Action: ENCRYPT, Resource: stack.resolve(bucketKey.keyArn) });
  });

  test('get no right to S3 without capture', () => {
    expect(JSON.stringify(statements(oneVariant().stack, 'EndpointVariantgpu'))).not.toContain('s3:Put');
  });
});

// The API's limits of `CaptureContentTypeHeader`: 1 to 10 types each, `type/subtype`.
test.each<[string, Partial<DataCaptureOptions>, string]>([
  ['an empty list of JSON types', { jsonContentTypes: [] }, '`dataCapture.jsonContentTypes`'],
  ['an empty list of CSV types', { csvContentTypes: [] }, '`dataCapture.csvContentTypes`'],
  ['eleven JSON types', { jsonContentTypes: Array.from({ length: 11 }, (_, i) => `application/x${i}`) }, '`dataCapture.jsonContentTypes`'],
  ['a type without a slash', { csvContentTypes: ['csv'] }, '`dataCapture.csvContentTypes[0]`'],
])('%s is refused', (_, options, message) => {
  expect(() => captured(options)).toThrow(message);
});
