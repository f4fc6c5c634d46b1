import { Duration } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Deployed } from './deployed';
import { ENDPOINT, World, since, type StackOptions, type WorldOptions } from './world';
import { GatePoint, MigrationGate, ShiftPlan } from '../../../src/migration';
import { ACCOUNT, Judge, Policies, REGION, type Exception, type RecordedCall } from '../../support/iam';
import { SAGEMAKER } from '../../support/standin/sagemaker';

jest.setTimeout(600_000);

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const GATE = arn('lambda', 'function:gate');

/** Everything that a migration can have. */
const FULL: StackOptions = {
  gpu: { scaling: { minInstances: 1, maxInstances: 8, invocationsPerInstance: 900 } },
  migration: ({ stack }) => ({
    fallbackWindow: Duration.minutes(5),
    plan: ShiftPlan.canary(25, { bake: Duration.minutes(10), warmUp: { requestCount: 3, body: '{"inputs":"x"}' } }),
    gates: [MigrationGate.lambdaFunction(lambda.Function.fromFunctionArn(stack, 'Gate', GATE), { at: GatePoint.FULL })],
    notifications: { topic: new sns.Topic(stack, 'People') },
  }),
};
/** As little as there can be: nothing scales, nobody is told. */
const PLAIN: StackOptions = {
  gpu: { scaling: undefined, initialInstanceCount: 2 },
  inf2: { scaling: undefined },
  migration: { fallbackWindow: Duration.minutes(5), plan: ShiftPlan.canary(25, { bake: Duration.minutes(10) }) },
};

interface Played {
  readonly deployed: Deployed;
  readonly calls: RecordedCall[];
}

/** A world in which something happens, and who called what in it. */
async function play(options: WorldOptions, scenario: (world: World) => Promise<void>): Promise<Played> {
  const world = await World.start(options);
  world.standIn.functions.set('gate', () => ({ pass: true }));
  try {
    await scenario(world);
    const { parent, step, watchdog, rules, deployed } = world;
    return { deployed, calls: [...world.calls.values(), ...[parent, step, watchdog].flatMap(({ calls }) => calls), ...rules.calls] };
  } finally {
    await world.stop();
  }
}

/** All that runs of a migration and its watchdog do. */
async function everything(stack: StackOptions): Promise<{ judge: Judge; calls: (role: string) => RecordedCall[]; roles: string[] }> {
  const slow = since((minute) => ({ median: minute >= 3 ? 110 : 50 }));
  const bad = since((minute) => minute >= 6 ? 0.5 : 0);
  const played = [
    await play(stack, async (world) => {
      world.run({}, 'first');
      await world.ended(world.run({}, 'second'));
      await world.ended(world.parent.executions[0]);
      expect(world.parent.executions[0].result.output).toMatchObject({ outcome: 'promoted' });
    }),
    // The endpoint is busy, so that the controller needs the kill switch; stopped by hand, so that the parent stops its step.
    await play({ ...stack, traffic: { requestsPerMinute: 1000, variants: { inf2: { latency: slow } } } }, async (world) => {
      const run = world.run();
      await world.until(() => world.minute > 4, 20);
      world.standIn.state().endpoints.get(ENDPOINT)!.status = 'SystemUpdating';
      await world.until(() => world.killSwitch === 'gpu', 30);
      run.abort();
      await world.minutes(3);
      world.standIn.state().endpoints.get(ENDPOINT)!.status = 'InService';
      await world.ended(run);
      expect(world.share).toBe(0);
    }),
    // The controller is dead, and there is an instance too few.
    await play({ ...stack, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: bad } } } }, async (world) => {
      const run = world.run();
      await world.until(() => world.minute > 5, 10);
      world.standIn.call(SAGEMAKER, 'UpdateEndpointWeightsAndCapacities', { EndpointName: ENDPOINT, DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredInstanceCount: 1 }] });
      world.beforeTick = () => { throw new Error('dead'); };
      await world.ended(run);
      expect(world.share).toBe(0);
    }),
  ];
  const [{ deployed: { template, values } }] = played;
  const policies = new Policies(template, { values });
  const roles = policies.roles().filter((role) => role.startsWith('Migration'));
  const controller = roles.find((role) => role.includes('ControllerRole'))!;
  const group = String(values[`${Object.keys(template.Resources).find((id) => template.Resources[id].Type === 'AWS::Logs::LogGroup')}`]);
  // What the Lambda service does with the function's role when it runs.
  const logging = ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action): RecordedCall => ({ principal: controller, action, resource: [arn('logs', `log-group:${group}:log-stream:x`)], context: {} }));
  const all = [...played.flatMap(({ calls }) => calls), ...logging];
  return { judge: new Judge(policies), roles, calls: (role) => all.filter(({ principal }) => principal === role) };
}

