/** What the watchdog does about a controller that is gone: its synthesized state machine, against the stand-in. */
import { migrationStack, OWNER, WatchdogWorld } from './watchdog-world';

jest.setTimeout(60_000);

/** Last proven share: 25 %, with the bounds that the controller writes beside it. */
const SAFE = { safeWeightFrom: { N: '0.75' }, safeWeightTo: { N: '0.25' }, safeWeightFromLeast: { N: '0.74925' }, safeWeightToMost: { N: '0.25025' } };
const UNPROVEN = { unproven: { BOOL: true }, fallback: { BOOL: false }, ...SAFE };

function worldOf(share = 0.5, options: Parameters<typeof migrationStack>[0] = {}): WatchdogWorld {
  return new WatchdogWorld(migrationStack(options).stack, { gpu: [1 - share, 2], inf2: [share, 2] });
}

/** The end of an execution, as Step Functions says it on the bus. */
function end(world: WatchdogWorld, status = 'FAILED', executionArn = OWNER): void {
  world.standIn.bus.emit({
    'source': 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    'account': '123456789012',
    'region': 'us-east-1',
    'resources': [executionArn],
    'detail': { executionArn, stateMachineArn: executionArn.replace(':execution:', ':stateMachine:').replace(/:[^:]+$/, ''), status },
  });
}
const refuse = (world: WatchdogWorld, operation: string, times: number, type = 'ThrottlingException') =>
  world.standIn.control.faults.push({ operation, times, error: { type, message: 'not now', status: 400 } });
const last = (world: WatchdogWorld) => world.execution.history.at(-1)!.state;

