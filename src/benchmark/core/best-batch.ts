import type { BaselineRecord } from './types';

/** The record of the best batch of a variant, or why none is. */
export interface BestBatch {
  readonly best?: BaselineRecord;
  readonly reason?: string;
}

/** The batch at which an instance does most inputs per second while the p99 stays within its limit. Of equals, the smaller one: its callers wait less. */
export function bestBatch(records: readonly BaselineRecord[], latencyLimitMs?: number): BestBatch {
  const measured = records.filter(({ outcome, throughput, latency }) => outcome === 'measured' && throughput !== undefined && latency !== undefined);
  if (measured.length === 0) return { reason: records.length === 0 ? 'no batch was measured' : `every measurement failed, at batch ${listed(records)}` };
  const p99 = (record: BaselineRecord) => record.latency!.p99Ms;
  const fitting = latencyLimitMs === undefined ? measured : measured.filter((record) => p99(record) <= latencyLimitMs);
  if (fitting.length === 0) {
    const nearest = measured.reduce((a, b) => p99(b) < p99(a) ? b : a);
    return { reason: `no batch keeps its p99 within ${latencyLimitMs} ms; the nearest is ${nearest.settings.batchSize} with ${p99(nearest)} ms` };
  }
  const inputs = (record: BaselineRecord) => record.throughput!.inputsPerSecondPerInstance;
  return { best: fitting.reduce((a, b) => inputs(b) > inputs(a) || (inputs(b) === inputs(a) && b.settings.batchSize < a.settings.batchSize) ? b : a) };
}

const listed = (records: readonly BaselineRecord[]) => records.map(({ settings }) => settings.batchSize).sort((a, b) => a - b).join(', ');
