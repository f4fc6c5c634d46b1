import { AiWorld, type JobFate, type Props } from './ai-world';
import { summaryOf } from '../core/ai-archive';

jest.setTimeout(60_000);

let world: AiWorld;
afterEach(async () => world.stop());
const started = async (fates: Readonly<Record<string, JobFate>> = {}, props: Props = {}) => { world = await AiWorld.start(props, fates); };
const SUMMARY = 'artifacts/profile_export_aiperf.json';
const left = (more: Readonly<Record<string, unknown>>): JobFate => ({ files: { [SUMMARY]: JSON.stringify(summaryOf(more)) } });

test('each endpoint is measured, and compared with the first', async () => {
  await started({ inf2: left({ output_token_throughput: { unit: 'tokens/sec', avg: 450 }, time_to_first_token: { unit: 'ms', p50: 100, p99: 450 } }) });
  const { result } = await world.run();
  expect(result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'measured', report: 's3://results/benchmark/ai/runs/one/report.json' } });
  // One after the other: the second job was asked for when the first had ended.
  const jobs = [...world.jobs.values()];
  expect(jobs.map(({ endpoint, output }) => [endpoint, output])).toEqual([['gpu', 's3://results/benchmark/ai/jobs/one/0/'], ['inf2', 's3://results/benchmark/ai/jobs/one/1/']]);
  expect(jobs[1].created).toBeGreaterThanOrEqual(jobs[0].ends);
  expect(world.operations('CreateAIBenchmarkJob')[0]).toEqual({
    AIBenchmarkJobName: [...world.jobs.keys()][0],
    BenchmarkTarget: { Endpoint: { Identifier: 'gpu' } },
    AIWorkloadConfigIdentifier: [...world.workloads.keys()][0],
    OutputConfig: { S3OutputLocation: 's3://results/benchmark/ai/jobs/one/0/' },
    RoleArn: expect.stringContaining('ChatJobRole'),
  });
  expect([...world.workloads.values()].map((spec) => JSON.parse(spec))).toEqual([{
    benchmark: { type: 'aiperf' },
    parameters: { prompt_input_tokens_mean: 550, prompt_input_tokens_stddev: 0, output_tokens_mean: 150, output_tokens_stddev: 0, concurrency: 10, request_count: 100, warmup_request_count: 10, streaming: true, random_seed: 42, tokenizer: 'org/model' },
    tooling: { api_standard: 'openai' },
  }]);
  expect([...world.workloads.keys()][0]).toMatch(/^[a-z0-9]{17,63}$/);

  expect(world.record(0)).toEqual({
    schema: 'cdk-accelerators/ai-benchmark-record/1',
    benchmark: world.benchmark.benchmarkName,
    run: 'one',
    endpoint: 'gpu',
    label: 'A10G',
    version: { modelName: 'gpu-1', instanceType: 'ml.g5.xlarge', image: expect.any(String), instances: 1 },
    workload: { name: [...world.workloads.keys()][0], spec: [...world.workloads.values()][0] },
    job: [...world.jobs.keys()][0],
    measuredOn: expect.stringMatching(/^\d{4}-.*Z$/),
    outcome: 'measured',
    aiperfVersion: '0.8.0',
    requests: 100,
    errors: { count: 1, rate: 0.01 },
    tokens: { inputMean: 550, outputMean: 150 },
    throughput: { outputTokensPerSecond: 300, requestsPerSecond: 2, outputTokensPerSecondPerInstance: 300 },
    timeToFirstToken: { p50Ms: 200, p90Ms: 240, p95Ms: 250, p99Ms: 300, meanMs: 205 },
    interTokenLatency: { p50Ms: 20, p90Ms: 24, p99Ms: 30, meanMs: 21 },
    requestLatency: { p50Ms: 3200, p99Ms: 4800, meanMs: 3250 },
    cost: { usdPerInstanceHour: 1.408, usdPerThousandOutputTokens: 1.408 / 3600 / 300 * 1000 },
  });
  const { comparisons, outcome, measurements, schema } = world.report();
  expect({ schema, outcome, measured: measurements.map((one: any) => one.endpoint) }).toEqual({ schema: 'cdk-accelerators/ai-benchmark-report/1', outcome: 'measured', measured: ['gpu', 'inf2'] });
  expect(comparisons).toEqual([{ endpoint: 'inf2', reference: 'gpu', throughputRatio: 1.5, costRatio: 0.46875, timeToFirstTokenP50Ratio: 0.5, timeToFirstTokenP99Ratio: 1.5, interTokenLatencyP50Ratio: 1, interTokenLatencyP99Ratio: 1, requestLatencyP50Ratio: 1, requestLatencyP99Ratio: 1 }]);
  expect(world.told()).toEqual([{
    benchmark: world.benchmark.benchmarkName,
    run: 'one',
    outcome: 'measured',
    report: 's3://results/benchmark/ai/runs/one/report.json',
    comparisons,
    measurements: [
      { endpoint: 'gpu', label: 'A10G', outcome: 'measured', throughput: { outputTokensPerSecond: 300, requestsPerSecond: 2, outputTokensPerSecondPerInstance: 300 }, cost: { usdPerInstanceHour: 1.408, usdPerThousandOutputTokens: 1.408 / 3600 / 300 * 1000 } },
      { endpoint: 'inf2', outcome: 'measured', throughput: { outputTokensPerSecond: 450, requestsPerSecond: 2, outputTokensPerSecondPerInstance: 450 }, cost: { usdPerInstanceHour: 0.99, usdPerThousandOutputTokens: 0.99 / 3600 / 450 * 1000 } },
    ],
  }]);
  expect(world.metrics.map(({ _aws, ...values }) => values)[0]).toEqual({
    Benchmark: world.benchmark.benchmarkName,
    Endpoint: 'gpu',
    FailedMeasurements: 0,
    ErrorRate: 0.01,
    TimeToFirstTokenP50: 200,
    TimeToFirstTokenP99: 300,
    InterTokenLatencyP50: 20,
    InterTokenLatencyP99: 30,
    LatencyP50: 3200,
    LatencyP99: 4800,
    OutputTokensPerInstance: 300,
    CostPerThousandOutputTokens: 1.408 / 3600 / 300 * 1000,
  });
  const [{ Dimensions, Namespace, Metrics }] = world.metrics[0]._aws.CloudWatchMetrics;
  expect({ Dimensions, Namespace }).toEqual({ Dimensions: [['Benchmark', 'Endpoint']], Namespace: 'CdkAccelerators/Benchmark' });
  expect(Object.fromEntries(Metrics.map(({ Name, Unit }: any) => [Name, Unit]))).toMatchObject({ TimeToFirstTokenP99: 'Milliseconds', InterTokenLatencyP50: 'Milliseconds', LatencyP99: 'Milliseconds', OutputTokensPerInstance: 'Count/Second', FailedMeasurements: 'Count', CostPerThousandOutputTokens: 'None' });
});

