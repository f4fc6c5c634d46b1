import { bestBatch } from './best-batch';
import { compare, regressions, type Regression } from './compare';
import type { BaselineRecord, BenchmarkConfig, Comparison, LoadSettings } from './types';

/** A variant beside the first one, all at the same batch. */
export interface ReportRow {
  readonly variant: string;
  /** Absent when the run ended before it. */
  readonly record?: BaselineRecord;
  /** To the first variant; the first one has none. */
  readonly comparison?: Comparison;
}

/** A variant at the batch that suits it best. */
export interface BestRow {
  readonly variant: string;
  /** All batches that were tried, the one of the first round too, in ascending order. */
  readonly tried: readonly BaselineRecord[];
  readonly best?: BaselineRecord;
  /** Why there is no best one. */
  readonly reason?: string;
  /** Of the best one to the first variant's. */
  readonly comparison?: Comparison;
}

/** A version beside the one before it of the same variant. */
export interface VersionRow {
  readonly record: BaselineRecord;
  readonly previous: BaselineRecord;
  readonly comparison: Comparison;
  readonly regressions: readonly Regression[];
}

/** The report of a run, as it is written as JSON beside the page. */
export interface ReportData {
  readonly schema: 'cdk-accelerators/benchmark-report/1';
  readonly benchmark: string;
  readonly run: string;
  readonly endpoint: string;
  /** ISO 8601. */
  readonly createdOn: string;
  readonly settings: LoadSettings;
  readonly latencyLimitMs?: number;
  readonly round1: readonly ReportRow[];
  /** Empty when no variant has batches of its own. */
  readonly round2: readonly BestRow[];
  readonly versions: readonly VersionRow[];
}

/** What a run found out, from the records of its measurements, and from those of the versions before. */
export function reportData(config: BenchmarkConfig, run: string, all: readonly BaselineRecord[], before: readonly BaselineRecord[], now: string): ReportData {
  const { benchmark, endpoint, settings, latencyLimitMs, targets } = config;
  const records = all.map(shown);
  const round1 = firstRound(config, records);
  return {
    schema: 'cdk-accelerators/benchmark-report/1',
    benchmark,
    run,
    endpoint,
    createdOn: now,
    settings,
    ...latencyLimitMs === undefined ? {} : { latencyLimitMs },
    round1,
    round2: targets.some(({ batchSizes }) => batchSizes.length > 0) ? secondRound(config, records) : [],
    versions: round1.flatMap(({ variant, record }) => {
      const previous = before.find((each) => each.variant === variant);
      if (record?.outcome !== 'measured' || previous === undefined) return [];
      const comparison = compare(record, previous, 1);
      return [{ record, previous, comparison, regressions: regressions(comparison, config.limits) }];
    }),
  };
}

/** The numbers of a measurement that failed stay in its record: in a chart they would look like others. */
function shown(record: BaselineRecord): BaselineRecord {
  if (record.outcome === 'measured') return record;
  const { throughput: _t, latency: _l, serviceTime: _s, cost: _c, ...rest } = record;
  return rest;
}

function firstRound({ targets }: BenchmarkConfig, records: readonly BaselineRecord[]): ReportRow[] {
  const rows = targets.map(({ variant }) => ({ variant, record: records.find((record) => record.variant === variant && record.round === 1) }));
  const [{ record: reference }] = rows;
  return rows.map(({ variant, record }, i) => ({
    variant,
    ...record === undefined ? {} : { record },
    ...i === 0 || record === undefined || reference === undefined ? {} : { comparison: compare(record, reference, 1) },
  }));
}

function secondRound({ targets, latencyLimitMs }: BenchmarkConfig, records: readonly BaselineRecord[]): BestRow[] {
  const rows = targets.map(({ variant }) => {
    const tried = records.filter((record) => record.variant === variant).sort((a, b) => a.settings.batchSize - b.settings.batchSize);
    return { variant, tried, ...bestBatch(tried, latencyLimitMs) };
  });
  const [{ best: reference }] = rows;
  return rows.map((row, i) => i === 0 || row.best === undefined || reference === undefined ? row : { ...row, comparison: compare(row.best, reference, 2) });
}
