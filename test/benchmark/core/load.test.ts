import * as fc from 'fast-check';
import { percentile } from '../../../src/benchmark/core/histogram';
import { runLoad, type Clock, type Load, type Seen, type Send } from '../../../src/benchmark/core/load';
import { Random } from '../../support/standin/traffic/random';

/** Time that stands still until nobody has anything left to do at that moment. */
class Virtual implements Clock {
  private waiting: { readonly moment: number; readonly wake: () => void }[] = [];

  constructor(private time = 0) {}

  now(): number {
    return this.time;
  }

  async until(moment: number): Promise<void> {
    if (moment <= this.time) return;
    await new Promise<void>((wake) => { this.waiting.push({ moment, wake }); });
  }

  async drive<T>(task: Promise<T>): Promise<T> {
    let over = false;
    const watched = task.finally(() => { over = true; });
    watched.catch(() => undefined);
    for (;;) {
      await new Promise(setImmediate);
      if (over) return watched;
      if (this.waiting.length === 0) throw new Error('everybody waits for nothing');
      this.time = Math.min(...this.waiting.map(({ moment }) => moment));
      const due = this.waiting.filter(({ moment }) => moment <= this.time);
      this.waiting = this.waiting.filter(({ moment }) => moment > this.time);
      for (const { wake } of due) wake();
    }
  }
}

const failure = (name: string, message = 'so it is') => Object.assign(new Error(message), { name });

interface Run {
  readonly result: Seen;
  /** When each request was sent, and answered or failed. */
  readonly sent: number[];
  readonly ended: number[];
  readonly most: number;
}

