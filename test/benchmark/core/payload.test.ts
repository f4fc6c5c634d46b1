import * as fc from 'fast-check';
import { bodyOf, jsonTemplate, PayloadRefused } from '../../../src/benchmark/core/payload';

const json = (template: string) => ({ template, contentType: 'application/json' });

describe('{inputs}', () => {
  test('is the list of the lines', () => {
    expect(bodyOf(json('{"inputs": {inputs}, "parameters": {"k": 5}}'), ['"a"', '{"b": 1}', '[2]'])).toBe('{"inputs": ["a",{"b": 1},[2]], "parameters": {"k": 5}}');
  });

  test('of one line is a list of one', () => {
    expect(bodyOf(json('{inputs}'), ['"a"'])).toBe('["a"]');
  });

  test('may stand at several places', () => {
    expect(bodyOf(json('{"a": {inputs}, "b": {inputs}}'), ['1'])).toBe('{"a": [1], "b": [1]}');
  });
});

describe('{input}', () => {
  test('is the line as it is', () => {
    expect(bodyOf(json('{input}'), ['{"messages": [{"role": "user"}]}'])).toBe('{"messages": [{"role": "user"}]}');
    expect(bodyOf(json('{"text": {input}}'), ['"a"'])).toBe('{"text": "a"}');
  });

  test.each([0, 2, 8])('does not stand for %s lines', (count) => {
    expect(() => bodyOf(json('{input}'), Array.from({ length: count }, () => '1'))).toThrow(new PayloadRefused(`{input} stands for one line, and the batch has ${count}; use {inputs}`));
  });
});

test('a template without a place for lines is refused by name', () => {
  expect(() => bodyOf(json(`{"inputs": "always ${'the same '.repeat(20)}"}`), ['1'])).toThrow('the template has neither {inputs} nor {input}: {"inputs": "always the same the same the same the same the s');
  expect(new PayloadRefused('').name).toBe('PayloadRefused');
});

test('lines are not read: what looks like a place or a pattern stays', () => {
  expect(bodyOf(json('{"a": {inputs}}'), ['"$& $1 $$ {inputs} {input}"'])).toBe('{"a": ["$& $1 $$ {inputs} {input}"]}');
  expect(bodyOf(json('{input}'), ['"$& {input}"'])).toBe('"$& {input}"');
});

test('whatever the lines are, the body holds them and nothing else', () => {
  fc.assert(fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 8 }), (values) => {
    const lines = values.map((value) => JSON.stringify(value));
    expect(JSON.parse(bodyOf(json('{"x": [{inputs}, 7]}'), lines))).toEqual({ x: [JSON.parse(`[${lines.join()}]`), 7] });
    expect(JSON.parse(bodyOf(json('{"x": {input}}'), [lines[0]]))).toEqual({ x: JSON.parse(lines[0]) });
  }));
});

describe('parameters beside the inputs', () => {
  test('stand in the template as they are', () => {
    expect([jsonTemplate(), jsonTemplate({ max_new_tokens: 128 })]).toEqual(['{"inputs": {inputs}}', '{"inputs": {inputs}, "parameters": {"max_new_tokens":128}}']);
  });

  test('may hold what stands for lines elsewhere, in texts and names: it is sent as it is', () => {
    const parameters = { 'stop': ['{inputs}', 'a {input} and \\{inputs}'], '{input}': { inputs: { input: 1 } } };
    const body = bodyOf(json(jsonTemplate(parameters)), ['"a"', '"b"']);
    expect(JSON.parse(body)).toEqual({ inputs: ['a', 'b'], parameters });
    fc.assert(fc.property(fc.jsonValue(), fc.array(fc.constantFrom('{', '}', 'inputs', 'input', '\\', '"'), { maxLength: 12 }), (value, text) => {
      const any = { [text.join('')]: value, text: text.join('') };
      expect(JSON.parse(bodyOf(json(jsonTemplate(any)), ['1']))).toEqual({ inputs: [1], parameters: JSON.parse(JSON.stringify(any)) });
    }));
  });
});
