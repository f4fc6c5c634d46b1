import type { JudgeState, Period, Verdict } from '../judge/types';

/**
 * The data that the controller decides on. Plain and JSON-able: it travels through the state machine, and the rehearsal makes the same.
 * Times are seconds since 1970, shares are percent of the requests of both variants together.
 */

/** What a migration is told at synth; the same for all of a run. */
export interface MigrationConfig {
  /** Name in metrics, events and the table. */
  readonly migration: string;
  readonly endpointName: string;
  /** The variant that has the traffic, and takes it back. */
  readonly from: VariantConfig;
  /** The newcomer. */
  readonly to: VariantConfig;
  /** Sum of both weights; a share of s percent is a weight of s/100 of it. */
  readonly totalWeight: number;
  readonly plan: PlanConfig;
  readonly limits: LimitsConfig;
  readonly fallback: FallbackConfig;
  readonly gates: readonly GateConfig[];
  readonly advanceWindow?: WindowConfig;
  /** Alarm of the watchdog and alarms that must stay OK, by name. */
  readonly alarms: readonly AlarmConfig[];
  readonly policies: PolicyConfig;
  readonly warmUp: WarmUpConfig;
}

export interface VariantConfig {
  readonly name: string;
  /** Requests a minute that one instance carries; unknown when nothing says so. */
  readonly requestsPerInstance?: number;
  /** Whether Application Auto Scaling sets its number of instances. */
  readonly scaled: boolean;
  readonly minInstances?: number;
  readonly maxInstances?: number;
}

export interface PlanConfig {
  /** Increasing shares; the last one is baked, 100 follows. */
  readonly steps: readonly number[];
  readonly dwellSeconds: number;
  readonly bakeSeconds: number;
  /** A step that has no verdict after this long is inconclusive. */
  readonly maxStepSeconds: number;
  /** The way to 100 % takes at most this long; then it is inconclusive. */
  readonly maxSeconds: number;
  /** Judged requests to the newcomer that a step needs before it is left. */
  readonly minRequestsPerStep: number;
  /** Length of a metric period. */
  readonly periodSeconds: number;
  /** A period is read this long after its end. */
  readonly publicationDelaySeconds: number;
  /** Evidence plan that does not fit `maxSeconds`: refuse to start, or warn. */
  readonly unprovable: 'refuse' | 'warn';
}

export interface LimitsConfig {
  /** Accepted increase of the latency that 95 (99) of 100 requests keep, as a fraction; left out: not judged. */
  readonly latencyIncreaseP95?: number;
  readonly latencyIncreaseP99?: number;
  readonly errorRatio: number;
  /** Rate of errors that is always accepted; left out: from the baseline and the traffic. */
  readonly errorAllowance?: number;
  readonly falseRollback: number;
  readonly falsePromotion: number;
}

export interface FallbackConfig {
  readonly windowSeconds: number;
  /** Instances of `from` that are kept until the window ends: a number, or what carries all of the forecast traffic (at least what runs at the start). */
  readonly floor: number | 'full';
}

/** Where a gate stands: before the first shift, before each step, before 100 %, before the capacity for the way back is released. */
export type GatePoint = 'start' | 'step' | 'full' | 'release';

export type GateConfig = {
  readonly id: string;
  readonly point: GatePoint;
  /** How long it may stay closed, and what then. */
  readonly timeoutSeconds: number;
  readonly onTimeout: 'hold' | 'rollback';
} & (
  | { readonly kind: 'approval' }
  | { readonly kind: 'lambda'; readonly functionArn: string }
  /** Cost of 1,000 requests at the newcomer has to be lower by at least this fraction; prices of an instance-hour are the user's. */
  | { readonly kind: 'cost'; readonly fromHourlyPrice: number; readonly toHourlyPrice: number; readonly minimumSaving: number }
);

export interface AlarmConfig {
  readonly name: string;
  /** Whether ALARM rolls back; otherwise it only keeps from advancing. */
  readonly rollBack: boolean;
}

