import { comparable, compare } from './compare';
import type { BaselineRecord, Comparison, ModelVersion } from './types';
import { runbookUrl } from '../../private/problems';
import type { GateAnswer } from '../contract';

/** A variant of a migration, with the record of round 1 of what it serves now. */
export interface GateSide {
  readonly variant: string;
  readonly version: ModelVersion;
  readonly record?: BaselineRecord;
}

/** What the gate decides on. */
export interface GateQuestion {
  readonly newcomer: GateSide;
  readonly reference: GateSide;
  /** Name of the benchmark that measures, and the command that starts it. */
  readonly benchmark: string;
  readonly start: string;
  /** Percent of the traffic that the newcomer has now. */
  readonly share?: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Records that are older do not count; nothing: all do. */
  readonly maxAgeDays?: number;
}

const DAY_MS = 86_400_000;

/**
 * Whether a version may have traffic: it and the one that it replaces have been measured, as they are now and alike, so that there is a ratio. How good the ratio is, is not asked here: that
 * is for alarms and for the judge.
 */
export function decide(question: GateQuestion): GateAnswer {
  const { newcomer, reference } = question;
  const missing = [newcomer, reference].flatMap((side) => lacking(side, question));
  if (missing.length > 0) return closed(missing, question);
  const different = comparable(newcomer.record!, reference.record!);
  if (different.length > 0) return closed([`${newcomer.variant} and ${reference.variant} were not measured alike (${different.join('; ')})`], question);
  const comparison = compare(newcomer.record!, reference.record!, 1);
  if (comparison.throughputRatio === undefined) return closed([`there is no ratio of the throughput of ${newcomer.variant} to that of ${reference.variant}`], question);
  const days = [...new Set([newcomer, reference].map(({ record }) => record!.measuredOn.slice(0, 10)))].sort().join(' and ');
  return { pass: true, reason: `${named(newcomer)} has ${ratios(comparison)} of ${named(reference)}, measured on ${days}` };
}

/** Why a side has no measurement that counts; nothing when it has. */
function lacking(side: GateSide, { now, maxAgeDays }: GateQuestion): string[] {
  const { version, record } = side;
  if (record === undefined) return [`${named(side)} has not been measured`];
  if (record.outcome !== 'measured') return [`the measurement of ${named(side)} on ${record.measuredOn.slice(0, 10)} failed: ${brief(record.reason ?? 'no reason was recorded')}`];
  // A tag may have been given to another image since.
  if (record.version.image !== undefined && version.image !== undefined && record.version.image !== version.image) return [`${named(side)} was measured with another image`];
  // What the endpoint's configuration does not name is the default of its time: a driver that nobody can tell.
  const [before, after] = [record.version.inferenceAmiVersion, version.inferenceAmiVersion];
  if (before !== after) return [`${named(side)} was measured on ${hostImage(before)}, and is on ${hostImage(after)} now`];
  const age = (now - Date.parse(record.measuredOn)) / DAY_MS;
  // What is no date is no proof of its age.
  if (maxAgeDays !== undefined && !(age <= maxAgeDays)) return [`${named(side)} was measured on ${record.measuredOn.slice(0, 10)}, more than ${maxAgeDays} days ago`];
  return [];
}

/** The command comes before the rest: a migration cuts long reasons. */
function closed(problems: readonly string[], { newcomer, benchmark, start, share = 0 }: GateQuestion): GateAnswer {
  // A benchmark loads what it measures.
  const served = share > 0 ? `; ${newcomer.variant} has ${Number(share.toPrecision(3))} % of the traffic: "abort" the migration first, or its callers wait and are measured too` : '';
  return { pass: false, reason: `${problems.join('; ')}. Run benchmark ${benchmark}: ${start} - the gate opens by itself when it has ended${served}. See ${runbookUrl('unmeasured-version')}` };
}

function ratios({ throughputRatio, costRatio, p99Ratio }: Comparison): string {
  const all = [['throughput of an instance', throughputRatio], ['cost', costRatio], ['p99', p99Ratio]] as const;
  const known = all.flatMap(([what, ratio]) => ratio === undefined ? [] : [`${Number(ratio.toPrecision(3))} times the ${what}`]);
  return known.length === 1 ? known[0] : `${known.slice(0, -1).join(', ')} and ${known.at(-1)}`;
}

const named = ({ variant, version: { modelName, instanceType } }: GateSide): string => `${variant} (${modelName} on ${instanceType})`;

const hostImage = (version: string | undefined): string => version === undefined ? 'the default host image' : `host image ${version}`;

const brief = (text: string): string => text.length > 120 ? `${text.slice(0, 117)}...` : text;
