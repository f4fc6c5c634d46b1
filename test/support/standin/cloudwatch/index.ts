import type {
  DeleteAlarmsInput, DescribeAlarmsInput, GetMetricDataInput, MetricDataQuery, PutMetricAlarmInput, SetAlarmStateInput,
} from '@aws-sdk/client-cloudwatch';
import { answers, periodOf } from './queries';
import { invalid, ServiceError } from '../errors';
import { page } from '../paging';
import type { CallContext, Operation, Service } from '../service';
import { CLOUDWATCH_SHAPES } from '../shapes';

/** API reference of GetMetricData: "up to 500 MetricDataQuery structures". */
const MOST_QUERIES = 500;

function checkQueries(queries: readonly MetricDataQuery[]): void {
  const ids = queries.map(({ Id }) => Id!);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalid(`The values for parameter id in parameter MetricDataQueries are not unique: ${twice}`);
  const odd = ids.find((id) => !/^[a-z]\w*$/.test(id));
  if (odd !== undefined) throw invalid(`Invalid metrics list: the id ${odd} has to begin with a lower-case letter`);
  if (queries.length > MOST_QUERIES) throw invalid(`The collection MetricDataQueries must not have a size greater than ${MOST_QUERIES}.`);
  for (const { Id, MetricStat: metric, Expression } of queries) {
    if ((metric === undefined) === (Expression === undefined)) throw invalid(`Exactly one of MetricStat and Expression must be given for ${Id}`);
  }
}

function getMetricData({ metrics }: CallContext, input: GetMetricDataInput): object {
  const queries = input.MetricDataQueries!;
  checkQueries(queries);
  const [start, end] = [Number(input.StartTime) * 1000, Number(input.EndTime) * 1000];
  if (start >= end) throw invalid('The parameter StartTime must be less than the parameter EndTime.');
  const partial = metrics.partialAnswers > 0;
  if (partial) metrics.partialAnswers -= 1;
  const all = answers(metrics, queries, start, end);
  const direction = input.ScanBy === 'TimestampAscending' ? 1 : -1;
  return {
    MetricDataResults: queries.filter(({ ReturnData }) => ReturnData !== false).map(({ Id, Label, MetricStat: metric, Expression }) => {
      const points = [...all.get(Id!)!].sort(([a], [b]) => direction * (a - b));
      const shown = partial ? points.slice(0, Math.ceil(points.length / 2)) : points;
      return {
        Id,
        Label: Label ?? metric?.Metric?.MetricName ?? Expression,
        Timestamps: shown.map(([time]) => time / 1000),
        Values: shown.map(([, value]) => value),
        StatusCode: partial ? 'PartialData' : 'Complete',
      };
    }),
    Messages: [],
  };
}

function putMetricAlarm({ alarms, account, region }: CallContext, input: PutMetricAlarmInput): void {
  if ((input.Metrics === undefined) === (input.MetricName === undefined)) throw invalid('Exactly one of Metrics and MetricName must be given.');
  for (const member of ['ComparisonOperator', 'EvaluationPeriods', 'Threshold'] as const) {
    if (input[member] === undefined) throw invalid(`The parameter ${member} must be given in the stand-in.`);
  }
  if (input.Metrics) {
    checkQueries(input.Metrics);
    // CloudWatch user guide, "Creating an alarm based on a math expression": at most 10 metrics.
    if (input.Metrics.filter(({ MetricStat: metric }) => metric).length > 10) throw invalid('An alarm on a math expression can have at most 10 metrics.');
    if (input.Metrics.filter(({ ReturnData }) => ReturnData !== false).length !== 1) throw invalid('Exactly one element of the metrics list should return data.');
  }
  if (input.DatapointsToAlarm !== undefined && input.DatapointsToAlarm > input.EvaluationPeriods!) throw invalid('DatapointsToAlarm must be at most EvaluationPeriods.');
  if (periodOf(input.Metrics ?? []) * input.EvaluationPeriods! > 86_400) throw invalid('Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).');
  alarms.put(input, { account, region });
}

function describeAlarms({ alarms, control, region, account }: CallContext, input: DescribeAlarmsInput): object {
  const known = alarms.describe();
  // Those that a test rings by name have nothing else.
  const rung = [...control.alarms].filter((name) => !alarms.has(name))
    .map((name) => ({ AlarmName: name, AlarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`, StateValue: 'ALARM' as const }));
  const found = [...known, ...rung].filter(({ AlarmName, StateValue }) =>
    (input.AlarmNames === undefined || input.AlarmNames.includes(AlarmName!))
    && (input.AlarmNamePrefix === undefined || AlarmName!.startsWith(input.AlarmNamePrefix))
    && (input.StateValue === undefined || StateValue === input.StateValue));
  const { items, next } = page(found, { NextToken: input.NextToken, MaxResults: input.MaxRecords }, 50);
  return { MetricAlarms: items, CompositeAlarms: [], NextToken: next };
}

const alarmArns = ({ region, account }: CallContext, names: readonly (string | undefined)[]): string[] => names.map((name) => `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`);

const OPERATIONS: Record<string, Operation> = {
  GetMetricData: { run: getMetricData, resources: () => ['*'] },
  PutMetricAlarm: { run: putMetricAlarm, resources: (context, input: PutMetricAlarmInput) => alarmArns(context, [input.AlarmName]) },
  // Without names the action is checked on all alarms (service authorization reference of CloudWatch).
  DescribeAlarms: { run: describeAlarms, resources: (context, input: DescribeAlarmsInput) => alarmArns(context, input.AlarmNames ?? ['*']) },
  DeleteAlarms: {
    run({ alarms }, input: DeleteAlarmsInput) {
      const missing = input.AlarmNames!.find((name) => !alarms.has(name));
      if (missing !== undefined) throw new ServiceError('ResourceNotFound', `Alarm ${missing} does not exist`, 404);
      for (const name of input.AlarmNames!) alarms.delete(name);
    },
    resources: (context, input: DeleteAlarmsInput) => alarmArns(context, input.AlarmNames!),
  },
  SetAlarmState: {
    run({ alarms }, input: SetAlarmStateInput) {
      if (!alarms.has(input.AlarmName!)) throw new ServiceError('ResourceNotFound', `Alarm ${input.AlarmName} does not exist`, 404);
      alarms.set(input.AlarmName!, input.StateValue!, input.StateReason!);
    },
    resources: (context, input: SetAlarmStateInput) => alarmArns(context, [input.AlarmName]),
  },
};

/** CloudWatch: the metrics of endpoints, out of their traffic, and alarms on them. */
export const CLOUDWATCH: Service = { shapes: CLOUDWATCH_SHAPES, iamPrefix: 'cloudwatch', className: 'CloudWatch', errorMember: 'message', operations: OPERATIONS };
