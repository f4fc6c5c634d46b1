import { Aws, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { deadLetters } from './dead-letters';
import { parameterProblems, runInput, type TrainingRunParameters } from './run-parameters';
import { checkObject } from '../private/checks';
import { throwProblems } from '../private/problems';

/** When a training runs by itself. */
export interface TrainingScheduleOptions {
  /** When, e.g. `ScheduleExpression.cron({ weekDay: 'SUN', hour: '3', minute: '0' })` with its time zone, or `ScheduleExpression.rate(Duration.days(7))`. */
  readonly schedule: scheduler.ScheduleExpression;

  /**
   * What the runs are given.
   *
   * @default - nothing: what the training says
   */
  readonly parameters?: TrainingRunParameters;

  /**
   * How much later than said a run may begin, 1 minute to 24 hours; where many begin at the full hour, instances are scarce then.
   *
   * @default - none
   */
  readonly flexibleWindow?: Duration;

  /**
   * Whether it runs; a schedule that does not can be switched on in the console.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Queue for starts that Step Functions did not take within an hour.
   *
   * @default - a queue of its own, encrypted, which keeps them 14 days
   */
  readonly deadLetterQueue?: sqs.IQueue;
}

/** A schedule, and what it starts. */
export interface TrainingScheduleProps extends TrainingScheduleOptions {
  /** The state machine of a training or of a pipeline, or one of your own that passes its input on to a TrainingTask. */
  readonly stateMachine: sfn.IStateMachine;
}

/** A schedule of a training. Its name for a run is the time that it was scheduled for: EventBridge Scheduler may start it twice, and the second makes no job. */
export class TrainingSchedule extends Construct {
  /** Gets the starts that Step Functions did not take. */
  public readonly deadLetterQueue: sqs.IQueue;

  constructor(scope: Construct, id: string, props: TrainingScheduleProps) {
    super(scope, id);
    const { stateMachine } = props;
    const { schedule, flexibleWindow } = props;
    const window = flexibleWindow === undefined || flexibleWindow.isUnresolved() ? undefined : flexibleWindow.toMinutes({ integral: false });
    throwProblems(this, [
      ...checkObject('schedule', schedule, 'expressionString', 'a schedule expression', 'use ScheduleExpression.cron or ScheduleExpression.rate of aws-cdk-lib/aws-scheduler'),
      ...flexibleWindow?.isUnresolved() === true ? [{ prop: 'flexibleWindow', got: 'a token (a value known only at deploy time)', allowed: 'a value known at synth', fix: 'give e.g. Duration.minutes(30)' }] : [],
      ...window === undefined || (Number.isInteger(window) && window >= 1 && window <= 1440) ? [] : [{ prop: 'flexibleWindow', got: `${window} minutes`, allowed: 'whole minutes, 1 to 1440', fix: 'give e.g. Duration.minutes(30)' }],
      ...parameterProblems(props.parameters),
    ]);
    this.deadLetterQueue = props.deadLetterQueue ?? deadLetters(this, 'NotStarted');
    const role = new iam.Role(this, 'Role', {
      description: 'Starts a training on a schedule',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
      inlinePolicies: {
        Start: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachine.stateMachineArn] }),
            new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetterQueue.queueArn] }),
          ],
        }),
      },
    });
    // A queue that is encrypted with a key takes messages of those who may use it (SQS developer guide, key management).
    this.deadLetterQueue.encryptionMasterKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
    // The L2 takes targets that make a role for all schedules of one state machine, which is somebody else's to change.
    new scheduler.CfnSchedule(this, 'Resource', {
      description: `Starts ${Stack.of(this).stackName}/${scope.node.id}`,
      scheduleExpression: schedule.expressionString,
      scheduleExpressionTimezone: schedule.timeZone?.timezoneName,
      state: props.enabled === false ? 'DISABLED' : 'ENABLED',
      flexibleTimeWindow: window === undefined ? { mode: 'OFF' } : { mode: 'FLEXIBLE', maximumWindowInMinutes: window },
      target: {
        arn: stateMachine.stateMachineArn,
        roleArn: role.roleArn,
        // EventBridge Scheduler user guide, "Adding context attributes".
        input: Stack.of(this).toJsonString({ ...runInput(props.parameters), runId: `${this.node.addr.slice(-8)}/<aws.scheduler.scheduled-time>` }),
        deadLetterConfig: { arn: this.deadLetterQueue.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 30 },
      },
    });
  }
}
