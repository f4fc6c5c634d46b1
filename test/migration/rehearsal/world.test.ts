import { config, scenario, START, type ConfigOverrides } from './support';
import type { MigrationState, Needs } from '../../../src/migration/core/controller/types';
import { answersOf, trafficFactor } from '../../../src/migration/core/rehearsal/answers';
import { logNormal } from '../../../src/migration/core/rehearsal/latency';
import type { Fault, Scenario } from '../../../src/migration/core/rehearsal/scenario';
import { SimulatedEndpoint } from '../../../src/migration/core/rehearsal/simulated-endpoint';
import { requestsPerMinuteAt } from '../../../src/migration/core/rehearsal/traffic';
import { World } from '../../../src/migration/core/rehearsal/world';

const HISTORY = { start: START, periodSeconds: 60, rows: [{ requests: 100, errors: 10, p50: 40_000, p95: 80_000 }, { requests: 50, errors: 0 }] };

describe('traffic', () => {
  test('a day: most at the peak, least twelve hours later, the mean between', () => {
    const daily = { kind: 'daily', mean: 600, swing: 0.5, peakHour: 14 } as const;
    const at = (hour: number) => requestsPerMinuteAt(daily, Date.UTC(2026, 0, 5, hour) / 1000);
    expect([14, 2, 8, 20].map((hour) => Math.round(at(hour)))).toEqual([900, 300, 600, 600]);
  });

  test('history repeats in both directions, and counts by the minute', () => {
    const traffic = { kind: 'history', history: HISTORY } as const;
    expect([-1, 0, 59, 60, 119, 120].map((seconds) => requestsPerMinuteAt(traffic, START + seconds))).toEqual([50, 100, 100, 50, 50, 100]);
    expect(requestsPerMinuteAt({ kind: 'history', history: { ...HISTORY, periodSeconds: 300 } }, START)).toBe(20);
  });
});

