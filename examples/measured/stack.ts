import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import {
  AcceleratorInstance, AccuracyParity, BenchmarkDataset, EndpointBenchmark, EndpointDashboard, EndpointMetrics, EndpointWidgets, FleetDashboard, IdleNeuronCoresAlarm, InferenceEndpoint, MigrationDashboard, MigrationGate,
  ModelSource, NeuronUtilization, ParityMetric, ServedModel, ServingImage, ShiftPlan, TrafficMigration, VariantMetrics,
} from 'cdk-accelerators';
import type { Construct } from 'constructs';
import { acknowledge } from './nag';

/** What an instance-hour costs, for records, alarms and dashboards alike: put your own prices here. */
const USD_PER_HOUR = { gpu: 1.408, inferentia2: 0.99 };

/** A variant that scales while it is measured is a failed measurement. Let them scale when both are measured. */
const PINNED = { minInstances: 2, maxInstances: 2 };

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
      scaling: { ...PINNED, invocationsPerInstance: 900 },
    });
    const inferentia2 = endpoint.addVariant('inferentia2', {
      model: ServedModel.onNeuron(ModelSource.s3Uri('s3://amzn-s3-demo-bucket/bge-base-en-v1.5/neuron/model.tar.gz'), {
        image: ServingImage.HF_INFERENCE_2_8_NEURONX,
        settings: { task: 'feature-extraction', batchSize: 4, sequenceLength: 128 },
        neuronMetricsNamespace: 'Embeddings/Neuron',
      }),
      instanceType: AcceleratorInstance.INF2_XLARGE,
      weight: 0,
      scaling: { ...PINNED, invocationsPerInstance: 1800 },
    });

    // Round 1: alike. Round 2: the best batch of each, with a p99 of 200 ms at most.
    const benchmark = new EndpointBenchmark(this, 'Benchmark', {
      benchmarkName: 'embeddings',
      targets: [
        { variant: gpu, usdPerHour: USD_PER_HOUR.gpu, precision: 'fp32', batchSizes: [1, 4, 16] },
        { variant: inferentia2, usdPerHour: USD_PER_HOUR.inferentia2, precision: 'bf16', batchSizes: [1, 4] },
      ],
      dataset: BenchmarkDataset.fromFile(join(__dirname, 'data', 'questions.jsonl')),
      load: { concurrency: 16, lengths: { inputTokens: 24 } },
      latencyLimit: Duration.millis(200),
      // The GPU serves: run it at a quiet hour. The record says what others sent.
      allowOtherTraffic: true,
      // An alarm goes off when a version is worse than the one before by this much. These are the defaults.
      regressionLimits: { throughputDrop: 0.2, costRise: 0.25, latencyRise: 0.25, errorRateIncrease: 0.01 },
    });

    const parity = new AccuracyParity(this, 'Parity', {
      parityName: 'embeddings',
      reference: gpu,
      candidate: inferentia2,
      goldenSet: BenchmarkDataset.fromFile(join(__dirname, 'data', 'golden.jsonl')),
      metric: ParityMetric.cosineSimilarity(),
      results: { bucket: benchmark.bucket },
    });

    // Traffic waits until both versions were measured and answer alike.
    const migration = new TrafficMigration(this, 'Migration', {
      migrationName: 'measured-to-inferentia2',
      from: gpu,
      to: inferentia2,
      plan: ShiftPlan.steps([5, 25, 50], { dwell: Duration.minutes(10) }),
      gates: [MigrationGate.measuredVersion(benchmark), MigrationGate.sameAnswers(parity)],
    });

    // SageMaker says nothing of NeuronCores. Name and dimension are those that your container publishes: an alarm watches one time series, and no search.
    const cores = new cloudwatch.Metric({ namespace: 'Embeddings/Neuron', metricName: 'NeuronCoreUtilization', dimensionsMap: { VariantName: 'inferentia2' }, unit: cloudwatch.Unit.PERCENT });
    const idle = new IdleNeuronCoresAlarm(this, 'IdleCores', { utilization: cores, requests: inferentia2.metricInvocations() });

    // People hear of a version that is worse, and of runs that came to nothing.
    const people = new sns.Topic(this, 'People', { enforceSSL: true });
    people.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': this.account } } }));
    benchmark.onEvent('Regressed', { eventPattern: { detailType: ['Version Regressed'] }, target: new targets.SnsTopic(people) });
    for (const alarm of [benchmark.runsFailedAlarm, parity.runsFailedAlarm, idle.alarm]) alarm.addAlarmAction(new actions.SnsAction(people));

    const metrics = new EndpointMetrics(endpoint, {
      variants: [
        new VariantMetrics(gpu, { usdPerHour: USD_PER_HOUR.gpu }),
        new VariantMetrics(inferentia2, { usdPerHour: USD_PER_HOUR.inferentia2, neuronUtilization: NeuronUtilization.fromMetric(cores) }),
      ],
    });
    new EndpointDashboard(this, 'EndpointDashboard', {
      endpoint,
      metrics,
      migration,
      benchmark,
      p99Limit: Duration.millis(200),
      alarms: [parity.parityFailedAlarm, parity.runsFailedAlarm, idle.alarm],
    });
    new MigrationDashboard(this, 'MigrationDashboard', { migration, endpointMetrics: metrics });
    new FleetDashboard(this, 'FleetDashboard', { endpoints: [metrics], alarms: [migration.needsAttentionAlarm, benchmark.runsFailedAlarm, idle.alarm] });

    // Rows of these dashboards beside what you have of your own. Titles name the period: the console must not change it.
    const own = new cloudwatch.Dashboard(this, 'OwnDashboard', { periodOverride: cloudwatch.PeriodOverride.INHERIT });
    own.addWidgets(...EndpointWidgets.latency(metrics));
    own.addWidgets(...EndpointWidgets.utilization(metrics));

    acknowledge(this, { endpoint, benchmark, parity, migration });
  }
}
