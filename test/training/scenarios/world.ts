import { bundled, type Handler, type Mutation, type Timers } from './bundle';
import { BUCKET, DATA, deployedOf, GROUP, idOf, resourcesOf, TRAINING, trainingStack, type Deployed, type StackOptions, type TrainingStack } from './deployed';
import { network, type Wire } from './stores';
import { EVENT_SOURCE, OWNER } from '../../../src/training/contract';
import type { CodeConfig } from '../../../src/training/core/types';
import { callsOf, type RecordedCall } from '../../support/iam';
import { VirtualClock } from '../../support/standin/clock';
import { SAGEMAKER } from '../../support/standin/sagemaker';
import { compileProgram, type JobResult, type JobRun } from '../../support/standin/sagemaker/job-program';
import { SSM } from '../../support/standin/ssm';
import { StandIn } from '../../support/standin/stand-in';
import {
  awsServices, definitionOf, lambda, Rules, rulesOf, s3, Scheduler, states, TestStateMachine, type Definition, type Execution, type Integration, type Integrations, type TaskContext,
} from '../../support/state-machine';

export * from './deployed';
export type { Mutation } from './bundle';

/** How long a tick takes. */
const TICK_SECONDS = 0.3;
/** Lambda makes an asynchronous invocation that failed again, after a minute and after two more. */
const AGAIN_SECONDS = [60, 120];
const SOMEONE_ELSE = 'someone else';

export const TRN1_QUOTA = 'ml.trn1.32xlarge for training job usage';
export const P4D_QUOTA = 'ml.p4d.24xlarge for training job usage';
export const SPOT_QUOTA = 'ml.trn1.32xlarge for spot training job usage';

/** Bytes of HTTP, without sockets. The SDK is loaded once, worlds come and go. */
const wire: { to?: Wire } = {};
jest.mock('@smithy/node-http-handler', () => ({
  ...jest.requireActual('@smithy/node-http-handler'),
  NodeHttpHandler: jest.requireActual('./stores').network(() => wire.to!) as ReturnType<typeof network>,
}));

export interface WorldOptions extends StackOptions {
  /** Of the tick. */
  readonly mutations?: readonly Mutation[];
  /** In the place of the run's own time limit, which is a year. */
  readonly runTimeoutSeconds?: number;
  /** What containers of trainings do. */
  readonly program?: (job: JobRun) => JobResult;
}

/** A call of a handler that takes virtual time: before it arrives, or before its answer does. */
interface Stall {
  readonly operation: string;
  readonly when: 'request' | 'answer';
  readonly seconds: number;
  reached?: () => void;
  released?: Promise<void>;
}

/** A job in a few words. */
export interface Job {
  readonly name: string;
  readonly request: any;
  readonly described: any;
}

/**
 * The emulated AWS of the scenarios, in virtual time: the stand-in, the synthesized state machines and rules, and the bundled handlers, which speak
 * to it over HTTP.
 */
