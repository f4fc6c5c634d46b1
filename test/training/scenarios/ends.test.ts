import { Duration } from 'aws-cdk-lib';
import { BUCKET, checkpointsOf, modelOf, P4D, TRAINING, TRN1, World, type WorldOptions } from './world';

jest.setTimeout(300_000);
let world: World;
const start = async (options?: WorldOptions): Promise<World> => (world = await World.start(options));
afterEach(async () => {
  world.expectTidy();
  await world.stop();
});

const RUNBOOK = 'See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#training-failed';
const LOG_GROUP = '/aws/sagemaker/TrainingJobs';
const fault = (reason: string, times = 1) => world.standIn.control.faults.push({ operation: 'CreateTrainingJob', reason, times });
/** The cause of an execution is the JSON of what the function threw. */
const causeOf = (cause: string | undefined): string => JSON.parse(cause!).errorMessage;

describe('a training that is complete', () => {
  test('on the first kind of hardware: one job, one version, told and measured', async () => {
    await start({ program: () => ({ seconds: 3600, metrics: { tokens_per_second: 1234.5 } }) });
    const run = await world.ended();
    expect(world.jobs).toEqual(['0 trn1 Completed']);
    const [{ name, request }] = world.all;
    expect(name).toMatch(/^bert-[0-9a-f]{10}-0$/);
    const model = { uri: modelOf(name), revision: name, modelPackageArn: 'arn:aws:sagemaker:us-east-1:123456789012:model-package/berts/1' };
    const output = { outcome: 'completed', reason: `job ${name} is complete`, job: name, rung: 'trn1-32xlarge', model };
    expect([run.status, run.result.output]).toEqual(['SUCCEEDED', output]);

    expect(world.told()).toEqual([
      { type: 'Training Started', detail: { training: TRAINING, execution: run.arn, rungs: ['trn1-32xlarge', 'p4d-24xlarge'] } },
      {
        type: 'Training Job Ended',
        detail: {
          training: TRAINING,
          execution: run.arn,
          job: name,
          rung: 'trn1-32xlarge',
          instanceType: 'ml.trn1.32xlarge',
          purpose: 'train',
          attempt: 1,
          outcome: 'completed',
          reason: `job ${name} is complete`,
          waited: 120,
          ran: 3690,
          billable: 3690,
          cost: 20.5,
        },
      },
      { type: 'Training Ended', detail: { training: TRAINING, execution: run.arn, seconds: expect.any(Number), billable: 3690, cost: 20.5, ...output } },
    ]);
    const { seconds } = world.told().at(-1)!.detail;
    expect([seconds >= 3810, seconds <= 3810 + 65]).toEqual([true, true]);
    expect(world.metrics).toEqual([{
      CompletedRuns: 1, FailedRuns: 0, SkippedRuns: 0, BillableSeconds: 3690, Cost: 20.5, Attempts: 1, Duration: 3690, WaitingTime: 120, RungUsed: 0, TokensPerSecond: 1234.5,
    }]);
    expect(world.packages).toMatchObject([{
      ModelPackageVersion: 1,
      ModelApprovalStatus: 'PendingManualApproval',
      InferenceSpecification: { Containers: [{ Image: expect.stringContaining('vllm'), ModelDataUrl: model.uri }], SupportedContentTypes: ['application/json'], SupportedResponseMIMETypes: ['application/json'] },
      CustomerMetadataProperties: { training: TRAINING, job: name, rung: 'trn1-32xlarge', execution: run.arn },
    }]);

    expect(request).toMatchObject({
      HyperParameters: { 'epochs': '3', 'learning-rate': '0.00001' },
      InputDataConfig: [{ ChannelName: 'train', DataSource: { S3DataSource: { S3Uri: 's3://data/texts/' } } }, { ChannelName: 'code' }],
      OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/models/` },
      CheckpointConfig: { S3Uri: `s3://${BUCKET}/checkpoints/${name.replace(/-0$/, '')}/trn1-32xlarge/`, LocalPath: '/opt/ml/checkpoints' },
      ResourceConfig: { InstanceType: 'ml.trn1.32xlarge', InstanceCount: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400, MaxPendingTimeInSeconds: 7200 },
      Tags: [{ Key: 'cdk-accelerators:training', Value: TRAINING }],
    });
    expect(request.Environment).toEqual({
      CDK_ACCELERATORS_TRAINING_RUN: run.arn,
      MODE: 'plain',
      NEURON_COMPILE_CACHE_URL: `s3://${BUCKET}/neuron-cache/`,
      MALLOC_ARENA_MAX: '64',
      NEURON_RT_STOCHASTIC_ROUNDING_EN: '1',
      TRAINING_ENTRY_POINT: 'train.py',
      TRAINING_LAUNCHER: 'torchrun',
      TRAINING_PROCESSES_PER_NODE: '32',
    });
    expect(request.EnableManagedSpotTraining).toBeUndefined();
  });

  test('without registration, price or metrics: nothing of it is told', async () => {
    await start({ training: { registration: undefined, metricDefinitions: [], rungs: [{ ...TRN1, usdPerHour: undefined }] } });
    const run = await world.ended();
    expect((run.result.output as any).model).toEqual({ uri: modelOf(world.all[0].name), revision: world.all[0].name, modelPackageArn: null });
    expect(world.metrics).toEqual([{ CompletedRuns: 1, FailedRuns: 0, SkippedRuns: 0, BillableSeconds: 690, Attempts: 1, Duration: 690, WaitingTime: 120, RungUsed: 0 }]);
  });

  test('a model of several instances is a folder, which the registry takes as a prefix; all instances are billed', async () => {
    await start({ training: { output: { compressed: false }, rungs: [{ ...P4D, instanceCount: 4 }] } });
    await world.ended();
    expect(world.all[0].request.OutputDataConfig.CompressionType).toBe('NONE');
    expect(world.metrics[0]).toMatchObject({ BillableSeconds: 4 * 690, Cost: 4 * 690 * 30 / 3600, Duration: 690 });
  });

  test('two runs one after the other: two jobs of other names, two versions', async () => {
    await start();
    await world.ended();
    await world.ended();
    expect(world.jobs).toEqual(['0 trn1 Completed', '0 trn1 Completed']);
    expect(world.packages.map(({ ModelPackageVersion: version }) => version)).toEqual([1, 2]);
    // Nobody goes on from the checkpoints of another run.
    expect(new Set(world.all.map(checkpointsOf)).size).toBe(2);
  });
});

