import * as lookup from './lookup';
import { timestamp, type CallContext } from '../service';
import type { Deployment, EndpointRecord, Fleet } from '../state';

/** Members whose value is not there are left out of the answer, but a weight or count of 0 is a value. */
function given(members: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function images(context: CallContext, fleet: Fleet): object[] | undefined {
  const model = fleet.config.ModelName === undefined ? undefined : context.state.models.get(fleet.config.ModelName.toLowerCase());
  if (!model) return undefined;
  const containers = model.input.Containers ?? [model.input.PrimaryContainer!];
  return containers.filter((container) => container.Image).map((container) => ({
    SpecifiedImage: container.Image, ResolvedImage: container.Image, ResolutionTime: timestamp(model.created),
  }));
}

function fleetSummary(context: CallContext, fleet: Fleet, extra: Record<string, unknown>): object {
  const serverless = fleet.config.ServerlessConfig;
  return given({
    VariantName: fleet.name,
    DeployedImages: images(context, fleet),
    CurrentWeight: fleet.currentWeight,
    DesiredWeight: fleet.desiredWeight,
    CurrentInstanceCount: serverless ? undefined : fleet.currentCount,
    DesiredInstanceCount: serverless ? undefined : fleet.desiredCount,
    InstancePools: fleet.pools && Object.entries(fleet.pools).map(([type, count]) => ({ InstanceType: type, CurrentInstanceCount: count })),
    CurrentServerlessConfig: serverless,
    DesiredServerlessConfig: serverless,
    ManagedInstanceScaling: fleet.config.ManagedInstanceScaling,
    RoutingConfig: fleet.config.RoutingConfig,
    ...extra,
  });
}

function pendingSummary(context: CallContext, pending: Deployment): object {
  const status = [{ Status: pending.stage, StartTime: timestamp(pending.stageStarted) }];
  const summaries = (fleets: Fleet[]): object[] | undefined => (fleets.length === 0 ? undefined : fleets.map((fleet) =>
    fleetSummary(context, fleet, { InstanceType: fleet.config.InstanceType, VariantStatus: status })));
  return given({
    EndpointConfigName: pending.configName,
    ProductionVariants: summaries(pending.fleets),
    ShadowProductionVariants: summaries(pending.shadows),
    StartTime: timestamp(pending.started),
  });
}

function captureSummary(endpoint: EndpointRecord): object | undefined {
  const { capture } = endpoint;
  if (!capture) return undefined;
  const enabled = capture.EnableCapture ?? false;
  return {
    EnableCapture: enabled,
    CaptureStatus: enabled && endpoint.status !== 'Failed' ? 'Started' : 'Stopped',
    CurrentSamplingPercentage: capture.InitialSamplingPercentage,
    DestinationS3Uri: capture.DestinationS3Uri,
    KmsKeyId: capture.KmsKeyId ?? '',
  };
}

/** The answer of DescribeEndpoint. */
export function describeEndpoint(context: CallContext, name: string): object {
  const endpoint = lookup.endpoint(context, name);
  const config = context.state.endpointConfigs.get(endpoint.configName.toLowerCase())?.input;
  const variantStatus = endpoint.status === 'Updating' && !endpoint.pending ? [{ Status: 'Updating', StartTime: timestamp(endpoint.modified) }] : undefined;
  const summaries = (fleets: Fleet[]): object[] | undefined =>
    (fleets.length === 0 ? undefined : fleets.map((fleet) => fleetSummary(context, fleet, { VariantStatus: variantStatus })));
  return given({
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    EndpointConfigName: endpoint.configName,
    ProductionVariants: summaries(endpoint.fleets),
    ShadowProductionVariants: summaries(endpoint.shadows),
    DataCaptureConfig: captureSummary(endpoint),
    EndpointStatus: endpoint.status,
    FailureReason: endpoint.failureReason,
    CreationTime: timestamp(endpoint.created),
    LastModifiedTime: timestamp(endpoint.modified),
    LastDeploymentConfig: endpoint.lastGuardrail,
    AsyncInferenceConfig: config?.AsyncInferenceConfig,
    ExplainerConfig: config?.ExplainerConfig,
    PendingDeploymentSummary: endpoint.pending && pendingSummary(context, endpoint.pending),
  });
}
