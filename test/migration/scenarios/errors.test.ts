import { Duration } from 'aws-cdk-lib';
import { since, World } from './world';
import { ShiftPlan, type TrafficMigrationProps } from '../../../src/migration';

jest.setTimeout(300_000);
let world: World;
afterEach(async () => world.stop());

const SHORT: Partial<TrafficMigrationProps> = { fallbackWindow: Duration.minutes(30) };
const ALL = [5, 10, 25, 50, 80, 100];

describe('1: half of the requests fail from the first one on', () => {
  test('GPU has 100 % within 3 minutes of the first exposure, at most 125 bad requests', async () => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: 0.5 } } } });
    const run = world.run();
    await world.until(() => world.share > 0, 10);
    const exposed = world.minute;
    await world.until(() => world.share === 0, 10);
    expect(world.minute - exposed).toBeLessThanOrEqual(3);
    expect(world.events('RollbackStarted')[0].minute - exposed).toBeLessThanOrEqual(2);
    await world.ended(run);
    const bad = world.served('inf2').errors;
    expect(bad).toBeGreaterThan(50);
    expect(bad).toBeLessThanOrEqual(125);
    expect(run.result.status).toBe('FAILED');
    expect(world.shares).toEqual([5, 0]);
    expect(world.weights).toEqual({ gpu: 1, inf2: 0 });
    expect(world.scaling).toEqual({ gpu: { min: 2, max: 8, in: false, out: false }, inf2: { min: 1, max: 6, in: false, out: false } });
    expect(world.killSwitch).toBe('off');
  });

  test.each([1, 2, 3, 4, 5])('whatever second of a minute the run begins in (%p)', async (number) => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, seed: number, variants: { inf2: { errorRate: 0.5 } } } });
    await world.minutes(number / 6 + 1 / 60);
    const run = world.run();
    await world.until(() => world.share > 0, 10);
    const exposed = world.minute;
    await world.until(() => world.share === 0, 10);
    // The period that is judged has to begin and end after the exposure: up to a minute is lost where it begins late in one.
    expect(world.minute - exposed).toBeLessThanOrEqual(4);
    await world.ended(run);
    expect(world.served('inf2').errors).toBeLessThanOrEqual(125);
  });
});

test('2: 10 requests a minute, then none for 25 minutes: held with an estimate, neither rolled back nor promoted', async () => {
  const quiet = (minute: number) => minute >= 24 * 60 + 20 && minute < 24 * 60 + 45;
  world = await World.start({ migration: SHORT, before: 24 * 60, traffic: { requestsPerMinute: (minute) => quiet(minute) ? 0 : 10 } });
  const run = world.run();
  await world.minutes(46);
  expect(run.status).toBe('RUNNING');
  expect(world.share).toBe(5);
  expect(world.names.filter((name) => !['MigrationStarted', 'StepStarted', 'Holding'].includes(name))).toEqual([]);
  const reasons = world.events('Holding').map(({ detail }) => detail.message);
  expect(reasons[0]).toMatch(/^inf2 had \d judged requests at 5 % and needs 20: about \d+ min at this traffic$/);
  expect(world.state.verdict).toMatchObject({ kind: 'hold' });
  expect(world.state.verdict!.requestsNeeded).toBeGreaterThan(100);
  // Requests come again, and it goes on.
  await world.until(() => world.share === 10, 120);
  expect(world.shares).toEqual([5, 10]);
});

test('3: both variants have 8 % errors for 10 minutes: frozen, not rolled back, and on after it', async () => {
  const outage = since((minute) => minute >= 14 && minute < 24 ? 0.08 : 0.001);
  world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { gpu: { errorRate: outage }, inf2: { errorRate: outage } } } });
  const run = world.run();
  await world.until(() => world.said('Holding'), 40);
  expect(world.events('Holding')[0].detail).toMatchObject({ reason: 'shared' });
  expect(world.events('Holding')[0].detail.message).toMatch(/^gpu has \d(\.\d)? % errors itself \(0\.\d+ % before the migration\), so nothing is compared: frozen at 10 % until they are gone$/);
  expect(world.share).toBe(10);
  await world.ended(run);
  expect(world.said('RollbackStarted')).toBe(false);
  expect(world.watchdog.executions).toEqual([]);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  expect(world.shares).toEqual(ALL);
  // It did not go on before the outage was over and out of sight.
  expect(world.writes.find(({ weights }) => weights?.inf2 === 0.25)!.minute).toBeGreaterThan(24);
});

