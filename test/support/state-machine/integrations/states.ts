import { ACCOUNT, REGION } from '../../iam';
import { described } from '../../standin/states';
import { TaskError } from '../errors';
import type { Execution, Integration, TaskContext } from '../execution';
import type { TestStateMachine } from '../machine';

/** The rule by which Step Functions hears of the end of executions (developer guide, "IAM policies for starting workflows from a parent"). */
const RULE = `arn:aws:events:${REGION}:${ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`;

/** DescribeExecution with its input and output parsed, its members in upper case, and times in milliseconds. */
function asTask(machine: TestStateMachine, execution: Execution): Record<string, unknown> {
  const parsed = (name: string, value: unknown) => name === 'input' || name === 'output' ? JSON.parse(value as string)
    : /Date$/.test(name) ? Number(value) * 1000
      : /Details$/.test(name) ? { Included: true } : value;
  return Object.fromEntries(Object.entries(described(machine.arn, execution)).map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), parsed(name, value)]));
}

/** `states:startExecution` and `states:startExecution.sync:2` between machines of one scheduler. */
export function states(machines: () => Iterable<TestStateMachine>): Integration {
  const start = ({ StateMachineArn, Input = {}, Name }: any, { principal, record }: TaskContext): { readonly machine: TestStateMachine; readonly child: Execution } => {
    record({ principal, action: 'states:StartExecution', resource: [StateMachineArn], context: {} });
    const machine = [...machines()].find(({ arn }) => arn === StateMachineArn);
    if (!machine) throw new TaskError('StepFunctions.StateMachineDoesNotExistException', `State Machine Does Not Exist: '${StateMachineArn}'`);
    try {
      return { machine, child: machine.start(typeof Input === 'string' ? JSON.parse(Input) : Input, Name) };
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      throw new TaskError(`StepFunctions.${error.name}Exception`, `${error.message} (Service: AWSStepFunctions; Status Code: 400; Error Code: ${error.name})`);
    }
  };
  return async (operation, input, context) => {
    const { principal, record } = context;
    if (operation !== 'startExecution' && operation !== 'startExecution.sync:2') throw new Error(`states: got ${operation}, only startExecution and startExecution.sync:2 are there`);
    const { machine, child } = start(input, context);
    if (operation === 'startExecution') return { ExecutionArn: child.arn, StartDate: child.started };
    // What Step Functions needs to follow the child, whichever way it hears of its end.
    for (const action of ['events:PutTargets', 'events:PutRule', 'events:DescribeRule']) record({ principal, action, resource: [RULE], context: {} });
    record({ principal, action: 'states:DescribeExecution', resource: [child.arn], context: {} });
    context.onStop(() => {
      record({ principal, action: 'states:StopExecution', resource: [child.arn], context: {} });
      if (child.status === 'RUNNING') child.abort();
    });
    await context.until(child.done);
    if (child.status !== 'SUCCEEDED') throw new TaskError('States.TaskFailed', JSON.stringify(asTask(machine, child)));
    return asTask(machine, child);
  };
}
