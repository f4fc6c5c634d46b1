import { App, Duration, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AcceleratorInstance, CompilationShapes, InferenceEndpoint, ModelSource, NeuronCompilation, ServedModel } from 'cdk-accelerators';

/**
 * A GPU variant and a compiled one in the stack that compiles, so that a compile that fails shows what it does to the rest.
 * `-c sequenceLength=N` is another key; `-c bare=true` leaves the endpoint out.
 */
const app = new App();
const context = (name: string): string | undefined => app.node.tryGetContext(name) as string | undefined;

for (const name of ['CompileOne', 'CompileTwo']) {
  const stack = new Stack(app, name, { env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION } });
  const source = ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a' });
  const compiled = new NeuronCompilation(stack, 'Compile', {
    source,
    shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: Number(context('sequenceLength') ?? 128) }),
    artifacts: { bucket: s3.Bucket.fromBucketName(stack, 'Artifacts', 'compiled-models') },
    timeout: Duration.hours(2),
  });
  if (context('bare') === 'true') continue;
  const endpoint = new InferenceEndpoint(stack, 'Endpoint');
  endpoint.addVariant('gpu', { model: ServedModel.onGpu(source), instanceType: AcceleratorInstance.G5_XLARGE, weight: 1 });
  endpoint.addVariant('inferentia2', { model: ServedModel.onNeuron(compiled), instanceType: AcceleratorInstance.INF2_XLARGE, weight: 0 });
}
app.synth();
