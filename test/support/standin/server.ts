import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { controlRequest } from './control-api';
import { ServiceError } from './errors';
import type { Service } from './service';
import { SOMEONE, StandIn, type Caller } from './stand-in';

/** The stand-in behind a port. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Account and region from the signature. A 12-digit access key is the account, as in MiniStack. */
export function callerOf(authorization: string | undefined): Caller {
  const match = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(authorization ?? '');
  if (!match) return SOMEONE;
  const [, accessKey, region] = match;
  return { accessKey, region, account: /^\d{12}$/.test(accessKey) ? accessKey : SOMEONE.account };
}

function send(response: ServerResponse, status: number, type: string, body: object | undefined): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), 'x-amzn-RequestId': randomUUID() });
  response.end(text);
}

const JSON_11 = 'application/x-amz-json-1.1';

function refuse(response: ServerResponse, error: ServiceError, member: Service['errorMember']): void {
  response.setHeader('x-amzn-ErrorType', error.type);
  send(response, error.status, JSON_11, { __type: error.type, [member]: error.message });
}

/** AWS JSON 1.1: the target header names service and operation, the body is the request. */
function amazonRequest(standIn: StandIn, request: IncomingMessage, body: string, response: ServerResponse): void {
  const [prefix, operation] = String(request.headers['x-amz-target'] ?? '').split('.');
  const service = StandIn.SERVICES.find((candidate) => candidate.shapes.targetPrefix === prefix);
  if (!service) return refuse(response, new ServiceError('UnknownOperationException', `no service for target ${prefix}.${operation}`), 'message');
  try {
    let input: unknown;
    try {
      input = body === '' ? {} : JSON.parse(body);
    } catch {
      throw new ServiceError('SerializationException', 'the body is not JSON');
    }
    const answer = standIn.call(service, operation, input, callerOf(request.headers.authorization));
    const empty = service.shapes.operations[operation].output === undefined;
    send(response, 200, JSON_11, empty ? undefined : answer);
  } catch (error) {
    refuse(response, error instanceof ServiceError ? error : new ServiceError('InternalFailure', String(error), 500), service.errorMember);
  }
}

async function handle(standIn: StandIn, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const path = (request.url ?? '/').split('?')[0];
  if (path.startsWith('/_control')) {
    const { status, answer } = controlRequest(standIn, request.method ?? 'GET', path, body);
    return send(response, status, 'application/json', answer);
  }
  return amazonRequest(standIn, request, body, response);
}

/** Serves the stand-in on the loopback interface; port 0 takes a free one. */
export async function serve(standIn: StandIn, port = 0): Promise<RunningServer> {
  const server: Server = createServer((request, response) => {
    handle(standIn, request, response).catch((error: unknown) => send(response, 500, 'application/json', { message: String(error) }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
