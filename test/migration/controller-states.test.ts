import type { Stack } from 'aws-cdk-lib';
import { definition, filled, migrate, only } from './construct-support';
import type { TickEvent, TickResult } from '../../src/migration/core/controller/types';
import { lambda, nested, Scheduler, states, statesOf, TaskError, TestStateMachine, unsupported, validateDefinition, type Definition } from '../support/state-machine';

/** One template for all: nothing here changes it. */
const { stack, migration } = migrate();
const RUN = definition(stack, 'Run');
const STEP = definition(stack, 'Step');
const functionId = only(stack, 'AWS::Lambda::Function')[0];

const nameOf = (scope: Stack, part: string) => filled<string>(scope, only(scope, 'AWS::StepFunctions::StateMachine', part)[1].StateMachineName) ?? only(scope, 'AWS::StepFunctions::StateMachine', part)[0];

/** Both machines, with a controller that answers what it is told. */
function world(controller: (event: TickEvent, tick: number) => Partial<TickResult>) {
  const scheduler = new Scheduler();
  const events: TickEvent[] = [];
  const machines: TestStateMachine[] = [];
  const handler = (event: TickEvent): TickResult => {
    events.push(event);
    const answer = controller(event, events.length);
    return { state: { ticks: events.length } as any, wait: 30, done: false, outcome: 'running', reason: '', ...answer };
  };
  const machine = (one: Definition, name: string) => new TestStateMachine({
    definition: one, scheduler, name, role: name, integrations: { lambda: lambda({ [functionId]: handler }), states: states(() => machines) },
  });
  machines.push(machine(STEP, nameOf(stack, 'Step')), machine(RUN, nameOf(stack, 'Run')));
  return { events, scheduler, step: machines[0], run: machines[1] };
}

describe.each([['Run', RUN, 40 * 86_400], ['Step', STEP, 86_400]])('the definition of %s', (_, one, timeout) => {
  test('is valid, has a timeout, and nothing that only AWS runs', () => {
    expect(validateDefinition(one)).toEqual([]);
    expect(unsupported(one)).toEqual([]);
    expect(one.TimeoutSeconds).toBe(timeout);
  });

  test('is JSONPath without variables', () => {
    const all = [...statesOf(one), ...Object.values(one.States).flatMap(nested).flatMap(statesOf)].map(([, state]) => state) as any[];
    expect([one.QueryLanguage, ...all.flatMap(({ QueryLanguage, Assign }) => [QueryLanguage, Assign])].filter((value) => value !== undefined && value !== 'JSONPath')).toEqual([]);
  });
});

describe('a tick', () => {
  const tick = STEP.States.Tick as any;

  test('gives the controller all it decides on, and keeps all it answers', () => {
    expect(tick.Resource).toBe('arn:aws:states:::lambda:invoke');
    expect(tick.Parameters).toEqual({
      FunctionName: expect.stringContaining(functionId),
      Payload: { 'config.$': '$.config', 'run.$': '$.run', 'input.$': '$.input', 'state.$': '$.tick.state', 'now.$': '$$.State.EnteredTime' },
    });
    expect(tick.ResultSelector).toEqual({
      'state.$': '$.Payload.state', 'wait.$': '$.Payload.wait', 'done.$': '$.Payload.done', 'outcome.$': '$.Payload.outcome', 'reason.$': '$.Payload.reason',
    });
  });

  test('waits longer than the function may take', () => {
    expect(tick.TimeoutSeconds).toBeGreaterThan(only(stack, 'AWS::Lambda::Function')[1].Timeout);
  });

  test('is tried again for ten minutes, whatever went wrong', () => {
    expect(tick.Retry).toEqual([{
      ErrorEquals: ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.TooManyRequestsException', 'States.TaskFailed', 'States.Timeout'],
      IntervalSeconds: 2,
      BackoffRate: 2,
      MaxDelaySeconds: 60,
      MaxAttempts: 14,
    }]);
    const waits = Array.from({ length: 14 }, (_, i) => Math.min(60, 2 * 2 ** i));
    expect(waits.reduce((sum, wait) => sum + wait)).toBe(602);
  });
});

test('the config is in the definition', () => {
  const { config } = (RUN.States.Begin as any).Parameters;
  expect(config).toEqual({ ...migration._config, alarms: [{ name: only(stack, 'AWS::CloudWatch::Alarm', 'Watchdog')[0], rollBack: true }] });
});

