import type { Duration } from 'aws-cdk-lib';
import type { Fault } from './core/rehearsal/scenario';
import { count, duration, percent } from './core/rehearsal/words';
import { given, someTime } from './migration-rehearsal-inputs';
import { checkPlainNumber, fractionFix, tokenIn } from './value-checks';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** When a fault acts. Times count from the first traffic of the newcomer. */
export interface RehearsalFaultTimes {
  /**
   * When it begins.
   *
   * @default - it is there from before the migration
   */
  readonly from?: Duration;

  /**
   * When it is over.
   *
   * @default - never
   */
  readonly until?: Duration;
}

/** Options of `RehearsalFault.errors` and `RehearsalFault.outage`. */
export interface RehearsalErrorOptions extends RehearsalFaultTimes {
  /** Share of the requests that fail by it, above 0 and at most 1. */
  readonly rate: number;
}

/** Options of `RehearsalFault.latency`. */
export interface RehearsalSlownessOptions extends RehearsalFaultTimes {
  /** All requests take this many times as long, above 0 and at most 1,000. */
  readonly factor: number;
}

/** Options of `RehearsalFault.leak`. */
export interface RehearsalLeakOptions extends RehearsalFaultTimes {
  /** The newcomer gets slower by this fraction of its first latency every minute, above 0 and at most 10. */
  readonly perMinute: number;
}

/** Options of `RehearsalFault.coldStart`. */
export interface RehearsalColdStartOptions extends RehearsalFaultTimes {
  /**
   * Share of the requests that are slow, above 0 and at most 1.
   *
   * @default 0.1
   */
  readonly share?: number;

  /**
   * These take this many times as long, above 1 and at most 1,000.
   *
   * @default 10
   */
  readonly factor?: number;

  /**
   * For how long, after the first traffic and whenever instances came up.
   *
   * @default Duration.minutes(4)
   */
  readonly duration?: Duration;
}

/** Options of `RehearsalFault.capacity`. */
export interface RehearsalCapacityOptions extends RehearsalFaultTimes {
  /** Requests a minute that one instance of the newcomer answers; what is more fails. Above 0. The other variant has no such limit. */
  readonly requestsPerInstance: number;
}

/** Something that goes wrong in a rehearsal. */
export class RehearsalFault {
  /**
   * Requests to the newcomer fail: a bad compile, a wrong input shape.
   *
   * @param options rate and times
   */
  public static errors(options: RehearsalErrorOptions): RehearsalFault {
    return new RehearsalFault('errors', options, numberProblems('rate', options?.rate, 1), () => ({ kind: 'errors', rate: options.rate }), () => `${percent(options.rate)} errors at the newcomer`);
  }

  /**
   * The newcomer is slower.
   *
   * @param options factor and times
   */
  public static latency(options: RehearsalSlownessOptions): RehearsalFault {
    return new RehearsalFault('latency', options, numberProblems('factor', options?.factor, 1000), () => ({ kind: 'latency', factor: options.factor }), () => `the newcomer takes ${rounded(options.factor)} times as long`);
  }

  /**
   * The newcomer gets slower and slower.
   *
   * @param options slope and times
   */
  public static leak(options: RehearsalLeakOptions): RehearsalFault {
    return new RehearsalFault('leak', options, numberProblems('perMinute', options?.perMinute, 10), () => ({ kind: 'leak', perMinute: options.perMinute }), () => `the newcomer gets slower by ${percent(options.perMinute)} a minute`);
  }

  /**
   * Requests to new instances of the newcomer are slow for a while.
   *
   * @param options share, factor and times
   */
  public static coldStart(options: RehearsalColdStartOptions = {}): RehearsalFault {
    const { share = 0.1, factor = 10, duration: time } = options ?? {};
    const problems = [...numberProblems('share', share, 1), ...numberProblems('factor', factor, 1000), ...time === undefined ? [] : someTime('duration', time)];
    const seconds = () => time?.toSeconds({ integral: false }) ?? 240;
    return new RehearsalFault('coldStart', options, problems, () => ({ kind: 'coldStart', share, factor, seconds: seconds() }), () => `${percent(share)} of the requests to new instances take ${rounded(factor)} times as long for ${duration(seconds())}`);
  }

