/** Synthesizes `examples/embeddings` and prints what it would cost, as `npm run demo`. */
import { join, relative } from 'node:path';
import { App } from 'aws-cdk-lib';
import { EndpointEstimate } from 'cdk-accelerators';
import { EmbeddingsStack } from '../examples/embeddings/stack';

const outdir = join(__dirname, '..', 'examples', 'embeddings', 'cdk.out');
const app = new App({ outdir });
const stack = new EmbeddingsStack(app, 'EmbeddingsExample', {
  env: { region: 'us-east-1' },
  description: 'BAAI/bge-base-en-v1.5 on ml.g5.xlarge and ml.inf2.xlarge',
  compiledModelUri: 's3://amzn-s3-demo-bucket/bge-base-en-v1.5/neuron/model.tar.gz',
});
app.synth();

console.log(`\nBAAI/bge-base-en-v1.5 on one endpoint with two variants, synthesized to ${relative(process.cwd(), outdir)}\n`);
console.log(EndpointEstimate.of(stack.endpoint).toTable());
