import * as fc from 'fast-check';
import { failedRecordOf, record } from './builders';
import { comparable, compare, DEFAULT_LIMITS, regressions } from '../../../src/benchmark/core/compare';

describe('records that may be compared', () => {
  it('are measured alike', () => {
    expect(comparable(record('gpu'), record('neuron', { settings: { batchSize: 16 } }))).toEqual([]);
  });

  it.each([
    ['dataset', { dataset: { bucket: 'data', key: 'other.jsonl' } }, 'dataset: s3://data/lines.jsonl and s3://data/other.jsonl'],
    ['lengths', { lengths: { inputTokens: 128 } }, 'lengths: none and inputTokens 128'],
    ['payload', { payload: { template: '[{inputs}]', contentType: 'application/json' } }, 'payload: "{\\"inputs\\": {inputs}}" as application/json and "[{inputs}]" as application/json'],
    ['content type', { payload: { template: '{"inputs": {inputs}}', contentType: 'text/plain', accept: 'text/csv' } }, 'payload: "{\\"inputs\\": {inputs}}" as application/json and "{\\"inputs\\": {inputs}}" as text/plain, accepting text/csv'],
    ['batch', { batchSize: 8 }, 'batch size: 16 and 8'],
    ['concurrency', { concurrency: 1 }, 'concurrency: 100 and 1'],
    ['warm-up', { warmUpSeconds: 0 }, 'warm-up: 60 s and 0 s'],
    ['duration', { durationSeconds: 301 }, 'duration: 300 s and 301 s'],
    ['pace', { pace: { requestsPerSecond: 5 } }, 'pace: 0.7 of the throughput and 5 requests per second'],
  ])('have the same %s', (_, settings, reason) => {
    const [a, b] = [record('gpu'), record('neuron', { settings })];
    expect(comparable(a, b)).toEqual([reason]);
    expect(compare(a, b)).toEqual({ refused: reason });
  });

  it('have lengths in any order', () => {
    const of = (lengths: Record<string, number>) => record('gpu', { settings: { lengths } });
    expect(comparable(of({ a: 1, b: 2 }), of({ b: 2, a: 1 }))).toEqual([]);
    expect(comparable(of({ a: 1, b: 2 }), of({ b: 2, a: 0 }))).toEqual(['lengths: a 1, b 2 and a 0, b 2']);
    expect(comparable(of({}), record('gpu'))).toEqual([]);
  });

  it('are named with all that differs', () => {
    expect(comparable(record('gpu'), record('neuron', { settings: { batchSize: 8, concurrency: 1 } }))).toEqual(['batch size: 16 and 8', 'concurrency: 100 and 1']);
  });

  it('are shown where they differ, when they are long', () => {
    const of = (end: string) => record('gpu', { settings: { payload: { template: `${'x'.repeat(500)}${end}`, contentType: 'a/b' } } });
    const [reason] = comparable(of('one'), of('two'));
    expect(reason).toContain('xone" as a/b');
    expect(reason).toContain('xtwo" as a/b');
    expect(reason.length).toBeLessThan(280);
  });

  it('were measured', () => {
    const [good, bad] = [record('gpu'), failedRecordOf('neuron', 'out of memory')];
    expect(comparable(bad, good)).toEqual(['the measurement of neuron (model-1) failed: out of memory']);
    expect(compare(good, bad)).toEqual({ refused: 'the measurement of neuron (model-1) failed: out of memory' });
    expect(compare(good, bad, 2)).toEqual({ refused: 'the measurement of neuron (model-1) failed: out of memory' });
    expect(comparable(good, { ...bad, reason: undefined })).toEqual(['the measurement of neuron (model-1) failed']);
  });

  it('are not compared, whichever comes first', () => {
    const a = record('a', { settings: { batchSize: 1 } });
    expect([comparable(a, record('b')).length, comparable(record('b'), a).length]).toEqual([1, 1]);
  });
});

