import { Duration } from 'aws-cdk-lib';
import { checkpointsOf, P4D_QUOTA, SPOT_QUOTA, TRN1_QUOTA, World, type WorldOptions } from './world';
import { QuotaPolicy } from '../../../src';

jest.setTimeout(300_000);
let world: World;
const start = async (options?: WorldOptions): Promise<World> => (world = await World.start(options));
afterEach(async () => {
  world.expectTidy();
  await world.stop();
});

const CAPACITY = 'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.';
const ZERO = (quota: string) => `ResourceLimitExceeded: The account-level service limit '${quota}' is 0 Instances`;
const causeOf = (cause: string | undefined): string => JSON.parse(cause!).errorMessage;
const { capacity, quotas } = { capacity: () => world.standIn.control.capacity, quotas: () => world.standIn.control.quotas };
/** Seconds between the requests of two jobs. */
const apart = (): number[] => world.all.map(({ described }) => described.CreationTime).map((time, i, times) => i === 0 ? 0 : time - times[i - 1]);

describe('no capacity', () => {
  test('a job that fails with CapacityError: the next hardware, and the metric says so', async () => {
    await start({ training: { maxPending: undefined } });
    world.standIn.control.faults.push({ operation: 'CreateTrainingJob', reason: CAPACITY });
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Failed', '1 p4d Completed']]);
    const [first, second] = world.all;
    expect(run.result.output).toMatchObject({ rung: 'p4d-24xlarge', job: second.name, model: { revision: second.name } });
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge capacity', 'Job Ended p4d-24xlarge completed', 'Ended p4d-24xlarge completed']);
    expect(world.told('Training Job Ended')[0].detail).toMatchObject({ job: first.name, reason: `job ${first.name} got no instances: ${CAPACITY}`, billable: 0, attempt: 1 });
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, FailedRuns: 0, RungUsed: 1, Attempts: 2, BillableSeconds: 690, Cost: 690 * 30 / 3600 }]);
    expect(world.packages).toHaveLength(1);
    // What is sharded for one kind of hardware does not fit another.
    expect(checkpointsOf(second)).toBe(checkpointsOf(first).replace('trn1-32xlarge', 'p4d-24xlarge'));
    expect(second.request.AlgorithmSpecification.TrainingImage).toContain('/pytorch:2.13.0-cu133');
    expect(second.request.Environment.NEURON_COMPILE_CACHE_URL).toBeUndefined();
  });

  test('a job that is stopped without having started, after the time that it may wait', async () => {
    await start();
    capacity().set(TRN1_QUOTA, 0);
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Stopped', '1 p4d Completed']]);
    const [{ name, described }] = world.all;
    expect([described.TrainingJobStatus, described.TrainingStartTime, described.FailureReason]).toEqual(['Stopped', undefined, undefined]);
    expect(world.told('Training Job Ended')[0].detail).toMatchObject({ outcome: 'capacity', reason: `job ${name} got no instances: it was stopped before it started` });
    // Two hours, and a look every ten minutes by then.
    expect(apart()[1]).toBeGreaterThanOrEqual(7200 + 120);
    expect(apart()[1]).toBeLessThan(7200 + 120 + 605);
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, RungUsed: 1, Attempts: 2 }]);
  });

  test('on no hardware: Training.NoHardware, with what the last said', async () => {
    await start({ training: { maxPending: undefined } });
    world.standIn.control.faults.push({ operation: 'CreateTrainingJob', reason: CAPACITY, times: 2 });
    const run = await world.ended();
    expect([run.status, run.result.error, world.jobs]).toEqual(['FAILED', 'Training.NoHardware', ['0 trn1 Failed', '1 p4d Failed']]);
    expect(causeOf(run.result.cause)).toMatch(`none of trn1-32xlarge, p4d-24xlarge was to be had; the last said: job ${world.all[1].name} got no instances: ${CAPACITY} See https://`);
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge capacity', 'Job Ended p4d-24xlarge capacity', 'Ended p4d-24xlarge noHardware']);
    expect(world.metrics).toEqual([{ CompletedRuns: 0, FailedRuns: 1, SkippedRuns: 0, BillableSeconds: 0, Cost: 0, Attempts: 2 }]);
    expect(world.packages).toEqual([]);
  });

  test('capacityAttempts: the same hardware again, after a wait, before the next', async () => {
    await start({ training: { maxPending: undefined, policies: { capacityAttempts: 3, capacityWait: Duration.minutes(10) } } });
    world.standIn.control.faults.push({ operation: 'CreateTrainingJob', reason: CAPACITY, times: 3 });
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Failed', '1 trn1 Failed', '2 trn1 Failed', '3 p4d Completed']]);
    const ended = world.all.map(({ described }) => described.LastModifiedTime);
    const waits = world.all.map(({ described }) => described.CreationTime).slice(1).map((time, i) => time - ended[i]);
    expect(waits.map((wait) => wait >= 600)).toEqual([true, true, false]);
    expect(waits.every((wait) => wait < 640)).toBe(true);
  });
});

