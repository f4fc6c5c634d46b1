import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { EndpointVariantProps } from '../../src';
import { RECORD, TABLE } from '../../src/migration/contract';
import { GpuFallback, type GpuFallbackProps } from '../../src/migration/gpu-fallback';
import { Watchdog } from '../../src/migration/watchdog';
import { newStack, twoVariants } from '../endpoint/support';
import { ACCOUNT, REGION, resolve, stockValues, type RecordedCall, type Template } from '../support/iam';
import { AUTOSCALING } from '../support/standin/autoscaling';
import { VirtualClock } from '../support/standin/clock';
import { CLOUDWATCH } from '../support/standin/cloudwatch';
import { DYNAMODB, tableOf } from '../support/standin/dynamodb';
import { GPU, IMAGE, INF2, ROLE } from '../support/standin/fixture';
import { SAGEMAKER } from '../support/standin/sagemaker';
import { SSM } from '../support/standin/ssm';
import { StandIn } from '../support/standin/stand-in';
import { awsServices, definitionOf, Scheduler, TestStateMachine, type Execution } from '../support/state-machine';
import { Rules, rulesOf } from '../support/state-machine/rules';

export const ENV = { account: ACCOUNT, region: REGION };
export const ENDPOINT = 'web';
/** Name of the migration that the watchdog guards. */
export const MIGRATION = 'there';
export const OWNER = `arn:aws:states:${REGION}:${ACCOUNT}:execution:Migration:run-1`;

export type FallbackOptions = Partial<GpuFallbackProps> & { gpu?: Partial<EndpointVariantProps>; inf2?: Partial<EndpointVariantProps> };

/** An endpoint that is served by `inf2` with `gpu` to fall back to. */
export function fallbackStack({ gpu = {}, inf2 = {}, ...props }: FallbackOptions = {}, stack = newStack({ env: ENV })) {
  const all = twoVariants({ gpu: { weight: 0, ...gpu }, inf2: { weight: 1, ...inf2 } }, { endpointName: ENDPOINT }, stack);
  return { ...all, fallback: new GpuFallback(stack, 'Fallback', { watched: all.inf2, fallback: all.gpu, ...props }) };
}

