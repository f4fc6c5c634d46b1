import { Duration } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ENDPOINT, World } from './world';
import { ShiftPlan, type TrafficMigrationProps } from '../../../src/migration';

jest.setTimeout(300_000);
let world: World;
afterEach(async () => world.stop());

const SMALL = { gpu: { scaling: { minInstances: 1, maxInstances: 8, invocationsPerInstance: 900 } }, inf2: { scaling: { maxInstances: 6, invocationsPerInstance: 400 } } };
const SHORT: Partial<TrafficMigrationProps> = { fallbackWindow: Duration.minutes(30) };

test('a good migration: capacity before weight, every step proven, the way back warm to the end of the window, everything given back', async () => {
  world = await World.start({ ...SMALL, migration: SHORT });
  const before = world.scaling;
  const run = world.run();
  await world.until(() => world.share === 100, 120);
  const full = world.minute;
  // 1,070 requests in the largest minute take 2 instances of 900, and 3 of 400.
  expect(world.counts).toEqual({ gpu: 2, inf2: 3 });
  expect(world.scaling).toEqual({ gpu: { min: 2, max: 8, in: true, out: false }, inf2: { min: 3, max: 6, in: true, out: false } });
  expect(world.standIn.scale(ENDPOINT, 'gpu', 1)).toBe(2);
  await world.until(() => world.said('FallbackWindowEnded'), 60);
  expect(world.minute - full).toBeGreaterThanOrEqual(30);
  expect(world.counts).toEqual({ gpu: 2, inf2: 3 });

  await world.ended(run);
  expect(run.result.status).toBe('SUCCEEDED');
  expect(run.result.output).toMatchObject({ outcome: 'promoted', reason: 'the migration is over: inf2 has all of the traffic' });
  expect(world.shares).toEqual([5, 10, 25, 50, 80, 100]);
  expect(world.names.filter((name) => name !== 'Holding')).toEqual([
    'MigrationStarted', 'StepStarted', 'StepPassed', 'StepStarted', 'StepPassed', 'StepStarted', 'StepPassed', 'StepStarted', 'StepPassed', 'StepStarted', 'StepPassed', 'StepStarted', 'Promoted',
    'FallbackWindowEnded', 'CostReport', 'MigrationEnded',
  ]);
  expect(world.weights).toEqual({ gpu: 0, inf2: 1 });
  expect(world.scaling).toEqual(before);
  expect(world.killSwitch).toBe('off');
  expect(world.lock.owner).toBeUndefined();
  expect(world.served('inf2').errors + world.served('gpu').errors).toBe(0);
  // Instances were there before the weights that need them.
  const grew = world.writes.findIndex(({ counts }) => counts?.inf2 === 3);
  expect(world.writes[grew + 1]).toMatchObject({ weights: { gpu: 0.2, inf2: 0.8 } });
  // One execution for each step, and none for anything else.
  expect(world.step.executions.map(({ status }) => status)).toEqual(Array(6).fill('SUCCEEDED'));
  expect(world.watchdog.executions).toEqual([]);
  expect(world.standIn.control.hazards).toEqual([]);
});

test('every period of a run is judged exactly once, in order, with the counts that CloudWatch ends up with', async () => {
  world = await World.start({ migration: { ...SHORT, plan: ShiftPlan.canary(25) } });
  const run = await world.ended(world.run());
  const judged = world.judged(run);
  expect(judged.length).toBeGreaterThan(40);
  expect(judged).toEqual(judged.map((_, index) => judged[0] + 60 * index));
});

test('a dry run changes nothing at the endpoint, and says what it would do', async () => {
  world = await World.start({ migration: { ...SHORT, policies: { dryRun: true } } });
  const before = world.scaling;
  const run = await world.ended(world.run());
  expect(run.result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'dryRun' } });
  expect(world.writes).toEqual([]);
  expect(world.scaling).toEqual(before);
  expect(world.names).toEqual(['MigrationStarted', 'DryRunReport', 'MigrationEnded']);
  expect(world.events('DryRunReport')[0].detail.message).toMatch(/^dry run: it would shift inf2 to 5 % on 1 instance, 10 % on 1 instance, .*, 100 % on 1 instance; gpu keeps 2 instances; the judge says: /);
  expect(world.lock.owner).toBeUndefined();
});

test('people hear what pages, with the commands that may be typed', async () => {
  world = await World.start({ migration: ({ stack }) => ({ ...SHORT, plan: ShiftPlan.canary(25), notifications: { topic: new sns.Topic(stack, 'People') } }) });
  const run = world.run();
  await world.until(() => world.share === 25, 20);
  world.command('pause', { reason: 'lunch' });
  await world.minutes(2);
  const { notifications } = world.standIn.state();
  expect(notifications.map(({ subject }) => subject)).toEqual(['Paused: migration to-inf2 of endpoint web']);
  const [{ message }] = notifications;
  expect(message).toContain('paused: by ada (lunch)');
  for (const command of ['resume', 'abort']) expect(message).toMatch(new RegExp(`\\n${command} .*:\\naws dynamodb update-item --region us-east-1 --table-name `));
  world.command('resume');
  await world.ended(run);
  expect(notifications.map(({ subject }) => subject!.split(':')[0])).toEqual(['Paused', 'Promoted', 'FallbackWindowEnded']);
  expect(world.names.filter((name) => ['Paused', 'Resumed'].includes(name))).toEqual(['Paused', 'Resumed']);
});
