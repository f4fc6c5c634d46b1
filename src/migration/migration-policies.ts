import { Duration } from 'aws-cdk-lib';
import type { PolicyConfig } from './core/controller/types';
import { checkBoolean, checkDuration, checkMember, checkStruct } from './value-checks';
import type { Problem } from '../private/problems';

/** What happens when the time of a step or of the plan is over without proof. */
export enum InconclusivePolicy {
  /** The share stays, the guard goes on, people are told. */
  HOLD = 'hold',
  /** Everything goes back. */
  ROLL_BACK = 'rollback',
  /** The migration goes on, unproven. */
  PROMOTE = 'promote',
}

/** What happens when somebody else changed the weights. */
export enum DriftPolicy {
  /** Nothing moves until a person resumes, which takes the weights as they are. The guard goes on. */
  PAUSE = 'pause',
  /** The migration goes on from the weights as they are. */
  ADOPT = 'adopt',
  /** The weights are set again. */
  RESTORE = 'restore',
  /** Everything goes back. */
  ABORT = 'abort',
}

/** How a migration decides where the judge has nothing to say. */
export interface MigrationPolicies {
  /**
   * What happens when the time of a step or of the plan is over without proof.
   *
   * @default InconclusivePolicy.HOLD
   */
  readonly onInconclusive?: InconclusivePolicy;

  /**
   * What happens when somebody else changed the weights.
   *
   * @default DriftPolicy.PAUSE
   */
  readonly onDrift?: DriftPolicy;

  /**
   * A pause that lasts longer ends in a rollback. 1 minute to 7 days.
   *
   * @default Duration.days(1)
   */
  readonly maxPause?: Duration;

  /**
   * A change of capacity or weights that takes longer is given up and the step is rolled back. 5 minutes to 4 hours.
   *
   * @default Duration.minutes(45)
   */
  readonly changeTimeout?: Duration;

  /**
   * Whether a run only reports what it would do: it measures, plans and judges, and changes nothing at the endpoint or its scaling.
   *
   * @default false
   */
  readonly dryRun?: boolean;
}

export function policyProblems(policies: MigrationPolicies | undefined): Problem[] {
  const notOne = checkStruct('policies', policies, '{ onInconclusive: InconclusivePolicy.HOLD }');
  if (policies === undefined || notOne.length > 0) return notOne;
  return [
    ...checkMember('policies.onInconclusive', policies.onInconclusive, InconclusivePolicy, 'InconclusivePolicy'),
    ...checkMember('policies.onDrift', policies.onDrift, DriftPolicy, 'DriftPolicy'),
    ...checkDuration('policies.maxPause', policies.maxPause, Duration.minutes(1), Duration.days(7)),
    ...checkDuration('policies.changeTimeout', policies.changeTimeout, Duration.minutes(5), Duration.hours(4)),
    ...checkBoolean('policies.dryRun', policies.dryRun),
  ];
}

export function policyConfig(policies: MigrationPolicies = {}): PolicyConfig {
  return {
    onInconclusive: policies.onInconclusive ?? InconclusivePolicy.HOLD,
    onDrift: policies.onDrift ?? DriftPolicy.PAUSE,
    maxPauseSeconds: policies.maxPause?.toSeconds() ?? 86_400,
    // An instance with an accelerator that loads a large model takes half an hour (`VariantHostOptions.containerStartupTimeout`).
    changeTimeoutSeconds: policies.changeTimeout?.toSeconds() ?? 2_700,
    dryRun: policies.dryRun ?? false,
  };
}
