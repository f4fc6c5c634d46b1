import { readFileSync } from 'fs';
import type { Duration } from 'aws-cdk-lib';
import { parseHistory } from './core/rehearsal/history';
import { logNormal, type LatencyShape } from './core/rehearsal/latency';
import type { History, TrafficModel } from './core/rehearsal/scenario';
import { count, duration, milliseconds } from './core/rehearsal/words';
import { checkPlainNumber, checkStruct, fractionFix, tokenIn } from './value-checks';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** More than this a minute no endpoint has, and sums of a week still are whole numbers. */
const MOST_REQUESTS = 1e8;

/** Median and 95 % point of a latency. */
export interface LogNormalLatencyOptions {
  /** What half of the requests keep. */
  readonly p50: Duration;

  /** What 95 of 100 requests keep; at least `p50`. */
  readonly p95: Duration;
}

/** How long a simulated variant takes to answer. */
export class RehearsalLatency {
  /**
   * Log-normal, which latencies of models mostly resemble: many are near the median, a few take far longer.
   *
   * @param options median and 95 % point
   */
  public static logNormal(options: LogNormalLatencyOptions): RehearsalLatency {
    const where = 'RehearsalLatency.logNormal';
    const [p50, p95] = [options?.p50, options?.p95];
    throwProblems(where, [...someTime('p50', p50, 'Duration.millis(40)'), ...someTime('p95', p95, 'Duration.millis(80)')]);
    const [median, high] = [p50, p95].map((value) => 1000 * value.toMilliseconds({ integral: false }));
    if (high < median) throwProblems(where, [{ prop: 'p95', got: milliseconds(high), allowed: `at least p50 (${milliseconds(median)})`, fix: 'swap the two, or raise `p95`' }]);
    return RehearsalLatency._of(median, high);
  }

  /**
   * In microseconds.
   *
   * @internal
   */
  public static _of(p50: number, p95: number): RehearsalLatency {
    return new RehearsalLatency(logNormal(p50, p95), `${milliseconds(p50)} (p95 ${milliseconds(p95)})`);
  }

  private constructor(
    /** @internal */
    public readonly _shape: LatencyShape,
    private readonly words: string,
  ) {}

  /** The latency in words. */
  public toString(): string {
    return this.words;
  }
}

/**
 * What CloudWatch measured of a variant, exported to a file: to rehearse with the traffic, the errors and the latency that an endpoint really has.
 * Of a variant that has all of the traffic; a week shows nights and weekends.
 */
export class RehearsalHistory {
  /**
   * Reads what `aws cloudwatch get-metric-data` printed. With the queries
   *
   *     [{"Id":"requests","MetricStat":{"Metric":{"Namespace":"AWS/SageMaker","MetricName":"Invocations","Dimensions":[
   *        {"Name":"EndpointName","Value":"my-endpoint"},{"Name":"VariantName","Value":"gpu"}]},"Period":60,"Stat":"Sum"}},
   *      ... "errors": Invocation5XXErrors, Sum; "p50" and "p95": ModelLatency, p50 and p95 ...]
   *
   * in `queries.json` the command is
   *
   *     aws cloudwatch get-metric-data --metric-data-queries file://queries.json \
   *       --start-time 2026-01-05T00:00:00Z --end-time 2026-01-12T00:00:00Z --output json > history.json
   *
   * The ids have to be these; `p50` and `p95` may be left out together, and latency is then not rehearsed unless it is given. CloudWatch keeps points of a minute for 15 days.
   *
   * @param path of the file
   */
  public static fromFile(path: string): RehearsalHistory {
    const where = `RehearsalHistory.fromFile(${JSON.stringify(path)})`;
    let text = '';
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throwProblems(where, [{ prop: 'path', got: (error as NodeJS.ErrnoException).code ?? String(error), allowed: 'a file that can be read', fix: 'export the metrics to this path, see the docstring' }]);
    }
    const { history, problems } = parseHistory(text);
    throwProblems(where, problems);
    return new RehearsalHistory(history!);
  }

  /** Number of periods in the file, gaps included. */
  public readonly periods: number;
  /** Length of a period in seconds. */
  public readonly periodSeconds: number;
  /** Requests in the file. */
  public readonly requests: number;

  private constructor(
    /** @internal */
    public readonly _history: History,
  ) {
    this.periods = _history.rows.length;
    this.periodSeconds = _history.periodSeconds;
    this.requests = _history.rows.reduce((sum, row) => sum + row.requests, 0);
  }
}

/** The requests of a rehearsal, to both variants together. */
export class RehearsalTraffic {
  /**
   * The same all the time, but for chance: arrivals are random.
   *
   * @param requestsPerMinute mean; 0 is an endpoint that nobody calls
   */
  public static constant(requestsPerMinute: number): RehearsalTraffic {
    throwProblems('RehearsalTraffic.constant', [...given('requestsPerMinute', requestsPerMinute), ...checkPlainNumber('requestsPerMinute', requestsPerMinute, { min: 0, max: MOST_REQUESTS })]);
    return new RehearsalTraffic({ kind: 'constant', requestsPerMinute }, `${count(requestsPerMinute)} requests a minute`);
  }

