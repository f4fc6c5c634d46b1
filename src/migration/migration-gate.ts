import { Duration, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { AlarmConfig, GateConfig } from './core/controller/types';
import { checkBoolean, checkDuration, checkMember, checkStruct, tokenIn } from './value-checks';
import type { EndpointBenchmark } from '../benchmark';
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
   * @default GatePoint.FULL
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

type Distributed<T> = T extends unknown ? Omit<T, 'id'> : never;

interface GateParts {
  readonly alarms?: readonly cloudwatch.IAlarm[];
  readonly rollBack?: boolean;
  readonly handler?: lambda.IFunction;
  readonly measured?: readonly IEndpointVariant[];
  readonly unmeasured?: string;
}

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
    return new MigrationGate(`approval-${at(options)}`, { kind: 'approval', ...common(options) });
  }

  /**
   * A function decides. It is called at every look (about once a minute) with `{ gate, point, migration, endpoint, from, to, run, share, nextShare, verdict, counts }`
   * until it answers `{ pass: true }`; `{ pass: false, reason }`, an error or no answer keeps the gate closed.
   *
   * @param handler the function; it should answer within 30 seconds and change nothing
   * @param options where, and for how long
   */
  public static lambdaFunction(handler: lambda.IFunction, options: MigrationGateOptions = {}): MigrationGate {
    throwProblems('MigrationGate.lambdaFunction', [...checkObject('handler', handler, 'functionArn', 'a function of AWS Lambda', 'pass a Function, an Alias or a Version'), ...optionProblems(options)]);
    return new MigrationGate(`lambda-${at(options)}`, { kind: 'lambda', functionArn: handler.functionArn, ...common(options) }, { handler });
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
    return new MigrationGate('alarms', undefined, { alarms, rollBack: options.rollBack });
  }

  /**
   * The version that the newcomer serves was measured on its hardware, and so was the one that it replaces, under the same load: else the gate stays closed and says how to
   * start the benchmark. Another model, or another instance type, is another version. A migration has this gate by itself when the app has an `EndpointBenchmark` of both
   * variants.
   *
   * @param benchmark measures both variants
   * @param options where, and for how long
   */
  public static measuredVersion(benchmark: EndpointBenchmark, options: MigrationGateOptions = {}): MigrationGate {
    throwProblems('MigrationGate.measuredVersion', [...checkObject('benchmark', benchmark, 'gateFunction', 'a benchmark', 'pass an EndpointBenchmark'), ...optionProblems(options)]);
    return new MigrationGate(`measured-${at(options)}`, { kind: 'lambda', functionArn: benchmark.gateFunction.functionArn, ...common(options) }, { handler: benchmark.gateFunction, measured: benchmark.variants });
  }

  /**
   * Nobody asks whether the newcomer was measured. It opens what is closed otherwise, so it takes a reason; `cdk synth` repeats it.
   *
   * @param reason why that is right here, 10 to 500 characters
   */
  public static unmeasuredVersion(reason: string): MigrationGate {
    const allowed = 'why it is right that nobody measures, 10 to 500 characters';
    throwProblems('MigrationGate.unmeasuredVersion', typeof reason === 'string' && !Token.isUnresolved(reason) && reason.trim().length >= 10 && reason.length <= 500 ? []
      : [{ prop: 'reason', got: Token.isUnresolved(reason) ? 'a token (a value known only at deploy time)' : printed(reason), allowed, fix: "give e.g. 'the same model and hardware as in eu-west-1, measured there'" }]);
    return new MigrationGate('unmeasured', undefined, { unmeasured: reason.trim() });
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
    return new MigrationGate(`cost-${at(options)}`, { kind: 'cost', fromHourlyPrice, toHourlyPrice, minimumSaving, ...common(options) });
  }

  /**
   * What events and approvals call it, when there is one of its kind at the point.
   *
   * @internal
   */
  public readonly _id: string;
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
  /** @internal */
  public readonly _handler?: lambda.IFunction;
  /**
   * Variants that are measured, of the gate that asks for it.
   *
   * @internal
   */
  public readonly _measured?: readonly IEndpointVariant[];
  /**
   * Why nobody asks for it.
   *
   * @internal
   */
  public readonly _unmeasured?: string;
  private readonly gate?: Distributed<GateConfig>;

  private constructor(gateId: string, gate: Distributed<GateConfig> | undefined, { alarms = [], rollBack = false, handler, measured, unmeasured }: GateParts = {}) {
    this._id = gateId;
    this._approval = gate?.kind === 'approval';
    this.gate = gate;
    this._alarms = alarms.map(({ alarmName: name }) => ({ name, rollBack }));
    this._watched = [...alarms];
    this._handler = handler;
    this._measured = measured;
    this._unmeasured = unmeasured;
  }

  /**
   * @param id the gate's own, or one that tells two functions at one point apart
   *
   * @internal
   */
  public _render(id: string): GateConfig | undefined {
    return this.gate && { id, ...this.gate } as GateConfig;
  }
}

const at = ({ at: point = GatePoint.FULL }: MigrationGateOptions): GatePoint => point;

function common(options: MigrationGateOptions): Pick<GateConfig, 'point' | 'timeoutSeconds' | 'onTimeout'> {
  return { point: at(options), timeoutSeconds: options.timeout?.toSeconds() ?? 86_400, onTimeout: options.onTimeout ?? GateTimeout.HOLD };
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
