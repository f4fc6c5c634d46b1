import * as fc from 'fast-check';
import { compileTimeInterval } from '../../../src/compilation/core/compile-times';
import type { ModelKind } from '../../../src/compilation/core/shapes';
import data from '../../../src/compilation/data/compile-times.json';

/** A record, so that a new kind of the room `compilation` has to be given an answer here. */
const INTERVALS: Record<ModelKind, [low: number, high: number] | undefined> = {
  'text-encoder': [0.3, 25],
  'vision': [3.5, 15],
  'audio': undefined,
  'clip': [5, 20],
  'seq2seq': [1.3, 20],
  'diffusion': [24.2, 60],
  'decoder': [4.5, 45],
};
const KINDS = Object.keys(INTERVALS) as ModelKind[];
const WITH_BASIS = KINDS.filter((kind) => INTERVALS[kind] !== undefined);
const of = (kind: string) => data.rows.filter((row) => row.kind === kind);
const ends = (kind: string, parametersBillion?: number) => {
  const interval = compileTimeInterval(kind, parametersBillion);
  return interval && [interval.lowMinutes, interval.highMinutes];
};

describe('the rows', () => {
  test('are 15 over 6 kinds, none of them a kind of our own', () => {
    expect(data.rows).toHaveLength(15);
    expect(new Set(data.rows.map(({ kind }) => kind))).toEqual(new Set(WITH_BASIS));
  });

  test.each(data.rows.map((row) => [`${row.kind} ${row.model}`, row] as const))('%s says what was measured, where, and who says so', (_, row) => {
    expect(row.minutes).toHaveLength(2);
    const [low, high] = row.minutes;
    expect(low).toBeGreaterThan(0);
    expect(high).toBeGreaterThanOrEqual(low);
    expect(row.minutes.every((minutes) => Math.abs(minutes * 10 - Math.round(minutes * 10)) < 1e-9)).toBe(true);
    expect(row.parametersBillion).toBeGreaterThan(0);
    expect(row.host).toMatch(/^(ml\.)?(inf2|trn1|trn2)/);
    expect(row.measured.length).toBeGreaterThan(20);
    expect(row.source).toMatch(/^github [\w.-]+\/[\w.-]+ .+( @ [0-9a-f]{7}$|comment of \d{4}-\d{2}-\d{2}$)|^https:\/\/\S+$/);
    if ('asOf' in row) expect(row.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    if ('sdk' in row) expect(row.sdk).toMatch(/^2\.\d+(\.\d+)?$/);
    if ('graphs' in row) expect(row.graphs).toBeGreaterThan(1);
  });

  test('what was left out is said', () => {
    expect(data.leftOut).toMatch(/compiles for training/);
    expect(data.leftOut).toMatch(/audio: no published figure found on \d{4}-\d{2}-\d{2}$/);
    expect(data.reading).toMatch(/host is where the compiler ran/);
  });
});

describe('compileTimeInterval', () => {
  test.each(KINDS)('%s, of any size', (kind) => {
    expect(ends(kind)).toEqual(INTERVALS[kind]);
  });

  test('a time for five sets of shapes counts by set for the lower end and whole for the upper one', () => {
    // distilbert: 1.8 minutes for five; the reranker: 20 to 25 for five
    expect(of('text-encoder').filter((row) => row.graphs === 5).map((row) => row.minutes)).toEqual([[1.8, 1.8], [20, 25]]);
    expect(ends('text-encoder')).toEqual([Math.floor(1.8 / 5 * 10) / 10, 25]);
  });

  test('one figure is no interval: half of it to twice it', () => {
    expect(of('clip').map(({ minutes }) => minutes)).toEqual([[10, 10]]);
    expect(ends('clip')).toEqual([5, 20]);
  });

  test.each<[string, string, number, [number, number]]>([
    ['within the figures: size changes nothing', 'decoder', 8, [4.5, 45]],
    ['the smallest of the figures', 'decoder', 4, [4.5, 45]],
    ['the largest of the figures', 'decoder', 70, [4.5, 45]],
    ['twice the largest: the upper end doubles', 'decoder', 140, [4.5, 90]],
    ['half of the smallest: the lower end halves, rounded down', 'decoder', 2, [2.2, 45]],
    ['a third above: rounded up to the minute', 'vision', 1.5, [3.5, 21]],
    ['one figure, three times its size', 'clip', 1.29, [5, 60]],
    ['one figure, half of its size', 'clip', 0.215, [2.5, 20]],
    ['a text encoder of 7 billion', 'text-encoder', 7, [0.3, 313]],
    ['a diffusion model of 12 billion', 'diffusion', 12, [24.2, 206]],
    ['next to nothing is a tenth of a minute, not 0', 'diffusion', 1e-9, [0.1, 60]],
  ])('%s', (_, kind, parametersBillion, expected) => {
    expect(ends(kind, parametersBillion)).toEqual(expected);
  });

  test.each([0, -1, NaN, Infinity, undefined])('a size of %s is none', (size) => {
    for (const kind of KINDS) expect(compileTimeInterval(kind, size)).toEqual(compileTimeInterval(kind));
  });

  test.each(['', 'audio', 'Decoder', 'llm', 'constructor', '__proto__'])('no basis for %j', (kind) => {
    expect(compileTimeInterval(kind)).toBeUndefined();
    expect(compileTimeInterval(kind, 7)).toBeUndefined();
  });

  test.each<[string, number | undefined, string]>([
    ['decoder', undefined, '3 published figures for decoder (4 to 70 billion parameters, other hosts and Neuron releases)'],
    ['decoder', 8, '3 published figures for decoder (4 to 70 billion parameters, other hosts and Neuron releases)'],
    ['decoder', 71, '3 published figures for decoder (4 to 70 billion parameters, other hosts and Neuron releases); the upper end grown with the size of the model'],
    ['diffusion', 0.9, '3 published figures for diffusion (1.3 to 3.5 billion parameters, other hosts and Neuron releases); the lower end shrunk with the size of the model'],
    ['clip', undefined, 'the only published figure for clip, halved and doubled (0.43 billion parameters, other hosts and Neuron releases)'],
    ['seq2seq', NaN, '2 published figures for seq2seq (0.809 to 1.55 billion parameters, other hosts and Neuron releases)'],
  ])('the basis for %s of %s billion', (kind, size, expected) => {
    expect(compileTimeInterval(kind, size)?.basis).toBe(expected);
  });

  test('every published figure is inside the interval of its kind and size', () => {
    for (const { kind, parametersBillion, minutes: [low, high] } of data.rows) {
      const interval = compileTimeInterval(kind, parametersBillion)!;
      expect(interval.lowMinutes).toBeLessThanOrEqual(low);
      expect(interval.highMinutes).toBeGreaterThanOrEqual(high);
    }
  });

  test('a size never makes the interval narrower, and both ends are numbers in order', () => {
    fc.assert(fc.property(fc.constantFrom(...WITH_BASIS), fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (kind, size) => {
      const [any, sized] = [compileTimeInterval(kind)!, compileTimeInterval(kind, size)!];
      expect(sized.lowMinutes).toBeLessThanOrEqual(any.lowMinutes);
      expect(sized.highMinutes).toBeGreaterThanOrEqual(any.highMinutes);
      expect(sized.lowMinutes).toBeGreaterThan(0);
      expect(Number.isInteger(sized.highMinutes)).toBe(true);
    }), { numRuns: 200 });
  });
});
