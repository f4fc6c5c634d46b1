import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TickEvent, TickResult } from '../../../src/migration/core/controller/types';

/** The handler as it is deployed: `npx projen pre-compile` makes it. */
const BUNDLE = join(__dirname, '../../../assets/migration/runtime/controller.lambda/index.js');

export type Controller = (event: TickEvent) => Promise<TickResult>;

/** One change of the bundle: a text that is in it exactly once, and what stands there instead. */
export interface Mutation {
  readonly replace: string;
  readonly by: string;
}

export function mutated(code: string, mutations: readonly Mutation[]): string {
  return mutations.reduce((text, { replace, by }) => {
    const found = text.split(replace).length - 1;
    if (found !== 1) throw new Error(`mutation: ${JSON.stringify(replace)} is ${found} times in the bundle, it has to be there once`);
    return text.replace(replace, () => by);
  }, code);
}

let bundled: string | undefined;

/**
 * A fresh copy of the bundled handler, with SDK clients of its own. They read their endpoints from the environment at their first call.
 */
export function controller(mutations: readonly Mutation[] = []): Controller {
  bundled ??= readFileSync(BUNDLE, 'utf8');
  const loaded = { exports: {} as { handler?: Controller } };
  // As Node wraps a module; the SDK comes from node_modules, as on Lambda it comes from the runtime.
  // eslint-disable-next-line no-new-func
  new Function('exports', 'require', 'module', mutated(bundled, mutations))(loaded.exports, require, loaded);
  if (loaded.exports.handler === undefined) throw new Error('the bundle has no handler: run `npx projen pre-compile`');
  return loaded.exports.handler;
}
