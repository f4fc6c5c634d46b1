/**
 * What is known of all lines of a golden set, and what follows from it. Plain data in, plain data out.
 */
import type { MetricConfig } from './parity';
import type { DatasetConfig, ModelVersion, PayloadConfig } from './types';

/** What decides whether answers are the same; another one is another check. */
export interface ParityCheck {
  readonly metric: MetricConfig;
  /** How far apart they may be. */
  readonly tolerance: number;
  /** Of metrics of numbers: least share of lines that are within the tolerance; of a function: that were answered. */
  readonly minimumShare?: number;
  readonly goldenSet: DatasetConfig;
  readonly payload: PayloadConfig;
}

/** Everything that a check needs; it is in the definition of the state machine. */
export interface ParityConfig {
  /** Its name. */
  readonly benchmark: string;
  readonly endpoint: string;
  /** Names of the variants. */
  readonly reference: string;
  readonly candidate: string;
  readonly check: ParityCheck;
  /** Stands for the settings of the check: what another check found out says nothing here. */
  readonly fingerprint: string;
  readonly results: { readonly bucket: string; readonly prefix: string };
  readonly eventBus?: string;
}

/** What came of one line. */
export interface LineResult {
  /** Its number in the object, from 1. */
  readonly line: number;
  /** Why it could not be compared. */
  readonly failure?: { readonly kind: string; readonly message: string };
  readonly difference?: number;
  /** For people. */
  readonly note?: string;
  /** Whether the line says what it expects, of metrics that ask for it; `right` is missing where a request failed. */
  readonly expects?: boolean;
  readonly right?: { readonly reference: boolean; readonly candidate: boolean };
}

/** What a function of the user said of some lines. */
export interface BatchResult {
  readonly lines: number;
  readonly score: number;
  readonly pass?: boolean;
}

/** Everything so far, small enough for the state of an execution. */
export interface Tally {
  readonly lines: number;
  /** Lines that could not be compared. */
  readonly failed: number;
  /** Lines that were, and the sum of their differences. */
  readonly compared: number;
  readonly sum: number;
  readonly worst?: { readonly line: number; readonly difference: number };
  /** Lines whose difference is above the tolerance, those that failed among them. */
  readonly differing: number;
  /** The same of lines that do not say what they expect. */
  readonly plain: { readonly lines: number; readonly differing: number };
  readonly expecting: { readonly lines: number; readonly reference: number; readonly candidate: number };
  /** Of a function of the user's: lines of batches that it let pass, and that it did not. */
  readonly passed: number;
  readonly refused: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** The first lines that differ or failed. */
  readonly examples: readonly { readonly line: number; readonly reason: string }[];
}

/** How a check ended: `differs` when it was measured, `failed` when it could not be. */
export interface Verdict {
  readonly outcome: 'passed' | 'differs' | 'failed';
  /** How far apart: a part of the lines, of the accuracy, a mean difference, or what the function said. */
  readonly score?: number;
  readonly reason: string;
}

/** The record of a check, in S3 under `parityKey`. */
export interface ParityRecord extends Verdict {
  readonly schema: 'cdk-accelerators/parity-record/1';
  readonly benchmark: string;
  readonly run: string;
  readonly endpoint: string;
  readonly reference: ModelVersion & { readonly variant: string };
  readonly candidate: ModelVersion & { readonly variant: string };
  readonly check: ParityCheck;
  /** Of the check. */
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly checkedOn: string;
  readonly lines: number;
  readonly failed: number;
  readonly failedByKind: Tally['byKind'];
  /** Share of the lines that are within the tolerance. */
  readonly share?: number;
  readonly mean?: number;
  readonly worst?: Tally['worst'];
  /** Shares of right answers, of the lines that say what they expect. */
  readonly accuracy?: { readonly lines: number; readonly reference: number; readonly candidate: number };
  readonly examples: Tally['examples'];
}

export const NOTHING: Tally = {
  lines: 0, failed: 0, compared: 0, sum: 0, differing: 0, plain: { lines: 0, differing: 0 }, expecting: { lines: 0, reference: 0, candidate: 0 }, passed: 0, refused: 0, byKind: {}, examples: [],
};

