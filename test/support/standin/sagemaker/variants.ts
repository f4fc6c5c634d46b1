import type { CreateEndpointConfigInput, ProductionVariant } from '@aws-sdk/client-sagemaker';
import { family, localStorageRule } from './local-storage';
import * as lookup from './lookup';
import { invalid } from '../errors';
import type { CallContext } from '../service';

/** Every type that the variant may run on. */
export function instanceTypes(variant: ProductionVariant): string[] {
  if (variant.InstanceType !== undefined) return [variant.InstanceType];
  return (variant.InstancePools ?? []).map((pool) => pool.InstanceType!);
}

const isNeuron = (type: string): boolean => /^(inf|trn)/.test(family(type));

function checkHardware(context: CallContext, variant: ProductionVariant): void {
  const name = variant.VariantName!;
  const kinds = [variant.InstanceType, variant.InstancePools, variant.ServerlessConfig].filter((kind) => kind !== undefined);
  if (kinds.length !== 1) {
    throw invalid(`Production variant "${name}" must specify exactly one of InstanceType, InstancePools and ServerlessConfig.`);
  }
  if (variant.ServerlessConfig) {
    if (variant.InitialInstanceCount !== undefined) throw invalid(`InitialInstanceCount cannot be specified for the serverless variant "${name}".`);
    if (variant.VolumeSizeInGB !== undefined) throw invalid(`VolumeSizeInGB cannot be specified for the serverless variant "${name}".`);
    return;
  }
  if (variant.InitialInstanceCount === undefined) throw invalid(`InitialInstanceCount is required for production variant "${name}".`);
  const pools = variant.InstancePools ?? [];
  for (const what of ['InstanceType', 'Priority'] as const) {
    if (new Set(pools.map((pool) => pool[what])).size !== pools.length) throw invalid(`${what} must be unique in the InstancePools of production variant "${name}".`);
  }
  const local = instanceTypes(variant).find((type) => localStorageRule(type) !== undefined);
  if (local !== undefined && variant.VolumeSizeInGB !== undefined) {
    throw invalid(`VolumeSizeInGB cannot be specified for production variant "${name}": instance type ${local} does not support it.`);
  }
  checkAmi(context, variant);
}

/** AWS accepts a host image for the wrong accelerator; the container then does not find its device and the endpoint hangs in Creating. */
function checkAmi(context: CallContext, variant: ProductionVariant): void {
  if (variant.InferenceAmiVersion === undefined) return;
  const forNeuron = variant.InferenceAmiVersion.includes('neuron');
  for (const type of instanceTypes(variant)) {
    if (isNeuron(type) !== forNeuron) {
      context.control.hazard('ami-for-other-accelerator', `variant ${variant.VariantName}: ${variant.InferenceAmiVersion} on ${type}`);
    }
  }
}

function checkModel(context: CallContext, variant: ProductionVariant, input: CreateEndpointConfigInput): void {
  if (variant.ModelName === undefined) {
    if (input.ExecutionRoleArn === undefined) {
      throw invalid(`ModelName is required for production variant "${variant.VariantName}" unless ExecutionRoleArn is set for inference components.`);
    }
    return;
  }
  lookup.model(context, variant.ModelName);
  for (const pool of variant.InstancePools ?? []) if (pool.ModelNameOverride) lookup.model(context, pool.ModelNameOverride);
  if (variant.ManagedInstanceScaling !== undefined) throw invalid('ManagedInstanceScaling is only supported for inference component endpoints.');
}

/** The rules over all variants of an endpoint configuration that its shape cannot say. */
export function checkVariants(context: CallContext, input: CreateEndpointConfigInput): void {
  const production = input.ProductionVariants!;
  const shadows = input.ShadowProductionVariants ?? [];
  const all = [...production, ...shadows];
  const names = all.map((variant) => variant.VariantName!);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`Duplicate production variant name "${twice}": the variant names of an endpoint configuration must be unique.`);
  if (input.ShadowProductionVariants !== undefined && (shadows.length !== 1 || production.length !== 1)) {
    throw invalid(`An endpoint configuration with a shadow variant must have exactly 1 production variant and 1 shadow variant, got ${production.length} and ${shadows.length}.`);
  }
  if (shadows.length > 0 && (input.AsyncInferenceConfig || all.some((variant) => variant.ServerlessConfig))) {
    throw invalid('Shadow variants are not supported for serverless and asynchronous inference.');
  }
  if (input.AsyncInferenceConfig && all.some((variant) => variant.ServerlessConfig)) {
    throw invalid('AsyncInferenceConfig is not supported for serverless variants.');
  }
  for (const variant of all) {
    checkHardware(context, variant);
    checkModel(context, variant, input);
  }
  if (production.every((variant) => variant.InitialVariantWeight === 0)) {
    context.control.hazard('all-weights-zero', `endpoint configuration ${input.EndpointConfigName}: no variant gets traffic`);
  }
}
