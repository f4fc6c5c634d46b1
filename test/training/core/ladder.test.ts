import * as fc from 'fast-check';
import { begin, current, ended, newRun, refused } from '../../../src/training/core/ladder';
import type { JobOutcome } from '../../../src/training/core/outcome';
import type { TrainingConfig, TrainingPolicies, TrainingState } from '../../../src/training/core/types';

const config = (policies: Partial<TrainingPolicies> = {}, rungs = ['trn1', 'p4d', 'g5']): TrainingConfig => ({
  prefix: 'train',
  rungs: rungs.map((name) => ({ name, instanceType: `ml.${name}.x`, instanceCount: 1, request: {} })),
  policies: {
    onQuota: 'next', quotaWaitSeconds: 600, maxQuotaWaitSeconds: 3600, capacityAttempts: 1, capacityWaitSeconds: 300, spotToOnDemand: true, internalErrorAttempts: 2, timeoutAttempts: 1, ...policies,
  },
});
const NOW = 1_000_000;
const job = (state: TrainingState) => begin(state, `job-${state.made}`);
const after = (outcome: JobOutcome, from = newRun(), how = config()) => ended(how, job(from), outcome, `it was ${outcome}`, NOW);

describe('a job', () => {
  test('is under way from before its request until it ended', () => {
    const state = job(newRun());
    expect(current(newRun())).toBeUndefined();
    expect(current(state)).toEqual({ rung: 0, attempt: 0, job: 'job-0', onDemand: false });
    expect(current(ended(config(), state, 'completed', 'done', NOW))).toBeUndefined();
    expect(current(refused(config(), state, 'quota', 'none', NOW))).toBeUndefined();
  });

  test('keeps what became of it', () => {
    const state = ended(config(), job(refused(config(), job(newRun()), 'quota', 'the limit is 0', NOW)), 'completed', 'done', NOW);
    expect(state.attempts).toEqual([
      { rung: 0, attempt: 0, job: 'job-0', onDemand: false, refusal: 'quota', reason: 'the limit is 0' },
      { rung: 1, attempt: 1, job: 'job-1', onDemand: false, outcome: 'completed', reason: 'done' },
    ]);
  });
});

describe('the end of a job', () => {
  test.each<[JobOutcome, string]>([['completed', 'completed'], ['stopped', 'stopped'], ['userError', 'userError'], ['timedOut', 'timedOut']])('%s ends the run as %s', (outcome, run) => {
    expect(after(outcome)).toMatchObject({ rung: 0, outcome: run, reason: `it was ${outcome}` });
  });

  test.each<JobOutcome>(['capacity', 'quota'])('%s leads to the next hardware', (outcome) => {
    const { rung, outcome: run, notBefore } = after(outcome);
    expect([rung, run, notBefore]).toEqual([1, undefined, undefined]);
  });

  test('capacity is waited for as often as is said', () => {
    const how = config({ capacityAttempts: 2 });
    const once = after('capacity', newRun(), how);
    expect(once).toMatchObject({ rung: 0, notBefore: NOW + 300 });
    expect(after('capacity', once, how)).toMatchObject({ rung: 1 });
  });

  test('spot is tried on demand, then on the next hardware; the next begins with spot', () => {
    const once = after('spotInterrupted');
    expect(once).toMatchObject({ rung: 0, onDemand: true });
    expect(current(job(once))).toMatchObject({ onDemand: true });
    expect(after('spotInterrupted', once)).toMatchObject({ rung: 1, onDemand: false });
    expect(after('spotInterrupted', newRun(), config({ spotToOnDemand: false }))).toMatchObject({ rung: 1 });
  });

  test('an error of the service is tried again, and then the end', () => {
    const once = after('internalError');
    expect([once.rung, once.outcome]).toEqual([0, undefined]);
    expect(after('internalError', once)).toMatchObject({ rung: 0, outcome: 'internalError' });
  });

  test('a run from its checkpoint goes on when that is wanted', () => {
    const how = config({ timeoutAttempts: 2 });
    const once = after('timedOut', newRun(), how);
    expect(once.outcome).toBeUndefined();
    expect(after('timedOut', once, how).outcome).toBe('timedOut');
  });

  test('without hardware left the run says what it tried', () => {
    const last = after('capacity', after('capacity', after('capacity')));
    expect(last).toMatchObject({ outcome: 'noHardware', reason: 'none of trn1, p4d, g5 was to be had; the last said: it was capacity' });
  });
});

describe('a refusal', () => {
  const refuse = (refusal: Parameters<typeof refused>[2], how = config(), from = newRun(), now = NOW) => refused(how, job(from), refusal, 'no', now);

  test('of what a person has to mend ends the run', () => expect(refuse('userError')).toMatchObject({ rung: 0, outcome: 'userError', reason: 'no' }));

  test.each(['quota', 'unavailable'] as const)('for %s leads to the next hardware', (refusal) => expect([refuse(refusal).rung, refuse(refusal).outcome]).toEqual([1, undefined]));

  test('a quota is waited for when that is wanted, and not for ever', () => {
    const how = config({ onQuota: 'wait' });
    const once = refuse('quota', how);
    expect(once).toMatchObject({ rung: 0, quotaSince: NOW, notBefore: NOW + 600 });
    const twice = refuse('quota', how, once, NOW + 3599);
    expect(twice).toMatchObject({ rung: 0, quotaSince: NOW, notBefore: NOW + 4199 });
    expect(refuse('quota', how, twice, NOW + 3600)).toMatchObject({ rung: 1, quotaSince: undefined, notBefore: undefined });
    expect(refuse('unavailable', how)).toMatchObject({ rung: 1 });
  });
});

test('every run ends, never goes down the ladder, and gives each job a number of its own', () => {
  const outcomes = fc.constantFrom<JobOutcome | 'refused'>('capacity', 'quota', 'spotInterrupted', 'internalError', 'timedOut', 'refused', 'stopped', 'completed', 'userError');
  fc.assert(fc.property(fc.array(outcomes, { minLength: 60, maxLength: 60 }), fc.nat(3), fc.nat(3), (all, capacityAttempts, timeoutAttempts) => {
    const how = config({ capacityAttempts, timeoutAttempts });
    let state = newRun();
    for (const outcome of all) {
      if (state.outcome !== undefined) break;
      const before = state.rung;
      state = outcome === 'refused' ? refused(how, job(state), 'quota', 'no', NOW) : ended(how, job(state), outcome, 'so', NOW);
      expect(state.rung).toBeGreaterThanOrEqual(before);
    }
    expect(state.outcome).toBeDefined();
    expect(new Set(state.attempts.map(({ attempt }) => attempt)).size).toBe(state.attempts.length);
    expect(JSON.parse(JSON.stringify(state))).toEqual(JSON.parse(JSON.stringify({ ...state })));
  }));
});
