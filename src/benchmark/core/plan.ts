import type { BenchmarkConfig, LoadSettings, Measurement, Phase, SliceResult, SliceWork, TargetConfig, WorkerShare } from './types';

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

/** Workers of a slice that begin further apart than this part of it did not put the stated load on the variant. */
const LARGEST_SKEW = 0.03;

/** So long a worker may live: when nobody knows what became of one, its requests are over after it. */
export const WORKER_SECONDS = 480;
/** Waits for a variant that changes, in seconds: half an hour in all, and few of them, for each is in the history of the execution. */
export const WAITS = [60, 120, 240, 480, 900];
/** Looking once more for requests of others takes as long, at most. */
const LONGEST_LOOK_SECONDS = 480;

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

/** Whether it is one. */
export const isFailure = (result: object): result is WorkerFailure => 'error' in result;

/** What the workers of a slice do, side by side: what all of them are told, and each. */
export interface Slice {
  readonly common: SliceWork;
  readonly shares: readonly WorkerShare[];
}

/** How a measurement ended. */
export interface Ended {
  readonly outcome: 'measured' | 'failed';
  readonly reason?: string;
}

/** What follows a slice: the next one of the measurement, or its end. */
export type Next = { readonly state: RunState; readonly ended?: undefined } | { readonly ended: Ended };

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

/** Whether all measurements are over. */
export function isOver(config: BenchmarkConfig, { measurement }: RunState): boolean {
  return measurement >= measurements(config).length;
}

/** What is measured where a run stands. */
export function targetOf(config: BenchmarkConfig, { measurement }: RunState): TargetConfig {
  return config.targets[measurements(config)[measurement].target];
}

/** What the workers do in the slice at which the run stands. The same for the same state: their results are found by it. */
export function sliceOf(config: BenchmarkConfig, state: RunState): Slice {
  const { settings } = config;
  const measurement = measurements(config)[state.measurement];
  const { phase, slice } = state;
  const concurrency = phase === 'first' ? [1] : shares(settings.concurrency, workersOf(settings));
  const rates = phase === 'pace' ? rateShares(paceOf(settings, state.requestsPerSecond ?? 0), concurrency) : undefined;
  return {
    common: {
      phase,
      endpoint: config.endpoint,
      variant: config.targets[measurement.target].variant,
      dataset: settings.dataset,
      payload: settings.payload,
      batchSize: measurement.batchSize,
      seconds: slices(settings, phase)[slice],
      slice,
      workers: concurrency.length,
    },
    shares: concurrency.map((places, worker) => ({
      worker,
      concurrency: places,
      ...rates === undefined ? {} : { requestsPerSecond: rates[worker] },
      result: { bucket: config.results.bucket, key: resultKey(config, state.run, measurement, phase, slice, worker) },
    })),
  };
}

function workersOf({ concurrency }: LoadSettings): number {
  return Math.min(MOST_WORKERS, Math.ceil(concurrency / PLACES));
}

/** Keys of everything that the workers of a measurement leave: for each phase its slices, for each slice its workers. */
export function resultKeys(config: BenchmarkConfig, run: string, measurement: number): Record<Phase, string[][]> {
  const of = (phase: Phase) => slices(config.settings, phase)
    .map((_, slice) => sliceOf(config, { run, measurement, phase, slice, answered: 0, elapsedMs: 0 }).shares.map(({ result }) => result.key));
  return { first: of('first'), warmUp: of('warmUp'), saturate: of('saturate'), pace: of('pace') };
}

/** In a folder of their own: they may be deleted when the records are still wanted. */
function resultKey({ results, targets }: BenchmarkConfig, run: string, { round, target, batchSize }: Measurement, phase: Phase, slice: number, worker: number): string {
  return `${results.prefix}slices/${run}/${targets[target].variant}/round-${round}-batch-${batchSize}/${phase}-${slice}-${worker}.json`;
}

