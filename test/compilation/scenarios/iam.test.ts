import type { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { compilationStack, loggingCalls, World, type Run } from './world';
import { CompilationJob, ModelSource, type NeuronCompilation } from '../../../src';
import { ACCOUNT, Judge, Policies, REGION, roleCallsOf, stockValues, type Exception, type RecordedCall } from '../../support/iam';

let world: World;
beforeEach(async () => { world = await World.start(); });
afterEach(async () => world.stop());

/** Everything that a compilation does, well and badly: what its roles have to be allowed, and nothing else. */
async function everything(make: () => { stack: Stack; compilation: NeuronCompilation }): Promise<{ run: Run; judge: Judge; calls: (role: string) => RecordedCall[]; roles: string[] }> {
  const parts = world.prepare(make());
  const one = async (): Promise<Run> => {
    const begun = await world.begin(parts);
    await world.scheduler.runUntilIdle();
    return begun;
  };
  const compile = world.standIn.program;
  world.standIn.program = () => ({ log: ['[ERROR] [NCC_1] it does not compile'], exitCode: 1 });
  await (await one()).remove();
  // The script empties its output folder, which a training job gets back from S3 with what an earlier try left.
  world.standIn.program = (job) => ({ ...compile(job), deletes: job.kind === 'training' ? ['model.tar.gz.part'] : undefined });
  const stopped = await world.begin(parts);
  await world.scheduler.runFor(200);
  await stopped.remove();
  await world.scheduler.runFor(600);
  const run = await one();
  if (run.signal?.Status !== 'SUCCESS') throw new Error(run.signal?.Reason);

  const values = stockValues(parts.template);
  const machineId = Object.keys(parts.template.Resources).find((id) => parts.template.Resources[id].Type === 'AWS::StepFunctions::StateMachine')!;
  const policies = new Policies(parts.template, { values: { [machineId]: parts.machine.arn, [`${machineId}.Name`]: parts.machine.name } });
  const jobRole = roleCallsOf(world.standIn.control.roleCalls, { [values[`${parts.jobRole}.Arn`] as string]: parts.jobRole });
  const logging = loggingCalls(parts.template, policies);
  const calls = (role: string) => [...world.callsBy(role, parts.machine), ...[...jobRole, ...logging].filter(({ principal }) => principal === role)];
  return { run, judge: new Judge(policies), calls, roles: policies.roles() };
}

/** Rights that no run exercises, and why they are there. */
function exceptions(role: string, kind: string): Exception[] {
  const group = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/sagemaker/${kind === 'processing' ? 'Processing' : 'Training'}Jobs:log-stream:`;
  const spelling = { what: group, reason: 'how denials of the rights on a whole group spell it; the simulator knows the other spelling' };
  if (role.includes('TaskRole')) return [{ what: 's3:AbortMultipartUpload', reason: 'an upload in parts that breaks off; none does here' }, spelling];
  if (role.includes('RecordRole')) return [spelling];
  if (!role.includes('StartRole')) return [];
  const [operation, resource] = kind === 'processing' ? ['TrainingJob', 'training-job'] : ['ProcessingJob', 'processing-job'];
  const reason = 'the compilation may have used the other kind of job before the update that deletes its run';
  return [...[`sagemaker:Describe${operation}`, `sagemaker:Stop${operation}`, `arn:aws:sagemaker:${REGION}:${ACCOUNT}:${resource}/neuron-*`].map((what) => ({ what, reason }))];
}

async function judged(make: () => { stack: Stack; compilation: NeuronCompilation }): Promise<void> {
  const { judge, calls, roles, run } = await everything(make);
  expect(roles.length).toBe(5);
  for (const role of roles) {
    await judge.expectAllowed(role, calls(role));
    await judge.expectNeeded(role, calls(role), exceptions(role, run.parts.compilation.jobKind));
  }
}

describe('every recorded call is allowed, and every right is needed', () => {
  test('a processing job of a public model', async () => judged(() => compilationStack()));

  test('a training job of a gated model, encrypted', async () => judged(() => compilationStack('Stack', { job: CompilationJob.onTrainium() }, { key: true, token: true })));

  test('a processing job in a VPC, of a gated model, encrypted', async () => judged(() => compilationStack('Stack', (stack) => ({
    network: {
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-00000001'] }),
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-00000001')],
    },
  }), { key: true, token: true })));

  test.each(['weights.tar.gz', 'weights/'])('a model in S3: %s', async (name) => {
    const folder = name.endsWith('/');
    world.standIn.objects.put('models', `bert/${name}${folder ? 'model.safetensors' : ''}`, 'weights');
    await judged(() => compilationStack('Stack', (stack) => {
      const models = s3.Bucket.fromBucketName(stack, 'Models', 'models');
      return { source: folder ? ModelSource.s3Prefix(models, `bert/${name}`, { revision: '1' }) : ModelSource.s3Archive(models, `bert/${name}`, { revision: '1' }) };
    }));
  });
});

describe('a run is deleted under the policies of another one', () => {
  /** The policies that are in force, and what the handler does with them to the run of the other stack. */
  const policiesOf = (parts: ReturnType<World['prepare']>) => {
    const id = Object.keys(parts.template.Resources).find((one) => parts.template.Resources[one].Type === 'AWS::StepFunctions::StateMachine')!;
    // An update keeps the state machine.
    return new Policies(parts.template, { values: { [id]: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:Stack-${id}`, [`${id}.Name`]: `Stack-${id}` } });
  };

  test.each([
    ['after the update that made a newer one', 128, 256, {}],
    ['after the update to another kind of job', 128, 128, { job: CompilationJob.onTrainium() }],
    ['in the rollback to the one before, while its job runs', 256, 128, {}],
  ])('%s', async (_, deleted, inForce, props) => {
    const parts = world.prepare(compilationStack('Stack', {}, { sequenceLength: deleted }));
    const run = await world.begin(parts);
    await world.scheduler.runFor(200);
    await run.remove();
    await world.scheduler.runFor(600);
    expect(world.jobs.map(({ status }) => status)).toEqual(['Stopped']);
    const other = world.prepare(compilationStack('Stack', props, { sequenceLength: inForce }));
    const calls = world.callsBy(parts.startRole, parts.machine).filter(({ action }) => action !== 'states:StartExecution');
    expect(calls.map(({ action }) => action)).toEqual(expect.arrayContaining(['states:StopExecution', 'sagemaker:DescribeProcessingJob', 'sagemaker:StopProcessingJob']));
    await new Judge(policiesOf(other)).expectAllowed(other.startRole, calls);
  });
});

