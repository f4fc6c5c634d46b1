import type { PayloadConfig } from './types';

/** What stands for the lines in a template. */
export const BATCH = '{inputs}';
export const ONE = '{input}';

/** A template that the lines do not fit into. Its name is what a state machine sees. */
export class PayloadRefused extends Error {
  readonly name = 'PayloadRefused';
}

/** The body of a request with these lines, which are JSON. */
export function bodyOf({ template }: PayloadConfig, lines: readonly string[]): string {
  // Not `replace`: it reads `$` in a line.
  if (template.includes(BATCH)) return template.split(BATCH).join(`[${lines.join(',')}]`);
  if (!template.includes(ONE)) throw new PayloadRefused(`the template has neither ${BATCH} nor ${ONE}: ${template.slice(0, 60)}`);
  if (lines.length !== 1) throw new PayloadRefused(`${ONE} stands for one line, and the batch has ${lines.length}; use ${BATCH}`);
  return template.split(ONE).join(lines[0]);
}

/** The template of a JSON body with parameters beside the inputs. A text in them that looks like a place of lines stays that text: its brace is written as JSON may. */
export function jsonTemplate(parameters?: unknown): string {
  const beside = parameters === undefined ? '' : `, "parameters": ${JSON.stringify(parameters).replace(/\{(?=inputs?\})/g, '\\u007b')}`;
  return `{"inputs": ${BATCH}${beside}}`;
}
