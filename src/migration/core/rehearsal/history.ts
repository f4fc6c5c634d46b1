import type { History, HistoryRow } from './scenario';
import type { Problem } from '../../../private/problems';

/** Ids of the queries in the export, and the metric that each stands for. */
export const HISTORY_IDS = {
  requests: 'Invocations, Sum',
  errors: 'Invocation5XXErrors, Sum',
  p50: 'ModelLatency, p50',
  p95: 'ModelLatency, p95',
} as const;

type Id = keyof typeof HISTORY_IDS;
type Series = Map<number, number>;

/** That a message names. */
const MAX_IDS = 10;
const MAX_ROWS = 100_800;
const EXPORT = 'export it again with the command in the docstring of `RehearsalHistory.fromFile`';

/**
 * Reads what `aws cloudwatch get-metric-data` prints. CloudWatch has no datapoint for a period without requests, so a gap is 0 requests; the
 * latency of a gap is that of the period before. An id that comes several times is one series in pages, as the AWS CLI prints it.
 */
export function parseHistory(text: string): { readonly history?: History; readonly problems: readonly Problem[] } {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return bad('(file)', `no JSON: ${(error as Error).message}`, 'the JSON that `aws cloudwatch get-metric-data --output json` prints', EXPORT);
  }
  const results: unknown = (data as { MetricDataResults?: unknown } | null)?.MetricDataResults;
  if (!Array.isArray(results)) return bad('MetricDataResults', results === undefined ? 'nothing' : typeof results, 'a list of results', EXPORT);
  const problems: Problem[] = [];
  const series = new Map<string, Series>();
  const incomplete = new Map<string, string>();
  results.forEach((result, index) => readResult(result, `MetricDataResults[${index}]`, series, incomplete, problems));
  for (const [id, status] of incomplete) problems.push({ prop: `MetricDataResults(${id}).StatusCode`, got: JSON.stringify(status), allowed: '"Complete"', fix: 'export a shorter time, or again later' });
  for (const id of ['requests', 'errors'] as const) {
    if (!series.has(id)) problems.push({ prop: 'MetricDataResults', got: idsText(results, series), allowed: `a result with the id ${id} (${HISTORY_IDS[id]})`, fix: EXPORT });
  }
  if (series.has('p50') !== series.has('p95')) problems.push({ prop: 'MetricDataResults', got: `only ${series.has('p50') ? 'p50' : 'p95'}`, allowed: 'p50 and p95 of ModelLatency, or neither', fix: EXPORT });
  return problems.length > 0 ? { problems } : toRows(series);
}

/** The ids that there are; of one that could not be read more is said elsewhere. */
function idsText(results: readonly unknown[], series: ReadonlyMap<string, Series>): string {
  const ids = results.map((result) => (result as { Id?: unknown } | null)?.Id).filter((id) => typeof id === 'string' && (series.has(id) || !(id in HISTORY_IDS)));
  const different = [...new Set(ids)];
  if (different.length === 0) return results.length === 0 ? 'no results' : 'no id that could be read';
  return `${different.length === 1 ? 'the id' : 'the ids'} ${different.slice(0, MAX_IDS).join(', ')}${different.length > MAX_IDS ? ` and ${different.length - MAX_IDS} others` : ''}`;
}

