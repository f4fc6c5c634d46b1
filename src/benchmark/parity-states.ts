import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { BoundDataset } from './benchmark-dataset';
import { resultStatements, versionStatements, type ResultsPlace } from './benchmark-statements';
import { EVENT_SOURCE } from './contract';
import type { IInferenceEndpoint } from '../endpoint';
import type { MetricConfig } from './core/parity';
import type { ParityConfig } from './core/parity-verdict';
import { AwsTask, putEventsStatement } from '../private/aws-task';

/** A slice may be made again: what it found out is told at its end. */
const PATIENT: sfn.RetryProps = {
  errors: ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.TooManyRequestsException', sfn.Errors.TASKS_FAILED, sfn.Errors.TIMEOUT],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  maxAttempts: 6,
};

/** New lines for four minutes; then those under way, each with three tries of a minute, and what a function of the user's takes. */
export const SLICE_TIMEOUT = Duration.minutes(14);

/**
 * A run of a check: one slice of the golden set after another. The data of an execution:
 *
 *     config, run   the check, and the name of this execution
 *     check         state, wait, done, outcome, reason, output: what the function answered
 */
export function parityStates(scope: Construct, config: ParityConfig, functionArn: string): sfn.IChainable {
  const begin = new sfn.Pass(scope, 'Begin', { parameters: { config, 'run.$': '$$.Execution.Name' } });
  // A state of its own: the CDK leaves nulls out of parameters.
  const first = new sfn.Pass(scope, 'Nothing yet', { result: sfn.Result.fromObject({ state: null }), resultPath: '$.check' });
  const check = new AwsTask(scope, 'Check', {
    integration: 'lambda:invoke',
    parameters: { FunctionName: functionArn, Payload: { 'config.$': '$.config', 'run.$': '$.run', 'state.$': '$.check.state', 'now.$': '$$.State.EnteredTime' } },
    resultSelector: { 'state.$': '$.Payload.state', 'wait.$': '$.Payload.wait', 'done.$': '$.Payload.done', 'outcome.$': '$.Payload.outcome', 'reason.$': '$.Payload.reason', 'output.$': '$.Payload.output' },
    resultPath: '$.check',
    // Longer than the function may run: an answer that got lost is not waited for.
    taskTimeout: sfn.Timeout.duration(SLICE_TIMEOUT.plus(Duration.minutes(1))),
    statements: [],
  }).addRetry(PATIENT);
  const wait = new sfn.Wait(scope, 'Wait', { time: sfn.WaitTime.secondsPath('$.check.wait') });
  const same = new sfn.Succeed(scope, 'Same answers', { outputPath: '$.check.output' });
  const over = new sfn.Choice(scope, 'Check over?')
    .when(sfn.Condition.booleanEquals('$.check.done', false), wait)
    .when(sfn.Condition.stringEquals('$.check.outcome', 'passed'), same)
    .when(sfn.Condition.stringEquals('$.check.outcome', 'differs'), new sfn.Fail(scope, 'Other answers', { error: 'Parity.Differs', causePath: '$.check.reason' }))
    .otherwise(new sfn.Fail(scope, 'Not compared', { error: 'Parity.Failed', causePath: '$.check.reason' }));
  wait.next(check);
  return begin.next(first).next(check).next(over);
}

/** What a check uses. */
export interface ParityRights {
  readonly endpoint: IInferenceEndpoint;
  readonly goldenSet: BoundDataset;
  readonly results: ResultsPlace;
  readonly metric: MetricConfig;
  readonly eventBusArn: string;
}

/** For the function that sends the lines, and compares. */
export function parityStatements(scope: Construct, { endpoint, goldenSet: { bucket, key }, results, metric, eventBusArn }: ParityRights): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:InvokeEndpoint'], resources: [endpoint.endpointArn] }),
    ...versionStatements(scope, endpoint),
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(key)] }),
    ...bucket.encryptionKey === undefined ? [] : [new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [bucket.encryptionKey.keyArn] })],
    ...resultStatements(parityFolder(results), ['s3:PutObject']),
    ...metric.functionArn === undefined ? [] : [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [metric.functionArn] })],
    putEventsStatement(eventBusArn, EVENT_SOURCE),
  ];
}

/** For the gate. */
export function parityGateStatements(scope: Construct, endpoint: IInferenceEndpoint, results: ResultsPlace): iam.PolicyStatement[] {
  return [...versionStatements(scope, endpoint), ...resultStatements(parityFolder(results), ['s3:GetObject'])];
}

const parityFolder = ({ bucket, prefix }: ResultsPlace): ResultsPlace => ({ bucket, prefix: `${prefix}parity/` });
