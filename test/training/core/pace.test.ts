import * as fc from 'fast-check';
import { begin, current, ended, made, newRun, refused } from '../../../src/training/core/ladder';
import type { JobOutcome } from '../../../src/training/core/outcome';
import { untilNextLook, untilNextQuota } from '../../../src/training/core/pace';
import type { TrainingConfig } from '../../../src/training/core/types';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** An execution has 25,000 events, a look takes 9: a wait (2), a task (5), a choice (2). */
const MOST_LOOKS = 2770;
/** The longest execution of Step Functions. */
const MOST_DAYS = 365;

/** Looks at the jobs of a run of `days`, of which a new one begins at each of `changes`. */
function looks(days: number, changes: readonly number[]): number {
  const starts = [...changes].sort((a, b) => a - b);
  let [now, since, ticks] = [0, 0, 0];
  while (now < days * DAY) {
    while (starts.length > 0 && starts[0] <= now) since = starts.shift()!;
    const wait = untilNextLook({ since, ticks }, now);
    ticks += 1;
    now += wait;
  }
  return ticks;
}

/** One job of a run: how long its quota is used up, how long it goes on, how it ends. */
interface Life {
  readonly quota: number;
  readonly lasts: number;
  readonly outcome: JobOutcome;
}

/** The most that may be set (training-checks). */
const PATIENT: TrainingConfig = {
  training: 't',
  prefix: 'p',
  inputs: {},
  overlap: false,
  policies: { onQuota: 'wait', maxQuotaWaitSeconds: 28 * DAY, capacityAttempts: 20, capacityWaitSeconds: 0, spotToOnDemand: true, internalErrorAttempts: 10, timeoutAttempts: 20 },
  rungs: Array.from({ length: 10 }, (_, i) => ({ name: `rung-${i}`, instanceType: 'ml.trn1.32xlarge', instanceCount: 1, request: {} })),
};
const USED_UP = 'is 4 Instances, with current utilization of 4 Instances and a request delta of 4 Instances.';

/** Ticks of a run, as the handler makes them: a job is named, asked for, and looked at until it has ended. */
function ticksOf(lives: Iterator<Life, undefined>, days = MOST_DAYS): number {
  let [state, now] = [newRun(0), 0];
  let [life, asked, ends] = [lives.next().value, 0, 0];
  while (state.outcome === undefined && now < days * DAY && life !== undefined) {
    state = { ...state, ticks: state.ticks + 1 };
    const attempt = current(state);
    if (state.notBefore === undefined || state.notBefore <= now) {
      if (attempt === undefined) {[state, asked] = [begin(PATIENT, state, `job-${state.made}`, now), now + 1];} else if (attempt.made !== true && now - asked < life.quota) {
        state = refused(PATIENT, state, 'quota', USED_UP, now);
        if (current(state) === undefined) life = lives.next().value;
      } else if (attempt.made !== true) {[state, ends] = [made(state), now + life.lasts];} else if (now >= ends) {[state, life] = [ended(PATIENT, state, life.outcome, 'so', now), lives.next().value];}
    }
    now += state.notBefore !== undefined && state.notBefore > now ? state.notBefore - now : current(state)?.made === true ? untilNextLook(state, now) : 1;
  }
  return state.ticks;
}

describe('the next look', () => {
  test.each([
    [0, 30], [30 * MINUTE - 1, 30], [30 * MINUTE, MINUTE], [2 * HOUR - 1, MINUTE], [2 * HOUR, 10 * MINUTE], [DAY - 1, 10 * MINUTE], [DAY, 20 * MINUTE], [370 * DAY, 20 * MINUTE],
  ])('at a job of %p s is after %p s', (age, wait) => expect(untilNextLook({ since: 1000, ticks: 0 }, 1000 + age)).toBe(wait));

  test('is seconds apart when the clock of the tick is before that of the job', () => expect(untilNextLook({ since: 1000, ticks: 0 }, 990)).toBe(30));

  test('is between half a minute and four days away', () => {
    fc.assert(fc.property(fc.nat(370 * DAY), fc.nat(5000), (age, ticks) => {
      const wait = untilNextLook({ since: 0, ticks }, age);
      expect(wait).toBeGreaterThanOrEqual(30);
      expect(wait).toBeLessThanOrEqual(4 * DAY);
      expect(Number.isInteger(wait)).toBe(true);
    }));
  });

  test('is never sooner for an older job, nor after more looks', () => {
    fc.assert(fc.property(fc.nat(370 * DAY), fc.nat(370 * DAY), fc.nat(5000), fc.nat(5000), (age, more, ticks, moreTicks) => {
      const wait = untilNextLook({ since: 0, ticks }, age);
      expect(untilNextLook({ since: 0, ticks }, age + more)).toBeGreaterThanOrEqual(wait);
      expect(untilNextLook({ since: 0, ticks: ticks + moreTicks }, age)).toBeGreaterThanOrEqual(wait);
    }));
  });

  test.each([[0, 30], [2299, 30], [2300, 2 * HOUR], [2399, 2 * HOUR], [2400, 4 * DAY], [1_000_000, 4 * DAY]])('of a run that has been looked at %p times is after %p s, however young its job', (ticks, wait) => {
    expect(untilNextLook({ since: 0, ticks }, 0)).toBe(wait);
  });

  test('depends on the age alone, not on the date', () => {
    fc.assert(fc.property(fc.nat(2_000_000_000), fc.nat(40 * DAY), fc.nat(5000), (since, age, ticks) => {
      expect(untilNextLook({ since, ticks }, since + age)).toBe(untilNextLook({ since: 0, ticks }, age));
    }));
  });
});

