import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { UNMEASURED } from './construct-support';
import { config } from './rehearsal/support';
import { AcceleratorInstance, AcceleratorKind, InferenceEndpoint, ServedModel } from '../../src';
import { MigrationRehearsal, type MigrationRehearsalOptions } from '../../src/migration/migration-rehearsal';
import { RehearsalFault } from '../../src/migration/migration-rehearsal-fault';
import { RehearsalHistory, RehearsalLatency, RehearsalTraffic } from '../../src/migration/migration-rehearsal-inputs';
import { TrafficMigration } from '../../src/migration/traffic-migration';

const HISTORY = join(__dirname, 'rehearsal', 'fixtures', 'history.json');
const traffic = RehearsalTraffic.constant(1000);
const rehearsal = (options: Partial<MigrationRehearsalOptions> = {}) => MigrationRehearsal._of(config(), { traffic, seeds: 4, ...options });

function migration(counts?: { from: number; to: number }) {
  const stack = new Stack(new App(), 'Stack', { env: { region: 'us-east-1' } });
  const endpoint = new InferenceEndpoint(stack, 'Embeddings');
  const variant = (name: string, kind: AcceleratorKind, instanceType: AcceleratorInstance, weight: number, count?: number) =>
    endpoint.addVariant(name, { model: ServedModel.existing({ modelName: name }, { kind }), instanceType, weight, ...count === undefined ? { scaling: { minInstances: 1, maxInstances: 8, invocationsPerInstance: 900 } } : { initialInstanceCount: count } });
  const from = variant('gpu', AcceleratorKind.GPU, AcceleratorInstance.G5_XLARGE, 1, counts?.from);
  const to = variant('inf2', AcceleratorKind.NEURON, AcceleratorInstance.INF2_XLARGE, 0, counts?.to);
  return { stack, make: () => new TrafficMigration(stack, 'Migration', { from, to, gates: [UNMEASURED()] }) };
}

describe('a migration of an app', () => {
  test('is rehearsed with what it is made of, and its template stays as it is', () => {
    const { stack, make } = migration();
    const it = make();
    const before = JSON.stringify(Template.fromStack(stack).toJSON());
    const result = MigrationRehearsal.of(it, { traffic, seeds: 2 });
    expect(result.share('promoted')).toBe(1);
    expect(result.toTable()).toMatch(new RegExp(`^${it.migrationName}: gpu to inf2, 5, 10, 25, 50, 80 and 100 %, 10 min each, 30 min at 80 %\n`));
    expect(result.toHtml()).not.toMatch(/\$\{Token|TOKEN/);
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).toBe(before);
  });

  test('starts with the instances of the template where nothing scales', () => {
    const { events } = MigrationRehearsal.of(migration({ from: 4, to: 3 }).make(), { traffic, seeds: 1 });
    expect(events.find(({ name }) => name === 'CostReport')!.message).toBe('inf2 serves all of the traffic on 3 instances; gpu did on 4');
  });

  test('a number of instances that is known at deploy time only is simulated', () => {
    const { events } = MigrationRehearsal.of(migration({ from: Lazy.number({ produce: () => 4 }), to: 3 }).make(), { traffic, seeds: 1 });
    expect(events.find(({ name }) => name === 'CostReport')!.message).toBe('inf2 serves all of the traffic on 3 instances; gpu did on 1');
  });

  test('another construct is none', () => {
    expect(() => MigrationRehearsal.of(migration().stack as unknown as TrafficMigration, { traffic }))
      .toThrow('MigrationRehearsal.of: `migration`: got another object; allowed: a `TrafficMigration` of this app; fix: give a `TrafficMigration` of this app');
  });
});