/** A watchdog as a migration has it: with a table, a topic, and a machine to look after. */
export function migrationStack({ gpu = {}, inf2 = {}, floor }: { gpu?: Partial<EndpointVariantProps>; inf2?: Partial<EndpointVariantProps>; floor?: number } = {}) {
  const stack = newStack({ env: ENV });
  const all = twoVariants({ gpu: { weight: 1, ...gpu }, inf2: { weight: 0, ...inf2 } }, { endpointName: ENDPOINT }, stack);
  const table = new dynamodb.Table(stack, 'Table', {
    partitionKey: { name: TABLE.partitionKey, type: dynamodb.AttributeType.STRING },
    sortKey: { name: TABLE.sortKey, type: dynamodb.AttributeType.STRING },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const watchdog = new Watchdog(stack, 'Watchdog', {
    from: all.gpu, to: all.inf2, endpointName: all.gpu.endpointName, totalWeight: 1, floor, table, migrationName: MIGRATION, notifications: { topic: new sns.Topic(stack, 'Topic') },
  });
  const controller = sfn.StateMachine.fromStateMachineArn(stack, 'Controller', `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:Migration`);
  watchdog.recoverFrom(controller);
  return { ...all, stack, watchdog, table };
}

export const templateOf = (stack: Stack): Template => Assertions.fromStack(stack).toJSON() as Template;

/** Names as CloudFormation would make them. */
export function valuesOf(template: Template): Record<string, unknown> {
  const values: Record<string, unknown> = stockValues(template);
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    if (Type === 'AWS::SageMaker::Endpoint') Object.assign(values, { [id]: `arn:aws:sagemaker:${REGION}:${ACCOUNT}:endpoint/${ENDPOINT}`, [`${id}.EndpointName`]: ENDPOINT });
    if (Type === 'AWS::SSM::Parameter') values[id] = id;
    if (Type === 'AWS::DynamoDB::Table') Object.assign(values, { [id]: id, [`${id}.Arn`]: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${id}` });
    if (Type === 'AWS::CloudWatch::Alarm') values[`${id}.Arn`] = `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${String(template.Resources[id].Properties!.AlarmName)}`;
  }
  return values;
}

export function ofType(template: Template, type: string): [string, any][] {
  return Object.entries(template.Resources).filter(([, { Type }]) => Type === type).map(([id, { Properties }]) => [id, Properties]);
}

interface Start {
  /** Weights and counts of the endpoint, `[weight, instances]`. */
  readonly gpu?: [number, number];
  readonly inf2?: [number, number];
}

/** A deployed watchdog: its machine, rules and alarms on the stand-in, in virtual time. */
export class WatchdogWorld {
  readonly scheduler = new Scheduler(new VirtualClock());
  readonly standIn = new StandIn({ clock: this.scheduler.clock });
  readonly template: Template;
  readonly machine: TestStateMachine;
  readonly rules: Rules;
  readonly role: string;
  private readonly values: Record<string, unknown>;
  private readonly parameter: string;
  private readonly table?: string;

  constructor(stack: Stack, { gpu = [0, 2], inf2 = [1, 2] }: Start = {}) {
    this.template = templateOf(stack);
    this.values = valuesOf(this.template);
    const [[machineId, machine]] = ofType(this.template, 'AWS::StepFunctions::StateMachine');
    this.role = machine.RoleArn['Fn::GetAtt'][0];
    this.endpoint(gpu, inf2);
    for (const [, alarm] of ofType(this.template, 'AWS::CloudWatch::Alarm')) this.call(CLOUDWATCH, 'PutMetricAlarm', resolve(alarm, this.values, this.template));
    for (const [, target] of ofType(this.template, 'AWS::ApplicationAutoScaling::ScalableTarget')) {
      this.call(AUTOSCALING, 'RegisterScalableTarget', resolve({ ...target, RoleARN: undefined }, this.values, this.template));
    }
    const [[parameter]] = ofType(this.template, 'AWS::SSM::Parameter');
    this.parameter = parameter;
    this.call(SSM, 'PutParameter', { Name: parameter, Value: 'off', Type: 'String' });
    this.table = ofType(this.template, 'AWS::DynamoDB::Table')[0]?.[0];
    if (this.table !== undefined) this.standIn.state().tables.set(this.table, tableOf(this.table, TABLE.partitionKey, TABLE.sortKey));
    // In a run, as when a migration's alarm counts.
    if (this.table !== undefined) this.putLock({});
    this.machine = new TestStateMachine({
      definition: definitionOf(this.template, this.values), integrations: awsServices(this.standIn), role: this.role, scheduler: this.scheduler, name: machineId,
    });
    this.rules = new Rules({ bus: this.standIn.bus, rules: rulesOf(this.template, this.values), machines: [this.machine] });
    this.standIn.control.calls.length = 0;
  }

  call(service: any, operation: string, input: unknown): any {
    return this.standIn.call(service, operation, input);
  }

  /** The only execution so far. */
  get execution(): Execution {
    expect(this.machine.executions).toHaveLength(1);
    return this.machine.executions[0];
  }

  get calls(): RecordedCall[] {
    return this.machine.calls;
  }

  /** Current weights and instances, and the status. */
  get live(): { gpu: [number, number]; inf2: [number, number]; status: string } {
    const { ProductionVariants: [gpu, inf2], EndpointStatus: status } = this.call(SAGEMAKER, 'DescribeEndpoint', { EndpointName: ENDPOINT });
    const of = (variant: any): [number, number] => [variant.CurrentWeight, variant.CurrentInstanceCount];
    return { gpu: of(gpu), inf2: of(inf2), status };
  }

  get killSwitch(): string {
    return this.call(SSM, 'GetParameter', { Name: this.parameter }).Parameter.Value;
  }

  turnKillSwitch(value: string): void {
    this.call(SSM, 'PutParameter', { Name: this.parameter, Value: value, Type: 'String', Overwrite: true });
  }

  /** The lock's attributes without their types; nothing when there is none. */
  get lock(): Record<string, unknown> | undefined {
    const item = this.call(DYNAMODB, 'GetItem', { TableName: this.table, Key: { [TABLE.partitionKey]: { S: ENDPOINT }, [TABLE.sortKey]: { S: RECORD.lock } }, ConsistentRead: true }).Item;
    return item && Object.fromEntries(Object.entries<any>(item).map(([name, value]) => [name, Object.values(value)[0]]));
  }

  /** A lock as a controller leaves it. */
  putLock(attributes: Record<string, object>): void {
    this.call(DYNAMODB, 'PutItem', {
      TableName: this.table,
      Item: { [TABLE.partitionKey]: { S: ENDPOINT }, [TABLE.sortKey]: { S: RECORD.lock }, owner: { S: OWNER }, migration: { S: MIGRATION }, epoch: { N: '7' }, ...attributes },
    });
  }

  /** As before the first run. */
  dropLock(): void {
    this.call(DYNAMODB, 'DeleteItem', { TableName: this.table, Key: { [TABLE.partitionKey]: { S: ENDPOINT }, [TABLE.sortKey]: { S: RECORD.lock } } });
  }

  /** Names of the events of the watchdog, in order. */
  get said(): string[] {
    return this.standIn.bus.events.filter(({ source }) => source === 'cdk-accelerators.migration').map((event) => event['detail-type']);
  }

  /** What people got. */
  get pages(): { subject?: string; message: string }[] {
    return this.standIn.state().notifications.map(({ subject, message }) => ({ subject, message }));
  }

  /** Writes to the endpoint that the machine made: weights or counts, and whether they were accepted. */
  get writes(): string[] {
    return this.standIn.control.calls.filter(({ operation }) => operation === 'UpdateEndpointWeightsAndCapacities').map(({ input, status }) => {
      const wanted = (input as any).DesiredWeightsAndCapacities.map(({ VariantName, DesiredWeight, DesiredInstanceCount }: any) => `${VariantName}${DesiredWeight === undefined ? ` x${DesiredInstanceCount}` : `=${DesiredWeight}`}`);
      return `${wanted.join(' ')}${status === 200 ? '' : ' refused'}`;
    });
  }

  /** An alarm goes off, as its rule sees it. */
  ring(part = 'errors'): void {
    const name = ofType(this.template, 'AWS::CloudWatch::Alarm').map(([, { AlarmName }]) => AlarmName).find((one: string) => one.endsWith(part));
    this.standIn.alarms.set(name, 'ALARM', 'test');
  }

  /** Weights as somebody else sets them. */
  setWeights(gpu: number, inf2: number): void {
    this.call(SAGEMAKER, 'UpdateEndpointWeightsAndCapacities', {
      EndpointName: ENDPOINT, DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredWeight: gpu }, { VariantName: 'inf2', DesiredWeight: inf2 }],
    });
  }

  async minutes(count: number): Promise<void> {
    await this.scheduler.runFor(count * 60);
  }

  /** Until no execution runs. */
  async settle(): Promise<void> {
    for (let hour = 0; hour < 5 && this.machine.executions.some(({ status }) => status === 'RUNNING'); hour++) await this.scheduler.runFor(3600);
  }

  private endpoint(gpu: [number, number], inf2: [number, number]): void {
    for (const name of ['gpu-model', 'inf2-model']) this.call(SAGEMAKER, 'CreateModel', { ModelName: name, ExecutionRoleArn: ROLE, PrimaryContainer: { Image: IMAGE } });
    const variant = (base: object, [weight, count]: [number, number]): object => ({ ...base, InitialVariantWeight: weight, InitialInstanceCount: count });
    this.call(SAGEMAKER, 'CreateEndpointConfig', { EndpointConfigName: 'config-1', ProductionVariants: [variant(GPU, gpu), variant(INF2, inf2)] });
    this.call(SAGEMAKER, 'CreateEndpoint', { EndpointName: ENDPOINT, EndpointConfigName: 'config-1' });
    this.standIn.advance(3600);
  }
}
