import { StopTrainingJobCommand, type CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { JobResult } from './job-program';
import { refusal } from '../fixture';
import { JobFixture, WHOLE_JOB } from '../job-fixture';

let fixture: JobFixture;
beforeEach(async () => { fixture = await JobFixture.start(); });
afterEach(async () => fixture.stop());

const SPOT = 'ml.trn1.2xlarge for spot training job usage';
const START = Date.UTC(2026, 0, 1);

const train = async (rest: Partial<CreateTrainingJobCommandInput> = {}): Promise<unknown> => fixture.train('job', {
  EnableManagedSpotTraining: true, StoppingCondition: { MaxRuntimeInSeconds: 7200, MaxWaitTimeInSeconds: 10_000 }, ...rest,
});
/** Every status that the job passed, with the second in which it began. */
const course = async (): Promise<string[]> =>
  (await fixture.trained('job')).SecondaryStatusTransitions!.map(({ Status, StartTime }) => `${Status} ${(StartTime!.getTime() - START) / 1000}`);
const control = async (body: unknown): Promise<unknown> => fetch(`${fixture.url}/_control`, { method: 'POST', body: JSON.stringify(body) });
const program = (result: JobResult): void => { fixture.standIn.program = () => ({ seconds: 600, ...result }); };

test('a spot job that goes well is billed in part', async () => {
  await train();
  fixture.standIn.advance(WHOLE_JOB);
  expect(await fixture.trained('job')).toMatchObject({ TrainingJobStatus: 'Completed', EnableManagedSpotTraining: true, TrainingTimeInSeconds: 690, BillableTimeInSeconds: 207 });
});

test.each([[0.5, 345], [0, 1], [1, 690]])('a program may say that %d of it is billed', async (billableShare, seconds) => {
  program({ billableShare });
  await train();
  fixture.standIn.advance(WHOLE_JOB);
  expect((await fixture.trained('job')).BillableTimeInSeconds).toBe(seconds);
});

test('an on-demand job is neither interrupted nor cheaper', async () => {
  program({ interruptions: [{ after: 100, for: 100 }], billableShare: 0.5 });
  await fixture.train('job');
  fixture.standIn.advance(WHOLE_JOB);
  expect(await fixture.trained('job')).toMatchObject({ TrainingJobStatus: 'Completed', BillableTimeInSeconds: 690 });
});

describe('an interruption', () => {
  test('costs the time without instances, and the work goes on from its checkpoint', async () => {
    program({ interruptions: [{ after: 400, for: 300, files: { 'step-4': 'x' } }] });
    await train();
    fixture.standIn.advance(580);
    expect(await fixture.trained('job')).toMatchObject({ TrainingJobStatus: 'InProgress', SecondaryStatus: 'Interrupted' });
    expect(fixture.artifacts()).toEqual(['neuron/abc/step-4']);
    fixture.standIn.advance(2000);
    expect(await course()).toEqual([
      'Starting 0', 'Downloading 120', 'Training 180', 'Interrupted 580', 'Starting 880', 'Downloading 1000', 'Training 1060', 'Uploading 1260', 'Completed 1290',
    ]);
    // The first interval was taken away within an hour.
    const job = await fixture.trained('job');
    expect([job.TrainingTimeInSeconds, job.BillableTimeInSeconds]).toEqual([290, 87]);
    expect(job.TrainingStartTime).toEqual(new Date(START + 120_000));
    expect(fixture.roleCalls('s3').filter((call) => call.endsWith('step-4'))).toEqual(['s3:PutObject arn:aws:s3:::artifacts/neuron/abc/step-4', 's3:GetObject arn:aws:s3:::artifacts/neuron/abc/step-4']);
  });

  test('after an hour counts as time', async () => {
    program({ seconds: 5000, interruptions: [{ after: 3540, for: 0 }] });
    await train();
    fixture.standIn.advance(10_000);
    expect((await fixture.trained('job')).TrainingTimeInSeconds).toBe(3600 + 60 + 1460 + 30);
  });

  test('without checkpoints costs the work as well', async () => {
    program({ interruptions: [{ after: 400, for: 300 }], files: { a: '1' } });
    await train({ CheckpointConfig: undefined });
    fixture.standIn.advance(1060 + 599);
    expect((await fixture.trained('job')).SecondaryStatus).toBe('Training');
    fixture.standIn.advance(31);
    expect(await course()).toContain('Completed 1690');
  });

  test('leaves all files but the last of a program that uploads them in part', async () => {
    program({ interruptions: [{ after: 10, for: 10 }], files: { a: '1', b: '2' }, upload: 'partial' });
    await train();
    fixture.standIn.advance(190);
    expect(fixture.artifacts()).toEqual(['neuron/abc/a']);
  });

  test('happens as often as the program says, unless it has ended before', async () => {
    program({ interruptions: [{ after: 100, for: 1 }, { after: 100, for: 1 }, { after: 400, for: 1 }] });
    await train();
    fixture.standIn.advance(5000);
    expect((await course()).filter((status) => status.startsWith('Interrupted'))).toEqual(['Interrupted 280', 'Interrupted 561']);
    expect((await fixture.trained('job')).TrainingJobStatus).toBe('Completed');
  });

  test('does not stop the time that the job may run', async () => {
    program({ interruptions: [{ after: 100, for: 1000 }] });
    await train({ StoppingCondition: { MaxRuntimeInSeconds: 150, MaxWaitTimeInSeconds: 10_000 } });
    fixture.standIn.advance(5000);
    expect((await course()).slice(-3)).toEqual(['Training 1460', 'Stopping 1510', 'MaxRuntimeExceeded 1570']);
  });

  test('gives the instances back, and waits for others', async () => {
    await control({ capacity: { [SPOT]: 1 } });
    program({ interruptions: [{ after: 100, for: 100 }] });
    await train();
    fixture.standIn.advance(280);
    await control({ capacity: { [SPOT]: 0 } });
    fixture.standIn.advance(1000);
    expect((await course()).at(-1)).toBe('Starting 380');
    await control({ capacity: { [SPOT]: 1 } });
    fixture.standIn.advance(5000);
    expect((await fixture.trained('job')).TrainingJobStatus).toBe('Completed');
  });

  test('and a stop', async () => {
    program({ interruptions: [{ after: 100, for: 1000 }] });
    await train();
    fixture.standIn.advance(300);
    await fixture.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'job' }));
    fixture.standIn.advance(5000);
    expect((await course()).slice(-3)).toEqual(['Interrupted 280', 'Stopping 300', 'Stopped 360']);
    // All its time was lost.
    expect((await fixture.trained('job')).TrainingTimeInSeconds).toBeUndefined();
  });

  test('may be asked for from outside', async () => {
    await control({ failNext: { operation: 'CreateTrainingJob', job: { exitCode: 0, interruptions: [{ after: 100, for: 1 }] } } });
    await train();
    fixture.standIn.advance(5000);
    expect([(await course())[3], (await fixture.trained('job')).TrainingJobStatus]).toEqual(['Interrupted 280', 'Completed']);
  });
});

