import type { MigrationConfig, MigrationState } from '../../../src/migration/core/controller/types';
import { newJudge } from '../../../src/migration/core/judge/judge';

/** 2026-11-23T12:00:00Z. */
export const NOON = Date.UTC(2026, 10, 23, 12) / 1000;

type Overrides = Partial<Omit<MigrationConfig, 'plan'>> & { readonly plan?: Partial<MigrationConfig['plan']> };

/** A GPU and an Inferentia2, nothing scaled, no gate. */
export function config({ plan, ...rest }: Overrides = {}): MigrationConfig {
  return {
    migration: 'to-inf2',
    endpointName: 'web',
    from: { name: 'gpu', scaled: false },
    to: { name: 'inf2', scaled: false },
    totalWeight: 2,
    plan: {
      steps: [5, 10, 25, 50, 80],
      dwellSeconds: 600,
      bakeSeconds: 1800,
      maxStepSeconds: 14400,
      maxSeconds: 172800,
      minRequestsPerStep: 20,
      periodSeconds: 60,
      publicationDelaySeconds: 60,
      unprovable: 'warn',
      ...plan,
    },
    limits: { latencyIncreaseP95: 0.25, latencyIncreaseP99: 0.25, errorRatio: 2, falseRollback: 0.05, falsePromotion: 0.05 },
    fallback: { windowSeconds: 86400, floor: 1 },
    gates: [],
    alarms: [],
    policies: { onInconclusive: 'hold', onDrift: 'pause', maxPauseSeconds: 86400, changeTimeoutSeconds: 3600, dryRun: false },
    warmUp: { seconds: 120 },
    ...rest,
  };
}

/** A run that judges its second step. */
export function state(overrides: Partial<MigrationState> = {}): MigrationState {
  return {
    run: 'run-1',
    epoch: 1,
    phase: 'judge',
    phaseSince: NOON - 300,
    started: NOON - 3600,
    step: 1,
    stepSince: NOON - 300,
    share: 10,
    safeShare: 5,
    unproven: true,
    judge: newJudge(),
    judgedInStep: 0,
    judgeFailures: 0,
    passedGates: [],
    ticks: 3,
    lastPeriod: NOON - 360,
    changedAt: NOON - 300,
    ...overrides,
  };
}
