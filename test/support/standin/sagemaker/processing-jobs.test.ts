import {
  AddTagsCommand, DeleteProcessingJobCommand, ListProcessingJobsCommand, ListTagsCommand, StopProcessingJobCommand, type CreateProcessingJobCommandInput,
} from '@aws-sdk/client-sagemaker';
import { ACCOUNT_ARN, IMAGE, refusal } from '../fixture';
import { ARTIFACT, JOB_ROLE, JobFixture, processing, WHOLE_JOB } from '../job-fixture';
import { EMPTY_ARCHIVE } from './job-program';

let fixture: JobFixture;
beforeEach(async () => { fixture = await JobFixture.start(); });
afterEach(async () => fixture.stop());

const stop = async (name: string): Promise<unknown> => fixture.sagemaker.send(new StopProcessingJobCommand({ ProcessingJobName: name }));
const remove = async (name: string): Promise<unknown> => fixture.sagemaker.send(new DeleteProcessingJobCommand({ ProcessingJobName: name }));
const status = async (name: string): Promise<string> => (await fixture.processed(name)).ProcessingJobStatus!;
const START = Date.UTC(2026, 0, 1);

describe('a processing job that goes well', () => {
  test('is in progress, then completed, with its times', async () => {
    expect(await fixture.process('Job-1')).toBe(`${ACCOUNT_ARN}:processing-job/job-1`);
    const first = await fixture.processed('Job-1');
    expect(first).toMatchObject({ ...processing('Job-1'), ProcessingJobStatus: 'InProgress', ProcessingJobArn: `${ACCOUNT_ARN}:processing-job/job-1`, CreationTime: new Date(START) });
    expect([first.ProcessingStartTime, first.ProcessingEndTime, first.FailureReason, first.ExitMessage]).toEqual([undefined, undefined, undefined, undefined]);
    fixture.standIn.advance(120);
    expect((await fixture.processed('Job-1')).ProcessingStartTime).toEqual(new Date(START + 120_000));
    fixture.standIn.advance(WHOLE_JOB - 121);
    expect(await status('job-1')).toBe('InProgress');
    fixture.standIn.advance(1);
    const last = await fixture.processed('JOB-1');
    expect(last).toMatchObject({ ProcessingJobStatus: 'Completed', ProcessingEndTime: new Date(START + WHOLE_JOB * 1000), LastModifiedTime: new Date(START + WHOLE_JOB * 1000) });
    expect([last.FailureReason, last.ExitMessage]).toEqual([undefined, undefined]);
  });

  test('uploads its outputs at the end, and not before', async () => {
    await fixture.process('job');
    fixture.standIn.advance(WHOLE_JOB - 1);
    expect(fixture.artifacts()).toEqual([]);
    fixture.standIn.advance(1);
    expect(fixture.artifacts()).toEqual(['neuron/abc/manifest.json', 'neuron/abc/model.tar.gz']);
    expect(fixture.standIn.objects.get('artifacts', 'neuron/abc/model.tar.gz')).toEqual(EMPTY_ARCHIVE);
    expect(JSON.parse(fixture.standIn.objects.get('artifacts', 'neuron/abc/manifest.json')!.toString())).toEqual({
      key: 'abc', sdk: '2.26.0', kind: 'text-encoder', target: 'inf2', layout: 'archive', shapes: { batch_size: 1, sequence_length: 128 }, files: ['model.tar.gz'], operatorsOnCpu: [],
    });
  });

  test('writes files, not an archive, when it is told so', async () => {
    await fixture.process('job', { AppSpecification: { ImageUri: IMAGE, ContainerArguments: ['--layout=files', '--key', 'k'] } });
    fixture.standIn.advance(WHOLE_JOB);
    expect(fixture.artifacts()).toEqual(['neuron/abc/manifest.json', 'neuron/abc/model/model.pt']);
  });

  test('prints one line when it starts and the others when it ends', async () => {
    await fixture.process('job');
    fixture.standIn.advance(179);
    expect(fixture.log('Processing', 'job')).toEqual([]);
    fixture.standIn.advance(1);
    expect(fixture.log('Processing', 'job')).toEqual(['compiling bert for inf2']);
    fixture.standIn.advance(600);
    expect(fixture.log('Processing', 'job')).toEqual(['compiling bert for inf2', 'compiler status PASS', 'done']);
    expect(fixture.standIn.logs.streams('/aws/sagemaker/ProcessingJobs', '')).toEqual([`job/algo-1-${START + 180_000}`]);
  });

  test('sees its arguments, environment, request and the number of its try', async () => {
    const runs: unknown[] = [];
    fixture.standIn.program = (job) => {
      runs.push(job);
      return { seconds: 5, files: { 'a/b': 'x' } };
    };
    await fixture.process('neuron-abc-3', { Environment: { A: 'b' }, AppSpecification: { ImageUri: IMAGE, ContainerArguments: ['--key', 'k'] } });
    await fixture.process('plain', { AppSpecification: { ImageUri: IMAGE }, ProcessingOutputConfig: undefined });
    fixture.standIn.advance(120 + 60 + 5 + 30);
    expect(runs).toEqual([
      expect.objectContaining({ kind: 'processing', name: 'neuron-abc-3', environment: { A: 'b' }, arguments: ['--key', 'k'], attempt: 3 }),
      expect.objectContaining({ name: 'plain', environment: {}, arguments: [], attempt: 1 }),
    ]);
    expect(runs[0]).toMatchObject({ request: { ProcessingJobName: 'neuron-abc-3', RoleArn: JOB_ROLE } });
    expect([await status('neuron-abc-3'), await status('plain'), fixture.artifacts()]).toEqual(['Completed', 'Completed', ['neuron/abc/a/b']]);
  });

  test('may have several outputs', async () => {
    fixture.standIn.program = () => ({ files: { 'one': '1', 'second:two': '2', 'third:three': '3' } });
    const output = (name: string, uri: string): object => ({ OutputName: name, S3Output: { S3Uri: uri, LocalPath: `/opt/ml/processing/${name}`, S3UploadMode: 'EndOfJob' } });
    await fixture.process('job', { ProcessingOutputConfig: { Outputs: [output('first', 's3://artifacts/a'), output('second', 's3://artifacts/b/')] as never } });
    fixture.standIn.advance(WHOLE_JOB);
    // There is no output "third": a colon is part of a file's name then.
    expect(fixture.artifacts()).toEqual(['a/one', 'a/third:three', 'b/two']);
  });
});

