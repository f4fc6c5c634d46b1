import type { Template } from './template';

/** What has to notice a mistake: `names` the CloudFormation schema, `values` the API's shapes. */
export type Finder = 'names' | 'values';

export interface Planted {
  readonly id: string;
  readonly path: readonly (string | number)[];
  /** Undefined: the property is taken away. */
  readonly value: unknown;
  readonly finders: readonly Finder[];
}

/** Right in every property, for all types that are checked. */
export const SOUND: Template = {
  Resources: {
    Model: {
      Type: 'AWS::SageMaker::Model',
      Properties: {
        ExecutionRoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
        PrimaryContainer: {
          Image: { 'Fn::Join': ['', ['763104351884.dkr.ecr.us-east-1.', { Ref: 'AWS::URLSuffix' }, '/some-inference:1.0']] },
          Environment: { HF_TASK: 'feature-extraction' },
          ModelDataSource: { S3DataSource: { S3Uri: 's3://bucket/prefix/', S3DataType: 'S3Prefix', CompressionType: 'None' } },
        },
        VpcConfig: { SecurityGroupIds: ['sg-0123456789'], Subnets: ['subnet-0123456789'] },
      },
    },
    Config: {
      Type: 'AWS::SageMaker::EndpointConfig',
      Properties: {
        ProductionVariants: [{
          VariantName: 'gpu',
          ModelName: { 'Fn::GetAtt': ['Model', 'ModelName'] },
          InstanceType: 'ml.g5.xlarge',
          InitialInstanceCount: 1,
          InitialVariantWeight: 0,
          InferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1',
          RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
          ContainerStartupHealthCheckTimeoutInSeconds: 600,
        }],
        DataCaptureConfig: {
          DestinationS3Uri: 's3://bucket/captured', InitialSamplingPercentage: 10, CaptureOptions: [{ CaptureMode: 'Input' }],
        },
        AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://bucket/out' }, ClientConfig: { MaxConcurrentInvocationsPerInstance: 4 } },
      },
    },
    Endpoint: {
      Type: 'AWS::SageMaker::Endpoint',
      Properties: {
        EndpointConfigName: { 'Fn::GetAtt': ['Config', 'EndpointConfigName'] },
        RetainAllVariantProperties: true,
        DeploymentConfig: {
          BlueGreenUpdatePolicy: {
            TrafficRoutingConfiguration: { Type: 'CANARY', CanarySize: { Type: 'CAPACITY_PERCENT', Value: 25 }, WaitIntervalInSeconds: 600 },
          },
        },
        Tags: [{ Key: 'team', Value: 'search' }],
      },
    },
    Target: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: {
        MinCapacity: 0,
        MaxCapacity: 4,
        ResourceId: { 'Fn::Join': ['', ['endpoint/', { 'Fn::GetAtt': ['Endpoint', 'EndpointName'] }, '/variant/gpu']] },
        ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
        ServiceNamespace: 'sagemaker',
        ScheduledActions: [{
          ScheduledActionName: 'night', Schedule: 'cron(0 20 * * ? *)', ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 1 },
        }],
      },
    },
    Policy: {
      Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
      Properties: {
        PolicyName: 'policy',
        PolicyType: 'TargetTrackingScaling',
        ScalingTargetId: { Ref: 'Target' },
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' }, TargetValue: 900,
        },
      },
    },
  },
};

const VARIANT = ['ProductionVariants', 0] as const;
const TRAFFIC = ['DeploymentConfig', 'BlueGreenUpdatePolicy', 'TrafficRoutingConfiguration'] as const;
const TRACKING = ['TargetTrackingScalingPolicyConfiguration'] as const;
const BOTH: readonly Finder[] = ['names', 'values'];

