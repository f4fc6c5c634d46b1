import { againstControl, againstRate, inverseSoftplus, logMean, rate, softplus } from './likelihood';
import type { JudgedMetric, JudgeMode, JudgeSettings, MetricState, Tally } from './types';
import { UNREACHABLE } from './types';

/** What a metric is held to. */
export interface Rule {
  readonly metric: JudgedMetric;
  /** Bad rate that is always allowed. */
  readonly limit: number;
  /** The newcomer may also have this multiple of the live control's rate. */
  readonly ratio: number;
  readonly horizon: number;
  /** Odds the rollback side bets on, as multiples of what is allowed; equal stakes. */
  readonly worse: readonly number[];
  /** Minutes that must speak against the newcomer before it is rolled back. */
  readonly minutes: number;
  /** A newcomer whose requests fail at this rate since its first one needs no second bad minute. */
  readonly broken: number;
  /**
   * Bad requests of one minute that count in full. More of them only make the same minute more certain, and minutes differ by more
   * than chance (slow neighbours, bursts of one client, noise that lasts): a score raised to a power below 1 stays a valid score.
   */
  readonly fullCount: number;
  /** Odds the promotion side bets on, as multiples of the limit's. */
  readonly fine: readonly number[];
  /** Stakes on these, and last the stake on "better than the control". */
  readonly stakes: readonly number[];
  /** Of the ratio: what the bet against the control expects. */
  readonly fineRatio: number;
  /** Bad requests a minute that are usual for both variants together, as a share of all requests. */
  readonly usual: number;
  /** Natural logarithms of the scores that decide. */
  readonly thresholds: Thresholds;
}

/** Half of alpha is for evidence since the beginning (Ville), half for late changes (Shiryaev and Roberts); beta is divided likewise. */
export interface Thresholds {
  readonly worse: number;
  readonly late: number;
  readonly fine: number;
  readonly again: number;
}

/** Part of beta for a certificate that starts anew after a bad time; the rest is for evidence since the beginning. */
const AGAIN = 0.1;
/** Clean minutes a certificate takes at the very least: from the beginning, and anew. However large the traffic, some faults need time to show. */
const FINE_MINUTES = 3;
const AGAIN_MINUTES = 15;
/** Bad requests a minute that count for a certificate against the control: an outage both share must not certify in its minutes. What speaks against it counts in full. */
const SHARED_BAD = 2;
/** Evidence above the threshold is not hoarded: what happens later must be able to outweigh it. */
const HOARD = 2;
/**
 * The control alone is beyond the limit (likelihood ratio e^2 at twice the odds, of late): its cause is shared, and the minute says little about
 * the newcomer. It is forgotten as fast as it is noticed. Only the control decides it, so the newcomer's scores stay valid.
 */
const CONTROL_BEYOND = 2;
const LOWEST = -1e6;
const NO_RUN: MetricState['run'] = [0, 0, 0, 0, 0, 0];

/** Bad requests below which a newcomer is not yet called broken: fewer may be one clump. */
const BROKEN_BAD = 15;

/** Plus zero: JSON does not know -0. */
const round = (value: number) => Math.round(Math.max(LOWEST, value) * 1e4) / 1e4 + 0;

function thresholds(alpha: number, beta: number, horizonPeriods: number): Thresholds {
  const horizon = Math.max(1, horizonPeriods);
  return { worse: Math.log(2 / alpha), late: Math.log(2 * horizon / alpha), fine: -Math.log((1 - AGAIN) * beta), again: Math.log(horizon / (AGAIN * beta)) };
}

/** What each judged metric is held to. */
export function rulesOf(settings: JudgeSettings, mode: JudgeMode): readonly Rule[] {
  const { falseRollback, falsePromotion: beta, horizonPeriods: horizon, errorRatio, baselineErrorRate } = settings;
  const allowance = rate(mode === 'guard' ? Math.max(settings.errorAllowance, errorRatio * baselineErrorRate) : settings.errorAllowance);
  // The best guess of a good newcomer's error rate is the control's before the migration.
  const guess = Math.min(0.85, Math.max(0.05, rate(baselineErrorRate) / allowance));
  const errors: Rule = {
    metric: 'errors',
    limit: allowance,
    ratio: errorRatio,
    horizon,
    thresholds: thresholds(falseRollback / 2, beta, horizon),
    worse: [1.6, 3, 8, 30],
    minutes: 3,
    broken: 1 / 3,
    fullCount: 30,
    fine: [guess, 0.1, 0.7],
    stakes: [0.6, 0.15, 0.15, 0.1],
    fineRatio: 0.5,
    usual: 1.5 * baselineErrorRate,
  };
  if (!settings.judgeLatency) return [errors];
  const latency = {
    ratio: 1,
    horizon,
    thresholds: thresholds(falseRollback / 4, beta, horizon),
    worse: [1.3, 1.8, 3, 8],
    minutes: 4,
    broken: Infinity,
    fullCount: 10,
    fine: [0.2, 0.5, 0.8],
    stakes: [0.25, 0.4, 0.25, 0.1],
    fineRatio: 0.6,
  };
  const [p95, p99] = [rate(settings.latencyAllowance95), rate(settings.latencyAllowance99)];
  return [errors, { ...latency, metric: 'latencyP95', limit: p95, usual: 1.5 * p95 }, { ...latency, metric: 'latencyP99', limit: p99, usual: 1.5 * p99 }];
}

