import { Token } from 'aws-cdk-lib';
import type { CompilationShapes } from './compilation-shapes';
import type { NeuronCompilationSpec, NeuronCompilerOptions } from './compilation-spec';
import { checkFlags } from './core/flags';
import { PARALLEL_KINDS, type ModelKind } from './core/shapes';
import { NeuronPrecision } from './neuron-precision';
import { NeuronTarget } from './neuron-target';
import { AcceleratorKind, InferenceAmi, SupportLevel } from '../hardware';
import { ModelCheck, ServingImage, type IModelSource, type ModelSourceConfig } from '../model';
import { known } from '../model/served-model-checks';
import { checkNumber, checkObject, checkPattern } from '../private/checks';
import type { Problem } from '../private/problems';

/** A spec with every default filled in. */
export interface FullSpec {
  readonly source: IModelSource;
  readonly shapes: CompilationShapes;
  readonly kind: ModelKind;
  readonly task?: string;
  readonly precision: NeuronPrecision;
  readonly target: NeuronTarget;
  readonly tensorParallelDegree: number;
  readonly servingImage: ServingImage;
  readonly compilerImage: ServingImage;
  readonly compiler: NeuronCompilerOptions;
}

/** What is no spec at all: nothing further can be asked of it. */
export function checkSpecTypes(spec: NeuronCompilationSpec): Problem[] {
  const { source, shapes, precision, target, servingImage, compiler } = spec;
  const problems: Problem[] = [];
  if (typeof (source as Partial<IModelSource> | undefined)?.bind !== 'function') {
    problems.push({ prop: 'source', got: typeof source === 'string' ? JSON.stringify(source) : `a value of type ${typeof source}`, allowed: 'a source of a model', fix: 'use a static method of ModelSource, e.g. ModelSource.huggingFace with a revision' });
  }
  problems.push(...checkObject('shapes', shapes, 'dimensions', 'the kind and the shapes of the model', 'use a static method of CompilationShapes, e.g. CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 })'));
  if (precision !== undefined) problems.push(...checkObject('precision', precision, 'compilerAutoCast', 'a precision', 'use a static of NeuronPrecision such as NeuronPrecision.BF16_MATMUL'));
  if (target !== undefined) problems.push(...checkObject('target', target, 'families', 'a target', 'use NeuronTarget.INF2, TRN1 or TRN2'));
  if (compiler !== undefined && (typeof compiler !== 'object' || compiler === null || Array.isArray(compiler))) {
    problems.push({ prop: 'compiler', got: typeof compiler === 'object' ? 'another object' : JSON.stringify(compiler) ?? String(compiler), allowed: 'options of the compiler', fix: 'give e.g. { optimizationLevel: 2 }' });
  }
  for (const [prop, image] of Object.entries({ 'servingImage': servingImage, 'compiler.image': compiler?.image })) {
    if (image !== undefined) problems.push(...checkObject(prop, image, 'grammar', 'an image', 'use a static of ServingImage such as ServingImage.HF_INFERENCE_2_8_NEURONX, ServingImage.of or ServingImage.fromEcrRepository'));
  }
  return problems;
}

/** The spec with its defaults. */
export function fullSpec(spec: NeuronCompilationSpec): FullSpec {
  const kind = spec.shapes.kind as ModelKind;
  const decoder = kind === 'decoder';
  const servingImage = spec.servingImage ?? (decoder ? ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX : ServingImage.HF_INFERENCE_2_8_NEURONX);
  return {
    source: spec.source,
    shapes: spec.shapes,
    kind,
    task: spec.task,
    precision: spec.precision ?? (decoder ? NeuronPrecision.BF16_ALL : NeuronPrecision.BF16_MATMUL),
    target: spec.target ?? NeuronTarget.INF2,
    tensorParallelDegree: spec.tensorParallelDegree ?? 1,
    servingImage,
    compilerImage: spec.compiler?.image ?? servingImage,
    compiler: spec.compiler ?? {},
  };
}

/** What the parts of a spec say about each other. */
export function checkSpec(spec: FullSpec, skipped: readonly ModelCheck[]): Problem[] {
  return [
    ...checkSource(spec.source),
    ...checkPattern('task', spec.task, /^(?=.{1,256}$)[a-z0-9]+(-[a-z0-9]+)*$/, 'a task by its name on the Hub, e.g. feature-extraction'),
    ...checkPrecision(spec),
    ...checkCores(spec, skipped),
    ...checkImages(spec, skipped),
    ...checkCompiler(spec),
  ];
}

