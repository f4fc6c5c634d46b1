import * as alpha from '@aws-cdk/aws-sagemaker-alpha';
import { CfnOutput } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { bindIn, modelOf, stackIn } from './support';
import { AcceleratorKind } from '../../src/hardware';
import { ModelSource, ServedModel, type IServableModel } from '../../src/model';

/** The real package, which this library does not depend on. */
function alphaModel(stack = stackIn()) {
  const model = new alpha.Model(stack, 'AlphaModel', {
    containers: [{
      image: alpha.ContainerImage.fromDlc('huggingface-pytorch-inference', '2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04'),
      modelData: alpha.ModelData.fromBucket(s3.Bucket.fromBucketName(stack, 'Bucket', 'bucket'), 'model.tar.gz'),
    }],
  });
  return { stack, model };
}

test('a Model of @aws-cdk/aws-sagemaker-alpha is served as it is', () => {
  const { stack, model } = alphaModel();
  const bound = bindIn(stack, ServedModel.existing(model, { kind: AcceleratorKind.GPU, cudaVersion: '12.4' }));
  expect(stack.resolve(bound.modelName)).toEqual({ 'Fn::GetAtt': [expect.stringMatching('^AlphaModel'), 'ModelName'] });
  expect(bound.role).toBeUndefined();
  Template.fromStack(stack).resourceCountIs('AWS::SageMaker::Model', 1);
  Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 1);
});

test('so is a Model imported by the alpha package', () => {
  const stack = stackIn();
  const imported = alpha.Model.fromModelName(stack, 'Imported', 'my-model');
  expect(bindIn(stack, ServedModel.existing(imported, { kind: AcceleratorKind.NEURON })).modelName).toBe('my-model');
});

test('and a CfnModel in a wrapper', () => {
  const stack = stackIn();
  const cfn = new sagemaker.CfnModel(stack, 'Cfn', { executionRoleArn: 'arn:aws:iam::111111111111:role/r', primaryContainer: { image: 'image' } });
  const wrapper: IServableModel = { modelName: cfn.attrModelName };
  const bound = bindIn(stack, ServedModel.onGpu(ModelSource.existingModel(wrapper)));
  new CfnOutput(stack, 'Name', { value: bound.modelName });
  Template.fromStack(stack).hasOutput('Name', { Value: { 'Fn::GetAtt': ['Cfn', 'ModelName'] } });
  expect(modelOf(stack).Properties.PrimaryContainer).toEqual({ Image: 'image' });
});
