import * as fc from 'fast-check';
import { fakeReport, fakeTimeline } from './fake-report';
import { config } from './support';
import type { RehearsalReport } from '../../../src/migration/core/rehearsal/report';
import { outcomeShares } from '../../../src/migration/core/rehearsal/statistics';
import { rehearsalTable } from '../../../src/migration/core/rehearsal/table';
import { numbered, shownSeconds } from '../../../src/migration/core/rehearsal-page/charts';
import { rehearsalPage } from '../../../src/migration/core/rehearsal-page/page';

const VOID = new Set(['meta', 'link']);

/** A page is made of nested, closed elements with quoted attributes; the first that is not is the error. */
function elements(html: string): { name: string; attributes: Record<string, string>; text: string }[] {
  const found: { name: string; attributes: Record<string, string>; text: string }[] = [];
  const open: (typeof found)[number][] = [];
  const body = html.replace(/^<!DOCTYPE html>\n/, '').replace(/<style>[^<]*<\/style>/, '<style></style>');
  let last = 0;
  for (const match of body.matchAll(/<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z-]+="[^"<>]*")*)\s*(\/?)>/g)) {
    const between = body.slice(last, match.index);
    if (/[<>]/.test(between)) throw new Error(`no markup: ${between}`);
    open.forEach((element) => { element.text += between; });
    last = match.index + match[0].length;
    const [, closing, name, attributes, empty] = match;
    if (closing === '/') {
      const top = open.pop();
      if (top?.name !== name) throw new Error(`</${name}> closes <${top?.name}>`);
      continue;
    }
    const element = { name, attributes: Object.fromEntries([...attributes.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])), text: '' };
    found.push(element);
    if (empty === '' && !VOID.has(name)) open.push(element);
  }
  if (open.length > 0) throw new Error(`<${open[open.length - 1].name}> is not closed`);
  if (/[<>]/.test(body.slice(last))) throw new Error(`no markup: ${body.slice(last)}`);
  return found;
}

const shown = (report: RehearsalReport) => elements(rehearsalPage(report));
const named = (report: RehearsalReport, migration: string) => ({ ...report, config: config({ migration, endpointName: migration, from: { name: migration }, to: { name: migration } }) });
const withTimeline = (patch: Partial<ReturnType<typeof fakeTimeline>>) => fakeReport({ shown: { result: fakeReport().shown.result, timeline: { ...fakeTimeline(), ...patch } } });

