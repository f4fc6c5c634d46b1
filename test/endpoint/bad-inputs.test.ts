import { Duration, Size, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ENV, G5, INF2, REVISION, llmModel, newStack, oneVariant, twoVariants } from './support';
import {
  AcceleratorInstance, AcceleratorKind, DeploymentStrategy, EndpointEstimate, FleetPortion, InferenceAmi, InferenceEndpoint, ModelSource,
  ServedModel, ServingImage, type AsyncInferenceOptions, type DataCaptureOptions, type VariantScaling,
} from '../../src';

/** What a user typed wrong, and every word of the answer. */
type BadInput = [name: string, run: () => unknown, message: string];

const synth = ({ stack }: { stack: Stack }) => Template.fromStack(stack);
const named = (name: string) => new InferenceEndpoint(newStack(), 'Endpoint').addVariant(name, G5);
const scaled = (scaling: VariantScaling) => oneVariant({ scaling });
const many = (count: number) => {
  const stack = newStack();
  const endpoint = new InferenceEndpoint(stack, 'Endpoint');
  for (let i = 0; i < count; i++) endpoint.addVariant(`v${i}`, G5);
  return { stack, endpoint };
};
function asynchronous(options: Partial<AsyncInferenceOptions>, scaling?: VariantScaling) {
  const stack = newStack();
  return oneVariant({ scaling }, { asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'async-bucket'), ...options } }, stack);
}
function captured(options: Partial<DataCaptureOptions>) {
  const stack = newStack();
  return oneVariant({}, { dataCapture: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'capture-bucket'), ...options } }, stack);
}
function inf1() {
  return { model: ServedModel.existing({ modelName: 'old-model' }, { kind: AcceleratorKind.NEURON }), instanceType: AcceleratorInstance.INF1_XLARGE };
}
function withShadow(props = {}, variant = {}, stack = newStack()) {
  const all = oneVariant({}, props, stack);
  all.endpoint.addShadowVariant('shadow', { ...G5, ...variant });
  return all;
}
const fallback = (...types: AcceleratorInstance[]) => ({ fallbackInstances: types.map((instanceType) => ({ instanceType })) });
const alarms = (count: number) => {
  const all = oneVariant();
  for (let i = 0; i < count; i++) all.endpoint.addRollbackAlarm(cloudwatch.Alarm.fromAlarmName(all.stack, `Alarm${i}`, `alarm-${i}`));
  return all;
};

