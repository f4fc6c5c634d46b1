import { join } from 'node:path';
import { Aws, Duration, Stack, Validations, type CfnElement, type StackProps } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { AcceleratorInstance, TrainingCode, TrainingImage, TrainingInput, TrainingJob } from 'cdk-accelerators';
import type { Construct } from 'constructs';

/** A classifier trained on one GPU of a spot instance; where there is none to be had, on another type. */
export class TrainGpuStack extends Stack {
  public readonly training: TrainingJob;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const data = new s3.Bucket(this, 'Data', { enforceSSL: true, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL });
    this.training = new TrainingJob(this, 'Train', {
      code: TrainingCode.fromDirectory(join(__dirname, 'script'), { entryPoint: 'train.py' }),
      hyperParameters: { 'epochs': 20, 'learning-rate': 1e-3, 'batch-size': 256 },
      metricDefinitions: [{ name: 'loss', regex: 'loss=([0-9.]+)' }],
      inputs: { train: TrainingInput.s3(data, 'train/') },
      checkpoints: {},
      spot: true,
      maxRuntime: Duration.hours(4),
      maxWait: Duration.hours(8),
      rungs: [
        { instanceType: AcceleratorInstance.G6_XLARGE, image: TrainingImage.PYTORCH_2_12_GPU },
        { instanceType: AcceleratorInstance.G5_XLARGE, image: TrainingImage.PYTORCH_2_12_GPU },
      ],
    });
    acknowledge(this.training, this, data);
  }
}

/** cdk-nag (AwsSolutions): the wildcards that the roles keep, and why. */
function acknowledge(training: TrainingJob, stack: Stack, data: s3.Bucket): void {
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
    [objects(data, 'train/')]: 'The data of the training, below one prefix',
    [objects(training.bucket, 'models/')]: 'Each job writes a folder of its own below this prefix',
    [objects(training.bucket, 'checkpoints/')]: 'Each run has a folder of its own below this prefix',
  });
}

/** As `Validations.acknowledge()` does, which refuses an id with more than one "::", and every finding on an ARN has that. */
function reasons(scope: Construct, given: Record<string, string>): void {
  scope.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, given);
}
