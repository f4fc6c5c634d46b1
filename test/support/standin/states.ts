import type { DescribeExecutionInput, ListExecutionsInput, RedriveExecutionInput, StartExecutionInput, StopExecutionInput } from '@aws-sdk/client-sfn';
import { ServiceError } from './errors';
import { page } from './paging';
import { timestamp, type CallContext, type Operation, type Service } from './service';
import { STATES_SHAPES } from './shapes';

/** An execution as the API shows it; those of the interpreter have this form. */
export interface RunningExecution {
  readonly arn: string;
  readonly name: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly input: unknown;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly result: { readonly output?: unknown; readonly error?: string; readonly cause?: string; readonly seconds: number };
  /** How often it was redriven, when last, and why it cannot be now. One that does not say cannot be. */
  readonly redrives?: { readonly count: number; readonly date?: number; readonly refusal?: string };
  abort(error?: string, cause?: string): void;
  redrive?(): void;
}

/** The members that tell of redrives, and why it cannot be redriven now (reasons: API reference of DescribeExecution). */
export function redriveOf({ status, redrives }: RunningExecution): {
  readonly redriveCount: number; readonly redriveDate?: number; readonly redriveStatus: string; readonly redriveStatusReason?: string;
} {
  const { count = 0, date, refusal = `Execution is ${status} and cannot be redriven` } = redrives ?? {};
  const open = redrives !== undefined && redrives.refusal === undefined;
  return { redriveCount: count, redriveDate: date, redriveStatus: open ? 'REDRIVABLE' : 'NOT_REDRIVABLE', redriveStatusReason: open ? undefined : refusal };
}

export interface StateMachine {
  readonly arn: string;
  readonly executions: readonly RunningExecution[];
  start(input: unknown, name?: string): RunningExecution;
}

/** By ARN. */
export type StateMachines = Map<string, StateMachine>;

/** DescribeExecution of it, in the members of the API. */
export function described(machineArn: string, execution: RunningExecution): Record<string, unknown> {
  const ended = execution.status === 'RUNNING' ? undefined : execution.result;
  const { redriveDate, ...redrive } = redriveOf(execution);
  const members: Record<string, unknown> = {
    executionArn: execution.arn,
    stateMachineArn: machineArn,
    name: execution.name,
    status: execution.status,
    startDate: timestamp(execution.started),
    stopDate: ended && timestamp(execution.started + ended.seconds * 1000),
    input: JSON.stringify(execution.input),
    inputDetails: { included: true },
    ...execution.status === 'SUCCEEDED' && { output: JSON.stringify(ended!.output ?? null), outputDetails: { included: true } },
    error: ended?.error,
    cause: ended?.cause,
    ...redrive,
    redriveDate: redriveDate === undefined ? undefined : timestamp(redriveDate),
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function machineOf({ machines }: CallContext, arn: string): StateMachine {
  const found = machines.get(arn);
  if (!found) throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return found;
}

function executionOf({ machines }: CallContext, arn: string): { readonly machine: StateMachine; readonly execution: RunningExecution } {
  for (const machine of machines.values()) {
    const execution = machine.executions.find((other) => other.arn === arn);
    if (execution) return { machine, execution };
  }
  throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
}

/** What throws TaskErrors here throws them with the names of the API's. */
function starting<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    const { name, message } = error as Error;
    throw /^(ExecutionAlreadyExists|InvalidExecutionInput|ExecutionNotRedrivable)$/.test(name) ? new ServiceError(name, message) : error;
  }
}

const ofExecution = (_: CallContext, { executionArn }: { executionArn?: string }): string[] => [executionArn!];
const ofMachine = (_: CallContext, { stateMachineArn }: { stateMachineArn?: string }): string[] => [stateMachineArn!];

const OPERATIONS: Record<string, Operation> = {
  StartExecution: {
    run(context, { stateMachineArn, name, input = '{}' }: StartExecutionInput) {
      const machine = machineOf(context, stateMachineArn!);
      let data: unknown;
      try {
        data = JSON.parse(input);
      } catch {
        throw new ServiceError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${input}'`);
      }
      const execution = starting(() => machine.start(data, name));
      return { executionArn: execution.arn, startDate: timestamp(execution.started) };
    },
    resources: ofMachine,
  },
  DescribeExecution: {
    run(context, { executionArn }: DescribeExecutionInput) {
      const { machine, execution } = executionOf(context, executionArn!);
      return described(machine.arn, execution);
    },
    resources: ofExecution,
  },
  StopExecution: {
    run(context, { executionArn, error, cause }: StopExecutionInput) {
      const { execution } = executionOf(context, executionArn!);
      if (execution.status === 'RUNNING') execution.abort(error, cause);
      return { stopDate: timestamp(context.clock.now()) };
    },
    resources: ofExecution,
  },
  RedriveExecution: {
    run(context, { executionArn }: RedriveExecutionInput) {
      const { execution } = executionOf(context, executionArn!);
      if (!execution.redrive) throw new ServiceError('ExecutionNotRedrivable', redriveOf(execution).redriveStatusReason!);
      starting(() => execution.redrive!());
      return { redriveDate: timestamp(context.clock.now()) };
    },
    resources: ofExecution,
  },
  ListExecutions: {
    run(context, input: ListExecutionsInput) {
      const machine = machineOf(context, input.stateMachineArn!);
      const found = [...machine.executions].reverse().filter((execution) =>
        (input.statusFilter === undefined || execution.status === input.statusFilter)
        && (input.redriveFilter === undefined || (input.redriveFilter === 'REDRIVEN') === redriveOf(execution).redriveCount > 0));
      const { items, next } = page(found, { NextToken: input.nextToken, MaxResults: input.maxResults }, 100);
      const members = ['executionArn', 'stateMachineArn', 'name', 'status', 'startDate', 'stopDate', 'redriveCount', 'redriveDate'];
      return { executions: items.map((one) => Object.fromEntries(Object.entries(described(machine.arn, one)).filter(([name]) => members.includes(name)))), nextToken: next };
    },
    resources: ofMachine,
  },
};

/** Step Functions: the machines that a test has registered in `standIn.machines`. */
export const STATES: Service = { shapes: STATES_SHAPES, iamPrefix: 'states', className: 'Sfn', errorMember: 'message', operations: OPERATIONS };
