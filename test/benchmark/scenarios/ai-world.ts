import { Template as Assertions } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AiBenchmark, AiWorkload, InferenceEndpoint, type AiBenchmarkProps } from '../../../src';
import { EVENT_SOURCE } from '../../../src/benchmark/contract';
import { Listener, type Answer, type Received } from '../../compilation/runtime/http';
import { G5, INF2, newStack } from '../../endpoint/support';
import { ACCOUNT, REGION, resolve, stockValues, type RecordedCall, type Template } from '../../support/iam';
import { VirtualClock } from '../../support/standin/clock';
import { SAGEMAKER } from '../../support/standin/sagemaker';
import { serve } from '../../support/standin/server';
import { StandIn } from '../../support/standin/stand-in';
import { definitionOf, lambda, Rules, rulesOf, Scheduler, TestStateMachine, type Execution } from '../../support/state-machine';
import { archiveOf, summaryOf } from '../core/ai-archive';
import { Bucket } from '../runtime/bucket';

export type Props = Partial<AiBenchmarkProps> | ((all: ReturnType<typeof twoEndpoints>) => Partial<AiBenchmarkProps>);

/** An endpoint on a GPU and one on Inferentia2, with one variant each. */
export function twoEndpoints(stack = newStack()) {
  const gpu = new InferenceEndpoint(stack, 'Gpu');
  gpu.addVariant('main', G5);
  const inf2 = new InferenceEndpoint(stack, 'Inf2');
  inf2.addVariant('main', INF2);
  return { stack, gpu, inf2 };
}

export function aiPropsOf(all: ReturnType<typeof twoEndpoints>, given: Props = {}): AiBenchmarkProps {
  return {
    targets: [{ endpoint: all.gpu, usdPerHour: 1.408, label: 'A10G' }, { endpoint: all.inf2, usdPerHour: 0.99 }],
    workload: AiWorkload.synthetic({ promptTokens: 550, outputTokens: 150, tokenizer: 'org/model' }),
    ...typeof given === 'function' ? given(all) : given,
  };
}

export function aiBenchmarked(given: Props = {}, all = twoEndpoints()) {
  return { ...all, benchmark: new AiBenchmark(all.stack, 'Chat', aiPropsOf(all, given)) };
}

/** What becomes of the job on an endpoint. */
export interface JobFate {
  readonly minutes?: number;
  readonly failure?: string;
  /** What it leaves, by names in its archive, or an archive that is none; null: nothing. */
  readonly files?: Readonly<Record<string, string>> | Buffer | null;
}

interface Job {
  readonly endpoint: string;
  readonly output: string;
  readonly created: number;
  status: string;
  ends: number;
  readonly fate: JobFate;
}

/** The synthesized state machine in an interpreter, with the real handler over HTTP. SageMaker is the stand-in, and the four operations of AI benchmark jobs beside it. */
export class AiWorld {
  static async start(given: Props = {}, fates: Readonly<Record<string, JobFate>> = {}): Promise<AiWorld> {
    const world = new AiWorld(fates, await Bucket.start());
    await world.listen();
    world.deploy(given);
    return world;
  }

  readonly scheduler = new Scheduler(new VirtualClock());
  readonly standIn = new StandIn({ clock: this.scheduler.clock });
  readonly metrics: Record<string, any>[] = [];
  readonly jobs = new Map<string, Job>();
  readonly workloads = new Map<string, string>();
  /** Operations of AI benchmarks, in order, with what they were asked. */
  readonly asked: [operation: string, input: any][] = [];
  /** Answers in the place of the right ones, once each, by operation. */
  readonly refusals: { readonly operation: string; readonly type: string; readonly message: string; readonly always?: boolean; readonly after?: boolean }[] = [];
  machine!: TestStateMachine;
  benchmark!: AiBenchmark;
  template!: Template;
  handler!: (event: any) => Promise<any>;
  private looks = 0;
  private config: unknown;
  /** What rules handed to the function: it works beside the execution. */
  private readonly delivered: Promise<unknown>[] = [];
  private environment: Record<string, string> = {};
  private readonly saved = { ...process.env };
  private readonly closing: (() => Promise<void>)[] = [];

