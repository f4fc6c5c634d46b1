import type { Baseline, LimitsConfig, MigrationConfig, MigrationState } from './types';
import { CERTIFYING_SHARE } from '../evidence-plan';
import type { AllowanceInputs } from '../judge/allowance';
import type { JudgeSettings } from '../judge/types';

/** By the definition of a percentile. */
const SLOW_95 = 0.05;
const SLOW_99 = 0.01;
/** So many slow requests are always allowed where a percentile is not judged: the judge has no switch for one of the two. */
const NOT_JUDGED = 0.95;

export function judgesLatency({ latencyIncreaseP95, latencyIncreaseP99 }: LimitsConfig): boolean {
  return latencyIncreaseP95 !== undefined || latencyIncreaseP99 !== undefined;
}

export function judgeSettings(config: MigrationConfig, state: Pick<MigrationState, 'baseline' | 'errorAllowance' | 'thresholds'>): JudgeSettings {
  const { limits, plan } = config;
  const { requests, errors } = state.baseline ?? { requests: 0, errors: 0 };
  return {
    falseRollback: limits.falseRollback,
    falsePromotion: limits.falsePromotion,
    errorRatio: limits.errorRatio,
    errorAllowance: state.errorAllowance ?? limits.errorAllowance ?? 0,
    latencyAllowance95: limits.latencyIncreaseP95 === undefined ? NOT_JUDGED : SLOW_95,
    latencyAllowance99: limits.latencyIncreaseP99 === undefined ? NOT_JUDGED : SLOW_99,
    horizonPeriods: Math.max(1, Math.ceil(plan.maxSeconds / plan.periodSeconds)),
    judgeLatency: judgesLatency(limits) && state.thresholds !== undefined,
    baselineErrorRate: requests > 0 ? Math.min(1, errors / requests) : 0,
  };
}

/** Above these a request is slow, in microseconds; undefined where latency is not judged or not known. */
export function thresholdsOf(limits: LimitsConfig, { p95, p99 }: Baseline): MigrationState['thresholds'] {
  if (!judgesLatency(limits) || p95 === undefined || p99 === undefined) return undefined;
  const increase95 = limits.latencyIncreaseP95 ?? limits.latencyIncreaseP99 ?? 0;
  const increase99 = limits.latencyIncreaseP99 ?? increase95;
  return { from95: p95, from99: p99, to95: p95 * (1 + increase95), to99: p99 * (1 + increase99) };
}

/** Whether periods at this share may count for a promotion; those of the last step do in any case. */
export function certifies(config: MigrationConfig, share: number): boolean {
  return share > 0 && share >= Math.min(CERTIFYING_SHARE, config.plan.steps[config.plan.steps.length - 1]) * 0.999;
}

/** How long each step takes at least. */
export function dwellOf(config: MigrationConfig, step: number): number {
  const { steps, dwellSeconds, bakeSeconds } = config.plan;
  return step === steps.length - 1 ? Math.max(dwellSeconds, bakeSeconds) : dwellSeconds;
}

/** What the error allowance of who chose none follows from: the requests that the newcomer has in the certifying steps, until the time is up. */
export function allowanceInputs(config: MigrationConfig, baseline: Baseline): AllowanceInputs {
  const { plan: { steps, maxSeconds, maxStepSeconds }, limits } = config;
  const last = steps.length - 1;
  const before = steps.slice(0, last).reduce((sum, _, step) => sum + dwellOf(config, step), 0);
  const seconds = (step: number) => step < last ? dwellOf(config, step) : Math.max(0, Math.min(maxStepSeconds, maxSeconds - before));
  const certifyingRequests = steps.reduce((sum, share, step) => sum
    + (certifies(config, share) ? baseline.requestsPerMinute / 60 * share / 100 * seconds(step) : 0), 0);
  return {
    errorRate: baseline.requests > 0 ? Math.min(1, baseline.errors / baseline.requests) : 0,
    certifyingRequests,
    errorRatio: limits.errorRatio,
    falsePromotion: limits.falsePromotion,
  };
}
