import type {
  CreateEndpointInput, DataCaptureConfig, DeleteEndpointInput, DescribeEndpointInput, DesiredWeightAndCapacity, ProductionVariant,
  UpdateEndpointInput, UpdateEndpointWeightsAndCapacitiesInput,
} from '@aws-sdk/client-sagemaker';
import { checkQuotas, fleetsOf } from './capacity';
import { describeEndpoint } from './describe';
import { checkGuardrail, checkStepCounts, effectiveGuardrail } from './guardrails';
import { list, type ListInput } from './lists';
import * as lookup from './lookup';
import { startCreation, startDeletion, startRescale, startUpdate } from './rollout';
import { checkScalableTargets, releaseScalableTargets } from './scalable-targets';
import { checkNewTags, putTags } from './tags';
import { invalid } from '../errors';
import { sagemakerArn, timestamp, type CallContext, type Operation } from '../service';
import type { Deployment, EndpointConfigRecord, EndpointRecord, Fleet } from '../state';

const BUSY = ['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting'];

/** Only one change at a time: every write on a busy endpoint is refused in these words. */
function refuseBusy(endpoint: EndpointRecord): void {
  if (BUSY.includes(endpoint.status)) throw invalid(`Cannot update in-progress endpoint "${endpoint.arn}".`);
}

function refuseUnlessInService(endpoint: EndpointRecord): void {
  refuseBusy(endpoint);
  if (endpoint.status !== 'InService') {
    throw invalid(`Cannot update endpoint "${endpoint.arn}" with status "${endpoint.status}": a failed endpoint can only be deleted.`);
  }
}

function newFleet(config: ProductionVariant): Fleet {
  const weight = config.InitialVariantWeight ?? 1;
  const count = config.ServerlessConfig ? 0 : config.InitialInstanceCount!;
  return { name: config.VariantName!, config, currentWeight: weight, desiredWeight: weight, currentCount: count, desiredCount: count };
}

function deploymentOf(context: CallContext, config: EndpointConfigRecord, rest: Partial<Deployment>): Deployment {
  const now = context.clock.now();
  return {
    configName: config.name,
    fleets: config.input.ProductionVariants!.map(newFleet),
    shadows: (config.input.ShadowProductionVariants ?? []).map(newFleet),
    capture: config.input.DataCaptureConfig,
    started: now,
    stage: 'Creating',
    stageStarted: now,
    cancel: () => undefined,
    ...rest,
  };
}

function create(context: CallContext, input: CreateEndpointInput): object {
  const name = input.EndpointName!;
  const arn = sagemakerArn(context, 'endpoint', name);
  if (context.state.endpoints.has(name.toLowerCase())) throw invalid(`Cannot create already existing endpoint "${arn}".`);
  const config = lookup.endpointConfig(context, input.EndpointConfigName!);
  for (const variant of config.input.ProductionVariants!) if (variant.ModelName) lookup.model(context, variant.ModelName);
  checkNewTags(input.Tags);
  const deployment = deploymentOf(context, config, { guardrail: input.DeploymentConfig });
  if (input.DeploymentConfig) checkGuardrail(input.DeploymentConfig, deployment.fleets);
  checkQuotas(context, [...deployment.fleets, ...deployment.shadows]);
  const fault = context.control.takeFault('CreateEndpoint', input);
  const now = context.clock.now();
  const endpoint: EndpointRecord = { name, arn, created: now, modified: now, status: 'Creating', configName: config.name, fleets: [], shadows: [] };
  context.state.endpoints.set(name.toLowerCase(), endpoint);
  putTags(context, arn, input.Tags);
  startCreation(context, endpoint, { ...deployment, failure: fault && (fault.reason ?? 'The primary container did not pass the ping health check.') });
  return { EndpointArn: arn };
}

/** Live weights and counts go over to the fleets of the same name, except those that the caller excludes. */
function retain(endpoint: EndpointRecord, deployment: Deployment, input: UpdateEndpointInput): DataCaptureConfig | undefined {
  const excluded = (input.ExcludeRetainedVariantProperties ?? []).map((property) => property.VariantPropertyType!);
  for (const fleet of [...deployment.fleets, ...deployment.shadows]) {
    const live = fleetsOf(endpoint).find((other) => other.name === fleet.name);
    if (!live) continue;
    if (!excluded.includes('DesiredWeight')) fleet.currentWeight = fleet.desiredWeight = live.desiredWeight;
    if (!excluded.includes('DesiredInstanceCount')) fleet.currentCount = fleet.desiredCount = live.desiredCount;
  }
  return excluded.includes('DataCaptureConfig') ? deployment.capture : endpoint.capture;
}

function update(context: CallContext, input: UpdateEndpointInput): object {
  const endpoint = lookup.endpoint(context, input.EndpointName!);
  refuseUnlessInService(endpoint);
  const config = lookup.endpointConfig(context, input.EndpointConfigName!);
  // The configuration that the endpoint runs must still be there, or the service does not know what it replaces.
  lookup.endpointConfig(context, endpoint.configName);
  for (const variant of config.input.ProductionVariants!) if (variant.ModelName) lookup.model(context, variant.ModelName);
  checkScalableTargets(context, endpoint, config.input.ProductionVariants!);
  const wanted = input.DeploymentConfig ?? (input.RetainDeploymentConfig ? endpoint.lastGuardrail : undefined);
  const deployment = deploymentOf(context, config, {});
  const capture = input.RetainAllVariantProperties ? retain(endpoint, deployment, input) : deployment.capture;
  if (input.DeploymentConfig) checkGuardrail(input.DeploymentConfig, deployment.fleets);
  const { guardrail, dropped } = effectiveGuardrail(wanted, endpoint.fleets, deployment.fleets);
  if (guardrail) checkStepCounts(guardrail, deployment.fleets);
  checkQuotas(context, [...deployment.fleets, ...deployment.shadows]);
  if (dropped) context.control.hazard('guardrail-dropped', `endpoint ${endpoint.name}: ${dropped}`);
  const fault = context.control.takeFault('UpdateEndpoint', input);
  startUpdate(context, endpoint, {
    ...deployment,
    capture,
    guardrail,
    failure: fault && (fault.reason ?? 'The primary container did not pass the ping health check.'),
  });
  return { EndpointArn: endpoint.arn };
}