test('a step is started without a name, under the parent it belongs to', () => {
  expect((RUN.States['Run a step'] as any)).toMatchObject({
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Parameters: {
      Input: {
        'config.$': '$.config',
        'run.$': '$.run',
        'input.$': '$.input',
        'tick': { 'state.$': '$.last.state' },
        'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$': '$$.Execution.Id',
      },
    },
  });
  expect((RUN.States['Run a step'] as any).Parameters.Name).toBeUndefined();
  expect((RUN.States['Run a step'] as any).Retry).toBeUndefined();
});

describe('a run', () => {
  test('ticks as often as it is told, step by step, and hands the state on', async () => {
    const { events, run, step } = world((_, tick) => tick === 2 ? { done: true, outcome: 'continue', wait: 10 } : tick === 5 ? { done: true, outcome: 'promoted', reason: 'proven' } : {});
    const result = await run.run();
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { state: { ticks: 5 }, outcome: 'promoted', reason: 'proven' } });
    // One wait in the first step, two in the second; none between them.
    expect(result.seconds).toBe(90);
    expect(step.executions.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(events.map(({ state }) => (state as any)?.ticks ?? null)).toEqual([null, 1, 2, 3, 4]);
  });

  test('knows who it is, when it is, and what it was started with', async () => {
    const { events, run } = world((_, tick) => tick === 2 ? { done: true, outcome: 'promoted' } : { wait: 60 });
    await run.run({ resume: true }, 'tuesday');
    expect(events.map(({ run: who, input }) => [who, input])).toEqual(Array(2).fill([{ arn: `${run.arn.replace(':stateMachine:', ':execution:')}:tuesday`, name: 'tuesday' }, { resume: true }]));
    const [first, second] = events.map(({ now }) => Date.parse(now));
    expect(second - first).toBe(60_000);
  });

  test('gives its steps a link back', async () => {
    const { run, step } = world(() => ({ done: true, outcome: 'promoted' }));
    await run.run({}, 'tuesday');
    expect(step.executions[0].input).toMatchObject({ AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: expect.stringMatching(/:tuesday$/), tick: { state: null } });
  });

  test.each([
    ['refused', 'Migration.Refused'],
    ['rolledBack', 'Migration.RolledBack'],
    ['superseded', 'Migration.Superseded'],
  ] as const)('that was %s fails as %s, with the reason', async (outcome, error) => {
    const { run } = world(() => ({ done: true, outcome, reason: 'the newcomer had 12 errors in 30 requests' }));
    expect(await run.run()).toMatchObject({ status: 'FAILED', error, cause: 'the newcomer had 12 errors in 30 requests' });
  });

  test.each(['promoted', 'dryRun', 'released'] as const)('that ended as %s succeeds', async (outcome) => {
    const { run } = world(() => ({ done: true, outcome }));
    expect(await run.run()).toMatchObject({ status: 'SUCCEEDED', output: { outcome } });
  });

  test('with an outcome that nobody knows fails, and does not go on for ever', async () => {
    const { run, events } = world(() => ({ done: true, outcome: 'perhaps' as any }));
    expect(await run.run()).toMatchObject({ status: 'FAILED', error: 'Migration.Unknown' });
    expect(events).toHaveLength(1);
  });

  test('whose controller fails for some minutes goes on with the state it had', async () => {
    const { run, events } = world((_, tick) => {
      if (tick > 1 && tick < 6) throw new TaskError('Lambda.TooManyRequestsException', 'slow down');
      return tick === 6 ? { done: true, outcome: 'promoted' } : {};
    });
    expect(await run.run()).toMatchObject({ status: 'SUCCEEDED', seconds: 30 + 2 + 4 + 8 + 16 });
    expect(events.slice(1).map(({ state }) => (state as any).ticks)).toEqual([1, 1, 1, 1, 1]);
  });

  test('whose controller is gone fails: the step is not begun again', async () => {
    const { run, step } = world(() => {
      throw new Error('no such table');
    });
    expect(await run.run()).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed', seconds: 602 });
    expect(step.executions).toHaveLength(1);
  });

  test('that is stopped stops its step', async () => {
    const { run, step, scheduler } = world(() => ({}));
    const execution = run.start();
    await scheduler.runFor(100);
    execution.abort();
    await scheduler.runUntilIdle();
    expect([execution.status, step.executions[0].status]).toEqual(['ABORTED', 'ABORTED']);
  });

  test('of 900 ticks in a step fits an execution', async () => {
    const { run, step } = world((_, tick) => tick === 900 ? { done: true, outcome: 'promoted' } : { wait: 60 });
    expect(await run.run()).toMatchObject({ status: 'SUCCEEDED' });
    expect(step.executions[0].result.events).toBeLessThan(12_500);
  });
});
