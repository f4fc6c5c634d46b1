import {
  DeleteTrainingJobCommand, ListTagsCommand, ListTrainingJobsCommand, StopTrainingJobCommand, type CreateTrainingJobCommandInput,
} from '@aws-sdk/client-sagemaker';
import { ACCOUNT_ARN, IMAGE, refusal } from '../fixture';
import { ARTIFACT, JOB_ROLE, JobFixture, training, WHOLE_JOB } from '../job-fixture';

let fixture: JobFixture;
beforeEach(async () => { fixture = await JobFixture.start(); });
afterEach(async () => fixture.stop());

const stop = async (name: string): Promise<unknown> => fixture.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }));
const remove = async (name: string): Promise<unknown> => fixture.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: name }));
const both = async (name: string): Promise<(string | undefined)[]> => {
  const { TrainingJobStatus, SecondaryStatus } = await fixture.trained(name);
  return [TrainingJobStatus, SecondaryStatus];
};
const START = Date.UTC(2026, 0, 1);
const at = (seconds: number): Date => new Date(START + seconds * 1000);

describe('a training job that goes well', () => {
  test('passes its secondary statuses', async () => {
    expect(await fixture.train('Job-1')).toBe(`${ACCOUNT_ARN}:training-job/job-1`);
    const seen: unknown[] = [];
    for (const seconds of [0, 120, 60, 600, 30]) {
      fixture.standIn.advance(seconds);
      seen.push(await both('job-1'));
    }
    expect(seen).toEqual([['InProgress', 'Starting'], ['InProgress', 'Downloading'], ['InProgress', 'Training'], ['InProgress', 'Uploading'], ['Completed', 'Completed']]);
    const described = await fixture.trained('Job-1');
    expect(described).toMatchObject({
      ...training('Job-1'),
      TrainingJobArn: `${ACCOUNT_ARN}:training-job/job-1`,
      ModelArtifacts: { S3ModelArtifacts: 's3://artifacts/jobs/Job-1/output/model.tar.gz' },
      CreationTime: at(0),
      TrainingStartTime: at(120),
      TrainingEndTime: at(WHOLE_JOB),
      LastModifiedTime: at(WHOLE_JOB),
      TrainingTimeInSeconds: 690,
      BillableTimeInSeconds: 690,
    });
    expect(described.SecondaryStatusTransitions!.map(({ Status, StartTime, EndTime }) => [Status, StartTime, EndTime])).toEqual([
      ['Starting', at(0), at(120)], ['Downloading', at(120), at(180)], ['Training', at(180), at(780)], ['Uploading', at(780), at(810)], ['Completed', at(810), at(810)],
    ]);
    expect(described.FailureReason).toBeUndefined();
  });

  test('syncs its checkpoints and writes its archive', async () => {
    await fixture.train('job');
    fixture.standIn.advance(WHOLE_JOB);
    expect(fixture.artifacts()).toEqual(['jobs/job/output/model.tar.gz', 'neuron/abc/manifest.json', 'neuron/abc/model.tar.gz']);
    expect(fixture.log('Training', 'job')).toEqual(['compiling bert for inf2', 'compiler status PASS', 'done']);
  });

  test('without checkpoints has its archive only', async () => {
    await fixture.train('job', { CheckpointConfig: undefined, OutputDataConfig: { S3OutputPath: 's3://artifacts' } });
    fixture.standIn.advance(WHOLE_JOB);
    expect(fixture.artifacts()).toEqual(['job/output/model.tar.gz']);
  });

  test('removes in S3 what it removes of its checkpoints', async () => {
    fixture.standIn.objects.put('artifacts', 'neuron/abc/stale', 'x');
    fixture.standIn.program = () => ({ files: { fresh: 'y' }, deletes: ['stale'] });
    await fixture.train('job');
    fixture.standIn.advance(WHOLE_JOB);
    expect(fixture.artifacts()).toEqual(['jobs/job/output/model.tar.gz', 'neuron/abc/fresh']);
    expect(fixture.roleCalls('s3').filter((call) => call.includes('stale'))).toEqual([
      's3:GetObject arn:aws:s3:::artifacts/neuron/abc/stale', 's3:DeleteObject arn:aws:s3:::artifacts/neuron/abc/stale',
    ]);
  });
});

