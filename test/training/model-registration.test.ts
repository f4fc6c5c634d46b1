import { config, newStack, ofType, train, trained } from './support';
import { ModelApproval, ServingImage, type ModelRegistration } from '../../src';

const IMAGE = ServingImage.HF_INFERENCE_2_6_GPU;
const registered = (more: Partial<ModelRegistration> = {}) => trained({ registration: { groupName: 'models', image: IMAGE, ...more } });

test('by default: a group that stays, versions that somebody approves', () => {
  const { stack } = registered();
  expect(ofType(stack, 'AWS::SageMaker::ModelPackageGroup').map(([, { Properties, DeletionPolicy, UpdateReplacePolicy }]: any) => [Properties, DeletionPolicy, UpdateReplacePolicy])).toEqual([
    [{ ModelPackageGroupName: 'models' }, 'Retain', 'Retain'],
  ]);
  expect(config(stack).registration).toEqual({
    group: 'models', image: `763104351884.dkr.ecr.us-east-1.amazonaws.com/${IMAGE}`, environment: {}, approval: 'PendingManualApproval', contentTypes: ['application/json'], responseTypes: ['application/json'],
  });
});

test('with everything', () => {
  const { stack } = registered({ environment: { A: 'x'.repeat(1024) }, approval: ModelApproval.APPROVED, contentTypes: ['text/csv'], responseTypes: ['text/plain'], existingGroup: true });
  expect(ofType(stack, 'AWS::SageMaker::ModelPackageGroup')).toEqual([]);
  expect(config(stack).registration).toMatchObject({ environment: { A: 'x'.repeat(1024) }, approval: 'Approved', contentTypes: ['text/csv'], responseTypes: ['text/plain'] });
});

test('without one nothing is registered, and may be', () => {
  const { stack } = trained();
  expect(config(stack).registration).toBeUndefined();
  expect(JSON.stringify(ofType(stack, 'AWS::IAM::Role')).includes('CreateModelPackage')).toBe(false);
});

test('two trainings of one group: the second says that it is there', () => {
  const stack = newStack();
  train(stack, { registration: { groupName: 'models', image: IMAGE } }, 'First');
  train(stack, { registration: { groupName: 'models', image: IMAGE, existingGroup: true } }, 'Second');
  expect(ofType(stack, 'AWS::SageMaker::ModelPackageGroup')).toHaveLength(1);
  expect(JSON.stringify(ofType(stack, 'AWS::IAM::Role')).match(/:model-package-group\/models/g)).toHaveLength(2);
});
