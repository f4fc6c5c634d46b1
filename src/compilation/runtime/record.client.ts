import { CloudWatchLogsClient, DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';

const logs = new CloudWatchLogsClient({});

/** The last lines of what a job logged; none when it logged nothing. */
export async function lastLines(logGroupName: string, jobName: string, limit = 100): Promise<string[]> {
  const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: `${jobName}/` }));
  const lines: string[] = [];
  for (const { logStreamName } of logStreams) {
    const { events = [] } = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, limit, startFromHead: false }));
    lines.push(...events.map((event) => event.message ?? ''));
  }
  return lines;
}
