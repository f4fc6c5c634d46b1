import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutated, type Mutation } from '../../migration/scenarios/bundle';

export type { Mutation } from '../../migration/scenarios/bundle';
export type Handler = (event: any, context?: any) => Promise<any>;
export type Timers = (then: () => void, milliseconds: number) => unknown;

const texts = new Map<string, string>();

/**
 * A fresh copy of a bundled handler, as it is deployed (`npx projen pre-compile` makes it), with SDK clients of its own. They read
 * region and credentials from the environment at their first call.
 *
 * @param name below `assets`: `training/runtime/tick`
 * @param timers what it waits with
 */
export function bundled(name: string, mutations: readonly Mutation[] = [], timers: Timers = setTimeout): Handler {
  const file = join(__dirname, '../../../assets', `${name}.lambda/index.js`);
  const code = texts.get(file) ?? readFileSync(file, 'utf8');
  texts.set(file, code);
  const loaded = { exports: {} as { handler?: Handler } };
  // As Node wraps a module; the SDK comes from node_modules, as on Lambda it comes from the runtime.
  // eslint-disable-next-line no-new-func
  new Function('exports', 'require', 'module', 'setTimeout', mutated(code, mutations))(loaded.exports, require, loaded, timers);
  if (loaded.exports.handler === undefined) throw new Error(`${file} has no handler: run \`npx projen pre-compile\``);
  return loaded.exports.handler;
}
