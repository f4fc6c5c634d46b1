/** The watchdog's synthesized state machine, run against the stand-in in virtual time. */
import { fallbackStack, migrationStack, OWNER, WatchdogWorld } from './watchdog-world';
import { AUTOSCALING } from '../support/standin/autoscaling';
import { SAGEMAKER } from '../support/standin/sagemaker';

// Hours of virtual time: seconds on a busy machine.
jest.setTimeout(60_000);

const SCALED = { gpu: { scaling: { minInstances: 1, maxInstances: 6 } }, inf2: { scaling: { minInstances: 1, maxInstances: 6 } } };
const refuse = (world: WatchdogWorld, operation: string, times: number, type = 'ThrottlingException') =>
  world.standIn.control.faults.push({ operation, times, error: { type, message: 'not now', status: 400 } });
const visits = (world: WatchdogWorld) => world.execution.history.map(({ state }) => state);
const registrations = (world: WatchdogWorld) => world.standIn.control.calls.filter(({ operation }) => operation === 'RegisterScalableTarget').map(({ input }) => {
  const { ResourceId, MinCapacity, SuspendedState } = input as any;
  return [ResourceId, MinCapacity, SuspendedState];
});
const RESUMED = { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false };

describe('a fallback', () => {
  test('with capacity: epoch, kill switch and weights within the first look, people told, five minutes watched', async () => {
    const world = new WatchdogWorld(migrationStack({ floor: 2 }).stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    world.putLock({ unproven: { BOOL: true } });
    world.ring();
    await world.minutes(0.1);
    expect(world.lock).toMatchObject({ epoch: '8', fallback: true, owner: OWNER });
    expect(world.killSwitch).toBe('gpu');
    expect(world.writes).toEqual(['gpu=1 inf2=0']);
    expect(world.said).toEqual(['FallbackTriggered']);
    await world.minutes(5);
    expect(world.live).toEqual({ gpu: [1, 2], inf2: [0, 2], status: 'InService' });
    expect(world.killSwitch).toBe('gpu');
    await world.settle();
    expect(world.execution.result).toMatchObject({ status: 'SUCCEEDED', seconds: 360 });
    expect(world.killSwitch).toBe('off');
    expect(world.writes).toEqual(['gpu=1 inf2=0']);
    expect(world.lock).toMatchObject({ epoch: '8' });
    expect(world.said).toEqual(['FallbackTriggered', 'FallbackDone']);
    const end = `Cause: alarm Stack-Watchdog-910D80A4-errors. Execution: ${world.execution.arn}. What to do: https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#fallback`;
    expect(world.pages).toEqual([
      { subject: 'FallbackTriggered: gpu', message: `Endpoint web: all requests go to gpu. ${end}` },
      { subject: 'FallbackDone: gpu', message: `Endpoint web: all requests have gone to gpu for five minutes, the kill switch is off. ${end}` },
    ]);
  });

  test('the controller is stopped before anything is written to the endpoint, and people are told after it', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    world.ring();
    await world.minutes(0.1);
    expect(world.standIn.control.calls.map(({ operation }) => operation)).toEqual([
      'GetItem', 'DescribeEndpoint', 'UpdateItem', 'PutParameter', 'UpdateEndpointWeightsAndCapacities', 'PutEvents', 'Publish',
    ]);
  });

  test('says on the bus what it is about', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.2, 2], inf2: [0.8, 2] });
    world.ring();
    await world.minutes(0.1);
    const [event] = world.standIn.bus.events.filter(({ source }) => source === 'cdk-accelerators.migration');
    expect(event.detail).toEqual({
      watchdog: 'Stack-Watchdog-910D80A4',
      endpoint: 'web',
      from: 'gpu',
      to: 'inf2',
      message: 'all requests go to gpu',
      cause: 'alarm Stack-Watchdog-910D80A4-errors',
      status: 'InService',
      weights: { from: 1, to: 0, leastFrom: 0.001, mostTo: 0 },
      execution: world.execution.arn,
      runbook: 'https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#fallback',
    });
  });

  test('scaling that a migration suspended is resumed: of the GPU at once, of the other at the end', async () => {
    const world = new WatchdogWorld(migrationStack(SCALED).stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    world.ring();
    await world.minutes(2);
    expect(registrations(world)).toEqual([['endpoint/web/variant/gpu', undefined, RESUMED]]);
    await world.settle();
    expect(registrations(world)).toEqual([['endpoint/web/variant/gpu', undefined, RESUMED], ['endpoint/web/variant/inf2', undefined, RESUMED]]);
    expect(world.call(AUTOSCALING, 'DescribeScalableTargets', { ServiceNamespace: 'sagemaker' }).ScalableTargets.map(({ MinCapacity, MaxCapacity }: any) => [MinCapacity, MaxCapacity])).toEqual([[1, 6], [1, 6]]);
  });

  test('by hand, with the example input of the console, or with none that is an object', async () => {
    for (const input of [{ Comment: 'Insert your JSON here' }, {}, 'now']) {
      const world = new WatchdogWorld(fallbackStack().stack);
      world.machine.start(input);
      await world.settle();
      expect(world.live).toMatchObject({ gpu: [1, 2], inf2: [0, 2] });
      expect(world.said).toEqual(['FallbackTriggered', 'FallbackDone']);
      expect(world.standIn.bus.events.at(-1)!.detail.cause).toBe('started by hand');
    }
  });
});

