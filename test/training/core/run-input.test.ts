import * as fc from 'fast-check';
import { parseRunInput } from '../../../src/training/core/run-input';

const INPUTS = { train: 's3://data/train/', test: 's3://data/test' };
const parse = (given: unknown, inputs: Record<string, string> = INPUTS) => parseRunInput({ inputs }, given);
const problems = (given: unknown, inputs = INPUTS) => (parse(given, inputs) as { problems?: readonly string[] }).problems;
const json = (text: string): unknown => JSON.parse(text);

describe('an input', () => {
  test('may be empty', () => expect(parse({})).toEqual({ input: { hyperParameters: {}, environment: {}, inputs: {} } }));

  test('may have all that there is', () => {
    expect(parse({ runId: 'nightly', hyperParameters: { epochs: 3, name: 'x', list: [1], none: null }, environment: { A: '', _b1: 'x' }, inputs: { train: 's3://data/train/july/', test: 's3://data/test/1' } })).toEqual({
      input: { runId: 'nightly', hyperParameters: { epochs: '3', name: '"x"', list: '[1]', none: 'null' }, environment: { A: '', _b1: 'x' }, inputs: { train: 's3://data/train/july/', test: 's3://data/test/1' } },
    });
  });

  test.each([
    ['null', null], ['"x"', 'x'], ['3', 3], ['false', false], ['[]', []], ['[{"runId":"a"}]', [{ runId: 'a' }]], ['undefined', undefined],
  ])('%s is none', (text, given) => {
    expect(problems(given)).toEqual([`the input is ${text}: an object is allowed, such as {} or { "hyperParameters": { "epochs": 3 } }`]);
  });

  test('of unknown members is wrong: each is named', () => {
    expect(problems({ hyperparameters: {}, runID: 'x', __x: 1 })).toEqual([
      'input.hyperparameters is unknown: runId, hyperParameters, environment, inputs are allowed',
      'input.runID is unknown: runId, hyperParameters, environment, inputs are allowed',
      'input.__x is unknown: runId, hyperParameters, environment, inputs are allowed',
    ]);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('with the member %s is wrong', (name) => {
    expect(problems(json(`{"${name}": {}}`))).toEqual([`input.${name} is unknown: runId, hyperParameters, environment, inputs are allowed`]);
  });

  test('may have what Step Functions puts there', () => {
    expect(parse({ AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'arn' })).toEqual({ input: { hyperParameters: {}, environment: {}, inputs: {} } });
  });

  test('says all that is wrong with it', () => {
    expect(problems({ a: 1, runId: '', hyperParameters: [], environment: { 1: 2 }, inputs: { other: 's3://x/' } })).toEqual([
      'input.a is unknown: runId, hyperParameters, environment, inputs are allowed',
      'input.runId is "": a text of 1 to 256 characters is allowed',
      'input.hyperParameters is []: an object is allowed',
      'input.environment has "1": names of letters, digits and _ are allowed that begin with no digit',
      'input.environment.1 is no text of at most 512 characters',
      'input.inputs.other is no channel of this training with an address in S3: train, test may be given',
    ]);
  });

  test('with a long member that is unknown is wrong: its name is shown from its beginning', () => {
    expect(problems({ ['m'.repeat(98)]: 1 })).toEqual([`input.${'m'.repeat(98)} is unknown: runId, hyperParameters, environment, inputs are allowed`]);
    expect(problems({ ['m'.repeat(300)]: 1 })).toEqual([`input.${'m'.repeat(99)}... is unknown: runId, hyperParameters, environment, inputs are allowed`]);
  });

  test('says what is wrong with it in lines of its own: names are shown in one line', () => {
    expect(problems({ 'a\nb"c': 1, 'environment': { 'x\ny': 3 }, 'inputs': { 'in\r': 's3://x/' } })).toEqual([
      'input.a\\nb\\"c is unknown: runId, hyperParameters, environment, inputs are allowed',
      'input.environment has "x\\ny": names of letters, digits and _ are allowed that begin with no digit',
      'input.environment.x\\ny is no text of at most 512 characters',
      'input.inputs.in\\r is no channel of this training with an address in S3: train, test may be given',
    ]);
    expect(problems({ hyperParameters: { 'sagemaker_\n': 'x'.repeat(2499) } })).toEqual([
      'input.hyperParameters has "sagemaker_\\n": names of 1 to 256 characters in one line are allowed',
      'input.hyperParameters.sagemaker_\\n belongs to the launcher: names that begin with sagemaker_ are not allowed',
      'input.hyperParameters.sagemaker_\\n has 2501 characters: at most 2500 are allowed',
    ]);
    // Quotes of the name itself stay.
    expect(problems({ '"': 1 })).toEqual(['input.\\" is unknown: runId, hyperParameters, environment, inputs are allowed']);
  });

  test('that is long and none is shown from its beginning', () => {
    expect(problems('x'.repeat(99))).toEqual([`the input is "${'x'.repeat(99)}...: an object is allowed, such as {} or { "hyperParameters": { "epochs": 3 } }`]);
    expect(problems('x'.repeat(98))).toEqual([`the input is "${'x'.repeat(98)}": an object is allowed, such as {} or { "hyperParameters": { "epochs": 3 } }`]);
  });

  test('says ten things that are wrong with it, and how many more there are', () => {
    const wrong = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, 1]));
    const said = (count: number) => Array.from({ length: count }, (_, i) => `input.m${i} is unknown: runId, hyperParameters, environment, inputs are allowed`);
    expect(problems(wrong(10))).toEqual(said(10));
    expect(problems(wrong(11))).toEqual([...said(10), 'and 1 more']);
    expect(problems(wrong(5000))).toEqual([...said(10), 'and 4990 more']);
  });

  test('says what is wrong with it in few words, whatever it is', () => {
    const long = fc.oneof(fc.string({ maxLength: 400 }), fc.nat(30_000).map((length) => 'x'.repeat(length)), fc.nat(10_000).map((length) => `sagemaker_${'\u{1F600}'.repeat(length)}`));
    const members = fc.dictionary(fc.oneof(long, fc.constantFrom('train', 'test')), fc.oneof(long, fc.array(long), fc.constant(null)), { maxKeys: 20 });
    const any = fc.oneof(long, fc.array(long), members, fc.record({ runId: long, hyperParameters: fc.oneof(members, long), environment: fc.oneof(members, long), inputs: fc.oneof(members, long) }, { requiredKeys: [] }));
    fc.assert(fc.property(any, (given) => {
      const all = problems(given) ?? [];
      expect(all.length).toBeLessThanOrEqual(11);
      for (const one of all) expect(one.length).toBeLessThanOrEqual(250);
    }));
  });

  test('of any kind is an input or has problems, and is not changed', () => {
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), fc.record({ runId: fc.jsonValue(), hyperParameters: fc.jsonValue(), environment: fc.jsonValue(), inputs: fc.jsonValue() }, { requiredKeys: [] })), (given) => {
      const before = JSON.stringify(given);
      const parsed = parse(given);
      if ('problems' in parsed) expect(parsed.problems.length).toBeGreaterThan(0);
      else expect(Object.keys(parsed.input).filter((name) => !['runId', 'hyperParameters', 'environment', 'inputs'].includes(name))).toEqual([]);
      expect(JSON.stringify(given)).toBe(before);
    }));
  });
});

