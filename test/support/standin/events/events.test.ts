import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { BusEvent } from './bus';
import { callsOf } from '../../iam';
import { Fixture, refusal } from '../fixture';

let fixture: Fixture;
let client: EventBridgeClient;
const heard: [BusEvent, string][] = [];

beforeEach(async () => {
  fixture = await Fixture.start();
  client = fixture.client(EventBridgeClient);
  heard.length = 0;
  fixture.standIn.bus.listen((event, bus) => void heard.push([event, bus]));
});
afterEach(async () => fixture.stop());

const ENTRY: PutEventsRequestEntry = { Source: 'migrations', DetailType: 'StepPassed', Detail: '{"share":5}', Resources: ['arn:x'] };
const put = async (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));

test('an event as its listeners get it', async () => {
  const { Entries, FailedEntryCount } = await put(ENTRY, { ...ENTRY, EventBusName: 'arn:aws:events:us-east-1:123456789012:event-bus/mine' });
  expect([FailedEntryCount, heard.map(([, bus]) => bus)]).toEqual([0, ['default', 'mine']]);
  expect(heard[0][0]).toEqual({
    'version': '0',
    'id': Entries![0].EventId,
    'detail-type': 'StepPassed',
    'source': 'migrations',
    'account': '123456789012',
    'region': 'us-east-1',
    'time': '2026-01-01T00:00:00Z',
    'resources': ['arn:x'],
    'detail': { share: 5 },
  });
});

test.each<[string, Partial<PutEventsRequestEntry>, string, string]>([
  ['no source', { Source: undefined }, 'InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.'],
  ['no detail', { Detail: '' }, 'InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.'],
  ['a text as detail', { Detail: '"text"' }, 'MalformedDetail', 'Detail is malformed.'],
  ['broken JSON', { Detail: '{' }, 'MalformedDetail', 'Detail is malformed.'],
  ['the source of a service', { Source: 'aws.states' }, 'NotAuthorizedForSourceException', 'Not authorized for the source.'],
])('%s: the entry fails, the others do not', async (_, rest, ErrorCode, ErrorMessage) => {
  const { Entries, FailedEntryCount } = await put({ ...ENTRY, ...rest }, ENTRY);
  expect([FailedEntryCount, Entries]).toEqual([1, [{ ErrorCode, ErrorMessage }, { EventId: expect.any(String) }]]);
  expect(heard).toHaveLength(1);
});

test('ten entries and 256 KB at most', async () => {
  expect(await refusal(put(...Array<PutEventsRequestEntry>(11).fill(ENTRY)))).toMatch(/^ValidationException: 1 validation error detected: Value .* at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10$/);
  expect(await refusal(put({ ...ENTRY, Detail: JSON.stringify({ text: 'x'.repeat(262_144) }) }))).toBe('ValidationException: Total size of the entries in the request is over the limit.');
});

test('twice, and late, when a test wants it', async () => {
  const { bus } = fixture.standIn;
  bus.deliveries = ({ 'detail-type': type }) => type === 'StepPassed' ? 2 : 1;
  bus.delay = 5;
  await put(ENTRY, { ...ENTRY, DetailType: 'Other' });
  expect(heard).toEqual([]);
  fixture.standIn.advance(5);
  expect(heard.map(([event]) => event['detail-type'])).toEqual(['StepPassed', 'StepPassed', 'Other']);
  expect([bus.events.length, heard[0][0].id === heard[1][0].id]).toEqual([2, true]);
});

test('who no longer listens hears nothing', async () => {
  let count = 0;
  const stop = fixture.standIn.bus.listen(() => { count += 1; });
  await put(ENTRY);
  stop();
  await put(ENTRY);
  expect([count, heard.length]).toEqual([1, 2]);
});

test('what IAM checks: the bus, and each entry by itself', async () => {
  await put(ENTRY, { ...ENTRY, DetailType: 'Other' });
  const call = { principal: 'Role', action: 'events:PutEvents', resource: ['arn:aws:events:us-east-1:123456789012:event-bus/default'] };
  expect(callsOf('Role', fixture.standIn.control.calls)).toEqual([
    { ...call, context: { 'events:source': 'migrations', 'events:detail-type': 'StepPassed' } }, { ...call, context: { 'events:source': 'migrations', 'events:detail-type': 'Other' } },
  ]);
});
