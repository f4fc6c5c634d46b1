import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { ENV, RECORD, TABLE } from '../contract';
import type { Command, Lock, MigrationState } from '../core/controller/types';

const dynamodb = new DynamoDBClient({});

/** Of each part of a command: it travels in the state of the run, which may have 256 KiB in all (Step Functions quotas). Tokens and ids of ours are shorter. */
const MOST_CHARACTERS = 500;

type Item = Record<string, AttributeValue>;

/** Who writes, and for which endpoint. */
export interface Holder {
  readonly endpoint: string;
  /** ARN of the parent's execution. */
  readonly owner: string;
  readonly epoch: number;
}

/** Weights of the variants at the safe share, and the least and the most that still count as such. */
export interface SafeWeights {
  readonly from: number;
  readonly to: number;
  readonly leastFrom: number;
  readonly mostTo: number;
}

/** What the fence writes beside the state, ready for those who read it without this code: the watchdog has no arithmetic. */
export interface Fenced {
  readonly state: MigrationState;
  readonly migration: string;
  /** The variant whose instances the floor of the state is about. */
  readonly floorVariant: string;
  readonly safeWeights: SafeWeights;
  readonly now: number;
}

const tableName = () => process.env[ENV.table]!;
const key = (endpoint: string, record: string): Item => ({ [TABLE.partitionKey]: { S: endpoint }, [TABLE.sortKey]: { S: record } });

/** The lock of an endpoint; undefined before the first run. */
export async function readLock(endpoint: string): Promise<Lock | undefined> {
  const item = await read(endpoint, RECORD.lock);
  if (item === undefined) return undefined;
  const lock = { owner: item.owner?.S, epoch: Number(item.epoch?.N ?? 0), fallback: item.fallback?.BOOL ?? false, migration: item.migration?.S, state: parsed(item.state?.S) };
  return Object.fromEntries(Object.entries(lock).filter(([, value]) => value !== undefined)) as unknown as Lock;
}

/** What somebody wrote into the control record. People write it by hand: what is no text is read as text. */
export async function readCommand(endpoint: string, migration: string): Promise<Command | undefined> {
  const item = await read(endpoint, RECORD.control(migration));
  if (item === undefined) return undefined;
  const text = (name: string) => (item[name]?.S ?? item[name]?.N)?.slice(0, MOST_CHARACTERS);
  const [command, token, by, reason] = ['command', 'token', 'by', 'reason'].map(text);
  if (command === undefined) return undefined;
  const known = { id: text('id') ?? `${command}-${token ?? ''}`, command, token, by, reason };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as unknown as Command;
}

/**
 * Takes the lock that was read, and only that one: between reading and writing nobody may have changed owner or epoch. Gives the epoch, or
 * undefined when somebody was faster. A try again takes the lock of its own run once more, under a new epoch, so that a forgotten one of the
 * same run is fenced off too.
 */
export async function acquire(endpoint: string, owner: string, migration: string, seen: Lock | undefined, now: number): Promise<number | undefined> {
  const epoch = (seen?.epoch ?? 0) + 1;
  const names = { '#owner': 'owner', '#epoch': 'epoch', '#fallback': 'fallback', '#migration': 'migration', '#floor': 'floor' };
  const values: Item = { ':me': { S: owner }, ':next': { N: String(epoch) }, ':migration': { S: migration }, ':now': { N: String(now) } };
  const unchanged = [
    ...seen?.owner === undefined ? ['attribute_not_exists(#owner)'] : ['#owner = :seen'],
    ...seen === undefined ? ['attribute_not_exists(#epoch)'] : ['(attribute_not_exists(#epoch) OR #epoch = :epoch)'],
  ];
  if (seen?.owner !== undefined) values[':seen'] = { S: seen.owner };
  if (seen !== undefined) values[':epoch'] = { N: String(seen.epoch) };
  const taken = await write({
    Key: key(endpoint, RECORD.lock),
    UpdateExpression: 'SET #owner = :me, #epoch = :next, #migration = :migration, heartbeat = :now REMOVE #fallback, #floor, floorVariant',
    ConditionExpression: unchanged.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  });
  return taken ? epoch : undefined;
}