export function newMetric(): MetricState {
  const none = [0, 0, 0, 0];
  return { control: [0, 0], newcomer: [0, 0], run: NO_RUN, shared: 0, worse: [...none, ...none], late: [...none, ...none], fine: none, again: none, certified: [0, 0] };
}

/** Takes in one period of one metric. */
export function observe(state: MetricState, control: Tally, newcomer: Tally, seconds: number, certifies: boolean, mode: JudgeMode, rule: Rule): MetricState {
  const minutes = (seconds > 0 && Number.isFinite(seconds) ? seconds : 60) / 60;
  const seen: MetricState = {
    ...state,
    control: [round(state.control[0] + control.bad), round(state.control[1] + control.total)],
    newcomer: [round(state.newcomer[0] + newcomer.bad), round(state.newcomer[1] + newcomer.total)],
    shared: round(Math.min(2 * CONTROL_BEYOND, Math.max(0, state.shared + againstRate(control, rule.limit, 2)))),
  };
  if (newcomer.total <= 0) return seen;
  const against = speakAgainst(seen, control, newcomer, minutes, mode, rule);
  return certifies && mode === 'compare' ? speakFor(against, control, newcomer, minutes, rule) : against;
}

/**
 * The newcomer is acceptable by the control *or* by the allowance, so both must speak against it. A minute at which the control alone is
 * beyond the limit counts for the allowance at most as it does for the control: an outage that hits both does not meet evidence the
 * control's side gathered in quiet minutes (a GPU without errors beside a newcomer with few).
 */
function speakAgainst(state: MetricState, control: Tally, newcomer: Tally, minutes: number, mode: JudgeMode, rule: Rule): MetricState {
  const limit = rule.thresholds;
  const tempered = Math.min(1, rule.fullCount * minutes / (newcomer.total * rule.limit));
  const temperedPair = Math.min(1, rule.fullCount * minutes / Math.max(1e-9, control.bad + newcomer.bad));
  const broken = state.newcomer[0] >= BROKEN_BAD && state.newcomer[0] >= rule.broken * state.newcomer[1];
  const cap = (threshold: number) => broken ? Infinity : (threshold + Math.log(rule.worse.length)) * Math.min(1, minutes) / rule.minutes;
  const byControl = rule.worse.map((odds) => temperedPair * againstControl(control, newcomer, rule.ratio, odds));
  const shared = mode === 'compare' && state.shared > CONTROL_BEYOND;
  const byLimit = rule.worse.map((odds, i) => {
    const score = tempered * againstRate(newcomer, rule.limit, odds);
    return shared ? Math.min(score, byControl[i]) : score;
  });
  // Without a live control there is only the limit.
  const scores = [...mode === 'guard' ? byLimit : byControl, ...byLimit];
  const sides = [scores.slice(0, byLimit.length), byLimit];
  const add = (olds: readonly number[], threshold: number) => {
    const top = threshold + HOARD + Math.log(rule.worse.length);
    const fresh = sides.flatMap((side) => capped(side, cap(threshold)));
    return olds.map((old, i) => Math.min(old + fresh[i], top));
  };
  // For people: counts since the evidence last began to rise (a CUSUM of this period's smaller score).
  const rise = Math.max(0, state.run[5] + Math.min(both(scores), cap(limit.late)));
  const run = [control.bad, control.total, newcomer.bad, newcomer.total, 1].map((value, i) => round(state.run[i] + value));
  return {
    ...state,
    worse: add(state.worse, limit.worse).map((value) => round(value)),
    late: add(state.late, limit.late).map((value) => round(softplus(value))),
    run: rise > 0 ? [...run, round(rise)] as unknown as MetricState['run'] : NO_RUN,
  };
}

