import { fleetsOf, provision } from './capacity';
import { bakingSeconds, rollbackAlarms, terminationSeconds } from './guardrails';
import type { CallContext } from '../service';
import type { Deployment, EndpointRecord, Fleet } from '../state';

/** The life of an endpoint: every change takes its time, may fail, and ends in InService, Failed or gone. */

function touch(context: CallContext, endpoint: EndpointRecord): void {
  endpoint.modified = context.clock.now();
}

function later(context: CallContext, deployment: { cancel: () => void }, seconds: number, action: () => void): void {
  deployment.cancel = context.clock.after(seconds * 1000, action);
}

/** New fleets take up their desired counts and weights. What came in until now went the old way. */
function settle(context: CallContext, fleets: Fleet[]): Fleet[] {
  context.traffic.cut();
  for (const fleet of fleets) {
    fleet.currentCount = fleet.desiredCount;
    fleet.currentWeight = fleet.desiredWeight;
  }
  return fleets;
}

function adopt(context: CallContext, endpoint: EndpointRecord, deployment: Deployment): void {
  endpoint.fleets = settle(context, deployment.fleets);
  endpoint.shadows = settle(context, deployment.shadows);
  endpoint.configName = deployment.configName;
  endpoint.capture = deployment.capture;
  if (deployment.guardrail) endpoint.lastGuardrail = deployment.guardrail;
  endpoint.pending = undefined;
  endpoint.failureReason = undefined;
  endpoint.status = 'InService';
  touch(context, endpoint);
}

/** The first fleets of an endpoint. A failure here is final: the endpoint can only be deleted. */
export function startCreation(context: CallContext, endpoint: EndpointRecord, deployment: Deployment): void {
  endpoint.pending = deployment;
  later(context, deployment, context.control.durations.creating, () => {
    const failure = deployment.failure ?? provision(context, [...deployment.fleets, ...deployment.shadows]);
    if (failure === undefined) return adopt(context, endpoint, deployment);
    endpoint.status = 'Failed';
    endpoint.failureReason = failure;
    endpoint.pending = undefined;
    touch(context, endpoint);
  });
}

/** Back to the old fleets, which never stopped serving. */
export function rollBack(context: CallContext, endpoint: EndpointRecord, reason: string): void {
  const deployment = endpoint.pending!;
  deployment.cancel();
  endpoint.status = 'RollingBack';
  touch(context, endpoint);
  later(context, deployment, context.control.durations.rollingBack, () => {
    endpoint.pending = undefined;
    endpoint.failureReason = reason;
    endpoint.status = 'InService';
    touch(context, endpoint);
  });
}

function enter(context: CallContext, deployment: Deployment, stage: Deployment['stage']): void {
  deployment.stage = stage;
  deployment.stageStarted = context.clock.now();
}

/** The alarm of this deployment that is in ALARM, if any. */
function ringing(context: CallContext, deployment: Deployment): string | undefined {
  return rollbackAlarms(deployment.guardrail).find((name) => context.control.alarms.has(name));
}

const alarmReason = (name: string): string => `The deployment was rolled back because the alarm ${name} went into ALARM.`;

/** New fleets beside the old ones: provision, shift and bake, wait, then drop the old ones. */
export function startUpdate(context: CallContext, endpoint: EndpointRecord, deployment: Deployment): void {
  const { durations } = context.control;
  endpoint.pending = deployment;
  endpoint.status = 'Updating';
  endpoint.failureReason = undefined;
  touch(context, endpoint);
  const finish = (): void => adopt(context, endpoint, deployment);
  const bake = (): void => {
    const alarm = ringing(context, deployment);
    if (alarm) return rollBack(context, endpoint, alarmReason(alarm));
    later(context, deployment, terminationSeconds(deployment.guardrail) * durations.guardrailScale, finish);
  };
  later(context, deployment, durations.updating, () => {
    // A blue/green update needs both fleets at once.
    const failure = deployment.failure ?? provision(context, [...deployment.fleets, ...deployment.shadows]);
    if (failure !== undefined) return rollBack(context, endpoint, failure);
    const baking = bakingSeconds(deployment.guardrail, deployment.fleets) * durations.guardrailScale;
    enter(context, deployment, baking > 0 ? 'Baking' : 'ActivatingTraffic');
    later(context, deployment, baking, bake);
  });
}

/** Weights or counts of the fleets that there are. Desired values are set by the caller. */
export function startRescale(context: CallContext, endpoint: EndpointRecord, failure: string | undefined): void {
  endpoint.status = 'Updating';
  endpoint.failureReason = undefined;
  touch(context, endpoint);
  const fleets = fleetsOf(endpoint);
  const done = (reason?: string): void => {
    endpoint.status = 'InService';
    endpoint.failureReason = reason;
    touch(context, endpoint);
  };
  context.clock.after(context.control.durations.weights * 1000, () => {
    const reason = failure ?? provision(context, fleets, fleets);
    if (reason === undefined) {
      settle(context, fleets);
      return done();
    }
    endpoint.status = 'RollingBack';
    for (const fleet of fleets) {
      fleet.desiredCount = fleet.currentCount;
      fleet.desiredWeight = fleet.currentWeight;
    }
    context.clock.after(context.control.durations.rollingBack * 1000, () => done(reason));
  });
}

/** The endpoint leaves, with its tags. A failed deletion leaves it as it was. */
export function startDeletion(context: CallContext, endpoint: EndpointRecord, failure: string | undefined): void {
  const before = endpoint.status;
  endpoint.status = 'Deleting';
  touch(context, endpoint);
  context.clock.after(context.control.durations.deleting * 1000, () => {
    if (failure !== undefined) {
      endpoint.status = before;
      endpoint.failureReason = failure;
      return;
    }
    context.traffic.cut();
    context.state.endpoints.delete(endpoint.name.toLowerCase());
    context.state.tags.delete(endpoint.arn);
  });
}

/** An alarm went off: every deployment that bakes under it goes back at once. */
export function alarmRaised(context: CallContext): void {
  for (const endpoint of context.state.endpoints.values()) {
    const deployment = endpoint.pending;
    if (endpoint.status !== 'Updating' || deployment?.stage !== 'Baking') continue;
    const alarm = ringing(context, deployment);
    if (alarm) rollBack(context, endpoint, alarmReason(alarm));
  }
}
