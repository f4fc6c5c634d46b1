import { createHash } from 'node:crypto';

/** TrainingJobName: letters, digits and hyphens (SageMaker API). */
export const MAX_JOB_NAME = 63;
const DIGEST = 10;

/** What a name has after its prefix: a hyphen, the digest, `-r`, a rung of at most 2 digits, `-`, a try of at most 3. */
export const SUFFIX = 1 + DIGEST + 2 + 2 + 1 + 3;

/**
 * The name of the job of a try. A name is given once for good, so it holds what tells tries apart: the execution (its ARN, and the number of times
 * that it was redriven), the rung and the try. It is the same when the tick that made it is made again: the name is then the lock.
 */
export function jobName(prefix: string, run: { readonly arn: string; readonly redrives: number }, rung: number, attempt: number): string {
  const digest = createHash('sha256').update(`${run.arn}#${run.redrives}`).digest('hex').slice(0, DIGEST);
  return `${prefix}-${digest}-r${rung}-${attempt}`;
}