function checkSource(source: IModelSource): Problem[] {
  if (source.bringsImage === true) {
    return [{ prop: 'source', got: source.description, allowed: 'a model that brings no container of its own', fix: 'pass the model itself: ModelSource.huggingFace, s3Archive, s3Prefix or localDirectory' }];
  }
  if (source.compiled !== undefined) {
    return [{ prop: 'source', got: source.description, allowed: 'a model that is not compiled yet', fix: 'pass the source that was compiled' }];
  }
  return [];
}

function checkPrecision({ kind, precision, compiler }: FullSpec): Problem[] {
  if (kind === 'decoder') {
    if (precision.torchDtype !== undefined) return [];
    return [{ prop: 'precision', got: precision.toString(), allowed: 'NeuronPrecision.FP32, BF16_ALL or FP16_ALL for a language model: its weights are loaded in a format, and no operation is cast', fix: 'use NeuronPrecision.BF16_ALL' }];
  }
  if (precision.autoCastType === 'fp8_e4m3' && compiler.script === undefined) {
    return [{ prop: 'precision', got: precision.toString(), allowed: 'bf16, fp16 or tf32: the exporter knows no fp8_e4m3', fix: 'use another precision, or compile with a script of your own (compiler.script)' }];
  }
  return [];
}

function checkCores({ kind, tensorParallelDegree: degree, target, source: { profile } }: FullSpec, skipped: readonly ModelCheck[]): Problem[] {
  const prop = 'tensorParallelDegree';
  if (Token.isUnresolved(degree)) return [tokenIn(prop)];
  const problems = checkNumber(prop, degree, { min: 1, integer: true });
  if (problems.length > 0 || degree === 1) return problems;
  if (!PARALLEL_KINDS.includes(kind)) {
    return [{ prop, got: String(degree), allowed: `1: models of kind ${kind} are not cut over cores`, fix: 'leave it out; each core serves a copy of its own' }];
  }
  if (degree > target.maxTensorParallelDegree) {
    return [{ prop, got: String(degree), allowed: `at most ${target.maxTensorParallelDegree}, the NeuronCores of the largest instance with ${target}`, fix: 'lower the degree, or choose another target' }];
  }
  const heads = known(profile?.attentionHeads);
  if (heads !== undefined && heads % degree !== 0 && !skipped.includes(ModelCheck.TENSOR_PARALLELISM)) {
    return [{ prop, got: String(degree), allowed: `a divisor of the model's ${heads} attention heads`, fix: 'choose another degree, or skip ModelCheck.TENSOR_PARALLELISM when the exporter pads heads, as NxD Inference does for language models' }];
  }
  return [];
}

function checkImages({ kind, servingImage, compilerImage, compiler }: FullSpec, skipped: readonly ModelCheck[]): Problem[] {
  const problems: Problem[] = [];
  for (const [prop, image] of [['servingImage', servingImage], ...compiler.image === undefined ? [] : [['compiler.image', compilerImage] as const]] as const) {
    if (image.kind !== AcceleratorKind.NEURON) problems.push({ prop, got: `${image}, an image of kind ${image.kind.toUpperCase()}`, allowed: 'an image of kind NEURON', fix: 'use e.g. ServingImage.HF_INFERENCE_2_8_NEURONX' });
  }
  if (problems.length > 0) return problems;
  const [serving, compiling] = [servingImage.neuronSdk, compilerImage.neuronSdk];
  if (!skipped.includes(ModelCheck.NEURON_SDK)) {
    if (serving !== undefined && compiling !== undefined && !serving.sameAs(compiling)) {
      problems.push({ prop: 'compiler.image', got: `${compilerImage}, with Neuron SDK ${compiling}`, allowed: `an image with Neuron SDK ${serving}, that of the serving image`, fix: 'leave compiler.image out: the serving image holds the compiler too' });
    }
    const support = serving?.onAmi(InferenceAmi.NEURON_2);
    if (support?.level === SupportLevel.UNSUPPORTED) {
      problems.push({ prop: 'servingImage', got: `${servingImage}, with Neuron SDK ${serving}`, allowed: `an image that runs on SageMaker's Neuron hosts: ${support.reason}`, fix: 'use an image with Neuron SDK 2.28 or older, or skip ModelCheck.NEURON_SDK if your hosts have a newer driver' });
    }
  }
  problems.push(...checkKindOfImage(kind, servingImage, compiler));
  return problems;
}