export class World {
  static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    world.listen();
    world.deploy(trainingStack(options));
    return world;
  }

  readonly scheduler = new Scheduler(new VirtualClock());
  readonly standIn = new StandIn({ clock: this.scheduler.clock });
  /** Calls of handlers and of state machines, each kind once. */
  readonly calls = new Map<string, RecordedCall>();
  readonly printed: string[] = [];
  /** When ticks were made, in milliseconds. */
  readonly ticks: number[] = [];
  /** Calls of an operation that the network loses: the request, or only the answer. */
  readonly losses: { readonly operation: string; readonly what: 'request' | 'answer'; times: number; readonly error?: string }[] = [];
  readonly refused = new Map<string, string>();
  /** Events that a function failed at as often as Lambda tries, by the queue that got them. */
  readonly deadLetters: { readonly queue: string; readonly event: any }[] = [];
  deployed!: Deployed;
  made!: TrainingStack;
  machine!: TestStateMachine;
  pipeline?: TestStateMachine;
  rules!: Rules;
  private readonly machines: TestStateMachine[] = [];
  /** What state machines are made of; of the last deploy. */
  private readonly definitions = new Map<string, { definition: Definition }>();
  private readonly handlers: Record<'tick' | 'stop' | 'stopCompilations' | 'key' | 'record', Handler>;
  private readonly environments = new Map<string, Record<string, string>>();
  private readonly saved = { ...process.env };
  private stalled?: Stall;
  private pause: Timers = setTimeout;
  private principal = SOMEONE_ELSE;

  private constructor(private readonly options: WorldOptions) {
    this.handlers = {
      tick: bundled('training/runtime/tick', options.mutations),
      stop: bundled('training/runtime/stop'),
      stopCompilations: bundled('compilation/runtime/stop', [], (then, milliseconds) => this.pause(then, milliseconds)),
      key: bundled('compilation/runtime/key'),
      record: bundled('compilation/runtime/record'),
    };
    this.standIn.program = (job) => job.environment[OWNER] === undefined ? compileProgram(job) : { files: {}, ...options.program?.(job) };
  }

  /** Called before every tick; what it throws the tick throws. */
  beforeTick: (event: any) => void = () => undefined;
  /** Whether the answer of a tick is lost on its way to Step Functions. */
  loses: (event: any, result: any) => boolean = () => false;

  async stop(): Promise<void> {
    process.env = { ...this.saved };
    jest.restoreAllMocks();
  }

  run(input: unknown = {}, name?: string): Execution {
    return this.machine.start(input, name);
  }

  /** Lets time pass until all executions are over, and what their ends set off. */
  async end(): Promise<void> {
    await this.scheduler.runUntilIdle();
    await this.scheduler.runFor(600);
  }

  /** Starts a run and lets time pass until it is over. */
  async ended(input: unknown = {}, name?: string): Promise<Execution> {
    const run = this.run(input, name);
    await this.end();
    return run;
  }

  async minutes(minutes: number): Promise<void> {
    await this.scheduler.runFor(minutes * 60);
  }

  /** Lets time pass until something is so. */
  async until(what: () => boolean, minutes = 60, each = 5): Promise<void> {
    const start = this.scheduler.now();
    while (!what()) {
      if (this.scheduler.now() - start > minutes * 60_000) throw new Error(`not within ${minutes} minutes:\n${this.story()}`);
      await this.scheduler.runFor(each);
    }
  }

  /** Jobs of the training, in the order in which they were made. */
  get all(): Job[] {
    return this.standIn.control.calls.filter(({ operation, status, input }) => operation === 'CreateTrainingJob' && status === 200 && (input as any).TrainingJobName.startsWith(`${TRAINING}-`))
      .map(({ input }) => ({ name: (input as any).TrainingJobName, request: input, described: this.describe((input as any).TrainingJobName) }));
  }

  /** Every job in a few words: the end of its name, its hardware, how it ended. */
  get jobs(): string[] {
    return this.all.map(({ name, request, described }) => [
      name.split('-').at(-1)!,
      request.ResourceConfig.InstanceType.split('.')[1],
      ...request.EnableManagedSpotTraining === true ? ['spot'] : [],
      ...request.Environment.RUN_NEURON_PARALLEL_COMPILE === undefined ? [] : ['compile'],
      described.SecondaryStatus,
    ].join(' '));
  }

  /** Processing jobs that compile, as they are now. */
  get compilations(): any[] {
    return this.standIn.control.calls.filter(({ operation, status }) => operation === 'CreateProcessingJob' && status === 200)
      .map(({ input }) => this.standIn.call(SAGEMAKER, 'DescribeProcessingJob', { ProcessingJobName: (input as any).ProcessingJobName }));
  }

  describe(name: string): any {
    return this.standIn.call(SAGEMAKER, 'DescribeTrainingJob', { TrainingJobName: name });
  }

  /** A person stops a job. */
  stopJob(name: string): void {
    this.standIn.call(SAGEMAKER, 'StopTrainingJob', { TrainingJobName: name });
  }

  /** The events of the training in a few words: what happened, and what of it matters. */
  get events(): string[] {
    return this.told().map(({ type, detail }) => [type.replace(/^Training /, ''), detail.rung, detail.outcome].filter((part) => part !== undefined).join(' '));
  }

  told(type?: string): { readonly type: string; readonly detail: any }[] {
    return this.standIn.bus.events.filter((event) => event.source === EVENT_SOURCE && (type === undefined || event['detail-type'] === type))
      .map((event) => ({ type: event['detail-type'], detail: event.detail }));
  }

  /** Metrics as they were printed, one object for each time. */
  get metrics(): Record<string, number>[] {
    return this.printed.filter((line) => line.startsWith('{"_aws"')).map((line) => {
      const { _aws, Training, ...values } = JSON.parse(line);
      expect([Training, _aws.CloudWatchMetrics[0].Namespace, _aws.CloudWatchMetrics[0].Dimensions]).toEqual([TRAINING, 'CdkAccelerators/Training', [['Training']]]);
      expect(_aws.CloudWatchMetrics[0].Metrics.map(({ Name }: any) => Name).sort()).toEqual(Object.keys(values).sort());
      return values;
    });
  }

  /** Versions of the model group. */
  get packages(): any[] {
    const { ModelPackageSummaryList: list } = this.standIn.call(SAGEMAKER, 'ListModelPackages', { ModelPackageGroupName: GROUP }) as any;
    return list.map(({ ModelPackageArn: name }: any) => this.standIn.call(SAGEMAKER, 'DescribeModelPackage', { ModelPackageName: name })).reverse();
  }

  /** What the pipeline made ready; undefined before the first model is. */
  get parameter(): any {
    try {
      return JSON.parse((this.standIn.call(SSM, 'GetParameter', { Name: this.made.stack.resolve(this.made.pipeline!.readyParameter.parameterName) }) as any).Parameter.Value);
    } catch (error) {
      if ((error as Error).name === 'ParameterNotFound') return undefined;
      throw error;
    }
  }

  /** Where the script of the last deploy is, and where runs keep it. */
  get code(): CodeConfig {
    const { template, values } = this.deployed;
    return (definitionOf(template, values, idOf(this.deployed, 'AWS::StepFunctions::StateMachine', 'TrainingStateMachine')).States.Tick as any).Parameters.Payload.config.code;
  }

  /** For people who read why a scenario failed. */
  story(): string {
    return [...this.jobs, ...this.events, ...this.machine.executions.map(({ name, status }) => `${name} ${status}`)].join('\n');
  }

  /** What has to hold at the end of every scenario. */
  expectTidy(): void {
    const names = this.all.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(this.all.filter(({ described }) => /InProgress|Stopping/.test(described.TrainingJobStatus)).map(({ name }) => name)).toEqual([]);
    expect(this.standIn.control.hazards).toEqual([]);
  }

  /** The next call of this kind of a handler is late by so many seconds of virtual time, in which everybody else goes on. */
  stall(operation: string, when: Stall['when'], seconds: number): void {
    this.stalled = { operation, when, seconds };
  }

  private roleOfFunction(id: string): string {
    return this.roleOf(id.replace(/[0-9A-F]{8}$/, 'Role'));
  }

  roleOf(part: string): string {
    return idOf(this.deployed, 'AWS::IAM::Role', part);
  }

  /** Deploys a stack with the same ids over the one that is there. Executions that go on keep their definition; rights are those of the new template at once. */
  redeploy(options: StackOptions): void {
    this.made = trainingStack({ ...this.options, ...options });
    this.deployed = deployedOf(this.made.stack);
    const { template, values } = this.deployed;
    for (const [id, machine] of this.definitions) machine.definition = definitionOf(template, values, id);
    this.upload();
  }

  private deploy(made: TrainingStack): void {
    this.made = made;
    this.deployed = deployedOf(made.stack);
    const { template, values } = this.deployed;
    for (const { id, properties } of resourcesOf(this.deployed, 'AWS::Lambda::Function')) this.environments.set(id, properties.Environment?.Variables ?? {});
    for (const { properties } of resourcesOf(this.deployed, 'AWS::SageMaker::ModelPackageGroup')) this.standIn.call(SAGEMAKER, 'CreateModelPackageGroup', properties);
    this.machine = this.machineOf('TrainingStateMachine', this.options.runTimeoutSeconds);
    if (made.pipeline !== undefined) this.pipeline = this.machineOf('PipelineStateMachine');
    this.upload();
    for (const day of ['', 'monday/']) this.standIn.objects.put(DATA, `texts/${day}1.txt`, 'a text');
    const stops = [...this.environments.keys()].filter((id) => id.includes('Stop'));
    this.rules = new Rules({
      bus: this.standIn.bus, rules: rulesOf(template, values), machines: this.machines, functions: new Map(stops.map((id) => [id, (event) => void this.stopHandler(id, event, 0)])),
    });
  }

  /** The CLI has uploaded the assets. */
  private upload(): void {
    const { template, values } = this.deployed;
    const definitions = JSON.stringify(resourcesOf(this.deployed, 'AWS::StepFunctions::StateMachine').map(({ id }) => definitionOf(template, values, id)));
    for (const [, bucket, asset] of definitions.matchAll(/s3:\/\/(cdk-[^/"\\]+)\/([^"\\]+)/g)) this.standIn.objects.put(bucket, asset, 'an asset');
    const { from } = this.code;
    this.standIn.objects.put(from.bucket, from.key, `archive ${from.key}`);
  }

  private machineOf(start: string, timeout?: number): TestStateMachine {
    const { template, values } = this.deployed;
    const id = Object.keys(template.Resources).find((one) => template.Resources[one].Type === 'AWS::StepFunctions::StateMachine' && one.startsWith(start) && !one.includes('Role'))!;
    const props = {
      definition: { ...definitionOf(template, values, id), ...timeout !== undefined && { TimeoutSeconds: timeout } },
      role: idOf(this.deployed, 'AWS::IAM::Role', start),
      scheduler: this.scheduler,
      name: String(values[`${id}.Name`]),
      bus: this.standIn.bus,
      integrations: { ...this.services(), s3: s3(this.standIn.objects), lambda: this.functions(), states: states(() => this.machines) },
    };
    const made = new TestStateMachine(props);
    this.definitions.set(id, props);
    this.machines.push(made);
    this.standIn.machines.set(made.arn, made);
    return made;
  }

  /** The services, and whose calls they are. */
  private services(): Integrations {
    return Object.fromEntries(Object.entries(awsServices(this.standIn)).map(([name, service]): [string, Integration] => [name, (operation, input, context) => {
      const before = this.principal;
      this.principal = context.principal;
      try {
        return service(operation, input, context);
      } finally {
        this.principal = before;
      }
    }]));
  }

  /** `lambda:invoke` with the context of the task: a tick that is held up gives its turn away. */
  private functions(): Integration {
    return async (operation, input, context) => {
      const named = Object.fromEntries([...this.environments.keys()].map((id) => [id, async (event: unknown) => this.invoke(id, event, context)]));
      const answer = await lambda(named)(operation, input, context);
      await context.sleep(TICK_SECONDS);
      return answer;
    };
  }

  private async invoke(id: string, event: any, { sleep }: Pick<TaskContext, 'sleep'>): Promise<unknown> {
    const role = this.roleOfFunction(id);
    const handler = this.handlers[/Runner/.test(id) ? 'tick' : /StopCompilations/.test(id) ? 'stopCompilations' : /Stop/.test(id) ? 'stop' : /Key/.test(id) ? 'key' : 'record'];
    Object.assign(process.env, this.environments.get(id));
    this.principal = role;
    this.pause = (then, milliseconds) => void this.away(async () => sleep(milliseconds / 1000), role).then(then);
    try {
      if (handler === this.handlers.tick) {
        this.ticks.push(this.scheduler.now());
        this.beforeTick(event);
      }
      const answer = handler(event);
      // A handler that fails while it is held up is heard below.
      answer.catch(() => undefined);
      const { stalled } = this;
      if (stalled !== undefined) await this.heldUp(stalled, answer, sleep, role);
      const result = await answer;
      if (handler === this.handlers.tick && this.loses(event, result)) throw Object.assign(new Error('the answer was lost'), { name: 'Lambda.SdkClientException' });
      return result;
    } finally {
      this.principal = SOMEONE_ELSE;
    }
  }

  private async heldUp(stalled: Stall, answer: Promise<unknown>, sleep: TaskContext['sleep'], role: string): Promise<void> {
    let release = (): void => undefined;
    stalled.released = new Promise((done) => { release = done; });
    const reached = new Promise<void>((done) => { stalled.reached = done; });
    if (!await Promise.race([reached.then(() => true), answer.then(() => false, () => false)])) return;
    await this.away(async () => sleep(stalled.seconds), role);
    release();
  }

  /** Others act while a handler waits. */
  private async away(wait: () => Promise<void>, role: string): Promise<void> {
    const { pause } = this;
    this.principal = SOMEONE_ELSE;
    await wait();
    Object.assign(this, { principal: role, pause });
  }

  /** A person gives the function that stops what is left an event of its queue. */
  sendAgain(event: unknown): void {
    void this.stopHandler(idOf(this.deployed, 'AWS::Lambda::Function', 'TrainingStop'), event, 0);
  }

  /** As Lambda does with an event: what fails is tried again, and then goes to the queue of the function, as its role. */
  private async stopHandler(id: string, event: unknown, attempt: number): Promise<void> {
    try {
      await this.scheduler.take(async (sleep) => this.invoke(id, event, { sleep }));
    } catch (error) {
      if (attempt < AGAIN_SECONDS.length) return void this.scheduler.after(AGAIN_SECONDS[attempt] * 1000, () => void this.stopHandler(id, event, attempt + 1));
      const { properties } = resourcesOf(this.deployed, 'AWS::Lambda::Function').find((one) => one.id === id)!;
      const queue = properties.DeadLetterConfig?.TargetArn;
      if (queue === undefined) return this.scheduler.crash(error);
      this.note({ principal: this.roleOfFunction(id), action: 'sqs:SendMessage', resource: [queue], context: {} });
      this.deadLetters.push({ queue, event });
    }
  }

  private listen(): void {
    Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '123456789012', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1' });
    for (const method of ['log', 'error'] as const) jest.spyOn(console, method).mockImplementation((...text) => { this.printed.push(text.join(' ')); });
    const { standIn, refused } = this;
    wire.to = {
      standIn,
      refused,
      calls: (action, resource, context = {}) => this.note({ principal: this.principal, action, resource: [resource], context }),
      network: (_service, operation, arrived) => this.network(operation, arrived),
    };
    const request = standIn.request.bind(standIn);
    const logged = (by: string): void => {
      for (const one of callsOf(by, [standIn.control.calls.at(-1)!])) this.note({ ...one, context: { ...one.context, ...this.tagsOf(one) } });
      this.forget();
    };
    standIn.request = (service, operation, input, caller) => {
      const by = this.principal;
      const { stalled } = this;
      const now = (): object => {
        try {
          return request(service, operation, input, caller) as object;
        } finally {
          logged(by);
        }
      };
      if (by === SOMEONE_ELSE || stalled?.operation !== operation || stalled.reached === undefined) return now();
      this.stalled = undefined;
      stalled.reached();
      if (stalled.when === 'request') return stalled.released!.then(now);
      const answer = now();
      return stalled.released!.then(() => answer);
    };
  }

  /** What the network does to a request of a handler. */
  private network(operation: string, arrived: boolean): void {
    const loss = this.losses.find((one) => one.operation === operation && one.times > 0 && (one.what === 'answer') === arrived);
    if (loss === undefined) return;
    loss.times--;
    throw Object.assign(new Error('socket hang up'), { name: loss.error ?? 'Error', code: 'ECONNRESET' });
  }

  /** IAM knows the tags of a job that is stopped. */
  private tagsOf({ action, resource: [arn] }: RecordedCall): RecordedCall['context'] {
    if (action !== 'sagemaker:StopProcessingJob') return {};
    const made = this.standIn.control.calls.find(({ operation, status, input }) => operation === 'CreateProcessingJob' && status === 200 && (input as any).ProcessingJobName === arn.split('/').at(-1));
    return Object.fromEntries(((made?.input as any)?.Tags ?? []).map(({ Key, Value }: any) => [`aws:ResourceTag/${Key}`, Value]));
  }

  private note(call: RecordedCall): void {
    this.calls.set(JSON.stringify(call), call);
  }

  /** A run of weeks makes thousands of calls: what made jobs is kept. */
  private forget(): void {
    const log = this.standIn.control.calls;
    if (log.length > 2000) log.splice(0, log.length, ...log.filter(({ operation }) => operation.startsWith('Create')), ...log.slice(-1));
  }
}

/** The folder of a job's checkpoints. */
export const checkpointsOf = ({ request }: Job): string => request.CheckpointConfig.S3Uri;
/** Where models of a run are. */
export const modelOf = (name: string): string => `s3://${BUCKET}/models/${name}/output/model.tar.gz`;
