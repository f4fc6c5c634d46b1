import { type Duration, Token } from 'aws-cdk-lib';
import { checkNumber, checkObject, type NumberRange } from '../private/checks';
import type { Problem } from '../private/problems';

/** What a plan is made of is decided on at synth: a token is refused. */
export function tokenIn(prop: string): Problem {
  return { prop, got: 'a token (a value known only at deploy time)', allowed: 'a value known at synth: the plan is checked then', fix: 'give a plain value' };
}

/** A number that is known at synth, or nothing. */
export function checkPlainNumber(prop: string, value: number | undefined, range: NumberRange, fix?: string): Problem[] {
  return Token.isUnresolved(value) ? [tokenIn(prop)] : checkNumber(prop, value, range, fix);
}

/** A number between two limits that are not in the range. */
export function checkBetween(prop: string, value: number | undefined, above: number, below: number, fix: string): Problem[] {
  if (value === undefined) return [];
  if (Token.isUnresolved(value)) return [tokenIn(prop)];
  if (typeof value === 'number' && value > above && value < below) return [];
  return [{ prop, got: typeof value === 'number' ? String(value) : JSON.stringify(value) ?? String(value), allowed: `a number above ${above} and below ${below}`, fix }];
}

/** A duration of whole seconds that is known at synth; `from` and `to` are the limits, both allowed. */
export function checkDuration(prop: string, value: Duration | undefined, from: Duration, to: Duration): Problem[] {
  if (value === undefined) return [];
  const notOne = checkObject(prop, value, 'toSeconds', 'a duration', 'give e.g. Duration.minutes(10)');
  if (notOne.length > 0) return notOne;
  if (value.isUnresolved()) return [{ ...tokenIn(prop), fix: 'give a plain duration such as Duration.minutes(10)' }];
  const seconds = value.toSeconds({ integral: false });
  if (Number.isInteger(seconds) && seconds >= from.toSeconds() && seconds <= to.toSeconds()) return [];
  return [{ prop, got: `${seconds} second${seconds === 1 ? '' : 's'}`, allowed: `whole seconds, ${shown(from)} to ${shown(to)}`, fix: `give ${shown(from)} to ${shown(to)}` }];
}

/** A member of an enumeration; JavaScript has no types at run time. */
export function checkMember(prop: string, value: unknown, members: Readonly<Record<string, string>>, name: string): Problem[] {
  if (value === undefined || Object.values(members).includes(value as string)) return [];
  const all = Object.keys(members).map((one) => `${name}.${one}`).join(', ');
  return [{ prop, got: JSON.stringify(value) ?? String(value), allowed: all, fix: 'use one of them' }];
}

/** A struct, or nothing: what is none has no members to ask for. */
export function checkStruct(prop: string, value: unknown, example: string): Problem[] {
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) return [];
  return [{ prop, got: JSON.stringify(value) ?? String(value), allowed: 'options', fix: `give e.g. ${example}` }];
}

/** A duration as people say it. */
export function shown(duration: Duration): string {
  return duration.toSeconds() === 0 ? '0 seconds' : duration.toHumanString();
}
