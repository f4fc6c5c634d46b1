import { createHash } from 'node:crypto';
import { Listener } from '../../compilation/runtime/http';
import { VirtualClock } from '../../support/standin/clock';
import { ServiceError } from '../../support/standin/errors';
import { serve, type RunningServer } from '../../support/standin/server';
import { StandIn } from '../../support/standin/stand-in';
import type { RunningExecution, StateMachine } from '../../support/standin/states';

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:Train';
const RUN = 'arn:aws:states:us-east-1:123456789012:execution:Train';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:Starter';
const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);

const content = (training: string, input = '{}') => createHash('sha256').update(JSON.stringify([MACHINE, training, input])).digest('hex').slice(0, 8);
const A = `deploy-12345678-${content('aaaaaaaa')}`;
const B = `deploy-12345678-${content('bbbbbbbb')}`;

/** An execution that ends when it is told to. */
class Run implements RunningExecution {
  readonly started = clock.now();
  readonly arn: string;
  status: RunningExecution['status'] = 'RUNNING';
  result: { error?: string; cause?: string; seconds: number } = { seconds: 0 };

  constructor(readonly name: string, readonly input: unknown) {
    this.arn = `${RUN}:${name}`;
  }

  end(status: RunningExecution['status'], error?: string, cause?: string): void {
    this.status = status;
    this.result = { error, cause, seconds: (clock.now() - this.started) / 1000 };
  }

  abort(error?: string, cause?: string): void {
    this.end('ABORTED', error, cause);
  }
}

const saved = { ...process.env };
let clock: VirtualClock;
let standIn: StandIn;
let server: RunningServer;
let cloudFormation: Listener;
let handler: typeof import('../../../src/training/runtime/deploy.lambda').handler;
let runs: Run[];
let pauses: number[];
let later: any[];
/** Called after each pause. */
let meanwhile: () => void;
/** What Step Functions is to refuse, the next times. */
let refusals: { operation: string; error: ServiceError; times: number }[];
/** When the invocation ends. */
let invocationEnds: number;

beforeEach(async () => {
  clock = new VirtualClock(START);
  standIn = new StandIn({ clock });
  [runs, pauses, later, refusals, meanwhile, invocationEnds] = [[], [], [], [], () => undefined, Infinity];
  const machine: StateMachine = {
    arn: MACHINE,
    executions: runs,
    start(input, name) {
      const before = runs.find((one) => one.name === name);
      if (before?.status === 'RUNNING' && JSON.stringify(before.input) === JSON.stringify(input)) return before;
      if (before) throw Object.assign(new Error('it was there'), { name: 'ExecutionAlreadyExists' });
      runs.push(new Run(name!, input));
      return runs.at(-1)!;
    },
  };
  standIn.machines.set(MACHINE, machine);
  standIn.functions.set('Starter', (given) => { later.push(given); });
  const request = standIn.request.bind(standIn);
  jest.spyOn(standIn, 'request').mockImplementation((service, operation, input, caller) => {
    const refusal = refusals.find((one) => one.operation === operation && one.times > 0);
    if (refusal === undefined) return request(service, operation, input, caller);
    refusal.times--;
    throw refusal.error;
  });
  server = await serve(standIn);
  cloudFormation = await Listener.start();
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '123456789012', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1', AWS_ENDPOINT_URL_SFN: server.url, AWS_ENDPOINT_URL_LAMBDA: server.url,
  });
  jest.resetModules();
  jest.doMock('node:timers/promises', () => ({
    setTimeout: async (ms: number) => {
      pauses.push(ms);
      clock.advance(ms / 1000);
      meanwhile();
    },
  }));
  // The clients read the environment when they are made.
  ({ handler } = jest.requireActual('../../../src/training/runtime/deploy.lambda'));
  jest.spyOn(Date, 'now').mockImplementation(() => clock.now());
  jest.spyOn(console, 'error').mockImplementation();
  jest.spyOn(console, 'log').mockImplementation();
});
afterEach(async () => {
  jest.restoreAllMocks();
  jest.dontMock('node:timers/promises');
  process.env = { ...saved };
  await Promise.all([cloudFormation.stop(), server.close()]);
});