function readResult(result: unknown, where: string, series: Map<string, Series>, incomplete: Map<string, string>, problems: Problem[]): void {
  const { Id: id, Timestamps: times, Values: values, StatusCode: status } = (result ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string') {
    problems.push({ prop: `${where}.Id`, got: JSON.stringify(id) ?? 'nothing', allowed: `one of ${Object.keys(HISTORY_IDS).join(', ')}`, fix: EXPORT });
    return;
  }
  // Others may stand beside them: exports for dashboards have more.
  if (!(id in HISTORY_IDS)) return;
  if (!Array.isArray(times) || !Array.isArray(values) || times.length !== values.length) {
    problems.push({ prop: `${where}.Values`, got: `${Array.isArray(values) ? values.length : 'no'} values for ${Array.isArray(times) ? times.length : 'no'} timestamps`, allowed: 'as many values as timestamps', fix: EXPORT });
    return;
  }
  if (status !== undefined && status !== 'Complete') incomplete.set(id, String(status));
  else incomplete.delete(id);
  const points = series.get(id) ?? new Map<number, number>();
  series.set(id, points);
  for (let i = 0; i < times.length; i++) {
    const time = seconds(times[i]);
    const value: unknown = values[i];
    if (time === undefined) {
      problems.push({ prop: `${where}.Timestamps[${i}]`, got: JSON.stringify(times[i]) ?? 'nothing', allowed: 'a time as the AWS CLI prints it, e.g. "2026-01-05T09:00:00+00:00"', fix: EXPORT });
      return;
    }
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || id.startsWith('p') && value === 0) {
      problems.push({ prop: `${where}.Values[${i}]`, got: JSON.stringify(value) ?? 'nothing', allowed: id.startsWith('p') ? 'a number above 0 (microseconds)' : 'a number of at least 0', fix: EXPORT });
      return;
    }
    points.set(time, value);
  }
}

function seconds(value: unknown): number | undefined {
  const time = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) / 1000 : NaN;
  return Number.isFinite(time) ? time : undefined;
}

function toRows(series: ReadonlyMap<string, Series>): ReturnType<typeof parseHistory> {
  const of = (id: Id) => series.get(id) ?? new Map<number, number>();
  const times = [...new Set([...series.values()].flatMap((points) => [...points.keys()]))].sort((a, b) => a - b);
  if (times.length < 2) return bad('MetricDataResults(requests).Timestamps', `${times.length} periods`, 'at least 2 periods', 'export a time with traffic, best a week');
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  const periodSeconds = gaps.reduce((least, gap) => Math.min(least, gap), Infinity);
  const odd = gaps.findIndex((gap) => Math.abs(gap / periodSeconds - Math.round(gap / periodSeconds)) > 1e-6);
  if (odd >= 0) return bad('MetricDataResults.Timestamps', `${new Date(times[odd + 1] * 1000).toISOString()}, which is no whole number of periods (${periodSeconds} s) after the first`, 'one period for all metrics', EXPORT);
  const count = Math.round((times[times.length - 1] - times[0]) / periodSeconds) + 1;
  if (count > MAX_ROWS) return bad('MetricDataResults.Timestamps', `${count} periods`, `at most ${MAX_ROWS} periods`, 'export a shorter time or a longer period');
  // By position, not by time: seconds with fractions would not be found again.
  const byIndex = (id: Id) => new Map([...of(id)].map(([time, value]) => [Math.round((time - times[0]) / periodSeconds), value]));
  const [requests, errors, p50, p95] = [byIndex('requests'), byIndex('errors'), byIndex('p50'), byIndex('p95')];
  const rows: HistoryRow[] = [];
  let latency: Pick<HistoryRow, 'p50' | 'p95'> = firstLatency(p50, p95);
  for (let i = 0; i < count; i++) {
    const [median, high] = [p50.get(i), p95.get(i)];
    if (median !== undefined && high !== undefined) latency = { p50: median, p95: Math.max(median, high) };
    rows.push({ requests: requests.get(i) ?? 0, errors: errors.get(i) ?? 0, ...latency });
  }
  if (rows.every((row) => row.requests === 0)) return bad('MetricDataResults(requests).Values', 'no request at all', 'some requests', 'export a time with traffic, of the variant that has it');
  return { history: { start: times[0], periodSeconds, rows }, problems: [] };
}

function firstLatency(p50: ReadonlyMap<number, number>, p95: ReadonlyMap<number, number>): Pick<HistoryRow, 'p50' | 'p95'> {
  const first = [...p50.keys()].filter((index) => p95.has(index)).sort((a, b) => a - b)[0];
  return first === undefined ? {} : { p50: p50.get(first)!, p95: Math.max(p50.get(first)!, p95.get(first)!) };
}

const bad = (prop: string, got: string, allowed: string, fix: string) => ({ problems: [{ prop, got, allowed, fix }] });
