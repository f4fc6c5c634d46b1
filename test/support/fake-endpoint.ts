import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServiceError } from './standin/errors';
import { Random } from './standin/traffic/random';
import { requestOf, type WireAnswer } from './standin/wire';

/** How long an answer takes, in milliseconds. */
export type Latency = (random: Random) => number;

export const constant = (ms: number): Latency => () => ms;
export const lognormal = (median: number, sigma: number): Latency => (random) => median * Math.exp(sigma * random.normal());
/** Mostly fast, and a share of them slow. */
export const bimodal = (fast: number, slow: number, share: number): Latency => (random) => random.next() < share ? slow : fast;

/** The same distribution without its luck: each of so many parts, as likely as the others, comes once, then each again. A few requests show what is known of many. */
export function stratified(latency: Latency, parts: number): Latency {
  const draw = new Random(7);
  const samples = Array.from({ length: parts * 1001 }, () => latency(draw)).sort((a, b) => a - b);
  let left: number[] = [];
  return (random) => {
    if (left.length === 0) left = Array.from({ length: parts }, (_, part) => samples[part * 1001 + 500]);
    return left.splice(Math.floor(random.next() * left.length), 1)[0];
  };
}

/** What becomes of a request instead of an answer. */
export type Failure = ServiceError | 'silence' | 'half an answer' | 'closed connection';

export interface FakeVariant {
  readonly latency: Latency;
  /** Requests that are worked on at the same time; others wait. Without an end when left out. */
  readonly capacity?: number;
  /** Times in which nothing is worked on and nothing answered, counted from the first request of the variant. */
  readonly stalls?: readonly { readonly afterMs: number; readonly forMs: number }[];
  /** This share of the requests comes to nothing, when it would be answered. */
  readonly errorShare?: number;
  readonly failure?: Failure;
}

/** A request as the server saw it; times are milliseconds since its first one. */
export interface Served {
  readonly variant: string;
  readonly body: string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly arrived: number;
  /** When there was a place for it. */
  readonly began: number;
  /** How long it was to take from then on; a timer is a little late. */
  readonly takes: number;
  /** When it was answered, or failed. */
  readonly ended: number;
  readonly ok: boolean;
}

/** The answer of a container that failed, as SageMaker passes it on (API reference, InvokeEndpoint). */
export const modelError = (status = 500, message = 'Prediction failed') => new ServiceError('ModelError', `Received server error (${status}) from primary with message "${message}".`, 424, { OriginalStatusCode: status, OriginalMessage: message });

/** An object that the workers read or write. */
interface Stored {
  readonly body: Buffer;
  readonly etag: string;
}

/**
 * An endpoint whose latencies are known, which speaks the protocol of SageMaker Runtime over HTTP and keeps its own record of what it was asked: what a load
 * generator reports can be compared with it. It is the S3 of the workers too.
 *
 *     const fake = await FakeEndpoint.start('web', { gpu: { latency: constant(50) } });
 *     Object.assign(process.env, fake.environment);     // before the clients are made
 */
