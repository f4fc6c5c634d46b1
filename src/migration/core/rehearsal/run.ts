import { exceededBy, shareAbove } from './latency';
import type { Scenario } from './scenario';
import { World, type SimulatedPeriod } from './world';
import { advance, begin, needs } from '../controller';
import type { MigrationConfig, MigrationEvent, MigrationState, Outcome, Phase } from '../controller/types';
import type { MetricEvidence, Verdict } from '../judge/types';

/** How one seed went. */
export interface SeedResult {
  readonly seed: number;
  /** `running`: the rehearsal stopped watching. */
  readonly outcome: Outcome | 'running';
  readonly reason: string;
  /** From the start until all traffic was where it stays: at the newcomer, or back. */
  readonly decidedSeconds: number;
  /** From the first traffic of the newcomer until the rollback began; none without a rollback. */
  readonly exposedSeconds?: number;
  readonly newcomerRequests: number;
  readonly newcomerErrors: number;
  /** Failed or slower than accepted, beyond what the current variant would have done with the same requests. */
  readonly extraBad: number;
}

/** What is kept of the seed that is shown. */
export interface SeedTimeline {
  readonly events: readonly TimelineEvent[];
  readonly verdicts: readonly TimelineVerdict[];
  readonly points: readonly TimelinePoint[];
  /** When the newcomer was to have another share, in percent. */
  readonly shares: readonly { readonly seconds: number; readonly share: number }[];
  readonly state: MigrationState;
}

export interface TimelineEvent {
  readonly seconds: number;
  readonly name: string;
  readonly message: string;
  readonly share: number;
  readonly page: boolean;
}

export interface TimelineVerdict {
  readonly seconds: number;
  readonly phase: Phase;
  readonly kind: Verdict['kind'];
  readonly reason: string;
  /** Nearest metric's share of the way to a rollback, and furthest metric's to a promotion, 0 to 1. */
  readonly against: number;
  readonly inFavour: number;
  readonly requestsNeeded: number;
}

/** One metric period. */
export interface TimelinePoint {
  readonly seconds: number;
  /** Percent of the requests that the newcomer did get; none without requests. */
  readonly realised?: number;
  readonly requestsPerMinute: number;
  /** Fractions of the requests. */
  readonly fromErrors?: number;
  readonly toErrors?: number;
  /** Microseconds. */
  readonly fromP95?: number;
  readonly toP95?: number;
}

/** Ticks that a run may take: twelve hours of the shortest waits, forty days of the usual ones. */
const MAX_TICKS = 60_000;

/** Rehearses one seed; `record` keeps what a page shows. */
export function rehearseSeed(config: MigrationConfig, scenario: Scenario, seed: number, record = false): { readonly result: SeedResult; readonly timeline?: SeedTimeline } {
  const world = new World(config, scenario, seed);
  const { start } = scenario;
  const end = start + scenario.maxSeconds;
  const log = { events: [] as TimelineEvent[], verdicts: [] as TimelineVerdict[], shares: [] as { seconds: number; share: number }[] };
  const marks: Marks = {};
  let now = start;
  let state: MigrationState = begin({ config, run: `rehearsal-${seed}`, input: {}, epoch: 1, now });
  let outcome: SeedResult['outcome'] = 'running';
  for (let tick = 0; tick < MAX_TICKS && now <= end; tick++) {
    world.advanceTo(now);
    const decision = advance(config, state, world.observe(needs(config, state, now), state), {});
    note(marks, decision.events, now, world);
    if (record) {
      for (const { name, message, page } of decision.events) log.events.push({ seconds: now - start, name, message, page, share: decision.state.share });
      if (decision.state.share !== log.shares[log.shares.length - 1]?.share) log.shares.push({ seconds: now - start, share: decision.state.share });
      const { verdict } = decision.state;
      if (verdict !== undefined && decision.state.lastPeriod !== state.lastPeriod) log.verdicts.push(shown(verdict, now - start, decision.state.phase));
    }
    const results = world.apply(decision.actions);
    // As the step machine does: a child execution that ends hands its state to the next one.
    const over = decision.outcome === 'continue';
    state = { ...decision.state, results, ticks: over ? 0 : decision.state.ticks };
    if (decision.outcome !== undefined && !over) {
      outcome = decision.outcome;
      break;
    }
    now += Math.max(1, over ? 0 : decision.wait);
  }
  const last = Math.min(now, end);
  return {
    result: { seed, outcome, reason: state.reason ?? marks.holding ?? '', decidedSeconds: (marks.decided ?? last) - start, exposedSeconds: marks.rolledBack === undefined || marks.exposed === undefined ? undefined : marks.rolledBack - marks.exposed, ...served(world.periods, state) },
    timeline: record ? { ...log, points: points(world.periods, start), state } : undefined,
  };
}

