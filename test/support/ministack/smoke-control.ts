import { deepStrictEqual as equal, ok } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { cdk, control, execute, ministack, OUT, pause, prove, STAND_IN, step, succeeded } from './smoke/tools';

/**
 * What a controller of an endpoint needs of the emulator, after a real `cdk deploy`: metrics that come out of traffic, functions that read them, machines that run machines, an alarm
 * on counts that starts a machine, the end of an execution that starts another. Time passes 20 times faster:
 * `eval "$(STAND_IN_PACE=20 test/support/ministack/up.sh)"; npx tsx test/support/ministack/smoke-control.ts`.
 */
const sagemaker = new SageMakerClient({});
const cloudWatch = new CloudWatchClient({});

interface Execution {
  readonly executionArn: string;
  readonly status: string;
}

async function executions(stateMachineArn: string): Promise<Execution[]> {
  const answer = await ministack('AWSStepFunctions.ListExecutions', 'states', { stateMachineArn }) as unknown as { executions: Execution[] };
  return answer.executions;
}

/** The first execution of a machine that somebody else starts, when it has ended. */
async function ended(stateMachineArn: string, seconds: number): Promise<any> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(0.2)) {
    const [execution] = await executions(stateMachineArn);
    if (!execution || execution.status === 'RUNNING') continue;
    const { status, input, output, error, cause } = await ministack('AWSStepFunctions.DescribeExecution', 'states', { executionArn: execution.executionArn });
    return { status, input: JSON.parse(input), output: status === 'SUCCEEDED' ? JSON.parse(output) : undefined, error, cause };
  }
  throw new Error(`${stateMachineArn}: no execution of it ended within ${seconds} s`);
}

const traffic = async (endpoint: string, errorRate: number) => control({ traffic: { endpoint, requests: { requestsPerMinute: 600, variants: { inf2: { errorRate } } } } });

async function main(): Promise<void> {
  await control({ reset: true });
  let outputs: Record<string, string> = {};
  const alarm = async () => (await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [outputs.Alarm] }))).MetricAlarms![0].StateValue;

  await step('bootstrap', async () => succeeded(await cdk('control-app.ts', 'bootstrap', `aws://${process.env.CDK_DEFAULT_ACCOUNT}/${process.env.CDK_DEFAULT_REGION}`)));

  await step('deploy: table, parameter, alarm on an expression, rules, machines', async () => {
    succeeded(await cdk('control-app.ts', 'deploy', 'Control', '--require-approval', 'never', '--outputs-file', join(OUT, 'outputs.json')));
    const { Control: written } = JSON.parse(readFileSync(join(OUT, 'outputs.json'), 'utf8')) as { Control: Record<string, string> };
    outputs = Object.fromEntries(Object.entries(written).map(([id, value]) => [id.slice('Out'.length), value]));
    equal((await sagemaker.send(new DescribeEndpointCommand({ EndpointName: outputs.EndpointName }))).EndpointStatus, 'InService');
    await traffic(outputs.EndpointName, 0);
  });

  await step('a machine runs a machine, whose function reads minutes of metrics', async () => {
    const { status, output, cause } = await execute(outputs.Run, { minutes: 3, fail: false });
    equal(status, 'SUCCEEDED', cause);
    const { Status, Input, Output, StateMachineArn, Name } = JSON.parse(output);
    equal([Status, Input, StateMachineArn, Name.endsWith('-step')], ['SUCCEEDED', { minutes: 3, fail: false }, outputs.Step, true]);
    equal([Output.status, Output.alarm, Output.variant], ['Complete', 'OK', 'gpu']);
    ok(Output.minutes >= 3 && Output.requests > 600 && Output.requests < 320 * Output.minutes, output);
    equal(await executions(outputs.Watchdog), []);
    equal(await executions(outputs.Recover), []);
  });

  await step('a child that fails fails its parent, and the end of that starts another machine', async () => {
    const { status, error, cause } = await execute(outputs.Run, { minutes: 1, fail: true });
    equal([status, error], ['FAILED', 'States.TaskFailed']);
    const { Status, Error: reason, Cause } = JSON.parse(cause);
    equal([Status, reason, Cause], ['FAILED', 'Unproven', 'as it was told']);
    const recovered = await ended(outputs.Recover, 20);
    equal([recovered.input['detail-type'], recovered.input.detail.status, recovered.input.detail.stateMachineArn], ['Step Functions Execution Status Change', 'FAILED', outputs.Run]);
  });

  await step('a parent that is stopped stops its child', async () => {
    const { executionArn } = await ministack('AWSStepFunctions.StartExecution', 'states', { stateMachineArn: outputs.Run, input: '{"minutes":1000,"fail":false}' });
    const running = async () => (await executions(outputs.Step)).filter(({ status }) => status === 'RUNNING').length;
    while (await running() === 0) await pause(0.2);
    await ministack('AWSStepFunctions.StopExecution', 'states', { executionArn });
    for (const end = Date.now() + 20_000; await running() > 0;) {
      ok(Date.now() < end, 'the child still runs');
      await pause(0.2);
    }
  });

  await step('an alarm on counts rings, and a machine without functions takes the traffic back', async () => {
    await traffic(outputs.EndpointName, 0.5);
    const { status, input, output, error, cause } = await ended(outputs.Watchdog, 60);
    equal([status, input], ['SUCCEEDED', { alarm: outputs.Alarm }], `${error} ${cause}`);
    ok(['ALARM', 'OK'].includes(output.alarms.state), JSON.stringify(output));
    const { ProductionVariants } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: outputs.EndpointName }));
    equal(ProductionVariants!.map(({ VariantName, CurrentWeight }) => [VariantName, CurrentWeight]), [['gpu', 2], ['inf2', 0]]);
    const { Parameter } = await ministack('AmazonSSM.GetParameter', 'ssm', { Name: outputs.Switch }) as unknown as { Parameter: { Value: string } };
    equal(Parameter.Value, 'gpu');
    const { Item } = await ministack('DynamoDB_20120810.GetItem', 'dynamodb', { TableName: outputs.Table, Key: { endpoint: { S: outputs.EndpointName }, record: { S: 'LOCK' } } }) as unknown as { Item: { epoch: object } };
    equal(Item.epoch, { N: '1' });
    equal((await ended(outputs.Told, 20)).input.detail, { endpoint: outputs.EndpointName, by: outputs.Alarm });
  });

  await step('without errors the alarm is quiet again', async () => {
    for (const end = Date.now() + 60_000; await alarm() !== 'OK';) {
      ok(Date.now() < end, 'the alarm still rings');
      await pause(0.5);
    }
    equal((await executions(outputs.Watchdog)).length, 1);
  });

  await step('destroy leaves no alarm', async () => {
    succeeded(await cdk('control-app.ts', 'destroy', 'Control', '--force'));
    equal((await cloudWatch.send(new DescribeAlarmsCommand({}))).MetricAlarms, []);
    equal(await (await fetch(`${STAND_IN}/_control/hazards`)).json(), []);
  });
}

prove('smoke-control', main);
