import { createRequire } from 'node:module';
import { resolve, stockValues, type Template, type Values } from '../iam';

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next?: string }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string; readonly ResultPath?: string | null }[];
  readonly Branches?: readonly Definition[];
  readonly ItemProcessor?: Definition;
  readonly Iterator?: Definition;
  readonly [member: string]: unknown;
}

/** A state machine in the Amazon States Language, JSONPath. */
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
  readonly [member: string]: unknown;
}

/** The definition of a synthesized state machine, by its logical id; the only one's when that is left out. */
export function definitionOf(template: Template, values: Values = {}, logicalId?: string): Definition {
  const machines = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine');
  const [found] = logicalId === undefined && machines.length === 1 ? machines : machines.filter(([id]) => id === logicalId);
  if (!found) throw new Error(`state machine: got ${logicalId ?? 'no id'}, the template's are ${machines.map(([id]) => id).join(', ') || 'none'}`);
  const { DefinitionString, Definition: object, DefinitionSubstitutions = {} } = found[1].Properties ?? {};
  const own = { ...stockValues(template), ...values };
  const text = resolve(DefinitionString ?? object, own, template);
  const substitutions = resolve(DefinitionSubstitutions, own, template) as Record<string, unknown>;
  const filled = (typeof text === 'string' ? text : JSON.stringify(text)).replace(/\$\{([A-Za-z0-9_]+)\}/g, (whole, name: string) =>
    Object.hasOwn(substitutions, name) ? String(substitutions[name]) : whole);
  return JSON.parse(filled) as Definition;
}

/** Definitions inside a state: branches and the body of a Map. */
export function nested(state: State): Definition[] {
  return [...state.Branches ?? [], ...[state.ItemProcessor, state.Iterator].filter((one) => one !== undefined)];
}

/** Every state, also those of branches. Names are unique in a state machine. */
export function statesOf(definition: Definition): [string, State][] {
  return Object.entries(definition.States).flatMap(([name, state]) => [
    [name, state] as [string, State], ...nested(state).flatMap(statesOf),
  ]);
}

/** Where a state may go on to. */
function successors(state: State): string[] {
  const all = [state.Next, state.Default, ...(state.Choices ?? []).map(({ Next }) => Next), ...(state.Catch ?? []).map(({ Next }) => Next)];
  return all.filter((name) => name !== undefined);
}

/** The loops of a definition, each once, as the names on the way round. */
export function loopsOf(definition: Definition): string[][] {
  const loops = new Map<string, string[]>();
  const done = new Set<string>();
  const walk = (name: string, way: string[]) => {
    const start = way.indexOf(name);
    if (start >= 0) {
      const loop = way.slice(start);
      loops.set([...loop].sort().join(), [...loop, name]);
    } else if (!done.has(name) && definition.States[name]) {
      for (const next of successors(definition.States[name])) walk(next, [...way, name]);
      done.add(name);
    }
  };
  walk(definition.StartAt, []);
  return [...loops.values(), ...Object.values(definition.States).flatMap(nested).flatMap(loopsOf)];
}

/** What the interpreter would misread in silence, so it is refused. */
export function unsupported(definition: Definition): string[] {
  const odd = (where: string, part: { readonly [member: string]: unknown }) => [
    ...(part.QueryLanguage !== undefined && part.QueryLanguage !== 'JSONPath' ? [`${where}: QueryLanguage ${String(part.QueryLanguage)}`] : []),
    ...['Assign', 'Arguments', 'Output', 'Credentials', 'HeartbeatSeconds', 'HeartbeatSecondsPath', 'ItemReader', 'ItemBatcher', 'ResultWriter']
      .filter((member) => part[member] !== undefined).map((member) => `${where}: ${member}`),
  ];
  return [...odd('state machine', definition), ...statesOf(definition).flatMap(([name, state]) => [
    ...odd(`state ${name}`, state),
    ...(/\.(sync|sync:2|waitForTaskToken)$/.test(state.Resource ?? '') && !/:states:startExecution\.sync:2$/.test(state.Resource!) ? [`state ${name}: Resource ${state.Resource}`] : []),
    ...(/"\$\$"/.test(JSON.stringify({ ...state, Branches: undefined })) ? [`state ${name}: the whole context object`] : []),
  ])];
}

interface Verdict {
  readonly isValid: boolean;
  errorsText(separator?: string): string;
}

/** The package brings no types. */
const validate = createRequire(__filename)('asl-validator') as (definition: object, options: { readonly checkArn: boolean; readonly checkPaths: boolean }) => Verdict;

/**
 * What is wrong with a definition: the findings of asl-validator, and whether something bounds it. A poll that waits for something
 * that never comes ends with TimeoutSeconds only; without it Step Functions lets a standard execution run for a year.
 */
export function validateDefinition(definition: Definition): string[] {
  const verdict = validate(definition, { checkArn: true, checkPaths: true });
  const problems = verdict.isValid ? [] : verdict.errorsText('\n').split('\n');
  if (definition.TimeoutSeconds === undefined) {
    const loops = loopsOf(definition).map((loop) => loop.join(' -> '));
    problems.push(`TimeoutSeconds: got none, so nothing bounds ${loops.length > 0 ? `the loop ${loops.join(' and the loop ')}` : 'the execution'}; set it`);
  }
  return problems;
}
