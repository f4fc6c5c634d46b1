import { Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from './contract';
import type { MigrationGate } from './migration-gate';
import type { MigrationNotifications } from './migration-notifications';
import type { MigrationTable } from './migration-table';
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
  const { topic, eventBus } = props.notifications;
  const handlers = props.gates.flatMap(({ _handler }) => _handler?.functionArn ?? []);
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:DescribeEndpoint', 'sagemaker:UpdateEndpointWeightsAndCapacities'], resources: [endpoint.endpointArn] }),
    ...props.sendsRequests ? [new iam.PolicyStatement({ actions: ['sagemaker:InvokeEndpoint'], resources: [endpoint.endpointArn] })] : [],
    // Metrics have no ARN.
    new iam.PolicyStatement({ actions: ['cloudwatch:GetMetricData'], resources: ['*'] }),
    // Asked for several alarms by name, CloudWatch checks the right on all of the account's.
    new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: [stack.formatArn({ service: 'cloudwatch', resource: 'alarm:*' })] }),
    ...scalingStatements(scope, props),
    ...props.table.statements(props.endpointName, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']),
    // Whether the execution that holds the lock still runs.
    new iam.PolicyStatement({ actions: ['states:DescribeExecution'], resources: Lazy.list({ produce: () => props.table.executionsOf(endpoint) }) }),
    // The key is a list (Service Authorization Reference, Amazon EventBridge), see watchdog-statements.
    new iam.PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [eventBus?.eventBusArn ?? stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
      conditions: { 'ForAllValues:StringEquals': { 'events:source': [EVENT_SOURCE] }, 'Null': { 'events:source': 'false' } },
    }),
    new iam.PolicyStatement({ actions: ['ssm:GetParameter', 'ssm:PutParameter'], resources: [props.killSwitchArn] }),
    ...topic === undefined ? [] : [new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] })],
    // What a publisher to an encrypted topic needs (SNS developer guide, "Key management").
    ...topic?.masterKey === undefined ? [] : [new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], resources: [topic.masterKey.keyArn] })],
    ...handlers.length === 0 ? [] : [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: handlers })],
    // What a function's network interfaces take: none of it can be limited to a resource (AWS Lambda developer guide, "Giving Lambda functions access to resources in a VPC").
    ...props.inVpc ? [new iam.PolicyStatement({
      actions: ['ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses'],
      resources: ['*'],
    })] : [],
  ];
}

/** A scalable target's ARN has an id of Application Auto Scaling's own, not known at synth; what it scales is a condition. */
function scalingStatements(scope: Construct, { from, to }: ControllerStatementsProps): iam.PolicyStatement[] {
  if (from.scaling === undefined && to.scaling === undefined) return [];
  return [
    new iam.PolicyStatement({ actions: ['application-autoscaling:DescribeScalableTargets'], resources: ['*'] }),
    new iam.PolicyStatement({
      actions: ['application-autoscaling:RegisterScalableTarget'],
      resources: [Stack.of(scope).formatArn({ service: 'application-autoscaling', resource: 'scalable-target', resourceName: '*' })],
      conditions: { StringEquals: { 'application-autoscaling:service-namespace': 'sagemaker', 'application-autoscaling:scalable-dimension': 'sagemaker:variant:DesiredInstanceCount' } },
    }),
  ];
}
