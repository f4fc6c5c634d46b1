import { StopProcessingJobCommand } from '@aws-sdk/client-sagemaker';
import { NO_CAPACITY } from './job-life';
import { refusal } from '../fixture';
import { JobFixture, WHOLE_JOB } from '../job-fixture';

let fixture: JobFixture;
beforeEach(async () => { fixture = await JobFixture.start(); });
afterEach(async () => fixture.stop());

async function control(body: unknown): Promise<{ status: number; answer: unknown }> {
  const answer = await fetch(`${fixture.url}/_control`, { method: 'POST', body: JSON.stringify(body) });
  return { status: answer.status, answer: await answer.json() };
}
const CPU = 'ml.m5.4xlarge for processing job usage';
const TRN = 'ml.trn1.2xlarge for training job usage';
const preferring = (...types: string[]): object => ({ ProcessingResources: { ClusterConfig: { VolumeSizeInGB: 30, InstanceCount: 1, InstancePreferences: types.map((InstanceType) => ({ InstanceType })) } } });

describe('quotas of jobs', () => {
  const over = (quota: string, limit: number, now: number): string =>
    `ResourceLimitExceeded: The account-level service limit '${quota}' is ${limit} Instances, with current utilization of ${now} Instances and a request delta of 1 Instances. `
    + 'Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.';

  test('are of a kind of job and a type', async () => {
    await control({ quotas: { [CPU]: 0, [TRN]: 0, 'ml.m5.4xlarge': 5 } });
    expect(await refusal(fixture.process('p'))).toBe(over(CPU, 0, 0));
    expect(await refusal(fixture.train('t'))).toBe(over(TRN, 0, 0));
    await control({ quotas: { [CPU]: null, 'ml.m5.4xlarge': 0, 'ml.m5.4xlarge for training job usage': 0 } });
    await fixture.process('p');
  });

  test('count jobs until they are over', async () => {
    await control({ quotas: { [CPU]: 1 } });
    await fixture.process('one');
    expect(await refusal(fixture.process('two'))).toBe(over(CPU, 1, 1));
    fixture.standIn.advance(WHOLE_JOB);
    await fixture.process('two');
  });

  test('are needed for every preference', async () => {
    await control({ quotas: { 'ml.m5.2xlarge for processing job usage': 0 } });
    expect(await refusal(fixture.process('p', preferring('ml.m5.4xlarge', 'ml.m5.2xlarge')))).toBe(over('ml.m5.2xlarge for processing job usage', 0, 0));
  });

  test('of a preference that was not chosen are free again', async () => {
    await control({ quotas: { 'ml.m5.2xlarge for processing job usage': 1 } });
    await fixture.process('one', preferring('ml.m5.4xlarge', 'ml.m5.2xlarge'));
    expect(await refusal(fixture.process('two', preferring('ml.m5.2xlarge')))).toContain('with current utilization of 1 Instances');
    fixture.standIn.advance(120);
    await fixture.process('two', preferring('ml.m5.2xlarge'));
  });
});

