import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ENV, G5, INF2, POLICY, TARGET, newStack, twoVariants } from './support';
import { InferenceEndpoint } from '../../src';

/** Logical ids are what CloudFormation knows a resource by: a change here replaces the endpoint of every user. */
test('the logical ids of a fixed app', () => {
  const scaling = { maxInstances: 4, invocationsPerInstance: 100, concurrentRequestsPerInstance: 4 };
  const { stack } = twoVariants({ gpu: { scaling }, inf2: { scaling } });
  const ids = Object.entries(Template.fromStack(stack).toJSON().Resources).map(([id, resource]) => `${(resource as any).Type} ${id}`);
  expect(ids.sort()).toEqual([
    'AWS::ApplicationAutoScaling::ScalableTarget EndpointVariantgpuScalingCABB785B',
    'AWS::ApplicationAutoScaling::ScalableTarget EndpointVariantinf2Scaling314CE8D0',
    'AWS::ApplicationAutoScaling::ScalingPolicy EndpointVariantgpuScalingConcurrency78C22517',
    'AWS::ApplicationAutoScaling::ScalingPolicy EndpointVariantgpuScalingInvocationsEC2E0D74',
    'AWS::ApplicationAutoScaling::ScalingPolicy EndpointVariantinf2ScalingConcurrency83EDE604',
    'AWS::ApplicationAutoScaling::ScalingPolicy EndpointVariantinf2ScalingInvocationsE8D6F867',
    'AWS::IAM::Role EndpointVariantgpuRoleB416C499',
    'AWS::IAM::Role EndpointVariantinf2Role5491211A',
    'AWS::SageMaker::Endpoint EndpointEEF1FD8F',
    'AWS::SageMaker::EndpointConfig EndpointConfig24AD0A28',
    'AWS::SageMaker::Model EndpointVariantgpuModel8DFE1379',
    'AWS::SageMaker::Model EndpointVariantinf2Model7EBA32A2',
  ]);
});

test('a second endpoint changes nothing of the first', () => {
  const alone = Template.fromStack(twoVariants().stack).toJSON().Resources;
  const { stack } = twoVariants();
  const second = new InferenceEndpoint(stack, 'Another');
  second.addVariant('gpu', G5);
  second.addVariant('inf2', INF2);
  const both = Template.fromStack(stack).toJSON().Resources;
  expect(Object.keys(both)).toHaveLength(2 * Object.keys(alone).length);
  for (const [id, resource] of Object.entries(alone)) expect(both[id]).toEqual(resource);
});

test('a second variant changes nothing of the first one\'s resources', () => {
  const { stack, endpoint } = twoVariants();
  const before = Template.fromStack(twoVariants().stack).toJSON().Resources;
  endpoint.addVariant('third', G5);
  const after = Template.fromStack(stack).toJSON().Resources;
  for (const [id, resource] of Object.entries(before)) {
    // The configuration lists all variants, so it is the one resource that changes.
    if (id.startsWith('EndpointConfig')) continue;
    expect(after[id]).toEqual(resource);
  }
});

test('the order in which options are written does not matter', () => {
  const make = (props: object) => Template.fromStack(twoVariants({ gpu: props }).stack).toJSON();
  expect(make({ weight: 2, initialInstanceCount: 3 })).toEqual(make({ initialInstanceCount: 3, weight: 2 }));
});

test('the same app gives the same template twice', () => {
  const make = () => Template.fromStack(twoVariants({ inf2: { scaling: { maxInstances: 2, invocationsPerInstance: 10 } } }).stack).toJSON();
  expect(make()).toEqual(make());
});

describe('a stack without a region', () => {
  const agnostic = () => twoVariants({}, {}, newStack({}));

  test('synthesizes: the registry of the images is looked up when it is deployed', () => {
    const template = Template.fromStack(agnostic().stack);
    const images = Object.values(template.findResources('AWS::SageMaker::Model')).map((model) => JSON.stringify(model.Properties.PrimaryContainer.Image));
    expect(images).toHaveLength(2);
    for (const image of images) {
      expect(image).toContain('Fn::FindInMap');
      expect(image).toContain('"Ref":"AWS::Region"');
    }
    expect(Object.keys(template.toJSON().Mappings)).toHaveLength(1);
  });

  test('has the same logical ids as one with a region', () => {
    const ids = (stack: Stack) => Object.keys(Template.fromStack(stack).toJSON().Resources);
    expect(ids(agnostic().stack)).toEqual(ids(twoVariants().stack));
  });

  test('scales in the account it is deployed to', () => {
    const { stack } = twoVariants({ gpu: { scaling: { maxInstances: 2, invocationsPerInstance: 10 } } }, {}, newStack({}));
    const template = Template.fromStack(stack);
    template.resourceCountIs(TARGET, 1);
    template.resourceCountIs(POLICY, 1);
    expect(JSON.stringify(template.findResources(TARGET))).toContain('{"Ref":"AWS::AccountId"}');
  });
});

test('the same endpoint in two stacks of one app has the same resources', () => {
  const app = new App();
  const [a, b] = ['A', 'B'].map((id) => twoVariants({}, {}, new Stack(app, id, { env: ENV })).stack);
  expect(Object.keys(Template.fromStack(a).toJSON().Resources)).toEqual(Object.keys(Template.fromStack(b).toJSON().Resources));
});
