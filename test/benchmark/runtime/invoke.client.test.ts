import { bimodal, constant, FakeEndpoint, modelError, type FakeVariant } from '../../support/fake-endpoint';

type Client = typeof import('../../../src/benchmark/runtime/invoke.client');

const saved = { ...process.env };
const JSON_BODY = { contentType: 'application/json' };
let fake: FakeEndpoint;
let client: Client;
let invoker: InstanceType<Client['Invoker']>;

async function start(variant: FakeVariant, atOnce = 4, patienceMs?: number): Promise<void> {
  fake = await FakeEndpoint.start('web', { gpu: variant });
  Object.assign(process.env, fake.environment);
  jest.resetModules();
  client = jest.requireActual<Client>('../../../src/benchmark/runtime/invoke.client');
  invoker = new client.Invoker('web', atOnce, patienceMs);
}

afterEach(async () => {
  jest.restoreAllMocks();
  process.env = { ...saved };
  invoker.close();
  await fake.close();
});

test('the answer is what the variant said', async () => {
  await start({ latency: constant(1) });
  expect(await invoker.invoke('gpu', '{"inputs": ["hällo €"]}', { contentType: 'application/json', accept: 'text/csv' })).toBe('{"ok":true}');
  expect(fake.served).toEqual([expect.objectContaining({ variant: 'gpu', body: '{"inputs": ["hällo €"]}', contentType: 'application/json', accept: 'text/csv' })]);
});

test.each(['silence', 'half an answer'] as const)('%s ends after the time of a request, as an error of its own kind', async (failure) => {
  await start({ latency: constant(1), errorShare: 1, failure }, 4, 300);
  const before = performance.now();
  await expect(invoker.invoke('gpu', '1', JSON_BODY)).rejects.toMatchObject({ name: 'TimeoutError', message: 'no answer within 0.3 s' });
  expect(performance.now() - before).toBeGreaterThan(290);
  // Once: a second request would be more load than was asked for.
  expect(fake.served.length).toBe(1);
});

test('an answer just before that is an answer', async () => {
  await start({ latency: constant(200) }, 1, 2000);
  expect(await invoker.invoke('gpu', '1', JSON_BODY)).toBe('{"ok":true}');
});

test('the service is given more than the 60 s in which it answers or fails', async () => {
  await start({ latency: constant(1) });
  const timeout = jest.spyOn(AbortSignal, 'timeout');
  await invoker.invoke('gpu', '1', JSON_BODY);
  expect(timeout.mock.calls).toEqual([[65_000]]);
});

test('a failure of the container is named with its status', async () => {
  await start({ latency: constant(1), errorShare: 1, failure: modelError(507, 'no room') });
  const failed = await invoker.invoke('gpu', '1', JSON_BODY).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(client.RequestFailed);
  expect(failed).toMatchObject({ name: 'ModelError 507', message: 'Received server error (507) from primary with message "no room".' });
});

test('as many are under way as are sent, more than the 50 that the SDK allows by itself', async () => {
  await start({ latency: constant(1500) }, 60);
  await Promise.all(Array.from({ length: 60 }, async () => invoker.invoke('gpu', '1', JSON_BODY)));
  expect([fake.most.gpu, fake.connections]).toEqual([60, 60]);
});

describe('of two invocations', () => {
  const connections = async (endpoint: string, atOnce: number) => {
    const before = fake.connections;
    await client.withInvoker(endpoint, atOnce, async (one) => Promise.all([1, 2].map(async () => one.invoke('gpu', '1', JSON_BODY).catch(() => undefined))));
    return fake.connections - before;
  };

  test('the second has the connections of the first, for ten seconds', async () => {
    await start({ latency: bimodal(20, 30, 0.5) });
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
    expect(await connections('web', 4)).toBe(2);
    clock.mockReturnValue(now + 10_000);
    expect(await connections('web', 4)).toBe(0);
    // Since the one before, not since the first.
    clock.mockReturnValue(now + 20_000);
    expect(await connections('web', 4)).toBe(0);
    clock.mockReturnValue(now + 30_001);
    expect(await connections('web', 4)).toBe(2);
  });

  test('none has those of another endpoint, or of another load', async () => {
    await start({ latency: constant(20) });
    expect([await connections('web', 4), await connections('other', 4), await connections('other', 5), await connections('other', 5)]).toEqual([2, 2, 2, 0]);
  });

  test('that run beside each other have their own', async () => {
    await start({ latency: constant(200) });
    expect((await Promise.all([connections('web', 4), connections('web', 4)])).length).toBe(2);
    expect(fake.connections).toBe(4);
  });
});
