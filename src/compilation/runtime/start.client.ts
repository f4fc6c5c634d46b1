import { SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';

const sfn = new SFNClient({});

export async function startExecution(stateMachineArn: string, name: string, input: object): Promise<string> {
  try {
    // The same name with the same input is the same execution while it runs: an event that comes twice starts one.
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    return executionArn!;
  } catch (error) {
    if ((error as Error).name !== 'ExecutionAlreadyExists') throw error;
    // The event came again after the end; the name is made of the handle, so it is the same one.
    return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }
}

/** Ends an execution; one that has ended or is gone already stays as it is. */
export async function stopExecution(executionArn: string): Promise<void> {
  try {
    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Deleted', cause: 'the stack or the compilation was deleted' }));
  } catch (error) {
    if (!['ExecutionDoesNotExist', 'ValidationException'].includes((error as Error).name)) throw error;
  }
}
