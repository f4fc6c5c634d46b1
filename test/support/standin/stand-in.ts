import { randomUUID } from 'node:crypto';
import { AUTOSCALING } from './autoscaling';
import { RealClock, VirtualClock, type Clock } from './clock';
import { CLOUDWATCH } from './cloudwatch';
import { AlarmBoard } from './cloudwatch/alarm-board';
import { Metrics } from './cloudwatch/metrics';
import { Control, FAST, REALISTIC, type Durations } from './control';
import { DYNAMODB } from './dynamodb';
import { invalid, ServiceError } from './errors';
import { EventBus, EVENTS } from './events';
import type { Eventually } from './eventually';
import { LAMBDA, type Functions } from './lambda';
import { LogStore, type Logs } from './logs';
import { ObjectStore, type Objects } from './objects';
import { RUNTIME } from './runtime';
import { SAGEMAKER } from './sagemaker';
import { scaleVariant } from './sagemaker/endpoints';
import { abandonJobs } from './sagemaker/job-life';
import { compileProgram, type JobProgram } from './sagemaker/job-program';
import { alarmRaised } from './sagemaker/rollout';
import type { CallContext, CheckedAction, ConditionKeys, Service } from './service';
import { SNS } from './sns';
import { SSM } from './ssm';
import { RegionState } from './state';
import { STATES, type StateMachines } from './states';
import { Traffic, type EndpointTraffic } from './traffic';
import { findings, validateRequest } from './validate';

/** Who makes a call, and where: read from the request's signature. */
export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly accessKey: string;
}

export const SOMEONE: Caller = { account: '123456789012', region: 'us-east-1', accessKey: 'test' };

export interface StandInProps {
  /** A virtual clock runs with realistic durations, a real one with short ones, unless `durations` says otherwise. */
  readonly clock?: Clock;
  readonly durations?: Partial<Durations>;
  /** Where jobs read and write; in memory when left out. */
  readonly objects?: Objects;
  readonly logs?: Logs;
}

/** The store in memory: a test that looks into it means that one. */
function inMemory<T>(store: unknown, kind: new () => T, what: string): T {
  if (store instanceof kind) return store;
  throw new Error(`the ${what} of this stand-in are kept elsewhere`);
}

/**
 * The services and the world they act on, without HTTP: `call` is what a request does. Add a service to SERVICES, an operation to
 * its service's table.
 */
export class StandIn {
  static readonly SERVICES: readonly Service[] = [SAGEMAKER, AUTOSCALING, CLOUDWATCH, DYNAMODB, EVENTS, LAMBDA, RUNTIME, SNS, SSM, STATES];

  readonly clock: Clock;
  readonly control: Control;
  /** What the containers of jobs do. */
  program: JobProgram = compileProgram;
  /** What clients send to endpoints, see `setTraffic`. */
  readonly traffic: Traffic;
  /** How CloudWatch tells of it: late, in parts, with holes. */
  readonly metrics: Metrics;
  /** Everything on the event buses, and who listens. */
  readonly bus: EventBus;
  readonly alarms: AlarmBoard;
  /** Handlers behind `lambda:Invoke`, by function name. */
  readonly functions: Functions = new Map();
  /** What `states:StartExecution` starts, by ARN. */
  readonly machines: StateMachines = new Map();
  private readonly regions = new Map<string, RegionState>();
  private readonly stores: { readonly objects: Objects; readonly logs: Logs };

  constructor(props: StandInProps = {}) {
    this.stores = { objects: props.objects ?? new ObjectStore(), logs: props.logs ?? new LogStore() };
    this.clock = props.clock ?? new RealClock();
    this.control = new Control({ ...(this.clock instanceof VirtualClock ? REALISTIC : FAST), ...props.durations });
    const now = () => this.clock.now();
    this.traffic = new Traffic(now);
    this.metrics = new Metrics(this.traffic, now);
    this.bus = new EventBus(this.clock);
    // Deployments bake under alarms whichever way they ring.
    this.alarms = new AlarmBoard(this.clock, this.metrics, this.bus, (name, state) => this.ring(name, state === 'ALARM'));
  }

  get objects(): ObjectStore {
    return inMemory(this.stores.objects, ObjectStore, 'objects');
  }

  get logs(): LogStore {
    return inMemory(this.stores.logs, LogStore, 'logs');
  }

  /** What an account has in a region. */
  state(caller: Caller = SOMEONE): RegionState {
    const key = `${caller.account}/${caller.region}`;
    const state = this.regions.get(key) ?? new RegionState();
    this.regions.set(key, state);
    return state;
  }

  /** Runs one operation as the service would, at once. Throws a ServiceError when it refuses. */
  call(service: Service, operation: string, input: unknown, caller: Caller = SOMEONE): object {
    const answer = this.request(service, operation, input, caller);
    if (answer instanceof Promise) throw new Error(`${operation} takes time here: use request`);
    return answer;
  }

