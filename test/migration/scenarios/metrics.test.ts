import { Duration } from 'aws-cdk-lib';
import { ENDPOINT, since, World, type WorldOptions } from './world';
import { ShiftPlan, type TrafficMigrationProps } from '../../../src/migration';
import type { Period } from '../../../src/migration/core/judge/types';

jest.setTimeout(300_000);
let world: World;
afterEach(async () => world.stop());

const QUICK: Partial<TrafficMigrationProps> = { fallbackWindow: Duration.minutes(10), plan: ShiftPlan.steps([10, 50]) };

/** A run to its end under bad weather in CloudWatch, and every period that it judged. */
async function judged(weather: (metrics: World['standIn']['metrics']) => void, more: WorldOptions = {}): Promise<Period[]> {
  world = await World.start({ migration: QUICK, ...more });
  weather(world.standIn.metrics);
  const run = await world.ended(world.run(), 400);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  return world.audits.filter(({ periods }) => periods !== undefined).flatMap(({ periods }) => JSON.parse(periods) as Period[]);
}

/** Each closed period once, in order, without a gap. */
function expectEachOnce(periods: readonly Period[]): void {
  expect(periods.length).toBeGreaterThan(40);
  expect(periods.map(({ start }) => start)).toEqual(periods.map((_, index) => periods[0].start + 60 * index));
}

const truth = (variant: 'gpu' | 'inf2', start: number) => world.standIn.traffic.bucket(ENDPOINT, variant, start * 1000)?.requests ?? 0;

/** The periods whose counts are not those that were served. */
const wrong = (periods: readonly Period[]) => periods.filter(({ start, control, newcomer }) => control.requests !== truth('gpu', start) || newcomer.requests !== truth('inf2', start));

describe('13: CloudWatch is late, partial or silent', () => {
  test('points that come one to three minutes late are waited for', async () => {
    const periods = await judged((metrics) => { metrics.late = ({ minute, metric, variant }) => (minute / 60_000) % 7 === 3 && metric === 'Invocations' ? (variant === 'gpu' ? 60 : 150) : 0; });
    expectEachOnce(periods);
    expect(wrong(periods)).toEqual([]);
  });

  test('a minute that shows a part of its counts before it is closed and published is never judged by them', async () => {
    const periods = await judged((metrics) => { metrics.partial = () => 0.4; });
    expectEachOnce(periods);
    expect(wrong(periods)).toEqual([]);
  });

  test('a minute that never comes counts as one without requests after five, and the next ones are judged as they are', async () => {
    const periods = await judged((metrics) => { metrics.missing = ({ minute, variant }) => minute === (world.epoch / 60_000 + 8) * 60_000 && variant === 'inf2'; });
    expectEachOnce(periods);
    const lost = wrong(periods);
    expect(lost.map(({ start }) => start * 1000)).toEqual([world.epoch + 8 * 60_000]);
    expect(lost[0].newcomer.requests).toBe(0);
  });

  test('answers that are PartialData, and calls that are throttled, are no answers: nothing is judged by them and nothing is lost', async () => {
    const periods = await judged((metrics) => {
      world.beforeTick = () => {
        // A third of the ticks gets half an answer, a third none.
        if (world.ticks % 3 === 0) metrics.partialAnswers = 1;
        if (world.ticks % 3 === 1) world.standIn.control.faults.push({ operation: 'GetMetricData', error: { type: 'ThrottlingException', message: 'Rate exceeded', status: 400 } });
      };
    });
    expectEachOnce(periods);
    expect(wrong(periods)).toEqual([]);
  });

  test('CloudWatch out of order for 20 minutes: held, and caught up with', async () => {
    world = await World.start({ migration: QUICK });
    const run = world.run();
    await world.until(() => world.share === 10, 20);
    world.standIn.control.faults.push({ operation: 'GetMetricData', error: { type: 'InternalServiceFault', message: 'down', status: 500 }, times: 1000 });
    await world.minutes(20);
    expect(run.status).toBe('RUNNING');
    expect(world.share).toBe(10);
    expect(world.events('Holding').map(({ detail }) => detail.reason)).toEqual(['requests']);
    world.standIn.control.faults.length = 0;
    await world.ended(run);
    const judgedPeriods = world.judged(run);
    expect(judgedPeriods).toEqual(judgedPeriods.map((_, index) => judgedPeriods[0] + 60 * index));
  });

  test.each([-45, 45])('a clock that is %p seconds off', async (seconds) => {
    // State machine and CloudWatch do not share a clock.
    const periods = await judged(() => { world.beforeTick = (now) => new Date(Date.parse(now) + seconds * 1000).toISOString(); }, {});
    expectEachOnce(periods);
    // A clock that is fast reads before all is there; what is not there is waited for.
    expect(wrong(periods)).toEqual([]);
  });

  test('a clock that jumps back for a while', async () => {
    const periods = await judged(() => { world.beforeTick = (now) => world.minute > 8 && world.minute < 12 ? new Date(Date.parse(now) - 180_000).toISOString() : now; });
    expectEachOnce(periods);
    expect(wrong(periods)).toEqual([]);
  });

  test('errors are seen through all of it', async () => {
    world = await World.start({ migration: QUICK, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => minute >= 5 ? 0.5 : 0) } } } });
    const { metrics } = world.standIn;
    metrics.late = ({ minute }) => (minute / 60_000) % 2 === 0 ? 90 : 0;
    metrics.partial = () => 0.5;
    const run = world.run();
    await world.until(() => world.share === 0 && world.minute > 5, 20);
    expect(world.minute).toBeLessThan(12);
    await world.ended(run);
    expect(world.shares).toEqual([10, 0]);
  });

  test('no percentiles at all: refused with what to leave out', async () => {
    world = await World.start({ migration: QUICK });
    world.standIn.metrics.extendedStatistics = false;
    const run = await world.ended(world.run());
    expect(run.result.cause).toBe('CloudWatch gives no percentiles of the latency: leave limits.latencyIncrease and limits.latencyIncreaseP99 out to judge errors alone');
    expect(world.writes).toEqual([]);
  });
});
