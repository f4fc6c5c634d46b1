import { callsOf, roleCallsOf } from './call';
import type { LoggedCall } from '../standin/control';

const ARN = 'arn:aws:sagemaker:us-east-1:123456789012:processing-job/j';
const ROLE = 'arn:aws:iam::123456789012:role/Job';

function logged(rest: Partial<LoggedCall>): LoggedCall {
  return {
    id: '1',
    time: 0,
    service: 'sagemaker',
    operation: 'DescribeProcessingJob',
    action: 'sagemaker:DescribeProcessingJob',
    resources: [ARN],
    passedRoles: [],
    alsoChecked: [],
    account: '123456789012',
    region: 'us-east-1',
    accessKey: 'test',
    input: {},
    status: 200,
    ...rest,
  };
}

test('a plain call', () => {
  expect(callsOf('Machine', [logged({})])).toEqual([{ principal: 'Machine', action: 'sagemaker:DescribeProcessingJob', resource: [ARN], context: {} }]);
});

test('a call that was refused counts, a malformed one does not', () => {
  expect(callsOf('Machine', [logged({ status: 400, error: 'ResourceInUse' }), logged({ status: 400, resources: [] })])).toHaveLength(1);
});

test('a creation: the role is passed, the tags are checked, the condition keys come from the request', () => {
  const input = {
    RoleArn: ROLE,
    Tags: [{ Key: 'owner', Value: 'me' }],
    ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.4xlarge', InstanceCount: 1, VolumeKmsKeyId: 'arn:k' } },
    NetworkConfig: { EnableNetworkIsolation: false, VpcConfig: { Subnets: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'] } },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
  };
  const call = logged({
    operation: 'CreateProcessingJob',
    action: 'sagemaker:CreateProcessingJob',
    passedRoles: [ROLE],
    alsoChecked: [{ action: 'sagemaker:AddTags', resources: [ARN] }],
    input,
  });
  const tags = { 'aws:TagKeys': ['owner'], 'aws:RequestTag/owner': 'me' };
  expect(callsOf('Machine', [call])).toEqual([
    {
      principal: 'Machine',
      action: 'sagemaker:CreateProcessingJob',
      resource: [ARN],
      context: {
        'sagemaker:InstanceTypes': ['ml.m5.4xlarge'],
        'sagemaker:MaxRuntimeInSeconds': '60',
        'sagemaker:NetworkIsolation': 'false',
        'sagemaker:VolumeKmsKeyArn': 'arn:k',
        'sagemaker:VpcSecurityGroupIds': ['sg-1'],
        'sagemaker:VpcSubnets': ['subnet-1', 'subnet-2'],
        ...tags,
      },
    },
    { principal: 'Machine', action: 'iam:PassRole', resource: [ROLE], context: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
    { principal: 'Machine', action: 'sagemaker:AddTags', resource: [ARN], context: tags },
  ]);
});

test('several instance types to choose from', () => {
  const input = { ProcessingResources: { ClusterConfig: { InstancePreferences: [{ InstanceType: 'ml.m5.large' }, { InstanceType: 'ml.m6i.large' }] } } };
  expect(callsOf('Machine', [logged({ input })])[0].context).toEqual({ 'sagemaker:InstanceTypes': ['ml.m5.large', 'ml.m6i.large'] });
});

test('a role that is passed to a service that nobody knows', () => {
  expect(() => callsOf('Machine', [logged({ service: 'batch', action: 'batch:SubmitJob', passedRoles: [ROLE] })])).toThrow(
    'batch:SubmitJob passes a role and it is not known to which service: add batch to PASSED_TO');
});

test('what a service does with a role is a call of that role', () => {
  const calls = [{ roleArn: ROLE, action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' }];
  expect(roleCallsOf(calls, { [ROLE]: 'Job' })).toEqual([{ principal: 'Job', action: 's3:GetObject', resource: ['arn:aws:s3:::b/k'], context: {} }]);
  expect(() => roleCallsOf(calls, {})).toThrow(`roles: got a call of ${ROLE}, there are none`);
});

test('condition keys of the log: a call for each set of them', () => {
  const conditionKeys = [{ 'events:source': 'a' }, { 'events:source': 'b' }];
  expect(callsOf('Role', [logged({ service: 'events', action: 'events:PutEvents', resources: [ARN], conditionKeys })]).map(({ context }) => context)).toEqual(conditionKeys);
});

test('tags may be a map', () => {
  expect(callsOf('Role', [logged({ service: 'application-autoscaling', action: 'application-autoscaling:RegisterScalableTarget', resources: [ARN], input: { Tags: { owner: 'me' } } })])[0].context).toEqual(
    { 'aws:TagKeys': ['owner'], 'aws:RequestTag/owner': 'me' });
});
