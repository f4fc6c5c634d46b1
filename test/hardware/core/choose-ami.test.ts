import { chooseAmi } from '../../../src/hardware/core/choose-ami';

test.each([
  ['neuron', 'NeuronCore-v1', undefined, undefined, 'inferred'],
  ['neuron', 'NeuronCore-v2', undefined, 'NEURON_2', 'documented'],
  ['neuron', 'NeuronCore-v3', 13, 'NEURON_2', 'inferred'],
  ['gpu', 'Ampere', 10, undefined, 'inferred'],
  ['gpu', 'Ampere', 11, undefined, 'inferred'],
  ['gpu', 'Ampere', 12, 'GPU_3_1', 'documented'],
  ['gpu', 'Ampere', 13, 'GPU_4_1', 'documented'],
  ['gpu', 'Blackwell', 12, 'GPU_4_1', 'inferred'],
  ['gpu', 'Blackwell Ultra', 12, 'GPU_4_1', 'inferred'],
  ['gpu', 'Blackwell', 11, undefined, 'inferred'],
  ['gpu', '', undefined, undefined, 'inferred'],
] as const)('%s %s with CUDA %s: %s, %s', (kind, architecture, cudaMajor, key, evidence) => {
  expect(chooseAmi({ kind, architecture, cudaMajor })).toEqual({ key, evidence, reason: expect.any(String) });
});

test('the reason names the version it does not know', () => {
  expect(chooseAmi({ kind: 'gpu', architecture: 'Hopper', cudaMajor: 14 }).reason).toBe('no source names an AMI for CUDA 14');
});
