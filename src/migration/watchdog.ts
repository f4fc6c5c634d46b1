import { Aws, Duration, Lazy, Names } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { killSwitchOf } from './kill-switch';
import type { MigrationNotifications } from './migration-notifications';
import { ownEventRule } from './own-event-rule';
import { ERROR_LIMITS, errorAlarm, latencyAlarm, type ErrorAlarmLimits, type LatencyAlarmLimits } from './watchdog-alarm';
import { watchdogStatements } from './watchdog-statements';
import { watchdogStates } from './watchdog-states';
import type { EndpointVariant } from '../endpoint';
import { runbookUrl } from '../private/problems';

export interface WatchdogProps {
  /** The variant that takes the requests back. */
  readonly from: EndpointVariant;
  /** The variant that is watched. */
  readonly to: EndpointVariant;
  /** Name of the endpoint as the lock has it. */
  readonly endpointName: string;
  /** Sum of both weights: what `from` gets. */
  readonly totalWeight: number;
  /** Instances that `from` needs to carry everything. Left out: what the lock says, and without it what is there. */
  readonly floor?: number;
  /** Table with the lock of the migrations of the endpoint. */
  readonly table?: dynamodb.ITable;
  /** The migration that it guards, and outside of whose runs an alarm is nothing to it. Left out: it always guards. */
  readonly migrationName?: string;
  readonly errors?: Partial<ErrorAlarmLimits>;
  readonly latency?: LatencyAlarmLimits;
  readonly notifications?: MigrationNotifications;
}

/**
 * What saves an endpoint whose controller is dead, or that has none: an alarm, a rule, and a state machine of its own that needs no function. With
 * `recoverFrom` it also looks after a controller that ended badly.
 */
export class Watchdog extends Construct {
  /** Name in its events, and of its alarms up to their last part. */
  public readonly watchdogName: string;
  /** Too many errors of the watched variant. */
  public readonly alarm: cloudwatch.Alarm;
  /** Too slow answers of the watched variant, when there is a limit. */
  public readonly latencyAlarm?: cloudwatch.Alarm;
  /** All that make it fall back, its own first. */
  public readonly alarms: cloudwatch.IAlarm[] = [];
  public readonly stateMachine: sfn.StateMachine;
  public readonly killSwitch: ssm.StringParameter;
  private readonly eventsRole: iam.IRole;
  private readonly bus?: events.IEventBus;

  constructor(scope: Construct, id: string, props: WatchdogProps) {
    super(scope, id);
    const { from, to, table, endpointName } = props;
    const { topic, eventBus } = props.notifications ?? {};
    this.watchdogName = Names.uniqueResourceName(this, { maxLength: 120, separator: '-' });
    this.bus = eventBus;
    this.killSwitch = killSwitchOf(from.endpoint);
    const scaled = { from: from.scaling !== undefined, to: to.scaling !== undefined };
    const statements = watchdogStatements(this, {
      endpointArn: from.endpoint.endpointArn,
      endpointName,
      // Of the watched one only what a migration suspended is resumed.
      scaled: scaled.from || (scaled.to && table !== undefined),
      killSwitchArn: this.killSwitch.parameterArn,
      table,
      bus: eventBus,
      topic,
    });
    const definition = watchdogStates(this, {
      name: this.watchdogName,
      endpointName,
      from: from.variantName,
      to: to.variantName,
      totalWeight: props.totalWeight,
      floor: props.floor,
      scaled,
      table: table && { name: table.tableName, migration: props.migrationName },
      killSwitchName: this.killSwitch.parameterName,
      bus: eventBus?.eventBusArn,
      topicArn: topic?.topicArn,
      runbook: runbookUrl('fallback'),
    });
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      comment: `All requests of an endpoint back to variant ${from.variantName}`,
      definitionBody: sfn.DefinitionBody.fromChainable(definition),
      // Two hours of looks, each with calls that may take their time.
      timeout: Duration.hours(4),
      // Rights that are there when the first execution is, in one resource: the L2 puts them into a policy beside the role.
      role: new iam.Role(this, 'Role', {
        description: `Sends all requests of an endpoint to variant ${from.variantName}`,
        assumedBy: new iam.ServicePrincipal('states.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
        inlinePolicies: { Watchdog: new iam.PolicyDocument({ statements }) },
      }).withoutPolicyUpdates(),
    });

    const role = new iam.Role(this, 'EventsRole', {
      description: 'Starts the watchdog of an endpoint',
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com'),
      inlinePolicies: {
        Start: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [this.stateMachine.stateMachineArn] })] }),
      },
    });
    this.eventsRole = role.withoutPolicyUpdates();
    const watched = { watched: to, fallback: from };
    this.alarm = errorAlarm(this, 'Alarm', { ...watched, name: `${this.watchdogName}-errors`, runbook: runbookUrl('watchdog-errors') }, { ...ERROR_LIMITS, ...props.errors });
    this.addAlarm(this.alarm);
    if (props.latency !== undefined) {
      this.latencyAlarm = latencyAlarm(this, 'LatencyAlarm', { ...watched, name: `${this.watchdogName}-latency`, runbook: runbookUrl('watchdog-latency') }, props.latency);
      this.addAlarm(this.latencyAlarm);
    }
    this.rule('OnAlarm', 'Falls back when an alarm of the endpoint goes off', {
      source: ['aws.cloudwatch'],
      detailType: ['CloudWatch Alarm State Change'],
      resources: Lazy.list({ produce: () => this.alarms.map(({ alarmArn }) => alarmArn) }),
      detail: { state: { value: ['ALARM'] } },
    }, { mode: 'fallback', cause: `alarm ${events.EventField.fromPath('$.detail.alarmName')}` });
  }

  /** One more alarm that makes it fall back. */
  public addAlarm(alarm: cloudwatch.IAlarm): void {
    if (!this.alarms.includes(alarm)) this.alarms.push(alarm);
  }

  /** Looks after the endpoint when an execution of the controller fails, times out or is stopped. */
  public recoverFrom(controller: sfn.IStateMachine): void {
    const execution = events.EventField.fromPath('$.detail.executionArn');
    const status = events.EventField.fromPath('$.detail.status');
    this.rule('OnControllerEnd', 'Looks after an endpoint whose migration ended badly', {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [controller.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    }, { mode: 'recover', cause: `execution ${execution} of the migration: ${status}`, execution, status });
  }

  /** A rule for one of its events. */
  public onEvent(id: string, eventName: string, options: events.OnEventOptions = {}): events.Rule {
    return ownEventRule(this, id, options, { bus: this.bus, detailType: [eventName], detail: { watchdog: [this.watchdogName] } });
  }

  private rule(id: string, description: string, eventPattern: events.EventPattern, input: Record<string, unknown>): void {
    new events.Rule(this, id, {
      description,
      eventPattern,
      // Half a day later the reason is gone, and the traffic would be moved for nothing.
      targets: [new targets.SfnStateMachine(this.stateMachine, { role: this.eventsRole, input: events.RuleTargetInput.fromObject(input), maxEventAge: Duration.hours(1) })],
    });
  }
}
