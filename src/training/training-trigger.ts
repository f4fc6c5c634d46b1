import { Aws } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { deadLetters } from './dead-letters';
import { parameterProblems, runInput, type TrainingRunParameters } from './run-parameters';
import { checkObject } from '../private/checks';
import { throwProblems } from '../private/problems';

/** What makes a training run by itself. */
export interface TrainingTriggerOptions {
  /** The events, e.g. of source `aws.s3` for new data. */
  readonly eventPattern: events.EventPattern;

  /**
   * What the runs are given; values may be `EventField.fromPath(...)`.
   *
   * @default - nothing: what the training says
   */
  readonly parameters?: TrainingRunParameters;

  /**
   * Bus of the events.
   *
   * @default - the default bus of account and region
   */
  readonly eventBus?: events.IEventBus;
}

/** A trigger, and what it starts. */
export interface TrainingTriggerProps extends TrainingTriggerOptions {
  /** The state machine of a training or of a pipeline, or one of your own that passes its input on to a TrainingTask. */
  readonly stateMachine: sfn.IStateMachine;
}

/**
 * Runs a training on events. The event's id names the run: EventBridge may deliver it twice, and the second makes no job.
 *
 * Each event is a run of its own, and one that comes while a run goes on is skipped: where many objects arrive one after the other, let an event say that all of them are there.
 */
export class TrainingTrigger extends Construct {
  /** Gets the events that Step Functions did not take. */
  public readonly deadLetterQueue: sqs.Queue;
  /** The rule that starts the training. */
  public readonly rule: events.Rule;

  constructor(scope: Construct, id: string, props: TrainingTriggerProps) {
    super(scope, id);
    const { stateMachine } = props;
    throwProblems(this, [
      ...checkObject('eventPattern', props.eventPattern, 'source', 'a pattern with a source', "give e.g. { source: ['aws.s3'], detailType: ['Object Created'] }"),
      ...parameterProblems(props.parameters),
    ]);
    this.deadLetterQueue = deadLetters(this, 'NotStarted');
    const role = new iam.Role(this, 'Role', {
      description: 'Starts a training on an event',
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
    });
    this.rule = new events.Rule(this, 'Rule', { description: 'Starts a training', eventBus: props.eventBus, eventPattern: props.eventPattern });
    this.rule.addTarget(new targets.SfnStateMachine(stateMachine, {
      role,
      input: events.RuleTargetInput.fromObject({ ...runInput(props.parameters), runId: `${this.node.addr.slice(-8)}/${events.EventField.eventId}` }),
      deadLetterQueue: this.deadLetterQueue,
    }));
  }
}
