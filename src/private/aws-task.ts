import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

export interface AwsTaskProps extends sfn.TaskStateBaseProps {
  /** Such as `aws-sdk:sagemaker:createProcessingJob` or `lambda:invoke`. */
  readonly integration: string;
  /** The request, with paths under keys that end in `.$`. */
  readonly parameters: object;
  /** What the state machine's role has to be allowed for it, conditions included. */
  readonly statements: iam.PolicyStatement[];
}

/**
 * A call of an AWS service from a state machine. `tasks.CallAwsService` grants an action on resources without conditions, and the tasks for
 * jobs know half of the fields and wait in a way that no interpreter outside AWS runs: this one renders what it is given.
 */
export class AwsTask extends sfn.TaskStateBase {
  protected readonly taskMetrics: sfn.TaskMetricsConfig | undefined = undefined;
  protected readonly taskPolicies: iam.PolicyStatement[];

  constructor(scope: Construct, id: string, private readonly task: AwsTaskProps) {
    super(scope, id, task);
    this.taskPolicies = task.statements;
  }

  /** @internal */
  protected _renderTask(): object {
    return { Resource: `arn:${Aws.PARTITION}:states:::${this.task.integration}`, Parameters: this.task.parameters };
  }
}

/** Events of a source of ours on a bus. */
export function putEventsStatement(eventBusArn: string, source: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [eventBusArn],
    // The key is a list (Service Authorization Reference, Amazon EventBridge): without ForAllValues it depends on the service whether it is compared at all.
    conditions: { 'ForAllValues:StringEquals': { 'events:source': [source] }, 'Null': { 'events:source': 'false' } },
  });
}

/** What EventBridge tells of executions that did not end well. */
export function endedEarly(machine: sfn.IStateMachine): events.EventPattern {
  return {
    source: ['aws.states'],
    detailType: ['Step Functions Execution Status Change'],
    detail: { stateMachineArn: [machine.stateMachineArn], status: ['ABORTED', 'FAILED', 'TIMED_OUT'] },
  };
}

/** What a role needs to run executions of another state machine and wait for them (`startExecution.sync:2`). */
export function childStatements(scope: Construct, child: sfn.IStateMachine, childName: string): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  return [
    new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [child.stateMachineArn] }),
    new iam.PolicyStatement({
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [stack.formatArn({ service: 'states', resource: 'execution', resourceName: `${childName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
    }),
    // Step Functions learns of the end of a child by a rule of its own (developer guide, "Start a new AWS Step Functions state machine from a running execution").
    new iam.PolicyStatement({
      actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
      resources: [stack.formatArn({ service: 'events', resource: 'rule', resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule' })],
    }),
  ];
}
