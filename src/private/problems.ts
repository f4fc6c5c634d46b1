import type { IConstruct } from 'constructs';

/**
 * One thing a user has to change, in the four parts every message of this
 * library has: the prop, what was got, what is allowed, how to fix it.
 */
export interface Problem {
  /** The prop as the user wrote it, e.g. `scaling.maxInstances`. */
  readonly prop: string;
  /** The value that was given, printed for a person. */
  readonly got: string;
  /** What would have been accepted. */
  readonly allowed: string;
  /** The smallest change that makes it right. */
  readonly fix: string;
}

/** The one place that decides how a problem reads. */
export function problemText(problem: Problem): string {
  return `\`${problem.prop}\`: got ${problem.got}; allowed: ${problem.allowed}; fix: ${problem.fix}`;
}

/** An error made of one or more problems of the same call, reported together. */
export class ProblemsError extends Error {
  constructor(readonly where: string, readonly problems: readonly Problem[]) {
    const lines = problems.map(problemText);
    super(lines.length === 1 ? `${where}: ${lines[0]}` : `${where}: ${lines.length} problems\n${lines.map((line) => `  - ${line}`).join('\n')}`);
    this.name = 'ProblemsError';
  }
}

/**
 * Throws every problem of one call at once, or returns when there is none.
 *
 * @param where the construct the problems belong to, or a name such as `AcceleratorInstance.of`
 */
export function throwProblems(where: IConstruct | string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new ProblemsError(typeof where === 'string' ? where : where.node.path, problems);
}

const RUNBOOK = 'https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md';

/** Address of an entry of the runbook: what a person does about something at run time. */
export const runbookUrl = (entry: string): string => `${RUNBOOK}#${entry}`;
