import { dwellOf, judgeSettings } from './settings';
import type { Baseline, MigrationConfig } from './types';
import { planEvidence, type EvidencePlan } from '../evidence-plan';

/** How long the proof of a migration takes at the traffic of its baseline: what a run starts by, and what a rehearsal shows. */
export function evidenceOf(config: MigrationConfig, state: Parameters<typeof judgeSettings>[1] & { readonly baseline: Baseline }): EvidencePlan {
  const { plan } = config;
  const settings = judgeSettings(config, state);
  return planEvidence({
    requestsPerMinute: state.baseline.requestsPerMinute,
    steps: plan.steps,
    dwellSeconds: plan.dwellSeconds,
    bakeSeconds: dwellOf(config, plan.steps.length - 1),
    errorRate: settings.baselineErrorRate,
    settings,
    minimumRequestsPerStep: plan.minRequestsPerStep,
    maxSeconds: plan.maxSeconds,
  });
}
