import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { Accelerator, AcceleratorInstance, AcceleratorKind, InstanceUse, type AcceleratorFacts, type AcceleratorInstanceFacts } from '../../src/hardware';
import { acceleratorProblems, instanceNameProblems, instanceProblems, processingProblems } from '../../src/hardware/facts-checks';

const CHIP: AcceleratorFacts = { kind: AcceleratorKind.GPU, name: 'ACME', architecture: 'Roadrunner', memoryGiB: 80, memoryBandwidthGBps: 3000 };
const FACTS: AcceleratorInstanceFacts = {
  accelerator: Accelerator.L4,
  acceleratorCount: 1,
  vcpu: 4,
  hostMemoryGiB: 16,
  localNvmeGB: 0,
  uses: [InstanceUse.HOSTING],
};
const props = (problems: { prop: string }[]) => problems.map(({ prop }) => prop);

describe('what the catalogue holds would also be accepted from a user', () => {
  test.each(Accelerator.all())('%s', (accelerator) => {
    const { kind, name, architecture, memoryGiB, memoryNominalGB, memoryBandwidthGBps, computeCapability, neuronCores, neuronCoreVersion, logicalNeuronCoreConfigs } = accelerator;
    const { fp16Tflops, bf16Tflops, fp8Tflops, fp4Tflops, int8Tops } = accelerator;
    const facts: AcceleratorFacts = {
      kind,
      name,
      architecture,
      memoryGiB,
      memoryNominalGB,
      memoryBandwidthGBps,
      computeCapability,
      compute: { fp16Tflops, bf16Tflops, fp8Tflops, fp4Tflops, int8Tops },
      neuronCores: neuronCores === undefined ? undefined : { version: neuronCoreVersion!, cores: neuronCores, logicalCoreConfigs: logicalNeuronCoreConfigs },
    };
    expect(acceleratorProblems(accelerator.key, facts)).toEqual([]);
    expect(Accelerator.custom(accelerator.key, facts)).toEqual(Object.assign(Object.create(Accelerator.prototype), accelerator, { estimated: [] }));
  });

  // what the catalogue itself does not know cannot be given either
  const complete = AcceleratorInstance.all().filter(({ localNvmeGB, efaInterfaces }) => localNvmeGB !== undefined && efaInterfaces !== undefined);
  test.each(complete)('%s', (instance) => {
    const { accelerator, acceleratorCount, vcpu, hostMemoryGiB, localNvmeGB, uses, purchase, hostIsArm } = instance;
    const { networkGbps, networkBaselineGbps, efaInterfaces, interconnect, interconnectGBps } = instance;
    const rebuilt = AcceleratorInstance.custom(instance.name, {
      accelerator,
      acceleratorCount,
      vcpu,
      hostMemoryGiB,
      localNvmeGB: localNvmeGB!,
      uses,
      purchase,
      hostIsArm,
      network: { networkGbps, networkBaselineGbps, efaInterfaces, interconnect, interconnectGBps },
    });
    expect(rebuilt).toEqual(instance);
  });
});

