/** Number of single-character edits (insert, delete, replace) that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replace, previous[j] + 1, current[j - 1] + 1));
    }
    previous = current;
  }
  return previous[b.length];
}

// A name longer than any real one is noise; comparing it in full would make the error path quadratic in its length.
const LONGEST_COMPARED = 64;

/**
 * The known names nearest to what was written, best first; ties keep the order of `known`.
 *
 * Case and surrounding blanks do not count as edits: they are the commonest slips.
 */
export function nearestNames(got: string, known: readonly string[], count = 3): string[] {
  const wanted = got.trim().toLowerCase().slice(0, LONGEST_COMPARED);
  return known
    .map((name) => ({ name, distance: editDistance(wanted, name.toLowerCase()) }))
    .sort((x, y) => x.distance - y.distance)
    .slice(0, count)
    .map(({ name }) => name);
}

/** A list as a sentence part: `a, b or c`. */
export function orList(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

/** A name that is looked up in a list, as the user wrote it. */
export interface Lookup {
  readonly prop: string;
  readonly got: string;
  /** True when `got` is a value that only the deployment knows. */
  readonly isToken: boolean;
  readonly known: readonly string[];
  /** What `known` lists, e.g. `a key of the catalogue`. */
  readonly allowed: string;
  /** What to do when the name is right and the list is too short. */
  readonly otherwise: string;
}

/** The four parts of the message for a name that is in no list (see `private/problems`). */
export function unknownName(lookup: Lookup): { prop: string; got: string; allowed: string; fix: string } {
  const { prop, got, known, allowed, otherwise } = lookup;
  if (lookup.isToken) {
    return { prop, got: 'a token (a value known only at deploy time)', allowed, fix: `give a literal such as '${known[0]}'` };
  }
  const nearest = orList(nearestNames(got, known).map((name) => `'${name}'`));
  return { prop, got: quoted(got), allowed, fix: `did you mean ${nearest}? ${otherwise}` };
}

/** A string as it is printed in a message, cut where it would flood the terminal. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
