import { Token, type Duration } from 'aws-cdk-lib';
import { printed } from '../private/checks';
import type { Problem } from '../private/problems';

/** A text known at synth: the state machine's definition is made of it. */
export function checkString(prop: string, value: unknown, pattern: RegExp, allowed: string, fix = `give ${allowed}`): Problem[] {
  if (Token.isUnresolved(value)) return [{ prop, got: 'a token (a value known only at deploy time)', allowed, fix: 'give a plain text' }];
  return typeof value === 'string' && pattern.test(value) ? [] : [{ prop, got: printed(value), allowed, fix }];
}

/** A whole number known at synth: work is divided by it. */
export function checkCount(prop: string, value: unknown, min: number, max: number): Problem[] {
  const allowed = `a whole number from ${min} to ${max}`;
  if (Token.isUnresolved(value)) return [{ prop, got: 'a token (a value known only at deploy time)', allowed, fix: 'give a plain number' }];
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max ? [] : [{ prop, got: printed(value), allowed, fix: `give ${allowed}` }];
}

/** A number above a limit, known at synth. */
export function checkPositive(prop: string, value: number | undefined, allowed: string, most = Number.MAX_VALUE): Problem[] {
  if (value === undefined) return [];
  if (Token.isUnresolved(value)) return [{ prop, got: 'a token (a value known only at deploy time)', allowed, fix: 'give a plain number' }];
  return typeof value === 'number' && value > 0 && value <= most ? [] : [{ prop, got: printed(value), allowed, fix: `give ${allowed}` }];
}

/** Whole seconds in a range. */
export function checkSeconds(prop: string, value: Duration | undefined, min: number, max: number): Problem[] {
  if (value === undefined) return [];
  const allowed = `${min} seconds to ${max / 3600} hours`;
  if (value.isUnresolved()) return [{ prop, got: 'a token (a value known only at deploy time)', allowed, fix: 'give a plain duration' }];
  const seconds = value.toMilliseconds() / 1000;
  return Number.isInteger(seconds) && seconds >= min && seconds <= max ? [] : [{ prop, got: `${seconds} seconds`, allowed: `${allowed}, in whole seconds`, fix: 'give e.g. Duration.minutes(5)' }];
}
