import { Aws, Validations, type CfnElement, type Stack } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { TrainingJob } from 'cdk-accelerators';
import type { Construct } from 'constructs';

/** cdk-nag (AwsSolutions): the wildcards that the roles keep, and why. */
export function acknowledge(training: TrainingJob, stack: Stack, data: s3.Bucket): void {
  const account = stack.account === Aws.ACCOUNT_ID ? '<AWS::AccountId>' : stack.account;
  const arn = (service: string, resource: string) => `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${service}:us-east-1:${account}:${resource}]`;
  const objects = (bucket: s3.IBucket, keys: string) => `AwsSolutions-IAM5[Resource::<${stack.getLogicalId(bucket.node.defaultChild as CfnElement)}.Arn>/${keys}*]`;
  const jobs = `${training.jobNamePrefix}-*`;
  reasons(data, { 'AwsSolutions-S1': 'An example has no access logs: they would hide what it shows' });
  reasons(training, {
    'AwsSolutions-S1': 'The bucket holds models and checkpoints; a second bucket for access logs would hide what the example shows',
    'AwsSolutions-SF1': 'The history of a standard state machine keeps every step for 90 days; a log would need rights on all log deliveries of the account',
    'AwsSolutions-SF2': 'Nothing is to be traced in a state machine that waits for jobs',
    'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken, cloudwatch:PutMetricData and sagemaker:ListTrainingJobs know no resources; conditions and names limit what is done with them',
    [arn('sagemaker', `training-job/${jobs}`)]: 'Each try is a job of its own; their names begin with the prefix of this training',
    [arn('logs', `log-group:/aws/sagemaker/TrainingJobs:log-stream:${jobs}`)]: 'SageMaker names the log streams after the jobs',
    [arn('states', `execution:${(training.stateMachine.node.defaultChild as CfnStateMachine).stateMachineName}:*`)]: 'Executions come and go; they are the runs of this training',
    [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::<${stack.getLogicalId(data.node.defaultChild as CfnElement)}>/train/*]`]: 'The data of the training, below one prefix',
    [objects(training.bucket, 'models/')]: 'Each job writes a folder of its own below this prefix',
    [objects(training.bucket, 'checkpoints/')]: 'Each run has a folder of its own below this prefix',
    [objects(training.bucket, 'models-code/')]: 'Each version of the script has a name of its own below this prefix',
  });
}

/** As `Validations.acknowledge()` does, which refuses an id with more than one "::", and every finding on an ARN has that. */
function reasons(scope: Construct, given: Record<string, string>): void {
  scope.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, given);
}
