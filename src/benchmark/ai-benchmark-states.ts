import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { AiBenchmarkConfig } from './core/ai-types';
import { AwsTask } from '../private/aws-task';

/** An archive has a line for each request. */
export const LOOK_TIMEOUT = Duration.minutes(5);

/** A look may be made again: jobs are known by their names. */
const PATIENT: sfn.RetryProps = {
  errors: ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.TooManyRequestsException', sfn.Errors.TASKS_FAILED, sfn.Errors.TIMEOUT],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  maxAttempts: 6,
};

/**
 * A run: one look after another, a minute apart. The data of an execution:
 *
 *     config, run, execution, began, machine   the benchmark; name, ARN and beginning of this execution; its state machine
 *     look                                     state, wait, done, measured, reason, output: what the function answered
 */
export function aiBenchmarkStates(scope: Construct, config: AiBenchmarkConfig, functionArn: string): sfn.IChainable {
  const begin = new sfn.Pass(scope, 'Begin', {
    parameters: { config, 'run.$': '$$.Execution.Name', 'execution.$': '$$.Execution.Id', 'began.$': '$$.Execution.StartTime', 'machine.$': '$$.StateMachine.Id' },
  });
  // A state of its own: the CDK leaves nulls out of parameters.
  const first = new sfn.Pass(scope, 'Nothing yet', { result: sfn.Result.fromObject({ state: null }), resultPath: '$.look' });
  const look = new AwsTask(scope, 'Look', {
    integration: 'lambda:invoke',
    parameters: {
      FunctionName: functionArn,
      Payload: { 'config.$': '$.config', 'run.$': '$.run', 'execution.$': '$.execution', 'began.$': '$.began', 'machine.$': '$.machine', 'state.$': '$.look.state', 'now.$': '$$.State.EnteredTime' },
    },
    resultSelector: { 'state.$': '$.Payload.state', 'wait.$': '$.Payload.wait', 'done.$': '$.Payload.done', 'measured.$': '$.Payload.measured', 'reason.$': '$.Payload.reason', 'output.$': '$.Payload.output' },
    resultPath: '$.look',
    // Longer than the function may run: an answer that got lost is not waited for.
    taskTimeout: sfn.Timeout.duration(LOOK_TIMEOUT.plus(Duration.minutes(1))),
    statements: [],
  }).addRetry(PATIENT);
  const wait = new sfn.Wait(scope, 'Wait', { time: sfn.WaitTime.secondsPath('$.look.wait') });
  const over = new sfn.Choice(scope, 'Run over?')
    .when(sfn.Condition.booleanEquals('$.look.done', false), wait)
    .when(sfn.Condition.booleanEquals('$.look.measured', true), new sfn.Succeed(scope, 'Measured', { outputPath: '$.look.output' }))
    .otherwise(new sfn.Fail(scope, 'Not measured', { error: 'AiBenchmark.Failed', causePath: '$.look.reason' }));
  wait.next(look);
  return begin.next(first).next(look).next(over);
}
