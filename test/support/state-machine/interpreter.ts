import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { corrected } from './corrections';

/** An event of the interpreter, as far as it is read here. */
export interface InterpreterEvent {
  readonly type: string;
  readonly state?: { readonly name: string; readonly type: string; readonly input: unknown; readonly output?: unknown };
  readonly Error?: string;
  readonly Cause?: unknown;
}

/** What the interpreter gets of its surroundings, instead of the machine's timers, date and chance. */
export interface Host {
  setTimeout(action: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  observe(event: InterpreterEvent): void;
}

export interface Run {
  readonly result: Promise<unknown>;
  abort(): void;
}

export interface Overrides {
  readonly taskResourceLocalHandlers: Readonly<Record<string, (input: unknown) => Promise<unknown>>>;
}

/** The part of the package's StateMachine that is used. */
export interface Interpreter {
  run(input: unknown, options: { readonly context: object; readonly overrides: Overrides }): Run;
}

export type InterpreterClass = new (definition: object, options: { readonly validationOptions: { readonly noValidate: true } }) => Interpreter;

const load = createRequire(__filename);

/** Not loaded: the AWS SDK, so that no task can reach an account, and the package's own older validator. */
const LEFT_OUT = /^(@aws-sdk\/|asl-validator$)/;

type Factory = (...injected: unknown[]) => void;
let factory: Factory | undefined;

/**
 * The package's text as a function of what it would take from its surroundings. It has no option for the length of a retry's or a
 * timeout's wait that does not sleep in real time; with its timers handed in, every wait it knows passes on the virtual clock.
 */
function packageFactory(): Factory {
  const text = corrected(readFileSync(load.resolve('aws-local-stepfunctions'), 'utf8'));
  return new Function('exports', 'require', 'module', 'setTimeout', 'clearTimeout', 'Date', 'Math', 'Promise', 'observe', text) as Factory;
}

/** Node 20 has no Promise.withResolvers, which the package uses. */
class ResolvingPromise<T> extends Promise<T> {
  static withResolvers<V>() {
    let resolve!: (value: V | PromiseLike<V>) => void;
    let reject!: (reason?: unknown) => void;
    const promise = new Promise<V>((fulfil, refuse) => {
      resolve = fulfil;
      reject = refuse;
    });
    return { promise, resolve, reject };
  }
}

/** The interpreter in the given surroundings. Each execution gets its own. */
export function interpreterIn(host: Host): InterpreterClass {
  factory ??= packageFactory();
  const fromPackage = createRequire(load.resolve('aws-local-stepfunctions'));
  class HostDate extends Date {
    static now(): number {
      return host.now();
    }

    constructor(...args: any[]) {
      super(...(args.length === 0 ? [host.now()] : args) as []);
    }
  }
  const module = { exports: {} as { StateMachine?: InterpreterClass } };
  factory(
    module.exports, (name: string) => LEFT_OUT.test(name) ? {} : fromPackage(name), module,
    host.setTimeout, host.clearTimeout, HostDate, Object.create(Math, { random: { value: host.random } }), ResolvingPromise, host.observe,
  );
  return module.exports.StateMachine!;
}
