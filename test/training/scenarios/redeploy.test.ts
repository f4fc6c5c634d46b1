import { World, type Job, type WorldOptions } from './world';
import type { CodeConfig } from '../../../src/training/core/types';
import { Judge, Policies, roleCallsOf, type RecordedCall } from '../../support/iam';

jest.setTimeout(300_000);
let world: World;
const start = async (options?: WorldOptions): Promise<World> => (world = await World.start({ script: 'print("old")\n', ...options }));
afterEach(async () => {
  world.expectTidy();
  await world.stop();
});

const codeOf = ({ request }: Job): string => request.InputDataConfig.find(({ ChannelName: name }: any) => name === 'code').DataSource.S3DataSource.S3Uri;
const uriOf = ({ to }: CodeConfig): string => `s3://${to.bucket}/${to.key}`;
const kept = ({ to }: CodeConfig): string => String(world.standIn.objects.get(to.bucket, to.key));

/** A deploy with another script. The old asset can be read by nobody from now on. */
function deployed(): CodeConfig {
  const old = world.code;
  world.redeploy({ script: 'print("new")\n' });
  world.standIn.objects.delete(old.from.bucket, old.from.key);
  expect([world.code.from.key === old.from.key, world.code.to.key === old.to.key]).toEqual([false, false]);
  return old;
}

test('the script changes by a deploy during a run: its next job still finds its archive, and may read it; the next run has the new script', async () => {
  await start({ training: { registration: undefined, maxPending: undefined, policies: { capacityAttempts: 2 } } });
  world.standIn.control.faults.push({ operation: 'CreateTrainingJob', reason: 'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.', times: 1 });
  const run = world.run({}, 'a');
  await world.until(() => world.jobs[0] === '0 trn1 Failed');
  const old = deployed();
  const { roleCalls } = world.standIn.control;
  const before = roleCalls.length;
  world.calls.clear();
  await world.end();
  expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Failed', '1 trn1 Completed']]);
  expect([world.all.map(codeOf), kept(old)]).toEqual([Array(2).fill(uriOf(old)), `archive ${old.from.key}`]);

  // With the rights that the deploy has left.
  const { template, values } = world.deployed;
  const policies = new Policies(template, { values });
  const judge = new Judge(policies);
  const [job, runner] = ['TrainingRole', 'TrainingRunnerRole'].map((role) => world.roleOf(role));
  const read = roleCallsOf(roleCalls.slice(before), Object.fromEntries(policies.roles().map((role) => [policies.roleArn(role), role])));
  expect(read).toContainEqual(expect.objectContaining({ principal: job, action: 's3:GetObject', resource: [`arn:aws:s3:::${old.to.bucket}/${old.to.key}`] }));
  const done: RecordedCall[] = [...read, ...world.calls.values()];
  for (const role of [job, runner]) {
    await judge.expectAllowed(role, done.filter(({ principal }) => principal === role));
    await judge.expectDenied(role, [{ principal: role, action: 's3:GetObject', resource: [`arn:aws:s3:::${old.from.bucket}/${old.from.key}`], context: {} }]);
  }

  const next = await world.ended({}, 'b');
  expect([next.status, world.all.slice(2).map(codeOf), kept(world.code)]).toEqual(['SUCCEEDED', [uriOf(world.code)], `archive ${world.code.from.key}`]);
});

test('a run that failed before the deploy is redriven after it: with the script that it began with', async () => {
  let broken = true;
  await start({ program: () => ({ seconds: 600, exitCode: broken ? 1 : 0 }) });
  const run = await world.ended({}, 'a');
  expect(run.result.error).toBe('Training.UserError');
  const old = deployed();
  broken = false;
  run.redrive();
  await world.end();
  expect([run.status, world.jobs, world.all.map(codeOf)]).toEqual(['SUCCEEDED', ['0 trn1 Failed', '1 trn1 Completed'], Array(2).fill(uriOf(old))]);
});
