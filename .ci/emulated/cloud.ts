/** The CDK CLI, the stand-in behind the AWS SDK, and the stand-in's control API. */
import { ok } from 'node:assert';
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ApplicationAutoScalingClient, DescribeScalableTargetsCommand, DescribeScalingPoliciesCommand } from '@aws-sdk/client-application-auto-scaling';
import * as sm from '@aws-sdk/client-sagemaker';

export const ROOT = resolve(__dirname, '../..');
export const WORK = join(ROOT, '.ci/work/emulated');
const STAND_IN = process.env.STAND_IN_URL!;

export const sagemaker = new sm.SageMakerClient({});
const autoscaling = new ApplicationAutoScalingClient({});

export interface Run {
  readonly code: number;
  readonly output: string;
}

/** What the app is run with: see preload/emulated.cjs. */
export interface AppOptions {
  readonly changed?: boolean;
  readonly without?: readonly string[];
}

/** Runs the CLI in the example's directory: with the cdk.json there, unless the app has to be run with options. */
export async function cdk(example: string, args: string[], { changed, without = [] }: AppOptions = {}): Promise<Run> {
  const app = `${join(ROOT, 'node_modules/.bin/tsx')} --tsconfig ../tsconfig.json --require ${join(ROOT, '.ci/preload/emulated.cjs')} app.ts`;
  const more = changed || without.length > 0 ? ['--app', app] : [];
  return cdkIn(join(ROOT, 'examples', example), example, [...args, ...more], { CHANGED: changed ? '1' : '', WITHOUT_TYPES: without.join(',') });
}

/** Runs the CLI in a directory; what runs at the same time synthesizes to places of its own. */
export async function cdkIn(cwd: string, name: string, args: string[], variables: Record<string, string> = {}): Promise<Run> {
  const command = [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args, '--output', mkdtempSync(join(WORK, `${name}-`)), '--no-notices'];
  const child = spawn(process.execPath, command, { cwd, env: { ...process.env, ...variables }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  const code = await new Promise<number>((done) => child.on('close', (exit) => done(exit ?? 1)));
  return { code, output };
}

export async function control(body: object): Promise<void> {
  const answer = await fetch(`${STAND_IN}/_control`, { method: 'POST', body: JSON.stringify(body) });
  ok(answer.ok, await answer.text());
}

/** A call as the stand-in logged it. */
export interface Call {
  readonly operation: string;
  readonly input: any;
  readonly passedRoles: string[];
  readonly status: number;
}

export async function calls(operation: string): Promise<Call[]> {
  const all = await (await fetch(`${STAND_IN}/_control/requests`)).json() as Call[];
  return all.filter((call) => call.operation === operation && call.status === 200);
}

export async function hazards(): Promise<unknown> {
  return (await fetch(`${STAND_IN}/_control/hazards`)).json();
}

/** What each variant of an endpoint served so far: the truth, not what CloudWatch shows. */
export async function served(endpointName: string): Promise<Record<string, { requests: number; serverErrors: number }>> {
  return await (await fetch(`${STAND_IN}/_control/traffic/${endpointName}`)).json() as Record<string, { requests: number; serverErrors: number }>;
}

/** Names of everything there is; an empty world has none. */
export async function everything(): Promise<string[]> {
  const endpoints = await sagemaker.send(new sm.ListEndpointsCommand({}));
  const configs = await sagemaker.send(new sm.ListEndpointConfigsCommand({}));
  const models = await sagemaker.send(new sm.ListModelsCommand({}));
  const { targets, policies } = await scaling();
  return [
    ...endpoints.Endpoints!.map((endpoint) => `endpoint ${endpoint.EndpointName}`),
    ...configs.EndpointConfigs!.map((config) => `endpoint config ${config.EndpointConfigName}`),
    ...models.Models!.map((model) => `model ${model.ModelName}`),
    ...targets.map((target) => `scalable target ${target.ResourceId}`),
    ...policies.map((policy) => `scaling policy ${policy.PolicyName}`),
  ];
}

export async function scaling() {
  const targets = await autoscaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }));
  const policies = await autoscaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'sagemaker' }));
  return { targets: targets.ScalableTargets!, policies: policies.ScalingPolicies! };
}

/** The one endpoint, with its configuration, once nothing is under way. */
export async function endpoint(): Promise<{ described: sm.DescribeEndpointOutput; config: sm.DescribeEndpointConfigOutput }> {
  const { Endpoints } = await sagemaker.send(new sm.ListEndpointsCommand({}));
  ok(Endpoints!.length === 1, `one endpoint is expected, there are ${Endpoints!.length}`);
  for (;;) {
    const described = await sagemaker.send(new sm.DescribeEndpointCommand({ EndpointName: Endpoints![0].EndpointName }));
    if (!/ing$/.test(described.EndpointStatus!)) {
      return { described, config: await sagemaker.send(new sm.DescribeEndpointConfigCommand({ EndpointConfigName: described.EndpointConfigName })) };
    }
    await new Promise((done) => setTimeout(done, 200));
  }
}

export async function createSecret(name: string): Promise<void> {
  const answer = await fetch(process.env.AWS_ENDPOINT_URL!, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.CreateSecret',
      'authorization': `AWS4-HMAC-SHA256 Credential=${process.env.AWS_ACCESS_KEY_ID}/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ Name: name, SecretString: 'not-a-real-token', ClientRequestToken: 'a'.repeat(32) }),
  });
  ok(answer.ok, await answer.text());
}

/** S3 of the emulated AWS, which checks no signatures. */
async function s3(method: string, path: string, body?: string): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${process.env.AWS_ACCESS_KEY_ID}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0`;
  const answer = await fetch(`${process.env.AWS_ENDPOINT_URL!}/${path}`, { method, headers: { authorization }, body });
  const text = await answer.text();
  ok(answer.ok, text);
  return text;
}

export async function putBucket(name: string): Promise<void> {
  await s3('PUT', name);
}

export async function putObject(bucket: string, key: string, body: string): Promise<void> {
  await s3('PUT', `${bucket}/${key}`, body);
}

/** Keys of everything in a bucket. */
export async function objects(bucket: string): Promise<string[]> {
  return [...(await s3('GET', `${bucket}?list-type=2`)).matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key);
}