describe('a run id', () => {
  test.each(['x', 'x'.repeat(256), 'ünï', '#', ' '])('may be %j', (runId) => expect(parse({ runId })).toMatchObject({ input: { runId } }));

  test.each([[''], [3], [0], [null], [true], [['a']], [{}]])('may not be %j', (runId) => {
    expect(problems({ runId })).toEqual([`input.runId is ${JSON.stringify(runId)}: a text of 1 to 256 characters is allowed`]);
  });

  test('may not be longer, and is shown from its beginning', () => {
    expect(problems({ runId: 'x'.repeat(257) })).toEqual([`input.runId is "${'x'.repeat(99)}...: a text of 1 to 256 characters is allowed`]);
  });

  test('that is left out is none', () => expect((parse({}) as { input: object }).input).not.toHaveProperty('runId'));
});

describe.each(['hyperParameters', 'environment', 'inputs'])('%s', (name) => {
  test.each([[null], [[]], ['x'], [3], [false]])('may not be %j', (value) => {
    expect(problems({ [name]: value })).toEqual([`input.${name} is ${JSON.stringify(value)}: an object is allowed`]);
  });

  test('may be empty', () => expect(parse({ [name]: {} })).toEqual({ input: { hyperParameters: {}, environment: {}, inputs: {} } }));
});

