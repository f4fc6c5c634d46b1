import { Duration, type Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { ACCOUNT, allowed, bucketOf, filled, idOf, newStack, ofType } from './support';
import { CompilationJob, CompilationShapes, TrainedModelCompilationTask, type TrainedModelCompilationTaskProps } from '../../src';
import { stopCompilationsOf } from '../../src/compilation/stop-compilations';

function stopped(props: Partial<TrainedModelCompilationTaskProps> = {}): { stack: Stack; task: TrainedModelCompilationTask } {
  const stack = newStack();
  const task = new TrainedModelCompilationTask(stack, 'Compile', {
    shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 }), models: { bucket: bucketOf(stack, 'models'), prefix: 'bert' }, artifacts: { bucket: bucketOf(stack) }, ...props,
  });
  const machine = new sfn.StateMachine(stack, 'Pipeline', { definitionBody: sfn.DefinitionBody.fromChainable(task.toSingleState()), timeout: Duration.hours(13) });
  stopCompilationsOf(stack, machine, task);
  return { stack, task };
}

const functionOf = (stack: Stack) => ofType(stack, 'AWS::Lambda::Function').find(([id]) => id.startsWith('StopCompilations'))!;

test('a rule about the ends of this state machine that are not good, with the function as its target', () => {
  const { stack } = stopped();
  const [[, { Properties: rule }], ...more] = ofType(stack, 'AWS::Events::Rule');
  expect(more).toEqual([]);
  expect(rule.EventPattern).toEqual({
    'source': ['aws.states'],
    'detail-type': ['Step Functions Execution Status Change'],
    'detail': { stateMachineArn: [{ Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') }], status: ['ABORTED', 'FAILED', 'TIMED_OUT'] },
  });
  const [id] = functionOf(stack);
  expect(rule.Targets.map(({ Arn }: any) => Arn)).toEqual([{ 'Fn::GetAtt': [id, 'Arn'] }]);
  const [[, { Properties: permission }]] = ofType(stack, 'AWS::Lambda::Permission');
  expect(permission).toMatchObject({ FunctionName: { 'Fn::GetAtt': [id, 'Arn'] }, Principal: 'events.amazonaws.com', SourceArn: { 'Fn::GetAtt': [idOf(stack, 'AWS::Events::Rule'), 'Arn'] } });
});

test.each([
  ['processing', {}, 'ProcessingJob'],
  ['training', { job: CompilationJob.onTrainium() }, 'TrainingJob'],
])('of a %s job: what the function knows and may do', (kind, props, operation) => {
  const { stack, task } = stopped(props);
  expect(functionOf(stack)[1].Properties).toMatchObject({
    Environment: { Variables: { JOB_KIND: kind, JOB_PREFIX: task.jobNamePrefix } }, Description: 'Stops the compile jobs that an execution left', Timeout: 120,
  });
  const jobs = `arn:aws:sagemaker:us-east-1:${ACCOUNT}:${kind}-job/${task.jobNamePrefix}-*`;
  expect(allowed(stack, 'StopCompilationsRole').slice(1)).toEqual([
    { Effect: 'Allow', Action: `sagemaker:List${operation}s`, Resource: '*' },
    { Effect: 'Allow', Action: `sagemaker:Describe${operation}`, Resource: jobs },
    { Effect: 'Allow', Action: `sagemaker:Stop${operation}`, Resource: jobs, Condition: { StringEquals: { 'aws:ResourceTag/cdk-accelerators:compilation': task._task.name } } },
  ]);
  expect(filled(stack, functionOf(stack)[1].Properties.Role)).toContain('StopCompilationsRole');
});
