import { Aws, Lazy, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { bindIn, stackIn, thrownBy } from './support';
import { AcceleratorInstance, AcceleratorKind, InferenceAmi, NeuronSdk } from '../../src/hardware';
import { ModelCheck, ModelSource, NumberFormat, ServedModel, ServingImage, type ExistingModelOptions, type IModelSource, type ServedModelBindOptions, type ServedModelOptions } from '../../src/model';
import { problemText } from '../../src/private/problems';

const ARCHIVE = ModelSource.s3Uri('s3://my-bucket/bge/model.tar.gz');
const HUB = ModelSource.huggingFace('org/m', { revision: 'a'.repeat(40) });
const GPU_IMAGE = 'huggingface-pytorch-inference:2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04';
const NEURON_IMAGE = 'huggingface-pytorch-inference-neuronx:2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04';
const LATE = ServingImage.of('pytorch-inference-neuronx', '2.9.0-neuronx-py312-sdk2.31.1-ubuntu24.04');
const LATE_IMAGE = 'pytorch-inference-neuronx:2.9.0-neuronx-py312-sdk2.31.1-ubuntu24.04';
const on = (name: string): Partial<ServedModelBindOptions> => ({ instance: AcceleratorInstance.of(name) });

describe('ServedModel.onGpu fails for', () => {
  test.each<[string, ServedModelOptions, string]>([
    ['an image for Neuron', { image: ServingImage.HF_INFERENCE_2_8_NEURONX },
      `\`image\`: got ${NEURON_IMAGE}, an image of kind NEURON; allowed: an image of kind GPU; fix: use ServedModel.onNeuron, or another image`],
    ['a degree of 0', { settings: { tensorParallelDegree: 0 } },
      '`settings.tensorParallelDegree`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['half a batch', { settings: { batchSize: 0.5 } },
      '`settings.batchSize`: got 0.5; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['a negative length', { settings: { sequenceLength: -1 } },
      '`settings.sequenceLength`: got -1; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['NaN workers', { settings: { workers: NaN } },
      '`settings.workers`: got NaN; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['endless requests', { settings: { maxConcurrentRequests: Infinity } },
      '`settings.maxConcurrentRequests`: got Infinity; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['a task in words', { settings: { task: 'Feature Extraction' } },
      '`settings.task`: got "Feature Extraction"; allowed: a task by its name on the Hub, e.g. feature-extraction; fix: give a task by its name on the Hub, e.g. feature-extraction'],
    ['an empty model name', { settings: { servedModelName: '' } },
      '`settings.servedModelName`: got ""; allowed: a name without spaces; fix: give a name without spaces'],
    ['a variable that is no text', { settings: { environment: { DEBUG: 1 as unknown as string } } },
      '`settings.environment.DEBUG`: got a value of type number; allowed: text; fix: write it as "1"'],
    ['a variable without a value', { settings: { environment: { DEBUG: undefined as unknown as string } } },
      '`settings.environment.DEBUG`: got a value of type undefined; allowed: text; fix: leave it out, or write it as text'],
    ['a variable that is an object', { settings: { environment: { DEBUG: {} as unknown as string } } },
      '`settings.environment.DEBUG`: got a value of type object; allowed: text; fix: leave it out, or write it as text'],
    ['an image as text', { image: 'vllm:1' as unknown as ServingImage },
      '`image`: got "vllm:1"; allowed: a serving image; fix: use a static of ServingImage such as ServingImage.VLLM_0_27_1_GPU, ServingImage.of or ServingImage.fromEcrRepository'],
    ['parameters as text', { profile: { parametersBillion: '8' as unknown as number } },
      '`profile.parametersBillion`: got "8"; allowed: a number above 0; fix: give a number above 0, or leave it out'],
    ['a degree known at deploy time', { settings: { tensorParallelDegree: Lazy.number({ produce: () => 2 }) } },
      '`settings.tensorParallelDegree`: got a value that is only known at deploy time; allowed: a number known at synthesis: memory, heads and server processes follow from it; fix: pass a plain number'],
    ['no parameters', { profile: { parametersBillion: 0 } },
      '`profile.parametersBillion`: got 0; allowed: a number above 0; fix: give a number above 0, or leave it out'],
    ['negative weights', { profile: { weightsGiB: -3 } },
      '`profile.weightsGiB`: got -3; allowed: a number above 0; fix: give a number above 0, or leave it out'],
    ['NaN bytes', { profile: { bytesPerParameter: NaN } },
      '`profile.bytesPerParameter`: got NaN; allowed: a number above 0; fix: give a number above 0, or leave it out'],
    ['half a head', { profile: { attentionHeads: 1.5 } },
      '`profile.attentionHeads`: got 1.5; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['no key-value heads', { profile: { keyValueHeads: 0 } },
      '`profile.keyValueHeads`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['NeuronCore metrics', { neuronMetricsNamespace: 'Mine' },
      '`neuronMetricsNamespace`: got "Mine"; allowed: nothing: only the Hugging Face and PyTorch inference images for Neuron publish NeuronCore metrics; fix: remove it, or use one of these images'],
  ])('%s', (_, options, message) => {
    expect(thrownBy(() => ServedModel.onGpu(ARCHIVE, options))).toBe(`ServedModel.onGpu: ${message}`);
  });

  test('what is no source', () => {
    expect(thrownBy(() => ServedModel.onGpu('org/model' as unknown as IModelSource))).toBe(
      'ServedModel.onGpu: `source`: got "org/model"; allowed: a source of a model; fix: use a static method of ModelSource, e.g. ModelSource.huggingFace or ModelSource.s3Uri',
    );
    expect(thrownBy(() => ServedModel.onGpu(undefined as unknown as IModelSource))).toContain('`source`: got a value of type undefined');
  });

  test('settings of a model that is made elsewhere', () => {
    expect(thrownBy(() => ServedModel.onGpu(ModelSource.existingModel({ modelName: 'm' }), { settings: {} }))).toBe(
      'ServedModel.onGpu: `settings`: got settings; allowed: nothing: SageMaker model m brings its own container and environment; fix: set them where the model or the package is made',
    );
  });

  test('several things, all at once', () => {
    expect(thrownBy(() => ServedModel.onGpu(ARCHIVE, { settings: { batchSize: 0, workers: 0 }, profile: { weightsGiB: 0 } }))).toBe([
      'ServedModel.onGpu: 3 problems',
      '  - `settings.batchSize`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1',
      '  - `settings.workers`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1',
      '  - `profile.weightsGiB`: got 0; allowed: a number above 0; fix: give a number above 0, or leave it out',
    ].join('\n'));
  });
});

describe('ServedModel.onNeuron fails for', () => {
  test('an image for GPUs', () => {
    expect(thrownBy(() => ServedModel.onNeuron(ARCHIVE, { image: ServingImage.HF_INFERENCE_2_6_GPU }))).toBe(
      `ServedModel.onNeuron: \`image\`: got ${GPU_IMAGE}, an image of kind GPU; allowed: an image of kind NEURON; fix: use ServedModel.onGpu, or another image`,
    );
  });

  test.each(['AWS/SageMaker', '', 'a'.repeat(256), 'ä'])('the metric namespace %p', (namespace) => {
    expect(thrownBy(() => ServedModel.onNeuron(ARCHIVE, { neuronMetricsNamespace: namespace }))).toBe(
      `ServedModel.onNeuron: \`neuronMetricsNamespace\`: got ${JSON.stringify(namespace)}; allowed: a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/; fix: give a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/`,
    );
  });

  test('NeuronCore metrics of an image that has none', () => {
    expect(thrownBy(() => ServedModel.onNeuron(ARCHIVE, { image: ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX, neuronMetricsNamespace: 'Mine' }))).toContain('only the Hugging Face and PyTorch inference images');
  });
});

describe('ServedModel.existing fails for', () => {
  test('an SDK as text', () => {
    const options = { kind: AcceleratorKind.NEURON, neuronSdk: '2.26.1' as unknown as NeuronSdk };
    expect(thrownBy(() => ServedModel.existing({ modelName: 'm' }, options))).toBe(
      'ServedModel.existing: `neuronSdk`: got "2.26.1"; allowed: a Neuron SDK; fix: use a static of NeuronSdk such as NeuronSdk.V2_26_1, or NeuronSdk.of',
    );
  });

  test.each([[undefined, 'undefined'], ['gpu', '"gpu"'], [{}, 'another object']])('%p in place of the facts', (options, got) => {
    expect(thrownBy(() => ServedModel.existing({ modelName: 'm' }, options as unknown as ExistingModelOptions))).toBe(
      `ServedModel.existing: \`options\`: got ${got}; allowed: the facts of the model: at least its \`kind\`; fix: give e.g. { kind: AcceleratorKind.GPU }`,
    );
  });

  test('weights below nothing', () => {
    expect(thrownBy(() => ServedModel.existing({ modelName: 'm' }, { kind: AcceleratorKind.GPU, profile: { weightsGiB: 0 } }))).toBe(
      'ServedModel.existing: `profile.weightsGiB`: got 0; allowed: a number above 0; fix: give a number above 0, or leave it out',
    );
  });
});

describe('bind fails for', () => {
  const bind = (model: ServedModel, options: Partial<ServedModelBindOptions> = {}, region = 'us-east-1') => thrownBy(() => bindIn(stackIn(region), model, options));

  test('a model for GPUs on Inferentia2', () => {
    expect(bind(ServedModel.onGpu(ARCHIVE), on('ml.inf2.xlarge'))).toBe(
      `Stack/Variant: \`image\`: got ${GPU_IMAGE}, an image for GPUs,; allowed: an image for Neuron devices (Inferentia2, Trainium), the accelerator of ml.inf2.xlarge; fix: use ServedModel.onNeuron for this variant, or an instance type with GPUs`,
    );
  });

  test('a model for Neuron on a GPU, even one that exists already', () => {
    expect(bind(ServedModel.existing({ modelName: 'm' }, { kind: AcceleratorKind.NEURON }), on('ml.g5.xlarge'))).toContain('got SageMaker model m, an image for Neuron devices');
  });

  test('one wrong type among several', () => {
    expect(bind(ServedModel.onGpu(ARCHIVE), { ...on('ml.g5.xlarge'), alternativeInstances: [AcceleratorInstance.of('ml.inf2.xlarge')] })).toContain('the accelerator of ml.inf2.xlarge');
  });

  test('an image that is not for Trainium2', () => {
    expect(bind(ServedModel.onNeuron(ARCHIVE), on('ml.trn2.48xlarge'))).toBe(
      `Stack/Variant: \`instanceType\`: got ml.trn2.48xlarge; allowed: the families ${NEURON_IMAGE} is published for: inf2, trn1; fix: choose an instance of these families, or an image for this one`,
    );
  });

  test('an alternative that the image is not for, named as the user wrote it', () => {
    const alternativeInstances = ['ml.inf2.8xlarge', 'ml.trn2.48xlarge'].map((name) => AcceleratorInstance.of(name));
    const message = (prop: string) => `\`${prop}\`: got ml.trn2.48xlarge; allowed: the families ${NEURON_IMAGE} is published for: inf2, trn1; fix: choose an instance of these families, or an image for this one`;
    const model = ServedModel.onNeuron(ARCHIVE);
    expect(bind(model, { alternativeInstances })).toBe(`Stack/Variant: ${message('fallbackInstances[1].instanceType')}`);
    const problems = model._problems(stackIn(), { instance: AcceleratorInstance.INF2_XLARGE, alternativeInstances }, ['instanceType', 'pools[2]', 'pools[4]']);
    expect(problems.map(problemText)).toEqual([message('pools[4]')]);
  });

  test('an SDK that the driver of the host refuses, said once for all instance types', () => {
    const message = (host: string, driver: string) => `Stack/Variant: \`image\`: got ${LATE_IMAGE} with Neuron SDK 2.31.1; allowed: an SDK that runs on ${host}: the runtime of 2.30 and later does not work with driver 2.26 and older; the host has ${driver}; fix: use an image with an older SDK (2.26 runs on driver 2.19) or a host image with a newer driver, or skip ModelCheck.NEURON_SDK if you have seen it start`;
    const model = ServedModel.onNeuron(ARCHIVE, { image: LATE });
    expect(bind(model)).toBe(message('al2-ami-sagemaker-inference-neuron-2', '2.19'));
    expect(bind(model, { inferenceAmi: InferenceAmi.NEURON_2, alternativeInstances: [AcceleratorInstance.INF2_8XLARGE] })).toBe(message('al2-ami-sagemaker-inference-neuron-2', '2.19'));
    expect(bind(model, { inferenceAmi: InferenceAmi.custom('neuron-3', { kind: AcceleratorKind.NEURON, driver: '2.26.5.0' }) })).toBe(message('neuron-3', '2.26.5.0'));
    expect(bind(ServedModel.existing({ modelName: 'm' }, { kind: AcceleratorKind.NEURON, neuronSdk: NeuronSdk.V2_31_1 }))).toBe(
      message('al2-ami-sagemaker-inference-neuron-2', '2.19').replace(LATE_IMAGE, 'SageMaker model m'),
    );
  });

  test('not for an SDK on a driver that serves it', () => {
    const inferenceAmi = InferenceAmi.custom('neuron-3', { kind: AcceleratorKind.NEURON, driver: '2.29' });
    expect(bind(ServedModel.onNeuron(ARCHIVE, { image: LATE }), { inferenceAmi })).toBe('nothing thrown');
  });

  test('an existing model that does not fit', () => {
    expect(bind(ServedModel.existing({ modelName: 'm' }, { kind: AcceleratorKind.GPU, profile: { weightsGiB: 40 } }))).toBe(
      'Stack/Variant: `profile`: got 40 GiB of weights on 1 of 1 GPUs of ml.g5.xlarge; allowed: at most 20.1 GiB, 90 % of their 22.4 GiB; fix: choose an instance with more device memory',
    );
  });

  test('not for an existing model whose checks are skipped', () => {
    const model = ServedModel.existing({ modelName: 'm' }, { kind: AcceleratorKind.GPU, profile: { weightsGiB: 40 }, skipChecks: [ModelCheck.DEVICE_MEMORY] });
    expect(bind(model)).toBe('nothing thrown');
  });

  test('a Neuron image on first-generation Inferentia: listed, unlisted, one\'s own, and an existing model', () => {
    const message = (image: string, sdk: string) => `\`instanceType\`: got ml.inf1.xlarge with ${image} with Neuron SDK ${sdk}; allowed: an instance type that the SDK serves: first-generation Inferentia uses the older \`neuron\` software line, not \`neuronx\`; fix: choose an instance with Inferentia2 or Trainium, or skip ModelCheck.NEURON_SDK if the image is of the older line`;
    const kind = AcceleratorKind.NEURON;
    const neuronSdk = NeuronSdk.V2_26_1;
    const own = ServingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stackIn(), 'Repository', 'mine'), { kind, tag: '1', neuronSdk });
    const tag = '2.7.0-neuronx-py310-sdk2.24.0-ubuntu22.04';
    const inf1 = on('ml.inf1.xlarge');
    expect(bind(ServedModel.onNeuron(ARCHIVE), inf1)).toContain(message(NEURON_IMAGE, '2.26.0'));
    expect(bind(ServedModel.onNeuron(ARCHIVE, { image: ServingImage.of('pytorch-inference-neuronx', tag) }), inf1)).toBe(`Stack/Variant: ${message(`pytorch-inference-neuronx:${tag}`, '2.24.0')}`);
    expect(bind(ServedModel.onNeuron(ARCHIVE, { image: own }), inf1)).toBe(`Stack/Variant: ${message('mine:1', '2.26.1')}`);
    expect(bind(ServedModel.existing({ modelName: 'm' }, { kind, neuronSdk }), inf1)).toBe(`Stack/Variant: ${message('SageMaker model m', '2.26.1')}`);
    expect(bind(ServedModel.existing({ modelName: 'm' }, { kind, neuronSdk, skipChecks: [ModelCheck.NEURON_SDK] }), inf1)).toBe('nothing thrown');
  });

  test('a task by the name of a member of every object', () => {
    const image = ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX;
    expect(bind(ServedModel.onNeuron(ARCHIVE, { image, settings: { task: 'constructor' } }))).toBe(
      'Stack/Variant: `settings.task`: got "constructor"; allowed: text-generation, feature-extraction, sentence-similarity, generate, embed; fix: choose one that the Hugging Face vLLM image for Neuron knows',
    );
  });

  test('hardware and settings, all at once', () => {
    const model = ServedModel.onNeuron(ARCHIVE, { settings: { numberFormat: NumberFormat.FLOAT16, environment: { '1ST': '' } } });
    expect(bind(model, on('ml.trn2.48xlarge'))).toBe([
      'Stack/Variant: 3 problems',
      `  - \`instanceType\`: got ml.trn2.48xlarge; allowed: the families ${NEURON_IMAGE} is published for: inf2, trn1; fix: choose an instance of these families, or an image for this one`,
      '  - `settings.numberFormat`: got "float16"; allowed: nothing: the Hugging Face inference toolkit has no such setting; fix: choose the number format in code/inference.py of the artefact',
      '  - `settings.environment.1ST`: got a key of 3 characters; allowed: letters, digits and _, not starting with a digit, 1 to 1024 characters; fix: rename the key',
    ].join('\n'));
  });

  test('GPUs that the image has no programs for', () => {
    expect(bind(ServedModel.onGpu(ARCHIVE, { image: ServingImage.VLLM_0_27_1_GPU }), on('ml.p3.2xlarge'))).toContain('got ml.p3.2xlarge (compute capability 7.0)');
    expect(bind(ServedModel.onGpu(ARCHIVE, { image: ServingImage.VLLM_0_27_1_GPU }), on('ml.p6e-gb200.36xlarge'))).toContain('whose host processor is Arm');
    expect(bind(ServedModel.onGpu(ARCHIVE, { image: ServingImage.VLLM_0_27_1_GPU }), on('ml.g7e.2xlarge'))).toBe('nothing thrown');
  });

  test('a region without the Neuron image', () => {
    expect(bind(ServedModel.onNeuron(ARCHIVE), {}, 'eu-north-1')).toContain(`Stack/Variant: \`image\`: got ${NEURON_IMAGE} in eu-north-1; allowed: the regions known to hold it: ap-east-2, `);
  });

  test('a Hub model without a network', () => {
    expect(bind(ServedModel.onGpu(HUB), { networkIsolation: true })).toBe(
      `Stack/Variant: \`networkIsolation\`: got true with Hugging Face model org/m at ${'a'.repeat(40)}; allowed: false for a model the container downloads; fix: copy the model to S3 and use ModelSource.s3Archive or s3Prefix`,
    );
  });

  test('metrics without a network', () => {
    expect(bind(ServedModel.onNeuron(ARCHIVE, { neuronMetricsNamespace: 'Mine' }), { networkIsolation: true })).toBe(
      'Stack/Variant: `networkIsolation`: got true with `neuronMetricsNamespace`; allowed: false for a container that publishes metrics; fix: remove neuronMetricsNamespace, or leave the container its network',
    );
  });

  test('a Hub model on an image that does not download', () => {
    expect(bind(ServedModel.onGpu(HUB, { image: ServingImage.PYTORCH_2_6_GPU }))).toContain('the PyTorch inference toolkit does not download from the Hub');
  });

  test('a setting the image has no spelling for', () => {
    expect(bind(ServedModel.onGpu(ARCHIVE, { image: ServingImage.LMI_28_GPU, settings: { batchSize: 4 } }))).toBe(
      'Stack/Variant: `settings.batchSize`: got "4"; allowed: nothing: the Large Model Inference container has no such setting; fix: use maxConcurrentRequests: the server batches continuously',
    );
  });

  test('more weights than the device has memory', () => {
    expect(bind(ServedModel.onGpu(ARCHIVE, { profile: { parametersBillion: 70 } }), on('ml.g6.xlarge'))).toMatch(
      /^Stack\/Variant: `profile`: got 130.4 GiB of weights on 1 of 1 GPUs of ml.g6.xlarge; allowed: at most 2\d(\.\d)? GiB, 90 % of their 2\d(\.\d)? GiB; fix: choose an instance with more device memory$/,
    );
  });

  test('more weights than the small host holds while they load', () => {
    expect(bind(ServedModel.onNeuron(ARCHIVE, { profile: { parametersBillion: 8.03 }, settings: { tensorParallelDegree: 2, sequenceLength: 128 } }), on('ml.inf2.xlarge'))).toBe('nothing thrown');
    expect(bind(ServedModel.onNeuron(ARCHIVE, { profile: { parametersBillion: 9 }, settings: { tensorParallelDegree: 2 } }), on('ml.inf2.xlarge'))).toBe(
      'Stack/Variant: `profile`: got 16.8 GiB of weights in host memory while 1 copy loads; allowed: less than the 16 GiB of ml.inf2.xlarge; fix: choose a larger instance of the family: it has the same chips and more host memory',
    );
    expect(bind(ServedModel.onNeuron(ARCHIVE, { profile: { parametersBillion: 9 }, settings: { tensorParallelDegree: 2 } }), on('ml.inf2.8xlarge'))).toBe('nothing thrown');
  });

  test('subnets or groups without a VPC', () => {
    expect(bind(ServedModel.onGpu(ARCHIVE), { vpcSubnets: {}, securityGroups: [] })).toBe([
      'Stack/Variant: 2 problems',
      '  - `vpcSubnets`: got a value; allowed: nothing without `vpc`; fix: pass vpc, or remove vpcSubnets',
      '  - `securityGroups`: got a value; allowed: nothing without `vpc`; fix: pass vpc, or remove securityGroups',
    ].join('\n'));
  });

  test.each([[0, 'leave it out to get one'], [6, 'merge their rules']])('%i security groups', (count, fix) => {
    const stack = stackIn();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const securityGroups = Array.from({ length: count }, (_, i) => ec2.SecurityGroup.fromSecurityGroupId(stack, `Group${i}`, `sg-${i}`));
    expect(thrownBy(() => bindIn(stack, ServedModel.onGpu(ARCHIVE), { vpc, securityGroups }))).toBe(
      `Stack/Variant: \`securityGroups\`: got ${count} security groups; allowed: 1 to 5; fix: ${fix}`,
    );
  });

  test('a VPC without security groups', () => {
    const stack = stackIn();
    expect(thrownBy(() => bindIn(stack, ServedModel.onGpu(ARCHIVE), { vpc: new ec2.Vpc(stack, 'Vpc') }))).toBe(
      'Stack/Variant: `securityGroups`: got `vpc` without security groups; allowed: 1 to 5 with `vpc`; fix: pass the security groups of the network interfaces',
    );
  });

  test('17 subnets', () => {
    const stack = stackIn();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: Array.from({ length: 17 }, (_, i) => `az${i}`),
      privateSubnetIds: Array.from({ length: 17 }, (_, i) => `subnet-${i}`),
    });
    const securityGroups = [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')];
    expect(thrownBy(() => bindIn(stack, ServedModel.onGpu(ARCHIVE), { vpc, securityGroups }))).toBe('Stack/Variant: `vpcSubnets`: got 17 subnets; allowed: 1 to 16; fix: select other subnets');
  });

  test('nothing half made: a model that cannot run leaves no resources', () => {
    const stack = stackIn();
    thrownBy(() => bindIn(stack, ServedModel.onGpu(ARCHIVE), on('ml.inf2.xlarge')));
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });
});

test('values known at deploy time pass every check', () => {
  const settings = {
    task: Aws.REGION, sequenceLength: Token.asNumber({ Ref: 'N' }), servedModelName: Aws.STACK_NAME, environment: { EXTRA: Lazy.string({ produce: () => 'x'.repeat(2000) }) },
  };
  const profile = { weightsGiB: Token.asNumber({ Ref: 'W' }), parametersBillion: Token.asNumber({ Ref: 'P' }), attentionHeads: Token.asNumber({ Ref: 'A' }) };
  expect(() => bindIn(stackIn(), ServedModel.onNeuron(ARCHIVE, { settings: { ...settings, servedModelName: undefined }, profile }))).not.toThrow();
});