/** When advancing is allowed; rolling back always is. */
export interface WindowConfig {
  /** 0 is Sunday. */
  readonly days: readonly number[];
  /** Minutes since midnight in the zone; the end is not inside. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** IANA name. */
  readonly timeZone: string;
  /** Days on which nothing advances, in the zone: `YYYY-MM-DD`, both inside. */
  readonly freezes: readonly { readonly from: string; readonly to: string }[];
}

export interface PolicyConfig {
  /** After `maxSeconds` or `maxStepSeconds` without proof. */
  readonly onInconclusive: 'hold' | 'rollback' | 'promote';
  /** Weights that somebody else changed. */
  readonly onDrift: 'pause' | 'adopt' | 'restore' | 'abort';
  /** A pause that lasts this long ends in a rollback. */
  readonly maxPauseSeconds: number;
  /** Capacity and weight changes that take longer are given up: the step is rolled back. */
  readonly changeTimeoutSeconds: number;
  readonly dryRun: boolean;
}

export interface WarmUpConfig {
  /** After a change of weight or capacity latency is not judged for this long. */
  readonly seconds: number;
  /** Requests sent to the newcomer by name before it gets traffic; none when left out. */
  readonly requests?: { readonly count: number; readonly body: string; readonly contentType: string };
}

export type Phase = 'preflight' | 'gate' | 'capacity' | 'warmUp' | 'shift' | 'judge' | 'window' | 'release' | 'rollback' | 'verify' | 'ended';

/**
 * How a run ended. `superseded`: somebody else holds the endpoint now, and this run wrote nothing more. `released`: it only gave back what
 * an interrupted run had pinned.
 */
export type Outcome = 'promoted' | 'rolledBack' | 'refused' | 'superseded' | 'dryRun' | 'released';

/** Requests and errors that were counted side by side. */
export interface Counts {
  readonly from: number;
  readonly to: number;
  readonly fromErrors: number;
  readonly toErrors: number;
  readonly seconds: number;
}

/** What was measured before anything moved. */
export interface Baseline {
  readonly from: number;
  readonly to: number;
  readonly requests: number;
  readonly errors: number;
  /** Requests a minute: mean, and largest of any period. */
  readonly requestsPerMinute: number;
  readonly peakRequestsPerMinute: number;
  /** Latency that 95 (99) of 100 requests of `from` kept, in microseconds; undefined when CloudWatch gives no percentiles. */
  readonly p95?: number;
  readonly p99?: number;
}

/** A scalable target as it was before the run. */
export interface ScalingState {
  readonly min: number;
  readonly max: number;
  readonly scaleInSuspended: boolean;
  readonly scaleOutSuspended: boolean;
}

