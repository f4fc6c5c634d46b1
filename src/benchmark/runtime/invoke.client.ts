import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { PayloadConfig } from '../core/types';

/** The service ends a request after 60 s (API reference, InvokeEndpoint). */
const REQUEST_MS = 65_000;

/** A request that was not answered: its name says how, e.g. `ModelError 500`, `ThrottlingException`, `TimeoutError`, `ECONNRESET`. */
export class RequestFailed extends Error {
  constructor(readonly name: string, message: string) {
    super(message);
  }
}

/** Connections that nobody used for longer may be closed on the other side, unnoticed by a function that was frozen. */
const FRESH_MS = 10_000;

/** Sends requests to the variants of an endpoint, each one once: a retry would hide an error, and be a request more than was asked for. */
export class Invoker {
  private readonly client: SageMakerRuntimeClient;

  constructor(private readonly endpoint: string, atOnce: number, private readonly patienceMs = REQUEST_MS) {
    // One connection to each request under way, or requests would wait for each other here.
    const agent = { keepAlive: true, maxSockets: atOnce };
    this.client = new SageMakerRuntimeClient({ maxAttempts: 1, requestHandler: { httpAgent: agent, httpsAgent: agent } });
  }

  /** The whole answer of a variant, as text. Comes to an end in any case; fails with `RequestFailed`. */
  async invoke(variant: string, body: string, { contentType, accept }: Pick<PayloadConfig, 'contentType' | 'accept'>): Promise<string> {
    const abortSignal = AbortSignal.timeout(this.patienceMs);
    try {
      const request = new InvokeEndpointCommand({ EndpointName: this.endpoint, TargetVariant: variant, Body: body, ContentType: contentType, Accept: accept });
      return (await this.client.send(request, { abortSignal })).Body.transformToString();
    } catch (error) {
      if (abortSignal.aborted) throw new RequestFailed('TimeoutError', `no answer within ${this.patienceMs / 1000} s`);
      const { name, message, code, OriginalStatusCode: status } = error as Error & { code?: unknown; OriginalStatusCode?: number };
      // What the SDK calls TimeoutError is also a connection that the other side closed.
      const kind = typeof code === 'string' && /^E[A-Z]+$/.test(code) ? code : name;
      throw new RequestFailed(status === undefined ? kind : `${kind} ${status}`, message);
    }
  }

  close(): void {
    this.client.destroy();
  }
}

let kept: { readonly invoker: Invoker; readonly endpoint: string; readonly atOnce: number; readonly since: number } | undefined;

/**
 * With the connections of the invocation before, when it was the same load a moment ago: making new ones takes time, which would be counted as latency of the first
 * requests.
 */
export async function withInvoker<T>(endpoint: string, atOnce: number, use: (invoker: Invoker) => Promise<T>): Promise<T> {
  const before = kept;
  kept = undefined;
  const fits = before?.endpoint === endpoint && before.atOnce === atOnce && Date.now() - before.since <= FRESH_MS;
  if (!fits) before?.invoker.close();
  const invoker = fits ? before.invoker : new Invoker(endpoint, atOnce);
  try {
    return await use(invoker);
  } finally {
    kept = { invoker, endpoint, atOnce, since: Date.now() };
  }
}
