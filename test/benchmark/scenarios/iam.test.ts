import { Stack } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ENDPOINT, World, type WorldOptions } from './world';
import { BenchmarkDataset } from '../../../src';
import { loggingCalls } from '../../compilation/scenarios/world';
import { ACCOUNT, callsOf, Judge, Policies, REGION, type Exception, type RecordedCall, type Template } from '../../support/iam';

jest.setTimeout(120_000);

const ROLES = ['BenchmarkDirectorRole', 'BenchmarkGateRole', 'BenchmarkStateMachineRole', 'BenchmarkWorkerRole'];
const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const WEB = arn('sagemaker', `endpoint/${ENDPOINT}`);

let world: World;
afterEach(async () => world.stop());

interface Played {
  readonly policies: Policies;
  readonly calls: readonly RecordedCall[];
  /** The whole logical id of a role, by its beginning. */
  readonly role: (part: string) => string;
}

/** Runs of a benchmark and questions of a migration, and who called what in them. `keys`: of a bucket that is encrypted with one. */
async function played(options: WorldOptions, keys: Readonly<Record<string, string>> = {}): Promise<Played> {
  world = await World.start({ seconds: 1, ...options });
  // The variants of the tests are in another account than the stand-in.
  const template = JSON.parse(JSON.stringify(Assertions.fromStack(Stack.of(world.benchmark)).toJSON()).replaceAll('111122223333', ACCOUNT)) as Template;
  const endpoint = Object.keys(template.Resources).find((id) => template.Resources[id].Type === 'AWS::SageMaker::Endpoint')!;
  const policies = new Policies(template, { values: { [endpoint]: WEB, [`${endpoint}.EndpointName`]: ENDPOINT } });
  const role = (part: string) => policies.roles().find((id) => id.startsWith(part))!;
  const machine = Object.values(template.Resources).find(({ Type }) => Type === 'AWS::StepFunctions::StateMachine')!.Properties!.StateMachineName as string;
  const calls: RecordedCall[] = [];

  const spied = (name: 'director' | 'worker' | 'gate', principal: string) => {
    const { [name]: handler } = world.handlers;
    world.handlers[name] = async (event: unknown) => {
      const [asked, stored] = [world.standIn.control.calls.length, world.bucket.received.length];
      try {
        return await handler(event);
      } finally {
        // Workers run side by side: each of them is said to have done what all did.
        calls.push(
          ...callsOf(principal, world.standIn.control.calls.slice(asked)).map((one) => ({ ...one, resource: one.resource.map((each) => each === world.machine.arn ? arn('states', `stateMachine:${machine}`) : each) })),
          ...name === 'worker' ? [{ principal, action: 'sagemaker:InvokeEndpoint', resource: [WEB], context: {} }] : [],
          ...world.bucket.received.slice(stored).flatMap(({ method, path }) => stores(principal, method, path, keys)),
        );
      }
    };
  };
  spied('director', role('BenchmarkDirectorRole'));
  spied('worker', role('BenchmarkWorkerRole'));
  spied('gate', role('BenchmarkGateRole'));

  expect(await world.gate()).toMatchObject({ pass: false });
  expect((await world.run('one')).result.output).toMatchObject({ outcome: 'measured' });
  expect(await world.gate()).toMatchObject({ pass: true });
  world.serve({ gpu: 'gpu-1', inf2: 'inf2-2' });
  expect((await world.run('two')).result.output).toMatchObject({ outcome: 'measured' });
  const own = ROLES.map(role);
  return { policies, role, calls: [...calls, ...world.machine.calls, ...loggingCalls(template, policies).filter(({ principal }) => own.includes(principal))] };
}

/** A request to S3 as IAM sees it. What is not there is told to those only who may list; S3 uses the bucket's key in the name of the caller. */
function stores(principal: string, method: string, path: string, keys: Readonly<Record<string, string>>): RecordedCall[] {
  const { pathname, searchParams } = new URL(path, 'http://bucket');
  const [, bucket, ...rest] = decodeURIComponent(pathname).split('/');
  const key = rest.join('/');
  const list = (prefix: string): RecordedCall => ({ principal, action: 's3:ListBucket', resource: [`arn:aws:s3:::${bucket}`], context: { 's3:prefix': prefix } });
  if (key === '') return [list(searchParams.get('prefix') ?? '')];
  const used = (action: string): RecordedCall[] => keys[bucket] === undefined ? [] : [{ principal, action, resource: [keys[bucket]], context: {} }];
  const on = (action: string): RecordedCall => ({ principal, action, resource: [`arn:aws:s3:::${bucket}/${key}`], context: {} });
  if (method === 'PUT') return [on('s3:PutObject'), ...used('kms:GenerateDataKey')];
  return [on('s3:GetObject'), ...used('kms:Decrypt'), ...world.bucket.objects.has(key) ? [] : [list(key)]];
}

