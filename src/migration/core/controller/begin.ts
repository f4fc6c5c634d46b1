import type { Lock, MigrationConfig, MigrationState, StartInput } from './types';
import { newJudge } from '../judge/judge';

export interface BeginInput {
  readonly config: MigrationConfig;
  /** Name of the parent's execution. */
  readonly run: string;
  readonly input?: StartInput;
  /** As it was before this run took it. */
  readonly lock?: Lock;
  /** The epoch that this run has. */
  readonly epoch: number;
  readonly now: number;
}

/** The state that a run begins with. What an earlier run has pinned is taken over, so that the scaling there was before it is never lost. */
export function begin({ config, run, input, lock, epoch, now }: BeginInput): MigrationState {
  const old = lock?.state;
  const fresh: MigrationState = {
    run,
    epoch,
    phase: 'preflight',
    phaseSince: now,
    started: now,
    step: 0,
    share: 0,
    safeShare: 0,
    unproven: false,
    judge: newJudge(),
    judgedInStep: 0,
    judgeFailures: 0,
    passedGates: [],
    ticks: 0,
    ...old?.pinned === undefined ? {} : { pinned: old.pinned },
    ...old?.lastCommand === undefined ? {} : { lastCommand: old.lastCommand },
  };
  const interrupted = interruptedRun(lock, config);
  const kept = interrupted === undefined ? fresh : { ...fresh, interrupted };
  if (input?.release === true) return { ...kept, phase: 'release', ending: 'released', share: old?.share ?? 0, safeShare: old?.share ?? 0 };
  if (interrupted === undefined || input?.resume !== true) return kept;
  // A dry run only looks at the share that is there, and ends nothing.
  return config.policies.dryRun ? { ...resumed(interrupted, fresh), phase: 'preflight', ending: undefined, interrupted } : resumed(interrupted, fresh);
}

/** What can be resumed: a run of this migration that neither ended nor was refused before it began. A refused start, a dry run or a release in between does not hide it. */
function interruptedRun(lock: Lock | undefined, config: MigrationConfig): MigrationState | undefined {
  const old = lock?.state;
  if (old === undefined || (lock?.migration !== undefined && lock.migration !== config.migration)) return undefined;
  if (old.interrupted !== undefined) return old.interrupted;
  if (old.outcome === undefined && old.phase !== 'preflight') return old;
  return old.resumed === true && (old.outcome === undefined || old.outcome === 'refused') ? old : undefined;
}

/** Where the dead run was. Preflight then looks what share the endpoint really has. */
function resumed(old: MigrationState, fresh: MigrationState): MigrationState {
  const { run, epoch, phaseSince, phase, ticks, pinned, lastCommand } = fresh;
  const kept: MigrationState = {
    ...old,
    run,
    epoch,
    phaseSince,
    ticks,
    // Of these a start in between knows more: it may have given back what was pinned.
    pinned,
    lastCommand,
    pinnedSeen: undefined,
    resumed: true,
    begun: false,
    judgeFailures: 0,
    paused: undefined,
    gate: undefined,
    results: undefined,
    holding: undefined,
    outcome: undefined,
    ending: undefined,
    interrupted: undefined,
    blockedSince: undefined,
    steadySince: undefined,
    said: undefined,
    skip: undefined,
    capacityTried: undefined,
    warmUpRounds: undefined,
  };
  // Who was condemned stays condemned, and what was given back is given back to its end.
  return ['rollback', 'verify', 'release'].includes(old.phase) ? { ...kept, phase: old.phase, ending: old.ending } : { ...kept, phase };
}
