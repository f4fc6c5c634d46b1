import type { Schema } from './schema';

/** The part that is used here of a database of `@aws-cdk/aws-service-spec`, which is installed apart (.ci/tools). */
export interface SpecDatabase {
  lookup(entity: 'resource', index: 'cloudFormationType', comparison: 'equals', value: string): readonly Described[];
  get(entity: 'typeDefinition', reference: unknown): Described;
}

interface Described {
  readonly properties: Readonly<Record<string, { readonly required?: boolean; readonly type: SpecType }>>;
}

interface SpecType {
  readonly type: string;
  readonly allowedValues?: readonly unknown[];
  readonly element?: SpecType;
  readonly reference?: unknown;
  readonly types?: readonly SpecType[];
}

/** The schema of a resource type in CloudFormation's own registry: names, types, what is required, some enumerations. */
export function cloudFormationSchema(db: SpecDatabase, resourceType: string): Schema | undefined {
  const [resource] = db.lookup('resource', 'cloudFormationType', 'equals', resourceType);
  return resource && structureOf(db, resource);
}

function structureOf(db: SpecDatabase, { properties }: Described): Schema {
  return {
    kind: 'structure',
    required: Object.entries(properties).filter(([, { required }]) => required).map(([name]) => name),
    members: Object.fromEntries(Object.entries(properties).map(([name, { type }]) => [name, () => schemaOf(db, type)])),
  };
}

function schemaOf(db: SpecDatabase, type: SpecType): Schema {
  switch (type.type) {
    case 'boolean': return { kind: 'boolean' };
    case 'integer': return { kind: 'number', integer: true };
    case 'number': return { kind: 'number', integer: false };
    case 'string': return { kind: 'string', allowed: type.allowedValues as string[] | undefined };
    case 'date-time': return { kind: 'string' };
    case 'array': return { kind: 'list', element: () => schemaOf(db, type.element!) };
    case 'map': return { kind: 'map', element: () => schemaOf(db, type.element!) };
    case 'ref': return structureOf(db, db.get('typeDefinition', type.reference));
    case 'tag': return { kind: 'structure', required: ['Key', 'Value'], members: { Key: () => ({ kind: 'string' }), Value: () => ({ kind: 'string' }) } };
    case 'union': return { kind: 'union', of: type.types!.map((one) => schemaOf(db, one)) };
    case 'json': return { kind: 'any' };
    default: throw new Error(`unknown property type ${type.type}`);
  }
}
