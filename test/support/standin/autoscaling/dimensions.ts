import { invalid } from '../errors';
import type { CallContext, ConditionKeys } from '../service';
import type { EndpointRecord, Fleet } from '../state';

/** What may be scaled of a SageMaker variant, with the predefined metrics that fit. */
export const DIMENSIONS: Record<string, string[]> = {
  'sagemaker:variant:DesiredInstanceCount': [
    'SageMakerVariantInvocationsPerInstance', 'SageMakerVariantConcurrentRequestsPerModelHighResolution',
  ],
  'sagemaker:variant:DesiredProvisionedConcurrency': ['SageMakerVariantProvisionedConcurrencyUtilization'],
};

/** The members that name a scalable target in every request. */
export interface TargetName {
  ServiceNamespace?: string;
  ResourceId?: string;
  ScalableDimension?: string;
}

/** Condition keys of every action that names a target (service authorization reference of Application Auto Scaling, 2026-11). */
export function targetConditionKeys(_: CallContext, name: TargetName): ConditionKeys[] {
  return [{ 'application-autoscaling:service-namespace': name.ServiceNamespace!, 'application-autoscaling:scalable-dimension': name.ScalableDimension! }];
}

export function targetKey(name: TargetName): string {
  return `${name.ServiceNamespace}|${name.ResourceId}|${name.ScalableDimension}`;
}

/** How the service names a target in its messages. */
export function describeTarget(name: TargetName): string {
  return `service namespace: ${name.ServiceNamespace}, resource ID: ${name.ResourceId}, scalable dimension: ${name.ScalableDimension}`;
}

/** The endpoint and variant behind a resource id; refuses one that does not exist. */
export function resolve(context: CallContext, name: TargetName): { endpoint: EndpointRecord; fleet: Fleet } {
  if (name.ServiceNamespace !== 'sagemaker') throw invalid(`Unsupported service namespace in the stand-in: ${name.ServiceNamespace}`);
  if (!Object.hasOwn(DIMENSIONS, name.ScalableDimension!)) {
    throw invalid(`Unsupported service namespace, resource type or scalable dimension: ${name.ScalableDimension}`);
  }
  const match = /^endpoint\/([^/]+)\/variant\/([^/]+)$/.exec(name.ResourceId!);
  if (!match) throw invalid(`Unsupported resource ID for service namespace sagemaker: ${name.ResourceId}`);
  const [, endpointName, variantName] = match;
  const endpoint = context.state.endpoints.get(endpointName.toLowerCase());
  if (endpoint?.name !== endpointName) throw invalid(`No such endpoint: ${endpointName}`);
  const fleet = [...endpoint.fleets, ...endpoint.pending?.fleets ?? []].find((other) => other.name === variantName);
  if (!fleet) throw invalid(`No such variant: ${variantName} in endpoint ${endpointName}`);
  return { endpoint, fleet };
}
