import { VirtualClock } from '../../support/standin/clock';
import { SAGEMAKER } from '../../support/standin/sagemaker';
import { serve, type RunningServer } from '../../support/standin/server';
import { StandIn } from '../../support/standin/stand-in';

const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:Pipeline:one';
const OTHER = 'arn:aws:states:us-east-1:123456789012:execution:Pipeline:two';
const PREFIX = 'neuron-0123456789abcdef';
const ROLE = 'arn:aws:iam::123456789012:role/job';
const IMAGE = '763104351884.dkr.ecr.us-east-1.amazonaws.com/image:1';

const saved = { ...process.env };
let standIn: StandIn;
let server: RunningServer;
let handler: typeof import('../../../src/compilation/runtime/stop.lambda').handler;
let printed: jest.SpyInstance;

beforeEach(async () => {
  standIn = new StandIn({ clock: new VirtualClock() });
  server = await serve(standIn);
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '123456789012', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1', AWS_ENDPOINT_URL_SAGEMAKER: server.url, JOB_PREFIX: PREFIX,
  });
  // The clients read the environment when they are made.
  jest.resetModules();
  ({ handler } = jest.requireActual('../../../src/compilation/runtime/stop.lambda'));
  printed = jest.spyOn(console, 'log').mockImplementation();
  // Pauses between looks are not waited for.
  jest.spyOn(global, 'setTimeout').mockImplementation(((action: () => void) => { setImmediate(action); return 0; }) as never);
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.env = { ...saved };
  await server.close();
});

const KINDS = {
  processing: {
    make: (name: string, Environment: object) => void standIn.call(SAGEMAKER, 'CreateProcessingJob', {
      ProcessingJobName: name,
      RoleArn: ROLE,
      AppSpecification: { ImageUri: IMAGE },
      ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.xlarge', VolumeSizeInGB: 30 } },
      Environment,
    }),
    status: (name: string): string => (standIn.call(SAGEMAKER, 'DescribeProcessingJob', { ProcessingJobName: name }) as any).ProcessingJobStatus,
    stop: (name: string) => void standIn.call(SAGEMAKER, 'StopProcessingJob', { ProcessingJobName: name }),
    operation: 'ProcessingJob',
  },
  training: {
    make: (name: string, Environment: object) => void standIn.call(SAGEMAKER, 'CreateTrainingJob', {
      TrainingJobName: name,
      RoleArn: ROLE,
      AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'File' },
      OutputDataConfig: { S3OutputPath: 's3://bucket/job/' },
      ResourceConfig: { InstanceType: 'ml.trn1.2xlarge', InstanceCount: 1, VolumeSizeInGB: 100 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      Environment,
    }),
    status: (name: string): string => (standIn.call(SAGEMAKER, 'DescribeTrainingJob', { TrainingJobName: name }) as any).TrainingJobStatus,
    stop: (name: string) => void standIn.call(SAGEMAKER, 'StopTrainingJob', { TrainingJobName: name }),
    operation: 'TrainingJob',
  },
};

/** From SageMaker's answers, before they are given. */
function before(wanted: string, action: (times: number) => void): void {
  let times = 0;
  const request = standIn.request.bind(standIn);
  jest.spyOn(standIn, 'request').mockImplementation((service, operation, input, caller) => {
    if (operation === wanted) action(++times);
    return request(service, operation, input, caller);
  });
}

