import { recordKey } from './finish';
import { readRecord, writeRecord } from './records.client';
import { writeText } from './results.client';
import { tell } from './tell.client';
import { baselineKey, EVENTS, runFolder } from '../contract';
import { bestBatch } from '../core/best-batch';
import { measurements } from '../core/plan';
import { reportData, reportHtml } from '../core/report';
import type { BenchmarkConfig } from '../core/types';

/** What came of a run. */
export interface RunEnd {
  readonly outcome: 'measured' | 'partlyMeasured' | 'failed';
  readonly reason: string;
  readonly output: object;
}

/** The end of a run: the best batches, the report, the outcome. */
export async function runReport(config: BenchmarkConfig, run: string, now: string): Promise<RunEnd> {
  const { bucket, prefix } = config.results;
  const all = measurements(config);
  const read = async (what: 'record' | 'before') => (await Promise.all(all.map(async (_, i) => readRecord(bucket, recordKey(config, run, i, what))))).filter((record) => record !== undefined);
  const records = await read('record');
  for (const { variant, batchSizes } of config.targets) {
    if (batchSizes.length === 0) continue;
    const { best } = bestBatch(records.filter((record) => record.variant === variant), config.latencyLimitMs);
    if (best !== undefined) await writeRecord(bucket, baselineKey(prefix, config.endpoint, variant, best.version, 2), { ...best, round: 2 });
  }
  const data = reportData(config, run, records, await read('before'), now);
  const folder = runFolder(prefix, run);
  await writeText({ bucket, key: `${folder}report.json` }, JSON.stringify(data, undefined, 2), 'application/json');
  await writeText({ bucket, key: `${folder}report.html` }, reportHtml(data), 'text/html; charset=utf-8');
  const report = `s3://${bucket}/${folder}report.html`;
  const failed = records.filter(({ outcome }) => outcome === 'failed');
  const outcome = failed.length === 0 ? 'measured' : failed.length === records.length ? 'failed' : 'partlyMeasured';
  const output = { outcome, benchmark: config.benchmark, run, report, records: all.map((_, i) => `s3://${bucket}/${recordKey(config, run, i)}`) };
  await tell(config.eventBus, EVENTS.ended, { ...output, endpoint: config.endpoint });
  const reasons = failed.map(({ variant, settings, reason }) => `${variant} at batch ${settings.batchSize}: ${reason}`).join('; ');
  // An execution that fails has no output: what it found is in the report.
  return { outcome, reason: outcome === 'failed' ? `${reasons}. Report: ${report}` : reasons, output };
}
