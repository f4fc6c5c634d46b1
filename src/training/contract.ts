/**
 * What the construct, the state machine and the handlers agree on. Imports nothing: both sides of a Lambda use it.
 */

/** Environment variable of a job that names the run that made it: its execution, and so who may stop it. */
export const OWNER = 'CDK_ACCELERATORS_TRAINING_RUN';

/** Tag of a job that names the training it belongs to. */
export const JOB_TAG = 'cdk-accelerators:training';

/** Where SageMaker puts the logs of training jobs, and the namespace of their metrics. */
export const LOG_GROUP = '/aws/sagemaker/TrainingJobs';

/** Source of the events of a training. */
export const EVENT_SOURCE = 'cdk-accelerators.training';

/** The metric of a job that is told as the tokens per second of its training. */
export const THROUGHPUT = 'tokens_per_second';

/** Detail types of the events of a training. */
export const EVENTS = {
  started: 'Training Started',
  jobEnded: 'Training Job Ended',
  ended: 'Training Ended',
  stopped: 'Training Job Stopped',
  ready: 'Model Ready',
} as const;

/** Beginning of the names of errors that a run ends with. */
export const ERROR = 'Training';

/** Namespace and names of the metrics of a training. */
export const METRICS = {
  namespace: 'CdkAccelerators/Training',
  dimension: 'Training',
  completed: 'CompletedRuns',
  failed: 'FailedRuns',
  skipped: 'SkippedRuns',
  duration: 'Duration',
  waiting: 'WaitingTime',
  billable: 'BillableSeconds',
  cost: 'Cost',
  tokensPerSecond: 'TokensPerSecond',
  rung: 'RungUsed',
  attempts: 'Attempts',
} as const;

/** How a run ended, when it was not completed, as the error of its execution: `Training.UserError`. */
export const errorOf = (outcome: string): string => `${ERROR}.${outcome.charAt(0).toUpperCase()}${outcome.slice(1)}`;
