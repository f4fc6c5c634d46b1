import { createHash } from 'node:crypto';

const digest = (text: string, length: number): string => createHash('sha256').update(text).digest('hex').slice(0, length);

/**
 * Name of the workload configuration of a specification: the same content has the same name, so whoever finds it there may use it. Letters and digits alone: CloudFormation
 * and people who delete it by name have trouble with anything else.
 */
export function workloadName(prefix: string, spec: string): string {
  return `${prefix}${digest(spec, 16)}`;
}

/** Name of the job of a target in a run: whoever asks again finds the job that it asked for, and who cleans up after the run knows the name. */
export function aiJobName(prefix: string, executionArn: string, target: number): string {
  return `${prefix}-${digest(executionArn, 12)}-${target}`;
}
