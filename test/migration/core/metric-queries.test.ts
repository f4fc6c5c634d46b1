import * as fc from 'fast-check';
import {
  baselineOf, baselineQueries, baselineWindow, LATE_SECONDS, percentileQueries, periodQueries, periodsOf, periodWindow, slowerThan, type Series,
} from '../../../src/migration/core/metric-queries';
import { config, NOON, state } from '../runtime/config';

const CONFIG = config();
const M = (minute: number) => NOON + 60 * minute;
const BOTH = { from: true, to: true };

/** Points of whole minutes after noon: requests and errors of both sides. */
function series(points: Partial<Record<'from' | 'to', Record<number, readonly [requests: number, errors: number]>>>): Series {
  const of = (side: 'from' | 'to', index: 0 | 1) => Object.entries(points[side] ?? {}).map(([minute, counts]): [number, number] => [M(Number(minute)), counts[index]]);
  return { from_requests: of('from', 0), from_errors: of('from', 1), to_requests: of('to', 0), to_errors: of('to', 1) };
}

function read(points: Series, now: number, { after = M(-1), exposed = BOTH, changedAt = M(-60) as number | undefined, share = 10 } = {}) {
  return periodsOf({ config: CONFIG, state: { changedAt, share }, after, now, exposed }, points).periods;
}

describe('what is asked for', () => {
  test('twelve metrics: requests, errors, refusals, samples and slow ones of each variant', () => {
    expect(periodQueries(CONFIG, { from95: 100_000, from99: 200_000.4, to95: 125_000, to99: 250_000.5 })).toEqual([
      { id: 'from_requests', metric: 'Invocations', variant: 'gpu', stat: 'Sum', period: 60 },
      { id: 'from_errors', metric: 'Invocation5XXErrors', variant: 'gpu', stat: 'Sum', period: 60 },
      { id: 'from_refused', metric: 'Invocation4XXErrors', variant: 'gpu', stat: 'Sum', period: 60 },
      { id: 'from_samples', metric: 'ModelLatency', variant: 'gpu', stat: 'SampleCount', period: 60 },
      { id: 'from_slow95', metric: 'ModelLatency', variant: 'gpu', stat: 'TC(100000:)', period: 60 },
      { id: 'from_slow99', metric: 'ModelLatency', variant: 'gpu', stat: 'TC(200000:)', period: 60 },
      { id: 'to_requests', metric: 'Invocations', variant: 'inf2', stat: 'Sum', period: 60 },
      { id: 'to_errors', metric: 'Invocation5XXErrors', variant: 'inf2', stat: 'Sum', period: 60 },
      { id: 'to_refused', metric: 'Invocation4XXErrors', variant: 'inf2', stat: 'Sum', period: 60 },
      { id: 'to_samples', metric: 'ModelLatency', variant: 'inf2', stat: 'SampleCount', period: 60 },
      { id: 'to_slow95', metric: 'ModelLatency', variant: 'inf2', stat: 'TC(125000:)', period: 60 },
      { id: 'to_slow99', metric: 'ModelLatency', variant: 'inf2', stat: 'TC(250001:)', period: 60 },
    ]);
  });

  test('without thresholds no latency', () => {
    expect(periodQueries(CONFIG, undefined).map(({ id }) => id)).toEqual(['from_requests', 'from_errors', 'from_refused', 'to_requests', 'to_errors', 'to_refused']);
  });

  test.each([[0.4, 'TC(0:)'], [1e7, 'TC(10000000:)'], [59_999.6, 'TC(60000:)']])('slower than %d us', (limit, stat) => expect(slowerThan(limit)).toBe(stat));

  test('the periods after the last one that are closed for long enough, and five minutes before', () => {
    expect(periodWindow(CONFIG, M(0), M(3))).toEqual({ start: M(-4), end: M(2) });
    expect(periodWindow(CONFIG, M(0), M(3) - 1)).toBeUndefined();
    expect(periodWindow(CONFIG, M(0), M(4) + 59)).toEqual({ start: M(-4), end: M(3) });
    expect(periodWindow(CONFIG, M(5), M(4))).toBeUndefined();
  });

  test('no more than a day, so that an answer holds it', () => {
    const window = periodWindow(CONFIG, NOON - 9 * 86400, NOON + 7)!;
    expect(window).toEqual({ start: NOON + 60 - 86400 - 300, end: NOON - 60 });
    expect(12 * (window.end - window.start) / 60).toBeLessThan(100_800);
  });

  test('periods of other lengths begin at their multiples', () => {
    expect(periodWindow(config({ plan: { periodSeconds: 120 } }), M(0), M(9))).toEqual({ start: M(-4), end: M(8) });
  });
});

