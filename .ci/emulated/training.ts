/** The training examples after a real deploy: the handlers run, the state machines wait. Run by main.ts on the emulated AWS. */
import { deepStrictEqual as equal, match, ok } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeModelPackageCommand, DescribeTrainingJobCommand, ListModelPackagesCommand } from '@aws-sdk/client-sagemaker';
import { DescribeExecutionCommand, DescribeStateMachineCommand, SFNClient, StartExecutionCommand, StopExecutionCommand, type DescribeExecutionOutput } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { calls, cdk, control, hazards, objects, putObject, sagemaker, WORK } from './cloud';
import { step, succeeded } from './step';

const states = new SFNClient({});
const ssm = new SSMClient({});

async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 600; i++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`did not happen within two minutes: ${what}`);
}

/** Deploys an example; its outputs by the end of their names. */
async function deploy(example: string, stack: string): Promise<Record<string, string>> {
  const file = join(WORK, `${example}-outputs.json`);
  succeeded(await cdk(example, ['deploy', '--all', '--require-approval', 'never', '--outputs-file', file]));
  return JSON.parse(readFileSync(file, 'utf8'))[stack] as Record<string, string>;
}

/** ARN of the state machine that an output's command starts. */
function machineOf(outputs: Record<string, string>, part: string): string {
  const [, text] = Object.entries(outputs).find(([name, value]) => name.startsWith(part) && value.includes('start-execution'))!;
  return /--state-machine-arn (\S+)$/.exec(text)![1];
}

async function start(stateMachineArn: string, input: object = {}): Promise<string> {
  return (await states.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }))).executionArn!;
}

async function end(executionArn: string): Promise<DescribeExecutionOutput> {
  return until(`${executionArn} ends`, async () => {
    const described = await states.send(new DescribeExecutionCommand({ executionArn }));
    return described.status === 'RUNNING' ? undefined : described;
  });
}

/** Jobs in the order they were made: type, number, status. */
async function jobs(): Promise<string[]> {
  const made = await calls('CreateTrainingJob');
  return Promise.all(made.map(async ({ input }) => {
    const { TrainingJobStatus, ResourceConfig } = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: input.TrainingJobName }));
    return `${ResourceConfig!.InstanceType} ${String(input.TrainingJobName).replace(/^.*-/, '')} ${TrainingJobStatus}`;
  }));
}

async function finetune(): Promise<void> {
  let outputs: Record<string, string> = {};
  await step('finetune-weekly: deployed, and no job was run', async () => {
    outputs = await deploy('finetune-weekly', 'FinetuneWeekly');
    equal(await jobs(), []);
  });
  await step('finetune-weekly: no Trainium, so on GPUs; registered, compiled, ready', async () => {
    const data = /s3:\/\/([^/"]+)\/texts\//.exec(JSON.stringify(await definition(machineOf(outputs, 'Finetune'))))![1];
    await putObject(data, 'base-model/config.json', '{}');
    await putObject(data, 'texts/part-0.jsonl', '{"text": "hello"}');
    await control({ failNext: { operation: 'CreateTrainingJob', reason: 'InsufficientCapacityError: no ml.trn1.32xlarge came within the pending time' } });
    const run = await start(machineOf(outputs, 'Weekly'), { hyperParameters: { epochs: 2 } });
    const { status, output, cause } = await end(run);
    equal(status, 'SUCCEEDED', cause);
    const all = await jobs();
    equal(all, ['ml.trn1.32xlarge 0 Failed', 'ml.p4d.24xlarge 1 Completed', 'ml.trn1.32xlarge 0 Completed']);

    const made = (await calls('CreateTrainingJob'))[1].input;
    equal(made.HyperParameters.epochs, '2');
    const ready = JSON.parse(output!) as Record<string, string>;
    equal(ready.revision, made.TrainingJobName);
    match(ready.modelUri, new RegExp(`/models/${made.TrainingJobName}/output/model\\.tar\\.gz$`));
    const { ModelPackageSummaryList: packages } = await sagemaker.send(new ListModelPackagesCommand({ ModelPackageGroupName: 'weekly-7b' }));
    equal(packages!.map(({ ModelPackageArn }) => ModelPackageArn), [ready.modelPackageArn]);
    const described = await sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: ready.modelPackageArn }));
    equal([described.ModelApprovalStatus, described.InferenceSpecification!.Containers![0].ModelDataUrl], ['PendingManualApproval', ready.modelUri]);
    const [, name] = Object.entries(outputs).find(([id]) => id.includes('ReadyModel'))!;
    equal(JSON.parse((await ssm.send(new GetParameterCommand({ Name: name }))).Parameter!.Value!), ready);
    const { pathname, hostname } = new URL(ready.artifactUri);
    const files = (await objects(hostname)).filter((key) => key.startsWith(pathname.slice(1)));
    ok(files.some((key) => key.endsWith('/complete.json')), files.join(', '));
  });
  await step('finetune-weekly: a run that is called off leaves no job', async () => {
    await control({ durations: { job: 600 } });
    const run = await start(machineOf(outputs, 'Finetune'));
    await until('the job runs', async () => (await jobs()).find((job) => job.endsWith('InProgress')));
    await states.send(new StopExecutionCommand({ executionArn: run }));
    await until('the job stops', async () => (await jobs()).at(-1)!.endsWith(' Stopped') || undefined);
    await control({ durations: { job: 1 } });
  });
  await step('finetune-weekly: destroyed', async () => succeeded(await cdk('finetune-weekly', ['destroy', '--all', '--force'])));
}

async function gpu(): Promise<void> {
  let outputs: Record<string, string> = {};
  await step('train-gpu: deployed, trained on the spot, then a script that fails says why', async () => {
    outputs = await deploy('train-gpu', 'TrainGpu');
    const machine = machineOf(outputs, 'Train');
    const data = /s3:\/\/([^/"]+)\/train\//.exec(JSON.stringify(await definition(machine)))![1];
    await putObject(data, 'train/part-0.pt', 'tensors');
    const good = await end(await start(machine));
    equal(good.status, 'SUCCEEDED', good.cause);
    const { outcome, rung, job } = JSON.parse(good.output!) as Record<string, string>;
    equal([outcome, rung], ['completed', 'g6-xlarge']);
    ok(job.endsWith('-0'), job);

    await control({ failNext: { operation: 'CreateTrainingJob', job: { exitCode: 1, log: ['epoch=0', 'RuntimeError: CUDA error: out of memory'] } } });
    const bad = await end(await start(machine));
    equal([bad.status, bad.error], ['FAILED', 'Training.UserError']);
    match(bad.cause!, /RuntimeError: CUDA error: out of memory/);
  });
  await step('train-gpu: destroyed', async () => succeeded(await cdk('train-gpu', ['destroy', '--all', '--force'])));
}

async function definition(stateMachineArn: string): Promise<unknown> {
  return JSON.parse((await states.send(new DescribeStateMachineCommand({ stateMachineArn }))).definition!);
}

export async function trainings(): Promise<void> {
  // Those of the checks before stay.
  await control({ reset: true, durations: { job: 1 } });
  await finetune();
  await control({ reset: true });
  await gpu();
  equal(await hazards(), []);
}
