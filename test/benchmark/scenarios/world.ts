import { Template as Assertions } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { EndpointBenchmark, EndpointBenchmarkProps } from '../../../src';
import { EVENT_SOURCE } from '../../../src/benchmark/contract';
import type { BaselineRecord, BenchmarkConfig } from '../../../src/benchmark/core/types';
import { twoVariants } from '../../endpoint/support';
import { FakeEndpoint, type FakeVariant } from '../../support/fake-endpoint';
import { ACCOUNT, REGION, resolve, stockValues, type Template } from '../../support/iam';
import { VirtualClock } from '../../support/standin/clock';
import { SAGEMAKER } from '../../support/standin/sagemaker';
import { serve } from '../../support/standin/server';
import { StandIn } from '../../support/standin/stand-in';
import { definitionOf, lambda, Scheduler, TestStateMachine, type Execution } from '../../support/state-machine';
import { Bucket } from '../runtime/bucket';
import { benchmarked, type Variants } from '../support';

export const ENDPOINT = 'web';

export interface WorldOptions {
  /** What serves each variant; 20 ms when left out. */
  readonly variants?: Readonly<Record<string, FakeVariant>>;
  readonly benchmark?: Partial<EndpointBenchmarkProps> | ((all: Variants) => Partial<EndpointBenchmarkProps>);
  /** Of each measured phase, in the place of at least ten. */
  readonly seconds?: number;
}

/**
 * The synthesized state machine of a benchmark in an interpreter, with the real handlers over HTTP: an endpoint whose latencies are known, a bucket, and the stand-in for the rest. Workers
 * work in real time, and begin when they are asked; the state machine waits in virtual time.
 */
export class World {
  static async start(options: WorldOptions = {}): Promise<World> {
    const fake = await FakeEndpoint.start(ENDPOINT, options.variants ?? { gpu: { latency: () => 20 }, inf2: { latency: () => 20 } });
    const world = new World(fake, await Bucket.start());
    await world.listen();
    world.deploy(options);
    return world;
  }

  readonly scheduler = new Scheduler(new VirtualClock());
  readonly standIn = new StandIn({ clock: this.scheduler.clock });
  /** Metrics that were published, in this order. */
  readonly metrics: Record<string, any>[] = [];
  machine!: TestStateMachine;
  benchmark!: EndpointBenchmark;
  /** What runs are started with. */
  config!: BenchmarkConfig;
  handlers!: { director: any; worker: any; gate: any };
  private readonly saved = { ...process.env };
  private readonly closing: (() => Promise<void>)[] = [];
  private configs = 0;
  private gateEnvironment: Record<string, string> = {};

  private constructor(readonly fake: FakeEndpoint, readonly bucket: Bucket) {}

  async stop(): Promise<void> {
    process.env = { ...this.saved };
    jest.restoreAllMocks();
    for (const close of this.closing) await close();
  }

  /** A run from its beginning to its end. */
  async run(name?: string): Promise<Execution> {
    const execution = this.machine.start({}, name);
    await this.scheduler.runUntilIdle();
    return execution;
  }