describe('a period is given', () => {
  const full = series({ from: { 0: [900, 1], 1: [910, 2] }, to: { 0: [100, 3], 1: [90, 4] } });

  test('when it has been closed for the publication delay, not a second before', () => {
    expect(read(full, M(2) - 1)).toEqual([]);
    expect(read(full, M(2))).toEqual([
      { start: M(0), seconds: 60, control: { requests: 900, errors: 1 }, newcomer: { requests: 100, errors: 3 }, latencySettled: true, certifies: false },
    ]);
    expect(read(full, M(3)).map(({ start, newcomer }) => [start, newcomer.errors])).toEqual([[M(0), 3], [M(1), 4]]);
  });

  test('only after the last one, wherever in a period that mark lies', () => {
    expect(read(full, M(3), { after: M(0) }).map(({ start }) => start)).toEqual([M(1)]);
    expect(read(full, M(3), { after: M(0) + 20 }).map(({ start }) => start)).toEqual([M(1)]);
    expect(read(full, M(3), { after: M(1) })).toEqual([]);
  });

  test('in any order of the points', () => {
    const turned = Object.fromEntries(Object.entries(full).map(([id, points]) => [id, [...points].reverse()]));
    expect(read(turned, M(3))).toEqual(read(full, M(3)));
  });

  test('with latency where it was measured; no point in a range is no slow request, and more slow ones than samples are as many', () => {
    const withLatency: Series = { ...full, from_samples: [[M(0), 899]], from_slow95: [[M(0), 45.5]], from_slow99: [[M(0), 1000]], to_samples: [[M(0), 100]], to_slow99: [] };
    const [first, second] = read(withLatency, M(3));
    expect(first.control.latency).toEqual({ samples: 899, slow95: 45.5, slow99: 899 });
    expect(first.newcomer.latency).toEqual({ samples: 100, slow95: 0, slow99: 0 });
    expect('latency' in second.control).toBe(false);
  });

  test('with what the state says about latency and certificates', () => {
    expect(read(full, M(2), { changedAt: M(-2) })[0].latencySettled).toBe(true);
    expect(read(full, M(2), { changedAt: M(-2) + 1 })[0].latencySettled).toBe(false);
    expect(read(full, M(2), { changedAt: undefined })[0].latencySettled).toBe(true);
    expect([49.9, 50].map((share) => read(full, M(2), { share })[0].certifies)).toEqual([false, true]);
  });

  test('beside the refusals of its periods only', () => {
    const points = { ...full, from_refused: [[M(0), 7], [M(1), 5], [M(2), 100]], to_refused: [[M(1), 2]] } as Series;
    expect(periodsOf({ config: CONFIG, state: state(), after: M(-1), now: M(3), exposed: BOTH }, points).refused).toEqual({ from: 12, to: 2 });
  });
});

