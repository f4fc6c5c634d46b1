import { Duration, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { AlarmConfig, GateConfig } from './core/controller/types';
import { checkBoolean, checkDuration, checkMember, checkStruct, tokenIn } from './value-checks';
import type { AccuracyParity, EndpointBenchmark } from '../benchmark';
import type { IEndpointVariant } from '../endpoint';
import { checkNumber, checkObject, printed } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** Where a gate stands. */
export enum GatePoint {
  /** Before the first shift. */
  START = 'start',
  /** Before each step. */
  EACH_STEP = 'step',
  /** Before 100 %. */
  FULL = 'full',
  /** Before the capacity for the way back is released, once the fallback window is over. */
  RELEASE = 'release',
}

/** What happens when a gate stays closed for too long. */
export enum GateTimeout {
  /** The share stays, the guard goes on, people are told. */
  HOLD = 'hold',
  /** Everything goes back. */
  ROLL_BACK = 'rollback',
}

/** What gates share. */
export interface MigrationGateOptions {
  /**
   * Where the gate stands.
   *
   * @default GatePoint.FULL; of gates about versions (`measuredVersion`, `measuredElsewhere`, `sameAnswers`) GatePoint.EACH_STEP and GatePoint.FULL
   */
  readonly at?: GatePoint;

  /**
   * How long it may stay closed. 1 minute to 7 days.
   *
   * @default Duration.days(1)
   */
  readonly timeout?: Duration;

  /**
   * What happens then.
   *
   * @default GateTimeout.HOLD
   */
  readonly onTimeout?: GateTimeout;
}

/** Options of `MigrationGate.costFalls`. */
export interface CostGateOptions extends MigrationGateOptions {
  /** What an instance-hour of the variant that goes costs. `PriceBook` knows list prices; yours may be others. */
  readonly fromInstanceHourUsd: number;

  /** What an instance-hour of the newcomer costs. */
  readonly toInstanceHourUsd: number;

  /**
   * Least part by which the cost of 1,000 requests has to fall, as a fraction from 0 to below 1.
   *
   * @default 0: it has to fall at all
   */
  readonly minimumSaving?: number;
}

/** Options of `MigrationGate.alarmsOk`. */
export interface AlarmGateOptions {
  /**
   * Whether an alarm that goes off while the newcomer has traffic rolls back. Otherwise it only keeps the migration from advancing.
   *
   * @default false
   */
  readonly rollBack?: boolean;
}

/** Each kind of gate, without what all of them have. */
type Distributed<T> = T extends unknown ? Omit<T, 'id' | 'point' | 'timeoutSeconds' | 'onTimeout'> : never;

/** What a gate compares, when it is about certain variants. */
interface Compared {
  readonly reference: IEndpointVariant;
  readonly candidate: IEndpointVariant;
}

interface GateParts {
  readonly configs?: readonly GateConfig[];
  readonly alarms?: readonly cloudwatch.IAlarm[];
  readonly rollBack?: boolean;
  readonly functionArn?: string;
  readonly aboutVersions?: boolean;
  readonly measured?: readonly IEndpointVariant[];
  readonly compared?: Compared;
  readonly unmeasured?: string;
}

/** A version that is not fit for traffic gets none; and it is asked again after a deploy in the middle of a run, at the step in hand. */
const BEFORE_TRAFFIC: readonly GatePoint[] = [GatePoint.EACH_STEP, GatePoint.FULL];

/**
 * What has to be fulfilled before a migration goes on. A closed gate keeps it from advancing and from nothing else: the judge, the watchdog and every
 * way back go on.
 */
export class MigrationGate {
  /**
   * A person approves, see `TrafficMigration.grantControl`. The approval is for this gate of this run: an older one is refused.
   *
   * @param options where, and for how long
   */
  public static approval(options: MigrationGateOptions = {}): MigrationGate {
    throwProblems('MigrationGate.approval', optionProblems(options));
    return new MigrationGate('approval', { configs: configsOf('approval', { kind: 'approval' }, options) });
  }

  /**
   * A function decides. It is called at every look (about once a minute) with `{ gate, point, migration, endpoint, from, to, run, share, nextShare, verdict, counts }`
   * until it answers `{ pass: true }`; `{ pass: false, reason }`, an error or no answer keeps the gate closed.
   *
   * @param handler the function; it should answer within 30 seconds and change nothing
   * @param options where, and for how long
   */
  public static lambdaFunction(handler: lambda.IFunction, options: MigrationGateOptions = {}): MigrationGate {
    throwProblems('MigrationGate.lambdaFunction', [...functionProblems(handler), ...optionProblems(options)]);
    return MigrationGate.asking('lambda', handler.functionArn, options);
  }

  /**
   * Alarms that must stay OK from the start to the end of the fallback window. It stands everywhere. They are in the region and account of the endpoint.
   *
   * @param alarms the alarms, 1 to 50
   * @param options what an alarm does
   */
  public static alarmsOk(alarms: cloudwatch.IAlarm[], options: AlarmGateOptions = {}): MigrationGate {
    const notOne = checkStruct('options', options, '{ rollBack: true }');
    throwProblems('MigrationGate.alarmsOk', [...alarmProblems(alarms), ...notOne, ...notOne.length > 0 ? [] : checkBoolean('rollBack', options.rollBack)]);
    return new MigrationGate('alarms', { alarms, rollBack: options.rollBack });
  }

  /**
   * The version that the newcomer serves was measured on its hardware, and so was the one that it replaces, under the same load: else the gate stays closed and says how to
   * start the benchmark. Another model, or another instance type, is another version. It stands before each step and before 100 %: what nobody measured gets no traffic, and no more of it when
   * a deploy in the middle of a run brings another version. A migration to a variant without weight has this gate by itself, with the only `EndpointBenchmark` of both variants in the app.
   *
   * @param benchmark measures both variants
   * @param options for how long; or one point to stand at, which is not GatePoint.RELEASE
   * @throws when the benchmark is none, or the options are out of range; when the migration is made, if it does not measure both variants
   */
  public static measuredVersion(benchmark: EndpointBenchmark, options: MigrationGateOptions = {}): MigrationGate {
    throwProblems('MigrationGate.measuredVersion', [...checkMembers('benchmark', benchmark, ['gateFunction', 'variants'], 'a benchmark', 'pass an EndpointBenchmark'), ...versionOptionProblems(options)]);
    return MigrationGate.asking('measured', benchmark.gateFunction.functionArn, options, { aboutVersions: true, measured: benchmark.variants });
  }

  /**
   * The same, of versions that are measured by other means than an `EndpointBenchmark` of this app: a function says whether they were. It is called as that of `lambdaFunction` is, at the points of
   * `measuredVersion`.
   *
   * @param handler the function; it should answer within 30 seconds and change nothing
   * @param options for how long; or one point to stand at, which is not GatePoint.RELEASE
   * @throws when it is no function, or the options are out of range
   */
  public static measuredElsewhere(handler: lambda.IFunction, options: MigrationGateOptions = {}): MigrationGate {
    throwProblems('MigrationGate.measuredElsewhere', [...functionProblems(handler), ...versionOptionProblems(options)]);
    return MigrationGate.asking('measured', handler.functionArn, options, { aboutVersions: true });
  }

  /**
   * The versions that both variants serve gave the same answers to a golden set: else the gate stays closed and says how to start the check. It stands before each step and before 100 %, as
   * `measuredVersion` does.
   *
   * @param parity compares `to` of the migration (its candidate) with `from` (its reference)
   * @param options for how long; or one point to stand at, which is not GatePoint.RELEASE
   * @throws when the check is none, or the options are out of range; when the migration is made, if it compares other variants
   */
  public static sameAnswers(parity: AccuracyParity, options: MigrationGateOptions = {}): MigrationGate {
    throwProblems('MigrationGate.sameAnswers', [...checkMembers('parity', parity, ['gateFunction', 'candidate'], 'a parity check', 'pass an AccuracyParity'), ...versionOptionProblems(options)]);
    return MigrationGate.asking('parity', parity.gateFunction.functionArn, options, { compared: { reference: parity.reference, candidate: parity.candidate } });
  }

  /**
   * Nobody asks whether the newcomer was measured: it gets traffic all the same. It opens what is closed otherwise, so it takes a reason; `cdk synth` repeats it.
   *
   * @param reason why that is right here, 10 to 500 characters
   */
  public static unmeasuredVersion(reason: string): MigrationGate {
    const allowed = 'why it is right that nobody measures, 10 to 500 characters';
    throwProblems('MigrationGate.unmeasuredVersion', typeof reason === 'string' && !Token.isUnresolved(reason) && reason.trim().length >= 10 && reason.length <= 500 ? []
      : [{ prop: 'reason', got: Token.isUnresolved(reason) ? 'a token (a value known only at deploy time)' : printed(reason), allowed, fix: "give e.g. 'the same model and hardware as in eu-west-1, measured there'" }]);
    return new MigrationGate('unmeasured', { aboutVersions: true, unmeasured: reason.trim() });
  }

  /**
   * The cost of 1,000 requests really falls: requests and instances of the newcomer as measured in the last step, against those of the other variant before the
   * migration, with your prices. The prices stand in the template, because you say them; the library's list is never rendered. Before 100 % or before the release: earlier
   * the newcomer has no requests to count.
   *
   * @param options prices, the least saving, where, and for how long
   */
  public static costFalls(options: CostGateOptions): MigrationGate {
    const problems = options === undefined ? checkStruct('options', null, '{ fromInstanceHourUsd: 1.4, toInstanceHourUsd: 1 }') : optionProblems(options);
    if (options !== undefined && problems.length === 0) problems.push(...priceProblems(options));
    throwProblems('MigrationGate.costFalls', problems);
    const { fromInstanceHourUsd: fromHourlyPrice, toInstanceHourUsd: toHourlyPrice, minimumSaving = 0 } = options;
    return new MigrationGate('cost', { configs: configsOf('cost', { kind: 'cost', fromHourlyPrice, toHourlyPrice, minimumSaving }, options) });
  }

  /**
   * Of the benchmark that is found once the app is complete.
   *
   * @internal
   */
  public static _measuredBy(functionArn: string): MigrationGate {
    return MigrationGate.asking('measured', functionArn, {}, { aboutVersions: true });
  }

  private static asking(name: string, functionArn: string, options: MigrationGateOptions, parts: GateParts = {}): MigrationGate {
    const ofVersions = parts.aboutVersions === true || parts.compared !== undefined;
    return new MigrationGate(name, { ...parts, functionArn, configs: configsOf(name, { kind: 'lambda', functionArn }, options, ofVersions ? BEFORE_TRAFFIC : undefined) });
  }

  /**
   * What events and approvals call it, at each of its points, when there is one of its kind there.
   *
   * @internal
   */
  public readonly _ids: readonly string[];
  /**
   * What the controller is told: one for each point.
   *
   * @internal
   */
  public readonly _configs: readonly GateConfig[];
  /**
   * Whether a person has to be asked.
   *
   * @internal
   */
  public readonly _approval: boolean;
  /** @internal */
  public readonly _alarms: readonly AlarmConfig[];
  /**
   * Where the alarms are is checked once the migration is known.
   *
   * @internal
   */
  public readonly _watched: readonly cloudwatch.IAlarm[];
  /**
   * Of the function that is asked.
   *
   * @internal
   */
  public readonly _functionArn?: string;
  /**
   * Whether it says, one way or the other, what becomes of versions that nobody measured.
   *
   * @internal
   */
  public readonly _aboutVersions: boolean;
  /**
   * Variants that are measured, of the gate that asks a benchmark.
   *
   * @internal
   */
  public readonly _measured?: readonly IEndpointVariant[];
  /**
   * Variants whose answers are compared, of the gate that asks for it.
   *
   * @internal
   */
  public readonly _compared?: Compared;
  /**
   * Why nobody asks whether versions were measured.
   *
   * @internal
   */
  public readonly _unmeasured?: string;

  private constructor(name: string, { configs = [], alarms = [], rollBack = false, functionArn, aboutVersions = false, measured, compared, unmeasured }: GateParts) {
    this._ids = configs.length === 0 ? [name] : configs.map(({ id }) => id);
    this._configs = configs;
    this._approval = configs.some(({ kind }) => kind === 'approval');
    this._alarms = alarms.map(({ alarmName }) => ({ name: alarmName, rollBack }));
    this._watched = [...alarms];
    this._functionArn = functionArn;
    this._aboutVersions = aboutVersions;
    this._measured = measured;
    this._compared = compared;
    this._unmeasured = unmeasured;
  }
}

/** A gate at each of its points. */
function configsOf(name: string, gate: Distributed<GateConfig>, { at, timeout, onTimeout = GateTimeout.HOLD }: MigrationGateOptions, points: readonly GatePoint[] = [GatePoint.FULL]): GateConfig[] {
  return (at === undefined ? points : [at]).map((point): GateConfig => ({ id: `${name}-${point}`, ...gate, point, timeoutSeconds: timeout?.toSeconds() ?? 86_400, onTimeout }));
}

function optionProblems(options: MigrationGateOptions): Problem[] {
  const notOne = checkStruct('options', options, '{ at: GatePoint.FULL }');
  if (notOne.length > 0) return notOne;
  return [
    ...checkMember('at', options.at, GatePoint, 'GatePoint'),
    ...checkDuration('timeout', options.timeout, Duration.minutes(1), Duration.days(7), 'Duration.hours(12)'),
    ...checkMember('onTimeout', options.onTimeout, GateTimeout, 'GateTimeout'),
  ];
}

/** After 100 % there is nothing left that could be kept from a version. */
function versionOptionProblems(options: MigrationGateOptions): Problem[] {
  const problems = optionProblems(options);
  if (problems.length > 0 || options.at !== GatePoint.RELEASE) return problems;
  return [{ prop: 'at', got: 'GatePoint.RELEASE', allowed: 'GatePoint.START, GatePoint.EACH_STEP, GatePoint.FULL: at the release the version has had all of the traffic', fix: 'leave it out: then it is asked before each step and before 100 %' }];
}

function functionProblems(handler: lambda.IFunction): Problem[] {
  return checkObject('handler', handler, 'functionArn', 'a function of AWS Lambda', 'pass a Function, an Alias or a Version');
}

/** Several constructs have a function for a gate: it is the other members that tell them apart. */
function checkMembers(prop: string, value: unknown, members: readonly string[], allowed: string, fix: string): Problem[] {
  return members.flatMap((member) => checkObject(prop, value, member, allowed, fix)).slice(0, 1);
}

function alarmProblems(alarms: cloudwatch.IAlarm[]): Problem[] {
  const allowed = '1 to 50 alarms';
  if (!Array.isArray(alarms)) return [{ prop: 'alarms', got: printed(alarms), allowed, fix: 'give a list, also of one: [alarm]' }];
  if (alarms.length === 0 || alarms.length > 50) return [{ prop: 'alarms', got: alarms.length === 0 ? 'an empty list' : `${alarms.length} alarms`, allowed, fix: alarms.length === 0 ? 'name the alarms, or leave the gate out' : 'combine them into composite alarms' }];
  return alarms.flatMap((alarm, i) => checkObject(`alarms[${i}]`, alarm, 'alarmName', 'an alarm of CloudWatch', 'pass an Alarm, a CompositeAlarm or Alarm.fromAlarmArn'));
}

function priceProblems({ fromInstanceHourUsd, toInstanceHourUsd, minimumSaving, at: point }: CostGateOptions): Problem[] {
  const price = (prop: string, value: number): Problem[] => {
    if (Token.isUnresolved(value)) return [tokenIn(prop)];
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? [] : [{ prop, got: value === undefined ? 'nothing' : printed(value), allowed: 'a price above 0, in US dollars per instance-hour', fix: 'give yours, or the list price: PriceBook.bundled() knows it' }];
  };
  const saving = 'minimumSaving';
  return [
    ...price('fromInstanceHourUsd', fromInstanceHourUsd),
    ...price('toInstanceHourUsd', toInstanceHourUsd),
    ...point === GatePoint.START || point === GatePoint.EACH_STEP ? [{ prop: 'at', got: `GatePoint.${point === GatePoint.START ? 'START' : 'EACH_STEP'}`, allowed: 'GatePoint.FULL, GatePoint.RELEASE: before the first step the newcomer has no requests whose cost could be counted', fix: 'use GatePoint.FULL' }] : [],
    ...Token.isUnresolved(minimumSaving) ? [tokenIn(saving)] : checkNumber(saving, minimumSaving, { min: 0, max: 0.99 }, 'give a fraction such as 0.2 for a fifth'),
  ];
}
