import * as fc from 'fast-check';
import { encodeHyperParameters, hyperParameterProblem, type HyperParameter } from '../../../src/training/core/hyper-parameters';

/** `mapping.decode` and `to_cmd_args` of sagemaker-training-toolkit 5.1.0: JSON where it is JSON, else the text. */
function decode(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

describe('hyperparameters', () => {
  test.each<[HyperParameter, string]>([
    [3, '3'], [1e-5, '0.00001'], [1e-7, '1e-7'], [0, '0'], [true, 'true'], [false, 'false'], [null, 'null'], ['abc', '"abc"'], ['1.10', '"1.10"'], ['true', '"true"'], ['', '""'],
    ['quoted "x"', '"quoted \\"x\\""'], [{ a: 1, b: [2] }, '{"a":1,"b":[2]}'], ['{"a":1}', '"{\\"a\\":1}"'], ['two\nlines', '"two\\nlines"'], [1e21, '1e+21'], [[], '[]'], [{}, '{}'],
  ])('%j is %s', (value, text) => expect(encodeHyperParameters({ k: value })).toEqual({ k: text }));

  test.each<[string, string]>([
    ['a\u2028b', '"a\\u2028b"'], ['\u2029', '"\\u2029"'], ['\u0085\u0085', '"\\u0085\\u0085"'], ['a\u0084b\u0086\u2027\u202a', '"a\u0084b\u0086\u2027\u202a"'],
  ])('%j is %j: in one line, as the API takes it', (value, text) => {
    const { k } = encodeHyperParameters({ k: value });
    expect(k).toBe(text);
    expect(/^.*$/.test(k)).toBe(true);
    expect(JSON.parse(k)).toBe(value);
  });

  test('are in one line deep inside too, where names are, and whatever they are', () => {
    expect(encodeHyperParameters({ k: { 'a\u2028': ['\u2029', { b: '\u0085' }] } })).toEqual({ k: '{"a\\u2028":["\\u2029",{"b":"\\u0085"}]}' });
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', 'u', '\n', '\r', '\u0085', '\u2028', '\u2029', '\u{1F600}') });
    fc.assert(fc.property(fc.dictionary(text, fc.oneof(text, fc.array(text))), (value) => {
      const { k } = encodeHyperParameters({ k: value });
      expect(k).not.toMatch(/[\n\r\u0085\u2028\u2029]/);
      expect(JSON.parse(k)).toEqual(value);
    }));
  });

  test('reach the script as they were', () => {
    const values = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue() as fc.Arbitrary<HyperParameter>);
    fc.assert(fc.property(values, (all) => {
      const back = Object.fromEntries(Object.entries(encodeHyperParameters(all)).map(([name, text]) => [name, decode(text)]));
      expect(back).toEqual(JSON.parse(JSON.stringify(all)));
    }));
  });

  test('without their quotes they would not', () => {
    expect([decode('1.10'), decode('true'), decode('False')]).toEqual([1.1, true, 'False']);
  });

  test('keep names that objects have by themselves', () => {
    const given = JSON.parse('{"__proto__": 1, "constructor": "x", "toString": null}') as Record<string, HyperParameter>;
    expect(Object.entries(encodeHyperParameters(given))).toEqual([['__proto__', '1'], ['constructor', '"x"'], ['toString', 'null']]);
  });

  test('nothing is changed in what is given', () => {
    const given = Object.freeze({ a: Object.freeze([1]) as readonly number[] });
    expect(encodeHyperParameters(given)).toEqual({ a: '[1]' });
  });
});

describe('a value that would not arrive', () => {
  const SAYABLE = 'what JSON can say: texts, finite numbers, booleans, null, lists, objects';
  const holdsItself: Record<string, unknown> = { a: [1] };
  holdsItself.b = { c: holdsItself };
  class Odd { public readonly a = 1; }

  test.each<[unknown, string]>([
    [NaN, 'NaN'], [Infinity, 'Infinity'], [-Infinity, '-Infinity'], [undefined, 'undefined'], [() => 1, 'a function'], [Symbol('x'), 'a symbol'], [BigInt(1), 'a bigint'], [holdsItself, 'an object that holds itself'],
    [new Date(0), 'an object of class Date'], [new Map(), 'an object of class Map'], [new Odd(), 'an object of class Odd'], [{ a: [{ b: NaN }] }, 'NaN'], [[undefined], 'undefined'],
  ])('%p is %s', (value, got) => expect(hyperParameterProblem('k', value)).toEqual({ got, allowed: SAYABLE, fix: 'give it as a text' }));

  test.each(['', 'x.$', '.$', 'a\nb', 'a\r', '\r\nb', 'sagemaker_a\nb'])('under the name %j', (name) => {
    expect(hyperParameterProblem(name, 1)).toEqual({ got: `the name ${JSON.stringify(name)}`, allowed: 'a name in one line that is not empty and does not end in .$', fix: 'rename it' });
  });

  test.each(['sagemaker_program', 'sagemaker_'])('under the name %s', (name) => {
    expect(hyperParameterProblem(name, 1)).toEqual({ got: `the name "${name}"`, allowed: 'names that do not begin with sagemaker_: those are the launcher\'s, and kept from the script', fix: 'rename it' });
  });

  test.each(['x.$y', '$', 'sagemaker', 'Sagemaker_x', 'constructor'])('is no value under the name %s', (name) => expect(hyperParameterProblem(name, 0)).toBeUndefined());

  // CDK loses it on the way into a template.
  test('is a value under the name __proto__', () => expect(hyperParameterProblem('__proto__', 0)).toMatchObject({ got: 'the name "__proto__"', fix: 'rename it' }));

  test('is nothing that JSON keeps', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(hyperParameterProblem('k', value)).toBeUndefined()));
    const twice = { a: 1 };
    expect(hyperParameterProblem('k', [twice, twice])).toBeUndefined();
    expect(hyperParameterProblem('k', Object.create(null))).toBeUndefined();
  });
});