describe('numbers', () => {
  const BAD = [0, -1, NaN, Infinity, -Infinity];

  test.each(['memoryGiB', 'memoryNominalGB', 'memoryBandwidthGBps'])('%s of an accelerator', (prop) => {
    for (const value of BAD) expect(props(acceleratorProblems('acme', { ...CHIP, [prop]: value }))).toEqual([prop]);
    expect(acceleratorProblems('acme', { ...CHIP, [prop]: 0.5 })).toEqual([]);
  });

  test.each(['acceleratorCount', 'vcpu'])('%s of an instance is a count', (prop) => {
    for (const value of [...BAD, 1.5]) expect(props(instanceProblems('ml.g9.xlarge', { ...FACTS, [prop]: value }))).toEqual([prop]);
    expect(instanceProblems('ml.g9.xlarge', { ...FACTS, [prop]: 1e6 })).toEqual([]);
  });

  test('a local disk of 0 is a fact, a negative one is not', () => {
    expect(instanceProblems('ml.g9.xlarge', { ...FACTS, localNvmeGB: 0 })).toEqual([]);
    for (const value of [-1, NaN, Infinity]) expect(props(instanceProblems('ml.g9.xlarge', { ...FACTS, localNvmeGB: value }))).toEqual(['localNvmeGB']);
  });

  test.each(['networkGbps', 'networkBaselineGbps', 'interconnectGBps'])('network.%s', (prop) => {
    for (const value of BAD) expect(props(instanceProblems('ml.g9.xlarge', { ...FACTS, network: { [prop]: value } }))).toContain(`network.${prop}`);
  });

  test('no EFA is 0 interfaces', () => {
    expect(instanceProblems('ml.g9.xlarge', { ...FACTS, network: { efaInterfaces: 0 } })).toEqual([]);
    expect(props(instanceProblems('ml.g9.xlarge', { ...FACTS, network: { efaInterfaces: 0.5 } }))).toEqual(['network.efaInterfaces']);
  });

  test('memory and vCPUs of a type without accelerators', () => {
    for (const value of BAD) {
      expect(props(processingProblems('ml.m9.large', { memoryGiB: value, vCpus: 2 }, false))).toEqual(['memoryGiB']);
      expect(props(processingProblems('ml.m9.large', { memoryGiB: 8, vCpus: value }, false))).toEqual(['vCpus']);
    }
    expect(processingProblems('ml.m9.large', { memoryGiB: 7.5, vCpus: 2 }, false)).toEqual([]);
    expect(props(processingProblems('ml.m9.large', { memoryGiB: 0, vCpus: 0.5 }, true))).toEqual(['name', 'memoryGiB', 'vCpus']);
  });

  test('a token is checked at deploy time', () => {
    const token = Lazy.number({ produce: () => 4 });
    expect(instanceProblems('ml.g9.xlarge', { ...FACTS, vcpu: token, hostMemoryGiB: token })).toEqual([]);
    expect(processingProblems('ml.m9.large', { memoryGiB: token, vCpus: token }, false)).toEqual([]);
  });
});

describe('names', () => {
  test.each(['ml.g9.xlarge', 'ml.p6-b200.48xlarge', 'ml.trn3-u.metal-48xl', 'ml.geospatial.interactive'])('%s is a name', (name) => {
    expect(instanceNameProblems(name)).toEqual([]);
  });

  test.each(['', 'ml', 'ml.', 'ml.g9', 'ml.g9.', 'ml..xlarge', 'ml.9g.xlarge', 'ML.g9.xlarge', 'ml.g9.xlarge.', 'ml.g9.x large', 'ml.g9.xlarge\n', `ml.${'g'.repeat(40)}.xlarge`])('%j is none', (name) => {
    expect(props(instanceNameProblems(name))).toEqual(['name']);
  });

  test('a token is none: two stacks could mean different things by it', () => {
    expect(props(instanceNameProblems(Lazy.string({ produce: () => 'ml.g9.xlarge' })))).toEqual(['name']);
    expect(props(acceleratorProblems(Lazy.string({ produce: () => 'acme' }), CHIP))).toEqual(['key']);
  });

  test('the example is of the kind that was asked for', () => {
    expect(instanceNameProblems('g9')[0].fix).toBe("write it like 'ml.g5.xlarge'");
    expect(processingProblems('m9', { memoryGiB: 8, vCpus: 2 }, false)[0].fix).toBe("write it like 'ml.m5.4xlarge'");
  });
});

test('any numbers give an instance whose totals are finite, or problems of ours', () => {
  const number = fc.oneof(fc.double(), fc.integer({ min: -2, max: 300 }));
  fc.assert(fc.property(number, number, number, number, (acceleratorCount, vcpu, hostMemoryGiB, localNvmeGB) => {
    const facts = { ...FACTS, acceleratorCount, vcpu, hostMemoryGiB, localNvmeGB };
    const problems = instanceProblems('ml.g9.xlarge', facts);
    if (problems.length > 0) {
      expect(() => AcceleratorInstance.custom('ml.g9.xlarge', facts)).toThrow(expect.objectContaining({ name: 'ProblemsError', problems }));
    } else {
      const instance = AcceleratorInstance.custom('ml.g9.xlarge', facts);
      expect(instance.acceleratorMemoryGiB).toBeGreaterThan(0);
      expect(instance.allowsHostingVolume).toBe(localNvmeGB === 0);
    }
  }), { numRuns: 100 });
});
