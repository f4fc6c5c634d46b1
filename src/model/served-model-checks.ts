import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AcceleratorKind, InferenceAmi, type AcceleratorInstance } from '../hardware';
import { checkCompiled, checkCompiledOn } from './compiled-checks';
import { containerEnvironment, devicesOf } from './container-environment';
import { checkNumber, checkObject, checkPattern } from '../private/checks';
import { problemText, type Problem } from '../private/problems';
import { joinFindings, type Findings, type Warning } from './core/findings';
import { checkFit, weightsGiBOf } from './core/fit';
import { GRAMMARS, type GrammarKey } from './core/grammars';
import { checkImageOnHardware, type SdkOnHardware } from './core/image-checks';
import type { ModelProfile } from './model-profile';
import type { HubModel, IModelSource } from './model-source-config';
import { checkPlacement } from './placement-checks';
import type { ExistingModelOptions, ServedModel, ServedModelBindOptions, ServedModelOptions } from './served-model';
import { checkNeuronSdk, type ServingImage } from './serving-image';
import type { ServingSettings } from './serving-settings';
import { revisionMayMove } from './sources/hub';

/** What can be said before the instance is known. */
export function checkServedModelOptions(kind: AcceleratorKind, source: IModelSource, options: ServedModelOptions): Problem[] {
  const { image, settings = {}, neuronMetricsNamespace: namespace } = options;
  // Nothing else can be asked of something that is no source.
  if (typeof (source as Partial<IModelSource> | undefined)?.bind !== 'function') {
    return [{ prop: 'source', got: typeof source === 'string' ? JSON.stringify(source) : `a value of type ${typeof source}`, allowed: 'a source of a model', fix: 'use a static method of ModelSource, e.g. ModelSource.huggingFace or ModelSource.s3Uri' }];
  }
  const notImage = image === undefined ? [] : checkObject('image', image, 'grammar', 'a serving image', 'use a static of ServingImage such as ServingImage.VLLM_0_27_1_GPU, ServingImage.of or ServingImage.fromEcrRepository');
  if (notImage.length > 0) return notImage;
  const problems: Problem[] = source.compiled === undefined ? [] : checkCompiled(kind, source.compiled, options);
  if (image !== undefined && image.kind !== kind) {
    problems.push({ prop: 'image', got: `${image}, an image of kind ${image.kind.toUpperCase()}`, allowed: `an image of kind ${kind.toUpperCase()}`, fix: `use ${image.kind === AcceleratorKind.GPU ? 'ServedModel.onGpu' : 'ServedModel.onNeuron'}, or another image` });
  }
  if (source.bringsImage === true && options.settings !== undefined) {
    problems.push({ prop: 'settings', got: 'settings', allowed: `nothing: ${source.description} brings its own container and environment`, fix: 'set them where the model or the package is made' });
  }
  if (namespace !== undefined) problems.push(...checkNamespace(kind, image ?? source.compiled?.servingImage, namespace));
  problems.push(...checkSettings(settings), ...checkProfile(options.profile ?? source.profile));
  return problems;
}

/** What can be said of the facts given for a model that exists already. */
export function checkExistingModelOptions(existing: ExistingModelOptions | undefined): Problem[] {
  return checkNeuronSdk(existing?.neuronSdk);
}

