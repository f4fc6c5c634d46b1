import type { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { allowed, migrate, newStack, only, variants, UNMEASURED } from './construct-support';
import { InferenceEndpoint } from '../../src';
import { MigrationGate, ShiftPlan, TrafficMigration } from '../../src/migration';
import { G5, INF2 } from '../endpoint/support';
import { ACCOUNT, REGION } from '../support/iam';

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const handler = (stack: Stack, name: string) => lambda.Function.fromFunctionArn(stack, name, arn('lambda', `function:${name}`));
const ENDPOINT = expect.stringMatching(/:endpoint\//);
const TABLE = expect.stringMatching(/:table\/CdkAcceleratorsMigrationsTable/);
const controller = (props: Parameters<typeof migrate>[0] = {}, all = variants()) => allowed(migrate(props, all).stack, 'ControllerRole');
/** The statements with one of the actions, or nothing. */
const about = (statements: ReturnType<typeof allowed>, service: string) => statements.filter(({ Action }) => [Action].flat().some((one) => one.startsWith(`${service}:`)));

const LOGS = { Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Effect: 'Allow', Resource: expect.stringMatching(/:log-group:.*ControllerLogs/) };
const SAGEMAKER = { Action: ['sagemaker:DescribeEndpoint', 'sagemaker:UpdateEndpointWeightsAndCapacities'], Effect: 'Allow', Resource: ENDPOINT };
const DYNAMODB = {
  Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['Endpoint'] } },
  Effect: 'Allow',
  Resource: TABLE,
};
const SCALING = [
  { Action: 'application-autoscaling:DescribeScalableTargets', Effect: 'Allow', Resource: '*' },
  {
    Action: 'application-autoscaling:RegisterScalableTarget',
    Condition: { StringEquals: { 'application-autoscaling:service-namespace': 'sagemaker', 'application-autoscaling:scalable-dimension': 'sagemaker:variant:DesiredInstanceCount' } },
    Effect: 'Allow',
    Resource: arn('application-autoscaling', 'scalable-target/*'),
  },
];