describe('a processing job that fails', () => {
  test('leaves its message, the service\'s reason, its log, and no output', async () => {
    fixture.standIn.program = () => ({ seconds: 10, exitCode: 1, message: 'unsupported operator: aten::x', log: ['start', 'ERROR'], files: { partial: 'x' } });
    await fixture.process('job');
    fixture.standIn.advance(190);
    expect(await fixture.processed('job')).toMatchObject({
      ProcessingJobStatus: 'Failed', FailureReason: 'AlgorithmError: See job logs for more information', ExitMessage: 'unsupported operator: aten::x', ProcessingEndTime: new Date(START + 190_000),
    });
    expect([fixture.artifacts(), fixture.log('Processing', 'job')]).toEqual([[], ['start', 'ERROR']]);
  });

  test('without a message has its exit code as reason', async () => {
    fixture.standIn.program = () => ({ exitCode: 137 });
    await fixture.process('job');
    fixture.standIn.advance(WHOLE_JOB);
    const { FailureReason, ExitMessage } = await fixture.processed('job');
    expect([FailureReason, ExitMessage]).toEqual(['AlgorithmError: , exit code: 137', undefined]);
  });

  test('keeps 1,024 characters of its message', async () => {
    fixture.standIn.program = () => ({ exitCode: 1, message: 'x'.repeat(2000) });
    await fixture.process('job');
    fixture.standIn.advance(WHOLE_JOB);
    expect((await fixture.processed('job')).ExitMessage).toBe('x'.repeat(1024));
  });

  test('has uploaded what was there when it uploads all the time', async () => {
    fixture.standIn.program = () => ({ exitCode: 1, files: { early: 'x' } });
    await fixture.process('job', { ProcessingOutputConfig: { Outputs: [{ OutputName: 'o', S3Output: { S3Uri: ARTIFACT, LocalPath: '/out', S3UploadMode: 'Continuous' } }] } });
    fixture.standIn.advance(WHOLE_JOB);
    expect([await status('job'), fixture.artifacts()]).toEqual(['Failed', ['neuron/abc/early']]);
  });

  test('when one of its inputs is not there, before the container starts', async () => {
    const missing = { InputName: 'source', S3Input: { S3Uri: 's3://models/bert/', LocalPath: '/opt/ml/processing/input/source', S3DataType: 'S3Prefix' as const } };
    await fixture.process('job', { ProcessingInputs: [...processing('x').ProcessingInputs!, missing] });
    fixture.standIn.advance(120);
    expect(await fixture.processed('job')).toMatchObject({
      ProcessingJobStatus: 'Failed',
      FailureReason: 'ClientError: Data download failed:No S3 objects found under S3 URL "s3://models/bert/" given in input data source. Please ensure that the bucket exists in the '
        + `selected region (us-east-1), that objects exist under that S3 prefix, and that the role "${JOB_ROLE}" has "s3:ListBucket" permissions on bucket "models".`,
    });
    expect(fixture.log('Processing', 'job')).toEqual([]);
  });

  test('when all but the last file arrived, a job may be completed all the same', async () => {
    fixture.standIn.program = () => ({ files: { 'model.tar.gz': 'm', 'manifest.json': '{}' }, upload: 'partial' });
    await fixture.process('job');
    fixture.standIn.advance(WHOLE_JOB);
    expect([await status('job'), fixture.artifacts()]).toEqual(['Completed', ['neuron/abc/model.tar.gz']]);
  });

  test('when the program of the test throws, with what it threw', async () => {
    fixture.standIn.program = () => { throw new Error('no such case'); };
    await fixture.process('job');
    fixture.standIn.advance(WHOLE_JOB);
    expect((await fixture.processed('job')).FailureReason).toBe('InternalServerError: no such case');
  });
});

