import * as fc from 'fast-check';
import { collectiveEnvironment, processesPerInstance, type LaunchFacts } from '../../../src/training/core/launch';

const neuron = (name: string, devices: number, coresPerDevice: number, efa = true): LaunchFacts => ({ name, kind: 'neuron', devices, coresPerDevice, efa });
const gpu = (name: string, devices: number, efa = true): LaunchFacts => ({ name, kind: 'gpu', devices, coresPerDevice: 1, efa });
const facts = fc.record<LaunchFacts>({
  name: fc.constantFrom('ml.trn1.32xlarge', 'ml.trn2.48xlarge', 'ml.p5.48xlarge'), kind: fc.constantFrom('neuron', 'gpu'), devices: fc.integer({ min: 1, max: 64 }), coresPerDevice: fc.constantFrom(2, 8), efa: fc.boolean(),
});

describe('processes on an instance', () => {
  test.each<[LaunchFacts, number]>([
    [neuron('ml.trn1.2xlarge', 1, 2, false), 2], [neuron('ml.trn1.32xlarge', 16, 2), 32], [neuron('ml.trn1n.32xlarge', 16, 2), 32], [neuron('ml.trn2.48xlarge', 16, 8), 64],
    [neuron('ml.trn2.3xlarge', 1, 8), 4], [gpu('ml.p4d.24xlarge', 8), 8], [gpu('ml.g5.2xlarge', 1, false), 1],
  ])('%j: %p', (one, processes) => expect(processesPerInstance(one)).toBe(processes));

  test('are whole, and one at least', () => {
    fc.assert(fc.property(facts, (one) => {
      expect(Number.isInteger(processesPerInstance(one))).toBe(true);
      expect(processesPerInstance(one)).toBeGreaterThanOrEqual(one.devices);
    }));
  });
});

describe('variables for collectives', () => {
  test('of several instances with Trainium', () => {
    expect(collectiveEnvironment(neuron('ml.trn2.48xlarge', 16, 8), 2)).toEqual({
      MALLOC_ARENA_MAX: '64', NEURON_RT_STOCHASTIC_ROUNDING_EN: '1', FI_PROVIDER: 'efa', FI_EFA_USE_DEVICE_RDMA: '1', FI_EFA_FORK_SAFE: '1', CCOM_SOCKET_IFNAME: 'eth0',
    });
  });

  test('of one', () => {
    expect(collectiveEnvironment(neuron('ml.trn1.32xlarge', 16, 2), 1)).toEqual({ MALLOC_ARENA_MAX: '64', NEURON_RT_STOCHASTIC_ROUNDING_EN: '1' });
    expect(collectiveEnvironment(gpu('ml.p5.48xlarge', 8), 1)).toEqual({});
  });

  test('of several with GPUs: with EFA, and without it nothing', () => {
    expect(collectiveEnvironment(gpu('ml.p5en.48xlarge', 8), 4)).toEqual({ FI_PROVIDER: 'efa', FI_EFA_USE_HUGE_PAGE: '0' });
    expect(collectiveEnvironment(gpu('ml.g5.2xlarge', 1, false), 4)).toEqual({});
  });

  test('of several with Trainium without EFA are those of one', () => {
    expect(collectiveEnvironment(neuron('ml.trn1.2xlarge', 1, 2, false), 4)).toEqual({ MALLOC_ARENA_MAX: '64', NEURON_RT_STOCHASTIC_ROUNDING_EN: '1' });
  });

  test('name EFA where there is EFA between instances, and nowhere else', () => {
    fc.assert(fc.property(facts, fc.integer({ min: 1, max: 64 }), (one, instances) => {
      expect('FI_PROVIDER' in collectiveEnvironment(one, instances)).toBe(one.efa && instances > 1);
    }));
  });
});
