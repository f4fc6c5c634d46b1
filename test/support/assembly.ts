/** Reads the public API out of the assembly that jsii compiles, and finds what breaks the rules of `AGENTS.md`. */
import { existsSync, readFileSync } from 'node:fs';

/** A type as the assembly writes it. */
export interface TypeReference {
  readonly fqn?: string;
  readonly primitive?: string;
  readonly collection?: { readonly kind: string; readonly elementtype: TypeReference };
  readonly union?: { readonly types: TypeReference[] };
  readonly intersection?: { readonly types: TypeReference[] };
}

interface Documented {
  readonly docs?: { readonly summary?: string; readonly default?: string };
}

export interface Parameter {
  readonly name: string;
  readonly type: TypeReference;
}

/** A property, a method or an enum member. */
export interface Member extends Documented {
  readonly name: string;
  readonly optional?: boolean;
  readonly static?: boolean;
  readonly type?: TypeReference;
  readonly parameters?: Parameter[];
  readonly returns?: { readonly type: TypeReference };
}

export interface ApiType extends Documented {
  readonly name: string;
  readonly kind: 'class' | 'interface' | 'enum';
  /** True for structs. */
  readonly datatype?: boolean;
  readonly initializer?: { readonly parameters?: Parameter[] };
  readonly properties?: Member[];
  readonly methods?: Member[];
  readonly members?: Member[];
}

export interface Assembly {
  readonly types: Record<string, ApiType>;
}

/** Name -> why the rule does not hold for it. */
export type Exceptions = Readonly<Record<string, string>>;

export function loadAssembly(path: string): Assembly {
  if (!existsSync(path)) throw new Error(`${path} is not there: run "npx projen compile" first`);
  const assembly = JSON.parse(readFileSync(path, 'utf8'));
  // Construct Hub reads plain JSON only, so a compressed assembly is an error as well.
  if (assembly.types === undefined) throw new Error(`${path} holds no types: is it compressed?`);
  return assembly;
}

const typesOf = (assembly: Assembly) => Object.values(assembly.types);
const structsOf = (assembly: Assembly) => typesOf(assembly).filter((type) => type.datatype === true);
const membersOf = (type: ApiType) => [...type.properties ?? [], ...type.methods ?? [], ...type.members ?? []];
const isBlank = (text: string | undefined) => (text ?? '').trim() === '';

/** Types and members without a summary. */
export function undocumented(assembly: Assembly): string[] {
  return typesOf(assembly).flatMap((type) => [
    ...(isBlank(type.docs?.summary) ? [type.name] : []),
    ...membersOf(type).filter((member) => isBlank(member.docs?.summary)).map((member) => `${type.name}.${member.name}`),
  ]);
}

/** Optional props of structs whose `@default` is missing, is a bare dash, or says "undefined". */
export function withoutDefault(assembly: Assembly): string[] {
  return structsOf(assembly).flatMap((type) => (type.properties ?? [])
    .filter((prop) => prop.optional === true)
    .filter((prop) => isBlank(prop.docs?.default?.replace(/^\s*-/, '')) || /\bundefined\b/i.test(prop.docs!.default!))
    .map((prop) => `${type.name}.${prop.name}: ${prop.docs?.default ?? 'no @default'}`));
}

/** Every type a user can meet: `[where, type]` for props, parameters and results, collections opened. */
function mentioned(type: ApiType): [string, TypeReference][] {
  const open = (where: string, reference: TypeReference): [string, TypeReference][] => [
    [where, reference],
    ...(reference.collection ? open(where, reference.collection.elementtype) : []),
    ...(reference.union?.types ?? []).flatMap((one) => open(where, one)),
    ...(reference.intersection?.types ?? []).flatMap((one) => open(where, one)),
  ];
  const parameters = (where: string, all: Parameter[] | undefined) => (all ?? []).flatMap((one) => open(`${where}(${one.name})`, one.type));
  return [
    ...parameters(`${type.name}.constructor`, type.initializer?.parameters),
    ...(type.properties ?? []).flatMap((prop) => open(`${type.name}.${prop.name}`, prop.type!)),
    ...(type.methods ?? []).flatMap((method) => [
      ...parameters(`${type.name}.${method.name}`, method.parameters),
      ...(method.returns ? open(`${type.name}.${method.name}()`, method.returns.type) : []),
    ]),
  ];
}

/** Members whose type other languages cannot express: `any`, unions, intersections. */
export function looseTypes(assembly: Assembly): string[] {
  return typesOf(assembly).flatMap(mentioned)
    .map(([where, reference]) => [where, reference.union ? 'union' : reference.intersection ? 'intersection' : reference.primitive === 'any' ? 'any' : ''])
    .filter(([, what]) => what !== '')
    .map(([where, what]) => `${where}: ${what}`);
}

/** Members that show an L1 type. */
export function l1Types(assembly: Assembly): string[] {
  return typesOf(assembly).flatMap(mentioned)
    .filter(([, reference]) => /\.Cfn[A-Z]/.test(reference.fqn ?? ''))
    .map(([where, reference]) => `${where}: ${reference.fqn}`);
}

/** Props that take an ARN as a string where a construct could be taken. */
export function arnStrings(assembly: Assembly, exceptions: Exceptions): string[] {
  const found = structsOf(assembly)
    .filter((type) => /(Props|Options)$/.test(type.name))
    .flatMap((type) => (type.properties ?? []).filter((prop) => /Arn$/.test(prop.name) && prop.type?.primitive === 'string').map((prop) => `${type.name}.${prop.name}`));
  return exceptNamed(found, exceptions);
}

/** The ends (or whole heads) of names that say a unit, or what is counted. */
const UNITS = /(GiB|GB|GBps|Gbps|Tflops|Tops|Seconds|Percentage|Billion|[uU]sdPer(Hour|Month)|^bytesPer\w+|Count|[cC]ores|[iI]nstances|PerInstance|Interfaces|Heads|Requests|Minutes|(^|[a-z])Usd)$/;

/** Public numbers whose name says no unit. */
export function withoutUnit(assembly: Assembly, exceptions: Exceptions): string[] {
  const found = typesOf(assembly).flatMap((type) => (type.properties ?? [])
    .filter((prop) => prop.type?.primitive === 'number' || prop.type?.collection?.elementtype.primitive === 'number')
    .filter((prop) => !UNITS.test(prop.name))
    .map((prop) => prop.name));
  return exceptNamed([...new Set(found)], exceptions);
}

/** What was found and is no exception, and the exceptions that nothing needs any more. */
function exceptNamed(found: string[], exceptions: Exceptions): string[] {
  return [
    ...found.filter((name) => exceptions[name] === undefined),
    ...Object.keys(exceptions).filter((name) => !found.includes(name)).map((name) => `${name}: in the list of exceptions, but nothing needs it`),
  ];
}

/** Classes with more statics than an editor's completion list should show. */
export function tooManyStatics(assembly: Assembly, most: number): string[] {
  return typesOf(assembly)
    .map((type) => ({ name: type.name, count: membersOf(type).filter((member) => member.static === true).length }))
    .filter(({ count }) => count > most)
    .map(({ name, count }) => `${name}: ${count} statics`);
}

/** Structs with more members of their own than one can take in. */
export function largeStructs(assembly: Assembly, most: number): string[] {
  return structsOf(assembly)
    .filter((type) => (type.properties ?? []).length > most)
    .map((type) => `${type.name}: ${type.properties!.length} members`);
}

/** Files longer than allowed. */
export function longFiles(files: Readonly<Record<string, string>>, most: number): string[] {
  return Object.entries(files)
    .map(([path, text]) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > most)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}
