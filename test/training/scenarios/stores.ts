import { Readable } from 'node:stream';
import { ACCOUNT, REGION, type Context } from '../../support/iam';
import { loopback } from '../../support/standin/loopback';
import type { StandIn } from '../../support/standin/stand-in';

/** A request as the clients of the SDK send it. */
interface HttpRequest {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Answer {
  readonly status: number;
  readonly body?: string;
}

/** Everything that SDK clients speak to. */
export interface Wire {
  readonly standIn: StandIn;
  /** Services whose requests are refused, by the error. */
  readonly refused: Map<string, string>;
  /** Notes a call for IAM. */
  calls(action: string, resource: string, context?: Context): void;
  /** Throws what the network does to a request. Before it arrives, and before its answer does. */
  network(service: string, operation: string, arrived: boolean): void;
}

const COPY_SOURCE = 'x-amz-copy-source';

const text = (body: unknown): string => typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8') : '';

/** The operations of S3 that handlers use, on the objects of the stand-in. */
function s3(wire: Wire, { method, hostname, path, headers, body }: HttpRequest): Answer {
  const bucket = hostname.split('.')[0];
  const key = decodeURIComponent(path.slice(1));
  const { objects } = wire.standIn;
  const source = headers[COPY_SOURCE];
  if (method === 'PUT' && source !== undefined) return copied(wire, source, { bucket, key });
  if (method === 'PUT') {
    wire.calls('s3:PutObject', `arn:aws:s3:::${bucket}/${key}`);
    objects.put(bucket, key, text(body));
    return { status: 200 };
  }
  if (method !== 'HEAD') throw new Error(`s3: got ${method} ${path}`);
  wire.calls('s3:GetObject', `arn:aws:s3:::${bucket}/${key}`);
  if (objects.get(bucket, key) !== undefined) return { status: 200 };
  // Who may not list is told 403 (API reference of HeadObject).
  wire.calls('s3:ListBucket', `arn:aws:s3:::${bucket}`, { 's3:prefix': key });
  return { status: 404 };
}

/** CopyObject: what is not there to be read is told in XML, which is the body of the answer of a copy, too. */
function copied(wire: Wire, source: string, to: { readonly bucket: string; readonly key: string }): Answer {
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/.exec(decodeURIComponent(source))!;
  wire.calls('s3:GetObject', `arn:aws:s3:::${bucket}/${key}`);
  wire.calls('s3:PutObject', `arn:aws:s3:::${to.bucket}/${to.key}`);
  const { objects } = wire.standIn;
  const found = objects.get(bucket, key) as Buffer | undefined;
  if (found === undefined) {
    // Who may not list the bucket of the source is told 403 (API reference of CopyObject).
    wire.calls('s3:ListBucket', `arn:aws:s3:::${bucket}`, { 's3:prefix': key });
    return { status: 404, body: '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>' };
  }
  objects.put(to.bucket, to.key, found);
  return { status: 200, body: '<CopyObjectResult><ETag>"0"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></CopyObjectResult>' };
}

/** CloudWatch Logs, on the logs of the stand-in. */
function logs(wire: Wire, { headers, body }: HttpRequest): Answer {
  const operation = String(headers['x-amz-target']).split('.')[1];
  const { logGroupName: group, logStreamNamePrefix: prefix, logStreamName: stream, limit } = JSON.parse(text(body));
  const arn = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}`;
  wire.calls(`logs:${operation}`, operation === 'GetLogEvents' ? `${arn}:log-stream:${stream}` : arn);
  const refused = wire.refused.get('logs');
  if (refused !== undefined) return { status: 400, body: JSON.stringify({ __type: refused, message: 'not now' }) };
  const store = wire.standIn.logs;
  if (operation === 'DescribeLogStreams') return { status: 200, body: JSON.stringify({ logStreams: store.streams(group, prefix).map((logStreamName) => ({ logStreamName })) }) };
  return { status: 200, body: JSON.stringify({ events: store.events(group, stream).slice(-limit) }) };
}

/** What SDK clients take for the network: bytes of HTTP, without sockets, by host. */
export function network(wire: () => Wire) {
  const Loopback = loopback(new Proxy({}, { get: (_, member) => Reflect.get(wire().standIn, member) }) as StandIn);
  return class extends Loopback {
    static create() {
      return new this();
    }

    async handle(request: HttpRequest): Promise<object> {
      const operation = String(request.headers['x-amz-target'] ?? (request.headers[COPY_SOURCE] === undefined ? request.method : 'COPY')).split('.').at(-1)!;
      const [first] = request.hostname.split('.');
      const service = request.hostname.includes('.s3.') ? 's3' : first;
      wire().network(service, operation, false);
      const store = service === 's3' ? s3 : service === 'logs' ? logs : undefined;
      const answer = store === undefined ? await super.handle(request) : received(store(wire(), request));
      wire().network(service, operation, true);
      return answer;
    }
  };
}

function received({ status, body = '' }: Answer): object {
  return { response: { statusCode: status, headers: {}, body: Readable.from([Buffer.from(body)]) } };
}
