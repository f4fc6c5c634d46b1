import type { BenchmarkConfig, LoadSettings, Measurement, Phase, SliceResult, WorkerEvent } from './types';
import { runFolder } from '../contract';

/** The order of the phases of a measurement. */
const PHASES: readonly Phase[] = ['first', 'warmUp', 'saturate', 'pace'];

/** What people call them. */
export const PHASE_WORDS: Readonly<Record<Phase, string>> = { first: 'first request', warmUp: 'warm-up', saturate: 'full concurrency', pace: 'pace' };

/** A worker is a Lambda function, which lives for minutes: longer phases are done in slices. */
const SLICE_SECONDS = 240;
/** Requests under way at the same time in one worker. */
const PLACES = 64;
/** Workers at the same time: what a Map state of Step Functions runs at once. */
const MOST_WORKERS = 40;
/** A first request that takes longer is given up by SageMaker: 60 s for the answer of a container. */
const FIRST_SECONDS = 60;

/** Where a run stands. What was measured is in S3. */
export interface RunState {
  /** Name of the run: its results are in a folder of that name. */
  readonly run: string;
  /** Position in `measurements(config)`. */
  readonly measurement: number;
  readonly phase: Phase;
  readonly slice: number;
  /** Requests answered in the slices of this phase that are over, and the time that these took. */
  readonly answered: number;
  readonly elapsedMs: number;
  /** Requests answered per second at full concurrency, once that is over. */
  readonly requestsPerSecond?: number;
}

/** A worker that left no result. */
export interface WorkerFailure {
  readonly error: string;
  readonly cause?: string;
}

/** What follows a slice. */
export interface Next {
  /** Absent when the run is over. */
  readonly state?: RunState;
  /** Of the next slice, side by side; empty when the run is over. */
  readonly work: readonly WorkerEvent[];
  /** The measurement that ended with this slice. */
  readonly ended?: { readonly measurement: Measurement; readonly outcome: 'measured' | 'failed'; readonly reason?: string };
}

/** All measurements of a run: each variant at the batch of all, then each at its own other batches. */
export function measurements({ targets, settings }: BenchmarkConfig): Measurement[] {
  return [
    ...targets.map((_, target) => ({ round: 1, target, batchSize: settings.batchSize } as const)),
    ...targets.flatMap(({ batchSizes }, target) => [...new Set(batchSizes)].filter((batchSize) => batchSize !== settings.batchSize).map((batchSize) => ({ round: 2, target, batchSize } as const))),
  ];
}

/** A run before its first request. */
export function start(run: string): RunState {
  return { run, measurement: 0, ...beginning };
}

const beginning = { phase: 'first', slice: 0, answered: 0, elapsedMs: 0 } as const;

/** What the workers of the slice have to do at which the run stands. The same for the same state: their results are found by it. */
export function workOf(config: BenchmarkConfig, state: RunState): WorkerEvent[] {
  const { settings } = config;
  const measurement = measurements(config)[state.measurement];
  const { phase, slice } = state;
  const concurrency = phase === 'first' ? [1] : shares(settings.concurrency, Math.min(MOST_WORKERS, Math.ceil(settings.concurrency / PLACES)));
  const rates = phase === 'pace' ? rateShares(paceOf(settings, state.requestsPerSecond ?? 0), concurrency) : undefined;
  return concurrency.map((places, worker) => ({
    phase,
    endpoint: config.endpoint,
    variant: config.targets[measurement.target].variant,
    dataset: settings.dataset,
    payload: settings.payload,
    batchSize: measurement.batchSize,
    concurrency: places,
    ...rates === undefined ? {} : { requestsPerSecond: rates[worker] },
    seconds: slices(settings, phase)[slice],
    worker,
    workers: concurrency.length,
    slice,
    result: { bucket: config.results.bucket, key: resultKey(config, state.run, measurement, phase, slice, worker) },
  }));
}

/** Keys of everything that the workers of a measurement leave: for each phase its slices, for each slice its workers. */
export function resultKeys(config: BenchmarkConfig, run: string, measurement: number): Record<Phase, string[][]> {
  const of = (phase: Phase) => slices(config.settings, phase)
    .map((_, slice) => workOf(config, { run, measurement, phase, slice, answered: 0, elapsedMs: 0 }).map(({ result }) => result.key));
  return { first: of('first'), warmUp: of('warmUp'), saturate: of('saturate'), pace: of('pace') };
}

function resultKey({ results, targets }: BenchmarkConfig, run: string, { round, target, batchSize }: Measurement, phase: Phase, slice: number, worker: number): string {
  return `${runFolder(results.prefix, run)}${targets[target].variant}/round-${round}-batch-${batchSize}/${phase}-${slice}-${worker}.json`;
}

