import { Duration, Token } from 'aws-cdk-lib';
import type { PlanConfig, WarmUpConfig } from './core/controller/types';
import { checkDuration, checkMember, checkPlainNumber, checkStruct, shown, tokenIn } from './value-checks';
import { warmUpConfig, warmUpProblems, type WarmUpOptions } from './warm-up';
import { printed } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** What happens at the start when the traffic is too thin to prove the plan in its time. */
export enum UnprovablePlan {
  /** The run is refused, with the requests and the hours that would be needed. */
  REFUSE = 'refuse',
  /** The run starts with an event `PlanWarning`; it will probably end inconclusive. */
  WARN = 'warn',
}

/** What all plans share. */
export interface ShiftPlanOptions {
  /**
   * Least time at each step. 1 minute, which is one period of the metrics, to 7 days.
   *
   * @default Duration.minutes(10)
   */
  readonly dwell?: Duration;

  /**
   * Least time at the last step before 100 %, while there is still a control to compare with. 1 minute to 7 days.
   *
   * @default Duration.minutes(30)
   */
  readonly bake?: Duration;

  /**
   * A step that has no verdict after this long is inconclusive, see `MigrationPolicies.onInconclusive`.
   *
   * @default - 4 hours, or what the longest step with its warm-up needs when that is longer
   */
  readonly maxStepDuration?: Duration;

  /**
   * The way to 100 % takes at most this long, pauses and gates included; up to 14 days.
   *
   * @default - 2 days, or twice the plan's own time when that is longer; 14 days with an `advanceWindow`
   */
  readonly maxDuration?: Duration;

  /**
   * Requests to the newcomer that have to be judged at each step before it is left. The judge needs more of them for a promotion: this is the
   * least for a step on the way.
   *
   * @default 20
   */
  readonly minRequests?: number;

  /**
   * How the newcomer is warmed up.
   *
   * @default - latency is not judged for 2 minutes after each change; no requests are sent
   */
  readonly warmUp?: WarmUpOptions;

  /**
   * What happens at the start when the measured traffic is too thin to prove the plan within `maxDuration`.
   *
   * @default UnprovablePlan.REFUSE
   */
  readonly onUnprovable?: UnprovablePlan;
}

/** Options of `ShiftPlan.linear`. */
export interface LinearShiftOptions extends ShiftPlanOptions {
  /** Percentage points between two steps. */
  readonly stepPercentage: number;

  /**
   * The last step before 100 %, at most 80.
   *
   * @default 80
   */
  readonly maxPercentage?: number;
}

/** Options of `ShiftPlan.auto`. */
export interface AutoShiftOptions extends ShiftPlanOptions {
  /**
   * The first step. 1 risks a fifth of what 5 does, and takes five times as long to see the same number of requests.
   *
   * @default 5
   */
  readonly firstPercentage?: number;
}

/** The variant that goes keeps a fifth of the traffic to the end: with less, a fault of the newcomer cannot be told from one that both have. */
const MAX_STEP = 80;
const LADDER = [5, 10, 25, 50, MAX_STEP];
const MAX_STEPS = 50;
/** Metrics are judged by the minute, once they have had another to arrive. */
const PERIOD = Duration.minutes(1);
const PUBLICATION_DELAY = Duration.minutes(1);
const MAX_WAIT = Duration.days(7);
const DAY = 86_400;
/** An execution of the migration ends after 40 days: the way up, the window after it and what people take their time for have to fit. */
export const MAX_DURATION = Duration.days(14);

/** How traffic is moved: in steps, each of which is proven before the next one. */
export class ShiftPlan {
  /**
   * Steps of your own; 100 % follows the last one.
   *
   * @param percentages shares of the traffic in percent, increasing, at least 0.1 and at most 80
   * @param options times and evidence
   */
  public static steps(percentages: number[], options: ShiftPlanOptions = {}): ShiftPlan {
    return new ShiftPlan('steps', percentages, options, stepProblems(percentages));
  }

