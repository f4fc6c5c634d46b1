/** The same endpoint with L1s only: the least that CDK needs to write these resources. `synth.ts` shows that the templates are equal. */
import { Aws } from 'aws-cdk-lib';
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnEndpoint, CfnEndpointConfig, CfnModel } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';

interface Variant {
  readonly name: string;
  readonly instanceType: string;
  readonly repository: string;
  readonly tag: string;
  readonly ami: string;
  readonly environment: Record<string, string>;
  readonly archive?: string;
  readonly weight: number;
  readonly timeoutSeconds: number;
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly invocationsPerInstance: number;
}

const REGION = 'us-east-1';
const ACCOUNT = '763104351884';
const VARIANTS: Variant[] = [
  {
    name: 'gpu',
    instanceType: 'ml.g5.xlarge',
    repository: 'huggingface-pytorch-inference',
    tag: '2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04',
    ami: 'al2-ami-sagemaker-inference-gpu-3-1',
    environment: {
      HF_MODEL_ID: 'BAAI/bge-base-en-v1.5',
      HF_MODEL_REVISION: 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a',
      HF_TASK: 'feature-extraction',
    },
    weight: 1,
    timeoutSeconds: 600,
    minInstances: 2,
    maxInstances: 8,
    invocationsPerInstance: 900,
  },
  {
    name: 'inferentia2',
    instanceType: 'ml.inf2.xlarge',
    repository: 'huggingface-pytorch-inference-neuronx',
    tag: '2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04',
    ami: 'al2-ami-sagemaker-inference-neuron-2',
    environment: { HF_OPTIMUM_BATCH_SIZE: '4', HF_OPTIMUM_SEQUENCE_LENGTH: '128', HF_TASK: 'feature-extraction' },
    archive: 'amzn-s3-demo-bucket/bge-base-en-v1.5/neuron/model.tar.gz',
    weight: 0,
    timeoutSeconds: 1800,
    minInstances: 1,
    maxInstances: 6,
    invocationsPerInstance: 1800,
  },
];

export function addEndpoint(parent: Construct, id: string): void {
  const scope = new Construct(parent, id);
  const models = VARIANTS.map((variant) => addModel(scope, variant));
  const config = new CfnEndpointConfig(scope, 'Config', {
    productionVariants: VARIANTS.map((variant, i) => ({
      variantName: variant.name,
      modelName: models[i].attrModelName,
      instanceType: variant.instanceType,
      initialInstanceCount: variant.minInstances,
      initialVariantWeight: variant.weight,
      inferenceAmiVersion: variant.ami,
      containerStartupHealthCheckTimeoutInSeconds: variant.timeoutSeconds,
      modelDataDownloadTimeoutInSeconds: variant.timeoutSeconds,
      routingConfig: { routingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
    })),
  });
  config.addPropertyOverride('MetricsConfig', {
    EnableEnhancedMetrics: false,
    EnableDetailedObservability: false,
    MetricPublishFrequencyInSeconds: 60,
  });
  const endpoint = new CfnEndpoint(scope, 'Endpoint', {
    endpointConfigName: config.attrEndpointConfigName,
    retainAllVariantProperties: true,
  });
  for (const variant of VARIANTS) addScaling(scope, endpoint, variant);
}

function addModel(scope: Construct, variant: Variant): CfnModel {
  const role = new CfnRole(scope, `${variant.name}Role`, {
    description: `Runs a SageMaker model on ${variant.instanceType}`,
    assumeRolePolicyDocument: {
      Statement: [{
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
        Effect: 'Allow',
        Principal: { Service: 'sagemaker.amazonaws.com' },
      }],
      Version: '2012-10-17',
    },
    policies: [{
      policyName: 'Model',
      policyDocument: {
        Statement: [
          ...(variant.archive === undefined ? [] : [{ Action: 's3:GetObject', Effect: 'Allow', Resource: `arn:${Aws.PARTITION}:s3:::${variant.archive}` }]),
          {
            Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
            Effect: 'Allow',
            Resource: `arn:${Aws.PARTITION}:ecr:${REGION}:${ACCOUNT}:repository/${variant.repository}`,
          },
          { Action: 'ecr:GetAuthorizationToken', Effect: 'Allow', Resource: '*' },
          {
            Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
            Effect: 'Allow',
            Resource: `arn:${Aws.PARTITION}:logs:${REGION}:${Aws.ACCOUNT_ID}:log-group:/aws/sagemaker/Endpoints/*`,
          },
        ],
        Version: '2012-10-17',
      },
    }],
  });
  return new CfnModel(scope, `${variant.name}Model`, {
    executionRoleArn: role.attrArn,
    primaryContainer: {
      image: `${ACCOUNT}.dkr.ecr.${REGION}.${Aws.URL_SUFFIX}/${variant.repository}:${variant.tag}`,
      environment: variant.environment,
      modelDataUrl: variant.archive && `s3://${variant.archive}`,
    },
  });
}

function addScaling(scope: Construct, endpoint: CfnEndpoint, variant: Variant): void {
  const target = new CfnScalableTarget(scope, `${variant.name}Target`, {
    serviceNamespace: 'sagemaker',
    scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
    resourceId: `endpoint/${endpoint.attrEndpointName}/variant/${variant.name}`,
    minCapacity: variant.minInstances,
    maxCapacity: variant.maxInstances,
    roleArn: `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
  });
  new CfnScalingPolicy(scope, `${variant.name}Scaling`, {
    policyName: `${scope.node.id}${variant.name}Scaling`,
    policyType: 'TargetTrackingScaling',
    scalingTargetId: target.ref,
    targetTrackingScalingPolicyConfiguration: {
      predefinedMetricSpecification: { predefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
      targetValue: variant.invocationsPerInstance,
    },
  });
}