describe('capacity first', () => {
  test('instances, then the kill switch and the weights; the least number stays raised', async () => {
    const world = new WatchdogWorld(fallbackStack({ ...SCALED, instances: 4 }).stack, { gpu: [0, 1], inf2: [1, 3] });
    world.ring();
    await world.minutes(0.5);
    expect(world.writes).toEqual(['gpu x4']);
    expect(registrations(world)).toEqual([['endpoint/web/variant/gpu', 4, RESUMED]]);
    // Clients that follow it would go to one instance.
    expect(world.killSwitch).toBe('off');
    await world.minutes(1);
    expect(world.live).toMatchObject({ gpu: [0, 4], inf2: [1, 3] });
    expect(world.killSwitch).toBe('gpu');
    await world.settle();
    expect(world.execution.result.status).toBe('SUCCEEDED');
    expect(world.writes).toEqual(['gpu x4', 'gpu=1 inf2=0']);
    expect(world.live).toEqual({ gpu: [1, 4], inf2: [0, 3], status: 'InService' });
    const [gpu] = world.call(AUTOSCALING, 'DescribeScalableTargets', { ServiceNamespace: 'sagemaker' }).ScalableTargets;
    expect([gpu.MinCapacity, gpu.MaxCapacity]).toEqual([4, 6]);
  });

  test('without scaling there is no least number to raise', async () => {
    const world = new WatchdogWorld(fallbackStack({ instances: 3 }).stack, { gpu: [0, 1], inf2: [1, 3] });
    world.ring();
    await world.settle();
    expect(registrations(world)).toEqual([]);
    expect(world.writes).toEqual(['gpu x3', 'gpu=1 inf2=0']);
  });

  test('as many as the migration keeps: the lock says it', async () => {
    const world = new WatchdogWorld(migrationStack({ floor: 1 }).stack, { gpu: [0.5, 1], inf2: [0.5, 2] });
    world.putLock({ floor: { N: '5' }, floorVariant: { S: 'gpu' } });
    world.ring();
    await world.settle();
    expect(world.writes).toEqual(['gpu x5', 'gpu=1 inf2=0']);
  });

  test('what a migration the other way keeps is not for it', async () => {
    const world = new WatchdogWorld(fallbackStack().stack, { gpu: [0.5, 1], inf2: [0.5, 2] });
    const migration = new WatchdogWorld(migrationStack({ floor: 1 }).stack, { gpu: [0.5, 1], inf2: [0.5, 2] });
    migration.putLock({ floor: { N: '5' }, floorVariant: { S: 'inf2' } });
    for (const one of [world, migration]) {
      one.ring();
      await one.settle();
      expect(one.writes).toEqual(['gpu=1 inf2=0']);
    }
  });

  test('instances that do not come are asked for once, and then the requests go to those that are there', async () => {
    const world = new WatchdogWorld(fallbackStack({ instances: 4 }).stack, { gpu: [0, 1], inf2: [1, 3] });
    world.standIn.control.capacity.set('ml.g5.xlarge', 1);
    world.ring();
    await world.settle();
    expect(world.execution.result.status).toBe('SUCCEEDED');
    expect(world.writes).toEqual(['gpu x4', 'gpu=1 inf2=0']);
    expect(world.live).toEqual({ gpu: [1, 1], inf2: [0, 3], status: 'InService' });
    // Three minutes of trying: told.
    expect(world.said).toEqual(['FallbackTriggered', 'FallbackBlocked', 'FallbackDone']);
  });

  test('instances that take longer than ten minutes: clients are sent over all the same', async () => {
    const world = new WatchdogWorld(fallbackStack({ instances: 4 }).stack, { gpu: [0, 1], inf2: [1, 3] });
    world.standIn.control.durations.weights = 1200;
    world.ring();
    await world.minutes(9.9);
    expect(world.killSwitch).toBe('off');
    await world.minutes(0.5);
    expect(world.killSwitch).toBe('gpu');
    expect(visits(world)).toContain('Clients were sent over');
    await world.settle();
    expect(world.live).toEqual({ gpu: [1, 4], inf2: [0, 3], status: 'InService' });
    expect(world.killSwitch).toBe('off');
  });

  test('a quota in the way of instances does not end it', async () => {
    const world = new WatchdogWorld(fallbackStack({ instances: 4 }).stack, { gpu: [0, 1], inf2: [1, 3] });
    world.standIn.control.quotas.set('ml.g5.xlarge', 2);
    world.ring();
    await world.minutes(11);
    expect(world.killSwitch).toBe('gpu');
    expect(world.said).toEqual(['FallbackTriggered', 'FallbackBlocked']);
  });
});

