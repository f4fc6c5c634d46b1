import { checkpointsOf, World, type Mutation, type WorldOptions } from './world';

/**
 * Scenarios that a mutant of the tick has to fail: they run with the bundle as it is, and in `mutations.test.ts` with one line of it changed.
 */
async function scene(options: WorldOptions, mutations: readonly Mutation[], play: (world: World) => Promise<void>): Promise<void> {
  const world = await World.start({ ...options, mutations });
  try {
    await play(world);
    world.expectTidy();
  } finally {
    await world.stop();
  }
}

const HOUR: WorldOptions = { program: () => ({ seconds: 3600 }) };

/** The answer of the tick that makes the job is lost. */
export const lostTick = async (...mutations: Mutation[]): Promise<void> => scene(HOUR, mutations, async (world) => {
  let lost = 0;
  world.loses = (_, { state }) => state?.made === 1 && ++lost === 1;
  const run = await world.ended({}, 'a');
  expect([run.status, world.jobs, world.packages.length]).toEqual(['SUCCEEDED', ['0 trn1 Completed'], 1]);
});

/** Two executions with one run id, where nothing else keeps them apart. */
export const twice = async (...mutations: Mutation[]): Promise<void> => scene({ ...HOUR, training: { allowOverlap: true } }, mutations, async (world) => {
  const runs = ['a', 'b'].map((name) => world.run({ runId: 'one' }, name));
  await world.end();
  expect([runs.map(({ status }) => status), world.jobs, world.packages.length]).toEqual([['SUCCEEDED', 'FAILED'], ['0 trn1 Completed'], 1]);
  expect(world.told('Training Ended').map(({ detail }) => detail.outcome)).toEqual(['skipped', 'completed']);
});

/** A person stops a job that has a start time. */
export const stoppedByHand = async (...mutations: Mutation[]): Promise<void> => scene(HOUR, mutations, async (world) => {
  const run = world.run({}, 'a');
  await world.until(() => world.jobs[0] === '0 trn1 Training');
  world.stopJob(world.all[0].name);
  await world.end();
  expect([run.status, run.result.error, world.jobs, world.packages]).toEqual(['FAILED', 'Training.Stopped', ['0 trn1 Stopped'], []]);
});

/** The execution is called off while the request for its job is on its way. */
export const calledOff = async (...mutations: Mutation[]): Promise<void> => scene(HOUR, mutations, async (world) => {
  world.stall('CreateTrainingJob', 'request', 30);
  const run = world.run({}, 'a');
  await world.scheduler.runFor(10);
  run.abort();
  await world.end();
  expect([run.status, world.jobs]).toEqual(['ABORTED', ['0 trn1 Stopped']]);
});

/** A run is redriven after it was called off. */
export const redriven = async (...mutations: Mutation[]): Promise<void> => scene(HOUR, mutations, async (world) => {
  const run = world.run({}, 'a');
  await world.until(() => world.jobs[0] === '0 trn1 Training');
  run.abort();
  await world.minutes(10);
  run.redrive();
  await world.end();
  expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Stopped', '1 trn1 Completed']]);
  expect(new Set(world.all.map(checkpointsOf)).size).toBe(1);
  // That it was called off is told once, by who stopped its job.
  expect(world.told('Training Ended').map(({ detail }) => detail.outcome)).toEqual(['aborted', 'completed']);
  expect(world.metrics.map(({ FailedRuns }) => FailedRuns)).toEqual([1, 0]);
});

/** Another run begins while one goes on. */
export const overlap = async (...mutations: Mutation[]): Promise<void> => scene(HOUR, mutations, async (world) => {
  const first = world.run({}, 'a');
  await world.until(() => world.jobs[0] === '0 trn1 Training');
  const second = world.run({}, 'b');
  await world.end();
  expect([first.status, second.status, world.jobs]).toEqual(['SUCCEEDED', 'FAILED', ['0 trn1 Completed']]);
});

/** The answer to the registration is lost. */
export const registeredTwice = async (...mutations: Mutation[]): Promise<void> => scene(HOUR, mutations, async (world) => {
  world.losses.push({ operation: 'CreateModelPackage', what: 'answer', times: 1 });
  const run = await world.ended({}, 'a');
  expect([run.status, world.packages.length]).toEqual(['SUCCEEDED', 1]);
});
