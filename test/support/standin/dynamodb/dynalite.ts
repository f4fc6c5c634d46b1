import { createRequire } from 'node:module';
import { Stream } from 'node:stream';
import { ServiceError } from '../errors';

/** A table as dynalite keeps it. */
export interface Table {
  readonly TableName: string;
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
}

export type Item = Record<string, Record<string, unknown>>;

type Callback<T> = (error: unknown, result?: T) => void;
type Action = (store: object, data: object, callback: Callback<object>) => void;
interface Validation {
  readonly types: object;
  readonly custom: (data: object, store: object) => string | undefined;
}

const load = createRequire(__filename);

/** What an action asks of the database for one table, answered at once. The keys are dynalite's: their order is that of the range keys. */
class ItemStore {
  /** Streams that were asked for and wait for their listeners. */
  readonly waiting: (() => void)[] = [];

  constructor(private readonly items: Map<string, Item>) {}

  lock(_key: string, work: (release: <T>(callback: Callback<T>) => Callback<T>) => void): void {
    work((callback) => callback);
  }

  get(key: string, callback: Callback<Item>): void {
    const found = this.items.get(key);
    if (found) callback(null, structuredClone(found));
    else callback(Object.assign(new Error('not found'), { name: 'NotFoundError' }));
  }

  put(key: string, item: Item, callback: Callback<void>): void {
    this.items.set(key, structuredClone(item));
    callback(null);
  }

  del(key: string, callback: Callback<void>): void {
    this.items.delete(key);
    callback(null);
  }

  createValueStream({ gt, gte, lt, lte, reverse }: { gt?: string; gte?: string; lt?: string; lte?: string; reverse?: boolean }): Stream {
    // A bare stream: dynalite reads its 'data'; of an emitter that is none it would take everything twice.
    const stream = new Stream();
    const keys = [...this.items.keys()].sort().filter((key) =>
      (gt === undefined || key > gt) && (gte === undefined || key >= gte) && (lt === undefined || key < lt) && (lte === undefined || key <= lte));
    this.waiting.push(() => {
      for (const key of reverse === true ? keys.reverse() : keys) stream.emit('data', structuredClone(this.items.get(key)));
      stream.emit('end');
    });
    return stream;
  }
}

interface Refusal {
  readonly statusCode?: number;
  readonly body?: { readonly __type: string; readonly message?: string; readonly Message?: string };
}

function refusal(error: unknown): unknown {
  const { statusCode, body } = error as Refusal;
  return statusCode === undefined || !body ? error : new ServiceError(body.__type.split('#')[1], body.message ?? body.Message ?? '', statusCode);
}

/**
 * One operation of dynalite 4, an implementation of DynamoDB that was tested against it: its parsers, validations and actions on a
 * store of ours, which answers at once. So expressions are judged by other people's code, and time stands still meanwhile.
 */
export function dynalite(operation: string, input: object, table: (name: string) => Table | undefined, items: (name: string) => Map<string, Item>): object {
  const name = operation[0].toLowerCase() + operation.slice(1);
  const action = load(`dynalite/actions/${name}`) as Action;
  const validation = load(`dynalite/validations/${name}`) as Validation;
  const { checkTypes, checkValidations } = load('dynalite/validations') as {
    checkTypes(data: object, types: object): object; checkValidations(data: object, types: object, custom: Validation['custom'], store: object): void;
  };
  const stores = new Map<string, ItemStore>();
  const store = {
    options: { maxItemSize: 409_600 },
    getTable(wanted: string, callback: Callback<Table>) {
      const found = table(wanted);
      if (found) callback(null, found);
      else callback(new ServiceError('ResourceNotFoundException', 'Requested resource not found'));
    },
    getItemDb(wanted: string) {
      const known = stores.get(wanted) ?? new ItemStore(items(wanted));
      stores.set(wanted, known);
      return known;
    },
  };
  let answer: object | undefined;
  let failure: unknown;
  try {
    const data = checkTypes(structuredClone(input), validation.types);
    checkValidations(data, validation.types, validation.custom, store);
    action(store, data, (error, result) => {
      failure = error ?? undefined;
      answer = result;
    });
    for (const each of stores.values()) for (const flow of each.waiting) flow();
  } catch (error) {
    failure = error;
  }
  if (failure !== undefined) throw refusal(failure);
  if (answer === undefined) throw new Error(`dynalite did not answer ${operation} at once: it has changed`);
  return answer;
}
