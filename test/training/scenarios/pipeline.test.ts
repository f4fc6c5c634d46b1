import { World, type WorldOptions } from './world';
import { CompilationShapes } from '../../../src';
import { compileProgram } from '../../support/standin/sagemaker/job-program';

jest.setTimeout(300_000);
let world: World;
const start = async (options?: WorldOptions): Promise<World> => (world = await World.start(options));
afterEach(async () => {
  world.expectTidy();
  await world.stop();
});

const PIPELINE: WorldOptions = { pipeline: { compilation: { shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 }), task: 'feature-extraction' } } };
const ready = () => world.told('Model Ready').map(({ detail }) => detail);
/** Starts the pipeline and lets time pass until it is over. */
const ended = async (input: unknown = {}) => {
  const run = world.pipeline!.start(input);
  await world.end();
  return run;
};
/** Jobs that compile. */
const compilations = (): string[] => world.standIn.control.calls.filter(({ operation, status, input }) => /^Create(Processing|Training)Job$/.test(operation) && status === 200 && !/^bert-/.test((input as any).TrainingJobName ?? ''))
  .map(({ operation }) => operation);

test('trains, registers, compiles: the parameter has all that a deploy needs, and the event the same', async () => {
  await start(PIPELINE);
  expect(world.parameter).toBeUndefined();
  const run = await ended({ hyperParameters: { epochs: 9 } });
  expect([run.status, world.jobs, compilations()]).toEqual(['SUCCEEDED', ['0 trn1 Completed'], ['CreateProcessingJob']]);
  // A run without a name has that of its execution: what a redrive trains goes on from there.
  expect(world.all[0].request.Environment.CDK_ACCELERATORS_TRAINING_RUN).toBe(`${world.machine.executions[0].arn}#${world.pipeline!.name}/${run.name}`);
  const [{ name, request }] = world.all;
  expect(request.HyperParameters.epochs).toBe('9');
  const { key } = world.parameter;
  const artifacts = world.made.pipeline!.compilation!.bucket;
  const bucket = world.deployed.values[world.made.stack.getLogicalId(artifacts.node.defaultChild as never)];
  const facts = {
    modelUri: `s3://models/models/${name}/output/model.tar.gz`,
    revision: name,
    modelPackageArn: world.packages[0].ModelPackageArn,
    artifactUri: `s3://${bucket}/neuron/${key}/`,
    compiledUri: `s3://${bucket}/neuron/${key}/model.tar.gz`,
    key: expect.stringMatching(/^[0-9a-f]{32}$/),
  };
  expect(world.parameter).toEqual({ training: 'bert', ...facts });
  expect(ready()).toEqual([{ training: 'bert', ...facts }]);
  expect(world.standIn.objects.list(String(bucket), `neuron/${key}/`).length).toBeGreaterThan(1);
  expect(world.packages).toHaveLength(1);
});

test('without a compilation: the model as it was trained', async () => {
  await start({ pipeline: {} });
  const run = await ended();
  const [{ name }] = world.all;
  expect([run.status, compilations()]).toEqual(['SUCCEEDED', []]);
  expect(world.parameter).toEqual({ training: 'bert', modelUri: `s3://models/models/${name}/output/model.tar.gz`, revision: name, modelPackageArn: world.packages[0].ModelPackageArn });
});

test('without registration there is no version, and the rest is the same', async () => {
  await start({ pipeline: {}, training: { registration: undefined } });
  const run = await ended();
  expect([run.status, world.parameter.modelPackageArn]).toEqual(['SUCCEEDED', null]);
});

test('a training that fails: the pipeline fails and the parameter stays as it was; the same input goes on from the checkpoint', async () => {
  let broken = false;
  await start({ ...PIPELINE, program: () => ({ exitCode: broken ? 1 : 0, log: ['ValueError: 17'] }) });
  await ended({ runId: 'one' });
  const before = world.parameter;
  broken = true;
  const run = await ended({ runId: 'two' });
  expect([run.status, run.result.error, world.jobs]).toEqual(['FAILED', 'States.TaskFailed', ['0 trn1 Completed', '0 trn1 Failed']]);
  expect(JSON.parse(run.result.cause!)).toMatchObject({ Status: 'FAILED', Error: 'Training.UserError', Cause: expect.stringContaining('ValueError: 17') });
  expect([world.parameter, ready().length, world.packages.length]).toEqual([before, 1, 1]);
  broken = false;
  const again = await ended({ runId: 'two' });
  expect([again.status, world.jobs.at(-1), world.all[2].request.CheckpointConfig.S3Uri]).toEqual(['SUCCEEDED', '1 trn1 Completed', world.all[1].request.CheckpointConfig.S3Uri]);
  expect(world.parameter.revision).toBe(world.all[2].name);
});

