import { Bucket } from './bucket';
import { DEFAULT_LIMITS } from '../../../src/benchmark/core/compare';
import type { BaselineRecord, BenchmarkConfig, ModelVersion } from '../../../src/benchmark/core/types';
import type { DirectorEvent, DirectorResult, DirectorState } from '../../../src/benchmark/runtime/director.lambda';
import { configOf, failedSlice, settingsOf, sliceOf, target } from '../core/builders';
import { measured } from '../records';

const saved = { ...process.env };
const RUN = { arn: 'arn:run', name: 'run', machine: 'arn:machine', startedAt: '2026-11-23T12:00:00.000Z' };
const NOW = '2026-11-23T12:30:00.000Z';
const VERSION: ModelVersion = { modelName: 'gpu-1', instanceType: 'ml.g5.xlarge', instances: 1 };
/** One slice of each phase, one worker. */
const CONFIG: BenchmarkConfig = configOf({ targets: [target('gpu')], settings: settingsOf({ concurrency: 8, durationSeconds: 60 }) });

let bucket: Bucket;
let handler: (event: DirectorEvent) => Promise<DirectorResult>;
let told: [string, any][];
let published: Record<string, number | undefined>[];
/** What the fakes answer. */
let world: { earlier?: string; version: () => ModelVersion; steady: () => ModelVersion; counted: number };
let errors: typeof import('../../../src/benchmark/runtime/live-version.client');
let looks: { readonly from: number; readonly to: number }[];

beforeEach(async () => {
  bucket = await Bucket.start();
  [told, published, looks] = [[], [], []];
  world = { version: () => VERSION, steady: () => VERSION, counted: 0 };
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '123456789012', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1', AWS_ENDPOINT_URL_S3: bucket.url });
  jest.resetModules();
  const at = '../../../src/benchmark/runtime';
  jest.doMock(`${at}/executions.client`, () => ({ earlierRun: async () => world.earlier }));
  jest.doMock(`${at}/invocations.client`, () => ({ invocations: async (_endpoint: string, _variant: string, window: (typeof looks)[0]) => { looks.push(window); return world.counted; } }));
  jest.doMock(`${at}/live-version.client`, () => ({ ...jest.requireActual(`${at}/live-version.client`), liveVersion: async () => world.version(), steadyVersion: async () => world.steady() }));
  jest.doMock(`${at}/tell.client`, () => ({
    tell: async (_bus: string | undefined, type: string, detail: object) => { told.push([type, detail]); },
    publish: (_benchmark: string, _variant: string, values: Record<string, number | undefined>) => { published.push(values); },
  }));
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  ({ handler } = jest.requireActual(`${at}/director.lambda`));
  errors = jest.requireMock(`${at}/live-version.client`);
});
afterEach(async () => {
  process.env = { ...saved };
  jest.restoreAllMocks();
  await bucket.stop();
});

const ask = async (state: DirectorState | null, over: Partial<DirectorEvent> = {}) => handler({ config: CONFIG, run: RUN, state, last: [], now: NOW, ...over });
const again = async ({ state }: DirectorResult, over: Partial<DirectorEvent> = {}) => ask(state, over);

/** Workers do what was answered, and the director is asked once more. */
async function work(answer: DirectorResult, over: Partial<DirectorEvent> = {}, slice: (phase: string) => object = () => ({})): Promise<DirectorResult> {
  for (const { result } of answer.work) bucket.put(result.key, { ...sliceOf(answer.common!.phase, 100), ...slice(answer.common!.phase) });
  return again(answer, { last: answer.work.map(({ worker }) => ({ worker })), ...over });
}

/** Until the last slice was done; not yet judged. */
async function toTheEnd(slice?: (phase: string) => object, config = CONFIG): Promise<DirectorResult> {
  let answer = await ask(null, { config });
  while (answer.common?.phase !== 'pace') answer = await work(answer, { config }, slice);
  for (const { result } of answer.work) bucket.put(result.key, { ...sliceOf('pace', 100), ...slice?.('pace') });
  return answer;
}
const done = { last: [{ worker: 0 }] };
const json = (key: string): any => JSON.parse(bucket.objects.get(key)!.body);
const RECORD = 'benchmark/runs/run/gpu/round-1-batch-16/record.json';
const BASELINE = 'benchmark/baselines/endpoint/gpu/gpu-1/ml.g5.xlarge/round-1.json';