/** Runs a load against requests that take so long each, or fail when they are over. */
async function run(load: Partial<Load>, takes: (request: number, sent: number) => number, fails: (request: number) => Error | undefined = () => undefined, clock = new Virtual()): Promise<Run> {
  const sent: number[] = [];
  const ended: number[] = [];
  let [underWay, most] = [0, 0];
  const send: Send = async (request) => {
    sent[request] = clock.now();
    most = Math.max(most, ++underWay);
    await clock.until(clock.now() + takes(request, clock.now()));
    underWay--;
    ended[request] = clock.now();
    const error = fails(request);
    if (error !== undefined) throw error;
  };
  const result = await clock.drive(runLoad({ phase: 'saturate', batchSize: 1, concurrency: 1, seconds: 1, ...load }, clock, send));
  return { result, sent, ended, most };
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const errorsOf = ({ errors }: Seen) => sum(Object.values(errors));

describe('the first request', () => {
  test('is one, whatever else is said, and its time is that of the slice', async () => {
    const { result, sent } = await run({ phase: 'first', concurrency: 5, seconds: 60, batchSize: 4 }, () => 1234);
    expect(sent).toEqual([0]);
    expect(result).toMatchObject({ phase: 'first', elapsedMs: 1234, requests: 1, answered: 1, inputs: 4, errors: {}, messages: {}, mostUnderWay: 1, notSent: 0 });
    expect([result.latency.count, result.latency.maxMs, result.serviceTime.maxMs]).toEqual([1, 1234, 1234]);
  });

  test('that fails is an error, and nothing else', async () => {
    const { result } = await run({ phase: 'first' }, () => 10, () => failure('ModelError 500', 'boom'));
    expect(result).toMatchObject({ requests: 1, answered: 0, inputs: 0, errors: { 'ModelError 500': 1 }, messages: { 'ModelError 500': 'boom' } });
    expect([result.latency.count, result.serviceTime.count]).toEqual([0, 0]);
  });
});

describe.each(['warmUp', 'saturate'] as const)('%s', (phase) => {
  test('keeps each user busy until the time is over, and waits for the last answers', async () => {
    const { result, sent, ended, most } = await run({ phase, concurrency: 3, seconds: 1, batchSize: 2 }, () => 300);
    expect(sent).toEqual([0, 0, 0, 300, 300, 300, 600, 600, 600, 900, 900, 900]);
    expect(ended.at(-1)).toBe(1200);
    expect(most).toBe(3);
    expect(result).toMatchObject({ phase, elapsedMs: 1000, requests: 12, mostUnderWay: 3, notSent: 0 });
    expect([result.answered, result.inputs]).toEqual([expect.closeTo(10, 9), expect.closeTo(20, 9)]);
    // Without those answered late the slow ones would be missing.
    expect([result.latency.count, result.serviceTime.count, result.latency.sumMs]).toEqual([12, 12, 3600]);
  });

  test('an answer at the last moment is in time, and no request begins then', async () => {
    const { result } = await run({ phase, concurrency: 1, seconds: 1 }, () => 500);
    expect(result).toMatchObject({ requests: 2, answered: expect.closeTo(2, 9), elapsedMs: 1000 });
  });
});

const rate = ({ answered, elapsedMs }: Seen) => answered / elapsedMs * 1000;

describe('throughput', () => {
  test('does not suffer from one answer that comes much later than the others', async () => {
    const { result } = await run({ concurrency: 4, seconds: 10 }, (request) => request === 3 ? 60_000 : 100);
    expect(result.elapsedMs).toBe(10_000);
    // A sixtieth of one in a second, too.
    expect(rate(result)).toBeCloseTo(30 + 1 / 60, 9);
    expect(result.latency.maxMs).toBe(60_000);
  });

  test('of the part of a request that lies after the first third and before the end', async () => {
    // 4 of the 8 s of the first one, all of the second one, 4 of the 8 s of the third: of 12 s that 18 s stand for.
    const { result } = await run({ concurrency: 1, seconds: 18 }, (request) => [10, 4, 8][request] * 1000);
    expect(result).toMatchObject({ requests: 3, elapsedMs: 18_000, answered: expect.closeTo((4 / 10 + 1 + 4 / 8) * 1.5, 9) });
  });

  test('of requests that take no time is their number', async () => {
    // A user that waits for nothing but the back-off after each second one: 100 ms.
    const { result } = await run({ concurrency: 1, seconds: 3 }, () => 0, (request) => request % 2 === 0 ? failure('E') : undefined);
    expect(result).toMatchObject({ requests: 59, answered: expect.closeTo(30, 9), elapsedMs: 3000 });
  });

  test.each([15, 60])('in a time shorter than an answer, of %s s, is that of the users', async (takes) => {
    const { result } = await run({ concurrency: 4, seconds: 10 }, () => takes * 1000);
    expect(result).toMatchObject({ requests: 4, elapsedMs: 10_000 });
    expect(rate(result)).toBeCloseTo(4 / takes, 9);
  });

  test('counts what users got who had waited after errors', async () => {
    const { result } = await run({ concurrency: 1, seconds: 2 }, () => 100, (request) => request % 2 === 0 ? failure('E') : undefined);
    // 100 ms failed, 100 ms of back-off, 100 ms answered; the last one fails at 1.9 s.
    expect(result).toMatchObject({ requests: 13, answered: expect.closeTo(6, 9), errors: { E: 7 }, elapsedMs: 2000 });
    expect(result.serviceTime.count).toBe(6);
  });

  test('is none of an endpoint that only fails since it has settled', async () => {
    const { result } = await run({ concurrency: 2, seconds: 3, batchSize: 8 }, () => 500, (request) => request >= 4 ? failure('E') : undefined);
    expect(result).toMatchObject({ answered: 0, inputs: 0, elapsedMs: 3000 });
    expect(result.serviceTime.count).toBe(4);
  });
});

describe('throughput is that of the endpoint, which arithmetic knows', () => {
  type Server = (clock: Virtual) => Send;

  /** Requests per second as several workers saw them, on average of several times. */
  async function seen(workers: readonly number[], seconds: number, serverOf: (seed: number) => Server, times = 1): Promise<number> {
    let total = 0;
    for (let seed = 1; seed <= times; seed++) {
      const clock = new Virtual(seed);
      const send = serverOf(seed)(clock);
      const results = await clock.drive(Promise.all(workers.map(async (concurrency) => runLoad({ phase: 'saturate', batchSize: 1, concurrency, seconds }, clock, send))));
      expect(results.map(({ elapsedMs }) => elapsedMs)).toEqual(workers.map(() => seconds * 1000));
      total += sum(results.map(rate));
    }
    return total / times;
  }

  const within = (percent: number, got: number, truth: number) => expect(Math.abs(got / truth - 1) * 100).toBeLessThanOrEqual(percent);

  /** Works on everything at the same time. */
  const parallel = (seconds: () => number): Server => (clock) => async () => clock.until(clock.now() + seconds() * 1000);
  /** Works on one after the other. */
  const queue = (seconds: () => number): Server => (clock) => {
    let free = 0;
    return async () => clock.until(free = Math.max(free, clock.now()) + seconds() * 1000);
  };
  /** Works on all, each as much slower as there are others; looks how many they are every 25 ms. */
  const shared = (seconds: () => number): Server => (clock) => {
    let here = 0;
    return async () => {
      here++;
      for (let left = seconds() * 1000; left > 1e-9;) {
        const [others, step] = [here, Math.min(25, left * here)];
        await clock.until(clock.now() + step);
        left -= step / others;
      }
      here--;
    };
  };

  const exponential = (mean: number) => (seed: number) => {
    const random = new Random(seed);
    return () => -mean * Math.log(1 - random.next());
  };
  const lognormal = (mean: number, sigma: number) => (seed: number) => {
    const random = new Random(seed);
    return () => mean * Math.exp(sigma * random.normal() - sigma * sigma / 2);
  };

  /** Answers and slices of these seconds: much longer, and barely. */
  const lengths = [[1, 3.5], [1, 60], [20, 150], [21.5, 150], [19, 240]] as const;

  test.each(lengths)('of answers that always take %s s, in %s s, to the last digit', async (takes, seconds) => {
    within(1e-9, await seen([24], seconds, () => parallel(() => takes)), 24 / takes);
    within(1e-9, await seen([8, 8, 8], seconds, () => parallel(() => takes)), 24 / takes);
  });

  test('of any users, workers and times', async () => {
    const workers = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    await fc.assert(fc.asyncProperty(workers, fc.integer({ min: 50, max: 30_000 }), fc.double({ min: 0.3, max: 12, noNaN: true }), async (users, ms, times) => {
      within(1e-6, await seen(users, Math.ceil(ms * times) / 1000, () => parallel(() => ms / 1000)), sum(users) / ms * 1000);
    }), { numRuns: 60 });
  });

  test.each(lengths)('of a queue whose answers take %s s with the wait, in %s s, to the last digit', async (takes, seconds) => {
    within(1e-9, await seen([24], seconds, () => queue(() => takes / 24)), 24 / takes);
    within(1e-9, await seen([5, 12, 7], seconds, () => queue(() => takes / 24)), 24 / takes);
  });

  test.each(lengths)('of answers of exponential and log-normal times, %s s on average, in %s s', async (mean, seconds) => {
    for (const distribution of [exponential(mean), lognormal(mean, 0.3), lognormal(mean, 0.6)]) {
      const times = Math.ceil(800 * mean / seconds);
      within(3, await seen([16, 8], seconds, (seed) => parallel(distribution(seed)), times), 24 / mean);
    }
  });

  test.each(lengths)('of a queue of exponential times, where an answer takes %s s with the wait, in %s s', async (mean, seconds) => {
    within(3, await seen([16, 8], seconds, (seed) => queue(exponential(mean / 24)(seed)), Math.ceil(800 * mean / seconds)), 24 / mean);
  });

  test.each([7.5, 20])('of a server that divides itself among its requests, as one with continuous batching does, at 1 s an answer in %s s', async (seconds) => {
    within(3, await seen([6, 2], seconds, (seed) => shared(lognormal(1 / 8, 0.4)(seed)), Math.ceil(1500 / seconds)), 8);
  });
});

describe('an endpoint that refuses everything', () => {
  test('is asked less and less often: after 100 ms, and at last every 2 s', async () => {
    const { sent, result } = await run({ concurrency: 1, seconds: 12 }, () => 0, () => failure('ThrottlingException', 'slow down'));
    expect(sent).toEqual([0, 100, 300, 700, 1500, 3100, 5100, 7100, 9100, 11_100]);
    expect(result).toMatchObject({ requests: 10, answered: 0, inputs: 0, errors: { ThrottlingException: 10 }, messages: { ThrottlingException: 'slow down' }, elapsedMs: 12_000 });
  });

  test('an answer makes the next wait short again', async () => {
    const { sent } = await run({ concurrency: 1, seconds: 2 }, () => 0.5, (request) => [0, 1, 3].includes(request) || request > 4 ? failure('E') : undefined);
    expect(sent.slice(0, 7)).toEqual([0, 100.5, 301, 301.5, 402, 402.5, 503]);
  });

  test('is still asked at the rate of an open phase: callers do not know', async () => {
    const { sent, result } = await run({ phase: 'pace', requestsPerSecond: 20, concurrency: 2, seconds: 1 }, () => 1, () => failure('E'));
    expect(sent.length).toBe(20);
    expect(result).toMatchObject({ requests: 20, answered: 0, errors: { E: 20 }, notSent: 0 });
    expect(result.latency.count).toBe(0);
  });

  test('each kind of error is counted, with its first message, cut to what people read', async () => {
    const { result } = await run({ phase: 'pace', requestsPerSecond: 10, concurrency: 1, seconds: 1 }, () => 1, (request) => request % 2 === 0 ? failure('A', `${request} ${'x'.repeat(400)}`) : failure('B', `second ${request}`));
    expect(result.errors).toEqual({ A: 5, B: 5 });
    expect(result.messages).toEqual({ A: `0 ${'x'.repeat(298)}`, B: 'second 1' });
  });
});

describe('pace', () => {
  test('requests are due at their rate, from the moment that it begins', async () => {
    const { result, sent } = await run({ phase: 'pace', requestsPerSecond: 4, concurrency: 10, seconds: 2 }, () => 100, undefined, new Virtual(5000));
    expect(sent).toEqual([5000, 5250, 5500, 5750, 6000, 6250, 6500, 6750]);
    expect(result).toMatchObject({ phase: 'pace', requests: 8, answered: 8, elapsedMs: 2000, mostUnderWay: 1, notSent: 0 });
    expect(result.latency).toEqual(result.serviceTime);
  });

  test('does not drift, at rates that have no exact distance', async () => {
    const { sent } = await run({ phase: 'pace', requestsPerSecond: 7, concurrency: 3, seconds: 30 }, (request) => request % 3);
    expect(sent.length).toBe(210);
    expect(sent[70]).toBe(10_000);
    expect(sent[209]).toBeCloseTo(29_857.142857, 5);
  });

  test('a server that stands still is seen by everyone who would have asked', async () => {
    // From 1 s to 3 s nothing is answered; one place.
    const { result } = await run({ phase: 'pace', requestsPerSecond: 10, concurrency: 1, seconds: 10 }, (_, sent) => sent >= 1000 && sent < 3000 ? 3000 - sent + 10 : 10);
    // The one that hit it took 2010 ms; those due behind it waited 1910, 1820, 1730, ...: 90 ms less each, until they are on time again.
    const late = Array.from({ length: 23 }, (_, i) => 2010 - 90 * i).filter((ms) => ms > 10);
    expect(result.requests).toBe(100);
    expect(result.latency.sumMs).toBeCloseTo(sum(late) + 10 * (100 - late.length), 6);
    expect(result.latency.maxMs).toBeCloseTo(2010, 6);
    expect(percentile(result.latency, 90) / (2010 - 90 * 10)).toBeCloseTo(1, 2);
    // Without what waited, one of a hundred.
    expect([result.serviceTime.maxMs, percentile(result.serviceTime, 99)]).toEqual([2010, expect.closeTo(10, 0)]);
  });

  test('what was due and not sent counts with the time that it waited', async () => {
    const { result, sent } = await run({ phase: 'pace', requestsPerSecond: 10, concurrency: 2, seconds: 1 }, () => 1700);
    expect(sent).toEqual([0, 100]);
    expect(result).toMatchObject({ requests: 2, notSent: 8, answered: 2, elapsedMs: 1000, mostUnderWay: 2 });
    expect(result.latency.count).toBe(10);
    expect(result.latency.sumMs).toBeCloseTo(1700 * 2 + sum([800, 700, 600, 500, 400, 300, 200, 100]), 6);
    expect(result.serviceTime.count).toBe(2);
  });

  test('a rate lower than one request in the time sends one', async () => {
    const { result } = await run({ phase: 'pace', requestsPerSecond: 0.01, concurrency: 4, seconds: 10 }, () => 20);
    expect(result).toMatchObject({ requests: 1, answered: 1, elapsedMs: 10_000, notSent: 0 });
  });

  const scenario = fc.record({
    concurrency: fc.integer({ min: 1, max: 6 }),
    requestsPerSecond: fc.integer({ min: 1, max: 80 }),
    seconds: fc.integer({ min: 0, max: 3 }),
    times: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 30 }),
    failing: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
  });

  test('every request that is due is answered, failed or not sent, and latency is exactly that of a queue before the places', async () => {
    await fc.assert(fc.asyncProperty(scenario, async ({ concurrency, requestsPerSecond, seconds, times, failing }) => {
      const takes = (request: number) => times[request % times.length];
      const fails = (request: number) => failing[request % failing.length];
      const { result, most } = await run({ phase: 'pace', concurrency, requestsPerSecond, seconds }, takes, (request) => fails(request) ? failure('E') : undefined);
      // The same, told as a queue: who is due takes the place that is free first.
      const end = seconds * 1000;
      const free = Array.from({ length: concurrency }, () => 0);
      const expected = { latency: [] as number[], service: [] as number[], failed: 0, notSent: 0 };
      for (let request = 0; request * 1000 / requestsPerSecond < end; request++) {
        const due = request * 1000 / requestsPerSecond;
        free.sort((a, b) => a - b);
        const begins = Math.max(due, free[0]);
        if (begins >= end) {
          expected.notSent++;
          expected.latency.push(end - due);
          continue;
        }
        free[0] = begins + takes(request);
        if (fails(request)) {expected.failed++;} else {
          expected.service.push(takes(request));
          expected.latency.push(free[0] - due);
        }
      }
      expect([result.notSent, errorsOf(result), result.latency.count, result.serviceTime.count]).toEqual([expected.notSent, expected.failed, expected.latency.length, expected.service.length]);
      expect(result.requests).toBe(expected.service.length + expected.failed);
      expect(result.latency.sumMs).toBeCloseTo(sum(expected.latency), 5);
      expect(result.serviceTime.sumMs).toBeCloseTo(sum(expected.service), 5);
      expect(result.latency.maxMs).toBeCloseTo(Math.max(0, ...expected.latency), 5);
      // An answer and a request of the very same moment: whether both are under way then is the order of two callbacks.
      expect(result.mostUnderWay).toBeGreaterThanOrEqual(most);
      expect(result.mostUnderWay).toBeLessThanOrEqual(concurrency);
    }), { numRuns: 150 });
  });

  test('latency is never less than service time', async () => {
    await fc.assert(fc.asyncProperty(scenario, async ({ concurrency, requestsPerSecond, seconds, times }) => {
      const { result } = await run({ phase: 'pace', concurrency, requestsPerSecond, seconds: seconds + 1 }, (request) => times[request % times.length]);
      for (const percent of [50, 95, 99, 100]) {
        // Those not sent are no longer than they waited so far.
        if (result.notSent === 0) expect(percentile(result.latency, percent)).toBeGreaterThanOrEqual(percentile(result.serviceTime, percent) - 1e-6);
      }
      expect(result.latency.count).toBe(result.serviceTime.count + result.notSent);
    }), { numRuns: 60 });
  });
});

