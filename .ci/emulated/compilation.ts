/** Compilations through a real deploy: success, the artefact already present, a compiler failure, a retry, a stack deleted during the job. */
import { deepStrictEqual as equal, match, notEqual, ok } from 'node:assert';
import { join } from 'node:path';
import { DescribeProcessingJobCommand } from '@aws-sdk/client-sagemaker';
import { ROOT, calls, cdkIn, control, endpoint, everything, hazards, putBucket, objects, sagemaker, type Run } from './cloud';
import { step, succeeded } from './step';

const APP = join(ROOT, '.ci/emulated/compile-app');
const BUCKET = 'compiled-models';

async function run(args: string[], context: Record<string, string> = {}): Promise<Run> {
  return cdkIn(APP, 'compile-app', [...args, ...Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`])]);
}

const deploy = async (stack: string, context?: Record<string, string>): Promise<Run> => run(['deploy', stack, '--require-approval', 'never'], context);

/** Jobs by the number of the try, in the order they were made, with how they are now. */
async function jobs(): Promise<string[]> {
  const made = await calls('CreateProcessingJob');
  return Promise.all(made.map(async ({ input }) => {
    const { ProcessingJobStatus } = await sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: input.ProcessingJobName }));
    return `${String(input.ProcessingJobName).split('-').pop()} ${ProcessingJobStatus}`;
  }));
}

async function files(): Promise<string[]> {
  return (await objects(BUCKET)).map((key) => key.split('/').pop()!).sort();
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`did not happen within a minute: ${what}`);
}

export async function compilations(): Promise<void> {
  await control({ reset: true });
  await putBucket(BUCKET);

  await step('compilation: the deploy waits for the job, and the endpoint has both variants', async () => {
    succeeded(await deploy('CompileOne'));
    equal(await jobs(), ['0 Completed']);
    equal(await files(), ['complete.json', 'manifest.json', 'model.tar.gz']);
    equal((await endpoint()).described.ProductionVariants!.map(({ VariantName }) => VariantName), ['gpu', 'inferentia2']);
  });
  await step('compilation: deployed again, no changes and no job', async () => {
    const again = await deploy('CompileOne');
    succeeded(again);
    match(again.output, /no changes/);
    equal(await jobs(), ['0 Completed']);
  });
  await step('compilation: a second stack with the same inputs and bucket finds the artefact', async () => {
    succeeded(await deploy('CompileTwo', { bare: 'true' }));
    equal(await jobs(), ['0 Completed']);
  });
  await step('compilation: a compiler failure fails the deploy with its last lines; both variants stay as they were', async () => {
    const before = (await endpoint()).described;
    await control({ failNext: { operation: 'CreateProcessingJob', job: { exitCode: 1, log: ['Exporting', '[ERROR] [NCC_EVRF004] Complex data types are not supported'] } } });
    const failing = await deploy('CompileOne', { sequenceLength: '256' });
    notEqual(failing.code, 0, failing.output);
    match(failing.output, /\[NCC_EVRF004\] Complex data types are not supported/);
    const after = (await endpoint()).described;
    equal([after.EndpointConfigName, after.EndpointStatus], [before.EndpointConfigName, 'InService']);
    equal((await calls('UpdateEndpoint')).length, 0);
    equal(await jobs(), ['0 Completed', '0 Failed']);
  });
  await step('compilation: tried again it compiles under the next name, and the endpoint takes the new model', async () => {
    const before = (await endpoint()).described.EndpointConfigName;
    succeeded(await deploy('CompileOne', { sequenceLength: '256' }));
    equal(await jobs(), ['0 Completed', '0 Failed', '1 Completed']);
    notEqual((await endpoint()).described.EndpointConfigName, before);
  });
  await step('compilation: a stack that is deleted during the job stops it', async () => {
    succeeded(await run(['destroy', 'CompileTwo', '--force'], { bare: 'true' }));
    await control({ durations: { job: 600 } });
    const deploying = deploy('CompileTwo', { bare: 'true', sequenceLength: '512' });
    await until('the job runs', async () => (await jobs()).at(-1) === '0 InProgress' && (await jobs()).length === 4);
    succeeded(await run(['destroy', 'CompileTwo', '--force'], { bare: 'true', sequenceLength: '512' }));
    notEqual((await deploying).code, 0);
    await until('the job stops', async () => (await jobs()).at(-1) === '0 Stopped');
  });
  await step('compilation: destroyed; the artefacts stay, nothing else does', async () => {
    succeeded(await run(['destroy', 'CompileOne', '--force']));
    equal(await everything(), []);
    const left = await files();
    equal(left.filter((name) => name === 'complete.json').length, 2);
    ok(left.length >= 6, left.join(', '));
    equal(await hazards(), []);
  });
}
