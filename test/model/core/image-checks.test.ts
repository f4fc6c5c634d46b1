import { checkImageOnHardware, type ImageOnHardware, type SdkOnHardware } from '../../../src/model/core/image-checks';
import { problemText } from '../../../src/private/problems';

const AMI = 'al2-ami-sagemaker-inference-neuron-2';
/** An SDK about which the rules say this. */
const sdk = (level: string, more: Partial<SdkOnHardware> = {}): SdkOnHardware => ({ version: '2.99.0', ami: AMI, onAmi: { level, reason: 'so say the rules' }, ...more });

const NEURON: ImageOnHardware['image'] = { name: 'hf-neuronx:2.8', kind: 'neuron', families: ['inf2', 'trn1'], status: 'current', regions: ['us-east-1'] };
const GPU: ImageOnHardware['image'] = { name: 'vllm:0.27', kind: 'gpu', status: 'current' };
const INF2: ImageOnHardware['instance'] = { prop: 'instanceType', name: 'ml.inf2.xlarge', family: 'inf2', kind: 'neuron' };
const G5: ImageOnHardware['instance'] = { prop: 'instanceType', name: 'ml.g5.xlarge', family: 'g5', kind: 'gpu' };

const problems = (input: ImageOnHardware) => checkImageOnHardware(input).problems.map(({ problem }) => problemText(problem));

test('an image on its own hardware in a region that holds it', () => {
  expect(checkImageOnHardware({ image: NEURON, instance: INF2, region: 'us-east-1' })).toEqual({ problems: [], warnings: [] });
  expect(checkImageOnHardware({ image: GPU, instance: G5, region: 'eu-north-1' })).toEqual({ problems: [], warnings: [] });
});

test('a GPU image on Inferentia2', () => {
  expect(problems({ image: GPU, instance: INF2 })).toEqual([
    '`image`: got vllm:0.27, an image for GPUs,; allowed: an image for Neuron devices (Inferentia2, Trainium), the accelerator of ml.inf2.xlarge; fix: use ServedModel.onNeuron for this variant, or an instance type with GPUs',
  ]);
});

test('a Neuron image on a GPU, and nothing else said of the pair', () => {
  expect(problems({ image: { ...NEURON, neuronSdk: sdk('unsupported') }, instance: G5, region: 'eu-north-1' })).toEqual([
    '`image`: got hf-neuronx:2.8, an image for Neuron devices (Inferentia2, Trainium),; allowed: an image for GPUs, the accelerator of ml.g5.xlarge; fix: use ServedModel.onGpu for this variant, or an instance type with Neuron devices',
  ]);
});

describe('families', () => {
  test('one the image is not published for', () => {
    expect(problems({ image: NEURON, instance: { ...INF2, name: 'ml.trn2.48xlarge', family: 'trn2', kind: 'neuron' } })).toEqual([
      '`instanceType`: got ml.trn2.48xlarge; allowed: the families hf-neuronx:2.8 is published for: inf2, trn1; fix: choose an instance of these families, or an image for this one',
    ]);
  });

  test('trn1n has the chip of trn1', () => {
    expect(problems({ image: NEURON, instance: { ...INF2, name: 'ml.trn1n.32xlarge', family: 'trn1n', kind: 'neuron' } })).toEqual([]);
  });

  test('an image that lists none takes all', () => {
    expect(problems({ image: { ...NEURON, families: undefined }, instance: { ...INF2, name: 'ml.trn2.48xlarge', family: 'trn2', kind: 'neuron' } })).toEqual([]);
  });
});

describe('regions', () => {
  test('one without the image', () => {
    expect(problems({ image: NEURON, instance: INF2, region: 'eu-north-1' })).toEqual([
      '`image`: got hf-neuronx:2.8 in eu-north-1; allowed: the regions known to hold it: us-east-1; fix: copy the image to a repository of your own and pass it with ServingImage.fromEcrRepository, or skip ModelCheck.IMAGE_REGION if you know better',
    ]);
  });

  test('one that is not known yet', () => {
    expect(problems({ image: NEURON, instance: INF2 })).toEqual([]);
  });
});