describe('a run', () => {
  test('asks for slice after slice, then ends the measurement, then the run', async () => {
    const began = Date.now();
    let answer = await ask(null);
    expect(answer).toMatchObject({ wait: 0, done: false, outcome: 'running', state: { run: { phase: 'first' }, version: VERSION, otherRequestsPerMinute: 0, waits: 0 } });
    expect(answer.common).toMatchObject({ phase: 'first', variant: 'gpu', workers: 1 });
    // One worker has nobody to wait for.
    expect(Math.abs(answer.common!.startAt - began)).toBeLessThan(4500);
    const phases = [];
    for (; answer.wait === 0; answer = await work(answer)) phases.push(answer.common!.phase);
    expect(phases).toEqual(['first', 'warmUp', 'saturate', 'pace']);
    expect(answer).toEqual({ state: { run: { run: 'run', measurement: 1, phase: 'first', slice: 0, answered: 0, elapsedMs: 0 }, waits: 0, quietSince: NOW }, wait: 1, common: null, work: [], done: false, outcome: 'running', reason: '', output: {} });
    expect([json(RECORD), json(BASELINE)]).toEqual(Array(2).fill(expect.objectContaining({ outcome: 'measured', version: VERSION, measuredOn: NOW })));
    expect(await again(answer)).toMatchObject({ state: null, done: true, outcome: 'measured', output: { outcome: 'measured', report: 's3://results/benchmark/runs/run/report.html', records: [`s3://results/${RECORD}`] } });
    expect(told.map(([type]) => type)).toEqual(['Variant Measured', 'Benchmark Ended']);
  });

  test('lets several workers begin together, when they are there', async () => {
    const config = configOf({ targets: [target('gpu')], settings: settingsOf({ concurrency: 65 }) });
    const began = Date.now();
    const { common, work: shares } = await work(await ask(null, { config }), { config });
    expect(shares).toHaveLength(2);
    expect([common!.startAt - began >= 5000, common!.startAt - began < 8000]).toEqual([true, true]);
  });

  test('gives way to an earlier one, in its middle too', async () => {
    const answer = await ask(null);
    world.earlier = 'arn:earlier';
    for (const other of [await ask(null), await work(answer)]) expect(other).toMatchObject({ state: null, done: true, outcome: 'failed', reason: 'arn:earlier goes on: two runs at once would measure each other', work: [] });
  });

  test('in which nothing was measured says why, and where its report is', async () => {
    world.steady = () => { throw new errors.NoLiveVersion('endpoint endpoint is not there'); };
    const end = await again(await ask(null));
    expect(end).toMatchObject({ done: true, outcome: 'failed', reason: 'gpu at batch 16: endpoint endpoint is not there. Report: s3://results/benchmark/runs/run/report.html' });
    expect(json(RECORD)).toMatchObject({ outcome: 'failed', version: { modelName: 'unknown', instances: 0 } });
    expect([...bucket.objects.keys()].filter((key) => key.includes('baselines/'))).toEqual([]);
  });
});

describe('a variant that changes', () => {
  const steps = async () => {
    const waits: number[] = [];
    let answer = await ask(null);
    for (; answer.wait > 1; answer = await again(answer)) waits.push(answer.wait);
    return { waits, answer };
  };

  test('is waited for, half an hour at most', async () => {
    world.steady = () => { throw new errors.NotSteady('endpoint endpoint is Updating, not InService'); };
    const { waits } = await steps();
    expect(waits).toEqual([60, 120, 240, 480, 900]);
    expect(waits.reduce((a, b) => a + b)).toBe(1800);
    expect(json(RECORD)).toMatchObject({ outcome: 'failed', reason: 'endpoint endpoint is Updating, not InService, after half an hour' });
  });

  test('is measured as soon as it is steady', async () => {
    let asked = 0;
    world.steady = () => {
      if (++asked < 3) throw new errors.NotSteady('variant gpu has 1 of 2 instances');
      return { ...VERSION, instances: 2 };
    };
    const { waits, answer } = await steps();
    expect([waits, answer.state?.version?.instances, answer.common?.phase]).toEqual([[60, 120], 2, 'first']);
  });

  test.each<[string, () => ModelVersion, string]>([
    ['other instances', () => ({ ...VERSION, instances: 3 }), 'variant gpu went from 1 to 3 instances while it was measured: set scaling.minInstances and maxInstances to one number, or suspend its scaling, for the time of a benchmark'],
    ['another model', () => ({ ...VERSION, modelName: 'gpu-2' }), 'variant gpu went from gpu-1 on ml.g5.xlarge to gpu-2 on ml.g5.xlarge while it was measured: run it again when no deploy is under way'],
    ['an update', () => { throw new errors.NotSteady('endpoint endpoint is Updating, not InService'); }, 'endpoint endpoint is Updating, not InService'],
  ])('by %s ends its measurement with the slice', async (_, version, reason) => {
    const answer = await work(await ask(null));
    world.version = version;
    expect(await work(answer)).toMatchObject({ wait: 1, state: { run: { measurement: 1 } } });
    expect(json(RECORD)).toMatchObject({ outcome: 'failed', reason, version: VERSION });
  });
});

