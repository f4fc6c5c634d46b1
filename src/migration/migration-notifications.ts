import type * as events from 'aws-cdk-lib/aws-events';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { checkStruct } from './value-checks';
import { checkObject } from '../private/checks';
import type { Problem } from '../private/problems';

/** Who is told. */
export interface MigrationNotifications {
  /**
   * Topic for people: what somebody has to look at or decide, in words, with the commands to type. A topic that is encrypted with a key of yours is
   * published to with that key; when the topic was imported, its key has to be known to it, or let the roles use it itself.
   *
   * @default - nobody is told but the event bus
   */
  readonly topic?: sns.ITopic;

  /**
   * Bus that gets every transition as an event of source `cdk-accelerators.migration`.
   *
   * @default - the default bus of account and region
   */
  readonly eventBus?: events.IEventBus;
}

export function notificationProblems(notifications: MigrationNotifications | undefined): Problem[] {
  const notOne = checkStruct('notifications', notifications, '{ topic }');
  if (notifications === undefined || notOne.length > 0) return notOne;
  const { topic, eventBus } = notifications;
  return [
    ...topic === undefined ? [] : checkObject('notifications.topic', topic, 'topicArn', 'a topic of SNS', 'pass a Topic, or Topic.fromTopicArn'),
    ...topic?.fifo === true ? [{ prop: 'notifications.topic', got: 'a FIFO topic', allowed: 'a standard topic: people are told by mail and chat', fix: 'use a topic without `fifo`' }] : [],
    ...eventBus === undefined ? [] : checkObject('notifications.eventBus', eventBus, 'eventBusArn', 'an event bus', 'pass an EventBus, or EventBus.fromEventBusArn'),
  ];
}
