import { lambda, type Handler } from './lambda';
import { TaskError } from '../errors';
import { path } from '../fixture';
import { TestStateMachine } from '../machine';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:Record';

function machine(handler: Handler, Parameters: object = { 'FunctionName': ARN, 'Payload.$': '$' }, rest: object = {}): TestStateMachine {
  // Through JSON, as definitions come: what is undefined is not there.
  const states = JSON.parse(JSON.stringify({
    Record: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters, Catch: [{ ErrorEquals: ['NoSuchLogs'], Next: 'Caught' }], End: true, ...rest },
    Caught: { Type: 'Succeed' },
  }));
  return new TestStateMachine({ definition: { StartAt: 'Record', States: states }, integrations: { lambda: lambda({ [ARN]: handler }) }, role: 'MachineRole' });
}

test('the handler gets the payload, the state its answer as the service gives it', async () => {
  const { output } = await machine((event) => ({ got: event, at: new Date(0) })).run({ x: 1 });
  expect(output).toEqual({
    ExecutedVersion: '$LATEST',
    Payload: { got: { x: 1 }, at: '1970-01-01T00:00:00.000Z' },
    SdkHttpMetadata: { HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: 'test' },
    StatusCode: 200,
  });
});

test('nothing in, nothing out', async () => {
  const events: unknown[] = [];
  const { output } = await machine((event) => void events.push(event), { FunctionName: ARN }).run({ x: 1 });
  expect([events, (output as { Payload: unknown }).Payload]).toEqual([[{}], null]);
});

test.each([ARN, `${ARN}:live`, 'Record', 'Record:live'])('by the name %s', async (FunctionName) => {
  const here = machine(() => 'here', { FunctionName });
  expect((await here.run()).status).toBe('SUCCEEDED');
  expect(here.calls).toEqual([{ principal: 'MachineRole', action: 'lambda:InvokeFunction', resource: [FunctionName], context: {} }]);
});

test("a function's own ARN as resource: input and output are the payload's", async () => {
  const result = await machine((event) => ({ twice: event.x * 2 }), undefined, { Resource: ARN, Parameters: undefined }).run({ x: 2 });
  expect(result.output).toEqual({ twice: 4 });
});

test("what the handler throws is the task's failure, with the runtime's JSON as cause", async () => {
  class NoSuchLogs extends Error {
    constructor() {
      super('no "stream"');
      this.name = 'NoSuchLogs';
    }
  }
  const here = machine(() => { throw new NoSuchLogs(); });
  const { history, output } = await here.run();
  expect(path({ history })).toEqual(['Record', 'Caught']);
  const { Error: error, Cause } = output as { Error: string; Cause: string };
  expect(error).toBe('NoSuchLogs');
  expect(JSON.parse(Cause)).toEqual({ errorType: 'NoSuchLogs', errorMessage: 'no "stream"', trace: expect.arrayContaining([expect.stringMatching(/^ +at /)]) });
  expect(here.calls).toHaveLength(1);
});

test('a TypeError of the handler is a failure as on AWS, not a mistake of the test', async () => {
  const { error, cause } = await machine((event) => event.none.at).run();
  expect([error, JSON.parse(cause!).errorType]).toEqual(['TypeError', 'TypeError']);
});

test('thrown text, and failures of the service', async () => {
  // Handlers may throw anything.
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  expect(await machine(() => { throw 'a text'; }).run()).toMatchObject({ error: 'string', cause: '{"errorType":"string","errorMessage":"a text","trace":[]}' });
  expect(await machine(() => { throw new TaskError('Lambda.TooManyRequestsException', 'slow down'); }).run()).toMatchObject({ error: 'Lambda.TooManyRequestsException', cause: 'slow down' });
});

test.each<[object, string]>([
  [{ FunctionName: 'Other' }, 'lambda: got FunctionName Other, there are Record'],
  [{ FunctionName: 'Record', InvocationType: 'Event' }, 'lambda: got InvocationType Event, only RequestResponse is there'],
])('a mistake of the test: %j', async (parameters, message) => {
  await expect(machine(() => 1, parameters).run()).rejects.toThrow(message);
});