describe('the controller', () => {
  test('may do this, and nothing else', () => {
    expect(controller()).toEqual([
      LOGS,
      SAGEMAKER,
      { Action: 'cloudwatch:GetMetricData', Effect: 'Allow', Resource: '*' },
      { Action: 'cloudwatch:DescribeAlarms', Effect: 'Allow', Resource: arn('cloudwatch', 'alarm:*') },
      ...SCALING,
      DYNAMODB,
      { Action: 'states:DescribeExecution', Effect: 'Allow', Resource: [arn('states', 'execution:Stack-Migration-5D73C387:*')] },
      { Action: 'events:PutEvents', Condition: { 'ForAllValues:StringEquals': { 'events:source': ['cdk-accelerators.migration'] }, 'Null': { 'events:source': 'false' } }, Effect: 'Allow', Resource: arn('events', 'event-bus/default') },
      { Action: ['ssm:GetParameter', 'ssm:PutParameter'], Effect: 'Allow', Resource: expect.stringMatching(/:parameter\/EndpointKillSwitch/) },
    ]);
  });

  test('is a function, and nobody else', () => {
    const { stack } = migrate();
    expect(only(stack, 'AWS::IAM::Role', 'ControllerRole')[1].AssumeRolePolicyDocument.Statement).toEqual([{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }]);
    expect(only(stack, 'AWS::IAM::Role', 'ControllerRole')[1].ManagedPolicyArns).toBeUndefined();
  });

  test.each([
    [{ gpu: { scaling: undefined } }, true],
    [{ inf2: { scaling: undefined } }, true],
    [{ gpu: { scaling: undefined }, inf2: { scaling: undefined } }, false],
  ])('scales when there is something to scale: %j', (more, scaled) => {
    expect(about(controller({}, variants(more)), 'application-autoscaling')).toEqual(scaled ? SCALING : []);
  });

  test('sends requests only when there are some', () => {
    const plan = ShiftPlan.auto({ warmUp: { body: '{}' } });
    expect(about(controller({ plan }), 'sagemaker')).toEqual([SAGEMAKER, { Action: 'sagemaker:InvokeEndpoint', Effect: 'Allow', Resource: ENDPOINT }]);
  });

  test('calls the functions of gates, and no others', () => {
    const statements = controller(({ stack }) => ({ gates: [MigrationGate.lambdaFunction(handler(stack, 'quality')), MigrationGate.lambdaFunction(handler(stack, 'price')), MigrationGate.approval()] }));
    expect(about(statements, 'lambda')).toEqual([{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: [arn('lambda', 'function:quality'), arn('lambda', 'function:price')] }]);
  });

  test('tells a topic and a bus, with the key of the topic', () => {
    const statements = controller(({ stack }) => ({
      notifications: {
        topic: new sns.Topic(stack, 'Topic', { masterKey: kms.Key.fromKeyArn(stack, 'Key', arn('kms', 'key/1')) }),
        eventBus: events.EventBus.fromEventBusArn(stack, 'Bus', arn('events', 'event-bus/mine')),
      },
    }));
    expect(about(statements, 'events')).toMatchObject([{ Resource: arn('events', 'event-bus/mine') }]);
    expect(about(statements, 'sns')).toEqual([{ Action: 'sns:Publish', Effect: 'Allow', Resource: expect.stringMatching(/:Topic/) }]);
    expect(about(statements, 'kms')).toEqual([{ Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Condition: { StringEquals: { 'kms:ViaService': `sns.${REGION}.amazonaws.com` } }, Effect: 'Allow', Resource: arn('kms', 'key/1') }]);
  });

  test('a topic without a key of its own takes none', () => {
    expect(about(controller(({ stack }) => ({ notifications: { topic: new sns.Topic(stack, 'Topic') } })), 'kms')).toEqual([]);
  });

  test('uses the key of the table through DynamoDB', () => {
    const statements = controller(({ stack }) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn('kms', 'key/1')) }));
    expect(about(statements, 'kms')).toEqual([{ Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'], Condition: { StringEquals: { 'kms:ViaService': `dynamodb.${REGION}.amazonaws.com` } }, Effect: 'Allow', Resource: arn('kms', 'key/1') }]);
  });

  test('has network interfaces in a VPC', () => {
    const statements = controller(({ stack }) => ({ vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-1'] }) }));
    expect(about(statements, 'ec2')).toEqual([{
      Action: ['ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses'],
      Effect: 'Allow',
      Resource: '*',
    }]);
  });

  test('may ask about the runs of every migration of its endpoint, later ones too, and of no other endpoint', () => {
    const { stack, gpu, inf2 } = migrate();
    new TrafficMigration(stack, 'Back', { from: inf2, to: gpu });
    const elsewhere = new InferenceEndpoint(stack, 'Elsewhere');
    new TrafficMigration(stack, 'Other', { from: elsewhere.addVariant('gpu', G5), to: elsewhere.addVariant('inf2', { ...INF2, weight: 0 }), gates: [UNMEASURED()] });
    expect(about(allowed(stack, 'MigrationControllerRole'), 'states')).toMatchObject([{ Resource: [arn('states', 'execution:Stack-Migration-5D73C387:*'), expect.stringMatching(/:execution:Stack-Back-\w+:\*$/)] }]);
    expect(about(allowed(stack, 'BackControllerRole'), 'states')).toEqual(about(allowed(stack, 'MigrationControllerRole'), 'states'));
    expect(about(allowed(stack, 'OtherControllerRole'), 'states')).toMatchObject([{ Resource: [expect.stringMatching(/:execution:Stack-Other-\w+:\*$/)] }]);
  });

  test('has rights on a star only where there is no resource', () => {
    expect(controller().filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(({ Action }) => Action)).toEqual(['cloudwatch:GetMetricData', 'application-autoscaling:DescribeScalableTargets']);
  });
});

describe('the state machines', () => {
  const { stack } = migrate();
  const step = only(stack, 'AWS::StepFunctions::StateMachine', 'Step')[0];

  test('of a run starts, follows and stops its steps', () => {
    expect(allowed(stack, 'MigrationRunRole')).toEqual([
      { Action: 'states:StartExecution', Effect: 'Allow', Resource: arn('states', `stateMachine:${step}`) },
      { Action: ['states:DescribeExecution', 'states:StopExecution'], Effect: 'Allow', Resource: arn('states', `execution:${step}:*`) },
      { Action: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'], Effect: 'Allow', Resource: arn('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule') },
    ]);
  });

  test('of a step calls the controller', () => {
    expect(allowed(stack, 'MigrationStepRole')).toEqual([{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: expect.stringMatching(/:function:MigrationController/) }]);
  });

  test.each(['MigrationRunRole', 'MigrationStepRole'])('%s is of this account', (role) => {
    expect(only(stack, 'AWS::IAM::Role', role)[1].AssumeRolePolicyDocument.Statement).toEqual([{
      Action: 'sts:AssumeRole', Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } }, Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' },
    }]);
  });
});

test('an agnostic stack names partition, region and account as they are', () => {
  const { stack } = migrate({}, variants({}, newStack({})));
  expect(JSON.stringify(only(stack, 'AWS::IAM::Role', 'ControllerRole')[1])).not.toContain('arn:aws:');
});
