import { Lazy } from 'aws-cdk-lib';
import { AcceleratorInstance, AcceleratorKind, Evidence, InferenceAmi } from '../../src/hardware';

describe('the catalogue', () => {
  test.each([
    [InferenceAmi.NEURON_2, AcceleratorKind.NEURON, '2.19', undefined, undefined, undefined],
    [InferenceAmi.GPU_2, AcceleratorKind.GPU, '535', '12.2', 12, true],
    [InferenceAmi.GPU_2_1, AcceleratorKind.GPU, '535', '12.2', 12, false],
    [InferenceAmi.GPU_3_1, AcceleratorKind.GPU, '550', '12.4', 12, false],
    [InferenceAmi.GPU_4_1, AcceleratorKind.GPU, '580', '13.0', 13, false],
  ])('%s', (ami, kind, driver, cuda, cudaMajor, mountsCudaCompat) => {
    expect(ami).toMatchObject({ kind, driver, cuda, cudaMajor, mountsCudaCompat });
  });

  test('the same value gives the same object', () => {
    expect(InferenceAmi.of('al2-ami-sagemaker-inference-neuron-2')).toBe(InferenceAmi.NEURON_2);
    expect(`${InferenceAmi.GPU_4_1}`).toBe('al2023-ami-sagemaker-inference-gpu-4-1');
    expect(InferenceAmi.all()).toHaveLength(5);
  });
});

describe('choose', () => {
  test.each<[AcceleratorInstance, number | undefined, InferenceAmi | undefined, Evidence]>([
    [AcceleratorInstance.INF2_XLARGE, undefined, InferenceAmi.NEURON_2, Evidence.DOCUMENTED],
    [AcceleratorInstance.INF2_XLARGE, 12, InferenceAmi.NEURON_2, Evidence.DOCUMENTED],
    [AcceleratorInstance.TRN1_32XLARGE, undefined, InferenceAmi.NEURON_2, Evidence.DOCUMENTED],
    [AcceleratorInstance.TRN2_48XLARGE, undefined, InferenceAmi.NEURON_2, Evidence.INFERRED],
    [AcceleratorInstance.INF1_XLARGE, undefined, undefined, Evidence.INFERRED],
    [AcceleratorInstance.G5_XLARGE, 12, InferenceAmi.GPU_3_1, Evidence.DOCUMENTED],
    [AcceleratorInstance.G5_XLARGE, 13, InferenceAmi.GPU_4_1, Evidence.DOCUMENTED],
    [AcceleratorInstance.G5_XLARGE, 11, undefined, Evidence.INFERRED],
    [AcceleratorInstance.G5_XLARGE, 14, undefined, Evidence.INFERRED],
    [AcceleratorInstance.G5_XLARGE, undefined, undefined, Evidence.INFERRED],
    [AcceleratorInstance.P5_48XLARGE, 12, InferenceAmi.GPU_3_1, Evidence.DOCUMENTED],
    [AcceleratorInstance.G7_2XLARGE, 12, InferenceAmi.GPU_4_1, Evidence.INFERRED],
    [AcceleratorInstance.G7E_2XLARGE, 12, InferenceAmi.GPU_4_1, Evidence.INFERRED],
    [AcceleratorInstance.P6_B200_48XLARGE, 12, InferenceAmi.GPU_4_1, Evidence.INFERRED],
    [AcceleratorInstance.P6_B300_48XLARGE, 12, InferenceAmi.GPU_4_1, Evidence.INFERRED],
    [AcceleratorInstance.P6_B200_48XLARGE, 13, InferenceAmi.GPU_4_1, Evidence.DOCUMENTED],
    [AcceleratorInstance.P6_B200_48XLARGE, undefined, undefined, Evidence.INFERRED],
  ])('%s with CUDA %s', (instance, cudaMajor, ami, evidence) => {
    const choice = InferenceAmi.choose({ instance, cudaMajor });
    expect(choice.ami).toBe(ami);
    expect(choice.evidence).toBe(evidence);
    expect(choice.reason).toMatch(/^\S.{20,}[^.]$/);
  });

  test('the driver of the choice is never older than the CUDA of the container needs', () => {
    for (const instance of AcceleratorInstance.all().filter(({ isGpu }) => isGpu)) {
      for (const cudaMajor of [11, 12, 13, 14]) {
        const { ami } = InferenceAmi.choose({ instance, cudaMajor });
        expect(ami?.cudaMajor ?? cudaMajor).toBeGreaterThanOrEqual(cudaMajor);
        expect(ami?.kind ?? AcceleratorKind.GPU).toBe(AcceleratorKind.GPU);
      }
    }
  });

  test('a token as CUDA version counts as not known', () => {
    expect(InferenceAmi.choose({ instance: AcceleratorInstance.G5_XLARGE, cudaMajor: Lazy.number({ produce: () => 12 }) }).ami).toBeUndefined();
  });
});

