import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EmulatorLogs, EmulatorObjects } from './emulator-stores';

interface Seen { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string }
type Answer = [status: number, body: string];

let server: Server;
let seen: Seen[];
let answers: Answer[];
const where = { account: '210987654321', region: 'eu-west-1' };

/** An emulator that answers what it is told, and remembers what it was asked. */
beforeEach(async () => {
  seen = [];
  answers = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      seen.push({ method: request.method!, url: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() });
      const [status, body] = answers.shift() ?? [200, ''];
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});
const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const asked = (): string[] => seen.map(({ method, url: path }) => `${method} ${path}`);

describe('objects of an emulator', () => {
  test('are written for the account and region of the job', async () => {
    await new EmulatorObjects(url()).put('bucket', 'a folder/é.bin', Buffer.from('body'), where);
    expect(asked()).toEqual(['PUT /bucket/a%20folder/%C3%A9.bin']);
    expect(seen[0].body).toBe('body');
    expect(seen[0].headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=210987654321\/\d{8}\/eu-west-1\/s3\/aws4_request,/);
  });

  test('are read, or are not there', async () => {
    answers = [[200, 'body'], [404, '<Error/>']];
    const store = new EmulatorObjects(url());
    expect([await store.get('b', 'k'), await store.get('b', 'no')]).toEqual([Buffer.from('body'), undefined]);
    expect(asked()).toEqual(['GET /b/k', 'GET /b/no']);
  });

  test('are listed page by page; a bucket that is not there is empty', async () => {
    answers = [
      [200, '<ListBucketResult><Contents><Key>p/a%2Bb+c</Key></Contents><NextContinuationToken>t 1</NextContinuationToken></ListBucketResult>'],
      [200, '<ListBucketResult><Contents><Key>p/z</Key></Contents></ListBucketResult>'],
      [404, '<Error><Code>NoSuchBucket</Code></Error>'],
    ];
    const store = new EmulatorObjects(url());
    expect(await store.list('b', 'p/', where)).toEqual(['p/a+b c', 'p/z']);
    expect(await store.list('no', '')).toEqual([]);
    expect(asked().slice(0, 2)).toEqual([
      'GET /b/?list-type=2&encoding-type=url&prefix=p%2F', 'GET /b/?list-type=2&encoding-type=url&prefix=p%2F&continuation-token=t+1',
    ]);
  });

  test('are removed, also when they are gone', async () => {
    answers = [[204, ''], [404, '']];
    const store = new EmulatorObjects(url());
    await store.delete('b', 'k');
    await store.delete('b', 'k');
    expect(asked()).toEqual(['DELETE /b/k', 'DELETE /b/k']);
  });

  test.each([
    ['put', async (store: EmulatorObjects) => store.put('b', 'k', 'x'), 'PutObject s3://b/k: HTTP 500 broken'],
    ['get', async (store: EmulatorObjects) => store.get('b', 'k'), 'GetObject s3://b/k: HTTP 500 broken'],
    ['list', async (store: EmulatorObjects) => store.list('b', 'k'), 'ListObjectsV2 s3://b/k: HTTP 500 broken'],
    ['delete', async (store: EmulatorObjects) => store.delete('b', 'k'), 'DeleteObject s3://b/k: HTTP 500 broken'],
  ])('say what failed: %s', async (_operation, call, message) => {
    answers = [[500, 'broken']];
    await expect(call(new EmulatorObjects(url()))).rejects.toThrow(message);
  });
});

describe('logs of an emulator', () => {
  const exists = '{"__type":"ResourceAlreadyExistsException"}';

  test('make group and stream, and put the lines', async () => {
    answers = [[400, exists], [200, '{}'], [200, '{}']];
    await new EmulatorLogs(url()).append('/aws/g', 's', ['one', ''], 42, where);
    expect(seen.map(({ headers, body }) => [headers['x-amz-target'], JSON.parse(body)])).toEqual([
      ['Logs_20140328.CreateLogGroup', { logGroupName: '/aws/g' }],
      ['Logs_20140328.CreateLogStream', { logGroupName: '/aws/g', logStreamName: 's' }],
      ['Logs_20140328.PutLogEvents', { logGroupName: '/aws/g', logStreamName: 's', logEvents: [{ timestamp: 42, message: 'one' }, { timestamp: 42, message: ' ' }] }],
    ]);
    expect(seen[2].headers.authorization).toContain('Credential=210987654321/');
    expect(seen[2].headers.authorization).toContain('/eu-west-1/logs/aws4_request');
  });

  test('put nothing when there are no lines', async () => {
    await new EmulatorLogs(url()).append('/aws/g', 's', [], 42);
    expect(seen).toHaveLength(2);
  });

  test('say what failed', async () => {
    answers = [[200, '{}'], [400, '{"__type":"LimitExceededException"}']];
    await expect(new EmulatorLogs(url()).append('g', 's', ['x'], 1)).rejects.toThrow('CreateLogStream: HTTP 400 {"__type":"LimitExceededException"}');
  });
});
