import { Random } from './random';
import type { Migration, Minute } from './world';
import { VariantWorld } from './world';
import { autoAllowance, judge, newJudge, type JudgeSettings } from '../../src/migration/core/judge/judge';

export type Outcome = 'promote' | 'rollback' | 'undecided';

export interface Result {
  readonly outcome: Outcome;
  /** From the first request of the newcomer to the decision, wall clock. */
  readonly minutes: number;
  /** Bad requests of the newcomer until its weight is zero, or until the promotion. */
  readonly bad: number;
  /** Newcomer's requests in certifying periods until the errors were first certified; ours only. */
  readonly certified?: number;
}

const STEPS = [5, 10, 25, 50, 80];
const DWELL = 10;
const BAKE = 30;
const LEAST_REQUESTS = 20;
/** Publication: a minute's metrics are known when the next one is over. */
const LATE = 1;
/** Minutes after a change of weight in which latency is not judged. */
const WARM_UP = 2;
/** Minutes until a migration counts as undecided, unless it says otherwise. */
const LIMIT = 1440;
/** Half of the traffic of four hours at 80 %: what the allowance may count on. */
const CERTIFYING_MINUTES = 0.8 * 120;

/** Rules see closed minutes; `done` asks whether they agree to promote at the end of the bake. */
export interface Rule {
  readonly agrees: boolean;
  readonly certified?: number;
  see(minute: number, control: Minute, newcomer: Minute, sinceChange: number, share: number): 'hold' | 'rollback';
}

export function settingsFor(migration: Migration): JudgeSettings {
  const errorRate = migration.control({ minute: 0, sinceChange: 99, requests: 0 }).errors || 0;
  return {
    falseRollback: 0.05,
    falsePromotion: 0.05,
    errorRatio: 2,
    latencyAllowance95: 0.05,
    latencyAllowance99: 0.01,
    horizonPeriods: LIMIT,
    judgeLatency: true,
    baselineErrorRate: errorRate,
    errorAllowance: autoAllowance({ errorRate, certifyingRequests: migration.requestsPerMinute(0) * CERTIFYING_MINUTES }),
  };
}

export class OurRule implements Rule {
  agrees = false;
  certified?: number;
  private state = newJudge();

  constructor(private readonly settings: JudgeSettings) {}

  see(minute: number, control: Minute, newcomer: Minute, sinceChange: number, share: number): 'hold' | 'rollback' {
    const counts = ({ requests, errors, slow95, slow99 }: Minute) => ({ requests, errors, latency: { samples: requests, slow95, slow99 } });
    const { state, verdict } = judge(this.state, {
      start: minute * 60, seconds: 60, control: counts(control), newcomer: counts(newcomer), latencySettled: sinceChange >= WARM_UP, certifies: share >= 50,
    }, this.settings);
    this.state = state;
    this.agrees = verdict.kind === 'promote';
    if (this.certified === undefined && verdict.evidence[0].fine >= 1) this.certified = state.errors.certified[1];
    return verdict.kind === 'rollback' ? 'rollback' : 'hold';
  }
}

/** One migration under one rule: the controller's schedule, minute by minute. */
export function run(migration: Migration, rule: Rule, seed: number): Result {
  const random = new Random(seed);
  const limit = migration.limit ?? LIMIT;
  const control = new VariantWorld(random, migration, migration.control, false);
  const newcomer = new VariantWorld(random, migration, migration.newcomer, true);
  const seen: { control: Minute; newcomer: Minute; sinceChange: number; share: number }[] = [];
  let [step, changed, judged, bad] = [0, 0, 0, 0];
  for (let minute = 0; minute < limit; minute++) {
    const share = STEPS[step];
    const requests = random.poisson(migration.requestsPerMinute(minute));
    const routed = random.binomial(requests, share / 100);
    const moment = { minute, sinceChange: minute - changed, requests: routed };
    const young = newcomer.minute(routed, moment);
    seen.push({ control: control.minute(requests - routed, { ...moment, requests: requests - routed }), newcomer: young, sinceChange: minute - changed, share });
    bad += young.bad;
    const at = minute - LATE;
    if (at < 0) continue;
    const known = seen[at];
    const now = minute + 1;
    if (rule.see(at, known.control, known.newcomer, known.sinceChange, known.share) === 'rollback') {
      // The change of weight takes one minute more.
      return { outcome: 'rollback', minutes: now, bad: bad + young.bad, certified: rule.certified };
    }
    if (at < changed) continue;
    judged += known.newcomer.requests;
    const last = step === STEPS.length - 1;
    if (now - changed < DWELL + (last ? BAKE : 0) || judged < LEAST_REQUESTS) continue;
    if (!last) [step, changed, judged] = [step + 1, now, 0];
    else if (rule.agrees) return { outcome: 'promote', minutes: now, bad, certified: rule.certified };
  }
  return { outcome: 'undecided', minutes: limit, bad, certified: rule.certified };
}