describe('a processing job that is cut off', () => {
  test('after its time is stopped', async () => {
    await fixture.process('job', { StoppingCondition: { MaxRuntimeInSeconds: 100 } });
    fixture.standIn.advance(180 + 100);
    expect(await status('job')).toBe('Stopping');
    fixture.standIn.advance(60);
    expect([await status('job'), fixture.artifacts(), fixture.log('Processing', 'job')]).toEqual(['Stopped', [], ['compiling bert for inf2']]);
  });

  test('has a day when nothing is said', async () => {
    fixture.standIn.program = () => ({ seconds: 200_000 });
    await fixture.process('job', { StoppingCondition: undefined });
    expect((await fixture.processed('job')).StoppingCondition).toEqual({ MaxRuntimeInSeconds: 86_400 });
    fixture.standIn.advance(180 + 86_400 + 60);
    expect(await status('job')).toBe('Stopped');
  });

  test.each([[60, 'before it has instances'], [150, 'while it downloads'], [400, 'while it runs'], [790, 'while it uploads']])('after %d s, %s, ends as stopped', async (seconds) => {
    await fixture.process('job');
    fixture.standIn.advance(seconds);
    await stop('job');
    expect(await status('job')).toBe('Stopping');
    await stop('job');
    fixture.standIn.advance(60);
    expect(await fixture.processed('job')).toMatchObject({ ProcessingJobStatus: 'Stopped', ProcessingEndTime: new Date(START + (seconds + 60) * 1000) });
    fixture.standIn.advance(10_000);
    expect([await status('job'), fixture.artifacts()]).toEqual(['Stopped', []]);
  });

  test.each(['Completed', 'Failed', 'Stopped'])('cannot be stopped once it is %s', async (last) => {
    if (last === 'Failed') fixture.standIn.program = () => ({ exitCode: 1 });
    await fixture.process('job');
    if (last === 'Stopped') await stop('job');
    fixture.standIn.advance(WHOLE_JOB);
    expect(await refusal(stop('job'))).toBe(`ValidationException: The request was rejected because the processing job is in status ${last}`);
  });
});

