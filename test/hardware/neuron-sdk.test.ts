import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { Accelerator, AcceleratorKind, Evidence, InferenceAmi, NeuronSdk, SupportLevel } from '../../src/hardware';
import data from '../../src/hardware/data/neuron-sdks.json';

const { SUPPORTED, MAINTENANCE, UNSUPPORTED, UNKNOWN } = SupportLevel;
const { DOCUMENTED, INFERRED } = Evidence;
const statics = Object.entries(NeuronSdk).filter(([, value]) => value instanceof NeuronSdk) as [string, NeuronSdk][];

describe('the catalogue', () => {
  test('each release has one static named after it', () => {
    expect(statics.map(([name]) => name)).toEqual(data.sdks.map(({ version }) => `V${version.replace(/\./g, '_')}`));
    expect(statics.map(([, sdk]) => sdk)).toEqual(NeuronSdk.all());
  });

  test.each(data.sdks.map((row) => [row.version, row] as const))('%s carries its row', (version, row) => {
    const { source, notes, ...facts } = row as Record<string, unknown>;
    expect(NeuronSdk.of(version)).toMatchObject(facts);
  });

  test('is in order, by version and by day', () => {
    const all = NeuronSdk.all();
    for (let i = 1; i < all.length; i++) expect(all[i - 1].compareTo(all[i])).toBeLessThan(0);
    const days = all.flatMap(({ released }) => released ?? []);
    expect(days).toEqual([...days].sort());
    expect(days).toHaveLength(12);
  });

  test('the same version gives the same object', () => {
    expect(NeuronSdk.of('2.26.1')).toBe(NeuronSdk.V2_26_1);
    expect(NeuronSdk.of('2.26')).toBe(NeuronSdk.V2_26_0);
    expect(NeuronSdk.of('2.20.2')).toBe(NeuronSdk.of('2.20.2'));
    expect(`${NeuronSdk.V2_28_0}`).toBe('2.28.0');
  });

  test('what is not known of a release is undefined', () => {
    expect(NeuronSdk.V2_27_0.driver).toBeUndefined();
    expect(NeuronSdk.of('2.28.1')).toMatchObject({ version: '2.28.1', minor: 28, released: undefined, driver: undefined });
    expect(NeuronSdk.isKnown('2.28.1')).toBe(false);
    expect(NeuronSdk.isKnown('2.28.0')).toBe(true);
  });
});

describe('support horizon', () => {
  test('large language models on Inferentia2 and Trainium end with 2.28', () => {
    expect(NeuronSdk.all().filter((sdk) => sdk.servesInf2Trn1).pop()).toBe(NeuronSdk.V2_28_0);
    expect(NeuronSdk.V2_29_0.servesInf2Trn1).toBe(false);
  });

  test.each<[NeuronSdk, Accelerator, SupportLevel, SupportLevel, SupportLevel]>([
    // release, chip, NxD Inference, PyTorch/XLA inference, PyTorch/XLA training
    [NeuronSdk.V2_26_1, Accelerator.INFERENTIA2, SUPPORTED, SUPPORTED, SUPPORTED],
    [NeuronSdk.V2_28_0, Accelerator.TRAINIUM1, SUPPORTED, SUPPORTED, SUPPORTED],
    [NeuronSdk.V2_29_0, Accelerator.INFERENTIA2, UNSUPPORTED, SUPPORTED, SUPPORTED],
    [NeuronSdk.V2_29_0, Accelerator.TRAINIUM2, SUPPORTED, SUPPORTED, SUPPORTED],
    [NeuronSdk.V2_30_0, Accelerator.TRAINIUM1, UNSUPPORTED, SUPPORTED, UNSUPPORTED],
    [NeuronSdk.V2_31_1, Accelerator.INFERENTIA2, UNSUPPORTED, MAINTENANCE, UNSUPPORTED],
    [NeuronSdk.V2_31_1, Accelerator.TRAINIUM2, SUPPORTED, SUPPORTED, UNSUPPORTED],
    [NeuronSdk.V2_32_0, Accelerator.INFERENTIA2, UNSUPPORTED, UNSUPPORTED, UNSUPPORTED],
    [NeuronSdk.V2_32_0, Accelerator.TRAINIUM2, UNSUPPORTED, UNSUPPORTED, UNSUPPORTED],
    [NeuronSdk.V2_26_1, Accelerator.INFERENTIA1, UNSUPPORTED, UNSUPPORTED, UNSUPPORTED],
    [NeuronSdk.V2_26_1, Accelerator.A10G, UNSUPPORTED, UNSUPPORTED, UNSUPPORTED],
  ])('%s on %s', (sdk, accelerator, nxd, xla, training) => {
    const verdicts = [sdk.nxdInference(accelerator), sdk.xlaInference(accelerator), sdk.xlaTraining(accelerator)];
    expect(verdicts.map(({ level }) => level)).toEqual([nxd, xla, training]);
    for (const { evidence, reason } of verdicts) {
      expect(evidence).toBe(DOCUMENTED);
      expect(reason).toMatch(/^\S.{15,}[^.]$/);
    }
  });

  test('releases that nobody read are inferred', () => {
    expect(NeuronSdk.of('2.40.0').nxdInference(Accelerator.INFERENTIA2)).toMatchObject({ level: UNSUPPORTED, evidence: INFERRED });
    expect(NeuronSdk.of('2.18.2').xlaInference(Accelerator.INFERENTIA2)).toMatchObject({ level: SUPPORTED, evidence: INFERRED });
  });
});

