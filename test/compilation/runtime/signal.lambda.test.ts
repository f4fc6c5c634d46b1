import { Listener } from './http';
import { handler } from '../../../src/compilation/runtime/signal.lambda';

let listener: Listener;
beforeEach(async () => { listener = await Listener.start(); });
afterEach(async () => listener.stop());

const event = { id: 'key', data: 's3://bucket/neuron/key/' };

test('a success carries the address of the artefact', async () => {
  await handler({ ...event, handle: `${listener.url}/h`, success: true });
  expect(listener.bodies).toEqual([{ Status: 'SUCCESS', UniqueId: 'key', Data: 's3://bucket/neuron/key/', Reason: 'compiled' }]);
});

test.each([
  ['the cause', { Error: 'NeuronCompilationFailed', Cause: 'the compile job failed: [NCC_1]' }, 'the compile job failed: [NCC_1]'],
  ['the error when there is no cause', { Error: 'States.Timeout' }, 'States.Timeout'],
  ['that it failed when nothing is known', undefined, 'the compilation failed'],
])('a failure says %s', async (_, error, Reason) => {
  await handler({ ...event, handle: `${listener.url}/h`, success: false, error });
  expect(listener.bodies).toEqual([{ Status: 'FAILURE', UniqueId: 'key', Data: 's3://bucket/neuron/key/', Reason }]);
});

test('a long reason keeps its end', async () => {
  await handler({ ...event, handle: `${listener.url}/h`, success: false, error: { Cause: `${'a'.repeat(5000)} the last line` } });
  const [{ Reason }] = listener.bodies;
  expect(Reason.length).toBe(1500);
  expect(Reason.endsWith('a the last line')).toBe(true);
  expect(Reason.startsWith('...aaa')).toBe(true);
});

describe('an execution that ended without a signal', () => {
  const ended = (status: string, more: object = {}) => ({ detail: { status, input: JSON.stringify({ handle: `${listener.url}/h` }), ...more } });

  test.each([
    ['was stopped', 'ABORTED', {}, 'the execution of the compilation was stopped'],
    ['was stopped for a reason', 'ABORTED', { cause: 'wrong model' }, 'the execution of the compilation was stopped: wrong model'],
    ['ran out of time', 'TIMED_OUT', {}, 'the time to wait is over: what it was spent on is in the history of the execution'],
    ['failed where no state could say so', 'FAILED', {}, 'the execution of the compilation failed'],
  ])('because it %s', async (_, status, more, Reason) => {
    await handler(ended(status, more));
    expect(listener.bodies).toEqual([{ Status: 'FAILURE', UniqueId: 'ended-early', Data: '', Reason }]);
  });

  test.each([['started by hand', { input: '{}' }], ['with an input that is not told', { input: undefined }]])('%s: nobody waits', async (_, more) => {
    await handler(ended('ABORTED', more));
    expect(listener.received).toEqual([]);
  });
});
