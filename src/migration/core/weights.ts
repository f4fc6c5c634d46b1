import type { MigrationConfig } from './controller/types';

/** Shares are compared as exactly, see `sameShare`. */
const TOLERANCE = 1e-3;

type Weighted = Pick<MigrationConfig, 'from' | 'to' | 'totalWeight'>;

/** Weights by variant for a share in percent; together they are always the sum that the template gave them. */
export function weightsOf({ from, to, totalWeight }: Weighted, share: number): Readonly<Record<string, number>> {
  return { [from.name]: totalWeight * (100 - share) / 100, [to.name]: totalWeight * share / 100 };
}

/** The weights of a share by side, with the bounds within which 32-bit floats of them are: for readers that cannot calculate. */
export function boundedWeights(config: Weighted, share: number): { readonly from: number; readonly to: number; readonly leastFrom: number; readonly mostTo: number } {
  const { [config.from.name]: from, [config.to.name]: to } = weightsOf(config, share);
  return { from, to, leastFrom: from * (1 - TOLERANCE), mostTo: to * (1 + TOLERANCE) };
}

/** Whether a weight is what it should be. The API keeps 32-bit floats, and the smallest share is a small part of the sum. */
export function sameWeight({ totalWeight }: Weighted, seen: number | undefined, wanted: number): boolean {
  return seen !== undefined && Math.abs(seen - wanted) <= TOLERANCE * Math.max(seen, wanted) + 1e-9 * totalWeight;
}
