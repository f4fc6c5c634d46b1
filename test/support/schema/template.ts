import { check, type Schema } from './schema';

export interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>>;
}

/** What pseudo parameters stand for in the commercial partition; enough to check a value that is joined from them. */
const PSEUDO: Record<string, string> = {
  'AWS::AccountId': '123456789012',
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Joins what is known before deployment; what is not stays an intrinsic. */
export function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Record<string, unknown>;
  if (typeof record.Ref === 'string') return PSEUDO[record.Ref] ?? value;
  if (Array.isArray(record['Fn::Join'])) {
    const [separator, parts] = record['Fn::Join'] as [string, unknown];
    const resolved = resolve(parts);
    return Array.isArray(resolved) && resolved.every((part) => typeof part === 'string') ? resolved.join(separator) : value;
  }
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, resolve(item)]));
}

/** Checks the resources whose type matches; a matching type without a schema is a finding. One line each. */
export function checkTemplate(template: Template, types: RegExp, schemaOf: (type: string) => Schema | undefined): string[] {
  return Object.entries(template.Resources).filter(([, { Type }]) => types.test(Type)).flatMap(([id, { Type, Properties }]) => {
    const schema = schemaOf(Type);
    return schema ? check(schema, resolve(Properties ?? {}), id) : [`${id}: there is no schema of ${Type}`];
  });
}
