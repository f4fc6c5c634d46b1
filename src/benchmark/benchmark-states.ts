import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { WORKER_SECONDS } from './core/plan';
import type { BenchmarkConfig } from './core/types';
import { AwsTask } from '../private/aws-task';

/** Asked twice, the director decides the same: what is decided is in its input and in S3. */
const PATIENT: sfn.RetryProps = {
  errors: ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.TooManyRequestsException', sfn.Errors.TASKS_FAILED, sfn.Errors.TIMEOUT],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  maxAttempts: 6,
};

/**
 * A run of a benchmark: the director says what comes next, workers do it, until the director says that it is over. The data of an execution:
 *
 *     config, run    the benchmark, and this execution
 *     direct         what the director answered: `DirectorResult`
 *     last           which workers answered, and how the others failed
 */
export function benchmarkStates(scope: Construct, config: BenchmarkConfig, directorArn: string, workerArn: string): sfn.IChainable {
  const begin = new sfn.Pass(scope, 'Begin', { parameters: { config, run: { 'arn.$': '$$.Execution.Id', 'name.$': '$$.Execution.Name', 'startedAt.$': '$$.Execution.StartTime', 'machine.$': '$$.StateMachine.Id' } } });
  // States of their own: the CDK leaves nulls out of parameters.
  const nothing = new sfn.Pass(scope, 'Nothing yet', { result: sfn.Result.fromObject({ state: null }), resultPath: '$.direct' });
  const nobody = new sfn.Pass(scope, 'Nobody yet', { result: sfn.Result.fromArray([]), resultPath: '$.last' });
  const direct = new AwsTask(scope, 'Direct', {
    integration: 'lambda:invoke',
    parameters: { FunctionName: directorArn, Payload: { 'config.$': '$.config', 'run.$': '$.run', 'state.$': '$.direct.state', 'last.$': '$.last', 'now.$': '$$.State.EnteredTime' } },
    resultSelector: Object.fromEntries(['state', 'wait', 'common', 'work', 'done', 'outcome', 'reason', 'output'].map((name) => [`${name}.$`, `$.Payload.${name}`])),
    resultPath: '$.direct',
    taskTimeout: sfn.Timeout.duration(Duration.minutes(6)),
    statements: [],
  }).addRetry(PATIENT);
  const workers = new sfn.Map(scope, 'Send requests', {
    itemsPath: '$.direct.work',
    // What all have in common is in the data once: 40 times a template is more than the data of an execution may be.
    itemSelector: { 'event.$': 'States.JsonMerge($.direct.common, $$.Map.Item.Value, false)' },
    maxConcurrency: 40,
    resultPath: '$.last',
  });
  workers.itemProcessor(oneWorker(scope, workerArn));
  const done = new sfn.Succeed(scope, 'Measured', { outputPath: '$.direct.output' });
  const failed = new sfn.Fail(scope, 'Nothing measured', { error: 'Benchmark.Failed', causePath: '$.direct.reason' });
  const wait = new sfn.Wait(scope, 'Wait', { time: sfn.WaitTime.secondsPath('$.direct.wait') });
  const over = new sfn.Choice(scope, 'Benchmark over?')
    .when(sfn.Condition.numberGreaterThan('$.direct.wait', 0), wait)
    .when(sfn.Condition.booleanEquals('$.direct.done', false), workers)
    .when(sfn.Condition.stringEquals('$.direct.outcome', 'failed'), failed)
    .otherwise(done);
  wait.next(direct);
  workers.next(direct);
  return begin.next(nothing).next(nobody).next(direct).next(over);
}

function oneWorker(scope: Construct, workerArn: string): sfn.IChainable {
  const work = new AwsTask(scope, 'Work', {
    integration: 'lambda:invoke',
    parameters: { 'FunctionName': workerArn, 'Payload.$': '$.event' },
    // What it saw is in S3.
    resultSelector: { 'worker.$': '$.Payload.worker' },
    // Longer than the function may run.
    taskTimeout: sfn.Timeout.duration(Duration.seconds(WORKER_SECONDS + 60)),
    statements: [],
  });
  // A function that was never begun is asked again. One that failed on its way may still have requests under way: another one beside it would be more than the load.
  work.addRetry({ errors: ['Lambda.TooManyRequestsException'], interval: Duration.seconds(1), backoffRate: 2, maxAttempts: 6, maxDelay: Duration.seconds(20) });
  const failed = new sfn.Pass(scope, 'Worker failed', { parameters: { 'error.$': '$.Error', 'cause.$': '$.Cause' } });
  return work.addCatch(failed, { errors: [sfn.Errors.ALL] });
}
