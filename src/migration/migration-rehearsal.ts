import { mkdirSync, writeFileSync } from 'fs';
import { dirname } from 'path';
import { type Duration, Token } from 'aws-cdk-lib';
import type { MigrationConfig } from './core/controller/types';
import { rehearse, type RehearsalReport } from './core/rehearsal/report';
import type { Scenario, VariantModel } from './core/rehearsal/scenario';
import { rehearsalTable } from './core/rehearsal/table';
import { percent } from './core/rehearsal/words';
import { rehearsalPage } from './core/rehearsal-page/page';
import type { RehearsalFault } from './migration-rehearsal-fault';
import { RehearsalLatency, someTime, variantProblems, type RehearsalTraffic, type RehearsalVariant } from './migration-rehearsal-inputs';
import type { IRehearsalProgress, RehearsalEvent, RehearsalEvidencePlan, RehearsalOutcome, RehearsalVerdict } from './migration-rehearsal-result';
import type { TrafficMigration } from './traffic-migration';
import { checkPlainNumber, checkStruct } from './value-checks';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** The world that a migration is rehearsed in. */
export interface MigrationRehearsalOptions {
  /** The requests. */
  readonly traffic: RehearsalTraffic;

  /**
   * How the variant answers that has the traffic now.
   *
   * @default - as in the history of the traffic; without one 0.1 % errors, 50 ms (p95 100 ms)
   */
  readonly baseline?: RehearsalVariant;

  /**
   * How the newcomer answers while nothing is wrong.
   *
   * @default - as the other one, 12 % slower
   */
  readonly newcomer?: RehearsalVariant;

  /**
   * What goes wrong.
   *
   * @default - nothing
   */
  readonly faults?: RehearsalFault[];

  /**
   * How often it is rehearsed, each time with other chance; 1 to 10,000.
   *
   * @default 200
   */
  readonly seeds?: number;

  /**
   * When the migration is started, as ISO 8601, e.g. `2026-01-05T09:00:00Z`: advance windows and the daily rise of the traffic look at it.
   *
   * @default - the beginning of the history; without one 2026-01-05T09:00:00Z, a Monday
   */
  readonly startTime?: string;

  /**
   * How long after the question somebody approves at a gate. Gates with a function pass, and alarms ring never.
   *
   * @default Duration.minutes(5)
   */
  readonly approvalAfter?: Duration;

  /**
   * Where the rehearsal stops watching.
   *
   * @default - the longest time of the plan, the fallback window and an hour
   */
  readonly maxDuration?: Duration;

  /**
   * Is told how far it is.
   *
   * @default - nobody
   */
  readonly progress?: IRehearsalProgress;
}

const DEFAULTS = { seeds: 200, start: '2026-01-05T09:00:00Z', errorRate: 0.001, newcomerFactor: 1.12, approvalSeconds: 300 };
/** How a seed can end; nobody takes a rehearsal over. */
const OUTCOMES = ['promoted', 'rolledBack', 'refused', 'dryRun', 'running'];
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * A migration, run many times against a simulated endpoint by the same controller and judge that run in the account: what becomes of it, how long it takes, what it costs the
 * users when the newcomer is bad. Makes no AWS call, adds nothing to a template, and gives the same for the same inputs.
 */
export class MigrationRehearsal {
  /**
   * Rehearses a migration. Takes some tenths of a second for each seed and simulated day. Where nothing scales, a variant begins with its `initialInstanceCount`; with target tracking, with what the traffic needs.
   *
   * @param migration the migration of this app
   * @param options the world to rehearse it in
   */
  public static of(migration: TrafficMigration, options: MigrationRehearsalOptions): MigrationRehearsal {
    throwProblems('MigrationRehearsal.of', checkObject('migration', migration, '_config', 'a `TrafficMigration` of this app'));
    return MigrationRehearsal._of(migration._config, options, instancesOf(migration));
  }

