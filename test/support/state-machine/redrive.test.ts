import { ListExecutionsCommand, RedriveExecutionCommand, DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { State } from './definition';
import { TaskError } from './errors';
import { machineOf, path, task, type MachineProps } from './fixture';
import { TestStateMachine } from './machine';
import { Scheduler } from './scheduler';
import { EventBus } from '../standin/events';
import { Fixture, refusal } from '../standin/fixture';

/** A task that fails so many times. */
function failing(times: number): { readonly demo: MachineProps['demo']; readonly inputs: unknown[] } {
  const inputs: unknown[] = [];
  return {
    inputs,
    demo: (operation, input) => {
      inputs.push(input);
      if (operation === 'fails' && inputs.filter((one) => one !== undefined).length <= times) throw new TaskError('Demo.Broken', 'not yet');
      return { by: operation };
    },
  };
}
const CONTEXT = { 'redrives.$': '$$.Execution.RedriveCount', 'machine.$': '$$.StateMachine.Id', 'name.$': '$$.StateMachine.Name', 'started.$': '$$.Execution.StartTime', 'original.$': '$$.Execution.Input.x' };
const whole = { First: { Type: 'Pass', Parameters: { 'kept.$': '$.x' }, Next: 'Second' }, Second: task('fails', { Parameters: CONTEXT, ResultPath: '$.second', Next: 'Third' }), Third: { Type: 'Pass', End: true } } satisfies Record<string, State>;

test('the state that failed runs again with its input, and the rest after it', async () => {
  const { demo, inputs } = failing(1);
  const machine = machineOf({ states: whole, demo });
  const before = await machine.run({ x: 7 }, 'one');
  expect([before.status, before.error, path(before)]).toEqual(['FAILED', 'Demo.Broken', ['First', 'Second']]);
  const [execution] = machine.executions;
  await machine.scheduler.runFor(100);
  execution.redrive();
  expect([execution.status, execution.redrives]).toEqual(['RUNNING', { count: 1, date: Date.UTC(2026, 0, 1, 0, 1, 40), refusal: 'Execution is RUNNING and cannot be redriven' }]);
  await machine.scheduler.runUntilIdle();
  expect(execution.result).toMatchObject({ status: 'SUCCEEDED', output: { kept: 7, second: { by: 'fails' } }, seconds: 100 });
  expect(execution.result).not.toHaveProperty('error');
  expect(path(execution.result)).toEqual(['First', 'Second', 'Second', 'Third']);
  expect([path(before), execution.arn, machine.executions.length]).toEqual([['First', 'Second'], expect.stringMatching(/:one$/), 1]);
  const common = { machine: machine.arn, name: 'StateMachine', started: '2026-01-01T00:00:00.000Z', original: 7 };
  expect(inputs).toEqual([{ redrives: 0, ...common }, { redrives: 1, ...common }]);
});

test('again and again, with all retries each time', async () => {
  const { demo, inputs } = failing(5);
  const Only = task('fails', { Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1 }] });
  const machine = machineOf({ states: { Only }, demo });
  await machine.run();
  const [execution] = machine.executions;
  expect([inputs.length, execution.result.events]).toEqual([3, 2 + 1 + 9]);
  execution.redrive();
  await machine.scheduler.runUntilIdle();
  // Two drives failed with three attempts each; the fifth was the last that fails.
  expect([inputs.length, execution.status, execution.history.map(({ retries }) => retries)]).toEqual([6, 'SUCCEEDED', [2, 2]]);
  expect(execution.result.events).toBe(2 + 1 + 9 + 2 + 2 + 9);
});

test('a Fail state fails again', async () => {
  const machine = machineOf({ states: { Only: { Type: 'Fail', Error: 'No', Cause: 'never' } } });
  await machine.run();
  const [execution] = machine.executions;
  execution.redrive();
  await machine.scheduler.runUntilIdle();
  expect([execution.result.status, execution.result.error, path(execution.result)]).toEqual(['FAILED', 'No', ['Only', 'Only']]);
});

test('one that timed out has its time anew', async () => {
  const machine = machineOf({ states: { Short: { Type: 'Wait', Seconds: 50, Next: 'Long' }, Long: { Type: 'Wait', SecondsPath: '$.seconds', End: true } }, timeoutSeconds: 100 });
  expect(await machine.run({ seconds: 80 })).toMatchObject({ status: 'TIMED_OUT', seconds: 100 });
  const [execution] = machine.executions;
  execution.redrive();
  await machine.scheduler.runUntilIdle();
  expect(execution.result).toMatchObject({ status: 'SUCCEEDED', seconds: 180 });
});

test('one that was stopped in a task runs that again, and what was under way comes to nothing', async () => {
  let calls = 0;
  const demo: MachineProps['demo'] = async (_operation, _input, { sleep }) => {
    const call = ++calls;
    await sleep(60);
    if (call === 1) throw new TaskError('Demo.Late', 'of the first drive');
    return { call };
  };
  const machine = machineOf({ states: { Only: task('x', { Retry: [{ ErrorEquals: ['States.ALL'] }] }) }, demo });
  const execution = machine.start();
  await machine.scheduler.runFor(30);
  execution.abort('Stop', 'by hand');
  execution.redrive();
  await machine.scheduler.runUntilIdle();
  expect([execution.result.status, execution.result.output, calls, execution.result.seconds]).toEqual(['SUCCEEDED', { call: 2 }, 2, 90]);
});

