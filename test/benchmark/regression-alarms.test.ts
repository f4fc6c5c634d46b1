import { Lazy, type Stack } from 'aws-cdk-lib';
import fc from 'fast-check';
import { AlarmWorld } from './alarm-world';
import { benchmarked, refused, templateOf } from './support';
import { alarmed } from './support-metrics';
import { regressionLimitProblems, regressionLimits, type RegressionLimits } from '../../src/benchmark/regression-alarms';
import { problemText } from '../../src/private/problems';

const RUNBOOK = 'https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md';
const WEEK = 7 * 24 * 60;

function world(limits?: RegressionLimits): { all: AlarmWorld; publish: (name: string, value: number, variant?: string) => void } {
  const all = new AlarmWorld(alarmed(limits).stack);
  return { all, publish: (name, value, Variant = 'inf2') => all.publish('CdkAccelerators/Benchmark', name, { Benchmark: 'mine', Variant }, value) };
}

/** What an alarm of inf2 says of a value, some minutes after it was published. */
function verdict(alarm: string, metric: string, value: number, limits?: RegressionLimits): string {
  const { all, publish } = world(limits);
  publish(metric, value);
  all.advance(10);
  return all.state('Alarmsinf2', alarm);
}

describe('an alarm goes off at its limit, and not below', () => {
  test.each<[alarm: string, metric: string, at: number, below: number]>([
    ['ThroughputAlarm', 'ThroughputRatio', 0.8, 0.8001],
    ['CostAlarm', 'CostRatio', 1.25, 1.2499],
    ['LatencyAlarm', 'LatencyRatio', 1.25, 1.2499],
    ['ErrorAlarm', 'ErrorRateIncrease', 0.01, 0.0099],
    ['FailedAlarm', 'FailedMeasurements', 1, 0],
  ])('%s: %s %d, not %d', (alarm, metric, at, below) => {
    expect([verdict(alarm, metric, at), verdict(alarm, metric, below)]).toEqual(['ALARM', 'OK']);
  });

  test.each<[alarm: string, metric: string, worse: number, better: number]>([
    ['ThroughputAlarm', 'ThroughputRatio', 0, 3],
    ['CostAlarm', 'CostRatio', 40, 0.5],
    ['LatencyAlarm', 'LatencyRatio', 40, 0.5],
    ['ErrorAlarm', 'ErrorRateIncrease', 1, -1],
    ['FailedAlarm', 'FailedMeasurements', 3, 0],
  ])('%s: far beyond it, and far from it', (alarm, metric, worse, better) => {
    expect([verdict(alarm, metric, worse), verdict(alarm, metric, better)]).toEqual(['ALARM', 'OK']);
  });

  test('with limits of one\'s own', () => {
    const limits = { throughputDrop: 0.9, costRise: 0.1, latencyRise: 2, errorRateIncrease: 0.3 };
    expect([verdict('ThroughputAlarm', 'ThroughputRatio', 0.1, limits), verdict('ThroughputAlarm', 'ThroughputRatio', 0.1001, limits)]).toEqual(['ALARM', 'OK']);
    expect([verdict('CostAlarm', 'CostRatio', 1.1, limits), verdict('CostAlarm', 'CostRatio', 1.0999, limits)]).toEqual(['ALARM', 'OK']);
    expect([verdict('LatencyAlarm', 'LatencyRatio', 3, limits), verdict('LatencyAlarm', 'LatencyRatio', 2.9999, limits)]).toEqual(['ALARM', 'OK']);
    expect([verdict('ErrorAlarm', 'ErrorRateIncrease', 0.3, limits), verdict('ErrorAlarm', 'ErrorRateIncrease', 0.2999, limits)]).toEqual(['ALARM', 'OK']);
  });
});

