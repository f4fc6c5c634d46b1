import { allow, templateWith, trust } from './fixture';
import { Policies } from './policies';
import type { Template } from './resolve';

const document = (action: string) => ({ Version: '2012-10-17', Statement: [allow(action)] });

/** Names of a role's policies, with the actions in them. */
function policiesOf(template: Template, role = 'Runner', props = {}): Record<string, unknown> {
  return Object.fromEntries(new Policies(template, props).of(role).map(({ name, document: { Statement } }) => [name, Statement.map(({ Action }) => Action)]));
}

test('inline policies, attached ones and managed ones, each in every way a template can write it', () => {
  const template: Template = {
    Resources: {
      Runner: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: trust('states.amazonaws.com'),
          Policies: [{ PolicyName: 'Inline', PolicyDocument: document('s3:GetObject') }],
          ManagedPolicyArns: [
            { Ref: 'Own' },
            { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']] },
          ],
        },
      },
      Attached: { Type: 'AWS::IAM::Policy', Properties: { Roles: [{ Ref: 'Runner' }, { Ref: 'Other' }], PolicyDocument: document('s3:PutObject') } },
      One: { Type: 'AWS::IAM::RolePolicy', Properties: { RoleName: { Ref: 'Runner' }, PolicyDocument: document('s3:ListBucket') } },
      Own: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document('s3:DeleteObject'), Roles: [{ Ref: 'Runner' }] } },
      Other: { Type: 'AWS::IAM::Role' },
      Foreign: { Type: 'AWS::IAM::Policy', Properties: { Roles: [{ Ref: 'Other' }], PolicyDocument: document('s3:*') } },
    },
  };
  expect(policiesOf(template)).toEqual({
    'Runner.Inline': ['s3:GetObject'],
    'Attached': ['s3:PutObject'],
    'One': ['s3:ListBucket'],
    'Own': ['s3:DeleteObject'],
    'service-role/AWSLambdaBasicExecutionRole': [['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']],
  });
  expect(policiesOf(template, 'Other')).toEqual({ Attached: ['s3:PutObject'], Foreign: ['s3:*'] });
  expect(new Policies(template).roles()).toEqual(['Runner', 'Other']);
});

test('a policy is resolved with the given values', () => {
  const template = templateWith([allow('s3:GetObject', { 'Fn::Join': ['/', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '*']] } as never)]);
  const [policy] = new Policies(template, { values: { 'Bucket.Arn': 'arn:aws:s3:::b' } }).of('Runner');
  expect(policy.document.Statement[0].Resource).toBe('arn:aws:s3:::b/*');
  expect(() => new Policies(template).of('Runner')).toThrow('values: nothing is given for Fn::GetAtt Bucket.Arn; add it to the map of values');
});

test('a role by its physical name, with a path', () => {
  const template = templateWith([]);
  const named = { ...template.Resources.RunnerPolicy, Properties: { ...template.Resources.RunnerPolicy.Properties, Roles: ['real-name'] } };
  const values = { 'Runner': 'real-name', 'Runner.Arn': 'arn:aws:iam::123456789012:role/path/real-name' };
  expect(policiesOf({ Resources: { ...template.Resources, RunnerPolicy: named } }, 'Runner', { values })).toEqual({ RunnerPolicy: [] });
});

test("AWS's own policies are given by the test", () => {
  const template: Template = { Resources: { Runner: { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] } } } };
  expect(() => new Policies(template).of('Runner')).toThrow('managed: nothing is given for arn:aws:iam::aws:policy/ReadOnlyAccess; add its document');
  expect(policiesOf(template, 'Runner', { managed: { ReadOnlyAccess: document('s3:Get*') } })).toEqual({ ReadOnlyAccess: ['s3:Get*'] });
});

test('what is no role', () => {
  const policies = new Policies(templateWith([]));
  expect(() => policies.of('RunnerPolicy')).toThrow("role: got RunnerPolicy, the template's roles are Runner");
  expect(() => policies.of('toString')).toThrow("role: got toString, the template's roles are Runner");
});

test('trustedServices', () => {
  const template = (policy: object): Template => ({ Resources: { Runner: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: policy } } } });
  const services = (policy: object) => new Policies(template(policy)).trustedServices('Runner');
  expect(services(trust('states.amazonaws.com'))).toEqual(['states.amazonaws.com']);
  expect(services(trust('sagemaker.amazonaws.com', 'lambda.amazonaws.com'))).toEqual(['lambda.amazonaws.com', 'sagemaker.amazonaws.com']);
  expect(services({ Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: 'arn:aws:iam::123456789012:root' } } })).toEqual([]);
  expect(services({ Statement: [{ Effect: 'Deny', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } }] })).toEqual([]);
});

test('policies of buckets and keys', () => {
  const policies = new Policies(templateWith([], {
    Bucket: { Type: 'AWS::S3::Bucket' },
    BucketPolicy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'Bucket' }, PolicyDocument: document('s3:*') } },
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: document('kms:*') } },
  }));
  expect(policies.resourcePolicy('arn:aws:s3:::bucket/a/b')?.Statement).toEqual([allow('s3:*')]);
  expect(policies.resourcePolicy('arn:aws:s3:::other')).toBeUndefined();
  expect(policies.resourcePolicy('arn:aws:kms:us-east-1:123456789012:key/Key')?.Statement).toEqual([allow('kms:*')]);
  expect(policies.resourcePolicy('arn:aws:kms:us-east-1:123456789012:key/other')).toBeUndefined();
});
