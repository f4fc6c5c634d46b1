import { types } from 'node:util';
import { percentile } from '../../../src/benchmark/core/histogram';
import type { SliceResult, WorkerEvent } from '../../../src/benchmark/core/types';
import { bimodal, constant, FakeEndpoint, lognormal, modelError, type FakeVariant, type Latency } from '../../support/fake-endpoint';
import { ServiceError } from '../../support/standin/errors';
import { Random } from '../../support/standin/traffic/random';

// Time is real here, and other processes may take the processor away: answers are long, so that 3 % of them are long too, and a test may be repeated.
jest.retryTimes(2);

const saved = { ...process.env };
let fake: FakeEndpoint;
let handler: typeof import('../../../src/benchmark/runtime/worker.lambda').handler;

async function start(variants: Readonly<Record<string, FakeVariant>>): Promise<void> {
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

const RESULT = { bucket: 'results', key: 'benchmark/runs/r/gpu/saturate-0-0.json' };

const event = (more: Partial<WorkerEvent> = {}): WorkerEvent => ({
  phase: 'saturate',
  endpoint: 'web',
  variant: 'gpu',
  dataset: { bucket: 'data', key: 'questions.jsonl' },
  payload: { template: '{"inputs": {inputs}}', contentType: 'application/json' },
  batchSize: 1,
  concurrency: 4,
  seconds: 0.3,
  worker: 0,
  workers: 1,
  slice: 0,
  result: RESULT,
  ...more,
});

const resultOf = (): SliceResult => JSON.parse(fake.get(RESULT.bucket, RESULT.key)!) as SliceResult;

async function measure(more: Partial<WorkerEvent>): Promise<SliceResult> {
  await handler(event(more));
  return resultOf();
}

/** Connections and compiled code, as after the warm-up of a run. */
async function warmed(concurrency: number): Promise<void> {
  await handler(event({ phase: 'warmUp', concurrency, seconds: 0.5 }));
  await new Promise((done) => setTimeout(done, 50));
  fake.reset();
}

/** Nearest rank, of all samples. */
function exact(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(percent * sorted.length / 100)) - 1];
}

/** The other number is at most so many parts of a hundred away. */
function expectWithin(percent: number, got: number, truth: number): void {
  expect(got).toBeGreaterThanOrEqual(truth * (1 - percent / 100));
  expect(got).toBeLessThanOrEqual(truth * (1 + percent / 100));
}

const PERCENTILES = [50, 95, 99] as const;
const serviceTimes = () => fake.served.map(({ arrived, ended }) => ended - arrived);

/** What a normal distribution has below it, at these percentiles. */
const Z = { 50: 0, 95: 1.6449, 99: 2.3263 };

describe('what is reported is what the endpoint did', () => {
  const cases: [string, Latency, Readonly<Record<number, number>>][] = [
    ['answers that always take as long', constant(1000), { 50: 1000, 95: 1000, 99: 1000 }],
    ['log-normal ones', lognormal(700, 0.4), { 50: 700, 95: 700 * Math.exp(0.4 * Z[95]), 99: 700 * Math.exp(0.4 * Z[99]) }],
    ['fast ones with some that are slow', bimodal(600, 2000, 0.1), { 50: 600, 95: 2000, 99: 2000 }],
  ];

  test.each(cases)('%s: the endpoint takes what is known of them', (_, latency, analytic) => {
    const random = new Random(7);
    const samples = Array.from({ length: 100_000 }, () => latency(random));
    for (const percent of PERCENTILES) expectWithin(1, exact(samples, percent), analytic[percent]);
  });

  test.each(cases)('%s: percentiles and throughput are within 3 %%', async (_, latency) => {
    const users = 24;
    await start({ gpu: { latency } });
    await warmed(users);
    const closed = await measure({ phase: 'saturate', concurrency: users, seconds: 3.5 });
    const { served } = fake;
    expectWithin(3, closed.answered / closed.elapsedMs, served.filter(({ ended }) => ended <= 3500).length / 3500);
    expect([closed.mostUnderWay, fake.most]).toEqual([users, { gpu: users }]);
    expect([closed.requests, closed.latency.count, closed.errors]).toEqual([served.length, served.length, {}]);
    // None of the users was idle: so many were at the server on average.
    const busy = served.reduce((sum, { arrived, ended }) => sum + Math.min(ended, 3500) - arrived, 0) / 3500;
    expect(busy).toBeGreaterThan(0.85 * users);

    // Percentiles are those of the pace: users in step with each other send all at once, which takes time here.
    fake.reset();
    const paced = await measure({ phase: 'pace', concurrency: 80, requestsPerSecond: 50, seconds: 3 });
    expect(fake.served.every(({ began, ended, takes }) => ended - began > takes - 2)).toBe(true);
    expect([paced.requests, paced.notSent, fake.served.length]).toEqual([150, 0, 150]);
    for (const percent of PERCENTILES) {
      const truth = exact(serviceTimes(), percent);
      expectWithin(3, percentile(paced.latency, percent), truth);
      expectWithin(3, percentile(paced.serviceTime, percent), truth);
    }
  });

  test('an endpoint with fewer places than users is measured at its places, and their wait is latency', async () => {
    await start({ gpu: { latency: constant(50), capacity: 4 } });
    await warmed(12);
    const result = await measure({ concurrency: 12, seconds: 2 });
    const working = fake.served.map(({ began, ended }) => ended - began);
    expectWithin(5, result.answered / result.elapsedMs, 4 / (working.reduce((x, y) => x + y) / working.length));
    expectWithin(8, percentile(result.latency, 50), 3 * exact(working, 50));
    expect(fake.most).toEqual({ gpu: 12 });
  });
});

