import { SizeRoundingBehavior, Token, type Duration } from 'aws-cdk-lib';
import type { CfnEndpointConfig } from 'aws-cdk-lib/aws-sagemaker';
import { MAX_TIMEOUT_SECONDS, MIN_TIMEOUT_SECONDS, startupTimeouts } from './core/startup';
import type { EndpointVariantOptions } from './endpoint-variant';
import { RoutingStrategy } from './routing-strategy';
import { InferenceAmi, InstanceUse, type AcceleratorInstance } from '../hardware';
import type { ServedModel } from '../model';
import { checkNumber, checkPattern } from '../private/checks';
import type { Problem } from '../private/problems';

/** The API's pattern of `MlReservationArn`. */
const RESERVATION_ARN = /^arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:[a-z0-9-]{1,14}\/.+$/;
/** The API's limits of `InstancePools` and of `VariantInstanceProvisionTimeoutInSeconds`. */
const MAX_POOLS = 5;
const PROVISION_SECONDS = { min: 300, max: 3600 };

const seconds = (duration: Duration | undefined) => duration?.toSeconds({ integral: false });

/** What the hardware and host side of a variant may not be. */
export function hostProblems(options: EndpointVariantOptions): Problem[] {
  const { instanceType, volumeSize } = options;
  const timeout = { min: MIN_TIMEOUT_SECONDS, max: MAX_TIMEOUT_SECONDS, integer: true, unit: 'seconds' };
  return [
    ...instanceProblems('instanceType', instanceType),
    ...fallbackProblems(options),
    ...checkNumber('containerStartupTimeout', seconds(options.containerStartupTimeout), timeout),
    ...checkNumber('modelDownloadTimeout', seconds(options.modelDownloadTimeout), timeout),
    ...checkNumber('provisionTimeout', seconds(options.provisionTimeout), { ...PROVISION_SECONDS, integer: true, unit: 'seconds' }),
    ...(volumeSize === undefined ? [] : volumeProblems(volumeSize.toGibibytes({ rounding: SizeRoundingBehavior.NONE }), [instanceType, ...(options.fallbackInstances ?? []).map((f) => f.instanceType)])),
    ...checkPattern('capacityReservationArn', options.capacityReservationArn, RESERVATION_ARN,
      'the ARN of an ML capacity reservation, e.g. "arn:aws:sagemaker:us-east-1:111122223333:training-plan/my-plan"'),
    ...amiProblems(options),
  ];
}

/** The host side of the variant in the endpoint configuration. */
export function renderHost(options: EndpointVariantOptions, ami: InferenceAmi | undefined): Partial<CfnEndpointConfig.ProductionVariantProperty> {
  const { instanceType, model, capacityReservationArn } = options;
  const timeouts = startupTimeouts({
    neuron: instanceType.isNeuron,
    languageModelServer: model.image?.grammar.servesLanguageModels ?? false,
    weightsGiB: model.weightsGiB,
  });
  return {
    inferenceAmiVersion: ami?.value,
    containerStartupHealthCheckTimeoutInSeconds: seconds(options.containerStartupTimeout) ?? timeouts.healthCheckSeconds,
    modelDataDownloadTimeoutInSeconds: seconds(options.modelDownloadTimeout) ?? timeouts.downloadSeconds,
    volumeSizeInGb: options.volumeSize?.toGibibytes(),
    routingConfig: { routingStrategy: (options.routing ?? RoutingStrategy.LEAST_OUTSTANDING_REQUESTS).value },
    enableSsmAccess: options.enableSsmAccess,
    capacityReservationConfig: capacityReservationArn === undefined ? undefined : {
      capacityReservationPreference: 'capacity-reservations-only',
      mlReservationArn: capacityReservationArn,
    },
  };
}

function instanceProblems(prop: string, instance: AcceleratorInstance): Problem[] {
  if (instance.supports(InstanceUse.HOSTING)) return [];
  return [{ prop, got: instance.name, allowed: 'an instance type SageMaker takes for endpoints', fix: `use another type; ${instance.name} is valid for ${instance.uses.join(', ') || 'no use'} only` }];
}