describe('a quota', () => {
  test('of 0: the next hardware at once, without a job', async () => {
    await start();
    quotas().set(TRN1_QUOTA, 0);
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 p4d Completed']]);
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge quota', 'Job Ended p4d-24xlarge completed', 'Ended p4d-24xlarge completed']);
    expect(world.told('Training Job Ended')[0].detail.reason).toContain(ZERO(TRN1_QUOTA));
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, RungUsed: 1 }]);
    expect(world.packages).toHaveLength(1);
  });

  test('of 0 on all hardware: Training.NoHardware, and no job', async () => {
    await start();
    quotas().set(TRN1_QUOTA, 0).set(P4D_QUOTA, 0);
    const run = await world.ended();
    expect([run.status, run.result.error, world.jobs]).toEqual(['FAILED', 'Training.NoHardware', []]);
    expect(causeOf(run.result.cause)).toContain(`none of trn1-32xlarge, p4d-24xlarge was to be had; the last said: ${ZERO(P4D_QUOTA)}`);
    expect(world.metrics).toEqual([{ CompletedRuns: 0, FailedRuns: 1, SkippedRuns: 0, BillableSeconds: 0, Attempts: 2 }]);
    expect(run.result.seconds).toBeLessThan(30);
  });

  test('of a region that does not have the type: the next hardware', async () => {
    await start();
    world.standIn.control.faults.push({ operation: 'CreateTrainingJob', error: { type: 'ValidationException', message: 'Instance type ml.trn1.32xlarge is not available in this region' } });
    const run = await world.ended();
    expect([run.status, world.jobs, world.events[1]]).toEqual(['SUCCEEDED', ['0 p4d Completed'], 'Job Ended trn1-32xlarge unavailable']);
  });

  const WAITS: WorldOptions = { training: { policies: { onQuota: QuotaPolicy.WAIT, maxQuotaWait: Duration.hours(3) } } };

  test('that others use up, with onQuota WAIT: the run waits until it is free', async () => {
    await start(WAITS);
    quotas().set(TRN1_QUOTA, 1);
    const other = world.standIn;
    const run = world.run();
    // Somebody else's job has the only instance: a limit that is not 0.
    other.control.faults.push({ operation: 'CreateTrainingJob', times: 1000, error: { type: 'ResourceLimitExceeded', message: `The account-level service limit '${TRN1_QUOTA}' is 1 Instances, with current utilization of 1 Instances and a request delta of 1 Instances.` } });
    await world.minutes(100);
    expect([run.status, world.jobs]).toEqual(['RUNNING', []]);
    other.control.faults.length = 0;
    await world.end();
    // The name of what was refused was not used up.
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Completed']]);
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, RungUsed: 0, Attempts: 1 }]);
    const asked = world.standIn.control.calls.filter(({ operation }) => operation === 'CreateTrainingJob').map(({ time }) => time);
    expect(asked.slice(1).every((time, i) => Math.abs(time - asked[i] - 300_000) < 5000)).toBe(true);
  });

  test('that is not free within maxQuotaWait: the next hardware', async () => {
    await start(WAITS);
    world.standIn.control.faults.push({ operation: 'CreateTrainingJob', times: 1000, error: { type: 'ResourceLimitExceeded', message: `The account-level service limit '${TRN1_QUOTA}' is 1 Instances, with current utilization of 1 Instances and a request delta of 1 Instances.` } });
    const run = world.run();
    await world.minutes(179);
    expect(run.status).toBe('RUNNING');
    // The second one is waited for, too.
    await world.minutes(180);
    expect(run.status).toBe('RUNNING');
    await world.end();
    expect([run.status, run.result.error, world.jobs]).toEqual(['FAILED', 'Training.NoHardware', []]);
    expect(run.result.seconds).toBeLessThan(6.3 * 3600);
  });

  test('of 0 is not waited for', async () => {
    await start(WAITS);
    quotas().set(TRN1_QUOTA, 0);
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 p4d Completed']]);
    expect(run.result.seconds).toBeLessThan(1000);
  });
});

