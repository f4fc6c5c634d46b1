import { METRICS } from '../contract';
import type { MigrationConfig, MigrationEvent, MigrationState } from './controller/types';
import { UNREACHABLE, type Period } from './judge/types';

/** What a tick has to report. */
export interface TickFacts {
  readonly config: MigrationConfig;
  readonly state: MigrationState;
  readonly now: number;
  /** Judged in this tick. */
  readonly periods: readonly Period[];
  readonly events: readonly MigrationEvent[];
}

/**
 * The metrics of a tick in the embedded metric format: a line of JSON in the log of which CloudWatch makes metrics (CloudWatch user guide,
 * "Specification: CloudWatch embedded metric format"). What is not known now is left out: a 0 would be a statement.
 */
export function emfOf({ config, state, now, periods, events }: TickFacts): Readonly<Record<string, unknown>> {
  const requests = { from: total(periods, 'control', 'requests'), to: total(periods, 'newcomer', 'requests') };
  const evidence = state.verdict?.evidence ?? [];
  const needed = state.verdict?.requestsNeeded;
  const happened = (name: MigrationEvent['name']) => events.filter((event) => event.name === name).length;
  const metrics: readonly (readonly [name: string, unit: 'Percent' | 'Count' | 'None', value: number | undefined])[] = [
    [METRICS.wantedShare, 'Percent', state.share],
    [METRICS.realisedShare, 'Percent', requests.from + requests.to > 0 ? 100 * requests.to / (requests.from + requests.to) : undefined],
    [METRICS.evidenceAgainst, 'Percent', evidence.length > 0 ? 100 * Math.max(...evidence.map(({ worse }) => worse)) : undefined],
    [METRICS.evidenceFor, 'Percent', evidence.length > 0 ? 100 * Math.min(...evidence.map(({ fine }) => fine)) : undefined],
    // At these rates no number of requests is enough: that is no number to draw.
    [METRICS.requestsNeeded, 'Count', needed === undefined || needed >= UNREACHABLE ? undefined : needed],
    [METRICS.judgedRequests, 'Count', periods.length > 0 ? requests.to : undefined],
    [METRICS.judgedErrors, 'Count', periods.length > 0 ? total(periods, 'newcomer', 'errors') : undefined],
    [METRICS.step, 'None', state.step],
    [METRICS.needsAttention, 'Count', needsAttention(config, state, now) ? 1 : 0],
    [METRICS.rollbacks, 'Count', happened('RollbackStarted')],
    [METRICS.promotions, 'Count', happened('Promoted')],
  ];
  const known = metrics.filter(([, , value]) => value !== undefined && Number.isFinite(value));
  return {
    _aws: {
      Timestamp: now * 1000,
      CloudWatchMetrics: [{ Namespace: METRICS.namespace, Dimensions: [[METRICS.dimension]], Metrics: known.map(([Name, Unit]) => ({ Name, Unit })) }],
    },
    [METRICS.dimension]: config.migration,
    ...Object.fromEntries(known.map(([name, , value]) => [name, value])),
    endpoint: config.endpointName,
    run: state.run,
    phase: state.phase,
  };
}

/** Reasons for which the way back is kept beyond its window. */
const UNPROVEN: readonly string[] = ['requests', 'silent', 'suspicious', 'judge'];

/** Paused, blocked, without a judge, at a gate that a person opens, or beyond the time that was given for a proof or for the fallback window. */
export function needsAttention({ plan, gates, fallback }: MigrationConfig, state: MigrationState, now: number): boolean {
  if (state.phase === 'ended') return false;
  const gate = gates.find(({ id }) => id === state.gate?.id);
  const judging = state.share < 100 && (state.phase === 'judge' || state.phase === 'gate' || state.phase === 'capacity');
  const window = state.phase === 'window' && UNPROVEN.includes(state.holding ?? '') && now - (state.windowSince ?? now) >= fallback.windowSeconds;
  return state.paused !== undefined || state.blockedSince !== undefined || state.judgeFailures > 0 || gate?.kind === 'approval' || window
    || (judging && (now - state.started > plan.maxSeconds || (state.stepSince !== undefined && now - state.stepSince > plan.maxStepSeconds)));
}

function total(periods: readonly Period[], side: 'control' | 'newcomer', what: 'requests' | 'errors'): number {
  return periods.reduce((sum, period) => sum + period[side][what], 0);
}