/** Writes the state down, if the lock is still held: what is decided may be done only after this. */
export async function fence(holder: Holder, { state, migration, floorVariant, safeWeights, now }: Fenced): Promise<boolean> {
  return write({
    Key: key(holder.endpoint, RECORD.lock),
    UpdateExpression: 'SET #state = :state, #phase = :phase, #migration = :migration, safeShare = :safeShare, unproven = :unproven, '
      + 'safeWeightFrom = :safeWeightFrom, safeWeightTo = :safeWeightTo, safeWeightFromLeast = :leastFrom, safeWeightToMost = :mostTo, heartbeat = :now'
      + (state.floor === undefined ? '' : ', #floor = :floor, floorVariant = :floorVariant'),
    ...stillMine(holder, { '#state': 'state', '#phase': 'phase', '#migration': 'migration', ...state.floor === undefined ? {} : { '#floor': 'floor' } }, {
      ...state.floor === undefined ? {} : { ':floor': { N: String(state.floor) }, ':floorVariant': { S: floorVariant } },
      ':state': { S: JSON.stringify(state) },
      ':phase': { S: state.phase },
      ':migration': { S: migration },
      ':safeShare': { N: String(state.safeShare) },
      ':unproven': { BOOL: state.unproven },
      ':safeWeightFrom': { N: String(safeWeights.from) },
      ':safeWeightTo': { N: String(safeWeights.to) },
      ':leastFrom': { N: String(safeWeights.leastFrom) },
      ':mostTo': { N: String(safeWeights.mostTo) },
      ':now': { N: String(now) },
    }),
  });
}

/** Whether this run still has the lock, and the watchdog has not taken over. */
export function isHolder({ owner, epoch }: Holder, lock: Lock | undefined): boolean {
  return lock !== undefined && lock.owner === owner && lock.epoch === epoch && !lock.fallback;
}

/** Gives the lock back; epoch and last state stay for the next one. */
export async function release(holder: Holder, now: number): Promise<boolean> {
  return write({ Key: key(holder.endpoint, RECORD.lock), UpdateExpression: 'SET heartbeat = :now REMOVE #owner, #floor, floorVariant', ...stillMine(holder, { '#floor': 'floor' }, { ':now': { N: String(now) } }) });
}

/** One record of what was decided and why; it expires. The same tick again writes the same record. */
export async function audit(endpoint: string, record: string, expires: number, facts: Readonly<Record<string, string | number | undefined>>): Promise<void> {
  const attributes = Object.entries(facts).filter(([, value]) => value !== undefined).map(([name, value]) => [name, typeof value === 'number' ? { N: String(value) } : { S: value }]);
  await dynamodb.send(new PutItemCommand({
    TableName: tableName(), Item: { ...key(endpoint, record), ...Object.fromEntries(attributes), [TABLE.expiry]: { N: String(Math.ceil(expires)) } },
  }));
}

async function read(endpoint: string, record: string): Promise<Item | undefined> {
  return (await dynamodb.send(new GetItemCommand({ TableName: tableName(), Key: key(endpoint, record), ConsistentRead: true }))).Item;
}

function stillMine(holder: Holder, names: Record<string, string>, values: Item) {
  return {
    ConditionExpression: '#owner = :me AND #epoch = :epoch AND (attribute_not_exists(#fallback) OR #fallback = :no)',
    ExpressionAttributeNames: { ...names, '#owner': 'owner', '#epoch': 'epoch', '#fallback': 'fallback' },
    ExpressionAttributeValues: { ...values, ':me': { S: holder.owner }, ':epoch': { N: String(holder.epoch) }, ':no': { BOOL: false } },
  };
}

/** Whether the condition held. */
async function write(update: Omit<ConstructorParameters<typeof UpdateItemCommand>[0], 'TableName'>): Promise<boolean> {
  try {
    await dynamodb.send(new UpdateItemCommand({ TableName: tableName(), ...update }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || (error as Error).name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/** A state that cannot be read is none: the run that wrote it is over, and the next one begins from what is. */
function parsed(text: string | undefined): MigrationState | undefined {
  try {
    return text === undefined ? undefined : JSON.parse(text) as MigrationState;
  } catch {
    return undefined;
  }
}