const properties = (more: object = {}) => ({ ServiceToken: FUNCTION, StateMachineArn: MACHINE, Group: 'deploy-12345678', Training: 'aaaaaaaa', Input: '{}', ...more });

function event(RequestType: string, RequestId: string, more: { id?: string; properties?: object } = {}): any {
  return { RequestType, RequestId, PhysicalResourceId: more.id, ResponseURL: `${cloudFormation.url}/answer`, StackId: 's', LogicalResourceId: 'l', ResourceProperties: properties(more.properties) };
}

/** Calls the handler; the answers that CloudFormation got by then. */
async function call(one: any): Promise<any[]> {
  const before = cloudFormation.received.length;
  await handler(one, { invokedFunctionArn: FUNCTION, logStreamName: 'stream', getRemainingTimeInMillis: () => invocationEnds - clock.now() });
  return cloudFormation.bodies.slice(before).map(({ Status, PhysicalResourceId, Reason }) => [Status, PhysicalResourceId, ...Reason === undefined ? [] : [Reason]]);
}

const refuse = (operation: string, name: string, times = 1) => refusals.push({ operation, error: new ServiceError(name, 'so it is'), times });
const named = () => runs.map(({ name, status }) => `${name} ${status}`);
const operations = () => (standIn.request as jest.Mock).mock.calls.map(([, operation]) => operation);

