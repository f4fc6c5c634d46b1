import { Duration } from 'aws-cdk-lib';
import { busyRollback, fallbackBesideLoop, twoStarts } from './scenes';
import { ENDPOINT, since, World } from './world';
import { DriftPolicy, type TrafficMigrationProps } from '../../../src/migration';

jest.setTimeout(300_000);
let world: World;
afterEach(async () => world?.stop());

const SHORT: Partial<TrafficMigrationProps> = { fallbackWindow: Duration.minutes(30) };
const slow = since((minute) => ({ median: minute >= 14 ? 110 : 50 }));

describe('8: the endpoint is busy when it has to go back', () => {
  test('Updating: said once, tried until it succeeds, the kill switch meanwhile', async () => busyRollback());

  test.each(['SystemUpdating', 'RollingBack'] as const)('%s', async (status) => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { inf2: { latency: slow } } } });
    const run = world.run();
    await world.until(() => world.share === 10, 20);
    await world.until(() => world.minute > 16, 10);
    // Maintenance, or an update of somebody else's that failed.
    const record = world.standIn.state().endpoints.get(ENDPOINT)!;
    record.status = status;
    await world.until(() => world.said('RollbackBlocked'), 15);
    expect(world.events('RollbackBlocked')[0].detail.message).toBe(`the rollback is blocked: the endpoint is ${status} and takes no change; it is tried every few seconds until it succeeds`);
    expect(world.killSwitch).toBe('gpu');
    await world.minutes(25);
    expect(run.status).toBe('RUNNING');
    record.status = 'InService';
    const free = world.minute;
    await world.until(() => world.share === 0, 5);
    expect(world.minute - free).toBeLessThan(1.5);
    await world.ended(run);
    expect(run.result).toMatchObject({ error: 'Migration.RolledBack' });
    expect(world.shares).toEqual([5, 10, 0]);
    expect(world.killSwitch).toBe('off');
  });

  test('the watchdog waits for it as well, and says so', async () => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => minute >= 6 ? 0.5 : 0) } } } });
    const run = world.run();
    await world.until(() => world.minute > 6, 10);
    world.standIn.control.durations.weights = 600;
    world.standIn.scale(ENDPOINT, 'inf2', 2);
    world.standIn.control.durations.weights = 60;
    await world.until(() => world.said('FallbackBlocked') || world.said('RollbackBlocked'), 10);
    expect(world.killSwitch).toBe('gpu');
    await world.ended(run);
    expect(world.share).toBe(0);
    expect(world.killSwitch).toBe('off');
    expect(world.shares).toEqual([5, 0]);
  });
});

describe('11: several want something else', () => {
  test('two starts in one second: one wins, the other is refused by name', async () => twoStarts());

  test('the watchdog takes over while a tick is under way: the controller writes nothing more', async () => fallbackBesideLoop());

  test('weights changed in the console: paused, not fought, and on from there when a person says so', async () => {
    world = await World.start({ migration: SHORT });
    const run = world.run();
    await world.until(() => world.share === 10, 20);
    world.console({ gpu: 0.7, inf2: 0.3 });
    await world.until(() => world.said('Paused'), 5);
    expect(world.events('DriftDetected')[0].detail.message).toBe('somebody set inf2 to 30 % of the traffic; expected was 10 %');
    await world.minutes(60);
    expect(world.share).toBe(30);
    world.command('resume');
    await world.ended(run);
    expect(world.events('Resumed')[0].detail.message).toBe('resumed by ada, from the 30 % that are there');
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
    // Made again from the step below what was there.
    expect(world.shares.slice(0, 3)).toEqual([5, 10, 30]);
    expect(world.shares.slice(-3)).toEqual([50, 80, 100]);
  });

  test('the newcomer is taken out in the console: nobody puts it back without being told', async () => {
    world = await World.start({ migration: { ...SHORT, policies: { onDrift: DriftPolicy.ADOPT } } });
    world.run();
    await world.until(() => world.share === 10, 20);
    world.console({ gpu: 1, inf2: 0 });
    await world.minutes(60);
    expect(world.said('Paused')).toBe(true);
    expect(world.shares).toEqual([5, 10, 0]);
  });

  test('an alarm that is delivered three times falls back once', async () => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => minute >= 6 ? 0.5 : 0) } } } });
    world.standIn.bus.deliveries = ({ source }) => source === 'aws.cloudwatch' ? 3 : 1;
    // The controller is dead, so that nobody else does it.
    world.beforeTick = () => { if (world.minute > 6) throw new Error('dead'); };
    const run = world.run();
    await world.ended(run, 40);
    expect(world.watchdog.executions.length).toBeGreaterThanOrEqual(3);
    expect(world.watchdog.executions.every(({ status }) => status === 'SUCCEEDED')).toBe(true);
    expect(world.shares).toEqual([5, 0]);
    expect(world.killSwitch).toBe('off');
  });

  test('a console change and the alarm in the same minute, under a policy that sets weights back: no oscillation, the safer one stays', async () => {
    world = await World.start({ migration: { ...SHORT, policies: { onDrift: DriftPolicy.RESTORE } }, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => minute >= 15 ? 0.5 : 0) } } } });
    const run = world.run();
    await world.until(() => world.share === 10, 20);
    await world.until(() => world.minute > 14, 5);
    world.console({ gpu: 0.5, inf2: 0.5 });
    await world.ended(run);
    expect(world.weights).toEqual({ gpu: 1, inf2: 0 });
    expect(world.shares).toEqual([5, 10, 50, 10, 0]);
  });
});