describe('the next try of a quota', () => {
  test.each([
    [0, 5 * MINUTE], [6 * HOUR - 1, 5 * MINUTE], [6 * HOUR, 30 * MINUTE], [2 * DAY - 1, 30 * MINUTE], [2 * DAY, 2 * HOUR], [28 * DAY, 2 * HOUR],
  ])('that was waited for %p s is after %p s', (waited, wait) => expect(untilNextQuota(waited, 0)).toBe(wait));

  test.each([[2299, 5 * MINUTE], [2300, 2 * HOUR], [2399, 2 * HOUR], [2400, 4 * DAY], [1_000_000, 4 * DAY]])('of a run that has been looked at %p times is after %p s, however short its wait', (ticks, wait) => {
    expect(untilNextQuota(0, ticks)).toBe(wait);
  });

  test('is never sooner after a longer wait, nor after more looks', () => {
    fc.assert(fc.property(fc.nat(28 * DAY), fc.nat(28 * DAY), fc.nat(5000), fc.nat(5000), (waited, more, ticks, moreTicks) => {
      expect(untilNextQuota(waited + more, ticks)).toBeGreaterThanOrEqual(untilNextQuota(waited, ticks));
      expect(untilNextQuota(waited, ticks + moreTicks)).toBeGreaterThanOrEqual(untilNextQuota(waited, ticks));
    }));
  });

  test('is one of 468 in 28 days', () => {
    let [waited, tries] = [0, 0];
    for (; waited < 28 * DAY; tries++) waited += untilNextQuota(waited, 0);
    expect(tries).toBe(72 + 84 + 312);
  });
});

describe('the looks of a run together', () => {
  test('of the longest job, 28 days, at its usual pace', () => expect(looks(28, [])).toBe(60 + 90 + 132 + 1944));

  test('of a short one are close together: what ended is found within half a minute', () => expect(looks(0.5 / 24, [])).toBe(60));

  test('fit one execution for a year, whenever jobs change', () => {
    fc.assert(fc.property(fc.nat(MOST_DAYS), fc.array(fc.nat(MOST_DAYS * DAY), { maxLength: 500 }), (days, changes) => {
      expect(looks(days, changes)).toBeLessThan(MOST_LOOKS);
    }), { numRuns: 200 });
  });

  test('fit one execution when a new job begins every minute', () => {
    expect(looks(MOST_DAYS, Array.from({ length: 40_000 }, (_, i) => i * 60))).toBeLessThan(MOST_LOOKS);
  });
});

describe('the ticks of a run together', () => {
  const GOES_ON: readonly JobOutcome[] = ['capacity', 'spotInterrupted', 'internalError', 'timedOut'];
  const alike = function* (life: Life): Generator<Life, undefined> {
    for (;;) yield life;
  };
  /** A job of 28 days, then others: the looks are used up before those begin. */
  const afterMonth = function* (life: Life): Generator<Life, undefined> {
    yield { quota: 0, lasts: 28 * DAY, outcome: 'timedOut' };
    yield* alike(life);
  };

  test('of one job of 28 days are its looks, and two for its name and its end', () => {
    expect(ticksOf([{ quota: 0, lasts: 28 * DAY, outcome: 'completed' } as const][Symbol.iterator]() as Iterator<Life, undefined>)).toBe(looks(28, []) + 2);
  });

  test('fit one execution, however long jobs go on, and how they end, without a wait for a quota', () => {
    const life = fc.record<Life>({ quota: fc.constant(0), lasts: fc.nat(28 * DAY), outcome: fc.constantFrom(...GOES_ON) });
    fc.assert(fc.property(fc.infiniteStream(life), (lives) => expect(ticksOf(lives as Iterator<Life, undefined>)).toBeLessThan(MOST_LOOKS)), { numRuns: 50 });
  });

  test.each(GOES_ON)('fit one execution when a month was for nothing, and then each job ends at once: %s', (outcome) => {
    expect(ticksOf(afterMonth({ quota: 0, lasts: 0, outcome }))).toBeLessThan(MOST_LOOKS);
  });

  test.each([0, HOUR, 27 * DAY, 29 * DAY])('fit one execution when each job waits %p s for its quota', (quota) => {
    expect(ticksOf(alike({ quota, lasts: HOUR, outcome: 'capacity' }))).toBeLessThan(MOST_LOOKS);
    expect(ticksOf(afterMonth({ quota, lasts: HOUR, outcome: 'capacity' }))).toBeLessThan(MOST_LOOKS);
  });

  test('fit one execution for a year, whatever happens in it, with waits for a quota of up to 28 days', () => {
    const life = fc.record<Life>({ quota: fc.nat(30 * DAY), lasts: fc.oneof(fc.nat(28 * DAY), fc.nat(HOUR)), outcome: fc.constantFrom(...GOES_ON) });
    fc.assert(fc.property(fc.infiniteStream(life), (lives) => expect(ticksOf(lives as Iterator<Life, undefined>)).toBeLessThan(MOST_LOOKS)), { numRuns: 50 });
  });
});
