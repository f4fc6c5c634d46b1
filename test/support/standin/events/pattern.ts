/** Event patterns as EventBridge reads them (EventBridge user guide, "Event pattern syntax", 2026-11). */

type Matcher = Readonly<Record<string, any>>;

function wildcard(text: string, value: string): boolean {
  const expression = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*');
  return new RegExp(`^${expression}$`, 's').test(value);
}

const NUMERIC: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function numeric(conditions: readonly (string | number)[], value: unknown): boolean {
  if (typeof value !== 'number') return false;
  for (let at = 0; at < conditions.length; at += 2) {
    const compare = NUMERIC[conditions[at]];
    if (!compare) throw new Error(`event pattern: unknown comparison ${conditions[at]}`);
    if (!compare(value, conditions[at + 1] as number)) return false;
  }
  return true;
}

const text = (accept: (value: string) => boolean) => (value: unknown) => typeof value === 'string' && accept(value);

/** A filter with the name in front, such as `prefix`, on one value. */
function filtered(name: string, argument: any, value: unknown): boolean {
  const fold = (one: string) => one.toLowerCase();
  const affix = (accept: (value: string, part: string) => boolean) => typeof argument === 'object'
    ? text((one) => accept(fold(one), fold(argument['equals-ignore-case'])))(value)
    : text((one) => accept(one, argument))(value);
  switch (name) {
    case 'prefix': return affix((one, part) => one.startsWith(part));
    case 'suffix': return affix((one, part) => one.endsWith(part));
    case 'equals-ignore-case': return text((one) => fold(one) === fold(argument))(value);
    case 'wildcard': return text((one) => wildcard(argument, one))(value);
    case 'numeric': return numeric(argument, value);
    default: throw new Error(`event pattern: unknown filter ${name}`);
  }
}

function anythingBut(argument: any, value: unknown): boolean {
  if (typeof argument !== 'object') return value !== argument;
  if (Array.isArray(argument)) return !argument.includes(value);
  const [[name, inner]] = Object.entries(argument as Matcher);
  return ![inner].flat().some((one) => filtered(name, one, value));
}

/** One entry of a pattern's list against the values that the event has there; none when it has no such member. */
function accepts(entry: unknown, values: readonly unknown[] | undefined): boolean {
  if (typeof entry !== 'object' || entry === null) return values?.includes(entry) ?? false;
  const [[name, argument]] = Object.entries(entry as Matcher);
  if (name === 'exists') return (values !== undefined) === argument;
  if (values === undefined) return false;
  // Of a list in the event one item is enough, for anything-but too.
  return values.some((value) => name === 'anything-but' ? anythingBut(argument, value) : filtered(name, argument, value));
}

/** Whether an event matches: every member of the pattern has to. */
export function matches(pattern: Matcher, event: unknown): boolean {
  const members = typeof event === 'object' && event !== null && !Array.isArray(event) ? event as Matcher : {};
  return Object.entries(pattern).every(([name, wanted]) => {
    if (name === '$or') return (wanted as Matcher[]).some((one) => matches(one, event));
    if (!Array.isArray(wanted)) return [members[name]].flat().some((value) => matches(wanted, value));
    const values = members[name] === undefined ? undefined : [members[name]].flat();
    return wanted.some((entry) => accepts(entry, values));
  });
}
