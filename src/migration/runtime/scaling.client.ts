import { ApplicationAutoScalingClient, paginateDescribeScalableTargets, RegisterScalableTargetCommand } from '@aws-sdk/client-application-auto-scaling';
import { refusal, type WriteResult } from './sagemaker.client';
import type { ScalingState } from '../core/controller/types';

const scaling = new ApplicationAutoScalingClient({});

const DIMENSION = { ServiceNamespace: 'sagemaker', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' } as const;

const resourceId = (endpoint: string, variant: string) => `endpoint/${endpoint}/variant/${variant}`;

/** Scalable targets by name of the variant; those that are not registered are left out. */
export async function describeScaling(endpoint: string, variants: readonly string[]): Promise<ReadonlyMap<string, ScalingState>> {
  const found = new Map<string, ScalingState>();
  const pages = paginateDescribeScalableTargets({ client: scaling }, { ...DIMENSION, ResourceIds: variants.map((variant) => resourceId(endpoint, variant)) });
  for await (const { ScalableTargets: targets = [] } of pages) {
    for (const { ResourceId: id, MinCapacity: min, MaxCapacity: max, SuspendedState: suspended } of targets) {
      const variant = variants.find((name) => resourceId(endpoint, name) === id);
      if (variant === undefined || min === undefined || max === undefined) continue;
      found.set(variant, {
        min, max, scaleInSuspended: suspended?.DynamicScalingInSuspended ?? false, scaleOutSuspended: suspended?.DynamicScalingOutSuspended ?? false,
      });
    }
  }
  return found;
}

/** Limits and suspensions of a target that exists. Scheduled scaling is left as it is. */
export async function setScaling(endpoint: string, variant: string, wanted: ScalingState): Promise<WriteResult> {
  try {
    await scaling.send(new RegisterScalableTargetCommand({
      ...DIMENSION,
      ResourceId: resourceId(endpoint, variant),
      MinCapacity: wanted.min,
      MaxCapacity: wanted.max,
      SuspendedState: { DynamicScalingInSuspended: wanted.scaleInSuspended, DynamicScalingOutSuspended: wanted.scaleOutSuspended },
    }));
    return { status: 'done' };
  } catch (error) {
    const { status, message } = refusal(error as Error);
    return { status, message: `scaling of ${variant}: ${message}` };
  }
}