describe('the result', () => {
  const good = rehearsal();
  const bad = rehearsal({ faults: [RehearsalFault.errors({ rate: 0.5 })] });

  test('outcomes, times and bad requests', () => {
    expect(good.outcomes).toEqual([{
      outcome: 'promoted',
      seeds: 4,
      share: 1,
      shareLow: expect.closeTo(0.5101, 4),
      shareHigh: 1,
      medianMinutes: good.medianMinutes,
      p90Minutes: expect.any(Number),
      medianBadRequests: good.medianBadRequests,
      p90BadRequests: good.p90BadRequests,
      reason: expect.stringContaining('inferentia2'),
    }]);
    expect([bad.share('rolledBack'), bad.share('promoted'), bad.share('refused'), bad.share('dryRun'), bad.share('running')]).toEqual([1, 0, 0, 0, 0]);
    expect(bad.medianMinutes).toBeLessThan(5);
    expect(bad.p90BadRequests).toBeLessThan(130);
  });

  test.each<[unknown, string]>([['promotd', '"promotd"'], ['rolled back', '"rolled back"'], [undefined, 'nothing']])('an outcome that there is not: %p', (outcome, got) => {
    expect(() => bad.share(outcome as string)).toThrow(new Error(`MigrationRehearsal.share: \`outcome\`: got ${got}; allowed: promoted, rolledBack, refused, dryRun, running; fix: use one of them`));
  });

  test('events and verdicts of the first seed that ended as most did', () => {
    expect(bad.shownSeed).toBe(1);
    expect(bad.events[0]).toMatchObject({ minute: 0, name: 'MigrationStarted', share: 0 });
    expect(bad.events.find(({ name }) => name === 'RollbackStarted')).toMatchObject({ minute: expect.any(Number), paged: true, message: expect.stringContaining('errors') });
    expect(bad.verdicts[bad.verdicts.length - 1]).toMatchObject({ verdict: 'rollback', evidenceAgainst: 1 });
  });

  test('the evidence plan, and none without traffic', () => {
    expect(good.evidencePlan!.feasible).toBe(true);
    expect(good.evidencePlan!.certifyRequests).toBeGreaterThan(0);
    expect(rehearsal({ traffic: RehearsalTraffic.constant(0), seeds: 1 }).evidencePlan).toBeUndefined();
  });

  test('is the same for the same inputs', () => {
    expect(rehearsal().toHtml()).toBe(good.toHtml());
    expect(rehearsal().toTable()).toBe(good.toTable());
  });

  test('the page is written where it is asked for', () => {
    const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
    try {
      good.writeHtml(join(directory, 'new', 'page.html'));
      expect(readFileSync(join(directory, 'new', 'page.html'), 'utf8')).toBe(good.toHtml());
    } finally {
      rmSync(directory, { recursive: true });
    }
    expect(() => good.writeHtml('')).toThrow('MigrationRehearsal.writeHtml: `path`: got ""; allowed: the path of a file; fix: give e.g. "cdk.out/rehearsal.html"');
  });

  test('progress is told of each seed', () => {
    const seen: [number, number][] = [];
    rehearsal({ seeds: 2, progress: { seedDone: (done, total) => seen.push([done, total]) } });
    expect(seen).toEqual([[1, 2], [2, 2]]);
  });
});

