import { CfnParameter, Stack, aws_sagemaker } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { newStack, oneVariant, statements } from './support';
import { InferenceEndpoint, type IInferenceEndpoint } from '../../src';

const REAL_TIME = ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'];
const ASYNCHRONOUS = 'sagemaker:InvokeEndpointAsync';
const caller = (stack: Stack) => new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountRootPrincipal() });
const ARN = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sagemaker:us-east-1:111122223333:endpoint/chat']] };

describe('grantInvoke', () => {
  test.each<[string, (stack: Stack) => IInferenceEndpoint, string | string[], unknown]>([
    ['a real-time endpoint', (stack) => oneVariant({}, {}, stack).endpoint, REAL_TIME, { Ref: 'EndpointEEF1FD8F' }],
    ['an asynchronous endpoint', (stack) => oneVariant({}, { asyncInference: { bucket: new s3.Bucket(stack, 'Bucket') } }, stack).endpoint, ASYNCHRONOUS, { Ref: 'EndpointEEF1FD8F' }],
    ['an imported endpoint', (stack) => InferenceEndpoint.fromEndpointName(stack, 'Imported', 'chat'), REAL_TIME, ARN],
    ['an imported asynchronous endpoint', (stack) => InferenceEndpoint.fromEndpointAttributes(stack, 'Imported', { endpointName: 'chat', asynchronous: true }), ASYNCHRONOUS, ARN],
    ['an endpoint by its ARN', (stack) => InferenceEndpoint.fromEndpointArn(stack, 'Imported', 'arn:aws:sagemaker:eu-west-1:444455556666:endpoint/chat'), REAL_TIME, 'arn:aws:sagemaker:eu-west-1:444455556666:endpoint/chat'],
  ])('%s: these actions on this endpoint, nothing else', (_, make, Action, Resource) => {
    const stack = newStack();
    const grant = make(stack).grantInvoke(caller(stack));
    expect(grant.success).toBe(true);
    expect(statements(stack, 'Caller')).toEqual([{ Effect: 'Allow', Action, Resource }]);
  });

  test('a role that may not be changed gets no policy', () => {
    const stack = newStack();
    InferenceEndpoint.fromEndpointName(stack, 'Imported', 'chat')
      .grantInvoke(iam.Role.fromRoleArn(stack, 'Fixed', 'arn:aws:iam::111122223333:role/fixed', { mutable: false }));
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
  });
});