test('a job that fails is a record; the other endpoint is measured all the same, and the run says so', async () => {
  await started({ gpu: { failure: 'ClientError: 4 % of the results are invalid' } });
  const { result } = await world.run();
  expect(result).toMatchObject({ status: 'FAILED', error: 'AiBenchmark.Failed' });
  expect(result.cause).toBe('gpu: the job failed: ClientError: 4 % of the results are invalid. Report: s3://results/benchmark/ai/runs/one/report.json. See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#ai-benchmark-run-failed');
  expect(world.record(0)).toMatchObject({ outcome: 'failed', reason: 'the job failed: ClientError: 4 % of the results are invalid', version: { modelName: 'gpu-1' } });
  expect(world.record(1)).toMatchObject({ outcome: 'measured' });
  expect(world.report()).toMatchObject({ outcome: 'partlyMeasured', comparisons: [{ endpoint: 'inf2', reference: 'gpu', refused: 'the measurement of gpu failed: the job failed: ClientError: 4 % of the results are invalid' }] });
  expect(world.told()).toMatchObject([{ outcome: 'partlyMeasured', runbook: expect.stringContaining('#ai-benchmark-run-failed') }]);
  expect(world.metrics.map(({ Endpoint, FailedMeasurements, OutputTokensPerInstance }) => [Endpoint, FailedMeasurements, OutputTokensPerInstance])).toEqual([['gpu', 1, undefined], ['inf2', 0, 300]]);
  // Nothing runs, and nothing is stopped.
  expect(world.operations('StopAIBenchmarkJob')).toEqual([]);
});

describe('a job is asked for once', () => {
  test.each(['CreateAIWorkloadConfig', 'CreateAIBenchmarkJob'])('when the answer of %s got lost', async (operation) => {
    await started();
    world.refusals.push({ operation, type: 'InternalFailure', message: 'try again', after: true });
    expect((await world.run()).result.status).toBe('SUCCEEDED');
    expect([world.jobs.size, world.workloads.size]).toEqual([2, 1]);
    expect(world.operations(operation).length).toBeGreaterThan(2);
  });

  test('a second run has jobs of its own, and the same workload', async () => {
    await started();
    await world.run('one');
    expect((await world.run('two')).result.status).toBe('SUCCEEDED');
    expect([world.jobs.size, world.workloads.size]).toEqual([4, 1]);
  });

  test('the job of an earlier run with this name is not taken for this one', async () => {
    await started();
    await world.run('one');
    for (const job of world.jobs.values()) Object.assign(job, { created: job.created - 91 * 86_400_000 });
    // Step Functions gives a name free after 90 days.
    const now = new Date(world.scheduler.clock.now()).toISOString();
    const again = await world.handler({ ...world.lookEvent('one', now), state: { target: 0, looks: 0, asked: { version: { modelName: 'gpu-1', instanceType: 'ml.g5.xlarge', instances: 1 }, at: now } } });
    expect(again).toMatchObject({ done: false, state: { target: 1 } });
    expect(world.record(0)).toMatchObject({ outcome: 'failed', reason: `the job ${[...world.jobs.keys()][0]} is of an earlier run with this name: start a run with another name` });
  });
});