describe('capacity for jobs', () => {
  test('that lacks fails a job after a while, without a start', async () => {
    await control({ capacity: { [CPU]: 0 } });
    await fixture.process('p');
    fixture.standIn.advance(1019);
    expect((await fixture.processed('p')).ProcessingJobStatus).toBe('InProgress');
    fixture.standIn.advance(1);
    const { ProcessingJobStatus, FailureReason, ProcessingStartTime } = await fixture.processed('p');
    expect([ProcessingJobStatus, FailureReason, ProcessingStartTime]).toEqual(['Failed', NO_CAPACITY, undefined]);
    expect(NO_CAPACITY).toBe('CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.');
    expect([fixture.roleCalls(), fixture.artifacts(), fixture.log('Processing', 'p')]).toEqual([[], [], []]);
  });

  test('that comes while a job waits is taken', async () => {
    await control({ capacity: { [TRN]: 0 } });
    await fixture.train('t');
    fixture.standIn.advance(200);
    expect(await fixture.trained('t')).toMatchObject({ TrainingJobStatus: 'InProgress', SecondaryStatus: 'Pending' });
    await control({ capacity: { [TRN]: 1 } });
    fixture.standIn.advance(820 + 690);
    expect((await fixture.trained('t')).TrainingJobStatus).toBe('Completed');
  });

  test('is held by jobs that run, and given back', async () => {
    await control({ capacity: { [CPU]: 1 } });
    await fixture.process('one');
    await fixture.process('two');
    fixture.standIn.advance(WHOLE_JOB);
    expect((await fixture.processed('two')).ProcessingJobStatus).toBe('InProgress');
    fixture.standIn.advance(1020 - WHOLE_JOB + 690);
    expect((await fixture.processed('two')).ProcessingJobStatus).toBe('Completed');
  });

  test('of the first preference that has some is taken, and shown', async () => {
    await control({ capacity: { [CPU]: 0 } });
    await fixture.process('p', preferring('ml.m5.4xlarge', 'ml.m5.2xlarge'));
    expect((await fixture.processed('p')).ProcessingResources!.ClusterConfig!.SelectedInstanceType).toBeUndefined();
    fixture.standIn.advance(120);
    expect((await fixture.processed('p')).ProcessingResources!.ClusterConfig).toMatchObject({ SelectedInstanceType: 'ml.m5.2xlarge', SelectedInstanceCount: 1 });
  });

  test('that lacks stops a job that was given a time to wait', async () => {
    await control({ capacity: { [TRN]: 0 } });
    await fixture.train('t', { StoppingCondition: { MaxRuntimeInSeconds: 60, MaxPendingTimeInSeconds: 7200 } });
    fixture.standIn.advance(120 + 7199);
    expect((await fixture.trained('t')).SecondaryStatus).toBe('Pending');
    fixture.standIn.advance(1);
    const { TrainingJobStatus, FailureReason, TrainingStartTime } = await fixture.trained('t');
    expect([TrainingJobStatus, FailureReason, TrainingStartTime]).toEqual(['Stopped', undefined, undefined]);
  });

  test.each([['ml.trn1.2xlarge', 'Stopped', undefined], ['ml.m5.xlarge', 'Failed', NO_CAPACITY]] as const)('time to wait counts for accelerators only: %s', async (type, status, reason) => {
    await control({ capacity: { [`${type} for training job usage`]: 0 } });
    await fixture.train('t', { ResourceConfig: { InstanceType: type, InstanceCount: 1, VolumeSizeInGB: 30 }, StoppingCondition: { MaxRuntimeInSeconds: 60, MaxPendingTimeInSeconds: 1800 } });
    fixture.standIn.advance(1920);
    const job = await fixture.trained('t');
    expect([job.TrainingJobStatus, job.FailureReason]).toEqual([status, reason]);
  });

  test('that lacks may also fail a job that was given a time to wait', async () => {
    const reason = 'InsufficientCapacityError: no capacity within MaxPendingTimeInSeconds';
    await control({ failNext: { operation: 'CreateTrainingJob', reason } });
    await fixture.train('t', { StoppingCondition: { MaxRuntimeInSeconds: 60, MaxPendingTimeInSeconds: 1800 } });
    fixture.standIn.advance(1920);
    const { TrainingJobStatus, FailureReason, TrainingStartTime } = await fixture.trained('t');
    expect([TrainingJobStatus, FailureReason, TrainingStartTime]).toEqual(['Failed', reason, undefined]);
  });

  test('of the first preference that has some is taken by training jobs too', async () => {
    await control({ capacity: { 'ml.p4d.24xlarge for training job usage': 1 } });
    await fixture.train('t', { ResourceConfig: { VolumeSizeInGB: 30, InstancePreferences: [{ InstanceType: 'ml.p4d.24xlarge', InstanceCount: 2 }, { InstanceType: 'ml.trn1.2xlarge', InstanceCount: 4 }] } });
    fixture.standIn.advance(120);
    const { ResourceConfig: resources } = await fixture.trained('t');
    expect(resources).toMatchObject({ SelectedInstanceType: 'ml.trn1.2xlarge', SelectedInstanceCount: 4 });
    expect([resources!.InstanceType, resources!.InstanceCount]).toEqual([undefined, undefined]);
  });

  test('is needed for all groups of a cluster, which share a type or not', async () => {
    const group = (InstanceGroupName: string, InstanceType: 'ml.m5.xlarge' | 'ml.trn1.2xlarge', InstanceCount: number) => ({ InstanceGroupName, InstanceType, InstanceCount });
    const cluster = { ResourceConfig: { VolumeSizeInGB: 30, InstanceGroups: [group('a', 'ml.trn1.2xlarge', 1), group('b', 'ml.trn1.2xlarge', 1), group('c', 'ml.m5.xlarge', 1)] } };
    await control({ capacity: { [TRN]: 1 } });
    await fixture.train('t', cluster);
    fixture.standIn.advance(120);
    expect((await fixture.trained('t')).SecondaryStatus).toBe('Pending');
    await control({ capacity: { [TRN]: 2 } });
    fixture.standIn.advance(900);
    expect(await fixture.trained('t')).toMatchObject({ SecondaryStatus: 'Downloading', ResourceConfig: cluster.ResourceConfig });
    await control({ quotas: { [TRN]: 3 } });
    expect(await refusal(fixture.train('u', cluster))).toContain(`limit '${TRN}' is 3 Instances, with current utilization of 2 Instances and a request delta of 2 Instances`);
  });

  test('does not come for a job that was stopped', async () => {
    await control({ capacity: { [CPU]: 0 } });
    await fixture.process('p');
    fixture.standIn.advance(300);
    await fixture.sagemaker.send(new StopProcessingJobCommand({ ProcessingJobName: 'p' }));
    await control({ capacity: { [CPU]: 1 } });
    fixture.standIn.advance(5000);
    expect((await fixture.processed('p')).ProcessingJobStatus).toBe('Stopped');
  });
});