describe('an endpoint that stands still for 2 s', () => {
  const [rate, places, seconds, takes, from, until] = [20, 4, 6, 30, 2000, 4000];

  /** The arithmetic: who is due takes the place that is free first. */
  function expected(): { latency: number[]; service: number[] } {
    const free = Array.from({ length: places }, () => 0);
    const [latency, service]: [number[], number[]] = [[], []];
    for (let request = 0; request < rate * seconds; request++) {
      const due = request * 1000 / rate;
      free.sort((a, b) => a - b);
      const begins = Math.max(due, free[0]);
      const answered = (begins >= from && begins < until ? until : begins) + takes;
      free[0] = answered >= from && answered < until ? until : answered;
      latency.push(free[0] - due);
      service.push(free[0] - begins);
    }
    return { latency, service };
  }

  test('is seen by all who were due meanwhile, not only by those who had a place', async () => {
    await start({ gpu: { latency: constant(takes), stalls: [{ afterMs: from, forMs: until - from }] } });
    await warmed(places);
    const result = await measure({ phase: 'pace', concurrency: places, requestsPerSecond: rate, seconds });
    const { latency, service } = expected();
    expect([result.requests, result.notSent, result.mostUnderWay, fake.most.gpu]).toEqual([rate * seconds, 0, places, places]);
    for (const percent of [95, 99]) expectWithin(3, percentile(result.latency, percent), exact(latency, percent));
    expectWithin(15, result.latency.sumMs, latency.reduce((a, b) => a + b));
    // A third of all callers waited longer than ten answers take; of the requests sent only those under way did.
    expect(latency.filter((ms) => ms > 10 * takes).length).toBeGreaterThan(33);
    expect(service.filter((ms) => ms > 10 * takes).length).toBe(places);
    expect(percentile(result.serviceTime, 95)).toBeLessThan(3 * takes);
    expectWithin(3, percentile(result.serviceTime, 99), exact(service, 99));
    expectWithin(3, result.serviceTime.maxMs, Math.max(...service));
  });

  test('until the end of the slice: who could not be sent any more counts', async () => {
    await start({ gpu: { latency: constant(takes), stalls: [{ afterMs: 500, forMs: 2000 }] } });
    await warmed(places);
    const result = await measure({ phase: 'pace', concurrency: places, requestsPerSecond: rate, seconds: 1.5 });
    // 30 were due; 10 before, 4 under way.
    expect([result.requests, result.notSent, result.latency.count]).toEqual([14, 16, 30]);
    // The first of them had waited for 800 ms then, the last one for 50.
    expectWithin(4, result.latency.maxMs, 2030);
    expectWithin(3, result.latency.sumMs - result.serviceTime.sumMs, 16 * (800 + 50) / 2);
  });
});