const MOST_EXAMPLES = 10;
const MOST_KINDS = 20;
/** So many lines fail before a run gives up. */
const PATIENCE = 10;
/** Sums of fractions are a little off: 0.29 * 100 is less than 29. */
const ROUNDING = 1e-9;

/** Adds a line. */
export function tallied(tally: Tally, { tolerance }: ParityCheck, result: LineResult): Tally {
  const { line, failure, difference, expects = false, right = { reference: true, candidate: false } } = result;
  const differs = difference === undefined ? failure !== undefined : difference > tolerance + ROUNDING;
  const { plain, expecting } = tally;
  return {
    ...tally,
    lines: tally.lines + 1,
    ...failure === undefined ? {} : { failed: tally.failed + 1, byKind: counted(tally.byKind, failure.kind) },
    ...difference === undefined ? {} : { compared: tally.compared + 1, sum: tally.sum + difference, worst: difference > (tally.worst?.difference ?? 0) ? { line, difference } : tally.worst },
    differing: tally.differing + (differs ? 1 : 0),
    // A line that failed speaks against the candidate, whichever side it was: an answer that nobody saw may have been right.
    ...expects
      ? { expecting: { lines: expecting.lines + 1, reference: expecting.reference + (right.reference ? 1 : 0), candidate: expecting.candidate + (right.candidate ? 1 : 0) } }
      : { plain: { lines: plain.lines + 1, differing: plain.differing + (differs ? 1 : 0) } },
    ...differs && tally.examples.length < MOST_EXAMPLES ? { examples: [...tally.examples, { line, reason: exampleOf(result) }] } : {},
  };
}

/** Adds what a function said of lines that are counted already. */
export function talliedBatch(tally: Tally, { lines, score, pass }: BatchResult): Tally {
  return {
    ...tally,
    compared: tally.compared + lines,
    sum: tally.sum + score * lines,
    passed: tally.passed + (pass === true ? lines : 0),
    refused: tally.refused + (pass === false ? lines : 0),
  };
}

function exampleOf({ failure, note, difference, right }: LineResult): string {
  if (failure !== undefined) return `${failure.kind}: ${failure.message}`.slice(0, 300);
  const whose = right === undefined || right.reference === right.candidate ? '' : `, the ${right.reference ? 'reference' : 'candidate'} is right`;
  return `${note ?? (difference === 1 ? 'the answers differ' : `difference ${round(difference!)}`)}${whose}`;
}

function counted(byKind: Tally['byKind'], kind: string): Tally['byKind'] {
  const known = kind in byKind || Object.keys(byKind).length < MOST_KINDS ? kind : 'others';
  return { ...byKind, [known]: (byKind[known] ?? 0) + 1 };
}

/** How many of so many lines may fail: each of them counts as a difference. */
function mayFail({ metric, tolerance, minimumShare = 1 }: ParityCheck, lines: number): number {
  return Math.floor((asksForExpected(metric) ? tolerance : 1 - minimumShare) * lines + ROUNDING);
}

/** Whether an answer is alike or not, and right or not: then the tolerance is a share of lines. */
export const asksForExpected = ({ kind }: MetricConfig): boolean => kind === 'exactMatch' || kind === 'topLabel';

/** Whether so many lines failed that the rest cannot change the end. */
export function isHopeless(check: ParityCheck, tally: Tally, lines: number): boolean {
  return tally.failed >= PATIENCE && tally.failed > mayFail(check, lines);
}

/** Judges all lines of a golden set of so many; those that are not there were not asked for, for it was hopeless. */
export function judged(check: ParityCheck, tally: Tally, lines: number): Verdict {
  if (tally.lines === 0) return { outcome: 'failed', reason: 'the golden set has no lines' };
  const may = mayFail(check, lines);
  if (tally.failed > may || tally.compared === 0) return { outcome: 'failed', reason: failures(tally, may, lines) };
  const parts = asksForExpected(check.metric) ? ofLabels(check, tally) : [check.metric.kind === 'lambda' ? ofFunction(check, tally) : ofNumbers(check, tally)];
  const bad = parts.filter(({ outcome }) => outcome !== 'passed');
  return {
    outcome: bad.some(({ outcome }) => outcome === 'failed') ? 'failed' : bad.length > 0 ? 'differs' : 'passed',
    score: Math.max(...parts.map(({ score = 0 }) => score)),
    reason: (bad.length > 0 ? bad : parts).map(({ reason }) => reason).join('; '),
  };
}