  private constructor(private readonly fates: Readonly<Record<string, JobFate>>, readonly bucket: Bucket) {}

  /** What happens before a look, e.g. a deploy. */
  onLook: (count: number) => void = () => undefined;

  async stop(): Promise<void> {
    await this.settled();
    process.env = { ...this.saved };
    jest.restoreAllMocks();
    for (const close of this.closing) await close();
  }

  async run(name = 'one'): Promise<Execution> {
    const execution = this.machine.start({}, name);
    await this.scheduler.runUntilIdle();
    await this.settled();
    return execution;
  }

  /** What was handed to the function is done. */
  async settled(): Promise<void> {
    await Promise.all(this.delivered);
  }

  object(key: string): any {
    const found = this.bucket.objects.get(key);
    if (found === undefined) throw new Error(`no ${key} in ${[...this.bucket.objects.keys()].join(', ')}`);
    return JSON.parse(found.body);
  }

  record = (target: number, run = 'one'): any => this.object(`benchmark/ai/runs/${run}/${target}.json`);
  report = (run = 'one'): any => this.object(`benchmark/ai/runs/${run}/report.json`);
  operations = (operation: string): any[] => this.asked.filter(([one]) => one === operation).map(([, input]) => input);

  told(): any[] {
    return this.standIn.bus.events.filter((event) => event.source === EVENT_SOURCE && event['detail-type'] === 'AI Benchmark Ended').map(({ detail }) => detail);
  }