describe('between measurements', () => {
  test('nothing is said before the first one', () => {
    const { all } = world();
    all.advance(WEEK);
    expect(all.state('Alarmsinf2', 'ThroughputAlarm')).toBe('INSUFFICIENT_DATA');
  });

  test('what was found out lasts until the next one', () => {
    const { all, publish } = world();
    publish('ThroughputRatio', 0.7);
    all.advance(WEEK);
    expect(all.state('Alarmsinf2', 'ThroughputAlarm')).toBe('ALARM');
    publish('ThroughputRatio', 1.3);
    all.advance(10);
    expect(all.state('Alarmsinf2', 'ThroughputAlarm')).toBe('OK');
    all.advance(WEEK);
    expect(all.state('Alarmsinf2', 'ThroughputAlarm')).toBe('OK');
  });

  test('a failure lasts until it is measured', () => {
    const { all, publish } = world();
    publish('FailedMeasurements', 1);
    all.advance(WEEK);
    expect(all.state('Alarmsinf2', 'FailedAlarm')).toBe('ALARM');
    publish('FailedMeasurements', 0);
    all.advance(10);
    expect(all.state('Alarmsinf2', 'FailedAlarm')).toBe('OK');
  });

  test('of two in a moment the worse one counts', () => {
    const { all, publish } = world();
    for (const value of [0.7, 1.3]) publish('ThroughputRatio', value);
    for (const value of [1.3, 0.7]) publish('CostRatio', value);
    all.advance(10);
    expect([all.state('Alarmsinf2', 'ThroughputAlarm'), all.state('Alarmsinf2', 'CostAlarm')]).toEqual(['ALARM', 'ALARM']);
  });

  test('a variant has alarms of its own', () => {
    const { all, publish } = world();
    publish('ThroughputRatio', 0.7, 'gpu');
    publish('ThroughputRatio', 1, 'inf2');
    all.advance(10);
    expect([all.state('Alarmsgpu', 'ThroughputAlarm'), all.state('Alarmsinf2', 'ThroughputAlarm')]).toEqual(['ALARM', 'OK']);
  });
});

