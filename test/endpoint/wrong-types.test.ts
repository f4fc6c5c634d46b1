import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { G5, INF2, newStack, oneVariant } from './support';
import {
  AcceleratorInstance, DeploymentStrategy, EndpointEstimate, InferenceEndpoint, ModelSource, type EndpointVariantProps, type InferenceEndpointProps,
} from '../../src';
import { ProblemsError } from '../../src/private/problems';

/**
 * JavaScript has no types at run time: what arrives may be missing or of another type. Whatever it is, the answer
 * is one of this library's own errors, which names the prop, and never a TypeError from inside.
 */
type WrongType = [name: string, run: () => unknown, prop: string];

const variant = (props: { [name in keyof EndpointVariantProps]?: unknown }) => () => {
  Template.fromStack(oneVariant(props as Partial<EndpointVariantProps>).stack);
};
const endpoint = (props: { [name in keyof InferenceEndpointProps]?: unknown }, on: Partial<EndpointVariantProps> = {}) => () => {
  Template.fromStack(oneVariant(on, props as InferenceEndpointProps).stack);
};
const withBucket = (make: (bucket: s3.IBucket) => { [name: string]: unknown }) => () => {
  const stack = newStack();
  Template.fromStack(oneVariant({}, make(s3.Bucket.fromBucketName(stack, 'Bucket', 'some-bucket')) as InferenceEndpointProps, stack).stack);
};
const add = (name: unknown, props: unknown) => () => {
  const stack = newStack();
  new InferenceEndpoint(stack, 'Endpoint').addVariant(name as string, props as EndpointVariantProps);
  Template.fromStack(stack);
};

