import { evidenceOf } from '../controller/evidence';
import type { MigrationConfig, MigrationState } from '../controller/types';
import type { EvidencePlan } from '../evidence-plan';

/** What the proof needs, by the same reckoning as at the start of a run; none without a baseline. */
export type RehearsedPlan = EvidencePlan;

export function planOf(config: MigrationConfig, state: MigrationState): RehearsedPlan | undefined {
  const { baseline } = state;
  return baseline === undefined || baseline.requests <= 0 ? undefined : evidenceOf(config, { ...state, baseline });
}
