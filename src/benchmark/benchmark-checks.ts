import { Stack, Token, type Duration } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { IInferenceEndpoint } from '../endpoint';
import { checkObject, printed } from '../private/checks';
import type { Problem } from '../private/problems';

export const TOKEN = 'a token (a value known only at deploy time)';

/** A text known at synth: the state machine's definition is made of it. */
export function checkString(prop: string, value: unknown, pattern: RegExp, allowed: string, fix = `give ${allowed}`): Problem[] {
  if (Token.isUnresolved(value)) return [{ prop, got: TOKEN, allowed, fix: 'give a plain text' }];
  return typeof value === 'string' && pattern.test(value) ? [] : [{ prop, got: printed(value), allowed, fix }];
}

/** A name in metrics, events and records. */
export function checkName(prop: string, value: unknown): Problem[] {
  if (value === undefined) return [];
  return checkString(prop, value, /^[A-Za-z0-9][\w-]{0,59}$/, 'letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit', 'give e.g. "embeddings"');
}

/** A media type, as `Content-Type` and `Accept` have it. */
export function checkMediaType(prop: string, value: unknown): Problem[] {
  return checkString(prop, value, /^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w-]+)*$/, 'a media type such as application/json');
}

/** A whole number known at synth: work is divided by it. */
export function checkCount(prop: string, value: unknown, min: number, max: number): Problem[] {
  const allowed = `a whole number from ${min} to ${max}`;
  if (Token.isUnresolved(value)) return [{ prop, got: TOKEN, allowed, fix: 'give a plain number' }];
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max ? [] : [{ prop, got: printed(value), allowed, fix: `give ${allowed}` }];
}

/** A number above a limit, known at synth. */
export function checkPositive(prop: string, value: number | undefined, allowed: string, most = Number.MAX_VALUE): Problem[] {
  if (value === undefined) return [];
  if (Token.isUnresolved(value)) return [{ prop, got: TOKEN, allowed, fix: 'give a plain number' }];
  return typeof value === 'number' && value > 0 && value <= most ? [] : [{ prop, got: printed(value), allowed, fix: `give ${allowed}` }];
}

/** A share of a whole, known at synth; none and all of it are shares too. */
export function checkShare(prop: string, value: number | undefined, fix: string): Problem[] {
  const allowed = 'a fraction from 0 to 1';
  if (value === undefined) return [];
  if (Token.isUnresolved(value)) return [{ prop, got: TOKEN, allowed, fix: 'give a plain number' }];
  return typeof value === 'number' && value >= 0 && value <= 1 ? [] : [{ prop, got: printed(value), allowed, fix }];
}

/** A unit of time, and how many milliseconds it has. */
export interface TimeUnit {
  readonly words: string;
  readonly milliseconds: number;
}

export const MILLISECONDS: TimeUnit = { words: 'ms', milliseconds: 1 };
export const SECONDS: TimeUnit = { words: 'seconds', milliseconds: 1000 };
export const DAYS: TimeUnit = { words: 'days', milliseconds: 86_400_000 };

/** A duration known at synth, in whole units of a range that `allowed` says in words. */
export function checkDuration(prop: string, value: Duration | undefined, unit: TimeUnit, min: number, max: number, allowed: string, fix: string): Problem[] {
  if (value === undefined) return [];
  const not = checkObject(prop, value, 'toMilliseconds', `a duration: ${allowed}`, fix);
  if (not.length > 0) return not;
  if (value.isUnresolved()) return [{ prop, got: TOKEN, allowed, fix: 'give a plain duration' }];
  const amount = value.toMilliseconds({ integral: false }) / unit.milliseconds;
  return Number.isInteger(amount) && amount >= min && amount <= max ? [] : [{ prop, got: `${amount} ${unit.words}`, allowed, fix }];
}

/** An endpoint beside a benchmark: functions, jobs and rights are those of one region and account. What is known at deploy time only may be the same. */
export function checkPlace(prop: string, scope: IConstruct, { node, env }: IInferenceEndpoint): Problem[] {
  const own = Stack.of(scope);
  const differs = (['region', 'account'] as const).filter((part) => !Token.isUnresolved(env[part]) && !Token.isUnresolved(own[part]) && env[part] !== own[part]);
  if (differs.length === 0) return [];
  const words = (of: { region: string; account: string }) => differs.map((part) => `${part} ${of[part]}`).join(', ');
  return [{ prop, got: `${node.path} in ${words(env)}`, allowed: `an endpoint in ${words(own)}, where the benchmark is`, fix: 'make the benchmark in a stack of the region and account of the endpoint' }];
}
