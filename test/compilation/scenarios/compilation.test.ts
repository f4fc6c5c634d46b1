import { compilationStack, World } from './world';
import { CompilationJob, NeuronTarget } from '../../../src';
import { compileProgram } from '../../support/standin/sagemaker/job-program';

let world: World;
beforeEach(async () => { world = await World.start(); });
afterEach(async () => world.stop());

const keyOf = () => compilationStack().compilation.key;
const files = () => world.standIn.objects.list('artifacts', '').map((key) => key.split('/').pop());
const metrics = () => world.printed.filter((line) => line.startsWith('{"_aws"')).map((line) => JSON.parse(line)).map(({ Compiled, CacheHits, Failures }) => [Compiled, CacheHits, Failures]);

/** Compiler output as a job leaves it. */
const BROKEN = { log: ['Exporting', '[ERROR] [NCC_EVRF004] Complex data types are not supported', 'neuronx-cc failed with exit code 70'], exitCode: 1 };

describe('success', () => {
  test('one job, a whole artefact, the deploy goes on', async () => {
    const run = await world.deploy(compilationStack());
    const key = keyOf();
    expect(run.signal).toEqual({ Status: 'SUCCESS', UniqueId: key, Data: `s3://artifacts/neuron/${key}/`, Reason: 'compiled' });
    expect(run.execution.result.status).toBe('SUCCEEDED');
    expect(world.jobs.map(({ kind, status }) => [kind, status])).toEqual([['processing', 'Completed']]);
    expect(world.standIn.objects.list('artifacts', '')).toEqual([`neuron/${key}/complete.json`, `neuron/${key}/manifest.json`, `neuron/${key}/model.tar.gz`]);
    expect(metrics()).toEqual([[1, 0, 0]]);
  });

  test('a training job leaves the same under the same address', async () => {
    const run = await world.deploy(compilationStack('Stack', { job: CompilationJob.onTrainium() }));
    expect(run.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.map(({ kind, status }) => [kind, status])).toEqual([['training', 'Completed']]);
    expect(files()).toEqual(expect.arrayContaining(['complete.json', 'manifest.json', 'model.tar.gz']));
  });

  test('the output says where the artefact is, and that it was made', async () => {
    const run = await world.deploy(compilationStack());
    const key = keyOf();
    expect((run.execution.result.output as any).compilation).toEqual([{ key, artifactUri: `s3://artifacts/neuron/${key}/`, cached: false }]);
  });
});

describe('the artefact is there', () => {
  test('a second stack with the same inputs and bucket starts no job', async () => {
    await world.deploy(compilationStack('One'));
    const run = await world.deploy(compilationStack('Two'));
    expect(run.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.length).toBe(1);
    expect((run.execution.result.output as any).compilation[0].cached).toBe(true);
    expect(metrics()).toEqual([[1, 0, 0], [0, 1, 0]]);
  });

  test('what a job left that failed while it uploaded is no artefact', async () => {
    world.standIn.objects.put('artifacts', `neuron/${keyOf()}/model.tar.gz`, 'half');
    world.standIn.objects.put('artifacts', `neuron/${keyOf()}/manifest.json`, '{}');
    await world.deploy(compilationStack());
    expect(world.jobs.length).toBe(1);
  });

  test('an artefact that somebody deleted is made again', async () => {
    await world.deploy(compilationStack('One'));
    for (const key of world.standIn.objects.list('artifacts', '')) world.standIn.objects.delete('artifacts', key);
    const run = await world.deploy(compilationStack('Two'));
    expect(run.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.map(({ name, status }) => [name.split('-').pop(), status])).toEqual([['0', 'Completed'], ['1', 'Completed']]);
  });

  test.each(['model.tar.gz', 'manifest.json'])('an artefact without its %s is made again, marker or not', async (name) => {
    await world.deploy(compilationStack('One'));
    world.standIn.objects.delete('artifacts', `neuron/${keyOf()}/${name}`);
    const run = await world.deploy(compilationStack('Two'));
    expect(run.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.map(({ status }) => status)).toEqual(['Completed', 'Completed']);
    expect(files()).toContain(name);
  });

  test('a marker that was lost is written again, without a job', async () => {
    await world.deploy(compilationStack('One'));
    world.standIn.objects.delete('artifacts', `neuron/${keyOf()}/complete.json`);
    const run = await world.deploy(compilationStack('Two'));
    expect(run.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.length).toBe(1);
    expect(files()).toContain('complete.json');
  });
});

