import { Listener } from './http';
import { jobName } from '../../../src/compilation/core/job-name';
import { VirtualClock } from '../../support/standin/clock';
import { SAGEMAKER } from '../../support/standin/sagemaker';
import { serve, type RunningServer } from '../../support/standin/server';
import { StandIn } from '../../support/standin/stand-in';

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:Compile';
const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:Compile:neuron-0123456789abcdef-1';
const URI = 's3://bucket/neuron/key/';
const PREFIX = 'neuron-0123456789abcdef';

const saved = { ...process.env };
let cloudFormation: Listener;
let stepFunctions: Listener;
let standIn: StandIn;
let server: RunningServer;
let handler: typeof import('../../../src/compilation/runtime/start.lambda').handler;
let stepFunctionsAnswer: { status?: number; body?: string } = {};

beforeEach(async () => {
  cloudFormation = await Listener.start();
  stepFunctionsAnswer = { body: JSON.stringify({ executionArn: EXECUTION, startDate: 1, stopDate: 1 }) };
  stepFunctions = await Listener.start(() => stepFunctionsAnswer);
  standIn = new StandIn({ clock: new VirtualClock() });
  server = await serve(standIn);
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: '123456789012',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_MAX_ATTEMPTS: '1',
    AWS_ENDPOINT_URL_SAGEMAKER: server.url,
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
  });
  // The clients read the environment when they are made.
  jest.resetModules();
  ({ handler } = jest.requireActual('../../../src/compilation/runtime/start.lambda'));
  jest.spyOn(console, 'error').mockImplementation();
  jest.spyOn(console, 'log').mockImplementation();
  // Pauses between looks are not waited for.
  jest.spyOn(global, 'setTimeout').mockImplementation(((action: () => void) => { setImmediate(action); return 0; }) as never);
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.env = { ...saved };
  await Promise.all([cloudFormation.stop(), stepFunctions.stop(), server.close()]);
});

function event(RequestType: string, PhysicalResourceId?: string, kind = 'processing'): any {
  return {
    RequestType,
    PhysicalResourceId,
    ResponseURL: `${cloudFormation.url}/answer`,
    StackId: 's',
    RequestId: 'r',
    LogicalResourceId: 'l',
    ResourceProperties: { ServiceToken: 't', Handle: 'https://handle', StateMachineArn: MACHINE, JobKind: kind, JobPrefix: PREFIX, ArtifactUri: URI },
  };
}

async function run(one: any): Promise<any> {
  await handler(one, { logStreamName: 'stream' });
  return cloudFormation.bodies[cloudFormation.bodies.length - 1];
}

function job(attempt: number, owner: string): string {
  const name = jobName(PREFIX, URI, attempt);
  standIn.call(SAGEMAKER, 'CreateProcessingJob', {
    ProcessingJobName: name,
    RoleArn: 'arn:aws:iam::123456789012:role/job',
    AppSpecification: { ImageUri: '763104351884.dkr.ecr.us-east-1.amazonaws.com/image:1' },
    ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.xlarge', VolumeSizeInGB: 30 } },
    Environment: { NEURON_COMPILATION_OWNER: owner },
  });
  return name;
}

function status(name: string): string {
  return (standIn.call(SAGEMAKER, 'DescribeProcessingJob', { ProcessingJobName: name }) as any).ProcessingJobStatus;
}

describe('made', () => {
  test('it starts an execution with the handle, under a name made of it', async () => {
    expect(await run(event('Create'))).toEqual({ Status: 'SUCCESS', PhysicalResourceId: EXECUTION, StackId: 's', RequestId: 'r', LogicalResourceId: 'l' });
    expect(stepFunctions.bodies).toEqual([{ stateMachineArn: MACHINE, name: 'neuron-0123456789abcdef-3dd95d482aebc51c', input: '{"handle":"https://handle"}' }]);
  });

  test('an event that comes twice starts under the same name: Step Functions takes it for the same execution', async () => {
    await run(event('Create'));
    await run(event('Create'));
    const [first, second] = stepFunctions.bodies;
    expect(second).toEqual(first);
  });

  test('what was started is never answered as failed: an answer that is lost is sent again with the event', async () => {
    const { url } = cloudFormation;
    await cloudFormation.stop();
    await expect(handler({ ...event('Create'), ResponseURL: `${url}/answer` }, { logStreamName: 'stream' })).rejects.toThrow(/^CloudFormation did not take the answer: /);
    cloudFormation = await Listener.start();
    stepFunctionsAnswer = { status: 400, body: JSON.stringify({ __type: 'ExecutionAlreadyExists', message: 'it ended' }) };
    expect(await run(event('Create'))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: `${MACHINE.replace('stateMachine', 'execution')}:neuron-0123456789abcdef-3dd95d482aebc51c` });
  });

  test('it says what kept it from starting', async () => {
    stepFunctionsAnswer = { status: 400, body: JSON.stringify({ __type: 'StateMachineDoesNotExist', message: 'no such machine' }) };
    expect(await run(event('Create'))).toEqual({
      Status: 'FAILED', PhysicalResourceId: 'not-started', Reason: 'StateMachineDoesNotExist: no such machine (log stream stream)', StackId: 's', RequestId: 'r', LogicalResourceId: 'l',
    });
  });
});

