import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { Accelerator, AcceleratorInstance, InstanceUse, PurchaseOption, type AcceleratorInstanceFacts } from '../../src/hardware';
import data from '../../src/hardware/data/instances.json';

const FACTS: AcceleratorInstanceFacts = {
  accelerator: Accelerator.L40S, acceleratorCount: 2, vcpu: 32, hostMemoryGiB: 256, localNvmeGB: 0, uses: [InstanceUse.HOSTING],
};
const ALL = AcceleratorInstance.all();
const statics = Object.entries(AcceleratorInstance).filter(([, value]) => value instanceof AcceleratorInstance) as [string, AcceleratorInstance][];

describe('the catalogue', () => {
  test('has 70 types in 22 families, each with one static named after it', () => {
    expect(ALL).toHaveLength(70);
    expect(new Set(ALL.map((instance) => instance.family)).size).toBe(22);
    expect(statics.map(([name]) => name)).toEqual(ALL.map(({ name }) => name.slice(3).replace(/[.-]/g, '_').toUpperCase()));
    expect(statics.map(([, value]) => value)).toEqual(ALL);
  });

  test('statics stay below the cap of the JVM and of readers', () => {
    expect(statics.length).toBeLessThanOrEqual(120);
  });

  test('the same name gives the same object', () => {
    expect(AcceleratorInstance.of('ml.inf2.xlarge')).toBe(AcceleratorInstance.INF2_XLARGE);
    expect(AcceleratorInstance.of('ml.p6-b200.48xlarge')).toBe(AcceleratorInstance.P6_B200_48XLARGE);
    expect(`${AcceleratorInstance.TRN2_48XLARGE}`).toBe('ml.trn2.48xlarge');
  });

  test('isKnown asks for the exact name', () => {
    expect(AcceleratorInstance.isKnown('ml.g5.xlarge')).toBe(true);
    expect(['g5.xlarge', 'ML.G5.XLARGE', '', 'constructor', 'ml.m5.large'].filter((name) => AcceleratorInstance.isKnown(name))).toEqual([]);
  });

  test.each(data.instances.map((row) => [row.name, row] as const))('%s: totals are per device times count', (name, row) => {
    const instance = AcceleratorInstance.of(name);
    const { accelerator, acceleratorCount: count } = instance;
    expect(accelerator.key).toBe(row.accelerator);
    expect(count).toBe(row.count);
    expect(instance.acceleratorMemoryGiB).toBeCloseTo(accelerator.memoryGiB * count, 6);
    expect(instance.acceleratorMemoryGiB).toBe(Number(instance.acceleratorMemoryGiB.toFixed(2)));
    expect(instance.neuronCores).toBe(accelerator.neuronCores === undefined ? undefined : accelerator.neuronCores * count);
    expect(instance.logicalNeuronCores).toBe(accelerator.logicalNeuronCores === undefined ? undefined : accelerator.logicalNeuronCores * count);
    expect(instance.isNeuron).toBe(accelerator.kind === 'neuron');
    expect(instance.isGpu).toBe(!instance.isNeuron);
    expect([instance.vcpu, instance.hostMemoryGiB]).toEqual([row.vcpu, row.hostMemoryGiB]);
    expect(`ml.${instance.family}.${instance.size}`).toBe(name);
  });

  test.each([
    // name, devices, memory GiB, NeuronCores, logical, vCPU, host GiB, NVMe GB, EFA interfaces
    [AcceleratorInstance.G5_XLARGE, 1, 22.35, undefined, undefined, 4, 16, 250, 0],
    [AcceleratorInstance.G5_12XLARGE, 4, 89.4, undefined, undefined, 48, 192, 3800, 1],
    [AcceleratorInstance.G6E_12XLARGE, 4, 178.8, undefined, undefined, 48, 384, 3800, 1],
    [AcceleratorInstance.G6E_16XLARGE, 1, 44.7, undefined, undefined, 64, 512, 1900, 1],
    [AcceleratorInstance.G7E_12XLARGE, 2, 192, undefined, undefined, 48, 512, 3800, 1],
    [AcceleratorInstance.P4D_24XLARGE, 8, 320, undefined, undefined, 96, 1152, 8000, 4],
    [AcceleratorInstance.P5_48XLARGE, 8, 640, undefined, undefined, 192, 2048, 30400, 32],
    [AcceleratorInstance.P6_B200_48XLARGE, 8, 1432.48, undefined, undefined, 192, 2048, 30400, 8],
    [AcceleratorInstance.INF1_24XLARGE, 16, 128, 64, 64, 96, 192, 0, 1],
    [AcceleratorInstance.INF2_XLARGE, 1, 32, 2, 2, 4, 16, 0, 0],
    [AcceleratorInstance.INF2_48XLARGE, 12, 384, 24, 24, 192, 768, 0, 0],
    [AcceleratorInstance.TRN1_32XLARGE, 16, 512, 32, 32, 128, 512, 7600, 8],
    [AcceleratorInstance.TRN2_48XLARGE, 16, 1536, 128, 64, 192, 2048, 7600, 16],
  ])('%s as published', (instance, count, memory, cores, logical, vcpu, host, nvme, efa) => {
    expect([instance.acceleratorCount, instance.acceleratorMemoryGiB, instance.neuronCores, instance.logicalNeuronCores,
      instance.vcpu, instance.hostMemoryGiB, instance.localNvmeGB, instance.efaInterfaces])
      .toEqual([count, memory, cores, logical, vcpu, host, nvme, efa]);
    expect(instance.efaSupported).toBe(efa > 0);
  });

  test('memory is sane', () => {
    for (const instance of ALL) {
      expect(instance.hostMemoryGiB / instance.vcpu).toBeGreaterThanOrEqual(2);
      expect(instance.hostMemoryGiB / instance.vcpu).toBeLessThanOrEqual(32);
      expect(instance.acceleratorMemoryGiB).toBeGreaterThanOrEqual(8);
    }
  });

  test('what no source gives is undefined, not zero', () => {
    expect(AcceleratorInstance.TRN2_3XLARGE).toMatchObject({ networkGbps: undefined, networkBaselineGbps: undefined, localNvmeGB: undefined, efaInterfaces: 1 });
    expect(AcceleratorInstance.P6E_GB200_36XLARGE).toMatchObject({ efaSupported: true, efaInterfaces: undefined });
    expect(ALL.filter((instance) => instance.networkGbps === undefined)).toEqual([AcceleratorInstance.TRN2_3XLARGE]);
  });

  test('the sustained network rate of "up to" sizes is below the peak', () => {
    expect(AcceleratorInstance.G5_XLARGE).toMatchObject({ networkGbps: 10, networkBaselineGbps: 2.5 });
    expect(AcceleratorInstance.G5_48XLARGE).toMatchObject({ networkGbps: 100, networkBaselineGbps: 100 });
  });

  test('interconnect', () => {
    expect(AcceleratorInstance.P5_48XLARGE).toMatchObject({ interconnect: 'NVSwitch', interconnectGBps: 900 });
    expect(AcceleratorInstance.INF2_48XLARGE).toMatchObject({ interconnect: 'NeuronLink-v2', interconnectGBps: 192 });
    for (const instance of ALL) expect(instance.interconnect === 'none').toBe(instance.acceleratorCount === 1);
  });

  test('sold by the hour or only by reservation', () => {
    const reserved = ALL.filter((instance) => instance.purchase === PurchaseOption.CAPACITY_BLOCK_OR_TRAINING_PLAN).map(({ name }) => name);
    expect(reserved).toEqual(['ml.p5e.48xlarge', 'ml.p6e-gb200.36xlarge', 'ml.trn2.3xlarge', 'ml.trn2.48xlarge']);
    expect(ALL.filter((instance) => instance.hostIsArm)).toEqual([AcceleratorInstance.P6E_GB200_36XLARGE]);
  });
});

