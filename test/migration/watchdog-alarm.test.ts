/** The alarms as the stand-in's CloudWatch evaluates them: from bad requests to the fallback. */
import { Duration } from 'aws-cdk-lib';
import { ENDPOINT, fallbackStack, ofType, templateOf, WatchdogWorld, type FallbackOptions } from './watchdog-world';
import type { EndpointTraffic } from '../support/standin/traffic';

jest.setTimeout(60_000);

/** Whether it fell back in so many minutes of this traffic, and after how many. */
async function fallsBack(traffic: EndpointTraffic, minutes: number, { props = {}, gpu = [0, 2], inf2 = [1, 2] }: { props?: FallbackOptions; gpu?: [number, number]; inf2?: [number, number] } = {}): Promise<number | undefined> {
  const world = new WatchdogWorld(fallbackStack(props).stack, { gpu, inf2 });
  const began = world.scheduler.now();
  world.standIn.setTraffic(ENDPOINT, traffic);
  await world.minutes(minutes);
  const [execution] = world.machine.executions;
  return execution && (execution.started - began) / 60_000;
}
const errors = (inf2: number, gpu = 0) => ({ inf2: { errorRate: inf2 }, gpu: { errorRate: gpu } });

describe('errors', () => {
  test('half of all requests: falls back within four minutes, although the other variant has no data at all', async () => {
    expect(await fallsBack({ requestsPerMinute: 1000, variants: errors(0.5) }, 6)).toBeLessThanOrEqual(4);
  });

  test('and the requests go to the other variant', async () => {
    const world = new WatchdogWorld(fallbackStack().stack);
    world.standIn.setTraffic(ENDPOINT, { requestsPerMinute: 1000, variants: errors(0.5) });
    await world.minutes(30);
    expect(world.live).toEqual({ gpu: [1, 2], inf2: [0, 2], status: 'InService' });
    expect(world.said).toEqual(['FallbackTriggered', 'FallbackDone']);
  });

  test.each([
    ['4 % of them: below the limit', { requestsPerMinute: 2000, variants: errors(0.04) }],
    ['no requests', { requestsPerMinute: 0, variants: errors(1) }],
    ['12 requests a minute: no sample', { requestsPerMinute: 12, variants: errors(1) }],
    ['one bad minute', { requestsPerMinute: 1000, variants: { inf2: { errorRate: ({ minute }: { minute: number }) => minute >= 5 && minute < 6 ? 0.9 : 0 } } }],
  ])('%s: stays', async (_, traffic) => {
    expect(await fallsBack(traffic as EndpointTraffic, 20)).toBeUndefined();
  });

  test('a rate far below the limit at little traffic, for two days: stays, for two errors of 25 requests are chance', async () => {
    expect(await fallsBack({ requestsPerMinute: 25, variants: errors(0.012) }, 2 * 24 * 60)).toBeUndefined();
  });

  test('half of 25 requests a minute: falls back', async () => {
    expect(await fallsBack({ requestsPerMinute: 25, variants: errors(0.5) }, 20)).toBeLessThanOrEqual(8);
  });

  test('an outage that hits both variants: stays', async () => {
    expect(await fallsBack({ requestsPerMinute: 2000, variants: errors(0.3, 0.3) }, 20, { gpu: [0.5, 2], inf2: [0.5, 2] })).toBeUndefined();
  });

  test('three times as many as the other variant: falls back', async () => {
    expect(await fallsBack({ requestsPerMinute: 2000, variants: errors(0.3, 0.1) }, 8, { gpu: [0.5, 2], inf2: [0.5, 2] })).toBeLessThanOrEqual(4);
  });

  test('an outage, and too few requests at the other variant to compare with: falls back', async () => {
    expect(await fallsBack({ requestsPerMinute: 200, variants: errors(0.5, 0.5) }, 8, { gpu: [0.02, 2], inf2: [0.98, 2] })).toBeLessThanOrEqual(5);
  });

  test('limits of one\'s own', async () => {
    const traffic = { requestsPerMinute: 10, variants: errors(1) };
    expect(await fallsBack(traffic, 12, { props: { errors: { minimumRequests: 2, minutes: 3 } } })).toBeLessThanOrEqual(6);
    expect(await fallsBack({ requestsPerMinute: 1000, variants: errors(0.3) }, 12, { props: { errors: { maxErrorRate: 0.5 } } })).toBeUndefined();
    expect(await fallsBack({ requestsPerMinute: 2000, variants: errors(0.3, 0.1) }, 12, { props: { errors: { errorRatio: 5 } }, gpu: [0.5, 2], inf2: [0.5, 2] })).toBeUndefined();
  });
});