describe('made, without a wait', () => {
  test('it starts a run under the name of the request, and answers at once', async () => {
    expect(await call(event('Create', 'r1', { properties: { Input: '{"hyperParameters":{"epochs":3}}' } }))).toEqual([['SUCCESS', `${RUN}:deploy-12345678-${content('aaaaaaaa', '{"hyperParameters":{"epochs":3}}')}-r1`]]);
    expect(runs.map(({ input }) => input)).toEqual([{ hyperParameters: { epochs: 3 } }]);
    expect(cloudFormation.bodies[0]).toMatchObject({ StackId: 's', RequestId: 'r1', LogicalResourceId: 'l' });
    expect(pauses).toEqual([]);
  });

  test('an event that comes twice starts one run', async () => {
    expect(await call(event('Create', 'r1'))).toEqual(await call(event('Create', 'r1')));
    expect(named()).toEqual([`${A}-r1 RUNNING`]);
  });

  test('an event that comes again after the end of the run starts none, and stops none', async () => {
    await call(event('Create', 'r1'));
    runs[0].end('SUCCEEDED');
    await call(event('Create', 'r2', { properties: { Training: 'bbbbbbbb' } }));
    expect(await call(event('Create', 'r1'))).toEqual([['SUCCESS', `${RUN}:${A}-r1`]]);
    expect(named()).toEqual([`${A}-r1 SUCCEEDED`, `${B}-r2 RUNNING`]);
  });

  test('two at the same moment start one run', async () => {
    await Promise.all([call(event('Create', 'r1')), call(event('Create', 'r1'))]);
    expect(cloudFormation.bodies.map(({ Status }) => Status)).toEqual(['SUCCESS', 'SUCCESS']);
    expect(named()).toEqual([`${A}-r1 RUNNING`]);
  });

  test('a name that is taken when it is asked for is its own', async () => {
    refuse('StartExecution', 'ExecutionAlreadyExists');
    expect(await call(event('Create', 'r1'))).toEqual([['SUCCESS', `${RUN}:${A}-r1`]]);
  });

  test('it says what kept it from starting', async () => {
    refuse('StartExecution', 'StateMachineDeleting');
    expect(await call(event('Create', 'r1'))).toEqual([['FAILED', `${RUN}:${A}-r1`, 'StateMachineDeleting: so it is (log stream stream)']]);
    expect(await call(event('Delete', 'r2', { id: `${RUN}:${A}-r1` }))).toEqual([['SUCCESS', `${RUN}:${A}-r1`]]);
    expect(named()).toEqual([]);
  });

  test('rights of a new role are waited for, and not for long', async () => {
    refuse('DescribeExecution', 'AccessDeniedException', 2);
    refuse('StartExecution', 'AccessDeniedException', 1);
    expect(await call(event('Create', 'r1'))).toEqual([['SUCCESS', `${RUN}:${A}-r1`]]);
    expect(pauses).toEqual([10_000, 10_000, 10_000]);
    refuse('DescribeExecution', 'AccessDeniedException', 4);
    expect(await call(event('Create', 'r2'))).toEqual([['FAILED', `${RUN}:${A}-r2`, 'AccessDeniedException: so it is (log stream stream)']]);
    expect(named()).toEqual([`${A}-r1 RUNNING`]);
  });

  test('it stops the run that it replaces, gives the rule time, and leaves runs of others alone', async () => {
    await call(event('Create', 'r1'));
    runs.push(new Run('by-hand', {}), new Run('deploy-87654321-x', {}));
    expect(await call(event('Create', 'r2', { properties: { Training: 'bbbbbbbb' } }))).toEqual([['SUCCESS', `${RUN}:${B}-r2`]]);
    expect(named()).toEqual([`${A}-r1 ABORTED`, 'by-hand RUNNING', 'deploy-87654321-x RUNNING', `${B}-r2 RUNNING`]);
    expect(runs[0].result).toMatchObject({ error: 'Deploy.Replaced', cause: 'a deploy changed the training or its parameters' });
    expect(pauses).toEqual([30_000]);
  });

  test('the run that it replaces is found on any page', async () => {
    runs.push(new Run(`${B}-r0`, {}));
    for (let i = 0; i < 1200; i++) runs.push(new Run(`by-hand-${i}`, {}));
    await call(event('Create', 'r1'));
    expect(runs[0].status).toBe('ABORTED');
    expect(operations().filter((one) => one === 'ListExecutions')).toHaveLength(2);
  });

  test('the answer tells nobody where to send it', async () => {
    await call(event('Create', 'r1'));
    expect(JSON.stringify([runs, (console.log as jest.Mock).mock.calls])).not.toContain(cloudFormation.url);
  });
});

