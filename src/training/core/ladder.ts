import type { JobOutcome, Refusal } from './outcome';
import type { Attempt, RunOutcome, TrainingConfig, TrainingState } from './types';

/** A run that has done nothing yet. */
export function newRun(): TrainingState {
  return { rung: 0, made: 0, onDemand: false, attempts: [] };
}

/** The job that is under way, or nothing. */
export function current(state: TrainingState): Attempt | undefined {
  const last = state.attempts[state.attempts.length - 1];
  return last !== undefined && last.outcome === undefined && last.refusal === undefined ? last : undefined;
}

/** A job is asked for; its name is in the state before the request is made, so that an answer that is lost loses no job. */
export function begin(state: TrainingState, job: string): TrainingState {
  return { ...state, made: state.made + 1, notBefore: undefined, attempts: [...state.attempts, { rung: state.rung, attempt: state.made, job, onDemand: state.onDemand }] };
}

/** A request was refused. A name that is taken is a job of this run whose answer was lost, and not refused. */
export function refused(config: TrainingConfig, state: TrainingState, refusal: Exclude<Refusal, 'exists' | 'retry'>, reason: string, now: number): TrainingState {
  const seen = close(state, { refusal, reason });
  if (refusal === 'userError') return end(seen, 'userError', reason);
  const { onQuota, quotaWaitSeconds, maxQuotaWaitSeconds } = config.policies;
  if (refusal === 'quota' && onQuota === 'wait') {
    const since = state.quotaSince ?? now;
    if (now - since < maxQuotaWaitSeconds) return { ...seen, quotaSince: since, notBefore: now + quotaWaitSeconds };
  }
  return nextRung(config, seen, reason);
}

/** A job ended. Only what other hardware or another try can help is tried again; what a person has to mend is not. */
export function ended(config: TrainingConfig, state: TrainingState, outcome: JobOutcome, reason: string, now: number): TrainingState {
  const seen = close(state, { outcome, reason });
  const { policies } = config;
  const tries = seen.attempts.filter((one) => one.rung === seen.rung && one.outcome === outcome).length;
  const again = (most: number, wait = 0): TrainingState | undefined => tries < most ? { ...seen, ...wait > 0 ? { notBefore: now + wait } : {} } : undefined;
  switch (outcome) {
    case 'completed': return end(seen, 'completed', reason);
    case 'capacity': return again(policies.capacityAttempts, policies.capacityWaitSeconds) ?? nextRung(config, seen, reason);
    case 'quota': return nextRung(config, seen, reason);
    case 'spotInterrupted': return policies.spotToOnDemand && !seen.onDemand ? { ...seen, onDemand: true } : nextRung(config, seen, reason);
    case 'internalError': return again(policies.internalErrorAttempts) ?? end(seen, 'internalError', reason);
    case 'timedOut': return again(policies.timeoutAttempts) ?? end(seen, 'timedOut', reason);
    case 'stopped': return end(seen, 'stopped', reason);
    case 'userError': return end(seen, 'userError', reason);
  }
}

function close(state: TrainingState, what: Pick<Attempt, 'outcome' | 'refusal' | 'reason'>): TrainingState {
  return { ...state, attempts: state.attempts.map((one, i) => i === state.attempts.length - 1 ? { ...one, ...what } : one) };
}

function nextRung(config: TrainingConfig, state: TrainingState, reason: string): TrainingState {
  const rung = state.rung + 1;
  if (rung >= config.rungs.length) return end(state, 'noHardware', `none of ${config.rungs.map(({ name }) => name).join(', ')} was to be had; the last said: ${reason}`);
  return { ...state, rung, onDemand: false, quotaSince: undefined, notBefore: undefined };
}

function end(state: TrainingState, outcome: RunOutcome, reason: string): TrainingState {
  return { ...state, outcome, reason };
}
