import { Aws, Validations, type CfnElement, type Stack } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { TrainingJob, TrainingPipeline } from 'cdk-accelerators';
import type { Construct } from 'constructs';

/** cdk-nag (AwsSolutions): the wildcards that the roles keep, and why. */
export function acknowledge(stack: Stack, { training, pipeline, data }: { training: TrainingJob; pipeline: TrainingPipeline; data: s3.Bucket }): void {
  const account = stack.account === Aws.ACCOUNT_ID ? '<AWS::AccountId>' : stack.account;
  const arn = (service: string, resource: string) => `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${service}:us-east-1:${account}:${resource}]`;
  const id = (construct: Construct) => stack.getLogicalId(construct.node.defaultChild as CfnElement);
  const objects = (bucket: s3.IBucket, keys: string) => `AwsSolutions-IAM5[Resource::<${id(bucket as s3.Bucket)}.Arn>/${keys}]`;
  const objectsOf = (bucket: s3.IBucket, keys: string) => `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::<${id(bucket as s3.Bucket)}>/${keys}]`;
  const jobs = `${training.jobNamePrefix}-*`;
  const compile = pipeline.compilation!;
  const machine = training.stateMachine.node.defaultChild as CfnStateMachine;
  const machines = {
    'AwsSolutions-SF1': 'The history of a standard state machine keeps every step for 90 days; a log would need rights on all log deliveries of the account',
    'AwsSolutions-SF2': 'Nothing is to be traced in a state machine that waits for jobs',
  };
  reasons(data, { 'AwsSolutions-S1': 'An example has no access logs: they would hide what it shows' });
  reasons(training, {
    ...machines,
    'AwsSolutions-S1': 'The bucket holds models and checkpoints; a second bucket for access logs would hide what the example shows',
    'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken, cloudwatch:PutMetricData and sagemaker:ListTrainingJobs know no resources; conditions and names limit what is done with them',
    [arn('sagemaker', `training-job/${jobs}`)]: 'Each try is a job of its own; their names begin with the prefix of this training',
    [arn('sagemaker', 'model-package/weekly-7b/*')]: 'Each model is a version of the one group',
    [arn('logs', `log-group:/aws/sagemaker/TrainingJobs:log-stream:${jobs}`)]: 'SageMaker names the log streams after the jobs',
    [arn('states', `execution:${machine.stateMachineName}:*`)]: 'Executions come and go; they are the runs of this training',
    ...Object.fromEntries(['base-model/*', 'texts/*'].map((keys) => [objectsOf(data, keys), 'The data of the training, below one prefix each'])),
    ...Object.fromEntries(['models/*', 'models-code/*', 'checkpoints/*', 'neuron-cache/*', 'neuron-cache-filled/*'].map((keys) => [objects(training.bucket, keys), 'Each job, run and graph has a name of its own below this prefix'])),
  });
  reasons(pipeline, {
    ...machines,
    'AwsSolutions-S1': 'The bucket holds compiled models, which can be made again; a second bucket for access logs would hide what the example shows',
    'AwsSolutions-SQS3': 'It is the dead-letter queue: of the schedule',
    'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken knows no resources; the pull itself is limited to the one repository of the image',
    [arn('states', `execution:<${id(training.stateMachine as unknown as Construct)}.Name>:*`)]: 'Executions come and go; they are the runs of the training',
    [arn('sagemaker', `training-job/${compile.jobNamePrefix}-*`)]: 'Each try is a job of its own; their names begin with what is compiled into',
    [arn('logs', `log-group:/aws/sagemaker/TrainingJobs:log-stream:${compile.jobNamePrefix}-*`)]: 'SageMaker names the log streams after the jobs',
    [objectsOf(training.bucket, 'models/*')]: 'Each trained model has a folder of its own below this prefix',
    [objects(compile.bucket, 'neuron/*/*')]: 'Each program has a folder of its own, named by its key',
    [objects(compile.bucket, 'neuron/*/complete.json')]: 'Each program has a folder of its own, named by its key',
  });
}

/** As `Validations.acknowledge()` does, which refuses an id with more than one "::", and every finding on an ARN has that. */
function reasons(scope: Construct, given: Record<string, string>): void {
  scope.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, given);
}