describe('the world in words', () => {
  const words = (options: Partial<MigrationRehearsalOptions>) => rehearsal({ seeds: 1, maxDuration: Duration.minutes(5), ...options }).toTable().split('\n')[1];

  test('defaults', () => {
    expect(words({})).toBe('1,000 requests a minute; gpu: 0.1 % errors, 50 ms (p95 100 ms); inferentia2: 0.1 % errors, latency of gpu, times 1.12');
  });

  test('everything said', () => {
    expect(words({
      traffic: RehearsalTraffic.daily(600, 0.5, 12),
      baseline: { errorRate: 0, latency: RehearsalLatency.logNormal({ p50: Duration.millis(20), p95: Duration.millis(30) }), errorClump: 8 },
      newcomer: { errorRate: 0.02, latency: RehearsalLatency.logNormal({ p50: Duration.millis(25), p95: Duration.millis(35) }), errorClump: 1 },
      faults: [RehearsalFault.errors({ rate: 0.03, from: Duration.minutes(70) }), RehearsalFault.noTraffic({ until: Duration.hours(1) })],
    })).toBe('300 to 900 requests a minute, most at 12:00 UTC; gpu: 0 % errors in clumps of 8, 20 ms (p95 30 ms); inferentia2: 2 % errors, 25 ms (p95 35 ms); 3 % errors at the newcomer from 1 h 10 min after the first traffic on; no traffic until 1 h after the first traffic');
  });

  test('measured', () => {
    expect(words({ traffic: RehearsalTraffic.history(RehearsalHistory.fromFile(HISTORY)) }))
      .toMatch(/^as measured over 2 h, \d{3} requests a minute on average; gpu: errors as measured, latency as measured; inferentia2: errors as measured, latency of gpu, times 1.12$/);
  });

  test('each fault', () => {
    const [from, until] = [Duration.seconds(0), Duration.minutes(10)];
    expect([
      RehearsalFault.errors({ rate: 1 }), RehearsalFault.latency({ factor: 1.4, from, until }), RehearsalFault.latency({ factor: 1.3 / 1.12 }), RehearsalFault.coldStart({ factor: 10 / 3 }), RehearsalFault.leak({ perMinute: 0.01 }), RehearsalFault.coldStart(),
      RehearsalFault.coldStart({ share: 0.2, factor: 3, duration: Duration.seconds(30) }), RehearsalFault.outage({ rate: 0.08 }), RehearsalFault.capacity({ requestsPerInstance: 400 }), RehearsalFault.noTraffic(),
    ].map(String)).toEqual([
      '100 % errors at the newcomer',
      'the newcomer takes 1.4 times as long from the first traffic on until 10 min after the first traffic',
      'the newcomer takes 1.16 times as long',
      '10 % of the requests to new instances take 3.33 times as long for 4 min',
      'the newcomer gets slower by 1 % a minute',
      '10 % of the requests to new instances take 10 times as long for 4 min',
      '20 % of the requests to new instances take 3 times as long for 30 s',
      '8 % errors at both variants',
      'an instance of the newcomer answers 400 requests a minute',
      'no traffic',
    ]);
  });
});

describe('inputs reach the simulation', () => {
  test('zero is a value', () => {
    expect(RehearsalTraffic.constant(0)._model).toEqual({ kind: 'constant', requestsPerMinute: 0 });
    expect(RehearsalTraffic.daily(10, 0, 0)._model).toEqual({ kind: 'daily', mean: 10, swing: 0, peakHour: 0 });
    expect(RehearsalFault.errors({ rate: 0.5, from: Duration.seconds(0) })._fault).toEqual({ kind: 'errors', rate: 0.5, from: 0 });
    expect(rehearsal({ seeds: 1, maxDuration: Duration.minutes(5), newcomer: { errorRate: 0 } }).toTable()).toContain('inferentia2: 0 % errors');
  });

  test('faults in seconds', () => {
    expect(RehearsalFault.coldStart({ duration: Duration.minutes(1), from: Duration.minutes(2), until: Duration.minutes(3) })._fault).toEqual({ kind: 'coldStart', share: 0.1, factor: 10, seconds: 60, from: 120, until: 180 });
    expect(RehearsalFault.noTraffic()._fault).toEqual({ kind: 'noTraffic' });
  });

  test('a migration that is started on Saturday is started on Saturday', () => {
    expect(rehearsal({ seeds: 1, maxDuration: Duration.minutes(5), startTime: '2026-01-10T11:00:00+02:00' }).toHtml()).toContain('2026-01-10, 09:00 UTC');
    expect(rehearsal({ seeds: 1, maxDuration: Duration.minutes(5), traffic: RehearsalTraffic.history(RehearsalHistory.fromFile(HISTORY)) }).toHtml()).toContain('2026-01-05, 09:00 UTC');
  });

  test('the history of a file', () => {
    const history = RehearsalHistory.fromFile(HISTORY);
    expect([history.periods, history.periodSeconds]).toEqual([120, 60]);
    expect(history.requests).toBe(history._history.rows.reduce((sum, { requests }) => sum + requests, 0));
  });
});