function checkNamespace(kind: AcceleratorKind, image: ServingImage | undefined, namespace: string): Problem[] {
  const grammar = image?.grammar.key ?? 'hugging-face-toolkit';
  if (kind !== AcceleratorKind.NEURON || (grammar !== 'hugging-face-toolkit' && grammar !== 'pytorch')) {
    return [{ prop: 'neuronMetricsNamespace', got: JSON.stringify(namespace), allowed: 'nothing: only the Hugging Face and PyTorch inference images for Neuron publish NeuronCore metrics', fix: 'remove it, or use one of these images' }];
  }
  // CloudWatch user guide: up to 255 characters; AWS/ is for services.
  return checkPattern('neuronMetricsNamespace', namespace, /^(?!AWS\/)[\w.\-/#: ]{1,255}$/, 'a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/');
}

function checkSettings(settings: ServingSettings): Problem[] {
  const whole = { min: 1, integer: true };
  const problems = [
    ...checkNumber('settings.tensorParallelDegree', settings.tensorParallelDegree, whole),
    ...checkNumber('settings.sequenceLength', settings.sequenceLength, whole),
    ...checkNumber('settings.batchSize', settings.batchSize, whole),
    ...checkNumber('settings.maxConcurrentRequests', settings.maxConcurrentRequests, whole),
    ...checkNumber('settings.workers', settings.workers, whole),
    ...checkPattern('settings.task', settings.task, /^[a-z0-9]+(-[a-z0-9]+)*$/, 'a task by its name on the Hub, e.g. feature-extraction'),
    ...checkPattern('settings.servedModelName', settings.servedModelName, /^\S+$/, 'a name without spaces'),
  ];
  if (Token.isUnresolved(settings.tensorParallelDegree)) {
    problems.push({ prop: 'settings.tensorParallelDegree', got: 'a value that is only known at deploy time', allowed: 'a number known at synthesis: memory, heads and server processes follow from it', fix: 'pass a plain number' });
  }
  for (const [name, value] of Object.entries(settings.environment ?? {})) {
    if (typeof value !== 'string') {
      problems.push({ prop: `settings.environment.${name}`, got: `a value of type ${typeof value}`, allowed: 'text', fix: ['number', 'boolean'].includes(typeof value) ? `write it as "${String(value)}"` : 'leave it out, or write it as text' });
    }
  }
  return problems;
}

function checkProfile(profile: ModelProfile | undefined): Problem[] {
  if (profile === undefined) return [];
  // The limit itself, the smallest number there is, would read badly.
  const positive = (prop: keyof ModelProfile): Problem[] => checkNumber(`profile.${prop}`, profile[prop], { min: Number.MIN_VALUE })
    .map((problem) => ({ ...problem, allowed: 'a number above 0', fix: 'give a number above 0, or leave it out' }));
  const heads = { min: 1, integer: true };
  return [
    ...positive('parametersBillion'),
    ...positive('bytesPerParameter'),
    ...positive('weightsGiB'),
    ...checkNumber('profile.attentionHeads', profile.attentionHeads, heads),
    ...checkNumber('profile.keyValueHeads', profile.keyValueHeads, heads),
  ];
}

/**
 * What model, settings, image, instances and network say about each other.
 *
 * @param instanceProps where the user wrote the instance types, for messages
 */
export function checkServedModel(
  model: ServedModel,
  scope: Construct,
  options: ServedModelBindOptions,
  modelOptions: ServedModelOptions,
  instanceProps: readonly string[] = [],
): { problems: Problem[]; warnings: Warning[] } {
  const instances = [options.instance, ...options.alternativeInstances ?? []];
  const propOf = (i: number) => instanceProps[i] ?? (i === 0 ? 'instanceType' : `fallbackInstances[${i - 1}].instanceType`);
  const findings = joinFindings(...instances.flatMap((instance, i) => [
    imageOn(model, scope, options, instance, propOf(i)),
    fit(model, instance),
    ...model.source.compiled === undefined ? [] : [checkCompiledOn(model.source.compiled, instance, propOf(i))],
  ]));
  const skip: readonly string[] = modelOptions.skipChecks ?? [];
  return {
    problems: distinct([
      // A wrong accelerator cannot be skipped: there is no driver for it on the host.
      ...findings.problems.filter(({ check, problem }) => !skip.includes(check) || (check === 'image-hardware' && problem.prop === 'image')).map(({ problem }) => problem),
      ...checkPlacement('', options),
      ...checkIsolation(options, modelOptions.neuronMetricsNamespace),
      ...containerEnvironment(model, scope, options, modelOptions).problems,
    ]),
    warnings: findings.warnings.filter(({ check }) => !skip.includes(check)),
  };
}

/** What is wrong with the image alone is found once for each instance type, and said once. */
function distinct(problems: Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [problemText(problem), problem])).values()];
}

