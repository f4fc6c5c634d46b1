import type { CapacitySize, DeploymentConfig, TrafficRoutingConfig } from '@aws-sdk/client-sagemaker';
import { invalid } from '../errors';
import type { CallContext } from '../service';
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
export function checkGuardrail(guardrail: DeploymentConfig, variants: number): void {
  const { BlueGreenUpdatePolicy: blueGreen, RollingUpdatePolicy: rolling } = guardrail;
  if (blueGreen && rolling) throw invalid('Cannot specify both BlueGreenUpdatePolicy and RollingUpdatePolicy.');
  if (guardrail.AutoRollbackConfiguration && !blueGreen && !rolling) {
    throw invalid('AutoRollbackConfiguration requires a BlueGreenUpdatePolicy or a RollingUpdatePolicy.');
  }
  if (blueGreen) {
    checkRouting(blueGreen.TrafficRoutingConfiguration!);
    const waits = (blueGreen.TerminationWaitInSeconds ?? 0) + blueGreen.TrafficRoutingConfiguration!.WaitIntervalInSeconds!;
    const limit = blueGreen.MaximumExecutionTimeoutInSeconds;
    if (limit !== undefined && limit <= waits) {
      throw invalid(`MaximumExecutionTimeoutInSeconds must be larger than the waits of the deployment, got ${limit} for waits of ${waits}.`);
    }
  }
  if (rolling) {
    if (variants > 1) throw invalid('RollingUpdatePolicy is not supported for endpoints with multiple production variants.');
    checkSize('MaximumBatchSize', rolling.MaximumBatchSize, 5, 50);
  }
}

/** A guardrail only works between fleets of the same variants; else AWS switches all at once, without baking and without a word. */
export function effectiveGuardrail(
  context: CallContext, endpoint: string, guardrail: DeploymentConfig | undefined, before: Fleet[], after: Fleet[],
): DeploymentConfig | undefined {
  if (!guardrail?.BlueGreenUpdatePolicy && !guardrail?.RollingUpdatePolicy) return undefined;
  const names = (fleets: Fleet[]): string => fleets.map((fleet) => fleet.name).sort().join();
  if (names(before) === names(after)) return guardrail;
  context.control.hazard('guardrail-dropped', `endpoint ${endpoint}: its variants change, so it is updated all at once`);
  return undefined;
}

/** Seconds of baking: the waits between the steps of the traffic shift. */
export function bakingSeconds(guardrail: DeploymentConfig | undefined): number {
  const routing = guardrail?.BlueGreenUpdatePolicy?.TrafficRoutingConfiguration;
  if (routing) {
    const steps = routing.Type === 'LINEAR' ? Math.ceil(100 / (percent(routing.LinearStepSize) ?? 10)) : routing.Type === 'CANARY' ? 2 : 1;
    return steps * routing.WaitIntervalInSeconds!;
  }
  const rolling = guardrail?.RollingUpdatePolicy;
  return rolling ? Math.ceil(100 / (percent(rolling.MaximumBatchSize) ?? 50)) * rolling.WaitIntervalInSeconds! : 0;
}

/** Seconds that the old fleet stays after the shift. */
export function terminationSeconds(guardrail: DeploymentConfig | undefined): number {
  return guardrail?.BlueGreenUpdatePolicy?.TerminationWaitInSeconds ?? 0;
}

/** The alarms that stop this deployment. */
export function rollbackAlarms(guardrail: DeploymentConfig | undefined): string[] {
  return (guardrail?.AutoRollbackConfiguration?.Alarms ?? []).map((alarm) => alarm.AlarmName!);
}
