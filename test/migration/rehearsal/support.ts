import type { MigrationConfig, PlanConfig, PolicyConfig, VariantConfig } from '../../../src/migration/core/controller/types';
import { logNormal } from '../../../src/migration/core/rehearsal/latency';
import type { Scenario } from '../../../src/migration/core/rehearsal/scenario';

/** 2026-01-05T09:00:00Z, a Monday. */
export const START = Date.UTC(2026, 0, 5, 9) / 1000;

export interface ConfigOverrides extends Partial<Omit<MigrationConfig, 'plan' | 'from' | 'to' | 'policies'>> {
  readonly plan?: Partial<PlanConfig>;
  readonly from?: Partial<VariantConfig>;
  readonly to?: Partial<VariantConfig>;
  readonly policies?: Partial<PolicyConfig>;
}

/** A GPU that scales from 2 to 8, an Inferentia2 that scales from 1 to 6, the usual plan, an hour of fallback. */
export function config(overrides: ConfigOverrides = {}): MigrationConfig {
  const { plan, from, to, policies, ...rest } = overrides;
  return {
    migration: 'to-inferentia2',
    endpointName: 'embeddings',
    from: { name: 'gpu', requestsPerInstance: 900, scaled: true, minInstances: 2, maxInstances: 8, ...from },
    to: { name: 'inferentia2', requestsPerInstance: 1800, scaled: true, minInstances: 1, maxInstances: 6, ...to },
    totalWeight: 1,
    plan: {
      steps: [5, 10, 25, 50, 80],
      dwellSeconds: 600,
      bakeSeconds: 1800,
      maxStepSeconds: 4 * 3600,
      maxSeconds: 2 * 86400,
      minRequestsPerStep: 20,
      periodSeconds: 60,
      publicationDelaySeconds: 60,
      unprovable: 'refuse',
      ...plan,
    },
    limits: { latencyIncreaseP95: 0.25, latencyIncreaseP99: 0.25, errorRatio: 2, falseRollback: 0.05, falsePromotion: 0.05 },
    fallback: { windowSeconds: 3600, floor: 'full' },
    gates: [],
    alarms: [],
    policies: { onInconclusive: 'hold', onDrift: 'pause', maxPauseSeconds: 86400, changeTimeoutSeconds: 3600, dryRun: false, ...policies },
    warmUp: { seconds: 120 },
    ...rest,
  };
}

/** 1,000 requests a minute, 0.1 % errors, 50 ms (p95 100 ms); the newcomer is 12 % slower. */
export function scenario(overrides: Partial<Scenario> = {}): Scenario {
  const latency = logNormal(50_000, 100_000);
  return {
    traffic: { kind: 'constant', requestsPerMinute: 1000 },
    from: { errorRate: 0.001, latency, latencyFactor: 1, clump: 1 },
    to: { errorRate: 0.001, latency, latencyFactor: 1.12, clump: 1 },
    faults: [],
    start: START,
    approvalSeconds: 300,
    maxSeconds: 2 * 86400,
    ...overrides,
  };
}

export const WORDS = { traffic: '1,000 requests a minute', from: '0.1 % errors', to: '0.1 % errors, 12 % slower', faults: [] };