  /**
   * Requests to both variants fail: what they share is broken, and no reason to roll back.
   *
   * @param options rate and times
   */
  public static outage(options: RehearsalErrorOptions): RehearsalFault {
    return new RehearsalFault('outage', options, numberProblems('rate', options?.rate, 1), () => ({ kind: 'outage', rate: options.rate }), () => `${percent(options.rate)} errors at both variants`);
  }

  /**
   * An instance of the newcomer answers less than thought. From 80 % of it on it gets slower. Only the newcomer has such a limit: an instance of the variant that goes
   * answers whatever it gets, so a rehearsal does not show what a way back to too few instances costs. In the account instances come before weight there too.
   *
   * @param options what it answers, and times
   */
  public static capacity(options: RehearsalCapacityOptions): RehearsalFault {
    const requestsPerMinute = options?.requestsPerInstance;
    return new RehearsalFault('capacity', options, numberProblems('requestsPerInstance', requestsPerMinute, 1e8), () => ({ kind: 'capacity', requestsPerMinute }), () => `an instance of the newcomer answers ${count(requestsPerMinute)} requests a minute`);
  }

  /**
   * Nobody calls the endpoint.
   *
   * @param times when
   */
  public static noTraffic(times: RehearsalFaultTimes = {}): RehearsalFault {
    return new RehearsalFault('noTraffic', times, [], () => ({ kind: 'noTraffic' }), () => 'no traffic');
  }

  /** @internal */
  public readonly _fault: Fault;
  private readonly words: string;

  private constructor(kind: string, times: RehearsalFaultTimes, problems: Problem[], fault: () => Fault, words: () => string) {
    const where = `RehearsalFault.${kind}`;
    const [from, until] = [times?.from, times?.until];
    throwProblems(where, [...problems, ...instant('from', from), ...instant('until', until)]);
    const [first, last] = [from?.toSeconds({ integral: false }), until?.toSeconds({ integral: false })];
    if (last !== undefined && last <= (first ?? 0)) {
      throwProblems(where, [{ prop: 'until', got: duration(last), allowed: `more than ${first === undefined ? '0' : `from (${duration(first)})`}`, fix: 'raise `until`, or leave it out for a fault that stays' }]);
    }
    this._fault = { ...fault(), ...first === undefined ? {} : { from: first }, ...last === undefined ? {} : { until: last } };
    this.words = words() + (first === undefined ? '' : ` from ${first === 0 ? 'the first traffic' : `${duration(first)} after the first traffic`} on`) + (last === undefined ? '' : ` until ${duration(last)} after the first traffic`);
  }

  /** The fault in words. */
  public toString(): string {
    return this.words;
  }
}

function numberProblems(prop: string, value: number, max: number): Problem[] {
  const missing = given(prop, value);
  if (missing.length > 0) return missing;
  return typeof value === 'number' && value === 0
    ? [{ prop, got: '0', allowed: `a number above 0, at most ${max}`, fix: 'leave the fault out: with 0 it does nothing' }]
    : checkPlainNumber(prop, value, { min: 0, max }, max === 1 ? fractionFix(value) : undefined);
}

const rounded = (factor: number): number => Number(factor.toPrecision(3));

function instant(prop: string, value: Duration | undefined): Problem[] {
  if (value === undefined) return [];
  const notOne = checkObject(prop, value, 'toSeconds', 'a duration', 'give e.g. Duration.minutes(70)');
  return notOne.length > 0 ? notOne : value.isUnresolved() ? [tokenIn(prop)] : [];
}