describe('an endpoint that changes', () => {
  test('is waited for', async () => {
    await started();
    world.update('gpu', 'gpu-2');
    expect((await world.run()).result.status).toBe('SUCCEEDED');
    expect(world.record(0)).toMatchObject({ outcome: 'measured', version: { modelName: 'gpu-2' } });
  });

  test('for 40 minutes', async () => {
    await started();
    // Never serves.
    world.onLook = () => Object.assign(world.standIn.state().endpoints.get('gpu')!, { status: 'Updating' });
    const { result } = await world.run();
    expect(result.cause).toContain('gpu: endpoint gpu is Updating, not InService');
    expect(world.record(0)).toMatchObject({ outcome: 'failed', reason: 'endpoint gpu is Updating, not InService' });
    expect(world.record(0)).not.toHaveProperty('version');
    expect(world.operations('CreateAIBenchmarkJob').map((one) => one.BenchmarkTarget.Endpoint.Identifier)).toEqual(['inf2']);
    expect(result.seconds).toBeGreaterThan(40 * 60);
  });

  test.each<[string, () => void, string]>([
    ['gets another version', () => world.update('gpu', 'gpu-2'), 'the endpoint got another version while it was measured: start the run again'],
    ['scales', () => world.scale('gpu', 3), 'the endpoint went from 1 to 3 instances while it was measured: keep its number fixed for a run'],
  ])('and %s while it is measured', async (_, change, reason) => {
    await started();
    world.onLook = (count) => { if (count === 3) change(); };
    expect((await world.run()).result.status).toBe('FAILED');
    expect(world.record(0)).toMatchObject({ outcome: 'failed', reason });
    expect(world.record(1)).toMatchObject({ outcome: 'measured' });
  });

  test('and has several variants, made elsewhere', async () => {
    await started();
    world.update('gpu', 'gpu-2', ['a', 'b']);
    world.standIn.advance(3600);
    await world.run();
    expect(world.record(0)).toMatchObject({ outcome: 'failed', reason: 'endpoint gpu has the variants a, b, and a job cannot choose one: give it an endpoint of its own' });
    expect(world.jobs.size).toBe(1);
  });

  test('or is not there', async () => {
    await started();
    world.standIn.state().endpoints.delete('inf2');
    await world.run();
    expect(world.record(1)).toMatchObject({ outcome: 'failed', reason: 'endpoint inf2 does not serve' });
  });
});

test('throughput and cost are of one instance', async () => {
  await started();
  world.scale('inf2', 4);
  await world.run();
  expect(world.record(1)).toMatchObject({ version: { instances: 4 }, throughput: { outputTokensPerSecond: 300, outputTokensPerSecondPerInstance: 75 }, cost: { usdPerThousandOutputTokens: 0.99 * 4 / 3600 / 300 * 1000 } });
});

describe('results that say nothing', () => {
  const where = 's3://results/benchmark/ai/jobs/one/0/bmk-1/output/output.tar.gz';
  test.each<[string, JobFate, string]>([
    ['nothing', { files: null }, 's3://results/benchmark/ai/jobs/one/0/ has no output.tar.gz'],
    ['no summary', { files: { 'inputs.json': '{}' } }, `${where} has no profile_export_aiperf.json`],
    ['no JSON', { files: { [SUMMARY]: 'oops' } }, `${where} (${SUMMARY}) is no JSON: Unexpected token 'o', "oops" is not valid JSON`],
    ['no archive', { files: Buffer.from('no archive') }, `${where} cannot be unpacked: incorrect header check`],
    ['several concurrencies', { files: { 'concurrency_1/profile_export_aiperf.json': '{}', 'concurrency_8/profile_export_aiperf.json': '{}' } }, `${where} has several results (concurrency_1/profile_export_aiperf.json, concurrency_8/profile_export_aiperf.json): give the workload one concurrency`],
    ['no token', left({ output_token_throughput: undefined }), `${where} (${SUMMARY}) has no output_token_throughput: nothing was answered, or tokens could not be counted`],
    ['too many errors', left({ request_count: { avg: 90 }, error_request_count: { avg: 10 } }), '10 of 100 requests failed, more than 5 %'],
  ])('%s', async (_, gpu, reason) => {
    await started({ gpu });
    expect((await world.run()).result.error).toBe('AiBenchmark.Failed');
    expect(world.record(0)).toMatchObject({ outcome: 'failed', reason });
    expect(world.record(1)).toMatchObject({ outcome: 'measured' });
  });
});