test('updated, it stays what it is: a run that is about something else has an id of its own', async () => {
  const old = 'arn:aws:states:us-east-1:123456789012:execution:Compile:old';
  // A name that was used for an execution that has ended is refused, whatever the input.
  stepFunctionsAnswer = { status: 400, body: JSON.stringify({ __type: 'ExecutionAlreadyExists', message: 'it was there' }) };
  expect(await run(event('Update', old))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: old });
  expect(stepFunctions.received).toEqual([]);
});

describe('deleted', () => {
  test('it stops the execution and the job that this execution made', async () => {
    const name = job(0, EXECUTION);
    expect(await run(event('Delete', EXECUTION))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: EXECUTION });
    expect(stepFunctions.bodies).toEqual([{ executionArn: EXECUTION, error: 'Deleted', cause: 'the stack or the compilation was deleted' }]);
    expect(status(name)).toBe('Stopping');
  });

  test('it leaves a job alone that another execution made', async () => {
    const name = job(0, 'arn:aws:states:us-east-1:123456789012:execution:Other:1');
    expect(await run(event('Delete', EXECUTION))).toMatchObject({ Status: 'SUCCESS' });
    expect(status(name)).toBe('InProgress');
  });

  test('it finds its job behind the names of earlier ones', async () => {
    const first = job(0, EXECUTION);
    standIn.call(SAGEMAKER, 'StopProcessingJob', { ProcessingJobName: first });
    standIn.advance(3600);
    const other = job(1, 'arn:aws:states:us-east-1:123456789012:execution:Other:1');
    const mine = job(2, EXECUTION);
    await run(event('Delete', EXECUTION));
    expect([first, other, mine].map(status)).toEqual(['Stopped', 'InProgress', 'Stopping']);
  });

  test('it looks again for a job that appears after the execution was stopped', async () => {
    let looks = 0;
    const request = standIn.request.bind(standIn);
    jest.spyOn(standIn, 'request').mockImplementation((service, operation, input, caller) => {
      if (operation === 'DescribeProcessingJob' && ++looks === 2) job(0, EXECUTION);
      return request(service, operation, input, caller);
    });
    await run(event('Delete', EXECUTION));
    expect(status(jobName(PREFIX, URI, 0))).toBe('Stopping');
  });

  test('it has nothing to do where nothing was started', async () => {
    expect(await run(event('Delete', 'not-started'))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'not-started' });
    expect(stepFunctions.received).toEqual([]);
  });

  test('an execution that is gone already is no failure', async () => {
    stepFunctionsAnswer = { status: 400, body: JSON.stringify({ __type: 'ExecutionDoesNotExist', message: 'gone' }) };
    expect(await run(event('Delete', EXECUTION))).toMatchObject({ Status: 'SUCCESS' });
  });

  test('an execution that has ended already is no failure, however Step Functions says it', async () => {
    stepFunctionsAnswer = { status: 400, body: JSON.stringify({ __type: 'ValidationException', message: 'ended' }) };
    expect(await run(event('Delete', EXECUTION))).toMatchObject({ Status: 'SUCCESS' });
  });

  test('what it may not do is a failure that says so', async () => {
    stepFunctionsAnswer = { status: 400, body: JSON.stringify({ __type: 'AccessDeniedException', message: 'not you' }) };
    expect(await run(event('Delete', EXECUTION))).toMatchObject({ Status: 'FAILED', PhysicalResourceId: EXECUTION, Reason: 'AccessDeniedException: not you (log stream stream)' });
  });

  test('it stops a training job too', async () => {
    const name = jobName(PREFIX, URI, 0);
    standIn.call(SAGEMAKER, 'CreateTrainingJob', {
      TrainingJobName: name,
      RoleArn: 'arn:aws:iam::123456789012:role/job',
      AlgorithmSpecification: { TrainingImage: '763104351884.dkr.ecr.us-east-1.amazonaws.com/image:1', TrainingInputMode: 'File' },
      OutputDataConfig: { S3OutputPath: 's3://bucket/job/' },
      ResourceConfig: { InstanceType: 'ml.trn1.2xlarge', InstanceCount: 1, VolumeSizeInGB: 100 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      Environment: { NEURON_COMPILATION_OWNER: EXECUTION },
    });
    await run(event('Delete', EXECUTION, 'training'));
    expect((standIn.call(SAGEMAKER, 'DescribeTrainingJob', { TrainingJobName: name }) as any).TrainingJobStatus).toBe('Stopping');
  });
});
