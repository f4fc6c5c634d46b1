import { randomUUID } from 'node:crypto';
import { AUTOSCALING } from './autoscaling';
import { RealClock, VirtualClock, type Clock } from './clock';
import { Control, FAST, REALISTIC, type Durations } from './control';
import { invalid, ServiceError } from './errors';
import { SAGEMAKER } from './sagemaker';
import { scaleVariant } from './sagemaker/endpoints';
import { alarmRaised } from './sagemaker/rollout';
import type { CallContext, Service } from './service';
import { RegionState } from './state';
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
}

/**
 * The services and the world they act on, without HTTP: `call` is what a request does. Add a service to SERVICES, an operation to
 * its service's table.
 */
export class StandIn {
  static readonly SERVICES: readonly Service[] = [SAGEMAKER, AUTOSCALING];

  readonly clock: Clock;
  readonly control: Control;
  private readonly regions = new Map<string, RegionState>();

  constructor(props: StandInProps = {}) {
    this.clock = props.clock ?? new RealClock();
    this.control = new Control({ ...(this.clock instanceof VirtualClock ? REALISTIC : FAST), ...props.durations });
  }

  /** What an account has in a region. */
  state(caller: Caller = SOMEONE): RegionState {
    const key = `${caller.account}/${caller.region}`;
    const state = this.regions.get(key) ?? new RegionState();
    this.regions.set(key, state);
    return state;
  }

  /** Runs one operation as the service would. Throws a ServiceError when it refuses. Every call is logged, refused ones too. */
  call(service: Service, operation: string, input: unknown, caller: Caller = SOMEONE): object {
    const context = this.context(caller);
    let failure: ServiceError | undefined;
    // Kept as it came: an operation may hold on to its input.
    const received = structuredClone(input);
    const resources: string[] = [];
    const passedRoles: string[] = [];
    try {
      const definition = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
      const shape = Object.hasOwn(service.shapes.operations, operation) ? service.shapes.operations[operation] : undefined;
      if (!definition || !shape) throw new ServiceError('UnknownOperationException', `The stand-in has no operation ${operation} of ${service.shapes.service}`);
      validateRequest(service.shapes, shape.input, received);
      resources.push(...definition.resources(context, received));
      passedRoles.push(...definition.passedRoles?.(received) ?? []);
      this.control.refuse(operation, received);
      const output = definition.run(context, received) ?? {};
      // Through JSON: what the wire carries is what is checked and handed on, and nobody shares objects with the state.
      const answer = JSON.parse(JSON.stringify(output)) as object;
      if (shape.output) this.checkAnswer(service, operation, shape.output, answer);
      return answer;
    } catch (error) {
      failure = error instanceof ServiceError ? error : new ServiceError('InternalFailure', String((error as Error).stack), 500);
      throw failure;
    } finally {
      this.control.calls.push({
        id: randomUUID(),
        time: this.clock.now(),
        service: service.shapes.service,
        operation,
        action: `${service.iamPrefix}:${operation}`,
        resources,
        passedRoles,
        ...caller,
        input: structuredClone(input),
        status: failure?.status ?? 200,
        error: failure?.type,
        message: failure?.message,
      });
    }
  }

  /** Moves virtual time on. */
  advance(seconds: number): void {
    if (!(this.clock instanceof VirtualClock)) throw invalid('advance needs a virtual clock');
    this.clock.advance(seconds);
  }

  /** Sets an alarm, as CloudWatch would; a deployment that bakes under it rolls back. */
  setAlarm(name: string, ringing: boolean): void {
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

  /** Empties the world. */
  reset(): void {
    this.regions.clear();
    this.control.reset();
  }

  private context(caller: Caller): CallContext {
    return { account: caller.account, region: caller.region, clock: this.clock, control: this.control, state: this.state(caller) };
  }

  /** An answer that breaks its own shape is a bug of the stand-in, and must not pass for a service's answer. */
  private checkAnswer(service: Service, operation: string, shape: string, answer: object): void {
    const [broken] = findings(service.shapes, shape, answer);
    if (broken) throw new Error(`the stand-in's answer to ${operation} breaks its shape: ${broken.text}`);
  }
}
