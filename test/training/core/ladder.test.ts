import * as fc from 'fast-check';
import { MAX_CONFIG } from '../../../src/training/core/job-checks';
import { jobName } from '../../../src/training/core/job-name';
import { adopted, begin, compiled, current, end, ended, made, newRun, nextPurpose, refused, revived, withoutName } from '../../../src/training/core/ladder';
import type { JobOutcome, Refusal } from '../../../src/training/core/outcome';
import type { Attempt, PrecompileConfig, RunOutcome, TrainingConfig, TrainingPolicies, TrainingState } from '../../../src/training/core/types';

type Refused = Exclude<Refusal, 'exists' | 'retry'>;

const PRECOMPILE: PrecompileConfig = { bucket: 'b', marker: 'm', instanceCount: 1, maxRuntimeSeconds: 3600, hyperParameters: {} };
const DEFAULTS: TrainingPolicies = {
  onQuota: 'next', maxQuotaWaitSeconds: 3600, capacityAttempts: 1, capacityWaitSeconds: 300, spotToOnDemand: true, internalErrorAttempts: 2, timeoutAttempts: 1,
};
const config = (policies: Partial<TrainingPolicies> = {}, rungs = ['trn1', 'p4d', 'g5'], precompile: readonly string[] = []): TrainingConfig => ({
  training: 'training',
  prefix: 'train',
  inputs: {},
  overlap: false,
  policies: { ...DEFAULTS, ...policies },
  rungs: rungs.map((name) => ({ name, instanceType: `ml.${name}.x`, instanceCount: 1, request: {}, ...precompile.includes(name) ? { precompile: PRECOMPILE } : {} })),
});
const NOW = 1_000_000;
const NO_QUOTA = "The account-level service limit 'ml.trn1.32xlarge for training job usage' is 2 Instances, with current utilization of 2 Instances and a request delta of 1 Instances.";
const limitOf = (limit: number, delta: number) => NO_QUOTA.replace('is 2', `is ${limit}`).replace('delta of 1', `delta of ${delta}`);
const ZERO_QUOTA = "The account-level service limit 'ml.trn1.32xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.";
const job = (state: TrainingState, how = config(), now = NOW) => begin(how, state, `job-${state.made}`, now);
const after = (outcome: JobOutcome, from = newRun(NOW), how = config(), now = NOW) => ended(how, made(asked(from, how)), outcome, `it was ${outcome}`, now);
/** A job is asked for: the one that waits for its quota, or a new one. */
const asked = (from: TrainingState, how = config(), now = NOW) => current(from) === undefined ? job(from, how, now) : from;
const refuse = (refusal: Refused, how = config(), from = newRun(NOW), now = NOW, reason = 'no') => refused(how, asked(from, how, now), refusal, reason, now);
/** What is not `undefined`, as it travels. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

describe('a run that has done nothing', () => {
  test('has no job and no end', () => {
    expect(newRun(NOW)).toEqual({ rung: 0, made: 0, ticks: 0, onDemand: false, attempts: [], countFrom: 0, redrives: 0, compiled: [], billable: 0, startedAt: NOW, since: NOW });
    expect(current(newRun(NOW))).toBeUndefined();
  });
});

describe('a job', () => {
  test('is under way from before its request until it ended', () => {
    const state = job(newRun(NOW));
    expect(current(state)).toEqual({ rung: 0, attempt: 0, job: 'job-0', purpose: 'train', onDemand: false });
    expect(current(made(state))).toEqual({ rung: 0, attempt: 0, job: 'job-0', purpose: 'train', onDemand: false, made: true });
    expect(current(ended(config(), state, 'completed', 'done', NOW))).toBeUndefined();
    expect(current(refused(config(), state, 'quota', 'none', NOW))).toBeUndefined();
  });

  test('is looked at from when it was named, and waits for nothing any more', () => {
    const state = begin(config(), { ...newRun(NOW), notBefore: NOW + 5 }, 'job-0', NOW + 7);
    expect(state).toMatchObject({ made: 0, since: NOW + 7, startedAt: NOW });
    expect(state.notBefore).toBeUndefined();
  });

  test('is counted when it was made, and not before', () => {
    const named = job(newRun(NOW));
    expect(named.made).toBe(0);
    expect(made(named)).toMatchObject({ made: 1, attempts: [{ job: 'job-0', made: true }] });
    expect(made({ ...named, quotaSince: NOW, notBefore: NOW + 1 })).not.toMatchObject({ quotaSince: expect.anything() });
    expect(made({ ...named, quotaSince: NOW, notBefore: NOW + 1 })).not.toMatchObject({ notBefore: expect.anything() });
    expect(current(job(after('internalError')))).toMatchObject({ attempt: 1, job: 'job-1' });
  });

  test('keeps what became of it; a refused request uses up no number', () => {
    const state = ended(config(), made(job(refused(config(), job(newRun(NOW)), 'quota', 'the limit is 0', NOW))), 'completed', 'done', NOW);
    expect(state.attempts).toEqual([
      { rung: 0, attempt: 0, job: 'job-0', purpose: 'train', onDemand: false, refusal: 'quota' },
      { rung: 1, attempt: 0, job: 'job-0', purpose: 'train', onDemand: false, made: true, outcome: 'completed', reason: 'done' },
    ]);
    expect(state.made).toBe(1);
  });

  test('keeps its reason until the next is named', () => {
    const refusedOnce = refuse('quota');
    expect(refusedOnce.attempts).toEqual([{ rung: 0, attempt: 0, job: 'job-0', purpose: 'train', onDemand: false, refusal: 'quota', reason: 'no' }]);
    expect(job(refusedOnce).attempts.map(({ reason }) => reason)).toEqual([undefined, undefined]);
    expect(job(refusedOnce).attempts[0]).not.toHaveProperty('reason');
    expect(after('capacity', after('internalError')).attempts.map(({ reason }) => reason)).toEqual([undefined, 'it was capacity']);
  });

  test('of a name that is somebody else\'s is taken back; the next has another number', () => {
    const before = after('internalError');
    const state = withoutName(job(before));
    expect(state).toMatchObject({ made: 2, attempts: [{ job: 'job-0', outcome: 'internalError' }] });
    expect(state.attempts).toHaveLength(1);
    expect(current(state)).toBeUndefined();
    expect(current(job(state))).toMatchObject({ attempt: 2, job: 'job-2' });
    expect(withoutName(withoutName(job(newRun(NOW))))).toMatchObject({ attempts: [], made: 2 });
  });
});

describe('a job of an earlier try of the same run', () => {
  test.each([['ml.g5.x', 2], ['ml.trn1.x', 0], ['ml.other.x', 0], [undefined, 0]])('on %s is of rung %s', (instanceType, rung) => {
    const state = adopted(config(), job(newRun(NOW)), instanceType);
    expect(state).toMatchObject({ rung, made: 1, attempts: [{ job: 'job-0', rung, made: true }] });
    expect(current(state)).toMatchObject({ job: 'job-0', rung });
  });
});

describe('the end of a job', () => {
  test.each<[JobOutcome, RunOutcome]>([['completed', 'completed'], ['stopped', 'stopped'], ['userError', 'userError'], ['timedOut', 'timedOut']])('%s ends the run as %s', (outcome, run) => {
    expect(after(outcome)).toMatchObject({ rung: 0, outcome: run, reason: `it was ${outcome}` });
  });

  test('without capacity leads to the next hardware at once', () => {
    const { rung, outcome: run, notBefore, onDemand } = after('capacity');
    expect([rung, run, notBefore, onDemand]).toEqual([1, undefined, undefined, false]);
  });

  test.each([0, 1])('%p tries for capacity are one', (capacityAttempts) => expect(after('capacity', newRun(NOW), config({ capacityAttempts })).rung).toBe(1));

  test('capacity is waited for as often as is said, from now on', () => {
    const how = config({ capacityAttempts: 3 });
    const once = after('capacity', newRun(NOW), how);
    expect(once).toMatchObject({ rung: 0, notBefore: NOW + 300 });
    const twice = after('capacity', once, how, NOW + 1000);
    expect(twice).toMatchObject({ rung: 0, notBefore: NOW + 1300 });
    const { rung, notBefore } = after('capacity', twice, how);
    expect([rung, notBefore]).toEqual([1, undefined]);
  });

  test('a wait of 0 for capacity is none', () => expect(after('capacity', newRun(NOW), config({ capacityAttempts: 2, capacityWaitSeconds: 0 }))).not.toHaveProperty('notBefore', expect.anything()));

  test('tries are counted for each rung anew', () => {
    const how = config({ capacityAttempts: 2 });
    const second = after('capacity', after('capacity', newRun(NOW), how), how);
    expect(second.rung).toBe(1);
    expect(after('capacity', second, how)).toMatchObject({ rung: 1, notBefore: NOW + 300 });
  });

  test('spot is tried on demand, then on the next hardware; the next begins with spot', () => {
    const once = after('spotInterrupted');
    expect(once).toMatchObject({ rung: 0, onDemand: true });
    expect(current(job(once))).toMatchObject({ onDemand: true });
    expect(after('spotInterrupted', once)).toMatchObject({ rung: 1, onDemand: false });
    expect(after('capacity', once)).toMatchObject({ rung: 1, onDemand: false });
    expect(after('spotInterrupted', newRun(NOW), config({ spotToOnDemand: false }))).toMatchObject({ rung: 1, onDemand: false });
  });

  test('an error of the service is tried again, and then the end', () => {
    const once = after('internalError');
    expect([once.rung, once.outcome, once.notBefore]).toEqual([0, undefined, undefined]);
    expect(after('internalError', once)).toMatchObject({ rung: 0, outcome: 'internalError', reason: 'it was internalError' });
    expect(after('internalError', newRun(NOW), config({ internalErrorAttempts: 1 })).outcome).toBe('internalError');
  });

  test('a run from its checkpoint goes on when that is wanted', () => {
    const how = config({ timeoutAttempts: 2 });
    const once = after('timedOut', newRun(NOW), how);
    expect([once.rung, once.outcome]).toEqual([0, undefined]);
    expect(after('timedOut', once, how).outcome).toBe('timedOut');
  });

  test('tries are counted for each purpose anew', () => {
    const how = config({ capacityAttempts: 2, internalErrorAttempts: 2 }, ['trn1', 'g5'], ['trn1']);
    const filled = after('completed', after('internalError', after('capacity', newRun(NOW), how), how), how);
    expect(filled).toMatchObject({ rung: 0, compiled: [0], made: 3 });
    const trained = after('internalError', after('capacity', filled, how), how);
    expect([trained.rung, trained.outcome]).toEqual([0, undefined]);
    expect(after('capacity', trained, how).rung).toBe(1);
    expect(after('internalError', trained, how).outcome).toBe('internalError');
  });

  test('tries are counted for each outcome by itself', () => {
    const how = config({ capacityAttempts: 2, internalErrorAttempts: 2, timeoutAttempts: 2 });
    const once = after('timedOut', after('internalError', after('capacity', newRun(NOW), how), how), how);
    expect([once.rung, once.outcome, once.made]).toEqual([0, undefined, 3]);
  });

  test('without hardware left the run says what it tried', () => {
    const last = after('capacity', after('capacity', after('capacity')));
    expect(last).toMatchObject({ rung: 2, outcome: 'noHardware', reason: 'none of trn1, p4d, g5 was to be had; the last said: it was capacity' });
    expect(after('spotInterrupted', newRun(NOW), config({ spotToOnDemand: false }, ['trn1']))).toMatchObject({ rung: 0, outcome: 'noHardware', reason: 'none of trn1 was to be had; the last said: it was spotInterrupted' });
  });
});

describe('a compile cache', () => {
  const how = config({ timeoutAttempts: 3 }, ['trn1', 'trn2', 'g5'], ['trn1', 'trn2']);

  test('is filled before the training, on demand, once for a rung', () => {
    expect(nextPurpose(how, newRun(NOW))).toBe('compile');
    expect(current(job(newRun(NOW), how))).toEqual({ rung: 0, attempt: 0, job: 'job-0', purpose: 'compile', onDemand: true });
    const filled = after('completed', newRun(NOW), how);
    expect(filled).toMatchObject({ rung: 0, compiled: [0], onDemand: false });
    expect(filled.outcome).toBeUndefined();
    expect(current(job(filled, how))).toEqual({ rung: 0, attempt: 1, job: 'job-1', purpose: 'train', onDemand: false });
    expect(after('completed', filled, how).outcome).toBe('completed');
  });

  test('that is filled already is not filled again', () => {
    const filled = compiled(newRun(NOW));
    expect(filled).toEqual({ ...newRun(NOW), compiled: [0] });
    expect(nextPurpose(how, filled)).toBe('train');
  });

  test('of the next rung is another one, and hardware without one trains at once', () => {
    const second = after('capacity', after('completed', newRun(NOW), how), how);
    expect([second.rung, nextPurpose(how, second)]).toEqual([1, 'compile']);
    const third = after('capacity', second, how);
    expect([third.rung, nextPurpose(how, third)]).toEqual([2, 'train']);
  });

  test('that takes too long is not gone on with: there is no checkpoint', () => expect(after('timedOut', newRun(NOW), how)).toMatchObject({ rung: 0, outcome: 'timedOut', reason: 'it was timedOut' }));

  test('that a script fails at ends the run', () => expect(after('userError', newRun(NOW), how)).toMatchObject({ outcome: 'userError', compiled: [] }));
});

describe('a refusal', () => {
  test('of what a person has to mend ends the run', () => expect(refuse('userError')).toMatchObject({ rung: 0, outcome: 'userError', reason: 'no' }));

  test.each(['quota', 'unavailable'] as const)('for %s leads to the next hardware', (refusal) => expect([refuse(refusal).rung, refuse(refusal).outcome, refuse(refusal).notBefore]).toEqual([1, undefined, undefined]));

  test('on the last rung ends the run', () => {
    expect(refuse('unavailable', config({}, ['trn1']))).toMatchObject({ outcome: 'noHardware', reason: 'none of trn1 was to be had; the last said: no' });
  });

  test('for a quota is waited out when that is wanted, and not for ever', () => {
    const how = config({ onQuota: 'wait' });
    const waiting: Attempt = { rung: 0, attempt: 0, job: 'job-0', purpose: 'train', onDemand: false };
    const once = refuse('quota', how);
    expect(once).toMatchObject({ rung: 0, quotaSince: NOW, notBefore: NOW + 300, made: 0, attempts: [waiting] });
    expect(current(once)).toEqual(waiting);
    const twice = refuse('quota', how, once, NOW + 3599);
    expect(plain(twice)).toEqual({ ...plain(once) as object, notBefore: NOW + 3899 });
    const over = refuse('quota', how, twice, NOW + 3600);
    expect([over.rung, over.quotaSince, over.notBefore, over.made]).toEqual([1, undefined, undefined, 0]);
    expect(over.attempts).toEqual([{ ...waiting, refusal: 'quota', reason: 'no' }]);
    expect(refuse('unavailable', how)).toMatchObject({ rung: 1 });
    expect(refuse('unavailable', how, twice)).toMatchObject({ rung: 1, attempts: [{ refusal: 'unavailable' }] });
    expect(refuse('userError', how, twice)).toMatchObject({ rung: 0, outcome: 'userError', attempts: [{ refusal: 'userError' }] });
  });

  test.each([[0, 300], [21_599, 300], [21_600, 1800], [2 * 86_400 - 1, 1800], [2 * 86_400, 7200], [28 * 86_400 - 1, 7200]])('for a quota that was waited for %p s is asked again after %p s', (waited, wait) => {
    const how = config({ onQuota: 'wait', maxQuotaWaitSeconds: 28 * 86_400 });
    expect(refuse('quota', how, refuse('quota', how), NOW + waited)).toMatchObject({ rung: 0, quotaSince: NOW, notBefore: NOW + waited + wait });
  });

  test('for a quota that is free at last is the job that waited', () => {
    const how = config({ onQuota: 'wait' });
    const had = made(refuse('quota', how));
    expect(had).toMatchObject({ made: 1, attempts: [{ job: 'job-0', made: true }] });
    expect([had.quotaSince, had.notBefore, had.attempts.length]).toEqual([undefined, undefined, 1]);
    expect(withoutName(refuse('quota', how))).toMatchObject({ made: 1, attempts: [] });
  });

  test.each([[0, 1, 1], [4, 8, 1], [7, 8, 1], [8, 8, 0], [9, 8, 0], [10, 9, 0], [9, 10, 1], [100, 20, 0]])('for a quota of %p by a request for %p leads to rung %p: what is too small is not waited for', (limit, delta, rung) => {
    const how = config({ onQuota: 'wait' });
    const { rung: at, attempts: [{ refusal }], quotaSince, made: count } = refuse('quota', how, newRun(NOW), NOW, limitOf(limit, delta));
    expect([at, refusal, quotaSince, count]).toEqual(rung === 0 ? [0, undefined, NOW, 0] : [1, 'quota', undefined, 0]);
  });

  test('for a quota that does not say how large it is, or how much was wanted', () => {
    const how = config({ onQuota: 'wait' });
    const rung = (reason: string) => refuse('quota', how, newRun(NOW), NOW, reason).rung;
    expect([rung('no'), rung(''), rung('a request delta of 8 Instances'), rung('the limit is 1 Instances'), rung('the limit is 0 Instances'), rung(ZERO_QUOTA), rung(NO_QUOTA)]).toEqual([0, 0, 0, 0, 1, 1, 0]);
  });

  test('for a quota that was made smaller during the wait ends the wait', () => {
    const how = config({ onQuota: 'wait' });
    expect(refuse('quota', how, refuse('quota', how, newRun(NOW), NOW, NO_QUOTA), NOW + 300, ZERO_QUOTA)).toMatchObject({ rung: 1, attempts: [{ refusal: 'quota', reason: ZERO_QUOTA }] });
  });

  test('for a quota begins a new wait once a job was had, and on each rung', () => {
    const how = config({ onQuota: 'wait', internalErrorAttempts: 5 });
    const again = after('internalError', refuse('quota', how), how);
    expect(again.quotaSince).toBeUndefined();
    expect(refuse('quota', how, again, NOW + 9000)).toMatchObject({ rung: 0, quotaSince: NOW + 9000 });
    const next = refuse('quota', how, refuse('quota', how), NOW + 3600);
    expect(refuse('quota', how, next, NOW + 3600)).toMatchObject({ rung: 1, quotaSince: NOW + 3600 });
  });

  test('for a quota leaves the state as it is for 28 days: one job waits', () => {
    const how = config({ onQuota: 'wait', maxQuotaWaitSeconds: 28 * 86_400, internalErrorAttempts: 5 });
    let state = refuse('quota', how, after('internalError', newRun(NOW), how), NOW, NO_QUOTA);
    const before = JSON.stringify(state.attempts);
    let tries = 1;
    for (let now = state.notBefore!; now < NOW + 28 * 86_400; now = state.notBefore!, tries++) {
      state = refuse('quota', how, state, now, NO_QUOTA);
      expect(state).toMatchObject({ rung: 0, made: 1, quotaSince: NOW });
    }
    expect(tries).toBe(468);
    expect(JSON.stringify(state.attempts)).toBe(before);
    expect(JSON.stringify(state).length).toBeLessThan(600);
    expect(refuse('quota', how, state, state.notBefore, NO_QUOTA)).toMatchObject({ rung: 1, attempts: [{ outcome: 'internalError' }, { refusal: 'quota' }] });
  });
});

describe('a reason', () => {
  const long = `first${'x'.repeat(5000)}last`;
  const clipped = /^first[^]{1990}last$/;

  test('of a run is clipped', () => {
    expect(end(newRun(NOW), 'skipped', 'x'.repeat(2000)).reason).toBe('x'.repeat(2000));
    expect(end(newRun(NOW), 'skipped', 'x'.repeat(2001)).reason).toBe(`${'x'.repeat(997)}\n...\n${'x'.repeat(997)}`);
    expect(refuse('userError', config(), newRun(NOW), NOW, long).reason).toMatch(clipped);
    expect(ended(config(), made(job(newRun(NOW))), 'userError', long, NOW).reason).toMatch(clipped);
    const none = refuse('unavailable', config({}, ['trn1']), newRun(NOW), NOW, long).reason!;
    expect(none.length).toBeLessThanOrEqual(2000);
    expect(none).toMatch(/^none of trn1 was to be had; the last said: first[^]+last$/);
  });

  test.each<Refused>(['quota', 'unavailable', 'userError'])('of a job that was refused is clipped: %s', (refusal) => {
    expect(refuse(refusal, config(), newRun(NOW), NOW, long).attempts[0].reason).toMatch(clipped);
  });

  test.each<JobOutcome>(['capacity', 'internalError', 'userError', 'stopped'])('of a job that ended is clipped: %s', (outcome) => {
    expect(ended(config(), made(job(newRun(NOW))), outcome, long, NOW).attempts[0].reason).toMatch(clipped);
  });
});

describe('a run that is begun anew by a person', () => {
  const later = NOW + 86_400;

  test('goes on where it ended, with a job of a new name', () => {
    const failed = after('userError', after('capacity'));
    const going = revived(failed, 1, later);
    expect(plain(going)).toEqual({ ...plain(failed) as object, rung: 1, redrives: 1, since: later, countFrom: 2, outcome: undefined, reason: undefined });
    expect(current(going)).toBeUndefined();
    expect(current(job(going))).toMatchObject({ rung: 1, attempt: 2, job: 'job-2', onDemand: false });
  });

  test('goes on from the first rung when there was no hardware', () => {
    const none = after('capacity', after('capacity', after('capacity')));
    expect(revived(none, 1, later)).toMatchObject({ rung: 0, countFrom: 3, made: 3, onDemand: false });
  });

  test('has spot again where it begins with the first rung, and nowhere else', () => {
    const spot = after('spotInterrupted', newRun(NOW), config({}, ['trn1']));
    const none = after('capacity', spot, config({}, ['trn1']));
    expect(none).toMatchObject({ outcome: 'noHardware', onDemand: true });
    expect(current(job(revived(none, 1, later)))).toMatchObject({ rung: 0, onDemand: false });
    const stopped = after('stopped', spot, config({}, ['trn1']));
    expect(current(job(revived(stopped, 1, later)))).toMatchObject({ rung: 0, onDemand: true });
  });

  test.each<RunOutcome>(['timedOut', 'stopped', 'userError', 'internalError', 'skipped'])('goes on on the same rung after %s', (outcome) => {
    expect(revived(end(after('capacity'), outcome, 'so'), 2, later)).toMatchObject({ rung: 1, redrives: 2 });
  });

  test('has all its tries again', () => {
    const how = config({ internalErrorAttempts: 2 });
    const over = after('internalError', after('internalError', newRun(NOW), how), how);
    expect(over.outcome).toBe('internalError');
    const once = after('internalError', revived(over, 1, later), how);
    expect(once.outcome).toBeUndefined();
    expect(after('internalError', once, how).outcome).toBe('internalError');
  });

  test('waits anew for a quota, and for nothing from before', () => {
    const how = config({ onQuota: 'wait' });
    const waited = refuse('userError', how, refuse('quota', how));
    expect([waited.quotaSince, waited.notBefore]).toEqual([NOW, NOW + 300]);
    const going = revived(waited, 1, later);
    expect([going.quotaSince, going.notBefore, current(going)]).toEqual([undefined, undefined, undefined]);
    expect(refuse('quota', how, going, later)).toMatchObject({ quotaSince: later, notBefore: later + 300, attempts: [{ refusal: 'userError' }, { job: 'job-0' }] });
  });

  test('keeps what was compiled, and what it is billed for', () => {
    const how = config({}, ['trn1'], ['trn1']);
    const state = { ...after('capacity', after('completed', newRun(NOW), how), how), billable: 90, cost: 3 };
    expect(state.outcome).toBe('noHardware');
    const going = revived(state, 1, later);
    expect(going).toMatchObject({ compiled: [0], billable: 90, cost: 3, startedAt: NOW });
    expect(nextPurpose(how, going)).toBe('train');
  });
});

/** What may come in after a job was named: a refusal, a loss of the name, or an end. */
type Happening = { readonly refusal: Refused; readonly reason: string } | { readonly outcome: JobOutcome };
const goesOn = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<JobOutcome>('capacity', 'spotInterrupted', 'internalError', 'timedOut', 'completed').map((outcome): Happening => ({ outcome })) },
  { weight: 5, arbitrary: fc.record({ refusal: fc.constantFrom<Refused>('quota', 'unavailable'), reason: fc.constantFrom(NO_QUOTA, ZERO_QUOTA) }) as fc.Arbitrary<Happening> },
);
const happening = fc.oneof(
  { weight: 20, arbitrary: goesOn },
  { weight: 1, arbitrary: fc.constantFrom<JobOutcome>('stopped', 'userError').map((outcome): Happening => ({ outcome })) },
  { weight: 1, arbitrary: fc.constant<Happening>({ refusal: 'userError', reason: 'no' }) },
);
const policies = fc.record<TrainingPolicies>({
  onQuota: fc.constantFrom('next', 'wait'),
  maxQuotaWaitSeconds: fc.integer({ min: 300, max: 7200 }),
  capacityAttempts: fc.nat(20),
  capacityWaitSeconds: fc.nat(600),
  spotToOnDemand: fc.boolean(),
  internalErrorAttempts: fc.nat(10),
  timeoutAttempts: fc.nat(20),
});
const ladder = fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }).chain((rungs) => policies.map((how) => config(how, rungs.map((_, i) => `rung-${i}`), rungs.flatMap((precompile, i) => precompile ? [`rung-${i}`] : []))));
const RUN = { arn: 'arn', machine: 'machine' };

