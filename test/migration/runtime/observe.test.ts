import { config, NOON, state } from './config';
import { OWNER, SWITCH, World } from './world';
import { AUTOSCALING } from '../../support/standin/autoscaling';
import { SSM } from '../../support/standin/ssm';

let world: World;
beforeEach(async () => {
  world = await World.start();
  world.putLock({ owner: { S: OWNER('run-1') }, epoch: { N: '1' } });
});
afterEach(() => world.stop());

const THRESHOLDS = { from95: 80_000, from99: 100_000, to95: 100_000, to99: 125_000 };
const look = async (overrides = {}) => {
  await world.tick({ state: state(overrides) });
  return world.seen;
};

describe('the endpoint', () => {
  test('is seen as it is: status, configuration, weights and counts as they are and as they are wanted', async () => {
    world.weigh(1.5, 0.5);
    expect(await look()).toEqual({
      now: NOON,
      periods: [],
      alarms: [],
      endpoint: {
        status: 'Updating',
        configName: 'config-1',
        pendingDeployment: false,
        variants: [{ name: 'gpu', currentWeight: 2, desiredWeight: 1.5, currentCount: 2, desiredCount: 2 }, { name: 'inf2', currentWeight: 0, desiredWeight: 0.5, currentCount: 1, desiredCount: 1 }],
      },
    });
  });

  test('that cannot be seen fails the tick, which is tried again; nothing is decided', async () => {
    world.fail('DescribeEndpoint', 'ThrottlingException', 'Rate exceeded');
    await expect(world.tick({ state: state() })).rejects.toThrow('Rate exceeded');
    expect(world.advance).not.toHaveBeenCalled();
  });

  test('the core is asked what it needs with the state and the time of the tick, and decides with the input of the run', async () => {
    await world.tick({ state: state(), now: '2026-11-23T12:00:00.789Z', input: { force: true } });
    expect(world.needs.mock.calls).toEqual([[config(), state(), NOON]]);
    expect(world.advance.mock.calls[0].slice(0, 2)).toEqual([config(), state()]);
    expect([world.seen.now, world.advance.mock.calls[0][3]]).toEqual([NOON, { force: true }]);
  });
});

