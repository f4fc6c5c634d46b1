import { App, CfnResource, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { definition, filled, migrate, newStack, ofType, only, templateOf, variants, UNMEASURED } from './construct-support';
import { FallbackCapacity, TrafficMigration } from '../../src/migration';
import { ACCOUNT, REGION } from '../support/iam';

const types = (stack: Stack, at: string) => stack.node.findChild(at).node.findAll().filter((one): one is CfnResource => CfnResource.isCfnResource(one)).map((one) => one.cfnResourceType).sort();

describe('what a migration is made of', () => {
  test('14 resources, a kill switch for the endpoint, and a table for the stack', () => {
    const { stack } = migrate();
    expect(types(stack, 'Migration')).toEqual([
      'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Alarm',
      'AWS::Events::Rule', 'AWS::Events::Rule',
      'AWS::IAM::Role', 'AWS::IAM::Role', 'AWS::IAM::Role', 'AWS::IAM::Role', 'AWS::IAM::Role',
      'AWS::Lambda::Function',
      'AWS::Logs::LogGroup',
      'AWS::StepFunctions::StateMachine', 'AWS::StepFunctions::StateMachine', 'AWS::StepFunctions::StateMachine',
    ]);
    expect(types(stack, 'CdkAcceleratorsMigrations')).toEqual(['AWS::DynamoDB::Table']);
    expect(types(stack, 'Endpoint')).toContain('AWS::SSM::Parameter');
    expect(Object.keys(templateOf(stack).Resources)).toHaveLength(26);
  });

  test('14 more for the way back, the same table and the same kill switch', () => {
    const { stack, gpu, inf2, migration } = migrate();
    const back = new TrafficMigration(stack, 'Back', { from: inf2, to: gpu });
    expect(types(stack, 'Back')).toHaveLength(14);
    expect(back.killSwitchParameterName).toBe(migration.killSwitchParameterName);
    expect(ofType(stack, 'AWS::SSM::Parameter')).toHaveLength(1);
    expect(back.table).toBe(migration.table);
    expect(ofType(stack, 'AWS::DynamoDB::Table')).toHaveLength(1);
  });

  test('no policies beside roles: all rights are there when a role is', () => {
    expect(ofType(migrate().stack, 'AWS::IAM::Policy')).toEqual([]);
  });

  test('a second synth of the same app is the same template', () => {
    expect(templateOf(migrate().stack)).toEqual(templateOf(migrate().stack));
  });
});

describe('the table', () => {
  test('is on demand, can be restored, expires audit records, and stays', () => {
    const [, properties, resource] = only(migrate().stack, 'AWS::DynamoDB::Table');
    expect(properties).toEqual({
      AttributeDefinitions: [{ AttributeName: 'endpoint', AttributeType: 'S' }, { AttributeName: 'record', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'endpoint', KeyType: 'HASH' }, { AttributeName: 'record', KeyType: 'RANGE' }],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
    expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  test('is where the endpoint is, so that migrations of other stacks meet at one lock', () => {
    const app = new App();
    const env = { account: ACCOUNT, region: REGION };
    const { stack, gpu, inf2 } = variants({}, newStack({ env }, 'Endpoints', app));
    const [there, back] = ['There', 'Back'].map((id) => newStack({ env }, id, app));
    const one = new TrafficMigration(there, 'Migration', { from: gpu, to: inf2, gates: [UNMEASURED()] });
    const other = new TrafficMigration(back, 'Migration', { from: inf2, to: gpu });
    expect(one.table).toBe(other.table);
    expect(Stack.of(one.table)).toBe(stack);
    app.synth();
    expect(Object.keys(Template.fromStack(there).findResources('AWS::DynamoDB::Table'))).toEqual([]);
    // Each may ask whether the other one's run still holds the lock.
    const statements = Object.values(Template.fromStack(there).findResources('AWS::IAM::Role')).flatMap(({ Properties }) => Properties.Policies[0].PolicyDocument.Statement);
    const describe = statements.find(({ Action, Resource }: any) => Action === 'states:DescribeExecution' && Array.isArray(Resource));
    expect(describe.Resource).toHaveLength(2);
  });

  test('is encrypted with a key, and so is the log', () => {
    const { stack } = migrate((all) => ({ encryptionKey: new kms.Key(all.stack, 'Key') }));
    const [key, { KeyPolicy }] = only(stack, 'AWS::KMS::Key');
    expect(only(stack, 'AWS::DynamoDB::Table')[1].SSESpecification).toEqual({ KMSMasterKeyId: { 'Fn::GetAtt': [key, 'Arn'] }, SSEEnabled: true, SSEType: 'KMS' });
    expect(only(stack, 'AWS::Logs::LogGroup')[1].KmsKeyId).toEqual({ 'Fn::GetAtt': [key, 'Arn'] });
    expect(filled(stack, KeyPolicy.Statement.filter(({ Principal }: any) => Principal.Service !== undefined))).toEqual([{
      Action: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${REGION}:${ACCOUNT}:*` } },
      Effect: 'Allow',
      Principal: { Service: `logs.${REGION}.amazonaws.com` },
      Resource: '*',
    }]);
  });
});

describe('the controller function', () => {
  test('knows table, kill switch and the default bus', () => {
    const { stack } = migrate();
    const [, { Environment, Timeout, MemorySize, Runtime, VpcConfig, Description }] = only(stack, 'AWS::Lambda::Function');
    expect(Environment.Variables).toEqual({
      MIGRATION_TABLE: { Ref: only(stack, 'AWS::DynamoDB::Table')[0] },
      MIGRATION_KILL_SWITCH: { Ref: only(stack, 'AWS::SSM::Parameter')[0] },
      MIGRATION_BUS: 'default',
    });
    expect({ Timeout, MemorySize, Runtime, VpcConfig, Description }).toEqual({
      Timeout: 300, MemorySize: 512, Runtime: 'nodejs24.x', VpcConfig: undefined, Description: 'Moves the traffic of a SageMaker endpoint between two variants',
    });
  });

  test('knows a topic and a bus of the user\'s', () => {
    const { stack } = migrate(({ stack: scope }) => ({ notifications: { topic: new sns.Topic(scope, 'Topic'), eventBus: new events.EventBus(scope, 'Bus') } }));
    expect(only(stack, 'AWS::Lambda::Function')[1].Environment.Variables).toMatchObject({
      MIGRATION_BUS: { 'Fn::GetAtt': [only(stack, 'AWS::Events::EventBus')[0], 'Arn'] }, MIGRATION_TOPIC: { Ref: only(stack, 'AWS::SNS::Topic')[0] },
    });
  });

  test('keeps its log for three months, or as long as is said', () => {
    expect(only(migrate().stack, 'AWS::Logs::LogGroup')[1]).toEqual({ RetentionInDays: 90 });
    expect(only(migrate({ logRetention: logs.RetentionDays.ONE_YEAR }).stack, 'AWS::Logs::LogGroup')[1]).toEqual({ RetentionInDays: 365 });
  });

  test('in a VPC has a security group of its own, or those given', () => {
    const vpc = (stack: Stack) => ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-1'] });
    const own = migrate(({ stack }) => ({ vpc: vpc(stack) })).stack;
    const [group, { SecurityGroupIngress, SecurityGroupEgress }] = only(own, 'AWS::EC2::SecurityGroup');
    expect(only(own, 'AWS::Lambda::Function')[1].VpcConfig).toEqual({ SecurityGroupIds: [{ 'Fn::GetAtt': [group, 'GroupId'] }], SubnetIds: ['subnet-1'] });
    expect([SecurityGroupIngress, SecurityGroupEgress.length]).toEqual([undefined, 1]);
    const open = migrate(({ stack }) => ({ vpc: vpc(stack) }));
    expect(open.migration.connections.securityGroups).toHaveLength(1);
    expect(() => migrate().migration.connections).toThrow(/VPC/);
    const given = migrate(({ stack }) => ({ vpc: vpc(stack), securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-9')] })).stack;
    expect(only(given, 'AWS::Lambda::Function')[1].VpcConfig.SecurityGroupIds).toEqual(['sg-9']);
  });
});

describe('names', () => {
  test('by default are made of the path', () => {
    const { migration, stack } = migrate();
    expect(migration.migrationName).toBe('Stack-Migration-5D73C387');
    expect(only(stack, 'AWS::StepFunctions::StateMachine', 'Run')[1].StateMachineName).toBe('Stack-Migration-5D73C387');
  });

  test('of the user\'s are for people; the state machine\'s has to be unique in the account', () => {
    const { migration, stack } = migrate({ migrationName: 'to-inferentia2' });
    expect(migration.migrationName).toBe('to-inferentia2');
    expect(only(stack, 'AWS::StepFunctions::StateMachine', 'Run')[1].StateMachineName).toBe('Stack-Migration-5D73C387');
    expect(migration.metricRollbacks().dimensions).toEqual({ Migration: 'to-inferentia2' });
  });
});

test('the alarm for attention has a name, and says where to read on', () => {
  const { stack } = migrate({ migrationName: 'to-inferentia2' });
  const [, properties] = only(stack, 'AWS::CloudWatch::Alarm', 'NeedsAttention');
  expect(filled(stack, properties)).toEqual({
    AlarmName: 'Stack-Migration-5D73C387-needs-attention',
    AlarmDescription: 'The traffic migration to-inferentia2 waits for somebody: paused, inconclusive, blocked, or at a gate. See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#needs-attention',
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    DatapointsToAlarm: 2,
    Dimensions: [{ Name: 'Migration', Value: 'to-inferentia2' }],
    EvaluationPeriods: 2,
    MetricName: 'NeedsAttention',
    Namespace: 'CdkAccelerators/TrafficMigration',
    Period: 300,
    Statistic: 'Maximum',
    Threshold: 1,
    TreatMissingData: 'notBreaching',
  });
});

test('the outputs say how to start a run, and where to watch it', () => {
  const { stack } = migrate();
  const outputs = filled<object>(stack, (templateOf(stack) as any).Outputs);
  const arn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:Stack-Migration-5D73C387`;
  expect(Object.values(outputs)).toEqual([
    { Description: 'Runs of the traffic migration', Value: `https://${REGION}.console.aws.amazon.com/states/home?region=${REGION}#/statemachines/view/${arn}` },
    { Description: 'Starts a run', Value: `aws stepfunctions start-execution --region ${REGION} --state-machine-arn ${arn}` },
    { Description: 'Gives everything back at once, without the controller', Value: expect.stringMatching(/^aws stepfunctions start-execution --region us-east-1 --state-machine-arn arn:aws:states:us-east-1:\d+:stateMachine:MigrationWatchdogStateMachine\w+$/) },
    { Description: 'Table of commands and audit records', Value: expect.stringMatching(/^CdkAcceleratorsMigrationsTable/) },
    { Description: 'Parameter that clients ask', Value: expect.stringMatching(/^EndpointKillSwitch/) },
  ]);
});

describe('the watchdog', () => {
  const begins = (props: Parameters<typeof migrate>[0], gpu = {}) => {
    const states = Object.values(definition(migrate(props, variants({ gpu })).stack, 'WatchdogStateMachine').States) as any[];
    const { weights, floor } = states.map(({ Parameters }) => Parameters).find((one) => one?.floor !== undefined && one.weights !== undefined);
    return { weights, floor };
  };

  test('gives the variant that had the traffic the weight of both', () => {
    expect(begins({}, { weight: 2.5 }).weights).toMatchObject({ from: 2.5, to: 0 });
  });

  test('knows the capacity to keep when it is a number, and else asks the lock', () => {
    expect(begins({ fallbackCapacity: FallbackCapacity.instances(3) }).floor).toEqual({ instances: 3 });
    expect([begins({ fallbackCapacity: FallbackCapacity.full() }).floor, begins({}).floor]).toEqual([{ instances: 0 }, { instances: 0 }]);
  });

  test('looks after runs that end badly', () => {
    const { stack } = migrate();
    expect(filled(stack, only(stack, 'AWS::Events::Rule', 'OnControllerEnd')[1].EventPattern)).toEqual({
      'source': ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      'detail': { stateMachineArn: [`arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:Stack-Migration-5D73C387`], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    });
  });
});

describe('metrics', () => {
  const { migration } = migrate({ migrationName: 'shift' });
  test.each([
    ['WantedShare', 'Maximum', migration.metricWantedShare()],
    ['RealisedShare', 'Average', migration.metricRealisedShare()],
    ['EvidenceAgainst', 'Maximum', migration.metricEvidenceAgainst()],
    ['EvidenceFor', 'Maximum', migration.metricEvidenceFor()],
    ['RequestsNeeded', 'Minimum', migration.metricRequestsNeeded()],
    ['JudgedRequests', 'Sum', migration.metricJudgedRequests()],
    ['JudgedErrors', 'Sum', migration.metricJudgedErrors()],
    ['Step', 'Maximum', migration.metricStep()],
    ['NeedsAttention', 'Maximum', migration.metricNeedsAttention()],
    ['Rollbacks', 'Sum', migration.metricRollbacks()],
    ['Promotions', 'Sum', migration.metricPromotions()],
  ])('%s', (name, statistic, metric) => {
    expect(metric.toMetricConfig().metricStat).toMatchObject({ metricName: name, namespace: 'CdkAccelerators/TrafficMigration', statistic, dimensions: [{ name: 'Migration', value: 'shift' }] });
  });

  test('take the options of the user', () => {
    expect(migration.metricRollbacks({ statistic: 'Average', period: Duration.hours(1) }).toMetricConfig().metricStat).toMatchObject({ statistic: 'Average', period: Duration.hours(1) });
    expect(migration.metric('Other').metricName).toBe('Other');
  });
});

describe('grants', () => {
  const granted = (grant: (migration: TrafficMigration, role: iam.Role) => unknown, props: Parameters<typeof migrate>[0] = {}) => {
    const { stack, migration } = migrate(props);
    grant(migration, new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() }));
    return filled<any>(stack, only(stack, 'AWS::IAM::Policy', 'Operator')[1].PolicyDocument.Statement);
  };

  test('to start', () => {
    expect(granted((migration, role) => migration.grantStart(role))).toEqual([
      { Action: 'states:StartExecution', Effect: 'Allow', Resource: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:Stack-Migration-5D73C387` },
    ]);
  });

  const control = {
    Action: 'dynamodb:UpdateItem',
    Condition: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['Endpoint'], 'dynamodb:Attributes': ['endpoint', 'record', 'id', 'command', 'token', 'by', 'reason'] },
      'StringEqualsIfExists': { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_NEW', 'UPDATED_OLD'] },
    },
    Effect: 'Allow',
    Resource: expect.stringMatching(/:table\/CdkAcceleratorsMigrationsTable/),
  };

  test('to command: attributes of commands, and no others, of this endpoint', () => {
    expect(granted((migration, role) => migration.grantControl(role))).toEqual([control]);
  });

  test('to command, with a key', () => {
    expect(granted((migration, role) => migration.grantControl(role), ({ stack }) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`) }))).toEqual([
      control,
      { Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'], Condition: { StringEquals: { 'kms:ViaService': `dynamodb.${REGION}.amazonaws.com` } }, Effect: 'Allow', Resource: `arn:aws:kms:${REGION}:${ACCOUNT}:key/1` },
    ]);
  });

  test('to read the records of this endpoint', () => {
    expect(granted((migration, role) => migration.grantReadRecords(role))).toEqual([
      { Action: ['dynamodb:GetItem', 'dynamodb:Query'], Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['Endpoint'] } }, Effect: 'Allow', Resource: control.Resource },
    ]);
  });

  test('to read the kill switch', () => {
    expect(granted((migration, role) => migration.grantReadKillSwitch(role))).toEqual([
      { Action: 'ssm:GetParameter', Effect: 'Allow', Resource: expect.stringMatching(/:parameter\/EndpointKillSwitch/) },
    ]);
  });
});

describe('onEvent', () => {
  const rule = (make: (migration: TrafficMigration, stack: Stack) => unknown) => {
    const { stack, migration } = migrate({ migrationName: 'shift' });
    make(migration, stack);
    return { stack, properties: only(stack, 'AWS::Events::Rule', 'Told')[1] };
  };
  const WATCHDOG = expect.stringMatching(/^Stack-Migration-Watchdog-/);

  test('is about this migration and its watchdog', () => {
    const { properties } = rule((migration) => migration.onEvent('Told'));
    expect(properties).toEqual({ EventPattern: { source: ['cdk-accelerators.migration'], detail: { $or: [{ migration: ['shift'] }, { watchdog: [WATCHDOG] }] } }, State: 'ENABLED' });
  });

  test('narrows to some events, with a name and a target', () => {
    const { stack, properties } = rule((migration, scope) => migration.onEvent('Told', {
      description: 'Rollbacks',
      eventPattern: { detailType: ['RolledBack'], detail: { step: [0] } },
      target: { bind: () => ({ id: '', arn: new sns.Topic(scope, 'People').topicArn }) },
    }));
    expect(properties).toMatchObject({
      Description: 'Rollbacks',
      EventPattern: { 'detail-type': ['RolledBack'], 'detail': { step: [0], $or: [{ migration: ['shift'] }, { watchdog: [WATCHDOG] }] } },
      Targets: [{ Arn: { Ref: only(stack, 'AWS::SNS::Topic')[0] } }],
    });
  });

  test('listens on the bus that is used', () => {
    const stack = newStack();
    const bus = new events.EventBus(stack, 'Bus');
    const { migration } = migrate({ notifications: { eventBus: bus } }, variants({}, stack));
    migration.onEvent('Told');
    expect(only(stack, 'AWS::Events::Rule', 'Told')[1].EventBusName).toEqual({ Ref: only(stack, 'AWS::Events::EventBus')[0] });
  });
});
