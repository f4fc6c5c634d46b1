import { matches } from './pattern';

const EVENT = {
  'source': 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  'resources': ['arn:a', 'arn:b'],
  'detail': { status: 'FAILED', stateMachineArn: 'arn:aws:states:us-east-1:1:stateMachine:Run', count: 5, none: null, on: true, list: [{ name: 'x' }, { name: 'y' }] },
};

test.each<[object, boolean]>([
  [{ source: ['aws.states'] }, true],
  [{ source: ['aws.other', 'aws.states'] }, true],
  [{ source: ['aws.other'] }, false],
  [{ 'source': ['aws.states'], 'detail-type': ['Other'] }, false],
  [{ detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [{ suffix: ':Run' }] } }, true],
  [{ detail: { status: ['SUCCEEDED'] } }, false],
  [{ resources: ['arn:b'] }, true],
  [{ resources: [{ prefix: 'arn:' }] }, true],
  [{ resources: ['arn:c'] }, false],
  [{ detail: { stateMachineArn: [{ prefix: 'arn:aws:states' }] } }, true],
  [{ detail: { stateMachineArn: [{ prefix: { 'equals-ignore-case': 'ARN:AWS:STATES' } }] } }, true],
  [{ detail: { stateMachineArn: [{ prefix: 'x' }] } }, false],
  [{ detail: { stateMachineArn: [{ suffix: 'Run' }] } }, true],
  [{ detail: { stateMachineArn: [{ wildcard: 'arn:*:stateMachine:R*' }] } }, true],
  [{ detail: { stateMachineArn: [{ wildcard: 'arn:*:execution:*' }] } }, false],
  [{ detail: { status: [{ 'equals-ignore-case': 'failed' }] } }, true],
  [{ detail: { status: [{ 'anything-but': 'FAILED' }] } }, false],
  [{ detail: { status: [{ 'anything-but': ['SUCCEEDED', 'RUNNING'] }] } }, true],
  [{ detail: { status: [{ 'anything-but': ['SUCCEEDED', 'FAILED'] }] } }, false],
  [{ detail: { status: [{ 'anything-but': { prefix: 'FAI' } }] } }, false],
  [{ detail: { status: [{ 'anything-but': { suffix: ['x', 'y'] } }] } }, true],
  [{ detail: { other: [{ 'anything-but': 'x' }] } }, false],
  [{ detail: { count: [{ numeric: ['>', 4, '<=', 5] }] } }, true],
  [{ detail: { count: [{ numeric: ['=', 4] }] } }, false],
  [{ detail: { status: [{ numeric: ['>', 4] }] } }, false],
  [{ detail: { count: [5] } }, true],
  [{ detail: { count: ['5'] } }, false],
  [{ detail: { none: [null], on: [true] } }, true],
  [{ detail: { other: [{ exists: false }] } }, true],
  [{ detail: { other: [{ exists: true }] } }, false],
  [{ detail: { status: [{ exists: true }] } }, true],
  [{ detail: { other: ['x'] } }, false],
  [{ detail: { list: { name: ['y'] } } }, true],
  [{ detail: { list: { name: ['z'] } } }, false],
  [{ detail: { status: { deeper: ['x'] } } }, false],
  [{ $or: [{ source: ['x'] }, { detail: { count: [5] } }] }, true],
  [{ detail: { $or: [{ count: [1] }, { status: ['x'] }] } }, false],
])('%j: %s', (pattern, expected) => expect(matches(pattern, EVENT)).toBe(expected));

test('what is not known is an error, not a mismatch', () => {
  expect(() => matches({ source: [{ cidr: '10.0.0.0/8' }] }, EVENT)).toThrow('event pattern: unknown filter cidr');
  expect(() => matches({ detail: { count: [{ numeric: ['~', 1] }] } }, EVENT)).toThrow('event pattern: unknown comparison ~');
});