describe('uses', () => {
  test('inf1 and inf2 do not train, p3dn does nothing else', () => {
    for (const instance of ALL.filter(({ family }) => family.startsWith('inf'))) {
      expect([instance.name, instance.supports(InstanceUse.TRAINING), instance.supports(InstanceUse.HOSTING)]).toEqual([instance.name, false, true]);
    }
    expect(AcceleratorInstance.P3DN_24XLARGE.uses).toEqual([InstanceUse.TRAINING]);
  });

  test('no Neuron type takes processing jobs', () => {
    expect(ALL.filter((instance) => instance.isNeuron && instance.supports(InstanceUse.PROCESSING))).toEqual([]);
  });

  test('gr6 and trn2.3xlarge are for HyperPod only', () => {
    expect(ALL.filter((instance) => `${instance.uses}` === 'hyperpod').map(({ name }) => name)).toEqual(['ml.gr6.4xlarge', 'ml.gr6.8xlarge', 'ml.trn2.3xlarge']);
  });
});

describe('volume of an endpoint variant', () => {
  // `volume_size_supported` of AWS's Python SDK: no trn1, g5, g6, p5, and no family with a `d`
  const refusedBySdk = (family: string) => family.includes('d') || /^(trn1|g5|g6|p5)/.test(family);

  test('agrees with the rule of the Python SDK where that has one', () => {
    for (const instance of ALL.filter(({ family }) => refusedBySdk(family))) {
      expect([instance.name, instance.allowsHostingVolume]).toEqual([instance.name, false]);
    }
  });

  test('only types without local storage allow it', () => {
    expect([...new Set(ALL.filter((instance) => instance.allowsHostingVolume).map(({ family }) => family))]).toEqual(['p3', 'inf1', 'inf2']);
  });

  test('is not allowed where the local storage is not known', () => {
    expect(AcceleratorInstance.TRN2_3XLARGE.allowsHostingVolume).toBe(false);
  });
});

