import { ProcessingInstanceType } from '@aws-sdk/client-sagemaker';
import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { AcceleratorInstance, ProcessingInstance, type IPricedInstance, type ProcessingInstanceFacts } from '../../src/hardware';
import data from '../../src/hardware/data/processing-instances.json';

const ALL = ProcessingInstance.all();
const FAMILIES = ['m5', 'r5', 'c5', 'm6i', 'r6i', 'c6i', 'm7i', 'r7i', 'c7i'];
const FACTS: ProcessingInstanceFacts = { memoryGiB: 64, vCpus: 16 };
const statics = Object.entries(ProcessingInstance).filter(([, value]) => value instanceof ProcessingInstance) as [string, ProcessingInstance][];
const token = Lazy.string({ produce: () => 'ml.m5.large' });

describe('the catalogue', () => {
  test('has 72 types in 9 families, each with one static named after it', () => {
    expect(ALL).toHaveLength(72);
    expect([...new Set(ALL.map(({ family }) => family))]).toEqual(FAMILIES);
    expect(statics.map(([name]) => name)).toEqual(ALL.map(({ name }) => name.slice(3).replace(/[.-]/g, '_').toUpperCase()));
    expect(statics.map(([, value]) => value)).toEqual(ALL);
  });

  test('is what the API takes of these families for processing', () => {
    const accepted = Object.values(ProcessingInstanceType).filter((name) => FAMILIES.includes(name.split('.')[1]));
    expect(accepted.length).toBeGreaterThan(60);
    expect(ALL.map(({ name }) => name).sort()).toEqual([...accepted].sort());
  });

  test.each(data.instances.map((row) => [row.name, row] as const))('%s: memory is 2, 4 or 8 GiB per vCPU, for c, m and r', (name, row) => {
    const instance = ProcessingInstance.of(name);
    expect([instance.vCpus, instance.memoryGiB]).toEqual([row.vcpu, row.memoryGiB]);
    expect(instance.memoryGiB / instance.vCpus).toBe({ c: 2, m: 4, r: 8 }[instance.family[0]]);
    expect(`ml.${instance.family}.${instance.size}`).toBe(name);
  });

  test('vCPUs go with the size: 4 per xlarge, 2 for large', () => {
    for (const { name, size, vCpus } of ALL) {
      expect([name, vCpus]).toEqual([name, size === 'large' ? 2 : 4 * Number(/^(\d*)xlarge$/.exec(size)![1] || 1)]);
    }
  });

  test.each<[ProcessingInstance, number, number]>([
    [ProcessingInstance.M5_XLARGE, 4, 16], [ProcessingInstance.M5_24XLARGE, 96, 384], [ProcessingInstance.R5_24XLARGE, 96, 768],
    [ProcessingInstance.C5_18XLARGE, 72, 144], [ProcessingInstance.C6I_XLARGE, 4, 8], [ProcessingInstance.M7I_48XLARGE, 192, 768],
    [ProcessingInstance.R7I_48XLARGE, 192, 1536], [ProcessingInstance.R6I_32XLARGE, 128, 1024],
  ])('%s has %s vCPU and %s GiB', (instance, vCpus, memoryGiB) => {
    expect([instance.vCpus, instance.memoryGiB]).toEqual([vCpus, memoryGiB]);
  });

  test('has no accelerators, no local disks, nothing burstable and no Arm', () => {
    expect(ALL.filter(({ name }) => AcceleratorInstance.isKnown(name))).toEqual([]);
    expect(ALL.filter(({ family }) => !/^[cmr](5|[67]i)$/.test(family))).toEqual([]);
  });

  test('the same name gives the same object', () => {
    expect(ProcessingInstance.of('ml.m5.xlarge')).toBe(ProcessingInstance.M5_XLARGE);
    expect(ProcessingInstance.all()[0]).toBe(ProcessingInstance.M5_LARGE);
    expect(`${ProcessingInstance.R5_24XLARGE}`).toBe('ml.r5.24xlarge');
  });

  test('isKnown asks for the exact name', () => {
    expect(ProcessingInstance.isKnown('ml.m5.xlarge')).toBe(true);
    expect(['m5.xlarge', 'ML.M5.XLARGE', '', 'constructor', 'ml.g5.xlarge', 'ml.m5d.large', 'ml.t3.large'].filter((name) => ProcessingInstance.isKnown(name))).toEqual([]);
  });

  test('both kinds of instance types have prices', () => {
    const priced: IPricedInstance[] = [ProcessingInstance.M5_XLARGE, AcceleratorInstance.G5_XLARGE];
    expect(priced.map(({ name }) => name)).toEqual(['ml.m5.xlarge', 'ml.g5.xlarge']);
  });
});

