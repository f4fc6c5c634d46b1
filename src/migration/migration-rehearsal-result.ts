/** How often a rehearsal ended in one way. */
export interface RehearsalOutcome {
  /** `promoted`, `rolledBack`, `refused`, `dryRun`, or `running` when it was undecided at the end. */
  readonly outcome: string;

  /** Number of seeds that ended so. */
  readonly seeds: number;

  /** Share of the seeds, 0 to 1. */
  readonly share: number;

  /** Lower limit of the true share, 95 % confidence. */
  readonly shareLow: number;

  /** Upper limit of the true share, 95 % confidence. */
  readonly shareHigh: number;

  /** Minutes until the traffic was where it stays, or until the rehearsal stopped: median. */
  readonly medianMinutes: number;

  /** The same, of nine of ten seeds at most. */
  readonly p90Minutes: number;

  /** Bad requests at the newcomer (failed, or slower than accepted) beyond what the current variant would have had on average: median. */
  readonly medianBadRequests: number;

  /** The same, of nine of ten seeds at most. */
  readonly p90BadRequests: number;

  /** Why, in the words of the first seed that ended so. */
  readonly reason: string;
}

/** One event of the rehearsal that is shown. */
export interface RehearsalEvent {
  /** Minutes since the start. */
  readonly minute: number;

  /** Name of the event, as on the bus, e.g. `StepPassed`. */
  readonly name: string;

  /** What people would read. */
  readonly message: string;

  /** Share of the traffic that the newcomer should have then, in percent. */
  readonly share: number;

  /** Whether people would be told over the topic. */
  readonly paged: boolean;
}

/** One verdict of the judge in the rehearsal that is shown. */
export interface RehearsalVerdict {
  /** Minutes since the start. */
  readonly minute: number;

  /** `hold`, `promote` or `rollback`. */
  readonly verdict: string;

  /** Why, in a sentence. */
  readonly reason: string;

  /** How far the evidence is on its way to a rollback, 0 to 1. */
  readonly evidenceAgainst: number;

  /** How far the evidence is on its way to a promotion, 0 to 1. */
  readonly evidenceFor: number;

  /** Requests to the newcomer that the proof still needs. */
  readonly requestsNeeded: number;
}

/** What the proof needs at the rehearsed traffic. */
export interface RehearsalEvidencePlan {
  /** Whether it fits the time that the migration has. */
  readonly feasible: boolean;

  /** Minutes until 100 %, before waiting for windows and gates. */
  readonly minutes: number;

  /** Requests at the newcomer that the proof needs. */
  readonly certifyRequests: number;

  /**
   * What would make it fit.
   *
   * @default - nothing is needed, or nothing would
   */
  readonly suggestion?: string;
}

/** Is told how far a rehearsal is. */
export interface IRehearsalProgress {
  /**
   * A seed is done.
   *
   * @param done seeds that are done
   * @param total seeds in all
   */
  seedDone(done: number, total: number): void;
}
