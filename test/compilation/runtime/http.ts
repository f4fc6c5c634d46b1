import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly body?: string;
}

/** A server that keeps what it is sent and answers what it is told. */
export class Listener {
  static async start(answer: (request: Received, count: number) => Answer = () => ({})): Promise<Listener> {
    const received: Received[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => { body += chunk; });
      request.on('end', () => {
        const one = { method: request.method!, path: request.url!, headers: request.headers, body };
        received.push(one);
        const { status = 200, body: text = '' } = answer(one, received.length);
        response.writeHead(status).end(text);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return new Listener(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    });
  }

  private constructor(readonly url: string, readonly received: Received[], readonly stop: () => Promise<void>) {}

  /** The bodies as JSON. */
  get bodies(): any[] {
    return this.received.map(({ body }) => JSON.parse(body));
  }
}
