import { ACCOUNT, REGION, type RecordedCall } from '../iam';
import { statesOf, unsupported, type Definition } from './definition';
import { TaskError } from './errors';
import { Execution, MOST_BYTES, targetOf, type Integrations, type Result } from './execution';
import { Scheduler } from './scheduler';
import type { EventBus } from '../standin/events';
import { redriveOf } from '../standin/states';

export interface TestStateMachineProps {
  readonly definition: Definition;
  readonly integrations: Integrations;
  /** Logical id of its role: the principal of its calls. */
  readonly role: string;
  /** Several state machines that share one share their time. A new one when left out. */
  readonly scheduler?: Scheduler;
  /** `StateMachine` when left out. */
  readonly name?: string;
  /** Where the status of its executions is announced. Nowhere when left out. */
  readonly bus?: EventBus;
}

/** Members: Step Functions developer guide, "Automating Step Functions event delivery with EventBridge" (2026-11). */
function statusChange(stateMachineArn: string, execution: Execution): Parameters<EventBus['emit']>[0] {
  const { result } = execution.status === 'RUNNING' ? { result: undefined } : execution;
  const redrive = redriveOf(execution);
  return {
    'source': 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    'account': ACCOUNT,
    'region': REGION,
    'resources': [execution.arn],
    'detail': {
      executionArn: execution.arn,
      stateMachineArn,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      name: execution.name,
      status: execution.status,
      startDate: execution.started,
      stopDate: result ? execution.started + result.seconds * 1000 : null,
      input: JSON.stringify(execution.input),
      inputDetails: { included: true },
      output: result?.status === 'SUCCEEDED' ? JSON.stringify(result.output) : null,
      outputDetails: result?.status === 'SUCCEEDED' ? { included: true } : null,
      error: result?.error ?? null,
      cause: result?.cause ?? null,
      redriveCount: redrive.redriveCount,
      redriveDate: redrive.redriveDate ?? null,
      redriveStatus: redrive.redriveStatus,
      redriveStatusReason: redrive.redriveStatusReason ?? null,
    },
  };
}

/** A standard state machine in virtual time. */
export class TestStateMachine {
  readonly scheduler: Scheduler;
  readonly name: string;
  readonly arn: string;
  /** Every call of all its executions, for IAM. */
  readonly calls: RecordedCall[] = [];
  private readonly started = new Map<string, Execution>();

  constructor(private readonly props: TestStateMachineProps) {
    this.scheduler = props.scheduler ?? new Scheduler();
    this.name = props.name ?? 'StateMachine';
    this.arn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${this.name}`;
    const problems = [...unsupported(props.definition).map((what) => `${what} is not supported by the interpreter`), ...this.withoutIntegration()];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  get executions(): Execution[] {
    return [...this.started.values()];
  }

  /**
   * StartExecution. A name can be used once; the same name with the same input while it runs gives the running execution
   * (API reference of StartExecution, standard workflows).
   */
  start(input: unknown = {}, name = `execution-${this.started.size + 1}`): Execution {
    const before = this.started.get(name);
    if (before?.status === 'RUNNING' && JSON.stringify(before.input) === JSON.stringify(input)) return before;
    const arn = `arn:aws:states:${REGION}:${ACCOUNT}:execution:${this.name}:${name}`;
    if (before) throw new TaskError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    const bytes = Buffer.byteLength(JSON.stringify(input));
    if (bytes > MOST_BYTES) throw new TaskError('InvalidExecutionInput', `input: got ${bytes} bytes, at most ${MOST_BYTES} are allowed`);
    const { definition, integrations, role: principal } = this.props;
    const execution = new Execution({
      scheduler: this.scheduler,
      definition,
      integrations,
      principal,
      name,
      arn,
      input,
      stateMachine: { arn: this.arn, name: this.name, roleArn: `arn:aws:iam::${ACCOUNT}:role/${principal}` },
      record: (...calls) => void this.calls.push(...calls),
      changed: (changed) => void this.props.bus?.emit(statusChange(this.arn, changed)),
    });
    this.started.set(name, execution);
    this.props.bus?.emit(statusChange(this.arn, execution));
    return execution;
  }

  /** Starts an execution and lets time pass until all on the scheduler is idle. */
  async run(input: unknown = {}, name?: string): Promise<Result> {
    const execution = this.start(input, name);
    await this.scheduler.runUntilIdle();
    return execution.result;
  }

  private withoutIntegration(): string[] {
    const { definition, integrations } = this.props;
    return statesOf(definition).filter(([, { Type }]) => Type === 'Task').flatMap(([name, { Resource = '' }]) => {
      const target = targetOf(Resource);
      return target && Object.hasOwn(integrations, target.service) ? [] : [`state ${name}: there is no integration for ${Resource}`];
    });
  }
}
