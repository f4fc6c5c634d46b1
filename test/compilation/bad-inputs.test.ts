import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { CfnParameter, Lazy, SecretValue, Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { compile, DECODER, HUB, INSTEAD_OF_A_TOKEN, KNOWN_AT_SYNTH, newStack, refused, REVISION, SPELLED_OUT, thrownBy } from './support';
import {
  AcceleratorKind, CompilationShapes, ModelCheck, ModelSource, NeuronCompilationTask, NeuronPrecision, NeuronSdk, NeuronTarget, ServingImage,
  type ModelSourceConfig, type NeuronCompilationProps, type NeuronCompilerOptions,
} from '../../src';

const HF = 'huggingface-pytorch-inference-neuronx:2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04';
const HF_VLLM = 'huggingface-vllm-inference-neuronx:0.11.0-optimum0.4.5-neuronx-py310-sdk2.26.1-ubuntu22.04';
const PYTORCH = 'pytorch-inference-neuronx:2.8.0-neuronx-py311-sdk2.26.1-ubuntu22.04';
const GPU = 'huggingface-pytorch-inference:2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04';
const text = (stack: Stack, id = 'Text') => new CfnParameter(stack, id).valueAsString;
const token = (value: unknown) => Token.asAny(value) as unknown;
const as = <T>(value: unknown): T => value as T;

/** The path that an error begins with, of a compilation and of a fragment. */
const AT = 'Stack/Compile/Task: ';

describe('CompilationShapes', () => {
  test('nothing', () => {
    expect(thrownBy(() => CompilationShapes.textEncoder(as(undefined)))).toBe(
      'CompilationShapes.textEncoder: `shapes`: got undefined; allowed: the dimensions of the model; fix: give e.g. { batchSize: 1, sequenceLength: 128 }');
    expect(thrownBy(() => CompilationShapes.decoder(as(null)))).toBe(
      'CompilationShapes.decoder: `shapes`: got null; allowed: the dimensions of the model; fix: give e.g. { batchSize: 1, sequenceLength: 128 }');
    expect(thrownBy(() => CompilationShapes.vision(as('4x3x224x224')))).toBe(
      'CompilationShapes.vision: `shapes`: got "4x3x224x224"; allowed: the dimensions of the model; fix: give e.g. { batchSize: 1, sequenceLength: 128 }');
  });

  test('a missing dimension', () => {
    expect(thrownBy(() => CompilationShapes.textEncoder(as({ batchSize: 4 })))).toBe(
      'CompilationShapes.textEncoder: `shapes.sequenceLength`: got nothing; allowed: a whole number of at least 1; fix: give sequenceLength: a model of kind text-encoder is compiled for one fixed sequenceLength');
  });

  test('a batch of 0 and half a length, together', () => {
    expect(thrownBy(() => CompilationShapes.decoder({ batchSize: 0, sequenceLength: 0.5 }))).toBe([
      'CompilationShapes.decoder: 2 problems',
      '  - `shapes.batchSize`: got 0; allowed: a whole number of at least 1; fix: give batchSize as a whole number of at least 1',
      '  - `shapes.sequenceLength`: got 0.5; allowed: a whole number of at least 1; fix: give sequenceLength as a whole number of at least 1',
    ].join('\n'));
  });

  test('a token', () => {
    expect(thrownBy(() => CompilationShapes.audio({ batchSize: 1, audioSequenceLength: Lazy.number({ produce: () => 16000 }) }))).toBe(
      `CompilationShapes.audio: \`shapes.audioSequenceLength\`: ${INSTEAD_OF_A_TOKEN}; allowed: a whole number of at least 1; fix: give a plain number: the key of the artefact is made of it at synth`);
  });
});

describe('NeuronPrecision.of', () => {
  test.each<[unknown, string[]]>([
    [{ autoCast: 'matmul', autoCastType: 'int8' }, ['`autoCastType`: got "int8"; allowed: bf16, fp16, tf32, fp8_e4m3; fix: give bf16, fp16, tf32, fp8_e4m3']],
    [{ autoCast: 'none', autoCastType: 'bf16' }, ['`autoCast`: got "none"; allowed: matmul, all; fix: give one of them, or use NeuronPrecision.FP32 for no cast']],
    [undefined, ['`autoCast`: got ""; allowed: matmul, all; fix: give one of them, or use NeuronPrecision.FP32 for no cast', '`autoCastType`: got ""; allowed: bf16, fp16, tf32, fp8_e4m3; fix: give bf16, fp16, tf32, fp8_e4m3']],
    [{ autoCast: null, autoCastType: 5 }, ['`autoCast`: got ""; allowed: matmul, all; fix: give one of them, or use NeuronPrecision.FP32 for no cast', '`autoCastType`: got 5; allowed: bf16, fp16, tf32, fp8_e4m3; fix: give bf16, fp16, tf32, fp8_e4m3']],
  ])('%j', (options, problems) => {
    expect(thrownBy(() => NeuronPrecision.of(as(options)))).toBe(
      problems.length === 1 ? `NeuronPrecision.of: ${problems[0]}` : [`NeuronPrecision.of: ${problems.length} problems`, ...problems.map((one) => `  - ${one}`)].join('\n'));
  });

  test('a token', () => {
    const casts = thrownBy(() => NeuronPrecision.of({ autoCast: Lazy.string({ produce: () => 'all' }), autoCastType: 'bf16' }));
    expect(casts).toBe(`NeuronPrecision.of: \`autoCast\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: give a plain value`);
  });
});

describe('a source that', () => {
  test.each<[string, (stack: Stack) => Partial<NeuronCompilationProps>, string]>([
    ['is text', () => ({ source: as('org/model') }), '`source`: got "org/model"; allowed: a source of a model; fix: use a static method of ModelSource, e.g. ModelSource.huggingFace with a revision'],
    ['is left out', () => ({ source: as(undefined) }), '`source`: got a value of type undefined; allowed: a source of a model; fix: use a static method of ModelSource, e.g. ModelSource.huggingFace with a revision'],
    ['is null', () => ({ source: as(null) }), '`source`: got a value of type object; allowed: a source of a model; fix: use a static method of ModelSource, e.g. ModelSource.huggingFace with a revision'],
    ['moves', () => ({ source: ModelSource.huggingFace('org/m', { revision: 'main' }) }),
      '`source.revision`: got "main"; allowed: a commit hash of 40 hexadecimal digits: a branch or a tag can move; fix: give ModelSource.huggingFace the revision from the history of the model page'],
    ['has no revision', () => ({ source: ModelSource.huggingFace('org/m') }),
      '`source.revision`: got nothing for org/m; allowed: a commit hash of 40 hexadecimal digits: a branch or a tag can move; fix: give ModelSource.huggingFace the revision from the history of the model page'],
    ['has a revision that is a token', () => ({ source: ModelSource.huggingFace('org/m', { revision: Token.asString({ Ref: 'Revision' }) }) }),
      `\`source\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: name bucket, key and revision in plain text, e.g. with Bucket.fromBucketName: the name of a bucket of this app is a token too`],
    ['has an id that is a token', () => ({ source: ModelSource.huggingFace(Token.asString({ Ref: 'Id' }), { revision: REVISION }) }),
      `\`source\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: name bucket, key and revision in plain text, e.g. with Bucket.fromBucketName: the name of a bucket of this app is a token too`],
    ['is an archive without a revision', () => ({ source: ModelSource.s3Uri('s3://sources/bert/model.tar.gz') }),
      "`source.revision`: got nothing for s3://sources/bert/model.tar.gz; allowed: a text that changes when the model changes; fix: give the source a revision, e.g. the object's version id or ETag"],
    ['is a folder without a revision', () => ({ source: ModelSource.s3Uri('s3://sources/bert/') }),
      "`source.revision`: got nothing for s3://sources/bert/; allowed: a text that changes when the model changes; fix: give the source a revision, e.g. the object's version id or ETag"],
    ['is in a bucket whose name is a token', (stack) => ({ source: ModelSource.s3Archive(s3.Bucket.fromBucketName(stack, 'Sources', Token.asString({ Ref: 'Name' })), 'bert/model.tar.gz', { revision: 'v1' }) }),
      `\`source\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: name bucket, key and revision in plain text, e.g. with Bucket.fromBucketName: the name of a bucket of this app is a token too`],
    ['is a model package', () => ({ source: ModelSource.modelPackage('arn:aws:sagemaker:us-east-1:123456789012:model-package/bert/1') }),
      '`source`: got model package arn:aws:sagemaker:us-east-1:123456789012:model-package/bert/1; allowed: a model that brings no container of its own; fix: pass the model itself: ModelSource.huggingFace, s3Archive, s3Prefix or localDirectory'],
    ['is a model of SageMaker', () => ({ source: ModelSource.existingModel({ modelName: 'm' }) }),
      '`source`: got SageMaker model m; allowed: a model that brings no container of its own; fix: pass the model itself: ModelSource.huggingFace, s3Archive, s3Prefix or localDirectory'],
    ['is downloaded without a network', () => ({ network: { networkIsolation: true } }),
      `\`network.networkIsolation\`: got true with Hugging Face model BAAI/bge-base-en-v1.5 at ${REVISION}; allowed: false for a model the job downloads; fix: copy the model to S3 and use ModelSource.s3Archive or s3Prefix with a revision`],
    ['moves, without a network', () => ({ source: ModelSource.huggingFace('org/m', { revision: 'v1' }), network: { networkIsolation: true } }), [
      '2 problems',
      '  - `source.revision`: got "v1"; allowed: a commit hash of 40 hexadecimal digits: a branch or a tag can move; fix: give ModelSource.huggingFace the revision from the history of the model page',
      '  - `network.networkIsolation`: got true with Hugging Face model org/m at v1; allowed: false for a model the job downloads; fix: copy the model to S3 and use ModelSource.s3Archive or s3Prefix with a revision',
    ].join('\n')],
  ])('%s', (_, props, message) => {
    expect(refused(props)).toBe(`${AT}${message}`);
  });

  test('hands out a token that is in no secret', () => {
    const bind = (tokenSecret?: secretsmanager.ISecret): ModelSourceConfig => ({ hub: { id: 'org/m', revision: REVISION, token: SecretValue.unsafePlainText('hf_x'), tokenSecret }, contentId: `hub:org/m@${REVISION}` });
    expect(refused(() => ({ source: { description: 'a model of mine', bind: () => bind() } }))).toBe(
      `${AT}\`source\`: got a model of mine, with a token that is only text to this library; allowed: a token in a secret of AWS Secrets Manager, which the job reads itself; fix: return tokenSecret from the bind of the source`);
    const stack = newStack();
    const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'hub/token');
    expect(compile(stack, { source: { description: 'a model of mine', bind: () => bind(secret) } }).key).toHaveLength(32);
  });

  test('is a compilation', () => {
    expect(thrownBy(() => {
      const stack = newStack();
      compile(stack, { source: compile(stack, {}, 'First') });
    })).toBe(`${AT}\`source\`: got Hugging Face model BAAI/bge-base-en-v1.5 at ${REVISION} compiled for inf2; allowed: a model that is not compiled yet; fix: pass the source that was compiled`);
  });
});

