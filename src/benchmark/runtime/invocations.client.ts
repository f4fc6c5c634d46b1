import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { Window } from '../core/other-traffic';

const client = new CloudWatchClient({});
const PATIENCE_MS = 20_000;

/** Requests that came to a variant in whole minutes, whoever sent them. */
export async function invocations(endpoint: string, variant: string, { from, to }: Window): Promise<number> {
  const { MetricDataResults: [found] = [] } = await client.send(new GetMetricDataCommand({
    MetricDataQueries: [{
      Id: 'requests',
      MetricStat: {
        Metric: { Namespace: 'AWS/SageMaker', MetricName: 'Invocations', Dimensions: [{ Name: 'EndpointName', Value: endpoint }, { Name: 'VariantName', Value: variant }] },
        Stat: 'Sum',
        Period: 60,
      },
    }],
    StartTime: new Date(from),
    EndTime: new Date(to),
  }), { abortSignal: AbortSignal.timeout(PATIENCE_MS) });
  // The director is asked again; a part would be less than there was.
  if (found?.StatusCode !== 'Complete') throw new Error(`CloudWatch gave ${found?.StatusCode ?? 'nothing'} of the requests to variant ${variant}`);
  return (found.Values ?? []).reduce((sum, value) => sum + value, 0);
}
