/** Synthesizes `examples/embeddings` and prints what it would take and cost, as `npm run demo`. */
import { join, relative } from 'node:path';
import { App } from 'aws-cdk-lib';
import { CompilationEstimate, EndpointEstimate } from 'cdk-accelerators';
import { EmbeddingsModelStack, EmbeddingsStack } from '../examples/embeddings/stack';

const outdir = join(__dirname, '..', 'examples', 'embeddings', 'cdk.out');
const app = new App({ outdir });
const env = { region: 'us-east-1' };
const { compiled } = new EmbeddingsModelStack(app, 'EmbeddingsModel', { env, description: 'BAAI/bge-base-en-v1.5 compiled for Inferentia2' });
const stack = new EmbeddingsStack(app, 'EmbeddingsExample', { env, description: 'BAAI/bge-base-en-v1.5 on ml.g5.xlarge and ml.inf2.xlarge', compiled });
app.synth();

console.log(`\nBAAI/bge-base-en-v1.5, compiled for Inferentia2 and served by one endpoint with two variants, synthesized to ${relative(process.cwd(), outdir)}\n`);
console.log(CompilationEstimate.of(compiled).toTable());
console.log();
console.log(EndpointEstimate.of(stack.endpoint).toTable());
