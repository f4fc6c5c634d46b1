import { logNormal, type LatencyShape } from './latency';
import { LOAD, type Fault, type HistoryRow, type Scenario } from './scenario';

/** What has an influence on how a variant answers in a period. */
export interface Situation {
  /** Seconds since the newcomer first had traffic, at the middle of the period; negative or undefined before. */
  readonly exposed?: number;
  /** Seconds since instances of the newcomer last came up. */
  readonly warm: number;
  /** Requests to the variant, and instances that answer them. */
  readonly requestsPerMinute: number;
  readonly instances: number;
  /** What the history says about the period. */
  readonly row?: HistoryRow;
}

/** How a variant answers: its error rate, and how long it takes. */
export interface Answers {
  readonly errorRate: number;
  readonly latency: LatencyShape;
}

/** How one of the two variants answers in a situation, before chance has its part. */
export function answersOf(scenario: Scenario, who: 'from' | 'to', at: Situation): Answers {
  const variant = scenario[who];
  const faults = scenario.faults.filter((fault) => acts(fault, at.exposed));
  const base = variant.latency ?? (at.row?.p50 !== undefined && at.row.p95 !== undefined ? logNormal(at.row.p50, at.row.p95) : FALLBACK);
  let fine = 1 - (variant.errorRate ?? (at.row === undefined || at.row.requests <= 0 ? 0 : Math.min(1, at.row.errors / at.row.requests)));
  let factor = variant.latencyFactor;
  let slow = { slowShare: 0, slowFactor: 1 };
  for (const fault of faults) {
    if (fault.kind === 'outage') fine *= 1 - fault.rate;
    if (who === 'from') continue;
    switch (fault.kind) {
      case 'errors': fine *= 1 - fault.rate; break;
      case 'latency': factor *= fault.factor; break;
      // Linear, as memory and queues fill up; nothing before there was traffic.
      case 'leak': factor *= 1 + fault.perMinute * Math.max(0, (at.exposed ?? 0) - (fault.from ?? 0)) / 60; break;
      case 'coldStart': if (at.warm < fault.seconds) slow = { slowShare: fault.share, slowFactor: fault.factor }; break;
      case 'capacity': {
        const load = at.requestsPerMinute / (fault.requestsPerMinute * at.instances);
        if (load > 1) fine /= load;
        factor *= 1 + (LOAD.slowdown - 1) * Math.min(1, Math.max(0, (load - LOAD.from) / (1 - LOAD.from)));
        break;
      }
    }
  }
  return { errorRate: Math.min(1, Math.max(0, 1 - fine)), latency: { ...base, median: base.median * factor, ...slow } };
}

/** Requests a minute after the faults that stop traffic. */
export function trafficFactor(scenario: Scenario, exposed: number | undefined): number {
  return scenario.faults.some((fault) => fault.kind === 'noTraffic' && acts(fault, exposed)) ? 0 : 1;
}

/** For a history without latency: the judge is then told not to judge it, and these numbers are shown nowhere. */
const FALLBACK = logNormal(50_000, 100_000);

/** A fault without a beginning is there from before the migration. */
function acts(fault: Fault, exposed: number | undefined): boolean {
  if (exposed === undefined) return fault.from === undefined;
  return exposed >= (fault.from ?? -Infinity) && exposed < (fault.until ?? Infinity);
}
