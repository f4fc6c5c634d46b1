import { checkpointsOf, P4D_QUOTA, TRN1_QUOTA, World, type WorldOptions } from './world';

jest.setTimeout(300_000);
let world: World;
const start = async (options?: WorldOptions): Promise<World> => (world = await World.start(options));
afterEach(async () => {
  world.expectTidy();
  await world.stop();
});

const HOUR = { program: () => ({ seconds: 3600, files: { 'step-1': 'weights' }, upload: 'partial' as const }) };
const sameFolder = (): void => expect(new Set(world.all.map(checkpointsOf)).size).toBe(1);

describe('a run that a person redrives', () => {
  test('after the script failed: a job of a new name goes on from its checkpoints', async () => {
    let broken = true;
    await start({ program: () => ({ seconds: 600, files: { 'step-1': '' }, exitCode: broken ? 1 : 0 }) });
    const run = await world.ended();
    expect([run.result.error, world.jobs]).toEqual(['Training.UserError', ['0 trn1 Failed']]);
    broken = false;
    run.redrive();
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Failed', '1 trn1 Completed']]);
    sameFolder();
    expect(run.result.output).toMatchObject({ outcome: 'completed', job: world.all[1].name });
    expect(world.metrics.map(({ CompletedRuns, FailedRuns, Attempts }) => [CompletedRuns, FailedRuns, Attempts])).toEqual([[0, 1, 1], [1, 0, 2]]);
    expect(world.packages).toHaveLength(1);
  });

  test('and fails again, and is redriven again', async () => {
    let broken = true;
    await start({ program: () => ({ seconds: 600, exitCode: broken ? 1 : 0 }) });
    const run = await world.ended();
    run.redrive();
    await world.end();
    expect([run.result.error, world.jobs]).toEqual(['Training.UserError', ['0 trn1 Failed', '1 trn1 Failed']]);
    broken = false;
    run.redrive();
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Failed', '1 trn1 Failed', '2 trn1 Completed']]);
  });

  test('after there was no hardware: from the first kind on', async () => {
    await start({ training: { maxPending: undefined } });
    world.standIn.control.capacity.set(TRN1_QUOTA, 0).set(P4D_QUOTA, 0);
    const run = await world.ended();
    expect([run.result.error, world.jobs]).toEqual(['Training.NoHardware', ['0 trn1 Failed', '1 p4d Failed']]);
    world.standIn.control.capacity.clear();
    run.redrive();
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Failed', '1 p4d Failed', '2 trn1 Completed']]);
    expect(checkpointsOf(world.all[2])).toBe(checkpointsOf(world.all[0]));
    expect(world.metrics.at(-1)).toMatchObject({ CompletedRuns: 1, RungUsed: 0 });
  });

  test('after it was called off: the job was stopped, another goes on from its checkpoints', async () => {
    await start(HOUR);
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    run.abort();
    await world.minutes(10);
    expect([run.status, world.jobs]).toEqual(['ABORTED', ['0 trn1 Stopped']]);
    run.redrive();
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Stopped', '1 trn1 Completed']]);
    sameFolder();
    expect(world.packages).toHaveLength(1);
  });

  test('after it was called off and redriven at once, while its job is being stopped', async () => {
    await start(HOUR);
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    run.abort();
    await world.scheduler.runFor(5);
    run.redrive();
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Stopped', '1 trn1 Completed']]);
  });

  test('after it was called off before its job had instances: the same hardware again', async () => {
    await start(HOUR);
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Starting');
    run.abort();
    await world.minutes(10);
    expect([run.status, world.jobs]).toEqual(['ABORTED', ['0 trn1 Stopped']]);
    run.redrive();
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Stopped', '1 trn1 Completed']]);
  });

  test('after it was called off while it waited, and then a person stops its job: that is the end', async () => {
    await start({ ...HOUR, training: { maxPending: undefined, policies: { capacityAttempts: 2 } } });
    world.standIn.control.capacity.set(TRN1_QUOTA, 0);
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Failed');
    await world.minutes(2);
    run.abort();
    await world.minutes(2);
    world.standIn.control.capacity.clear();
    run.redrive();
    await world.until(() => world.jobs[1] === '1 trn1 Training');
    world.stopJob(world.all[1].name);
    await world.end();
    expect([run.status, run.result.error, world.jobs]).toEqual(['FAILED', 'Training.Stopped', ['0 trn1 Failed', '1 trn1 Stopped']]);
  });

  test('after a person stopped its job', async () => {
    await start(HOUR);
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    world.stopJob(world.all[0].name);
    await world.end();
    run.redrive();
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Stopped', '1 trn1 Completed']]);
  });
});

