import { App, Duration, Stack, type Environment } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { ACCOUNT, allowed, bucketOf, definition, ENV, filled, idOf, newStack, ofType, P4D, stateOf, templateOf, thrownBy, train, trained, vpcOf } from './support';
import { CompilationShapes, TrainingPipeline, type TrainingJobProps, type TrainingPipelineProps } from '../../src';
import { parseRunInput } from '../../src/training/core/run-input';
import { statesOf, unsupported, validateDefinition } from '../support/state-machine';

const SHAPES = CompilationShapes.textEncoder({ batchSize: 1, sequenceLength: 128 });
const COMPILES: Partial<TrainingPipelineProps> = { compilation: { shapes: SHAPES } };

function piped(props: Partial<TrainingPipelineProps> = {}, job: Partial<TrainingJobProps> | ((stack: Stack) => Partial<TrainingJobProps>) = { rungs: [P4D] }): { stack: Stack; pipeline: TrainingPipeline } {
  const { stack, training } = trained(job);
  return { stack, pipeline: new TrainingPipeline(stack, 'Pipeline', { training, ...props }) };
}

const OURS = { 'ForAllValues:StringEquals': { 'events:source': ['cdk-accelerators.training'] }, 'Null': { 'events:source': 'false' } };
const READY = '/cdk-accelerators/Stack-Pipeline-013D2286/ready';
const machineOf = (stack: Stack) => definition(stack, 'Pipeline');
const arnOf = (stack: Stack, part: string) => filled(stack, { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine', part) }) as string;

describe('the state machine', () => {
  test('that serves what it trains: train, put, tell', () => {
    const { stack } = piped();
    // The validator writes defaults into what it is given.
    expect(validateDefinition(machineOf(stack))).toEqual([]);
    const one = machineOf(stack);
    expect([one.StartAt, one.TimeoutSeconds]).toEqual(['Begin', 365 * 86_400]);
    expect(Object.keys(one.States)).toEqual(['Begin', 'Has the run a name?', 'Name the run', 'Give it its name', 'Train', 'Ready', 'Put the parameter', 'Tell', 'Model is ready']);
    expect(one.States.Begin).toEqual({ Type: 'Pass', Parameters: { 'given.$': '$' }, Next: 'Has the run a name?' });
    expect(one.States.Train).toEqual({
      Type: 'Task', Resource: 'arn:aws:states:::states:startExecution.sync:2', Parameters: { 'StateMachineArn': arnOf(stack, 'Train'), 'Input.$': '$.given' }, ResultSelector: { 'model.$': '$.Output.model' }, ResultPath: '$.trained', Next: 'Ready',
    });
    // What gave way fails too: nothing else says that no model was made.
    expect(one.States.Train.Catch).toBeUndefined();
    const ready = { 'training': 'Stack-Train-3B520A86', 'modelUri.$': '$.trained.model.uri', 'revision.$': '$.trained.model.revision', 'modelPackageArn.$': '$.trained.model.modelPackageArn' };
    expect(one.States.Ready).toEqual({ Type: 'Pass', Parameters: ready, Next: 'Put the parameter' });
  });

  test('names a run that has no name: what a redriven one trains in goes on from the same checkpoints', () => {
    const { States } = machineOf(piped().stack);
    expect(States['Has the run a name?']).toEqual({ Type: 'Choice', Choices: [{ Variable: '$.given.runId', IsPresent: true, Next: 'Train' }], Default: 'Name the run' });
    expect(States['Name the run']).toEqual({ Type: 'Pass', Parameters: { 'runId.$': "States.Format('{}/{}', $$.StateMachine.Name, $$.Execution.Name)" }, ResultPath: '$.run', Next: 'Give it its name' });
    expect(States['Give it its name']).toEqual({ Type: 'Pass', Parameters: { 'given.$': 'States.JsonMerge($.given, $.run, false)' }, Next: 'Train' });
    // The longest names of both (Step Functions quotas): a run id has at most 256 characters.
    expect(parseRunInput({ inputs: {} }, { runId: `${'m'.repeat(80)}/${'e'.repeat(80)}` })).toHaveProperty('input');
  });

  test('that compiles: between the training and the end', () => {
    const { stack, pipeline } = piped(COMPILES);
    const one = machineOf(stack);
    expect(validateDefinition(one)).toEqual([]);
    expect(unsupported(one)).toEqual([]);
    expect(one.States.Train.Next).toBe('Compile');
    expect(one.States.Compile).toMatchObject({ Type: 'Parallel', ResultPath: '$.compiled', Next: 'Ready' });
    expect(stateOf(one, 'Ready').Parameters).toMatchObject({ 'artifactUri.$': '$.compiled[0].artifactUri', 'compiledUri.$': '$.compiled[0].modelUri', 'key.$': '$.compiled[0].key' });
    expect(JSON.stringify(statesOf(one)).includes('$.trained.model')).toBe(true);
    expect(pipeline.compilation).toBeDefined();
    expect(piped().pipeline.compilation).toBeUndefined();
  });

  test('puts the parameter, patiently, and tells; what cannot be told is no failure', () => {
    const { stack } = piped();
    const one = machineOf(stack);
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 5, MaxAttempts: 8, BackoffRate: 2 }];
    expect(stateOf(one, 'Put the parameter')).toMatchObject({
      Resource: 'arn:aws:states:::aws-sdk:ssm:putParameter', Parameters: { 'Name': READY, 'Value.$': 'States.JsonToString($)', 'Type': 'String', 'Overwrite': true }, ResultPath: null, Retry, Next: 'Tell',
    });
    expect(stateOf(one, 'Tell')).toMatchObject({
      Resource: 'arn:aws:states:::events:putEvents',
      Parameters: { Entries: [{ 'Source': 'cdk-accelerators.training', 'DetailType': 'Model Ready', 'EventBusName': `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`, 'Detail.$': '$' }] },
      ResultPath: null,
      Retry,
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Model is ready' }],
      Next: 'Model is ready',
    });
  });

  test('tells the bus of the training', () => {
    const arn = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/mine`;
    const { stack } = piped({}, (scope) => ({ rungs: [P4D], eventBus: events.EventBus.fromEventBusArn(scope, 'Bus', arn) }));
    expect(stateOf(machineOf(stack), 'Tell').Parameters.Entries[0].EventBusName).toBe(arn);
    expect(allowed(stack, 'PipelineStateMachineRole').at(-1)).toEqual({ Effect: 'Allow', Action: 'events:PutEvents', Resource: arn, Condition: OURS });
  });
});

describe('its role', () => {
  test('runs one state machine, puts one parameter, tells one bus', () => {
    const { stack } = piped();
    expect(allowed(stack, 'PipelineStateMachineRole')).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: arnOf(stack, 'Train') },
      { Effect: 'Allow', Action: ['states:DescribeExecution', 'states:StopExecution'], Resource: `arn:aws:states:us-east-1:${ACCOUNT}:execution:Stack-Train-3B520A86:*` },
      { Effect: 'Allow', Action: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'], Resource: `arn:aws:events:us-east-1:${ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule` },
      { Effect: 'Allow', Action: 'ssm:PutParameter', Resource: `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter${READY}` },
      { Effect: 'Allow', Action: 'events:PutEvents', Resource: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`, Condition: OURS },
    ]);
  });

  test('is of this account', () => {
    const { stack } = piped();
    expect(filled(stack, templateOf(stack).Resources[idOf(stack, 'AWS::IAM::Role', 'PipelineStateMachineRole')].Properties!.AssumeRolePolicyDocument.Statement)).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } },
    ]);
  });

  test('of the compilation reads the models of the training, and no other folder', () => {
    const { stack } = piped(COMPILES, (scope) => ({ rungs: [P4D], output: { bucket: bucketOf(scope), prefix: 'mine' } }));
    expect(allowed(stack, 'PipelineCompileRole').filter(({ Resource }) => JSON.stringify(Resource).includes(':::models'))).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::models/mine/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::models', Condition: { StringLike: { 's3:prefix': ['mine/', 'mine/*'] } } },
    ]);
  });
});

test('the parameter is made by the first run, and not by the deploy: a change of its tags would set it back', () => {
  const { stack, pipeline } = piped();
  expect(ofType(stack, 'AWS::SSM::Parameter')).toEqual([]);
  expect(pipeline.readyParameter.parameterName).toBe(READY);
  // As long as the names of both are, Parameter Store takes it: 1,011 characters, and 15 levels.
  const deep = newStack(undefined, 'S'.repeat(120));
  const { readyParameter } = new TrainingPipeline(new Construct(deep, 'C'.repeat(200)), 'Pipeline', { training: trained({ rungs: [P4D] }, deep).training });
  expect(readyParameter.parameterName.length).toBeLessThanOrEqual(224);
});

test('an alarm for a run that made no model ready', () => {
  const { stack, pipeline } = piped();
  const id = idOf(stack, 'AWS::CloudWatch::Alarm', 'Pipeline');
  const alarm = {
    AlarmDescription: 'A run of the training pipeline Stack/Pipeline made no model ready. See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#training-pipeline-failed',
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  };
  const part = (name: string, Metric: object) => ({ Id: name, MetricStat: { Metric, Period: 300, Stat: 'Sum' }, ReturnData: false });
  // Not the failed executions: what gave way to another run is among those.
  const runs = part('failures0', { Namespace: 'CdkAccelerators/Training', MetricName: 'FailedRuns', Dimensions: [{ Name: 'Training', Value: 'Stack-Train-3B520A86' }] });
  expect(filled(stack, templateOf(stack).Resources[id].Properties)).toEqual({ ...alarm, Metrics: [{ Id: 'expr_1', Expression: 'FILL(failures0, 0)', Label: 'Failures', ReturnData: true }, runs] });
  expect(stack.resolve(pipeline.failedAlarm.alarmName)).toEqual({ Ref: id });

  const { stack: other, pipeline: compiles } = piped(COMPILES);
  const { namespace, metricName, statistic } = compiles.compilation!.metricFailures();
  const { Metrics } = filled(other, templateOf(other).Resources[idOf(other, 'AWS::CloudWatch::Alarm', 'PipelineFailedAlarm')].Properties);
  expect(Metrics).toEqual([
    { Id: 'expr_1', Expression: 'FILL(failures0, 0) + FILL(failures1, 0)', Label: 'Failures', ReturnData: true }, runs, part('failures1', { Namespace: namespace, MetricName: metricName, Dimensions: expect.any(Array) }),
  ]);
  expect(statistic).toBe('Sum');
});

describe('a compilation', () => {
  test('is stopped with the execution that it is of', () => {
    const { stack } = piped(COMPILES);
    const stop = idOf(stack, 'AWS::Lambda::Function', 'PipelineStopCompilations');
    const rules = ofType(stack, 'AWS::Events::Rule').filter(([id]) => id.startsWith('Pipeline')).map(([, { Properties }]) => filled(stack, Properties));
    expect(rules).toEqual([{
      Description: 'Stops the compile jobs of an execution that did not end well',
      EventPattern: { 'source': ['aws.states'], 'detail-type': ['Step Functions Execution Status Change'], 'detail': { stateMachineArn: [arnOf(stack, 'Pipeline')], status: ['ABORTED', 'FAILED', 'TIMED_OUT'] } },
      State: 'ENABLED',
      Targets: [{ Id: 'Target0', Arn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${stop}` }],
    }]);
    expect(Object.keys(templateOf(stack).Resources[stop].Properties!.Environment.Variables)).toHaveLength(2);
  });

  test('that is none leaves nothing to stop', () => {
    const { stack } = piped();
    expect([...ofType(stack, 'AWS::Lambda::Function'), ...ofType(stack, 'AWS::Events::Rule')].map(([id]) => id).filter((id) => id.startsWith('Pipeline'))).toEqual([]);
  });

  const subnetsIn = (stack: Stack) => [...new Set(JSON.stringify(machineOf(stack)).match(/subnet-\d/g) ?? [])].sort();
  const keysIn = (stack: Stack, role: string) => allowed(stack, role).filter(({ Action }) => JSON.stringify(Action).includes('kms:')).flatMap(({ Resource }) => Resource);
  const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`;

  test('gets the network of the training, and the key, where it has none of its own', () => {
    const { stack } = piped(COMPILES, (scope) => ({ rungs: [P4D], vpc: vpcOf(scope), output: { bucket: bucketOf(scope), encryptionKey: kms.Key.fromKeyArn(scope, 'Key', KEY) } }));
    expect(subnetsIn(stack)).toEqual(['subnet-0', 'subnet-1', 'subnet-2']);
    expect(ofType(stack, 'AWS::S3::Bucket').map(([, { Properties }]) => JSON.stringify(Properties.BucketEncryption))).toEqual([expect.stringContaining(KEY)]);
    expect(new Set(keysIn(stack, 'PipelineCompileRole'))).toEqual(new Set([KEY]));
  });

  test('keeps its own', () => {
    const { stack } = piped({}, (scope) => ({ rungs: [P4D], vpc: vpcOf(scope) }));
    expect(subnetsIn(stack)).toEqual([]);
    const other = newStack();
    const { training } = trained((scope) => ({ rungs: [P4D], vpc: vpcOf(scope) }), other);
    const vpc = ec2.Vpc.fromVpcAttributes(other, 'Other', { vpcId: 'vpc-2', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-9'] });
    new TrainingPipeline(other, 'Pipeline', { training, compilation: { shapes: SHAPES, network: { vpc } } });
    expect(subnetsIn(other)).toEqual(['subnet-9']);
  });

  test('has no network where the training has none', () => {
    expect(subnetsIn(piped(COMPILES).stack)).toEqual([]);
  });
});

describe('what is refused', () => {
  const across = (own: Environment, training: Environment) => {
    const app = new App();
    const { training: job } = trained({ rungs: [P4D] }, new Stack(app, 'Stack', { env: training, crossRegionReferences: true }));
    return thrownBy(() => new TrainingPipeline(new Stack(app, 'Other', { env: own, crossRegionReferences: true }), 'Pipeline', { training: job }));
  };
  const REGION_FIX = 'allowed: one in eu-west-1, as the pipeline; fix: put both into one region';
  const ACCOUNT_FIX = 'allowed: one in 210987654321, as the pipeline; fix: put both into one account';

  test('a training in another region, or account', () => {
    expect(across({ ...ENV, region: 'eu-west-1' }, ENV)).toBe(`Other/Pipeline: \`training\`: got a training in us-east-1; ${REGION_FIX}`);
    expect(across({ ...ENV, account: '210987654321' }, ENV)).toBe(`Other/Pipeline: \`training\`: got a training in account ${ACCOUNT}; ${ACCOUNT_FIX}`);
    expect(across({ account: '210987654321', region: 'eu-west-1' }, ENV)).toBe([
      'Other/Pipeline: 2 problems', `  - \`training\`: got a training in us-east-1; ${REGION_FIX}`, `  - \`training\`: got a training in account ${ACCOUNT}; ${ACCOUNT_FIX}`,
    ].join('\n'));
    expect(across(ENV, ENV)).toBe('nothing thrown');
  });

  test('parameters that the training does not take', () => {
    const { pipeline } = piped();
    const parameters = { inputs: { train: 's3://data/x/' } };
    const message = 'Stack/Pipeline: `parameters`: got input.inputs.train is no channel of this training with an address in S3: none may be given; allowed: what the training takes; fix: correct it';
    expect(thrownBy(() => pipeline.addSchedule('Weekly', { schedule: scheduler.ScheduleExpression.rate(Duration.days(7)), parameters }))).toBe(message);
    expect(thrownBy(() => pipeline.addTrigger('Data', { eventPattern: { source: ['aws.s3'] }, parameters }))).toBe(message);
  });
});

test('outputs', () => {
  const { stack } = piped();
  const { Outputs } = templateOf(stack) as any;
  expect(Object.entries(Outputs).filter(([id]) => id.startsWith('Pipeline')).map(([, one]) => filled(stack, one))).toEqual([
    { Description: 'Trains a model and makes it ready', Value: `aws stepfunctions start-execution --region us-east-1 --state-machine-arn ${arnOf(stack, 'Pipeline')}` },
    { Description: 'Parameter that holds what the last run made ready', Value: READY },
  ]);
});

test('a schedule, a trigger and a grant are of the pipeline, not of the training', () => {
  const { stack, pipeline } = piped();
  pipeline.addSchedule('Weekly', { schedule: scheduler.ScheduleExpression.rate(Duration.days(7)) });
  pipeline.addTrigger('Data', { eventPattern: { source: ['aws.s3'] } });
  pipeline.grantStart(new iam.Role(stack, 'User', { assumedBy: new iam.AccountRootPrincipal() }));
  const machine = arnOf(stack, 'Pipeline');
  expect(filled(stack, ofType(stack, 'AWS::Scheduler::Schedule')[0][1].Properties.Target.Arn)).toBe(machine);
  expect(filled(stack, templateOf(stack).Resources[idOf(stack, 'AWS::Events::Rule', 'Data')].Properties!.Targets[0].Arn)).toBe(machine);
  expect(allowed(stack, 'User')).toEqual([{ Effect: 'Allow', Action: 'states:StartExecution', Resource: machine }]);
});

test('two pipelines of one training, and one in another stack', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env: ENV });
  const training = train(stack, { rungs: [P4D], output: { bucket: bucketOf(stack) } });
  const pipelines = ['One', 'Two'].map((id) => new TrainingPipeline(stack, id, { training }));
  const other = new Stack(app, 'Other', { env: ENV });
  pipelines.push(new TrainingPipeline(other, 'Pipeline', { training }));
  const ready = pipelines.map(({ readyParameter }) => readyParameter.parameterName);
  expect(ready).toEqual(ready.filter((name) => /^\/cdk-accelerators\/[\w-]+\/ready$/.test(name)));
  expect(new Set(ready).size).toBe(3);
  const text = JSON.stringify(ofType(other, 'AWS::StepFunctions::StateMachine'));
  expect(text).toContain('Stack:ExportsOutputRefTrainStateMachine');
});
