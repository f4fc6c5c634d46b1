import type { RecordedCall } from '../iam';
import { nested, statesOf, type Definition, type State } from './definition';
import { TaskError, TerminalError } from './errors';
import { interpreterIn, type InterpreterEvent, type Run } from './interpreter';
import type { Scheduler, Sleep, Until } from './scheduler';

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One visit to a state. Without output: the execution ended there, or the state failed. */
export interface Visit {
  readonly state: string;
  readonly type: string;
  /** Virtual time, ISO 8601. */
  readonly entered: string;
  readonly input?: unknown;
  output?: unknown;
  /** The last failure, also when it was caught. */
  error?: string;
  cause?: string;
  retries: number;
}

/** How an execution ended. */
export interface Result {
  readonly status: Exclude<Status, 'RUNNING'>;
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  readonly history: readonly Visit[];
  /** Events in Step Functions' own history of it. */
  readonly events: number;
  /** From start to end in virtual time. */
  readonly seconds: number;
}

/** What an integration may use. */
export interface TaskContext {
  readonly state: string;
  /** Role of the state machine. */
  readonly principal: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** An AWS SDK integration (`aws-sdk:`), not an optimized one: their errors have other names. */
  readonly sdk: boolean;
  /** Lets virtual time pass: the time that a call takes. */
  readonly sleep: Sleep;
  /** Waits for what another execution does. */
  readonly until: Until;
  /** What is done when the task is given up: the execution is stopped or times out, or the task's own time is over. */
  onStop(action: () => void): void;
  /** Milliseconds since the epoch, virtual. */
  now(): number;
  /** Notes a call for IAM. */
  record(...calls: RecordedCall[]): void;
}

/** A service behind Task states. Failures of the service are TaskErrors; anything else it throws is a mistake and stops the test. */
export type Integration = (operation: string, input: any, context: TaskContext) => unknown;

/** By service, as a Resource spells it: `sagemaker` for `...:aws-sdk:sagemaker:describeProcessingJob`, `lambda`, `s3`. */
export type Integrations = Readonly<Record<string, Integration>>;

export interface ExecutionProps {
  readonly scheduler: Scheduler;
  readonly definition: Definition;
  readonly integrations: Integrations;
  readonly stateMachine: { readonly arn: string; readonly name: string; readonly roleArn: string };
  readonly principal: string;
  readonly name: string;
  readonly arn: string;
  readonly input: unknown;
  readonly record: (...calls: RecordedCall[]) => void;
  /** Told its end, and that it was redriven. */
  readonly changed: (execution: Execution) => void;
}

/** One that ended longer ago cannot be redriven (API reference of RedriveExecution: 14 days). */
const REDRIVABLE_SECONDS = 14 * 86_400;

/** Service quotas of Step Functions for standard workflows, as documented 2026-11. */
export const MOST_EVENTS = 25_000;
export const MOST_BYTES = 262_144;

/** Events of the history beyond entered and exited: per attempt of a task, and per visit of a state. */
const ATTEMPT_EVENTS = 3;
const VISIT_EVENTS: Readonly<Record<string, number>> = { Parallel: 2, Map: 2 };

const json = <T>(value: T): T => value === undefined ? value : JSON.parse(JSON.stringify(value)) as T;

/** Which integration a Resource speaks to. A function's own ARN stands for lambda:invoke with the input as payload. */
export function targetOf(resource: string): { readonly service: string; readonly operation: string; readonly sdk: boolean; readonly functionArn?: string } | undefined {
  const match = /^arn:[\w-]+:states:[\w-]*:\d*:(aws-sdk:)?(\w+):(\w+(?:\.sync:2)?)$/.exec(resource);
  if (match) return { service: match[2], operation: match[3], sdk: match[1] !== undefined };
  return /^arn:[\w-]+:lambda:/.test(resource) ? { service: 'lambda', operation: 'invoke', sdk: false, functionArn: resource } : undefined;
}

/** One execution of a state machine. It moves when its scheduler does. */
export class Execution {
  readonly name: string;
  readonly arn: string;
  readonly input: unknown;
  readonly started: number;
  readonly history: Visit[] = [];
  private readonly timers = new Set<() => void>();
  private readonly seen = new WeakSet<InterpreterEvent>();
  /** Visits that have not ended, by state; the failures among them that came out of a task. */
  private readonly open = new Map<string, Visit[]>();
  private readonly taskFailures = new Set<string>();
  /** What is to be done when a task is given up, by state. */
  private readonly stops = new Map<string, (() => void)[]>();
  /** ExecutionStarted and its end. */
  private events = 2;
  private randomness = 0;
  private ended: Result | undefined;
  private ending!: Promise<Result>;
  private tellDone!: (result: Result) => void;
  private run: Run | undefined;
  private redriveDates: number[] = [];
  private readonly context: { readonly State: Record<string, unknown>; readonly Execution: Record<string, unknown>; readonly [member: string]: unknown };