describe('how a variant answers', () => {
  const at = { exposed: 600, warm: 600, requestsPerMinute: 1000, instances: 1 };
  const answers = (faults: Fault[], who: 'from' | 'to', situation: Partial<Parameters<typeof answersOf>[2]> = {}, overrides: Partial<Scenario> = {}) => answersOf(scenario({ faults, ...overrides }), who, { ...at, ...situation });

  test('nothing wrong: its own rate, its own times', () => {
    expect(answers([], 'from')).toEqual({ errorRate: expect.closeTo(0.001, 12), latency: logNormal(50_000, 100_000) });
    expect(answers([], 'to').latency.median).toBeCloseTo(56_000, 6);
  });

  test('errors are of the newcomer, an outage is of both', () => {
    expect(answers([{ kind: 'errors', rate: 0.5 }], 'to').errorRate).toBeCloseTo(1 - 0.999 * 0.5, 12);
    expect(answers([{ kind: 'errors', rate: 0.5 }], 'from').errorRate).toBeCloseTo(0.001, 12);
    expect([answers([{ kind: 'outage', rate: 0.08 }], 'from').errorRate, answers([{ kind: 'outage', rate: 0.08 }], 'to').errorRate]).toEqual([expect.closeTo(1 - 0.999 * 0.92, 12), expect.closeTo(1 - 0.999 * 0.92, 12)]);
  });

  test('a fault with times acts from its first second to before its last, and never before the first traffic', () => {
    const fault: Fault = { kind: 'errors', rate: 1, from: 60, until: 120 };
    expect([undefined, 59, 60, 119, 120].map((exposed) => answers([fault], 'to', { exposed }).errorRate)).toEqual([expect.closeTo(0.001, 12), expect.closeTo(0.001, 12), 1, 1, expect.closeTo(0.001, 12)]);
  });

  test('a fault without a beginning is there before the migration too', () => {
    expect(answers([{ kind: 'outage', rate: 1 }], 'from', { exposed: undefined }).errorRate).toBe(1);
    expect(trafficFactor(scenario({ faults: [{ kind: 'noTraffic' }] }), undefined)).toBe(0);
    expect([undefined, 0, 600].map((exposed) => trafficFactor(scenario({ faults: [{ kind: 'noTraffic', from: 600 }] }), exposed))).toEqual([1, 1, 0]);
  });

  test('a leak grows by the minute, from where it begins', () => {
    expect(answers([{ kind: 'leak', perMinute: 0.01 }], 'to').latency.median).toBeCloseTo(56_000 * 1.1, 6);
    expect(answers([{ kind: 'leak', perMinute: 0.01, from: 300 }], 'to').latency.median).toBeCloseTo(56_000 * 1.05, 6);
    expect(answers([{ kind: 'leak', perMinute: 0.01 }], 'from').latency.median).toBe(50_000);
  });

  test('a cold start: some requests to new instances', () => {
    const fault: Fault = { kind: 'coldStart', share: 0.1, factor: 10, seconds: 240 };
    expect(answers([fault], 'to', { warm: 239 }).latency).toMatchObject({ slowShare: 0.1, slowFactor: 10 });
    expect(answers([fault], 'to', { warm: 240 }).latency).toMatchObject({ slowShare: 0, slowFactor: 1 });
  });

  test('capacity: slower from 80 % on, failing beyond 100 %', () => {
    const fault: Fault = { kind: 'capacity', requestsPerMinute: 500 };
    const load = (requestsPerMinute: number, instances = 1) => answers([fault], 'to', { requestsPerMinute, instances });
    expect(load(400).latency.median).toBeCloseTo(56_000, 6);
    expect(load(450).latency.median).toBeCloseTo(56_000 * 2, 6);
    expect(load(1000).latency.median).toBeCloseTo(56_000 * 3, 6);
    expect([load(500).errorRate, load(1000).errorRate, load(1000, 2).errorRate]).toEqual([expect.closeTo(0.001, 12), expect.closeTo(1 - 0.999 / 2, 12), expect.closeTo(0.001, 12)]);
  });

  test('as in the history, where nothing else is said', () => {
    const measured = { from: { latencyFactor: 1, clump: 1 }, to: { latencyFactor: 1.5, clump: 1 } };
    expect(answers([], 'to', { row: HISTORY.rows[0] }, measured)).toEqual({ errorRate: expect.closeTo(0.1, 12), latency: { ...logNormal(40_000, 80_000), median: 60_000 } });
    expect(answers([], 'from', { row: { requests: 0, errors: 3 } }, measured).errorRate).toBe(0);
  });
});

