/** Writes reports of very different runs into the directory that is given: what the browser is then shown. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportData, reportHtml } from '../../src/benchmark/core/report';
import type { BaselineRecord, BenchmarkConfig } from '../../src/benchmark/core/types';
import { configOf, failedRecordOf, NOW, record, target } from '../../test/benchmark/core/builders';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: report-page.ts DIRECTORY');
mkdirSync(directory, { recursive: true });

function write(name: string, records: readonly BaselineRecord[], over: Partial<BenchmarkConfig> = {}, before: readonly BaselineRecord[] = []): void {
  writeFileSync(join(directory, `${name}.html`), reportHtml(reportData(configOf({ benchmark: 'embeddings', endpoint: 'embeddings', ...over }), '5b2c1f0a-7d3e-4f56-9a8b-0c1d2e3f4a5b', records, before, NOW)));
}

const image = (name: string) => ({ image: `763104351884.dkr.ecr.us-east-1.amazonaws.com/${name}@sha256:${'0123456789abcdef'.repeat(4)}` });
const gpuVersion = { modelName: 'Measured-EmbeddingsgpuModel1A2B3C4D-aB3dE6gH9jK2', instanceType: 'ml.g5.xlarge', precision: 'fp32', ...image('huggingface-pytorch-inference') };
const neuronVersion = { modelName: 'Measured-Embeddingsinferentia2Model5E6F7A8B-kL5mN8pQ1rS4', instanceType: 'ml.inf2.xlarge', precision: 'bf16', label: 'v7', ...image('huggingface-pytorch-inference-neuronx') };
const gpu = record('gpu', { inputs: 121, usd: 0.0032, p99: 97, firstRequestMs: 140, version: gpuVersion });
const neuron = record('inferentia2', { inputs: 184, usd: 0.0015, p99: 60, firstRequestMs: 310, version: neuronVersion, errors: { count: 2, rate: 0.002, byKind: { 'ModelError 500': 1, 'ThrottlingException': 1 } } });
const batch = (batchSize: number, inputs: number, p99: number, usd: number) => record('inferentia2', { round: 2, settings: { batchSize }, inputs, p99, usd, version: neuronVersion });
const earlier = { modelName: 'Measured-Embeddingsinferentia2Model5E6F7A8B-tU7vW0xY3zA6', label: 'v6' };

const targets = [target('gpu'), target('inferentia2', { batchSizes: [1, 4, 64] })];
const tried = [batch(1, 62, 12, 0.0044), batch(4, 121, 31, 0.0023), batch(64, 260, 240, 0.0011)];
write('good', [gpu, neuron, ...tried], { targets, latencyLimitMs: 200 }, [record('gpu', { inputs: 118, usd: 0.0033, p99: 99 }), record('inferentia2', { inputs: 180, usd: 0.00153, p99: 61, version: earlier })]);
write('regressed', [gpu, neuron], { targets: [target('gpu'), target('inferentia2')] }, [
  record('inferentia2', { inputs: 240, usd: 0.0011, p99: 45, version: earlier }), record('gpu', { settings: { concurrency: 8 }, version: gpuVersion }),
]);
const reason = 'ModelError 500: Received server error (500) from inferentia2 with message "{"code":500,"message":"prediction failure","error":"nrt_load failed status_code=4 NRT_RESOURCE: /opt/ml/model/a-file-with-a-very-long-name-and-no-space-in-it-whatsoever-as-compilers-like-them.neff"}". See the logs.';
write('failed', [gpu, failedRecordOf('inferentia2', reason, { version: neuronVersion, requests: 400, errors: { count: 400, rate: 1, byKind: { 'ModelError 500': 399, 'TimeoutError': 1 } } })], { targets: [target('gpu'), target('inferentia2'), target('trainium')] });
write('nothing', [failedRecordOf('gpu', 'the endpoint is Updating', { requests: 0 }), failedRecordOf('inferentia2', reason)], { targets });

const long = (text: string) => `${text}-${'in-a-variant-with-as-long-a-name-as-there-may-be'}-0123456789`.slice(0, 63);
write('long', ['gpu', 'inferentia2', 'trainium', 'cpu'].flatMap((name, i) => [1, 8].map((batchSize, round) => record(long(name), {
  round: round === 0 ? 1 : 2, settings: round === 0 ? {} : { batchSize }, inputs: 1234.5 * (i + 1), p99: 12_345 / (i + 1), version: { modelName: long('m').repeat(1), label: `arn:aws:sagemaker:us-east-1:123456789012:model-package/${long('group')}/12`, ...image('a/b') },
}))), { benchmark: 'a-benchmark-with-a-name-as-long-as-the-names-of-benchmarks-may', endpoint: long('e'), targets: ['gpu', 'inferentia2', 'trainium', 'cpu'].map((name) => target(long(name), { batchSizes: [8] })), latencyLimitMs: 1 });

// One variant without a price; and values far apart.
const { cost: _cost, ...unpriced } = gpu;
write('single', [unpriced], { targets: [target('gpu')] });
write('far-apart', [record('gpu', { inputs: 0.0123, usd: 12_345, p99: 3_600_000, firstRequestMs: 900_000 }), record('inferentia2', { inputs: 98_765, usd: 0.00000012, p99: 0.4, firstRequestMs: 1 })], { targets: [target('gpu'), target('inferentia2')] });
