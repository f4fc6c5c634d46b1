import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { bindIn, inlinePoliciesOf, joined, modelOf, policiesOf, stackIn, statementsOf, statementWith } from './support';
import { ModelSource, ServedModel, type IModelSource } from '../../src/model';

const ARCHIVE = ModelSource.s3Uri('s3://my-bucket/bge/model.tar.gz');
const COMMIT = 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a';
const HUB = ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: COMMIT });

describe('the role', () => {
  function descriptionOf(source: IModelSource, stack = stackIn()): any {
    bindIn(stack, ServedModel.onGpu(source));
    const [role, ...others] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'));
    expect(others).toEqual([]);
    return role.Properties.Description;
  }

  test('is for SageMaker in this account', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(ARCHIVE));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'sagemaker.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }],
      },
      ManagedPolicyArns: Match.absent(),
    });
  });

  test('has these rights and no others', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(ARCHIVE), { endpointName: 'embeddings' });
    const rights = statementsOf(stack).map((one) => ({ actions: [one.Action].flat(), resources: [one.Resource].flat().map(joined), condition: one.Condition }));
    const logs = 'arn:${AWS::Partition}:logs:us-east-1:111111111111:log-group:/aws/sagemaker/Endpoints/embeddings';
    expect(rights).toEqual([
      { actions: ['s3:GetObject'], resources: ['arn:${AWS::Partition}:s3:::my-bucket/bge/model.tar.gz'] },
      {
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        resources: ['arn:${AWS::Partition}:ecr:us-east-1:763104351884:repository/huggingface-pytorch-inference'],
      },
      { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
      { actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], resources: [logs, `${logs}:log-stream:*`] },
    ]);
  });

  test('has its rights inside, in one policy, and no policy beside it', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(ARCHIVE));
    expect(inlinePoliciesOf(stack).map((policy) => policy.PolicyName)).toEqual(['Model']);
    expect(inlinePoliciesOf(stack)[0].PolicyDocument.Statement).toHaveLength(4);
    expect(policiesOf(stack)).toEqual([]);
  });

  test('says where it runs, and nothing of the model: IAM takes Latin-1 only, and a path would differ by machine', () => {
    for (const source of [ARCHIVE, HUB, ModelSource.s3Uri('s3://my-bucket/模型/')]) {
      expect(descriptionOf(source)).toBe('Runs a SageMaker model on ml.g5.xlarge');
    }
  });

  test('writes to the logs of any endpoint when the endpoint has no name of its own', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(ARCHIVE));
    expect(joined(statementWith(stack, 'logs:PutLogEvents')!.Resource)).toBe('arn:${AWS::Partition}:logs:us-east-1:111111111111:log-group:/aws/sagemaker/Endpoints/*');
  });

  test('is limited to the registry of the region, looked up where the region is not known', () => {
    const stack = stackIn('none');
    bindIn(stack, ServedModel.onGpu(ARCHIVE));
    expect(joined(statementWith(stack, 'ecr:BatchGetImage')!.Resource))
      .toBe('arn:${AWS::Partition}:ecr:${AWS::Region}:${map CdkAcceleratorsImageRegistry ${AWS::Region} account}:repository/huggingface-pytorch-inference');
  });

  test('is in place with its rights before the model, which refers to it', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(ARCHIVE));
    const [role, ...others] = Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Role'));
    expect(others).toEqual([]);
    expect(modelOf(stack).Properties.ExecutionRoleArn).toEqual({ 'Fn::GetAtt': [role, 'Arn'] });
    expect(modelOf(stack).DependsOn).toBeUndefined();
  });

  test('is in place with all its policies before the model', () => {
    const stack = stackIn();
    const key = new kms.Key(stack, 'Key');
    const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: key });
    bindIn(stack, ServedModel.onGpu(ModelSource.s3Archive(bucket, 'm.tar.gz')));
    const policies = Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    const roles = Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Role'));
    expect(policies).toHaveLength(1);
    expect(roles).toHaveLength(1);
    expect(modelOf(stack).Properties.ExecutionRoleArn).toEqual({ 'Fn::GetAtt': [roles[0], 'Arn'] });
    expect(modelOf(stack).DependsOn).toEqual(policies);
    expect(policiesOf(stack)[0].Properties.Roles).toEqual([{ Ref: roles[0] }]);
    expect(policiesOf(stack)[0].Properties.PolicyDocument.Statement)
      .toEqual([{ Action: 'kms:Decrypt', Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching('^Key'), 'Arn'] } }]);
  });

  test('may decrypt with the key of the artefact', () => {
    const stack = stackIn();
    const key = new kms.Key(stack, 'Key');
    bindIn(stack, ServedModel.onGpu(ModelSource.s3Uri('s3://b-1/m.tar.gz', { decryptionKey: key })));
    expect(statementWith(stack, 'kms:Decrypt')).toEqual({ Action: 'kms:Decrypt', Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching('^Key'), 'Arn'] } });
  });

  test('of one\'s own gets the same rights, and the model waits for them', () => {
    const stack = stackIn();
    const role = new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    const bound = bindIn(stack, ServedModel.onGpu(ARCHIVE, { role }));
    expect(bound.role).toBe(role);
    const template = Template.fromStack(stack);
    const [id, ...others] = Object.keys(template.findResources('AWS::IAM::Role'));
    expect(others).toEqual([]);
    expect(modelOf(stack).Properties.ExecutionRoleArn).toEqual({ 'Fn::GetAtt': [id, 'Arn'] });
    const [policy, ...more] = Object.keys(template.findResources('AWS::IAM::Policy'));
    expect(more).toEqual([]);
    expect(policy).toMatch(/^MineDefaultPolicy/);
    expect(modelOf(stack).DependsOn).toEqual([policy]);
    expect(policiesOf(stack)[0].Properties.Roles).toEqual([{ Ref: id }]);
    expect(inlinePoliciesOf(stack)).toEqual([]);
    const made = stackIn();
    bindIn(made, ServedModel.onGpu(ARCHIVE));
    expect(statementsOf(stack)).toEqual(statementsOf(made));
  });

  test('imported by ARN: its policy comes before the model too', () => {
    const stack = stackIn();
    const role = iam.Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::111111111111:role/mine');
    bindIn(stack, ServedModel.onGpu(ARCHIVE, { role }));
    expect(modelOf(stack).Properties.ExecutionRoleArn).toBe('arn:aws:iam::111111111111:role/mine');
    expect(modelOf(stack).DependsOn).toEqual([expect.stringMatching('^MinePolicy')]);
    expect(policiesOf(stack).map((policy) => policy.Properties.Roles)).toEqual([['mine']]);
  });

  test('that refuses changes is left alone', () => {
    const stack = stackIn();
    const role = iam.Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::111111111111:role/mine', { mutable: false });
    bindIn(stack, ServedModel.onGpu(ARCHIVE, { role }));
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
    expect(modelOf(stack).DependsOn).toBeUndefined();
  });
});