describe('requests', () => {
  test('are due at their rate: as many, evenly, whatever rate it is', async () => {
    await start({ gpu: { latency: lognormal(40, 0.5) } });
    await warmed(16);
    const result = await measure({ phase: 'pace', concurrency: 16, requestsPerSecond: 77, seconds: 3 });
    expect(result.requests).toBe(231);
    // Never early, and hardly late.
    const late = (result.latency.sumMs - result.serviceTime.sumMs) / 231;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(6);
    const arrived = fake.served.map((one) => one.arrived).sort((a, b) => a - b);
    const off = arrived.map((moment, request) => moment - request * 1000 / 77);
    // No drift: the last ones are as punctual as the first.
    expect(Math.abs(exact(off.slice(-77), 50) - exact(off.slice(0, 77), 50))).toBeLessThan(3);
    expect(exact(off.map(Math.abs), 75)).toBeLessThan(10);
  });

  test('are made of the lines, name the variant, and say what they hold', async () => {
    await start({ gpu: { latency: constant(5) } });
    await handler(event({ phase: 'first', concurrency: 1, batchSize: 3, payload: { template: '{"inputs": {inputs}, "k": 1}', contentType: 'application/vnd.own+json', accept: 'text/csv' } }));
    expect(fake.served).toEqual([expect.objectContaining({ variant: 'gpu', body: '{"inputs": ["question 0","question 1","question 2"], "k": 1}', contentType: 'application/vnd.own+json', accept: 'text/csv', ok: true })]);
  });

  test('of several workers hold different lines', async () => {
    await start({ gpu: { latency: constant(5) } });
    for (const worker of [0, 1]) await handler(event({ phase: 'first', concurrency: 1, worker, workers: 2, payload: { template: '{input}', contentType: 'application/json' } }));
    expect(fake.served.map(({ body }) => body)).toEqual(['"question 0"', '"question 1"']);
  });

  test('of the next slice use the connections of the one before, unless they are old', async () => {
    await start({ gpu: { latency: constant(5) } });
    const connectionsOf = async (more: Partial<WorkerEvent> = {}) => {
      const before = fake.connections;
      const reads = fake.objectCalls.length;
      await handler(event({ concurrency: 3, ...more }));
      expect(fake.objectCalls.length - reads).toBe(2);
      return fake.connections - before;
    };
    // S3 has one too, which is kept.
    expect(await connectionsOf()).toBe(4);
    expect(await connectionsOf()).toBe(0);
    // Another load has its own.
    expect(await connectionsOf({ concurrency: 2 })).toBe(2);
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 10_500);
    expect(await connectionsOf({ concurrency: 2 })).toBe(2);
  });
});

describe('the result', () => {
  test('is in S3, and the state machine gets what it needs of it', async () => {
    await start({ gpu: { latency: constant(20) } });
    const answer = await handler(event({ slice: 2, worker: 1, workers: 2, batchSize: 2 }));
    const result = resultOf();
    expect(answer).toEqual({ variant: 'gpu', phase: 'saturate', slice: 2, worker: 1, elapsedMs: 300, requests: result.requests, answered: result.answered, errors: {}, notSent: 0, result: RESULT });
    expect(Object.keys(result)).toEqual(['phase', 'elapsedMs', 'requests', 'answered', 'inputs', 'errors', 'messages', 'latency', 'serviceTime', 'mostUnderWay', 'notSent']);
    expect(result.inputs).toBe(2 * result.answered);
    expect(result.latency.count).toBe(result.requests);
    expect(fake.objectCalls).toEqual(['GET data/questions.jsonl 200', `PUT ${RESULT.bucket}/${RESULT.key} 200`]);
  });

  test('can be read again', async () => {
    await start({ gpu: { latency: constant(5) } });
    await handler(event({ phase: 'first' }));
    const { readResult } = jest.requireActual<typeof import('../../../src/benchmark/runtime/results.client')>('../../../src/benchmark/runtime/results.client');
    expect(await readResult(RESULT)).toEqual(resultOf());
  });
});

/** Jest has an `Error` of its own, so that the SDK does not know those of node:http again. */
function oneKindOfError(): () => void {
  Object.defineProperty(Error, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, error: unknown) {
      return this === Error ? types.isNativeError(error) : Function.prototype[Symbol.hasInstance].call(this as () => void, error);
    },
  });
  return () => Reflect.deleteProperty(Error, Symbol.hasInstance);
}

