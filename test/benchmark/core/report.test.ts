import { configOf, failedRecordOf, NOW, record, settingsOf, target } from './builders';
import { reportData, reportHtml } from '../../../src/benchmark/core/report';
import { counted, grouped, milliseconds, moment, number, paceText, percent, seconds, times } from '../../../src/benchmark/core/report-words';
import { barChart, escaped } from '../../../src/benchmark/core/svg';
import type { BaselineRecord, BenchmarkConfig } from '../../../src/benchmark/core/types';

const gpu = record('gpu', { inputs: 100, usd: 0.01, p99: 60 });
const neuron = record('neuron', { inputs: 150, usd: 0.005, p99: 30, version: { precision: 'bf16' } });

const dataOf = (records: readonly BaselineRecord[], over: Partial<BenchmarkConfig> = {}, before: readonly BaselineRecord[] = []) => reportData(configOf(over), 'run-1', records, before, NOW);
const page = (...of: Parameters<typeof dataOf>) => reportHtml(dataOf(...of));

/** What a person reads: the text, without the style sheet. */
const words = (html: string) => html.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]*>/g, ' ').replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))).replace(/\s+/g, ' ');

describe('the data of a report', () => {
  it('says of what it is', () => {
    expect(dataOf([gpu, neuron])).toMatchObject({ schema: 'cdk-accelerators/benchmark-report/1', benchmark: 'bench', run: 'run-1', endpoint: 'endpoint', createdOn: NOW, settings: settingsOf() });
  });

  it('compares each variant with the first', () => {
    const { round1 } = dataOf([neuron, gpu]);
    expect(round1.map(({ variant, record: { throughput } = neuron }) => [variant, throughput?.inputsPerSecondPerInstance])).toEqual([['gpu', 100], ['neuron', 150]]);
    expect(round1[0]).not.toHaveProperty('comparison');
    expect(round1[1].comparison).toMatchObject({ throughputRatio: 1.5, costRatio: 0.5, p99Ratio: 0.5 });
  });

  it('keeps failures, and variants that the run did not come to', () => {
    const { round1 } = dataOf([gpu, failedRecordOf('neuron', 'out of memory')], { targets: [target('gpu'), target('neuron'), target('late')] });
    expect(round1[1].comparison).toEqual({ refused: 'the measurement of neuron (model-1) failed: out of memory' });
    expect(round1[2]).toEqual({ variant: 'late' });
    expect(dataOf([neuron]).round1).toEqual([{ variant: 'gpu' }, { variant: 'neuron', record: neuron }]);
  });

  it('has no second round where nobody has batches of its own', () => {
    expect(dataOf([gpu, neuron]).round2).toEqual([]);
  });

  it('compares the best batches, among which that of the first round may be', () => {
    const large = record('neuron', { round: 2, settings: { batchSize: 64 }, inputs: 300, p99: 45 });
    const small = record('neuron', { round: 2, settings: { batchSize: 1 }, inputs: 20, p99: 5 });
    const { round2 } = dataOf([gpu, neuron, large, small], { targets: [target('gpu'), target('neuron', { batchSizes: [64, 1] })] });
    expect(round2.map(({ variant, tried, best }) => [variant, tried.map(({ settings }) => settings.batchSize), best?.settings.batchSize])).toEqual([['gpu', [16], 16], ['neuron', [1, 16, 64], 64]]);
    expect(round2[1].comparison?.throughputRatio).toBe(3);
    expect(round2[0]).not.toHaveProperty('comparison');
  });

  it('has no best batch beyond the limit', () => {
    const { round2, latencyLimitMs } = dataOf([gpu, neuron], { latencyLimitMs: 40, targets: [target('gpu', { batchSizes: [1] }), target('neuron')] });
    expect(latencyLimitMs).toBe(40);
    expect(round2[0]).toMatchObject({ variant: 'gpu', reason: 'no batch keeps its p99 within 40 ms; the nearest is 16 with 60 ms' });
    expect(round2[1].best).toBe(neuron);
    expect(round2[1]).not.toHaveProperty('comparison');
  });

  it('sets versions beside those before, within the limits of the benchmark', () => {
    const before = [record('neuron', { inputs: 200, usd: 0.004, p99: 30, version: { modelName: 'old' } })];
    const { versions } = dataOf([gpu, neuron], {}, before);
    expect(versions.map(({ record: { variant }, previous, regressions }) => [variant, previous.version.modelName, regressions.map(({ what }) => what)])).toEqual([['neuron', 'old', ['throughput', 'cost']]]);
    expect(dataOf([gpu, neuron], { limits: { throughputDrop: 0.5, costRise: 0.5, latencyRise: 0.5, errorRateIncrease: 0.5 } }, before).versions[0].regressions).toEqual([]);
    expect(dataOf([gpu, failedRecordOf('neuron', 'x')], {}, before).versions).toEqual([]);
  });

  it('survives JSON', () => {
    const data = dataOf([gpu, neuron], { targets: [target('gpu', { batchSizes: [2] }), target('neuron')] }, [gpu]);
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    expect(words(reportHtml(JSON.parse(JSON.stringify(data))))).toBe(words(reportHtml(data)));
  });
});

