import { CfnParameter, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { G5, newStack } from './support';
import { InferenceEndpoint } from '../../src';
import { variantNameProblems } from '../../src/endpoint/variant-name';

const ALLOWED = 'letters, digits and single or repeated hyphens between them, 1 to 63 characters';
/** The pattern of the API as it is documented; the length is its second limit. */
const DOCUMENTED = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;

test.each(['a', '7', 'gpu', 'g5-spare', 'a--b', 'A1', 'a'.repeat(63)])('%p is a name', (name) => {
  expect(variantNameProblems(name)).toEqual([]);
});

test.each(['', 'a'.repeat(64), 'my_gpu', 'gpu-', '-gpu', 'a/b', 'gpü', 'a b', 'gpu\n', `a${'-'.repeat(62)}b`])('%p is none', (name) => {
  expect(variantNameProblems(name)).toEqual([{ prop: 'variantName', got: JSON.stringify(name), allowed: ALLOWED, fix: `give ${ALLOWED}` }]);
});

test.each([[undefined, 'undefined'], [null, 'null'], [5, '5'], [true, 'true']])('%p is not even text', (name, got) => {
  expect(variantNameProblems(name)).toEqual([{ prop: 'variantName', got, allowed: ALLOWED, fix: 'give a name that is known at synth' }]);
});

test.each([
  ['a token', Token.asString({ Ref: 'Name' })],
  ['a part of a name', `gpu-${Token.asString({ Ref: 'Name' })}`],
  ['a number from a parameter', new CfnParameter(newStack(), 'P', { type: 'Number' }).valueAsNumber],
])('%s is part of logical ids, so it has to be known', (_, name) => {
  expect(variantNameProblems(name)).toEqual([{ prop: 'variantName', got: 'a name that is known at deploy time only', allowed: ALLOWED, fix: 'give a name that is known at synth' }]);
});

test('exactly the names of the API are taken', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 70 }), fc.stringMatching(/^[a-zA-Z0-9_-]{0,70}$/)), (name) => {
    expect(variantNameProblems(name).length === 0).toBe(name.length <= 63 && DOCUMENTED.test(name));
  }), { numRuns: 150 });
});

describe('a name that is refused leaves nothing behind', () => {
  test.each(['addVariant', 'addShadowVariant'] as const)('%s: the endpoint has the same children, and takes a better name', (method) => {
    const endpoint = new InferenceEndpoint(newStack(), 'Endpoint');
    const before = endpoint.node.children.length;
    expect(() => endpoint[method]('a/b', G5)).toThrow(new Error(`Stack/Endpoint: \`variantName\`: got "a/b"; allowed: ${ALLOWED}; fix: give ${ALLOWED}`));
    expect(endpoint.node.children).toHaveLength(before);
    expect(endpoint[method]('a-b', G5).variantName).toBe('a-b');
  });
});

describe('of an imported endpoint', () => {
  const imported = () => InferenceEndpoint.fromEndpointName(newStack(), 'Imported', 'chat');

  test.each([
    ['a/b', `got "a/b"; allowed: ${ALLOWED}; fix: give ${ALLOWED}`],
    ['', `got ""; allowed: ${ALLOWED}; fix: give ${ALLOWED}`],
    [undefined, `got undefined; allowed: ${ALLOWED}; fix: give a name that is known at synth`],
    [Token.asString({ Ref: 'Name' }), `got a name that is known at deploy time only; allowed: ${ALLOWED}; fix: give a name that is known at synth`],
  ])('%p is refused', (name, message) => {
    const endpoint = imported();
    expect(() => endpoint.variant(name as string)).toThrow(new Error(`Stack/Imported: \`variantName\`: ${message}`));
    expect(endpoint.node.children).toEqual([]);
  });
});
