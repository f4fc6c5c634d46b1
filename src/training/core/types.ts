import type { JobOutcome, Refusal } from './outcome';

/** The data that a training run decides on: plain, JSON-able, it travels through the state machine. Times are seconds since 1970. */

/** What a run is told at synth. */
export interface TrainingConfig {
  /** For people, and the dimension of the metrics. */
  readonly training: string;
  /** Beginning of the names of its jobs. */
  readonly prefix: string;
  /** In the order in which they are tried. */
  readonly rungs: readonly RungConfig[];
  readonly policies: TrainingPolicies;
  /** The script: it is kept where the model goes, for a deploy takes the right to read an older asset away, and a run goes on. */
  readonly code?: CodeConfig;
  /** Addresses of the channels that a run may be given others below of. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Whether a run begins while another of the same state machine goes on. */
  readonly overlap: boolean;
  readonly registration?: RegistrationConfig;
  /** Event bus; the default one when left out. */
  readonly eventBus?: string;
}

/** Where the script's archive is, and where it is kept. */
export interface CodeConfig {
  readonly from: { readonly bucket: string; readonly key: string };
  readonly to: { readonly bucket: string; readonly key: string };
}

/** One kind of hardware, with all that a job on it needs. */
export interface RungConfig {
  /** For people, in events and metrics. */
  readonly name: string;
  readonly instanceType: string;
  readonly instanceCount: number;
  /** CreateTrainingJob without its name. */
  readonly request: JobRequest;
  /** USD of an instance-hour, when the user gave it. */
  readonly hourlyPrice?: number;
  readonly precompile?: PrecompileConfig;
}

/** A job that fills the compile cache before the training. */
export interface PrecompileConfig {
  /** Object that says that the cache is filled: its key is made of what is compiled, and goes on with what a run was given. */
  readonly bucket: string;
  readonly marker: string;
  readonly instanceCount: number;
  readonly maxRuntimeSeconds: number;
  /** Encoded; instead of those of the same names. */
  readonly hyperParameters: Readonly<Record<string, string>>;
}

/** The members of CreateTrainingJob that a run changes; the others are passed on. */
export interface JobRequest {
  readonly HyperParameters?: Readonly<Record<string, string>>;
  readonly Environment?: Readonly<Record<string, string>>;
  readonly InputDataConfig?: readonly JobChannel[];
  readonly OutputDataConfig?: { readonly S3OutputPath: string; readonly [member: string]: unknown };
  readonly ResourceConfig?: Readonly<Record<string, unknown>>;
  readonly StoppingCondition?: Readonly<Record<string, unknown>>;
  readonly CheckpointConfig?: { readonly S3Uri: string; readonly LocalPath?: string };
  readonly [member: string]: unknown;
}

export interface JobChannel {
  readonly ChannelName: string;
  readonly DataSource: { readonly S3DataSource?: { readonly S3Uri: string; readonly [member: string]: unknown }; readonly [member: string]: unknown };
  readonly [member: string]: unknown;
}

/** CreateModelPackage, without where the model is. */
export interface RegistrationConfig {
  readonly group: string;
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly approval: string;
  readonly contentTypes: readonly string[];
  readonly responseTypes: readonly string[];
}

export interface TrainingPolicies {
  /** What a used-up quota means: the next kind of hardware, or a wait. */
  readonly onQuota: 'next' | 'wait';
  /** The longest wait for a quota, in seconds. */
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

/** What a job is for: the training, or filling the compile cache before it. */
export type JobPurpose = 'train' | 'compile';

/** One job of a run. */
export interface Attempt {
  readonly rung: number;
  readonly attempt: number;
  readonly job: string;
  readonly purpose: JobPurpose;
  readonly onDemand: boolean;
  /** The request was taken, or an answer that was lost was found to be ours. */
  readonly made?: boolean;
  /** Why there was no job, or how it ended; neither while it runs. */
  readonly refusal?: Refusal;
  readonly outcome?: JobOutcome;
  readonly reason?: string;
}

/** How a run ended. `noHardware`: no rung had capacity or quota; `skipped`: another run was going on, or this one had been made. */
export type RunOutcome = 'completed' | 'noHardware' | 'timedOut' | 'stopped' | 'userError' | 'internalError' | 'skipped';

export interface TrainingState {
  readonly rung: number;
  /** Jobs of this run so far: the number in the name of the next. A request that is refused uses no name up. */
  readonly made: number;
  /** Looks so far: an execution has a limited number of events. */
  readonly ticks: number;
  /** Spot is given up for this rung. */
  readonly onDemand: boolean;
  readonly attempts: readonly Attempt[];
  /** Attempts that came before this number do not count: a person began anew. */
  readonly countFrom: number;
  /** How often the execution had been redriven when that was last looked at. */
  readonly redrives: number;
  /** Rungs whose compile cache is filled. */
  readonly compiled: readonly number[];
  /** What all jobs so far are billed for: seconds of an instance, and USD where the price is known. */
  readonly billable: number;
  readonly cost?: number;
  /** A job was billed whose price is not known: there is no cost of the run then. */
  readonly unpriced?: boolean;
  readonly startedAt: number;
  /** Since when the job is looked at. */
  readonly since: number;
  /** Since when a quota is waited for. */
  readonly quotaSince?: number;
  /** Not before then. */
  readonly notBefore?: number;
  /** Where the model is, once there is one. */
  readonly model?: TrainedModel;
  readonly outcome?: RunOutcome;
  readonly reason?: string;
}

/** What a run made. */
export interface TrainedModel {
  /** `s3://` address: an archive, or a folder with a slash at its end. */
  readonly uri: string;
  /** Names the bytes at this address: the job that made them, which has a name that is given once. */
  readonly revision: string;
  /** Its version in the model registry; null when it is not registered. */
  readonly modelPackageArn: string | null;
}

/** What a run may be given when it is started. */
export interface RunInput {
  /** Makes a run one that is made once: of two executions with the same, the second ends without a job. */
  readonly runId?: string;
  readonly hyperParameters?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
}
