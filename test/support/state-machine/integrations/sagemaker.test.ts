import { s3 } from './s3';
import { sagemaker } from './service';
import { callsOf, Judge, Policies, roleCallsOf } from '../../iam';
import { allow, templateWith } from '../../iam/fixture';
import { JOB_ROLE, processing, WHOLE_JOB } from '../../standin/job-fixture';
import { StandIn } from '../../standin/stand-in';
import { path } from '../fixture';
import { TestStateMachine } from '../machine';
import { Scheduler } from '../scheduler';

const sdk = (operation: string) => `arn:aws:states:::aws-sdk:sagemaker:${operation}`;
const JOB = 'arn:aws:sagemaker:us-east-1:123456789012:processing-job/neuron-1';

/** Creates a job or adopts it, and polls it: a small sibling of what the library synthesizes. */
const STATES = {
  Create: {
    Type: 'Task',
    Resource: sdk('createProcessingJob'),
    Parameters: processing('neuron-1', { Tags: [{ Key: 'owner', Value: 'me' }] }),
    ResultPath: null,
    Catch: [{ ErrorEquals: ['SageMaker.ResourceInUseException'], ResultPath: '$.taken', Next: 'Wait' }],
    Next: 'Wait',
  },
  Wait: { Type: 'Wait', Seconds: 30, Next: 'Describe' },
  Describe: { Type: 'Task', Resource: sdk('describeProcessingJob'), Parameters: { ProcessingJobName: 'neuron-1' }, ResultPath: '$.job', Next: 'Choose' },
  Choose: {
    Type: 'Choice',
    Choices: [
      { Variable: '$.job.ProcessingJobStatus', StringEquals: 'Completed', Next: 'Done' },
      { Variable: '$.job.ProcessingJobStatus', StringEquals: 'Failed', Next: 'Failed' },
    ],
    Default: 'Wait',
  },
  Done: {
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:s3:putObject',
    Parameters: { Bucket: 'artifacts', Key: 'neuron/abc/complete.json', Body: { key: 'abc' } },
    ResultPath: null,
    End: true,
  },
  Failed: { Type: 'Fail', Error: 'Compile', CausePath: '$.job.ExitMessage' },
};

function world(States: Record<string, object> = STATES) {
  const scheduler = new Scheduler();
  const standIn = new StandIn({ clock: scheduler.clock });
  standIn.objects.put('assets', 'c.zip', 'code');
  const machine = (name: string) => new TestStateMachine({
    definition: { StartAt: Object.keys(States)[0], TimeoutSeconds: 43_200, States: States as typeof STATES },
    integrations: { sagemaker: sagemaker(standIn), s3: s3(standIn.objects) },
    role: 'Runner',
    scheduler,
    name,
  });
  return { scheduler, standIn, machine };
}

test('a job runs on the clock of the machine that waits for it', async () => {
  const { standIn, machine } = world();
  const result = await machine('One').run();
  expect(result).toMatchObject({ status: 'SUCCEEDED', seconds: Math.ceil(WHOLE_JOB / 30) * 30 });
  expect(standIn.objects.get('artifacts', 'neuron/abc/complete.json')?.toString()).toBe('{"key":"abc"}');
  expect((result.output as any).job).toMatchObject({ ProcessingJobStatus: 'Completed', CreationTime: '2026-01-01T00:00:00.000Z' });
});

test('a job that fails: its message is the cause', async () => {
  const { standIn, machine } = world();
  standIn.program = () => ({ exitCode: 1, message: 'the last lines' });
  expect(await machine('One').run()).toMatchObject({ status: 'FAILED', error: 'Compile', cause: 'the last lines' });
});

test('two stacks race for one job: one creates it, the other adopts it', async () => {
  const { scheduler, standIn, machine } = world();
  const [one, two] = [machine('One').start(), machine('Two').start()];
  await scheduler.runUntilIdle();
  expect([one.status, two.status]).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  expect((one.result.output as any).taken).toBeUndefined();
  expect((two.result.output as any).taken).toEqual({
    Error: 'SageMaker.ResourceInUseException',
    Cause: expect.stringMatching(/ \(Service: SageMaker, Status Code: 400, Request ID: [0-9a-f-]{36}\)$/),
  });
  expect(standIn.control.calls.filter(({ operation, status }) => operation === 'CreateProcessingJob' && status === 200)).toHaveLength(1);
  expect(path(one.result)).toEqual(path(two.result));
});

