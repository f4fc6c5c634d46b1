import type { GateAnswer, GateEvent } from '../../../src/benchmark/contract';
import type { ParityConfig, ParityRecord } from '../../../src/benchmark/core/parity-verdict';
import type { ParityAnswer, ParityEvent } from '../../../src/benchmark/runtime/parity.lambda';
import { FakeEndpoint } from '../../support/fake-endpoint';
import type { ServiceError } from '../../support/standin/errors';
import { Fixture } from '../../support/standin/fixture';

/** A request to a variant, as the container gets it. */
export interface Asked {
  readonly variant: string;
  readonly body: string;
  readonly contentType?: string;
  readonly accept?: string;
}

type Answers = (asked: Asked) => string | ServiceError | Promise<string>;
type Handler = (event: ParityEvent) => Promise<ParityAnswer>;
type Gate = (event: GateEvent) => Promise<GateAnswer>;
const ECHO: Answers = ({ body }) => body;

export const KEY = 'benchmark/parity/web/gpu/gpu-model/inf2/inf2-model.json';
export const NOW = '2026-11-23T10:00:00.000Z';

export const CONFIG: ParityConfig = {
  benchmark: 'same',
  endpoint: 'web',
  reference: 'gpu',
  candidate: 'inf2',
  fingerprint: 'f1',
  check: { metric: { kind: 'exactMatch' }, tolerance: 0.01, goldenSet: { bucket: 'data', key: 'golden.jsonl' }, payload: { template: '{"inputs": {inputs}}', contentType: 'application/json' } },
  results: { bucket: 'results', prefix: 'benchmark/' },
};

/** The handlers with real clients, an endpoint `web` with `gpu` and `inf2`, an S3 and a bus, over HTTP. */
export class ParityWorld {
  static async start(): Promise<ParityWorld> {
    const [fixture, s3] = [await Fixture.start(), await FakeEndpoint.start('none', {})];
    await fixture.endpoint();
    return new ParityWorld(fixture, s3);
  }

  readonly asked: Asked[] = [];
  readonly pauses: number[] = [];
  readonly printed: any[] = [];
  readonly events: any[] = [];
  /** The most requests that were under way at the same time. */
  most = 0;
  /** What a container answers. */
  answers: Answers = ECHO;
  handler: Handler;
  gate: Gate;
  private underWay = 0;
  private readonly saved = { ...process.env };

  private constructor(readonly fixture: Fixture, readonly s3: FakeEndpoint) {
    this.listen();
    const { url } = fixture.server;
    Object.assign(process.env, {
      ...s3.environment,
      AWS_MAX_ATTEMPTS: '1',
      AWS_ENDPOINT_URL_SAGEMAKER: url,
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: url,
      AWS_ENDPOINT_URL_LAMBDA: url,
      PARITY: JSON.stringify({ benchmark: 'same', endpoint: 'web', reference: 'gpu', candidate: 'inf2', fingerprint: 'f1', start: 'start it' }),
      BUCKET: 'results',
      PREFIX: 'benchmark/',
    });
    // The clients read the environment when they are made.
    jest.resetModules();
    jest.doMock('node:timers/promises', () => ({ setTimeout: async (ms: number) => void this.pauses.push(ms) }));
    ({ handler: this.handler } = jest.requireActual('../../../src/benchmark/runtime/parity.lambda'));
    ({ handler: this.gate } = jest.requireActual('../../../src/benchmark/runtime/parity-gate.lambda'));
  }

  async stop(): Promise<void> {
    jest.restoreAllMocks();
    jest.dontMock('node:timers/promises');
    process.env = { ...this.saved };
    await Promise.all([this.fixture.stop(), this.s3.close()]);
  }

  /** The golden set. */
  lines(lines: readonly object[] | string): void {
    this.s3.put('data', 'golden.jsonl', typeof lines === 'string' ? lines : lines.map((line) => JSON.stringify(line)).join('\n'));
  }

  /** A run, as the state machine makes it: the answers of the handler. */
  async run(config: ParityConfig = CONFIG, between: (answer: ParityAnswer) => void | Promise<void> = () => undefined): Promise<ParityAnswer[]> {
    const answers: ParityAnswer[] = [];
    do {
      const state = answers.at(-1)?.state ?? null;
      // Through JSON, as data of an execution go.
      answers.push(JSON.parse(JSON.stringify(await this.handler({ config, run: 'run-1', state, now: NOW }))));
      await between(answers.at(-1)!);
    } while (!answers.at(-1)!.done);
    return answers;
  }

  get record(): ParityRecord | undefined {
    const text = this.s3.get('results', KEY);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** What was published as metrics. */
  get metrics(): any[] {
    return this.printed.filter((line) => '_aws' in line);
  }

  private listen(): void {
    const { standIn } = this.fixture;
    const request = standIn.request.bind(standIn);
    jest.spyOn(standIn, 'request').mockImplementation((service, operation, input, caller) => {
      if (operation === 'PutEvents') this.events.push(...(input as { Entries: object[] }).Entries);
      const refusal = operation === 'InvokeEndpoint' ? this.invoke(input as any) : undefined;
      if (refusal === undefined) return request(service, operation, input, caller);
      return refusal.then((Body) => ({ Body, ContentType: 'application/json', InvokedProductionVariant: (input as any).TargetVariant }));
    });
    jest.spyOn(console, 'log').mockImplementation((line: string) => void this.printed.push(JSON.parse(line)));
    jest.spyOn(console, 'error').mockImplementation((line: string) => void this.printed.push({ error: line }));
  }

  private async invoke({ TargetVariant: variant, Body: body, ContentType: contentType, Accept: accept }: Record<string, string>): Promise<string> {
    const asked: Asked = { variant, body, contentType, ...accept === undefined ? {} : { accept } };
    this.asked.push(asked);
    this.most = Math.max(this.most, ++this.underWay);
    try {
      await new Promise((done) => setImmediate(done));
      const answer = await this.answers(asked);
      if (typeof answer !== 'string') throw answer;
      return answer;
    } finally {
      this.underWay--;
    }
  }
}
