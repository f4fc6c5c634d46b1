import fc from 'fast-check';
import { alike, answerOf, compareAnswers, cosineDistance, isExpected, relativeError, topLabel, valueAt, type Compared, type MetricConfig } from '../../../src/benchmark/core/parity';

const EXACT: MetricConfig = { kind: 'exactMatch' };
const LABEL: MetricConfig = { kind: 'topLabel' };
const RELATIVE: MetricConfig = { kind: 'relativeError', smallest: 0 };
const COSINE: MetricConfig = { kind: 'cosineSimilarity' };
const NUMBERS = [RELATIVE, COSINE];
const differenceOf = (compared: Compared): number => (compared as { difference: number }).difference;

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const vectors = fc.integer({ min: 1, max: 20 }).chain((n) => fc.tuple(fc.array(number, { minLength: n, maxLength: n }), fc.array(number, { minLength: n, maxLength: n })));
const json = fc.jsonValue({ maxDepth: 4 });

describe('an answer', () => {
  test.each<[string, unknown]>([
    ['{"a":[1]}', { a: [1] }], ['"text"', 'text'], ['3', 3], ['null', null], ['a text', 'a text'], ['', ''], ['[NaN]', '[NaN]'], ['{"a":', '{"a":'],
  ])('%s', (body, answer) => expect(answerOf(body)).toEqual(answer));
});

describe('a path', () => {
  const answer = { predictions: [{ 'embedding': [1, 2], 'a/b': 1, 'm~n': 2, '': 3 }], none: null };
  test.each<[string | undefined, unknown]>([
    [undefined, answer], ['', answer], ['/predictions/0/embedding', [1, 2]], ['/predictions/0/embedding/1', 2], ['/predictions/0/a~1b', 1], ['/predictions/0/m~0n', 2], ['/predictions/0/', 3], ['/none', null],
    ['/none/x', undefined], ['/predictions/1', undefined], ['/predictions/length', undefined], ['/predictions/-1', undefined], ['/toString', undefined], ['/__proto__', undefined], ['/predictions/0/embedding/0/x', undefined],
  ])('%s', (path, value) => expect(valueAt(answer, path)).toEqual(value));

  test('into a text', () => {
    expect(valueAt('text', '/0')).toBeUndefined();
    expect(valueAt('text', '')).toBe('text');
  });

  test.each([EXACT, LABEL, ...NUMBERS])('that leads nowhere cannot be compared, not even when it does on both sides: %j', (metric) => {
    expect(compareAnswers({ ...metric, path: '/x' }, { x: 1 }, {})).toEqual({ problem: 'candidate: the answer has nothing at /x' });
    expect(compareAnswers({ ...metric, path: '/x' }, {}, {})).toEqual({ problem: 'reference: the answer has nothing at /x' });
  });
});

describe('exact match', () => {
  test.each<[unknown, unknown, number]>([
    [{ a: 1, b: [2, { c: 3 }] }, { b: [2, { c: 3 }], a: 1 }, 0],
    [[1, 2], [2, 1], 1],
    [{ a: 1 }, { a: 1, b: null }, 1],
    [{ a: 1, c: 1 }, { a: 1, b: 1 }, 1],
    [[], {}, 1],
    [['x'], { 0: 'x' }, 1],
    [null, {}, 1],
    [null, null, 0],
    [0, -0, 0],
    [1, '1', 1],
    ['text', 'text', 0],
    ['text', 'Text', 1],
    ['', '', 0],
    [[[]], [[]], 0],
  ])('%j and %j', (a, b, difference) => {
    expect(compareAnswers(EXACT, a, b)).toEqual({ difference });
    expect(compareAnswers(EXACT, b, a)).toEqual({ difference });
  });

  test('whatever an answer is, it is like itself, in any order of members', () => {
    const turned = (value: unknown): unknown => Array.isArray(value) ? value.map(turned)
      : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).reverse().map(([key, one]) => [key, turned(one)])) : value;
    // A member named __proto__ is none in an object literal.
    fc.assert(fc.property(json.filter((value) => !JSON.stringify(value).includes('__proto__')), (value) => alike(value, turned(value)) && alike(turned(value), value)));
  });

  test('is the same question both ways, and says what JSON says', () => {
    fc.assert(fc.property(json, json, (a, b) => alike(a, b) === alike(b, a)));
    const flat = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null), fc.array(fc.integer({ max: 2, min: 0 }), { maxLength: 2 }));
    fc.assert(fc.property(flat, flat, (a, b) => alike(a, b) === (JSON.stringify(a) === JSON.stringify(b))));
  });
});

