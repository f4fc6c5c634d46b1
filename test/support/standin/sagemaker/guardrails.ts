import type { CapacitySize, DeploymentConfig, TrafficRoutingConfig } from '@aws-sdk/client-sagemaker';
import { family } from './local-storage';
import { instanceTypes } from './variants';
import { invalid } from '../errors';
import type { Fleet } from '../state';

function percent(size: CapacitySize | undefined): number | undefined {
  return size?.Type === 'CAPACITY_PERCENT' ? size.Value : undefined;
}

function checkSize(what: string, size: CapacitySize | undefined, least: number, most: number): void {
  const value = percent(size);
  if (value !== undefined && (value < least || value > most)) {
    throw invalid(`${what} must be between ${least} and ${most} percent of the capacity, got ${value}.`);
  }
}

function checkRouting(routing: TrafficRoutingConfig): void {
  const { Type: type, CanarySize: canary, LinearStepSize: linear } = routing;
  if (type === 'CANARY' && !canary) throw invalid('CanarySize is required when the traffic routing type is CANARY.');
  if (type === 'LINEAR' && !linear) throw invalid('LinearStepSize is required when the traffic routing type is LINEAR.');
  if (type !== 'CANARY' && canary) throw invalid(`CanarySize cannot be specified when the traffic routing type is ${type}.`);
  if (type !== 'LINEAR' && linear) throw invalid(`LinearStepSize cannot be specified when the traffic routing type is ${type}.`);
  checkSize('CanarySize', canary, 1, 50);
  checkSize('LinearStepSize', linear, 10, 50);
}

/** The rules of a deployment configuration that its shape cannot say. At most 10 alarms is in the shape. */
export function checkGuardrail(guardrail: DeploymentConfig, fleets: Fleet[]): void {
  const { BlueGreenUpdatePolicy: blueGreen, RollingUpdatePolicy: rolling } = guardrail;
  if (blueGreen && rolling) throw invalid('Cannot specify both BlueGreenUpdatePolicy and RollingUpdatePolicy.');
  if (guardrail.AutoRollbackConfiguration && !blueGreen && !rolling) {
    throw invalid('AutoRollbackConfiguration requires a BlueGreenUpdatePolicy or a RollingUpdatePolicy.');
  }
  if (blueGreen) {
    checkRouting(blueGreen.TrafficRoutingConfiguration!);
    const waits = terminationSeconds(guardrail) + bakingSeconds(guardrail, fleets);
    const limit = blueGreen.MaximumExecutionTimeoutInSeconds;
    if (limit !== undefined && limit <= waits) {
      throw invalid(`MaximumExecutionTimeoutInSeconds must be larger than the waits of the deployment, got ${limit} for waits of ${waits}.`);
    }
  }
  if (rolling) checkSize('MaximumBatchSize', rolling.MaximumBatchSize, 5, 50);
}

/** Steps that are counted in instances are held to the same shares as those in percent, of every variant that is replaced. */
export function checkStepCounts(guardrail: DeploymentConfig, fleets: Fleet[]): void {
  const routing = guardrail.BlueGreenUpdatePolicy?.TrafficRoutingConfiguration;
  const steps: [string, CapacitySize | undefined, number][] = [
    ['CanarySize', routing?.CanarySize, 0],
    ['LinearStepSize', routing?.LinearStepSize, 10],
    ['MaximumBatchSize', guardrail.RollingUpdatePolicy?.MaximumBatchSize, 5],
  ];
  for (const [what, size, least] of steps) {
    if (size?.Type !== 'INSTANCE_COUNT') continue;
    for (const { name, desiredCount } of fleets) {
      const share = 100 * size.Value! / desiredCount;
      // Without instances, serverless or scaled to zero, there is nothing to take a share of.
      if (desiredCount === 0 || (share >= least && share <= 50)) continue;
      throw invalid(`${what} must be between ${least} and 50 percent of the capacity, got ${size.Value} of the ${desiredCount} instances of production variant "${name}".`);
    }
  }
}

/**
 * Why a deployment configuration does not hold for this update, if so. AWS then switches all at once, without baking, without alarms
 * and without a word (deployment-guardrails-exclusions of the developer guide; its Marketplace containers cannot be told here).
 */
function exclusion(guardrail: DeploymentConfig, before: Fleet[], after: Fleet[]): string | undefined {
  const names = (fleets: Fleet[]): string => fleets.map((fleet) => fleet.name).sort().join();
  if (names(before) !== names(after)) return 'its variants change';
  if ([...before, ...after].some(({ config }) => instanceTypes(config).some((type) => family(type) === 'inf1'))) return 'it uses Inf1 instances';
  if (!guardrail.RollingUpdatePolicy) return undefined;
  if (after.length > 1) return 'a rolling update takes a single variant';
  return after.some(({ config }) => config.ServerlessConfig) ? 'a rolling update takes no serverless variant' : undefined;
}

/** What of a deployment configuration holds for an update, and the hazard there is when nothing of it does. */
export function effectiveGuardrail(
  guardrail: DeploymentConfig | undefined, before: Fleet[], after: Fleet[],
): { guardrail?: DeploymentConfig; dropped?: string } {
  if (!guardrail?.BlueGreenUpdatePolicy && !guardrail?.RollingUpdatePolicy) return {};
  const reason = exclusion(guardrail, before, after);
  return reason === undefined ? { guardrail } : { dropped: `${reason}, so it is updated all at once` };
}

/** In how many steps of this size the fleets are replaced: as many as the largest of them needs. */
function stepCount(size: CapacitySize, fleets: Fleet[]): number {
  if (size.Type === 'CAPACITY_PERCENT') return Math.ceil(100 / size.Value!);
  return Math.max(1, ...fleets.map((fleet) => Math.ceil(fleet.desiredCount / size.Value!)));
}

/** Seconds of baking: every step of the traffic shift waits its interval, the last one too. */
export function bakingSeconds(guardrail: DeploymentConfig | undefined, fleets: Fleet[]): number {
  const routing = guardrail?.BlueGreenUpdatePolicy?.TrafficRoutingConfiguration;
  if (routing) {
    const steps = routing.Type === 'LINEAR' ? stepCount(routing.LinearStepSize!, fleets) : routing.Type === 'CANARY' ? 2 : 1;
    return steps * routing.WaitIntervalInSeconds!;
  }
  const rolling = guardrail?.RollingUpdatePolicy;
  return rolling ? stepCount(rolling.MaximumBatchSize!, fleets) * rolling.WaitIntervalInSeconds! : 0;
}

/** Seconds that the old fleet stays after the shift. */
export function terminationSeconds(guardrail: DeploymentConfig | undefined): number {
  return guardrail?.BlueGreenUpdatePolicy?.TerminationWaitInSeconds ?? 0;
}

/** The alarms that stop this deployment. */
export function rollbackAlarms(guardrail: DeploymentConfig | undefined): string[] {
  return (guardrail?.AutoRollbackConfiguration?.Alarms ?? []).map((alarm) => alarm.AlarmName!);
}