describe('a variant that fails', () => {
  let restore: () => void;
  beforeEach(() => { restore = oneKindOfError(); });
  afterEach(() => restore());

  test('always leaves a result with its errors, and is not asked all the time', async () => {
    await start({ gpu: { latency: constant(5), errorShare: 1, failure: modelError(500, 'CUDA out of memory') } });
    const result = await measure({ seconds: 0.8, concurrency: 2 });
    expect(result).toMatchObject({
      answered: 0, inputs: 0, errors: { 'ModelError 500': result.requests }, messages: { 'ModelError 500': 'Received server error (500) from primary with message "CUDA out of memory".' },
    });
    // 0, 105, 310 and 715 ms after the beginning, of each user.
    expect(result.requests).toBeGreaterThanOrEqual(6);
    expect(result.requests).toBeLessThanOrEqual(8);
    expect([result.latency.count, fake.served.length]).toEqual([0, result.requests]);
  });

  test('now and then: the rest is measured, each failure counts once and is not tried again', async () => {
    await start({ gpu: { latency: constant(20), errorShare: 0.2, failure: modelError(503, 'busy') } });
    const result = await measure({ phase: 'pace', requestsPerSecond: 100, concurrency: 10, seconds: 1.5 });
    const failed = fake.served.filter(({ ok }) => !ok).length;
    expect(failed).toBeGreaterThan(10);
    expect(result.errors).toEqual({ 'ModelError 503': failed });
    expect([result.requests, result.latency.count, fake.served.length]).toEqual([150, 150 - failed, 150]);
  });

  test.each([
    ['ThrottlingException', new ServiceError('ThrottlingException', 'Rate exceeded', 429), 'Rate exceeded'],
    ['ServiceUnavailable', new ServiceError('ServiceUnavailable', 'no capacity', 503), 'no capacity'],
    ['ModelError 400', modelError(400, 'x'.repeat(500)), `Received server error (400) from primary with message "${'x'.repeat(300)}`.slice(0, 300)],
    ['ECONNRESET', 'closed connection', 'socket hang up'],
  ] as const)('by %s: it is named so', async (kind, failure, message) => {
    await start({ gpu: { latency: constant(2), errorShare: 1, failure } });
    const result = await measure({ phase: 'first', concurrency: 1 });
    expect(result.errors).toEqual({ [kind]: 1 });
    expect(result.messages).toEqual({ [kind]: message });
  });

  test('of an endpoint that is not there, or is not there itself', async () => {
    await start({ gpu: { latency: constant(2) } });
    expect(await measure({ phase: 'first', endpoint: 'other' })).toMatchObject({ requests: 1, answered: 0, messages: { ValidationError: 'Endpoint other of account 123456789012 not found.' } });
    expect(await measure({ phase: 'first', variant: 'neuron' })).toMatchObject({ errors: { ValidationError: 1 }, messages: { ValidationError: 'Variant neuron of endpoint web not found.' } });
  });

  test('for nobody listens there', async () => {
    await start({ gpu: { latency: constant(2) } });
    process.env.AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME = 'http://127.0.0.1:1';
    expect(await measure({ phase: 'first' })).toMatchObject({ errors: { ECONNREFUSED: 1 }, messages: { ECONNREFUSED: expect.stringContaining('127.0.0.1:1') } });
  });
});

describe('a dataset', () => {
  beforeEach(async () => start({ gpu: { latency: constant(2) } }));
  const first = async () => handler(event({ phase: 'first', concurrency: 1 }));

  test('is read once, and again when it was changed', async () => {
    await first();
    await first();
    fake.put('data', 'questions.jsonl', '"another"');
    await first();
    expect(fake.objectCalls.filter((call) => call.startsWith('GET'))).toEqual(['GET data/questions.jsonl 200', 'GET data/questions.jsonl 304', 'GET data/questions.jsonl 200']);
    expect(fake.served.map(({ body }) => body)).toEqual(['{"inputs": ["question 0"]}', '{"inputs": ["question 0"]}', '{"inputs": ["another"]}']);
  });

  test('another one is another one', async () => {
    fake.put('data', 'answers.jsonl', '42');
    await first();
    await handler(event({ phase: 'first', dataset: { bucket: 'data', key: 'answers.jsonl' } }));
    expect(fake.served.at(-1)!.body).toBe('{"inputs": [42]}');
    // Also one that looks the same.
    fake.put('data', 'again.jsonl', '42');
    await handler(event({ phase: 'first', dataset: { bucket: 'data', key: 'again.jsonl' } }));
    expect(fake.objectCalls.filter((call) => call.startsWith('GET')).at(-1)).toBe('GET data/again.jsonl 200');
  });

  test.each([
    ['', 's3://data/questions.jsonl has no lines; write one input as JSON on each'],
    ['"a"\nb', 'line 2 of s3://data/questions.jsonl is no JSON: b'],
    [`"${'x'.repeat(64 * 1024 * 1024)}"`, 's3://data/questions.jsonl has 65 MiB, at most 64 are allowed; take a part of it, it is read from the beginning again when it is over'],
  ])('that is of no use stops the worker before a request', async (body, message) => {
    fake.put('data', 'questions.jsonl', body);
    await expect(first()).rejects.toMatchObject({ name: 'DatasetRefused', message });
    expect(fake.served).toEqual([]);
  });

  test('that became of no use stops it too, each time', async () => {
    await first();
    fake.put('data', 'questions.jsonl', 'nothing');
    await expect(first()).rejects.toThrow('is no JSON: nothing');
    await expect(first()).rejects.toThrow('is no JSON: nothing');
    expect(fake.served.length).toBe(1);
  });

  test('that is not there is said by its service', async () => {
    await expect(handler(event({ dataset: { bucket: 'data', key: 'none' } }))).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('whose lines do not fit into the template is said before a request, and is no error of the variant', async () => {
    await expect(handler(event({ batchSize: 2, payload: { template: '{input}', contentType: 'application/json' } }))).rejects.toMatchObject({ name: 'PayloadRefused', message: '{input} stands for one line, and the batch has 2; use {inputs}' });
    expect([fake.served.length, fake.get(RESULT.bucket, RESULT.key)]).toEqual([0, undefined]);
  });
});
