import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { AdvanceWindow } from './advance-window';
import type { FallbackCapacity } from './fallback-capacity';
import type { MigrationGate } from './migration-gate';
import type { MigrationLimits } from './migration-limits';
import type { MigrationNotifications } from './migration-notifications';
import type { MigrationPolicies } from './migration-policies';
import type { ShiftPlan } from './shift-plan';
import type { EndpointVariant } from '../endpoint';

/** How what runs a migration is set up. */
export interface MigrationInfrastructureOptions {
  /**
   * Name in events, metrics and commands: letters, digits, hyphens and underscores, at most 60 characters, unique in account and region. Metrics, commands and the
   * history of runs are found by it: a new name is a new migration.
   *
   * @default - made of the construct's path
   */
  readonly migrationName?: string;

  /**
   * Key for the table of locks and audit records and for the log of the controller. All migrations of a stack's endpoints share the table: give them the same.
   * The table is in the endpoint's stack, so the key has to be there, in a stack before it, or imported.
   * A key that was imported has to let CloudWatch Logs use it (`logs.<region>.amazonaws.com`).
   *
   * @default - keys of AWS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * VPC for the network interfaces of the controller function. It needs a way to SageMaker (API and runtime), CloudWatch, Application Auto Scaling, DynamoDB, EventBridge, Systems Manager,
   * Step Functions, and to SNS and AWS Lambda when topic and gates are used. The watchdog has no network interfaces.
   *
   * @default - none
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets of the VPC.
   *
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the network interfaces.
   *
   * @default - a new one that lets nothing in and everything out
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * How long the log of the controller is kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS, as long as the audit records
   */
  readonly logRetention?: logs.RetentionDays;
}

/** Props of `TrafficMigration`. */
export interface TrafficMigrationProps extends MigrationInfrastructureOptions {
  /** The variant that has the traffic and takes it back. `from` is a keyword in Python: there it is `from_`. */
  readonly from: EndpointVariant;

  /** The newcomer: another variant of the same endpoint, with weight 0 in the template. */
  readonly to: EndpointVariant;

  /**
   * How traffic is moved.
   *
   * @default ShiftPlan.auto()
   */
  readonly plan?: ShiftPlan;

  /**
   * How much worse the newcomer may be, and how sure the judge has to be.
   *
   * @default - a quarter slower at p95 and p99, twice the errors, 5 % for each kind of mistake
   */
  readonly limits?: MigrationLimits;

  /**
   * How long the capacity for the way back is kept after 100 %, with judge and watchdog on. Up to 14 days; 0 seconds releases it at once.
   *
   * @default Duration.days(1)
   */
  readonly fallbackWindow?: Duration;

  /**
   * Capacity for the way back, kept from the start to the end of the fallback window.
   *
   * @default FallbackCapacity.full()
   */
  readonly fallbackCapacity?: FallbackCapacity;

  /**
   * What has to be fulfilled before the migration goes on. At most 10. A newcomer that nobody measured gets no traffic: one of them is `MigrationGate.measuredVersion`,
   * `MigrationGate.measuredElsewhere`, or `MigrationGate.unmeasuredVersion` with a reason. When none is, the benchmark is asked that the app has, wherever in it and whenever it is made; without
   * one, or with two, `cdk synth` fails. The way back, to a variant that has the traffic in the template, needs none of them.
   *
   * @default - `MigrationGate.measuredVersion` with the only `EndpointBenchmark` of both variants in the app
   */
  readonly gates?: MigrationGate[];

  /**
   * When it may advance.
   *
   * @default - always
   */
  readonly advanceWindow?: AdvanceWindow;

  /**
   * Who is told.
   *
   * @default - the default event bus
   */
  readonly notifications?: MigrationNotifications;

  /**
   * How the migration decides where the judge has nothing to say.
   *
   * @default - hold when inconclusive, pause on drift
   */
  readonly policies?: MigrationPolicies;
}
