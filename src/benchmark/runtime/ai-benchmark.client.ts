import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DescribeEndpointCommand, SageMakerClient, type DescribeEndpointCommandOutput } from '@aws-sdk/client-sagemaker';

const client = new SageMakerClient({});
const PATIENCE_MS = 20_000;

/** A job as it is described; times are seconds since 1970. */
export interface AiJob {
  readonly AIBenchmarkJobStatus: 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
  readonly FailureReason?: string;
  readonly CreationTime: number;
}

/** What a job is asked for. */
export interface AiJobRequest {
  readonly name: string;
  readonly endpoint: string;
  readonly workload: string;
  /** `s3://` address of a folder. */
  readonly output: string;
  readonly roleArn: string;
}

/** Makes a workload configuration; one of this name has the same content. */
export async function createWorkload(name: string, spec: string): Promise<void> {
  await unlessThere(call('CreateAIWorkloadConfig', { AIWorkloadConfigName: name, AIWorkloadConfigs: { WorkloadSpec: { Inline: spec } } }));
}

/** Asks for a job; one of this name was asked for before. */
export async function createJob({ name, endpoint, workload, output, roleArn }: AiJobRequest): Promise<void> {
  await unlessThere(call('CreateAIBenchmarkJob', {
    AIBenchmarkJobName: name,
    BenchmarkTarget: { Endpoint: { Identifier: endpoint } },
    AIWorkloadConfigIdentifier: workload,
    OutputConfig: { S3OutputLocation: output },
    RoleArn: roleArn,
  }));
}

/** A job; nothing when there is none of this name. */
export async function describeJob(name: string): Promise<AiJob | undefined> {
  try {
    return await call<AiJob>('DescribeAIBenchmarkJob', { AIBenchmarkJobName: name });
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFound') return undefined;
    throw error;
  }
}

export async function stopJob(name: string): Promise<void> {
  await call('StopAIBenchmarkJob', { AIBenchmarkJobName: name });
}

/** Names of the variants that serve an endpoint; empty when it is not there, or does not serve yet. */
export async function variantsOf(endpoint: string): Promise<string[]> {
  try {
    const { ProductionVariants: variants = [] } = await call<DescribeEndpointCommandOutput>('DescribeEndpoint', { EndpointName: endpoint });
    return variants.map(({ VariantName }) => VariantName!);
  } catch (error) {
    // There is no error of its own for it: the message tells it from others of this name.
    if ((error as Error).name === 'ValidationException' && (error as Error).message.includes('Could not find')) return [];
    throw error;
  }
}

async function unlessThere(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if ((error as Error).name !== 'ResourceInUse') throw error;
  }
}

/**
 * Calls an operation by its name. The SDK of the Lambda runtime is months old, and these operations are new: a command that every version has carries the request and the answer of another. In
 * this protocol a request is its input as JSON, and an operation is a header.
 */
async function call<T>(operation: string, input: object): Promise<T> {
  const command = new DescribeEndpointCommand({ EndpointName: operation });
  let answer = '{}';
  command.middlewareStack.add((next) => async (args) => {
    const request = args.request as { body?: string; headers: Record<string, string> };
    request.headers['x-amz-target'] = `SageMaker.${operation}`;
    request.body = JSON.stringify(input);
    return next(args);
  }, { step: 'build', priority: 'high', name: 'anotherOperation' });
  command.middlewareStack.add((next) => async (args) => {
    const result = await next(args);
    const response = result.response as { body: Readable | Buffer };
    const body = await buffer(response.body as Readable);
    // Now, for the SDK makes another class of the buffer.
    answer = body.toString();
    response.body = body;
    return result;
  }, { step: 'deserialize', priority: 'low', name: 'answerAsItIs' });
  await client.send(command, { abortSignal: AbortSignal.timeout(PATIENCE_MS) });
  return JSON.parse(answer) as T;
}
