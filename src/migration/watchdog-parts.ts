import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from './contract';
import { AwsTask } from '../private/aws-task';

/** What the watchdog says on the bus. */
export const WATCHDOG_EVENTS = {
  /** Requests are sent to the fallback variant. */
  triggered: 'FallbackTriggered',
  /** The endpoint does not take the weights yet, or was given up on. */
  blocked: 'FallbackBlocked',
  /** All requests have gone to the fallback variant for five minutes. */
  done: 'FallbackDone',
  /** The controller of a migration was gone; what became of its step. */
  recovered: 'ControllerRecovered',
} as const;

/** What the states need to know; names may be tokens. */
export interface WatchdogStatesProps {
  /** Name of the watchdog in events. */
  readonly name: string;
  readonly endpointName: string;
  /** The variant that takes the requests back. */
  readonly from: string;
  /** The variant that is watched. */
  readonly to: string;
  /** Weight of `from` when it has everything. */
  readonly totalWeight: number;
  /** Instances that `from` needs; the lock's `floor` goes before it. */
  readonly floor?: number;
  /** Which of the variants Application Auto Scaling sets the number of. */
  readonly scaled: { readonly from: boolean; readonly to: boolean };
  /** The table with the lock of a migration, and the one migration that is guarded, in its runs alone. */
  readonly table?: { readonly name: string; readonly migration?: string };
  readonly killSwitchName: string;
  /** ARN of the bus, which may be another account's. The account's default bus when left out. */
  readonly bus?: string;
  readonly topicArn?: string;
  readonly runbook: string;
}

/** What the states are made of. */
export interface WatchdogParts {
  readonly scope: Construct;
  readonly pass: (id: string, resultPath: string, value: boolean | number | string | object) => sfn.Pass;
  readonly task: (id: string, integration: string, parameters: object, resultPath?: string) => AwsTask;
  /** Tries a call twice; whatever comes of it, what matters more goes on. */
  readonly brief: (task: AwsTask, next: sfn.State) => AwsTask;
  /** An event, and a message to people; goes on to `next` whatever becomes of them. */
  readonly tell: (id: string, event: string, message: string, next: sfn.State) => sfn.State;
  /** Changes a scalable target, and lets it scale. */
  readonly scaling: (id: string, variant: string, more?: object) => AwsTask;
  readonly setSwitch: (id: string, value: string) => AwsTask;
}

export function watchdogParts(scope: Construct, props: WatchdogStatesProps): WatchdogParts {
  const task: WatchdogParts['task'] = (id, integration, parameters, resultPath = sfn.JsonPath.DISCARD) => new AwsTask(scope, id, {
    // The rights are in the role from the start, see watchdog-statements.
    integration, parameters, resultPath, statements: [], taskTimeout: sfn.Timeout.duration(Duration.seconds(10)),
  });
  const brief: WatchdogParts['brief'] = (one, next) => {
    one.addRetry({ errors: [sfn.Errors.ALL], interval: Duration.seconds(1), maxAttempts: 1 });
    one.addCatch(next, { resultPath: '$.error' });
    return one;
  };
  const page = (id: string, event: string, message: string, next: sfn.State): sfn.State => props.topicArn === undefined ? next : brief(task(id, 'sns:publish', {
    'TopicArn': props.topicArn,
    // At most 100 characters; the name of a variant has at most 63.
    'Subject': `${event}: ${props.from}`,
    'Message.$': `States.Format('Endpoint ${props.endpointName}: ${message}. Cause: {}. Execution: {}. What to do: ${props.runbook}', $.cause, $$.Execution.Id)`,
  }), next).next(next).startState;
  return {
    scope,
    pass: (id, resultPath, value) => new sfn.Pass(scope, id, { result: resultOf(value), resultPath }),
    task,
    brief,
    tell: (id, event, message, next) => {
      const paged = page(`${id} to people`, event, message, next);
      return brief(task(id, 'events:putEvents', {
        Entries: [{
          Source: EVENT_SOURCE,
          DetailType: event,
          ...props.bus === undefined ? {} : { EventBusName: props.bus },
          Detail: {
            'watchdog': props.name,
            'endpoint': props.endpointName,
            'from': props.from,
            'to': props.to,
            message,
            'cause.$': '$.cause',
            'status.$': '$.endpoint.EndpointStatus',
            'weights.$': '$.weights',
            'execution.$': '$$.Execution.Id',
            'runbook': props.runbook,
          },
        }],
      }), paged).next(paged).startState;
    },
    scaling: (id, variant, more = {}) => task(id, 'aws-sdk:applicationautoscaling:registerScalableTarget', {
      ServiceNamespace: 'sagemaker',
      ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      ResourceId: `endpoint/${props.endpointName}/variant/${variant}`,
      // A migration suspends scaling while a step is unproven, and is not there any more to resume it.
      SuspendedState: { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false },
      ...more,
    }),
    setSwitch: (id, value) => task(id, 'aws-sdk:ssm:putParameter', { Name: props.killSwitchName, Value: value, Overwrite: true }),
  };
}

function resultOf(value: boolean | number | string | object): sfn.Result {
  switch (typeof value) {
    case 'boolean': return sfn.Result.fromBoolean(value);
    case 'number': return sfn.Result.fromNumber(value);
    case 'string': return sfn.Result.fromString(value);
    default: return sfn.Result.fromObject(value);
  }
}