describe('periods', () => {
  beforeEach(() => {
    // 1,000 requests a minute, half of them to each, from two minutes before noon on.
    world.weigh(1, 1);
    world.standIn.advance(3480);
    world.standIn.setTraffic('web', { requestsPerMinute: 1000, variants: { gpu: { errorRate: 0 }, inf2: { errorRate: 1, clientErrorRate: 0 } } });
    world.standIn.advance(1200);
    world.want({ periodsAfter: base() });
  });
  /** The traffic begins at 12:58. */
  const base = () => NOON + 58 * 60;
  const starts = () => world.seen.periods.map(({ start }) => (start - base()) / 60);

  test('are those after the last one that are closed and published', async () => {
    await look({ thresholds: THRESHOLDS, changedAt: NOON });
    expect(starts()).toEqual(Array.from({ length: 18 }, (_, index) => index + 1));
    const [{ control, newcomer, seconds, latencySettled }] = world.seen.periods;
    expect(control.requests + newcomer.requests).toBeGreaterThan(900);
    expect([control.errors, newcomer.errors, seconds, latencySettled]).toEqual([0, newcomer.requests, 60, true]);
    expect(control.latency!.samples).toBe(control.requests);
    expect(control.latency!.slow95).toBeGreaterThanOrEqual(control.latency!.slow99);
  });

  test('are asked for in one request of twelve metrics, five minutes earlier than needed', async () => {
    await look({ thresholds: THRESHOLDS });
    const [input, ...more] = world.inputs('GetMetricData');
    expect(more).toEqual([]);
    expect(input).toMatchObject({ StartTime: base() - 240, EndTime: base() + 19 * 60, ScanBy: 'TimestampAscending' });
    expect(input.MetricDataQueries).toHaveLength(12);
    expect(input.MetricDataQueries[10]).toEqual({
      Id: 'to_slow95',
      MetricStat: {
        Metric: { Namespace: 'AWS/SageMaker', MetricName: 'ModelLatency', Dimensions: [{ Name: 'EndpointName', Value: 'web' }, { Name: 'VariantName', Value: 'inf2' }] },
        Stat: 'TC(100000:)',
        Period: 60,
      },
    });
  });

  test('are not asked for when none can be there', async () => {
    world.want({ periodsAfter: base() + 18 * 60 });
    await look();
    expect([world.inputs('GetMetricData'), world.seen.periods]).toEqual([[], []]);
  });

  test('are not asked for when the core does not want them', async () => {
    world.want({});
    await look();
    expect([world.inputs('GetMetricData'), world.seen.periods]).toEqual([[], []]);
  });

  test('wait for a late point of a variant that has weight, and are whole when it is there', async () => {
    world.standIn.metrics.late = ({ variant, minute }) => variant === 'inf2' && minute === (base() + 300) * 1000 ? 960 : 0;
    await look();
    // The answer at 13:18 has the fifth minute not yet, and five minutes are over: it counts as empty.
    expect(world.seen.periods[4].newcomer.requests).toBe(0);
    world.standIn.metrics.late = ({ variant, minute }) => variant === 'inf2' && minute === (base() + 17 * 60) * 1000 ? 100 : 0;
    await look();
    expect(starts()[world.seen.periods.length - 1]).toBe(16);
    world.standIn.advance(60);
    await look();
    expect([starts()[world.seen.periods.length - 1], world.seen.periods[16].newcomer.requests > 400]).toEqual([19, true]);
  });

  test('do not wait for a variant without weight', async () => {
    world.weigh(2, 0);
    world.standIn.advance(600);
    await look();
    expect(starts()[world.seen.periods.length - 1]).toBe(28);
  });

  test.each([
    ['is throttled', () => world.fail('GetMetricData', 'ThrottlingException', 'Rate exceeded'), 'ThrottlingException', 'Rate exceeded'],
    ['gives part of them', () => { world.standIn.metrics.partialAnswers = 1; }, 'IncompleteError', /^not all metrics were given: (from|to)_\w+ PartialData/],
    ['is not allowed', () => world.fail('GetMetricData', 'AccessDeniedException', 'not you'), 'AccessDeniedException', 'not you'],
  ])('are none when CloudWatch %s: it goes on and holds, and has them the next time', async (_, trouble, error, message) => {
    trouble();
    await look();
    expect(world.seen.periods).toEqual([]);
    expect(world.errors).toEqual([{ level: 'error', what: 'periods', error, message: typeof message === 'string' ? message : expect.stringMatching(message) }]);
    await look();
    expect(starts()).toHaveLength(18);
  });

  test('are read from all pages of an answer', async () => {
    const { getMetricData: original } = { getMetricData: world.standIn.request.bind(world.standIn) };
    let pages = 0;
    jest.spyOn(world.standIn, 'request').mockImplementation((service, operation, input: any, caller) => {
      if (operation !== 'GetMetricData') return original(service, operation, input, caller);
      const { NextToken: token, ...rest } = input;
      const answer = original(service, operation, rest, caller) as any;
      pages++;
      const half = (list: unknown[]) => token === undefined ? list.slice(0, 7) : list.slice(7);
      const results = answer.MetricDataResults.map((one: any) => ({ ...one, Timestamps: half(one.Timestamps), Values: half(one.Values), StatusCode: token === undefined ? 'PartialData' : 'Complete' }));
      return { ...answer, MetricDataResults: results, ...token === undefined ? { NextToken: 'more' } : {} };
    });
    await look();
    expect([pages, starts().length]).toEqual([2, 18]);
    // The points of the first page too: a lost one would pass for a minute without requests.
    for (const { control, newcomer } of world.seen.periods) expect(Math.min(control.requests, newcomer.requests)).toBeGreaterThan(400);
  });

  test('are none when a metric is missing in the answer', async () => {
    const original = world.standIn.request.bind(world.standIn);
    jest.spyOn(world.standIn, 'request').mockImplementation((service, operation, input, caller) => {
      const answer = original(service, operation, input, caller) as any;
      return operation === 'GetMetricData' ? { ...answer, MetricDataResults: answer.MetricDataResults.slice(1) } : answer;
    });
    await look();
    expect([world.seen.periods, world.errors[0].message]).toEqual([[], 'not all metrics were given: from_requests missing']);
  });
});

