import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { AwsTask, childStatements } from '../private/aws-task';
import type { MigrationConfig, Outcome } from './core/controller/types';

/**
 * How an execution ends, for each outcome: well, or with an error. What waits for a run (a pipeline, a state machine of the user's) stops
 * when the newcomer did not get the traffic.
 */
const ENDS: Readonly<Record<Outcome, 'well' | `Migration.${string}`>> = {
  promoted: 'well',
  dryRun: 'well',
  released: 'well',
  refused: 'Migration.Refused',
  rolledBack: 'Migration.RolledBack',
  superseded: 'Migration.Superseded',
};

/**
 * A step machine ends by itself after 900 ticks of at most a minute; 24 hours leave room for the retries of a function that cannot be reached. A run has 14 days to get to 100 %, 14
 * for the window after it, and a week for a gate before the release; Step Functions allows an execution a year.
 */
const STEP_TIMEOUT = Duration.hours(24);
const RUN_TIMEOUT = Duration.days(40);

/** A tick may be repeated: every write is absolute, and the lock knows who holds it. Ten minutes of an outage are waited out; the watchdog does not wait. */
const PATIENT: sfn.RetryProps = {
  errors: ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.TooManyRequestsException', sfn.Errors.TASKS_FAILED, sfn.Errors.TIMEOUT],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  maxAttempts: 14,
};

/** Roles by service: an execution of our account, and none that somebody else's machine runs. */
function machineRole(scope: Construct, id: string, description: string, statements: iam.PolicyStatement[]): iam.IRole {
  const role = new iam.Role(scope, id, {
    description,
    assumedBy: new iam.ServicePrincipal('states.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } } }),
    inlinePolicies: { Machine: new iam.PolicyDocument({ statements }) },
  });
  // What the states need is in it; CDK would put the same beside it.
  return role.withoutPolicyUpdates();
}

/**
 * One step of a migration, or a part of a long one: tick, wait, tick. The data of an execution:
 *
 *     config, run, input   as the parent gave them
 *     tick                 state, wait, done, outcome, reason: what the controller answered; at first the state of the step before, or null
 */
export function stepMachine(parent: Construct, functionArn: string): sfn.StateMachine {
  const scope = new Construct(parent, 'Step');
  const tick = new AwsTask(scope, 'Tick', {
    integration: 'lambda:invoke',
    parameters: {
      FunctionName: functionArn,
      Payload: { 'config.$': '$.config', 'run.$': '$.run', 'input.$': '$.input', 'state.$': '$.tick.state', 'now.$': '$$.State.EnteredTime' },
    },
    resultSelector: { 'state.$': '$.Payload.state', 'wait.$': '$.Payload.wait', 'done.$': '$.Payload.done', 'outcome.$': '$.Payload.outcome', 'reason.$': '$.Payload.reason' },
    resultPath: '$.tick',
    // Longer than the function may run: an answer that got lost is not waited for.
    taskTimeout: sfn.Timeout.duration(Duration.minutes(6)),
    statements: [],
  }).addRetry(PATIENT);
  const wait = new sfn.Wait(scope, 'Wait', { time: sfn.WaitTime.secondsPath('$.tick.wait') });
  // What the parent asks for, and nothing of what it knows.
  const done = new sfn.Succeed(scope, 'Step done', { outputPath: '$.tick' });
  const definition = tick.next(new sfn.Choice(scope, 'Step over?').when(sfn.Condition.booleanEquals('$.tick.done', true), done).otherwise(wait));
  wait.next(tick);
  return new sfn.StateMachine(scope, 'Machine', {
    comment: 'One step of a traffic migration',
    definitionBody: sfn.DefinitionBody.fromChainable(definition),
    timeout: STEP_TIMEOUT,
    role: machineRole(scope, 'Role', 'Runs the steps of a traffic migration', [
      new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
    ]),
  });
}

export interface RunMachineProps {
  readonly machineName: string;
  /** May hold tokens. */
  readonly config: MigrationConfig;
  readonly step: sfn.StateMachine;
}

/**
 * A run: one execution of the step machine after another, so that none outgrows the 25,000 events of an execution. The config is in the definition, and a
 * run that goes on keeps its own over a deploy. The data of an execution:
 *
 *     config, run, input   the migration, this execution, and what it was started with
 *     last                 what the step before ended with
 */
export function runMachine(parent: Construct, { machineName, config, step }: RunMachineProps): sfn.StateMachine {
  const scope = new Construct(parent, 'Run');
  const begin = new sfn.Pass(scope, 'Begin', {
    // CDK drops a plain null.
    parameters: { config, 'input.$': '$', 'run': { 'arn.$': '$$.Execution.Id', 'name.$': '$$.Execution.Name' } },
  });
  // A state of its own: the CDK leaves nulls out of parameters.
  const first = new sfn.Pass(scope, 'Nothing yet', { result: sfn.Result.fromObject({ state: null }), resultPath: '$.last' });
  const next = new AwsTask(scope, 'Run a step', {
    // Without a name: names are used once, and who comes second is told so by the lock. A step that failed is not begun again: the watchdog decides what is safe then.
    integration: 'states:startExecution.sync:2',
    parameters: {
      StateMachineArn: step.stateMachineArn,
      Input: {
        'config.$': '$.config',
        'run.$': '$.run',
        'input.$': '$.input',
        'tick': { 'state.$': '$.last.state' },
        // The console links parent and child by it.
        'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$': '$$.Execution.Id',
      },
    },
    resultSelector: { 'state.$': '$.Output.state', 'outcome.$': '$.Output.outcome', 'reason.$': '$.Output.reason' },
    resultPath: '$.last',
    statements: [],
  });
  const outcome = (value: Outcome | 'continue'): sfn.Condition => sfn.Condition.stringEquals('$.last.outcome', value);
  const done = new sfn.Succeed(scope, 'Done', { outputPath: '$.last' });
  const choice = new sfn.Choice(scope, 'Run over?').when(outcome('continue'), next);
  for (const [value, end] of Object.entries(ENDS)) {
    choice.when(outcome(value as Outcome), end === 'well' ? done : new sfn.Fail(scope, end, { error: end, causePath: '$.last.reason' }));
  }
  choice.otherwise(new sfn.Fail(scope, 'Migration.Unknown', { error: 'Migration.Unknown', cause: 'the controller ended a step with an outcome that this state machine does not know: deploy both from one version' }));
  return new sfn.StateMachine(scope, 'Machine', {
    stateMachineName: machineName,
    comment: `Traffic migration ${config.migration}: ${config.from.name} to ${config.to.name}`,
    definitionBody: sfn.DefinitionBody.fromChainable(begin.next(first).next(next).next(choice)),
    timeout: RUN_TIMEOUT,
    role: machineRole(scope, 'Role', 'Runs a traffic migration', childStatements(parent, step, step.stateMachineName)),
  });
}
