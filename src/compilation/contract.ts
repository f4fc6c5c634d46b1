/**
 * What the construct, the state machine and the handlers agree on. Imports nothing: both sides of a Lambda use it.
 */

/** Environment variable of a compile job that names the execution that started it, and so who may stop it. */
export const OWNER = 'NEURON_COMPILATION_OWNER';

/** Tag of a compile job that names the compilation it belongs to: what the function that stops jobs is limited to. */
export const JOB_TAG = 'cdk-accelerators:compilation';

/** Last object of a finished artefact. It is written once the job has ended well: a job that failed while uploading never has it. */
export const MARKER = 'complete.json';

/** The kinds of job, by the name the API gives them. */
export type JobKind = 'processing' | 'training';

/** Where SageMaker puts the logs of each kind of job. */
export const LOG_GROUPS: Readonly<Record<JobKind, string>> = { processing: '/aws/sagemaker/ProcessingJobs', training: '/aws/sagemaker/TrainingJobs' };

/** Properties of the custom resource that starts a compilation and stops it. */
export interface StartProperties {
  /** Where to signal the end to: the address of a wait condition handle. */
  readonly Handle: string;
  readonly StateMachineArn: string;
  readonly JobKind: JobKind;
  /** Fixed part of the names of the jobs. */
  readonly JobPrefix: string;
  /** `s3://` address of the artefact's folder. */
  readonly ArtifactUri: string;
}

/** Input of an execution. */
export interface CompilationInput {
  /** Left out by whoever starts an execution by hand: nobody is waiting. */
  readonly handle?: string;
}

/** How a compilation ended. */
export type Outcome = 'compiled' | 'cached' | 'failed';

/** What the handler that records outcomes is told. */
export interface RecordEvent {
  readonly outcome: Outcome;
  readonly kind: JobKind;
  /** Value of the dimension that the metrics are published under. */
  readonly compilation: string;
  /** The data of the execution as it is at this point. */
  readonly state: {
    readonly job?: {
      readonly name?: string;
      readonly described?: Record<string, unknown>;
      /** What kept a job from being made. */
      readonly error?: { readonly Error?: string; readonly Cause?: string };
    };
    /** What went wrong elsewhere. */
    readonly error?: { readonly Error?: string; readonly Cause?: string };
    readonly reason?: string;
  };
}

export interface RecordResult {
  readonly reason: string;
}

/** What the handler that signals the wait condition is told. */
export interface SignalEvent {
  readonly handle: string;
  readonly success: boolean;
  readonly id: string;
  readonly data: string;
  /** Step Functions' own account of a failure. */
  readonly error?: { readonly Error?: string; readonly Cause?: string };
}

/** What EventBridge tells of an execution that ended without a signal: somebody stopped it, or its time was up. */
export interface ExecutionEvent {
  readonly detail: {
    readonly status: string;
    /** The input as text, with the handle in it. */
    readonly input?: string;
    readonly cause?: string;
  };
}

/** What EventBridge tells of an execution of a state machine with a compilation that did not end well. */
export interface EndedEarlyEvent {
  readonly detail: {
    readonly executionArn: string;
    readonly status: string;
    /** Milliseconds since 1970. */
    readonly stopDate?: number | null;
  };
}

/** Environment of the function that stops what such an execution left: a `JobKind`, and the fixed part of the names of the jobs. */
export const STOP_KIND = 'JOB_KIND';
export const STOP_PREFIX = 'JOB_PREFIX';

/** Namespace and names of the metrics of a compilation. */
export const METRICS = {
  namespace: 'CdkAccelerators/NeuronCompilation',
  dimension: 'Compilation',
  duration: 'Duration',
  compiled: 'Compiled',
  cacheHits: 'CacheHits',
  failures: 'Failures',
} as const;