  constructor(private readonly props: ExecutionProps) {
    this.name = props.name;
    this.arn = props.arn;
    this.input = json(props.input);
    this.started = props.scheduler.now();
    const { stateMachine } = props;
    // Members: Step Functions developer guide, "Accessing execution data from the Context object".
    this.context = {
      Execution: {
        Id: this.arn,
        Input: json(props.input),
        Name: this.name,
        RoleArn: stateMachine.roleArn,
        StartTime: this.time(),
        RedriveCount: 0,
      },
      State: {},
      StateMachine: { Id: stateMachine.arn, Name: stateMachine.name },
    };
    this.begin(props.definition.StartAt, this.input);
  }

  /** Resolves with its end; the next one when it was redriven. */
  get done(): Promise<Result> {
    return this.ending;
  }

  get status(): Status {
    return this.ended?.status ?? 'RUNNING';
  }

  /** How it ended; an error while it runs. */
  get result(): Result {
    if (!this.ended) throw new Error(`execution ${this.name} is still running, in ${this.history.at(-1)?.state}: run the scheduler`);
    return this.ended;
  }

  /** StopExecution: what is under way in a task goes on to its end, nothing comes after it. */
  abort(error?: string, cause?: string): void {
    this.finish({ status: 'ABORTED', error, cause });
    this.run?.abort();
  }

  /** How often it was redriven, when last, and why it cannot be now (reasons: API reference of DescribeExecution). */
  get redrives(): { readonly count: number; readonly date?: number; readonly refusal?: string } {
    return { count: this.redriveDates.length, date: this.redriveDates.at(-1), refusal: this.redriveRefusal() };
  }

  private redriveRefusal(): string | undefined {
    if (this.status === 'RUNNING' || this.status === 'SUCCEEDED') return `Execution is ${this.status} and cannot be redriven`;
    // One event for the redrive and one that follows have to fit.
    if (this.events >= MOST_EVENTS - 1) return 'Execution history event limit exceeded';
    const since = (this.props.scheduler.now() - this.started) / 1000 - this.result.seconds;
    return since > REDRIVABLE_SECONDS ? 'Execution redrivable period exceeded' : undefined;
  }

  /**
   * RedriveExecution: the state that did not succeed runs again with the input it had, with all its retries; what was before it stays.
   * The time limit of the machine counts anew (developer guide, "Restarting state machine executions with redrive").
   */
  redrive(): void {
    const refusal = this.redriveRefusal();
    if (refusal !== undefined) throw new TaskError('ExecutionNotRedrivable', refusal);
    const { definition, scheduler } = this.props;
    const last = this.history.filter(({ state }) => Object.hasOwn(definition.States, state)).at(-1)!;
    if (nested(definition.States[last.state]).length > 0) throw new Error(`redrive: ${last.state} is a ${last.type}, of which only what failed would run again: not supported here`);
    this.redriveDates.push(scheduler.now());
    this.ended = undefined;
    this.open.clear();
    this.taskFailures.clear();
    // ExecutionRedriven, and another end.
    this.events += 2;
    Object.assign(this.context.Execution, { RedriveCount: this.redriveDates.length, RedriveTime: this.time() });
    this.begin(last.state, last.input);
    this.props.changed(this);
  }

  private begin(from: string, input: unknown): void {
    this.ending = new Promise((resolve) => { this.tellDone = resolve; });
    const { definition, scheduler } = this.props;
    // What an earlier drive has left under way is of no account.
    const drive = this.redriveDates.length;
    const current = (): boolean => drive === this.redriveDates.length;
    const Interpreter = interpreterIn({
      now: () => scheduler.now(),
      random: () => this.random(),
      observe: (event) => { if (current()) this.observe(event); },
      clearTimeout: (cancel) => (cancel as (() => void) | undefined)?.(),
      setTimeout: (action, milliseconds) => {
        const cancel = scheduler.after(milliseconds, () => {
          this.timers.delete(cancel);
          action();
        });
        this.timers.add(cancel);
        return cancel;
      },
    });
    const handlers = Object.fromEntries(statesOf(definition).filter(([, { Type }]) => Type === 'Task').map(([name, state]) =>
      [name, (data: unknown) => this.task(name, state, data, current)]));
    this.run = new Interpreter({ ...definition, StartAt: from }, { validationOptions: { noValidate: true } })
      .run(input, { context: this.context, overrides: { taskResourceLocalHandlers: handlers } });
    this.run.result.then(
      (output) => { if (current()) this.finish({ status: 'SUCCEEDED', output }); },
      (error: Error) => { if (current()) this.failed(error); },
    );
  }

  private failed(error: Error): void {
    if (error.name === 'ExecutionTimeoutError') return this.finish({ status: 'TIMED_OUT' });
    const reason = (error.cause ?? error) as Error;
    return this.finish({ status: 'FAILED', error: reason.name === '' ? undefined : reason.name, cause: reason.message === '' ? undefined : reason.message });
  }

  private finish(end: Pick<Result, 'status' | 'output' | 'error' | 'cause'>): void {
    if (this.ended) return;
    const seconds = (this.props.scheduler.now() - this.started) / 1000;
    // Members that are not there are left out, so that results can be compared as a whole.
    this.ended = { ...json(end), history: [...this.history], events: this.events, seconds };
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    for (const state of [...this.stops.keys()]) this.stop(state);
    this.tellDone(this.ended);
    this.props.changed(this);
  }

