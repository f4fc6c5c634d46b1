/**
 * CloudFormation shows the reason of a wait condition in an event of at most 1,024 characters or so, and takes at most 4,096
 * bytes of it (user guide, wait conditions); what a person needs is at its end.
 */
export const MAX_REASON = 1500;

/** Lines that only say that something goes on. */
const NOISE = /^\s*$|\d{1,3}%\|[^|]{0,200}\||^\.+$/;

/** A line longer than this is data; what it says is at its end. */
const MAX_LINE = 4000;

/** Lines that say what went wrong, as Python, the compiler and the shell put it. */
const TELLING = /error|exception|\[NCC_|failed|killed|traceback|out of memory|no space left/i;

/**
 * What to show of a log: its last lines, of those that tell something the most. Progress bars and blanks go first; a log
 * without a telling line is shown from its end.
 */
export function lastErrorLines(lines: readonly string[], most = 8): string[] {
  const kept = withoutNoise(lines);
  const telling = kept.filter((line) => TELLING.test(line));
  return (telling.length > 0 ? telling : kept).slice(-most);
}

/** The lines of a log that say something, none of them longer than a person reads. */
export function withoutNoise(lines: readonly string[]): string[] {
  return lines.map((line) => clipFront(line.trimEnd(), MAX_LINE)).filter((line) => !NOISE.test(line));
}

/** Cuts a text from its front: the end of a story says how it ended. */
export function clipFront(text: string, most = MAX_REASON): string {
  return text.length <= most ? text : `...${text.slice(text.length - most + 3)}`;
}

/** What a function said that failed: Step Functions gives it as JSON with a stack, any other cause is a text. */
export function saidBy(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause;
  }
}

/** Capacity as both kinds of job report it; data so that state machine and tests agree. */
export const CAPACITY_PATTERNS = ['*CapacityError*', '*InsufficientCapacity*', '*Unable to provision requested ML compute capacity*'];
