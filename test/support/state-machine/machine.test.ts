import type { Definition } from './definition';
import { TerminalError, TaskError } from './errors';
import type { Execution } from './execution';
import { machineOf, path, task } from './fixture';
import { TestStateMachine } from './machine';
import { Scheduler } from './scheduler';

const HOUR = 3600;
const busy = () => { throw new TaskError('Demo.BusyException', 'busy'); };

/** Fails the first calls, then answers. */
function failing(times: number, name = 'Demo.BusyException') {
  let left = times;
  return () => {
    if (left-- > 0) throw new TaskError(name, 'busy');
    return { done: true };
  };
}

/** When the calls of a machine were made, in seconds from its start. */
function timed(demo: () => unknown) {
  const at: number[] = [];
  const integration = (_operation: string, _input: unknown, { now }: { now(): number }) => {
    at.push((now() - Date.UTC(2026, 0, 1)) / 1000);
    return demo();
  };
  return { at, integration };
}

describe('Wait', () => {
  test.each<[object, object, number]>([
    [{ Seconds: 30 }, {}, 30],
    [{ Seconds: 0 }, {}, 0],
    [{ SecondsPath: '$.s' }, { s: 12 * HOUR }, 12 * HOUR],
    [{ Timestamp: '2026-01-01T01:00:00Z' }, {}, HOUR],
    [{ TimestampPath: '$.t' }, { t: '2026-01-01T00:00:07Z' }, 7],
    [{ Timestamp: '2020-01-01T00:00:00Z' }, {}, 0],
  ])('%j of %j takes %d virtual seconds', async (wait, input, expected) => {
    const { seconds, status } = await machineOf({ states: { Wait: { Type: 'Wait', ...wait, End: true } } }).run(input);
    expect([status, seconds]).toEqual(['SUCCEEDED', expected]);
  });
});

describe('Retry', () => {
  const retrying = (retry: object, times: number, error?: string) => {
    const calls = timed(failing(times, error));
    const machine = machineOf({ states: { Do: task('do', { Retry: [{ ErrorEquals: ['Demo.BusyException'], ...retry }] }) }, demo: calls.integration });
    return { machine, calls };
  };

  test.each<[object, number[]]>([
    [{ IntervalSeconds: 60, BackoffRate: 2 }, [0, 60, 180, 420]],
    [{ IntervalSeconds: 60, BackoffRate: 2, MaxDelaySeconds: 100 }, [0, 60, 160, 260]],
    [{ IntervalSeconds: 10, BackoffRate: 1.5 }, [0, 10, 25, 47.5]],
    [{}, [0, 1, 3, 7]],
  ])('%j waits in virtual time', async (retry, expected) => {
    const { machine, calls } = retrying(retry, 3);
    const { status, history } = await machine.run();
    expect([status, calls.at, history[0].retries]).toEqual(['SUCCEEDED', expected, 3]);
  });

  test('full jitter is the same in every run', async () => {
    const first = retrying({ IntervalSeconds: 60, JitterStrategy: 'FULL' }, 3);
    await first.machine.run();
    const second = retrying({ IntervalSeconds: 60, JitterStrategy: 'FULL' }, 3);
    await second.machine.run();
    expect(second.calls.at).toEqual(first.calls.at);
    expect(first.calls.at[1]).toBeLessThan(60);
  });

  test('attempts come to an end', async () => {
    const { machine, calls } = retrying({ MaxAttempts: 2 }, 9);
    expect(await machine.run()).toMatchObject({ status: 'FAILED', error: 'Demo.BusyException', cause: 'busy' });
    expect(calls.at).toHaveLength(3);
  });

  test('another error is not retried', async () => {
    const { machine, calls } = retrying({}, 1, 'Demo.OtherException');
    expect((await machine.run()).error).toBe('Demo.OtherException');
    expect(calls.at).toEqual([0]);
  });

  test.each<[string, string[], number]>([
    ['Demo.BusyException', ['States.TaskFailed'], 2],
    ['States.Timeout', ['States.TaskFailed'], 1],
    ['States.Timeout', ['States.ALL'], 2],
  ])('%s under %j: %d calls', async (error, ErrorEquals, calls) => {
    const { at, integration } = timed(failing(1, error));
    const late = () => machineOf({
      states: { Do: task('do', { TimeoutSeconds: 10, Retry: [{ ErrorEquals, MaxAttempts: 1 }], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }], Next: 'Done' }), Done: { Type: 'Succeed' } },
      demo: async (operation, input, context) => {
        if (error === 'States.Timeout') {
          at.push(context.now());
          await context.sleep(60);
          return {};
        }
        return integration(operation, input, context);
      },
    });
    await late().run();
    expect(at).toHaveLength(calls);
  });
});

