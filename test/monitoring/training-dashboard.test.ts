import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { bodyProblems, styleProblems, usedMetrics } from './dashboard-body';
import { bodyOf, labelsOf, titlesOf, widgetOf } from './dashboard-support';
import type { TrainingJobProps } from '../../src';
import { isKnown } from '../../src/monitoring/metric-catalogue';
import { TrainingDashboard, type TrainingDashboardProps } from '../../src/monitoring/training-dashboard';
import { TrainingMetrics } from '../../src/monitoring/training-metrics';
import { TrainingWidgets } from '../../src/monitoring/training-widgets';
import { newStack, P4D, train, TRN1 } from '../training/support';

const PRICED: Partial<TrainingJobProps> = {
  trainingName: 'llama',
  rungs: [{ ...TRN1, usdPerHour: 21.5 }, { ...P4D, usdPerHour: 32.77 }],
  metricDefinitions: [{ name: 'tokens_per_second', regex: 'tps=([0-9.]+)' }],
};

function dashboard(training: Partial<TrainingJobProps> = PRICED, props: Partial<TrainingDashboardProps> = {}, stack = newStack()) {
  const job = train(stack, training);
  return { stack, job, made: new TrainingDashboard(stack, 'Dashboard', { trainings: [job], ...props }), body: () => bodyOf(stack) };
}

describe('a dashboard of a training on Trainium, then GPUs', () => {
  const body = dashboard().body();

  test('is what CloudWatch takes, and what a person can read', () => {
    expect(bodyProblems(body)).toEqual([]);
    expect(styleProblems(body)).toEqual([]);
  });

  test('asks only for metrics that exist', () => {
    const used = usedMetrics(body);
    expect(used.filter(({ namespace }) => namespace === 'CdkAccelerators/Training')).toHaveLength(10);
    expect(used.filter(({ namespace }) => namespace === '/aws/sagemaker/TrainingJobs').map(({ name }) => name)).toEqual(['GPUUtilization', 'CPUUtilization', 'MemoryUtilization'].flatMap((name) => [name, name, name]));
    expect(used.filter(({ namespace, name, dimensions, statistic }) => !isKnown(namespace, name, [...dimensions], statistic))).toEqual([]);
  });

  test('shows runs, times, costs and hardware', () => {
    expect(titlesOf(body)).toEqual([
      '# Training llama', 'Alarms of the training',
      'Runs in the time shown, count (1 day)', 'Hardware that made the model, rung (1 day)', 'Jobs of a run, count (1 day)',
      'Run time of the job, h (1 day)', 'Wait for instances, min (1 day)', 'Throughput, tokens per second (1 day)',
      'Billed time, instance hours (1 day)', 'Cost of rungs with a price, USD (1 day)',
      'GPUs, last 14 days, % (1 h)', '### NeuronCore utilisation of jobs', 'CPUs, last 14 days, % (1 h)', 'Memory, last 14 days, % (1 h)',
    ]);
  });

  test('runs are counted by how they ended', () => {
    expect(labelsOf(body, 'Runs')).toEqual(['Completed', 'Failed', 'Skipped']);
    const { view, metrics } = widgetOf(body, 'Runs').properties;
    expect(view).toBe('bar');
    expect(metrics.map(([first, name, { color } = first]: any[]) => [name ?? first.expression, color])).toEqual([
      ['RUNNING_SUM(m1)', '#2ca02c'], ['CompletedRuns', undefined], ['RUNNING_SUM(m2)', '#d62728'], ['FailedRuns', undefined], ['RUNNING_SUM(m3)', '#7f7f7f'], ['SkippedRuns', undefined],
    ]);
  });

  test.each([['Run time', 'm1 / 3600', 'Hours'], ['Wait', 'm1 / 60', 'Minutes'], ['Billed', 'm1 / 3600', 'Instance hours']])('%s is in units of trainings', (title, expression, axis) => {
    const { metrics, yAxis } = widgetOf(body, title).properties;
    expect(metrics[0][0].expression).toBe(expression);
    expect(yAxis.left.label).toBe(axis);
  });

  test('what is searched is shown for as long as a search reaches back', () => {
    for (const title of ['GPUs', 'CPUs', 'Memory']) expect(widgetOf(body, title).properties.start).toBe('-P14D');
    expect(widgetOf(body, 'Run time').properties.start).toBeUndefined();
  });

  test('says what it runs on, and what to do', () => {
    const { markdown } = widgetOf(body, '# Training').properties;
    expect(markdown).toContain('On 0: 1 × ml.trn1.32xlarge, then 1: 1 × ml.p4d.24xlarge');
    for (const entry of ['training-failed', 'training-fallback', 'training-not-stopped']) expect(markdown).toContain(`/docs/runbook.md#${entry})`);
  });

  test('all three alarms are there', () => {
    expect(widgetOf(body, 'Alarms').properties.alarms).toHaveLength(3);
  });

  test('use is three lines, however many jobs there were; of NeuronCores there is a text', () => {
    expect(labelsOf(body, 'GPUs')).toEqual(['Busiest', 'Idlest', 'Average']);
    expect(widgetOf(body, 'GPUs').properties.metrics.map(([{ expression }]: any[]) => expression.replace(/\(SEARCH\(.*\)\)/, ''))).toEqual(['MAX / 8', 'MIN / 8', 'AVG / 8']);
    expect(widgetOf(body, 'GPUs').properties.yAxis.left).toMatchObject({ label: 'Percent', max: 100 });
    expect(widgetOf(body, 'CPUs').properties.yAxis.left).toEqual({ label: 'Percent, 100 for each vCPU', min: 0, showUnits: false });
    expect(widgetOf(body, '### Neuron').properties.markdown).toContain('SageMaker publishes nothing about those of ml.trn1.32xlarge.');
  });

  test('opens at 30 days', () => {
    expect(body.start).toBe('-P30D');
    expect(dashboard(PRICED, { defaultInterval: undefined }).body().start).toBe('-P30D');
  });
});