describe('requests of others', () => {
  test('fail the measurement, when it cannot be its own', async () => {
    world.counted = 500;
    expect(await ask(null)).toMatchObject({ wait: 1 });
    expect(looks).toEqual([{ from: Date.parse('2026-11-23T12:23:00Z'), to: Date.parse('2026-11-23T12:28:00Z') }]);
    expect(json(RECORD)).toMatchObject({ outcome: 'failed', otherRequestsPerMinute: 100, version: VERSION, reason: 'variant gpu gets 100 requests a minute from others: measure it before it has traffic, or on an endpoint of its own; or set allowOtherTraffic, and what is measured is what they leave over' });
  });

  test('are told from those before the run: it waits until they are out of sight', async () => {
    world.counted = 500;
    const answer = await ask(null, { now: '2026-11-23T12:01:00.000Z' });
    expect([answer.wait, answer.state?.version, answer.work]).toEqual([360, undefined, []]);
    world.counted = 0;
    expect((await again(answer, { now: '2026-11-23T12:07:00.000Z' })).common?.phase).toBe('first');
  });

  test('are no hindrance when they are allowed', async () => {
    world.counted = 500;
    const config = { ...CONFIG, allowOtherTraffic: true };
    await again(await toTheEnd(undefined, config), { config, ...done });
    expect(json(RECORD)).toMatchObject({ outcome: 'measured', otherRequestsPerMinute: 100 });
  });

  test('are not looked for again between two measurements of one variant, which fill those minutes', async () => {
    const config = { ...CONFIG, targets: [target('gpu', { batchSizes: [1] }), target('neuron')] };
    const state = (measurement: number): DirectorState => ({ run: { run: 'run', measurement, phase: 'pace', slice: 0, answered: 0, elapsedMs: 0, requestsPerSecond: 5 }, version: VERSION, otherRequestsPerMinute: 0, waits: 0, quietSince: NOW, broken: 'x' });
    // Round 1: gpu, neuron; round 2: gpu.
    expect((await ask(state(0), { config })).state).not.toHaveProperty('otherRequestsPerMinute');
    const alone = { ...CONFIG, targets: [target('gpu', { batchSizes: [1] })] };
    const after = await ask({ ...state(0), run: { ...state(0).run, run: 'other' } }, { config: alone });
    expect(after.state).toMatchObject({ otherRequestsPerMinute: 0 });
    world.counted = 500;
    expect((await again(after, { config: alone })).common).toMatchObject({ phase: 'first', batchSize: 1 });
    expect(looks).toEqual([]);
  });
});

describe('a worker that failed', () => {
  test('is waited out before its measurement ends', async () => {
    const answer = await work(await ask(null));
    const waiting = await again(answer, { last: [{ error: 'Lambda.Unknown', cause: 'signal: killed' }] });
    expect(waiting).toMatchObject({ wait: 480, work: [], state: { broken: '1 of 1 workers failed in the phase "warm-up": Lambda.Unknown: signal: killed' } });
    expect([told, bucket.objects.has(RECORD)]).toEqual([[], false]);
    expect(await again(waiting)).toMatchObject({ wait: 1, state: { run: { measurement: 1 } } });
    expect(json(RECORD).reason).toBe('1 of 1 workers failed in the phase "warm-up": Lambda.Unknown: signal: killed');
    expect(published).toEqual([{ FailedMeasurements: 1 }]);
  });

  test('may be one that was never asked', async () => {
    expect((await again(await ask(null), { last: [] })).state?.broken).toBe('1 of 1 workers failed in the phase "first request": NoAnswer: the worker was not asked');
  });
});