describe('a training job that fails', () => {
  test('has its failure file and its exit code as reason, and its checkpoints', async () => {
    fixture.standIn.program = () => ({ exitCode: 1, message: 'the compiler said no', files: { 'model.tar.gz': 'half' } });
    await fixture.train('job');
    fixture.standIn.advance(WHOLE_JOB);
    expect(await fixture.trained('job')).toMatchObject({ TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed', FailureReason: 'AlgorithmError: the compiler said no, exit code: 1', TrainingEndTime: at(WHOLE_JOB) });
    expect(fixture.artifacts()).toEqual(['jobs/job/output/model.tar.gz', 'neuron/abc/model.tar.gz']);
    expect((await fixture.trained('job')).SecondaryStatusTransitions!.at(-1)!.StatusMessage).toBe('AlgorithmError: the compiler said no, exit code: 1');
  });

  test('keeps the exit code within 1,024 characters', async () => {
    fixture.standIn.program = () => ({ exitCode: 17, message: 'x'.repeat(3000) });
    await fixture.train('job');
    fixture.standIn.advance(WHOLE_JOB);
    expect((await fixture.trained('job')).FailureReason).toBe(`AlgorithmError: ${'x'.repeat(1024 - 16 - 15)}, exit code: 17`);
  });

  test('when a channel is emptied after its creation', async () => {
    await fixture.train('job');
    fixture.standIn.objects.delete('assets', 'c.zip');
    fixture.standIn.advance(120);
    expect((await fixture.trained('job')).FailureReason).toMatch(/^ClientError: Data download failed:No S3 objects found under S3 URL "s3:\/\/assets\/c\.zip"/);
  });
});

describe('a training job that is cut off', () => {
  test('after its time says so', async () => {
    await fixture.train('job', { StoppingCondition: { MaxRuntimeInSeconds: 100 } });
    fixture.standIn.advance(280);
    expect(await both('job')).toEqual(['Stopping', 'Stopping']);
    fixture.standIn.advance(60);
    expect(await both('job')).toEqual(['Stopped', 'MaxRuntimeExceeded']);
    expect(fixture.artifacts()).toEqual(['jobs/job/output/model.tar.gz']);
  });

  test('by a call ends as stopped, with the checkpoints that had arrived', async () => {
    fixture.standIn.program = () => ({ files: { a: '1', b: '2' }, upload: 'partial' });
    await fixture.train('job');
    fixture.standIn.advance(300);
    await stop('job');
    fixture.standIn.advance(60);
    expect(await both('job')).toEqual(['Stopped', 'Stopped']);
    expect(fixture.artifacts()).toEqual(['jobs/job/output/model.tar.gz', 'neuron/abc/a']);
    expect(await refusal(stop('job'))).toBe('ValidationException: The request was rejected because the training job is in status Stopped');
  });

  test('before it has instances leaves nothing, and has no training time', async () => {
    await fixture.train('job');
    await stop('job');
    fixture.standIn.advance(60);
    const { TrainingStartTime, TrainingEndTime, BillableTimeInSeconds, TrainingJobStatus } = await fixture.trained('job');
    expect([TrainingJobStatus, TrainingStartTime, TrainingEndTime, BillableTimeInSeconds, fixture.artifacts()]).toEqual(['Stopped', undefined, undefined, undefined, []]);
  });
});

describe('names of training jobs', () => {
  test('are taken until the job is deleted', async () => {
    await fixture.train('job');
    expect(await refusal(fixture.train('JOB'))).toBe(`ResourceInUse: Job name must be unique within an AWS account and region, and a job with this name already exists (${ACCOUNT_ARN}:training-job/job)`);
    expect(await refusal(remove('job'))).toBe(`ResourceInUse: Cannot delete training job ${ACCOUNT_ARN}:training-job/job in status InProgress: it has to be Completed, Failed or Stopped.`);
    fixture.standIn.advance(WHOLE_JOB);
    await remove('job');
    await fixture.train('job');
  });

  test.each([['described', async () => fixture.trained('No')], ['stopped', async () => stop('No')], ['deleted', async () => remove('No')]])('that nobody has cannot be %s', async (_what, call) => {
    expect(await refusal(call())).toBe('ValidationException: Requested resource not found.');
  });
});

describe('CreateTrainingJob', () => {
  const algorithm = { TrainingInputMode: 'File' } as const;
  const resources = (rest: object): Partial<CreateTrainingJobCommandInput> => ({ ResourceConfig: { InstanceType: 'ml.trn1.2xlarge', InstanceCount: 1, VolumeSizeInGB: 30, ...rest } as never });
  const channel = (source: object): Partial<CreateTrainingJobCommandInput> => ({ InputDataConfig: [{ ChannelName: 'a', DataSource: source }] });
  const s3 = { S3DataType: 'S3Prefix', S3Uri: 's3://assets/c.zip' } as const;
  const spot = { EnableManagedSpotTraining: true, StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 } };
  const FILES = { FileSystemId: 'fs-12345678', FileSystemType: 'EFS', FileSystemAccessMode: 'ro', DirectoryPath: '/a' };
  const NO_TYPE = { InstanceType: undefined, InstanceCount: undefined };
  const GROUP = { InstanceGroupName: 'g', InstanceType: 'ml.trn1.2xlarge', InstanceCount: 1 };
  const PREFERENCES = [{ InstanceType: 'ml.trn1.2xlarge' }];
  const PLAN = 'arn:aws:sagemaker:us-east-1:123456789012:training-plan/p';

  test.each<[string, Partial<CreateTrainingJobCommandInput>, string]>([
    ['no algorithm', { AlgorithmSpecification: undefined }, 'AlgorithmSpecification is required.'],
    ['no image', { AlgorithmSpecification: algorithm }, 'Specify either TrainingImage or AlgorithmName in AlgorithmSpecification.'],
    ['image and algorithm', { AlgorithmSpecification: { ...algorithm, TrainingImage: IMAGE, AlgorithmName: 'a' } }, 'Specify either TrainingImage or AlgorithmName in AlgorithmSpecification.'],
    ['no resources', { ResourceConfig: undefined }, 'ResourceConfig is required.'],
    ['no end', { StoppingCondition: undefined }, 'StoppingCondition is required.'],
    ['more than 28 days', { StoppingCondition: { MaxRuntimeInSeconds: 2_419_201 } }, 'MaxRuntimeInSeconds must be at most 2419200, got 2419201.'],
    ['a wait without spot', { StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 } }, 'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true'],
    ['no instances', resources({ InstanceCount: 0 }), 'InstanceCount of ResourceConfig must be at least 1.'],
    ['no count', resources({ InstanceCount: undefined }), 'InstanceCount of ResourceConfig must be at least 1.'],
    ['no volume where there are no disks', resources({ InstanceType: 'ml.m5.xlarge', VolumeSizeInGB: undefined }), 'VolumeSizeInGB of ResourceConfig must be at least 1 for ml.m5.xlarge.'],
    ['a volume of 0', resources({ InstanceType: 'ml.m5.xlarge', VolumeSizeInGB: 0 }), 'VolumeSizeInGB of ResourceConfig must be at least 1 for ml.m5.xlarge.'],
    ['a key for local disks', resources({ VolumeKmsKeyId: 'k' }), 'VolumeKmsKeyId of ResourceConfig is not supported for ml.trn1.2xlarge: instances of the family trn1 have local storage.'],
    ['groups and a type', resources({ InstanceGroups: [GROUP] }), 'InstanceGroups of ResourceConfig cannot be used with InstanceType, InstanceCount or InstancePreferences.'],
    ['no groups', resources({ ...NO_TYPE, InstanceGroups: [] }), 'InstanceGroups of ResourceConfig must have at least 1 group.'],
    ['two groups of a name', resources({ ...NO_TYPE, InstanceGroups: [GROUP, GROUP] }), 'Duplicate instance group name: g'],
    ['a group of none', resources({ ...NO_TYPE, InstanceGroups: [{ ...GROUP, InstanceCount: 0 }] }), 'InstanceCount of instance group g must be at least 1.'],
    ['a channel for a group that is not there', channel({ S3DataSource: { ...s3, InstanceGroupNames: ['h'] } }), 'InstanceGroupNames of channel a has h, which is no group of ResourceConfig.'],
    ['preferences and spot', { ...resources({ InstanceType: undefined, InstancePreferences: PREFERENCES }), ...spot }, 'InstancePreferences of ResourceConfig cannot be used with EnableManagedSpotTraining.'],
    ['preferences and a placement', resources({ InstanceType: undefined, InstancePreferences: PREFERENCES, InstancePlacementConfig: { EnableMultipleJobs: true } }), 'InstancePreferences of ResourceConfig cannot be used with InstancePlacementConfig.'],
    ['plans twice', resources({ InstanceType: undefined, TrainingPlanArn: PLAN, InstancePreferences: [{ ...PREFERENCES[0], TrainingPlanArns: [PLAN] }] }), 'Specify TrainingPlanArn in ResourceConfig or TrainingPlanArns in its InstancePreferences, not both.'],
    ['a selected type', resources({ SelectedInstanceType: 'ml.trn1.2xlarge' }), 'SelectedInstanceType and SelectedInstanceCount of ResourceConfig are read-only.'],
    ['spot without a wait', { ...spot, StoppingCondition: { MaxRuntimeInSeconds: 60 } }, 'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds when EnableManagedSpotTraining is set to true'],
    ['spot with too short a wait', { ...spot, StoppingCondition: { MaxRuntimeInSeconds: 61, MaxWaitTimeInSeconds: 60 } }, 'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds when EnableManagedSpotTraining is set to true'],
    ['spot with a wait shorter than a day', { ...spot, StoppingCondition: { MaxWaitTimeInSeconds: 86_399 } }, 'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds when EnableManagedSpotTraining is set to true'],
    ['spot that is kept', { ...resources({ KeepAlivePeriodInSeconds: 60 }), ...spot }, 'KeepAlivePeriodInSeconds of ResourceConfig cannot be used with EnableManagedSpotTraining.'],
    ['groups that are kept', resources({ ...NO_TYPE, InstanceGroups: [GROUP], KeepAlivePeriodInSeconds: 60 }), 'KeepAlivePeriodInSeconds of ResourceConfig cannot be used with InstanceGroups.'],
    ['a file system without a network', channel({ FileSystemDataSource: FILES }), 'FileSystemDataSource of channel a needs VpcConfig.'],
    ['a serverless job', { ServerlessJobConfig: { BaseModelArn: 'arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/x/1.0.0', JobType: 'FineTuning' } }, 'ServerlessJobConfig is not known to the stand-in.'],
    ['two channels of a name', { InputDataConfig: [{ ChannelName: 'a', DataSource: { S3DataSource: s3 } }, { ChannelName: 'a', DataSource: { S3DataSource: s3 } }] }, 'Duplicate channel name: a'],
    ['a channel from nowhere', channel({}), 'Specify exactly one data source in channel a.'],
    ['checkpoints elsewhere', { CheckpointConfig: { S3Uri: 'https://b/k' } }, 'S3Uri of CheckpointConfig must be an s3:// address here, got https://b/k'],
    ['output elsewhere', { OutputDataConfig: { S3OutputPath: 'https://b/k' } }, 'S3OutputPath must be an s3:// address here, got https://b/k'],
    ['an empty channel', channel({ S3DataSource: { ...s3, S3Uri: 's3://assets/none' } }),
      'No S3 objects found under S3 URL "s3://assets/none" given in input data source. Please ensure that the bucket exists in the selected region (us-east-1), '
      + `that objects exist under that S3 prefix, and that the role "${JOB_ROLE}" has "s3:ListBucket" permissions on bucket "assets".`],
  ])('refuses %s', async (_what, rest, message) => {
    expect(await refusal(fixture.train('job', rest))).toBe(`ValidationException: ${message}`);
    await fixture.train('job');
  });

  test.each([['ml.inf2.xlarge'], ['ml.trn2.3xlarge']])('has no instance type %s', async (type) => {
    expect(await refusal(fixture.train('job', resources({ InstanceType: type })))).toContain(`Value '${type}' at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set`);
  });

  test('needs no volume size for instances with disks, and takes one', async () => {
    await fixture.train('without', { ...resources({ VolumeSizeInGB: undefined }), CheckpointConfig: undefined });
    await fixture.train('with', { ...resources({ VolumeSizeInGB: 450 }), CheckpointConfig: undefined });
    expect((await fixture.trained('with')).ResourceConfig!.VolumeSizeInGB).toBe(450);
  });

  test('takes channels that are no S3', async () => {
    await fixture.train('job', { ...channel({ FileSystemDataSource: FILES }), VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] } });
    fixture.standIn.advance(WHOLE_JOB);
    expect(await both('job')).toEqual(['Completed', 'Completed']);
  });

  test('describes what it was asked for', async () => {
    const asked: Partial<CreateTrainingJobCommandInput> = {
      RetryStrategy: { MaximumRetryAttempts: 3 },
      EnableInterContainerTrafficEncryption: true,
      EnableNetworkIsolation: true,
      RemoteDebugConfig: { EnableRemoteDebug: true },
      InfraCheckConfig: { EnableInfraCheck: true },
      ProfilerConfig: { DisableProfiler: true },
      HyperParameters: { epochs: '3' },
      Environment: { A: '1' },
    };
    await fixture.train('job', asked);
    expect(await fixture.trained('job')).toMatchObject(asked);
  });

  test('has the values of its metrics that are defined', async () => {
    fixture.standIn.program = () => ({ metrics: { loss: 0, f1: 0.91, other: 1 } });
    const defined = (...names: string[]) => ({ ...algorithm, TrainingImage: IMAGE, MetricDefinitions: names.map((Name) => ({ Name, Regex: `${Name}=(.*)` })) });
    await fixture.train('job', { AlgorithmSpecification: defined('loss', 'f1', 'never') });
    await fixture.train('without', { CheckpointConfig: undefined });
    fixture.standIn.advance(WHOLE_JOB);
    expect((await fixture.trained('job')).FinalMetricDataList).toEqual([
      { MetricName: 'loss', Value: 0, Timestamp: at(780) }, { MetricName: 'f1', Value: 0.91, Timestamp: at(780) },
    ]);
    expect((await fixture.trained('without')).FinalMetricDataList).toBeUndefined();
  });

  test('keeps tags, and says that it needs the right to tag', async () => {
    const arn = await fixture.train('job', { Tags: [{ Key: 'a', Value: '1' }] });
    expect((await fixture.sagemaker.send(new ListTagsCommand({ ResourceArn: arn }))).Tags).toEqual([{ Key: 'a', Value: '1' }]);
    expect(fixture.standIn.control.calls[0]).toMatchObject({ action: 'sagemaker:CreateTrainingJob', resources: [arn], passedRoles: [JOB_ROLE], alsoChecked: [{ action: 'sagemaker:AddTags', resources: [arn] }] });
    expect(await fixture.trained('job')).not.toHaveProperty('Tags');
  });

  test('tells of two jobs of different kinds that write to one place', async () => {
    await fixture.process('one');
    await fixture.train('two');
    expect(fixture.standIn.control.hazards).toEqual([{ kind: 'shared-output', text: `jobs one and two write to ${ARTIFACT} at the same time` }]);
  });
});

describe('ListTrainingJobs', () => {
  test('takes the page before it filters by status, when it is told both', async () => {
    for (const name of ['a', 'b', 'c']) {
      await fixture.train(name, { CheckpointConfig: undefined });
      fixture.standIn.advance(10);
    }
    await stop('a');
    fixture.standIn.advance(60);
    const names = async (rest: object): Promise<string[]> => (await fixture.sagemaker.send(new ListTrainingJobsCommand(rest))).TrainingJobSummaries!.map((job) => job.TrainingJobName!);
    expect(await names({ StatusEquals: 'Stopped' })).toEqual(['a']);
    expect(await names({ StatusEquals: 'Stopped', MaxResults: 2 })).toEqual([]);
    const [latest] = (await fixture.sagemaker.send(new ListTrainingJobsCommand({ MaxResults: 1 }))).TrainingJobSummaries!;
    expect(latest).toMatchObject({ TrainingJobName: 'c', TrainingJobStatus: 'InProgress', SecondaryStatus: 'Starting', CreationTime: at(20) });
  });
});
