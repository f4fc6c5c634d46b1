import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ENDPOINT, INF2, newStack, only, oneVariant } from './support';
import {
  AcceleratorKind, ModelSource, ServedModel, ServingImage, type EndpointVariantProps, type IServableModel, type InferenceEndpointProps,
} from '../../src';

/** SageMaker uses the role's rights while it makes the endpoint: each policy has to be there before. */
const policyIds = (stack: Stack) => Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Policy'));

/** Ids of all resources CloudFormation has made before the endpoint: what it refers to or depends on, and so on. */
function beforeEndpoint(stack: Stack): Set<string> {
  const template = Template.fromStack(stack);
  const resources = template.toJSON().Resources;
  const reached = new Set<string>();
  const visit = (value: any): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries<any>(value)) {
      if (key === 'Ref') reach(inner);
      else if (key === 'Fn::GetAtt') reach(inner[0]);
      else visit(inner);
    }
  };
  const reach = (id: string): void => {
    if (resources[id] === undefined || reached.has(id)) return;
    reached.add(id);
    [resources[id].DependsOn ?? []].flat().forEach(reach);
    visit(resources[id].Properties);
  };
  reach(only(template, ENDPOINT)[0]);
  return reached;
}

function endpointWith(make: (stack: Stack) => { variant?: Partial<EndpointVariantProps>; props?: InferenceEndpointProps }): Stack {
  const stack = newStack();
  const { variant, props } = make(stack);
  oneVariant({ ...INF2, ...variant }, props, stack);
  return stack;
}

/** The endpoint comes after exactly one policy, and that one is all there is. */
function expectPolicyFirst(stack: Stack) {
  const [policy, ...more] = policyIds(stack);
  expect(policy).toBeDefined();
  expect(more).toEqual([]);
  expect(beforeEndpoint(stack)).toContain(policy);
}

const bucketOf = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Bucket', 'the-bucket');
const source = ModelSource.s3Uri('s3://models-bucket/model.tar.gz');
const roleOf = (stack: Stack) => new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
const existing = (model: IServableModel, stack: Stack) => ServedModel.existing(model, { kind: AcceleratorKind.NEURON, role: iam.Role.fromRoleName(stack, 'Theirs', 'theirs') });

const demands: [string, (stack: Stack) => InferenceEndpointProps][] = [
  ['data capture', (stack) => ({ dataCapture: { bucket: bucketOf(stack) } })],
  ['asynchronous requests', (stack) => ({ asyncInference: { bucket: bucketOf(stack) } })],
  ['a volume key', (stack) => ({ volumeEncryptionKey: new kms.Key(stack, 'VolumeKey') })],
];

test('a role with its rights inside comes before the endpoint, by references alone', () => {
  const stack = endpointWith(() => ({}));
  const [role] = only(Template.fromStack(stack), 'AWS::IAM::Role');
  expect(beforeEndpoint(stack)).toContain(role);
  expect(policyIds(stack)).toEqual([]);
});

describe('the model\'s own needs come before the endpoint', () => {
  test('a repository of one\'s own', () => {
    expectPolicyFirst(endpointWith((stack) => {
      const image = ServingImage.fromEcrRepository(new ecr.Repository(stack, 'Repository'), { kind: AcceleratorKind.NEURON, tag: '1' });
      return { variant: { model: ServedModel.onNeuron(source, { image }) } };
    }));
  });

  test('the key of the artefact', () => {
    expectPolicyFirst(endpointWith((stack) => {
      const decryptionKey = new kms.Key(stack, 'Key');
      return { variant: { model: ServedModel.onNeuron(ModelSource.s3Uri('s3://models-bucket/model.tar.gz', { decryptionKey })) } };
    }));
  });
});

describe('what the endpoint demands, on a role of the user\'s, comes before the endpoint', () => {
  test.each(demands)('%s', (_, props) => {
    expectPolicyFirst(endpointWith((stack) => ({ variant: { model: ServedModel.onNeuron(source, { role: roleOf(stack) }) }, props: props(stack) })));
  });
});

describe('what the endpoint demands, on a role of its own making, comes before the endpoint', () => {
  test.each(demands)('%s', (_, props) => {
    expectPolicyFirst(endpointWith((stack) => ({ props: props(stack) })));
  });
});

describe('what the endpoint demands, on the role of a model made elsewhere, comes before the endpoint', () => {
  test.each(demands)('%s', (_, props) => {
    expectPolicyFirst(endpointWith((stack) => ({ variant: { model: existing({ modelName: 'made-elsewhere' }, stack) }, props: props(stack) })));
  });
});
