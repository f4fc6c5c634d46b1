import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { canonicalFlags, canonicalJson, contentKey, KEY_LENGTH, type Canonical, type KeyInputs } from '../../../src/compilation/core/content-key';

describe('canonicalJson', () => {
  test.each<[string, Canonical, string]>([
    ['text', 'a"b\n', '"a\\"b\\n"'],
    ['a number', 1.5, '1.5'],
    ['a large number', 1e21, '1e+21'],
    ['zero', 0, '0'],
    ['minus zero', -0, '0'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['null', null, 'null'],
    ['no members', {}, '{}'],
    ['no items', [], '[]'],
    ['members in another order', { b: 1, a: 2 }, '{"a":2,"b":1}'],
    ['members by code unit, not by language', { ä: 1, z: 2, B: 3, a: 4, 1: 5 }, '{"1":5,"B":3,"a":4,"z":2,"ä":1}'],
    ['members without a value', { a: undefined, b: null, c: 0, d: '' }, '{"b":null,"c":0,"d":""}'],
    ['lists in their order', ['b', 'a', ['c', -0]], '["b","a",["c",0]]'],
    ['objects in objects', { b: { d: [{ f: 1, e: undefined }], c: 'x' }, a: {} }, '{"a":{},"b":{"c":"x","d":[{"f":1}]}}'],
    ['an accent of its own', 'e\u0301', '"\u00e9"'],
    ['an accent of its own in a name', { é: 1 }, '{"\u00e9":1}'],
  ])('%s', (_, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test.each([NaN, Infinity, -Infinity])('refuses %p wherever it is', (value) => {
    const message = `${value} has no spelling in JSON`;
    expect(() => canonicalJson(value)).toThrow(new RangeError(message));
    expect(() => canonicalJson({ a: [{ b: value }] })).toThrow(new RangeError(message));
  });

  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Canonical>;

  test('says the same as JSON', () => {
    fc.assert(fc.property(json, (value) => {
      const plain = JSON.parse(JSON.stringify(value));
      // Names and text come out in form NFC, so both sides are compared in it.
      expect(canonicalJson(JSON.parse(canonicalJson(plain)))).toBe(canonicalJson(plain));
    }), { numRuns: 200 });
  });

  test('does not depend on the order of members, and is a fixed point', () => {
    const reversed = (value: any): any => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).reverse().map(([name, member]) => [name, reversed(member)]));
    };
    fc.assert(fc.property(json, (value) => {
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }), { numRuns: 200 });
  });

  test('tells text from numbers, absent from null, one list from two', () => {
    const different: Canonical[] = [{ a: 1 }, { a: '1' }, { a: null }, {}, { a: [1] }, { a: [[1]] }, { a: true }, { a: 'true' }, { b: 1 }];
    expect(new Set(different.map(canonicalJson)).size).toBe(different.length);
  });
});

const INPUTS: Required<KeyInputs> = {
  source: 'huggingface:BAAI/bge-base-en-v1.5@a5beb1e3e68b9ab74eb54cfd186867f64f240e1a',
  kind: 'text-encoder',
  task: 'feature-extraction',
  shapes: { batch_size: 4, sequence_length: 128 },
  autoCast: 'matmul',
  autoCastType: 'bf16',
  optimizationLevel: 2,
  tensorParallelDegree: 1,
  target: 'inf2',
  sdk: '2.26.0',
  image: 'huggingface-pytorch-inference-neuronx:2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04',
  layout: 'archive',
  flags: ['--enable-fast-loading-neuron-binaries', '--model-type=transformer'],
  customOperators: 'a'.repeat(64),
  script: 'b'.repeat(64),
  maxCpuOperators: 3,
  trustRemoteCode: true,
  scriptVersion: 1,
};

const KNOWN = '5b230d37de400db1d8b22883eea42351';

/** Written by hand, so that it is not made by what it checks. */
const SPELLING = '{"autoCast":"matmul","autoCastType":"bf16",'
  + `"customOperators":"${'a'.repeat(64)}",`
  + '"flags":["--enable-fast-loading-neuron-binaries","--model-type=transformer"],'
  + '"image":"huggingface-pytorch-inference-neuronx:2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04",'
  + '"kind":"text-encoder","layout":"archive","maxCpuOperators":3,"optimizationLevel":2,'
  + `"script":"${'b'.repeat(64)}","scriptVersion":1,"sdk":"2.26.0",`
  + '"shapes":{"batch_size":4,"sequence_length":128},'
  + '"source":"huggingface:BAAI/bge-base-en-v1.5@a5beb1e3e68b9ab74eb54cfd186867f64f240e1a",'
  + '"target":"inf2","task":"feature-extraction","tensorParallelDegree":1,"trustRemoteCode":true}';

describe('contentKey', () => {
  // Every artefact of every user is compiled again when this fails: change the expectation only if that is meant.
  test('of known inputs is the known one', () => {
    expect(contentKey(INPUTS)).toBe(KNOWN);
  });

  test('is the beginning of the SHA-256 of the canonical spelling', () => {
    expect(canonicalJson({ ...INPUTS })).toBe(SPELLING);
    expect(contentKey(INPUTS)).toBe(createHash('sha256').update(SPELLING).digest('hex').slice(0, 32));
    expect(KEY_LENGTH).toBe(32);
  });

  test('does not depend on the order of members', () => {
    const members = Object.entries(INPUTS);
    fc.assert(fc.property(fc.shuffledSubarray(members, { minLength: members.length }), (shuffled) => {
      expect(contentKey(Object.fromEntries(shuffled) as unknown as KeyInputs)).toBe(KNOWN);
    }), { numRuns: 50 });
  });

  test.each(Object.keys(INPUTS) as (keyof KeyInputs)[])('changes with %s', (name) => {
    const value = INPUTS[name];
    const other = typeof value === 'string' ? `${value}x` : typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value
      : Array.isArray(value) ? value.slice(1) : { ...value as object, batch_size: 5 };
    expect(contentKey({ ...INPUTS, [name]: other } as KeyInputs)).not.toBe(KNOWN);
  });

  test.each(['task', 'autoCastType', 'optimizationLevel', 'sdk', 'flags', 'customOperators', 'script'] as const)('changes when %s is left out', (name) => {
    expect(contentKey({ ...INPUTS, [name]: undefined })).not.toBe(KNOWN);
    const { [name]: left, ...without } = INPUTS;
    expect(left).toBeDefined();
    expect(contentKey(without as KeyInputs)).toBe(contentKey({ ...INPUTS, [name]: undefined }));
  });
});

test('flags have one order, and the list given keeps its own', () => {
  const given = ['--b', '--a=2', '--B'];
  expect(canonicalFlags(given)).toEqual(['--B', '--a=2', '--b']);
  expect(given).toEqual(['--b', '--a=2', '--B']);
  expect(canonicalFlags()).toEqual([]);
});
