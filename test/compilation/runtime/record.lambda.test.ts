import { Listener } from './http';

const saved = { ...process.env };
let logs: Listener;
let handler: typeof import('../../../src/compilation/runtime/record.lambda').handler;
let lines: string[] = [];
let failing = false;
let printed: string[] = [];

beforeEach(async () => {
  failing = false;
  printed = [];
  lines = ['Exporting the model', ' 34%|###   | 1/3', '[ERROR] [NCC_EVRF004] Complex data types are not supported', 'subprocess failed with exit code 70'];
  logs = await Listener.start(({ headers }) => {
    if (failing) return { status: 400, body: JSON.stringify({ __type: 'AccessDeniedException', message: 'not you' }) };
    const target = headers['x-amz-target'];
    if (target === 'Logs_20140328.DescribeLogStreams') return { body: JSON.stringify({ logStreams: [{ logStreamName: 'neuron-a-0/algo-1-1' }] }) };
    return { body: JSON.stringify({ events: lines.map((message) => ({ message, timestamp: 1 })) }) };
  });
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '1', AWS_SECRET_ACCESS_KEY: 'x', AWS_MAX_ATTEMPTS: '1', AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.url });
  jest.resetModules();
  ({ handler } = jest.requireActual('../../../src/compilation/runtime/record.lambda'));
  jest.spyOn(console, 'log').mockImplementation((text) => { printed.push(text); });
  jest.spyOn(console, 'error').mockImplementation();
  jest.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000);
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.env = { ...saved };
  await logs.stop();
});

const base = { kind: 'processing' as const, compilation: 'Stack-Compile' };
const described = {
  ProcessingJobStatus: 'Failed', FailureReason: 'AlgorithmError: , exit code: 1', ProcessingStartTime: '2026-11-23T10:00:00.000Z', ProcessingEndTime: '2026-11-23T10:07:30.500Z',
};

describe('metrics', () => {
  test('of an artefact that was made: its time and a one', async () => {
    const result = await handler({ ...base, outcome: 'compiled', state: { job: { name: 'neuron-a-0', described: { ...described, ProcessingJobStatus: 'Completed' } } } });
    expect(result).toEqual({ reason: '' });
    expect(JSON.parse(printed[0])).toEqual({
      _aws: {
        Timestamp: 1_700_000_000_000,
        CloudWatchMetrics: [{
          Namespace: 'CdkAccelerators/NeuronCompilation',
          Dimensions: [['Compilation']],
          Metrics: [
            { Name: 'Duration', Unit: 'Seconds' }, { Name: 'Compiled', Unit: 'Count' }, { Name: 'CacheHits', Unit: 'Count' }, { Name: 'Failures', Unit: 'Count' },
          ],
        }],
      },
      Compilation: 'Stack-Compile',
      Duration: 450.5,
      Compiled: 1,
      CacheHits: 0,
      Failures: 0,
      job: 'neuron-a-0',
    });
  });

  test('of one that was there: no time, which would be none of this compilation', async () => {
    await handler({ ...base, outcome: 'cached', state: {} });
    const metric = JSON.parse(printed[0]);
    expect(metric._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: any) => Name)).toEqual(['Compiled', 'CacheHits', 'Failures']);
    expect([metric.Compiled, metric.CacheHits, metric.Failures, metric.Duration]).toEqual([0, 1, 0, undefined]);
  });

  test('of a failure', async () => {
    await handler({ ...base, outcome: 'failed', state: { job: { name: 'neuron-a-0', described } } });
    const metric = JSON.parse(printed[0]);
    expect([metric.Compiled, metric.CacheHits, metric.Failures, metric.Duration]).toEqual([0, 0, 1, undefined]);
  });
});

describe('the reason of a failure', () => {
  test('is what the script wrote; the log is not asked', async () => {
    const state = { job: { name: 'neuron-a-0', described: { ...described, ExitMessage: 'neuronx-cc failed: [NCC_EVRF004] Complex data types\n' } } };
    expect(await handler({ ...base, outcome: 'failed', state })).toEqual({
      reason: 'the compile job failed (processing job neuron-a-0): AlgorithmError: , exit code: 1\nneuronx-cc failed: [NCC_EVRF004] Complex data types\n(log group /aws/sagemaker/ProcessingJobs, streams neuron-a-0/)',
    });
    expect(logs.received).toEqual([]);
  });

  test('is else the telling lines of the log', async () => {
    expect(await handler({ ...base, outcome: 'failed', state: { job: { name: 'neuron-a-0', described } } })).toEqual({
      reason: 'the compile job failed (processing job neuron-a-0): AlgorithmError: , exit code: 1\n[ERROR] [NCC_EVRF004] Complex data types are not supported\nsubprocess failed with exit code 70\n(log group /aws/sagemaker/ProcessingJobs, streams neuron-a-0/)',
    });
    expect(logs.bodies).toEqual([
      { logGroupName: '/aws/sagemaker/ProcessingJobs', logStreamNamePrefix: 'neuron-a-0/' },
      { logGroupName: '/aws/sagemaker/ProcessingJobs', logStreamName: 'neuron-a-0/algo-1-1', limit: 100, startFromHead: false },
    ]);
  });

  test('says that the log could not be read, and the rest all the same', async () => {
    failing = true;
    expect(await handler({ ...base, outcome: 'failed', state: { job: { name: 'neuron-a-0', described } } })).toEqual({
      reason: 'the compile job failed (processing job neuron-a-0): AlgorithmError: , exit code: 1\n(the log could not be read: AccessDeniedException)\n(log group /aws/sagemaker/ProcessingJobs, streams neuron-a-0/)',
    });
  });

  test('of a job that could not be made is the error of the request', async () => {
    const error = { Error: 'SageMaker.ResourceLimitExceededException', Cause: 'The account-level service limit is 0 Instances' };
    expect(await handler({ ...base, outcome: 'failed', state: { job: { name: 'neuron-a-0', error } } })).toEqual({
      reason: 'SageMaker.ResourceLimitExceededException: The account-level service limit is 0 Instances (processing job neuron-a-0)',
    });
    expect(logs.received).toEqual([]);
  });

  test('reads the training jobs\' log group for one of those', async () => {
    const one = { TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: out of memory' };
    expect((await handler({ ...base, kind: 'training', outcome: 'failed', state: { job: { name: 'neuron-a-0', described: one } } })).reason)
      .toBe('the compile job failed (training job neuron-a-0): AlgorithmError: out of memory\n[ERROR] [NCC_EVRF004] Complex data types are not supported\nsubprocess failed with exit code 70\n(log group /aws/sagemaker/TrainingJobs, streams neuron-a-0/)');
    expect(logs.bodies[0].logGroupName).toBe('/aws/sagemaker/TrainingJobs');
  });
});