describe('a spec with', () => {
  const NAME_REPOSITORY = 'name repository and tag in plain text, e.g. with Repository.fromRepositoryName: the name of a repository of this app is a token too';
  const own = (stack: Stack, more: object = {}) => ServingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Repository', 'own'), { kind: AcceleratorKind.NEURON, tag: '1', ...more });

  test.each<[string, (stack: Stack) => Partial<NeuronCompilationProps>, string]>([
    ['shapes as text', () => ({ shapes: as('4x128') }), '`shapes`: got "4x128"; allowed: the kind and the shapes of the model; fix: use a static method of CompilationShapes, e.g. CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 })'],
    ['shapes without a kind', () => ({ shapes: as({ batchSize: 4, sequenceLength: 128 }) }), '`shapes`: got another object; allowed: the kind and the shapes of the model; fix: use a static method of CompilationShapes, e.g. CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 })'],
    ['no shapes', () => ({ shapes: as(undefined) }), '`shapes`: got undefined; allowed: the kind and the shapes of the model; fix: use a static method of CompilationShapes, e.g. CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 })'],
    ['a precision as text', () => ({ precision: as('bf16') }), '`precision`: got "bf16"; allowed: a precision; fix: use a static of NeuronPrecision such as NeuronPrecision.BF16_MATMUL'],
    ['a precision of null', () => ({ precision: as(null) }), '`precision`: got null; allowed: a precision; fix: use a static of NeuronPrecision such as NeuronPrecision.BF16_MATMUL'],
    ['a target as text', () => ({ target: as('inf2') }), '`target`: got "inf2"; allowed: a target; fix: use NeuronTarget.INF2, TRN1 or TRN2'],
    ['an image as text', () => ({ servingImage: as(HF) }), `\`servingImage\`: got "${HF}"; allowed: an image; fix: use a static of ServingImage such as ServingImage.HF_INFERENCE_2_8_NEURONX, ServingImage.of or ServingImage.fromEcrRepository`],
    ['a number for an image that compiles', () => ({ compiler: { image: as(5) } }), '`compiler.image`: got 5; allowed: an image; fix: use a static of ServingImage such as ServingImage.HF_INFERENCE_2_8_NEURONX, ServingImage.of or ServingImage.fromEcrRepository'],
    ['a task in words', () => ({ task: 'Feature Extraction' }), '`task`: got "Feature Extraction"; allowed: a task by its name on the Hub, e.g. feature-extraction; fix: give a task by its name on the Hub, e.g. feature-extraction'],
    ['a task that is no text', () => ({ task: as(5) }), '`task`: got 5; allowed: a task by its name on the Hub, e.g. feature-extraction; fix: give a task by its name on the Hub, e.g. feature-extraction'],
    ['a task that is a token', () => ({ task: Token.asString({ Ref: 'Task' }) }), `\`task\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: give a plain value`],
    ['a task longer than an argument of a job', () => ({ task: 'a'.repeat(257) }),
      `\`task\`: got "${'a'.repeat(257)}"; allowed: a task by its name on the Hub, e.g. feature-extraction; fix: give a task by its name on the Hub, e.g. feature-extraction`],
    // Cores.
    ['a degree of 0', () => ({ tensorParallelDegree: 0 }), '`tensorParallelDegree`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['half a core', () => ({ ...DECODER, tensorParallelDegree: 1.5 }), '`tensorParallelDegree`: got 1.5; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['a degree as text', () => ({ ...DECODER, tensorParallelDegree: as('8') }), '`tensorParallelDegree`: got "8"; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
    ['a degree that is a token', () => ({ ...DECODER, tensorParallelDegree: Lazy.number({ produce: () => 8 }) }), `\`tensorParallelDegree\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: give a plain value`],
    ['an encoder over two cores', () => ({ tensorParallelDegree: 2 }), '`tensorParallelDegree`: got 2; allowed: 1: models of kind text-encoder are not cut over cores; fix: leave it out; each core serves a copy of its own'],
    ['more cores than Inferentia2 has', () => ({ ...DECODER, tensorParallelDegree: 25 }), '`tensorParallelDegree`: got 25; allowed: at most 24, the NeuronCores of the largest instance with inf2; fix: lower the degree, or choose another target'],
    ['more cores than Trainium1 has', () => ({ ...DECODER, target: NeuronTarget.TRN1, tensorParallelDegree: 33 }), '`tensorParallelDegree`: got 33; allowed: at most 32, the NeuronCores of the largest instance with trn1; fix: lower the degree, or choose another target'],
    ['more cores than Trainium2 has', () => ({ ...DECODER, target: NeuronTarget.TRN2, tensorParallelDegree: 65 }), '`tensorParallelDegree`: got 65; allowed: at most 64, the NeuronCores of the largest instance with trn2; fix: lower the degree, or choose another target'],
    ['heads that the degree does not divide', () => ({ ...DECODER, source: ModelSource.huggingFace('org/m', { revision: REVISION, profile: { attentionHeads: 28 } }) }),
      "`tensorParallelDegree`: got 8; allowed: a divisor of the model's 28 attention heads; fix: choose another degree, or skip ModelCheck.TENSOR_PARALLELISM when the exporter pads heads, as NxD Inference does for language models"],
    // Precision.
    ['a language model whose products are cast', () => ({ ...DECODER, precision: NeuronPrecision.BF16_MATMUL }),
      '`precision`: got matmul in bf16; allowed: NeuronPrecision.FP32, BF16_ALL or FP16_ALL for a language model: its weights are loaded in a format, and no operation is cast; fix: use NeuronPrecision.BF16_ALL'],
    ['a language model in TensorFloat-32', () => ({ ...DECODER, precision: NeuronPrecision.TF32_ALL }),
      '`precision`: got all in tf32; allowed: NeuronPrecision.FP32, BF16_ALL or FP16_ALL for a language model: its weights are loaded in a format, and no operation is cast; fix: use NeuronPrecision.BF16_ALL'],
    ['8 bits without a script', () => ({ precision: NeuronPrecision.of({ autoCast: 'all', autoCastType: 'fp8_e4m3' }) }),
      '`precision`: got all in fp8_e4m3; allowed: bf16, fp16 or tf32: the exporter knows no fp8_e4m3; fix: use another precision, or compile with a script of your own (compiler.script)'],
    // Images.
    ['an image for GPUs', () => ({ servingImage: ServingImage.HF_INFERENCE_2_6_GPU }), `\`servingImage\`: got ${GPU}, an image of kind GPU; allowed: an image of kind NEURON; fix: use e.g. ServingImage.HF_INFERENCE_2_8_NEURONX`],
    ['a compiler image for GPUs', () => ({ compiler: { image: ServingImage.HF_INFERENCE_2_6_GPU } }), `\`compiler.image\`: got ${GPU}, an image of kind GPU; allowed: an image of kind NEURON; fix: use e.g. ServingImage.HF_INFERENCE_2_8_NEURONX`],
    ['a compiler of another SDK', () => ({ compiler: { image: ServingImage.PYTORCH_2_8_NEURONX } }),
      `\`compiler.image\`: got ${PYTORCH}, with Neuron SDK 2.26.1; allowed: an image with Neuron SDK 2.26.0, that of the serving image; fix: leave compiler.image out: the serving image holds the compiler too`],
    ['an SDK that the hosts are too old for', (stack) => ({ servingImage: own(stack, { neuronSdk: NeuronSdk.V2_31_1 }) }),
      `\`servingImage\`: got own:1, with Neuron SDK 2.31.1; allowed: an image that runs on SageMaker's Neuron hosts: ${NeuronSdk.V2_31_1.onDriver('2.19').reason}; fix: use an image with Neuron SDK 2.28 or older, or skip ModelCheck.NEURON_SDK if your hosts have a newer driver`],
    ['a server of language models for an encoder', () => ({ servingImage: ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX }),
      `\`servingImage\`: got ${HF_VLLM}; allowed: an image of the Hugging Face or PyTorch toolkit for shapes of kind text-encoder; fix: leave it out, or use ServingImage.HF_INFERENCE_2_8_NEURONX`],
    ['a server of encoders for a language model', () => ({ ...DECODER, servingImage: ServingImage.HF_INFERENCE_2_8_NEURONX }),
      `\`servingImage\`: got ${HF}; allowed: a server of language models for shapes of kind decoder; fix: leave it out, or use ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX`],
    ['PyTorch without a script', () => ({ servingImage: ServingImage.PYTORCH_2_8_NEURONX }),
      `\`compiler.script\`: got nothing with ${PYTORCH}; allowed: the directory of a compile.py: this image has no optimum-cli; fix: write load(model_dir, shapes) in a compile.py and pass its directory, or use ServingImage.HF_INFERENCE_2_8_NEURONX`],
    ['an image whose tag is a token', (stack) => ({ servingImage: own(stack, { tag: Token.asString({ Ref: 'Tag' }) }) }), `\`servingImage\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: ${NAME_REPOSITORY}`],
    ['a compiler image whose tag is a token', (stack) => ({ compiler: { image: own(stack, { tag: Token.asString({ Ref: 'Tag' }), neuronSdk: NeuronSdk.V2_26_0 }) } }),
      `\`compiler.image\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: ${NAME_REPOSITORY}`],
  ])('%s', (_, props, message) => {
    expect(refused(props)).toBe(`${AT}${message}`);
  });

  test('what is no spec', () => {
    expect(thrownBy(() => new NeuronCompilationTask(newStack(), 'Compile', as({})))).toBe([
      'Stack/Compile: 2 problems',
      '  - `source`: got a value of type undefined; allowed: a source of a model; fix: use a static method of ModelSource, e.g. ModelSource.huggingFace with a revision',
      '  - `shapes`: got undefined; allowed: the kind and the shapes of the model; fix: use a static method of CompilationShapes, e.g. CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 })',
    ].join('\n'));
  });

  test('several mistakes, all at once', () => {
    expect(refused(() => ({ task: 'A', tensorParallelDegree: 0, precision: NeuronPrecision.of({ autoCast: 'all', autoCastType: 'fp8_e4m3' }), compiler: { optimizationLevel: 4, flags: ['x'] }, artifacts: { prefix: '/' } }))).toBe([
      `${AT}6 problems`,
      '  - `task`: got "A"; allowed: a task by its name on the Hub, e.g. feature-extraction; fix: give a task by its name on the Hub, e.g. feature-extraction',
      '  - `precision`: got all in fp8_e4m3; allowed: bf16, fp16 or tf32: the exporter knows no fp8_e4m3; fix: use another precision, or compile with a script of your own (compiler.script)',
      '  - `tensorParallelDegree`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1',
      '  - `compiler.optimizationLevel`: got 4; allowed: a whole number from 1 to 3; fix: give a whole number from 1 to 3',
      '  - `compiler.flags[0]`: got "x"; allowed: one flag of neuronx-cc with its value behind `=`, at most 240 characters; fix: write e.g. "--model-type=transformer"',
      '  - `artifacts.prefix`: got "/"; allowed: a folder of letters, digits, `.`, `_`, `-` and `/`, not with a slash at its beginning, at most 512 characters; fix: give e.g. "neuron"',
    ].join('\n'));
  });

  test('a fragment says the same, under its own path', () => {
    expect(refused(() => ({ tensorParallelDegree: 2 }), NeuronCompilationTask)).toBe('Stack/Compile: `tensorParallelDegree`: got 2; allowed: 1: models of kind text-encoder are not cut over cores; fix: leave it out; each core serves a copy of its own');
  });
});

describe('a compiler with', () => {
  let root: string;
  beforeAll(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'bad-'));
    fs.mkdirSync(path.join(root, 'empty'));
    fs.mkdirSync(path.join(root, 'script'));
    fs.writeFileSync(path.join(root, 'script', 'compile.py'), '');
  });
  afterAll(() => fs.rmSync(root, { recursive: true }));

  test.each<[string, () => NeuronCompilerOptions, string]>([
    ['a level of 0', () => ({ optimizationLevel: 0 }), '`compiler.optimizationLevel`: got 0; allowed: a whole number from 1 to 3; fix: give a whole number from 1 to 3'],
    ['a level that is a token', () => ({ optimizationLevel: Lazy.number({ produce: () => 1 }) }), `\`compiler.optimizationLevel\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: give a plain value`],
    ['fewer than no operators on the CPU', () => ({ maxCpuOperators: -1, script: `${root}/script` }), '`compiler.maxCpuOperators`: got -1; allowed: a whole number of at least 0; fix: give a whole number of at least 0'],
    ['operators on the CPU that are a token', () => ({ maxCpuOperators: Lazy.number({ produce: () => 1 }), script: `${root}/script` }), `\`compiler.maxCpuOperators\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: give a plain value`],
    ['operators on the CPU without a script', () => ({ maxCpuOperators: 3 }), '`compiler.maxCpuOperators`: got 3; allowed: 0 without compiler.script: the exporter compiles a model whole or fails; fix: leave it out, or compile with a script of your own'],
    ['flags as text', () => ({ flags: as('--x') }), "`compiler.flags`: got \"--x\"; allowed: a list of flags; fix: put it into a list, e.g. ['--enable-fast-loading-neuron-binaries']"],
    ['a flag that is a token', () => ({ flags: [Token.asString({ Ref: 'Flag' })] }), `\`compiler.flags[0]\`: ${INSTEAD_OF_A_TOKEN}; allowed: a flag known at synth: the key of the artefact is made of it; fix: give a plain value`],
    ['a flag of null', () => ({ flags: [as(null)] }), '`compiler.flags[0]`: got null; allowed: one flag of neuronx-cc with its value behind `=`, at most 240 characters; fix: write e.g. "--model-type=transformer"'],
    ['a flag twice', () => ({ flags: ['--x=1', '--x=2'] }), '`compiler.flags[1]`: got "--x" a second time; allowed: each flag once; fix: remove one of them'],
    ['a flag that is too long', () => ({ flags: [`--${'x'.repeat(239)}`] }), `\`compiler.flags[0]\`: got "--${'x'.repeat(239)}"; allowed: one flag of neuronx-cc with its value behind \`=\`, at most 240 characters; fix: write e.g. "--model-type=transformer"`],
    ['a flag that a prop stands for', () => ({ flags: ['--auto-cast=all'] }), '`compiler.flags[0]`: got "--auto-cast=all"; allowed: flags that no prop stands for; fix: use precision'],
    // A job has at most 100 arguments, and the others are up to 58.
    ['more flags than a job has arguments', () => ({ flags: Array.from({ length: 41 }, (_, i) => `--flag-${i}`) }), '`compiler.flags`: got 41 flags; allowed: at most 40: a job has at most 100 arguments; fix: leave out those that have their default'],
    ['a script that is not there', () => ({ script: '/nowhere/script' }), '`compiler.script`: got "/nowhere/script", which does not exist; allowed: a directory with a compile.py; fix: correct the path; it is taken from the working directory unless it is absolute'],
    ['a script that is a file', () => ({ script: `${root}/script/compile.py` }), '`compiler.script`: got "ROOT/script/compile.py", which is not a directory; allowed: a directory with a compile.py; fix: correct the path; it is taken from the working directory unless it is absolute'],
    ['a script without a compile.py', () => ({ script: `${root}/empty` }), '`compiler.script`: got "ROOT/empty", which has no compile.py; allowed: a directory with a compile.py; fix: write load(model_dir, shapes) in a compile.py there'],
    ['a script that is a token', () => ({ script: Token.asString({ Ref: 'Script' }) }), `\`compiler.script\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: give a plain value`],
    ['a script that is a number', () => ({ script: as(5) }), '`compiler.script`: got 5, which does not exist; allowed: a directory with a compile.py; fix: correct the path; it is taken from the working directory unless it is absolute'],
    ['operators that are not there', () => ({ customOperators: `${root}/none` }), '`compiler.customOperators`: got "ROOT/none", which does not exist; allowed: a directory; fix: correct the path; it is taken from the working directory unless it is absolute'],
    ['operators that are a file', () => ({ customOperators: `${root}/script/compile.py` }), '`compiler.customOperators`: got "ROOT/script/compile.py", which is not a directory; allowed: a directory; fix: correct the path; it is taken from the working directory unless it is absolute'],
    ['operators that are nothing', () => ({ customOperators: '' }), '`compiler.customOperators`: got "", which does not exist; allowed: a directory; fix: correct the path; it is taken from the working directory unless it is absolute'],
    ['trust in words', () => ({ trustRemoteCode: as('yes') }), '`compiler.trustRemoteCode`: got "yes"; allowed: true or false; fix: give true or false'],
    ['trust that is a token', () => ({ trustRemoteCode: as(token({ Ref: 'Trust' })) }), `\`compiler.trustRemoteCode\`: ${INSTEAD_OF_A_TOKEN}; allowed: ${KNOWN_AT_SYNTH}; fix: give a plain value`],
  ])('%s', (_, compiler, message) => {
    expect(refused(() => ({ compiler: compiler() }))).toBe(`${AT}${message.replaceAll('ROOT', root)}`);
  });

  test.each<[string, unknown, string]>([['text', '-O2', '"-O2"'], ['a number', 2, '2'], ['a list', ['--x'], 'another object']])('options that are %s', (_, compiler, got) => {
    expect(refused(() => ({ compiler: as(compiler) }))).toBe(`${AT}\`compiler\`: got ${got}; allowed: options of the compiler; fix: give e.g. { optimizationLevel: 2 }`);
  });

  test.each<[string, () => NeuronCompilerOptions, string]>([
    ['a level', () => ({ optimizationLevel: 2 }), '`compiler.optimizationLevel`: got 2; allowed: nothing for a language model: its exporter ignores it; fix: leave it out'],
    ['a script', () => ({ script: `${root}/script` }), '`compiler.script`: got "ROOT/script"; allowed: nothing for a language model: a traced model has no sharded weights; fix: leave it out, or choose other shapes'],
  ])('%s for a language model', (_, compiler, message) => {
    expect(refused(() => ({ ...DECODER, compiler: compiler() }))).toBe(`${AT}${message.replaceAll('ROOT', root)}`);
  });

  test('8 bits and PyTorch are for scripts', () => {
    const stack = newStack();
    const compiler = { script: `${root}/script`, maxCpuOperators: 2 };
    expect(() => compile(stack, { ...SPELLED_OUT, precision: NeuronPrecision.of({ autoCast: 'all', autoCastType: 'fp8_e4m3' }), compiler })).not.toThrow();
    expect(() => compile(stack, { ...SPELLED_OUT, task: undefined, servingImage: ServingImage.PYTORCH_2_8_NEURONX, compiler }, 'PyTorch')).not.toThrow();
  });
});