test.each([{ runId: 'one' }, {}])('a training that failed, redriven by its pipeline, with %j', async (input) => {
  let broken = true;
  await start({ ...PIPELINE, program: () => ({ exitCode: broken ? 1 : 0 }) });
  const run = await ended(input);
  expect(run.status).toBe('FAILED');
  broken = false;
  // The pipeline starts another execution of the training with the same input.
  run.redrive();
  await world.end();
  expect([run.status, world.jobs, ready().length]).toEqual(['SUCCEEDED', ['0 trn1 Failed', '1 trn1 Completed'], 1]);
  expect(world.all[1].request.CheckpointConfig.S3Uri).toBe(world.all[0].request.CheckpointConfig.S3Uri);
});

test('a compilation that fails: the parameter stays as it was, the model is registered; redriven it is compiled without another training', async () => {
  await start(PIPELINE);
  let broken = true;
  const program = world.standIn.program;
  world.standIn.program = (job) => job.name.startsWith('bert-') ? program(job) : broken ? { log: ['[ERROR] [NCC_1] it does not compile'], exitCode: 1 } : compileProgram(job);
  const run = await ended();
  expect([run.status, run.result.error, world.jobs, world.parameter, ready()]).toEqual(['FAILED', 'NeuronCompilationFailed', ['0 trn1 Completed'], undefined, []]);
  expect(run.result.cause).toContain('it does not compile');
  expect(world.packages).toHaveLength(1);
  broken = false;
  const again = await ended();
  expect([again.status, world.jobs.length]).toEqual(['SUCCEEDED', 2]);
});

test('called off: its training is stopped, and the parameter stays as it was', async () => {
  await start({ ...PIPELINE, program: () => ({ seconds: 7200 }) });
  const run = world.pipeline!.start({});
  await world.until(() => world.jobs[0] === '0 trn1 Training');
  run.abort();
  await world.end();
  expect([run.status, world.machine.executions[0].status, world.jobs, world.parameter]).toEqual(['ABORTED', 'ABORTED', ['0 trn1 Stopped'], undefined]);
});

test('called off while it compiles: the compilation is stopped, and another run makes a model ready', async () => {
  await start(PIPELINE);
  const run = world.pipeline!.start({});
  const statuses = () => world.compilations.map(({ ProcessingJobStatus: status }) => status);
  await world.until(() => statuses()[0] === 'InProgress', 180);
  run.abort();
  await world.end();
  expect([run.status, world.jobs, statuses(), world.parameter]).toEqual(['ABORTED', ['0 trn1 Completed'], ['Stopped'], undefined]);
  expect(world.printed).toContain(`stopped processing job ${world.compilations[0].ProcessingJobName}: its execution ended as ABORTED`);
  const again = await ended();
  expect([again.status, statuses(), world.parameter.revision]).toEqual(['SUCCEEDED', ['Stopped', 'Completed'], world.all[1].name]);
});

test('a parameter store that is throttled, and a bus that takes nothing', async () => {
  await start({ pipeline: {} });
  world.standIn.control.faults.push(
    { operation: 'PutParameter', times: 3, error: { type: 'ThrottlingException', message: 'Rate exceeded' } },
    { operation: 'PutEvents', times: 1000, error: { type: 'InternalException', message: 'not now', status: 500 } },
  );
  const run = await ended();
  expect([run.status, world.parameter.revision, ready()]).toEqual(['SUCCEEDED', world.all[0].name, []]);
});

test('started twice with one run id: one model, and the second pipeline says why it has none', async () => {
  await start({ pipeline: {} });
  const [first, second] = [world.pipeline!.start({ runId: 'one' }), world.pipeline!.start({ runId: 'one' })];
  await world.end();
  expect([first.status, second.status, JSON.parse(second.result.cause!).Error, world.jobs, ready().length]).toEqual(['SUCCEEDED', 'FAILED', 'Training.Skipped', ['0 trn1 Completed'], 1]);
  expect(world.machine.executions.map(({ result: { status, error } }) => [status, error])).toEqual([['SUCCEEDED', undefined], ['FAILED', 'Training.Skipped']]);
  expect(world.parameter.revision).toBe(world.all[0].name);
});

test('a script that says Training.Skipped is no run that gave way', async () => {
  await start({ pipeline: {}, program: () => ({ log: ['ValueError: Training.Skipped is no label'], exitCode: 1 }) });
  const run = await ended();
  expect([run.status, world.jobs, ready()]).toEqual(['FAILED', ['0 trn1 Failed'], []]);
});
