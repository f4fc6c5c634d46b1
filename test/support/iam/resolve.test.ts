import { resolve, stockValues, type Template } from './resolve';

const VALUES = { 'Bucket': 'my-bucket', 'Bucket.Arn': 'arn:aws:s3:::my-bucket', 'Zones': ['a', 'b'] };
const TEMPLATE: Template = {
  Resources: {},
  Parameters: { BootstrapVersion: { Default: '/cdk-bootstrap/version' }, Asked: {} },
  Mappings: { Images: { 'us-east-1': { account: '763104351884' } } },
};

test.each<[unknown, unknown]>([
  [{ Ref: 'Bucket' }, 'my-bucket'],
  [{ Ref: 'AWS::Partition' }, 'aws'],
  [{ Ref: 'BootstrapVersion' }, '/cdk-bootstrap/version'],
  [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'arn:aws:s3:::my-bucket'],
  [{ 'Fn::GetAtt': 'Bucket.Arn' }, 'arn:aws:s3:::my-bucket'],
  [{ 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '/*']] }, 'arn:aws:s3:::my-bucket/*'],
  [{ 'Fn::Join': ['-', { Ref: 'Zones' }] }, 'a-b'],
  [{ 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
  [{ 'Fn::Sub': 's3://${Bucket}/${AWS::Region}/${!Literal}' }, 's3://my-bucket/us-east-1/${Literal}'],
  [{ 'Fn::Sub': ['${Bucket.Arn}/${own}', { own: { Ref: 'Bucket' } }] }, 'arn:aws:s3:::my-bucket/my-bucket'],
  [{ 'Fn::FindInMap': ['Images', { Ref: 'AWS::Region' }, 'account'] }, '763104351884'],
  [{ a: [1, { Ref: 'AWS::NoValue' }], b: { Ref: 'AWS::NoValue' }, c: null, d: false }, { a: [1], c: null, d: false }],
  // More than the intrinsic: an object that only looks like one.
  [{ Ref: 'x', other: 1 }, { Ref: 'x', other: 1 }],
])('%j', (value, expected) => {
  expect(resolve(value, VALUES, TEMPLATE)).toEqual(expected);
});

test('all that is not known is named at once', () => {
  const value = [{ Ref: 'A' }, { 'Fn::GetAtt': ['B', 'Arn'] }, { 'Fn::Sub': '${C}' }, { 'Fn::FindInMap': ['D', 'e', 'f'] }, { 'Fn::If': ['G', 1, 2] }, { Ref: 'Asked' }, { Ref: 'A' }];
  expect(() => resolve(value, {}, TEMPLATE)).toThrow(
    'values: nothing is given for Ref A, Fn::GetAtt B.Arn, Fn::Sub ${C}, Fn::FindInMap D.e.f, Fn::If ["G",1,2], Ref Asked; add it to the map of values');
});

test('stock values have the forms of AWS', () => {
  const types = ['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy', 'AWS::S3::Bucket', 'AWS::StepFunctions::StateMachine', 'AWS::Logs::LogGroup', 'AWS::SQS::Queue'];
  const resources = Object.fromEntries(types.map((Type) => [`My${Type.split('::')[2]}`, { Type }]));
  const values = stockValues({ Resources: resources });
  expect(values).toMatchObject({
    'MyRole': 'MyRole',
    'MyRole.Arn': 'arn:aws:iam::123456789012:role/MyRole',
    'MyManagedPolicy': 'arn:aws:iam::123456789012:policy/MyManagedPolicy',
    'MyBucket': 'mybucket',
    'MyBucket.Arn': 'arn:aws:s3:::mybucket',
    'MyStateMachine': 'arn:aws:states:us-east-1:123456789012:stateMachine:MyStateMachine',
    'MyStateMachine.Name': 'MyStateMachine',
    'MyLogGroup.Arn': 'arn:aws:logs:us-east-1:123456789012:log-group:MyLogGroup:*',
  });
  expect(values).not.toHaveProperty('MyQueue');
});