describe('an unproven step', () => {
  test.each(['FAILED', 'TIMED_OUT', 'ABORTED'])('%s: back to the last proven weights within two minutes, with the epoch raised, and people told', async (status) => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    end(world, status);
    await world.minutes(2);
    expect(world.live).toEqual({ gpu: [0.75, 2], inf2: [0.25, 2], status: 'InService' });
    await world.settle();
    expect(world.execution.result).toMatchObject({ status: 'SUCCEEDED', seconds: 120 });
    expect(last(world)).toBe('Recovered');
    expect(world.writes).toEqual(['gpu=0.75 inf2=0.25']);
    expect(world.lock).toMatchObject({ epoch: '8', owner: OWNER, fallback: false });
    expect(world.killSwitch).toBe('off');
    expect(world.said).toEqual(['ControllerRecovered']);
    expect(world.pages).toEqual([{
      subject: 'ControllerRecovered: gpu',
      message: `Endpoint web: the controller is gone and its step was unproven, the weights are the last proven ones. Cause: execution ${OWNER} of the migration: ${status}. `
        + `Execution: ${world.execution.arn}. What to do: https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#fallback`,
    }]);
  });

  test('weights that are right already, but for the rounding of SageMaker, are not written', async () => {
    const world = worldOf();
    world.putLock({ ...UNPROVEN, safeWeightFrom: { N: '0.95' }, safeWeightTo: { N: '0.05' }, safeWeightFromLeast: { N: '0.94905' }, safeWeightToMost: { N: '0.05005' } });
    world.setWeights(Math.fround(0.95), Math.fround(0.05));
    await world.minutes(2);
    end(world);
    await world.settle();
    expect(world.writes).toHaveLength(1);
    expect(last(world)).toBe('Recovered');
    expect(world.lock).toMatchObject({ epoch: '8' });
  });

  test('weights that are safer than the last proven ones stay', async () => {
    const world = worldOf(0.1);
    world.putLock(UNPROVEN);
    end(world);
    await world.settle();
    expect(world.writes).toEqual([]);
    expect(world.live).toMatchObject({ gpu: [0.9, 2], inf2: [0.1, 2] });
  });

  test('a first step: everything goes back', async () => {
    const world = worldOf(0.05);
    world.putLock({ ...UNPROVEN, safeWeightFrom: { N: '1' }, safeWeightTo: { N: '0' }, safeWeightFromLeast: { N: '0.999' }, safeWeightToMost: { N: '0' } });
    end(world);
    await world.settle();
    expect(world.live).toMatchObject({ gpu: [1, 2], inf2: [0, 2] });
  });

  test('after it everything is as before the run: the kill switch is off, and both variants scale', async () => {
    const scaling = { minInstances: 1, maxInstances: 4, invocationsPerInstance: 900 };
    const world = worldOf(0.05, { gpu: { scaling }, inf2: { scaling } });
    world.putLock({ ...UNPROVEN, safeWeightFrom: { N: '1' }, safeWeightTo: { N: '0' }, safeWeightFromLeast: { N: '0.999' }, safeWeightToMost: { N: '0' } });
    world.turnKillSwitch('gpu');
    end(world);
    await world.settle();
    expect([world.killSwitch, last(world)]).toEqual(['off', 'Recovered']);
    const resumed = world.standIn.control.calls.filter(({ operation }) => operation === 'RegisterScalableTarget').map(({ input }) => input as any);
    expect([...new Set(resumed.map(({ ResourceId }) => ResourceId))]).toEqual(['endpoint/web/variant/gpu', 'endpoint/web/variant/inf2']);
    expect(resumed.every(({ SuspendedState }) => SuspendedState.DynamicScalingInSuspended === false && SuspendedState.DynamicScalingOutSuspended === false)).toBe(true);
  });

  test('at a share that stays the kill switch is left to whoever resumes', async () => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    world.turnKillSwitch('gpu');
    end(world);
    await world.settle();
    expect([world.killSwitch, last(world)]).toEqual(['gpu', 'Recovered']);
  });

  test('a lock of any size is read', async () => {
    const world = worldOf();
    world.putLock({ ...UNPROVEN, reason: { S: 'x'.repeat(300_000) } });
    end(world);
    await world.settle();
    expect(world.live).toMatchObject({ gpu: [0.75, 2], inf2: [0.25, 2] });
  });

  test('a lock without one of the weights: everything goes back', async () => {
    const { safeWeightToMost: _, ...some } = UNPROVEN;
    const world = worldOf();
    world.putLock(some);
    end(world);
    await world.settle();
    expect(world.writes).toEqual(['gpu=1 inf2=0']);
  });

  test('a busy endpoint is waited for, and people are told of it', async () => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    world.standIn.control.durations.weights = 600;
    world.setWeights(0.5, 0.5);
    world.standIn.control.durations.weights = 60;
    end(world);
    await world.settle();
    expect(world.said).toEqual(['FallbackBlocked', 'ControllerRecovered']);
    expect(world.live).toMatchObject({ gpu: [0.75, 2], inf2: [0.25, 2] });
    expect(world.killSwitch).toBe('off');
  });

  test('somebody who starts the migration again while the endpoint is busy does not meet it', async () => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    world.standIn.control.durations.weights = 600;
    world.setWeights(0.5, 0.5);
    end(world);
    await world.minutes(5);
    world.putLock({ ...UNPROVEN, owner: { S: `${OWNER}-2` }, epoch: { N: '9' } });
    await world.settle();
    expect(last(world)).toBe('Somebody took over');
    expect(world.execution.result.status).toBe('SUCCEEDED');
    expect(world.writes).toEqual(['gpu=0.5 inf2=0.5']);
    expect(world.lock).toMatchObject({ epoch: '9' });
  });

  test('a lock that cannot be read again does not keep it from going back', async () => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    refuse(world, 'UpdateEndpointWeightsAndCapacities', 1, 'ValidationException');
    end(world);
    await world.minutes(0.1);
    refuse(world, 'GetItem', 100);
    await world.settle();
    expect(world.live).toMatchObject({ gpu: [0.75, 2], inf2: [0.25, 2] });
    expect(last(world)).toBe('Recovered');
  });

  test('scaling that the controller suspended is resumed', async () => {
    const scaling = { minInstances: 1, maxInstances: 4 };
    const world = worldOf(0.5, { gpu: { scaling }, inf2: { scaling } });
    world.putLock(UNPROVEN);
    end(world);
    await world.settle();
    expect(world.standIn.control.calls.filter(({ operation }) => operation === 'RegisterScalableTarget').map(({ input }) => (input as any).ResourceId))
      .toEqual(['endpoint/web/variant/gpu', 'endpoint/web/variant/inf2']);
  });

  test('an epoch that cannot be raised does not keep it from going back', async () => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    refuse(world, 'UpdateItem', 100);
    end(world);
    await world.settle();
    expect(world.live).toMatchObject({ gpu: [0.75, 2], inf2: [0.25, 2] });
  });
});