/** What comes after the slice of a state: the next slice or phase, or the end of the measurement and the next one. A measurement that fails does not end the run. */
export function next(config: BenchmarkConfig, state: RunState, results: readonly (SliceResult | WorkerFailure)[]): Next {
  const { phase, slice } = state;
  const failed = failure(state, results);
  if (failed !== undefined) return ended(config, state, 'failed', failed);
  const answered = results as readonly SliceResult[];
  const total = { answered: state.answered + sum(answered.map((result) => result.answered)), elapsedMs: state.elapsedMs + Math.max(...answered.map(({ elapsedMs }) => elapsedMs)) };
  if (slice + 1 < slices(config.settings, phase).length) return going(config, { ...state, ...total, slice: slice + 1 });
  if (total.answered === 0) return ended(config, state, 'failed', `no request was sent in the phase "${PHASE_WORDS[phase]}": it is too short for its rate`);
  const following = PHASES.slice(PHASES.indexOf(phase) + 1).find((each) => slices(config.settings, each).length > 0);
  if (following === undefined) return ended(config, state, 'measured');
  const requestsPerSecond = phase === 'saturate' ? perSecond(total.answered, total.elapsedMs) : state.requestsPerSecond;
  return going(config, { run: state.run, measurement: state.measurement, ...beginning, phase: following, ...requestsPerSecond === undefined ? {} : { requestsPerSecond } });
}

function going(config: BenchmarkConfig, state: RunState): Next {
  return { state, work: workOf(config, state) };
}

/** The end of a measurement, from whichever state of it: the run goes on with the one after it. */
export function ended(config: BenchmarkConfig, state: RunState, outcome: 'measured' | 'failed', reason?: string): Next {
  const all = measurements(config);
  const end = { measurement: all[state.measurement], outcome, ...reason === undefined ? {} : { reason } };
  if (state.measurement + 1 >= all.length) return { work: [], ended: end };
  return { ...going(config, { run: state.run, measurement: state.measurement + 1, ...beginning }), ended: end };
}

/** Why a measurement cannot go on after a slice: a worker left nothing, or nobody answered. */
function failure({ phase, slice }: RunState, results: readonly (SliceResult | WorkerFailure)[]): string | undefined {
  const where = `in the phase "${PHASE_WORDS[phase]}"`;
  const broken = results.filter((result): result is WorkerFailure => 'error' in result);
  if (broken.length > 0) return `${broken.length} of ${results.length} workers failed ${where}: ${broken[0].error}${broken[0].cause === undefined ? '' : `: ${broken[0].cause.slice(0, 300)}`}`;
  const seen = results as readonly SliceResult[];
  if (seen.length === 0) return `nothing is known of slice ${slice} ${where}`;
  if (seen.some(({ answered }) => answered > 0)) return undefined;
  const errors = errorsText(seen);
  if (errors !== '') return `no request was answered ${where}: ${errors}`;
  return seen.some(({ requests, notSent }) => requests + notSent > 0) ? `no request was answered ${where}, and none failed` : undefined;
}

/** Errors of several workers, the most frequent first, with the first message of that kind: `12 x ModelError 500 ("out of memory"), 3 x TimeoutError`. */
export function errorsText(results: readonly SliceResult[]): string {
  const counted = new Map<string, number>();
  for (const { errors } of results) for (const [kind, count] of Object.entries(errors)) counted.set(kind, (counted.get(kind) ?? 0) + count);
  return [...counted].filter(([, count]) => count > 0).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([kind, count]) => {
    const message = results.map(({ messages }) => messages[kind]).find((each) => each !== undefined && each !== '');
    return `${count} x ${kind}${message === undefined ? '' : ` (${JSON.stringify(message)})`}`;
  }).join(', ');
}

/** Seconds of each slice of a phase; none of a phase that is left out. */
function slices({ warmUpSeconds, durationSeconds }: LoadSettings, phase: Phase): number[] {
  if (phase === 'first') return [FIRST_SECONDS];
  const seconds = phase === 'warmUp' ? warmUpSeconds : durationSeconds;
  return shares(seconds, Math.ceil(seconds / SLICE_SECONDS));
}

/** The rate at which requests are due while latency is measured, for a variant that answered so many per second at full concurrency. */
export function paceOf({ pace }: LoadSettings, requestsPerSecond: number): number {
  return pace.requestsPerSecond ?? (pace.share ?? 1) * requestsPerSecond;
}

/** Requests per second; none of no time. */
export function perSecond(requests: number, elapsedMs: number): number {
  return elapsedMs > 0 ? requests / (elapsedMs / 1000) : 0;
}

/** A whole number in parts that differ by at most 1 and add up to it, the larger ones first. */
export function shares(total: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, part) => Math.floor(total / parts) + (part < total % parts ? 1 : 0));
}

/** A rate in parts as large as the places of each worker. The last one is what is missing, so that they add up to the rate, and not to a little more. */
function rateShares(rate: number, concurrency: readonly number[]): number[] {
  const all = sum(concurrency);
  const first = concurrency.slice(0, -1).map((places) => rate * places / all);
  return [...first, rate - sum(first)];
}

export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