describe('the label', () => {
  test.each<[unknown, string | undefined]>([
    ['POSITIVE', 'POSITIVE'], [true, 'true'], [3, '3'], [0, '0'],
    [[3], '3'], [['cat'], 'cat'],
    [[0.1, 0.7, 0.2], '1'], [[[0.1, 0.9]], '1'], [[-5, -1], '1'], [[2, 2, 1], '0'],
    [[{ label: 'A', score: 0.2 }, { label: 'B', score: 0.8 }], 'B'],
    [[[{ label: 'A', score: 0.9 }, { label: 'B', score: 0.1 }]], 'A'],
    [[{ label: 'A', score: 0.5 }], 'A'],
    [{ label: 'A' }, 'A'], [{ label: 0, score: 1 }, '0'],
    [{ labels: ['x', 'y'], scores: [0.4, 0.6], sequence: 's' }, 'y'],
    [{ labels: ['x'], scores: [0.4, 0.6] }, undefined],
    [{ labels: [], scores: [] }, undefined],
    [[], undefined], [{}, undefined], [null, undefined], [NaN, undefined], [Infinity, undefined], [[[]], undefined],
    [[{ label: 'A' }, { label: 'B' }], undefined], [['a', 'b'], undefined], [[null, 1], undefined], [{ label: { label: 'A' } }, undefined],
  ])('%j', (value, label) => expect(topLabel(value)).toBe(label));

  test('is what is compared', () => {
    expect(compareAnswers(LABEL, [{ label: 'A', score: 0.9 }], [{ label: 'A', score: 0.6 }])).toEqual({ difference: 0 });
    expect(compareAnswers(LABEL, [0.6, 0.4], [0.4, 0.6])).toEqual({ difference: 1, note: '"0" and "1"' });
    expect(compareAnswers({ ...LABEL, path: '/out' }, { out: 'a' }, { out: 'b' })).toEqual({ difference: 1, note: '"a" and "b"' });
    expect(compareAnswers(LABEL, 'x'.repeat(50), 'y')).toEqual({ difference: 1, note: `"${'x'.repeat(40)}..." and "y"` });
  });

  test('that is not there cannot be compared', () => {
    expect(compareAnswers(LABEL, {}, 'a')).toEqual({ problem: 'reference: the answer has no label' });
    expect(compareAnswers(LABEL, 'a', [])).toEqual({ problem: 'candidate: the answer has no label' });
  });

  test('of scores is that of the highest, wherever it is', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.integer(), { minLength: 2, maxLength: 20 }), (scores) => {
      const at = scores.indexOf(Math.max(...scores));
      expect(topLabel(scores)).toBe(String(at));
      expect(topLabel(scores.map((score, i) => ({ label: `l${i}`, score })))).toBe(`l${at}`);
      expect(topLabel({ labels: scores.map((_, i) => `l${i}`), scores })).toBe(`l${at}`);
    }));
  });
});

describe('what is expected', () => {
  test.each<[MetricConfig, unknown, unknown, boolean]>([
    [EXACT, { a: 1 }, { a: 1 }, true], [EXACT, 'a', 'b', false], [{ ...EXACT, path: '/0/text' }, [{ text: 'Paris' }], 'Paris', true], [{ ...EXACT, path: '/0/text' }, [], 'Paris', false],
    [EXACT, null, null, true],
    [LABEL, [{ label: 'A', score: 1 }], 'A', true], [LABEL, [0.1, 0.9], 1, true], [LABEL, [0.1, 0.9], '1', true], [LABEL, [0.1, 0.9], 0, false], [LABEL, {}, {}, false],
  ])('%j %j %j', (metric, answer, expected, right) => expect(isExpected(metric, answer, expected)).toBe(right));
});

describe('the relative error', () => {
  test.each<[number[], number[], number]>([
    [[100], [99], 0.01], [[99], [100], 0.01], [[1], [-1], 2], [[0], [0], 0], [[0], [5], 1], [[1, 10], [1, 9], 0.1], [[-4], [-2], 0.5], [[1e308], [-1e308], 2], [[5e-324], [-5e-324], 2],
  ])('%j %j', (a, b, error) => expect(relativeError(a, b)).toBe(error));

  test('of small numbers is a part of the smallest that counts', () => {
    expect(relativeError([0.0001], [0], 0.001)).toBeCloseTo(0.1, 12);
    expect(relativeError([0.0001], [0], 0)).toBe(1);
    expect(relativeError([10], [9], 0.001)).toBe(0.1);
  });

  test('is 0 of alike, the same both ways, at most 2, and no other when both are scaled', () => {
    fc.assert(fc.property(vectors, ([a, b]) => {
      expect(relativeError(a, a)).toBe(0);
      const error = relativeError(a, b);
      expect(error).toBe(relativeError(b, a));
      expect(error).toBeGreaterThanOrEqual(0);
      expect(error).toBeLessThanOrEqual(2);
    }));
    const plain = fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1000, max: 1000 })), { minLength: 1, maxLength: 9 });
    fc.assert(fc.property(plain, fc.integer({ min: 1, max: 1000 }), (pairs, factor) => {
      const [a, b] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
      expect(relativeError(a.map((x) => x * factor), b.map((x) => x * factor))).toBeCloseTo(relativeError(a, b), 12);
    }));
  });
});

