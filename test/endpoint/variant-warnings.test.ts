import { Annotations as Acknowledge, CfnParameter, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { G5, INF2, gpuModel, newStack, oneVariant, twoVariants } from './support';
import {
  AcceleratorInstance, AcceleratorKind, InferenceAmi, InferenceEndpoint, InstanceUse, PurchaseOption, ServedModel, type EndpointVariantProps, type VariantScaling,
} from '../../src';

const VARIANT = '/Stack/Endpoint/Variant-gpu';
const NEURON = ServedModel.existing({ modelName: 'made-elsewhere' }, { kind: AcceleratorKind.NEURON });
const TRN2: Partial<EndpointVariantProps> = { model: NEURON, instanceType: AcceleratorInstance.TRN2_48XLARGE };
const RESERVATION = 'arn:aws:sagemaker:us-east-1:111122223333:training-plan/my-plan';
const SCHEDULE = { schedule: appscaling.Schedule.cron({ hour: '20', minute: '0' }), minCapacity: 1 };
const STEP = {
  metric: new cloudwatch.Metric({ namespace: 'Queue', metricName: 'Depth' }),
  scalingSteps: [{ upper: 1, change: -1 }, { lower: 10, change: 1 }],
};

/** Every warning of a stack: where it stands, and all of its text. */
const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ id, entry }) => [id, entry.data]);
/** One warning as it is shown: four parts, then the id that acknowledges it. */
const text = (id: string, prop: string, got: string, allowed: string, fix: string) => `\`${prop}\`: got ${got}; allowed: ${allowed}; fix: ${fix} [ack: cdk-accelerators:${id}]`;

function withKey(variant: Partial<EndpointVariantProps>, endpoint = (_: InferenceEndpoint) => {}) {
  const stack = newStack();
  const all = oneVariant(variant, { volumeEncryptionKey: new kms.Key(stack, 'Key') }, stack);
  endpoint(all.endpoint);
  return stack;
}
function asynchronous(scaling: VariantScaling) {
  const stack = newStack();
  return oneVariant({ scaling }, { asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'async-bucket') } }, stack).stack;
}

test('an endpoint as most are has no warning', () => {
  expect(warnings(twoVariants({ gpu: { scaling: { maxInstances: 4, invocationsPerInstance: 60 } } }).stack)).toEqual([]);
});

describe('scalingWithFixedName', () => {
  const fixed = (got: string) => text('scalingWithFixedName', 'endpointName', got,
    'both together, as long as such a variant keeps its instance type and is not removed in the same deploy as its scaling',
    'put new hardware into a new variant, and remove a variant in two deploys: first its `scaling`, then the variant; acknowledge this warning once you know');
  const scaling = { maxInstances: 2, invocationsPerInstance: 60 };

  test('neither type nor variant can go while it is a target', () => {
    expect(warnings(twoVariants({ gpu: { scaling } }, { endpointName: 'embeddings' }).stack)).toEqual([['/Stack/Endpoint', fixed('"embeddings" with a variant that scales')]]);
  });

  test('is said once of the endpoint, however many of its variants scale', () => {
    expect(warnings(twoVariants({ gpu: { scaling }, inf2: { scaling } }, { endpointName: 'embeddings' }).stack)).toHaveLength(1);
  });

  test('shows no token', () => {
    const stack = newStack();
    oneVariant({ scaling }, { endpointName: new CfnParameter(stack, 'Name').valueAsString }, stack);
    expect(warnings(stack)).toEqual([['/Stack/Endpoint', fixed('a fixed name with a variant that scales')]]);
  });

  test.each([[{}, {}], [{ endpointName: 'embeddings' }, {}], [{}, { scaling }]])('with %j and %j there is none', (props, gpu) => {
    expect(warnings(twoVariants({ gpu }, props).stack)).toEqual([]);
  });

  test('is gone once it was acknowledged', () => {
    const { stack, endpoint } = twoVariants({ gpu: { scaling }, inf2: { scaling } }, { endpointName: 'embeddings' });
    Acknowledge.of(endpoint).acknowledgeWarning('cdk-accelerators:scalingWithFixedName');
    expect(warnings(stack)).toEqual([]);
  });
});

