import { checkString } from './benchmark-checks';
import type { PayloadConfig } from './core/types';
import { throwProblems, type Problem } from '../private/problems';

/** What stands for the inputs in a template. */
const BATCH = '{inputs}';
const ONE = '{input}';

/** The state machine carries it to each worker. */
const LONGEST_TEMPLATE = 4096;

/** Options of `BenchmarkPayload.json`. */
export interface JsonPayloadOptions {
  /**
   * What stands beside the inputs in each request, e.g. `{ max_new_tokens: 128 }`.
   *
   * @default - nothing
   */
  readonly parameters?: Record<string, unknown>;
}

/**
 * How the lines of a dataset become the body of a request.
 */
export class BenchmarkPayload {
  /**
   * `{"inputs": [...]}`, as the Hugging Face and PyTorch inference containers take it, with as many lines as the batch has.
   *
   * @param options parameters beside the inputs
   */
  public static json(options: JsonPayloadOptions = {}): BenchmarkPayload {
    const { parameters } = options;
    return new BenchmarkPayload({ template: `{"inputs": ${BATCH}${parameters === undefined ? '' : `, "parameters": ${JSON.stringify(parameters)}`}}`, contentType: 'application/json' });
  }

  /**
   * Each line is the body of a request, as it is: for batches of 1, e.g. lines in the format of OpenAI's chat completions.
   */
  public static line(): BenchmarkPayload {
    return new BenchmarkPayload({ template: ONE, contentType: 'application/json' });
  }

  /**
   * A text of your own. `{inputs}` stands for the JSON list of a batch, `{input}` for one line as it is (for batches of 1).
   *
   * @param text the body, at most 4,096 characters, with one of the two
   * @param contentType the `Content-Type` of the request, `application/json` when left out
   */
  public static template(text: string, contentType: string = 'application/json'): BenchmarkPayload {
    throwProblems('BenchmarkPayload.template', [...templateProblems(text), ...checkString('contentType', contentType, /^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w-]+)*$/, 'a media type such as application/json')]);
    return new BenchmarkPayload({ template: text, contentType });
  }

  private constructor(
    /** @internal */
    public readonly _config: PayloadConfig,
  ) {}

  /**
   * Whether it takes one line at a time.
   *
   * @internal
   */
  public get _single(): boolean {
    return !this._config.template.includes(BATCH);
  }
}

function templateProblems(text: string): Problem[] {
  const allowed = `a text of at most ${LONGEST_TEMPLATE} characters that holds ${BATCH} or ${ONE}`;
  const [batch, one] = [BATCH, ONE].map((what) => typeof text === 'string' && text.includes(what));
  if (typeof text !== 'string' || text.length > LONGEST_TEMPLATE) return [{ prop: 'text', got: typeof text === 'string' ? `${text.length} characters` : String(text), allowed, fix: 'put what is long into the lines of the dataset, and use BenchmarkPayload.line()' }];
  if (batch === one) return [{ prop: 'text', got: batch ? `both ${BATCH} and ${ONE}` : `none of both in ${JSON.stringify(text.slice(0, 60))}`, allowed, fix: `use ${BATCH} for the list of a batch, or ${ONE} for one line` }];
  return [];
}