describe('imported endpoints', () => {
  test('by name: in the account and region of the stack', () => {
    const stack = newStack();
    const endpoint = InferenceEndpoint.fromEndpointName(stack, 'Imported', 'chat');
    expect(endpoint.endpointName).toBe('chat');
    expect(stack.resolve(endpoint.endpointArn)).toEqual(ARN);
    expect(stack.resolve(endpoint.endpointRef)).toEqual({ endpointArn: ARN });
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Resources');
  });

  test('a name with capitals: SageMaker\'s ARNs are in lower case, and IAM compares them by case', () => {
    const stack = newStack();
    const endpoint = InferenceEndpoint.fromEndpointName(stack, 'Imported', 'MyChat');
    expect(endpoint.endpointName).toBe('MyChat');
    expect(JSON.stringify(stack.resolve(endpoint.endpointArn))).toContain(':endpoint/mychat"');
  });

  test('by ARN: in the account and region of the ARN', () => {
    const endpoint = InferenceEndpoint.fromEndpointArn(newStack(), 'Imported', 'arn:aws-cn:sagemaker:cn-north-1:444455556666:endpoint/chat');
    const asLibraryType: aws_sagemaker.IEndpoint = endpoint;
    expect(asLibraryType.endpointArn).toBe('arn:aws-cn:sagemaker:cn-north-1:444455556666:endpoint/chat');
    expect(endpoint.endpointName).toBe('chat');
    expect(endpoint.env).toEqual({ account: '444455556666', region: 'cn-north-1' });
  });

  test('by an ARN that is known at deploy time only', () => {
    const stack = newStack();
    const parameter = new CfnParameter(stack, 'Arn');
    const endpoint = InferenceEndpoint.fromEndpointArn(stack, 'Imported', parameter.valueAsString);
    expect(stack.resolve(endpoint.endpointArn)).toEqual({ Ref: 'Arn' });
    expect(stack.resolve(endpoint.endpointName))
      .toEqual({ 'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::Select': [5, { 'Fn::Split': [':', { Ref: 'Arn' }] }] }] }] });
  });

  test('by a name that is known at deploy time only', () => {
    const stack = newStack();
    const endpoint = InferenceEndpoint.fromEndpointName(stack, 'Imported', new CfnParameter(stack, 'Name').valueAsString);
    expect(stack.resolve(endpoint.endpointArn))
      .toEqual({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sagemaker:us-east-1:111122223333:endpoint/', { Ref: 'Name' }]] });
  });

  test('their variants have metrics, one object per name', () => {
    const stack = newStack();
    const endpoint = InferenceEndpoint.fromEndpointName(stack, 'Imported', 'chat');
    const variant = endpoint.variant('gpu');
    expect(endpoint.variant('gpu')).toBe(variant);
    expect(variant.endpoint).toBe(endpoint);
    expect(variant.variantName).toBe('gpu');
    expect(variant.endpointName).toBe('chat');
    expect(stack.resolve(variant.metricModelLatency().dimensions)).toEqual({ EndpointName: 'chat', VariantName: 'gpu' });
    expect(variant.metricGpuUtilization().metricName).toBe('GPUUtilization');
  });

  test('by attributes, with the name as it is written and the ARN of another region', () => {
    const stack = newStack();
    const endpointArn = 'arn:aws:sagemaker:eu-west-1:444455556666:endpoint/mychat';
    const endpoint = InferenceEndpoint.fromEndpointAttributes(stack, 'Imported', { endpointName: 'MyChat', endpointArn, asynchronous: true });
    expect(endpoint).toMatchObject({ endpointName: 'MyChat', endpointArn, env: { account: '444455556666', region: 'eu-west-1' } });
    expect(endpoint.variant('gpu').metricInvocations()).toMatchObject({ region: 'eu-west-1', account: '444455556666', dimensions: { EndpointName: 'MyChat', VariantName: 'gpu' } });
    endpoint.grantInvoke(caller(stack));
    expect(statements(stack, 'Caller')).toEqual([{ Effect: 'Allow', Action: ASYNCHRONOUS, Resource: endpointArn }]);
  });

  test('by attributes, with an ARN that is known at deploy time only', () => {
    const stack = newStack();
    const endpointArn = new CfnParameter(stack, 'Arn').valueAsString;
    const endpoint = InferenceEndpoint.fromEndpointAttributes(stack, 'Imported', { endpointName: 'chat', endpointArn });
    expect(stack.resolve(endpoint.endpointArn)).toEqual({ Ref: 'Arn' });
    expect(endpoint.endpointName).toBe('chat');
  });

  test.each([5, {}])('by attributes: %p for an ARN is refused', (endpointArn) => {
    expect(() => InferenceEndpoint.fromEndpointAttributes(newStack(), 'Imported', { endpointName: 'chat', endpointArn: endpointArn as never }))
      .toThrow(`Stack/Imported: \`endpointArn\`: got ${endpointArn}; allowed: `);
  });

  test.each(['', 'chat', 'arn:aws:s3:::bucket', 'arn:aws:sagemaker:us-east-1:111122223333:model/chat'])('by attributes: the ARN %p is refused', (endpointArn) => {
    const allowed = 'the ARN of an endpoint, arn:aws:sagemaker:<region>:<account>:endpoint/<name>';
    expect(() => InferenceEndpoint.fromEndpointAttributes(newStack(), 'Imported', { endpointName: 'chat', endpointArn }))
      .toThrow(new Error(`Stack/Imported: \`endpointArn\`: got "${endpointArn}"; allowed: ${allowed}; fix: give ${allowed}`));
  });

  test('by attributes: name and ARN are refused together', () => {
    expect(() => InferenceEndpoint.fromEndpointAttributes(newStack(), 'Imported', { endpointName: 'my_chat', endpointArn: 'arn:aws:s3:::bucket' }))
      .toThrow(/^Stack\/Imported: 2 problems\n  - `endpointName`: got "my_chat".*\n  - `endpointArn`: got "arn:aws:s3:::bucket"/);
  });

  test('metrics of an endpoint in another region are read there', () => {
    const endpoint = InferenceEndpoint.fromEndpointArn(newStack(), 'Imported', 'arn:aws:sagemaker:eu-west-1:444455556666:endpoint/chat');
    expect(endpoint.variant('gpu').metricInvocations()).toMatchObject({ region: 'eu-west-1', account: '444455556666' });
  });

  test.each([
    ['no ARN at all', 'chat'],
    ['an ARN of another service', 'arn:aws:s3:::bucket'],
    ['an ARN of a model', 'arn:aws:sagemaker:us-east-1:111122223333:model/chat'],
    ['an empty text', ''],
  ])('%s is refused', (_, arn) => {
    expect(() => InferenceEndpoint.fromEndpointArn(newStack(), 'Imported', arn)).toThrow('`endpointArn`: got ');
  });

  test.each(['', 'my_endpoint', 'a'.repeat(64)])('the name %p is refused', (name) => {
    expect(() => InferenceEndpoint.fromEndpointName(newStack(), 'Imported', name)).toThrow('`endpointName`: got ');
  });
});