describe('a run that ends early', () => {
  const STOPPED = (run: { arn: string }, status: string) => [{
    type: 'Training Job Stopped', detail: { training: 'bert', execution: run.arn, job: world.all[0].name, reason: `stopped, for its run ended as ${status}` },
  }];

  test('called off: its job is stopped, and it counts as failed once', async () => {
    await start(HOUR);
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    run.abort();
    await world.end();
    expect([run.status, world.jobs, world.told('Training Job Stopped')]).toEqual(['ABORTED', ['0 trn1 Stopped'], STOPPED(run, 'ABORTED')]);
    expect(world.told('Training Ended').map(({ detail }) => detail)).toEqual([{ training: 'bert', execution: run.arn, outcome: 'aborted', reason: '' }]);
    expect([world.metrics, world.packages]).toEqual([[{ FailedRuns: 1 }], []]);
  });

  test('called off with a run id', async () => {
    await start(HOUR);
    const run = world.run({ runId: 'monday' });
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    run.abort();
    await world.end();
    expect([world.jobs, world.told('Training Job Stopped')]).toEqual([['0 trn1 Stopped'], STOPPED(run, 'ABORTED')]);
  });

  test('its time is over', async () => {
    await start({ ...HOUR, runTimeoutSeconds: 1800 });
    const run = await world.ended();
    expect([run.status, world.jobs, world.told('Training Job Stopped')]).toEqual(['TIMED_OUT', ['0 trn1 Stopped'], STOPPED(run, 'TIMED_OUT')]);
    expect(world.metrics).toEqual([{ FailedRuns: 1 }]);
    run.redrive();
    await world.end();
    expect(world.jobs).toEqual(['0 trn1 Stopped', '1 trn1 Stopped']);
  });

  test.each(['request', 'answer'] as const)('called off exactly while its job is made, and the %s is late: nothing is left running', async (when) => {
    await start(HOUR);
    world.stall('CreateTrainingJob', when, 30);
    const run = world.run();
    await world.scheduler.runFor(10);
    expect(world.jobs.length).toBe(when === 'request' ? 0 : 1);
    run.abort();
    await world.end();
    expect([run.status, world.jobs]).toEqual(['ABORTED', ['0 trn1 Stopped']]);
    expect(world.told('Training Job Stopped')).toHaveLength(when === 'request' ? 0 : 1);
    expect(world.metrics).toEqual([{ FailedRuns: 1 }]);
  });

  test('its time is over exactly while its job is made', async () => {
    await start({ ...HOUR, runTimeoutSeconds: 20 });
    world.stall('CreateTrainingJob', 'request', 60);
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['TIMED_OUT', ['0 trn1 Stopped']]);
  });

  test('called off between two jobs: none is made', async () => {
    await start({ ...HOUR, training: { maxPending: undefined } });
    world.standIn.control.capacity.set(TRN1_QUOTA, 0);
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Failed');
    run.abort();
    await world.end();
    expect(world.jobs).toEqual(['0 trn1 Failed']);
  });

  test('the event comes twice, and the functions are throttled', async () => {
    await start(HOUR);
    world.standIn.bus.deliveries = () => 2;
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    for (const operation of ['ListTrainingJobs', 'StopTrainingJob']) world.standIn.control.faults.push({ operation, error: { type: 'ThrottlingException', message: 'Rate exceeded' } });
    run.abort();
    await world.end();
    expect(world.jobs).toEqual(['0 trn1 Stopped']);
    expect(world.told('Training Job Stopped')).toHaveLength(1);
  });

  test('the event comes again after a redrive: the job of the run that goes on is left alone', async () => {
    await start(HOUR);
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    run.abort();
    await world.until(() => world.jobs[0] === '0 trn1 Stopped');
    run.redrive();
    await world.until(() => world.jobs[1] === '1 trn1 Training');
    world.sendAgain({ detail: { executionArn: run.arn, stateMachineArn: world.machine.arn, status: 'ABORTED', input: '{}' } });
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Stopped', '1 trn1 Completed']]);
  });

  test('the function fails three times: the event is kept for a person, and works when it is sent again', async () => {
    await start(HOUR);
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    world.standIn.control.faults.push({ operation: 'ListTrainingJobs', times: 3, error: { type: 'ThrottlingException', message: 'Rate exceeded' } });
    run.abort();
    await world.minutes(10);
    expect(world.jobs).toEqual(['0 trn1 Training']);
    expect(world.deadLetters).toEqual([{ queue: expect.stringMatching(/:TrainingNotStopped\w+$/), event: expect.objectContaining({ detail: expect.objectContaining({ executionArn: run.arn, status: 'ABORTED' }) }) }]);
    world.sendAgain(world.deadLetters[0].event);
    await world.end();
    expect([world.jobs, world.told('Training Job Stopped')]).toEqual([['0 trn1 Stopped'], STOPPED(run, 'ABORTED')]);
  });

  test('a pipeline of others: jobs whose names only begin alike are left alone', async () => {
    await start({ ...HOUR, training: { allowOverlap: true } });
    const [first, second] = [world.run({}, 'a'), world.run({}, 'b')];
    await world.until(() => world.jobs[1] === '0 trn1 Training');
    first.abort();
    await world.end();
    expect([second.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Stopped', '0 trn1 Completed']]);
  });
});