test('its end can be waited for again', async () => {
  const { demo } = failing(1);
  const machine = machineOf({ states: whole, demo });
  await machine.run({ x: 1 });
  const [execution] = machine.executions;
  await expect(execution.done).resolves.toMatchObject({ status: 'FAILED' });
  execution.redrive();
  const { done } = execution;
  await machine.scheduler.runUntilIdle();
  await expect(done).resolves.toMatchObject({ status: 'SUCCEEDED' });
});

test.each([['FAILED', task('fails')], ['TIMED_OUT', { Type: 'Wait', Seconds: 200_000, End: true }]] as const)('every change of status tells of it: %s', async (status, Only) => {
  const scheduler = new Scheduler();
  const bus = new EventBus(scheduler.clock);
  const machine = new TestStateMachine({ definition: { StartAt: 'Only', TimeoutSeconds: 1000, States: { Only } }, integrations: { demo: failing(9).demo! }, role: 'R', scheduler, bus });
  await machine.run();
  machine.executions[0].redrive();
  await scheduler.runUntilIdle();
  const reason = 'Execution is RUNNING and cannot be redriven';
  const date = status === 'FAILED' ? Date.UTC(2026, 0, 1) : Date.UTC(2026, 0, 1, 0, 16, 40);
  expect(bus.events.map(({ detail }) => [detail.status, detail.redriveCount, detail.redriveDate, detail.redriveStatus, detail.redriveStatusReason])).toEqual([
    ['RUNNING', 0, null, 'NOT_REDRIVABLE', reason], [status, 0, null, 'REDRIVABLE', null], ['RUNNING', 1, date, 'NOT_REDRIVABLE', reason], [status, 1, date, 'REDRIVABLE', null],
  ]);
});

describe('is refused', () => {
  const refused = (call: () => void): string => {
    try {
      call();
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    throw new Error('it was redriven');
  };

  test('while it runs, and when it went well', async () => {
    const machine = machineOf({ states: { Only: { Type: 'Wait', Seconds: 1, End: true } } });
    const execution = machine.start();
    expect(refused(() => execution.redrive())).toBe('ExecutionNotRedrivable: Execution is RUNNING and cannot be redriven');
    await machine.scheduler.runUntilIdle();
    expect(refused(() => execution.redrive())).toBe('ExecutionNotRedrivable: Execution is SUCCEEDED and cannot be redriven');
  });

  test('14 days after its end', async () => {
    const machine = machineOf({ states: { Only: { Type: 'Fail' } } });
    await machine.run();
    const [execution] = machine.executions;
    await machine.scheduler.runFor(14 * 86_400);
    expect(execution.redrives.refusal).toBeUndefined();
    await machine.scheduler.runFor(1);
    expect(refused(() => execution.redrive())).toBe('ExecutionNotRedrivable: Execution redrivable period exceeded');
  });

  test('when its history is full', async () => {
    const machine = machineOf({ states: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } } });
    await machine.run();
    expect(refused(() => machine.executions[0].redrive())).toBe('ExecutionNotRedrivable: Execution history event limit exceeded');
  });

  test('in a Parallel or Map: not here', async () => {
    const Branches = [{ StartAt: 'Inner', States: { Inner: { Type: 'Fail' } } }];
    const machine = machineOf({ states: { Both: { Type: 'Parallel', Branches, End: true } } });
    await machine.run();
    expect(refused(() => machine.executions[0].redrive())).toBe('Error: redrive: Both is a Parallel, of which only what failed would run again: not supported here');
    expect(machine.executions[0].status).toBe('FAILED');
  });
});

test('by the API', async () => {
  const fixture = await Fixture.start();
  try {
    const { demo } = failing(1);
    const machine = machineOf({ states: whole, demo, scheduler: new Scheduler(fixture.standIn.clock as never) });
    fixture.standIn.machines.set(machine.arn, machine);
    const sfn = fixture.client(SFNClient);
    await machine.run({ x: 1 }, 'one');
    const { executionArn, redriveStatus } = await sfn.send(new DescribeExecutionCommand({ executionArn: machine.executions[0].arn }));
    expect(redriveStatus).toBe('REDRIVABLE');
    expect(await sfn.send(new RedriveExecutionCommand({ executionArn }))).toMatchObject({ redriveDate: new Date('2026-01-01') });
    expect(await refusal(sfn.send(new RedriveExecutionCommand({ executionArn })))).toBe('ExecutionNotRedrivable: Execution is RUNNING and cannot be redriven');
    await machine.scheduler.runUntilIdle();
    const list = async (redriveFilter: 'REDRIVEN' | 'NOT_REDRIVEN') => (await sfn.send(new ListExecutionsCommand({ stateMachineArn: machine.arn, redriveFilter }))).executions;
    expect([await list('REDRIVEN'), await list('NOT_REDRIVEN')]).toMatchObject([[{ name: 'one', status: 'SUCCEEDED', redriveCount: 1, redriveDate: new Date('2026-01-01') }], []]);
    expect(fixture.standIn.control.calls[1]).toMatchObject({ action: 'states:RedriveExecution', resources: [executionArn] });
    fixture.standIn.machines.set('m', { arn: 'm', executions: [{ ...machine.executions[0], arn: 'x', status: 'FAILED', redrives: undefined, redrive: undefined } as never], start: () => { throw new Error(); } });
    expect(await refusal(sfn.send(new RedriveExecutionCommand({ executionArn: 'x' })))).toBe('ExecutionNotRedrivable: Execution is FAILED and cannot be redriven');
  } finally {
    await fixture.stop();
  }
});
