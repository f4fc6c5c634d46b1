import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AiWorld, type JobFate, type Props } from './ai-world';
import { AiWorkload } from '../../../src';
import { loggingCalls } from '../../compilation/scenarios/world';
import { ACCOUNT, callsOf, Judge, Policies, REGION, type RecordedCall } from '../../support/iam';

jest.setTimeout(120_000);

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const RESULTS = 'arn:aws:s3:::results';
const SECRET = arn('secretsmanager', 'secret:hub-AbCdEf');

let world: AiWorld;
afterEach(async () => world.stop());

/** A run, one that is stopped, and one whose job takes too long; and who called what in them. */
async function played(given: Props = {}, fates: Readonly<Record<string, JobFate>> = {}, key?: string) {
  world = await AiWorld.start(given, fates);
  const policies = new Policies(world.template, { values: world.values(world.template) });
  const role = (part: string) => policies.roles().find((id) => id.startsWith(part))!;
  const principal = role('ChatRunRole');
  const calls: RecordedCall[] = [];
  const { handler } = world;
  world.handler = async (event) => {
    const [asked, called, stored] = [world.asked.length, world.standIn.control.calls.length, world.bucket.received.length];
    try {
      return await handler(event);
    } finally {
      calls.push(...world.aiCalls(principal, asked), ...callsOf(principal, world.standIn.control.calls.slice(called)).map(named), ...world.bucket.received.slice(stored).flatMap(({ method, path }) => stores(principal, method, path, key)));
    }
  };
  expect((await world.run('one')).result.status).toBe('SUCCEEDED');
  const second = world.machine.start({}, 'two');
  await world.scheduler.runFor(180);
  second.abort();
  await world.scheduler.runUntilIdle();
  await world.settled();
  calls.push(...loggingCalls(world.template, policies).filter((one) => one.principal === principal), ...world.machine.calls);
  return { policies, role, calls, judge: new Judge(policies) };
}

/** The machine has the name that the stand-in gave it. */
function named(call: RecordedCall): RecordedCall {
  const machine = Object.values(world.template.Resources).find(({ Type }) => Type === 'AWS::StepFunctions::StateMachine')!.Properties!.StateMachineName as string;
  const own = world.machine.arn.split(':').at(-1)!;
  return { ...call, resource: call.resource.map((one) => one.includes(':states:') ? one.replace(`:${own}`, `:${machine}`) : one) };
}

function stores(principal: string, method: string, path: string, key?: string): RecordedCall[] {
  const { pathname, searchParams } = new URL(path, 'http://bucket');
  const [, bucket, ...rest] = decodeURIComponent(pathname).split('/');
  const object = rest.join('/');
  if (object === '') return [{ principal, action: 's3:ListBucket', resource: [`arn:aws:s3:::${bucket}`], context: { 's3:prefix': searchParams.get('prefix') ?? '' } }];
  const used = (action: string): RecordedCall[] => key === undefined ? [] : [{ principal, action, resource: [key], context: {} }];
  return [{ principal, action: method === 'PUT' ? 's3:PutObject' : 's3:GetObject', resource: [`arn:aws:s3:::${bucket}/${object}`], context: {} }, ...used(method === 'PUT' ? 'kms:GenerateDataKey' : 'kms:Decrypt')];
}

/** What the service does with the role of the jobs (developer guide: inference optimization security; SageMaker AI execution roles, CreateTrainingJob). */
function jobCalls(principal: string, roleArn: string, key?: string): RecordedCall[] {
  const on = (action: string, resource: string, context: RecordedCall['context'] = {}): RecordedCall => ({ principal, action, resource: [resource], context });
  const folder = 'benchmark/ai/jobs/one/0/';
  return [
    ...['gpu', 'inf2'].flatMap((name) => ['DescribeEndpoint', 'InvokeEndpoint', 'InvokeEndpointWithResponseStream'].map((action) => on(`sagemaker:${action}`, arn('sagemaker', `endpoint/${name}`)))),
    on('sagemaker:DescribeEndpointConfig', arn('sagemaker', 'endpoint-config/any')),
    ...['AddTags', 'CreateTrainingJob', 'DescribeTrainingJob', 'StopTrainingJob'].map((action) => on(`sagemaker:${action}`, arn('sagemaker', 'training-job/bmk-1'))),
    on('iam:PassRole', roleArn, { 'iam:PassedToService': 'sagemaker.amazonaws.com' }),
    ...['AbortMultipartUpload', 'GetObject', 'PutObject'].map((action) => on(`s3:${action}`, `${RESULTS}/${folder}bmk-1/output/output.tar.gz`)),
    on('s3:ListBucket', RESULTS, { 's3:prefix': folder }),
    on('s3:ListBucket', RESULTS, { 's3:prefix': 'benchmark/ai/jobs' }),
    on('logs:CreateLogGroup', arn('logs', 'log-group:/aws/sagemaker/TrainingJobs')),
    on('logs:DescribeLogStreams', arn('logs', 'log-group:/aws/sagemaker/TrainingJobs')),
    ...['CreateLogStream', 'PutLogEvents'].map((action) => on(`logs:${action}`, arn('logs', 'log-group:/aws/sagemaker/TrainingJobs:log-stream:x'))),
    on('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': '/aws/sagemaker/TrainingJobs' }),
    on('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'aws/sagemaker/TrainingJobs' }),
    on('ecr:GetAuthorizationToken', '*'),
    ...['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer'].map((action) => on(`ecr:${action}`, `arn:aws:ecr:${REGION}:763104351884:repository/aiperf`)),
    on('secretsmanager:GetSecretValue', SECRET),
    ...key === undefined ? [] : [on('kms:Decrypt', key), on('kms:GenerateDataKey', key)],
  ];
}

