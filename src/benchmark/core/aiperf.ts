import type { AiLatency, AiMeasurement } from './ai-types';
import type { ArchivedFile } from './tar';

/** AIPerf's summary of a run (github.com/ai-dynamo/aiperf, docs/tutorials/working-with-profile-exports.md). */
export const SUMMARY_FILE = 'profile_export_aiperf.json';

/** What AIPerf wrote cannot be used; the message says why, for a person. */
export class UnreadableResults extends Error {
  readonly name = 'UnreadableResults';
}

export function isSummary(path: string): boolean {
  return path.split('/').at(-1) === SUMMARY_FILE;
}

/** The summary of the measured phase: where it lies differs between versions, and a warm-up has one of its own. */
export function summaryIn(files: readonly ArchivedFile[], where: string): ArchivedFile {
  const depth = ({ name }: ArchivedFile) => name.split('/').length;
  const measured = files.filter(({ name }) => isSummary(name) && !/(^|\/)warm-?up/i.test(name)).sort((a, b) => depth(a) - depth(b));
  if (measured.length === 0) throw new UnreadableResults(`${where} has no ${SUMMARY_FILE}`);
  // A list of concurrencies has a folder for each (developer guide, generative-ai-inference-recommendations-concurrency-search).
  const [first, second] = measured;
  if (second !== undefined && depth(second) === depth(first)) throw new UnreadableResults(`${where} has several results (${first.name}, ${second.name}): give the workload one concurrency`);
  return first;
}

/** What a summary says. AIPerf adds members with each version: what is not known here is passed over, and what is not there is not told. */
export function measurementOf(text: string, where: string): AiMeasurement {
  const summary = objectIn(text, where);
  if (summary.was_cancelled === true) throw new UnreadableResults(`${where}: the benchmark was cancelled`);
  if (summary.is_complete === false) throw new UnreadableResults(`${where}: the benchmark is not complete`);
  const number = (metric: string, stat = 'avg'): number | undefined => statOf(summary, metric, stat);
  const outputTokensPerSecond = number('output_token_throughput');
  if (outputTokensPerSecond === undefined || outputTokensPerSecond === 0) throw new UnreadableResults(`${where} has no output_token_throughput: nothing was answered, or tokens could not be counted`);
  // Requests that were answered, and those that were not.
  const [answered, failed] = [number('request_count') ?? 0, number('error_request_count') ?? 0];
  const requests = answered + failed;
  const requestsPerSecond = number('request_throughput');
  const version = summary.aiperf_version;
  return {
    ...typeof version === 'string' ? { aiperfVersion: version } : {},
    requests,
    errors: { count: failed, rate: requests > 0 ? failed / requests : 0 },
    ...some('tokens', { inputMean: number('input_sequence_length'), outputMean: number('output_sequence_length') }),
    throughput: { outputTokensPerSecond, ...known({ requestsPerSecond }) },
    ...some('timeToFirstToken', latencyOf(summary, 'time_to_first_token', where)),
    ...some('interTokenLatency', latencyOf(summary, 'inter_token_latency', where)),
    ...some('requestLatency', latencyOf(summary, 'request_latency', where)),
  };
}

type Summary = Readonly<Record<string, unknown>>;

function objectIn(text: string, where: string): Summary {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UnreadableResults(`${where} is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableResults(`${where} is no JSON object`);
  return value as Summary;
}

/** A number of a metric, `{ "unit": "ms", "avg": 12, "p50": 11, ... }`. */
function statOf(summary: Summary, metric: string, stat: string): number | undefined {
  const value = (summary[metric] as Summary | null | undefined)?.[stat];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Milliseconds of AIPerf's units of time. */
const MILLISECONDS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, sec: 1000 };

function latencyOf(summary: Summary, metric: string, where: string): AiLatency {
  const unit = (summary[metric] as Summary | null | undefined)?.unit ?? 'ms';
  const factor = MILLISECONDS[String(unit)];
  if (factor === undefined) throw new UnreadableResults(`${where}: ${metric} is in ${JSON.stringify(unit)}, and no unit of time that is known here`);
  const milliseconds = (stat: string): number | undefined => {
    const value = statOf(summary, metric, stat);
    return value === undefined ? undefined : value * factor;
  };
  return { p50Ms: milliseconds('p50'), p90Ms: milliseconds('p90'), p95Ms: milliseconds('p95'), p99Ms: milliseconds('p99'), meanMs: milliseconds('avg') };
}

/** Without what is undefined. */
function known<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** A member, where it has any. */
function some<K extends string, T extends object>(name: K, values: T): Partial<Record<K, Partial<T>>> {
  const rest = known(values);
  return (Object.keys(rest).length === 0 ? {} : { [name]: rest }) as Partial<Record<K, Partial<T>>>;
}
