import type { Duration } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type { AiWorkload } from './ai-workload';
import type { BenchmarkResults } from './benchmark-props';
import type { IInferenceEndpoint } from '../endpoint';

/** An endpoint that is measured. */
export interface AiBenchmarkTarget {
  /** The endpoint: a real-time one with one variant, whose container speaks the chat completions API of OpenAI (LMI, vLLM). A job sends to the endpoint, and its weights would mix several variants. */
  readonly endpoint: IInferenceEndpoint;

  /**
   * USD of an instance-hour. A price of yours stands in the template; the library's list is never rendered there: `PriceBook.bundled()` knows it.
   *
   * @default - records and metrics say nothing of cost
   */
  readonly usdPerHour?: number;

  /**
   * What people call what it serves, e.g. `Llama 3.1 8B on inf2.xlarge`: recorded, and shown in the report.
   *
   * @default - the name of the endpoint alone
   */
  readonly label?: string;
}

/** Props of `AiBenchmark`. */
export interface AiBenchmarkProps {
  /** The endpoints, 1 to 8, measured one after the other. The first one, the GPU as a rule, is what the others are compared with. */
  readonly targets: AiBenchmarkTarget[];

  /** What is sent to each. */
  readonly workload: AiWorkload;

  /**
   * How long the job of an endpoint may take; one that takes longer is stopped, and is a failed measurement. 10 minutes to 4 hours.
   *
   * @default Duration.hours(2)
   */
  readonly jobTimeout?: Duration;

  /**
   * Share of the requests of a job that may fail, 0 to 1. More, and the measurement failed. The service has a limit of its own.
   *
   * @default 0.05
   */
  readonly maximumErrorRate?: number;

  /**
   * Where the jobs write, and where records and reports are kept: below `ai/` in the folder.
   *
   * @default - a bucket of its own
   */
  readonly results?: BenchmarkResults;

  /**
   * Name in metrics, events and records: letters, digits, hyphens and underscores, at most 60 characters.
   *
   * @default - made of the construct's path
   */
  readonly benchmarkName?: string;

  /**
   * Bus of the events.
   *
   * @default - the default bus
   */
  readonly eventBus?: events.IEventBus;
}