describe('what the rules say of the Neuron SDK', () => {
  const checked = (neuronSdk?: SdkOnHardware) => checkImageOnHardware({ image: { ...NEURON, neuronSdk }, instance: INF2 });

  test.each(['supported', 'maintenance'])('%s passes', (level) => {
    expect(checked(sdk(level, { onChip: { level, reason: 'so say the rules' } }))).toEqual({ problems: [], warnings: [] });
  });

  test('unknown on the host is a warning', () => {
    expect(checked(sdk('unknown'))).toEqual({
      problems: [],
      warnings: [{ check: 'neuron-sdk', id: 'neuronSdkUnproven', text: `hf-neuronx:2.8 with Neuron SDK 2.99.0 is not known to start on ${AMI}: so say the rules` }],
    });
  });

  test('unsupported on the host is a problem', () => {
    const { problems: found, warnings } = checked(sdk('unsupported'));
    expect(warnings).toEqual([]);
    expect(found.map(({ check, problem }) => [check, problemText(problem)])).toEqual([['neuron-sdk',
      `\`image\`: got hf-neuronx:2.8 with Neuron SDK 2.99.0; allowed: an SDK that runs on ${AMI}: so say the rules; fix: use an image with an older SDK (2.26 runs on driver 2.19) or a host image with a newer driver, or skip ModelCheck.NEURON_SDK if you have seen it start`]]);
  });

  test('unsupported on the chip is a warning, for an image may bring what the SDK dropped', () => {
    expect(checked(sdk('supported', { onChip: { level: 'unsupported', reason: 'dropped' } }))).toEqual({
      problems: [],
      warnings: [{ check: 'neuron-sdk', id: 'neuronSdkLeftChip', text: 'hf-neuronx:2.8 with Neuron SDK 2.99.0 may not serve on ml.inf2.xlarge: dropped' }],
    });
  });

  test('nothing said, or an unknown SDK, is not judged', () => {
    expect(checked(sdk('', { onAmi: undefined }))).toEqual({ problems: [], warnings: [] });
    expect(checked()).toEqual({ problems: [], warnings: [] });
  });
});

describe('messages name the instance type where the user wrote it', () => {
  const prop = 'fallbackInstances[1].instanceType';

  test.each<[string, ImageOnHardware]>([
    ['a family', { image: NEURON, instance: { ...INF2, prop, family: 'trn2' } }],
    ['a generation', { image: { ...GPU, cuda: '13.0' }, instance: { ...G5, prop, computeCapability: '7.0' } }],
    ['an Arm host', { image: { ...GPU, x86Only: true }, instance: { ...G5, prop, hostIsArm: true } }],
  ])('%s', (_, input) => {
    expect(checkImageOnHardware(input).problems.map(({ problem }) => problem.prop)).toEqual([prop]);
  });
});

describe('maintenance', () => {
  test.each(['end-of-patch 2026-06-30', 'superseded', 'last-published'])('%s is a warning', (status) => {
    expect(checkImageOnHardware({ image: { ...GPU, status }, instance: G5 }).warnings).toEqual([
      { check: 'image-hardware', id: 'imageNotMaintained', text: `vllm:0.27 is marked "${status}" by its publisher: expect no security patches` },
    ]);
  });

  test.each(['current', 'usable', 'legacy', undefined])('%s is not', (status) => {
    expect(checkImageOnHardware({ image: { ...GPU, status }, instance: G5 }).warnings).toEqual([]);
  });
});

