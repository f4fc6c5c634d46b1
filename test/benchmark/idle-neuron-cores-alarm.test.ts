import { Duration, Lazy, Token, type Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { AlarmWorld } from './alarm-world';
import { thrownBy } from './support';
import { NeuronUtilization } from '../../src';
import { IdleNeuronCoresAlarm, type IdleNeuronCoresAlarmProps } from '../../src/benchmark/idle-neuron-cores-alarm';
import { newStack } from '../endpoint/support';

const DIMENSIONS = { Variant: 'inf2' };
const utilization = new cloudwatch.Metric({ namespace: 'Mine', metricName: 'Cores', dimensionsMap: DIMENSIONS });
const requests = new cloudwatch.Metric({ namespace: 'Mine', metricName: 'Requests', dimensionsMap: DIMENSIONS, statistic: 'Sum', period: Duration.minutes(1) });

function made(props: Partial<IdleNeuronCoresAlarmProps> = {}): { stack: Stack; idle: IdleNeuronCoresAlarm } {
  const stack = newStack();
  return { stack, idle: new IdleNeuronCoresAlarm(stack, 'Idle', { utilization, ...props }) };
}

/** The alarm's state after so many minutes of these values, one a minute. */
class World {
  readonly all: AlarmWorld;

  constructor(props: Partial<IdleNeuronCoresAlarmProps> = {}) {
    this.all = new AlarmWorld(made(props).stack);
  }

  minutes(count: number, cores: number | undefined, traffic?: number): string {
    for (let minute = 0; minute < count; minute++) {
      if (cores !== undefined) this.all.publish('Mine', 'Cores', DIMENSIONS, cores);
      if (traffic !== undefined) this.all.publish('Mine', 'Requests', DIMENSIONS, traffic);
      this.all.advance(1);
    }
    return this.all.state('Idle');
  }
}

describe('goes off', () => {
  test('after an hour below the threshold, and not before', () => {
    const world = new World();
    expect(world.minutes(55, 9.9)).toBe('OK');
    expect(world.minutes(6, 9.9)).toBe('ALARM');
  });

  test('not at the threshold', () => {
    expect(new World().minutes(90, 10)).toBe('OK');
    expect(new World({ threshold: 10.1 }).minutes(90, 10)).toBe('ALARM');
  });

  test('at 0: that is a value', () => {
    expect(new World().minutes(90, 0)).toBe('ALARM');
  });

  test('not when they were busy for five minutes', () => {
    const world = new World();
    world.minutes(30, 1);
    world.minutes(5, 80);
    expect(world.minutes(40, 1)).toBe('OK');
    expect(world.minutes(30, 1)).toBe('ALARM');
  });

  test('after a duration of one\'s own', () => {
    const world = new World({ duration: Duration.minutes(5) });
    expect(world.minutes(4, 1)).toBe('OK');
    expect(world.minutes(2, 1)).toBe('ALARM');
  });

  test('and ends when they are busy', () => {
    const world = new World();
    world.minutes(90, 1);
    expect(world.minutes(6, 50)).toBe('OK');
  });
});

describe('without data', () => {
  test('nothing is idle', () => {
    expect(new World().minutes(90, undefined)).toBe('OK');
    const world = new World();
    world.minutes(90, 1);
    expect(world.minutes(90, undefined)).toBe('OK');
  });
});

describe('with requests', () => {
  test('cores that are asked for nothing are not idle', () => {
    expect(new World({ requests }).minutes(90, 1, 0)).toBe('OK');
    expect(new World({ requests }).minutes(90, 1)).toBe('OK');
  });

  test('those that are asked are', () => {
    expect(new World({ requests }).minutes(90, 1, 1)).toBe('ALARM');
    expect(new World({ requests }).minutes(90, 50, 1)).toBe('OK');
  });

  test('without utilisation nothing is known', () => {
    expect(new World({ requests }).minutes(90, undefined, 1)).toBe('OK');
  });
});

describe('the template', () => {
  const alarmOf = (props: Partial<IdleNeuronCoresAlarmProps>) => Object.values(Template.fromStack(made(props).stack).findResources('AWS::CloudWatch::Alarm'))[0].Properties;

  test('has one expression on both metrics', () => {
    expect(alarmOf({ requests, duration: Duration.hours(2), threshold: 5 })).toEqual({
      AlarmDescription: 'The NeuronCores of Stack/Idle were used less than 5 % for 2 hours. Look whether the model runs on them, then use fewer or smaller instances. See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#idle-neuron-cores',
      ComparisonOperator: 'LessThanThreshold',
      DatapointsToAlarm: 24,
      EvaluationPeriods: 24,
      Threshold: 5,
      TreatMissingData: 'notBreaching',
      Metrics: [
        { Id: 'expr_1', Expression: 'IF(coreRequests > 0, coreUtilization, 100)', Label: 'NeuronCore utilisation', ReturnData: true },
        { Id: 'coreUtilization', ReturnData: false, MetricStat: { Metric: { Namespace: 'Mine', MetricName: 'Cores', Dimensions: [{ Name: 'Variant', Value: 'inf2' }] }, Period: 300, Stat: 'Average' } },
        { Id: 'coreRequests', ReturnData: false, MetricStat: { Metric: { Namespace: 'Mine', MetricName: 'Requests', Dimensions: [{ Name: 'Variant', Value: 'inf2' }] }, Period: 300, Stat: 'Sum' } },
      ],
    });
  });

  test('warns of no period that is another', () => {
    const { stack } = made({ requests, utilization: utilization.with({ period: Duration.hours(1) }) });
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });

  test.each([[0.1, 1], [0.99, 1], [1, 0], [Token.asNumber({ Ref: 'Threshold' }), 0]])('warns of a threshold that is a share: %s', (threshold, count) => {
    const told = Annotations.fromStack(made({ threshold }).stack).findWarning('/Stack/Idle', Match.anyValue()).map(({ entry }) => entry.data);
    expect(told).toEqual(Array.from({ length: count }, () => `\`threshold\`: got ${threshold}, less than one percent; allowed: percent, 0 to 100: the utilisation is in percent, too; `
      + `fix: give e.g. 10, and of a ratio \`100 * ratio\` as utilization, or acknowledge this warning when you mean ${threshold} % [ack: cdk-accelerators:idleNeuronCoresThreshold]`));
  });

  test('takes an expression, whatever its metrics are called', () => {
    const ratio = new cloudwatch.MathExpression({ expression: 'requests * 100', usingMetrics: { requests: utilization } });
    expect(alarmOf({ utilization: ratio, requests }).Metrics.map(({ Expression, Id }: { Expression?: string; Id: string }) => Expression ?? Id)).toEqual(['IF(coreRequests > 0, coreUtilization, 100)', 'requests * 100', 'requests', 'coreRequests']);
  });

  test('has no actions; they can be given', () => {
    const { stack, idle } = made();
    idle.alarm.addAlarmAction({ bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:123456789012:topic' }) });
    expect(Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))[0].Properties.AlarmActions).toEqual(['arn:aws:sns:us-east-1:123456789012:topic']);
  });
});

describe('refuses', () => {
  const search = new cloudwatch.MathExpression({ expression: "SEARCH('{Neuron} utilization', 'Average')", usingMetrics: {} });
  const deep = new cloudwatch.MathExpression({ expression: 'MAX(all)', usingMetrics: { all: new cloudwatch.MathExpression({ expression: "search ('{Neuron}')", usingMetrics: {} }) } });
  const allowed = 'a metric, or an expression without SEARCH: an alarm watches one time series; fix: name the metric: new Metric({ namespace, metricName, dimensionsMap })';
  const long = '5 minutes to 24 hours, in steps of 5 minutes; fix: give e.g. Duration.hours(1)';

  test.each<[string, Partial<IdleNeuronCoresAlarmProps>, string]>([
    ['a search', { utilization: search }, `\`utilization\`: got the expression SEARCH('{Neuron} utilization', 'Average'); allowed: ${allowed}`],
    ['a search in an expression', { utilization: deep }, `\`utilization\`: got the expression search ('{Neuron}'); allowed: ${allowed}`],
    ['a search for requests', { requests: search }, `\`requests\`: got the expression SEARCH('{Neuron} utilization', 'Average'); allowed: ${allowed}`],
    ['no metric', { utilization: undefined }, '`utilization`: got undefined; allowed: a metric; fix: pass a Metric, or a MathExpression'],
    ['what a dashboard takes', { utilization: NeuronUtilization.fromNamespace('Mine') as never }, '`utilization`: got a NeuronUtilization; allowed: a metric: a NeuronUtilization may be a search; no alarm can watch it; fix: give the metric itself'],
    ['a name', { requests: 'Invocations' as never }, '`requests`: got "Invocations"; allowed: a metric; fix: pass a Metric, or a MathExpression'],
    ['less than 0', { threshold: 0 }, '`threshold`: got 0; allowed: a number above 0, at most 100, in percent; fix: give e.g. 10: nothing is used less than 0 %'],
    ['a negative threshold', { threshold: -1 }, '`threshold`: got -1; allowed: a number from 0 to 100 percent; fix: give e.g. 10'],
    ['more than all', { threshold: 101 }, '`threshold`: got 101; allowed: a number from 0 to 100 percent; fix: give e.g. 10'],
    ['NaN', { threshold: NaN }, '`threshold`: got NaN; allowed: a number from 0 to 100 percent; fix: give e.g. 10'],
    ['no time', { duration: Duration.minutes(0) }, `\`duration\`: got 0 minutes; allowed: ${long}`],
    ['half a period', { duration: Duration.seconds(450) }, `\`duration\`: got 7.5 minutes; allowed: ${long}`],
    ['more than a day', { duration: Duration.minutes(1445) }, `\`duration\`: got 1445 minutes; allowed: ${long}`],
    ['a number', { duration: 60 as never }, '`duration`: got 60; allowed: a duration; fix: give e.g. Duration.hours(1)'],
    ['a token', { duration: Duration.minutes(Lazy.number({ produce: () => 5 })) }, '`duration`: got a token (a value known only at deploy time); allowed: 5 minutes to 24 hours, in steps of 5 minutes; fix: give a plain duration'],
  ])('%s', (_, props, message) => {
    expect(thrownBy(() => made(props))).toBe(`Stack/Idle: ${message}`);
  });

  test('no props', () => {
    expect(thrownBy(() => new IdleNeuronCoresAlarm(newStack(), 'Idle', undefined as never))).toBe('Stack/Idle: `props`: got undefined; allowed: the props of an alarm; fix: give at least { utilization: metric }');
  });

  test('all together', () => {
    expect(thrownBy(() => made({ utilization: search, threshold: 200, duration: Duration.days(2) }))).toMatch(/^Stack\/Idle: 3 problems\n/);
  });

  test('nothing of what is allowed', () => {
    for (const props of [{ threshold: 100 }, { duration: Duration.days(1) }, { duration: Duration.minutes(5) }]) expect(thrownBy(() => made(props))).toBe('nothing thrown');
  });
});
