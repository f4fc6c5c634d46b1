/** Deploys, changes, fails and destroys the examples. Run by checks/emulated-deploy.sh, which starts the emulated AWS. */
import { deepStrictEqual as equal, match, notEqual, ok } from 'node:assert';
import { UpdateEndpointWeightsAndCapacitiesCommand, type DesiredWeightAndCapacity } from '@aws-sdk/client-sagemaker';
import { calls, cdk, control, createSecret, endpoint, everything, hazards, sagemaker, scaling, type Run } from './cloud';
import { compilations } from './compilation';
import { EXPECTED, type Expected } from './expected';
import { checkRoles } from './permissions';
import { step, succeeded } from './step';
import { trainings } from './training';

/** Weight and count of each variant as they are now. */
async function live(): Promise<Record<string, { weight?: number; count?: number }>> {
  const { described } = await endpoint();
  equal(described.EndpointStatus, 'InService', described.FailureReason);
  return Object.fromEntries(described.ProductionVariants!.map((variant) =>
    [variant.VariantName!, { weight: variant.CurrentWeight, count: variant.CurrentInstanceCount }]));
}

function variants<T>({ variants: all }: Expected, pick: (variant: Expected['variants'][string]) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(all).map(([name, variant]) => [name, pick(variant)]));
}

async function checkDeployed(expected: Expected): Promise<void> {
  const { described, config } = await endpoint();
  if (expected.endpointName !== undefined) equal(described.EndpointName, expected.endpointName);
  equal(await live(), variants(expected, ({ weight, count }) => ({ weight, count })));
  const configured = Object.fromEntries(config.ProductionVariants!.map((variant) =>
    [variant.VariantName!, [variant.InstancePools?.[0].InstanceType ?? variant.InstanceType, variant.InitialVariantWeight]]));
  equal(configured, variants(expected, ({ instanceType, weight }) => [instanceType, weight]));

  const { targets, policies } = await scaling();
  const id = (name: string) => `endpoint/${described.EndpointName}/variant/${name}`;
  for (const [name, variant] of Object.entries(expected.variants)) {
    const mine = targets.filter((target) => target.ResourceId === id(name));
    equal(mine.map((target) => [target.MinCapacity, target.MaxCapacity, target.ScalableDimension]),
      [[...variant.scaling, 'sagemaker:variant:DesiredInstanceCount']], `scalable targets of ${name}`);
    equal(policies.filter((policy) => policy.ResourceId === id(name)).length, variant.policies, `policies of ${name}`);
  }
  equal(targets.length, Object.keys(expected.variants).length);
}

async function shift(expected: Expected): Promise<void> {
  const { described } = await endpoint();
  const update = async (DesiredWeightsAndCapacities: DesiredWeightAndCapacity[]): Promise<void> => {
    await sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: described.EndpointName, DesiredWeightsAndCapacities }));
    await endpoint();
  };
  // All weights in one call, but the capacity of one variant in each: the API takes no more.
  const all = Object.entries(expected.variants);
  for (const [name, { shifted }] of all) await update([{ VariantName: name, DesiredInstanceCount: shifted.count }]);
  await update(all.map(([name, { shifted }]) => ({ VariantName: name, DesiredWeight: shifted.weight })));
  equal(await live(), variants(expected, ({ shifted }) => shifted));
}

async function deploy(example: string, changed = false): Promise<Run> {
  return cdk(example, ['deploy', '--all', '--require-approval', 'never'], { changed, without: EXPECTED[example].without });
}

async function destroy(example: string): Promise<void> {
  succeeded(await cdk(example, ['destroy', '--all', '--force'], EXPECTED[example]));
  equal(await everything(), []);
}

async function lifecycle(example: string, expected: Expected): Promise<void> {
  const shifted = variants(expected, (variant) => variant.shifted);
  await control({ reset: true });
  for (const secret of expected.secrets) await createSecret(secret);

  await step(`${example}: deployed, every variant has its instances, weight and scaling`, async () => {
    succeeded(await deploy(example));
    await checkDeployed(expected);
  });
  await step(`${example}: the execution roles allow what SageMaker does with them, and no more`, async () => checkRoles(expected));
  await step(`${example}: deployed again, no changes`, async () => {
    const run = await deploy(example);
    succeeded(run);
    match(run.output, /no changes/);
    equal((await calls('UpdateEndpoint')).length, 0);
  });
  await step(`${example}: weights and counts shifted through the API`, async () => shift(expected));
  await step(`${example}: a new configuration keeps the shifted weights and counts`, async () => {
    const before = (await endpoint()).described.EndpointConfigName;
    succeeded(await deploy(example, true));
    const { described } = await endpoint();
    notEqual(described.EndpointConfigName, before);
    equal(await live(), shifted);
    const updates = await calls('UpdateEndpoint');
    equal(updates.map(({ input }) => [input.EndpointConfigName, input.RetainAllVariantProperties]), [[described.EndpointConfigName, true]]);
    ok(!(await everything()).includes(`endpoint config ${before}`), 'the old configuration is deleted');
  });
  await step(`${example}: deployed again, no changes, still shifted`, async () => {
    const run = await deploy(example, true);
    succeeded(run);
    match(run.output, /no changes/);
    equal(await live(), shifted);
  });
  await step(`${example}: an update that fails leaves endpoint, weights and counts`, async () => {
    const before = (await endpoint()).described.EndpointConfigName;
    await control({ failNext: { operation: 'UpdateEndpoint', reason: 'Unable to provision requested ML compute capacity.' } });
    const run = await deploy(example);
    notEqual(run.code, 0, run.output);
    match(run.output, /Unable to provision requested ML compute capacity/);
    equal((await endpoint()).described.EndpointConfigName, before);
    equal(await live(), shifted);
  });
  await step(`${example}: destroyed, nothing is left, nothing was done that AWS accepts and should not be done`, async () => {
    await destroy(example);
    equal(await hazards(), []);
  });
}

async function failedCreation(example: string): Promise<void> {
  await step(`${example}: a creation that fails takes the stack back and says why`, async () => {
    await control({ reset: true, failNext: { operation: 'CreateEndpoint', reason: 'The container for production variant gpu did not pass the ping health check.' } });
    const run = await deploy(example);
    notEqual(run.code, 0, run.output);
    match(run.output, /did not pass the ping health check/);
    equal(await everything(), []);
    await destroy(example);
  });
}

async function main(): Promise<void> {
  const [first] = Object.keys(EXPECTED);
  await step('bootstrap', async () =>
    succeeded(await cdk(first, ['bootstrap', `aws://${process.env.CDK_DEFAULT_ACCOUNT}/${process.env.CDK_DEFAULT_REGION}`])));
  const only = process.argv.slice(2);
  if (only.length === 0) await failedCreation(first);
  for (const [example, expected] of Object.entries(EXPECTED)) {
    if (only.length === 0 || only.includes(example)) await lifecycle(example, expected);
  }
  if (only.length === 0 || only.includes('compilation')) await compilations();
  if (only.length === 0 || only.includes('training')) await trainings();
}

main().catch((error: unknown) => {
  console.error(`FAIL ${(error as Error).stack}`);
  process.exitCode = 1;
});
