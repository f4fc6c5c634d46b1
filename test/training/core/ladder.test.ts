import * as fc from 'fast-check';
import { jobName } from '../../../src/training/core/job-name';
import { begin, compiled, current, end, ended, made, newRun, nextPurpose, refused, revived, withoutName } from '../../../src/training/core/ladder';
import type { JobOutcome, Refusal } from '../../../src/training/core/outcome';
import type { PrecompileConfig, RunOutcome, TrainingConfig, TrainingPolicies, TrainingState } from '../../../src/training/core/types';

type Refused = Exclude<Refusal, 'exists' | 'retry'>;

const PRECOMPILE: PrecompileConfig = { bucket: 'b', marker: 'm', instanceCount: 1, maxRuntimeSeconds: 3600, hyperParameters: {} };
const DEFAULTS: TrainingPolicies = {
  onQuota: 'next', quotaWaitSeconds: 600, maxQuotaWaitSeconds: 3600, capacityAttempts: 1, capacityWaitSeconds: 300, spotToOnDemand: true, internalErrorAttempts: 2, timeoutAttempts: 1,
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
const ZERO_QUOTA = "The account-level service limit 'ml.trn1.32xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.";
const job = (state: TrainingState, how = config(), now = NOW) => begin(how, state, `job-${state.made}`, now);
const after = (outcome: JobOutcome, from = newRun(NOW), how = config(), now = NOW) => ended(how, made(job(from, how)), outcome, `it was ${outcome}`, now);
const refuse = (refusal: Refused, how = config(), from = newRun(NOW), now = NOW, reason = 'no') => refused(how, job(from, how), refusal, reason, now);
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

  test('is looked at from when it was asked for, and waits for nothing any more', () => {
    const state = begin(config(), { ...newRun(NOW), notBefore: NOW + 5 }, 'job-0', NOW + 7);
    expect(state).toMatchObject({ made: 1, since: NOW + 7, startedAt: NOW });
    expect(state.notBefore).toBeUndefined();
  });

  test('keeps what became of it', () => {
    const state = ended(config(), made(job(refused(config(), job(newRun(NOW)), 'quota', 'the limit is 0', NOW))), 'completed', 'done', NOW);
    expect(state.attempts).toEqual([
      { rung: 0, attempt: 0, job: 'job-0', purpose: 'train', onDemand: false, refusal: 'quota', reason: 'the limit is 0' },
      { rung: 1, attempt: 1, job: 'job-1', purpose: 'train', onDemand: false, made: true, outcome: 'completed', reason: 'done' },
    ]);
  });

  test('of a name that is somebody else\'s is taken back; the next has another number', () => {
    const state = withoutName(job(newRun(NOW)));
    expect(state).toMatchObject({ attempts: [], made: 1 });
    expect(current(job(state))).toMatchObject({ attempt: 1, job: 'job-1' });
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
    const once = refuse('quota', how);
    expect(once).toMatchObject({ rung: 0, quotaSince: NOW, notBefore: NOW + 600, made: 0, attempts: [] });
    const twice = refuse('quota', how, once, NOW + 3599);
    expect(twice).toMatchObject({ rung: 0, quotaSince: NOW, notBefore: NOW + 4199, made: 0, attempts: [] });
    const over = refuse('quota', how, twice, NOW + 3600);
    expect([over.rung, over.quotaSince, over.notBefore, over.made]).toEqual([1, undefined, undefined, 1]);
    expect(refuse('unavailable', how)).toMatchObject({ rung: 1 });
  });

  test('for a quota of 0 is not waited out', () => {
    const how = config({ onQuota: 'wait' });
    expect(refuse('quota', how, newRun(NOW), NOW, ZERO_QUOTA)).toMatchObject({ rung: 1, made: 1 });
    expect(refuse('quota', how, newRun(NOW), NOW, NO_QUOTA)).toMatchObject({ rung: 0, made: 0 });
    expect(refuse('quota', how, newRun(NOW), NOW, NO_QUOTA.replace('is 2', 'is 10'))).toMatchObject({ rung: 0, made: 0 });
  });

  test('for a quota begins a new wait once a job was had, and on each rung', () => {
    const how = config({ onQuota: 'wait', internalErrorAttempts: 5 });
    const again = after('internalError', refuse('quota', how), how);
    expect(again.quotaSince).toBeUndefined();
    expect(refuse('quota', how, again, NOW + 9000)).toMatchObject({ rung: 0, quotaSince: NOW + 9000 });
    const next = refuse('quota', how, refuse('quota', how), NOW + 3600);
    expect(refuse('quota', how, next, NOW + 3600)).toMatchObject({ rung: 1, quotaSince: NOW + 3600 });
  });

  test('for a quota leaves the list as it was, however often', () => {
    const how = config({ onQuota: 'wait', quotaWaitSeconds: 300, maxQuotaWaitSeconds: 28 * 86400, internalErrorAttempts: 5 });
    let state = after('internalError', newRun(NOW), how);
    const before = JSON.stringify(state.attempts);
    for (let i = 0; i < 8000; i++) state = refuse('quota', how, state, NOW + 300 * i, NO_QUOTA);
    expect(JSON.stringify(state.attempts)).toBe(before);
    expect(state).toMatchObject({ rung: 0, made: 1, quotaSince: NOW, notBefore: NOW + 300 * 8000 });
    expect(JSON.stringify(state).length).toBeLessThan(600);
  });
});

