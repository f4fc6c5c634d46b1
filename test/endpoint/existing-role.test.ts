import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { G5, config, newStack, oneVariant, statements } from './support';
import { AcceleratorInstance, AcceleratorKind, ServedModel, type InferenceEndpointProps } from '../../src';

/** A model made elsewhere whose role is known: the endpoint adds what its own options demand, and not a word more. */
const PUT = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:PutObject'];
const READ = 's3:GetObject';
const ENCRYPT = ['kms:Decrypt', 'kms:GenerateDataKey'];
const KEY_ARN = 'arn:aws:kms:us-east-1:111122223333:key/k';
const TOPIC_ARN = 'arn:aws:sns:us-east-1:111122223333:told';
const arn = (bucket: string, path = '') => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::${bucket}${path}`]] });
const allow = (Action: string | string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });

const stackWith = () => {
  const stack = newStack();
  return {
    stack,
    bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'the-bucket'),
    key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
    topic: sns.Topic.fromTopicArn(stack, 'Topic', TOPIC_ARN),
    role: iam.Role.fromRoleName(stack, 'Theirs', 'theirs'),
  };
};
type Parts = ReturnType<typeof stackWith>;

/** An endpoint on ml.inf2.xlarge, which takes a volume key, with a model made elsewhere. */
function served(props: (parts: Parts) => InferenceEndpointProps = () => ({}), roleOf: (parts: Parts) => iam.IRole | undefined = ({ role }) => role) {
  const parts = stackWith();
  const role = roleOf(parts);
  const model = ServedModel.existing({ modelName: 'made-elsewhere' }, { kind: AcceleratorKind.NEURON, role });
  const { variant } = oneVariant({ model, instanceType: AcceleratorInstance.INF2_XLARGE }, props(parts), parts.stack);
  return { ...parts, variant, role };
}

const policies = (parts: Pick<Parts, 'stack'>) => Object.values(Template.fromStack(parts.stack).findResources('AWS::IAM::Policy'));

/** Everything that was added to the role, in one policy for this role alone. */
function added(parts: Pick<Parts, 'stack'>): any[] {
  const [policy, ...more] = policies(parts);
  expect(more).toEqual([]);
  expect(policy.Properties.Roles).toEqual(['theirs']);
  return policy.Properties.PolicyDocument.Statement;
}

test('it is the role of the variant', () => {
  const { variant, role } = served();
  expect(variant.role).toBe(role);
  expect(variant.roles).toEqual([role]);
});

test('nothing is added when the endpoint demands nothing, and nothing is made', () => {
  const parts = served();
  expect(policies(parts)).toEqual([]);
  const template = Template.fromStack(parts.stack);
  template.resourceCountIs('AWS::IAM::Role', 0);
  template.resourceCountIs('AWS::SageMaker::Model', 0);
});

test('data capture may write below its prefix, with its key', () => {
  expect(added(served(({ bucket, key }) => ({ dataCapture: { bucket, prefix: 'seen', encryptionKey: key } })))).toEqual([
    allow(PUT, arn('the-bucket', '/seen/*')),
    allow(ENCRYPT, KEY_ARN),
  ]);
});

test('an asynchronous endpoint may read requests, write answers and failures, and tell of them', () => {
  const parts = served(({ bucket, key, topic }) => ({ asyncInference: { bucket, encryptionKey: key, successTopic: topic, errorTopic: topic } }));
  expect(config(parts.stack)).toHaveProperty('AsyncInferenceConfig');
  expect(added(parts)).toEqual([
    allow(READ, arn('the-bucket', '/async-input/*')),
    allow(PUT, arn('the-bucket', '/async-output/*')),
    allow(ENCRYPT, KEY_ARN),
    allow(PUT, arn('the-bucket', '/async-failure/*')),
    allow('sns:Publish', TOPIC_ARN),
  ]);
});

test('a volume key may be used, and passed on by a grant to services of AWS only', () => {
  expect(added(served(({ key }) => ({ volumeEncryptionKey: key })))).toEqual([
    allow(['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'], KEY_ARN),
    { ...allow('kms:CreateGrant', KEY_ARN), Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
  ]);
});

test('a role of this stack gets the same, in its own policy', () => {
  const parts = served(
    ({ bucket }) => ({ dataCapture: { bucket } }),
    ({ stack }) => new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }),
  );
  expect(statements(parts.stack, 'Mine')).toEqual([allow(PUT, arn('the-bucket', '/data-capture/*'))]);
  expect(policies(parts)).toHaveLength(1);
});

test('a role that refuses changes is left alone', () => {
  const parts = served(
    ({ bucket, key }) => ({ dataCapture: { bucket }, volumeEncryptionKey: key }),
    ({ stack }) => iam.Role.fromRoleName(stack, 'Fixed', 'theirs', { mutable: false }),
  );
  expect(policies(parts)).toEqual([]);
});

test('a model whose role is not known gets nothing, and the endpoint is made all the same', () => {
  const parts = served(({ bucket, key }) => ({ dataCapture: { bucket }, volumeEncryptionKey: key }), () => undefined);
  expect(parts.variant.role).toBeUndefined();
  expect(parts.variant.roles).toEqual([]);
  expect(policies(parts)).toEqual([]);
  expect(config(parts.stack).DataCaptureConfig.DestinationS3Uri).toBe('s3://the-bucket/data-capture');
});

test('the model of a fallback has a role too, and one role of both models gets everything once', () => {
  const { stack, bucket, role } = stackWith();
  const model = (modelName: string) => ServedModel.existing({ modelName }, { kind: AcceleratorKind.GPU, role });
  const fallbackInstances = [{ instanceType: AcceleratorInstance.G6_XLARGE, model: model('second') }];
  const { variant } = oneVariant({ ...G5, model: model('first'), fallbackInstances }, { dataCapture: { bucket } }, stack);
  expect(variant.roles).toEqual([role]);
  expect(added({ stack })).toEqual([allow(PUT, arn('the-bucket', '/data-capture/*'))]);
});

test('the model of a fallback alone is reached', () => {
  const { stack, bucket, role } = stackWith();
  const fallbackInstances = [{ instanceType: AcceleratorInstance.G6_XLARGE, model: ServedModel.existing({ modelName: 'second' }, { kind: AcceleratorKind.GPU, role }) }];
  oneVariant({ fallbackInstances }, { dataCapture: { bucket } }, stack);
  expect(statements(stack, 'Theirs')).toEqual([allow(PUT, arn('the-bucket', '/data-capture/*'))]);
});
