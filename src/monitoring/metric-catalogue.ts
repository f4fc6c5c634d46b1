import catalogue from './data/metrics.json';

/** One metric that is known to exist. */
export interface MetricRow {
  readonly name: string;
  readonly unit: string;
  /** As CloudWatch spells them; `Percentiles` stands for p0 to p100. */
  readonly statistics: readonly string[];
  /** The sets of dimensions that it is published with: fewer or more name a metric that does not exist. */
  readonly dimensions: readonly (readonly string[])[];
  /** A key of `_meta.sources`. */
  readonly source: string;
  readonly date: string;
  readonly note?: string;
  readonly onlyFor?: string;
}

/** All metrics that this library reads or publishes, by namespace. */
export const METRIC_CATALOGUE: Readonly<Record<string, readonly MetricRow[]>> = catalogue.namespaces;

/** The row of a metric; undefined of a name that the catalogue does not have. */
export function metricRow(namespace: string, name: string): MetricRow | undefined {
  return Object.hasOwn(METRIC_CATALOGUE, namespace) ? METRIC_CATALOGUE[namespace].find((row) => row.name === name) : undefined;
}

/**
 * Whether there is such a metric, with these dimensions in any order, and whether the statistic is one of it.
 *
 * @param statistic as CloudWatch spells it: `Sum`, `Maximum`, `p99.9`
 */
export function isKnown(namespace: string, name: string, dimensionNames: readonly string[], statistic: string): boolean {
  const row = metricRow(namespace, name);
  if (row === undefined) return false;
  const wanted = [...dimensionNames].sort().join();
  return row.dimensions.some((names) => [...names].sort().join() === wanted) && row.statistics.includes(isPercentile(statistic) ? 'Percentiles' : statistic);
}

const isPercentile = (statistic: string): boolean => /^p\d{1,3}(\.\d+)?$/.test(statistic) && Number(statistic.slice(1)) <= 100;
