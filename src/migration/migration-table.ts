import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import { TABLE } from './contract';
import { tableKeyStatement } from './shared-statements';
import type { IInferenceEndpoint } from '../endpoint';
import type { Problem } from '../private/problems';

const ID = 'CdkAcceleratorsMigrations';

interface Entry {
  readonly endpoint: IInferenceEndpoint;
  readonly migrationName: string;
  /** Name of the parent state machine. */
  readonly machineName: string;
  readonly scope: IConstruct;
}

/**
 * The table of locks, commands and audit records: one in the stack of the endpoints, so that all migrations of an endpoint meet at one lock, wherever
 * they are defined. It is retained when the stack is deleted, or when the last migration of its endpoints is taken out of the app: it says who moved which traffic when, and why. A migration that is
 * added later has a new table, which knows nothing of the old one; so end or release what is under way before the last one is taken out. Audit records expire by themselves.
 */
export class MigrationTable extends Construct {
  /** The table for an endpoint; made when there is none. */
  public static for(endpoint: IInferenceEndpoint, encryptionKey: kms.IKey | undefined): MigrationTable {
    return MigrationTable.find(endpoint) ?? new MigrationTable(Stack.of(endpoint), encryptionKey);
  }

  /** What keeps a migration from sharing the table. Looked at before anything is made. */
  public static problems(endpoint: IInferenceEndpoint, migrationName: string, encryptionKey: kms.IKey | undefined): Problem[] {
    const table = MigrationTable.find(endpoint);
    if (table === undefined) return [];
    const problems: Problem[] = [];
    const twin = table.entries.find((entry) => entry.migrationName === migrationName);
    if (twin !== undefined) {
      problems.push({ prop: 'migrationName', got: `${JSON.stringify(migrationName)}, the name of ${twin.scope.node.path}`, allowed: 'a name that no other migration has: metrics, commands and history are found by it', fix: 'choose another name, or leave it out' });
    }
    if (table.encryptionKey?.keyArn !== encryptionKey?.keyArn) {
      const key = (one: kms.IKey | undefined): string => one?.node.path ?? 'no key';
      problems.push({ prop: 'encryptionKey', got: key(encryptionKey), allowed: `${key(table.encryptionKey)}, as the other migrations of stack ${Stack.of(endpoint).node.path}: they share a table`, fix: 'give all of them the same key' });
    }
    return problems;
  }

  private static find(endpoint: IInferenceEndpoint): MigrationTable | undefined {
    return Stack.of(endpoint).node.tryFindChild(ID) as MigrationTable | undefined;
  }

  public readonly table: dynamodb.Table;
  private readonly entries: Entry[] = [];

  private constructor(scope: Construct, private readonly encryptionKey: kms.IKey | undefined) {
    super(scope, ID);
    this.table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: dynamodb.AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: TABLE.expiry,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...encryptionKey === undefined ? {} : { encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED, encryptionKey },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Makes a migration known to the others. */
  public register(entry: Entry): void {
    this.entries.push(entry);
  }

  /** The executions that may hold the lock of an endpoint: those of all its migrations, later ones included when asked for at synth. */
  public executionsOf(endpoint: IInferenceEndpoint): string[] {
    return this.entries.filter((entry) => entry.endpoint === endpoint).map(({ scope, machineName }) => Stack.of(scope).formatArn({
      service: 'states', resource: 'execution', resourceName: `${machineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }));
  }

  /** Rights on the records of one endpoint, and on nothing else in the table. */
  public statements(endpointName: string, actions: string[], conditions: Record<string, Record<string, unknown>> = {}): iam.PolicyStatement[] {
    const { 'ForAllValues:StringEquals': listed, ...others } = conditions;
    return [
      new iam.PolicyStatement({
        actions,
        resources: [this.table.tableArn],
        conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [endpointName], ...listed }, ...others },
      }),
      ...this.encryptionKey === undefined ? [] : [tableKeyStatement(Stack.of(this), this.encryptionKey.keyArn)],
    ];
  }
}
