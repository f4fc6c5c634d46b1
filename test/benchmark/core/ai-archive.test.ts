import * as fc from 'fast-check';
import { header, padded, summaryOf, tarOf } from './ai-archive';
import { measurementOf, summaryIn } from '../../../src/benchmark/core/aiperf';
import { tarFiles } from '../../../src/benchmark/core/tar';

async function* inParts(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const read = async (bytes: Buffer, wanted: (name: string) => boolean = () => true, limit = 10_000, size = 700) => tarFiles(inParts(bytes, size), wanted, limit);

describe('an archive', () => {
  test('gives the wanted files, however it comes in', async () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', '/'), minLength: 1, maxLength: 150 }).filter((one) => !one.startsWith('/') && !one.endsWith('/'));
    await fc.assert(fc.asyncProperty(fc.dictionary(name, fc.string({ unit: 'grapheme', maxLength: 1500 }), { maxKeys: 5, noNullPrototype: true }), fc.integer({ min: 1, max: 3000 }), async (files, size) => {
      const wanted = (one: string) => one.length % 2 === 0;
      expect(await read(tarOf(files), wanted, 20_000, size)).toEqual(Object.entries(files).filter(([one]) => wanted(one)).map(([one, text]) => ({ name: one, text })));
    }), { numRuns: 60 });
  });

  test('of GNU tar, with a name in two parts, and without its end', async () => {
    const long = `${'d/'.repeat(60)}x`;
    const bytes = Buffer.concat([header('././@LongLink', long.length + 1, 'L'), padded(Buffer.from(`${long}\0`)), header('d/', 2, '0'), padded(Buffer.from('{}')), header('dir/', 0, '5'), header('file', 1, '0', 'some/dir'), padded(Buffer.from('1'))]);
    expect(await read(bytes)).toEqual([{ name: long, text: '{}' }, { name: 'some/dir/file', text: '1' }]);
  });

  test.each<[string, Buffer, string]>([
    ['that is none', Buffer.alloc(600, 'x'), 'it is no tar archive'],
    ['that ends in a header', tarOf({ a: 'x' }).subarray(0, 100), 'it ends in the middle'],
    ['that ends in a file', tarOf({ a: 'x'.repeat(2000) }).subarray(0, 1500), 'it ends in the middle'],
    ['with a file that is too large', tarOf({ a: 'x'.repeat(10_001) }), 'a in it has 10001 bytes, more than 10000'],
    ['with a file of no size', header('a', NaN, '0'), 'a file in it has no size'],
  ])('%s', async (_, bytes, message) => expect(read(bytes)).rejects.toThrow(message));

  test('passes over large files that nobody wants', async () => {
    expect(await read(tarOf({ big: 'x'.repeat(50_000), small: '1' }), (name) => name === 'small')).toEqual([{ name: 'small', text: '1' }]);
    await expect(read(tarOf({ big: 'x'.repeat(50_000) }).subarray(0, 20_000), () => false)).rejects.toThrow('it ends in the middle');
  });
});

describe('the summary', () => {
  const at = (...names: string[]) => names.map((name) => ({ name, text: name }));
  const FILE = 'profile_export_aiperf.json';

  test.each<[string, string[], string]>([
    ['alone', [FILE], FILE],
    ['in a folder', [`artifacts/run/${FILE}`], `artifacts/run/${FILE}`],
    ['beside that of the warm-up', [`phases/warmup/${FILE}`, `phases/profiling/${FILE}`], `phases/profiling/${FILE}`],
    ['above those of its parts', [`a/b/${FILE}`, `a/${FILE}`], `a/${FILE}`],
    ['beside others', ['inputs.json', `x_${FILE}`, FILE], FILE],
  ])('%s', (_, names, found) => expect(summaryIn(at(...names), 'here').name).toBe(found));

  test.each<[string, string[], string]>([
    ['none', ['inputs.json'], 'here has no profile_export_aiperf.json'],
    ['of the warm-up alone', [`warmup/${FILE}`], 'here has no profile_export_aiperf.json'],
    ['of two concurrencies', [`concurrency_1/${FILE}`, `concurrency_2/${FILE}`], `here has several results (concurrency_1/${FILE}, concurrency_2/${FILE}): give the workload one concurrency`],
  ])('%s is refused', (_, names, message) => expect(() => summaryIn(at(...names), 'here')).toThrow(message));
});

describe('what a summary says', () => {
  const measured = (more: Record<string, unknown> = {}) => measurementOf(JSON.stringify(summaryOf(more)), 'here');

  test('in other units', () => {
    expect(measured({ time_to_first_token: { unit: 's', p50: 0.2, p99: 0.3 } }).timeToFirstToken).toEqual({ p50Ms: 200, p99Ms: 300 });
    expect(measured({ inter_token_latency: { unit: 'us', avg: 2000 } }).interTokenLatency).toEqual({ meanMs: 2 });
    expect(measured({ request_latency: { p50: 7 } }).requestLatency).toEqual({ p50Ms: 7 });
    expect(() => measured({ request_latency: { unit: 'fortnights', p50: 7 } })).toThrow('here: request_latency is in "fortnights", and no unit of time that is known here');
  });

  test('without streaming there is no time to the first token', () => {
    const found = measured({ time_to_first_token: undefined, inter_token_latency: null });
    expect(found).not.toHaveProperty('timeToFirstToken');
    expect(found).not.toHaveProperty('interTokenLatency');
    expect(found.requestLatency).toEqual({ p50Ms: 3200, p99Ms: 4800, meanMs: 3250 });
  });

  test('what is no number is not told', () => {
    expect(measured({ time_to_first_token: { unit: 'ms', p50: 'fast', p99: -1, avg: null } })).not.toHaveProperty('timeToFirstToken');
    expect(measured({ aiperf_version: 8, input_sequence_length: [] })).toMatchObject({ tokens: { outputMean: 150 } });
    expect(measured({ aiperf_version: 8 })).not.toHaveProperty('aiperfVersion');
    expect(measured({ request_count: undefined, error_request_count: undefined })).toMatchObject({ requests: 0, errors: { count: 0, rate: 0 } });
    expect(measured({ error_request_count: undefined })).toMatchObject({ requests: 99, errors: { count: 0, rate: 0 } });
  });

  test.each<[string, string, string]>([
    ['no JSON', '{', 'here is no JSON: '],
    ['a list', '[]', 'here is no JSON object'],
    ['nothing', 'null', 'here is no JSON object'],
    ['of a run that was cancelled', JSON.stringify(summaryOf({ was_cancelled: true })), 'here: the benchmark was cancelled'],
    ['of a run that is not complete', JSON.stringify(summaryOf({ is_complete: false })), 'here: the benchmark is not complete'],
    ['no tokens', JSON.stringify(summaryOf({ output_token_throughput: { avg: 0 } })), 'here has no output_token_throughput'],
  ])('%s is refused', (_, text, message) => expect(() => measurementOf(text, 'here')).toThrow(message));

  test('whatever it is, it is understood or refused with a reason', () => {
    fc.assert(fc.property(fc.dictionary(fc.constantFrom(...Object.keys(summaryOf())), fc.jsonValue()), (more) => {
      try {
        const { errors, requests, throughput } = measured(more);
        expect(errors.rate).toBeGreaterThanOrEqual(0);
        expect(errors.rate).toBeLessThanOrEqual(1);
        expect(requests).toBeGreaterThanOrEqual(0);
        expect(throughput.outputTokensPerSecond).toBeGreaterThan(0);
      } catch (error) {
        expect((error as Error).name).toBe('UnreadableResults');
      }
    }), { numRuns: 300 });
  });
});
