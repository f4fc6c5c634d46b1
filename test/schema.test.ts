import { requestSchema } from './support/schema/api-schema';
import { cloudFormationSchema, type SpecDatabase } from './support/schema/cloudformation-schema';
import { placeOf, PLANTED, SOUND, withMistake } from './support/schema/planted';
import { check, type Schema } from './support/schema/schema';
import { checkTemplate, resolve } from './support/schema/template';

const ALL = /./;

describe('against the request shapes', () => {
  test('the sound template has no finding', () => {
    expect(checkTemplate(SOUND, ALL, requestSchema)).toEqual([]);
  });

  test.each(PLANTED.filter(({ finders }) => finders.includes('values')).map((planted) => [`${planted.path.join('.')} = ${JSON.stringify(planted.value)}`, planted] as const))(
    'notices %s', (_name, planted) => {
      const found = checkTemplate(withMistake(planted), ALL, requestSchema);
      expect(found).toHaveLength(1);
      expect(found[0].startsWith(placeOf(planted))).toBe(true);
    });

  test('a type that no request is known for is a finding', () => {
    expect(checkTemplate({ Resources: { Job: { Type: 'AWS::SageMaker::ModelCard' } } }, ALL, requestSchema))
      .toEqual(['Job: there is no schema of AWS::SageMaker::ModelCard']);
  });

  test('types that are not asked for are left alone', () => {
    expect(checkTemplate({ Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { Nonsense: 1 } } } }, /SageMaker/, requestSchema)).toEqual([]);
  });
});

describe('against a CloudFormation schema', () => {
  const inner = { properties: { Mode: { required: true, type: { type: 'string', allowedValues: ['A', 'B'] } } } };
  const resource = {
    properties: {
      Name: { required: true, type: { type: 'string' } },
      Count: { type: { type: 'integer' } },
      Inner: { type: { type: 'ref', reference: 7 } },
      Tags: { type: { type: 'array', element: { type: 'tag' } } },
      Either: { type: { type: 'union', types: [{ type: 'number' }, { type: 'map', element: { type: 'boolean' } }] } },
      Free: { type: { type: 'json' } },
      When: { type: { type: 'date-time' } },
    },
  };
  const db: SpecDatabase = {
    lookup: (_entity, _index, _comparison, type) => type === 'AWS::My::Type' ? [resource] : [],
    get: (_entity, reference) => {
      expect(reference).toBe(7);
      return inner;
    },
  };
  const found = (properties: object) => check(cloudFormationSchema(db, 'AWS::My::Type')!, properties, 'Id');

  test.each<[string, object, string[]]>([
    ['everything right', { Name: 'n', Count: 1, Inner: { Mode: 'A' }, Tags: [{ Key: 'k', Value: '' }], Either: { a: true }, Free: [{}], When: 'now' }, []],
    ['required', {}, ["Id: 'Name' is required"]],
    ['unknown', { Name: 'n', Nam: 1 }, ["Id: there is no 'Nam'; known: Name, Count, Inner, Tags, Either, Free, When"]],
    ['an inherited name', { Name: 'n', toString: 1 }, ["Id: there is no 'toString'; known: Name, Count, Inner, Tags, Either, Free, When"]],
    ['integer', { Name: 'n', Count: 1.5 }, ['Id.Count: 1.5 is not a integer']],
    ['a number as text', { Name: 'n', Count: '1' }, ['Id.Count: "1" is not a number']],
    ['enumeration', { Name: 'n', Inner: { Mode: 'C' } }, ["Id.Inner.Mode: 'C' is not one of A, B"]],
    ['nested required', { Name: 'n', Inner: {} }, ["Id.Inner: 'Mode' is required"]],
    ['tags', { Name: 'n', Tags: [{ Key: 'k' }] }, ["Id.Tags.0: 'Value' is required"]],
    ['neither', { Name: 'n', Either: 'text' }, ['Id.Either: "text" is not a number']],
    ['an intrinsic', { Name: { Ref: 'Other' }, Count: { 'Fn::If': ['A', 1, 2] } }, []],
    ['not quite an intrinsic', { Name: { Ref: 'Other', And: 1 } }, ['Id.Name: {"Ref":"Other","And":1} is not a string']],
  ])('%s', (_name, properties, findings) => {
    expect(found(properties)).toEqual(findings);
  });

  test('a type that is not in the registry has no schema', () => {
    expect(cloudFormationSchema(db, 'AWS::My::Other')).toBeUndefined();
  });
});

describe('check', () => {
  const list: Schema = { kind: 'list', element: () => ({ kind: 'string', pattern: /^[a-z]*$/, min: 1, max: 3 }), min: 1, max: 2 };

  test.each<[unknown, string[]]>([
    [['a'], []],
    [[], ['x: length 0 is below 1']],
    [['a', 'b', 'c'], ['x: length 3 is above 2']],
    [[''], ['x.0: length 0 is below 1']],
    [['abcd'], ['x.0: length 4 is above 3']],
    [['A'], ["x.0: 'A' does not match ^[a-z]*$"]],
    [[null], ['x.0: null is not a string']],
    ['a', ['x: "a" is not a list']],
  ])('%j', (value, findings) => {
    expect(check(list, value, 'x')).toEqual(findings);
  });

  test.each([NaN, Infinity])('%p is no number', (value) => {
    expect(check({ kind: 'number', integer: false }, value, 'x')).toEqual(['x: null is not a number']);
  });
});

describe('resolve', () => {
  test('joins what is known', () => {
    expect(resolve({ a: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::b']] }] })).toEqual({ a: ['arn:aws:s3:::b'] });
  });

  test('leaves the rest', () => {
    const value = { 'Fn::Join': ['', ['arn:', { Ref: 'Bucket' }]] };
    expect(resolve(value)).toBe(value);
  });
});
