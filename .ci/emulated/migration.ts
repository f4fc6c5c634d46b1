/**
 * The migration of the embeddings example after a real deploy: a bad newcomer is rolled back, one whose controller is dead is saved by the
 * watchdog, a good one is promoted. The functions run, the state machines wait, and time passes 20 times faster: run by
 * checks/emulated-deploy.sh on an emulated AWS that was started with STAND_IN_PACE=20.
 */
import { deepStrictEqual as equal, match, ok } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, DescribeStateMachineCommand, ListExecutionsCommand, ListStateMachinesCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { cdk, control, endpoint, everything, hazards, served, WORK } from './cloud';
import { step, succeeded } from './step';

const EXAMPLE = 'embeddings';
const MIGRATION = 'embeddings-to-inferentia2';
const REQUESTS = 1000;

const states = new SFNClient({});
const dynamodb = new DynamoDBClient({});
const lambda = new LambdaClient({});

/** What the deploy made, by what it is for. */
interface Deployed {
  readonly endpoint: string;
  readonly run: string;
  readonly watchdog: string;
  readonly table: string;
  readonly controller: string;
  readonly killSwitch: string;
}

const pause = async (seconds: number): Promise<void> => new Promise((done) => setTimeout(done, seconds * 1000));

/** Asks until there is an answer. Minutes are those of the emulated AWS. */
async function until<T>(what: string, minutes: number, ask: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + minutes * 60_000 / Number(process.env.STAND_IN_PACE); Date.now() < end; await pause(0.2)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`not within ${minutes} minutes: ${what}`);
}

async function deploy(): Promise<Deployed> {
  const file = join(WORK, 'migration-outputs.json');
  succeeded(await cdk(EXAMPLE, ['deploy', '--all', '--require-approval', 'never', '--outputs-file', file]));
  const outputs: Record<string, string> = JSON.parse(readFileSync(file, 'utf8')).EmbeddingsExample;
  const run = Object.values(outputs).map((text) => /^aws stepfunctions start-execution .* --state-machine-arn (\S+)$/.exec(text)?.[1]).find((arn) => arn !== undefined);
  ok(run, `no output starts a run: ${JSON.stringify(outputs)}`);
  const { stateMachines } = await states.send(new ListStateMachinesCommand({}));
  const definitions = new Map<string, string>();
  for (const { stateMachineArn } of stateMachines!) definitions.set(stateMachineArn!, (await states.send(new DescribeStateMachineCommand({ stateMachineArn }))).definition!);
  const watchdog = [...definitions].find(([, text]) => text.includes('"FallbackTriggered"'));
  const controller = [...definitions.values()].map((text) => /"FunctionName":\s*"([^"]*Controller[^"]*)"/.exec(text)?.[1]).find((arn) => arn !== undefined);
  ok(watchdog, 'a machine that falls back');
  ok(controller, 'a machine that calls the controller');
  const { MIGRATION_TABLE: table, MIGRATION_KILL_SWITCH: killSwitch } = (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: controller }))).Environment!.Variables!;
  return { endpoint: (await endpoint()).described.EndpointName!, run, watchdog: watchdog[0], controller, table, killSwitch };
}

class World {
  constructor(private readonly deployed: Deployed) {}

  async traffic(errorRate: number): Promise<void> {
    await control({ traffic: { endpoint: this.deployed.endpoint, requests: { requestsPerMinute: REQUESTS, variants: { inferentia2: { errorRate } } } } });
  }

  async start(): Promise<string> {
    return (await states.send(new StartExecutionCommand({ stateMachineArn: this.deployed.run, input: '{}' }))).executionArn!;
  }

  /** The end of an execution. */
  async ended(executionArn: string, minutes: number) {
    return until(`${executionArn} ends`, minutes, async () => {
      const execution = await states.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status === 'RUNNING' ? undefined : execution;
    });
  }

  async fallbacks() {
    return (await states.send(new ListExecutionsCommand({ stateMachineArn: this.deployed.watchdog }))).executions!;
  }

  async weights(): Promise<Record<string, number>> {
    const { described } = await endpoint();
    return Object.fromEntries(described.ProductionVariants!.map(({ VariantName, CurrentWeight }) => [VariantName!, CurrentWeight!]));
  }

  async counts(): Promise<Record<string, number>> {
    const { described } = await endpoint();
    return Object.fromEntries(described.ProductionVariants!.map(({ VariantName, CurrentInstanceCount }) => [VariantName!, CurrentInstanceCount!]));
  }