describe('GPU generations', () => {
  const on = (cuda: string | undefined, computeCapability: string | undefined, more: Partial<ImageOnHardware['image']> = {}) =>
    problems({ image: { ...GPU, cuda, ...more }, instance: { ...G5, computeCapability } });

  test('Volta and CUDA 13', () => {
    expect(on('13.0', '7.0')).toEqual([
      '`instanceType`: got ml.g5.xlarge (compute capability 7.0); allowed: compute capability 7.5 or newer, the oldest that CUDA 13.0 of vllm:0.27 has programs for; fix: choose a newer GPU, or an image with CUDA 12',
    ]);
    expect(on('12.9', '7.0')).toEqual([]);
    expect(on('13.0', '7.5')).toEqual([]);
  });

  test('Blackwell and CUDA 12.4', () => {
    const warned = (cuda: string, computeCapability: string) =>
      checkImageOnHardware({ image: { ...GPU, cuda }, instance: { ...G5, computeCapability } }).warnings;
    expect(warned('12.4', '12.0')).toEqual([{
      check: 'image-hardware',
      id: 'cudaBeforeBlackwell',
      text: 'vllm:0.27 has CUDA 12.4, which has no programs for the Blackwell GPUs of ml.g5.xlarge (compute capability 12.0): PyTorch refuses them before CUDA 12.8',
    }]);
    expect(on('12.4', '12.0')).toEqual([]);
    expect(warned('12.8', '10.0')).toEqual([]);
    expect(warned('13.0', '10.3')).toEqual([]);
    expect(warned('12.4', '9.0')).toEqual([]);
  });

  test('are not judged where one of the two is unknown', () => {
    expect(on(undefined, '12.0')).toEqual([]);
    expect(on('12.4', undefined)).toEqual([]);
  });
});

describe('Arm hosts', () => {
  const arm = { ...G5, name: 'ml.p6e-gb200.36xlarge', hostIsArm: true };

  test('take no image built for x86-64', () => {
    expect(problems({ image: { ...GPU, x86Only: true }, instance: arm })).toEqual([
      '`instanceType`: got ml.p6e-gb200.36xlarge, whose host processor is Arm; allowed: a host with x86-64: vllm:0.27 is built for it; fix: choose another instance, or an Arm image of your own with ServingImage.fromEcrRepository',
    ]);
  });

  test('may take an image of one\'s own', () => {
    expect(problems({ image: { ...GPU, x86Only: false }, instance: arm })).toEqual([]);
  });
});

test('an SDK that has no software for the generation of the chip is a problem', () => {
  const instance = { ...INF2, prop: 'fallbackInstances[0].instanceType', name: 'ml.inf1.xlarge', family: 'inf1' };
  const verdict = { level: 'unsupported', reason: 'so say the rules' };
  const { problems: found, warnings } = checkImageOnHardware({ image: { ...NEURON, families: undefined, neuronSdk: sdk('supported', { onGeneration: verdict, onChip: verdict }) }, instance });
  expect(warnings).toEqual([]);
  expect(found.map(({ check, problem }) => [check, problemText(problem)])).toEqual([['neuron-sdk',
    '`fallbackInstances[0].instanceType`: got ml.inf1.xlarge with hf-neuronx:2.8 with Neuron SDK 2.99.0; allowed: an instance type that the SDK serves: so say the rules; fix: choose an instance with Inferentia2 or Trainium, or skip ModelCheck.NEURON_SDK if the image is of the older line']]);
});

test('a family is no member of an object', () => {
  expect(problems({ image: NEURON, instance: { ...INF2, name: 'ml.constructor.xlarge', family: 'constructor' } })[0]).toContain('got ml.constructor.xlarge; allowed: the families');
});

test('a repository in another region is a warning, which may be skipped with the region check', () => {
  const warned = (ownRegion?: string, region?: string) => checkImageOnHardware({ image: { ...GPU, ownRegion }, instance: G5, region });
  expect(warned('eu-west-1', 'us-east-1')).toEqual({
    problems: [],
    warnings: [{ check: 'image-region', id: 'imageInOtherRegion', text: 'the repository of vllm:0.27 is in eu-west-1 as far as is known here, and SageMaker pulls images from the region of the endpoint, us-east-1: replicate the image there' }],
  });
  for (const [own, region] of [['us-east-1', 'us-east-1'], [undefined, 'us-east-1'], ['us-east-1', undefined]]) expect(warned(own, region).warnings).toEqual([]);
});
