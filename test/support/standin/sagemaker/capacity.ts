import { ServiceError } from '../errors';
import type { CallContext } from '../service';
import type { EndpointRecord, Fleet } from '../state';

/** Instances by type that these fleets hold, or will hold. */
function held(fleets: Fleet[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const fleet of fleets) {
    const count = Math.max(fleet.currentCount, fleet.desiredCount);
    const byType = fleet.pools ?? (fleet.config.InstanceType ? { [fleet.config.InstanceType]: count } : {});
    for (const [type, instances] of Object.entries(byType)) sum.set(type, (sum.get(type) ?? 0) + instances);
  }
  return sum;
}

/** Every fleet that runs now in the region, except those of `without`. */
function running(context: CallContext, without?: Fleet[]): Fleet[] {
  return [...context.state.endpoints.values()]
    .filter((endpoint) => endpoint.status !== 'Failed')
    .flatMap((endpoint) => [...endpoint.fleets, ...endpoint.shadows])
    .filter((fleet) => !without?.includes(fleet));
}

/** The refusal of a request that goes over a quota, which bears the name of a type and its use. */
export function limitExceeded(quota: string, limit: number, now: number, more: number): ServiceError {
  return new ServiceError('ResourceLimitExceeded',
    `The account-level service limit '${quota}' is ${limit} Instances, with current utilization of ${now} Instances `
    + `and a request delta of ${more} Instances. Please use AWS Service Quotas to request an increase for this quota. `
    + 'If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.');
}

/** Refuses a request that would go over an account quota. Old and new fleet of an update stand side by side, so both count. */
export function checkQuotas(context: CallContext, wanted: Fleet[], without?: Fleet[]): void {
  const used = held(running(context, without));
  for (const [type, more] of held(wanted)) {
    const limit = context.control.quotas.get(type);
    const now = used.get(type) ?? 0;
    if (limit !== undefined && now + more > limit) throw limitExceeded(`${type} for endpoint usage`, limit, now, more);
  }
}

/**
 * Takes the instances of new fleets from what the region has. A variant with instance pools goes down its priorities. Returns the
 * failure reason when there are not enough.
 */
export function provision(context: CallContext, fleets: Fleet[], without?: Fleet[]): string | undefined {
  const used = held(running(context, without));
  const take = (type: string, wanted: number): number => {
    const limit = context.control.capacity.get(type);
    const now = used.get(type) ?? 0;
    const got = limit === undefined ? wanted : Math.max(0, Math.min(wanted, limit - now));
    used.set(type, now + got);
    return got;
  };
  for (const fleet of fleets) {
    const pools = [...fleet.config.InstancePools ?? []].sort((a, b) => a.Priority! - b.Priority!);
    const types = pools.length > 0 ? pools.map((pool) => pool.InstanceType!) : [fleet.config.InstanceType].filter((type) => type !== undefined);
    let missing = types.length > 0 ? fleet.desiredCount : 0;
    const taken: Record<string, number> = {};
    for (const type of types) {
      taken[type] = take(type, missing);
      missing -= taken[type];
    }
    if (missing > 0) {
      return `Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error for production variant ${fleet.name}. `
        + 'Please retry using a different ML instance type or after some time.';
    }
    if (pools.length > 0) fleet.pools = taken;
  }
  return undefined;
}

/** All fleets of an endpoint. */
export function fleetsOf(endpoint: EndpointRecord): Fleet[] {
  return [...endpoint.fleets, ...endpoint.shadows];
}
