import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { errorOf } from './contract';
import type { RunOutcome, TrainingConfig } from './core/types';
import { AwsTask } from '../private/aws-task';

/** First and last state. */
export interface TrainingStates {
  readonly start: sfn.State;
  readonly end: sfn.INextable;
}

/** How a run can end but well. */
const BAD: readonly RunOutcome[] = ['noHardware', 'timedOut', 'stopped', 'userError', 'internalError', 'skipped'];

/** A tick may be made again: the name of a job is the lock. Minutes of an outage are waited out. */
const PATIENT: sfn.RetryProps = {
  errors: ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.TooManyRequestsException', sfn.Errors.TASKS_FAILED, sfn.Errors.TIMEOUT],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  maxAttempts: 20,
};

/**
 * The states of a training. The data of an execution:
 *
 *     input   what the execution was started with
 *     tick    state, wait, done, outcome, output: what the function answered; at first a state of null
 *
 * What a run is told is in the definition, and not in the data: a run keeps it when another is deployed, and the data stay small.
 */
export function trainingStates(scope: Construct, functionArn: string, config: TrainingConfig): TrainingStates {
  const invoke = new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] });
  const call = (id: string, payload: object): AwsTask => new AwsTask(scope, id, {
    integration: 'lambda:invoke',
    parameters: {
      FunctionName: functionArn,
      Payload: { ...payload, 'arn.$': '$$.Execution.Id', 'state.$': '$.tick.state', 'now.$': '$$.State.EnteredTime' },
    },
    resultSelector: { 'state.$': '$.Payload.state', 'wait.$': '$.Payload.wait', 'done.$': '$.Payload.done', 'outcome.$': '$.Payload.outcome', 'output.$': '$.Payload.output' },
    resultPath: '$.tick',
    // Longer than the function may run: an answer that got lost is not waited for.
    taskTimeout: sfn.Timeout.duration(Duration.minutes(3)),
    statements: [invoke],
  });
  const begin = new sfn.Pass(scope, 'Begin', { parameters: { 'input.$': '$' } });
  // A state of its own: the CDK leaves nulls out of parameters.
  const first = new sfn.Pass(scope, 'Nothing yet', { result: sfn.Result.fromObject({ state: null }), resultPath: '$.tick' });
  const tick = call('Tick', { config, 'machine.$': '$$.StateMachine.Id', 'input.$': '$.input' }).addRetry(PATIENT);
  const fail = call('Fail the run', { ending: true });
  // What it throws is how the run ended.
  fail.addRetry({ errors: BAD.map(errorOf), maxAttempts: 0 });
  fail.addRetry(PATIENT);
  const wait = new sfn.Wait(scope, 'Wait', { time: sfn.WaitTime.secondsPath('$.tick.wait') });
  const done = new sfn.Pass(scope, 'Trained', { outputPath: '$.tick.output' });
  const over = new sfn.Choice(scope, 'Run over?')
    .when(sfn.Condition.booleanEquals('$.tick.done', false), wait)
    .when(sfn.Condition.stringEquals('$.tick.outcome', 'completed'), done)
    .otherwise(fail);
  tick.next(over);
  fail.next(over);
  wait.next(tick);
  begin.next(first).next(tick);
  return { start: begin, end: done };
}
