/** The metrics of migrations, trainings and compilations. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { leaves, thrownBy } from './metrics-support';
import { AcceleratorInstance, type TrainingRung } from '../../src';
import { CompilationMetrics } from '../../src/monitoring/compilation-metrics';
import { MigrationMetrics } from '../../src/monitoring/migration-metrics';
import { TrainingMetrics } from '../../src/monitoring/training-metrics';
import { compiled } from '../compilation/support';
import { migrate } from '../migration/construct-support';
import { newStack, P4D, trained, TRN1 } from '../training/support';

test('metrics of a room take what those of the CDK take', () => {
  const { migration } = migrate();
  const metric = new MigrationMetrics(migration, { period: Duration.minutes(5) }).metricStep({ color: '#aabbcc', statistic: 'Minimum', label: 'mine', period: Duration.hours(1) });
  expect([metric.color, metric.statistic, metric.label, metric.period.toSeconds()]).toEqual(['#aabbcc', 'Minimum', 'mine', 3600]);
  const others = [new TrainingMetrics(trained().training).metricCost({ color: '#aabbcc' }), new CompilationMetrics(compiled().compilation).metricFailures({ color: '#aabbcc' })];
  expect(others.map(({ color, label }) => [color, label])).toEqual([['#aabbcc', 'cost, USD'], ['#aabbcc', 'failed']]);
});

const PERIODS = '1, 5, 10, 20 or 30 seconds, or whole minutes, at most a day';

describe('of a migration', () => {
  const { migration } = migrate();

  test.each<[keyof MigrationMetrics & `metric${string}`, string, string, string]>([
    ['metricWantedShare', 'WantedShare', 'Maximum', 'wanted share'],
    ['metricRealisedShare', 'RealisedShare', 'Average', 'realised share'],
    ['metricEvidenceAgainst', 'EvidenceAgainst', 'Maximum', 'evidence against the newcomer'],
    ['metricEvidenceFor', 'EvidenceFor', 'Maximum', 'evidence for the newcomer'],
    ['metricRequestsNeeded', 'RequestsNeeded', 'Minimum', 'requests needed'],
    ['metricJudgedRequests', 'JudgedRequests', 'Sum', 'requests judged'],
    ['metricJudgedErrors', 'JudgedErrors', 'Sum', 'errors judged'],
    ['metricStep', 'Step', 'Maximum', 'step'],
    ['metricNeedsAttention', 'NeedsAttention', 'Maximum', 'needs attention'],
    ['metricRollbacks', 'Rollbacks', 'Sum', 'rollbacks'],
    ['metricPromotions', 'Promotions', 'Sum', 'promotions'],
  ])('%s', (method, name, statistic, label) => {
    const metric = new MigrationMetrics(migration)[method]() as cloudwatch.Metric;
    expect(leaves(metric)).toEqual([{ namespace: 'CdkAccelerators/TrafficMigration', name, statistic, seconds: 60, dimensions: { Migration: migration.migrationName } }]);
    expect(metric.label).toBe(label);
    expect(leaves(new MigrationMetrics(migration, { period: Duration.minutes(5) })[method]())[0].seconds).toBe(300);
  });

  test.each([[undefined, 'undefined'], ['Migration', '"Migration"'], [{}, 'another object']])('not of %p', (given, got) => {
    expect(thrownBy(() => new MigrationMetrics(given as any))).toBe(`MigrationMetrics: \`migration\`: got ${got}; allowed: a TrafficMigration; fix: give a TrafficMigration`);
  });

  test('not by the second and a half', () => {
    expect(thrownBy(() => new MigrationMetrics(migration, { period: Duration.millis(1500) }))).toBe(`Stack/Migration: \`period\`: got 1.5 seconds; allowed: ${PERIODS}; fix: give e.g. Duration.minutes(1)`);
  });
});

describe('of a compilation', () => {
  const { compilation } = compiled();

  test.each<[keyof CompilationMetrics & `metric${string}`, string, string, string]>([
    ['metricDuration', 'Duration', 'Average', 'run time, seconds'],
    ['metricCompiled', 'Compiled', 'Sum', 'compiled'],
    ['metricCacheHits', 'CacheHits', 'Sum', 'found compiled'],
    ['metricFailures', 'Failures', 'Sum', 'failed'],
  ])('%s', (method, name, statistic, label) => {
    const metric = new CompilationMetrics(compilation)[method]() as cloudwatch.Metric;
    expect(leaves(metric)).toEqual([{ namespace: 'CdkAccelerators/NeuronCompilation', name, statistic, seconds: 60, dimensions: { Compilation: compilation._task._name } }]);
    expect(metric.label).toBe(label);
    expect(leaves(new CompilationMetrics(compilation, { period: Duration.hours(1) })[method]())[0].seconds).toBe(3600);
  });

  test('not of something else', () => {
    expect(thrownBy(() => new CompilationMetrics('Compile' as any))).toBe('CompilationMetrics: `compilation`: got "Compile"; allowed: a NeuronCompilation; fix: give a NeuronCompilation');
  });
});

describe('of a training', () => {
  const { training } = trained({ rungs: [TRN1, P4D] });

  test.each<[keyof TrainingMetrics & `metric${string}`, string, string, string]>([
    ['metricCompletedRuns', 'CompletedRuns', 'Sum', 'completed runs'],
    ['metricFailedRuns', 'FailedRuns', 'Sum', 'failed runs'],
    ['metricSkippedRuns', 'SkippedRuns', 'Sum', 'skipped runs'],
    ['metricDuration', 'Duration', 'Average', 'run time, seconds'],
    ['metricWaitingTime', 'WaitingTime', 'Average', 'waiting time, seconds'],
    ['metricBillableSeconds', 'BillableSeconds', 'Sum', 'billed seconds'],
    ['metricCost', 'Cost', 'Sum', 'cost, USD'],
    ['metricTokensPerSecond', 'TokensPerSecond', 'Average', 'tokens per second'],
    ['metricRungUsed', 'RungUsed', 'Maximum', 'rung'],
    ['metricAttempts', 'Attempts', 'Maximum', 'jobs'],
  ])('%s', (method, name, statistic, label) => {
    const metric = new TrainingMetrics(training)[method]() as cloudwatch.Metric;
    expect(leaves(metric)).toEqual([{ namespace: 'CdkAccelerators/Training', name, statistic, seconds: 60, dimensions: { Training: training.trainingName } }]);
    expect(metric.label).toBe(label);
    expect(leaves(new TrainingMetrics(training, { period: Duration.days(1) })[method]()!)[0].seconds).toBe(86400);
  });

  test.each<[keyof TrainingMetrics & `metric${string}`, string, string, string]>([
    // Of the rungs one has GPUs, and their vCPUs differ.
    ['metricGpuUtilization', 'GPUUtilization', 'GPUs of an instance', ' / 8'],
    ['metricCpuUtilization', 'CPUUtilization', 'CPUs of an instance', ''],
    ['metricMemoryUtilization', 'MemoryUtilization', 'memory of an instance', ''],
  ])('%s searches the instances of its jobs', (method, name, label, by) => {
    const metric = new TrainingMetrics(training, { period: Duration.minutes(5) })[method]() as cloudwatch.SearchExpression;
    expect([metric.expression, metric.period.toSeconds(), metric.searchRegion, metric.label])
      .toEqual([`AVG(SEARCH('{"/aws/sagemaker/TrainingJobs",Host} MetricName="${name}" Host=${training.jobNamePrefix}', 'Average', 300))${by}`, 300, 'us-east-1', label]);
    expect(thrownBy(() => new cloudwatch.Alarm(newStack(), 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 }))).toMatch(/ not supported in CloudWatch Alarms/);
  });

  test('use is of one processor when all rungs have as many', () => {
    const of = (...rungs: TrainingRung[]) => {
      const metrics = new TrainingMetrics(trained({ rungs }).training);
      return [metrics.metricGpuUtilization(), metrics.metricCpuUtilization()].map((one) => /\/ (\d+)$/.exec((one as cloudwatch.SearchExpression | undefined)?.expression ?? '')?.[1]).concat(String(metrics._isNormalised('gpu')), String(metrics._isNormalised('cpu')));
    };
    const G5 = { ...P4D, instanceType: AcceleratorInstance.G5_12XLARGE };
    expect([of(P4D), of(P4D, G5), of(TRN1)]).toEqual([['8', '96', 'true', 'true'], [undefined, undefined, 'false', 'false'], [undefined, String(TRN1.instanceType.vcpu), 'false', 'true']]);
  });

  test.each([['Average', 'AVG'], ['Minimum', 'MIN'], ['Maximum', 'MAX']])('instances are joined by their %s', (over, join) => {
    const metrics = new TrainingMetrics(training);
    expect([metrics.metricGpuUtilization(over)!, metrics.metricCpuUtilization(over), metrics.metricMemoryUtilization(over)].map((one) => (one as cloudwatch.SearchExpression).expression.split('(')[0])).toEqual([join, join, join]);
  });

  test.each([['p99', '"p99"'], ['constructor', '"constructor"'], [null, 'null']])('instances are not joined by %p', (over, got) => {
    expect(thrownBy(() => new TrainingMetrics(training).metricMemoryUtilization(over as string)))
      .toBe(`Stack/Train: \`over\`: got ${got}; allowed: one of Average, Minimum, Maximum; fix: give e.g. Stats.AVERAGE of aws-cdk-lib/aws-cloudwatch`);
  });

  test('there are no GPUs where there are none', () => {
    const neuron = new TrainingMetrics(trained({ rungs: [TRN1] }).training);
    expect([neuron.metricGpuUtilization(), neuron.metricCpuUtilization() === undefined]).toEqual([undefined, false]);
  });

  test('in a stack without a region the search is where the dashboard is', () => {
    expect((new TrainingMetrics(trained({}, newStack({})).training).metricCpuUtilization() as cloudwatch.SearchExpression).searchRegion).toBeUndefined();
  });

  test('not of something else', () => {
    expect(thrownBy(() => new TrainingMetrics(undefined as any))).toBe('TrainingMetrics: `training`: got undefined; allowed: a TrainingJob; fix: give a TrainingJob');
  });

  test('not by the two days', () => {
    expect(thrownBy(() => new TrainingMetrics(training, { period: Duration.days(2) }))).toBe(`Stack/Train: \`period\`: got 172800 seconds; allowed: ${PERIODS}; fix: give e.g. Duration.minutes(1)`);
  });
});
