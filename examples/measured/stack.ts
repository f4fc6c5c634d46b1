import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AcceleratorInstance, AccuracyParity, BenchmarkDataset, EndpointBenchmark, EndpointDashboard, FleetDashboard, InferenceEndpoint, MigrationDashboard, MigrationGate, ModelSource, ParityMetric, ServedModel, ServingImage, ShiftPlan, TrafficMigration,
} from 'cdk-accelerators';
import type { Construct } from 'constructs';
import { acknowledge } from './nag';

/**
 * The practice behind a migration: measure the GPU first, measure Inferentia2 under the same load, compare the answers, and let traffic move only when both are known.
 * Every version of the model is measured again; a deploy makes another version by itself.
 */
export class MeasuredStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const endpoint = new InferenceEndpoint(this, 'Embeddings');
    const gpu = endpoint.addVariant('gpu', {
      model: ServedModel.onGpu(ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a' }), {
        image: ServingImage.HF_INFERENCE_2_6_GPU,
        settings: { task: 'feature-extraction' },
      }),
      instanceType: AcceleratorInstance.G5_XLARGE,
      weight: 1,
      scaling: { minInstances: 2, maxInstances: 8, invocationsPerInstance: 900 },
    });
    const inferentia2 = endpoint.addVariant('inferentia2', {
      model: ServedModel.onNeuron(ModelSource.s3Uri('s3://amzn-s3-demo-bucket/bge-base-en-v1.5/neuron/model.tar.gz'), {
        image: ServingImage.HF_INFERENCE_2_8_NEURONX,
        settings: { task: 'feature-extraction', batchSize: 4, sequenceLength: 128 },
        neuronMetricsNamespace: 'Embeddings/Neuron',
      }),
      instanceType: AcceleratorInstance.INF2_XLARGE,
      weight: 0,
      scaling: { minInstances: 1, maxInstances: 6, invocationsPerInstance: 1800 },
    });

    // Round 1: alike. Round 2: the best batch of each, with a p99 of 200 ms at most.
    const benchmark = new EndpointBenchmark(this, 'Benchmark', {
      benchmarkName: 'embeddings',
      targets: [
        { variant: gpu, usdPerHour: 1.408, precision: 'fp32', batchSizes: [1, 4, 16] },
        { variant: inferentia2, usdPerHour: 0.99, precision: 'bf16', batchSizes: [1, 4] },
      ],
      dataset: BenchmarkDataset.fromFile(join(__dirname, 'data', 'questions.jsonl')),
      load: { concurrency: 16, lengths: { inputTokens: 24 } },
      latencyLimit: Duration.millis(200),
    });

    const parity = new AccuracyParity(this, 'Parity', {
      parityName: 'embeddings',
      reference: gpu,
      candidate: inferentia2,
      goldenSet: BenchmarkDataset.fromFile(join(__dirname, 'data', 'golden.jsonl')),
      metric: ParityMetric.cosineSimilarity(),
      results: { bucket: benchmark.bucket },
    });

    // What nobody measured is not promoted: the gate of the benchmark is there by itself.
    const migration = new TrafficMigration(this, 'Migration', {
      migrationName: 'measured-to-inferentia2',
      from: gpu,
      to: inferentia2,
      plan: ShiftPlan.steps([5, 25, 50], { dwell: Duration.minutes(10) }),
      gates: [MigrationGate.measuredVersion(benchmark), MigrationGate.lambdaFunction(parity.gateFunction)],
    });

    new EndpointDashboard(this, 'EndpointDashboard', {
      endpoint,
      migration,
      firstRequest: { benchmarkName: benchmark.benchmarkName },
      alarms: [benchmark.alarms(inferentia2).throughput, benchmark.alarms(inferentia2).latency, parity.parityFailedAlarm],
    });
    new MigrationDashboard(this, 'MigrationDashboard', { migration });
    new FleetDashboard(this, 'FleetDashboard', { endpoints: [endpoint] });

    acknowledge(this, { endpoint, benchmark, parity, migration });
  }
}
