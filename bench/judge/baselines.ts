import type { Rule } from './run';
import { GPU_P99, type Minute } from './world';

export type Baseline = 'consecutive' | 'alarms' | 'mannWhitney';

/** What a team writes down without a statistician: at most 1 % errors, and a p99 at most 30 % above the GPU's. */
const MOST_ERRORS = 0.01;
const MOST_P99 = 1.3 * GPU_P99;
const fails = (minute: Minute) => minute.errors > MOST_ERRORS * minute.requests || minute.p99 > MOST_P99;

/** Flagger's kind of check, five in a row; a minute without requests is a failed check (fluxcd/flagger 15bd6ad). */
class Consecutive implements Rule {
  readonly agrees = true;
  private failed = 0;

  see(_minute: number, _control: Minute, newcomer: Minute): 'hold' | 'rollback' {
    this.failed = newcomer.requests === 0 || fails(newcomer) ? this.failed + 1 : 0;
    return this.failed >= 5 ? 'rollback' : 'hold';
  }
}

/** CloudWatch alarms, 2 of 3 minutes, missing data not breaching: what guardrails and CodeDeploy act on. */
class Alarms implements Rule {
  readonly agrees = true;
  private readonly last: boolean[] = [];

  see(_minute: number, _control: Minute, newcomer: Minute): 'hold' | 'rollback' {
    this.last.push(newcomer.requests > 0 && fails(newcomer));
    if (this.last.length > 3) this.last.shift();
    return this.last.filter(Boolean).length >= 2 ? 'rollback' : 'hold';
  }
}

/**
 * Kayenta's judge every 10 minutes over the last 30 (spinnaker/kayenta a69573b, MannWhitneyClassifier): a metric is
 * high when the 98 % interval of the Hodges-Lehmann estimate lies above a quarter of the estimate and its mean is 1.3 times the control's
 * (`effectSize.allowedIncrease`: without it, a newcomer that is slower by design never passes); any high metric of three rolls back.
 */
class MannWhitney implements Rule {
  readonly agrees = true;
  private readonly pairs: { control: Minute; newcomer: Minute }[] = [];

  see(minute: number, control: Minute, newcomer: Minute): 'hold' | 'rollback' {
    this.pairs.push({ control, newcomer });
    if (this.pairs.length > 30) this.pairs.shift();
    if (minute % 10 !== 9) return 'hold';
    const metrics: ((one: Minute) => number)[] = [(one) => one.errors / one.requests, (one) => one.p95, (one) => one.p99];
    return metrics.some((metric) => isHigh(this.points(metric, 'control'), this.points(metric, 'newcomer'))) ? 'rollback' : 'hold';
  }

  private points(metric: (one: Minute) => number, side: 'control' | 'newcomer') {
    return this.pairs.map((pair) => metric(pair[side])).filter(Number.isFinite);
  }
}

/** z of a two-sided confidence of 98 %. */
const Z98 = 2.3263479;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

export function isHigh(control: readonly number[], newcomer: readonly number[]): boolean {
  const [n, m] = [control.length, newcomer.length];
  if (n < 2 || m < 2) return false;
  const differences = Float64Array.from({ length: n * m }, (_, i) => newcomer[i % m] - control[Math.floor(i / m)]).sort();
  const estimate = differences[Math.floor(n * m / 2)];
  const rank = Math.round(n * m / 2 - Z98 * Math.sqrt(n * m * (n + m + 1) / 12));
  return rank >= 0 && differences[rank] > 0.25 * Math.abs(estimate) && mean(newcomer) >= 1.3 * mean(control);
}

export const BASELINES: Readonly<Record<Baseline, () => Rule>> = {
  consecutive: () => new Consecutive(), alarms: () => new Alarms(), mannWhitney: () => new MannWhitney(),
};