  /**
   * @param instances by the template
   *
   * @internal
   */
  public static _of(config: MigrationConfig, options: MigrationRehearsalOptions, instances: Scenario['instances'] = {}): MigrationRehearsal {
    throwProblems('MigrationRehearsal.of', optionProblems(options));
    const scenario = { ...scenarioOf(config, options), instances };
    const { baseline, newcomer, traffic, faults = [], seeds = DEFAULTS.seeds, progress } = options;
    const words = {
      traffic: String(traffic),
      from: variantWords(baseline, scenario.from, scenario.from.latency === undefined ? 'latency as measured' : String(defaultLatency())),
      to: variantWords(newcomer, scenario.to, `latency of ${config.from.name}`),
      faults: faults.map(String),
    };
    return new MigrationRehearsal(rehearse(config, scenario, words, seeds, (done) => progress?.seedDone(done, seeds)));
  }

  /** Number of seeds. */
  public readonly seeds: number;
  /** How the seeds ended, the most frequent way first. */
  public readonly outcomes: RehearsalOutcome[];
  /** The seed that is shown: the first that ended the most frequent way. */
  public readonly shownSeed: number;
  /** What happened in the seed that is shown. */
  public readonly events: RehearsalEvent[];
  /** The verdicts in the seed that is shown. */
  public readonly verdicts: RehearsalVerdict[];
  /** Minutes until the traffic was where it stays, over all seeds: median. */
  public readonly medianMinutes: number;
  /** Bad requests at the newcomer beyond what the other variant would have had, over all seeds: median. */
  public readonly medianBadRequests: number;
  /** The same, of nine of ten seeds at most. */
  public readonly p90BadRequests: number;
  /** What the proof needs; undefined when no baseline could be measured. */
  public readonly evidencePlan?: RehearsalEvidencePlan;

  private constructor(private readonly report: RehearsalReport) {
    const { shown: { result, timeline }, plan } = report;
    this.seeds = report.seeds;
    this.outcomes = report.outcomes.map(({ outcome, seeds, share, low, high, decidedSeconds, extraBad, reason }) => ({
      outcome,
      seeds,
      share,
      shareLow: low,
      shareHigh: high,
      medianMinutes: decidedSeconds.median / 60,
      p90Minutes: decidedSeconds.p90 / 60,
      medianBadRequests: extraBad.median,
      p90BadRequests: extraBad.p90,
      reason,
    }));
    this.shownSeed = result.seed;
    this.events = timeline.events.map(({ seconds, name, message, share, page }) => ({ minute: seconds / 60, name, message, share, paged: page }));
    this.verdicts = timeline.verdicts.map(({ seconds, kind, reason, against, inFavour, requestsNeeded }) => ({ minute: seconds / 60, verdict: kind, reason, evidenceAgainst: against, evidenceFor: inFavour, requestsNeeded }));
    this.medianMinutes = report.decidedSeconds.median / 60;
    this.medianBadRequests = report.extraBad.median;
    this.p90BadRequests = report.extraBad.p90;
    this.evidencePlan = plan === undefined ? undefined : { feasible: plan.feasible, minutes: plan.minutes, certifyRequests: plan.certifyRequests, suggestion: plan.suggestion };
  }

  /**
   * Share of the seeds that ended so, 0 to 1.
   *
   * @param outcome `promoted`, `rolledBack`, `refused`, `dryRun` or `running`
   */
  public share(outcome: string): number {
    throwProblems('MigrationRehearsal.share', OUTCOMES.includes(outcome) ? [] : [{ prop: 'outcome', got: JSON.stringify(outcome) ?? 'nothing', allowed: OUTCOMES.join(', '), fix: 'use one of them' }]);
    return this.outcomes.find((each) => each.outcome === outcome)?.share ?? 0;
  }

  /** The result as plain text, for a terminal. */
  public toTable(): string {
    return rehearsalTable(this.report);
  }

  /** The result as one HTML file with charts that needs nothing from outside. */
  public toHtml(): string {
    return rehearsalPage(this.report);
  }

  /**
   * Writes `toHtml()`.
   *
   * @param path of the file; folders that are not there are made
   */
  public writeHtml(path: string): void {
    throwProblems('MigrationRehearsal.writeHtml', typeof path === 'string' && path !== '' ? [] : [{ prop: 'path', got: JSON.stringify(path) ?? 'nothing', allowed: 'the path of a file', fix: 'give e.g. "cdk.out/rehearsal.html"' }]);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, this.toHtml());
  }
}

/** A number that is known at deploy time only is none. */
function instancesOf(migration: TrafficMigration): Scenario['instances'] {
  const { _props: { from, to } } = migration;
  const [fromCount, toCount] = [from, to].map(({ initialInstanceCount: count }) => Token.isUnresolved(count) ? undefined : count);
  return { from: fromCount, to: toCount };
}

