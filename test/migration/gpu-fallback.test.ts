/** `GpuFallback` and what it is made of, in the template; the rights by simulation of the calls that its executions made. */
import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ENDPOINT, ENV, fallbackStack, migrationStack, ofType, OWNER, templateOf, valuesOf, WatchdogWorld, type FallbackOptions } from './watchdog-world';
import { InferenceEndpoint } from '../../src';
import { GpuFallback } from '../../src/migration/gpu-fallback';
import { G5, INF2, newStack, twoVariants } from '../endpoint/support';
import { ACCOUNT, Judge, Policies, REGION, resolve } from '../support/iam';
import { definitionOf, statesOf, validateDefinition } from '../support/state-machine';

jest.setTimeout(60_000);

const SCALED = { gpu: { scaling: { minInstances: 1, maxInstances: 6 } }, inf2: { scaling: { minInstances: 1, maxInstances: 6 } } };
const as = <T>(value: unknown): T => value as T;

/** The properties of the resources of a type, without intrinsics. */
function filled(stack: Stack, type: string): any[] {
  const template = templateOf(stack);
  return ofType(template, type).map(([, properties]) => resolve(properties, valuesOf(template), template));
}

describe('the resources', () => {
  const added = (stack: Stack, part: string) => Object.entries(templateOf(stack).Resources).filter(([id]) => id.startsWith(part)).map(([, { Type }]) => Type).sort();
  const BASE = ['AWS::CloudWatch::Alarm', 'AWS::Events::Rule', 'AWS::IAM::Role', 'AWS::IAM::Role', 'AWS::StepFunctions::StateMachine'];

  test('of a fallback: five, and a kill switch for the endpoint', () => {
    expect(added(fallbackStack().stack, 'Fallback')).toEqual(BASE);
    expect(added(fallbackStack().stack, 'EndpointKillSwitch')).toEqual(['AWS::SSM::Parameter']);
    expect(added(fallbackStack({ latency: { p99: Duration.seconds(1) } }).stack, 'Fallback')).toEqual([BASE[0], ...BASE]);
  });

  test('outputs: how to fall back by hand, and what clients ask', () => {
    const template = templateOf(fallbackStack().stack);
    const outputs = Object.fromEntries(Object.entries((template as any).Outputs).filter(([id]) => id.startsWith('Fallback')).map(([id, output]) => [id.replace(/[0-9A-F]{8}$/, ''), resolve(output, valuesOf(template), template)]));
    expect(outputs).toEqual({
      FallbackFallBack: { Description: 'Sends everything to the fallback variant at once', Value: expect.stringMatching(new RegExp(`^aws stepfunctions start-execution --region ${REGION} --state-machine-arn arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:Fallback`)) },
      FallbackKillSwitch: { Description: 'Parameter that clients ask', Value: expect.stringMatching(/^EndpointKillSwitch/) },
    });
  });

  test('of a migration\'s watchdog: the rule for its end besides', () => {
    expect(added(migrationStack().stack, 'Watchdog')).toEqual([...BASE, 'AWS::Events::Rule'].sort());
  });

  test.each([
    ['a fallback', fallbackStack().stack], ['a scaled one', fallbackStack(SCALED).stack], ['a watchdog', migrationStack().stack], ['a scaled watchdog', migrationStack(SCALED).stack],
  ])('the definition of %s is sound', (_, stack) => {
    const template = templateOf(stack);
    const definition = definitionOf(template, valuesOf(template));
    expect(validateDefinition(definition)).toEqual([]);
    expect(definition.TimeoutSeconds).toBe(4 * 3600);
    const tasks = statesOf(definition).filter(([, { Type }]) => Type === 'Task');
    expect(tasks.filter(([, { TimeoutSeconds }]) => TimeoutSeconds !== 10)).toEqual([]);
    expect(tasks.filter(([, { Catch }]) => Catch === undefined)).toEqual([]);
    // It works when functions do not.
    expect(tasks.filter(([, { Resource }]) => Resource!.includes('lambda'))).toEqual([]);
  });

  test('scaling is touched where there is scaling only', () => {
    const scalings = (stack: Stack) => statesOf(definitionOf(templateOf(stack), valuesOf(templateOf(stack)))).filter(([, { Resource }]) => Resource?.includes('autoscaling')).map(([name]) => name);
    expect(scalings(fallbackStack().stack)).toEqual([]);
    expect(scalings(fallbackStack(SCALED).stack).sort()).toEqual(['Let it scale', 'Raise the least number']);
    expect(scalings(migrationStack(SCALED).stack).sort()).toEqual(['Let it scale', 'Let the newcomer scale', 'Let the old one scale', 'Let the other scale', 'Raise the least number']);
  });

  test('the rules: exactly this alarm, exactly this state machine, an hour of trying, one role', () => {
    const { stack } = migrationStack();
    const [alarm, ended] = filled(stack, 'AWS::Events::Rule');
    expect(alarm.EventPattern).toEqual({
      'source': ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      'resources': [`arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:Stack-Watchdog-910D80A4-errors`],
      'detail': { state: { value: ['ALARM'] } },
    });
    expect(ended.EventPattern).toEqual({
      'source': ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      'detail': { stateMachineArn: [OWNER.replace(':execution:', ':stateMachine:').replace(':run-1', '')], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    });
    for (const { Targets } of [alarm, ended]) {
      expect(Targets).toEqual([expect.objectContaining({ RetryPolicy: { MaximumEventAgeInSeconds: 3600 }, RoleArn: alarm.Targets[0].RoleArn })]);
    }
  });

  test('the kill switch: off in the template, and nothing in it that a deploy could change', () => {
    const [parameter] = filled(fallbackStack().stack, 'AWS::SSM::Parameter');
    expect(parameter).toEqual({
      Type: 'String',
      Value: 'off',
      Description: 'Kill switch of a SageMaker endpoint: off, or the name of the variant that gets every request',
      AllowedPattern: '^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$',
    });
    expect(filled(fallbackStack({ instances: 2, errors: { maxErrorRate: 0.2 } }).stack, 'AWS::SSM::Parameter')).toEqual([parameter]);
    const pattern = new RegExp(parameter.AllowedPattern);
    expect(['off', 'gpu', 'a-b', 'x'.repeat(63)].map((value) => pattern.test(value))).toEqual([true, true, true, true]);
    expect(['', '-a', 'a b', 'x'.repeat(64)].map((value) => pattern.test(value))).toEqual([false, false, false, false]);
  });
});

describe('rights', () => {
  const statements = (stack: Stack, part: string) => filled(stack, 'AWS::IAM::Role').filter(({ Description }) => Description?.startsWith(part)).flatMap(({ Policies: [inline] }) => inline.PolicyDocument.Statement);
  const PARAMETER = (id: string) => `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${id}`;

  test('of the state machine of a fallback', () => {
    expect(statements(fallbackStack().stack, 'Sends all')).toEqual([
      { Effect: 'Allow', Action: ['sagemaker:DescribeEndpoint', 'sagemaker:UpdateEndpointWeightsAndCapacities'], Resource: `arn:aws:sagemaker:${REGION}:${ACCOUNT}:endpoint/${ENDPOINT}` },
      { Effect: 'Allow', Action: 'ssm:PutParameter', Resource: expect.stringContaining(PARAMETER('EndpointKillSwitch')) },
      { Effect: 'Allow', Action: 'events:PutEvents', Resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`, Condition: { 'ForAllValues:StringEquals': { 'events:source': ['cdk-accelerators.migration'] }, 'Null': { 'events:source': 'false' } } },
    ]);
  });

  test('nothing is beside the roles, and only the services take them', () => {
    const template = templateOf(migrationStack(SCALED).stack);
    expect(ofType(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('Watchdog'))).toEqual([]);
    const policies = new Policies(template, { values: valuesOf(template) });
    const roles = ofType(template, 'AWS::IAM::Role').filter(([id]) => id.startsWith('Watchdog')).map(([id]) => policies.trustedServices(id));
    expect(roles.sort()).toEqual([['events.amazonaws.com'], ['states.amazonaws.com']]);
  });

  test('every call of the state machine is allowed, and every right is needed', async () => {
    const { stack } = migrationStack({ ...SCALED, floor: 3 });
    const worlds = [0, 1].map(() => new WatchdogWorld(stack, { gpu: [0.5, 1], inf2: [0.5, 2] }));
    const unproven = { unproven: { BOOL: true }, safeWeightFrom: { N: '1' }, safeWeightTo: { N: '0' }, safeWeightFromLeast: { N: '0.999' }, safeWeightToMost: { N: '0' } };
    worlds[1].putLock(unproven);
    worlds[0].ring();
    worlds[1].machine.start({ mode: 'recover', cause: 'test', execution: OWNER });
    for (const world of worlds) await world.settle();
    const calls = worlds.flatMap((world) => world.calls);
    const [{ template, role }] = worlds;
    const judge = new Judge(new Policies(template, { values: valuesOf(template) }));
    await judge.expectAllowed(role, calls);
    await judge.expectNeeded(role, calls);
    await judge.expectDenied(role, [
      { principal: role, action: 'sagemaker:UpdateEndpointWeightsAndCapacities', resource: [`arn:aws:sagemaker:${REGION}:${ACCOUNT}:endpoint/other`], context: {} },
      { principal: role, action: 'sagemaker:UpdateEndpoint', resource: [`arn:aws:sagemaker:${REGION}:${ACCOUNT}:endpoint/${ENDPOINT}`], context: {} },
      ...['dynamodb:GetItem', 'dynamodb:UpdateItem'].map((action) => ({ principal: role, action, resource: [`arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${ofType(template, 'AWS::DynamoDB::Table')[0][0]}`], context: { 'dynamodb:LeadingKeys': ['other'] } })),
      { principal: role, action: 'events:PutEvents', resource: [`arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`], context: { 'events:source': 'somebody.else' } },
      { principal: role, action: 'ssm:PutParameter', resource: [PARAMETER('other')], context: {} },
      { principal: role, action: 'application-autoscaling:RegisterScalableTarget', resource: [`arn:aws:application-autoscaling:${REGION}:${ACCOUNT}:scalable-target/x`], context: { 'application-autoscaling:service-namespace': 'ecs', 'application-autoscaling:scalable-dimension': 'ecs:service:DesiredCount' } },
    ]);
  });

  test('the rules may start this state machine and nothing else', async () => {
    const world = new WatchdogWorld(migrationStack().stack);
    world.ring();
    const [{ principal }] = world.rules.calls;
    const judge = new Judge(new Policies(world.template, { values: valuesOf(world.template) }));
    await judge.expectAllowed(principal, world.rules.calls);
    await judge.expectNeeded(principal, world.rules.calls);
  });

  test('keys of topic and table are used through their services', () => {
    const stack = newStack({ env: ENV });
    const [topicKey, tableKey] = ['TopicKey', 'TableKey'].map((id) => kms.Key.fromKeyArn(stack, id, `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`));
    const migrationTable = new dynamodb.Table(stack, 'Table', { partitionKey: { name: 'endpoint', type: dynamodb.AttributeType.STRING }, encryptionKey: tableKey });
    fallbackStack({ notifications: { topic: new sns.Topic(stack, 'Topic', { masterKey: topicKey }), eventBus: events.EventBus.fromEventBusName(stack, 'Bus', 'ours') }, migrationTable }, stack);
    const all = statements(stack, 'Sends all');
    const via = (service: string) => ({ StringEquals: { 'kms:ViaService': `${service}.${REGION}.amazonaws.com` } });
    expect(all.filter(({ Action }) => String(Action).includes('kms:'))).toEqual([
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'], Resource: `arn:aws:kms:${REGION}:${ACCOUNT}:key/TableKey`, Condition: via('dynamodb') },
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: `arn:aws:kms:${REGION}:${ACCOUNT}:key/TopicKey`, Condition: via('sns') },
    ]);
    expect(all.find(({ Action }) => Action === 'events:PutEvents').Resource).toBe(`arn:aws:events:${REGION}:${ACCOUNT}:event-bus/ours`);
    expect(JSON.stringify(definitionOf(templateOf(stack), valuesOf(templateOf(stack))))).toContain(`"EventBusName":"arn:aws:events:${REGION}:${ACCOUNT}:event-bus/ours"`);
  });

  test('the bus of another account is told by its ARN: a name would be a bus of this one', () => {
    const stack = newStack({ env: ENV });
    const arn = `arn:aws:events:${REGION}:222222222222:event-bus/central`;
    fallbackStack({ notifications: { eventBus: events.EventBus.fromEventBusArn(stack, 'Bus', arn) } }, stack);
    expect(statements(stack, 'Sends all').find(({ Action }) => Action === 'events:PutEvents').Resource).toBe(arn);
    expect(JSON.stringify(definitionOf(templateOf(stack), valuesOf(templateOf(stack))))).toContain(`"EventBusName":"${arn}"`);
  });
});

describe('use', () => {
  test('a stopped migration: with its table the lock is raised', async () => {
    const stack = newStack({ env: ENV });
    const migrationTable = new dynamodb.Table(stack, 'Table', { partitionKey: { name: 'endpoint', type: dynamodb.AttributeType.STRING }, sortKey: { name: 'record', type: dynamodb.AttributeType.STRING } });
    const world = new WatchdogWorld(fallbackStack({ migrationTable }, stack).stack);
    world.ring();
    await world.settle();
    expect(world.lock).toMatchObject({ epoch: '8', fallback: true });
  });

  test('the instances at creation are needed, unless it is said how many', () => {
    const floor = (props: FallbackOptions) => (statesOf(definitionOf(templateOf(fallbackStack(props).stack), valuesOf(templateOf(fallbackStack(props).stack)))).find(([name]) => name === 'Begin')![1] as any).Parameters.floor;
    expect(floor({ gpu: { initialInstanceCount: 3 } })).toEqual({ instances: 3 });
    expect(floor({ gpu: { initialInstanceCount: 3 }, instances: 5 })).toEqual({ instances: 5 });
    expect(floor({ gpu: { initialInstanceCount: Lazy.number({ produce: () => 4 }) } })).toEqual({ instances: 0 });
  });

  test('the fallback gets the sum of the weights, or 1 when the template says none', () => {
    const weight = (props: FallbackOptions) => (statesOf(definitionOf(templateOf(fallbackStack(props).stack), valuesOf(templateOf(fallbackStack(props).stack)))).find(([name]) => name === 'Begin')![1] as any).Parameters.weights;
    expect(weight({ gpu: { weight: 1 }, inf2: { weight: 3 } })).toEqual({ from: 4, to: 0, leastFrom: 0.004, mostTo: 0 });
    expect(weight({ inf2: { weight: Lazy.number({ produce: () => 4 }) } })).toMatchObject({ from: 1, to: 0 });
  });

  test('alarms of one\'s own, each once', async () => {
    const { stack, fallback } = fallbackStack();
    const own = new cloudwatch.Alarm(stack, 'Own', { alarmName: 'own', metric: new cloudwatch.Metric({ namespace: 'Mine', metricName: 'Bad' }), threshold: 1, evaluationPeriods: 1 });
    fallback.addAlarm(own);
    fallback.addAlarm(own);
    expect(filled(stack, 'AWS::Events::Rule')[0].EventPattern.resources).toEqual([
      `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:Stack-Fallback-Watchdog-36298669-errors`, `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:own`,
    ]);
  });

  test('a client may read the kill switch, and nothing more of it', () => {
    const { stack, fallback } = fallbackStack();
    const client = new iam.Role(stack, 'Client', { assumedBy: new iam.AccountRootPrincipal() });
    fallback.grantReadKillSwitch(client);
    const [{ PolicyDocument }] = filled(stack, 'AWS::IAM::Policy').filter(({ PolicyName }) => PolicyName.startsWith('Client'));
    expect(PolicyDocument.Statement).toEqual([{ Effect: 'Allow', Action: 'ssm:GetParameter', Resource: expect.stringContaining(`arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/EndpointKillSwitch`) }]);
    expect(fallback.killSwitchParameterName).toBe(fallback.killSwitchParameter.parameterName);
  });

  test('a variant may be called like the kill switch, made before it or after it', () => {
    const stack = newStack({ env: ENV });
    const endpoint = new InferenceEndpoint(stack, 'Endpoint', {});
    const [watched, named] = [endpoint.addVariant('inf2', INF2), endpoint.addVariant('KillSwitch', { ...G5, weight: 0 })];
    const { killSwitchParameter } = new GpuFallback(stack, 'Fallback', { watched, fallback: named });
    const { stack: after, endpoint: other } = fallbackStack();
    other.addVariant('KillSwitch', { ...G5, weight: 0 });
    for (const one of [stack, after]) {
      const [[id], ...more] = ofType(templateOf(one), 'AWS::SSM::Parameter');
      expect([id.replace(/[0-9A-F]{8}$/, ''), more]).toEqual(['EndpointKillSwitch', []]);
      expect(ofType(templateOf(one), 'AWS::SageMaker::EndpointConfig')[0][1].ProductionVariants.map(({ VariantName }: any) => VariantName)).toContain('KillSwitch');
    }
    expect(stack.resolve(killSwitchParameter.parameterName)).toEqual({ Ref: ofType(templateOf(stack), 'AWS::SSM::Parameter')[0][0] });
  });

  test('rules for its events, on its bus', () => {
    const { stack, fallback } = fallbackStack();
    fallback.onFallback('Rule1');
    fallback.onFallbackBlocked('Rule2', { description: 'help' });
    const [, one, two] = filled(stack, 'AWS::Events::Rule');
    expect(one.EventPattern).toEqual({ 'source': ['cdk-accelerators.migration'], 'detail-type': ['FallbackTriggered'], 'detail': { watchdog: ['Stack-Fallback-Watchdog-36298669'] } });
    expect(two).toMatchObject({ Description: 'help', EventPattern: { 'detail-type': ['FallbackBlocked'] } });
  });

  test('a pattern of the user\'s narrows its events, and cannot make them others', () => {
    const { stack, fallback } = fallbackStack();
    fallback.onFallback('Rule1', { eventPattern: { account: [ACCOUNT], detail: { endpoint: ['web'] } } });
    expect(filled(stack, 'AWS::Events::Rule')[1].EventPattern).toEqual({
      'source': ['cdk-accelerators.migration'], 'account': [ACCOUNT], 'detail-type': ['FallbackTriggered'], 'detail': { endpoint: ['web'], watchdog: ['Stack-Fallback-Watchdog-36298669'] },
    });
    expect(() => fallback.onFallback('Rule2', { eventPattern: { detailType: ['FallbackDone'], detail: { watchdog: ['other'] } } })).toThrow(
      /`eventPattern\.detail\.watchdog`: got \["other"\][^]*`eventPattern\.detailType`: got \["FallbackDone"\]; allowed: nothing: the rule is for FallbackTriggered/);
  });

  test('metrics are those of the state machine; alarms are there to be used', () => {
    const { stack, fallback } = fallbackStack({ latency: { p99: Duration.seconds(1) } });
    const metric = (one: cloudwatch.Metric) => [one.namespace, one.metricName, stack.resolve(one.dimensions)];
    const dimensions = { StateMachineArn: stack.resolve(fallback.stateMachine.stateMachineArn) };
    expect(metric(fallback.metricFallbacks())).toEqual(['AWS/States', 'ExecutionsStarted', dimensions]);
    expect(metric(fallback.metricFailures())).toEqual(['AWS/States', 'ExecutionsFailed', dimensions]);
    expect(fallback.alarm).not.toBe(fallback.latencyAlarm);
    expect(fallbackStack().fallback.latencyAlarm).toBeUndefined();
  });

  test('options that are there and undefined are as good as none', () => {
    const none = { maxErrorRate: undefined, errorRatio: undefined, minimumRequests: undefined, minutes: undefined };
    expect(templateOf(fallbackStack({ errors: none, latency: undefined, instances: undefined }).stack)).toEqual(templateOf(fallbackStack().stack));
  });

  test('variants besides the two: a warning', () => {
    const stack = newStack({ env: ENV });
    const all = twoVariants({ gpu: { weight: 0 } }, {}, stack);
    all.endpoint.addVariant('third', G5);
    new GpuFallback(stack, 'Fallback', { watched: all.inf2, fallback: all.gpu });
    Annotations.fromStack(stack).hasWarning('/Stack/Fallback', Match.stringLikeRegexp('got an endpoint with 3 variants \\(gpu, inf2, third\\); allowed: any number; requests of the others stay with them'));
  });

  test('no warning for two', () => {
    const { stack } = fallbackStack();
    expect(Annotations.fromStack(stack).findWarning('/Stack/Fallback', Match.anyValue())).toEqual([]);
  });
});

describe('bad inputs', () => {
  type Both = ReturnType<typeof twoVariants>;
  /** What is thrown, and that nothing but the construct itself was made. */
  function refused(props: Partial<ConstructorParameters<typeof GpuFallback>[2]> | ((both: Both) => object), more: { gpu?: object; inf2?: object; endpoint?: object } = {}): string {
    const both = twoVariants(more, more.endpoint, newStack({ env: ENV }));
    const given = { watched: both.inf2, fallback: both.gpu, ...typeof props === 'function' ? props(both) : props };
    try {
      new GpuFallback(both.stack, 'Fallback', as(given));
    } catch (error) {
      expect(both.stack.node.findChild('Fallback').node.children).toEqual([]);
      return (error as Error).message;
    }
    return 'nothing thrown';
  }
  const token = () => new CfnParameter(new Stack(), 'P', { type: 'Number' }).valueAsNumber;
  const NUMBER = 'Stack/Fallback: `errors.';

  test.each<[string, Parameters<typeof refused>[0], string]>([
    ['no variant', { watched: undefined }, 'Stack/Fallback: `watched`: got undefined; allowed: a variant of an endpoint of this app; fix: give what `InferenceEndpoint.addVariant` returned'],
    ['a name', { fallback: as('gpu') }, 'Stack/Fallback: `fallback`: got "gpu"; allowed: a variant of an endpoint of this app; fix: give what `InferenceEndpoint.addVariant` returned'],
    ['an imported variant', ({ stack }) => ({ fallback: InferenceEndpoint.fromEndpointName(stack, 'Other', 'other').variant('gpu') }), 'Stack/Fallback: `fallback`: got another object; allowed: a variant of an endpoint of this app; fix: give what `InferenceEndpoint.addVariant` returned'],
    ['one variant twice', ({ gpu }) => ({ watched: gpu }), 'Stack/Fallback: `fallback`: got "gpu", the watched variant; allowed: another variant of its endpoint; fix: give the variant on GPU'],
    ['variants of two endpoints', ({ stack }) => ({ fallback: new InferenceEndpoint(stack, 'Other').addVariant('gpu', G5) }),
      'Stack/Fallback: `fallback`: got a variant of Stack/Other, the watched one is of Stack/Endpoint; allowed: two variants of one endpoint: weights move requests inside an endpoint only; fix: add the fallback variant to the endpoint of the watched one'],
    ['the two the wrong way round', ({ gpu, inf2 }) => ({ watched: gpu, fallback: inf2 }), 'Stack/Fallback: `fallback`: got a variant on ml.inf2.xlarge; allowed: a variant on GPU instances; fix: give the variant on GPU, or swap `watched` and `fallback`'],
    ['no instances', { instances: 0 }, 'Stack/Fallback: `instances`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['half an instance', { instances: 1.5 }, 'Stack/Fallback: `instances`: got 1.5; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['a token of instances', { instances: token() }, 'Stack/Fallback: `instances`: got a token (a value known only at deploy time); allowed: a value known at synth: the plan is checked then; fix: give a plain value'],
    ['a rate of 0', { errors: { maxErrorRate: 0 } }, `${NUMBER}maxErrorRate\`: got 0; allowed: a number above 0 and below 1; fix: give a share of the requests, e.g. 0.05`],
    ['a rate in percent', { errors: { maxErrorRate: 5 } }, `${NUMBER}maxErrorRate\`: got 5; allowed: a number above 0 and below 1; fix: give a share of the requests, e.g. 0.05`],
    ['a rate that is none', { errors: { maxErrorRate: NaN } }, `${NUMBER}maxErrorRate\`: got NaN; allowed: a number above 0 and below 1; fix: give a share of the requests, e.g. 0.05`],
    ['a ratio below 1', { errors: { errorRatio: 0.5 } }, `${NUMBER}errorRatio\`: got 0.5; allowed: a number from 1 to 100; fix: give at least 1: a variant that is as good as the fallback is no reason to leave it`],
    ['no sample', { errors: { minimumRequests: 0 } }, `${NUMBER}minimumRequests\`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1`],
    ['two hours of errors', { errors: { minutes: 120 } }, `${NUMBER}minutes\`: got 120; allowed: a whole number from 1 to 60; fix: give a whole number from 1 to 60`],
    ['errors that are no options', { errors: as(0.05) }, 'Stack/Fallback: `errors`: got 0.05; allowed: options; fix: give e.g. { maxErrorRate: 0.05 }'],
    ['latency without a limit', { latency: as({}) }, 'Stack/Fallback: `latency.p99`: got nothing; allowed: a duration; fix: give e.g. Duration.seconds(2)'],
    ['a latency in milliseconds', { latency: as({ p99: 500 }) }, 'Stack/Fallback: `latency.p99`: got 500; allowed: a duration; fix: give e.g. Duration.seconds(2)'],
    ['a latency of 0', { latency: { p99: Duration.seconds(0) } }, 'Stack/Fallback: `latency.p99`: got 0 milliseconds; allowed: whole milliseconds, 1 millisecond to 1 hour; fix: give e.g. Duration.seconds(2)'],
    ['half a millisecond', { latency: { p99: Duration.millis(0.5) } }, 'Stack/Fallback: `latency.p99`: got 0.5 milliseconds; allowed: whole milliseconds, 1 millisecond to 1 hour; fix: give e.g. Duration.seconds(2)'],
    ['a millisecond and a half', { latency: { p99: Duration.seconds(0.0015) } }, 'Stack/Fallback: `latency.p99`: got 1.5 milliseconds; allowed: whole milliseconds, 1 millisecond to 1 hour; fix: give e.g. Duration.seconds(2)'],
    ['a day of latency', { latency: { p99: Duration.days(1), minutes: 0 } }, 'Stack/Fallback: 2 problems\n  - `latency.p99`: got 1 day; allowed: whole milliseconds, 1 millisecond to 1 hour; fix: give e.g. Duration.seconds(2)\n  - `latency.minutes`: got 0; allowed: a whole number from 1 to 60; fix: give a whole number from 1 to 60'],
    ['a topic by its ARN', { notifications: as({ topic: 'arn:aws:sns:us-east-1:123456789012:t' }) }, 'Stack/Fallback: `notifications.topic`: got "arn:aws:sns:us-east-1:123456789012:t"; allowed: a topic of SNS; fix: pass a Topic, or Topic.fromTopicArn'],
    ['a FIFO topic', ({ stack }) => ({ notifications: { topic: sns.Topic.fromTopicArn(stack, 'T', 'arn:aws:sns:us-east-1:123456789012:t.fifo') } }), 'Stack/Fallback: `notifications.topic`: got a FIFO topic; allowed: a standard topic: people are told by mail and chat; fix: use a topic without `fifo`'],
    ['a table by its name', { migrationTable: as('table') }, 'Stack/Fallback: `migrationTable`: got "table"; allowed: a table; fix: give `migration.table` of a `TrafficMigration`'],
  ])('%s', (_, props, message) => expect(refused(props)).toBe(message));

  test('more instances than scaling lets it have', () => {
    expect(refused({ instances: 9 }, SCALED)).toBe('Stack/Fallback: `instances`: got 9 with scaling up to 6; allowed: at most `scaling.maxInstances` of "gpu" (6): what is above it is scaled in again; fix: raise `maxInstances` of the variant to 9, or give 6');
  });

  test('an asynchronous endpoint', () => {
    const stack = newStack({ env: ENV });
    const all = twoVariants({}, { asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'answers') } }, stack);
    const problem = (prop: string) => `  - \`${prop}\`: got a variant of an asynchronous endpoint; allowed: a variant of a real-time endpoint: asynchronous requests wait in a queue, and their failures are no answers; fix: watch a real-time endpoint`;
    expect(() => new GpuFallback(stack, 'Fallback', { watched: all.inf2, fallback: all.gpu })).toThrow(`Stack/Fallback: 2 problems\n${problem('watched')}\n${problem('fallback')}`);
  });

  test('a shadow variant, and one with the name that says off', () => {
    const stack = newStack({ env: ENV });
    const endpoint = new InferenceEndpoint(stack, 'Endpoint');
    const watched = endpoint.addVariant('off', INF2);
    const fallback = endpoint.addShadowVariant('gpu', G5);
    expect(() => new GpuFallback(stack, 'Fallback', { watched, fallback })).toThrow([
      'Stack/Fallback: 2 problems',
      '  - `watched`: got a variant named "off"; allowed: another name: "off" is what the kill switch says when it is off; fix: name the variant after its hardware',
      '  - `fallback`: got a shadow variant; allowed: a production variant: a shadow answers nobody; fix: give what `addVariant` returned',
    ].join('\n'));
  });

  test('a stack in another region', () => {
    const { inf2, gpu, stack } = twoVariants({}, {}, newStack({ env: ENV }));
    const other = new Stack(stack.node.root as never, 'Other', { env: { ...ENV, region: 'eu-west-1' } });
    expect(() => new GpuFallback(other, 'Fallback', { watched: inf2, fallback: gpu })).toThrow('Other/Fallback: `watched`: got an endpoint in us-east-1, from a stack in eu-west-1; allowed: an endpoint in the region of the fallback: alarms and rules are where the metrics are; fix: put the fallback into a stack in us-east-1');
  });

  test('an alarm of another region or account', () => {
    const { stack, fallback } = fallbackStack();
    const add = (id: string, region: string, account: string) => () => fallback.addAlarm(cloudwatch.CompositeAlarm.fromCompositeAlarmArn(stack, id, `arn:aws:cloudwatch:${region}:${account}:alarm:${id}`));
    expect(add('A', 'eu-west-1', ACCOUNT)).toThrow(new Error(`Stack/Fallback: \`alarm\`: got an alarm of region eu-west-1; allowed: an alarm of region ${REGION}: events and states of other alarms do not get here; fix: make the alarm in a stack of region ${REGION}`));
    expect(add('B', REGION, '444455556666')).toThrow(new Error(`Stack/Fallback: \`alarm\`: got an alarm of account 444455556666; allowed: an alarm of account ${ACCOUNT}: events and states of other alarms do not get here; fix: make the alarm in a stack of account ${ACCOUNT}`));
    const other = new Stack(stack.node.root as never, 'Other', { env: { ...ENV, region: 'eu-west-1' } });
    const own = new cloudwatch.Alarm(other, 'Own', { metric: new cloudwatch.Metric({ namespace: 'Mine', metricName: 'Bad' }), threshold: 1, evaluationPeriods: 1 });
    expect(() => fallback.addAlarm(own)).toThrow('Stack/Fallback: `alarm`: got an alarm of region eu-west-1; allowed: an alarm of region us-east-1');
    add('Here', REGION, ACCOUNT)();
    expect(filled(stack, 'AWS::Events::Rule')[0].EventPattern.resources).toEqual([expect.stringMatching(/-errors$/), `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:Here`]);
  });

  test.each<[string, FallbackOptions, number]>([['one alarm of its own', {}, 9], ['two of its own', { latency: { p99: Duration.seconds(1) } }, 8]])('with %s an alarm more than ten', (_, options, more) => {
    const { stack, fallback } = fallbackStack(options);
    const alarms = Array.from({ length: more + 1 }, (__, i) => cloudwatch.Alarm.fromAlarmArn(stack, `Alarm${i}`, `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${`${i}`.padEnd(120, 'x')}`));
    alarms.slice(0, more).forEach((alarm) => fallback.addAlarm(alarm));
    // Once more is none more.
    fallback.addAlarm(alarms[0]);
    expect(() => fallback.addAlarm(alarms[more])).toThrow(new Error('Stack/Fallback: `alarm`: got 11 alarms, those of the fallback itself included; allowed: at most 10: the event pattern of a rule has at most 2,048 characters; fix: combine alarms in a CompositeAlarm, and add that one'));
    const [{ EventPattern }] = filled(stack, 'AWS::Events::Rule');
    expect(EventPattern.resources).toHaveLength(10);
    expect(JSON.stringify(EventPattern).length).toBeLessThanOrEqual(2048);
  });

  test('no props at all, and no alarm', () => {
    const { fallback } = fallbackStack();
    expect(() => new GpuFallback(new Stack(), 'Fallback', as(undefined))).toThrow('Default/Fallback: 2 problems\n  - `watched`: got undefined; allowed: a variant of an endpoint of this app');
    expect(() => fallback.addAlarm(as('own'))).toThrow('Stack/Fallback: `alarm`: got "own"; allowed: an alarm of CloudWatch; fix: pass an Alarm, a CompositeAlarm, or Alarm.fromAlarmArn');
  });
});
