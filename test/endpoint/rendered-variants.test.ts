import {
  CapacityReservationPreference, ProductionVariantInferenceAmiVersion, ProductionVariantInstanceType, RoutingStrategy as ApiRoutingStrategy,
  TrafficRoutingConfigType, CapacitySizeType, CaptureMode as ApiCaptureMode, VariantPropertyType,
} from '@aws-sdk/client-sagemaker';
import { Duration, Size } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import { TARGET, gpuModel, llmModel, neuronModel, newStack, variants } from './support';
import {
  AcceleratorInstance, CaptureMode, DeploymentStrategy, FleetPortion, InferenceEndpoint, RoutingStrategy, VariantProperty, type EndpointVariantProps,
} from '../../src';

/** Names and numbers the API takes (CreateEndpointConfig: ProductionVariant). */
const VARIANT_NAME = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;
const TYPES: string[] = Object.values(ProductionVariantInstanceType);
const AMIS: string[] = Object.values(ProductionVariantInferenceAmiVersion);

const GPUS = ['ml.g5.xlarge', 'ml.g5.2xlarge', 'ml.g5.12xlarge', 'ml.g6.xlarge', 'ml.g6.4xlarge', 'ml.g6e.xlarge'].map((name) => AcceleratorInstance.of(name));
const NEURON = ['ml.inf2.xlarge', 'ml.inf2.8xlarge', 'ml.inf2.24xlarge', 'ml.trn1.2xlarge'].map((name) => AcceleratorInstance.of(name));

const seconds = (min: number, max: number) => fc.integer({ min, max }).map((value) => Duration.seconds(value));
const shared = {
  weight: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })),
  initialInstanceCount: fc.integer({ min: 1, max: 100 }),
  containerStartupTimeout: seconds(60, 3600),
  modelDownloadTimeout: seconds(60, 3600),
  routing: fc.constantFrom(RoutingStrategy.RANDOM, RoutingStrategy.LEAST_OUTSTANDING_REQUESTS),
  enableSsmAccess: fc.boolean(),
  capacityReservationArn: fc.constant('arn:aws:sagemaker:us-east-1:111122223333:training-plan/plan'),
};
const optional = { requiredKeys: [] as [] };
/** One to five types of one vendor: the first is the variant's own. */
const pools = (types: AcceleratorInstance[]) => fc.shuffledSubarray(types, { minLength: 1, maxLength: Math.min(5, types.length) });

const gpuVariant: fc.Arbitrary<EndpointVariantProps> = fc.tuple(pools(GPUS), fc.record(shared, optional), fc.boolean(), fc.option(seconds(300, 3600), { nil: undefined }))
  .map(([[instanceType, ...rest], options, llm, provision]) => ({
    ...options,
    model: llm ? llmModel() : gpuModel(),
    instanceType,
    fallbackInstances: rest.map((type) => ({ instanceType: type })),
    provisionTimeout: rest.length === 0 ? undefined : provision,
  }));
const neuronVariant: fc.Arbitrary<EndpointVariantProps> = fc.tuple(fc.constantFrom(...NEURON), fc.record(shared, optional), fc.option(fc.integer({ min: 1, max: 512 }), { nil: undefined }))
  .map(([instanceType, options, volume]) => ({
    ...options,
    model: neuronModel(),
    instanceType,
    volumeSize: volume === undefined || !instanceType.allowsHostingVolume ? undefined : Size.gibibytes(volume),
  }));
const scaledVariant = fc.tuple(fc.oneof(gpuVariant, neuronVariant), fc.option(fc.record({ min: fc.integer({ min: 1, max: 5 }), more: fc.integer({ min: 0, max: 5 }) }), { nil: undefined }))
  .map(([props, range]): EndpointVariantProps => range === undefined ? props : {
    ...props,
    initialInstanceCount: undefined,
    scaling: { minInstances: range.min, maxInstances: range.min + range.more, invocationsPerInstance: 60 },
  });
const name = fc.stringMatching(/^[a-zA-Z0-9](-{0,2}[a-zA-Z0-9]){0,20}$/);
const legal = fc.uniqueArray(fc.tuple(name, scaledVariant), { minLength: 1, maxLength: 5, selector: ([key]) => key.toLowerCase() })
  .filter((list) => list.some(([, { weight }]) => weight === undefined || weight > 0));

const between = (value: number, min: number, max: number) => {
  expect(Number.isInteger(value)).toBe(true);
  expect(value).toBeGreaterThanOrEqual(min);
  expect(value).toBeLessThanOrEqual(max);
};

