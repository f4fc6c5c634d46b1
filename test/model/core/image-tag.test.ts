import * as fc from 'fast-check';
import { parseImageTag } from '../../../src/model/core/image-tag';

describe('parseImageTag', () => {
  test('reads a Hugging Face image for Neuron', () => {
    expect(parseImageTag('2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04')).toEqual({
      version: '2.8.0', transformers: '4.55.4', kind: 'neuron', python: 'py310', neuronSdk: '2.26.0', os: 'ubuntu22.04',
    });
  });

  test('reads a vLLM image for SageMaker', () => {
    expect(parseImageTag('0.27.1-gpu-py312-cu130-ubuntu22.04-sagemaker')).toEqual({
      version: '0.27.1', kind: 'gpu', python: 'py312', cuda: '13.0', os: 'ubuntu22.04', platform: 'sagemaker',
    });
  });

  test('takes a CUDA version for a GPU where the tag says no more', () => {
    expect(parseImageTag('0.36.0-lmi28.0.0-cu130')).toEqual({ version: '0.36.0', lmi: '28.0.0', cuda: '13.0', kind: 'gpu' });
    expect(parseImageTag('0.33.0-tensorrtllm0.21.0-cu128')?.tensorrtllm).toBe('0.21.0');
  });

  test('reads the optimum-neuron version', () => {
    expect(parseImageTag('0.11.0-optimum0.4.5-neuronx-py310-sdk2.26.1-ubuntu22.04')?.optimum).toBe('0.4.5');
  });

  test('leaves the kind open when nothing says it', () => {
    expect(parseImageTag('2.0.1-ubuntu22.04')).toEqual({ version: '2.0.1', os: 'ubuntu22.04' });
  });

  test.each([
    ['an empty tag', ''],
    ['latest', 'latest'],
    ['no version first', 'server-sagemaker-cuda-v2.3'],
    ['one number only', '2-gpu'],
    ['an unknown part', '2.8.0-gpu-py312-cu124-ubuntu22.04-surprise'],
    ['two accelerators', '2.8.0-gpu-neuronx'],
    ['an SDK of two numbers', '2.8.0-neuronx-sdk2.26'],
    ['a CUDA version of two digits', '2.8.0-gpu-cu12'],
    ['a trailing dash', '2.8.0-gpu-'],
    ['a package without a version', '2.8.0-transformers-gpu'],
  ])('does not guess: %s', (_, tag) => {
    expect(parseImageTag(tag)).toBeUndefined();
  });

  const number = fc.nat({ max: 99 }).map(String);
  const version = fc.tuple(number, number, number).map((parts) => parts.join('.'));
  const facts = fc.record({
    version,
    transformers: version,
    optimum: version,
    lmi: version,
    kind: fc.constantFrom('gpu', 'cpu', 'neuron'),
    python: fc.integer({ min: 10, max: 399 }).map((n) => `py${n}`),
    cuda: fc.tuple(fc.integer({ min: 10, max: 19 }), fc.nat({ max: 9 })).map(([major, minor]) => `${major}.${minor}`),
    neuronSdk: version,
    os: fc.constantFrom('ubuntu22.04', 'ubuntu24.04', 'amzn2023'),
    platform: fc.constantFrom('sagemaker', 'ec2'),
  }, { requiredKeys: ['version', 'kind'] });

  test('gives back whatever a tag was written from', () => {
    fc.assert(fc.property(facts, (written) => {
      const part = (prefix: string, value?: string) => value === undefined ? [] : [`${prefix}${value}`];
      const tag = [
        written.version,
        ...part('transformers', written.transformers), ...part('optimum', written.optimum), ...part('lmi', written.lmi),
        written.kind === 'neuron' ? 'neuronx' : written.kind,
        ...part('', written.python), ...part('cu', written.cuda?.replace('.', '')), ...part('sdk', written.neuronSdk),
        ...part('', written.os), ...part('', written.platform),
      ].join('-');
      expect(parseImageTag(tag)).toEqual(written);
    }), { numRuns: 60 });
  });

  test('never throws, whatever it is given', () => {
    fc.assert(fc.property(fc.string(), (tag) => {
      const read = parseImageTag(tag);
      expect(read === undefined || tag.startsWith(read.version)).toBe(true);
    }), { numRuns: 60 });
  });
});
