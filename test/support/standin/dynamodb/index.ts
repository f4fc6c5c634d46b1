import { dynalite, type Item, type Table } from './dynalite';
import { ServiceError } from '../errors';
import type { CallContext, Operation, Service } from '../service';
import { DYNAMODB_SHAPES } from '../shapes';

export type { Item, Table } from './dynalite';

/** A table and its items, by dynalite's keys. */
export interface TableRecord {
  readonly table: Table;
  readonly items: Map<string, Item>;
}

/** A table with keys of text, as `AWS::DynamoDB::Table` would make it. */
export function tableOf(name: string, partitionKey: string, sortKey?: string): TableRecord {
  const keys = [partitionKey, sortKey].filter((key) => key !== undefined);
  return {
    table: {
      TableName: name,
      KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    },
    items: new Map(),
  };
}

interface Input {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly Select?: string;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeValues?: Item;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

/** A table can be named by its ARN. */
const tableName = (name: string): string => name.split('/').at(-1)!;

/** The partition key's value that a request names, as text. */
function leadingKey({ table }: TableRecord, input: Input): string[] {
  const [{ AttributeName: key }] = table.KeySchema;
  const given = (input.Key ?? input.Item)?.[key];
  if (given) return [String(Object.values(given)[0])];
  for (const [, name, value] of (input.KeyConditionExpression ?? '').matchAll(/([#\w]+)\s*=\s*(:\w+)/g)) {
    if ((input.ExpressionAttributeNames?.[name] ?? name) === key) return [String(Object.values(input.ExpressionAttributeValues?.[value] ?? {})[0])];
  }
  return [];
}

const EXPRESSIONS = ['UpdateExpression', 'ConditionExpression', 'ProjectionExpression', 'FilterExpression', 'KeyConditionExpression'] as const;
/** Words of expressions that are no attributes. */
const WORDS = new Set(['set', 'remove', 'add', 'delete', 'and', 'or', 'not', 'in', 'between', 'attribute_exists', 'attribute_not_exists', 'attribute_type', 'begins_with', 'contains', 'size', 'if_not_exists', 'list_append']);

/** The top-level attributes that a request names: those of its key or item, and those of its expressions. */
function attributes(input: Input): string[] {
  const inside = EXPRESSIONS.flatMap((member) => (input as Readonly<Record<string, any>>)[member]?.match(/(?<![.:#\w])[#A-Za-z_][\w-]*/g) ?? [])
    .filter((word: string) => !WORDS.has(word.toLowerCase())).map((name: string) => input.ExpressionAttributeNames?.[name] ?? name);
  return [...new Set([...Object.keys(input.Key ?? input.Item ?? {}), ...inside])];
}

/** What a request reads, as the condition key `dynamodb:Select` has it (developer guide, "Using IAM policy conditions for fine-grained access control"). */
function selected(name: string, input: Input): Record<string, string> {
  if (name !== 'GetItem' && name !== 'Query') return {};
  return { 'dynamodb:Select': input.Select ?? ('ProjectionExpression' in input ? 'SPECIFIC_ATTRIBUTES' : 'ALL_ATTRIBUTES') };
}

function operation(name: string): Operation<Input> {
  return {
    run({ state }, input) {
      const known = (wanted: string) => state.tables.get(wanted);
      const request = { ...input, TableName: tableName(input.TableName) };
      try {
        return dynalite(name, request, (wanted) => known(wanted)?.table, (wanted) => known(wanted)!.items);
      } catch (error) {
        // dynalite does not know this member; the item is what it would have found.
        if (!(error instanceof ServiceError) || error.type !== 'ConditionalCheckFailedException' || input.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') throw error;
        const { table, items } = known(request.TableName)!;
        const key = Object.fromEntries(table.KeySchema.map(({ AttributeName }) => [AttributeName, (input.Key ?? input.Item)![AttributeName]]));
        const found = dynalite('GetItem', { TableName: request.TableName, Key: key, ConsistentRead: true }, () => table, () => items) as { Item?: Item };
        throw new ServiceError(error.type, error.message, error.status, found.Item ? { Item: found.Item } : {});
      }
    },
    resources: ({ region, account }: CallContext, { TableName }) => [`arn:aws:dynamodb:${region}:${account}:table/${tableName(TableName)}`],
    conditionKeys({ state }, input) {
      const record = state.tables.get(tableName(input.TableName));
      return [{
        ...record && { 'dynamodb:LeadingKeys': leadingKey(record, input) },
        'dynamodb:Attributes': attributes(input),
        ...selected(name, input),
        ...input.ReturnValues !== undefined && { 'dynamodb:ReturnValues': input.ReturnValues },
      }];
    },
  };
}

const OPERATIONS = Object.fromEntries(['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'].map((name) => [name, operation(name)]));

/** DynamoDB, by dynalite. Tables are made by a test: `standIn.state().tables.set('name', tableOf('name', 'pk', 'sk'))`. Nothing expires. */
export const DYNAMODB: Service = { shapes: DYNAMODB_SHAPES, iamPrefix: 'dynamodb', className: 'DynamoDb', errorMember: 'message', operations: OPERATIONS };