describe('an endpoint that does not take changes', () => {
  test('ten minutes of another update: clients at once, people after two minutes, the weights with the first chance', async () => {
    const world = new WatchdogWorld(fallbackStack().stack);
    world.standIn.control.durations.weights = 600;
    world.call(SAGEMAKER, 'UpdateEndpointWeightsAndCapacities', { EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName: 'inf2', DesiredInstanceCount: 3 }] });
    world.standIn.control.durations.weights = 60;
    world.ring();
    await world.minutes(0.1);
    expect(world.killSwitch).toBe('gpu');
    expect(world.said).toEqual(['FallbackTriggered']);
    await world.minutes(2.5);
    expect(world.said).toEqual(['FallbackTriggered', 'FallbackBlocked']);
    await world.settle();
    expect(world.writes).toEqual(['inf2 x3', 'gpu=1 inf2=0']);
    expect(world.said).toEqual(['FallbackTriggered', 'FallbackBlocked', 'FallbackDone']);
    expect(world.execution.result).toMatchObject({ status: 'SUCCEEDED', seconds: 600 + 60 + 300 });
  });

  test('an update that comes between look and write is met again', async () => {
    const world = new WatchdogWorld(fallbackStack().stack);
    refuse(world, 'UpdateEndpointWeightsAndCapacities', 2, 'ValidationException');
    world.ring();
    await world.settle();
    expect(world.writes).toEqual(['gpu=1 inf2=0 refused', 'gpu=1 inf2=0 refused', 'gpu=1 inf2=0']);
    expect(world.execution.result).toMatchObject({ status: 'SUCCEEDED', seconds: 30 + 60 + 300 });
  });

  test('a change of weights that SageMaker took and did not make is made again', async () => {
    const world = new WatchdogWorld(fallbackStack().stack);
    world.standIn.control.faults.push({ operation: 'UpdateEndpointWeightsAndCapacities', reason: 'internal' });
    world.ring();
    await world.settle();
    expect(world.writes).toEqual(['gpu=1 inf2=0', 'gpu=1 inf2=0']);
    expect(world.live).toMatchObject({ gpu: [1, 2], inf2: [0, 2] });
  });

  test('given up after two hours, within the events an execution may have; clients stay where they were sent', async () => {
    const world = new WatchdogWorld(migrationStack({ ...SCALED, floor: 2 }).stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    refuse(world, 'UpdateEndpointWeightsAndCapacities', 10_000, 'ValidationException');
    world.ring();
    await world.settle();
    expect(world.execution.result).toMatchObject({ status: 'FAILED', error: 'Watchdog.FallbackBlocked', cause: 'the endpoint did not take the weights: it is InService', seconds: 7200 });
    expect(world.execution.result.events).toBeLessThan(20_000);
    expect(world.killSwitch).toBe('gpu');
    expect(world.said).toEqual(['FallbackTriggered', 'FallbackBlocked', 'FallbackBlocked']);
    expect(world.pages.at(-1)!.message).toContain('the endpoint did not take the weights in 2 hours, the watchdog gives up and the kill switch stays as it is');
  });

  test('an endpoint that cannot be looked at: clients are sent over after ten minutes, the rest when it can', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    refuse(world, 'DescribeEndpoint', 3 * 45);
    world.ring();
    await world.minutes(9);
    expect(world.lock).toMatchObject({ epoch: '8', fallback: true });
    expect(world.killSwitch).toBe('off');
    await world.minutes(4);
    expect(world.killSwitch).toBe('gpu');
    await world.settle();
    expect(world.execution.result.status).toBe('SUCCEEDED');
    expect(world.live).toMatchObject({ gpu: [1, 2], inf2: [0, 2] });
  });

  test('an endpoint without the fallback variant: nobody is sent to what is not there', async () => {
    const { stack } = fallbackStack();
    const world = new WatchdogWorld(stack);
    world.call(SAGEMAKER, 'CreateEndpointConfig', {
      EndpointConfigName: 'other', ProductionVariants: [{ VariantName: 'inf2', ModelName: 'inf2-model', InstanceType: 'ml.inf2.xlarge', InitialInstanceCount: 1, InitialVariantWeight: 1 }],
    });
    world.call(SAGEMAKER, 'UpdateEndpoint', { EndpointName: 'web', EndpointConfigName: 'other' });
    await world.minutes(30);
    world.ring();
    await world.settle();
    expect(world.execution.result).toMatchObject({ status: 'FAILED', error: 'Watchdog.FallbackBlocked' });
    expect(world.killSwitch).toBe('off');
    expect(world.writes).toEqual([]);
  });
});

