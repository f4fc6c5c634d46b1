import { Duration } from 'aws-cdk-lib';
import { World } from './world';

jest.setTimeout(600_000);
const DAY = 86_400;

test('a job of 28 days: looked at every 20 minutes at least, in an execution that has room for it', async () => {
  const world = await World.start({ training: { maxRuntime: Duration.days(28) }, program: () => ({ seconds: 28 * DAY - 3600 }) });
  const run = await world.ended();
  world.expectTidy();
  expect([run.status, world.jobs, world.packages.length]).toEqual(['SUCCEEDED', ['0 trn1 Completed'], 1]);
  const waits = world.ticks.slice(1).map((time, i) => (time - world.ticks[i]) / 1000);
  expect(Math.max(...waits)).toBeLessThan(20 * 60 + 2);
  expect(run.result.events).toBeLessThan(25_000);
  const { described: { TrainingEndTime: ended } } = world.all[0];
  expect(world.ticks.at(-1)! / 1000 - ended).toBeLessThan(20 * 60 + 2);
  expect(run.result.seconds).toBeGreaterThan(27.9 * DAY);
  await world.stop();
});

test('five such jobs, one after the other: the execution still has room', async () => {
  const world = await World.start({ training: { maxRuntime: Duration.days(28), policies: { timeoutAttempts: 5 } }, program: ({ attempt }) => ({ seconds: attempt < 4 ? 40 * DAY : 27 * DAY }) });
  const run = await world.ended();
  world.expectTidy();
  expect([run.status, world.jobs]).toEqual(['SUCCEEDED', [...[0, 1, 2, 3].map((i) => `${i} trn1 MaxRuntimeExceeded`), '4 trn1 Completed']]);
  expect(run.result.events).toBeLessThan(25_000);
  await world.stop();
});