/** Requests until a run has to have ended: tries are counted for each purpose, with waits of at most 7,200 s that are 300 s apart. */
const most = (how: TrainingConfig): number => {
  const { capacityAttempts, internalErrorAttempts, timeoutAttempts } = how.policies;
  const jobs = 2 * (Math.max(1, capacityAttempts) + Math.max(1, internalErrorAttempts)) + Math.max(1, timeoutAttempts) + 3;
  return how.rungs.length * jobs * (7200 / 300 + 2);
};

/** Runs until the end, and calls `seen` with each state and the one before. */
function play(how: TrainingConfig, from: TrainingState, happenings: Iterator<Happening>, seen: (state: TrainingState, before: TrainingState) => void): { readonly end: TrainingState; readonly steps: number } {
  let [state, steps, now] = [frozen(from), 0, NOW];
  while (state.outcome === undefined) {
    if (steps > most(how)) throw new Error(`no end after ${steps} steps`);
    steps += 1;
    now = Math.max(now + 1, state.notBefore ?? 0);
    const request = current(state) === undefined ? frozen(begin(how, state, jobName(how.prefix, RUN, state.made), now)) : state;
    if (request !== state) seen(request, state);
    const what = happenings.next().value as Happening;
    const then = 'refusal' in what ? refused(how, request, what.refusal, what.reason, now) : ended(how, frozen(made(request)), what.outcome, `it was ${what.outcome}`, now);
    seen(frozen(then), request);
    state = then;
  }
  return { end: state, steps };
}

