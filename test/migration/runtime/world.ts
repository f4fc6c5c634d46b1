import { config as defaultConfig, NOON, state as defaultState } from './config';
import { ENV, RECORD, TABLE } from '../../../src/migration/contract';
import type * as core from '../../../src/migration/core/controller';
import type { Action, Command, Decision, MigrationConfig, MigrationState, Needs, Observation, TickEvent, TickResult } from '../../../src/migration/core/controller/types';
import { VirtualClock } from '../../support/standin/clock';
import type { Fault, LoggedCall } from '../../support/standin/control';
import { DYNAMODB, tableOf, type Item } from '../../support/standin/dynamodb';
import { GPU, IMAGE, INF2, ROLE } from '../../support/standin/fixture';
import { SAGEMAKER } from '../../support/standin/sagemaker';
import { serve, type RunningServer } from '../../support/standin/server';
import { StandIn } from '../../support/standin/stand-in';
import type { RunningExecution } from '../../support/standin/states';

export const TOPIC = 'arn:aws:sns:us-east-1:123456789012:people';
export const SWITCH = '/web/kill-switch';
const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:Migration';
export const OWNER = (run: string) => `arn:aws:states:us-east-1:123456789012:execution:Migration:${run}`;

const NEEDS: Needs = { scaling: false, killSwitch: false, alarms: [] };

/** The bundled logic of the handler before a stand-in; what it decides is written by the test. */
export class World {
  static async start(): Promise<World> {
    const standIn = new StandIn({ clock: new VirtualClock() });
    return new World(standIn, await serve(standIn));
  }

  readonly handler: typeof import('../../../src/migration/runtime/controller.lambda').handler;
  /** What the core was asked. */
  readonly advance = jest.fn<Decision, Parameters<typeof core.advance>>();
  readonly begin = jest.fn<MigrationState, Parameters<typeof core.begin>>();
  readonly needs = jest.fn<Needs, Parameters<typeof core.needs>>();
  readonly logged: any[] = [];
  readonly errors: any[] = [];
  private readonly saved = { ...process.env };

