import { CloudWatchClient, GetMetricDataCommand, type GetMetricDataCommandInput, type MetricDataQuery, type MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { Fixture, GPU, INF2, refusal } from '../fixture';

const MINUTE = 60_000;
let fixture: Fixture;
let cloudWatch: CloudWatchClient;
/** A whole minute after the endpoint is up: when the traffic begins. */
let start: number;

beforeEach(async () => {
  fixture = await Fixture.start();
  cloudWatch = fixture.client(CloudWatchClient);
  await fixture.endpoint([{ ...GPU, InitialInstanceCount: 2 }, INF2]);
  start = fixture.standIn.clock.now();
  fixture.standIn.setTraffic('web', { requestsPerMinute: 1000, variants: { gpu: { errorRate: 0.1, clientErrorRate: 0.05 } } });
});
afterEach(async () => fixture.stop());

function query(metric: string, stat: string, rest: { id?: string; variant?: string; period?: number; dimensions?: string[] } = {}): MetricDataQuery {
  const { id = 'm', variant = 'gpu', period = 60, dimensions = ['EndpointName', 'VariantName'] } = rest;
  const values: Record<string, string> = { EndpointName: 'web', VariantName: variant };
  return { Id: id, MetricStat: { Metric: { Namespace: 'AWS/SageMaker', MetricName: metric, Dimensions: dimensions.map((Name) => ({ Name, Value: values[Name] })) }, Period: period, Stat: stat } };
}

async function get(queries: MetricDataQuery[], rest: Partial<GetMetricDataCommandInput> = {}): Promise<MetricDataResult[]> {
  const answer = await cloudWatch.send(new GetMetricDataCommand({
    MetricDataQueries: queries, StartTime: new Date(start), EndTime: new Date(start + 30 * MINUTE), ScanBy: 'TimestampAscending', ...rest,
  }));
  return answer.MetricDataResults!;
}

/** Minutes since the start of each point, and its value. */
const points = ({ Timestamps, Values }: MetricDataResult) => Timestamps!.map((time, index) => [(time.getTime() - start) / MINUTE, Values![index]]);
const minutes = async (rest: Partial<GetMetricDataCommandInput> = {}, one = query('Invocations', 'Sum')) => points((await get([one], rest))[0]).map(([minute]) => minute);
const bucket = (minute: number, variant = 'gpu') => fixture.standIn.traffic.bucket('web', variant, start + minute * MINUTE)!;

describe('statistics', () => {
  test('counts are those of the requests', async () => {
    fixture.standIn.advance(180);
    const found = await get([
      query('Invocations', 'Sum', { id: 'a' }), query('Invocations', 'SampleCount', { id: 'b' }), query('Invocation5XXErrors', 'Sum', { id: 'c' }),
      query('Invocation5XXErrors', 'SampleCount', { id: 'd' }), query('Invocation4XXErrors', 'Sum', { id: 'e' }), query('InvocationModelErrors', 'Sum', { id: 'f' }),
      query('Invocation5XXErrors', 'Average', { id: 'g' }), query('InvocationsPerInstance', 'Sum', { id: 'h' }), query('ModelLatency', 'SampleCount', { id: 'i' }),
    ]);
    const { requests, serverErrors, clientErrors } = bucket(0);
    expect(found.map((result) => points(result)[0][1])).toEqual([
      requests, requests, serverErrors, requests, clientErrors, serverErrors + clientErrors, serverErrors / requests, requests / 2, requests - clientErrors,
    ]);
    expect([requests, serverErrors, clientErrors].every((count) => count > 0)).toBe(true);
    expect(found[0]).toMatchObject({ Id: 'a', Label: 'Invocations', StatusCode: 'Complete' });
  });

  test('latency is in microseconds; ranks and counts go by thresholds', async () => {
    fixture.standIn.advance(180);
    const [p50, p99, average, least, most, rank, count, between] = (await get([
      query('ModelLatency', 'p50', { id: 'a' }), query('ModelLatency', 'p99', { id: 'b' }), query('ModelLatency', 'Average', { id: 'c' }),
      query('ModelLatency', 'Minimum', { id: 'd' }), query('ModelLatency', 'Maximum', { id: 'e' }), query('ModelLatency', 'PR(:60000)', { id: 'f' }),
      query('ModelLatency', 'TC(60000:)', { id: 'g' }), query('ModelLatency', 'TC(40000:60000)', { id: 'h' }),
    ])).map((result) => points(result)[0][1]);
    const { latency } = bucket(0);
    expect(Math.abs(p50 / 50_000 - 1)).toBeLessThan(0.05);
    expect(p99).toBeGreaterThan(85_000);
    expect(Math.abs(average / 52_300 - 1)).toBeLessThan(0.05);
    expect([least < p50, most >= p99]).toEqual([true, true]);
    expect(rank).toBe((100 * latency.atMost(60_000)) / latency.count);
    expect(count).toBe(latency.count - latency.atMost(60_000));
    expect(between).toBe(latency.atMost(60_000) - latency.atMost(40_000));
  });

  test('counts of a longer period are the sums of its minutes', async () => {
    fixture.standIn.advance(720);
    const [long, short] = await get([query('Invocations', 'Sum', { id: 'a', period: 300 }), query('Invocations', 'Sum', { id: 'b' })]);
    expect(points(long)).toEqual([0, 5, 10].map((first) => [first, points(short).filter(([minute]) => minute >= first && minute < first + 5).reduce((sum, [, value]) => sum + value, 0)]));
  });

  test('without extended statistics percentiles, ranks and counts are empty', async () => {
    fixture.standIn.advance(180);
    fixture.standIn.metrics.extendedStatistics = false;
    const found = await get(['p95', 'PR(:60000)', 'TC(:60000)', 'Average'].map((stat, index) => query('ModelLatency', stat, { id: `m${index}` })));
    expect(found.map(({ Values, StatusCode }) => [Values!.length, StatusCode])).toEqual([[0, 'Complete'], [0, 'Complete'], [0, 'Complete'], [2, 'Complete']]);
  });

  test('no requests, no points; nor for a metric or dimensions that are not there', async () => {
    fixture.standIn.advance(180);
    expect((await get([
      query('Invocations', 'Sum', { id: 'a', variant: 'inf2' }), query('Nothing', 'Sum', { id: 'b' }), query('Invocations', 'Sum', { id: 'c', dimensions: ['EndpointName'] }),
    ])).map(({ Values }) => Values)).toEqual([[], [], []]);
  });
});

describe('what is published', () => {
  test('a minute shows a minute after it has ended', async () => {
    fixture.standIn.advance(119);
    expect(await minutes()).toEqual([]);
    fixture.standIn.advance(1);
    expect(await minutes()).toEqual([0]);
    fixture.standIn.advance(60);
    expect(await minutes()).toEqual([0, 1]);
  });

  test('the start counts, the end does not; the newest comes first unless asked otherwise', async () => {
    fixture.standIn.advance(600);
    expect(await minutes({ StartTime: new Date(start + 2 * MINUTE), EndTime: new Date(start + 5 * MINUTE) })).toEqual([2, 3, 4]);
    expect(await minutes({ StartTime: new Date(start + 2.5 * MINUTE), EndTime: new Date(start + 4 * MINUTE) })).toEqual([2, 3]);
    expect(await minutes({ EndTime: new Date(start + 3 * MINUTE), ScanBy: undefined })).toEqual([2, 1, 0]);
  });

  test('late points come later, missing ones never', async () => {
    const { metrics } = fixture.standIn;
    metrics.late = ({ minute }) => minute === start + MINUTE ? 240 : 0;
    metrics.missing = ({ minute, metric }) => minute === start + 2 * MINUTE && metric === 'Invocations';
    fixture.standIn.advance(300);
    expect(await minutes()).toEqual([0, 3]);
    expect(await minutes({}, query('Invocation5XXErrors', 'Sum'))).toEqual([0, 2, 3]);
    fixture.standIn.advance(120);
    expect(await minutes()).toEqual([0, 1, 3, 4, 5]);
  });

  test('a partial minute shows a part of its counts until it is published', async () => {
    fixture.standIn.metrics.partial = () => 0.3;
    fixture.standIn.advance(90);
    const [[, before]] = points((await get([query('Invocations', 'Sum')]))[0]);
    expect(before).toBe(Math.floor(bucket(0).requests * 0.3));
    fixture.standIn.advance(30);
    const [[, after]] = points((await get([query('Invocations', 'Sum')]))[0]);
    expect(after).toBe(bucket(0).requests);
  });

  test('PartialData lacks the second half of the points, as often as asked', async () => {
    fixture.standIn.advance(600);
    fixture.standIn.metrics.partialAnswers = 1;
    const [partial] = await get([query('Invocations', 'Sum')]);
    expect([partial.StatusCode, points(partial).map(([minute]) => minute)]).toEqual(['PartialData', [0, 1, 2, 3, 4]]);
    expect((await get([query('Invocations', 'Sum')]))[0]).toMatchObject({ StatusCode: 'Complete' });
  });

  test('an expression is evaluated on what is published', async () => {
    fixture.standIn.advance(300);
    const [ratio, filled] = await get([
      query('Invocations', 'Sum', { id: 'all' }), query('Invocation5XXErrors', 'Sum', { id: 'bad' }), query('Invocations', 'Sum', { id: 'none', variant: 'inf2' }),
      { Id: 'ratio', Expression: 'bad / all', Label: 'errors' }, { Id: 'filled', Expression: 'FILL(none, 0) + 1' },
    ].map((one) => ({ ...one, ReturnData: 'Expression' in one })), { EndTime: new Date(start + 5 * MINUTE) });
    expect(points(ratio)).toEqual([0, 1, 2, 3].map((minute) => [minute, bucket(minute).serverErrors / bucket(minute).requests]));
    expect([ratio.Label, points(filled)]).toEqual(['errors', [0, 1, 2, 3, 4].map((minute) => [minute, 1])]);
  });
});

test.each<[string, MetricDataQuery[], Partial<GetMetricDataCommandInput>, string]>([
  ['an unknown statistic', [query('Invocations', 'P95')], {}, 'ValidationException: The value P95 for parameter Stat is not supported.'],
  ['a rank without bounds', [query('Invocations', 'PR(:)')], {}, 'ValidationException: The value PR(:) for parameter Stat is not supported.'],
  ['half a minute', [query('Invocations', 'Sum', { period: 30 })], {}, 'ValidationException: Period must be a multiple of 60 for the metrics of endpoints, got 30'],
  ['an id twice', [query('Invocations', 'Sum'), query('Invocations', 'Sum')], {}, 'ValidationException: The values for parameter id in parameter MetricDataQueries are not unique: m'],
  ['an id in upper case', [query('Invocations', 'Sum', { id: 'M1' })], {}, 'ValidationException: Invalid metrics list: the id M1 has to begin with a lower-case letter'],
  ['neither metric nor expression', [{ Id: 'm' }], {}, 'ValidationException: Exactly one of MetricStat and Expression must be given for m'],
  ['no time', [query('Invocations', 'Sum')], { EndTime: new Date(0) }, 'ValidationException: The parameter StartTime must be less than the parameter EndTime.'],
  ['an expression on nothing', [{ Id: 'e', Expression: 'm + 1' }], {}, 'ValidationException: The expression refers to m, which is no query of this request'],
  ['an expression on itself', [{ Id: 'e', Expression: 'e + 1' }], {}, 'ValidationException: The expression refers to e, which is its own operand'],
  ['a number', [{ Id: 'e', Expression: '1 + 1' }], {}, 'ValidationException: The expression e is a number, and has to be a time series'],
])('%s is refused', async (_, queries, rest, message) => {
  expect(await refusal(get(queries, rest))).toBe(message);
});

test('throttled as any other call', async () => {
  fixture.standIn.control.faults.push({ operation: 'GetMetricData', error: { type: 'ThrottlingException', message: 'Rate exceeded' } });
  expect(await refusal(get([query('Invocations', 'Sum')]))).toBe('ThrottlingException: Rate exceeded');
  expect(await get([query('Invocations', 'Sum')])).toHaveLength(1);
});