describe('the alarms of a variant', () => {
  const common = { Namespace: 'CdkAccelerators/Benchmark', Dimensions: [{ Name: 'Benchmark', Value: 'mine' }, { Name: 'Variant', Value: 'inf2' }], Period: 300, EvaluationPeriods: 1, TreatMissingData: 'ignore' };
  const than = 'than before: benchmark mine compared the version with the one that was measured before it. Keep the version before, or find out what changed.';
  const alarmsOf = (stack: Stack) => Object.entries(templateOf(stack).Resources)
    .filter(([id, { Type }]) => Type === 'AWS::CloudWatch::Alarm' && id.includes('Alarmsinf2')).map(([, { Properties }]) => Properties!);

  test('say what happened, and where it says what to do', () => {
    const found = Object.fromEntries(alarmsOf(alarmed().stack).map((one) => [one.MetricName, one]));
    expect(found).toEqual({
      ThroughputRatio: { ...common, MetricName: 'ThroughputRatio', Statistic: 'Minimum', Threshold: 0.8, ComparisonOperator: 'LessThanOrEqualToThreshold', AlarmDescription: `An instance of variant inf2 serves at least 20 % less ${than} See ${RUNBOOK}#benchmark-throughput` },
      CostRatio: { ...common, MetricName: 'CostRatio', Statistic: 'Maximum', Threshold: 1.25, ComparisonOperator: 'GreaterThanOrEqualToThreshold', AlarmDescription: `A request to variant inf2 costs at least 25 % more ${than} See ${RUNBOOK}#benchmark-cost` },
      LatencyRatio: { ...common, MetricName: 'LatencyRatio', Statistic: 'Maximum', Threshold: 1.25, ComparisonOperator: 'GreaterThanOrEqualToThreshold', AlarmDescription: `The p99 of variant inf2 is at least 25 % higher ${than} See ${RUNBOOK}#benchmark-latency` },
      ErrorRateIncrease: { ...common, MetricName: 'ErrorRateIncrease', Statistic: 'Maximum', Threshold: 0.01, ComparisonOperator: 'GreaterThanOrEqualToThreshold', AlarmDescription: `At least 1 % of the requests to variant inf2 fail more ${than} See ${RUNBOOK}#benchmark-errors` },
      FailedMeasurements: { ...common, MetricName: 'FailedMeasurements', Statistic: 'Sum', Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold', AlarmDescription: `Benchmark mine could not measure variant inf2, and the version has no baseline. Read the reason in its record, and run it again. See ${RUNBOOK}#benchmark-failed` },
    });
  });

  test('have none of cost without a price', () => {
    const { stack, alarms } = alarmed(undefined, false);
    expect('cost' in alarms.inf2).toBe(false);
    expect(alarmsOf(stack).map(({ MetricName }) => MetricName).sort()).toEqual(['ErrorRateIncrease', 'FailedMeasurements', 'LatencyRatio', 'ThroughputRatio']);
  });

  test('can be given actions', () => {
    const { stack, alarms } = alarmed();
    alarms.inf2.throughput.addAlarmAction({ bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:123456789012:topic' }) });
    const acting = Object.entries(templateOf(stack).Resources).filter(([, { Properties }]) => Properties?.AlarmActions !== undefined).map(([id]) => id);
    expect(acting).toEqual([expect.stringContaining('ThroughputAlarm')]);
  });

  test('are those of the benchmark: with its name, its limits, and a cost where there is a price', () => {
    const { stack, benchmark, gpu, inf2 } = benchmarked((all) => ({
      benchmarkName: 'mine', targets: [{ variant: all.gpu, usdPerHour: 1.4 }, { variant: all.inf2 }], regressionLimits: { throughputDrop: 0.1 },
    }));
    expect([benchmark.alarms(gpu).cost === undefined, benchmark.alarms(inf2).cost]).toEqual([false, undefined]);
    expect(alarmsOf(stack).find(({ MetricName }) => MetricName === 'ThroughputRatio')).toMatchObject({ Dimensions: common.Dimensions, Threshold: 0.9 });
  });
});

describe('limits', () => {
  test('that are left out are the defaults; 0 is not left out', () => {
    const defaults = { throughputDrop: 0.2, costRise: 0.25, latencyRise: 0.25, errorRateIncrease: 0.01 };
    expect(regressionLimits()).toEqual(defaults);
    expect(regressionLimits({ costRise: undefined, latencyRise: 2 })).toEqual({ ...defaults, latencyRise: 2 });
    expect(regressionLimits({ costRise: 0 }).costRise).toBe(0);
  });

  test.each<[string, RegressionLimits, string]>([
    ['no drop at all', { throughputDrop: 0 }, '`regressionLimits.throughputDrop`: got 0; allowed: a fraction above 0 and below 1; fix: give e.g. 0.2'],
    ['all of it', { throughputDrop: 1 }, '`regressionLimits.throughputDrop`: got 1; allowed: a fraction above 0 and below 1; fix: give e.g. 0.2'],
    ['a percentage', { throughputDrop: 20 }, '`regressionLimits.throughputDrop`: got 20; allowed: a fraction above 0 and below 1; fix: give a fraction: 0.2 for 20 %'],
    ['a fall that is a rise', { costRise: -0.25 }, '`regressionLimits.costRise`: got -0.25; allowed: a fraction above 0 and at most 10; fix: give e.g. 0.25'],
    ['a percentage of cost', { costRise: 25 }, '`regressionLimits.costRise`: got 25; allowed: a fraction above 0 and at most 10; fix: give a fraction: 0.25 for 25 %'],
    ['no number', { latencyRise: NaN }, '`regressionLimits.latencyRise`: got NaN; allowed: a fraction above 0 and at most 10; fix: give e.g. 0.25'],
    ['a huge one', { latencyRise: Infinity }, '`regressionLimits.latencyRise`: got Infinity; allowed: a fraction above 0 and at most 10; fix: give e.g. 0.25'],
    ['a text', { errorRateIncrease: '0.01' as never }, '`regressionLimits.errorRateIncrease`: got "0.01"; allowed: a fraction above 0 and at most 1; fix: give e.g. 0.01'],
    ['errors in percent', { errorRateIncrease: 2 }, '`regressionLimits.errorRateIncrease`: got 2; allowed: a fraction above 0 and at most 1; fix: give a fraction: 0.02 for 2 %'],
    ['a token', { errorRateIncrease: Lazy.number({ produce: () => 0.1 }) }, '`regressionLimits.errorRateIncrease`: got a token (a value known only at deploy time); allowed: a fraction above 0 and at most 1; fix: give a plain number'],
    ['a number alone', 0.2 as never, '`regressionLimits`: got 0.2; allowed: limits; fix: give e.g. { throughputDrop: 0.2 }'],
    ['null', null as never, '`regressionLimits`: got null; allowed: limits; fix: give e.g. { throughputDrop: 0.2 }'],
    ['a list', [] as never, '`regressionLimits`: got []; allowed: limits; fix: give e.g. { throughputDrop: 0.2 }'],
  ])('%s is refused', (_, limits, message) => {
    expect(regressionLimitProblems(limits).map(problemText)).toEqual([message]);
  });

  test('are refused together, by the benchmark', () => {
    expect(refused({ regressionLimits: { throughputDrop: 0, costRise: -1 } })).toBe(['2 problems',
      '  - `regressionLimits.throughputDrop`: got 0; allowed: a fraction above 0 and below 1; fix: give e.g. 0.2',
      '  - `regressionLimits.costRise`: got -1; allowed: a fraction above 0 and at most 10; fix: give e.g. 0.25'].join('\n'));
  });

  test.each<[keyof RegressionLimits, number]>([['throughputDrop', 1 - 1e-9], ['costRise', 10], ['latencyRise', 10], ['errorRateIncrease', 1]])('%s may be up to %d, and anything above 0', (name, most) => {
    fc.assert(fc.property(fc.double({ min: 1e-9, max: most, noNaN: true }), (value) => {
      expect(regressionLimitProblems({ [name]: value })).toEqual([]);
    }));
    expect(regressionLimitProblems(undefined)).toEqual([]);
  });
});
