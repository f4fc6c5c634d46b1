import { App, Stack } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { CompilationShapes, ModelSource, NeuronCompilation, type NeuronCompilationProps } from '../../../src';
import { ACCOUNT, callsOf, REGION, resolve, stockValues, type Policies, type RecordedCall, type Template } from '../../support/iam';
import { VirtualClock } from '../../support/standin/clock';
import { matches } from '../../support/standin/events/pattern';
import { serve, type RunningServer } from '../../support/standin/server';
import { StandIn } from '../../support/standin/stand-in';
import { definitionOf, lambda, s3 as s3Integration, sagemaker, Scheduler, TaskError, TestStateMachine, type Execution } from '../../support/state-machine';
import { Listener, type Received } from '../runtime/http';

export const REVISION = 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a';
export const BUCKET = 'artifacts';

/** A stack with one compilation, all of it in one bucket that several stacks can share. */
export function compilationStack(id = 'Stack', props: Partial<NeuronCompilationProps> | ((stack: Stack) => Partial<NeuronCompilationProps>) = {}, more: { key?: boolean; token?: boolean; sequenceLength?: number } = {}): { stack: Stack; compilation: NeuronCompilation } {
  const stack = new Stack(new App(), id, { env: { account: ACCOUNT, region: REGION } });
  const compilation = new NeuronCompilation(stack, 'Compile', {
    source: ModelSource.huggingFace('BAAI/bge-base-en-v1.5', {
      revision: REVISION,
      tokenSecret: more.token === true ? secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'hub/token') : undefined,
    }),
    shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: more.sequenceLength ?? 128 }),
    artifacts: {
      bucket: s3.Bucket.fromBucketName(stack, 'Bucket', BUCKET),
      encryptionKey: more.key === true ? kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${REGION}:${ACCOUNT}:key/artifacts`) : undefined,
    },
    ...typeof props === 'function' ? props(stack) : props,
  });
  return { stack, compilation };
}

/** The parts of a deployed stack that a compilation is made of. */
interface Parts {
  readonly template: Template;
  readonly compilation: NeuronCompilation;
  readonly machine: TestStateMachine;
  readonly jobRole: string;
  readonly startRole: string;
  readonly recordRole: string;
  readonly run: { readonly id: string; readonly properties: Record<string, unknown> };
}

/** A state machine of a deployed stack. */
export interface Deployed {
  readonly template: Template;
  readonly values: Record<string, unknown>;
  readonly machine: TestStateMachine;
  readonly machineId: string;
  /** Logical id of the role with this part in its id. */
  readonly roleOf: (part: string) => string;
}

export type Signal = { readonly Status: string; readonly Reason: string; readonly Data: string; readonly UniqueId: string };

/**
 * The emulated AWS of the scenarios, in virtual time: the stand-in of SageMaker, the synthesized state machines, the real handlers, and
 * in the place of CloudFormation what it does with the three resources of a run.
 */
export class World {
  static async start(): Promise<World> {
    const world = new World();
    await world.listen();
    return world;
  }

  readonly scheduler = new Scheduler(new VirtualClock());
  readonly standIn = new StandIn({ clock: this.scheduler.clock });
  readonly calls: RecordedCall[] = [];
  readonly printed: string[] = [];
  private readonly machines = new Map<string, TestStateMachine>();
  private readonly saved = { ...process.env };
  private readonly closing: (() => Promise<void>)[] = [];
  private readonly signals = new Map<string, Signal[]>();
  private cloudFormation!: Listener;
  private answer: any;
  private handles = 0;
  private principal = '';
  /** The real ones; a test may put another in their place. */
  handlers!: { start: any; record: any; signal: any; key: any; stop: any };

  async stop(): Promise<void> {
    process.env = { ...this.saved };
    for (const close of this.closing) await close();
    jest.restoreAllMocks();
  }

  /** Jobs by name, in the order they were made. */
  get jobs(): { name: string; kind: string; status: string }[] {
    const made = new Set(this.standIn.control.calls.filter(({ operation, status }) => /^Create(Processing|Training)Job$/.test(operation) && status === 200)
      .map(({ operation, input }) => `${operation.includes('Processing') ? 'processing' : 'training'}/${(input as any).ProcessingJobName ?? (input as any).TrainingJobName}`));
    return [...made].map((one) => {
      const [kind, name] = one.split('/');
      return { kind, name, status: this.status(kind, name) };
    });
  }

  status(kind: string, name: string): string {
    const { SAGEMAKER } = jest.requireActual('../../support/standin/sagemaker');
    const described: any = kind === 'processing'
      ? this.standIn.call(SAGEMAKER, 'DescribeProcessingJob', { ProcessingJobName: name })
      : this.standIn.call(SAGEMAKER, 'DescribeTrainingJob', { TrainingJobName: name });
    return described.ProcessingJobStatus ?? described.TrainingJobStatus;
  }

  /** What a deploy makes of a stack before it starts a run: roles, functions, the state machine. */
  prepare({ stack, compilation }: { stack: Stack; compilation: NeuronCompilation }): Parts {
    const { template, machine, machineId, roleOf, values } = this.machineOf(stack, 'StateMachine', ['Record', 'Signal'], compilation._task._encryptionKey !== undefined);
    const [run] = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'Custom::NeuronCompilation');
    const properties = resolve(run[1].Properties, { ...values, [this.handleOf(template)]: 'HANDLE', [machineId]: machine.arn }, template) as Record<string, unknown>;
    return { template, compilation, machine, jobRole: roleOf('TaskRole'), startRole: roleOf('StartRole'), recordRole: roleOf('RecordRole'), run: { id: run[0], properties } };
  }

  /** A state machine of a stack, with the handlers of its functions. */
  machineOf(stack: Stack, part: string, functions: ('Record' | 'Signal' | 'Key')[], encrypted = false): Deployed {
    const template = Assertions.fromStack(stack).toJSON() as Template;
    const values = { ...stockValues(template) };
    const find = (type: string, name: string): string => Object.keys(template.Resources).find((id) => template.Resources[id].Type === type && id.includes(name))!;
    const machineId = find('AWS::StepFunctions::StateMachine', part);
    const roleOf = (name: string) => find('AWS::IAM::Role', name);
    const machine = new TestStateMachine({
      definition: definitionOf(template, values),
      role: roleOf(`${part}Role`),
      scheduler: this.scheduler,
      name: `${stack.stackName}-${machineId}`,
      integrations: {
        sagemaker: sagemaker(this.standIn),
        s3: s3Integration(this.standIn.objects, encrypted ? { keys: { [BUCKET]: `arn:aws:kms:${REGION}:${ACCOUNT}:key/artifacts` } } : {}),
        lambda: lambda(Object.fromEntries(functions.map((name) => {
          const [id, role] = [find('AWS::Lambda::Function', name), roleOf(`${name}Role`)];
          return [id, async (event: unknown) => this.as(role, async () => this.handlers[name.toLowerCase() as 'record' | 'signal' | 'key'](event))];
        }))),
      },
    });
    // The CLI has uploaded the assets.
    const definition = JSON.stringify(definitionOf(template, values));
    for (const [, bucket, asset] of definition.matchAll(/s3:\/\/(cdk-[^/"]+)\/([^"\\]+)/g)) this.standIn.objects.put(bucket, asset, 'an asset');
    this.machines.set(machine.arn, machine);
    return { template, values, machine, machineId, roleOf };
  }

  /** CloudFormation makes handle and custom resource, and does not wait yet. */
  async begin(parts: Parts): Promise<Run> {
    const handle = `${this.cloudFormation.url}/handle/${++this.handles}`;
    const properties = { ...parts.run.properties, Handle: handle };
    const run = new Run(this, parts, handle, properties);
    const answer = await this.event(parts, { RequestType: 'Create', ResourceProperties: properties });
    if (answer.Status !== 'SUCCESS') throw new Error(answer.Reason);
    run.execution = parts.machine.executions.find(({ arn }) => arn === answer.PhysicalResourceId)!;
    return run;
  }

  /** A whole deploy: its end is what the wait condition hears; the resources of a run that failed are deleted. */
  async deploy(stack: { stack: Stack; compilation: NeuronCompilation }): Promise<Run> {
    const run = await this.begin(this.prepare(stack));
    await this.scheduler.runUntilIdle();
    if (run.signal?.Status === 'FAILURE') await run.remove();
    return run;
  }

  /** Everything that was called, and by whom: the machines', the handlers', and what SageMaker did with the job's role. */
  callsBy(role: string, machine: TestStateMachine): RecordedCall[] {
    return [...this.calls, ...machine.calls].filter(({ principal }) => principal === role);
  }

  signalsOf(handle: string): Signal[] {
    return this.signals.get(new URL(handle).pathname) ?? [];
  }

  async event(parts: Parts, event: object): Promise<any> {
    await this.withoutPauses(async () => this.as(parts.startRole, async () => this.handlers.start({ ResponseURL: `${this.cloudFormation.url}/response`, StackId: 's', RequestId: 'r', LogicalResourceId: parts.run.id, ...event }, { logStreamName: 'stream' })));
    return this.answer;
  }

  /** EventBridge tells the function of a stack that stops what is left, if the rule of the stack is about this end. */
  async ended({ template, values, machine, roleOf }: Deployed, { arn: executionArn, status }: Execution, stopDate = this.scheduler.clock.now()): Promise<void> {
    const find = (type: string) => Object.entries(template.Resources).find(([id, { Type }]) => Type === type && id.includes('Compilations'))![1].Properties as any;
    const detail = { executionArn, stateMachineArn: machine.arn, status, stopDate };
    const machineId = Object.keys(template.Resources).find((id) => template.Resources[id].Type === 'AWS::StepFunctions::StateMachine')!;
    const { EventPattern: pattern } = resolve(find('AWS::Events::Rule'), { ...values, [machineId]: machine.arn }, template) as any;
    if (!matches(pattern, { 'source': 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail })) return;
    Object.assign(process.env, find('AWS::Lambda::Function').Environment.Variables);
    await this.withoutPauses(async () => this.as(roleOf('StopCompilationsRole'), async () => this.handlers.stop({ detail })));
  }

  /** A handler that pauses for a job to appear is not waited for in real time. */
  private async withoutPauses(action: () => Promise<void>): Promise<void> {
    const spy = jest.spyOn(global, 'setTimeout').mockImplementation(((then: () => void) => { setImmediate(then); return { unref() {}, ref() {} }; }) as never);
    try {
      await action();
    } finally {
      spy.mockRestore();
    }
  }

  /** What the handler calls meanwhile is called by this role. */
  private async as<T>(role: string, action: () => Promise<T>): Promise<T> {
    this.principal = role;
    const before = this.standIn.control.calls.length;
    const result = await action();
    this.calls.push(...callsOf(role, this.standIn.control.calls.slice(before)).map((call) => this.withTags(call)));
    return result;
  }

  /** IAM knows the tags of what a job is that is stopped. */
  private withTags(call: RecordedCall): RecordedCall {
    if (!/^sagemaker:Stop/.test(call.action)) return call;
    const made = this.standIn.control.calls.find(({ operation, resources, status }) => operation.startsWith('Create') && status === 200 && resources.includes(call.resource[0]))!;
    const tags = (made.input as { Tags: { Key: string; Value: string }[] }).Tags;
    return { ...call, context: { ...call.context, ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value])) } };
  }

  private handleOf(template: Template): string {
    return Object.keys(template.Resources).find((id) => template.Resources[id].Type === 'AWS::CloudFormation::WaitConditionHandle')!;
  }

  private async listen(): Promise<void> {
    this.cloudFormation = await Listener.start((request) => this.cloudFormationTakes(request));
    const stepFunctions = await Listener.start((request) => this.stepFunctionsTakes(request));
    const logs = await Listener.start((request) => this.logsTake(request));
    const server: RunningServer = await serve(this.standIn);
    this.closing.push(...[this.cloudFormation, stepFunctions, logs].map((one) => one.stop), async () => server.close());
    Object.assign(process.env, {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: ACCOUNT,
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_MAX_ATTEMPTS: '1',
      AWS_ENDPOINT_URL_SAGEMAKER: server.url,
      AWS_ENDPOINT_URL_SFN: stepFunctions.url,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.url,
    });
    // The clients read the environment when they are made.
    jest.resetModules();
    this.handlers = {
      start: jest.requireActual('../../../src/compilation/runtime/start.lambda').handler,
      record: jest.requireActual('../../../src/compilation/runtime/record.lambda').handler,
      signal: jest.requireActual('../../../src/compilation/runtime/signal.lambda').handler,
      key: jest.requireActual('../../../src/compilation/runtime/key.lambda').handler,
      stop: jest.requireActual('../../../src/compilation/runtime/stop.lambda').handler,
    };
    for (const method of ['log', 'error'] as const) jest.spyOn(console, method).mockImplementation((...text) => { this.printed.push(text.join(' ')); });
  }

  private cloudFormationTakes({ path, body, headers }: Received): { status?: number } {
    if ((headers['content-type'] ?? '') !== '') return { status: 403 };
    if (path === '/response') this.answer = JSON.parse(body);
    else this.signals.set(path, [...this.signals.get(path) ?? [], JSON.parse(body)]);
    return {};
  }

  private stepFunctionsTakes({ headers, body }: Received): { status?: number; body?: string } {
    const operation = String(headers['x-amz-target']).split('.')[1];
    const request = JSON.parse(body);
    const machine = operation === 'StartExecution' ? this.machines.get(request.stateMachineArn) : [...this.machines.values()].find(({ executions }) => executions.some(({ arn }) => arn === request.executionArn));
    const resource = operation === 'StartExecution' ? request.stateMachineArn : request.executionArn;
    this.calls.push({ principal: this.principal, action: `states:${operation}`, resource: [resource], context: {} });
    try {
      if (machine === undefined) throw new TaskError(operation === 'StartExecution' ? 'StateMachineDoesNotExist' : 'ExecutionDoesNotExist', 'it does not exist');
      if (operation === 'StartExecution') return { body: JSON.stringify({ executionArn: machine.start(JSON.parse(request.input), request.name).arn, startDate: 1 }) };
      const execution = machine.executions.find(({ arn }) => arn === request.executionArn)!;
      if (execution.status === 'RUNNING') execution.abort(request.error, request.cause);
      return { body: JSON.stringify({ stopDate: 1 }) };
    } catch (error) {
      const { name, message } = error as Error;
      return { status: 400, body: JSON.stringify({ __type: name, message }) };
    }
  }

  private logsTake({ headers, body }: Received): { status?: number; body?: string } {
    const operation = String(headers['x-amz-target']).split('.')[1];
    const { logGroupName: group, logStreamNamePrefix: prefix, logStreamName: stream, limit } = JSON.parse(body);
    const arn = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}`;
    this.calls.push({ principal: this.principal, action: `logs:${operation}`, resource: [operation === 'GetLogEvents' ? `${arn}:log-stream:${stream}` : arn], context: {} });
    if (operation === 'DescribeLogStreams') return { body: JSON.stringify({ logStreams: this.standIn.logs.streams(group, prefix).map((logStreamName) => ({ logStreamName })) }) };
    return { body: JSON.stringify({ events: this.standIn.logs.events(group, stream).slice(-limit) }) };
  }
}