describe('custom', () => {
  test('takes what AWS has added since', () => {
    const ami = InferenceAmi.custom('al2023-ami-sagemaker-inference-neuron-3', { kind: AcceleratorKind.NEURON, driver: '2.29.1' });
    expect(ami).toMatchObject({ kind: AcceleratorKind.NEURON, driver: '2.29.1', cudaMajor: undefined, mountsCudaCompat: undefined });
    expect(ami.sameAs(InferenceAmi.NEURON_2)).toBe(false);
    expect(ami.sameAs(InferenceAmi.custom(ami.value, { kind: AcceleratorKind.NEURON }))).toBe(true);
  });

  test('may name a newer GPU image', () => {
    expect(InferenceAmi.custom('al2023-ami-sagemaker-inference-gpu-5-1', { kind: AcceleratorKind.GPU, driver: '600', cuda: '14.1' }).cudaMajor).toBe(14);
  });
});

describe('bad input', () => {
  test.each<[string, () => unknown, string]>([
    ['an unknown value', () => InferenceAmi.of('al2-ami-sagemaker-inference-gpu-3'),
      "InferenceAmi.of: `value`: got \"al2-ami-sagemaker-inference-gpu-3\"; allowed: a value of the enumeration ProductionVariantInferenceAmiVersion; fix: did you mean 'al2-ami-sagemaker-inference-gpu-2', 'al2-ami-sagemaker-inference-gpu-3-1' or 'al2-ami-sagemaker-inference-gpu-2-1'? otherwise use `InferenceAmi.custom` with its kind"],
    ['a token', () => InferenceAmi.of(Lazy.string({ produce: () => 'x' })),
      "InferenceAmi.of: `value`: got a token (a value known only at deploy time); allowed: a value of the enumeration ProductionVariantInferenceAmiVersion; fix: give a literal such as 'al2-ami-sagemaker-inference-neuron-2'"],
    ['a full CUDA version', () => InferenceAmi.choose({ instance: AcceleratorInstance.G5_XLARGE, cudaMajor: 12.8 }),
      'InferenceAmi.choose: `cudaMajor`: got 12.8; allowed: a whole number of at least 1; fix: give the major version only: 12 for CUDA 12.8'],
    ['CUDA 0', () => InferenceAmi.choose({ instance: AcceleratorInstance.G5_XLARGE, cudaMajor: 0 }),
      'InferenceAmi.choose: `cudaMajor`: got 0; allowed: a whole number of at least 1; fix: give the major version only: 12 for CUDA 12.8'],
    ['a malformed value', () => InferenceAmi.custom('My AMI', { kind: AcceleratorKind.GPU }),
      "InferenceAmi.custom: `value`: got \"My AMI\"; allowed: lower case letters, digits and hyphens, at most 63; fix: write it as the API does, such as 'al2023-ami-sagemaker-inference-gpu-4-1'"],
    ['a driver in words', () => InferenceAmi.custom('gpu-9', { kind: AcceleratorKind.GPU, driver: 'newest' }),
      'InferenceAmi.custom: `driver`: got "newest"; allowed: digits and dots, such as `580` or `2.19`; fix: give digits and dots, such as `580` or `2.19`'],
    ['CUDA on a Neuron host', () => InferenceAmi.custom('neuron-9', { kind: AcceleratorKind.NEURON, cuda: '13.0' }),
      'InferenceAmi.custom: `cuda`: got "13.0" for Neuron; allowed: nothing for Neuron; fix: leave it out or make `kind` AcceleratorKind.GPU'],
  ])('fails for %s', (_, act, message) => {
    expect(act).toThrow(new Error(message));
  });
});
