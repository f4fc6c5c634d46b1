import { Listener } from './http';
import { put, respond } from '../../../src/compilation/runtime/cloudformation.client';

let listener: Listener;
afterEach(async () => listener.stop());

describe('an answer to CloudFormation', () => {
  test('is a PUT without a content type, with the ids of the event', async () => {
    listener = await Listener.start();
    await respond({ ResponseURL: `${listener.url}/signed?x=1`, StackId: 'stack', RequestId: 'request', LogicalResourceId: 'logical' } as any, { Status: 'SUCCESS', PhysicalResourceId: 'me' });
    const [{ method, path, headers }] = listener.received;
    expect([method, path]).toEqual(['PUT', '/signed?x=1']);
    // Signed addresses of S3 are signed without one; fetch would send text/plain.
    expect(headers['content-type'] ?? '').toBe('');
    expect(listener.bodies).toEqual([{ Status: 'SUCCESS', PhysicalResourceId: 'me', StackId: 'stack', RequestId: 'request', LogicalResourceId: 'logical' }]);
  });

  test('is tried again when the server has a bad moment', async () => {
    listener = await Listener.start((_, count) => ({ status: count < 3 ? 503 : 200 }));
    await put(`${listener.url}/x`, 'hello', 1);
    expect(listener.received.map(({ body }) => body)).toEqual(['hello', 'hello', 'hello']);
  });

  test('is tried again when it is throttled', async () => {
    listener = await Listener.start((_, count) => ({ status: count < 2 ? 429 : 200 }));
    await put(`${listener.url}/x`, 'hello', 1);
    expect(listener.received.length).toBe(2);
  });

  test('is given up after five tries, without the address in the message', async () => {
    listener = await Listener.start(() => ({ status: 500 }));
    await expect(put(`${listener.url}/secret`, 'hello', 1)).rejects.toThrow(new Error('CloudFormation did not take the answer: HTTP status 500'));
    expect(listener.received.length).toBe(5);
  });

  test('is not tried again when the address is not valid any more', async () => {
    listener = await Listener.start(() => ({ status: 403 }));
    await expect(put(`${listener.url}/secret`, 'hello', 1)).rejects.toThrow(new Error('CloudFormation did not take the answer: HTTP status 403'));
    expect(listener.received.length).toBe(1);
  });

  test('names what keeps it from the server, and not the address', async () => {
    listener = await Listener.start();
    const url = listener.url;
    await listener.stop();
    await expect(put(`${url}/secret`, 'hello', 1)).rejects.toThrow(/^CloudFormation did not take the answer: .*ECONNREFUSED/);
    await expect(put(`${url}/secret`, 'hello', 1)).rejects.not.toThrow(/secret/);
    listener = await Listener.start();
  });
});