/** What the Lambda service does with a function's role when it runs, of every function of a template. */
export function loggingCalls(template: Template, policies: Policies): RecordedCall[] {
  const values = stockValues(template);
  return policies.roles().filter((role) => policies.trustedServices(role).includes('lambda.amazonaws.com')).flatMap((role): RecordedCall[] => {
    const name = role.replace(/Role[0-9A-F]{8}$/, '');
    const group = values[name] ?? Object.keys(template.Resources).find((id) => template.Resources[id].Type === 'AWS::Logs::LogGroup' && id.startsWith(`${name}Logs`));
    return ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({ principal: role, action, resource: [`arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${String(group)}:log-stream:x`], context: {} }));
  });
}

/** The three resources of a run: handle, custom resource, wait condition. */
export class Run {
  execution!: Execution;

  constructor(private readonly world: World, readonly parts: Parts, readonly handle: string, private readonly properties: object) {}

  /** What the wait condition heard, if anything. */
  get signal(): Signal | undefined {
    const [first] = this.world.signalsOf(this.handle);
    return first;
  }

  /** CloudFormation deletes the custom resource: on a rollback, with the stack, or after a newer one has taken its place. */
  async remove(): Promise<void> {
    const answer = await this.world.event(this.parts, { RequestType: 'Delete', PhysicalResourceId: this.execution.arn, ResourceProperties: this.properties });
    if (answer.Status !== 'SUCCESS') throw new Error(answer.Reason);
  }
}