function rescale(context: CallContext, endpoint: EndpointRecord, wanted: DesiredWeightAndCapacity[]): void {
  const names = wanted.map((desired) => desired.VariantName!);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`Duplicate variant "${twice}" in DesiredWeightsAndCapacities.`);
  // "Weight of one or more variants, or capacity of one variant", says the API.
  const resized = wanted.filter((desired) => desired.DesiredInstanceCount !== undefined).map((desired) => desired.VariantName!);
  if (resized.length > 1) throw invalid(`DesiredInstanceCount can be specified for one production variant in a request, got it for ${resized.join(', ')}.`);
  const scalesToZero = context.state.endpointConfigs.get(endpoint.configName.toLowerCase())?.input.AsyncInferenceConfig !== undefined;
  const pairs = wanted.map((desired) => {
    const fleet = endpoint.fleets.find((other) => other.name === desired.VariantName);
    if (!fleet) throw invalid(`Could not find production variant "${desired.VariantName}" in endpoint "${endpoint.arn}".`);
    if (desired.DesiredInstanceCount === 0 && fleet.config.ModelName !== undefined && !scalesToZero) {
      throw invalid(`DesiredInstanceCount of production variant "${fleet.name}" must be at least 1: only asynchronous endpoints scale to zero.`);
    }
    return { fleet, desired };
  });
  const grown = pairs.map(({ fleet, desired }) => {
    const desiredCount = desired.DesiredInstanceCount ?? fleet.desiredCount;
    return { ...fleet, desiredCount, currentCount: 0, pools: undefined };
  });
  checkQuotas(context, grown, pairs.map(({ fleet }) => fleet));
  for (const { fleet, desired } of pairs) {
    fleet.desiredWeight = desired.DesiredWeight ?? fleet.desiredWeight;
    fleet.desiredCount = desired.DesiredInstanceCount ?? fleet.desiredCount;
  }
  if (endpoint.fleets.every((fleet) => fleet.desiredWeight === 0)) {
    context.control.hazard('all-weights-zero', `endpoint ${endpoint.name}: no variant gets traffic`);
  }
}

function updateWeights(context: CallContext, input: UpdateEndpointWeightsAndCapacitiesInput): object {
  const endpoint = lookup.endpoint(context, input.EndpointName!);
  refuseUnlessInService(endpoint);
  rescale(context, endpoint, input.DesiredWeightsAndCapacities!);
  const fault = context.control.takeFault('UpdateEndpointWeightsAndCapacities', input);
  startRescale(context, endpoint, fault && (fault.reason ?? 'Unable to change the weights and capacities of the endpoint.'));
  return { EndpointArn: endpoint.arn };
}

/** What Application Auto Scaling does to a variant: the same call, made by the service. */
export function scaleVariant(context: CallContext, endpointName: string, variantName: string, count: number): void {
  const endpoint = lookup.endpoint(context, endpointName);
  refuseUnlessInService(endpoint);
  rescale(context, endpoint, [{ VariantName: variantName, DesiredInstanceCount: count }]);
  startRescale(context, endpoint, undefined);
}

function remove(context: CallContext, input: DeleteEndpointInput): void {
  const endpoint = lookup.endpoint(context, input.EndpointName!);
  refuseBusy(endpoint);
  releaseScalableTargets(context, endpoint);
  startDeletion(context, endpoint, context.control.takeFault('DeleteEndpoint', input)?.reason);
}

const endpointOf = (context: CallContext, input: { EndpointName?: string }): string[] => [sagemakerArn(context, 'endpoint', input.EndpointName!)];
const endpointAndConfig = (context: CallContext, input: { EndpointName?: string; EndpointConfigName?: string }): string[] =>
  [...endpointOf(context, input), sagemakerArn(context, 'endpoint-config', input.EndpointConfigName!)];

export const ENDPOINT_OPERATIONS: Record<string, Operation> = {
  CreateEndpoint: { run: create, resources: endpointAndConfig },
  UpdateEndpoint: { run: update, resources: endpointAndConfig },
  UpdateEndpointWeightsAndCapacities: { run: updateWeights, resources: endpointOf },
  DeleteEndpoint: { run: remove, resources: endpointOf },
  DescribeEndpoint: { run: (context, input: DescribeEndpointInput) => describeEndpoint(context, input.EndpointName!), resources: endpointOf },
  ListEndpoints: {
    run(context, input: ListInput) {
      const { items, next } = list(context.state.endpoints.values(), input);
      return {
        Endpoints: items.map((record) => ({
          EndpointName: record.name,
          EndpointArn: record.arn,
          CreationTime: timestamp(record.created),
          LastModifiedTime: timestamp(record.modified),
          EndpointStatus: record.status,
        })),
        NextToken: next,
      };
    },
    resources: () => ['*'],
  },
};
