import { states } from './states';
import type { Definition, State } from '../definition';
import { path } from '../fixture';
import { TestStateMachine } from '../machine';
import { Scheduler } from '../scheduler';

const RULE = 'arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule';
const child = (name: string) => `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`;
const execution = (machine: string, name: string) => `arn:aws:states:us-east-1:123456789012:execution:${machine}:${name}`;

const RUN_CHILD: State = {
  Type: 'Task',
  Resource: 'arn:aws:states:::states:startExecution.sync:2',
  Parameters: { 'StateMachineArn': child('Step'), 'Name.$': "States.Format('{}-{}', $$.Execution.Name, $.step)", 'Input': { 'step.$': '$.step', 'parent.$': '$$.Execution.Id' } },
  ResultPath: '$.child',
  End: true,
};
const WAIT: Definition = {
  StartAt: 'Wait', TimeoutSeconds: 3600, States: { Wait: { Type: 'Wait', Seconds: 600, Next: 'Tell' }, Tell: { Type: 'Pass', Parameters: { 'done.$': '$.step', 'by.$': '$$.Execution.Name' }, End: true } },
};

/** A parent of one state, and a child. */
function world(run: Partial<State> = {}, definition: Definition = WAIT, parent: Partial<Definition> = {}) {
  const scheduler = new Scheduler();
  const machines: TestStateMachine[] = [];
  const make = (name: string, one: Definition, role: string, fails = () => {}) => {
    const machine = new TestStateMachine({
      definition: one, role, scheduler, name, integrations: { states: states(() => machines), demo: async (_operation, _input, { sleep }) => { await sleep(1); fails(); return {}; } },
    });
    machines.push(machine);
    return machine;
  };
  const [Parent, Step] = [make('Parent', { StartAt: 'Run', TimeoutSeconds: 86_400, States: { Run: { ...RUN_CHILD, ...run }, Caught: { Type: 'Succeed' } }, ...parent }, 'ParentRole'), make('Step', definition, 'StepRole')];
  return { scheduler, parent: Parent, step: Step };
}

test('the parent waits for the child and gets its output as JSON', async () => {
  const { parent } = world();
  const { status, seconds, output } = await parent.run({ step: 3 }, 'run');
  expect([status, seconds]).toEqual(['SUCCEEDED', 600]);
  expect(output).toEqual({
    step: 3,
    child: {
      ExecutionArn: execution('Step', 'run-3'),
      Input: { step: 3, parent: execution('Parent', 'run') },
      InputDetails: { Included: true },
      Name: 'run-3',
      Output: { done: 3, by: 'run-3' },
      OutputDetails: { Included: true },
      RedriveCount: 0,
      RedriveStatus: 'NOT_REDRIVABLE',
      RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
      StartDate: Date.UTC(2026, 0, 1),
      StateMachineArn: child('Step'),
      Status: 'SUCCEEDED',
      StopDate: Date.UTC(2026, 0, 1, 0, 10),
    },
  });
});

test('what the roles need for it', async () => {
  const { parent, step } = world();
  await parent.run({ step: 1 }, 'run');
  expect(parent.calls.map(({ principal, action, resource }) => [principal, action, ...resource])).toEqual([
    ['ParentRole', 'states:StartExecution', child('Step')],
    ['ParentRole', 'events:PutTargets', RULE], ['ParentRole', 'events:PutRule', RULE], ['ParentRole', 'events:DescribeRule', RULE],
    ['ParentRole', 'states:DescribeExecution', execution('Step', 'run-1')],
  ]);
  expect(step.calls).toEqual([]);
});

const FAILING: Definition = { StartAt: 'No', TimeoutSeconds: 60, States: { No: { Type: 'Fail', Error: 'Broken', Cause: 'it is' } } };
const ENDLESS: Definition = { StartAt: 'Wait', TimeoutSeconds: 60, States: { Wait: { Type: 'Wait', Seconds: 600, End: true } } };