describe('latency', () => {
  const slow = { requestsPerMinute: 600, variants: { inf2: { latency: { median: 900 } } } };

  test('is watched when there is a limit', async () => {
    expect(await fallsBack(slow, 10, { props: { latency: { p99: Duration.millis(500) } } })).toBeLessThanOrEqual(5);
    expect(await fallsBack(slow, 10)).toBeUndefined();
    expect(await fallsBack(slow, 10, { props: { latency: { p99: Duration.seconds(10) } } })).toBeUndefined();
  });

  test('of too few requests says nothing', async () => {
    expect(await fallsBack({ ...slow, requestsPerMinute: 10 }, 10, { props: { latency: { p99: Duration.millis(500) } } })).toBeUndefined();
  });
});

describe('the alarms in the template', () => {
  const alarms = (props: FallbackOptions = {}) => ofType(templateOf(fallbackStack(props).stack), 'AWS::CloudWatch::Alarm').map(([, alarm]) => alarm);

  test('errors: name, limits, link to the runbook, counts by the minute', () => {
    const [{ Metrics, ...alarm }, ...others] = alarms();
    expect(others).toEqual([]);
    expect(alarm).toEqual({
      AlarmName: 'Stack-Fallback-Watchdog-36298669-errors',
      AlarmDescription: 'More than 5 % of the requests to variant inf2 fail, and at least 2 times the share of variant gpu: all requests go to gpu. https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#watchdog-errors',
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      EvaluationPeriods: 2,
      DatapointsToAlarm: 2,
      TreatMissingData: 'notBreaching',
    });
    const metric = (Id: string, MetricName: string, variant: string) => ({
      Id,
      MetricStat: {
        Metric: { Namespace: 'AWS/SageMaker', MetricName, Dimensions: [{ Name: 'EndpointName', Value: 'web' }, { Name: 'VariantName', Value: variant }] },
        Period: 60,
        Stat: 'Sum',
      },
      ReturnData: false,
    });
    expect(Metrics).toEqual([
      {
        Id: 'expr_1',
        Label: 'Too many errors of inf2',
        Expression: 'IF(requests >= 20 AND (errors - 0.05 * requests) > 0 AND (errors - 0.05 * requests) * (errors - 0.05 * requests) > 0.45 * requests AND IF(FILL(standbyRequests, 0) >= 20, errors * FILL(standbyRequests, 0) >= 2 * FILL(standbyErrors, 0) * requests, 1), 1, 0)',
        ReturnData: true,
      },
      metric('requests', 'Invocations', 'inf2'),
      metric('errors', 'Invocation5XXErrors', 'inf2'),
      metric('standbyRequests', 'Invocations', 'gpu'),
      metric('standbyErrors', 'Invocation5XXErrors', 'gpu'),
    ]);
  });

  test('latency: in microseconds', () => {
    const [, { Metrics: [{ Expression }, , latency], ...alarm }] = alarms({ latency: { p99: Duration.millis(1500), minutes: 5 } });
    expect(Expression).toBe('IF(requests >= 20 AND latency > 1500000, 1, 0)');
    expect(latency.MetricStat).toMatchObject({ Metric: { MetricName: 'ModelLatency' }, Stat: 'p99', Period: 60 });
    expect(alarm).toMatchObject({
      AlarmName: 'Stack-Fallback-Watchdog-36298669-latency',
      AlarmDescription: 'One in a hundred requests to variant inf2 takes longer than 1500 ms: all requests go to gpu. https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#watchdog-latency',
      EvaluationPeriods: 5,
      DatapointsToAlarm: 5,
      TreatMissingData: 'notBreaching',
    });
  });

  test('a share in percent without the tails of floating point', () => {
    expect(alarms({ errors: { maxErrorRate: 0.07 } })[0].AlarmDescription).toMatch(/^More than 7 % /);
  });
});
