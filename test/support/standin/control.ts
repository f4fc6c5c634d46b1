import { ServiceError } from './errors';
import { ECHO, type Answer } from './runtime';
import type { JobResult } from './sagemaker/job-program';
import type { CheckedAction, ConditionKeys } from './service';
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
  /** A job until it has its instances. */
  jobStarting: number;
  /** How long a job waits for instances that are not there. */
  jobPending: number;
  /** No wait for instances takes longer, whatever the job may: for clocks that cannot be hurried. */
  jobMaxPending: number;
  /** Image and inputs of a job. */
  jobDownloading: number;
  /** The container of a job, unless its program says otherwise. */
  job: number;
  /** Outputs of a job. */
  jobUploading: number;
  jobStopping: number;
  /** Factor on the waits that a DeploymentConfig asks for (WaitIntervalInSeconds, TerminationWaitInSeconds). 0 skips them. */
  guardrailScale: number;
}

/** About what AWS takes; for virtual time. */
export const REALISTIC: Durations = {
  creating: 360,
  updating: 420,
  weights: 60,
  deleting: 60,
  rollingBack: 120,
  guardrailScale: 1,
  jobStarting: 120,
  jobPending: 900,
  jobMaxPending: 28 * 86_400,
  jobDownloading: 60,
  job: 600,
  jobUploading: 30,
  jobStopping: 60,
};
/** For real time: long enough that a poller sees every state. */
export const FAST: Durations = {
  creating: 1,
  updating: 1,
  weights: 0.5,
  deleting: 0.3,
  rollingBack: 0.3,
  guardrailScale: 0,
  jobStarting: 0.3,
  jobPending: 0.5,
  jobMaxPending: 0.5,
  jobDownloading: 0.2,
  job: 2,
  jobUploading: 0.2,
  jobStopping: 0.3,
};

/** A failure that is waiting for its call. */
export interface Fault {
  /** Name of the operation, such as `CreateEndpoint`. */
  operation: string;
  /** Only for the resource whose name is in the request (EndpointName, ModelName, ResourceId ...). */
  name?: string;
  /** Given: the call itself is refused with this error. Else it is accepted and what it started fails. */
  error?: { type: string; message: string; status?: number };
  /** `FailureReason` of the endpoint or job. A job whose reason begins with `CapacityError` or `InsufficientCapacity` never starts. */
  reason?: string;
  /** Of a job: what its container does, on top of what it would have done. Its exit code is 1 when left out. */
  job?: JobResult;
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
  /** IAM checks `action` once with each of these. */
  readonly conditionKeys?: ConditionKeys[];
  /** What IAM checks besides `action`, all of it has to be allowed. */
  readonly alsoChecked?: CheckedAction[];
  readonly account: string;
  readonly region: string;
  readonly accessKey: string;
  readonly input: unknown;
  readonly status: number;
  readonly error?: string;
  readonly message?: string;
}

/** Something that SageMaker does with the rights of a job's role. */
export interface RoleCall {
  readonly roleArn: string;
  readonly action: string;
  readonly resource: string;
  /** Condition keys that the request would carry. */
  readonly context?: Record<string, string>;
}

/** What a test may ask of the world beyond the AWS API: failures, shortages, speed, and what happened so far. */
export class Control {
  readonly calls: LoggedCall[] = [];
  readonly roleCalls: RoleCall[] = [];
  readonly hazards: Hazard[] = [];
  readonly faults: Fault[] = [];
  /**
   * Instances that exist of a type, for all endpoints of a region together; `TYPE for processing job usage`,
   * `TYPE for training job usage` and `TYPE for spot training job usage` are the ones for jobs. What is not listed has no end.
   */
  readonly capacity = new Map<string, number>();
  /** Account quotas, under the same names, and `TYPE for training warm pool usage`. What is not listed has no limit. */
  readonly quotas = new Map<string, number>();
  /** Names of the CloudWatch alarms that are in ALARM. */
  readonly alarms = new Set<string>();
  /** What containers answer to InvokeEndpoint. */
  answer: Answer = ECHO;

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

  /** Forgets faults, shortages, alarms, the logs and the hazards. */
  reset(): void {
    this.calls.length = 0;
    this.roleCalls.length = 0;
    this.hazards.length = 0;
    this.faults.length = 0;
    this.capacity.clear();
    this.quotas.clear();
    this.alarms.clear();
    this.answer = ECHO;
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
