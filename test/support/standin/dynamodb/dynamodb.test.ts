import {
  DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand, type QueryCommandInput, type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { tableOf } from '.';
import { callsOf } from '../../iam';
import { Fixture, refusal } from '../fixture';

let fixture: Fixture;
let client: DynamoDBClient;

beforeEach(async () => {
  fixture = await Fixture.start();
  client = fixture.client(DynamoDBClient);
  fixture.standIn.state().tables.set('locks', tableOf('locks', 'endpoint', 'record'));
});
afterEach(async () => fixture.stop());

const KEY = { endpoint: { S: 'web' }, record: { S: 'LOCK' } };
const update = async (rest: Partial<UpdateItemCommandInput>) => client.send(new UpdateItemCommand({ TableName: 'locks', Key: KEY, ...rest }));
const read = async (Key = KEY) => (await client.send(new GetItemCommand({ TableName: 'locks', Key, ConsistentRead: true }))).Item;
/** Takes the lock unless somebody else has it. */
const acquire = async (owner: string) => update({
  UpdateExpression: 'SET #o = :me, epoch = if_not_exists(epoch, :zero) + :one',
  ConditionExpression: 'attribute_not_exists(#o) OR #o = :me',
  ExpressionAttributeNames: { '#o': 'owner' },
  ExpressionAttributeValues: { ':me': { S: owner }, ':zero': { N: '0' }, ':one': { N: '1' } },
  ReturnValues: 'ALL_NEW',
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
});

test('a lock: one has it, the other learns who', async () => {
  expect((await acquire('a')).Attributes).toEqual({ ...KEY, owner: { S: 'a' }, epoch: { N: '1' } });
  expect((await acquire('a')).Attributes!.epoch).toEqual({ N: '2' });
  const failure = await acquire('b').catch((error) => error);
  expect([failure.name, failure.message, failure.Item.owner]).toEqual(['ConditionalCheckFailedException', 'The conditional request failed', { S: 'a' }]);
  expect(await read()).toEqual({ ...KEY, owner: { S: 'a' }, epoch: { N: '2' } });
});

test('a put with a condition, and a deletion', async () => {
  const put = async () => client.send(new PutItemCommand({ TableName: 'locks', Item: { ...KEY, data: { M: { list: { L: [{ N: '1' }] } } } }, ConditionExpression: 'attribute_not_exists(endpoint)' }));
  await put();
  const failure = await put().catch((error) => error);
  expect([failure.name, failure.Item]).toEqual(['ConditionalCheckFailedException', undefined]);
  expect((await client.send(new DeleteItemCommand({ TableName: 'locks', Key: KEY, ReturnValues: 'ALL_OLD' }))).Attributes).toEqual({ ...KEY, data: { M: { list: { L: [{ N: '1' }] } } } });
  expect(await read()).toBeUndefined();
});

test('updates of parts, removals, and what is compared', async () => {
  await update({ UpdateExpression: 'SET a = :a, m = :m', ExpressionAttributeValues: { ':a': { N: '7' }, ':m': { M: { x: { S: '1' } } } } });
  await update({
    UpdateExpression: 'SET m.y = :two ADD a :two REMOVE m.x',
    ConditionExpression: 'a BETWEEN :two AND :nine AND begins_with(m.x, :one) AND size(m) = :size',
    ExpressionAttributeValues: { ':two': { N: '2' }, ':nine': { N: '9' }, ':one': { S: '1' }, ':size': { N: '1' } },
  });
  expect(await read()).toEqual({ ...KEY, a: { N: '9' }, m: { M: { y: { N: '2' } } } });
});

describe('queries', () => {
  beforeEach(async () => {
    for (const record of ['AUDIT#2', 'AUDIT#10', 'LOCK', 'AUDIT#1', 'CONTROL#x']) await client.send(new PutItemCommand({ TableName: 'locks', Item: { endpoint: { S: 'web' }, record: { S: record } } }));
    await client.send(new PutItemCommand({ TableName: 'locks', Item: { endpoint: { S: 'other' }, record: { S: 'AUDIT#1' } } }));
  });
  const query = async (rest: Partial<QueryCommandInput> = {}) => client.send(new QueryCommand({
    TableName: 'locks',
    KeyConditionExpression: 'endpoint = :e AND begins_with(#r, :p)',
    ExpressionAttributeNames: { '#r': 'record' },
    ExpressionAttributeValues: { ':e': { S: 'web' }, ':p': { S: 'AUDIT#' } },
    ...rest,
  }));
  const records = ({ Items }: Awaited<ReturnType<typeof query>>) => Items!.map(({ record }) => record.S);

  test('one partition, in the order of the sort key', async () => {
    expect(records(await query())).toEqual(['AUDIT#1', 'AUDIT#10', 'AUDIT#2']);
    expect(records(await query({ ScanIndexForward: false }))).toEqual(['AUDIT#2', 'AUDIT#10', 'AUDIT#1']);
    expect(records(await query({ KeyConditionExpression: 'endpoint = :e', ExpressionAttributeNames: undefined, ExpressionAttributeValues: { ':e': { S: 'web' } } }))).toEqual(['AUDIT#1', 'AUDIT#10', 'AUDIT#2', 'CONTROL#x', 'LOCK']);
  });

  test('page by page', async () => {
    const first = await query({ Limit: 2 });
    expect([records(first), first.LastEvaluatedKey]).toEqual([['AUDIT#1', 'AUDIT#10'], { endpoint: { S: 'web' }, record: { S: 'AUDIT#10' } }]);
    expect(records(await query({ Limit: 2, ExclusiveStartKey: first.LastEvaluatedKey }))).toEqual(['AUDIT#2']);
  });
});

test.each<[string, Partial<UpdateItemCommandInput>, string]>([
  ['a reserved word', { UpdateExpression: 'SET owner = :o, #n = :o', ExpressionAttributeNames: { '#n': 'n' }, ExpressionAttributeValues: { ':o': { S: 'x' } } }, 'ValidationException: Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: owner'],
  ['a value that nobody uses', { UpdateExpression: 'SET a = :a', ExpressionAttributeValues: { ':a': { S: 'x' }, ':b': { S: 'x' } } }, 'ValidationException: Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}'],
  ['a key that does not fit', { Key: { endpoint: { S: 'web' } } }, 'ValidationException: The provided key element does not match the schema'],
  ['a table that is not there', { TableName: 'none' }, 'ResourceNotFoundException: Requested resource not found'],
])('%s is refused', async (_, rest, message) => expect(await refusal(update(rest))).toBe(message));

test('what IAM checks: table, partition, attributes, what is read', async () => {
  await acquire('a');
  await client.send(new GetItemCommand({ TableName: 'arn:aws:dynamodb:us-east-1:123456789012:table/locks', Key: KEY, ProjectionExpression: '#o, epoch', ExpressionAttributeNames: { '#o': 'owner' } }));
  await client.send(new QueryCommand({ TableName: 'locks', KeyConditionExpression: '#e = :e AND begins_with(#r, :a)', ExpressionAttributeNames: { '#e': 'endpoint', '#r': 'record' }, ExpressionAttributeValues: { ':e': { S: 'web' }, ':a': { S: 'A' } } }));
  expect(callsOf('Role', fixture.standIn.control.calls).map(({ action, resource, context }) => [action, ...resource, context])).toEqual([
    ['dynamodb:UpdateItem', 'arn:aws:dynamodb:us-east-1:123456789012:table/locks', { 'dynamodb:LeadingKeys': ['web'], 'dynamodb:Attributes': ['endpoint', 'record', 'owner', 'epoch'], 'dynamodb:ReturnValues': 'ALL_NEW' }],
    ['dynamodb:GetItem', 'arn:aws:dynamodb:us-east-1:123456789012:table/locks', { 'dynamodb:LeadingKeys': ['web'], 'dynamodb:Attributes': ['endpoint', 'record', 'owner', 'epoch'], 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' }],
    ['dynamodb:Query', 'arn:aws:dynamodb:us-east-1:123456789012:table/locks', { 'dynamodb:LeadingKeys': ['web'], 'dynamodb:Attributes': ['endpoint', 'record'], 'dynamodb:Select': 'ALL_ATTRIBUTES' }],
  ]);
});

test('nobody shares items with the table', async () => {
  const item = { ...KEY, data: { M: {} } };
  await client.send(new PutItemCommand({ TableName: 'locks', Item: item }));
  (await read())!.data = { S: 'changed' };
  expect(await read()).toEqual(item);
});
