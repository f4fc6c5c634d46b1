import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ProblemsError, problemText, throwProblems, type Problem } from '../../src/private/problems';

const weight: Problem = { prop: 'weight', got: '-1', allowed: 'a number of at least 0', fix: 'give 0 or more' };
const count: Problem = { prop: 'initialInstanceCount', got: '0', allowed: 'a whole number of at least 1', fix: 'give 1' };

test('a problem reads in four parts', () => {
  expect(problemText(weight)).toBe('`weight`: got -1; allowed: a number of at least 0; fix: give 0 or more');
});

test('no problem throws nothing', () => {
  expect(() => throwProblems('Here', [])).not.toThrow();
});

test('one problem stands on one line', () => {
  expect(() => throwProblems('Here', [weight])).toThrow(new Error('Here: `weight`: got -1; allowed: a number of at least 0; fix: give 0 or more'));
});

test('several problems are counted and listed in their order', () => {
  expect(() => throwProblems('Here', [weight, count])).toThrow(new Error([
    'Here: 2 problems',
    '  - `weight`: got -1; allowed: a number of at least 0; fix: give 0 or more',
    '  - `initialInstanceCount`: got 0; allowed: a whole number of at least 1; fix: give 1',
  ].join('\n')));
});

test('a construct is named by its path', () => {
  const scope = new Construct(new Construct(new Stack(undefined, 'Stack'), 'Endpoint'), 'Variant-gpu');
  expect(() => throwProblems(scope, [weight])).toThrow('Stack/Endpoint/Variant-gpu: `weight`: got -1');
});

test('the error carries its parts for programs', () => {
  const error = new ProblemsError('Here', [weight, count]);
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('ProblemsError');
  expect(error.where).toBe('Here');
  expect(error.problems).toEqual([weight, count]);
});