describe('of', () => {
  test.each<[string, string, string]>([
    ['the EC2 spelling', 'm5.xlarge',
      "`name`: got \"m5.xlarge\"; allowed: a SageMaker instance type; its name starts with `ml.`; fix: write 'ml.m5.xlarge'"],
    ['the EC2 spelling in capitals', ' R5.24XLARGE ',
      "`name`: got \" R5.24XLARGE \"; allowed: a SageMaker instance type; its name starts with `ml.`; fix: write 'ml.r5.24xlarge'"],
    ['a type with accelerators', 'ml.inf2.xlarge',
      "`name`: got \"ml.inf2.xlarge\", a type with accelerators; allowed: one of the 72 instance types of the catalogue; fix: use a type without, such as 'ml.m5.4xlarge'"],
    ['a near name', 'ml.m5.4xlage',
      "`name`: got \"ml.m5.4xlage\"; allowed: one of the 72 instance types of the catalogue; fix: did you mean 'ml.m5.4xlarge', 'ml.m5.xlarge' or 'ml.m5.2xlarge'? otherwise use `ProcessingInstance.custom` with its facts"],
    ['a token', token,
      "`name`: got a token (a value known only at deploy time); allowed: one of the 72 instance types of the catalogue; fix: give a literal such as 'ml.m5.large'"],
  ])('fails for %s', (_, name, message) => {
    expect(() => ProcessingInstance.of(name)).toThrow(new Error(`ProcessingInstance.of: ${message}`));
  });

  test.each(['', 'constructor', 'ml.t3.large', 'ml.m5d.xlarge', 'ml.m8g.large', undefined as unknown as string])('fails for %j with a problem of ours', (name) => {
    expect(() => ProcessingInstance.of(name)).toThrow(/^ProcessingInstance\.of: `name`: got ".*"; allowed: .*; fix: /);
  });
});