describe('faults of jobs', () => {
  test('fail the next job as a container fails', async () => {
    await control({ failNext: { operation: 'CreateProcessingJob', job: { exitCode: 2, message: 'told', log: ['one', 'two'], seconds: 5 } } });
    await fixture.process('bad', { ProcessingOutputConfig: undefined });
    await fixture.process('good');
    fixture.standIn.advance(WHOLE_JOB);
    expect(await fixture.processed('bad')).toMatchObject({ ProcessingJobStatus: 'Failed', FailureReason: 'AlgorithmError: See job logs for more information', ExitMessage: 'told' });
    expect([fixture.log('Processing', 'bad'), (await fixture.processed('good')).ProcessingJobStatus]).toEqual([['one', 'two'], 'Completed']);
  });

  test('have an exit code of 1, unless they say otherwise', async () => {
    await control({ failNext: { operation: 'CreateTrainingJob', times: 2 } });
    for (const name of ['a', 'b', 'c']) await fixture.train(name, { CheckpointConfig: undefined });
    fixture.standIn.advance(WHOLE_JOB);
    const reasons = [await fixture.trained('a'), await fixture.trained('b'), await fixture.trained('c')].map((job) => job.FailureReason);
    expect(reasons).toEqual(['AlgorithmError: , exit code: 1', 'AlgorithmError: , exit code: 1', undefined]);
  });

  test('may leave a job to end well', async () => {
    await control({ failNext: { operation: 'CreateTrainingJob', job: { exitCode: 0, seconds: 60 } } });
    await fixture.train('t');
    fixture.standIn.advance(270);
    expect((await fixture.trained('t')).TrainingJobStatus).toBe('Completed');
  });

  test('may give the reason themselves', async () => {
    await control({ failNext: { operation: 'CreateTrainingJob', reason: 'InternalServerError: We encountered an internal error. Please try again.' } });
    await fixture.train('t');
    fixture.standIn.advance(WHOLE_JOB);
    expect((await fixture.trained('t')).FailureReason).toBe('InternalServerError: We encountered an internal error. Please try again.');
  });

  test('of capacity keep a job from starting', async () => {
    await control({ failNext: { operation: 'CreateProcessingJob', reason: NO_CAPACITY, name: 'p-1' } });
    await fixture.process('p-1');
    await fixture.process('p-2', { ProcessingOutputConfig: undefined });
    fixture.standIn.advance(1020);
    const { FailureReason, ProcessingStartTime } = await fixture.processed('p-1');
    expect([FailureReason, ProcessingStartTime, (await fixture.processed('p-2')).ProcessingJobStatus]).toEqual([NO_CAPACITY, undefined, 'Completed']);
  });

  test('may refuse the call', async () => {
    await control({ failNext: { operation: 'CreateProcessingJob', error: { type: 'ThrottlingException', message: 'Rate exceeded' } } });
    expect(await refusal(fixture.process('p'))).toBe('ThrottlingException: Rate exceeded');
    await fixture.process('p');
  });
});
