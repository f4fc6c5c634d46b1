import type { BestRow, ReportData, ReportRow } from './report-data';
import { milliseconds, number, percent } from './report-words';
import { barChart, type Bar } from './svg';
import type { BaselineRecord } from './types';

/** The charts of the first round. What has no number in any variant has no chart. */
export function charts({ round1, latencyLimitMs }: ReportData): string {
  return [
    chart(round1, 'throughput', 'Throughput of an instance', 'inputs per second, more is better', ({ throughput }) => throughput?.inputsPerSecondPerInstance, number),
    latencyChart(round1, latencyLimitMs),
    chart(round1, 'cost', 'Cost of 1,000 requests', 'USD, less is better', ({ cost }) => cost?.usdPerThousandRequests, (value) => `${number(value)} USD`),
    chart(round1, 'errors', 'Requests that failed', '% of all requests', (record) => record.errors.rate, percent, 0.01),
    chart(round1, 'first-request', 'First request', 'duration, alone, less is better', ({ firstRequestMs }) => firstRequestMs, milliseconds),
  ].filter((each) => each !== '').join('\n');
}

function chart(rows: readonly ReportRow[], id: string, title: string, unit: string, value: (record: BaselineRecord) => number | undefined, text: (value: number) => string, reach = 0): string {
  const bars = rows.map(({ variant, record }, i): Bar => {
    const shown = record?.outcome === 'measured' ? value(record) : undefined;
    return { group: variant, text: shown === undefined ? absent(record) : text(shown), tone: i === 0 ? 'reference' : 'other', ...shown === undefined ? {} : { value: shown } };
  });
  return bars.some((bar) => bar.value !== undefined) ? barChart({ id, title, unit, bars, reach }) : '';
}

function latencyChart(rows: readonly ReportRow[], latencyLimitMs: number | undefined): string {
  const bars = rows.flatMap(({ variant, record }, i): Bar[] => {
    const tone = i === 0 ? 'reference' : 'other';
    const latency = record?.latency;
    if (latency === undefined) return [{ group: variant, text: absent(record), tone }];
    const bar = (label: string, value: number): Bar => ({ group: variant, label, value, text: milliseconds(value), tone });
    return [bar('p50', latency.p50Ms), bar('p95', latency.p95Ms), bar('p99', latency.p99Ms)];
  });
  if (bars.every(({ value }) => value === undefined)) return '';
  return barChart({
    id: 'latency',
    title: 'Latency',
    unit: 'duration that 50, 95 and 99 of 100 requests do not exceed, less is better',
    bars,
    ...latencyLimitMs === undefined ? {} : { limit: { value: latencyLimitMs, text: `limit of the p99 of the best batch: ${milliseconds(latencyLimitMs)}` } },
  });
}

/** All batches that were tried; no chart when none was measured. */
export function triedChart(rows: readonly BestRow[]): string {
  const bars = rows.flatMap(({ variant, tried, best }, i) => tried.map((record): Bar => {
    const value = record.throughput?.inputsPerSecondPerInstance;
    const p99 = record.latency?.p99Ms;
    const isBest = record.settings.batchSize === best?.settings.batchSize;
    return {
      group: variant,
      label: `batch ${record.settings.batchSize}`,
      text: value === undefined ? absent(record) : `${number(value)}${p99 === undefined ? '' : `, p99 ${milliseconds(p99)}`}${isBest ? ', best' : ''}`,
      tone: i === 0 ? 'reference' : 'other',
      ...value === undefined ? {} : { value },
      ...isBest ? { marked: true } : {},
    };
  }));
  return bars.every(({ value }) => value === undefined) ? '' : barChart({ id: 'batches', title: 'Throughput of an instance by batch', unit: 'inputs per second, more is better', bars });
}

function absent(record: BaselineRecord | undefined): string {
  return record === undefined || record.outcome === 'failed' ? 'not measured' : 'not known';
}
