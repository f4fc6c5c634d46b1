import type { Interval } from './training-time';

/** A price that was computed by a rule is right within about this share (README of `hardware`). */
const COMPUTED_ERROR = 0.01;

/** What is paid for on one rung. */
export interface BilledTime {
  /** Hours of the training, of one run on all instances. */
  readonly hours: Interval;
  readonly instances: number;
  readonly usdPerHour: number;
  /** Share of the price that spot saves; 0 for on demand. */
  readonly spotSaving: number;
}

/** The cost of a run in USD. */
export function trainingCost({ hours, instances, usdPerHour, spotSaving }: BilledTime): Interval {
  const usd = (value: number) => value * instances * usdPerHour * (1 - spotSaving);
  return { low: usd(hours.low), high: usd(hours.high) };
}

/** A rung with its cost, when it has one. */
export interface RungCost {
  readonly name: string;
  readonly usd?: Interval;
  /** The price was computed instead of read. */
  readonly computed: boolean;
}

/** Which rung is the cheapest, when that is decided, and in words. */
export interface Verdict {
  readonly cheapest?: string;
  readonly text: string;
}

/**
 * The rung that costs less at its dearest than every other at its cheapest. A computed price widens the interval by its error.
 *
 * @param figures what the costs rest on, for a person: `the published figures`
 */
export function cheapestRung(rungs: readonly RungCost[], figures: string): Verdict {
  if (rungs.length < 2) return { text: 'one rung, nothing to compare' };
  const unknown = rungs.filter(({ usd }) => usd === undefined).map(({ name }) => name);
  if (unknown.length > 0) return { text: `not decided by ${figures}: no cost of ${unknown.join(', ')}` };
  const ends = rungs.map(({ name, usd, computed }) => {
    const error = computed ? COMPUTED_ERROR : 0;
    return { name, low: usd!.low * (1 - error), high: usd!.high * (1 + error) };
  });
  const first = ends.reduce((a, b) => b.high < a.high ? b : a);
  const others = ends.filter((one) => one !== first);
  const near = ends.filter((one) => one === first || one.low <= first.high);
  if (near.length > 1) return { text: `not decided by ${figures}: the costs of ${near.map(({ name }) => name).join(', ')} overlap` };
  const next = others.reduce((a, b) => b.low < a.low ? b : a);
  return { cheapest: first.name, text: `${first.name}, at least ${Number((100 * (1 - first.high / next.low)).toPrecision(2))} % below ${next.name}, by ${figures}` };
}
