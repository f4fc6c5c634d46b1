import { App, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { ACCOUNT, allowed, bucketOf, definition, ENV, filled, idOf, ofType, P4D, stateOf, templateOf, train, trained } from './support';
import { CompilationShapes, TrainingPipeline, type TrainingJobProps, type TrainingPipelineProps } from '../../src';
import { parseRunInput } from '../../src/training/core/run-input';
import { statesOf, unsupported, validateDefinition } from '../support/state-machine';

const SHAPES = CompilationShapes.textEncoder({ batchSize: 1, sequenceLength: 128 });
const COMPILES: Partial<TrainingPipelineProps> = { compilation: { shapes: SHAPES } };

function piped(props: Partial<TrainingPipelineProps> = {}, job: Partial<TrainingJobProps> | ((stack: Stack) => Partial<TrainingJobProps>) = { rungs: [P4D] }): { stack: Stack; pipeline: TrainingPipeline } {
  const { stack, training } = trained(job);
  return { stack, pipeline: new TrainingPipeline(stack, 'Pipeline', { training, ...props }) };
}

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
      Resource: 'arn:aws:states:::aws-sdk:ssm:putParameter', Parameters: { 'Name': idOf(stack, 'AWS::SSM::Parameter'), 'Value.$': 'States.JsonToString($)', 'Type': 'String', 'Overwrite': true }, ResultPath: null, Retry, Next: 'Tell',
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
    expect(allowed(stack, 'PipelineStateMachineRole').at(-1)).toEqual({ Effect: 'Allow', Action: 'events:PutEvents', Resource: arn });
  });
});

describe('its role', () => {
  test('runs one state machine, puts one parameter, tells one bus', () => {
    const { stack } = piped();
    expect(allowed(stack, 'PipelineStateMachineRole')).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: arnOf(stack, 'Train') },
      { Effect: 'Allow', Action: ['states:DescribeExecution', 'states:StopExecution'], Resource: `arn:aws:states:us-east-1:${ACCOUNT}:execution:Stack-Train-3B520A86:*` },
      { Effect: 'Allow', Action: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'], Resource: `arn:aws:events:us-east-1:${ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule` },
      { Effect: 'Allow', Action: 'ssm:PutParameter', Resource: `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/${idOf(stack, 'AWS::SSM::Parameter')}` },
      { Effect: 'Allow', Action: 'events:PutEvents', Resource: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default` },
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

test('the parameter is there before the first run', () => {
  const { stack, pipeline } = piped();
  expect(ofType(stack, 'AWS::SSM::Parameter').map(([, { Properties }]) => filled(stack, Properties))).toEqual([
    { Type: 'String', Value: '{"model":null}', Description: 'The last model of the training Stack-Train-3B520A86 that is ready to be deployed' },
  ]);
  expect(stack.resolve(pipeline.readyParameter.parameterName)).toEqual({ Ref: idOf(stack, 'AWS::SSM::Parameter') });
});

test('outputs', () => {
  const { stack } = piped();
  const { Outputs } = templateOf(stack) as any;
  expect(Object.entries(Outputs).filter(([id]) => id.startsWith('Pipeline')).map(([, one]) => filled(stack, one))).toEqual([
    { Description: 'Trains a model and makes it ready', Value: `aws stepfunctions start-execution --region us-east-1 --state-machine-arn ${arnOf(stack, 'Pipeline')}` },
    { Description: 'Parameter that holds what the last run made ready', Value: idOf(stack, 'AWS::SSM::Parameter') },
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
  for (const id of ['One', 'Two']) new TrainingPipeline(stack, id, { training });
  const other = new Stack(app, 'Other', { env: ENV });
  new TrainingPipeline(other, 'Pipeline', { training });
  expect(ofType(stack, 'AWS::SSM::Parameter')).toHaveLength(2);
  const text = JSON.stringify(ofType(other, 'AWS::StepFunctions::StateMachine'));
  expect(text).toContain('Stack:ExportsOutputRefTrainStateMachine');
});
