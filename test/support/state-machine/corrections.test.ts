import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { corrected, CORRECTIONS } from './corrections';
import { runState } from './fixture';

const PACKAGE = readFileSync(require.resolve('aws-local-stepfunctions'), 'utf8');

describe('the text of the package', () => {
  test('every correction finds its place', () => {
    expect(corrected(PACKAGE)).not.toBe(PACKAGE);
  });

  test.each(CORRECTIONS.map((correction) => [correction.why, correction] as const))('changed: %s', (why, correction) => {
    const message = `aws-local-stepfunctions has changed: 0 places instead of ${correction.times ?? 1} to correct (${why})`;
    expect(() => corrected('another text', [correction])).toThrow(message);
  });

  test('a place that is there twice is an error too', () => {
    expect(() => corrected('a a', [{ why: 'once', find: 'a', put: 'b' }])).toThrow('2 places instead of 1 to correct (once)');
  });
});

/** Output of a Pass state with one parameter. */
async function evaluate(expression: string, input: unknown = {}): Promise<unknown> {
  const { output, error, cause } = await runState({ Type: 'Pass', Parameters: { 'value.$': expression } }, input);
  return error === undefined ? (output as { value: unknown }).value : `${error}: ${cause}`;
}

describe('intrinsic functions', () => {
  test.each([
    ["States.Format('neuron-{}-{}', $.key, $.attempt)", { key: 'abc', attempt: 2 }, 'neuron-abc-2'],
    [String.raw`States.Format('it\'s \{{}\} \\ more', $.x)`, { x: 1 }, String.raw`it's {1} \ more`],
    [String.raw`States.Format('{}', $.x)`, { x: String.raw`C:\tmp "q"` }, String.raw`C:\tmp "q"`],
    ['States.JsonToString($.x)', { x: { say: 'a "word"\n' } }, String.raw`{"say":"a \"word\"\n"}`],
    ['States.StringToJson($.x)', { x: '{"errorMessage":"no \\"x\\""}' }, { errorMessage: 'no "x"' }],
    [String.raw`States.StringToJson(States.Format('\{"a":{}\}', $.x))`, { x: 5 }, { a: 5 }],
    [String.raw`States.ArrayGetItem(States.Array('it\'s', 'x'), 0)`, {}, "it's"],
    ['States.MathAdd($.x, 1)', { x: 0 }, 1],
    ["States.ArrayGetItem(States.StringSplit($.x, '/'), 1)", { x: 'a/b' }, 'b'],
  ])('%s', async (expression, input, expected) => {
    expect(await evaluate(expression, input)).toEqual(expected);
  });

  test('States.Hash is the MD5 that others compute', async () => {
    const uri = 's3://artefacts/models/0123456789abcdef/';
    expect(await evaluate("States.Hash(States.Format('{}', $.uri), 'MD5')", { uri })).toBe(createHash('md5').update(uri).digest('hex'));
  });

  test('what a function cannot do is States.IntrinsicFailure', async () => {
    expect(await evaluate('States.StringToJson($.x)', { x: 'no json' })).toMatch(/^States\.IntrinsicFailure: /);
  });

  test('States.JsonMerge leaves its arguments as they are', async () => {
    const { output } = await runState({ Type: 'Pass', Parameters: { 'a.$': 'States.JsonMerge($.x, $.y, false)', 'b.$': '$.x' } }, { x: { n: 1 }, y: { n: 2, m: 3 } });
    expect(output).toEqual({ a: { n: 2, m: 3 }, b: { n: 1 } });
  });

  test('an unknown function stops the test, no Catch sees it', async () => {
    const state = { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:demo:do', Parameters: { 'x.$': 'States.Nope()' }, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Then' }] };
    await expect(runState(state)).rejects.toThrow(/^the interpreter failed in state Only: TypeError: /);
  });
});

