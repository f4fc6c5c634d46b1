import { Bench, LATENCY, SETTINGS, traffic, type Counts } from './support';
import { Random } from '../../../../bench/judge/random';
import type { JudgeSettings } from '../../../../src/migration/core/judge/judge';

/**
 * The stated bounds, on newcomers that lie exactly on the limit: every request goes to either variant by chance and fails by chance. Traffic
 * comes in stretches from nothing to 100,000 a minute, weights change at random, and whoever looks does so after every period and stops
 * at the first verdict: the most dishonest way to look.
 */
const RUNS = 120;
const PERIODS = 40;

interface World {
  readonly settings: JudgeSettings;
  readonly counts: (random: Random, n0: number, n1: number, minute: number) => readonly [Counts, Counts];
  /** Sends more requests when the evidence is near the goal: traffic that is not independent of what was seen. */
  readonly greedy?: 'worse' | 'fine';
}

function reached(world: World, kind: 'rollback' | 'promote', runs = RUNS): number {
  let hits = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const random = new Random(seed);
    const bench = new Bench(world.settings);
    let [requests, share] = [1000, 0.5];
    for (let minute = 0; minute < PERIODS; minute++) {
      requests = traffic(random, requests);
      if (random.uniform() < 0.1) share = 0.05 + 0.9 * random.uniform();
      const near = world.greedy !== undefined && bench.verdict?.evidence.some((one) => one[world.greedy!] > 0.3);
      const all = random.poisson(near ? 30 : requests);
      const n1 = random.binomial(all, share);
      const [control, newcomer] = world.counts(random, all - n1, n1, minute);
      if (bench.see(control, newcomer).kind === kind) {
        hits++;
        break;
      }
    }
  }
  return hits / runs;
}

const errors = (p0: number | ((minute: number) => number), p1: number | ((minute: number) => number)): World['counts'] => (random, n0, n1, minute) => [
  [n0, random.binomial(n0, typeof p0 === 'number' ? p0 : p0(minute))], [n1, random.binomial(n1, typeof p1 === 'number' ? p1 : p1(minute))],
];

const slow = (p95: number, p99: number): World['counts'] => (random, n0, n1) => {
  const side = (n: number): Counts => [n, 0, random.binomial(n, p95), random.binomial(n, p99)];
  return [side(n0), side(n1)];
};

/** Three standard deviations above what is allowed. */
const atMost = (share: number, runs = RUNS) => share + 3 * Math.sqrt(share * (1 - share) / runs);

const outage = (minute: number) => minute % 20 < 5;

/** Large, so that a rate beyond it shows in few runs. */
const ALLOWED = 0.3;

describe('a newcomer that is just acceptable is rolled back no more often than alpha', () => {
  const settings = { ...SETTINGS, falseRollback: ALLOWED };

  test.each<[string, World]>([
    ['by the allowance', { settings, counts: errors(0, 0.002) }],
    ['by the ratio', { settings, counts: errors(0.01, 0.02) }],
    ['by the ratio, when most requests fail, so that no cap holds', { settings, counts: errors(0.4, 0.8) }],
    ['by the allowance in quiet minutes and by the ratio in outages', { settings, counts: errors((m) => outage(m) ? 0.1 : 0, (m) => outage(m) ? 0.15 : 0.002) }],
    ['by the ratio, with traffic that follows the evidence', { settings, counts: errors(0.01, 0.02), greedy: 'worse' }],
    ['by latency', { settings: { ...LATENCY, falseRollback: ALLOWED }, counts: slow(0.05, 0.01) }],
    ['by latency, the control just as slow', { settings: { ...LATENCY, falseRollback: ALLOWED }, counts: slow(0.2, 0.1) }],
  ])('%s', (_, world) => expect(reached(world, 'rollback')).toBeLessThanOrEqual(atMost(ALLOWED)));
});

test('a newcomer that is beyond both is rolled back', () => {
  expect(reached({ settings: SETTINGS, counts: errors(0.001, 0.02) }, 'rollback', 40)).toBeGreaterThan(0.95);
  expect(reached({ settings: LATENCY, counts: (random, n0, n1) => [slow(0.05, 0.01)(random, n0, 0, 0)[0], slow(0.15, 0.03)(random, 0, n1, 0)[1]] }, 'rollback', 40)).toBeGreaterThan(0.95);
});

describe('a newcomer that is just beyond the limit is certified no more often than beta', () => {
  const settings = { ...SETTINGS, falsePromotion: ALLOWED, falseRollback: 1e-9 };

  test.each<[string, World]>([
    ['by the allowance', { settings, counts: errors(0.001, 0.0021) }],
    ['by the ratio', { settings, counts: errors(0.01, 0.021) }],
    ['with traffic that follows the evidence', { settings, counts: errors(0.001, 0.0021), greedy: 'fine' }],
    ['by p95', { settings: { ...settings, judgeLatency: true }, counts: slow(0.052, 0.001) }],
    ['by p99', { settings: { ...settings, judgeLatency: true }, counts: slow(0.01, 0.0105) }],
  ])('%s', (_, world) => expect(reached(world, 'promote')).toBeLessThanOrEqual(atMost(ALLOWED)));
});

test('a good newcomer is certified', () => {
  expect(reached({ settings: SETTINGS, counts: errors(0.001, 0.0005) }, 'promote', 40)).toBeGreaterThan(0.95);
});
