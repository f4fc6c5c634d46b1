import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { bindIn, containerOf, modelOf, statementsOf, thrownBy } from './support';
import {
  AcceleratorInstance, AcceleratorKind, CompilationShapes, EnvironmentGrammar, InferenceEndpoint, ModelCheck, ModelSource, NeuronCompilation, NeuronPrecision, NeuronSdk, NeuronTarget, ServedModel, ServingImage,
  type NeuronCompilationProps, type ServedModelOptions,
} from '../../src';

const ENV = { account: '111122223333', region: 'us-east-1' };
const REVISION = 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a';
const HUB = ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: REVISION });
const ENCODER = { source: HUB, shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 }) };
const DECODER = { source: ModelSource.huggingFace('org/llama', { revision: REVISION }), shapes: CompilationShapes.decoder({ batchSize: 8, sequenceLength: 4096 }), tensorParallelDegree: 8 };
const HF = 'huggingface-pytorch-inference-neuronx:2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04';
const HF_VLLM = 'huggingface-vllm-inference-neuronx:0.11.0-optimum0.4.5-neuronx-py310-sdk2.26.1-ubuntu22.04';
const PYTORCH = 'pytorch-inference-neuronx:2.8.0-neuronx-py311-sdk2.26.1-ubuntu22.04';

const newStack = () => new Stack(new App(), 'Stack', { env: ENV });
const bucketIn = (stack: Stack) => stack.node.tryFindChild('Bucket') as s3.IBucket | undefined ?? s3.Bucket.fromBucketName(stack, 'Bucket', 'artifacts');
function compile(stack: Stack, props: Partial<NeuronCompilationProps> = {}): NeuronCompilation {
  return new NeuronCompilation(stack, 'Compile', { ...ENCODER, artifacts: { bucket: bucketIn(stack) }, ...props });
}
/** A compiled model on Neuron, bound to an instance type. */
function served(props: Partial<NeuronCompilationProps> = {}, options: ServedModelOptions = {}, instance = 'ml.inf2.xlarge') {
  const stack = newStack();
  const compilation = compile(stack, props);
  const model = ServedModel.onNeuron(compilation, options);
  bindIn(stack, model, { instance: AcceleratorInstance.of(instance) });
  return { stack, compilation, model };
}
const imageOf = (stack: Stack) => JSON.stringify(containerOf(stack).Image);

