import { App, CfnParameter, Duration, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { ACCOUNT, bucketOf, config, configOf, definition, ENV, filled, idOf, newStack, ofType, P4D, request, script, staged, templateOf, train, trained, TRN1, valuesOf, XLA } from './support';
import { AcceleratorInstance, TrainingJob, TrainingTask } from '../../src';
import { definitionOf } from '../support/state-machine';

const NAME = 'Stack-Train-3B520A86';
const PREFIX = 'stack-train-3b520a86';
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`;

const queueArn = (stack: Stack) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${idOf(stack, 'AWS::SQS::Queue', 'NotStopped')}`;

describe('what is made', () => {
  test('by default', () => {
    const { stack } = trained();
    const types = Object.values(templateOf(stack).Resources).map(({ Type }) => Type).sort();
    expect(types).toEqual([
      'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Alarm', 'AWS::Events::Rule', 'AWS::IAM::Policy', 'AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::IAM::Role', 'AWS::IAM::Role', 'AWS::IAM::Role',
      'AWS::Lambda::Function', 'AWS::Lambda::Function', 'AWS::Lambda::Permission', 'AWS::Logs::LogGroup', 'AWS::Logs::LogGroup', 'AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'AWS::StepFunctions::StateMachine',
    ]);
    expect(staged(stack).length).toBeGreaterThan(0);
  });

  test('a deploy runs no job: nothing of it is a custom resource', () => {
    expect(Object.values(templateOf(trained().stack).Resources).filter(({ Type }) => Type.startsWith('Custom::') || Type === 'AWS::CloudFormation::CustomResource')).toEqual([]);
  });

  test('a state machine whose name is known', () => {
    const { stack } = trained({ rungs: [TRN1, P4D] });
    expect(ofType(stack, 'AWS::StepFunctions::StateMachine')[0][1].Properties.StateMachineName).toBe(NAME);
    expect(definition(stack).Comment).toBe(`Training ${NAME} on trn1-32xlarge, then p4d-24xlarge`);
  });

  test('functions with logs of a month', () => {
    const { stack } = trained();
    const functions = ofType(stack, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties);
    expect(functions.map(({ Runtime, Timeout, Handler }) => [Runtime, Timeout, Handler])).toEqual([['nodejs24.x', 120, 'index.handler'], ['nodejs24.x', 120, 'index.handler']]);
    expect(ofType(stack, 'AWS::Logs::LogGroup').map(([, { Properties, DeletionPolicy }]: any) => [Properties.RetentionInDays, DeletionPolicy])).toEqual([[30, 'Delete'], [30, 'Delete']]);
  });

  test('a rule that stops what a run left', () => {
    const { stack } = trained((scope) => ({ eventBus: events.EventBus.fromEventBusArn(scope, 'Bus', `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/mine`) }));
    const [[, { Properties }], ...more] = ofType(stack, 'AWS::Events::Rule');
    expect(more).toEqual([]);
    expect(filled(stack, Properties)).toEqual({
      Description: 'Stops the training jobs of a run that did not end well',
      EventPattern: {
        'source': ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        'detail': { stateMachineArn: [filled(stack, { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') })], status: ['ABORTED', 'FAILED', 'TIMED_OUT'] },
      },
      State: 'ENABLED',
      Targets: [{ Id: 'Target0', Arn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${idOf(stack, 'AWS::Lambda::Function', 'TrainStop')}`, DeadLetterConfig: { Arn: queueArn(stack) } }],
    });
    const stop = templateOf(stack).Resources[idOf(stack, 'AWS::Lambda::Function', 'TrainStop')].Properties!;
    expect(filled(stack, stop.Environment)).toEqual({ Variables: { TRAINING: NAME, PREFIX, EVENT_BUS: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/mine` } });
    expect(config(stack).eventBus).toBe(`arn:aws:events:us-east-1:${ACCOUNT}:event-bus/mine`);
  });

  test('a queue for what could not be stopped: of the rule, and of the function', () => {
    const { stack } = trained();
    const [[id, { Properties, DeletionPolicy }], ...more] = ofType(stack, 'AWS::SQS::Queue') as any;
    expect(more).toEqual([]);
    expect([Properties, DeletionPolicy]).toEqual([{ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true }, 'Delete']);
    const stop = templateOf(stack).Resources[idOf(stack, 'AWS::Lambda::Function', 'TrainStop')].Properties!;
    expect(stop.DeadLetterConfig).toEqual({ TargetArn: { 'Fn::GetAtt': [id, 'Arn'] } });
    expect(templateOf(stack).Resources[idOf(stack, 'AWS::Lambda::Function', 'TrainRunner')].Properties!.DeadLetterConfig).toBeUndefined();
    const statements = filled(stack, ofType(stack, 'AWS::SQS::QueuePolicy').flatMap(([, one]) => one.Properties.PolicyDocument.Statement));
    const rule = `arn:aws:events:us-east-1:${ACCOUNT}:rule/${idOf(stack, 'AWS::Events::Rule', 'EndedEarly')}`;
    expect(statements.map(({ Sid: _, ...one }: any) => one)).toEqual([
      { Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } }, Effect: 'Deny', Principal: { AWS: '*' }, Resource: queueArn(stack) },
      { Action: 'sqs:SendMessage', Condition: { ArnEquals: { 'aws:SourceArn': rule } }, Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Resource: queueArn(stack) },
    ]);
  });

  test('outputs', () => {
    const { stack } = trained();
    const { Outputs } = templateOf(stack) as any;
    const arn = { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') };
    expect(Object.values(Outputs)).toEqual([
      { Description: 'Runs of the training', Value: { 'Fn::Join': ['', ['https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/statemachines/view/', arn]] } },
      { Description: 'Starts a run', Value: { 'Fn::Join': ['', ['aws stepfunctions start-execution --region us-east-1 --state-machine-arn ', arn]] } },
    ]);
  });
});

describe('a bucket of its own', () => {
  const properties = (stack: Stack) => ofType(stack, 'AWS::S3::Bucket')[0][1];

  test('is encrypted, closed, stays, and forgets checkpoints and graphs', () => {
    const stack = newStack();
    train(stack);
    const { Properties, DeletionPolicy, UpdateReplacePolicy } = properties(stack) as any;
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
    expect(Properties).toEqual({
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      LifecycleConfiguration: {
        Rules: [
          { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' },
          { Prefix: 'neuron-cache/', ExpirationInDays: 90, Status: 'Enabled' },
          { Prefix: 'neuron-cache-filled/', ExpirationInDays: 90, Status: 'Enabled' },
        ],
      },
    });
    expect(JSON.stringify(ofType(stack, 'AWS::S3::BucketPolicy'))).toContain('"aws:SecureTransport":"false"');
  });

  test('with a key', () => {
    const stack = newStack();
    const training = train(stack, { output: { encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY) } });
    expect(properties(stack).Properties.BucketEncryption).toEqual({ ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { KMSMasterKeyID: KEY, SSEAlgorithm: 'aws:kms' } }] });
    expect(request(stack).OutputDataConfig.KmsKeyId).toBe(KEY);
    expect(stack.resolve(training.bucket.bucketName)).toEqual({ Ref: idOf(stack, 'AWS::S3::Bucket') });
  });

  test('is not made when one is given; its key is the default', () => {
    const { stack, training } = trained((scope) => ({ output: { bucket: s3.Bucket.fromBucketAttributes(scope, 'Given', { bucketName: 'given', encryptionKey: kms.Key.fromKeyArn(scope, 'Key', KEY) }), prefix: 'a/b/' } }));
    expect(ofType(stack, 'AWS::S3::Bucket')).toEqual([]);
    expect(training.outputUri).toBe('s3://given/a/b/');
    expect(request(stack).OutputDataConfig).toEqual({ S3OutputPath: 's3://given/a/b/', KmsKeyId: KEY, CompressionType: 'GZIP' });
  });
});

describe('tags', () => {
  const tagsOf = (stack: Stack, rung = 0) => Object.fromEntries(request(stack, rung).Tags.map(({ Key, Value }: any) => [Key, Value]));

  test('of the app reach the jobs of every rung, beside ours', () => {
    const { stack, training } = trained({ rungs: [TRN1, P4D] });
    Tags.of(stack).add('team', 'research');
    Tags.of(training).add('cost', '42');
    for (const rung of [0, 1]) expect(tagsOf(stack, rung)).toEqual({ 'team': 'research', 'cost': '42', 'cdk-accelerators:training': NAME });
  });

  test('of another scope do not, and ours cannot be taken away', () => {
    const { stack, training } = trained();
    Tags.of(new Stack(stack.node.scope!, 'Other')).add('team', 'other');
    Tags.of(training).add('cdk-accelerators:training', 'mine');
    Tags.of(training).add('team', 'x');
    Tags.of(training).remove('team', { priority: 300 });
    expect(tagsOf(stack)).toEqual({ 'cdk-accelerators:training': NAME });
  });

  test('of a task', () => {
    const stack = newStack();
    const task = new TrainingTask(stack, 'Task', { code: script(), rungs: [TRN1], output: { bucket: bucketOf(stack) } });
    Tags.of(task).add('team', 'research');
    new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(task), timeout: Duration.days(1) });
    expect(request(stack).Tags).toEqual([{ Key: 'team', Value: 'research' }, { Key: 'cdk-accelerators:training', Value: task.trainingName }]);
  });
});

describe('names', () => {
  test('of the user', () => {
    const { stack, training } = trained({ trainingName: 'my.training_1', jobNamePrefix: 'mine' });
    expect([training.trainingName, training.jobNamePrefix]).toEqual(['my.training_1', 'mine']);
    expect(config(stack)).toMatchObject({ training: 'my.training_1', prefix: 'mine' });
    expect(JSON.stringify(templateOf(stack))).toContain(':training-job/mine-*');
  });

  test('of a deep place fit', () => {
    const stack = newStack(undefined, 'S'.repeat(100));
    const { training } = trained({}, stack);
    expect([training.jobNamePrefix.length <= 48, /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/.test(training.jobNamePrefix)]).toEqual([true, true]);
    expect(ofType(stack, 'AWS::StepFunctions::StateMachine')[0][1].Properties.StateMachineName.length).toBeLessThanOrEqual(80);
  });

  test('a name of a training that is a token', () => {
    const stack = newStack();
    const trainingName = new CfnParameter(stack, 'Name', { default: 'later' }).valueAsString;
    train(stack, { trainingName, output: { bucket: bucketOf(stack) } });
    expect(config(stack).training).toBe('later');
    expect(JSON.stringify(templateOf(stack)).includes('${Token')).toBe(false);
  });
});

describe('properties', () => {
  test('of the rungs, for estimates', () => {
    const { training } = trained({ rungs: [{ ...TRN1, instanceCount: 4 }, { ...P4D, name: 'gpu', instanceGroups: [{ name: 'x', instanceType: AcceleratorInstance.P4D_24XLARGE, instanceCount: 2 }] }] });
    expect(training.rungs).toEqual([
      { name: 'trn1-32xlarge', instanceType: AcceleratorInstance.TRN1_32XLARGE, instanceCount: 4 },
      { name: 'gpu', instanceType: AcceleratorInstance.P4D_24XLARGE, instanceCount: 3 },
    ]);
  });

  test('of what was made', () => {
    const { stack, training } = trained();
    expect(stack.resolve(training.role.roleArn)).toEqual({ 'Fn::GetAtt': [idOf(stack, 'AWS::IAM::Role', 'TrainRole'), 'Arn'] });
    expect(training.grantPrincipal).toBe(training.role.grantPrincipal);
    expect([training.bucket.bucketName, training.outputUri]).toEqual(['models', 's3://models/models/']);
  });
});

describe('events', () => {
  test('of this training, narrowed', () => {
    const { stack, training } = trained();
    const target = new targets.LambdaFunction(lambda.Function.fromFunctionName(stack, 'Function', 'mine'));
    training.onEvent('Ended', { target, eventPattern: { detailType: ['Training Ended'], detail: { outcome: ['completed'] } }, description: 'mine' });
    training.onEvent('All');
    const rules = ofType(stack, 'AWS::Events::Rule').map(([, { Properties }]) => Properties).filter(({ EventPattern }) => EventPattern.source[0] === 'cdk-accelerators.training');
    expect(rules.map(({ EventPattern, Targets, Description }) => [EventPattern, (Targets ?? []).length, Description])).toEqual([
      [{ 'source': ['cdk-accelerators.training'], 'detail-type': ['Training Ended'], 'detail': { outcome: ['completed'], training: [NAME] } }, 1, 'mine'],
      [{ source: ['cdk-accelerators.training'], detail: { training: [NAME] } }, 0, undefined],
    ]);
  });

  test('come from the bus of the training', () => {
    const { stack, training } = trained((scope) => ({ eventBus: events.EventBus.fromEventBusName(scope, 'Bus', 'mine') }));
    training.onEvent('All');
    expect(ofType(stack, 'AWS::Events::Rule').filter(([id]) => id.includes('All')).map(([, { Properties }]) => Properties.EventBusName)).toEqual(['mine']);
  });
});

describe('several', () => {
  test('two trainings of one script in a stack: everything twice, one archive', () => {
    const stack = newStack();
    const jobs = [train(stack, { output: { bucket: bucketOf(stack) } }, 'First'), train(stack, { output: { bucket: bucketOf(stack) }, rungs: [P4D] }, 'Second')];
    const template = templateOf(stack);
    const configs = ofType(stack, 'AWS::StepFunctions::StateMachine').map(([id]) => configOf(definitionOf(template, valuesOf(template), id)));
    expect(configs.map(({ training }) => training)).toEqual(jobs.map(({ trainingName }) => trainingName));
    expect(new Set(configs.map(({ prefix }) => prefix)).size).toBe(2);
    const uris = configs.map(({ rungs }) => (rungs[0].request.InputDataConfig as any)[0].DataSource.S3DataSource.S3Uri);
    expect(new Set(uris).size).toBe(1);
    expect(staged(stack).filter((name) => name.endsWith('.gz'))).toHaveLength(1);
  });

  test('one training in each of two stacks of the same name and place has names of its own', () => {
    const app = new App();
    const names = ['us-east-1', 'eu-west-1'].map((region) => trained({}, new Stack(app, `Stack-${region}`, { env: { account: ENV.account, region } })).training.trainingName);
    expect(new Set(names).size).toBe(2);
  });

  test('a bucket of another stack', () => {
    const app = new App();
    const storage = new Stack(app, 'Storage', { env: ENV });
    const bucket = new s3.Bucket(storage, 'Bucket', { encryption: s3.BucketEncryption.KMS });
    const stack = new Stack(app, 'Stack', { env: ENV });
    const training = train(stack, { output: { bucket } });
    expect(JSON.stringify(ofType(stack, 'AWS::StepFunctions::StateMachine'))).toContain('Storage:ExportsOutputRefBucket');
    expect(stack.resolve(training.outputUri)).toEqual({ 'Fn::Join': ['', ['s3://', { 'Fn::ImportValue': expect.stringContaining('Storage:ExportsOutputRefBucket') }, '/models/']] });
    // The rights are with the role; the bucket and its key know nothing of it, so that neither stack waits for the other twice.
    expect(storage.dependencies).toEqual([]);
  });
});

describe('a stack whose region is not known', () => {
  test('has no region in it but by reference', () => {
    const stack = newStack({});
    train(stack, { rungs: [{ ...TRN1, image: XLA }, P4D] });
    const text = JSON.stringify(templateOf(stack).Resources);
    expect([/us-(east|west)-\d(?![^"]*"\s*:)/.test(text.replace(/"Mappings".*/, '')), text.includes('"Ref":"AWS::Region"')]).toEqual([false, true]);
    expect(request(stack).AlgorithmSpecification.TrainingImage.startsWith('763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training-neuronx:')).toBe(true);
  });

  test('in another partition', () => {
    const stack = newStack({ env: { account: ACCOUNT, region: 'us-gov-west-1' } });
    train(stack);
    expect(JSON.stringify((templateOf(stack) as any).Outputs)).toContain('https://us-gov-west-1.console.amazonaws-us-gov.com/states/home?region=us-gov-west-1#/statemachines/view/');
    expect(JSON.stringify(templateOf(stack)).includes('arn:aws:')).toBe(false);
  });
});

test('resources that were imported are used as they are', () => {
  const { stack } = trained((scope) => ({
    vpc: ec2.Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-x'] }),
    securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(scope, 'Group', 'sg-x')],
    checkpoints: { bucket: bucketOf(scope, 'state') },
    maxRuntime: Duration.hours(1),
  }));
  expect(request(stack)).toMatchObject({ VpcConfig: { SecurityGroupIds: ['sg-x'], Subnets: ['subnet-x'] }, CheckpointConfig: { S3Uri: 's3://state/checkpoints/' } });
  expect(['AWS::EC2::SecurityGroup', 'AWS::S3::Bucket', 'AWS::KMS::Key'].flatMap((type) => ofType(stack, type))).toEqual([]);
});

test('it is what it says it is', () => {
  expect(trained().training).toBeInstanceOf(TrainingJob);
});
