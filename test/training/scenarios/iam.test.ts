import { Duration, Size, type Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { BUCKET, DATA, idOf, P4D, resourcesOf, TRN1, TRN1_QUOTA, World, type WorldOptions } from './world';
import { AcceleratorInstance, CompilationShapes, TrainingInput, type TrainingJob } from '../../../src';
import { loggingCalls } from '../../compilation/scenarios/world';
import { ACCOUNT, Judge, listOf, Policies, REGION, roleCallsOf, type Exception, type RecordedCall } from '../../support/iam';

jest.setTimeout(600_000);

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const call = (principal: string, action: string, resource: string, context: RecordedCall['context'] = {}): RecordedCall => ({ principal, action, resource: [resource], context });

let world: World;
afterEach(async () => world.stop());

/** Everything that a training does, well and badly, and who did it. */
async function everything(options: WorldOptions, cached: boolean): Promise<{ judge: Judge; roles: string[]; calls: (role: string) => RecordedCall[] }> {
  let exitCode = 0;
  world = await World.start({
    ...options,
    program: () => ({ seconds: 1200, exitCode, log: ['one', 'RuntimeError: two'], files: { 'step-1': 'weights' }, deletes: ['step-0'], metrics: { tokens_per_second: 7 } }),
    more: (stack, training) => {
      addStarters(training);
      options.more?.(stack, training);
    },
  });
  // Complete on the first kind of hardware; the second says at once that the marker is there.
  for (const run of ['one', 'two']) expect((await world.ended({}, run)).status).toBe('SUCCEEDED');
  // Complete on the second.
  world.standIn.control.capacity.set(TRN1_QUOTA, 0);
  expect((await world.ended({}, 'three')).status).toBe('SUCCEEDED');
  world.standIn.control.capacity.delete(TRN1_QUOTA);
  // Without a right reason, and called off while it runs and while its job is made.
  exitCode = 1;
  expect((await world.ended({}, 'four')).status).toBe('FAILED');
  exitCode = 0;
  // From its checkpoint.
  world.machine.executions.at(-1)!.redrive();
  await world.end();
  expect(world.machine.executions.at(-1)!.status).toBe('SUCCEEDED');
  world.run({}, 'five');
  await world.until(() => world.all.at(-1)!.described.SecondaryStatus === 'Training');
  world.machine.executions.at(-1)!.abort();
  await world.end();
  world.stall('CreateTrainingJob', 'request', 30);
  world.run({}, 'six');
  await world.scheduler.runFor(10);
  world.machine.executions.at(-1)!.abort();
  await world.end();
  // Called off while the function that stops what is left cannot, until the event is in its queue.
  world.standIn.control.faults.push({ operation: 'ListTrainingJobs', times: 3, error: { type: 'ThrottlingException', message: 'Rate exceeded' } });
  world.run({}, 'seven');
  await world.until(() => world.all.at(-1)!.described.SecondaryStatus === 'Training');
  world.machine.executions.at(-1)!.abort();
  await world.end();
  expect(world.deadLetters).toHaveLength(1);
  // Without an archive, which somebody deleted.
  const { from, to } = world.code;
  for (const { bucket, key } of [from, to]) world.standIn.objects.delete(bucket, key);
  const lost = await world.ended({}, 'eight');
  expect([lost.status, lost.result.error]).toEqual(['FAILED', 'NoSuchKey']);
  world.standIn.objects.put(from.bucket, from.key, 'an archive');
  world.standIn.bus.emit({ 'source': 'aws.s3', 'detail-type': 'Object Created', 'account': ACCOUNT, 'region': REGION, 'resources': [], 'detail': {} });
  await world.end();
  world.expectTidy();

  const { template, values } = world.deployed;
  const policies = new Policies(template, { values });
  const job = world.roleOf('TrainingRole');
  const schedule = world.roleOf('TrainingWeeklyRole');
  const [{ properties: { Target: target } }] = resourcesOf(world.deployed, 'AWS::Scheduler::Schedule');
  const all: RecordedCall[] = [
    ...world.calls.values(), ...world.machine.calls, ...world.pipeline?.calls ?? [], ...world.rules.calls,
    ...loggingCalls(template, policies),
    ...roleCallsOf(world.standIn.control.roleCalls, Object.fromEntries(policies.roles().map((role) => [policies.roleArn(role), role]))),
    // What EventBridge Scheduler does with the role of a schedule.
    call(schedule, 'states:StartExecution', target.Arn), call(schedule, 'sqs:SendMessage', target.DeadLetterConfig.Arn),
    // What PyTorch/XLA does in the container with its cache.
    ...cached ? [
      ...['GetObject', 'PutObject', 'DeleteObject'].map((action) => call(job, `s3:${action}`, `arn:aws:s3:::${bucketName()}/neuron-cache/neuronxcc-2.21/MODULE_1/model.neff`)),
      call(job, 's3:ListBucket', `arn:aws:s3:::${bucketName()}`, { 's3:prefix': 'neuron-cache/neuronxcc-2.21/' }),
    ] : [],
  ];
  return { judge: new Judge(policies), roles: policies.roles(), calls: (role) => all.filter(({ principal }) => principal === role).map(registered) };
}

function addStarters(training: TrainingJob): void {
  training.addSchedule('Weekly', { schedule: ScheduleExpression.rate(Duration.days(7)) });
  training.addTrigger('NewData', { eventPattern: { source: ['aws.s3'], detailType: ['Object Created'] } });
}

/** The service authorization reference has `model-package` alone for it, and so has the simulator; the stand-in names the group too. */
const registered = (one: RecordedCall): RecordedCall => one.action !== 'sagemaker:CreateModelPackage' ? one : { ...one, resource: one.resource.filter((resource) => resource.includes(':model-package/')) };
const GROUP_RIGHT: Exception = { what: arn('sagemaker', 'model-package-group/berts'), reason: 'no call of CreateModelPackage is judged on it, see above' };

const bucketName = (): string => world.all[0].request.OutputDataConfig.S3OutputPath.split('/')[2];

const LOGS = arn('logs', 'log-group:/aws/sagemaker/TrainingJobs:log-stream:');
const SPELLING: Exception = { what: LOGS, reason: 'how denials of the rights on a whole group spell it; the simulator knows the other spelling' };
const UPLOAD: Exception = { what: 's3:AbortMultipartUpload', reason: 'an upload in parts that breaks off; none does here' };

/** What functions write is not asked for here. */
const LOGGED: Exception[] = ['logs:CreateLogStream', 'logs:PutLogEvents'].map((what) => ({ what, reason: 'the runtime writes the log of a function' }));

type Exceptions = (role: string) => Exception[];

async function judged(options: WorldOptions, cached: boolean, more: Exceptions = () => []): Promise<{ judge: Judge; roles: string[] }> {
  const { judge, roles, calls } = await everything(options, cached);
  for (const role of roles) {
    await judge.expectAllowed(role, calls(role));
    const exceptions = [...more(role), ...role.startsWith('TrainingRole') ? [SPELLING, UPLOAD] : role.startsWith('TrainingRunnerRole') ? [SPELLING, GROUP_RIGHT] : []];
    await judge.expectNeeded(role, calls(role), exceptions);
  }
  return { judge, roles };
}

const ROLES = ['TrainingNewDataRole', 'TrainingRole', 'TrainingRunnerRole', 'TrainingStateMachineRole', 'TrainingStopRole', 'TrainingWeeklyRole'];

describe('every recorded call is allowed, and every right is needed', () => {
  test('a plain training; and what its roles must not do', async () => {
    const { judge, roles } = await judged({}, true);
    expect(roles.map((role) => role.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual(ROLES);
    const forbidden: [string, string, Record<string, string>?][] = [
      ['s3:GetObject', `arn:aws:s3:::${DATA}/other/1.txt`],
      ['s3:GetObject', `arn:aws:s3:::${BUCKET}/models/bert-0123456789-0/output/model.tar.gz`],
      ['s3:PutObject', `arn:aws:s3:::${BUCKET}/elsewhere/1`],
      ['s3:PutObject', `arn:aws:s3:::${DATA}/texts/1.txt`],
      ['s3:DeleteObject', `arn:aws:s3:::${BUCKET}/models/bert-0123456789-0/output/model.tar.gz`],
      ['s3:ListBucket', `arn:aws:s3:::${BUCKET}`, { 's3:prefix': 'models/' }],
      ['sagemaker:CreateTrainingJob', arn('sagemaker', 'training-job/another-0123456789-0')],
      ['sagemaker:StopTrainingJob', arn('sagemaker', 'training-job/another-0123456789-0')],
      ['sagemaker:StopTrainingJob', arn('sagemaker', 'training-job/bertha-0123456789-0')],
      ['sagemaker:DescribeTrainingJob', arn('sagemaker', 'training-job/another-0123456789-0')],
      ['sagemaker:CreateModelPackage', arn('sagemaker', 'model-package-group/others')],
      ['sagemaker:CreateModelPackage', arn('sagemaker', 'model-package/others/1')],
      ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/admin`, { 'iam:PassedToService': 'sagemaker.amazonaws.com' }],
      ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/${world.roleOf('TrainingRole')}`, { 'iam:PassedToService': 'ec2.amazonaws.com' }],
      ['states:DescribeExecution', arn('states', 'execution:another:1')],
      ['states:StartExecution', arn('states', 'stateMachine:another')],
      ['states:StopExecution', arn('states', `execution:${world.machine.name}:one`)],
      ['logs:GetLogEvents', `${LOGS}another-job/algo-1`],
      ['logs:PutLogEvents', `${LOGS}another-job/algo-1`],
      ['events:PutEvents', arn('events', 'event-bus/another')],
      ['events:PutEvents', arn('events', 'event-bus/default'), { 'events:source': 'aws.s3' }],
      ['events:PutEvents', arn('events', 'event-bus/default')],
      ['sqs:SendMessage', arn('sqs', 'another')],
      ['s3:PutObject', `arn:aws:s3:::${world.code.from.bucket}/${world.code.from.key}`],
      ['s3:DeleteObject', `arn:aws:s3:::${BUCKET}/${world.code.to.key}`],
      ['s3:GetObject', `arn:aws:s3:::${world.code.from.bucket}/another.zip`],
      ['lambda:InvokeFunction', arn('lambda', 'function:another')],
      ['ecr:BatchGetImage', 'arn:aws:ecr:us-east-1:763104351884:repository/pytorch-inference'],
    ];
    for (const role of roles) await judge.expectDenied(role, forbidden.map(([action, resource, context]) => call(role, action, resource, context)));
  });

  test('with overlap, without registration, on GPUs alone: no right is left over', async () => {
    world = await World.start({ training: { rungs: [P4D], registration: undefined, allowOverlap: true, metricDefinitions: undefined, checkpoints: undefined } });
    expect((await world.ended({}, 'one')).status).toBe('SUCCEEDED');
    const policies = new Policies(world.deployed.template, { values: world.deployed.values });
    const runner = JSON.stringify(policies.of(world.roleOf('TrainingRunnerRole')));
    for (const right of ['states:ListExecutions', 'sagemaker:CreateModelPackage', 'neuron-cache', 'kms:']) expect(runner).not.toContain(right);
    // The script alone.
    const { from } = world.code;
    const resources = policies.of(world.roleOf('TrainingRunnerRole')).flatMap(({ document }) => document.Statement).filter(({ Action }) => listOf(Action).some((action) => action.startsWith('s3:'))).flatMap(({ Resource }) => listOf(Resource));
    expect(resources.sort()).toEqual([`arn:aws:s3:::${from.bucket}`, `arn:aws:s3:::${from.bucket}/${from.key}`, `arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/models-code/*`].sort());
    const job = JSON.stringify(policies.of(world.roleOf('TrainingRole')));
    for (const right of ['neuron-cache', 'checkpoints', 'kms:', 'ec2:', 's3:DeleteObject']) expect(job).not.toContain(right);
  });

  test('with precompile: the marker is read and written', async () => {
    await judged({ training: { rungs: [{ ...TRN1, precompile: { maxRuntime: Duration.hours(1) } }, P4D] } }, true);
  });

  test('with keys, a VPC and EFA', async () => {
    const key = (stack: Stack, name: string) => kms.Key.fromKeyArn(stack, `Key-${name}`, arn('kms', `key/${name}`));
    const kmsReason = (what: string, reason: string): Exception => ({ what, reason });
    await judged({
      training: (stack) => ({
        vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a', 'b', 'c'].map((zone) => `us-east-1${zone}`), privateSubnetIds: ['subnet-1', 'subnet-2', 'subnet-3'] }),
        output: { bucket: s3.Bucket.fromBucketAttributes(stack, 'Encrypted', { bucketName: BUCKET, encryptionKey: key(stack, 'models') }) },
        inputs: { train: TrainingInput.s3(s3.Bucket.fromBucketName(stack, 'DataWithKey', DATA), 'texts/', { decryptionKey: key(stack, 'data') }) },
        rungs: [
          { ...TRN1, instanceCount: 2, precompile: {} },
          { ...P4D, instanceType: AcceleratorInstance.P3_16XLARGE, volumeSize: Size.gibibytes(100), volumeEncryptionKey: key(stack, 'volumes') },
        ],
      }),
    }, true, (role) => {
      if (role.startsWith('TrainingRole')) {
        return [
          kmsReason('kms:Decrypt', 'which inputs are encrypted is not known to the stand-in'),
          kmsReason('kms:DescribeKey', 'of the volume: named in the developer guide, not recorded by the stand-in'),
        ];
      }
      return role.startsWith('TrainingRunnerRole') ? ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'].map((what) => kmsReason(what, 'S3 uses the key in the name of the caller; the stand-in knows no keys')) : [];
    });
  });

  test('a pipeline without a compilation', async () => {
    const run = async (): Promise<void> => {
      expect(idOf(world.deployed, 'AWS::IAM::Role', 'PipelineStateMachineRole')).toBeDefined();
      expect((world.pipeline!.start({}, 'p1')).status).toBe('RUNNING');
      await world.end();
      const second = world.pipeline!.start({}, 'p2');
      await world.until(() => world.all.at(-1)!.described.SecondaryStatus === 'Training');
      second.abort();
      await world.end();
    };
    const { judge, calls } = await pipelineCalls({ pipeline: {} }, run);
    const role = world.roleOf('PipelineStateMachineRole');
    await judge.expectAllowed(role, calls(role));
    await judge.expectNeeded(role, calls(role));
  });

  test('a pipeline with a compilation: all that is called is allowed', async () => {
    const { judge, calls, roles } = await pipelineCalls({ pipeline: { compilation: { shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 }), task: 'feature-extraction' } } }, async () => {
      const run = world.pipeline!.start({});
      await world.end();
      expect(run.status).toBe('SUCCEEDED');
      const stopped = world.pipeline!.start({});
      await world.until(() => world.compilations[1]?.ProcessingJobStatus === 'InProgress', 180);
      stopped.abort();
      await world.end();
      expect(world.compilations[1].ProcessingJobStatus).toBe('Stopped');
    });
    const stop = roles.find((role) => role.startsWith('PipelineStopCompilationsRole'))!;
    await judge.expectNeeded(stop, calls(stop), LOGGED);
    for (const role of roles) await judge.expectAllowed(role, calls(role));
  });
});

async function pipelineCalls(options: WorldOptions, play: () => Promise<void>): Promise<{ judge: Judge; roles: string[]; calls: (role: string) => RecordedCall[] }> {
  world = await World.start(options);
  await play();
  const policies = new Policies(world.deployed.template, { values: world.deployed.values });
  const all = [
    ...world.calls.values(), ...world.machine.calls, ...world.pipeline!.calls,
    ...roleCallsOf(world.standIn.control.roleCalls, Object.fromEntries(policies.roles().map((role) => [policies.roleArn(role), role]))),
  ];
  return { judge: new Judge(policies), roles: policies.roles(), calls: (role) => all.filter(({ principal }) => principal === role).map(registered) };
}
