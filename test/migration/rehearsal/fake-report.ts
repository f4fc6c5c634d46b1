import { config, scenario, WORDS } from './support';
import type { MigrationState } from '../../../src/migration/core/controller/types';
import type { RehearsalReport } from '../../../src/migration/core/rehearsal/report';
import type { SeedTimeline, TimelineEvent } from '../../../src/migration/core/rehearsal/run';
import { outcomeShares } from '../../../src/migration/core/rehearsal/statistics';

const event = (minute: number, name: string, share: number, message: string, page = false): TimelineEvent => ({ seconds: minute * 60, name, share, message, page });

/** A promotion after 74 minutes and an hour of watching, made by hand: pages are tested without a controller. */
export function fakeTimeline(): SeedTimeline {
  const steps = [[4, 5], [15, 10], [26, 25], [37, 50], [48, 80], [82, 100]];
  const shareAt = (minute: number) => steps.filter(([from]) => from <= minute).pop()?.[1] ?? 0;
  const minutes = Array.from({ length: 144 }, (_, i) => i + 1);
  return {
    events: [
      event(1, 'MigrationStarted', 0, 'started: 5, 10, 25, 50, 80 and 100 %'),
      ...steps.slice(0, 5).map(([minute, share]) => event(minute, 'StepStarted', share, `${share} % of the requests go to inferentia2`)),
      event(60, 'Holding', 80, 'needs 120 more requests', true),
      event(82, 'Promoted', 100, 'inferentia2 has 100 % of the traffic', true),
      event(142, 'FallbackWindowEnded', 100, 'the hour is over'),
      event(143, 'MigrationEnded', 100, 'promoted'),
    ],
    verdicts: minutes.filter((minute) => minute > 6).map((minute) => ({
      seconds: minute * 60, phase: 'judge', kind: minute > 70 && minute < 82 ? 'promote' : 'hold', reason: 'r', against: 0.1 + 0.05 * Math.sin(minute), inFavour: Math.min(1, Math.max(0, (minute - 38) / 30)), requestsNeeded: 100,
    })),
    points: minutes.map((minute) => {
      const share = shareAt(minute);
      return {
        seconds: minute * 60,
        realised: share + Math.sin(minute) * Math.min(share, 1),
        requestsPerMinute: 1000 + 40 * Math.sin(minute * 1.7),
        fromErrors: share === 100 ? undefined : 0.001 + 0.0005 * Math.sin(minute * 3),
        toErrors: share === 0 ? undefined : 0.0011 + 0.001 * Math.sin(minute * 2),
        fromP95: share === 100 ? undefined : 100_000 + 2000 * Math.sin(minute),
        toP95: share === 0 ? undefined : 112_000 + 2000 * Math.cos(minute),
      };
    }),
    shares: [{ seconds: 0, share: 0 }, ...steps.map(([minute, share]) => ({ seconds: minute * 60, share }))],
    state: { errorAllowance: 0.002, thresholds: { from95: 100_000, from99: 130_000, to95: 125_000, to99: 162_000 } } as MigrationState,
  };
}

export function fakeReport(overrides: Partial<RehearsalReport> = {}): RehearsalReport {
  const result = (seed: number, outcome: 'promoted' | 'rolledBack') => ({
    seed, outcome, reason: outcome === 'promoted' ? 'inferentia2 is proven' : 'too many errors', decidedSeconds: 4900 + seed, newcomerRequests: 1000, newcomerErrors: 3, extraBad: seed % 5, exposedSeconds: outcome === 'promoted' ? undefined : 180,
  });
  const results = Array.from({ length: 200 }, (_, i) => result(i + 1, i % 40 === 39 ? 'rolledBack' : 'promoted'));
  return {
    config: config(),
    scenario: scenario(),
    words: WORDS,
    seeds: 200,
    outcomes: outcomeShares(results),
    decidedSeconds: { median: 4980, p90: 5400 },
    extraBad: { median: 2, p90: 4 },
    newcomerErrors: { median: 3, p90: 9 },
    rollbackSeconds: { median: 180, p90: 240 },
    plan: {
      feasible: true, minutes: 92, certifyRequests: 12_350, certifyMinutes: 15, perStep: [5, 10, 25, 50, 80].map((share) => ({ share, minutes: share === 80 ? 30 : 10, newcomerRequests: share * 100 })),
    } as RehearsalReport['plan'],
    shown: { result: result(1, 'promoted'), timeline: fakeTimeline() },
    ...overrides,
  };
}