describe('the baseline', () => {
  test('has counts of the hour, and percentiles of its middle period', async () => {
    world.standIn.setTraffic('web', { requestsPerMinute: 600, variants: { gpu: { errorRate: 0.5 } } });
    world.standIn.advance(3600 + 60);
    world.want({ baseline: { seconds: 3600 } });
    await look();
    const { baseline } = world.seen;
    expect(baseline).toMatchObject({ from: NOON, to: NOON + 3600 });
    expect(baseline!.requests / 60).toBeCloseTo(600, -2);
    expect(baseline!.errors / baseline!.requests).toBeCloseTo(0.5, 1);
    expect(baseline!.requestsPerMinute).toBe(baseline!.requests / 60);
    expect(baseline!.peakRequestsPerMinute).toBeGreaterThanOrEqual(baseline!.requestsPerMinute);
    expect(baseline!.p95).toBeGreaterThan(50_000);
    expect(baseline!.p99).toBeGreaterThan(baseline!.p95!);
    expect(world.inputs('GetMetricData').map(({ StartTime, EndTime, MetricDataQueries: [first] }) => [StartTime, EndTime, first.MetricStat.Period])).toEqual([[NOON, NOON + 3600, 60], [NOON, NOON + 3600, 3600]]);
  });

  test('of an endpoint without requests is zero, and nobody asks for its percentiles', async () => {
    world.want({ baseline: { seconds: 3600 } });
    await look();
    expect(world.seen.baseline).toEqual({ from: NOON - 3660, to: NOON - 60, requests: 0, errors: 0, requestsPerMinute: 0, peakRequestsPerMinute: 0 });
    expect(world.inputs('GetMetricData')).toHaveLength(1);
  });

  test('has no percentiles where CloudWatch has none', async () => {
    world.standIn.setTraffic('web', { requestsPerMinute: 60 });
    world.standIn.metrics.extendedStatistics = false;
    world.standIn.advance(3660);
    world.want({ baseline: { seconds: 3600 } });
    await look();
    expect(world.seen.baseline).not.toHaveProperty('p95');
    expect(world.seen.baseline!.requests).toBeGreaterThan(0);
  });

  test.each([1, 2])('is not there while CloudWatch cannot be asked (request %i): that is no lack of percentiles', async (request) => {
    world.standIn.setTraffic('web', { requestsPerMinute: 60 });
    world.standIn.advance(3660);
    world.want({ baseline: { seconds: 3600 } });
    const answer = world.standIn.control.refuse.bind(world.standIn.control);
    let times = 0;
    jest.spyOn(world.standIn.control, 'refuse').mockImplementation((operation, input) => {
      if (operation === 'GetMetricData' && ++times === request) world.fail('GetMetricData', 'ThrottlingException', 'Rate exceeded');
      answer(operation, input);
    });
    await look();
    expect(world.seen).not.toHaveProperty('baseline');
    expect(world.errors.map(({ what }) => what)).toEqual(['baseline']);
  });
});

describe('scaling', () => {
  const scaled = config({ from: { name: 'gpu', scaled: true }, to: { name: 'inf2', scaled: true } });
  const register = (variant: string, rest = {}) => world.standIn.call(AUTOSCALING, 'RegisterScalableTarget', {
    ServiceNamespace: 'sagemaker', ResourceId: `endpoint/web/variant/${variant}`, ScalableDimension: 'sagemaker:variant:DesiredInstanceCount', MinCapacity: 1, MaxCapacity: 4, ...rest,
  });

  test('is that of both variants, suspensions included', async () => {
    register('gpu', { SuspendedState: { DynamicScalingInSuspended: true } });
    register('inf2', { MinCapacity: 2, MaxCapacity: 9, SuspendedState: { DynamicScalingOutSuspended: true } });
    world.want({ scaling: true });
    await world.tick({ state: state(), config: scaled });
    expect(world.seen.scaling).toEqual({ from: { min: 1, max: 4, scaleInSuspended: true, scaleOutSuspended: false }, to: { min: 2, max: 9, scaleInSuspended: false, scaleOutSuspended: true } });
    expect(world.inputs('DescribeScalableTargets')).toEqual([{
      ServiceNamespace: 'sagemaker', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount', ResourceIds: ['endpoint/web/variant/gpu', 'endpoint/web/variant/inf2'],
    }]);
  });

  test('of a variant that is not registered is left out', async () => {
    register('inf2');
    world.want({ scaling: true });
    await world.tick({ state: state(), config: scaled });
    expect(Object.keys(world.seen.scaling!)).toEqual(['to']);
  });

  test('is not asked for where nothing scales', async () => {
    world.want({ scaling: true });
    await look();
    expect([world.seen.scaling, world.inputs('DescribeScalableTargets')]).toEqual([{}, []]);
  });

  test('that cannot be read is unknown, and not empty', async () => {
    world.want({ scaling: true });
    world.fail('DescribeScalableTargets', 'InternalServiceException', 'oh', { status: 500 });
    await world.tick({ state: state(), config: scaled });
    expect('scaling' in world.seen).toBe(false);
    expect(world.errors.map(({ what, error }) => [what, error])).toEqual([['scaling', 'InternalServiceException']]);
  });
});

