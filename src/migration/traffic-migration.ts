import { CfnOutput, Names } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ENV, TABLE } from './contract';
import { controllerOptions } from './controller-lambda';
import { controllerStatements } from './controller-statements';
import { runMachine, stepMachine } from './controller-states';
import type { MigrationConfig } from './core/controller/types';
import { grantReadKillSwitch } from './kill-switch';
import { needsAttentionAlarm } from './migration-alarms';
import { migrationProblems, warnOfMigration } from './migration-checks';
import { configForRehearsal, migrationConfig } from './migration-config';
import { MigrationMetricsBase } from './migration-metrics';
import { MigrationTable } from './migration-table';
import { killSwitchOutput, startOutput } from './outputs';
import { ownEventRule } from './own-event-rule';
import { ControllerFunction } from './runtime/controller-function';
import type { TrafficMigrationProps } from './traffic-migration-props';
import { withVersionGate } from './version-gate';
import { Watchdog } from './watchdog';
import { consoleUrl } from '../private/console-url';
import { throwProblems } from '../private/problems';

/** Attributes of the control record that people write. */
const COMMAND_ATTRIBUTES = [TABLE.partitionKey, TABLE.sortKey, 'id', 'command', 'token', 'by', 'reason'];

/**
 * Moves the traffic of an endpoint from one variant to another, in steps, and back at once when the newcomer is worse. A step is left when it has had its time and its requests and nothing
 * speaks against the newcomer; 100 % takes a proof, at the last step.
 *
 * A deploy makes the machinery and moves nothing. Start a run with `aws stepfunctions start-execution` (output `Start`) or from whatever `grantStart` lets;
 * only one run holds an endpoint. The judge compares counts of errors and slow requests of both variants at the same time: it rolls back when the newcomer is worse than both the
 * other variant and an allowance, promotes on positive evidence, and holds otherwise. Capacity comes before weight. A watchdog that shares nothing with the
 * controller falls back by itself. Deploys in the middle of a run keep the weights; the run goes on with the plan that it was started with.
 */
export class TrafficMigration extends MigrationMetricsBase implements ec2.IConnectable {
  /** Name in events, metrics and commands. */
  public readonly migrationName: string;
  /** A run is an execution of this state machine; its input may be empty. */
  public readonly stateMachine: sfn.IStateMachine;
  /** Runs one step of a run. Started by `stateMachine` alone. */
  public readonly stepMachine: sfn.IStateMachine;
  /** Locks, commands and audit records of all endpoints of their stack. Retained when the stack is deleted. */
  public readonly table: dynamodb.ITable;
  /** Alarm of the watchdog: the newcomer fails so often that nobody waits for a verdict. */
  public readonly watchdogAlarm: cloudwatch.Alarm;
  /** The watchdog. Start it by hand, with an empty input, to give everything back to `from` at once, whoever holds the endpoint. */
  public readonly watchdogStateMachine: sfn.IStateMachine;
  /** Goes off when somebody has to look. It has no actions: people are told over the topic. */
  public readonly needsAttentionAlarm: cloudwatch.Alarm;
  /** Name of the parameter that tells clients to send everything to one variant by its name, while the endpoint does not take new weights. */
  public readonly killSwitchParameterName: string;

  /**
   * For rehearsals: tokens are replaced by what can be said at synth.
   *
   * @internal
   */
  public readonly _config: MigrationConfig;
  /**
   * For rehearsals too.
   *
   * @internal
   */
  public readonly _props: TrafficMigrationProps;
  private readonly records: MigrationTable;
  private readonly watchdog: Watchdog;
  private readonly controller: ControllerFunction;