describe('the file', () => {
  test('is well-formed and needs nothing from outside', () => {
    const page = rehearsalPage(fakeReport());
    const all = elements(page);
    expect(all.map(({ name }) => name)).not.toContain('script');
    expect(all.flatMap(({ attributes }) => ['src', 'href', 'srcset', 'action'].flatMap((key) => attributes[key] ?? []))).toEqual(['data:,']);
    expect(page).not.toMatch(/url\(|@import|https?:/);
    expect(page.length).toBeLessThan(150_000);
  });

  test('has each id once, and what refers to one finds it', () => {
    const all = shown(fakeReport());
    const ids = all.flatMap(({ attributes }) => attributes.id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const references = all.flatMap(({ attributes }) => attributes['aria-labelledby']?.split(' ') ?? []);
    expect(references).toHaveLength(36);
    expect(references.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('is the same for the same report', () => {
    expect(rehearsalPage(fakeReport())).toBe(rehearsalPage(fakeReport()));
  });

  test.each([['<script>alert(1)</script>'], ['"><img src=x onerror=alert(1)>'], ['&lt;b&gt; \' "'], ['a\u0000b\u001b']])('text of the user is text: %j', (evil) => {
    const report = named(withTimeline({ events: [{ seconds: 60, name: evil, message: evil, share: 0, page: false }] }), evil);
    const page = rehearsalPage({ ...report, words: { traffic: evil, from: evil, to: evil, faults: [evil] }, outcomes: [{ ...report.outcomes[0], reason: evil }], plan: { ...report.plan!, suggestion: evil } });
    expect(elements(page).map(({ name }) => name).filter((name) => ['script', 'img'].includes(name))).toEqual([]);
    expect(page).not.toContain(evil);
  });

  test('property: whatever is written into names and messages, the page is well-formed', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (name, message) => {
      shown(named(withTimeline({ events: [{ seconds: 60, name, message, share: 5, page: true }] }), name));
    }), { numRuns: 40 });
  });
});

describe('what it says', () => {
  test('the outcome first, in words and numbers', () => {
    const all = shown(fakeReport());
    expect(all.find(({ attributes }) => attributes.class === 'lead good')!.text).toBe('195 of 200 rehearsals ended the same way: promoted.inferentia2 is proven');
    expect(all.filter(({ attributes }) => attributes.class === 'tile').map(({ text }) => text)).toEqual([
      '97.5 %promoted (95 % interval 94.3 % to 98.9 %)',
      '1 h 23 minuntil the traffic was where it stays; 9 of 10 within 1 h 30 min',
      '2bad requests on top of what gpu would have had; 9 of 10 at most 4',
      '12,350requests at the newcomer that the proof needs',
    ]);
  });

  test('all the same, and all rolled back', () => {
    const results = [{ ...fakeReport().shown.result, outcome: 'rolledBack' as const, reason: 'too many errors' }];
    const all = shown(fakeReport({ seeds: 1, outcomes: outcomeShares(results) }));
    expect(all.find(({ attributes }) => attributes.class === 'lead bad')!.text).toBe('The rehearsal ended: rolled back.too many errors');
    expect(all.filter(({ attributes }) => attributes.class === 'tile')[3].text).toBe('3 minfrom the first request to the rollback; 9 of 10 within 4 min');
  });

  test('a proof that no number of requests gives', () => {
    const all = shown(fakeReport({ plan: { ...fakeReport().plan!, feasible: false, minutes: 1e15, certifyRequests: 1e15, suggestion: 'choose an allowance of at least 1 %' } }));
    expect(all.filter(({ attributes }) => attributes.class === 'tile')[3].text).toBe('no proofno number of requests proves the newcomer within these limits');
    expect(all.find(({ text, name }) => name === 'p' && text.startsWith('The proof does not fit'))!.text)
      .toBe('The proof does not fit the time that the migration has: it takes longer than any migration, at most 2 d are allowed, and it is out of reach of any number of requests. choose an allowance of at least 1 %');
  });

  const notes = (report: RehearsalReport) => shown(report).filter(({ name, text }) => name === 'p' && text.startsWith('Requests at ')).map(({ text }) => text);
  const ADVISED = ' A step lasts its least time also when fewer requests would do, so the newcomer gets more of them than the proof needs.';

  test('which requests count for the proof, and why there may be more than it needs', () => {
    const { plan } = fakeReport();
    const report = fakeReport({ plan: { ...plan!, certifyRequests: 11_800 } });
    expect(notes(report)).toEqual(['Requests at 50 % and more count for it.' + ADVISED]);
    // 5,000 at 50 % and 8,000 at 80 %, which is not much more.
    expect(notes(fakeReport({ plan: { ...plan!, certifyRequests: 11_900 } }))).toEqual(['Requests at 50 % and more count for it.']);
    expect(notes({ ...report, config: config({ plan: { steps: [5, 10] } }) })).toEqual(['Requests at 10 % and more count for it.' + ADVISED]);
    expect(shown(report).filter(({ name }) => name === 'tr').map(({ text }) => text)).toContain('steptakes at leastrequests it gets in that time');
  });

  const GUARDED = config({
    limits: { ...config().limits, errorAllowance: 0.01 },
    gates: [
      { id: 'approval-full', kind: 'approval', point: 'full', timeoutSeconds: 60, onTimeout: 'hold' },
      { id: 'cost-release', kind: 'cost', point: 'release', timeoutSeconds: 60, onTimeout: 'hold', fromHourlyPrice: 1.408, toHourlyPrice: 0.9884, minimumSaving: 0.2 },
    ],
    advanceWindow: { days: [1, 2], fromMinute: 540, toMinute: 1020, timeZone: 'Europe/Berlin', freezes: [] },
  });

  test('gates and window are part of the world, and are waited for', () => {
    const all = shown(fakeReport({ config: GUARDED }));
    const terms = all.filter(({ name }) => name === 'dt').map(({ text }) => text);
    const world = Object.fromEntries(all.filter(({ name }) => name === 'dd').map(({ text }, i) => [terms[i], text]));
    expect(world).toMatchObject({
      Advances: 'Mon, Tue, 09:00 to 17:00 Europe/Berlin',
      Gates: 'approval-full before 100 %: approved 5 min after it asks; cost-release before the capacity for the way back is released: 1,000 requests have to cost at least 20 % less at the prices given, 1.408 (gpu) and 0.9884 (inferentia2) for an instance-hour',
      Limits: expect.stringMatching(/^errors up to 0\.2 % of the requests to inferentia2, or 2 times the errors of gpu; p95 up to 25 % higher/),
    });
    expect(all.find(({ text, name }) => name === 'p' && text.startsWith('The proof fits'))!.text)
      .toBe('The proof fits the time that the migration has: it takes 1 h 32 min before waiting for windows and gates, at most 2 d are allowed, and it needs 12,350 requests at the newcomer.');
    const none = shown(fakeReport()).filter(({ name }) => name === 'dd').map(({ text }) => text);
    expect(none).toEqual(expect.arrayContaining(['at any time', 'none']));
  });

  test('no baseline: no plan, no limits, and said so', () => {
    const report = { ...withTimeline({ state: {} as RehearsalReport['shown']['timeline']['state'], points: [], verdicts: [], events: [], shares: [] }), plan: undefined };
    const all = shown(report);
    expect(all.filter(({ attributes }) => attributes.class === 'tile')[3].text).toBe('noneno baseline could be measured, so nothing is known about the proof');
    expect(all.map(({ text, name }) => name === 'h2' ? text : '').filter((text) => text !== '')).toEqual(['One of them in detail', 'What happened in it', 'The world it was rehearsed in']);
  });

  test('events in a table, numbered where the chart is', () => {
    const rows = shown(fakeReport()).filter(({ name }) => name === 'tr').map(({ text }) => text);
    expect(rows.slice(0, 3)).toEqual(['after (h:mm)eventsharewhat it said', '0:011Migration Started0 %started: 5, 10, 25, 50, 80 and 100 %', '0:04Step Started5 %5 % of the requests go to inferentia2']);
    expect(numbered(fakeTimeline().events).map(({ number }) => number)).toEqual([1, undefined, undefined, undefined, undefined, undefined, 2, 3, 4, undefined]);
  });

  test('a day of holding does not make a page of a thousand rows', () => {
    const events = Array.from({ length: 500 }, (_, i) => ({ seconds: 60 * i, name: 'Holding', message: `m${i}`, share: 5, page: false }));
    const all = shown(withTimeline({ events }));
    expect(all.filter(({ name }) => name === 'tr')).toHaveLength(81 + 6);
    expect(all.some(({ text }) => text === '420 further events are left out.')).toBe(true);
  });

  test('the charts end some time after the last change, not after the fallback window', () => {
    expect(shownSeconds(fakeReport())).toBeCloseTo(82 * 60 * 1.15, 6);
    expect(shown(fakeReport()).some(({ text }) => text.includes('The charts show the first 1 h 34 min of 2 h 24 min: after that the run only watched.'))).toBe(true);
    const late = withTimeline({ events: [...fakeTimeline().events.slice(0, 8), { seconds: 130 * 60, name: 'RollbackStarted', message: 'm', share: 0, page: true }] });
    expect(shownSeconds(late)).toBe(144 * 60);
  });
});

describe('the charts', () => {
  const figures = (report: RehearsalReport) => {
    const page = rehearsalPage(report);
    return Object.fromEntries(['outcomes', 'weights', 'errors', 'latency', 'evidence', 'traffic'].map((id) => [id, page.slice(page.indexOf(`<figure class="chart" id="${id}">`)).split('</figure>')[0]]));
  };

  test('each is drawn for a screen, a tablet and a phone, with finite coordinates', () => {
    for (const [id, figure] of Object.entries(figures(fakeReport()))) {
      expect([id, figure.match(/<svg viewBox="0 0 (1000|640|340) \d+"/g)?.length]).toEqual([id, 3]);
      expect(figure).not.toMatch(/NaN|Infinity|undefined/);
      for (const [, d] of figure.matchAll(/ d="([^"]*)"/g)) expect(d).toMatch(/^M-?[\d.]+ -?[\d.]+/);
    }
  });

  test('the data is in them: the share rises in steps to the top, a bar is as long as its share', () => {
    const { weights, outcomes } = figures(fakeReport());
    const line = /<path class="line to" d="([^"]*)"/.exec(weights.split('class="wide"')[1])![1];
    const heights = [...line.matchAll(/V([\d.]+)/g)].map(([, y]) => Number(y));
    // Of a plot of 157 pixels that ends at 188.
    expect(heights).toEqual([5, 10, 25, 50, 80, 100].map((share) => Math.round((188 - 1.57 * share) * 10) / 10));
    expect(outcomes).toContain('<path class="bar promoted" d="M150 9H900.8v20H150Z"/>');
    expect(outcomes).toContain('<path class="bar rolledBack" d="M150 43H169.3v20H150Z"/>');
  });

  test('the verdicts are a strip: hold until minute 70, proven until 81, hold', () => {
    const parts = [...figures(fakeReport()).weights.split('class="middle"')[0].matchAll(/class="part (\w+)" d="M([\d.]+) \d+H([\d.]+)/g)].map(([, kind, from, to]) => [kind, Math.round(Number(from)), Math.round(Number(to))]);
    const x = (minute: number) => Math.round(62 + 924 * Math.min(1, minute / 94.3));
    expect(parts).toEqual([['hold', x(6), x(70)], ['promote', x(70), x(81)], ['hold', x(81), x(94.3)]]);
  });

  test('limits are lines', () => {
    const { errors, latency } = figures(fakeReport());
    expect(errors).toContain('always accepted: 0.2 %');
    expect(latency).toContain('limit of the newcomer: 125 ms');
    expect(latency).toContain('baseline: 100 ms');
  });

  test('nothing was measured: empty charts are charts', () => {
    const all = figures({ ...withTimeline({ state: {} as RehearsalReport['shown']['timeline']['state'], points: [], verdicts: [], events: [], shares: [] }), plan: undefined });
    for (const figure of Object.values(all)) expect(figure).not.toMatch(/NaN|Infinity/);
    expect(all.latency.match(/nothing was measured/g)).toHaveLength(3);
    expect(figures(fakeReport()).latency).not.toContain('nothing was measured');
  });

  test('100 % errors and 10 million requests a minute stay inside', () => {
    const points = fakeTimeline().points.map((point) => ({ ...point, toErrors: 1, requestsPerMinute: 1e7, toP95: 6e8 }));
    for (const figure of Object.values(figures(withTimeline({ points })))) {
      for (const [, , y] of figure.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)) expect(Number(y)).toBeGreaterThanOrEqual(0);
    }
  });
});

test('the table for a terminal: what it waits for, what is accepted, why it ended so', () => {
  const result = fakeReport().shown.result;
  const lines = rehearsalTable(fakeReport({
    config: config({
      gates: [{ id: 'lambda-step', kind: 'lambda', functionArn: 'arn', point: 'step', timeoutSeconds: 60, onTimeout: 'hold' }],
      advanceWindow: { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 1440, timeZone: 'UTC', freezes: [{ from: '2027-12-24', to: '2027-12-26' }] },
    }),
    outcomes: outcomeShares([{ ...result, outcome: 'running', reason: 'not proven at 80 %' }, { ...result, outcome: 'refused', reason: 'the plan cannot prove it' }, { ...result, outcome: 'dryRun', reason: '' }]),
  })).split('\n');
  expect(lines.slice(2, 5)).toEqual([
    'advances: every day, 00:00 to 24:00 UTC, not from 2027-12-24 to 2027-12-26',
    'gates: lambda-step before each step: it passes',
    'accepted errors: 0.2 % of the requests to inferentia2, or 2 times the errors of gpu',
  ]);
  expect(lines.slice(12, 15)).toEqual([
    'refused to start: the plan cannot prove it',
    'still undecided: not proven at 80 %',
    'The proof needs 12,350 requests at the newcomer; at this traffic the way to 100 % takes 1 h 32 min before waiting for windows and gates.',
  ]);
});

test('the table for a terminal', () => {
  expect(`\n${rehearsalTable(fakeReport())}\n`).toMatchInlineSnapshot(`
"
to-inferentia2: gpu to inferentia2, 5, 10, 25, 50, 80 and 100 %, 10 min each, 30 min at 80 %
1,000 requests a minute; gpu: 0.1 % errors; inferentia2: 0.1 % errors, 12 % slower
accepted errors: 0.2 % of the requests to inferentia2, or 2 times the errors of gpu

outcome       share     95 % interval  decided after         p90  extra bad requests  p90
-----------  ------  ----------------  -------------  ----------  ------------------  ---
promoted     97.5 %  94.3 % to 98.9 %     1 h 23 min  1 h 25 min                   2    4
rolled back   2.5 %    1.1 % to 5.7 %     1 h 24 min  1 h 25 min                   0    0

rolled back: too many errors
The proof needs 12,350 requests at the newcomer; at this traffic the way to 100 % takes 1 h 32 min.
Rolled back 3 min after the first request (p90 4 min).
200 seeds against a simulated endpoint, no AWS call; extra bad requests failed or were slower than accepted, beyond what gpu would have done.
"
`);
});