describe('logicalCoresAt', () => {
  test('Trainium2 has two configurations', () => {
    expect(AcceleratorInstance.TRN2_48XLARGE.logicalCoresAt(1)).toBe(128);
    expect(AcceleratorInstance.TRN2_48XLARGE.logicalCoresAt(2)).toBe(64);
  });

  test('the default configuration gives the default count', () => {
    for (const instance of ALL.filter(({ isNeuron }) => isNeuron)) {
      const configs = instance.accelerator.logicalNeuronCoreConfigs;
      expect(instance.logicalCoresAt(configs[configs.length - 1])).toBe(instance.logicalNeuronCores);
    }
  });
});

describe('custom', () => {
  test('takes the facts and fills in the rest', () => {
    const instance = AcceleratorInstance.custom('ml.g9.2xlarge', FACTS);
    expect(instance).toMatchObject({
      name: 'ml.g9.2xlarge',
      family: 'g9',
      size: '2xlarge',
      acceleratorMemoryGiB: 89.4,
      neuronCores: undefined,
      efaSupported: false,
      efaInterfaces: 0,
      interconnect: 'none',
      networkGbps: undefined,
      purchase: PurchaseOption.ON_DEMAND,
      hostIsArm: false,
      allowsHostingVolume: true,
      isGpu: true,
    });
    expect(AcceleratorInstance.isKnown('ml.g9.2xlarge')).toBe(false);
  });

  test('takes what the default would get wrong', () => {
    const instance = AcceleratorInstance.custom('ml.g9.2xlarge', {
      ...FACTS, localNvmeGB: 900, allowsHostingVolume: true, network: { networkGbps: 100, networkBaselineGbps: 50, efaInterfaces: 2 }, hostIsArm: true,
    });
    expect(instance).toMatchObject({ allowsHostingVolume: true, networkGbps: 100, networkBaselineGbps: 50, efaSupported: true, efaInterfaces: 2, hostIsArm: true });
    expect(AcceleratorInstance.custom('ml.g9.2xlarge', { ...FACTS, localNvmeGB: 900 }).allowsHostingVolume).toBe(false);
  });

  test('may know a catalogued type better; it stands for the same type', () => {
    const mine = AcceleratorInstance.custom('ml.g5.xlarge', FACTS);
    expect(mine.sameAs(AcceleratorInstance.G5_XLARGE)).toBe(true);
    expect(mine.sameAs(AcceleratorInstance.G5_2XLARGE)).toBe(false);
    expect(AcceleratorInstance.of('ml.g5.xlarge')).toBe(AcceleratorInstance.G5_XLARGE);
  });

  test('a shared object cannot be changed through its lists', () => {
    expect(() => AcceleratorInstance.INF2_XLARGE.uses.push(InstanceUse.TRAINING)).toThrow(TypeError);
    expect(() => Accelerator.TRAINIUM2.logicalNeuronCoreConfigs.pop()).toThrow(TypeError);
    expect(() => Accelerator.GB200.estimated.pop()).toThrow(TypeError);
  });

  test('changing the list that was given changes nothing', () => {
    const uses = [InstanceUse.HOSTING];
    const instance = AcceleratorInstance.custom('ml.g9.2xlarge', { ...FACTS, uses });
    uses.push(InstanceUse.TRAINING);
    expect(instance.supports(InstanceUse.TRAINING)).toBe(false);
  });
});

