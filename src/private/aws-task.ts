import { Aws } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
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
