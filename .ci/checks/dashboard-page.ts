/** Writes pages of dashboards into the directory that is given: a good one, ones with planted mistakes, and those of an app. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import {
  AcceleratorInstance, AcceleratorKind, BenchmarkDataset, EndpointBenchmark, EndpointDashboard, EndpointMetrics, FleetDashboard, InferenceEndpoint, MigrationDashboard, MigrationGate, NeuronUtilization, ServedModel, ShiftPlan, TrafficMigration, TrainingCode,
  TrainingDashboard, TrainingImage, TrainingJob, VariantMetrics, type TrainingRung,
} from 'cdk-accelerators';
import { MeasuredStack } from '../../examples/measured/stack';
import { dashboardsOf, templatesAt, type Body, type Dashboard, type Properties } from '../../scripts/render-dashboard/body';
import { pageOf } from '../../scripts/render-dashboard/page';
import { DASHBOARD } from '../../test/scripts/render-dashboard/fixture';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: dashboard-page.ts DIRECTORY');
for (const folder of ['planted', 'pages']) mkdirSync(join(directory, folder), { recursive: true });

const write = (name: string, dashboard: Dashboard, width?: number) => writeFileSync(join(directory, `${name}.html`), pageOf(dashboard, width).html);
write('good', DASHBOARD);

/** The good one with other properties in the widget of this title. */
const changed = (title: string, properties: Partial<Properties>, place: object = {}): Body => ({
  ...DASHBOARD.body,
  widgets: DASHBOARD.body.widgets.map((widget) => (widget.properties.title ?? '') === title ? { ...widget, ...place, properties: { ...widget.properties, ...properties } } : widget),
});

const many = Array.from({ length: 30 }, (_each, index) => ['CdkAccelerators/TrafficMigration', 'WantedShare', 'Migration', 'to-inf2', { label: `a line with a long name ${index}` }]);

/** What is wrong, and a part of what has to be said of it. */
const PLANTED: Readonly<Record<string, readonly [body: Body, found: string]>> = {
  'metric': [changed('Share of requests', { metrics: [['CdkAccelerators/TrafficMigration', 'WantedShares', 'Migration', 'to-inf2', { label: 'wanted' }]] }), 'Share of requests: no data for "wanted"'],
  'dimension': [changed('Cost of the last run', { metrics: [['CdkAccelerators/Training', 'Cost', 'Job', 'nightly']] }), 'Cost of the last run: nothing is drawn'],
  'search': [changed('Use of GPUs by the jobs', { metrics: [[{ expression: "SEARCH('{/aws/sagemaker/TrainingJobs,Job} GPUUtilization', 'Average', 300)", id: 's' }]] }), 'Use of GPUs by the jobs: nothing is drawn'],
  'untitled': [changed('Latency', { title: undefined }), 'widget 3 (metric): no title'],
  'axis': [changed('Latency', { yAxis: {} }), 'Latency: no label on the left axis'],
  'right-axis': [changed('Requests still needed and errors', { yAxis: { left: { label: 'requests' } } }), 'Requests still needed and errors: no label on the right axis'],
  'unit': [changed('Latency', { yAxis: { left: { label: 'value' } } }), 'Latency: no unit in the label "value" of the left axis'],
  'single-unit': [changed('Evidence for the step', { metrics: [['CdkAccelerators/TrafficMigration', 'EvidenceFor', 'Migration', 'to-inf2', { label: 'evidence' }]], title: 'Evidence' }), 'Evidence: no unit in its title'],
  'title-long': [changed('Cost of the last run', { title: 'Cost of the last run of the training, with all the tries before it, in USD' }), 'in USD" is cut off'],
  'text-long': [changed('', { markdown: Array.from({ length: 9 }, (_each, index) => `line ${index}`).join('\n\n') }), '"line 8" is cut off'],
  'legend': [changed('Requests still needed and errors', { metrics: many, legend: { position: 'bottom' }, yAxis: { left: { label: '%' } } }), '"a line with a long name 29" is cut off'],
  'legendless': [changed('Requests per minute', { legend: { position: 'hidden' } }), 'Requests per minute: several lines and no legend'],
  'marks': [changed('Latency', { annotations: { horizontal: [{ value: 110, label: 'promised' }, { value: 111, label: 'wanted' }] } }), '"promised" lies over "wanted"'],
  'over': [changed('Events', {}, { x: 4 }), 'Alarms: lies over Events'],
  'outside': [changed('Events', {}, { x: 12 }), 'scrolls sideways'],
  'low': [changed('Requests per minute', {}, { height: 2 }), 'Requests per minute: a chart is'],
  'no-alarm': [changed('Alarms', { alarms: [] }), 'Alarms: no alarm'],
  'no-column': [changed('Events', { query: 'fields @timestamp, colour' }), 'Events: nothing in the column colour'],
  'no-text': [changed('', { markdown: '' }), 'widget 1 (text): no text'],
};
for (const [name, [body]] of Object.entries(PLANTED)) write(`planted/${name}`, { ...DASHBOARD, body });
writeFileSync(join(directory, 'planted/expected.txt'), Object.entries(PLANTED).map(([name, [, found]]) => `${name}|${found}\n`).join(''));

