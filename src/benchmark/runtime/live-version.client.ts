import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  DescribeEndpointCommand, DescribeEndpointConfigCommand, SageMakerClient,
  type DescribeEndpointCommandOutput, type DescribeEndpointConfigCommandOutput, type InstancePool, type ProductionVariant, type ProductionVariantSummary,
} from '@aws-sdk/client-sagemaker';
import type { ModelVersion } from '../core/types';

const client = new SageMakerClient({});
const PATIENCE_MS = 20_000;
const SERVING = 'InService';

/** Nothing can be said of what a variant serves; the message says why, for a person. */
export class NoLiveVersion extends Error {
  readonly name = 'NoLiveVersion';
}

/** Nothing can be said yet: it changes just now. */
export class NotSteady extends NoLiveVersion {}

/** States of an endpoint that end by themselves (API reference, DescribeEndpoint, EndpointStatus). */
const PASSING = ['Creating', 'Updating', 'SystemUpdating', 'RollingBack'];

/** What serves a variant now. */
export async function liveVersion(endpoint: string, variant: string): Promise<ModelVersion> {
  return (await liveVersions(endpoint, [variant]))[0];
}

/** What serves a variant that has all instances that it shall have. */
export async function steadyVersion(endpoint: string, variant: string): Promise<ModelVersion> {
  const seen = await describe(endpoint);
  const [version] = await versionsOf(endpoint, [variant], seen);
  const { CurrentInstanceCount: current, DesiredInstanceCount: desired } = seen.ProductionVariants!.find(({ VariantName }) => VariantName === variant)!;
  if (current !== desired) throw new NotSteady(`variant ${variant} has ${current} of ${desired} instances`);
  return version;
}

/** The same of several variants, seen at the same moment. */
export async function liveVersions(endpoint: string, variants: readonly string[]): Promise<ModelVersion[]> {
  return versionsOf(endpoint, variants, await describe(endpoint));
}

async function versionsOf(endpoint: string, variants: readonly string[], seen: DescribeEndpointCommandOutput): Promise<ModelVersion[]> {
  const { EndpointStatus: status, EndpointConfigName: config, ProductionVariants: live = [] } = seen;
  // While it changes, what serves is the old or the new, and nobody can tell which.
  if (status !== SERVING) throw new (PASSING.includes(status ?? '') ? NotSteady : NoLiveVersion)(`endpoint ${endpoint} is ${status}, not ${SERVING}`);
  const summaries = variants.map((variant) => {
    const summary = live.find(({ VariantName }) => VariantName === variant);
    if (summary === undefined) throw new NoLiveVersion(`endpoint ${endpoint} has no variant ${variant}; it has ${live.map(({ VariantName }) => VariantName).join(', ')}`);
    return summary;
  });
  const { ProductionVariants: configured = [] } = await answerOf<DescribeEndpointConfigCommandOutput>(new DescribeEndpointConfigCommand({ EndpointConfigName: config }));
  return summaries.map((summary) => versionOf(endpoint, summary, configured.find(({ VariantName }) => VariantName === summary.VariantName)));
}

async function describe(endpoint: string): Promise<DescribeEndpointCommandOutput> {
  try {
    return await answerOf<DescribeEndpointCommandOutput>(new DescribeEndpointCommand({ EndpointName: endpoint }));
  } catch (error) {
    // There is no error of its own for it: the message tells it from others of this name.
    if ((error as Error).name === 'ValidationException' && (error as Error).message.includes('Could not find')) throw new NoLiveVersion(`endpoint ${endpoint} is not there`);
    throw error;
  }
}

function versionOf(endpoint: string, live: ProductionVariantSummary, configured: ProductionVariant | undefined): ModelVersion {
  const { ModelName: model, InstanceType: type, InstancePools: pools = [], InferenceAmiVersion: host } = configured ?? {};
  const used = type === undefined ? usedPools(pools, live) : [{ InstanceType: type, ModelNameOverride: undefined }];
  const modelNames = used.map(({ ModelNameOverride: override }) => override ?? model);
  if (used.length === 0 || modelNames.includes(undefined)) throw new NoLiveVersion(`variant ${live.VariantName} of endpoint ${endpoint} has no model on instances of its own, so it has no version`);
  const images = [...new Set((live.DeployedImages ?? []).map(({ ResolvedImage }) => ResolvedImage).filter((image) => image !== undefined))];
  return {
    modelName: [...new Set(modelNames)].join('+'),
    instanceType: used.map(({ InstanceType }) => InstanceType).join('+'),
    ...images.length === 0 ? {} : { image: images.join(', ') },
    ...host === undefined ? {} : { inferenceAmiVersion: host },
    instances: live.CurrentInstanceCount ?? 0,
  };
}

/** The pools that have instances now, in the order of the configuration. A mix of types is a version of its own: it has another throughput. */
function usedPools(pools: readonly InstancePool[], { InstancePools: counts = [] }: ProductionVariantSummary): InstancePool[] {
  return pools.filter(({ InstanceType }) => counts.some((pool) => pool.InstanceType === InstanceType && (pool.CurrentInstanceCount ?? 0) > 0));
}

/**
 * What the service answered. The SDK of the Lambda runtime is months old, and leaves out what it does not know of an answer, too; pools of instances are new. Times
 * are numbers here.
 */
async function answerOf<T>(command: DescribeEndpointCommand | DescribeEndpointConfigCommand): Promise<T> {
  let answer = '';
  // Whichever it is: their types have no common one.
  const described = command as DescribeEndpointCommand;
  described.middlewareStack.add((next) => async (args) => {
    const result = await next(args);
    const response = result.response as { body: Readable | Buffer };
    const body = await buffer(response.body as Readable);
    // Now, for the SDK makes another class of the buffer.
    answer = body.toString();
    response.body = body;
    return result;
  }, { step: 'deserialize', priority: 'low', name: 'answerAsItIs' });
  await client.send(described, { abortSignal: AbortSignal.timeout(PATIENCE_MS) });
  return JSON.parse(answer) as T;
}
