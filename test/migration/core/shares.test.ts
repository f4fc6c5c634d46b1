import * as fc from 'fast-check';
import { above, sameShare, stepAbove, stepAt } from '../../../src/migration/core/shares';

const STEPS = [5, 25, 50, 80];

describe('shares', () => {
  it('survive weights of 32 bits', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 100, noNaN: true }), fc.constantFrom(1, 2, 3, 0.7, 100), (share, total) => {
      const [from, to] = [total * (1 - share / 100), total * share / 100].map(Math.fround);
      expect(sameShare(share, 100 * to / (from + to))).toBe(true);
    }));
  });

  it('differ by what a person can set', () => {
    expect(sameShare(5, 5.004)).toBe(true);
    expect(sameShare(5, 5.01)).toBe(false);
    expect(sameShare(100, 99.8)).toBe(false);
    expect(sameShare(0, 0)).toBe(true);
    expect(sameShare(0, 0.001)).toBe(false);
  });

  it('are above only when they are not the same', () => {
    expect([above(5.001, 5), above(6, 5), above(4, 5)]).toEqual([false, true, false]);
  });

  it.each([[0, -1], [4.9, -1], [4.999, 0], [5, 0], [30, 1], [80, 3], [100, 3]])('%d %% is at step %d', (share, step) => {
    expect(stepAt(STEPS, share)).toBe(step);
  });

  it.each([[0, 0], [4.999, 1], [5, 1], [30, 2], [80, 4], [100, 4]])('above %d %% comes step %d', (share, step) => {
    expect(stepAbove(STEPS, share)).toBe(step);
  });
});
