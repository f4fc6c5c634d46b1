import type { AsyncInferenceOptions } from './async-inference';
import { CaptureMode, type DataCaptureOptions } from './data-capture';
import { VariantProperty, type InferenceEndpointProps } from './endpoint-props';
import type { EndpointVariantOptions, FallbackInstance } from './endpoint-variant';
import type { VariantScaling } from './variant-scaling';
import { checkObject } from '../private/checks';
import type { Problem } from '../private/problems';

/*
 * JavaScript has no types at run time, and the jsii kernel does not check the members of what other languages pass.
 * Each value is asked for one member it cannot do without, so that a wrong one is refused by its name here instead of
 * ending in a TypeError, or in a template with a hole, somewhere inside.
 */

/** What stands for a kind of value: the member that is asked for, and its name for people. */
type Shape = readonly [member: string, allowed: string];

const DURATION: Shape = ['toSeconds', 'a `Duration`, e.g. Duration.minutes(10)'];
const LIST: Shape = ['forEach', 'a list'];
const KEY: Shape = ['keyArn', 'a key (`kms.IKey`)'];
const BUCKET: Shape = ['bucketArn', 'a bucket (`s3.IBucket`)'];
const TOPIC: Shape = ['topicArn', 'a topic (`sns.ITopic`)'];
const MODEL: Shape = ['_problems', 'a `ServedModel`, e.g. ServedModel.onGpu(...)'];
const INSTANCE: Shape = ['accelerator', 'an `AcceleratorInstance`, e.g. AcceleratorInstance.G5_XLARGE'];
const PORTION: Shape = ['value', 'a `FleetPortion`, e.g. FleetPortion.percent(25)'];

const VARIANT: Record<string, Shape> = {
  inferenceAmi: ['value', 'an `InferenceAmi`'],
  routing: ['value', 'a `RoutingStrategy`'],
  volumeSize: ['toGibibytes', 'a `Size`, e.g. Size.gibibytes(64)'],
  containerStartupTimeout: DURATION,
  modelDownloadTimeout: DURATION,
  provisionTimeout: DURATION,
  fallbackInstances: LIST,
};
const SCALING: Record<string, Shape> = { scaleInCooldown: DURATION, scaleOutCooldown: DURATION, schedules: LIST, steps: LIST };
const ENDPOINT: Record<string, Shape> = {
  vpc: ['vpcId', 'a VPC (`ec2.IVpc`)'],
  securityGroups: LIST,
  volumeEncryptionKey: KEY,
  deployment: ['isRolling', 'a `DeploymentStrategy`, e.g. DeploymentStrategy.canary()'],
  resetOnUpdate: LIST,
  offeredInRegion: LIST,
};
const ASYNC: Record<string, Shape> = { inputBucket: BUCKET, encryptionKey: KEY, successTopic: TOPIC, errorTopic: TOPIC };
const CAPTURE: Record<string, Shape> = { encryptionKey: KEY, modes: LIST, jsonContentTypes: LIST, csvContentTypes: LIST };
const STRATEGY: Record<string, Shape> = {
  waitInterval: DURATION,
  terminationWait: DURATION,
  maximumExecutionTimeout: DURATION,
  canarySize: PORTION,
  stepSize: PORTION,
  maximumBatchSize: PORTION,
  rollbackMaximumBatchSize: PORTION,
};

/** The values of a struct that are there but are not what they should be. */
function optional(at: string, struct: object, shapes: Record<string, Shape>): Problem[] {
  return Object.entries(shapes).flatMap(([name, [member, allowed]]) => {
    const value = (struct as Record<string, unknown>)[name];
    return value === undefined ? [] : checkObject(`${at}${name}`, value, member, allowed);
  });
}

