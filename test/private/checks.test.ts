import { CfnParameter, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { checkNumber, checkPattern, type NumberRange } from '../../src/private/checks';

describe('checkNumber', () => {
  test.each<[string, number | undefined, NumberRange]>([
    ['nothing given', undefined, { min: 1 }],
    ['the least', 1, { min: 1, max: 3, integer: true }],
    ['the largest', 3, { min: 1, max: 3, integer: true }],
    ['0 where 0 is legal', 0, { min: 0 }],
    ['minus 0 where 0 is legal', -0, { min: 0 }],
    ['a fraction where whole numbers are not demanded', 0.25, { min: 0 }],
    ['a negative number without limits', -5, {}],
    ['a token', Token.asNumber({ Ref: 'Count' }), { min: 1, max: 3, integer: true }],
    ['a lazy value', Lazy.number({ produce: () => -7 }), { min: 1 }],
    ['a parameter', new CfnParameter(new Stack(), 'P', { type: 'Number' }).valueAsNumber, { max: 1 }],
  ])('takes %s', (_, value, range) => {
    expect(checkNumber('prop', value, range)).toEqual([]);
  });

  test.each<[unknown, NumberRange, string, string]>([
    [NaN, {}, 'NaN', 'a number'],
    [Infinity, { min: 0 }, 'Infinity', 'a number of at least 0'],
    [-Infinity, { max: 5 }, '-Infinity', 'a number of at most 5'],
    [0, { min: 1, integer: true }, '0', 'a whole number of at least 1'],
    [1.5, { min: 1, max: 2, integer: true }, '1.5', 'a whole number from 1 to 2'],
    [61, { min: 0, max: 60, unit: 'seconds' }, '61', 'a number from 0 to 60 seconds'],
    ['2', { min: 1 }, '"2"', 'a number of at least 1'],
    ['', { min: 1 }, '""', 'a number of at least 1'],
    [null, { min: 1 }, 'null', 'a number of at least 1'],
    [true, {}, 'true', 'a number'],
    [[2], { min: 1 }, '[2]', 'a number of at least 1'],
    [{ value: 2 }, { min: 1 }, '{"value":2}', 'a number of at least 1'],
  ])('refuses %p', (value, range, got, allowed) => {
    expect(checkNumber('prop', value as number, range)).toEqual([{ prop: 'prop', got, allowed, fix: `give ${allowed}` }]);
  });

  test('refuses a BigInt by name', () => {
    expect(checkNumber('prop', BigInt(2) as unknown as number, { min: 1 })).toMatchObject([{ prop: 'prop', allowed: 'a number of at least 1' }]);
  });

  test('says a fix of its caller', () => {
    expect(checkNumber('weight', -1, { min: 0 }, 'give 0 for no traffic')[0].fix).toBe('give 0 for no traffic');
  });

  test('any finite number is taken exactly when it is inside the range', () => {
    fc.assert(fc.property(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -10, max: 0 }), fc.integer({ min: 0, max: 10 }), (value, min, max) => {
      expect(checkNumber('prop', value, { min, max, integer: true }).length === 0).toBe(value >= min && value <= max);
    }), { numRuns: 100 });
  });
});

describe('checkPattern', () => {
  const allowed = 'lower case letters';

  test.each([
    ['nothing given', undefined],
    ['a match', 'abc'],
    ['a token', Token.asString({ Ref: 'Name' })],
  ])('takes %s', (_, value) => {
    expect(checkPattern('name', value, /^[a-z]+$/, allowed)).toEqual([]);
  });

  test('prints what it got in quotes, so that blanks and the empty text show', () => {
    expect(checkPattern('name', '', /^[a-z]+$/, allowed)).toEqual([{ prop: 'name', got: '""', allowed, fix: 'give lower case letters' }]);
    expect(checkPattern('name', 'a ', /^[a-z]+$/, allowed)[0].got).toBe('"a "');
    expect(checkPattern('name', 'a"b', /^[a-z]+$/, allowed)[0].got).toBe('"a\\"b"');
  });

  test('says a fix of its caller', () => {
    expect(checkPattern('name', 'X', /^[a-z]+$/, allowed, 'write it small')[0].fix).toBe('write it small');
  });
});