function fallbackProblems({ instanceType, fallbackInstances = [], provisionTimeout }: EndpointVariantOptions): Problem[] {
  const problems: Problem[] = [];
  if (fallbackInstances.length > MAX_POOLS - 1) {
    problems.push({ prop: 'fallbackInstances', got: `${fallbackInstances.length} types`, allowed: `at most ${MAX_POOLS - 1} beside \`instanceType\``, fix: 'keep the types most likely to have capacity' });
  }
  if (fallbackInstances.length === 0 && provisionTimeout !== undefined) {
    problems.push({ prop: 'provisionTimeout', got: 'a time-out without `fallbackInstances`', allowed: 'a time-out together with `fallbackInstances`', fix: 'add `fallbackInstances`, or leave `provisionTimeout` out' });
  }
  const seen = new Set([instanceType.name]);
  fallbackInstances.forEach((fallback, i) => {
    const prop = `fallbackInstances[${i}].instanceType`;
    const instance = fallback.instanceType;
    if (seen.has(instance.name)) {
      problems.push({ prop, got: `${instance.name} a second time`, allowed: 'each instance type once', fix: 'remove the repetition' });
    }
    seen.add(instance.name);
    if (instance.isNeuron !== instanceType.isNeuron) {
      problems.push({
        prop,
        got: `${instance.name} (${instance.accelerator.name}) beside ${instanceType.name} (${instanceType.accelerator.name})`,
        allowed: 'instance types of the same vendor: a variant has one machine image for all of them',
        fix: 'put the other hardware into a variant of its own with `addVariant`',
      });
      return;
    }
    problems.push(...instanceProblems(prop, instance));
  });
  return problems;
}

function volumeProblems(gibibytes: number, instances: AcceleratorInstance[]): Problem[] {
  if (Token.isUnresolved(gibibytes)) return [];
  const local = instances.filter((instance) => !instance.allowsHostingVolume).map((instance) => instance.name);
  return [
    ...checkNumber('volumeSize', gibibytes, { min: 1, max: 512, integer: true, unit: 'GiB' }),
    ...(local.length === 0 ? [] : [{
      prop: 'volumeSize',
      got: `${gibibytes} GiB on ${local.join(', ')}`,
      allowed: 'a volume size on instance types without local storage (ml.inf1, ml.inf2, ml.p3)',
      fix: `leave \`volumeSize\` out: ${local[0]} brings its own storage`,
    }]),
  ];
}

function amiProblems(options: EndpointVariantOptions): Problem[] {
  const { inferenceAmi, instanceType } = options;
  if (inferenceAmi === undefined) return [];
  const { kind, name } = instanceType.accelerator;
  const fix = 'leave `inferenceAmi` out: it is chosen from image and hardware';
  if (inferenceAmi.kind !== kind) {
    return [{ prop: 'inferenceAmi', got: `${inferenceAmi} on ${instanceType} (${name})`, allowed: `a machine image with the driver of ${name}`, fix }];
  }
  const { model, cuda } = newestCuda(options);
  if (cuda === undefined || inferenceAmi.cudaMajor === undefined || inferenceAmi.cudaMajor >= cuda) return [];
  return [{
    prop: 'inferenceAmi',
    got: `${inferenceAmi} (CUDA ${inferenceAmi.cuda}) with a container built for CUDA ${model.cudaVersion}`,
    allowed: `a machine image whose driver serves CUDA ${cuda}; with an older one the endpoint stays in Creating and logs nothing`,
    fix,
  }];
}

/**
 * The machine image that goes with all containers and all hardware of the variant, for it has one only; nothing when
 * the containers' CUDA is not known. A newer driver serves older containers, so the newest wish wins.
 */
export function chooseAmi(options: EndpointVariantOptions): InferenceAmi | undefined {
  const cudaMajor = newestCuda(options).cuda;
  const instances = [options.instanceType, ...(options.fallbackInstances ?? []).map((fallback) => fallback.instanceType)]
    .filter((instance) => instance.isNeuron === options.instanceType.isNeuron);
  return instances
    .map((instance) => InferenceAmi.choose({ instance, cudaMajor }).ami)
    .reduce((best, ami) => (ami?.cudaMajor ?? 0) > (best?.cudaMajor ?? 0) ? ami : best);
}

/** The model whose container needs the newest CUDA, among the variant's own and its fallbacks'. */
function newestCuda({ model, fallbackInstances = [] }: EndpointVariantOptions): { model: ServedModel; cuda?: number } {
  return [model, ...fallbackInstances.flatMap((fallback) => fallback.model ?? [])]
    .map((one) => ({ model: one, cuda: cudaMajorOf(one) }))
    .reduce((best, one) => (one.cuda ?? 0) > (best.cuda ?? 0) ? one : best);
}

function cudaMajorOf({ cudaVersion }: ServedModel): number | undefined {
  const major = Number.parseInt(cudaVersion ?? '', 10);
  return Number.isNaN(major) ? undefined : major;
}