describe('a point that is not there', () => {
  test.each([
    ['requests of the newcomer', { from: { 0: [900, 1], 1: [900, 1] }, to: { 1: [90, 0] } }],
    ['requests of the control', { from: { 1: [900, 1] }, to: { 0: [100, 0], 1: [90, 0] } }],
    ['both', { from: { 1: [900, 1] }, to: { 1: [90, 0] } }],
  ] as const)('%s: waited for until five minutes after the end, then it is none; what follows comes with it', (_, points) => {
    expect(read(series(points), M(1) + LATE_SECONDS - 1)).toEqual([]);
    const given = read(series(points), M(1) + LATE_SECONDS);
    expect(given.map(({ start }) => start)).toEqual([M(0), M(1)]);
    expect(given[0].control.requests).toBe(0 in points.from ? 900 : 0);
    expect(given[0].newcomer.requests).toBe(0 in points.to ? 100 : 0);
  });

  test('errors come later than requests: waited for, as a 0 would be published', () => {
    const late: Series = { ...series({ from: { 0: [900, 1] }, to: { 0: [100, 0] } }), to_errors: [] };
    expect(read(late, M(5))).toEqual([]);
    expect(read({ ...late, to_errors: [[M(0), 50]] }, M(5))[0].newcomer).toEqual({ requests: 100, errors: 50 });
    expect(read(late, M(6))[0].newcomer).toEqual({ requests: 100, errors: 0 });
  });

  test('of a variant without weight is not missed', () => {
    const points = series({ from: { 0: [900, 1] } });
    expect(read(points, M(2), { exposed: { from: true, to: false } })).toHaveLength(1);
    expect(read(series({ to: { 0: [900, 1] } }), M(2), { exposed: { from: false, to: true } })).toHaveLength(1);
  });

  test('of a newcomer that had its first weight later is not missed; of one that had requests before it is', () => {
    const changedAt = M(0) + 30;
    expect(read(series({ from: { 0: [900, 1] } }), M(2), { changedAt })).toHaveLength(1);
    expect(read(series({ from: { 0: [900, 1] }, to: { [-1]: [50, 0] } }), M(2), { changedAt })).toEqual([]);
    expect(read(series({ from: { 0: [900, 1] } }), M(2), { changedAt: M(0) })).toEqual([]);
  });

  test('of a period that is there in part is waited for, whatever the weights are', () => {
    const half: Series = { ...series({ from: { 0: [900, 1] }, to: { 0: [100, 0] } }), to_errors: [] };
    expect(read(half, M(5), { exposed: { from: true, to: false }, changedAt: M(0) + 30 })).toEqual([]);
    const other: Series = { ...half, to_requests: [], to_errors: [[M(0), 3]] };
    expect(read(other, M(5), { exposed: { from: true, to: false } })).toEqual([]);
  });

  test('an endpoint without traffic gives empty periods, five minutes behind', () => {
    expect(read(series({}), M(9)).map(({ start, control, newcomer }) => [start, control.requests, newcomer.requests]))
      .toEqual([0, 1, 2, 3].map((minute) => [M(minute), 0, 0]));
  });
});

test('whatever the order in which points arrive, each closed period is given once, in order, and whole unless a point was five minutes late', () => {
  const minutes = 12;
  const point = fc.record({ requests: fc.option(fc.nat(1000), { nil: undefined }), delay: fc.integer({ min: 60, max: 420 }), errorsDelay: fc.integer({ min: 60, max: 420 }) });
  const world = fc.record({
    from: fc.array(point, { minLength: minutes, maxLength: minutes }),
    to: fc.array(point, { minLength: minutes, maxLength: minutes }),
    gaps: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 5, maxLength: 60 }),
  });
  fc.assert(fc.property(world, ({ gaps, ...sides }) => {
    const visible = (now: number): Series => Object.fromEntries((['from', 'to'] as const).flatMap((side) => {
      const made = sides[side].map((one, minute) => ({ ...one, start: M(minute) })).filter(({ requests }) => requests !== undefined);
      const points = (delay: 'delay' | 'errorsDelay', value: (requests: number) => number) => made.filter((one) => one.start + 60 + one[delay] <= now).map((one): [number, number] => [one.start, value(one.requests!)]);
      return [[`${side}_requests`, points('delay', (requests) => requests)], [`${side}_errors`, points('errorsDelay', (requests) => requests / 2)]];
    }));
    const given: number[] = [];
    let [after, now] = [M(-1), M(0)];
    for (const gap of [...gaps, M(minutes) + 480]) {
      now = Math.min(now + gap, M(minutes) + 480);
      for (const { start, control, newcomer } of read(visible(now), now, { after })) {
        given.push(start);
        after = start;
        if (start >= M(minutes)) continue;
        const minute = (start - NOON) / 60;
        for (const [side, counts] of [['from', control], ['to', newcomer]] as const) {
          const { requests = 0, delay, errorsDelay } = sides[side][minute];
          const onTime = Math.max(delay, errorsDelay) <= LATE_SECONDS;
          if (onTime) expect([side, minute, counts]).toEqual([side, minute, { requests, errors: requests / 2 }]);
          else expect(counts.requests === 0 || counts.requests === requests).toBe(true);
          // It was not taken for empty before its time.
          if (counts.requests !== requests || counts.errors !== requests / 2) expect(now).toBeGreaterThanOrEqual(start + 60 + LATE_SECONDS);
        }
      }
    }
    expect(given).toEqual(given.map((_, index) => M(index)));
    expect(given.length).toBeGreaterThanOrEqual(minutes);
  }), { numRuns: 300 });
});