function isStruct(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const instanceFix = (value: unknown) => typeof value === 'string' ? `give AcceleratorInstance.of(${JSON.stringify(value)})` : undefined;

/** Props of a variant that are not of the type they should be. */
export function variantShapeProblems(props: EndpointVariantOptions): Problem[] {
  if (!isStruct(props)) return [{ prop: 'props', got: String(props), allowed: 'an object with `model` and `instanceType`', fix: 'say what the variant serves, and where' }];
  const { model, instanceType, fallbackInstances } = props;
  return [
    ...checkObject('model', model, ...MODEL),
    ...checkObject('instanceType', instanceType, ...INSTANCE, instanceFix(instanceType)),
    ...optional('', props, VARIANT),
    ...elements(fallbackInstances).flatMap((fallback: Partial<FallbackInstance> | undefined, i) => [
      ...checkObject(`fallbackInstances[${i}].instanceType`, fallback?.instanceType, ...INSTANCE, instanceFix(fallback)),
      ...(fallback?.model === undefined ? [] : checkObject(`fallbackInstances[${i}].model`, fallback.model, ...MODEL)),
    ]),
  ];
}

/** Scaling that is not of the types it should be. */
export function scalingShapeProblems(scaling: VariantScaling): Problem[] {
  const allowed = 'a whole number of at least 1';
  const fix = 'give `scaling: { maxInstances: ... }`';
  if (!isStruct(scaling)) return [{ prop: typeof scaling === 'number' ? 'scaling.maxInstances' : 'scaling', got: String(scaling), allowed, fix }];
  return [
    ...(scaling.maxInstances === undefined ? [{ prop: 'scaling.maxInstances', got: 'nothing', allowed, fix }] : []),
    ...optional('scaling.', scaling, SCALING),
    ...elements(scaling.schedules).flatMap((schedule, i) => isStruct(schedule)
      ? checkObject(`scaling.schedules[${i}].schedule`, schedule.schedule, 'expressionString', 'a `Schedule`, e.g. Schedule.cron({ hour: \'8\' })')
      : checkObject(`scaling.schedules[${i}]`, schedule, 'schedule', 'a schedule')),
    ...elements(scaling.steps).flatMap((step, i) => checkObject(`scaling.steps[${i}].metric`, step?.metric, 'toMetricConfig', 'a metric')),
  ];
}

/** Props of an endpoint that are not of the type they should be. */
export function endpointShapeProblems(props: InferenceEndpointProps): Problem[] {
  if (!isStruct(props)) return [{ prop: 'props', got: String(props), allowed: 'an object, or nothing', fix: 'leave the props out' }];
  return [
    ...optional('', props, ENDPOINT),
    ...(props.metricPublishing === undefined ? [] : structProblems('metricPublishing', props.metricPublishing, { frequency: DURATION })),
    ...elements(props.offeredInRegion).flatMap((instance, i) => checkObject(`offeredInRegion[${i}]`, instance, ...INSTANCE, instanceFix(instance))),
    ...elements(props.resetOnUpdate).flatMap((property) => oneOf('resetOnUpdate', property, Object.values(VariantProperty))),
    ...(props.asyncInference === undefined ? [] : withBucket('asyncInference', props.asyncInference, ASYNC)),
    ...(props.dataCapture === undefined ? [] : [
      ...withBucket('dataCapture', props.dataCapture, CAPTURE),
      ...elements(props.dataCapture?.modes).flatMap((mode) => oneOf('dataCapture.modes', mode, Object.values(CaptureMode))),
    ]),
  ];
}

/** Options of a deployment strategy that are not of the type they should be. */
export function strategyShapeProblems(options: object): Problem[] {
  return isStruct(options) ? optional('', options, STRATEGY) : [{ prop: 'options', got: String(options), allowed: 'an object, or nothing', fix: 'leave the options out' }];
}

function structProblems(at: string, struct: unknown, shapes: Record<string, Shape>): Problem[] {
  if (!isStruct(struct)) return [{ prop: at, got: JSON.stringify(struct) ?? String(struct), allowed: 'an object', fix: `leave \`${at}\` out, or say what it should be` }];
  return optional(`${at}.`, struct, shapes);
}

function withBucket(at: string, options: AsyncInferenceOptions | DataCaptureOptions, shapes: Record<string, Shape>): Problem[] {
  if (!isStruct(options)) return [{ prop: at, got: String(options), allowed: 'an object with a `bucket`', fix: `leave \`${at}\` out, or give the bucket` }];
  return [...checkObject(`${at}.bucket`, options.bucket, ...BUCKET), ...optional(`${at}.`, options, shapes)];
}

function oneOf(prop: string, value: unknown, allowed: string[]): Problem[] {
  return allowed.includes(value as string) ? [] : [{ prop, got: JSON.stringify(value) ?? 'nothing', allowed: allowed.join(', '), fix: 'give one of these' }];
}

/** The elements of a list; none of anything else, which is refused elsewhere. */
function elements<T>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list) ? list : [];
}
