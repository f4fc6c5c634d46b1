import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AcceleratorKind, type AcceleratorInstance } from '../hardware';
import { checkNumber, checkPattern } from '../private/checks';
import type { Problem } from '../private/problems';
import { joinFindings, type Findings, type Warning } from './core/findings';
import { checkFit, weightsGiBOf } from './core/fit';
import { GRAMMARS } from './core/grammars';
import { checkImageOnHardware } from './core/image-checks';
import type { ModelProfile } from './model-profile';
import type { HubModel, IModelSource } from './model-source-config';
import type { ServedModel, ServedModelBindOptions, ServedModelOptions } from './served-model';
import type { ServingSettings } from './serving-settings';
import { revisionMayMove } from './sources/hub';

/** SageMaker API, VpcConfig: 1 to 16 subnets, 1 to 5 security groups. */
const MAX_SUBNETS = 16;
const MAX_SECURITY_GROUPS = 5;

/** What can be said before the instance is known. */
export function checkServedModelOptions(kind: AcceleratorKind, source: IModelSource, options: ServedModelOptions): Problem[] {
  const { image, settings = {}, neuronMetricsNamespace: namespace } = options;
  // Nothing else can be asked of something that is no source.
  if (typeof (source as Partial<IModelSource> | undefined)?.bind !== 'function') {
    return [{ prop: 'source', got: typeof source === 'string' ? JSON.stringify(source) : `a value of type ${typeof source}`, allowed: 'a source of a model', fix: 'use a static method of ModelSource, e.g. ModelSource.huggingFace or ModelSource.s3Uri' }];
  }
  const problems: Problem[] = [];
  if (image !== undefined && image.kind !== kind) {
    problems.push({ prop: 'image', got: `${image}, an image of kind ${image.kind.toUpperCase()}`, allowed: `an image of kind ${kind.toUpperCase()}`, fix: `use ${image.kind === AcceleratorKind.GPU ? 'ServedModel.onGpu' : 'ServedModel.onNeuron'}, or another image` });
  }
  if (source.bringsImage === true && options.settings !== undefined) {
    problems.push({ prop: 'settings', got: 'settings', allowed: `nothing: ${source.description} brings its own container and environment`, fix: 'set them where the model or the package is made' });
  }
  if (namespace !== undefined) problems.push(...checkNamespace(kind, options, namespace));
  problems.push(...checkSettings(settings), ...checkProfile(options.profile ?? source.profile));
  return problems;
}

function checkNamespace(kind: AcceleratorKind, options: ServedModelOptions, namespace: string): Problem[] {
  const grammar = options.image?.grammar.key ?? 'hugging-face-toolkit';
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
      problems.push({ prop: `settings.environment.${name}`, got: `a value of type ${typeof value}`, allowed: 'text', fix: `write it as "${String(value)}"` });
    }
  }
  return problems;
}

function checkProfile(profile: ModelProfile | undefined): Problem[] {
  if (profile === undefined) return [];
  const positive = (prop: keyof ModelProfile): Problem[] => {
    const value = profile[prop];
    if (value === undefined || Token.isUnresolved(value) || (Number.isFinite(value) && value > 0)) return [];
    return [{ prop: `profile.${prop}`, got: String(value), allowed: 'a number above 0', fix: 'give a number above 0, or leave it out' }];
  };
  const heads = { min: 1, integer: true };
  return [
    ...positive('parametersBillion'),
    ...positive('bytesPerParameter'),
    ...positive('weightsGiB'),
    ...checkNumber('profile.attentionHeads', profile.attentionHeads, heads),
    ...checkNumber('profile.keyValueHeads', profile.keyValueHeads, heads),
  ];
}

/** What model, image, instances and network say about each other. */
export function checkServedModel(
  model: ServedModel,
  scope: Construct,
  options: ServedModelBindOptions,
  { skipChecks, neuronMetricsNamespace }: ServedModelOptions,
): { problems: Problem[]; warnings: Warning[] } {
  const instances = [options.instance, ...options.alternativeInstances ?? []];
  const findings = joinFindings(...instances.flatMap((instance) => [imageOn(model, scope, instance), fit(model, instance)]));
  const skip: readonly string[] = skipChecks ?? [];
  return {
    problems: [
      // A wrong accelerator cannot be skipped: there is no driver for it on the host.
      ...findings.problems.filter(({ check, problem }) => !skip.includes(check) || (check === 'image-hardware' && problem.prop === 'image')).map(({ problem }) => problem),
      ...checkNetwork(options),
      ...checkIsolation(options, neuronMetricsNamespace),
    ],
    warnings: findings.warnings.filter(({ check }) => !skip.includes(check)),
  };
}