describe.each(['processing', 'training'] as const)('%s jobs', (kind) => {
  const { make, status, stop, operation } = KINDS[kind];
  const job = (name: string, owner?: string): string => {
    make(name, owner === undefined ? {} : { NEURON_COMPILATION_OWNER: owner });
    return name;
  };
  const ended = async (stopDate: number | null | undefined = standIn.clock.now()): Promise<void> => handler({ detail: { executionArn: EXECUTION, status: 'TIMED_OUT', stopDate } });
  const called = (name: string) => standIn.control.calls.filter((call) => call.operation === name);
  beforeEach(() => { process.env.JOB_KIND = kind; });

  test('of the execution are stopped', async () => {
    const mine = ['a-0', 'b-0'].map((end) => job(`${PREFIX}-${end}`, EXECUTION));
    await ended();
    expect(mine.map(status)).toEqual(['Stopping', 'Stopping']);
    expect(printed.mock.calls.flat().sort()).toEqual(mine.map((name) => `stopped ${kind} job ${name}: its execution ended as TIMED_OUT`));
  });

  test('of others go on: another execution, nobody, names that only have the prefix in them, or go on without a hyphen', async () => {
    const others = [job(`${PREFIX}-a-0`, OTHER), job(`${PREFIX}-b-0`), job(`x-${PREFIX}-a-0`, EXECUTION), job(`${PREFIX}0-a-0`, EXECUTION), job(`${PREFIX}-c-0`, `${EXECUTION}1`)];
    await ended();
    expect(others.map(status)).toEqual(others.map(() => 'InProgress'));
    expect(called(`Stop${operation}`)).toEqual([]);
  });

  test('are found behind the first page, and each is looked at once', async () => {
    const mine = job(`${PREFIX}-a-0`, EXECUTION);
    for (let i = 0; i < 24; i++) job(`${PREFIX}-b-${i}`, OTHER);
    await ended();
    expect(status(mine)).toBe('Stopping');
    expect([called(`List${operation}s`).length, called(`Describe${operation}`).length - 1]).toEqual([9, 25]);
  });

  test('that appear after the end of the execution are stopped, too', async () => {
    before(`List${operation}s`, (times) => { if (times === 3) job(`${PREFIX}-a-0`, EXECUTION); });
    await ended();
    expect(status(`${PREFIX}-a-0`)).toBe('Stopping');
  });

  test('of a redriven execution go on when the event comes late', async () => {
    const end = standIn.clock.now();
    standIn.advance(59);
    const inTime = job(`${PREFIX}-a-0`, EXECUTION);
    standIn.advance(2);
    const late = job(`${PREFIX}-b-0`, EXECUTION);
    await ended(end);
    expect([inTime, late].map(status)).toEqual(['Stopping', 'InProgress']);
  });

  test.each([null, undefined])('of an execution whose end is %s are stopped', async (stopDate) => {
    const mine = job(`${PREFIX}-a-0`, EXECUTION);
    await handler({ detail: { executionArn: EXECUTION, status: 'ABORTED', stopDate } });
    expect(status(mine)).toBe('Stopping');
  });

  test('that have ended are left alone', async () => {
    stop(job(`${PREFIX}-a-0`, EXECUTION));
    standIn.advance(3600);
    const calls = standIn.control.calls.length;
    await ended();
    expect(standIn.control.calls.slice(calls).map((call) => call.operation)).toEqual(Array(3).fill(`List${operation}s`));
  });

  test('that end while they are looked at are no failure', async () => {
    const mine = job(`${PREFIX}-a-0`, EXECUTION);
    before(`Stop${operation}`, (times) => {
      if (times > 1) return;
      stop(mine);
      standIn.advance(3600);
    });
    await ended();
    expect(status(mine)).toBe('Stopped');
  });

  test('that are deleted while they are looked at are no failure', async () => {
    const mine = job(`${PREFIX}-a-0`, EXECUTION);
    before(`Describe${operation}`, (times) => {
      if (times > 1) return;
      stop(mine);
      standIn.advance(3600);
      standIn.call(SAGEMAKER, `Delete${operation}`, { [`${operation}Name`]: mine });
    });
    await ended();
    expect(called(`Stop${operation}`).filter(({ status: code }) => code !== 200)).toEqual([]);
  });

  test('are not given up silently: Lambda tries again', async () => {
    job(`${PREFIX}-a-0`, EXECUTION);
    before(`Stop${operation}`, () => { throw new Error('not now'); });
    await expect(ended()).rejects.toThrow();
  });
});
