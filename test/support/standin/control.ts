import { ServiceError } from './errors';
import type { Hazard } from './state';

/** How long things take, in seconds. */
export interface Durations {
  /** CreateEndpoint until InService. */
  creating: number;
  /** A new fleet in UpdateEndpoint. */
  updating: number;
  /** UpdateEndpointWeightsAndCapacities. */
  weights: number;
  deleting: number;
  /** Back to the old fleet. */
  rollingBack: number;
  /** Factor on the waits that a DeploymentConfig asks for (WaitIntervalInSeconds, TerminationWaitInSeconds). 0 skips them. */
  guardrailScale: number;
}

/** About what AWS takes; for virtual time. */
export const REALISTIC: Durations = { creating: 360, updating: 420, weights: 60, deleting: 60, rollingBack: 120, guardrailScale: 1 };
/** For real time: long enough that a poller sees every state. */
export const FAST: Durations = { creating: 1, updating: 1, weights: 0.5, deleting: 0.3, rollingBack: 0.3, guardrailScale: 0 };

/** A failure that is waiting for its call. */
export interface Fault {
  /** Name of the operation, such as `CreateEndpoint`. */
  operation: string;
  /** Only for the resource whose name is in the request (EndpointName, ModelName, ResourceId ...). */
  name?: string;
  /** Given: the call itself is refused with this error. Else it is accepted and what it started fails. */
  error?: { type: string; message: string; status?: number };
  /** `FailureReason` of the endpoint. */
  reason?: string;
  /** How often, 1 when left out. */
  times?: number;
}

/** One call as it arrived, and how it ended: what IAM checks and assertions read. */
export interface LoggedCall {
  readonly id: string;
  readonly time: number;
  readonly service: string;
  readonly operation: string;
  /** IAM action, `sagemaker:CreateEndpoint`. */
  readonly action: string;
  readonly resources: string[];
  readonly passedRoles: string[];
  readonly account: string;
  readonly region: string;
  readonly accessKey: string;
  readonly input: unknown;
  readonly status: number;
  readonly error?: string;
  readonly message?: string;
}

/** What a test may ask of the world beyond the AWS API: failures, shortages, speed, and what happened so far. */
export class Control {
  readonly calls: LoggedCall[] = [];
  readonly hazards: Hazard[] = [];
  readonly faults: Fault[] = [];
  /** Instances that exist of a type, over all endpoints. A type that is not listed has no end. */
  readonly capacity = new Map<string, number>();
  /** Account quota for endpoint usage of a type. A type that is not listed has no limit. */
  readonly quotas = new Map<string, number>();
  /** Names of the CloudWatch alarms that are in ALARM. */
  readonly alarms = new Set<string>();

  constructor(readonly durations: Durations) {}

  /** A mistake that AWS accepts: kept for the test that looks. */
  hazard(kind: string, text: string): void {
    this.hazards.push({ kind, text });
  }

  /** Throws when a fault says that this call is refused. */
  refuse(operation: string, input: unknown): void {
    const error = this.take(operation, input, (fault) => fault.error !== undefined)?.error;
    if (error) throw new ServiceError(error.type, error.message, error.status);
  }

  /** The fault that lets this call through and makes what it starts fail. */
  takeFault(operation: string, input: unknown): Fault | undefined {
    return this.take(operation, input, (fault) => fault.error === undefined);
  }

  /** Forgets faults, shortages, alarms, the log and the hazards. */
  reset(): void {
    this.calls.length = 0;
    this.hazards.length = 0;
    this.faults.length = 0;
    this.capacity.clear();
    this.quotas.clear();
    this.alarms.clear();
  }

  private take(operation: string, input: unknown, kind: (fault: Fault) => boolean): Fault | undefined {
    const names = typeof input === 'object' && input !== null ? Object.values(input) : [];
    const fault = this.faults.find((other) =>
      kind(other) && other.operation === operation && (other.name === undefined || names.includes(other.name)));
    if (!fault) return undefined;
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) this.faults.splice(this.faults.indexOf(fault), 1);
    return fault;
  }
}