describe('4: errors that are there before', () => {
  test('GPU at 1.2 %: the allowance follows it', async () => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { gpu: { errorRate: 0.012 }, inf2: { errorRate: 0.012 } } } });
    const run = await world.ended(world.run());
    expect(world.events('MigrationStarted')[0].detail.message).toMatch(/accepted are 2\.\d % or 2 times the errors of gpu$/);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
    expect(world.shares).toEqual(ALL);
  });

  test('bursts of bad requests of one client, at whichever variant gets them', async () => {
    const burst = since((minute) => Math.floor(minute) % 13 === 6 ? 0.04 : 0.0005);
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { gpu: { errorRate: burst, clump: 4 }, inf2: { errorRate: burst, clump: 4 } } } });
    const run = await world.ended(world.run());
    expect(world.said('RollbackStarted')).toBe(false);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  });
});

test('5: a cold start, and an instance that is replaced, are no reason for a rollback', async () => {
  world = await World.start({
    migration: SHORT,
    traffic: {
      requestsPerMinute: 1000,
      variants: {
        inf2: {
          // A tenth of the requests ten times slower for the first four minutes; later one minute with a tenth of errors.
          latency: since((minute) => minute < 5.5 ? { median: 50, slow: { share: 0.1, factor: 10 } } : { median: 56 }),
          errorRate: since((minute) => minute >= 26 && minute < 27 ? 0.1 : 0),
        },
      },
    },
  });
  const run = await world.ended(world.run());
  expect(world.said('RollbackStarted')).toBe(false);
  expect(world.watchdog.executions).toEqual([]);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
});

describe('15: a comparison that is polluted', () => {
  test('a load test that names the newcomer: the requests that were made count, and people are told that they are not what the weights say', async () => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { inf2: { targeted: since((minute) => minute >= 4 && minute < 10 ? 600 : 0) } } } });
    const run = world.run();
    await world.until(() => world.said('PlanWarning'), 10);
    // Said after the first minute of the load: the minutes before had their 5 %.
    const warning = world.events('PlanWarning')[0].detail;
    const seen = warning.counts as { to: number; from: number };
    expect((seen.to - 600) / (seen.to + seen.from - 600)).toBeCloseTo(0.05, 1);
    expect(warning.message).toMatch(/^inf2 gets \d\d\.\d % of the requests and not 5 % as the weights say \(.*\): requests that name a variant, or sticky sessions; /);
    expect(warning.message).toContain(`${(100 * seen.to / (seen.to + seen.from)).toFixed(1)} %`);
    await world.until(() => world.said('StepPassed'), 20);
    // The judge has counted the requests that were made, not those that the weights promise.
    const { to, from } = world.events('StepPassed')[0].detail.counts as { to: number; from: number };
    expect(to / (to + from)).toBeGreaterThan(0.2);
    await world.ended(run);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  });

  test('errors of one client\'s own making (4XX) at the newcomer decide nothing', async () => {
    world = await World.start({ migration: { ...SHORT, plan: ShiftPlan.canary(25) }, traffic: { requestsPerMinute: 1000, variants: { inf2: { clientErrorRate: 0.3 } } } });
    const run = await world.ended(world.run());
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
    expect(world.audits.some(({ judged }) => judged !== undefined && JSON.parse(judged).to.refused > 10)).toBe(true);
  });

  test('a GPU that is faster without its load does not make the newcomer slow: what it was before counts too', async () => {
    // With a fifth of its traffic the GPU is 40 % faster than before; the newcomer is as fast as the GPU was.
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { gpu: { latency: ({ share }) => ({ median: 30 + 20 * share }) }, inf2: { latency: { median: 55 } } } } });
    const run = await world.ended(world.run());
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  });
});