  /** A task of this state is given up. */
  private stop(state: string): void {
    const actions = this.stops.get(state) ?? [];
    this.stops.delete(state);
    for (const action of actions) action();
  }

  /** One attempt of a Task state, at its turn. What has no answer leaves the interpreter waiting for ever: nothing comes after it. */
  private async task(name: string, state: State, input: unknown, current: () => boolean): Promise<unknown> {
    const over = (): boolean => this.ended !== undefined || !current();
    const answer = await this.props.scheduler.take(async (sleep, until) => over() ? undefined : this.attempt(name, state, input, sleep, until, current))
      .catch((error: unknown) => { if (!over()) throw error; return undefined; });
    if (over()) return new Promise<never>(() => {});
    return answer ? answer.output : new Promise<never>(() => {});
  }

  private async attempt(name: string, state: State, input: unknown, sleep: Sleep, until: Until, current: () => boolean): Promise<{ readonly output: unknown } | undefined> {
    const { service, operation, functionArn, sdk } = targetOf(state.Resource!)!;
    const { scheduler, principal, record, integrations, stateMachine } = this.props;
    let stop: (() => void) | undefined;
    const context: TaskContext = {
      state: name,
      principal,
      executionArn: this.arn,
      stateMachineArn: stateMachine.arn,
      sdk,
      sleep,
      until,
      now: () => scheduler.now(),
      record,
      onStop: (action) => {
        stop = action;
        this.stops.set(name, [...this.stops.get(name) ?? [], action]);
      },
    };
    const parameters = functionArn === undefined ? input : { FunctionName: functionArn, Payload: input };
    this.count(ATTEMPT_EVENTS);
    try {
      const output = json(await integrations[service](operation, json(parameters), context)) ?? null;
      this.limit(output, `The state/task '${name}' returned a result`);
      return { output: functionArn === undefined ? output : (output as { readonly Payload: unknown }).Payload };
    } catch (error) {
      if (error instanceof TaskError) {
        if (current()) this.taskFailures.add(name);
        throw error;
      }
      scheduler.crash(error);
      return undefined;
    } finally {
      // It has ended by itself.
      const others = (this.stops.get(name) ?? []).filter((action) => action !== stop);
      if (others.length > 0) this.stops.set(name, others);
      else this.stops.delete(name);
    }
  }

  private limit(value: unknown, what: string): void {
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes > MOST_BYTES) throw new TerminalError('States.DataLimitExceeded', `${what} with a size exceeding the maximum number of bytes service limit.`);
  }

  private observe(event: InterpreterEvent): void {
    // Events of branches pass by again on their way to the execution's log.
    if (!event.state || this.ended || this.seen.has(event)) return;
    this.seen.add(event);
    const { name, type } = event.state;
    const visits = this.open.get(name) ?? [];
    const visit = visits[0];
    if (event.type === 'StateEntered') {
      this.enter(name, type, event.state.input);
    } else if (event.type === 'StateExited') {
      visit.output = event.state.output;
      visits.shift();
      this.count(1 + (VISIT_EVENTS[type] ?? 0));
    } else if (event.type === 'StateFailed') {
      this.stateFailed(visit, event);
    } else if (event.type === 'StateRetried') {
      visit.retries += 1;
      this.context.State.RetryCount = visit.retries;
    }
  }

  private enter(state: string, type: string, input: unknown): void {
    const visit: Visit = { state, type, entered: this.time(), input, retries: 0 };
    this.history.push(visit);
    this.open.set(state, [...this.open.get(state) ?? [], visit]);
    // Right behind this event the interpreter reads the state's paths.
    Object.assign(this.context.State, { Name: state, EnteredTime: visit.entered, RetryCount: 0 });
    this.count(1);
  }

  private stateFailed(visit: Visit, { Error: error = '', Cause: cause }: InterpreterEvent): void {
    const fromTask = this.taskFailures.delete(visit.state);
    if (error === 'States.Timeout') this.stop(visit.state);
    const expected = fromTask || error.startsWith('States.') || ['Fail', 'Parallel', 'Map'].includes(visit.type);
    // An unknown intrinsic function, say: the interpreter takes its own stumbling for a failure that Catch may see.
    if (!expected) this.props.scheduler.crash(new Error(`the interpreter failed in state ${visit.state}: ${error}: ${String(cause)}`));
    visit.error = error;
    visit.cause = String(cause);
  }

  private count(events: number): void {
    this.events += events;
    if (this.events <= MOST_EVENTS) return;
    // The quota is documented, the wording of the cause is not.
    this.finish({ status: 'FAILED', error: 'States.Runtime', cause: `The execution reached the maximum number of history events (${MOST_EVENTS}).` });
    this.run?.abort();
  }

  private time(): string {
    return new Date(this.props.scheduler.now()).toISOString();
  }

  /** The same chance in every run: multiples of the golden ratio. */
  private random(): number {
    this.randomness = (this.randomness + 0.618033988749895) % 1;
    return this.randomness;
  }
}
