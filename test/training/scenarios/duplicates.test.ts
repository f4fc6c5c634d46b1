import { TRN1_QUOTA, World, type WorldOptions } from './world';
import type { Execution } from '../../support/state-machine';

jest.setTimeout(300_000);
let world: World;
const start = async (options?: WorldOptions): Promise<World> => (world = await World.start(options));
afterEach(async () => {
  world.expectTidy();
  await world.stop();
});

const causeOf = ({ result }: Execution): string => JSON.parse(result.cause!).errorMessage;
const HOUR = { program: () => ({ seconds: 3600 }) };
const ONCE = { runId: '2026-01-04T03:00:00Z' };
/** `Training Ended` of one execution. */
const endOf = ({ arn }: Execution): any => world.told('Training Ended').filter(({ detail }) => detail.execution === arn).map(({ detail }) => detail);

describe('one run that is begun twice', () => {
  test.each([false, true])('at the same moment, with allowOverlap %s: one job; the second is skipped, which is no failure', async (allowOverlap) => {
    await start({ ...HOUR, training: { allowOverlap } });
    const [first, second] = [world.run(ONCE, 'a'), world.run(ONCE, 'b')];
    await world.end();
    expect([first.status, second.status, second.result.error, world.jobs]).toEqual(['SUCCEEDED', 'FAILED', 'Training.Skipped', ['0 trn1 Completed']]);
    const { name } = world.all[0];
    const reason = allowOverlap
      ? `run ${ONCE.runId} was made before: job ${name} is of ${first.arn}; to train again, leave runId out of the input or give another`
      : `${first.arn} is still training: this run was not begun`;
    expect(causeOf(second)).toContain(`${reason} See https://`);
    expect(endOf(second)).toMatchObject([{ outcome: 'skipped', reason }]);
    expect(world.metrics).toMatchObject([{ CompletedRuns: 0, FailedRuns: 0, SkippedRuns: 1 }, { CompletedRuns: 1, FailedRuns: 0, SkippedRuns: 0 }]);
    expect(Object.keys(world.metrics[0])).toEqual(['CompletedRuns', 'FailedRuns', 'SkippedRuns']);
    // The end of the second one is told to who stops what is left: the job is not its own.
    expect(world.rules.deliveries.map(({ event }) => event.detail.name)).toEqual(['b']);
    expect(world.told('Training Job Stopped')).toEqual([]);
    expect(world.packages).toHaveLength(1);
  });

  test.each([false, true])('while the first one goes on, with allowOverlap %s', async (allowOverlap) => {
    await start({ ...HOUR, training: { allowOverlap } });
    const first = world.run(ONCE, 'a');
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    const second = world.run(ONCE, 'b');
    await world.end();
    expect([first.status, second.status, second.result.error, world.jobs]).toEqual(['SUCCEEDED', 'FAILED', 'Training.Skipped', ['0 trn1 Completed']]);
    expect(world.told('Training Job Stopped')).toEqual([]);
    expect(world.packages).toHaveLength(1);
  });

  test('after the first one is complete', async () => {
    await start(HOUR);
    const first = await world.ended(ONCE, 'a');
    const second = await world.ended(ONCE, 'b');
    expect([first.status, second.status, second.result.error, world.jobs]).toEqual(['SUCCEEDED', 'FAILED', 'Training.Skipped', ['0 trn1 Completed']]);
    expect(causeOf(second)).toContain(`run ${ONCE.runId} was made before: job ${world.all[0].name} is of ${first.arn}`);
    expect(world.metrics.map(({ CompletedRuns, FailedRuns, SkippedRuns }) => [CompletedRuns, FailedRuns, SkippedRuns])).toEqual([[1, 0, 0], [0, 0, 1]]);
    expect(world.packages).toHaveLength(1);
  });

  test('after the first one was complete on the second kind of hardware', async () => {
    await start({ ...HOUR, training: { maxPending: undefined } });
    world.standIn.control.capacity.set(TRN1_QUOTA, 0);
    await world.ended(ONCE, 'a');
    world.standIn.control.capacity.clear();
    const second = await world.ended(ONCE, 'b');
    expect([second.result.error, world.jobs]).toEqual(['Training.Skipped', ['0 trn1 Failed', '1 p4d Completed']]);
  });

  test('after the first one failed: it is made again, with a name of its own and from the checkpoints of the first', async () => {
    let broken = true;
    await start({ program: () => ({ seconds: 600, files: { 'step-1': '' }, exitCode: broken ? 1 : 0 }) });
    const first = await world.ended(ONCE, 'a');
    broken = false;
    const second = await world.ended(ONCE, 'b');
    expect([first.status, second.status, world.jobs]).toEqual(['FAILED', 'SUCCEEDED', ['0 trn1 Failed', '1 trn1 Completed']]);
    const [before, after] = world.all;
    expect([after.request.CheckpointConfig.S3Uri, after.request.Environment.CDK_ACCELERATORS_TRAINING_RUN]).toEqual([before.request.CheckpointConfig.S3Uri, `${second.arn}#${ONCE.runId}`]);
    expect(world.metrics.map(({ CompletedRuns, FailedRuns, Attempts }) => [CompletedRuns, FailedRuns, Attempts])).toEqual([[0, 1, 1], [1, 0, 1]]);
    expect(world.packages).toHaveLength(1);
    // And a third one is too late again.
    const third = await world.ended(ONCE, 'c');
    expect([third.result.error, world.jobs.length]).toEqual(['Training.Skipped', 2]);
  });

  test('after the first one trained and could not be registered: its model is taken, on the hardware that it was trained on', async () => {
    await start({ ...HOUR, training: { maxPending: undefined } });
    world.standIn.control.capacity.set(TRN1_QUOTA, 0);
    world.standIn.control.faults.push({ operation: 'CreateModelPackage', times: 21, error: { type: 'ResourceLimitExceeded', message: 'too many versions' } });
    const first = await world.ended(ONCE, 'a');
    const found = [first.status, world.jobs, world.packages.length];
    world.standIn.control.faults.length = 0;
    const second = await world.ended(ONCE, 'b');
    expect([found, second.status, world.jobs]).toEqual([['FAILED', ['0 trn1 Failed', '1 p4d Completed'], 0], 'SUCCEEDED', ['0 trn1 Failed', '1 p4d Completed']]);
    expect(second.result.output).toMatchObject({ outcome: 'completed', rung: 'p4d-24xlarge', job: world.all[1].name, model: { revision: world.all[1].name } });
    expect(world.packages).toHaveLength(1);
    expect(world.metrics[world.metrics.length - 1]).toMatchObject({ CompletedRuns: 1, FailedRuns: 0, RungUsed: 1 });
  });

  test('after the first one was forgotten by Step Functions, as all are after 90 days', async () => {
    await start(HOUR);
    await world.ended(ONCE, 'a');
    const { machines } = world.standIn;
    const { machine } = world;
    machines.set(machine.arn, { arn: machine.arn, executions: [], start: machine.start.bind(machine) });
    Object.defineProperty(machines.get(machine.arn), 'executions', { get: () => machine.executions.filter(({ name }) => name !== 'a') });
    const second = await world.ended(ONCE, 'b');
    expect([second.result.error, world.jobs]).toEqual(['Training.Skipped', ['0 trn1 Completed']]);
  });
});