/**
 * No score above `cap`, and the bets keep their proportions, as if fewer bad requests had come: a bet on slightly worse, which forgets
 * slowly, must not keep a whole minute's worth of what was one bad minute. Scores only become smaller, so they stay valid.
 */
function capped(scores: readonly number[], cap: number): number[] {
  const scale = Math.min(1, cap / Math.max(1e-9, ...scores));
  return scores.map((score) => Math.min(score, scale * score));
}

/** Scores of the control's side, then of the limit's: the smaller mean counts. */
function both(scores: readonly number[]): number {
  const half = scores.length / 2;
  const stakes = scores.slice(half).map(() => 1 / half);
  return Math.min(logMean(scores.slice(0, half), stakes), logMean(scores.slice(half), stakes));
}

/** Evidence that the newcomer is within the limit. A period at which the control alone is beyond the limit is left out: its cause is shared. */
function speakFor(state: MetricState, control: Tally, newcomer: Tally, minutes: number, rule: Rule): MetricState {
  const limit = rule.thresholds;
  const shared = state.shared > CONTROL_BEYOND;
  const bad = control.bad + newcomer.bad;
  const pair = Math.min(1, Math.max(SHARED_BAD * minutes, rule.usual * (control.total + newcomer.total)) / Math.max(1e-9, bad));
  const byControl = againstControl(control, newcomer, rule.ratio, rule.fineRatio);
  const scores = (threshold: number, least: number) => {
    // What a period without one bad request would gain decides how much of the score counts: known before any bad request is.
    const most = threshold * minutes / least;
    return [
      ...rule.fine.map((odds) => shared ? 0 : Math.min(1, most / Math.max(1e-9, againstRate({ bad: 0, total: newcomer.total }, rule.limit, odds)))
        * againstRate(newcomer, rule.limit, odds)),
      Math.min(byControl, pair * byControl, most),
    ];
  };
  const since = scores(limit.fine, FINE_MINUTES);
  const anew = scores(limit.again, AGAIN_MINUTES);
  return {
    ...state,
    fine: state.fine.map((old, i) => round(Math.min(old + since[i], limit.fine + HOARD - Math.log(rule.stakes[i])))),
    again: state.again.map((old, i) => round(Math.min(softplus(old + anew[i]), limit.again + HOARD - Math.log(rule.stakes[i])))),
    certified: [state.certified[0] + 1, round(state.certified[1] + newcomer.total)],
  };
}

/**
 * Share of the way to each decision; 1 is there, and below 1 it never rounds up to 1. A score that may begin anew at any period
 * grows with their number when nothing happens, so its way begins at the horizon.
 */
export function progress(state: MetricState, rule: Rule): { worse: number; fine: number } {
  const limit = rule.thresholds;
  const horizon = Math.log(Math.max(1, rule.horizon));
  const share = (value: number, threshold: number, from = 0) => value >= threshold ? 1
    : Math.max(0, Math.floor(1000 * (value - from) / (threshold - from)) / 1000);
  return {
    worse: Math.max(share(both(state.worse), limit.worse), share(both(state.late.map(inverseSoftplus)), limit.late, horizon)),
    fine: Math.max(share(logMean(state.fine, rule.stakes), limit.fine), share(logMean(state.again.map(inverseSoftplus), rule.stakes), limit.again, horizon)),
  };
}

/** Requests until the expected evidence reaches the threshold, at a bad rate of `bad`. Chance makes it fewer or more: the median is a little below. */
export function requestsToCertify(bad: number, rule: Rule, from: readonly number[] = [0, 0, 0, 0]): number {
  const { fine } = rule.thresholds;
  const gains = rule.fine.map((odds) => againstRate({ bad, total: 1 }, rule.limit, odds));
  const needed = gains.map((gain, i) => gain > 0 ? Math.max(0, (fine - Math.log(rule.stakes[i]) - from[i]) / gain) : UNREACHABLE);
  return Math.min(UNREACHABLE, ...needed.map(Math.ceil));
}

/** Requests still needed at the rates seen so far, softened by what was expected before there were any. */
export function requestsNeeded(state: MetricState, rule: Rule): number {
  const expected = 1 / rule.limit;
  const [bad, total] = state.newcomer;
  const seen = (bad + expected * rule.limit * rule.fine[0]) / (total + expected);
  return Math.max(1, requestsToCertify(seen, rule, state.fine));
}