  async lock(): Promise<Record<string, AttributeValue>> {
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: this.deployed.table, Key: { endpoint: { S: this.deployed.endpoint }, record: { S: 'LOCK' } } }));
    return Item!;
  }

  /** Names of what a run told, in order, and the shares it had. */
  async story(executionArn: string): Promise<{ events: string[]; shares: number[] }> {
    const run = executionArn.split(':').pop()!;
    const { Items } = await dynamodb.send(new QueryCommand({
      TableName: this.deployed.table,
      KeyConditionExpression: 'endpoint = :e AND begins_with(#r, :a)',
      ExpressionAttributeNames: { '#r': 'record' },
      ExpressionAttributeValues: { ':e': { S: this.deployed.endpoint }, ':a': { S: `AUDIT#${MIGRATION}#${run}#` } },
    }));
    const shares = Items!.map(({ share }) => Number(share.N));
    return {
      events: Items!.flatMap(({ events }) => events === undefined ? [] : (JSON.parse(events.S!) as { name: string }[]).map(({ name }) => name)),
      shares: shares.filter((share, i) => share !== shares[i - 1]),
    };
  }

  async command(command: string): Promise<void> {
    await dynamodb.send(new UpdateItemCommand({
      TableName: this.deployed.table,
      Key: { endpoint: { S: this.deployed.endpoint }, record: { S: `CONTROL#${MIGRATION}` } },
      UpdateExpression: 'SET #i = :i, #c = :c',
      ExpressionAttributeNames: { '#i': 'id', '#c': 'command' },
      ExpressionAttributeValues: { ':i': { S: `${command}-${Date.now()}` }, ':c': { S: command } },
    }));
  }

  async killSwitch(): Promise<string> {
    return (await new SSMClient({}).send(new GetParameterCommand({ Name: this.deployed.killSwitch }))).Parameter!.Value!;
  }

  /** The function dies at its first line, or works again. */
  async breakController(broken: boolean): Promise<void> {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: this.deployed.controller, Handler: broken ? 'gone.handler' : 'index.handler' }));
  }

  async quiet(): Promise<void> {
    await until('every alarm is OK', 30, async () => {
      const { MetricAlarms } = await new CloudWatchClient({}).send(new DescribeAlarmsCommand({}));
      return MetricAlarms!.every(({ StateValue }) => StateValue !== 'ALARM') ? true : undefined;
    });
  }

  async errorsSince(before: number): Promise<number> {
    return (await served(this.deployed.endpoint)).inferentia2.serverErrors - before;
  }
}

async function main(): Promise<void> {
  ok(process.env.STAND_IN_PACE, 'STAND_IN_PACE is not set: the emulated AWS has to be started with it');
  let world!: World;

  await step('migration: bootstrapped', async () =>
    succeeded(await cdk(EXAMPLE, ['bootstrap', `aws://${process.env.CDK_DEFAULT_ACCOUNT}/${process.env.CDK_DEFAULT_REGION}`])));
  await step('migration: deployed, nothing has moved', async () => {
    world = new World(await deploy());
    equal(await world.weights(), { gpu: 1, inferentia2: 0 });
  });

  await step('migration: a newcomer that fails half of its requests is rolled back', async () => {
    await world.traffic(0.5);
    // The GPU needs a past to compare with.
    await pause(15 * 60 / Number(process.env.STAND_IN_PACE));
    const run = await world.start();
    const { status, error, cause } = await world.ended(run, 90);
    equal([status, error], ['FAILED', 'Migration.RolledBack'], cause);
    match(cause!, /errors: newcomer/);
    equal(await world.weights(), { gpu: 1, inferentia2: 0 });
    const errors = await world.errorsSince(0);
    ok(errors > 10 && errors <= 250, `${errors} requests failed`);
    const { events, shares } = await world.story(run);
    for (const event of ['MigrationStarted', 'StepStarted', 'RollbackStarted', 'RolledBack']) ok(events.includes(event), `${event}: ${events.join()}`);
    equal(shares, [0, 5, 0]);
    equal((await world.lock()).owner, undefined);
  });

  await step('migration: the controller is dead and the newcomer fails; the watchdog takes the traffic back', async () => {
    await world.traffic(0);
    await world.quiet();
    const before = (await world.fallbacks()).length;
    const run = await world.start();
    await until('the newcomer has its first share', 60, async () => (await world.weights()).inferentia2 > 0 ? true : undefined);
    await world.breakController(true);
    const errors = await world.errorsSince(0);
    await world.traffic(0.5);
    await until('all of the traffic is at the GPU', 20, async () => (await world.weights()).inferentia2 === 0 ? true : undefined);
    ok(await world.errorsSince(errors) <= 400, 'most of the requests that fail are served before the watchdog acts');
    await until('the watchdog is done', 30, async () => {
      const all = await world.fallbacks();
      return all.length > before && all.every(({ status }) => status === 'SUCCEEDED') ? true : undefined;
    });
    const lock = await world.lock();
    equal([lock.fallback, lock.epoch], [{ BOOL: true }, { N: '3' }]);
    equal(await world.killSwitch(), 'off');
    const { status } = await world.ended(run, 120);
    equal(status, 'FAILED');
    equal(await world.weights(), { gpu: 1, inferentia2: 0 });
    await world.breakController(false);
  });

  await step('migration: a newcomer that serves well gets all of the traffic, in steps', async () => {
    await world.traffic(0);
    await world.quiet();
    const run = await world.start();
    await until('all of the traffic is at Inferentia2', 150, async () => {
      const { status, cause } = await states.send(new DescribeExecutionCommand({ executionArn: run }));
      equal(status, 'RUNNING', cause);
      return (await world.story(run)).events.includes('Promoted') ? true : undefined;
    });
    equal(await world.weights(), { gpu: 0, inferentia2: 1 });
    ok((await world.counts()).gpu >= 2, 'the way back is kept warm');
    await world.command('skip');
    const { status, output, cause } = await world.ended(run, 30);
    equal(status, 'SUCCEEDED', cause);
    match(output!, /"outcome":\s*"promoted"/);
    const { events, shares } = await world.story(run);
    equal(shares, [0, 5, 10, 25, 50, 80, 100]);
    equal(events.filter((event) => event === 'StepPassed').length, 5);
    ok(events.includes('FallbackWindowEnded'), events.join());
    equal(await world.weights(), { gpu: 0, inferentia2: 1 });
    equal((await world.lock()).owner, undefined);
  });

  await step('migration: destroyed, nothing is left but the table, nothing was done that AWS accepts and should not be done', async () => {
    succeeded(await cdk(EXAMPLE, ['destroy', '--all', '--force']));
    equal(await everything(), []);
    equal(await hazards(), []);
  });
}

main().catch((error: unknown) => {
  console.error(`FAIL ${(error as Error).stack}`);
  process.exitCode = 1;
});
