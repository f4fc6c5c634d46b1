import { CreateModelCommand, ListModelsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { Fixture, IMAGE, refusal, ROLE } from './fixture';
import { callerOf, serve } from './server';
import { StandIn } from './stand-in';

let fixture: Fixture;
beforeEach(async () => { fixture = await Fixture.start(); });
afterEach(async () => fixture.stop());

async function post(target: string, body: string): Promise<{ status: number; headers: Headers; text: string }> {
  const answer = await fetch(fixture.server.url, { method: 'POST', headers: { 'x-amz-target': target }, body });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

describe('AWS JSON 1.1', () => {
  test('answers with content type and request id', async () => {
    const { status, headers, text } = await post('SageMaker.ListModels', '{}');
    expect([status, headers.get('content-type'), text]).toEqual([200, 'application/x-amz-json-1.1', '{"Models":[]}']);
    expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('an operation without output answers with nothing', async () => {
    await fixture.models('m');
    expect((await post('SageMaker.DeleteModel', '{"ModelName":"m"}')).text).toBe('');
  });

  test('an empty body is an empty request', async () => {
    expect((await post('SageMaker.ListModels', '')).status).toBe(200);
  });

  test.each([
    ['SageMaker.DescribeModel', '{"ModelName":"no"}', 'ValidationException', 'message'],
    ['AnyScaleFrontendService.DescribeScalableTargets', '{}', 'ValidationException', 'Message'],
    ['SageMaker.DescribeModel', '{', 'SerializationException', 'message'],
    ['SageMaker.DescribeModel', '[]', 'SerializationException', 'message'],
    ['SageMaker.CreateCluster', '{}', 'UnknownOperationException', 'message'],
    ['SageMaker.toString', '{}', 'UnknownOperationException', 'message'],
    ['Logs_20140328.PutLogEvents', '{}', 'UnknownOperationException', 'message'],
    ['', '{}', 'UnknownOperationException', 'message'],
  ])('an error of %s %s has type and text', async (target, body, type, member) => {
    const { status, headers, text } = await post(target, body);
    expect([status, headers.get('x-amzn-errortype')]).toEqual([400, type]);
    expect(JSON.parse(text)).toEqual({ __type: type, [member]: expect.any(String) });
  });

  test('is checked before the SDK would: the SDK sends what its types forbid', async () => {
    const call = fixture.sagemaker.send(new CreateModelCommand({ ModelName: 'a b', ExecutionRoleArn: ROLE, PrimaryContainer: { Image: IMAGE } }));
    expect(await refusal(call)).toContain("Value 'a b' at 'modelName' failed to satisfy constraint");
  });
});

describe('accounts and regions', () => {
  test.each([
    ['AWS4-HMAC-SHA256 Credential=111122223333/20260101/eu-west-1/sagemaker/aws4_request, SignedHeaders=host', { account: '111122223333', region: 'eu-west-1', accessKey: '111122223333' }],
    ['AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-west-2/sagemaker/aws4_request', { account: '123456789012', region: 'us-west-2', accessKey: 'AKIAEXAMPLE' }],
    ['Bearer x', { account: '123456789012', region: 'us-east-1', accessKey: 'test' }],
    [undefined, { account: '123456789012', region: 'us-east-1', accessKey: 'test' }],
  ])('%p', (header, caller) => {
    expect(callerOf(header)).toEqual(caller);
  });

  test('do not see each other', async () => {
    await fixture.models('m');
    const elsewhere = new SageMakerClient({ endpoint: fixture.server.url, region: 'eu-west-1', credentials: { accessKeyId: '123456789012', secretAccessKey: 'x' } });
    expect((await elsewhere.send(new ListModelsCommand({}))).Models).toEqual([]);
    const { ModelArn } = await elsewhere.send(new CreateModelCommand({ ModelName: 'm', ExecutionRoleArn: ROLE, PrimaryContainer: { Image: IMAGE } }));
    expect(ModelArn).toBe('arn:aws:sagemaker:eu-west-1:123456789012:model/m');
    elsewhere.destroy();
  });
});

test('a port that is taken is an error', async () => {
  await expect(serve(new StandIn(), fixture.server.port)).rejects.toThrow('EADDRINUSE');
});
