import { deepStrictEqual as equal, match, ok } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteModelPackageCommand, DescribeModelPackageGroupCommand, ListModelPackageGroupsCommand, ListTagsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { authorization, cdk, control, execute, logged, ministack, OUT, pause, prove, STAND_IN, step, succeeded } from './smoke/tools';

/**
 * What training on a schedule needs of the emulator, after a real `cdk deploy`:
 * `eval "$(test/support/ministack/up.sh)"; npx tsx test/support/ministack/smoke-training.ts`.
 */
const sagemaker = new SageMakerClient({});

async function ended(stateMachineArn: string, count: number): Promise<any[]> {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(0.3)) {
    const { executions } = await ministack('AWSStepFunctions.ListExecutions', 'states', { stateMachineArn }) as unknown as { executions: { executionArn: string; status: string }[] };
    if (executions.length < count || executions.some(({ status }) => status === 'RUNNING')) continue;
    return Promise.all(executions.map(({ executionArn }) => ministack('AWSStepFunctions.DescribeExecution', 'states', { executionArn })));
  }
  throw new Error(`${stateMachineArn}: no ${count} executions of it ended within 60 s`);
}

async function main(): Promise<void> {
  await control({ reset: true, capacity: { 'ml.trn1.32xlarge for training job usage': 0 }, jobs: { metrics: { f1: 0.9 } } });
  await fetch(`${process.env.AWS_ENDPOINT_URL}/smoke-training`, { method: 'PUT', headers: { authorization: authorization('s3') } });
  let outputs: Record<string, string> = {};

  await step('bootstrap', async () => succeeded(await cdk('training-app.ts', 'bootstrap', `aws://${process.env.CDK_DEFAULT_ACCOUNT}/${process.env.CDK_DEFAULT_REGION}`)));

  await step('deploy: registry, schedule, queue, parameter, network, alarm, rule, machines', async () => {
    succeeded(await cdk('training-app.ts', 'deploy', 'Training', '--require-approval', 'never', '--outputs-file', join(OUT, 'outputs.json')));
    const { Training: written } = JSON.parse(readFileSync(join(OUT, 'outputs.json'), 'utf8')) as { Training: Record<string, string> };
    outputs = Object.fromEntries(Object.entries(written).map(([id, value]) => [id.slice('Out'.length), value]));
    equal([outputs.Group, outputs.GroupArn], Array(2).fill('arn:aws:sagemaker:us-east-1:123456789012:model-package-group/smoke-group'));
    const group = await sagemaker.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: 'Smoke-Group' }));
    equal([group.ModelPackageGroupName, group.ModelPackageGroupDescription], ['Smoke-Group', 'what the job makes']);
    equal((await sagemaker.send(new ListTagsCommand({ ResourceArn: outputs.Group }))).Tags, [{ Key: 'of', Value: 'smoke' }]);
    equal((await new CloudWatchClient({}).send(new DescribeAlarmsCommand({}))).MetricAlarms!.map(({ AlarmName }) => AlarmName), [outputs.Alarm]);
  });

  await step('the group of the nodes talks to itself', async () => {
    const answer = await fetch(process.env.AWS_ENDPOINT_URL!, {
      method: 'POST',
      headers: { 'authorization': authorization('ec2'), 'content-type': 'application/x-www-form-urlencoded' },
      body: `Action=DescribeSecurityGroups&Version=2016-11-15&GroupId.1=${outputs.Nodes}`,
    });
    // Both rules, besides the one to everywhere.
    equal((await answer.text()).split('<groups>').slice(1).filter((pair) => pair.split('</groups>')[0].includes(outputs.Nodes)).length, 2);
  });

  await step('the schedule starts the machine, whose function trains and registers', async () => {
    const [{ status, input, output, cause }] = await ended(outputs.Machine, 1);
    equal(status, 'SUCCEEDED', cause);
    const { at, by } = JSON.parse(input);
    match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    match(by, /:schedule\/smoke\//);
    const { start, look, register } = JSON.parse(output);
    equal([start.Payload.machineName, start.Payload.redrives, start.Payload.redriveCount, start.Payload.running], [outputs.Machine.split(':').at(-1), 0, 0, [[true, 0]]]);
    equal([look.Payload.status, look.Payload.selected, look.Payload.jobs, look.Payload.metrics.map((one: { MetricName: string; Value: number }) => [one.MetricName, one.Value])], ['Completed', 'ml.trn1.2xlarge', 1, [['f1', 0.9]]]);
    equal(register.Payload, { arn: 'arn:aws:sagemaker:us-east-1:123456789012:model-package/smoke-group/1', same: true, versions: 1 });
    const { Parameter } = await ministack('AmazonSSM.GetParameter', 'ssm', { Name: outputs.Latest }) as unknown as { Parameter: { Value: string } };
    equal(Parameter.Value, register.Payload.arn);
    equal((await ended(outputs.Told, 1)).length, 1);
    equal((await logged('CreateModelPackage')).map((call) => call.status), [200, 200]);
  });

  await step('a second run is a second version', async () => {
    const { status, output, cause } = await execute(outputs.Machine, {});
    equal(status, 'SUCCEEDED', cause);
    const { look, register } = JSON.parse(output);
    equal([look.Payload.jobs, register.Payload.versions], [2, 2]);
  });

  await step('destroy stops at the group while it has versions, and then leaves nothing', async () => {
    const { code, output } = await cdk('training-app.ts', 'destroy', 'Training', '--force');
    ok(code !== 0, output);
    match(output, /it still has model packages/);
    for (const version of [1, 2]) await sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: `smoke-group/${version}` }));
    succeeded(await cdk('training-app.ts', 'destroy', 'Training', '--force'));
    equal((await sagemaker.send(new ListModelPackageGroupsCommand({}))).ModelPackageGroupSummaryList, []);
    equal(await (await fetch(`${STAND_IN}/_control/hazards`)).json(), []);
  });
}

prove('smoke-training', main);