describe('another run while one goes on', () => {
  test('is skipped, and the one that goes on is left alone', async () => {
    await start(HOUR);
    const first = world.run({ runId: 'one' }, 'a');
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    const second = world.run({ runId: 'two' }, 'b');
    await world.end();
    expect([first.status, second.status, second.result.error, world.jobs]).toEqual(['SUCCEEDED', 'FAILED', 'Training.Skipped', ['0 trn1 Completed']]);
    expect(causeOf(second)).toContain(`${first.arn} is still training: this run was not begun`);
    expect(world.told('Training Job Stopped')).toEqual([]);
  });

  test('begun in the same moment without run ids: one of them trains', async () => {
    await start(HOUR);
    const runs = ['b', 'a', 'c'].map((name) => world.run({}, name));
    await world.end();
    expect([runs.map(({ status }) => status), world.jobs]).toEqual([['FAILED', 'SUCCEEDED', 'FAILED'], ['0 trn1 Completed']]);
  });

  test('that is redriven waits for nobody, and gives way; redriven later it goes on', async () => {
    let broken = true;
    await start({ program: () => ({ seconds: 3600, exitCode: broken ? 1 : 0 }) });
    const first = await world.ended({}, 'a');
    broken = false;
    const second = world.run({}, 'b');
    await world.until(() => world.jobs[1] === '0 trn1 Training');
    first.redrive();
    await world.end();
    expect([first.result.error, second.status, world.jobs]).toEqual(['Training.Skipped', 'SUCCEEDED', ['0 trn1 Failed', '0 trn1 Completed']]);
    expect(causeOf(first)).toContain(`${second.arn} is still training: this run was not begun`);
    first.redrive();
    await world.end();
    expect([first.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Failed', '0 trn1 Completed', '1 trn1 Completed']]);
  });

  test('trains beside it, with allowOverlap', async () => {
    await start({ ...HOUR, training: { allowOverlap: true } });
    const first = world.run({}, 'a');
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    const second = world.run({}, 'b');
    await world.end();
    expect([first.status, second.status, world.jobs]).toEqual(['SUCCEEDED', 'SUCCEEDED', ['0 trn1 Completed', '0 trn1 Completed']]);
    expect(world.packages).toHaveLength(2);
    expect(world.metrics.map(({ CompletedRuns }) => CompletedRuns)).toEqual([1, 1]);
  });
});