/** Servers of language models load no encoders, and the script servers no exported language models. */
function checkKindOfImage(kind: ModelKind, image: ServingImage, { script }: NeuronCompilerOptions): Problem[] {
  const grammar = image.grammar.key;
  if (grammar === 'custom') return [];
  if (image.grammar.servesLanguageModels !== (kind === 'decoder')) {
    return [{ prop: 'servingImage', got: String(image), allowed: kind === 'decoder' ? 'a server of language models for shapes of kind decoder' : `an image of the Hugging Face or PyTorch toolkit for shapes of kind ${kind}`, fix: `leave it out, or use ServingImage.${kind === 'decoder' ? 'HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX' : 'HF_INFERENCE_2_8_NEURONX'}` }];
  }
  if (grammar === 'pytorch' && script === undefined) {
    return [{ prop: 'compiler.script', got: `nothing with ${image}`, allowed: 'the directory of a compile.py: this image has no optimum-cli', fix: 'write load(model_dir, shapes) in a compile.py and pass its directory, or use ServingImage.HF_INFERENCE_2_8_NEURONX' }];
  }
  return [];
}

function checkCompiler({ kind, compiler: { optimizationLevel, flags, maxCpuOperators, script, trustRemoteCode } }: FullSpec): Problem[] {
  const problems: Problem[] = [
    ...checkNumber('compiler.optimizationLevel', optimizationLevel, { min: 1, max: 3, integer: true }),
    ...checkNumber('compiler.maxCpuOperators', maxCpuOperators, { min: 0, integer: true }),
    ...checkFlags(flags, (value) => Token.isUnresolved(value)),
  ];
  for (const [prop, value] of Object.entries({ optimizationLevel, maxCpuOperators, trustRemoteCode })) {
    if (Token.isUnresolved(value)) problems.push(tokenIn(`compiler.${prop}`));
  }
  if (trustRemoteCode !== undefined && typeof trustRemoteCode !== 'boolean' && !Token.isUnresolved(trustRemoteCode)) {
    problems.push({ prop: 'compiler.trustRemoteCode', got: JSON.stringify(trustRemoteCode), allowed: 'true or false', fix: 'give true or false' });
  }
  if (kind === 'decoder' && optimizationLevel !== undefined) {
    problems.push({ prop: 'compiler.optimizationLevel', got: String(optimizationLevel), allowed: 'nothing for a language model: its exporter ignores it', fix: 'leave it out' });
  }
  if (kind === 'decoder' && script !== undefined) {
    problems.push({ prop: 'compiler.script', got: JSON.stringify(script), allowed: 'nothing for a language model: a traced model has no sharded weights', fix: 'leave it out, or choose other shapes' });
  }
  if (script === undefined && maxCpuOperators !== undefined && maxCpuOperators !== 0 && !Token.isUnresolved(maxCpuOperators)) {
    problems.push({ prop: 'compiler.maxCpuOperators', got: String(maxCpuOperators), allowed: '0 without compiler.script: the exporter compiles a model whole or fails', fix: 'leave it out, or compile with a script of your own' });
  }
  return problems;
}

/** What the bound source says of its bytes. */
export function checkContent(source: IModelSource, config: ModelSourceConfig, networkIsolation: boolean): Problem[] {
  const problems: Problem[] = [];
  if (config.contentId === undefined) {
    const { hub } = config;
    if (hub !== undefined) problems.push({ prop: 'source.revision', got: hub.revision === undefined ? `nothing for ${hub.id}` : JSON.stringify(hub.revision), allowed: 'a commit hash of 40 hexadecimal digits: a branch or a tag can move', fix: 'give ModelSource.huggingFace the revision from the history of the model page' });
    else problems.push({ prop: 'source.revision', got: `nothing for ${source.description}`, allowed: 'a text that changes when the model changes', fix: "give the source a revision, e.g. the object's version id or ETag" });
  } else if (Token.isUnresolved(config.contentId)) {
    problems.push(tokenIn('source'));
  }
  if (config.hub?.token !== undefined && config.hub.tokenSecret === undefined) {
    problems.push({ prop: 'source', got: `${source.description}, with a token that is only text to this library`, allowed: 'a token in a secret of AWS Secrets Manager, which the job reads itself', fix: 'return tokenSecret from the bind of the source' });
  }
  if (config.hub !== undefined && networkIsolation) {
    problems.push({ prop: 'network.networkIsolation', got: `true with ${source.description}`, allowed: 'false for a model the job downloads', fix: 'copy the model to S3 and use ModelSource.s3Archive or s3Prefix with a revision' });
  }
  return problems;
}

/** The key is made at synth, and with it the address of the artefact: what belongs to it has to be known there. */
export function tokenIn(prop: string): Problem {
  return {
    prop,
    got: 'a token (a value known only at deploy time)',
    allowed: 'a value known at synth: the key of the artefact is made of it',
    fix: prop === 'source' ? 'name bucket, key and revision in plain text, e.g. with Bucket.fromBucketName: the name of a bucket of this app is a token too'
      : prop.endsWith('mage') ? 'name repository and tag in plain text, e.g. with Repository.fromRepositoryName: the name of a repository of this app is a token too'
        : 'give a plain value',
  };
}
