import { controller, type Controller, type Mutation } from './bundle';
import { deploy, deployedOf, ENDPOINT, idOf, migrationStack, resourcesOf, type Deployed, type StackOptions } from './deployed';
import { EVENT_SOURCE, RECORD } from '../../../src/migration/contract';
import type { CommandName, MigrationEvent, MigrationState, StartInput } from '../../../src/migration/core/controller/types';
import { callsOf, type RecordedCall } from '../../support/iam';
import { VirtualClock } from '../../support/standin/clock';
import { DYNAMODB } from '../../support/standin/dynamodb';
import { SAGEMAKER } from '../../support/standin/sagemaker';
import { StandIn } from '../../support/standin/stand-in';
import type { EndpointTraffic, Moment } from '../../support/standin/traffic';
import {
  awsServices, definitionOf, lambda, Rules, rulesOf, Scheduler, states, TestStateMachine, type Execution, type Integration, type Integrations, type TaskContext,
} from '../../support/state-machine';

export { ENDPOINT, migrationStack, type StackOptions } from './deployed';
export type { Mutation } from './bundle';

const MINUTE = 60;
/** How long a tick takes. */
const TICK_SECONDS = 0.3;
const SOMEONE_ELSE = 'someone else';
/** Minutes of traffic before a scenario begins: the baseline takes an hour. */
export const BEFORE = 65;
const MACHINE = 'AWS::StepFunctions::StateMachine';

/** One answer to the controller that is late: others have their turn first. */
interface Stall {
  readonly operation: string;
  reached?: () => void;
  released?: Promise<void>;
}

/** The stand-in that the clients of this file speak to: as bytes of HTTP, without sockets. The SDK is loaded once, worlds come and go. */
const wire: { to?: StandIn } = {};
jest.mock('@smithy/node-http-handler', () => ({
  ...jest.requireActual('@smithy/node-http-handler'),
  NodeHttpHandler: jest.requireActual('../../support/standin/loopback').loopback(new Proxy({}, { get: (_, member) => Reflect.get(wire.to!, member) })),
}));

/** What a variant does, by minutes since the scenario began. */
export const since = <T>(value: (minute: number, at: Moment) => T) => (at: Moment): T => value(at.minute - BEFORE, at);

/** One call that changed weights or instances, or tried to. */
export interface Write {
  /** Minutes since the traffic of the scenario began. */
  readonly minute: number;
  /** Logical id of the role, or who else it was. */
  readonly by: string;
  readonly weights?: Readonly<Record<string, number>>;
  readonly counts?: Readonly<Record<string, number>>;
  /** Whether the endpoint took it. */
  readonly taken: boolean;
}

export interface WorldOptions extends StackOptions {
  /** What clients send; 1,000 requests a minute to two variants that work well when left out. */
  readonly traffic?: EndpointTraffic;
  /** Minutes of traffic before the test begins. */
  readonly before?: number;
  readonly mutations?: readonly Mutation[];
  /** In the place of the run's own time limit, which is weeks. */
  readonly runTimeoutSeconds?: number;
}

/**
 * The emulated AWS of the scenarios, in virtual time: the stand-in, the synthesized state machines, alarms and rules, and the bundled handler
 * that speaks to the stand-in over HTTP.
 */