export class FakeEndpoint {
  static async start(name: string, variants: Readonly<Record<string, FakeVariant>>, seed = 1): Promise<FakeEndpoint> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return new FakeEndpoint(server, name, variants, seed);
  }

  readonly served: Served[] = [];
  /** The most requests of a variant that were here at the same time. */
  readonly most: Record<string, number> = {};
  /** Connections that were opened. */
  connections = 0;
  /** `GET bucket/key 200`, one for each call of S3. */
  readonly objectCalls: string[] = [];
  private readonly objects = new Map<string, Stored>();
  private readonly lanes: Record<string, Lane>;

  private constructor(private readonly server: Server, private readonly name: string, variants: Readonly<Record<string, FakeVariant>>, seed: number) {
    this.lanes = Object.fromEntries(Object.entries(variants).map(([variant, config], i) => [variant, new Lane(config, new Random(seed + i))]));
    server.keepAliveTimeout = 60_000;
    server.on('connection', () => { this.connections++; });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const now = performance.now();
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (request.url!.startsWith('/endpoints/')) this.invocation(request, response, Buffer.concat(chunks).toString('utf8'), now);
        else this.object(request, response, Buffer.concat(chunks));
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get environment(): Record<string, string> {
    return {
      AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '123456789012', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: this.url, AWS_ENDPOINT_URL_S3: this.url,
    };
  }

  put(bucket: string, key: string, body: string): void {
    this.objects.set(`${bucket}/${key}`, { body: Buffer.from(body), etag: `"${createHash('md5').update(body).digest('hex')}"` });
  }

  get(bucket: string, key: string): string | undefined {
    return this.objects.get(`${bucket}/${key}`)?.body.toString('utf8');
  }

  /** Forgets what was asked so far; stalls are counted anew. */
  reset(): void {
    this.served.length = 0;
    for (const variant of Object.keys(this.most)) delete this.most[variant];
    for (const lane of Object.values(this.lanes)) lane.reset();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private invocation({ url, headers }: IncomingMessage, response: ServerResponse, body: string, arrived: number): void {
    const exchange = requestOf({ path: url!, headers, body })!;
    const { EndpointName: endpoint, TargetVariant: variant, ContentType: contentType, Accept: accept } = exchange.input as Record<string, string>;
    const lane = this.lanes[variant];
    if (endpoint !== this.name) return reply(response, exchange.refuse(new ServiceError('ValidationError', `Endpoint ${endpoint} of account 123456789012 not found.`)));
    if (lane === undefined) return reply(response, exchange.refuse(new ServiceError('ValidationError', `Variant ${variant} of endpoint ${endpoint} not found.`)));
    const first = lane.start ??= arrived;
    lane.take(({ failure, began, takes }) => {
      lane.here--;
      const ended = performance.now();
      this.served.push({ variant, body, contentType, accept, arrived: arrived - first, began: began - first, takes, ended: ended - first, ok: failure === undefined });
      if (failure === undefined) reply(response, exchange.answer({ Body: '{"ok":true}', ContentType: 'application/json', InvokedProductionVariant: variant }));
      else if (failure instanceof ServiceError) reply(response, exchange.refuse(failure));
      else if (failure === 'closed connection') response.destroy();
      else if (failure === 'half an answer') response.writeHead(200, { 'content-length': 100 }).write('{"half":');
    });
    this.most[variant] = Math.max(this.most[variant] ?? 0, ++lane.here);
  }

  private object({ method, url, headers }: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const path = decodeURIComponent(url!.split('?')[0]).slice(1);
    const [bucket, ...key] = path.split('/');
    if (method === 'PUT') this.put(bucket, key.join('/'), body.toString('utf8'));
    const stored = this.objects.get(path);
    const status = stored === undefined ? 404 : method === 'GET' && headers['if-none-match'] === stored.etag ? 304 : 200;
    this.objectCalls.push(`${method} ${path} ${status}`);
    if (status === 404) return reply(response, { status, headers: { 'content-type': 'application/xml' }, body: '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>' });
    response.writeHead(status, { etag: stored!.etag }).end(status === 200 && method === 'GET' ? stored!.body : '');
  }
}

function reply(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
}

/** What serves one variant. */
class Lane {
  /** When the first request came. */
  start: number | undefined;
  /** Requests that are worked on or wait. */
  here = 0;
  private busy = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly variant: FakeVariant, private readonly random: Random) {}

  reset(): void {
    this.start = undefined;
  }

  /** Works on a request as soon as there is a place. */
  take(end: (work: { readonly failure?: Failure; readonly began: number; readonly takes: number }) => void): void {
    const { latency, capacity = Infinity, errorShare = 0, failure = modelError() } = this.variant;
    const work = () => {
      this.busy++;
      const takes = latency(this.random);
      const fails = this.random.next() < errorShare;
      const began = performance.now();
      const due = this.afterStall(this.afterStall(began) + takes);
      setTimeout(() => {
        this.busy--;
        end({ began, takes, ...fails && { failure } });
        this.queue.shift()?.();
      }, due - began);
    };
    if (this.busy < capacity) work();
    else this.queue.push(work);
  }

  private afterStall(moment: number): number {
    const { stalls = [] } = this.variant;
    const stall = stalls.find(({ afterMs, forMs }) => moment >= this.start! + afterMs && moment < this.start! + afterMs + forMs);
    return stall === undefined ? moment : this.start! + stall.afterMs + stall.forMs;
  }
}