describe('with precompile', () => {
  const PRECOMPILED = { training: { rungs: [{ ...TRN1, instanceCount: 4, precompile: { instanceCount: 1, maxRuntime: Duration.hours(1), hyperParameters: { epochs: 0, steps: 12 } } }, P4D] } };
  const markers = () => world.standIn.objects.list(BUCKET, 'neuron-cache-filled/');

  test('the graphs first, in a job of their own; the next run compiles nothing, one with other arguments does', async () => {
    await start(PRECOMPILED);
    const run = await world.ended();
    expect(world.jobs).toEqual(['0 trn1 compile Completed', '1 trn1 Completed']);
    const [compile, train] = world.all;
    expect(compile.request).toMatchObject({
      HyperParameters: { 'epochs': '0', 'steps': '12', 'learning-rate': '0.00001' },
      Environment: { RUN_NEURON_PARALLEL_COMPILE: '1' },
      ResourceConfig: { InstanceCount: 1 },
      OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/models/precompile/` },
      StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxPendingTimeInSeconds: 7200 },
    });
    expect(compile.request.CheckpointConfig).toBeUndefined();
    expect(train.request).toMatchObject({ HyperParameters: { epochs: '3' }, ResourceConfig: { InstanceCount: 4 } });
    expect(train.request.HyperParameters.steps).toBeUndefined();
    expect(markers()).toEqual([expect.stringMatching(/^neuron-cache-filled\/[0-9a-f]{32}\.json$/)]);
    expect(JSON.parse(String(world.standIn.objects.get(BUCKET, markers()[0])))).toEqual({ job: compile.name });
    expect(run.result.output).toMatchObject({ outcome: 'completed', job: train.name });
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge completed', 'Job Ended trn1-32xlarge completed', 'Ended trn1-32xlarge completed']);
    expect(world.told('Training Job Ended').map(({ detail }) => detail.purpose)).toEqual(['compile', 'train']);
    // Both jobs are billed, one instance and four.
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, Attempts: 2, BillableSeconds: 690 + 4 * 690, RungUsed: 0 }]);
    expect(world.packages).toHaveLength(1);

    await world.ended();
    expect(world.jobs.slice(2)).toEqual(['0 trn1 Completed']);
    await world.ended({ hyperParameters: { 'sequence-length': 4096 } });
    expect(world.jobs.slice(3)).toEqual(['0 trn1 compile Completed', '1 trn1 Completed']);
    expect(markers()).toHaveLength(2);
  });

  test('a compilation that fails is the end: the script is wrong, and nothing says that the cache is filled', async () => {
    await start({ ...PRECOMPILED, program: () => ({ log: ['tracing', 'RuntimeError: no such operator'], exitCode: 1 }) });
    const run = await world.ended();
    expect([run.result.error, world.jobs, markers(), world.packages]).toEqual(['Training.UserError', ['0 trn1 compile Failed'], [], []]);
  });

  test('a compilation without capacity goes on to hardware that needs none', async () => {
    await start({ training: { ...PRECOMPILED.training, maxPending: undefined } });
    fault('CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.');
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 compile Failed', '1 p4d Completed']]);
  });
});

describe('what a person has to mend', () => {
  test('a script that fails: the last lines of its log are in the cause, and no other hardware is tried', async () => {
    await start({ program: () => ({ seconds: 300, log: ['epoch 1', 'Traceback (most recent call last):', '  File "train.py", line 7', 'ValueError: 17 is not a label'], exitCode: 1, message: 'train.py failed' }) });
    const run = await world.ended();
    const [{ name }] = world.all;
    expect([run.status, run.result.error, world.jobs]).toEqual(['FAILED', 'Training.UserError', ['0 trn1 Failed']]);
    expect(causeOf(run.result.cause)).toBe([
      `job ${name} failed: AlgorithmError: train.py failed, exit code: 1 (log group ${LOG_GROUP}, streams ${name}/)`, 'epoch 1', 'Traceback (most recent call last):', '  File "train.py", line 7', `ValueError: 17 is not a label ${RUNBOOK}`,
    ].join('\n'));
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge userError', 'Ended trn1-32xlarge userError']);
    expect(world.told('Training Ended')[0].detail).toMatchObject({ runbook: RUNBOOK.replace('See ', ''), model: {}, billable: 390 });
    expect(world.metrics).toEqual([{ CompletedRuns: 0, FailedRuns: 1, SkippedRuns: 0, BillableSeconds: 390, Cost: 390 * 20 / 3600, Attempts: 1 }]);
    expect(world.packages).toEqual([]);
  });

  test('of a long log the last 12 lines, and of those too long the two ends', async () => {
    let width = 0;
    await start({ program: () => ({ log: Array.from({ length: 30 }, (_, i) => `line ${i + 1}${'.'.repeat(width)}`), exitCode: 1, message: 'it broke' }) });
    const run = await world.ended();
    const head = (i: number) => `job ${world.all[i].name} failed: AlgorithmError: it broke, exit code: 1 (log group ${LOG_GROUP}, streams ${world.all[i].name}/)`;
    expect(causeOf(run.result.cause)).toBe(`${[head(0), ...Array.from({ length: 12 }, (_, i) => `line ${i + 19}`)].join('\n')} ${RUNBOOK}`);
    width = 400;
    const long = causeOf((await world.ended()).result.cause);
    const reason = long.slice(0, -RUNBOOK.length - 1);
    expect([reason.startsWith(`${head(1)}\nline 19...`), reason.endsWith(`line 30${'.'.repeat(width)}`), reason.includes('\n...\n'), reason.length <= 2000]).toEqual([true, true, true, true]);
    expect(world.told('Training Ended')[1].detail.reason).toBe(reason);
  });

  test('data that cannot be read: ClientError, also without a log', async () => {
    await start();
    fault('ClientError: Data download failed: access denied');
    const run = await world.ended();
    const [{ name }] = world.all;
    expect([run.result.error, world.jobs]).toEqual(['Training.UserError', ['0 trn1 Failed']]);
    expect(causeOf(run.result.cause)).toBe(`job ${name} failed: ClientError: Data download failed: access denied (log group ${LOG_GROUP}, streams ${name}/) ${RUNBOOK}`);
    expect(world.metrics).toMatchObject([{ FailedRuns: 1, Attempts: 1 }]);
  });

  test('a request that is refused: no job at all', async () => {
    await start();
    for (const key of world.standIn.objects.list('data', '')) world.standIn.objects.delete('data', key);
    const run = await world.ended();
    expect([run.result.error, world.jobs]).toEqual(['Training.UserError', []]);
    expect(causeOf(run.result.cause)).toMatch(/^ValidationException: No S3 objects found under S3 URL "s3:\/\/data\/texts\/" given in input data source\./);
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge userError', 'Ended trn1-32xlarge userError']);
    expect(world.metrics).toEqual([{ CompletedRuns: 0, FailedRuns: 1, SkippedRuns: 0, BillableSeconds: 0, Attempts: 1 }]);
  });
});

describe('a job that a person stops', () => {
  test('while it runs: the run is over, and no other hardware is tried', async () => {
    await start({ program: () => ({ seconds: 7200 }) });
    const run = world.run();
    await world.until(() => world.jobs[0] === '0 trn1 Training');
    world.stopJob(world.all[0].name);
    await world.end();
    const [{ name }] = world.all;
    expect([run.status, run.result.error, world.jobs]).toEqual(['FAILED', 'Training.Stopped', ['0 trn1 Stopped']]);
    expect(causeOf(run.result.cause)).toBe(`job ${name} was stopped by somebody: not by its run, and not for its time ${RUNBOOK}`);
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge stopped', 'Ended trn1-32xlarge stopped']);
    expect(world.metrics).toMatchObject([{ CompletedRuns: 0, FailedRuns: 1, SkippedRuns: 0, Attempts: 1 }]);
    expect(world.packages).toEqual([]);
  });

  test('before it has instances: that is no capacity, and the next hardware has its turn', async () => {
    await start();
    const run = world.run();
    await world.until(() => world.jobs.length === 1);
    world.stopJob(world.all[0].name);
    await world.end();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Stopped', '1 p4d Completed']]);
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge capacity', 'Job Ended p4d-24xlarge completed', 'Ended p4d-24xlarge completed']);
  });
});

describe('a job that runs as long as it may', () => {
  const SLOW = { seconds: 10 * 3600, files: { 'step-100': 'weights' }, upload: 'partial' as const };

  test('is the end', async () => {
    await start({ training: { maxRuntime: Duration.hours(4) }, program: () => SLOW });
    const run = await world.ended();
    expect([run.status, run.result.error, world.jobs]).toEqual(['FAILED', 'Training.TimedOut', ['0 trn1 MaxRuntimeExceeded']]);
    expect(causeOf(run.result.cause)).toBe(`job ${world.all[0].name} ran as long as it may (MaxRuntimeInSeconds) ${RUNBOOK}`);
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge timedOut', 'Ended trn1-32xlarge timedOut']);
    expect([world.metrics.map(({ FailedRuns }) => FailedRuns), world.packages]).toEqual([[1], []]);
  });

  test('is tried again where a second try is allowed, with the same checkpoints, and may be complete then', async () => {
    await start({ training: { maxRuntime: Duration.hours(4), policies: { timeoutAttempts: 2 } }, program: ({ attempt }) => attempt === 0 ? SLOW : { seconds: 3600 } });
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 MaxRuntimeExceeded', '1 trn1 Completed']]);
    const [first, second] = world.all.map(checkpointsOf);
    expect(second).toBe(first);
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, Attempts: 2, RungUsed: 0 }]);
    expect(world.packages).toHaveLength(1);
  });

  test('twice, where twice is allowed, is the end', async () => {
    await start({ training: { maxRuntime: Duration.hours(4), policies: { timeoutAttempts: 2 } }, program: () => SLOW });
    const run = await world.ended();
    expect([run.result.error, world.jobs]).toEqual(['Training.TimedOut', ['0 trn1 MaxRuntimeExceeded', '1 trn1 MaxRuntimeExceeded']]);
  });
});

describe('an error of the service', () => {
  const INTERNAL = 'InternalServerError: We encountered an internal error. Please try again.';

  test('is tried once more, on the same hardware and from the same checkpoints', async () => {
    await start();
    fault(INTERNAL);
    const run = await world.ended();
    expect([run.status, world.jobs]).toEqual(['SUCCEEDED', ['0 trn1 Failed', '1 trn1 Completed']]);
    const [first, second] = world.all.map(checkpointsOf);
    expect(second).toBe(first);
    expect(world.events).toEqual(['Started', 'Job Ended trn1-32xlarge internalError', 'Job Ended trn1-32xlarge completed', 'Ended trn1-32xlarge completed']);
    expect(world.metrics).toMatchObject([{ CompletedRuns: 1, FailedRuns: 0, Attempts: 2, RungUsed: 0 }]);
    expect(world.packages).toHaveLength(1);
  });

  test('twice is the end', async () => {
    await start();
    fault(INTERNAL, 2);
    const run = await world.ended();
    expect([run.status, run.result.error, world.jobs]).toEqual(['FAILED', 'Training.InternalError', ['0 trn1 Failed', '1 trn1 Failed']]);
    expect(causeOf(run.result.cause)).toBe(`job ${world.all[1].name} failed by an error of the service: ${INTERNAL} ${RUNBOOK}`);
    expect(world.metrics).toMatchObject([{ FailedRuns: 1, Attempts: 2 }]);
  });
});
