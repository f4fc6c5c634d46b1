import { Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { BUCKET, compilationStack, loggingCalls, World, type Deployed } from './world';
import { CompilationJob, CompilationShapes, ModelSource, TrainedModelCompilationTask, type TrainedModelCompilationTaskProps } from '../../../src';
import { stopCompilationsOf } from '../../../src/compilation/stop-compilations';
import { ACCOUNT, Judge, Policies, REGION, roleCallsOf, type Exception, type RecordedCall } from '../../support/iam';
import { SAGEMAKER } from '../../support/standin/sagemaker';
import { compileProgram } from '../../support/standin/sagemaker/job-program';
import type { Execution, Result } from '../../support/state-machine';
import { newStack } from '../support';

let world: World;
beforeEach(async () => {
  world = await World.start();
  for (const key of ['bert/run-1/model.tar.gz', 'bert/run-2/model.tar.gz', 'other/model.tar.gz', 'bert/run-1/weights/pytorch.bin']) world.standIn.objects.put('models', key, 'weights');
});
afterEach(async () => world.stop());

const MODEL = { uri: 's3://models/bert/run-1/model.tar.gz', revision: 'v1' };
const BROKEN = { log: ['Exporting', '[ERROR] [NCC_EVRF004] Complex data types are not supported', 'neuronx-cc failed with exit code 70'], exitCode: 1 };
const NO_REASON = { log: ['one'], exitCode: 1 };

/** A pipeline of a user: something before, the compilation, and what it was given beside its output. */
function trained(props: Partial<TrainedModelCompilationTaskProps> | ((stack: Stack) => Partial<TrainedModelCompilationTaskProps>) = {}, id = 'Stack', plain = false): { stack: Stack; task: TrainedModelCompilationTask; deployed: Deployed } {
  const stack = newStack(undefined, id);
  const given = typeof props === 'function' ? props(stack) : props;
  const task = new TrainedModelCompilationTask(stack, 'Compile', {
    shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 }),
    models: { bucket: s3.Bucket.fromBucketName(stack, 'Models', 'models'), prefix: 'bert' },
    artifacts: { bucket: s3.Bucket.fromBucketName(stack, 'Artifacts', BUCKET) },
    ...given,
  });
  const definition = plain ? task : new sfn.Pass(stack, 'Before').next(task.toSingleState({ resultPath: '$.compiled' })).next(new sfn.Pass(stack, 'After'));
  const machine = new sfn.StateMachine(stack, 'Pipeline', { definitionBody: sfn.DefinitionBody.fromChainable(definition), timeout: Duration.hours(13) });
  stopCompilationsOf(stack, machine, task);
  return { stack, task, deployed: world.machineOf(stack, 'Pipeline', ['Record', 'Key'], given.artifacts?.encryptionKey !== undefined) };
}

const compiledBy = ({ output }: Result): any => (output as any).compiled[0];
const keyAtSynth = (uri: string, revision: string) => compilationStack('Synth', { source: ModelSource.s3Uri(uri, { revision }) }).compilation.key;
const requests = () => world.standIn.control.calls.filter(({ operation, status }) => /^Create(Processing|Training)Job$/.test(operation) && status === 200).map(({ input }) => input as any);
const metrics = () => world.printed.filter((line) => line.startsWith('{"_aws"')).map((line) => JSON.parse(line)).map(({ Compiled, CacheHits, Failures }) => [Compiled, CacheHits, Failures]);

