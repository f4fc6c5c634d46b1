import { deepStrictEqual as equal, match, ok } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationAutoScalingClient, DescribeScalableTargetsCommand, DescribeScalingPoliciesCommand } from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeEndpointCommand, ListEndpointConfigsCommand, ListEndpointsCommand, ListModelsCommand, ListTagsCommand, SageMakerClient,
  type DescribeEndpointOutput,
} from '@aws-sdk/client-sagemaker';
import { authorization, cdk as cli, control, execute, logged, ministack, OUT, pause, prove, STAND_IN, step, succeeded } from './smoke/tools';
import { EmulatorObjects } from '../standin/emulator-stores';
import { processing } from '../standin/job-fixture';

/**
 * The real CDK CLI against the emulator: deploy, shift weights by a state machine, deploy a change, a change that fails, a rollback
 * of each kind, destroy. Run it with the environment of up.sh: `eval "$(test/support/ministack/up.sh)"; npx tsx test/support/ministack/smoke.ts`.
 */
const sagemaker = new SageMakerClient({});
const autoscaling = new ApplicationAutoScalingClient({});

const cdk = async (...args: string[]): ReturnType<typeof cli> => cli('app.ts', ...args);

async function deploy(...context: string[]): Promise<{ code: number; output: string }> {
  const options = context.flatMap((pair) => ['-c', pair]);
  return cdk('deploy', 'Smoke', '--require-approval', 'never', '--outputs-file', join(OUT, 'outputs.json'), ...options);
}

function weights(endpoint: DescribeEndpointOutput): Record<string, number | undefined> {
  return Object.fromEntries((endpoint.ProductionVariants ?? []).map((variant) => [variant.VariantName!, variant.CurrentWeight]));
}

