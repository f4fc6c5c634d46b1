import type { BaselineRecord, Comparison, Limits, LoadSettings } from './types';

export type { Limits } from './types';

/** 1 / 0.8 is 1.25: a version that does four fifths of the work costs a quarter more. */
export const DEFAULT_LIMITS: Limits = { throughputDrop: 0.2, costRise: 0.25, latencyRise: 0.25, errorRateIncrease: 0.01 };

/** Something that got worse by as much as its limit, or more. */
export interface Regression {
  readonly what: 'throughput' | 'cost' | 'latency' | 'errors';
  readonly value: number;
  readonly limit: number;
  /** For a person. */
  readonly text: string;
}

/** Why two records must not be compared: everything that differs in how they were measured, with both values. Empty: they may be. */
export function comparable(a: BaselineRecord, b: BaselineRecord): string[] {
  return [...failures(a, b), ...contents(a.settings, b.settings), ...differences(a.settings, b.settings, [...INPUTS, ...LOAD])];
}

/**
 * A record beside another one, as ratios of the first to the second. In round 1 all settings have to be the same. In round 2 each has the batch that suits it best, and only what is
 * asked of it has to be the same.
 */
export function compare(record: BaselineRecord, other: BaselineRecord, round: 1 | 2 = record.round): Comparison {
  const reasons = round === 1 ? comparable(record, other) : [...failures(record, other), ...contents(record.settings, other.settings), ...differences(record.settings, other.settings, INPUTS)];
  if (reasons.length > 0) return { refused: reasons.join('; ') };
  const all: Comparison = {
    throughputRatio: ratio(record.throughput?.inputsPerSecondPerInstance, other.throughput?.inputsPerSecondPerInstance),
    // Of inputs: requests of another batch are other requests.
    costRatio: ratio(record.cost?.usdPerThousandInputs, other.cost?.usdPerThousandInputs),
    p50Ratio: ratio(record.latency?.p50Ms, other.latency?.p50Ms),
    p95Ratio: ratio(record.latency?.p95Ms, other.latency?.p95Ms),
    p99Ratio: ratio(record.latency?.p99Ms, other.latency?.p99Ms),
    errorRateIncrease: exact(record.errors.rate - other.errors.rate),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** What of a comparison with the version before is too much. */
export function regressions(comparison: Comparison, limits: Limits): Regression[] {
  const { throughputRatio, costRatio, p99Ratio, errorRateIncrease } = comparison;
  const [least, cost, latency, errors] = [exact(1 - limits.throughputDrop), exact(1 + limits.costRise), exact(1 + limits.latencyRise), limits.errorRateIncrease];
  return [
    ...throughputRatio !== undefined && throughputRatio <= least ? [{ what: 'throughput', value: throughputRatio, limit: least, text: `throughput of an instance is ${shown(throughputRatio)} times that of the version before (limit ${shown(least)})` } as const] : [],
    ...costRatio !== undefined && costRatio >= cost ? [{ what: 'cost', value: costRatio, limit: cost, text: `cost of a request is ${shown(costRatio)} times that of the version before (limit ${shown(cost)})` } as const] : [],
    ...p99Ratio !== undefined && p99Ratio >= latency ? [{ what: 'latency', value: p99Ratio, limit: latency, text: `p99 is ${shown(p99Ratio)} times that of the version before (limit ${shown(latency)})` } as const] : [],
    ...errorRateIncrease !== undefined && errorRateIncrease >= errors ? [{ what: 'errors', value: errorRateIncrease, limit: errors, text: `${shown(100 * errorRateIncrease)} % of the requests more fail than in the version before (limit ${shown(100 * errors)} %)` } as const] : [],
  ];
}

/** 80 of 100 is 0.8, and not a little more or less: a limit is reached or not. */
const exact = (value: number) => Math.round(value * 1e9) / 1e9;

/** Four digits after the point: enough to see that a limit was reached. */
const shown = (value: number) => Number(value.toFixed(4));

function ratio(value: number | undefined, other: number | undefined): number | undefined {
  return value === undefined || other === undefined || !(other > 0) || !Number.isFinite(value) ? undefined : exact(value / other);
}

function failures(...records: readonly BaselineRecord[]): string[] {
  return records.flatMap(({ outcome, variant, version, reason }) => outcome === 'measured' ? [] : [`the measurement of ${variant} (${version.modelName}) failed${reason === undefined ? '' : `: ${reason}`}`]);
}

type Setting = readonly [name: string, text: (settings: LoadSettings) => string];

/** What is asked. */
const INPUTS: readonly Setting[] = [
  ['dataset', ({ dataset: { bucket, key } }) => `s3://${bucket}/${key}`],
  ['lengths', ({ lengths }) => Object.entries(lengths ?? {}).sort(([a], [b]) => a < b ? -1 : 1).map(([name, value]) => `${name} ${value}`).join(', ') || 'none'],
];

/** How it is asked. */
const LOAD: readonly Setting[] = [
  ['payload', ({ payload: { template, contentType, accept } }) => `${JSON.stringify(template)} as ${contentType}${accept === undefined ? '' : `, accepting ${accept}`}`],
  ['batch size', ({ batchSize }) => `${batchSize}`],
  ['concurrency', ({ concurrency }) => `${concurrency}`],
  ['warm-up', ({ warmUpSeconds }) => `${warmUpSeconds} s`],
  ['duration', ({ durationSeconds }) => `${durationSeconds} s`],
  ['pace', ({ pace: { share, requestsPerSecond } }) => requestsPerSecond === undefined ? `${share} of the throughput` : `${requestsPerSecond} requests per second`],
];

/** One object with other contents: it was changed between the two. What was in it is not always known. */
function contents({ dataset: a }: LoadSettings, { dataset: b }: LoadSettings): string[] {
  const differs = a.bucket === b.bucket && a.key === b.key && a.etag !== undefined && b.etag !== undefined && a.etag !== b.etag;
  return differs ? [`contents of s3://${a.bucket}/${a.key}: ETag ${a.etag} and ${b.etag}`] : [];
}

function differences(a: LoadSettings, b: LoadSettings, settings: readonly Setting[]): string[] {
  return settings.flatMap(([name, text]) => {
    const [one, two] = [text(a), text(b)];
    return one === two ? [] : [`${name}: ${around(one, two)} and ${around(two, one)}`];
  });
}

const SHOWN = 120;

/** A template may be pages long: the part of it is shown in which it differs. */
function around(text: string, other: string): string {
  if (text.length <= SHOWN) return text;
  let same = 0;
  while (same < text.length && text[same] === other[same]) same++;
  const from = Math.max(0, Math.min(same - 20, text.length - SHOWN));
  return `${from > 0 ? '...' : ''}${text.slice(from, from + SHOWN)}${from + SHOWN < text.length ? '...' : ''}`;
}
