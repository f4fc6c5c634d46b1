import type { JobOutcome, Refusal } from './outcome';
import { untilNextQuota } from './pace';
import { clip } from './text';
import type { Attempt, JobPurpose, RunOutcome, TrainingConfig, TrainingState } from './types';

/** A run that has done nothing yet. */
export function newRun(now: number): TrainingState {
  return { rung: 0, made: 0, ticks: 0, onDemand: false, attempts: [], countFrom: 0, redrives: 0, compiled: [], billable: 0, startedAt: now, since: now };
}

/** The job that is under way, or nothing. */
export function current(state: TrainingState): Attempt | undefined {
  const last = state.attempts[state.attempts.length - 1];
  return last !== undefined && last.outcome === undefined && last.refusal === undefined ? last : undefined;
}

/** What the next job of a run is for. */
export function nextPurpose(config: TrainingConfig, state: TrainingState): JobPurpose {
  return config.rungs[state.rung].precompile !== undefined && !state.compiled.includes(state.rung) ? 'compile' : 'train';
}

/**
 * A job is to be asked for; its name is in the state before the request is made, so that an answer that is lost loses no job. Its number counts the jobs that were made: of several executions with
 * one run id, the first job of each has the same name, on whatever hardware.
 */
export function begin(config: TrainingConfig, state: TrainingState, job: string, now: number): TrainingState {
  const purpose = nextPurpose(config, state);
  // What is compiled is compiled on demand: it is short, and what is lost of it is lost whole.
  const attempt: Attempt = { rung: state.rung, attempt: state.made, job, purpose, onDemand: state.onDemand || purpose === 'compile' };
  return { ...state, notBefore: undefined, since: now, attempts: [...state.attempts.map(withoutReason), attempt] };
}

/** The request was taken. */
export function made(state: TrainingState): TrainingState {
  return { ...close(state, { made: true }), made: state.made + 1, quotaSince: undefined, notBefore: undefined };
}

/** The job of this name is of an earlier try of the same run, on whatever hardware. */
export function adopted(config: TrainingConfig, state: TrainingState, instanceType: string | undefined): TrainingState {
  const found = config.rungs.findIndex((one) => one.instanceType === instanceType);
  const rung = found < 0 ? state.rung : found;
  return { ...made(close(state, { rung })), rung };
}

/** The compile cache of the rung is filled. */
export function compiled(state: TrainingState): TrainingState {
  return { ...state, compiled: [...state.compiled, state.rung] };
}

/** The name of the job that was to be asked for is somebody else's: the next one is taken. */
export function withoutName(state: TrainingState): TrainingState {
  return { ...state, made: state.made + 1, attempts: state.attempts.slice(0, -1) };
}

/** A request was refused. A name that is taken is a job of this run whose answer was lost, and not refused. */
export function refused(config: TrainingConfig, state: TrainingState, refusal: Exclude<Refusal, 'exists' | 'retry'>, reason: string, now: number): TrainingState {
  const seen = close(state, { refusal, reason: clip(reason) });
  if (refusal === 'userError') return end(seen, 'userError', reason);
  const { onQuota, maxQuotaWaitSeconds } = config.policies;
  if (refusal === 'quota' && onQuota === 'wait' && !isTooSmall(reason)) {
    const quotaSince = state.quotaSince ?? now;
    // The same job is asked for again.
    if (now - quotaSince < maxQuotaWaitSeconds) return { ...state, quotaSince, notBefore: now + untilNextQuota(now - quotaSince, state.ticks) };
  }
  return nextRung(config, seen, reason);
}

/** A job ended. Only what other hardware or another try can help is tried again; what a person has to mend is not. */
export function ended(config: TrainingConfig, state: TrainingState, outcome: JobOutcome, reason: string, now: number): TrainingState {
  const purpose = current(state)?.purpose ?? 'train';
  const seen = close(state, { outcome, reason: clip(reason) });
  const { policies } = config;
  const tries = seen.attempts.filter((one, i) => i >= seen.countFrom && one.rung === seen.rung && one.purpose === purpose && one.outcome === outcome).length;
  const again = (most: number, wait = 0): TrainingState | undefined => tries < most ? { ...seen, ...wait > 0 ? { notBefore: now + wait } : {} } : undefined;
  switch (outcome) {
    case 'completed': return purpose === 'compile' ? compiled(seen) : end(seen, 'completed', reason);
    case 'capacity': return again(policies.capacityAttempts, policies.capacityWaitSeconds) ?? nextRung(config, seen, reason);
    case 'spotInterrupted': return policies.spotToOnDemand && !seen.onDemand ? { ...seen, onDemand: true } : nextRung(config, seen, reason);
    case 'internalError': return again(policies.internalErrorAttempts) ?? end(seen, 'internalError', reason);
    case 'timedOut': return (purpose === 'train' ? again(policies.timeoutAttempts) : undefined) ?? end(seen, 'timedOut', reason);
    case 'stopped': return end(seen, 'stopped', reason);
    case 'userError': return end(seen, 'userError', reason);
  }
}

/**
 * A person redrove the execution: it goes on where it ended, from the last checkpoint, with a job of a new name; when there was no hardware, from the first
 * rung. What was tried before does not count.
 */
export function revived(state: TrainingState, redrives: number, now: number): TrainingState {
  const again = state.outcome === 'noHardware' ? { rung: 0, onDemand: false } : {};
  return { ...state, ...again, redrives, outcome: undefined, reason: undefined, notBefore: undefined, quotaSince: undefined, since: now, countFrom: state.attempts.length };
}

/** The run ends here. */
export function end(state: TrainingState, outcome: RunOutcome, reason: string): TrainingState {
  return { ...state, outcome, reason: clip(reason) };
}

/** The last job with what became of it. Reasons are kept of the last one alone: a run may have hundreds. */
function close(state: TrainingState, what: Partial<Attempt>): TrainingState {
  return { ...state, attempts: state.attempts.map((one, i) => i === state.attempts.length - 1 ? { ...one, ...what } : one) };
}

function withoutReason({ reason: _, ...attempt }: Attempt): Attempt {
  return attempt;
}

function nextRung(config: TrainingConfig, state: TrainingState, reason: string): TrainingState {
  const rung = state.rung + 1;
  if (rung >= config.rungs.length) return end(state, 'noHardware', `none of ${config.rungs.map(({ name }) => name).join(', ')} was to be had; the last said: ${reason}`);
  return { ...state, rung, onDemand: false, quotaSince: undefined, notBefore: undefined };
}

/** "The account-level service limit '...' is 4 Instances, with current utilization of 0 Instances and a request delta of 8 Instances": no wait helps. */
function isTooSmall(reason: string): boolean {
  const limit = / is (\d+) Instances/.exec(reason);
  const wanted = /request delta of (\d+) Instances/.exec(reason);
  return limit !== null && Number(limit[1]) < Number(wanted?.[1] ?? 1);
}
