import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';

const client = new SFNClient({});
const PATIENCE_MS = 20_000;

/** Whether an execution goes on. */
export async function isRunning(executionArn: string): Promise<boolean> {
  const { status } = await client.send(new DescribeExecutionCommand({ executionArn }), { abortSignal: AbortSignal.timeout(PATIENCE_MS) });
  return status === 'RUNNING';
}