describe('a run that is begun anew by a person', () => {
  const later = NOW + 86_400;

  test('goes on where it ended, with a job of a new name', () => {
    const failed = after('userError', after('capacity'));
    const going = revived(failed, 1, later);
    expect(plain(going)).toEqual({ ...plain(failed) as object, rung: 1, redrives: 1, since: later, countFrom: 2, outcome: undefined, reason: undefined });
    expect(current(going)).toBeUndefined();
    expect(current(job(going))).toMatchObject({ rung: 1, attempt: 2, job: 'job-2' });
  });

  test('goes on from the first rung when there was no hardware', () => {
    const none = after('capacity', after('capacity', after('capacity')));
    expect(revived(none, 1, later)).toMatchObject({ rung: 0, countFrom: 3, made: 3 });
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
    const waited = end(refuse('quota', how), 'stopped', 'so');
    const { quotaSince, notBefore } = revived(waited, 1, later);
    expect([quotaSince, notBefore]).toEqual([undefined, undefined]);
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
  quotaWaitSeconds: fc.integer({ min: 300, max: 600 }),
  maxQuotaWaitSeconds: fc.integer({ min: 300, max: 3600 }),
  capacityAttempts: fc.nat(20),
  capacityWaitSeconds: fc.nat(600),
  spotToOnDemand: fc.boolean(),
  internalErrorAttempts: fc.nat(10),
  timeoutAttempts: fc.nat(20),
});
const ladder = fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }).chain((rungs) => policies.map((how) => config(how, rungs.map((_, i) => `rung-${i}`), rungs.flatMap((precompile, i) => precompile ? [`rung-${i}`] : []))));
const RUN = { arn: 'arn', machine: 'machine' };

/** Names asked for until a run has to have ended, with waits of at most 3,600 s that are at least 300 s apart. */
const most = (how: TrainingConfig): number => {
  const { capacityAttempts, internalErrorAttempts, timeoutAttempts } = how.policies;
  const jobs = Math.max(1, capacityAttempts) + Math.max(1, internalErrorAttempts) + Math.max(1, timeoutAttempts) + 3;
  return how.rungs.length * jobs * (3600 / 300 + 2);
};

/** Runs until the end, and calls `seen` with each state and the one before. */
function play(how: TrainingConfig, from: TrainingState, happenings: Iterator<Happening>, seen: (state: TrainingState, before: TrainingState) => void): { readonly end: TrainingState; readonly steps: number } {
  let [state, steps, now] = [frozen(from), 0, NOW];
  while (state.outcome === undefined) {
    if (steps > most(how)) throw new Error(`no end after ${steps} steps`);
    steps += 1;
    now = Math.max(now + 1, state.notBefore ?? 0);
    const asked = frozen(begin(how, state, jobName(how.prefix, RUN, state.rung, state.made), now));
    seen(asked, state);
    const what = happenings.next().value as Happening;
    const then = 'refusal' in what ? refused(how, asked, what.refusal, what.reason, now) : ended(how, frozen(made(asked)), what.outcome, `it was ${what.outcome}`, now);
    seen(frozen(then), asked);
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

  test('each job has a name of its own, and all before it are over', () => {
    fc.assert(fc.property(ladder, endless, (how, happenings) => {
      play(how, newRun(NOW), happenings, ({ attempts, made: count }) => {
        expect(new Set(attempts.map((one) => one.job)).size).toBe(attempts.length);
        expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map((_, i) => i));
        expect(count).toBe(attempts.length);
        expect(attempts.slice(0, -1).filter((one) => one.outcome === undefined && one.refusal === undefined)).toEqual([]);
        expect(attempts.filter((one) => one.outcome !== undefined && (one.refusal !== undefined || one.made !== true))).toEqual([]);
      });
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
        const turn = (state: TrainingState) => 'refusal' in what ? refused(how, job(state, how), what.refusal, what.reason, NOW) : after(what.outcome, state, how);
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
        expect(going.attempts).toEqual(state.attempts);
        ({ end: state } = play(how, going, happenings, (one, before) => expect(one.rung).toBeGreaterThanOrEqual(before.rung)));
      }
      expect(new Set(state.attempts.map((one) => one.job)).size).toBe(state.attempts.length);
    }));
  });

  test('the state of 10 rungs with the usual policies is small, with the longest reasons that SageMaker gives', () => {
    const how = config({ capacityAttempts: 1, internalErrorAttempts: 2, timeoutAttempts: 1 }, Array.from({ length: 10 }, (_, i) => `rung-${i}`));
    let state = newRun(NOW);
    while (state.outcome === undefined) {
      for (const outcome of ['internalError', 'spotInterrupted', 'capacity'] as const) state = ended(how, made(begin(how, state, jobName('p'.repeat(44), RUN, state.rung, state.made), NOW)), outcome, 'x'.repeat(1024), NOW);
    }
    expect(state.attempts).toHaveLength(30);
    expect(JSON.stringify(state).length).toBeLessThan(60_000);
  });
});