describe('time limits', () => {
  const poll = (timeoutSeconds: number, seconds = 30) => machineOf({
    states: { Wait: { Type: 'Wait', Seconds: seconds, Next: 'Describe' }, Describe: task('describe', { Next: 'Wait' }) }, timeoutSeconds,
  });

  test('a poll of 12 hours ends there, in less than a second', async () => {
    const before = process.cpuUsage();
    const { status, seconds, history } = await poll(12 * HOUR).run();
    // The time of this process: the machine may be busy with others.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000_000).toBeLessThan(1);
    expect([status, seconds]).toEqual(['TIMED_OUT', 12 * HOUR]);
    // The last wait ends with the execution: the timeout was there first.
    expect(history.filter(({ state }) => state === 'Describe')).toHaveLength(1439);
    expect(history.at(-1)).toMatchObject({ state: 'Wait', retries: 0 });
    expect(history.at(-1)).not.toHaveProperty('output');
  });

  test('a retry that waits is ended by the timeout and not tried again', async () => {
    const calls = timed(busy);
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 60, BackoffRate: 1, MaxAttempts: 99 }];
    const machine = machineOf({ states: { Do: task('do', { Retry }) }, demo: calls.integration, timeoutSeconds: 90 });
    const result = await machine.run();
    expect([result.status, result.seconds, calls.at]).toEqual(['TIMED_OUT', 90, [0, 60]]);
    expect([result.error, result.output]).toEqual([undefined, undefined]);
  });

  test('no Catch sees it', async () => {
    const all = ['States.ALL'];
    const branch = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 100, End: true } } };
    const states = {
      Both: { Type: 'Parallel', Branches: [branch], Retry: [{ ErrorEquals: all }], Catch: [{ ErrorEquals: all, Next: 'Caught' }], End: true },
      Caught: { Type: 'Succeed' },
    };
    const result = await machineOf({ states, timeoutSeconds: 50 }).run();
    expect([result.status, path(result)]).toEqual(['TIMED_OUT', ['Both', 'Wait']]);
  });

  test('nothing is left behind: the clock stands at the end', async () => {
    const machine = machineOf({ states: { Done: { Type: 'Succeed' } }, timeoutSeconds: 12 * HOUR });
    await machine.run();
    expect(machine.scheduler.now()).toBe(Date.UTC(2026, 0, 1));
  });

  test('25,000 events end an execution', async () => {
    const result = await poll(365 * 24 * HOUR, 1).run();
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: 'The execution reached the maximum number of history events (25000).' });
    // Seven events a round, as in a history recorded on AWS: waiting 2, task 5.
    expect(result.seconds).toBe(Math.ceil((25_000 - 2) / 7));
  });

  test('TimeoutSeconds of a task is virtual too, and there is none by default', async () => {
    const slow = (rest: object) => machineOf({ states: { Do: task('do', rest) }, demo: async (_operation, _input, { sleep }) => { await sleep(HOUR); return { done: true }; } }).run();
    expect(await slow({})).toMatchObject({ status: 'SUCCEEDED', seconds: HOUR });
    expect(await slow({ TimeoutSeconds: 60 })).toMatchObject({ status: 'FAILED', error: 'States.Timeout', seconds: 60 });
  });

  test('too much data: not to be caught', async () => {
    const states = { Do: task('do', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }], Next: 'Caught' }), Caught: { Type: 'Succeed' } };
    expect(await machineOf({ states, demo: () => 'x'.repeat(262_143) }).run()).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(await machineOf({ states, demo: () => 'x'.repeat(262_142) }).run()).toMatchObject({ status: 'SUCCEEDED' });
    expect(() => machineOf({ states }).start('x'.repeat(262_143))).toThrow('input: got 262145 bytes, at most 262144 are allowed');
  });
});

