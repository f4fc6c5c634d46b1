import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { InvokeEndpointCommand, SageMakerRuntimeClient, type InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient, type PublishCommandInput } from '@aws-sdk/client-sns';
import { GetParameterCommand, PutParameterCommand, SSMClient, type PutParameterCommandInput } from '@aws-sdk/client-ssm';
import { Fixture, refusal } from './fixture';
import { callsOf } from '../iam';
import { Scheduler, TestStateMachine } from '../state-machine';

let fixture: Fixture;
beforeEach(async () => { fixture = await Fixture.start(); });
afterEach(async () => fixture.stop());

const iam = () => callsOf('Role', fixture.standIn.control.calls).map(({ action, resource, context }) => [action, ...resource, context]);
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:Alerts';

describe('SSM', () => {
  let ssm: SSMClient;
  beforeEach(() => { ssm = fixture.client(SSMClient); });
  const put = async (rest: Partial<PutParameterCommandInput> = {}) => ssm.send(new PutParameterCommand({ Name: '/switch/web', Value: 'gpu', Type: 'String', ...rest }));

  test('a parameter and its versions, by name and by ARN', async () => {
    expect(await put()).toMatchObject({ Version: 1, Tier: 'Standard' });
    expect(await put({ Value: 'inf2', Type: undefined, Overwrite: true })).toMatchObject({ Version: 2 });
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: 'arn:aws:ssm:us-east-1:123456789012:parameter/switch/web' }));
    expect(Parameter).toEqual({
      Name: '/switch/web', Value: 'inf2', Type: 'String', Version: 2, DataType: 'text', LastModifiedDate: new Date('2026-01-01'), ARN: 'arn:aws:ssm:us-east-1:123456789012:parameter/switch/web',
    });
    expect(iam()).toEqual([
      ['ssm:PutParameter', 'arn:aws:ssm:us-east-1:123456789012:parameter/switch/web', { 'ssm:Overwrite': 'false' }],
      ['ssm:PutParameter', 'arn:aws:ssm:us-east-1:123456789012:parameter/switch/web', { 'ssm:Overwrite': 'true' }],
      ['ssm:GetParameter', 'arn:aws:ssm:us-east-1:123456789012:parameter/switch/web', {}],
    ]);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['one that is not there', async () => ssm.send(new GetParameterCommand({ Name: 'none' })), 'ParameterNotFound: '],
    ['one that is there', async () => { await put(); return put(); }, 'ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true.'],
    ['none of a type', async () => put({ Type: undefined }), 'ValidationException: A parameter type is required when you create a parameter.'],
    ['nothing', async () => put({ Value: '' }), "ValidationException: 1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    ['too much', async () => put({ Value: 'x'.repeat(4097) }), 'ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters.'],
  ])('%s is refused', async (_, call, message) => expect((await refusal(call())).replace('UnknownError', '')).toBe(message));
});

describe('SNS', () => {
  let sns: SNSClient;
  beforeEach(() => { sns = fixture.client(SNSClient); });
  const publish = async (rest: Partial<PublishCommandInput> = {}) => sns.send(new PublishCommand({ TopicArn: TOPIC, Message: 'a & <b>', Subject: 'rolled back', ...rest }));

  test('a message', async () => {
    const { MessageId } = await publish({ MessageAttributes: { level: { DataType: 'String', StringValue: 'error' } } });
    expect(fixture.standIn.state().notifications).toEqual([{ id: MessageId, topic: TOPIC, subject: 'rolled back', message: 'a & <b>', time: Date.UTC(2026, 0, 1) }]);
    expect(fixture.standIn.control.calls[0].input).toEqual({ TopicArn: TOPIC, Message: 'a & <b>', Subject: 'rolled back', MessageAttributes: { level: { DataType: 'String', StringValue: 'error' } } });
    expect(iam()).toEqual([['sns:Publish', TOPIC, {}]]);
  });

  test.each<[string, Partial<PublishCommandInput>, string]>([
    ['no topic', { TopicArn: undefined }, 'InvalidParameterException: Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter'],
    ['no ARN', { TopicArn: 'Alerts & more' }, 'InvalidParameterException: Invalid parameter: TopicArn Reason: Alerts & more does not start with arn'],
    ['a subject of two lines', { Subject: 'a\nb' }, 'InvalidParameterException: Invalid parameter: Subject'],
    ['a long subject', { Subject: 'x'.repeat(100) }, 'InvalidParameterException: Invalid parameter: Subject'],
    ['a FIFO topic', { TopicArn: `${TOPIC}.fifo` }, 'InvalidParameterException: Invalid parameter: the stand-in has no FIFO topics'],
  ])('%s is refused', async (_, rest, message) => expect(await refusal(publish(rest))).toBe(message));
});

