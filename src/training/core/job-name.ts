import { createHash } from 'node:crypto';

const DIGEST = 10;

/** What a name has after its prefix: a hyphen, the digest, a hyphen, a number of at most 3 digits. */
export const SUFFIX = 1 + DIGEST + 1 + 3;

/** Who makes jobs: an execution; when it was given a run id, every execution of the state machine with the same one. */
export interface RunIdentity {
  readonly arn: string;
  readonly machine: string;
  readonly runId?: string;
}

/** The beginning of the names of all jobs of a run. */
export function runPrefix(prefix: string, { arn, machine, runId }: RunIdentity): string {
  const identity = runId === undefined ? arn : `${machine}#${runId}`;
  return `${prefix}-${createHash('sha256').update(identity).digest('hex').slice(0, DIGEST)}`;
}

/**
 * The name of a job. A name is given once for good, so it holds what tells jobs apart: the run, and its number, which is counted on when the
 * execution is redriven. It is the same when the tick that made it is made again: the name is then the lock.
 */
export function jobName(prefix: string, run: RunIdentity, attempt: number): string {
  return `${runPrefix(prefix, run)}-${attempt}`;
}

/** Value of the variable that names who made a job: a run id makes names alike, never owners. */
export function ownerOf({ arn, runId }: RunIdentity): string {
  return runId === undefined ? arn : `${arn}#${runId}`;
}