  /** A deploy of an endpoint: it serves another model, or has other variants. */
  update(endpoint: string, model: string, variants: readonly string[] = ['main'], count = 1): void {
    const config = `${endpoint}-${model}-${variants.length}-${count}`;
    if (!this.standIn.state().models.has(model)) this.standIn.call(SAGEMAKER, 'CreateModel', { ModelName: model, ExecutionRoleArn: `arn:aws:iam::${ACCOUNT}:role/model`, PrimaryContainer: { Image: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/image:1` } });
    this.standIn.call(SAGEMAKER, 'CreateEndpointConfig', {
      EndpointConfigName: config,
      ProductionVariants: variants.map((VariantName) => ({ VariantName, ModelName: model, InstanceType: endpoint === 'inf2' ? 'ml.inf2.xlarge' : 'ml.g5.xlarge', InitialInstanceCount: count, InitialVariantWeight: 1 })),
    });
    const there = this.standIn.state().endpoints.has(endpoint);
    this.standIn.call(SAGEMAKER, there ? 'UpdateEndpoint' : 'CreateEndpoint', { EndpointName: endpoint, EndpointConfigName: config });
  }

  scale(endpoint: string, instances: number): void {
    const [fleet] = this.standIn.state().endpoints.get(endpoint)!.fleets;
    fleet.currentCount = fleet.desiredCount = instances;
  }

  /** The calls of AI benchmarks as IAM sees them. */
  aiCalls(principal: string, from = 0): RecordedCall[] {
    return this.asked.slice(from).flatMap(([operation, input]): RecordedCall[] => {
      const on = (resource: string, name: string): RecordedCall => ({ principal, action: `sagemaker:${operation}`, resource: [`arn:aws:sagemaker:${REGION}:${ACCOUNT}:${resource}/${name.toLowerCase()}`], context: {} });
      if (operation === 'CreateAIWorkloadConfig') return [on('ai-workload-config', input.AIWorkloadConfigName)];
      const job = on('ai-benchmark-job', input.AIBenchmarkJobName);
      return operation === 'CreateAIBenchmarkJob' ? [job, { principal, action: 'iam:PassRole', resource: [input.RoleArn], context: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } }] : [job];
    });
  }

  /** Values that stand for the endpoints of the template. */
  values(template: Template): Record<string, string> {
    const endpoints = Object.keys(template.Resources).filter((id) => template.Resources[id].Type === 'AWS::SageMaker::Endpoint');
    return Object.fromEntries(endpoints.flatMap((id) => {
      const name = id.startsWith('Gpu') ? 'gpu' : 'inf2';
      return [[`${id}.EndpointName`, name], [id, `arn:aws:sagemaker:${REGION}:${ACCOUNT}:endpoint/${name}`]];
    }));
  }

  private deploy(given: Props): void {
    const made = aiBenchmarked((all) => ({
      results: { bucket: s3.Bucket.fromBucketName(all.stack, 'Records', 'results') },
      ...typeof given === 'function' ? given(all) : given,
    }));
    this.benchmark = made.benchmark;
    const template = JSON.parse(JSON.stringify(Assertions.fromStack(made.stack).toJSON()).replaceAll('111122223333', ACCOUNT)) as Template;
    this.template = template;
    const find = (type: string, part: string): string => Object.keys(template.Resources).find((id) => template.Resources[id].Type === type && id.startsWith(part))!;
    const values = { ...stockValues(template), ...this.values(template) };
    const run = find('AWS::Lambda::Function', 'ChatRun');
    this.environment = resolve(template.Resources[run].Properties!.Environment.Variables, values, template) as Record<string, string>;
    const functions = { [run]: async (event: unknown) => this.look(event) };
    const definition = definitionOf(template, values);
    this.config = (definition.States.Begin as any).Parameters.config;
    this.machine = new TestStateMachine({
      definition,
      role: find('AWS::IAM::Role', 'ChatStateMachineRole'),
      scheduler: this.scheduler,
      bus: this.standIn.bus,
      integrations: { lambda: lambda(functions) },
    });
    this.standIn.machines.set(this.machine.arn, this.machine);
    const machine = Object.keys(template.Resources).find((id) => template.Resources[id].Type === 'AWS::StepFunctions::StateMachine')!;
    const rules = new Rules({ bus: this.standIn.bus, rules: rulesOf(template, { ...values, [machine]: this.machine.arn }), functions: new Map([[run, (event: unknown) => this.delivered.push(this.look(event))]]) });
    this.closing.push(async () => rules.stop());
    this.update('gpu', 'gpu-1');
    this.update('inf2', 'inf2-1');
    this.standIn.advance(3600);
  }

  /** The event of a look of a run, as the state machine makes it. */
  lookEvent(run: string, now: string): any {
    return { config: this.config, run, execution: this.machine.arn.replace(':stateMachine:', ':execution:') + `:${run}`, machine: this.machine.arn, began: now, now, state: null };
  }

  private async look(event: unknown): Promise<any> {
    Object.assign(process.env, this.environment);
    this.onLook(++this.looks);
    return this.handler(event);
  }

  private async listen(): Promise<void> {
    const server = await serve(this.standIn);
    const sagemaker = await Listener.start((request) => this.answer(request));
    this.closing.push(async () => server.close(), async () => sagemaker.stop(), async () => this.bucket.stop());
    Object.assign(process.env, {
      AWS_REGION: REGION, AWS_ACCESS_KEY_ID: ACCOUNT, AWS_SECRET_ACCESS_KEY: 'x', AWS_MAX_ATTEMPTS: '1', AWS_ENDPOINT_URL_S3: this.bucket.url, AWS_ENDPOINT_URL_SAGEMAKER: sagemaker.url, AWS_ENDPOINT_URL_SFN: server.url, AWS_ENDPOINT_URL_EVENTBRIDGE: server.url,
    });
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    jest.spyOn(console, 'log').mockImplementation((line: string) => {
      const said = JSON.parse(line);
      if (said._aws !== undefined) this.metrics.push(said);
    });
    // The clients read the environment when they are made.
    jest.resetModules();
    this.handler = jest.requireActual('../../../src/benchmark/runtime/ai-benchmark.lambda').handler;
  }

  private answer({ headers, body }: Received): Answer {
    const operation = String(headers['x-amz-target']).split('.')[1];
    const input = JSON.parse(body);
    const failure = (type: string, message: string): Answer => ({ status: 400, body: JSON.stringify({ __type: type, message }) });
    if (!operation.includes('AI')) {
      try {
        return { body: JSON.stringify(this.standIn.call(SAGEMAKER, operation, input)) };
      } catch (error) {
        return failure((error as Error).name, (error as Error).message);
      }
    }
    this.asked.push([operation, input]);
    const refusal = this.refusals.find((one) => one.operation === operation);
    if (refusal && refusal.always !== true) this.refusals.splice(this.refusals.indexOf(refusal), 1);
    if (refusal && refusal.after !== true) return failure(refusal.type, refusal.message);
    const answer = this.ai(operation, input, failure);
    // It was done, and its answer got lost.
    return refusal ? { status: 500, body: JSON.stringify({ __type: refusal.type, message: refusal.message }) } : answer;
  }

  /** Names, answers and errors: API reference of SageMaker, CreateAIWorkloadConfig, CreateAIBenchmarkJob, DescribeAIBenchmarkJob, StopAIBenchmarkJob. */
  private ai(operation: string, input: any, failure: (type: string, message: string) => Answer): Answer {
    const now = this.scheduler.clock.now();
    const name: string = input.AIBenchmarkJobName ?? input.AIWorkloadConfigName;
    if (!/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name)) return failure('ValidationException', `1 validation error detected: ${name}`);
    if (operation === 'CreateAIWorkloadConfig') {
      if (this.workloads.has(name)) return failure('ResourceInUse', `AI workload config ${name} already exists`);
      this.workloads.set(name, input.AIWorkloadConfigs.WorkloadSpec.Inline);
      return { body: '{"AIWorkloadConfigArn":"x"}' };
    }
    const job = this.jobs.get(name);
    if (operation === 'CreateAIBenchmarkJob') {
      if (job) return failure('ResourceInUse', `AI benchmark job ${name} already exists`);
      const { BenchmarkTarget: { Endpoint: { Identifier: endpoint } }, OutputConfig: { S3OutputLocation: output }, AIWorkloadConfigIdentifier: workload } = input;
      if (!this.workloads.has(workload)) return failure('ResourceNotFound', `AI workload config ${workload} does not exist`);
      const fate = this.fates[endpoint] ?? {};
      this.jobs.set(name, { endpoint, output, fate, created: now, status: 'InProgress', ends: now + (fate.minutes ?? 12) * 60_000 });
      return { body: '{"AIBenchmarkJobArn":"x"}' };
    }
    if (!job) return failure('ResourceNotFound', `AI benchmark job ${name} does not exist`);
    if (operation === 'StopAIBenchmarkJob') {
      job.status = 'Stopping';
      job.ends = now + 90_000;
      return { body: '{"AIBenchmarkJobArn":"x"}' };
    }
    if (now >= job.ends && ['InProgress', 'Stopping'].includes(job.status)) this.end(job);
    return { body: JSON.stringify({ AIBenchmarkJobName: name, AIBenchmarkJobStatus: job.status, CreationTime: job.created / 1000, OutputConfig: { S3OutputLocation: job.output }, ...job.status === 'Failed' ? { FailureReason: job.fate.failure } : {} }) };
  }

  private end(job: Job): void {
    const { failure, files = { 'artifacts/profile_export_aiperf.json': JSON.stringify(summaryOf()) } } = job.fate;
    job.status = job.status === 'Stopping' ? 'Stopped' : failure === undefined ? 'Completed' : 'Failed';
    if (job.status !== 'Completed' || files === null) return;
    const body = (Buffer.isBuffer(files) ? files : archiveOf(files)) as unknown as string;
    this.bucket.objects.set(`${job.output.replace('s3://results/', '')}bmk-1/output/output.tar.gz`, { body, written: new Date() });
  }
}