const variantInputs: BadInput[] = [
  ['an empty variant name', () => named(''), 'Stack/Endpoint: `variantName`: got ""; allowed: letters, digits and single or repeated hyphens between them, 1 to 63 characters; fix: give letters, digits and single or repeated hyphens between them, 1 to 63 characters'],
  ['a variant name of 64 characters', () => named('a'.repeat(64)), 'Stack/Endpoint: `variantName`: got "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; allowed: letters, digits and single or repeated hyphens between them, 1 to 63 characters; fix: give letters, digits and single or repeated hyphens between them, 1 to 63 characters'],
  ['a variant name with an underscore', () => named('my_gpu'), 'Stack/Endpoint: `variantName`: got "my_gpu"; allowed: letters, digits and single or repeated hyphens between them, 1 to 63 characters; fix: give letters, digits and single or repeated hyphens between them, 1 to 63 characters'],
  ['a variant name that ends with a hyphen', () => named('gpu-'), 'Stack/Endpoint: `variantName`: got "gpu-"; allowed: letters, digits and single or repeated hyphens between them, 1 to 63 characters; fix: give letters, digits and single or repeated hyphens between them, 1 to 63 characters'],
  ['a variant name that begins with a hyphen', () => named('-gpu'), 'Stack/Endpoint: `variantName`: got "-gpu"; allowed: letters, digits and single or repeated hyphens between them, 1 to 63 characters; fix: give letters, digits and single or repeated hyphens between them, 1 to 63 characters'],
  ['a variant name with a slash', () => named('a/b'), 'Stack/Endpoint: `variantName`: got "a/b"; allowed: letters, digits and single or repeated hyphens between them, 1 to 63 characters; fix: give letters, digits and single or repeated hyphens between them, 1 to 63 characters'],
  ['a variant name with a letter outside ASCII', () => named('gpü'), 'Stack/Endpoint: `variantName`: got "gpü"; allowed: letters, digits and single or repeated hyphens between them, 1 to 63 characters; fix: give letters, digits and single or repeated hyphens between them, 1 to 63 characters'],
  ['the same variant name twice', () => oneVariant().endpoint.addVariant('gpu', INF2), 'Stack/Endpoint: `variantName`: got "gpu" a second time; allowed: a name that is unique in the endpoint; fix: choose another name than "gpu"'],
  ['a shadow variant named like a production variant', () => oneVariant().endpoint.addShadowVariant('gpu', INF2), 'Stack/Endpoint: `variantName`: got "gpu" a second time; allowed: a name that is unique in the endpoint; fix: choose another name than "gpu"'],
  ['a weight below 0', () => oneVariant({ weight: -1 }), 'Stack/Endpoint/Variant-gpu: `weight`: got -1; allowed: a number of at least 0; fix: give 0 for no traffic, or a share such as 1'],
  ['a weight that is no number', () => oneVariant({ weight: NaN }), 'Stack/Endpoint/Variant-gpu: `weight`: got NaN; allowed: a number of at least 0; fix: give 0 for no traffic, or a share such as 1'],
  ['an infinite weight', () => oneVariant({ weight: Infinity }), 'Stack/Endpoint/Variant-gpu: `weight`: got Infinity; allowed: a number of at least 0; fix: give 0 for no traffic, or a share such as 1'],
  ['a count of 0', () => oneVariant({ initialInstanceCount: 0 }), 'Stack/Endpoint/Variant-gpu: `initialInstanceCount`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
  ['a count of one and a half', () => oneVariant({ initialInstanceCount: 1.5 }), 'Stack/Endpoint/Variant-gpu: `initialInstanceCount`: got 1.5; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
  ['a count that is no number', () => oneVariant({ initialInstanceCount: NaN }), 'Stack/Endpoint/Variant-gpu: `initialInstanceCount`: got NaN; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
  ['an unknown variant', () => twoVariants().endpoint.variant('trn1'), 'Stack/Endpoint: `variantName`: got "trn1"; allowed: "gpu", "inf2"; fix: use one of these names, or add the variant first'],
  ['a variant of an endpoint without any', () => new InferenceEndpoint(newStack(), 'Endpoint').variant('gpu'), 'Stack/Endpoint: `variantName`: got "gpu"; allowed: a variant that was added (there is none yet); fix: use one of these names, or add the variant first'],
  ['GPU metrics of a Neuron variant', () => twoVariants().inf2.metricGpuUtilization(), 'Stack/Endpoint/Variant-inf2: `metricGpuUtilization`: got a variant on ml.inf2.xlarge (Inferentia2); allowed: variants on GPU instances: SageMaker publishes no metric of Neuron devices; fix: use `metricConcurrentRequestsPerModel` or `metricCpuUtilization`, or publish neuron-monitor data from the container'],
  ['GPU memory metrics of a Neuron variant', () => twoVariants().inf2.metricGpuMemoryUtilization(), 'Stack/Endpoint/Variant-inf2: `metricGpuMemoryUtilization`: got a variant on ml.inf2.xlarge (Inferentia2); allowed: variants on GPU instances: SageMaker publishes no metric of Neuron devices; fix: use `metricConcurrentRequestsPerModel` or `metricCpuUtilization`, or publish neuron-monitor data from the container'],
  ['two problems of one variant', () => oneVariant({ weight: -1, initialInstanceCount: 0 }), 'Stack/Endpoint/Variant-gpu: 2 problems\n  - `weight`: got -1; allowed: a number of at least 0; fix: give 0 for no traffic, or a share such as 1\n  - `initialInstanceCount`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
];

const scalingInputs: BadInput[] = [
  ['scaling to zero on a real-time endpoint', () => scaled({ minInstances: 0, maxInstances: 2 }), 'Stack/Endpoint/Variant-gpu: `scaling.minInstances`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1; only asynchronous endpoints (`asyncInference`) scale to zero'],
  ['a target of 0 requests', () => scaled({ maxInstances: 2, invocationsPerInstance: 0 }), 'Stack/Endpoint/Variant-gpu: `scaling.invocationsPerInstance`: got 0; allowed: a number greater than 0; fix: give the load one instance should carry'],
  ['a target below 0', () => scaled({ maxInstances: 2, concurrentRequestsPerInstance: -1 }), 'Stack/Endpoint/Variant-gpu: `scaling.concurrentRequestsPerInstance`: got -1; allowed: a number greater than 0; fix: give the load one instance should carry'],
  ['a target that is no number', () => scaled({ maxInstances: 2, concurrentRequestsPerInstance: NaN }), 'Stack/Endpoint/Variant-gpu: `scaling.concurrentRequestsPerInstance`: got NaN; allowed: a number greater than 0; fix: give the load one instance should carry'],
  ['a backlog target on a real-time endpoint', () => scaled({ maxInstances: 2, backlogPerInstance: 5 }), 'Stack/Endpoint/Variant-gpu: `scaling.backlogPerInstance`: got 5 on a real-time endpoint; allowed: `invocationsPerInstance`, `concurrentRequestsPerInstance`, `steps`, `schedules`; fix: use `invocationsPerInstance` or `concurrentRequestsPerInstance`, or give the endpoint `asyncInference`'],
  ['a request target on an asynchronous endpoint', () => asynchronous({}, { maxInstances: 2, invocationsPerInstance: 5 }), 'Stack/Endpoint/Variant-gpu: `scaling.invocationsPerInstance`: got 5 on an asynchronous endpoint; allowed: `backlogPerInstance`, `steps`, `schedules`; fix: use `backlogPerInstance`: requests of an asynchronous endpoint wait in its queue'],
  ['a concurrency target on an asynchronous endpoint', () => asynchronous({}, { maxInstances: 2, concurrentRequestsPerInstance: 5 }), 'Stack/Endpoint/Variant-gpu: `scaling.concurrentRequestsPerInstance`: got 5 on an asynchronous endpoint; allowed: `backlogPerInstance`, `steps`, `schedules`; fix: use `backlogPerInstance`: requests of an asynchronous endpoint wait in its queue'],
  ['more instances than scaling allows', () => oneVariant({ initialInstanceCount: 5, scaling: { maxInstances: 2 } }), 'Stack/Endpoint/Variant-gpu: `initialInstanceCount`: got 5 with scaling from 1 to 2; allowed: a number between `scaling.minInstances` and `scaling.maxInstances`; fix: leave `initialInstanceCount` out to start with the least number'],
  ['fewer instances than scaling allows', () => oneVariant({ initialInstanceCount: 1, scaling: { minInstances: 2, maxInstances: 4 } }), 'Stack/Endpoint/Variant-gpu: `initialInstanceCount`: got 1 with scaling from 2 to 4; allowed: a number between `scaling.minInstances` and `scaling.maxInstances`; fix: leave `initialInstanceCount` out to start with the least number'],
  ['a schedule that changes nothing', () => scaled({ maxInstances: 2, schedules: [{ schedule: appscaling.Schedule.cron({ hour: '8' }) }] }), 'Stack/Endpoint/Variant-gpu: `scaling.schedules[0]`: got neither minCapacity nor maxCapacity; allowed: at least one of them; fix: say what the schedule changes'],
  ['a schedule to zero on a real-time endpoint', () => scaled({ maxInstances: 2, schedules: [{ schedule: appscaling.Schedule.cron({ hour: '8' }), minCapacity: 0 }] }), 'Stack/Endpoint/Variant-gpu: `scaling.schedules[0].minCapacity`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1'],
];

const hostInputs: BadInput[] = [
  ['a volume on local storage', () => oneVariant({ volumeSize: Size.gibibytes(64) }), 'Stack/Endpoint/Variant-gpu: `volumeSize`: got 64 GiB on ml.g5.xlarge; allowed: a volume size on instance types without local storage (ml.inf1, ml.inf2, ml.p3); fix: leave `volumeSize` out: ml.g5.xlarge brings its own storage'],
  ['a volume on a fallback with local storage', () => oneVariant({ model: inf1().model, instanceType: AcceleratorInstance.INF2_XLARGE, volumeSize: Size.gibibytes(64), ...fallback(AcceleratorInstance.TRN1_2XLARGE) }), 'Stack/Endpoint/Variant-gpu: `volumeSize`: got 64 GiB on ml.trn1.2xlarge; allowed: a volume size on instance types without local storage (ml.inf1, ml.inf2, ml.p3); fix: leave `volumeSize` out: ml.trn1.2xlarge brings its own storage'],
  ['a volume of 0 GiB', () => oneVariant({ ...INF2, volumeSize: Size.gibibytes(0) }), 'Stack/Endpoint/Variant-gpu: `volumeSize`: got 0; allowed: a whole number from 1 to 512 GiB; fix: give a whole number from 1 to 512 GiB'],
  ['a volume of 513 GiB', () => oneVariant({ ...INF2, volumeSize: Size.gibibytes(513) }), 'Stack/Endpoint/Variant-gpu: `volumeSize`: got 513; allowed: a whole number from 1 to 512 GiB; fix: give a whole number from 1 to 512 GiB'],
  ['a Neuron AMI under GPUs', () => oneVariant({ inferenceAmi: InferenceAmi.NEURON_2 }), 'Stack/Endpoint/Variant-gpu: `inferenceAmi`: got al2-ami-sagemaker-inference-neuron-2 on ml.g5.xlarge (A10G); allowed: a machine image with the driver of A10G; fix: leave `inferenceAmi` out: it is chosen from image and hardware'],
  ['a GPU AMI under Neuron devices', () => oneVariant({ ...INF2, inferenceAmi: InferenceAmi.GPU_3_1 }), 'Stack/Endpoint/Variant-gpu: `inferenceAmi`: got al2-ami-sagemaker-inference-gpu-3-1 on ml.inf2.xlarge (Inferentia2); allowed: a machine image with the driver of Inferentia2; fix: leave `inferenceAmi` out: it is chosen from image and hardware'],
  ['a CUDA 13 container on a CUDA 12 AMI', () => oneVariant({ model: llmModel(), inferenceAmi: InferenceAmi.GPU_3_1 }), 'Stack/Endpoint/Variant-gpu: `inferenceAmi`: got al2-ami-sagemaker-inference-gpu-3-1 (CUDA 12.4) with a container built for CUDA 13.0; allowed: a machine image whose driver serves CUDA 13; with an older one the endpoint stays in Creating and logs nothing; fix: leave `inferenceAmi` out: it is chosen from image and hardware'],
  ['a type that is not for hosting', () => oneVariant({ instanceType: AcceleratorInstance.of('ml.p3dn.24xlarge') }), 'Stack/Endpoint/Variant-gpu: `instanceType`: got ml.p3dn.24xlarge; allowed: an instance type SageMaker takes for endpoints; fix: use another type; ml.p3dn.24xlarge is valid for training only'],
  ['a fallback of the other vendor', () => oneVariant(fallback(AcceleratorInstance.INF2_XLARGE)), 'Stack/Endpoint/Variant-gpu: `fallbackInstances[0].instanceType`: got ml.inf2.xlarge (Inferentia2) beside ml.g5.xlarge (A10G); allowed: instance types of the same vendor: a variant has one machine image for all of them; fix: put the other hardware into a variant of its own with `addVariant`'],
  ['the variant\'s own type as fallback', () => oneVariant(fallback(AcceleratorInstance.G5_XLARGE)), 'Stack/Endpoint/Variant-gpu: `fallbackInstances[0].instanceType`: got ml.g5.xlarge a second time; allowed: each instance type once; fix: remove the repetition'],
  ['the same fallback twice', () => oneVariant(fallback(AcceleratorInstance.G5_2XLARGE, AcceleratorInstance.G5_2XLARGE)), 'Stack/Endpoint/Variant-gpu: `fallbackInstances[1].instanceType`: got ml.g5.2xlarge a second time; allowed: each instance type once; fix: remove the repetition'],
  ['five fallbacks', () => oneVariant(fallback(AcceleratorInstance.G5_2XLARGE, AcceleratorInstance.G5_4XLARGE, AcceleratorInstance.G5_8XLARGE, AcceleratorInstance.G5_16XLARGE, AcceleratorInstance.G6_XLARGE)), 'Stack/Endpoint/Variant-gpu: `fallbackInstances`: got 5 types; allowed: at most 4 beside `instanceType`; fix: keep the types most likely to have capacity'],
  ['a fallback that is not for hosting', () => oneVariant(fallback(AcceleratorInstance.of('ml.p3dn.24xlarge'))), 'Stack/Endpoint/Variant-gpu: `fallbackInstances[0].instanceType`: got ml.p3dn.24xlarge; allowed: an instance type SageMaker takes for endpoints; fix: use another type; ml.p3dn.24xlarge is valid for training only'],
  ['a provision time-out without fallback', () => oneVariant({ provisionTimeout: Duration.minutes(10) }), 'Stack/Endpoint/Variant-gpu: `provisionTimeout`: got a time-out without `fallbackInstances`; allowed: a time-out together with `fallbackInstances`; fix: add `fallbackInstances`, or leave `provisionTimeout` out'],
  ['a provision time-out below 5 minutes', () => oneVariant({ ...fallback(AcceleratorInstance.G5_2XLARGE), provisionTimeout: Duration.seconds(299) }), 'Stack/Endpoint/Variant-gpu: `provisionTimeout`: got 299; allowed: a whole number from 300 to 3600 seconds; fix: give a whole number from 300 to 3600 seconds'],
  ['a provision time-out above an hour', () => oneVariant({ ...fallback(AcceleratorInstance.G5_2XLARGE), provisionTimeout: Duration.seconds(3601) }), 'Stack/Endpoint/Variant-gpu: `provisionTimeout`: got 3601; allowed: a whole number from 300 to 3600 seconds; fix: give a whole number from 300 to 3600 seconds'],
  ['a health check of 59 seconds', () => oneVariant({ containerStartupTimeout: Duration.seconds(59) }), 'Stack/Endpoint/Variant-gpu: `containerStartupTimeout`: got 59; allowed: a whole number from 60 to 3600 seconds; fix: give a whole number from 60 to 3600 seconds'],
  ['a health check of more than an hour', () => oneVariant({ containerStartupTimeout: Duration.seconds(3601) }), 'Stack/Endpoint/Variant-gpu: `containerStartupTimeout`: got 3601; allowed: a whole number from 60 to 3600 seconds; fix: give a whole number from 60 to 3600 seconds'],
  ['a download of 59 seconds', () => oneVariant({ modelDownloadTimeout: Duration.seconds(59) }), 'Stack/Endpoint/Variant-gpu: `modelDownloadTimeout`: got 59; allowed: a whole number from 60 to 3600 seconds; fix: give a whole number from 60 to 3600 seconds'],
  ['a download of more than an hour', () => oneVariant({ modelDownloadTimeout: Duration.hours(2) }), 'Stack/Endpoint/Variant-gpu: `modelDownloadTimeout`: got 7200; allowed: a whole number from 60 to 3600 seconds; fix: give a whole number from 60 to 3600 seconds'],
  ['a capacity reservation by its id', () => oneVariant({ capacityReservationArn: 'cr-0123456789abcdef0' }), 'Stack/Endpoint/Variant-gpu: `capacityReservationArn`: got "cr-0123456789abcdef0"; allowed: the ARN of an ML capacity reservation, e.g. "arn:aws:sagemaker:us-east-1:111122223333:training-plan/my-plan"; fix: give the ARN of an ML capacity reservation, e.g. "arn:aws:sagemaker:us-east-1:111122223333:training-plan/my-plan"'],
  ['a capacity reservation of EC2', () => oneVariant({ capacityReservationArn: 'arn:aws:ec2:us-east-1:111122223333:capacity-reservation/cr-1' }), 'Stack/Endpoint/Variant-gpu: `capacityReservationArn`: got "arn:aws:ec2:us-east-1:111122223333:capacity-reservation/cr-1"; allowed: the ARN of an ML capacity reservation, e.g. "arn:aws:sagemaker:us-east-1:111122223333:training-plan/my-plan"; fix: give the ARN of an ML capacity reservation, e.g. "arn:aws:sagemaker:us-east-1:111122223333:training-plan/my-plan"'],
  ['hardware the region does not sell', () => oneVariant({ ...INF2, instanceType: AcceleratorInstance.TRN1_2XLARGE }, {}, newStack({ env: { ...ENV, region: 'eu-west-1' } })), 'Stack/Endpoint/Variant-gpu: `instanceType`: got ml.trn1.2xlarge in eu-west-1; allowed: ml.trn1.2xlarge in us-east-1, us-west-2 (price list of 2026-05-20); fix: deploy to one of these regions, use another type, or name it in the endpoint\'s `offeredInRegion` when you know that eu-west-1 offers it'],
  ['a fallback the region does not sell', () => oneVariant({ ...INF2, ...fallback(AcceleratorInstance.TRN1_2XLARGE) }, {}, newStack({ env: { ...ENV, region: 'eu-west-1' } })), 'Stack/Endpoint/Variant-gpu: `fallbackInstances[0].instanceType`: got ml.trn1.2xlarge in eu-west-1; allowed: ml.trn1.2xlarge in us-east-1, us-west-2 (price list of 2026-05-20); fix: deploy to one of these regions, use another type, or name it in the endpoint\'s `offeredInRegion` when you know that eu-west-1 offers it'],
];

const endpointInputs: BadInput[] = [
  ['an endpoint name with an underscore', () => oneVariant({}, { endpointName: 'my_endpoint' }), 'Stack/Endpoint: `endpointName`: got "my_endpoint"; allowed: letters, digits and hyphens between them, 1 to 63 characters; fix: give letters, digits and hyphens between them, 1 to 63 characters'],
  ['an endpoint name of 64 characters', () => oneVariant({}, { endpointName: 'e'.repeat(64) }), 'Stack/Endpoint: `endpointName`: got "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"; allowed: letters, digits and hyphens between them, 1 to 63 characters; fix: give letters, digits and hyphens between them, 1 to 63 characters'],
  ['an empty endpoint name', () => oneVariant({}, { endpointName: '' }), 'Stack/Endpoint: `endpointName`: got ""; allowed: letters, digits and hyphens between them, 1 to 63 characters; fix: give letters, digits and hyphens between them, 1 to 63 characters'],
  ['a publishing frequency of 45 seconds', () => oneVariant({}, { metricPublishing: { frequency: Duration.seconds(45) } }), 'Stack/Endpoint: `metricPublishing.frequency`: got 45 seconds; allowed: 10, 30, 60, 120, 180, 240, 300 seconds; fix: give one of these'],
  ['a publishing frequency of 0', () => oneVariant({}, { metricPublishing: { frequency: Duration.seconds(0) } }), 'Stack/Endpoint: `metricPublishing.frequency`: got 0 seconds; allowed: 10, 30, 60, 120, 180, 240, 300 seconds; fix: give one of these'],
  ['a publishing frequency of half a second', () => oneVariant({}, { metricPublishing: { frequency: Duration.millis(500) } }), 'Stack/Endpoint: `metricPublishing.frequency`: got 0.5 seconds; allowed: 10, 30, 60, 120, 180, 240, 300 seconds; fix: give one of these'],
  ['subnets without a VPC', () => oneVariant({}, { vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } }), 'Stack/Endpoint: `vpc`: got subnets or security groups without a VPC; allowed: `vpcSubnets` and `securityGroups` together with `vpc`; fix: give `vpc`'],
  ['security groups without a VPC', () => oneVariant({}, { securityGroups: [] }), 'Stack/Endpoint: `vpc`: got subnets or security groups without a VPC; allowed: `vpcSubnets` and `securityGroups` together with `vpc`; fix: give `vpc`'],
  ['101 % of data captured', () => captured({ samplingPercentage: 101 }), 'Stack/Endpoint: `dataCapture.samplingPercentage`: got 101; allowed: a whole number from 0 to 100 percent; fix: give a whole number from 0 to 100 percent'],
  ['half a percent of data captured', () => captured({ samplingPercentage: 0.5 }), 'Stack/Endpoint: `dataCapture.samplingPercentage`: got 0.5; allowed: a whole number from 0 to 100 percent; fix: give a whole number from 0 to 100 percent'],
  ['capturing nothing', () => captured({ modes: [] }), 'Stack/Endpoint: `dataCapture.modes`: got an empty list; allowed: at least one of CaptureMode.INPUT, CaptureMode.OUTPUT; fix: leave `modes` out to capture both'],
  ['a capture prefix with a slash', () => captured({ prefix: '/captured/' }), 'Stack/Endpoint: `dataCapture.prefix`: got "/captured/"; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"'],
  ['an empty capture prefix', () => captured({ prefix: '' }), 'Stack/Endpoint: `dataCapture.prefix`: got ""; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"'],
  ['no concurrent asynchronous request', () => asynchronous({ maxConcurrentInvocationsPerInstance: 0 }), 'Stack/Endpoint: `asyncInference.maxConcurrentInvocationsPerInstance`: got 0; allowed: a whole number from 1 to 1000; fix: give a whole number from 1 to 1000'],
  ['1001 concurrent asynchronous requests', () => asynchronous({ maxConcurrentInvocationsPerInstance: 1001 }), 'Stack/Endpoint: `asyncInference.maxConcurrentInvocationsPerInstance`: got 1001; allowed: a whole number from 1 to 1000; fix: give a whole number from 1 to 1000'],
  ['asynchronous prefixes with slashes', () => asynchronous({ inputPrefix: 'in/', outputPrefix: '/out', failurePrefix: '/' }), 'Stack/Endpoint: 3 problems\n  - `asyncInference.inputPrefix`: got "in/"; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"\n  - `asyncInference.outputPrefix`: got "/out"; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"\n  - `asyncInference.failurePrefix`: got "/"; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"'],
  ['a capture prefix with a star', () => captured({ prefix: 'seen/*/all' }), 'Stack/Endpoint: `dataCapture.prefix`: got "seen/*/all"; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"'],
  ['a capture prefix with a question mark', () => captured({ prefix: 'seen/a?c' }), 'Stack/Endpoint: `dataCapture.prefix`: got "seen/a?c"; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"'],
  ['a capture prefix with a variable', () => captured({ prefix: 'seen/${aws:userid}' }), 'Stack/Endpoint: `dataCapture.prefix`: got "seen/${aws:userid}"; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"'],
  ['asynchronous prefixes that would widen a policy', () => asynchronous({ inputPrefix: '*', outputPrefix: 'out*', failurePrefix: '${aws:userid}' }), 'Stack/Endpoint: 3 problems\n  - `asyncInference.inputPrefix`: got "*"; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"\n  - `asyncInference.outputPrefix`: got "out*"; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"\n  - `asyncInference.failurePrefix`: got "${aws:userid}"; allowed: a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"; fix: give e.g. "captured/my-endpoint"'],
  ['no variant', () => synth(many(0)), 'Validation failed with the following errors:\n  [Stack/Endpoint] `addVariant`: got no variant; allowed: 1 to 10 production variants; fix: call `addVariant` at least once'],
  ['eleven variants', () => synth(many(11)), 'Validation failed with the following errors:\n  [Stack/Endpoint] `addVariant`: got 11 variants; allowed: 1 to 10 production variants; fix: split the variants over several endpoints'],
  ['weight 0 on all variants', () => synth(twoVariants({ gpu: { weight: 0 }, inf2: { weight: 0 } })), 'Validation failed with the following errors:\n  [Stack/Endpoint] `weight`: got 0 on every variant (\'gpu\', \'inf2\'); allowed: at least one variant with a weight above 0; fix: give the variant that should take the traffic `weight: 1`'],
  ['rolling with two variants', () => synth(twoVariants({}, { deployment: DeploymentStrategy.rolling() })), 'Validation failed with the following errors:\n  [Stack/Endpoint] `deployment`: got a rolling deployment with 2 variants; allowed: `DeploymentStrategy.allAtOnce`, `.canary` or `.linear` on an endpoint with several variants; fix: use `DeploymentStrategy.canary`: SageMaker ignores a rolling deployment here and replaces everything at once'],
  ['a deployment strategy on Inferentia1', () => synth(oneVariant(inf1(), { deployment: DeploymentStrategy.canary() })), 'Validation failed with the following errors:\n  [Stack/Endpoint] `deployment`: got a deployment strategy with \'gpu\' on Inferentia1 (ml.inf1.xlarge); allowed: no deployment strategy and no rollback alarm on endpoints with ml.inf1 instances; fix: leave `deployment` and rollback alarms out, or move the variant to ml.inf2'],
  ['a canary of all instances', () => synth(oneVariant({}, { deployment: DeploymentStrategy.canary({ canarySize: FleetPortion.instances(1) }) })), 'Validation failed with the following errors:\n  [Stack/Endpoint] `deployment.canarySize`: got 1 instance of the 1 of variant \'gpu\' (100 %); allowed: at most 50 % of the instances of every variant; fix: raise the variant\'s `initialInstanceCount`, or give the size in percent with `FleetPortion.percent`'],
  ['eleven rollback alarms', () => synth(alarms(11)), 'Validation failed with the following errors:\n  [Stack/Endpoint] `addRollbackAlarm`: got 11 alarms; allowed: at most 10; fix: combine alarms with a composite alarm'],
  ['a rollback alarm on an own metric without a fixed name', () => {
    const all = oneVariant();
    all.endpoint.addRollbackAlarm(all.variant.metricInvocation5XXErrors().createAlarm(all.stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 }));
    synth(all);
  }, 'Validation failed with the following errors:\n  [Stack/Endpoint] `addRollbackAlarm`: got an alarm on this endpoint\'s own metrics while `endpointName` is left out; allowed: such an alarm on an endpoint with a fixed name: otherwise endpoint and alarm wait for each other; fix: give the endpoint an `endpointName`'],
  ['a shadow of 0 %', () => withShadow({}, { samplingPercentage: 0 }), 'Stack/Endpoint: `samplingPercentage`: got 0; allowed: a number above 0, at most 100 percent; fix: leave the shadow variant out, or copy some of the requests'],
  ['a shadow of 101 %', () => withShadow({}, { samplingPercentage: 101 }), 'Stack/Endpoint: `samplingPercentage`: got 101; allowed: a number from 0 to 100 percent; fix: give a number from 0 to 100 percent'],
  ['two shadows', () => {
    const all = withShadow();
    all.endpoint.addShadowVariant('shadow2', G5);
    synth(all);
  }, 'Validation failed with the following errors:\n  [Stack/Endpoint] `addShadowVariant`: got 2 shadow and 1 production variants; allowed: exactly one shadow variant beside exactly one production variant; fix: keep one of each, or compare the others by weight with `addVariant`'],
  ['a shadow beside two variants', () => {
    const all = twoVariants();
    all.endpoint.addShadowVariant('shadow', G5);
    synth(all);
  }, 'Validation failed with the following errors:\n  [Stack/Endpoint] `addShadowVariant`: got 1 shadow and 2 production variants; allowed: exactly one shadow variant beside exactly one production variant; fix: keep one of each, or compare the others by weight with `addVariant`'],
  ['a shadow on an asynchronous endpoint', () => {
    const stack = newStack();
    synth(withShadow({ asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'async-bucket') } }, {}, stack));
  }, 'Validation failed with the following errors:\n  [Stack/Endpoint] `addShadowVariant`: got a shadow variant on an asynchronous endpoint; allowed: shadow variants on real-time endpoints; fix: leave out `asyncInference` or the shadow variant'],
  ['an estimate without a region', () => EndpointEstimate.of(oneVariant({}, {}, newStack({})).endpoint), 'EndpointEstimate.of: `region`: got a stack without a region; allowed: a region that is known at synth; fix: give `region`, or give the stack an `env` with a region'],
];