/** One mistake each. */
export const PLANTED: readonly Planted[] = [
  { id: 'Model', path: ['PrimaryContainer', 'Imagee'], value: 'x', finders: BOTH },
  { id: 'Model', path: ['ExecutionRole'], value: 'x', finders: BOTH },
  { id: 'Model', path: ['PrimaryContainer', 'Environment'], value: ['a'], finders: ['values'] },
  { id: 'Model', path: ['PrimaryContainer', 'Image'], value: 'an image with spaces', finders: ['values'] },
  { id: 'Model', path: ['PrimaryContainer', 'ModelDataSource', 'S3DataSource', 'S3DataType'], value: 'Prefix', finders: ['values'] },
  { id: 'Model', path: ['PrimaryContainer', 'ModelDataSource', 'S3DataSource', 'S3Uri'], value: undefined, finders: BOTH },
  { id: 'Model', path: ['VpcConfig', 'Subnets'], value: undefined, finders: BOTH },
  { id: 'Config', path: ['ProductionVariants'], value: undefined, finders: BOTH },
  { id: 'Config', path: ['ProductionVariants'], value: [], finders: ['values'] },
  { id: 'Config', path: [...VARIANT, 'InstanceType'], value: 'ml.inf9.xlarge', finders: ['values'] },
  { id: 'Config', path: [...VARIANT, 'InferenceAmiVersion'], value: 'al2-ami-sagemaker-inference-neuron-99', finders: ['values'] },
  { id: 'Config', path: [...VARIANT, 'RoutingConfig', 'RoutingStrategy'], value: 'FASTEST', finders: ['values'] },
  { id: 'Config', path: [...VARIANT, 'VariantName'], value: 'under_score', finders: ['values'] },
  { id: 'Config', path: [...VARIANT, 'VariantName'], value: undefined, finders: BOTH },
  { id: 'Config', path: [...VARIANT, 'InitialInstanceCount'], value: 1.5, finders: BOTH },
  { id: 'Config', path: [...VARIANT, 'InitialVariantWeight'], value: -1, finders: ['values'] },
  { id: 'Config', path: [...VARIANT, 'InitialVariantWeight'], value: '1', finders: BOTH },
  { id: 'Config', path: [...VARIANT, 'ContainerStartupHealthCheckTimeoutInSeconds'], value: 59, finders: ['values'] },
  { id: 'Config', path: [...VARIANT, 'ContainerStartupHealthCheckTimeoutInSeconds'], value: 3601, finders: ['values'] },
  { id: 'Config', path: ['DataCaptureConfig', 'CaptureOptions', 0, 'CaptureMode'], value: 'Both', finders: ['values'] },
  { id: 'Config', path: ['AsyncInferenceConfig', 'OutputConfig'], value: undefined, finders: BOTH },
  { id: 'Endpoint', path: ['RetainAllVariantProperties'], value: 'yes', finders: BOTH },
  { id: 'Endpoint', path: ['RetainVariants'], value: true, finders: BOTH },
  { id: 'Endpoint', path: [...TRAFFIC, 'Type'], value: 'BLUE', finders: ['values'] },
  { id: 'Endpoint', path: [...TRAFFIC, 'CanarySize', 'Type'], value: 'PERCENT', finders: ['values'] },
  { id: 'Endpoint', path: [...TRAFFIC, 'CanarySize', 'Value'], value: undefined, finders: BOTH },
  { id: 'Endpoint', path: ['Tags', 0, 'Value'], value: undefined, finders: BOTH },
  { id: 'Target', path: ['MaxCapacity'], value: undefined, finders: ['names'] },
  { id: 'Target', path: ['ScalableDimension'], value: 'sagemaker:variant:DesiredInstances', finders: ['values'] },
  { id: 'Target', path: ['ServiceNamespace'], value: 'SageMaker', finders: ['values'] },
  { id: 'Target', path: ['ScheduledActions', 0, 'ScheduledActionName'], value: undefined, finders: BOTH },
  { id: 'Target', path: ['ScheduledActions', 0, 'Cron'], value: '* * * * *', finders: BOTH },
  { id: 'Policy', path: ['PolicyName'], value: undefined, finders: BOTH },
  { id: 'Policy', path: ['PolicyType'], value: 'Tracking', finders: ['values'] },
  { id: 'Policy', path: [...TRACKING, 'PredefinedMetricSpecification', 'PredefinedMetricType'], value: 'SageMakerInvocations', finders: ['values'] },
  { id: 'Policy', path: [...TRACKING, 'TargetValue'], value: undefined, finders: BOTH },
  { id: 'Policy', path: [...TRACKING, 'TargetValue'], value: '900', finders: BOTH },
];

/** SOUND with one mistake in it. */
export function withMistake({ id, path, value }: Planted): Template {
  const template = structuredClone(SOUND);
  let holder = template.Resources[id].Properties as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) holder = holder[step] as Record<string | number, unknown>;
  const last = path[path.length - 1];
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return template;
}

/** Where a finding has to point: at the property, or at its holder when the property is missing or unknown. */
export function placeOf({ id, path }: Planted): string {
  return [id, ...path.slice(0, -1)].join('.');
}