describe('scalingWithoutPolicy', () => {
  const idle = (got: string, allowed: string) => [[VARIANT, text('scalingWithoutPolicy', 'scaling', got, allowed,
    'say what the number follows, or acknowledge this warning when you add policies to `scalableTarget`')]];
  const REAL_TIME = '`invocationsPerInstance`, `concurrentRequestsPerInstance`, `steps` or `schedules`';
  const QUEUED = '`backlogPerInstance`, `steps` or `schedules`';

  test.each<[VariantScaling, string]>([
    [{ maxInstances: 2 }, '1 to 2 instances and nothing that moves the number'],
    [{ minInstances: 3, maxInstances: 5, steps: [], schedules: [] }, '3 to 5 instances and nothing that moves the number'],
  ])('%j on a real-time endpoint', (scaling, got) => {
    expect(warnings(oneVariant({ scaling }).stack)).toEqual(idle(got, REAL_TIME));
  });

  test('numbers that are known at deploy time only are shown in words', () => {
    const stack = newStack();
    const [minInstances, maxInstances] = ['Min', 'Max'].map((id) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber);
    oneVariant({ scaling: { minInstances, maxInstances } }, {}, stack);
    expect(warnings(stack)).toEqual(idle('a number to a number instances and nothing that moves the number', REAL_TIME));
  });

  test('a largest number that is known at deploy time only, beside the default least', () => {
    const stack = newStack();
    oneVariant({ scaling: { maxInstances: new CfnParameter(stack, 'Max', { type: 'Number' }).valueAsNumber } }, {}, stack);
    expect(warnings(stack)).toEqual(idle('1 to a number instances and nothing that moves the number', REAL_TIME));
  });

  test('from zero on an asynchronous endpoint: requests start the first instance, and nothing stops it', () => {
    expect(warnings(asynchronous({ minInstances: 0, maxInstances: 2 }))).toEqual(idle('0 to 2 instances and nothing that moves the number back to the least', QUEUED));
  });

  test.each<[string, VariantScaling]>([
    ['requests', { maxInstances: 2, invocationsPerInstance: 60 }],
    ['concurrency', { maxInstances: 2, concurrentRequestsPerInstance: 4 }],
    ['steps', { maxInstances: 2, steps: [STEP] }],
    ['a schedule', { maxInstances: 2, schedules: [SCHEDULE] }],
  ])('%s move the number of a real-time endpoint', (_, scaling) => {
    expect(warnings(oneVariant({ scaling }).stack)).toEqual([]);
  });

  test.each<[string, VariantScaling]>([
    ['the backlog', { minInstances: 0, maxInstances: 2, backlogPerInstance: 5 }],
    ['steps', { maxInstances: 2, steps: [STEP] }],
    ['a schedule', { maxInstances: 2, schedules: [SCHEDULE] }],
  ])('%s move the number of an asynchronous endpoint', (_, scaling) => {
    expect(warnings(asynchronous(scaling))).toEqual([]);
  });
});

describe('soldByReservationOnly', () => {
  const reserved = (type: string) => text('soldByReservationOnly', 'capacityReservationArn', `nothing for ${type}`,
    'the ARN of a reservation: this type is sold by capacity blocks and training plans, with no on-demand price known',
    'give `capacityReservationArn`, or acknowledge this warning when your account has the capacity');

  test('a type that is not sold on demand', () => {
    expect(warnings(oneVariant(TRN2).stack)).toEqual([[VARIANT, reserved('ml.trn2.48xlarge')]]);
  });

  test('of a shadow variant', () => {
    const { stack, endpoint } = oneVariant();
    endpoint.addShadowVariant('big', { model: NEURON, instanceType: AcceleratorInstance.TRN2_48XLARGE });
    expect(warnings(stack)).toEqual([['/Stack/Endpoint/Variant-big', reserved('ml.trn2.48xlarge')]]);
  });

  test('not with a reservation', () => {
    const { stack, variant } = oneVariant({ ...TRN2, capacityReservationArn: RESERVATION });
    expect(variant.hasCapacityReservation).toBe(true);
    expect(warnings(stack)).toEqual([]);
  });

  test('exactly the types that can be hosted and are not sold on demand', () => {
    const hosted = AcceleratorInstance.all().filter((instance) => instance.supports(InstanceUse.HOSTING));
    const model = (kind: AcceleratorKind) => ServedModel.existing({ modelName: 'made-elsewhere' }, { kind, cudaVersion: kind === AcceleratorKind.GPU ? '12.4' : undefined });
    const warned = hosted.filter((instanceType) => {
      const { stack } = oneVariant({ model: model(instanceType.accelerator.kind), instanceType }, {}, newStack({}));
      return warnings(stack).some(([, data]) => String(data).includes('soldByReservationOnly'));
    });
    expect(warned).toEqual(hosted.filter((instance) => instance.purchase !== PurchaseOption.ON_DEMAND));
    expect(warned.length).toBeGreaterThan(0);
  });
});

