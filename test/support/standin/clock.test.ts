import * as fc from 'fast-check';
import { PacedClock, RealClock, VirtualClock } from './clock';

describe('VirtualClock', () => {
  test('stands still until it is advanced', () => {
    const clock = new VirtualClock(1000);
    expect(clock.now()).toBe(1000);
    clock.advance(1.5);
    expect(clock.now()).toBe(2500);
    clock.advance(0);
    expect(clock.now()).toBe(2500);
  });

  test('runs what falls due, at its own time', () => {
    const clock = new VirtualClock(0);
    const seen: [string, number][] = [];
    clock.after(2000, () => seen.push(['b', clock.now()]));
    clock.after(1000, () => seen.push(['a', clock.now()]));
    clock.after(9000, () => seen.push(['late', clock.now()]));
    clock.advance(5);
    expect(seen).toEqual([['a', 1000], ['b', 2000]]);
    expect(clock.now()).toBe(5000);
  });

  test('runs what an action schedules, when it falls due within the same advance', () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    clock.after(1000, () => clock.after(1000, () => seen.push(clock.now())));
    clock.advance(2);
    expect(seen).toEqual([2000]);
  });

  test('two actions for the same moment run in the order they were given', () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.after(1000, () => seen.push('first'));
    clock.after(1000, () => seen.push('second'));
    clock.advance(1);
    expect(seen).toEqual(['first', 'second']);
  });

  test('a cancelled action does not run', () => {
    const clock = new VirtualClock(0);
    const cancel = clock.after(1000, () => { throw new Error('ran'); });
    cancel();
    cancel();
    clock.advance(10);
    expect(clock.now()).toBe(10_000);
  });

  test.each([-1, NaN])('does not go back or nowhere: %p', (seconds) => {
    expect(() => new VirtualClock().advance(seconds)).toThrow(`seconds must be 0 or more, got ${seconds}`);
  });

  test('many small steps see the same as one big step', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 12 }), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 }),
      (delays, steps) => {
        const run = (advances: number[]): number[] => {
          const clock = new VirtualClock(0);
          const seen: number[] = [];
          delays.forEach((delay, index) => clock.after(delay * 1000, () => seen.push(index, clock.now())));
          advances.forEach((seconds) => clock.advance(seconds));
          return seen;
        };
        const total = steps.reduce((sum, seconds) => sum + seconds, 0);
        expect(run(steps)).toEqual(run([total]));
      }), { numRuns: 100 });
  });
});

describe('RealClock', () => {
  test('follows the machine and can be cancelled', async () => {
    const clock = new RealClock();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000);
    const seen: string[] = [];
    clock.after(0, () => seen.push('ran'));
    clock.after(0, () => seen.push('cancelled'))();
    await new Promise((done) => setTimeout(done, 20));
    expect(seen).toEqual(['ran']);
  });
});

describe('PacedClock', () => {
  test('runs faster from its origin on, and waits less', async () => {
    const origin = Date.now() - 1000;
    const clock = new PacedClock(60, origin);
    expect(Math.abs(clock.now() - (origin + 60_000))).toBeLessThan(6000);
    const before = clock.now();
    await new Promise<void>((done) => clock.after(600, done));
    expect(clock.now() - before).toBeGreaterThan(400);
    const seen: string[] = [];
    clock.after(0, () => seen.push('cancelled'))();
    await new Promise((done) => setTimeout(done, 20));
    expect(seen).toEqual([]);
  });
});
