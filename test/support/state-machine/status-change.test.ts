import { TestStateMachine } from './machine';
import { Scheduler } from './scheduler';
import { EventBus } from '../standin/events';

const ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:Run';

function world(state: object) {
  const scheduler = new Scheduler();
  const bus = new EventBus(scheduler.clock);
  const machine = new TestStateMachine({ definition: { StartAt: 'Only', TimeoutSeconds: 60, States: { Only: state as never } }, integrations: {}, role: 'Role', scheduler, name: 'Run', bus });
  const changes = () => bus.events.map(({ detail: { status, stopDate, output, error, cause } }) => [status, stopDate, output, error, cause]);
  return { scheduler, bus, machine, changes };
}

const START = Date.UTC(2026, 0, 1);
const RUNNING = ['RUNNING', null, null, null, null];

test('a whole event', async () => {
  const { bus, machine } = world({ Type: 'Wait', Seconds: 5, End: true });
  await machine.run({ x: 1 }, 'one');
  const execution = 'arn:aws:states:us-east-1:123456789012:execution:Run:one';
  expect(bus.events[1]).toEqual({
    'version': '0',
    'id': expect.any(String),
    'detail-type': 'Step Functions Execution Status Change',
    'source': 'aws.states',
    'account': '123456789012',
    'region': 'us-east-1',
    'time': '2026-01-01T00:00:05Z',
    'resources': [execution],
    'detail': {
      executionArn: execution,
      stateMachineArn: ARN,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      name: 'one',
      status: 'SUCCEEDED',
      startDate: START,
      stopDate: START + 5000,
      input: '{"x":1}',
      inputDetails: { included: true },
      output: '{"x":1}',
      outputDetails: { included: true },
      error: null,
      cause: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    },
  });
});

test.each<[object, unknown[]]>([
  [{ Type: 'Wait', Seconds: 5, End: true }, ['SUCCEEDED', START + 5000, '{}', null, null]],
  [{ Type: 'Fail', Error: 'Broken', Cause: 'it is' }, ['FAILED', START, null, 'Broken', 'it is']],
  [{ Type: 'Wait', Seconds: 90, End: true }, ['TIMED_OUT', START + 60_000, null, null, null]],
])('%j', async (state, end) => {
  const { machine, changes } = world(state);
  await machine.run();
  expect(changes()).toEqual([RUNNING, end]);
});

test('stopped by hand: told once', async () => {
  const { scheduler, machine, changes } = world({ Type: 'Wait', Seconds: 30, End: true });
  const execution = machine.start();
  await scheduler.runFor(10);
  execution.abort('Stop', 'by hand');
  execution.abort();
  await scheduler.runUntilIdle();
  expect(changes()).toEqual([RUNNING, ['ABORTED', START + 10_000, null, 'Stop', 'by hand']]);
  await expect(execution.done).resolves.toMatchObject({ status: 'ABORTED' });
});
