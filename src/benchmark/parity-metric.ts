import { Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { MetricConfig } from './core/parity';
import { checkNumber, checkObject, printed } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** JSON Pointer (RFC 6901): steps that begin with a slash, `~` only as `~0` and `~1`. */
const POINTER = /^(\/([^/~]|~[01])*)+$/;
const LONGEST_PATH = 256;
/** Numbers of 16-bit precision have two or three digits: what is nearer to 0 than this in vectors of length 1 is noise. */
const SMALLEST = 1e-3;

/** Where in an answer the value is that is compared. */
export interface ParityMetricOptions {
  /**
   * Path to the value, as a JSON Pointer (RFC 6901), e.g. `/predictions/0/embedding`. An answer that has nothing there could not be compared.
   *
   * @default - the whole answer
   */
  readonly path?: string;
}

/** Options of `ParityMetric.relativeError`. */
export interface RelativeErrorOptions extends ParityMetricOptions {
  /**
   * Numbers nearer to 0 than this count as this big, or the noise of numbers around 0 would be a large error. 0 takes every number as it is.
   *
   * @default 0.001
   */
  readonly smallest?: number;
}

/**
 * How the answers of two variants are compared, for `AccuracyParity`. Every metric says how far apart they are: 0 when they are alike.
 */
export class ParityMetric {
  /**
   * Answers are the same as JSON, or as text where they are no JSON. The tolerance is the share of lines that may differ; of lines that say what they `expect`, the part of the reference's accuracy that may be
   * lost. For texts and labels; numbers are never quite the same on other hardware.
   *
   * @param options where the value is
   */
  public static exactMatch(options: ParityMetricOptions = {}): ParityMetric {
    throwProblems('ParityMetric.exactMatch', pathProblems(options));
    return new ParityMetric({ kind: 'exactMatch', ...pathOf(options) });
  }

  /**
   * The highest class is the same: of a list of `{ label, score }`, of `labels` beside `scores`, or of a list of numbers; a list of one is a batch of one. The tolerance is a share, as of `exactMatch`.
   *
   * @param options where the value is
   */
  public static topLabel(options: ParityMetricOptions = {}): ParityMetric {
    throwProblems('ParityMetric.topLabel', pathProblems(options));
    return new ParityMetric({ kind: 'topLabel', ...pathOf(options) });
  }

  /**
   * The largest relative error of a number, a vector or a tensor: |a - b| / max(|a|, |b|), from 0 to 2. Its mean over all lines has to be within the tolerance, and so have
   * all lines but a few (`minimumShare`).
   *
   * @param options where the numbers are, and which of them are too small
   */
  public static relativeError(options: RelativeErrorOptions = {}): ParityMetric {
    throwProblems('ParityMetric.relativeError', pathProblems(options, () => smallestProblems(options.smallest)));
    return new ParityMetric({ kind: 'relativeError', ...pathOf(options), smallest: options.smallest ?? SMALLEST });
  }

  /**
   * 1 - cosine of the angle between two vectors, from 0 to 2; for embeddings. Tensors count as one long vector. Its mean over all lines has to be within the tolerance, and so have all lines but a
   * few (`minimumShare`).
   *
   * @param options where the vectors are
   */
  public static cosineSimilarity(options: ParityMetricOptions = {}): ParityMetric {
    throwProblems('ParityMetric.cosineSimilarity', pathProblems(options));
    return new ParityMetric({ kind: 'cosineSimilarity', ...pathOf(options) });
  }

  /**
   * A function of yours. It gets `{ items: [{ line, input, expected, reference, candidate }] }`, at most 50 items and 5 MiB, and answers `{ score }` or `{ score, pass }` within two minutes: the score is how far apart
   * the answers are, 0 when they are alike. The mean of all scores has to be within the tolerance; `pass: false` refuses, and `pass: true` of all items lets pass whatever the score.
   *
   * @param handler the function
   */
  public static lambdaFunction(handler: lambda.IFunction): ParityMetric {
    throwProblems('ParityMetric.lambdaFunction', checkObject('handler', handler, 'functionArn', 'a function of AWS Lambda', 'pass a Function, an Alias or a Version'));
    return new ParityMetric({ kind: 'lambda', functionArn: handler.functionArn });
  }

  private constructor(
    /** @internal */
    public readonly _config: MetricConfig,
  ) {}
}

function pathOf({ path }: ParityMetricOptions): { path?: string } {
  return path === undefined ? {} : { path };
}

function pathProblems(options: ParityMetricOptions, more: () => Problem[] = () => []): Problem[] {
  if (typeof options !== 'object' || options === null) return [{ prop: 'options', got: printed(options), allowed: 'options', fix: "give e.g. { path: '/0/label' }" }];
  const { path } = options;
  const allowed = `a JSON Pointer of at most ${LONGEST_PATH} characters`;
  const fix = "begin with a slash, e.g. '/predictions/0'";
  const problems = path === undefined ? []
    : Token.isUnresolved(path) ? [{ prop: 'path', got: 'a token (a value known only at deploy time)', allowed, fix: 'give a plain text' }]
      : typeof path === 'string' && path.length <= LONGEST_PATH && POINTER.test(path) ? []
        : [{ prop: 'path', got: typeof path === 'string' && path.length > LONGEST_PATH ? `${path.length} characters` : printed(path), allowed, fix: path === '' ? 'leave it out for the whole answer' : fix }];
  return [...problems, ...more()];
}

function smallestProblems(smallest: number | undefined): Problem[] {
  if (Token.isUnresolved(smallest)) return [{ prop: 'smallest', got: 'a token (a value known only at deploy time)', allowed: 'a number of at least 0', fix: 'give a plain number' }];
  return checkNumber('smallest', smallest, { min: 0 }, 'give e.g. 0.001');
}