describe('others who write', () => {
  test('weights that somebody sets back in the five minutes are set again, and the five minutes begin again', async () => {
    const world = new WatchdogWorld(fallbackStack().stack);
    world.ring();
    await world.minutes(4);
    world.setWeights(0, 1);
    await world.settle();
    expect(world.writes).toEqual(['gpu=1 inf2=0', 'gpu=0 inf2=1', 'gpu=1 inf2=0']);
    expect(world.live).toMatchObject({ gpu: [1, 2], inf2: [0, 2] });
    expect(world.execution.result.status).toBe('SUCCEEDED');
    expect(world.execution.result.seconds).toBeGreaterThanOrEqual(240 + 60 + 300);
    expect(world.said).toEqual(['FallbackTriggered', 'FallbackDone']);
  });

  test('an event that is delivered twice: one write, one end', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    world.standIn.bus.deliveries = ({ source }) => source === 'aws.cloudwatch' ? 2 : 1;
    world.ring();
    await world.settle();
    expect(world.machine.executions.map(({ result }) => result.status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(world.writes.filter((write) => !write.endsWith('refused'))).toEqual(['gpu=1 inf2=0']);
    expect(world.live).toEqual({ gpu: [1, 2], inf2: [0, 2], status: 'InService' });
    expect(world.killSwitch).toBe('off');
  });

  test('a second one that comes later finds it right, and says and writes nothing', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    world.machine.start({ mode: 'fallback', cause: 'alarm one' });
    await world.minutes(3);
    world.machine.start({ mode: 'fallback', cause: 'alarm two' });
    await world.settle();
    expect(world.machine.executions.map(({ result }) => result.status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(world.machine.executions[1].history.at(-1)!.state).toBe('Nothing was to be done');
    expect(world.writes).toEqual(['gpu=1 inf2=0']);
    expect(world.lock).toMatchObject({ epoch: '8' });
    expect(world.said).toEqual(['FallbackTriggered', 'FallbackDone']);
  });

  test('an alarm that comes after the controller rolled back: the controller keeps its lock and its end', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [1, 2], inf2: [0, 2] });
    world.putLock({});
    world.ring();
    await world.settle();
    expect(world.execution.history.at(-1)!.state).toBe('Nothing was to be done');
    expect(world.lock).toMatchObject({ epoch: '7', owner: OWNER });
    expect(world.lock).not.toHaveProperty('fallback');
    expect([world.writes, world.said, world.killSwitch]).toEqual([[], [], 'off']);
  });

  test('an alarm while the controller rolls back: its weights have their time to come true', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    world.putLock({});
    world.setWeights(1, 0);
    world.ring();
    await world.settle();
    expect(world.execution.history.at(-1)!.state).toBe('Nothing was to be done');
    expect(world.lock).toMatchObject({ epoch: '7', owner: OWNER });
    expect([world.writes, world.said]).toEqual([['gpu=1 inf2=0'], []]);
    expect(world.execution.result.seconds).toBe(60 + 300);
  });

  test('a rollback of the controller that does not come true in two minutes, or is not made, is taken over', async () => {
    for (const fault of [false, true]) {
      const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
      if (fault) world.standIn.control.faults.push({ operation: 'UpdateEndpointWeightsAndCapacities', reason: 'internal' });
      else world.standIn.control.durations.weights = 600;
      world.setWeights(1, 0);
      world.ring();
      await world.minutes(0.9);
      expect(world.lock).toMatchObject({ epoch: '7' });
      await world.minutes(1.6);
      expect(world.lock).toMatchObject({ epoch: '8', fallback: true });
      expect(world.killSwitch).toBe('gpu');
      await world.settle();
      expect(world.live).toMatchObject({ gpu: [1, 2], inf2: [0, 2] });
    }
  });

  test('weights on their way to something else are not right', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [1, 2], inf2: [0, 2] });
    world.setWeights(0.5, 0.5);
    world.ring();
    await world.settle();
    expect(world.lock).toMatchObject({ epoch: '8', fallback: true });
    expect(world.writes).toEqual(['gpu=0.5 inf2=0.5', 'gpu=1 inf2=0']);
    expect(world.live).toMatchObject({ gpu: [1, 2], inf2: [0, 2] });
  });
});

