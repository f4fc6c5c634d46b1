import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { ACCOUNT, filled, idOf, ofType, P4D, templateOf, trained, TRN1 } from './support';
import type { TrainingJob, TrainingRung } from '../../src';

const NAME = 'Stack-Train-3B520A86';
const RUNBOOK = 'https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md';

describe('metrics', () => {
  test.each<[keyof TrainingJob & `metric${string}`, string, string]>([
    ['metricCompletedRuns', 'CompletedRuns', 'Sum'],
    ['metricFailedRuns', 'FailedRuns', 'Sum'],
    ['metricSkippedRuns', 'SkippedRuns', 'Sum'],
    ['metricDuration', 'Duration', 'Average'],
    ['metricWaitingTime', 'WaitingTime', 'Average'],
    ['metricBillableSeconds', 'BillableSeconds', 'Sum'],
    ['metricCost', 'Cost', 'Sum'],
    ['metricTokensPerSecond', 'TokensPerSecond', 'Average'],
    ['metricRungUsed', 'RungUsed', 'Maximum'],
    ['metricAttempts', 'Attempts', 'Maximum'],
  ])('%s', (method, metricName, statistic) => {
    const { training } = trained();
    const metric = (training[method] as (props?: cloudwatch.MetricOptions) => cloudwatch.Metric).call(training);
    expect({ namespace: metric.namespace, name: metric.metricName, statistic: metric.statistic, dimensions: metric.dimensions, period: metric.period.toMinutes() }).toEqual({
      namespace: 'CdkAccelerators/Training', name: metricName, statistic, dimensions: { Training: NAME }, period: 5,
    });
    const other = (training[method] as (props?: cloudwatch.MetricOptions) => cloudwatch.Metric).call(training, { statistic: 'p90', period: Duration.hours(1), label: 'x' });
    expect([other.statistic, other.period.toHours(), other.label]).toEqual(['p90', 1, 'x']);
  });

  test('of any name, of a training with a name of its own', () => {
    const { training } = trained({ trainingName: 'mine' });
    const metric = training.metric('Mine', { statistic: 'Sum' });
    expect([metric.metricName, metric.statistic, metric.dimensions]).toEqual(['Mine', 'Sum', { Training: 'mine' }]);
  });

  test('in another stack are those of this one', () => {
    const { training } = trained();
    expect([training.metricCost().region, training.metricCost().account]).toEqual(['us-east-1', '123456789012']);
  });
});

describe('alarms', () => {
  const common = { Namespace: 'CdkAccelerators/Training', Dimensions: [{ Name: 'Training', Value: NAME }], Period: 300, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold', EvaluationPeriods: 1, TreatMissingData: 'notBreaching' };

  test('say what happened, and where it says what to do', () => {
    const { stack } = trained({ rungs: [TRN1, P4D] });
    expect(ofType(stack, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => filled(stack, Properties))).toEqual([
      {
        ...common,
        Namespace: 'AWS/SQS',
        Dimensions: [{ Name: 'QueueName', Value: idOf(stack, 'AWS::SQS::Queue', 'NotStopped') }],
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Statistic: 'Maximum',
        AlarmDescription: `A training job of Stack/Train may go on although its run has ended. See ${RUNBOOK}#training-not-stopped`,
      },
      { ...common, MetricName: 'FailedRuns', Statistic: 'Sum', AlarmDescription: `A run of the training ${NAME} made no model. See ${RUNBOOK}#training-failed` },
      { ...common, MetricName: 'RungUsed', Statistic: 'Maximum', AlarmDescription: `A run of the training ${NAME} was made on other hardware than its first rung. See ${RUNBOOK}#training-fallback` },
    ]);
  });

  test('of other hardware there is one where there is other hardware', () => {
    const names = (rungs: TrainingRung[]) => ofType(trained({ rungs }).stack, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.MetricName).sort();
    expect(names([P4D])).toEqual(['ApproximateNumberOfMessagesVisible', 'FailedRuns']);
    expect(names([P4D, { ...P4D, name: 'more' }])).toEqual(['ApproximateNumberOfMessagesVisible', 'FailedRuns', 'RungUsed']);
    expect([trained().training.fallbackAlarm, trained({ rungs: [TRN1, P4D] }).training.fallbackAlarm === undefined]).toEqual([undefined, false]);
  });

  test('can be given actions', () => {
    const { stack, training } = trained({ rungs: [TRN1, P4D] });
    training.notStoppedAlarm.addAlarmAction({ bind: () => ({ alarmActionArn: `arn:aws:sns:us-east-1:${ACCOUNT}:other` }) });
    training.failedAlarm.addAlarmAction({ bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:123456789012:topic' }) });
    expect(templateOf(stack).Resources[idOf(stack, 'AWS::CloudWatch::Alarm', 'Failed')].Properties!.AlarmActions).toEqual(['arn:aws:sns:us-east-1:123456789012:topic']);
    expect(templateOf(stack).Resources[idOf(stack, 'AWS::CloudWatch::Alarm', 'Fallback')].Properties!.AlarmActions).toBeUndefined();
    expect(new Set([training.failedAlarm, training.fallbackAlarm!, training.notStoppedAlarm].map(({ alarmName }) => alarmName)).size).toBe(3);
    expect(templateOf(stack).Resources[idOf(stack, 'AWS::CloudWatch::Alarm', 'NotStopped')].Properties!.AlarmActions).toEqual([`arn:aws:sns:us-east-1:${ACCOUNT}:other`]);
  });
});
