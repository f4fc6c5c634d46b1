import { createHash } from 'node:crypto';
import { types } from 'node:util';
import { event, fake, handler, measure, measureAll, RESULT, resultOf, start } from './worker-support';
import type { WorkerEvent } from '../../../src/benchmark/core/types';
import { constant, modelError } from '../../support/fake-endpoint';
import { ServiceError } from '../../support/standin/errors';

const md5 = (text: string) => `"${createHash('md5').update(text).digest('hex')}"`;

// How exact it is: `worker.accuracy.ts`, which runs alone.
describe('requests', () => {
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
    expect(answer).toEqual({ worker: 1, requests: result.requests, answered: result.answered, notSent: 0 });
    expect(Object.keys(result)).toEqual(['phase', 'elapsedMs', 'requests', 'answered', 'inputs', 'errors', 'messages', 'latency', 'serviceTime', 'mostUnderWay', 'notSent', 'startedAt', 'dataset']);
    expect(result.elapsedMs).toBe(300);
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

describe('the beginning', () => {
  beforeEach(async () => start({ gpu: { latency: constant(5) } }));

  test('is the same of all workers, after what each of them has to read', async () => {
    fake.put('data', 'long.jsonl', Array.from({ length: 100_000 }, (_, i) => `"question ${i}"`).join('\n'));
    // Longer than a busy machine takes to read it three times.
    const startAt = Date.now() + 5000;
    const results = await measureAll([2, 3, 1], { startAt, phase: 'first', dataset: { bucket: 'data', key: 'long.jsonl' } });
    for (const { startedAt } of results) {
      expect(startedAt).toBeGreaterThanOrEqual(startAt - 2);
      expect(startedAt).toBeLessThan(startAt + 5000);
    }
    expect(fake.served.map(({ variant }) => variant)).toEqual(['gpu', 'gpu', 'gpu']);
  });

  test('of a worker that comes late is at once, and said', async () => {
    const before = Date.now();
    const { startedAt } = await measure({ phase: 'first', startAt: before - 60_000 });
    expect(startedAt).toBeGreaterThanOrEqual(before);
    expect(startedAt).toBeLessThan(before + 20_000);
  });

  test('is not awaited for longer than 30 s: that is another clock', async () => {
    const before = Date.now();
    expect((await measure({ phase: 'first', startAt: before + 40_000 })).startedAt).toBeLessThan(before + 20_000);
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
    // 0, 105, 310 and 715 ms after the beginning, of each user; later on a busy machine.
    expect(result.requests).toBeGreaterThanOrEqual(2);
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
    const etags: (string | undefined)[] = [];
    const firstOf = async () => {
      await first();
      etags.push(resultOf().dataset);
    };
    await firstOf();
    await firstOf();
    fake.put('data', 'questions.jsonl', '"another"');
    await firstOf();
    // The result says which it was, also when it was not read again.
    expect(etags).toEqual([md5(Array.from({ length: 50 }, (_, i) => `"question ${i}"`).join('\n')), etags[0], md5('"another"')]);
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