describe('a model that comes with an execution', () => {
  test('is compiled; key and place are those of the same source at synth', async () => {
    const { deployed } = trained();
    const result = await deployed.machine.run({ model: MODEL, week: 7 });
    const key = keyAtSynth(MODEL.uri, 'v1');
    const folder = `s3://artifacts/neuron/${key}/`;
    expect([result.status, result.output]).toEqual(['SUCCEEDED', {
      model: MODEL, week: 7, compiled: [{ key, artifactUri: folder, modelUri: `${folder}model.tar.gz`, cached: false }],
    }]);
    expect(world.standIn.objects.list(BUCKET, '')).toEqual(['complete.json', 'manifest.json', 'model.tar.gz'].map((name) => `neuron/${key}/${name}`));
    expect(JSON.parse(String(world.standIn.objects.get(BUCKET, `neuron/${key}/manifest.json`))).key).toBe(key);
    expect(metrics()).toEqual([[1, 0, 0]]);
  });

  test('its job is the one that a deploy would make, but for its name and whose it is', async () => {
    const { task, deployed } = trained();
    await deployed.machine.run({ model: MODEL });
    const [ours] = requests();
    for (const name of world.standIn.objects.list(BUCKET, '')) world.standIn.objects.delete(BUCKET, name);
    await world.deploy(compilationStack('Deploy', { source: ModelSource.s3Uri(MODEL.uri, { revision: 'v1' }), maxRuntime: Duration.minutes(710) }));
    const [, theirs] = requests();
    const { ProcessingJobName, RoleArn, Environment, Tags, ...job } = theirs;
    const whose = { ProcessingJobName: expect.stringMatching(/^neuron-[0-9a-f]{16}-[0-9a-f]{32}-0$/), RoleArn: expect.any(String), Environment: expect.any(Object) };
    expect(ours).toEqual({ ...job, ...whose, Tags: [{ Key: 'cdk-accelerators:compilation', Value: task._task.name }, { Key: 'cdk-accelerators:key', Value: keyAtSynth(MODEL.uri, 'v1') }] });
    expect([ours.ProcessingJobName.split('-')[2], Object.keys(Environment)]).toEqual([ProcessingJobName.split('-')[2], Object.keys(ours.Environment)]);
    expect([ours.ProcessingJobName === ProcessingJobName, ours.RoleArn === RoleArn, Tags.length]).toEqual([false, false, 2]);
  });

  test('a second time is found, and no job is made', async () => {
    const { machine } = trained().deployed;
    const first = await machine.run({ model: MODEL });
    const second = await machine.run({ model: MODEL });
    expect(compiledBy(second)).toEqual({ ...compiledBy(first), cached: true });
    expect(world.jobs.length).toBe(1);
    expect(metrics()).toEqual([[1, 0, 0], [0, 1, 0]]);
  });

  test('another revision or address is another key', async () => {
    const { machine } = trained().deployed;
    const keys = [];
    for (const model of [MODEL, { ...MODEL, revision: 'v2' }, { ...MODEL, uri: 's3://models/bert/run-2/model.tar.gz' }]) {
      keys.push(compiledBy(await machine.run({ model })).key);
      expect(keys.at(-1)).toBe(keyAtSynth(model.uri, model.revision));
    }
    expect(new Set(keys).size).toBe(3);
    expect(world.jobs.map(({ status }) => status)).toEqual(['Completed', 'Completed', 'Completed']);
  });

  test('a deploy that names it later finds the artefact', async () => {
    await trained().deployed.machine.run({ model: MODEL });
    const run = await world.deploy(compilationStack('Deploy', { source: ModelSource.s3Uri(MODEL.uri, { revision: 'v1' }) }));
    expect([run.signal?.Status, run.signal?.UniqueId]).toEqual(['SUCCESS', keyAtSynth(MODEL.uri, 'v1')]);
    expect((run.execution.result.output as any).compilation[0].cached).toBe(true);
    expect(world.jobs.length).toBe(1);
  });

  test('a language model: a training job, and files', async () => {
    const { task, deployed } = trained({ shapes: CompilationShapes.decoder({ batchSize: 8, sequenceLength: 4096 }), tensorParallelDegree: 8 });
    const { key, artifactUri, modelUri, cached } = compiledBy(await deployed.machine.run({ model: MODEL }));
    expect([task.jobKind, artifactUri, modelUri, cached]).toEqual(['training', `s3://artifacts/neuron/${key}/`, `s3://artifacts/neuron/${key}/model/`, false]);
    expect(requests()[0]).toMatchObject({
      OutputDataConfig: { S3OutputPath: `${artifactUri}job/` }, CheckpointConfig: { S3Uri: artifactUri }, AlgorithmSpecification: { ContainerArguments: expect.arrayContaining(['--key', key]) },
    });
  });

  test('two executions at once share a job', async () => {
    const { machine } = trained().deployed;
    const other = trained({}, 'Other').deployed.machine;
    const both = [machine.start({ model: MODEL }), machine.start({ model: MODEL, n: 2 }), other.start({ model: MODEL })];
    await world.scheduler.runUntilIdle();
    expect(both.map(({ result }) => result.status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(world.jobs.map(({ status }) => status)).toEqual(['Completed']);
  });

  test('an artefact is found after its source is gone', async () => {
    const { machine } = trained().deployed;
    await machine.run({ model: MODEL });
    world.standIn.objects.delete('models', 'bert/run-1/model.tar.gz');
    expect(compiledBy(await machine.run({ model: MODEL })).cached).toBe(true);
  });

  test('what else is in the input is not taken for ours', async () => {
    const input = { model: MODEL, job: { name: 'theirs', error: { Error: 'X' } }, error: { Error: 'Before', Cause: 'before' }, reason: 'theirs', cached: true, uri: 'x', source: { Contents: [] } };
    const { machine } = trained().deployed;
    expect(compiledBy(await machine.run(input)).cached).toBe(false);
    const result = await machine.run({ ...input, model: { ...MODEL, revision: '' } });
    expect(result.cause).toMatch(/^`\$\.model\.revision`: got ""; /);
  });

  test.each<[string, (model: object) => object]>([
    ['$.training[0].model', (model) => ({ training: [{ model }] })],
    ['$$.Execution.Input.model', (model) => ({ model })],
    ['$', (model) => model as object],
  ])('at the path %s', async (modelPath, input) => {
    const { machine } = trained({ modelPath }).deployed;
    expect(compiledBy(await machine.run(input(MODEL))).key).toBe(keyAtSynth(MODEL.uri, 'v1'));
  });
});

describe('a model that is refused: the exact reason, and no job', () => {
  const below = 'allowed: an address below s3://models/bert/ that ends in .tar.gz; fix: put the archive of the model there, or change `models`';
  const uri = (given: string) => [{ ...MODEL, uri: given }, `\`$.model.uri\`: got ${JSON.stringify(given)}; ${below}`] as const;
  const revision = 'allowed: a text that is not empty and changes when the model changes; fix: give the object\'s version id or ETag, or the name of the job that trained it';
  const object = 'allowed: an object with uri and revision; fix: give e.g. { "uri": "s3://<bucket>/<key>.tar.gz", "revision": "<version id>" }';

  test.each<[string, unknown, string]>([
    ['another bucket', ...uri('s3://elsewhere/bert/run-1/model.tar.gz')],
    ['another prefix', ...uri('s3://models/other/model.tar.gz')],
    ['a prefix that only begins alike', ...uri('s3://models/bert-large/model.tar.gz')],
    ['no archive', ...uri('s3://models/bert/run-1/weights/')],
    ['no address in S3', ...uri('https://models.s3.amazonaws.com/bert/run-1/model.tar.gz')],
    ['an empty revision', { ...MODEL, revision: '' }, `\`$.model.revision\`: got ""; ${revision}`],
    ['a revision that is no text', { ...MODEL, revision: 3 }, `\`$.model.revision\`: got 3; ${revision}`],
    ['nothing in it', {}, `\`$.model.uri\`: got nothing; ${below}\n\`$.model.revision\`: got nothing; ${revision}`],
    ['only the address', MODEL.uri, `\`$.model\`: got ${JSON.stringify(MODEL.uri)}; ${object}`],
    ['null', null, `\`$.model\`: got null; ${object}`],
    ['nothing', undefined, '`$.model`: got nothing; allowed: an object with uri and revision; fix: start the execution with one there, or change `modelPath`'],
    ['an object that is not there', { ...MODEL, uri: 's3://models/bert/run-3/model.tar.gz' },
      '`$.model.uri`: got s3://models/bert/run-3/model.tar.gz, where no object is; allowed: the address of an archive that is there; fix: start the execution once the model is written'],
  ])('%s', async (_, model, reason) => {
    const result = await trained().deployed.machine.run({ model });
    expect([result.status, result.error, result.cause]).toEqual(['FAILED', 'NeuronCompilationFailed', reason]);
    expect(world.jobs).toEqual([]);
    expect(metrics()).toEqual([[0, 0, 1]]);
    // Nothing is tried again.
    expect(result.seconds).toBeLessThan(5);
  });

  test('an object whose name only begins alike', async () => {
    world.standIn.objects.put('models', 'bert/run-4/model.tar.gz.part', 'half');
    const result = await trained().deployed.machine.run({ model: { ...MODEL, uri: 's3://models/bert/run-4/model.tar.gz' } });
    expect(result.cause).toMatch(/run-4\/model\.tar\.gz, where no object is/);
    expect(world.jobs).toEqual([]);
  });
});

describe('trouble', () => {
  test('a compiler that fails: its last lines', async () => {
    world.standIn.program = () => BROKEN;
    const { machine } = trained().deployed;
    const result = await machine.run({ model: MODEL });
    const [{ name }] = world.jobs;
    expect([result.status, result.error]).toEqual(['FAILED', 'NeuronCompilationFailed']);
    expect(result.cause!.startsWith(`the compile job failed (processing job ${name}): `)).toBe(true);
    expect(result.cause!.endsWith('\n[ERROR] [NCC_EVRF004] Complex data types are not supported\nneuronx-cc failed with exit code 70\n'
      + `(log group /aws/sagemaker/ProcessingJobs, streams ${name}/)`)).toBe(true);
    world.standIn.program = compileProgram;
    expect((await machine.run({ model: MODEL })).status).toBe('SUCCEEDED');
    expect(world.jobs.map(({ name: one, status }) => [one.split('-').pop(), status])).toEqual([['0', 'Failed'], ['1', 'Completed']]);
  });

  test('no capacity is waited out', async () => {
    world.standIn.control.faults.push({ operation: 'CreateProcessingJob', reason: 'CapacityError: Unable to provision requested ML compute capacity.', times: 2 });
    expect((await trained().deployed.machine.run({ model: MODEL })).status).toBe('SUCCEEDED');
    expect(world.jobs.map(({ status }) => status)).toEqual(['Failed', 'Failed', 'Completed']);
  });

  test('a function that makes no key is tried again, and then told of', async () => {
    const key = world.handlers.key;
    let calls = 0;
    world.handlers.key = async (event: unknown) => {
      if (++calls <= 2) throw new Error('too busy');
      return key(event);
    };
    const { machine } = trained().deployed;
    expect((await machine.run({ model: MODEL })).status).toBe('SUCCEEDED');
    world.handlers.key = async () => { throw new Error('too busy'); };
    const result = await machine.run({ model: MODEL, job: { name: 'theirs' } });
    expect([result.error, result.cause]).toEqual(['NeuronCompilationFailed', 'Error: too busy']);
  });
});

describe('an execution that ends early', () => {
  const statuses = () => world.jobs.map(({ status }) => status);
  const HOUR = 3600;

  test.each(['processing', 'training'])('takes its %s job with it, and no other', async (kind) => {
    const { deployed } = trained(kind === 'training' ? { job: CompilationJob.onTrainium() } : {});
    const [stopped] = [MODEL, { ...MODEL, revision: 'v2' }].map((model) => deployed.machine.start({ model }));
    await world.scheduler.runFor(200);
    stopped.abort();
    await world.ended(deployed, stopped);
    expect(statuses()).toEqual(['Stopping', 'InProgress']);
    await world.scheduler.runUntilIdle();
    expect(statuses()).toEqual(['Stopped', 'Completed']);
    expect(world.printed).toContain(`stopped ${kind} job ${world.jobs[0].name}: its execution ended as ABORTED`);
  });

  test('whoever waits for its job makes another one', async () => {
    const { deployed } = trained();
    const first = deployed.machine.start({ model: MODEL });
    const second = trained({}, 'Other').deployed.machine.start({ model: MODEL });
    await world.scheduler.runFor(200);
    first.abort();
    await world.ended(deployed, first);
    await world.scheduler.runUntilIdle();
    expect([second.result.status, statuses()]).toEqual(['SUCCEEDED', ['Stopped', 'Completed']]);
  });

  test('well is nothing to the rule', async () => {
    const { deployed } = trained();
    const execution = deployed.machine.start({ model: MODEL });
    await world.scheduler.runFor(200);
    const calls = world.calls.length;
    for (const status of ['SUCCEEDED', 'RUNNING'] as const) await world.ended(deployed, { arn: execution.arn, status } as Execution);
    expect([world.calls.length, statuses()]).toEqual([calls, ['InProgress']]);
  });

  test('and is redriven goes on with another job', async () => {
    const { deployed } = trained({}, 'Stack', true);
    const execution = deployed.machine.start({ model: MODEL });
    await world.scheduler.runFor(200);
    execution.abort();
    const ended = world.scheduler.clock.now();
    await world.ended(deployed, execution);
    await world.scheduler.runFor(HOUR);
    expect(statuses()).toEqual(['Stopped']);
    execution.redrive();
    await world.scheduler.runFor(200);
    expect(statuses()).toEqual(['Stopped', 'InProgress']);
    // The event comes again, late.
    await world.ended(deployed, { arn: execution.arn, status: 'ABORTED' } as Execution, ended);
    await world.scheduler.runUntilIdle();
    expect([execution.status, statuses()]).toEqual(['SUCCEEDED', ['Stopped', 'Completed']]);
  });

  test('a job that somebody else stops is a failure all the same', async () => {
    const { deployed } = trained();
    const execution = deployed.machine.start({ model: MODEL });
    await world.scheduler.runFor(200);
    world.standIn.call(SAGEMAKER, 'StopProcessingJob', { ProcessingJobName: world.jobs[0].name });
    await world.scheduler.runUntilIdle();
    expect([execution.status, execution.result.cause]).toEqual(['FAILED', `the compile job was stopped (processing job ${world.jobs[0].name})`]);
    expect(statuses()).toEqual(['Stopped']);
  });
});

/** Everything that the roles of a pipeline do, well and badly. */
async function judged(props: (stack: Stack) => Partial<TrainedModelCompilationTaskProps>): Promise<{ judge: Judge; roles: string[]; task: TrainedModelCompilationTask }> {
  const { task, deployed } = trained(props);
  const { template, machine, machineId, roleOf, values } = deployed;
  world.standIn.program = () => NO_REASON;
  await machine.run({ model: MODEL });
  world.standIn.program = (job) => ({ ...compileProgram(job), deletes: job.kind === 'training' ? ['model.tar.gz.part'] : undefined });
  for (const revision of ['v1', 'v2', 'v1']) expect((await machine.run({ model: { ...MODEL, revision } })).status).toBe('SUCCEEDED');
  await machine.run({ model: { ...MODEL, uri: 's3://models/bert/none/model.tar.gz' } });
  const stopped = machine.start({ model: { ...MODEL, revision: 'v3' } });
  await world.scheduler.runFor(200);
  stopped.abort();
  await world.ended(deployed, stopped);
  const policies = new Policies(template, { values: { [machineId]: machine.arn } });
  const jobRole = roleOf('CompileRole');
  const beside = [...loggingCalls(template, policies), ...roleCallsOf(world.standIn.control.roleCalls, { [values[`${jobRole}.Arn`] as string]: jobRole })];
  const judge = new Judge(policies);
  const group = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/sagemaker/${String(task.jobKind) === 'processing' ? 'Processing' : 'Training'}Jobs:log-stream:`;
  const spelling = { what: group, reason: 'how denials of the rights on a whole group spell it; the simulator knows the other spelling' };
  const upload = { what: 's3:AbortMultipartUpload', reason: 'an upload in parts that breaks off; none does here' };
  const decryption = { what: 'kms:Decrypt', reason: 'which inputs are encrypted is not known to the stand-in' };
  const roles = policies.roles();
  expect(roles.length).toBe(5);
  for (const role of roles) {
    const calls: RecordedCall[] = [...world.callsBy(role, machine), ...beside.filter(({ principal }) => principal === role)];
    const exceptions: Exception[] = role === jobRole ? [spelling, upload, decryption] : role.includes('RecordRole') ? [spelling] : [];
    await judge.expectAllowed(role, calls);
    await judge.expectNeeded(role, calls, exceptions.filter(({ what }) => what !== 'kms:Decrypt' || JSON.stringify(template).includes('key/models')));
  }
  return { judge, roles, task };
}

describe('every recorded call is allowed, and every right is needed', () => {
  test('a processing job', async () => {
    const { judge, roles, task } = await judged(() => ({}));
    const forbidden: [string, string, Record<string, string>?][] = [
      ['s3:GetObject', 'arn:aws:s3:::models/other/model.tar.gz'],
      ['s3:PutObject', 'arn:aws:s3:::models/bert/run-1/model.tar.gz'],
      ['s3:ListBucket', 'arn:aws:s3:::models', { 's3:prefix': 'other/' }],
      ['s3:ListBucket', 'arn:aws:s3:::artifacts', { 's3:prefix': 'other/' }],
      ['s3:PutObject', 'arn:aws:s3:::artifacts/other/complete.json'],
      ['s3:GetObject', 'arn:aws:s3:::artifacts/other/model.tar.gz'],
      ['sagemaker:CreateProcessingJob', `arn:aws:sagemaker:${REGION}:${ACCOUNT}:processing-job/neuron-0000000000000000-x-0`],
      ['sagemaker:CreateTrainingJob', `arn:aws:sagemaker:${REGION}:${ACCOUNT}:training-job/neuron-0000000000000000-x-0`],
      ['sagemaker:StopProcessingJob', `arn:aws:sagemaker:${REGION}:${ACCOUNT}:processing-job/neuron-0000000000000000-x-0`],
      // Not without the tag of the task.
      ['sagemaker:StopProcessingJob', `arn:aws:sagemaker:${REGION}:${ACCOUNT}:processing-job/${task.jobNamePrefix}-x-0`],
      ['sagemaker:StopTrainingJob', `arn:aws:sagemaker:${REGION}:${ACCOUNT}:training-job/${task.jobNamePrefix}-x-0`],
      ['sagemaker:ListTrainingJobs', '*'],
      ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/admin`],
    ];
    for (const role of roles) await judge.expectDenied(role, forbidden.map(([action, resource, context = {}]) => ({ principal: role, action, resource: [resource], context })));
  });

  test('a training job, both buckets encrypted', async () => void await judged((stack) => {
    const key = (name: string) => kms.Key.fromKeyArn(stack, `Key-${name}`, `arn:aws:kms:${REGION}:${ACCOUNT}:key/${name}`);
    return {
      job: CompilationJob.onTrainium(),
      models: { bucket: s3.Bucket.fromBucketName(stack, 'Encrypted', 'models'), prefix: 'bert/', decryptionKey: key('models') },
      artifacts: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', BUCKET), encryptionKey: key('artifacts') },
    };
  }));
});
