import { createHash } from 'node:crypto';

/** Names of jobs: at most 63 letters, digits and hyphens (SageMaker API, ProcessingJobName and TrainingJobName). */
export const MAX_JOB_NAME = 63;

/**
 * How often a job may be tried under one key, by all stacks together: the number at the end of its name has three digits, and the events of going
 * through so many names fit an execution beside those of its waits.
 */
export const MAX_ATTEMPTS = 400;

/**
 * The fixed part of the names of the jobs of a key. It is what the policies are limited to, so it is known at synth; the
 * 16 digits of the key are for people, what tells two artefacts apart is the digest of the address behind it.
 */
export function jobPrefix(key: string): string {
  return `neuron-${key.slice(0, 16)}`;
}

/**
 * The name of a job, the same in the state machine (which makes it with `States.Format` and `States.Hash`) and in the handler
 * that stops it. Whoever compiles the same inputs to the same place comes to the same name, and SageMaker gives a name to one
 * job only: the name is the lock.
 */
export function jobName(prefix: string, artifactUri: string, attempt: number): string {
  return `${prefix}-${createHash('md5').update(artifactUri).digest('hex')}-${attempt}`;
}
