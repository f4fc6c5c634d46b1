import * as fc from 'fast-check';
import { MAX_TIMEOUT_SECONDS, MIN_TIMEOUT_SECONDS, startupTimeouts } from '../../../src/endpoint/core/startup';

test.each([
  ['GPU', { neuron: false, languageModelServer: false }, { healthCheckSeconds: 600, downloadSeconds: 600 }],
  ['GPU server of language models', { neuron: false, languageModelServer: true }, { healthCheckSeconds: 1800, downloadSeconds: 1800 }],
  ['Neuron', { neuron: true, languageModelServer: false }, { healthCheckSeconds: 1800, downloadSeconds: 1800 }],
  ['Neuron server of language models', { neuron: true, languageModelServer: true }, { healthCheckSeconds: 3600, downloadSeconds: 1800 }],
  ['large weights on GPU', { neuron: false, languageModelServer: true, weightsGiB: 100 }, { healthCheckSeconds: 2600, downloadSeconds: 2600 }],
])('%s', (_, facts, timeouts) => {
  expect(startupTimeouts(facts)).toEqual(timeouts);
});

test('whatever the weights, both timeouts are whole numbers inside the limits of the API and never shrink with size', () => {
  fc.assert(fc.property(fc.boolean(), fc.boolean(), fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }), (neuron, languageModelServer, a, b) => {
    const [small, large] = [Math.min(a, b), Math.max(a, b)].map((weightsGiB) => startupTimeouts({ neuron, languageModelServer, weightsGiB }));
    for (const seconds of [...Object.values(small), ...Object.values(large)]) {
      expect(Number.isInteger(seconds)).toBe(true);
      expect(seconds).toBeGreaterThanOrEqual(MIN_TIMEOUT_SECONDS);
      expect(seconds).toBeLessThanOrEqual(MAX_TIMEOUT_SECONDS);
    }
    expect(large.healthCheckSeconds).toBeGreaterThanOrEqual(small.healthCheckSeconds);
    expect(large.downloadSeconds).toBeGreaterThanOrEqual(small.downloadSeconds);
  }), { numRuns: 200 });
});