describe('compiler failure', () => {
  test('fails the deploy with the last lines of the log', async () => {
    world.standIn.program = () => BROKEN;
    const run = await world.deploy(compilationStack());
    expect(run.signal?.Status).toBe('FAILURE');
    const [{ name }] = world.jobs;
    const head = `the compile job failed (processing job ${name}): `;
    expect(run.signal?.Reason.startsWith(head)).toBe(true);
    expect(run.signal?.Reason.endsWith(`\n[ERROR] [NCC_EVRF004] Complex data types are not supported\nneuronx-cc failed with exit code 70\n(log group /aws/sagemaker/ProcessingJobs, streams ${name}/)`)).toBe(true);
    expect(run.execution.result.status).toBe('FAILED');
    expect(world.jobs.map(({ status }) => status)).toEqual(['Failed']);
    expect(files()).not.toContain('complete.json');
    expect(metrics()).toEqual([[0, 0, 1]]);
  });

  test('what the script wrote for the reader comes instead', async () => {
    world.standIn.program = () => ({ ...BROKEN, message: 'the compiler ran out of memory: use a larger host' });
    const run = await world.deploy(compilationStack());
    expect(run.signal?.Reason).toContain('\nthe compiler ran out of memory: use a larger host\n(log group ');
  });

  test('a job that ends well and makes nothing is a failure too', async () => {
    world.standIn.program = () => ({ files: {} });
    const run = await world.deploy(compilationStack());
    expect(run.signal?.Reason).toBe(`the compile job ended well, and left no artefact with a manifest.json (processing job ${world.jobs[0].name})`);
  });

  test.each<[string[]]>([[['model.tar.gz']], [['manifest.json']], [['model/a', 'model/b']]])('a job that makes only %p is a failure too', async (made) => {
    world.standIn.program = () => ({ files: Object.fromEntries(made.map((name) => [name, 'x'])) });
    expect((await world.deploy(compilationStack())).signal?.Reason).toContain('left no artefact with a manifest.json');
    expect(files()).not.toContain('complete.json');
  });

  test('the deploy is tried again: another job under another name, and it goes well', async () => {
    world.standIn.program = () => BROKEN;
    const parts = world.prepare(compilationStack());
    await world.begin(parts);
    await world.scheduler.runUntilIdle();
    world.standIn.program = compileProgram;
    const again = await world.begin(parts);
    await world.scheduler.runUntilIdle();
    expect(again.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.map(({ name, status }) => [name.split('-').pop(), status])).toEqual([['0', 'Failed'], ['1', 'Completed']]);
  });
});

describe('no capacity', () => {
  const shortage = (times: number) => world.standIn.control.faults.push({ operation: 'CreateProcessingJob', reason: 'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.', times });

  test('is waited out: the next job has another name, and the deploy goes on', async () => {
    shortage(2);
    const run = await world.deploy(compilationStack());
    expect(run.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.map(({ name, status }) => [name.split('-').pop(), status])).toEqual([['0', 'Failed'], ['1', 'Failed'], ['2', 'Completed']]);
    expect(new Set(world.jobs.map(({ name }) => name)).size).toBe(3);
  });

  test('is given up after the tries that were asked for', async () => {
    shortage(99);
    const run = await world.deploy(compilationStack('Stack', { job: CompilationJob.onCpu({ capacityRetries: 2 }) }));
    expect(world.jobs.length).toBe(3);
    expect(run.signal?.Reason).toContain('CapacityError: Unable to provision requested ML compute capacity.');
  });

  test('with 0 tries is a failure at once', async () => {
    shortage(99);
    await world.deploy(compilationStack('Stack', { job: CompilationJob.onCpu({ capacityRetries: 0 }) }));
    expect(world.jobs.length).toBe(1);
  });

  test('a quota that is in use is waited for', async () => {
    world.standIn.control.faults.push({
      operation: 'CreateProcessingJob',
      times: 3,
      error: { type: 'ResourceLimitExceeded', message: "The account-level service limit 'ml.m5.2xlarge for processing job usage' is 1 Instances, with current utilization of 1 Instances and a request delta of 1 Instances." },
    });
    const run = await world.deploy(compilationStack());
    expect(run.signal?.Status).toBe('SUCCESS');
    // No job was made, so no name was used up.
    expect(world.jobs.map(({ name }) => name.split('-').pop())).toEqual(['0']);
    expect(run.execution.result.seconds).toBeGreaterThan(15 * 60);
  });

  test('a quota of 10 that is in use is waited for like any other', async () => {
    world.standIn.control.faults.push({
      operation: 'CreateProcessingJob',
      times: 1,
      error: { type: 'ResourceLimitExceeded', message: "The account-level service limit 'ml.m5.2xlarge for processing job usage' is 10 Instances, with current utilization of 10 Instances and a request delta of 1 Instances." },
    });
    expect((await world.deploy(compilationStack())).signal?.Status).toBe('SUCCESS');
  });

  test('a quota of 0 fails at once and says which', async () => {
    world.standIn.control.quotas.set('ml.m5.2xlarge for processing job usage', 0);
    const run = await world.deploy(compilationStack());
    expect(world.jobs).toEqual([]);
    expect(run.signal?.Reason).toContain("The account-level service limit 'ml.m5.2xlarge for processing job usage' is 0 Instances");
    expect(run.execution.result.seconds).toBeLessThan(60);
  });
});