test('what no rung tells is a text that says what to give', () => {
  const body = dashboard({ rungs: [P4D] }).body();
  expect(widgetOf(body, '### Throughput').properties.markdown).toBe('### Throughput\nNo rung tells it: give the training a metric definition of the name `tokens_per_second`.');
  expect(widgetOf(body, '### Cost').properties.markdown).toBe('### Cost of rungs with a price\nNo rung has a price: give `usdPerHour`.');
  expect(titlesOf(body)).not.toContain('### NeuronCore utilisation of jobs');
  expect(widgetOf(body, 'Alarms').properties.alarms).toHaveLength(2);
});

test('a training on Trainium alone has no chart of GPUs, and a price of 0 is one', () => {
  const body = dashboard({ rungs: [{ ...TRN1, usdPerHour: 0 }] }).body();
  expect(titlesOf(body).filter((title) => title.startsWith('GPUs'))).toEqual([]);
  expect(labelsOf(body, 'Cost of rungs')).toEqual(['Cost']);
});

test('another metric definition is no throughput', () => {
  expect(titlesOf(dashboard({ metricDefinitions: [{ name: 'loss', regex: 'loss=([0-9.]+)' }] }).body())).toContain('### Throughput');
});

test('several trainings stand one below the other, with a period and alarms of their own', () => {
  const stack = newStack();
  const trainings = [train(stack, PRICED), train(stack, { ...PRICED, trainingName: 'other' }, 'Other')];
  const alarm = new cloudwatch.Alarm(stack, 'Alarm', { metric: trainings[0].metricCost(), threshold: 1, evaluationPeriods: 1 });
  new TrainingDashboard(stack, 'Dashboard', { trainings, period: Duration.hours(12), alarms: [alarm] });
  const body = bodyOf(stack);
  expect(bodyProblems(body)).toEqual([]);
  expect(styleProblems(body)).toEqual([]);
  expect(titlesOf(body).filter((title) => title.startsWith('# Training'))).toEqual(['# Training llama', '# Training other']);
  expect(titlesOf(body).filter((title) => title === 'Runs in the time shown, count (12 h)')).toHaveLength(2);
  expect(body.widgets.filter(({ type }) => type === 'alarm').map(({ properties }) => properties.alarms.length)).toEqual([4, 3]);
});

test('rows stand alone in a dashboard of somebody else', () => {
  const stack = newStack();
  const own = new cloudwatch.Dashboard(stack, 'Own');
  own.addWidgets(...TrainingWidgets.cost(new TrainingMetrics(train(stack, PRICED))));
  expect(titlesOf(bodyOf(stack))).toEqual(['Billed time, instance hours (1 min)', 'Cost of rungs with a price, USD (1 min)']);
});

test.each<[unknown, string]>([
  [[], '`trainings`: got none; allowed: a list of at least one TrainingJob; fix: give the trainings to show'],
  ['t', '`trainings`: got no list; allowed: a list of at least one TrainingJob; fix: give the trainings to show'],
  [[{}], '`trainings[0]`: got another object; allowed: a TrainingJob; fix: give a TrainingJob'],
])('trainings %j', (trainings, message) => {
  expect(() => new TrainingDashboard(newStack(), 'D', { trainings: trainings as any })).toThrow(`Stack/D: ${message}`);
});