const secret = ({ stack }: { stack: any }): Partial<import('../../../src').AiBenchmarkProps> => ({
  workload: AiWorkload.synthetic({ promptTokens: 550, outputTokens: 150, tokenizer: 'org/model', tokenizerSecret: secretsmanager.Secret.fromSecretCompleteArn(stack, 'Hub', SECRET) }),
});

test('every recorded call is allowed, every right is needed, and no other', async () => {
  const { policies, role, calls, judge } = await played(secret);
  const roles = policies.roles().filter((id) => id.startsWith('Chat')).map((id) => id.replace(/[0-9A-F]{8}$/, '')).sort();
  expect(roles).toEqual(['ChatJobRole', 'ChatRunRole', 'ChatStateMachineRole']);
  const job = role('ChatJobRole');
  const all = [...calls, ...jobCalls(job, `arn:aws:iam::${ACCOUNT}:role/${job}`)];
  for (const part of roles) {
    const own = all.filter(({ principal }) => principal === role(part));
    expect(own.length).toBeGreaterThan(0);
    await judge.expectAllowed(role(part), own);
    await judge.expectNeeded(role(part), own);
  }
  expect(roles.map((part) => policies.trustedServices(role(part)))).toEqual([['sagemaker.amazonaws.com'], ['lambda.amazonaws.com'], ['states.amazonaws.com']]);
  expect([...new Set(calls.filter(({ principal }) => principal === role('ChatRunRole')).map(({ action }) => action))].sort()).toEqual([
    'events:PutEvents', 'iam:PassRole', 'logs:CreateLogStream', 'logs:PutLogEvents', 's3:GetObject', 's3:ListBucket', 's3:PutObject', 'sagemaker:CreateAIBenchmarkJob', 'sagemaker:CreateAIWorkloadConfig', 'sagemaker:DescribeAIBenchmarkJob',
    'sagemaker:DescribeEndpoint', 'sagemaker:DescribeEndpointConfig', 'sagemaker:StopAIBenchmarkJob', 'states:DescribeExecution', 'states:ListExecutions',
  ]);
  const forbidden: [string, string, RecordedCall['context']?][] = [
    ['sagemaker:InvokeEndpoint', arn('sagemaker', 'endpoint/another')],
    ['sagemaker:UpdateEndpoint', arn('sagemaker', 'endpoint/gpu')],
    ['sagemaker:CreateAIBenchmarkJob', arn('sagemaker', 'ai-benchmark-job/another')],
    ['sagemaker:StopAIBenchmarkJob', arn('sagemaker', 'ai-benchmark-job/another')],
    ['sagemaker:CreateAIWorkloadConfig', arn('sagemaker', 'ai-workload-config/another')],
    ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/admin`, { 'iam:PassedToService': 'sagemaker.amazonaws.com' }],
    ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/${job}`, { 'iam:PassedToService': 'lambda.amazonaws.com' }],
    ['s3:PutObject', `${RESULTS}/benchmark/baselines/web/gpu/x/round-1.json`],
    ['s3:GetObject', `${RESULTS}/benchmark/runs/one/report.json`],
    ['s3:DeleteObject', `${RESULTS}/benchmark/ai/jobs/one/0/x`],
    ['s3:ListBucket', RESULTS],
    ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:other-AbCdEf')],
    ['events:PutEvents', arn('events', 'event-bus/default'), { 'events:source': 'aws.s3' }],
    ['cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'CdkAccelerators/Benchmark' }],
    ['logs:PutLogEvents', arn('logs', 'log-group:/aws/lambda/x:log-stream:x')],
    ['sagemaker:CreateModel', arn('sagemaker', 'model/x')],
  ];
  for (const part of roles) await judge.expectDenied(role(part), forbidden.map(([action, resource, context = {}]) => ({ principal: role(part), action, resource: [resource], context })));
  // Only the jobs send, and they write to their own folder alone.
  const may = (part: string, action: string, resource: string): RecordedCall => ({ principal: role(part), action, resource: [resource], context: {} });
  await judge.expectDenied(role('ChatRunRole'), [may('ChatRunRole', 'sagemaker:InvokeEndpoint', arn('sagemaker', 'endpoint/gpu')), may('ChatRunRole', 'secretsmanager:GetSecretValue', SECRET)]);
  await judge.expectDenied(job, [may('ChatJobRole', 's3:PutObject', `${RESULTS}/benchmark/ai/runs/one/0.json`)]);
});

test('with a key, another folder and another bus', async () => {
  const key = arn('kms', 'key/results');
  const bus = arn('events', 'event-bus/own');
  const { role, calls, judge } = await played(({ stack }) => ({
    results: { bucket: s3.Bucket.fromBucketAttributes(stack, 'Encrypted', { bucketName: 'results', encryptionKey: kms.Key.fromKeyArn(stack, 'Key', key) }) },
    eventBus: events.EventBus.fromEventBusArn(stack, 'Bus', bus),
    ...secret({ stack }),
  }), {}, key);
  const job = role('ChatJobRole');
  const all = [...calls, ...jobCalls(job, `arn:aws:iam::${ACCOUNT}:role/${job}`, key)];
  for (const part of [job, role('ChatRunRole')]) {
    await judge.expectAllowed(part, all.filter(({ principal }) => principal === part));
    await judge.expectNeeded(part, all.filter(({ principal }) => principal === part));
  }
  expect(calls.filter(({ action }) => action === 'events:PutEvents').flatMap(({ resource }) => resource)).toContain(bus);
});
