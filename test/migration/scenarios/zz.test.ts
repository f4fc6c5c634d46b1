import { Duration } from 'aws-cdk-lib';
import { ShiftPlan, MigrationGate, GatePoint } from '../../../src/migration';
import { World, ENDPOINT, type WorldOptions } from './world';
import { DriftPolicy } from '../../../src/migration';
import { SAGEMAKER } from '../../support/standin/sagemaker';

jest.setTimeout(300_000);
let world: World;
afterEach(async () => world?.stop());
const FAST = { migration: { fallbackWindow: Duration.hours(2), plan: ShiftPlan.auto() } };
const show = (what = '') => process.stdout.write(`== ${expect.getState().currentTestName} ${what} ${world.parent.executions.map((e) => e.status)} ${world.ticks} ticks, ${world.minute.toFixed(1)} min\n${world.story()}\n${world.writes.map((w) => JSON.stringify(w)).join('\n')}\nwatchdog ${world.watchdog.executions.map((e) => `${e.status} ${JSON.stringify(e.input)}`)}\n${JSON.stringify(world.scaling)} ${JSON.stringify(world.weights)} ${JSON.stringify(world.counts)} kill ${world.killSwitch} lock ${JSON.stringify({ ...world.lock, state: undefined })}\n${world.printed.filter((p) => p.includes('"level":"error"')).slice(0, 5).join('\n')}\nserved ${JSON.stringify([world.served('gpu'), world.served('inf2')])}\n`);
void SAGEMAKER; void MigrationGate; void GatePoint; void ENDPOINT;
const start = async (o: WorldOptions) => { world = await World.start(o); return world.run(); };


const W = { migration: { fallbackWindow: Duration.minutes(30) } };
const BEFORE = 65;
test('s1', async () => {
  const run = await start({ ...W, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: 0.5 } } } });
  await world.until(() => run.status !== 'RUNNING', 60);
  await world.minutes(10);
  show();
});
test('s6', async () => {
  const run = await start({ ...W, inf2: { scaling: { maxInstances: 1, invocationsPerInstance: 400 } } });
  await world.until(() => run.status !== 'RUNNING', 60);
  show();
});
test('s6b', async () => {
  const run = await start({ ...W, inf2: { scaling: { maxInstances: 4, invocationsPerInstance: 1800 } }, traffic: { requestsPerMinute: 1000, variants: { inf2: { capacityPerInstance: 400 } } } });
  await world.until(() => run.status !== 'RUNNING', 90);
  await world.minutes(10);
  show();
});
test('s6c', async () => {
  const run = await start({ ...W, inf2: { scaling: { maxInstances: 4, invocationsPerInstance: 400 } }, traffic: { requestsPerMinute: 1000, variants: { inf2: { capacityPerInstance: 450 } } } });
  world.standIn.control.capacity.set('ml.inf2.xlarge', 1);
  await world.until(() => run.status !== 'RUNNING', 130);
  await world.minutes(10);
  show();
});
test('s7', async () => {
  const run = await start({ ...W, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: ({ minute }) => Math.max(0, minute - 100) * 0.01 } } } });
  await world.until(() => run.status !== 'RUNNING', 130);
  await world.minutes(10);
  show();
});
test('s7b', async () => {
  const run = await start({ ...W, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: ({ minute }) => minute > BEFORE + 90 ? 0.02 : 0 } } } });
  await world.until(() => run.status !== 'RUNNING', 130);
  await world.minutes(10);
  show();
});
test('s7c', async () => {
  const run = await start({ ...W, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: ({ minute }) => minute > BEFORE + 90 ? 0.3 : 0 } } } });
  world.beforeTick = () => { if (world.minute > 89) throw new Error('Runtime.ExitError'); };
  await world.until(() => world.watchdog.executions.length > 0, 130);
  await world.minutes(10);
  show(run.status);
});
test('s8', async () => {
  const run = await start({ ...W, traffic: { requestsPerMinute: 1000, variants: { inf2: { latency: ({ minute }) => ({ median: minute > BEFORE + 14 ? 100 : 50 }) } } } });
  await world.until(() => world.minute > 15, 20);
  world.standIn.control.durations.weights = 600;
  world.standIn.scale(ENDPOINT, 'inf2', 2);
  world.standIn.control.durations.weights = 60;
  await world.until(() => run.status !== 'RUNNING', 60);
  await world.minutes(10);
  show(run.status);
});
test('s9', async () => {
  const run = await start({ ...W });
  await world.until(() => world.share === 10, 20);
  world.standIn.call(SAGEMAKER, 'UpdateEndpointWeightsAndCapacities', { EndpointName: ENDPOINT, DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredInstanceCount: 1 }] });
  await world.minutes(30);
  show(run.status);
});
test('s11', async () => {
  const run = await start({ migration: { policies: { onDrift: DriftPolicy.RESTORE } }, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: ({ minute }) => minute > BEFORE + 16 ? 0.5 : 0 } } } });
  await world.until(() => world.share === 10, 60);
  await world.minutes(1);
  world.console({ gpu: 0.5, inf2: 0.5 });
  await world.until(() => run.status !== 'RUNNING', 60);
  await world.minutes(10);
  show(run.status);
});
test('s12t', async () => {
  const run = await start(W);
  await world.until(() => world.share === 10, 60);
  world.beforeTick = () => { throw new Error('boom'); };
  await world.until(() => run.status !== 'RUNNING', 60);
  await world.minutes(10);
  show(run.status);
});
test('s12r', async () => {
  const run = await start(W);
  await world.until(() => world.share === 25, 60);
  await world.minutes(5);
  run.abort();
  await world.minutes(10);
  const again = world.run({ resume: true });
  await world.until(() => again.status !== 'RUNNING', 190);
  show(run.status);
});
test('s14', async () => {
  const run = await start({ migration: { fallbackWindow: Duration.minutes(30), gates: [MigrationGate.approval({ at: GatePoint.EACH_STEP })] }, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: ({ minute }) => minute > BEFORE + 40 ? 0.03 : 0 } } } });
  await world.until(() => world.said('GateWaiting'), 20);
  world.command('approve');
  await world.minutes(2);
  world.command('approve', { token: world.events('GateWaiting')[0].detail.token as string });
  await world.minutes(2);
  world.command('approve', { token: world.events('GateWaiting')[0].detail.token as string });
  await world.until(() => run.status !== 'RUNNING', 160);
  world.command('approve', { token: world.events('GateWaiting')[1].detail.token as string });
  await world.minutes(10);
  show(run.status);
});
test('s15', async () => {
  const run = await start({ ...W, traffic: { requestsPerMinute: 1000, variants: { gpu: { latency: ({ share }) => ({ median: 30 + 20 * share }) }, inf2: { latency: { median: 55 }, targeted: ({ minute }) => minute > BEFORE + 4 && minute < BEFORE + 30 ? 600 : 0, clientErrorRate: ({ minute }) => minute > BEFORE + 40 ? 0.3 : 0 } } } });
  await world.until(() => run.status !== 'RUNNING', 190);
  show(run.status);
});
test('dry', async () => {
  const run = await start({ migration: { policies: { dryRun: true } } });
  await world.until(() => run.status !== 'RUNNING', 60);
  show(run.status);
});