  /** The same, also for operations that take real time, such as invoking a function. Every call is logged, refused ones too. */
  request(service: Service, operation: string, input: unknown, caller: Caller = SOMEONE): Eventually<object> {
    const context = this.context(caller);
    // Kept as it came: an operation may hold on to its input.
    const received = structuredClone(input);
    const resources: string[] = [];
    const passedRoles: string[] = [];
    const alsoChecked: CheckedAction[] = [];
    const conditionKeys: ConditionKeys[] = [];
    const log = (failure?: ServiceError): void => void this.control.calls.push({
      id: randomUUID(),
      time: this.clock.now(),
      service: service.shapes.service,
      operation,
      action: `${service.iamPrefix}:${service.actions?.[operation] ?? operation}`,
      resources,
      passedRoles,
      ...conditionKeys.length > 0 && { conditionKeys },
      ...alsoChecked.length > 0 && { alsoChecked },
      ...caller,
      input: structuredClone(input),
      status: failure?.status ?? 200,
      error: failure?.type,
      message: failure?.message,
    });
    const answered = (output: object | void): object => {
      // Through JSON: what the wire carries is what is checked and handed on, and nobody shares objects with the state.
      const answer = JSON.parse(JSON.stringify(output ?? {})) as object;
      const shape = service.shapes.operations[operation].output;
      if (shape) this.checkAnswer(service, operation, shape, answer);
      return answer;
    };
    const failed = (error: unknown): never => {
      const failure = error instanceof ServiceError ? error : new ServiceError('InternalFailure', String((error as Error).stack), 500);
      log(failure);
      throw failure;
    };
    try {
      const definition = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
      const shape = Object.hasOwn(service.shapes.operations, operation) ? service.shapes.operations[operation] : undefined;
      if (!definition || !shape) throw new ServiceError('UnknownOperationException', `The stand-in has no operation ${operation} of ${service.shapes.service}`);
      validateRequest(service.shapes, shape.input, received);
      resources.push(...definition.resources(context, received));
      passedRoles.push(...definition.passedRoles?.(received) ?? []);
      alsoChecked.push(...definition.alsoChecked?.(context, received) ?? []);
      conditionKeys.push(...definition.conditionKeys?.(context, received) ?? []);
      this.control.refuse(operation, received);
      const output = definition.run(context, received);
      if (output instanceof Promise) return output.then(answered).then((answer) => { log(); return answer; }, failed);
      const answer = answered(output);
      log();
      return answer;
    } catch (error) {
      return failed(error);
    }
  }

  /** Moves virtual time on. */
  advance(seconds: number): void {
    if (!(this.clock instanceof VirtualClock)) throw invalid('advance needs a virtual clock');
    this.clock.advance(seconds);
  }

  /** From now on these requests come to the endpoint; `undefined` ends them. */
  setTraffic(endpoint: string, traffic: EndpointTraffic | undefined, caller: Caller = SOMEONE): void {
    this.traffic.set(this.state(caller), endpoint, traffic);
  }

  /** Sets an alarm, as CloudWatch would; a deployment that bakes under it rolls back. One that nobody has put has no other properties. */
  setAlarm(name: string, ringing: boolean): void {
    if (this.alarms.has(name)) this.alarms.set(name, ringing ? 'ALARM' : 'OK', 'set by the test');
    this.ring(name, ringing);
  }

  private ring(name: string, ringing: boolean): void {
    if (!ringing) {
      this.control.alarms.delete(name);
      return;
    }
    this.control.alarms.add(name);
    for (const key of this.regions.keys()) {
      const [account, region] = key.split('/');
      alarmRaised(this.context({ ...SOMEONE, account, region }));
    }
  }

  /** Scales a registered variant, as Application Auto Scaling would: within its limits. Returns the count that was asked for in the end. */
  scale(endpoint: string, variant: string, count: number, caller: Caller = SOMEONE): number {
    const context = this.context(caller);
    const target = [...context.state.targets.values()].find(({ input }) => input.ResourceId === `endpoint/${endpoint}/variant/${variant}`);
    if (!target) throw invalid(`variant ${variant} of endpoint ${endpoint} is not a scalable target`);
    const clamped = Math.min(target.input.MaxCapacity!, Math.max(target.input.MinCapacity!, count));
    scaleVariant(context, endpoint, variant, clamped);
    return clamped;
  }

  /** Empties the world; stores that are kept elsewhere stay as they are. */
  reset(): void {
    for (const state of this.regions.values()) abandonJobs(state);
    this.regions.clear();
    this.control.reset();
    this.traffic.reset();
    this.metrics.reset();
    this.alarms.reset();
    this.bus.reset();
    this.functions.clear();
    this.machines.clear();
    this.program = compileProgram;
    for (const store of [this.stores.objects, this.stores.logs]) if (store instanceof ObjectStore || store instanceof LogStore) store.clear();
  }

  private context(caller: Caller): CallContext {
    const program: JobProgram = (job) => this.program(job);
    return {
      account: caller.account,
      region: caller.region,
      clock: this.clock,
      control: this.control,
      state: this.state(caller),
      ...this.stores,
      program,
      traffic: this.traffic,
      metrics: this.metrics,
      alarms: this.alarms,
      bus: this.bus,
      functions: this.functions,
      machines: this.machines,
    };
  }

  /** An answer that breaks its own shape is a bug of the stand-in, and must not pass for a service's answer. */
  private checkAnswer(service: Service, operation: string, shape: string, answer: object): void {
    const [broken] = findings(service.shapes, shape, answer);
    if (broken) throw new Error(`the stand-in's answer to ${operation} breaks its shape: ${broken.text}`);
  }
}
