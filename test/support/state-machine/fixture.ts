import type { State } from './definition';
import type { Integration, Result } from './execution';
import { TestStateMachine } from './machine';
import { Scheduler } from './scheduler';

/** A Task state on the integration `demo`. */
export function task(operation: string, rest: Partial<State> = {}): State {
  return { Type: 'Task', Resource: `arn:aws:states:::aws-sdk:demo:${operation}`, ...('Next' in rest ? {} : { End: true }), ...rest };
}

export interface MachineProps {
  readonly states: Readonly<Record<string, State>>;
  readonly demo?: Integration;
  readonly timeoutSeconds?: number;
  readonly scheduler?: Scheduler;
  readonly name?: string;
}

/** A machine whose first state is the first one given. Without `demo` a task answers with its input. */
export function machineOf({ states, demo = (_, input) => input, timeoutSeconds = 86_400, scheduler, name }: MachineProps): TestStateMachine {
  return new TestStateMachine({
    definition: { StartAt: Object.keys(states)[0], TimeoutSeconds: timeoutSeconds, States: states },
    integrations: { demo },
    role: 'MachineRole',
    scheduler,
    name,
  });
}

/** Runs a single state, `Only`. */
export async function runState(state: State, input: unknown = {}): Promise<Result> {
  return machineOf({ states: { Only: 'Choices' in state || 'Next' in state || state.Type === 'Fail' ? state : { End: true, ...state }, Then: { Type: 'Succeed' } } }).run(input);
}

/** The names of the states on the way. */
export function path({ history }: Pick<Result, 'history'>): string[] {
  return history.map(({ state }) => state);
}
