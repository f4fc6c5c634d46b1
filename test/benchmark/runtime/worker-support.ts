import type { SliceResult, WorkerEvent } from '../../../src/benchmark/core/types';
import { FakeEndpoint, type FakeVariant } from '../../support/fake-endpoint';

/** The real handler, with the real clients over HTTP, before an endpoint that is known. */
const saved = { ...process.env };
export let fake: FakeEndpoint;
export let handler: typeof import('../../../src/benchmark/runtime/worker.lambda').handler;

export async function start(variants: Readonly<Record<string, FakeVariant>>): Promise<void> {
  fake = await FakeEndpoint.start('web', variants);
  Object.assign(process.env, fake.environment);
  fake.put('data', 'questions.jsonl', Array.from({ length: 50 }, (_, i) => `"question ${i}"`).join('\n'));
  jest.resetModules();
  // The clients read the environment when they are made.
  ({ handler } = jest.requireActual('../../../src/benchmark/runtime/worker.lambda'));
}

afterEach(async () => {
  jest.restoreAllMocks();
  process.env = { ...saved };
  await fake?.close();
});

export const RESULT = { bucket: 'results', key: 'benchmark/runs/r/gpu/saturate-0-0.json' };

export const event = (more: Partial<WorkerEvent> = {}): WorkerEvent => ({
  phase: 'saturate',
  endpoint: 'web',
  variant: 'gpu',
  dataset: { bucket: 'data', key: 'questions.jsonl' },
  payload: { template: '{"inputs": {inputs}}', contentType: 'application/json' },
  batchSize: 1,
  concurrency: 4,
  seconds: 0.3,
  startAt: 0,
  worker: 0,
  workers: 1,
  slice: 0,
  result: RESULT,
  ...more,
});

export const resultOf = (): SliceResult => JSON.parse(fake.get(RESULT.bucket, RESULT.key)!) as SliceResult;

export async function measure(more: Partial<WorkerEvent>): Promise<SliceResult> {
  await handler(event(more));
  return resultOf();
}

/** Several workers that begin at the same moment, each with so many requests under way. */
export async function measureAll(concurrency: readonly number[], more: Partial<WorkerEvent>): Promise<SliceResult[]> {
  const events = concurrency.map((places, worker) => event({ startAt: Date.now() + 300, ...more, concurrency: places, worker, workers: concurrency.length, result: { ...RESULT, key: `${worker}.json` } }));
  await Promise.all(events.map(async (each) => handler(each)));
  return events.map(({ result }) => JSON.parse(fake.get(result.bucket, result.key)!) as SliceResult);
}

/** Connections and compiled code, as after the warm-up of a run. */
export async function warmed(concurrency: number): Promise<void> {
  await handler(event({ phase: 'warmUp', concurrency, seconds: 0.5 }));
  await new Promise((done) => setTimeout(done, 50));
  fake.reset();
}

/** Nearest rank, of all samples. */
export function exact(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(percent * sorted.length / 100)) - 1];
}

/** The other number is at most so many parts of a hundred away. */
export function expectWithin(percent: number, got: number, truth: number): void {
  expect(got).toBeGreaterThanOrEqual(truth * (1 - percent / 100));
  expect(got).toBeLessThanOrEqual(truth * (1 + percent / 100));
}