describe('the simulated endpoint', () => {
  const endpoint = () => new SimulatedEndpoint(config(), START, 2000);

  test.each<[string, ConfigOverrides, number, number]>([
    ['nothing scales: the template says it', { from: { scaled: false, requestsPerInstance: undefined, minInstances: undefined, maxInstances: undefined }, to: { scaled: false, requestsPerInstance: undefined, minInstances: undefined, maxInstances: undefined } }, 4, 2],
    ['scaling by something else: the template too', { from: { requestsPerInstance: undefined }, to: { requestsPerInstance: undefined } }, 4, 2],
    ['target tracking has changed it since', {}, 3, 1],
  ])('instances at the start, %s', (_, overrides, from, to) => {
    const it = new SimulatedEndpoint(config(overrides), START, 2000, { from: 4, to: 2 });
    expect([it.instances('from'), it.instances('to')]).toEqual([from, to]);
  });

  test('begins with what the traffic needs at the one, the least at the other, no share', () => {
    expect(endpoint().seen()).toEqual({
      status: 'InService',
      configName: 'rehearsal',
      pendingDeployment: false,
      variants: [
        { name: 'gpu', currentWeight: 1, desiredWeight: 1, currentCount: 3, desiredCount: 3 },
        { name: 'inferentia2', currentWeight: 0, desiredWeight: 0, currentCount: 1, desiredCount: 1 },
      ],
    });
  });

  test('weights take a minute, and meanwhile nothing else is taken', () => {
    const it = endpoint();
    expect(it.setShare(25, START)).toBe('done');
    expect([it.share, it.seen().status]).toEqual([0, 'Updating']);
    expect([it.setShare(0, START + 10), it.setCount('gpu', 5, START + 10)]).toEqual(['busy', 'busy']);
    it.settle(START + 59);
    expect(it.share).toBe(0);
    it.settle(START + 60);
    expect([it.share, it.seen().status]).toEqual([0.25, 'InService']);
    expect(it.seen().variants.map(({ currentWeight }) => currentWeight)).toEqual([0.75, 0.25]);
  });

  test('instances take six minutes to come, one to go', () => {
    const it = endpoint();
    it.setCount('inferentia2', 3, START);
    expect(it.changesAt).toBe(START + 360);
    it.settle(START + 360);
    expect([it.instances('to'), it.instancesUpAt]).toEqual([3, START + 360]);
    it.setCount('inferentia2', 1, START + 400);
    it.settle(START + 460);
    expect([it.instances('to'), it.instancesUpAt]).toEqual([1, START + 360]);
  });

  test('scaling: out at once within its limits, in after a quarter of an hour, neither while suspended', () => {
    const it = endpoint();
    it.autoscale(START, { from: 99_999, to: 0 });
    expect(it.seen().variants[0].desiredCount).toBe(8);
    it.settle(START + 360);
    it.autoscale(START + 400, { from: 10, to: 0 });
    it.autoscale(START + 1299, { from: 10, to: 0 });
    expect(it.seen().variants[0].desiredCount).toBe(8);
    it.setScaling('gpu', { min: 2, max: 8, scaleInSuspended: true, scaleOutSuspended: false });
    it.autoscale(START + 1300, { from: 10, to: 0 });
    expect(it.seen().variants[0].desiredCount).toBe(8);
    it.setScaling('gpu', { min: 2, max: 8, scaleInSuspended: false, scaleOutSuspended: true });
    it.autoscale(START + 1301, { from: 10, to: 0 });
    expect(it.seen().variants[0].desiredCount).toBe(2);
    it.settle(START + 1400);
    it.autoscale(START + 1401, { from: 9000, to: 0 });
    expect(it.seen().variants[0].desiredCount).toBe(2);
  });

  test('a variant that does not scale keeps its instances', () => {
    const it = new SimulatedEndpoint(config({ from: { scaled: false, requestsPerInstance: undefined, minInstances: 4, maxInstances: 4 } }), START, 100_000);
    it.autoscale(START, { from: 100_000, to: 0 });
    expect([it.instances('from'), it.scaling('from'), it.seen().status]).toEqual([4, undefined, 'InService']);
  });
});

