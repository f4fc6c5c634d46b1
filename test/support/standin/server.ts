import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { controlRequest } from './control-api';
import { ServiceError } from './errors';
import type { Service } from './service';
import { SOMEONE, StandIn, type Caller } from './stand-in';
import { requestOf, type WireAnswer } from './wire';

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

/** A request as the stand-in reads it, and its answer. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const JSON_11 = 'application/x-amz-json-1.1';

const asJson = (status: number, body: object | undefined, headers: Readonly<Record<string, string>> = {}): WireAnswer =>
  ({ status, headers: { 'content-type': JSON_11, ...headers }, body: body === undefined ? '' : JSON.stringify(body) });

function refused(error: ServiceError, member: Service['errorMember']): WireAnswer {
  return asJson(error.status, { __type: error.type, [member]: error.message, ...error.members }, { 'x-amzn-ErrorType': error.type });
}

function parsed(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw new ServiceError('SerializationException', 'the body is not JSON');
  }
}

const asFailure = (error: unknown): ServiceError => error instanceof ServiceError ? error : new ServiceError('InternalFailure', String(error), 500);

/** AWS JSON 1.0 and 1.1: the target header names service and operation, the body is the request. */
async function amazonAnswer(standIn: StandIn, { headers, body }: WireRequest): Promise<WireAnswer> {
  const [prefix, operation] = String(headers['x-amz-target'] ?? '').split('.');
  const service = StandIn.SERVICES.find((candidate) => candidate.shapes.targetPrefix !== null && candidate.shapes.targetPrefix === prefix);
  if (!service) return refused(new ServiceError('UnknownOperationException', `no service for target ${prefix}.${operation}`), 'message');
  try {
    const answer = await standIn.request(service, operation, parsed(body), callerOf(headers.authorization));
    const empty = service.shapes.operations[operation].output === undefined;
    return asJson(200, empty ? undefined : answer);
  } catch (error) {
    return refused(asFailure(error), service.errorMember);
  }
}

/** What the stand-in answers to a request, however it came. */
export async function respond(standIn: StandIn, request: WireRequest): Promise<WireAnswer> {
  if (request.path.startsWith('/_control')) {
    const { status, answer } = controlRequest(standIn, request.method, request.path, request.body);
    return asJson(status, answer, { 'content-type': 'application/json' });
  }
  const other = requestOf(request);
  if (!other) return amazonAnswer(standIn, request);
  try {
    return other.answer(await standIn.request(other.service, other.operation, other.input, callerOf(request.headers.authorization)));
  } catch (error) {
    return other.refuse(asFailure(error));
  }
}

async function handle(standIn: StandIn, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const answer = await respond(standIn, { method: request.method ?? 'GET', path: (request.url ?? '/').split('?')[0], headers: request.headers, body });
  response.writeHead(answer.status, { 'content-length': Buffer.byteLength(answer.body), 'x-amzn-RequestId': randomUUID(), ...answer.headers });
  response.end(answer.body);
}

/** Serves the stand-in on the loopback interface; port 0 takes a free one. */
export async function serve(standIn: StandIn, port = 0): Promise<RunningServer> {
  const server: Server = createServer((request, response) => {
    handle(standIn, request, response).catch((error: unknown) => response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ message: String(error) })));
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
