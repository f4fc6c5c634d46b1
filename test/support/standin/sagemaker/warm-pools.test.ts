import { DeleteTrainingJobCommand, ListTrainingJobsCommand, StopTrainingJobCommand, UpdateTrainingJobCommand, type CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { ACCOUNT_ARN, refusal } from '../fixture';
import { JobFixture, WHOLE_JOB } from '../job-fixture';

let fixture: JobFixture;
beforeEach(async () => { fixture = await JobFixture.start(); });
afterEach(async () => fixture.stop());

const TRN = 'ml.trn1.2xlarge for training job usage';
const cluster = (KeepAlivePeriodInSeconds?: number, InstanceCount = 1): Partial<CreateTrainingJobCommandInput> => ({
  ResourceConfig: { InstanceType: 'ml.trn1.2xlarge', InstanceCount, VolumeSizeInGB: 100, KeepAlivePeriodInSeconds }, CheckpointConfig: undefined,
});
const pool = async (name: string): Promise<unknown> => (await fixture.trained(name)).WarmPoolStatus;
const update = async (rest: object): Promise<unknown> => fixture.sagemaker.send(new UpdateTrainingJobCommand({ TrainingJobName: 'one', ...rest }));

test('instances are kept, and given up after their time', async () => {
  await fixture.train('one', cluster(600));
  expect(await pool('one')).toBeUndefined();
  fixture.standIn.advance(200);
  expect(await pool('one')).toEqual({ Status: 'InUse' });
  fixture.standIn.advance(WHOLE_JOB - 200);
  expect(await pool('one')).toEqual({ Status: 'Available' });
  fixture.standIn.advance(600);
  expect(await pool('one')).toEqual({ Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 600 });
});

test('a job like it has them at once', async () => {
  await fixture.train('one', cluster(600));
  fixture.standIn.advance(WHOLE_JOB + 100);
  fixture.standIn.control.capacity.set(TRN, 1);
  await fixture.train('two', cluster());
  expect(await pool('one')).toEqual({ Status: 'Reused', ResourceRetainedBillableTimeInSeconds: 100, ReusedByJob: 'two' });
  fixture.standIn.advance(12);
  expect((await fixture.trained('two')).SecondaryStatus).toBe('Downloading');
  fixture.standIn.advance(WHOLE_JOB);
  expect([(await fixture.trained('two')).TrainingJobStatus, await pool('two')]).toEqual(['Completed', undefined]);
});

test('a job that differs does not, and lacks what the pool holds', async () => {
  await fixture.train('one', cluster(3600, 2));
  fixture.standIn.advance(WHOLE_JOB);
  fixture.standIn.control.capacity.set(TRN, 2);
  await fixture.train('two', cluster());
  fixture.standIn.advance(120);
  expect([await pool('one'), (await fixture.trained('two')).SecondaryStatus]).toEqual([{ Status: 'Available' }, 'Pending']);
});

test.each([['AlgorithmError: , exit code: 1', 'Available'], ['InternalServerError: again', 'Terminated']])('after %s it is %s', async (reason, Status) => {
  fixture.standIn.control.faults.push({ operation: 'CreateTrainingJob', ...reason.startsWith('Internal') && { reason } });
  await fixture.train('one', cluster(600));
  fixture.standIn.advance(WHOLE_JOB);
  expect([(await fixture.trained('one')).FailureReason, await pool('one')]).toEqual([reason, { Status }]);
});

test('a job that never had instances leaves none', async () => {
  await fixture.train('one', cluster(600));
  await fixture.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'one' }));
  fixture.standIn.advance(60);
  expect(await pool('one')).toBeUndefined();
});

test('UpdateTrainingJob gives them up, or keeps them for longer', async () => {
  await fixture.train('one', cluster(600));
  expect(await refusal(update({ ResourceConfig: { KeepAlivePeriodInSeconds: 0 } }))).toBe(
    `ValidationException: KeepAlivePeriodInSeconds of training job ${ACCOUNT_ARN}:training-job/one cannot be changed: it has no warm pool that is available.`);
  fixture.standIn.advance(WHOLE_JOB + 500);
  await update({ ResourceConfig: { KeepAlivePeriodInSeconds: 900 } });
  fixture.standIn.advance(899);
  expect(await pool('one')).toEqual({ Status: 'Available' });
  expect(await refusal(update({ RemoteDebugConfig: { EnableRemoteDebug: true } }))).toBe('ValidationException: RemoteDebugConfig of UpdateTrainingJob are not known to the stand-in.');
  await update({});
  await update({ ResourceConfig: { KeepAlivePeriodInSeconds: 0 } });
  expect(await pool('one')).toEqual({ Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 1399 });
  expect(fixture.standIn.control.calls.at(-2)).toMatchObject({ action: 'sagemaker:UpdateTrainingJob', resources: [`${ACCOUNT_ARN}:training-job/one`] });
});

test('a job is not deleted while its pool is there', async () => {
  const remove = async (): Promise<unknown> => fixture.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: 'one' }));
  await fixture.train('one', cluster(600));
  fixture.standIn.advance(WHOLE_JOB);
  expect(await refusal(remove())).toBe(`ResourceInUse: Cannot delete training job ${ACCOUNT_ARN}:training-job/one: its warm pool is still available.`);
  fixture.standIn.advance(600);
  await remove();
});

test('pools have a quota', async () => {
  fixture.standIn.control.quotas.set('ml.trn1.2xlarge for training warm pool usage', 1);
  await fixture.train('one', cluster(600));
  expect(await refusal(fixture.train('two', cluster(600)))).toContain("limit 'ml.trn1.2xlarge for training warm pool usage' is 1 Instances, with current utilization of 1 Instances");
  await fixture.train('two', cluster(0));
});

test('are told in lists', async () => {
  await fixture.train('one', cluster(600));
  await fixture.train('two', cluster());
  fixture.standIn.advance(WHOLE_JOB);
  const { TrainingJobSummaries } = await fixture.sagemaker.send(new ListTrainingJobsCommand({ WarmPoolStatusEquals: 'Available' }));
  expect(TrainingJobSummaries).toMatchObject([{ TrainingJobName: 'one', WarmPoolStatus: { Status: 'Available' } }]);
});