async function judged(stack: StackOptions, exceptions: (role: string) => Exception[] = () => []): Promise<Awaited<ReturnType<typeof everything>>> {
  const found = await everything(stack);
  const { judge, roles, calls } = found;
  expect(roles.map((role) => role.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual(['MigrationControllerRole', 'MigrationRunRole', 'MigrationStepRole', 'MigrationWatchdogEventsRole', 'MigrationWatchdogRole']);
  for (const role of roles) {
    await judge.expectAllowed(role, calls(role));
    await judge.expectNeeded(role, calls(role), exceptions(role));
  }
  return found;
}

test('every recorded call is allowed and every right is needed, with all that there can be; and what the roles must not do', async () => {
  const { judge, roles } = await judged(FULL);
  const call = (principal: string) => (action: string, resource: string, context: RecordedCall['context'] = {}): RecordedCall => ({ principal, action, resource: [resource], context });
  for (const role of roles) {
    const may = call(role);
    await judge.expectDenied(role, [
      may('sagemaker:UpdateEndpointWeightsAndCapacities', arn('sagemaker', 'endpoint/another')),
      may('sagemaker:DescribeEndpoint', arn('sagemaker', 'endpoint/another')),
      may('sagemaker:InvokeEndpoint', arn('sagemaker', 'endpoint/another')),
      may('sagemaker:UpdateEndpoint', arn('sagemaker', `endpoint/${ENDPOINT}`)),
      may('sagemaker:DeleteEndpoint', arn('sagemaker', `endpoint/${ENDPOINT}`)),
      ...['GetItem', 'PutItem', 'UpdateItem'].map((one) => may(`dynamodb:${one}`, arn('dynamodb', 'table/CdkAcceleratorsMigrationsTable8E21F3A3'), { 'dynamodb:LeadingKeys': ['another'] })),
      may('dynamodb:DeleteItem', arn('dynamodb', 'table/CdkAcceleratorsMigrationsTable8E21F3A3'), { 'dynamodb:LeadingKeys': [ENDPOINT] }),
      may('dynamodb:Scan', arn('dynamodb', 'table/CdkAcceleratorsMigrationsTable8E21F3A3')),
      may('application-autoscaling:RegisterScalableTarget', arn('application-autoscaling', 'scalable-target/x'), { 'application-autoscaling:service-namespace': 'ecs', 'application-autoscaling:scalable-dimension': 'ecs:service:DesiredCount' }),
      may('application-autoscaling:DeregisterScalableTarget', arn('application-autoscaling', 'scalable-target/x')),
      may('events:PutEvents', arn('events', 'event-bus/default'), { 'events:source': 'aws.sagemaker' }),
      may('sns:Publish', arn('sns', 'another')),
      may('ssm:PutParameter', arn('ssm', 'parameter/another')),
      may('lambda:InvokeFunction', arn('lambda', 'function:another')),
      may('states:StartExecution', arn('states', 'stateMachine:another')),
      may('states:StopExecution', arn('states', 'execution:another:1')),
      may('cloudwatch:SetAlarmState', arn('cloudwatch', 'alarm:x')),
      may('iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/admin`),
    ]);
  }
});

test('the same with as little as there can be: no right is left over', async () => {
  await judged(PLAIN);
});

test('the same with a key: what services decrypt in the name of who calls is in no log of calls', async () => {
  const byService = (role: string): Exception[] => {
    const reason = 'DynamoDB uses the key in the name of the caller; the stand-in knows no keys';
    if (/ControllerRole|WatchdogRole/.test(role)) return ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'].map((what) => ({ what, reason }));
    return [];
  };
  await judged({ ...PLAIN, migration: ({ stack }) => ({ ...PLAIN.migration, encryptionKey: new kms.Key(stack, 'Key') }) }, byService);
});