describe('Lambda', () => {
  const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:Gate';
  let lambda: LambdaClient;
  beforeEach(() => { lambda = fixture.client(LambdaClient); });
  const invoke = async (Payload?: string, rest = {}) => {
    const answer = await lambda.send(new InvokeCommand({ FunctionName: ARN, Payload, ...rest }));
    return { ...answer, Payload: Buffer.from(answer.Payload ?? []).toString() };
  };

  test('what a function returns', async () => {
    fixture.standIn.functions.set('Gate', async (event) => ({ pass: true, event }));
    expect(await invoke('{"share":5}')).toMatchObject({ StatusCode: 200, Payload: '{"pass":true,"event":{"share":5}}', ExecutedVersion: '$LATEST' });
    expect((await invoke(undefined, { FunctionName: 'Gate', Qualifier: undefined })).Payload).toBe('{"pass":true,"event":{}}');
    expect(iam()).toEqual([['lambda:InvokeFunction', ARN, {}], ['lambda:InvokeFunction', ARN, {}]]);
  });

  test('what it throws is an answer, and nothing is null', async () => {
    fixture.standIn.functions.set('Gate', () => { throw new TypeError('no'); });
    const { StatusCode, FunctionError, Payload } = await invoke();
    expect([StatusCode, FunctionError, JSON.parse(Payload)]).toEqual([200, 'Unhandled', { errorType: 'TypeError', errorMessage: 'no', trace: expect.any(Array) }]);
    fixture.standIn.functions.set('Gate', () => undefined);
    expect((await invoke()).Payload).toBe('null');
  });

  test('none of that name', async () => {
    expect(await refusal(invoke())).toBe(`ResourceNotFoundException: Function not found: ${ARN}`);
    expect(fixture.standIn.control.calls.map(({ status }) => status)).toEqual([404]);
  });
});

describe('SageMaker Runtime', () => {
  let runtime: SageMakerRuntimeClient;
  beforeEach(async () => {
    runtime = fixture.client(SageMakerRuntimeClient);
    await fixture.endpoint();
  });
  const invoke = async (rest: Partial<InvokeEndpointCommandInput> = {}) => {
    const answer = await runtime.send(new InvokeEndpointCommand({ EndpointName: 'web', ContentType: 'application/json', Body: '{"text":"é"}', ...rest }));
    return [answer.InvokedProductionVariant, answer.ContentType, Buffer.from(answer.Body!).toString()];
  };

  test('by weight, or the variant that the request names, also at weight 0', async () => {
    expect(await invoke()).toEqual(['gpu', 'application/json', '{"text":"é"}']);
    expect(await invoke({ TargetVariant: 'inf2' })).toEqual(['inf2', 'application/json', '{"text":"é"}']);
    fixture.standIn.control.answer = ({ endpoint, variant, body }) => `${endpoint} ${variant} ${body.length}`;
    expect(await invoke({ Accept: 'text/plain' })).toEqual(['gpu', 'text/plain', 'web gpu 12']);
    expect(['gpu', 'inf2'].map((variant) => fixture.standIn.traffic.total('web', variant).requests)).toEqual([2, 1]);
    expect(iam().filter(([action]) => action === 'sagemaker:InvokeEndpoint')[0]).toEqual(['sagemaker:InvokeEndpoint', 'arn:aws:sagemaker:us-east-1:123456789012:endpoint/web', {}]);
  });

  test('an error of the model', async () => {
    fixture.standIn.setTraffic('web', { requestsPerMinute: 0, variants: { inf2: { errorRate: 1 }, gpu: { clientErrorRate: 1 } } });
    const failure = await invoke({ TargetVariant: 'inf2' }).catch((error: unknown) => error as any);
    expect([failure.name, failure.OriginalStatusCode, failure.$metadata.httpStatusCode, failure.message.slice(0, 59)]).toEqual(['ModelError', 500, 424, 'Received server error (500) from primary with message "{"co']);
    expect(await refusal(invoke())).toMatch(/^ModelError: Received client error \(400\) /);
    expect(fixture.standIn.traffic.total('web', 'inf2').serverErrors).toBe(1);
  });

  test('no such endpoint, no such variant', async () => {
    expect(await refusal(invoke({ EndpointName: 'none' }))).toBe('ValidationError: Endpoint none of account 123456789012 not found.');
    expect(await refusal(invoke({ TargetVariant: 'none' }))).toBe('ValidationError: Variant none of endpoint web not found.');
  });
});