describe('the container', () => {
  test('of an encoder: image, shapes and task', () => {
    const { stack, compilation, model } = served({ task: 'feature-extraction' });
    expect(containerOf(stack).Environment).toEqual({ HF_OPTIMUM_BATCH_SIZE: '4', HF_OPTIMUM_SEQUENCE_LENGTH: '128', HF_TASK: 'feature-extraction' });
    expect(containerOf(stack).ModelDataUrl).toBe(`s3://artifacts/neuron/${compilation.key}/model.tar.gz`);
    expect(imageOf(stack).endsWith(`/${HF}"]]}`)).toBe(true);
    expect([model.image, model.tensorParallelDegree, model.neuronSdk?.version]).toEqual([ServingImage.HF_INFERENCE_2_8_NEURONX, 1, '2.26.0']);
  });

  test.each<[string, Partial<NeuronCompilationProps>, Record<string, string> | undefined]>([
    ['without a task', {}, { HF_OPTIMUM_BATCH_SIZE: '4', HF_OPTIMUM_SEQUENCE_LENGTH: '128' }],
    // These find their shapes in the artefact: the image has no words for them.
    ['of a vision model', { shapes: CompilationShapes.vision({ batchSize: 1, width: 224, height: 224 }), task: 'image-classification' }, { HF_TASK: 'image-classification' }],
    ['of an audio model', { shapes: CompilationShapes.audio({ batchSize: 1, audioSequenceLength: 16_000 }) }, undefined],
    ['of a CLIP model', { shapes: CompilationShapes.clip({ textBatchSize: 2, imageBatchSize: 1, sequenceLength: 77, width: 224, height: 224 }) }, undefined],
    ['of a T5', { shapes: CompilationShapes.seq2seq({ batchSize: 1, sequenceLength: 128 }), task: 'text2text-generation' }, { HF_TASK: 'text2text-generation' }],
    ['of a diffusion model over both cores', { shapes: CompilationShapes.diffusion({ batchSize: 1, width: 512, height: 512 }), tensorParallelDegree: 2 }, { NEURON_RT_NUM_CORES: '2', SAGEMAKER_MODEL_SERVER_WORKERS: '1' }],
  ])('%s', (_, props, environment) => {
    expect(containerOf(served(props).stack).Environment).toEqual(environment);
  });

  test('of a language model: files, shapes and cores', () => {
    const { stack, compilation, model } = served({ ...DECODER, task: 'text-generation' }, {}, 'ml.inf2.48xlarge');
    expect(containerOf(stack).Environment).toEqual({
      SM_ON_BATCH_SIZE: '8', SM_ON_MODEL: '/opt/ml/model', SM_ON_SEQUENCE_LENGTH: '4096', SM_ON_TASK: 'generate', SM_ON_TENSOR_PARALLEL_SIZE: '8',
    });
    expect(containerOf(stack).ModelDataUrl).toBeUndefined();
    expect(containerOf(stack).ModelDataSource).toEqual({ S3DataSource: { S3Uri: `s3://artifacts/neuron/${compilation.key}/model/`, S3DataType: 'S3Prefix', CompressionType: 'None' } });
    expect(imageOf(stack).endsWith(`/${HF_VLLM}"]]}`)).toBe(true);
    expect(model.tensorParallelDegree).toBe(8);
  });

  test('of a language model on one core says so: the image would take all', () => {
    expect(containerOf(served({ ...DECODER, tensorParallelDegree: 1 }).stack).Environment.SM_ON_TENSOR_PARALLEL_SIZE).toBe('1');
  });

  test('of an image of the user: nothing that it has no words for', () => {
    const stack = newStack();
    const image = ServingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Repository', 'own'), { kind: AcceleratorKind.NEURON, tag: '1', neuronSdk: NeuronSdk.V2_26_0 });
    const model = ServedModel.onNeuron(compile(stack, { servingImage: image }), { settings: { environment: { MODE: 'fast' } } });
    bindIn(stack, model);
    expect(model.image).toBe(image);
    expect(containerOf(stack).Environment).toEqual({ MODE: 'fast' });
  });

  test('of an image of the user with words for it', () => {
    const stack = newStack();
    const servingImage = ServingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Repository', 'own'), { kind: AcceleratorKind.NEURON, tag: '1', grammar: EnvironmentGrammar.OPTIMUM_NEURON });
    bindIn(stack, ServedModel.onNeuron(compile(stack, { ...DECODER, tensorParallelDegree: 2, servingImage })));
    expect(containerOf(stack).Environment.SM_ON_TENSOR_PARALLEL_SIZE).toBe('2');
  });

  test('may be told more', () => {
    const { stack } = served({}, { settings: { workers: 2, environment: { DEBUG: '1' } } });
    expect(containerOf(stack).Environment).toEqual({ DEBUG: '1', HF_OPTIMUM_BATCH_SIZE: '4', HF_OPTIMUM_SEQUENCE_LENGTH: '128', SAGEMAKER_MODEL_SERVER_WORKERS: '2' });
  });

  test('has what was compiled where a setting is there and undefined', () => {
    const { stack, model } = served({ task: 'fill-mask' }, { image: undefined, settings: { batchSize: undefined, sequenceLength: undefined, tensorParallelDegree: undefined, task: undefined } });
    expect(containerOf(stack).Environment).toEqual({ HF_OPTIMUM_BATCH_SIZE: '4', HF_OPTIMUM_SEQUENCE_LENGTH: '128', HF_TASK: 'fill-mask' });
    expect([model.tensorParallelDegree, model.image]).toEqual([1, ServingImage.HF_INFERENCE_2_8_NEURONX]);
  });

  test('may be told again what was compiled', () => {
    const { stack } = served({}, { settings: { batchSize: 4, sequenceLength: 128, tensorParallelDegree: 1 } });
    expect(containerOf(stack).Environment).toEqual({ HF_OPTIMUM_BATCH_SIZE: '4', HF_OPTIMUM_SEQUENCE_LENGTH: '128' });
  });
});

