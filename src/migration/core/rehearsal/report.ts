import { planOf, type RehearsedPlan } from './plan';
import { rehearseSeed, type SeedResult, type SeedTimeline } from './run';
import type { Scenario } from './scenario';
import { outcomeShares, spread, type OutcomeShare, type Spread } from './statistics';
import type { MigrationConfig } from '../controller/types';

/** All of a rehearsal, as plain data: tables, pages and tests are made of it. */
export interface RehearsalReport {
  readonly config: MigrationConfig;
  readonly scenario: Scenario;
  /** The world in words. */
  readonly words: ScenarioWords;
  readonly seeds: number;
  readonly outcomes: readonly OutcomeShare[];
  readonly decidedSeconds: Spread;
  readonly extraBad: Spread;
  readonly newcomerErrors: Spread;
  /** First traffic of the newcomer until the rollback began; none when no seed rolled back. */
  readonly rollbackSeconds?: Spread;
  /** None when no seed measured a baseline. */
  readonly plan?: RehearsedPlan;
  /** The seed that is shown: the first one with the most frequent outcome. */
  readonly shown: { readonly result: SeedResult; readonly timeline: SeedTimeline };
}

export interface ScenarioWords {
  readonly traffic: string;
  readonly from: string;
  readonly to: string;
  readonly faults: readonly string[];
}

/** Rehearses the seeds 1 to `seeds`, and the one that is shown a second time with everything written down. */
export function rehearse(config: MigrationConfig, scenario: Scenario, words: ScenarioWords, seeds: number, progress: (done: number) => void = () => undefined): RehearsalReport {
  const results: SeedResult[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    results.push(rehearseSeed(config, scenario, seed).result);
    progress(seed);
  }
  const outcomes = outcomeShares(results);
  const typical = results.find(({ outcome }) => outcome === outcomes[0].outcome)!;
  const shown = rehearseSeed(config, scenario, typical.seed, true);
  const rollbacks = results.flatMap(({ exposedSeconds }) => exposedSeconds ?? []);
  return {
    config,
    scenario,
    words,
    seeds,
    outcomes,
    decidedSeconds: spread(results.map(({ decidedSeconds }) => decidedSeconds)),
    extraBad: spread(results.map(({ extraBad }) => extraBad)),
    newcomerErrors: spread(results.map(({ newcomerErrors }) => newcomerErrors)),
    rollbackSeconds: rollbacks.length === 0 ? undefined : spread(rollbacks),
    plan: planOf(config, shown.timeline!.state),
    shown: { result: shown.result, timeline: shown.timeline! },
  };
}