describe('errors', () => {
  const only = (operation: string, Parameters: object) => world({ Only: { Type: 'Task', Resource: sdk(operation), Parameters, End: true } });

  test.each<[string, object, string]>([
    ['describeProcessingJob', { ProcessingJobName: 'none' }, 'SageMaker.SageMakerException'],
    ['describeEndpoint', { EndpointName: 'none' }, 'SageMaker.SageMakerException'],
    ['createProcessingJob', { ProcessingJobName: 'n' }, 'SageMaker.SageMakerException'],
  ])('%s %j: %s', async (operation, parameters, error) => {
    expect(await only(operation, parameters).machine('One').run()).toMatchObject({ status: 'FAILED', error });
  });

  test('a modelled error has a name of its own', async () => {
    const { standIn, machine } = world();
    standIn.control.quotas.set('ml.m5.4xlarge for processing job usage', 0);
    expect((await machine('One').run()).error).toBe('SageMaker.ResourceLimitExceededException');
  });

  test('throttling has the shared name, modelled or not', async () => {
    const { standIn, machine } = only('describeProcessingJob', { ProcessingJobName: 'n' });
    standIn.control.faults.push({ operation: 'DescribeProcessingJob', error: { type: 'ThrottlingException', message: 'Rate exceeded' } });
    const { error, cause } = await machine('One').run();
    expect([error, cause]).toEqual(['SageMaker.SageMakerException', expect.stringMatching(/^Rate exceeded \(Service: SageMaker, Status Code: 400, /)]);
  });

  test('an operation that the stand-in does not have, and its own mistakes, stop the test', async () => {
    await expect(only('createPipeline', {}).machine('One').run()).rejects.toThrow('sagemaker: the stand-in has no operation CreatePipeline');
    const { standIn, machine } = only('describeProcessingJob', { ProcessingJobName: 'n' });
    standIn.state = () => { throw new TypeError('a bug'); };
    await expect(machine('One').run()).rejects.toThrow('a bug');
  });
});

test('what was called is what the policies are judged by', async () => {
  const { standIn, machine } = world();
  const one = machine('One');
  await one.run();
  expect([...new Set(one.calls.map(({ action }) => action))]).toEqual([
    'sagemaker:CreateProcessingJob', 'iam:PassRole', 'sagemaker:AddTags', 'sagemaker:DescribeProcessingJob', 's3:PutObject',
  ]);
  const statements = [
    allow(['sagemaker:CreateProcessingJob', 'sagemaker:DescribeProcessingJob'], JOB),
    allow('sagemaker:AddTags', JOB, { Condition: { StringEquals: { 'aws:RequestTag/owner': 'me' } } }),
    allow('iam:PassRole', JOB_ROLE, { Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } } }),
    allow('s3:PutObject', 'arn:aws:s3:::artifacts/neuron/*'),
  ];
  const judge = new Judge(new Policies(templateWith(statements)));
  await judge.expectAllowed('Runner', one.calls);
  await judge.expectNeeded('Runner', one.calls);
  for (const missing of statements.keys()) {
    const less = new Judge(new Policies(templateWith(statements.filter((_, at) => at !== missing))));
    await expect(less.expectAllowed('Runner', one.calls)).rejects.toThrow(/^role Runner: ImplicitlyDenied: /);
  }
  // The same from the log, as for the calls of a handler; and what the job did with its own role.
  expect(callsOf('Runner', standIn.control.calls)).toEqual(one.calls.filter(({ action }) => action !== 's3:PutObject'));
  expect(roleCallsOf(standIn.control.roleCalls, { [JOB_ROLE]: 'Job' }).map(({ action }) => action)).toContain('s3:GetObject');
});