function optionProblems(options: MigrationRehearsalOptions): Problem[] {
  const notOne = options === undefined ? [{ prop: 'options', got: 'nothing', allowed: 'options', fix: 'give e.g. { traffic: RehearsalTraffic.constant(600) }' }] : checkStruct('options', options, '{ traffic: RehearsalTraffic.constant(600) }');
  if (notOne.length > 0) return notOne;
  const { traffic, baseline, newcomer, faults, seeds, startTime, approvalAfter, maxDuration } = options;
  const time = typeof startTime === 'string' && ISO.test(startTime) ? Date.parse(startTime) : NaN;
  return [
    ...checkObject('traffic', traffic, '_model', 'the requests to rehearse with', 'give e.g. RehearsalTraffic.constant(600)'),
    ...variantProblems('baseline', baseline),
    ...variantProblems('newcomer', newcomer),
    ...faults === undefined ? [] : Array.isArray(faults) ? faults.flatMap((fault, i) => checkObject(`faults[${i}]`, fault, '_fault', 'a fault', 'give e.g. RehearsalFault.errors({ rate: 0.5 })')) : [{ prop: 'faults', got: typeof faults, allowed: 'a list of faults', fix: 'give e.g. [RehearsalFault.errors({ rate: 0.5 })]' }],
    ...checkPlainNumber('seeds', seeds, { min: 1, max: 10_000, integer: true }),
    ...startTime === undefined || Number.isFinite(time) ? [] : [{ prop: 'startTime', got: JSON.stringify(startTime), allowed: 'a time with a zone, as ISO 8601', fix: 'give e.g. "2026-01-05T09:00:00Z"' }],
    ...approvalAfter === undefined ? [] : someTime('approvalAfter', approvalAfter),
    ...maxDuration === undefined ? [] : someTime('maxDuration', maxDuration),
  ];
}

function scenarioOf(config: MigrationConfig, options: MigrationRehearsalOptions): Scenario {
  const { traffic, baseline = {}, newcomer = {}, faults = [], startTime, approvalAfter, maxDuration } = options;
  const model = traffic._model;
  const measured = model.kind === 'history' ? model.history : undefined;
  const from: VariantModel = {
    errorRate: baseline.errorRate ?? (measured === undefined ? DEFAULTS.errorRate : undefined),
    latency: baseline.latency?._shape ?? (measured === undefined ? defaultLatency()._shape : undefined),
    latencyFactor: baseline.latencyFactor ?? 1,
    clump: baseline.errorClump ?? 1,
  };
  const to: VariantModel = {
    errorRate: newcomer.errorRate ?? from.errorRate,
    latency: newcomer.latency?._shape ?? from.latency,
    latencyFactor: newcomer.latency !== undefined ? newcomer.latencyFactor ?? 1 : (newcomer.latencyFactor ?? DEFAULTS.newcomerFactor) * from.latencyFactor,
    clump: newcomer.errorClump ?? from.clump,
  };
  return {
    traffic: model,
    from,
    to,
    faults: faults.map(({ _fault }) => _fault),
    start: Math.floor((startTime === undefined ? measured?.start ?? Date.parse(DEFAULTS.start) / 1000 : Date.parse(startTime) / 1000) / 60) * 60,
    approvalSeconds: approvalAfter?.toSeconds({ integral: false }) ?? DEFAULTS.approvalSeconds,
    maxSeconds: maxDuration?.toSeconds({ integral: false }) ?? config.plan.maxSeconds + config.fallback.windowSeconds + 3600,
  };
}

/** `latency` is what it has when nothing else is said. */
function variantWords(options: RehearsalVariant | undefined, { errorRate, latencyFactor, clump }: VariantModel, latency: string): string {
  const errors = errorRate === undefined ? 'errors as measured' : `${percent(errorRate)} errors${clump > 1 ? ` in clumps of ${clump}` : ''}`;
  return `${errors}, ${options?.latency?.toString() ?? latency}${latencyFactor === 1 ? '' : `, times ${Number(latencyFactor.toPrecision(4))}`}`;
}

function defaultLatency(): RehearsalLatency {
  return RehearsalLatency._of(50_000, 100_000);
}