describe('on the hosts of SageMaker', () => {
  test.each<[string, SupportLevel, Evidence]>([
    ['2.24.1', SUPPORTED, INFERRED],
    ['2.26.0', SUPPORTED, DOCUMENTED],
    ['2.26.1', SUPPORTED, DOCUMENTED],
    ['2.27.1', UNKNOWN, INFERRED],
    ['2.28.0', UNKNOWN, INFERRED],
    ['2.29.1', UNKNOWN, INFERRED],
    ['2.30.0', UNSUPPORTED, DOCUMENTED],
    ['2.31.1', UNSUPPORTED, INFERRED],
    ['2.33.0', UNSUPPORTED, INFERRED],
  ])('%s on the Neuron AMI with driver 2.19', (version, level, evidence) => {
    const support = NeuronSdk.of(version).onAmi(InferenceAmi.NEURON_2);
    expect(support).toMatchObject({ level, evidence });
    expect(support).toEqual(NeuronSdk.of(version).onDriver('2.19'));
  });

  test.each<[string, string, SupportLevel, Evidence]>([
    ['2.28.0', '2.26.5', SUPPORTED, DOCUMENTED], // published with it
    ['2.28.0', '2.30', SUPPORTED, DOCUMENTED],
    ['2.30.0', '2.26.9', UNSUPPORTED, DOCUMENTED],
    ['2.30.0', '2.27', SUPPORTED, INFERRED],
    ['2.26.1', '2.10', UNKNOWN, INFERRED], // what inf2 hosts have without an AMI version
    ['2.26.1', '2.19.64.0', SUPPORTED, DOCUMENTED], // as the host reports it
    ['2.31.0', '2.29', SUPPORTED, DOCUMENTED],
    ['2.31.1', '2.29', SUPPORTED, INFERRED],
  ])('%s on driver %s', (version, driver, level, evidence) => {
    expect(NeuronSdk.of(version).onDriver(driver)).toMatchObject({ level, evidence });
  });

  test('GPU hosts have no Neuron driver', () => {
    expect(NeuronSdk.V2_26_1.onAmi(InferenceAmi.GPU_3_1)).toEqual({
      level: UNSUPPORTED, evidence: DOCUMENTED, reason: 'al2-ami-sagemaker-inference-gpu-3-1 is for GPU hosts and has no Neuron driver',
    });
  });

  test('a Neuron AMI of unknown driver is unknown', () => {
    expect(NeuronSdk.V2_26_1.onAmi(InferenceAmi.custom('neuron-3', { kind: AcceleratorKind.NEURON }))).toEqual({
      level: UNKNOWN, evidence: DOCUMENTED, reason: 'the Neuron driver of neuron-3 is not known',
    });
  });

  test.each([['is only known at deploy time', Lazy.string({ produce: () => '2.19' })], ['is no whole version', '2']])('so is one whose driver %s', (_, driver) => {
    expect(NeuronSdk.V2_26_1.onAmi(InferenceAmi.custom('neuron-3', { kind: AcceleratorKind.NEURON, driver })).level).toBe(UNKNOWN);
  });

  test('an AMI that AWS has added since is judged by its driver', () => {
    const ami = InferenceAmi.custom('neuron-3', { kind: AcceleratorKind.NEURON, driver: '2.29' });
    expect(NeuronSdk.V2_31_1.onAmi(ami)).toEqual(NeuronSdk.V2_31_1.onDriver('2.29'));
  });
});

describe('order', () => {
  test('is by number, not by letter', () => {
    expect(NeuronSdk.of('2.9.1').compareTo(NeuronSdk.of('2.26.0'))).toBeLessThan(0);
    expect(NeuronSdk.V2_26_1.compareTo(NeuronSdk.V2_26_0)).toBeGreaterThan(0);
    expect(NeuronSdk.V2_26_1.compareTo(NeuronSdk.of('2.26.1'))).toBe(0);
    expect(NeuronSdk.V2_26_1.sameAs(NeuronSdk.of('2.26.1'))).toBe(true);
    expect(NeuronSdk.V2_26_1.sameAs(NeuronSdk.V2_26_0)).toBe(false);
  });

  test('version and numbers are one to one', () => {
    fc.assert(fc.property(fc.nat(99), fc.nat(99), (minor, patch) => {
      const sdk = NeuronSdk.of(`2.${minor}.${patch}`);
      return sdk.minor === minor && sdk.version === `2.${minor}.${patch}` && sdk.compareTo(NeuronSdk.of('2.100.0')) < 0;
    }), { numRuns: 40 });
  });
});

describe('bad input', () => {
  const fix = "allowed: a Neuron SDK version `2.<minor>.<patch>`; fix: give the version in the image tag: 'sdk2.26.1' is '2.26.1'";

  test.each(['sdk2.26.1', '1.0.0', '2', '2.26.1.1', '', '2.x', ' 2.26.1', '2.-1.0', '2.99999.0'])('fails for version %j', (version) => {
    expect(() => NeuronSdk.of(version)).toThrow(new Error(`NeuronSdk.of: \`version\`: got ${JSON.stringify(version)}; ${fix}`));
  });

  test('fails for a token', () => {
    expect(() => NeuronSdk.of(Lazy.string({ produce: () => '2.26.1' })))
      .toThrow(new Error(`NeuronSdk.of: \`version\`: got a token (a value known only at deploy time); ${fix}`));
  });

  test.each(['newest', '', '2', '2.19.1.2.3', '2.x', '-2.19'])('fails for driver %j', (driver) => {
    expect(() => NeuronSdk.V2_26_1.onDriver(driver)).toThrow(new Error(
      `NeuronSdk.onDriver: \`driver\`: got ${JSON.stringify(driver)}; allowed: a Neuron driver version such as \`2.19\`; fix: give the version that the host reports (\`modinfo neuron\`)`,
    ));
  });
});