describe('spot', () => {
  const SPOT: WorldOptions = { training: { spot: true, maxRuntime: Duration.hours(4), maxWait: Duration.hours(6), maxPending: undefined } };

  test('instances that are taken away come back: one job, which goes on from its checkpoint', async () => {
    await start({ ...SPOT, program: () => ({ seconds: 3 * 3600, files: { 'step-90': 'weights' }, interruptions: [{ after: 5400, for: 600, files: { 'step-40': 'weights' } }], billableShare: 0.4 }) });
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 spot Completed']]);
    const [{ name, request }] = world.all;
    expect(request).toMatchObject({ EnableManagedSpotTraining: true, StoppingCondition: { MaxRuntimeInSeconds: 4 * 3600, MaxWaitTimeInSeconds: 6 * 3600 } });
    expect(world.standIn.objects.list('models', 'checkpoints/')).toEqual(['step-40', 'step-90'].map((file) => `checkpoints/${name.replace(/-0$/, '')}/trn1-32xlarge/${file}`));
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge completed', 'Ended trn1-32xlarge completed']);
    const [{ Duration: ran, BillableSeconds: billed }] = world.metrics;
    expect(billed).toBe(Math.round(ran * 0.4));
    expect(world.packages).toHaveLength(1);
  });

  test('that waits in vain is tried on demand, on the same hardware, from the same checkpoint', async () => {
    await start(SPOT);
    capacity().set(SPOT_QUOTA, 0);
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 spot MaxWaitTimeExceeded', '1 trn1 Completed']]);
    const [first, second] = world.all;
    expect(checkpointsOf(second)).toBe(checkpointsOf(first));
    expect([second.request.EnableManagedSpotTraining, second.request.StoppingCondition]).toEqual([undefined, { MaxRuntimeInSeconds: 4 * 3600 }]);
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge spotInterrupted', 'Job Ended trn1-32xlarge completed', 'Ended trn1-32xlarge completed']);
    expect(world.told('Training Job Ended')[0].detail.reason).toBe(`job ${first.name} had no spot instances until its wait was over`);
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, RungUsed: 0, Attempts: 2 }]);
  });

  test('that was interrupted for good keeps its checkpoint for the job on demand', async () => {
    await start({ ...SPOT, program: () => ({ seconds: 3 * 3600, files: { end: '' }, interruptions: [{ after: 5400, for: 6 * 3600, files: { 'step-40': 'weights' } }] }) });
    await world.ended();
    expect(world.jobs).toEqual(['0 trn1 spot MaxWaitTimeExceeded', '1 trn1 Completed']);
    const folder = `checkpoints/${world.all[0].name.replace(/-0$/, '')}/trn1-32xlarge/`;
    expect(world.standIn.objects.list('models', folder)).toEqual([`${folder}end`, `${folder}step-40`]);
  });

  test('that waits in vain, without spotToOnDemand: spot on the next hardware', async () => {
    await start({ training: { ...SPOT.training, policies: { spotToOnDemand: false } } });
    capacity().set(SPOT_QUOTA, 0);
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 spot MaxWaitTimeExceeded', '1 p4d spot Completed']]);
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, RungUsed: 1 }]);
  });

  test('then on demand without capacity: spot on the next hardware', async () => {
    await start(SPOT);
    capacity().set(SPOT_QUOTA, 0).set(TRN1_QUOTA, 0);
    await world.ended();
    expect(world.jobs).toEqual(['0 trn1 spot MaxWaitTimeExceeded', '1 trn1 Failed', '2 p4d spot Completed']);
  });
});