function failures({ failed, byKind, examples, lines }: Tally, may: number, all: number): string {
  const kinds = Object.entries(byKind).sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`).join(', ');
  const stopped = lines < all ? `, and the rest of ${all} lines was not asked for` : '';
  const first = examples.length === 0 ? '' : `; line ${examples[0].line}: ${examples[0].reason}`;
  return `${failed} of ${lines} lines could not be compared (${kinds})${stopped}, where ${may} may fail${first}`;
}

function ofLabels(check: ParityCheck, { plain, expecting }: Tally): Verdict[] {
  return [...expecting.lines === 0 ? [] : [ofAccuracy(check, expecting)], ...plain.lines === 0 ? [] : [ofAgreement(check, plain)]];
}

function ofAgreement({ tolerance }: ParityCheck, { lines, differing }: Tally['plain']): Verdict {
  const score = round(differing / lines);
  return { ...within(differing, tolerance * lines), score, reason: `${differing} of ${lines} answers differ, a share of ${score}; the tolerance is ${tolerance}` };
}

function ofAccuracy({ tolerance }: ParityCheck, { lines, reference, candidate }: Tally['expecting']): Verdict {
  if (reference === 0) return { outcome: 'failed', reason: `none of ${lines} answers of the reference is what its line expects: correct \`expected\`, or the path of the metric` };
  const score = round(Math.max(0, 1 - candidate / reference));
  return {
    ...within(reference * (1 - tolerance), candidate),
    score,
    reason: `the candidate is right in ${candidate} of ${lines} lines, the reference in ${reference}, a loss of ${score}; the tolerance is ${tolerance}`,
  };
}

function ofNumbers({ tolerance, minimumShare = 1 }: ParityCheck, { lines, compared, sum, differing, worst }: Tally): Verdict {
  const mean = sum / compared;
  const [agreeing, score] = [lines - differing, round(mean)];
  const [means, shares] = [within(mean, tolerance), within(minimumShare * lines, agreeing)];
  const said = `the mean difference is ${score}${worst === undefined ? '' : `, the largest ${round(worst.difference)} in line ${worst.line}`}; ${agreeing} of ${lines} lines are within the tolerance of ${tolerance}, a share of ${minimumShare} has to be`;
  return { outcome: means.outcome === 'passed' ? shares.outcome : means.outcome, score, reason: said };
}

function ofFunction({ tolerance }: ParityCheck, { compared, sum, passed, refused }: Tally): Verdict {
  const score = round(sum / compared);
  if (refused > 0) return { outcome: 'differs', score, reason: `the function of the metric refused ${refused} of ${compared} lines, with a score of ${score}` };
  // It says itself what passes, or leaves it to the tolerance.
  if (passed === compared) return { outcome: 'passed', score, reason: `the function of the metric let all ${compared} lines pass, with a score of ${score}` };
  return { ...within(sum / compared, tolerance), score, reason: `the function of the metric gave a score of ${score} over ${compared} lines; the tolerance is ${tolerance}` };
}

const within = (value: number, most: number): Pick<Verdict, 'outcome'> => ({ outcome: value <= most + ROUNDING ? 'passed' : 'differs' });

/** For people and records: nine digits. */
function round(value: number): number {
  return Number(value.toPrecision(9));
}

/** What a record says beside its verdict. */
export function measured(check: ParityCheck, tally: Tally): Pick<ParityRecord, 'lines' | 'failed' | 'failedByKind' | 'share' | 'mean' | 'worst' | 'accuracy' | 'examples'> {
  const { lines, failed, byKind, compared, sum, differing, worst, expecting, examples } = tally;
  return {
    lines,
    failed,
    failedByKind: byKind,
    ...compared === 0 ? {} : { mean: round(sum / compared) },
    ...compared === 0 || check.metric.kind === 'lambda' ? {} : { share: round(1 - differing / lines) },
    ...worst === undefined ? {} : { worst },
    ...expecting.lines === 0 ? {} : { accuracy: { lines: expecting.lines, reference: round(expecting.reference / expecting.lines), candidate: round(expecting.candidate / expecting.lines) } },
    examples,
  };
}
