import { CloudWatchClient, paginateDescribeAlarms, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import { NAMESPACE, type MetricQuery, type Series, type Window } from '../core/metric-queries';

const cloudwatch = new CloudWatchClient({});

/** An answer that is slower is no answer: the tick goes on without, and holds. */
const PATIENCE_MS = 20_000;

/** CloudWatch did not give all of what was asked for. */
export class IncompleteError extends Error {
  constructor(readonly statuses: Readonly<Record<string, string>>) {
    super(`not all metrics were given: ${Object.entries(statuses).map(([id, status]) => `${id} ${status}`).join(', ')}`);
    this.name = 'IncompleteError';
  }
}

/** Every point of every metric in the window, all pages; throws `IncompleteError` when one of them is not complete. */
export async function getSeries(endpoint: string, queries: readonly MetricQuery[], window: Window): Promise<Series> {
  const input = {
    MetricDataQueries: queries.map(({ id, metric, variant, stat, period }) => ({
      Id: id,
      MetricStat: {
        Metric: { Namespace: NAMESPACE, MetricName: metric, Dimensions: [{ Name: 'EndpointName', Value: endpoint }, { Name: 'VariantName', Value: variant }] },
        Stat: stat,
        Period: period,
      },
    })),
    StartTime: new Date(window.start * 1000),
    EndTime: new Date(window.end * 1000),
    ScanBy: 'TimestampAscending' as const,
  };
  const series: Record<string, [number, number][]> = {};
  // A metric that is not mentioned is not complete. Of several pages the last word on a metric counts: before, `PartialData` means more to come.
  const statuses: Record<string, string> = Object.fromEntries(queries.map(({ id }) => [id, 'missing']));
  for await (const { MetricDataResults: results = [] } of paginateGetMetricData({ client: cloudwatch }, input, { abortSignal: AbortSignal.timeout(PATIENCE_MS) })) {
    for (const { Id: id = '', StatusCode: status = '', Timestamps: times = [], Values: values = [] } of results) {
      statuses[id] = status;
      (series[id] ??= []).push(...times.map((time, index): [number, number] => [time.getTime() / 1000, values[index]]));
    }
  }
  const incomplete = Object.entries(statuses).filter(([, status]) => status !== 'Complete');
  if (incomplete.length > 0) throw new IncompleteError(Object.fromEntries(incomplete));
  return series;
}

/** States of metric and composite alarms by name; those that do not exist are left out. */
export async function alarmStates(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  // A request takes 100 names (API reference, DescribeAlarms).
  for (let start = 0; start < names.length; start += 100) {
    const input = { AlarmNames: names.slice(start, start + 100), AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const] };
    for await (const page of paginateDescribeAlarms({ client: cloudwatch }, input, { abortSignal: AbortSignal.timeout(PATIENCE_MS) })) {
      for (const { AlarmName: name, StateValue: state } of [...page.MetricAlarms ?? [], ...page.CompositeAlarms ?? []]) states.set(name!, state!);
    }
  }
  return states;
}
