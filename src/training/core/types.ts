import type { JobOutcome, Refusal } from './outcome';

/** The data that a training run decides on: plain, JSON-able, it travels through the state machine. Times are seconds since 1970. */

/** What a run is told at synth. */
export interface TrainingConfig {
  /** Beginning of the names of its jobs. */
  readonly prefix: string;
  /** In the order in which they are tried. */
  readonly rungs: readonly RungConfig[];
  readonly policies: TrainingPolicies;
}

/** One kind of hardware, with all that a job on it needs. */
export interface RungConfig {
  /** For people, in events and metrics. */
  readonly name: string;
  readonly instanceType: string;
  readonly instanceCount: number;
  /** CreateTrainingJob without its name. */
  readonly request: Readonly<Record<string, unknown>>;
  /** USD of an instance-hour, for metrics and events; prices stay out of requests. */
  readonly hourlyPrice?: number;
}

export interface TrainingPolicies {
  /** What a used-up quota means: the next kind of hardware, or a wait. */
  readonly onQuota: 'next' | 'wait';
  /** Seconds between tries that wait for a quota, and the longest such wait. */
  readonly quotaWaitSeconds: number;
  readonly maxQuotaWaitSeconds: number;
  /** Tries of the same rung when there are no instances. */
  readonly capacityAttempts: number;
  readonly capacityWaitSeconds: number;
  /** Whether spot that was interrupted for good is tried on demand, on the same rung. */
  readonly spotToOnDemand: boolean;
  /** Tries of the same rung after errors of the service. */
  readonly internalErrorAttempts: number;
  /** Tries of the same rung, from the last checkpoint, after it ran as long as it may. */
  readonly timeoutAttempts: number;
}

/** One job of a run. */
export interface Attempt {
  readonly rung: number;
  readonly attempt: number;
  readonly job: string;
  readonly onDemand: boolean;
  /** Why there was no job, or how it ended; neither while it runs. */
  readonly refusal?: Refusal;
  readonly outcome?: JobOutcome;
  readonly reason?: string;
}

/** How a run ended. `noHardware`: no rung had capacity or quota. */
export type RunOutcome = 'completed' | 'noHardware' | 'timedOut' | 'stopped' | 'userError' | 'internalError';

export interface TrainingState {
  readonly rung: number;
  /** Jobs of this run so far: the number in the name of the next. */
  readonly made: number;
  /** Spot is given up for this rung. */
  readonly onDemand: boolean;
  readonly attempts: readonly Attempt[];
  /** Since when a quota is waited for. */
  readonly quotaSince?: number;
  /** Not before then. */
  readonly notBefore?: number;
  readonly outcome?: RunOutcome;
  readonly reason?: string;
}
