import { Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { MigrationGate } from './migration-gate';
import type { MigrationNotifications } from './migration-notifications';
import type { MigrationTable } from './migration-table';
import { publishStatements, putEventsStatement, registerTargetStatement } from './shared-statements';
import type { EndpointVariant } from '../endpoint';

export interface ControllerStatementsProps {
  readonly from: EndpointVariant;
  readonly to: EndpointVariant;
  readonly endpointName: string;
  readonly table: MigrationTable;
  readonly gates: readonly MigrationGate[];
  readonly notifications: MigrationNotifications;
  readonly killSwitchArn: string;
  /** Whether requests are sent to the newcomer before it gets traffic. */
  readonly sendsRequests: boolean;
  /** Whether the function has network interfaces. */
  readonly inVpc: boolean;
}

/**
 * What the controller may do: read and move one endpoint, its scaling, and the records of that endpoint. `*` stands only where IAM knows no resource
 * (Service Authorization Reference, looked up 2026-11-23).
 */
export function controllerStatements(scope: Construct, props: ControllerStatementsProps): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  const { endpoint } = props.from;
  const scaled = props.from.scaling !== undefined || props.to.scaling !== undefined;
  const { topic, eventBus } = props.notifications;
  const handlers = props.gates.flatMap(({ _functionArn }) => _functionArn ?? []);
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:DescribeEndpoint', 'sagemaker:UpdateEndpointWeightsAndCapacities'], resources: [endpoint.endpointArn] }),
    ...props.sendsRequests ? [new iam.PolicyStatement({ actions: ['sagemaker:InvokeEndpoint'], resources: [endpoint.endpointArn] })] : [],
    // Metrics have no ARN.
    new iam.PolicyStatement({ actions: ['cloudwatch:GetMetricData'], resources: ['*'] }),
    // Asked for several alarms by name, CloudWatch checks the right on all of the account's.
    new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: [stack.formatArn({ service: 'cloudwatch', resource: 'alarm:*' })] }),
    ...scaled ? [new iam.PolicyStatement({ actions: ['application-autoscaling:DescribeScalableTargets'], resources: ['*'] }), registerTargetStatement(stack)] : [],
    ...props.table.statements(props.endpointName, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']),
    // Whether the execution that holds the lock still runs.
    new iam.PolicyStatement({ actions: ['states:DescribeExecution'], resources: Lazy.list({ produce: () => props.table.executionsOf(endpoint) }) }),
    putEventsStatement(stack, eventBus),
    new iam.PolicyStatement({ actions: ['ssm:GetParameter', 'ssm:PutParameter'], resources: [props.killSwitchArn] }),
    ...publishStatements(stack, topic),
    ...handlers.length === 0 ? [] : [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: handlers })],
    // What a function's network interfaces take: none of it can be limited to a resource (AWS Lambda developer guide, "Giving Lambda functions access to resources in a VPC").
    ...props.inVpc ? [new iam.PolicyStatement({
      actions: ['ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses'],
      resources: ['*'],
    })] : [],
  ];
}