describe('alarms', () => {
  const alarm = (name: string) => ({ AlarmName: name, Namespace: 'N', MetricName: 'M', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' });

  test('have the states that CloudWatch gives; one that is not there is missing', async () => {
    const { CLOUDWATCH } = jest.requireActual('../../support/standin/cloudwatch');
    for (const name of ['a', 'b']) world.standIn.call(CLOUDWATCH, 'PutMetricAlarm', alarm(name));
    world.standIn.setAlarm('a', true);
    world.standIn.setAlarm('b', false);
    world.want({ alarms: ['b', 'gone', 'a'] });
    expect((await look()).alarms).toEqual([{ name: 'b', state: 'OK' }, { name: 'gone', state: 'MISSING' }, { name: 'a', state: 'ALARM' }]);
    expect(world.inputs('DescribeAlarms')).toEqual([{ AlarmNames: ['b', 'gone', 'a'], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }]);
  });

  test('are asked for by the hundred', async () => {
    const names = Array.from({ length: 101 }, (_, index) => `a${index}`);
    world.want({ alarms: names });
    await look();
    expect(world.inputs('DescribeAlarms').map(({ AlarmNames }) => AlarmNames.length)).toEqual([100, 1]);
  });

  test('that cannot be read are unknown', async () => {
    world.want({ alarms: ['a'] });
    world.fail('DescribeAlarms', 'ThrottlingException', 'Rate exceeded');
    expect((await look()).alarms).toEqual([{ name: 'a', state: 'UNREAD' }]);
  });

  test('are not asked for when there are none', async () => {
    await look();
    expect(world.inputs('DescribeAlarms')).toEqual([]);
  });
});

describe('the kill switch', () => {
  const put = (value: string) => world.standIn.call(SSM, 'PutParameter', { Name: SWITCH, Value: value, Type: 'String' });

  test.each([['gpu', { killSwitch: 'gpu' }], ['off', {}]])('at %s', async (value, expected) => {
    put(value);
    world.want({ killSwitch: true });
    const { killSwitch } = await look();
    expect(killSwitch === undefined ? {} : { killSwitch }).toEqual(expected);
  });

  test('that is not there sends nobody anywhere', async () => {
    world.want({ killSwitch: true });
    expect(await look()).not.toHaveProperty('killSwitch');
  });

  test('is not read when the core does not want it, and fails the tick when it cannot be', async () => {
    put('gpu');
    expect(await look()).not.toHaveProperty('killSwitch');
    world.want({ killSwitch: true });
    world.fail('GetParameter', 'InternalServerError', 'oh', { status: 500 });
    await expect(look()).rejects.toThrow('oh');
  });
});

describe('a command', () => {
  test('is what the control record says', async () => {
    world.command({ id: 'abort-1', command: 'abort', token: 'run-1', by: 'ada', reason: 'too slow' });
    expect((await look()).command).toEqual({ id: 'abort-1', command: 'abort', token: 'run-1', by: 'ada', reason: 'too slow' });
  });

  test('of another migration of the endpoint is not ours', async () => {
    world.put('CONTROL#to-gpu', { id: { S: '1' }, command: { S: 'abort' } });
    expect(await look()).not.toHaveProperty('command');
  });

  test.each([
    [{ command: { S: 'pause' } }, { id: 'pause-', command: 'pause' }],
    [{ command: { S: 'approve' }, token: { S: 't' } }, { id: 'approve-t', command: 'approve', token: 't' }],
    [{ id: { N: '7' }, command: { S: 'skip' }, by: { BOOL: true }, reason: { L: [] } }, { id: '7', command: 'skip' }],
  ])('written by hand is read as far as it goes: %j', async (item, expected) => {
    world.put('CONTROL#to-inf2', item);
    expect((await look()).command).toEqual(expected);
  });

  test('without a command is none', async () => {
    world.put('CONTROL#to-inf2', { id: { S: '7' } });
    expect(await look()).not.toHaveProperty('command');
  });
});