describe('the page of a report', () => {
  it('says first what came of it', () => {
    expect(words(page([gpu, neuron]))).toContain('neuron has 1.5 times the throughput of an instance, 0.5 times the cost of a request and 0.5 times the p99 of gpu.');
    expect(words(page([{ ...gpu, cost: undefined }, neuron]))).toContain('neuron has 1.5 times the throughput of an instance and 0.5 times the p99 of gpu.');
  });

  it.each<[string, BaselineRecord[], string]>([
    ['a variant alone', [gpu], 'One variant was measured: there is nothing to compare it with.'],
    ['a failure', [gpu, failedRecordOf('neuron', 'x')], '1 variant of 2 was not measured.'],
    ['nothing', [], '2 variants of 2 were not measured.'],
  ])('of %s says so', (name, records, sentence) => {
    expect(words(page(records, name === 'a variant alone' ? { targets: [target('gpu')] } : {}))).toContain(sentence);
  });

  it('says why nothing was compared', () => {
    const text = words(page([gpu, { ...neuron, settings: settingsOf({ concurrency: 5 }) }]));
    expect(text).toContain('Nothing could be compared.');
    expect(text).toContain('Not compared with gpu neuron: concurrency: 5 and 100');
  });

  it('has a chart for throughput, latency, cost, errors and the first request', () => {
    const html = page([gpu, neuron]);
    expect([...html.matchAll(/<figure class="chart[^"]*" id="([^"]*)"/g)].map(([, id]) => id)).toEqual(['throughput', 'latency', 'cost', 'errors', 'first-request']);
    const text = words(html);
    for (const part of ['gpu 100 neuron 150', 'p50 30 ms', 'p95 48 ms', 'p99 60 ms', 'gpu 0.16 USD neuron 0.08 USD', 'gpu 0 % neuron 0 %', 'gpu 400 ms neuron 400 ms']) expect(text).toContain(part);
  });

  it('draws bars as long as their values', () => {
    const html = page([gpu, neuron]);
    const [chart] = /<figure class="chart" id="throughput".*?<\/figure>/s.exec(html)!;
    expect([...chart.matchAll(/<path class="bar (\w+)" d="M0 0H(\d+)V16H0Z"\/>/g)].map(([, tone, width]) => [tone, width])).toEqual([['reference', '667'], ['other', '1000']]);
  });

  it('draws few errors short: a bar to the end is 1 % at least', () => {
    const [chart] = /<figure class="chart" id="errors".*?<\/figure>/s.exec(page([gpu, { ...neuron, errors: { count: 1, rate: 0.001, byKind: {} } }]))!;
    expect([...chart.matchAll(/<path class="bar \w+" d="M0 0H(\d+)/g)].map(([, width]) => Number(width))).toEqual([0, 100]);
  });

  it('leaves the chart of cost out when nobody gave a price', () => {
    const html = page([{ ...gpu, cost: undefined }, { ...neuron, cost: undefined }]);
    expect(html).not.toContain('id="cost"');
    expect(words(page([gpu, { ...neuron, cost: undefined }]))).toContain('gpu 0.16 USD neuron not known');
  });

  it('says what was not measured, and why', () => {
    const html = page([gpu, failedRecordOf('neuron', 'out of memory')], { targets: [target('gpu'), target('neuron'), target('late')] });
    expect(words(html)).toContain('Not measured neuron, batch 16: out of memory late: the run ended before it');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
    expect(page([gpu, neuron])).not.toContain('Not measured');
  });

  it('shows the second round with the best batch and the limit', () => {
    const large = record('neuron', { round: 2, settings: { batchSize: 64 }, inputs: 300, p99: 45 });
    const text = words(page([gpu, neuron, large], { latencyLimitMs: 50, targets: [target('gpu'), target('neuron', { batchSizes: [64] })] }));
    for (const part of ['with a p99 of at most 50 ms', 'batch 64 300, p99 45 ms, best', 'batch 16 150, p99 30 ms', 'no batch keeps its p99 within 50 ms; the nearest is 16 with 60 ms', 'limit of the p99 of the best batch: 50 ms']) expect(text).toContain(part);
    expect(words(page([gpu, neuron]))).not.toContain('The best batch of each');
  });

  it('shows versions, settings and dates', () => {
    const text = words(page([gpu, neuron], { settings: settingsOf({ lengths: { inputTokens: 128 }, warmUpSeconds: 0 }) }, [record('neuron', { inputs: 200, usd: 0.004, p99: 30, version: { modelName: 'old' } })]));
    for (const part of [
      'Endpoint endpoint, run run-1, 2026-11-23, 20:39 UTC', '2 x ml.inf2.xlarge bf16', '1,000 requests none failed', 'Dataset s3://data/lines.jsonl', 'Lengths inputTokens 128', 'Body {"inputs": {inputs}}', 'Content type application/json',
      'Pace 70 % of the throughput of each variant', 'Warm-up -', 'Duration 5 min at full concurrency', 'Concurrency 100 requests at a time, at most', 'Batch 16 inputs',
      'neuron model-1 old 2026-11-23, 20:39 UTC 0.75 times 1.25 times 1 times throughput of an instance is 0.75 times that of the version before (limit 0.8); cost of a request is 1.25 times',
    ]) expect(text).toContain(part);
  });

  it('says of a version that got worse at the beginning', () => {
    const sentence = 'neuron is worse than the version before: throughput, cost.';
    expect(words(page([gpu, neuron], {}, [record('neuron', { inputs: 200, usd: 0.004, p99: 30 })]))).toContain(`of gpu. ${sentence} The same load for all`);
    expect(words(page([gpu, neuron], {}, [neuron]))).not.toContain('worse than the version before');
  });

  it('says what became of requests, what others sent, and which host it was', () => {
    const odd = record('neuron', { version: { inferenceAmiVersion: 'host-2' }, notSent: 1200, firstRequestError: '1 x TimeoutError', otherRequestsPerMinute: 12.34 });
    const text = words(page([gpu, odd]));
    for (const part of ['host host-2', 'none failed; 1,200 were due and not sent; the first one: 1 x TimeoutError', 'beside 12.3 requests a minute of others']) expect(text).toContain(part);
    expect(words(page([gpu, neuron]))).not.toMatch(/of others|not sent;|host host/);
  });

  it('shows no numbers of a measurement that failed for its errors, but its reason', () => {
    const failed = { ...neuron, outcome: 'failed' as const, reason: '12 % of 100 requests failed, more than 5 %: 12 x ModelError 500' };
    const { round1: [, row] } = reportData(configOf(), 'run', [gpu, failed], [], NOW);
    expect([row.record?.throughput, row.record?.latency, row.record?.cost, row.record?.reason]).toEqual([undefined, undefined, undefined, failed.reason]);
    expect(words(page([gpu, failed]))).toContain(failed.reason);
  });

  it('has no chart of batches when none was measured', () => {
    const targets = [target('gpu', { batchSizes: [1] }), target('neuron')];
    expect(page([failedRecordOf('gpu', 'x'), failedRecordOf('neuron', 'x')], { targets })).not.toContain('<figure');
    expect(page([gpu, failedRecordOf('neuron', 'x')], { targets })).toContain('id="batches"');
  });

  it('says of versions that are fine, or cannot be compared, so', () => {
    expect(words(page([gpu, neuron], {}, [neuron]))).toContain('within its limits');
    expect(words(page([gpu, neuron], {}, [{ ...neuron, settings: settingsOf({ batchSize: 1 }) }]))).toContain('not compared: batch size: 16 and 1');
  });

  it('escapes everything that comes from outside', () => {
    const evil = '<script>alert("x")</script>\'&\u0000';
    const settings = settingsOf({ dataset: { bucket: evil, key: evil }, payload: { template: evil, contentType: evil, accept: evil }, lengths: { [evil]: 1 } });
    const bad = { ...record(evil, { version: { modelName: evil, instanceType: evil, image: evil, precision: evil, label: evil }, errors: { count: 1, rate: 0.1, byKind: { [evil]: 1 } } }), settings, measuredOn: evil };
    const html = reportHtml(reportData(
      configOf({ benchmark: evil, endpoint: evil, settings, targets: [target(evil, { batchSizes: [2] }), target('other')] }), evil, [bad, { ...failedRecordOf('other', evil), settings }, failedRecordOf(evil, evil, { round: 2, settings: { batchSize: 2 } })],
      [bad], evil,
    ));
    expect(html).not.toContain('<script');
    expect(html).not.toContain('alert("');
    expect(html).not.toContain('\u0000');
    // No other tag, and no other attribute, than those of a page of harmless names.
    const shapes = (text: string) => new Set([...text.matchAll(/<\/?([a-z0-9!]+)((?: [a-z-]+="[^"]*")*)/gi)].flatMap(([, tag, attributes]) => [tag, ...[...attributes.matchAll(/ ([a-z-]+)=/g)].map(([, name]) => `${tag} ${name}`)]));
    const harmless = page([gpu, failedRecordOf('neuron', 'x'), record('gpu', { round: 2, settings: { batchSize: 2 } })], { latencyLimitMs: 1, targets: [target('gpu', { batchSizes: [2] }), target('neuron')] }, [gpu]);
    expect([...shapes(html)].filter((shape) => !shapes(harmless).has(shape))).toEqual([]);
  });

  it('asks for nothing from anywhere, and runs nothing', () => {
    const html = page([gpu, neuron]);
    expect([...html.matchAll(/(?:src|href|action|srcset)="([^"]*)"/g)].map(([, address]) => address)).toEqual(['data:,']);
    expect(html).not.toMatch(/url\(|@import|<script|<iframe|<link rel="stylesheet| on[a-z]+="/);
  });

  it('closes what it opens, and has each id once', () => {
    const html = page([gpu, neuron], { targets: [target('gpu', { batchSizes: [2] }), target('neuron')] }, [gpu]);
    const open: string[] = [];
    for (const [, end, tag, rest] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/g)) {
      if (['meta', 'link'].includes(tag) || rest.endsWith('/')) continue;
      if (end === '') open.push(tag);
      else expect(open.pop()).toBe(tag);
    }
    expect(open).toEqual([]);
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is for phones, night and paper too', () => {
    expect(page([gpu, neuron])).toMatch(/width=device-width[\s\S]*prefers-color-scheme:dark[\s\S]*max-width:700px[\s\S]*@media print/);
  });
});

describe('a bar chart', () => {
  const bar = (value: number | undefined, text = 'text') => ({ group: 'g', text, tone: 'other' as const, ...value === undefined ? {} : { value } });
  const widths = (html: string) => [...html.matchAll(/class="bar other" d="M0 0H(\d+)/g)].map(([, width]) => Number(width));
  const of = (bars: Parameters<typeof barChart>[0]['bars'], over = {}) => barChart({ id: 'x', title: 't', unit: 'u', bars, ...over });

  it('begins at 0, and shows what is not 0', () => {
    expect(widths(of([bar(0), bar(1e-9), bar(50), bar(100)]))).toEqual([0, 2, 500, 1000]);
    expect(widths(of([bar(0), bar(0)]))).toEqual([0, 0]);
  });

  it('reaches as far as it should at least', () => {
    expect(widths(of([bar(1)], { reach: 100 }))).toEqual([10]);
    expect(widths(of([bar(200)], { reach: 100 }))).toEqual([1000]);
  });

  it('draws a limit inside', () => {
    const html = of([bar(50)], { limit: { value: 100, text: 'at most 100' } });
    expect(widths(html)).toEqual([490]);
    expect(html).toContain('<path class="limit" d="M980 0V16"/>');
    expect(html).toContain('at most 100');
  });

  it.each([undefined, NaN, Infinity, -1])('draws nothing for %s', (value) => {
    const html = of([bar(value, 'not measured')]);
    expect(html).not.toContain('role="img"');
    expect(html).not.toMatch(/NaN|Infinity/);
    expect(html).toContain('not measured');
  });

  it('says to those who cannot see it what it shows', () => {
    expect(of([{ ...bar(5, '5 ms'), label: 'p99' }])).toContain('aria-label="g, p99, 5 ms"');
  });
});

describe('words of a report', () => {
  it.each<[string, string, string]>([
    ['number', number(0), '0'], ['number', number(1234.5), '1,235'], ['number', number(999.9), '1,000'], ['number', number(45.67), '45.7'], ['number', number(0.0012345), '0.00123'], ['number', number(1.234e-9), '0.00000000123'], ['number', number(1234567), '1,234,567'],
    ['grouped', grouped(1234567.8901), '1,234,567.8901'], ['grouped', grouped(100), '100'],
    ['milliseconds', milliseconds(0), '0 ms'], ['milliseconds', milliseconds(12.34), '12.3 ms'], ['milliseconds', milliseconds(1234), '1.23 s'],
    ['percent', percent(0), '0 %'], ['percent', percent(0.00001), '< 0.01 %'], ['percent', percent(0.0123), '1.23 %'], ['percent', percent(0.99999), '> 99.99 %'], ['percent', percent(1), '100 %'],
    ['times', times(1.23456), '1.23 times'],
    ['counted', counted(1, 'request'), '1 request'], ['counted', counted(1200, 'request'), '1,200 requests'], ['counted', counted(0, 'request'), '0 requests'],
    ['seconds', seconds(0), '0 s'], ['seconds', seconds(330), '5 min 30 s'], ['seconds', seconds(7200), '2 h'],
    ['moment', moment(NOW), '2026-11-23, 20:39 UTC'], ['moment', moment('soon'), 'soon'],
    ['paceText', paceText(settingsOf({ pace: { requestsPerSecond: 0.3333 } })), '0.3333 requests per second'], ['paceText', paceText(settingsOf()), '70 % of the throughput of each variant'],
    ['escaped', escaped('<a href="x">\'&\u0001'), '&#60;a href=&#34;x&#34;&#62;&#39;&#38;\ufffd'],
  ])('%s gives %s', (_, found, wanted) => {
    expect(found).toBe(wanted);
  });
});