describe('the context object', () => {
  test('of execution, state and state machine', async () => {
    const Parameters = {
      'id.$': '$$.Execution.Id',
      'name.$': '$$.Execution.Name',
      'input.$': '$$.Execution.Input',
      'start.$': '$$.Execution.StartTime',
      'role.$': '$$.Execution.RoleArn',
      'state.$': '$$.State.Name',
      'entered.$': '$$.State.EnteredTime',
      'machine.$': '$$.StateMachine.Id',
    };
    const states = { Wait: { Type: 'Wait', Seconds: 5, Next: 'Do' }, Do: task('do', { Parameters }) };
    const { output } = await machineOf({ states, name: 'Compile' }).run({ key: 'k' }, 'first');
    expect(output).toEqual({
      id: 'arn:aws:states:us-east-1:123456789012:execution:Compile:first',
      name: 'first',
      input: { key: 'k' },
      start: '2026-01-01T00:00:00.000Z',
      role: 'arn:aws:iam::123456789012:role/MachineRole',
      state: 'Do',
      entered: '2026-01-01T00:00:05.000Z',
      machine: 'arn:aws:states:us-east-1:123456789012:stateMachine:Compile',
    });
  });

  test('RetryCount counts, and begins anew in the next state', async () => {
    const seen: unknown[] = [];
    const fail = failing(2);
    const Parameters = { 'count.$': '$$.State.RetryCount' };
    const states = { First: task('do', { Parameters, Retry: [{ ErrorEquals: ['States.ALL'] }], Next: 'Second' }), Second: task('do', { Parameters }) };
    await machineOf({ states, demo: (_, input) => { seen.push(input.count); return fail(); } }).run();
    expect(seen).toEqual([0, 1, 2, 0]);
  });

  test('inside a branch it is still that of the execution', async () => {
    const branch = { StartAt: 'Inner', States: { Inner: task('do', { Parameters: { 'input.$': '$$.Execution.Input', 'id.$': '$$.Execution.Name' } }) } };
    const states = { Both: { Type: 'Parallel', InputPath: '$.part', Branches: [branch], End: true } };
    expect((await machineOf({ states }).run({ part: { x: 1 } })).output).toEqual([{ input: { part: { x: 1 } }, id: 'execution-1' }]);
  });
});