describe('the time that a spot job may take in all', () => {
  const short = { StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 600 } };

  test('ends it while it waits for instances, which is no failure', async () => {
    await control({ capacity: { [SPOT]: 0 } });
    await train();
    fixture.standIn.advance(9999);
    expect(await fixture.trained('job')).toMatchObject({ TrainingJobStatus: 'InProgress', SecondaryStatus: 'Starting' });
    fixture.standIn.advance(61);
    const { TrainingJobStatus, SecondaryStatus, FailureReason, TrainingStartTime } = await fixture.trained('job');
    expect([TrainingJobStatus, SecondaryStatus, FailureReason, TrainingStartTime]).toEqual(['Stopped', 'MaxWaitTimeExceeded', undefined, undefined]);
    fixture.standIn.advance(5000);
    expect(await course()).toEqual(['Starting 0', 'Stopping 10000', 'MaxWaitTimeExceeded 10060']);
  });

  test('ends it while it runs, with the checkpoints that had arrived', async () => {
    program({ files: { a: '1', b: '2' }, upload: 'partial' });
    await train(short);
    fixture.standIn.advance(660);
    expect(await course()).toEqual(['Starting 0', 'Downloading 120', 'Training 180', 'Stopping 600', 'MaxWaitTimeExceeded 660']);
    expect(fixture.artifacts()).toEqual(['jobs/job/output/model.tar.gz', 'neuron/abc/a']);
  });

  test('ends it after an interruption', async () => {
    program({ interruptions: [{ after: 100, for: 2000 }] });
    await train(short);
    fixture.standIn.advance(5000);
    expect((await course()).slice(-3)).toEqual(['Interrupted 280', 'Stopping 600', 'MaxWaitTimeExceeded 660']);
  });

  test('leaves it alone once it uploads, and when it is over', async () => {
    program({ seconds: 410 });
    await train(short);
    fixture.standIn.advance(5000);
    expect((await course()).slice(-2)).toEqual(['Uploading 590', 'Completed 620']);
  });
});

test('spot instances have a quota and a capacity of their own', async () => {
  await control({ quotas: { 'ml.trn1.2xlarge for training job usage': 0 }, capacity: { 'ml.trn1.2xlarge for training job usage': 0 } });
  await train();
  fixture.standIn.advance(WHOLE_JOB);
  expect((await fixture.trained('job')).TrainingJobStatus).toBe('Completed');
  await control({ quotas: { [SPOT]: 0 } });
  expect(await refusal(fixture.train('two', { EnableManagedSpotTraining: true, StoppingCondition: { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: 1 } }))).toContain(`The account-level service limit '${SPOT}' is 0 Instances`);
});
