import { Annotations, Duration, Size, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import {
  AcceleratorInstance, DeploymentStrategy, FleetPortion, InferenceEndpoint, ModelSource, ServedModel, ServingImage,
} from 'cdk-accelerators';
import type { Construct } from 'constructs';

/**
 * An 8B language model behind vLLM on both sides: NVIDIA L40S takes the traffic,
 * Inferentia2 runs beside it at weight 0. Updates go out as a canary and roll
 * back when the GPU variant answers with errors.
 */
export class LlmStack extends Stack {
  public readonly endpoint: InferenceEndpoint;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const source = ModelSource.huggingFace('meta-llama/Llama-3.1-8B-Instruct', {
      revision: '0e9e39f249a16976918f6564b8830bc894c89659',
      // A gated model: a token of an account that accepted its licence, as plain text in this secret.
      tokenSecret: secretsmanager.Secret.fromSecretNameV2(this, 'HubToken', 'huggingface/token'),
      profile: { parametersBillion: 8.03, bytesPerParameter: 2, attentionHeads: 32, keyValueHeads: 8 },
    });

    this.endpoint = new InferenceEndpoint(this, 'Llm', {
      // A fixed name lets the rollback alarm below watch this endpoint's own metrics.
      endpointName: 'llama-3-1-8b',
      deployment: DeploymentStrategy.canary({ canarySize: FleetPortion.percent(25), waitInterval: Duration.minutes(15) }),
    });
    const gpu = this.endpoint.addVariant('gpu', {
      model: ServedModel.onGpu(source, {
        image: ServingImage.HF_VLLM_0_25_1_GPU,
        settings: { sequenceLength: 4096, maxConcurrentRequests: 64 },
      }),
      instanceType: AcceleratorInstance.G6E_2XLARGE,
      fallbackInstances: [{ instanceType: AcceleratorInstance.G6E_4XLARGE }],
      weight: 1,
      scaling: { minInstances: 2, maxInstances: 6, concurrentRequestsPerInstance: 24 },
    });
    this.endpoint.addVariant('inferentia2', {
      model: ServedModel.onNeuron(source, {
        image: ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX,
        // Shapes that Hugging Face's public cache holds compiled; others compile at every start.
        settings: { task: 'text-generation', tensorParallelDegree: 8, batchSize: 32, sequenceLength: 4096 },
      }),
      instanceType: AcceleratorInstance.INF2_48XLARGE,
      volumeSize: Size.gibibytes(256),
      weight: 0,
      scaling: { minInstances: 1, maxInstances: 3, concurrentRequestsPerInstance: 32 },
    });

    // After the variants: it silences the warnings that are there.
    Annotations.of(this.endpoint).acknowledgeWarning('cdk-accelerators:scalingWithFixedName', 'New hardware comes as a new variant here');

    this.endpoint.addRollbackAlarm(new cloudwatch.Alarm(this, 'GpuErrors', {
      alarmName: 'llama-3-1-8b-gpu-errors',
      alarmDescription: 'The GPU variant answers with errors: a running update is rolled back',
      metric: gpu.metricInvocation5XXErrors(),
      threshold: 5,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }));

    // cdk-nag (AwsSolutions): the wildcards that the execution roles keep, and why.
    Validations.of(this.endpoint).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken knows no resources; the pull itself is limited to the one repository of the image',
    });
    // acknowledge() refuses an id with more than one "::", which every finding on an ARN has: the same record, made directly
    this.endpoint.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, {
      'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:us-east-1:<AWS::AccountId>:log-group:/aws/sagemaker/Endpoints/llama-3-1-8b:log-stream:*]':
        'SageMaker names a log stream after variant and instance, and instances come and go; the log group is the one of this endpoint',
    });
  }
}
