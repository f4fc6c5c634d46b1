/** What a property may be, whichever description of it that comes from. */
export type Schema =
  | { readonly kind: 'any' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'number'; readonly integer: boolean; readonly min?: number; readonly max?: number }
  | { readonly kind: 'string'; readonly allowed?: readonly string[]; readonly pattern?: RegExp; readonly min?: number; readonly max?: number }
  | { readonly kind: 'list'; readonly element: () => Schema; readonly min?: number; readonly max?: number }
  | { readonly kind: 'map'; readonly element: () => Schema; readonly min?: number; readonly max?: number }
  | { readonly kind: 'structure'; readonly members: Readonly<Record<string, () => Schema>>; readonly required: readonly string[] }
  | { readonly kind: 'union'; readonly of: readonly Schema[] };

/** Checks a value; returns one line per finding, each with the path of the value. Intrinsics are unknown until deployment: skipped. */
export function check(schema: Schema, value: unknown, path: string): string[] {
  if (isIntrinsic(value)) return [];
  switch (schema.kind) {
    case 'any': return [];
    case 'boolean': return typeof value === 'boolean' ? [] : [wrongType(path, value, 'boolean')];
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) return [wrongType(path, value, 'number')];
      if (schema.integer && !Number.isInteger(value)) return [wrongType(path, value, 'integer')];
      return range(schema, value, path, 'value');
    case 'string':
      if (typeof value !== 'string') return [wrongType(path, value, 'string')];
      if (schema.allowed && !schema.allowed.includes(value)) return [`${path}: '${value}' is not one of ${schema.allowed.join(', ')}`];
      if (schema.pattern && !schema.pattern.test(value)) return [`${path}: '${value}' does not match ${schema.pattern.source}`];
      return range(schema, [...value].length, path, 'length');
    case 'list':
      if (!Array.isArray(value)) return [wrongType(path, value, 'list')];
      return [...range(schema, value.length, path, 'length'), ...value.flatMap((item, index) => check(schema.element(), item, `${path}.${index}`))];
    case 'map':
      if (!isRecord(value)) return [wrongType(path, value, 'map')];
      return [
        ...range(schema, Object.keys(value).length, path, 'size'),
        ...Object.entries(value).flatMap(([key, item]) => check(schema.element(), item, `${path}.${key}`)),
      ];
    case 'structure': return structure(schema, value, path);
    case 'union': {
      const tries = schema.of.map((one) => check(one, value, path));
      return tries.some((found) => found.length === 0) ? [] : tries.sort((a, b) => a.length - b.length)[0] ?? [];
    }
  }
}

function structure(schema: Schema & { kind: 'structure' }, value: unknown, path: string): string[] {
  if (!isRecord(value)) return [wrongType(path, value, 'structure')];
  const missing = schema.required.filter((name) => value[name] === undefined).map((name) => `${path}: '${name}' is required`);
  return [...missing, ...Object.entries(value).flatMap(([name, item]) => {
    const member = Object.hasOwn(schema.members, name) ? schema.members[name] : undefined;
    return member ? check(member(), item, `${path}.${name}`) : [`${path}: there is no '${name}'; known: ${Object.keys(schema.members).join(', ')}`];
  })];
}

function range(limits: { min?: number; max?: number }, size: number, path: string, what: string): string[] {
  if (limits.min !== undefined && size < limits.min) return [`${path}: ${what} ${size} is below ${limits.min}`];
  if (limits.max !== undefined && size > limits.max) return [`${path}: ${what} ${size} is above ${limits.max}`];
  return [];
}

function wrongType(path: string, value: unknown, wanted: string): string {
  return `${path}: ${JSON.stringify(value)} is not a ${wanted}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIntrinsic(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::'));
}