interface Marks {
  /** Why it last did not go on. */
  holding?: string;
  exposed?: number;
  rolledBack?: number;
  decided?: number;
}

function note(marks: Marks, events: readonly MigrationEvent[], now: number, world: World): void {
  if (marks.exposed === undefined && world.endpoint.share > 0) marks.exposed = now;
  for (const { name, message } of events) {
    if (name === 'Holding' || name === 'Inconclusive') marks.holding = message;
    if (name === 'RollbackStarted') marks.rolledBack = now;
    if (name === 'Promoted' || name === 'RollbackStarted') marks.decided = now;
  }
}

function served(periods: readonly SimulatedPeriod[], state: MigrationState): Pick<SeedResult, 'newcomerRequests' | 'newcomerErrors' | 'extraBad'> {
  // On average, without the luck of the draw, which over a day of good service is larger than what is to be seen. Counted apart: a newcomer that is faster than it has to be does not make up for its errors.
  let [requests, errors, failed, slow] = [0, 0, 0, 0];
  for (const { to, usual } of periods) {
    if (to.requests === 0) continue;
    requests += to.requests;
    errors += to.errors;
    const { from95, to95 } = state.thresholds ?? { from95: undefined, to95: undefined };
    failed += to.requests * (to.errorRate - usual.errorRate);
    // A slow error is one bad request, hence the requests that did not fail.
    if (from95 !== undefined && to95 !== undefined) slow += to.requests * (1 - to.errorRate) * (shareAbove(to.latency, to95) - 0.05);
  }
  return { newcomerRequests: requests, newcomerErrors: errors, extraBad: Math.round(Math.max(0, failed) + Math.max(0, slow)) };
}

function shown(verdict: Verdict, seconds: number, phase: Phase): TimelineVerdict {
  const share = (pick: (evidence: MetricEvidence) => number, choose: (...values: number[]) => number) => verdict.evidence.length === 0 ? 0 : choose(...verdict.evidence.map(pick));
  return {
    seconds,
    phase,
    kind: verdict.kind,
    reason: verdict.reason,
    against: share(({ worse }) => worse, Math.max),
    inFavour: share(({ fine }) => fine, Math.min),
    requestsNeeded: verdict.requestsNeeded,
  };
}

function points(periods: readonly SimulatedPeriod[], start: number): TimelinePoint[] {
  return periods.filter((period) => period.start >= start).map(({ from, to, seconds, start: at }) => {
    const total = from.requests + to.requests;
    const p95 = (counts: SimulatedPeriod['from']) => counts.requests === 0 ? undefined : exceededBy([counts.latency], 0.05);
    return {
      seconds: at + seconds - start,
      realised: total === 0 ? undefined : 100 * to.requests / total,
      requestsPerMinute: total * 60 / seconds,
      fromErrors: from.requests === 0 ? undefined : from.errors / from.requests,
      toErrors: to.requests === 0 ? undefined : to.errors / to.requests,
      fromP95: p95(from),
      toP95: p95(to),
    };
  });
}