describe('the cosine', () => {
  test.each<[number[], number[], number]>([
    [[1, 0], [0, 1], 1], [[1, 2], [-1, -2], 2], [[3, 4], [6, 8], 0], [[1, 1], [1, 0], 1 - Math.SQRT1_2], [[0, 0], [0, 0], 0], [[0, 0], [1, 0], 1], [[1, 0], [0, 0], 1], [[1e200, 1e200], [1, 1], 0], [[1e-200, 0], [0, 1e-200], 1],
  ])('%j %j', (a, b, distance) => expect(cosineDistance(a, b)).toBeCloseTo(distance, 12));

  test('is 0 of alike, the same both ways, and between 0 and 2', () => {
    fc.assert(fc.property(vectors, ([a, b]) => {
      expect(cosineDistance(a, a)).toBe(0);
      const distance = cosineDistance(a, b);
      expect(distance).toBe(cosineDistance(b, a));
      expect(distance).toBeGreaterThanOrEqual(0);
      expect(distance).toBeLessThanOrEqual(2);
    }));
  });

  test('says nothing of lengths', () => {
    const small = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 9 });
    fc.assert(fc.property(small, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (a, factor) => {
      expect(cosineDistance(a, a.map((x) => x * factor))).toBeCloseTo(0, 10);
    }));
  });
});

describe('numbers', () => {
  test.each<[unknown, unknown]>([[1, 1], [[1, 2], [1, 2]], [[[1], [2, 3]], [[1], [2, 3]]]])('%j: a number, a vector, a tensor', (a, b) => {
    for (const metric of NUMBERS) expect(compareAnswers(metric, a, b)).toEqual({ difference: 0 });
  });

  test('are compared in their order', () => {
    expect(compareAnswers(RELATIVE, [[1, 2], [3]], [1, 2, 3])).toEqual({ difference: 0 });
    expect(compareAnswers(RELATIVE, [1, 2], [2, 1])).toEqual({ difference: 0.5 });
    expect(compareAnswers({ ...RELATIVE, path: '/0/v' }, [{ v: [10] }], [{ v: [9] }])).toEqual({ difference: 0.1 });
  });

  test.each<[unknown, unknown, string]>([
    [[1, 2, 3], [1, 2], 'the reference has 3 numbers, the candidate 2'],
    ['text', [1], 'reference: a text is there, where numbers are wanted'],
    [[1], '[NaN]', 'candidate: a text is there, where numbers are wanted'],
    [[1], [null], 'candidate: null is there, where numbers are wanted'],
    [[1], { v: [1] }, 'candidate: an object is there, where numbers are wanted'],
    [[true], [1], 'reference: true is there, where numbers are wanted'],
    [[Infinity], [1], 'reference: Infinity is there, where numbers are wanted'],
    [[1], [NaN], 'candidate: NaN is there, where numbers are wanted'],
    [[], [], 'reference: there are no numbers'],
    [[1], [[], []], 'candidate: there are no numbers'],
  ])('%j and %j cannot be compared', (a, b, problem) => {
    for (const metric of NUMBERS) expect(compareAnswers(metric, a, b)).toEqual({ problem });
  });

  test('of a million are no matter', () => {
    const many = Array.from({ length: 1_000_000 }, (_, i) => i + 1);
    for (const metric of NUMBERS) expect(differenceOf(compareAnswers(metric, many, [...many]))).toBeCloseTo(0, 12);
  });
});

test('no answers make it throw, and the sides may be changed', () => {
  const answer = fc.oneof(json, fc.constant(undefined), fc.constant(NaN), fc.array(number, { maxLength: 4 }));
  fc.assert(fc.property(answer, answer, fc.constantFrom(EXACT, LABEL, ...NUMBERS), (a, b, metric) => {
    const [one, other] = [compareAnswers(metric, a, b), compareAnswers(metric, b, a)];
    expect('problem' in one).toBe('problem' in other);
    if ('difference' in one) expect(one.difference).toBe(differenceOf(other));
  }));
});
