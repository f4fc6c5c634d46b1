import { exact, expectWithin, fake, measure, start, warmed } from './worker-support';
import { percentile } from '../../../src/benchmark/core/histogram';
import { bimodal, constant, lognormal, type Latency } from '../../support/fake-endpoint';
import { Random } from '../../support/standin/traffic/random';

// Time is real here: it runs alone (`.ci/run load-accuracy`), answers are long, so that 3 % of them are long too, and a test may be repeated.
jest.retryTimes(2);

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
