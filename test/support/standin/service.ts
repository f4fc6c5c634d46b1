import type { Clock } from './clock';
import type { AlarmBoard } from './cloudwatch/alarm-board';
import type { Metrics } from './cloudwatch/metrics';
import type { Control } from './control';
import type { EventBus } from './events/bus';
import type { Eventually } from './eventually';
import type { Functions } from './lambda';
import type { Logs } from './logs';
import type { Objects } from './objects';
import type { JobProgram } from './sagemaker/job-program';
import type { ServiceShapes } from './shapes';
import type { RegionState } from './state';
import type { StateMachines } from './states';
import type { Traffic } from './traffic';

/** What an operation may use while it runs: who calls, where, and the world it acts on. */
export interface CallContext {
  readonly account: string;
  readonly region: string;
  readonly clock: Clock;
  readonly control: Control;
  readonly state: RegionState;
  readonly objects: Objects;
  readonly logs: Logs;
  /** What containers do, as it is set when one starts. */
  readonly program: JobProgram;
  /** The requests that endpoints serve, and what CloudWatch tells of them. */
  readonly traffic: Traffic;
  readonly metrics: Metrics;
  readonly alarms: AlarmBoard;
  readonly bus: EventBus;
  readonly functions: Functions;
  readonly machines: StateMachines;
}

/** An action that IAM checks, and on which ARNs. */
export interface CheckedAction {
  readonly action: string;
  readonly resources: string[];
}

/** A list is a multivalued key. */
export type ConditionKeys = Readonly<Record<string, string | string[]>>;

/**
 * One API operation. Requests are checked against their shape before `run`, and responses after it, so `run` holds only what a
 * shape cannot say: what exists, what is busy, what excludes what.
 */
export interface Operation<Input = any> {
  run(context: CallContext, input: Input): Eventually<object | void>;
  /** ARNs that IAM checks the action against, for the request log. `*` when AWS has no resource level for it. */
  resources(context: CallContext, input: Input): string[];
  /** Roles that the call hands to the service (`iam:PassRole`). */
  passedRoles?(input: Input): string[];
  /** Condition keys of the request; IAM checks the action once for each (for each entry of PutEvents, say). */
  conditionKeys?(context: CallContext, input: Input): ConditionKeys[];
  /** What IAM checks besides the action of the same name, such as `sagemaker:AddTags` for a creation with tags. */
  alsoChecked?(context: CallContext, input: Input): CheckedAction[];
}

export interface Service {
  readonly shapes: ServiceShapes;
  /** Prefix of the IAM actions. */
  readonly iamPrefix: string;
  /** Step Functions names errors after the service's class in the Java SDK: `SageMaker` in `SageMaker.SageMakerException`. */
  readonly className: string;
  /** The member that carries the text of an error. */
  readonly errorMember: 'message' | 'Message';
  readonly operations: Record<string, Operation>;
  /** IAM actions that are not named as the operation. */
  readonly actions?: Readonly<Record<string, string>>;
}

export type SageMakerKind = 'model' | 'endpoint-config' | 'endpoint' | 'processing-job' | 'training-job' | 'model-package-group' | 'model-package';

/** The ARN of a SageMaker resource: the service writes names in lower case there, whatever case they were created with. */
export function sagemakerArn(context: CallContext, kind: SageMakerKind, name: string): string {
  return `arn:aws:sagemaker:${context.region}:${context.account}:${kind}/${name.toLowerCase()}`;
}

/** Seconds since the epoch: the form of a timestamp in JSON 1.1. */
export function timestamp(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
