import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { inlineProblems, syntheticProblems } from './ai-workload-checks';
import { throwProblems } from '../private/problems';

/** Prompts that the job makes up. */
export interface AiSyntheticOptions {
  /** Tokens of a prompt, on average: 1 to 1,000,000. */
  readonly promptTokens: number;

  /**
   * Their standard deviation, at least 0.
   *
   * @default 0
   */
  readonly promptTokensStddev?: number;

  /** Tokens of an answer that are asked for, on average: 1 to 1,000,000. A model that has said everything stops earlier. */
  readonly outputTokens: number;

  /**
   * Their standard deviation, at least 0.
   *
   * @default 0
   */
  readonly outputTokensStddev?: number;

  /**
   * Requests under way at the same time: 1 to 10,000.
   *
   * @default 10
   */
  readonly concurrency?: number;

  /**
   * Requests in all: 1 to 1,000,000.
   *
   * @default - ten for each that is under way at the same time, and at least 100
   */
  readonly requests?: number;

  /**
   * Requests before those that count: 0 to 1,000,000.
   *
   * @default - as many as are under way at the same time
   */
  readonly warmUpRequests?: number;

  /**
   * Tokenizer that tokens are counted with: the name of a model on the Hugging Face Hub, e.g. `meta-llama/Llama-3.2-1B`. Name it: both sides are then counted alike.
   *
   * @default - AIPerf's choice
   */
  readonly tokenizer?: string;

  /**
   * Token for the Hugging Face Hub, where the tokenizer is gated: the text of this secret. The role of the jobs may read it.
   *
   * @default - none
   */
  readonly tokenizerSecret?: secretsmanager.ISecret;

  /**
   * Further members of each request, e.g. `{ ignore_eos: 'true' }` to make answers as long as they are asked for. Letters, digits and `_ . / : -`, without spaces and commas.
   *
   * @default - none
   */
  readonly extraInputs?: Record<string, string>;
}

/** What an inline specification needs beside it. */
export interface AiInlineOptions {
  /**
   * Secrets that its `secrets` name. The role of the jobs may read them.
   *
   * @default - none
   */
  readonly secrets?: secretsmanager.ISecret[];
}

/** What an AI benchmark job sends: the same to each endpoint. */
export class AiWorkload {
  /**
   * Made-up prompts of known lengths, with streamed answers. The same seed makes the same prompts for each endpoint.
   *
   * @throws for a number that is out of its range, or not known at synth
   */
  public static synthetic(options: AiSyntheticOptions): AiWorkload {
    throwProblems('AiWorkload.synthetic', syntheticProblems(options));
    const { concurrency = DEFAULTS.concurrency, tokenizerSecret: secret, extraInputs } = options;
    const spec = {
      benchmark: { type: 'aiperf' },
      parameters: {
        prompt_input_tokens_mean: options.promptTokens,
        prompt_input_tokens_stddev: options.promptTokensStddev ?? 0,
        output_tokens_mean: options.outputTokens,
        output_tokens_stddev: options.outputTokensStddev ?? 0,
        concurrency,
        request_count: options.requests ?? Math.max(DEFAULTS.requests, 10 * concurrency),
        warmup_request_count: options.warmUpRequests ?? concurrency,
        // Without it there is no time to the first token.
        streaming: true,
        random_seed: DEFAULTS.seed,
        tokenizer: options.tokenizer,
        extra_inputs: extraInputs === undefined ? undefined : Object.entries(extraInputs).map(([name, value]) => `${name}:${value}`).join(' '),
      },
      ...secret === undefined ? {} : { secrets: { hf_token: secret.secretFullArn ?? secret.secretArn } },
      tooling: { api_standard: 'openai' },
    };
    return new AiWorkload(JSON.stringify(spec), secret === undefined ? [] : [secret]);
  }

  /**
   * A workload specification of yours, JSON or YAML (SageMaker developer guide, "Set up a workload configuration for generative AI inference recommendations"): public datasets, rates, images. One concurrency only: a job with
   * several, or one that searches, has no one result to compare. No tokens in plain text: they would stand in the template; name a secret under `secrets`.
   *
   * @throws for a text without `benchmark.type: aiperf`, with several concurrencies or with a token, and one of more than 16 KiB
   */
  public static inline(specification: string, options: AiInlineOptions = {}): AiWorkload {
    throwProblems('AiWorkload.inline', inlineProblems(specification, options));
    return new AiWorkload(specification, options.secrets ?? []);
  }

  private constructor(
    /**
     * The specification as a job takes it.
     *
     * @internal
     */
    public readonly _spec: string,
    /**
     * What the role of the jobs may read.
     *
     * @internal
     */
    public readonly _secrets: secretsmanager.ISecret[],
  ) {}
}

/** The seed is that of the service (developer guide, "Workload specification keys"), said aloud. */
const DEFAULTS = { concurrency: 10, requests: 100, seed: 42 };
