import { Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from './contract';

export interface WatchdogStatementsProps {
  readonly endpointArn: string;
  /** As the lock has it. */
  readonly endpointName: string;
  /** Whether one of the variants is scaled. */
  readonly scaled: boolean;
  readonly killSwitchArn: string;
  readonly table?: dynamodb.ITable;
  readonly bus?: events.IEventBus;
  readonly topic?: sns.ITopic;
}

/** What the state machine of a watchdog may do. */
export function watchdogStatements(scope: Construct, props: WatchdogStatementsProps): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  const { table, topic } = props;
  const bus = props.bus?.eventBusArn ?? stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
  return [
    new iam.PolicyStatement({ actions: ['sagemaker:DescribeEndpoint', 'sagemaker:UpdateEndpointWeightsAndCapacities'], resources: [props.endpointArn] }),
    ...props.scaled ? [new iam.PolicyStatement({
      actions: ['application-autoscaling:RegisterScalableTarget'],
      // The last part is made by the service when the target is registered: it is in no attribute of the target in a template.
      resources: [stack.formatArn({ service: 'application-autoscaling', resource: 'scalable-target', resourceName: '*' })],
      conditions: {
        StringEquals: {
          'application-autoscaling:service-namespace': 'sagemaker',
          'application-autoscaling:scalable-dimension': 'sagemaker:variant:DesiredInstanceCount',
        },
      },
    })] : [],
    new iam.PolicyStatement({ actions: ['ssm:PutParameter'], resources: [props.killSwitchArn] }),
    ...table === undefined ? [] : [new iam.PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      resources: [table.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [props.endpointName] } },
    })],
    // What `Table.grant...` gives: DynamoDB uses the key in the name of whoever reads and writes.
    ...table?.encryptionKey === undefined ? [] : [
      viaService(stack, 'dynamodb', table.encryptionKey.keyArn, ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']),
    ],
    // The key is a list (Service Authorization Reference, Amazon EventBridge): without ForAllValues it depends on the service whether it is compared at all.
    new iam.PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [bus],
      conditions: { 'ForAllValues:StringEquals': { 'events:source': [EVENT_SOURCE] }, 'Null': { 'events:source': 'false' } },
    }),
    ...topic === undefined ? [] : [new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] })],
    // What a publisher to an encrypted topic needs (SNS developer guide, "Key management").
    ...topic?.masterKey === undefined ? [] : [viaService(stack, 'sns', topic.masterKey.keyArn, ['kms:Decrypt', 'kms:GenerateDataKey'])],
  ];
}

/** A key, for what one service does with it. */
function viaService(stack: Stack, service: string, key: string, actions: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions, resources: [key], conditions: { StringEquals: { 'kms:ViaService': `${service}.${stack.region}.${stack.urlSuffix}` } },
  });
}