describe('a proven step', () => {
  test('nothing is moved; the epoch is raised and people are told that nobody watches', async () => {
    const world = worldOf();
    world.putLock({ ...SAFE, unproven: { BOOL: false } });
    end(world);
    await world.settle();
    expect(last(world)).toBe('Frozen');
    expect(world.execution.result.status).toBe('SUCCEEDED');
    expect([world.writes, world.said, world.killSwitch]).toEqual([[], ['ControllerRecovered'], 'off']);
    expect(world.live).toMatchObject({ gpu: [0.5, 2], inf2: [0.5, 2] });
    expect(world.lock).toMatchObject({ epoch: '8' });
    expect(world.pages[0].message).toContain('its step was proven, nothing was moved and nobody watches the migration');
  });
});

describe('nothing to recover', () => {
  const untouched = async (world: WatchdogWorld, epoch: string | undefined): Promise<void> => {
    end(world);
    await world.settle();
    expect(world.execution.result.status).toBe('SUCCEEDED');
    expect(last(world)).toBe('Nothing to recover');
    expect([world.writes, world.said]).toEqual([[], []]);
    expect(world.lock?.epoch).toBe(epoch);
  };

  test('no lock', async () => {
    const world = worldOf();
    world.dropLock();
    await untouched(world, undefined);
  });

  test('a lock that was given back: the execution ended in order', async () => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    world.putLock({ ...UNPROVEN, owner: { NULL: true } });
    await untouched(world, '7');
  });

  test('another execution has the lock', async () => {
    const world = worldOf();
    world.putLock({ ...UNPROVEN, owner: { S: `${OWNER}-2` } });
    await untouched(world, '7');
  });

  test('the watchdog has fallen back already', async () => {
    const world = worldOf();
    world.putLock({ ...UNPROVEN, fallback: { BOOL: true } });
    await untouched(world, '7');
  });

  test('another execution takes the lock between reading and taking', async () => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    refuse(world, 'UpdateItem', 1, 'ConditionalCheckFailedException');
    await untouched(world, '7');
  });

  test('the lock is taken from that execution only', async () => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    // Tried again two seconds later.
    refuse(world, 'UpdateItem', 1);
    end(world);
    await world.minutes(0.01);
    world.putLock({ ...UNPROVEN, owner: { S: `${OWNER}-2` } });
    await world.settle();
    expect(last(world)).toBe('Nothing to recover');
    expect([world.writes, world.said, world.lock?.epoch]).toEqual([[], [], '7']);
  });

  test('an execution that succeeded, or of another state machine, starts nothing', () => {
    const world = worldOf();
    end(world, 'SUCCEEDED');
    end(world, 'RUNNING');
    end(world, 'FAILED', OWNER.replace(':Migration:', ':Other:'));
    expect(world.machine.executions).toEqual([]);
  });
});

describe('a table that does not answer', () => {
  test('is tried again for minutes', async () => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    refuse(world, 'GetItem', 4);
    end(world);
    await world.minutes(2);
    expect(world.writes).toEqual(['gpu=0.75 inf2=0.25']);
  });

  test('for longer: people are told, nothing is moved', async () => {
    const world = worldOf();
    world.putLock(UNPROVEN);
    refuse(world, 'GetItem', 9);
    end(world);
    await world.settle();
    expect(world.execution.result).toMatchObject({ status: 'FAILED', error: 'Watchdog.LockUnreadable' });
    expect([world.writes, world.said]).toEqual([[], ['FallbackBlocked']]);
    expect(world.pages[0].message).toContain('the controller is gone and its lock cannot be read, nothing was moved');
  });
});

test('an end that is delivered twice: one write', async () => {
  const world = worldOf();
  world.putLock(UNPROVEN);
  world.standIn.bus.deliveries = ({ source }) => source === 'aws.states' ? 2 : 1;
  end(world);
  await world.settle();
  expect(world.machine.executions.map(({ result }) => result.status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  expect(world.writes.filter((write) => !write.endsWith('refused'))).toEqual(['gpu=0.75 inf2=0.25']);
});
