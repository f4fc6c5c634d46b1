import { readFileSync } from 'fs';
import { join } from 'path';
import { Lazy } from 'aws-cdk-lib';
import { Accelerator, AcceleratorKind, type AcceleratorFacts } from '../../src/hardware';
import data from '../../src/hardware/data/accelerators.json';

const FACTS: AcceleratorFacts = {
  kind: AcceleratorKind.GPU, name: 'ACME 9000', architecture: 'Roadrunner', memoryGiB: 100, memoryBandwidthGBps: 5000,
};
const NEURON: AcceleratorFacts = { ...FACTS, kind: AcceleratorKind.NEURON, neuronCores: { version: 'v4', cores: 8, logicalCoreConfigs: [1, 2] } };

const statics = Object.entries(Accelerator).filter(([, value]) => value instanceof Accelerator) as [string, Accelerator][];

describe('the catalogue', () => {
  test('has 19 accelerators, each with one static', () => {
    expect(Accelerator.all()).toHaveLength(19);
    expect(new Set(statics.map(([, value]) => value))).toEqual(new Set(Accelerator.all()));
    expect(statics).toHaveLength(19);
  });

  test('the same key gives the same object', () => {
    expect(Accelerator.of('nvidia-l4')).toBe(Accelerator.L4);
    expect(Accelerator.L4.toString()).toBe('nvidia-l4');
  });

  test.each(data.accelerators.map((row) => [row.key, row] as const))('%s carries its row', (key, row) => {
    const accelerator = Accelerator.of(key);
    for (const [member, value] of Object.entries(row)) {
      if (['vendor', 'notes', 'source', 'asOf'].includes(member)) continue;
      expect([member, accelerator[member as keyof Accelerator]]).toEqual([member, value]);
    }
  });

  test.each(statics)('the documentation of %s states its memory', (name, accelerator) => {
    const source = readFileSync(join(__dirname, '../../src/hardware/accelerator.ts'), 'utf8');
    const doc = new RegExp(`/\\*\\* (.*) \\*/\\n  public static readonly ${name} =`).exec(source)![1];
    expect(doc).toContain(`${accelerator.memoryGiB} GiB`);
    expect(doc.includes('NeuronCores')).toBe(accelerator.kind === AcceleratorKind.NEURON);
  });

  test('memory is what the API reports, not the figure of product pages', () => {
    expect(Accelerator.A10G).toMatchObject({ memoryGiB: 22.35, memoryNominalGB: 24 });
    expect(Accelerator.L40S).toMatchObject({ memoryGiB: 44.7, memoryNominalGB: 48 });
    for (const accelerator of Accelerator.all()) {
      expect(accelerator.memoryGiB / accelerator.memoryNominalGB).toBeGreaterThan(0.9);
      expect(accelerator.memoryGiB / accelerator.memoryNominalGB).toBeLessThan(1.01);
    }
  });

  test('bandwidth and arithmetic are sane', () => {
    for (const accelerator of Accelerator.all()) {
      expect(accelerator.memoryBandwidthGBps).toBeGreaterThan(50);
      expect(accelerator.memoryBandwidthGBps).toBeLessThanOrEqual(8000);
      expect(accelerator.fp16Tflops).toBeGreaterThan(0);
      // dense rates: FP8 is twice BF16 where the units are separate, never the fourfold of a sparse figure
      if (accelerator.fp8Tflops !== undefined && accelerator.bf16Tflops !== undefined) {
        expect(accelerator.fp8Tflops / accelerator.bf16Tflops).toBeLessThan(2.1);
      }
    }
  });

  test('A10G is the 70 TFLOPS part, not the A10', () => {
    expect(Accelerator.A10G.bf16Tflops).toBe(70);
  });

  test('Turing and Volta have no BF16', () => {
    expect(Accelerator.all().filter((a) => a.bf16Tflops === undefined).map((a) => a.key)).toEqual(['nvidia-t4', 'nvidia-v100-16', 'nvidia-v100-32']);
  });

  test('on Inferentia2 and Trainium FP8 saves memory, not time', () => {
    expect(Accelerator.INFERENTIA2.fp8Tflops).toBe(Accelerator.INFERENTIA2.bf16Tflops);
    expect(Accelerator.TRAINIUM1.fp8Tflops).toBe(Accelerator.TRAINIUM1.bf16Tflops);
  });

  test('NeuronCores: physical and logical', () => {
    expect(Accelerator.TRAINIUM2).toMatchObject({ neuronCoreVersion: 'v3', neuronCores: 8, logicalNeuronCores: 4, logicalNeuronCoreConfigs: [1, 2] });
    expect(Accelerator.INFERENTIA2).toMatchObject({ neuronCoreVersion: 'v2', neuronCores: 2, logicalNeuronCores: 2, logicalNeuronCoreConfigs: [1] });
    expect(Accelerator.L4).toMatchObject({ neuronCores: undefined, logicalNeuronCores: undefined, logicalNeuronCoreConfigs: [] });
  });

  test('estimates are named', () => {
    expect(Accelerator.RTX_PRO_4500.estimated).toEqual(['fp16Tflops', 'bf16Tflops', 'fp8Tflops', 'fp4Tflops', 'int8Tops']);
    expect(Accelerator.GB200.estimated).toEqual(['memoryGiB']);
    expect(Accelerator.all().filter((a) => a.estimated.length > 0)).toHaveLength(2);
  });

  test('every GPU has a compute capability and no NeuronCores, every Neuron chip the reverse', () => {
    for (const accelerator of Accelerator.all()) {
      const gpu = accelerator.kind === AcceleratorKind.GPU;
      expect(accelerator.computeCapability !== undefined).toBe(gpu);
      expect(accelerator.neuronCores === undefined).toBe(gpu);
    }
  });
});

