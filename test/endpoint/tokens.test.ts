import { CfnParameter, Duration, Lazy, Size, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { ENDPOINT, G5, INF2, config, newStack, oneVariant, only, twoVariants, variants } from './support';
import { AcceleratorInstance, EndpointEstimate, InferenceEndpoint, type EndpointVariantProps } from '../../src';

const parameter = (stack: Stack) => new CfnParameter(stack, 'P', { type: 'Number' }).valueAsNumber;
const REF = { Ref: 'P' };

/** Every number and duration of a variant, and where it ends up. */
const props: [string, (value: number) => Partial<EndpointVariantProps>, string][] = [
  ['weight', (weight) => ({ weight }), 'InitialVariantWeight'],
  ['initialInstanceCount', (initialInstanceCount) => ({ initialInstanceCount }), 'InitialInstanceCount'],
  ['containerStartupTimeout', (value) => ({ containerStartupTimeout: Duration.seconds(value) }), 'ContainerStartupHealthCheckTimeoutInSeconds'],
  ['modelDownloadTimeout', (value) => ({ modelDownloadTimeout: Duration.seconds(value) }), 'ModelDataDownloadTimeoutInSeconds'],
  ['volumeSize', (value) => ({ ...INF2, volumeSize: Size.gibibytes(value) }), 'VolumeSizeInGB'],
  ['provisionTimeout', (value) => ({ fallbackInstances: [{ instanceType: AcceleratorInstance.G5_2XLARGE }], provisionTimeout: Duration.seconds(value) }), 'VariantInstanceProvisionTimeoutInSeconds'],
];

describe.each(props)('%s', (_, make, property) => {
  test('from a parameter', () => {
    const stack = newStack();
    oneVariant(make(parameter(stack)), {}, stack);
    expect(variants(stack)[0][property]).toEqual(REF);
  });

  test('from a lazy value', () => {
    const { stack } = oneVariant(make(Lazy.number({ produce: () => 77 })));
    expect(variants(stack)[0][property]).toBe(77);
  });
});

test('weights from parameters are never judged as all zero', () => {
  const stack = newStack();
  twoVariants({ gpu: { weight: parameter(stack) }, inf2: { weight: 0 } }, {}, stack);
  expect(variants(stack).map((variant) => variant.InitialVariantWeight)).toEqual([REF, 0]);
});

test('a lazy weight of 0 stays 0', () => {
  const { stack } = twoVariants({ gpu: { weight: Lazy.number({ produce: () => 0 }) } });
  expect(variants(stack)[0].InitialVariantWeight).toBe(0);
});

test('a capacity reservation from a parameter', () => {
  const stack = newStack();
  oneVariant({ capacityReservationArn: new CfnParameter(stack, 'P').valueAsString }, {}, stack);
  expect(variants(stack)[0].CapacityReservationConfig.MlReservationArn).toEqual(REF);
});

test('a name from a parameter', () => {
  const stack = newStack();
  const { endpoint } = oneVariant({}, { endpointName: new CfnParameter(stack, 'P').valueAsString }, stack);
  expect(only(Template.fromStack(stack), ENDPOINT)[1].EndpointName).toEqual(REF);
  expect(stack.resolve(endpoint.endpointName)).toEqual({ 'Fn::GetAtt': ['EndpointEEF1FD8F', 'EndpointName'] });
});

test('a publishing frequency from a parameter', () => {
  const stack = newStack();
  oneVariant({}, { metricPublishing: { frequency: Duration.seconds(parameter(stack)) } }, stack);
  expect(config(stack).MetricsConfig.MetricPublishFrequencyInSeconds).toEqual(REF);
});

test('policy targets from parameters', () => {
  const stack = newStack();
  oneVariant({ scaling: { maxInstances: 3, invocationsPerInstance: parameter(stack), concurrentRequestsPerInstance: Token.asNumber(REF) } }, {}, stack);
  const targets = Object.values(Template.fromStack(stack).findResources('AWS::ApplicationAutoScaling::ScalingPolicy'))
    .map((policy) => policy.Properties.TargetTrackingScalingPolicyConfiguration.TargetValue);
  expect(targets).toEqual([REF, REF]);
});

test('a shadow\'s percentage from a parameter is refused by its name: it is divided at synthesis', () => {
  const stack = newStack();
  const { endpoint } = oneVariant({}, {}, stack);
  expect(() => endpoint.addShadowVariant('shadow', { ...G5, samplingPercentage: parameter(stack) })).toThrow('`samplingPercentage`: got ');
});

test('a variant name from a parameter is refused where it is given', () => {
  const stack = newStack();
  expect(() => new InferenceEndpoint(stack, 'Endpoint').addVariant(new CfnParameter(stack, 'P').valueAsString, G5)).toThrow('`variantName`');
});

describe('a production weight from a parameter, beside a shadow, whose weight is worked out of it', () => {
  const shadowed = (samplingPercentage: number) => {
    const stack = newStack();
    const all = oneVariant({ weight: parameter(stack) }, {}, stack);
    all.endpoint.addShadowVariant('shadow', { ...G5, samplingPercentage });
    return all;
  };

  test.each([100, 50, 3])('is refused by name (%d %%)', (percentage) => {
    const { stack } = shadowed(percentage);
    expect(() => Template.fromStack(stack)).toThrow(new Error('Validation failed with the following errors:\n  [Stack/Endpoint] `weight`: got a value that is known at deploy time only, beside a shadow variant; allowed: a number that is known at synth: the weight of the shadow is worked out of it; fix: give the production variant a number'));
  });

  test.each([100, 50, 3])('does not disturb an estimate (%d %%)', (percentage) => {
    expect(EndpointEstimate.of(shadowed(percentage).endpoint).toTable()).toMatch(/\nshadow +ml\.g5\.xlarge +1 x A10G +at deploy +1 +1\.41 /);
  });
});

test('the warning of a scaled variant under a name from a parameter shows no token', () => {
  const stack = newStack();
  oneVariant({ scaling: { maxInstances: 2 } }, { endpointName: new CfnParameter(stack, 'P').valueAsString }, stack);
  const [warning] = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('scalingWithFixedName'));
  expect(warning.entry.data).not.toContain('${Token');
});