  /**
   * Equal steps.
   *
   * @param options size of the steps, times and evidence
   */
  public static linear(options: LinearShiftOptions): ShiftPlan {
    const { stepPercentage: step, maxPercentage: max = MAX_STEP, ...rest } = options ?? {};
    const problems = step === undefined
      ? [{ prop: 'stepPercentage', got: 'nothing', allowed: 'percentage points between two steps', fix: 'give e.g. { stepPercentage: 10 }' }]
      : [...checkPlainNumber('stepPercentage', step, { min: 1, max: MAX_STEP, unit: 'percent' }, percentFix(step, 1)), ...checkPlainNumber('maxPercentage', max, { min: 1, max: MAX_STEP, unit: 'percent' }, `the newcomer gets 100 % after the last step; give at most ${MAX_STEP}`)];
    if (problems.length === 0 && step! > max) problems.push({ prop: 'stepPercentage', got: `${step} with maxPercentage ${max}`, allowed: `at most maxPercentage (${max})`, fix: 'take smaller steps, or ShiftPlan.canary for a single one' });
    if (problems.length === 0 && max / step! > MAX_STEPS) problems.push({ prop: 'stepPercentage', got: `${step}, ${Math.ceil(max / step!)} steps to ${max}`, allowed: `at most ${MAX_STEPS} steps`, fix: 'take larger steps' });
    const steps: number[] = [];
    // The last step is the largest one that is asked for, also when the steps do not divide it. Three times 1.6 are 4.800000000000001.
    if (problems.length === 0) for (let n = 1; steps[steps.length - 1] !== max; n++) steps.push(Math.min(Number((n * step!).toFixed(6)), max));
    return new ShiftPlan('linear', steps, rest, problems);
  }

  /**
   * One step, then 100 %. Thin: what the newcomer is proven at is all that is known of it.
   *
   * @param percentage share of the traffic in percent, at least 0.1 and at most 80
   * @param options times and evidence
   */
  public static canary(percentage: number, options: ShiftPlanOptions = {}): ShiftPlan {
    return new ShiftPlan('canary', [percentage], options, stepProblems([percentage], 'percentage'));
  }

  /**
   * 5, 10, 25, 50, 80 and 100 %: each step at most about doubles what is at stake and what the newcomer has to carry.
   *
   * @param options the first step, times and evidence
   */
  public static auto(options: AutoShiftOptions = {}): ShiftPlan {
    const { firstPercentage: first = LADDER[0], ...rest } = options ?? {};
    const problems = checkPlainNumber('firstPercentage', first, { min: 0.1, max: MAX_STEP, unit: 'percent' }, percentFix(first, 0.1));
    return new ShiftPlan('auto', [first, ...LADDER.filter((step) => step > first)], rest, problems);
  }

  /** The shares of the traffic in percent, increasing; 100 follows. */
  public readonly percentages: number[];
  /** Least time at each step. */
  public readonly dwell: Duration;
  /** Least time at the last step before 100 %. */
  public readonly bake: Duration;

  /** @internal */
  public readonly _warmUp: WarmUpConfig;
  private readonly options: ShiftPlanOptions;

  private constructor(kind: string, percentages: number[], options: ShiftPlanOptions, problems: Problem[]) {
    const where = `ShiftPlan.${kind}`;
    throwProblems(where, [...problems, ...optionProblems(options)]);
    this.options = options;
    this.percentages = [...percentages];
    this.dwell = options.dwell ?? Duration.minutes(10);
    this.bake = options.bake ?? Duration.minutes(30);
    this._warmUp = warmUpConfig(options.warmUp);
    throwProblems(where, this.timeProblems());
  }

  /** The least time from the first shift to 100 %, when every verdict comes at once: dwells, bake and warm-ups. */
  public get leastDuration(): Duration {
    return Duration.seconds((this.percentages.length - 1) * this.dwell.toSeconds() + this.bake.toSeconds() + this.percentages.length * this._warmUp.seconds);
  }

  /** The plan in words, e.g. `5, 10, 25, 50, 80, 100 %`. */
  public toString(): string {
    return `${[...this.percentages, 100].join(', ')} %`;
  }

  /**
   * @param windowed whether advancing is allowed at certain times only: nights and weekends take their part of the time then
   *
   * @internal
   */
  public _render(windowed: boolean): PlanConfig {
    const { maxDuration, minRequests, onUnprovable } = this.options;
    return {
      steps: this.percentages,
      dwellSeconds: this.dwell.toSeconds(),
      bakeSeconds: this.bake.toSeconds(),
      maxStepSeconds: this.maxStep().toSeconds(),
      maxSeconds: maxDuration?.toSeconds() ?? (windowed ? MAX_DURATION.toSeconds() : Math.min(Math.max(2 * DAY, 2 * this.leastDuration.toSeconds()), MAX_DURATION.toSeconds())),
      minRequestsPerStep: minRequests ?? 20,
      periodSeconds: PERIOD.toSeconds(),
      publicationDelaySeconds: PUBLICATION_DELAY.toSeconds(),
      unprovable: onUnprovable ?? UnprovablePlan.REFUSE,
    };
  }

  private longestStep(): Duration {
    return Duration.seconds(Math.max(this.percentages.length > 1 ? this.dwell.toSeconds() : 0, this.bake.toSeconds()) + this._warmUp.seconds);
  }

  private maxStep(): Duration {
    return this.options.maxStepDuration ?? Duration.seconds(Math.max(4 * 3600, 2 * this.longestStep().toSeconds()));
  }