  constructor(scope: Construct, id: string, props: TrafficMigrationProps) {
    super(scope, id);
    throwProblems(this, migrationProblems(props, this));
    warnOfMigration(this, props);
    const { from, to, encryptionKey, notifications = {} } = props;
    const gates = withVersionGate(this, props);
    const { endpoint } = from;
    this._props = props;
    this.migrationName = props.migrationName ?? Names.uniqueResourceName(this, { maxLength: 60, separator: '-' });
    throwProblems(this, MigrationTable.problems(endpoint, this.migrationName, encryptionKey));

    this.records = MigrationTable.for(endpoint, encryptionKey);
    this.table = this.records.table;
    // Known at synth: the controller's role names the executions of a machine that needs the controller.
    const machineName = Names.uniqueResourceName(this, { maxLength: 80, separator: '-' });
    this.records.register({ endpoint, migrationName: this.migrationName, machineName, scope: this });

    const floor = props.fallbackCapacity?._floor;
    this.watchdog = new Watchdog(this, 'Watchdog', {
      from,
      to,
      endpointName: endpoint.endpointName,
      totalWeight: from.weight + to.weight,
      floor: floor === 'full' ? undefined : floor,
      table: this.table,
      migrationName: this.migrationName,
      notifications,
    });
    this.watchdogAlarm = this.watchdog.alarm;
    this.watchdogStateMachine = this.watchdog.stateMachine;
    this.killSwitchParameterName = this.watchdog.killSwitch.parameterName;
    const config = migrationConfig({ ...props, gates }, this.migrationName, this.watchdogAlarm.alarmName);
    this._config = configForRehearsal(config, endpoint.node.id);

    this.controller = new ControllerFunction(this, 'Controller', {
      ...controllerOptions(this, controllerStatements(this, {
        from,
        to,
        endpointName: config.endpointName,
        table: this.records,
        gates,
        notifications,
        killSwitchArn: this.watchdog.killSwitch.parameterArn,
        sendsRequests: config.warmUp.requests !== undefined,
        inVpc: props.vpc !== undefined,
      }), props),
      environment: {
        [ENV.table]: this.table.tableName,
        [ENV.killSwitch]: this.killSwitchParameterName,
        [ENV.bus]: notifications.eventBus?.eventBusArn ?? 'default',
        ...notifications.topic === undefined ? {} : { [ENV.topic]: notifications.topic.topicArn },
      },
    });
    const step = stepMachine(this, this.controller.functionArn);
    this.stepMachine = step;
    this.stateMachine = runMachine(this, { machineName, config, step });
    this.watchdog.recoverFrom(this.stateMachine);
    this.needsAttentionAlarm = needsAttentionAlarm(this, this.migrationName, this.metricNeedsAttention());
    this.outputs();
  }

  /**
   * Where the controller writes what happens.
   *
   * @internal
   */
  public get _controllerLogs(): logs.ILogGroup {
    return this.controller.logGroup;
  }

  /**
   * The network of the controller, when it has a `vpc`: what it needs to reach there (endpoints of AWS services) lets it in.
   *
   * @throws without a `vpc`
   */
  public get connections(): ec2.Connections {
    return this.controller.connections;
  }

  /** Lets a principal start a run. */
  public grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /**
   * Lets a principal give commands to a run: pause, resume, approve, skip, abort, promote. IAM knows no sort keys, so the right is to **update** records of this endpoint (`dynamodb:UpdateItem`), and only the
   * attributes of a command: the lock beside it cannot be replaced or changed with it. The runbook has the command line.
   */
  public grantControl(grantee: iam.IGrantable): iam.Grant {
    return this.grantRecords(grantee, ['dynamodb:UpdateItem'], {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': COMMAND_ATTRIBUTES },
      // Else the answer could show attributes that the right does not name.
      'StringEqualsIfExists': { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_NEW', 'UPDATED_OLD'] },
    });
  }

  /** Lets a principal read what was decided and why: the records of this endpoint (`dynamodb:GetItem`, `dynamodb:Query`). */
  public grantReadRecords(grantee: iam.IGrantable): iam.Grant {
    return this.grantRecords(grantee, ['dynamodb:GetItem', 'dynamodb:Query']);
  }

  /** Lets a principal read the kill switch: clients that ask it before a request follow a fallback even while the endpoint is busy. */
  public grantReadKillSwitch(grantee: iam.IGrantable): iam.Grant {
    return grantReadKillSwitch(this.watchdog.killSwitch, grantee);
  }

  /**
   * A rule for what happens in runs of this migration, and to its watchdog. The event's `detail-type` says what (`StepPassed`, `RolledBack`, `FallbackTriggered`, ...): narrow
   * the pattern with `eventPattern.detailType`.
   */
  public onEvent(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ownEventRule(this, id, options, { bus: this._props.notifications?.eventBus, detail: { $or: [{ migration: [this.migrationName] }, { watchdog: [this.watchdog.watchdogName] }] } });
  }

  private grantRecords(grantee: iam.IGrantable, rights: string[], more?: Parameters<MigrationTable['statements']>[2]): iam.Grant {
    return this.records.statements(this._props.from.endpoint.endpointName, rights, more)
      .map(({ actions, resources, conditions }) => iam.Grant.addToPrincipal({ grantee, actions, resourceArns: resources, conditions }))
      .reduce((all, one) => all.combine(one));
  }

  private outputs(): void {
    new CfnOutput(this, 'Runs', { description: 'Runs of the traffic migration', value: consoleUrl(this, 'states', `#/statemachines/view/${this.stateMachine.stateMachineArn}`) });
    startOutput(this, 'Start', 'Starts a run', this.stateMachine);
    startOutput(this, 'FallBack', 'Gives everything back at once, without the controller', this.watchdogStateMachine);
    new CfnOutput(this, 'Records', { description: 'Table of commands and audit records', value: this.table.tableName });
    killSwitchOutput(this, this.watchdog.killSwitch);
  }
}