describe('hyperparameters of the input', () => {
  test('have names of 1 to 256 characters', () => {
    expect(parse({ hyperParameters: { ['n'.repeat(256)]: 1 } })).toHaveProperty('input');
    expect(problems({ hyperParameters: { ['n'.repeat(257)]: 1 } })).toEqual([`input.hyperParameters has "${'n'.repeat(99)}...: names of 1 to 256 characters in one line are allowed`]);
    expect(problems({ hyperParameters: { '': 1 } })).toEqual(['input.hyperParameters has "": names of 1 to 256 characters in one line are allowed']);
  });

  test.each(['a\nb', 'a\n', '\r', 'a\r\nb', '\n'])('have names in one line, and not %j', (name) => {
    expect(problems({ hyperParameters: { [name]: 1 } })).toEqual([`input.hyperParameters has ${JSON.stringify(name)}: names of 1 to 256 characters in one line are allowed`]);
  });

  test('of long names are shown from their beginning', () => {
    expect(problems({ hyperParameters: { ['n'.repeat(256)]: 'x'.repeat(2499) } })).toEqual([`input.hyperParameters.${'n'.repeat(99)}... has 2501 characters: at most 2500 are allowed`]);
    expect(problems({ hyperParameters: { [`sagemaker_${'n'.repeat(246)}`]: 1 } })).toEqual([`input.hyperParameters.sagemaker_${'n'.repeat(89)}... belongs to the launcher: names that begin with sagemaker_ are not allowed`]);
  });

  test('have values of at most 2,500 characters, those of JSON included', () => {
    expect(parse({ hyperParameters: { a: 'x'.repeat(2498) } })).toHaveProperty('input');
    expect(problems({ hyperParameters: { a: 'x'.repeat(2499) } })).toEqual(['input.hyperParameters.a has 2501 characters: at most 2500 are allowed']);
    expect(problems({ hyperParameters: { a: '"'.repeat(1250) } })).toEqual(['input.hyperParameters.a has 2502 characters: at most 2500 are allowed']);
  });

  test('are in one line', () => {
    expect(parse({ hyperParameters: { a: 'x\u2028y\u0085\n' } })).toMatchObject({ input: { hyperParameters: { a: '"x\\u2028y\\u0085\\n"' } } });
  });

  test('have values of at most 2,500 characters as they are sent, where one character is six', () => {
    expect(parse({ hyperParameters: { a: '\u2028'.repeat(416) } })).toHaveProperty('input');
    expect(problems({ hyperParameters: { a: '\u2028'.repeat(417) } })).toEqual(['input.hyperParameters.a has 2504 characters: at most 2500 are allowed']);
  });

  test('are not those of the launcher', () => {
    expect(problems({ hyperParameters: { sagemaker_program: 'x', sagemaker: 1 } })).toEqual(['input.hyperParameters.sagemaker_program belongs to the launcher: names that begin with sagemaker_ are not allowed']);
  });

  test('may have names that objects have by themselves', () => {
    const parsed = parse(json('{"hyperParameters": {"__proto__": 1, "constructor": 2, "toString": "x"}}')) as { input: { hyperParameters: object } };
    expect(Object.entries(parsed.input.hyperParameters)).toEqual([['__proto__', '1'], ['constructor', '2'], ['toString', '"x"']]);
  });

  test('are what the script gets, whatever they are', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }).filter((name) => !name.startsWith('sagemaker_')), fc.jsonValue({ maxDepth: 2 })), (hyperParameters) => {
      const parsed = parse({ hyperParameters }) as { input: { hyperParameters: Record<string, string> } };
      fc.pre('input' in parsed);
      expect(Object.entries(parsed.input.hyperParameters)).toEqual(Object.entries(hyperParameters).map(([name, value]) => [name, JSON.stringify(value)]));
    }));
  });
});

