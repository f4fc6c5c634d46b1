import {
  CloudWatchClient, DeleteAlarmsCommand, DescribeAlarmsCommand, PutMetricAlarmCommand, SetAlarmStateCommand, type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { Fixture, refusal } from '../fixture';

let fixture: Fixture;
let cloudWatch: CloudWatchClient;

beforeEach(async () => {
  fixture = await Fixture.start();
  cloudWatch = fixture.client(CloudWatchClient);
  await fixture.endpoint();
});
afterEach(async () => fixture.stop());

const metric = (Id: string, MetricName: string, VariantName: string) => ({
  Id,
  ReturnData: false,
  MetricStat: { Metric: { Namespace: 'AWS/SageMaker', MetricName, Dimensions: [{ Name: 'EndpointName', Value: 'web' }, { Name: 'VariantName', Value: VariantName }] }, Period: 60, Stat: 'Sum' },
});

/** What a watchdog watches: errors of the one variant, unless the other has as many. */
const WATCHDOG: PutMetricAlarmCommandInput = {
  AlarmName: 'watchdog',
  Metrics: [
    metric('inv_c', 'Invocations', 'gpu'), metric('err_c', 'Invocation5XXErrors', 'gpu'), metric('inv_g', 'Invocations', 'inf2'), metric('err_g', 'Invocation5XXErrors', 'inf2'),
    { Id: 'bad', Expression: 'IF(inv_c >= 20 AND err_c/inv_c > 0.05 AND err_c/inv_c > 2*FILL(err_g/inv_g,0), 1, 0)', Label: 'broken' },
  ],
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  Threshold: 1,
  EvaluationPeriods: 2,
  DatapointsToAlarm: 2,
  TreatMissingData: 'notBreaching',
};

const put = async (rest: Partial<PutMetricAlarmCommandInput> = {}) => cloudWatch.send(new PutMetricAlarmCommand({ ...WATCHDOG, ...rest }));
const state = async (name = 'watchdog') => (await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms![0]?.StateValue;
const traffic = (requestsPerMinute: number, errorRate: number) => fixture.standIn.setTraffic('web', { requestsPerMinute, variants: { gpu: { errorRate } } });
const changes = () => fixture.standIn.bus.events.filter(({ source }) => source === 'aws.cloudwatch').map(({ detail }) => [detail.previousState.value, detail.state.value]);

test('a broken variant: ALARM when two minutes of it are published, and OK after it is mended', async () => {
  traffic(1000, 0);
  await put();
  expect(await state()).toBe('INSUFFICIENT_DATA');
  fixture.standIn.advance(600);
  expect(await state()).toBe('OK');
  traffic(1000, 0.5);
  fixture.standIn.advance(179);
  expect(await state()).toBe('OK');
  fixture.standIn.advance(1);
  expect(await state()).toBe('ALARM');
  traffic(1000, 0);
  fixture.standIn.advance(120);
  expect(await state()).toBe('OK');
  expect(changes()).toEqual([['INSUFFICIENT_DATA', 'OK'], ['OK', 'ALARM'], ['ALARM', 'OK']]);
});

test('under its minimum of requests nothing is broken, and without any neither', async () => {
  await put();
  traffic(5, 1);
  fixture.standIn.advance(600);
  expect(await state()).toBe('OK');
  fixture.standIn.setTraffic('web', undefined);
  fixture.standIn.advance(600);
  expect(await state()).toBe('OK');
});

test('an event tells of the change, as EventBridge has it', async () => {
  await put({ AlarmDescription: 'runbook' });
  traffic(1000, 0.5);
  fixture.standIn.advance(300);
  expect(fixture.standIn.bus.events.at(-1)).toEqual({
    'version': '0',
    'id': expect.any(String),
    'detail-type': 'CloudWatch Alarm State Change',
    'source': 'aws.cloudwatch',
    'account': '123456789012',
    'region': 'us-east-1',
    'time': '2026-01-01T01:03:00Z',
    'resources': ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:watchdog'],
    'detail': {
      alarmName: 'watchdog',
      state: { value: 'ALARM', reason: 'Threshold Crossed: the datapoints were [1, 1] and the threshold is 1', timestamp: '2026-01-01T01:03:00.000Z' },
      previousState: { value: 'OK', reason: expect.stringMatching(/^Threshold Crossed: /), timestamp: '2026-01-01T01:01:00.000Z' },
      configuration: {
        description: 'runbook',
        metrics: expect.arrayContaining([
          { id: 'inv_c', metricStat: { metric: { namespace: 'AWS/SageMaker', name: 'Invocations', dimensions: { EndpointName: 'web', VariantName: 'gpu' } }, period: 60, stat: 'Sum' }, returnData: false },
          { id: 'bad', expression: WATCHDOG.Metrics![4].Expression, label: 'broken', returnData: true },
        ]),
      },
    },
  });
});

describe('missing data', () => {
  const silent = (TreatMissingData?: string) => put({ TreatMissingData });

  test.each<[string | undefined, string]>([['notBreaching', 'OK'], ['breaching', 'ALARM'], ['missing', 'INSUFFICIENT_DATA'], [undefined, 'INSUFFICIENT_DATA'], ['ignore', 'INSUFFICIENT_DATA']])(
    '%s: %s from the beginning', async (treatment, expected) => {
      await silent(treatment);
      fixture.standIn.advance(600);
      expect(await state()).toBe(expected);
    });

  test.each<[string, string]>([['ignore', 'ALARM'], ['missing', 'INSUFFICIENT_DATA'], ['notBreaching', 'OK']])('%s: %s when the traffic of a broken variant ends', async (treatment, expected) => {
    await silent(treatment);
    traffic(1000, 0.5);
    fixture.standIn.advance(300);
    expect(await state()).toBe('ALARM');
    fixture.standIn.setTraffic('web', undefined);
    fixture.standIn.advance(900);
    expect(await state()).toBe(expected);
  });

  test('data that comes late is evaluated when it is there', async () => {
    await put();
    traffic(1000, 0.5);
    fixture.standIn.metrics.late = () => 60;
    fixture.standIn.advance(239);
    expect(await state()).toBe('OK');
    fixture.standIn.advance(1);
    expect(await state()).toBe('ALARM');
  });
});

test('M of N', async () => {
  await put({ EvaluationPeriods: 3, DatapointsToAlarm: 2 });
  fixture.standIn.setTraffic('web', { requestsPerMinute: 1000, variants: { gpu: { errorRate: ({ minute }) => Math.floor(minute) % 2 === 0 ? 0.5 : 0 } } });
  fixture.standIn.advance(600);
  expect(await state()).toBe('ALARM');
  await put({ AlarmName: 'strict', EvaluationPeriods: 2, DatapointsToAlarm: 2 });
  fixture.standIn.advance(600);
  expect(await state('strict')).toBe('OK');
});

test('a single metric, and each comparison', async () => {
  const { MetricStat: { Metric } } = metric('m', 'Invocations', 'gpu');
  const single = (AlarmName: string, ComparisonOperator: PutMetricAlarmCommandInput['ComparisonOperator'], Threshold: number) =>
    put({ AlarmName, Metrics: undefined, ...Metric, Period: 60, Statistic: 'Sum', ComparisonOperator, Threshold, EvaluationPeriods: 1, DatapointsToAlarm: undefined });
  await single('low', 'LessThanThreshold', 500);
  await single('most', 'LessThanOrEqualToThreshold', 0);
  await single('high', 'GreaterThanThreshold', 500);
  traffic(1000, 0);
  fixture.standIn.advance(300);
  expect([await state('low'), await state('most'), await state('high')]).toEqual(['OK', 'OK', 'ALARM']);
});

test('a state that is set lasts until the next evaluation, and tells', async () => {
  await put();
  fixture.standIn.advance(60);
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName: 'watchdog', StateValue: 'ALARM', StateReason: 'drill' }));
  expect([await state(), fixture.standIn.control.alarms.has('watchdog')]).toEqual(['ALARM', true]);
  fixture.standIn.advance(60);
  expect([await state(), fixture.standIn.control.alarms.has('watchdog')]).toEqual(['OK', false]);
  fixture.standIn.setAlarm('watchdog', true);
  expect(changes()).toEqual([['INSUFFICIENT_DATA', 'OK'], ['OK', 'ALARM'], ['ALARM', 'OK'], ['OK', 'ALARM']]);
});

