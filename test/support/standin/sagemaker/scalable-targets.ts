import type { ProductionVariant } from '@aws-sdk/client-sagemaker';
import { invalid } from '../errors';
import type { CallContext } from '../service';
import type { EndpointRecord, ScalableTargetRecord } from '../state';

/** What SageMaker has to know of Application Auto Scaling: which variants are registered. */

function targetOf(context: CallContext, endpoint: EndpointRecord, variant: string): ScalableTargetRecord | undefined {
  const resourceId = `endpoint/${endpoint.name}/variant/${variant}`;
  return [...context.state.targets.values()].find((target) => target.input.ResourceId === resourceId);
}

/** A registered variant can neither leave the endpoint nor change its instance type: it must be deregistered first. */
export function checkScalableTargets(context: CallContext, endpoint: EndpointRecord, wanted: ProductionVariant[]): void {
  for (const fleet of endpoint.fleets) {
    if (!targetOf(context, endpoint, fleet.name)) continue;
    const next = wanted.find((variant) => variant.VariantName === fleet.name);
    const what = next === undefined ? 'remove' : next.InstanceType !== fleet.config.InstanceType ? 'change the instance type of' : undefined;
    if (what) {
      throw invalid(`Cannot ${what} production variant "${fleet.name}" of endpoint "${endpoint.arn}": it is registered as a scalable target. `
        + 'Deregister it from Application Auto Scaling first.');
    }
  }
}

/** DeleteEndpoint deregisters what is left, in the name of the caller. */
export function releaseScalableTargets(context: CallContext, endpoint: EndpointRecord): void {
  const { targets, policies, scheduledActions } = context.state;
  const prefix = `endpoint/${endpoint.name}/variant/`;
  for (const records of [targets, policies, scheduledActions]) {
    for (const [key, record] of records) if (record.input.ResourceId!.startsWith(prefix)) records.delete(key);
  }
}