test('no phase has more under way than was stated, and each request has a number of its own', async () => {
  const any = fc.record({ phase: fc.constantFrom('first', 'warmUp', 'saturate', 'pace'), concurrency: fc.integer({ min: 1, max: 12 }), seconds: fc.integer({ min: 0, max: 2 }), requestsPerSecond: fc.integer({ min: 1, max: 60 }) });
  await fc.assert(fc.asyncProperty(any, fc.array(fc.integer({ min: 7, max: 500 }), { minLength: 1, maxLength: 10 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), async (load, times, failing) => {
    const { result, sent, most } = await run(load as Load, (request) => times[request % times.length], (request) => failing[request % failing.length] ? failure('E') : undefined);
    expect(most).toBeLessThanOrEqual(load.phase === 'first' ? 1 : load.concurrency);
    expect(result.mostUnderWay).toBe(most);
    expect(Object.keys(sent).length).toBe(result.requests);
    expect(result.serviceTime.count + errorsOf(result)).toBe(result.requests);
    // What began in time is awaited, what comes after the end does not begin.
    if (load.phase !== 'first') expect(Math.max(0, ...sent)).toBeLessThanOrEqual(load.seconds * 1000);
    expect(result.messages).toEqual(errorsOf(result) > 0 ? { E: 'so it is' } : {});
  }), { numRuns: 100 });
});

describe('a load that makes no sense is refused', () => {
  test.each([
    [{ concurrency: 0 }, 'concurrency has to be a whole number of at least 1, got 0'],
    [{ concurrency: -3 }, 'concurrency has to be a whole number of at least 1, got -3'],
    [{ concurrency: 1.5 }, 'concurrency has to be a whole number of at least 1, got 1.5'],
    [{ concurrency: NaN }, 'concurrency has to be a whole number of at least 1, got NaN'],
    [{ seconds: -1 }, 'seconds has to be a number of at least 0, got -1'],
    [{ seconds: NaN }, 'seconds has to be a number of at least 0, got NaN'],
    [{ seconds: Infinity }, 'seconds has to be a number of at least 0, got Infinity'],
    [{ phase: 'pace', requestsPerSecond: 0 }, 'requestsPerSecond has to be a number above 0, got 0'],
    [{ phase: 'pace', requestsPerSecond: -1 }, 'requestsPerSecond has to be a number above 0, got -1'],
    [{ phase: 'pace', requestsPerSecond: Infinity }, 'requestsPerSecond has to be a number above 0, got Infinity'],
    [{ phase: 'pace' }, 'requestsPerSecond has to be a number above 0, got undefined'],
  ] as const)('%j', async (load, message) => {
    await expect(run(load as Partial<Load>, () => 1)).rejects.toThrow(new RangeError(message));
  });

  test('no time is no request in a phase that has one', async () => {
    expect((await run({ seconds: 0 }, () => 1)).result).toMatchObject({ requests: 0, answered: 0, elapsedMs: 0, notSent: 0 });
    expect((await run({ phase: 'pace', seconds: 0, requestsPerSecond: 5 }, () => 1)).result).toMatchObject({ requests: 0, answered: 0, elapsedMs: 0, notSent: 0 });
  });
});