/** All dashboards of the library over one app: what the pictures of the documentation show. */
function app(outdir: string): void {
  const stack = new Stack(new App({ outdir }), 'Dashboards', { env: { region: 'us-east-1' } });
  const variant = (of: InferenceEndpoint, name: string, kind: AcceleratorKind, instanceType: AcceleratorInstance, weight: number) => of.addVariant(name, {
    model: ServedModel.existing({ modelName: `${of.node.id}-${name}` }, { kind }), instanceType, weight, scaling: { minInstances: 1, maxInstances: 8, invocationsPerInstance: 900 },
  });
  const metricsOf = (endpoint: InferenceEndpoint) => new EndpointMetrics(endpoint, {
    variants: endpoint.variants.map((one) => new VariantMetrics(one, one.instanceType.isNeuron ? { neuronUtilization: NeuronUtilization.fromNamespace(`${endpoint.node.id}/${one.variantName}`) } : {})),
  });
  const embeddings = new InferenceEndpoint(stack, 'Embeddings', { endpointName: 'embeddings' });
  const gpu = variant(embeddings, 'gpu', AcceleratorKind.GPU, AcceleratorInstance.G5_XLARGE, 1);
  const inferentia2 = variant(embeddings, 'inferentia2', AcceleratorKind.NEURON, AcceleratorInstance.INF2_XLARGE, 0);
  const migration = new TrafficMigration(stack, 'Migration', {
    migrationName: 'embeddings-to-inf2',
    from: gpu,
    to: inferentia2,
    plan: ShiftPlan.steps([1, 5, 25, 50], { dwell: Duration.minutes(10), bake: Duration.minutes(30) }),
    gates: [MigrationGate.unmeasuredVersion('an app to draw')],
  });
  const benchmark = new EndpointBenchmark(stack, 'Benchmark', {
    benchmarkName: 'embeddings',
    targets: [{ variant: gpu, usdPerHour: 1.408 }, { variant: inferentia2, usdPerHour: 0.99 }],
    dataset: BenchmarkDataset.fromFile(join(__dirname, '../../examples/measured/data/questions.jsonl')),
    load: { concurrency: 16 },
  });
  const reranker = new InferenceEndpoint(stack, 'Reranker', { endpointName: 'reranker' });
  variant(reranker, 'gpu', AcceleratorKind.GPU, AcceleratorInstance.G6_XLARGE, 1);
  variant(reranker, 'inferentia2', AcceleratorKind.NEURON, AcceleratorInstance.INF2_XLARGE, 0);
  // CloudFormation names it.
  const classifier = new InferenceEndpoint(stack, 'Classifier');
  variant(classifier, 'trainium', AcceleratorKind.NEURON, AcceleratorInstance.TRN1_2XLARGE, 1);
  // Four side by side; the second one has no price in the book.
  const ranker = new InferenceEndpoint(stack, 'Ranker', { endpointName: 'ranker-of-the-shop' });
  variant(ranker, 'a10g', AcceleratorKind.GPU, AcceleratorInstance.G5_XLARGE, 2);
  variant(ranker, 'h200-in-one-region', AcceleratorKind.GPU, AcceleratorInstance.P5E_48XLARGE, 1);
  variant(ranker, 'inferentia2', AcceleratorKind.NEURON, AcceleratorInstance.INF2_XLARGE, 1);
  variant(ranker, 'trainium', AcceleratorKind.NEURON, AcceleratorInstance.TRN1_2XLARGE, 1);
  const shadowed = new InferenceEndpoint(stack, 'Shadowed', { endpointName: 'shadowed' });
  variant(shadowed, 'gpu', AcceleratorKind.GPU, AcceleratorInstance.G5_XLARGE, 1);
  shadowed.addShadowVariant('inferentia2-shadow', { model: ServedModel.existing({ modelName: 'shadow' }, { kind: AcceleratorKind.NEURON }), instanceType: AcceleratorInstance.INF2_XLARGE, samplingPercentage: 10 });
  const trained = (id: string, trainingName: string, rungs: TrainingRung[]) => new TrainingJob(stack, id, {
    trainingName,
    code: TrainingCode.fromDirectory(join(__dirname, '../../examples/train-gpu/script'), { entryPoint: 'train.py' }),
    maxRuntime: Duration.hours(4),
    rungs: rungs.map((rung) => ({ ...rung, usdPerHour: 1.4 })),
    metricDefinitions: [{ name: 'tokens_per_second', regex: 'tokens/s=([0-9.]+)' }],
  });
  const nightly = trained('Training', 'classifier-nightly', [AcceleratorInstance.G6_XLARGE, AcceleratorInstance.G5_XLARGE].map((instanceType) => ({ instanceType, image: TrainingImage.PYTORCH_2_12_GPU })));
  const onTrainium = trained('OnTrainium', 'trainium-nightly', [AcceleratorInstance.TRN1_32XLARGE, AcceleratorInstance.TRN1N_32XLARGE].map((instanceType) => ({ instanceType, image: TrainingImage.HF_PYTORCH_2_8_NEURONX })));

  new EndpointDashboard(stack, 'EndpointDashboard', { dashboardName: 'endpoint', endpoint: embeddings, metrics: metricsOf(embeddings), migration, benchmark, streaming: true, p99Limit: Duration.millis(150) });
  new MigrationDashboard(stack, 'MigrationDashboard', { dashboardName: 'migration', migration, endpointMetrics: metricsOf(embeddings) });
  new TrainingDashboard(stack, 'TrainingDashboard', { dashboardName: 'training', trainings: [nightly] });
  new FleetDashboard(stack, 'FleetDashboard', { dashboardName: 'fleet', endpoints: [embeddings, reranker, classifier].map((endpoint) => new EndpointMetrics(endpoint, { period: Duration.minutes(5) })), alarms: [migration.needsAttentionAlarm, migration.watchdogAlarm, benchmark.runsFailedAlarm] });
  // With as little as there may be, and with more than usual.
  new EndpointDashboard(stack, 'SingleDashboard', { dashboardName: 'single', endpoint: classifier });
  new EndpointDashboard(stack, 'ShadowDashboard', { dashboardName: 'shadow', endpoint: shadowed });
  new EndpointDashboard(stack, 'ManyDashboard', { dashboardName: 'many', endpoint: ranker, metrics: metricsOf(ranker) });
  new TrainingDashboard(stack, 'TrainingsDashboard', { dashboardName: 'trainings', trainings: [onTrainium, nightly] });
  new MeasuredStack(stack.node.root as App, 'Measured', { env: { region: 'us-east-1' } });
  (stack.node.root as App).synth();
}
app(join(directory, 'cdk.out'));
for (const dashboard of dashboardsOf(templatesAt(join(directory, 'cdk.out')))) {
  for (const width of [1440, 1000]) write(`pages/${dashboard.name}-${width}`, dashboard, width);
}
