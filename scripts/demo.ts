/** Synthesizes `examples/embeddings`, prints what it would take and cost, and rehearses its migration, as `npm run demo`. */
import { join, relative } from 'node:path';
import { App } from 'aws-cdk-lib';
import { CompilationEstimate, EndpointEstimate, MigrationRehearsal, RehearsalTraffic } from 'cdk-accelerators';
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

const { isTTY } = process.stdout;
/** A bar that is drawn over itself on a terminal; elsewhere, such as in a log, a line now and then. */
const progress = {
  seedDone(done: number, total: number): void {
    if (isTTY) {
      const filled = Math.round(40 * done / total);
      process.stdout.write(`\r[${'#'.repeat(filled)}${'-'.repeat(40 - filled)}] ${done} of ${total}${done === total ? '\r\u001b[K' : ''}`);
    } else if (done % Math.ceil(total / 4) === 0) {
      console.log(`${done} of ${total} rehearsals`);
    }
  },
};

console.log('\nThe migration from gpu to inferentia2, rehearsed without a call to AWS\n');
const rehearsal = MigrationRehearsal.of(stack.migration, { traffic: RehearsalTraffic.daily(1000, 0.4), progress });
const page = join(outdir, 'rehearsal.html');
rehearsal.writeHtml(page);
console.log(`${isTTY ? '' : '\n'}${rehearsal.toTable()}\n\nCharts and timeline: ${relative(process.cwd(), page)}`);
