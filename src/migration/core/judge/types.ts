/** Requests of one variant in one period, as CloudWatch counted them. They may be fractional (`PR`, `TC` interpolate) and errors may exceed requests. */
export interface VariantCounts {
  /** `Invocations`, Sum. */
  readonly requests: number;
  /** `Invocation5XXErrors`, Sum. */
  readonly errors: number;
  /** Requests slower than the variant's own fixed thresholds: the control's T0, the newcomer's (1 + m) T0. Absent: not available. */
  readonly latency?: LatencyCounts;
}

/** Slow requests of one variant in one period. */
export interface LatencyCounts {
  /** Requests whose latency was measured. */
  readonly samples: number;
  /** Of these, above the threshold that is the control's p95. */
  readonly slow95: number;
  /** Of these, above the threshold that is the control's p99. */
  readonly slow99: number;
}

/** One closed and published period of both variants. */
export interface Period {
  /** Epoch seconds. A period is judged once: one that starts no later than the last judged one changes nothing. */
  readonly start: number;
  readonly seconds: number;
  readonly control: VariantCounts;
  readonly newcomer: VariantCounts;
  /** False during the warm-up after a change of weight or capacity: latency is then not judged. */
  readonly latencySettled: boolean;
  /** True when the newcomer has enough of the traffic (half or more) that evidence for a promotion may be collected. */
  readonly certifies: boolean;
}

/** What is allowed and how sure a decision must be. */
export interface JudgeSettings {
  /** Alpha: chance to roll back an acceptable newcomer, at any number of looks within the horizon. In (0, 0.5). */
  readonly falseRollback: number;
  /** Beta: chance to certify a newcomer that is beyond a limit. In (0, 0.5). */
  readonly falsePromotion: number;
  /** r: the newcomer may have r times the error rate of the live control. */
  readonly errorRatio: number;
  /** d: or this error rate, whatever the control has. A fraction; see `autoAllowance`. */
  readonly errorAllowance: number;
  /** The newcomer may have this fraction of requests above its p95 threshold, or as many as the control. 0.05 by definition of a p95. */
  readonly latencyAllowance95: number;
  /** The same for p99: 0.01. */
  readonly latencyAllowance99: number;
  /** Periods within which the bound on false rollbacks holds for changes that come late. */
  readonly horizonPeriods: number;
  readonly judgeLatency: boolean;
  /** The control's error rate before the migration, frozen: it replaces the live control in guard mode. */
  readonly baselineErrorRate: number;
}

/** `guard`: after the promotion, without a live control; the newcomer against the allowance and the frozen baseline. Never promotes. */
export type JudgeMode = 'compare' | 'guard';

export type JudgedMetric = 'errors' | 'latencyP95' | 'latencyP99';

/** Bad requests out of all requests. */
export interface Tally {
  readonly bad: number;
  readonly total: number;
}

/** How far one metric is from each decision. */
export interface MetricEvidence {
  readonly metric: JudgedMetric;
  /** Since the migration began. */
  readonly control: Tally;
  readonly newcomer: Tally;
  /** 0 to 1: share of the way to a rollback, on a log scale. */
  readonly worse: number;
  /** 0 to 1: share of the way to a certificate, on a log scale. */
  readonly fine: number;
  /** Requests of the newcomer that are still needed to certify it at the rates seen; 0 when certified, `UNREACHABLE` when these rates never will. */
  readonly requestsNeeded: number;
}

/** What the judge says after a period. */
export interface Verdict {
  /** `promote`: every judged metric is certified now and nothing speaks for a rollback. The controller decides when to act on it. */
  readonly kind: 'hold' | 'rollback' | 'promote';
  /** The metric that decided a rollback, or that needs most requests. */
  readonly metric?: JudgedMetric;
  /** One sentence for a person at 2 a.m. */
  readonly reason: string;
  readonly evidence: readonly MetricEvidence[];
  /** The largest of the metrics'. */
  readonly requestsNeeded: number;
}

/** `requestsNeeded` of a metric that is beyond its limit: no number of requests at this rate certifies it. */
export const UNREACHABLE = 1e15;

/** What the judge remembers: plain JSON, below 1.5 KB. */
export interface JudgeState {
  /** Start of the last judged period, epoch seconds; null before the first. */
  readonly last: number | null;
  readonly errors: MetricState;
  readonly latencyP95: MetricState;
  readonly latencyP99: MetricState;
}

/** What the judge remembers of one metric. Evidence is the natural logarithm of a betting score, one number per alternative bet on. */
export interface MetricState {
  /** Bad and all requests of the control. */
  readonly control: readonly [number, number];
  /** Bad and all requests of the newcomer. */
  readonly newcomer: readonly [number, number];
  /** Control's bad and all, newcomer's bad and all, periods, and the rise: since the evidence against the newcomer began to rise. */
  readonly run: readonly [number, number, number, number, number, number];
  /** How much speaks for the control being beyond the limit of late, by itself: what is going on is then shared. */
  readonly shared: number;
  /** Worse than allowed, since the beginning: by the control, then by the allowance. */
  readonly worse: readonly number[];
  /** Worse than allowed since some later moment: log(1 + R) of Shiryaev and Roberts. In the same order. */
  readonly late: readonly number[];
  /** Within the limit, since the first certifying period. */
  readonly fine: readonly number[];
  /** Within the limit since some later moment: log(1 + R). */
  readonly again: readonly number[];
  /** Certifying periods, and the newcomer's requests in them. */
  readonly certified: readonly [number, number];
}
