import { Stack, type StackProps } from 'aws-cdk-lib';
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
  }
}
