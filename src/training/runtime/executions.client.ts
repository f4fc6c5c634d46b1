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

/**
 * Another execution of the state machine that goes on and began before this one. Of two that began at the same moment one gives way, by its ARN: both would
 * otherwise.
 */
export async function earlierExecution(stateMachineArn: string, own: string): Promise<string | undefined> {
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 100 }));
  const began = (arn: string) => executions.find(({ executionArn }) => executionArn === arn)?.startDate?.getTime() ?? Infinity;
  const mine = began(own);
  return executions.map(({ executionArn }) => executionArn!).find((arn) => arn !== own && (began(arn) < mine || (began(arn) === mine && arn < own)));
}