describe('services that do not work', () => {
  test('a lock that cannot be written delays nothing, and is tried again at each look', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    refuse(world, 'UpdateItem', 5);
    world.ring();
    await world.minutes(0.1);
    expect(world.writes).toEqual(['gpu=1 inf2=0']);
    expect(world.lock).toMatchObject({ epoch: '7' });
    await world.settle();
    expect(world.lock).toMatchObject({ epoch: '8', fallback: true });
    expect(world.execution.result.status).toBe('SUCCEEDED');
  });

  test('no table, no parameter, no bus and no topic at all: the weights are set', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    for (const operation of ['GetItem', 'UpdateItem', 'PutParameter', 'PutEvents', 'Publish']) refuse(world, operation, 100_000);
    world.ring();
    await world.minutes(1);
    expect(world.writes).toEqual(['gpu=1 inf2=0']);
    await world.settle();
    expect(world.live).toMatchObject({ gpu: [1, 2], inf2: [0, 2] });
    expect(world.execution.result.status).toBe('SUCCEEDED');
  });

  test('a bus that does not work does not keep people from being told', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    refuse(world, 'PutEvents', 100);
    world.ring();
    await world.settle();
    expect(world.pages.map(({ subject }) => subject)).toEqual(['FallbackTriggered: gpu', 'FallbackDone: gpu']);
  });

  test('a kill switch that stays on is said, and is a failure', async () => {
    const world = new WatchdogWorld(fallbackStack().stack);
    world.ring();
    await world.minutes(2);
    refuse(world, 'PutParameter', 7);
    await world.settle();
    expect(world.execution.result).toMatchObject({ status: 'FAILED', error: 'Watchdog.KillSwitchOn', cause: 'the kill switch could not be turned off' });
    expect(world.said).toEqual(['FallbackTriggered', 'FallbackBlocked']);
    expect(world.killSwitch).toBe('gpu');
  });

  test('a kill switch that can be turned off at the second try is off', async () => {
    const world = new WatchdogWorld(fallbackStack().stack);
    world.ring();
    await world.minutes(2);
    refuse(world, 'PutParameter', 6);
    await world.settle();
    expect(world.execution.result.status).toBe('SUCCEEDED');
    expect(world.killSwitch).toBe('off');
  });

  test('a scalable target that is gone does not matter', async () => {
    const world = new WatchdogWorld(fallbackStack({ ...SCALED, instances: 3 }).stack, { gpu: [0, 1], inf2: [1, 3] });
    refuse(world, 'RegisterScalableTarget', 100, 'ValidationException');
    world.ring();
    await world.settle();
    expect(world.writes).toEqual(['gpu x3', 'gpu=1 inf2=0']);
    expect(world.execution.result.status).toBe('SUCCEEDED');
  });
});