describe('custom', () => {
  test('takes the facts', () => {
    const accelerator = Accelerator.custom('acme-9000', { ...FACTS, compute: { bf16Tflops: 1234 }, computeCapability: '11.0' });
    expect(accelerator).toMatchObject({ key: 'acme-9000', bf16Tflops: 1234, memoryNominalGB: 100, computeCapability: '11.0', logicalNeuronCoreConfigs: [], estimated: [] });
    expect(accelerator.sameAs(Accelerator.custom('acme-9000', FACTS))).toBe(true);
    expect(accelerator.sameAs(Accelerator.L4)).toBe(false);
  });

  test('logical NeuronCores follow the last configuration, the default of the hardware', () => {
    expect(Accelerator.custom('trn-9', NEURON)).toMatchObject({ neuronCores: 8, logicalNeuronCores: 4, logicalNeuronCoreConfigs: [1, 2] });
    expect(Accelerator.custom('trn-9', { ...NEURON, neuronCores: { version: 'v4', cores: 8 } })).toMatchObject({ logicalNeuronCores: 8, logicalNeuronCoreConfigs: [1] });
  });

  test.each<[string, () => unknown, string]>([
    ['an unknown key', () => Accelerator.of('l4'),
      "Accelerator.of: `key`: got \"l4\"; allowed: a key of the catalogue; fix: did you mean 'nvidia-l4', 'nvidia-t4' or 'nvidia-l40s'? otherwise use `Accelerator.custom` with its facts"],
    ['a token as key', () => Accelerator.of(Lazy.string({ produce: () => 'nvidia-l4' })),
      "Accelerator.of: `key`: got a token (a value known only at deploy time); allowed: a key of the catalogue; fix: give a literal such as 'nvidia-t4'"],
    ['a malformed key', () => Accelerator.custom('ACME 9000', FACTS),
      "Accelerator.custom: `key`: got \"ACME 9000\"; allowed: lower case letters, digits, dots and hyphens, at most 63; fix: write it like 'acme-9000'"],
    ['no memory', () => Accelerator.custom('acme', { ...FACTS, memoryGiB: 0 }),
      'Accelerator.custom: `memoryGiB`: got 0; allowed: a number above 0 (GiB); fix: give it in GiB'],
    ['a bandwidth that is no number', () => Accelerator.custom('acme', { ...FACTS, memoryBandwidthGBps: NaN }),
      'Accelerator.custom: `memoryBandwidthGBps`: got NaN; allowed: a number above 0 (GB/s); fix: give it in GB/s'],
    ['negative TFLOPS', () => Accelerator.custom('acme', { ...FACTS, compute: { fp16Tflops: -1 } }),
      'Accelerator.custom: `compute.fp16Tflops`: got -1; allowed: a number above 0 (TFLOPS); fix: give it in TFLOPS'],
    ['a blank architecture', () => Accelerator.custom('acme', { ...FACTS, architecture: ' ' }),
      'Accelerator.custom: `architecture`: got " "; allowed: a name that is not blank; fix: give the generation, such as `Hopper`'],
    ['NeuronCores on a GPU', () => Accelerator.custom('acme', { ...NEURON, kind: AcceleratorKind.GPU }),
      'Accelerator.custom: `neuronCores`: got a value for a GPU; allowed: nothing for a GPU; fix: leave it out or make `kind` AcceleratorKind.NEURON'],
    ['Neuron without NeuronCores', () => Accelerator.custom('acme', { ...NEURON, neuronCores: undefined }),
      'Accelerator.custom: `neuronCores`: got nothing; allowed: the NeuronCores of a Neuron device; fix: give version and number of its NeuronCores'],
    ['a logical configuration that does not divide', () => Accelerator.custom('acme', { ...NEURON, neuronCores: { version: 'v4', cores: 8, logicalCoreConfigs: [3] } }),
      'Accelerator.custom: `neuronCores.logicalCoreConfigs`: got [3]; allowed: divisors of 8, at least one; fix: leave it out for [1], or give the values that the hardware takes'],
    ['no logical configuration at all', () => Accelerator.custom('acme', { ...NEURON, neuronCores: { version: 'v4', cores: 8, logicalCoreConfigs: [] } }),
      'Accelerator.custom: `neuronCores.logicalCoreConfigs`: got []; allowed: divisors of 8, at least one; fix: leave it out for [1], or give the values that the hardware takes'],
  ])('fails for %s', (_, act, message) => {
    expect(act).toThrow(new Error(message));
  });

  test('fails with all problems of one call', () => {
    expect(() => Accelerator.custom('', { ...FACTS, memoryGiB: -1, computeCapability: 'sm_90' })).toThrow(
      'Accelerator.custom: 3 problems\n'
      + "  - `key`: got \"\"; allowed: lower case letters, digits, dots and hyphens, at most 63; fix: write it like 'acme-9000'\n"
      + '  - `memoryGiB`: got -1; allowed: a number above 0 (GiB); fix: give it in GiB\n'
      + '  - `computeCapability`: got "sm_90"; allowed: major.minor, such as `8.9`; fix: give major.minor, such as `8.9`',
    );
  });
});