describe('bad input', () => {
  const allowed = 'allowed: one of the 70 instance types of the catalogue';
  const otherwise = 'otherwise use `AcceleratorInstance.custom` with its facts';
  const custom = (facts: Partial<AcceleratorInstanceFacts>) => () => AcceleratorInstance.custom('ml.g9.2xlarge', { ...FACTS, ...facts });

  test.each<[string, () => unknown, string]>([
    ['the EC2 name', () => AcceleratorInstance.of('inf2.xlarge'),
      "AcceleratorInstance.of: `name`: got \"inf2.xlarge\"; allowed: a SageMaker instance type; its name starts with `ml.`; fix: write 'ml.inf2.xlarge'"],
    ['the EC2 name in capitals', () => AcceleratorInstance.of('INF2.XLARGE'),
      "AcceleratorInstance.of: `name`: got \"INF2.XLARGE\"; allowed: a SageMaker instance type; its name starts with `ml.`; fix: write 'ml.inf2.xlarge'"],
    ['a typo', () => AcceleratorInstance.of('ml.g5.xlrge'),
      `AcceleratorInstance.of: \`name\`: got "ml.g5.xlrge"; ${allowed}; fix: did you mean 'ml.g5.xlarge', 'ml.g5.2xlarge' or 'ml.g5.4xlarge'? ${otherwise}`],
    ['a size that does not exist', () => AcceleratorInstance.of('ml.inf2.2xlarge'),
      `AcceleratorInstance.of: \`name\`: got "ml.inf2.2xlarge"; ${allowed}; fix: did you mean 'ml.inf1.2xlarge', 'ml.inf2.xlarge' or 'ml.inf2.8xlarge'? ${otherwise}`],
    ['capitals', () => AcceleratorInstance.of('ML.G5.XLARGE'),
      `AcceleratorInstance.of: \`name\`: got "ML.G5.XLARGE"; ${allowed}; fix: did you mean 'ml.g5.xlarge', 'ml.g5.2xlarge' or 'ml.g5.4xlarge'? ${otherwise}`],
    ['an empty name', () => AcceleratorInstance.of(''),
      `AcceleratorInstance.of: \`name\`: got ""; ${allowed}; fix: did you mean 'ml.g5.xlarge', 'ml.g6.xlarge' or 'ml.g5.2xlarge'? ${otherwise}`],
    ['a token', () => AcceleratorInstance.of(Lazy.string({ produce: () => 'ml.g5.xlarge' })),
      `AcceleratorInstance.of: \`name\`: got a token (a value known only at deploy time); ${allowed}; fix: give a literal such as 'ml.g4dn.xlarge'`],
    ['logical cores of a GPU', () => AcceleratorInstance.G5_XLARGE.logicalCoresAt(1),
      'AcceleratorInstance.logicalCoresAt: `lnc`: got 1 for ml.g5.xlarge; allowed: instances with NeuronCores (inf and trn); fix: ask `isNeuron` first'],
    ['a logical configuration that Inferentia2 lacks', () => AcceleratorInstance.INF2_XLARGE.logicalCoresAt(2),
      'AcceleratorInstance.logicalCoresAt: `lnc`: got 2 for ml.inf2.xlarge; allowed: 1 (NeuronCores v2); fix: use 1, the default of the hardware'],
    ['a logical configuration that Trainium2 lacks', () => AcceleratorInstance.TRN2_48XLARGE.logicalCoresAt(0),
      'AcceleratorInstance.logicalCoresAt: `lnc`: got 0 for ml.trn2.48xlarge; allowed: 1 or 2 (NeuronCores v3); fix: use 2, the default of the hardware'],
    ['a custom type without `ml.`', () => AcceleratorInstance.custom('g9.2xlarge', FACTS),
      "AcceleratorInstance.custom: `name`: got \"g9.2xlarge\"; allowed: a SageMaker instance type: `ml.`, family, dot, size; fix: write it like 'ml.g5.xlarge'"],
    ['no facts', () => AcceleratorInstance.custom('ml.g9.xlarge', undefined as unknown as AcceleratorInstanceFacts),
      'AcceleratorInstance.custom: `facts`: got undefined; allowed: the facts of the type, with its `accelerator`; fix: give what AcceleratorInstanceFacts asks for'],
    ['an accelerator as text', custom({ accelerator: 'l4' as unknown as Accelerator }),
      'AcceleratorInstance.custom: `accelerator`: got "l4"; allowed: an accelerator; fix: use a static of Accelerator such as Accelerator.L4, Accelerator.of or Accelerator.custom'],
    ['no count of vCPUs', custom({ vcpu: undefined }),
      'AcceleratorInstance.custom: `vcpu`: got nothing; allowed: a number; fix: give it: the checks of an endpoint count with it'],
    ['a use that is not in a list', custom({ uses: InstanceUse.HOSTING as unknown as InstanceUse[] }),
      'AcceleratorInstance.custom: `uses`: got no list; allowed: at least one InstanceUse; fix: list what the API accepts the type for, such as InstanceUse.HOSTING'],
    ['no name', () => AcceleratorInstance.custom(undefined as unknown as string, FACTS),
      "AcceleratorInstance.custom: `name`: got nothing; allowed: a SageMaker instance type: `ml.`, family, dot, size; fix: write it like 'ml.g5.xlarge'"],
    ['no accelerator', custom({ acceleratorCount: 0 }),
      'AcceleratorInstance.custom: `acceleratorCount`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['half a vCPU', custom({ vcpu: 0.5 }),
      'AcceleratorInstance.custom: `vcpu`: got 0.5; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['infinite memory', custom({ hostMemoryGiB: Infinity }),
      'AcceleratorInstance.custom: `hostMemoryGiB`: got Infinity; allowed: a number above 0 (GiB); fix: give it in GiB'],
    ['a negative disk', custom({ localNvmeGB: -1 }),
      'AcceleratorInstance.custom: `localNvmeGB`: got -1; allowed: a number of at least 0 GB; fix: give its size in GB, 0 for none'],
    ['no use', custom({ uses: [] }),
      'AcceleratorInstance.custom: `uses`: got an empty list; allowed: at least one InstanceUse; fix: list what the API accepts the type for, such as InstanceUse.HOSTING'],
    ['a sustained rate above the peak', custom({ network: { networkGbps: 10, networkBaselineGbps: 25 } }),
      'AcceleratorInstance.custom: `network.networkBaselineGbps`: got 25; allowed: at most the peak rate of 10; fix: swap the two rates or leave the baseline out'],
  ])('fails for %s', (_, act, message) => {
    expect(act).toThrow(new Error(message));
  });

  test('fails with all problems of one call', () => {
    expect(custom({ acceleratorCount: 0, vcpu: NaN, uses: [] })).toThrow(/^AcceleratorInstance\.custom: 3 problems\n {2}- `acceleratorCount`: .*\n {2}- `vcpu`: got NaN.*\n {2}- `uses`: /);
  });

  test('any string gives a type or an error of ours, and quickly', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (name) => {
      try {
        return AcceleratorInstance.of(name).name === name;
      } catch (error) {
        return (error as Error).name === 'ProblemsError' && (error as Error).message.length < 500;
      }
    }), { numRuns: 60 });
  });
});