function imageOn(model: ServedModel, scope: Construct, options: ServedModelBindOptions, instance: AcceleratorInstance, prop: string): Findings {
  const region = Stack.of(scope).region;
  return checkImageOnHardware({
    image: {
      name: model.image?.toString() ?? model.source.description,
      kind: model.kind,
      neuronSdk: sdkOn(model, options, instance),
      cuda: model.cudaVersion,
      x86Only: model.image?._isCatalogued() ?? false,
      families: model.image?.supportedFamilies,
      status: model.image?.status,
      regions: model.image?._regions(),
      ownRegion: model.image?._ownRegion(),
    },
    instance: {
      prop,
      name: instance.name,
      family: instance.family,
      kind: instance.isNeuron ? 'neuron' : 'gpu',
      computeCapability: instance.accelerator.computeCapability,
      hostIsArm: instance.hostIsArm,
    },
    region: Token.isUnresolved(region) ? undefined : region,
  });
}

/** The rules of the Neuron SDKs, asked about host and chip. */
function sdkOn({ neuronSdk: sdk, kind, image }: ServedModel, { inferenceAmi: ami = InferenceAmi.NEURON_2 }: ServedModelBindOptions, { accelerator }: AcceleratorInstance): SdkOnHardware | undefined {
  if (sdk === undefined || kind !== AcceleratorKind.NEURON) return undefined;
  const scripts = ['hugging-face-toolkit', 'pytorch'].includes(image?.grammar.key ?? '');
  return {
    version: sdk.version,
    ami: ami.value,
    // A host image without Neuron is a mistake of its own, which the variant reports.
    onAmi: ami.kind === AcceleratorKind.NEURON ? sdk.onAmi(ami) : undefined,
    // First-generation Inferentia is of the older software line, whatever an image serves.
    onGeneration: accelerator.architecture === 'NeuronCore-v1' ? sdk.xlaInference(accelerator) : undefined,
    onChip: image?.grammar.servesLanguageModels === true ? sdk.nxdInference(accelerator) : scripts ? sdk.xlaInference(accelerator) : undefined,
  };
}

/** An instance cannot be wrong in memory when it is wrong in kind. */
function fit(model: ServedModel, instance: AcceleratorInstance): Findings {
  const neuron = model.kind === AcceleratorKind.NEURON;
  if (instance.isNeuron !== neuron) return { problems: [], warnings: [] };
  const grammar = GRAMMARS[(model.image?.grammar.key ?? 'custom') as GrammarKey];
  const { profile = {}, settings } = model;
  return checkFit({
    kind: model.kind,
    instance: instance.name,
    devices: devicesOf(instance),
    deviceMemoryGiB: instance.acceleratorMemoryGiB,
    hostMemoryGiB: instance.hostMemoryGiB,
    // An image without words for it still runs what was compiled for so many cores.
    tensorParallelDegree: known(settings.tensorParallelDegree ?? model.source.compiled?.tensorParallelDegree),
    workers: known(settings.workers),
    defaultDegree: grammar.defaultDegree,
    copyPerWorker: grammar.copyPerWorker,
    weightsGiB: weightsOf(profile),
    attentionHeads: known(profile.attentionHeads),
    keyValueHeads: known(profile.keyValueHeads),
  });
}

/** A number that is only known at deploy time is as good as unknown. */
export function known(value: number | undefined): number | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

/** Size of the weights in GiB: as given, or from the number of parameters. */
export function weightsOf(profile: ModelProfile): number | undefined {
  const given = known(profile.weightsGiB);
  if (given !== undefined) return given;
  const parameters = known(profile.parametersBillion);
  return parameters === undefined ? undefined : weightsGiBOf(parameters, known(profile.bytesPerParameter));
}