describe('a comparison', () => {
  it('is of this record to the other', () => {
    const newcomer = record('neuron', { inputs: 150, usd: 0.004, p99: 30, errors: { count: 30, rate: 0.03, byKind: {} } });
    const reference = record('gpu', { inputs: 100, usd: 0.01, p99: 60, errors: { count: 20, rate: 0.02, byKind: {} } });
    expect(compare(newcomer, reference)).toEqual({ throughputRatio: 1.5, costRatio: 0.4, p50Ratio: 0.5, p95Ratio: 0.5, p99Ratio: 0.5, errorRateIncrease: 0.01 });
  });

  it('is exact where a limit is: a hundredth is a hundredth', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 }), (of, scale) => {
      const unit = scale / 7;
      const found = compare(record('a', { inputs: of * unit, usd: of * unit }), record('a', { inputs: 100 * unit, usd: 100 * unit }));
      expect([found.throughputRatio, found.costRatio]).toEqual([of / 100, of / 100]);
    }));
  });

  it('says nothing of what is not known of one of them', () => {
    const bare = { ...record('a'), cost: undefined };
    expect(Object.keys(compare(bare, record('b')))).toEqual(['throughputRatio', 'p50Ratio', 'p95Ratio', 'p99Ratio', 'errorRateIncrease']);
    expect(Object.keys(compare(record('b'), bare))).not.toContain('costRatio');
    expect(compare(record('a'), record('b', { p99: 0 }))).toEqual({ throughputRatio: 1, costRatio: 1, errorRateIncrease: 0 });
  });

  it('of the second round needs the same inputs only', () => {
    const [a, b] = [record('a', { round: 2, settings: { batchSize: 32, concurrency: 8 } }), record('b', { round: 2, settings: { batchSize: 4 } })];
    expect(compare(a, b).throughputRatio).toBe(1);
    expect(compare(a, { ...b, round: 1 }, 2).throughputRatio).toBe(1);
    expect(compare(a, b, 1)).toEqual({ refused: 'batch size: 32 and 4; concurrency: 8 and 100' });
    expect(compare(a, record('b', { settings: { dataset: { bucket: 'data', key: 'x' } } }))).toEqual({ refused: 'dataset: s3://data/lines.jsonl and s3://data/x' });
    expect(compare(a, record('b', { settings: { lengths: { tokens: 1 } } }))).toEqual({ refused: 'lengths: none and tokens 1' });
  });
});

describe('a regression', () => {
  it.each([
    [{ throughputRatio: 0.8 }, ['throughput of an instance is 0.8 times that of the version before (limit 0.8)']],
    [{ throughputRatio: 0.8001 }, []],
    [{ costRatio: 1.25 }, ['cost of a request is 1.25 times that of the version before (limit 1.25)']],
    [{ costRatio: 1.2499 }, []],
    [{ p99Ratio: 1.25 }, ['p99 is 1.25 times that of the version before (limit 1.25)']],
    [{ p99Ratio: 1.2499 }, []],
    [{ errorRateIncrease: 0.01 }, ['1 % of the requests more fail than in the version before (limit 1 %)']],
    [{ errorRateIncrease: 0.0099 }, []],
    [{ p50Ratio: 9, p95Ratio: 9 }, []],
    [{ refused: 'batch size: 1 and 2' }, []],
    [{}, []],
  ])('of %j is %j', (comparison, texts) => {
    expect(regressions(comparison, DEFAULT_LIMITS).map(({ text }) => text)).toEqual(texts);
  });

  it('of two measured versions is found at the limit', () => {
    const before = record('gpu', { inputs: 100, usd: 100, p99: 100 });
    const found = (inputs: number, usd: number, p99: number) => regressions(compare(record('gpu', { inputs, usd, p99 }), before), DEFAULT_LIMITS).map(({ what }) => what);
    expect(found(80, 125, 125)).toEqual(['throughput', 'cost', 'latency']);
    expect(found(80.01, 124.99, 124.99)).toEqual([]);
  });

  it('has its value and its limit', () => {
    expect(regressions({ throughputRatio: 0.5 }, DEFAULT_LIMITS)).toEqual([{ what: 'throughput', value: 0.5, limit: 0.8, text: 'throughput of an instance is 0.5 times that of the version before (limit 0.8)' }]);
  });

  it('is none of inputs that were changed since; what is not known of them is no difference', () => {
    const of = (etag?: string, key = 'lines.jsonl') => record('gpu', { settings: { dataset: { bucket: 'data', key, ...etag === undefined ? {} : { etag } } } });
    for (const round of [1, 2] as const) {
      expect(compare(of('a'), of('b'), round)).toEqual({ refused: 'contents of s3://data/lines.jsonl: ETag a and b' });
      expect([compare(of('a'), of('a'), round), compare(of('a'), of(), round), compare(of(), of('b'), round)].map(({ refused }) => refused)).toEqual([undefined, undefined, undefined]);
    }
    expect(comparable(of('a'), of('b', 'others.jsonl'))).toEqual(['dataset: s3://data/lines.jsonl and s3://data/others.jsonl']);
  });

  it('keeps to limits of others, 0 too', () => {
    expect(DEFAULT_LIMITS).toEqual({ throughputDrop: 0.2, costRise: 0.25, latencyRise: 0.25, errorRateIncrease: 0.01 });
    const limits = { throughputDrop: 0.3, costRise: 0.1, latencyRise: 0, errorRateIncrease: 0 };
    expect(regressions({ throughputRatio: 0.7, costRatio: 1.1, p99Ratio: 1, errorRateIncrease: 0 }, limits).map(({ what, limit }) => [what, limit])).toEqual([['throughput', 0.7], ['cost', 1.1], ['latency', 1], ['errors', 0]]);
    expect(regressions({ throughputRatio: 0.7001, costRatio: 1.0999, p99Ratio: 0.9999, errorRateIncrease: -0.0001 }, limits)).toEqual([]);
  });
});
