import * as fc from 'fast-check';
import { ASSUMED_PARAMETERS_BILLION, hostMemoryNeeded } from '../../../src/compilation/core/host-memory';
import { DIMENSIONS, type ModelKind } from '../../../src/compilation/core/shapes';

test.each<[ModelKind, number, number]>([
  // 8 GiB, and 32 bytes a parameter: eight times the weights in float32.
  ['text-encoder', 0, 8], ['text-encoder', 0.109, 11.25], ['vision', 0.35, 18.43], ['clip', 0.45, 21.41], ['seq2seq', 0.8, 31.84], ['diffusion', 3.5, 112.31],
  // 8 GiB, and six bytes a parameter: three times the weights in 16 bit.
  ['decoder', 8.03, 52.87], ['decoder', 70, 399.16],
])('a model of kind %s with %p billion parameters needs about %p GiB', (kind, parameters, gib) => {
  expect(Math.round(hostMemoryNeeded(kind, parameters) * 100) / 100).toBe(gib);
});

test('one parameter more never needs less', () => {
  const size = fc.double({ min: 0, max: 1000, noNaN: true });
  fc.assert(fc.property(size, size, (a, b) => {
    expect(hostMemoryNeeded('vision', Math.max(a, b))).toBeGreaterThanOrEqual(hostMemoryNeeded('vision', Math.min(a, b)));
  }), { numRuns: 100 });
});

test('every kind that is compiled on a CPU has an assumed size', () => {
  expect(Object.keys(ASSUMED_PARAMETERS_BILLION)).toEqual(Object.keys(DIMENSIONS).filter((kind) => kind !== 'decoder'));
});
