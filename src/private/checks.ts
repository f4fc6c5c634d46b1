import { Token } from 'aws-cdk-lib';
import type { Problem } from './problems';

/**
 * Checks of single values. Each returns the problems found (none for a value
 * that is left out or a token: a token is known at deploy time only).
 */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
  /** e.g. `seconds`; printed after the limits. */
  readonly unit?: string;
}

/** A number in a range; NaN and infinities are never allowed. */
export function checkNumber(prop: string, value: number | undefined, range: NumberRange, fix?: string): Problem[] {
  if (value === undefined || Token.isUnresolved(value)) return [];
  const { min, max } = range;
  const ok = Number.isFinite(value)
    && (range.integer !== true || Number.isInteger(value))
    && (min === undefined || value >= min)
    && (max === undefined || value <= max);
  if (ok) return [];
  const kind = range.integer === true ? 'a whole number' : 'a number';
  const limits = min !== undefined && max !== undefined ? ` from ${min} to ${max}`
    : min !== undefined ? ` of at least ${min}`
      : max !== undefined ? ` of at most ${max}` : '';
  const allowed = `${kind}${limits}${range.unit === undefined ? '' : ` ${range.unit}`}`;
  return [{ prop, got: printed(value), allowed, fix: fix ?? `give ${allowed}` }];
}

/** A string that has to match a pattern; `allowed` says the pattern in words. */
export function checkPattern(prop: string, value: string | undefined, pattern: RegExp, allowed: string, fix?: string): Problem[] {
  if (value === undefined || Token.isUnresolved(value)) return [];
  if (typeof value === 'string' && pattern.test(value)) return [];
  return [{ prop, got: printed(value), allowed, fix: fix ?? `give ${allowed}` }];
}

/**
 * An object with a certain member. JavaScript has no types at run time, and two copies of a library have two
 * classes of one name, so it is the member that is asked for.
 */
export function checkObject(prop: string, value: unknown, member: string, allowed: string, fix?: string): Problem[] {
  if (typeof value === 'object' && value !== null && member in value) return [];
  const got = typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' && value !== null ? 'another object' : String(value);
  return [{ prop, got, allowed, fix: fix ?? `give ${allowed}` }];
}

/** Any value for a person; what is no number is shown as what it is: the text "1" is not 1. */
export function printed(value: unknown): string {
  try {
    return typeof value === 'number' ? String(value) : JSON.stringify(value) ?? String(value);
  } catch {
    // A BigInt, or an object that holds itself, as every construct does.
    return typeof value === 'object' ? 'another object' : String(value);
  }
}
