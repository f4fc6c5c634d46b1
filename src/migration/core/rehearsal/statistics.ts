import type { SeedResult } from './run';

/** The middle and the bad end of a number over all seeds. */
export interface Spread {
  readonly median: number;
  readonly p90: number;
}

/** How often a rehearsal ended in one way. */
export interface OutcomeShare {
  readonly outcome: SeedResult['outcome'];
  readonly seeds: number;
  /** 0 to 1. */
  readonly share: number;
  /** Limits of the true share, 95 % confidence. */
  readonly low: number;
  readonly high: number;
  readonly decidedSeconds: Spread;
  readonly extraBad: Spread;
  readonly newcomerErrors: Spread;
  /** A reason that one of the seeds gave: that of the first. */
  readonly reason: string;
}

/** The outcomes, most frequent first. */
export function outcomeShares(results: readonly SeedResult[]): OutcomeShare[] {
  const groups = new Map<SeedResult['outcome'], SeedResult[]>();
  for (const result of results) groups.set(result.outcome, [...groups.get(result.outcome) ?? [], result]);
  return [...groups].map(([outcome, members]) => ({
    outcome,
    seeds: members.length,
    share: members.length / results.length,
    ...wilson(members.length, results.length),
    decidedSeconds: spread(members.map(({ decidedSeconds }) => decidedSeconds)),
    extraBad: spread(members.map(({ extraBad }) => extraBad)),
    newcomerErrors: spread(members.map(({ newcomerErrors }) => newcomerErrors)),
    reason: members[0].reason,
  })).sort((a, b) => b.seeds - a.seeds || a.outcome.localeCompare(b.outcome));
}

/** Median and 90 % point, by the nearest rank: numbers that did occur. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { median: rank(0.5), p90: rank(0.9) };
}

/** Wilson's interval, which stays inside 0 to 1 and means something at 0 of n: E. B. Wilson, JASA 22 (1927). */
export function wilson(hits: number, n: number, z = 1.959963984540054): { readonly low: number; readonly high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const p = hits / n;
  const centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const half = z * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
  return { low: hits === 0 ? 0 : Math.max(0, centre - half), high: hits === n ? 1 : Math.min(1, centre + half) };
}
