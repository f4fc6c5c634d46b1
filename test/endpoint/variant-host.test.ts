import { Duration, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { INF2, MODEL, REVISION, gpuModel, llmModel, newStack, oneVariant, statements, variants } from './support';
import {
  AcceleratorInstance, AcceleratorKind, InferenceAmi, ModelSource, RoutingStrategy, ServedModel, ServingImage, type EndpointVariantProps,
} from '../../src';

/** The rendered variant of an endpoint with one. */
const rendered = (props: Partial<EndpointVariantProps>, stack = newStack()) => variants(oneVariant(props, {}, stack).stack)[0];
const archive = ModelSource.s3Uri('s3://models-bucket/model.tar.gz');
const serving = (image: ServingImage, profile = {}) => image.kind === AcceleratorKind.GPU
  ? ServedModel.onGpu(archive, { image, profile })
  : ServedModel.onNeuron(archive, { image, profile });

describe('the machine image follows container and hardware', () => {
  const G5 = AcceleratorInstance.G5_XLARGE;
  test.each<[string, ServedModel, AcceleratorInstance, string]>([
    ['CUDA 12.4 on an A10G', serving(ServingImage.HF_INFERENCE_2_6_GPU), G5, 'al2-ami-sagemaker-inference-gpu-3-1'],
    ['CUDA 12.9 on an A10G', serving(ServingImage.LMI_24_GPU), G5, 'al2-ami-sagemaker-inference-gpu-3-1'],
    ['CUDA 13.0 on an A10G', serving(ServingImage.VLLM_0_27_1_GPU), G5, 'al2023-ami-sagemaker-inference-gpu-4-1'],
    ['CUDA 13.0 on an L40S', serving(ServingImage.SGLANG_0_5_17_GPU), AcceleratorInstance.G6E_XLARGE, 'al2023-ami-sagemaker-inference-gpu-4-1'],
    ['CUDA 12.4 on Blackwell', serving(ServingImage.HF_INFERENCE_2_6_GPU), AcceleratorInstance.of('ml.g7e.2xlarge'), 'al2023-ami-sagemaker-inference-gpu-4-1'],
    ['Neuron on Inferentia2', serving(ServingImage.HF_INFERENCE_2_8_NEURONX), AcceleratorInstance.INF2_XLARGE, 'al2-ami-sagemaker-inference-neuron-2'],
    ['Neuron on Trainium1', serving(ServingImage.PYTORCH_2_8_NEURONX), AcceleratorInstance.TRN1_2XLARGE, 'al2-ami-sagemaker-inference-neuron-2'],
  ])('%s', (_, model, instanceType, value) => {
    const stack = newStack();
    expect(oneVariant({ model, instanceType }, {}, stack).variant.inferenceAmi?.value).toBe(value);
    expect(variants(stack)[0].InferenceAmiVersion).toBe(value);
  });

  test('an own image that does not say its CUDA leaves the choice to SageMaker', () => {
    const stack = newStack();
    const image = ServingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Repo', 'own'), { kind: AcceleratorKind.GPU, tag: '1' });
    expect(rendered({ model: ServedModel.onGpu(archive, { image }) }, stack)).not.toHaveProperty('InferenceAmiVersion');
  });

  test('a chosen one is taken', () => {
    expect(rendered({ inferenceAmi: InferenceAmi.GPU_4_1 }).InferenceAmiVersion).toBe('al2023-ami-sagemaker-inference-gpu-4-1');
  });

  test('so is one that came after this version', () => {
    const inferenceAmi = InferenceAmi.custom('al2027-ami-sagemaker-inference-gpu-9-1', { kind: AcceleratorKind.GPU });
    expect(rendered({ model: llmModel(), inferenceAmi }).InferenceAmiVersion).toBe('al2027-ami-sagemaker-inference-gpu-9-1');
  });
});

describe('time-outs', () => {
  test.each<[string, Partial<EndpointVariantProps>, number, number]>([
    ['a pipeline on GPU', {}, 600, 600],
    ['a server of language models on GPU', { model: llmModel() }, 1800, 1800],
    ['LMI on GPU', { model: serving(ServingImage.LMI_28_GPU) }, 1800, 1800],
    ['SGLang on GPU', { model: serving(ServingImage.SGLANG_0_5_17_GPU) }, 1800, 1800],
    ['a pipeline on Neuron', INF2, 1800, 1800],
    ['a server of language models on Neuron', { model: serving(ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX), instanceType: AcceleratorInstance.INF2_8XLARGE }, 3600, 1800],
    ['70 GiB of weights', { model: serving(ServingImage.VLLM_0_27_1_GPU, { weightsGiB: 70 }), instanceType: AcceleratorInstance.of('ml.g6e.48xlarge') }, 2000, 2000],
  ])('%s', (_, props, health, download) => {
    const model = props.model;
    // The last one needs all GPUs of its instance.
    const withDegree = model?.profile?.weightsGiB === undefined ? props
      : { ...props, model: ServedModel.onGpu(archive, { image: model.image, profile: model.profile, settings: { tensorParallelDegree: 8 } }) };
    expect(rendered(withDegree)).toMatchObject({ ContainerStartupHealthCheckTimeoutInSeconds: health, ModelDataDownloadTimeoutInSeconds: download });
  });

  test('given ones are taken, at both ends of what SageMaker allows', () => {
    expect(rendered({ containerStartupTimeout: Duration.seconds(60), modelDownloadTimeout: Duration.hours(1) }))
      .toMatchObject({ ContainerStartupHealthCheckTimeoutInSeconds: 60, ModelDataDownloadTimeoutInSeconds: 3600 });
  });

  test.each(['containerStartupTimeout', 'modelDownloadTimeout'])('%s: half a second is refused by name', (prop) => {
    expect(() => rendered({ [prop]: Duration.millis(60500) })).toThrow(`\`${prop}\`: got 60.5`);
  });
});

describe('volume', () => {
  test.each([1, 64, 512])('%d GiB on Inferentia2', (gibibytes) => {
    expect(rendered({ ...INF2, volumeSize: Size.gibibytes(gibibytes) }).VolumeSizeInGB).toBe(gibibytes);
  });

  test('whole GiB in another unit are the same', () => {
    expect(rendered({ ...INF2, volumeSize: Size.mebibytes(2048) }).VolumeSizeInGB).toBe(2);
  });

  test('is left out when nothing was said', () => {
    expect(rendered(INF2)).not.toHaveProperty('VolumeSizeInGB');
  });

  test('half a GiB is refused by name', () => {
    expect(() => rendered({ ...INF2, volumeSize: Size.mebibytes(512) })).toThrow('`volumeSize`: got 0.5');
  });
});

describe('routing, reservation, shell', () => {
  test.each([
    [RoutingStrategy.RANDOM, 'RANDOM'],
    [RoutingStrategy.LEAST_OUTSTANDING_REQUESTS, 'LEAST_OUTSTANDING_REQUESTS'],
    [RoutingStrategy.of('PREFIX_AWARE'), 'PREFIX_AWARE'],
  ])('%s', (routing, value) => {
    expect(rendered({ routing }).RoutingConfig).toEqual({ RoutingStrategy: value });
    expect(`${routing}`).toBe(value);
  });

  test('a capacity reservation is the only place to start in', () => {
    const capacityReservationArn = 'arn:aws:sagemaker:us-east-1:111122223333:training-plan/my-plan';
    expect(rendered({ capacityReservationArn }).CapacityReservationConfig)
      .toEqual({ CapacityReservationPreference: 'capacity-reservations-only', MlReservationArn: capacityReservationArn });
  });

  test.each([true, false])('shell: %p', (enableSsmAccess) => {
    expect(rendered({ enableSsmAccess }).EnableSSMAccess).toBe(enableSsmAccess);
  });

  test('what was not said is not written', () => {
    const variant = rendered({});
    for (const name of ['CapacityReservationConfig', 'EnableSSMAccess', 'InstancePools', 'VariantInstanceProvisionTimeoutInSeconds']) {
      expect(variant).not.toHaveProperty(name);
    }
  });
});

describe('fallback instances', () => {
  const G5_2 = AcceleratorInstance.G5_2XLARGE;
  const G6 = AcceleratorInstance.G6_XLARGE;

  test('make a pool in order of priority, which takes the place of the instance type', () => {
    const variant = rendered({ fallbackInstances: [{ instanceType: G5_2 }, { instanceType: G6 }], provisionTimeout: Duration.minutes(5) });
    expect(variant.InstancePools).toEqual([
      { InstanceType: 'ml.g5.xlarge', Priority: 1 },
      { InstanceType: 'ml.g5.2xlarge', Priority: 2 },
      { InstanceType: 'ml.g6.xlarge', Priority: 3 },
    ]);
    expect(variant.VariantInstanceProvisionTimeoutInSeconds).toBe(300);
    expect(variant).not.toHaveProperty('InstanceType');
  });

  test('four of them make the five SageMaker takes', () => {
    const fallbackInstances = [G5_2, AcceleratorInstance.G5_4XLARGE, AcceleratorInstance.G5_8XLARGE, G6].map((instanceType) => ({ instanceType }));
    expect(rendered({ fallbackInstances }).InstancePools.map((pool: any) => pool.Priority)).toEqual([1, 2, 3, 4, 5]);
  });

  test('may have a model of their own, with a role of its own', () => {
    const { stack, variant } = oneVariant({ fallbackInstances: [{ instanceType: G6, model: gpuModel() }] });
    expect(variants(stack)[0].InstancePools[1]).toEqual({
      InstanceType: 'ml.g6.xlarge',
      Priority: 2,
      ModelNameOverride: { 'Fn::GetAtt': [expect.stringMatching(/^EndpointVariantgpuFallbackmlg6xlargeModel/), 'ModelName'] },
    });
    expect(variant.fallbackInstanceTypes).toEqual([G6]);
    expect(variant.roles).toHaveLength(2);
    expect(variant.roles[0]).toBe(variant.role);
    expect(variant.roles[1]).not.toBe(variant.role);
    const template = Template.fromStack(stack);
    template.resourceCountIs(MODEL, 2);
    template.resourcePropertiesCountIs('AWS::IAM::Role', { Description: 'Runs a SageMaker model on ml.g6.xlarge' }, 1);
    template.resourceCountIs('AWS::IAM::Role', 2);
    template.allResourcesProperties(MODEL, { ModelName: Match.absent() });
  });

  test('go together with an asynchronous endpoint', () => {
    const stack = newStack();
    oneVariant({ fallbackInstances: [{ instanceType: G6 }] }, { asyncInference: { bucket: new s3.Bucket(stack, 'Bucket') } }, stack);
    expect(variants(stack)[0].InstancePools).toHaveLength(2);
  });

  test('their model may do what the endpoint demands of every model', () => {
    const stack = newStack();
    const fallbackInstances = [{ instanceType: G6, model: gpuModel() }];
    oneVariant({ fallbackInstances }, { dataCapture: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'capture-bucket') } }, stack);
    expect(JSON.stringify(statements(stack, 'EndpointVariantgpuFallback'))).toContain('capture-bucket/data-capture/*');
  });

  test('with a CUDA 13 container need the image with the newer driver', () => {
    expect(rendered({ fallbackInstances: [{ instanceType: G6, model: llmModel() }] }).InferenceAmiVersion).toBe('al2023-ami-sagemaker-inference-gpu-4-1');
  });

  test('with Blackwell GPUs need the image with the newer driver', () => {
    expect(rendered({ fallbackInstances: [{ instanceType: AcceleratorInstance.of('ml.g7e.2xlarge') }] }).InferenceAmiVersion).toBe('al2023-ami-sagemaker-inference-gpu-4-1');
  });

  test('with a CUDA 13 container refuse a given image with an older driver', () => {
    expect(() => rendered({ inferenceAmi: InferenceAmi.GPU_3_1, fallbackInstances: [{ instanceType: G6, model: llmModel() }] })).toThrow('`inferenceAmi`');
  });

  test('that the variant\'s model does not fit are refused', () => {
    const model = ServedModel.onGpu(ModelSource.huggingFace('Qwen/Qwen3-8B', { revision: REVISION }), { image: ServingImage.VLLM_0_27_1_GPU, settings: { tensorParallelDegree: 4 } });
    expect(() => rendered({ model, instanceType: AcceleratorInstance.of('ml.g5.12xlarge'), fallbackInstances: [{ instanceType: AcceleratorInstance.G5_XLARGE }] }))
      .toThrow('`settings.tensorParallelDegree`: got 4');
  });

  test('with a model of their own are not measured by the variant\'s', () => {
    const source = ModelSource.huggingFace('Qwen/Qwen3-8B', { revision: REVISION });
    const model = (tensorParallelDegree: number) => ServedModel.onGpu(source, { image: ServingImage.VLLM_0_27_1_GPU, settings: { tensorParallelDegree } });
    expect(rendered({ model: model(4), instanceType: AcceleratorInstance.of('ml.g5.12xlarge'), fallbackInstances: [{ instanceType: AcceleratorInstance.G5_XLARGE, model: model(1) }] }).InstancePools)
      .toHaveLength(2);
  });
});
