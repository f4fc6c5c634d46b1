import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';

const client = new SFNClient({});

export interface Execution {
  readonly running: boolean;
  /** It came to nothing. */
  readonly failed: boolean;
  readonly redrives: number;
}

export async function execution(executionArn: string): Promise<Execution> {
  const { status, redriveCount } = await client.send(new DescribeExecutionCommand({ executionArn }));
  return { running: status === 'RUNNING', failed: status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED', redrives: redriveCount ?? 0 };
}

/** Whether an execution came to nothing. Step Functions forgets them after 90 days: of those nobody knows. */
export async function failed(executionArn: string): Promise<boolean> {
  try {
    return (await execution(executionArn)).failed;
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return false;
    throw error;
  }
}

/**
 * Another execution of the state machine that goes on and began before this one. Of two that began at the same moment one gives way, by its ARN: both would
 * otherwise.
 */
export async function earlierExecution(stateMachineArn: string, own: string): Promise<string | undefined> {
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 100 }));
  const began = (arn: string) => {
    const found = executions.find(({ executionArn }) => executionArn === arn);
    // One that is redriven begins anew.
    return (found?.redriveDate ?? found?.startDate)?.getTime() ?? Infinity;
  };
  const mine = began(own);
  // The list is a moment behind (API reference, ListExecutions): the tick is made again.
  if (mine === Infinity) throw new Error(`${own} is not listed yet`);
  return executions.map(({ executionArn }) => executionArn!).find((arn) => arn !== own && (began(arn) < mine || (began(arn) === mine && arn < own)));
}
