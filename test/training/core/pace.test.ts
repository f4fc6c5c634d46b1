import * as fc from 'fast-check';
import { untilNextLook } from '../../../src/training/core/pace';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** An execution has 25,000 events, a look takes 9: a wait (2), a task (5), a choice (2). */
const MOST_LOOKS = 2770;
/** A run that fits with some room; one of a year, which may be, does not. */
const MOST_DAYS = 250;

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

describe('the next look', () => {
  test.each([
    [0, 30], [30 * MINUTE - 1, 30], [30 * MINUTE, MINUTE], [2 * HOUR - 1, MINUTE], [2 * HOUR, 5 * MINUTE], [DAY - 1, 5 * MINUTE], [DAY, 20 * MINUTE], [370 * DAY, 20 * MINUTE],
  ])('at a job of %p s is after %p s', (age, wait) => expect(untilNextLook({ since: 1000, ticks: 0 }, 1000 + age)).toBe(wait));

  test('is seconds apart when the clock of the tick is before that of the job', () => expect(untilNextLook({ since: 1000, ticks: 0 }, 990)).toBe(30));

  test('is between half a minute and a day away', () => {
    fc.assert(fc.property(fc.nat(370 * DAY), fc.nat(5000), (age, ticks) => {
      const wait = untilNextLook({ since: 0, ticks }, age);
      expect(wait).toBeGreaterThanOrEqual(30);
      expect(wait).toBeLessThanOrEqual(DAY);
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

  test.each([[0, 30], [2299, 30], [2300, 2 * HOUR], [2499, 2 * HOUR], [2500, DAY], [1_000_000, DAY]])('of a run that has been looked at %p times is after %p s, however young its job', (ticks, wait) => {
    expect(untilNextLook({ since: 0, ticks }, 0)).toBe(wait);
  });

  test('depends on the age alone, not on the date', () => {
    fc.assert(fc.property(fc.nat(2_000_000_000), fc.nat(40 * DAY), fc.nat(5000), (since, age, ticks) => {
      expect(untilNextLook({ since, ticks }, since + age)).toBe(untilNextLook({ since: 0, ticks }, age));
    }));
  });
});

describe('the looks of a run together', () => {
  test('of the longest job, 28 days, at its usual pace', () => {
    const all = looks(28, []);
    expect(all).toBeGreaterThan(2000);
    expect(all).toBeLessThan(2400);
  });

  test('of a short one are close together: what ended is found within half a minute', () => expect(looks(0.5 / 24, [])).toBe(60));

  test('fit one execution for 250 days, whenever jobs change', () => {
    fc.assert(fc.property(fc.nat(MOST_DAYS), fc.array(fc.nat(MOST_DAYS * DAY), { maxLength: 500 }), (days, changes) => {
      expect(looks(days, changes)).toBeLessThan(MOST_LOOKS);
    }), { numRuns: 200 });
  });

  test('fit one execution when a new job begins every minute', () => {
    expect(looks(MOST_DAYS, Array.from({ length: 40_000 }, (_, i) => i * 60))).toBeLessThan(MOST_LOOKS);
  });
});
