import type { Stack } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { EVENT_SOURCE } from './contract';
import { putEventsStatement as putEvents } from '../private/aws-task';

/** Rights that controller and watchdog have alike. */

/** Events of ours on the bus. */
export function putEventsStatement(stack: Stack, bus: events.IEventBus | undefined): iam.PolicyStatement {
  return putEvents(bus?.eventBusArn ?? stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }), EVENT_SOURCE);
}

/** Changes of scalable targets of SageMaker's variants. The last part of a target's ARN is made when it is registered, and is in no attribute of it in a template. */
export function registerTargetStatement(stack: Stack): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['application-autoscaling:RegisterScalableTarget'],
    resources: [stack.formatArn({ service: 'application-autoscaling', resource: 'scalable-target', resourceName: '*' })],
    conditions: { StringEquals: { 'application-autoscaling:service-namespace': 'sagemaker', 'application-autoscaling:scalable-dimension': 'sagemaker:variant:DesiredInstanceCount' } },
  });
}

/** Messages to people; with a key what a publisher to an encrypted topic needs (SNS developer guide, "Key management"). */
export function publishStatements(stack: Stack, topic: sns.ITopic | undefined): iam.PolicyStatement[] {
  if (topic === undefined) return [];
  return [
    new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }),
    ...topic.masterKey === undefined ? [] : [viaService(stack, 'sns', topic.masterKey.keyArn, ['kms:Decrypt', 'kms:GenerateDataKey*'])],
  ];
}

/** What `Table.grant...` gives: DynamoDB uses the key in the name of whoever reads and writes (DynamoDB developer guide, "Encryption at rest: how it works"). */
export function tableKeyStatement(stack: Stack, keyArn: string): iam.PolicyStatement {
  return viaService(stack, 'dynamodb', keyArn, ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']);
}

/** A key, for what one service does with it. */
function viaService(stack: Stack, service: string, keyArn: string, actions: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources: [keyArn], conditions: { StringEquals: { 'kms:ViaService': `${service}.${stack.region}.${stack.urlSuffix}` } } });
}
