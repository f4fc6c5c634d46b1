import { checkpointsOf, TRN1, World, type WorldOptions } from './world';

jest.setTimeout(300_000);
let world: World;
const start = async (options?: WorldOptions): Promise<World> => (world = await World.start(options));
afterEach(async () => {
  world.expectTidy();
  await world.stop();
});

const THROTTLED = { type: 'ThrottlingException', message: 'Rate exceeded' };
const throttle = (operation: string, times: number) => world.standIn.control.faults.push({ operation, times, error: THROTTLED });
const causeOf = (cause: string | undefined): string => JSON.parse(cause!).errorMessage;
const refused = (text: string): string[] => world.printed.filter((line) => line.includes(text));

describe('an answer that is lost', () => {
  test.each(['request', 'answer'] as const)('of CreateTrainingJob, on the network (%s): one job', async (what) => {
    await start();
    world.losses.push({ operation: 'CreateTrainingJob', what, times: 1 });
    const run = await world.ended();
    expect([run.status, world.jobs, world.packages.length]).toEqual(['SUCCEEDED', ['0 trn1 Completed'], 1]);
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, Attempts: 1 }]);
  });

  test('of CreateTrainingJob, as a request that took too long', async () => {
    await start();
    world.losses.push({ operation: 'CreateTrainingJob', what: 'answer', times: 1, error: 'TimeoutError' });
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Completed']]);
  });

  test.each(['request', 'answer'] as const)('of CreateModelPackage (%s): one version', async (what) => {
    await start();
    world.losses.push({ operation: 'CreateModelPackage', what, times: 1 });
    const run = await world.ended();
    expect([run.status, world.jobs, world.packages.length]).toEqual(['SUCCEEDED', ['0 trn1 Completed'], 1]);
    expect((run.result.output as any).model.modelPackageArn).toBe(world.packages[0].ModelPackageArn);
    expect(world.metrics).toHaveLength(1);
  });

  test.each(['request', 'answer'] as const)('of the copy of the script (%s): begun once', async (what) => {
    await start();
    world.losses.push({ operation: 'COPY', what, times: 1 });
    const run = await world.ended();
    expect([run.status, world.jobs, world.losses[0].times]).toEqual(['SUCCEEDED', ['0 trn1 Completed'], 0]);
    expect(world.events[0]).toBe('Started');
    expect(world.told('Training Started')).toHaveLength(1);
  });

  test('of the tick that made the job', async () => {
    await start();
    let lost = 0;
    world.loses = (_, { state }) => state?.made === 1 && ++lost === 1;
    const run = await world.ended();
    expect([lost > 1, run.status, world.jobs, world.packages.length]).toEqual([true, 'SUCCEEDED', ['0 trn1 Completed'], 1]);
  });

  test('of the tick that registered the model: one version, told at least once', async () => {
    await start();
    let lost = 0;
    world.loses = (_, { done }) => done === true && ++lost === 1;
    const run = await world.ended();
    expect([run.status, world.jobs, world.packages.length]).toEqual(['SUCCEEDED', ['0 trn1 Completed'], 1]);
    expect(world.told('Training Ended').map(({ detail }) => detail.outcome)).toEqual(['completed', 'completed']);
  });

  test('of the tick that refused a run: it stays refused', async () => {
    await start();
    const first = await world.ended({ runId: 'one' }, 'a');
    let lost = 0;
    world.loses = (_, { done }) => done === true && ++lost === 1;
    const second = await world.ended({ runId: 'one' }, 'b');
    expect([first.status, second.result.error, world.jobs]).toEqual(['SUCCEEDED', 'Training.Skipped', ['0 trn1 Completed']]);
  });

  test('of any tick at all, once each: the run is the same', async () => {
    await start({ training: { rungs: [{ ...TRN1, precompile: {} }] }, program: () => ({ seconds: 100 }) });
    const seen = new Set<string>();
    world.loses = (event) => !seen.has(JSON.stringify(event)) && seen.add(JSON.stringify(event)) !== undefined;
    const run = await world.ended();
    expect([run.status, world.jobs, world.packages.length]).toEqual(['SUCCEEDED', ['0 trn1 compile Completed', '1 trn1 Completed'], 1]);
  });
});