async function main(): Promise<void> {
  await control({ reset: true });
  let outputs: Record<string, string> = {};
  const endpoint = async (): Promise<DescribeEndpointOutput> => sagemaker.send(new DescribeEndpointCommand({ EndpointName: outputs.EndpointName }));

  await step('bootstrap', async () => succeeded(await cdk('bootstrap', `aws://${process.env.CDK_DEFAULT_ACCOUNT}/${process.env.CDK_DEFAULT_REGION}`)));

  await step('a creation that fails takes the whole stack back', async () => {
    await control({ failNext: { operation: 'CreateEndpoint', reason: 'The container for production variant gpu did not pass the ping health check.' } });
    const { code, output } = await deploy();
    ok(code !== 0, output);
    match(output, /did not pass the ping health check/);
    equal((await sagemaker.send(new ListEndpointsCommand({}))).Endpoints, []);
    equal((await sagemaker.send(new ListEndpointConfigsCommand({}))).EndpointConfigs, []);
    equal((await sagemaker.send(new ListModelsCommand({}))).Models, []);
    succeeded(await cdk('destroy', 'Smoke', '--force'));
  });

  await step('deploy: both variants serve, weight 0 is 0, both scale', async () => {
    succeeded(await deploy());
    outputs = (JSON.parse(readFileSync(join(OUT, 'outputs.json'), 'utf8')) as { Smoke: Record<string, string> }).Smoke;
    match(outputs.EndpointRef, /^arn:aws:sagemaker:us-east-1:123456789012:endpoint\/[a-z0-9-]+$/);
    match(outputs.ConfigRef, /^arn:aws:sagemaker:us-east-1:123456789012:endpoint-config\/[a-z0-9-]+$/);
    match(outputs.ModelRef, /^arn:aws:sagemaker:us-east-1:123456789012:model\/[a-z0-9-]+$/);
    const described = await endpoint();
    equal([described.EndpointStatus, described.EndpointConfigName], ['InService', outputs.ConfigName]);
    equal(weights(described), { gpu: 1, inf2: 0 });
    const { Tags } = await sagemaker.send(new ListTagsCommand({ ResourceArn: described.EndpointArn }));
    equal(Tags, [{ Key: 'project', Value: 'smoke' }]);
    const { ScalableTargets } = await autoscaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }));
    equal(ScalableTargets!.map((target) => target.MaxCapacity), [4, 4]);
    equal((await autoscaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'sagemaker' }))).ScalingPolicies!.length, 2);
  });

  await step('deploy again: no changes', async () => {
    const { code, output } = await deploy();
    equal(code, 0, output);
    match(output, /no changes/);
  });

  await step('a state machine shifts the weights', async () => {
    const input = { weights: [{ VariantName: 'gpu', DesiredWeight: 0.25 }, { VariantName: 'inf2', DesiredWeight: 0.75 }] };
    const execution = await execute(outputs.MachineArn, input);
    equal(execution.status, 'SUCCEEDED', JSON.stringify(execution));
    equal((JSON.parse(execution.output) as { EndpointStatus: string }).EndpointStatus, 'Updating');
    while ((await endpoint()).EndpointStatus === 'Updating') await pause(0.2);
    equal(weights(await endpoint()), { gpu: 0.25, inf2: 0.75 });
  });

  await step('a state machine runs a job, which reads and writes the emulated S3', async () => {
    const objects = new EmulatorObjects(process.env.AWS_ENDPOINT_URL!);
    const bucket = 'smoke-jobs';
    await fetch(`${process.env.AWS_ENDPOINT_URL}/${bucket}`, { method: 'PUT', headers: { authorization: authorization('s3') } });
    await objects.put(bucket, 'in/c.zip', 'code');
    const request = processing('smoke-1', {
      ProcessingInputs: [{ InputName: 'code', S3Input: { S3Uri: `s3://${bucket}/in/`, LocalPath: '/opt/ml/processing/input/code', S3DataType: 'S3Prefix' } }],
      ProcessingOutputConfig: { Outputs: [{ OutputName: 'o', S3Output: { S3Uri: `s3://${bucket}/out`, LocalPath: '/opt/ml/processing/output', S3UploadMode: 'EndOfJob' } }] },
    });
    const run = async (): Promise<Record<string, string>> => execute(outputs.CompileArn, { bucket, request });
    equal((await run()).status, 'SUCCEEDED');
    equal(await objects.list(bucket, ''), ['complete.json', 'in/c.zip', 'out/manifest.json', 'out/model.tar.gz']);
    equal(JSON.parse(String(await objects.get(bucket, 'complete.json'))), { objects: 2, of: '5254b128cb98f5bbfc0dc5f0146cc361' });
    const again = await run();
    equal(again.status, 'SUCCEEDED', JSON.stringify(again));
    match((JSON.parse(again.output) as { taken: { Cause: string } }).taken.Cause, /^Job name must be unique within an AWS account and region/);
    await control({ quotas: { 'ml.m5.4xlarge for processing job usage': 0 } });
    const short = await execute(outputs.CompileArn, { bucket, request: { ...request, ProcessingJobName: 'smoke-2' } });
    equal([short.status, short.error], ['FAILED', 'SageMaker.ResourceLimitExceededException']);
    await control({ quotas: { 'ml.m5.4xlarge for processing job usage': null }, failNext: { operation: 'CreateProcessingJob', job: { exitCode: 3, log: ['no'] } } });
    const failed = await execute(outputs.CompileArn, { bucket, request: { ...request, ProcessingJobName: 'smoke-3' } });
    equal([failed.status, failed.error, failed.cause], ['FAILED', 'JobFailed', 'AlgorithmError: , exit code: 3']);
    const { logStreams } = await ministack('Logs_20140328.DescribeLogStreams', 'logs', { logGroupName: '/aws/sagemaker/ProcessingJobs', logStreamNamePrefix: 'smoke-3/' });
    equal(logStreams.length, 1);
    equal((await (await fetch(`${STAND_IN}/_control/role-calls`)).json() as { action: string }[]).filter(({ action }) => action === 's3:PutObject').length, 2);
  });

  await step('an update replaces models and configuration, and keeps the shifted weights', async () => {
    succeeded(await deploy('revision=2'));
    const described = await endpoint();
    const before = outputs.ConfigName;
    outputs = (JSON.parse(readFileSync(join(OUT, 'outputs.json'), 'utf8')) as { Smoke: Record<string, string> }).Smoke;
    ok(outputs.ConfigName !== before, 'the configuration has a new name');
    equal(described.EndpointConfigName, outputs.ConfigName);
    equal(weights(described), { gpu: 0.25, inf2: 0.75 });
    equal((await sagemaker.send(new ListEndpointConfigsCommand({}))).EndpointConfigs!.map((config) => config.EndpointConfigName), [outputs.ConfigName]);
    equal((await sagemaker.send(new ListModelsCommand({}))).Models!.length, 2);
    const [update] = await logged('UpdateEndpoint');
    equal(update.input.RetainAllVariantProperties, true);
    ok(update.input.DeploymentConfig, 'the deployment configuration is passed on');
  });

  await step('an update whose new fleet fails leaves everything as it was', async () => {
    await control({ failNext: { operation: 'UpdateEndpoint', reason: 'Unable to provision requested ML compute capacity.' } });
    const { code, output } = await deploy('revision=3');
    ok(code !== 0, output);
    match(output, /Unable to provision requested ML compute capacity/);
    equal((await endpoint()).EndpointConfigName, outputs.ConfigName);
    equal(weights(await endpoint()), { gpu: 0.25, inf2: 0.75 });
    equal((await sagemaker.send(new ListEndpointConfigsCommand({}))).EndpointConfigs!.length, 1);
    equal((await sagemaker.send(new ListModelsCommand({}))).Models!.length, 2);
  });

  await step('a configuration that SageMaker refuses is refused', async () => {
    const { code, output } = await deploy('revision=2', 'broken=true');
    ok(code !== 0, output);
    match(output, /Duplicate production variant name "gpu"/);
    equal((await endpoint()).EndpointConfigName, outputs.ConfigName);
  });

  await step('a configuration with a name of its own cannot be replaced', async () => {
    succeeded(await deploy('revision=2', 'configName=fixed'));
    equal((await endpoint()).EndpointConfigName, 'fixed');
    const { code, output } = await deploy('revision=4', 'configName=fixed');
    ok(code !== 0, output);
    match(output, /cannot update a stack when a custom-named resource requires replacing\. Rename/);
    equal((await endpoint()).EndpointConfigName, 'fixed');
    equal(weights(await endpoint()), { gpu: 0.25, inf2: 0.75 });
  });

  await step('destroy leaves nothing', async () => {
    succeeded(await cdk('destroy', 'Smoke', '--force'));
    equal((await sagemaker.send(new ListEndpointsCommand({}))).Endpoints, []);
    equal((await sagemaker.send(new ListEndpointConfigsCommand({}))).EndpointConfigs, []);
    equal((await sagemaker.send(new ListModelsCommand({}))).Models, []);
    equal((await autoscaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }))).ScalableTargets, []);
  });

  await step('nothing happened that AWS accepts and that is a mistake', async () => {
    equal(await (await fetch(`${STAND_IN}/_control/hazards`)).json(), []);
  });
}

prove('smoke', main);
