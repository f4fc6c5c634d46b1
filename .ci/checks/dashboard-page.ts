/** Writes pages of dashboards into the directory that is given: a good one, ones with planted mistakes, and those of an app. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import {
  AcceleratorInstance, AcceleratorKind, EndpointDashboard, FleetDashboard, InferenceEndpoint, MigrationDashboard, MigrationGate, ServedModel, ShiftPlan, TrafficMigration, TrainingCode, TrainingDashboard,
  TrainingImage, TrainingJob,
} from 'cdk-accelerators';
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
  const embeddings = new InferenceEndpoint(stack, 'Embeddings', { endpointName: 'embeddings' });
  const migration = new TrafficMigration(stack, 'Migration', {
    migrationName: 'embeddings-to-inf2',
    from: variant(embeddings, 'gpu', AcceleratorKind.GPU, AcceleratorInstance.G5_XLARGE, 1),
    to: variant(embeddings, 'inferentia2', AcceleratorKind.NEURON, AcceleratorInstance.INF2_XLARGE, 0),
    plan: ShiftPlan.steps([1, 5, 25, 50], { dwell: Duration.minutes(10), bake: Duration.minutes(30) }),
    gates: [MigrationGate.unmeasuredVersion('an app to draw')],
  });
  const reranker = new InferenceEndpoint(stack, 'Reranker', { endpointName: 'reranker' });
  variant(reranker, 'gpu', AcceleratorKind.GPU, AcceleratorInstance.G6_XLARGE, 1);
  variant(reranker, 'inferentia2', AcceleratorKind.NEURON, AcceleratorInstance.INF2_XLARGE, 0);
  // CloudFormation names it.
  const classifier = new InferenceEndpoint(stack, 'Classifier');
  variant(classifier, 'trainium', AcceleratorKind.NEURON, AcceleratorInstance.TRN1_2XLARGE, 1);
  const training = new TrainingJob(stack, 'Training', {
    trainingName: 'classifier-nightly',
    code: TrainingCode.fromDirectory(join(__dirname, '../../examples/train-gpu/script'), { entryPoint: 'train.py' }),
    maxRuntime: Duration.hours(4),
    rungs: [AcceleratorInstance.G6_XLARGE, AcceleratorInstance.G5_XLARGE].map((instanceType) => ({ instanceType, image: TrainingImage.PYTORCH_2_12_GPU, usdPerHour: 1.4 })),
    metricDefinitions: [{ name: 'tokens_per_second', regex: 'tokens/s=([0-9.]+)' }],
  });

  new EndpointDashboard(stack, 'EndpointDashboard', { dashboardName: 'endpoint', endpoint: embeddings, migration, firstRequest: { benchmarkName: 'embeddings', streaming: true } });
  new MigrationDashboard(stack, 'MigrationDashboard', { dashboardName: 'migration', migration });
  new TrainingDashboard(stack, 'TrainingDashboard', { dashboardName: 'training', trainings: [training] });
  new FleetDashboard(stack, 'FleetDashboard', { dashboardName: 'fleet', endpoints: [embeddings, reranker, classifier] });
  // With as little as there may be.
  new EndpointDashboard(stack, 'SingleDashboard', { dashboardName: 'single', endpoint: classifier });
  (stack.node.root as App).synth();
}
app(join(directory, 'cdk.out'));
for (const dashboard of dashboardsOf(templatesAt(join(directory, 'cdk.out')))) {
  for (const width of [1440, 1000]) write(`pages/${dashboard.name}-${width}`, dashboard, width);
}