  /**
   * Rises and falls over the day as a sine.
   *
   * @param meanRequestsPerMinute mean over the day
   * @param swing how far it goes up and down, as a fraction of the mean, 0 to 1
   * @param peakHour the busiest hour of the day in UTC, 0 to 24; 14 when left out
   */
  public static daily(meanRequestsPerMinute: number, swing: number, peakHour?: number): RehearsalTraffic {
    throwProblems('RehearsalTraffic.daily', [
      ...given('meanRequestsPerMinute', meanRequestsPerMinute), ...checkPlainNumber('meanRequestsPerMinute', meanRequestsPerMinute, { min: 0, max: MOST_REQUESTS }),
      ...given('swing', swing), ...checkPlainNumber('swing', swing, { min: 0, max: 1 }, fractionFix(swing)),
      ...checkPlainNumber('peakHour', peakHour, { min: 0, max: 24, unit: 'hours' }),
    ]);
    const [low, high] = [1 - swing, 1 + swing].map((factor) => count(meanRequestsPerMinute * factor));
    return new RehearsalTraffic({ kind: 'daily', mean: meanRequestsPerMinute, swing, peakHour: peakHour ?? 14 }, `${low} to ${high} requests a minute, most at ${peakHour ?? 14}:00 UTC`);
  }

  /**
   * As it was, errors and latency of the current variant included; from the end it goes on at the beginning.
   *
   * @param history what was measured
   */
  public static history(history: RehearsalHistory): RehearsalTraffic {
    throwProblems('RehearsalTraffic.history', checkObject('history', history, '_history', 'a history', 'give RehearsalHistory.fromFile(...)'));
    const minutes = history.periods * history.periodSeconds / 60;
    return new RehearsalTraffic({ kind: 'history', history: history._history }, `as measured over ${duration(60 * minutes)}, ${count(history.requests / minutes)} requests a minute on average`);
  }

  private constructor(
    /** @internal */
    public readonly _model: TrafficModel,
    private readonly words: string,
  ) {}

  /** The traffic in words. */
  public toString(): string {
    return this.words;
  }
}

/** How a variant of a rehearsal answers while nothing is wrong. */
export interface RehearsalVariant {
  /**
   * Share of requests that fail, 0 to 1.
   *
   * @default - of the current variant: as in the history, or 0.001; of the newcomer: as the current variant
   */
  readonly errorRate?: number;

  /**
   * How long it takes.
   *
   * @default - of the current variant: as in the history, or 50 ms (p95 100 ms), for the judge compares and knows no good or bad number of milliseconds; of the newcomer: as the current variant, times `latencyFactor`
   */
  readonly latency?: RehearsalLatency;

  /**
   * All times are multiplied by this, 0.01 to 100.
   *
   * @default - 1; of a newcomer without `latency` 1.12
   */
  readonly latencyFactor?: number;

  /**
   * Errors come in clumps of so many, as of one client or one batch.
   *
   * @default 1
   */
  readonly errorClump?: number;
}

/** What is wrong with a variant of a rehearsal. */
export function variantProblems(prop: string, variant: RehearsalVariant | undefined): Problem[] {
  const notOne = checkStruct(prop, variant, '{ errorRate: 0.001 }');
  if (notOne.length > 0 || variant === undefined) return notOne;
  return [
    ...checkPlainNumber(`${prop}.errorRate`, variant.errorRate, { min: 0, max: 1 }, fractionFix(variant.errorRate)),
    ...variant.latency === undefined ? [] : checkObject(`${prop}.latency`, variant.latency, '_shape', 'a latency', 'give RehearsalLatency.logNormal({ ... })'),
    ...checkPlainNumber(`${prop}.latencyFactor`, variant.latencyFactor, { min: 0.01, max: 100 }),
    ...checkPlainNumber(`${prop}.errorClump`, variant.errorClump, { min: 1, max: 10_000, integer: true }),
  ];
}

/** A number that has to be there, for callers without types. */
export function given(prop: string, value: unknown): Problem[] {
  return value === undefined ? [{ prop, got: 'nothing', allowed: 'a number', fix: `give \`${prop}\`` }] : [];
}

/** A duration above 0, known at synth. */
export function someTime(prop: string, value: Duration | undefined, example = 'Duration.hours(1)'): Problem[] {
  const notOne = checkObject(prop, value, 'toMilliseconds', 'a duration', `give e.g. ${example}`);
  if (notOne.length > 0) return notOne;
  if (value!.isUnresolved()) return [tokenIn(prop)];
  return value!.toMilliseconds({ integral: false }) > 0 ? [] : [{ prop, got: `0 ${value!.unitLabel()}`, allowed: 'more than 0', fix: `give e.g. ${example}` }];
}
