import { DatasetRefused } from '../../../src/benchmark/core/dataset';
import { parseGoldenSet } from '../../../src/benchmark/core/golden-set';

const refusal = (text: string): string => {
  try {
    parseGoldenSet(text, 's3://b/k');
  } catch (error) {
    expect(error).toBeInstanceOf(DatasetRefused);
    return (error as Error).message;
  }
  return 'taken';
};

test('each line is an input, and may say what it expects', () => {
  expect(parseGoldenSet('{"input":"a"}\n{"input":{"x":1},"expected":"b"}\r\n', 's3://b/k')).toEqual([{ line: 1, input: 'a' }, { line: 2, input: { x: 1 }, expected: 'b' }]);
});

test('empty lines are none, and count', () => {
  expect(parseGoldenSet('\n{"input":1}\n  \n{"input":2}', 's3://b/k').map(({ line }) => line)).toEqual([2, 4]);
});

test('null is an input, and may be expected', () => {
  expect(parseGoldenSet('{"input":null,"expected":null}', 's3://b/k')).toEqual([{ line: 1, input: null, expected: null }]);
});

const write = 'has no "input"; write {"input": ...} or {"input": ..., "expected": ...}';
test.each<[string, string, string]>([
  ['nothing', '', 's3://b/k has no lines; write {"input": ...} on each'],
  ['blank lines', '\n \n', 's3://b/k has no lines; write {"input": ...} on each'],
  ['no JSON', '{"input":1}\n{"input":', 'line 2 of s3://b/k is no JSON: {"input":'],
  ['another member', '{"inputs":"a"}', `line 1 of s3://b/k ${write}: {"inputs":"a"}`],
  ['a text', '"a"', `line 1 of s3://b/k ${write}: "a"`],
  ['null', 'null', `line 1 of s3://b/k ${write}: null`],
  ['a list', '["a"]', `line 1 of s3://b/k ${write}: ["a"]`],
  ['too many lines', '{"input":1}\n'.repeat(10_001), 's3://b/k has 10001 lines, at most 10000 are allowed; take a part of it'],
])('%s is refused', (_, text, message) => expect(refusal(text)).toBe(message));

test('10,000 lines are right', () => expect(parseGoldenSet('{"input":1}\n'.repeat(10_000), 's3://b/k')).toHaveLength(10_000));