describe('the role of the model', () => {
  test('reads the archive, and the key it is encrypted with', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:us-east-1:${ENV.account}:key/k`);
    const compilation = compile(stack, { artifacts: { bucket: bucketIn(stack), encryptionKey } });
    bindIn(stack, ServedModel.onNeuron(compilation));
    const { ExecutionRoleArn } = modelOf(stack).Properties;
    const role = ExecutionRoleArn['Fn::GetAtt'][0];
    const { Resources } = Template.fromStack(stack).toJSON();
    const read = Resources[role].Properties.Policies[0].PolicyDocument.Statement.filter(({ Action }: any) => Action === 's3:GetObject');
    expect(JSON.stringify(read.map(({ Resource }: any) => Resource))).toBe(JSON.stringify([{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::artifacts/neuron/${compilation.key}/model.tar.gz`]] }]));
    const decrypt = statementsOf(stack).filter(({ Action }) => Action === 'kms:Decrypt');
    expect(decrypt.map(({ Resource }) => Resource)).toEqual([`arn:aws:kms:us-east-1:${ENV.account}:key/k`]);
  });
});

describe('what waits for it', () => {
  test('the Neuron model, and nothing of the GPU variant', () => {
    const stack = newStack();
    const compilation = compile(stack);
    const endpoint = new InferenceEndpoint(stack, 'Endpoint');
    endpoint.addVariant('gpu', { model: ServedModel.onGpu(HUB), instanceType: AcceleratorInstance.G5_XLARGE });
    endpoint.addVariant('inf2', { model: ServedModel.onNeuron(compilation), instanceType: AcceleratorInstance.INF2_XLARGE });
    const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, any> };
    const [done] = Object.keys(Resources).filter((id) => Resources[id].Type === 'AWS::CloudFormation::WaitCondition');
    const waiting = Object.keys(Resources).filter((id) => [Resources[id].DependsOn ?? []].flat().includes(done));
    expect(waiting.map((id) => [id.slice(0, -8), Resources[id].Type])).toEqual([['EndpointVariantinf2Model', 'AWS::SageMaker::Model']]);
    const gpu = Object.entries(Resources).filter(([id]) => id.includes('gpu'));
    expect(gpu.map(([, { Type }]) => Type)).toContain('AWS::SageMaker::Model');
    expect(gpu.filter(([, resource]) => JSON.stringify(resource).includes('Compile')).map(([id]) => id)).toEqual([]);
  });

  test('in another stack the whole stack, which is deployed after it', () => {
    const app = new App();
    const first = new Stack(app, 'First', { env: ENV });
    const second = new Stack(app, 'Second', { env: ENV });
    const compilation = new NeuronCompilation(first, 'Compile', ENCODER);
    const endpoint = new InferenceEndpoint(second, 'Endpoint');
    endpoint.addVariant('inf2', { model: ServedModel.onNeuron(compilation), instanceType: AcceleratorInstance.INF2_XLARGE });
    const assembly = app.synth();
    expect(assembly.getStackArtifact(second.artifactId).dependencies.map(({ id }) => id)).toContain('First');
    expect(assembly.getStackArtifact(first.artifactId).dependencies.map(({ id }) => id)).not.toContain('Second');
    const template = assembly.getStackArtifact(second.artifactId).template;
    const [model] = Object.values<any>(template.Resources).filter(({ Type }) => Type === 'AWS::SageMaker::Model');
    expect(JSON.stringify(model.DependsOn ?? []).includes('Compile')).toBe(false);
    expect(JSON.stringify(model.Properties.PrimaryContainer.ModelDataUrl).includes('Fn::ImportValue')).toBe(true);
  });

  test('in another stack with a bucket of known name nothing is exported, and the order stays', () => {
    const app = new App();
    const [first, second] = ['First', 'Second'].map((id) => new Stack(app, id, { env: ENV }));
    bindIn(second, ServedModel.onNeuron(compile(first)));
    const assembly = app.synth();
    expect(JSON.stringify(assembly.getStackArtifact(second.artifactId).template).includes('Fn::ImportValue')).toBe(false);
    expect(assembly.getStackArtifact(second.artifactId).dependencies.map(({ id }) => id)).toContain('First');
  });
});

