import { Token } from 'aws-cdk-lib';
import { checkMediaType, TOKEN } from './benchmark-checks';
import { BATCH, bodyOf, jsonTemplate, ONE } from './core/payload';
import type { PayloadConfig } from './core/types';
import { printed } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** In UTF-8: the state machine carries it to each worker, and counts bytes. */
const LONGEST_TEMPLATE = 4096;
const JSON_TYPE = 'application/json';
/** With what may stand behind it, and types that are made of JSON. */
const JSON_TYPES = /^application\/([\w.-]+\+)?json(;|$)/i;

/** Options of `BenchmarkPayload.json`. */
export interface JsonPayloadOptions {
  /**
   * What stands beside the inputs in each request, e.g. `{ max_new_tokens: 128 }`. At most 4,096 bytes as JSON, with the names around it.
   *
   * @default - nothing
   */
  readonly parameters?: Record<string, unknown>;

  /**
   * The `Accept` of the request, a media type: what the container is asked to answer with.
   *
   * @default - none: the container chooses
   */
  readonly accept?: string;
}

/**
 * How the lines of a dataset become the body of a request.
 */
export class BenchmarkPayload {
  /**
   * `{"inputs": [...]}`, as the Hugging Face and PyTorch inference containers take it, with as many lines as the batch has.
   *
   * @param options parameters beside the inputs, and the kind of answer
   * @throws for parameters that are no JSON, too long, or known only at deploy time
   */
  public static json(options: JsonPayloadOptions = {}): BenchmarkPayload {
    throwProblems('BenchmarkPayload.json', optionProblems(options));
    const { parameters, accept } = options;
    return new BenchmarkPayload({ template: jsonTemplate(parameters), contentType: JSON_TYPE, ...accept === undefined ? {} : { accept } });
  }

  /**
   * Each line is the body of a request, as it is: for batches of 1, e.g. lines in the format of OpenAI's chat completions.
   */
  public static line(): BenchmarkPayload {
    return new BenchmarkPayload({ template: ONE, contentType: JSON_TYPE });
  }

  /**
   * A text of your own. `{inputs}` stands for the JSON list of a batch, `{input}` for one line as it is (for batches of 1).
   *
   * @param text the body, at most 4,096 bytes, with one of the two
   * @param contentType the `Content-Type` of the request, `application/json` when left out
   * @param accept the `Accept` of the request, a media type; none when left out
   * @throws for a text without inputs, one that is to be JSON and would not be, or a type that is no media type
   */
  public static template(text: string, contentType: string = JSON_TYPE, accept?: string): BenchmarkPayload {
    throwProblems('BenchmarkPayload.template', [...templateProblems(text, contentType), ...checkMediaType('contentType', contentType), ...acceptProblems(accept)]);
    return new BenchmarkPayload({ template: text, contentType, ...accept === undefined ? {} : { accept } });
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

function optionProblems(options: JsonPayloadOptions): Problem[] {
  if (typeof options !== 'object' || options === null) return [{ prop: 'options', got: printed(options), allowed: 'options', fix: 'give e.g. { parameters: { max_new_tokens: 128 } }' }];
  return [...parameterProblems(options.parameters), ...acceptProblems(options.accept)];
}

function parameterProblems(parameters: unknown): Problem[] {
  if (parameters === undefined) return [];
  const allowed = `an object that is at most ${LONGEST_TEMPLATE} bytes as JSON, with the names around it`;
  const wrong = (got: string, fix: string): Problem[] => [{ prop: 'parameters', got, allowed, fix }];
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) return wrong(printed(parameters), 'give e.g. { max_new_tokens: 128 }');
  if (!isJson(parameters)) return wrong('an object that is no JSON', 'give texts, numbers, lists and objects of them');
  if (holdsToken(parameters)) return wrong(TOKEN, 'give plain values');
  const bytes = Buffer.byteLength(jsonTemplate(parameters));
  return bytes > LONGEST_TEMPLATE ? wrong(`${bytes} bytes`, 'put what is long into the lines of the dataset, and use BenchmarkPayload.line()') : [];
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

/** However deep: a token that is made JSON would be sent as the text that stands for it. */
function holdsToken(value: unknown): boolean {
  if (Token.isUnresolved(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsToken);
}

function acceptProblems(accept: string | undefined): Problem[] {
  return accept === undefined ? [] : checkMediaType('accept', accept);
}

function templateProblems(text: string, contentType: string): Problem[] {
  const allowed = `a text of at most ${LONGEST_TEMPLATE} bytes that holds ${BATCH} or ${ONE}`;
  if (Token.isUnresolved(text)) return [{ prop: 'text', got: TOKEN, allowed, fix: 'give a plain text' }];
  const [batch, one] = [BATCH, ONE].map((what) => typeof text === 'string' && text.includes(what));
  if (typeof text !== 'string' || Buffer.byteLength(text) > LONGEST_TEMPLATE) return [{ prop: 'text', got: typeof text === 'string' ? `${Buffer.byteLength(text)} bytes` : printed(text), allowed, fix: 'put what is long into the lines of the dataset, and use BenchmarkPayload.line()' }];
  if (batch === one) return [{ prop: 'text', got: batch ? `both ${BATCH} and ${ONE}` : `none of both in ${JSON.stringify(text.slice(0, 60))}`, allowed, fix: `use ${BATCH} for the list of a batch, or ${ONE} for one line` }];
  return JSON_TYPES.test(contentType) ? bodyProblems(text) : [];
}

/** Every request would be refused, or be another one than was meant: a text as a line shows both. */
function bodyProblems(text: string): Problem[] {
  const body = bodyOf({ template: text, contentType: JSON_TYPE }, ['"a text"']);
  try {
    JSON.parse(body);
    return [];
  } catch {
    return [{ prop: 'text', got: `${JSON.stringify(text.slice(0, 60))}, which is no JSON with the line "a text" in it`, allowed: 'a text that becomes JSON, as contentType says', fix: `write ${BATCH} and ${ONE} without quotes, as lines have their own: e.g. {"text": ${ONE}}; or give another contentType` }];
  }
}
