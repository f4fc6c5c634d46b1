import { DescribeEndpointCommand, SageMakerClient, UpdateEndpointWeightsAndCapacitiesCommand, type DesiredWeightAndCapacity } from '@aws-sdk/client-sagemaker';
import type { EndpointSeen } from '../core/controller/types';

/** What came of a write. `busy`: not now, the same again at the next tick. */
export interface WriteResult {
  readonly status: 'done' | 'busy' | 'failed';
  readonly message?: string;
}

const sagemaker = new SageMakerClient({});

/** The endpoint as it is now. Fails when it cannot be seen: nothing may be decided blindly. */
export async function describeEndpoint(name: string): Promise<EndpointSeen> {
  const endpoint = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
  return {
    status: endpoint.EndpointStatus!,
    configName: endpoint.EndpointConfigName ?? '',
    pendingDeployment: endpoint.PendingDeploymentSummary !== undefined,
    variants: (endpoint.ProductionVariants ?? []).map((variant) => ({
      name: variant.VariantName!,
      currentWeight: variant.CurrentWeight ?? 0,
      desiredWeight: variant.DesiredWeight ?? 0,
      currentCount: variant.CurrentInstanceCount ?? 0,
      desiredCount: variant.DesiredInstanceCount ?? 0,
    })),
  };
}

/** Weights of several variants, absolute, in one call. */
export async function setWeights(endpoint: string, weights: Readonly<Record<string, number>>): Promise<WriteResult> {
  return update(endpoint, Object.entries(weights).map(([VariantName, DesiredWeight]) => ({ VariantName, DesiredWeight })));
}

/** Instances of one variant, absolute: a call takes the "capacity of one variant" (API reference, UpdateEndpointWeightsAndCapacities). */
export async function setCapacity(endpoint: string, variant: string, count: number): Promise<WriteResult> {
  return update(endpoint, [{ VariantName: variant, DesiredInstanceCount: count }]);
}

async function update(endpoint: string, wanted: DesiredWeightAndCapacity[]): Promise<WriteResult> {
  try {
    await sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: endpoint, DesiredWeightsAndCapacities: wanted }));
    return { status: 'done' };
  } catch (error) {
    return refusal(error as Error);
  }
}

/**
 * Whether a refused write passes by itself: SageMaker in another update of the endpoint ("Cannot update in-progress endpoint", a
 * ValidationException that only its text tells apart), too many calls, a fault of the service, no connection.
 */
export function refusal(error: Error & { $fault?: 'client' | 'server' }): WriteResult {
  const passing = /in-progress/i.test(error.message) || /throttl|toomanyrequests|conflict|concurrentupdate|timeout|abort/i.test(error.name)
    || error.$fault !== 'client';
  return { status: passing ? 'busy' : 'failed', message: `${error.name}: ${error.message}` };
}