describe('errors', () => {
  test('a caught failure leaves error and cause, in the history as well', async () => {
    const states = {
      Do: task('do', { Catch: [{ ErrorEquals: ['Demo.BusyException'], ResultPath: '$.failure', Next: 'Say' }] }),
      Say: { Type: 'Fail', Error: 'Compile', CausePath: '$.failure.Cause' },
    };
    const result = await machineOf({ states, demo: busy }).run({ a: 1 });
    expect(result).toMatchObject({ status: 'FAILED', error: 'Compile', cause: 'busy' });
    expect(result.history[0]).toMatchObject({ state: 'Do', error: 'Demo.BusyException', output: { a: 1, failure: { Error: 'Demo.BusyException', Cause: 'busy' } } });
  });

  test('a failing branch ends the others and is caught', async () => {
    const calls: string[] = [];
    const branch = (name: string, seconds: number) => ({ StartAt: `Wait${name}`, States: { [`Wait${name}`]: { Type: 'Wait', Seconds: seconds, Next: name }, [name]: task(name) } });
    const Catch = [{ ErrorEquals: ['Demo.BusyException'], Next: 'Caught' }];
    const states = { Both: { Type: 'Parallel', Branches: [branch('early', 10), branch('late', 20)], Catch, End: true }, Caught: { Type: 'Succeed' } };
    const result = await machineOf({ states, demo: (operation) => { calls.push(operation); return busy(); } }).run();
    expect(result).toMatchObject({ status: 'SUCCEEDED', seconds: 10, output: { Error: 'Demo.BusyException', Cause: 'busy' } });
    expect([calls, path(result)]).toEqual([['early'], ['Both', 'Waitearly', 'Waitlate', 'early', 'Caught']]);
  });

  test('a branch that waits for its retry when another one fails is not tried again', async () => {
    const calls: string[] = [];
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 60 }];
    const branches: Definition[] = [
      { StartAt: 'Again', States: { Again: task('again', { Retry }) } },
      { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 10, Next: 'Fail' }, Fail: { Type: 'Fail', Error: 'Stop' } } },
    ];
    const states = {
      Both: { Type: 'Parallel', Branches: branches, Catch: [{ ErrorEquals: ['Stop'], Next: 'After' }], End: true },
      After: { Type: 'Wait', Seconds: 100, End: true },
    };
    const result = await machineOf({ states, demo: (operation) => { calls.push(operation); return busy(); } }).run();
    expect([result.status, result.seconds, calls]).toEqual(['SUCCEEDED', 110, ['again']]);
  });

  test('a terminal error passes every Retry and Catch', async () => {
    const states = { Do: task('do', { Retry: [{ ErrorEquals: ['States.ALL'] }], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }], Next: 'Caught' }), Caught: { Type: 'Succeed' } };
    expect(await machineOf({ states, demo: () => { throw new TerminalError('States.Runtime', 'no'); } }).run()).toMatchObject({ status: 'FAILED', error: 'States.Runtime', seconds: 0 });
  });

  test('a mistake in an integration stops the test, no Catch sees it', async () => {
    const states = { Do: task('do', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }], Next: 'Caught' }), Caught: { Type: 'Succeed' } };
    const machine = machineOf({ states, demo: () => { throw new TypeError('a typo'); } });
    await expect(machine.run()).rejects.toThrow('a typo');
    expect(() => machine.executions[0].result).toThrow('execution execution-1 is still running, in Do: run the scheduler');
  });
});

describe('abort', () => {
  const looping = (scheduler = new Scheduler()) => machineOf({ states: { Wait: { Type: 'Wait', Seconds: 30, Next: 'Describe' }, Describe: task('describe', { Next: 'Wait' }) }, scheduler });

  test('while it waits', async () => {
    const machine = looping();
    const execution = machine.start();
    await machine.scheduler.runFor(300);
    execution.abort('Deleted', 'the stack is deleted');
    expect(execution.result).toMatchObject({ status: 'ABORTED', error: 'Deleted', cause: 'the stack is deleted', seconds: 300 });
    const visits = execution.history.length;
    await machine.scheduler.runUntilIdle();
    expect(execution.history).toHaveLength(visits);
    expect(machine.scheduler.now()).toBe(Date.UTC(2026, 0, 1) + 300_000);
  });

  test('in a task: the call goes through, nothing comes after it', async () => {
    const done: string[] = [];
    const states = { Create: task('create', { Retry: [{ ErrorEquals: ['States.ALL'] }], Next: 'Describe' }), Describe: task('describe') };
    const machine = machineOf({ states, demo: async (operation, _, { sleep }) => { await sleep(60); done.push(operation); return busy(); } });
    const execution = machine.start();
    await machine.scheduler.runFor(30);
    execution.abort();
    await machine.scheduler.runUntilIdle();
    expect([done, execution.status]).toEqual([['create'], 'ABORTED']);
  });

  test('before a call had its turn: it is not made', async () => {
    const done: string[] = [];
    const machine = machineOf({ states: { Create: task('create') }, demo: (operation) => done.push(operation) });
    machine.start().abort();
    await machine.scheduler.runUntilIdle();
    expect(done).toEqual([]);
  });

  test('after the end it changes nothing', async () => {
    const machine = machineOf({ states: { Done: { Type: 'Succeed' } } });
    const execution = machine.start();
    await machine.scheduler.runUntilIdle();
    execution.abort();
    expect(execution.status).toBe('SUCCEEDED');
  });
});

