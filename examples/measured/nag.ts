import { Aws, Validations, type CfnElement, type Stack } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { AccuracyParity, EndpointBenchmark, InferenceEndpoint, TrafficMigration } from 'cdk-accelerators';
import type { Construct } from 'constructs';

/** cdk-nag (AwsSolutions): the wildcards that the roles keep, and why. */
export function acknowledge(stack: Stack, { endpoint, benchmark, parity, migration }: { endpoint: InferenceEndpoint; benchmark: EndpointBenchmark; parity: AccuracyParity; migration: TrafficMigration }): void {
  const account = stack.account === Aws.ACCOUNT_ID ? '<AWS::AccountId>' : stack.account;
  const arn = (service: string, resource: string) => `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${service}:us-east-1:${account}:${resource}]`;
  const results = (keys: string) => `AwsSolutions-IAM5[Resource::<${stack.getLogicalId((benchmark.bucket as Bucket).node.defaultChild as CfnElement)}.Arn>/${keys}]`;
  const machines = {
    'AwsSolutions-SF1': 'The history of a standard state machine keeps every step for 90 days; a log would need rights on all log deliveries of the account',
    'AwsSolutions-SF2': 'What its functions did is in their logs, and what came of it in records',
  };
  const configs = { [arn('sagemaker', 'endpoint-config/*')]: 'Every deploy makes a configuration with another name; the right is to describe them' };
  reasons(endpoint, {
    'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken and cloudwatch:PutMetricData know no resources; the pull is limited to the repository of the image, the metrics to their namespace',
    [arn('logs', 'log-group:/aws/sagemaker/Endpoints/*')]: 'SageMaker names the log group after the endpoint, whose generated name is known only after the role; the prefix holds endpoint logs alone',
  });
  reasons(benchmark, {
    ...machines,
    ...configs,
    'AwsSolutions-S1': 'The bucket holds records and reports; a second bucket for access logs would hide what the example shows',
    'AwsSolutions-IAM5[Resource::*]': 'cloudwatch:GetMetricData knows no resources; it counts the requests that were not of the benchmark',
    [results('benchmark/slices/*')]: 'Each slice of each run is an object of its own below this prefix',
    [results('benchmark/*')]: 'Each run and each version has records of its own below this prefix',
  });
  reasons(parity, { ...machines, ...configs, [results('benchmark/parity/*')]: 'Each pair of versions has a record of its own below this prefix' });
  const { stateMachine, stepMachine } = migration;
  reasons(migration, {
    ...machines,
    'AwsSolutions-IAM5[Resource::*]': 'cloudwatch:GetMetricData and application-autoscaling:DescribeScalableTargets know no resources',
    [arn('cloudwatch', 'alarm:*')]: 'cloudwatch:DescribeAlarms lists; the names are in the request',
    [arn('application-autoscaling', 'scalable-target/*')]: 'Application Auto Scaling names scalable targets by a digest; conditions limit the right to variants of SageMaker',
    [arn('states', `execution:${(stateMachine.node.defaultChild as CfnStateMachine).stateMachineName}:*`)]: 'Executions come and go; they are the runs of this migration',
    [arn('states', `execution:<${stack.getLogicalId(stepMachine.node.defaultChild as CfnElement)}.Name>:*`)]: 'Executions come and go; they are the steps of this migration',
  });
}

/** As `Validations.acknowledge()` does, which refuses an id with more than one "::", and every finding on an ARN has that. */
function reasons(scope: Construct, texts: Record<string, string>): void {
  scope.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, texts);
}