describe('the baseline', () => {
  const window = { start: M(-60), end: M(0) };

  test('is of the last published minutes', () => {
    expect(baselineWindow(CONFIG, 3600, NOON + 119)).toEqual({ start: NOON - 3600, end: NOON });
    expect(baselineWindow(CONFIG, 3600, NOON + 120)).toEqual({ start: NOON + 60 - 3600, end: NOON + 60 });
  });

  test('asks for minutes as long as CloudWatch keeps them, and for no more points than an answer holds', () => {
    const periods = [3600, 7 * 86400, 14 * 86400, 15 * 86400, 62 * 86400, 63 * 86400].map((seconds) => baselineQueries(CONFIG, seconds)[0].period);
    expect(periods).toEqual([60, 60, 60, 300, 300, 3600]);
    expect(3 * 14 * 86400 / 60).toBeLessThan(100_800);
    expect(baselineQueries(CONFIG, 3600)).toEqual([
      { id: 'from_requests', metric: 'Invocations', variant: 'gpu', stat: 'Sum', period: 60 },
      { id: 'from_errors', metric: 'Invocation5XXErrors', variant: 'gpu', stat: 'Sum', period: 60 },
      { id: 'to_requests', metric: 'Invocations', variant: 'inf2', stat: 'Sum', period: 60 },
    ]);
  });

  test('asks for percentiles of hours, quarters of a day or days, from a full one on', () => {
    const end = NOON + 24 * 60;
    expect([3600, 6 * 3600, 86400, 7 * 86400].map((seconds) => {
      const asked = percentileQueries(CONFIG, { start: end - seconds, end });
      return [asked.queries[0].period, asked.window.start, asked.window.end];
    })).toEqual([
      [3600, NOON - 3600, end], [3600, NOON - 6 * 3600, end], [21600, NOON - 86400, end], [86400, NOON - 12 * 3600 - 7 * 86400, end],
    ]);
    expect(percentileQueries(CONFIG, window).queries).toEqual([
      { id: 'samples', metric: 'ModelLatency', variant: 'gpu', stat: 'SampleCount', period: 3600 },
      { id: 'p95', metric: 'ModelLatency', variant: 'gpu', stat: 'p95', period: 3600 },
      { id: 'p99', metric: 'ModelLatency', variant: 'gpu', stat: 'p99', period: 3600 },
    ]);
  });

  test('has the requests and errors of `from`, and mean and peak of both', () => {
    const counts: Series = { from_requests: [[M(-1), 100], [M(-30), 500], [M(-61), 9999], [M(0), 9999]], from_errors: [[M(-1), 2], [M(-30), 3]], to_requests: [[M(-30), 40], [M(-2), 20]] };
    expect(baselineOf(window, counts, {})).toEqual({ from: M(-60), to: M(0), requests: 600, errors: 5, requestsPerMinute: 11, peakRequestsPerMinute: 540 });
  });

  test('has a peak per minute of longer periods too', () => {
    const days = { start: NOON - 20 * 86400, end: NOON };
    expect(baselineOf(days, { from_requests: [[NOON - 300, 3000]] }, {})).toMatchObject({ peakRequestsPerMinute: 600, requestsPerMinute: 3000 / (20 * 1440) });
  });

  test('has the percentiles of the middle request\'s period', () => {
    const counts: Series = { from_requests: [[M(-1), 100]] };
    const [a, b, c] = [M(-60), M(-40), M(-20)];
    const p = (sizes: number[]) => {
      const { p95, p99 } = baselineOf(window, counts, { samples: [a, b, c].map((start, index) => [start, sizes[index]]), p95: [[c, 300], [a, 100], [b, 200]], p99: [[a, 110], [b, 210], [c, 310]] });
      return [p95, p99];
    };
    expect(p([10, 10, 10])).toEqual([200, 210]);
    expect(p([100, 10, 10])).toEqual([100, 110]);
    expect(p([10, 10, 100])).toEqual([300, 310]);
    expect(baselineOf(window, counts, { p95: [[a, 100]], p99: [[a, 120]] })).toMatchObject({ p95: 100, p99: 120 });
  });

  test('has none where CloudWatch gives none, and is zero without requests', () => {
    expect(Object.keys(baselineOf(window, { from_requests: [[M(-1), 1]] }, { samples: [[M(-60), 1]], p95: [[M(-60), 5]] }))).not.toContain('p95');
    expect(baselineOf(window, {}, {})).toEqual({ from: M(-60), to: M(0), requests: 0, errors: 0, requestsPerMinute: 0, peakRequestsPerMinute: 0 });
  });
});