describe('asked twice', () => {
  test('it takes the record that it has written, whatever it sees now, and tells the same again', async () => {
    const answer = await toTheEnd();
    const first = await again(answer, done);
    const [record, before] = [bucket.objects.get(RECORD)!.body, told.length];
    world.version = () => { throw new errors.NotSteady('endpoint endpoint is Updating, not InService'); };
    expect(await again(answer, { ...done, now: '2026-11-23T12:31:00.000Z' })).toEqual({ ...first, state: { ...first.state, quietSince: '2026-11-23T12:31:00.000Z' } });
    expect([bucket.objects.get(RECORD)!.body, bucket.objects.get(BASELINE)!.body]).toEqual([record, record]);
    expect(told.slice(before)).toEqual(told.slice(0, before));
    expect(published[1]).toEqual(published[0]);
  });

  test('after a failure between record and events it tells of it', async () => {
    const answer = await toTheEnd();
    await again(answer, done);
    const record = bucket.objects.get(RECORD)!.body;
    bucket.objects.delete(BASELINE);
    [told, published] = [[], []];
    await again(answer, done);
    expect([bucket.objects.get(BASELINE)!.body, told.map(([type]) => type), published.length]).toEqual([record, ['Variant Measured'], 1]);
  });

  test('it compares with the same version before, whose record its own may have replaced', async () => {
    const own: BaselineRecord = measured('gpu', { ...VERSION, inferenceAmiVersion: 'host-1' }, { benchmark: 'bench', settings: CONFIG.settings, throughput: { requestsPerSecond: 1e6, inputsPerSecond: 1e6, inputsPerSecondPerInstance: 1e6 } });
    bucket.put(BASELINE, own);
    world.steady = world.version = () => ({ ...VERSION, inferenceAmiVersion: 'host-2' });
    const answer = await toTheEnd();
    await again(answer, done);
    await again(answer, done);
    expect(json(BASELINE).version.inferenceAmiVersion).toBe('host-2');
    const ratios = published.map(({ ThroughputRatio }) => ThroughputRatio);
    expect([ratios[0]! < 0.01, ratios[1]]).toEqual([true, ratios[0]]);
    const worse = told.filter(([type]) => type === 'Version Regressed').map(([, detail]) => detail);
    expect(worse[0]).toMatchObject({ run: 'run', variant: 'gpu', record: `s3://results/${RECORD}`, before: { inferenceAmiVersion: 'host-1' }, comparison: { throughputRatio: ratios[0] } });
    await again(await again(answer, done));
    expect(json('benchmark/runs/run/report.json').versions).toHaveLength(1);
  });
});

describe('requests that failed', () => {
  test('are too many for a measurement', async () => {
    const answer = await toTheEnd((phase) => phase === 'pace' ? failedSlice('pace', { 'ModelError 500': 10 }) : phase === 'saturate' ? sliceOf('saturate', 90, { requests: 100, errors: { 'ModelError 500': 10 } }) : {});
    const [place] = answer.work;
    bucket.put(place.result.key, sliceOf('pace', 90, { requests: 100, errors: { 'ModelError 500': 10 } }));
    await again(answer, done);
    expect(json(RECORD)).toMatchObject({ outcome: 'failed', reason: '10 % of 200 requests failed, more than 5 %: 20 x ModelError 500', throughput: expect.anything() });
    expect(published).toEqual([{ FailedMeasurements: 1 }]);
    expect(told.map(([type]) => type)).toEqual(['Measurement Failed']);
  });
});

test('a record that cannot be read takes the place of none, and stops nobody', async () => {
  bucket.put(BASELINE, { schema: 'cdk-accelerators/baseline-record/2' });
  const answer = await work(await ask(null));
  await again(answer, { last: [{ error: 'E' }] });
  await again(await again(answer, { last: [{ error: 'E' }] }));
  expect(json(BASELINE)).toMatchObject({ outcome: 'failed' });
  expect(DEFAULT_LIMITS).toEqual(CONFIG.limits);
});