describe('made, with a wait', () => {
  const wait = (minutes: number) => ({ properties: { WaitSeconds: String(minutes * 60) } });

  test('it answers when the run is through', async () => {
    meanwhile = () => { if (clock.now() >= START + 5 * MINUTE) runs[0].end('SUCCEEDED'); };
    expect(await call(event('Create', 'r1', wait(30)))).toEqual([['SUCCESS', `${RUN}:${A}-r1`]]);
    expect(clock.now()).toBe(START + 5 * MINUTE);
  });

  test.each<[string, [RunningExecution['status'], string?, string?], string]>([
    ['what it threw', ['FAILED', 'Training.UserError', JSON.stringify({ errorType: 'Training.UserError', errorMessage: 'ValueError: no such file', trace: [] })], 'The run ended as FAILED: Training.UserError: ValueError: no such file'],
    ['a cause that is no JSON', ['FAILED', 'States.Runtime', 'the state has no input'], 'The run ended as FAILED: States.Runtime: the state has no input'],
    ['JSON without a message', ['FAILED', 'E', '{"a":1}'], 'The run ended as FAILED: E: {"a":1}'],
    ['an error alone', ['ABORTED', 'Mine'], 'The run ended as ABORTED: Mine'],
    ['nothing', ['TIMED_OUT'], 'The run ended as TIMED_OUT: no error'],
    ['a long story', ['FAILED', 'E', `${'a'.repeat(1000)}${'z'.repeat(1000)}`], `The run ended as FAILED: E: ${'a'.repeat(397)}\n...\n${'z'.repeat(397)}`],
  ])('it fails as the run does: %s', async (_, [status, error, cause], reason) => {
    meanwhile = () => runs[0].end(status, error, cause);
    expect(await call(event('Create', 'r1', wait(30)))).toEqual([['FAILED', `${RUN}:${A}-r1`, `${reason} (execution ${RUN}:${A}-r1)`]]);
  });

  test('when the time is over it stops the run, and says so', async () => {
    expect(await call(event('Create', 'r1', wait(20)))).toEqual([[
      'FAILED', `${RUN}:${A}-r1`, `The run was not over after the 20 minutes that the deploy waits. It was stopped, and its job with it: nothing of it is left running (execution ${RUN}:${A}-r1)`,
    ]]);
    expect(named()).toEqual([`${A}-r1 ABORTED`]);
    expect(runs[0].result).toEqual({ error: 'Deploy.WaitOver', cause: 'the deploy waits 20 minutes', seconds: 20 * 60 });
  });

  test('it waits as long as it is told to, and no longer', async () => {
    await call(event('Create', 'r1', { properties: { WaitSeconds: '63' } }));
    expect(clock.now()).toBe(START + 63_000);
  });

  test('a run that is through in the last moment is a success', async () => {
    const stop = jest.spyOn(Run.prototype, 'abort').mockImplementation(function (this: Run) { this.end('SUCCEEDED'); });
    expect(await call(event('Create', 'r1', wait(1)))).toEqual([['SUCCESS', `${RUN}:${A}-r1`]]);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  test('a wait that is longer than an invocation goes on in the next, with the same event', async () => {
    const one = event('Create', 'r1', wait(55));
    for (let invocation = 1; invocation <= 3; invocation++) {
      invocationEnds = clock.now() + 15 * MINUTE;
      expect(await call(one)).toEqual([]);
      expect(invocationEnds - clock.now()).toBeGreaterThan(45_000);
      expect(later).toEqual(Array.from({ length: invocation }, () => one));
    }
    invocationEnds = clock.now() + 15 * MINUTE;
    expect(await call(one)).toEqual([['FAILED', `${RUN}:${A}-r1`, expect.stringMatching(/^The run was not over after the 55 minutes /)]]);
    expect(clock.now()).toBe(START + 55 * MINUTE);
    expect(named()).toEqual([`${A}-r1 ABORTED`]);
  });

  test('when it cannot hand over, the invocation fails: Lambda makes it again', async () => {
    invocationEnds = clock.now() + MINUTE - 1;
    standIn.functions.clear();
    await expect(call(event('Create', 'r1', wait(55)))).rejects.toThrow(`Function not found: ${FUNCTION}`);
    expect(cloudFormation.received).toEqual([]);
    meanwhile = () => runs[0].end('SUCCEEDED');
    invocationEnds = Infinity;
    expect(await call(event('Create', 'r1', wait(55)))).toEqual([['SUCCESS', `${RUN}:${A}-r1`]]);
    expect(named()).toEqual([`${A}-r1 SUCCEEDED`]);
  });

  test('looks that fail are made again', async () => {
    meanwhile = () => {
      if (pauses.length === 1) refuse('DescribeExecution', 'ThrottlingException', 3);
      if (pauses.length === 6) runs[0].end('SUCCEEDED');
    };
    expect(await call(event('Create', 'r1', wait(30)))).toEqual([['SUCCESS', `${RUN}:${A}-r1`]]);
  });

  test('a look that is not allowed is the end of it; what was started is stopped by the delete that follows', async () => {
    meanwhile = () => refuse('DescribeExecution', 'AccessDeniedException');
    expect(await call(event('Create', 'r1', wait(30)))).toEqual([['FAILED', `${RUN}:${A}-r1`, 'AccessDeniedException: so it is (log stream stream)']]);
    meanwhile = () => undefined;
    await call(event('Delete', 'r2', { id: `${RUN}:${A}-r1` }));
    expect(named()).toEqual([`${A}-r1 ABORTED`]);
  });

  test('an answer that is lost is sent again with the event', async () => {
    meanwhile = () => runs[0].end('SUCCEEDED');
    const one = { ...event('Create', 'r1', wait(30)), ResponseURL: 'http://127.0.0.1:9/answer' };
    jest.spyOn(global, 'setTimeout').mockImplementation(((action: () => void) => { setImmediate(action); return 0; }) as never);
    await expect(call(one)).rejects.toThrow(/^CloudFormation did not take the answer: /);
    expect(await call({ ...one, ResponseURL: `${cloudFormation.url}/answer` })).toEqual([['SUCCESS', `${RUN}:${A}-r1`]]);
  });
});

describe('updated', () => {
  const first = `${RUN}:${A}-r1`;
  beforeEach(() => call(event('Create', 'r1')));

  test('without a change of what is run nothing happens, whether the run goes on or not', async () => {
    expect(await call(event('Update', 'r2', { id: first, properties: { WaitSeconds: '600' } }))).toEqual([['SUCCESS', first]]);
    runs[0].end('FAILED');
    expect(await call(event('Update', 'r3', { id: first }))).toEqual([['SUCCESS', first]]);
    expect(named()).toEqual([`${A}-r1 FAILED`]);
    expect(pauses).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['the input', { Input: '{"hyperParameters":{"epochs":4}}' }, content('aaaaaaaa', '{"hyperParameters":{"epochs":4}}')],
    ['the training', { Training: 'bbbbbbbb' }, content('bbbbbbbb')],
  ])('with a change of %s it starts another run, and stops the one before', async (_, changed, digest) => {
    expect(await call(event('Update', 'r2', { id: first, properties: changed }))).toEqual([['SUCCESS', `${RUN}:deploy-12345678-${digest}-r2`]]);
    expect(named()).toEqual([`${A}-r1 ABORTED`, `deploy-12345678-${digest}-r2 RUNNING`]);
    // CloudFormation deletes what was replaced.
    expect(await call(event('Delete', 'r3', { id: first }))).toEqual([['SUCCESS', first]]);
    expect(runs[1].status).toBe('RUNNING');
  });

  test('that fails leaves the id of what was there; taken back, it starts nothing', async () => {
    runs[0].end('SUCCEEDED');
    meanwhile = () => runs[1].end('FAILED', 'E', 'why');
    expect(await call(event('Update', 'r2', { id: first, properties: { Training: 'bbbbbbbb', WaitSeconds: '600' } }))).toEqual([['FAILED', first, `The run ended as FAILED: E: why (execution ${RUN}:${B}-r2)`]]);
    expect(await call(event('Update', 'r3', { id: first }))).toEqual([['SUCCESS', first]]);
    expect(named()).toEqual([`${A}-r1 SUCCEEDED`, `${B}-r2 FAILED`]);
  });

  test('that cannot go on stops what it started', async () => {
    runs[0].end('SUCCEEDED');
    meanwhile = () => refuse('DescribeExecution', 'AccessDeniedException');
    expect(await call(event('Update', 'r2', { id: first, properties: { Training: 'bbbbbbbb', WaitSeconds: '600' } }))).toEqual([['FAILED', first, 'AccessDeniedException: so it is (log stream stream)']]);
    expect(runs[1].result).toMatchObject({ error: 'Deploy.Failed', cause: 'the deploy that started it failed' });
  });

  test('that was cancelled is taken back: its run is stopped', async () => {
    runs[0].end('SUCCEEDED');
    await call(event('Update', 'r2', { id: first, properties: { Training: 'bbbbbbbb' } }));
    expect(await call(event('Update', 'r3', { id: first }))).toEqual([['SUCCESS', first]]);
    expect(named()).toEqual([`${A}-r1 SUCCEEDED`, `${B}-r2 ABORTED`]);
  });
});

describe('deleted', () => {
  const first = `${RUN}:${A}-r1`;

  test('it stops the run, and answers when the rule had time to stop its job', async () => {
    await call(event('Create', 'r1'));
    expect(await call(event('Delete', 'r2', { id: first }))).toEqual([['SUCCESS', first]]);
    expect(runs[0].result).toMatchObject({ error: 'Deploy.Deleted', cause: 'the stack, or the run in it, was deleted' });
    expect(pauses).toEqual([30_000]);
  });

  test.each<[RunningExecution['status'], number, number[]]>([
    ['SUCCEEDED', 0, []],
    ['FAILED', 3600, []],
    // The rule is about to stop its job.
    ['FAILED', 10, [20_000]],
    ['ABORTED', 10, [20_000]],
    ['TIMED_OUT', 30, []],
  ])('a run that ended as %s %i seconds ago is left as it is', async (status, seconds, paused) => {
    await call(event('Create', 'r1'));
    runs[0].end(status);
    clock.advance(seconds);
    expect(await call(event('Delete', 'r2', { id: first }))).toEqual([['SUCCESS', first]]);
    expect(named()).toEqual([`${A}-r1 ${status}`]);
    expect(operations()).not.toContain('StopExecution');
    expect(pauses).toEqual(paused);
  });

  test('a run that ends while it is being stopped is no failure', async () => {
    await call(event('Create', 'r1'));
    refuse('StopExecution', 'ExecutionDoesNotExist');
    expect(await call(event('Delete', 'r2', { id: first }))).toEqual([['SUCCESS', first]]);
    refuse('StopExecution', 'ValidationException');
    expect(await call(event('Delete', 'r2', { id: first }))).toEqual([['SUCCESS', first]]);
  });

  test('what was never started is nothing', async () => {
    expect(await call(event('Delete', 'r2', { id: first }))).toEqual([['SUCCESS', first]]);
    expect(pauses).toEqual([]);
  });

  test('an id of CloudFormation: a creation that was cancelled; its run is stopped, and no other', async () => {
    await call(event('Create', 'r1'));
    runs.push(new Run(`${B}-r0`, {}));
    expect(await call(event('Delete', 'r2', { id: 'Stack-Run-ABC' }))).toEqual([['SUCCESS', 'Stack-Run-ABC']]);
    expect(named()).toEqual([`${A}-r1 ABORTED`, `${B}-r0 RUNNING`]);
    expect(runs[0].result).toMatchObject({ error: 'Deploy.Deleted', cause: 'the deploy that started it was cancelled' });
  });

  test('an id of CloudFormation: a run that begins only now is stopped', async () => {
    meanwhile = () => { if (runs.length === 0) runs.push(new Run(`${A}-r1`, {})); };
    await call(event('Delete', 'r2', { id: 'Stack-Run-ABC' }));
    expect(named()).toEqual([`${A}-r1 ABORTED`]);
  });

  test('an id of CloudFormation, and nothing was ever started, or the state machine is gone', async () => {
    expect(await call(event('Delete', 'r2', { id: 'Stack-Run-ABC' }))).toEqual([['SUCCESS', 'Stack-Run-ABC']]);
    standIn.machines.clear();
    expect(await call(event('Delete', 'r2', { id: 'Stack-Run-ABC' }))).toEqual([['SUCCESS', 'Stack-Run-ABC']]);
  });

  test('what it may not do is a failure that says so', async () => {
    await call(event('Create', 'r1'));
    refuse('StopExecution', 'AccessDeniedException');
    expect(await call(event('Delete', 'r2', { id: first }))).toEqual([['FAILED', first, 'AccessDeniedException: so it is (log stream stream)']]);
  });
});