test('what the roles must not do', async () => {
  const { judge, roles } = await everything(() => compilationStack());
  const forbidden: [string, string][] = [
    ['s3:GetObject', 'arn:aws:s3:::artifacts/neuron/another-key/model.tar.gz'],
    ['s3:PutObject', 'arn:aws:s3:::artifacts/neuron/another-key/model.tar.gz'],
    ['s3:DeleteObject', 'arn:aws:s3:::artifacts/neuron/another-key/model.tar.gz'],
    ['sagemaker:CreateProcessingJob', `arn:aws:sagemaker:${REGION}:${ACCOUNT}:processing-job/another-job`],
    ['sagemaker:StopProcessingJob', `arn:aws:sagemaker:${REGION}:${ACCOUNT}:processing-job/another-job`],
    // Not without the tag of the compilation.
    ['sagemaker:StopProcessingJob', `arn:aws:sagemaker:${REGION}:${ACCOUNT}:processing-job/neuron-a0afc12c720a11b5-0`],
    ['sagemaker:CreateTrainingJob', `arn:aws:sagemaker:${REGION}:${ACCOUNT}:training-job/neuron-a0afc12c720a11b5-0`],
    ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:other-AbCdEf`],
    ['logs:GetLogEvents', `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/sagemaker/ProcessingJobs:log-stream:another-job/algo-1`],
    ['states:StopExecution', `arn:aws:states:${REGION}:${ACCOUNT}:execution:another:1`],
    ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/admin`],
    ['lambda:InvokeFunction', `arn:aws:lambda:${REGION}:${ACCOUNT}:function:another`],
  ];
  for (const role of roles) {
    await judge.expectDenied(role, forbidden.map(([action, resource]) => ({ principal: role, action, resource: [resource], context: {} })));
  }
});