describe('the world', () => {
  const nothing: Needs = { scaling: false, killSwitch: false, alarms: [] };
  const state = (overrides: Partial<MigrationState> = {}) => ({ share: 0, changedAt: START, ...overrides }) as MigrationState;

  test('counts what the weights say: a share from the middle of a minute is half of it', () => {
    const world = new World(config(), scenario({ traffic: { kind: 'constant', requestsPerMinute: 1_000_000 } }), 1);
    world.advanceTo(START + 30);
    world.apply([{ kind: 'setWeights', share: 50 }]);
    world.advanceTo(START + 180);
    const share = (minute: number) => { const { from, to } = world.periods.find(({ start }) => start === START + 60 * minute)!; return to.requests / (from.requests + to.requests); };
    expect([share(0), share(1), share(2)]).toEqual([0, expect.closeTo(0.25, 2), expect.closeTo(0.5, 2)]);
  });

  test('a period is there a minute after its end, in order, each with counts of both', () => {
    const world = new World(config(), scenario(), 1);
    world.advanceTo(START + 179);
    const seen = () => world.observe({ ...nothing, periodsAfter: START - 1 }, state()).periods.map(({ start }) => start - START);
    expect(seen()).toEqual([0]);
    world.advanceTo(START + 300);
    expect(seen()).toEqual([0, 60, 120, 180]);
    expect(world.observe({ ...nothing, periodsAfter: START + 60 }, state()).periods.map(({ start }) => start - START)).toEqual([120, 180]);
    expect(world.observe(nothing, state()).periods).toEqual([]);
  });

  test('without requests CloudWatch has no point, and the period is waited for until it is five minutes old', () => {
    const world = new World(config(), scenario({ traffic: { kind: 'constant', requestsPerMinute: 0 } }), 1);
    const seen = () => world.observe({ ...nothing, periodsAfter: START - 1 }, state()).periods.map(({ start, newcomer }) => [start - START, newcomer.requests]);
    world.advanceTo(START + 359);
    expect(seen()).toEqual([]);
    world.advanceTo(START + 360);
    expect(seen()).toEqual([[0, 0]]);
  });

  test('slow requests are counted at the thresholds of the state; asked twice they are the same', () => {
    const world = new World(config(), scenario({ traffic: { kind: 'constant', requestsPerMinute: 100_000 } }), 1);
    world.advanceTo(START + 120);
    const asked = () => world.observe({ ...nothing, periodsAfter: START - 1 }, state({ thresholds: { from95: 100_000, from99: 130_000, to95: 125_000, to99: 160_000 } })).periods[0].control.latency!;
    expect(asked()).toEqual(asked());
    expect(asked().slow95 / asked().samples).toBeGreaterThan(0.03);
    expect(asked().slow95 / asked().samples).toBeLessThan(0.08);
    expect(asked().slow99).toBeLessThan(asked().slow95);
  });

  test('the baseline has the percentiles of its world, and what chance makes of few requests', () => {
    const measured = (requestsPerMinute: number, seconds = 3600) => {
      const world = new World(config(), scenario({ traffic: { kind: 'constant', requestsPerMinute } }), 4);
      world.advanceTo(START);
      return world.observe({ ...nothing, baseline: { seconds } }, state()).baseline!;
    };
    const large = measured(100_000);
    expect([large.p95! / 100_000, large.errors / large.requests / 0.001, large.requestsPerMinute / 100_000]).toEqual([expect.closeTo(1, 1), expect.closeTo(1, 1), expect.closeTo(1, 2)]);
    expect(large.p99!).toBeGreaterThan(large.p95!);
    expect(measured(0)).toEqual({ from: START - 3600, to: START, requests: 0, errors: 0, requestsPerMinute: 0, peakRequestsPerMinute: 0, p95: undefined, p99: undefined });
    expect(measured(10, 7 * 86400).requests).toBeGreaterThan(95_000);
  });

  test('an approval comes when it is due, with the token of the question, and only at gates for people', () => {
    const gates = [{ id: 'ask', point: 'start', kind: 'approval', timeoutSeconds: 3600, onTimeout: 'hold' }, { id: 'own', point: 'start', kind: 'lambda', functionArn: 'arn', timeoutSeconds: 3600, onTimeout: 'hold' }] as const;
    const world = new World(config({ gates }), scenario(), 1);
    const command = (id: string, since: number) => world.observe(nothing, state({ gate: { id, since, token: 't-1' } })).command;
    world.advanceTo(START + 300);
    expect(command('ask', START)).toEqual({ id: 'approve t-1', command: 'approve', token: 't-1', by: 'rehearsal' });
    expect([command('ask', START + 1), command('own', START)]).toEqual([undefined, undefined]);
  });

  test('what came of the actions', () => {
    const world = new World(config(), scenario({ faults: [{ kind: 'errors', rate: 1 }] }), 1);
    world.advanceTo(START);
    expect(world.apply([])).toBeUndefined();
    expect(world.apply([
      { kind: 'setScaling', variant: 'gpu', scaling: { min: 3, max: 8, scaleInSuspended: true, scaleOutSuspended: false } },
      { kind: 'warmUp', variant: 'inferentia2', count: 10, body: '', contentType: '' },
      { kind: 'callGate', id: 'own', functionArn: 'arn', payload: {} },
      { kind: 'setCapacity', variant: 'gpu', count: 3 },
    ])).toEqual({ warmUp: { sent: 10, failed: 10 }, gate: { id: 'own', pass: true }, write: { status: 'done' } });
    expect(world.observe({ ...nothing, scaling: true }, state()).scaling!.from).toEqual({ min: 3, max: 8, scaleInSuspended: true, scaleOutSuspended: false });
    expect(world.apply([{ kind: 'setWeights', share: 5 }])).toEqual({ write: { status: 'busy' } });
  });
});