describe('checks that can be skipped', () => {
  test('heads', () => {
    const source = ModelSource.huggingFace('org/m', { revision: REVISION, profile: { attentionHeads: 28 } });
    expect(compile(newStack(), { ...DECODER, source, skipChecks: [ModelCheck.TENSOR_PARALLELISM] }).key).toHaveLength(32);
  });

  test('the SDK, of the hosts and of the compiler', () => {
    const stack = newStack();
    const image = (id: string, neuronSdk: NeuronSdk) => ServingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, id, 'own'), { kind: AcceleratorKind.NEURON, tag: id, neuronSdk });
    const props = { servingImage: image('new', NeuronSdk.V2_31_1), compiler: { image: image('old', NeuronSdk.V2_30_0) } };
    expect(compile(stack, { ...props, skipChecks: [ModelCheck.NEURON_SDK] }).key).toHaveLength(32);
  });

  test('others do not help', () => {
    expect(refused(() => ({ tensorParallelDegree: 2, skipChecks: [ModelCheck.TENSOR_PARALLELISM] }))).toBe(
      `${AT}\`tensorParallelDegree\`: got 2; allowed: 1: models of kind text-encoder are not cut over cores; fix: leave it out; each core serves a copy of its own`);
  });
});

test('heads that are only known at deploy time are not checked', () => {
  const source = ModelSource.huggingFace('org/m', { revision: REVISION, profile: { attentionHeads: Lazy.number({ produce: () => 28 }) } });
  expect(compile(newStack(), { ...DECODER, source }).key).toHaveLength(32);
});

test('a parameter in a place that the key is not made of is no mistake', () => {
  const stack = newStack();
  expect(compile(stack, { artifacts: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', text(stack)) } }).key).toBe(compile(newStack()).key);
  expect(HUB.description).toBe(`Hugging Face model BAAI/bge-base-en-v1.5 at ${REVISION}`);
});
