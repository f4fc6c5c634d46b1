import type { Logs } from './logs';
import type { Objects, Where } from './objects';

/**
 * S3 and CloudWatch Logs of an emulator that checks no signatures, such as MiniStack: plain HTTP, since account and region, which
 * the emulator reads from the credential scope, change from job to job and an SDK client has one of each.
 */
function authorization(service: string, where: Where): string {
  const date = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  return `AWS4-HMAC-SHA256 Credential=${where.account}/${date}/${where.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
}

const SOMEWHERE: Where = { account: '123456789012', region: 'us-east-1' };

async function refused(what: string, answer: Response): Promise<Error> {
  return new Error(`${what}: HTTP ${answer.status} ${await answer.text()}`);
}

export class EmulatorObjects implements Objects {
  constructor(private readonly endpoint: string) {}

  async put(bucket: string, key: string, body: string | Buffer, where?: Where): Promise<void> {
    const bytes = Uint8Array.from(Buffer.from(body as string));
    const answer = await this.send('PUT', bucket, key, '', where, bytes);
    if (!answer.ok) throw await refused(`PutObject s3://${bucket}/${key}`, answer);
  }

  async get(bucket: string, key: string, where?: Where): Promise<Buffer | undefined> {
    const answer = await this.send('GET', bucket, key, '', where);
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw await refused(`GetObject s3://${bucket}/${key}`, answer);
    return Buffer.from(await answer.arrayBuffer());
  }

  async list(bucket: string, prefix: string, where?: Where): Promise<string[]> {
    const keys: string[] = [];
    let token = '';
    do {
      const query = new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', prefix, ...token && { 'continuation-token': token } });
      const answer = await this.send('GET', bucket, '', `?${query.toString()}`, where);
      if (answer.status === 404) return [];
      if (!answer.ok) throw await refused(`ListObjectsV2 s3://${bucket}/${prefix}`, answer);
      const text = await answer.text();
      keys.push(...[...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => decodeURIComponent(key.replaceAll('+', ' '))));
      token = /<NextContinuationToken>([^<]*)</.exec(text)?.[1] ?? '';
    } while (token !== '');
    return keys;
  }

  async delete(bucket: string, key: string, where?: Where): Promise<void> {
    const answer = await this.send('DELETE', bucket, key, '', where);
    if (!answer.ok && answer.status !== 404) throw await refused(`DeleteObject s3://${bucket}/${key}`, answer);
  }

  private async send(method: string, bucket: string, key: string, query: string, where = SOMEWHERE, body?: Uint8Array<ArrayBuffer>): Promise<Response> {
    const path = [bucket, ...key.split('/')].map(encodeURIComponent).join('/');
    return fetch(`${this.endpoint}/${path}${query}`, { method, body, headers: { authorization: authorization('s3', where) } });
  }
}

export class EmulatorLogs implements Logs {
  constructor(private readonly endpoint: string) {}

  async append(group: string, stream: string, lines: string[], time: number, where = SOMEWHERE): Promise<void> {
    await this.call('CreateLogGroup', { logGroupName: group }, where);
    await this.call('CreateLogStream', { logGroupName: group, logStreamName: stream }, where);
    if (lines.length === 0) return;
    // The service takes no empty message.
    const logEvents = lines.map((message) => ({ timestamp: time, message: message === '' ? ' ' : message }));
    await this.call('PutLogEvents', { logGroupName: group, logStreamName: stream, logEvents }, where);
  }

  private async call(operation: string, body: object, where: Where): Promise<void> {
    const answer = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `Logs_20140328.${operation}`,
        'authorization': authorization('logs', where),
      },
      body: JSON.stringify(body),
    });
    if (answer.ok) return;
    const text = await answer.text();
    if (!text.includes('ResourceAlreadyExistsException')) throw new Error(`${operation}: HTTP ${answer.status} ${text}`);
  }
}
