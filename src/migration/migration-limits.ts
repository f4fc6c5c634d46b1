import type { LimitsConfig } from './core/controller/types';
import { checkBetween, checkBoolean, checkPlainNumber, checkStruct } from './value-checks';
import type { Problem } from '../private/problems';

/**
 * How much worse the newcomer may be, and how sure the judge has to be. The newcomer is acceptable while its rate of bad requests is at most
 * `errorRatio` times that of the other variant at the same time, **or** at most the allowance.
 */
export interface MigrationLimits {
  /**
   * Accepted increase of the latency that 95 of 100 requests keep, as a fraction: 0.25 accepts a quarter more than the other variant has.
   *
   * @default 0.25
   */
  readonly latencyIncrease?: number;

  /**
   * Accepted increase of the latency that 99 of 100 requests keep, as a fraction.
   *
   * @default - `latencyIncrease`
   */
  readonly latencyIncreaseP99?: number;

  /**
   * Whether latency is judged. Without it a newcomer of any speed passes as long as it answers: for batch-like traffic.
   *
   * @default true
   */
  readonly judgeLatency?: boolean;

  /**
   * Accepted ratio of the rates of bad requests, at least 1.
   *
   * @default 2
   */
  readonly errorRatio?: number;

  /**
   * Rate of errors that is always accepted, as a fraction above 0 and below 0.5. The smaller, the more requests a promotion needs: about 12,000 for 0.002, 450 for 0.01, 100
   * for 0.05.
   *
   * @default - the largest of 0.002, twice the measured rate, and what the measured traffic can prove in the plan's time
   */
  readonly errorAllowance?: number;

  /**
   * Largest chance that a newcomer within the limits is rolled back, whatever the traffic does and however long it is watched. Above 0 and below 0.5.
   *
   * @default 0.05
   */
  readonly falseRollbackRate?: number;

  /**
   * Largest chance that a newcomer beyond the limits is promoted. Above 0 and below 0.5.
   *
   * @default 0.05
   */
  readonly falsePromotionRate?: number;
}

/** Beyond ten times there is nothing left to judge. */
export const LARGEST_INCREASE = 10;

export function limitProblems(limits: MigrationLimits | undefined): Problem[] {
  const notOne = checkStruct('limits', limits, '{ latencyIncrease: 0.25, errorRatio: 2 }');
  if (limits === undefined || notOne.length > 0) return notOne;
  const { latencyIncrease, latencyIncreaseP99, judgeLatency, errorRatio, errorAllowance, falseRollbackRate, falsePromotionRate } = limits;
  const problems = [
    ...checkPlainNumber('limits.latencyIncrease', latencyIncrease, { min: 0, max: LARGEST_INCREASE }, 'give a fraction such as 0.25 for a quarter'),
    ...checkPlainNumber('limits.latencyIncreaseP99', latencyIncreaseP99, { min: 0, max: LARGEST_INCREASE }, 'give a fraction such as 0.25 for a quarter'),
    ...checkBoolean('limits.judgeLatency', judgeLatency),
    ...checkPlainNumber('limits.errorRatio', errorRatio, { min: 1, max: 100 }, 'give e.g. 2: twice the errors of the other variant'),
    ...checkBetween('limits.errorAllowance', errorAllowance, 0, 0.5, 'give a fraction such as 0.01 for one error in a hundred requests, or leave it out'),
    ...checkBetween('limits.falseRollbackRate', falseRollbackRate, 0, 0.5, 'give a chance such as 0.05'),
    ...checkBetween('limits.falsePromotionRate', falsePromotionRate, 0, 0.5, 'give a chance such as 0.05'),
  ];
  if (judgeLatency === false && (latencyIncrease !== undefined || latencyIncreaseP99 !== undefined)) {
    problems.push({ prop: 'limits.judgeLatency', got: 'false with a limit of the latency', allowed: '`judgeLatency: false`, or limits of the latency', fix: 'remove one of them' });
  }
  return problems;
}

export function limitsConfig(limits: MigrationLimits = {}): LimitsConfig {
  const p95 = limits.latencyIncrease ?? 0.25;
  return {
    ...limits.judgeLatency === false ? {} : { latencyIncreaseP95: p95, latencyIncreaseP99: limits.latencyIncreaseP99 ?? p95 },
    errorRatio: limits.errorRatio ?? 2,
    ...limits.errorAllowance === undefined ? {} : { errorAllowance: limits.errorAllowance },
    falseRollback: limits.falseRollbackRate ?? 0.05,
    falsePromotion: limits.falsePromotionRate ?? 0.05,
  };
}
