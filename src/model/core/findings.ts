import type { Problem } from '../../private/problems';

/** The checks a user may overrule, by the name they go by in `ModelCheck`. */
export type CheckKey =
  | 'image-hardware'
  | 'image-region'
  | 'neuron-sdk'
  | 'tensor-parallelism'
  | 'device-memory'
  | 'host-memory';

/** A problem of one check, so that it can be overruled by that check's name. */
export interface Finding {
  readonly check: CheckKey;
  readonly problem: Problem;
}

/** Something that will probably work but deserves a look. */
export interface Warning {
  readonly check: CheckKey;
  /** Ends up in the id of a CDK warning, which users acknowledge by it: part of the API. */
  readonly id: string;
  readonly text: string;
}

export interface Findings {
  readonly problems: Finding[];
  readonly warnings: Warning[];
}

/** Joins what several checks found. */
export function joinFindings(...all: Findings[]): Findings {
  return { problems: all.flatMap((one) => one.problems), warnings: all.flatMap((one) => one.warnings) };
}
