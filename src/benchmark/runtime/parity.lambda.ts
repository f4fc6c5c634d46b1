import { Invoker } from './invoke.client';
import { liveVersions, NoLiveVersion } from './live-version.client';
import { grouped, MetricFailed, score, type AnswerPair } from './parity-function.client';
import { writeParityRecord } from './parity-records.client';
import { ask } from './parity-requests.client';
import { readDataset } from './results.client';
import { publish, tell } from './tell.client';
import { runbookUrl } from '../../private/problems';
import { EVENTS, METRICS, parityKey } from '../contract';
import { DatasetRefused } from '../core/dataset';
import { parseGoldenSet, type GoldenLine } from '../core/golden-set';
import { answerOf, compareAnswers, isExpected } from '../core/parity';
import { asksForExpected, isHopeless, judged, measured, NOTHING, tallied, talliedBatch, type LineResult, type ParityConfig, type ParityRecord, type Tally, type Verdict } from '../core/parity-verdict';
import { bodyOf, PayloadRefused } from '../core/payload';
import type { ModelVersion } from '../core/types';

/** Two requests to a line: eight at a time. */
const LINES_AT_ONCE = 4;
/** A function of the user's gets so many pairs at most; and the state is never more than these behind. */
const CHUNK = 50;
/** So long an invocation takes new lines; the last ones may need minutes more. */
const SLICE_MS = 240_000;
/** How often, and after how many seconds, an endpoint that changes is looked at again: weights move within a minute or two. */
const LOOKS = 40;
const LOOK_SECONDS = 30;

type Side = 'reference' | 'candidate';
type Versions = Readonly<Record<Side, ModelVersion>>;

/** What is known between two slices. */
export interface ParityState {
  /** Lines that are done. */
  readonly done: number;
  readonly tally: Tally;
  readonly versions?: Versions;
  /** Of the golden set. */
  readonly etag?: string;
  /** How often the endpoint was looked at in vain. */
  readonly looks: number;
}

export interface ParityEvent {
  readonly config: ParityConfig;
  /** Name of the execution. */
  readonly run: string;
  readonly state: ParityState | null;
  /** ISO 8601. */
  readonly now: string;
}

export interface ParityAnswer {
  readonly state: ParityState | null;
  /** Seconds until the next slice. */
  readonly wait: number;
  readonly done: boolean;
  readonly outcome: Verdict['outcome'] | 'running';
  readonly reason: string;
  readonly output: { readonly outcome: string; readonly reason: string; readonly score?: number; readonly record?: string };
}

/** The golden set of this container. */
let cached: { readonly place: string; readonly etag?: string; readonly lines: GoldenLine[] } | undefined;

/** What ends a check: it is the same however often it is tried. */
const FINAL = [NoLiveVersion, DatasetRefused, PayloadRefused, MetricFailed];

/** Sends some lines of the golden set to both variants; the last time it judges. */
export async function handler(event: ParityEvent): Promise<ParityAnswer> {
  const { config } = event;
  let state: ParityState = event.state ?? { done: 0, tally: NOTHING, looks: 0 };
  try {
    const versions = state.versions ?? await versionsOf(config);
    state = { ...state, versions };
    const { lines, etag } = await goldenSet(config);
    if (state.etag !== undefined && state.etag !== etag) throw new DatasetRefused('the golden set was written anew while the check was under way: start it again');
    state = { ...state, etag, ...await slice(config, state, lines) };
    if (state.done < lines.length && !isHopeless(config.check, state.tally, lines.length)) return running(state);
    // What was compared is said of versions that served all the time.
    const moved = changed(versions, await versionsOf(config));
    return await over(event, state, moved === undefined ? judged(config.check, state.tally, lines.length) : { outcome: 'failed', reason: `${config[moved]} got another version while it was checked: start the check again` });
  } catch (error) {
    // Somebody deploys, or moves weights: it passes.
    if (error instanceof NoLiveVersion && state.looks < LOOKS) return { ...running({ ...state, looks: state.looks + 1 }), wait: LOOK_SECONDS };
    if (FINAL.some((one) => error instanceof one)) return over(event, state, { outcome: 'failed', reason: (error as Error).message });
    throw error;
  }
}

/** As many lines as there is time for, from the first one that is not done. */
async function slice(config: ParityConfig, state: ParityState, lines: readonly GoldenLine[]): Promise<Pick<ParityState, 'done' | 'tally'>> {
  const { check } = config;
  const deadline = Date.now() + SLICE_MS;
  const invoker = new Invoker(config.endpoint, 2 * LINES_AT_ONCE);
  let { done, tally } = state;
  const enough = (failed: number): boolean => Date.now() >= deadline || isHopeless(check, { ...tally, failed: tally.failed + failed }, lines.length);
  try {
    while (done < lines.length && !enough(0)) {
      const found = await chunk(config, invoker, lines.slice(done, done + CHUNK), enough);
      tally = found.reduce((sum, { result }) => tallied(sum, check, result), tally);
      tally = await withScores(tally, config, found.flatMap(({ pair }) => pair ?? []));
      done += found.length;
    }
  } finally {
    invoker.close();
  }
  return { done, tally };
}

interface Found {
  readonly result: LineResult;
  readonly pair?: AnswerPair;
}