const none = () => undefined;
const endless = fc.infiniteStream(happening);

describe('whatever happens, in whatever order', () => {
  test('a run ends', () => {
    fc.assert(fc.property(ladder, endless, (how, happenings) => {
      const { end: state } = play(how, newRun(NOW), happenings, none);
      expect(state.reason).toBeDefined();
      expect(current(state)).toBeUndefined();
    }));
  });

  test('a run that nobody stops ends, too: nothing is tried for ever', () => {
    fc.assert(fc.property(ladder, fc.infiniteStream(goesOn), (how, happenings) => {
      const { end: state } = play(how, newRun(NOW), happenings, none);
      expect(['completed', 'noHardware', 'internalError', 'timedOut']).toContain(state.outcome);
    }));
  });

  test.each<JobOutcome>(['capacity', 'spotInterrupted', 'internalError', 'timedOut'])('a run that always meets %s ends', (outcome) => {
    fc.assert(fc.property(ladder, (how) => {
      const { end: state } = play(how, newRun(NOW), (function* () { for (;;) yield { outcome }; })(), none);
      expect(state.outcome).toBe(outcome === 'internalError' || outcome === 'timedOut' ? outcome : 'noHardware');
    }));
  });

  test('it never goes down the ladder, step by step at most', () => {
    fc.assert(fc.property(ladder, endless, (how, happenings) => {
      play(how, newRun(NOW), happenings, (state, before) => {
        expect([before.rung, before.rung + 1]).toContain(state.rung);
        expect(state.rung).toBeLessThan(how.rungs.length);
        if (state.rung > before.rung) expect([state.onDemand, state.quotaSince, state.notBefore]).toEqual([false, undefined, undefined]);
      });
    }));
  });

  test('each job has a name of its own, which counts the jobs that were made, and all before it are over', () => {
    fc.assert(fc.property(ladder, endless, (how, happenings) => {
      play(how, newRun(NOW), happenings, ({ attempts, made: count }) => {
        const jobs = attempts.filter((one) => one.made === true);
        expect(new Set(jobs.map((one) => one.job)).size).toBe(jobs.length);
        expect(count).toBe(jobs.length);
        expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map((_, i) => attempts.slice(0, i).filter((one) => one.made === true).length));
        expect(attempts.map((one) => one.job)).toEqual(attempts.map(({ attempt }) => jobName(how.prefix, RUN, attempt)));
        expect(attempts.slice(0, -1).filter((one) => (one.outcome === undefined) === (one.refusal === undefined))).toEqual([]);
        expect(attempts.filter((one) => (one.outcome !== undefined || one.refusal !== undefined) && (one.made === true) !== (one.refusal === undefined))).toEqual([]);
      });
    }));
  });

  test('a job that waits for its quota is there, and was not made', () => {
    fc.assert(fc.property(ladder, endless, (how, happenings) => {
      play({ ...how, policies: { ...how.policies, onQuota: 'wait' } }, newRun(NOW), happenings, (state, before) => {
        if (state.quotaSince === undefined || state.outcome !== undefined) return;
        expect(current(state)).toEqual(current(before));
        expect(current(state)!.made).toBeUndefined();
        expect(state.notBefore! - state.quotaSince).toBeGreaterThanOrEqual(300);
        expect([state.attempts, state.made]).toEqual([before.attempts, before.made]);
      });
    }));
  });

  test('only the last job has a reason', () => {
    fc.assert(fc.property(ladder, endless, (how, happenings) => {
      play(how, newRun(NOW), happenings, ({ attempts }) => {
        expect(attempts.slice(0, -1).filter((one) => 'reason' in one)).toEqual([]);
        const last = attempts[attempts.length - 1];
        expect('reason' in last).toBe(last.outcome !== undefined || last.refusal !== undefined);
      });
    }));
  });

  test('a name that is somebody else\'s is not given again', () => {
    fc.assert(fc.property(ladder, fc.array(fc.oneof(fc.constant('taken' as const), goesOn), { maxLength: 60 }), (how, happenings) => {
      let state = newRun(NOW);
      const given: string[] = [];
      for (const what of happenings) {
        if (state.outcome !== undefined) break;
        state = asked(state, how);
        const name = jobName(how.prefix, RUN, current(state)!.attempt);
        expect(given).not.toContain(name);
        if (what === 'taken' || 'outcome' in what) given.push(name);
        const { attempts } = state;
        state = what === 'taken' ? withoutName(state) : 'refusal' in what ? refused(how, state, what.refusal, what.reason, NOW) : ended(how, made(state), what.outcome, 'so', NOW);
        if (what === 'taken') expect(state.attempts).toEqual(attempts.slice(0, -1));
        expect(state.made).toBe(given.length);
      }
    }));
  });

  test('a cache is filled before what needs it, at most once for a rung', () => {
    fc.assert(fc.property(ladder, endless, (how, happenings) => {
      const { end: { attempts, compiled: filled } } = play(how, newRun(NOW), happenings, none);
      expect(new Set(filled).size).toBe(filled.length);
      for (const [i, { rung, purpose, onDemand }] of attempts.entries()) {
        const before = attempts.slice(0, i).some((one) => one.rung === rung && one.purpose === 'compile' && one.outcome === 'completed');
        expect(purpose).toBe(how.rungs[rung].precompile !== undefined && !before ? 'compile' : 'train');
        if (purpose === 'compile') expect(onDemand).toBe(true);
      }
    }));
  });

  test('the state travels as JSON, and nothing that was is changed', () => {
    fc.assert(fc.property(ladder, endless, (how, happenings) => {
      play(frozen(how), newRun(NOW), happenings, (state) => {
        expect(plain(state)).toEqual(state);
      });
    }));
  });

  test('what travelled decides the same', () => {
    fc.assert(fc.property(ladder, fc.array(happening, { minLength: 30, maxLength: 30 }), (how, happenings) => {
      let [whole, sent] = [newRun(NOW), newRun(NOW)];
      for (const what of happenings) {
        if (whole.outcome !== undefined) break;
        const turn = (state: TrainingState) => 'refusal' in what ? refused(how, asked(state, how), what.refusal, what.reason, NOW) : after(what.outcome, state, how);
        [whole, sent] = [turn(whole), plain(turn(plain(sent) as TrainingState)) as TrainingState];
        expect(sent).toEqual(plain(whole));
      }
    }));
  });

  test('a run that is begun anew ends again, with names of its own, and from where it was but after no hardware', () => {
    fc.assert(fc.property(ladder, endless, fc.integer({ min: 1, max: 4 }), (how, happenings, redrives) => {
      let { end: state } = play(how, newRun(NOW), happenings, none);
      for (let redrive = 1; redrive <= redrives && state.outcome !== 'completed'; redrive++) {
        const going = revived(frozen(state), redrive, NOW);
        expect(going.rung).toBe(state.outcome === 'noHardware' ? 0 : state.rung);
        if (going.rung === 0 && state.outcome === 'noHardware') expect(going.onDemand).toBe(false);
        else expect(going.onDemand).toBe(state.onDemand);
        expect(current(going)).toBeUndefined();
        expect(going.attempts).toEqual(state.attempts);
        ({ end: state } = play(how, going, happenings, (one, before) => expect(one.rung).toBeGreaterThanOrEqual(before.rung)));
      }
      const jobs = state.attempts.filter((one) => one.made === true);
      expect(new Set(jobs.map((one) => one.job)).size).toBe(jobs.length);
      expect(state.made).toBe(jobs.length);
    }));
  });

  test.each([[false, 490], [true, 780]])('the state of 10 rungs with the largest policies is small, with the longest reasons that SageMaker gives (compile caches: %p)', (precompile, count) => {
    const names = Array.from({ length: 10 }, (_, i) => `rung-${i}`);
    const how = { ...config({ onQuota: 'wait', maxQuotaWaitSeconds: 28 * 86_400, capacityAttempts: 20, internalErrorAttempts: 10, timeoutAttempts: 20 }, names, precompile ? names : []), prefix: 'p'.repeat(48) };
    const times = (length: number, outcome: JobOutcome): JobOutcome[] => Array.from({ length }, () => outcome);
    // As many tries as there are, on each rung.
    const compiling: JobOutcome[] = precompile ? [...times(9, 'internalError'), ...times(19, 'capacity'), 'completed'] : [];
    const training: JobOutcome[] = [...times(9, 'internalError'), ...times(19, 'timedOut'), 'spotInterrupted', ...times(20, 'capacity')];
    let state: TrainingState = { ...newRun(1_800_000_000), ticks: 2700, billable: 123_456_789.5, cost: 123_456.789 };
    let largest = 0;
    for (const outcome of names.flatMap(() => [...compiling, ...training])) {
      expect(state.outcome).toBeUndefined();
      const asks = begin(how, state, jobName(how.prefix, RUN, state.made), 1_800_000_000);
      const waits = refused(how, asks, 'quota', NO_QUOTA, 1_800_000_000);
      state = ended(how, made(waits), outcome, 'x'.repeat(1024), 1_800_000_000);
      largest = Math.max(largest, JSON.stringify(waits).length, JSON.stringify(state).length);
    }
    expect(state).toMatchObject({ outcome: 'noHardware', made: count });
    expect(state.attempts).toHaveLength(count);
    expect(largest).toBeLessThan(140_000);
    // The data of a task (Step Functions quotas) hold both, and what a run is given.
    expect(MAX_CONFIG + 140_000).toBeLessThan(256 * 1024 - 12_000);
  });
});