test('alarms are described by name, prefix and state; one that a test rings is there too', async () => {
  await put();
  await put({ AlarmName: 'other' });
  fixture.standIn.setAlarm('rung', true);
  const names = async (input: object) => (await cloudWatch.send(new DescribeAlarmsCommand(input))).MetricAlarms!.map(({ AlarmName }) => AlarmName);
  expect(await names({})).toEqual(['watchdog', 'other', 'rung']);
  expect(await names({ AlarmNamePrefix: 'w' })).toEqual(['watchdog']);
  expect(await names({ StateValue: 'ALARM' })).toEqual(['rung']);
  expect(await names({ AlarmNames: ['other', 'none'] })).toEqual(['other']);
  const [alarm] = (await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: ['watchdog'] }))).MetricAlarms!;
  expect(alarm).toMatchObject({ AlarmArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:watchdog', EvaluationPeriods: 2, StateReason: 'Unchecked: Initial alarm creation', StateUpdatedTimestamp: new Date(fixture.standIn.clock.now()) });
  await cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: ['other'] }));
  expect(await names({})).toEqual(['watchdog', 'rung']);
});

test('put again it keeps its state', async () => {
  traffic(1000, 0.5);
  await put();
  fixture.standIn.advance(300);
  await put({ Threshold: 0.5 });
  expect(await state()).toBe('ALARM');
});

test.each<[string, Partial<PutMetricAlarmCommandInput>, string]>([
  ['metrics and a metric', { MetricName: 'Invocations' }, 'ValidationException: Exactly one of Metrics and MetricName must be given.'],
  ['no threshold', { Threshold: undefined }, 'ValidationException: The parameter Threshold must be given in the stand-in.'],
  ['more of fewer', { DatapointsToAlarm: 3 }, 'ValidationException: DatapointsToAlarm must be at most EvaluationPeriods.'],
  ['eleven metrics', { Metrics: [...Array(11).keys()].map((n) => metric(`m${n}`, 'Invocations', 'gpu')) }, 'ValidationException: An alarm on a math expression can have at most 10 metrics.'],
  ['nothing to watch', { Metrics: WATCHDOG.Metrics!.slice(0, 4) }, 'ValidationException: Exactly one element of the metrics list should return data.'],
  ['more than a day', { EvaluationPeriods: 1441 }, 'ValidationException: Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).'],
])('%s is refused', async (_, rest, message) => expect(await refusal(put(rest))).toBe(message));

test('an alarm that is not there', async () => {
  expect(await refusal(cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: ['none'] })))).toBe('ResourceNotFound: Alarm none does not exist');
  expect(await refusal(cloudWatch.send(new SetAlarmStateCommand({ AlarmName: 'none', StateValue: 'OK', StateReason: 'r' })))).toBe('ResourceNotFound: Alarm none does not exist');
  fixture.standIn.reset();
  fixture.standIn.advance(600);
  expect(fixture.standIn.bus.events).toEqual([]);
});