describe('two at once', () => {
  test('one job for both, and both go on', async () => {
    const one = await world.begin(world.prepare(compilationStack('One')));
    const two = await world.begin(world.prepare(compilationStack('Two')));
    await world.scheduler.runUntilIdle();
    expect([one.signal?.Status, two.signal?.Status]).toEqual(['SUCCESS', 'SUCCESS']);
    expect(world.jobs.map(({ status }) => status)).toEqual(['Completed']);
  });

  test('the second comes while the first waits', async () => {
    const one = await world.begin(world.prepare(compilationStack('One')));
    await world.scheduler.runFor(200);
    const two = await world.begin(world.prepare(compilationStack('Two')));
    await world.scheduler.runUntilIdle();
    expect([one.signal?.Status, two.signal?.Status]).toEqual(['SUCCESS', 'SUCCESS']);
    expect(world.jobs.length).toBe(1);
  });

  test('the job fails: both deploys fail, after one job', async () => {
    world.standIn.program = () => BROKEN;
    const one = await world.begin(world.prepare(compilationStack('One')));
    await world.scheduler.runFor(200);
    const two = await world.begin(world.prepare(compilationStack('Two')));
    await world.scheduler.runUntilIdle();
    expect([one.signal?.Status, two.signal?.Status]).toEqual(['FAILURE', 'FAILURE']);
    expect(world.jobs.length).toBe(1);
  });

  test('the first is deleted, its job with it; the second makes one of its own', async () => {
    const one = await world.begin(world.prepare(compilationStack('One')));
    await world.scheduler.runFor(200);
    const two = await world.begin(world.prepare(compilationStack('Two')));
    await world.scheduler.runFor(60);
    await one.remove();
    await world.scheduler.runUntilIdle();
    expect(one.execution.result.status).toBe('ABORTED');
    expect(two.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.map(({ status }) => status)).toEqual(['Stopped', 'Completed']);
  });

  test('the second is deleted: the job goes on for the first', async () => {
    const one = await world.begin(world.prepare(compilationStack('One')));
    await world.scheduler.runFor(200);
    const two = await world.begin(world.prepare(compilationStack('Two')));
    await world.scheduler.runFor(60);
    await two.remove();
    await world.scheduler.runUntilIdle();
    expect(two.signal).toBeUndefined();
    expect(one.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.map(({ status }) => status)).toEqual(['Completed']);
  });

  test('other inputs are another job', async () => {
    const one = await world.begin(world.prepare(compilationStack('One')));
    const two = await world.begin(world.prepare(compilationStack('Two', { target: NeuronTarget.TRN1 })));
    await world.scheduler.runUntilIdle();
    expect([one.signal?.Status, two.signal?.Status]).toEqual(['SUCCESS', 'SUCCESS']);
    expect(world.jobs.length).toBe(2);
  });
});