describe('volumeKeyNotUsed', () => {
  const unused = (types: string) => text('volumeKeyNotUsed', 'volumeEncryptionKey', `a key with ${types}`,
    'a key, which encrypts EBS volumes only (ml.inf1, ml.inf2, ml.p3): the local storage of these types is encrypted by the hardware with keys of its own',
    'move the variant to a type without local storage where the key is a must, or acknowledge this warning');

  test('a type with local storage', () => {
    expect(warnings(withKey({}))).toEqual([[VARIANT, unused('ml.g5.xlarge')]]);
  });

  test('and its fallbacks, those with local storage only', () => {
    expect(warnings(withKey({ fallbackInstances: [{ instanceType: AcceleratorInstance.G6_XLARGE }] }))).toEqual([[VARIANT, unused('ml.g5.xlarge, ml.g6.xlarge')]]);
    expect(warnings(withKey({ ...INF2, fallbackInstances: [{ instanceType: AcceleratorInstance.TRN1_2XLARGE }] }))).toEqual([[VARIANT, unused('ml.trn1.2xlarge')]]);
  });

  test('a shadow variant alone', () => {
    expect(warnings(withKey(INF2, (endpoint) => endpoint.addShadowVariant('shadow', G5)))).toEqual([['/Stack/Endpoint/Variant-shadow', unused('ml.g5.xlarge')]]);
  });

  test('not with types that have a volume, and not without a key', () => {
    expect(warnings(withKey(INF2))).toEqual([]);
    expect(warnings(oneVariant().stack)).toEqual([]);
  });
});

describe('driverNotKnown', () => {
  const unknown = text('driverNotKnown', 'inferenceAmi', 'nothing, for a container whose CUDA version is not known or has no machine image',
    'a machine image whose driver serves the container; with an older driver the endpoint stays in Creating and logs nothing',
    'say the container\'s `cudaVersion`, or give `inferenceAmi`');
  const elsewhere = (cudaVersion?: string) => ServedModel.existing({ modelName: 'made-elsewhere' }, { kind: AcceleratorKind.GPU, cudaVersion });

  test('a container that does not say its CUDA version', () => {
    const { stack, variant } = oneVariant({ model: elsewhere() });
    expect(variant.inferenceAmi).toBeUndefined();
    expect(warnings(stack)).toEqual([[VARIANT, unknown]]);
  });

  test('a CUDA version no machine image serves', () => {
    expect(warnings(oneVariant({ model: elsewhere('99.0') }).stack)).toEqual([[VARIANT, unknown]]);
  });

  test.each<[string, Partial<EndpointVariantProps>]>([
    ['a known CUDA version', { model: elsewhere('13.0') }],
    ['a given machine image', { model: elsewhere(), inferenceAmi: InferenceAmi.GPU_4_1 }],
    ['a listed container', { model: gpuModel() }],
    ['Neuron devices', INF2],
  ])('not with %s', (_, props) => {
    expect(warnings(oneVariant(props).stack)).toEqual([]);
  });
});

test('a variant says everything there is to say of it', () => {
  const ids = warnings(withKey({ ...TRN2, scaling: { maxInstances: 2 } })).map(([, data]) => /\[ack: cdk-accelerators:(\w+)\]$/.exec(String(data))?.[1]);
  expect(ids).toEqual(['scalingWithoutPolicy', 'soldByReservationOnly', 'volumeKeyNotUsed']);
});
