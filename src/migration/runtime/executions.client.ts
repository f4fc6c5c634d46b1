import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';

const sfn = new SFNClient({});

const ENDED = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

/**
 * Whether an execution is surely over. One that cannot be looked at (another state machine's: the role sees its own) may run, and what may
 * run is not robbed.
 */
export async function isOver(executionArn: string): Promise<boolean> {
  try {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return ENDED.includes(status!);
  } catch (error) {
    const { name } = error as Error;
    if (name === 'ExecutionDoesNotExist') return true;
    if (['AccessDeniedException', 'InvalidArn', 'ValidationException'].includes(name)) return false;
    throw error;
  }
}
