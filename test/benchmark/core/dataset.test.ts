import * as fc from 'fast-check';
import { batchOf, checkSize, DatasetRefused, LARGEST_DATASET, parseDataset } from '../../../src/benchmark/core/dataset';
import type { Phase } from '../../../src/benchmark/core/types';

const PLACE = 's3://data/questions.jsonl';
const parse = (text: string) => parseDataset(text, PLACE);

describe('a dataset', () => {
  test('is the JSON of its lines, as it is written', () => {
    expect(parse('"a"\n{"b":  1}\n3')).toEqual(['"a"', '{"b":  1}', '3']);
  });

  test('may end with a line break, have empty lines, and lines that end as on Windows', () => {
    expect(parse('\n"a"\r\n\n  \n [1, 2] \r\nnull\n')).toEqual(['"a"', '[1, 2]', 'null']);
  });

  test.each(['', '\n', ' \r\n \n'])('without lines is refused: %j', (text) => {
    expect(() => parse(text)).toThrow(new DatasetRefused(`${PLACE} has no lines; write one input as JSON on each`));
  });

  test('with a line that is no JSON is refused with its number in the file', () => {
    expect(() => parse('"a"\n\n{"b": }\n"c"')).toThrow(new DatasetRefused(`line 3 of ${PLACE} is no JSON: {"b": }`));
    expect(() => parse('a question')).toThrow(`line 1 of ${PLACE} is no JSON: a question`);
    expect(() => parse(`"a"\n${'x'.repeat(100)}`)).toThrow(new DatasetRefused(`line 2 of ${PLACE} is no JSON: ${'x'.repeat(60)}`));
    expect(() => parse('{\n"a": 1\n}')).toThrow(`line 1 of ${PLACE} is no JSON: {`);
  });

  test('of 64 MiB is taken, of a byte more refused', () => {
    expect(() => checkSize(LARGEST_DATASET, PLACE)).not.toThrow();
    expect(() => checkSize(LARGEST_DATASET + 1, PLACE)).toThrow(new DatasetRefused(`${PLACE} has 65 MiB, at most 64 are allowed; take a part of it, it is read from the beginning again when it is over`));
    // Bytes, not characters: three each.
    expect(() => parse(`"${'€'.repeat(LARGEST_DATASET / 3)}"`)).toThrow(/^s3:\/\/data\/questions.jsonl has 65 MiB/);
  });

  test('that is refused says so by its name, which a state machine sees', () => {
    expect(new DatasetRefused('x').name).toBe('DatasetRefused');
  });
});

const lines = (count: number) => Array.from({ length: count }, (_, i) => String(i));
const place = { batchSize: 1, worker: 0, workers: 1, phase: 'first' as Phase, slice: 0 };

describe('the lines of a request', () => {
  test('follow each other, and begin again with the first', () => {
    expect([0, 1, 2, 3].map((request) => batchOf(lines(5), request, { ...place, batchSize: 2 }))).toEqual([['0', '1'], ['2', '3'], ['4', '0'], ['1', '2']]);
  });

  test('of a batch larger than the dataset come again in it', () => {
    expect(batchOf(['a', 'b'], 0, { ...place, batchSize: 5 })).toEqual(['a', 'b', 'a', 'b', 'a']);
  });

  test('of several workers are read in turn: together they leave none out', () => {
    const of = (worker: number) => [0, 1].map((request) => batchOf(lines(100), request, { ...place, batchSize: 2, worker, workers: 3 }));
    expect([of(0), of(1), of(2)]).toEqual([[['0', '1'], ['6', '7']], [['2', '3'], ['8', '9']], [['4', '5'], ['10', '11']]]);
  });

  test('begin elsewhere in each phase and slice', () => {
    const begins = [0, 1, 2].flatMap((slice) => (['first', 'warmUp', 'saturate', 'pace'] as const).map((phase) => Number(batchOf(lines(1000), 0, { ...place, phase, slice })[0])));
    expect(begins.slice(0, 4)).toEqual([0, 618, 236, 854]);
    const sorted = [...begins].sort((a, b) => a - b);
    // A fair part of the dataset lies between any two.
    expect(Math.min(...sorted.slice(1).map((begin, i) => begin - sorted[i]))).toBeGreaterThan(1000 / 12 / 2);
  });

  test('are the same whenever they are asked for, and of the dataset, for any worker', () => {
    const anywhere = fc.record({ batchSize: fc.integer({ min: 1, max: 64 }), worker: fc.nat(39), workers: fc.constant(40), phase: fc.constantFrom<Phase>('first', 'warmUp', 'saturate', 'pace'), slice: fc.nat(90) });
    fc.assert(fc.property(anywhere, fc.integer({ min: 1, max: 50 }), fc.nat(10_000_000), (where, count, request) => {
      const batch = batchOf(lines(count), request, where);
      expect(batch).toEqual(batchOf(lines(count), request, where));
      expect(batch.length).toBe(where.batchSize);
      expect(batch.every((line) => Number(line) < count)).toBe(true);
      // They follow each other, also from the last to the first.
      expect(batch.slice(1).every((line, i) => Number(line) === (Number(batch[i]) + 1) % count)).toBe(true);
    }));
  });
});
