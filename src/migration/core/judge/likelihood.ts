import type { Tally } from './types';

/** Natural logarithms of betting scores (e-values): each has mean at most 1 when the newcomer is what the score bets against. */

/** A number CloudWatch could have meant: not negative, finite. Anything else counts as nothing seen. */
const count = (value: number | undefined) => value !== undefined && value > 0 && Number.isFinite(value) ? Math.min(value, 1e15) : 0;

/** Never more bad requests than requests: errors are published apart from requests, and one may arrive in a period without the other. */
export function tally(bad: number | undefined, total: number | undefined): Tally {
  return { bad: count(bad), total: Math.max(count(bad), count(total)) };
}

/** A rate one can bet on: strictly between 0 and 1. */
export const rate = (value: number) => Math.min(0.95, Math.max(1e-7, Number.isFinite(value) ? value : 0));

/**
 * Newcomer against a fixed rate: likelihood of the counts when the odds are `odds` times those of `limit`, over that at `limit`.
 * With odds > 1 it bets on "worse" and has mean <= 1 for every rate <= limit, with odds < 1 on "better" and every rate >= limit.
 */
export function againstRate(newcomer: Tally, limit: number, odds: number): number {
  const better = Math.log1p((odds - 1) * limit);
  return newcomer.bad * Math.log(odds) - newcomer.total * better;
}

/**
 * Newcomer against the live control: of all bad requests of the period, the newcomer's share when its rate is `times` x `ratio` times
 * the control's, over that at `ratio` times. Requests are routed at random by weight, so what hits both variants cancels, whatever
 * the traffic. Mean <= 1 for every pair of rates within the ratio, rare or not: with E = n1 log(1 + p1(a - 1)) + n0 log(1 + p0(b - 1))
 * <= p0 (r n1 (a - 1) + n0 (b - 1)) = 0, for the two factors a and b of the score.
 */
export function againstControl(control: Tally, newcomer: Tally, ratio: number, times: number): number {
  if (control.total <= 0 || newcomer.total <= 0) return 0;
  const shift = Math.log1p((times - 1) * ratio * newcomer.total / (control.total + ratio * newcomer.total));
  return newcomer.bad * Math.log(times) - (control.bad + newcomer.bad) * shift;
}

/** log(sum of weight x exp(value)) without overflow. */
export function logMean(values: readonly number[], weights: readonly number[]): number {
  const top = Math.max(...values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] < top - 40 ? 0 : weights[i] * Math.exp(values[i] - top);
  return top + Math.log(sum);
}

/** log(1 + exp(x)) without overflow. */
export const softplus = (x: number) => x > 30 ? x : Math.log1p(Math.exp(x));

/** log(exp(y) - 1), the inverse of `softplus`; -1e6 stands for minus infinity, which JSON cannot say. */
export const inverseSoftplus = (y: number) => y > 30 ? y : y <= 0 ? -1e6 : Math.log(Math.expm1(y));
