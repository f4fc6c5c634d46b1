import { Stack, Validations, type StackProps } from 'aws-cdk-lib';
import {
  AcceleratorInstance, InferenceEndpoint, ModelSource, ServedModel, ServingImage,
} from 'cdk-accelerators';
import type { Construct } from 'constructs';

export interface EmbeddingsStackProps extends StackProps {
  /** Where the model compiled for Inferentia2 lies, e.g. `s3://my-bucket/bge-base/model.tar.gz`. */
  readonly compiledModelUri: string;
}

/**
 * A BERT-class encoder on one endpoint with two variants: NVIDIA A10G takes the
 * traffic, Inferentia2 runs beside it at weight 0 until you shift traffic to it.
 */
export class EmbeddingsStack extends Stack {
  public readonly endpoint: InferenceEndpoint;

  constructor(scope: Construct, id: string, props: EmbeddingsStackProps) {
    super(scope, id, props);

    const source = ModelSource.huggingFace('BAAI/bge-base-en-v1.5', {
      revision: 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a',
    });
    const compiled = ModelSource.s3Uri(props.compiledModelUri);

    this.endpoint = new InferenceEndpoint(this, 'Embeddings');
    this.endpoint.addVariant('gpu', {
      model: ServedModel.onGpu(source, {
        image: ServingImage.HF_INFERENCE_2_6_GPU,
        settings: { task: 'feature-extraction' },
      }),
      instanceType: AcceleratorInstance.G5_XLARGE,
      weight: 1,
      scaling: { minInstances: 2, maxInstances: 8, invocationsPerInstance: 900 },
    });
    this.endpoint.addVariant('inferentia2', {
      model: ServedModel.onNeuron(compiled, {
        image: ServingImage.HF_INFERENCE_2_8_NEURONX,
        settings: { task: 'feature-extraction', batchSize: 4, sequenceLength: 128 },
      }),
      instanceType: AcceleratorInstance.INF2_XLARGE,
      weight: 0,
      scaling: { minInstances: 1, maxInstances: 6, invocationsPerInstance: 1800 },
    });

    // cdk-nag (AwsSolutions): the wildcards that the execution roles keep, and why.
    Validations.of(this.endpoint).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken knows no resources; the pull itself is limited to the one repository of the image',
    });
    // acknowledge() refuses an id with more than one "::", which every finding on an ARN has: the same record, made directly
    this.endpoint.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, {
      'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:us-east-1:<AWS::AccountId>:log-group:/aws/sagemaker/Endpoints/*]':
        'SageMaker names the log group after the endpoint, whose generated name is known only after the role; the prefix holds endpoint logs alone',
    });
  }
}