describe('SageMaker refuses', () => {
  test.each<[string, string, string, string]>([
    ['the job', 'CreateAIBenchmarkJob', 'ValidationException', 'no model is deployed directly on the endpoint'],
    ['the workload', 'CreateAIWorkloadConfig', 'ValidationException', 'Unknown parameter: foo'],
    ['the operation, in a region without it', 'CreateAIWorkloadConfig', 'UnknownOperationException', 'not here'],
    ['the role', 'CreateAIBenchmarkJob', 'AccessDeniedException', 'not authorized to perform: sagemaker:CreateAIBenchmarkJob'],
  ])('%s: that is a record', async (_, operation, type, message) => {
    await started();
    world.refusals.push({ operation, type, message });
    await world.run();
    expect(world.record(0)).toMatchObject({ outcome: 'failed', reason: `${type}: ${message}` });
    expect(world.record(1)).toMatchObject({ outcome: 'measured' });
  });

  test('for a quota that is in use: that is waited for', async () => {
    await started();
    for (let i = 0; i < 3; i++) world.refusals.push({ operation: 'CreateAIBenchmarkJob', type: 'ResourceLimitExceeded', message: 'the quota' });
    expect((await world.run()).result.status).toBe('SUCCEEDED');
    expect(world.operations('CreateAIBenchmarkJob')).toHaveLength(5);
  });

  test('for ever', async () => {
    await started();
    world.refusals.push({ operation: 'CreateAIBenchmarkJob', type: 'ResourceLimitExceeded', message: 'the quota is 0', always: true });
    await world.run();
    expect(world.report()).toMatchObject({ outcome: 'failed' });
    expect(world.record(0).reason).toBe('ResourceLimitExceeded: the quota is 0');
  });

  test('for a moment: the look is made again', async () => {
    await started();
    world.refusals.push({ operation: 'DescribeAIBenchmarkJob', type: 'ThrottlingException', message: 'Rate exceeded' });
    expect((await world.run()).result.status).toBe('SUCCEEDED');
  });
});

describe('what takes too long or is called off', () => {
  test('a job that takes longer is stopped, and the run goes on', async () => {
    await started({ gpu: { minutes: 500 } });
    await world.run();
    expect(world.record(0)).toMatchObject({ outcome: 'failed', reason: 'the job took longer than 120 minutes and was stopped' });
    expect(world.record(1)).toMatchObject({ outcome: 'measured' });
    expect(world.operations('StopAIBenchmarkJob')).toEqual([{ AIBenchmarkJobName: [...world.jobs.keys()][0] }]);
  });

  test('a job that somebody stopped', async () => {
    await started();
    world.onLook = (count) => { if (count === 4) [...world.jobs.values()][0].status = 'Stopped'; };
    await world.run();
    expect(world.record(0)).toMatchObject({ outcome: 'failed', reason: 'somebody stopped the job' });
  });

  test('a job that somebody deleted', async () => {
    await started();
    world.onLook = (count) => { if (count === 4) world.jobs.clear(); };
    await world.run();
    expect(world.record(0).reason).toMatch(/^the job .+-0 is not there: somebody deleted it$/);
  });

  test('an execution that is stopped takes its job with it', async () => {
    await started();
    const execution = world.machine.start({}, 'one');
    await world.scheduler.runFor(180);
    execution.abort();
    await world.scheduler.runUntilIdle();
    await world.settled();
    expect(world.operations('StopAIBenchmarkJob')).toEqual([{ AIBenchmarkJobName: [...world.jobs.keys()][0] }]);
    expect(world.jobs.size).toBe(1);
  });

  test('an event that comes late stops nothing of an execution that goes on', async () => {
    await started();
    const execution = world.machine.start({}, 'one');
    await world.scheduler.runFor(180);
    await world.handler({ detail: { executionArn: execution.arn } });
    await world.scheduler.runUntilIdle();
    expect(world.operations('StopAIBenchmarkJob')).toEqual([]);
    expect(execution.result.status).toBe('SUCCEEDED');
  });

  test('two runs at once: the second gives way', async () => {
    await started();
    const first = world.machine.start({}, 'one');
    await world.scheduler.runFor(120);
    const second = world.machine.start({}, 'two');
    await world.scheduler.runUntilIdle();
    expect(second.result).toMatchObject({ status: 'FAILED', error: 'AiBenchmark.Failed', cause: `another run goes on: ${first.arn}. Two at once would measure each other` });
    expect(first.result.status).toBe('SUCCEEDED');
    expect(world.jobs.size).toBe(2);
  });
});
