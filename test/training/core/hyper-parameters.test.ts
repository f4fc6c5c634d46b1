import * as fc from 'fast-check';
import { encodeHyperParameters, type HyperParameter } from '../../../src/training/core/hyper-parameters';

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
    ['quoted "x"', '"quoted \\"x\\""'], [{ a: 1, b: [2] }, '{"a":1,"b":[2]}'], ['{"a":1}', '"{\\"a\\":1}"'],
  ])('%j is %s', (value, text) => expect(encodeHyperParameters({ k: value })).toEqual({ k: text }));

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
});