describe('Step Functions', () => {
  const NAME = 'arn:aws:states:us-east-1:123456789012:stateMachine:Waiting';
  let sfn: SFNClient;
  let scheduler: Scheduler;
  beforeEach(() => {
    sfn = fixture.client(SFNClient);
    scheduler = new Scheduler(fixture.standIn.clock as never);
    const machine = new TestStateMachine({ definition: { StartAt: 'Wait', TimeoutSeconds: 600, States: { Wait: { Type: 'Wait', SecondsPath: '$.seconds', End: true } } }, integrations: {}, role: 'R', scheduler, name: 'Waiting' });
    fixture.standIn.machines.set(machine.arn, machine);
  });
  const start = async (name: string, seconds = 60, stateMachineArn = NAME) => (await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify({ seconds }) }))).executionArn!;

  test('an execution from its start to its end', async () => {
    const executionArn = await start('one');
    const running = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    expect(running).toMatchObject({ name: 'one', status: 'RUNNING', startDate: new Date('2026-01-01'), input: '{"seconds":60}' });
    expect([running.stopDate, running.output]).toEqual([undefined, undefined]);
    await scheduler.runUntilIdle();
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ status: 'SUCCEEDED', stopDate: new Date('2026-01-01T00:01:00Z'), output: '{"seconds":60}' });
  });

  test('stopped, and listed by status, newest first', async () => {
    const [one, two] = [await start('one'), await start('two')];
    await sfn.send(new StopExecutionCommand({ executionArn: one, error: 'Stop', cause: 'by hand' }));
    await sfn.send(new StopExecutionCommand({ executionArn: one, error: 'Again' }));
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn: one }))).toMatchObject({ status: 'ABORTED', error: 'Stop', cause: 'by hand' });
    const list = async (statusFilter?: 'RUNNING') => (await sfn.send(new ListExecutionsCommand({ stateMachineArn: NAME, statusFilter }))).executions!.map(({ name, status }) => [name, status]);
    expect([await list(), await list('RUNNING')]).toEqual([[['two', 'RUNNING'], ['one', 'ABORTED']], [['two', 'RUNNING']]]);
    expect(iam().slice(-3).map(([action, resource]) => [action, resource])).toEqual([['states:DescribeExecution', one], ['states:ListExecutions', NAME], ['states:ListExecutions', NAME]]);
    expect(two).toBe('arn:aws:states:us-east-1:123456789012:execution:Waiting:two');
  });

  test('a name once', async () => {
    await start('one');
    expect(await refusal(start('one', 61))).toBe("ExecutionAlreadyExists: Execution Already Exists: 'arn:aws:states:us-east-1:123456789012:execution:Waiting:one'");
    expect(await start('one')).toMatch(/:one$/);
  });

  test('no such machine, no such execution, no JSON', async () => {
    expect(await refusal(start('one', 1, `${NAME}2`))).toBe(`StateMachineDoesNotExist: State Machine Does Not Exist: '${NAME}2'`);
    expect(await refusal(sfn.send(new DescribeExecutionCommand({ executionArn: `${NAME}:none` })))).toBe(`ExecutionDoesNotExist: Execution Does Not Exist: '${NAME}:none'`);
    expect(await refusal(sfn.send(new StartExecutionCommand({ stateMachineArn: NAME, input: '{' })))).toBe("InvalidExecutionInput: Invalid State Machine Execution Input: '{'");
  });
});