function expectLegal(variant: any) {
  expect(variant.VariantName).toMatch(VARIANT_NAME);
  expect(variant.VariantName.length).toBeLessThanOrEqual(63);
  expect(variant.InitialVariantWeight).toBeGreaterThanOrEqual(0);
  between(variant.InitialInstanceCount, 1, 1000);
  between(variant.ContainerStartupHealthCheckTimeoutInSeconds, 60, 3600);
  between(variant.ModelDataDownloadTimeoutInSeconds, 60, 3600);
  if (variant.VolumeSizeInGB !== undefined) between(variant.VolumeSizeInGB, 1, 512);
  expect(AMIS).toContain(variant.InferenceAmiVersion);
  expect(Object.values(ApiRoutingStrategy)).toContain(variant.RoutingConfig.RoutingStrategy);
  if (variant.CapacityReservationConfig !== undefined) {
    expect(Object.values(CapacityReservationPreference)).toContain(variant.CapacityReservationConfig.CapacityReservationPreference);
  }
  // Exactly one of the two says the hardware.
  expect([variant.InstanceType, variant.InstancePools].filter((part) => part !== undefined)).toHaveLength(1);
  if (variant.InstancePools === undefined) {
    expect(TYPES).toContain(variant.InstanceType);
    expect(variant).not.toHaveProperty('VariantInstanceProvisionTimeoutInSeconds');
    return;
  }
  expect(variant.InstancePools.length).toBeLessThanOrEqual(5);
  variant.InstancePools.forEach((pool: any, i: number) => {
    expect(TYPES).toContain(pool.InstanceType);
    expect(pool.Priority).toBe(i + 1);
  });
  if (variant.VariantInstanceProvisionTimeoutInSeconds !== undefined) between(variant.VariantInstanceProvisionTimeoutInSeconds, 300, 3600);
}

test('whatever is legal synthesizes into variants the API takes', () => {
  fc.assert(fc.property(legal, (list) => {
    const stack = newStack();
    const endpoint = new InferenceEndpoint(stack, 'Endpoint');
    for (const [key, props] of list) endpoint.addVariant(key, props);
    const rendered = variants(stack);
    expect(rendered.map(({ VariantName }) => VariantName)).toEqual(list.map(([key]) => key));
    rendered.forEach((variant, i) => {
      expectLegal(variant);
      const [, props] = list[i];
      expect(variant.InitialVariantWeight).toBe(props.weight ?? 1);
      expect(variant.InitialInstanceCount).toBe(props.initialInstanceCount ?? props.scaling?.minInstances ?? 1);
    });
    const targets = Object.values(Template.fromStack(stack).findResources(TARGET));
    expect(targets).toHaveLength(list.filter(([, { scaling }]) => scaling !== undefined).length);
    for (const { Properties } of targets) expect(Properties.MaxCapacity).toBeGreaterThanOrEqual(Properties.MinCapacity);
  }), { numRuns: 25 });
});

test('a name is taken exactly when it matches the pattern of the API', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 63 }), fc.stringMatching(/^[a-zA-Z0-9_-]{0,63}$/)), (key) => {
    const endpoint = new InferenceEndpoint(newStack(), 'Endpoint');
    let taken = true;
    try {
      endpoint.addVariant(key, { model: gpuModel(), instanceType: AcceleratorInstance.G5_XLARGE });
    } catch (error) {
      taken = false;
      expect((error as Error).message).toContain('`variantName`: got ');
    }
    expect(taken).toBe(VARIANT_NAME.test(key));
  }), { numRuns: 150 });
});

describe('a name longer than 63 characters with hyphens in it is refused', () => {
  const long = `a${'-'.repeat(63)}b`;

  test('for a variant', () => {
    expect(() => new InferenceEndpoint(newStack(), 'Endpoint').addVariant(long, { model: gpuModel(), instanceType: AcceleratorInstance.G5_XLARGE })).toThrow('`variantName`');
  });

  test('for an endpoint', () => {
    expect(() => new InferenceEndpoint(newStack(), 'Endpoint', { endpointName: long })).toThrow('`endpointName`');
  });
});

describe('values are the API\'s own', () => {
  test.each([
    ['routing', [RoutingStrategy.RANDOM, RoutingStrategy.LEAST_OUTSTANDING_REQUESTS].map(String), Object.values(ApiRoutingStrategy)],
    ['capture', Object.values(CaptureMode), Object.values(ApiCaptureMode)],
    ['retention', Object.values(VariantProperty), Object.values(VariantPropertyType)],
    ['portions', [FleetPortion.percent(1).type, FleetPortion.instances(1).type], Object.values(CapacitySizeType)],
    ['strategies', [DeploymentStrategy.allAtOnce(), DeploymentStrategy.canary(), DeploymentStrategy.linear()]
      .map((strategy) => (strategy._render([]).blueGreenUpdatePolicy as any).trafficRoutingConfiguration.type), Object.values(TrafficRoutingConfigType)],
  ])('%s', (_, ours: string[], theirs: string[]) => {
    expect(ours.length).toBeGreaterThan(0);
    for (const value of ours) expect(theirs).toContain(value);
  });
});