describe('the watchdog of a migration acts in its runs alone', () => {
  const rung = async (lock: Record<string, object> | undefined, prepare: (world: WatchdogWorld) => void = () => undefined) => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    if (lock === undefined) world.dropLock();
    else world.putLock(lock);
    prepare(world);
    world.ring();
    await world.settle();
    return world;
  };

  test.each<[string, Record<string, object> | undefined]>([
    ['before the first run', undefined],
    ['after a run that gave the lock back', { owner: { NULL: true } }],
    ['in a run of the migration back, whose newcomer its own variant is', { migration: { S: 'back' } }],
    ['beside a lock without a migration', { migration: { NULL: true } }],
  ])('%s it writes nothing and tells nobody', async (_, lock) => {
    const world = await rung(lock);
    expect(world.execution.history.at(-1)!.state).toBe('No run of this migration');
    expect([world.writes, world.said, world.killSwitch]).toEqual([[], [], 'off']);
    if (lock !== undefined) expect(world.lock).toMatchObject({ epoch: '7' });
  });

  test('beside a lock of any size it falls back', async () => {
    expect((await rung({ state: { S: 'x'.repeat(200_000) }, reason: { S: 'y'.repeat(150_000) } })).writes).toEqual(['gpu=1 inf2=0']);
  });

  test('in a run of its own it falls back', async () => {
    expect((await rung({})).writes).toEqual(['gpu=1 inf2=0']);
  });

  test('a lock that cannot be read keeps it from nothing', async () => {
    const world = await rung({ migration: { S: 'back' } }, ({ standIn }) => standIn.control.faults.push({ operation: 'GetItem', times: 20, error: { type: 'ThrottlingException', message: 'not now', status: 400 } }));
    expect(world.writes).toEqual(['gpu=1 inf2=0']);
  });

  test('a person who starts it by hand means it', async () => {
    const world = new WatchdogWorld(migrationStack().stack, { gpu: [0.5, 2], inf2: [0.5, 2] });
    world.machine.start({});
    await world.settle();
    expect(world.writes).toEqual(['gpu=1 inf2=0']);
  });
});
