import { requestsToCertify, rulesOf } from './metric';
import type { JudgeSettings } from './types';

/** Errors a newcomer may always have, whatever the control has: below this a difference matters to nobody. */
export const LEAST_ALLOWANCE = 0.002;
/** An allowance nobody wrote down never exceeds this for lack of traffic: then the migration takes longer instead. */
export const MOST_FOR_TRAFFIC = 0.01;

/** What the newcomer's error allowance follows from. */
export interface AllowanceInputs {
  /** The control's error rate, measured before the migration, as a fraction. */
  readonly errorRate: number;
  /** Requests the newcomer will have while evidence is collected, until the time limit. */
  readonly certifyingRequests: number;
  /** r: the newcomer may have so many times the control's errors. */
  readonly errorRatio?: number;
  /** Beta. */
  readonly falsePromotion?: number;
}

const settingsFor = (inputs: AllowanceInputs, errorAllowance: number): JudgeSettings => ({
  falseRollback: 0.05,
  falsePromotion: inputs.falsePromotion ?? 0.05,
  errorRatio: inputs.errorRatio ?? 2,
  errorAllowance,
  latencyAllowance95: 0.05,
  latencyAllowance99: 0.01,
  horizonPeriods: 1,
  judgeLatency: false,
  baselineErrorRate: inputs.errorRate,
});

/** Newcomer's requests that certify an error rate of `errorRate` against an allowance; `UNREACHABLE` when it is not below. */
export function certifyErrors(inputs: Omit<AllowanceInputs, 'certifyingRequests'>, errorAllowance: number): number {
  const [errors] = rulesOf(settingsFor({ ...inputs, certifyingRequests: 0 }, errorAllowance), 'compare');
  return requestsToCertify(inputs.errorRate, errors);
}

/** The smallest allowance (of 0.1 % steps, at most 50 %) so many requests certify; undefined when none does. */
export function smallestAllowance(inputs: AllowanceInputs): number | undefined {
  for (let step = 1; step <= 500; step++) {
    if (certifyErrors(inputs, step / 1000) <= inputs.certifyingRequests) return step / 1000;
  }
  return undefined;
}

/**
 * The error allowance for who does not choose one: the largest of 0.2 %, the ratio times the measured error rate of the control, and what
 * the traffic can certify within the time limit (this one at most 1 %).
 */
export function autoAllowance(inputs: AllowanceInputs): number {
  const forTraffic = Math.min(MOST_FOR_TRAFFIC, smallestAllowance(inputs) ?? MOST_FOR_TRAFFIC);
  return Math.max(LEAST_ALLOWANCE, (inputs.errorRatio ?? 2) * Math.max(0, inputs.errorRate), forTraffic);
}