function imageOn(model: ServedModel, scope: Construct, instance: AcceleratorInstance): Findings {
  const region = Stack.of(scope).region;
  return checkImageOnHardware({
    image: {
      name: model.image?.toString() ?? model.source.description,
      kind: model.kind,
      neuronSdk: model.neuronSdk,
      cuda: model.cudaVersion,
      x86Only: model.image?._isCatalogued() ?? false,
      families: model.image?.supportedFamilies,
      status: model.image?.status,
      regions: model.image?._regions(),
    },
    instance: {
      name: instance.name,
      family: instance.family,
      kind: instance.isNeuron ? 'neuron' : 'gpu',
      computeCapability: instance.accelerator.computeCapability,
      hostIsArm: instance.hostIsArm,
    },
    region: Token.isUnresolved(region) ? undefined : region,
  });
}

/** An instance cannot be wrong in memory when it is wrong in kind. */
function fit(model: ServedModel, instance: AcceleratorInstance): Findings {
  const neuron = model.kind === AcceleratorKind.NEURON;
  if (instance.isNeuron !== neuron) return { problems: [], warnings: [] };
  const grammar = GRAMMARS[model.image?.grammar._key ?? 'custom'];
  const { profile = {}, settings } = model;
  return checkFit({
    kind: model.kind,
    instance: instance.name,
    devices: devicesOf(instance),
    deviceMemoryGiB: instance.acceleratorMemoryGiB,
    hostMemoryGiB: instance.hostMemoryGiB,
    tensorParallelDegree: known(settings.tensorParallelDegree),
    workers: known(settings.workers),
    defaultDegree: grammar.defaultDegree,
    copyPerWorker: grammar.copyPerWorker,
    weightsGiB: weightsOf(profile),
    attentionHeads: known(profile.attentionHeads),
    keyValueHeads: known(profile.keyValueHeads),
  });
}

/** What a tensor parallel degree counts: GPUs, or logical NeuronCores. */
export function devicesOf(instance: AcceleratorInstance): number {
  return instance.logicalNeuronCores ?? instance.acceleratorCount;
}

/** A number that is only known at deploy time is as good as unknown. */
function known(value: number | undefined): number | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

/** Size of the weights in GiB: as given, or from the number of parameters. */
export function weightsOf(profile: ModelProfile): number | undefined {
  const given = known(profile.weightsGiB);
  if (given !== undefined) return given;
  const parameters = known(profile.parametersBillion);
  return parameters === undefined ? undefined : weightsGiBOf(parameters, known(profile.bytesPerParameter));
}

function checkNetwork(options: ServedModelBindOptions): Problem[] {
  const problems: Problem[] = [];
  const { vpc, vpcSubnets, securityGroups } = options;
  if (vpc === undefined) {
    for (const [prop, value] of Object.entries({ vpcSubnets, securityGroups })) {
      if (value !== undefined) problems.push({ prop, got: 'a value', allowed: 'nothing without `vpc`', fix: `pass vpc, or remove ${prop}` });
    }
    return problems;
  }
  if (securityGroups !== undefined && (securityGroups.length === 0 || securityGroups.length > MAX_SECURITY_GROUPS)) {
    problems.push({ prop: 'securityGroups', got: `${securityGroups.length} security groups`, allowed: `1 to ${MAX_SECURITY_GROUPS}`, fix: securityGroups.length === 0 ? 'leave it out to get one' : 'merge their rules' });
  }
  const subnets = vpc.selectSubnets(vpcSubnets).subnets.length;
  if (subnets === 0 || subnets > MAX_SUBNETS) {
    problems.push({ prop: 'vpcSubnets', got: `${subnets} subnets`, allowed: `1 to ${MAX_SUBNETS}`, fix: 'select other subnets' });
  }
  return problems;
}

function checkIsolation(options: ServedModelBindOptions, namespace: string | undefined): Problem[] {
  if (options.networkIsolation !== true || namespace === undefined) return [];
  return [{ prop: 'networkIsolation', got: 'true with `neuronMetricsNamespace`', allowed: 'false for a container that publishes metrics', fix: 'remove neuronMetricsNamespace, or leave the container its network' }];
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