function checkIsolation(options: ServedModelBindOptions, namespace: string | undefined): Problem[] {
  if (options.networkIsolation !== true || namespace === undefined) return [];
  return [{ prop: 'networkIsolation', got: 'true with `neuronMetricsNamespace`', allowed: 'false for a container that publishes metrics', fix: 'remove neuronMetricsNamespace, or leave the container its network' }];
}

/** A model that is made elsewhere has its network from there, and nothing here can change it. */
export function networkOfExisting(model: ServedModel, options: ServedModelBindOptions): Pick<Warning, 'id' | 'text'>[] {
  const asked = [
    ...(options.vpc === undefined ? [] : ['vpc']),
    ...(options.networkIsolation === true ? ['networkIsolation'] : []),
  ];
  if (asked.length === 0) return [];
  const there = asked.map((prop) => prop === 'vpc' ? 'VpcConfig' : 'EnableNetworkIsolation');
  const [props, fields] = [asked.map((prop) => `\`${prop}\``), there].map((names) => names.join(' and '));
  return [{
    id: 'existingModelKeepsItsNetwork',
    text: `${props} of the endpoint ${asked.length === 1 ? 'does' : 'do'} not reach ${model.source.description}, which was made elsewhere and keeps the network it was made with: set ${fields} where the model is made, and acknowledge this warning once that is done`,
  }];
}

/** Whether no selected subnet has a route to the internet, as far as the VPC says. */
function onlyIsolated({ vpc, vpcSubnets }: ServedModelBindOptions): boolean {
  if (vpc === undefined) return false;
  const isolated = new Set(vpc.isolatedSubnets.map((subnet) => subnet.node.path));
  return vpc.selectSubnets(vpcSubnets).subnets.every((subnet) => isolated.has(subnet.node.path));
}

/** What there is to say of a Hub source, once the source has said that it is one. */
export function checkHubSource(
  model: ServedModel,
  hub: HubModel,
  options: ServedModelBindOptions,
): { problems: Problem[]; warnings: Pick<Warning, 'id' | 'text'>[] } {
  const problems: Problem[] = [];
  const warnings: Pick<Warning, 'id' | 'text'>[] = [];
  if (options.networkIsolation === true) {
    problems.push({ prop: 'networkIsolation', got: `true with ${model.source.description}`, allowed: 'false for a model the container downloads', fix: 'copy the model to S3 and use ModelSource.s3Archive or s3Prefix' });
  }
  if (onlyIsolated(options)) {
    warnings.push({ id: 'hubFromIsolatedSubnets', text: `the selected subnets are isolated, without a route to the internet, and ${model.source.description} is downloaded from there: select subnets with a NAT gateway, or copy the model to S3; acknowledge this warning if there is another way out, such as a proxy` });
  }
  if (revisionMayMove(hub.revision)) {
    warnings.push({ id: 'revisionNotPinned', text: `${model.source.description} is not pinned to a commit: instances that start at different times can serve different weights` });
  }
  if (model.kind === AcceleratorKind.NEURON && model.image?.grammar.key === 'hugging-face-toolkit') {
    const length = model.settings.sequenceLength === undefined ? '; without settings.sequenceLength that fails' : '';
    warnings.push({ id: 'compilesAtStart', text: `${model.source.description} is compiled by every instance at start unless its repository holds a compiled model${length}` });
  }
  if (model.image?.grammar.key === 'optimum-neuron' && model.settings.environment?.SM_ON_ALLOW_NON_CACHED_MODEL === undefined) {
    warnings.push({ id: 'needsCachedModel', text: `${model.source.description} is served only if it is compiled, or if the Hub's Neuron cache has its shapes and degree; an empty SM_ON_ALLOW_NON_CACHED_MODEL in settings.environment lets instances compile it at start` });
  }
  return { problems, warnings };
}
