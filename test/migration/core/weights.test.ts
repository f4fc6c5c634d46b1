import * as fc from 'fast-check';
import { boundedWeights, sameWeight, weightsOf } from '../../../src/migration/core/weights';
import { config } from '../runtime/config';

const CONFIG = config();

test('a share is a part of the sum of the weights, and the ends are exact', () => {
  expect(weightsOf(CONFIG, 0)).toEqual({ gpu: 2, inf2: 0 });
  expect(weightsOf(CONFIG, 25)).toEqual({ gpu: 1.5, inf2: 0.5 });
  expect(weightsOf(CONFIG, 100)).toEqual({ gpu: 0, inf2: 2 });
});

test('bounds hold the weight itself, and at the ends nothing of the newcomer', () => {
  expect(boundedWeights(CONFIG, 50)).toEqual({ from: 1, to: 1, leastFrom: 0.999, mostTo: 1.001 });
  expect(boundedWeights(CONFIG, 0)).toEqual({ from: 2, to: 0, leastFrom: 1.998, mostTo: 0 });
});

test('32-bit floats of a weight are the weight, and inside the bounds; another share is neither', () => {
  fc.assert(fc.property(fc.double({ min: 0.001, max: 1000, noNaN: true }), fc.integer({ min: 0, max: 1000 }), (totalWeight, permille) => {
    const share = permille / 10;
    const scaled = { ...CONFIG, totalWeight };
    const { gpu, inf2 } = weightsOf(scaled, share);
    const bounds = boundedWeights(scaled, share);
    for (const weight of [gpu, inf2]) {
      expect(sameWeight(scaled, Math.fround(weight), weight)).toBe(true);
      expect(sameWeight(scaled, weight * 1.01 + totalWeight * 1e-6, weight)).toBe(false);
    }
    expect(Math.fround(gpu)).toBeGreaterThanOrEqual(bounds.leastFrom);
    expect(Math.fround(inf2)).toBeLessThanOrEqual(bounds.mostTo);
  }));
});

test('a weight that is not there, and one beside zero, are different', () => {
  expect(sameWeight(CONFIG, undefined, 0)).toBe(false);
  expect(sameWeight(CONFIG, 1e-6, 0)).toBe(false);
  expect(sameWeight(CONFIG, 0, 0)).toBe(true);
});
