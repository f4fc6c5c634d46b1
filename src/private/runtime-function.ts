import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/**
 * What all functions have in common: a log group of their own that goes with them, and a role that may write to it and do what it
 * is told, and nothing else. The managed policy that a function gets by default opens every log group of the account.
 */
export function functionOptions(scope: Construct, id: string, description: string, statements: iam.PolicyStatement[]): lambda.FunctionOptions {
  const logGroup = new logs.LogGroup(scope, `${id}Logs`, { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
  const role = new iam.Role(scope, `${id}Role`, {
    description,
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Function: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }), ...statements],
      }),
    },
  });
  return { description, role, logGroup, timeout: Duration.minutes(2), memorySize: 256 };
}