/** Lines from the first one on, a few at a time, until all are done or `enough` says so. */
async function chunk(config: ParityConfig, invoker: Invoker, lines: readonly GoldenLine[], enough: (failed: number) => boolean): Promise<Found[]> {
  const found: Found[] = [];
  let [next, failed] = [0, 0];
  const worker = async (): Promise<void> => {
    while (next < lines.length && !enough(failed)) {
      const mine = next++;
      found[mine] = await oneLine(config, invoker, lines[mine]);
      if (found[mine].result.failure !== undefined) failed++;
    }
  };
  await Promise.all(Array.from({ length: LINES_AT_ONCE }, worker));
  return found;
}

async function oneLine({ reference, candidate, check }: ParityConfig, invoker: Invoker, { line, input, expected }: GoldenLine): Promise<Found> {
  const { metric, payload } = check;
  const expects = expected !== undefined && asksForExpected(metric);
  const failed = (kind: string, message: string): Found => ({ result: { line, expects, failure: { kind, message: message.slice(0, 200) } } });
  const body = bodyOf(payload, [JSON.stringify(input)]);
  const [a, b] = await Promise.allSettled([reference, candidate].map(async (variant) => answerOf(await ask(invoker, variant, body, payload))));
  for (const [variant, one] of [[reference, a], [candidate, b]] as const) {
    if (one.status === 'rejected') return failed((one.reason as Error).name, `${variant}: ${(one.reason as Error).message}`);
  }
  const answers = { reference: (a as PromiseFulfilledResult<unknown>).value, candidate: (b as PromiseFulfilledResult<unknown>).value };
  if (metric.kind === 'lambda') return { result: { line }, pair: { line, input, ...expected === undefined ? {} : { expected }, ...answers } };
  const compared = compareAnswers(metric, answers.reference, answers.candidate);
  if ('problem' in compared) return failed('NotComparable', compared.problem);
  const right = expects ? { right: { reference: isExpected(metric, answers.reference, expected), candidate: isExpected(metric, answers.candidate, expected) } } : {};
  return { result: { line, expects, ...compared, ...right } };
}

/** Asks the function of the user's, where there is one. */
async function withScores(tally: Tally, { check: { metric: { functionArn } } }: ParityConfig, pairs: readonly AnswerPair[]): Promise<Tally> {
  let scored = tally;
  for (const group of grouped(pairs)) scored = talliedBatch(scored, await score(functionArn!, group));
  return scored;
}

async function goldenSet({ check: { goldenSet: { bucket, key } } }: ParityConfig): Promise<{ readonly lines: GoldenLine[]; readonly etag?: string }> {
  const place = `s3://${bucket}/${key}`;
  const known = cached?.place === place ? cached : undefined;
  try {
    const read = await readDataset({ bucket, key }, known?.etag);
    if (read === undefined) return known!;
    cached = { place, etag: read.etag, lines: parseGoldenSet(read.text, place) };
    return cached;
  } catch (error) {
    const { name, message } = error as Error;
    if (['NoSuchKey', 'NoSuchBucket', 'AccessDenied'].includes(name)) throw new DatasetRefused(`${place} cannot be read: ${name}: ${message}`);
    throw error;
  }
}

async function versionsOf({ endpoint, reference, candidate }: ParityConfig): Promise<Versions> {
  const [one, other] = await liveVersions(endpoint, [reference, candidate]);
  return { reference: one, candidate: other };
}

function changed(before: Versions, after: Versions): Side | undefined {
  return (['reference', 'candidate'] as const).find((side) => before[side].modelName !== after[side].modelName || before[side].instanceType !== after[side].instanceType);
}

function running(state: ParityState): ParityAnswer {
  return { state, wait: 1, done: false, outcome: 'running', reason: '', output: { outcome: 'running', reason: '' } };
}

/** Record, metrics and event of a check that is over; a record has a place only when the versions are known. */
async function over({ config, run, now }: ParityEvent, { versions, tally }: ParityState, verdict: Verdict): Promise<ParityAnswer> {
  const { benchmark, endpoint, reference, candidate, check, fingerprint, results, eventBus } = config;
  const passed = verdict.outcome === 'passed';
  let record: string | undefined;
  if (versions !== undefined) {
    const sides = { reference: { variant: reference, ...versions.reference }, candidate: { variant: candidate, ...versions.candidate } };
    const key = parityKey(results.prefix, endpoint, sides.reference, sides.candidate);
    const content: ParityRecord = { schema: 'cdk-accelerators/parity-record/1', benchmark, run, endpoint, ...sides, check, fingerprint, checkedOn: now, ...verdict, ...measured(check, tally) };
    await writeParityRecord(results.bucket, key, content);
    record = `s3://${results.bucket}/${key}`;
  }
  // What could not be measured has no score.
  publish(benchmark, candidate, { [METRICS.parityScore]: verdict.score, [METRICS.parityFailed]: passed ? 0 : 1 });
  const output = { ...verdict, ...record === undefined ? {} : { record } };
  await tell(eventBus, EVENTS.parity, { benchmark, run, endpoint, reference, candidate, ...output, ...passed ? {} : { runbook: runbookUrl('parity-failed') } });
  // The state machine needs no more of it.
  return { state: null, wait: 1, done: true, outcome: verdict.outcome, reason: `${verdict.reason}${passed ? '' : ` See ${runbookUrl('parity-failed')}`}`, output };
}