  /** What the times say about each other. */
  private timeProblems(): Problem[] {
    const { maxStepDuration, maxDuration } = this.options;
    const problems: Problem[] = [];
    const [longest, least] = [this.longestStep(), this.leastDuration];
    if (maxStepDuration !== undefined && maxStepDuration.toSeconds() <= longest.toSeconds()) {
      problems.push({ prop: 'maxStepDuration', got: shown(maxStepDuration), allowed: `more than ${shown(longest)}, the longest step with its warm-up`, fix: 'raise `maxStepDuration`, or shorten `dwell` or `bake`' });
    }
    if (least.toSeconds() >= MAX_DURATION.toSeconds()) {
      const prop = (this.percentages.length - 1) * this.dwell.toSeconds() > this.bake.toSeconds() ? 'dwell' : 'bake';
      problems.push({ prop, got: `${shown(this[prop])} in a plan that takes at least ${shown(least)}`, allowed: `a plan of less than ${shown(MAX_DURATION)}: dwells, bake and warm-ups together`, fix: 'take fewer or shorter steps' });
    } else if (maxDuration !== undefined && maxDuration.toSeconds() <= least.toSeconds()) {
      problems.push({ prop: 'maxDuration', got: shown(maxDuration), allowed: `more than ${shown(least)}, the plan's dwells, bake and warm-ups, at most ${shown(MAX_DURATION)}`, fix: 'raise `maxDuration`, or take fewer or shorter steps' });
    }
    return problems;
  }
}

/** For percentages: what was meant by a fraction. */
function percentFix(value: unknown, least: number): string {
  const meant = typeof value === 'number' && value > 0 && value < least ? `, not a fraction: ${Number((100 * value).toPrecision(6))} for ${value}` : '';
  return `give a percentage from ${least} to ${MAX_STEP}${meant}`;
}

function stepProblems(percentages: number[], prop = 'percentages'): Problem[] {
  const single = prop === 'percentage';
  const at = (i: number): string => single ? prop : `${prop}[${i}]`;
  if (Token.isUnresolved(percentages)) return [tokenIn(prop)];
  if (!Array.isArray(percentages) || percentages.length === 0) {
    return [{ prop, got: Array.isArray(percentages) ? 'an empty list' : printed(percentages), allowed: 'at least one step', fix: `give e.g. [${LADDER.join(', ')}], or use ShiftPlan.auto()` }];
  }
  if (percentages.length > MAX_STEPS) return [{ prop, got: `${percentages.length} steps`, allowed: `at most ${MAX_STEPS}`, fix: 'leave steps out: each takes a dwell' }];
  const problems = percentages.flatMap((value, i): Problem[] => {
    if (Token.isUnresolved(value)) return [tokenIn(at(i))];
    if (typeof value !== 'number' || !(value >= 0.1 && value < 100)) return [{ prop: at(i), got: printed(value), allowed: `a percentage from 0.1 to ${MAX_STEP}`, fix: value === 100 ? 'leave 100 out: it follows the last step by itself' : percentFix(value, 0.1) }];
    return [];
  });
  if (problems.length > 0) return problems;
  percentages.forEach((value, i) => {
    if (i > 0 && value <= percentages[i - 1]) problems.push({ prop: at(i), got: `${value} after ${percentages[i - 1]}`, allowed: 'increasing percentages', fix: 'sort them, and name each once' });
  });
  const last = Math.max(...percentages);
  if (last > MAX_STEP) {
    problems.push({ prop: at(percentages.indexOf(last)), got: `${last}, which leaves ${Number((100 - last).toFixed(6))} % of the traffic as control`, allowed: `at most ${MAX_STEP}: the judge compares with a control of at least ${100 - MAX_STEP} %`, fix: `end with ${MAX_STEP} or less; 100 follows by itself` });
  }
  return problems;
}

function optionProblems(options: ShiftPlanOptions): Problem[] {
  const notOne = checkStruct('options', options, '{ dwell: Duration.minutes(10) }');
  if (notOne.length > 0) return notOne;
  const { dwell, bake, maxStepDuration, maxDuration, minRequests, warmUp, onUnprovable } = options;
  return [
    ...checkDuration('dwell', dwell, PERIOD, MAX_WAIT),
    ...checkDuration('bake', bake, PERIOD, MAX_WAIT, 'Duration.minutes(30)'),
    ...checkDuration('maxStepDuration', maxStepDuration, Duration.minutes(5), MAX_DURATION, 'Duration.hours(4)'),
    ...checkDuration('maxDuration', maxDuration, Duration.minutes(5), MAX_DURATION, 'Duration.days(2)'),
    ...checkPlainNumber('minRequests', minRequests, { min: 1, integer: true }),
    ...warmUpProblems(warmUp),
    ...checkMember('onUnprovable', onUnprovable, UnprovablePlan, 'UnprovablePlan'),
  ];
}
