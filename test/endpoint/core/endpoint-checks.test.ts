import { endpointProblems, type EndpointFacts, type VariantFacts } from '../../../src/endpoint/core/endpoint-checks';

const variant = (name: string, facts: Partial<VariantFacts> = {}): VariantFacts => ({
  name, instanceTypes: ['ml.inf2.xlarge'], weight: 1, inferentia1: false, ...facts,
});
const endpoint = (facts: Partial<EndpointFacts> = {}): EndpointFacts => ({
  variants: [variant('a')], shadows: [], asynchronous: false, rollbackAlarms: 0, ...facts,
});
const props = (facts: Partial<EndpointFacts>) => endpointProblems(endpoint(facts)).map((problem) => `${problem.prop}: ${problem.got}`);

test('an endpoint with one variant has no problem', () => {
  expect(endpointProblems(endpoint())).toEqual([]);
});

test('ten variants are fine, none and eleven are not', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => variant(`v${i}`));
  expect(props({ variants: many(10) })).toEqual([]);
  expect(props({ variants: [] })).toEqual(['addVariant: no variant']);
  expect(props({ variants: many(11) })).toEqual(['addVariant: 11 variants']);
});

test('weights: all zero is refused, one above zero or one unknown at synth is not', () => {
  expect(props({ variants: [variant('a', { weight: 0 }), variant('b', { weight: 0 })] })).toEqual(['weight: 0 on every variant (\'a\', \'b\')']);
  expect(props({ variants: [variant('a', { weight: 0 }), variant('b', { weight: 0.1 })] })).toEqual([]);
  expect(props({ variants: [variant('a', { weight: 0 }), variant('b', { weight: undefined })] })).toEqual([]);
});

test('shadows: one beside one, on real-time endpoints', () => {
  expect(props({ shadows: [variant('s')] })).toEqual([]);
  expect(props({ shadows: [variant('s'), variant('t')] })).toEqual(['addShadowVariant: 2 shadow and 1 production variants']);
  expect(props({ shadows: [variant('s')], variants: [variant('a'), variant('b')] })).toEqual(['addShadowVariant: 1 shadow and 2 production variants']);
  expect(props({ shadows: [variant('s')], asynchronous: true })).toEqual(['addShadowVariant: a shadow variant on an asynchronous endpoint']);
});

test('rolling deployments: one variant only', () => {
  expect(props({ deployment: { rolling: true } })).toEqual([]);
  expect(props({ deployment: { rolling: true }, variants: [variant('a'), variant('b')] })).toEqual(['deployment: a rolling deployment with 2 variants']);
  expect(props({ deployment: { rolling: false }, variants: [variant('a'), variant('b')] })).toEqual([]);
});

test('Inferentia1 takes no strategy and no rollback alarm', () => {
  const variants = [variant('old', { inferentia1: true, instanceTypes: ['ml.inf1.xlarge'] })];
  expect(props({ variants })).toEqual([]);
  const message = ['deployment: a deployment strategy with \'old\' on Inferentia1 (ml.inf1.xlarge)'];
  expect(props({ variants, deployment: { rolling: false } })).toEqual(message);
  expect(props({ variants, rollbackAlarms: 1 })).toEqual(message);
});

test('at most ten rollback alarms', () => {
  expect(props({ rollbackAlarms: 10 })).toEqual([]);
  expect(props({ rollbackAlarms: 11 })).toEqual(['addRollbackAlarm: 11 alarms']);
});

test('every problem is reported, not the first one only', () => {
  expect(props({ variants: Array.from({ length: 11 }, (_, i) => variant(`v${i}`, { weight: 0 })), deployment: { rolling: true }, rollbackAlarms: 11 })).toHaveLength(4);
});