/** Messages of the model room, which speaks when a variant binds its model. */
const modelInputs: BadInput[] = [
  ['a GPU container on Inferentia2', () => oneVariant({ instanceType: AcceleratorInstance.INF2_XLARGE }), 'Stack/Endpoint/Variant-gpu: `image`: got huggingface-pytorch-inference:2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04, an image for GPUs,; allowed: an image for Neuron devices (Inferentia2, Trainium), the accelerator of ml.inf2.xlarge; fix: use ServedModel.onNeuron for this variant, or an instance type with GPUs'],
  ['a Neuron container on GPUs', () => oneVariant({ ...INF2, instanceType: AcceleratorInstance.G5_XLARGE }), 'Stack/Endpoint/Variant-gpu: `image`: got huggingface-pytorch-inference-neuronx:2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04, an image for Neuron devices (Inferentia2, Trainium),; allowed: an image for GPUs, the accelerator of ml.g5.xlarge; fix: use ServedModel.onGpu for this variant, or an instance type with Neuron devices'],
  ['a model from the Hub in network isolation', () => oneVariant({}, { networkIsolation: true }), 'Stack/Endpoint/Variant-gpu: `networkIsolation`: got true with Hugging Face model BAAI/bge-base-en-v1.5 at a5beb1e3e68b9ab74eb54cfd186867f64f240e1a; allowed: false for a model the container downloads; fix: copy the model to S3 and use ModelSource.s3Archive or s3Prefix'],
  ['a model cut over more GPUs than there are', () => oneVariant({
    model: ServedModel.onGpu(ModelSource.huggingFace('Qwen/Qwen3-8B', { revision: REVISION }), { image: ServingImage.VLLM_0_27_1_GPU, settings: { tensorParallelDegree: 4 } }),
  }), 'Stack/Endpoint/Variant-gpu: `settings.tensorParallelDegree`: got 4; allowed: at most 1, the GPUs of ml.g5.xlarge; fix: lower the degree or choose an instance with more devices'],
  ['weights larger than the GPU', () => oneVariant({
    model: ServedModel.onGpu(ModelSource.huggingFace('Qwen/Qwen3-32B', { revision: REVISION, profile: { parametersBillion: 32.8 } }), { image: ServingImage.VLLM_0_27_1_GPU }),
  }), 'Stack/Endpoint/Variant-gpu: `profile`: got 61.1 GiB of weights on 1 of 1 GPUs of ml.g5.xlarge; allowed: at most 20.1 GiB, 90 % of their 22.4 GiB; fix: choose an instance with more device memory'],
  ['six security groups', () => {
    const stack = newStack();
    const securityGroups = [1, 2, 3, 4, 5, 6].map((i) => ec2.SecurityGroup.fromSecurityGroupId(stack, `Group${i}`, `sg-${i}`));
    oneVariant({}, { vpc: new ec2.Vpc(stack, 'Vpc'), securityGroups }, stack);
  }, 'Stack/Endpoint/Variant-gpu: `securityGroups`: got 6 security groups; allowed: 1 to 5; fix: merge their rules'],
];

const all = { variant: variantInputs, scaling: scalingInputs, host: hostInputs, endpoint: endpointInputs };

describe.each(Object.entries(all))('%s', (_, inputs) => {
  test.each(inputs)('%s', (_name, run, message) => {
    expect(run).toThrow(new Error(message));
  });
});

describe('model room', () => {
  test.each(modelInputs)('%s', (_, run, message) => {
    expect(run).toThrow(new Error(message));
  });
});

test('there are enough of them, and no two say the same', () => {
  const inputs = Object.values(all).flat();
  expect(inputs.length).toBeGreaterThanOrEqual(80);
  expect(new Set(inputs.map(([name]) => name)).size).toBe(inputs.length);
});
