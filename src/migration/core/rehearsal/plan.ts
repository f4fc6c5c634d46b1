import { dwellOf, judgeSettings } from '../controller/settings';
import type { MigrationConfig, MigrationState } from '../controller/types';
import { planEvidence, type EvidencePlan } from '../evidence-plan';

/** What the proof needs, by the same reckoning as at the start of a run; none without a baseline. */
export type RehearsedPlan = EvidencePlan;

export function planOf(config: MigrationConfig, state: MigrationState): RehearsedPlan | undefined {
  const { baseline } = state;
  if (baseline === undefined || baseline.requests <= 0) return undefined;
  const { plan } = config;
  const settings = judgeSettings(config, state);
  return planEvidence({
    requestsPerMinute: baseline.requestsPerMinute,
    steps: plan.steps,
    dwellSeconds: plan.dwellSeconds,
    bakeSeconds: dwellOf(config, plan.steps.length - 1),
    errorRate: settings.baselineErrorRate,
    settings,
    minimumRequestsPerStep: plan.minRequestsPerStep,
    maxSeconds: plan.maxSeconds,
  });
}