describe('variables of the input', () => {
  test.each(['', '1a', 'a-b', 'a b', 'ä', 'a\n', 'a.b'])('may not be called %j', (name) => {
    expect(problems({ environment: { [name]: 'x' } })).toEqual([`input.environment has ${JSON.stringify(name)}: names of letters, digits and _ are allowed that begin with no digit`]);
  });

  test('may not have longer names, which are shown from their beginning', () => {
    const name = 'n'.repeat(513);
    expect(problems({ environment: { [name]: 'x' } })).toEqual([`input.environment has "${'n'.repeat(99)}...: names of letters, digits and _ are allowed that begin with no digit`]);
    expect(problems({ environment: { [name.slice(1)]: 3 } })).toEqual([`input.environment.${'n'.repeat(99)}... is no text of at most 512 characters`]);
  });

  test.each(['a', '_', 'A_1', 'n'.repeat(512), 'constructor', 'toString'])('may be called %s', (name) => expect(parse({ environment: { [name]: 'x' } })).toMatchObject({ input: { environment: { [name]: 'x' } } }));

  test('may be called __proto__', () => {
    const parsed = parse(json('{"environment": {"__proto__": "x"}}')) as { input: { environment: object } };
    expect(Object.entries(parsed.input.environment)).toEqual([['__proto__', 'x']]);
  });

  test('have texts of at most 512 characters', () => {
    expect(parse({ environment: { A: 'x'.repeat(512), B: '' } })).toHaveProperty('input');
    for (const value of ['x'.repeat(513), 3, null, true, ['x'], {}]) expect(problems({ environment: { A: value } })).toEqual(['input.environment.A is no text of at most 512 characters']);
  });
});

describe('inputs of the input', () => {
  test('are below those of the training', () => {
    for (const uri of ['s3://data/train/x', 's3://data/train/x/', 's3://data/train/', 's3://data/train/a/b/c']) expect(parse({ inputs: { train: uri } })).toMatchObject({ input: { inputs: { train: uri } } });
    for (const uri of ['s3://data/train', 's3://data/trainers/x', 's3://data/', 's3://other/train/x', 'https://data/train/x', 'S3://data/train/x', '', ' s3://data/train/x']) {
      expect(problems({ inputs: { train: uri } })).toEqual([`input.inputs.train is ${JSON.stringify(uri)}: an address below s3://data/train/ is allowed`]);
    }
  });

  test('of a folder without a slash at its end are below it, and not beside it', () => {
    expect(problems({ inputs: { test: 's3://data/test2/x' } })).toEqual(['input.inputs.test is "s3://data/test2/x": an address below s3://data/test/ is allowed']);
    expect(parse({ inputs: { test: 's3://data/test/x' } })).toHaveProperty('input');
  });

  test.each([[3], [null], [true], [['s3://data/train/x']], [{}]])('are texts, and not %j', (uri) => {
    expect(problems({ inputs: { train: uri } })).toEqual([`input.inputs.train is ${JSON.stringify(uri)}: an address below s3://data/train/ is allowed`]);
  });

  test.each(['other', 'Train', '__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])('are no channels of others: %j', (channel) => {
    expect(problems(json(`{"inputs": {"${channel}": "s3://data/train/x"}}`))).toEqual([`input.inputs.${channel} is no channel of this training with an address in S3: train, test may be given`]);
  });

  test('are none where there are none', () => {
    expect((parse({ inputs: { train: 's3://data/train/x' } }, {}) as { problems: readonly string[] }).problems).toEqual(['input.inputs.train is no channel of this training with an address in S3: none may be given']);
  });

  test('of channels with names that objects have by themselves are known', () => {
    const inputs = { constructor: 's3://data/c/' } as unknown as Record<string, string>;
    expect(parse({ inputs: { constructor: 's3://data/c/1' } }, inputs)).toMatchObject({ input: { inputs: { constructor: 's3://data/c/1' } } });
  });
});