test.each<[string, Definition, object]>([
  ['fails', FAILING, { Status: 'FAILED', Error: 'Broken', Cause: 'it is' }],
  ['times out', ENDLESS, { Status: 'TIMED_OUT' }],
])('a child that %s fails the task, with its description as cause', async (_, definition, expected) => {
  const { error, cause } = await world({}, definition).parent.run({ step: 1 }, 'run');
  expect([error, JSON.parse(cause!)]).toEqual(['States.TaskFailed', expect.objectContaining({ ExecutionArn: execution('Step', 'run-1'), Input: { step: 1, parent: execution('Parent', 'run') }, ...expected })]);
  const { history, output } = await world({ Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Caught' }] }, definition).parent.run({ step: 1 }, 'run');
  expect([path({ history }), (output as any).Error]).toEqual([['Run', 'Caught'], 'States.TaskFailed']);
});

test('a child that is stopped by hand', async () => {
  const { scheduler, parent, step } = world();
  const run = parent.start({ step: 1 }, 'run');
  await scheduler.runFor(60);
  step.executions[0].abort('Stop', 'by hand');
  await scheduler.runUntilIdle();
  expect([run.status, JSON.parse(run.result.cause!).Status]).toEqual(['FAILED', 'ABORTED']);
});

describe('the child is stopped with', () => {
  test('a parent that is stopped', async () => {
    const { scheduler, parent, step } = world();
    const run = parent.start({ step: 1 }, 'run');
    await scheduler.runFor(60);
    expect(step.executions[0].status).toBe('RUNNING');
    run.abort();
    await scheduler.runUntilIdle();
    expect([run.status, step.executions[0].status, step.executions[0].result.seconds]).toEqual(['ABORTED', 'ABORTED', 60]);
    expect(parent.calls.at(-1)).toEqual({ principal: 'ParentRole', action: 'states:StopExecution', resource: [execution('Step', 'run-1')], context: {} });
  });

  test('a parent that times out', async () => {
    const { parent, step } = world({}, WAIT, { TimeoutSeconds: 100 });
    expect((await parent.run({ step: 1 }, 'run')).status).toBe('TIMED_OUT');
    expect([step.executions[0].status, step.executions[0].result.seconds]).toEqual(['ABORTED', 100]);
  });

  test('a task whose time is over, and the parent goes on', async () => {
    const { parent, step } = world({}, WAIT, {
      States: { Run: { ...RUN_CHILD, TimeoutSeconds: 100, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Rest' }] }, Rest: { Type: 'Wait', Seconds: 50, End: true } },
    });
    const { status, seconds, history } = await parent.run({ step: 1 }, 'run');
    expect([status, seconds, path({ history })]).toEqual(['SUCCEEDED', 150, ['Run', 'Rest']]);
    expect([step.executions[0].status, step.executions[0].result.seconds]).toEqual(['ABORTED', 100]);
  });
});

test('a retry starts another child; a name that is taken fails the task', async () => {
  const other = world({ Parameters: { 'StateMachineArn': child('Step'), 'Name.$': "States.Format('try-{}', $$.State.RetryCount)" }, Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 10, MaxAttempts: 1 }] }, FAILING);
  await other.parent.run({ step: 1 });
  expect(other.step.executions.map(({ name }) => name)).toEqual(['try-0', 'try-1']);
  const fixed = world({ Parameters: { StateMachineArn: child('Step') }, Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 10, MaxAttempts: 1 }] }, FAILING);
  const { error } = await fixed.parent.run({ step: 1 });
  expect([error, fixed.step.executions.length]).toEqual(['States.TaskFailed', 2]);
  const taken = world({ Parameters: { StateMachineArn: child('Step'), Name: 'same', Input: {} } });
  taken.step.start({}, 'same').abort();
  expect(await taken.parent.run({ step: 1 })).toMatchObject({ error: 'StepFunctions.ExecutionAlreadyExistsException', cause: expect.stringMatching(/^Execution Already Exists: /) });
});

test('without waiting: the ARN at once', async () => {
  const { parent, step } = world({ Resource: 'arn:aws:states:::states:startExecution' });
  const { seconds, output } = await parent.run({ step: 1 }, 'run');
  expect([seconds, (output as any).child]).toEqual([0, { ExecutionArn: execution('Step', 'run-1'), StartDate: Date.UTC(2026, 0, 1) }]);
  expect([parent.calls.map(({ action }) => action), step.executions[0].status]).toEqual([['states:StartExecution'], 'SUCCEEDED']);
});

test('no machine of that name; an operation that is not there', async () => {
  expect((await world({ Parameters: { StateMachineArn: child('None') } }).parent.run({ step: 1 })).error).toBe('StepFunctions.StateMachineDoesNotExistException');
  await expect(world({ Resource: 'arn:aws:states:::states:stopExecution' }).parent.run({ step: 1 })).rejects.toThrow('states: got stopExecution, only startExecution and startExecution.sync:2 are there');
  expect(() => world({ Resource: 'arn:aws:states:::ecs:runTask.sync' })).toThrow('state Run: Resource arn:aws:states:::ecs:runTask.sync is not supported by the interpreter');
});

const choice = (rule: { Next: string; [member: string]: unknown }, Default: string): State => ({ Type: 'Choice', Choices: [rule], Default });

test('children one after the other for three days, a tick a minute, in seconds', async () => {
  const before = process.cpuUsage();
  const TICKS: Definition = {
    StartAt: 'Tick',
    TimeoutSeconds: 40_000,
    States: {
      'Tick': { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:demo:tick', Parameters: { 'now.$': '$$.State.EnteredTime' }, ResultPath: null, Next: 'Count' },
      'Count': { Type: 'Pass', Parameters: { 'left.$': 'States.MathAdd($.left, -1)' }, Next: 'Done?' },
      'Done?': choice({ Variable: '$.left', NumericLessThanEquals: 0, Next: 'Done' }, 'Wait'),
      'Wait': { Type: 'Wait', Seconds: 59, Next: 'Tick' },
      'Done': { Type: 'Succeed' },
    },
  };
  const { End: _, ...more } = RUN_CHILD;
  const segments: State = { ...more, Parameters: { StateMachineArn: child('Step'), Input: { left: 600 } }, ResultPath: null, Next: 'Count' };
  const { parent, step } = world({}, TICKS, {
    TimeoutSeconds: 400_000,
    States: {
      'Run': segments,
      'Count': { Type: 'Pass', Parameters: { 'step.$': 'States.MathAdd($.step, -1)' }, Next: 'More?' },
      'More?': choice({ Variable: '$.step', NumericGreaterThan: 0, Next: 'Run' }, 'Done'),
      'Done': { Type: 'Succeed' },
    },
  });
  const { status, seconds } = await parent.run({ step: 8 });
  expect([status, Math.round(seconds / 3600), step.executions.length]).toEqual(['SUCCEEDED', 80, 8]);
  expect(step.executions.every(({ result }) => result.events < 25_000)).toBe(true);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000_000).toBeLessThan(20);
});

test('a mistake of the test is not taken for a failure of the child', async () => {
  const { parent, step } = world();
  jest.spyOn(step, 'start').mockImplementation(() => { throw new RangeError('a bug'); });
  await expect(parent.run({ step: 1 })).rejects.toThrow('a bug');
});
