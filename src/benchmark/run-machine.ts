import { Aws, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { consoleUrl } from '../private/console-url';
import { runbookUrl } from '../private/problems';

/** What the runs of a benchmark or of a parity check are made of. */
export interface RunMachineOptions {
  /** What a run is called in outputs and alarms, e.g. `benchmark`. */
  readonly what: string;
  /** What its command starts, e.g. `a run of the benchmark`. */
  readonly starts: string;
  /** Name of the state machine, where somebody has to know it before it is made. */
  readonly stateMachineName?: string;
  readonly comment: string;
  readonly states: sfn.IChainable;
  /** The functions that it calls. */
  readonly functionArns: readonly string[];
  readonly timeout: Duration;
  /** Entry of the runbook for runs that died. */
  readonly runbookEntry: string;
}

/** A state machine that calls functions, the command that starts it, and the alarm of runs that died. */
export interface RunMachine {
  readonly stateMachine: sfn.StateMachine;
  readonly start: string;
  readonly runsFailedAlarm: cloudwatch.Alarm;
}

/** Makes the state machine of a construct, with its role, its outputs and its alarm. */
export function runMachine(scope: Construct, { what, starts, stateMachineName, comment, states, functionArns, timeout, runbookEntry }: RunMachineOptions): RunMachine {
  const stateMachine = new sfn.StateMachine(scope, 'StateMachine', {
    stateMachineName,
    comment,
    definitionBody: sfn.DefinitionBody.fromChainable(states),
    timeout,
    role: new iam.Role(scope, 'StateMachineRole', {
      description: `Runs a ${what}`,
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
      inlinePolicies: { Machine: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [...functionArns] })] }) },
    }).withoutPolicyUpdates(),
  });
  const start = `aws stepfunctions start-execution --region ${Stack.of(scope).region} --state-machine-arn ${stateMachine.stateMachineArn}`;
  new CfnOutput(scope, 'Runs', { description: `Runs of the ${what}`, value: consoleUrl(scope, 'states', `#/statemachines/view/${stateMachine.stateMachineArn}`) });
  new CfnOutput(scope, 'Start', { description: `Starts ${starts}`, value: start });
  return { stateMachine, start, runsFailedAlarm: runsFailedAlarm(scope, stateMachine, what, runbookEntry) };
}

/** Whatever a run publishes, it publishes itself: one that died says nothing, and the service counts it all the same. */
function runsFailedAlarm(scope: Construct, machine: sfn.StateMachine, what: string, entry: string): cloudwatch.Alarm {
  return new cloudwatch.Alarm(scope, 'RunsFailedAlarm', {
    alarmDescription: `A run of the ${what} ${scope.node.path} failed, took too long or was stopped. Read the cause of the execution, and run it again. See ${runbookUrl(entry)}`,
    metric: new cloudwatch.MathExpression({
      label: 'Runs that did not end well',
      expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)',
      usingMetrics: { failed: machine.metricFailed(), timedOut: machine.metricTimedOut(), aborted: machine.metricAborted() },
      period: Duration.minutes(5),
    }),
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 1,
    // Said once: the next run may come in a week, and nothing would end it.
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
}
