import { Readable } from 'node:stream';
import { respond } from './server';
import type { StandIn } from './stand-in';

interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * The stand-in as the `requestHandler` of an SDK client: no socket in between, which takes most of the time of a call. For handlers
 * that make their clients themselves, in the place of the package's own:
 *
 *     jest.doMock('@smithy/node-http-handler', () => ({ ...jest.requireActual('@smithy/node-http-handler'), NodeHttpHandler: loopback(standIn) }));
 */
export function loopback(standIn: StandIn) {
  return class Loopback {
    static create(): Loopback {
      return new Loopback();
    }

    readonly metadata = { handlerProtocol: 'http/1.1' };

    async handle({ method, path, headers, body }: HttpRequest): Promise<object> {
      const text = typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8') : '';
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      const answer = await respond(standIn, { method, path, headers: lower, body: text });
      return { response: { statusCode: answer.status, headers: { ...answer.headers }, body: Readable.from([Buffer.from(answer.body)]) } };
    }

    updateHttpClientConfig(): void {}

    httpHandlerConfigs(): object {
      return {};
    }

    destroy(): void {}
  };
}
