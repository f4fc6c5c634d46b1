import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { MigrationInfrastructureOptions } from './traffic-migration-props';

/** The controller's role, log and network. */
export function controllerOptions(scope: Construct, statements: iam.PolicyStatement[], props: MigrationInfrastructureOptions): lambda.FunctionOptions {
  const description = 'Moves the traffic of a SageMaker endpoint between two variants';
  const { encryptionKey, vpc, vpcSubnets } = props;
  if (encryptionKey !== undefined) letLogsUse(scope, encryptionKey);
  const logGroup = new logs.LogGroup(scope, 'ControllerLogs', {
    retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
    encryptionKey,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new iam.Role(scope, 'ControllerRole', {
    description,
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Controller: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }), ...statements],
      }),
    },
  });
  return {
    description,
    logGroup,
    role: role.withoutPolicyUpdates(),
    // A tick reads, decides and writes; slow are only the gates of others, and requests to a newcomer that is not warm.
    timeout: Duration.minutes(5),
    memorySize: 512,
    ...vpc === undefined ? {} : {
      vpc,
      vpcSubnets,
      securityGroups: props.securityGroups ?? [new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc, description: 'The controller of a traffic migration: nothing in, everything out' })],
    },
  };
}

/**
 * CloudWatch Logs uses a key only when the key's policy lets it. An imported key's policy is not ours to change.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
function letLogsUse(scope: Construct, key: NonNullable<MigrationInfrastructureOptions['encryptionKey']>): void {
  const { region, account, partition } = Stack.of(scope);
  key.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
    actions: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
    resources: ['*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:*` } },
  }));
}
