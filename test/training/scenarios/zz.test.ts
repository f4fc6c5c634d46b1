import { checkpointsOf, World } from './world';
import { SAGEMAKER } from '../../support/standin/sagemaker';
jest.setTimeout(300_000);
test('redrive beside another run', async () => {
  let broken = true;
  const world = await World.start({ program: () => ({ seconds: 3600, exitCode: broken ? 1 : 0 }) });
  const a = await world.ended({}, 'a');
  broken = false;
  const b = world.run({}, 'b');
  await world.until(() => world.jobs[1] === '0 trn1 Training');
  a.redrive();
  await world.end();
  process.stderr.write(JSON.stringify([a.status, b.status, world.jobs, world.all.map(({ described: d }) => [d.TrainingStartTime, d.TrainingEndTime])]) + '\n');
  await world.stop();
});
test('owner is gone', async () => {
  const world = await World.start({});
  await world.ended({ runId: 'one' }, 'a');
  (world.machine as any).started.delete('a');
  const b = await world.ended({ runId: 'one' }, 'b');
  process.stderr.write(JSON.stringify([b.status, b.result.error, b.result.cause, b.result.seconds, world.metrics, world.jobs]) + '\n');
  await world.stop();
});
test('pipeline redriven without run id', async () => {
  let broken = true;
  const world = await World.start({ pipeline: {}, program: () => ({ seconds: 3600, exitCode: broken ? 1 : 0 }) });
  const a = world.pipeline!.start({});
  await world.end();
  broken = false;
  a.redrive();
  await world.end();
  process.stderr.write(JSON.stringify([a.status, world.all.map(checkpointsOf)]) + '\n');
  await world.stop();
});
test('job deleted meanwhile', async () => {
  const world = await World.start({ program: () => ({ seconds: 7200 }) });
  const a = world.run({}, 'a');
  await world.until(() => world.jobs[0] === '0 trn1 Training');
  world.stopJob(world.all[0].name);
  await world.scheduler.runFor(61);
  const { name } = world.all[0];
  world.standIn.call(SAGEMAKER, 'DeleteTrainingJob', { TrainingJobName: name });
  await world.scheduler.runUntilIdle();
  process.stderr.write(JSON.stringify([a.status, a.result.error, a.result.cause, a.result.seconds]) + '\n');
  await world.stop();
});