  private constructor(readonly standIn: StandIn, private readonly server: RunningServer) {
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: '123456789012',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_MAX_ATTEMPTS: '1',
      AWS_ENDPOINT_URL: server.url,
      [ENV.table]: 'Migrations',
      [ENV.bus]: 'default',
      [ENV.topic]: TOPIC,
      [ENV.killSwitch]: SWITCH,
    });
    standIn.advance(NOON - standIn.clock.now() / 1000 - 7200);
    for (const name of ['gpu-model', 'inf2-model']) standIn.call(SAGEMAKER, 'CreateModel', { ModelName: name, ExecutionRoleArn: ROLE, PrimaryContainer: { Image: IMAGE } });
    standIn.call(SAGEMAKER, 'CreateEndpointConfig', { EndpointConfigName: 'config-1', ProductionVariants: [{ ...GPU, InitialInstanceCount: 2, InitialVariantWeight: 2 }, INF2] });
    standIn.call(SAGEMAKER, 'CreateEndpoint', { EndpointName: 'web', EndpointConfigName: 'config-1' });
    standIn.state().tables.set('Migrations', tableOf('Migrations', TABLE.partitionKey, TABLE.sortKey));
    standIn.advance(7200);
    standIn.control.calls.length = 0;
    this.begin.mockImplementation(({ run, epoch, now }) => defaultState({ run, epoch, phase: 'preflight', phaseSince: now, started: now, step: 0, share: 0, safeShare: 0, unproven: false }));
    this.needs.mockReturnValue(NEEDS);
    this.decide();
    jest.resetModules();
    jest.doMock('../../../src/migration/core/controller', () => ({ advance: this.advance, begin: this.begin, needs: this.needs }));
    ({ handler: this.handler } = jest.requireActual('../../../src/migration/runtime/controller.lambda'));
    jest.spyOn(console, 'log').mockImplementation((line) => { this.logged.push(JSON.parse(line)); });
    jest.spyOn(console, 'error').mockImplementation((line) => { this.errors.push(JSON.parse(line)); });
  }

  async stop(): Promise<void> {
    jest.dontMock('../../../src/migration/core/controller');
    jest.restoreAllMocks();
    process.env = this.saved;
    await this.server.close();
  }

  /** What the core decides from now on; the state it is given is kept where the test says nothing. */
  decide(decision: Partial<Omit<Decision, 'state'>> & { readonly state?: Partial<MigrationState> } = {}): void {
    this.advance.mockImplementation((_, state) => ({ actions: [], events: [], wait: 30, ...decision, state: { ...state, ...decision.state } }));
  }

  want(needs: Partial<Needs>): void {
    this.needs.mockReturnValue({ ...NEEDS, ...needs });
  }

  /** One tick of a run. */
  tick(overrides: Partial<Omit<TickEvent, 'run'>> & { readonly run?: string; readonly context?: { getRemainingTimeInMillis(): number } } = {}): Promise<TickResult> {
    const { run = 'run-1', context, ...rest } = overrides;
    const now = new Date(this.standIn.clock.now()).toISOString();
    return this.handler({ config: defaultConfig(), run: { arn: OWNER(run), name: run }, now, ...rest }, context);
  }

  /** A tick of a run that holds the lock, with these actions; gives what came of them. */
  async act(actions: readonly Action[], config: MigrationConfig = defaultConfig(), context?: { getRemainingTimeInMillis(): number }): Promise<TickResult> {
    this.decide({ actions });
    if (this.lock() === undefined) this.putLock({ owner: { S: OWNER('run-1') }, epoch: { N: '1' } });
    return this.tick({ state: defaultState(), config, context });
  }

  /** The last observation that a decision was made on. */
  get seen(): Observation {
    return this.advance.mock.calls[this.advance.mock.calls.length - 1][2];
  }

  item(record: string): Item | undefined {
    return (this.standIn.call(DYNAMODB, 'GetItem', { TableName: 'Migrations', Key: { endpoint: { S: 'web' }, record: { S: record } } }) as { Item?: Item }).Item;
  }

  /** All records but lock and commands. */
  audits(): Item[] {
    return [...this.standIn.state().tables.get('Migrations')!.items.values()].filter((item) => String(item.record.S).startsWith('AUDIT#'));
  }

  lock(): Item | undefined {
    return this.item(RECORD.lock);
  }

  putLock(attributes: Item): void {
    this.put(RECORD.lock, attributes);
  }

  put(record: string, attributes: Item): void {
    this.standIn.call(DYNAMODB, 'PutItem', { TableName: 'Migrations', Item: { endpoint: { S: 'web' }, record: { S: record }, ...attributes } });
  }

  command(command: Command): void {
    this.put(RECORD.control('to-inf2'), Object.fromEntries(Object.entries(command).map(([name, value]) => [name, { S: value }])));
  }

  /** An execution that DescribeExecution finds. */
  execution(name: string, status: RunningExecution['status']): void {
    const arn = OWNER(name);
    const machine = this.standIn.machines.get(MACHINE) ?? { arn: MACHINE, executions: [], start: () => { throw new Error('not here'); } };
    const execution: RunningExecution = { arn, name, status, input: {}, started: 0, result: { seconds: 1 }, abort: () => undefined };
    this.standIn.machines.set(MACHINE, { ...machine, executions: [...machine.executions, execution] });
  }

  fail(operation: string, type: string, message = 'no', rest: Partial<Fault> & { status?: number } = {}): void {
    const { status, ...fault } = rest;
    this.standIn.control.faults.push({ operation, error: { type, message, status }, ...fault });
  }

  /** Calls of the handler, in order. */
  calls(...operations: string[]): LoggedCall[] {
    return this.standIn.control.calls.filter(({ operation }) => operations.includes(operation));
  }

  inputs(operation: string): any[] {
    return this.calls(operation).map(({ input }) => input);
  }

  /** Names of all calls since the last look. */
  trace(): string[] {
    return this.standIn.control.calls.splice(0).map(({ operation }) => operation);
  }

  /** Weights and counts as they are asked for now. */
  fleets(): Record<string, [weight: number, count: number]> {
    const { ProductionVariants: variants } = this.standIn.call(SAGEMAKER, 'DescribeEndpoint', { EndpointName: 'web' }) as any;
    return Object.fromEntries(variants.map((one: any) => [one.VariantName, [one.DesiredWeight, one.DesiredInstanceCount]]));
  }

  /** Weights of both variants as if somebody else had set them. */
  weigh(gpu: number, inf2: number): void {
    this.standIn.call(SAGEMAKER, 'UpdateEndpointWeightsAndCapacities', { EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredWeight: gpu }, { VariantName: 'inf2', DesiredWeight: inf2 }] });
  }
}
