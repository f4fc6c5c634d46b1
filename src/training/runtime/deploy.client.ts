import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';

/** An execution as far as it matters to who started it. */
export interface StartedRun {
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly ended?: number;
  readonly error?: string;
  readonly cause?: string;
}

const states = new SFNClient({});
const lambda = new LambdaClient({});

/** The execution, or undefined when there is none. */
export async function describeRun(executionArn: string): Promise<StartedRun | undefined> {
  try {
    const { status, startDate, stopDate, error, cause } = await states.send(new DescribeExecutionCommand({ executionArn }));
    return { status: status!, started: startDate!.getTime(), ended: stopDate?.getTime(), error, cause };
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** Starts an execution. The same name with the same input is the same execution while it runs, and refused when it has ended: either way it was started. */
export async function startRun(stateMachineArn: string, name: string, input: string): Promise<void> {
  try {
    await states.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  } catch (error) {
    if ((error as Error).name !== 'ExecutionAlreadyExists') throw error;
  }
}

/** Stops an execution; one that is gone already is no failure. */
export async function stopRun(executionArn: string, error: string, cause: string): Promise<void> {
  try {
    await states.send(new StopExecutionCommand({ executionArn, error, cause }));
  } catch (thrown) {
    if (!['ExecutionDoesNotExist', 'ValidationException'].includes((thrown as Error).name)) throw thrown;
  }
}

/** Running executions whose names begin like this. A state machine that is gone has none. */
export async function runningRuns(stateMachineArn: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const page = await states.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1000, nextToken }));
      found.push(...(page.executions ?? []).filter(({ name }) => name!.startsWith(prefix)).map(({ executionArn }) => executionArn!));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
  } catch (error) {
    if ((error as Error).name !== 'StateMachineDoesNotExist') throw error;
  }
  return found;
}

/** Sends an event to a function and does not wait for what it makes of it. */
export async function invokeLater(functionArn: string, event: object): Promise<void> {
  await lambda.send(new InvokeCommand({ FunctionName: functionArn, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(event)) }));
}

export async function pause(ms: number): Promise<void> {
  await sleep(ms);
}