  /** A deploy: the variants serve other models, by these names. */
  serve(models: Readonly<Record<string, string>>): void {
    const config = `config-${++this.configs}`;
    for (const ModelName of Object.values(models)) {
      if (this.standIn.state().models.has(ModelName)) continue;
      this.standIn.call(SAGEMAKER, 'CreateModel', { ModelName, ExecutionRoleArn: `arn:aws:iam::${ACCOUNT}:role/model`, PrimaryContainer: { Image: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/image:1` } });
    }
    const types: Record<string, string> = { gpu: 'ml.g5.xlarge', inf2: 'ml.inf2.xlarge' };
    this.standIn.call(SAGEMAKER, 'CreateEndpointConfig', {
      EndpointConfigName: config,
      ProductionVariants: Object.entries(models).map(([VariantName, ModelName]) => ({ VariantName, ModelName, InstanceType: types[VariantName], InitialInstanceCount: 1, InitialVariantWeight: VariantName === 'gpu' ? 1 : 0 })),
    });
    this.standIn.call(SAGEMAKER, this.configs === 1 ? 'CreateEndpoint' : 'UpdateEndpoint', { EndpointName: ENDPOINT, EndpointConfigName: config });
    this.standIn.advance(3600);
  }

  /** Its scaling gives a variant other instances, in no time. */
  scale(variant: string, instances: number): void {
    const fleet = this.standIn.state().endpoints.get(ENDPOINT)!.fleets.find(({ name }) => name === variant)!;
    fleet.currentCount = fleet.desiredCount = instances;
  }

  /** Records of a run, by variant, round and batch. */
  record(run: Execution, variant: string, round = 1, batch = 1): BaselineRecord {
    return this.object(`benchmark/runs/${run.name}/${variant}/round-${round}-batch-${batch}/record.json`);
  }

  object(key: string): any {
    const found = this.bucket.objects.get(key);
    if (found === undefined) throw new Error(`no ${key} in ${[...this.bucket.objects.keys()].join(', ')}`);
    return JSON.parse(found.body);
  }

  /** What the gate of a migration answers. */
  async gate(from = 'gpu', to = 'inf2'): Promise<{ pass: boolean; reason?: string }> {
    Object.assign(process.env, this.gateEnvironment);
    return this.handlers.gate({ endpoint: ENDPOINT, from, to });
  }

  told(type: string): any[] {
    return this.standIn.bus.events.filter((event) => event.source === EVENT_SOURCE && event['detail-type'] === type).map(({ detail }) => detail);
  }

  private deploy({ benchmark, seconds = 2 }: WorldOptions): void {
    const made = benchmarked((all) => ({
      results: { bucket: s3.Bucket.fromBucketName(all.stack, 'Records', 'results') },
      load: { concurrency: 8 },
      ...typeof benchmark === 'function' ? benchmark(all) : benchmark,
    }), twoVariants());
    this.benchmark = made.benchmark;
    const template = Assertions.fromStack(made.stack).toJSON() as Template;
    const find = (type: string, part: string): string => Object.keys(template.Resources).find((id) => template.Resources[id].Type === type && id.includes(part))!;
    const endpoint = find('AWS::SageMaker::Endpoint', 'Endpoint');
    const values = { ...stockValues(template), [`${endpoint}.EndpointName`]: ENDPOINT, [endpoint]: `arn:aws:sagemaker:${REGION}:${ACCOUNT}:endpoint/${ENDPOINT}` };
    const definition = definitionOf(template, values);
    this.gateEnvironment = resolve(template.Resources[find('AWS::Lambda::Function', 'Gate')].Properties!.Environment.Variables, values, template) as Record<string, string>;
    const { config } = (definition.States.Begin as any).Parameters;
    config.settings.durationSeconds = seconds;
    config.settings.warmUpSeconds = Math.min(config.settings.warmUpSeconds, 1);
    this.config = config;
    this.machine = new TestStateMachine({
      definition,
      role: find('AWS::IAM::Role', 'StateMachineRole'),
      scheduler: this.scheduler,
      bus: this.standIn.bus,
      integrations: {
        lambda: lambda({
          [find('AWS::Lambda::Function', 'Director')]: async (event) => this.handlers.director(event),
          [find('AWS::Lambda::Function', 'Worker')]: async (event) => this.handlers.worker({ ...event, startAt: Date.now() }),
        }),
      },
    });
    this.standIn.machines.set(this.machine.arn, this.machine);
    this.bucket.put('questions.jsonl', ['"one"', '{"text": "two"}', '"three"'].join('\n'));
    this.serve({ gpu: 'gpu-1', inf2: 'inf2-1' });
  }

  private async listen(): Promise<void> {
    const server = await serve(this.standIn);
    this.closing.push(async () => server.close(), async () => this.fake.close(), async () => this.bucket.stop());
    Object.assign(process.env, {
      ...this.fake.environment, AWS_REGION: REGION, AWS_ACCESS_KEY_ID: ACCOUNT, AWS_ENDPOINT_URL_S3: this.bucket.url, AWS_ENDPOINT_URL_SAGEMAKER: server.url, AWS_ENDPOINT_URL_SFN: server.url, AWS_ENDPOINT_URL_EVENTBRIDGE: server.url, AWS_ENDPOINT_URL_CLOUDWATCH: server.url,
    });
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    jest.spyOn(console, 'log').mockImplementation((line: string) => {
      const said = JSON.parse(line);
      if (said._aws !== undefined) this.metrics.push(said);
    });
    // The clients read the environment when they are made.
    jest.resetModules();
    const at = '../../../src/benchmark/runtime';
    this.handlers = {
      director: jest.requireActual(`${at}/director.lambda`).handler,
      worker: jest.requireActual(`${at}/worker.lambda`).handler,
      gate: jest.requireActual(`${at}/version-gate.lambda`).handler,
    };
  }
}
