import { Duration } from 'aws-cdk-lib';
import { ENDPOINT, since, World, type Mutation, type WorldOptions } from './world';
import { DriftPolicy, type TrafficMigrationProps } from '../../../src/migration';

/**
 * Scenarios that a mutant of the handler has to fail: they run with the bundle as it is, and in `mutations.test.ts` with one line of it changed.
 */

const SHORT: Partial<TrafficMigrationProps> = { fallbackWindow: Duration.minutes(30) };

async function scene(options: WorldOptions, mutations: readonly Mutation[], play: (world: World) => Promise<void>): Promise<void> {
  const world = await World.start({ migration: SHORT, ...options, mutations });
  try {
    await play(world);
  } finally {
    await world.stop();
  }
}

/** Two runs begin in the same second, and the first one reads the lock before the second one takes it. */
export const twoStarts = async (...mutations: Mutation[]): Promise<void> => scene({}, mutations, async (world) => {
  world.stall('GetItem');
  const first = world.run({}, 'first');
  const second = world.run({}, 'second');
  await world.until(() => world.share === 10, 30);
  // One winner, and the other is told by whom it was refused.
  expect([first.status, second.status]).toEqual(['FAILED', 'RUNNING']);
  expect(first.result).toMatchObject({ error: 'Migration.Refused' });
  expect(first.result.cause).toContain(`endpoint web is held by ${second.arn} (migration to-inf2), which may still run`);
  expect(world.names.filter((name) => name === 'MigrationStarted')).toHaveLength(1);
  expect(world.lock.owner.S).toBe(second.arn);
  expect(world.shares).toEqual([5, 10]);
});

/** A person starts the watchdog while the controller, which would set weights back that others changed, has read and not yet written. */
export const fallbackBesideLoop = async (...mutations: Mutation[]): Promise<void> => scene({ migration: { ...SHORT, policies: { onDrift: DriftPolicy.RESTORE } } }, mutations, async (world) => {
  const run = world.run();
  await world.until(() => world.share === 5, 10);
  await world.until(() => world.minute > 11.5, 12);
  world.stall('DescribeEndpoint');
  world.beforeTick = () => {
    world.beforeTick = () => undefined;
    world.watchdog.start({ mode: 'fallback', cause: 'a test' });
  };
  await world.until(() => world.said('FallbackTriggered'), 10);
  await world.minutes(12);
  // The safer one wins, and nobody takes turns.
  expect(world.shares).toEqual([5, 0]);
  expect(world.weights).toEqual({ gpu: 1, inf2: 0 });
  expect(run.result).toMatchObject({ status: 'FAILED', error: 'Migration.Superseded' });
  expect(world.lock).toMatchObject({ fallback: { BOOL: true }, epoch: { N: '2' } });
});

/** The newcomer is too slow while the endpoint is in an update of somebody else's. */
export const busyRollback = async (...mutations: Mutation[]): Promise<void> => scene({
  traffic: { requestsPerMinute: 1000, variants: { inf2: { latency: since((minute) => ({ median: minute >= 14 ? 110 : 50 })) } } },
}, mutations, async (world) => {
  const run = world.run();
  await world.until(() => world.share === 10, 20);
  await world.until(() => world.minute > 16, 10);
  world.standIn.control.durations.weights = 900;
  world.standIn.scale(ENDPOINT, 'inf2', 2);
  world.standIn.control.durations.weights = 60;
  await world.until(() => world.said('RollbackStarted'), 15);
  const started = world.minute;
  await world.until(() => world.said('RollbackBlocked'), 2);
  expect(world.events('RollbackBlocked')[0].detail.message).toBe('the rollback is blocked: the endpoint is Updating and takes no change; it is tried every few seconds until it succeeds');
  // Who reads the kill switch need not wait for the endpoint.
  expect(world.killSwitch).toBe('gpu');
  await world.until(() => world.endpoint.EndpointStatus === 'InService', 20);
  const free = world.minute;
  expect(free - started).toBeGreaterThan(5);
  await world.until(() => world.share === 0, 5);
  expect(world.minute - free).toBeLessThan(1.5);
  await world.ended(run);
  expect(run.result).toMatchObject({ status: 'FAILED', error: 'Migration.RolledBack' });
  expect(world.events('RolledBack')).toHaveLength(1);
  expect(world.events('RollbackBlocked')).toHaveLength(1);
  expect(world.killSwitch).toBe('off');
  expect(world.shares).toEqual([5, 10, 0]);
});

/** Half of the traffic takes two instances, and there is one. */
export const capacityGate = async (...mutations: Mutation[]): Promise<void> => scene({
  inf2: { scaling: { maxInstances: 4, invocationsPerInstance: 400 } },
  traffic: { requestsPerMinute: 1000, variants: { inf2: { capacityPerInstance: 450 } } },
}, mutations, async (world) => {
  const run = world.run();
  world.standIn.control.capacity.set('ml.inf2.xlarge', 1);
  await world.until(() => world.said('Holding'), 60);
  expect(world.events('Holding')[0].detail.message).toBe('inf2 has 1 of 2 instances');
  await world.ended(run);
  expect(world.events('RolledBack')[0].detail.message).toMatch(/^gpu has all of the traffic: inf2 has 1 of 2 instances, after 45 min; the step to 50 % is given up \(/);
  expect(world.shares).toEqual([5, 10, 25, 0]);
  expect(world.served('inf2').errors).toBe(0);
  expect(run.result).toMatchObject({ error: 'Migration.RolledBack' });
});
