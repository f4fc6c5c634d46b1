import { type Duration, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import type { IInferenceEndpoint } from '../endpoint';
import { checkNumber, checkObject, printed, type NumberRange } from '../private/checks';
import type { Problem } from '../private/problems';

/** What a plan is made of is decided on at synth: a token is refused. */
export function tokenIn(prop: string): Problem {
  return { prop, got: 'a token (a value known only at deploy time)', allowed: 'a value known at synth: the plan is checked then', fix: 'give a plain value' };
}

/** For fractions from 0 to 1: what was meant by a percentage. */
export function fractionFix(value: unknown): string {
  return typeof value === 'number' && value >= 2 && value <= 100 ? `give a fraction: ${Number((value / 100).toPrecision(6))} for ${value} %` : 'give a fraction: 0.01 is one of a hundred';
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
  return [{ prop, got: printed(value), allowed: `a number above ${above} and below ${below}`, fix }];
}

/** A duration of whole seconds that is known at synth; `from` and `to` are the limits, both allowed. `example` is one for this prop. */
export function checkDuration(prop: string, value: Duration | undefined, from: Duration, to: Duration, example = 'Duration.minutes(10)'): Problem[] {
  if (value === undefined) return [];
  const notOne = checkObject(prop, value, 'toSeconds', 'a duration', `give e.g. ${example}`);
  if (notOne.length > 0) return notOne;
  if (value.isUnresolved()) return [{ ...tokenIn(prop), fix: `give a plain duration such as ${example}` }];
  const seconds = value.toSeconds({ integral: false });
  if (Number.isInteger(seconds) && seconds >= from.toSeconds() && seconds <= to.toSeconds()) return [];
  return [{ prop, got: Number.isInteger(seconds) ? shown(value) : `${seconds} seconds`, allowed: `whole seconds, ${shown(from)} to ${shown(to)}`, fix: `give ${shown(from)} to ${shown(to)}` }];
}

/** A member of an enumeration; JavaScript has no types at run time. */
export function checkMember(prop: string, value: unknown, members: Readonly<Record<string, string>>, name: string): Problem[] {
  if (value === undefined || Object.values(members).includes(value as string)) return [];
  const all = Object.keys(members).map((one) => `${name}.${one}`).join(', ');
  return [{ prop, got: printed(value), allowed: all, fix: 'use one of them' }];
}

/** A switch; the text 'false' would be on. */
export function checkBoolean(prop: string, value: unknown): Problem[] {
  if (value === undefined || typeof value === 'boolean') return [];
  if (Token.isUnresolved(value)) return [tokenIn(prop)];
  return [{ prop, got: printed(value), allowed: 'true or false', fix: 'give the boolean, not a text or a number' }];
}

/** What watches an endpoint is in its region: alarms and rules are where the metrics are. */
export function checkRegion(prop: string, endpoint: IInferenceEndpoint, scope: IConstruct, kind: string): Problem[] {
  const [here, there] = [Stack.of(scope).region, Stack.of(endpoint).region];
  if (here === there || Token.isUnresolved(here) || Token.isUnresolved(there)) return [];
  return [{ prop, got: `an endpoint in ${there}, from a stack in ${here}`, allowed: `an endpoint in the region of the ${kind}: alarms and rules are where the metrics are`, fix: `put the ${kind} into a stack in ${there}` }];
}

/** A rule gets the events of alarms of its own region and account, and DescribeAlarms sees no others. */
export function checkAlarmPlace(prop: string, alarm: cloudwatch.IAlarm, scope: IConstruct): Problem[] {
  // An imported alarm says that it is where its stack is, whatever its ARN says.
  const [,,, region = alarm.env?.region, account = alarm.env?.account] = String(alarm.alarmArn).split(':');
  const stack = Stack.of(scope);
  const places = [['region', region, stack.region], ['account', account, stack.account]] as const;
  const other = places.filter(([, there, here]) => there !== undefined && there !== here && !Token.isUnresolved(there) && !Token.isUnresolved(here));
  if (other.length === 0) return [];
  const words = (place: 1 | 2): string => other.map((one) => `${one[0]} ${one[place]}`).join(' and ');
  return [{ prop, got: `an alarm of ${words(1)}`, allowed: `an alarm of ${words(2)}: events and states of other alarms do not get here`, fix: `make the alarm in a stack of ${words(2)}` }];
}

/** A struct, or nothing: what is none has no members to ask for. */
export function checkStruct(prop: string, value: unknown, example: string): Problem[] {
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) return [];
  return [{ prop, got: printed(value), allowed: 'options', fix: `give e.g. ${example}` }];
}

/** A duration as people say it. */
export function shown(duration: Duration): string {
  return duration.toSeconds() === 0 ? '0 seconds' : duration.toHumanString();
}
