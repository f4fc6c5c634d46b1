import { Annotations, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { InferenceEndpointProps } from './endpoint-props';
import type { EndpointVariant } from './endpoint-variant';
import { PurchaseOption } from '../hardware';
import { problemText, type Problem } from '../private/problems';

/** What is allowed and deserves a look all the same. Users acknowledge a warning by its id: part of the API. */
export function warnOf(endpoint: IConstruct, variant: EndpointVariant, props: InferenceEndpointProps): void {
  const { endpointName, volumeEncryptionKey } = props;
  const { scaling } = variant;
  if (endpointName !== undefined && scaling !== undefined) warn(endpoint, 'scalingWithFixedName', fixedName(endpointName));
  if (scaling !== undefined && !follows(variant)) {
    warn(variant, 'scalingWithoutPolicy', {
      prop: 'scaling',
      got: `${shown(scaling.minInstances ?? 1)} to ${shown(scaling.maxInstances)} instances and nothing that moves the number${variant.asynchronous ? ' back to the least' : ''}`,
      allowed: variant.asynchronous ? '`backlogPerInstance`, `steps` or `schedules`' : '`invocationsPerInstance`, `concurrentRequestsPerInstance`, `steps` or `schedules`',
      fix: 'say what the number follows, or acknowledge this warning when you add policies to `scalableTarget`',
    });
  }
  const instances = [variant.instanceType, ...variant.fallbackInstanceTypes];
  const reserved = instances.filter((instance) => instance.purchase !== PurchaseOption.ON_DEMAND);
  if (reserved.length > 0 && !variant.hasCapacityReservation) {
    warn(variant, 'soldByReservationOnly', {
      prop: 'capacityReservationArn',
      got: `nothing for ${reserved.join(', ')}`,
      allowed: 'the ARN of a reservation: this type is sold by capacity blocks and training plans, with no on-demand price known',
      fix: 'give `capacityReservationArn`, or acknowledge this warning when your account has the capacity',
    });
  }
  const local = instances.filter((instance) => !instance.allowsHostingVolume);
  if (volumeEncryptionKey !== undefined && local.length > 0) {
    warn(variant, 'volumeKeyNotUsed', {
      prop: 'volumeEncryptionKey',
      got: `a key with ${local.join(', ')}`,
      allowed: 'a key, which encrypts EBS volumes only (ml.inf1, ml.inf2, ml.p3): the local storage of these types is encrypted by the hardware with keys of its own',
      fix: 'move the variant to a type without local storage where the key is a must, or acknowledge this warning',
    });
  }
  if (variant.instanceType.isGpu && variant.inferenceAmi === undefined) {
    warn(variant, 'driverNotKnown', {
      prop: 'inferenceAmi',
      got: 'nothing, for a container whose CUDA version is not known or has no machine image',
      allowed: 'a machine image whose driver serves the container; with an older driver the endpoint stays in Creating and logs nothing',
      fix: 'say the container\'s `cudaVersion`, or give `inferenceAmi`',
    });
  }
}

const shown = (count: number) => Token.isUnresolved(count) ? 'a number' : String(count);

function follows({ scaling, asynchronous }: EndpointVariant): boolean {
  if (scaling === undefined) return false;
  const { invocationsPerInstance, concurrentRequestsPerInstance, backlogPerInstance, steps, schedules } = scaling;
  const tracked = asynchronous ? backlogPerInstance : invocationsPerInstance ?? concurrentRequestsPerInstance;
  return tracked !== undefined || (steps ?? []).length > 0 || (schedules ?? []).length > 0;
}

/**
 * SageMaker refuses to remove a variant, or to change its instance type, while it is a scalable target. With a
 * name of CloudFormation's own, a new endpoint can be made beside the old one; a fixed name is taken.
 */
function fixedName(endpointName: string): Problem {
  return {
    prop: 'endpointName',
    got: `${Token.isUnresolved(endpointName) ? 'a fixed name' : JSON.stringify(endpointName)} with a variant that scales`,
    allowed: 'both together, as long as such a variant keeps its instance type and is not removed in the same deploy as its scaling',
    fix: 'put new hardware into a new variant, and remove a variant in two deploys: first its `scaling`, then the variant; acknowledge this warning once you know',
  };
}

function warn(scope: IConstruct, id: string, problem: Problem): void {
  Annotations.of(scope).addWarningV2(`cdk-accelerators:${id}`, problemText(problem));
}