describe('bad inputs', () => {
  const token = Lazy.number({ produce: () => 1 });
  const any = (value: unknown) => value as never;
  const PLAIN = 'got a token (a value known only at deploy time); allowed: a value known at synth: the plan is checked then; fix: give a plain value';
  const missing = join(tmpdir(), 'no such file.json');

  test.each<[string, () => unknown, string]>([
    ['no options', () => MigrationRehearsal._of(config(), any(undefined)), 'MigrationRehearsal.of: `options`: got nothing; allowed: options; fix: give e.g. { traffic: RehearsalTraffic.constant(600) }'],
    ['no traffic', () => rehearsal({ traffic: any(undefined) }), 'MigrationRehearsal.of: `traffic`: got undefined; allowed: the requests to rehearse with; fix: give e.g. RehearsalTraffic.constant(600)'],
    ['traffic as a number', () => rehearsal({ traffic: any(600) }), 'MigrationRehearsal.of: `traffic`: got 600; allowed: the requests to rehearse with; fix: give e.g. RehearsalTraffic.constant(600)'],
    ['no seed', () => rehearsal({ seeds: 0 }), 'MigrationRehearsal.of: `seeds`: got 0; allowed: a whole number from 1 to 10000; fix: give a whole number from 1 to 10000'],
    ['seeds at deploy time', () => rehearsal({ seeds: token }), `MigrationRehearsal.of: \`seeds\`: ${PLAIN}`],
    ['a start without a zone', () => rehearsal({ startTime: '2026-01-05T09:00:00' }), 'MigrationRehearsal.of: `startTime`: got "2026-01-05T09:00:00"; allowed: a time with a zone, as ISO 8601; fix: give e.g. "2026-01-05T09:00:00Z"'],
    ['a start in no month', () => rehearsal({ startTime: '2026-13-05T09:00:00Z' }), 'MigrationRehearsal.of: `startTime`: got "2026-13-05T09:00:00Z"; allowed: a time with a zone, as ISO 8601; fix: give e.g. "2026-01-05T09:00:00Z"'],
    ['no time to watch', () => rehearsal({ maxDuration: Duration.seconds(0) }), 'MigrationRehearsal.of: `maxDuration`: got 0 seconds; allowed: more than 0; fix: give e.g. Duration.hours(1)'],
    ['a fault as text', () => rehearsal({ faults: any(['errors']) }), 'MigrationRehearsal.of: `faults[0]`: got "errors"; allowed: a fault; fix: give e.g. RehearsalFault.errors({ rate: 0.5 })'],
    ['faults as one', () => rehearsal({ faults: any(RehearsalFault.noTraffic()) }), 'MigrationRehearsal.of: `faults`: got object; allowed: a list of faults; fix: give e.g. [RehearsalFault.errors({ rate: 0.5 })]'],
    ['more errors than requests', () => rehearsal({ newcomer: { errorRate: 2 } }), 'MigrationRehearsal.of: `newcomer.errorRate`: got 2; allowed: a number from 0 to 1; fix: give a fraction: 0.02 for 2 %'],
    ['latency as a number', () => rehearsal({ baseline: { latency: any(50) } }), 'MigrationRehearsal.of: `baseline.latency`: got 50; allowed: a latency; fix: give RehearsalLatency.logNormal({ ... })'],
    ['half a clump', () => rehearsal({ baseline: { errorClump: 0.5 } }), 'MigrationRehearsal.of: `baseline.errorClump`: got 0.5; allowed: a whole number from 1 to 10000; fix: give a whole number from 1 to 10000'],
    ['as fast as light', () => rehearsal({ newcomer: { latencyFactor: 0 } }), 'MigrationRehearsal.of: `newcomer.latencyFactor`: got 0; allowed: a number from 0.01 to 100; fix: give a number from 0.01 to 100'],
    ['negative traffic', () => RehearsalTraffic.constant(-1), 'RehearsalTraffic.constant: `requestsPerMinute`: got -1; allowed: a number from 0 to 100000000; fix: give a number from 0 to 100000000'],
    ['traffic that is no number', () => RehearsalTraffic.constant(NaN), 'RehearsalTraffic.constant: `requestsPerMinute`: got NaN; allowed: a number from 0 to 100000000; fix: give a number from 0 to 100000000'],
    ['no number', () => RehearsalTraffic.constant(any(undefined)), 'RehearsalTraffic.constant: `requestsPerMinute`: got nothing; allowed: a number; fix: give `requestsPerMinute`'],
    ['a swing below nothing', () => RehearsalTraffic.daily(100, 1.5), 'RehearsalTraffic.daily: `swing`: got 1.5; allowed: a number from 0 to 1; fix: give a fraction: 0.01 is one of a hundred'],
    ['a swing in percent', () => RehearsalTraffic.daily(100, 40), 'RehearsalTraffic.daily: `swing`: got 40; allowed: a number from 0 to 1; fix: give a fraction: 0.4 for 40 %'],
    ['the 25th hour', () => RehearsalTraffic.daily(100, 0.5, 25), 'RehearsalTraffic.daily: `peakHour`: got 25; allowed: a number from 0 to 24 hours; fix: give a number from 0 to 24 hours'],
    ['a path for a history', () => RehearsalTraffic.history(any('history.json')), 'RehearsalTraffic.history: `history`: got "history.json"; allowed: a history; fix: give RehearsalHistory.fromFile(...)'],
    ['no such file', () => RehearsalHistory.fromFile(missing), `RehearsalHistory.fromFile(${JSON.stringify(missing)}): \`path\`: got ENOENT; allowed: a file that can be read; fix: export the metrics to this path, see the docstring`],
    ['p95 below the median', () => RehearsalLatency.logNormal({ p50: Duration.millis(50), p95: Duration.millis(40) }), 'RehearsalLatency.logNormal: `p95`: got 40 ms; allowed: at least p50 (50 ms); fix: swap the two, or raise `p95`'],
    ['no latency', () => RehearsalLatency.logNormal({ p50: Duration.millis(0), p95: Duration.millis(40) }), 'RehearsalLatency.logNormal: `p50`: got 0 millis; allowed: more than 0; fix: give e.g. Duration.millis(40)'],
    ['a fault that does nothing', () => RehearsalFault.errors({ rate: 0 }), 'RehearsalFault.errors: `rate`: got 0; allowed: a number above 0, at most 1; fix: leave the fault out: with 0 it does nothing'],
    ['a fault without options', () => RehearsalFault.latency(any(undefined)), 'RehearsalFault.latency: `factor`: got nothing; allowed: a number; fix: give `factor`'],
    ['a rate in percent', () => RehearsalFault.outage({ rate: 8 }), 'RehearsalFault.outage: `rate`: got 8; allowed: a number from 0 to 1; fix: give a fraction: 0.08 for 8 %'],
    ['over before it begins', () => RehearsalFault.errors({ rate: 1, from: Duration.hours(2), until: Duration.hours(1) }), 'RehearsalFault.errors: `until`: got 1 h; allowed: more than from (2 h); fix: raise `until`, or leave it out for a fault that stays'],
    ['over at once', () => RehearsalFault.noTraffic({ until: Duration.seconds(0) }), 'RehearsalFault.noTraffic: `until`: got 0 s; allowed: more than 0; fix: raise `until`, or leave it out for a fault that stays'],
    ['a time as a number', () => RehearsalFault.errors({ rate: 1, from: any(60) }), 'RehearsalFault.errors: `from`: got 60; allowed: a duration; fix: give e.g. Duration.minutes(70)'],
  ])('%s', (_name, make, message) => {
    expect(make).toThrow(new Error(message));
  });

  test('several at once', () => {
    expect(() => rehearsal({ seeds: 0.5, newcomer: { errorRate: -1 } })).toThrow([
      'MigrationRehearsal.of: 2 problems',
      '  - `newcomer.errorRate`: got -1; allowed: a number from 0 to 1; fix: give a fraction: 0.01 is one of a hundred',
      '  - `seeds`: got 0.5; allowed: a whole number from 1 to 10000; fix: give a whole number from 1 to 10000',
    ].join('\n'));
  });

  test('a file that is no export names file and field', () => {
    const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
    const path = join(directory, 'h.json');
    try {
      writeFileSync(path, '{"Datapoints": []}');
      expect(() => RehearsalHistory.fromFile(path)).toThrow(`RehearsalHistory.fromFile(${JSON.stringify(path)}): \`MetricDataResults\`: got nothing; allowed: a list of results; fix: export it again with the command in the docstring of \`RehearsalHistory.fromFile\``);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