export interface MigrationState {
  /** Name of the parent's execution: the run. */
  readonly run: string;
  readonly epoch: number;
  readonly phase: Phase;
  readonly phaseSince: number;
  readonly started: number;
  /** Whether it goes on where a dead run was. */
  readonly resumed?: boolean;
  /** The first tick was made: commands seen from then on are for this run. */
  readonly begun?: boolean;
  /** Index into the plan's steps; as many as there are steps means 100 %. */
  readonly step: number;
  /** Since when the weights have been as the step wants them; undefined while they change. */
  readonly stepSince?: number;
  /** When 100 % was reached. */
  readonly windowSince?: number;
  /** What the weights should say now. */
  readonly share: number;
  /** The largest share that was proven; where recovery goes back to from an unproven step. */
  readonly safeShare: number;
  readonly unproven: boolean;
  readonly baseline?: Baseline;
  /** How far back the baseline is looked for; it grows while there are too few requests. */
  readonly baselineSeconds?: number;
  readonly errorAllowance?: number;
  /** Thresholds of slow requests in microseconds: of `from`, and of `to` (the accepted increase included). */
  readonly thresholds?: { readonly from95: number; readonly from99: number; readonly to95: number; readonly to99: number };
  readonly judge: JudgeState;
  /** Start of the last judged period. */
  readonly lastPeriod?: number;
  /** Judged requests to the newcomer in this step. */
  readonly judgedInStep: number;
  /** What was counted in this step. */
  readonly stepCounts?: Counts;
  /** The same with half the weight a period ago, a quarter two ago and so on: what goes on now. */
  readonly recent?: Counts;
  /** Start of the last period in which the newcomer had requests. */
  readonly lastRequests?: number;
  /** When weights or capacity last changed. */
  readonly changedAt?: number;
  readonly verdict?: Verdict;
  readonly judgeFailures: number;
  readonly paused?: { readonly by: 'operator' | 'drift' | 'update' | 'alarm'; readonly why: string; readonly since: number };
  /** The gate it waits at, and those it went through, as `id@step`. */
  readonly gate?: { readonly id: string; readonly since: number; readonly token: string };
  readonly passedGates: readonly string[];
  /** A person wants this step left now. */
  readonly skip?: boolean;
  /** By whose will 100 % needs no proof: a person's, who may also disregard what looks suspicious, or the policy's. */
  readonly unprovenPromotion?: { readonly by: 'person' | 'policy'; readonly who: string };
  /** Rounds of warm-up requests in which one failed. */
  readonly warmUpRounds?: number;
  /** What the endpoint looked like when it was last found right. */
  readonly expected?: { readonly configName: string; readonly fromCount: number; readonly toCount: number };
  /** Instances of `from` that must not be fewer. */
  readonly floor?: number;
  /** Instances before the run. */
  readonly startCounts?: { readonly from: number; readonly to: number };
  /** Scaling as it was, by variant, for as long as it is pinned. By name: the next migration may go the other way. */
  readonly pinned?: Readonly<Record<string, ScalingState>>;
  /** Variants whose scaling was seen as this run pinned it: another least number is somebody's from then on. */
  readonly pinnedSeen?: readonly string[];
  /** Variants that were given more instances. */
  readonly raised?: readonly string[];
  /** When instances were last asked for. */
  readonly capacityTried?: { readonly variant: string; readonly at: number };
  /** Times weights were restored in this step. */
  readonly restores?: number;
  /** Alarms that rang before a start by force: they count again when they were OK once. */
  readonly ignoredAlarms?: readonly string[];
  /** A write that the endpoint did not take yet. */
  readonly blockedSince?: number;
  /** Since when the endpoint has been as the rollback wants it. */
  readonly steadySince?: number;
  readonly killSwitch?: boolean;
  readonly reason?: string;
  /** Id of the last command that was obeyed or refused. */
  readonly lastCommand?: string;
  /** Why it does not advance; said again when it changes. */
  readonly holding?: string;
  /** What is said once. */
  readonly said?: readonly string[];
  /** An interrupted run that a refused start came after: it can still be resumed. */
  readonly interrupted?: MigrationState;
  /** What it ends as when everything is given back. */
  readonly ending?: Outcome;
  readonly outcome?: Outcome;
  readonly results?: ActionResults;
  /** Ticks in this execution of the step machine. */
  readonly ticks: number;
}

/** What came of the actions of the tick before. */
export interface ActionResults {
  /** `busy`: the endpoint was in another update. */
  readonly write?: { readonly status: 'done' | 'busy' | 'failed'; readonly message?: string };
  readonly warmUp?: { readonly sent: number; readonly failed: number; readonly message?: string };
  readonly gate?: { readonly id: string; readonly pass: boolean; readonly reason?: string };
}

export type CommandName = 'pause' | 'resume' | 'approve' | 'skip' | 'abort' | 'promote';

/** What somebody wrote into the control record. */
export interface Command {
  readonly id: string;
  readonly command: string;
  /** Of the gate that is approved, or of the run; a token of another gate or run is stale and refused. */
  readonly token?: string;
  readonly by?: string;
  readonly reason?: string;
}

export interface VariantSeen {
  readonly name: string;
  readonly currentWeight: number;
  readonly desiredWeight: number;
  readonly currentCount: number;
  readonly desiredCount: number;
}

export interface EndpointSeen {
  readonly status: string;
  readonly configName: string;
  readonly variants: readonly VariantSeen[];
  /** A deployment that SageMaker still works on. */
  readonly pendingDeployment: boolean;
}

/** State of an alarm that CloudWatch does not know, and of all when it could not be asked. */
export const ALARM_MISSING = 'MISSING';
export const ALARM_UNREAD = 'UNREAD';

