import { invalid, ServiceError } from './errors';
import type { ServiceShapes, Shape } from './shapes';

/** What a value breaks: `serialization` when the service could not even read it, `constraint` when it reads and refuses it. */
interface Finding {
  readonly kind: 'serialization' | 'constraint';
  readonly text: string;
}

const compiled = new Map<string, RegExp>();

/**
 * The services match a pattern against the whole value and write it for Java. JavaScript needs the `u` flag for `\p{L}`, and knows
 * no `\p{Print}`, no `\A` and `\z`, and no end that is repeated (`${1,128}`, in metadata of model packages). A pattern that still
 * does not compile throws: a rule that is silently skipped proves nothing.
 */
export function compilePattern(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (!expression) {
    const javaScript = pattern.replaceAll('[\\p{Print}]', '\\p{Print}').replaceAll('\\p{Print}', '[\\x20-\\x7E]').replaceAll('\\p{ASCII}', '[\\x00-\\x7F]').replace(/^\\A|\\z$|\$\{1,\d+\}$/g, '');
    const source = `^(?:${javaScript})$`;
    try {
      expression = new RegExp(source, 'u');
    } catch {
      expression = new RegExp(source);
    }
    compiled.set(pattern, expression);
  }
  return expression;
}

/**
 * Checks a request (or response) against its botocore shape as the services do: required, type, enum, pattern on the whole value,
 * length, range, list and map size. Stricter than AWS in one point: a member that the shape does not have is refused, where AWS
 * ignores it in silence.
 */
export function findings(service: ServiceShapes, shapeName: string, value: unknown): Finding[] {
  const found: Finding[] = [];
  new Walk(service, found).visit(shapeName, value, '');
  return found;
}

/** Throws the service's own error when the request breaks its shape; all broken constraints are named together. */
export function validateRequest(service: ServiceShapes, shapeName: string, value: unknown): void {
  const found = findings(service, shapeName, value);
  const unreadable = found.find((finding) => finding.kind === 'serialization');
  if (unreadable) throw new ServiceError('SerializationException', unreadable.text);
  if (found.length > 0) {
    const count = found.length === 1 ? '1 validation error' : `${found.length} validation errors`;
    throw invalid(`${count} detected: ${found.map((finding) => finding.text).join('; ')}`);
  }
}

/** The first letter of each member is lower case in the messages of the services. */
function step(path: string, name: string): string {
  const lower = name.charAt(0).toLowerCase() + name.slice(1);
  return path === '' ? lower : `${path}.${lower}`;
}

class Walk {
  constructor(private readonly service: ServiceShapes, private readonly found: Finding[]) {}

  visit(shapeName: string, value: unknown, path: string): void {
    const shape = this.service.shapes[shapeName];
    if (!shape) throw new Error(`no shape ${shapeName} in ${this.service.service}`);
    switch (shape.type) {
      case 'structure': return this.structure(shape, value, path);
      case 'list': return this.list(shape, value, path);
      case 'map': return this.map(shape, value, path);
      case 'string': return this.string(shape, value, path);
      // Bytes are text here: base64 where JSON carries them, the text itself where they are the body of a request.
      case 'blob': return this.string(shape, value, path);
      case 'boolean':
        if (typeof value !== 'boolean') this.unreadable(path, value, 'Boolean');
        return;
      case 'integer':
      case 'long':
        if (typeof value !== 'number' || !Number.isInteger(value)) return this.unreadable(path, value, 'Integer');
        this.range(shape, value, value, path, 'value');
        return;
      case 'float':
      case 'double':
      case 'timestamp':
        if (typeof value !== 'number' || !Number.isFinite(value)) return this.unreadable(path, value, 'Float');
        this.range(shape, value, value, path, 'value');
        return;
      default: throw new Error(`shape ${shapeName} has the unknown type ${shape.type}`);
    }
  }

  private structure(shape: Shape, value: unknown, path: string): void {
    if (!isRecord(value)) return this.unreadable(path, value, 'Structure');
    for (const name of shape.required ?? []) {
      if (value[name] === undefined || value[name] === null) this.fails(null, step(path, name), 'Member must not be null');
    }
    for (const [name, member] of Object.entries(value)) {
      const memberShape = shape.members && Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
      if (memberShape === undefined) {
        this.found.push({ kind: 'serialization', text: `Unknown member '${name}' at '${path}': the service would ignore it` });
      } else if (member !== undefined && member !== null) {
        this.visit(memberShape, member, step(path, name));
      }
    }
  }

  private list(shape: Shape, value: unknown, path: string): void {
    if (!Array.isArray(value)) return this.unreadable(path, value, 'List');
    this.range(shape, value, value.length, path, 'length');
    value.forEach((item, index) => this.visit(shape.member!, item, `${path}.${index + 1}.member`));
  }

  private map(shape: Shape, value: unknown, path: string): void {
    if (!isRecord(value)) return this.unreadable(path, value, 'Map');
    this.range(shape, value, Object.keys(value).length, path, 'length');
    for (const [key, item] of Object.entries(value)) {
      this.visit(shape.key!, key, `${path}.key`);
      this.visit(shape.value!, item, `${path}.${key}.member`);
    }
  }

  private string(shape: Shape, value: unknown, path: string): void {
    if (typeof value !== 'string') return this.unreadable(path, value, 'String');
    if (shape.enum && !shape.enum.includes(value)) {
      return this.fails(value, path, `Member must satisfy enum value set: [${shape.enum.join(', ')}]`);
    }
    // A value that is too long is not matched as well: some patterns take exponential time on long input.
    const inRange = this.range(shape, value, [...value].length, path, 'length');
    if (inRange && shape.pattern !== undefined && !compilePattern(shape.pattern).test(value)) {
      this.fails(value, path, `Member must satisfy regular expression pattern: ${shape.pattern}`);
    }
  }

  private range(shape: Shape, value: unknown, size: number, path: string, what: string): boolean {
    if (shape.min !== undefined && size < shape.min) {
      this.fails(value, path, `Member must have ${what} greater than or equal to ${shape.min}`);
      return false;
    }
    if (shape.max !== undefined && size > shape.max) {
      this.fails(value, path, `Member must have ${what} less than or equal to ${shape.max}`);
      return false;
    }
    return true;
  }

  private fails(value: unknown, path: string, constraint: string): void {
    const shown = value === null ? 'null' : `'${typeof value === 'object' ? JSON.stringify(value) : String(value)}'`;
    this.found.push({ kind: 'constraint', text: `Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}` });
  }

  private unreadable(path: string, value: unknown, wanted: string): void {
    const kind = value === null ? 'NULL' : Array.isArray(value) ? 'LIST' : typeof value === 'object' ? 'STRUCTURE' : (typeof value).toUpperCase();
    this.found.push({ kind: 'serialization', text: `${kind}_VALUE at '${path}' can not be converted to ${wanted}` });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