describe('paths', () => {
  test.each([
    ['$', { result: 1 }],
    ['$.into', { old: true, into: { result: 1 } }],
    [null, { old: true }],
  ])('ResultPath %s', async (ResultPath, expected) => {
    expect((await runState({ Type: 'Pass', Result: { result: 1 }, ResultPath }, { old: true })).output).toEqual(expected);
  });

  test.each([[0], [false], [''], [null]])('Result %j is a result', async (Result) => {
    expect((await runState({ Type: 'Pass', Result }, { old: true })).output).toBe(Result);
  });

  test('a path to nothing fails the execution and cannot be caught', async () => {
    const state = { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:demo:do', Parameters: { 'x.$': '$.none' }, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Then' }] };
    expect(await runState(state)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });
});

describe('choices', () => {
  const choose = async (rule: object, input: object) => {
    const result = await runState({ Type: 'Choice', Choices: [{ ...rule, Next: 'Then' }] }, input);
    return result.status === 'SUCCEEDED' ? 'yes' : result.error === 'States.NoChoiceMatched' ? 'no' : result.error;
  };

  test.each<[object, object, string]>([
    [{ Variable: '$.x', IsPresent: true }, { x: 1 }, 'yes'],
    [{ Variable: '$.x', IsPresent: true }, {}, 'no'],
    [{ Variable: '$.x', IsPresent: false }, {}, 'yes'],
    [{ Variable: '$.x', IsPresent: false }, { x: null }, 'no'],
    [{ Variable: '$.x', IsNull: true }, { x: null }, 'yes'],
    [{ Variable: '$.x', IsNull: false }, { x: 1 }, 'yes'],
    [{ Variable: '$.x', IsString: false }, { x: 1 }, 'yes'],
    [{ Variable: '$.x', NumericLessThan: 10 }, { x: 5 }, 'yes'],
    [{ Variable: '$.x', NumericLessThan: 10 }, { x: '5' }, 'no'],
    [{ Variable: '$.x', NumericGreaterThanEqualsPath: '$.y' }, { x: 2, y: 2 }, 'yes'],
    [{ Variable: '$.x', StringMatches: '*CapacityError*' }, { x: 'a CapacityError: b' }, 'yes'],
    [{ Variable: '$.x', StringMatches: 'a?' }, { x: 'ab' }, 'no'],
    [{ Variable: '$.x', StringMatches: 'a?' }, { x: 'a?' }, 'yes'],
    [{ Variable: '$.x', StringMatches: '*' }, { x: 5 }, 'no'],
    [{ Variable: '$.x', TimestampLessThan: '2026-01-02T00:00:00Z' }, { x: '2026-01-01T00:00:00Z' }, 'yes'],
    [{ Variable: '$.none', StringEquals: 'a' }, {}, 'States.Runtime'],
    [{ Variable: '$.none', NumericLessThan: 1 }, {}, 'States.Runtime'],
    [{ Variable: '$.none', IsNull: true }, {}, 'States.Runtime'],
    [{ And: [{ Variable: '$.none', IsPresent: true }, { Variable: '$.none', StringEquals: 'a' }] }, {}, 'no'],
  ])('%j of %j: %s', async (rule, input, expected) => {
    expect(await choose(rule, input)).toBe(expected);
  });
});

describe('Fail', () => {
  test.each<[object, object]>([
    [{ Error: 'Compile', Cause: 'it broke' }, { error: 'Compile', cause: 'it broke' }],
    [{ ErrorPath: '$.e', CausePath: '$.c' }, { error: 'FromInput', cause: 'the last lines' }],
    [{ Error: 'Compile', CausePath: "States.Format('{} at {}', $.c, $.n)" }, { error: 'Compile', cause: 'the last lines at 3' }],
  ])('%j', async (state, expected) => {
    const result = await runState({ Type: 'Fail', ...state }, { e: 'FromInput', c: 'the last lines', n: 3 });
    expect(result).toMatchObject({ status: 'FAILED', ...expected });
  });

  test('without error and cause it has none', async () => {
    const { error, cause } = await runState({ Type: 'Fail' });
    expect([error, cause]).toEqual([undefined, undefined]);
  });

  test('CausePath to something that is no text fails otherwise', async () => {
    expect((await runState({ Type: 'Fail', CausePath: '$.n' }, { n: 3 })).error).toBe('States.Runtime');
  });
});