describe('names of processing jobs', () => {
  test('are taken for ever, in any case', async () => {
    await fixture.process('job');
    const taken = `ResourceInUse: Job name must be unique within an AWS account and region, and a job with this name already exists (${ACCOUNT_ARN}:processing-job/job)`;
    expect(await refusal(fixture.process('JOB'))).toBe(taken);
    fixture.standIn.advance(WHOLE_JOB);
    expect(await refusal(fixture.process('job'))).toBe(taken);
    await fixture.train('job');
  });

  test('are free again when the job is deleted, which it can be once it is over', async () => {
    await fixture.process('job', { Tags: [{ Key: 'k', Value: 'v' }] });
    expect(await refusal(remove('job'))).toBe(`ResourceInUse: Cannot delete processing job ${ACCOUNT_ARN}:processing-job/job in status InProgress: it has to be Completed, Failed or Stopped.`);
    fixture.standIn.advance(WHOLE_JOB);
    await remove('job');
    await fixture.process('job');
    const { Tags } = await fixture.sagemaker.send(new ListTagsCommand({ ResourceArn: `${ACCOUNT_ARN}:processing-job/job` }));
    expect(Tags).toEqual([]);
  });

  test.each([
    ['described', async () => fixture.processed('No')],
    ['stopped', async () => stop('No')],
    ['deleted', async () => remove('No')],
  ])('that nobody has cannot be %s', async (_what, call) => {
    expect(await refusal(call())).toBe('ValidationException: Could not find requested job with name: No');
  });
});

describe('CreateProcessingJob', () => {
  const cluster = { InstanceType: 'ml.m5.4xlarge', InstanceCount: 1, VolumeSizeInGB: 30 } as const;
  const input = (rest: object): CreateProcessingJobCommandInput['ProcessingInputs'] => [{ InputName: 'a', S3Input: { S3Uri: 's3://b/k', LocalPath: '/opt/ml/processing/a', S3DataType: 'S3Prefix', ...rest } }];
  const output = (rest: object): CreateProcessingJobCommandInput['ProcessingOutputConfig'] => ({ Outputs: [{ OutputName: 'a', S3Output: { S3Uri: 's3://b/k', LocalPath: '/a', S3UploadMode: 'EndOfJob', ...rest } }] });
  const clustered = (rest: object): Partial<CreateProcessingJobCommandInput> => ({ ProcessingResources: { ClusterConfig: { VolumeSizeInGB: 30, ...rest } } });

  test.each<[string, Partial<CreateProcessingJobCommandInput>, string]>([
    ['two inputs of a name', { ProcessingInputs: [...input({})!, ...input({})!] }, 'Duplicate processing input name: a'],
    ['an input of no kind', { ProcessingInputs: [{ InputName: 'a' }] }, 'Specify either S3Input or DatasetDefinition in processing input a.'],
    ['an input elsewhere', { ProcessingInputs: input({ LocalPath: '/opt/ml/input' }) }, 'LocalPath of processing input a must begin with /opt/ml/processing/, got /opt/ml/input.'],
    ['an input nowhere', { ProcessingInputs: input({ LocalPath: undefined }) }, 'LocalPath of processing input a must begin with /opt/ml/processing/, got none.'],
    ['a packed file', { ProcessingInputs: input({ S3CompressionType: 'Gzip', S3InputMode: 'File' }) }, 'S3CompressionType Gzip of processing input a needs S3InputMode Pipe.'],
    ['an input by HTTP', { ProcessingInputs: input({ S3Uri: 'https://s3.amazonaws.com/b/k' }) }, 'S3Uri of processing input a must be an s3:// address here, got https://s3.amazonaws.com/b/k'],
    ['two outputs of a name', { ProcessingOutputConfig: { Outputs: [...output({})!.Outputs!, ...output({})!.Outputs!] } }, 'Duplicate processing output name: a'],
    ['an output of no kind', { ProcessingOutputConfig: { Outputs: [{ OutputName: 'a' }] } }, 'Specify either S3Output or FeatureStoreOutput in processing output a.'],
    ['a relative output', { ProcessingOutputConfig: output({ LocalPath: 'out' }) }, 'LocalPath of processing output a must be absolute, got out.'],
    ['no type', clustered({}), 'Specify either InstanceType or InstancePreferences in ClusterConfig.'],
    ['type and preferences', clustered({ ...cluster, InstancePreferences: [{ InstanceType: 'ml.m5.4xlarge' }] }), 'Specify either InstanceType or InstancePreferences in ClusterConfig.'],
    ['a count for some', clustered({ InstancePreferences: [{ InstanceType: 'ml.m5.4xlarge', InstanceCount: 1 }, { InstanceType: 'ml.m5.2xlarge' }] }), 'Specify InstanceCount either in ClusterConfig or in every one of its InstancePreferences.'],
    ['a type twice', clustered({ InstanceCount: 1, InstancePreferences: [{ InstanceType: 'ml.m5.large' }, { InstanceType: 'ml.m5.large' }] }), 'Instance type ml.m5.large appears more than once in InstancePreferences of ClusterConfig.'],
    ['what is read-only', clustered({ ...cluster, SelectedInstanceType: 'ml.m5.large' }), 'SelectedInstanceType and SelectedInstanceCount of ClusterConfig are read-only.'],
    ['a key for local disks', clustered({ ...cluster, InstanceType: 'ml.g5.xlarge', VolumeKmsKeyId: 'k' }), 'VolumeKmsKeyId of ClusterConfig is not supported for ml.g5.xlarge: instances of the family g5 have local storage.'],
    ['a system tag', { Tags: [{ Key: 'aws:x', Value: '1' }] }, 'Tag key "aws:x" is invalid: the prefix aws: is reserved for system tags.'],
  ])('refuses %s', async (_what, rest, message) => {
    expect(await refusal(fixture.process('job', rest))).toBe(`ValidationException: ${message}`);
    // Nothing is left of it: the name is free.
    await fixture.process('job');
  });

  test.each([
    ['ml.inf2.xlarge'], ['ml.trn1.2xlarge'], ['ml.trn2.48xlarge'],
  ])('has no instance type %s', async (type) => {
    expect(await refusal(fixture.process('job', clustered({ ...cluster, InstanceType: type })))).toContain(
      `Value '${type}' at 'processingResources.clusterConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set`);
  });

  test('refuses an argument of 257 characters', async () => {
    expect(await refusal(fixture.process('job', { AppSpecification: { ImageUri: IMAGE, ContainerArguments: ['x'.repeat(257)] } }))).toContain(
      "at 'appSpecification.containerArguments.1.member' failed to satisfy constraint: Member must have length less than or equal to 256");
  });

  test('keeps tags, and says that it needs the right to tag', async () => {
    const arn = await fixture.process('job', { Tags: [{ Key: 'a', Value: '1' }] });
    await fixture.sagemaker.send(new AddTagsCommand({ ResourceArn: arn, Tags: [{ Key: 'b', Value: '2' }] }));
    expect((await fixture.sagemaker.send(new ListTagsCommand({ ResourceArn: arn }))).Tags).toEqual([{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }]);
    await fixture.process('plain');
    const [tagged, , , plain] = fixture.standIn.control.calls;
    expect(tagged).toMatchObject({ action: 'sagemaker:CreateProcessingJob', resources: [arn], passedRoles: [JOB_ROLE], alsoChecked: [{ action: 'sagemaker:AddTags', resources: [arn] }] });
    expect(plain.alsoChecked).toBeUndefined();
  });

  test('tells of two jobs that write to one place at a time', async () => {
    await fixture.process('one');
    await fixture.process('two');
    expect(fixture.standIn.control.hazards).toEqual([{ kind: 'shared-output', text: `jobs one and two write to ${ARTIFACT} at the same time` }]);
    fixture.standIn.advance(WHOLE_JOB);
    await fixture.process('three');
    expect(fixture.standIn.control.hazards).toHaveLength(1);
  });
});