export class World {
  static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    world.listen(options.mutations ?? []);
    world.deploy(migrationStack(options));
    world.standIn.setTraffic(ENDPOINT, options.traffic ?? { requestsPerMinute: 1000 });
    world.epoch = world.scheduler.now();
    await world.minutes(options.before ?? BEFORE);
    world.epoch = world.scheduler.now();
    return world;
  }

  readonly scheduler = new Scheduler(new VirtualClock());
  readonly standIn = new StandIn({ clock: this.scheduler.clock });
  readonly writes: Write[] = [];
  /** Calls of handler and state machines, each kind once. */
  readonly calls = new Map<string, RecordedCall>();
  readonly printed: string[] = [];
  ticks = 0;
  deployed!: Deployed;
  parent!: TestStateMachine;
  step!: TestStateMachine;
  watchdog!: TestStateMachine;
  rules!: Rules;
  /** When the scenario began: what `minute` counts from. */
  epoch = 0;
  private readonly machines: TestStateMachine[] = [];
  private stalled?: Stall;
  private readonly saved = { ...process.env };
  private handler!: Controller;
  private principal = SOMEONE_ELSE;

  private constructor(private readonly options: WorldOptions) {}

  /** Called before every tick; what it throws the tick throws, and what it returns is the time that the tick is told. */
  beforeTick: (now: string) => string | void = () => undefined;

  /** Whether the answer of a tick is lost on its way. */
  loses: (event: any, result: any) => boolean = () => false;

  async stop(): Promise<void> {
    process.env = { ...this.saved };
    jest.restoreAllMocks();
  }

  /** Minutes since the scenario began. */
  get minute(): number {
    return (this.scheduler.now() - this.epoch) / 60_000;
  }

  get controllerRole(): string {
    return idOf(this.deployed, 'AWS::IAM::Role', 'ControllerRole');
  }

  /** Deploys a stack, or a changed one over it. */
  deploy({ stack }: Pick<ReturnType<typeof migrationStack>, 'stack'>): void {
    const before = this.deployed;
    this.deployed = deployedOf(stack);
    deploy(this.standIn, this.deployed, before);
    const { template, values } = this.deployed;
    const machine = (part: string, role: string): TestStateMachine => {
      const id = idOf(this.deployed, MACHINE, part);
      const made = new TestStateMachine({
        definition: { ...definitionOf(template, values, id), ...part === 'RunMachine' && this.options.runTimeoutSeconds !== undefined && { TimeoutSeconds: this.options.runTimeoutSeconds } },
        role: idOf(this.deployed, 'AWS::IAM::Role', role),
        scheduler: this.scheduler,
        name: String(values[`${id}.Name`]),
        bus: this.standIn.bus,
        integrations: { ...this.services(), lambda: this.functions(), states: states(() => this.machines) },
      });
      this.machines.unshift(made);
      this.standIn.machines.set(made.arn, made);
      return made;
    };
    if (before === undefined) {
      this.step = machine('StepMachine', 'StepRole');
      this.parent = machine('RunMachine', 'RunRole');
      this.watchdog = machine('WatchdogStateMachine', 'WatchdogRole');
    }
    this.rules?.stop();
    this.rules = new Rules({ bus: this.standIn.bus, rules: rulesOf(template, values), machines: this.machines });
    Object.assign(process.env, resourcesOf(this.deployed, 'AWS::Lambda::Function').find(({ id }) => id.includes('Controller'))!.properties.Environment.Variables);
  }

  traffic(traffic: EndpointTraffic | undefined): void {
    this.standIn.setTraffic(ENDPOINT, traffic);
  }

  run(input: StartInput = {}, name?: string): Execution {
    return this.parent.start(input, name);
  }

  async minutes(minutes: number): Promise<void> {
    await this.scheduler.runFor(minutes * MINUTE);
  }

  /** Lets time pass until something is so; returns the minutes that it took. */
  async until(what: () => boolean, most: number, each = 1 / 12): Promise<number> {
    const start = this.minute;
    while (!what()) {
      if (this.minute - start >= most) throw new Error(`not within ${most} minutes:\n${this.story()}`);
      await this.minutes(each);
    }
    return this.minute - start;
  }

  /** Lets time pass until a run is over, and all that its end sets off. */
  async ended(run: Execution, most = 200): Promise<Execution> {
    await this.until(() => run.status !== 'RUNNING', most);
    await this.until(() => this.watchdog.executions.every(({ status }) => status !== 'RUNNING'), 200);
    return run;
  }

  /** The events of migration and watchdog, in order. */
  events(name?: string): { name: string; minute: number; detail: MigrationEvent['detail'] & { message: string } }[] {
    return this.standIn.bus.events.filter(({ source, 'detail-type': type }) => source === EVENT_SOURCE && (name === undefined || type === name))
      .map((event) => ({ name: event['detail-type'], minute: (Date.parse(event.time) - this.epoch) / 60_000, detail: event.detail as never }));
  }

  /** What was said, by name. */
  get names(): string[] {
    return this.events().map(({ name }) => name);
  }

  said(name: string): boolean {
    return this.events(name).length > 0;
  }

  /** For people who read why a scenario failed. */
  story(): string {
    return this.events().map(({ name, minute, detail }) => `${minute.toFixed(1)} ${name}: ${detail.message}`).join('\n');
  }

  get endpoint(): any {
    return this.standIn.call(SAGEMAKER, 'DescribeEndpoint', { EndpointName: ENDPOINT });
  }

  /** Weights now, by variant, rounded to what the API keeps. */
  get weights(): Record<string, number> {
    return Object.fromEntries((this.endpoint.ProductionVariants ?? []).map((one: any) => [one.VariantName, Number(one.CurrentWeight.toPrecision(6))]));
  }

  /** Share of the newcomer, in percent. */
  get share(): number {
    const { gpu, inf2 } = this.weights;
    return Number((100 * inf2 / (gpu + inf2)).toPrecision(4));
  }

  get counts(): Record<string, number> {
    return Object.fromEntries((this.endpoint.ProductionVariants ?? []).map((one: any) => [one.VariantName, one.CurrentInstanceCount]));
  }

  /** Least, most and what is suspended, by variant. */
  get scaling(): Record<string, object> {
    return Object.fromEntries([...this.standIn.state().targets.values()].map(({ input: { ResourceId, MinCapacity: min, MaxCapacity: max, SuspendedState: suspended = {} } }) =>
      [ResourceId!.split('/').at(-1)!, { min, max, in: suspended.DynamicScalingInSuspended ?? false, out: suspended.DynamicScalingOutSuspended ?? false }]));
  }

  get killSwitch(): string {
    return [...this.standIn.state().parameters.values()][0].Value;
  }

  get items(): any[] {
    const { tables } = this.standIn.state();
    return [...[...tables.values()][0].items.values()];
  }

  get lock(): any {
    return this.items.find(({ record }) => record.S === RECORD.lock);
  }

  /** State of the run, as the lock has it. */
  get state(): MigrationState {
    return JSON.parse(this.lock.state.S);
  }

  /** Audit records in order of time. */
  get audits(): Record<string, string>[] {
    return this.items.filter(({ record }) => record.S.startsWith('AUDIT#')).sort((a, b) => a.record.S < b.record.S ? -1 : 1)
      .map((item) => Object.fromEntries(Object.entries<any>(item).map(([name, value]) => [name, Object.values(value)[0] as string])));
  }

  /** Starts of the periods that were judged, of one run. */
  judged(run: Execution = this.parent.executions.at(-1)!): number[] {
    return this.audits.filter((one) => one.run === run.arn && one.periods !== undefined).flatMap(({ periods }) => JSON.parse(periods).map(({ start }: { start: number }) => start));
  }

  /** Requests and errors that the variants served since the traffic was set. */
  served(variant: 'gpu' | 'inf2'): { requests: number; errors: number } {
    const { requests, serverErrors } = this.standIn.traffic.total(ENDPOINT, variant);
    return { requests, errors: serverErrors };
  }

  /** What a person types: the record is updated, as the message of the topic says. */
  command(command: CommandName | string, { id = `${command}-${this.scheduler.now()}`, by = 'ada', token, reason }: { id?: string; token?: string; by?: string; reason?: string } = {}): void {
    const [table] = this.standIn.state().tables.keys();
    const given = Object.entries({ id, command, by, token, reason }).filter(([, value]) => value !== undefined);
    const rest = ['token', 'reason'].filter((name) => !given.some(([one]) => one === name));
    this.standIn.call(DYNAMODB, 'UpdateItem', {
      TableName: table,
      Key: { endpoint: { S: ENDPOINT }, record: { S: RECORD.control('to-inf2') } },
      UpdateExpression: `SET ${given.map(([name]) => `#${name} = :${name}`).join(', ')}${rest.length > 0 ? ` REMOVE ${rest.map((name) => `#${name}`).join(', ')}` : ''}`,
      ExpressionAttributeNames: Object.fromEntries([...given.map(([name]) => name), ...rest].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(given.map(([name, value]) => [`:${name}`, { S: value }])),
    });
  }

  /** What a person does in the console. */
  console(weights: Record<string, number>): void {
    this.standIn.call(SAGEMAKER, 'UpdateEndpointWeightsAndCapacities', {
      EndpointName: ENDPOINT, DesiredWeightsAndCapacities: Object.entries(weights).map(([VariantName, DesiredWeight]) => ({ VariantName, DesiredWeight })),
    });
  }

  /** Shares that the endpoint was told, in order; what was refused is left out. */
  get shares(): number[] {
    return this.writes.filter(({ weights, taken }) => taken && weights !== undefined).map(({ weights: { gpu, inf2 } = {} }) => Number((100 * inf2! / (gpu! + inf2!)).toPrecision(4)));
  }

  /** The services, and whose calls they are. */
  private services(): Integrations {
    return Object.fromEntries(Object.entries(awsServices(this.standIn)).map(([name, service]): [string, Integration] => [name, (operation, input, context) => {
      const before = this.principal;
      this.principal = context.principal;
      try {
        return service(operation, input, context);
      } finally {
        this.principal = before;
      }
    }]));
  }

  /** The next answer of this kind to the controller takes a second, in which everybody else goes on. */
  stall(operation: string): void {
    this.stalled = { operation };
  }

  private async tick(event: any, context: TaskContext): Promise<unknown> {
    this.ticks++;
    this.principal = this.controllerRole;
    try {
      const now = this.beforeTick(event.now) ?? event.now;
      const answer = this.handler({ ...event, now });
      const { stalled } = this;
      if (stalled === undefined) {
        const result = await answer;
        if (this.loses(event, result)) throw Object.assign(new Error('the answer was lost'), { name: 'Lambda.SdkClientException' });
        return result;
      }
      let release = (): void => undefined;
      stalled.released = new Promise((done) => { release = done; });
      const reached = new Promise<void>((done) => { stalled.reached = done; });
      if (await Promise.race([reached.then(() => true), answer.then(() => false, () => false)])) {
        await context.sleep(1);
        this.principal = this.controllerRole;
        release();
      }
      return await answer;
    } finally {
      this.principal = SOMEONE_ELSE;
    }
  }

  /** `lambda:invoke` with the context of the task: a tick that is held up gives its turn away. */
  private functions(): Integration {
    const name = idOf(this.deployed, 'AWS::Lambda::Function', 'Controller');
    return async (operation, input, context) => {
      const answer = await lambda({ [name]: async (event) => this.tick(event, context) })(operation, input, context);
      await context.sleep(TICK_SECONDS);
      return answer;
    };
  }

  private listen(mutations: readonly Mutation[]): void {
    this.logCalls();
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '123456789012', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1',
    });
    for (const method of ['log', 'error'] as const) jest.spyOn(console, method).mockImplementation((...text) => { this.printed.push(text.join(' ')); });
    wire.to = this.standIn;
    this.handler = controller(mutations);
  }

  /** Keeps what is asserted on, and forgets the rest: a run of days makes tens of thousands of calls. */
  private logCalls(): void {
    const { standIn } = this;
    const request = standIn.request.bind(standIn);
    standIn.request = (service, operation, input, caller) => {
      const log = standIn.control.calls;
      const by = this.principal;
      const logged = (): void => {
        const call = log.at(-1)!;
        for (const one of callsOf(by, [call])) this.calls.set(JSON.stringify(one), one);
        if (operation === 'UpdateEndpointWeightsAndCapacities') this.writes.push(this.written(by, call.input, call.status === 200));
        if (log.length > 1000) log.splice(0, 900);
      };
      const { stalled } = this;
      try {
        const answer = request(service, operation, input, caller);
        // What takes time is logged when it is done.
        if (answer instanceof Promise) return answer.finally(logged);
        logged();
        if (by !== this.controllerRole || stalled?.operation !== operation) return answer;
        this.stalled = undefined;
        stalled.reached!();
        return stalled.released!.then(() => answer);
      } catch (error) {
        logged();
        throw error;
      }
    };
  }

  private written(by: string, input: any, taken: boolean): Write {
    const of = (member: string) => {
      const found = input.DesiredWeightsAndCapacities.filter((one: any) => one[member] !== undefined).map((one: any) => [one.VariantName, Number(one[member].toPrecision(6))]);
      return found.length > 0 ? Object.fromEntries(found) : undefined;
    };
    const [weights, counts] = [of('DesiredWeight'), of('DesiredInstanceCount')];
    return { minute: this.minute, by, taken, ...weights && { weights }, ...counts && { counts } };
  }
}