describe('several executions', () => {
  /** Two machines that want to create the same job. */
  async function race(offset: number): Promise<{ winner: string | undefined; paths: string[][]; creations: string[] }> {
    const scheduler = new Scheduler();
    const creations: string[] = [];
    const states = {
      Wait: { Type: 'Wait', SecondsPath: '$.first', Next: 'Create' },
      Create: task('create', { Catch: [{ ErrorEquals: ['Demo.ResourceInUseException'], ResultPath: null, Next: 'Adopt' }], ResultPath: null, Next: 'Created' }),
      Created: { Type: 'Succeed' },
      Adopt: { Type: 'Succeed' },
    };
    const machine = (name: string) => machineOf({
      states,
      scheduler,
      name,
      demo: async () => {
        // Real time, and the slower one first: it must not matter.
        await new Promise((done) => setTimeout(done, name === 'One' ? 15 : 1));
        if (creations.length > 0) throw new TaskError('Demo.ResourceInUseException', 'it is there');
        creations.push(name);
        return {};
      },
    });
    const executions = [machine('One').start({ first: 30 }), machine('Two').start({ first: 30 + offset })];
    await scheduler.runUntilIdle();
    return { winner: creations[0], creations, paths: executions.map(({ result }) => path(result)) };
  }

  test.each([[0, 'One'], [1, 'One'], [-1, 'Two']])('a race is decided in virtual time (%d s): %s', async (offset, winner) => {
    const outcome = await race(offset);
    expect(outcome).toMatchObject({ winner, creations: [winner] });
    const paths = [['Wait', 'Create', 'Created'], ['Wait', 'Create', 'Adopt']];
    expect(outcome.paths).toEqual(winner === 'One' ? paths : [...paths].reverse());
    expect(await race(offset)).toEqual(outcome);
  });

  test('a name can be used once; the same start again gives the running one', async () => {
    const machine = machineOf({ states: { Wait: { Type: 'Wait', Seconds: 1, End: true } } });
    const first = machine.start({ x: 1 }, 'a');
    expect(machine.start({ x: 1 }, 'a')).toBe(first);
    const message = "Execution Already Exists: 'arn:aws:states:us-east-1:123456789012:execution:StateMachine:a'";
    expect(() => machine.start({ x: 2 }, 'a')).toThrow(message);
    await machine.scheduler.runUntilIdle();
    expect(() => machine.start({ x: 1 }, 'a')).toThrow(message);
    const second: Execution = machine.start({ x: 1 });
    expect([second.name, machine.executions]).toEqual(['execution-2', [first, second]]);
  });
});

test('a definition that cannot be run is refused at once', () => {
  const States = { A: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:s3:putObject', Assign: {}, End: true } };
  expect(() => new TestStateMachine({ definition: { StartAt: 'A', States }, integrations: {}, role: 'R' })).toThrow([
    'state A: Assign is not supported by the interpreter',
    'state A: there is no integration for arn:aws:states:::aws-sdk:s3:putObject',
  ].join('\n'));
});

test('what the history shows is a copy', async () => {
  const answer = { n: 1 };
  const result = await machineOf({ states: { Do: task('do') }, demo: () => answer }).run({ in: true });
  answer.n = 2;
  expect(result.history).toEqual([
    { state: 'Do', type: 'Task', entered: '2026-01-01T00:00:00.000Z', input: { in: true }, output: { n: 1 }, retries: 0 },
  ]);
  expect(result).toMatchObject({ status: 'SUCCEEDED', output: { n: 1 }, events: 7, seconds: 0 });
});