/** What comes after the slice of a state: the next slice or phase, or the end of the measurement. */
export function next(config: BenchmarkConfig, state: RunState, results: readonly (SliceResult | WorkerFailure)[]): Next {
  const { phase, slice } = state;
  const failed = failure(state, results, slices(config.settings, phase)[slice]);
  if (failed !== undefined) return { ended: { outcome: 'failed', reason: failed } };
  const answered = results as readonly SliceResult[];
  const total = { answered: state.answered + sum(answered.map((result) => result.answered)), elapsedMs: state.elapsedMs + Math.max(...answered.map(({ elapsedMs }) => elapsedMs)) };
  if (slice + 1 < slices(config.settings, phase).length) return { state: { ...state, ...total, slice: slice + 1 } };
  if (total.answered === 0 && phase !== 'first') return { ended: { outcome: 'failed', reason: `no request was sent in the phase "${PHASE_WORDS[phase]}": it is too short for its rate` } };
  const phaseAfter = PHASES.slice(PHASES.indexOf(phase) + 1).find((each) => slices(config.settings, each).length > 0);
  if (phaseAfter === undefined) return { ended: { outcome: 'measured' } };
  const requestsPerSecond = phase === 'saturate' ? perSecond(total.answered, total.elapsedMs) : state.requestsPerSecond;
  return { state: { run: state.run, measurement: state.measurement, ...beginning, phase: phaseAfter, ...requestsPerSecond === undefined ? {} : { requestsPerSecond } } };
}

/** The beginning of the measurement after the one at which the run stands, however that ended. */
export function following({ run, measurement }: RunState): RunState {
  return { run, measurement: measurement + 1, ...beginning };
}

/** Why a measurement cannot go on after a slice: a worker left nothing, or nobody answered. A first request that is lost is none: the warm-up decides. */
function failure({ phase, slice }: RunState, results: readonly (SliceResult | WorkerFailure)[], seconds: number): string | undefined {
  const where = `in the phase "${PHASE_WORDS[phase]}"`;
  const broken = results.filter(isFailure);
  if (broken.length > 0) return `${broken.length} of ${results.length} workers failed ${where}: ${broken[0].error}${broken[0].cause === undefined ? '' : `: ${causeText(broken[0].cause)}`}`;
  const seen = results as readonly SliceResult[];
  if (seen.length === 0) return `nothing is known of slice ${slice} ${where}`;
  if (phase === 'first') return undefined;
  const skewMs = Math.max(...seen.map(({ startedAt }) => startedAt)) - Math.min(...seen.map(({ startedAt }) => startedAt));
  if (phase !== 'warmUp' && skewMs > LARGEST_SKEW * seconds * 1000) return `the workers began ${Number((skewMs / 1000).toFixed(1))} s apart ${where}, more than ${100 * LARGEST_SKEW} % of a slice of ${seconds} s: let the account run more Lambda functions at a time, or lower load.concurrency`;
  if (seen.some(({ answered }) => answered > 0)) return undefined;
  const errors = errorsText(seen);
  if (errors !== '') return `no request was answered ${where}: ${errors}`;
  return seen.some(({ requests, notSent }) => requests + notSent > 0) ? `no request was answered ${where}, and none failed` : undefined;
}

/** What a function threw is JSON, with its stack; whatever else ended it is a sentence. */
function causeText(cause: string): string {
  let message: unknown;
  try {
    message = (JSON.parse(cause) as { errorMessage?: unknown } | null)?.errorMessage;
  } catch {
    // It is a sentence.
  }
  return (typeof message === 'string' ? message : cause).slice(0, 300);
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

/** Events that Step Functions writes: of a tick of the director with its choice, of a wait, of a Map, and of an iteration of it (counted in a history). */
const EVENTS_OF = { tick: 7, wait: 2, map: 4, worker: 7 };
/** Before the first tick and after the last one. */
const EVENTS_AROUND = 10;
/** Of a slice beside its time: until its workers begin, the last answers, and what the director does with the results. */
const SLICE_OVERHEAD_SECONDS = 100;

/** The most events that a run has in its history when no call has to be repeated; an execution that reaches 25,000 dies. */
export function historyEvents(config: BenchmarkConfig): number {
  const workers = workersOf(config.settings);
  const ofSlice = (phase: Phase) => EVENTS_OF.tick + EVENTS_OF.map + EVENTS_OF.worker * (phase === 'first' ? 1 : workers);
  const ofSlices = sum(PHASES.map((phase) => slices(config.settings, phase).length * ofSlice(phase)));
  // The waits, one look more for others, a worker that failed (each of them has a state that says so), the end and the one after it.
  const beside = (WAITS.length + 4) * (EVENTS_OF.tick + EVENTS_OF.wait) + 2 * workers;
  return EVENTS_AROUND + measurements(config).length * (ofSlices + beside);
}

/** The longest that a run takes, in seconds: with all waits, in each measurement. */
export function runSeconds(config: BenchmarkConfig): number {
  const ofSlices = sum(PHASES.flatMap((phase) => slices(config.settings, phase).map((seconds) => seconds + SLICE_OVERHEAD_SECONDS)));
  return measurements(config).length * (ofSlices + sum(WAITS) + LONGEST_LOOK_SECONDS + WORKER_SECONDS);
}