describe('stopped', () => {
  test('somebody stops the job: the deploy fails and says so', async () => {
    const run = await world.begin(world.prepare(compilationStack()));
    await world.scheduler.runFor(200);
    const [{ name }] = world.jobs;
    const { SAGEMAKER } = jest.requireActual('../../support/standin/sagemaker');
    world.standIn.call(SAGEMAKER, 'StopProcessingJob', { ProcessingJobName: name });
    await world.scheduler.runUntilIdle();
    expect(run.signal).toMatchObject({ Status: 'FAILURE', Reason: `the compile job was stopped (processing job ${name})` });
  });

  test('the stack is deleted during the job: the execution ends, the job stops, nothing runs', async () => {
    const run = await world.begin(world.prepare(compilationStack()));
    await world.scheduler.runFor(200);
    expect(world.jobs.map(({ status }) => status)).toEqual(['InProgress']);
    await run.remove();
    // Nobody asks for it any more: time passes for the job alone.
    await world.scheduler.runFor(600);
    expect(run.execution.result.status).toBe('ABORTED');
    expect(world.jobs.map(({ status }) => status)).toEqual(['Stopped']);
    expect(run.signal).toBeUndefined();
  });

  test('and deployed again afterwards, it compiles under the next name', async () => {
    const run = await world.begin(world.prepare(compilationStack()));
    await world.scheduler.runFor(200);
    await run.remove();
    await world.scheduler.runUntilIdle();
    const again = await world.deploy(compilationStack());
    expect(again.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.map(({ status }) => status)).toEqual(['Stopped', 'Completed']);
  });

  test('a job that runs longer than it may fails the deploy before the wait is over', async () => {
    world.standIn.program = () => ({ seconds: 100_000 });
    const run = await world.deploy(compilationStack());
    expect(run.signal?.Status).toBe('FAILURE');
    expect(run.execution.result.seconds).toBeLessThan(12 * 3600);
    expect(run.execution.result.events).toBeLessThan(25_000);
  });
});

describe('trouble on the way', () => {
  test('ten minutes without an answer from SageMaker do not end a job that runs', async () => {
    world.standIn.control.faults.push({ operation: 'DescribeProcessingJob', times: 9, error: { type: 'ThrottlingException', message: 'Rate exceeded', status: 400 } });
    const run = await world.deploy(compilationStack());
    expect(run.signal?.Status).toBe('SUCCESS');
    expect(world.jobs.length).toBe(1);
  });

  test('a job that nobody owns and that was stopped is no verdict', async () => {
    const first = await world.begin(world.prepare(compilationStack('One')));
    await world.scheduler.runFor(200);
    await first.remove();
    await world.scheduler.runFor(600);
    const run = await world.deploy(compilationStack('Two'));
    expect(run.signal?.Status).toBe('SUCCESS');
  });

  test('a name that was freed by deleting its job does not hide the job behind it from whoever stops it', async () => {
    const { SAGEMAKER } = jest.requireActual('../../support/standin/sagemaker');
    world.standIn.program = () => BROKEN;
    await world.deploy(compilationStack('One'));
    const [{ name }] = world.jobs;
    world.standIn.program = compileProgram;
    const run = await world.begin(world.prepare(compilationStack('Two')));
    await world.scheduler.runFor(200);
    world.standIn.call(SAGEMAKER, 'DeleteProcessingJob', { ProcessingJobName: name });
    await run.remove();
    await world.scheduler.runFor(600);
    const last = name.replace(/-0$/, '-1');
    expect(world.status('processing', last)).toBe('Stopped');
  });

  test('an event that comes again after the end is the same execution', async () => {
    const parts = world.prepare(compilationStack());
    const run = await world.begin(parts);
    await world.scheduler.runUntilIdle();
    const again = await world.event(parts, { RequestType: 'Create', ResourceProperties: { ...parts.run.properties, Handle: run.handle } });
    expect(again).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: run.execution.arn });
  });
});

test('an event that comes twice is one execution and one job', async () => {
  const parts = world.prepare(compilationStack());
  const run = await world.begin(parts);
  const again = await world.event(parts, { RequestType: 'Create', ResourceProperties: { ...parts.run.properties, Handle: run.handle } });
  expect(again.PhysicalResourceId).toBe(run.execution.arn);
  await world.scheduler.runUntilIdle();
  expect(parts.machine.executions.length).toBe(1);
  expect(world.jobs.length).toBe(1);
  expect(world.signalsOf(run.handle).length).toBe(1);
});

test('an execution started by hand has nobody to signal to', async () => {
  const { machine } = world.prepare(compilationStack());
  const result = await machine.run({});
  expect(result.status).toBe('SUCCEEDED');
  expect(world.jobs.length).toBe(1);
});