describe('services that refuse', () => {
  test('every API is throttled for a while', async () => {
    await start({ training: { rungs: [{ ...TRN1, precompile: {} }] } });
    for (const operation of ['CreateTrainingJob', 'DescribeTrainingJob', 'CreateModelPackage', 'ListExecutions', 'DescribeExecution']) throttle(operation, 4);
    world.losses.push(...['HEAD', 'PUT', 'COPY'].map((operation) => ({ operation, what: 'request' as const, times: 2 })));
    const run = await world.ended();
    expect([run.status, world.jobs, world.packages.length]).toEqual(['SUCCEEDED', ['0 trn1 compile Completed', '1 trn1 Completed'], 1]);
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, Attempts: 2 }]);
  });

  test('the functions are throttled, and fail, for ten minutes', async () => {
    await start({ program: () => ({ seconds: 7200 }) });
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    world.beforeTick = () => { throw Object.assign(new Error('Rate Exceeded'), { name: 'Lambda.TooManyRequestsException' }); };
    await world.minutes(10);
    world.beforeTick = () => undefined;
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Completed']]);
  });

  test('for longer than the state machine waits: the run fails, its job is stopped, and redriven it goes on from its checkpoint', async () => {
    await start({ program: () => ({ seconds: 7200 }) });
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    // As often as the state machine tries.
    throttle('DescribeTrainingJob', 21);
    await world.end();
    expect([run.status, run.result.error]).toEqual(['FAILED', 'ThrottlingException']);
    expect(world.standIn.control.faults).toEqual([]);
    expect(world.jobs).toEqual(['0 trn1 Stopped']);
    expect(world.metrics).toEqual([{ FailedRuns: 1 }]);
    run.redrive();
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Stopped', '1 trn1 Completed']]);
    expect(checkpointsOf(world.all[1])).toBe(checkpointsOf(world.all[0]));
  });

  test('a log that cannot be read: the reason without it', async () => {
    await start({ program: () => ({ log: ['one', 'RuntimeError: two'], exitCode: 1, message: 'it broke' }) });
    world.refused.set('logs', 'AccessDeniedException');
    const run = await world.ended();
    const [{ name }] = world.all;
    expect([run.result.error, world.jobs]).toEqual(['Training.UserError', ['0 trn1 Failed']]);
    expect(causeOf(run.result.cause)).toMatch(`job ${name} failed: AlgorithmError: it broke, exit code: 1 (log group /aws/sagemaker/TrainingJobs, streams ${name}/)\n(the log could not be read: AccessDeniedException) See https://`);
  });

  test('an event bus that takes nothing: the training goes on, and it is said in the log', async () => {
    await start();
    world.standIn.control.faults.push({ operation: 'PutEvents', times: 1000, error: { type: 'InternalException', message: 'not now', status: 500 } });
    const run = await world.ended();
    expect([run.status, world.jobs, world.told(), world.packages.length]).toEqual(['SUCCEEDED', ['0 trn1 Completed'], [], 1]);
    expect(refused('the event bus did not take')).toEqual(['Started', 'Job Ended', 'Ended'].map((what) => `the event bus did not take Training ${what}: not now`));
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1 }]);
  });

  test('a registry that refuses: the run fails, the model is there, and a redrive registers it', async () => {
    await start();
    world.standIn.control.faults.push({ operation: 'CreateModelPackage', times: 21, error: { type: 'ResourceLimitExceeded', message: 'too many versions' } });
    const run = await world.ended();
    expect([run.status, run.result.error, world.jobs, world.packages]).toEqual(['FAILED', 'ResourceLimitExceeded', ['0 trn1 Completed'], []]);
    run.redrive();
    await world.end();
    expect([run.status, world.jobs, world.packages.length]).toEqual(['SUCCEEDED', ['0 trn1 Completed'], 1]);
  });
});

describe('a role that was made a moment ago', () => {
  const DENIED = [
    { type: 'AccessDeniedException', message: 'User: arn:aws:sts::123456789012:assumed-role/Runner/x is not authorized to perform: sagemaker:CreateTrainingJob' },
    { type: 'ValidationException', message: 'Could not assume role arn:aws:iam::123456789012:role/Training. Please ensure that the role exists and allows principal sagemaker.amazonaws.com to assume the role.' },
  ];

  test.each(DENIED)('is waited for: $type', async (error) => {
    await start();
    world.standIn.control.faults.push({ operation: 'CreateTrainingJob', times: 4, error });
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Completed']]);
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge completed', 'Ended trn1-32xlarge completed']);
    const times = world.standIn.control.calls.filter(({ operation }) => operation === 'CreateTrainingJob').map(({ time }) => time);
    expect([times.length, times.at(-1)! - times[0] >= 60_000, times.at(-1)! - times[0] < 70_000]).toEqual([5, true, true]);
  });

  test.each(DENIED)('is not waited for longer than two minutes: $type', async (error) => {
    await start();
    world.standIn.control.faults.push({ operation: 'CreateTrainingJob', times: 1000, error });
    const run = await world.ended();
    expect([run.result.error, world.jobs]).toEqual(['Training.UserError', []]);
    expect(causeOf(run.result.cause)).toContain(`${error.type}: ${error.message}`);
    expect([run.result.seconds > 110, run.result.seconds < 150]).toEqual([true, true]);
  });
});
