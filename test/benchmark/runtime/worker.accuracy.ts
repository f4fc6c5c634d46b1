import { exact, expectWithin, fake, measure, measureAll, start, warmed } from './worker-support';
import { percentile } from '../../../src/benchmark/core/histogram';
import { bimodal, constant, lognormal, stratified, type Latency } from '../../support/fake-endpoint';
import { Random } from '../../support/standin/traffic/random';

// Time is real here: it runs alone (`.ci/run load-accuracy`), answers are long, so that 3 % of them are long too, and a test may be repeated.
jest.retryTimes(2);

const PERCENTILES = [50, 95, 99] as const;

/** What a normal distribution has below it, at these percentiles. */
const Z = { 50: 0, 95: 1.6449, 99: 2.3263 };

describe('what is reported is what is known of the endpoint', () => {
  /** After a warm-up that takes nothing of these latencies. */
  async function startWarm(users: number, latency: Latency): Promise<void> {
    let now = constant(50);
    await start({ gpu: { latency: (random) => now(random) } });
    await warmed(users);
    now = latency;
  }

  interface Truth {
    readonly mean: number;
    /** Barely longer than a few answers; random ones need so many that a deviation of 3 % is no luck. */
    readonly seconds: number;
    readonly percentiles: Readonly<Record<number, number>>;
  }

  const cases: [string, Latency, Truth][] = [
    ['answers that always take as long', constant(2000), { mean: 2000, seconds: 7, percentiles: { 50: 2000, 95: 2000, 99: 2000 } }],
    ['log-normal ones', lognormal(700, 0.4), { mean: 700 * Math.exp(0.4 ** 2 / 2), seconds: 7, percentiles: { 50: 700, 95: 700 * Math.exp(0.4 * Z[95]), 99: 700 * Math.exp(0.4 * Z[99]) } }],
    ['fast ones with some that are slow', bimodal(600, 2000, 0.1), { mean: 740, seconds: 7, percentiles: { 50: 600, 95: 2000, 99: 2000 } }],
  ];

  test.each(cases)('%s: the endpoint takes what is known of them', (_, latency, { mean, percentiles }) => {
    for (const each of [latency, stratified(latency, 150)]) {
      const random = new Random(7);
      const samples = Array.from({ length: 60_000 }, () => each(random));
      expectWithin(1, samples.reduce((a, b) => a + b) / samples.length, mean);
      for (const percent of PERCENTILES) expectWithin(1, exact(samples, percent), percentiles[percent]);
    }
  });

  test.each(cases)('%s: throughput is within 3 %%, in a few seconds', async (_, latency, { mean, seconds }) => {
    const users = 24;
    await startWarm(users, stratified(latency, 30));
    const closed = await measure({ phase: 'saturate', concurrency: users, seconds });
    expectWithin(3, closed.answered / closed.elapsedMs, users / mean);
    expect([closed.mostUnderWay, fake.most, closed.elapsedMs]).toEqual([users, { gpu: users }, seconds * 1000]);
    expect([closed.requests, closed.latency.count, closed.errors]).toEqual([fake.served.length, fake.served.length, {}]);
  });

  test('several workers: their sum is within 3 %', async () => {
    await startWarm(24, stratified(lognormal(700, 0.4), 30));
    const results = await measureAll([10, 8, 6], { seconds: 7 });
    expectWithin(3, results.reduce((sum, { answered }) => sum + answered, 0) / 7000, 24 / (700 * Math.exp(0.4 ** 2 / 2)));
    expect([results.map(({ mostUnderWay }) => mostUnderWay), fake.most]).toEqual([[10, 8, 6], { gpu: 24 }]);
    expect(Math.max(...results.map(({ startedAt }) => startedAt)) - Math.min(...results.map(({ startedAt }) => startedAt))).toBeLessThan(50);
  });

  test.each(cases)('%s: percentiles at a pace are within 3 %%', async (_, latency, { percentiles }) => {
    await startWarm(120, stratified(latency, 150));
    const paced = await measure({ phase: 'pace', concurrency: 120, requestsPerSecond: 50, seconds: 3 });
    expect([paced.requests, paced.notSent, fake.served.length, paced.answered, paced.elapsedMs]).toEqual([150, 0, 150, 150, 3000]);
    for (const percent of PERCENTILES) {
      expectWithin(3, percentile(paced.latency, percent), percentiles[percent]);
      expectWithin(3, percentile(paced.serviceTime, percent), percentiles[percent]);
    }
  });

  test('an endpoint with fewer places than users is measured at its places, and their wait is latency', async () => {
    await start({ gpu: { latency: constant(250), capacity: 4 } });
    await warmed(12);
    const result = await measure({ concurrency: 12, seconds: 4 });
    expectWithin(3, result.answered / result.elapsedMs, 4 / 250);
    expectWithin(3, percentile(result.latency, 50), 3 * 250);
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

test('requests are due at their rate: as many, evenly, whatever rate it is', async () => {
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