describe('a mismatch', () => {
  const refused = (options: ServedModelOptions, props: Partial<NeuronCompilationProps> = {}) => thrownBy(() => ServedModel.onNeuron(compile(newStack(), props), options));

  test.each<[string, ServedModelOptions, string]>([
    ['another SDK', { image: ServingImage.PYTORCH_2_8_NEURONX }, `\`image\`: got ${PYTORCH}, with Neuron SDK 2.26.1; allowed: an image with Neuron SDK 2.26.0, which the model is compiled with; fix: leave image out, or pass it as servingImage to the compilation`],
    ['another batch', { settings: { batchSize: 8 } }, '`settings.batchSize`: got 8; allowed: 4, as compiled; fix: leave it out, or compile the model for batchSize 8'],
    ['another length', { settings: { sequenceLength: 512 } }, '`settings.sequenceLength`: got 512; allowed: 128, as compiled; fix: leave it out, or compile the model for sequenceLength 512'],
    ['more cores', { settings: { tensorParallelDegree: 2 } }, '`settings.tensorParallelDegree`: got 2; allowed: 1, as compiled; fix: leave it out, or compile the model for tensorParallelDegree 2'],
    ['a batch that is a token', { settings: { batchSize: Lazy.number({ produce: () => 4 }) } }, '`settings.batchSize`: got a value that is only known at deploy time; allowed: 4, as compiled; fix: leave it out'],
  ])('%s', (_, options, message) => {
    expect(refused(options)).toBe(`ServedModel.onNeuron: ${message}`);
  });

  test('several at once', () => {
    expect(refused({ image: ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX, settings: { batchSize: 1, sequenceLength: 1 } })).toBe([
      'ServedModel.onNeuron: 3 problems',
      `  - \`image\`: got ${HF_VLLM}, with Neuron SDK 2.26.1; allowed: an image with Neuron SDK 2.26.0, which the model is compiled with; fix: leave image out, or pass it as servingImage to the compilation`,
      '  - `settings.batchSize`: got 1; allowed: 4, as compiled; fix: leave it out, or compile the model for batchSize 1',
      '  - `settings.sequenceLength`: got 1; allowed: 128, as compiled; fix: leave it out, or compile the model for sequenceLength 1',
    ].join('\n'));
  });

  test('another task', () => {
    const options = (task: string) => ({ settings: { task } });
    expect(refused(options('fill-mask'), { task: 'feature-extraction' })).toBe(
      'ServedModel.onNeuron: `settings.task`: got "fill-mask"; allowed: "feature-extraction", as compiled; fix: leave it out, or compile the model for that task');
    expect(refused(options('feature-extraction'), { task: 'feature-extraction' })).toBe('nothing thrown');
    // Compiled for none in particular.
    expect(refused(options('fill-mask'))).toBe('nothing thrown');
  });

  test('an image of the same SDK that reads another layout', () => {
    expect(refused({ image: ServingImage.PYTORCH_2_8_NEURONX }, DECODER)).toBe(
      `ServedModel.onNeuron: \`image\`: got ${PYTORCH}; allowed: an image that reads what ${HF_VLLM} does, for which the artefact is laid out; fix: leave image out, or pass it as servingImage to the compilation`);
  });

  test('the SDK can be taken on the own responsibility', () => {
    const { stack } = served({}, { image: ServingImage.of('huggingface-pytorch-inference-neuronx', '2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.1-ubuntu22.04'), skipChecks: [ModelCheck.NEURON_SDK] });
    expect(imageOf(stack).includes('sdk2.26.1')).toBe(true);
  });

  test('a compiled model on GPUs', () => {
    expect(thrownBy(() => ServedModel.onGpu(compile(newStack())))).toBe(
      'ServedModel.onGpu: `source`: got a model compiled for inf2; allowed: a model for GPUs; fix: use ServedModel.onNeuron, or pass the source that was compiled');
  });

  test.each<[string, Partial<NeuronCompilationProps>, string, string]>([
    ['Inferentia2 programs on Trainium2', {}, 'ml.trn2.48xlarge',
      '`instanceType`: got ml.trn2.48xlarge; allowed: an instance of inf2, trn1, trn1n: the model is compiled for inf2; fix: compile the model for trn2, or choose another instance type'],
    ['Trainium2 programs on Inferentia2', { target: NeuronTarget.TRN2 }, 'ml.inf2.xlarge',
      '`instanceType`: got ml.inf2.xlarge; allowed: an instance of trn2: the model is compiled for trn2; fix: compile the model for inf2, or choose another instance type'],
  ])('%s', (_, props, instance, message) => {
    expect(thrownBy(() => served(props, {}, instance)).split('\n').map((line) => line.replace('  - ', '').replace('Stack/Variant: ', ''))).toContain(message);
  });

  test.each([['INF2', 'ml.trn1.2xlarge'], ['TRN1', 'ml.inf2.xlarge'], ['TRN1', 'ml.trn1.2xlarge']] as const)('%s programs run on %s', (target, instance) => {
    expect(thrownBy(() => served({ target: NeuronTarget[target] }, {}, instance))).toBe('nothing thrown');
  });

  test('more cores than the instance has', () => {
    const message = 'Stack/Variant: `settings.tensorParallelDegree`: got 8; allowed: at most 2, the logical NeuronCores of ml.inf2.xlarge; fix: lower the degree or choose an instance with more devices';
    expect(thrownBy(() => served(DECODER))).toBe(message);
    // Whatever the image can be told.
    const own = (stack: Stack) => ServingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Repository', 'own'), { kind: AcceleratorKind.NEURON, tag: '1' });
    const stack = newStack();
    expect(thrownBy(() => bindIn(stack, ServedModel.onNeuron(compile(stack, { ...DECODER, servingImage: own(stack) }))))).toBe(message);
  });

  test('of the instance type of a variant is found when the variant is added', () => {
    const stack = newStack();
    const endpoint = new InferenceEndpoint(stack, 'Endpoint');
    const model = ServedModel.onNeuron(compile(stack, { target: NeuronTarget.TRN2 }));
    expect(thrownBy(() => endpoint.addVariant('inf2', { model, instanceType: AcceleratorInstance.INF2_XLARGE })).includes(
      '`instanceType`: got ml.inf2.xlarge; allowed: an instance of trn2: the model is compiled for trn2; fix: compile the model for inf2, or choose another instance type')).toBe(true);
  });
});

test('what a compilation says of its artefact', () => {
  const stack = newStack();
  expect(compile(stack, { ...DECODER, precision: NeuronPrecision.FP32 }).compiled).toEqual({
    key: expect.any(String),
    target: 'inf2',
    families: ['inf2', 'trn1', 'trn1n'],
    servingImage: ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX,
    settings: { batchSize: 8, sequenceLength: 4096, tensorParallelDegree: 8 },
    batchSize: 8,
    sequenceLength: 4096,
    tensorParallelDegree: 8,
  });
});
