/** The measured endpoint with a migration between its variants, as a user of this library writes it. */
import { AcceleratorInstance, InferenceEndpoint, MigrationGate, ModelSource, ServedModel, ServingImage, ShiftPlan, TrafficMigration } from 'cdk-accelerators';
import type { Construct } from 'constructs';

export function addEndpoint(scope: Construct, id: string): void {
  const endpoint = new InferenceEndpoint(scope, id);
  const from = endpoint.addVariant('gpu', {
    model: ServedModel.onGpu(ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a' }), {
      image: ServingImage.HF_INFERENCE_2_6_GPU,
      settings: { task: 'feature-extraction' },
    }),
    instanceType: AcceleratorInstance.G5_XLARGE,
    weight: 1,
    scaling: { minInstances: 2, maxInstances: 8, invocationsPerInstance: 900 },
  });
  const to = endpoint.addVariant('inferentia2', {
    model: ServedModel.onNeuron(ModelSource.s3Uri('s3://amzn-s3-demo-bucket/bge-base-en-v1.5/neuron/model.tar.gz'), {
      image: ServingImage.HF_INFERENCE_2_8_NEURONX,
      settings: { task: 'feature-extraction', batchSize: 4, sequenceLength: 128 },
    }),
    instanceType: AcceleratorInstance.INF2_XLARGE,
    weight: 0,
    scaling: { minInstances: 1, maxInstances: 6, invocationsPerInstance: 1800 },
  });
  new TrafficMigration(scope, `${id}Migration`, { from, to, plan: ShiftPlan.steps([5, 10, 25, 50, 80]), gates: [MigrationGate.unmeasuredVersion('a synth benchmark measures no models')] });
}