async function judged({ policies, calls, role }: Played, exceptions: Readonly<Record<string, Exception[]>> = {}): Promise<Judge> {
  const judge = new Judge(policies);
  expect(policies.roles().filter((id) => id.startsWith('Benchmark')).map((id) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual(ROLES);
  for (const part of ROLES) {
    const own = calls.filter(({ principal }) => principal === role(part));
    await judge.expectAllowed(role(part), own);
    await judge.expectNeeded(role(part), own, exceptions[part]);
  }
  return judge;
}

const actionsOf = ({ calls, role }: Played, part: string) => [...new Set(calls.filter(({ principal }) => principal === role(part)).map(({ action }) => action))].sort();
const LOGGED = ['logs:CreateLogStream', 'logs:PutLogEvents'];

describe('every recorded call is allowed, and every right is needed', () => {
  test('with a bucket by its name; and what the roles must not do', async () => {
    const all = await played({});
    const judge = await judged(all);
    expect(ROLES.map((part) => all.policies.trustedServices(all.role(part)))).toEqual([['lambda.amazonaws.com'], ['lambda.amazonaws.com'], ['states.amazonaws.com'], ['lambda.amazonaws.com']]);
    expect(actionsOf(all, 'BenchmarkWorkerRole')).toEqual([...LOGGED, 's3:GetObject', 's3:PutObject', 'sagemaker:InvokeEndpoint']);
    expect(actionsOf(all, 'BenchmarkGateRole')).toEqual([...LOGGED, 's3:GetObject', 's3:ListBucket', 'sagemaker:DescribeEndpoint', 'sagemaker:DescribeEndpointConfig']);
    expect(actionsOf(all, 'BenchmarkStateMachineRole')).toEqual(['lambda:InvokeFunction']);
    const RESULTS = 'arn:aws:s3:::results';
    const forbidden: [string, string, RecordedCall['context']?][] = [
      ['sagemaker:InvokeEndpoint', arn('sagemaker', 'endpoint/another')],
      ['sagemaker:DescribeEndpoint', arn('sagemaker', 'endpoint/another')],
      ['sagemaker:UpdateEndpointWeightsAndCapacities', WEB],
      ['sagemaker:UpdateEndpoint', WEB],
      ['s3:GetObject', 'arn:aws:s3:::data/answers.jsonl'],
      ['s3:GetObject', `${RESULTS}/elsewhere/1`],
      ['s3:PutObject', 'arn:aws:s3:::data/questions.jsonl'],
      ['s3:PutObject', `${RESULTS}/elsewhere/1`],
      ['s3:DeleteObject', `${RESULTS}/benchmark/runs/one/report.html`],
      ['s3:ListBucket', RESULTS],
      ['s3:ListBucket', RESULTS, { 's3:prefix': 'elsewhere/' }],
      ['states:StartExecution', arn('states', 'stateMachine:another')],
      ['states:ListExecutions', arn('states', 'stateMachine:another')],
      ['events:PutEvents', arn('events', 'event-bus/default')],
      ['events:PutEvents', arn('events', 'event-bus/default'), { 'events:source': 'aws.s3' }],
      ['events:PutEvents', arn('events', 'event-bus/another'), { 'events:source': 'cdk-accelerators.benchmark' }],
      ['cloudwatch:PutMetricData', '*'],
      ['lambda:InvokeFunction', arn('lambda', 'function:another')],
      ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/admin`],
    ];
    for (const part of ROLES) await judge.expectDenied(all.role(part), forbidden.map(([action, resource, context = {}]) => ({ principal: all.role(part), action, resource: [resource], context })));
    const may = (part: string, action: string, resource: string): RecordedCall => ({ principal: all.role(part), action, resource: [resource], context: {} });
    await judge.expectDenied(all.role('BenchmarkWorkerRole'), [may('BenchmarkWorkerRole', 's3:PutObject', `${RESULTS}/benchmark/baselines/web/gpu/x/round-1.json`), may('BenchmarkWorkerRole', 's3:GetObject', `${RESULTS}/benchmark/runs/one/x.json`)]);
    await judge.expectDenied(all.role('BenchmarkGateRole'), [may('BenchmarkGateRole', 's3:PutObject', `${RESULTS}/benchmark/baselines/x`), may('BenchmarkGateRole', 'sagemaker:InvokeEndpoint', WEB)]);
    await judge.expectDenied(all.role('BenchmarkDirectorRole'), [may('BenchmarkDirectorRole', 'sagemaker:InvokeEndpoint', WEB)]);
  });

  test('with a bucket of its own, another folder and another bus', async () => {
    const all = await played({ benchmark: ({ stack }) => ({ results: { prefix: 'team/a' }, eventBus: events.EventBus.fromEventBusArn(stack, 'Bus', arn('events', 'event-bus/own')) }) });
    await judged(all);
    expect(all.calls.filter(({ action }) => action === 'events:PutEvents').flatMap(({ resource }) => resource)).toEqual(expect.arrayContaining([arn('events', 'event-bus/own')]));
  });

  test('with keys', async () => {
    const [data, results] = ['data', 'results'].map((name) => arn('kms', `key/${name}`));
    const all = await played({
      benchmark: ({ stack }) => {
        const bucket = (bucketName: string, key: string) => s3.Bucket.fromBucketAttributes(stack, `Encrypted-${bucketName}`, { bucketName, encryptionKey: kms.Key.fromKeyArn(stack, `Key-${bucketName}`, key) });
        return { dataset: BenchmarkDataset.fromBucket(bucket('data', data), 'questions.jsonl'), results: { bucket: bucket('results', results) } };
      },
    }, { data, results });
    await judged(all, {
      BenchmarkWorkerRole: [{ what: 'kms:Decrypt', reason: 'S3 asks for it of an upload in parts; the results of a slice come in one' }],
    });
    expect(actionsOf(all, 'BenchmarkGateRole')).toContain('kms:Decrypt');
  });
});