describe('ListProcessingJobs', () => {
  test('filters, sorts and pages', async () => {
    for (const name of ['b-1', 'a-1', 'c-2']) {
      await fixture.process(name, { ProcessingOutputConfig: undefined });
      fixture.standIn.advance(100);
    }
    await stop('a-1');
    fixture.standIn.advance(60);
    const names = async (rest: object): Promise<string[]> =>
      (await fixture.sagemaker.send(new ListProcessingJobsCommand(rest))).ProcessingJobSummaries!.map((job) => job.ProcessingJobName!);
    expect(await names({})).toEqual(['c-2', 'a-1', 'b-1']);
    expect(await names({ NameContains: '-1', SortBy: 'Name', SortOrder: 'Ascending' })).toEqual(['a-1', 'b-1']);
    expect(await names({ StatusEquals: 'InProgress' })).toEqual(['c-2', 'b-1']);
    const page = await fixture.sagemaker.send(new ListProcessingJobsCommand({ MaxResults: 2 }));
    expect(await names({ MaxResults: 2, NextToken: page.NextToken })).toEqual(['b-1']);
    const [stopped] = (await fixture.sagemaker.send(new ListProcessingJobsCommand({ StatusEquals: 'Stopped' }))).ProcessingJobSummaries!;
    expect(stopped).toMatchObject({ ProcessingJobName: 'a-1', ProcessingJobStatus: 'Stopped', ProcessingEndTime: new Date(START + 360_000) });
  });
});