describe('custom', () => {
  test('an instance type of your own', () => {
    const own = ProcessingInstance.custom('ml.m8i.4xlarge', FACTS);
    expect({ ...own }).toEqual({ name: 'ml.m8i.4xlarge', family: 'm8i', size: '4xlarge', vCpus: 16, memoryGiB: 64 });
    expect(ProcessingInstance.isKnown('ml.m8i.4xlarge')).toBe(false);
    expect(() => ProcessingInstance.of('ml.m8i.4xlarge')).toThrow();
  });

  test('facts that are known better: the catalogue stays as it was', () => {
    const own = ProcessingInstance.custom('ml.m5.large', FACTS);
    expect(own.memoryGiB).toBe(64);
    expect(ProcessingInstance.of('ml.m5.large')).toBe(ProcessingInstance.M5_LARGE);
    expect(ProcessingInstance.M5_LARGE.memoryGiB).toBe(8);
    expect(own.sameAs(ProcessingInstance.M5_LARGE)).toBe(true);
    expect(own).not.toBe(ProcessingInstance.M5_LARGE);
    expect(own.sameAs(ProcessingInstance.M5_XLARGE)).toBe(false);
  });

  test.each(ALL.map((instance) => [instance.name, instance] as const))('what the catalogue holds of %s would also be accepted from a user', (name, instance) => {
    expect(ProcessingInstance.custom(name, { memoryGiB: instance.memoryGiB, vCpus: instance.vCpus })).toEqual(instance);
  });

  const NO_MEMORY = '`memoryGiB`: got nothing; allowed: a number; fix: give it: a compile is placed on a type that has the memory for its model';
  const NO_VCPUS = '`vCpus`: got nothing; allowed: a number; fix: give it: it tells types of the same memory apart';

  test.each<[string, string, unknown, string]>([
    ['no memory', 'ml.m8i.large', { vCpus: 2 }, `: ${NO_MEMORY}`],
    ['no vCPUs', 'ml.m8i.large', { memoryGiB: 8 }, `: ${NO_VCPUS}`],
    ['neither', 'ml.m8i.large', {}, `: 2 problems\n  - ${NO_MEMORY}\n  - ${NO_VCPUS}`],
    ['no facts', 'ml.m8i.large', undefined, ': `facts`: got undefined; allowed: the facts of the type, with its `memoryGiB`; fix: give what ProcessingInstanceFacts asks for'],
    ['facts that are null', 'ml.m8i.large', null, ': `facts`: got null; allowed: the facts of the type, with its `memoryGiB`; fix: give what ProcessingInstanceFacts asks for'],
    ['memory of 0', 'ml.m8i.large', { ...FACTS, memoryGiB: 0 }, ': `memoryGiB`: got 0; allowed: a number above 0 (GiB); fix: give it in GiB'],
    ['a type with accelerators', 'ml.g5.xlarge', FACTS,
      ": `name`: got \"ml.g5.xlarge\", a type with accelerators; allowed: a type without; fix: use one such as 'ml.m5.4xlarge'; types with accelerators are AcceleratorInstance"],
    ['the EC2 spelling', 'm8i.large', FACTS,
      ": `name`: got \"m8i.large\"; allowed: a SageMaker instance type: `ml.`, family, dot, size; fix: write it like 'ml.m5.4xlarge'"],
    ['a token as name', token, FACTS,
      ": `name`: got a token (a value known only at deploy time); allowed: a SageMaker instance type: `ml.`, family, dot, size; fix: give a literal such as 'ml.m5.4xlarge'"],
    ['a wrong name and no memory', 'm8i', { vCpus: 2 },
      `: 2 problems\n  - \`name\`: got "m8i"; allowed: a SageMaker instance type: \`ml.\`, family, dot, size; fix: write it like 'ml.m5.4xlarge'\n  - ${NO_MEMORY}`],
  ])('fails for %s', (_, name, facts, message) => {
    expect(() => ProcessingInstance.custom(name, facts as ProcessingInstanceFacts)).toThrow(new Error(`ProcessingInstance.custom${message}`));
  });

  test.each(['memoryGiB', 'vCpus'])('%s is a number above 0', (prop) => {
    for (const value of [0, -1, NaN, Infinity]) {
      expect(() => ProcessingInstance.custom('ml.m8i.large', { ...FACTS, [prop]: value })).toThrow(expect.objectContaining({ problems: [expect.objectContaining({ prop })] }));
    }
  });

  test('vCPUs are counted, memory may have a fraction', () => {
    expect(() => ProcessingInstance.custom('ml.m8i.large', { ...FACTS, vCpus: 1.5 })).toThrow(/`vCpus`/);
    expect(ProcessingInstance.custom('ml.m8i.large', { ...FACTS, memoryGiB: 7.5 }).memoryGiB).toBe(7.5);
  });

  test('any numbers give an instance with facts above 0, or problems of ours', () => {
    const number = fc.oneof(fc.double(), fc.integer({ min: -2, max: 300 }));
    fc.assert(fc.property(number, number, (memoryGiB, vCpus) => {
      try {
        const own = ProcessingInstance.custom('ml.m8i.large', { memoryGiB, vCpus });
        expect(own.memoryGiB).toBeGreaterThan(0);
        expect(Number.isInteger(own.vCpus) && own.vCpus > 0).toBe(true);
      } catch (error) {
        expect((error as Error).name).toBe('ProblemsError');
      }
    }), { numRuns: 100 });
  });
});