export interface Observation {
  readonly now: number;
  readonly endpoint: EndpointSeen;
  /** Closed, complete, in order, after the last judged one. Empty when CloudWatch had none or could not be asked. */
  readonly periods: readonly Period[];
  /** Only when `needs` asked for it; its `requests` may be 0. */
  readonly baseline?: Baseline;
  readonly scaling?: { readonly from?: ScalingState; readonly to?: ScalingState };
  /** `OK`, `ALARM`, `INSUFFICIENT_DATA`, or one of the two above. */
  readonly alarms: readonly { readonly name: string; readonly state: string }[];
  readonly command?: Command;
  /** Variant that the kill switch sends everybody to; only in preflight. */
  readonly killSwitch?: string;
}

/** What the handler has to look up for the next decision. The endpoint and the commands are always read. */
export interface Needs {
  readonly baseline?: { readonly seconds: number };
  /** Periods that start after this one. */
  readonly periodsAfter?: number;
  readonly scaling: boolean;
  readonly killSwitch: boolean;
  readonly alarms: readonly string[];
}

/** Absolute and safe to repeat. */
export type Action =
  | { readonly kind: 'setWeights'; readonly share: number }
  | { readonly kind: 'setCapacity'; readonly variant: string; readonly count: number }
  | { readonly kind: 'setScaling'; readonly variant: string; readonly scaling: ScalingState }
  | { readonly kind: 'warmUp'; readonly variant: string; readonly count: number; readonly body: string; readonly contentType: string }
  | { readonly kind: 'callGate'; readonly id: string; readonly functionArn: string; readonly payload: object }
  | { readonly kind: 'setKillSwitch'; readonly value: string }
  | { readonly kind: 'releaseLock' };

export type EventName = 'MigrationStarted' | 'PlanWarning' | 'StepStarted' | 'StepPassed' | 'Holding' | 'GateWaiting' | 'GatePassed' | 'Inconclusive' | 'RollbackStarted' | 'RollbackBlocked'
  | 'RolledBack' | 'Promoted' | 'FallbackWindowEnded' | 'DriftDetected' | 'Paused' | 'Resumed' | 'CommandRefused' | 'MigrationRefused' | 'CostReport' | 'DryRunReport' | 'MigrationEnded' | 'Superseded';

/** One transition, for the bus, the topic and the log. */
export interface MigrationEvent {
  readonly name: EventName;
  /** One sentence for people. */
  readonly message: string;
  /** Whether people are told over the topic. */
  readonly page: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What the controller decided. */
export interface Decision {
  readonly state: MigrationState;
  readonly actions: readonly Action[];
  readonly events: readonly MigrationEvent[];
  /** Seconds until the next tick. */
  readonly wait: number;
  /** `continue`: this execution ends and the parent starts the next one. */
  readonly outcome?: Outcome | 'continue';
}

/** Input of a run, by whoever starts it. */
export interface StartInput {
  /** Goes on where a run that died was. */
  readonly resume?: boolean;
  /** Starts although an alarm rings or the evidence plan does not fit. */
  readonly force?: boolean;
  /** Only gives scaling back what an interrupted run has pinned. */
  readonly release?: boolean;
}

/** Input and output of a tick of the step machine. */
export interface TickEvent {
  readonly config: MigrationConfig;
  readonly run: { readonly arn: string; readonly name: string };
  readonly input?: StartInput;
  /** None at the first tick of a run. */
  readonly state?: MigrationState | null;
  /** When the state was entered, ISO 8601. */
  readonly now: string;
}

export interface TickResult {
  readonly state: MigrationState;
  readonly wait: number;
  readonly done: boolean;
  readonly outcome: Outcome | 'continue' | 'running';
  readonly reason: string;
}

/** The lock of an endpoint. */
export interface Lock {
  /** ARN of the parent's execution; undefined when nobody holds it. */
  readonly owner?: string;
  readonly epoch: number;
  /** Set by the watchdog: everything goes to `from`, whatever else is in the record. */
  readonly fallback: boolean;
  readonly migration?: string;
  /** Last persisted state of the owner. */
  readonly state?: MigrationState;
}
