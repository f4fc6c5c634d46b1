import { ENDPOINT, World, type WorldOptions } from './world';
import { BenchmarkPayload } from '../../../src';
import { historyEvents, runSeconds } from '../../../src/benchmark/core/plan';
import type { WorkerEvent } from '../../../src/benchmark/core/types';
import { SAGEMAKER } from '../../support/standin/sagemaker';
import { sliceOf } from '../core/builders';

jest.setTimeout(120_000);
let world: World;
afterEach(async () => world.stop());

/** Workers that saw what they were told to see, in no time; `answer` may fail. */
async function start(options: WorldOptions, answer: (event: WorkerEvent) => object | void = () => undefined): Promise<WorkerEvent[]> {
  world = await World.start(options);
  const asked: WorkerEvent[] = [];
  world.handlers.worker = async (event: WorkerEvent) => {
    asked.push(event);
    const seen = answer(event) ?? {};
    world.bucket.put(event.result.key, sliceOf(event.phase, 10 * event.seconds, { elapsedMs: 1000 * event.seconds, ...seen }));
    return { worker: event.worker };
  };
  return asked;
}

test('a large template and 2,560 requests at a time fit into the data of an execution, and its history into what was reckoned', async () => {
  const template = `{"inputs": {inputs}, "parameters": {"x": "${'\\"'.repeat(2020)}"}}`;
  const asked = await start({ seconds: 480, benchmark: ({ gpu }) => ({ targets: [{ variant: gpu, batchSizes: [1, 8] }], load: { concurrency: 2560, payload: BenchmarkPayload.template(template) } }) });
  const run = await world.run();
  expect([run.status, run.result.error]).toEqual(['SUCCEEDED', undefined]);
  expect(asked).toHaveLength(2 * (1 + 5 * 40));
  expect(new Set(asked.map(({ payload }) => payload.template))).toEqual(new Set([template]));
  const most = historyEvents(world.config);
  // The interpreter leaves out that an iteration began and that it ended. All but the waits that nobody needed.
  const events = run.result.events + 2 * asked.length;
  expect([events <= most, events > 0.9 * most]).toEqual([true, true]);
  expect(run.result.seconds).toBeLessThan(runSeconds(world.config));
});

test('a worker that failed is waited out before anything else is sent', async () => {
  const asked = await start({}, ({ variant, phase }) => {
    if (variant === 'gpu' && phase === 'saturate') throw new Error('no memory');
  });
  const times: [string, string, number][] = [];
  const { worker } = world.handlers;
  world.handlers.worker = async (event: WorkerEvent) => {
    times.push([event.variant, event.phase, world.scheduler.clock.now()]);
    return worker(event);
  };
  const run = await world.run();
  expect(world.record(run, 'gpu')).toMatchObject({ outcome: 'failed', reason: '1 of 1 workers failed in the phase "full concurrency": Error: no memory' });
  expect(world.record(run, 'inf2').outcome).toBe('measured');
  expect(asked.map(({ variant, phase }) => `${variant} ${phase}`)).toEqual(['gpu first', 'gpu warmUp', 'gpu saturate', 'inf2 first', 'inf2 warmUp', 'inf2 saturate', 'inf2 pace']);
  const [broke, after] = [times[2], times[3]];
  expect([broke[1], after[0], after[2] - broke[2] >= 480_000]).toEqual(['saturate', 'inf2', true]);
});

test('an endpoint that changes is waited for, and measured as it is then', async () => {
  const asked = await start({});
  world.standIn.call(SAGEMAKER, 'UpdateEndpointWeightsAndCapacities', { EndpointName: ENDPOINT, DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredInstanceCount: 2 }] });
  const run = await world.run();
  expect([run.status, world.record(run, 'gpu').version.instances, world.record(run, 'inf2').version.instances]).toEqual(['SUCCEEDED', 2, 1]);
  expect(asked).toHaveLength(8);
  expect(run.result.seconds).toBeGreaterThan(60);
});

test('a variant that others send to is not measured; one that nobody sends to is', async () => {
  await start({});
  world.standIn.setTraffic(ENDPOINT, { requestsPerMinute: 60 });
  world.standIn.advance(1200);
  const run = await world.run();
  expect(world.record(run, 'gpu')).toMatchObject({ outcome: 'failed', reason: 'variant gpu gets 58.8 requests a minute from others: measure it before it has traffic, or on an endpoint of its own; or set allowOtherTraffic, and what is measured is what they leave over' });
  expect(world.record(run, 'inf2')).toMatchObject({ outcome: 'measured' });
  expect(world.record(run, 'inf2')).not.toHaveProperty('otherRequestsPerMinute');
});

test('with allowOtherTraffic it is, and the record says what they send', async () => {
  await start({ benchmark: { allowOtherTraffic: true } });
  world.standIn.setTraffic(ENDPOINT, { requestsPerMinute: 60 });
  world.standIn.advance(1200);
  const run = await world.run();
  expect(world.record(run, 'gpu')).toMatchObject({ outcome: 'measured', otherRequestsPerMinute: 58.8 });
  expect(world.bucket.objects.get(`benchmark/runs/${run.name}/report.html`)!.body).toContain('beside 58.8 requests a minute of others');
});

test('requests that came before the run, of an earlier one as a rule, are not those of others', async () => {
  await start({});
  world.standIn.setTraffic(ENDPOINT, { requestsPerMinute: 60 });
  world.standIn.advance(1200);
  world.standIn.setTraffic(ENDPOINT, undefined);
  const run = await world.run();
  expect(world.record(run, 'gpu')).toMatchObject({ outcome: 'measured' });
  // It had to wait until they were out of sight.
  expect([run.result.seconds > 400, run.result.seconds < 500]).toEqual([true, true]);
});
