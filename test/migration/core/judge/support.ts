import type { Random } from '../../../../bench/judge/random';
import { judge, newJudge, type JudgeMode, type JudgeSettings, type JudgeState, type LatencyCounts, type Period, type Verdict } from '../../../../src/migration/core/judge/judge';

export const SETTINGS: JudgeSettings = {
  falseRollback: 0.05,
  falsePromotion: 0.05,
  errorRatio: 2,
  errorAllowance: 0.002,
  latencyAllowance95: 0.05,
  latencyAllowance99: 0.01,
  horizonPeriods: 200,
  judgeLatency: false,
  baselineErrorRate: 0.001,
};

export const LATENCY: JudgeSettings = { ...SETTINGS, judgeLatency: true };

/** Requests, errors, and of as many samples the slow ones at p95 and p99. */
export type Counts = readonly [requests: number, errors: number, slow95?: number, slow99?: number];

const latency = (requests: number, slow95?: number, slow99?: number): { latency?: LatencyCounts } =>
  slow95 === undefined ? {} : { latency: { samples: requests, slow95, slow99: slow99 ?? 0 } };

export function period(index: number, control: Counts, newcomer: Counts, more: Partial<Period> = {}): Period {
  const variant = ([requests, errors, slow95, slow99]: Counts) => ({ requests, errors, ...latency(requests, slow95, slow99) });
  return { start: 60 * (index + 1), seconds: 60, control: variant(control), newcomer: variant(newcomer), latencySettled: true, certifies: true, ...more };
}

/** A judge and the periods it is given. */
export class Bench {
  state: JudgeState = newJudge();
  verdict!: Verdict;
  periods = 0;

  constructor(readonly settings: JudgeSettings = SETTINGS) {}

  see(control: Counts, newcomer: Counts, more: Partial<Period> = {}, mode: JudgeMode = 'compare'): Verdict {
    ({ state: this.state, verdict: this.verdict } = judge(this.state, period(this.periods++, control, newcomer, more), this.settings, mode));
    return this.verdict;
  }

  /** Periods until something else than `hold` is said, or `most`. */
  until(control: Counts, newcomer: Counts, most: number, more: Partial<Period> = {}, mode: JudgeMode = 'compare'): number {
    for (let i = 1; i <= most; i++) {
      if (this.see(control, newcomer, more, mode).kind !== 'hold') return i;
    }
    return Infinity;
  }

  many(times: number, control: Counts, newcomer: Counts, more: Partial<Period> = {}, mode: JudgeMode = 'compare'): this {
    for (let i = 0; i < times; i++) this.see(control, newcomer, more, mode);
    return this;
  }
}

/** Requests in a minute: nothing, a few, many or very many, in stretches. */
export function traffic(random: Random, before: number): number {
  if (random.uniform() < 0.7) return before;
  const kind = random.uniform();
  return kind < 0.2 ? 0 : Math.floor(10 ** (1 + 4 * random.uniform()));
}