function outcome(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

function expectNamed(run: () => unknown, prop: string) {
  const error = outcome(run);
  expect(error.name).toBe(ProblemsError.name);
  expect(error.message).toContain(`\`${prop}\`: got `);
}

const refused: WrongType[] = [
  ['a weight as text', variant({ weight: '1' }), 'weight'],
  ['no weight, as null', variant({ weight: null }), 'weight'],
  ['a weight as a boolean', variant({ weight: true }), 'weight'],
  ['a weight as an object', variant({ weight: {} }), 'weight'],
  ['a count as text', variant({ initialInstanceCount: '2' }), 'initialInstanceCount'],
  ['a reservation as a number', variant({ capacityReservationArn: 5 }), 'capacityReservationArn'],
  ['a machine image as text', variant({ inferenceAmi: 'al2-ami-sagemaker-inference-gpu-3-1' }), 'inferenceAmi'],
  ['a largest number of null', variant({ scaling: { maxInstances: null } }), 'scaling.maxInstances'],
  ['metric publishing of null', endpoint({ metricPublishing: null }), 'metricPublishing'],
  ['metric publishing as a boolean', endpoint({ metricPublishing: true }), 'metricPublishing'],
  ['metric publishing as text', endpoint({ metricPublishing: 'on' }), 'metricPublishing'],
  ['a shadow variant without props', () => oneVariant().endpoint.addShadowVariant('s', undefined!), 'props'],
  ['a shadow variant with null for props', () => oneVariant().endpoint.addShadowVariant('s', null!), 'props'],
  ['a publishing frequency as text', endpoint({ metricPublishing: { frequency: '60' } }), 'metricPublishing.frequency'],
  ['a publishing frequency as a number', endpoint({ metricPublishing: { frequency: 60 } }), 'metricPublishing.frequency'],
  ['a publishing frequency of null', endpoint({ metricPublishing: { frequency: null } }), 'metricPublishing.frequency'],
  ['offered types that are no list', endpoint({ offeredInRegion: 'ml.trn1.2xlarge' }), 'offeredInRegion'],
  ['an offered type that is undefined', endpoint({ offeredInRegion: [undefined] }), 'offeredInRegion[0]'],
  ['an offered type as text', endpoint({ offeredInRegion: ['ml.trn1.2xlarge'] }), 'offeredInRegion[0]'],
  ['a shadow percentage as text', () => oneVariant().endpoint.addShadowVariant('s', { ...G5, samplingPercentage: '50' as unknown as number }), 'samplingPercentage'],
  ['the name of a variant that is undefined', () => oneVariant().endpoint.variant(undefined as unknown as string), 'variantName'],
];

test.each(refused)('%s is refused by name', (_, run, prop) => {
  expectNamed(run, prop);
});

/** Unchecked, each of these would end in a TypeError, in an error of the CDK's own, or in a template that cannot be deployed. */
const crashing: WrongType[] = [
  ['a variant without props', add('gpu', undefined), 'props'],
  ['a variant with null for props', add('gpu', null), 'props'],
  ['a variant without a name', add(undefined, G5), 'variantName'],
  ['a variant with null for a name', add(null, G5), 'variantName'],
  ['a variant with a number for a name', add(5, G5), 'variantName'],
  ['an endpoint with null for props', () => new InferenceEndpoint(newStack(), 'Endpoint', null as unknown as InferenceEndpointProps), 'props'],
  ['no model', variant({ model: undefined }), 'model'],
  ['null for a model', variant({ model: null }), 'model'],
  ['the id of a model instead of a model', variant({ model: 'BAAI/bge-base-en-v1.5' }), 'model'],
  ['a source instead of a model', variant({ model: ModelSource.huggingFace('BAAI/bge-base-en-v1.5') }), 'model'],
  ['no instance type', variant({ instanceType: undefined }), 'instanceType'],
  ['an instance type as text', variant({ instanceType: 'ml.g5.xlarge' }), 'instanceType'],
  ['an instance type of EC2', variant({ instanceType: new ec2.InstanceType('g5.xlarge') }), 'instanceType'],
  ['null for scaling', variant({ scaling: null }), 'scaling'],
  ['scaling without a largest number', variant({ scaling: {} }), 'scaling.maxInstances'],
  ['scaling as a number', variant({ scaling: 3 }), 'scaling.maxInstances'],
  ['a schedule that is undefined', variant({ scaling: { maxInstances: 2, schedules: [undefined] } }), 'scaling.schedules[0]'],
  ['schedules that are no list', variant({ scaling: { maxInstances: 2, schedules: {} } }), 'scaling.schedules'],
  ['a schedule without a time', variant({ scaling: { maxInstances: 2, schedules: [{ minCapacity: 1 }] } }), 'scaling.schedules[0].schedule'],
  ['an empty step policy', variant({ scaling: { maxInstances: 2, steps: [{}] } }), 'scaling.steps[0].metric'],
  ['a wait as a number', variant({ scaling: { maxInstances: 2, invocationsPerInstance: 5, scaleInCooldown: 60 } }), 'scaling.scaleInCooldown'],
  ['a time-out as a number', variant({ containerStartupTimeout: 600 }), 'containerStartupTimeout'],
  ['a volume as a number', variant({ ...INF2, volumeSize: 64 }), 'volumeSize'],
  ['a routing strategy as text', variant({ routing: 'RANDOM' }), 'routing'],
  ['fallbacks as text', variant({ fallbackInstances: ['ml.g5.2xlarge'] }), 'fallbackInstances[0].instanceType'],
  ['fallbacks as instance types', variant({ fallbackInstances: [AcceleratorInstance.G5_2XLARGE] }), 'fallbackInstances[0].instanceType'],
  ['a fallback that is undefined', variant({ fallbackInstances: [undefined] }), 'fallbackInstances[0].instanceType'],
  ['fallbacks that are no list', variant({ fallbackInstances: {} }), 'fallbackInstances'],
  ['an endpoint name as a number', endpoint({ endpointName: 5 }), 'endpointName'],
  ['an asynchronous endpoint without a bucket', endpoint({ asyncInference: {} }), 'asyncInference.bucket'],
  ['a bucket as text', endpoint({ asyncInference: { bucket: 'some-bucket' } }), 'asyncInference.bucket'],
  ['a topic as text', withBucket((bucket) => ({ asyncInference: { bucket, errorTopic: 'arn:aws:sns:us-east-1:111122223333:t' } })), 'asyncInference.errorTopic'],
  ['a key as text', withBucket((bucket) => ({ asyncInference: { bucket, encryptionKey: 'arn' } })), 'asyncInference.encryptionKey'],
  ['capture without a bucket', endpoint({ dataCapture: {} }), 'dataCapture.bucket'],
  ['capture modes as text', withBucket((bucket) => ({ dataCapture: { bucket, modes: 'Input' } })), 'dataCapture.modes'],
  ['a capture mode there is not', withBucket((bucket) => ({ dataCapture: { bucket, modes: ['Both'] } })), 'dataCapture.modes'],
  ['a VPC as text', endpoint({ vpc: 'vpc-1' }), 'vpc'],
  ['a volume key as text', endpoint({ volumeEncryptionKey: 'arn:aws:kms:us-east-1:111122223333:key/k' }, INF2), 'volumeEncryptionKey'],
  ['a strategy as text', endpoint({ deployment: 'canary' }), 'deployment'],
  ['what to reset as text', endpoint({ resetOnUpdate: 'DesiredWeight' }), 'resetOnUpdate'],
  ['what to reset by a name there is not', endpoint({ resetOnUpdate: ['Weight'] }), 'resetOnUpdate'],
  ['an alarm that is undefined', () => oneVariant().endpoint.addRollbackAlarm(undefined!), 'alarm'],
  ['an alarm as text', () => oneVariant().endpoint.addRollbackAlarm('alarm' as never), 'alarm'],
  ['an estimate of nothing', () => EndpointEstimate.of(undefined!), 'endpoint'],
  ['an estimate with a file name for prices', () => EndpointEstimate.of(oneVariant().endpoint, { priceBook: 'prices.json' as never }), 'priceBook'],
  ['a wait of a strategy as a number', () => DeploymentStrategy.allAtOnce({ waitInterval: 60 as never }), 'waitInterval'],
  ['a canary size as a number', () => DeploymentStrategy.canary({ canarySize: 10 as never }), 'canarySize'],
];

test.each(crashing)('%s is refused by name, and does not crash', (_, run, prop) => {
  expectNamed(run, prop);
});
