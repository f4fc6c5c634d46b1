import { BASELINES, type Baseline } from './baselines';
import { MIGRATIONS } from './migrations';
import { OurRule, run, settingsFor } from './run';

/** One migration under one rule, many seeds. */
export interface Series {
  readonly migration: number;
  readonly rule: 'ours' | Baseline;
  /** Fractions of the seeds. */
  readonly rollback: number;
  readonly promote: number;
  /** Minutes to the decision, median and 90th of a hundred. */
  readonly median: number;
  readonly p90: number;
  /** Median of the bad requests until the decision took effect. */
  readonly bad: number;
  /** Median of the newcomer's requests until its errors were certified; ours only. */
  readonly certifyRequests?: number;
}

export const RULES = ['ours', ...Object.keys(BASELINES)] as readonly Series['rule'][];

export function series(migration: number, rule: Series['rule'], seeds: number): Series {
  const subject = MIGRATIONS[migration];
  const results = Array.from({ length: seeds }, (_, seed) =>
    run(subject, rule === 'ours' ? new OurRule(settingsFor(subject)) : BASELINES[rule](), 1_000_003 * (migration + 1) + 7919 * seed));
  const share = (outcome: string) => results.filter((one) => one.outcome === outcome).length / seeds;
  const at = (part: number, values: number[]) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(part * values.length))];
  const minutes = () => results.map((one) => one.minutes);
  const certified = results.flatMap((one) => one.certified ?? []);
  return {
    migration,
    rule,
    rollback: share('rollback'),
    promote: share('promote'),
    median: at(0.5, minutes()),
    p90: at(0.9, minutes()),
    bad: at(0.5, results.map((one) => one.bad)),
    ...(certified.length > seeds / 2 ? { certifyRequests: at(0.5, certified) } : {}),
  };
}
